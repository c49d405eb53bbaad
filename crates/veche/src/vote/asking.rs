//! What the voter is asked at the terminal.

use veche_client::{casting::Choice, link::paper_id};
use veche_election::{Contest, ContestKind, Hash, Marks, manifest::Order, marks};

use crate::{
    failure::Result,
    lang::tr,
    prompt::{ask, compared},
    russian, setup,
};

/// Without a card file the election id is compared by a person.
pub fn same_election(id: Hash) -> Result<bool> {
    let paper = paper_id(id);
    eprintln!(
        "{}",
        tr!(
            "No card found. The election's id is\n  {id}\non paper it stands as\n  {paper}\nCompare it with your card.",
            "Карточка не найдена. Id выборов:\n  {id}\nна бумаге он записан так:\n  {paper}\nСравните его с вашей карточкой."
        )
    );
    compared(&tr!("Is it the same?", "Это он?"))
}

pub fn cast_or_challenge() -> Result<Choice> {
    let question = tr!(
        "Note the code, or take the whole one to another device. Then: cast this ballot, or challenge it - open it to check this program? [cast/challenge/no] ",
        "Запишите код или перенесите полный на другое устройство. Затем: подать этот бюллетень или вскрыть его для проверки программы? [подать/вскрыть/нет] "
    );
    loop {
        match ask(&question)?.to_lowercase().as_str() {
            "cast" | "подать" | "y" | "yes" | "да" | "д" => return Ok(Choice::Cast),
            "challenge" | "вскрыть" => return Ok(Choice::Challenge),
            "no" | "n" | "нет" | "н" => return Ok(Choice::Neither),
            _ => {}
        }
    }
}

/// Asks until the marks fit; what is wrong is said at once.
pub fn marks(contests: &[Contest], orders: &[Vec<usize>]) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for (contest, order) in contests.iter().zip(orders) {
        if contest.kind == ContestKind::Single {
            all.push(in_ballot_order(&ask_choice(contest)?, contest, order));
            continue;
        }
        let level = |i: usize| match contest.approvals {
            Some(bounds) => contest.levels.get(usize::from(i < bounds.most as usize)),
            None => contest.levels.iter().rev().cycle().nth(i),
        };
        let example: Vec<&str> = (0..contest.candidates.len()).filter_map(level).map(String::as_str).collect();
        let example = example.join(if contest.is_compact() { "" } else { "," });
        let question =
            tr!("Marks for \"{}\", such as {example}: ", "Оценки, «{}», например {example}: ", contest.title);
        all.push(loop {
            let text: String = ask(&question)?.chars().filter(|c| !c.is_whitespace()).collect();
            match Marks::parse(&text, contest) {
                Ok(_) => break in_ballot_order(&text, contest, order),
                Err(error) => eprintln!("{}", russian::marks(&error)),
            }
        });
    }
    Ok(all)
}

/// Marks that were typed in the order in which the candidates were shown.
fn in_ballot_order(typed: &str, contest: &Contest, order: &[usize]) -> String {
    let compact = contest.is_compact();
    let typed: Vec<String> =
        if compact { typed.chars().map(String::from).collect() } else { typed.split(',').map(String::from).collect() };
    let mut placed: Vec<(usize, String)> = order.iter().copied().zip(typed).collect();
    placed.sort_by_key(|(candidate, _)| *candidate);
    let marks: Vec<String> = placed.into_iter().map(|(_, mark)| mark).collect();
    marks.join(if compact { "" } else { "," })
}

/// The order in which each contest's candidates are shown: the given one, or one that is drawn here; "none of them" stays
/// where it is if it is the last.
pub fn orders(contests: &[Contest]) -> Result<Vec<Vec<usize>>> {
    let order = |contest: &Contest| -> Result<Vec<usize>> {
        let count = contest.candidates.len();
        let mut order: Vec<usize> = (0..count).collect();
        if contest.order == Order::Given {
            return Ok(order);
        }
        let tickets: Vec<[u8; 16]> = (0..count).map(|_| setup::random()).collect::<Result<_>>()?;
        let last_stays = contest.rule.none.is_some() && contest.rule.none.as_ref() == contest.candidates.last();
        let drawn = order.get_mut(..count - usize::from(last_stays)).unwrap_or_default();
        drawn.sort_by_key(|candidate| tickets.get(*candidate));
        Ok(order)
    };
    contests.iter().map(order).collect()
}

/// A single choice is typed as the candidate's number, or as `*`.
fn ask_choice(contest: &Contest) -> Result<String> {
    let count = contest.candidates.len();
    let question = tr!(
        "Number of your candidate in \"{}\", 1 to {count}: ",
        "Номер вашего кандидата, «{}», от 1 до {count}: ",
        contest.title
    );
    loop {
        let text = ask(&question)?;
        let marks = match text.parse::<usize>() {
            Ok(chosen) if (1..=count).contains(&chosen) => {
                (1..=count).map(|i| if i == chosen { '1' } else { '0' }).collect()
            }
            _ if text == marks::BLANK => marks::BLANK.repeat(count),
            _ => text,
        };
        match Marks::parse(&marks, contest) {
            Ok(_) => return Ok(marks),
            Err(error) => eprintln!("{}", russian::marks(&error)),
        }
    }
}
