//! What people with a browser are shown by a server, and what programs get at the same paths.

use crate::commands::Folder;

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const PAGES: [&str; 3] = ["/", "/result", "/audit"];
/// Texts that an organiser may supply, and that would be markup if they were not escaped.
const HOSTILE: &str = r##"
title = "<script>alert(1)</script> \"'& <b>Board"
secrecy = "open"
rule = "mean"
lot = "</p><script>alert(2)</script>"
[[contest]]
title = "</title><img src=x onerror=alert(3)>"
candidates = ["<svg onload=alert(4)>", "</ul><style>*{}</style>", "\" onmouseover=\"alert(5)", "' x='", "javascript:alert(6)"]
scale = "<i>low</i>,&amp;mid,<u>high"
none = "<svg onload=alert(4)>"
ties = ["more-raters", "lot"]
"##;
/// As they stand in an attribute, or between words.
const MARKUP: [&str; 9] =
    ["<script>", "<img", "<svg onload", "<style", "<b>", "<i>", "<u>", "\" onmouseover=\"alert", "href=\"javascript"];

pub struct Answer {
    status: u16,
    head: ureq::http::HeaderMap,
    pub body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.head.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

fn asked(method: &str, url: &str, headers: &[(&str, &str)]) -> Answer {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut request = ureq::http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut answer = agent.run(request.body(()).unwrap()).unwrap();
    let body = answer.body_mut().read_to_string().unwrap();
    Answer { status: answer.status().as_u16(), head: answer.headers().clone(), body }
}

pub fn page(url: &str, language: &str) -> Answer {
    asked("GET", url, &[("accept", BROWSER), ("accept-language", language)])
}

/// An election of this file with weights, open and served.
fn serve(folder: &Folder, file: &str) -> (crate::commands::Serving, String) {
    std::fs::write(folder.path("my.toml"), file).unwrap();
    std::fs::write(folder.path("roll.csv"), "number,name,weight\n1,A,3\n2,B,1\n3,C,1\n4,D,2\n").unwrap();
    folder.exits(0, &["new", "e", "--from", "my.toml", "--roll", "roll.csv"]);
    folder.exits(0, &["open", "e"]);
    let (server, port) = folder.serve(&["serve", "e", "--any-port"]);
    (server, format!("http://127.0.0.1:{port}"))
}

/// Whatever is between `<` and `>` is a tag of ours, and says nothing that the policy forbids.
fn is_clean(text: &str, what: &str) {
    for markup in MARKUP {
        assert!(!text.contains(markup), "{what} has {markup}: {text}");
    }
    for piece in text.split('<').skip(1) {
        let tag = piece.split_once('>').map_or("", |(tag, _)| tag);
        let in_quotes = tag.matches('"').count();
        assert!(in_quotes % 2 == 0, "{what}: <{tag}>");
        for forbidden in [" style=", " onerror=", " onload=", " onmouseover=", "javascript:"] {
            // What an attribute's value holds is no attribute.
            let outside: String = tag.split('"').step_by(2).collect();
            assert!(!outside.contains(forbidden), "{what}: <{tag}>");
        }
        for attribute in ["src=\"", "href=\""] {
            let target = tag.split_once(attribute).and_then(|(_, rest)| rest.split_once('"')).map(|(target, _)| target);
            let elsewhere = |target: &str| target.contains(':') || target.starts_with("//");
            assert!(!target.is_some_and(elsewhere), "{what}: <{tag}>");
        }
    }
}

#[test]
fn row_35_no_text_of_an_organiser_becomes_markup_on_any_page() {
    let folder = Folder::new();
    let (_server, url) = serve(&folder, HOSTILE);
    let marks = "<u>high,&amp;mid,*,*,<i>low</i>";
    folder.exits(0, &["vote", "1", "--url", &url, "--ballot", marks]);
    let key = ["--key", "e/organiser.key"];
    let reason = "</q></p><script>alert(7)</script><b>";
    folder.exits(0, &[&["pause", &url, "--reason", reason], &key[..]].concat());
    let code = "00000-00000-00000-00000";
    let all = |round: &str| {
        for path in PAGES.into_iter().chain([&format!("/ballot/{code}") as &str, "/ballot/x", "/nowhere", "/a/<b>"]) {
            for language in ["en", "ru"] {
                let answer = page(&format!("{url}{}", path.replace('<', "%3C").replace('>', "%3E")), language);
                is_clean(&answer.body, &format!("{round} {path} {language}"));
                let policy = answer.header("content-security-policy");
                assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
            }
        }
    };
    all("paused");
    let front = page(&url, "en").body;
    assert!(front.contains("&lt;/q&gt;&lt;/p&gt;&lt;script&gt;alert(7)"), "the reason is told: {front}");
    folder.exits(0, &[&["close", &url], &key[..]].concat());
    all("finished");
    let result = page(&format!("{url}/result"), "en").body;
    assert!(result.contains("&lt;svg onload=alert(4)&gt;") && result.contains("result.csv"), "{result}");
}

#[test]
fn programs_get_the_answers_that_they_got() {
    let folder = Folder::new();
    let (_server, url) = folder.serve(&["serve", "1", "7", "0"]);
    let url = format!("http://127.0.0.1:{url}");
    for headers in [&[][..], &[("accept", "*/*")], &[("accept", "application/json")]] {
        let answer = asked("GET", &url, headers);
        assert_eq!((answer.status, answer.header("content-type")), (200, "text/plain; charset=utf-8"));
        assert!(answer.body.starts_with("1\nopen\n") && answer.body.contains("veche vote NUMBER"), "{}", answer.body);
        for (path, status) in [("/result.csv", 403), ("/result.svg", 403), ("/record.tar", 403), ("/nowhere", 404)] {
            let answer = asked("GET", &format!("{url}{path}"), headers);
            assert_eq!(answer.status, status, "{path}");
            assert!(!answer.body.contains('<'), "{path}: {}", answer.body);
        }
    }
}

#[test]
fn pages_speak_the_readers_language_and_say_for_how_long_they_hold() {
    let folder = Folder::new();
    let (_server, port) = folder.serve(&["serve", "1", "7", "0"]);
    let url = format!("http://127.0.0.1:{port}");
    for path in PAGES {
        let (english, russian) = (page(&format!("{url}{path}"), "en, ru;q=0.5"), page(&format!("{url}{path}"), "ru"));
        assert!(english.body.contains("<html lang=\"en\">") && russian.body.contains("<html lang=\"ru\">"));
        // The other language is offered in itself.
        let words = |body: &str| body.replace("По-русски", "").chars().any(|c| ('а'..='я').contains(&c));
        assert!(!words(&english.body) && words(&russian.body), "{path}: {}", english.body);
        assert!(page(&format!("{url}{path}?lang=ru"), "en").body.contains("<html lang=\"ru\">"));
        for answer in [&english, &asked("HEAD", &format!("{url}{path}"), &[("accept", BROWSER)])] {
            assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"), "{path}");
            assert_eq!(answer.header("vary"), "accept, accept-language");
            assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        }
    }
    let front = page(&url, "en").body;
    let named = |start: &str| front.split_once(start).and_then(|(_, rest)| rest.split_once('"')).unwrap().0.to_owned();
    for (name, content) in [(named("href=\"pages/"), "text/css"), (named("src=\"pages/"), "text/javascript")] {
        let file = asked("GET", &format!("{url}/pages/{name}"), &[]);
        assert!(file.status == 200 && file.header("content-type").starts_with(content));
        assert_eq!(file.header("cache-control"), "public, max-age=31536000, immutable");
        // What may be kept for ever has one name.
        let escaped = format!("%{:02x}{}", name.as_bytes()[0], &name[1..]);
        for other in [format!("{name}?"), format!("{name}?a=1"), escaped] {
            let refused = asked("GET", &format!("{url}/pages/{other}"), &[]);
            assert_eq!((refused.status, refused.header("cache-control")), (404, "no-store"), "{other}");
        }
    }
    let missing = asked("GET", &format!("{url}/pages/x.css"), &[]);
    assert_eq!((missing.status, missing.header("cache-control")), (404, "no-store"));
    let nowhere = page(&format!("{url}/nowhere"), "en");
    assert_eq!((nowhere.status, nowhere.header("cache-control")), (404, "no-store"));
    assert!(nowhere.body.contains("Nothing is here"), "{}", nowhere.body);
}

/// A reader whose browser asks for English, and who wants Russian, is not asked again on every page.
#[test]
fn a_language_that_was_chosen_on_a_page_is_that_of_the_pages_and_files_behind_its_links() {
    let folder = Folder::new();
    let (_server, port) = folder.serve(&["serve", "1", "7", "0"]);
    let url = format!("http://127.0.0.1:{port}");
    folder.exits(0, &["close", "1"]);
    // Each twice: that of the result is kept.
    for path in [PAGES, PAGES].concat() {
        let (chosen, asked_for) = (page(&format!("{url}{path}?lang=ru"), "en"), page(&format!("{url}{path}"), "en"));
        for link in ["./", "./result", "./audit"] {
            assert!(chosen.body.contains(&format!("href=\"{link}?lang=ru\"")), "{path}: {link}");
            assert!(asked_for.body.contains(&format!("href=\"{link}\"")), "{path}: {link}");
        }
    }
    assert!(page(&format!("{url}/nowhere?lang=ru"), "en").body.contains("<p><a href=\"./?lang=ru\">"));
    let result = page(&format!("{url}/result?lang=ru"), "en").body;
    for file in ["result.csv", "result.svg"] {
        assert!(result.contains(&format!("href=\"{file}?lang=ru\"")), "{file}");
        let [chosen, by_default] = ["?lang=ru", ""].map(|query| page(&format!("{url}/{file}{query}"), "en"));
        assert_eq!((chosen.status, by_default.status), (200, 200), "{file}");
        assert_eq!(chosen.body, page(&format!("{url}/{file}"), "ru").body, "{file}");
        // Tables for programs have one language.
        assert_eq!(chosen.body == by_default.body, file == "result.csv", "{file}");
    }
}

/// Of an open election the weight beside the turnout would tell votes (row 66), and a result would tell the rest.
#[test]
fn row_66_no_page_of_an_open_election_tells_a_result_or_a_weight_before_closing() {
    let folder = Folder::new();
    let file = "title = \"T\"\nsecrecy = \"open\"\nrule = \"sum\"\n[[contest]]\ntitle = \"T\"\ncandidates = [\"Anna\", \"Boris\"]\n";
    let (_server, url) = serve(&folder, file);
    folder.exits(0, &["vote", "1", "--url", &url, "--ballot", "51"]);
    let answer = asked("GET", &format!("{url}/status.json"), &[]).body;
    let told = serde_json::from_str::<serde_json::Value>(&answer).unwrap();
    assert!(told["weight"].is_null(), "{answer}");
    for path in PAGES {
        let body = page(&format!("{url}{path}"), "en").body;
        for figure in ["By weight", "Elected", "class=\"bar\"", "<table", "sum 15"] {
            assert!(!body.contains(figure), "{path} tells {figure}: {body}");
        }
    }
    assert!(page(&url, "en").body.contains("1 of 4 voters have voted (25%)."));
    folder.exits(0, &["close", &url, "--key", "e/organiser.key"]);
    let body = page(&format!("{url}/result"), "en").body;
    assert!(body.contains("Elected: <strong><bdi>Anna</bdi></strong> (<bdi>sum 15</bdi>)."), "{body}");
    for path in ["/result.csv", "/result.svg"] {
        assert!(asked("GET", &format!("{url}{path}"), &[]).body.contains("Anna"), "{path}");
    }
}

/// What is fetched from the page is the record that the organiser would write.
#[test]
fn the_record_that_a_page_gives_is_verified_by_both_verifiers() {
    let folder = Folder::new();
    let file = "title = \"T\"\nsecrecy = \"open\"\nrule = \"sum\"\n[[contest]]\ntitle = \"T\"\ncandidates = [\"Anna\", \"Boris\"]\n";
    let (_server, url) = serve(&folder, file);
    for number in ["1", "2"] {
        folder.exits(0, &["vote", number, "--url", &url, "--ballot", "51"]);
    }
    folder.exits(0, &["close", &url, "--key", "e/organiser.key"]);
    let mut answer = ureq::get(format!("{url}/record.tar")).call().unwrap();
    assert_eq!(answer.headers()["content-type"], "application/x-tar");
    std::fs::write(folder.path("record.tar"), answer.body_mut().read_to_vec().unwrap()).unwrap();
    assert!(folder.exits(0, &["verify", "record.tar"]).contains("every check passed"));
    folder.exits(0, &["record", "e", "--output", "own.tar"]);
    let names = |path: &str| {
        let mut archive = tar::Archive::new(std::fs::File::open(folder.path(path)).unwrap());
        let entries = archive.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
            (entry.path().unwrap().into_owned(), bytes)
        });
        entries.collect::<std::collections::BTreeMap<_, _>>()
    };
    assert_eq!(names("record.tar"), names("own.tar"));
    let verifier = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../verifier/veche_verify.py");
    let python = std::env::var("VECHE_PYTHON").unwrap_or_else(|_| "python3".into());
    // As the page has it told.
    let audit = page(&format!("{url}/audit"), "en").body;
    let file = audit.split_once("python3 veche_verify.py ").and_then(|(_, rest)| rest.split('<').next()).unwrap();
    let checked = std::process::Command::new(python).arg(verifier).arg(folder.path(file)).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    // Whoever has only the card on paper compares what stands there, with the page and with either verifier.
    let paper = id_on_card(&folder, "e/cards/1.txt");
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    for said in [said, folder.exits(0, &["verify", "record.tar"]), page(&format!("{url}/result"), "en").body] {
        assert!(said.contains(&paper), "{paper}: {said}");
    }
    let receipt = ["verify-receipt", "receipt-1-1.json", "--election"];
    folder.exits(0, &[&receipt[..], &[&paper]].concat());
    let other = format!("{}{}", if paper.starts_with('0') { '1' } else { '0' }, &paper[1..]);
    folder.exits(6, &[&receipt[..], &[&other]].concat());
}

fn id_on_card(folder: &Folder, card: &str) -> String {
    let text = std::fs::read_to_string(folder.path(card)).unwrap();
    text.lines().find_map(|line| line.strip_prefix("Election id:")).unwrap().trim().to_owned()
}
