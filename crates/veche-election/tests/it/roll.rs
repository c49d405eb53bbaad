//! Row 19: rolls as real offices export them. Every voter is read, or every problem is told with its line.

use rustix::time::{ClockId, clock_gettime};
use veche_election::{
    Roll, RollShows, VoterNumber, Weight,
    roll::{ProblemKind as P, Severity, Voter, published_roll},
    text::TextError,
};

use crate::fixture::World;

fn voter(number: u64, name: &str, weight: u64) -> Voter {
    Voter { number: VoterNumber::new(number).unwrap(), name: name.into(), weight: Weight::new(weight).unwrap() }
}

/// Reads a good roll.
fn check(csv: &str, voters: &[Voter]) {
    let roll = Roll::parse(csv.as_bytes());
    assert_eq!(roll.problems, [], "{csv:?}");
    assert_eq!(roll.voters, voters, "{csv:?}");
}

/// Reads a roll with problems: exactly these, each in its line.
fn problems(csv: impl AsRef<[u8]>, expected: &[(u64, P)]) -> Roll {
    let roll = Roll::parse(csv.as_ref());
    let got: Vec<_> = roll.problems.iter().map(|p| (p.line, p.kind.clone())).collect();
    assert_eq!(got, expected, "{:?}", String::from_utf8_lossy(csv.as_ref()));
    roll
}

fn number(number: u64) -> VoterNumber {
    VoterNumber::new(number).unwrap()
}

#[test]
fn row_19_forms_of_a_good_roll() {
    let two = [voter(1, "Анна", 1), voter(17, "Boris Godunov", 2)];
    check("number,name,contact,weight\n1,Анна,a@x,1\n17,Boris Godunov,,2\n", &two);
    check("\u{FEFF}number,name,contact,weight\n1,Анна,a@x,\n17,Boris Godunov,,2", &two);
    check("number,name,weight\r\n1,Анна,1\r\n17,Boris Godunov,2\r\n", &two);
    check("Номер;ФИО;Контакт;Вес\r\n1;Анна;;\r\n17;Boris Godunov;;2\r\n", &two);
    check("weight,NAME, number \n1, Анна ,1\n2,\tBoris Godunov , 17 \n", &two);
    check("number,name,weight\n\n1,Анна\n,,\n \n17,Boris Godunov,2,,\n\n", &two);
    check("number,name,weight\n\"1\",\"Анна\",\"1\"\n17,\"Boris Godunov\",2\n", &two);
    check("number;name;weight\n1;Анна;1\n17;\"Boris Godunov\";2\n", &two);
    check("number\n3\n1\n2\n", &[voter(3, "", 1), voter(1, "", 1), voter(2, "", 1)]);
    check(
        "number,name\n1,\"Ли, Анна\"\n2,\"Анна \"\"Аня\"\" Ли\"\n",
        &[voter(1, "Ли, Анна", 1), voter(2, "Анна \"Аня\" Ли", 1)],
    );
    check("number,name\n1,מרים\n2,محمد\n", &[voter(1, "מרים", 1), voter(2, "محمد", 1)]);
    check("number,name\n1,Зое\u{308}\n", &[voter(1, "Зо\u{451}", 1)]);
    check("number\n999999999999999\n", &[voter(999_999_999_999_999, "", 1)]);
    let kept = ["0", "A-17", "x_1/B", "Z/2", "12/2/kv-5", &"9a".repeat(16)];
    let parsed = |text: &&str| Voter { number: VoterNumber::parse(text).unwrap(), ..voter(1, "", 1) };
    check(&format!("number\n{}\n", kept.join("\n")), &kept.iter().map(parsed).collect::<Vec<_>>());
    check("number,weight\n1,1099511627775\n2,1\n", &[voter(1, "", (1 << 40) - 1), voter(2, "", 1)]);
}

#[test]
fn row_19_numbers() {
    let long = "1".repeat(33);
    for bad in ["-1", "+1", "1.0", "٣", "１", "1 000", "#1", "/1", "_1", "А-17", "1\\2", "17:1", &long] {
        problems(format!("number\n{bad}\n2\n"), &[(2, P::Number(bad.into()))]);
    }
    problems("number,name\n,Анна\n", &[(2, P::NumberMissing)]);
    problems(
        "number\n5\n6\n5\n6\n5\n",
        &[
            (4, P::DuplicateNumber { number: number(5), first: 2 }),
            (5, P::DuplicateNumber { number: number(6), first: 3 }),
            (6, P::DuplicateNumber { number: number(5), first: 2 }),
        ],
    );
    problems(format!("number\n{}\n", "9".repeat(1000)), &[(2, P::Number("9".repeat(40)))]);
}

/// Two numbers that people take for one another are no two numbers.
#[test]
fn row_19_numbers_that_differ_in_capitals_or_zeros_alone() {
    let parse = |text| VoterNumber::parse(text).unwrap();
    let folded = [
        ("A-17", "a-17"),
        ("0", "0"),
        ("00", "0"),
        ("b10/c200", "b10/c200"),
        ("X1Y", "x1y"),
        ("A01/100B0", "a1/100b0"),
    ];
    for (text, folded) in folded {
        assert_eq!(parse(text).folded(), parse(folded), "{text}");
    }
    for (one, two) in [("A-17", "a-17"), ("a-017", "A-17"), ("x0/01", "x0/1"), ("5a", "05A")] {
        let alike = P::AlikeNumber { number: parse(two), other: parse(one), first: 2 };
        let roll = Roll::parse(format!("number\n{one}\n{two}\n").as_bytes());
        assert!(roll.has_errors() && roll.problems.iter().any(|p| (p.line, &p.kind) == (3, &alike)), "{one} {two}");
    }
    check(
        "number\na10\na1\na100\na\n",
        &["a10", "a1", "a100", "a"].map(|text| Voter { number: parse(text), ..voter(1, "", 1) }),
    );
}

/// What Excel and its like write in another way is told once, with the first place.
#[test]
fn row_19_numbers_that_spreadsheets_change() {
    for changed in ["1/2", "3-4", "1E5", "007", "12e-3", "MAR-1", "5-sept", "1/2/2026", "1234567890123456"] {
        let number = VoterNumber::parse(changed).unwrap();
        let roll = problems(format!("number\nA-1\n{changed}\n"), &[(3, P::SpreadsheetNumber { number, count: 1 })]);
        assert!(!roll.has_errors());
    }
    let first = VoterNumber::parse("1/1").unwrap();
    problems("number\n5\n1/1\n1/2\n1/3\n", &[(3, P::SpreadsheetNumber { number: first, count: 3 })]);
}

#[test]
fn numbers_are_compared_and_sorted_by_bytes() {
    let mut numbers = ["b", "a", "Z", "9", "10", "1", "2", "1/2", "1-2"].map(|text| VoterNumber::parse(text).unwrap());
    numbers.sort();
    assert_eq!(numbers.map(|number| number.to_string()).join(" "), "1 1-2 1/2 10 2 9 Z a b");
}

#[test]
fn row_19_weights() {
    for bad in ["0", "-1", "1.5", "01", "+1", "x", "1099511627777", "99999999999999999999"] {
        problems(format!("number,weight\n1,{bad}\n"), &[(2, P::Weight(bad.into()))]);
    }
    problems("number,weight\n1,1099511627776\n2,1\n", &[(3, P::TotalWeight)]);
    problems("number,weight\n1,1099511627776\n", &[]);
}

#[test]
fn row_19_names() {
    problems("number,name\n1,Анна\n2,Анна\n", &[(3, P::DuplicateName { first: 2 })]);
    problems("number,name\n1,Сора\n2,Copa\n", &[(3, P::LookAlike { first: 2 })]);
    problems("number,name\n1,Анна\n2,\n", &[(3, P::NameMissing)]);
    let forbidden = |code, position| P::Name(TextError::Forbidden { code, position });
    problems("number,name\n1,abc\u{202E}def\n", &[(2, forbidden(0x202E, 4))]);
    problems("number,name\n1,a\u{200B}b\n", &[(2, forbidden(0x200B, 2))]);
    problems("number,name\n1,\u{1B}[31mred\n", &[(2, forbidden(0x1B, 1))]);
    problems("number,name\n1,\"two\nlines\"\n2,Анна\n4,\u{7}\n", &[(2, P::LineBreak), (5, forbidden(7, 1))]);
    problems(format!("number,name\n1,{}\n", "я".repeat(201)), &[(2, P::Name(TextError::TooLong { max: 200 }))]);
    problems(format!("number,name\n1,{}\n", "я".repeat(200)), &[]);
}

#[test]
fn row_19_tables_that_are_none() {
    problems("", &[(1, P::NoNumberColumn)]);
    problems("\u{FEFF}", &[(1, P::NoNumberColumn)]);
    problems("number,name\n", &[(1, P::Empty)]);
    problems("number,name\n,\n\n", &[(1, P::Empty)]);
    problems(
        "1,Анна\n2,Борис\n",
        &[(1, P::UnknownColumn("1".into())), (1, P::UnknownColumn("анна".into())), (1, P::NoNumberColumn)],
    );
    problems("number,number\n1,2\n", &[(1, P::ColumnTwice("number".into()))]);
    problems("number,имя,name\n1,a,b\n", &[(1, P::ColumnTwice("name".into()))]);
    problems("number,name\n1,Ли, Анна\n", &[(2, P::TooManyFields { columns: 2 })]);
    problems("number,colour\n1,red\n", &[(1, P::UnknownColumn("colour".into()))]);
    problems(b"number,name\n1,\xC0\xED\xED\xE0\n2,Anna\n", &[(2, P::NotUtf8)]);
    let utf16: Vec<u8> = "number\n1\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(Roll::parse(&[&[0xFF, 0xFE], &utf16[..]].concat()).has_errors());
}

#[test]
fn row_19_every_problem_is_told_at_once_with_its_line() {
    let roll = problems(
        "number,name,weight\r\n#,Анна,1\r\n\r\n2,Борис,0\r\n2,Вера,1\r\n\r\n\r\n2,Глеб,1\r\n/3,Вера,x\r\n",
        &[
            (2, P::Number("#".into())),
            (4, P::Weight("0".into())),
            (5, P::DuplicateNumber { number: number(2), first: 4 }),
            (8, P::DuplicateNumber { number: number(2), first: 4 }),
            (9, P::DuplicateName { first: 5 }),
            (9, P::Number("/3".into())),
            (9, P::Weight("x".into())),
        ],
    );
    assert!(roll.has_errors());
    let warnings: Vec<_> = roll.problems.iter().filter(|p| p.severity() == Severity::Warning).collect();
    assert_eq!(warnings.len(), 1, "only the name that occurs twice is no error");
}

#[test]
fn row_19_a_million_lines() {
    // The processor's time of this thread: what others do on the machine is not in it.
    let read = |lines: u32| {
        let mut csv = String::from("number;name;contact;weight\r\n");
        (1..=lines).for_each(|i| csv += &format!("{i};Voter number {i};v{i}@example.org;{}\r\n", i % 3 + 1));
        let begun = clock_gettime(ClockId::ThreadCPUTime);
        let roll = Roll::parse(csv.as_bytes());
        let ended = clock_gettime(ClockId::ThreadCPUTime);
        let took = (ended.tv_sec - begun.tv_sec) as f64 + (ended.tv_nsec - begun.tv_nsec) as f64 * 1e-9;
        (roll, took / f64::from(lines))
    };
    let (_, few) = read(20_000);
    let (roll, many) = read(1_000_000);
    assert_eq!(roll.problems, []);
    assert_eq!((roll.voters.len(), roll.voters[999_999].number), (1_000_000, number(1_000_000)));
    println!("seconds for a line: {few:.2e} of 20,000, {many:.2e} of a million");
    assert!(many < 6.0 * few, "a roll that is fifty times as long takes many times fifty times as long");
}

#[test]
fn numbers_are_written_as_strings() {
    assert_eq!(serde_json::to_string(&number(17)).unwrap(), "\"17\"");
    for bad in ["17", "\"+17\"", "\"\"", "\"-1\"", "\" 17\"", "17.0", "\"17\\n\"", "\"1\\u0000\""] {
        assert!(serde_json::from_str::<VoterNumber>(bad).is_err(), "{bad}");
    }
    assert_eq!(VoterNumber::new(u64::MAX).unwrap().to_string(), u64::MAX.to_string());
    assert_eq!(number(7).in_file_names() + &VoterNumber::parse("12/2").unwrap().in_file_names(), "712+2");
    assert_eq!(Roll::numbered(3).voters, [voter(1, "", 1), voter(2, "", 1), voter(3, "", 1)]);
}

#[test]
fn the_published_roll_shows_a_number_or_a_name_but_not_both() {
    let world = World::small(1);
    let mut seats = world.seats.clone();
    seats.reverse();
    let lines = |shows| String::from_utf8(published_roll(&seats, shows)).unwrap();
    let key = |i: usize| world.key(i).public();
    let by_number: String =
        (0..3).map(|i| format!("{{\"number\":\"{}\",\"credential\":\"{}\"}}\n", i + 1, key(i))).collect();
    assert_eq!(lines(RollShows::Number), by_number);
    let by_name: String =
        (0..3).map(|i| format!("{{\"name\":\"Voter {}\",\"credential\":\"{}\"}}\n", i + 1, key(i))).collect();
    assert_eq!(lines(RollShows::Name), by_name);
}

/// A quotation mark that is never closed swallows the voters behind it: they must not vanish in silence.
#[test]
fn row_19_an_unclosed_quotation_mark_is_told() {
    let good = Roll::parse(b"number,contact\n1,\"x\"\n2,y\n3,z\n");
    assert_eq!((good.voters.len(), good.has_errors()), (3, false));
    let bad = Roll::parse(b"number,contact\n1,\"x\n2,y\n3,z\n");
    assert_eq!(bad.problems.first().map(|p| (p.line, &p.kind)), Some((2, &P::LineBreak)));
    assert!(bad.voters.len() == 3 || bad.has_errors(), "{} of 3 voters, and no error", bad.voters.len());
}
