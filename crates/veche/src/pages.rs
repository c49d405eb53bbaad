//! The pages that the server shows to people with a browser: the words of [`veche_server::pages`], in Russian or English. They
//! are useful without a script; what the script adds is times in the reader's zone.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use maud::{DOCTYPE, Markup, html};
use veche_election::ElectionResult;
use veche_server::pages::{Asked, Bytes, Export, Facts, Page, Pages};

use crate::{
    chart,
    export::{self, Sheet},
    lang::{self, Language, tr},
    styles,
};

mod audit;
mod front;
mod result;
mod small;

const SCRIPT: &str = include_str!("pages/times.js");
const SCRIPT_TYPE: &str = "text/javascript; charset=utf-8";
const STYLE_TYPE: &str = "text/css; charset=utf-8";
/// So many characters of a file's hash stand in its name.
const NAME_CHARS: usize = 16;

/// The pages of one election.
#[derive(Default)]
pub struct ElectionPages {
    /// Of whoever asks for none that we speak.
    pub language: Option<Language>,
    /// Where voters reach the server, as `election.toml` has it.
    pub url: Option<String>,
    /// Does this server speak TLS itself?
    pub tls: bool,
    style: OnceLock<File>,
    script: OnceLock<File>,
    /// The page of the result, which never changes, and takes work; by language, and by what its links say of one.
    results: Mutex<Vec<(Language, &'static str, Bytes)>>,
}

/// A file that is named for its content.
struct File {
    name: String,
    bytes: Bytes,
}

impl File {
    fn new(ending: &str, text: String) -> Self {
        let hash: String = veche_election::Hash::of(text.as_bytes()).to_string().chars().take(NAME_CHARS).collect();
        Self { name: format!("{hash}.{ending}"), bytes: text.into() }
    }
}

impl ElectionPages {
    pub fn new(language: Option<Language>, url: Option<String>, tls: bool) -> Arc<Self> {
        Arc::new(Self { language, url, tls, ..Self::default() })
    }

    fn style(&self, facts: &Facts) -> &File {
        self.style.get_or_init(|| File::new("css", styles::served(facts.election.draft())))
    }

    fn script(&self) -> &File {
        self.script.get_or_init(|| File::new("js", SCRIPT.to_owned()))
    }

    /// Chosen on the page, else what the browser asks for, else the election's.
    fn language(&self, asked: &Asked) -> Language {
        chosen(asked).or_else(|| asked.accept_language.and_then(preferred)).or(self.language).unwrap_or_else(|| {
            // Whoever wrote the title in Cyrillic letters has readers of Russian.
            let cyrillic = |c: char| matches!(c, 'а'..='я' | 'А'..='Я' | 'ё' | 'Ё');
            if asked.facts.election.draft().title.contains(cyrillic) || lang::is_russian() {
                Language::Ru
            } else {
                Language::En
            }
        })
    }

    /// How programs, and people on other machines, call this server.
    fn address(&self, asked: &Asked) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        let called = || asked.host.map(|host| format!("{scheme}://{host}"));
        let url = self.url.as_deref().map(|url| url.trim_end_matches('/').to_owned());
        url.or_else(called).unwrap_or_else(|| tr!("http://THIS-ADDRESS", "http://ЭТОТ-АДРЕС"))
    }

    fn whole(&self, asked: &Asked) -> Markup {
        let facts = asked.facts;
        let title = &facts.election.draft().title;
        let (style, script, root) = (&self.style(facts).name, &self.script().name, asked.root);
        let stays = stays(asked);
        let (heading, body) = match &asked.page {
            Page::Front => (None, front::page(facts, &self.address(asked), stays)),
            Page::Result => (Some(tr!("Result", "Результат")), result::page(facts, stays)),
            Page::Audit => {
                (Some(tr!("Check the election", "Проверить выборы")), audit::page(facts, &self.address(asked), stays))
            }
            Page::Ballot(says) => {
                (Some(tr!("Where is a ballot?", "Где бюллетень?")), small::ballot(facts, says, stays))
            }
            Page::Lookup => (Some(tr!("Where is a ballot?", "Где бюллетень?")), small::lookup(title, stays)),
            Page::NotYet => (Some(small::not_yet_titled(facts)), small::not_yet(facts)),
            Page::NoCode { typed } => {
                (Some(tr!("No ballot's code", "Не код бюллетеня")), small::no_code(title, typed, (root, stays)))
            }
            Page::Nowhere => (Some(tr!("Nothing is here", "Здесь ничего нет")), small::nowhere(title, stays)),
        };
        html! {
            (DOCTYPE)
            html lang=(lang::tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { @if let Some(heading) = &heading { (heading) " · " } (title) }
                    link rel="stylesheet" href=(format!("{root}pages/{style}"));
                    script src=(format!("{root}pages/{script}")) defer {}
                }
                body {
                    (navigation(asked))
                    (body)
                }
            }
        }
    }
}

impl Pages for ElectionPages {
    fn page(&self, asked: &Asked<'_>) -> Bytes {
        let language = self.language(asked);
        let (is_final, stays) = (matches!(asked.page, Page::Result) && asked.facts.result.is_some(), stays(asked));
        let mut results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = results.iter().find(|(of, said, _)| is_final && *of == language && *said == stays);
        if let Some((.., page)) = kept {
            return page.clone();
        }
        let page: Bytes = lang::within(Some(language), || self.whole(asked)).into_string().into();
        // Who has the record's checkpoint may fetch the record: with witnesses that comes a little later.
        if is_final && asked.facts.has_record {
            results.push((language, stays, page.clone()));
        }
        page
    }

    fn file(&self, name: &str) -> Option<(&'static str, Bytes)> {
        let script = Some((SCRIPT_TYPE, self.script()));
        let style = self.style.get().map(|style| (STYLE_TYPE, style));
        let (content, file) = [script, style].into_iter().flatten().find(|(_, file)| file.name == name)?;
        Some((content, file.bytes.clone()))
    }

    fn exported(&self, form: Export, result: &ElectionResult, asked: &Asked<'_>) -> Bytes {
        let draft = asked.facts.election.draft();
        let text = lang::within(Some(self.language(asked)), || match form {
            Export::Csv => export::official(draft, result, Sheet::default()),
            Export::Svg => chart::svg(draft, result),
        });
        text.into()
    }
}

/// On the page itself.
fn chosen(asked: &Asked) -> Option<Language> {
    said_in(asked.query?)
}

fn said_in(query: &str) -> Option<Language> {
    query.split('&').find_map(|part| part.strip_prefix("lang=")).and_then(spoken)
}

/// Of a page that is about no election: chosen there, else what the browser asks for.
pub fn asked_language(query: Option<&str>, accept_language: Option<&str>) -> Option<Language> {
    query.and_then(said_in).or_else(|| accept_language.and_then(preferred))
}

/// What a link to another page says, so that a language that was chosen stays chosen: nothing else remembers it.
fn stays(asked: &Asked) -> &'static str {
    match chosen(asked) {
        Some(Language::En) => "?lang=en",
        Some(Language::Ru) => "?lang=ru",
        None => "",
    }
}

fn spoken(tag: &str) -> Option<Language> {
    match tag.split('-').next()? {
        primary if primary.eq_ignore_ascii_case("ru") => Some(Language::Ru),
        primary if primary.eq_ignore_ascii_case("en") => Some(Language::En),
        _ => None,
    }
}

/// Of the languages in an `Accept-Language` that we speak, the one that is wanted most (RFC 9110 section 12.5.4).
fn preferred(header: &str) -> Option<Language> {
    let wanted = header.split(',').filter_map(|item| {
        let (tag, weight) = item.split_once(';').unwrap_or((item, "q=1"));
        let weight: f32 = weight.trim().strip_prefix("q=")?.parse().ok()?;
        Some((spoken(tag.trim())?, weight)).filter(|(_, weight)| *weight > 0.0)
    });
    // Of equal ones the first.
    wanted.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(language, _)| language)
}

/// The other pages, and the other language.
fn navigation(asked: &Asked) -> Markup {
    let (root, stays) = (if asked.root.is_empty() { "./" } else { asked.root }, stays(asked));
    let here = |page: &Page| std::mem::discriminant(page) == std::mem::discriminant(&asked.page);
    let pages = [
        (Page::Front, "", tr!("Election", "Выборы")),
        (Page::Result, "result", tr!("Result", "Результат")),
        (Page::Audit, "audit", tr!("Check", "Проверка")),
    ];
    html! {
        nav aria-label=(tr!("Pages", "Страницы")) {
            ul {
                @for (page, path, name) in &pages {
                    li {
                        a href=(format!("{root}{path}{stays}")) aria-current=[here(page).then_some("page")] { (name) }
                    }
                }
                @if lang::is_russian() {
                    li class="language" { a href="?lang=en" hreflang="en" lang="en" { "English" } }
                } @else {
                    li class="language" { a href="?lang=ru" hreflang="ru" lang="ru" { "По-русски" } }
                }
            }
        }
    }
}

/// The heading of a page that is about an election.
fn header(title: &str, heading: &str) -> Markup {
    html! {
        header {
            p class="kind" { bdi { (title) } }
            h1 { (heading) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Language, preferred};

    #[test]
    fn a_reader_gets_the_language_that_is_wanted_most() {
        for (header, wanted) in [
            ("ru", Some(Language::Ru)),
            ("en-GB,en;q=0.9,ru;q=0.8", Some(Language::En)),
            ("de, ru-RU;q=0.5, en;q=0.7", Some(Language::En)),
            ("de;q=1, RU;q=0.5", Some(Language::Ru)),
            ("en;q=0, ru;q=0.1", Some(Language::Ru)),
            ("de", None),
            ("", None),
            ("ru;q=x", None),
        ] {
            assert_eq!(preferred(header), wanted, "{header}");
        }
    }
}
