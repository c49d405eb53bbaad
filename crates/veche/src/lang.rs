//! Russian or English: by `VECHE_LANG`, else by the locale. Both texts stand side by side where they are used.

use std::{cell::Cell, sync::LazyLock};

static RUSSIAN: LazyLock<bool> = LazyLock::new(|| {
    let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let lang = ["VECHE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set);
    lang.is_some_and(|lang| lang.to_lowercase().starts_with("ru"))
});

thread_local! {
    /// Of a text that is made for others than whoever runs the program.
    static CHOSEN: Cell<Option<Language>> = const { Cell::new(None) };
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Deserialize)]
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
    CHOSEN.get().map_or(*RUSSIAN, |chosen| chosen == Language::Ru)
}

/// Of the texts that are made now, as HTML has it.
pub fn tag() -> &'static str {
    if is_russian() { "ru" } else { "en" }
}

/// Texts that `work` makes, on this thread, are in this language; without one, in the user's.
pub fn within<T>(language: Option<Language>, work: impl FnOnce() -> T) -> T {
    let before = CHOSEN.replace(language.or(CHOSEN.get()));
    let made = work();
    CHOSEN.set(before);
    made
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

#[cfg(test)]
mod tests {
    use super::{counted, plural, some};

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
