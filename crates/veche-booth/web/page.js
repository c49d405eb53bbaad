// The one page: a head with the languages, what is shown now, and a line that is read out.

import { technical } from './causes.js';
import { append, beside, box, el } from './dom.js';
import { current, speak, tr } from './words.js';

/** @typedef {{title: string, content: import('./dom.js').Child[]}} Screen */

const [head, main, foot] = ['head', 'main', 'foot'].map((id) => /** @type {HTMLElement} */ (document.getElementById(id)));
/** @type {(() => Screen) | null} */
let drawn = null;
let name = 'Veche';
let ends = () => /** @type {import('./dom.js').Child[]} */ ([]);

/** @param {string} title The election's. @param {() => import('./dom.js').Child[]} footer */
export function dress(title, footer) {
  name = title;
  ends = footer;
}

/** Of every screen's foot, in the language of the screen. */
export const toTheElection = () => beside(`../?lang=${current()}`, { class: 'small' }, tr('About this election (in another tab)', 'Об этих выборах (в другой вкладке)'));

/** Shows a screen, from its beginning. Drawn anew when the voter changes the language. @param {() => Screen} draw */
export function show(draw) {
  drawn = draw;
  render();
  scrollTo(0, 0);
  const heading = main.querySelector('h1');
  heading?.focus({ preventScroll: true });
}

function render() {
  if (!drawn) return;
  const { title, content } = drawn();
  document.title = title === name ? name : `${title} — ${name}`;
  document.documentElement.lang = current();
  const other = current() === 'ru' ? /** @type {const} */ ('en') : /** @type {const} */ ('ru');
  const button = el('button', { type: 'button', class: 'language', lang: other, onclick: () => turn(other) }, other === 'ru' ? 'По-русски' : 'In English');
  head.replaceChildren(el('span', { class: 'name', translate: 'no', dir: 'auto' }, name), button);
  main.replaceChildren();
  append(main, [el('h1', { tabindex: -1 }, title), content]);
  foot.replaceChildren();
  append(foot, ends());
}

/** What a voter has typed, ticked and unfolded, on whatever screen: the same places in both languages. */
const fields = () => /** @type {HTMLInputElement[]} */ ([...main.querySelectorAll('input[type=text], input[type=checkbox], textarea:not([readonly])')]);
const folds = () => [...main.querySelectorAll('details')];

/** @param {'en' | 'ru'} language */
function turn(language) {
  const [typed, open] = [fields().map(({ value, checked }) => ({ value, checked })), folds().map((fold) => fold.open)];
  speak(language);
  // Whoever loads the page again, or goes on from it, is spoken to in it.
  history.replaceState(null, '', `${location.pathname}?lang=${language}`);
  render();
  fields().forEach((field, i) => Object.assign(field, typed[i]));
  folds().forEach((fold, i) => { fold.open = open[i] ?? false; });
  /** @type {HTMLElement | null} */ (head.querySelector('.language'))?.focus();
}

/** Nothing of a vote stays in the page. */
export function clear() {
  drawn = null;
  name = 'Veche';
  document.title = name;
  for (const part of [head, main, foot]) part.replaceChildren();
}

/** Whoever comes back by the back button, or sits down at this screen after the voter, finds nothing. @param {() => void} wipe */
export function forgetOnLeaving(wipe) {
  addEventListener('pagehide', () => {
    clear();
    wipe();
  });
  addEventListener('pageshow', (event) => {
    if (event.persisted) location.reload();
  });
}

/** A screen that ends the way. @param {() => string} title @param {() => import('./dom.js').Child[]} content */
export function stop(title, content) {
  show(() => ({ title: title(), content: content() }));
}

/** Nothing came of it yet: what the page was told it still knows. @param {() => void} again @param {() => string} [besides] */
export function unreachable(again, besides = () => '') {
  stop(() => tr('The server does not answer', 'Сервер не отвечает'), () => [
    box('error', tr('Try again in a minute.', 'Попробуйте снова через минуту.'), ' ', besides()),
    el('p', { class: 'actions' }, el('button', { type: 'button', class: 'primary', onclick: again }, tr('Try again', 'Попробовать снова'))),
  ]);
}

/** For whom no screen was made. @param {unknown} error @param {() => string} wayBack @param {boolean} reloads is the way back this same page? */
export function broken(error, wayBack, reloads) {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  stop(() => tr('This page has failed', 'На странице произошла ошибка'), () => [box('error', el('p', {}, wayBack())),
    reloads ? el('p', { class: 'actions' }, el('button', { type: 'button', class: 'primary', onclick: () => location.reload() }, tr('Reload', 'Перезагрузить'))) : null,
    technical(text)]);
}
