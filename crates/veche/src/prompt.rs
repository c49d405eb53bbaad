//! Questions to the person at the terminal.

use std::io::{BufRead, IsTerminal, Write};

use rustyline::{Behavior, Config, Editor, error::ReadlineError, history::MemHistory};

use crate::{
    failure::{Failure, Result},
    lang::{both, tr},
};

/// At a terminal what is typed may be edited in the line; elsewhere a line is read.
pub fn ask(question: &str) -> Result<String> {
    if std::io::stdin().is_terminal() && moves_its_cursor() { edited(question) } else { read(question) }
}

/// Of others rustyline writes the question to standard output, where JSON may go.
fn moves_its_cursor() -> bool {
    const OTHERS: [&str; 3] = ["dumb", "cons25", "emacs"];
    std::env::var("TERM").is_ok_and(|terminal| !terminal.is_empty() && !OTHERS.contains(&terminal.as_str()))
}

/// An editor for each question: what was typed before is kept nowhere.
fn edited(question: &str) -> Result<String> {
    // Question and answer go over the terminal, wherever standard output goes.
    let config = Config::builder().behavior(Behavior::PreferTerm).build();
    let mut editor = Editor::<(), MemHistory>::with_history(config, MemHistory::new()).map_err(Failure::other)?;
    match editor.readline(question) {
        Ok(line) => Ok(line.trim().to_owned()),
        Err(ReadlineError::Eof) => Err(ended()),
        Err(ReadlineError::Interrupted) => Err(Failure::other(both!("interrupted by Ctrl-C", "прервано: Ctrl-C"))),
        Err(error) => Err(Failure::other(error)),
    }
}

fn ended() -> Failure {
    Failure::other(both!("no answer: the input ended", "нет ответа: ввод закончился"))
}

fn read(question: &str) -> Result<String> {
    eprint!("{question}");
    let _ = std::io::stderr().flush();
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line).map_err(Failure::other)?;
    if read == 0 {
        return Err(ended());
    }
    Ok(line.trim().to_owned())
}

/// As [`ask`], without showing what is typed.
pub fn ask_secret(question: &str) -> Result<String> {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    let stdin = std::io::stdin();
    let Ok(before) = tcgetattr(&stdin) else { return read(question) };
    let mut hidden = before.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    // Where the terminal refuses, what is typed is seen, as before.
    let _ = tcsetattr(&stdin, OptionalActions::Now, &hidden);
    let answer = read(question);
    let _ = tcsetattr(&stdin, OptionalActions::Now, &before);
    eprintln!();
    answer
}

/// Enter is a yes. An answer that is neither is asked for again: a slip of the finger throws nothing away.
pub fn confirm(question: &str) -> Result<bool> {
    let question = tr!("{question} [Y/n] ", "{question} [Д/н] ");
    loop {
        match ask(&question)?.to_lowercase().as_str() {
            "" | "y" | "yes" | "д" | "да" => return Ok(true),
            "n" | "no" | "н" | "нет" => return Ok(false),
            _ => {}
        }
    }
}

/// As [`confirm`], of what a person has to compare: who just presses Enter has compared nothing, and is asked again.
pub fn compared(question: &str) -> Result<bool> {
    let question = tr!("{question} [yes/no] ", "{question} [да/нет] ");
    loop {
        match ask(&question)?.to_lowercase().as_str() {
            "y" | "yes" | "д" | "да" => return Ok(true),
            "n" | "no" | "н" | "нет" => return Ok(false),
            _ => {}
        }
    }
}
