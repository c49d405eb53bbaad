// Does a ballot that was opened hold what its voter marked? Asked on another device than the one that made it; this page asks the
// server for nothing but the manifest.

import { askManifest } from './ask.js';
import { call, Fault, load, opened, wipe } from './engine.js';
import { el } from './dom.js';
import { ofCard, readBallot } from './marks.js';
import { box, broken, dress, forgetOnLeaving, show, stop, toTheElection, unreachable } from './page.js';
import { current, speak, speakAsTitled, tr } from './words.js';

/** No file of an opened ballot is longer. */
const FILE_MAX_BYTES = 2 ** 22;

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
    return stop(() => tr('Nothing to check', 'Проверять нечего'), () => [box('note', tr('An open ballot is readable as it is.', 'Открытый бюллетень и так читается.'))]);
  }
  ask(election, null);
}

/** @param {any} election @param {any} result */
function ask(election, result) {
  show(() => {
    const text = el('textarea', { id: 'file', rows: 6, autocomplete: 'off', spellcheck: 'false', translate: 'no' });
    const code = el('input', { type: 'text', id: 'code', class: 'wide', autocomplete: 'off', spellcheck: 'false', autocapitalize: 'characters' });
    const pick = el('input', { type: 'file', id: 'pick', autocomplete: 'off', accept: '.json,application/json' });
    pick.onchange = async () => { text.value = (await pick.files?.[0]?.slice(0, FILE_MAX_BYTES + 1).text()) ?? ''; };
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      ask(election, { ...check(text.value), noted: code.value });
    };
    return {
      title: tr('Check an opened ballot', 'Проверить вскрытый бюллетень'),
      content: [
        result ? verdict(election, result) : el('p', {}, tr('A ballot that was opened instead of being cast shows what the voter’s device seals. Check it here, on another device than the one that made it.',
          'Бюллетень, вскрытый вместо подачи, показывает, что на самом деле шифрует устройство избирателя. Проверяйте его здесь на другом устройстве, не на том, где он сделан.')),
        el('form', { autocomplete: 'off', onsubmit: submit },
          el('p', {}, el('label', { for: 'pick' }, tr('The file of the opened ballot', 'Файл вскрытого бюллетеня')), pick),
          el('p', {}, el('label', { for: 'file' }, tr('or its text', 'или его текст')), text),
          el('p', {}, el('label', { for: 'code' }, tr('The code that you noted before you opened it', 'Код, который вы записали до вскрытия')), code),
          el('p', {}, el('button', { class: 'primary' }, tr('Check', 'Проверить')))),
        el('p', {}, tr('The election id, to compare with your card: ', 'Id выборов (сверьте с карточкой): '), el('code', { translate: 'no' }, election.paper_id)),
      ],
    };
  });
}

/** @param {string} file */
function check(file) {
  if (file.length > FILE_MAX_BYTES) return { kind: 'no-file', text: '' };
  try {
    return call('check-challenge', { file });
  } catch (error) {
    if (error instanceof Fault) return { kind: 'no-file', text: error.message };
    throw error;
  }
}

/** Letters and digits as they were noted: O is 0, I and L are 1. @param {string} code */
const plain = (code) => code.toUpperCase().replace(/[^0-9A-Z]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');

/** @param {any} election @param {any} result */
function verdict(election, result) {
  const [noted, code] = [plain(result.noted), plain(result.code ?? '')];
  if (result.kind === 'no-file') return box('error', tr('This is no file of an opened ballot of this election.', 'Это не файл вскрытого бюллетеня этих выборов.'), el('p', { class: 'small', lang: 'en' }, result.text));
  if (result.kind === 'false') {
    return box('error', el('p', {}, tr('The ballot does not hold what the page said: it would have cast another vote. Do not vote on that device; tell the organiser and keep the file.',
      'В бюллетене не то, что показывала страница: она подала бы другой голос. Не голосуйте на том устройстве; сообщите организатору и сохраните файл.')), el('p', { class: 'small', lang: 'en' }, result.text));
  }
  if (noted.length < 20) {
    return [box('warning', tr('The file is consistent, but without the code that you noted it proves nothing: type at least its first five groups.', 'Файл не противоречит сам себе, но без записанного вами кода ничего не доказывает: введите хотя бы первые пять групп кода.')), readBallot(election, result.levels)];
  }
  if (!code.startsWith(noted)) return box('error', tr('This is not the ballot whose code you noted: the code of this one is {code}. Compare once more; if you noted another, do not vote on that device.',
    'Это не тот бюллетень, чей код вы записали: у этого код {code}. Сверьте ещё раз; если записан другой, не голосуйте на том устройстве.', { code: result.code }));
  return [
    box('good', tr('The ballot holds exactly this. Compare it with what you marked:', 'В бюллетене именно вот что. Сравните с тем, что вы отмечали:')),
    readBallot(election, result.levels),
    el('p', {}, ofCard(result.fingerprint)),
  ];
}

forgetOnLeaving(wipe);
begin().catch((error) => (error instanceof Fault && error.kind === 'unreachable' ? unreachable() : broken(error)));
