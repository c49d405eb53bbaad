//! Work that takes a while: it runs on a thread of its own, and the page asks how far it has come. What it tells, how far it is,
//! and what it wants to know of the person lie here until they are asked for; a page that was loaded again finds all of it.

use std::{
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{runtime::Handle, sync::watch, time::timeout};

use super::answer::{Answer, Refused, answer, for_page, spoken};
use crate::{
    failure::{Failure, Result},
    front::{Front, Progress},
    lang::{self, Sentence, both},
    randomness::random,
};

/// Works that are remembered; the oldest that is over goes. So many at once are a mistake.
const JOBS_MAX: usize = 100;
/// So long a question for news waits for some.
const NEWS_WAIT: Duration = Duration::from_secs(2);
/// What is told beyond this is not kept: nobody reads on.
const TOLD_MAX: usize = 10_000;

#[derive(Default)]
pub struct Jobs(Mutex<Vec<Arc<Job>>>);

pub struct Job {
    id: String,
    what: String,
    election: Option<String>,
    state: Mutex<State>,
    /// Counts changes, for whoever waits for one.
    changes: watch::Sender<u64>,
    /// The person wants it to end.
    stop: watch::Sender<bool>,
}

#[derive(Default)]
struct State {
    told: Vec<Sentence>,
    progress: Option<Progress>,
    question: Option<Question>,
    questions: u64,
    ended: Option<std::result::Result<Value, Refused>>,
}

struct Question {
    id: u64,
    asked: Value,
    answered: Option<Value>,
}

impl Job {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut self.state());
        self.changes.send_modify(|count| *count += 1);
        changed
    }

    fn word(state: &State) -> &'static str {
        match (&state.ended, &state.question) {
            (Some(Ok(_)), _) => "done",
            (Some(Err(_)), _) => "failed",
            (None, Some(Question { answered: None, .. })) => "asks",
            (None, _) => "running",
        }
    }

    /// All there is to know, of what was told only what comes after `from`.
    fn json(&self, from: usize) -> Value {
        let state = self.state();
        let progress = state.progress.map(|Progress { work, done, all }| {
            json!({ "work": format!("{work:?}").to_lowercase(), "name": work.name(), "done": done, "all": all })
        });
        let question = state.question.as_ref().filter(|question| question.answered.is_none()).map(|question| {
            let mut asked = spoken(&question.asked);
            if let Some(members) = asked.as_object_mut() {
                members.insert("id".into(), question.id.into());
            }
            asked
        });
        json!({
            "state": Self::word(&state),
            "what": self.what,
            "election": self.election,
            "from": from,
            "told": state.told.iter().skip(from).map(|text| &**text).collect::<Vec<_>>(),
            "progress": progress,
            "question": question,
            "answer": state.ended.as_ref().and_then(|ended| ended.as_ref().ok()).map(spoken),
            "error": state.ended.as_ref().and_then(|ended| ended.as_ref().err()).map(Refused::json),
        })
    }
}

/// The front of a work: what it tells goes to the page, and what it asks is answered there.
pub struct JobFront(Arc<Job>);

impl Front for JobFront {
    fn tell(&mut self, text: Sentence) {
        self.0.change(|state| {
            if state.told.len() < TOLD_MAX {
                state.told.push(text);
            }
        });
    }

    fn progress(&mut self, progress: Progress) {
        self.0.change(|state| state.progress = Some(progress));
    }
}

impl JobFront {
    /// Does the person know of what would else end this work, and want to go on? What names an option is not said: here are buttons.
    ///
    /// # Errors
    /// The desk stops, or the person ends it.
    pub fn is_known(&mut self, doubt: &Failure) -> Result<bool> {
        let next = doubt.next.as_ref().map(|next| Sentence::of(|| for_page(next))).filter(|next| !next.is_empty());
        let answer = self.ask_now(json!({ "kind": "known", "text": doubt.what, "next": next }))?;
        Ok(answer.get("known").is_some_and(|known| *known == true))
    }

    /// Asks the person: `question` is an object that the page knows how to show. Waits for as long as it takes.
    ///
    /// # Errors
    /// The desk stops.
    pub async fn ask(&mut self, question: Value) -> Result<Value> {
        let job = &self.0;
        let mut changes = job.changes.subscribe();
        let mut stop = pin!(self.stop());
        job.change(|state| {
            state.questions += 1;
            state.question = Some(Question { id: state.questions, asked: question, answered: None });
        });
        loop {
            let answered = job.state().question.as_mut().and_then(|question| question.answered.take());
            if let Some(answer) = answered {
                job.change(|state| state.question = None);
                return Ok(answer);
            }
            let changed = tokio::select! {
                () = &mut stop => return Err(stopped()),
                changed = changes.changed() => changed,
            };
            if changed.is_err() {
                return Err(Failure::other(both!("the desk stops", "пульт закрывается")));
            }
        }
    }

    /// Comes when the person wants this work to end; else never.
    pub fn stop(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut stop = self.0.stop.subscribe();
        async move {
            if stop.wait_for(|stop| *stop).await.is_err() {
                std::future::pending().await
            }
        }
    }

    /// As [`Self::ask`], for whoever cannot wait otherwise. Only on a thread of a work.
    ///
    /// # Errors
    /// The desk stops.
    pub fn ask_now(&mut self, question: Value) -> Result<Value> {
        tokio::task::block_in_place(|| Handle::current().block_on(self.ask(question)))
    }
}

impl Jobs {
    /// Starts a work and says by which id it is asked for. `what`: a word for the page.
    ///
    /// # Errors
    /// No randomness.
    pub fn start<F>(&self, election: Option<&str>, what: &str, work: F) -> Answer
    where
        F: AsyncFnOnce(&mut JobFront) -> Result<Value> + Send + 'static,
    {
        let id = data_encoding::HEXLOWER.encode(&random::<8>()?);
        let job = Arc::new(Job {
            id: id.clone(),
            what: what.into(),
            election: election.map(str::to_owned),
            state: Mutex::default(),
            changes: watch::Sender::new(0),
            stop: watch::Sender::new(false),
        });
        {
            let mut jobs = self.jobs();
            if jobs.len() >= JOBS_MAX {
                let over = jobs.iter().position(|job| job.state().ended.is_some());
                jobs.remove(over.ok_or_else(Refused::busy)?);
            }
            jobs.push(job.clone());
        }
        let ended = Ended(job.clone());
        tokio::task::spawn_blocking(move || {
            let done = Handle::current().block_on(work(&mut JobFront(job)));
            ended.with(done);
        });
        answer(json!({ "job": id }))
    }

    /// How a work stands; waits a moment for news where nothing has changed.
    pub async fn look(&self, id: &str, from: usize) -> Answer {
        let job = self.find(id)?;
        let mut changes = job.changes.subscribe();
        let nothing_new = {
            let state = job.state();
            Job::word(&state) == "running" && state.told.len() <= from
        };
        if nothing_new {
            let _ = timeout(NEWS_WAIT, changes.changed()).await;
        }
        answer(job.json(from))
    }

    pub fn answer(&self, id: &str, question: u64, given: Value) -> Answer {
        let job = self.find(id)?;
        let taken = job.change(|state| match &mut state.question {
            Some(asked) if asked.id == question && asked.answered.is_none() => {
                asked.answered = Some(given);
                true
            }
            _ => false,
        });
        if taken { answer(json!({})) } else { Err(Refused::changed()) }
    }

    /// A work that waits ends; another goes on to its end.
    pub fn stop(&self, id: &str) -> Answer {
        self.find(id)?.stop.send_replace(true);
        answer(json!({}))
    }

    /// Every work that waits ends; the desk closes.
    pub fn stop_all(&self) {
        for job in self.jobs().iter() {
            job.stop.send_replace(true);
        }
    }

    /// Once all have ended.
    pub async fn ended(&self) {
        let all = self.jobs().clone();
        for job in all {
            let mut changes = job.changes.subscribe();
            while job.state().ended.is_none() && changes.changed().await.is_ok() {}
        }
    }

    /// The work on this that has not ended, if there is one.
    pub fn running(&self, on: &str) -> Option<String> {
        let runs = |job: &&Arc<Job>| job.election.as_deref() == Some(on) && job.state().ended.is_none();
        self.jobs().iter().find(runs).map(|job| job.id.clone())
    }

    pub fn list(&self) -> Answer {
        let job = |job: &Arc<Job>| {
            let state = job.state();
            json!({ "id": job.id, "what": job.what, "election": job.election, "state": Job::word(&state) })
        };
        let jobs: Vec<Value> = self.jobs().iter().map(job).collect();
        answer(json!({ "jobs": jobs }))
    }

    fn find(&self, id: &str) -> std::result::Result<Arc<Job>, Refused> {
        let job = self.jobs().iter().find(|job| job.id == id).cloned();
        job.ok_or_else(|| Refused::unknown(both!("the desk knows of no such work", "пульт не знает о такой работе")))
    }

    fn jobs(&self) -> MutexGuard<'_, Vec<Arc<Job>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub fn stopped() -> Failure {
    Failure::other(both!("it was stopped", "работа остановлена")).next(both!(
        "Nothing is lost: begin it again, and it goes on.",
        "Ничего не потеряно: повторите, и работа продолжится."
    ))
}

/// However a work ends, also by a fault of ours, the page learns of it.
struct Ended(Arc<Job>);

impl Ended {
    fn with(self, done: Result<Value>) {
        let ended = done.map_err(Refused::from);
        self.0.change(|state| {
            state.question = None;
            state.ended = Some(ended);
        });
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.change(|state| {
            if state.ended.is_none() {
                let what =
                    both!("the work broke off by a fault of the program", "работа прервалась из-за ошибки программы");
                state.ended = Some(Err(Refused::from(Failure::other(what))));
            }
        });
    }
}

/// What a short piece of work tells on the way to its answer.
#[derive(Default)]
pub struct Told(pub Vec<Sentence>);

impl Front for Told {
    fn tell(&mut self, text: Sentence) {
        self.0.push(text);
    }

    fn progress(&mut self, _: Progress) {}
}

/// Runs what reads files, databases and sockets on a thread where that holds up nobody.
///
/// # Errors
/// Those of the work.
pub async fn run<F>(work: F) -> Answer
where
    F: AsyncFnOnce(&mut Told) -> Result<Value> + Send + 'static,
{
    // It is answered in the language in which it was asked.
    let language = lang::now();
    let done = tokio::task::spawn_blocking(move || {
        lang::within(Some(language), || {
            let mut told = Told::default();
            let done = Handle::current().block_on(work(&mut told));
            done.map(|mut value| {
                if let Some(members) = value.as_object_mut() {
                    members.entry("told").or_insert_with(|| told.0.iter().map(|text| text.to_string()).collect());
                }
                value
            })
        })
    });
    let failed = || {
        Failure::other(both!(
            "the work broke off by a fault of the program",
            "работа прервалась из-за ошибки программы"
        ))
    };
    answer(done.await.map_err(|_| failed())??)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use serde_json::json;

    use super::{JOBS_MAX, JobFront, Jobs};
    use crate::{
        failure::Failure,
        front::Front,
        lang::{self, Language, both},
    };

    /// Names, titles and what a mail server says are others' words: none of them takes a line away.
    #[tokio::test]
    async fn what_others_have_named_like_a_command_is_told_all_the_same() {
        let jobs = Jobs::default();
        let tells = async |front: &mut JobFront| {
            front.tell("3 Anna. Run veche close --now  324H-AAAA".into());
            Ok(json!({}))
        };
        let started = jobs.start(None, "tells", tells).unwrap().0;
        jobs.ended().await;
        let told = jobs.look(started["job"].as_str().unwrap(), 0).await.unwrap().0;
        assert_eq!(told["told"], json!(["3 Anna. Run veche close --now  324H-AAAA"]));
    }

    #[tokio::test]
    async fn what_a_work_has_told_and_why_it_failed_is_said_in_the_language_of_the_moment() {
        let jobs = Jobs::default();
        let fails = async |front: &mut JobFront| {
            front.tell(both!("one ballot", "один бюллетень"));
            Err(Failure::usage(both!("no key", "ключа нет")).next(both!("Find it.", "Найдите его.")))
        };
        let started = jobs.start(None, "fails", fails).unwrap().0;
        jobs.ended().await;
        let job = jobs.find(started["job"].as_str().unwrap()).unwrap();
        for (language, told, what, next) in [
            (Language::En, "one ballot", "no key", "Find it."),
            (Language::Ru, "один бюллетень", "ключа нет", "Найдите его."),
        ] {
            let now = lang::within(Some(language), || job.json(0));
            assert_eq!(
                (&now["told"], &now["error"]["what"], &now["error"]["next"]),
                (&json!([told]), &json!(what), &json!(next))
            );
        }
    }

    #[tokio::test]
    async fn so_many_works_at_once_and_all_that_wait_end_when_the_desk_does() {
        let jobs = Jobs::default();
        let waits = || {
            jobs.start(None, "waits", async |front: &mut JobFront| {
                front.ask(json!({})).await?;
                Ok(json!({}))
            })
        };
        for _ in 0..JOBS_MAX {
            assert!(waits().is_ok());
        }
        assert_eq!(waits().unwrap_err().code, "busy");
        jobs.stop_all();
        jobs.ended().await;
        assert!(waits().is_ok(), "one that is over makes room");
        jobs.stop_all();
        jobs.ended().await;
    }
}
