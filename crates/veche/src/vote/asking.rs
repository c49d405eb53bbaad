//! What the voter is asked at the terminal.

use veche_client::{casting::Choice, link::paper_id};
use veche_election::{Contest, ContestKind, Hash, Marks, manifest::Order, marks};

use crate::{
    failure::Result,
    lang::tr,
    prompt::{ask, compared},
    randomness, russian, words,
};

/// Without a card file the election id is compared by a person.
pub fn same_election(id: Hash) -> Result<bool> {
    let paper = paper_id(id);
    eprintln!(
        "{}",
        tr!(
            "No card found. The election's id is\n  {paper}\nCompare it with your card.",
            "Файл карточки не найден. Id выборов:\n  {paper}\nСравните его с вашей карточкой."
        )
    );
    compared(&tr!("Is it the same?", "Это он?"))
}

pub fn cast_or_challenge() -> Result<Choice> {
    let question = tr!(
        "Note the code, or take the whole one to another device. Then: cast this ballot, or challenge it - open it to check this program? [cast/challenge/no] ",
        "Запишите код или перенесите полный код на другое устройство. Затем: подать этот бюллетень или вскрыть его, чтобы \
         проверить программу? [подать/вскрыть/нет] "
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
            all.push(in_ballot_order(&ask_choice(contest, order)?, contest, order));
            continue;
        }
        let level = |i: usize| match contest.approvals {
            Some(bounds) => contest.levels.get(usize::from(i < bounds.most as usize)),
            None => contest.levels.iter().rev().cycle().nth(i),
        };
        let example: Vec<&str> = (0..contest.candidates.len()).filter_map(level).map(String::as_str).collect();
        let example = example.join(if contest.is_compact() { "" } else { "," });
        let question =
            tr!("Marks for \"{}\", such as {example}: ", "Оценки в вопросе «{}», например {example}: ", contest.title);
        all.push(loop {
            let text = typed_marks(&ask(&question)?, contest);
            match Marks::parse(&text, contest) {
                Ok(_) => break in_ballot_order(&text, contest, order),
                Err(error) => eprintln!("{}", russian::marks(&error)),
            }
        });
    }
    Ok(all)
}

/// As [`Marks::parse`] wants them: without spaces, and where levels are names, in any case and by beginnings that leave no
/// doubt. Commas divide them; spaces do where nobody typed a comma and no name has a space.
fn typed_marks(typed: &str, contest: &Contest) -> String {
    if contest.is_compact() || !words::has_names(contest) {
        return typed.chars().filter(|c| !c.is_whitespace()).collect();
    }
    let in_names = contest.levels.iter().any(|level| level.contains(char::is_whitespace));
    let parts: Vec<&str> = match typed.contains(',') || in_names {
        true => typed.split(',').map(str::trim).collect(),
        false => typed.split_whitespace().collect(),
    };
    let names: Vec<&str> = contest.levels.iter().map(String::as_str).collect();
    let level = |part| meant(part, &names).and_then(|place| contest.levels.get(place)).map_or(part, String::as_str);
    parts.into_iter().map(level).collect::<Vec<_>>().join(",")
}

/// The one of these that a person means: written so, or the only one that begins so, whatever the case.
fn meant(typed: &str, names: &[&str]) -> Option<usize> {
    let typed = typed.to_lowercase();
    let of = |fits: &dyn Fn(&str) -> bool| {
        let mut places = (0..).zip(names).filter(|(_, name)| fits(&name.to_lowercase())).map(|(place, _)| place);
        places.next().filter(|_| places.next().is_none())
    };
    of(&|name| name == typed).or_else(|| of(&|name| name.starts_with(&typed)))
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
        let tickets: Vec<[u8; 16]> = (0..count).map(|_| randomness::random()).collect::<Result<_>>()?;
        let last_stays = contest.rule.none.is_some() && contest.rule.none.as_ref() == contest.candidates.last();
        let drawn = order.get_mut(..count - usize::from(last_stays)).unwrap_or_default();
        drawn.sort_by_key(|candidate| tickets.get(*candidate));
        Ok(order)
    };
    contests.iter().map(order).collect()
}

/// A single choice is typed as the candidate's number, as a name or its beginning, or as `*`.
fn ask_choice(contest: &Contest, order: &[usize]) -> Result<String> {
    let count = contest.candidates.len();
    let question = tr!(
        "Your candidate in \"{}\", a number from 1 to {count} or a name: ",
        "Ваш кандидат в вопросе «{}», номер от 1 до {count} или имя: ",
        contest.title
    );
    let names: Vec<&str> =
        order.iter().filter_map(|place| contest.candidates.get(*place)).map(String::as_str).collect();
    loop {
        let text = ask(&question)?;
        let named = || meant(&text, &names).map(|place| place + 1);
        let marks = match text.parse::<usize>().ok().or_else(named) {
            Some(chosen) if (1..=count).contains(&chosen) => {
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

#[cfg(test)]
mod tests {
    use veche_election::{ContestKind, Method};

    use super::*;
    use crate::config::{ContestFile, ElectionFile};

    fn contest(scale: &str) -> Contest {
        let names = ["Anna", "Boris"].map(str::to_owned).to_vec();
        let file = ContestFile { scale: Some(scale.into()), ..ContestFile::new("Board", ContestKind::Score, names) };
        let file = ElectionFile::simple("Board", file, Method::Median, veche_election::Secrecy::Open);
        file.draft([0; 32]).ok().and_then(|draft| draft.contests.into_iter().next()).expect("a contest")
    }

    #[test]
    fn names_of_grades_are_divided_by_commas_and_by_spaces_only_where_no_name_has_one() {
        let spaced = contest("not good,good,very good");
        for (typed, marks) in [
            ("very good, good", "very good,good"),
            ("VERY G,n", "very good,not good"),
            ("very good,*", "very good,*"),
            ("very good good", "very good good"),
            ("very,,good", "very good,,good"),
        ] {
            assert_eq!(typed_marks(typed, &spaced), marks, "{typed}");
        }
        let plain = contest("poor,good,excellent");
        for (typed, marks) in
            [("ex  po", "excellent,poor"), ("ex, po", "excellent,poor"), ("good *", "good,*"), ("x good", "x,good")]
        {
            assert_eq!(typed_marks(typed, &plain), marks, "{typed}");
        }
    }
}
