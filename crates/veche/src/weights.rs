//! What the sums of a secret election will tell of who has voted how, where weights differ; said to whoever makes the election,
//! looks it over, or opens its sums.

use veche_election::{roll, subset_sums};

use crate::{
    failure::{Exit, Failure, Result},
    lang::{Sentence, both},
};

/// In a sentence, if it is too much.
pub fn told(weights: &[u64]) -> Option<Sentence> {
    let told = subset_sums::told(weights.iter().copied());
    if !told.is_too_much() {
        return None;
    }
    let percent = |part: f64| format!("{:.0}", part * 100.0);
    let (share, most) = (percent(told.share), percent(told.most));
    Some(both!(
        "the weights give votes away: from a sum of weights one could read off how about {share} % of the voters have voted on a \
         yes or no, and one of them in {most} of 100 such votes",
        "веса выдают голоса: по сумме весов можно узнать, как голосовали примерно {share} % избирателей по вопросу «да или нет», а \
         одного из них — в {most} таких голосованиях из 100"
    ))
}

/// Why a trustee would not take part in an election with such weights without saying so.
pub fn doubt(weights: &[u64]) -> Option<Failure> {
    let told = told(weights)?;
    Some(Failure::new(Exit::CheckFailed, told).next(both!(
        "Nothing was sent. Ask the organiser whether all who vote know that. If they do, and the votes may be read all the same: \
         --weights-show-votes",
        "Ничего не отправлено. Спросите организатора, знают ли об этом все, кто голосует. Если знают и не страшно, что голоса \
         будут видны: --weights-show-votes"
    )))
}

/// No secret election is made with such weights unless its organiser has said so; what they tell is said all the same.
pub fn refuse(weights: &[u64], scale: u32, shown: bool) -> Result<Option<Sentence>> {
    let Some(told) = told(weights) else { return Ok(None) };
    if shown {
        return Ok(Some(told));
    }
    let rounded = match subset_sums::rounding(weights).map(|unit| roll::votes(unit, scale)) {
        Some(unit) => both!(
            "Rounded to multiples of {unit} they tell little: round them in the roll.",
            "Если округлить веса до кратных {unit}, они скажут мало: округлите их в списке."
        ),
        None => both!(
            "No rounding helps that leaves them different: give all the same weight, or do not vote in secret.",
            "Никакое округление, оставляющее их разными, не поможет: дайте всем один вес или не голосуйте тайно."
        ),
    };
    Err(Failure::new(Exit::Usage, told).next(both!(
        "{rounded} If the votes may be read all the same: --weights-show-votes",
        "{rounded} Если не страшно, что голоса будут видны: --weights-show-votes"
    )))
}
