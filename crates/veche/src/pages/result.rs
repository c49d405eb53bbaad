//! `/result`: the report, once there is one; before that, when there will be.

use maud::{Markup, html};
use veche_election::{Phase, Secrecy};
use veche_server::pages::Facts;

use super::front;
use crate::{
    html::{self, Facts as Beside},
    lang::tr,
    words,
};

pub fn page(facts: &Facts, stays: &str) -> Markup {
    match &facts.result {
        Some(result) => {
            let beside = Beside { log: Some(facts.log), extra: Some(downloads(facts, stays)), ..Beside::default() };
            html::article(facts.election.draft(), result, &beside)
        }
        None => not_yet(facts, stays),
    }
}

fn downloads(facts: &Facts, stays: &str) -> Markup {
    html! {
        section {
            h2 { (tr!("To download", "Скачать")) }
            ul class="files" {
                @if facts.has_record {
                    li {
                        a href="record.tar" download { "record.tar" } " "
                        (tr!("the whole record of the election, to count it again",
                            "вся публичная запись выборов, чтобы пересчитать её"))
                    }
                }
                li {
                    a href=(format!("result.csv{stays}")) download="result.csv" { "result.csv" } " "
                    (tr!("all figures for a spreadsheet", "все числа для электронной таблицы"))
                }
                li {
                    a href="result.json" download="result.json" { "result.json" } " "
                    (tr!("the same for programs, exactly", "то же для программ, точными числами"))
                }
                li {
                    a href=(format!("result.svg{stays}")) download="result.svg" { "result.svg" } " "
                    (tr!("the charts as a picture", "диаграммы картинкой"))
                }
            }
        }
    }
}

fn not_yet(facts: &Facts, stays: &str) -> Markup {
    let says = match (facts.phase, facts.election.draft().secrecy) {
        (Phase::Cancelled, _) => {
            tr!("The election was cancelled: it has no result.", "Выборы отменены: результата у них нет.")
        }
        (Phase::Summed, _) if words::is_opened(facts.election.draft(), &facts.status.shares) => {
            tr!("The result follows when it is computed.", "Результат будет, когда он вычислен.")
        }
        (Phase::Summed, _) => tr!(
            "The sum of all ballots is published, and the trustees have not opened it yet. There is no result until they do.",
            "Сумма всех бюллетеней опубликована, но доверенные её ещё не открыли. Пока не откроют, результата нет."
        ),
        (Phase::Closed, Secrecy::Secret) => {
            tr!("Voting is over. The ballots are being summed up.", "Голосование окончено. Бюллетени суммируются.")
        }
        (Phase::Closed, Secrecy::Open) if facts.election.draft().has_lot() => tr!(
            "Voting is over, and a lot has to decide between equals: the result follows when it was drawn in public.",
            "Голосование окончено, между равными решает жребий: результат появится, когда его вытянут при всех."
        ),
        (Phase::Closed, _) => {
            tr!("Voting is over. The result follows at once.", "Голосование окончено. Результат вот-вот появится.")
        }
        _ => tr!(
            "There is no result, and no part of one, before the election is closed.",
            "До закрытия нет ни результата, ни какой-либо его части."
        ),
    };
    html! {
        (super::header(&facts.election.draft().title, &tr!("No result yet", "Результата пока нет")))
        main {
            (front::phase(facts, stays))
            p { (says) }
        }
    }
}
