// Fields with their labels, what is said of them, and what is wrong with them.

import { el } from './dom.js';

/** @typedef {import('./dom.js').Child} Child */

/** What belongs to the field by its id: said before it, so that it is read with it.
 *  @param {string} id @param {string} label @param {Child} field @param {{hint?: Child, wrong?: string | null, kind?: string}} [more] */
export const field = (id, label, field, { hint, wrong, kind = '' } = {}) => el('div', { class: `field ${kind}` },
  el('label', { for: id }, label), hint ? el('p', { class: 'small', id: `${id}-hint` }, hint) : null,
  wrong ? el('p', { class: 'wrong', id: `${id}-wrong` }, wrong) : null, field);

/** @param {string} id @param {{hint?: Child, wrong?: string | null}} more */
export function described(id, { hint, wrong }) {
  const by = [hint ? `${id}-hint` : '', wrong ? `${id}-wrong` : ''].filter(Boolean).join(' ');
  return { 'aria-describedby': by || undefined, 'aria-invalid': wrong ? 'true' : undefined };
}

/** @typedef {{hint?: Child, wrong?: string | null, value?: string, kind?: string, onchange?: (value: string) => unknown, oninput?: (value: string) => unknown, attributes?: Object<string, any>}} More */

/** One line. @param {string} id @param {string} label @param {More} [more] */
export function line(id, label, more = {}) {
  const { value = '', onchange, oninput, attributes = {} } = more;
  const input = el('input', { type: 'text', id, value, autocomplete: 'off', spellcheck: 'false', ...described(id, more), ...attributes,
    onchange: onchange && (() => onchange(input.value)), oninput: oninput && (() => oninput(input.value)) });
  return field(id, label, input, more);
}

/** Several lines. @param {string} id @param {string} label @param {More} [more] */
export function lines(id, label, more = {}) {
  const { value = '', onchange, oninput, attributes = {} } = more;
  const area = el('textarea', { id, rows: 6, autocomplete: 'off', spellcheck: 'false', ...described(id, more), ...attributes,
    onchange: onchange && (() => onchange(area.value)), oninput: oninput && (() => oninput(area.value)) });
  area.defaultValue = value;
  return field(id, label, area, more);
}

/** One of several, each with a sentence of its own. @param {string} name @param {string} label
 *  @param {{value: string, label: string, hint?: Child}[]} options @param {string | undefined} chosen @param {(value: string) => unknown} changed @param {{hint?: Child, wrong?: string | null}} [more] */
export function choice(name, label, options, chosen, changed, { hint, wrong } = {}) {
  return el('fieldset', { id: name, class: 'list', 'aria-describedby': [hint ? `${name}-hint` : '', wrong ? `${name}-wrong` : ''].filter(Boolean).join(' ') || undefined },
    el('legend', {}, label), hint ? el('p', { class: 'small', id: `${name}-hint` }, hint) : null, wrong ? el('p', { class: 'wrong', id: `${name}-wrong` }, wrong) : null,
    el('div', { class: 'options' }, options.map((option) => {
      const input = el('input', { type: 'radio', name, id: `${name}-${option.value}`, value: option.value, checked: option.value === chosen, autocomplete: 'off', 'aria-invalid': wrong ? 'true' : undefined, onchange: () => changed(option.value) });
      return el('label', { class: 'option' }, input, el('span', {}, option.label, option.hint ? el('small', {}, option.hint) : null));
    })));
}

/** One of many, without room for sentences. @param {string} id @param {string} label @param {{value: string, label: string}[]} options
 *  @param {string | undefined} chosen @param {(value: string) => unknown} changed @param {More} [more] */
export function select(id, label, options, chosen, changed, more = {}) {
  const made = el('select', { id, autocomplete: 'off', ...described(id, more), onchange: () => changed(made.value) },
    options.map((option) => el('option', { value: option.value, selected: option.value === chosen }, option.label)));
  return field(id, label, made, more);
}

/** Yes or no. @param {string} id @param {Child} label @param {boolean} checked @param {(checked: boolean) => unknown} [changed] */
export function tick(id, label, checked, changed) {
  const input = el('input', { type: 'checkbox', id, checked, autocomplete: 'off', onchange: () => changed?.(input.checked) });
  return el('label', { class: 'option' }, input, el('span', {}, label));
}

/** What was typed in a field of the page. @param {string} id */
export const typed = (id) => /** @type {HTMLInputElement} */ (document.getElementById(id))?.value ?? '';

/** @param {string} id */
export const ticked = (id) => /** @type {HTMLInputElement} */ (document.getElementById(id))?.checked ?? false;
