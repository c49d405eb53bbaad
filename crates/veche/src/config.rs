//! `election.toml`: the organiser's file. Spec: `docs/spec/manifest.md` section 3.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use veche_client::Address;
use veche_election::{
    Contest, Draft, Hash, Method, Revote, RollShows, Secrecy,
    checkpoint::{WITNESS_NAME_MAX_CHARS, Witness, WitnessPlan},
    choice::Choice,
    manifest::{CANDIDATE_MAX_CHARS, LEVEL_MAX_CHARS, LOT_MAX_CHARS, RollChanges, TITLE_MAX_CHARS, TrusteePlan},
    text,
};
use veche_server::{
    Home,
    clock::Clock,
    home::CONFIG_FILE,
    limits::Limits,
    sequencer::{GRACE_DEFAULT_S, GRACE_MAX_S},
    tls::TlsFiles,
};

use crate::{
    client,
    failure::{Failure, Result},
    front::is_at_pages,
    lang::{Language, both, tr},
    mail_file::MailFile,
    russian, times,
};

mod contest;

use contest::parse_approvals;
pub use contest::{APPROVAL_SCALE, ContestFile, SCALE_DEFAULT, parse_candidates, parse_scale};

pub const ATTEMPTS_DEFAULT: u32 = 5;
pub const SESSION_TIMEOUT_DEFAULT_S: u64 = 900;
pub const TRUSTEES_DEFAULT: TrusteePlan = TrusteePlan { count: 3, threshold: 2 };

/// `election.toml`, if there is one. What is there and cannot be read is no absence of it.
pub fn read(home: &Home) -> Result<Option<ElectionFile>> {
    let Some(bytes) = home.read_if_there(CONFIG_FILE)? else { return Ok(None) };
    let text = String::from_utf8(bytes).map_err(|error| Failure::usage(format!("election.toml: {error}")))?;
    ElectionFile::parse(&text).map(Some)
}

/// The text of an `election.toml` with another `[mail]`, or none; everything else in it stays, comments too.
///
/// # Errors
/// It would say something else than before in another place.
pub fn with_mail(text: &str, mail: Option<&MailFile>) -> Result<String> {
    let mut in_mail = false;
    let mut kept: Vec<&str> = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with('[') {
            in_mail = line.split('#').next().unwrap_or_default().trim() == "[mail]";
        }
        // A comment above the next section stays with it.
        if !in_mail || line.trim_start().starts_with('#') {
            kept.push(line);
        }
    }
    let mut changed = kept.join("\n").trim_end().to_owned() + "\n";
    if let Some(mail) = mail {
        changed += &format!("\n[mail]\n{}", toml::to_string(mail).map_err(Failure::other)?);
    }
    let all_else = |text: &str| {
        let mut table: toml::Table = text.parse().map_err(Failure::other)?;
        table.remove("mail");
        Ok::<_, Failure>(table)
    };
    if all_else(text)? != all_else(&changed)? {
        return Err(Failure::usage(both!(
            "election.toml is written in a way that this program cannot change: write [mail] into it yourself",
            "election.toml написан так, что программа не может его изменить: впишите [mail] сами"
        )));
    }
    ElectionFile::parse(&changed)?;
    Ok(changed)
}

/// How long opening and closing wait where their time passed while no server ran.
pub fn grace_s(home: &Home) -> Result<u64> {
    Ok(read(home)?.map_or(GRACE_DEFAULT_S, |file| file.grace_s))
}

/// Where voters reach the server, as `election.toml` has it.
pub fn public_url(home: &Home) -> Result<Option<String>> {
    Ok(read(home)?.and_then(|file| file.url))
}

/// What will stand on every card, in its one written form: a mistake here reaches all voters.
pub fn public_address(url: &str) -> Result<String> {
    Address::normal(&client::in_ascii(url)).ok_or_else(|| {
        Failure::usage(both!(
            "url: \"{url}\" is not an address like https://host, http://host:8080 or https://host/some/base",
            "url: «{url}» — не адрес вида https://host, http://host:8080 или https://host/some/base"
        ))
        .next(both!(
            "Nothing else may stand before or behind it: no user name, ? or #.",
            "Ни до, ни после него ничего быть не должно: ни имени пользователя, ни ? или #."
        ))
    })
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElectionFile {
    pub title: String,
    #[serde(default = "secret")]
    pub secrecy: Secrecy,
    /// Of a secret election.
    pub trustees: Option<u32>,
    pub threshold: Option<u32>,
    /// The method of every contest that names none itself.
    pub rule: Option<Method>,
    /// In an open election where a lot may decide: what will be drawn.
    pub lot: Option<String>,
    #[serde(default = "last")]
    pub revote: Revote,
    pub opens: Option<String>,
    pub closes: Option<String>,
    #[serde(default = "attempts")]
    pub attempts_max: u32,
    #[serde(default = "session_timeout")]
    pub session_timeout_s: u64,
    pub roll_shows: Option<RollShows>,
    #[serde(default)]
    pub roll_changes: RollChanges,
    /// Decimals of the weights.
    #[serde(default)]
    pub roll_scale: u32,
    /// How many of the witnesses must have cosigned; more than half of them if absent.
    pub witness_quorum: Option<u32>,
    #[serde(rename = "contest")]
    pub contests: Vec<ContestFile>,
    #[serde(default, rename = "witness")]
    pub witnesses: Vec<WitnessFile>,
    /// Where voters reach the server; stands on their cards.
    pub url: Option<String>,
    /// Of cards, and of pages for who wants none that we speak; the organiser's if absent.
    pub lang: Option<Language>,
    /// The link to the ballot goes another way to the voter than the code on the card.
    #[serde(default)]
    pub split_delivery: bool,
    /// How long opening and closing wait where their time passed while no server ran. Read at every start.
    #[serde(default = "grace")]
    pub grace_s: u64,
    #[serde(default)]
    pub limits: Limits,
    /// Where the server listens. Read at every start.
    pub serve: Option<ServeFile>,
    /// Without it the server speaks plain HTTP.
    pub tls: Option<TlsFiles>,
    /// Through which server letters go. Read by whoever sends them.
    pub mail: Option<MailFile>,
}

/// `[serve]`: an option of the command line goes before it.
#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ServeFile {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
}

/// Somebody who watches that the log only grows.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WitnessFile {
    /// What `veche witness init` printed: name, key id and key.
    pub key: String,
    /// Where the server sends its checkpoints; may be changed at any time.
    pub url: String,
}

impl WitnessFile {
    /// With its address in the one written form: one that is none would never be reached, and nobody would be told before the
    /// quorum is missed.
    fn reachable(self) -> Result<Self> {
        let url = Address::normal(&client::in_ascii(&self.url)).ok_or_else(|| {
            let (name, url) = (self.key.split('+').next().unwrap_or_default(), &self.url);
            Failure::usage(both!(
                "election.toml: the url of the witness {name}, \"{url}\", is not an address like https://host or http://host:8090",
                "election.toml: url свидетеля {name}, «{url}», — не адрес вида https://host или http://host:8090"
            ))
            .next(both!(
                "Write the one that veche witness serve prints, as this server reaches it.",
                "Напишите адрес, который печатает veche witness serve, но такой, по какому его найдёт этот сервер."
            ))
        })?;
        Ok(Self { url, ..self })
    }
}

fn secret() -> Secrecy {
    Secrecy::Secret
}
fn last() -> Revote {
    Revote::Last
}
fn attempts() -> u32 {
    ATTEMPTS_DEFAULT
}
fn session_timeout() -> u64 {
    SESSION_TIMEOUT_DEFAULT_S
}
fn grace() -> u64 {
    GRACE_DEFAULT_S
}

impl ElectionFile {
    pub fn parse(toml: &str) -> Result<Self> {
        let file: Self = toml::from_str(toml).map_err(|error| {
            let failure = Failure::usage(format!("election.toml: {error}"));
            if error.message().contains("`password`") {
                return failure.next(both!(
                    "A password never stands in election.toml: veche mail asks for it, or reads it with --password-file.",
                    "Пароля в election.toml не бывает: veche mail его спросит или прочтёт с --password-file."
                ));
            }
            failure.next(both!(
                "Each part of a rule is a line of its own: rule = \"mean\", raters = \"1/4\" (docs/organiser.md has a whole file)",
                "Каждая часть правила — отдельная строка: rule = \"mean\", raters = \"1/4\" (пример файла — в docs/organiser.md)"
            ))
        })?;
        if file.grace_s > GRACE_MAX_S {
            return Err(Failure::usage(both!(
                "election.toml: grace_s is at most {GRACE_MAX_S} (seconds)",
                "election.toml: grace_s — не больше {GRACE_MAX_S} (секунд)"
            )));
        }
        let url = file.url.as_deref().map(public_address).transpose()?;
        let witnesses = file.witnesses.into_iter().map(WitnessFile::reachable).collect::<Result<_>>()?;
        let file = Self { url, witnesses, ..file };
        if let Err(error) = file.limits.check() {
            return Err(Failure::usage(format!("election.toml: [limits] {}", russian::said(&error.to_string()))).next(
                both!(
                    "Leave the line out to have the usual value.",
                    "Уберите эту строку, и останется обычное значение."
                ),
            ));
        }
        Ok(file)
    }

    /// One contest, everything else as usual.
    pub fn simple(title: &str, contest: ContestFile, method: Method, secrecy: Secrecy) -> Self {
        Self::of(title, vec![contest], method, secrecy)
    }

    /// Several contests by one method, everything else as usual.
    pub fn of(title: &str, contests: Vec<ContestFile>, method: Method, secrecy: Secrecy) -> Self {
        Self {
            title: title.into(),
            secrecy,
            trustees: None,
            threshold: None,
            rule: Some(method),
            lot: None,
            revote: last(),
            opens: None,
            closes: None,
            attempts_max: attempts(),
            session_timeout_s: session_timeout(),
            roll_shows: None,
            roll_changes: RollChanges::default(),
            roll_scale: 0,
            witness_quorum: None,
            contests,
            witnesses: Vec::new(),
            url: None,
            lang: None,
            split_delivery: false,
            grace_s: grace(),
            limits: Limits::default(),
            serve: None,
            tls: None,
            mail: None,
        }
    }

    /// Who shares the key, in a secret election.
    fn trustee_plan(&self) -> Result<Option<TrusteePlan>> {
        if self.secrecy == Secrecy::Open {
            return match self.trustees.or(self.threshold) {
                None => Ok(None),
                Some(_) => Err(Failure::usage(both!(
                    "an open election has no trustees: everybody sees the ballots",
                    "в открытом голосовании доверенных нет: бюллетени видят все"
                ))),
            };
        }
        let count = self.trustees.unwrap_or(TRUSTEES_DEFAULT.count);
        // More than half, unless told otherwise: two of three, three of five.
        let threshold = self.threshold.unwrap_or(count / 2 + 1);
        if threshold > count.max(1) {
            return Err(Failure::usage(both!(
                "{threshold} of {count} trustees cannot open anything: there are only {count}",
                "порог {threshold} больше числа доверенных, {count}: открыть суммы будет некому"
            ))
            .next(both!(
                "Write --threshold with a number from 1 to {count}.",
                "Напишите --threshold от 1 до {count}."
            )));
        }
        Ok(Some(TrusteePlan { count, threshold }))
    }

    /// Nothing of who voted is published in a secret election, unless the organiser wants it.
    fn shows(&self) -> RollShows {
        self.roll_shows.unwrap_or(match self.secrecy {
            Secrecy::Open => RollShows::Number,
            Secrecy::Secret => RollShows::Nothing,
        })
    }

    fn witness_plan(&self) -> Result<Option<WitnessPlan>> {
        if self.witnesses.is_empty() {
            return match self.witness_quorum {
                None => Ok(None),
                Some(_) => Err(Failure::usage(both!(
                    "election.toml has a witness_quorum, but no [[witness]]",
                    "witness_quorum есть, а свидетелей [[witness]] нет"
                ))),
            };
        }
        let count = u32::try_from(self.witnesses.len()).unwrap_or(u32::MAX);
        let keys = self.witnesses.iter().map(|witness| new_witness(&witness.key)).collect::<Result<_>>()?;
        Ok(Some(WitnessPlan { quorum: self.witness_quorum.unwrap_or(count / 2 + 1), keys }))
    }

    /// Where to reach each witness of the election.
    pub fn witness_urls(&self) -> Result<Vec<(Witness, String)>> {
        self.witnesses.iter().map(|witness| Ok((read_witness(&witness.key)?, witness.url.clone()))).collect()
    }

    pub fn draft(&self, nonce: [u8; 32]) -> Result<Draft> {
        let contests = self.contests.iter().enumerate().map(|(i, contest)| {
            let place = i + 1;
            let names = contest.candidates.iter().enumerate();
            let candidates = names.map(|(j, name)| {
                clean_text(
                    tr!("candidate {} of contest {place}", "кандидат {} вопроса {place}", j + 1),
                    name,
                    CANDIDATE_MAX_CHARS,
                )
            });
            Ok(Contest {
                title: clean_text(
                    tr!("the title of contest {place}", "название вопроса {place}"),
                    &contest.title,
                    TITLE_MAX_CHARS,
                )?,
                kind: contest.kind,
                candidates: candidates.collect::<Result<_>>()?,
                levels: parse_scale(contest.scale())?
                    .iter()
                    .map(|level| {
                        clean_text(tr!("a level of contest {place}", "ступень вопроса {place}"), level, LEVEL_MAX_CHARS)
                    })
                    .collect::<Result<_>>()?,
                blank: contest.blank,
                better: contest.better,
                approvals: contest.approvals.as_deref().map(parse_approvals).transpose()?,
                about: contest.about(place)?,
                order: contest.order,
                rule: contest.rule(self.rule)?,
            })
        });
        Ok(Draft {
            title: clean_text(tr!("the election's title", "название выборов"), &self.title, TITLE_MAX_CHARS)?,
            secrecy: self.secrecy,
            trustees: self.trustee_plan()?,
            contests: contests.collect::<Result<_>>()?,
            lot: self
                .lot
                .as_deref()
                .map(|lot| clean_text(tr!("what is drawn as the lot", "то, что тянут как жребий"), lot, LOT_MAX_CHARS))
                .transpose()?,
            revote: self.revote,
            opens: self.opens.as_deref().map(parse_time).transpose()?,
            closes: self.closes.as_deref().map(parse_time).transpose()?,
            attempts_max: self.attempts_max,
            session_timeout_s: self.session_timeout_s,
            roll_shows: self.shows(),
            roll_changes: self.roll_changes,
            roll_scale: self.roll_scale,
            witnesses: self.witness_plan()?,
            nonce: Hash(nonce),
        })
    }

    /// Times counted from now become times of the calendar.
    pub fn fix_times(&mut self) -> Result<()> {
        for time in [&mut self.opens, &mut self.closes].into_iter().flatten() {
            let at = parse_time(time)?;
            // What was written with an offset keeps it: cards show it. What had none gets that of this machine.
            let has_offset = time.parse::<jiff::Timestamp>().is_ok() && !time.contains('[');
            if time.starts_with('+') || !has_offset {
                *time = show_time(at);
            }
        }
        Ok(())
    }

    /// The commented file that stands in the election's folder.
    pub fn to_text(&self) -> String {
        let quote = |text: &str| toml::Value::String(text.into()).to_string();
        let time = |name: &str, at: &Option<String>| match at {
            Some(at) => format!("{name} = {}\n", quote(at)),
            None => format!("# {name} = \"2026-12-01T10:00:00+03:00\"\n"),
        };
        let trustees = match self.trustee_plan() {
            Ok(Some(TrusteePlan { count, threshold })) => format!("trustees = {count}\nthreshold = {threshold}\n"),
            _ => String::new(),
        };
        let lot = self.lot.as_deref().map_or_else(String::new, |lot| format!("lot = {}\n", quote(lot)));
        let mut out = format!(
            "# What was decided when this election was made. The election id is bound to it: a change here has no\n\
             # effect any more, except for url, lang and split_delivery (of new cards), grace_s, [limits], [serve], [tls] and [mail].\n\
             # Так были созданы эти выборы. Id выборов связан с этим: правка здесь ничего не меняет, кроме url, lang и split_delivery (новых карточек), grace_s,\n\
             # [limits], [serve], [tls] и [mail].\n\n\
             title = {}\n\
             secrecy = {}       # secret: trustees open the sums alone | open: all see who gave which scores\n\
             {trustees}\
             {}\
             revote = {}           # last: the last ballot counts | never\n\
             roll_shows = {}     # in the published roll: number | name | nothing\n\
             roll_changes = {}    # voters are added and struck: never | until-opening | until-closing\n\
             attempts_max = {}\n\
             session_timeout_s = {}\n",
            quote(&self.title),
            quote(self.secrecy.name()),
            lot,
            quote(self.revote.name()),
            quote(self.shows().name()),
            quote(self.roll_changes.name()),
            self.attempts_max,
            self.session_timeout_s,
        );
        if let Ok(Some(plan)) = self.witness_plan() {
            out += &format!("witness_quorum = {}\n", plan.quorum);
        }
        if self.roll_scale > 0 {
            out += &format!(
                "roll_scale = {}        # decimals of the weights / знаков после запятой у весов\n",
                self.roll_scale
            );
        }
        out += &time("opens", &self.opens);
        out += &time("closes", &self.closes);
        out += &self.url.as_ref().map_or_else(String::new, |url| {
            format!("url = {}           # where voters reach the server / адрес сервера для избирателей\n", quote(url))
        });
        out += &self.lang.map_or_else(String::new, |lang| {
            format!(
                "lang = {}            # of cards and pages / язык карточек и страниц: en | ru\n",
                quote(lang.name())
            )
        });
        if self.split_delivery {
            out += "split_delivery = true      # cards without the link, letters without the code / на карточках нет ссылки, в письмах — кода\n";
        }
        let grace = self.grace_s;
        out += &format!(
            "grace_s = {grace}      # so long both wait if their time passed while no server ran / столько секунд ждут, \
             если в это время сервер не работал\n"
        );
        for contest in &self.contests {
            let candidates: Vec<String> =
                contest.candidates.iter().map(|name| format!("  {},\n", quote(name))).collect();
            out += &format!(
                "\n[[contest]]\ntitle = {}\n{}kind = {}        # score | single\nscale = {}           # 1..5, 0..10, -2..2, or names: poor,good,excellent\n\
                 blank = {}             # may a voter write * (no opinion)?\nbetter = {}        # higher | lower\n{}\
                 order = {}        # given | random, another one for each voter\ncandidates = [\n{}]\n{}",
                quote(&contest.title),
                contest.rule_text(self.rule),
                quote(contest.kind.name()),
                quote(contest.scale()),
                contest.blank,
                quote(contest.better.name()),
                contest
                    .approvals
                    .as_deref()
                    .map_or_else(String::new, |bounds| format!("approvals = {}\n", quote(bounds))),
                quote(contest.order.name()),
                candidates.concat(),
                contest.about_text(),
            );
        }
        for witness in &self.witnesses {
            out += &format!(
                "\n[[witness]]         # cosigns the log; only the url may be changed / подписывает журнал; менять можно только url\n\
                 key = {}\nurl = {}\n",
                quote(&witness.key),
                quote(&witness.url)
            );
        }
        let limits = toml::to_string(&self.limits).unwrap_or_default();
        out += &format!(
            "\n# Read at every start of the server. / Читается при каждом запуске сервера.\n[limits]\n{limits}"
        );
        out += &match self.mail.as_ref().map(toml::to_string) {
            Some(Ok(lines)) => format!("\n[mail]\n{lines}"),
            _ => "\n# Through which server veche mail sends; its password never stands here. / Через какой сервер veche mail шлёт \
                  письма; пароля здесь не бывает.\n# [mail]\n# host = \"smtp.example.org\"\n# from = \"vote@example.org\"\n# user = \
                  \"vote@example.org\"\n"
                .into(),
        };
        out += &match self.serve.as_ref().map(toml::to_string) {
            Some(Ok(lines)) => format!("\n[serve]\n{lines}"),
            _ => "\n# [serve]\n# address = \"0.0.0.0\"\n# port = 8443\n".into(),
        };
        out + &match self.tls.as_ref().map(toml::to_string) {
            Some(Ok(files)) => format!("\n[tls]\n{files}"),
            _ => "\n# [tls]\n# certificate = \"certificate.pem\"\n# key = \"key.pem\"\n".into(),
        }
    }
}

pub fn read_witness(text: &str) -> Result<Witness> {
    Witness::parse(text).ok_or_else(|| {
        Failure::usage(both!(
            "\"{text}\" is not the key of a witness: name+id+key, as veche witness init prints it",
            "«{text}» — не ключ свидетеля: имя+id+ключ, как печатает veche witness init"
        ))
    })
}

/// A witness for a new manifest. The name is part of the key, so it is refused where it would have to be composed.
fn new_witness(text: &str) -> Result<Witness> {
    let witness = read_witness(text)?;
    let composed = clean_text(tr!("the witness' name", "имя свидетеля"), witness.name(), WITNESS_NAME_MAX_CHARS)?;
    if composed != witness.name() {
        return Err(Failure::usage(both!(
            "the witness' name \"{composed}\" is written with letters and marks apart; veche witness init writes it composed (NFC)",
            "имя свидетеля «{composed}»: буквы и значки над ними записаны раздельно; veche witness init пишет их слитно (NFC)"
        )));
    }
    Ok(witness)
}

/// A text that a person supplied, composed, or why it is none.
pub fn clean_text(what: String, text: &str, max_chars: usize) -> Result<String> {
    text::clean(text, max_chars).map_err(|error| Failure::usage(format!("{what} {}", russian::text(&error))))
}

/// A time of the calendar, or from now: `+90m`, `+2h`, `+3d`.
pub fn parse_time(text: &str) -> Result<u64> {
    let bad = || {
        Failure::usage(both!(
            "\"{text}\" is no time from now; write +90m, +2h, +3d",
            "«{text}» — не отсчёт времени от этой минуты; напишите +90m, +2h, +3d"
        ))
    };
    if let Some(rest) = text.strip_prefix('+') {
        let (unit_at, unit) = rest.char_indices().last().ok_or_else(bad)?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return Err(bad()),
        };
        let count: u64 = rest.get(..unit_at).and_then(|count| count.parse().ok()).ok_or_else(bad)?;
        let now = Clock::system().wall();
        return count.checked_mul(seconds).and_then(|s| now.checked_add(s)).ok_or_else(bad);
    }
    times::parse(text)
}

/// For people: in the zone of this machine, with the offset.
pub fn show_time(unix: u64) -> String {
    if is_at_pages() { times::in_words_here(unix) } else { times::here(unix) }
}
