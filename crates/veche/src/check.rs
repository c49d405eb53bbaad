//! `veche check`: before opening, what is missing or odd.

use std::{collections::HashMap, path::Path};

use rustls::CertificateError;
use veche_client::{link::paper_id, trust::read_certificates};
use veche_election::{
    Contest, Draft, Election, Hash, Method, Phase, Roll, RollShows, ceremony::spoken, credential::rare_weights,
    manifest::ContestKind, rules::Blanks, text::skeleton,
};
use veche_server::{
    Home,
    clock::Clock,
    home::{
        BOARD_KEY_FILE, HomeError, ORGANISER_KEY_FILE, ROLL_CSV_FILE, SERVER_KEYS_FILE, VOTERS_FILE, others_may_read,
    },
};

use crate::{
    cards, ceremonies, client,
    config::{self, ElectionFile, show_time},
    failure::{Exit, Failure, Result},
    front::is_at_pages,
    hosted::Hosted,
    hosting,
    lang::{both, some, tr},
    mail_file::{MailFile, MailServer},
    russian, setup,
    show::safe,
    status, trustee, weights, words,
};

/// Fewer voters than this are warned of what a secret result can tell.
const SMALL_ROLL: u64 = 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Good,
    /// Deserves a look.
    Remark,
    /// Stops an opening.
    Error,
}

/// What was found, in the order of looking.
pub struct Findings {
    pub title: String,
    /// Of an election that is more than a draft.
    pub election: Option<Hash>,
    /// Which its trustees compare with the organiser before they rehearse.
    pub code: Option<String>,
    pub found: Vec<(Kind, String)>,
    /// How far the ceremony of a draft has come.
    pub stage: Option<String>,
}

impl Findings {
    fn good(&mut self, text: String) {
        self.found.push((Kind::Good, text));
    }

    fn remark(&mut self, text: String) {
        self.found.push((Kind::Remark, text));
    }

    fn error(&mut self, text: String) {
        self.found.push((Kind::Error, text));
    }

    fn count(&self, kind: Kind) -> usize {
        self.found.iter().filter(|(found, _)| *found == kind).count()
    }
}

/// `veche check DIR`.
pub async fn run(dir: &Path) -> Result<()> {
    let findings = look(&Home::new(dir)).await?;
    println!("{}", findings.title);
    if let Some(id) = findings.election {
        println!("{}", tr!("Election id: {}", "Id выборов: {}", paper_id(id)));
    }
    if let Some(code) = &findings.code {
        println!("{}", tr!("Code to compare with trustees: {code}", "Код для сверки с доверенными: {code}"));
    }
    for (kind, text) in &findings.found {
        let sign = match kind {
            Kind::Good => "✓",
            Kind::Remark => "?",
            Kind::Error => "✗",
        };
        println!("  {sign} {text}");
    }
    if let Some(stage) = &findings.stage {
        println!("  {stage}");
    }
    let (errors, remarks) = (findings.count(Kind::Error), findings.count(Kind::Remark));
    let (wrong, said) = (some(errors as u64, "error", "errors"), some(remarks as u64, "remark", "remarks"));
    if errors > 0 {
        return Err(Failure::new(Exit::CheckFailed, both!("{wrong}, {said}", "ошибок {errors}, замечаний {remarks}")));
    }
    if findings.election.is_some() {
        println!("{}", tr!("No errors, {said}.", "Ошибок нет, замечаний {remarks}."));
    }
    Ok(())
}

/// Looks an election over, or the draft of one.
pub async fn look(home: &Home) -> Result<Findings> {
    setup::refuse_begun_anew(home)?;
    if home.has_draft() {
        return look_at_draft(home);
    }
    let election = home.election()?;
    let draft = election.draft();
    let code = draft.trustees.map(|_| spoken(election.id()));
    let mut findings =
        Findings { title: draft.title.clone(), election: Some(election.id()), code, found: Vec::new(), stage: None };
    check_contests(draft, &mut findings);
    let config = read_config(home, &mut findings);
    let hosted = Hosted::of(home)?;
    check_keys(home, config.as_ref(), hosted.is_some(), &mut findings);
    check_witnesses(&election, config.as_ref(), &mut findings);
    match home.voters(&election) {
        Ok(seats) => {
            let count = seats.len();
            let weight = words::votes(election.roll().weight, election.draft().roll_scale);
            let voters = some(count as u64, "voter", "voters");
            findings.good(tr!("{voters}, weight {weight}", "избирателей {count}, вес {weight}"))
        }
        Err(error) => findings.error(error.to_string()),
    }
    check_roll(home, &election, &mut findings);
    check_secrecy(home, &election, &mut findings);
    check_times(draft.opens, draft.closes, &mut findings);
    match &hosted {
        Some(hosted) => check_host(hosted, &election, &mut findings),
        None => {
            check_log(home, &mut findings).await;
            check_tls(home, config.as_ref(), &mut findings);
            check_address(home, &election, config.as_ref(), &mut findings);
        }
    }
    check_mail(config.as_ref(), &mut findings);
    if cards::are_beside(home) {
        findings.remark(tr!(
            "cards still lie in the folder: deliver them, then delete them",
            "карточки ещё лежат в папке: раздайте их и удалите"
        ));
    }
    Ok(findings)
}

/// The log, and all that is served, is the host's.
fn check_host(hosted: &Hosted, election: &Election, findings: &mut Findings) {
    let url = &hosted.url;
    if !hosted.set_up {
        return findings.remark(tr!(
            "the host has only the draft: veche publish",
            "на хостинге есть только черновик: veche publish"
        ));
    }
    match client::at(url).and_then(|address| Ok((address.election()?, address.status()?))) {
        Ok((served, status)) if served.id() == election.id() => {
            let phase = russian::said(status.phase.name());
            findings.good(tr!(
                "the host serves it at {url}; {phase}",
                "хостинг ведёт выборы по адресу {url}; голосование {phase}"
            ));
        }
        Ok(_) => findings.error(tr!("{url} serves another election", "по адресу {url} другие выборы")),
        Err(failure) => findings.error(failure.what.to_string()),
    }
}

/// Nothing that stops an opening.
fn check_mail(config: Option<&ElectionFile>, findings: &mut Findings) {
    match config.and_then(|file| file.mail.as_ref()).map(MailFile::server) {
        None => {}
        Some(Ok(MailServer { host, port, from, .. })) => {
            findings
                .good(tr!("letters go from {from} through {host}:{port}", "письма идут от {from} через {host}:{port}"));
        }
        Some(Err(failure)) => findings.remark(failure.what.to_string()),
    }
}

async fn check_log(home: &Home, findings: &mut Findings) {
    let board = match status::inspect(home).await {
        Ok(board) => board,
        Err(failure) => return findings.error(failure.what.to_string()),
    };
    let (size, phase) = (board.size(), russian::said(board.phase().name()));
    let entries = some(size, "entry", "entries");
    findings.good(tr!("log: {entries}; {phase}", "журнал: записей {size}; голосование {phase}"));
    let rehearsed: Vec<u32> = board.rehearsed().collect();
    let all = (1_u32..).take(board.election().trustees().len());
    let missing: Vec<String> =
        all.filter(|number| !rehearsed.contains(number)).map(|number| number.to_string()).collect();
    if !missing.is_empty() && board.phase() == Phase::Setup {
        let numbers = missing.join(", ");
        let (noun, have) = if missing.len() == 1 { ("trustee", "has") } else { ("trustees", "have") };
        findings.remark(tr!(
            "{noun} {numbers} {have} not rehearsed: the election cannot open yet",
            "доверенные без репетиции (rehearse): {numbers}; открыть голосование пока нельзя"
        ));
    }
    if board.phase() == Phase::New && is_at_pages() {
        findings.error(tr!(
            "the making broke off before the log began: starting the server finishes it",
            "создание прервалось, и журнал ещё не начат: его закончит запуск сервера"
        ));
    } else if board.phase() == Phase::New {
        findings.error(tr!(
            "the setup entry is missing: the making broke off. This finishes it: veche serve {}",
            "в журнале нет первой записи, setup: создание выборов прервалось. Его закончит: veche serve {}",
            home.dir().display()
        ));
    }
}

/// Can the server speak as `[tls]` says: are the files there, and is the key that of the certificate?
fn check_tls(home: &Home, config: Option<&ElectionFile>, findings: &mut Findings) {
    match hosting::identity(home, config) {
        Ok(None) => {}
        Ok(Some(_)) => {
            findings.good(tr!("certificate and key fit together", "сертификат и ключ подходят друг другу"));
            check_certificate(home, config, findings);
        }
        Err(failure) => findings.error(failure.what.to_string()),
    }
}

/// Would a voter's program go on, now and at the closing, that comes to the address on the cards?
fn check_certificate(home: &Home, config: Option<&ElectionFile>, findings: &mut Findings) {
    let files = config.and_then(|config| config.tls.as_ref());
    let url = config.and_then(|config| config.url.as_deref()).and_then(|url| url.strip_prefix("https://"));
    let (Some(files), Some(place)) = (files, url) else { return };
    let host = place.split('/').next().unwrap_or_default();
    let host = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.split(':').next().unwrap_or_default(),
    };
    let chain = match read_certificates(&home.served_dir().join(&files.certificate)) {
        Ok(chain) => chain,
        Err(error) => return findings.error(error.to_string()),
    };
    let judged = |unix| client::trust().judge(&chain, host, unix);
    let now = Clock::system().wall();
    match judged(now) {
        Ok(()) => {
            findings.good(tr!("the certificate is good for {host}", "сертификат годится для {host}"));
            let closes = config.and_then(|config| config.closes.as_deref()).and_then(|at| config::parse_time(at).ok());
            if let Some(closes) = closes.filter(|closes| judged(*closes).is_err()) {
                findings.remark(tr!(
                    "the certificate expires before the closing, {}: renew it in time; the server reads it anew",
                    "сертификат истечёт до закрытия, {}: обновите его вовремя; сервер прочтёт его заново",
                    show_time(closes)
                ));
            }
        }
        Err(rustls::Error::InvalidCertificate(why)) => findings.error(bad_certificate(&why, host)),
        Err(error) => findings.error(error.to_string()),
    }
}

fn bad_certificate(why: &CertificateError, host: &str) -> String {
    use CertificateError as E;
    match why {
        E::Expired | E::ExpiredContext { .. } => {
            tr!("the certificate has expired: renew it", "сертификат истёк: обновите его")
        }
        E::NotValidYet | E::NotValidYetContext { .. } => {
            tr!("the certificate is not valid yet: is the clock right?", "сертификат ещё не действует: верны ли часы?")
        }
        E::NotValidForName | E::NotValidForNameContext { .. } => tr!(
            "the certificate is not for {host}, which stands on the cards",
            "сертификат не для {host}, а этот адрес на карточках"
        ),
        E::UnknownIssuer => {
            let unknown = tr!(
                "nobody that voters' programs believe has signed the certificate: is one missing behind it in its file, that of the \
                 authority in between?",
                "сертификат не подписан никем, кому верят программы избирателей: не забыт ли в файле после него сертификат \
                 промежуточного центра?"
            );
            if is_at_pages() {
                unknown
            } else {
                tr!(
                    "{unknown} With an authority of your own: veche check --ca FILE",
                    "{unknown} Если центр у вас свой: veche check --ca ФАЙЛ"
                )
            }
        }
        why => {
            tr!("voters' programs refuse the certificate: {why}", "программы избирателей не примут сертификат: {why}")
        }
    }
}

/// While the server runs: does the address on the cards lead to it, for programs that believe whom browsers believe?
fn check_address(home: &Home, election: &Election, config: Option<&ElectionFile>, findings: &mut Findings) {
    let Some(url) = config.and_then(|config| config.url.as_deref()) else { return };
    if !matches!(home.lock(), Err(HomeError::Locked(..))) {
        return findings.remark(if is_at_pages() {
            tr!(
                "whether {url} leads here can only be tried while the server runs",
                "ведёт ли {url} сюда, можно узнать, лишь когда сервер работает"
            )
        } else {
            tr!(
                "whether {url} leads here can only be tried while the server runs: give veche check again then",
                "ведёт ли {url} сюда, можно узнать, лишь когда сервер работает: повторите veche check тогда"
            )
        });
    }
    match client::at(url).and_then(|address| Ok(address.election()?)) {
        Ok(served) if served.id() == election.id() => {
            findings.good(tr!("{url} leads to this election", "{url} ведёт к этим выборам"));
        }
        Ok(served) => findings.error(tr!(
            "{url}, which stands on the cards, leads to another election ({})",
            "{url} с карточек ведёт к другим выборам ({})",
            paper_id(served.id())
        )),
        Err(failure) => findings.error(tr!(
            "{url}, which stands on the cards, does not lead here: {}",
            "{url} с карточек сюда не ведёт: {}",
            failure.what
        )),
    }
}

/// Before the key is made there is only this to look at.
fn look_at_draft(home: &Home) -> Result<Findings> {
    let draft = home.draft()?;
    let ceremony = draft.trustees.map(|_| home.ceremony_so_far(&draft)).transpose()?;
    let stage = ceremony.as_ref().map(ceremonies::stage_text);
    let mut findings = Findings { title: draft.title.clone(), election: None, code: None, found: Vec::new(), stage };
    check_contests(&draft, &mut findings);
    read_config(home, &mut findings);
    Ok(findings)
}

/// What was chosen, in sentences, and what may surprise in it.
fn check_contests(draft: &Draft, findings: &mut Findings) {
    words::chosen(draft, safe).into_iter().for_each(|text| findings.good(text));
    for contest in &draft.contests {
        let mut seen: HashMap<String, &String> = HashMap::new();
        for name in &contest.candidates {
            if let Some(same) = seen.insert(skeleton(name), name) {
                findings.remark(tr!("\"{name}\" looks like \"{same}\"", "«{name}» выглядит как «{same}»"));
            }
        }
        if contest.candidates.len() == 1 {
            findings.remark(tr!("there is only one candidate", "кандидат только один"));
        }
        if one_rater_suffices(contest) {
            let title = safe(&contest.title);
            findings.remark(if is_at_pages() {
                tr!(
                    "\"{title}\": a candidate whom a single voter rates, and rates well, can come first",
                    "«{title}»: кого оценит один-единственный избиратель, но высоко, тот окажется первым"
                )
            } else {
                tr!(
                "\"{title}\": a candidate whom a single voter rates, and rates well, can come first; --raters or --phantoms would prevent it",
                "«{title}»: кого оценит один-единственный избиратель, но высоко, тот окажется первым; этого не допустят --raters \
                 или --phantoms"
                )
            });
        }
    }
}

/// Can a candidate win whom hardly anybody rated? Not by the sum, where every rater counts.
fn one_rater_suffices(contest: &Contest) -> bool {
    let rule = &contest.rule;
    let bare = rule.raters.is_none() && rule.phantoms == 0 && rule.blanks == Blanks::Ignored;
    contest.blank && contest.kind == ContestKind::Score && rule.method != Method::Sum && bare
}

/// Who opens the sums, and what they can tell.
fn check_secrecy(home: &Home, election: &Election, findings: &mut Findings) {
    let Some(plan) = election.draft().trustees else { return };
    let (count, threshold) = (plan.count, plan.threshold);
    let names: Vec<&str> = election.trustees().iter().map(|trustee| trustee.name.as_str()).collect();
    let names = names.join(", ");
    let trustees = some(count.into(), "trustee", "trustees");
    findings.good(tr!(
        "{trustees}; so many of them open the sums: {threshold}. {names}",
        "доверенных {count}, суммы открывают {threshold}: {names}"
    ));
    if election.draft().roll_shows != RollShows::Nothing {
        findings.remark(tr!(
            "the published roll says whose ballot is whose: while the vote runs, everybody sees who has voted (not how)",
            "по опубликованному списку видно, чей бюллетень чей: все сразу видят, кто голосовал (но не как)"
        ));
    }
    if threshold == 1 {
        findings.remark(tr!(
            "each trustee alone can read every ballot",
            "каждый доверенный в одиночку прочтёт любой бюллетень"
        ));
    }
    if threshold == count && count > 1 {
        findings.remark(tr!(
            "if one trustee's key is lost, there will be no result",
            "потеряется ключ хоть одного доверенного — не будет результата"
        ));
    }
    if home.path(trustee::TRUSTEES_DIR).exists() && is_at_pages() {
        findings.remark(tr!(
            "the trustees' keys lie on this machine: whoever reads them can read every ballot",
            "ключи доверенных лежат на этой машине: кто их прочтёт, прочтёт любой бюллетень"
        ));
    } else if home.path(trustee::TRUSTEES_DIR).exists() {
        findings.remark(tr!(
            "the trustees' keys lie in {}: whoever reads them can read every ballot. Hand them out, then delete them",
            "ключи доверенных лежат в {}: кто их прочтёт, прочтёт любой бюллетень. Раздайте их и удалите",
            trustee::TRUSTEES_DIR
        ));
    }
    match home.ceremony(election) {
        Ok(_) => {
            findings.good(tr!("the ceremony is the one the manifest names", "церемония та, что названа в манифесте"))
        }
        Err(error) => findings.error(error.to_string()),
    }
    if election.roll().voters < SMALL_ROLL {
        findings.remark(tr!(
            "there are few voters: a unanimous result tells how each of them has voted",
            "избирателей мало: если все проголосуют одинаково, голос каждого станет известен"
        ));
    }
    let listed =
        home.credentials(election).map(|list| list.lines().iter().map(|(_, weight)| *weight).collect::<Vec<_>>());
    let listed = listed.unwrap_or_default();
    if let Some(told) = weights::told(&listed.iter().map(|weight| weight.get()).collect::<Vec<_>>()) {
        findings.remark(told.to_string());
    }
    for (weight, holders) in rare_weights(listed) {
        findings.remark(trustee::rare_weight(words::votes(weight, election.draft().roll_scale), holders));
    }
}

/// What the server will read of `election.toml`: it does not start with a mistake in it.
fn read_config(home: &Home, findings: &mut Findings) -> Option<ElectionFile> {
    config::read(home).unwrap_or_else(|failure| {
        findings.error(failure.what.to_string());
        None
    })
}

/// Can enough of them be asked?
fn check_witnesses(election: &Election, config: Option<&ElectionFile>, findings: &mut Findings) {
    let (Some(plan), Some(config)) = (&election.draft().witnesses, config) else { return };
    let urls = match config.witness_urls() {
        Ok(urls) => urls,
        Err(failure) => return findings.error(failure.what.to_string()),
    };
    let mut asked = 0;
    for witness in &plan.keys {
        let name = safe(witness.name());
        match urls.iter().find(|(known, _)| known == witness) {
            Some((_, url)) => {
                asked += 1;
                findings.good(tr!(
                    "the witness {name} is asked at {url}",
                    "подпись свидетеля {name} сервер запросит по адресу {url}"
                ));
            }
            None if is_at_pages() => findings.remark(tr!(
                "the address of the witness {name} is not known: nobody will ask it",
                "адрес свидетеля {name} неизвестен: его подпись не запросят"
            )),
            None => findings.remark(tr!(
                "the witness {name} has no [[witness]] in election.toml: nobody will ask it",
                "у свидетеля {name} нет [[witness]] в election.toml: его подпись не запросят"
            )),
        }
    }
    if asked < plan.quorum {
        findings.error(tr!(
            "witnesses that must sign: {}, that are asked: only {asked}. There will be no record",
            "нужны подписи свидетелей, не меньше {}, а запросят только {asked}: публичной записи не будет",
            plan.quorum
        ));
    }
}

fn check_keys(home: &Home, config: Option<&ElectionFile>, at_host: bool, findings: &mut Findings) {
    let own: &[&str] = if at_host { &[] } else { &[SERVER_KEYS_FILE, BOARD_KEY_FILE] };
    for name in own.iter().copied().chain([ORGANISER_KEY_FILE, VOTERS_FILE]) {
        match std::fs::metadata(home.path(name)) {
            Err(_) if name == ORGANISER_KEY_FILE && is_at_pages() => findings.remark(tr!(
                "the organiser's key is not here: nothing can be done to the election at this desk",
                "ключа организатора здесь нет: за этим пультом с выборами ничего не сделать"
            )),
            Err(_) if name == ORGANISER_KEY_FILE => {
                findings.remark(tr!(
                    "{name} is not here; acts need it (--key)",
                    "{name} здесь нет; для ваших действий он нужен (--key)"
                ));
            }
            Err(error) => findings.error(russian::said(&format!("{name}: {error}"))),
            Ok(_) => check_private(name, &home.path(name), findings),
        }
    }
    // The key of the server's certificate.
    let tls = config.and_then(|config| config.tls.as_ref());
    if let Some(key) = tls.map(|files| home.served_dir().join(&files.key)).filter(|key| key.exists()) {
        check_private(&key.display().to_string(), &key, findings);
    }
    for path in
        std::fs::read_dir(home.path(trustee::TRUSTEES_DIR)).into_iter().flatten().flatten().map(|file| file.path())
    {
        let is_key = path.extension().is_some_and(|ending| ending == "key");
        if is_key && others_may_read(&path) {
            check_private(&path.display().to_string(), &path, findings);
        }
    }
}

fn check_private(name: &str, path: &Path, findings: &mut Findings) {
    if others_may_read(path) && is_at_pages() {
        findings.error(tr!(
            "others on this machine may read {name}: ask whoever looks after it to take that away",
            "{name} могут читать другие пользователи этой машины: попросите того, кто её ведёт, закрыть его"
        ));
    } else if others_may_read(path) {
        findings.error(tr!("others may read {name}: chmod 600", "{name} могут читать другие: chmod 600"));
    } else if !is_at_pages() {
        findings.good(tr!("{name} (private)", "{name} (закрыт от других)"));
    }
}

fn check_roll(home: &Home, election: &Election, findings: &mut Findings) {
    let bytes = match home.read_if_there(ROLL_CSV_FILE) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return,
        Err(error) => return findings.error(error.to_string()),
    };
    let roll = Roll::parse_scaled(&bytes, election.draft().roll_scale);
    for problem in roll.problems.iter().take(20) {
        let (line, text) = (problem.line, russian::problem(problem));
        findings.remark(tr!("roll, line {line}: {text}", "список, строка {line}: {text}"));
    }
    if roll.voters.len() as u64 != election.roll().voters {
        findings.remark(if is_at_pages() {
            tr!(
                "the roll that lies here has changed since the election was made",
                "список, который здесь лежит, изменён после создания выборов"
            )
        } else {
            tr!("roll.csv has changed since the election was made", "roll.csv изменён после создания выборов")
        });
    }
}

fn check_times(opens: Option<u64>, closes: Option<u64>, findings: &mut Findings) {
    let now = Clock::system().wall();
    match opens {
        Some(at) if at < now => {
            findings.remark(tr!("the opening time {} is past", "время открытия {} прошло", show_time(at)))
        }
        Some(at) => findings.good(tr!("opens by itself at {}", "голосование откроется само: {}", show_time(at))),
        None if is_at_pages() => findings.good(tr!("opens when you open it", "голосование откроете вы")),
        None => findings.good(tr!("opens by command", "голосование открывается командой")),
    }
    match closes {
        Some(at) if at < now => {
            findings.error(tr!("the closing time {} is past", "время закрытия {} прошло", show_time(at)))
        }
        Some(at) => findings.good(tr!("closes by itself at {}", "голосование закроется само: {}", show_time(at))),
        None if is_at_pages() => findings.good(tr!("closes when you close it", "голосование закроете вы")),
        None => findings.good(tr!("closes by command", "голосование закрывается командой")),
    }
}
