// The one page: head, the way through an election at the side, what is shown now, and a line that is read out.

import { append, el } from './dom.js';
import { current, speak, t } from './words.js';

/** @typedef {import('./dom.js').Child} Child */
/** @typedef {{href: string, label: string, done?: boolean, here?: boolean}} Step */
/** @typedef {{title: string, content: Child, kind?: string, side?: Step[], name?: string, rehearsal?: boolean}} Screen */

const [head, side, main, foot] = ['head', 'side', 'main', 'foot'].map((id) => /** @type {HTMLElement} */ (document.getElementById(id)));
const live = el('p', { class: 'unseen', role: 'status' });
document.body.append(live);

const PRESS_MS = 250;

/** @type {(() => Screen) | null} */
let drawn = null;

/** Shows a screen from its beginning, and begins to read it out there. @param {() => Screen} draw */
export function show(draw) {
  drawn = draw;
  render();
  scrollTo(0, 0);
  main.querySelector('h1')?.focus({ preventScroll: true });
}

/** Shows the same screen again, as things are now: what was typed, unfolded and focused stays, unless it is drawn otherwise now.
 *  @param {() => Screen} [draw] */
export function again(draw) {
  if (draw) drawn = draw;
  const kept = state();
  render();
  restore(kept);
}

/** What fills places of the page when something has happened; they are filled with the page again. @type {WeakMap<Element, () => Child>} */
const fillings = new WeakMap();

/** Fills a place, or empties it. @param {Element | null | undefined} place @param {(() => Child) | null} filling */
export function fill(place, filling) {
  if (!place) return;
  place.replaceChildren();
  if (!filling) {
    fillings.delete(place);
    return;
  }
  fillings.set(place, filling);
  append(/** @type {Node} */ (place), [filling()]);
}

/** A moment later: what was pressed to leave a field must still be there when it is let go. */
export const soon = () => setTimeout(() => main.querySelector('[aria-busy=true]') || again(), PRESS_MS);

function render() {
  if (!drawn) return;
  const { title, content, side: steps, name, rehearsal } = drawn();
  document.title = [title, name, 'Veche'].filter((part, i, all) => part && all.indexOf(part) === i).join(' — ');
  document.documentElement.lang = current();
  header(name);
  steps ? way(steps) : side.replaceChildren();
  side.hidden = !steps;
  document.body.classList.toggle('wide', Boolean(steps));
  main.replaceChildren();
  const mark = rehearsal ? el('p', { class: 'rehearsal' }, el('strong', {}, t('rehearsal.mark')), ' ', t('rehearsal.explain')) : null;
  append(main, [mark, el('h1', { tabindex: -1 }, title), content]);
  foot.replaceChildren();
  append(foot, [el('p', { class: 'small' }, t('foot'))]);
}

/** @param {string} [name] */
function header(name) {
  const other = current() === 'ru' ? /** @type {const} */ ('en') : /** @type {const} */ ('ru');
  const turn = () => {
    speak(other);
    again();
    /** @type {HTMLElement | null} */ (head.querySelector('.language'))?.focus();
    dispatchEvent(new Event('desk:language'));
  };
  head.replaceChildren();
  append(head, [
    el('button', { type: 'button', class: 'skip', onclick: () => main.querySelector('h1')?.focus() }, t('skip')),
    el('a', { class: 'home', href: '#/' }, el('strong', { translate: 'no' }, 'Veche'), ' ', el('span', {}, t('desk'))),
    name ? el('span', { class: 'name', translate: 'no', dir: 'auto' }, name) : null,
    el('button', { type: 'button', class: 'language', lang: other, onclick: turn }, other === 'ru' ? 'По-русски' : 'In English'),
  ]);
}

/** @param {Step[]} steps */
function way(steps) {
  side.setAttribute('aria-label', t('way'));
  side.replaceChildren();
  append(side, [el('ol', {}, steps.map(({ href, label, done, here }) =>
    el('li', { class: done ? 'done' : '' }, el('a', { href, 'aria-current': here ? 'page' : undefined }, label, done ? el('span', { class: 'unseen' }, ` (${t('way.done')})`) : null))))]);
}

/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Field */

/** Fields and folds are known by their ids, and those without by their places. */
const fields = () => /** @type {Field[]} */ ([...main.querySelectorAll('input:not([type=file]), textarea, select')]);
const stops = () => /** @type {HTMLElement[]} */ ([...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')]);
const folds = () => [...main.querySelectorAll('details')];

/** Places that may be filled, each with what it is known by: its id, or that of the part in which it is, and which it is there. */
function places() {
  /** @type {Map<string, number>} */
  const counts = new Map();
  return [...main.querySelectorAll('.refused, .filled')].map((place) => {
    const part = place.id || place.closest('details[id]')?.id || place.closest('[aria-labelledby]')?.getAttribute('aria-labelledby') || '';
    counts.set(part, (counts.get(part) ?? 0) + 1);
    return { place, known: `${part} ${counts.get(part)}` };
  });
}

/** As it was drawn, whatever was done to it since; of several that exclude each other, as all of them were. @param {Field} field */
function drawnAs(field) {
  if (field instanceof HTMLSelectElement) return [...field.options].find((option) => option.defaultSelected)?.value;
  if (field.type === 'radio') return main.querySelector(`input[type=radio][name="${field.name}"][checked]`)?.id;
  return `${field.defaultValue} ${'defaultChecked' in field && field.defaultChecked}`;
}

/** What stands in the place of an element since the page was drawn again, while something was done. @type {WeakMap<Element, Element>} */
const heirs = new WeakMap();

/** @template {Element} T @param {T} element @returns {T} as it stands in the page now */
export function heir(element) {
  let now = /** @type {Element} */ (element);
  for (let next = heirs.get(now); next; next = heirs.get(now)) now = next;
  return /** @type {T} */ (now);
}

const BUSY = /** @type {const} */ (['aria-busy', 'aria-disabled']);
/** What may be at work: the same places in both languages. */
const workers = () => [...main.querySelectorAll('form, section, button')];

function state() {
  const active = document.activeElement;
  const selection = active instanceof HTMLInputElement && active.type === 'text' || active instanceof HTMLTextAreaElement
    ? /** @type {[number, number]} */ ([active.selectionStart ?? 0, active.selectionEnd ?? 0]) : null;
  return {
    typed: fields().map((field) => ({ id: field.id, drawn: drawnAs(field), value: field.value, checked: 'checked' in field && field.checked })),
    filled: places().map(({ place, known }) => ({ known, filling: fillings.get(place) })),
    busy: workers().map((element) => ({ element, marks: BUSY.filter((mark) => element.getAttribute(mark) === 'true') })),
    open: folds().map((fold) => ({ id: fold.id, open: fold.open })),
    focus: active instanceof HTMLElement && active !== document.body ? { id: active.id, place: stops().indexOf(active), text: active.textContent } : null, selection,
    scroll: scrollY,
  };
}

/** @param {ReturnType<typeof state>} kept */
function restore(kept) {
  fields().forEach((field, i) => {
    const was = field.id ? kept.typed.find(({ id }) => id === field.id) : kept.typed[i];
    if (!was || was.drawn !== drawnAs(field)) return;
    // The value of a box or button is its name, and no more typed than that.
    if (field instanceof HTMLInputElement && ['checkbox', 'radio'].includes(field.type)) field.checked = was.checked;
    else field.value = was.value;
  });
  places().forEach(({ place, known }) => fill(place, kept.filled.find((was) => was.known === known)?.filling ?? null));
  workers().forEach((element, i) => {
    const was = kept.busy[i];
    if (!was?.marks.length || was.element.tagName !== element.tagName) return;
    heirs.set(was.element, element);
    was.marks.forEach((mark) => element.setAttribute(mark, 'true'));
  });
  folds().forEach((fold, i) => {
    const was = fold.id ? kept.open.find(({ id }) => id === fold.id) : kept.open[i];
    if (was) fold.open = was.open;
  });
  const focus = kept.focus && sameAs(kept.focus);
  if (focus) {
    focus.focus({ preventScroll: true });
    if (kept.selection && (focus instanceof HTMLInputElement || focus instanceof HTMLTextAreaElement)) focus.setSelectionRange(...kept.selection);
  }
  scrollTo(0, kept.scroll);
}

/** What stands where the focus was: known by its id, else by its place and words. @param {{id: string, place: number, text: string | null}} was */
function sameAs({ id, place, text }) {
  if (id) return document.getElementById(id);
  const all = stops();
  return all[place]?.textContent === text ? all[place] : all.find((stop) => stop.textContent === text);
}

/** Read out where nothing else moves the focus. @param {string} text */
export function say(text) {
  live.textContent = '';
  setTimeout(() => { live.textContent = text; }, 50);
}

/** @param {string} label @param {(event: Event) => unknown} act @param {string} [kind] @param {Object<string, any>} [more] */
export const button = (label, act, kind = '', more = {}) => el('button', { type: 'button', class: kind, onclick: act, ...more }, label);

/** @param {string} href @param {Child} label @param {string} [kind] */
export const go = (href, label, kind = '') => el('a', { href, class: `button ${kind}` }, label);

/** @param {string} name @param {Child} value */
export const fact = (name, value) => (value === null || value === undefined || value === '' ? null : el('div', {}, el('dt', {}, name), el('dd', {}, value)));

/** @param {...Child} all */
export const facts = (...all) => el('dl', { class: 'facts' }, ...all);

/** A folded part. @param {string} id @param {string} label @param {...Child} content */
export const fold = (id, label, ...content) => el('details', { id }, el('summary', {}, label), ...content);
