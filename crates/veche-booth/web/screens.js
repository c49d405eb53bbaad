// What the voter sees and is asked, from the link to the receipt.

import { beside, download, el, given, qr } from './dom.js';
import { askMarks, ofCard, readBallot } from './marks.js';
import { box, show } from './page.js';
import { current, localTime, lostCard, phase, refusal, tr } from './words.js';

/** @typedef {import('./dom.js').Child} Child */

/** @param {string} label @param {() => void} act @param {string} [kind] */
const button = (label, act, kind = '') => el('button', { type: 'button', class: kind, onclick: act }, label);

/** A code in groups, each of which stays whole. @param {string} code */
const codeOf = (code) => el('code', { class: 'code', translate: 'no' }, ...code.split('-').flatMap((group, i) => [i ? '-' : '', el('span', {}, group)]));

/** A text that can also be copied, where files cannot be kept. @param {string} id @param {string} text */
const asText = (id, text) => el('details', {}, el('summary', {}, tr('The file as text', 'Файл в виде текста')),
  el('textarea', { id, readonly: true, rows: 6, translate: 'no', 'aria-label': tr('The file as text', 'Файл в виде текста') }, text));

/** What, who, until when. @param {any} election @param {any} status @returns {Child[]} */
function about(election, status) {
  const closes = status?.closes ?? election.closes;
  const opens = status?.opens ?? election.opens;
  const all = election.contests.flatMap((/** @type {any} */ contest) => contest.candidates).length;
  const titles = election.contests.flatMap((/** @type {any} */ contest, /** @type {number} */ at) => [at ? '; ' : `${election.contests.length}: `, given(contest.title)]);
  return [
    el('dl', { class: 'facts' },
      fact(tr('Now', 'Сейчас'), status ? phase(status.phase) : null),
      fact(tr('Opens', 'Откроется'), status?.phase === 'setup' && opens ? localTime(opens) : null),
      fact(tr('Until', 'До'), closes ? localTime(closes) : null),
      fact(tr('Contests', 'Вопросов'), election.contests.length > 1 ? titles : null),
      fact(tr('Candidates', 'Кандидатов'), String(all)),
      fact(tr('Secrecy', 'Голосование'), election.secret
        ? tr('secret: nobody sees a ballot; any {threshold} of these {count} together open the sums: {names}', 'тайное: бюллетеней не видит никто; суммы открывают вместе любые {threshold} из {count} доверенных: {names}',
          { threshold: election.threshold, count: election.trustees.length, names: election.trustees.join(', ') })
        : tr('open: after closing everybody can see how each ballot was marked', 'с открытыми бюллетенями: после закрытия все увидят, что в каждом из них')),
      fact(tr('A second vote', 'Второй раз'), election.revote === 'last' ? tr('is allowed: the last one counts', 'голосовать можно: считается последний бюллетень')
        : tr('is not allowed', 'голосовать нельзя'))),
  ];
}

/** @param {string} name @param {Child} value */
const fact = (name, value) => value && el('div', {}, el('dt', {}, name), el('dd', {}, value));

/** @param {any} election */
const identity = (election) => el('details', {}, el('summary', {}, tr('Is this the election on your card?', 'Те ли это выборы, что на вашей карточке?')),
  el('p', {}, tr('The election id, as it stands on paper:', 'Id выборов, как на бумаге:')), el('p', {}, codeOf(election.paper_id)),
  el('p', { class: 'small' }, tr('In full: ', 'Полностью: '), el('code', { translate: 'no' }, election.id)));

/**
 * The beginning: who votes, on what. Nothing is sent before the button is pressed.
 * @param {any} election @param {any} status @param {string} before The number that was typed, if something is wrong beside it.
 * @param {() => string | null} problem @returns {Promise<{number?: string, credential?: string}>}
 */
export function askCard(election, status, before, problem) {
  return new Promise((done) => {
    show(() => {
      const number = el('input', { type: 'text', id: 'number', value: before, autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', required: true });
      const credential = el('input', { type: 'text', id: 'credential', autocomplete: 'off', autocapitalize: 'characters', spellcheck: 'false', required: true, class: 'wide' });
      const same = el('input', { type: 'checkbox', id: 'same', required: true, autocomplete: 'off' });
      const typed = !election.has_credential;
      const submit = (/** @type {Event} */ event) => {
        event.preventDefault();
        const values = typed ? { credential: credential.value, ...(election.number === null ? { number: number.value } : {}) } : {};
        credential.value = '';
        done(values);
      };
      const fields = [
        election.number === null ? el('p', {}, el('label', { for: 'number' }, tr('Voter number', 'Номер избирателя')), number)
          : el('p', {}, tr('You vote as number ', 'Вы голосуете под номером '), el('strong', { translate: 'no' }, election.number)),
        typed ? [el('p', {}, el('label', { for: 'credential' }, tr('Code from your card, eight groups of four', 'Код с карточки, восемь групп по четыре знака')), credential),
          el('p', {}, el('label', { class: 'option' }, same, el('span', {}, tr('On my card the election id is ', 'На моей карточке id выборов: '), codeOf(election.paper_id))))] : null,
      ];
      const over = ['closed', 'summed', 'finished', 'cancelled'].includes(status?.phase);
      const form = el('form', { autocomplete: 'off', onsubmit: submit }, fields,
        el('p', {}, el('button', { class: 'primary' }, over ? tr('Is my ballot recorded?', 'Записан ли мой бюллетень?') : tr('Continue', 'Продолжить'))));
      return {
        title: election.title,
        content: [problem() && box('error', problem()), stateBox(status), about(election, status), form, typed ? null : identity(election), el('p', { class: 'small' }, lostCard())],
      };
    });
  });
}

/** @param {any} status */
function stateBox(status) {
  switch (status?.phase) {
    case 'open': case undefined: return null;
    case 'new': case 'setup': return box('warning', tr('Voting has not begun yet.', 'Голосование ещё не началось.'));
    case 'paused': return box('warning', tr('Voting is paused. Come back later; nothing is lost.', 'Голосование приостановлено. Вернитесь позже; ничего не пропало.'));
    case 'cancelled': return box('warning', tr('This election was cancelled.', 'Эти выборы отменены.'));
    default: return box('warning', tr('Voting is closed. A ballot that was recorded is found here all the same.', 'Голосование закрыто. Записанный бюллетень здесь всё равно найдётся.'));
  }
}

/** @param {any[]} told @returns {Child[]} */
function notices(told) {
  return told.map((notice) => {
    switch (notice.says) {
      case 'voted': case 'replaces': return box('warning', tr('You have voted already', 'Вы уже голосовали'), ...inLog(notice),
        tr('. You may vote again: the last ballot counts.', '. Можно проголосовать ещё раз: считается последний бюллетень.'));
      case 'weight': return weighs(notice);
      case 'earlier-card': return box('note', tr('It was cast with an earlier card of yours.', 'Он подан с прежней вашей карточкой.'));
      case 'refused': return notice.code === 'stale' ? null : box('error', refusal(notice.code));
      case 'marks': return box('error', notice.text);
      default: return null;
    }
  });
}

/** @param {{own: string}} weight in votes, with a point before the decimals */
const weighs = ({ own }) => box('note', tr('The weight of your ballot is {own}.', 'Вес вашего бюллетеня: {comma}.', { own, comma: own.replace('.', ',') }));

/** Where the voter's last ballot stands. Its code is not told before the closing of an open election.
 *  @param {{code: string | null, index: number}} last @returns {Child[]} */
const inLog = ({ code, index }) => [tr(': ballot ', ': бюллетень '), code && codeOf(short(code)), tr(' (entry {index} of the public log)', ' (запись {index} публичного журнала)', { index })];

/** @param {string} code */
const short = (code) => code.split('-').slice(0, 5).join('-');

/**
 * The machine's questions.
 * @param {string} question @param {any[]} told @param {{election: any, levels: any, challenged: any[], weight: any}} state
 */
export function ask(question, told, state) {
  const { election } = state;
  switch (question) {
    case 'marks': return askMarks(election, state.levels, () => notices(told));
    case 'cast': case 'cast-or-challenge': return askReview(election, told, state);
    case 'again': case 'replace': return askReplace(told);
    case 'send-again': return askSendAgain(election, told);
    default: throw new Error(question);
  }
}

/** @param {any[]} told */
function askReplace(told) {
  return new Promise((done) => show(() => ({
    title: tr('You have voted already', 'Вы уже голосовали'),
    content: [notices(told), el('p', { class: 'actions' },
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
      box('warning', tr('It was sent from this browser before, and it is not known whether it was recorded. Ask for it first: the same ballot never counts twice.',
        'Он был отправлен из этого браузера раньше, и неизвестно, записан ли он. Сначала узнайте это: один и тот же бюллетень никогда не считается дважды.')),
      pending?.levels ? readBallot(election, pending.levels) : null,
      pending?.code ? el('p', {}, tr('Ballot code: ', 'Код бюллетеня: '), codeOf(pending.code)) : null,
      el('p', { class: 'actions' },
        button(tr('Ask for it, and send it if it did not arrive', 'Узнать и отправить снова, если не дошёл'), () => done({ op: 'answer', yes: true }), 'primary'),
        button(tr('Make another ballot', 'Заполнить другой бюллетень'), () => done({ op: 'answer', yes: false }))),
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
        notices(told),
        challenged.length ? openedBox(challenged[challenged.length - 1]) : null,
        readBallot(election, review.levels),
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
  election.secret ? el('details', {}, el('summary', {}, tr('As a picture, for a second device', 'Код картинкой, для второго устройства')), qr(review.picture, tr('The ballot code as a QR code', 'Код бюллетеня как QR-код'))) : null);

/** @param {() => void} challenge */
const challengePart = (challenge) => el('details', { class: 'challenge' },
  el('summary', {}, tr('Check this page instead of casting', 'Проверить эту страницу вместо подачи')),
  el('p', {}, tr('Note the code above first. Then open the sealed ballot: it is not cast, and never can be; on another device you see whether it holds what you marked. After that the same marks are sealed anew.',
    'Сначала запишите код выше. Затем вскройте зашифрованный бюллетень: он не будет подан, ни сейчас, ни потом, а на другом устройстве вы увидите, то ли в нём, что вы отметили. После этого те же оценки шифруются заново.')),
  el('p', {}, button(tr('Open it and check', 'Вскрыть и проверить'), challenge)));

/** @param {any} opened */
const openedBox = (opened) => box('note',
  el('p', {}, tr('Ballot ', 'Бюллетень '), codeOf(short(opened.code)), tr(' was opened and not cast. Take its file to another device, and check it there: ', ' вскрыт и не подан. Перенесите его файл на другое устройство и проверьте там: '),
    el('code', { translate: 'no' }, `${location.origin}${location.pathname.replace(/[^/]*$/, '')}check`), tr(', or ', ', или '), el('code', { translate: 'no' }, 'veche check-ballot'), '.'),
  el('p', {}, download(opened.name, opened.file, tr('Save the file of the opened ballot', 'Сохранить файл вскрытого бюллетеня'))), asText('challenge', opened.file),
  el('p', {}, tr('Below, the same marks are sealed anew, under another code.', 'Ниже те же оценки зашифрованы заново, под другим кодом.')));

/** Between Cast and the answer; before the marks between the card and its. @param {'checking' | 'storing' | 'sending' | 'offline'} state */
export function waiting(state) {
  if (state === 'checking') return checking();
  show(() => ({
    title: tr('Sending your ballot', 'Бюллетень отправляется'),
    content: [box('note', el('p', { role: 'status' }, state === 'offline'
      ? tr('This device has no connection. The ballot goes out as soon as there is one. It is not recorded yet.', 'На этом устройстве нет связи. Бюллетень уйдёт, как только она появится. Он ещё не записан.')
      : tr('It is not recorded yet. Please wait.', 'Он ещё не записан. Подождите.')))],
  }));
}

/** The card is shown to the server, and nothing else yet. */
function checking() {
  show(() => ({ title: tr('Checking your card', 'Карточка проверяется'), content: [el('p', { role: 'status' }, tr('Please wait.', 'Подождите.'))] }));
}

/** @returns {Promise<boolean>} */
export function askWithoutStorage() {
  return new Promise((done) => show(() => ({
    title: tr('This browser keeps nothing', 'Этот браузер ничего не хранит'),
    content: [box('warning', tr('Your ballot cannot be kept here until the server has answered. If this page is closed before it says “Recorded”, only voting again finds out. Leave it open until then.',
      'Бюллетень нельзя сохранить здесь до ответа сервера. Если закрыть страницу раньше, чем появится слово «Записано», узнать, записан ли он, можно будет, только проголосовав снова. До тех пор не закрывайте её.')),
    el('p', { class: 'actions' }, button(tr('Cast it all the same', 'Всё равно подать'), () => done(true), 'primary'), button(tr('Do not cast', 'Не подавать'), () => done(false)))],
  })));
}

/** The one unmistakable end. @param {any} election @param {any} recorded @param {() => void} again */
export function done(election, recorded, again) {
  const where = `${location.origin}${location.pathname.replace(/booth\/[^/]*$/, '')}ballot/${recorded.code}`;
  show(() => ({
    title: tr('Recorded', 'Записано'),
    content: [
      box(recorded.current ? 'good' : 'warning', el('p', {}, recorded.current ? tr('Your ballot is in the public log, as entry {index}. You are done.', 'Ваш бюллетень в публичном журнале, запись {index}. Это всё.', { index: recorded.index })
        : tr('This ballot is in the public log, as entry {index}, and does not count: a later ballot of yours has replaced it, or your place was struck from the roll.', 'Этот бюллетень в публичном журнале, запись {index}, и не считается: его заменил более поздний ваш бюллетень, или ваше место вычеркнули из списка.', { index: recorded.index }))),
      election.secret ? null : box('warning', tr('Show receipt and code to nobody before closing: from the code of an open ballot its marks can be found.', 'До закрытия никому не показывайте квитанцию и код: по коду открытого бюллетеня можно подобрать оценки.')),
      el('h2', {}, tr('Your receipt', 'Ваша квитанция')),
      el('p', {}, tr('Ballot code', 'Код бюллетеня')), el('p', {}, codeOf(recorded.code)), el('p', {}, ofCard(recorded.fingerprint)),
      el('p', { class: 'actions no-print' }, download(recorded.name, recorded.file, tr('Save the receipt', 'Сохранить квитанцию'), 'primary'), button(tr('Print', 'Напечатать'), () => print())),
      el('div', { class: 'no-print' }, asText('receipt', recorded.file)),
      el('figure', {}, qr(recorded.picture, tr('The proof of the receipt as a QR code', 'Доказательство квитанции как QR-код')),
        el('figcaption', { class: 'small' }, tr('The picture holds the proof that the ballot is in the log, and not the ballot. A program that reads QR codes can save it as a file.',
          'В картинке доказательство, что бюллетень в журнале, а не сам бюллетень. Прочтите QR-код в файл.'))),
      el('h2', {}, tr('How to check it', 'Как проверить')),
      el('p', {}, tr('Where it is now', 'Где он сейчас'), ': ', beside(`${where}?lang=${current()}`, {}, where), election.secret ? '' : tr(' (after closing)', ' (после закрытия)'), tr(' (in another tab)', ' (в другой вкладке)')),
      el('p', {}, el('code', { translate: 'no' }, `veche verify-receipt ${recorded.name} --record ${location.origin}`)),
      el('p', { class: 'small' }, tr('Entry {index} of {size}, election:', 'Запись {index} из {size}, выборы:', { index: recorded.index, size: recorded.size }), ' ', given(election.title),
        tr('; its id, as on your card: ', '; их id, как на карточке: '), codeOf(election.paper_id)),
      el('p', { class: 'no-print' }, tr('Beside what you save, this page leaves nothing of your vote in this browser, and it forgets the card when you leave it. If you came by a link, the browser’s own history may still hold it: remove it there where others use this device.',
        'Кроме того, что вы сохраните сами, от вашего голоса в этом браузере ничего не останется, а карточку страница забудет, когда вы её закроете. Если вы пришли по ссылке, она может остаться в истории самого браузера: уберите её там, если устройством пользуются другие.')),
      election.revote === 'last' ? el('p', { class: 'no-print' }, button(tr('Vote again', 'Проголосовать ещё раз'), again)) : null,
    ],
  }));
}

/** Where the ballot is while nobody knows whether it is recorded. @param {boolean} kept */
const whereItIs = (kept) => (kept
  ? tr('Your ballot is kept in this browser, encrypted; try again, now or later: the same ballot is sent, and counts once.', 'Бюллетень хранится в этом браузере, зашифрованный; попробуйте снова, сейчас или позже: будет отправлен тот же бюллетень, и учтён он будет один раз.')
  : tr('This browser has not kept your ballot. Try again: you are told whether one of yours is recorded before you mark anything.', 'Этот браузер не сохранил бюллетень. Попробуйте снова: прежде чем вы что-то отметите, будет сказано, записан ли ваш бюллетень.'));

/** Everything else that ends a vote. @param {any} election @param {import('./vote.js').Outcome} outcome @param {{again: () => void, retype: () => void}} then */
export function ended(election, { end, told, kept }, then) {
  const violation = told.find((notice) => notice.says === 'violation');
  const draw = () => {
    const again = button(tr('Try again', 'Попробовать снова'), then.again, 'primary');
    const retype = button(tr('Enter another card', 'Ввести другую карточку'), then.retype);
    switch (violation ? 'violation' : end.kind) {
      case 'violation': return [tr('The server cannot be believed', 'Серверу нельзя верить'), box('error', tr('It broke the protocol. Do not vote here again; tell the organiser.', 'Сервер отвечает не по правилам. Больше не голосуйте здесь; сообщите организатору.')),
        el('p', { class: 'small', lang: 'en' }, violation.text)];
      case 'lost': return [tr('It is not known whether your ballot is recorded', 'Неизвестно, записан ли бюллетень'),
        box('warning', tr('No answer came. ', 'Ответа не было. '), whereItIs(kept)), el('p', { class: 'actions' }, again)];
      case 'not-kept': return [tr('Recorded, but the receipt cannot be shown', 'Записано, но квитанцию показать не удалось'), box('warning', whereItIs(kept)), el('p', { class: 'actions' }, again)];
      case 'refused': return refused(end, kept, again, retype);
      case 'not-taken': return notTaken(end, again);
      case 'voted-already': return [tr('You have voted already', 'Вы уже голосовали'), box('good', refusal('already-voted')), standing(end.last)];
      case 'not-on-roll': return [tr('This number is not on the roll', 'Этого номера нет в списке'), box('error', tr('Compare the number with your card.', 'Сверьте номер с карточкой.')), el('p', { class: 'actions' }, retype), el('p', {}, lostCard())];
      case 'right-marks-refused': return [tr('The server refuses a right ballot', 'Сервер отвергает верный бюллетень'), box('error', tr('Do not vote here again; tell the organiser.', 'Больше не голосуйте здесь; сообщите организатору.'))];
      case 'nothing-replaced': return [tr('Nothing was changed', 'Ничего не изменено'), box('good', tr('Your earlier ballot counts.', 'Считается прежний ваш бюллетень.'))];
      default: return [tr('Nothing was cast', 'Ничего не подано'), box('warning', end.text ?? tr('No ballot was sent.', 'Бюллетень не отправлен.')), el('p', { class: 'actions' }, again)];
    }
  };
  show(() => {
    const [title, ...content] = draw();
    return { title: String(title), content: /** @type {Child[]} */ (content) };
  });
}

/** @param {any} last */
const standing = (last) => last && el('p', {}, tr('In the public log', 'В публичном журнале'), ...inLog(last), '.');

/** No ballot is taken now: the card is good, and the voter is told what the log has of theirs. @param {any} end @param {Child} again @returns {Child[]} */
function notTaken({ phase, opens, last }, again) {
  const counted = last ? box('good', tr('Your card is good, and your ballot is recorded', 'Карточка действует, ваш бюллетень записан'), ...inLog(last), '.')
    : box('note', tr('Your card is good. No ballot of yours is in the log.', 'Карточка действует. Вашего бюллетеня в журнале нет.'));
  const [title, text] = notOpen(phase, opens);
  const where = last?.code && el('p', {}, beside(`../ballot/${short(last.code)}?lang=${current()}`, {}, tr('Where it is now (in another tab)', 'Где он сейчас (в другой вкладке)')));
  return [title, box('warning', text), counted, where, ['new', 'setup', 'paused'].includes(phase) ? el('p', { class: 'actions' }, again) : null];
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
    case 'not-authorised': return [tr('This card is not valid', 'Эта карточка не действует'), box('error', refusal(end.code)), el('p', {}, lostCard()), el('p', { class: 'actions' }, retype)];
    case 'already-voted': return [tr('You have voted already', 'Вы уже голосовали'), box('good', refusal(end.code)), last];
    case 'not-open': return [tr('Voting is not open now', 'Голосование сейчас не открыто'), box('warning', refusal(end.code), ' ', tr('Nothing was recorded.', 'Ничего не записано.')), el('p', { class: 'actions' }, again)];
    // Of these nothing else will be said another time.
    case 'struck': case 'closed': return [tr('Your ballot was not recorded', 'Бюллетень не записан'), box('error', refusal(end.code)), last];
    default: return [tr('Your ballot was not recorded', 'Бюллетень не записан'), box('error', refusal(end.code)), last, el('p', { class: 'actions' }, again)];
  }
}
