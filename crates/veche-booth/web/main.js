// The booth, from the link to the receipt. Spec: docs/spec/booth.md section 3.

import { askManifest, askStatus } from './ask.js';
import { call, Fault, load, opened, wipe } from './engine.js';
import { el } from './dom.js';
import { unmarked } from './marks.js';
import { box, broken, dress, forgetOnLeaving, show, stop, toTheElection, unreachable } from './page.js';
import * as screens from './screens.js';
import * as store from './store.js';
import { Vote } from './vote.js';
import { lostCard, speak, speakAsTitled, current, tr } from './words.js';

const OVER = ['finished', 'cancelled'];
const LOCK = 'veche-vote-1';

async function begin() {
  // It was too old, and said so.
  if (!opened.fits) return;
  opened.begun = true;
  const { fragment } = opened;
  opened.fragment = '';
  speak(current());
  if (!isSecureContext || !globalThis.crypto?.subtle) return insecure();
  // All that opening a link fetches, side by side.
  const [module, asked, standing] = [load(), askManifest(), askStatus()];
  for (const promise of [module, asked]) promise.catch(() => {});
  show(() => ({ title: tr('One moment', 'Одну минуту'), content: [] }));
  await module;
  if (fragment && !takeLink(fragment)) return;
  const election = meet(await asked);
  if (!election) return;
  speakAsTitled(election.title);
  dress(election.title, () => [el('p', { class: 'small' }, whoReads(election)),
    toTheElection()]);
  await vote(election, standing);
}

/** @param {any} election */
const whoReads = (election) => (election.secret
  ? tr('Your marks are encrypted in this browser; the server cannot read them.', 'Оценки шифруются в этом браузере; серверу их не прочесть.')
  : tr('Your ballot goes to the server encrypted. The server reads it, and after closing everybody can.', 'Бюллетень уходит на сервер зашифрованным. Сервер его прочтёт, а после закрытия его увидят все.'));

/** @param {string} fragment What stood behind the # of the address. */
function takeLink(fragment) {
  try {
    call('link', { fragment: decodeURIComponent(fragment) });
    return true;
  } catch (error) {
    if (!(error instanceof Fault || error instanceof URIError)) throw error;
    const mistyped = error instanceof Fault && error.kind === 'link-credential';
    stop(() => tr('This link is not whole', 'Ссылка неполная'), () => [
      box('error', mistyped ? tr('There is a typing error in it. Compare it with your card, or scan the card again.', 'В ней опечатка. Сверьте её с карточкой или отсканируйте карточку ещё раз.')
        : tr('A part of it is missing, or it is no link to a ballot. Open it again from the letter, or scan your card.', 'Часть её потерялась, или это не ссылка на бюллетень. Откройте её ещё раз из письма или отсканируйте карточку.')),
      el('p', {}, el('a', { class: 'button', href: location.pathname }, tr('Enter the card by hand', 'Ввести карточку вручную'))), el('p', {}, lostCard())]);
    return false;
  }
}

/** Nothing of another election is shown, nor a field to type a code into. @param {string} manifest */
function meet(manifest) {
  try {
    return call('election', { manifest });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const other = error.kind === 'other-election';
    stop(() => (other ? tr('This is another election', 'Это другие выборы') : tr('This server has no valid election', 'На этом сервере не выборы')), () => [
      box('error', other ? tr('The server’s election is not the one of your link or card. Do not vote here; ask the organiser.', 'Выборы на сервере — не те, что в вашей ссылке или карточке. Не голосуйте здесь; спросите организатора.')
        : tr('It cannot be checked. Do not vote here; ask the organiser.', 'Их нельзя проверить. Не голосуйте здесь; спросите организатора.')), el('p', { class: 'small', lang: 'en' }, error.message)]);
    return null;
  }
}

/** @param {any} election @param {Promise<any>} first How it stood when the page was opened. */
async function vote(election, first) {
  /** @type {string | null} */
  let problem = null;
  let typed = true;
  let number = '';
  /** @type {any} */
  let card = {};
  let standing = first;
  for (;;) {
    const now = await standing;
    if (now && OVER.includes(now.phase)) store.forgetElection(election.id);
    // What was withdrawn or put off since stands in no manifest.
    election.until = now?.closes ?? election.closes;
    election.contests.forEach((/** @type {any} */ contest, /** @type {number} */ at) => {
      contest.withdrawn = (now?.withdrawn ?? []).filter((/** @type {any} */ gone) => gone.contest === at + 1).map((/** @type {any} */ gone) => gone.candidate);
    });
    if (typed) card = await screens.askCard(election, now, number, () => problem && cardProblem(problem));
    number = card.number ?? number;
    problem = null;
    const [ended, fault] = await alone(() => castOnce(election, card));
    const again = await ended?.next;
    typed = again === 'retype' || fault !== null;
    if (fault) problem = fault.kind;
    if (again === 'retype') {
      Object.assign(election, { number: null, has_credential: false });
      number = '';
    }
    // What was typed is in the machine now, unless another tab kept it away.
    if (again !== 'elsewhere') card = {};
    standing = askStatus();
  }
}

/** What is wrong with a card that was typed; null if the fault is none of these. @param {string} kind */
function cardProblem(kind) {
  switch (kind) {
    case 'number': return tr('This is no voter number.', 'Это не номер избирателя.');
    case 'credential-length': return tr('The code has 32 letters and digits, in eight groups of four.', 'В коде 32 буквы и цифры, восемь групп по четыре.');
    case 'credential-symbol': return tr('The code contains a symbol that no code has.', 'В коде есть знак, которого в кодах не бывает.');
    case 'credential-checksum': return tr('There is a typing error in the code: its check symbols do not agree.', 'В коде опечатка: не сходятся контрольные знаки.');
    default: return null;
  }
}

/** What the voter wants after the end of a vote. @typedef {{next: Promise<string>}} Ended */

/** One vote at a time in this browser: others wait until it has ended, and not until the receipt is read.
 *  @param {() => Promise<Ended>} work @returns {Promise<[Ended | null, Fault | null]>} */
async function alone(work) {
  const run = async () => {
    try {
      return /** @type {[Ended | null, Fault | null]} */ ([await work(), null]);
    } catch (error) {
      if (error instanceof Fault && cardProblem(error.kind)) return /** @type {[Ended | null, Fault | null]} */ ([null, error]);
      throw error;
    }
  };
  if (!navigator.locks) return run();
  return navigator.locks.request(LOCK, { ifAvailable: true }, async (lock) => (lock ? run() : [{ next: elsewhere() }, null]));
}

/** Somebody votes in another tab of this browser. @returns {Promise<string>} */
function elsewhere() {
  return new Promise((done) => show(() => ({
    title: tr('Somebody is voting in another tab', 'В другой вкладке уже голосуют'),
    content: [box('warning', tr('Go on there, or close that tab and try again here: one ballot at a time.', 'Продолжите там или закройте ту вкладку и попробуйте снова здесь: голосовать можно только в одной вкладке.')),
      el('p', { class: 'actions' }, el('button', { type: 'button', class: 'primary', onclick: () => done('elsewhere') }, tr('Try again', 'Попробовать снова')))],
  })));
}

/** From the card to the end. @param {any} election @param {any} card @returns {Promise<Ended>} */
async function castOnce(election, card) {
  const state = { election, levels: unmarked(election), challenged: /** @type {any[]} */ ([]), weight: /** @type {any} */ (null) };
  /** @type {() => void} */ let again;
  const over = /** @type {Promise<string>} */ (new Promise((done) => { again = () => done('again'); }));
  for (;;) {
    let change = false;
    const voter = {
      /** @param {string} question @param {any[]} told */
      ask: async (question, told) => {
        state.weight = told.find((notice) => notice.says === 'weight') ?? state.weight;
        const answer = /** @type {any} */ (await screens.ask(question, told, state));
        change ||= answer.change === true;
        delete answer.change;
        return answer;
      },
      told: () => {},
      /** @param {any} opened */
      opened: async (opened) => { state.challenged.push(opened); },
      /** @param {any} recorded */
      recorded: (recorded) => screens.done(election, recorded, again),
      progress: screens.waiting,
      withoutStorage: screens.askWithoutStorage,
    };
    const outcome = await new Vote(election, voter).run(call('begin', card)).catch(unsent);
    card = {};
    if (change) continue;
    if (outcome.end.kind === 'recorded') return { next: over };
    return { next: new Promise((done) => screens.ended(election, outcome, { again: () => done('again'), retype: () => done('retype') })) };
  }
}

/** The voter would not send what cannot be stored. @param {unknown} error */
function unsent(error) {
  if (error instanceof Fault && error.kind === 'storage') return { end: { kind: 'nothing-sent' }, told: [], kept: false };
  throw error;
}

function insecure() {
  stop(() => tr('Voting here is not safe', 'Голосовать здесь небезопасно'), () => [
    box('error', tr('This address begins with http, without encryption on the way: browsers then offer no cryptography, and anybody on the way could change this page. Your card was not used.', 'Этот адрес начинается с http, то есть связь не шифруется: браузеры тогда не дают пользоваться криптографией, а страницу мог подменить кто угодно по пути. Карточка не использована.')),
    el('p', {}, tr('Ask the organiser for an address that begins with https. (For the operator: [tls] in election.toml.) By program: ', 'Попросите у организатора адрес, который начинается с https. (Оператору: [tls] в election.toml.) Через программу: '), el('code', { translate: 'no' }, 'veche vote'))]);
}

forgetOnLeaving(wipe);
begin().catch((error) => (error instanceof Fault && error.kind === 'unreachable' ? unreachable() : broken(error)));
