//! Under whom the published roll has the credential of a ballot. Whoever gives two voters one card has the credential of the other
//! line to vote with, and shows both the one ballot: so the card is compared with the voter's line, where the roll shows it.

use veche_client::Card;
use veche_election::{
    Board, Election, Hash, PublicKey, VoterNumber, canonical,
    record::{ROLL_FILE, Source},
    roll::RollLine,
};

use crate::{
    failure::{Exit, Failure, Result},
    lang::tr,
    show::safe,
};

/// As the roll, or an act that has added the voter, shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub number: Option<VoterNumber>,
    pub name: Option<String>,
}

/// `board`: of a record that was verified, with which a card is known that has replaced the one of the roll. `None` where the roll
/// is not at hand, shows nothing, or has no line for this credential.
///
/// # Errors
/// The roll that is shown is not the one of the manifest.
pub fn find(
    source: &dyn Source,
    election: &Election,
    board: Option<&Board>,
    credential: &PublicKey,
) -> Result<Option<Listed>> {
    let Ok(roll) = source.file(ROLL_FILE) else { return Ok(None) };
    if Hash::of(&roll) != election.roll().published {
        return Err(Failure::new(
            Exit::CheckFailed,
            tr!("the published roll is not the one of this election", "опубликованный список — не список этих выборов"),
        )
        .next(tr!(
            "Whoever shows another roll may have given your card to somebody else too. Show this to other voters.",
            "Кто показывает другой список, мог дать вашу карточку и кому-то ещё. Покажите это другим избирателям."
        )));
    }
    let place = |credential: &PublicKey| board.and_then(|board| board.current_credential(credential));
    let same = |other: &PublicKey| other == credential || place(other).is_some_and(|it| place(credential) == Some(it));
    let lines = roll.split(|byte| *byte == b'\n').filter_map(|line| canonical::parse::<RollLine>(line).ok());
    let listed =
        lines.filter(|line| same(&line.credential)).map(|line| Listed { number: line.number, name: line.name });
    let added = board.map_or(&[][..], Board::added).iter().filter(|place| same(&place.credential));
    let added = added.map(|place| Listed { number: place.number, name: place.name.clone() });
    Ok(listed.chain(added).find(|listed| listed.number.is_some() || listed.name.is_some()))
}

impl Listed {
    /// In a sentence, for whoever knows who they are.
    pub fn text(&self) -> String {
        let who = self.who();
        tr!(
            "In the published roll the card of this ballot is that of {who}. If that is not you, this is somebody else's ballot.",
            "По опубликованному списку карточка этого бюллетеня — {who}. Если это не вы, бюллетень чужой."
        )
    }

    fn who(&self) -> String {
        match (&self.number, &self.name) {
            (Some(number), _) => tr!("number {number}", "номер {number}"),
            (None, Some(name)) if !name.is_empty() => safe(name),
            _ => tr!("a voter without a name", "избиратель без имени"),
        }
    }

    /// The roll says the same of this card as the card itself.
    ///
    /// # Errors
    /// Whoever made or delivered the card.
    pub fn compare(&self, card: &Card) -> Result<()> {
        let number = self.number.is_none_or(|number| number.folded() == card.number.folded());
        let name = self.name.as_ref().is_none_or(|name| *name == card.name);
        if number && name {
            return Ok(());
        }
        let (who, own) = (self.who(), card.number);
        Err(Failure::new(
            Exit::CheckFailed,
            tr!(
                "your card is made out for number {own}, and the published roll has its credential under {who}",
                "ваша карточка выписана на номер {own}, а в опубликованном списке её ключ стоит под другим: {who}"
            ),
        )
        .next(tr!(
            "Somebody else may hold the same card, and whoever has the credential of your own line votes in your place. Show card and \
             receipt to the organiser and to other voters.",
            "Возможно, такая же карточка есть у другого, а за вас голосует тот, у кого ключ вашей строки. Покажите карточку и \
             квитанцию организатору и другим избирателям."
        )))
    }
}
