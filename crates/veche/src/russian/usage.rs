//! What the library that reads the command line says, in Russian: its words stand around ours, in help and in refusals.

use std::io::IsTerminal;

use clap::Error;

/// In this order: what begins with another text stands before it.
const SAID: &[(&str, &str)] = &[
    ("Usage:", "Вызов:"),
    ("Commands:", "Команды:"),
    ("Arguments:", "Аргументы:"),
    ("Options:", "Ключи:"),
    ("[OPTIONS]", "[КЛЮЧИ]"),
    ("<COMMAND>", "<КОМАНДА>"),
    ("[COMMAND]", "[КОМАНДА]"),
    ("Print this message or the help of the given subcommand(s)", "Показать эту справку или справку о команде"),
    ("Print help", "Показать эту справку"),
    ("Print version", "Показать версию"),
    ("[possible values:", "[возможно:"),
    // Where the end of a line stands between the two words.
    ("[possible", "[возможно:"),
    ("values: ", ""),
    ("values:\n", "\n"),
    ("[default:", "[по умолчанию:"),
    ("[subcommands: ", "[команды: "),
    ("error: ", "veche: не выполнено: "),
    ("unexpected argument '", "неизвестный аргумент '"),
    ("' found", "'"),
    ("unrecognized subcommand '", "неизвестная команда '"),
    ("the following required arguments were not provided:", "не хватает обязательных аргументов:"),
    ("invalid value '", "не годится значение '"),
    ("' for '", "' для '"),
    ("a value is required for '", "нет значения для '"),
    ("' but none was supplied", "'"),
    ("' requires a subcommand but one was not provided", "': не названа команда"),
    ("the argument '", "аргумент '"),
    ("' cannot be used with '", "' не бывает вместе с '"),
    ("' cannot be used with:", "' не бывает вместе с:"),
    ("' cannot be used multiple times", "' нельзя повторять"),
    ("tip: ", "совет: "),
    ("a similar argument exists: ", "похожий аргумент: "),
    ("some similar arguments exist: ", "похожие аргументы: "),
    ("a similar subcommand exists: ", "похожая команда: "),
    ("some similar subcommands exist: ", "похожие команды: "),
    ("a similar value exists: ", "похожее значение: "),
    ("some similar values exist: ", "похожие значения: "),
    ("to pass '", "чтобы передать '"),
    ("' as a value, use '", "' как значение, напишите '"),
    ("For more information, try '", "Подробнее: '"),
    ("invalid digit found in string", "нужно целое число"),
    ("cannot parse integer from empty string", "нужно целое число"),
    ("number too large to fit in target type", "слишком большое число"),
    ("number too small to fit in target type", "слишком малое число"),
    ("invalid IP address syntax", "это не IP-адрес"),
    (" is not in ", " вне пределов "),
];

/// As the library prints it: on standard error what was refused, on standard output what was asked for.
pub fn print(error: &Error) {
    let colours = |terminal: bool| terminal && std::env::var_os("NO_COLOR").is_none();
    if error.use_stderr() {
        eprint!("{}", said(error, colours(std::io::stderr().is_terminal())));
    } else {
        print!("{}", said(error, colours(std::io::stdout().is_terminal())));
    }
}

fn said(error: &Error, colours: bool) -> String {
    let text = error.render();
    let text = if colours { text.ansi().to_string() } else { text.to_string() };
    SAID.iter().fold(text, |text, (english, russian)| text.replace(english, russian))
}
