// What is asked of the server beside the session: plain requests, whose answers are bounded.

import { Fault } from './engine.js';

/** As for every client (docs/spec/record.md section 2). */
const MANIFEST_MAX_BYTES = 2 ** 24;
const STATUS_MAX_BYTES = 2 ** 16;

/** A file below the server's address. @param {string} path @param {number} most bytes @returns {Promise<string>} */
async function ask(path, most) {
  const answer = await fetch(new URL(`../${path}`, location.href), { cache: 'no-store', credentials: 'omit', referrerPolicy: 'no-referrer', redirect: 'error' })
    .catch(() => null);
  if (!answer?.ok || !answer.body) throw unreachable();
  const [reader, decoder] = [answer.body.getReader(), new TextDecoder('utf-8', { fatal: true })];
  for (let [text, size] = ['', 0]; ;) {
    const { done, value } = await reader.read().catch(() => { throw unreachable(); });
    if (done) return text + decoder.decode();
    size += value.length;
    if (size > most) throw new Fault('too-large', `${path}: more than ${most} bytes`);
    text += decoder.decode(value, { stream: true });
  }
}

const unreachable = () => new Fault('unreachable', 'the server does not answer');

export const askManifest = () => ask('election.json', MANIFEST_MAX_BYTES);

/** How the election stands; null if nobody says. @returns {Promise<any>} */
export const askStatus = () => ask('status.json', STATUS_MAX_BYTES).then(JSON.parse).catch(() => null);
