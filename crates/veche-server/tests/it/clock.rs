//! Clocks that jump, stand still, go back, or are wrong from the start; and servers that were down when a time came.

use veche_client::told::{Announced, Standing};
use veche_election::{
    Act, Checkpoint, CredentialSecret, Phase, Refusal, SigningKey,
    checkpoint::{Witness, WitnessPlan},
    log::origin,
};
use veche_server::sequencer::{ControlError, Decision, GRACE_DEFAULT_S, Timing, Untimely};

use crate::fixture::{Faulty, Running, World, after, index, stop};

const HOUR: u64 = 3_600;
const CLOSES: u64 = 10_000;
const CLOSED: Decision = Decision::Refused(Refusal::Closed);

type Sequencer = veche_server::Sequencer<Faulty>;

fn world() -> World {
    World::new(5, |draft| draft.closes = Some(CLOSES))
}

fn reason() -> String {
    "a reason".into()
}

fn extend(closes: u64) -> Act {
    Act::Extend { closes, late: false, reason: reason() }
}

fn replace(world: &World) -> Act {
    let new = CredentialSecret::from_random([99; 16]).key(world.election.draft_id()).public();
    Act::Replace { old: world.voters[4].public(), new, reason: reason() }
}

fn phase(sequencer: &Sequencer) -> Phase {
    sequencer.published().phase
}

fn standing(sequencer: &Sequencer) -> Standing {
    sequencer.published().schedule
}

/// Set up, opened and stopped, with a ballot of voter 0; the closing time passes `seconds` ago while nobody serves.
async fn down_over_closing(world: &World, seconds: u64) {
    let running = world.open().await;
    index(running.0.ballot(world.first(0, "543")).await);
    stop(running).await;
    world.clocks.pass_until(CLOSES + seconds);
}

async fn offline(world: &World) -> Running {
    world.start_with(Timing { keeps_schedule: false, ..world.timing() }).await.unwrap()
}

#[tokio::test]
async fn row_63_a_wall_clock_that_jumps_by_hours_for_a_moment_closes_nothing() {
    let world = world();
    let (sequencer, ..) = world.open().await;
    let mut last = veche_election::entry::Position::FIRST;
    // Once in a while; and every ten seconds, as a look at two of its moments would see it.
    for pause in [1, 100, 10, 10, 10, 10] {
        let right = world.clocks.wall();
        world.clocks.set_wall(right + 5 * HOUR);
        world.look(&sequencer).await;
        assert_eq!(sequencer.ballot(world.ballot(0, last, "000")).await, CLOSED, "who knows which of them is right?");
        world.clocks.pass_ms(600);
        world.look(&sequencer).await;
        world.clocks.set_wall(right);
        world.look(&sequencer).await;
        let ballot = world.ballot(0, last, "555");
        index(sequencer.ballot(ballot.clone()).await);
        last = after(&ballot);
        world.clocks.pass(pause);
    }
    assert_eq!((phase(&sequencer), standing(&sequencer)), (Phase::Open, Standing::Kept));
}

#[tokio::test]
async fn row_63_a_wall_clock_that_stays_wrong_stops_ballots_but_closes_nothing_and_is_told() {
    let world = world();
    let (sequencer, ..) = world.open().await;
    let right = world.clocks.wall();
    world.clocks.set_wall(right + 5 * HOUR);
    for _ in 0..5 {
        world.confirm(&sequencer).await;
    }
    assert_eq!(phase(&sequencer), Phase::Open);
    assert_eq!(standing(&sequencer), Standing::Apart { wall: right + 5 * HOUR + 50, boot: right + 50 });
    assert_eq!(sequencer.ballot(world.first(0, "555")).await, CLOSED);
    world.clocks.set_wall(right + 50);
    index(sequencer.ballot(world.first(0, "555")).await);
    assert_eq!(standing(&sequencer), Standing::Kept);
    // Really past by now, and both say so.
    world.clocks.pass_until(CLOSES);
    world.confirm(&sequencer).await;
    assert_eq!(phase(&sequencer), Phase::Finished);
}

/// Set back, it wins no time for ballots; what it does to the closing entry is to delay it.
#[tokio::test]
async fn row_63_no_ballot_comes_in_by_a_clock_that_is_set_back() {
    let world = world();
    let (sequencer, ..) = world.open().await;
    world.clocks.pass_until(CLOSES - 1);
    let known = world.first(0, "543");
    let place = index(sequencer.ballot(known.clone()).await);
    world.clocks.set_wall(CLOSES - 1_000);
    index(sequencer.ballot(world.first(1, "543")).await);
    world.clocks.pass(1);
    assert_eq!(sequencer.ballot(world.first(2, "543")).await, CLOSED);
    world.confirm(&sequencer).await;
    assert_eq!(phase(&sequencer), Phase::Open, "one clock alone appends nothing");
    assert_eq!(index(sequencer.ballot(known.clone()).await), place, "what is in the log is still answered");
    world.clocks.pass(1_000);
    world.confirm(&sequencer).await;
    assert_eq!((phase(&sequencer), sequencer.published().ballots), (Phase::Finished, 2));
    assert_eq!(index(sequencer.ballot(known).await), place);
}

/// The lid was shut over the closing time: the boot-time clock knows it, and so does the wall clock.
#[tokio::test]
async fn row_63_after_a_suspend_over_the_closing_time_no_ballot_is_taken_and_the_organiser_has_a_moment() {
    let world = world();
    let (sequencer, ..) = world.open().await;
    world.clocks.pass_until(CLOSES + 3 * HOUR);
    assert_eq!(sequencer.ballot(world.first(0, "543")).await, CLOSED);
    assert_eq!(phase(&sequencer), Phase::Open);
    world.act(&sequencer, extend(CLOSES + 5 * HOUR)).await.unwrap();
    index(sequencer.ballot(world.first(0, "543")).await);
    // A machine whose boot-time clock stands still in suspend: the wall clock alone stops the ballots.
    world.clocks.set_wall(CLOSES + 6 * HOUR);
    assert_eq!(sequencer.ballot(world.first(1, "543")).await, CLOSED);
    world.confirm(&sequencer).await;
    assert!(matches!(standing(&sequencer), Standing::Apart { .. }), "{:?}", standing(&sequencer));
}

#[tokio::test]
async fn row_63_a_server_that_starts_in_a_moment_of_a_wrong_clock_closes_nothing_and_asks_for_a_restart() {
    let world = world();
    stop(world.open().await).await;
    let right = world.clocks.wall();
    world.clocks.set_wall(right + 5 * HOUR);
    let (sequencer, task, store) = world.start().await.unwrap();
    assert_eq!(sequencer.ballot(world.first(0, "543")).await, CLOSED);
    world.clocks.pass_ms(600);
    world.clocks.set_wall(right);
    for _ in 0..100 {
        world.confirm(&sequencer).await;
    }
    assert_eq!(sequencer.ballot(world.first(0, "543")).await, CLOSED, "it cannot tell which of them was wrong");
    assert_eq!(phase(&sequencer), Phase::Open);
    assert!(matches!(standing(&sequencer), Standing::Apart { .. }));
    stop((sequencer, task, store)).await;
    let (sequencer, ..) = world.start().await.unwrap();
    index(sequencer.ballot(world.first(0, "543")).await);
    assert!(!world.timing().returned_file.exists(), "no grace has begun");
    // Nor does what was noted in that moment delay the closing.
    world.clocks.pass_until(CLOSES);
    world.confirm(&sequencer).await;
    assert_eq!(phase(&sequencer), Phase::Finished);
}

#[tokio::test]
async fn row_63_a_clock_that_goes_back_for_a_moment_after_the_start_lets_no_ballot_in() {
    let world = world();
    down_over_closing(&world, 60).await;
    let (sequencer, ..) = world.start().await.unwrap();
    world.clocks.set_wall(CLOSES - 2 * HOUR);
    assert_eq!(sequencer.ballot(world.first(1, "543")).await, CLOSED);
    world.clocks.pass_ms(600);
    assert_eq!(sequencer.ballot(world.first(1, "543")).await, CLOSED);
}

/// Row 77: a clock that is wrong from the start.
#[tokio::test]
async fn row_77_no_schedule_runs_by_a_clock_that_is_earlier_than_the_log() {
    let world = world();
    let (sequencer, task, store) = world.open().await;
    world.clocks.pass(1_000);
    world.act(&sequencer, replace(&world)).await.unwrap();
    stop((sequencer, task, store)).await;
    world.clocks.set_wall(500);
    let (sequencer, ..) = world.start().await.unwrap();
    world.confirm(&sequencer).await;
    assert_eq!(standing(&sequencer), Standing::Behind { wall: 510, known: 2_000 });
    // The clock is set right: it goes on without a restart, and the closing time is still to come.
    world.clocks.set_wall(2_100);
    index(sequencer.ballot(world.first(0, "543")).await);
    world.clocks.pass_until(CLOSES);
    world.confirm(&sequencer).await;
    assert!(matches!(standing(&sequencer), Standing::Apart { .. }), "{:?}", standing(&sequencer));
    assert_eq!(phase(&sequencer), Phase::Open);
}

/// What a witness has signed tells the time too, over a restart, where no act of organiser or board does.
#[tokio::test]
async fn row_77_no_schedule_runs_by_a_clock_that_is_earlier_than_the_newest_cosignature() {
    let key = SigningKey::from_seed(&[77; 32]);
    let witness = Witness::new("witness.example/w", key.public()).unwrap();
    let plan = WitnessPlan { quorum: 1, keys: vec![witness.clone()] };
    let world = World::new(5, |draft| (draft.closes, draft.witnesses) = (Some(CLOSES), Some(plan)));
    stop(world.open().await).await;
    let note = std::fs::read_to_string(world.checkpoint_file()).unwrap();
    let checkpoint = Checkpoint::open(&note, &origin(world.election.id()), &world.election.keys().board).unwrap();
    let cosigned = note + &witness.cosign(&checkpoint, &key, 3_000);
    std::fs::write(world.checkpoint_file(), cosigned).unwrap();
    world.clocks.set_wall(2_000);
    let (sequencer, ..) = world.start().await.unwrap();
    world.confirm(&sequencer).await;
    assert_eq!(standing(&sequencer), Standing::Behind { wall: 2_010, known: 3_000 });
    world.clocks.set_wall(3_100);
    world.confirm(&sequencer).await;
    assert!(!matches!(standing(&sequencer), Standing::Behind { .. }), "{:?}", standing(&sequencer));
}

/// An act in the grace says that the closing time had come: no clock set back afterwards lets a ballot in.
#[tokio::test]
async fn row_77_a_restart_with_a_clock_set_back_over_the_closing_time_takes_no_ballot() {
    let world = world();
    down_over_closing(&world, 60).await;
    let (sequencer, task, store) = world.start().await.unwrap();
    world.act(&sequencer, replace(&world)).await.unwrap();
    stop((sequencer, task, store)).await;
    world.clocks.set_wall(CLOSES - 2 * HOUR);
    let (sequencer, ..) = world.start().await.unwrap();
    assert_eq!(sequencer.ballot(world.first(1, "543")).await, CLOSED);
    world.confirm(&sequencer).await;
    assert!(matches!(standing(&sequencer), Standing::Behind { .. }), "{:?}", standing(&sequencer));
}

/// The server was down over the closing time. Whatever the organiser does first is done to an open election.
#[tokio::test]
async fn row_64_an_act_after_the_closing_time_is_judged_by_the_state_as_it_stood() {
    for through_a_server in [false, true] {
        for act in ["extend", "pause", "cancel", "replace", "closing"] {
            let world = world();
            down_over_closing(&world, 2 * HOUR).await;
            let running = if through_a_server { world.start().await.unwrap() } else { offline(&world).await };
            world.look(&running.0).await;
            assert_eq!(running.0.ballot(world.first(1, "543")).await, CLOSED, "no ballot in the grace");
            let given = match act {
                "extend" => extend(CLOSES + 3 * HOUR),
                "pause" => Act::Pause { reason: reason() },
                "cancel" => Act::Cancel { reason: reason() },
                "replace" => replace(&world),
                _ => Act::Closing,
            };
            let taken = world.act(&running.0, given).await;
            assert!(taken.is_ok(), "{act}: {taken:?}");
            let then = match act {
                "pause" => Phase::Paused,
                "cancel" => Phase::Cancelled,
                "closing" => Phase::Finished,
                _ => Phase::Open,
            };
            assert_eq!(phase(&running.0), then, "{act}");
            let ballot = running.0.ballot(world.first(1, "543")).await;
            assert_eq!(matches!(ballot, Decision::Recorded { .. }), act == "extend", "{act}: {ballot:?}");
        }
    }
}

/// Without an act, what follows by time follows: after the grace, and without ballots.
#[tokio::test]
async fn row_64_a_start_over_the_closing_time_waits_the_grace_and_then_closes() {
    let world = world();
    down_over_closing(&world, HOUR).await;
    let (sequencer, ..) = world.start().await.unwrap();
    world.confirm(&sequencer).await;
    let until = CLOSES + HOUR + GRACE_DEFAULT_S;
    assert_eq!(standing(&sequencer), Standing::Grace { act: Announced::Closing, time: CLOSES, until });
    world.clocks.pass_until(until - 1);
    world.look(&sequencer).await;
    assert_eq!((phase(&sequencer), sequencer.ballot(world.first(1, "543")).await), (Phase::Open, CLOSED));
    world.clocks.pass(1);
    world.look(&sequencer).await;
    assert_eq!((phase(&sequencer), sequencer.published().ballots), (Phase::Finished, 1));
    assert_eq!(standing(&sequencer), Standing::Kept);
}

#[tokio::test]
async fn row_64_a_command_without_a_server_closes_nothing_by_the_schedule_however_long_it_takes() {
    let world = world();
    down_over_closing(&world, HOUR).await;
    let (sequencer, ..) = offline(&world).await;
    world.confirm(&sequencer).await;
    world.clocks.pass(10 * GRACE_DEFAULT_S);
    world.look(&sequencer).await;
    assert_eq!((phase(&sequencer), standing(&sequencer)), (Phase::Open, Standing::Kept));
}

#[tokio::test]
async fn row_64_a_start_over_the_opening_time_waits_too_and_opens_by_command_at_once() {
    for by_command in [false, true] {
        let world = World::new(2, |draft| (draft.opens, draft.closes) = (Some(2_000), Some(CLOSES)));
        let running = world.start().await.unwrap();
        world.act(&running.0, Act::Setup).await.unwrap();
        stop(running).await;
        world.clocks.pass_until(2_100);
        let (sequencer, ..) = world.start().await.unwrap();
        world.confirm(&sequencer).await;
        assert!(matches!(standing(&sequencer), Standing::Grace { act: Announced::Opening, .. }));
        if by_command {
            world.act(&sequencer, Act::Opening).await.unwrap();
        } else {
            world.clocks.pass(GRACE_DEFAULT_S);
        }
        index(sequencer.ballot(world.first(0, "543")).await);
    }
}

#[tokio::test]
async fn row_77_restarts_do_not_renew_the_grace() {
    let world = world();
    down_over_closing(&world, HOUR).await;
    let until = CLOSES + HOUR + GRACE_DEFAULT_S;
    for _ in 0..4 {
        let running = world.start().await.unwrap();
        world.confirm(&running.0).await;
        assert_eq!(standing(&running.0), Standing::Grace { act: Announced::Closing, time: CLOSES, until });
        stop(running).await;
        world.clocks.pass(100);
    }
    world.clocks.pass_until(until);
    let (sequencer, ..) = world.start().await.unwrap();
    world.look(&sequencer).await;
    let refused = world.act(&sequencer, extend(CLOSES + 9 * HOUR)).await;
    assert!(matches!(refused, Err(ControlError::Untimely(Untimely::Over))), "{refused:?}");
    world.confirm(&sequencer).await;
    assert_eq!(phase(&sequencer), Phase::Finished, "a confirmation later, not a grace later");
}

/// The grace of a server that came back ends for commands without one too; before, they may.
#[tokio::test]
async fn row_77_the_grace_ends_for_acts_without_a_server() {
    let world = world();
    down_over_closing(&world, HOUR).await;
    let running = world.start().await.unwrap();
    world.look(&running.0).await;
    stop(running).await;
    world.clocks.pass(GRACE_DEFAULT_S - 1);
    let running = offline(&world).await;
    world.act(&running.0, replace(&world)).await.unwrap();
    stop(running).await;
    world.clocks.pass(1);
    let running = offline(&world).await;
    for act in [extend(CLOSES + 9 * HOUR), Act::Pause { reason: reason() }, Act::Cancel { reason: reason() }] {
        let refused = world.act(&running.0, act.clone()).await;
        assert!(matches!(refused, Err(ControlError::Untimely(Untimely::Over))), "{act:?}: {refused:?}");
    }
    world.act(&running.0, Act::Closing).await.unwrap();
}

/// A server that dies in its first seconds, again and again, renews no grace; and whoever asks is told what goes on.
#[tokio::test]
async fn row_77_the_grace_is_noted_and_told_at_once() {
    let world = world();
    down_over_closing(&world, HOUR).await;
    let until = CLOSES + HOUR + GRACE_DEFAULT_S;
    for _ in 0..3 {
        let running = world.start().await.unwrap();
        world.look(&running.0).await;
        assert_eq!(standing(&running.0), Standing::Grace { act: Announced::Closing, time: CLOSES, until });
        stop(running).await;
        world.clocks.pass(5);
    }
}

/// Who pauses in the grace has taken the turn: the election waits for what the organiser does next, over restarts too.
#[tokio::test]
async fn row_77_a_pause_in_the_grace_stops_the_schedule() {
    let world = world();
    down_over_closing(&world, HOUR).await;
    let running = world.start().await.unwrap();
    world.look(&running.0).await;
    world.act(&running.0, Act::Pause { reason: reason() }).await.unwrap();
    world.clocks.pass(2 * GRACE_DEFAULT_S);
    world.confirm(&running.0).await;
    assert_eq!((phase(&running.0), standing(&running.0)), (Phase::Paused, Standing::Kept));
    stop(running).await;
    let (sequencer, ..) = world.start().await.unwrap();
    world.confirm(&sequencer).await;
    assert_eq!(phase(&sequencer), Phase::Paused);
    world.act(&sequencer, extend(CLOSES + 9 * HOUR)).await.unwrap();
    world.act(&sequencer, Act::Resume { reason: reason() }).await.unwrap();
    index(sequencer.ballot(world.first(1, "543")).await);
    // Of the new closing time the schedule takes care again, paused before it or not.
    world.act(&sequencer, Act::Pause { reason: reason() }).await.unwrap();
    world.clocks.pass_until(CLOSES + 9 * HOUR);
    world.confirm(&sequencer).await;
    assert_eq!(phase(&sequencer), Phase::Finished);
}

/// A second closing time is another one: its grace is its own, and the extension that made it stands in the log as late.
#[tokio::test]
async fn a_grace_belongs_to_one_closing_time_and_none_may_be_wanted() {
    let world = world();
    down_over_closing(&world, HOUR).await;
    let none = || Timing { grace_s: 0, ..world.timing() };
    let running = world.start_with(none()).await.unwrap();
    world.act(&running.0, extend(CLOSES + 2 * HOUR)).await.unwrap();
    world.confirm(&running.0).await;
    index(running.0.ballot(world.first(1, "543")).await);
    stop(running).await;
    world.clocks.pass(5 * HOUR);
    let (sequencer, ..) = world.start_with(none()).await.unwrap();
    world.confirm(&sequencer).await;
    assert_eq!(phase(&sequencer), Phase::Finished);
}

#[tokio::test]
async fn row_65_no_act_makes_a_closing_time_that_has_come() {
    let world = world();
    let running = world.start().await.unwrap();
    world.act(&running.0, Act::Setup).await.unwrap();
    stop(running).await;
    world.clocks.pass_until(CLOSES);
    let (sequencer, ..) = world.start().await.unwrap();
    let refused = |taken: &Result<u64, ControlError>| matches!(taken, Err(ControlError::Refused(_)));
    let taken = world.act(&sequencer, Act::Opening).await;
    assert!(refused(&taken), "an election that would be over before it begins: {taken:?}");
    // By a clock of the organiser's that is behind the server's.
    let taken = world.act_at(&sequencer, CLOSES - 60, Act::Opening).await;
    assert!(matches!(taken, Err(ControlError::Untimely(Untimely::Past { closes: CLOSES }))), "{taken:?}");
    world.clocks.pass(100);
    let taken = world.act(&sequencer, extend(CLOSES + 100)).await;
    assert!(refused(&taken), "{taken:?}");
    let taken = world.act_at(&sequencer, CLOSES + 40, extend(CLOSES + 100)).await;
    assert!(matches!(taken, Err(ControlError::Untimely(Untimely::Past { .. }))), "{taken:?}");
    world.act(&sequencer, extend(CLOSES + 200)).await.unwrap();
    world.act(&sequencer, Act::Opening).await.unwrap();
}

/// An act with a wrong date would hide that it is late, or make a later start distrust its clock.
#[tokio::test]
async fn row_77_an_act_that_is_dated_far_from_the_servers_clock_is_refused() {
    let world = world();
    let (sequencer, ..) = world.open().await;
    world.clocks.pass_until(CLOSES + 5);
    let now = world.clocks.wall();
    for at in [now - HOUR, now + HOUR] {
        let taken = world.act_at(&sequencer, at, extend(CLOSES + 9 * HOUR)).await;
        assert!(matches!(taken, Err(ControlError::Untimely(Untimely::Clock { .. }))), "{taken:?}");
    }
    world.act_at(&sequencer, now + 30, extend(CLOSES + 9 * HOUR)).await.unwrap();
}

#[tokio::test]
async fn an_extended_election_does_not_close_at_the_time_that_its_manifest_names() {
    let world = world();
    let running = world.open().await;
    world.act(&running.0, extend(CLOSES + HOUR)).await.unwrap();
    world.clocks.pass_until(CLOSES);
    world.confirm(&running.0).await;
    assert_eq!((phase(&running.0), standing(&running.0)), (Phase::Open, Standing::Kept));
    index(running.0.ballot(world.first(0, "543")).await);
    // Nor behind a start: the time in force is the log's.
    stop(running).await;
    let (sequencer, ..) = world.start().await.unwrap();
    world.confirm(&sequencer).await;
    assert_eq!((phase(&sequencer), standing(&sequencer)), (Phase::Open, Standing::Kept));
    index(sequencer.ballot(world.first(1, "543")).await);
    world.clocks.pass_until(CLOSES + HOUR);
    assert_eq!(sequencer.ballot(world.first(2, "543")).await, CLOSED);
    world.confirm(&sequencer).await;
    assert_eq!((phase(&sequencer), sequencer.published().ballots), (Phase::Finished, 2));
}

/// What the board would refuse from everybody it refuses from the schedule: the log stays one that a start takes.
#[tokio::test]
async fn the_schedules_own_act_is_admitted_like_any_other() {
    let world = World::new(2, |draft| (draft.opens, draft.closes) = (Some(2_000), Some(CLOSES)));
    let running = world.start().await.unwrap();
    world.act(&running.0, Act::Setup).await.unwrap();
    stop(running).await;
    world.clocks.pass_until(CLOSES + HOUR);
    let (sequencer, ..) = world.start().await.unwrap();
    world.confirm(&sequencer).await;
    world.clocks.pass(GRACE_DEFAULT_S);
    world.confirm(&sequencer).await;
    assert_eq!((phase(&sequencer), sequencer.published().size), (Phase::Setup, 1), "opened after it was over");
    // It is offered again as soon as something has changed.
    world.act(&sequencer, extend(CLOSES + 5 * HOUR)).await.unwrap();
    world.confirm(&sequencer).await;
    assert_eq!(phase(&sequencer), Phase::Open);
}

#[tokio::test]
async fn a_note_that_cannot_be_read_stops_the_start_and_one_that_cannot_be_written_the_schedule() {
    let world = world();
    down_over_closing(&world, HOUR).await;
    let note = world.timing().returned_file;
    let nowhere = Timing { returned_file: world.dir.path().join("absent/returned.json"), ..world.timing() };
    let running = world.start_with(nowhere).await.unwrap();
    world.confirm(&running.0).await;
    world.clocks.pass(2 * GRACE_DEFAULT_S);
    world.look(&running.0).await;
    assert_eq!(standing(&running.0), Standing::Unnoted { act: Announced::Closing });
    assert_eq!(phase(&running.0), Phase::Open);
    stop(running).await;
    std::fs::write(&note, "{").unwrap();
    let refused = world.start().await.err().unwrap().to_string();
    assert!(refused.contains("returned.json"), "{refused}");
}
