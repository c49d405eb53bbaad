//! Words for standard output and standard error, in place of the standard library's macros of these names, which panic
//! when nobody reads. Whoever has read enough and gone away (`veche status DIR | head -1`) makes no failure of it: what
//! is said after that is lost, and the command goes on to its end. A disk that is full is one.

use std::{
    fmt,
    io::{self, BufWriter, ErrorKind, Write},
};

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
