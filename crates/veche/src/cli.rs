//! The command line: what may be typed, in two languages, and which command that is.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use veche_server::Home;

use crate::{
    acts::{self, Acting},
    args::{
        ActArgs, OutputArgs, ReasonArgs, ca_help, dir_help, examples, json_help, key_help, number_help, reason_help,
        target_help, time_help,
    },
    backup,
    cards::{self, Printed},
    challenge, check, client, count, demo, desk,
    failure::{Exit, Failure, Result},
    front::Terminal,
    host,
    lang::{Language, is_russian, tr},
    mail::{self, MailArgs},
    new, output, publish, receipts, records, recover, restart, roll,
    russian::usage,
    serve, status, trustee, vote, watch, witness,
};

#[derive(Parser)]
#[command(name = "veche", version, about = tr!(
    "Elections with score ballots: safely delivered, exactly counted, checkable by anybody",
    "Выборы с оценками: бюллетени надёжно доставлены, точно подсчитаны, и проверить подсчёт может каждый"
), after_help = tr!(
    "A first try in two terminals:\n  veche serve 1 7 8080\n  veche vote 17 7 8080\nA whole election at once:\n  veche demo\n\n\
     Exit codes: 0 done, 2 usage, 3 not on the roll, 4 ballot refused, 5 not open, 6 a check failed, 7 unreachable, 8 busy.",
    "Для начала, в двух терминалах:\n  veche serve 1 7 8080\n  veche vote 17 7 8080\nЦелые выборы одной командой:\n  veche \
     demo\n\n\
     Коды выхода: 0 сделано, 2 неверная команда, 3 нет в списке, 4 бюллетень отклонён, 5 не открыто, 6 проверка не прошла, \
     7 нет связи, 8 сервер занят."
))]
pub struct Cli {
    #[arg(long, global = true, value_name = "FILE", help = ca_help())]
    ca: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    #[command(about = tr!("Make an election", "Создать выборы"), after_help = tr!(
        "Examples:\n  \
         scores, by their mean, five seats; whom less than a quarter rated is left out:\n    \
         veche new board2027 --title \"Board 2027\" --candidates \"Anna,Boris,Clara,Dan,Eve,Finn\" \\\n      \
         --roll roll.csv --rule mean --seats 5 --raters 1/4 --ties more-raters,fewer-worst,lot\n  \
         grades with names, majority judgment:\n    \
         veche new chair --candidates \"Anna,Boris\" --voters 40 \\\n      \
         --scale poor,fair,good,excellent --rule majority-judgment\n  \
         one choice; more than half of all ballots elects:\n    \
         veche new head --candidates \"Anna,Boris,Nobody\" --none Nobody --voters 40 \\\n      \
         --single --rule mean --blanks-worst --pass \">1/2\"\n  \
         approval, and a turnout of half the roll:\n    \
         veche new names --candidates \"Oak,Elm,Ash\" --voters 40 \\\n      \
         --scale 0..1 --no-blank --rule sum --turnout 1/2\n  \
         places in races, the lowest mean wins; votes that all can see:\n    \
         veche new cup --candidates \"Ann,Ben\" --voters 9 \\\n      \
         --scale 1..9 --better lower --rule mean --secrecy open\n  \
         several contests, or other settings for each:\n    \
         veche new jury --from election.toml --voters 12\n\n\
         Which rule for what: docs/organiser.md",
        "Примеры:\n  \
         оценки, по среднему, три места; кого оценили меньше четверти, тот места не получает:\n    \
         veche new pravlenie --title \"Правление 2027\" --candidates \"Анна,Борис,Вера,Глеб\" \\\n      \
         --roll roll.csv --rule mean --seats 3 --raters 1/4 --ties more-raters,fewer-worst,lot\n  \
         ступени с названиями, суждение большинства:\n    \
         veche new predsedatel --candidates \"Анна,Борис\" --voters 40 \\\n      \
         --scale плохо,сносно,хорошо,отлично --rule majority-judgment\n  \
         выбор одного; избирает больше половины всех бюллетеней:\n    \
         veche new glava --candidates \"Анна,Борис,Никто\" --none Никто --voters 40 \\\n      \
         --single --rule mean --blanks-worst --pass \">1/2\"\n  \
         одобрение, и явка в половину списка:\n    \
         veche new imena --candidates \"Дуб,Вяз,Ясень\" --voters 40 \\\n      \
         --scale 0..1 --no-blank --rule sum --turnout 1/2\n  \
         места в заездах, побеждает меньшее среднее; голоса видны всем:\n    \
         veche new kubok --candidates \"Аня,Боря\" --voters 9 \\\n      \
         --scale 1..9 --better lower --rule mean --secrecy open\n  \
         несколько вопросов или своё для каждого:\n    \
         veche new jury --from election.toml --voters 12\n\n\
         Какое правило для чего: docs/organiser.ru.md"
    ))]
    New(Box<new::NewArgs>),
    #[command(about = tr!("Finish a secret election whose trustees have made its key",
        "Завершить создание тайных выборов, когда доверенные создали их ключ"), after_help = examples(&[
            "veche setup board2027 --url https://vote.example.org"
    ]))]
    Setup {
        #[arg(help = dir_help())]
        dir: PathBuf,
        #[arg(long, help = tr!("Where voters reach the server; stands on their cards",
            "Адрес сервера для избирателей; стоит на карточках"))]
        url: Option<String>,
        #[arg(long, help = new::weights_help())]
        weights_show_votes: bool,
    },
    #[command(about = tr!("Before opening, begin again without a trustee who is lost or cheats",
        "Доверенный потерян или обманывает до открытия: начать заново без него"), after_help = examples(&[
            "veche restart board2027 --without 3",
            "veche restart board2027 --without 3 --threshold 2"
    ]))]
    Restart {
        #[arg(help = dir_help())]
        dir: PathBuf,
        #[arg(long, required = true, value_delimiter = ',', value_name = "N",
            help = tr!("The numbers of the trustees to leave out", "Номера доверенных, без которых начать"))]
        without: Vec<u32>,
        #[arg(long, help = tr!("How many open the sums [default: as before]",
            "Сколько доверенных открывают суммы [по умолчанию: как прежде]"))]
        threshold: Option<u32>,
        #[arg(long, help = key_help())]
        key: Option<PathBuf>,
    },
    #[command(about = tr!("Be a trustee: make the key, rehearse, open the sums",
        "Дела доверенного: создать ключ, отрепетировать, открыть суммы"), after_help = tr!(
        "In this order, each trustee on a machine of their own:\n  \
         veche trustee register --at https://vote.example.org --number 1 --name Anna --key anna.key\n  \
         veche trustee deal     --at https://vote.example.org --key anna.key      when all have registered\n  \
         veche trustee accept   --at https://vote.example.org --key anna.key      when all have dealt\n  \
         veche trustee rehearse --at https://vote.example.org --key anna.key      before opening\n  \
         veche trustee open     --at https://vote.example.org --key anna.key      after closing",
        "По порядку, каждый на своей машине:\n  \
         veche trustee register --at https://vote.example.org --number 1 --name Анна --key anna.key\n  \
         veche trustee deal     --at https://vote.example.org --key anna.key      когда все сделали register\n  \
         veche trustee accept   --at https://vote.example.org --key anna.key      когда все сделали deal\n  \
         veche trustee rehearse --at https://vote.example.org --key anna.key      до открытия\n  \
         veche trustee open     --at https://vote.example.org --key anna.key      после закрытия"
    ))]
    Trustee {
        #[command(subcommand)]
        command: trustee::TrusteeCommand,
    },
    #[command(about = tr!("Check a challenged ballot: does it hold what the program says?",
        "Проверить вскрытый бюллетень: в нём то, что говорит программа?"), after_help = examples(&[
            "veche check-ballot challenge-1-TYCF-V790.json --at https://vote.example.org --card 1.json --code TYCF-V790-G105-QS4T-5SF3"
    ]))]
    CheckBallot(challenge::CheckBallotArgs),
    #[command(about = tr!("Look an election over before opening: what is missing or odd",
        "Проверить выборы перед открытием: чего нет, что странно"), after_help = examples(&[
            "veche check board2027"
    ]))]
    Check {
        #[arg(help = dir_help())]
        dir: PathBuf,
    },
    #[command(about = tr!("Serve an election; make it first if it is not there",
        "Запустить сервер выборов; если выборов нет — сначала создать их"), after_help = tr!(
        "Examples:\n  veche serve 1 7 8080      election \"1\", 7 candidates, 100 voters, port 8080\n  veche serve board2027\n  \
         veche serve board2027 --address 0.0.0.0 --port 8443",
        "Примеры:\n  veche serve 1 7 8080      выборы «1», 7 кандидатов, 100 избирателей, порт 8080\n  veche serve pravlenie\n  \
         veche serve pravlenie --address 0.0.0.0 --port 8443"
    ))]
    Serve(serve::ServeArgs),
    #[command(about = tr!("Serve many elections in one process, for organisers who are invited",
        "Обслуживать много выборов в одном процессе, для приглашённых организаторов"), after_help = tr!(
        "Examples:\n  veche host elections --listen 0.0.0.0:8443 --url https://vote.example.org\n  \
         veche host invite elections --voters 500\n  veche host archive elections board2027",
        "Примеры:\n  veche host vybory --listen 0.0.0.0:8443 --url https://vote.example.org\n  \
         veche host invite vybory --voters 500\n  veche host archive vybory pravlenie2027"))]
    Host(Box<host::HostArgs>),
    #[command(about = tr!("Give an election to a host: first the draft, then, when it is set up, the rest",
        "Отдать выборы на хостинг: сначала черновик, затем, когда они созданы, остальное"), after_help = tr!(
        "Example:\n  veche publish board2027 --host https://vote.example.org --invitation CODE\n  veche setup board2027\n  \
         veche publish board2027",
        "Пример:\n  veche publish pravlenie2027 --host https://vote.example.org --invitation КОД\n  veche setup pravlenie2027\n  \
         veche publish pravlenie2027"))]
    Publish(publish::PublishArgs),
    #[command(about = tr!("Vote", "Проголосовать"), after_help = tr!(
        "Examples:\n  veche vote 17 7 8080\n  veche vote 17 --card 17.json --url http://vote.example.org:8080\n  \
         veche vote 17 7 8080 --ballot '45432*3'",
        "Примеры:\n  veche vote 17 7 8080\n  veche vote 17 --card 17.json --url http://vote.example.org:8080\n  \
         veche vote 17 7 8080 --ballot '45432*3'"
    ))]
    Vote(vote::VoteArgs),
    #[command(about = tr!("Show how an election stands: phase and turnout",
        "Как идут выборы: открыто ли голосование, какова явка"), after_help = examples(&[
            "veche status board2027 --not-voted",
            "veche status https://vote.example.org"
    ]))]
    Status {
        #[arg(help = target_help())]
        target: String,
        #[arg(long, help = tr!("List the voters without a ballot (DIR only)",
            "Показать, кто ещё не голосовал (только для папки)"))]
        not_voted: bool,
        #[arg(long, help = json_help())]
        json: bool,
    },
    #[command(about = tr!("Open an election", "Открыть голосование"), after_help = examples(&[
            "veche open board2027",
            "veche open https://vote.example.org --key organiser.key"
    ]))]
    Open(ActArgs),
    #[command(about = tr!("Close an election; the result follows", "Закрыть голосование; затем будет результат"), after_help = examples(&[
            "veche close board2027",
            "veche close https://vote.example.org --key organiser.key"
    ]))]
    Close(ActArgs),
    #[command(about = tr!("After closing an open election, enter what was drawn as the lot",
        "После закрытия открытого голосования: ввести, что выпало при жеребьёвке"), after_help = examples(&[
            "veche lot board2027 --drawn \"4 1 3\"",
            "veche lot board2027 --drawn \"4 1 3\" --closed yp3u9U7bRYB1Whz_xEBXZEg6lnNrz4vgjRb0QPQV0Yg"
    ]))]
    Lot {
        #[command(flatten)]
        act: ActArgs,
        #[arg(long, help = tr!("What was drawn in public", "Что выпало при всех"))]
        drawn: String,
        #[arg(long, value_name = "ROOT", allow_hyphen_values = true, help = tr!(
            "The root of the closed log, as it was written down before the draw: of another log nothing is signed",
            "Корень закрытого журнала, записанный до жребия: для другого журнала ничего не подписывается"))]
        closed: Option<String>,
    },
    #[command(about = tr!("Pause an open election", "Приостановить голосование"), after_help = examples(&[
            "veche pause board2027 --reason \"fire alarm\""
    ]))]
    Pause(ReasonArgs),
    #[command(about = tr!("Resume a paused election", "Возобновить голосование"), after_help = examples(&[
            "veche resume board2027 --reason \"all are back\""
    ]))]
    Resume(ReasonArgs),
    #[command(about = tr!("Cancel an election for good", "Отменить выборы окончательно"), after_help = examples(&[
            "veche cancel board2027 --reason \"wrong list of candidates\""
    ]))]
    Cancel(ReasonArgs),
    #[command(about = tr!("Move the closing time to a later one", "Перенести закрытие на более позднее время"), after_help = examples(&[
            "veche extend board2027 --closes +2h --reason \"queue at the door\"",
            "veche extend board2027 --closes \"2026-12-01 12:00\" --reason \"queue at the door\""
    ]))]
    Extend {
        #[command(flatten)]
        reason: ReasonArgs,
        #[arg(long, help = time_help())]
        closes: String,
    },
    #[command(about = tr!("Withdraw a candidate, for good, before the closing", "Снять кандидата, окончательно, до закрытия"), after_help = tr!(
        "Example:\n  veche withdraw board2027 --candidate Anna --reason \"has moved away\"",
        "Пример:\n  veche withdraw pravlenie --candidate Анна --reason \"переехала\""))]
    Withdraw {
        #[command(flatten)]
        reason: ReasonArgs,
        #[arg(long, help = tr!("The name, as it stands on the ballot", "Имя, как в бюллетене"))]
        candidate: String,
        #[arg(long, default_value_t = 1, help = tr!("Of which contest, counted from 1", "В каком вопросе, считая с 1"))]
        contest: u32,
    },
    #[command(about = tr!("Print voters' cards, or replace one", "Карточки избирателей"), after_help = examples(&[
            "veche card print board2027 --url https://vote.example.org",
            "veche card replace board2027 17 --reason \"lost in the post\""
    ]))]
    Card {
        #[command(subcommand)]
        command: CardCommand,
    },
    #[command(about = tr!("Letters to voters, with the link to the ballot; the code goes another way",
        "Письма избирателям, со ссылкой на бюллетень; код идёт другим путём"), after_help = mail::examples())]
    Mail(Box<MailArgs>),
    #[command(about = tr!("Change the roll after setup: add voters, strike them, mend a contact",
        "Список созданных выборов: добавить избирателя, вычеркнуть, исправить контакт"), after_help = examples(&[
            "veche roll add board2027 18 --name \"Anna Frank\" --reason joined",
            "veche roll strike board2027 17 --reason left"
    ]))]
    Roll {
        #[command(subcommand)]
        command: roll::RollCommand,
    },
    #[command(about = tr!("Show the result, after closing", "Результат, после закрытия"), after_help = examples(&[
            "veche result board2027",
            "veche result https://vote.example.org --format html > result.html",
            "veche result board2027 --format csv --excel > result.csv"
    ]))]
    Result {
        #[arg(help = target_help())]
        target: String,
        #[command(flatten)]
        output: OutputArgs,
    },
    #[command(about = tr!("Copy an election into one file from which another machine can go on; the server may run",
        "Скопировать выборы, можно и на ходу, в один файл, с которым продолжит другая машина"), after_help = examples(&[
            "veche backup board2027 /safe/board2027.backup"
    ]))]
    Backup {
        #[arg(help = dir_help())]
        dir: PathBuf,
        #[arg(help = tr!("A new file; it holds the server's keys", "Новый файл; в нём будут ключи сервера"))]
        file: PathBuf,
    },
    #[command(about = tr!("Make an election's folder from a backup", "Восстановить папку выборов из резервной копии"), after_help = examples(&[
            "veche restore board2027.backup board2027 --checkpoint newest",
            "veche restore board2027.backup board2027 --from mirror --checkpoint newest"
    ]))]
    Restore(backup::RestoreArgs),
    #[command(about = tr!("Put back, from a mirror, the entries that a database has lost; the server must not run",
        "Вернуть из зеркала записи журнала, потерянные базой; сервер должен быть остановлен"), after_help = tr!(
        "Somebody else keeps the mirror while voters vote:\n  veche watch http://vote.example.org:8080 --mirror mirror\nAfter a loss:\n  \
         veche recover board2027 --from mirror",
        "Зеркало хранит кто-то другой, пока идёт голосование:\n  veche watch http://vote.example.org:8080 --mirror mirror\nПосле потери:\n  \
         veche recover pravlenie --from mirror"
    ))]
    Recover {
        #[arg(help = dir_help())]
        dir: PathBuf,
        #[arg(long, help = tr!("A mirror or record: folder, .tar file or http://address",
            "Зеркало или публичная запись: папка, файл .tar или http://адрес"))]
        from: String,
    },
    #[command(about = tr!("Write the public record, which anybody can check",
        "Выдать публичную запись выборов, для проверки всеми"), after_help = examples(&[
            "veche record board2027 -o board2027.tar"
    ]))]
    Record {
        #[arg(help = dir_help())]
        dir: PathBuf,
        #[arg(short, long, help = tr!("A new folder, or a file that ends in .tar [default: DIR/record]",
            "Новая папка или файл .tar [по умолчанию: DIR/record]"))]
        output: Option<PathBuf>,
    },
    #[command(about = tr!("Check a record: count everything again", "Проверить публичную запись выборов: всё, по пунктам"), after_help = examples(&[
            "veche verify board2027.tar",
            "veche verify board2027.tar --report report.html",
            "veche verify https://vote.example.org --so-far --since state.json",
            "veche verify --ceremony abandoned-1"
    ]))]
    Verify(records::VerifyArgs),
    #[command(about = tr!("Check a voter's receipt", "Проверить квитанцию избирателя"), after_help = examples(&[
            "veche verify-receipt receipt-17-1.json",
            "veche verify-receipt receipt-17-1.json --record board2027.tar --card 17.json",
            "veche verify-receipt receipt-17-1.json --record https://vote.example.org"
    ]))]
    VerifyReceipt {
        #[arg(help = tr!("The receipt's file", "Файл квитанции"))]
        file: PathBuf,
        #[arg(long, help = tr!("Also look it up in this record, or in the log of http://address",
            "Найти бюллетень ещё и в этой публичной записи или в журнале http://адрес"))]
        record: Option<String>,
        #[arg(long, help = tr!("Another receipt of the election: can both be true?",
            "Другая квитанция тех же выборов: могут ли быть верны обе?"))]
        other: Option<PathBuf>,
        #[arg(long, allow_hyphen_values = true, help = tr!("The election id on your card", "Id выборов с вашей карточки"))]
        election: Option<String>,
        #[command(flatten)]
        card: challenge::OwnCard,
        #[arg(long, help = json_help())]
        json: bool,
    },
    #[command(about = tr!("Watch a log: does it only grow? Keeps what it has seen, and proves it if the log was forked",
        "Следить за журналом: только ли он растёт? Хранит увиденное и доказывает раздвоение"), after_help = examples(&[
            "veche watch https://vote.example.org",
            "veche watch https://vote.example.org --mirror mirror --every 5"
    ]))]
    Watch(watch::WatchArgs),
    #[command(about = tr!("Check the proof that a board has signed two logs",
        "Проверить доказательство, что сервер подписал два журнала"), after_help = examples(&[
            "veche verify-fork fork-y0VGgdio.json"
    ]))]
    VerifyFork {
        #[arg(help = tr!("The file that watch, witness or verify-receipt wrote", "Файл, записанный командой watch, witness или verify-receipt"))]
        file: PathBuf,
    },
    #[command(about = tr!("Be a witness: sign the checkpoints of logs that only grow",
        "Быть свидетелем: подписывать состояния журналов, которые только растут"), after_help = tr!(
        "Examples:\n  veche witness init --name witness.example.org/anna --key anna.witness\n  \
         veche witness serve --key anna.witness --election http://vote.example.org:8080 8090",
        "Примеры:\n  veche witness init --name witness.example.org/anna --key anna.witness\n  \
         veche witness serve --key anna.witness --election http://vote.example.org:8080 8090"
    ))]
    Witness {
        #[command(subcommand)]
        command: witness::WitnessCommand,
    },
    #[command(about = tr!("Count ballots that you have in a file; no server, no election",
        "Подсчитать бюллетени из файла: без сервера и без выборов"), after_help = tr!(
        "Examples:\n  veche count poll.csv --rule sum\n  veche count answers.xlsx --rule mean --seats 3 --format html > result.html\n  \
         veche count survey.csv --rule median --labels \"A1=1,A2=2,A3=3,-oth-=*\"\n\n\
         Read are exports of star.vote, BetterVoting, Google Forms, Microsoft Forms, LimeSurvey, Veche (csv-raw) and ABIF, and\n\
         tables with a column of scores for each candidate. What was recognised is told on standard error; what is not certain\n\
         is refused, with what to type. Ranked ballots are not counted.",
        "Примеры:\n  veche count opros.csv --rule sum\n  veche count otvety.xlsx --rule mean --seats 3 --format html > \
         itog.html\n  veche count anketa.csv --rule median --labels \"A1=1,A2=2,A3=3,-oth-=*\"\n\n\
         Читаются выгрузки star.vote, BetterVoting, Google Forms, Microsoft Forms, LimeSurvey, Veche (csv-raw) и ABIF, и\n\
         таблицы со столбцом оценок на каждого кандидата. Что узнано, говорится в потоке ошибок; где уверенности нет,\n\
         будет отказ и подсказка, что написать. Бюллетени с местами (первое, второе, …) не считаются."))]
    Count(Box<count::CountArgs>),
    #[command(about = tr!("Hold a whole election on this machine, from setup to check",
        "Целые выборы на настоящих сокетах, от создания до проверки"), after_help = examples(&[
            "veche demo",
            "veche demo --secrecy open --keep"
    ]))]
    Demo(Box<demo::DemoArgs>),
    #[command(about = tr!("Make and hold elections, or be a trustee, in your browser on this machine",
        "Создавать и проводить выборы или быть доверенным: в браузере на своей машине"), after_help = tr!(
        "Examples:\n  veche desk\n  veche desk elections --no-browser\n\n\
         The desk speaks to your browser on this machine alone. A second window: press Enter where it runs, or start it again for\n\
         the same folder. docs/desk.md tells the rest.",
        "Примеры:\n  veche desk\n  veche desk vybory --no-browser\n\n\
         Пульт доступен только вашему браузеру на этой машине. Второе окно: нажмите Enter там, где пульт работает, или запустите\n\
         его ещё раз для той же папки. Остальное — в docs/desk.ru.md."))]
    Desk(desk::DeskArgs),
    #[command(hide = true, about = tr!("What a shell may complete, for packages", "Дополнения для оболочки, для пакетов"),
        after_help = examples(&["veche completions bash"]))]
    Completions {
        #[arg(help = tr!("The shell", "Оболочка"))]
        shell: clap_complete::Shell,
    },
}

#[derive(Subcommand)]
enum CardCommand {
    #[command(about = tr!("Make sheets to print and cut, and a table for letters, of the cards that lie in the folder",
        "Сделать из карточек, лежащих в папке, листы для печати и строки для писем"), after_help = tr!(
        "Examples:\n  veche card print board2027 --url https://vote.example.org\n  veche card print board2027 --split-delivery --lang ru",
        "Примеры:\n  veche card print pravlenie --url https://vote.example.org\n  veche card print pravlenie --split-delivery --lang ru"))]
    Print(CardPrintArgs),
    #[command(about = tr!("Replace a lost card; the log shows it to everybody",
        "Заменить потерянную карточку; это записывается в журнал и видно всем"),
        after_help = examples(&["veche card replace board2027 17 --reason \"lost in the post\""]))]
    Replace {
        #[arg(help = dir_help())]
        dir: PathBuf,
        #[arg(help = number_help())]
        number: String,
        #[arg(long, default_value = "lost card", help = reason_help())]
        reason: String,
        #[arg(long, help = key_help())]
        key: Option<PathBuf>,
    },
}

#[derive(Args)]
struct CardPrintArgs {
    #[arg(help = dir_help())]
    dir: PathBuf,
    #[arg(long, help = tr!("Where voters reach the server [default: as on the cards]",
        "Адрес сервера для избирателей [по умолчанию: как на карточках]"))]
    url: Option<String>,
    #[arg(long, value_enum, help = tr!("In this language [default: the election's, else yours]",
        "На этом языке [по умолчанию: язык выборов, иначе ваш]"))]
    lang: Option<Language>,
    #[arg(long, help = tr!("No link on the cards, no code in the letters", "На карточках нет ссылки, в письмах нет кода"))]
    split_delivery: bool,
}

pub fn main() -> ExitCode {
    let parsed = Cli::command().try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return misused(&error),
    };
    forbid_core_dumps();
    let_nobody_else_write();
    end(client::choose_trust(cli.ca).and_then(|()| run(cli.command)))
}

/// What was typed is no command, or asks for help.
pub fn misused(error: &clap::Error) -> ExitCode {
    if is_russian() {
        usage::print(error);
    } else {
        let _ = error.print();
    }
    ExitCode::from(if error.use_stderr() { Exit::Usage as u8 } else { 0 })
}

/// How a program ends: well, or with what happened and what to do next.
pub fn end(result: Result<()>) -> ExitCode {
    output::flush();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            report(&failure);
            ExitCode::from(failure.exit as u8)
        }
    }
}

/// A dump of this process would hold keys, credentials or open ballots.
fn forbid_core_dumps() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    // Where the system refuses, nothing is worse than before.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// What a command makes is writable by its user alone, however careless the shell was that started it.
fn let_nobody_else_write() {
    use rustix::{fs::Mode, process::umask};
    umask(umask(Mode::WGRP | Mode::WOTH) | Mode::WGRP | Mode::WOTH);
}

fn report(failure: &Failure) {
    // Line by line: our own messages may have several, and none may hold anything that moves a cursor.
    let lines = |text: &str| text.lines().map(crate::show::safe).collect::<Vec<_>>().join("\n    ");
    eprintln!("{}: {}", tr!("veche: not done", "veche: не выполнено"), lines(&failure.what));
    if let Some(next) = &failure.next {
        eprintln!("  → {}", lines(next));
    }
}

fn run(command: Command) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::other)?;
    runtime.block_on(async {
        let front = &mut Terminal::default();
        match command {
            Command::New(args) => new::run(*args).await,
            Command::Setup { dir, url, weights_show_votes } => new::finish(&dir, url, weights_show_votes).await,
            Command::Restart { dir, without, threshold, key } => restart::run(&dir, &without, threshold, key).await,
            Command::Trustee { command } => trustee::run(command).await,
            Command::CheckBallot(args) => challenge::check(&args),
            Command::Check { dir } => check::run(&dir).await,
            Command::Serve(args) => serve::run(args).await,
            Command::Host(args) => host::run(*args).await,
            Command::Publish(args) => publish::run(args).await,
            Command::Watch(args) => watch::run(args).await,
            Command::VerifyFork { file } => watch::verify_fork(&file),
            Command::Witness { command } => witness::run(command).await,
            Command::Vote(args) => vote::run(args).await,
            Command::Status { target, not_voted, json } => status::run(&target, not_voted, json).await,
            Command::Open(args) => tell_done(&args.target, acts::open(&acting(&args), front).await?),
            Command::Close(args) => tell_done(&args.target, acts::close(&acting(&args), front).await?),
            Command::Lot { act, drawn, closed } => {
                tell_done(&act.target, acts::lot(&acting(&act), &drawn, closed.as_deref(), front).await?)
            }
            Command::Pause(ReasonArgs { act, reason }) => {
                tell_done(&act.target, acts::pause(&acting(&act), &reason, front).await?)
            }
            Command::Resume(ReasonArgs { act, reason }) => {
                tell_done(&act.target, acts::resume(&acting(&act), &reason, front).await?)
            }
            Command::Cancel(ReasonArgs { act, reason }) => {
                tell_done(&act.target, acts::cancel(&acting(&act), &reason, front).await?)
            }
            Command::Extend { reason: ReasonArgs { act, reason }, closes } => {
                tell_done(&act.target, acts::extend(&acting(&act), &closes, &reason, front).await?)
            }
            Command::Withdraw { reason: ReasonArgs { act, reason }, candidate, contest } => {
                let withdrawn = acts::withdraw(&acting(&act), contest, &candidate, &reason, front).await?;
                tell_done(&act.target, withdrawn)
            }
            Command::Card { command: CardCommand::Print(args) } => print_cards(&args),
            Command::Card { command: CardCommand::Replace { dir, number, reason, key } } => {
                tell_done("", acts::replace_card(&dir, &number, &reason, key, front).await?)
            }
            Command::Mail(args) => mail::run(*args).await,
            Command::Roll { command } => tell_done("", roll::run(command, front).await?),
            Command::Result { target, output } => records::result(&target, &output).await,
            Command::Record { dir, output } => records::write(&dir, output.as_deref()).await,
            Command::Backup { dir, file } => backup::run(&dir, &file).await,
            Command::Restore(args) => backup::run_restore(&args).await,
            Command::Recover { dir, from } => recover::run(&dir, &from).await,
            Command::Verify(args) if args.ceremony => trustee::verify_ceremony(&args.target, args.json),
            Command::Verify(args) => records::verify(&args),
            Command::VerifyReceipt { file, record, other, election, card, json } => {
                receipts::verify(&file, record.as_deref(), other.as_deref(), election.as_deref(), &card, json)
            }
            Command::Count(args) => count::run(&args),
            Command::Demo(args) => demo::run(*args).await,
            Command::Desk(args) => desk::run(args).await,
            Command::Completions { shell } => {
                let mut text = Vec::new();
                clap_complete::generate(shell, &mut Cli::command(), "veche", &mut text);
                print!("{}", String::from_utf8_lossy(&text));
                Ok(())
            }
        }
    })
}

fn acting(args: &ActArgs) -> Acting {
    Acting { target: args.target.clone(), key: args.key.clone() }
}

fn print_cards(args: &CardPrintArgs) -> Result<()> {
    let home = Home::new(&args.dir);
    let printed = Printed::of(&home)?.changed(args.lang, args.split_delivery);
    let count = cards::print_anew(&home, &printed, args.url.as_deref())?;
    let dir = args.dir.display();
    println!(
        "{}",
        tr!(
            "Cards: {count}\nTo print and cut:   {dir}/{}\nFor letters:        {dir}/{}\nDeliver them, then delete them.",
            "Карточек: {count}\nРаспечатать:        {dir}/{}\nДля писем:          {dir}/{}\nРаздайте их и удалите.",
            cards::SHEETS,
            cards::LETTERS
        )
    );
    Ok(())
}

fn tell_done(target: &str, done: acts::Done) -> Result<()> {
    println!("{}", done.text(target));
    Ok(())
}
