//! Results of all shapes as people see them: in a terminal, as a picture, as a page, in both languages. With
//! `VECHE_GALLERY=DIR` the tests write what they have made there, to be looked at.

use std::{fs, path::Path};

use veche::{
    bars, chart, html,
    lang::{self, Language},
    layout,
    show::{self, Screen},
    words,
};
use veche_election::{
    Contest, ContestKind, Draft, Election, ElectionResult, Hash, Lot, Marks, Method, Rule, SigningKey, Tally, Vote,
    Weight,
    manifest::{Better, RollSummary},
    result::Fraction,
    rules::{Blanks, Quota, Threshold, TieStep},
};
use veche_fixtures::{compute, keys};

/// An election of one contest that has come to its result.
struct Shown {
    name: &'static str,
    election: Election,
    result: ElectionResult,
}

fn contest(candidates: &[&str], scale: &str, rule: Rule) -> Contest {
    Contest {
        title: "Правление — Board 2027".into(),
        candidates: candidates.iter().map(|name| (*name).into()).collect(),
        levels: veche::config::parse_scale(scale).unwrap(),
        rule,
        ..veche_fixtures::contest(&[], 0)
    }
}

/// Ballots are a weight and the marks, divided by commas, in the order of the candidates.
fn shown(name: &'static str, contest: Contest, ballots: &[(u64, &str)], voters: (u64, u64)) -> Shown {
    let lot = contest.rule.has_lot().then(|| "a die, thrown three times before all".to_owned());
    let draft = Draft { title: contest.title.clone(), contests: vec![contest], lot, ..veche_fixtures::draft() };
    let keys = keys(&SigningKey::from_seed(&[1; 32]), &SigningKey::from_seed(&[2; 32]));
    let roll = RollSummary { voters: voters.0, weight: voters.1, credentials: Hash::ZERO, published: Hash::ZERO };
    let election = Election::new(draft, keys, roll, None).unwrap_or_else(|error| panic!("{name}: {error}"));
    let contest = &election.contests()[0];
    let mut tally = Tally::new(&election);
    for (weight, marks) in ballots {
        let text = if contest.is_compact() { marks.replace(',', "") } else { (*marks).to_owned() };
        let marks = Marks::parse(&text, contest).unwrap_or_else(|error| panic!("{name}, {text}: {error}"));
        tally.add(&Vote::Open(vec![marks]), Weight::new(*weight).unwrap());
    }
    let lot = Lot::drawn(election.draft_id(), "4 1 3", Hash::ZERO);
    let result = compute(
        &election,
        (tally.ballots, tally.weight),
        tally.histograms().unwrap(),
        election.draft().has_lot().then_some(&lot),
    );
    Shown { name, result: result.unwrap(), election }
}

const THREE: [&str; 3] = ["Анна Ковалёва", "Борис Ильин", "Вера Соколова"];

fn gallery() -> Vec<Shown> {
    use TieStep as T;
    let sum = || Rule::new(Method::Sum);
    let mean = || Rule::new(Method::Mean);
    let seven =
        ["Анна Ковалёва", "Борис Ильин", "Вера Соколова", "Глеб Орлов", "Daria Novak", "Emil Nagy", "Fatima Said"];
    let scores: Vec<String> = (0..40_u64)
        .map(|i| {
            let mark = |j: u64| {
                let x = (i * 7 + j * 13 + i * j * 3) % (11 - j.min(5));
                if x > 5 { "*".to_owned() } else { x.to_string() }
            };
            (0..7).map(mark).collect::<Vec<_>>().join(",")
        })
        .collect();
    let scores: Vec<(u64, &str)> = scores.iter().map(|text| (1, text.as_str())).collect();
    let shift = |by: i64, max: i64| -> Vec<String> {
        let one = |mark: &str| mark.parse::<i64>().map_or("*".into(), |x| (x - by).clamp(-by, max).to_string());
        scores.iter().map(|(_, text)| text.split(',').map(one).collect::<Vec<_>>().join(",")).collect()
    };
    let (around, narrow) = (shift(2, 2), shift(1, 1));
    let around: Vec<(u64, &str)> = around.iter().map(|text| (1, text.as_str())).collect();
    let narrow: Vec<(u64, &str)> = narrow.iter().map(|text| (1, text.as_str())).collect();
    let grades = ["отклонить", "слабо", "сносно", "хорошо", "отлично"];
    let named: Vec<String> = shift(0, 4)
        .iter()
        .map(|text| {
            text.split(',').map(|m| m.parse::<usize>().map_or("*", |x| grades[x])).collect::<Vec<_>>().join(",")
        })
        .collect();
    let named: Vec<(u64, &str)> = named.iter().map(|text| (1, text.as_str())).collect();
    let approval: Vec<String> = shift(0, 1).iter().map(|text| text.replace('*', "0")).collect();
    let approval: Vec<(u64, &str)> = approval.iter().map(|text| (1, text.as_str())).collect();
    let chosen: Vec<String> = (0..23_usize)
        .map(|i| {
            (0..3)
                .map(|j| {
                    if i % 10 == 9 {
                        "*"
                    } else if i % 5 % 3 == j {
                        "1"
                    } else {
                        "0"
                    }
                })
                .collect::<Vec<_>>()
                .join(",")
        })
        .collect();
    let chosen: Vec<(u64, &str)> = chosen.iter().map(|text| (1, text.as_str())).collect();
    let many: Vec<String> = (1..=30).map(|i| format!("Участок {i} — Precinct {i}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let of_many: Vec<String> = (0..50_u64)
        .map(|i| (0..30_u64).map(|j| ((i * i + j * 5 + i * j) % (3 + j % 9)).to_string()).collect::<Vec<_>>().join(","))
        .collect();
    let of_many: Vec<(u64, &str)> = of_many.iter().map(|text| (1, text.as_str())).collect();
    let long = [
        "Объединённый общественный комитет по благоустройству и сохранению исторического облика города, список А",
        "Wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww",
        "北京市海淀区居民委员会第三选区联合候选人代表团体与社区发展促进会共同提名人选",
        "لجنة الحي الشمالي للتنمية المستدامة وحماية البيئة (القائمة 2)",
        "Zoë Åström-Ço\u{308}n\u{303}k\u{302} <b>& Söhne</b> \"quoted\" 'single'",
        "🗳 👩\u{1f3fd} Emoji party 🎉🎉🎉",
    ];
    let long: Vec<String> = long.iter().map(|name| name.chars().take(100).collect()).collect();
    let long: Vec<String> = long.iter().map(|name| veche_election::text::clean(name, 100).unwrap()).collect();
    let long: Vec<&str> = long.iter().map(String::as_str).collect();
    let huge = 1_u64 << 38;
    let ties = vec![T::MoreRaters, T::FewerWorst, T::Lot];
    let percent: Vec<String> =
        (0..60_u64).map(|i| format!("{},{},{}", i * 37 % 101, i * i % 101, 50 + i % 7)).collect();
    let percent: Vec<(u64, &str)> = percent.iter().map(|text| (1, text.as_str())).collect();
    vec![
        shown("sum", contest(&seven, "0..5", sum()), &scores, (57, 57)),
        shown("diverging", contest(&seven, "-2..2", mean()), &around, (40, 40)),
        shown("minus-one-to-one", contest(&seven, "-1..1", sum()), &narrow, (40, 40)),
        shown(
            "without-zero",
            contest(&THREE, "-2,-1,1,2", mean()),
            &[(1, "-2,1,2"), (1, "-1,1,2"), (1, "-2,2,*")],
            (3, 3),
        ),
        shown("judgment", contest(&seven, &grades.join(","), Rule::new(Method::MajorityJudgment)), &named, (40, 40)),
        shown(
            "median-of-names",
            contest(&seven, &grades.join(","), Rule { ties: vec![T::Mean], ..Rule::new(Method::Median) }),
            &named,
            (40, 40),
        ),
        shown(
            "approval",
            Contest { blank: false, ..contest(&seven, "0..1", Rule { seats: 3, ..sum() }) },
            &approval,
            (41, 41),
        ),
        shown("single", Contest { kind: ContestKind::Single, ..contest(&THREE, "0..1", sum()) }, &chosen, (30, 30)),
        shown(
            "single-majority",
            Contest {
                kind: ContestKind::Single,
                ..contest(&THREE, "0..1", Rule { blanks: Blanks::Worst, pass: Threshold::parse(">1/2"), ..mean() })
            },
            &chosen,
            (30, 30),
        ),
        shown("two", contest(&["Да", "Нет"], "0..5", mean()), &[(1, "5,0"), (1, "4,1"), (1, "*,5")], (4, 4)),
        shown("thirty", contest(&many, "0..10", Rule { seats: 5, ..sum() }), &of_many, (50, 50)),
        shown(
            "long-names",
            contest(&long, "0..5", mean()),
            &[(1, "5,4,3,2,1,0"), (1, "5,4,*,2,1,*"), (1, "1,2,3,4,5,1")],
            (3, 3),
        ),
        shown(
            "lower",
            Contest { better: Better::Lower, ..contest(&THREE, "0..10", mean()) },
            &[(1, "1,5,9"), (1, "2,5,10"), (1, "0,7,*")],
            (3, 3),
        ),
        shown(
            "lower-around",
            Contest { better: Better::Lower, ..contest(&THREE, "-2..2", mean()) },
            &[(1, "-2,0,2"), (1, "-1,0,1"), (1, "1,-1,*")],
            (3, 3),
        ),
        shown("all-blank", contest(&THREE, "0..5", mean()), &[(1, "*,*,*"), (1, "*,*,*")], (2, 2)),
        shown(
            "many-blanks",
            contest(&THREE, "1..5", Rule { phantoms: 2, raters: Quota::parse("1/4"), ..mean() }),
            &[(1, "5,*,*"), (1, "*,*,4"), (1, "4,*,*"), (1, "*,2,*"), (1, "5,*,*"), (1, "*,*,*")],
            (9, 9),
        ),
        shown("no-ballots", contest(&THREE, "0..5", mean()), &[], (12, 12)),
        shown("one-ballot", contest(&THREE, "1..5", mean()), &[(1, "5,3,*")], (1, 1)),
        shown(
            "weights",
            contest(&THREE, "1..5", Rule { blanks: Blanks::Worst, ..mean() }),
            &[(3, "5,3,*"), (1, "1,5,2"), (2, "2,4,4")],
            (4, 10),
        ),
        shown(
            "huge-weights",
            contest(&THREE, "-1000000,0,1000000", sum()),
            &[(huge, "1000000,-1000000,*"), (huge, "1000000,0,0"), (1, "0,0,0")],
            (3, 1 << 40),
        ),
        shown("tied", contest(&THREE, "0..5", sum()), &[(1, "5,5,1"), (1, "0,0,1")], (2, 2)),
        shown(
            "ties-and-lot",
            contest(&["A", "B", "C", "D", "E"], "0..5", Rule { seats: 2, ties: ties.clone(), ..mean() }),
            &[
                (1, "5,5,4,4,4"),
                (1, "5,*,0,4,4"),
                (1, "*,5,5,*,*"),
                (1, "*,*,3,*,*"),
                (1, "*,*,5,*,*"),
                (1, "*,*,4,*,*"),
                (1, "*,*,4,*,*"),
                (1, "5,5,3,4,4"),
            ],
            (9, 9),
        ),
        shown(
            "judgment-ties",
            contest(
                &THREE,
                "плохо,сносно,хорошо,отлично",
                Rule { ties: vec![T::MoreRaters, T::Lot], ..Rule::new(Method::MajorityJudgment) },
            ),
            &[
                (1, "хорошо,хорошо,хорошо"),
                (1, "отлично,хорошо,хорошо"),
                (1, "сносно,сносно,сносно"),
                (1, "хорошо,отлично,отлично"),
            ],
            (4, 4),
        ),
        shown(
            "none-of-them",
            contest(
                &["Анна", "Борис", "Против всех"],
                "0..5",
                Rule { none: Some("Против всех".into()), turnout: Quota::parse("1/2"), ..mean() },
            ),
            &[(1, "3,1,4"), (1, "2,2,3")],
            (3, 3),
        ),
        shown(
            "turnout",
            contest(&THREE, "0..5", Rule { turnout: Quota::parse("1/2"), raters: Quota::parse("2"), ..mean() }),
            &[(1, "3,1,4")],
            (3, 3),
        ),
        shown(
            "threshold",
            contest(&THREE, "0..5", Rule { pass: Threshold::parse(">=9/2"), ..mean() }),
            &[(1, "3,1,4"), (1, "4,1,*")],
            (3, 3),
        ),
        shown(
            "few-raters",
            contest(&THREE, "0..5", Rule { raters: Quota::parse("3"), ..mean() }),
            &[(1, "3,*,4"), (1, "4,*,*")],
            (3, 3),
        ),
        shown("percent", contest(&THREE, "0..100", mean()), &percent, (60, 60)),
    ]
}

fn write(name: &str, text: &str) {
    if let Some(dir) = std::env::var_os("VECHE_GALLERY") {
        fs::create_dir_all(&dir).unwrap();
        fs::write(Path::new(&dir).join(name), text).unwrap();
    }
}

/// Every way in which a result is shown: its name, and the text.
fn every_form(shown: &Shown) -> Vec<(String, String)> {
    let wide = Screen { width: 80, colour: false, unicode: true };
    let narrow = Screen { width: 40, colour: false, unicode: false };
    vec![
        ("svg".into(), chart::svg(shown.election.draft(), &shown.result)),
        ("html".into(), html::report(shown.election.draft(), &shown.result, &html::Facts::default())),
        ("80.txt".into(), show::table_for(wide, shown.election.draft(), &shown.result)),
        ("40.txt".into(), show::table_for(narrow, shown.election.draft(), &shown.result)),
    ]
}

fn each_in_both_languages(mut check: impl FnMut(Language, &Shown, &str, &str)) {
    for shown in gallery() {
        for (language, code) in [(Language::En, "en"), (Language::Ru, "ru")] {
            for (form, text) in lang::within(Some(language), || every_form(&shown)) {
                write(&format!("{}.{code}.{form}", shown.name), &text);
                check(language, &shown, &form, &text);
            }
        }
    }
}

/// Elements that are opened are closed, in their order, and nothing else is `<` or `&`.
fn is_well_formed(text: &str) -> Result<(), String> {
    let mut open = Vec::new();
    for piece in text.split('<').skip(1) {
        let (tag, between) = piece.split_once('>').ok_or(format!("no end of <{piece}"))?;
        let name = tag.split([' ', '/', '\n']).find(|part| !part.is_empty()).unwrap_or_default();
        if tag.starts_with('/') {
            let last = open.pop();
            if last != Some(name) {
                return Err(format!("</{name}> closes {last:?}"));
            }
        } else if !tag.starts_with('!') && !tag.ends_with('/') && name != "meta" {
            open.push(name);
        }
        if name != "style" {
            let entity = |rest: &str| ["amp;", "lt;", "gt;", "quot;", "#39;"].iter().any(|e| rest.starts_with(e));
            if !between.split('&').skip(1).chain(tag.split('&').skip(1)).all(entity) {
                return Err(format!("a bare & after <{tag}>"));
            }
        }
    }
    if open.is_empty() { Ok(()) } else { Err(format!("{open:?} are not closed")) }
}

/// Row 35 too: names are names, whatever stands in them.
#[test]
fn row_35_pictures_and_pages_are_well_formed_whole_and_without_anything_from_elsewhere() {
    each_in_both_languages(|_, shown, form, text| {
        let what = format!("{}.{form}", shown.name);
        if form.ends_with("txt") {
            assert!(!text.contains('\u{1b}'), "{what}: no colours were asked for");
            return;
        }
        is_well_formed(text).unwrap_or_else(|error| panic!("{what}: {error}"));
        let inside = text.replace("http://www.w3.org/2000/svg", "");
        for foreign in ["<b>&", "<script", "http://", "https://", "href", "src=", "@import"] {
            assert!(!inside.contains(foreign), "{what} has {foreign}");
        }
        for candidate in &shown.result.contests[0].candidates {
            let name = candidate.name.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            // An apostrophe ends nothing: attributes stand between double quotes.
            let name = name.replace('"', "&quot;");
            assert!(text.replace("&#39;", "'").contains(&name), "{what} lacks {name}");
        }
    });
}

#[test]
fn no_line_is_longer_than_the_terminal_and_without_utf8_there_are_no_ornaments() {
    each_in_both_languages(|_, shown, form, text| {
        let Some(cells) = form.strip_suffix(".txt").and_then(|width| width.parse::<usize>().ok()) else { return };
        for line in text.lines() {
            let width = layout::width(line);
            assert!(width <= cells, "{}: {width} cells: {line}", shown.name);
        }
        let ornaments = ['★', '─', '—', '–', '−', '…', '\u{a0}'];
        assert!(cells == 80 || !text.contains(ornaments), "{}: {text}", shown.name);
    });
}

/// All that people read, without the names that the organiser gave.
fn words_of(shown: &Shown, form: &str, text: &str) -> Vec<String> {
    let contest = &shown.election.contests()[0];
    let mut read = String::new();
    if form.ends_with("txt") {
        read.push_str(text);
    } else {
        for piece in text.split('<').skip(1) {
            let Some((tag, between)) = piece.split_once('>') else { continue };
            if !["style", "code", "dd"].iter().any(|name| tag.starts_with(name)) {
                read.push_str(between);
                read.push('\n');
            }
            for attribute in ["aria-label=\"", "title=\""] {
                let value = tag.split_once(attribute).and_then(|(_, rest)| rest.split_once('"'));
                read.push_str(value.map_or("", |(value, _)| value));
                read.push('\n');
            }
        }
        read = read
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&amp;", "&");
    }
    // Lines are broken between words.
    let mut read = read.split_whitespace().collect::<Vec<_>>().join(" ");
    for name in [&contest.title].into_iter().chain(&contest.candidates).chain(&contest.levels) {
        if name.chars().count() > 1 && name.parse::<i64>().is_err() {
            read = read.replace(name.as_str(), " ");
        }
    }
    read.split(|c: char| !c.is_alphabetic()).filter(|word| word.chars().count() > 1).map(str::to_owned).collect()
}

/// A report is read aloud in an assembly: none of the files' words, such as `sum` or `fewer-worst`, is in the Russian
/// one, nor anything Russian in the English one.
#[test]
fn a_report_is_in_one_language() {
    // Names of programs, files and digests.
    const LATIN: [&str; 10] = ["SHA", "result", "json", "veche", "CSV", "format", "csv", "id", "tar", "RECORD"];
    let mut seen = 0;
    each_in_both_languages(|language, shown, form, text| {
        // Bars in a terminal are letters, names longer than a line are broken, and tickets are digests.
        let broken = form.ends_with("txt") && matches!(shown.name, "thirty" | "long-names");
        if broken || form == "40.txt" || (form == "svg" && shown.name == "long-names") {
            return;
        }
        for word in words_of(shown, form, text) {
            let run = word.chars().all(|c| word.starts_with(c)) || is_bar(&word) || is_bar_of_few(shown, &word);
            let latin = word.chars().all(|c| c.is_ascii_alphabetic());
            let foreign = match language {
                Language::Ru => latin && !LATIN.contains(&word.as_str()),
                _ => word.chars().any(|c| ('а'..='я').contains(&c)),
            };
            let ticket =
                shown.result.lot.is_some() && text.contains(&format!("{word}…")) || is_part_of_a_ticket(shown, &word);
            assert!(!foreign || run || ticket, "{}.{form} in {language:?}: {word}", shown.name);
            seen += 1;
        }
    });
    assert!(seen > 10_000, "{seen} words");
}

/// Letters in the order of the alphabet, many of them repeated: the levels of a bar.
fn is_bar(word: &str) -> bool {
    let pairs = || word.chars().zip(word.chars().skip(1));
    let ordered = pairs().all(|(a, b)| a <= b) || pairs().all(|(a, b)| a >= b);
    word.is_ascii() && ordered && pairs().filter(|(a, b)| a == b).count() > 3
}

/// More votes than this are never a letter each.
const FEW: u64 = 50;

/// Of few votes a letter for each, those of the levels that were given.
fn is_bar_of_few(shown: &Shown, word: &str) -> bool {
    let contest = &shown.election.contests()[0];
    let letter = |level: &str| ('a'..='z').nth(contest.levels.iter().position(|name| name == level)?);
    shown.result.contests[0].candidates.iter().any(|candidate| {
        let parts = bars::parts(contest, candidate, 0);
        let run = |part: &bars::Part| {
            letter(part.level)
                .map_or_else(String::new, |letter| String::from(letter).repeat(part.weight.min(FEW) as usize))
        };
        parts.iter().map(run).collect::<String>() == word
    })
}

fn is_part_of_a_ticket(shown: &Shown, word: &str) -> bool {
    let steps = shown.result.contests[0].ties.iter().flat_map(|group| &group.steps);
    steps
        .filter(|step| step.step == TieStep::Lot)
        .flat_map(|step| &step.values)
        .any(|value| value.to_string().contains(word))
}

#[test]
fn bars_are_whole_and_lie_in_their_room() {
    for shown in gallery() {
        let contest = &shown.election.contests()[0];
        for candidate in shown.result.contests[0].candidates.iter().filter(|candidate| candidate.raters > 0) {
            let parts = bars::parts(contest, candidate, 0);
            let (weight, width): (u64, f64) =
                (parts.iter().map(|p| p.weight).sum(), parts.iter().map(|p| p.width).sum());
            // Where a * counts as the worst, its place in the bar stays empty.
            let counted = candidate.raters as f64 / bars::counted(contest, candidate) as f64;
            let half = if bars::is_diverging(contest) { 0.5 } else { 1.0 };
            let room = half * counted;
            assert!(weight == candidate.raters && (width - room).abs() < 1e-9, "{}: {}", shown.name, candidate.name);
            let ends = parts.iter().all(|part| part.start > -1e-9 && part.start + part.width < 1.0 + 1e-9);
            let touching = parts.windows(2).all(|pair| (pair[0].start + pair[0].width - pair[1].start).abs() < 1e-9);
            assert!(ends && touching, "{}: {}", shown.name, candidate.name);
        }
    }
}

/// What is said of one result of the gallery, in English and in Russian, in a very wide terminal.
fn said(name: &str, language: Language) -> String {
    let shown = gallery().into_iter().find(|shown| shown.name == name).unwrap();
    let screen = Screen { width: 10_000, colour: false, unicode: true };
    lang::within(Some(language), || {
        let contest = &shown.election.contests()[0];
        let result = &shown.result.contests[0];
        let mut said = words::outcome(contest, result, shown.result.scale, str::to_owned, str::to_owned);
        said += &format!(" {}", words::rule(contest, false, str::to_owned).join(" "));
        for tie in words::ties(contest, result, shown.result.scale, str::to_owned) {
            said += &format!(" {} {} {}", tie.head, tie.steps.join(" "), tie.end);
        }
        assert!(show::table_for(screen, shown.election.draft(), &shown.result).len() > 100);
        said
    })
}

/// Names that run from right to left stand between marks wherever other words stand beside them: in a picture's description, in
/// the table of the terminal; on a page in elements of their own.
#[test]
fn names_from_right_to_left_turn_nothing_around_them() {
    const NAME: &str = "נועה כהן";
    const TITLE: &str = "הוועד 2027";
    let contest =
        Contest { title: TITLE.into(), ..contest(&[NAME, "Anna"], "רע,טוב", Rule::new(Method::MajorityJudgment)) };
    let shown = shown("right-to-left", contest, &[(2, "טוב,רע"), (1, "רע,*")], (3, 3));
    let (draft, result) = (shown.election.draft(), &shown.result);
    let (picture, page, table) = lang::within(Some(Language::En), || {
        let screen = Screen { width: 100, colour: false, unicode: true };
        (
            chart::svg(draft, result),
            html::report(draft, result, &html::Facts::default()),
            show::table_for(screen, draft, result),
        )
    });
    let isolated = |text: &str| format!("\u{2068}{text}\u{2069}");
    let described = picture.split_once("<desc id=\"desc\">").unwrap().1.split_once("</desc>").unwrap().0;
    for text in [TITLE, NAME] {
        let bare = described.replace(&isolated(text), "");
        assert!(described.contains(&isolated(text)) && !bare.contains(text), "{text}: {described}");
    }
    assert!(table.contains(&isolated(NAME)) && !table.replace(&isolated(NAME), "").contains(NAME), "{table}");
    for level in ["טוב", "רע"] {
        assert!(described.contains(&format!("{}: ", isolated(level))), "{level}: {described}");
        assert!(
            table.contains(&isolated(level)) && picture.contains(&format!("{} (", isolated(level))),
            "{level}: {table}"
        );
    }
    assert!(page.contains(&format!("<bdi>{NAME}</bdi>")) && page.contains(&format!("<bdi>{TITLE}</bdi>")), "{page}");
}

#[test]
fn row_41_outcomes_ties_and_reasons_are_told_in_words() {
    for (name, english, russian) in [
        ("sum", "Elected: Emil Nagy (sum 122).", "Победитель: Emil Nagy (сумма 122)."),
        ("long-names", "(mean 3.67, exactly 11/3).", "(среднее 3,67, точно 11/3)."),
        (
            "approval",
            "Each voter approves of as many as they like",
            "Каждый одобряет столько кандидатов, сколько хочет",
        ),
        ("single", "(9 votes)", "(9 голосов)"),
        (
            "single-majority",
            "No result, because nobody passes the threshold.",
            "Результата нет: никто не достиг порога.",
        ),
        ("single-majority", "Whoever is elected needs more than 1/2 (share).", "нужно больше 1/2 (доля)."),
        (
            "all-blank",
            "No result, because nobody was given a score.",
            "Результата нет: никому не поставлено ни одной оценки.",
        ),
        ("no-ballots", "No result, because there are no ballots.", "Результата нет: нет ни одного бюллетеня."),
        ("turnout", "No result, because the turnout is too low.", "Результата нет: явка недостаточна."),
        ("few-raters", "No result, because nobody was rated by as many", "никого не оценило столько"),
        (
            "none-of-them",
            "No result, because nobody stands before Против всех.",
            "никто не стоит впереди кандидата Против всех.",
        ),
        (
            "tied",
            "2 candidates are equal for one seat, and the rule names nothing that decides between them: Анна Ковалёва and Борис Ильин.",
            "На одно место 2 кандидата с равным результатом, а правило не говорит, кому его отдать: ",
        ),
        (
            "many-blanks",
            "2 worst scores (1) are added to everybody who was rated.",
            "Каждому, кого оценили, прибавляется худших оценок (1): 2.",
        ),
        ("lower", "Lower is better.", "Чем меньше, тем лучше."),
        ("judgment-ties", "The lot: ", "Жребий: "),
        (
            "ties-and-lot",
            "What decides between equal candidates: being rated by more; then fewer of the worst score, 0; then the lot.",
            "затем меньше худших оценок (0); затем жребий.",
        ),
        (
            "judgment",
            "Majority judgment: Emil Nagy (7/20 of the grades better, 13/40 worse); Борис Ильин (0 of the grades better, 0 worse) — Emil Nagy, then Борис Ильин.",
            "— Emil Nagy, затем Борис Ильин.",
        ),
    ] {
        for (language, expected) in [(Language::En, english), (Language::Ru, russian)] {
            let said = said(name, language);
            assert!(said.contains(expected), "{name}: {expected:?} is missing in {said}");
        }
    }
}

#[test]
fn votes_in_russian_go_by_their_number() {
    let shown = gallery().into_iter().find(|shown| shown.name == "approval").unwrap();
    let (contest, result) = (&shown.election.contests()[0], &shown.result.contests[0]);
    for (hundredths, expected) in [
        // As in the table, where somebody has this score and others have parts of votes.
        (0, "0,00 голосов"),
        (100, "1 голос"),
        (200, "2 голоса"),
        (500, "5 голосов"),
        (1_100, "11 голосов"),
        (2_100, "21 голос"),
        (50, "0,50 голоса"),
        (5_425, "54,25 голоса"),
    ] {
        let score = Fraction::whole(hundredths);
        assert_eq!(lang::within(Some(Language::Ru), || words::score_phrase(contest, result, score, 2)), expected);
    }
}
