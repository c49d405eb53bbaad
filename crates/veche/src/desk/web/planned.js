// The plan of an election while it is typed: kept at the desk with every change, so that nothing is lost.

import { of, Refusal } from './api.js';
import { refusal, reload } from './doing.js';
import { button, fill, say } from './page.js';
import { current, t } from './words.js';

const PAUSE_MS = 400;
const BUSY_TURNS = 20;

/** What is on its way, for whoever reads the plan next. @type {Promise<unknown>} */
let pending = Promise.resolve();

/** While something else is done to the election, a moment later. @param {() => Promise<any>} act @returns {Promise<any>} */
async function patiently(act) {
  for (let turn = 1; ; turn += 1) {
    try {
      return await act();
    } catch (error) {
      if (turn === BUSY_TURNS || !(error instanceof Refusal) || error.code !== 'busy') throw error;
      await new Promise((done) => { setTimeout(done, PAUSE_MS); });
    }
  }
}

export class Planned {
  /** @param {string} name @param {any} answer */
  constructor(name, answer) {
    this.name = name;
    this.answer = answer;
    this.plan = answer.plan;
    this.file = this.plan.file;
    this.dirty = false;
    /** @type {string | null} */
    this.told = null;
    /** @type {number | undefined} */
    this.timer = undefined;
    // The page goes: what is asked for now must outlive it, and nothing can be waited for.
    this.leave = () => {
      clearTimeout(this.timer);
      if (this.dirty) pending = this.send(true);
    };
    addEventListener('pagehide', this.leave);
  }

  /** @param {string} name */
  static async load(name) {
    await pending.catch(() => {});
    const planned = new Planned(name, await of(name, 'plan'));
    // What the pages offer as usual is chosen, and not left open.
    if (planned.file.split_delivery == null || planned.file.lang == null) {
      planned.edit((file) => {
        file.split_delivery ??= true;
        file.lang ??= current();
      });
    }
    return planned;
  }

  /** @param {(file: any, plan: any) => void} change */
  edit(change) {
    change(this.file, this.plan);
    this.dirty = true;
    this.note(null);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), PAUSE_MS);
  }

  /** Keeps what is not kept yet. @returns {Promise<boolean>} */
  save() {
    clearTimeout(this.timer);
    const done = pending.catch(() => {}).then(() => (this.dirty ? this.send() : true));
    pending = done;
    return done;
  }

  /** @param {boolean} [leaving] */
  async send(leaving = false) {
    this.dirty = false;
    try {
      const body = { plan: this.plan, revision: this.answer.revision };
      const answer = await (leaving ? of(this.name, 'plan/save', body, true) : patiently(() => of(this.name, 'plan/save', body)));
      this.answer = { ...answer, plan: this.plan };
      if (!this.dirty) this.note('plan.saved');
      return true;
    } catch (error) {
      this.dirty = true;
      const changed = error instanceof Refusal && error.code === 'changed';
      fill(document.getElementById('saved'), () => [refusal(error), changed ? button(t('plan.load-again'), () => { this.dirty = false; reload(); }) : button(t('try.again'), () => this.save())]);
      return false;
    }
  }

  /** The desk's sentences once more; what is typed here stays. @returns {Promise<boolean>} whether any is another */
  async look() {
    const now = { ...await of(this.name, 'plan'), plan: this.plan, revision: this.answer.revision };
    const changed = JSON.stringify(now) !== JSON.stringify(this.answer);
    this.answer = now;
    return changed;
  }

  /** @param {'plan.saved' | null} key null while something is typed */
  note(key) {
    fill(document.getElementById('saved'), () => (key ? t(key) : '…'));
    if (key && this.told !== key) say(t(key));
    this.told = key;
  }

  left() {
    removeEventListener('pagehide', this.leave);
    if (this.dirty) this.save();
  }
}
