//! What the libraries say, in English as they say it and in Russian. Names in braces stand for what varies; both sides
//! have the same. Every text of an error that has words of its own stands here (a test looks).

pub const PHRASES: &[(&str, &str)] = &[
    // veche-crypto
    ("the dealing cannot be read: {0}", "раздачу не прочесть: {0}"),
    (
        "the dealing has {got} coefficients, {expected} are expected",
        "в раздаче коэффициентов {got}, а нужно {expected}",
    ),
    (
        "the dealing has the identity as the first coefficient of a key",
        "первый коэффициент одного из ключей в раздаче — нейтральный элемент",
    ),
    ("two coefficients of the dealing are equal", "два коэффициента раздачи равны"),
    ("the dealing is not the one that was committed to", "роздано не то, что было заявлено обязательством"),
    ("the dealer does not know the secrets behind the dealing", "раздающий не знает секретов своей раздачи"),
    ("a share does not fit the dealing", "доля не подходит к раздаче"),
    ("the secret that was published does not open the disputed share", "раскрытый секрет не открывает спорную долю"),
    ("the proof cannot be read: {0}", "доказательство не прочесть: {0}"),
    ("there are {got} values, {expected} are expected", "значений {got}, а нужно {expected}"),
    ("the proof does not hold", "доказательство неверно"),
    ("the length is not the one that belongs here", "длина не та, что должна быть здесь"),
    ("a group element is not in its canonical encoding", "элемент группы записан не в канонической форме"),
    ("a group element is the identity", "элемент группы — нейтральный"),
    ("a scalar is not in its canonical encoding", "скаляр записан не в канонической форме"),
    ("the number of choices is not the number of rows", "выборов не столько, сколько строк"),
    ("a choice is beyond its row's options", "выбрано то, чего в строке нет"),
    ("the ciphertexts are {0} bytes long, {1} are expected", "длина шифртекстов в байтах — {0}, а нужно {1}"),
    ("the proof is {0} bytes long, {1} are expected", "длина доказательства в байтах — {0}, а нужно {1}"),
    ("a ciphertext cannot be read: {0}", "шифртекст не прочесть: {0}"),
    // keys, ballots and ceremony of the second form
    ("an open election has no ceremony", "у открытых выборов нет церемонии"),
    (
        "descriptions and links stand in the order of the candidates, each with a text or a link, one of a candidate",
        "описания и ссылки стоят в порядке кандидатов, у каждой есть текст или ссылка, по одной на кандидата",
    ),
    (
        "\"{0}\" is no link: http:// or https://, then a host, in at most 300 ASCII characters without spaces",
        "«{0}» — не ссылка: http:// или https://, затем хост, не больше 300 символов ASCII без пробелов",
    ),
    (
        "approvals are bounded where the levels are 0 and 1, \"*\" is not allowed and higher is better, by bounds that exclude \
         something",
        "число одобрений ограничивают при ступенях 0 и 1 без *, где больше лучше, и границы должны что-то исключать",
    ),
    (
        "at least {least} and at most {most} candidates must have the mark 1; marks of 1 here: {chosen}",
        "1 должно стоять не меньше чем у {least} и не больше чем у {most} кандидатов; здесь единиц: {chosen}",
    ),
    ("election key {place} cannot be read: {error}", "ключ выборов {place} не прочесть: {error}"),
    ("election keys {0} and {1} are equal", "ключи выборов {0} и {1} равны"),
    (
        "the approvals of a contest are fewer or more than it allows",
        "одобрений в одном из вопросов меньше или больше, чем разрешено",
    ),
    (
        "the ceremony makes keys that no election may have: {0}",
        "церемония даёт ключи, каких у выборов быть не может: {0}",
    ),
    ("the file is not the one the manifest names", "файл не тот, что назван в манифесте"),
    (
        "the list of the trustees' keys has {got} bytes, {expected} are expected",
        "в списке ключей доверенных байт {got}, а нужно {expected}",
    ),
    ("the manifest names other keys than the ceremony", "в манифесте не те ключи, что дала церемония"),
    (
        "the randomness of row {0} is that of an earlier row",
        "случайность строки {0} та же, что у одной из прежних строк",
    ),
    ("the trustees' keys: {0}", "ключи доверенных: {0}"),
    ("two keys are proven under one mask", "два ключа доказаны под одной маской"),
    (
        "{keys} keys, {count} trustees, {threshold} of whom open the sums: their product is over 20,000, more than a \
         ceremony deals",
        "ключей {keys}, доверенных {count}, открывают суммы {threshold}: произведение больше 20 000, столько церемония не \
         раздаёт",
    ),
    // the booth and its links
    ("this is no link to a ballot, or a part of it is missing", "это не ссылка на бюллетень, или часть её пропала"),
    ("the link's credential: {0}", "код в ссылке: {0}"),
    (
        "{0} is not a booth: files.txt and its files differ at \"{1}\"",
        "{0} — не кабина: files.txt и файлы расходятся, «{1}»",
    ),
    (
        "{0} is not a booth: {1} does not unpack to the file that files.txt names",
        "{0} — не кабина: {1} распаковывается не в тот файл, что назван в files.txt",
    ),
    ("a booth has no list with the line \"{0}\"", "в списке файлов кабины не бывает строки «{0}»"),
    ("is answered with {0}, as no booth answers", "приходит с кодом {0}, чего у кабины не бывает"),
    ("is not there", "нет на месте"),
    ("is not the file that the list names", "— не тот файл, что назван в списке"),
    ("is loaded by the booth, and no list names it", "загружается кабиной, а в списке его нет"),
    ("is larger than a booth may be", "больше, чем бывает кабина"),
    (
        "comes with the header \"{0}\", which no booth's answer has",
        "приходит с заголовком «{0}», какого в ответах кабины не бывает",
    ),
    ("is no list of a booth's files: \"{0}\"", "— не список файлов кабины: «{0}»"),
    ("the server answered {0}", "сервер ответил {0}"),
    ("{0} is not a booth: more than {1} bytes", "{0} — не кабина: больше {1} байт"),
    // veche-election: ballots and the log
    ("not the file of a challenged ballot: {0}", "не файл вскрытого бюллетеня: {0}"),
    (
        "the ballot is signed: it may have been cast, and a cast ballot is not opened",
        "бюллетень подписан: он мог быть подан, а поданный не вскрывают",
    ),
    ("only ballots of a secret election are challenged", "вскрывают только бюллетени тайного голосования"),
    (
        "the ballot's code is {0}, and not the one that stands in the file",
        "код бюллетеня — {0}, а не тот, что стоит в файле",
    ),
    (
        "row {0} does not hold what the marks say: this program would have cast another vote",
        "в строке {0} не то, что говорят оценки: эта программа подала бы другой голос",
    ),
    ("the election is not open", "голосование не открыто"),
    ("the election is closed", "голосование закрыто"),
    ("the credential is not on the list", "такой карточки нет в списке"),
    ("the credential was replaced by another", "карточка заменена другой"),
    (
        "the entry's seq and prev do not follow the voter's last entry",
        "seq и prev записи не продолжают последнюю запись избирателя",
    ),
    (
        "this voter has voted already, and this election allows no second vote",
        "этот избиратель уже голосовал, а второй раз на этих выборах голосовать нельзя",
    ),
    (
        "the entry does not follow the last control entry (number {expected} is next)",
        "запись не следует за последней управляющей (следующая — номер {expected})",
    ),
    (
        "the signer of this entry saw the log at size {seen}; it must be a size from {least} to {size}, at which the entry would stand",
        "подписавший видел записей: {seen}; это должно быть состояние этого журнала, от {least} записей до {size}, что стоят \
         перед этой",
    ),
    (
        "the log in which this entry should stand does not begin with the log of size {seen} that its signer saw",
        "журнал, куда должна встать запись, не начинается с тех записей ({seen}), что видел подписавший",
    ),
    (
        "\"{act}\" is not possible while the election is {phase}",
        "действие «{act}» сейчас невозможно: голосование {phase}",
    ),
    (
        "the board's key may not sign this entry, or not yet",
        "такую запись сервер своим ключом не подписывает, или ещё рано",
    ),
    ("the credential that the act names is not in force", "карточка, названная в записи, не действует"),
    ("the new credential is already known", "новая карточка уже известна"),
    (
        "the new number, or one that is taken for it, was given to somebody already",
        "новый номер, или неотличимый от него, уже кому-то давали",
    ),
    (
        "all weights that ever were together would be more than 2^40",
        "все веса, что когда-либо были, вместе превысили бы 2^40",
    ),
    (
        "by its manifest the roll of this election may be changed \"{}\", and the election is {phase}",
        "изменения списка по манифесту: {}; а голосование {phase}",
    ),
    ("the place was struck from the roll already", "этот избиратель уже вычеркнут из списка"),
    (
        "a voter who has voted is not struck in an open election, nor where nobody may vote twice",
        "проголосовавшего не вычёркивают ни в открытом голосовании, ни там, где второй раз не голосуют",
    ),
    ("it is the last place of the roll", "это последний избиратель в списке"),
    ("the voter's place was struck from the roll", "избиратель вычеркнут из списка"),
    (
        "the act says something else of the voter than the published roll does of others",
        "запись говорит об избирателе не то, что публикуемый список о других",
    ),
    (
        "where the roll shows nothing, the reason is mistake, joined, left, died or decision: a text would tell of somebody",
        "где список ничего не показывает, причина — mistake, joined, left, died или decision: текст рассказал бы о ком-то",
    ),
    (
        "the weight \"{text}\" is not a number above 0 with so many decimals at most: {scale}",
        "вес «{text}» — не число больше 0 или знаков после запятой больше, чем {scale}",
    ),
    (
        "where weights have decimals, raters, turnout and phantoms are at most 2^40 units, and the threshold of a sum is a whole \
         number of units",
        "где у весов есть дробная часть, raters, turnout и phantoms — не больше 2^40 единиц, а порог суммы — целое число единиц",
    ),
    (
        "there is no such candidate in this contest, or it stands for \"none of them\" and cannot be withdrawn",
        "такого кандидата в этом вопросе нет, или это «против всех», и снять его нельзя",
    ),
    ("this candidate was withdrawn already", "этот кандидат уже снят"),
    ("/booths.json is none: {0}", "/booths.json негоден: {0}"),
    ("/booths.json, entry {index}: {error}", "/booths.json, запись {index}: {error}"),
    (
        "/booths.json, entry {index}, is not the next act of the board that names a booth",
        "/booths.json, запись {index} — не следующая запись сервера, называющая кабину",
    ),
    ("the log names this booth already", "журнал уже называет эту кабину"),
    ("the log names {max} booths, and takes no more", "кабин в журнале уже {max}, больше он не примет"),
    ("the line that says who was added is longer than 2048 bytes", "строка о том, кто добавлен, длиннее 2048 байт"),
    ("the line that says who was added is {0}", "строка о том, кто добавлен: {0}"),
    ("the line that says who was added is of an unknown version", "строка о том, кто добавлен, неизвестной версии"),
    ("the line that says who was added belongs to another act", "строка о том, кто добавлен, от другой записи"),
    (
        "the line that says who was added says something else than the act",
        "строка о том, кто добавлен, говорит не то, что запись",
    ),
    ("the name of the voter who was added {0}", "имя добавленного избирателя {0}"),
    (
        "the signature of the line that says who was added does not verify",
        "подпись строки о том, кто добавлен, неверна",
    ),
    (
        "an act that adds a voter comes with a line that says who it is, and no other act does",
        "вместе с записью, добавляющей избирателя, и только с ней, приходит строка о том, кто это",
    ),
    (
        "the new closing time is not later than the old one, or the election has no closing time to extend",
        "новое время закрытия не позже прежнего, или у выборов его нет",
    ),
    (
        "the closing time {closes} is not after the time {at} of this very entry (Unix seconds)",
        "время закрытия {closes} не позже времени {at} самой этой записи (секунды Unix)",
    ),
    (
        "an extension is late if, and only if, it is signed when the closing time in force has come",
        "продление опоздало тогда и только тогда, когда подписано после наступления времени закрытия",
    ),
    (
        "the result entry does not carry the hash of the result that follows from the log",
        "в записи результата хеш не того результата, что следует из журнала",
    ),
    ("there is no trustee {0}, or this trustee has done this already", "доверенного {0} нет, или он это уже сделал"),
    (
        "trustee {0} has not rehearsed yet: is the key still there?",
        "доверенный {0} ещё не сделал rehearse: цел ли ключ?",
    ),
    ("what trustee {0} says does not fit the trustee's key", "сказанное доверенным {0} не подходит к его ключу"),
    ("the sum is not that of the ballots that count", "сумма не та, что у учтённых бюллетеней"),
    (
        "the ballot that this entry takes out of the sum was not given",
        "бюллетень, который эта запись изымает из суммы, не дан",
    ),
    ("not the expected JSON: {0}", "не тот JSON: {0}"),
    ("JSON that is not in its one canonical form", "JSON не в канонической форме"),
    // The trustees' ceremony
    ("not a message of a ceremony: {0}", "не сообщение церемонии: {0}"),
    ("the message belongs to another draft", "сообщение от другого черновика"),
    ("there is no trustee {0} in this election", "доверенного {0} в этих выборах нет"),
    ("the name of trustee {0} {1}", "имя доверенного {0} {1}"),
    (
        "the sealing key of trustee {0} is the identity, or no point",
        "ключ для долей доверенного {0} — нейтральный элемент или не точка",
    ),
    ("the key of trustee {0} is another trustee's already", "ключ доверенного {0} уже есть у другого"),
    (
        "somebody has registered as trustee {0} already, with another message",
        "под номером доверенного {0} уже кто-то зарегистрирован, другим сообщением",
    ),
    ("the signature of trustee {0} does not verify", "подпись доверенного {0} неверна"),
    (
        "trustee {0} has sent two different messages for one step",
        "доверенный {0} послал два разных сообщения для одного шага",
    ),
    ("trustee {trustee}: too early for \"{step}\"", "доверенный {trustee}: для «{step}» ещё рано"),
    ("trustee {trustee}: {error}", "доверенный {trustee}: {error}"),
    (
        "the dealings of all trustees together make no keys: one is the identity, or two are equal",
        "раздачи всех доверенных вместе не дают ключей: один из них — нейтральный элемент или два равны",
    ),
    ("trustee {0} saw other registrations than these", "доверенный {0} видел другие регистрации"),
    ("trustee {0} saw other commitments than these", "доверенный {0} видел другие обязательства"),
    ("trustee {0} saw another ceremony than this", "доверенный {0} видел другую церемонию"),
    ("trustee {0} has both accepted and complained", "доверенный {0} и принял, и пожаловался"),
    ("trustee {0} complains about itself", "доверенный {0} жалуется на себя"),
    ("trustee {0} answers a complaint that was not made", "доверенный {0} отвечает на жалобу, которой не было"),
    (
        "the \"{step}\" that is shown as that of trustee {trustee} is not from this key",
        "«{step}», показанное как сказанное доверенным {trustee}, — не от этого ключа",
    ),
    (
        "the proof that this program has just made does not pass its check, and is not sent: {0}",
        "доказательство, которое только что сделала программа, не проходит проверку и не отправлено: {0}",
    ),
    ("there is a complaint: nothing is accepted", "есть жалоба: ничего не принимается"),
    ("the ceremony is not complete", "церемония не завершена"),
    // Checkpoints, credentials, entries
    ("the checkpoint is not a signed note of three lines", "состояние журнала — не подписанная записка из трёх строк"),
    ("the checkpoint is of another log", "состояние от другого журнала"),
    ("the checkpoint is not signed by the board's key", "состояние журнала подписано не ключом сервера"),
    (
        "behind the board's signature stands something else than the election's witnesses, in their order",
        "после подписи сервера стоят не свидетели этих выборов по порядку, а что-то другое",
    ),
    ("the cosignature of witness {0} does not verify", "подпись свидетеля {0} неверна"),
    (
        "too few of the election's witnesses have cosigned the checkpoint: {has}, and the quorum is {quorum}",
        "состояние журнала подписали свидетели: {has}, а нужно {quorum}",
    ),
    (
        "a credential has 32 symbols (letters and digits, in eight groups of four); this one has {0}",
        "в коде карточки 32 знака (буквы и цифры, восемь групп по четыре), а здесь {0}",
    ),
    (
        "a credential has eight groups of four letters and digits; group {group} of this one has {symbols}",
        "в коде карточки восемь групп по четыре буквы и цифры, а в группе {group} знаков: {symbols}",
    ),
    (
        "the credential contains {symbol} in group {group}: no credential has this symbol",
        "в коде карточки, в группе {group}, стоит {symbol}: такого знака в кодах не бывает",
    ),
    (
        "the credential has a typing error in group {group}: its check symbols do not agree",
        "в коде карточки опечатка в группе {group}: контрольные знаки не сходятся",
    ),
    (
        "the credential has a typing error: its check symbols do not agree",
        "в коде карточки опечатка: контрольные знаки не сходятся",
    ),
    (
        "line {line} of the credential list is not \"<public key> <weight>\"",
        "строка {line} списка карточек — не «<открытый ключ> <вес>»",
    ),
    (
        "line {line} of the credential list is not in ascending order or repeats a key",
        "строка {line} списка карточек не по возрастанию или повторяет ключ",
    ),
    ("the weights of the credential list add up to more than 2^40", "сумма весов в списке карточек больше 2^40"),
    ("the entry is longer than 65,535 bytes", "запись длиннее 65 535 байт"),
    ("the entry is {0}", "запись: {0}"),
    ("the entry is of an unknown version", "запись неизвестной версии"),
    ("the entry belongs to another election", "запись от других выборов"),
    ("a number of the entry is out of range", "число в записи вне пределов"),
    ("the entry's signature does not verify", "подпись записи неверна"),
    ("the entry's marks are not in their one written form", "оценки записаны не в той форме, какая положена"),
    (
        "the ballot is of a kind that this election does not have",
        "бюллетень такого вида, какого в этих выборах не бывает",
    ),
    ("there is no trustee of this number", "доверенного с таким номером нет"),
    ("a text of the entry {0}", "текст в записи {0}"),
    (
        "what was drawn is written as numbers with one space between them, and no zero in front",
        "выпавшее записывают числами через один пробел, без нулей впереди",
    ),
    ("the file is {0}", "файл: {0}"),
    ("the file is of an unknown version", "файл неизвестной версии"),
    ("its election: {0}", "его выборы: {0}"),
    ("its checkpoint: {0}", "его состояние журнала: {0}"),
    ("both states can be true: they are of one log", "оба состояния могут быть верны: они одного журнала"),
    (
        "its inclusion proofs do not both determine the leaves from {start} to {end}",
        "его доказательства включения не определяют оба листья с {start} по {end}",
    ),
    (
        "not an RSA public key with e = 65537 and a modulus of exactly 2048, 3072 or 4096 bits",
        "не открытый ключ RSA с e = 65537 и модулем ровно в 2048, 3072 или 4096 бит",
    ),
    ("not a valid Ed25519 public key", "негодный открытый ключ Ed25519"),
    ("the signature does not verify", "подпись неверна"),
    (
        "the inclusion proof does not lead from the entry to the checkpoint's root",
        "доказательство не ведёт от записи к корню состояния журнала",
    ),
    (
        "the consistency proof does not lead from the one root to the other",
        "доказательство не ведёт от одного корня к другому",
    ),
    // The manifest
    ("the manifest: {0}", "манифест: {0}"),
    (
        "the manifest is of version \"{0}\", this program reads \"veche-election-2\"",
        "манифест версии «{0}», а эта программа читает «veche-election-2»",
    ),
    ("{what} must be {range}, but is {got}", "{what}: нужно {range}, а здесь {got}"),
    ("contest {contest}: {problem}", "вопрос {contest}: {problem}"),
    ("one key stands for two: every key must be another one", "один ключ стоит за два: все ключи должны быть разными"),
    ("the election closes before it opens", "выборы закрываются раньше, чем открываются"),
    ("a server key is {0}", "ключ сервера: {0}"),
    (
        "a secret election needs trustees, and only a secret one has them",
        "тайному голосованию нужны доверенные, и бывают они только у тайного",
    ),
    (
        "what will be drawn as the lot is named in an open election whose rule ends with a lot, and in no other",
        "в открытом голосовании, где может решать жребий, надо назвать, что будут тянуть, а в остальных — не называть",
    ),
    (
        "this election has too many candidates or levels: its largest entry would be {bytes} bytes, over the limit of 65,535",
        "в этих выборах слишком много кандидатов или ступеней: самая большая запись заняла бы {bytes} байт, больше предела в 65 535",
    ),
    ("two candidates are named \"{0}\"", "два кандидата названы «{0}»"),
    ("two levels are named \"{0}\"", "две ступени названы «{0}»"),
    (
        "the level \"{0}\" contains a comma, space, quote, backslash or \"*\"",
        "в названии ступени «{0}» запятая, пробел, кавычка, обратная черта или *",
    ),
    (
        "some levels are numbers and some are not, or a number has a plus sign or leading zeros",
        "часть ступеней — числа, а часть нет, или у числа плюс либо нули впереди",
    ),
    ("numeric levels must ascend", "числа ступеней должны возрастать"),
    ("a numeric level is beyond 1,000,000", "число ступени больше 1 000 000"),
    (
        "a single choice has the levels 0 and 1, and something to choose between",
        "у выбора одного ступени 0 и 1, и должно быть из чего выбирать",
    ),
    (
        "the number of marks must be that of the candidates, {expected}, but is {got}",
        "оценок нужно {expected}, по одной каждому кандидату, а здесь {got}",
    ),
    ("mark {position} is \"{mark}\", which is not on the scale", "оценка № {position} — «{mark}», такой нет на шкале"),
    (
        "mark {position} is \"*\" (no opinion), which this contest does not allow",
        "оценка № {position} — «*» (нет мнения), а здесь это не разрешено",
    ),
    (
        "exactly one candidate must have the mark 1 and all others 0; marks of 1 here: {chosen}",
        "ровно у одного кандидата должно стоять 1, у остальных 0; здесь единиц: {chosen}",
    ),
    (
        "the number of contests in the ballot must be that of the election, {expected}, but is {got}",
        "вопросов в бюллетене {got}, а на выборах {expected}",
    ),
    // Receipts and records
    ("the receipt is of an unknown version", "квитанция неизвестной версии"),
    ("the receipt's entry: {0}", "запись в квитанции: {0}"),
    ("the receipt's checkpoint: {0}", "состояние журнала в квитанции: {0}"),
    ("the receipt file is {0}", "файл квитанции: {0}"),
    ("the receipt's election: {0}", "выборы в квитанции: {0}"),
    ("is missing", "отсутствует"),
    (
        "is larger than {max_bytes} bytes: no such file of a record is",
        "больше {max_bytes} байт: таких файлов в публичной записи не бывает",
    ),
    ("cannot be read: {0}", "не прочесть: {0}"),
    ("check {number} ({what}): {culprit}", "проверка {number} ({what}): {culprit}"),
    // The roll
    ("is not UTF-8 text; save the file as \"CSV UTF-8\"", "не текст UTF-8; сохраните файл как «CSV UTF-8»"),
    ("cannot be read as CSV; check the quotation marks", "не читается как CSV; проверьте кавычки"),
    (
        "the header has no column \"number\"; the first line must be: number,name,contact,weight",
        "в заголовке нет столбца «number»; первая строка: number,name,contact,weight",
    ),
    (
        "the column \"{0}\" is not known and is ignored; known are number, name, contact, weight",
        "столбец «{0}» неизвестен и пропущен; известны number, name, contact, weight",
    ),
    (
        "a field runs over several lines; is a quotation mark not closed?",
        "поле тянется на несколько строк; не закрыта кавычка?",
    ),
    ("the column \"{0}\" stands twice in the header", "столбец «{0}» стоит в заголовке дважды"),
    (
        "has more fields than the header's {columns}; put a name with a comma into quotation marks",
        "полей больше, чем {columns} в заголовке; имя с запятой возьмите в кавычки",
    ),
    ("the number is missing", "нет номера"),
    (
        "\"{0}\" is not a voter number: letters A to Z (Latin ones), digits, \"/\", \"_\" and \"-\", at most 32, the first a letter or a digit",
        "«{0}» — не номер избирателя: латинские буквы от A до Z, цифры, «/», «_» и «-», не больше 32, первая — буква или цифра",
    ),
    (
        "the number {number} and {other} in line {first} differ in capital letters or leading zeros alone; one would be taken for the other",
        "номер {number} и {other} в строке {first} различаются только заглавными буквами или нулями впереди; один примут за другой",
    ),
    (
        "numbers of this roll that a spreadsheet writes in another way: {count}, the first of them here: {number}; compare them with the source, and give the column the type \"text\"",
        "электронная таблица запишет номера этого списка иначе (таких: {count}), первый из них здесь: {number}; сверьте их с источником и задайте столбцу тип «текст»",
    ),
    (
        "the number {number} stands already in line {first}; every voter needs a number of their own",
        "номер {number} уже стоит в строке {first}; у каждого избирателя свой номер",
    ),
    ("the weight \"{0}\" is not a whole number from 1", "вес «{0}» — не целое число от 1"),
    ("the weights add up to more than 2^40", "сумма весов больше 2^40"),
    ("the name {0}", "имя {0}"),
    ("the name is missing", "нет имени"),
    (
        "the name is the same as in line {first}; are these two people?",
        "имя то же, что в строке {first}; это два человека?",
    ),
    (
        "the name looks like the one in line {first} but is written with other letters",
        "имя выглядит как в строке {first}, но написано другими буквами",
    ),
    ("the roll has no voters", "в списке нет избирателей"),
    // Rules
    ("a single choice is counted by sum or mean", "выбор одного считается по sum или mean"),
    (
        "phantom scores go with mean, median or majority-judgment, not with blanks counted as worst, at most 2^40",
        "добавленные худшие оценки бывают с mean, median или majority-judgment, но не вместе с --blanks-worst, и не больше 2^40",
    ),
    (
        "there must be at least one seat, and not more than candidates who can be elected",
        "мест должно быть не меньше одного и не больше, чем кандидатов, которых можно избрать",
    ),
    (
        "the threshold begins with > where higher is better and with < where lower is better",
        "порог начинается с >, где лучше больше, и с <, где лучше меньше",
    ),
    (
        "\"{0}\", which is to mean none of them, is not among the candidates",
        "кандидата «{0}», означающего «против всех», среди кандидатов нет",
    ),
    (
        "a step against ties stands twice, or repeats the method, or something follows the lot",
        "шаг при равенстве стоит дважды, или повторяет само правило, или идёт после жребия",
    ),
    // Texts
    ("is empty, or begins or ends with a space", "пусто или начинается либо кончается пробелом"),
    ("is longer than {max} characters", "длиннее {max} знаков"),
    (
        "contains the invisible or control character U+{code} at position {position}",
        "содержит невидимый или управляющий знак U+{code} на месте {position}",
    ),
    ("shows nothing: it consists of invisible characters", "не видно: только невидимые знаки"),
    (
        "contains U+{code} at position {position}, which shows nothing and changes nothing there",
        "содержит U+{code} на месте {position}, где этот знак не виден и ничего не меняет",
    ),
    (
        "contains U+{code} at position {position}, which is no character that this program knows",
        "содержит U+{code} на месте {position}: такого знака эта программа не знает",
    ),
    (
        "has too many marks on one letter, or none to put them on, at position {position}",
        "на месте {position} слишком много значков над буквой, или нет под ними буквы",
    ),
    // veche-server
    ("there is no X-Forwarded-For", "нет X-Forwarded-For"),
    ("X-Forwarded-For has something in it that is no address", "в X-Forwarded-For стоит что-то, что не адрес"),
    ("{0} is in use by another veche process{1}", "{0} занят другим процессом veche{1}"),
    ("the peer hung up", "другая сторона закрыла соединение"),
    ("the session's time is over", "время сеанса вышло"),
    ("the session made room for another", "сеанс уступил место другому"),
    ("turned away: {}", "не впущен: {}"),
    ("the peer broke the protocol: {0}", "другая сторона нарушила протокол: {0}"),
    ("too many frames that say nothing", "слишком много пустых кадров"),
    ("the peer's frames are not those of a WebSocket: {0}", "другая сторона шлёт не кадры WebSocket: {0}"),
    ("the server failed: {0}", "сервер не справился: {0}"),
    (
        "the record is made when the result is in the log; this election is {0}",
        "публичную запись делают, когда результат уже в журнале, а голосование {0}",
    ),
    ("storage: {0}", "хранилище: {0}"),
    ("writing the record: {0}", "публичную запись не удаётся записать: {0}"),
    ("the server cannot record now; try again", "сервер сейчас не может записать; повторите"),
    (
        "entry {index} of the database is not valid: {reason}; restore the database from a backup or a mirror",
        "запись {index} в базе негодна: {reason}; верните базу из резервной копии или зеркала",
    ),
    (
        "the database is empty or missing, but the election was set up: the log is lost. Restore it from a backup or a mirror",
        "база пуста или отсутствует, а выборы уже созданы: журнал утрачен. Верните его из резервной копии или зеркала",
    ),
    (
        "the checkpoint file is missing: without it nobody can tell whether this database is the newest. Restore the file; if it is \
         lost and you are sure of the database, start once with --accept-database",
        "нет файла checkpoint: без него никто не скажет, самая ли новая эта база. Верните файл; если он утрачен, а в базе вы \
         уверены, запустите один раз с --accept-database",
    ),
    (
        "the entries of the database do not hash to its head; restore it from a backup or a mirror",
        "записи базы не дают её вершины; верните базу из резервной копии или зеркала",
    ),
    (
        "the database holds {database} entries, but a checkpoint of {signed} entries was signed before: this is an older copy. Going \
         on would fork the log. Restore the newer database, or the missing entries from the record of a mirror; if they are lost for \
         good, the election must be declared void",
        "в базе записей {database}, а раньше подписано состояние, в котором их {signed}: это старая копия. Продолжение \
         раздвоило бы журнал. Верните более новую базу или недостающие записи из зеркала; если они утрачены навсегда, \
         выборы придётся признать несостоявшимися",
    ),
    (
        "the database does not contain the log of the checkpoint file beside it (same size, other entries): it was rewritten. \
         Restore the right database",
        "в базе не тот журнал, что в файле checkpoint рядом (размер тот же, записи другие): её переписали. Верните верную базу",
    ),
    (
        "the witness {name} has cosigned a log of {witnessed} entries, the database holds {database}: this is an older copy. Going on \
         would fork the log. Restore the newer database, or the missing entries from a mirror; if they are lost for good, the \
         election must be declared void. If you are sure that the witness errs, start with --ignore-witnesses",
        "свидетель {name} подписал журнал, в котором записей {witnessed}, а в базе их {database}: это старая копия. \
         Продолжение раздвоило бы журнал. Верните более новую базу или недостающие записи из зеркала; если они утрачены \
         навсегда, выборы придётся признать несостоявшимися. Если вы уверены, что ошибается свидетель, запустите с \
         --ignore-witnesses",
    ),
    (
        "the witness {name} has cosigned another log of this election than the one in the database. Restore the right database. If \
         you are sure that the witness errs, start with --ignore-witnesses",
        "свидетель {name} подписал другой журнал этих выборов, не тот, что в базе. Верните верную базу. Если вы уверены, что \
         ошибается свидетель, запустите с --ignore-witnesses",
    ),
    ("the system gives no randomness", "система не даёт случайных чисел"),
    (
        "the closing time has passed, and so has the grace after it: the election closes as soon as its server runs",
        "время закрытия прошло, и отсрочка после него тоже: выборы закроются, как только запустится их сервер",
    ),
    (
        "by this server's clock the closing time {closes} (Unix seconds) has come already: extend to a later one, or set the clock if \
         it is ahead",
        "по часам этого сервера время закрытия {closes} (секунды Unix) уже наступило: продлите до более позднего или поправьте \
         часы, если они спешат",
    ),
    (
        "the act is signed at {at}, and here it is {now} (Unix seconds): set the clock that is wrong, the signer's or this server's. \
         If the server's is ahead, stop it, set it right, and extend the closing time in its folder (veche extend) before you start \
         it again: it may hold the closing time to be over",
        "действие подписано в {at}, а здесь {now} (секунды Unix): поправьте те часы, что неверны, подписавшего или сервера. Если \
         спешат часы сервера, остановите его, поправьте их и продлите время закрытия в его папке (veche extend), прежде чем \
         запустить снова: он, возможно, считает его прошедшим",
    ),
    ("listening on {address}: {error}", "не удаётся слушать {address}: {error}"),
    ("no threads to work on: {0}", "нет потоков для работы: {0}"),
    (
        "a key of this folder is not the one that the manifest names",
        "ключ в этой папке — не тот, что назван в манифесте",
    ),
    (
        "another writer has moved the log on to {size} entries",
        "другая программа уже дописала журнал: записей в нём {size}",
    ),
    ("the disk is full", "диск полон"),
    ("the storage failed: {0}", "хранилище отказало: {0}"),
    ("there is no database at {0}", "нет базы: {0}"),
    (
        "the database was removed or replaced while it was in use: nothing is recorded until the same file is back in its place",
        "базу удалили или подменили во время работы: ничего не записывается, пока тот же файл не вернётся на место",
    ),
    ("the database belongs to another election", "база от других выборов"),
    (
        "the database has the format {found}, this program reads {expected}",
        "база в формате {found}, а эта программа читает {expected}",
    ),
    ("the server is busy", "сервер занят"),
    // veche-session
    ("the cryptographic library failed", "криптографическая библиотека отказала"),
    ("the frame is not a sealed message of this version", "кадр — не запечатанное сообщение этой версии"),
    ("the sealed message does not open with this key", "запечатанное сообщение не открывается этим ключом"),
    ("the signature of the sealed message does not verify", "подпись запечатанного сообщения неверна"),
    (
        "a key is not RSA with e = 65537 and 2048, 3072 or 4096 bits",
        "ключ — не RSA с e = 65537 и 2048, 3072 или 4096 битами",
    ),
    ("a frame out of order", "кадр не в свой черёд"),
    ("the first frame is not a voter number", "первый кадр — не номер избирателя"),
    (
        "the sealed message's field \"{0}\" is not what this session requires",
        "поле «{0}» запечатанного сообщения — не то, что нужно этому сеансу",
    ),
    ("the entry is longer than any ballot of this election", "запись длиннее любого бюллетеня этих выборов"),
    ("the server sent a frame out of order", "сервер прислал кадр не в свой черёд"),
    (
        "the server answered the number with something that is neither «Нет» nor a folder's name",
        "сервер ответил на номер не «Нет» и не именем папки, а чем-то другим",
    ),
    (
        "the field \"{0}\" of the server's message is not what this session requires",
        "поле «{0}» в сообщении сервера — не то, что нужно этому сеансу",
    ),
    (
        "the server's answer brings a receipt that does not verify: {0}",
        "в ответе сервера квитанция, которая не проходит проверку: {0}",
    ),
    (
        "the server's checkpoint and the receipt beside it are not of one log",
        "состояние журнала от сервера и квитанция при нём — не из одного журнала",
    ),
    ("the server said «да» with the receipt of another entry", "сервер сказал «да» с квитанцией другой записи"),
    ("the vote was driven out of order", "голосование вели не по порядку"),
    // The voter's client
    (
        "\"{0}\" is not an address like https://host, http://host:8080 or https://host/some/base",
        "«{0}» — не адрес вида https://host, http://host:8080 или https://host/some/base",
    ),
    ("the server answered {status}: {why}", "сервер ответил {status}: {why}"),
    (
        "{url} answers with more than {max_bytes} bytes: no such answer is so large",
        "ответ {url} длиннее {max_bytes} байт: таких ответов не бывает",
    ),
    ("there is no election at {url}", "по адресу {url} нет выборов"),
    ("{url} serves a manifest that is not valid: {error}", "{url} отдаёт негодный манифест: {error}"),
    ("{url} gives no status", "{url} не даёт состояния"),
    ("the record is of another election: {0}", "публичная запись от других выборов: {0}"),
    (
        "the log does not contain what this receipt promises: it was forked",
        "в журнале нет того, что обещает квитанция: он раздвоен",
    ),
    (
        "the server's log contains this ballot, and the server says that it does not",
        "журнал сервера содержит этот бюллетень, а сервер говорит, что нет",
    ),
    (
        "at the receipt's place stands another entry: the log was forked",
        "на месте из квитанции стоит другая запись: журнал раздвоен",
    ),
    ("the server's checkpoint: {0}", "состояние журнала у сервера: {0}"),
    (
        "the board has signed two logs that cannot both be true",
        "сервер подписал два журнала, которые не могут быть верны оба",
    ),
    (
        "the server has gone back: it shows a log of size {}, and size {seen} was signed before",
        "сервер показывает записей: {}; раньше подписано {seen}",
    ),
    (
        "the server does not prove that its log of size {} begins with the log of size {seen} that was signed before",
        "сервер не даёт плиток, доказывающих, что виденное раньше (записей {seen}) — начало его журнала (записей {})",
    ),
    ("{url} cannot be reached: {reason}", "{url} недоступен: {reason}"),
    ("{url} hangs up before it answers: {reason}", "{url} закрывает соединение, не ответив: {reason}"),
    ("the server is busy: {0}", "сервер занят: {0}"),
    ("{name} is {value}; it must be from {least} to {most}", "{name} = {value}; должно быть от {least} до {most}"),
    ("the connection broke off before the server's answer: {0}", "связь оборвалась до ответа сервера: {0}"),
    ("the server broke the protocol: {0}", "сервер нарушил протокол: {0}"),
    (
        "the server says that the entry is in its log, but does not prove it (size of the log: {})",
        "сервер говорит, что запись в его журнале, но ни одно доказательство по его записям ({}) этого не показывает",
    ),
    (
        "it sends more than {max_bytes} bytes: no session has so much to say",
        "он шлёт больше {max_bytes} байт: столько не передают ни в одном сеансе",
    ),
    ("the voter gave up", "избиратель передумал"),
    // hosts and what is published there
    ("the head of what is published is longer than 16384 bytes", "заголовок публикуемого длиннее 16384 байт"),
    ("the head of what is published is {0}", "заголовок публикуемого — {0}"),
    ("the head of what is published is of an unknown version", "заголовок публикуемого неизвестной версии"),
    (
        "a name at a host has 1 to 48 small letters, digits and hyphens, none of these at an end",
        "имя на хостинге — от 1 до 48 строчных букв, цифр и дефисов, дефис не с краю",
    ),
    ("these are not the parts of this step", "у этого шага другие части"),
    (
        "too many witnesses, or one with too long a key or address",
        "слишком много свидетелей, или у одного слишком длинный ключ или адрес",
    ),
    ("the signature of what is published does not verify", "подпись публикуемого неверна"),
    ("wrong-invitation: there is no such invitation here", "wrong-invitation: такого приглашения здесь нет"),
    ("expired-invitation: the time of this invitation is over", "expired-invitation: срок приглашения истёк"),
    (
        "used-invitation: another organiser's key has used this invitation",
        "used-invitation: этим приглашением воспользовался другой ключ организатора",
    ),
    (
        "used-invitation: all elections of this invitation are published",
        "used-invitation: все выборы по этому приглашению уже опубликованы",
    ),
    (
        "void-invitation: this invitation was refused too often; ask for another",
        "void-invitation: этому приглашению слишком часто отказывали; попросите другое",
    ),
    ("the host cannot read or write its invitations", "хостинг не может прочесть или записать свои приглашения"),
    ("there is no election in this folder", "в этой папке нет выборов"),
    ("it cannot be archived: {0}", "в архив нельзя: {0}"),
];
