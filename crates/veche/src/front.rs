//! Who sits in front of a command while it works: a person at a terminal here, a page elsewhere. A command is a function that gives
//! a report; what happens on the way to it, it tells its front. It writes to no terminal and reads from none.

use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::ProgressBar;

use crate::{
    lang::{Sentence, tr},
    progress,
};

/// Does whoever reads what the program says sit at its pages?
static AT_PAGES: AtomicBool = AtomicBool::new(false);

/// From now on the person presses buttons of a page and gives no commands.
pub fn sit_at_pages() {
    AT_PAGES.store(true, Ordering::Relaxed);
}

/// Where there are pages, advice names their buttons, and no command or option.
pub fn is_at_pages() -> bool {
    AT_PAGES.load(Ordering::Relaxed)
}

pub trait Front: Send {
    /// Something to know before the next thing happens.
    fn tell(&mut self, text: Sentence);
    /// How far a work has come that may take a while.
    fn progress(&mut self, progress: Progress);
}

/// `done` of `all` steps; with the last the work is at its end. One that fails says nothing more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub work: Work,
    pub done: u64,
    pub all: u64,
}

/// What may take a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// A key for each voter.
    Credentials,
    /// A card for each voter.
    Cards,
    /// Entries that a mirror fetches.
    Mirroring,
    /// Entries that a mirror gives back.
    PuttingBack,
    /// Entries of a record.
    Checking,
    Letters,
}

impl Work {
    pub fn name(self) -> String {
        match self {
            Self::Credentials => tr!("credentials", "коды карточек"),
            Self::Cards => tr!("cards", "карточки"),
            Self::Mirroring => tr!("mirroring", "копирование"),
            Self::PuttingBack => tr!("putting back", "возвращаем записи"),
            Self::Checking => tr!("checking", "проверка"),
            Self::Letters => tr!("letters", "письма"),
        }
    }
}

/// A person at a terminal: words and bars on standard error.
#[derive(Default)]
pub struct Terminal {
    bar: Option<Bar>,
}

struct Bar {
    work: Work,
    all: u64,
    shown: ProgressBar,
}

impl Terminal {
    fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.shown.finish_and_clear();
        }
    }
}

impl Front for Terminal {
    fn tell(&mut self, text: Sentence) {
        self.clear();
        eprintln!("{text}");
    }

    fn progress(&mut self, Progress { work, done, all }: Progress) {
        if done >= all {
            return self.clear();
        }
        if self.bar.as_ref().is_some_and(|bar| (bar.work, bar.all) != (work, all)) {
            self.clear();
        }
        let bar = self.bar.get_or_insert_with(|| Bar { work, all, shown: progress::bar(all, work.name()) });
        bar.shown.set_position(done);
    }
}

/// What follows is not written into a bar.
impl Drop for Terminal {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Nobody looks.
pub struct Nobody;

impl Front for Nobody {
    fn tell(&mut self, _: Sentence) {}
    fn progress(&mut self, _: Progress) {}
}
