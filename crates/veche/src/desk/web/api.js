// What is asked of the desk: one way, with the token of this session, and an answer or a refusal in words.

import { current, said, t } from './words.js';

/** @typedef {import('./words.js').Key} Key */
/** @typedef {import('./words.js').Said} Said */

const TOKEN = 'veche-desk-token';
/** No browser lets more than 64 KiB outlive its page; a letter has up to three bytes. */
const OUTLIVING_MAX_LETTERS = 20_000;

/** One of the ways on from a refusal: what to set, to which value. @typedef {{field: string, value: string, text: Said}} Way */

/** A refusal: what happened, and what to do. It may be shown for longer than a language is. */
export class Refusal extends Error {
  /** @param {string} code @param {() => [what: string, next?: string | null]} words @param {Way[]} [ways] */
  constructor(code, words, ways = []) {
    super(code);
    this.code = code;
    this.words = words;
    this.ways = ways;
  }

  get what() {
    return this.words()[0];
  }

  get next() {
    return this.words()[1] ?? null;
  }
}

/** A refusal of the page's own. @param {string} code @param {Key} what @param {Key} [next] */
export const refuse = (code, what, next) => new Refusal(code, () => [t(what), next ? t(next) : null]);

/** One that the desk has told. @param {{code?: string, what?: string, next?: string | null, said?: {what: Said, next: Said | null}, ways?: Way[]}} error */
export const toldBy = ({ code = 'other', what = '', next = null, said: words = { what, next }, ways = [] }) => new Refusal(code, () => [said(words.what), said(words.next)], ways);

/** Whoever opens the desk's first address gets a token for it, once. @param {string} nonce */
export async function enter(nonce) {
  sessionStorage.removeItem(TOKEN);
  const { token } = await post('/api/enter', { nonce });
  sessionStorage.setItem(TOKEN, token);
}

export const isIn = () => sessionStorage.getItem(TOKEN) !== null;

/** @param {string} path below /api/ @param {Object<string, any>} [body] @returns {Promise<any>} */
export const ask = (path, body = {}) => post(`/api/${path}`, body);

/** Of one election. @param {string} name @param {string} path @param {Object<string, any>} [body] @param {boolean} [leaving] the page goes
 *  @returns {Promise<any>} */
export const of = (name, path, body = {}, leaving = false) => post(`/api/elections/${encodeURIComponent(name)}${path ? `/${path}` : ''}`, body, leaving);

/** What every question has: the answer is in the language that is spoken when it is asked. */
const asking = () => ({ 'Content-Type': 'application/json', 'X-Veche-Language': current() });

/** @param {string} path @param {Object<string, any>} content @param {boolean} [leaving] @returns {Promise<any>} */
async function post(path, content, leaving = false) {
  const token = sessionStorage.getItem(TOKEN);
  const headers = { ...asking(), ...(token ? { 'X-Veche-Desk': token } : {}) };
  const body = JSON.stringify(content);
  const keepalive = leaving && body.length < OUTLIVING_MAX_LETTERS;
  const answer = await fetch(path, { method: 'POST', headers, body, keepalive, cache: 'no-store', credentials: 'omit', redirect: 'error' })
    .catch(() => { throw gone(); });
  const told = await answer.json().catch(() => { throw gone(); });
  if (answer.ok) return told;
  throw refusedBy(answer.status, told);
}

/** A file of an election, as the bytes that it is; they are given to the person. @param {string} name @param {string} file */
export async function fetchFile(name, file) {
  const token = sessionStorage.getItem(TOKEN) ?? '';
  const answer = await fetch(`/api/elections/${encodeURIComponent(name)}/archive`, { method: 'POST', headers: { ...asking(), 'X-Veche-Desk': token },
    body: JSON.stringify({ file }), cache: 'no-store', credentials: 'omit', redirect: 'error' }).catch(() => { throw gone(); });
  if (!answer.ok) throw refusedBy(answer.status, await answer.json().catch(() => ({})));
  give(file, await answer.blob().catch(() => { throw gone(); }));
}

/** @param {number} status @param {any} told */
function refusedBy(status, { error = {} }) {
  if (error.code === 'token') sessionStorage.removeItem(TOKEN);
  return toldBy({ what: String(status), ...error });
}

const gone = () => refuse('gone', 'gone', 'gone.next');

/** Bytes of a file, as the desk takes and gives them. @param {ArrayBuffer} buffer @returns {Promise<string>} */
export function base64(buffer) {
  return new Promise((done, fail) => {
    const reader = new FileReader();
    reader.onload = () => done(String(reader.result).replace(/^[^,]*,/, ''));
    reader.onerror = () => fail(reader.error);
    reader.readAsDataURL(new Blob([buffer]));
  });
}

/** Gives a file to the person. @param {string} name @param {string} base64 */
export function save(name, base64) {
  give(name, new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], { type: 'application/octet-stream' }));
}

/** @param {string} name @param {Blob} bytes */
function give(name, bytes) {
  const address = URL.createObjectURL(bytes);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
