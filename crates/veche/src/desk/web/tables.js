// Tables that scroll by themselves where the window is narrow.

import { el, given } from './dom.js';
import { t } from './words.js';

/** @typedef {import('./dom.js').Child} Child */

/** @param {string} caption @param {Child[]} head @param {Child[][]} rows the first cell is the row's head @param {{kind?: string}} [more] */
export const table = (caption, head, rows, { kind = '' } = {}) => scroll(caption,
  el('table', { class: kind }, el('caption', {}, caption),
    el('thead', {}, el('tr', {}, head.map((cell) => (cell === '' ? el('td') : el('th', { scope: 'col' }, text(cell)))))),
    el('tbody', {}, rows.map((row) => el('tr', {}, row.map((cell, i) => (i ? el('td', {}, text(cell)) : el('th', { scope: 'row' }, text(cell)))))))));

/** @param {Child} cell */
const text = (cell) => (typeof cell === 'string' ? given(cell) : typeof cell === 'number' ? String(cell) : cell);

/** What is wider than the window can be moved by keyboard too. @param {string} label @param {...Child} content */
export const scroll = (label, ...content) => el('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('table.region', { caption: label }) }, ...content);
