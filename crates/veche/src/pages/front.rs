//! `/`: what is decided, by whom, by which rule, until when; how it stands, and where one votes.

use maud::{Markup, PreEscaped, html};
use veche_client::told::{Standing, Status, Withdrawn};
use veche_election::{Act, Contest, Election, Phase, Revote, RollShows, Secrecy, credential::base32_groups};
use veche_server::{clock::Clock, pages::Facts};

use crate::{
    html::name,
    lang::{noun, tr},
    times::time,
    words,
};

/// More candidates than this are shown when they are asked for.
const CANDIDATES_SHOWN: usize = 30;

pub fn page(facts: &Facts, address: &str, stays: &str) -> Markup {
    let election = &facts.election;
    let draft = election.draft();
    let kind = match draft.secrecy {
        Secrecy::Secret => tr!("Secret election", "Тайное голосование"),
        Secrecy::Open => tr!("Open election", "Открытое голосование"),
    };
    let alone = matches!(draft.contests.as_slice(), [only] if only.title == draft.title);
    html! {
        header {
            p class="kind" { (kind) }
            h1 { bdi { (draft.title) } }
        }
        main {
            (phase(facts, stays))
            (turnout(facts))
            (how_to_vote(facts, address))
            @for (place, contest) in (1..).zip(&draft.contests) {
                (contest_section(contest, alone, election, &withdrawn_of(&facts.status, place)))
            }
            (who(election, &facts.status))
            (compare(election))
            (lost_card())
        }
        (footer())
    }
}

/// How the election stands, in a sentence, and why.
pub fn phase(facts: &Facts, stays: &str) -> Markup {
    let over = facts.status.closes.is_some_and(|closes| closes <= Clock::system().wall());
    let class = match facts.phase {
        Phase::Open if !over => "phase open",
        Phase::Paused | Phase::Cancelled => "phase stopped",
        _ => "phase",
    };
    html! {
        div class=(class) {
            p class="says" { (says(facts, over, stays)) }
            @for notice in &facts.notices {
                @if let Some(why) = why(&notice.act) { p { (why) } p class="when" { (time(notice.at)) } }
            }
            @if let Some(standing) = facts.status.schedule { (hindrance(standing)) }
        }
    }
}

fn says(facts: &Facts, over: bool, stays: &str) -> Markup {
    let status = &facts.status;
    let closes = |said: String, until: String| {
        html! { @match status.closes { Some(closes) => { (until) " " (time(closes)) "." }, None => (said) } }
    };
    match facts.phase {
        Phase::New | Phase::Setup => html! {
            (tr!("Not open yet.", "Ещё не открыто.")) " "
            @match status.opens {
                Some(opens) => { (tr!("Voting begins", "Голосование начнётся")) " " (time(opens)) "." },
                None => (tr!("The organiser opens it.", "Его откроет организатор.")),
            }
            @if let Some(closes) = status.closes { " " (tr!("It closes", "Голосование закроется")) " " (time(closes)) "." }
        },
        Phase::Open if over => html! {
            (tr!("The closing time has come: no ballots are taken any more, and the closing follows.",
                "Время закрытия наступило: бюллетени больше не принимаются, голосование вот-вот закроется."))
        },
        Phase::Open => closes(
            tr!("Voting is open, until the organiser closes it.", "Голосование идёт, пока организатор его не закроет."),
            tr!("Voting is open until", "Голосование идёт до"),
        ),
        Phase::Paused => html! {
            (tr!("Voting is paused.", "Голосование приостановлено.")) " "
            @if let Some(closes) = status.closes {
                (tr!("Unless that is changed, it closes", "Если время не изменят, голосование закроется")) " " (time(closes)) "."
            }
        },
        Phase::Closed => {
            html! { (tr!("Voting is over; the result follows.", "Голосование окончено; скоро будет результат.")) }
        }
        Phase::Summed if words::is_opened(facts.election.draft(), &status.shares) => html! {
            (tr!(
                "Voting is over. Enough trustees have opened the sum, and the result is computed: with large weights that takes minutes.",
                "Голосование окончено. Сумму открыли достаточно доверенных, и результат вычисляется: при больших весах это занимает минуты."
            ))
        },
        Phase::Summed => html! {
            (tr!(
                "Voting is over. The ballots are summed up, but the trustees have not opened the sum yet: there is no result so far.",
                "Голосование окончено. Бюллетени просуммированы, но доверенные ещё не открыли сумму: результата пока нет."
            ))
        },
        Phase::Finished => html! {
            (tr!("Voting is over.", "Голосование окончено.")) " "
            a href=(format!("result{stays}")) { (tr!("This is the result.", "Вот результат.")) }
        },
        Phase::Cancelled => html! { (tr!("The election was cancelled.", "Выборы отменены.")) },
    }
}

/// The organiser's words, among ours.
fn why(act: &Act) -> Option<Markup> {
    let said = |what: String, reason: &str| html! { (what) " " q { bdi { (reason) } } };
    match act {
        Act::Pause { reason } => Some(said(tr!("The organiser says why:", "Причина, по словам организатора:"), reason)),
        Act::Withdraw { reason, candidate, .. } => Some(html! {
            (tr!("Withdrawn:", "Снят кандидат:")) " " bdi { (candidate) } ". "
            (said(tr!("The organiser says why:", "Причина, по словам организатора:"), reason))
        }),
        Act::Cancel { reason } => {
            Some(said(tr!("The organiser says why:", "Причина, по словам организатора:"), reason))
        }
        Act::Extend { reason, late, .. } => Some(html! {
            (said(tr!("The closing time was moved. The organiser says why:",
                "Время закрытия перенесено. Причина, по словам организатора:"), reason))
            @if *late {
                " " (tr!("It was moved after the old time had passed.", "Его перенесли, когда прежнее уже прошло."))
            }
        }),
        _ => None,
    }
}

fn hindrance(standing: Standing) -> Markup {
    match standing {
        Standing::Kept => html! {},
        Standing::Grace { time: passed, until, .. } => html! {
            p {
                (tr!("No server ran at", "Сервер не работал")) " " (time(passed)) "; "
                (tr!("what was announced for then follows at", "то, что было на это время назначено, произойдёт")) " " (time(until)) "."
            }
        },
        Standing::Behind { .. } | Standing::Apart { .. } | Standing::Unnoted { .. } => html! {
            p { (tr!("Something is wrong with the server's clock or disk: nothing opens or closes by time now.",
                "С часами или диском сервера что-то не так: по времени сейчас ничего не открывается и не закрывается.")) }
        },
    }
}

fn turnout(facts: &Facts) -> Markup {
    if matches!(facts.phase, Phase::New | Phase::Setup) {
        return html! {};
    }
    let status = &facts.status;
    let (ballots, voters) = (words::number(status.ballots), words::number(status.voters));
    let (noun, have) = (noun(status.voters, "voter", "voters"), words::have(status.ballots, status.voters));
    let asked = words::quorums(facts.election.draft());
    let part = words::turnout(status.ballots, status.voters, &asked);
    let by_weight = status.weight.filter(|_| status.is_weighted()).map(|weight| {
        let (cast, all) = (words::votes(weight, status.scale), words::votes(status.voters_weight, status.scale));
        let part = words::turnout(weight, status.voters_weight, &asked);
        tr!(" By weight: {cast} of {all} ({part}).", " По весу: {cast} из {all} ({part}).")
    });
    html! {
        p class="turnout" {
            (tr!("{ballots} of {voters} {noun} {have} voted ({part}).", "Проголосовали {ballots} из {voters} ({part})."))
            @if let Some(by_weight) = by_weight { (by_weight) }
        }
    }
}

fn how_to_vote(facts: &Facts, address: &str) -> Markup {
    if facts.phase.is_over() {
        return html! {};
    }
    html! {
        section class="vote" {
            h2 { (tr!("Vote", "Голосовать")) }
            @if facts.booth.is_some() {
                p { a class="button" href="booth/" { (tr!("Vote here in the browser", "Голосовать здесь, в браузере")) } }
                p {
                    (tr!(
                        "You need your card: open its link, or type the number and the code that stand on it.",
                        "Нужна карточка: код с неё или её ссылка. Если прийти по ссылке, вводить ничего не нужно."
                    ))
                }
            } @else {
                p {
                    (tr!(
                        "This server was built without the booth for browsers: vote with the program.",
                        "Этот сервер собран без кабины для браузера: голосуют через программу."
                    ))
                }
            }
            p {
                (tr!("With the program, and your card's number and code:", "Через программу, с номером и кодом карточки:"))
                " " code class="line" { "veche vote " (tr!("NUMBER", "НОМЕР")) " --url " (address) }
            }
            p class="note" { (revote(facts.election.draft().revote)) }
        }
    }
}

fn revote(revote: Revote) -> String {
    match revote {
        Revote::Last => tr!(
            "You may vote again until the closing; the last ballot counts.",
            "До закрытия можно проголосовать снова; считается последний бюллетень."
        ),
        Revote::Never => tr!(
            "You can vote once only; nothing can be changed afterwards.",
            "Голосуют один раз; изменить ничего нельзя."
        ),
    }
}

/// Of a contest, counted from 1.
fn withdrawn_of(status: &Status, contest: usize) -> Vec<&Withdrawn> {
    status.withdrawn.iter().filter(|gone| gone.contest == contest).collect()
}

fn contest_section(contest: &Contest, alone: bool, election: &Election, withdrawn: &[&Withdrawn]) -> Markup {
    let weighted = election.roll().weight != election.roll().voters.saturating_mul(election.draft().unit());
    let count = contest.candidates.len();
    let list = html! { ul class="candidates" { @for candidate in &contest.candidates { li {
        bdi { (candidate) }
        @if let Some(gone) = withdrawn.iter().find(|gone| gone.candidate == *candidate) {
            " " small { (tr!("withdrawn; ballots that were in: {}", "снят; бюллетеней к тому времени было {}", words::number(gone.ballots))) }
        }
        @if let Some(about) = contest.about.iter().find(|about| about.candidate == *candidate) {
            // As the booth has it: text, nothing to follow.
            @for said in [&about.text, &about.link].into_iter().flatten() { br; small { bdi { (said) } } }
        }
    } } } };
    html! {
        section {
            @if alone { h2 { (tr!("What is decided", "Что решают")) } } @else { h2 { bdi { (contest.title) } } }
            @if count > CANDIDATES_SHOWN {
                details { summary { (tr!("Candidates: {count}", "Кандидатов: {count}")) } (list) }
            } @else { (list) }
            h3 { (tr!("How to mark the ballot, and how it is counted", "Как заполнять бюллетень и как его считают")) }
            ul class="rule" {
                li { (PreEscaped(words::scale(contest, name))) }
                @for sentence in words::rule(contest, weighted, name) { li { (PreEscaped(sentence)) } }
            }
        }
    }
}

/// What everybody learns from the roll, and when: that of a secret election is public from the beginning.
fn published_roll(shows: RollShows, secrecy: Secrecy) -> String {
    match (shows, secrecy) {
        (RollShows::Nothing, _) => tr!("The roll is not published.", "Список не публикуется."),
        (RollShows::Number, Secrecy::Open) => tr!(
            "After closing the published roll shows numbers.",
            "После закрытия в опубликованном списке видны номера."
        ),
        (RollShows::Name, Secrecy::Open) => {
            tr!("After closing the published roll shows names.", "После закрытия в опубликованном списке видны имена.")
        }
        (RollShows::Number, Secrecy::Secret) => tr!(
            "The published roll shows numbers: everybody can see, while the vote runs, who has voted (not how).",
            "В опубликованном списке видны номера: пока идёт голосование, каждый видит, кто голосовал (не как)."
        ),
        (RollShows::Name, Secrecy::Secret) => tr!(
            "The published roll shows names: everybody can see, while the vote runs, who has voted (not how).",
            "В опубликованном списке видны имена: пока идёт голосование, каждый видит, кто голосовал (не как)."
        ),
    }
}

fn who(election: &Election, status: &Status) -> Markup {
    let draft = election.draft();
    let (voters, noun) = (words::number(status.voters), noun(status.voters, "voter", "voters"));
    let roll = published_roll(draft.roll_shows, draft.secrecy);
    html! {
        section {
            h2 { (tr!("Who", "Кто голосует")) }
            ul {
                li { (tr!("On the roll: {voters} {noun}.", "Избирателей в списке: {voters}.")) " " (roll) " " (words::roll_changes(draft.roll_changes)) }
                @if let Some(now) = status.roll_now {
                    li {
                        (tr!(
                            "After the opening some voters were struck. Still on the roll: {}; turnout counts those who were struck too.",
                            "После открытия кого-то вычеркнули; из этих избирателей в списке осталось {}, а явка считается от всех.",
                            words::number(now.voters)
                        ))
                    }
                }
                @match draft.trustees {
                    Some(plan) => {
                        li {
                            (tr!(
                                "Nobody sees a ballot. After closing any {} of these {} trustees can open the sums; fewer learn nothing:",
                                "Бюллетеней не видит никто. Суммы откроют после закрытия любые {} из {} доверенных; меньшее число не узнает ничего:",
                                plan.threshold,
                                plan.count
                            ))
                            " "
                            @for (at, trustee) in election.trustees().iter().enumerate() {
                                @if at > 0 { ", " }
                                bdi { (trustee.name) }
                            }
                            "."
                        }
                    },
                    None => {
                        li {
                            (tr!(
                                "Ballots are open: after closing everybody sees every ballot; whoever runs the server sees them before.",
                                "Бюллетени открытые: после закрытия все видят все бюллетени; тот, кто держит сервер, видит \
                                 их и раньше."
                            ))
                        }
                    },
                }
                @if let Some(plan) = &draft.witnesses {
                    li {
                        (tr!("Witnesses sign that the log only grows:",
                            "Свидетели удостоверяют подписью, что журнал только растёт:")) " "
                        @for (at, witness) in plan.keys.iter().enumerate() {
                            @if at > 0 { ", " }
                            bdi { (witness.name()) }
                        }
                        "."
                    }
                }
            }
        }
    }
}

fn compare(election: &Election) -> Markup {
    html! {
        section {
            h2 { (tr!("Is it this election?", "Те ли это выборы?")) }
            p {
                (tr!(
                    "Compare the election id with your card or the organiser's announcement; a card may show its beginning.",
                    "Сравните id выборов с карточкой или с объявлением организатора; на карточке может стоять только его \
                     начало."
                ))
                " " code class="line id" { (base32_groups(&election.id().0)) }
            }
        }
    }
}

fn lost_card() -> Markup {
    html! {
        section {
            h2 { (tr!("Lost your card?", "Потеряли карточку?")) }
            p {
                (tr!(
                    "Ask the organiser, who gave you the card, for a new one. The old card is void then; a ballot that was cast with it \
                     stays until you vote again. The replacement stands in the public log.",
                    "Попросите новую у организатора, который её выдал. Старая тогда перестанет действовать, а бюллетень, \
                     поданный с ней, останется, пока вы не проголосуете снова. Замена видна в публичном журнале."
                ))
            }
        }
    }
}

fn footer() -> Markup {
    html! {
        footer {
            p {
                "veche " (env!("CARGO_PKG_VERSION")) " · "
                (tr!("for programs:", "для программ:")) " "
                a href="status.json" { "status.json" } " "
                a href="election.json" { "election.json" } " "
                a href="checkpoint" { "checkpoint" }
            }
        }
    }
}
