//! Questions to the person at the terminal.

use std::io::{BufRead, Write};

use crate::{
    failure::{Failure, Result},
    lang::tr,
};

pub fn ask(question: &str) -> Result<String> {
    eprint!("{question}");
    let _ = std::io::stderr().flush();
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line).map_err(Failure::other)?;
    if read == 0 {
        return Err(Failure::other(tr!("no answer: the input ended", "нет ответа: ввод закончился")));
    }
    Ok(line.trim().to_owned())
}

/// As [`ask`], without showing what is typed.
pub fn ask_secret(question: &str) -> Result<String> {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    let stdin = std::io::stdin();
    let Ok(before) = tcgetattr(&stdin) else { return ask(question) };
    let mut hidden = before.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    // Where the terminal refuses, what is typed is seen, as before.
    let _ = tcsetattr(&stdin, OptionalActions::Now, &hidden);
    let answer = ask(question);
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
