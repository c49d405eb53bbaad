// What long work asks of the person: codes that are typed as they were heard, or whether something is known.

import { box, codeField, codeOf, el } from './dom.js';
import { linesOf, room } from './doing.js';
import { described, field, typed } from './fields.js';
import { button } from './page.js';
import { maybe, t } from './words.js';

/** @typedef {(answer: any, event: Event) => unknown} Answer */

/** @param {any} asked @param {Answer} answer */
export function question(asked, answer) {
  if (asked.kind === 'codes') return codes(asked, answer);
  const say = (/** @type {boolean} */ known) => (/** @type {Event} */ event) => answer({ known }, event);
  return el('section', { 'aria-labelledby': 'asked' }, el('h2', { id: 'asked' }, t('asked')), box('warning', linesOf(asked.text), linesOf(asked.next)), room(),
    el('p', { class: 'actions' }, button(t('asked.known'), say(true), 'primary'), button(t('asked.not-known'), say(false), 'danger')),
    el('p', { class: 'small' }, t('asked.text')));
}

/** A code as it was heard. @param {string} id @param {string} label @param {string | undefined} before @param {string | null} wrong */
const heard = (id, label, before, wrong) => field(id, label, codeField(id, before ?? '', { rows: 2, ...described(id, { wrong }) }), { wrong });

/** One's own code is read out; a colleague's is typed as it was heard. @param {any} asked @param {Answer} answer */
function codes(asked, answer) {
  const others = /** @type {any[]} */ (asked.with ?? []);
  const id = (/** @type {number} */ number) => `heard-${number}`;
  const wrong = others.some(({ agrees }) => agrees === false);
  const send = (/** @type {Event} */ event) => answer({ typed: Object.fromEntries(others.map(({ number }) => [String(number), typed(id(number)).trim()]).filter(([, code]) => code)) }, event);
  return el('form', { autocomplete: 'off', onsubmit: send },
    wrong ? box('error', el('p', {}, t('codes.wrong'))) : null,
    el('p', {}, maybe(`codes.what.${asked.what}`) ?? t('codes.text')),
    box('note', el('p', {}, t('codes.telephone'))),
    el('section', { 'aria-labelledby': 'own' }, el('h2', { id: 'own' }, t('codes.own')), el('p', { class: 'aloud' }, codeOf(asked.own)),
      asked.name ? el('p', { class: 'small' }, t('codes.own.name', { name: asked.name })) : null),
    el('section', { 'aria-labelledby': 'heard' }, el('h2', { id: 'heard' }, t('codes.heard')),
      el('p', {}, asked.at_least < others.length ? t('codes.at-least', { n: asked.at_least }) : t('codes.all'), ' ', t('codes.type.hint')),
      others.map(({ number, name, typed: before, agrees }) => [
        heard(id(number), number === 0 ? t('codes.organiser') : t('codes.of', { number: String(number), name: name || '—' }), before, agrees === false ? t('codes.disagrees') : null),
        agrees === true ? el('p', { class: 'yes' }, t('codes.agrees')) : null])),
    room(),
    el('p', { class: 'actions' }, el('button', { class: 'primary' }, t('codes.agree')), button(t('codes.differ'), (event) => answer({ differ: true }, event), 'danger')),
    el('p', { class: 'small' }, t('codes.differ.text')));
}

