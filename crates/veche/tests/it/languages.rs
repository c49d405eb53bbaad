//! What the libraries say is said in Russian too: every text of an error, whatever stands in its places.

use std::{collections::BTreeSet, path::Path};

use veche::russian::{
    in_russian,
    phrases::PHRASES,
    words::{COUNTS, SYSTEM, WORDS},
};

use crate::commands::Folder;

fn collect(folder: &Path, texts: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, texts);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            texts.extend(errors(&std::fs::read_to_string(path).unwrap()));
        }
    }
}

/// The texts of `#[error("...")]`, with names alone in braces.
fn errors(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in source.split("#[error(").skip(1) {
        let Some(literal) = part.trim_start().strip_prefix('"') else { continue };
        let (mut text, mut chars) = (String::new(), literal.chars().peekable());
        while let Some(next) = chars.next().filter(|next| *next != '"') {
            match (next, chars.peek().copied()) {
                ('\\', Some('\n')) => while chars.next_if(|space| space.is_whitespace()).is_some() {},
                ('\\', Some(_)) => text.extend(chars.next()),
                (':', Some('0')) if text.rfind('{') > text.rfind('}') => {
                    while chars.next_if(|format| *format != '}').is_some() {}
                }
                _ => text.push(next),
            }
        }
        found.push(text);
    }
    found
}

fn places(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).map(|part| part.split_once('}').unwrap().0).collect()
}

/// Has it words of its own, or only what is put into it?
fn says_something(text: &str) -> bool {
    let own: String = text.split('{').map(|part| part.split_once('}').map_or(part, |(_, own)| own)).collect();
    own.chars().any(char::is_alphabetic)
}

#[test]
fn every_error_of_the_libraries_has_its_russian() {
    let mut texts = BTreeSet::new();
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for entry in std::fs::read_dir(crates).unwrap() {
        collect(&entry.unwrap().path().join("src"), &mut texts);
    }
    texts.retain(|text| says_something(text));
    assert!(texts.len() > 200, "{}", texts.len());
    let known: BTreeSet<String> = PHRASES.iter().map(|(english, _)| (*english).to_owned()).collect();
    let missing: Vec<_> = texts.difference(&known).collect();
    assert!(missing.is_empty(), "not in phrases.rs: {missing:#?}");
    let stale: Vec<_> = known.difference(&texts).collect();
    assert!(stale.is_empty(), "no error says this any more: {stale:#?}");
    for (english, russian) in PHRASES.iter().chain(WORDS).chain(SYSTEM).chain(COUNTS) {
        assert_eq!(places(english), places(russian), "{english}");
        assert!(russian.chars().any(|c| ('а'..='я').contains(&c)), "{russian}");
    }
}

#[test]
fn texts_of_the_libraries_are_known_wherever_they_stand() {
    for (english, russian) in [
        ("the disk is full", "диск полон"),
        ("e/roll.csv: No such file or directory (os error 2)", "e/roll.csv: нет такого файла или папки"),
        ("the name of trustee 3 is longer than 100 characters", "имя доверенного 3 длиннее 100 знаков"),
        (
            "e/ceremony-messages/2-deal.json: trustee 2: a share does not fit the dealing",
            "e/ceremony-messages/2-deal.json: доверенный 2: доля не подходит к раздаче",
        ),
        (
            "НЕ ПРОВЕРЕНО — check 7 (recount and result): the file \"result.json\" is missing",
            "НЕ ПРОВЕРЕНО — проверка 7 (пересчёт и результат): файл «result.json» отсутствует",
        ),
        (
            "НЕ ПРОВЕРЕНО — check 5 (entries): entry 2: the entry's signature does not verify",
            "НЕ ПРОВЕРЕНО — проверка 5 (записи): запись 2: подпись записи неверна",
        ),
        (
            "the election's title is empty, or begins or ends with a space",
            "название выборов пусто или начинается либо кончается пробелом",
        ),
        (
            "the threshold must be 1 to the number of trustees, but is 3",
            "порог доверенных: нужно от 1 до числа доверенных, а здесь 3",
        ),
        (
            "сервер ответил 409: the closing time 5 is not after the time 6 of this very entry (Unix seconds)",
            "сервер ответил 409: время закрытия 5 не позже времени 6 самой этой записи (секунды Unix)",
        ),
        (
            "contest 1: two candidates are named \"the roll has no voters\"",
            "вопрос 1: два кандидата названы «в списке нет избирателей»",
        ),
    ] {
        assert_eq!(in_russian(english), russian);
    }
    for other in ["", " ", "No such thing (os error 2000)", "нет файлов", "trustees", "{0}", "a {0} b"] {
        let told = in_russian(other);
        assert!(told == other || other == "trustees", "{other}: {told}");
    }
    // However long a stranger's text is.
    let long = "check 1 (".repeat(2_000);
    assert_eq!(in_russian(&long), long);
}

#[test]
fn whoever_reads_russian_is_told_in_russian() {
    let folder = Folder::new();
    folder.exits(0, &["new", "e", "--candidates", "A,B", "--voters", "2", "--rule", "sum", "--secrecy", "open"]);
    let out = folder.command(&["pause", "e", "--reason", "x"]).env("VECHE_LANG", "ru").output().unwrap();
    let said = String::from_utf8(out.stderr).unwrap();
    assert!(said.contains("действие «приостановка» сейчас невозможно: голосование ещё не открыто"), "{said}");
}

/// What a check of a record finds is no error of its own, only a text.
#[test]
fn what_the_checks_of_a_record_find_is_told_in_russian() {
    let record = Path::new(env!("CARGO_MANIFEST_DIR")).join("../veche-election/src/record.rs");
    let source = std::fs::read_to_string(record).unwrap();
    let calls = ["ensure(", "failed(", "at(", "at(&"].into_iter().flat_map(|call| source.split(call).skip(1));
    let said = calls.filter_map(|call| call.lines().next()?.strip_suffix([';', ','].as_slice())?.rsplit('"').nth(1));
    let said: BTreeSet<&str> =
        said.filter(|text| text.trim().contains(' ') && !text.starts_with(' ') && !text.contains('{')).collect();
    assert!(said.len() > 15, "{said:?}");
    for text in said {
        assert_ne!(in_russian(text), text);
    }
}

/// Its library speaks English about the command line; around our words nothing of that is left.
#[test]
fn help_and_mistakes_in_a_command_are_told_in_russian_throughout() {
    let folder = Folder::new();
    for args in [
        &["--help"][..],
        &["help"],
        &["new", "--help"],
        &["vote", "--help"],
        &["witness", "serve", "--help"],
        &["vote"],
        &["vote", "--receit", "x"],
        &["sett", "e"],
        &["card"],
        &["new", "e", "--rule", "best"],
        &["new", "e", "--rule"],
        &["new", "e", "--voters", "many"],
        &["new", "e", "--title", "a", "--title", "b"],
        &["status", "a", "b"],
    ] {
        let out = folder.command(args).env("VECHE_LANG", "ru").env("NO_COLOR", "1").output().unwrap();
        let said = String::from_utf8([out.stdout, out.stderr].concat()).unwrap();
        assert!(said.contains("Вызов:") || said.contains("Подробнее:"), "{args:?}: {said}");
        for english in [
            "Usage",
            "Options",
            "Commands",
            "Arguments",
            "Print",
            "error",
            "tip",
            "argument",
            "value",
            "required",
            "invalid",
            "found",
            "exist",
            "For more",
            "default",
            "provided",
        ] {
            assert!(!said.contains(english), "{args:?}: {english} in {said}");
        }
    }
}
