//! What befalls the server: its disk, its clock, its connections, its organiser, its death.

use super::*;

impl Simulation {
    pub(super) fn disk_decides(&mut self) {
        let fate = match self.dice.below(12) {
            0 => Fate::FailBefore,
            1 => Fate::FailAfter,
            2 => Fate::Full,
            _ => Fate::Done,
        };
        let gone = if self.disk.0.lock().unwrap().gone { !self.dice.one_in(3) } else { self.dice.one_in(25) };
        let mut disk = self.disk.0.lock().unwrap();
        disk.gone = gone;
        let had = disk.pending.is_some();
        disk.decide(fate);
        drop(disk);
        if had {
            self.say(format!("disk: {fate:?}{}", if gone { ", then gone" } else { "" }));
        }
    }

    pub(super) fn cut(&mut self) {
        if !self.connections.is_empty() {
            let i = self.dice.below(self.connections.len());
            self.hang_up(i, "the connection breaks");
        }
    }

    /// Time goes by, and clocks go wrong. (None is behind from the start: what that means is no matter of chance.)
    pub(super) async fn time_passes(&mut self) {
        if self.wrong_for.is_some() {
            return;
        }
        let (closes, truth) = (self.disk.0.lock().unwrap().closes, self.clocks.truth());
        let left = closes.saturating_sub(truth);
        let mut below = |bound| self.dice.below(bound) as u64;
        let (what, seconds, later) = (below(12), below(60), below(2_000));
        match what {
            0..=2 => {
                self.say("the wall clock jumps by hours, for a moment".into());
                self.clocks.set_wall(if seconds < 20 { 0 } else { truth + 5 * 3_600 });
                self.wrong_for = Some(self.dice.below(4));
            }
            3 | 4 => self.clocks.set_wall(truth.saturating_sub(seconds)),
            5 => self.clocks.set_wall(truth + seconds),
            6 => self.pass("the machine sleeps", later),
            7 | 8 if left > 0 => self.pass("almost closing time", left - 1 + seconds % 3),
            9 => self.crash_for(left + later % 700).await,
            _ => self.pass("time passes", seconds % 12),
        }
    }

    fn pass(&mut self, what: &str, seconds: u64) {
        self.say(format!("{what}: {seconds} s"));
        self.clocks.pass(seconds);
    }

    pub(super) fn clock_comes_right(&mut self) {
        match self.wrong_for {
            Some(0) => {
                self.clocks.pass_ms(600);
                self.clocks.set_right();
                self.wrong_for = None;
            }
            Some(steps) => self.wrong_for = Some(steps - 1),
            None => {}
        }
    }

    pub(super) async fn organiser_acts(&mut self) {
        let reason = "simulated".to_owned();
        let (phase, closes) = {
            let published = self.running.sequencer.published();
            (published.phase, published.closes.unwrap())
        };
        let truth = self.clocks.truth();
        let act = if truth + 60 >= closes {
            Act::Extend { closes: truth.max(closes) + 5_000, late: false, reason }
        } else if phase == Phase::Paused {
            Act::Resume { reason }
        } else {
            Act::Pause { reason }
        };
        self.say(format!("organiser: {}", act.name()));
        self.act(act).await;
    }

    /// The process dies, wherever it is; a commit under way may or may not have reached the disk.
    pub(super) async fn crash(&mut self) {
        self.crash_for(0).await;
    }

    /// The process dies, and so many seconds later another one starts, on a machine whose clock is right; or is ahead
    /// for just that moment.
    pub(super) async fn crash_for(&mut self, seconds: u64) {
        self.say("crash".into());
        self.running.decisions.abort_all();
        self.running.task.abort();
        let _ = (&mut self.running.task).await;
        let reached = self.dice.one_in(2);
        {
            let mut disk = self.disk.0.lock().unwrap();
            disk.decide(if reached { Fate::Done } else { Fate::FailBefore });
            disk.gone = false;
        }
        self.connections.clear();
        self.clocks.pass(seconds);
        if self.wrong_for.is_none() || self.clocks.wall() < self.clocks.truth() {
            self.clocks.set_right();
        }
        self.running = start(&self.disk, &self.checkpoint_file, &self.clocks).await;
        let note = std::fs::read_to_string(&self.checkpoint_file).unwrap();
        self.saw(&note);
    }
}
