//! `/`: what is decided, by whom, by which rule, until when; how it stands, and where one votes.

use maud::{Markup, PreEscaped, html};
use veche_client::{
    link::paper_id,
    told::{Announced, Standing, Status, Withdrawn},
};
use veche_election::{Act, Contest, Draft, Election, Phase, Revote, RollShows, Secrecy, manifest::TrusteePlan};
use veche_server::{clock::Clock, pages::Facts};

use crate::{
    html::{by_program, name},
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
            (how_to_vote(facts, address, stays))
            @for (place, contest) in (1..).zip(&draft.contests) {
                (contest_section(contest, alone, facts, &withdrawn_of(&facts.status, place)))
            }
            (who(facts))
            (compare(election))
            // Whoever can vote no more needs no card.
            @if !facts.phase.is_over() && !is_past_closing(facts) { (lost_card()) }
        }
        (footer())
    }
}

/// How the election stands, in a sentence, and why.
pub fn phase(facts: &Facts, stays: &str) -> Markup {
    let over = is_past_closing(facts);
    let class = match facts.phase {
        Phase::Open if !over => "phase open",
        Phase::Paused | Phase::Cancelled => "phase stopped",
        _ => "phase",
    };
    html! {
        div class=(class) {
            p class="says" { (says(facts, over, stays)) }
            @for notice in facts.notices.iter().filter(|notice| still_matters(&notice.act, facts.phase)) {
                @if let Some(why) = why(&notice.act) { p { (why) } p class="when" { (time(notice.at)) } }
            }
            @if let Some(standing) = facts.status.schedule.filter(|_| !facts.phase.is_over()) { (hindrance(standing)) }
        }
    }
}

/// What was cancelled has no closing time.
fn still_matters(act: &Act, phase: Phase) -> bool {
    phase != Phase::Cancelled || !matches!(act, Act::Extend { .. })
}

/// No ballot is taken any more, though the closing is not in the log yet.
pub fn is_past_closing(facts: &Facts) -> bool {
    facts.status.closes.is_some_and(|closes| closes <= Clock::system().wall())
}

fn says(facts: &Facts, over: bool, stays: &str) -> Markup {
    let status = &facts.status;
    let closes = |said: String, until: String| {
        html! { @match status.closes { Some(closes) => { (until) " " (time(closes)) "." }, None => (said) } }
    };
    match facts.phase {
        Phase::New | Phase::Setup => html! {
            (tr!("Not open yet.", "Голосование ещё не открыто.")) " "
            @match status.opens {
                Some(opens) => { (tr!("Voting begins", "Оно начнётся")) " " (time(opens)) "." },
                None => (tr!("The organiser opens it.", "Его откроет организатор.")),
            }
            @if let Some(closes) = status.closes { " " (tr!("It closes", "Голосование закроется")) " " (time(closes)) "." }
        },
        // How long it takes until then, is said below.
        Phase::Open if over && matches!(status.schedule, Some(Standing::Grace { act: Announced::Closing, .. })) => {
            html! {
                (tr!("The closing time has come: no ballots are taken any more.",
                    "Время закрытия наступило: бюллетени больше не принимаются."))
            }
        }
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
                (tr!("Unless that is changed, it closes", "Если время не изменят, оно закроется")) " " (time(closes)) "."
            }
        },
        Phase::Closed if words::waits_for_lot(facts.phase, facts.election.draft()) => html! {
            (tr!(
                "Voting is over. Before the result is told, a lot is drawn in public: it decides between equals, if there are any.",
                "Голосование окончено. Прежде чем объявить результат, при всех тянут жребий: он решает, если голосов поровну."
            ))
        },
        Phase::Closed => {
            html! { (tr!("Voting is over; the result follows.", "Голосование окончено; скоро будет результат.")) }
        }
        Phase::Summed if words::is_opened(facts.election.draft(), &status.shares) => html! {
            (tr!(
                "Voting is over. Enough trustees have opened the sum, and the result is computed: with large weights that takes minutes. \
                 If there is none after an hour, the organiser has to restart the server.",
                "Голосование окончено. Сумму открыли достаточно доверенных, и результат вычисляется: при больших весах это занимает минуты. \
                 Если его нет и через час, организатор должен перезапустить сервер."
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
            a class="no-print" href=(format!("result{stays}")) { (tr!("This is the result.", "Вот результат.")) }
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
            (tr!("Withdrawn:", "Кандидатура снята:")) " " bdi { (candidate) } ". "
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
        Standing::Grace { act, time: passed, until } => html! {
            p {
                (tr!("No server ran at", "Сервер не работал")) " " (time(passed))
                @match act {
                    Announced::Opening => (tr!(", so voting opens", ", поэтому голосование откроется")),
                    Announced::Closing => (tr!(", so voting closes", ", поэтому голосование закроется")),
                }
                " " (time(until)) "."
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
            (tr!("{ballots} of {voters} {noun} {have} voted ({part}).", "Проголосовало: {ballots} из {voters} ({part})."))
            @if let Some(by_weight) = by_weight { (by_weight) }
            @if status.roll_now.is_some() {
                " " (tr!("Ballots of voters who were struck are not counted.", "Бюллетени вычеркнутых не считаются."))
            }
        }
    }
}

fn how_to_vote(facts: &Facts, address: &str, stays: &str) -> Markup {
    if facts.phase.is_over() || is_past_closing(facts) {
        return html! {};
    }
    let revote = html! { p class="note" { (revote(facts.election.draft().revote)) } };
    if facts.phase != Phase::Open {
        return html! { section class="vote" { h2 { (tr!("How to vote", "Как голосовать")) } (not_now(facts, stays)) (revote) } };
    }
    let command = html! { "veche vote " (tr!("NUMBER", "НОМЕР")) " --url " (address) };
    html! {
        section class="vote" {
            h2 { (tr!("Vote", "Голосовать")) }
            @if facts.booth.is_some() {
                p { a class="button" href=(format!("booth/{stays}")) { (tr!("Vote here in the browser", "Голосовать здесь, в браузере")) } }
                p {
                    (tr!(
                        "You need your card: open its link, or type the number and the code that stand on it.",
                        "Нужна карточка: откройте ссылку с неё или введите номер и код, которые на ней стоят."
                    ))
                }
                (by_program(&[command]))
            } @else {
                p {
                    (tr!(
                        "This server was built without the booth for browsers: vote with the program.",
                        "Этот сервер собран без кабины для браузера: голосуют через программу."
                    ))
                    " " code class="line" { (command) }
                }
            }
            (revote)
        }
    }
}

/// Before the opening, and in a pause: no ballot is taken, but a card can be tried.
fn not_now(facts: &Facts, stays: &str) -> Markup {
    let is_paused = facts.phase == Phase::Paused;
    let says = if is_paused {
        tr!(
            "No ballot is taken while voting is paused. What was recorded before stays.",
            "Пока голосование приостановлено, бюллетени не принимаются. Записанные раньше остаются."
        )
    } else {
        tr!(
            "Ballots are taken when voting is open, with your card: by its link, or by the number and the code that stand on it.",
            "Бюллетени принимают, когда голосование открыто, по карточке: по ссылке с неё или по номеру и коду, которые на ней стоят."
        )
    };
    let to_see = if is_paused {
        tr!(
            "Whether your card is good, and whether a ballot of yours is recorded, can be seen now:",
            "Действует ли ваша карточка и записан ли ваш бюллетень, можно узнать уже сейчас:"
        )
    } else {
        tr!("Whether your card is good can be seen now:", "Действует ли ваша карточка, можно узнать уже сейчас:")
    };
    html! {
        p { (says) }
        @if facts.booth.is_some() {
            p { (to_see) " " a href=(format!("booth/{stays}")) { (tr!("try the card", "проверить карточку")) } }
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

fn contest_section(contest: &Contest, alone: bool, facts: &Facts, withdrawn: &[&Withdrawn]) -> Markup {
    let election = &facts.election;
    let weighted = election.roll().weight != election.roll().voters.saturating_mul(election.draft().unit());
    let count = contest.candidates.len();
    let list = html! { ul class="candidates" { @for candidate in &contest.candidates { li {
        bdi { (candidate) }
        @if let Some(gone) = withdrawn.iter().find(|gone| gone.candidate == *candidate) {
            " " small { (tr!("withdrawn; ballots that were in: {}", "кандидатура снята; бюллетеней к тому времени было {}", words::number(gone.ballots))) }
        }
        @if let Some(about) = contest.about.iter().find(|about| about.candidate == *candidate) {
            // As the booth has it: text, nothing to follow.
            @for said in [&about.text, &about.link].into_iter().flatten() { br; small { bdi { (said) } } }
        }
    } } } };
    html! {
        section {
            @if alone { h2 { (tr!("Candidates", "Кандидаты")) } } @else { h2 { bdi { (contest.title) } } }
            @if count > CANDIDATES_SHOWN {
                details { summary { (tr!("Candidates: {count}", "Кандидатов: {count}")) } (list) }
            } @else { (list) }
            @if facts.phase.is_over() {
                h3 { (tr!("How it is counted", "Как считают")) }
            } @else {
                h3 { (tr!("How to mark the ballot, and how it is counted", "Как заполнять бюллетень и как его считают")) }
            }
            ul class="rule" {
                @if !facts.phase.is_over() { li { (PreEscaped(words::task(contest, name))) } }
                @for sentence in words::rule_without_signs(contest, weighted, name) { li { (PreEscaped(sentence)) } }
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
            "В опубликованном списке видны номера: пока идёт голосование, каждый видит, кто голосовал (но не как)."
        ),
        (RollShows::Name, Secrecy::Secret) => tr!(
            "The published roll shows names: everybody can see, while the vote runs, who has voted (not how).",
            "В опубликованном списке видны имена: пока идёт голосование, каждый видит, кто голосовал (но не как)."
        ),
    }
}

/// Who sees a ballot, and who opens what.
fn who_sees(election: &Election, phase: Phase) -> Markup {
    let Some(plan) = election.draft().trustees else {
        return html! {
            @if phase == Phase::Cancelled {
                (tr!("The ballots of a cancelled election are not shown.", "Бюллетени отменённых выборов не публикуются."))
            } @else {
                (tr!(
                    "Ballots are open: after closing everybody sees every ballot; whoever runs the server sees them before.",
                    "Бюллетени открытые: после закрытия все видят все бюллетени; кто управляет сервером, видит \
                     их и раньше."
                ))
            }
        };
    };
    html! {
        (who_opens(plan, phase)) " "
        @for (at, trustee) in election.trustees().iter().enumerate() {
            @if at > 0 { ", " }
            bdi { (trustee.name) }
        }
        "."
    }
}

/// Only sums are opened, though as many as the threshold could open more (`docs/threat-model.md`).
fn who_opens(TrusteePlan { count, threshold, .. }: TrusteePlan, phase: Phase) -> String {
    if phase == Phase::Cancelled {
        return tr!(
            "No ballot is opened, and no sum. The trustees:",
            "Не вскрывают бюллетеней и не открывают сумм. Доверенные:"
        );
    }
    let who = match threshold {
        _ if count == 1 => tr!("the trustee opens the sums:", "суммы открывает доверенный:"),
        1 => tr!(
            "any of these {count} trustees alone can open the sums:",
            "открыть суммы может любой из {count} доверенных:"
        ),
        _ if threshold == count => tr!(
            "all these {count} trustees together open the sums; fewer learn nothing:",
            "суммы открывают вместе все доверенные ({count}); без одного не узнать ничего:"
        ),
        _ => tr!(
            "any {threshold} of these {count} trustees together open the sums; fewer learn nothing:",
            "суммы открывают вместе любые {threshold} из {count} доверенных; меньшее число не узнает ничего:"
        ),
    };
    tr!(
        "No single ballot is opened. When voting is closed, {who}",
        "Отдельных бюллетеней не вскрывают. Когда голосование закрыто, {who}"
    )
}

/// What the roll shows, and whether it may change; where the election was cancelled, what has been shown already.
fn of_roll(draft: &Draft, phase: Phase) -> Vec<String> {
    let shows = || published_roll(draft.roll_shows, draft.secrecy);
    match (phase, draft.secrecy) {
        (Phase::Cancelled, Secrecy::Open) => Vec::new(),
        (Phase::Cancelled, Secrecy::Secret) => vec![shows()],
        _ if phase.is_over() => vec![shows()],
        _ => vec![shows(), words::roll_changes(draft.roll_changes)],
    }
}

fn who(facts: &Facts) -> Markup {
    let (election, status) = (&facts.election, &facts.status);
    let draft = election.draft();
    let (voters, noun) = (words::number(status.voters), noun(status.voters, "voter", "voters"));
    html! {
        section {
            h2 { (tr!("Who", "Кто голосует")) }
            ul {
                li { (tr!("On the roll: {voters} {noun}.", "Избирателей в списке: {voters}.")) @for said in of_roll(draft, facts.phase) { " " (said) } }
                @if let Some(now) = status.roll_now {
                    li {
                        (tr!(
                            "After the opening some voters were struck. Still on the roll: {}; turnout counts those who were struck too.",
                            "После открытия избирателей вычёркивали: в списке осталось {}. Явка считается от прежнего числа, {voters}.",
                            words::number(now.voters)
                        ))
                    }
                }
                li { (who_sees(election, facts.phase)) }
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
                    "Compare the election id with your card or the organiser's announcement:",
                    "Сравните id выборов с карточкой или с объявлением организатора:"
                ))
                " " code class="line id" { (paper_id(election.id())) }
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
                     поданный по ней, останется, пока вы не проголосуете снова. Замена видна в публичном журнале."
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
