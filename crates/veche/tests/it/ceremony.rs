//! The trustees' programs against whoever carries their messages: a post-box that shows each of them what it likes.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Output, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use veche_crypto::dealing::{Dealer, Secret, Size};
use veche_election::{
    Draft, Hash, canonical,
    ceremony::{CEREMONY_VERSION, Ceremony, Message, Stage, Step, TrusteeSecret, spoken},
    encoding::Bytes,
    keys::Signature,
};

use crate::{
    commands::Folder,
    secret::{key, mode, new, said, trustee},
};

const PATIENCE: Duration = Duration::from_secs(120);
/// No request of a test is longer: a message and its header.
const REQUEST_MAX_BYTES: usize = 64 << 10;

/// What one trustee is shown, and what it has said.
struct View {
    url: String,
    shown: Arc<Mutex<Vec<Vec<u8>>>>,
    posted: Arc<Mutex<Vec<Vec<u8>>>>,
    /// What is shown once something more is posted; else that is added to what is shown.
    then: Arc<Mutex<Option<Vec<Vec<u8>>>>>,
    /// Whether the trustee has looked since it last said something: only then may it be shown something else.
    looked: Arc<AtomicBool>,
}

impl View {
    /// A post-box for one, which takes everything and shows what the test says.
    fn of(draft: &Draft) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (shown, posted, then, looked) = (Arc::default(), Arc::default(), Arc::default(), Arc::default());
        let view = Self {
            url,
            shown: Arc::clone(&shown),
            posted: Arc::clone(&posted),
            then: Arc::clone(&then),
            looked: Arc::clone(&looked),
        };
        let draft = canonical::write(draft);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that went away has what it wanted.
                let _ = answer_request(stream, &draft, [&shown, &posted], &then, &looked);
            }
        });
        view
    }

    fn show(&self, messages: &[Vec<u8>]) {
        *self.shown.lock().unwrap() = messages.to_vec();
    }

    fn posted(&self) -> Vec<Vec<u8>> {
        self.posted.lock().unwrap().clone()
    }

    fn last(&self) -> Vec<u8> {
        self.posted().pop().unwrap()
    }

    /// How many messages of this step the trustee has said here.
    fn said(&self, name: &str) -> usize {
        self.posted().iter().filter(|message| step(message).name() == name).count()
    }

    /// Until the trustee, who is running, has said this step once more, and seen that it is shown.
    fn wait_for(&self, name: &str, count: usize) -> Vec<u8> {
        let started = Instant::now();
        while self.said(name) < count || !self.looked.load(Ordering::SeqCst) {
            assert!(started.elapsed() < PATIENCE, "no {name}");
            std::thread::sleep(Duration::from_millis(20));
        }
        self.posted().into_iter().filter(|message| step(message).name() == name).nth(count - 1).unwrap()
    }
}

type Messages = Mutex<Vec<Vec<u8>>>;

fn answer_request(
    mut stream: TcpStream,
    draft: &[u8],
    [shown, posted]: [&Messages; 2],
    then: &Mutex<Option<Vec<Vec<u8>>>>,
    looked: &AtomicBool,
) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; usize::min(length, REQUEST_MAX_BYTES)];
    reader.read_exact(&mut body)?;
    let (status, answer) = if first.starts_with("POST /ceremony-messages ") {
        looked.store(false, Ordering::SeqCst);
        posted.lock().unwrap().push(body.clone());
        match then.lock().unwrap().take() {
            Some(messages) => *shown.lock().unwrap() = messages,
            None => shown.lock().unwrap().push(body),
        }
        ("200 OK", b"taken\n".to_vec())
    } else if first.starts_with("GET /draft.json ") {
        ("200 OK", draft.to_vec())
    } else if first.starts_with("GET /ceremony-messages ") {
        let answer = shown.lock().unwrap().iter().flat_map(|line| [&line[..], b"\n"].concat()).collect();
        looked.store(true, Ordering::SeqCst);
        ("200 OK", answer)
    } else {
        ("404 Not Found", Vec::new())
    };
    write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", answer.len())?;
    stream.write_all(&answer)
}

fn step(message: &[u8]) -> Step {
    canonical::parse::<Message>(message).unwrap().step
}

fn signed(secret: &TrusteeSecret, step: Step) -> Vec<u8> {
    let v = CEREMONY_VERSION.to_owned();
    let mut message = Message { v, draft: secret.draft(), trustee: secret.trustee(), step, sig: Signature([0; 64]) };
    let bytes = canonical::write(&message);
    message.sig = secret.signing_key().sign(CEREMONY_VERSION, &[&bytes[..bytes.len() - 96]]);
    canonical::write(&message)
}

/// A message with something changed in it, signed anew by whoever said it.
fn changed(secret: &TrusteeSecret, message: &[u8], change: impl FnOnce(&mut Step)) -> Vec<u8> {
    let mut step = step(message);
    change(&mut step);
    signed(secret, step)
}

/// The one answer that opens a share: a cheat's program gives it for whatever was dealt in its name.
fn answer(ceremony: &Ceremony, dealer: &TrusteeSecret, to: u32) -> Vec<u8> {
    let seed = Hash::labelled("veche-trustee-dealing-1", &[dealer.seed().as_ref(), &ceremony.table().0]);
    let draft = dealer.draft();
    let me = Dealer { draft: &draft.0, trustee: dealer.trustee() };
    let ephemeral = Bytes(Secret::new(me, Size { keys: 0, threshold: 0 }, seed.0).ephemeral(me, to).to_bytes());
    signed(dealer, Step::Answer { transcript: ceremony.transcript(), to, ephemeral })
}

fn complaint(ceremony: &Ceremony, accuser: &TrusteeSecret, dealer: u32) -> Vec<u8> {
    signed(accuser, Step::Complain { transcript: ceremony.transcript(), dealer })
}

/// A trustee's program that waits for the others. It would wait for ever: it is stopped, however the test ends.
struct Waiting(Child);

impl Waiting {
    /// By itself, and in time.
    fn ended(mut self) -> Output {
        let started = Instant::now();
        let status = loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                break status;
            }
            assert!(started.elapsed() < PATIENCE, "it waits on");
            std::thread::sleep(Duration::from_millis(20));
        };
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        self.0.stdout.take().unwrap().read_to_end(&mut stdout).unwrap();
        self.0.stderr.take().unwrap().read_to_end(&mut stderr).unwrap();
        Output { status, stdout, stderr }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An election whose trustees are about to make its key, and a view for each of them.
struct Stand {
    folder: Folder,
    draft: Draft,
    views: Vec<View>,
}

impl Stand {
    fn new(count: u32, threshold: u32) -> Self {
        let folder = Folder::new();
        new(&folder, &["--trustees", &count.to_string(), "--threshold", &threshold.to_string()]);
        let draft = canonical::parse(&std::fs::read(folder.path("e/draft.json")).unwrap()).unwrap();
        let views = (0..count).map(|_| View::of(&draft)).collect();
        Self { folder, draft, views }
    }

    fn view(&self, number: u32) -> &View {
        &self.views[number as usize - 1]
    }

    /// The real program of a trustee, on what its view shows.
    fn run(&self, exit: i32, step: &str, number: u32, more: &[&str]) -> String {
        trustee(&self.folder, exit, step, &self.view(number).url, number, more)
    }

    fn register(&self, number: u32) -> Vec<u8> {
        self.run(0, "register", number, &["--number", &number.to_string(), "--name", "Honest"]);
        self.view(number).last()
    }

    fn start(&self, step: &str, number: u32, code: &str) -> Waiting {
        let args = ["trustee", step, "--at", &self.view(number).url, "--key", &key(number), "--code", code];
        Waiting(self.folder.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    fn invented(&self, number: u32) -> TrusteeSecret {
        TrusteeSecret::new(self.draft.id(), number, [0xA0 + number as u8; 32])
    }

    fn read(&self, messages: &[Vec<u8>]) -> Ceremony {
        let heap = messages.iter().map(|message| (message.clone(), ())).collect();
        Ceremony::from_messages(self.draft.id(), self.draft.ceremony_plan().unwrap(), heap).unwrap()
    }

    /// The victim is shown a table in which all others are inventions, and deals to it. What is shown at the end: all
    /// that was said there, with a share for the victim that does not fit from the invention `bad`, if there is one.
    fn false_table(&self, victim: u32, registration: &[u8], bad: Option<u32>) -> Vec<Vec<u8>> {
        let count = self.draft.trustees.unwrap().count;
        let inventions: Vec<TrusteeSecret> =
            (1..=count).filter(|number| *number != victim).map(|number| self.invented(number)).collect();
        let mut shown = vec![registration.to_vec()];
        shown.extend(inventions.iter().map(|invention| invention.register("Invented")));
        let table = self.read(&shown);
        shown.extend(inventions.iter().map(|invention| invention.commit(&table).unwrap()));
        self.view(victim).show(&shown);
        self.run(0, "deal", victim, &["--code", &spoken(table.table())]);
        let posted = self.view(victim).posted();
        shown.extend_from_slice(&posted[posted.len() - 2..]);
        let committed = self.read(&shown);
        shown.extend(inventions.iter().map(|invention| {
            changed(invention, &invention.deal(&committed).unwrap(), |step| {
                let Step::Deal { shares, .. } = step else { panic!() };
                if bad == Some(invention.trustee()) {
                    shares[victim as usize - 1].0[32] ^= 1;
                }
            })
        }));
        self.view(victim).show(&shown);
        shown
    }

    /// All real programs deal to each other, each through its own view, which now shows the truth.
    fn true_dealing(&self, registrations: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let numbers = 1..=registrations.len() as u32;
        let table = spoken(self.read(registrations).table());
        let before: Vec<(usize, usize)> =
            self.views.iter().map(|view| (view.said("commit"), view.said("deal"))).collect();
        let dealing: Vec<Waiting> = numbers
            .clone()
            .map(|number| {
                self.view(number).show(registrations);
                self.start("deal", number, &table)
            })
            .collect();
        let mut shown = registrations.to_vec();
        shown.extend(self.views.iter().zip(&before).map(|(view, (commits, _))| view.wait_for("commit", commits + 1)));
        self.views.iter().for_each(|view| view.show(&shown));
        for one in dealing {
            let out = one.ended();
            assert!(out.status.success(), "{}", said(&out));
        }
        shown.extend(self.views.iter().zip(&before).map(|(view, (_, deals))| view.wait_for("deal", deals + 1)));
        self.views.iter().for_each(|view| view.show(&shown));
        shown
    }
}

/// Three honest trustees, each of whom was once shown a false table, and complained there of an invention. In the true
/// ceremony the post-box shows each the complaint of another. What they answer would be their shares.
#[test]
fn row_42_a_post_box_that_replays_complaints_from_false_tables_gets_no_answer() {
    let stand = Stand::new(3, 2);
    let registrations: Vec<Vec<u8>> = (1..=3).map(|number| stand.register(number)).collect();
    let mut complaints = Vec::new();
    for (victim, about) in [(1, 2), (2, 3), (3, 1)] {
        let shown = stand.false_table(victim, &registrations[victim as usize - 1], Some(about));
        let before = stand.view(victim).posted().len();
        assert!(stand.run(6, "accept", victim, &["--code", "x"]).contains("the codes differ"));
        assert_eq!(stand.view(victim).posted().len(), before, "nothing is said of what was not compared");
        // Its owner was careless, and read no codes to anybody.
        let said = stand.run(6, "accept", victim, &["--code", &spoken(stand.read(&shown).transcript())]);
        assert!(said.contains(&format!("trustee {about} does not fit")), "{said}");
        complaints.push(stand.view(victim).last());
    }
    let shown = stand.true_dealing(&registrations);
    let transcript = spoken(stand.read(&shown).transcript());
    for (accused, complaint) in [(2, &complaints[0]), (3, &complaints[1]), (1, &complaints[2])] {
        let view = stand.view(accused);
        view.show(&[shown.clone(), vec![complaint.clone()]].concat());
        let before = view.posted().len();
        let said = stand.run(6, "accept", accused, &["--code", &transcript]);
        assert!(said.contains("saw another ceremony than this"), "{said}");
        assert_eq!((view.posted().len(), view.said("answer")), (before, 0));
        view.show(&shown);
    }
    // The ceremony that all have compared is none the worse.
    for number in 1..=3 {
        stand.run(0, "accept", number, &["--code", &transcript]);
    }
    let accepts = stand.views.iter().map(View::last);
    assert_eq!(stand.read(&shown.iter().cloned().chain(accepts).collect::<Vec<_>>()).stage(), Stage::Done);
}

/// An honest trustee's complaint and answer from false tables, shown as evidence against it or another honest one.
#[test]
fn row_43_a_replayed_complaint_or_answer_convicts_nobody_and_who_has_answered_accepts_nothing_more() {
    let stand = Stand::new(3, 2);
    let registrations: Vec<Vec<u8>> = (1..=3).map(|number| stand.register(number)).collect();
    // Trustee 1 is lured into an answer, trustee 2 into a complaint about trustee 1's invention.
    let shown = stand.false_table(1, &registrations[0], None);
    let there = stand.read(&shown);
    let lure = complaint(&there, &stand.invented(2), 1);
    stand.view(1).show(&[shown, vec![lure.clone()]].concat());
    let before = stand.view(1).posted().len();
    let said = stand.run(6, "accept", 1, &["--code", "x"]);
    assert!(said.contains("Complaint about your share, by trustee 2") && said.contains("codes differ"), "{said}");
    assert_eq!(stand.view(1).posted().len(), before, "no answer before the comparison");
    assert_eq!(answered(&stand, 1), 0);
    let said = stand.run(0, "accept", 1, &["--code", &spoken(there.transcript())]);
    assert!(said.contains("You have answered"), "{said}");
    assert_eq!(answered(&stand, 1), 1, "noted before it left");
    let lured = stand.view(1).last();
    assert_eq!(step(&lured).name(), "answer");
    let false_2 = stand.false_table(2, &registrations[1], Some(1));
    stand.run(6, "accept", 2, &["--code", &spoken(stand.read(&false_2).transcript())]);
    let about_1 = stand.view(2).last();

    let shown = stand.true_dealing(&registrations);
    for replayed in [vec![about_1.clone()], vec![about_1.clone(), lured.clone()], vec![lure, lured.clone()]] {
        stand.view(3).show(&[shown.clone(), replayed].concat());
        let out = stand.folder.run(&["trustee", "code", "--at", &stand.view(3).url]);
        let told = crate::secret::said(&out);
        assert_eq!(out.status.code(), Some(6), "{told}");
        assert!(!told.contains("failed because"), "{told}");
    }
    // In the folder, as an organiser would have it who wants trustee 1 gone: the messages convict nobody.
    let messages = stand.folder.path("e/ceremony-messages");
    std::fs::create_dir_all(&messages).unwrap();
    for message in shown.iter().chain([&about_1, &lured]) {
        std::fs::write(messages.join(Ceremony::file_name(message).unwrap()), message).unwrap();
    }
    let said = stand.folder.exits(0, &["restart", "e", "--without", "1"]);
    assert!(said.contains("No message of the ceremony convicts trustee 1"), "{said}");
    assert!(said.contains("do not fit together") && !said.contains("messages convict trustee 1"), "{said}");
    assert!(!stand.folder.path("e/abandoned-1/ceremony").exists());

    // Trustee 1 has answered once: whatever is shown to it, its part in this draft is over.
    stand.view(1).show(&shown);
    let before = stand.view(1).posted().len();
    let said = stand.run(6, "accept", 1, &["--code", &spoken(stand.read(&shown).transcript())]);
    assert!(said.contains("has answered a complaint"), "{said}");
    assert_eq!(stand.view(1).posted().len(), before);
}

fn note(stand: &Stand, number: u32) -> Value {
    let path = stand.folder.path(&format!("{}.ceremony.json", key(number)));
    assert_eq!(mode(&path), 0o600);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn answered(stand: &Stand, number: u32) -> usize {
    note(stand, number)["answered"].as_array().unwrap().len()
}

/// The key would be of the cheat's choice: it shows one commitment, looks at the dealing, and shows another.
#[test]
fn row_44_a_trustee_deals_once_in_a_table_whatever_commitments_it_is_shown_later() {
    let stand = Stand::new(2, 2);
    let registration = stand.register(1);
    let cheat = stand.invented(2);
    let registrations = [registration, cheat.register("Cheat")];
    let table = stand.read(&registrations);
    let code = spoken(table.table());
    let first = cheat.commit(&table).unwrap();
    stand.view(1).show(&[&registrations[..], std::slice::from_ref(&first)].concat());
    stand.run(0, "deal", 1, &["--code", &code]);
    let (commit, dealing) = (stand.view(1).wait_for("commit", 1), stand.view(1).wait_for("deal", 1));
    let before = note(&stand, 1);
    assert_eq!(before["dealt"].as_array().unwrap().len(), 1);
    // Interrupted and run again it says the same.
    stand.run(0, "deal", 1, &["--code", &code]);
    assert_eq!((stand.view(1).wait_for("deal", 2), note(&stand, 1)), (dealing.clone(), before.clone()));

    let second = changed(&cheat, &first, |step| {
        let Step::Commit { commitment, .. } = step else { panic!() };
        commitment.0[0] ^= 1;
    });
    for shown in [vec![second.clone()], vec![second.clone(), commit.clone()]] {
        stand.view(1).show(&[&registrations[..], &shown].concat());
        let said = stand.run(6, "deal", 1, &["--code", &code]);
        assert!(said.contains("under other commitments"), "{said}");
        assert_eq!((stand.view(1).said("deal"), note(&stand, 1)), (2, before.clone()));
    }
    // The dealing that is out fits nothing else.
    stand.view(1).show(&[&registrations[..], &[commit, second, dealing]].concat());
    let said = stand.run(6, "accept", 1, &["--code", "x"]);
    assert!(said.contains("trustee 1 saw other commitments than these"), "{said}");
    // A note that is damaged, or another key's, is no empty note.
    let path = stand.folder.path("k1.key.ceremony.json");
    let foreign = json!({ "draft": Hash([7; 32]), "dealt": [], "answered": [], "accepted": null }).to_string();
    let said_before = stand.view(1).posted().len();
    for bad in ["", "{}", &foreign] {
        std::fs::write(&path, bad).unwrap();
        stand.view(1).show(&[&registrations[..], std::slice::from_ref(&first)].concat());
        assert!(stand.run(6, "deal", 1, &["--code", &code]).contains("is not the note of this key"));
    }
    assert_eq!(stand.view(1).posted().len(), said_before, "neither dealt nor committed");
}

/// A copy of the key knows nothing of what the key has said; nor does a key whose note was lost.
#[test]
fn row_44_a_key_without_its_note_says_nothing_in_the_ceremony() {
    let stand = Stand::new(2, 1);
    let registrations: Vec<Vec<u8>> = (1..=2).map(|number| stand.register(number)).collect();
    assert_eq!(note(&stand, 1)["dealt"], json!([]), "made with the key");
    let beside = stand.folder.path("k1.key.ceremony.json");
    let refused = |step: &str, more: &[&str]| {
        let kept = std::fs::read(&beside).unwrap();
        std::fs::remove_file(&beside).unwrap();
        let before = stand.view(1).posted().len();
        let said = stand.run(6, step, 1, more);
        assert!(
            said.contains("k1.key.ceremony.json is missing") && said.contains("a copy of the key"),
            "{step}: {said}"
        );
        assert!(!beside.exists() && stand.view(1).posted().len() == before, "{step}");
        std::fs::write(&beside, &kept).unwrap();
    };
    stand.view(1).show(&registrations);
    let table = spoken(stand.read(&registrations).table());
    refused("code", &[]);
    refused("deal", &["--code", &table]);
    let shown = stand.true_dealing(&registrations);
    let transcript = spoken(stand.read(&shown).transcript());
    refused("accept", &["--code", &transcript]);
    stand.run(0, "accept", 1, &["--code", &transcript]);
}

/// What somebody is called looks neither like a column nor like a line, and nobody is taken for a namesake.
#[test]
fn names_of_trustees_imitate_no_line_of_the_table_and_namesakes_are_told_of() {
    let stand = Stand::new(4, 2);
    let spaces = " ".repeat(40);
    let names = ["Anna", &format!("Boris{spaces}9  AAAA-BBBB"), "Вера\u{2800}\u{2800}\u{3000}X", "\u{410}nna"];
    let register = |(number, name): (u32, &str)| stand.invented(number).register(name);
    let shown: Vec<Vec<u8>> = (1..).zip(names).map(register).collect();
    stand.view(1).show(&shown);
    let said = stand.folder.exits(0, &["trustee", "code", "--at", &stand.view(1).url]);
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].starts_with("   1  ") && lines[0].ends_with("  Anna"), "{said}");
    assert!(lines[1].starts_with("   2  ") && lines[1].ends_with("  Boris 9 AAAA-BBBB"), "{said}");
    assert!(lines[2].ends_with("  Вера X"), "{said}");
    assert!(lines[4].contains("looks like that of trustee 1"), "{said}");
    assert_eq!(said.matches("looks like").count(), 1, "{said}");
}

/// The table that was compared is no longer the one shown when the commitments are there.
#[test]
fn row_44_a_trustee_deals_only_in_the_table_that_was_compared() {
    let stand = Stand::new(2, 2);
    let registration = stand.register(1);
    let cheats = [stand.invented(2), TrusteeSecret::new(stand.draft.id(), 2, [0xEE; 32])];
    let tables = cheats.each_ref().map(|cheat| vec![registration.clone(), cheat.register("Other")]);
    let codes = tables.each_ref().map(|table| spoken(stand.read(table).table()));
    // It has committed in the one table, and dealt to nobody; then it compares the other.
    let mut commits = Vec::new();
    for turn in 0..2 {
        stand.view(1).show(&tables[turn]);
        let waiting = stand.start("deal", 1, &codes[turn]);
        commits.push(stand.view(1).wait_for("commit", turn + 1));
        if turn == 0 {
            continue;
        }
        let theirs = cheats[0].commit(&stand.read(&tables[0])).unwrap();
        stand.view(1).show(&[&tables[0][..], &[commits[0].clone(), theirs]].concat());
        let out = waiting.ended();
        assert_eq!(out.status.code(), Some(6));
        assert!(said(&out).contains("are others than those that you have compared"), "{}", said(&out));
    }
    assert_eq!(stand.view(1).said("deal"), 0);
}

#[test]
fn row_45_a_wrong_code_posts_nothing_also_while_somebody_has_complained() {
    let stand = Stand::new(3, 2);
    let registrations: Vec<Vec<u8>> = (1..=3).map(|number| stand.register(number)).collect();
    let dealt = stand.false_table(1, &registrations[0], None);
    let there = stand.read(&dealt);
    let right = spoken(there.transcript());
    let view = stand.view(1);
    let before = view.posted().len();
    let others = complaint(&there, &stand.invented(3), 2);
    let mine = complaint(&there, &stand.invented(3), 1);
    for (complained, exit) in [(None, 6), (Some(&others), 5), (Some(&mine), 6)] {
        view.show(&[dealt.clone(), complained.into_iter().cloned().collect()].concat());
        stand.run(exit, "accept", 1, &["--code", "WRONG"]);
        stand.run(exit, "accept", 1, &["--code", ""]);
        assert_eq!(view.posted().len(), before, "{complained:?}");
    }
    // With the right code nothing is accepted either, as long as there is a complaint.
    view.show(&[dealt.clone(), vec![others]].concat());
    let said = stand.run(5, "accept", 1, &["--code", &right]);
    assert!(said.contains("trustee 3 complains about the share from trustee 2"), "{said}");
    assert_eq!(view.posted().len(), before);
    view.show(&dealt);
    stand.run(0, "accept", 1, &["--code", &right]);
    assert_eq!(view.said("accept"), 1);
}

/// Carried out in November 2026: honest people read out the codes of tables in which they did not stand.
#[test]
fn row_42_a_code_is_shown_only_to_who_takes_part_and_of_nothing_but_what_was_accepted() {
    let stand = Stand::new(3, 2);
    let registrations: Vec<Vec<u8>> = (1..=3).map(|number| stand.register(number)).collect();
    let shown = stand.false_table(1, &registrations[0], None);
    let true_ceremony = stand.true_dealing(&registrations);
    stand.view(1).show(&shown);
    let (url, code) = (stand.view(1).url.clone(), "code of the ceremony: ");
    let said = stand.folder.exits(0, &["trustee", "code", "--at", &url]);
    assert!(said.contains("--key FILE") && !said.contains(code), "{said}");
    let said = stand.folder.exits(6, &["trustee", "code", "--at", &url, "--key", &key(2)]);
    assert!(!said.contains(code), "{said}");
    assert!(stand.run(0, "code", 1, &[]).contains(code));
    stand.run(0, "accept", 1, &["--code", &spoken(stand.read(&shown).transcript())]);

    // Having accepted that, it accepts no other, lends its voice to no other, and deals in no other.
    stand.view(1).show(&true_ceremony);
    let before = stand.view(1).posted().len();
    let said = stand.run(6, "accept", 1, &["--code", &spoken(stand.read(&true_ceremony).transcript())]);
    assert!(said.contains("has accepted another ceremony"), "{said}");
    assert!(!stand.run(6, "code", 1, &[]).contains(code));
    stand.view(1).show(&registrations);
    let table = spoken(stand.read(&registrations).table());
    let said = stand.run(6, "deal", 1, &["--code", &table]);
    assert!(said.contains("has accepted another ceremony") && !said.contains(&table), "{said}");
    assert_eq!(stand.view(1).posted().len(), before);
}

#[test]
fn row_42_nobody_takes_a_trustees_number_unnoticed() {
    let stand = Stand::new(2, 2);
    let args = ["--number", "1", "--name", "Anna"];
    let thief = stand.invented(1).register("Anna");
    // Taken before: no key is made.
    stand.view(1).show(std::slice::from_ref(&thief));
    assert!(stand.run(2, "register", 1, &args).contains("registered already"));
    assert!(!stand.folder.path(&key(1)).exists());
    // Taken in the same moment: the post-box says "taken", and shows another's.
    let view = stand.view(1);
    view.show(&[]);
    *view.then.lock().unwrap() = Some(vec![thief.clone()]);
    let said = stand.run(2, "register", 1, &args);
    assert!(said.contains("registered already") && said.contains("registered nowhere"), "{said}");
    // Replaced later: the trustee goes no further, and is told why.
    let other = stand.invented(2).register("Boris");
    view.show(&[thief, other]);
    let said = stand.run(6, "deal", 1, &["--code", "x"]);
    assert!(said.contains("trustee 1 is registered with another key than yours"), "{said}");
    assert_eq!(view.said("commit"), 0);
}

/// A share that does not fit: the complaint, the answer, the culprit's name, and the file that convicts.
#[test]
fn row_24_the_ceremony_stops_and_names_whoever_erred() {
    let folder = Folder::new();
    new(&folder, &["--trustees", "2", "--threshold", "1"]);
    let said = trustee(&folder, 0, "register", "e", 1, &["--number", "1", "--name", "Honest"]);
    assert!(said.contains("ALONE"), "each alone can read every ballot: {said}");
    // Trustee 2's program is a dishonest one.
    let draft: Draft = canonical::parse(&std::fs::read(folder.path("e/draft.json")).unwrap()).unwrap();
    let cheat = TrusteeSecret::new(draft.id(), 2, [7; 32]);
    let put = |message: &[u8]| {
        let name = Ceremony::file_name(message).unwrap();
        std::fs::write(folder.path("e/ceremony-messages").join(name), message).unwrap();
    };
    put(&cheat.register("Cheat"));
    let so_far = || veche_server::Home::new(folder.path("e")).ceremony_so_far(&draft).unwrap();
    put(&cheat.commit(&so_far()).unwrap());
    trustee(&folder, 0, "deal", "e", 1, &["--code", &spoken(so_far().table())]);
    put(&changed(&cheat, &cheat.deal(&so_far()).unwrap(), |step| {
        let Step::Deal { shares, .. } = step else { panic!() };
        shares[0].0[32] ^= 1;
    }));
    let transcript = spoken(so_far().transcript());
    trustee(&folder, 6, "accept", "e", 1, &["--code", "WRONG"]);
    assert_eq!(so_far().disputes().count(), 0, "a complaint too goes out after the comparison");
    let said = trustee(&folder, 6, "accept", "e", 1, &["--code", &transcript]);
    assert!(said.contains("trustee 2 does not fit") && said.contains("complaint is posted"), "{said}");
    assert!(folder.exits(5, &["setup", "e"]).contains("trustee 1 complains"));
    put(&answer(&so_far(), &cheat, 1));
    let said = folder.exits(5, &["setup", "e"]);
    assert!(said.contains("failed because of trustee 2"), "{said}");

    // Whom the messages convict is left out, and nobody else; everybody can check it afterwards.
    let said = folder.exits(2, &["restart", "e", "--without", "1"]);
    assert!(said.contains("failed because of trustee 2") && said.contains("this time nobody else"), "{said}");
    let said = folder.exits(0, &["restart", "e", "--without", "2"]);
    assert!(said.contains("messages convict trustee 2"), "{said}");
    let said = folder.exits(0, &["verify", "--ceremony", "e/abandoned-1"]);
    assert!(said.contains("does not show a good one") && said.contains("failed because of trustee 2"), "{said}");
    let told = folder.exits(0, &["verify", "--ceremony", "e/abandoned-1", "--json"]);
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&told["outcome"], &told["culprits"]), (&"failed".into(), &json!([2])));
    // Both verifiers read the same: regular files in a folder, and no link or pipe in their place.
    let python = std::env::var("VECHE_PYTHON").unwrap_or_else(|_| "python3".into());
    let verifier = concat!(env!("CARGO_MANIFEST_DIR"), "/../../verifier/veche_verify.py");
    let second = |exit: i32| {
        let out = std::process::Command::new(&python)
            .args([verifier, "--ceremony"])
            .arg(folder.path("e/abandoned-1"))
            .output()
            .unwrap();
        assert_eq!(out.status.code(), Some(exit), "{}", crate::secret::said(&out));
    };
    second(0);
    for name in ["ceremony", "draft.json"] {
        let (there, aside) = (folder.path(&format!("e/abandoned-1/{name}")), folder.path("aside"));
        std::fs::rename(&there, &aside).unwrap();
        let pipe = |path| std::process::Command::new("mkfifo").arg(path).status().unwrap();
        for link in [true, false] {
            if link {
                std::os::unix::fs::symlink(&aside, &there).unwrap()
            } else {
                assert!(pipe(&there).success())
            }
            folder.exits(6, &["verify", "--ceremony", "e/abandoned-1"]);
            second(6);
            std::fs::remove_file(&there).unwrap();
        }
        std::fs::rename(&aside, &there).unwrap();
    }
    let file = folder.path("e/abandoned-1/ceremony");
    let mut bad = std::fs::read(&file).unwrap();
    *bad.last_mut().unwrap() = b' ';
    std::fs::write(&file, bad).unwrap();
    folder.exits(6, &["verify", "--ceremony", "e/abandoned-1"]);
}

/// A post-box that takes what a trustee says, and shows it to nobody: the trustee is not told that it was said.
#[test]
fn what_a_post_box_takes_and_does_not_show_is_not_said() {
    let stand = Stand::new(2, 2);
    let registrations: Vec<Vec<u8>> = (1..=2).map(|number| stand.register(number)).collect();
    let view = stand.view(1);
    view.show(&registrations);
    *view.then.lock().unwrap() = Some(registrations.clone());
    let code = spoken(stand.read(&registrations).table());
    let said = stand.run(6, "deal", 1, &["--code", &code]);
    assert!(said.contains("does not show it") && !said.contains("Dealt"), "{said}");
    assert_eq!((view.said("commit"), view.said("deal")), (1, 0));

    let shown = stand.true_dealing(&registrations);
    view.show(&shown);
    *view.then.lock().unwrap() = Some(shown.clone());
    let said = stand.run(6, "accept", 1, &["--code", &spoken(stand.read(&shown).transcript())]);
    assert!(said.contains("does not show it") && !said.contains("Accepted"), "{said}");
    // The same again, to one that shows it.
    assert!(stand.run(0, "accept", 1, &["--code", &spoken(stand.read(&shown).transcript())]).contains("Accepted"));
}
