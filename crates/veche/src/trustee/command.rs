//! What may be typed behind `veche trustee`, and which step that is.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use veche_election::ceremony::TrusteeSecret;

use super::{How, KeyHolder, accept, code, deal, front::AtTerminal, open, register, rehearse};
use crate::{args::examples, failure::Result, keyfile, lang::tr};

#[derive(Subcommand)]
pub enum TrusteeCommand {
    #[command(about = tr!("1. Make your key and register", "1. Создать свой ключ и зарегистрироваться"), after_help = examples(&[
            "veche trustee register --at https://vote.example.org --number 1 --name \"Anna Schmidt\" --key anna.key"
    ]))]
    Register {
        #[command(flatten)]
        place: PlaceArgs,
        #[arg(long, help = tr!("Your number among the trustees, from 1", "Ваш номер среди доверенных, считая с 1"))]
        number: u32,
        #[arg(long, help = tr!("Your name; stands in the public record", "Ваше имя; оно будет в публичной записи выборов"))]
        name: String,
        #[arg(long, help = tr!("Put the key under a passphrase", "Закрыть ключ паролем"))]
        passphrase: bool,
    },
    #[command(about = tr!("2. When all have registered: deal the shares", "2. Когда все зарегистрировались: раздать доли"), after_help = examples(&[
            "veche trustee deal --at https://vote.example.org --key anna.key"
    ]))]
    Deal(SpokenArgs),
    #[command(about = tr!("3. When all have dealt: check your shares and accept, complain, or answer a complaint",
        "3. Когда все раздали: проверить свои доли; принять их, пожаловаться или ответить на жалобу"), after_help = examples(&[
            "veche trustee accept --at https://vote.example.org --key anna.key"
    ]))]
    Accept(SpokenArgs),
    #[command(about = tr!("4. Before opening: show that you still have your key", "4. До открытия: показать, что ключ на месте"), after_help = examples(&[
            "veche trustee rehearse --at https://vote.example.org --key anna.key"
    ]))]
    Rehearse {
        #[command(flatten)]
        spoken: SpokenArgs,
        #[arg(long, help = weights_help())]
        weights_show_votes: bool,
    },
    #[command(about = tr!("5. After closing: check the whole record, then open the sums with your share",
        "5. После закрытия: проверить весь журнал и открыть суммы своей долей"), after_help = examples(&[
            "veche trustee open --at https://vote.example.org --key anna.key",
            "veche trustee open --at https://vote.example.org --key anna.key --code 495Y-J5QW-P3Z4-R4PN-X6B5-TZTA-E0R8-4NSF"
    ]))]
    Open {
        #[command(flatten)]
        spoken: SpokenArgs,
        #[arg(long, help = tr!("Open even a single ballot, whose vote everybody will then know",
            "Открыть даже единственный бюллетень, хотя все узнают, что в нём"))]
        single_ballot: bool,
        #[arg(long, help = weights_help())]
        weights_show_votes: bool,
        #[arg(long, value_name = "N", help = tr!("The number of changes of the roll since setup, if it is known and right though over 5 %",
            "Столько изменений списка после создания выборов мне известно, и все верны, хотя их больше 5 %"))]
        roll_changed: Option<u64>,
        #[arg(long, help = tr!("This is a copy of the key, and the notes that lay beside the key are lost",
            "Это копия ключа, а заметки, лежавшие рядом с ключом, утрачены"))]
        copy: bool,
        #[arg(long, help = tr!("The closing is dated later than this machine's clock, and all know why",
            "Закрытие датировано позже, чем показывают часы этой машины, и все знают почему"))]
        clock_ahead: bool,
    },
    #[command(about = tr!("Show how the ceremony stands, and the code to read aloud",
        "Как идёт церемония; код для сверки голосом"), after_help = examples(&[
            "veche trustee code --at https://vote.example.org --key anna.key"
    ]))]
    Code {
        #[arg(long, help = at_help())]
        at: String,
        #[arg(long, help = tr!("Your key file: a code is shown only to those who take part, and of one closing only",
            "Файл вашего ключа: код показывают только участнику и только для одного закрытия"))]
        key: Option<PathBuf>,
    },
}

#[derive(Args)]
pub struct PlaceArgs {
    #[arg(long, help = at_help())]
    at: String,
    #[arg(long, help = tr!("Your key file; keep two copies, show it to nobody", "Файл вашего ключа; храните две копии, не показывайте никому"))]
    key: PathBuf,
}

#[derive(Args)]
pub struct SpokenArgs {
    #[command(flatten)]
    place: PlaceArgs,
    #[arg(long, allow_hyphen_values = true, help = tr!("The code that the others have read to you; else you are asked",
        "Код, который вам прочли другие; без этого программа спросит"))]
    code: Option<String>,
}

impl PlaceArgs {
    fn holder(&self) -> KeyHolder {
        KeyHolder { at: self.at.clone(), key: self.key.clone() }
    }
}

impl SpokenArgs {
    fn front(&self) -> AtTerminal<'_> {
        AtTerminal { given: self.code.as_deref(), ..AtTerminal::default() }
    }
}

fn weights_help() -> String {
    tr!(
        "Go on though the weights give votes away, and all who vote know it",
        "Продолжить, хотя веса выдают голоса и все, кто голосует, это знают"
    )
}

fn at_help() -> String {
    tr!("The server, http://host:port, or the folder", "Сервер, http://адрес:порт, или папка")
}

/// A step at the terminal.
pub async fn run(command: TrusteeCommand) -> Result<()> {
    let step = match &command {
        TrusteeCommand::Register { place, number, name, passphrase } => {
            let keep = |secret: &TrusteeSecret| {
                let phrase = if *passphrase { Some(keyfile::new_passphrase()?) } else { None };
                keyfile::write(&place.key, secret, phrase.as_ref().map(|phrase| phrase.as_str()))
            };
            register(&place.holder(), *number, name, keep, &mut AtTerminal::default())
        }
        TrusteeCommand::Deal(args) => deal(&args.place.holder(), &mut args.front()).await,
        TrusteeCommand::Accept(args) => accept(&args.place.holder(), &mut args.front()),
        TrusteeCommand::Rehearse { spoken, weights_show_votes } => {
            rehearse(&spoken.place.holder(), *weights_show_votes, &mut spoken.front()).await
        }
        TrusteeCommand::Open { spoken, single_ballot, weights_show_votes, roll_changed, copy, clock_ahead } => {
            let how = How {
                single_ballot: *single_ballot,
                weights_show_votes: *weights_show_votes,
                roll_changed: *roll_changed,
                told: spoken.code.is_some(),
                copy: *copy,
                ahead: *clock_ahead,
            };
            open(&spoken.place.holder(), how, &mut spoken.front()).await
        }
        TrusteeCommand::Code { at, key } => code(at, key.as_deref(), &mut AtTerminal::default()).await,
    };
    println!("{}", step?.text());
    Ok(())
}
