// What the voter sees and is asked, from the link to the receipt.

import { byProgram, cause, technical } from './causes.js';
import { beside, box, codeField, codeOf, download, el, given, qr } from './dom.js';
import { askMarks, ofCard, order, readBallot } from './marks.js';
import { show } from './page.js';
import { current, isOver, isToCome, localTime, lostCard, phase, plural, refusal, tr } from './words.js';

/** @typedef {import('./dom.js').Child} Child */

/** @param {string} label @param {() => void} act @param {string} [kind] */
const button = (label, act, kind = '') => el('button', { type: 'button', class: kind, onclick: act }, label);

/** A text that can also be copied, where files cannot be kept. @param {string} id @param {string} text */
const asText = (id, text) => el('details', {}, el('summary', {}, tr('The file as text', 'Файл в виде текста')),
  el('textarea', { id, readonly: true, rows: 6, translate: 'no', 'aria-label': tr('The file as text', 'Файл в виде текста') }, text));

/** Its address, as people on other machines call it. */
const server = () => location.origin + location.pathname.replace(/\/booth\/[^/]*$/, '');

/** What, who, until when. @param {any} election @param {any} status @returns {Child[]} */
function facts(election, status) {
  const over = isOver(status?.phase);
  const closes = status?.closes ?? election.closes;
  const opens = status?.opens ?? election.opens;
  const titles = election.contests.flatMap((/** @type {any} */ contest, /** @type {number} */ at) => [at ? '; ' : `${election.contests.length}: `, given(contest.title)]);
  return [
    el('dl', { class: 'facts' },
      fact(tr('Now', 'Сейчас'), status ? phase(status.phase) : null),
      fact(tr('Opens', 'Откроется'), status?.phase === 'setup' && opens ? localTime(opens) : null),
      fact(tr('Voting ends', 'Закроется'), closes && !over ? localTime(closes) : null),
      fact(tr('Contests', 'Вопросов'), election.contests.length > 1 ? titles : null),
      fact(tr('Candidates', 'Кандидатов'), election.contests.length > 1 ? null : String(election.contests[0].candidates.length)),
      fact(tr('Secrecy', 'Голосование'), secrecy(election, status?.phase)),
      fact(tr('A second vote', 'Переголосовать'), over ? null : election.revote === 'last' ? tr('is allowed: the last one counts', 'можно: считается последний бюллетень')
        : tr('is not allowed', 'нельзя'))),
  ];
}

/** Who sees a ballot: of an election that was cancelled nothing more is shown. @param {any} election @param {string | undefined} phase */
function secrecy({ secret, threshold, trustees }, phase) {
  if (phase === 'cancelled') {
    return secret ? tr('secret: no ballot is opened, and no sum', 'тайное: не вскрывают бюллетеней и не открывают сумм')
      : tr('not secret, but the ballots of a cancelled election are not published', 'открытое, но бюллетени отменённых выборов не публикуются');
  }
  if (!secret) {
    return isOver(phase) ? tr('not secret: everybody can see how each ballot was marked', 'открытое: каждый видит, как заполнен каждый бюллетень')
      : tr('not secret: after closing everybody can see how each ballot was marked', 'открытое: после закрытия каждый увидит, как заполнен каждый бюллетень');
  }
  return tr('secret: only sums are opened, no single ballot; {whoOpens}', 'тайное: открывают только суммы, а отдельных бюллетеней не вскрывают; {whoOpens}', { whoOpens: whoOpens(threshold, trustees) });
}

/** As many as the threshold could open more than sums (docs/threat-model.md). @param {number} threshold @param {string[]} trustees */
function whoOpens(threshold, trustees) {
  const [count, names] = [trustees.length, trustees.join(', ')];
  if (count === 1) return tr('the trustee {names} does that', 'это делает доверенный: {names}', { names });
  if (threshold === count) return tr('all {count} trustees do that together, and fewer learn nothing: {names}', 'это делают вместе все доверенные ({count}), а без одного не узнать ничего: {names}', { count, names });
  if (threshold === 1) return tr('any of these {count} trustees can do that alone: {names}', 'это может сделать любой из {count} доверенных: {names}', { count, names });
  return tr('any {threshold} of these {count} trustees do that together, and fewer learn nothing: {names}', 'это делают вместе любые {threshold} из {count} доверенных, а меньшее число не узнает ничего: {names}', { threshold, count, names });
}

/** @param {string} name @param {Child} value */
const fact = (name, value) => value && el('div', {}, el('dt', {}, name), el('dd', {}, value));

/** @param {any} election */
const identity = (election) => el('details', {}, el('summary', {}, tr('Is this the election on your card?', 'Те ли это выборы, что на вашей карточке?')),
  el('p', {}, tr('The election id, as on cards:', 'Id выборов, как на карточках:')), el('p', {}, codeOf(election.paper_id)));

/**
 * The beginning: who votes, on what. Nothing is sent before the button is pressed.
 * @param {any} election @param {any} status @param {{number?: string, credential?: string}} before What was typed, if something is wrong with it.
 * @param {() => {field: string, text: string} | null} problem @param {{isThere: () => boolean, remove: () => void}} left A ballot that has no answer yet.
 * @returns {Promise<{number?: string, credential?: string}>}
 */
export function askCard(election, status, before, problem, left) {
  return new Promise((done) => {
    const draw = () => {
      const wrong = problem();
      const about = (/** @type {string} */ field) => (wrong?.field === field ? { 'aria-invalid': 'true', 'aria-describedby': 'wrong' } : {});
      const number = el('input', { type: 'text', id: 'number', value: before.number, autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', required: true, ...about('number') });
      const credential = codeField('credential', before.credential, { rows: 2, required: true, ...about('credential') });
      // It was ticked when the code was sent off.
      const same = el('input', { type: 'checkbox', id: 'same', required: true, autocomplete: 'off', checked: before.credential !== undefined });
      const typed = !election.has_credential;
      const submit = (/** @type {Event} */ event) => {
        event.preventDefault();
        const values = typed ? { credential: credential.value, ...(election.number === null ? { number: number.value } : {}) } : {};
        credential.value = '';
        done(values);
      };
      const fields = [
        election.number === null ? el('p', {}, el('label', { for: 'number' }, tr('Voter number', 'Номер избирателя')), number)
          : el('p', {}, isOver(status?.phase) || isToCome(status?.phase) ? tr('Your voter number: ', 'Ваш номер избирателя: ') : tr('You vote as number ', 'Вы голосуете под номером '),
            el('strong', { translate: 'no' }, election.number)),
        typed ? [election.number === null ? el('p', { class: 'small' }, tr('Did you come by a link, or is there a QR code on your card? Open that: then there is nothing to type.', 'Вы пришли по ссылке, или на карточке есть QR-код? Откройте их: тогда вводить ничего не нужно.')) : null,
          el('p', {}, el('label', { for: 'credential' }, tr('Code from your card, eight groups of four', 'Код с карточки, восемь групп по четыре знака')), credential),
          el('p', {}, el('label', { class: 'option' }, same, el('span', {}, tr('My card has the same election id: ', 'На моей карточке тот же id выборов: '), codeOf(election.paper_id))))] : null,
      ];
      const form = el('form', { autocomplete: 'off', onsubmit: submit }, fields,
        el('p', {}, el('button', { class: 'primary' }, whatFor(status?.phase))));
      return {
        title: election.title,
        content: [wrong && box('error', el('p', { id: 'wrong' }, wrong.text)), stateBox(status), left.isThere() ? leftBox(() => { left.remove(); show(draw); }) : null, facts(election, status), form, typed ? null : identity(election), isOver(status?.phase) ? null : el('p', { class: 'small' }, lostCard())],
      };
    };
    show(draw);
  });
}

/** What a card is shown for. @param {string | undefined} phase */
function whatFor(phase) {
  if (isOver(phase)) return tr('Is my ballot recorded?', 'Записан ли мой бюллетень?');
  return isToCome(phase) ? tr('Is my card good?', 'Действует ли моя карточка?') : tr('Continue', 'Продолжить');
}

/** Where the voting is over and somebody's ballot has no answer yet. @param {() => void} remove */
const leftBox = (remove) => box('warning',
  el('p', {}, tr('A ballot was sent from this browser and had no answer. “Is my ballot recorded?” below, with the same card, finds out; then its copy in this browser is deleted.',
    'Из этого браузера отправляли бюллетень, но ответ не пришёл. Записан ли он, можно узнать ниже по той же карточке; после этого его копия из браузера удалится.')),
  el('p', {}, button(tr('Delete the copy without finding out', 'Удалить копию, не узнавая'), remove)));

/** Why it is paused or cancelled. @param {any} status @returns {Child} */
function reason(status) {
  const act = status?.phase === 'paused' ? 'pause' : 'cancel';
  const said = status?.notices?.find((/** @type {any} */ notice) => notice.act === act)?.reason;
  return said === undefined ? null : [' ', tr('The organiser says why: ', 'Причина, по словам организатора: '), el('q', { translate: 'no', dir: 'auto' }, said)];
}

/** @param {any} status */
function stateBox(status) {
  switch (status?.phase) {
    case 'open': case undefined: return null;
    case 'new': case 'setup': return box('warning', tr('Voting has not begun yet.', 'Голосование ещё не началось.'));
    case 'paused': return box('warning', tr('Voting is paused. Come back later; nothing is lost.', 'Голосование приостановлено. Вернитесь позже; ничего не пропало.'), reason(status));
    case 'cancelled': return box('warning', tr('This election was cancelled.', 'Эти выборы отменены.'), reason(status));
    default: return box('warning', tr('Voting is closed. A ballot that was recorded is found here all the same.', 'Голосование закрыто. Записанный бюллетень здесь всё равно найдётся.'));
  }
}

/** @param {any[]} told @param {any} election @returns {Child[]} */
function notices(told, election) {
  return told.map((notice) => {
    switch (notice.says) {
      case 'voted': case 'replaces': return box('warning', tr('A ballot was cast with your card', 'По вашей карточке подан бюллетень'), ...inLog(notice),
        '. ', wasItYou(), ' ', tr('You may vote again: the last ballot counts.', 'Можно проголосовать ещё раз: считается последний бюллетень.'));
      case 'weight': return weighs(notice);
      case 'earlier-card': return box('note', tr('It was cast with an earlier card of yours.', 'Он подан по прежней вашей карточке.'));
      case 'refused': return notice.code === 'stale' ? null : box('error', refusal(notice.code));
      case 'marks': return box('error', tr('This ballot does not fit the election. ', 'Этот бюллетень не подходит к выборам. '), cause(notice, election));
      case 'forgotten': return forgotten();
      default: return null;
    }
  });
}

/** The ballot that had no answer has one. */
const forgotten = () => box('warning', tr('The ballot that was sent from this browser is not recorded and does not count. Its copy here was deleted. If you think that it was in time, tell the organiser.',
  'Бюллетень, отправленный из этого браузера, не записан и не считается. Его копия здесь удалена. Если вы думаете, что он был подан вовремя, сообщите организатору.'));

/** @param {{own: string}} weight in votes, with a point before the decimals */
const weighs = ({ own }) => box('note', tr('Your ballot counts as {own} {votes}.', 'Ваш бюллетень считается за {comma} {noun}.',
  { own, comma: own.replace('.', ','), votes: own === '1' ? 'vote' : 'votes', noun: own.includes('.') ? 'голоса' : plural(Number(own), ['голос', 'голоса', 'голосов']) }));

/** Where the voter's last ballot stands. Its code is not told before the closing of an open election.
 *  @param {{code: string | null, index: number}} last @returns {Child[]} */
const inLog = ({ code, index }) => [tr(': entry {index} of the public log', ': запись {index} публичного журнала', { index }), code && [tr(', code ', ', код '), codeOf(short(code))]];

/** What one who has not voted must know, and one who has, too. */
const wasItYou = () => tr('If that was not you, somebody else has the code of your card: tell the organiser.', 'Если это были не вы, код вашей карточки есть у кого-то ещё: сообщите организатору.');

/** @param {string} code */
const short = (code) => code.split('-').slice(0, 5).join('-');

/**
 * The machine's questions.
 * @param {string} question @param {any[]} told @param {{election: any, levels: any, challenged: any[], weight: any}} state
 */
export function ask(question, told, state) {
  const { election } = state;
  switch (question) {
    case 'marks': return askMarks(election, state.levels, () => notices(told, election));
    case 'cast': case 'cast-or-challenge': return askReview(election, told, state);
    case 'again': case 'replace': return askReplace(election, told);
    case 'send-again': return askSendAgain(election, told);
    default: throw new Error(question);
  }
}

/** @param {any} election @param {any[]} told */
function askReplace(election, told) {
  return new Promise((done) => show(() => ({
    title: tr('Vote once more?', 'Проголосовать ещё раз?'),
    content: [notices(told, election), el('p', { class: 'actions' },
      button(tr('Vote anew, and replace it', 'Проголосовать заново и заменить'), () => done({ op: 'answer', yes: true }), 'primary'),
      button(tr('Leave it as it is', 'Оставить как есть'), () => done({ op: 'answer', yes: false })))],
  })));
}

/** @param {any} election @param {any[]} told */
function askSendAgain(election, told) {
  const pending = told.find((notice) => notice.says === 'pending');
  return new Promise((done) => show(() => ({
    title: tr('A ballot of yours has no answer yet', 'На ваш бюллетень ещё нет ответа'),
    content: [
      box('warning', tr('It was sent from this browser before, and it is not known whether it was recorded.', 'Он был отправлен из этого браузера раньше, и неизвестно, записан ли он.'), ' ',
        election.over ? tr('Find out: if it is in the log, you get its receipt.', 'Узнайте, записан ли он: если он в журнале, вы получите квитанцию.')
          : tr('Find out first: the same ballot never counts twice.', 'Сначала узнайте, записан ли он: один и тот же бюллетень никогда не считается дважды.')),
      pending?.levels ? readBallot(election, pending.levels, order) : null,
      pending?.code ? el('p', {}, tr('Ballot code: ', 'Код бюллетеня: '), codeOf(pending.code)) : null,
      el('p', { class: 'actions' },
        button(election.over ? tr('Find out', 'Узнать') : tr('Find out, and send it again if it did not arrive', 'Узнать и отправить снова, если не дошёл'), () => done({ op: 'answer', yes: true }), 'primary'),
        button(election.over ? tr('Not now', 'Не сейчас') : tr('Fill in another ballot', 'Заполнить другой бюллетень'), () => done({ op: 'answer', yes: false }))),
    ],
  })));
}

/** @param {any} election @param {any[]} told @param {{challenged: any[], weight: any}} state */
function askReview(election, told, state) {
  const review = told.findLast((notice) => notice.says === 'review');
  const { challenged } = state;
  return new Promise((done) => show(() => {
    let pressed = false;
    const once = (/** @type {string} */ choice) => () => {
      if (pressed) return;
      pressed = true;
      done({ op: 'choose', choice });
    };
    const cast = button(tr('Cast this ballot', 'Подать бюллетень'), once('cast'), 'primary');
    return {
      title: tr('Not cast yet: check your ballot', 'Ещё не подан: проверьте бюллетень'),
      content: [
        notices(told, election),
        challenged.length ? openedBox(challenged[challenged.length - 1]) : null,
        readBallot(election, review.levels, order),
        state.weight ? weighs(state.weight) : null,
        codePart(election, review),
        el('p', { class: 'actions' }, cast, button(tr('Change it', 'Исправить'), () => done({ op: 'choose', choice: 'neither', change: true }))),
        election.secret ? challengePart(once('challenge')) : null,
      ],
    };
  }));
}

/** @param {any} election @param {any} review */
const codePart = (election, review) => el('section', { 'aria-labelledby': 'code-head' },
  el('h2', { id: 'code-head' }, tr('Ballot code', 'Код бюллетеня')),
  el('p', {}, codeOf(election.secret ? review.code : review.short)),
  el('p', { class: 'small' }, tr('It will stand on your receipt; by it you find your ballot in the public log.', 'Он будет на квитанции; по нему вы найдёте бюллетень в публичном журнале.')),
  election.secret ? el('details', {}, el('summary', {}, tr('As a QR code, to note it with another device', 'QR-кодом, чтобы записать его другим устройством')), qr(review.picture, tr('The ballot code as a QR code', 'Код бюллетеня как QR-код'))) : null);

/** @param {() => void} challenge */
const challengePart = (challenge) => el('details', { class: 'challenge' },
  el('summary', {}, tr('Check this page instead of casting', 'Проверить эту страницу вместо подачи')),
  el('p', {}, tr('Note the code above first. Then open the encrypted ballot: it is not cast, and never can be; on another device you see whether it holds what you marked. After that the same marks are encrypted anew.',
    'Сначала запишите код выше. Затем вскройте зашифрованный бюллетень: он не будет подан, ни сейчас, ни потом, а на другом устройстве вы увидите, то ли в нём, что вы отметили. После этого те же оценки шифруются заново.')),
  el('p', {}, button(tr('Open it and check', 'Вскрыть и проверить'), challenge)));

/** @param {any} opened */
const openedBox = (opened) => box('note',
  el('p', {}, tr('Ballot ', 'Бюллетень '), codeOf(short(opened.code)), tr(' was opened and not cast. Take its file to another device, and check it there: ', ' вскрыт и не подан. Перенесите его файл на другое устройство и проверьте там: ')),
  el('p', {}, addressOf(`${server()}/booth/check`)),
  el('p', {}, tr('To take it there, save it and send it to yourself by e-mail or in a messenger, or copy it over a cable or on a memory stick. It shows the marks of this ballot.',
    'Чтобы перенести файл, сохраните его и пошлите самому себе письмом или в мессенджере либо скопируйте по кабелю или на флешку. В нём видны оценки этого бюллетеня.')),
  el('p', {}, download(opened.name, opened.file, tr('Save the file of the opened ballot', 'Сохранить файл вскрытого бюллетеня'))), asText('challenge', opened.file),
  byProgram(`veche check-ballot ${opened.name} --at ${server()} --code ${short(opened.code)}`),
  el('p', {}, tr('Below, the same marks are encrypted anew, under another code.', 'Ниже те же оценки зашифрованы заново, под другим кодом.')));

/** An address to be typed elsewhere: its parts stay whole. @param {string} address */
const addressOf = (address) => el('code', { translate: 'no' }, (address.match(/[^/]+\/*/g) ?? []).flatMap((part, i) => [i ? el('wbr') : null, part]));

/** Between Cast and the answer; before the marks between the card and its. @param {'checking' | 'storing' | 'sending'} state @param {boolean} connected */
export function waiting(state, connected) {
  if (!connected) return unconnected(state);
  if (state === 'checking') return checking();
  show(() => ({
    title: tr('Sending your ballot', 'Бюллетень отправляется'),
    content: [box('note', el('p', { role: 'status' }, tr('It is not recorded yet. Please wait.', 'Он ещё не записан. Подождите.')))],
  }));
}

/** @param {'checking' | 'storing' | 'sending'} state What waits for a connection. */
function unconnected(state) {
  show(() => ({
    title: tr('No connection', 'Нет связи'),
    content: [box('warning', el('p', { role: 'status' }, state === 'checking'
      ? tr('As soon as this device has a connection, your card is checked. Leave this page open.', 'Как только у этого устройства появится связь, карточка будет проверена. Не закрывайте страницу.')
      : tr('Your ballot goes out as soon as this device has a connection. Until then it is not recorded: leave this page open.', 'Бюллетень отправится, как только у этого устройства появится связь. Пока он не записан: не закрывайте страницу.')))],
  }));
}

/** The card is shown to the server, and nothing else yet. */
function checking() {
  show(() => ({ title: tr('Checking your card', 'Карточка проверяется'), content: [el('p', { role: 'status' }, tr('Please wait.', 'Подождите.'))] }));
}

/** @returns {Promise<boolean>} */
export function askWithoutStorage() {
  return new Promise((done) => show(() => ({
    title: tr('This browser cannot keep a copy of your ballot', 'Этот браузер не сохранит бюллетень'),
    content: [box('warning', tr('It cannot be kept here until the server has answered. (A private window? Storage switched off?) Leave this page open until it says “Recorded”. If it is closed before, come again with your card: you are told whether the ballot is recorded.',
      'Сохранить его здесь до ответа сервера нельзя. (Приватное окно? Хранилище выключено?) Не закрывайте страницу, пока не появится слово «Записано». Если она всё же закроется, войдите по карточке ещё раз: вам скажут, записан ли бюллетень.')),
    el('p', { class: 'actions' }, button(tr('Cast it all the same', 'Всё равно подать'), () => done(true), 'primary'), button(tr('Do not cast', 'Не подавать'), () => done(false)))],
  })));
}

/** What the voter is told of a ballot that is recorded: whether it counts, and else why not, as far as that is told yet.
 *  @param {any} recorded @param {Child} where @returns {Child[]} */
function whetherItCounts({ current, index }, where) {
  if (current) return [tr('Your ballot is in the public log, as entry {index}. There is nothing more to do.', 'Ваш бюллетень в публичном журнале, запись {index}. Больше ничего делать не нужно.', { index })];
  return [tr('It is in the public log, as entry {index}, and does not count: a later ballot of your card has replaced it, or you were struck from the roll. If it was not you who voted later, tell the organiser.',
    'Он в публичном журнале, запись {index}, но не считается: его заменил более поздний бюллетень по вашей карточке, или вас вычеркнули из списка избирателей. Если позже голосовали не вы, сообщите организатору.', { index }),
  where && [' ', tr('Which of the two, is told here: ', 'Что из двух, сказано здесь: '), where]];
}

/** The one unmistakable end. @param {any} election @param {any} recorded @param {() => void} again */
export function done(election, recorded, again) {
  const address = `${server()}/ballot/${recorded.code}`;
  const where = () => beside(`${address}?lang=${current()}`, {}, address);
  // Of a cancelled election that is not secret no ballot is ever shown.
  const isHidden = !election.secret && election.status?.phase === 'cancelled';
  const isTold = election.secret || election.over && !isHidden;
  const command = `veche verify-receipt ${recorded.name} --record ${server()}`;
  show(() => ({
    title: recorded.current ? tr('Recorded', 'Записано') : tr('This ballot does not count', 'Этот бюллетень не считается'),
    content: [
      box(recorded.current ? 'good' : 'warning', el('p', {}, whetherItCounts(recorded, isTold ? where() : null))),
      isTold ? null : box('warning', isHidden ? tr('Show receipt and code to nobody: from the code of an open ballot its marks can be found, and the ballots of this cancelled election are not published.', 'Никому не показывайте квитанцию и код: по коду открытого бюллетеня можно подобрать оценки, а бюллетени этих отменённых выборов не публикуются.')
        : tr('Show receipt and code to nobody before closing: from the code of an open ballot its marks can be found.', 'До закрытия никому не показывайте квитанцию и код: по коду открытого бюллетеня можно подобрать оценки.')),
      el('h2', {}, tr('Your receipt', 'Ваша квитанция')),
      el('p', {}, tr('Save it: if the ballot ever vanishes from the log, it proves that.', 'Сохраните её: если бюллетень пропадёт из журнала, она это докажет.'), ' ',
        election.secret ? tr('How you voted cannot be seen from it.', 'Как вы голосовали, по ней не узнать.') : null),
      el('p', {}, tr('Ballot code', 'Код бюллетеня')), el('p', {}, codeOf(recorded.code)), el('p', {}, ofCard(recorded.fingerprint)),
      el('p', { class: 'actions no-print' }, download(recorded.name, recorded.file, tr('Save the receipt', 'Сохранить квитанцию'), recorded.current ? 'primary' : ''), button(tr('Print', 'Напечатать'), () => print())),
      el('div', { class: 'no-print' }, asText('receipt', recorded.file)),
      recorded.picture ? el('figure', {},
        el('figcaption', { class: 'small' }, tr('The picture below holds the proof that the ballot is in the log, and not the ballot. A program that reads QR codes can save it as a file.',
          'В картинке ниже доказательство, что бюллетень в журнале, а не сам бюллетень. Программа, которая читает QR-коды, может сохранить его в файл.')),
        qr(recorded.picture, tr('The proof of the receipt as a QR code', 'Доказательство квитанции как QR-код'))) : null,
      el('h2', {}, tr('How to check it', 'Как проверить')),
      isHidden ? null : el('p', {}, tr('Where the ballot is now', 'Где сейчас бюллетень'), ': ', where(), isTold ? '' : tr(' (after closing)', ' (после закрытия)'), el('span', { class: 'no-print' }, tr(' (in another tab)', ' (в другой вкладке)'))),
      el('div', { class: 'no-print' }, byProgram(command)), el('p', { class: 'print-only' }, el('code', { translate: 'no' }, command)),
      el('p', { class: 'small' }, tr('Entry {index} (the first is 0) of the public log, which had {size} entries then. Election:', 'Запись {index} публичного журнала (первая — 0); всего записей тогда было {size}. Выборы:', { index: recorded.index, size: recorded.size }), ' ', given(election.title),
        tr('; its id, as on your card: ', '; их id, как на карточке: '), codeOf(election.paper_id)),
      el('p', { class: 'no-print' }, tr('Apart from what you save, this page leaves nothing of your vote in this browser, and it forgets the card when you leave it. If you came by a link, the browser’s own history may still hold it: delete it there if others use this device.',
        'Кроме того, что вы сохраните сами, от вашего голоса в этом браузере ничего не останется, а карточку страница забудет, когда вы её закроете. Если вы пришли по ссылке, она может остаться в истории самого браузера: уберите её там, если устройством пользуются другие.')),
      election.revote === 'last' && !election.over && recorded.current ? el('p', { class: 'no-print' }, button(tr('Vote again', 'Проголосовать ещё раз'), again)) : null,
    ],
  }));
}

/** Where the ballot is while nobody knows whether it is recorded. @param {boolean} kept */
const whereItIs = (kept) => (kept
  ? tr('Your ballot is kept in this browser, encrypted; try again, now, or later here with the same card: the same ballot is sent, and counts once.', 'Бюллетень хранится в этом браузере в зашифрованном виде; попробуйте снова, сейчас или позже, здесь же и по той же карточке: будет отправлен тот же бюллетень, и учтён он будет один раз.')
  : tr('This browser has not kept your ballot. Try again: you are told whether one of yours is recorded before you mark anything.', 'Этот браузер не сохранил бюллетень. Попробуйте снова: прежде чем вы что-то отметите, будет сказано, записан ли ваш бюллетень.'));

/** Everything else that ends a vote. @param {any} election @param {import('./vote.js').Outcome} outcome @param {{again: () => void, receipt: () => void, retype: () => void}} then */
export function ended(election, { end, told, kept }, then) {
  const violation = told.find((notice) => notice.says === 'violation');
  const draw = () => {
    const again = button(tr('Try again', 'Попробовать снова'), then.again, 'primary');
    const retype = button(tr('Enter number and code again', 'Ввести номер и код ещё раз'), then.retype, 'primary');
    const text = end.text ?? end.cause?.text;
    switch (violation?.why === 'violation-too-long' ? 'too-long' : violation ? 'violation' : end.kind) {
      case 'too-long': return [tr('This page has failed', 'На странице произошла ошибка'), box('error', el('p', {}, cause(violation)), el('p', {}, tr('Nothing was sent. Show the organiser this page.', 'Ничего не отправлено. Покажите эту страницу организатору.'))),
        technical(violation.text)];
      case 'violation': return [tr('The server cannot be believed', 'Серверу нельзя верить'), box('error', el('p', {}, tr('Its answers are wrong: it is faulty or dishonest. Whether your ballot is recorded is not known.', 'Его ответы неверны: он неисправен или обманывает. Записан ли ваш бюллетень, неизвестно.'), ' ', showThis()), el('p', {}, cause(violation))),
        technical(violation.text)];
      case 'lost': return [tr('It is not known whether your ballot is recorded', 'Неизвестно, записан ли бюллетень'),
        box('warning', tr('No answer came. ', 'Ответа не было. '), whereItIs(kept)), el('p', { class: 'actions' }, again)];
      case 'not-kept': return [tr('Your ballot is recorded, and only its receipt is missing', 'Бюллетень записан, не хватает лишь квитанции'),
        box('warning', tr('You need not vote again. ', 'Голосовать заново не нужно. '), kept ? tr('This browser has kept the ballot, and can ask for its receipt: it counts once all the same.', 'Этот браузер сохранил бюллетень и может ещё раз попросить квитанцию: учтён он будет всё равно один раз.')
          : tr('This browser has not kept the ballot, so its receipt cannot be had any more; that it is in the log you can still see.', 'Этот браузер не сохранил бюллетень, и квитанцию уже не получить; но увидеть, что он в журнале, можно.')),
        el('p', { class: 'actions' }, button(kept ? tr('Get the receipt', 'Получить квитанцию') : tr('See that it is in the log', 'Увидеть его в журнале'), kept ? then.receipt : then.again, 'primary'))];
      case 'refused': return refused(end, kept, again, retype);
      case 'not-taken': return notTaken(end, told, election.status, then.again);
      case 'voted-already': return votedAlready(end.last);
      case 'not-on-roll': return [tr('This number is not on the roll', 'Этого номера нет в списке'), box('error', tr('Compare the number with your card. If they are the same, ask the organiser.', 'Сверьте номер с карточкой. Если они одинаковы, обратитесь к организатору.')), el('p', { class: 'actions' }, retype)];
      case 'right-marks-refused': return [tr('The server refuses a correct ballot', 'Сервер отвергает верный бюллетень'), box('error', showThis())];
      case 'question-recorded': return [tr('It is not known whether your ballot is recorded', 'Неизвестно, записан ли бюллетень'), box('error', tr('The server says that it has recorded what cannot stand in the log.', 'Сервер сообщил о записи, которой в журнале быть не может.'), ' ', showThis())];
      case 'nothing-replaced': return [tr('Nothing was changed', 'Ничего не изменено'), box('good', tr('The ballot that was cast before counts. There is nothing more to do.', 'Считается бюллетень, поданный раньше. Больше ничего делать не нужно.'))];
      default: return [tr('Nothing was cast', 'Ничего не подано'), box('warning', tr('No ballot was sent, and its marks are forgotten here.', 'Бюллетень не отправлен, и его оценки здесь забыты.'), end.cause ? [' ', cause(end.cause, election)] : null),
        el('p', { class: 'actions' }, button(tr('Begin again', 'Начать снова'), then.again, 'primary')), text ? technical(text) : null];
    }
  };
  show(() => {
    const [title, ...content] = draw();
    return { title: String(title), content: /** @type {Child[]} */ (content) };
  });
}

const showThis = () => tr('Do not vote here again; show the organiser this page.', 'Больше не голосуйте здесь; покажите эту страницу организатору.');

/** @param {any} last */
const standing = (last) => last && el('p', {}, tr('The ballot of your card', 'Бюллетень по вашей карточке'), ...inLog(last), '.');

/** Where everybody can look a ballot up. @param {any} last */
const lookUp = (last) => last?.code && el('p', {}, beside(`../ballot/${short(last.code)}?lang=${current()}`, {}, tr('Where the ballot is now (in another tab)', 'Где сейчас бюллетень (в другой вкладке)')));

/** Good news only for those who did vote. @param {any} last @returns {Child[]} */
const votedAlready = (last) => [tr('You have voted already', 'Вы уже голосовали'),
  box('note', el('p', {}, refusal('already-voted'), ' ', tr('If that was you, there is nothing more to do.', 'Если это были вы, больше ничего делать не нужно.')), el('p', {}, wasItYou())), standing(last), lookUp(last)];

/** No ballot is taken now: the card is good, and the voter is told what the log has of theirs. @param {any} end @param {any[]} told @param {any} status What everybody was told last.
 *  @param {() => void} again @returns {Child[]} */
function notTaken({ phase, opens, last }, told, status, again) {
  const card = isOver(phase) ? tr('Your card is right', 'Карточка верная') : tr('Your card is good', 'Карточка действует');
  const counted = last ? box('good', card, tr(', and your ballot is recorded', ', ваш бюллетень записан'), ...inLog(last), '.')
    : box('note', card, tr('. No ballot of yours is in the log.', '. Вашего бюллетеня в журнале нет.'));
  const [title, text] = notOpen(phase, opens);
  const later = isToCome(phase) ? el('p', { class: 'actions' }, button(tr('See whether it is open now', 'Посмотреть, открыто ли уже'), again, 'primary')) : null;
  return [title, told.some((notice) => notice.says === 'forgotten') ? forgotten() : null, box('warning', text, status?.phase === phase ? reason(status) : null), counted, lookUp(last), later];
}

/** @param {string} phase @param {number | null} opens */
function notOpen(phase, opens) {
  switch (phase) {
    case 'new': case 'setup': return [tr('Voting has not begun yet', 'Голосование ещё не началось'),
      opens ? tr('It opens {time}.', 'Откроется {time}.', { time: localTime(opens) }) : tr('Come back when it is open.', 'Вернитесь, когда оно откроется.')];
    case 'paused': return [tr('Voting is paused', 'Голосование приостановлено'), tr('Come back later; nothing is lost.', 'Вернитесь позже; ничего не пропало.')];
    case 'cancelled': return [tr('This election was cancelled', 'Эти выборы отменены'), tr('No ballot is taken any more.', 'Бюллетени больше не принимаются.')];
    default: return [tr('Voting is closed', 'Голосование закрыто'), tr('No ballot is taken any more.', 'Бюллетени больше не принимаются.')];
  }
}

/** @param {any} end @param {boolean} kept @param {Child} again @param {Child} retype @returns {Child[]} */
function refused(end, kept, again, retype) {
  const last = standing(end.last);
  switch (end.code) {
    case 'busy': return [tr('It is not known whether your ballot is recorded', 'Неизвестно, записан ли бюллетень'),
      box('warning', tr('The server is busy. ', 'Сервер занят. '), whereItIs(kept)), el('p', { class: 'actions' }, again)];
    case 'not-authorised': return [tr('This card is not valid', 'Эта карточка не действует'), box('error', refusal(end.code)), el('p', { class: 'actions' }, retype), el('p', {}, lostCard())];
    case 'already-voted': return votedAlready(end.last);
    case 'not-open': return [tr('Voting is not open now', 'Голосование сейчас не открыто'), box('warning', refusal(end.code), ' ', tr('Nothing was recorded.', 'Ничего не записано.')), el('p', { class: 'actions' }, again)];
    // Of these nothing else will be said another time.
    case 'struck': return end.last ? [tr('Recorded, but counted no longer', 'Записан, но больше не учитывается'), box('warning', tr('A ballot of your card is in the public log, and you were struck from the roll afterwards: it is no longer counted. The reason stands in the log; the organiser can tell you.', 'Бюллетень по вашей карточке есть в публичном журнале, но потом вас вычеркнули из списка избирателей, и он больше не учитывается. Причина записана в журнале; узнать её можно у организатора.')), last] : [tr('Your ballot was not recorded', 'Бюллетень не записан'), box('error', refusal(end.code))];
    case 'closed': return [tr('This ballot was not recorded', 'Этот бюллетень не записан'), box('error', tr('It came after the closing, and does not count.', 'Вы не успели: голосование закрыто, и он не считается.')), last];
    default: return [tr('This ballot was not recorded', 'Этот бюллетень не записан'), box('error', refusal(end.code)), last, el('p', { class: 'actions' }, again)];
  }
}
