// The booth, from the link to the receipt. Spec: docs/spec/booth.md section 3.

import { askManifest, askStatus } from './ask.js';
import { call, Fault, load, opened, wipe } from './engine.js';
import { forOrganiser, technical } from './causes.js';
import { box, codeOf, el } from './dom.js';
import { unmarked } from './marks.js';
import { broken, dress, forgetOnLeaving, show, stop, toTheElection, unreachable } from './page.js';
import * as screens from './screens.js';
import * as store from './store.js';
import { Vote } from './vote.js';
import { isOver, lostCard, speak, speakAsTitled, current, tr } from './words.js';

const LOCK = 'veche-vote-1';

async function begin() {
  // It was too old, and said so.
  if (!opened.fits) return;
  opened.begun = true;
  speak(current());
  if (!isSecureContext || !globalThis.crypto?.subtle) {
    wipe();
    return insecure();
  }
  // All that opening a link fetches, side by side.
  const [module, asked, standing] = [load(), askManifest(), askStatus()];
  for (const promise of [module, asked]) promise.catch(() => {});
  show(() => ({ title: tr('One moment', 'Одну минуту'), content: [] }));
  await module;
  // Until now the page kept it, and from now on the machine does: where something did not come, nobody needs the link again.
  if (opened.fragment && !takeLink()) return;
  const manifest = await asked;
  const election = meet(manifest);
  if (!election) return;
  weigh(election, JSON.parse(manifest));
  speakAsTitled(election.title);
  dress(election.title, () => [election.over ? null : el('p', { class: 'small' }, whoReads(election)),
    toTheElection()]);
  await vote(election, standing);
}

/** @param {any} election */
const whoReads = (election) => (election.secret
  ? tr('Your marks are encrypted in this browser; the server cannot read them.', 'Оценки шифруются в этом браузере; серверу их не прочесть.')
  : tr('Your ballot goes to the server encrypted. The server reads it, and after closing everybody can.', 'Бюллетень уходит на сервер зашифрованным. Сервер его прочтёт, а после закрытия его увидят все.'));

/** What stood behind the # of the address goes to the machine, and stays nowhere else. */
function takeLink() {
  const { fragment } = opened;
  opened.fragment = '';
  try {
    call('link', { fragment: decodeURIComponent(fragment) });
    return true;
  } catch (error) {
    if (!(error instanceof Fault || error instanceof URIError)) throw error;
    const mistyped = error instanceof Fault && error.kind === 'link-credential';
    stop(() => (mistyped ? tr('There is a typing error in this link', 'В ссылке опечатка') : tr('This link is not whole', 'Ссылка неполная')), () => [
      box('error', mistyped ? tr('Compare it with your card, or scan the card again.', 'Сверьте её с карточкой или отсканируйте карточку ещё раз.')
        : tr('A part of it is missing, or it is no link to a ballot. Open it again from the letter, or scan your card.', 'Часть её потерялась, или это не ссылка на бюллетень. Откройте её ещё раз из письма или отсканируйте карточку.')),
      el('p', {}, el('a', { class: 'button', href: location.pathname + location.search }, tr('Enter the card by hand', 'Ввести карточку вручную'))), el('p', {}, lostCard())]);
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
    stop(() => (other ? tr('This is another election', 'Это другие выборы') : tr('This server has no valid election', 'На этом сервере нет действительных выборов')), () => [
      box('error', other ? tr('This site holds another election than your link or card. Do not vote here; ask the organiser.', 'На этом сайте не те выборы, что в вашей ссылке или карточке. Не голосуйте здесь; обратитесь к организатору.')
        : tr('What this server sends is no valid election. Do not vote here; ask the organiser.', 'То, что присылает этот сервер, — не действительные выборы. Не голосуйте здесь; обратитесь к организатору.')), other
        ? el('p', {}, tr('The election id of this server, as on its cards: ', 'Id выборов на этом сервере, как на его карточках: '), codeOf(error.message)) : technical(error.message)]);
    return null;
  }
}

/** Are votes weighed, and in which units does the manifest give weights (docs/spec/manifest.md section 2)? @param {any} election @param {any} manifest */
function weigh(election, { draft, roll }) {
  const unit = 10 ** (draft.roll_scale ?? 0);
  for (const contest of election.contests) Object.assign(contest, { unit, weighs: roll.weight !== roll.voters * unit });
}

/** @param {any} election @param {Promise<any>} first How it stood when the page was opened. */
async function vote(election, first) {
  /** @type {Fault | null} */
  let problem = null;
  let typed = true;
  /** What was typed, where something is wrong with it: it is mended, not typed again. @type {any} */
  let kept = {};
  /** @type {Hand} */
  const hand = { card: {}, fetches: false };
  let standing = first;
  for (;;) {
    const now = await standing;
    [election.status, election.over] = [now, isOver(now?.phase)];
    // What was withdrawn or put off since stands in no manifest.
    election.until = now?.closes ?? election.closes;
    election.contests.forEach((/** @type {any} */ contest, /** @type {number} */ at) => {
      contest.withdrawn = (now?.withdrawn ?? []).filter((/** @type {any} */ gone) => gone.contest === at + 1).map((/** @type {any} */ gone) => gone.candidate);
    });
    if (typed) hand.card = await screens.askCard(election, now, kept, () => cardProblem(problem), leftBehind(election));
    [problem, kept] = [null, {}];
    const [ended, fault] = await alone(() => castOnce(election, hand));
    const again = await ended?.next;
    typed = again === 'retype' || fault !== null;
    if (fault) [problem, kept, hand.card] = [fault, hand.card, {}];
    if (again === 'retype') Object.assign(election, { number: null, has_credential: false });
    hand.fetches = again === 'receipt';
    standing = askStatus();
  }
}

/** After closing nothing is sent that could still count: a ballot that has no answer is asked for with its card, and removed when that
 *  is told, or where the voter wants it. @param {any} election */
const leftBehind = (election) => ({
  isThere: () => election.over && store.holds(election.id),
  remove: () => store.forgetElection(election.id),
});

/** What is wrong with a card that was typed, and in which field; null if the fault is none of these. @param {Fault | null} fault */
function cardProblem(fault) {
  if (fault?.kind === 'number') return { field: 'number', text: tr('This is no voter number.', 'Это не номер избирателя.') };
  const text = fault && codeProblem(fault);
  return text ? { field: 'credential', text } : null;
}

/** @param {Fault} fault */
function codeProblem({ kind, place: { group, typed = '' } }) {
  switch (kind) {
    case 'credential-length': return tr('The code has 32 letters and digits, in eight groups of four; you typed {typed}.', 'В коде 32 буквы и цифры, восемь групп по четыре; введено {typed}.', { typed });
    case 'credential-group': return tr('The code has eight groups of four letters and digits; in group {group} there are {typed}.', 'В коде восемь групп по четыре буквы и цифры; в группе {group} их {typed}.', { group: group ?? 0, typed });
    case 'credential-symbol': return tr('In group {group} of the code there is “{typed}”, which no code has.', 'В группе {group} кода стоит «{typed}»: такого знака в кодах не бывает.', { group: group ?? 0, typed });
    case 'credential-checksum': return group
      ? tr('There is a typing error in group {group} of the code: compare it with your card.', 'В группе {group} кода опечатка: сверьте её с карточкой.', { group })
      : tr('There is more than one typing error in the code: compare it with your card, group by group.', 'В коде опечатка, и не одна: сверьте его с карточкой группа за группой.');
    default: return null;
  }
}

/** What was typed of a card, until the machine has it: behind that it stands nowhere in the page. And does the voter want a receipt of what is known to be
 *  recorded? @typedef {{card: any, fetches: boolean}} Hand */

/** What the voter wants after the end of a vote. @typedef {{next: Promise<string>}} Ended */

/** One vote at a time in this browser: others wait until it has ended, and not until the receipt is read.
 *  @param {() => Promise<Ended>} work @returns {Promise<[Ended | null, Fault | null]>} */
async function alone(work) {
  const run = async () => {
    try {
      return /** @type {[Ended | null, Fault | null]} */ ([await work(), null]);
    } catch (error) {
      if (error instanceof Fault && cardProblem(error)) return /** @type {[Ended | null, Fault | null]} */ ([null, error]);
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
    content: [box('warning', tr('Go on there, or close that tab and try again here: only one tab can vote at a time.', 'Продолжите там или закройте ту вкладку и попробуйте снова здесь: голосовать можно только в одной вкладке.')),
      el('p', { class: 'actions' }, el('button', { type: 'button', class: 'primary', onclick: () => done('elsewhere') }, tr('Try again', 'Попробовать снова')))],
  })));
}

/** From the card to the end. @param {any} election @param {Hand} hand @returns {Promise<Ended>} */
async function castOnce(election, hand) {
  const state = { election, levels: unmarked(election), challenged: /** @type {any[]} */ ([]), weight: /** @type {any} */ (null) };
  /** @type {() => void} */ let again;
  const over = /** @type {Promise<string>} */ (new Promise((done) => { again = () => done('again'); }));
  for (;;) {
    let change = false;
    const voter = {
      /** @param {string} question @param {any[]} told */
      ask: async (question, told) => {
        if (question === 'send-again' && hand.fetches) return { op: 'answer', yes: true };
        state.weight = told.find((notice) => notice.says === 'weight') ?? state.weight;
        const answer = /** @type {any} */ (await screens.ask(question, told, state));
        change ||= answer.change === true;
        delete answer.change;
        // A button that was pressed lives on in the browser, and with it what its screen has shown.
        for (const notice of told) if (notice.levels) notice.levels = [];
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
    const errands = call('begin', hand.card);
    // Unless something is wrong with it, the machine has it now.
    hand.card = {};
    const outcome = await new Vote(election, voter).run(errands).catch(unsent);
    if (change) continue;
    // What waits for the voter now keeps no marks.
    for (const marks of state.levels) marks.fill(undefined);
    state.challenged.length = 0;
    if (outcome.end.kind === 'recorded') return { next: over };
    return { next: new Promise((done) => screens.ended(election, outcome, { again: () => done('again'), receipt: () => done('receipt'), retype: () => done('retype') })) };
  }
}

/** The voter would not send what cannot be stored. @param {unknown} error */
function unsent(error) {
  if (error instanceof Fault && error.kind === 'storage') return { end: { kind: 'nothing-sent' }, told: [], kept: false };
  throw error;
}

function insecure() {
  stop(() => tr('Voting here is not safe', 'Голосовать здесь небезопасно'), () => [
    box('error', tr('This address begins with http, without encryption on the way: browsers then encrypt no ballot, and anybody on the way could change this page. Your card was not used.', 'Этот адрес начинается с http, то есть связь не шифруется: браузеры тогда не шифруют бюллетень, а страницу мог подменить кто угодно по пути. Карточка не использована.')),
    el('p', {}, tr('Ask the organiser for an address that begins with https.', 'Попросите у организатора адрес, который начинается с https.')),
    forOrganiser(el('p', {}, tr('The server has no certificate of its own, and no proxy with one before it: the operator’s guide says how it gets one ([tls] in election.toml).', 'У сервера нет своего сертификата, и перед ним нет прокси с сертификатом: как его получить, сказано в руководстве оператора ([tls] в election.toml).')))]);
}

/** Did the voter come by a link? It stands in no address any more. */
const byLink = opened.fragment !== '';

/** What leads back to its card. */
const comeAgain = () => tr('open your link again: from the letter, or scan the card', 'откройте свою ссылку ещё раз: из письма или отсканировав карточку');

const notUsed = () => (byLink ? tr('Your card was not used. If you close or reload this page, {come}.', 'Карточка не использована. Если вы закроете или перезагрузите страницу, {come}.', { come: comeAgain() })
  : tr('Your card was not used.', 'Карточка не использована.'));

const beginAgain = () => [byLink ? tr('To begin again, {come}.', 'Чтобы начать снова, {come}.', { come: comeAgain() }) : tr('To begin again, reload this page.', 'Чтобы начать снова, перезагрузите страницу.'),
  tr('A ballot that was recorded is found, and counts once.', 'Записанный бюллетень найдётся и будет учтён один раз.')].join(' ');

function start() {
  begin().catch((error) => {
    if (error instanceof Fault && error.kind === 'unreachable') return unreachable(start, notUsed);
    opened.fragment = '';
    broken(error, beginAgain, !byLink);
  });
}

forgetOnLeaving(wipe);
start();
