//! Belenios' command-line tool: an election with one trustee, ballots created and verified by processes of their own.
//!
//! All figures are CPU time, the mean of several processes. Creating: less that of a process that only prints its version.
//! Verifying: what each further ballot adds to the verification of the election, so that start-up and keys fall out.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use veche_bench::watch::children_s;

const PROGRAM: &str = "belenios-tool";
const BALLOTS: usize = 9;
const RUNS: usize = 12;

pub struct Figures {
    pub version: String,
    pub start_up_ms: f64,
    pub create_whole_ms: f64,
    pub verify_ms: f64,
    pub bytes: usize,
}

pub fn measure(folder: &Path, group: &str, questions: usize, answers: usize) -> io::Result<Figures> {
    let place = Place::new(folder.into())?;
    let version = format!("Belenios {}", place.run(&["--version"])?.split_whitespace().next().unwrap_or_default());
    place.set_up(group, questions, answers)?;
    let create = ["election", "generate-ballot", "--privcred", "credential", "--ballot", "choices.json"];
    let verify = ["election", "verify"];

    let (mut bytes, mut verify_one_ms) = (0, 0.0);
    for voter in 0..BALLOTS {
        place.credential(voter)?;
        let ballot = place.run(&create)?;
        bytes = ballot.trim_end().len();
        place.write("ballot.json", &ballot)?;
        place.feed(&["archive", "add-event", "--type=Ballot"], "ballot.json")?;
        if voter == 0 {
            verify_one_ms = place.mean_ms(&verify)?;
        }
    }
    let verify_ms = (place.mean_ms(&verify)? - verify_one_ms) / (BALLOTS - 1) as f64;
    let (start_up_ms, create_whole_ms) = (place.mean_ms(&["--version"])?, place.mean_ms(&create)?);
    Ok(Figures { version, start_up_ms, create_whole_ms, verify_ms, bytes })
}

/// The folder of one election, empty at first.
struct Place(PathBuf);

impl Place {
    fn new(folder: PathBuf) -> io::Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    fn set_up(&self, group: &str, questions: usize, answers: usize) -> io::Result<()> {
        let group = format!("--group={group}");
        let uuid = format!("--uuid={}", self.run(&["setup", "generate-token"])?.trim());
        let voters: String = (0..BALLOTS).map(|voter| format!("voter{voter}@example.org,voter{voter}\n")).collect();
        self.write("voters.txt", &voters)?;
        self.write("questions.json", &template(questions, answers))?;
        let chosen: Vec<Vec<u8>> =
            (0..questions).map(|row| (0..answers).map(|k| u8::from(k == row % answers)).collect()).collect();
        self.write("choices.json", &format!("{chosen:?}"))?;

        self.run(&["setup", "generate-credentials", &uuid, &group, "--file=voters.txt"])?;
        self.rename(".pubcreds", "public_creds.json")?;
        self.rename(".privcreds", "private_creds.txt")?;
        self.run(&["setup", "generate-trustee-key", &group])?;
        self.rename(".pubkey", "public_keys.jsons")?;
        self.run(&["setup", "make-trustees"])?;
        fs::remove_file(self.0.join("public_keys.jsons"))?;
        self.run(&["setup", "make-election", &uuid, &group, "--template=questions.json"])?;
        self.run(&["archive", "init"])?;
        // From here on the archive holds them.
        ["election.json", "trustees.json", "public_creds.json"]
            .iter()
            .try_for_each(|name| fs::remove_file(self.0.join(name)))
    }

    /// The credential of a voter, where the tool is told to look for it.
    fn credential(&self, voter: usize) -> io::Result<()> {
        let all = fs::read_to_string(self.0.join("private_creds.txt"))?;
        let line = all.lines().nth(voter).and_then(|line| line.split_whitespace().last());
        self.write("credential", line.ok_or_else(|| io::Error::other("no credential"))?)
    }

    fn write(&self, name: &str, text: &str) -> io::Result<()> {
        fs::write(self.0.join(name), text)
    }

    /// Files that the tool names itself are known by their endings.
    fn rename(&self, ending: &str, to: &str) -> io::Result<()> {
        for entry in fs::read_dir(&self.0)? {
            let path = entry?.path();
            if path.to_string_lossy().ends_with(ending) {
                return fs::rename(path, self.0.join(to));
            }
        }
        Err(io::Error::other(format!("there is no file *{ending}")))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        // Not the blocking source of randomness: it would be measured too.
        command.args(arguments).current_dir(&self.0).env("BELENIOS_USE_URANDOM", "1").stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> io::Result<String> {
        finish(self.command(arguments), arguments)
    }

    fn feed(&self, arguments: &[&str], name: &str) -> io::Result<String> {
        let mut command = self.command(arguments);
        command.stdin(File::open(self.0.join(name))?);
        finish(command, arguments)
    }

    fn mean_ms(&self, arguments: &[&str]) -> io::Result<f64> {
        let start = children_s()?;
        (0..RUNS).try_for_each(|_| self.run(arguments).map(drop))?;
        Ok((children_s()? - start) * 1e3 / RUNS as f64)
    }
}

fn finish(mut command: Command, arguments: &[&str]) -> io::Result<String> {
    let output = command.output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(io::Error::other(format!("{PROGRAM} {}: {said}", arguments.join(" "))));
    }
    String::from_utf8(output.stdout).map_err(io::Error::other)
}

fn template(questions: usize, answers: usize) -> String {
    let question = |row: usize| {
        let answers: Vec<String> = (0..answers).map(|k| format!("answer {k}")).collect();
        serde_json::json!({ "question": format!("question {row}"), "answers": answers, "min": 1, "max": 1 })
    };
    let questions: Vec<serde_json::Value> = (0..questions).map(question).collect();
    let (name, organiser) = ("An election to measure", "organiser");
    serde_json::json!({
        "name": name, "description": name, "questions": questions,
        "administrator": organiser, "credential_authority": organiser,
    })
    .to_string()
}
