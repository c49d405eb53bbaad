//! Do the sums of a secret election give votes away? Trustees open, of each option, the sum of the weights that chose it.
//! Where few sets of voters have that sum, it says who is in it. Spec: `docs/spec/secret.md` section 14.
//!
//! Here this is asked of one option that each voter chooses or not, with even chances: of how many voters would the sum say
//! which? Up to a bound the answer is computed, beyond it estimated from how many sets there are for each sum, and from the remainders
//! of sums where nearly all weights are multiples of something; the tests hold all against all sets. It is a warning, not a proof: with more options, or voters who are less divided, sums tell more.

use std::collections::{BTreeMap, BTreeSet};

/// So many ways to choose are looked through one by one.
const ENUMERATED_MAX: u64 = 1 << 16;
/// So many words of bits are moved to know which sums can be reached.
const WORK_MAX: u64 = 1 << 26;
/// Votes that are tried where not all are looked through.
const SAMPLES: usize = 200;
/// Pairs and triples of weights whose common divisors are tried.
const DIVISORS_TRIED: usize = 128;
/// What is told of this share of all votes, or with even chances of somebody's, is too much.
const SHARE_MAX: f64 = 0.05;
const MOST_MAX: f64 = 0.5;

/// How much a sum tells, as parts of one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Told {
    /// The share of all votes, on the average.
    pub share: f64,
    /// How often it tells the vote of whom it tells most often.
    pub most: f64,
}

impl Told {
    const NOTHING: Self = Self { share: 0.0, most: 0.0 };

    /// More than should be told without somebody having decided so.
    pub fn is_too_much(&self) -> bool {
        self.share >= SHARE_MAX || self.most >= MOST_MAX
    }

    /// Of classes with so many holders each, the vote of a holder is told this often.
    fn of(classes: &[Class], told: &[f64]) -> Self {
        let voters: u64 = classes.iter().map(|class| class.holders).sum();
        let votes: f64 = classes.iter().zip(told).map(|(class, told)| class.holders as f64 * told).sum();
        Self { share: votes / voters as f64, most: told.iter().copied().fold(0.0, f64::max) }
    }
}

/// All voters of one weight: who of them has chosen, no sum tells, unless it is none or all of them.
#[derive(Debug, Clone, Copy)]
struct Class {
    weight: u64,
    holders: u64,
}

/// What the sum of the weights of those who choose an option tells of who they are. Equal weights tell nothing beyond how many.
pub fn told(weights: impl IntoIterator<Item = u64>) -> Told {
    let classes = classes(weights);
    if classes.len() < 2 {
        return Told::NOTHING;
    }
    Told::of(&classes, &each(&classes))
}

/// Of each class, how often the vote of a holder is told.
fn each(classes: &[Class]) -> Vec<f64> {
    if is_enumerable(classes.iter()) {
        return enumerated(classes, None).0;
    }
    if work(classes).is_some_and(|work| work <= WORK_MAX) { sampled(classes) } else { of_many(classes) }
}

fn is_enumerable<'a>(mut classes: impl Iterator<Item = &'a Class>) -> bool {
    let ways = classes
        .try_fold(1_u64, |ways, class| ways.checked_mul(class.holders + 1).filter(|ways| *ways <= ENUMERATED_MAX));
    ways.is_some()
}

/// The smallest unit of 1, 2 or 5 and zeros to whose multiples the weights can be rounded, so that their sums tell little.
/// `None` if there is none below the largest weight.
pub fn rounding(weights: &[u64]) -> Option<u64> {
    let largest = weights.iter().copied().max()?;
    let units = (1..).map_while(|place: u32| {
        let digit = [2, 5, 10].get((place as usize - 1) % 3)?;
        10_u64.checked_pow((place - 1) / 3)?.checked_mul(*digit)
    });
    let rounded = |unit: u64| weights.iter().map(move |weight| (weight.saturating_add(unit / 2) / unit).max(1));
    units.take_while(|unit| *unit <= largest).find(|unit| !told(rounded(*unit)).is_too_much())
}

/// In the largest unit that all weights are multiples of.
fn classes(weights: impl IntoIterator<Item = u64>) -> Vec<Class> {
    let mut holders = BTreeMap::new();
    for weight in weights {
        *holders.entry(weight).or_insert(0_u64) += 1;
    }
    let unit = holders.keys().copied().fold(0, gcd).max(1);
    holders.into_iter().map(|(weight, holders)| Class { weight: weight / unit, holders }).collect()
}

fn gcd(mut one: u64, mut other: u64) -> u64 {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one
}

/// All ways to choose, those of one sum, or of one remainder of it, together: a class whose part is none or all in each of them is
/// told. Is there but one way for each?
fn enumerated(classes: &[Class], divisor: Option<u64>) -> (Vec<f64>, bool) {
    let seen = |sum: u64| divisor.map_or(sum, |divisor| sum % divisor);
    // A sum, how likely this way to it is, and of each class how many choose.
    let mut ways: Vec<(u64, f64, Vec<u64>)> = vec![(0, 1.0, Vec::new())];
    for class in classes {
        let chances = binomial(class.holders);
        let further = |(sum, chance, parts): &(u64, f64, Vec<u64>)| {
            let (sum, chance, parts) = (*sum, *chance, parts.clone());
            (0..)
                .zip(chances.clone())
                .map(move |(part, its)| (sum + part * class.weight, chance * its, [parts.as_slice(), &[part]].concat()))
        };
        ways = ways.iter().flat_map(further).collect();
    }
    ways.sort_unstable_by_key(|(sum, ..)| seen(*sum));
    let (mut told, mut single) = (vec![0.0; classes.len()], true);
    for same in ways.chunk_by(|one, other| seen(one.0) == seen(other.0)) {
        single &= same.len() == 1;
        let chance: f64 = same.iter().map(|(_, chance, _)| chance).sum();
        for (i, (class, told)) in classes.iter().zip(&mut told).enumerate() {
            let all = |part: u64| same.iter().all(|(.., parts)| parts.get(i) == Some(&part));
            if all(0) || all(class.holders) {
                *told += chance;
            }
        }
    }
    (told, single)
}

/// How likely it is that so many of `count` choose, from none to all. (In logarithms: of thousands, none is too unlikely for a
/// number.)
fn binomial(count: u64) -> Vec<f64> {
    let mut log = -(count as f64) * std::f64::consts::LN_2;
    (0..=count)
        .map(|chosen| {
            let this = log.exp();
            log += ((count - chosen) as f64).ln() - ((chosen + 1) as f64).ln();
            this
        })
        .collect()
}

/// Words that are moved to have, for each class, the sums that all others reach.
fn work(classes: &[Class]) -> Option<u64> {
    let levels = u64::from(u64::BITS - classes.len().leading_zeros());
    let steps = classes.iter().map(|class| u64::from(u64::BITS - class.holders.leading_zeros())).sum::<u64>();
    words(classes)?.checked_mul(levels)?.checked_mul(steps)
}

fn words(classes: &[Class]) -> Option<u64> {
    let total =
        classes.iter().try_fold(0_u64, |sum, class| sum.checked_add(class.weight.checked_mul(class.holders)?))?;
    Some(total / 64 + 1)
}

/// Votes that are drawn; for each, whether the sums that the others reach leave a class another part.
fn sampled(classes: &[Class]) -> Vec<f64> {
    let mut draws = Draws(0);
    let votes: Vec<Vec<u64>> =
        (0..SAMPLES).map(|_| classes.iter().map(|class| draws.heads(class.holders)).collect()).collect();
    let sum = |parts: &[u64]| classes.iter().zip(parts).map(|(class, part)| class.weight * part).sum::<u64>();
    let sums: Vec<u64> = votes.iter().map(|parts| sum(parts)).collect();
    let mut told = vec![0.0; classes.len()];
    let length = usize::try_from(words(classes).unwrap_or(1)).unwrap_or(1);
    let nobody = Sums(std::iter::once(1).chain(std::iter::repeat_n(0, length - 1)).collect());
    without_each(classes, 0, nobody, &mut |i, others| {
        let (Some(class), Some(told)) = (classes.get(i), told.get_mut(i)) else { return };
        let leaves = |sum: u64, part: u64| (part * class.weight <= sum) && others.reach(sum - part * class.weight);
        let is_told = |(parts, sum): &(&Vec<u64>, &u64)| match parts.get(i) {
            Some(0) => !(1..=class.holders).any(|part| leaves(**sum, part)),
            Some(part) if *part == class.holders => !(0..class.holders).any(|part| leaves(**sum, part)),
            _ => false,
        };
        *told = votes.iter().zip(&sums).filter(is_told).count() as f64 / SAMPLES as f64;
    });
    told
}

/// Which sums can be reached: a bit each.
#[derive(Clone)]
struct Sums(Vec<u64>);

impl Sums {
    fn reach(&self, sum: u64) -> bool {
        let word = usize::try_from(sum / 64).ok().and_then(|word| self.0.get(word));
        word.is_some_and(|word| word >> (sum % 64) & 1 == 1)
    }

    fn with(mut self, classes: &[Class]) -> Self {
        for class in classes {
            // Any number of holders is a sum of these.
            let mut left = class.holders;
            let mut some = 1;
            while left > 0 {
                let now = some.min(left);
                self.or_shifted(class.weight.saturating_mul(now));
                left -= now;
                some *= 2;
            }
        }
        self
    }

    fn or_shifted(&mut self, by: u64) {
        let (whole, bits) = (usize::try_from(by / 64).unwrap_or(usize::MAX), by % 64);
        for i in (whole..self.0.len()).rev() {
            let low = self.0.get(i - whole).copied().unwrap_or(0) << bits;
            let below = i.checked_sub(whole.saturating_add(1)).and_then(|i| self.0.get(i)).copied().unwrap_or(0);
            let high = if bits == 0 { 0 } else { below >> (64 - bits) };
            if let Some(word) = self.0.get_mut(i) {
                *word |= low | high;
            }
        }
    }
}

/// For each class, the sums that all others reach: halves of the list in turn.
fn without_each(classes: &[Class], first: usize, outside: Sums, visit: &mut impl FnMut(usize, &Sums)) {
    if classes.len() < 2 {
        visit(first, &outside);
        return;
    }
    let (left, right) = classes.split_at(classes.len() / 2);
    without_each(left, first, outside.clone().with(right), visit);
    without_each(right, first + left.len(), outside.with(left), visit);
}

/// Estimated; but where nearly all weights are multiples of something, a sum's remainder is that of the few others' weights alone, and
/// tells of them what all their ways to choose tell. Where it tells all, the rest is a sum of smaller numbers.
fn of_many(classes: &[Class]) -> Vec<f64> {
    let mut told = estimated(classes);
    let mut resolved = None;
    for divisor in common_divisors(classes) {
        let apart = |class: &&Class| !class.weight.is_multiple_of(divisor);
        if !is_enumerable(classes.iter().filter(apart)) {
            continue;
        }
        let few: Vec<Class> = classes.iter().filter(apart).copied().collect();
        let (theirs, single) = enumerated(&few, Some(divisor));
        let places = classes.iter().zip(&mut told).filter(|(class, _)| apart(class));
        places.zip(theirs).for_each(|((_, told), its)| *told = told.max(its));
        if single {
            resolved = Some(divisor);
        }
    }
    // By the largest of them, the numbers become smallest; each time they are at most half.
    if let Some(divisor) = resolved {
        let rest = classes.iter().filter(|class| class.weight % divisor == 0);
        let rest: Vec<Class> = rest.map(|class| Class { weight: class.weight / divisor, ..*class }).collect();
        let theirs = if rest.len() < 2 { vec![0.0; rest.len()] } else { each(&rest) };
        let places = classes.iter().zip(&mut told).filter(|(class, _)| class.weight % divisor == 0);
        places.zip(theirs).for_each(|((_, told), its)| *told = its);
    }
    told
}

/// What some of the weights, drawn by two and three, are multiples of: if nearly all are multiples of a number, it is among these.
fn common_divisors(classes: &[Class]) -> BTreeSet<u64> {
    let mut draws = Draws(1);
    let mut weight = || {
        let place = draws.next() % (classes.len() as u64).max(1);
        usize::try_from(place).ok().and_then(|place| classes.get(place)).map_or(0, |class| class.weight)
    };
    let tried = (0..DIVISORS_TRIED).map(|try_| (0..2 + try_ % 2).fold(0, |divisor, _| gcd(divisor, weight())));
    tried.filter(|divisor| *divisor > 1).collect()
}

/// From how many ways the others have to a sum that would leave this class another part, were they spread as a normal
/// distribution.
fn estimated(classes: &[Class]) -> Vec<f64> {
    let spread = |class: &Class, variance: f64| (class.weight as f64).powi(2) * variance;
    let ways = |class: &Class| ((class.holders + 1) as f64).log2();
    // Of ways to choose, a class' parts are all alike; of votes, most are near the half.
    let of_ways = |class: &Class| spread(class, class.holders as f64 * (class.holders as f64 + 2.0) / 12.0);
    let of_votes = |class: &Class| spread(class, class.holders as f64 / 4.0);
    let total = |of: &dyn Fn(&Class) -> f64| classes.iter().map(of).sum::<f64>();
    let weight = |class: &Class| class.weight as f64 * class.holders as f64;
    let (all_ways, all_of_ways, all_of_votes, all) = (total(&ways), total(&of_ways), total(&of_votes), total(&weight));
    let told = classes.iter().map(|class| {
        let variance = (all_of_ways - of_ways(class)).max(1.0);
        let (deviation, others) = ((all_of_votes - of_votes(class)).max(0.0).sqrt(), all - weight(class));
        let at = |z: f64| {
            // Somebody's part moves by a weight, so that of the others does.
            let sides = [-1.0, 1.0].map(|side| {
                let off = z * deviation + side * class.weight as f64;
                let per_sum = (-off * off / (2.0 * variance)).exp() / (std::f64::consts::TAU * variance).sqrt();
                let ways = (all_ways - ways(class)).exp2() * per_sum;
                if off.abs() * 2.0 > others { 1.0 } else { (-ways).exp() }
            });
            (sides[0] + sides[1]) / 2.0
        };
        let grid = [(-2.0, 0.06), (-1.0, 0.24), (0.0, 0.4), (1.0, 0.24), (2.0, 0.06)];
        let unanimous = 0.5_f64.powf(class.holders as f64 - 1.0);
        unanimous * grid.into_iter().map(|(z, chance)| chance * at(z)).sum::<f64>()
    });
    told.collect()
}

/// The same votes are tried whenever the same is asked (SplitMix64): an answer that changed would be asked for again.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Of so many coins.
    fn heads(&mut self, mut coins: u64) -> u64 {
        let mut heads = 0;
        while coins > 0 {
            let now = coins.min(64);
            heads += u64::from((self.next() >> (64 - now)).count_ones());
            coins -= now;
        }
        heads
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    /// All sets of voters, one by one.
    fn by_hand(weights: &[u64]) -> Told {
        let mut of_sum: BTreeMap<u64, (u32, u32, u32)> = BTreeMap::new();
        let everybody = (1_u32 << weights.len()) - 1;
        for set in 0..=everybody {
            let sum = weights.iter().enumerate().filter(|(i, _)| set >> i & 1 == 1).map(|(_, weight)| weight).sum();
            let (count, both, either) = of_sum.entry(sum).or_insert((0, everybody, 0));
            (*count, *both, *either) = (*count + 1, *both & set, *either | set);
        }
        let told = |i: usize| {
            let fixed = of_sum.values().filter(|(_, both, either)| both >> i & 1 == 1 || either >> i & 1 == 0);
            f64::from(fixed.map(|(count, ..)| count).sum::<u32>()) / f64::from(everybody + 1)
        };
        let all: Vec<f64> = (0..weights.len()).map(told).collect();
        Told { share: all.iter().sum::<f64>() / all.len() as f64, most: all.iter().copied().fold(0.0, f64::max) }
    }

    fn random(draws: &mut Draws, count: usize, from: u64, to: u64) -> Vec<u64> {
        (0..count).map(|_| from + draws.next() % (to - from + 1)).collect()
    }

    fn near(one: Told, other: Told, by: f64) -> bool {
        (one.share - other.share).abs() < by && (one.most - other.most).abs() < 2.0 * by
    }

    /// Row 75: what is computed is what all sets of voters say, and what is drawn or estimated is near it.
    #[test]
    fn row_75_what_sums_tell_is_what_all_sets_of_voters_say() {
        let mut draws = Draws(1);
        for (count, to) in [(3, 3), (8, 2), (8, 10), (10, 30), (12, 12_000), (12, 200)] {
            for _ in 0..4 {
                let weights = random(&mut draws, count, 1, to);
                let (truth, classes) = (by_hand(&weights), classes(weights.iter().copied()));
                if classes.len() > 1 {
                    let all = Told::of(&classes, &enumerated(&classes, None).0);
                    assert!(near(all, truth, 1e-9), "{weights:?}: {truth:?}");
                    let drawn = Told::of(&classes, &sampled(&classes));
                    assert!(near(drawn, truth, 0.1), "{weights:?}: {truth:?} {drawn:?}");
                }
            }
        }
        // Where the estimate is used there are many voters, and their weights are large.
        for to in [1_000, 20_000, 1_000_000, 100_000_000] {
            let weights = random(&mut draws, 14, to / 4, to);
            let classes = classes(weights.iter().copied());
            let (truth, guess) = (by_hand(&weights), Told::of(&classes, &of_many(&classes)));
            assert!((guess.share - truth.share).abs() < 0.2, "{weights:?}: {truth:?} {guess:?}");
        }
    }

    /// Row 75: areas of twelve flats to two decimals; rounded, they tell little.
    #[test]
    fn row_75_areas_of_flats_give_votes_away_and_rounded_ones_do_not() {
        let mut draws = Draws(2);
        let shares: Vec<f64> = (0..20).map(|_| told(random(&mut draws, 12, 3_000, 12_000)).share).collect();
        let mean = shares.iter().sum::<f64>() / 20.0;
        assert!((0.75..0.97).contains(&mean), "{mean}");
        let flats = random(&mut draws, 40, 3_000, 12_000);
        assert!(told(random(&mut draws, 16, 3_000, 12_000)).is_too_much());
        let unit = rounding(&flats[..16]).unwrap();
        assert!(unit > 10, "{unit}");
        assert!(!told(flats[..16].iter().map(|flat| (flat + unit / 2) / unit)).is_too_much());
    }

    #[test]
    fn row_75_who_is_told_and_who_is_not() {
        let check = |weights: &[u64], too_much: bool| {
            let told = told(weights.iter().copied());
            assert_eq!(told.is_too_much(), too_much, "{weights:?}: {told:?}");
        };
        check(&[1; 3], false);
        check(&[5; 1_000], false);
        check(&[&[1; 20][..], &[2; 20]].concat(), false);
        check(&(1..=60).collect::<Vec<_>>(), false);
        // One whom the others cannot outweigh; one who makes sums odd; powers of ten; a great many with one cent more.
        check(&[&[1; 11][..], &[7]].concat(), true);
        check(&[&[100; 50][..], &[101]].concat(), true);
        check(&[1, 10, 100, 1_000, 10_000], true);
        check(&[&[1; 3_000][..], &[1_000_000_000]].concat(), true);
        check(&(0..40).map(|place| 1 << place).collect::<Vec<_>>(), true);
    }

    /// Row 75: a sum's remainder tells of the few whose weights are no multiples of what all others are multiples of, however many
    /// these are.
    #[test]
    fn row_75_remainders_tell_of_the_few_who_stand_out() {
        let mut draws = Draws(4);
        let hundreds = random(&mut draws, 12, 1_000_000, 90_000_000).into_iter().map(|weight| weight / 100 * 100);
        let hundreds: Vec<u64> = hundreds.collect();
        for apart in [&[][..], &[7_000_001], &[7_000_001, 5_000_003], &[7_000_050, 5_000_050]] {
            let weights = [&hundreds[..], apart].concat();
            let classes = classes(weights.iter().copied());
            let (truth, guess) = (by_hand(&weights), Told::of(&classes, &of_many(&classes)));
            assert!((guess.share - truth.share).abs() < 0.2, "{apart:?}: {truth:?} {guess:?}");
        }
        // Too many for anything but the estimate.
        let rounded: Vec<u64> =
            random(&mut draws, 48, 1 << 33, 1 << 35).into_iter().map(|weight| weight / 1_000 * 1_000).collect();
        let check = |apart: &[u64], most: std::ops::RangeInclusive<f64>| {
            let weights = [&rounded[..], apart].concat();
            assert!(work(&classes(weights.iter().copied())).is_none_or(|work| work > WORK_MAX));
            let told = told(weights);
            assert!(most.contains(&told.most) && told.share < 0.1, "{apart:?}: {told:?}");
        };
        check(&[], 0.0..=0.01);
        check(&[(1 << 34) / 1_000 * 1_000 + 1], 1.0..=1.0);
        check(&[(1 << 34) / 1_000 * 1_000 + 1, (1 << 33) / 1_000 * 1_000 + 2], 1.0..=1.0);
        // Three holders of the odd weight: only when they agree.
        check(&[(1 << 34) / 1_000 * 1_000 + 1; 3], 0.249..=0.251);
        // Ten remainders of ten: each sum has a hundred ways to them.
        let tens: Vec<u64> = random(&mut draws, 10, 1 << 33, 1 << 35);
        check(&tens.iter().map(|weight| weight / 100 * 100).collect::<Vec<_>>(), 0.0..=0.1);
    }

    /// However many voters there are, and whatever they weigh, the answer comes.
    #[test]
    fn row_75_the_answer_takes_a_bounded_time() {
        let began = std::time::Instant::now();
        let mut draws = Draws(3);
        for (count, to) in [(30, 1 << 35), (300, 10_000), (3_000, 1 << 28), (100_000, 10_000_000), (200_000, 3)] {
            let weights = random(&mut draws, count, 1, to);
            told(weights.iter().copied());
            rounding(&weights);
        }
        assert!(began.elapsed() < std::time::Duration::from_secs(120), "{:?}", began.elapsed());
    }
}
