// A ballot that has no answer yet, in the browser's storage: encrypted under a key that follows from the credential, under a name
// that follows from it too. Nothing else of a vote is ever stored. Spec: docs/spec/booth.md section 4.

import { fromBase64url, toBase64url } from './engine.js';

/** @typedef {{name: string, key: string, aad: string}} Place */

const PREFIX = 'veche-pending-1.';
const IV_BYTES = 12;

/** @param {Place} place @param {KeyUsage} use */
const keyOf = (place, use) => crypto.subtle.importKey('raw', fromBase64url(place.key), 'AES-GCM', false, [use]);

/** @param {Place} place @param {Uint8Array<ArrayBuffer>} iv */
const cipher = (place, iv) => ({ name: 'AES-GCM', iv, additionalData: fromBase64url(place.aad), tagLength: 128 });

/** Some browsers are told to keep nothing. @param {Place} place @param {string} text @returns {Promise<boolean>} whether it is stored */
export async function keep(place, text) {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const sealed = await crypto.subtle.encrypt(cipher(place, iv), await keyOf(place, 'encrypt'), new TextEncoder().encode(text));
  const value = toBase64url(new Uint8Array([...iv, ...new Uint8Array(sealed)]));
  try {
    localStorage.setItem(place.name, value);
    return localStorage.getItem(place.name) === value;
  } catch {
    return false;
  }
}

/** @param {Place} place @returns {Promise<string | null>} */
export async function read(place) {
  try {
    const value = localStorage.getItem(place.name);
    if (value === null) return null;
    const bytes = fromBase64url(value);
    const opened = await crypto.subtle.decrypt(cipher(place, bytes.slice(0, IV_BYTES)), await keyOf(place, 'decrypt'), bytes.slice(IV_BYTES));
    return new TextDecoder().decode(opened);
  } catch {
    // Not ours, or damaged: as if it were not there.
    return null;
  }
}

/** @param {string} name */
export function forget(name) {
  try {
    localStorage.removeItem(name);
  } catch {
    // Nothing can be stored, so nothing is.
  }
}

/** Whose they are, nobody knows without the cards. @param {string} election */
function namesOf(election) {
  try {
    return Object.keys(localStorage).filter((name) => name.startsWith(`${PREFIX}${election}.`));
  } catch {
    return [];
  }
}

/** Does a ballot of this election wait here for an answer? @param {string} election */
export const holds = (election) => namesOf(election).length > 0;

/** @param {string} election */
export const forgetElection = (election) => namesOf(election).forEach(forget);
