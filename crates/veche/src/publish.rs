//! `veche publish`: gives an election to a host, first its draft and then, when it is set up, the rest. The organiser's key, the roll
//! with its contacts and the cards stay here. Spec: `docs/spec/host.md`.

use std::path::{Path, PathBuf};

use clap::Args;
use veche_election::{
    Act, ControlEntry, Election, RollShows, Signatory, Signature, SigningKey, canonical,
    entry::ControlLink,
    publication::{
        CEREMONY_PART, CREDENTIALS_PART, DRAFT_PART, MANIFEST_PART, PUBLISHED_VERSION, Part, Publication, Published,
        SETUP_PART, Step, VOTERS_PART, Wishes, WitnessAt, is_name, read_invitation,
    },
    record::{CEREMONY_FILE, CREDENTIALS_FILE},
};
use veche_server::{
    Home,
    clock::Clock,
    home::{DRAFT_FILE, ORGANISER_KEY_FILE},
    sequencer::GRACE_DEFAULT_S,
};
use zeroize::Zeroizing;

use crate::{
    args::dir_help,
    client,
    config::{self, public_address},
    failure::{Exit, Failure, Result},
    front::{Front, Terminal},
    hosted::Hosted,
    lang::{Language, both, tr},
    randomness::random,
    setup,
    show::safe,
};

#[derive(Args)]
pub struct PublishArgs {
    #[arg(help = dir_help())]
    dir: PathBuf,
    #[arg(long, value_name = "ADDRESS", help = tr!("The host's address [default: as before]",
        "Адрес хостинга [по умолчанию: прежний]"))]
    host: Option<String>,
    #[arg(long, value_name = "CODE", help = tr!("The invitation that whoever runs the host has given you; for the draft",
        "Код приглашения от того, кто ведёт хостинг; нужен для черновика"))]
    invitation: Option<String>,
    #[arg(long, help = tr!("How the election is called in its address: small letters a to z, digits, hyphens [default: as before, else the folder's name]",
        "Имя выборов в адресе: строчные буквы a–z, цифры, дефисы [по умолчанию: прежнее, иначе имя папки]"))]
    name: Option<String>,
    #[arg(long, help = tr!("The host's list may show the election to everybody",
        "Показывать выборы всем в списке хостинга"))]
    listed: bool,
}

/// What is asked of a host.
pub struct Wish {
    pub host: Option<String>,
    pub invitation: Option<String>,
    pub name: Option<String>,
    pub listed: bool,
}

pub async fn run(args: PublishArgs) -> Result<()> {
    let PublishArgs { dir, host, invitation, name, listed } = args;
    let wish = Wish { host, invitation, name, listed };
    let (step, hosted) = publish(&Home::new(&dir), &wish, &mut Terminal::default()).await?;
    tell(&dir, step, &hosted)
}

fn tell(dir: &Path, step: Step, Hosted { url, .. }: &Hosted) -> Result<()> {
    let home = Home::new(dir);
    let dir = dir.display();
    println!(
        "{}",
        match step {
            Step::Draft if home.draft()?.trustees.is_some() => tr!(
                "The draft is at the host, and the trustees make the key there:\n  {url}\n\
                 Each:  veche trustee register --at {url} --number N --name NAME --key FILE\n\
                 When all have registered, dealt and accepted:  veche setup {dir}\n\
                 and then:                                      veche publish {dir}",
                "Черновик на хостинге, доверенные создают ключ там:\n  {url}\n\
                 Каждый:  veche trustee register --at {url} --number N --name ИМЯ --key ФАЙЛ\n\
                 Когда все сделали register, deal и accept:  veche setup {dir}\n\
                 и затем:                                    veche publish {dir}"
            ),
            Step::Draft => tr!(
                "The draft is at the host. Voters will come to\n  {url}\nNext:  veche setup {dir}\n       veche publish {dir}",
                "Черновик на хостинге. Адрес для избирателей:\n  {url}\nДальше:  veche setup {dir}\n         veche publish {dir}"
            ),
            Step::Setup => tr!(
                "The election is at the host:\n  {url}\nKey, roll and cards have stayed here. Next:  veche open {dir}",
                "Выборы на хостинге:\n  {url}\nКлюч, список и карточки остались здесь. Дальше:  veche open {dir}"
            ),
        }
    );
    Ok(())
}

/// The next step of an election: its draft, or what it has become.
///
/// # Errors
/// There is neither, the host refuses it, or it answers as no host does.
pub async fn publish(home: &Home, wish: &Wish, front: &mut dyn Front) -> Result<(Step, Hosted)> {
    setup::refuse_begun_anew(home)?;
    let before = Hosted::of(home)?;
    let step = if home.has_draft() { Step::Draft } else { Step::Setup };
    if step == Step::Setup {
        if !home.exists() {
            let dir = home.dir().display();
            return Err(Failure::usage(both!("there is no election in {dir}", "в {dir} нет выборов")));
        }
        if before.is_none() {
            return Err(Failure::usage(both!(
                "this election was made with keys of its own: a host holds those for which it has made the keys",
                "эти выборы созданы со своими ключами, а хостинг ведёт те, для которых ключи создал он сам"
            ))
            .next(both!(
                "Begin with a draft: veche new DIR --draft ..., veche publish DIR, veche setup DIR, veche publish DIR",
                "Начните с черновика: veche new ПАПКА --draft …, veche publish ПАПКА, veche setup ПАПКА, veche publish ПАПКА"
            )));
        }
        // Whether a making broke off shows here.
        setup::finish(home, front).await?;
    }
    let host = match (&wish.host, &before) {
        (Some(host), _) => public_address(host)?,
        (None, Some(before)) => before.host.clone(),
        (None, None) => {
            return Err(Failure::usage(both!("which host? --host ADDRESS", "на каком хостинге? --host АДРЕС")));
        }
    };
    let before = before.filter(|before| step == Step::Setup || before.host == host);
    if before.as_ref().is_some_and(|before| before.host != host) {
        return Err(Failure::usage(both!(
            "this election is at another host, by whose keys it was made",
            "эти выборы на другом хостинге, они созданы с его ключами"
        )));
    }
    let name = name_of(home, wish, before.as_ref())?;
    let key = organiser_key(home)?;
    let parts = match step {
        Step::Draft => vec![(DRAFT_PART, home.read(DRAFT_FILE)?)],
        Step::Setup => setup_parts(home, &key)?,
    };
    let at = Clock::system().wall().max(before.as_ref().map_or(0, |before| before.at + 1));
    let listed = wish.listed || before.as_ref().is_some_and(|before| before.listed);
    let publication = Publication {
        v: String::new(),
        host: host.clone(),
        name: name.clone(),
        step,
        organiser: key.public(),
        at,
        invitation: invitation(wish, step)?,
        wishes: wishes(home, listed)?,
        parts: parts.iter().map(|(name, bytes)| Part::of(name, bytes)).collect(),
        sig: Signature([0; 64]),
    };
    let mut body = publication.sign(&key);
    body.push(b'\n');
    parts.iter().for_each(|(_, bytes)| body.extend_from_slice(bytes));
    let address = client::at(&host)?;
    let answer = tokio::task::block_in_place(|| address.post("/publish", &body)).map_err(Failure::from)?;
    let published = read_answer(&answer, &host, &name, step, &key)?;
    if before.as_ref().is_some_and(|before| step == Step::Setup && before.keys != published.keys) {
        return Err(no_host(&host));
    }
    let Published { url, keys, .. } = published;
    let hosted = Hosted { host, name, url, keys, at, listed, set_up: step == Step::Setup };
    hosted.write(home)?;
    Ok((step, hosted))
}

/// The answer of a host to this step: for the key that signed it, at an address of this host.
fn read_answer(bytes: &[u8], host: &str, name: &str, step: Step, key: &SigningKey) -> Result<Published> {
    let published: Published = canonical::parse(bytes).map_err(|_| no_host(host))?;
    let (scheme, place) = host.split_once("://").unwrap_or_default();
    let here = [format!("{scheme}://{name}.{place}"), format!("{host}/e/{name}")];
    let Published { v, keys, url, .. } = &published;
    let fits = v == PUBLISHED_VERSION
        && (published.name.as_str(), published.step) == (name, step)
        && keys.organiser == key.public()
        && here.contains(url);
    if fits { Ok(published) } else { Err(no_host(host)) }
}

fn no_host(host: &str) -> Failure {
    Failure::new(
        Exit::CheckFailed,
        both!("{host} does not answer as a host does", "{host} отвечает не так, как хостинг выборов"),
    )
    .next(both!("Is the address right?", "Верен ли адрес?"))
}

fn name_of(home: &Home, wish: &Wish, before: Option<&Hosted>) -> Result<String> {
    let folder = home.dir().canonicalize().ok();
    let folder = folder.and_then(|dir| dir.file_name().map(|name| name.to_string_lossy().to_lowercase()));
    let name = wish.name.clone().or_else(|| before.map(|before| before.name.clone())).or(folder).unwrap_or_default();
    if before.is_some_and(|before| before.name != name && home.exists()) {
        return Err(Failure::usage(both!(
            "the host knows this election by another name, under which its keys were made",
            "на хостинге эти выборы называются иначе: под тем именем созданы их ключи"
        )));
    }
    if is_name(&name) {
        return Ok(name);
    }
    let shown = safe(&name);
    Err(Failure::usage(both!("\"{shown}\" cannot stand in an address", "«{shown}» не годится для адреса")).next(both!(
        "Give a name of small letters a to z, digits and hyphens, 48 at most: --name board2027",
        "Дайте имя из строчных букв a–z, цифр и дефисов, не длиннее 48: --name pravlenie2027"
    )))
}

fn invitation(wish: &Wish, step: Step) -> Result<Option<String>> {
    let Some(typed) = wish.invitation.as_deref().filter(|_| step == Step::Draft) else { return Ok(None) };
    let code = read_invitation(typed).ok_or_else(|| {
        Failure::usage(both!(
            "this is no code of an invitation: it has 26 letters and digits",
            "это не код приглашения: в нём 26 букв и цифр"
        ))
    })?;
    Ok(Some(code))
}

/// The key with which everything is signed, made before the first publishing.
fn organiser_key(home: &Home) -> Result<SigningKey> {
    if !home.path(ORGANISER_KEY_FILE).exists() {
        let key = SigningKey::from_seed(&Zeroizing::new(random()?));
        home.write_signing_key(ORGANISER_KEY_FILE, &key)?;
        home.sync()?;
    }
    Ok(home.signing_key(ORGANISER_KEY_FILE)?)
}

fn wishes(home: &Home, listed: bool) -> Result<Wishes> {
    let file = config::read(home)?;
    let lang = file.as_ref().and_then(|file| file.lang).map(|lang: Language| lang.name().to_owned());
    let grace_s = file.as_ref().map_or(GRACE_DEFAULT_S, |file| file.grace_s);
    let witnesses = file.into_iter().flat_map(|file| file.witnesses);
    let witnesses = witnesses.map(|witness| WitnessAt { key: witness.key, url: witness.url }).collect();
    Ok(Wishes { listed, lang, grace_s, witnesses })
}

/// Without names, where the published roll shows none; contacts never were in these files.
fn setup_parts(home: &Home, key: &SigningKey) -> Result<Vec<(&'static str, Vec<u8>)>> {
    let election = home.election()?;
    let mut voters = Vec::new();
    for mut seat in home.voters(&election)? {
        if election.draft().roll_shows != RollShows::Name {
            seat.name.clear();
        }
        voters.extend(canonical::write(&seat));
        voters.push(b'\n');
    }
    let mut parts = vec![
        (MANIFEST_PART, election.bytes().to_vec()),
        (CREDENTIALS_PART, home.read(CREDENTIALS_FILE)?),
        (VOTERS_PART, voters),
    ];
    if election.ceremony().is_some() {
        parts.push((CEREMONY_PART, home.read(CEREMONY_FILE)?));
    }
    parts.push((SETUP_PART, setup_entry(&election, key)));
    Ok(parts)
}

fn setup_entry(election: &Election, key: &SigningKey) -> Vec<u8> {
    let at = Clock::system().wall();
    ControlEntry::sign(election.id(), ControlLink::FIRST, at, Signatory::Organiser, Act::Setup, key).into()
}
