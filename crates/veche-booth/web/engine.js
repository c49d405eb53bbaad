// The machine of the vote, as WebAssembly: JSON in, JSON out, no imports (crates/veche-booth/src/abi.rs).

/** What a call came to, where it came to nothing. */
export class Fault extends Error {
  /** @param {string} kind @param {string} text @param {{group?: number, typed?: string}} [place] where a code is wrong, and what stands there */
  constructor(kind, text, place = {}) {
    super(text);
    this.kind = kind;
    this.place = place;
  }
}

/** @type {any} */
let machine;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** What the first script left (first.js). @type {{fragment: string, fits: boolean, begun: boolean}} */
export const opened = /** @type {any} */ (globalThis).booth;

const compile = () => WebAssembly.compileStreaming(fetch(new URL('booth.wasm', import.meta.url)));

/** The page names this script before the others: the machine is compiled while they are still on their way.
 *  @type {Promise<WebAssembly.Module> | null} */
let compiled = opened.fits ? compile() : null;
compiled?.catch(() => {});

/** Makes the machine ready, where it is not: what it was told it keeps. */
export async function load() {
  if (machine) return;
  if (!opened.fits) throw new Fault('unfit', 'there is no WebAssembly');
  compiled ??= compile();
  // A TypeError is the network's; what does not compile is another.
  const module = await compiled.catch((error) => {
    // Whoever tries again has it fetched again.
    compiled = null;
    if (!(error instanceof TypeError)) throw error;
    throw new Fault('unreachable', error.message);
  });
  machine = (await WebAssembly.instantiate(module, {})).exports;
}

/** Everything that page and machine were told is forgotten. */
export function wipe() {
  opened.fragment = '';
  if (machine) call('wipe');
}

/** @param {Uint8Array} bytes @returns {string} */
export function toBase64url(bytes) {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

/** Strict: one written form. @param {string} text @returns {Uint8Array<ArrayBuffer>} */
export function fromBase64url(text) {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) throw new Fault('form', 'no base64url');
  const bytes = Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
  if (toBase64url(bytes) !== text) throw new Fault('form', 'base64url in another form');
  return bytes;
}

/**
 * One step. Every call brings fresh randomness and the time of day: the machine has neither.
 * @param {string} op @param {object} [rest] @returns {any}
 */
export function call(op, rest = {}) {
  const random = toBase64url(crypto.getRandomValues(new Uint8Array(64)));
  const message = encoder.encode(JSON.stringify({ random, clock_ms: Date.now(), call: { [op]: rest } }));
  const at = machine.booth_alloc(message.length);
  new Uint8Array(machine.memory.buffer, at, message.length).set(message);
  message.fill(0);
  const packed = BigInt.asUintN(64, machine.booth_call(at, message.length));
  const [where, length] = [Number(packed >> 32n), Number(packed & 0xffffffffn)];
  const answer = JSON.parse(decoder.decode(new Uint8Array(machine.memory.buffer, where, length)));
  machine.booth_free(where, length);
  if (answer.error) throw new Fault(answer.error.kind, answer.error.text, answer.error);
  return answer.ok;
}
