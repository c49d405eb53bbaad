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

    pub(super) fn clock_jumps(&mut self) {
        let now = self.now.load(Ordering::SeqCst);
        let jump = self.dice.below(60) as u64;
        let then = if self.dice.one_in(2) { now.saturating_sub(jump) } else { now + jump };
        self.now.store(then.min(CLOSES - 1), Ordering::SeqCst);
    }

    pub(super) async fn organiser_acts(&mut self) {
        let reason = "simulated".to_owned();
        let phase = self.running.sequencer.published().phase;
        let act = if phase == Phase::Paused { Act::Resume { reason } } else { Act::Pause { reason } };
        self.say(format!("organiser: {}", act.name()));
        self.act(act).await;
    }

    /// The process dies, wherever it is; a commit under way may or may not have reached the disk.
    pub(super) async fn crash(&mut self) {
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
        self.running = start(&self.disk, &self.checkpoint_file, &self.now).await;
        let note = std::fs::read_to_string(&self.checkpoint_file).unwrap();
        self.saw(&note);
    }
}
