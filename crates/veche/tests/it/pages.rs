//! What people with a browser are shown by a server, and what programs get at the same paths.

use crate::{commands::Folder, secret};

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
        for path in PAGES.into_iter().chain([
            &format!("/ballot/{code}") as &str,
            "/ballot/x",
            "/ballot/<img>",
            "/ballot",
            "/ballot?code=\"<img>",
            "/nowhere",
            "/a/<b>",
        ]) {
            for language in ["en", "ru"] {
                let answer = page(
                    &format!("{url}{}", path.replace('<', "%3C").replace('>', "%3E").replace('"', "%22")),
                    language,
                );
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

/// Trustees and witnesses name themselves, and an organiser gives reasons for other acts too.
#[test]
fn row_35_no_name_of_a_trustee_or_witness_and_no_reason_becomes_markup() {
    let folder = Folder::new();
    let witness = "w.example/</bdi><script>alert(8)</script>";
    let file = format!(
        "title = \"Board\"\nrule = \"mean\"\n[[contest]]\ntitle = \"Board\"\ncandidates = [\"<i>Anna\", \"Boris\"]\n\
         [[witness]]\nkey = \"{witness}+6bd9e54d+BJv4Ci+MWPQ9Vi0GIqWhfpeVWXuhLQMYMxZbKUwHLVeE\"\nurl = \"http://127.0.0.1:1\"\n"
    );
    std::fs::write(folder.path("my.toml"), file).unwrap();
    folder.exits(0, &["new", "e", "--from", "my.toml", "--trustees", "1", "--threshold", "1", "--voters", "3"]);
    let trustee = "</bdi></li><img src=x onerror=alert(9)>";
    secret::trustee(&folder, 0, "register", "e", 1, &["--number", "1", "--name", trustee]);
    secret::deal_together(&folder, "e", 1);
    secret::accept_all(&folder, "e", 1);
    folder.exits(0, &["setup", "e"]);
    let (_server, port) = folder.serve(&["serve", "e", "--any-port"]);
    let url = format!("http://127.0.0.1:{port}");
    let escaped = |text: &str| text.replace('<', "&lt;").replace('>', "&gt;");
    let all = |names: &[&str], reasons: &[&str]| {
        for language in ["en", "ru"] {
            for path in PAGES {
                is_clean(&page(&format!("{url}{path}"), language).body, &format!("{path} {language}"));
            }
            let [front, audit] = ["/", "/audit"].map(|path| page(&format!("{url}{path}"), language).body);
            for name in names {
                assert!(
                    front.contains(&escaped(name)) && audit.contains(&escaped(name)),
                    "{name} is told: {front} {audit}"
                );
            }
            for reason in reasons {
                assert!(front.contains(&escaped(reason)), "{reason} is told: {front}");
            }
        }
    };
    let (withdrawn, cancelled) = ("</q></p><script>alert(10)</script>", "</q><svg onload=alert(11)>");
    folder.exits(0, &["withdraw", "e", "--candidate", "<i>Anna", "--reason", withdrawn]);
    all(&[witness, trustee], &[withdrawn, "<i>Anna"]);
    folder.exits(0, &["cancel", "e", "--reason", cancelled]);
    all(&[witness, trustee], &[cancelled]);
}

/// The list of credentials is public in a secret election from the beginning, and so is the roll beside it.
#[test]
fn a_page_says_when_the_roll_tells_who_has_voted() {
    let folder = Folder::new();
    for (dir, secrecy, says) in [
        (
            "s",
            "secret",
            "The published roll shows numbers: everybody can see, while the vote runs, who has voted (not how).",
        ),
        ("o", "open", "After closing the published roll shows numbers."),
    ] {
        let local: &[&str] = if secrecy == "secret" { &["--local-trustees"] } else { &[] };
        let new = ["new", dir, "--candidates", "A,B", "--voters", "3", "--rule", "sum", "--roll-shows", "number"];
        folder.exits(0, &[&new[..], &["--secrecy", secrecy], local].concat());
        let (_server, port) = folder.serve(&["serve", dir, "2", "0"]);
        let url = format!("http://127.0.0.1:{port}");
        let front = page(&url, "en").body;
        assert!(front.contains(says), "{says}: {front}");
        let roll = asked("GET", &format!("{url}/roll"), &[]);
        assert_eq!(roll.status == 200, secrecy == "secret", "the page says what the server does: {}", roll.status);
    }
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

#[test]
fn a_lost_card_is_spoken_of_as_long_as_one_can_vote_with_another() {
    let folder = Folder::new();
    let (_server, port) = folder.serve(&["serve", "1", "7", "0"]);
    let url = format!("http://127.0.0.1:{port}");
    assert!(page(&url, "en").body.contains("Lost your card?"));
    folder.exits(0, &["close", "1"]);
    assert!(!page(&url, "en").body.contains("Lost your card?"));
}

/// Whoever has only a code, and no script.
#[test]
fn a_ballot_is_looked_up_by_a_form_and_what_is_wrong_with_a_code_is_said() {
    let folder = Folder::new();
    let file = "title = \"T\"\nsecrecy = \"open\"\nrule = \"sum\"\n[[contest]]\ntitle = \"T\"\ncandidates = [\"Anna\", \"Boris\"]\n";
    let (_server, url) = serve(&folder, file);
    folder.exits(0, &["vote", "1", "--url", &url, "--ballot", "51"]);
    let receipt = std::fs::read(folder.path("receipt-1-1.json")).unwrap();
    let (receipt, _) = veche_election::receipt::ReceiptFile::parse(&receipt).unwrap();
    let code = veche_election::entry::BallotCode::of(&receipt.entry).full();
    let code = code.as_str();
    let form = "action=\"ballot\" method=\"get\"";
    // Before closing codes of an open election are not told of, nor asked for.
    assert!(!page(&format!("{url}/audit"), "en").body.contains(form));
    assert_eq!(page(&format!("{url}/ballot?code={code}"), "en").status, 403);
    folder.exits(0, &["close", &url, "--key", "e/organiser.key"]);
    for path in ["audit", "ballot", "ballot/", "ballot?code=+"] {
        let asking = page(&format!("{url}/{path}"), "en");
        assert_eq!((asking.status, asking.body.contains(form)), (200, true), "{path}");
        assert!(asking.header("content-security-policy").contains("form-action 'self'"), "{path}");
    }
    // As a browser sends what people type: with spaces, in small letters, in letters of another keyboard.
    let short: String = code.chars().take(24).collect();
    let cyrillic = short.replace('0', "%d0%be").replace('A', "%D0%90").replace('-', "+");
    for typed in [code.to_owned(), short.clone(), short.to_lowercase().replace('-', "%20"), cyrillic] {
        let found = page(&format!("{url}/ballot?code={typed}&lang=ru"), "en");
        assert_eq!(found.status, 200, "{typed}");
        assert!(found.body.contains("Записан и учитывается") && found.body.contains(code), "{typed}: {}", found.body);
    }
    let four = page(&format!("{url}/ballot?code={}", &code[..19]), "en");
    assert!(four.status == 400 && four.body.contains("here are 16 letters and digits"), "{}", four.body);
    assert!(four.body.contains(&format!("value=\"{}\"", &code[..19])), "what was typed stays: {}", four.body);
    let four = page(&format!("{url}/ballot/{}", &code[..19]), "en");
    assert!(four.status == 400 && four.body.contains("action=\"../ballot\""), "{}", four.body);
    let missing = page(&format!("{url}/ballot?code=00000-00000-00000-00000"), "en");
    assert!(missing.status == 404 && missing.body.contains("Or the ballot is not recorded"), "{}", missing.body);
    assert!(!missing.body.contains("challenge"), "an open election has none: {}", missing.body);
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
    // Nor in the booth, where the program has one: it votes, and of a secret election it checks.
    folder.exits(0, &["new", "s", "--local-trustees", "--candidates", "3", "--voters", "3", "--rule", "sum"]);
    folder.exits(0, &["open", "s"]);
    let (_server, port) = folder.serve(&["serve", "s", "--any-port"]);
    let secret = format!("http://127.0.0.1:{port}");
    let has_booth = page(&format!("{secret}/booth/"), "en").status == 200;
    for path in ["", "audit"] {
        let links = |query: &str| -> Vec<String> {
            let body = page(&format!("{secret}/{path}{query}"), "en").body;
            let targets = body.split("href=\"booth/").skip(1);
            targets.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect()
        };
        let (chosen, by_default) = (links("?lang=ru"), links(""));
        assert_eq!((chosen.len(), !chosen.is_empty()), (by_default.len(), has_booth), "{path}: {chosen:?}");
        assert!(chosen.iter().all(|link| link.ends_with("?lang=ru")), "{path}: {chosen:?}");
        assert!(by_default.iter().all(|link| !link.contains('?')), "{path}: {by_default:?}");
    }
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
    assert!(page(&url, "en").body.contains("1 of 4 voters has voted (25%)."));
    // No table here has a sign for it.
    let front = page(&url, "en").body;
    assert!(front.contains("“No opinion” adds nothing.") && !front.contains("(*)"), "{front}");
    assert!(front.contains("Give each candidate a score from"), "{front}");
    folder.exits(0, &["close", &url, "--key", "e/organiser.key"]);
    let body = page(&format!("{url}/result"), "en").body;
    assert!(body.contains("Elected: <strong><bdi>Anna</bdi></strong> (<bdi>sum 15</bdi>)."), "{body}");
    // Whoever only reads is shown no commands, and is told where the record is.
    assert!(body.contains("Download the record of the election (record.tar, above)"), "{body}");
    let open = body
        .split("<details>")
        .enumerate()
        .map(|(at, part)| if at == 0 { part } else { part.split_once("</details>").unwrap().1 });
    assert!(!open.collect::<String>().contains("veche verify"), "{body}");
    let front = page(&url, "en").body;
    assert!(!front.contains("Give each candidate a score") && !front.contains("may be added"), "it is over: {front}");
    for path in ["/result.csv", "/result.svg"] {
        assert!(asked("GET", &format!("{url}{path}"), &[]).body.contains("Anna"), "{path}");
    }
}

/// What a page says and offers fits how the election stands.
#[test]
fn no_page_offers_a_vote_that_is_not_taken_or_tells_of_a_closing_that_will_not_come() {
    let folder = Folder::new();
    let file = "title = \"T\"\nsecrecy = \"open\"\nrule = \"sum\"\ncloses = \"2090-12-01T10:00:00+03:00\"\n\
                [[contest]]\ntitle = \"T\"\ncandidates = [\"Anna\", \"Boris\"]\n";
    std::fs::write(folder.path("my.toml"), file).unwrap();
    folder.exits(0, &["new", "e", "--from", "my.toml", "--voters", "3"]);
    let (_server, port) = folder.serve(&["serve", "e", "--any-port"]);
    let url = format!("http://127.0.0.1:{port}");
    let act =
        |args: &[&str]| folder.exits(0, &[&args[..1], &[&url], &args[1..], &["--key", "e/organiser.key"]].concat());
    let told = |path: &str, says: &[&str], nothing_of: &[&str]| {
        let body = page(&format!("{url}{path}"), "en").body;
        says.iter().for_each(|text| assert!(body.contains(text), "{path} does not say {text}: {body}"));
        nothing_of.iter().for_each(|text| assert!(!body.contains(text), "{path} says {text}: {body}"));
    };
    let offers = ["class=\"button\"", "veche vote", "Vote here"];
    told("/", &["Not open yet.", "It closes", "Ballots are taken when voting is open"], &offers);
    act(&["open"]);
    told("/", &["Voting is open until", "veche vote"], &["Not open yet."]);
    act(&["extend", "--closes", "2090-12-02T10:00:00+03:00", "--reason", "many are ill"]);
    act(&["pause", "--reason", "a storm"]);
    told("/", &["Voting is paused.", "a storm", "many are ill", "No ballot is taken while voting is paused."], &offers);
    act(&["cancel", "--reason", "no quorum"]);
    let over =
        ["closes", "The closing time was moved", "many are ill", "after closing", "After closing", "may be added"];
    told("/", &["The election was cancelled.", "no quorum", "ballots of a cancelled election are not shown"], &over);
    told("/result", &["<h1>No result</h1>", "no quorum"], &["No result yet", "many are ill"]);
    told("/audit", &["ballots of a cancelled election are not shown"], &["after closing", "After closing"]);
    told(
        "/ballot/00000-00000-00000-00000",
        &["ballots of a cancelled election are not shown"],
        &["Only after closing"],
    );
}

/// A choice has no scores.
#[test]
fn the_bars_of_a_chart_are_called_what_they_are() {
    let folder = Folder::new();
    let file = "title = \"T\"\nsecrecy = \"open\"\n[[contest]]\ntitle = \"Hall\"\nkind = \"single\"\nrule = \"sum\"\n\
                candidates = [\"Red\", \"Blue\"]\n[[contest]]\ntitle = \"Trees\"\nscale = \"0..1\"\nblank = false\nrule = \"sum\"\n\
                candidates = [\"Oak\", \"Elm\"]\n[[contest]]\ntitle = \"Board\"\nrule = \"mean\"\ncandidates = [\"Anna\", \"Boris\"]\n";
    let (_server, url) = serve(&folder, file);
    folder.exits(0, &["vote", "1", "--url", &url, "--ballot", "10", "--ballot", "01", "--ballot", "51"]);
    folder.exits(0, &["close", &url, "--key", "e/organiser.key"]);
    let body = page(&format!("{url}/result"), "en").body;
    let heads = [
        "ballots, from not chosen to chosen",
        "ballots, from not approved to approved",
        "the scores given, from worst to best",
    ];
    heads.iter().for_each(|head| assert_eq!(body.matches(head).count(), 1, "{head}: {body}"));
    assert!(
        body.contains("</bdi></span> <span class=\"status\">") && !body.contains("</span><span class=\"status\">"),
        "{body}"
    );
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
    let audit = page(&format!("{url}/audit"), "en").body;
    assert!(audit.contains("python3 veche_verify.py record.tar"), "it reads no address: {audit}");
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
    let shown = PAGES.map(|path| page(&format!("{url}{path}"), "en").body);
    let checked = folder.exits(0, &["verify-receipt", "receipt-1-1.json"]);
    for said in shown.into_iter().chain([said, folder.exits(0, &["verify", "record.tar"]), checked]) {
        // The whole of it, and no longer one.
        assert!(said.contains(&paper) && !said.contains(&format!("{paper}-")), "{paper}: {said}");
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
