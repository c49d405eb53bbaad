//! Russian or English: by `VECHE_LANG`, else by the locale. Both texts stand side by side where they are used.

use std::{
    cell::Cell,
    fmt::{self, Display},
    ops::Deref,
    pin::pin,
    sync::{
        LazyLock,
        atomic::{AtomicU8, Ordering},
    },
};

static RUSSIAN: LazyLock<bool> = LazyLock::new(|| {
    let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let lang = ["VECHE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set);
    lang.is_some_and(|lang| lang.to_lowercase().starts_with("ru"))
});

/// What the person has chosen since the program started, if anything: 0, or the language's place from 1.
static SPOKEN: AtomicU8 = AtomicU8::new(0);

thread_local! {
    /// Of a text that is made for others than whoever runs the program.
    static CHOSEN: Cell<Option<Language>> = const { Cell::new(None) };
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    En,
    Ru,
}

impl Language {
    pub fn name(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ru => "ru",
        }
    }
}

pub fn is_russian() -> bool {
    CHOSEN.get().or_else(spoken).map_or(*RUSSIAN, |chosen| chosen == Language::Ru)
}

/// That of the texts that are made now, for work that goes on in another thread.
pub fn now() -> Language {
    if is_russian() { Language::Ru } else { Language::En }
}

/// From now on the program speaks this language to its user.
pub fn speak(language: Option<Language>) {
    let place = match language {
        None => return,
        Some(Language::En) => 1,
        Some(Language::Ru) => 2,
    };
    SPOKEN.store(place, Ordering::Relaxed);
}

fn spoken() -> Option<Language> {
    match SPOKEN.load(Ordering::Relaxed) {
        1 => Some(Language::En),
        2 => Some(Language::Ru),
        _ => None,
    }
}

/// Of the texts that are made now, as HTML has it.
pub fn tag() -> &'static str {
    if is_russian() { "ru" } else { "en" }
}

/// Texts that `work` makes, on this thread, are in this language; without one, in the user's.
pub fn within<T>(language: Option<Language>, work: impl FnOnce() -> T) -> T {
    /// Also where `work` panics: threads are used again.
    struct Back(Option<Language>);
    impl Drop for Back {
        fn drop(&mut self) {
            CHOSEN.set(self.0);
        }
    }
    let _back = Back(CHOSEN.replace(language.or(CHOSEN.get())));
    work()
}

/// As [`within`], for work that waits in between: whichever thread carries it on.
pub async fn within_waiting<T>(language: Option<Language>, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    std::future::poll_fn(|context| within(language, || work.as_mut().poll(context))).await
}

/// A text in both languages, for what may be read once more after the language was changed: it is shown in that of the moment.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(from = "Written", into = "Written")]
pub struct Sentence(Box<[String; 2]>);

/// A text as a file has it: one of an older version has one language alone.
#[derive(serde::Deserialize, serde::Serialize)]
#[serde(untagged)]
enum Written {
    Both { en: String, ru: String },
    One(String),
}

impl Sentence {
    pub fn new(en: String, ru: String) -> Self {
        Self(Box::new([en, ru]))
    }

    /// What `say` says in each language.
    pub fn of<T: Display>(say: impl Fn() -> T) -> Self {
        let said = |language| within(Some(language), || say().to_string());
        Self::new(said(Language::En), said(Language::Ru))
    }
}

impl Deref for Sentence {
    type Target = str;

    fn deref(&self) -> &str {
        let [en, ru] = &*self.0;
        if is_russian() { ru } else { en }
    }
}

impl Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

/// Others' words are the same in every language.
impl From<String> for Sentence {
    fn from(text: String) -> Self {
        Self::new(text.clone(), text)
    }
}

impl From<&str> for Sentence {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<Written> for Sentence {
    fn from(written: Written) -> Self {
        match written {
            Written::Both { en, ru } => Self::new(en, ru),
            Written::One(text) => text.into(),
        }
    }
}

impl From<Sentence> for Written {
    fn from(sentence: Sentence) -> Self {
        let [en, ru] = *sentence.0;
        Self::Both { en, ru }
    }
}

/// Russian nouns go by the number before them: 1 голос, 2 голоса, 5 голосов.
pub fn plural<'a>(number: u128, one: &'a str, few: &'a str, many: &'a str) -> &'a str {
    match (number % 10, number % 100) {
        (_, 11..=14) => many,
        (1, _) => one,
        (2..=4, _) => few,
        _ => many,
    }
}

/// English nouns go by it too: `1 voter`, `5 voters`.
pub fn some(number: u64, one: &str, more: &str) -> String {
    format!("{number} {}", noun(number, one, more))
}

/// The noun alone, for a number that stands there in its own form.
pub fn noun<'a>(number: u64, one: &'a str, more: &'a str) -> &'a str {
    if number == 1 { one } else { more }
}

/// What a check of a record has counted, by the name of the count: `1 contest`, `3 candidates`, `weight 4`.
pub fn counted(what: &str, count: u64) -> String {
    match (what, count) {
        ("weight" | "threshold", _) => format!("{what} {count}"),
        ("entries that their signers had not seen", 1) => "1 entry that its signer had not seen".into(),
        ("entries verified before", 1) => "1 entry verified before".into(),
        ("leaves", 1) => "1 leaf".into(),
        (_, 1) => match what.strip_suffix("ies") {
            Some(stem) => format!("1 {stem}y"),
            None => format!("1 {}", what.strip_suffix('s').unwrap_or(what)),
        },
        _ => format!("{count} {what}"),
    }
}

/// `tr!("English {x}", "По-русски {x}")` formats the text of the user's language.
#[macro_export]
macro_rules! tr {
    ($english:literal, $russian:literal $(, $($arg:tt)*)?) => {
        if $crate::lang::is_russian() {
            format!($russian $(, $($arg)*)?)
        } else {
            format!($english $(, $($arg)*)?)
        }
    };
}
pub use crate::tr;

/// As `tr!`, in both languages: a [`Sentence`].
#[macro_export]
macro_rules! both {
    ($english:literal, $russian:literal $(, $($arg:tt)*)?) => {
        $crate::lang::Sentence::new(
            $crate::lang::within(Some($crate::lang::Language::En), || format!($english $(, $($arg)*)?)),
            $crate::lang::within(Some($crate::lang::Language::Ru), || format!($russian $(, $($arg)*)?)),
        )
    };
}
pub use crate::both;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::{Language, Sentence, counted, plural, some, within, within_waiting};

    #[test]
    fn a_text_in_both_languages_is_said_in_that_of_the_moment() {
        let noun = || tr!("ballot", "бюллетень");
        let inner = both!("no {}", "нет: {}", noun());
        let text = both!("refused: {inner}", "отказано: {inner}");
        let said = |text: &Sentence, language| within(Some(language), || text.to_string());
        assert_eq!(said(&text, Language::En), "refused: no ballot");
        assert_eq!(said(&text, Language::Ru), "отказано: нет: бюллетень");
        let kept: Sentence = serde_json::from_value(serde_json::to_value(&text).unwrap()).unwrap();
        assert_eq!(kept, text);
        let of_before: Sentence = serde_json::from_str("\"Anna\"").unwrap();
        assert_eq!(said(&of_before, Language::Ru), "Anna");
    }

    #[test]
    fn a_panic_leaves_no_language_behind() {
        let broken = within(Some(Language::En), || {
            std::panic::catch_unwind(|| within(Some(Language::Ru), || panic!("a fault"))).unwrap_err();
            tr!("ballot", "бюллетень")
        });
        assert_eq!(broken, "ballot");
    }

    #[tokio::test]
    async fn who_waits_is_answered_in_the_language_of_the_question() {
        let asked = async |language| {
            let answered = async {
                tokio::task::yield_now().await;
                tr!("ballot", "бюллетень")
            };
            within_waiting(Some(language), answered).await
        };
        let said = tokio::join!(asked(Language::En), asked(Language::Ru));
        assert_eq!(said, ("ballot".to_owned(), "бюллетень".to_owned()));
    }

    #[test]
    fn nouns_go_by_the_number_before_them_in_both_languages() {
        let english = [0, 1, 2, 11, 21].map(|number| some(number, "ballot", "ballots"));
        assert_eq!(english, ["0 ballots", "1 ballot", "2 ballots", "11 ballots", "21 ballots"]);
        let counts =
            ["contests", "control entries", "leaves", "weight"].map(|what| (counted(what, 1), counted(what, 2)));
        let said = ["1 contest", "1 control entry", "1 leaf", "weight 1"].map(str::to_owned);
        assert_eq!(counts.clone().map(|(one, _)| one), said);
        assert_eq!(
            counts.map(|(_, more)| more),
            ["2 contests", "2 control entries", "2 leaves", "weight 2"].map(str::to_owned)
        );
        let russian = [0, 1, 2, 5, 11, 12, 21, 22, 111, 122].map(|number| plural(number, "1", "2", "5"));
        assert_eq!(russian, ["5", "1", "2", "5", "5", "5", "1", "2", "5", "2"]);
    }
}
