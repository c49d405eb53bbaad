//! The secret ballot of 7 questions with 6 answers each, one of them chosen: ours, the library elastic-elgamal on the
//! same group, and Belenios as Debian has it. One machine, one run, one core. `bench/compare` runs it.

mod belenios;

use std::{path::Path, time::Duration};

use elastic_elgamal::{
    Keypair,
    app::{ChoiceParams, EncryptedChoice, SingleChoice},
    group::Ristretto,
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use veche_bench::{
    Election, FOLDER, Sent, seed,
    watch::{Figure, Race},
};
use veche_crypto::onehot::{Proven, verify, verify_batch};

const QUESTIONS: usize = 7;
const ANSWERS: usize = 6;
/// Its own of 2048 bits; Debian's version has no elliptic curve.
const BELENIOS_GROUP: &str = "BELENIOS-2048";
const BATCH: usize = 128;
/// Different ballots that take turns: the same one again and again would be known to the branch predictor.
const DIFFERENT: usize = 32;

/// A line of the table.
struct Line {
    name: String,
    create_ms: Option<f64>,
    verify_ms: f64,
    bytes: Option<usize>,
}

fn main() {
    let mut lines = libraries();
    let folder = Path::new(FOLDER).join("belenios");
    let note = match belenios::measure(&folder, BELENIOS_GROUP, QUESTIONS, ANSWERS) {
        Ok(figures) => {
            lines.push(Line {
                name: format!("{}, {BELENIOS_GROUP}", figures.version),
                create_ms: Some(figures.create_whole_ms - figures.start_up_ms),
                verify_ms: figures.verify_ms,
                bytes: Some(figures.bytes),
            });
            let (whole, start_up) = (figures.create_whole_ms, figures.start_up_ms);
            format!(
                "Belenios: creating takes its process {whole:.0} ms of CPU, of which {start_up:.0} ms are start-up (subtracted)"
            )
        }
        Err(error) => format!("Belenios: not measured: {error}"),
    };
    print(&lines);
    println!("\n{note}");
}

fn print(lines: &[Line]) {
    let Some(ours) = lines.first() else { return };
    println!("{QUESTIONS} questions x {ANSWERS} answers, CPU time, one run; (x) is times ours\n");
    println!("{:44} {:>10} {:>7} {:>10} {:>7} {:>8} {:>6}", "", "create ms", "(x)", "verify ms", "(x)", "bytes", "(x)");
    for line in lines {
        let create = line.create_ms.zip(ours.create_ms);
        let (create, create_ratio) = columns(create, 3, 1);
        let (verify, verify_ratio) = columns(Some((line.verify_ms, ours.verify_ms)), 3, 1);
        let bytes = line.bytes.zip(ours.bytes).map(|(bytes, ours)| (bytes as f64, ours as f64));
        let (bytes, bytes_ratio) = columns(bytes, 0, 1);
        println!(
            "{:44} {create:>10} {create_ratio:>7} {verify:>10} {verify_ratio:>7} {bytes:>8} {bytes_ratio:>6}",
            line.name
        );
    }
}

fn columns(figures: Option<(f64, f64)>, digits: usize, ratio_digits: usize) -> (String, String) {
    match figures {
        Some((figure, ours)) => (format!("{figure:.digits$}"), format!("{:.ratio_digits$}", figure / ours)),
        None => (String::new(), String::new()),
    }
}

/// Ours and the other library take turns.
fn libraries() -> Vec<Line> {
    let election = Election::new(QUESTIONS, ANSWERS);
    let sent: Vec<Sent> = (0..BATCH as u64).map(|number| election.create(number)).collect();
    let other = Elastic::new();
    let others: Vec<Vec<EncryptedChoice<Ristretto, SingleChoice>>> =
        (0..DIFFERENT as u64).map(|number| other.create(&election, number)).collect();
    let written: Vec<String> =
        others.iter().map(|ballot| serde_json::to_string(ballot).expect("it can be written")).collect();

    let (parameters, mut numbers) = (&election.parameters, (0..DIFFERENT).cycle());
    let mut number = || numbers.next().expect("a cycle has no end");
    let (mut a, mut b, mut c, mut d, mut e) = (number(), number(), number(), number(), number());
    let next = |place: &mut usize| {
        *place = (*place + 1) % DIFFERENT;
        *place
    };
    let read_other = |text: &str| -> Vec<EncryptedChoice<Ristretto, SingleChoice>> {
        serde_json::from_str(text).expect("it was written here")
    };
    let figures = Race::new()
        .with("create", 1, || election.create(next(&mut a) as u64))
        .with("verify", 1, || verify(parameters, &election.read(&sent[next(&mut b)]), &seed()).expect("honest"))
        .with("verify in batches", BATCH, || {
            let read: Vec<Proven> = sent.iter().map(|sent| election.read(sent)).collect();
            verify_batch(parameters, &read.iter().collect::<Vec<_>>(), &seed()).expect("honest");
        })
        .with("create", 1, || other.create(&election, next(&mut c) as u64))
        .with("verify, from JSON", 1, || other.verify(&read_other(&written[next(&mut d)])))
        .with("verify, decoded", 1, || other.verify(&others[next(&mut e)]))
        .run(Duration::from_secs(20));
    let [create, alone, batch, other_create, other_verify, other_decoded] = figures.as_slice() else { return vec![] };
    let ms = |figure: &Figure| figure.fastest / 1e3;
    let line = |name: &str, create: &Figure, verify: &Figure, bytes| Line {
        name: name.into(),
        create_ms: Some(ms(create)),
        verify_ms: ms(verify),
        bytes: Some(bytes),
    };
    let raw = written.first().map_or(0, |text| raw_bytes(text));
    vec![
        line("Veche, each ballot alone, from bytes", create, alone, election.bytes()),
        Line { create_ms: None, bytes: None, ..line("Veche, in batches of 128, from bytes", create, batch, 0) },
        line("elastic-elgamal, from JSON (bytes: binary)", other_create, other_verify, raw),
        Line { create_ms: None, bytes: None, ..line("elastic-elgamal, already decoded", create, other_decoded, 0) },
    ]
}

/// One choice of one answer for each question.
struct Elastic {
    parameters: ChoiceParams<Ristretto, SingleChoice>,
}

impl Elastic {
    fn new() -> Self {
        let keys = Keypair::<Ristretto>::generate(&mut ChaCha20Rng::from_seed(seed()));
        Self { parameters: ChoiceParams::single(keys.public().clone(), ANSWERS) }
    }

    fn create(&self, election: &Election, number: u64) -> Vec<EncryptedChoice<Ristretto, SingleChoice>> {
        let mut random = ChaCha20Rng::from_seed(seed());
        let choices = election.choices(number).into_iter();
        choices.map(|choice| EncryptedChoice::single(&self.parameters, choice, &mut random)).collect()
    }

    fn verify(&self, ballot: &[EncryptedChoice<Ristretto, SingleChoice>]) {
        for choice in ballot {
            choice.verify(&self.parameters).expect("honest");
        }
    }
}

/// What is left of its JSON without the base64: every text in it is a point or a scalar.
fn raw_bytes(json: &str) -> usize {
    json.split('"').filter(|text| text.len() == 43).count() * 32
}
