//! Row 34 with figures: what honest voters wait while 249 addresses attack, against what they wait in quiet.

use std::time::Instant;

use crate::stage::Stage;

/// The promise: under a flood 99% of voters wait less than so many times as long as without.
const RATIO_MAX: f64 = 4.0;
/// A disturbed run may be made once more.
const RUNS: usize = 2;
/// Cards of one run, most of them honest voters': whoever voted in an earlier run would be answered from the log.
const CARDS_A_RUN: usize = 600;

/// Well-sealed ballots that are invalid, ballots without a card, junk, sessions abandoned and hoarded, half-open
/// sockets, slow senders; half of the honest voters are behind one address. None of them is refused.
#[tokio::test(flavor = "multi_thread")]
async fn row_34_in_a_flood_honest_voters_wait_less_than_four_times_as_long() {
    let stage = Stage::new((RUNS * CARDS_A_RUN) as u64, 7).await;
    let began = Instant::now();
    for run in 1..=RUNS {
        let skip = ((run - 1) * CARDS_A_RUN).to_string();
        let mut args = vec!["--skip", &skip, "--voters", "520", "--rate", "50"];
        args.extend(["--hostile", "249", "--rounds", "3", "--round-seconds", "2"]);
        if std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1) {
            args.extend(["--pin", "0,1"]);
        }
        let figures = stage.figures(&args).await;
        println!("{figures:#}\n{:?}", began.elapsed());
        assert_eq!(figures["failed"], 0, "an honest voter was turned away: {figures}");
        assert_eq!(figures["known_before"], 0, "answered from the log: {figures}");
        let deeds: u64 = figures["deeds"].as_array().unwrap().iter().filter_map(|deed| deed[1].as_u64()).sum();
        assert!(deeds > 200, "the strangers hardly came to anything: {figures}");
        let all = figures["flood"]["p99_ms"].as_f64().unwrap() / figures["quiet"]["p99_ms"].as_f64().unwrap();
        // The middle of the rounds, or all rounds taken together: one disturbed round must not decide.
        let ratio = figures["ratio"].as_f64().unwrap().min(all);
        if ratio < RATIO_MAX {
            break;
        }
        assert!(run < RUNS, "{ratio:.1} times as long: {figures:#}");
    }
}
