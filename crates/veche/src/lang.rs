//! Russian or English: by `VECHE_LANG`, else by the locale. Both texts stand side by side where they are used.

use std::sync::LazyLock;

static RUSSIAN: LazyLock<bool> = LazyLock::new(|| {
    let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let lang = ["VECHE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set);
    lang.is_some_and(|lang| lang.to_lowercase().starts_with("ru"))
});

pub fn is_russian() -> bool {
    *RUSSIAN
}

/// `tr!("English {x}", "По-русски {x}")` formats the text of the user's language.
macro_rules! tr {
    ($english:literal, $russian:literal $(, $($arg:tt)*)?) => {
        if $crate::lang::is_russian() {
            format!($russian $(, $($arg)*)?)
        } else {
            format!($english $(, $($arg)*)?)
        }
    };
}
pub(crate) use tr;
