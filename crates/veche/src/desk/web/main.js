// The ways: what stands behind the # says which screen; whatever is not saved by the desk stands there too, so a reload loses nothing.

import { ask, enter, isIn, Refusal } from './api.js';
import { box, el } from './dom.js';
import { linesOf } from './doing.js';
import { again, button, go, show } from './page.js';
import { current, t } from './words.js';
import * as acts from './acts.js';
import * as cards from './cards.js';
import * as job from './job.js';
import * as letters from './letters.js';
import * as plan from './plan.js';
import * as result from './result.js';
import * as roll from './roll.js';
import * as running from './running.js';
import * as start from './start.js';
import * as trustee from './trustee.js';
import * as voters from './voters.js';

/** @typedef {import('./page.js').Screen} Screen */
/**
 * What a way leads to: what it draws now, and again after `every` seconds where things change without anybody's doing. `refresh` asks
 * the desk once more and says whether anything is different.
 * @typedef {{draw: () => Screen, every?: number, refresh?: () => Promise<boolean>, left?: () => void}} View
 */

/** @type {[RegExp, (...parts: string[]) => Promise<View>][]} */
const WAYS = [
  [/^\/$/, start.list],
  [/^\/new$/, start.make],
  [/^\/stopped$/, start.stopped],
  [/^\/e\/([^/]+)\/plan\/(contest)\/(\d+)$/, plan.contest],
  [/^\/e\/([^/]+)\/plan\/roll$/, roll.view],
  [/^\/e\/([^/]+)\/plan\/(\w+)$/, plan.step],
  [/^\/e\/([^/]+)$/, running.overview],
  [/^\/e\/([^/]+)\/ceremony$/, running.ceremony],
  [/^\/e\/([^/]+)\/act\/(\w+)$/, acts.act],
  [/^\/e\/([^/]+)\/cards$/, cards.view],
  [/^\/e\/([^/]+)\/letters$/, letters.view],
  [/^\/e\/([^/]+)\/voters$/, voters.view],
  [/^\/e\/([^/]+)\/voters\/(\w+)$/, voters.change],
  [/^\/e\/([^/]+)\/result$/, result.view],
  [/^\/e\/([^/]+)\/record$/, result.record],
  [/^\/e\/([^/]+)\/minutes$/, result.minutes],
  [/^\/job\/([^/]+)\/(\w+)\/([^/]*)$/, job.view],
  [/^\/t\/new$/, trustee.begin],
  [/^\/t\/new\/([^/]+)$/, trustee.register],
  [/^\/t\/([^/]+)$/, trustee.view],
  [/^\/t\/([^/]+)\/backup$/, trustee.backup],
];

/** @type {View | null} */
let view = null;
let turn = 0;
/** @type {number | undefined} */
let timer;

async function route() {
  turn += 1;
  const mine = turn;
  clearTimeout(timer);
  view?.left?.();
  view = null;
  const path = location.hash.slice(1) || '/';
  const waiting = setTimeout(() => mine === turn && show(() => ({ title: t('waiting'), content: el('p', { role: 'status' }, t('waiting.text')) })), 400);
  try {
    if (!isIn()) return show(outside);
    const way = WAYS.find(([pattern]) => pattern.test(path));
    if (!way) return show(nowhere);
    const parts = /** @type {RegExpExecArray} */ (way[0].exec(path)).slice(1).map(decodeURIComponent);
    tellLanguage();
    const asked = current();
    const made = await way[1](...parts);
    // What came in a language that was turned meanwhile is asked for again.
    if (asked !== current() && mine === turn) await renewed(made);
    if (mine !== turn) return made.left?.();
    view = made;
    show(view.draw);
    later(view);
  } catch (error) {
    if (mine === turn) show(() => failed(error));
  } finally {
    clearTimeout(waiting);
  }
}

/** Asks the desk once more, until what it has said is in the language that is spoken now. @param {View} looked @returns {Promise<boolean>} */
async function renewed({ refresh }) {
  let different = false;
  for (let asked = ''; refresh && asked !== current();) {
    asked = current();
    different = await refresh() || different;
  }
  return different;
}

/** Looks again, and draws only what has changed. @param {View} looked @param {boolean} [pending] what has changed is not drawn yet */
function later(looked, pending = false) {
  if (!looked.every || !looked.refresh) return;
  timer = setTimeout(async () => {
    /** @type {unknown} */
    let refused = null;
    pending = await renewed(looked).catch((error) => { refused = error; return false; }) || pending;
    if (view !== looked) return;
    // Nothing moves under a hand that is at work.
    if (!document.querySelector('main [aria-busy=true]')) {
      if (refused instanceof Refusal && refused.code === 'token') return out();
      if (refused instanceof Refusal && refused.code === 'gone') return show(() => failed(refused));
      if (pending) again();
      pending = false;
    }
    later(looked, pending);
  }, looked.every * 1000);
}

/** Nobody is in any more: nothing of what was shown goes on. */
function out() {
  turn += 1;
  clearTimeout(timer);
  view?.left?.();
  view = null;
  show(outside);
}

/** The desk's own sentences in the language that was chosen, as far as what is shown can be looked at again. A page on its way sees to
 *  that itself. */
async function turned() {
  tellLanguage();
  const looked = view;
  if (!isIn() || !looked) return;
  try {
    if (await renewed(looked) && view === looked) again();
  } catch {
    // It is told by whatever is done next.
  }
}

/** What goes on in the desk by itself speaks the language of the pages. One after the other: what was chosen last must come last. */
let telling = Promise.resolve();
function tellLanguage() {
  telling = telling.then(() => (isIn() ? ask('language', { lang: current() }).catch(() => {}) : undefined));
}

/** @returns {Screen} */
const outside = () => ({ title: t('outside'), content: [box('warning', t('outside.text')), el('p', {}, t('outside.next'))] });

/** @returns {Screen} */
const nowhere = () => ({ title: t('nowhere'), content: [el('p', {}, t('nowhere.text')), el('p', { class: 'actions' }, go('#/', t('to.start')))] });

/** @param {unknown} error @returns {Screen} */
function failed(error) {
  if (error instanceof Refusal && error.code === 'nonce') return { title: t('outside'), content: [box('warning', linesOf(error.what)), el('p', {}, t('outside.next'))] };
  if (error instanceof Refusal && error.code === 'token') return outside();
  const [what, next] = error instanceof Refusal ? [error.what, error.next] : [t('broken'), String(error)];
  return {
    title: error instanceof Refusal && error.code === 'gone' ? t('gone.title') : t('failed.title'),
    content: [box('error', linesOf(what), linesOf(next)),
      el('p', { class: 'actions' }, button(t('try.again'), route, 'primary'), go('#/', t('to.start')))],
  };
}

addEventListener('hashchange', () => {
  // A first address that was pasted into this same tab.
  if (/^#[^/]/.test(location.hash)) return location.reload();
  route();
});
addEventListener('desk:again', route);
addEventListener('desk:out', out);
addEventListener('desk:language', turned);

async function begin() {
  const page = /** @type {any} */ (window).desk;
  page.begun = true;
  if (page.nonce) {
    const nonce = page.nonce;
    page.nonce = '';
    try {
      await enter(nonce);
    } catch (error) {
      return show(() => failed(error));
    }
  }
  await route();
}

begin();
