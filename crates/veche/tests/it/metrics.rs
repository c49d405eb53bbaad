//! `/metrics` as Prometheus reads it, and that each figure moves with what it counts.

use std::{collections::BTreeMap, time::Duration};

use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::Message;
use veche::client;
use veche_election::{Act, entry::Position};

use crate::arena::{Arena, Cast};

/// Every sample by its name with labels, as it is written.
type Samples = BTreeMap<String, f64>;

/// Reads OpenMetrics, and holds it to its form: each family described before its samples, `# EOF` at the end.
fn parse(text: &str) -> (Samples, BTreeMap<String, String>) {
    let (mut samples, mut kinds, mut helped) = (Samples::new(), BTreeMap::new(), None);
    let (body, end) = text.split_once("# EOF\n").expect("no end");
    assert!(end.is_empty());
    for line in body.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, words) = help.split_once(' ').unwrap();
            assert!(name.starts_with("veche_") && words.ends_with('.'), "{line}");
            helped = Some(name.to_owned());
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            assert_eq!(helped.as_deref(), Some(name));
            kinds.insert(name.to_owned(), kind.to_owned());
        } else {
            let (name, value) = line.rsplit_once(' ').unwrap();
            let family = helped.as_deref().unwrap();
            let rest = name.strip_prefix(family).unwrap_or_else(|| panic!("{line} is not of {family}"));
            let suffix = rest.split('{').next().unwrap();
            let allowed: &[&str] = match kinds[family].as_str() {
                "counter" => &["_total"],
                "gauge" => &[""],
                "histogram" => &["_sum", "_count", "_bucket"],
                other => panic!("{other}"),
            };
            assert!(allowed.contains(&suffix), "{line}");
            assert!(samples.insert(name.to_owned(), value.parse().unwrap()).is_none(), "twice: {name}");
        }
    }
    for (family, _) in kinds.iter().filter(|(_, kind)| *kind == "histogram") {
        let of = |suffix: &str| samples[&format!("{family}{suffix}")];
        assert_eq!(of("_bucket{le=\"+Inf\"}"), of("_count"));
    }
    (samples, kinds)
}

async fn figures(arena: &Arena) -> Samples {
    let (status, text) = arena.get("/metrics").await;
    assert_eq!(status, 200);
    parse(&String::from_utf8(text).unwrap()).0
}

/// What has changed of `names`; the rest is not looked at.
async fn moves(arena: &Arena, before: &Samples, expected: &[(&str, f64)]) -> Samples {
    // Ends are counted when the server sees them.
    for attempt in 0..200 {
        let now = figures(arena).await;
        let moved = |name: &str| now.get(name).unwrap_or(&0.0) - before.get(name).unwrap_or(&0.0);
        let wrong: Vec<_> = expected.iter().filter(|(name, by)| moved(name) != *by).collect();
        if wrong.is_empty() {
            return now;
        }
        assert!(attempt < 199, "{:?}", wrong.iter().map(|(n, by)| (n, by, moved(n))).collect::<Vec<_>>());
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    unreachable!()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_figure_moves_with_what_it_counts() {
    let arena = Arena::with(|_| (), |limits| limits.sessions_per_address = 3).await;
    let start = figures(&arena).await;
    assert_eq!(start["veche_log_size"], 2.0);
    assert_eq!(start["veche_sessions{awaits=\"number\"}"], 0.0, "told though nothing has happened");

    let waits = |awaits: &str| format!("veche_sessions{{awaits=\"{awaits}\"}}");
    let silent = client::at(&arena.url).unwrap().connect(&arena.election).await.unwrap();
    let mut thinking = client::at(&arena.url).unwrap().connect(&arena.election).await.unwrap();
    thinking.send(Message::text("3")).await.unwrap();
    thinking.next().await.unwrap().unwrap();
    let opened =
        [(&*waits("number"), 1.0), (&waits("ballot"), 1.0), (&waits("ok"), 0.0), ("veche_sessions_opened_total", 2.0)];
    let now = moves(&arena, &start, &opened).await;
    let third = client::at(&arena.url).unwrap().connect(&arena.election).await.unwrap();
    // The longest silent makes room.
    let fourth = client::at(&arena.url).unwrap().connect(&arena.election).await.unwrap();
    let made_room = "veche_sessions_refused_total{reason=\"made-room\"}";
    let now = moves(&arena, &now, &[(made_room, 1.0), (&waits("number"), 1.0)]).await;
    drop((silent, thinking, third, fourth));
    let now = moves(&arena, &now, &[(&waits("number"), -2.0), (&waits("ballot"), -1.0)]).await;

    assert!(matches!(arena.vote(1, "45432*3").await, Cast::Recorded { .. }));
    let cast = [
        ("veche_ballots_recorded_total", 1.0),
        ("veche_ballots_counting", 1.0),
        ("veche_log_size", 1.0),
        ("veche_commit_seconds_count", 1.0),
        ("veche_cast_seconds_count", 1.0),
        ("veche_commit_failures_total", 0.0),
        (&waits("ok"), 0.0),
    ];
    let now = moves(&arena, &now, &cast).await;
    assert!(now["veche_commit_seconds_sum"] > start["veche_commit_seconds_sum"]);

    arena.vote(2, "9999999").await;
    arena.vote(1, "1111111").await;
    arena.bring(3, &arena.credential(4), arena.entry(3, Position::FIRST, "1111111")).await.unwrap();
    arena.bring(99, &arena.credential(4), "".into()).await.unwrap();
    let refused = |reason: &str| format!("veche_ballots_refused_total{{reason=\"{reason}\"}}");
    let no = [
        (&*refused("bad-marks"), 1.0),
        (&refused("stale"), 1.0),
        (&refused("not-authorised"), 1.0),
        ("veche_sessions_refused_total{reason=\"not-on-roll\"}", 1.0),
        ("veche_ballots_recorded_total", 0.0),
    ];
    let now = moves(&arena, &now, &no).await;

    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let aged = figures(&arena).await["veche_checkpoint_age_seconds"];
    assert!(aged >= 1.0, "{aged}");
    arena.act(Act::Closing).await;
    let now = moves(&arena, &now, &[("veche_log_size", 2.0), ("veche_commit_seconds_count", 2.0)]).await;
    assert!(now["veche_checkpoint_age_seconds"] < aged, "signed anew");
}

/// A voter whose own address is flooded with connections is dropped at the door without a word: the operator sees it.
#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_dropped_without_an_answer_are_counted() {
    let arena = Arena::with(|_| (), |limits| limits.connections_per_address = 3).await;
    let start = figures(&arena).await;
    let made_room = "veche_connections_dropped_total{reason=\"made-room\"}";
    assert_eq!(start[made_room], 0.0, "told though nothing has happened");
    let mut from_elsewhere = Vec::new();
    for _ in 0..5 {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 6, 1], 0).into()).unwrap();
        from_elsewhere.push(socket.connect(arena.url.strip_prefix("http://").unwrap().parse().unwrap()).await.unwrap());
    }
    moves(&arena, &start, &[(made_room, 2.0)]).await;
}

/// Jobs behind the first lane, and connections at the door: while strangers bring what fails, some wait.
#[tokio::test(flavor = "multi_thread")]
async fn the_queues_are_seen_while_strangers_press() {
    let arena = std::sync::Arc::new(Arena::open().await);
    let mut strangers = tokio::task::JoinSet::new();
    for stranger in 0..24_u8 {
        let arena = arena.clone();
        strangers.spawn(async move {
            let from = Some(std::net::IpAddr::from([127, 0, 5, 1 + stranger % 2]));
            loop {
                let Ok(mut socket) = client::at(&arena.url).unwrap().connect_from(from, &arena.election).await else {
                    continue;
                };
                let _ = socket.send(Message::text("1")).await;
                let _ = socket.next().await;
                let _ = socket.send(Message::text("a.b.c.d.e")).await;
                let _ = socket.next().await;
            }
        });
    }
    let mut at_the_door = 0.0;
    for _ in 0..400 {
        let now = figures(&arena).await;
        assert!(
            ["first", "second", "third", "last"]
                .iter()
                .all(|lane| now.contains_key(&format!("veche_queue_depth{{lane=\"{lane}\"}}")))
        );
        at_the_door = now["veche_door_queue"];
        if at_the_door > 0.0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    strangers.shutdown().await;
    assert!(at_the_door > 0.0, "nobody waits at the door");
}

/// The operator's guide names every figure that is served, and none that is not.
#[tokio::test(flavor = "multi_thread")]
async fn the_operators_guide_names_every_figure() {
    let arena = Arena::open().await;
    // Reasons are told once there were some.
    arena.vote(2, "9999999").await;
    arena.bring(99, &arena.credential(4), "".into()).await.unwrap();
    let (_, text) = arena.get("/metrics").await;
    let (_, kinds) = parse(&String::from_utf8(text).unwrap());
    let guide = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operator.md")).unwrap();
    let rows = guide.lines().filter_map(|line| line.strip_prefix("| `veche_")).map(|row| {
        let mut cells = row.split('|').map(str::trim);
        let name = cells.next().unwrap().trim_end_matches('`').split('{').next().unwrap();
        (format!("veche_{}", name.trim_end_matches("_total")), cells.next().unwrap().to_owned())
    });
    // The table of alarms has the same names, and no kinds.
    let rows = rows.filter(|(_, kind)| ["gauge", "counter", "histogram"].contains(&kind.as_str()));
    assert_eq!(rows.collect::<BTreeMap<_, _>>(), kinds);
}
