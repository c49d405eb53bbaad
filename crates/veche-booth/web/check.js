// Does a ballot that was opened hold what its voter marked? Asked on another device than the one that made it; this page asks the
// server for nothing but the manifest.

import { askManifest } from './ask.js';
import { call, Fault, load, opened, wipe } from './engine.js';
import { cause, technical } from './causes.js';
import { box, codeField, codeOf, el } from './dom.js';
import { ofCard, readBallot } from './marks.js';
import { broken, dress, forgetOnLeaving, show, stop, toTheElection, unreachable } from './page.js';
import { current, speak, speakAsTitled, tr } from './words.js';

/** No file of an opened ballot is longer. */
const FILE_MAX_BYTES = 2 ** 22;
const GROUP_SYMBOLS = 4;
/** The first five groups. */
const CODE_MIN_SYMBOLS = 20;

async function begin() {
  if (!opened.fits) return;
  opened.begun = true;
  speak(current());
  const [module, asked] = [load(), askManifest()];
  for (const promise of [module, asked]) promise.catch(() => {});
  await module;
  const election = call('election', { manifest: await asked });
  speakAsTitled(election.title);
  dress(election.title, () => [toTheElection()]);
  if (!election.secret) {
    return stop(() => tr('Nothing to check', 'Проверять нечего'), () => [box('note', tr('This election is not secret: after closing everybody can see what is in each ballot. There is nothing to open and check.', 'Голосование открытое: после закрытия каждый увидит, что в каждом бюллетене. Вскрывать и проверять нечего.'))]);
  }
  ask(election);
}

/** The fields are made once: what was chosen and typed stays in them. @param {any} election */
function ask(election) {
  const text = el('textarea', { id: 'file', rows: 6, autocomplete: 'off', spellcheck: 'false', translate: 'no' });
  const code = codeField('code', '', { rows: 3 });
  const pick = el('input', { type: 'file', id: 'pick', autocomplete: 'off', accept: '.json,application/json' });
  /** Of the file that was chosen last, until it is read. */
  let read = Promise.resolve();
  pick.onchange = () => {
    read = (pick.files?.[0]?.slice(0, FILE_MAX_BYTES + 1).text() ?? Promise.resolve('')).then((found) => { text.value = found; }, () => { text.value = ''; });
  };
  /** @type {any} */
  let result = null;
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    await read;
    result = check(text.value, code.value);
    show(draw);
  };
  const draw = () => ({
    title: tr('Check an opened ballot', 'Проверить вскрытый бюллетень'),
    content: [
      result ? verdict(election, result) : el('p', {}, tr('A ballot that was opened instead of being cast shows what the voter’s device encrypts. Check it here, on another device than the one that made it.',
        'Бюллетень, вскрытый вместо подачи, показывает, что на самом деле шифрует устройство избирателя. Проверяйте его здесь на другом устройстве, не на том, где он сделан.')),
      el('form', { autocomplete: 'off', onsubmit: submit },
        el('p', {}, el('label', { for: 'pick' }, tr('The file of the opened ballot', 'Файл вскрытого бюллетеня')), pick),
        el('p', {}, el('label', { for: 'file' }, tr('or its text', 'или его текст')), text),
        el('p', {}, el('label', { for: 'code' }, tr('The code that you noted before you opened it', 'Код, который вы записали до вскрытия')), code),
        el('p', {}, el('button', { class: 'primary' }, tr('Check', 'Проверить')))),
      el('p', {}, tr('The election id, to compare with your card: ', 'Id выборов (сверьте с карточкой): '), codeOf(election.paper_id)),
    ],
  });
  show(draw);
}

/** @param {string} file @param {string} noted */
function check(file, noted) {
  if (!file.trim()) return { kind: 'nothing' };
  if (file.length > FILE_MAX_BYTES) return { kind: 'no-file', why: 'challenge-form', text: '' };
  try {
    return call('check-challenge', { file, noted });
  } catch (error) {
    // Symbols that no text has.
    if (error instanceof Fault) return { kind: 'no-file', why: 'challenge-form', text: error.message };
    throw error;
  }
}

/** @param {any} election @param {any} result */
function verdict(election, result) {
  const { kind, noted } = result;
  if (kind === 'nothing') return box('error', tr('Choose the file first, or paste its text.', 'Сначала выберите файл или вставьте его текст.'));
  if (result.why === 'challenge-other-election') {
    return box('error', el('p', {}, cause(result)), el('p', {}, tr('If this election is the one on your card, that device has made a ballot of another one, which would count nowhere here, and the check proves nothing. Do not vote on that device; tell the organiser and keep the file.',
      'Если на вашей карточке именно эти выборы, то устройство сделало бюллетень других: здесь он бы не считался, и проверка ничего не доказывает. Не голосуйте на том устройстве; сообщите организатору и сохраните файл.')));
  }
  if (kind === 'no-file') return wrong(result, tr('This is no file of an opened ballot of this election.', 'Это не файл вскрытого бюллетеня этих выборов.'));
  if (kind === 'false') {
    return wrong(result, result.why === 'challenge-row'
      ? tr('The ballot does not hold what the page said: it would have cast another vote. Do not vote on that device; tell the organiser and keep the file.',
        'В бюллетене не то, что показывала страница: она подала бы другой голос. Не голосуйте на том устройстве; сообщите организатору и сохраните файл.')
      : tr('The file contradicts itself: the page that made it is false, or it was changed since. Do not vote on that device; tell the organiser and keep the file.',
        'Файл противоречит сам себе: неверна страница, которая его сделала, или его потом изменили. Не голосуйте на том устройстве; сообщите организатору и сохраните файл.'));
  }
  if (!noted.agrees) {
    return box('error', el('p', {}, tr('This is not the ballot whose code you noted. The code of this one is:', 'Это не тот бюллетень, чей код вы записали. Код этого:')), el('p', {}, codeOf(result.code)),
      el('p', {}, tr('Compare once more. If you noted another, do not vote on that device; tell the organiser and keep the file.',
        'Сверьте ещё раз. Если вы записали действительно другой код, не голосуйте на том устройстве; сообщите организатору и сохраните файл.')));
  }
  if (noted.symbols < CODE_MIN_SYMBOLS) return [box('warning', noted.symbols ? tooShort(noted.symbols)
    : tr('The file is consistent, but without the code that you noted it proves nothing: type at least its first five groups.', 'Файл не противоречит сам себе, но без записанного вами кода ничего не доказывает: введите хотя бы первые пять групп кода.')), readBallot(election, result.levels)];
  return [
    box('good', tr('The ballot holds exactly what stands below. Compare it with what you marked. If it is something else, do not vote on that device; tell the organiser and keep the file.',
      'Ниже — именно то, что в бюллетене. Сравните с тем, что вы отмечали. Если отличается, не голосуйте на том устройстве; сообщите организатору и сохраните файл.')),
    readBallot(election, result.levels),
    el('p', {}, ofCard(result.fingerprint)),
  ];
}

/** @param {any} result @param {string} said */
const wrong = (result, said) => [box('error', el('p', {}, said), el('p', {}, cause(result))), result.text ? technical(result.text) : null];

/** What was typed agrees so far, and proves too little. @param {number} symbols */
const tooShort = (symbols) => tr('So far the code agrees, but that is too little to prove anything: of its thirteen groups of four at least the first five are compared, and you typed {typed}.',
  'Пока код сходится, но этого мало, чтобы что-то доказать: из тринадцати групп по четыре знака сверяют хотя бы первые пять, а введено {typed}.', { typed: counted(symbols) });

/** @param {number} symbols */
function counted(symbols) {
  const groups = symbols / GROUP_SYMBOLS;
  return Number.isInteger(groups) ? tr('{groups} of them', 'групп: {groups}', { groups }) : tr('{symbols} letters and digits', 'букв и цифр: {symbols}', { symbols });
}

function start() {
  begin().catch((error) => (error instanceof Fault && error.kind === 'unreachable' ? unreachable(start)
    : broken(error, () => tr('Reload it and begin again.', 'Перезагрузите её и начните снова.'), true)));
}

forgetOnLeaving(wipe);
start();
