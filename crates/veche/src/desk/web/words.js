// Texts by their keys: one table per language, with the same keys in both.

import { en } from './en.js';
import { ru } from './ru.js';

/** @typedef {keyof typeof en} Key */
/** @typedef {'en' | 'ru'} Language */
/** @typedef {Object<string, string | number>} Values */

const KEPT = 'veche-desk-language';
/** @type {Record<Language, Record<Key, string>>} */
const TABLES = { en, ru };

/** The language chosen here before, else the first that the browser asks for and that is spoken here. @returns {Language} */
function first() {
  const kept = localStorage.getItem(KEPT);
  if (kept === 'en' || kept === 'ru') return kept;
  const asked = (navigator.languages ?? [navigator.language]).find((tag) => /^(ru|en)\b/i.test(tag));
  return asked?.toLowerCase().startsWith('ru') ? 'ru' : 'en';
}

let language = first();
document.documentElement.lang = language;

export const current = () => language;

/** @param {Language} chosen */
export function speak(chosen) {
  language = chosen;
  localStorage.setItem(KEPT, chosen);
  document.documentElement.lang = chosen;
}

/**
 * A text. `{name}` stands for a value; `{n|vote|votes}` for the form that goes with the number n, in Russian `{n|голос|голоса|голосов}`.
 * @param {Key} key @param {Values} [values] @returns {string}
 */
export const t = (key, values = {}) => fill(TABLES[language][key], values);

/** Where a key is made of a word that came from outside: nothing if there is no such text. @param {string} key @param {Values} [values] */
export const maybe = (key, values = {}) => (Object.hasOwn(TABLES[language], key) ? t(/** @type {Key} */ (key), values) : undefined);

/** What the desk says, in both languages where the page keeps it. @typedef {string | {en: string, ru: string}} Said */

/** @param {Said | null | undefined} text */
export const said = (text) => (typeof text === 'string' ? text : text?.[language] ?? '');

/** @param {string} text @param {Values} values */
function fill(text, values) {
  return text.replace(/\{(\w+)((?:\|[^|}]*)*)\}/g, (whole, name, forms) => {
    const value = values[name];
    if (value === undefined) return whole;
    if (forms) return form(Number(value), forms.slice(1).split('|'));
    return typeof value === 'number' ? number(value) : value;
  });
}

/** @param {number} n @param {string[]} forms one, few, many; or one, other */
function form(n, forms) {
  const rule = new Intl.PluralRules(language).select(n);
  const place = rule === 'one' ? 0 : rule === 'few' ? 1 : forms.length - 1;
  return forms[place] ?? '';
}

/** @param {number} n */
export const number = (n) => new Intl.NumberFormat(language === 'ru' ? 'ru-RU' : 'en-GB').format(n);

const locale = () => (language === 'ru' ? 'ru-RU' : 'en-GB');

/** A time of this machine's zone, which is named. @param {number} seconds */
export const time = (seconds) => new Intl.DateTimeFormat(locale(), {
  weekday: 'short', day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit', timeZoneName: 'short',
}).format(new Date(seconds * 1000));

/** Without the zone, for lists. @param {number} seconds */
export const shortTime = (seconds) => new Intl.DateTimeFormat(locale(), {
  day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit',
}).format(new Date(seconds * 1000));

/** The zone as people call it, and as it differs from Greenwich. @param {number} [seconds] */
export function zone(seconds = Date.now() / 1000) {
  const at = new Date(seconds * 1000);
  const named = new Intl.DateTimeFormat(locale(), { timeZoneName: 'long' }).formatToParts(at).find((part) => part.type === 'timeZoneName');
  const offset = -at.getTimezoneOffset();
  const two = (/** @type {number} */ n) => String(Math.floor(n)).padStart(2, '0');
  return `${named?.value ?? ''} (UTC${offset < 0 ? '−' : '+'}${two(Math.abs(offset) / 60)}:${two(Math.abs(offset) % 60)})`;
}

/** How long until then, in the largest unit that says something. @param {number} seconds from now on; negative is before */
export function span(seconds) {
  const format = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' });
  const far = Math.abs(seconds);
  if (far < 90) return format.format(Math.round(seconds), 'second');
  if (far < 90 * 60) return format.format(Math.round(seconds / 60), 'minute');
  if (far < 36 * 3600) return format.format(Math.round(seconds / 3600), 'hour');
  return format.format(Math.round(seconds / 86400), 'day');
}
