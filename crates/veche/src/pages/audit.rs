//! `/audit`: how anybody finds out that all is right, without believing this page or its server.

use maud::{Markup, html};
use veche_client::{booth::hash_text, link::paper_id};
use veche_election::{Checkpoint, Election, Phase, log::origin};
use veche_server::pages::Facts;

use crate::{html::by_program, lang::tr, times::time, words};

pub fn page(facts: &Facts, address: &str, stays: &str) -> Markup {
    let title = &facts.election.draft().title;
    html! {
        (super::header(title, &tr!("How to check this election", "Как проверить эти выборы")))
        main {
            p {
                (tr!(
                    "This page proves nothing: it comes from the server that is to be checked. The proof is the record, counted again by a \
                     program on your own machine.",
                    "Эта страница ничего не доказывает: она с того самого сервера, который проверяют. Доказывают публичная \
                     запись выборов и программы, которые пересчитывают её на вашем компьютере."
                ))
            }
            (verifiers(facts, address))
            (checks(&facts.election))
            (own_ballot(facts, address, stays))
            (log(facts, address))
            (witnesses(facts))
            (booth(facts, address))
            (keys(&facts.election))
        }
    }
}

fn verifiers(facts: &Facts, address: &str) -> Markup {
    let shows_entries = facts.phase.shows_entries(facts.election.draft().secrecy);
    html! {
        section {
            h2 { (tr!("Count it again", "Пересчитать")) }
            @if facts.phase == Phase::Finished {
                @if facts.has_record {
                    p {
                        (tr!("The record as one file:", "Публичная запись одним файлом:")) " "
                        a href="record.tar" download { "record.tar" } ". "
                        (tr!("Or directly from this server:", "Или прямо с этого сервера:"))
                    }
                }
                (by_program(&[html! { "veche verify " (address) }]))
                @if facts.has_record {
                    p {
                        (tr!(
                            "A second program, which shares no code with the first and needs nothing but Python, reads the file:",
                            "Вторая программа, написанная отдельно, читает этот файл; ей нужен один лишь Python:"
                        ))
                    }
                    (by_program(&[html! { "python3 veche_verify.py record.tar" }]))
                }
            } @else if facts.phase == Phase::Cancelled {
                p { (tr!("The election was cancelled; it has no record of a result.",
                    "Выборы отменены; публичной записи с результатом у них нет.")) }
            } @else {
                p { (tr!("The record is complete when the result is in it.",
                    "Публичная запись будет готова, когда в ней появится результат.")) }
                @if shows_entries {
                    p { (tr!("What is in the log so far can be checked now:", "То, что уже есть в журнале, можно проверить сейчас:")) }
                    (by_program(&[html! { "veche verify --so-far " (address) }]))
                }
            }
        }
    }
}

/// What the verifiers look at, by the numbers of `docs/spec/record.md` section 3.
fn checks(election: &Election) -> Markup {
    let secret = election.secret().is_some();
    html! {
        section {
            h2 { (tr!("What is checked", "Что проверяется")) }
            ol class="checks" {
                li { (tr!("The manifest: what is voted on and by which rule; the election id is its fingerprint.",
                    "Манифест: что решают и по какому правилу; id выборов — его отпечаток.")) }
                li { (tr!("The list of credentials: who may vote, and with which weight. Every later change is an entry of the log.",
                    "Список карточек: у кого есть право голоса и с каким весом. Каждое изменение после этого — запись в журнале.")) }
                li { (tr!("The roll that was published is the one that was announced.",
                    "Опубликован тот список избирателей, который был объявлен.")) }
                li { (tr!("The checkpoint: the board, and the witnesses if there are any, signed this state of the log.",
                    "Состояние журнала: его подписали сервер и свидетели, если они есть.")) }
                li {
                    (tr!("Every entry: signed by the right key, in its place, at a time when it was allowed.",
                        "Каждая запись журнала: подписана верным ключом, стоит на своём месте, сделана, когда это было \
                         разрешено."))
                    @if secret {
                        " " (tr!("Each ballot proves that it holds one valid vote, without showing it.",
                            "Каждый бюллетень доказывает, что заполнен по правилам, не показывая оценок."))
                    }
                }
                li { (tr!("The tree: the entries are those that were signed, and none is missing.",
                    "Дерево: записи те самые, что подписаны, и ни одна не пропала.")) }
                li { (tr!("The count: the result follows from the last ballot of every voter by the announced rule, exactly.",
                    "Подсчёт: результат точно следует из последнего бюллетеня каждого избирателя по объявленному правилу.")) }
                li { (tr!("The files: nothing is missing and nothing was added.", "Файлы: ничего не пропало и ничего не добавлено.")) }
                @if secret {
                    li { (tr!("The trustees: their keys were made together, and every share that opened the sum is proven.",
                        "Доверенные: ключи созданы ими вместе, и каждая доля, открывшая сумму, доказана.")) }
                }
            }
        }
    }
}

fn own_ballot(facts: &Facts, address: &str, stays: &str) -> Markup {
    let shows_entries = facts.phase.shows_entries(facts.election.draft().secrecy);
    html! {
        section {
            h2 { (tr!("Your own ballot", "Ваш бюллетень")) }
            @if shows_entries {
                p class="no-print" { (tr!("By its code, which the receipt shows:", "По коду бюллетеня, который стоит в квитанции:")) }
                (super::small::form("", stays, ""))
            } @else if facts.phase == Phase::Cancelled {
                p { (tr!("The ballots of a cancelled election are not shown.", "Бюллетени отменённых выборов не публикуются.")) }
            } @else {
                p { (tr!("By its code, which the receipt shows, after closing.",
                    "По коду бюллетеня, который стоит в квитанции, — после закрытия.")) }
            }
            @if facts.booth.is_some() && facts.election.secret().is_some() {
                p {
                    (tr!(
                        "Have you opened a ballot instead of casting it? Check it on another device than the one that made it:",
                        "Вы вскрыли бюллетень вместо подачи? Проверьте его на другом устройстве, не на том, где он сделан:"
                    ))
                    " " a href=(format!("booth/check{stays}")) { (tr!("check an opened ballot", "проверить вскрытый бюллетень")) }
                }
            }
            p { (tr!("The receipt's file proves what this page only says:", "Файл квитанции доказывает то, что эта страница лишь говорит:")) }
            (by_program(&[html! {
                "veche verify-receipt " (tr!("RECEIPT.json", "КВИТАНЦИЯ.json")) " --record " (address)
            }]))
        }
    }
}

fn log(facts: &Facts, address: &str) -> Markup {
    let (size, root) = facts.log;
    html! {
        section {
            h2 { (tr!("The log", "Журнал")) }
            p {
                (tr!(
                    "Every ballot and every act of the organiser is an entry of a log that can only grow. Whoever keeps a checkpoint can \
                     prove it if the server ever shows another log.",
                    "Каждый бюллетень и каждое действие организатора — запись журнала, который может только расти. Кто \
                     сохранил подписанное состояние журнала, тот докажет, если сервер когда-нибудь покажет другой журнал."
                ))
            }
            dl {
                div { dt { (tr!("Entries", "Записей")) } dd { (words::number(size)) } }
                div { dt { (tr!("Root of the tree", "Корень дерева")) } dd { (root) } }
            }
            pre class="note-text" tabindex="0" aria-label=(tr!("Checkpoint", "Подписанное состояние журнала")) { (facts.checkpoint) }
            p { (tr!("Watch the log, and keep a copy of it:", "Следить за журналом и хранить его копию:")) }
            (by_program(&[html! { "veche watch " (address) " --mirror mirror" }]))
        }
    }
}

fn witnesses(facts: &Facts) -> Markup {
    let election = &facts.election;
    let Some(plan) = &election.draft().witnesses else {
        return html! {
            section {
                h2 { (tr!("Witnesses", "Свидетели")) }
                p {
                    (tr!(
                        "This election names none. Whether everybody sees the same log is known only where people compare what they see.",
                        "У этих выборов их нет: одинаковый ли журнал видят все, узнают, только сравнив."
                    ))
                }
            }
        };
    };
    let quorum = plan.quorum;
    let opened = Checkpoint::open(&facts.checkpoint, &origin(election.id()), &election.keys().board).ok();
    let signed = |witness: &veche_election::checkpoint::Witness| {
        opened.as_ref().and_then(|checkpoint| witness.find_with_time(checkpoint, &facts.checkpoint)).map(|(_, at)| at)
    };
    html! {
        section {
            h2 { (tr!("Witnesses", "Свидетели")) }
            p {
                (tr!(
                    "They sign only a log that contains all that they signed before. Signatures that the record's checkpoint must have: {quorum}.",
                    "Они подписывают только журнал, в котором есть всё, что подписано прежде; в публичной записи под \
                     состоянием журнала подписей должно быть не меньше {quorum}."
                ))
            }
            ul {
                @for witness in &plan.keys {
                    li {
                        bdi { (witness.name()) } ": "
                        @match signed(witness) {
                            Some(at) => { (tr!("has signed this checkpoint,", "подписал это состояние,")) " " (time(at)) },
                            None => (tr!("has not signed this checkpoint yet", "это состояние ещё не подписал")),
                        }
                    }
                }
            }
            @if facts.witnessed.is_empty() {
                p { (tr!("No checkpoint has enough signatures yet.",
                    "Подписей пока не хватает ни под одним состоянием журнала.")) }
            } @else {
                p { a href="witnessed" { (tr!("The last checkpoint with enough signatures",
                    "Последнее состояние журнала, под которым подписей хватает")) } }
            }
        }
    }
}

fn booth(facts: &Facts, address: &str) -> Markup {
    let Some(hash) = facts.booth.map(hash_text) else { return html! {} };
    html! {
        section {
            h2 { (tr!("The page for voting", "Страница для голосования")) }
            p {
                (tr!(
                    "Whoever votes in a browser trusts the page that this server sends. Its files have this hash:",
                    "Кто голосует в браузере, доверяет странице с этого сервера. Вот хеш её файлов:"
                ))
                " " code class="line" { (hash) }
            }
            (named(facts))
            p {
                (tr!(
                    "Whether it follows from the published sources, and whether everybody is sent the same page, anybody can check:",
                    "Следует ли он из опубликованных исходников и одна ли и та же страница приходит всем, может проверить любой:"
                ))
            }
            (by_program(&[html! { "tools/check-booth " (hash) }, html! { "veche watch " (address) " --booth " (hash) }]))
        }
    }
}

/// What the log says of it, which the server cannot take back.
fn named(facts: &Facts) -> Markup {
    let named = &facts.named_booths;
    let Some(entry) = named.iter().find(|named| Some(named.hash) == facts.booth).map(|named| named.index) else {
        return html! { p { strong { (tr!(
            "No entry of the log names this page.",
            "Ни одна запись журнала не называет эту страницу."
        )) } } };
    };
    let others = named.len().saturating_sub(1);
    html! {
        p {
            (tr!("The log names it in entry {entry}.", "В журнале она названа записью {entry}.")) " "
            @if others > 0 {
                (tr!(
                    "It has changed: the log names {others} more, which this server has served at other times.",
                    "Она менялась: в журнале названы и другие ({others}), их этот сервер отдавал в другое время."
                ))
            } @else {
                (tr!("It has not changed since.", "С тех пор она не менялась."))
            }
        }
    }
}

fn keys(election: &Election) -> Markup {
    let keys = election.keys();
    html! {
        section {
            h2 { (tr!("Id and keys of the election", "Id и ключи выборов")) }
            dl {
                div { dt { (tr!("Election id", "Id выборов")) } dd { (paper_id(election.id())) } }
                div { dt { (tr!("Key of the board", "Ключ сервера, подписывающий журнал")) } dd { (keys.board) } }
                div { dt { (tr!("Key of the organiser", "Ключ организатора")) } dd { (keys.organiser) } }
                @for (number, trustee) in (1..).zip(election.trustees()) {
                    div {
                        dt { (tr!("Trustee {number}", "Доверенный {number}")) ": " bdi { (trustee.name) } }
                        dd { (trustee.key) }
                    }
                }
            }
        }
    }
}
