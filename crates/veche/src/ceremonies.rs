//! How a trustees' ceremony stands, in words.

use veche_election::{
    ceremony::{Ceremony, Stage, fingerprint},
    text,
};

use crate::{lang::tr, show::safe};

/// Who has registered, with fingerprints, and what is waited for.
pub fn standing(ceremony: &Ceremony) -> String {
    format!("{}{}", participants(ceremony), stage_text(ceremony))
}

/// Everybody who takes part, a line each. The name comes last and without runs of spaces: what somebody is called must
/// not look like another column, nor, where the line is broken, like another line.
pub fn participants(ceremony: &Ceremony) -> String {
    let mut text = String::new();
    let mut before: Vec<(u32, String)> = Vec::new();
    for (number, name, key) in ceremony.registered() {
        let words = name.split(|c| text::is_white_space(c) || text::is_invisible(c)).filter(|word| !word.is_empty());
        let name = safe(&words.collect::<Vec<_>>().join(" "));
        text += &format!("  {number:>2}  {}  {name}\n", fingerprint(&key));
        let skeleton = text::skeleton(&name);
        if let Some((first, _)) = before.iter().find(|(_, other)| *other == skeleton) {
            text += &tr!(
                "      The name looks like that of trustee {first}. Are these two people?\n",
                "      Имя выглядит как у доверенного {first}. Это два человека?\n"
            );
        }
        before.push((number, skeleton));
    }
    text
}

/// What is waited for, in words.
pub fn stage_text(ceremony: &Ceremony) -> String {
    let list = |numbers: &[u32]| numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
    match ceremony.stage() {
        Stage::Register(missing) => tr!("not registered yet: {}", "ещё не зарегистрировались: {}", list(&missing)),
        Stage::Commit(missing) => {
            tr!(
                "all have registered; not begun to deal yet: {}",
                "все зарегистрировались; ещё не начали раздачу: {}",
                list(&missing)
            )
        }
        Stage::Deal(missing) => {
            tr!("all have begun to deal; not dealt yet: {}", "все начали раздачу; ещё не раздали: {}", list(&missing))
        }
        Stage::Accept(missing) => {
            tr!("all have dealt; not accepted yet: {}", "все раздали; ещё не приняли: {}", list(&missing))
        }
        Stage::Disputed { accuser, dealer } => tr!(
            "trustee {accuser} complains about the share from trustee {dealer}, who has to answer",
            "доверенный {accuser} жалуется на долю от доверенного {dealer}; тот должен ответить"
        ),
        Stage::Failed { culprits } => tr!(
            "the ceremony has failed because of trustee {}. The organiser begins anew without them: veche restart --without",
            "церемонию сорвали доверенные: {}. Начните заново без них: veche restart --without",
            list(&culprits)
        ),
        Stage::Done => tr!("complete: veche setup DIR", "церемония завершена; дальше организатор: veche setup ПАПКА"),
    }
}
