// A trustee's part: register, deal, compare, accept, rehearse, open; and a backup of the key that is shown to work.

import { tellThere } from './acts.js';
import { ask, base64, refuse, save } from './api.js';
import { box, codeOf, el, given } from './dom.js';
import { linesOf, press, reload, room, to, work } from './doing.js';
import { field, line, select, typed } from './fields.js';
import { fact, facts, fill, fold, go } from './page.js';
import { asked, chosenPassphrase, chosenTwice } from './passphrases.js';
import { tickRequired } from './plan.js';
import { maybe, said, t, time } from './words.js';

const LOOK_S = 5;
const STEPS = ['registered', 'dealt', 'accepted', 'rehearsed', 'opened'];

// --- the first day

export async function begin() {
  const submit = (/** @type {SubmitEvent} */ event) => press(event, async () => {
    const at = typed('at').trim().replace(/\/+$/, '');
    await ask('trustee/look', { at });
    to(`#/t/new/${encodeURIComponent(at)}`);
  });
  return {
    draw: () => ({
      title: t('begin.title'),
      content: [
        el('p', {}, t('begin.text')), daysOf(),
        el('form', { autocomplete: 'off', onsubmit: submit },
          line('at', t('begin.at'), { hint: t('begin.at.hint'), attributes: { required: true, inputmode: 'url', placeholder: 'http://vote.example.org:8080' } }),
          room(), el('p', { class: 'actions' }, el('button', { class: 'primary' }, t('begin.look')), go('#/', t('back')))),
        fold('restore', t('restore'), restoreForm()),
      ],
    }),
  };
}

const daysOf = () => fold('days', t('days'), el('ol', { class: 'steps' }, /** @type {const} */ (['make', 'before', 'after', 'end']).map((day) => el('li', {}, t(`days.${day}`)))));

/** @param {string} at */
export async function register(at) {
  let seen = await ask('trustee/look', { at });
  const submit = (/** @type {SubmitEvent} */ event) => press(event, async () => {
    const passphrase = chosenPassphrase();
    if (passphrase === null) return;
    work(await ask('trustee/register', { at, number: Number(typed('number')), name: typed('name').trim(), passphrase }), 'trustee', '');
  });
  const free = () => /** @type {number[]} */ (seen.free ?? []);
  return {
    refresh: async () => {
      seen = await ask('trustee/look', { at });
      return true;
    },
    draw: () => ({
      title: t('register.title'), name: seen.title,
      content: [
        facts(fact(t('plan.title'), given(seen.title)), fact(t('register.rule'), t('register.any', { threshold: seen.threshold, count: seen.count })), fact(t('begin.at'), el('code', { translate: 'no' }, at))),
        el('p', {}, t('register.is-it')), linesOf(seen.words),
        seen.registered?.length ? peopleOf(seen.registered) : null,
        free().length ? el('form', { autocomplete: 'off', onsubmit: submit },
          select('number', t('register.number'), free().map((number) => ({ value: String(number), label: String(number) })), String(free()[0]), () => {}, { hint: t('register.number.hint') }),
          line('name', t('register.name'), { hint: t('register.name.hint'), attributes: { required: true, maxlength: 100, autocomplete: 'name' } }),
          el('h2', {}, t('register.key')), el('p', {}, t('register.key.text')), chosenTwice('key'), room(),
          el('p', { class: 'actions' }, el('button', { class: 'primary' }, t('register.go')), go('#/t/new', t('back'))))
          : box('warning', el('p', {}, t('register.full'))),
      ],
    }),
  };
}

// --- where it stands

/** @param {string} key */
export async function view(key) {
  const gather = () => ask('trustee/state', { key });
  let state = await gather();
  return {
    every: LOOK_S,
    refresh: async () => {
      const now = await gather();
      const changed = JSON.stringify(now) !== JSON.stringify(state);
      state = now;
      return changed;
    },
    draw: () => ({ title: state.title || key, content: content(key, state) }),
  };
}

/** @param {string} key @param {any} state */
function content(key, state) {
  const { next = {}, people = [], problem, steps = {}, backup } = state;
  // A key that is needed no more needs no other copy.
  const over = next.do === 'destroy';
  return [
    el('p', { class: 'state' }, t('key.of', { number: String(state.number), name: state.name }), state.local ? ` · ${t('key.local')}` : ''),
    problem ? box('error', linesOf(problem.what), linesOf(problem.next)) : null,
    state.job ? box('note', el('p', {}, t('key.job')), el('p', { class: 'actions' }, go(`#/job/${state.job}/trustee/${encodeURIComponent(key)}`, t('key.job.go'), 'primary'))) : null,
    el('section', { 'aria-labelledby': 'next' }, el('h2', { id: 'next' }, t('next')),
      linesOf(state.words), el('p', { class: 'next lines' }, next.text ?? ''),
      next.telephone ? box('note', el('p', {}, t('key.telephone'))) : null,
      state.job ? null : actForm(key, state)),
    people.length ? el('section', { 'aria-labelledby': 'people' }, el('h2', { id: 'people' }, t('key.people')), peopleOf(people, state.missing)) : null,
    el('section', { 'aria-labelledby': 'steps' }, el('h2', { id: 'steps' }, t('key.steps')),
      el('ul', { class: 'people' }, STEPS.map((step) => el('li', {}, el('span', { class: steps[step] ? 'who yes' : 'who no' }, t(/** @type {any} */ (`trustee.step.${step}`))), el('span', { class: 'what' }, steps[step] ? time(steps[step]) : t('key.not-yet')))))),
    el('section', { 'aria-labelledby': 'key' }, el('h2', { id: 'key' }, t('key')),
      facts(fact(t('key.fingerprint'), state.fingerprint ? codeOf(state.fingerprint) : null), fact(t('key.at'), state.at && !state.local ? el('code', { translate: 'no' }, state.at) : null),
        fact(t('key.backup'), backup && !over ? maybe(`backup.${backup}`) ?? backup : null)),
      state.local || over ? null : el('p', { class: 'actions' }, go(`#/t/${encodeURIComponent(key)}/backup`, t('key.backup.go'), backup && backup !== 'good' ? 'primary' : '')),
      state.local || over ? null : movedForm(key)),
  ];
}

/** @param {any[]} people @param {number[]} [missing] */
export const peopleOf = (people, missing = []) => el('ul', { class: 'people' }, people.map(({ number, name, fingerprint, like, you, done = [] }) => el('li', {},
  el('span', { class: 'who' }, `${number}. `, given(name), you ? ` (${t('key.you')})` : ''),
  el('span', { class: 'what' }, fingerprint ? el('code', { translate: 'no' }, fingerprint) : null, ' ',
    done.map((/** @type {string} */ did) => el('span', { class: 'yes' }, maybe(`trustee.step.${did}`) ?? did, ' ')),
    missing.includes(number) ? el('span', { class: 'no' }, t('key.missing')) : null,
    like ? el('span', { class: 'wrong' }, ` ${t('key.like', { number: String(like) })}`) : null))));

/** @param {string} key @param {any} state */
function actForm(key, { next = {}, local, stage }) {
  const act = next.do;
  if (act === 'destroy') return destroyForm(key);
  if (!['deal', 'accept', 'rehearse', 'open'].includes(act)) return stage === 'finished' ? destroyForm(key) : null;
  return el('form', { autocomplete: 'off', onsubmit: (/** @type {SubmitEvent} */ event) => press(event, async () => {
    work(await ask(`trustee/${act}`, { key, passphrase: local ? '' : typed('key-passphrase') }), 'trustee', key);
  }) },
  el('p', {}, t(/** @type {any} */ (`trustee.${act}.text`))), local ? null : asked('key-passphrase', t('key.passphrase')), room(),
  el('p', { class: 'actions' }, el('button', { class: 'primary' }, t(/** @type {any} */ (`trustee.${act}`)))));
}

/** @param {string} key */
const destroyForm = (key) => fold('destroy', t('destroy'), el('form', { onsubmit: (/** @type {SubmitEvent} */ event) => press(event, async () => {
  await ask('trustee/destroy', { key, confirm: true });
  tellThere('destroy.done');
  to('#/');
}) }, el('p', {}, t('destroy.text')), el('p', {}, tickRequired('destroy-sure', t('destroy.sure'))), room(), el('p', {}, el('button', { class: 'danger' }, t('destroy.go')))));

/** @param {string} key */
const movedForm = (key) => fold('moved', t('key.moved'), el('form', { autocomplete: 'off', onsubmit: (/** @type {SubmitEvent} */ event) => press(event, async () => {
  await ask('trustee/at', { key, at: typed('moved-at').trim().replace(/\/+$/, '') });
  reload();
}) }, el('p', {}, t('key.moved.text')), line('moved-at', t('begin.at'), { attributes: { required: true, inputmode: 'url' } }), room(), el('p', {}, el('button', {}, t('key.moved.go')))));

// --- backup

/** @param {string} key */
export async function backup(key) {
  const state = await ask('trustee/state', { key });
  return {
    draw: () => ({
      title: t('key.backup'), name: state.title,
      content: [
        el('p', {}, t('backup.key.text')),
        el('ol', { class: 'steps' },
          el('li', {}, el('form', { autocomplete: 'off', onsubmit: (/** @type {SubmitEvent} */ event) => press(event, async () => {
            const file = await ask('trustee/backup', { key, passphrase: typed('backup-passphrase') });
            save(file.name, file.base64);
          }) }, el('h2', {}, t('backup.key.save')), asked('backup-passphrase', t('key.passphrase')), room(), el('p', {}, el('button', { class: 'primary' }, t('backup.key.save.go'))))),
          el('li', {}, el('h2', {}, t('backup.key.stick')), el('p', {}, t('backup.key.stick.text'))),
          el('li', {}, el('form', { autocomplete: 'off', onsubmit: (/** @type {SubmitEvent} */ event) => press(event, async () => {
            const { text } = await ask('trustee/backup/check', { key, base64: await chosenFile('backup-file'), passphrase: typed('check-passphrase') });
            fill(document.getElementById('backup-shown'), () => box('good', el('p', { role: 'status', class: 'lines' }, said(text))));
          }) }, el('h2', {}, t('backup.key.check')), el('p', {}, t('backup.key.check.text')),
          field('backup-file', t('backup.key.file'), el('input', { type: 'file', id: 'backup-file', required: true })), asked('check-passphrase', t('key.passphrase')), room(),
          el('div', { id: 'backup-shown', class: 'filled' }), el('p', {}, el('button', {}, t('backup.key.check.go')))))),
        el('p', { class: 'actions' }, go(`#/t/${encodeURIComponent(key)}`, t('go.on'))),
      ],
    }),
  };
}

/** @param {string} id */
async function chosenFile(id) {
  const file = /** @type {HTMLInputElement} */ (document.getElementById(id)).files?.[0];
  if (!file) throw refuse('usage', 'backup.key.no-file');
  return base64(await file.arrayBuffer());
}

const restoreForm = () => el('form', { autocomplete: 'off', onsubmit: (/** @type {SubmitEvent} */ event) => press(event, async () => {
  const { key } = await ask('trustee/restore', { base64: await chosenFile('restore-file'), passphrase: typed('restore-passphrase') });
  to(`#/t/${encodeURIComponent(key)}`);
}) }, el('p', {}, t('restore.text')), field('restore-file', t('backup.key.file'), el('input', { type: 'file', id: 'restore-file', required: true })),
asked('restore-passphrase', t('key.passphrase')), room(), el('p', {}, el('button', {}, t('restore.go'))));

