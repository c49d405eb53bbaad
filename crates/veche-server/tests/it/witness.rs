//! A witness over HTTP, against the words of C2SP tlog-witness: it signs growth, and nothing else, ever.

use data_encoding::BASE64;
use veche_election::{
    Checkpoint, Hash, LogTree, SigningKey, Subtrees,
    checkpoint::Witness,
    fork::ForkProof,
    log::{leaf_hash, origin},
};
use veche_server::{
    limits::Limits,
    witness::{WitnessConfig, WitnessServer},
};

use crate::fixture::World;

const NAME: &str = "witness.example/w";

fn key() -> SigningKey {
    SigningKey::from_seed(&[77; 32])
}

fn config(world: &World) -> WitnessConfig {
    WitnessConfig {
        name: NAME.into(),
        key: key(),
        dir: world.dir.path().join("witness"),
        elections: vec![(*world.election).clone()],
        address: ([127, 0, 0, 1], 0).into(),
        limits: Limits::default(),
        clock: world.clocks.clock(),
        tls: None,
    }
}

fn tree(leaves: &[&str]) -> LogTree {
    let mut tree = LogTree::default();
    leaves.iter().for_each(|leaf| tree.append(leaf_hash(leaf.as_bytes())));
    tree
}

fn checkpoint(world: &World, tree: &LogTree) -> Checkpoint {
    Checkpoint { origin: origin(world.election.id()), size: tree.size(), root: tree.root() }
}

fn request(old: u64, proof: &[Hash], note: &str) -> String {
    let proof: String = proof.iter().map(|hash| BASE64.encode(&hash.0) + "\n").collect();
    format!("old {old}\n{proof}\n{note}")
}

/// Status, content type and body of the answer.
async fn post(server: &WitnessServer, body: String) -> (u16, String, String) {
    let url = format!("http://{}/add-checkpoint", server.address());
    tokio::task::spawn_blocking(move || {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut response = agent.post(url).send(body).unwrap();
        let kind = response.headers().get("content-type").map_or("", |value| value.to_str().unwrap()).to_owned();
        (response.status().as_u16(), kind, response.body_mut().read_to_string().unwrap())
    })
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn row_20_a_witness_signs_a_log_that_grows_and_no_other() {
    let world = World::new(1, |_| ());
    let server = WitnessServer::start(config(&world)).await.unwrap();
    let witness = Witness::new(NAME, key().public()).unwrap();
    let (three, five) = (tree(&["a", "b", "c"]), tree(&["a", "b", "c", "d", "e"]));
    let note = |tree: &LogTree| checkpoint(&world, tree).sign(&world.board_key);
    let status = |answer: (u16, String, String)| answer.0;

    // The first one is believed; its proof is empty.
    let (code, _, line) = post(&server, request(0, &[], &note(&three))).await;
    assert_eq!((code, witness.find(&checkpoint(&world, &three), &line)), (200, Some(line.clone())));
    // Again from 0: told the size that is known, so that a log can find its way.
    let conflict = (409, "text/x.tlog.size".to_owned(), "3\n".to_owned());
    assert_eq!(post(&server, request(0, &[], &note(&five))).await, conflict);
    // The same again is signed again.
    assert_eq!(status(post(&server, request(3, &[], &note(&three))).await), 200);
    // Growth with its proof; without it, or with another, 422.
    let proof = five.consistency_proof(3, 5).unwrap();
    assert_eq!(status(post(&server, request(3, &[], &note(&five))).await), 422);
    let mut bad = proof.clone();
    bad[0].0[0] ^= 1;
    assert_eq!(status(post(&server, request(3, &bad, &note(&five))).await), 422);
    assert_eq!(status(post(&server, request(3, &proof, &note(&five))).await), 200);
    // Back to an older one: never.
    assert_eq!(post(&server, request(3, &[], &note(&three))).await, (409, conflict.1.clone(), "5\n".into()));
    assert_eq!(status(post(&server, request(5, &[], &note(&three))).await), 400, "old above the size");
    // Who signed it, and of what.
    let stranger = SigningKey::from_seed(&[1; 32]);
    assert_eq!(status(post(&server, request(5, &[], &checkpoint(&world, &five).sign(&stranger))).await), 403);
    let other = Checkpoint { origin: "veche/another".into(), ..checkpoint(&world, &five) };
    assert_eq!(status(post(&server, request(5, &[], &other.sign(&world.board_key))).await), 404);
    // Malformed.
    let good = request(5, &[], &note(&five));
    for bad in [
        String::new(),
        "old 5\n".into(),
        good.replacen("old 5", "old 05", 1),
        good.replacen("old 5", "old +5", 1),
        good.replacen("old 5", "new 5", 1),
        good.replacen("old 5\n", "old 5\nAAAA\n", 1),
        good.trim_end().to_owned(),
        request(5, &[Hash::ZERO; 64], &note(&five)),
    ] {
        assert_eq!(status(post(&server, bad.clone()).await), 400, "{bad:?}");
    }
    assert_eq!(status(post(&server, "x".repeat(100_000)).await), 413);

    // What was signed survives a restart.
    server.shutdown().await;
    let server = WitnessServer::start(config(&world)).await.unwrap();
    let fork = tree(&["a", "b", "c", "d", "other"]);
    let path = world.dir.path().join(format!("witness/fork-{}.json", world.election.id()));
    assert!(!path.exists());
    assert_eq!(post(&server, request(5, &[], &note(&fork))).await, (409, conflict.1, "5\n".into()));
    // Two roots of one size under one key: the proof is written for everybody.
    let proof = std::fs::read(&path).unwrap();
    assert_eq!(ForkProof::verify(&proof).unwrap().id(), world.election.id());
    server.shutdown().await;
}

/// Row 20: shown several continuations of one log at once, it signs one of them; who came too late is told what it has signed.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn row_20_of_several_logs_shown_at_once_a_witness_signs_one() {
    const LOGS: usize = 6;
    for _ in 0..10 {
        let world = World::new(1, |_| ());
        let server = WitnessServer::start(config(&world)).await.unwrap();
        let note = |tree: &LogTree| checkpoint(&world, tree).sign(&world.board_key);
        assert_eq!(post(&server, request(0, &[], &note(&tree(&["a"])))).await.0, 200);
        let logs = (0..LOGS).map(|i| tree(&["a", &format!("b{i}")]));
        let requests = logs.map(|log| request(1, &log.consistency_proof(1, 2).unwrap(), &note(&log)));
        let requests: Vec<String> = requests.collect();
        let answers = futures_util::future::join_all(requests.into_iter().map(|request| post(&server, request))).await;
        let mut codes: Vec<u16> = answers.iter().map(|(code, ..)| *code).collect();
        codes.sort_unstable();
        assert_eq!(codes, [&[200][..], &[409; LOGS - 1]].concat(), "{answers:?}");
        server.shutdown().await;
    }
}

/// Two processes over one state would each sign another log.
#[tokio::test(flavor = "multi_thread")]
async fn row_20_a_second_witness_on_the_same_state_does_not_start() {
    let world = World::new(1, |_| ());
    let server = WitnessServer::start(config(&world)).await.unwrap();
    let second = WitnessServer::start(config(&world)).await;
    assert!(second.is_err_and(|error| error.to_string().contains("in use by another")));
    server.shutdown().await;
    WitnessServer::start(config(&world)).await.unwrap().shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_cannot_keep_what_it_signs_does_not_sign() {
    let world = World::new(1, |_| ());
    let server = WitnessServer::start(config(&world)).await.unwrap();
    let note = checkpoint(&world, &tree(&["a"])).sign(&world.board_key);
    // The place for its state is gone.
    std::fs::remove_dir_all(world.dir.path().join("witness")).unwrap();
    assert_eq!(post(&server, request(0, &[], &note)).await.0, 503);
    server.shutdown().await;
}
