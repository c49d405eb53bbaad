//! Opening the sums: everything is checked first, and nothing is ever opened twice.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use veche_client::Address;
use veche_election::{
    Act, Board, Hash, Phase,
    board::{ChangedRoll, LateExtension},
    canonical,
    ceremony::spoken,
    checkpoint::Witness,
    credential::rare_weights,
    encoding::Blob,
    log::Head,
    manifest::TrusteePlan,
    record::{self, VerifiedSum},
    roll::Heads,
};
use veche_server::{Home, home};

use super::{
    KeyHolder, Note, closing, compare,
    front::{Code, Step, TrusteeFront},
    no_ceremony, other_election, read_key,
};
use crate::{
    actor::Actor,
    acts, client,
    config::show_time,
    failure::{Exit, Failure, Result},
    files,
    front::{Front, Progress, Work, is_at_pages},
    keyfile,
    lang::{Sentence, both, some, tr},
    randomness, records, russian, status, weights, words,
};

/// Fewer ballots than this get a warning before they are opened.
const SMALL_GROUP: u64 = 10;
/// Of more than this part of the roll as of setup, in heads or in weight, the trustee says that its changes are known.
const ROLL_CHANGED_PERCENT: u64 = 5;

/// Every check of the record as far as the sum.
pub async fn verified_sum(at: &str, front: &mut dyn Front) -> Result<VerifiedSum> {
    refuse_too_early(at).await?;
    // A folder's log is written out as a record first: what is checked is what everybody would see.
    let scratch = if Address::is_one(at) { None } else { Some(records::write_unfinished(&Home::new(at)).await?) };
    let target = scratch.as_ref().map_or_else(|| at.to_owned(), |dir| dir.path().display().to_string());
    let source = records::source(&target)?;
    let mut tell = |done, all| front.progress(Progress { work: Work::Checking, done, all });
    let verified = record::verify_sum(&*source, &randomness::weight_seed()?, &mut tell);
    verified.map_err(|failed| records::failure(&target, failed))
}

/// Before the closing there is nothing to check, and nothing wrong with that.
async fn refuse_too_early(at: &str) -> Result<()> {
    if !Address::is_one(at) && Home::new(at).has_draft() {
        let what = both!("the key of this election is not made yet", "ключ этих выборов ещё не создан");
        return Err(Failure::new(Exit::NotOpen, what));
    }
    let told = if Address::is_one(at) { client::at(at)?.status_if_told()? } else { Some(status::look(at).await?) };
    // Whoever only shows the files of a record tells no status.
    let Some(status) = told else { return Ok(()) };
    if !matches!(status.phase, Phase::New | Phase::Setup | Phase::Open | Phase::Paused) {
        return Ok(());
    }
    let next = match status.closes {
        Some(closes) if is_at_pages() => {
            both!(
                "Voting closes at {}. Open then.",
                "Голосование закроется: {}. Откройте сумму тогда.",
                show_time(closes)
            )
        }
        None if is_at_pages() => both!(
            "Open when the organiser has closed the voting.",
            "Откройте сумму, когда организатор закроет голосование."
        ),
        Some(closes) => {
            both!(
                "Voting closes at {}. Give this command again after that.",
                "Голосование закроется {}; повторите команду после этого.",
                show_time(closes)
            )
        }
        None => both!(
            "Give this command again when the organiser has closed the voting.",
            "Голосование закроет организатор; повторите команду после этого."
        ),
    };
    let phase = Sentence::of(|| status::phase_text(status.phase, status.closes));
    Err(Failure::new(
        Exit::NotOpen,
        both!("it is too early to open: this election is {phase}", "открывать суммы ещё рано: {phase}"),
    )
    .next(next))
}

/// What a trustee's program has opened: beside the key, so that it never opens anything else. The time at which the board
/// published the sum is not in it: the same ciphertexts behind the same closed log are the same sum.
#[derive(PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Opened {
    election: Hash,
    /// The log up to and including the closing: one closing, byte for byte, can stand in several.
    size: u64,
    root: Hash,
    /// SHA-256 of the sum's ciphertexts.
    cells: Hash,
}

/// What its trustee has decided beforehand.
#[derive(Clone, Copy, Default)]
pub struct How {
    /// Open even a single ballot.
    pub single_ballot: bool,
    /// The weights of those who voted give votes away, and this trustee knows it.
    pub weights_show_votes: bool,
    /// So many changes of the roll are known to this trustee.
    pub roll_changed: Option<u64>,
    /// The others have read the code of the closing already: it is compared even where witnesses make that needless.
    pub told: bool,
    /// This is a copy of the key, whose notes are lost. Its holder says so; else a missing note would let a key open twice.
    pub copy: bool,
    /// The closing may be dated later than this machine's clock: the board's clock was ahead, and all know that.
    pub ahead: bool,
}

pub async fn open(holder: &KeyHolder, how: How, front: &mut dyn TrusteeFront) -> Result<Step> {
    let KeyHolder { at, key } = holder;
    let How { single_ballot, weights_show_votes, roll_changed, told, copy, ahead } = how;
    let secret = read_key(key, front)?;
    let _held = keyfile::hold(key, front)?;
    if !copy {
        Note::look(key, secret.draft())?;
    }
    let verified = verified_sum(at, front).await?;
    front.tell(Sentence::of(|| records::passed(verified.checks())));
    let (election, ceremony, board) = (verified.election(), verified.ceremony(), verified.board());
    if secret.draft() != election.draft_id() {
        return Err(other_election());
    }
    refuse_ended(board, secret.trustee())?;
    let mut memory = key.clone().into_os_string();
    memory.push(".opened.json");
    let memory = PathBuf::from(memory);
    let cells = board.tally().sum_bytes().ok_or_else(no_ceremony)?;
    let Head { size, root } = board.closed_log().ok_or_else(no_ceremony)?;
    let opened = Opened { election: election.id(), size, root, cells: Hash::of(&cells.0) };
    refuse_second_sum(&memory, &opened)?;
    refuse_future_closing(board, ahead, front)?;
    warn_small_group(board, single_ballot, front)?;
    let voted: Vec<u64> = board.voted_weights().map(|weight| weight.get()).collect();
    agree_to_weights(&voted, weights_show_votes, front)?;
    ask_roll_changed(board, roll_changed, front)?;
    let closed = closing::stand_for(at, key, &verified)?;
    compare_closing(&verified, told, front)?;
    let sum = board.opening().ok_or_else(no_ceremony)?;
    let share = secret.open(ceremony, &sum, &randomness::random()?).map_err(|e| Failure::new(Exit::CheckFailed, e))?;
    // Remembered before anything leaves: a second sum is refused even if this program dies here.
    home::write_atomically(&memory, &canonical::write(&opened), 0o600)?;
    let act = Act::Share { trustee: secret.trustee(), values: Blob(share.values), proof: Blob(share.proof) };
    acts::act_by(at, &Actor::trustee(&secret, key, election.id()).behind(closed), act, front).await?;
    Ok(Step::Shared)
}

/// The board may date its closing as it likes: a share for a closing that is still to come would open the sum of who
/// came first.
fn refuse_future_closing(board: &Board, ahead: bool, front: &mut dyn TrusteeFront) -> Result<()> {
    let Some((closed, now)) = records::future_closing(board).filter(|_| !ahead) else { return Ok(()) };
    let doubt = Failure::new(
        Exit::CheckFailed,
        both!(
            "the closing is dated {closed}, and here it is {now}: voters may have been cut off, so nothing was opened",
            "закрытие датировано {closed}, а здесь {now}: избиратели могли не успеть, поэтому ничего не открыто"
        ),
    )
    .next(both!(
        "Look at this machine's clock. If it is right, ask the organiser and the other trustees what was announced; \
         wait until that time, or, if all agree: --clock-ahead",
        "Проверьте часы этой машины. Если они верны, спросите организатора и других доверенных, какой срок был объявлен; \
         подождите до него или, если все согласны: --clock-ahead"
    ));
    unless_known(doubt, front)
}

/// Weights may give votes away: `shown` says that this trustee knows.
pub fn agree_to_weights(weights: &[u64], shown: bool, front: &mut dyn TrusteeFront) -> Result<()> {
    match weights::doubt(weights) {
        None => Ok(()),
        Some(doubt) if shown => {
            front.tell(doubt.what);
            Ok(())
        }
        Some(doubt) => unless_known(doubt, front),
    }
}

fn unless_known(doubt: Failure, front: &mut dyn TrusteeFront) -> Result<()> {
    if front.is_known(&doubt)? { Ok(()) } else { Err(doubt) }
}

/// A share goes only to an election that waits for it. (A cancelled one has no sum, so it has been refused before.)
fn refuse_ended(board: &Board, trustee: u32) -> Result<()> {
    if board.phase() != Phase::Summed {
        return Err(Failure::new(
            Exit::NotOpen,
            both!(
                "this election is {}: it needs no more shares, and nothing was sent",
                "голосование {}: доли больше не нужны; ничего не отправлено",
                russian::said(board.phase().name())
            ),
        ));
    }
    if board.shares().any(|share| share == trustee) {
        return Err(Failure::new(Exit::NotOpen, both!("your share is in the log already", "ваша доля уже в журнале")));
    }
    Ok(())
}

/// Two logs that differ in one ballot must not both be opened. The code is compared, unless witnesses and trustees
/// together exclude it; check 4 has seen a quorum of witnesses under this very log.
fn compare_closing(verified: &VerifiedSum, told: bool, front: &mut dyn TrusteeFront) -> Result<()> {
    let (election, code) = (verified.election(), verified.code());
    if verified.must_compare() || told {
        if let Some(plan) = election.draft().trustees.filter(|plan| plan.count > 1) {
            front.tell(Sentence::of(|| with_how_many(plan)));
        }
        return compare(Code::Closing(code), front);
    }
    let Some(plan) = &election.draft().witnesses else { return Ok(()) };
    let names = plan.keys.iter().map(Witness::name).collect::<Vec<_>>().join(", ");
    let code = spoken(code);
    let mut told = both!(
        "Witnesses have signed this log ({} of: {names}). If you do not know them, compare the code of the closing \
         with the other trustees: {code}.",
        "Журнал подписан свидетелями ({} из: {names}). Если вы их не знаете, сверьте с другими доверенными код закрытия: {code}.",
        plan.quorum
    );
    if !is_at_pages() {
        told = both!(
            "{told} It may be given beforehand too: --code CODE",
            "{told} Его можно назвать и заранее: --code КОД"
        );
    }
    front.tell(told);
    Ok(())
}

/// Two groups of so many have more trustees in common than may be false.
pub fn others_to_compare(plan: TrusteePlan) -> u32 {
    (plan.count + plan.threshold).div_ceil(2).saturating_sub(1)
}

fn with_how_many(plan: TrusteePlan) -> String {
    let others = others_to_compare(plan);
    let trustees = some(others.into(), "other trustee", "other trustees");
    tr!(
        "Before you open anything, compare the code of the closing by voice with at least {trustees}.",
        "Прежде чем что-либо открыть, сверьте код закрытия голосом с другими доверенными, не меньше чем с {others}."
    )
}

fn refuse_second_sum(memory: &Path, opened: &Opened) -> Result<()> {
    let Some(bytes) = files::read_note(memory)? else { return Ok(()) };
    match canonical::parse::<Opened>(&bytes) {
        Ok(before) if before == *opened => Ok(()),
        _ => Err(Failure::new(
            Exit::CheckFailed,
            both!(
                "this key has opened another sum before: a second one is never opened",
                "этот ключ уже открывал другую сумму: вторую он не откроет"
            ),
        )
        .next(both!(
            "Somebody shows you another log than before. Tell the other trustees. ({})",
            "Вам показывают другой журнал, чем раньше. Сообщите остальным доверенным. ({})",
            memory.display()
        ))),
    }
}

/// A sum of few ballots tells much of each.
fn warn_small_group(board: &Board, single_ballot: bool, front: &mut dyn TrusteeFront) -> Result<()> {
    let scale = board.election().draft().roll_scale;
    let (ballots, weight) = (board.tally().ballots, words::votes(board.tally().weight, scale));
    if ballots == 1 && !single_ballot {
        let doubt = Failure::new(
            Exit::CheckFailed,
            both!(
                "there is only one ballot: opening the sum opens that ballot",
                "бюллетень всего один: открыть сумму — открыть его"
            ),
        )
        .next(both!("If all agree to that: --single-ballot", "Если все с этим согласны: --single-ballot"));
        unless_known(doubt, front)?;
    }
    if (1..SMALL_GROUP).contains(&ballots) {
        let few = some(ballots, "ballot", "ballots");
        front.tell(both!(
            "Only {few} (weight {weight}): if all of so few agree, everybody will know how each has voted.",
            "Бюллетеней всего {ballots} (вес {weight}): если столь немногие единодушны, все узнают, кто как голосовал."
        ));
    }
    for (weight, holders) in rare_weights(board.voted_weights()) {
        front.tell(Sentence::of(|| rare_weight(words::votes(weight, scale), holders)));
    }
    for late in board.late_extensions() {
        front.tell(Sentence::of(|| late_extension(late)));
    }
    let ballots = board.replaced_ballots();
    if ballots > 0 {
        front.tell(both!(
            "Ballots that were replaced by later ones: {ballots}. Many of them shortly before the closing, and not by the voters \
             themselves, would be a way to single somebody out.",
            "Бюллетеней заменено более поздними: {ballots}. Если их много перед самым закрытием и заменяли не сами \
             избиратели, так могли пытаться вычислить чей-то голос."
        ));
    }
    Ok(())
}

/// Whoever strikes, adds and replaces enough voters decides among whom a ballot is hidden. Many of all of these together are
/// opened only where the trustee has heard of them from others than the organiser's server.
fn ask_roll_changed(board: &Board, known: Option<u64>, front: &mut dyn TrusteeFront) -> Result<()> {
    let (changed, scale) = (board.changed_roll(), board.election().draft().roll_scale);
    let votes = |heads: &Heads| words::votes(heads.weight, scale);
    let changes = changed.changes();
    if changes.voters == 0 {
        return Ok(());
    }
    let ChangedRoll { setup, added, struck, struck_voted, replaced, .. } = changed;
    front.tell(both!(
        "The roll since setup (voters {}, weight {}): added {} (weight {}), struck {} (weight {}), cards replaced {} (weight {}); \
         changes in all {} (weight {}).",
        "Список со времени создания выборов (избирателей {}, вес {}): добавлено {} (вес {}), вычеркнуто {} (вес {}), \
         заменено карточек {} \
         (вес {}): всего изменений {} (вес {}).",
        setup.voters,
        votes(setup),
        added.voters,
        votes(added),
        struck.voters,
        votes(struck),
        replaced.voters,
        votes(replaced),
        changes.voters,
        votes(&changes)
    ));
    if struck_voted.voters > 0 {
        front.tell(both!(
            "Of those who were struck {} had voted (weight {}), and their ballots were taken out of the sum.",
            "Из вычеркнутых проголосовали {} (вес {}); их бюллетени изъяты из суммы.",
            struck_voted.voters,
            votes(struck_voted)
        ));
    }
    let much = |part: u64, whole: u64| part.saturating_mul(100) > whole.saturating_mul(ROLL_CHANGED_PERCENT);
    let many = much(changes.voters, setup.voters) || much(changes.weight, setup.weight);
    if !many || known == Some(changes.voters) {
        return Ok(());
    }
    let count = changes.voters;
    let changed = some(count, "change", "changes");
    let doubt = Failure::new(
        Exit::CheckFailed,
        both!(
            "more than {ROLL_CHANGED_PERCENT} % of the roll was changed since setup: {changed}",
            "после создания выборов изменено больше {ROLL_CHANGED_PERCENT} % списка: изменений {count}"
        ),
    )
    .next(both!(
        "Ask for the reasons, each is in the log. If all is right: --roll-changed {count}",
        "Спросите о причинах, каждая есть в журнале. Если всё верно: --roll-changed {count}"
    ));
    unless_known(doubt, front)
}

fn late_extension(late: &LateExtension) -> String {
    let (index, minutes, ballots) = (late.index, late.minutes(), late.ballots);
    let (after, counted) = (some(minutes, "minute", "minutes"), some(ballots, "ballot", "ballots"));
    tr!(
        "The election was extended {after} after its closing time, when {counted} counted (entry {index}): whoever \
         extended it knew who had not voted yet.",
        "Голосование продлено через {minutes} мин после времени закрытия, когда бюллетеней было {ballots} (запись {index} \
         журнала): кто продлил, знал, кто ещё не голосовал."
    )
}

pub fn rare_weight(weight: String, holders: u64) -> String {
    tr!(
        "weight {weight} belongs to so few voters ({holders}) that a count in which it shows may show the vote",
        "избирателей с весом {weight} всего {holders}: где этот вес виден в числах, может быть виден и голос"
    )
}
