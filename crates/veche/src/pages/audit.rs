//! `/audit`: how anybody finds out that all is right, without believing this page or its server.

use maud::{Markup, html};
use veche_client::booth::hash_text;
use veche_election::{Checkpoint, Election, Phase, credential::base32_groups, log::origin};
use veche_server::pages::Facts;

use crate::{lang::tr, times::time, words};

pub fn page(facts: &Facts, address: &str) -> Markup {
    let title = &facts.election.draft().title;
    html! {
        (super::header(title, &tr!("How to check this election", "Как проверить эти выборы")))
        main {
            p {
                (tr!(
                    "This page proves nothing: it comes from the server that is to be checked. What proves is the record, and programs that \
                     count it again on your own machine.",
                    "Эта страница ничего не доказывает: она с того самого сервера, который проверяют. Доказывают публичная \
                     запись выборов и программы, которые пересчитывают её на вашем компьютере."
                ))
            }
            (verifiers(facts, address))
            (checks(&facts.election))
            (own_ballot(facts, address))
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
                p { code class="line" { "veche verify " (address) } }
                p {
                    (tr!(
                        "A second program, by other code, in Python without anything else, reads the file:",
                        "Вторая программа, написанная отдельно, читает этот файл; ей нужен один лишь Python:"
                    ))
                    " " code class="line" { "python3 veche_verify.py record.tar" }
                }
            } @else if facts.phase == Phase::Cancelled {
                p { (tr!("The election was cancelled; it has no record of a result.",
                    "Выборы отменены; публичной записи с результатом у них нет.")) }
            } @else {
                p { (tr!("The record is complete when the result is in it.",
                    "Публичная запись будет готова, когда в ней появится результат.")) }
                @if shows_entries {
                    p {
                        (tr!("What is in the log so far can be checked now:", "То, что уже есть в журнале, можно проверить сейчас:"))
                        " " code class="line" { "veche verify --so-far " (address) }
                    }
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
                li { (tr!("The list of credentials: who may vote, with which weight, fixed before opening.",
                    "Список карточек: у кого есть право голоса и с каким весом; закреплён до открытия.")) }
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

fn own_ballot(facts: &Facts, address: &str) -> Markup {
    html! {
        section {
            h2 { (tr!("Your own ballot", "Ваш бюллетень")) }
            p {
                (tr!("With the receipt's file:", "С файлом квитанции:")) " "
                code class="line" { "veche verify-receipt " (tr!("RECEIPT.json", "КВИТАНЦИЯ.json")) " --record " (address) }
            }
            p {
                (tr!(
                    "With the code alone, which the receipt shows, at this address:",
                    "С одним лишь кодом бюллетеня, который стоит в квитанции, по адресу:"
                ))
                " " code class="line" { (address) "/ballot/" (tr!("CODE", "КОД")) }
            }
            @if facts.booth.is_some() && facts.election.secret().is_some() {
                p {
                    (tr!(
                        "A ballot that was opened instead of being cast, on another device than the one that made it:",
                        "Бюллетень, вскрытый вместо подачи, на другом устройстве, не на том, где он сделан:"
                    ))
                    " " a href="booth/check" { (tr!("check an opened ballot", "проверить вскрытый бюллетень")) }
                }
            }
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
            p {
                (tr!("Watch it, and keep a copy of the log:", "Следить и хранить копию журнала:")) " "
                code class="line" { "veche watch " (address) " --mirror mirror" }
            }
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
                        "This election names none: that all people see the same log is known from those who compare.",
                        "У этих выборов их нет: что все видят один и тот же журнал, знают те, кто сравнивает."
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
                    "They sign only a log that contains all they signed before; {quorum} of them must have signed the record's checkpoint.",
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
                    "Whoever votes in a browser trusts the page that this server sends. Its files have this hash, which follows from the \
                     published sources:",
                    "Кто голосует в браузере, доверяет странице с этого сервера. Вот хеш её файлов; он следует из опубликованных исходников:"
                ))
                " " code class="line" { "tools/check-booth " (hash) }
            }
            (named(facts))
            p {
                (tr!(
                    "Whether it is sent to everybody, those see who fetch it as a browser does and compare:",
                    "Одна ли и та же страница приходит всем, видят те, кто загружает её, как браузер, и сравнивает:"
                ))
                " " code class="line" { "veche watch " (address) " --booth " (hash) }
            }
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
            h2 { (tr!("Identity", "Чьи это выборы")) }
            dl {
                div { dt { (tr!("Election id", "Id выборов")) } dd { (base32_groups(&election.id().0)) } }
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
