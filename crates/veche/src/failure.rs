//! How a command fails: an exit code that means something, what happened, and what to do next.

use std::fmt::Display;

use serde::Serialize;
use veche_server::{
    home::HomeError, publish::RecordError, sequencer::StartError, server::ServeError, store::StoreError,
};
use veche_session::Code;

use crate::{
    lang::{Sentence, both},
    russian::known,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Anything that has no code of its own: a disk, a file, a key.
    Other = 1,
    Usage = 2,
    /// «Нет»: the number is not on the roll.
    NotOnRoll = 3,
    BallotRefused = 4,
    NotOpen = 5,
    CheckFailed = 6,
    Unreachable = 7,
    Busy = 8,
}

#[derive(Debug)]
pub struct Failure {
    pub exit: Exit,
    pub what: Sentence,
    pub next: Option<Sentence>,
    /// Ways on, where only a person can say which is right: for pages, which show a button for each.
    pub ways: Box<[Way]>,
}

/// What is set, to which value, and how that would look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Way {
    pub field: &'static str,
    pub value: String,
    pub text: Sentence,
}

impl Way {
    pub fn new(field: &'static str, value: impl Into<String>, text: impl Into<Sentence>) -> Self {
        Self { field, value: value.into(), text: text.into() }
    }
}

pub type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    pub fn new(exit: Exit, what: impl Display) -> Self {
        Self { exit, what: in_both(what), next: None, ways: Box::default() }
    }

    pub fn usage(what: impl Display) -> Self {
        Self::new(Exit::Usage, what)
    }

    pub fn other(what: impl Display) -> Self {
        Self::new(Exit::Other, what)
    }

    /// Says what to do next.
    pub fn next(mut self, next: impl Display) -> Self {
        self.next = Some(in_both(next));
        self
    }

    /// Names the ways on.
    pub fn ways(mut self, ways: Vec<Way>) -> Self {
        self.ways = ways.into();
        self
    }
}

/// Libraries speak English alone.
fn in_both(what: impl Display) -> Sentence {
    Sentence::of(|| known::said(&what.to_string()))
}

/// The exit code of a ballot that was refused for this reason.
pub fn exit_of(code: Code) -> Exit {
    match code {
        Code::NotOpen | Code::Closed => Exit::NotOpen,
        Code::Busy => Exit::Busy,
        _ => Exit::BallotRefused,
    }
}

macro_rules! other_failure {
    ($($error:ty),*) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::other(error)
            }
        }
    )*};
}

other_failure!(HomeError, StoreError);

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        let failure = Self::other(&error);
        match error {
            // Entries are missing at the end, and somebody else may have them.
            StartError::Empty | StartError::Older { .. } | StartError::Witnessed { .. } => failure.next(both!(
                "If somebody keeps a mirror: veche recover DIR --from MIRROR (docs/operator.md, \"Mirrors\")",
                "Если кто-то хранит зеркало: veche recover ПАПКА --from ЗЕРКАЛО (docs/operator.md, «Mirrors»)"
            )),
            _ => failure,
        }
    }
}

impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Self {
        match error {
            ServeError::Start(error) => error.into(),
            _ => Self::other(error),
        }
    }
}

impl From<RecordError> for Failure {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::NotFinished(_) => Self::new(Exit::NotOpen, error),
            _ => Self::other(error),
        }
    }
}
