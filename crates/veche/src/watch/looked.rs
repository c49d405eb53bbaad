//! What one look at a log and its booth has shown, where nothing is wrong.

use data_encoding::HEXLOWER;
use veche_election::board::NamedBooth;

use crate::lang::{some, tr};

/// Of the hash of a booth, beside other things.
const TOLD_CHARS: usize = 16;

/// A log that has only grown, and the booth beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    pub entries: u64,
    /// Of an election with witnesses.
    pub cosigned: Option<Cosigned>,
    /// Of a watch that keeps the record so far.
    pub mirrored: Option<Mirrored>,
    pub booth: LookedAtBooth,
    /// Of a booth that is served.
    pub named: Option<Named>,
    /// Booths that the log names, and that were never served here.
    pub never_served: Vec<NamedBooth>,
}

/// How many witnesses have signed what was shown, and how many must.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cosigned {
    pub by: usize,
    pub quorum: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mirrored {
    Whole,
    /// Open ballots are not shown before the closing.
    AfterClosing,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookedAtBooth {
    /// Of its list, as `sha256sum` writes it; none: there is no booth.
    pub hash: Option<String>,
    /// What came as nobody here can read it, and a browser may.
    pub unread: Vec<String>,
}

/// Where the log names the booth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// Among so many.
    Among(usize),
    /// Nowhere: the log takes no such act after the closing, and nobody votes there any more.
    VotingIsOver,
}

impl Looked {
    /// In a line.
    pub fn text(&self) -> String {
        let Self { entries, cosigned, mirrored, booth, named, never_served } = self;
        let witnesses = cosigned.as_ref().map(Cosigned::text).unwrap_or_default();
        let mirrored = mirrored.as_ref().map(Mirrored::text).unwrap_or_default();
        let size = some(*entries, "entry", "entries");
        let log = tr!(
            "{size}, consistent with all that was seen{witnesses}{mirrored}",
            "записей {entries}, согласуется со всем увиденным{witnesses}{mirrored}"
        );
        log + &booth.text() + &named.as_ref().map(Named::text).unwrap_or_default() + &unserved(never_served)
    }
}

/// The log itself bounds how many there are.
fn unserved(booths: &[NamedBooth]) -> String {
    if booths.is_empty() {
        return String::new();
    }
    let of = |NamedBooth { index, hash }: &NamedBooth| {
        let hash: String = HEXLOWER.encode(&hash.0).chars().take(TOLD_CHARS).collect();
        tr!("{hash}… (entry {index})", "{hash}… (запись {index})")
    };
    let booths = booths.iter().map(of).collect::<Vec<_>>().join(", ");
    tr!(
        "\nNEVER SEEN HERE, though the log says that the server serves it: booth {booths}. If that was after you began to watch, ask \
         the organiser to whom it was served",
        "\nЗДЕСЬ НИ РАЗУ НЕ ВИДЕЛИ, хотя по журналу сервер её отдаёт: кабина {booths}. Если это было уже при вас, спросите \
         организатора, кому её отдавали"
    )
}

impl Cosigned {
    fn text(&self) -> String {
        let Self { by, quorum } = self;
        let witnesses = some(*by as u64, "witness", "witnesses");
        tr!("; cosigned by {witnesses}, the quorum is {quorum}", "; подписей свидетелей {by}, нужно {quorum}")
    }
}

impl Mirrored {
    fn text(&self) -> String {
        match self {
            Self::Whole => tr!("; mirrored", "; копия сохранена"),
            Self::AfterClosing => {
                tr!("; open ballots can be mirrored after closing", "; открытые бюллетени копируются после закрытия")
            }
        }
    }
}

impl LookedAtBooth {
    fn text(&self) -> String {
        let booth = match &self.hash {
            Some(hash) => {
                let hash: String = hash.chars().take(TOLD_CHARS).collect();
                tr!("; booth {hash}…", "; кабина {hash}…")
            }
            None => tr!("; no booth", "; кабины нет"),
        };
        booth + &self.not_compared()
    }

    fn not_compared(&self) -> String {
        match self.unread.split_first() {
            None => String::new(),
            Some((first, [])) => tr!("; not compared: {first}", "; не сравнено: {first}"),
            Some((first, more)) => {
                let more = more.len();
                tr!("; not compared: {first} and {more} more", "; не сравнено: {first} и ещё {more}")
            }
        }
    }
}

impl Named {
    fn text(&self) -> String {
        match self {
            Self::Among(1) => tr!(", named by the log", ", её называет журнал"),
            Self::Among(count) => tr!(", one of {count} that the log names", ", одна из {count}, названных в журнале"),
            Self::VotingIsOver => {
                tr!(", not named by the log: voting is over", ", журнал её не называет: голосование окончено")
            }
        }
    }
}
