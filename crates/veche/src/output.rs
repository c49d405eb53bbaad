//! Words for standard output and standard error, in place of the standard library's macros of these names, which panic
//! when nobody reads. Whoever has read enough and gone away (`veche status DIR | head -1`) makes no failure of it: what
//! is said after that is lost, and the command goes on to its end. A disk that is full is one.

use std::{
    fmt,
    io::{self, BufWriter, ErrorKind, Write},
};

use serde::Serialize;
use veche_election::text::is_forbidden;

use crate::failure::Exit;

macro_rules! print {
    ($($words:tt)*) => { $crate::output::write(std::io::stdout().lock(), format_args!($($words)*)) };
}

macro_rules! println {
    () => { print!("\n") };
    ($($words:tt)*) => { $crate::output::write_line(std::io::stdout().lock(), format_args!($($words)*)) };
}

macro_rules! eprint {
    ($($words:tt)*) => { $crate::output::write(std::io::stderr().lock(), format_args!($($words)*)) };
}

macro_rules! eprintln {
    () => { eprint!("\n") };
    ($($words:tt)*) => { $crate::output::write_line(std::io::stderr().lock(), format_args!($($words)*)) };
}

pub fn write(mut to: impl Write, words: fmt::Arguments<'_>) {
    accept(to.write_fmt(words));
}

pub fn write_line(mut to: impl Write, words: fmt::Arguments<'_>) {
    accept(to.write_fmt(words).and_then(|()| to.write_all(b"\n")));
}

/// What is too large for one text, written to standard output piece by piece.
pub fn stream(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
    let mut to = BufWriter::new(io::stdout().lock());
    accept(write(&mut to).and_then(|()| to.flush()));
}

/// JSON, for a program or for whoever looks at it in a terminal: what no text of an election may hold, since it commands
/// a terminal or turns a line around (`docs/spec/marks.md` section 3), stands there as `\u…`. A record that is refused
/// may hold anything.
pub fn json(value: &impl Serialize) -> String {
    // Of values of our own, whose keys are texts; a line feed only stands between members here.
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' || !is_forbidden(c) {
            out.push(c);
        } else {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out += &format!("\\u{unit:04x}"));
        }
    }
    out
}

pub fn print_json(value: &impl Serialize) {
    println!("{}", json(value));
}

/// Before the end: what was said is with whoever reads, or on the disk.
pub fn flush() {
    accept(io::stdout().lock().flush());
}

fn accept(written: io::Result<()>) {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            let _ = std::io::stderr().write_all(format!("{error}\n").as_bytes());
            std::process::exit(Exit::Other as i32);
        }
        _ => {}
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::{Value, json};

    #[test]
    fn json_holds_nothing_raw_that_commands_a_terminal_and_says_the_same() {
        let bad = "\u{1b}[2J\u{9b}31m\u{7f}\u{202e}\u{200b}\u{ad}\r\n\u{e0041}\u{10ffff}";
        let value = json!({ bad: [bad, "Анна ❤\u{fe0f} 😀", "a\u{200d}b"] });
        let text = super::json(&value);
        assert!(!text.chars().any(|c| c != '\n' && veche_election::text::is_forbidden(c)), "{text:?}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        assert!(text.contains(r"\u009b31m\u007f\u202e\u200b\u00ad\r\n\udb40\udc41\udbff\udfff"), "{text}");
        assert!(text.contains("Анна ❤\u{fe0f} 😀"), "what may stand in a name stands there as it is: {text}");
    }
}
