// Elements without markup: every text, an organiser's or ours, goes in as text.

const SVG = 'http://www.w3.org/2000/svg';

/** @typedef {any} Child a node, a text, a list of these, or nothing */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name @param {Object<string, any>} [attributes] `on…` is a listener; true and false are bare attributes
 * @param {...Child} children @returns {HTMLElementTagNameMap[K]}
 */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, '');
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(key, String(value));
  }
  append(element, children);
  return element;
}

/** @param {Node} parent @param {Child[]} children */
export function append(parent, children) {
  for (const child of children.flat(Infinity)) {
    if (child instanceof Node) parent.appendChild(child);
    else if (typeof child === 'string') parent.appendChild(document.createTextNode(child));
  }
}

/** Words of the organiser's: a browser must not translate them. @param {string} text */
export const given = (text) => el('span', { translate: 'no', dir: 'auto' }, text);

/** A box; an error is read out at once. @param {'error' | 'warning' | 'good' | 'note'} kind @param {...Child} content */
export const box = (kind, ...content) => el('div', { class: `box ${kind}`, role: kind === 'error' ? 'alert' : undefined }, ...content);

/** A code in groups, each of which stays whole. @param {string} code */
export const codeOf = (code) => el('code', { class: 'code', translate: 'no' }, ...code.split('-').flatMap((group, i) => [i ? '-' : '', el('span', {}, group)]));

/** Where a code is typed from paper: all of it can be seen and read over, and it is sent off as from a line.
 *  @param {string} id @param {string | undefined} value @param {Object<string, any>} attributes */
export const codeField = (id, value, attributes) => el('textarea', { id, class: 'typed', autocomplete: 'off', spellcheck: 'false', autocapitalize: 'characters', ...attributes,
  onkeydown: (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    /** @type {HTMLTextAreaElement} */ (event.target).form?.querySelector('button')?.click();
  } }, value);

/** Modules of white around a QR code. */
const QUIET = 4;

/** A QR code. @param {{width: number, path: string} | null} picture @param {string} label */
export function qr(picture, label) {
  if (!picture) return null;
  const side = picture.width + 2 * QUIET;
  const ground = drawn('rect', { x: -QUIET, y: -QUIET, width: side, height: side, fill: '#fff' });
  return drawn('svg', { viewBox: `${-QUIET} ${-QUIET} ${side} ${side}`, class: 'qr', role: 'img', 'aria-label': label, 'shape-rendering': 'crispEdges' },
    ground, drawn('path', { d: picture.path, fill: '#000' }));
}

/** A part of a picture. @param {string} name @param {Object<string, string | number>} attributes @param {...Node} children */
export function drawn(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  append(element, children);
  return element;
}

/** A page beside this one, which would be emptied if it were left. @param {string} href @param {Object<string, string>} attributes
 *  @param {...Child} children */
export const beside = (href, attributes, ...children) => el('a', { href, target: '_blank', rel: 'noreferrer', ...attributes }, ...children);

/** A file for the voter to keep. @param {string} name @param {string} text @param {string} label @param {string} [kind] */
export function download(name, text, label, kind = '') {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  return el('a', { class: `button ${kind}`, href: address, download: name }, label);
}
