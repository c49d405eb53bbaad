//! `/result`: the report, once there is one; before that, when there will be.

use maud::{Markup, html};
use veche_election::{Phase, Secrecy};
use veche_server::pages::Facts;

use super::front;
use crate::{
    html::{self, Facts as Beside},
    lang::tr,
};

pub fn page(facts: &Facts, stays: &str) -> Markup {
    match &facts.result {
        Some(result) => {
            let beside = Beside {
                log: Some(facts.log),
                extra: Some(downloads(facts, stays)),
                is_served: true,
                has_record: facts.has_record,
                ..Beside::default()
            };
            html::article(facts.election.draft(), result, &beside)
        }
        None => not_yet(facts, stays),
    }
}

fn downloads(facts: &Facts, stays: &str) -> Markup {
    html! {
        section class="no-print" {
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
        (Phase::Closed, Secrecy::Secret) => tr!("The ballots are being summed up.", "Бюллетени суммируются."),
        // Said above.
        (Phase::Closed | Phase::Summed | Phase::Cancelled, _) => String::new(),
        _ => tr!(
            "There is no result, and no part of one, before the election is closed.",
            "До закрытия нет ни результата, ни какой-либо его части."
        ),
    };
    let heading = match facts.phase {
        Phase::Cancelled => tr!("No result", "Результата не будет"),
        _ => tr!("No result yet", "Результата пока нет"),
    };
    html! {
        (super::header(&facts.election.draft().title, &heading))
        main {
            (front::phase(facts, stays))
            @if !says.is_empty() { p { (says) } }
        }
    }
}
