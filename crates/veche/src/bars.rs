//! Distributions as bars: for every candidate one of 100 % of what the rule counts, the worst level at the left; around the middle
//! for scales with levels on both sides of 0. That is the scores given, and where a `*` counts as the worst, all ballots: their
//! place at the left stays empty. `*` stands outside of the bar. Readable without colours: levels stand in the
//! bars, the shade grows with the level, and a hatch marks `*`. Here are the shares and shades; page, picture and terminal draw
//! them each in its way.

use veche_election::{
    Contest,
    manifest::Better,
    result::{CandidateResult, NamedHistogram},
    rules::Blanks,
};

use crate::{lang::tr, layout::isolated, words};

/// A legend has at most so many levels; of longer scales it shows both ends.
pub const LEGEND_MAX: usize = 12;

/// Of `*`.
pub const HATCH: &str = "<pattern id=\"blank\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" \
    patternTransform=\"rotate(45)\"><rect width=\"5\" height=\"5\" fill=\"#fff\"/><rect width=\"1.6\" height=\"5\" \
    fill=\"#7c848b\"/></pattern>";

/// One level of one candidate's bar.
pub struct Part<'a> {
    pub level: &'a str,
    pub weight: u64,
    pub scale: u32,
    /// In parts of the bar's room.
    pub start: f64,
    pub width: f64,
    pub shade: Shade,
}

impl Part<'_> {
    pub fn votes(&self) -> String {
        words::votes(self.weight, self.scale)
    }
}

/// The colours of a level on a light page and on a dark one, and of the text upon each.
#[derive(Clone, Copy)]
pub struct Shade {
    pub light: Colour,
    pub dark: Colour,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Colour(f64, f64, f64);

/// From the worst level to the best: one hue that grows stronger, which holds for everybody's eyes and on grey paper.
const RAMP: [Colour; 3] = [Colour(233.0, 238.0, 242.0), Colour(122.0, 166.0, 196.0), Colour(20.0, 66.0, 110.0)];
const RAMP_DARK: [Colour; 3] = [Colour(44.0, 55.0, 66.0), Colour(70.0, 121.0, 160.0), Colour(160.0, 208.0, 245.0)];
/// Around 0 orange against blue, which people tell apart who do not see red and green.
const AGAINST: [Colour; 3] = [Colour(240.0, 237.0, 230.0), Colour(226.0, 171.0, 112.0), Colour(158.0, 82.0, 20.0)];
const AGAINST_DARK: [Colour; 3] = [Colour(58.0, 58.0, 58.0), Colour(150.0, 98.0, 52.0), Colour(240.0, 176.0, 110.0)];

impl Colour {
    fn mix(self, other: Self, at: f64) -> Self {
        let mix = |a: f64, b: f64| a + (b - a) * at;
        Self(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }

    fn on([low, middle, high]: [Self; 3], at: f64) -> Self {
        if at < 0.5 { low.mix(middle, at * 2.0) } else { middle.mix(high, at * 2.0 - 1.0) }
    }

    /// The relative luminance of WCAG 2.
    fn luminance(self) -> f64 {
        let linear = |c: f64| {
            let c = c / 255.0;
            if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }

    /// Black or white, whichever is read better.
    pub fn ink(self) -> &'static str {
        if self.luminance() > 0.18 { "#000" } else { "#fff" }
    }

    pub fn css(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0.round() as u8, self.1.round() as u8, self.2.round() as u8)
    }
}

/// Has the scale levels on both sides of 0?
pub fn is_diverging(contest: &Contest) -> bool {
    let values = contest.values();
    values.iter().any(|value| *value < 0) && values.iter().any(|value| *value > 0)
}

/// The shade of the level at this place of the contest's scale.
pub fn shade(contest: &Contest, place: usize) -> Shade {
    let (values, last) = (contest.values(), contest.levels.len().saturating_sub(1).max(1));
    let lower = contest.better == Better::Lower;
    if !is_diverging(contest) {
        let at = if lower { last.saturating_sub(place) } else { place } as f64 / last as f64;
        return Shade { light: Colour::on(RAMP, at), dark: Colour::on(RAMP_DARK, at) };
    }
    let value = values.get(place).copied().unwrap_or(0);
    let far = values.iter().map(|value| value.unsigned_abs()).max().unwrap_or(1).max(1);
    let at = value.unsigned_abs() as f64 / far as f64;
    let good = (value > 0) != lower;
    let (light, dark) = if good { (RAMP, RAMP_DARK) } else { (AGAINST, AGAINST_DARK) };
    // The first quarter of each ramp is left to 0.
    let at = if value == 0 { 0.0 } else { 0.25 + 0.75 * at };
    Shade { light: Colour::on(light, at), dark: Colour::on(dark, at) }
}

/// What a candidate's bar is made of, from the worst level to the best.
pub fn parts<'a>(contest: &Contest, candidate: &'a CandidateResult, scale: u32) -> Vec<Part<'a>> {
    let NamedHistogram { levels, .. } = &candidate.histogram;
    let values = contest.values();
    let mut order: Vec<usize> = (0..levels.len()).collect();
    if contest.better == Better::Lower {
        order.reverse();
    }
    let whole = counted(contest, candidate);
    let share = |place: usize| levels.get(place).map_or(0.0, |(_, weight)| part(*weight, whole));
    // Around 0 each half has only half of the room.
    let (room, mut start) = if is_diverging(contest) {
        let worse = |place: &&usize| {
            values.get(**place).is_some_and(|value| (*value < 0) == (contest.better == Better::Higher) && *value != 0)
        };
        let before: f64 = order.iter().filter(worse).map(|place| share(*place)).sum();
        let middle: f64 = values.iter().position(|value| *value == 0).map_or(0.0, share);
        (0.5, 0.5 - (before + middle / 2.0) * 0.5)
    } else {
        (1.0, part(whole - candidate.raters, whole))
    };
    let mut parts = Vec::new();
    for place in order {
        let Some((level, weight)) = levels.get(place).filter(|(_, weight)| *weight > 0) else { continue };
        let width = share(place) * room;
        parts.push(Part { level, weight: *weight, scale, start, width, shade: shade(contest, place) });
        start += width;
    }
    parts
}

/// The weight that the rule goes by.
pub fn counted(contest: &Contest, candidate: &CandidateResult) -> u64 {
    let blank = if contest.rule.blanks == Blanks::Worst { candidate.histogram.blank } else { 0 };
    candidate.raters + blank
}

/// For pictures only: nothing is decided by it.
pub fn part(weight: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { weight as f64 / whole as f64 }
}

/// A candidate's bar in words: `5: 3 (75%), 1: 1 (25%); *: 2`.
pub fn described(contest: &Contest, candidate: &CandidateResult, scale: u32) -> String {
    let (mut parts, blank) = (parts(contest, candidate, scale), candidate.histogram.blank);
    parts.reverse();
    let whole = counted(contest, candidate);
    let asked = words::approval_asked(contest);
    let share = |part: &Part| words::percent_beside(part.weight, whole, asked.as_slice());
    let one = |part: &Part| format!("{}: {} ({})", isolated(part.level), part.votes(), share(part));
    let given = parts.iter().map(one).collect::<Vec<_>>().join(", ");
    let given = if given.is_empty() { tr!("no scores", "оценок нет") } else { given };
    if blank == 0 { given } else { format!("{given}; *: {}", words::votes(blank, scale)) }
}

/// The levels of a legend, worst first, as places of the scale.
pub fn legend(contest: &Contest) -> Vec<usize> {
    let mut places: Vec<usize> = (0..contest.levels.len()).collect();
    if contest.levels.len() > LEGEND_MAX {
        let last = contest.levels.len() - 1;
        places = vec![0, last / 4, last / 2, last * 3 / 4, last];
    }
    if contest.better == Better::Lower {
        places.reverse();
    }
    places
}

#[cfg(test)]
mod tests {
    use super::{AGAINST, AGAINST_DARK, Colour, RAMP, RAMP_DARK};

    /// The levels differ without colour, and what is written on them is read: 4.5 is the contrast of WCAG AA.
    #[test]
    fn shades_grow_steadily_and_texts_on_them_have_contrast() {
        for (ramp, darker) in [(RAMP, true), (AGAINST, true), (RAMP_DARK, false), (AGAINST_DARK, false)] {
            let shades: Vec<Colour> = (0..=100).map(|at| Colour::on(ramp, f64::from(at) / 100.0)).collect();
            assert!(shades.iter().zip(shades.iter().skip(1)).all(|(a, b)| (a.luminance() > b.luminance()) == darker));
            for shade in shades {
                let ink: f64 = if shade.ink() == "#fff" { 1.0 } else { 0.0 };
                let (a, b) = (ink.max(shade.luminance()) + 0.05, ink.min(shade.luminance()) + 0.05);
                assert!(a / b >= 4.5, "{shade:?} {}", a / b);
            }
        }
    }
}
