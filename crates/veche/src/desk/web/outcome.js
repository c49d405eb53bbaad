// How a contest came out: the table, who is elected, and what decided between equals. The same for a result and for an example.

import { box, el, given } from './dom.js';
import { scroll } from './tables.js';
import { t } from './words.js';

/** @typedef {import('./dom.js').Child} Child */

/** @param {any} contest @param {Child} [said] before the table, in place of its own sentences @returns {Child[]} */
export function outcome({ title, head = [], decides, rows = [], notes = [], elected = [], sentences = [], rule = [], ties = [] }, said) {
  return [
    said ?? box(elected.length ? 'good' : 'warning', sentences.map((/** @type {string} */ text) => el('p', {}, given(text)))),
    scroll(title, el('table', {}, el('caption', {}, t('result.caption')),
      el('thead', {}, el('tr', {}, head.map((/** @type {string} */ text, /** @type {number} */ i) => (text ? el('th', { scope: 'col', class: i > 1 ? 'n' : '' }, text) : el('td'))))),
      el('tbody', {}, rows.map((/** @type {string[]} */ row, /** @type {number} */ at) => el('tr', { class: elected.includes(row[1] ?? '') ? 'won' : '' },
        row.map((cell, i) => (i === 1 ? el('th', { scope: 'row' }, given(cell), notes[at] ? el('span', { class: 'small' }, ` ${notes[at]}`) : null)
          : el('td', { class: [i > 1 ? 'n' : '', i === decides ? 'decides' : ''].filter(Boolean).join(' ') || undefined }, cell)))))))),
    ties.map((/** @type {any} */ { head: first, steps = [], end }) => el('div', { class: 'tie' }, el('p', {}, first), el('ol', {}, steps.map((/** @type {string} */ step) => el('li', {}, step))), el('p', {}, end))),
    rule.length ? el('ul', { class: 'small' }, rule.map((/** @type {string} */ text) => el('li', {}, text))) : null,
  ];
}
