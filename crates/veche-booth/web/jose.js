// The envelope (docs/spec/envelope.md): JWS PS256 inside JWE RSA-OAEP-256 and A256GCM, by the browser's own cryptography.
// The private keys are made for one vote and cannot be extracted.

import { Fault, fromBase64url, toBase64url } from './engine.js';

const subtle = globalThis.crypto?.subtle;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

const SIGN = { name: 'RSA-PSS', hash: 'SHA-256' };
const WRAP = { name: 'RSA-OAEP', hash: 'SHA-256' };
const PSS = { name: 'RSA-PSS', saltLength: 32 };
const KEY = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
const TOP = '{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"JWT"}';
const OK_TOP = '{"alg":"dir","enc":"A256GCM"}';
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const HEADER_SYMBOLS_MAX = 1365;

/** @typedef {{kty: string, n: string, e: string}} Jwk */
/** @typedef {{sign: CryptoKey, unwrap: CryptoKey, sig: Jwk, reply: Jwk}} SessionKeys */

/** Browsers add members of their own. @param {any} jwk @returns {Jwk} */
const bare = ({ kty, n, e }) => ({ kty, n, e });

/** @returns {Promise<SessionKeys>} */
export async function sessionKeys() {
  const [one, other] = await Promise.all([
    subtle.generateKey({ ...SIGN, ...KEY }, false, ['sign', 'verify']),
    subtle.generateKey({ ...WRAP, ...KEY }, false, ['encrypt', 'decrypt']),
  ]);
  const [sig, reply] = await Promise.all([one, other].map((pair) => subtle.exportKey('jwk', pair.publicKey)));
  return { sign: one.privateKey, unwrap: other.privateKey, sig: bare(sig), reply: bare(reply) };
}

/** @param {string} payload @param {SessionKeys} keys @param {Jwk} server */
export async function seal(payload, keys, server) {
  const to = await subtle.importKey('jwk', bare(server), WRAP, false, ['encrypt']);
  const header = toBase64url(encoder.encode(JSON.stringify({ alg: 'PS256', jwk: keys.sig })));
  const signed = `${header}.${toBase64url(encoder.encode(payload))}`;
  const signature = new Uint8Array(await subtle.sign(PSS, keys.sign, encoder.encode(signed)));
  const inner = encoder.encode(`${signed}.${toBase64url(signature)}`);
  const content = crypto.getRandomValues(new Uint8Array(32));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const top = toBase64url(encoder.encode(TOP));
  const key = await subtle.importKey('raw', content, 'AES-GCM', false, ['encrypt']);
  const additionalData = encoder.encode(top);
  const sealed = new Uint8Array(await subtle.encrypt({ name: 'AES-GCM', iv, additionalData, tagLength: 128 }, key, inner));
  const wrapped = new Uint8Array(await subtle.encrypt(WRAP, to, content));
  content.fill(0);
  const parts = [wrapped, iv, sealed.subarray(0, -TAG_BYTES), sealed.subarray(-TAG_BYTES)];
  return [top, ...parts.map(toBase64url)].join('.');
}

/** A voter's `ok`, under the key of the «да» that it answers. @param {string} payload @param {string} secret */
export async function sealOk(payload, secret) {
  const raw = fromBase64url(secret);
  const key = await subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt']);
  raw.fill(0);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const top = toBase64url(encoder.encode(OK_TOP));
  const additionalData = encoder.encode(top);
  const sealed = new Uint8Array(await subtle.encrypt({ name: 'AES-GCM', iv, additionalData, tagLength: 128 }, key, encoder.encode(payload)));
  return [top, '', ...[iv, sealed.subarray(0, -TAG_BYTES), sealed.subarray(-TAG_BYTES)].map(toBase64url)].join('.');
}

/** WebKitGTK (seen in 2.50) gives what RSA-OAEP decrypts without its leading zero bytes: one key in 256 comes a byte short. What
 *  follows, the tag of AES-GCM among it, tells whether the key is right. @param {Uint8Array} bytes */
function keyBytes(bytes) {
  if (bytes.length > KEY_BYTES) throw new Fault('form', 'the key of a sealed message has 32 bytes');
  const whole = new Uint8Array(KEY_BYTES);
  whole.set(bytes, KEY_BYTES - bytes.length);
  return whole;
}

/** A header has these members with these values, each once, in any order. @param {string} part @param {Object<string, string>} wanted */
function checkHeader(part, wanted) {
  const wrong = new Fault('form', 'the header of a sealed message is another');
  if (part.length > HEADER_SYMBOLS_MAX) throw wrong;
  const text = decoder.decode(fromBase64url(part));
  if (!/^\{\s*"[a-z]+"\s*:\s*"[^"\\[]*"(\s*,\s*"[a-z]+"\s*:\s*"[^"\\[]*")*\s*\}$/.test(text)) throw wrong;
  const members = [...text.matchAll(/"([a-z]+)"\s*:\s*"([^"]*)"/g)].map((found) => [found[1], found[2]]);
  const same = members.length === Object.keys(wanted).length && new Set(members.map(([name]) => name)).size === members.length;
  if (!same || members.some(([name, value]) => wanted[name] !== value)) throw wrong;
}

/** What a frame of the server's holds; throws if it does not open or is not signed by it. @param {string} token @param {SessionKeys} keys
 *  @param {Jwk} server */
export async function open(token, keys, server) {
  const parts = token.split('.');
  if (parts.length !== 5) throw new Fault('form', 'a sealed message has five parts');
  checkHeader(parts[0], JSON.parse(TOP));
  const [wrapped, iv, sealed, tag] = parts.slice(1).map(fromBase64url);
  if (iv.length !== 12 || tag.length !== TAG_BYTES) throw new Fault('form', 'a sealed message has a vector of 12 bytes and a tag of 16');
  const content = keyBytes(new Uint8Array(await subtle.decrypt(WRAP, keys.unwrap, wrapped)));
  const key = await subtle.importKey('raw', content, 'AES-GCM', false, ['decrypt']);
  const whole = new Uint8Array(sealed.length + TAG_BYTES);
  whole.set(sealed);
  whole.set(tag, sealed.length);
  const additionalData = encoder.encode(parts[0]);
  const inner = decoder.decode(await subtle.decrypt({ name: 'AES-GCM', iv, additionalData, tagLength: 128 }, key, whole));
  const [header, payload, signature, ...more] = inner.split('.');
  if (signature === undefined || more.length) throw new Fault('form', 'a signed message has three parts');
  checkHeader(header, { alg: 'PS256' });
  const by = await subtle.importKey('jwk', bare(server), SIGN, false, ['verify']);
  if (!(await subtle.verify(PSS, by, fromBase64url(signature), encoder.encode(`${header}.${payload}`)))) {
    throw new Fault('signature', 'the server did not sign this');
  }
  return decoder.decode(fromBase64url(payload));
}
