//! Results in sentences, for people who have never read a specification: who is elected, by which rule, what decided
//! between equals, or why there is no result. Nothing here decides anything; see `docs/spec/results.md`.

use veche_election::{
    Approvals, Contest, ContestKind, Draft, ElectionResult, Method, Phase, Revote, RollShows,
    manifest::{Better, Order, RollChanges, TrusteePlan, unit},
    result::{CandidateResult, Compared, ContestResult, Fraction, Reason, Status, TieGroup, TieResult},
    roll,
    rules::{Amount, Blanks, Quota, Threshold, TieStep},
};

use crate::{
    config,
    front::is_at_pages,
    lang::{noun, plural, some, tr},
};

mod figures;

pub use figures::{column, decimal, measured, number, percent, percent_beside, turnout};
use figures::{deciding, exact, is_rounded, localised};

/// How names and other texts of the organiser are shown: escaped, for a page or for a terminal.
pub type Show = fn(&str) -> String;

/// Characters of a lot's ticket that are shown; the whole ones are in `result.json`.
const TICKET_CHARS: usize = 8;

/// Who is elected, who shares the last seats, or why nobody is. `name` shows candidates, `show` other texts.
pub fn outcome(contest: &Contest, result: &ContestResult, scale: u32, name: Show, show: Show) -> String {
    let gone = result.withdrawn.iter().map(|gone| withdrawn(&name(&gone.candidate), gone.ballots));
    if let Some(reason) = result.reason {
        let said = tr!("No result, because {}.", "Результата нет: {}.", reason_text(reason, contest, show));
        return [said].into_iter().chain(gone).collect::<Vec<_>>().join(" ");
    }
    let mut said = Vec::new();
    if !result.winners.is_empty() {
        let winners =
            list(result.winners.iter().map(|winner| with_score(contest, result, scale, winner, name, show)).collect());
        said.push(match result.winners.len() {
            1 => tr!("Elected: {winners}.", "Победитель: {winners}."),
            _ => tr!("Elected: {winners}.", "Победители: {winners}."),
        });
    }
    if !result.tied.is_empty() {
        let free = (contest.rule.seats as usize).saturating_sub(result.winners.len());
        let (count, tied) = (result.tied.len(), list(result.tied.iter().map(|tied| name(tied)).collect()));
        let noun = plural(count as u128, "кандидат", "кандидата", "кандидатов");
        said.push(match free {
            1 => tr!(
                "{count} candidates are equal for one seat, and the rule names nothing that decides between them: {tied}.",
                "На одно место {count} {noun} с равным результатом, а правило не говорит, кому его отдать: {tied}."
            ),
            _ => tr!(
                "{count} candidates are equal for {free} seats, and the rule names nothing that decides between them: {tied}.",
                "Свободных мест {free}, а равный результат у нескольких ({count} {noun}), и правило не говорит, кому их отдать: {tied}."
            ),
        });
    }
    said.extend(gone);
    said.join(" ")
}

fn with_score(contest: &Contest, result: &ContestResult, scale: u32, winner: &str, name: Show, show: Show) -> String {
    let score = result.candidates.iter().find(|candidate| candidate.name == winner).and_then(|c| c.score);
    match score {
        Some(score) => format!("{} ({})", name(winner), show(&score_phrase(contest, result, score, scale))),
        None => name(winner),
    }
}

/// `mean 3.67, exactly 11/3`; `12 votes`; `grade good`. With as many places as the score has in the table.
pub fn score_phrase(contest: &Contest, result: &ContestResult, score: Fraction, scale: u32) -> String {
    let candidates: Vec<&CandidateResult> = result.candidates.iter().collect();
    let mut texts = candidates.iter().zip(scores(contest, &candidates, scale));
    let text = texts.find(|(candidate, _)| candidate.score == Some(score)).map(|(_, text)| text);
    let score = in_votes(contest.rule.method, score, scale);
    let shown = text.unwrap_or_else(|| score_text(contest, score));
    let exact = exact(score);
    let says_more = is_rounded(score) && exact != shown;
    let exact = if says_more { tr!(", exactly {exact}", ", точно {exact}") } else { String::new() };
    if votes_are_counted(contest) {
        let votes = match score.denominator() {
            1 => plural(score.numerator().unsigned_abs(), "голос", "голоса", "голосов"),
            _ => "голоса",
        };
        return if score.numerator() == 1 {
            tr!("{shown} vote", "{shown} {votes}")
        } else {
            tr!("{shown} votes", "{shown} {votes}")
        };
    }
    format!("{} {shown}{exact}", method_noun(contest))
}

/// A score, or what a step has compared, as it is shown: a sum is one of weights, and these are units.
pub fn in_votes(method: Method, score: Fraction, scale: u32) -> Fraction {
    if method == Method::Sum { score.divided_by(unit(scale)) } else { score }
}

/// Units of weight as votes, with all decimals of the scale.
pub fn votes(units: u64, scale: u32) -> String {
    localised(&roll::votes(units, scale))
}

/// The scores of candidates, below each other.
pub fn scores(contest: &Contest, candidates: &[&CandidateResult], scale: u32) -> Vec<String> {
    let in_votes = |score| in_votes(contest.rule.method, score, scale);
    let scores: Vec<Option<Fraction>> = candidates.iter().map(|candidate| candidate.score.map(in_votes)).collect();
    if contest.rule.method == Method::MajorityJudgment {
        let shown = |score: &Option<Fraction>| score.map_or_else(|| "—".to_owned(), |score| score_text(contest, score));
        return scores.iter().map(shown).collect();
    }
    deciding(&scores, contest.rule.pass.map(|pass| pass.value))
}

/// The parts of a roll that the rules of an election ask for.
pub fn quorums(draft: &Draft) -> Vec<Fraction> {
    draft.contests.iter().filter_map(|contest| part(contest.rule.turnout?)).collect()
}

/// Have so many trustees opened the sum that only the numbers in it are still to be found?
pub fn is_opened(draft: &Draft, shares: &[u32]) -> bool {
    draft.trustees.is_some_and(|plan| shares.len() >= plan.threshold as usize)
}

/// The part of the ballots without an opinion that the rule allows at most.
pub fn blanks_allowed(contest: &Contest) -> Option<Fraction> {
    let rated = part(contest.rule.raters?)?;
    Fraction::new(rated.denominator() - rated.numerator(), rated.denominator())
}

/// The part of those who approve that the rule asks for.
pub fn approval_asked(contest: &Contest) -> Option<Fraction> {
    let is_share = contest.rule.method == Method::Mean && contest.levels == ["0", "1"];
    contest.rule.pass.filter(|_| is_share).map(|pass| pass.value)
}

fn part(quota: Quota) -> Option<Fraction> {
    match quota.amount {
        Amount::Part(part) => Some(part),
        Amount::Weight(_) => None,
    }
}

/// The score alone, already in votes, for a table or beside a bar.
fn score_text(contest: &Contest, score: Fraction) -> String {
    if contest.rule.method == Method::MajorityJudgment {
        return grade(contest, score).unwrap_or_else(|| decimal(score));
    }
    decimal(score)
}

/// Approval and single choice by sum: what is added up are votes.
fn votes_are_counted(contest: &Contest) -> bool {
    contest.rule.method == Method::Sum && contest.levels == ["0", "1"] && contest.better == Better::Higher
}

/// The name of the level that has this value.
pub fn grade(contest: &Contest, value: Fraction) -> Option<String> {
    let at = |level: &i64| Fraction::whole((*level).into()) == value;
    contest.values().iter().position(at).and_then(|place| contest.levels.get(place)).cloned()
}

/// The name of the worst level, and of the best.
pub fn ends(contest: &Contest) -> (&str, &str) {
    let low = contest.levels.first().map_or("", String::as_str);
    let high = contest.levels.last().map_or("", String::as_str);
    if contest.better == Better::Higher { (low, high) } else { (high, low) }
}

/// What a legend says of a level beside its name: only the ends need it.
pub fn end_note(contest: &Contest, place: usize) -> Option<String> {
    let level = contest.levels.get(place)?;
    let (worst, best) = ends(contest);
    let is_best = level == best;
    if !is_best && level != worst {
        return None;
    }
    Some(match (contest.kind, votes_are_counted(contest), is_best) {
        (ContestKind::Single, _, _) if level == "1" => tr!("chosen", "выбран"),
        (ContestKind::Single, ..) => tr!("not chosen", "не выбран"),
        (_, true, true) => tr!("approved", "одобрен"),
        (_, true, false) => tr!("not approved", "не одобрен"),
        (.., true) => tr!("best", "лучшая"),
        (.., false) => tr!("worst", "худшая"),
    })
}

/// What the bars of a chart are made of, from the left to the right.
pub fn bars_head(contest: &Contest, diverging: bool) -> String {
    if contest.kind == ContestKind::Single && contest.better == Better::Lower {
        return tr!("ballots, from chosen to not chosen", "бюллетени: слева — выбран, справа — не выбран");
    }
    if contest.kind == ContestKind::Single {
        return tr!("ballots, from not chosen to chosen", "бюллетени: слева — не выбран, справа — выбран");
    }
    if votes_are_counted(contest) {
        return tr!("ballots, from not approved to approved", "бюллетени: слева — не одобрен, справа — одобрен");
    }
    if diverging {
        return tr!("the scores given, around 0", "поставленные оценки, вокруг 0");
    }
    tr!("the scores given, from worst to best", "поставленные оценки, от худшей к лучшей")
}

/// What the score is called.
pub fn method_noun(contest: &Contest) -> String {
    match contest.rule.method {
        Method::Sum if votes_are_counted(contest) => tr!("votes", "голоса"),
        Method::Sum => tr!("sum", "сумма"),
        Method::Mean if contest.levels == ["0", "1"] => tr!("share", "доля"),
        Method::Mean => tr!("mean", "среднее"),
        Method::Median => tr!("median", "медиана"),
        Method::MajorityJudgment => tr!("grade", "оценка большинства"),
    }
}

/// The rule, a sentence for each of its parts; the first says how candidates are ordered.
pub fn rule(contest: &Contest, weighted: bool, show: Show) -> Vec<String> {
    sentences(contest, weighted, show, " (*)")
}

/// The same for whoever is shown no table, in which a `*` stands for no opinion.
pub fn rule_without_signs(contest: &Contest, weighted: bool, show: Show) -> Vec<String> {
    sentences(contest, weighted, show, "")
}

fn sentences(contest: &Contest, weighted: bool, show: Show, sign: &str) -> Vec<String> {
    let rule = &contest.rule;
    let mut said = vec![method(contest)];
    if weighted {
        said.push(tr!(
            "Each ballot counts as often as the voter's weight says.",
            "Голос избирателя умножается на его вес."
        ));
    }
    if has_names(contest) && rule.method != Method::MajorityJudgment {
        let levels = contest.levels.iter().zip(contest.values());
        let levels: Vec<String> = levels.map(|(name, value)| format!("{} = {value}", show(name))).collect();
        said.push(tr!("The levels count as {}.", "Ступени считаются так: {}.", levels.join(", ")));
    }
    said.push(blanks(contest, show, sign));
    if let Some(Quota { strict, amount }) = rule.raters {
        said.push(match (amount, strict) {
            (Amount::Weight(least), false) => tr!(
                "Whoever is rated by fewer than {least} gets no place.",
                "У кого оценивших меньше {least}, тот места не получает."
            ),
            (Amount::Weight(least), true) => tr!(
                "Whoever is not rated by more than {least} gets no place.",
                "У кого оценивших не больше {least}, тот места не получает."
            ),
            (Amount::Part(part), false) => tr!(
                "Whoever is rated by fewer than {part} of the ballots gets no place.",
                "Кого оценили меньше чем в {part} бюллетеней, тот места не получает."
            ),
            (Amount::Part(part), true) => tr!(
                "Whoever is not rated by more than {part} of the ballots gets no place.",
                "Кого оценили не больше чем в {part} бюллетеней, тот места не получает."
            ),
        });
    }
    if let Some(Quota { strict, amount }) = rule.turnout {
        said.push(match (amount, strict) {
            (Amount::Weight(least), false) => tr!(
                "If there are fewer ballots than {least}, nobody is elected.",
                "Если бюллетеней меньше {least}, никто не избран."
            ),
            (Amount::Weight(least), true) => tr!(
                "Unless there are more ballots than {least}, nobody is elected.",
                "Если бюллетеней не больше {least}, никто не избран."
            ),
            (Amount::Part(part), false) => tr!(
                "With a turnout below {part} of the roll, nobody is elected.",
                "Если проголосует меньше {part} списка, никто не избран."
            ),
            (Amount::Part(part), true) => tr!(
                "Unless the turnout is more than {part} of the roll, nobody is elected.",
                "Если проголосует не больше {part} списка, никто не избран."
            ),
        });
    }
    if let Some(pass) = rule.pass {
        said.push(threshold(contest, pass, show));
    }
    if let Some(none) = &rule.none {
        said.push(tr!(
            "Only those who come before “{}” can be elected.",
            "Избраны могут быть только те, кто опередит кандидата «{}».",
            show(none)
        ));
    }
    said.push(match rule.seats {
        1 => tr!("One is elected.", "Избирается один."),
        seats => tr!("There are {seats} seats.", "Мест: {seats}."),
    });
    said.push(ties_named(contest, show));
    said
}

/// How candidates are ordered.
pub fn method(contest: &Contest) -> String {
    let higher = contest.better == Better::Higher;
    match (contest.kind, contest.rule.method) {
        (ContestKind::Single, _) if !higher => tr!(
            "Each voter chooses one; whoever is chosen least often comes first.",
            "Каждый выбирает одного; первым будет тот, кого выбрали реже."
        ),
        (ContestKind::Single, Method::Mean) if contest.rule.blanks == Blanks::Worst => tr!(
            "Each voter chooses one; the larger share of all ballots comes first.",
            "Каждый выбирает одного; первым будет тот, чья доля всех бюллетеней больше."
        ),
        (ContestKind::Single, Method::Mean) => tr!(
            "Each voter chooses one; the larger share of those who chose comes first.",
            "Каждый выбирает одного; первым будет тот, чья доля среди выбравших больше."
        ),
        (ContestKind::Single, _) => tr!(
            "Each voter chooses one; whoever is chosen most often comes first.",
            "Каждый выбирает одного; первым будет тот, кого выбрали чаще."
        ),
        (_, Method::Sum) if votes_are_counted(contest) && contest.approvals.is_some() => {
            tr!("Whoever is approved most often comes first.", "Первым будет тот, кого одобрили чаще.")
        }
        (_, Method::Sum) if votes_are_counted(contest) => tr!(
            "Each voter approves of as many as they like; whoever is approved most often comes first.",
            "Каждый одобряет столько кандидатов, сколько хочет; первым будет тот, кого одобрили чаще."
        ),
        (_, Method::Sum) if higher => tr!(
            "The scores of each candidate are added up; the largest sum comes first.",
            "Оценки каждого кандидата складываются; первым будет тот, у кого сумма больше."
        ),
        (_, Method::Sum) => tr!(
            "Lower is better. The scores of each candidate are added up; the smallest sum comes first.",
            "Чем меньше, тем лучше. Оценки каждого кандидата складываются; первым будет тот, у кого сумма меньше."
        ),
        (_, Method::Mean) if higher => tr!(
            "The mean of each candidate's scores decides; the largest comes first.",
            "Решает средняя оценка кандидата: первым будет тот, у кого она выше."
        ),
        (_, Method::Mean) => tr!(
            "Lower is better. The mean of each candidate's scores decides; the smallest comes first.",
            "Чем меньше, тем лучше. Решает средняя оценка кандидата: первым будет тот, у кого она ниже."
        ),
        (_, Method::Median) if higher => tr!(
            "The median decides: the middle one of each candidate's scores, of an even number the midpoint of the middle two. The \
             highest comes first.",
            "Решает медиана: средняя по порядку оценка кандидата, при чётном числе — середина между двумя средними. Первым будет тот, \
             у кого она выше."
        ),
        (_, Method::Median) => tr!(
            "Lower is better. The median decides: the middle one of each candidate's scores, of an even number the midpoint of the \
             middle two. The lowest comes first.",
            "Чем меньше, тем лучше. Решает медиана: средняя по порядку оценка кандидата, при чётном числе — середина между двумя \
             средними. Первым будет тот, у кого она ниже."
        ),
        (_, Method::MajorityJudgment) => {
            let lower = if higher {
                String::new()
            } else {
                tr!("Lower is better. ", "Чем меньше, тем лучше. ")
            };
            tr!(
                "{lower}Majority judgment: the middle one of each candidate's grades decides, of an even number the worse of the middle \
                 two; between equal ones, the grades nearest to the middle.",
                "{lower}Суждение большинства: решает средняя по порядку оценка кандидата, при чётном числе — худшая из двух средних; \
                 при равных — оценки, ближайшие к середине."
            )
        }
    }
}

/// What no opinion does; `sign` is what stands for it, if anything does.
fn blanks(contest: &Contest, show: Show, sign: &str) -> String {
    let rule = &contest.rule;
    let worst = show(ends(contest).0);
    let phantoms = rule.phantoms;
    let blank = match (contest.blank, rule.blanks, contest.kind, rule.method) {
        (false, ..) => tr!("“No opinion”{sign} is not allowed.", "«Нет мнения»{sign} не разрешено."),
        (_, Blanks::Worst, ContestKind::Single, _) => {
            tr!(
                "“No opinion”{sign} counts as a ballot for nobody.",
                "«Нет мнения»{sign} считается бюллетенем ни за кого."
            )
        }
        (_, Blanks::Worst, ..) => {
            tr!(
                "“No opinion”{sign} counts as the worst score, {worst}.",
                "«Нет мнения»{sign} считается худшей оценкой, {worst}."
            )
        }
        (.., ContestKind::Single, _) | (.., Method::Sum) => {
            tr!("“No opinion”{sign} adds nothing.", "«Нет мнения»{sign} ничего не прибавляет.")
        }
        _ => tr!(
            "“No opinion”{sign} does not count: only scores that were given do.",
            "«Нет мнения»{sign} не считается: в счёт идут только поставленные оценки."
        ),
    };
    if phantoms == 0 {
        return blank;
    }
    let added = match phantoms {
        1 => tr!(
            "One worst score ({worst}) is added to everybody who was rated.",
            "Каждому, кого оценили, прибавляется одна худшая оценка ({worst})."
        ),
        _ => tr!(
            "{phantoms} worst scores ({worst}) are added to everybody who was rated.",
            "Каждому, кого оценили, прибавляется худших оценок ({worst}): {phantoms}."
        ),
    };
    format!("{blank} {added}")
}

fn threshold(contest: &Contest, pass: Threshold, show: Show) -> String {
    let noun = method_noun(contest);
    let value = if contest.rule.method == Method::MajorityJudgment {
        grade(contest, pass.value).map_or_else(|| pass.value.to_short(), |level| show(&level))
    } else {
        pass.value.to_short()
    };
    match (pass.better, pass.strict) {
        (Better::Higher, true) => {
            tr!(
                "Whoever is elected needs more than {value} ({noun}).",
                "Чтобы быть избранным, нужно больше {value} ({noun})."
            )
        }
        (Better::Higher, false) => {
            tr!(
                "Whoever is elected needs at least {value} ({noun}).",
                "Чтобы быть избранным, нужно не меньше {value} ({noun})."
            )
        }
        (Better::Lower, true) => {
            tr!(
                "Whoever is elected needs less than {value} ({noun}).",
                "Чтобы быть избранным, нужно меньше {value} ({noun})."
            )
        }
        (Better::Lower, false) => {
            tr!(
                "Whoever is elected needs at most {value} ({noun}).",
                "Чтобы быть избранным, нужно не больше {value} ({noun})."
            )
        }
    }
}

fn ties_named(contest: &Contest, show: Show) -> String {
    let steps: Vec<String> = contest.rule.ties.iter().map(|step| step_text(contest, *step, show)).collect();
    if steps.is_empty() {
        return tr!(
            "Equal candidates share a place: nothing decides between them.",
            "При равном результате ничто не решает: кандидаты остаются рядом."
        );
    }
    tr!(
        "What decides between equal candidates: {}.",
        "Между равными решает: {}.",
        steps.join(tr!("; then ", "; затем ").as_str())
    )
}

/// What a step against ties prefers.
fn step_text(contest: &Contest, step: TieStep, show: Show) -> String {
    let higher = contest.better == Better::Higher;
    let (worst, best) = ends(contest);
    match step {
        TieStep::Sum if higher => tr!("the larger sum", "наибольшая сумма"),
        TieStep::Sum => tr!("the smaller sum", "наименьшая сумма"),
        TieStep::Mean if higher => tr!("the larger mean", "наибольшее среднее"),
        TieStep::Mean => tr!("the smaller mean", "наименьшее среднее"),
        TieStep::Median if higher => tr!("the higher median", "самая высокая медиана"),
        TieStep::Median => tr!("the lower median", "самая низкая медиана"),
        TieStep::MajorityJudgment => tr!("majority judgment", "суждение большинства"),
        TieStep::MoreRaters => tr!("being rated by more", "наибольшее число оценивших"),
        TieStep::MoreBest => {
            tr!("more of the best score, {}", "больше лучших оценок ({})", show(best))
        }
        TieStep::FewerWorst => {
            tr!("fewer of the worst score, {}", "меньше худших оценок ({})", show(worst))
        }
        TieStep::Lot => tr!("the lot", "жребий"),
    }
}

/// A group of equal candidates, and what each step made of them.
pub struct Tie {
    pub head: String,
    pub steps: Vec<String>,
    /// Who shares a place all the same; empty if nobody does.
    pub end: String,
}

pub fn ties(contest: &Contest, result: &ContestResult, scale: u32, show: Show) -> Vec<Tie> {
    result.ties.iter().map(|group| tie(contest, result, scale, group, show)).collect()
}

fn tie(contest: &Contest, result: &ContestResult, scale: u32, group: &TieGroup, show: Show) -> Tie {
    let names = list(group.candidates.iter().map(|name| show(name)).collect());
    let candidate = |name: &String| result.candidates.iter().find(|candidate| candidate.name == *name);
    let score = group.candidates.first().and_then(candidate).and_then(|candidate| candidate.score);
    let score = score.map_or_else(String::new, |score| show(&score_phrase(contest, result, score, scale)));
    // Neighbours, and what tells them apart.
    let pairs: Vec<(&String, &String, Option<TieStep>)> = group
        .candidates
        .windows(2)
        .filter_map(|pair| {
            let [a, b] = pair else { return None };
            let (first, second) = (candidate(a)?, candidate(b)?);
            let by_lot = (first.place != second.place).then_some(TieStep::Lot);
            Some((a, b, ContestResult::decided_by(contest, first, second, unit(scale)).or(by_lot)))
        })
        .collect();
    let mut steps = Vec::new();
    for step in &group.steps {
        let decided = order(pairs.iter().filter(|(.., by)| *by == Some(step.step)), show);
        let decided =
            if decided.is_empty() { tr!("still equal", "по-прежнему поровну") } else { decided };
        let (step_text, values) = (capital(&step_text(contest, step.step, show)), values(group, step, scale, show));
        steps.push(format!("{step_text}: {values} — {decided}."));
    }
    let shared = pairs.iter().filter(|(.., by)| by.is_none());
    let shared: Vec<String> = shared.map(|(a, b, _)| tr!("{} and {}", "{} и {}", show(a), show(b))).collect();
    if steps.is_empty() && pairs.iter().all(|(.., by)| by.is_none()) {
        let head = tr!("Equal ({score}), and sharing a place: {names}.", "Поровну ({score}), и место общее: {names}.");
        return Tie { head, steps, end: String::new() };
    }
    let end = if shared.is_empty() {
        String::new()
    } else {
        let pairs = shared.join("; ");
        tr!("Equal to the end, and sharing a place: {pairs}.", "Равны до конца, и место общее: {pairs}.")
    };
    Tie { head: tr!("Equal ({score}): {names}.", "Поровну ({score}): {names}."), steps, end }
}

/// Neighbours that a step has told apart, in their order: `A, then B, then C; D, then E`.
fn order<'a>(pairs: impl Iterator<Item = &'a (&'a String, &'a String, Option<TieStep>)>, show: Show) -> String {
    let mut said = String::new();
    let mut last = None;
    for (a, b, _) in pairs {
        if last != Some(*a) {
            let gap = if said.is_empty() { "" } else { "; " };
            said += &format!("{gap}{}", show(a));
        }
        said += &tr!(", then {}", ", затем {}", show(b));
        last = Some(*b);
    }
    said
}

fn values(group: &TieGroup, step: &TieResult, scale: u32, show: Show) -> String {
    let one = |(name, value): (&String, &Compared)| {
        let value = match *value {
            Compared::Nothing => "—".to_owned(),
            Compared::Weight(weight) => roll::votes(weight, scale),
            Compared::Figure(figure) if step.step == TieStep::Sum => exact(in_votes(Method::Sum, figure, scale)),
            Compared::Figure(figure) => exact(figure),
            Compared::Gauge { better, worse } => {
                let (better, worse) = (exact(better), exact(worse));
                tr!("({better} of the grades better, {worse} worse)", "(лучше {better} оценок, хуже {worse})")
            }
            Compared::Ticket(ticket) => {
                let ticket = ticket.to_string();
                tr!("ticket {}…", "билет {}…", ticket.chars().take(TICKET_CHARS).collect::<String>())
            }
        };
        format!("{} {value}", show(name))
    };
    let gap = if step.step == TieStep::MajorityJudgment { "; " } else { ", " };
    group.candidates.iter().zip(&step.values).map(one).collect::<Vec<_>>().join(gap)
}

pub fn status_text(status: Status) -> String {
    match status {
        Status::Winner => tr!("elected", "проходит"),
        Status::Tied => tr!("equal for the last seats", "равный результат"),
        Status::Ranked => tr!("not elected", "не проходит"),
        Status::None => tr!("none of them", "против всех"),
        Status::Unrated => tr!("no scores", "нет оценок"),
        Status::FewRaters => tr!("rated by too few", "мало оценивших"),
        Status::BelowThreshold => tr!("does not pass the threshold", "не достиг порога"),
        Status::BehindNone => tr!("not before \"none of them\"", "не впереди «против всех»"),
        Status::Withdrawn => tr!("withdrawn", "снят"),
    }
}

fn reason_text(reason: Reason, contest: &Contest, show: Show) -> String {
    match reason {
        Reason::NoBallots => tr!("there are no ballots", "нет ни одного бюллетеня"),
        Reason::Turnout => tr!("the turnout is too low", "явка недостаточна"),
        Reason::Withdrawn => tr!("all candidates were withdrawn", "все кандидаты сняты"),
        Reason::Unrated => tr!("nobody was given a score", "никому не поставлено ни одной оценки"),
        Reason::FewRaters => tr!(
            "nobody was rated by as many as the rule asks for",
            "никого не оценило столько, сколько требует правило"
        ),
        Reason::BelowThreshold => tr!("nobody passes the threshold", "никто не достиг порога"),
        Reason::BehindNone => {
            let none = contest.rule.none.as_deref().map_or_else(String::new, show);
            tr!("nobody stands before {none}", "никто не стоит впереди кандидата {none}")
        }
    }
}

/// Is a lot drawn in public before there is a result? That of a secret election follows from its log.
pub fn waits_for_lot(phase: Phase, draft: &Draft) -> bool {
    phase == Phase::Closed && draft.lot.is_some()
}

/// Everything that was chosen for an election, a paragraph for each contest: nothing is left to be guessed.
pub fn chosen(draft: &Draft, show: Show) -> Vec<String> {
    let mut said: Vec<String> = draft.contests.iter().map(|contest| chosen_contest(contest, show)).collect();
    let secrecy = match draft.trustees {
        Some(TrusteePlan { count: 1, .. }) => tr!(
            "Secret: nobody sees a ballot; one trustee opens the sums.",
            "Тайное: бюллетеней не видит никто; суммы открывает один доверенный."
        ),
        Some(TrusteePlan { count, threshold, .. }) if threshold == count => tr!(
            "Secret: nobody sees a ballot; trustees open the sums, all {count} together.",
            "Тайное: бюллетеней не видит никто; суммы открывают все доверенные ({count}) вместе."
        ),
        Some(TrusteePlan { count, threshold, .. }) => tr!(
            "Secret: nobody sees a ballot; trustees open the sums, any {threshold} of {count}.",
            "Тайное: бюллетеней не видит никто; суммы открывают любые {threshold} из {count} доверенных."
        ),
        None => tr!(
            "Open: after closing everybody sees every ballot.",
            "Открытое: после закрытия каждый видит каждый бюллетень."
        ),
    };
    let revote = match draft.revote {
        Revote::Last => tr!(
            "Voters may vote again; the last ballot counts.",
            "Можно голосовать снова; считается последний бюллетень."
        ),
        Revote::Never => tr!("Voters vote once.", "Голосуют один раз."),
    };
    let roll = match draft.roll_shows {
        RollShows::Number => tr!("The published roll shows numbers.", "В опубликованном списке видны номера."),
        RollShows::Name => tr!("The published roll shows names.", "В опубликованном списке видны имена."),
        RollShows::Nothing => tr!("The roll is not published.", "Список не публикуется."),
    };
    let changes = roll_changes(draft.roll_changes);
    let by_command = || tr!("by command", "по команде");
    let time = |at: Option<u64>| at.map_or_else(by_command, config::show_time);
    let (opens, closes) = (time(draft.opens), time(draft.closes));
    let times = match (draft.opens, draft.closes) {
        (None, None) if is_at_pages() => {
            tr!("The organiser opens and closes it.", "Открывает и закрывает организатор.")
        }
        (Some(_), None) if is_at_pages() => {
            tr!("Opens {opens}; the organiser closes it.", "Открытие {opens}, закрывает организатор.")
        }
        (None, Some(_)) if is_at_pages() => {
            tr!("The organiser opens it; closes {closes}.", "Открывает организатор, закрытие {closes}.")
        }
        _ => tr!("Opens {opens}, closes {closes}.", "Открытие {opens}, закрытие {closes}."),
    };
    let lot = draft.lot.as_ref().map(|lot| tr!("The lot is: {}.", "Жребий: {}.", show(lot)));
    said.push(
        [Some(secrecy), Some(revote), Some(roll), Some(changes), Some(times), lot]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" "),
    );
    said
}

/// A candidate who stands no more.
pub fn withdrawn(name: &str, ballots: u64) -> String {
    let (ballots, noun) = (number(ballots), noun(ballots, "ballot", "ballots"));
    tr!(
        "Withdrawn, with {ballots} {noun} in: {name}.",
        "Кандидатура снята: {name}; бюллетеней к тому времени было {ballots}."
    )
}

/// `1 of 50 voters has voted`, `2 of 50 voters have voted`, `0 of 1 voter has voted`.
pub fn have(ballots: u64, voters: u64) -> &'static str {
    if ballots == 1 || voters == 1 { "has" } else { "have" }
}

/// By the roll at the closing, where voters were struck after the opening: the turnout does not go by it.
pub fn at_closing(result: &ElectionResult) -> Option<String> {
    let now = result.at_closing?;
    let (voters, part) = (number(now.voters), percent(result.ballots, now.voters));
    Some(tr!(
        "Some voters were struck after the opening. Voters on the roll at the closing: {voters} ({part}).",
        "После открытия кого-то вычеркнули: в списке при закрытии избирателей {voters} ({part})."
    ))
}

/// Until when voters may come onto the roll and off it.
pub fn roll_changes(allowed: RollChanges) -> String {
    match allowed {
        RollChanges::Never => {
            tr!("The roll does not change once the election is made.", "После создания выборов список не меняется.")
        }
        RollChanges::UntilOpening => tr!(
            "Until the opening, voters may be added and struck, by acts that everybody can see.",
            "До открытия избирателей можно добавлять и вычёркивать; каждая такая запись видна всем."
        ),
        RollChanges::UntilClosing => tr!(
            "Until the closing, voters may be added and struck, by acts that everybody can see.",
            "До закрытия избирателей можно добавлять и вычёркивать; каждая такая запись видна всем."
        ),
    }
}

/// What a ballot has for each candidate, as a sentence.
pub fn scale(contest: &Contest, show: Show) -> String {
    let said = capital(&scale_phrase(contest, show));
    format!("{said}.")
}

/// What a voter is to do, as a sentence.
pub fn task(contest: &Contest, show: Show) -> String {
    let (worst, best) = ends(contest);
    match (contest.kind, contest.approvals) {
        (ContestKind::Single, _) => tr!("Choose one.", "Выберите один вариант."),
        (ContestKind::Score, None) if votes_are_counted(contest) && !contest.blank => {
            tr!("Mark everybody whom you approve of.", "Отметьте всех, кого одобряете.")
        }
        (ContestKind::Score, None) => {
            let (worst, best) = (show(worst), show(best));
            tr!(
                "Give each candidate a score from {worst} (the worst) to {best} (the best).",
                "Поставьте каждому оценку от {worst} (хуже всего) до {best} (лучше всего)."
            )
        }
        (ContestKind::Score, Some(_)) => scale(contest, show),
    }
}

fn scale_phrase(contest: &Contest, show: Show) -> String {
    let (worst, best) = ends(contest);
    match (contest.kind, contest.approvals) {
        (ContestKind::Single, _) => tr!("a choice of one", "выбор одного"),
        (ContestKind::Score, Some(bounds)) => approvals_chosen(bounds),
        (ContestKind::Score, None) => {
            let (worst, best) = (show(worst), show(best));
            tr!(
                "{} levels from {worst}, the worst, to {best}, the best",
                "ступеней {}, от худшей {worst} до лучшей {best}",
                contest.levels.len()
            )
        }
    }
}

fn chosen_contest(contest: &Contest, show: Show) -> String {
    let (candidates, scale) = (contest.candidates.len(), scale_phrase(contest, show));
    let named = some(candidates as u64, "candidate", "candidates");
    let mut rule = rule(contest, false, show).join(" ");
    if contest.order == Order::Random {
        rule += &tr!(
            " Each voter sees the candidates in another order.",
            " Порядок кандидатов в бюллетене у каждого свой, случайный."
        );
    }
    if !contest.about.is_empty() {
        let count = contest.about.len();
        rule += &tr!(" With a description or a link: {count}.", " С описанием или ссылкой: {count}.");
    }
    tr!("{}: {named}, {scale}. {rule}", "{}: кандидатов {candidates}, {scale}. {rule}", show(&contest.title))
}

/// How many approvals a ballot has.
pub fn approvals(Approvals { least, most }: Approvals) -> String {
    match least {
        0 => tr!("approval of at most {most}", "одобрить можно не больше {most}"),
        _ if least == most => tr!("approval of exactly {most}", "одобрить нужно ровно {most}"),
        _ => tr!("approval of {least} to {most}", "одобрить нужно от {least} до {most}"),
    }
}

fn approvals_chosen(bounds: Approvals) -> String {
    let said = approvals(bounds);
    match bounds.least {
        0 => said,
        _ => tr!("{said}, so that nobody can abstain", "{said}, воздержаться нельзя"),
    }
}

fn list(names: Vec<String>) -> String {
    match names.as_slice() {
        [.., _, _] => {
            let (last, others) = names.split_last().map_or(("", &[][..]), |(last, others)| (last.as_str(), others));
            tr!("{} and {last}", "{} и {last}", others.join(", "))
        }
        _ => names.concat(),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Are the levels names and not numbers?
pub fn has_names(contest: &Contest) -> bool {
    !contest.levels.iter().all(|level| level.parse::<i64>().is_ok())
}
