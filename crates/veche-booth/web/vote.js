// Carries out the errands of the vote: what comes next is decided in the machine, what is shown in the screens.

import { call, Fault } from './engine.js';
import { open, seal, sealOk, sessionKeys } from './jose.js';
import * as store from './store.js';
import { Wire } from './wire.js';

/** Before the second, third and later tries. */
const PAUSES_MS = [0, 500, 1_500, 3_000];

/**
 * What a page does for a vote. Questions are answered; the rest is only told.
 * @typedef {object} Voter
 * @property {(question: string, told: any[]) => Promise<any>} ask
 * @property {(notice: any) => void} told
 * @property {(challenge: any) => Promise<void>} opened
 * @property {(recorded: any) => void} recorded Shows the receipt, or throws: what is stored of the ballot goes only behind it.
 * @property {(state: 'checking' | 'storing' | 'sending', connected: boolean) => void} progress
 * @property {() => Promise<boolean>} withoutStorage May a ballot be sent that cannot be stored?
 */

/** What the last errands were about; `kept`: the ballot is stored in this browser. @typedef {{end: any, told: any[], kept: boolean}} Outcome */

export class Vote {
  #election;
  #voter;
  /** @type {any[]} */ #errands = [];
  /** @type {Wire | null} */ #wire = null;
  /** @type {Promise<import('./jose.js').SessionKeys> | null} */ #keys = null;
  #tries = 0;
  #kept = false;
  /** Is what is stored a ballot of an earlier vote? */ #earlier = false;
  /** Notices since the last question. @type {any[]} */ #told = [];

  /** @param {any} election @param {Voter} voter */
  constructor(election, voter) {
    this.#election = election;
    this.#voter = voter;
  }

  /** @param {any[]} errands @returns {Promise<Outcome>} */
  async run(errands) {
    this.#errands = errands;
    for (;;) {
      const errand = this.#errands.shift();
      if (errand === undefined) await this.#receive();
      else if (errand.do === 'end') return { end: errand.end, told: this.#told, kept: this.#kept };
      else await this.#carryOut(errand);
    }
  }

  /** Where nobody waits for the voter, a frame is awaited. */
  async #receive() {
    const frame = await this.#wire?.receive();
    if (frame === undefined) throw new Fault('order', 'the vote waits for nothing');
    if (frame === null) this.#lost();
    else this.#then('frame', { text: frame });
  }

  /** @param {string} op @param {object} [rest] */
  #then(op, rest) {
    this.#errands.push(...call(op, rest));
  }

  #lost() {
    const loss = this.#wire?.loss ?? 'broken';
    this.#wire?.close();
    this.#wire = null;
    this.#then('lost', { loss });
  }

  /** @param {any} errand */
  async #carryOut(errand) {
    switch (errand.do) {
      case 'read-pending':
        return this.#readPending(errand);
      case 'keep':
        this.#earlier = false;
        this.#voter.progress('storing', true);
        this.#kept = await store.keep(errand, errand.text);
        if (!this.#kept && !(await this.#voter.withoutStorage())) throw new Fault('storage', '');
        return;
      case 'forget':
        this.#forget(errand.name);
        return;
      case 'greet':
        return this.#connect('checking');
      case 'connect':
        return this.#connect('sending');
      case 'send':
        return this.#wire?.send(errand.frame);
      case 'seal':
        return this.#then('sealed', { frame: await seal(errand.payload, await this.#sessionKeys(), this.#election.server_enc) });
      case 'seal-ok':
        return this.#then('sealed', { frame: await sealOk(errand.payload, errand.key) });
      case 'open':
        return this.#then('opened', { payload: await this.#opened(errand.token) });
      case 'hang-up':
        this.#wire?.leave();
        this.#wire = null;
        return;
      case 'tell':
        this.#told.push(errand.notice);
        return this.#voter.told(errand.notice);
      case 'opened':
        return this.#voter.opened(errand);
      case 'recorded':
        return this.#recorded(errand);
      case 'ask':
        return this.#ask(errand.question);
      default:
        throw new Fault('order', `no errand ${errand.do}`);
    }
  }

  /** @param {any} errand */
  async #readPending(errand) {
    const text = await store.read(errand);
    this.#kept = this.#earlier = text !== null;
    this.#then('pending', { text });
  }

  /** What was kept of an earlier vote goes without a receipt only when it was refused for good. @param {string} name */
  #forget(name) {
    if (this.#earlier) this.#told.push({ says: 'forgotten' });
    this.#kept = this.#earlier = false;
    store.forget(name);
  }

  /** First the receipt, then the server hears that it is here, then what would bring it again goes. @param {any} errand */
  #recorded(errand) {
    try {
      this.#voter.recorded(errand);
      this.#then('kept', { kept: true });
    } catch {
      // What was still to be said to the server would be untrue.
      this.#errands.length = 0;
      this.#wire?.close();
      this.#wire = null;
      this.#then('kept', { kept: false });
    }
  }

  /** @param {string} token */
  async #opened(token) {
    try {
      return await open(token, await this.#sessionKeys(), this.#election.server_sig);
    } catch {
      return null;
    }
  }

  /** One pair of keys for the sessions of one vote. */
  #sessionKeys() {
    this.#keys ??= sessionKeys();
    return this.#keys;
  }

  /** @param {'checking' | 'sending'} state */
  async #connect(state) {
    this.#voter.progress(state, navigator.onLine);
    await pause(PAUSES_MS[Math.min(this.#tries, PAUSES_MS.length - 1)]);
    await online();
    this.#voter.progress(state, true);
    this.#tries += 1;
    const address = new URL('../session', location.href);
    address.protocol = address.protocol.replace('http', 'ws');
    const [keys, wire] = await Promise.all([this.#sessionKeys(), Wire.open(address, this.#election.token_max_bytes)]);
    this.#wire = wire;
    if (wire) this.#then('connected', { sig: keys.sig, reply: keys.reply });
    else this.#lost();
  }

  /** @param {string} question */
  async #ask(question) {
    const told = this.#told.splice(0);
    this.#tries = 0;
    const { op, ...answer } = await this.#voter.ask(question, told);
    // A session that did not wait is said first: what was decided is then brought in another one.
    if (this.#wire?.isClosed) this.#lost();
    this.#then(op, answer);
  }
}

/** @param {number} ms */
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** A browser that knows that it has no connection says so. */
function online() {
  if (navigator.onLine) return Promise.resolve();
  return new Promise((done) => addEventListener('online', () => done(undefined), { once: true }));
}
