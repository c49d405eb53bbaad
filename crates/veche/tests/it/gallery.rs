//! Results of all shapes as people see them: in a terminal, as a picture, as a page, in both languages. With
//! `VECHE_GALLERY=DIR` the tests write what they have made there, to be looked at.

use std::{fs, path::Path};

use veche::{
    chart, html,
    lang::{self, Language},
    show::{self, Screen},
    words,
};
use veche_election::{
    Contest, ContestKind, Draft, Election, ElectionResult, Hash, Jwk, Keys, Lot, Marks, Method, Revote, RollShows,
    Rule, Secrecy, SigningKey, Tally, Vote, Weight,
    manifest::{Better, RollSummary},
    rules::{Blanks, Quota, Threshold, TieStep},
};

/// An election of one contest that has come to its result.
struct Shown {
    name: &'static str,
    election: Election,
    result: ElectionResult,
}

fn contest(candidates: &[&str], scale: &str, rule: Rule) -> Contest {
    Contest {
        title: "Правление — Board 2027".into(),
        kind: ContestKind::Score,
        candidates: candidates.iter().map(|name| (*name).into()).collect(),
        levels: veche::config::parse_scale(scale).unwrap(),
        blank: true,
        better: Better::Higher,
        rule,
    }
}

/// Ballots are a weight and the marks, divided by commas, in the order of the candidates.
fn shown(name: &'static str, contest: Contest, ballots: &[(u64, &str)], voters: (u64, u64)) -> Shown {
    let lot = contest.rule.has_lot().then(|| "a die, thrown three times before all".to_owned());
    let draft = Draft {
        title: contest.title.clone(),
        secrecy: Secrecy::Open,
        trustees: None,
        contests: vec![contest],
        lot,
        revote: Revote::Last,
        opens: None,
        closes: None,
        attempts_max: 5,
        session_timeout_s: 60,
        roll_shows: RollShows::Number,
        witnesses: None,
        nonce: Hash([1; 32]),
    };
    let key = |seed| SigningKey::from_seed(&[seed; 32]).public();
    let [server_enc, server_sig] = [0xab, 0xad].map(|byte| Jwk::from_modulus(&[byte; 384]).unwrap());
    let keys = Keys { server_enc, server_sig, board: key(1), organiser: key(2) };
    let roll = RollSummary { voters: voters.0, weight: voters.1, credentials: Hash::ZERO, published: Hash::ZERO };
    let election = Election::new(draft, keys, roll, None).unwrap_or_else(|error| panic!("{name}: {error}"));
    let contest = &election.contests()[0];
    let mut tally = Tally::new(&election);
    for (weight, marks) in ballots {
        let text = if contest.is_compact() { marks.replace(',', "") } else { (*marks).to_owned() };
        let marks = Marks::parse(&text, contest).unwrap_or_else(|error| panic!("{name}, {text}: {error}"));
        tally.add(&Vote::Open(vec![marks]), Weight::new(*weight).unwrap());
    }
    let lot = Lot::drawn(election.id(), "4 1 3");
    let result = ElectionResult::compute(
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

fn in_language<T>(language: Language, work: impl FnOnce() -> T) -> T {
    lang::within(Some(language), work)
}

const LANGUAGES: [(Language, &str); 2] = [(Language::En, "en"), (Language::Ru, "ru")];

#[test]
fn pictures_and_pages_are_well_formed_and_tell_everything_in_words() {
    for shown in gallery() {
        for (language, code) in LANGUAGES {
            in_language(language, || {
                let svg = chart::svg(&shown.election, &shown.result);
                let page = html::report(&shown.election, &shown.result, &html::Facts::default());
                write(&format!("{}.{code}.svg", shown.name), &svg);
                write(&format!("{}.{code}.html", shown.name), &page);
                for screen in [
                    Screen { width: 80, colour: false, unicode: true },
                    Screen { width: 40, colour: false, unicode: false },
                ] {
                    let text = show::table_for(screen, &shown.election, &shown.result);
                    write(&format!("{}.{code}.{}.txt", shown.name, screen.width), &text);
                    for line in text.lines() {
                        let cells = veche::layout::width(line);
                        assert!(cells <= screen.width, "{}: {cells} cells: {line}", shown.name);
                    }
                }
                let _ = words::method(&shown.election.contests()[0]);
            });
        }
    }
}
