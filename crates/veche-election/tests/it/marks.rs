//! Marks as voters write them: both forms, every error, and three different things: `*`, 0 and nothing.

use veche_election::{
    Contest, Marks,
    MarksError::{self, BlankNotAllowed, Contests, Count, NotOnScale},
    Tally, Vote, Weight, marks,
};

use crate::fixture::contest;

/// Three candidates on this scale.
fn three(levels: &[&str], blank: bool) -> Contest {
    contest(&["A", "B", "C"], levels, blank)
}

fn digits() -> Contest {
    three(&["0", "1", "2", "3", "4", "5"], true)
}

fn to_ten() -> Contest {
    three(&["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"], true)
}

fn check(contest: &Contest, text: &str, expected: Result<&[Option<u8>], MarksError>) {
    let marks = Marks::parse(text, contest);
    assert_eq!(marks.as_ref().map(Marks::levels).map_err(Clone::clone), expected, "{text:?}");
    if let Ok(marks) = marks {
        assert_eq!(marks.to_text(contest), text, "written as it was read");
    }
}

fn not_on_scale(position: usize, mark: &str) -> Result<&'static [Option<u8>], MarksError> {
    Err(NotOnScale { position, mark: mark.into() })
}

fn count(expected: usize, got: usize) -> Result<&'static [Option<u8>], MarksError> {
    Err(Count { expected, got })
}

#[test]
fn compact_marks() {
    let c = digits();
    check(&c, "450", Ok(&[Some(4), Some(5), Some(0)]));
    check(&c, "0*5", Ok(&[Some(0), None, Some(5)]));
    check(&c, "***", Ok(&[None, None, None]));
    check(&c, "", count(3, 0));
    check(&c, "45", count(3, 2));
    check(&c, "4505", count(3, 4));
    check(&c, "4,5,0", count(3, 5));
    check(&c, "4 5", not_on_scale(2, " "));
    check(&c, "45\n", not_on_scale(3, "\n"));
    check(&c, "456", not_on_scale(3, "6"));
    check(&c, "x45", not_on_scale(1, "x"));
    check(&c, "4٥0", not_on_scale(2, "٥"));
    check(&c, "4\u{FF15}0", not_on_scale(2, "\u{FF15}"));
    check(&c, "45\0", not_on_scale(3, "\0"));
    check(&c, "-10", not_on_scale(1, "-"));
    let letters = three(&["н", "д", "о"], true);
    check(&letters, "од*", Ok(&[Some(2), Some(1), None]));
    check(&letters, "ОД*", not_on_scale(1, "О"));
    check(&letters, "oд*", not_on_scale(1, "o"));
}

#[test]
fn comma_marks() {
    let c = to_ten();
    check(&c, "10,0,*", Ok(&[Some(10), Some(0), None]));
    check(&c, "450", count(3, 1));
    check(&c, "", count(3, 0));
    check(&c, ",,", not_on_scale(1, ""));
    check(&c, "1,2,", not_on_scale(3, ""));
    check(&c, "1,2,3,", count(3, 4));
    check(&c, "1;2;3", count(3, 1));
    check(&c, "1, 2,3", not_on_scale(2, " 2"));
    check(&c, "01,2,3", not_on_scale(1, "01"));
    check(&c, "+1,2,3", not_on_scale(1, "+1"));
    check(&c, "1.0,2,3", not_on_scale(1, "1.0"));
    check(&c, "11,2,3", not_on_scale(1, "11"));
    check(&c, "**,2,3", not_on_scale(1, "**"));
    check(&three(&["-2", "-1", "0", "1", "2"], true), "-2,*,0", Ok(&[Some(0), None, Some(2)]));
    check(&three(&["плохо", "хорошо"], true), "хорошо,*,плохо", Ok(&[Some(1), None, Some(0)]));
}

#[test]
fn a_long_wrong_mark_is_not_repeated_in_full() {
    check(&to_ten(), &format!("{},1,2", "9".repeat(1000)), not_on_scale(1, &"9".repeat(40)));
    check(&three(&["xx", "yy"], true), &"и,".repeat(1000), count(3, 1001));
}

#[test]
fn one_candidate() {
    let compact = contest(&["A"], &["0", "1"], true);
    check(&compact, "1", Ok(&[Some(1)]));
    check(&compact, "", count(1, 0));
    let comma = contest(&["A"], &["no", "yes"], true);
    check(&comma, "yes", Ok(&[Some(1)]));
    check(&comma, "", not_on_scale(1, ""));
    check(&comma, "yes,", count(1, 2));
}

#[test]
fn no_opinion_only_where_it_is_allowed() {
    let c = three(&["0", "1"], false);
    check(&c, "010", Ok(&[Some(0), Some(1), Some(0)]));
    check(&c, "01*", Err(BlankNotAllowed { position: 3 }));
    check(&three(&["no", "yes"], false), "*,yes,no", Err(BlankNotAllowed { position: 1 }));
}

#[test]
fn no_opinion_zero_and_nothing_are_three_things() {
    let c = digits();
    let weight = Weight::new(3).unwrap();
    let tally = |text: &str| {
        let mut tally = Tally::open(std::slice::from_ref(&c));
        tally.add(&Vote::Open(vec![Marks::parse(text, &c).unwrap()]), weight);
        let first = &tally.histograms().unwrap()[0][0];
        (first.levels[0], first.blank, first.raters())
    };
    assert_eq!(tally("011"), (3, 0, 3));
    assert_eq!(tally("*11"), (0, 3, 0));
    check(&c, "11", count(3, 2));
}

#[test]
fn several_contests() {
    let contests = [digits(), to_ten()];
    let parse = |texts: &[&str]| {
        let texts: Vec<String> = texts.iter().map(|&text| text.into()).collect();
        marks::parse_all(&texts, &contests).map(|all| all.len())
    };
    assert_eq!(parse(&["450", "4,5,0"]), Ok(2));
    assert_eq!(parse(&["4,5,0", "450"]), Err(Count { expected: 3, got: 5 }));
    assert_eq!(parse(&["450"]), Err(Contests { expected: 2, got: 1 }));
    assert_eq!(parse(&["450", "4,5,0", "450"]), Err(Contests { expected: 2, got: 3 }));
    assert_eq!(parse(&[]), Err(Contests { expected: 2, got: 0 }));
}

#[test]
fn marks_are_not_printed_by_accident() {
    assert_eq!(format!("{:?}", Marks::parse("450", &digits()).unwrap()), "Marks(3 redacted)");
}
