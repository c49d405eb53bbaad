//! Where a ceremony takes place.

use veche_client::Address;
use veche_election::{Draft, ceremony::Ceremony, record::CEREMONY_MAX_BYTES};
use veche_server::Home;

use super::no_ceremony;
use crate::{
    client,
    failure::{Exit, Failure, Result},
    lang::both,
};

/// Where draft and messages are: a server, or a folder that is shared or carried about.
pub enum Place {
    Server(Address),
    Folder(Home),
}

impl Place {
    pub fn new(at: &str) -> Result<Self> {
        Ok(if Address::is_one(at) { Self::Server(client::at(at)?) } else { Self::Folder(Home::new(at)) })
    }

    pub fn draft(&self) -> Result<Draft> {
        match self {
            Self::Server(address) => {
                let bytes = address.get("/draft.json")?.ok_or_else(no_ceremony)?;
                Draft::parse(&bytes).map_err(|error| Failure::new(Exit::CheckFailed, error))
            }
            Self::Folder(home) => Ok(home.draft()?),
        }
    }

    /// All messages, every one checked here.
    pub fn ceremony(&self, draft: &Draft) -> Result<Ceremony> {
        match self {
            Self::Server(address) => {
                let lines = address.get_at_most("/ceremony-messages", CEREMONY_MAX_BYTES)?.ok_or_else(no_ceremony)?;
                let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
                let plan = draft.ceremony_plan().ok_or_else(no_ceremony)?;
                Ceremony::from_messages(draft.id(), plan, lines.map(|line| (line.to_vec(), ())).collect())
                    .map_err(|((), error)| Failure::new(Exit::CheckFailed, error))
            }
            Self::Folder(home) => Ok(home.ceremony_so_far(draft)?),
        }
    }

    /// Said is what everybody is shown, whatever the post-box answers.
    pub fn put(&self, draft: &Draft, message: &[u8]) -> Result<()> {
        match self {
            Self::Server(address) => {
                address.post("/ceremony-messages", message)?;
                if self.ceremony(draft)?.messages().any(|shown| shown == message) {
                    return Ok(());
                }
                Err(not_shown())
            }
            Self::Folder(home) => {
                let mut ceremony = home.ceremony_so_far(draft)?;
                ceremony.take(message).map_err(|error| Failure::new(Exit::CheckFailed, error))?;
                Ok(home.write_ceremony_message(message)?)
            }
        }
    }
}

fn not_shown() -> Failure {
    Failure::new(
        Exit::CheckFailed,
        both!(
            "the post-box says that it has taken your message, and does not show it: it may have gone to nobody",
            "почтовый ящик церемонии говорит, что принял ваше сообщение, но не показывает его: возможно, его не получил никто"
        ),
    )
    .next(both!(
        "Give the same command again. If it happens again, tell the organiser and the other trustees.",
        "Повторите ту же команду. Если так будет снова, сообщите организатору и остальным доверенным."
    ))
}
