//! What may be typed.

use std::path::PathBuf;

use clap::Args;
use veche::{args::json_help, tr};

#[derive(Args)]
pub struct LoadArgs {
    #[arg(help = tr!("The server, http://address", "Сервер, http://адрес"))]
    pub url: String,
    #[arg(long, value_name = "DIR", help = tr!("The election's folder, with the voters' cards", "Папка выборов с карточками"))]
    pub cards: PathBuf,
    #[arg(long, help = tr!("How many ballots are cast; more than there are cards go round again", "Сколько бюллетеней; если больше карточек, голосуют снова"))]
    pub voters: usize,
    #[arg(long, value_name = "N", default_value_t = 0, help = tr!("Leave out the first N cards: voters of an earlier run",
        "Пропустить первые N карточек: они уже голосовали"))]
    pub skip: usize,
    #[arg(long, default_value_t = 64, help = tr!("Voters at the door at once", "Избирателей одновременно"))]
    pub concurrency: usize,
    #[arg(long, help = tr!("So many new voters a second, whatever the server does [default: each as soon as the one before is done]",
        "Столько новых избирателей в секунду независимо от сервера [следующий, как только закончил прежний]"))]
    pub rate: Option<f64>,
    #[arg(long, value_name = "N", default_value_t = 0, help = tr!("First open N sessions that only say their number, and measure the server's memory",
        "Сначала открыть N молчащих сеансов и измерить память сервера"))]
    pub idle: usize,
    #[arg(long, value_name = "N", help = tr!("Meanwhile so many first visits to the booth a second, each fetching all of it; on 127.0.0.1 only",
        "Тем временем столько первых посещений кабины в секунду, каждое целиком; только на 127.0.0.1"))]
    pub visits: Option<f64>,
    #[arg(long, value_name = "SERVER,CLIENT", value_delimiter = ',', help = tr!("Keep the server and this program on these cores (Linux)",
        "Держать сервер и эту программу на этих ядрах (Linux)"))]
    pub pin: Option<Vec<usize>>,
    #[arg(long, value_name = "N", default_value_t = 0, help = tr!("N strangers attack the server in rounds while voters vote; on 127.0.0.1 only",
        "N чужаков нападают раундами, пока избиратели голосуют; только на 127.0.0.1"))]
    pub hostile: usize,
    #[arg(long, default_value_t = 5, requires = "hostile", help = tr!("Rounds, half of each quiet", "Раундов, половина каждого тихая"))]
    pub rounds: u32,
    #[arg(long, default_value_t = 5.0, requires = "hostile", help = tr!("Seconds of half a round", "Секунд в половине раунда"))]
    pub round_seconds: f64,
    #[arg(long, help = tr!("The server's process [default: who holds the lock of the folder]", "Процесс сервера [держатель lock папки]"))]
    pub server_pid: Option<u32>,
    #[arg(long, help = json_help())]
    pub json: bool,
}
