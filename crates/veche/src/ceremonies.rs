//! How a trustees' ceremony stands, in words.

use veche_client::Address;
use veche_election::{
    ceremony::{Ceremony, Stage, fingerprint},
    text,
};
use veche_server::{Home, home::DRAFT_FILE};

use crate::{
    client,
    failure::{Exit, Failure, Result},
    front::is_at_pages,
    lang::{both, tr},
    show::safe,
};

/// Before the trustees have made its keys there is no election, neither in a folder nor at an address, and nothing is wrong with that.
///
/// # Errors
/// There is a draft alone, or the server does not answer.
pub fn refuse_draft(target: &str) -> Result<()> {
    let next = if Address::is_one(target) {
        let address = client::at(target)?;
        if address.status_if_told()?.is_some() || address.get(&format!("/{DRAFT_FILE}"))?.is_none() {
            return Ok(());
        }
        both!("Who is missing stands at {}/", "Кого ещё ждут, видно на странице {}/", address.url())
    } else if Home::new(target).has_draft() {
        both!(
            "See who is missing: veche status {target}. When all have accepted: veche setup {target}",
            "Кого ещё ждут: veche status {target}. Когда все приняли: veche setup {target}"
        )
    } else {
        return Ok(());
    };
    let what = both!(
        "there is no election yet: its trustees still make the keys",
        "выборов ещё нет: доверенные только создают для них ключи"
    );
    Err(Failure::new(Exit::NotOpen, what).next(next))
}

/// Who has registered, with fingerprints, and what is waited for.
pub fn standing(ceremony: &Ceremony) -> String {
    format!("{}{}", participants(ceremony), stage_text(ceremony))
}

/// Who has registered.
pub struct Person {
    pub number: u32,
    /// As it may be shown.
    pub name: String,
    pub fingerprint: String,
    /// The first whose name looks like this one.
    pub like: Option<u32>,
}

/// What somebody is called must not look like another column, nor, where a line is broken, like another line: so it is
/// without runs of spaces.
pub fn people(ceremony: &Ceremony) -> Vec<Person> {
    let mut before: Vec<(u32, String)> = Vec::new();
    let mut people = Vec::new();
    for (number, name, key) in ceremony.registered() {
        let words = name.split(|c| text::is_white_space(c) || text::is_invisible(c)).filter(|word| !word.is_empty());
        let name = safe(&words.collect::<Vec<_>>().join(" "));
        let skeleton = text::skeleton(&name);
        let like = before.iter().find(|(_, other)| *other == skeleton).map(|(first, _)| *first);
        people.push(Person { number, name, fingerprint: fingerprint(&key), like });
        before.push((number, skeleton));
    }
    people
}

/// Everybody who takes part, a line each. The name comes last.
pub fn participants(ceremony: &Ceremony) -> String {
    let mut text = String::new();
    for Person { number, name, fingerprint, like } in people(ceremony) {
        text += &format!("  {number:>2}  {fingerprint}  {name}\n");
        if let Some(first) = like {
            text += &tr!(
                "      The name looks like that of trustee {first}. Are these two people?\n",
                "      Имя выглядит как у доверенного {first}. Это два человека?\n"
            );
        }
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
        Stage::Failed { culprits } if is_at_pages() => tr!(
            "the ceremony has failed because of trustee {}. The organiser begins anew without them",
            "церемонию сорвали доверенные: {}. Организатор начинает заново без них",
            list(&culprits)
        ),
        Stage::Done if is_at_pages() => {
            tr!("the key is made: all have accepted", "ключ создан: приняли все")
        }
        Stage::Failed { culprits } => tr!(
            "the ceremony has failed because of trustee {}. The organiser begins anew without them: veche restart --without",
            "церемонию сорвали доверенные: {}. Организатор начинает заново без них: veche restart --without",
            list(&culprits)
        ),
        Stage::Done => tr!("complete: veche setup DIR", "церемония завершена; дальше организатор: veche setup ПАПКА"),
    }
}
