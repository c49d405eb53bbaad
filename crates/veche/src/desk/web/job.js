// Long work: how far it is, what it asks, and what became of it. It has a way of its own, so a reload finds it again.

import { ask, fetchFile, of, Refusal, toldBy } from './api.js';
import { box, codeOf, el } from './dom.js';
import { linesOf, press, refusal, room } from './doing.js';
import { again, button, fact, facts, go } from './page.js';
import { question } from './questions.js';
import { at, dressed } from './way.js';
import { maybe, number, t } from './words.js';

/** @typedef {import('./dom.js').Child} Child */

const POLL_MS = 300;

/** Where one goes on when it is done. @type {Record<string, (name: string, answer: any) => Child>} */
const OUTCOMES = {
  make: (name, answer) => [
    box('good', el('p', {}, answer?.made === 'draft' ? t('made.draft') : t('made.election'))),
    el('p', { class: 'actions' }, go(answer?.made === 'draft' ? at(name, 'ceremony') : at(name), t('go.on'), 'primary')),
  ],
  test: (name, answer) => [box('good', el('p', {}, t('letters.tested', { to: answer?.to ?? '' }))), back(name, 'letters')],
  letters: (name, answer) => [
    box(answer?.stopped || ['later', 'left', 'refused', 'uncertain'].some((fate) => answer?.[fate]?.length) ? 'warning' : 'good', linesOf(answer?.text ?? t('letters.sent', { n: answer?.sent ?? 0 }))),
    answer?.stopped ? box('error', linesOf(answer.stopped.what), linesOf(answer.stopped.next)) : null,
    back(name, 'letters')],
  sums: (name) => [box('good', el('p', {}, t('sums.done'))), el('p', { class: 'actions' }, go(at(name, 'result'), t('do.result'), 'primary'))],
  record: (name, answer) => [box('good', el('p', {}, t('record.there'), ' ', el('code', { translate: 'no' }, answer?.file ?? ''))), download(name, answer), back(name, 'record')],
  backup: (name, answer) => [box('good', el('p', {}, t('backup.there'), ' ', el('code', { translate: 'no' }, answer?.file ?? ''))), download(name, answer), back(name, 'record')],
  verify: (name, answer) => [
    box(answer?.good ? 'good' : 'error', el('p', {}, answer?.good ? t('verify.good') : t('verify.bad'))),
    linesOf(answer?.next),
    (answer?.lines ?? []).map((/** @type {string} */ line) => linesOf(line)),
    answer?.id ? [el('p', {}, t('verify.id')), el('p', { class: 'aloud' }, codeOf(answer.id))] : null,
    answer?.checks?.length ? [el('h2', {}, t('verify.checks')), facts(answer.checks.map((/** @type {any} */ { number: at, what, counts, notes = [] }) =>
      fact(`${at}. ${what}`, [counts || t('verify.passed'), notes.map((/** @type {string} */ note) => linesOf(note))])))] : null,
    back(name, 'record')],
  trustee: (key, answer) => [
    box('good', linesOf(answer?.text ?? t('trustee.done'))),
    answer?.fingerprint ? [el('p', {}, t('trustee.note-fingerprint')), el('p', { class: 'aloud' }, codeOf(answer.fingerprint))] : null,
    el('p', { class: 'actions' }, go(`#/t/${encodeURIComponent(answer?.key ?? key)}`, t('go.on'), 'primary')),
  ],
};

/** @param {string} name @param {any} answer */
const download = (name, answer) => (answer?.file ? el('section', {}, el('p', { class: 'actions' },
  button(t('file.save'), (event) => press(event, () => fetchFile(name, answer.file)), 'primary')), room()) : null);

/** @param {string} name @param {string} way */
const back = (name, way) => el('p', { class: 'actions' }, go(at(name, way), t('go.on'), 'primary'));

/** @param {string} id @param {string} kind @param {string} name */
export async function view(id, kind, name) {
  const election = kind === 'trustee' ? null : await of(name, '').catch(() => null);
  /** @type {string[]} */
  const told = [];
  let now = await news(id, told);
  let over = false;
  /** @type {unknown} */
  let lost = null;
  const follow = async () => {
    while (!over && (now.state === 'running' || now.state === 'asks')) {
      await new Promise((done) => { setTimeout(done, POLL_MS); });
      if (over) return;
      const stood = () => JSON.stringify([now.state, now.question?.id]);
      const shown = () => JSON.stringify([stood(), told.length, Boolean(lost)]);
      const [before, drawn] = [stood(), shown()];
      try {
        now = await news(id, told);
        lost = null;
      } catch (error) {
        lost = error;
      }
      if (over) return;
      if (lost instanceof Refusal && lost.code === 'token') return dispatchEvent(new Event('desk:out'));
      // Only how far it is moves within what is drawn.
      if (drawn !== shown()) {
        again();
        if (before !== stood() && now.state !== 'running') document.querySelector('h1')?.focus();
      } else move(now.progress);
      if (lost) await new Promise((done) => { setTimeout(done, 10 * POLL_MS); });
    }
  };
  follow();
  const base = () => (election ? { ...dressed(election, '') } : {});
  return {
    // What was told is told once more.
    refresh: async () => {
      now = await news(id, told, 0);
      return true;
    },
    left: () => { over = true; },
    draw: () => ({
      ...base(),
      title: now.question?.kind === 'codes' || now.state !== 'asks' ? maybe(`job.${kind}.${now.state}`) ?? t(/** @type {any} */ (`job.${now.state}`)) : t('job.asks'),
      content: [
        lost ? refusal(lost) : null,
        now.state === 'running' ? el('p', { class: 'small' }, t('job.leave')) : null,
        now.state === 'running' ? progress(now.progress) : null,
        ['trustee', 'letters'].includes(kind) && (now.state === 'running' || now.state === 'asks') ? el('section', {}, room(), el('p', { class: 'actions' }, button(t('job.stop'), (event) => press(event, () => ask(`jobs/${encodeURIComponent(id)}/stop`)), 'plainly'))) : null,
        now.state === 'asks' ? question(now.question, (answer, event) => press(event, () => ask(`jobs/${encodeURIComponent(id)}/answer`, { question: now.question.id, answer }))) : null,
        now.state === 'failed' ? [refusal(toldBy(now.error ?? {})),
          el('p', { class: 'actions' }, kind === 'trustee' ? go(name ? `#/t/${encodeURIComponent(name)}` : '#/t/new', t('back'), 'primary') : go(kind === 'make' ? at(name, 'plan', 'review') : at(name), t('back'), 'primary'))] : null,
        now.state === 'done' ? (OUTCOMES[kind] ?? ((name) => back(name, '')))(name, now.answer) : null,
        told.length ? el('section', { 'aria-labelledby': 'told' }, el('h2', { id: 'told' }, t('job.told')), el('ul', {}, told.map((text) => el('li', { class: 'lines' }, text)))) : null,
      ],
    }),
  };
}

/** @param {string} id @param {string[]} told @param {number} [from] */
async function news(id, told, from = told.length) {
  const now = await ask(`jobs/${encodeURIComponent(id)}`, { from });
  told.splice(now.from ?? told.length, told.length, ...(now.told ?? []));
  return now;
}

/** @param {any} progress */
const words = (progress) => (progress ? `${progress.name ?? progress.work}: ${number(progress.done)} / ${number(progress.all)}` : t('job.wait'));

/** @param {any} now */
const progress = (now) => el('div', { role: 'status', 'aria-live': 'off' },
  el('p', { id: 'far' }, words(now)),
  el('progress', { id: 'bar', 'aria-labelledby': 'far', ...(now?.all ? { max: now.all, value: now.done } : {}) }));

/** @param {any} now */
function move(now) {
  const [far, bar] = [document.getElementById('far'), document.getElementById('bar')];
  if (far) far.textContent = words(now);
  if (bar instanceof HTMLProgressElement && now?.all) Object.assign(bar, { max: now.all, value: now.done });
}

