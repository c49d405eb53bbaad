//! `veche witness`: watches other people's logs and signs their checkpoints.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use clap::Subcommand;
use veche_client::{Address, link::paper_id};
use veche_election::{
    Election, SigningKey,
    checkpoint::{WITNESS_NAME_MAX_CHARS, Witness},
};
use veche_server::{
    clock::Clock,
    descriptors, home,
    limits::Limits,
    tls::{Identity, TlsFiles},
    witness::{WitnessConfig, WitnessServer},
};
use zeroize::Zeroizing;

use crate::{
    args::examples,
    client,
    config::clean_text,
    failure::{Failure, Result},
    lang::tr,
    randomness, serve, setup,
    show::safe,
};

const PORT_DEFAULT: u16 = 8090;

#[derive(Subcommand)]
pub enum WitnessCommand {
    #[command(about = tr!("Make a witness' key; the organiser puts what is printed into election.toml",
        "Создать ключ свидетеля; напечатанное организатор вносит в election.toml"), after_help = examples(&[
            "veche witness init --name witness.example.org/anna --key anna.witness"
    ]))]
    Init {
        #[arg(long, help = tr!("A name that others know you by, such as witness.example.org/anna", "Имя, по которому вас знают, например witness.example.org/anna"))]
        name: String,
        #[arg(long, help = tr!("Where to put the key", "Куда положить ключ"))]
        key: PathBuf,
    },
    #[command(about = tr!("Sign the checkpoints of these elections, as long as their logs only grow",
        "Подписывать состояния журналов этих выборов, пока они только растут"), after_help = examples(&[
            "veche witness serve --key anna.witness --election election.json --address 0.0.0.0 8090"
    ]))]
    Serve {
        #[arg(long, help = tr!("The key that init made", "Ключ, созданный командой init"))]
        key: PathBuf,
        #[arg(long, required = true, help = tr!("An election: its election.json, or http://address; may be repeated",
            "Выборы: их election.json или http://адрес; можно несколько раз"))]
        election: Vec<String>,
        #[arg(long, help = tr!("What was signed, and proofs of forks [default: beside the key]",
            "Папка для подписанного и для доказательств раздвоения [по умолчанию: рядом с ключом]"))]
        state: Option<PathBuf>,
        #[arg(long, help = tr!("Listen on this address instead of 127.0.0.1", "Слушать этот адрес вместо 127.0.0.1"))]
        address: Option<std::net::IpAddr>,
        #[arg(long, requires = "certificate_key", help = tr!("Speak https with this certificate (PEM, with its chain)", "Работать по https с этим сертификатом (PEM, с цепочкой)"))]
        certificate: Option<PathBuf>,
        #[arg(long, requires = "certificate", help = tr!("The certificate's private key (PEM)", "Закрытый ключ сертификата (PEM)"))]
        certificate_key: Option<PathBuf>,
        #[arg(help = tr!("The port [default: 8090]; 0 takes a free one", "Порт [по умолчанию: 8090]; 0 — любой свободный"))]
        port: Option<u16>,
    },
}

pub async fn run(command: WitnessCommand) -> Result<()> {
    match command {
        WitnessCommand::Init { name, key } => {
            let made = make_key(&name, &key)?;
            println!("{}", made.lines());
            eprintln!("{}", made.text());
            Ok(())
        }
        WitnessCommand::Serve { key, election, state, address, certificate, certificate_key, port } => {
            let files = certificate.zip(certificate_key).map(|(certificate, key)| TlsFiles { certificate, key });
            let tls = files.map(|files| Identity::load(Path::new(""), &files)).transpose()?;
            let mut folder = key.clone().into_os_string();
            folder.push(".state");
            let address = address.unwrap_or_else(|| setup::local(0).ip());
            let address = SocketAddr::new(address, port.unwrap_or(PORT_DEFAULT));
            let dir = state.unwrap_or_else(|| folder.into());
            serve_witness(Witnessing { key, elections: election, dir, address, tls }).await
        }
    }
}

/// A witness' new key.
pub struct MadeKey {
    pub witness: Witness,
    pub file: PathBuf,
}

impl MadeKey {
    /// For the organiser's `election.toml`.
    pub fn lines(&self) -> String {
        format!("[[witness]]\nkey = \"{}\"\nurl = \"http://127.0.0.1:{PORT_DEFAULT}\"", self.witness)
    }

    /// What to do with them.
    pub fn text(&self) -> String {
        tr!(
            "Give these lines to the organiser, with the address at which the server reaches you. Keep {} secret.",
            "Передайте эти строки организатору, указав адрес, по которому вас найдёт сервер. {} храните в тайне.",
            self.file.display()
        )
    }
}

/// The key file: the name, and the seed in base64url. Nothing there is overwritten.
///
/// # Errors
/// The name is none, the file is there, or the disk.
pub fn make_key(name: &str, file: &Path) -> Result<MadeKey> {
    if file.exists() {
        return Err(Failure::usage(tr!("{} is there already", "{} уже есть", file.display())));
    }
    let name = clean_text(tr!("the name", "имя"), name, WITNESS_NAME_MAX_CHARS)?;
    let seed = Zeroizing::new(randomness::random()?);
    let key = SigningKey::from_seed(&seed);
    let witness = Witness::new(&name, key.public()).ok_or_else(|| {
        Failure::usage(tr!(
            "a name has no white space and no plus sign, and at most 100 characters",
            "в имени не должно быть пробелов и знака «плюс», и не больше 100 знаков"
        ))
    })?;
    let text = Zeroizing::new(format!("{name}\n{}\n", data_encoding::BASE64URL_NOPAD.encode(seed.as_ref())));
    home::write_new(file, text.as_bytes(), 0o600)?;
    Ok(MadeKey { witness, file: file.to_owned() })
}

pub fn read_key(file: &Path) -> Result<(String, SigningKey)> {
    let bad = |what: &dyn std::fmt::Display| Failure::usage(format!("{}: {what}", file.display()));
    let text = std::fs::read_to_string(file).map(Zeroizing::new).map_err(|error| bad(&error))?;
    let (name, seed) = text.split_once('\n').ok_or_else(|| bad(&"not the key of a witness"))?;
    let seed = data_encoding::BASE64URL_NOPAD.decode(seed.trim_end().as_bytes()).map(Zeroizing::new);
    let seed = seed.ok().and_then(|seed| <[u8; 32]>::try_from(seed.as_slice()).ok()).map(Zeroizing::new);
    let seed = seed.ok_or_else(|| bad(&"not the key of a witness"))?;
    Ok((name.to_owned(), SigningKey::from_seed(&seed)))
}

/// What a witness signs, with which key, and where it is asked.
pub struct Witnessing {
    pub key: PathBuf,
    /// Of each its `election.json`, its folder or its address.
    pub elections: Vec<String>,
    /// For what was signed, and for proofs of forks.
    pub dir: PathBuf,
    pub address: SocketAddr,
    pub tls: Option<Identity>,
}

/// A witness of this process, and whose logs it signs.
pub struct Witnesses {
    pub elections: Vec<Election>,
    pub server: WitnessServer,
}

/// # Errors
/// Key or elections cannot be read, or the port is taken.
pub async fn start(how: Witnessing) -> Result<Witnesses> {
    let Witnessing { key, elections, dir, address, tls } = how;
    let (name, key) = read_key(&key)?;
    let elections = elections.iter().map(|place| read_election(place)).collect::<Result<Vec<_>>>()?;
    let limits = descriptors::raise_limit_for(Limits::default());
    let (clock, watched) = (Clock::system(), elections.clone());
    let config = WitnessConfig { name, key, dir, elections: watched, address, limits, clock, tls };
    Ok(Witnesses { elections, server: WitnessServer::start(config).await? })
}

async fn serve_witness(how: Witnessing) -> Result<()> {
    serve::start_log(None);
    let mut end = serve::End::listen()?;
    let Witnesses { elections, server } = start(how).await?;
    for election in &elections {
        println!("{}  {}", paper_id(election.id()), safe(&election.draft().title));
    }
    println!("{}", tr!("Witness at {}. Stop with Ctrl-C.", "Свидетель: {}. Остановить: Ctrl-C.", server.url()));
    end.comes().await;
    server.shutdown().await;
    Ok(())
}

/// A manifest from a file, a folder or a server.
pub fn read_election(place: &str) -> Result<Election> {
    if Address::is_one(place) {
        return Ok(client::at(place)?.election()?);
    }
    let mut path = PathBuf::from(place);
    if path.is_dir() {
        path.push(veche_election::record::MANIFEST_FILE);
    }
    let bytes = std::fs::read(&path).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
    Election::parse(&bytes).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}
