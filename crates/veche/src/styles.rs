//! The look of the pages, whole: of a file it stands in the page, of the server at a path of its own, where nothing else is
//! allowed to say how a page looks. Shades of bars are classes.

use std::collections::BTreeMap;

use veche_election::Draft;

use crate::bars::{self, Shade};

const REPORT: &str = include_str!("report.css");
const PAGES: &str = include_str!("pages.css");

/// The class of a shade.
pub fn class(shade: Shade) -> String {
    format!("x{}", shade.light.css().trim_start_matches('#'))
}

/// What the server's pages need, the result among them.
pub fn served(draft: &Draft) -> String {
    of(draft) + PAGES
}

/// What pages of no election need.
pub fn plain() -> String {
    REPORT.to_owned() + PAGES
}

/// What the page of a result needs.
pub fn of(draft: &Draft) -> String {
    let levels = draft.contests.iter().flat_map(|contest| (0..contest.levels.len()).map(move |place| (contest, place)));
    let shades = levels.map(|(contest, place)| bars::shade(contest, place));
    let shades: BTreeMap<String, Shade> = shades.map(|shade| (class(shade), shade)).collect();
    let mut out = REPORT.to_owned();
    for (class, Shade { light, dark }) in shades {
        out +=
            &format!(".{class}{{--l:{};--d:{};--li:{};--di:{}}}\n", light.css(), dark.css(), light.ink(), dark.ink());
    }
    out
}
