//! The booth that is served, beside those that the log names: what the board has said cannot be taken back.
//! Spec: `docs/spec/booth.md` section 6.

use veche_client::{
    booth::BoothList,
    logged::{LoggedError, names},
    watching::Signed,
};

use super::{Watcher, broken};
use crate::{
    failure::{Failure, Result},
    lang::tr,
};

impl Watcher {
    /// Does the log name the booth that was served? What to say of it.
    pub(super) fn compare_with_log(&mut self, shown: &Signed) -> Result<String> {
        let Some(list) = self.booth.as_ref().and_then(|booth| booth.served.clone()) else { return Ok(String::new()) };
        let mut named = self.address.logged_booths(&self.election, shown)?;
        if !names(&named, list.hash()) {
            // It may have been named between the two looks.
            let later = self.look()?;
            self.remember(&later)?;
            named = self.address.logged_booths(&self.election, &later)?;
        }
        let count = named.len();
        if names(&named, list.hash()) {
            return Ok(match count {
                1 => tr!(", named by the log", ", её называет журнал"),
                _ => tr!(", one of {count} that the log names", ", одна из {count}, названных в журнале"),
            });
        }
        // The log takes no such act after the closing, and nobody votes there any more.
        if self.address.status()?.phase.is_over() {
            return Ok(tr!(", not named by the log: voting is over", ", журнал её не называет: голосование окончено"));
        }
        Err(self.unnamed(&list))
    }

    /// What is served instead is evidence, and kept.
    fn unnamed(&self, list: &BoothList) -> Failure {
        let hash = list.hash_text();
        let kept = self.booth.as_ref().map(|booth| booth.keep_list(list)).unwrap_or_default();
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
