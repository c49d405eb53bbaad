//! Words and short texts of the libraries in Russian, which stand within other texts; what the system says; what is counted.

/// What stands in the places of such texts, or beside the checks of a record.
pub const WORDS: &[(&str, &str)] = &[
    // What a host answers to what is published.
    (
        "other-host: this is signed for another host; this one is {here}",
        "other-host: подписано для другого хостинга; адрес этого — {here}",
    ),
    (
        "not-published: publish the draft of this election first",
        "not-published: сначала опубликуйте черновик этих выборов",
    ),
    (
        "name-taken: an election of somebody else has this name here; choose another",
        "name-taken: здесь уже есть чужие выборы с таким именем; выберите другое",
    ),
    ("set-up: this election is set up, and stays as it is", "set-up: эти выборы уже созданы, их не изменить"),
    ("set-up: this election is over, and stays as it is", "set-up: эти выборы закончились, их не изменить"),
    ("older: something newer was published under this name", "older: под этим именем опубликовано более новое"),
    (
        "too-large: {name} may have {most} bytes here, for at most {voters} voters",
        "too-large: {name} здесь не больше {most} байт, избирателей не больше {voters}",
    ),
    ("too-many-voters: the invitation allows {voters}", "too-many-voters: приглашение допускает избирателей: {voters}"),
    (
        "other-draft: the election is of another draft than the one that was published",
        "other-draft: выборы не из того черновика, который опубликован",
    ),
    (
        "other-keys: the manifest names other keys than this host's and the organiser's",
        "other-keys: в манифесте не ключи этого хостинга и организатора",
    ),
    (
        "bad-witness: a witness of an election at a host has an address that begins with https and a name",
        "bad-witness: адрес свидетеля выборов на хостинге начинается с https и имени",
    ),
    (
        "bad-wish: no host has such a language or waits so long",
        "bad-wish: хостинг не знает такого языка или не ждёт так долго",
    ),
    ("bad-witness: the draft names no witnesses", "bad-witness: в черновике нет свидетелей"),
    (
        "host-failed: the host could not keep it; try again later",
        "host-failed: хостинг не смог это сохранить; попробуйте позже",
    ),
    ("the host is busy with others; try again", "хостинг занят другими; попробуйте ещё раз"),
    (
        "no-room: the election has used the room on the disk that it was given; its organiser can still act",
        "no-room: выборы заняли всё отведённое им место на диске; организатор ещё может действовать",
    ),
    (
        "broken: this election cannot be served at the moment; whoever runs the host can see why",
        "broken: эти выборы сейчас не обслуживаются; причину видит тот, кто ведёт хостинг",
    ),
    ("changing: the election is being set up; try again", "changing: выборы как раз создаются; попробуйте ещё раз"),
    (
        "too-many-a-second: more is asked of this election than its share; try again",
        "too-many-a-second: к этим выборам слишком много запросов; попробуйте ещё раз",
    ),
    (
        "too-many-at-once: more is asked of this election than its share; try again",
        "too-many-at-once: к этим выборам слишком много запросов; попробуйте ещё раз",
    ),
    ("manifest", "манифест"),
    ("credential list", "список карточек"),
    ("roll", "список избирателей"),
    ("checkpoint", "состояние журнала"),
    ("entries", "записи"),
    ("tree and tiles", "дерево и плитки"),
    ("recount and result", "пересчёт и результат"),
    ("files", "файлы"),
    ("trustees", "доверенные"),
    ("the election's title", "название выборов"),
    ("the title of contest {0}", "название вопроса {0}"),
    ("the name of candidate {0} of contest {1}", "имя кандидата {0} в вопросе {1}"),
    ("the name of level {0} of contest {1}", "название ступени {0} в вопросе {1}"),
    ("what is drawn as the lot", "то, что тянут как жребий"),
    ("the name of trustee {0}", "имя доверенного {0}"),
    ("the number of candidates", "число кандидатов"),
    ("the number of levels", "число ступеней"),
    ("the number of contests", "число вопросов"),
    ("the number of trustees", "число доверенных"),
    ("the number of witnesses", "число свидетелей"),
    ("the threshold", "порог доверенных"),
    ("the total weight", "сумма весов"),
    ("a time", "время"),
    ("1 to the number of trustees", "от 1 до числа доверенных"),
    (
        "entry {index}, {act}: {entries} entries stand before it that its signer had not seen",
        "запись {index}, {act}: перед ней записей, которых подписавший не видел: {entries}",
    ),
    (
        "entry {index}, {act}: 1 entry stands before it that its signer had not seen",
        "запись {index}, {act}: перед ней записей, которых подписавший не видел: 1",
    ),
    (
        "entry {index}: extended {minutes} minutes after its closing time, with {ballots} ballots in",
        "запись {index}: голосование продлено, когда время закрытия уже прошло (минут: {minutes}), а бюллетеней было {ballots}",
    ),
    (
        "entry {index}: extended {minutes} minutes after its closing time, with 1 ballot in",
        "запись {index}: голосование продлено, когда время закрытия уже прошло (минут: {minutes}), а бюллетеней было 1",
    ),
    (
        "entry {index}: extended 1 minute after its closing time, with {ballots} ballots in",
        "запись {index}: голосование продлено, когда время закрытия уже прошло (минут: 1), а бюллетеней было {ballots}",
    ),
    (
        "entry {index}: extended 1 minute after its closing time, with 1 ballot in",
        "запись {index}: голосование продлено, когда время закрытия уже прошло (минут: 1), а бюллетеней было 1",
    ),
    (
        "entry {index}: the board says that it serves the booth {}",
        "запись {index}: сервер говорит, что отдаёт кабину {}",
    ),
    (
        "entry {index}, {act}: dated {seconds} seconds before entry {before}, {its}, which stands before it: one of two clocks is \
         wrong",
        "запись {index}, {act}: датирована раньше записи {before}, {its}, которая стоит перед ней (секунд: {seconds}): одни из двух \
         часов неверны",
    ),
    (
        "the cosignature of {name} is dated {time}, and the closing before it {closing} (Unix seconds): one of the two clocks is \
         wrong",
        "подпись свидетеля {name} датирована {time}, а закрытие перед ней — {closing} (секунды Unix): одни из двух часов неверны",
    ),
    (
        "entry {index}: a card was replaced (weight {weight}), for this reason: {reason}",
        "запись {index}: карточка заменена (вес {weight}), причина: {reason}",
    ),
    (
        "cards replaced after setup: {count} (weight {weight})",
        "заменено карточек после создания выборов: {count} (вес {weight})",
    ),
    (
        "cards replaced after setup: {count} (weight {weight}); the roll does not show whose they were",
        "заменено карточек после создания выборов: {count} (вес {weight}); чьи они были, по списку не видно",
    ),
    // What a check of a record finds.
    ("the file \"{0}\" {1}", "файл «{0}» {1}"),
    ("entry {0}: {1}", "запись {0}: {1}"),
    ("entry {0}, read again: {1}", "запись {0}, прочитанная ещё раз: {1}"),
    ("line {0}: {1}", "строка {0}: {1}"),
    ("the election was cancelled", "выборы отменены"),
    ("the log does not end with the result of a closed election", "журнал кончается не результатом закрытых выборов"),
    (
        "the log ends with the sum: summed, no result. Of the {threshold} shares that open the sum {shares} are there; if \
         the trustees' keys are lost it stays so",
        "журнал кончается суммой, результата нет. Чтобы её открыть, нужно долей {threshold}, а есть {shares}. Если ключи \
         доверенных утрачены, так и останется",
    ),
    ("an open election has no trustees", "у открытых выборов доверенных нет"),
    ("the log does not hold the sum of a closed election", "в журнале нет суммы закрытых выборов"),
    ("its count or weight differs from the manifest's", "число карточек или вес не те, что в манифесте"),
    ("does not end", "не закончена"),
    ("shows something else than the manifest says", "показывает не то, что сказано в манифесте"),
    ("its number does not follow the one before", "номер не следует за предыдущим"),
    (
        "its number differs from another in capital letters or leading zeros alone",
        "номер отличается от другого только заглавными буквами или нулями впереди",
    ),
    (
        "its credential is not on the list, or stands twice in the roll",
        "её карточки нет в списке карточек, или она стоит в списке избирателей дважды",
    ),
    ("a credential of the list stands in no line", "одной из карточек нет ни в одной строке"),
    ("it is not UTF-8", "это не UTF-8"),
    ("it claims more entries than any log of ours holds", "в нём записей больше, чем бывает в наших журналах"),
    ("{0} does not hold {1} entries", "в {0} не то число записей: нужно {1}"),
    (
        "the log does not begin with the entries that were verified before",
        "журнал начинается не с тех записей, что проверены раньше",
    ),
    ("what was verified before is of another election", "проверенное раньше — от других выборов"),
    ("the log is shorter than what was verified before", "журнал короче того, что проверено раньше"),
    ("its bundle has changed", "её файл за это время изменился"),
    ("the entries do not hash to the checkpoint's root", "записи не дают корня из состояния журнала"),
    ("{0} is not a tile of this tree", "{0} — не плитка этого дерева"),
    ("the sum was not opened", "сумма не открыта"),
    (
        "result.json is not the result that follows from the ballots",
        "в result.json не тот результат, что следует из бюллетеней",
    ),
    ("\"{0}\" does not belong to the record", "«{0}» — лишний файл в записи выборов"),
    ("README.txt is not the text that belongs there", "в README.txt не тот текст, что положен"),
    // How an election stands: behind «голосование».
    ("new", "ещё не открыто"),
    ("setup", "ещё не открыто"),
    ("open", "открыто"),
    ("paused", "приостановлено"),
    ("closed", "закрыто"),
    ("summed", "закрыто, бюллетени просуммированы"),
    ("finished", "завершено"),
    ("cancelled", "отменено"),
    // Acts.
    ("opening", "открытие"),
    ("pause", "приостановка"),
    ("resume", "возобновление"),
    ("extend", "продление"),
    ("replace", "замена карточки"),
    ("add", "добавление избирателя"),
    ("strike", "вычёркивание избирателя"),
    ("withdraw", "снятие кандидата"),
    ("cancel", "отмена"),
    ("closing", "закрытие"),
    ("rehearsal", "репетиция доверенного"),
    ("share", "доля доверенного"),
    ("never", "никогда"),
    ("until-opening", "до открытия"),
    ("until-closing", "до закрытия"),
];

/// What the system says of files and connections.
pub const SYSTEM: &[(&str, &str)] = &[
    ("No such file or directory (os error 2)", "нет такого файла или папки"),
    ("Permission denied (os error 13)", "нет прав на это"),
    ("File exists (os error 17)", "такой файл уже есть"),
    ("Not a directory (os error 20)", "это не папка"),
    ("Is a directory (os error 21)", "это папка, а не файл"),
    ("No space left on device (os error 28)", "на диске нет места"),
    ("Read-only file system (os error 30)", "диск доступен только для чтения"),
    ("Address already in use (os error 98)", "адрес и порт уже заняты"),
    ("Cannot assign requested address (os error 99)", "у этой машины нет такого адреса"),
    ("Network is unreachable (os error 101)", "сеть недоступна"),
    ("Connection reset by peer (os error 104)", "другая сторона оборвала соединение"),
    ("Connection timed out (os error 110)", "ответа не дождались"),
    ("Connection refused (os error 111)", "там никто не отвечает"),
    ("No route to host (os error 113)", "до этого адреса нет пути"),
];

/// What the checks of a record count.
pub const COUNTS: &[(&str, &str)] = &[
    ("contests", "вопросов"),
    ("candidates", "кандидатов"),
    ("trustees", "доверенных"),
    ("threshold", "порог"),
    ("credentials", "карточек"),
    ("weight", "вес"),
    ("voters", "избирателей"),
    ("entries", "записей"),
    ("cosignatures", "подписей свидетелей"),
    ("ballot entries", "бюллетеней"),
    ("proofs", "доказательств"),
    ("control entries", "управляющих записей"),
    ("entries that their signers had not seen", "записей, которых подписавшие не видели"),
    ("entries verified before", "записей, проверенных раньше"),
    ("leaves", "листьев"),
    ("hash tiles", "плиток с хешами"),
    ("counting ballots", "учтённых бюллетеней"),
    ("files", "файлов"),
];
