//! The booth that is served, beside those that the log names: what the board has said cannot be taken back.
//! Spec: `docs/spec/booth.md` section 6.

use veche_client::{
    booth::BoothList,
    logged::{LoggedError, names},
    watching::Signed,
};
use veche_election::board::NamedBooth;

use super::{Named, Watch, broken};
use crate::{
    failure::{Failure, Result},
    lang::tr,
};

impl Watch {
    /// Where does the log name the booth that was served, if one was? And which does it name that were never served here?
    pub(super) fn compare_with_log(&mut self, shown: &Signed) -> Result<(Option<Named>, Vec<NamedBooth>)> {
        let log = &mut self.log;
        let mut named = log.address.logged_booths(&log.election, shown)?;
        let Some(list) = self.booth.served.clone() else { return Ok((None, self.booth.never_served(&named))) };
        if !names(&named, list.hash()) {
            // It may have been named between the two looks.
            let later = log.look()?;
            log.remember(&later)?;
            named = log.address.logged_booths(&log.election, &later)?;
        }
        if names(&named, list.hash()) {
            return Ok((Some(Named::Among(named.len())), self.booth.never_served(&named)));
        }
        if log.address.status()?.phase.is_over() {
            return Ok((Some(Named::VotingIsOver), self.booth.never_served(&named)));
        }
        Err(self.unnamed(&list))
    }

    /// What is served instead is evidence, and kept.
    fn unnamed(&self, list: &BoothList) -> Failure {
        let hash = list.hash_text();
        let kept = self.booth.keep_list(list);
        broken(tr!(
            "no entry of the log names the booth that is served: {hash}",
            "ни одна запись журнала не называет кабину, которую отдаёт сервер: {hash}"
        ))
        .next(tr!(
            "Do not vote there in a browser before you know why: a server names its booth in the log before it serves it. Ask the \
             organiser, and tell the others.{kept}",
            "Не голосуйте там в браузере, пока не узнаете причину: сервер должен назвать кабину в журнале прежде, чем её \
             отдавать. Спросите организатора и сообщите остальным.{kept}"
        ))
    }
}

impl From<LoggedError> for Failure {
    fn from(error: LoggedError) -> Self {
        match error {
            LoggedError::Request(error) => error.into(),
            LoggedError::Look(error) => error.into(),
            error => broken(crate::russian::said(&error.to_string())),
        }
    }
}
