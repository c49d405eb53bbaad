//! `veche-load`: voters by the hundred at a running server, strangers who attack it, and what both cost. Apart from the
//! product, so that nobody gets it with a voter's program.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use clap::{CommandFactory, FromArgMatches, Parser};
use veche::{
    cli, client,
    failure::{Exit, Failure, Result},
    tr,
};
use veche_server::{Home, descriptors};

use crate::{
    args::LoadArgs,
    crowd::{Crowd, Voter, gather},
    visits::Visits,
};

mod args;
mod crowd;
mod hostile;
mod load;
mod machine;
mod visits;

/// Cards that strangers take of those that are left.
const HOSTILE_CARDS: usize = 64;

#[derive(Parser)]
#[command(name = "veche-load", version,
    about = tr!("Load a running server with voters, and measure it", "Нагрузить работающий сервер избирателями и измерить"),
    after_help = tr!(
        "Real cards vote, so use it on elections made for it:\n  veche new trial --candidates 7 --voters 5000 --secrecy open --rule sum\n  veche open trial\n  \
         veche serve trial 7 8080\n  veche-load http://127.0.0.1:8080 --cards trial --voters 5000 --concurrency 64 --pin 0,1",
        "Голосуют настоящие карточки, поэтому только на пробных выборах:\n  veche new trial --candidates 7 --voters 5000 --secrecy open --rule sum\n  veche open trial\n  \
         veche serve trial 7 8080\n  veche-load http://127.0.0.1:8080 --cards trial --voters 5000 --concurrency 64 --pin 0,1"
    ))]
struct Cli {
    #[arg(long, value_name = "FILE", help = veche::args::ca_help())]
    ca: Option<PathBuf>,
    #[command(flatten)]
    args: LoadArgs,
}

fn main() -> ExitCode {
    let parsed = Cli::command().try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches));
    let Cli { ca, args } = match parsed {
        Ok(cli) => cli,
        Err(error) => return cli::misused(&error),
    };
    cli::end(client::choose_trust(ca).and_then(|()| {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::other)?;
        runtime.block_on(run(args))
    }))
}

async fn run(args: LoadArgs) -> Result<()> {
    let address = client::at(&args.url)?;
    let is_none = |rate: f64| rate.is_nan() || rate <= 0.0;
    if args.voters == 0 || args.concurrency == 0 || args.rate.is_some_and(is_none) || args.visits.is_some_and(is_none) {
        return Err(Failure::usage(tr!(
            "voters, concurrency, rate and visits must be more than zero",
            "voters, concurrency, rate и visits должны быть больше нуля"
        )));
    }
    let home = Home::new(&args.cards);
    let election = Arc::new(address.election()?.with_tables());
    let server = args.server_pid.or_else(|| machine::holder(&home));
    let cores = match args.pin.as_deref() {
        None => None,
        Some([server_core, client_core]) => Some([*server_core, *client_core]),
        Some(_) => {
            return Err(Failure::usage(tr!("--pin takes two cores, such as 0,1", "--pin: два ядра, например 0,1")));
        }
    };
    // A file for each connection; where there cannot be so many, connecting says so.
    let _ = descriptors::raise_limit();
    let strangers = if args.hostile > 0 { HOSTILE_CARDS } else { 0 };
    let mut crowd = gather(&home, address, election, args.skip, args.voters + strangers)?;
    let strangers = crowd.voters.split_off(args.voters.min(crowd.voters.len()));
    let crowd = Arc::new(crowd);
    if let Some([server_core, client_core]) = cores {
        let server = server.ok_or_else(|| {
            Failure::usage(tr!("which process is the server? Say --server-pid", "какой процесс — сервер? --server-pid"))
        })?;
        machine::pin(server, server_core)
            .and_then(|()| machine::pin(std::process::id(), client_core))
            .map_err(|error| Failure::other(tr!("cores cannot be chosen: {error}", "ядра выбрать нельзя: {error}")))?;
    }
    if args.hostile > 0 {
        let cards = strangers.into_iter().map(tokio::sync::Mutex::into_inner).collect();
        return under_attack(&crowd, cards, &args, server).await;
    }
    let idle = load::open_idle(&crowd, args.idle, server).await?;
    let visits = args.visits.map(|rate| Visits::start(&crowd.address, rate)).transpose()?;
    let figures = load::measure(&crowd, &args, server, cores, (idle.as_ref(), visits.as_ref())).await?;
    drop(visits);
    drop(idle);
    load::show(&figures, args.json);
    all_recorded(figures.failed, figures.first_failure)
}

async fn under_attack(crowd: &Arc<Crowd>, cards: Vec<Voter>, args: &LoadArgs, server: Option<u32>) -> Result<()> {
    let flood = hostile::Flood::new(crowd.clone(), cards, args.hostile)?;
    let (failed, first) = {
        let figures = hostile::measure(crowd, &flood, args, server).await?;
        hostile::show(&figures, args.json);
        figures.failures()
    };
    all_recorded(failed, first)
}

fn all_recorded(failed: usize, first: Option<String>) -> Result<()> {
    if failed == 0 {
        return Ok(());
    }
    let why = first.unwrap_or_default();
    Err(Failure::new(
        Exit::BallotRefused,
        tr!("{failed} ballots were not recorded; the first: {why}", "не записано бюллетеней: {failed}; первый: {why}"),
    ))
}
