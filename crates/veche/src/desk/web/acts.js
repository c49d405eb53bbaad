// Acts that everybody sees in the log: what each does is said before it is done.

import { of } from './api.js';
import { box, el, given } from './dom.js';
import { press, room, to } from './doing.js';
import { field, line, select, typed } from './fields.js';
import { fill, go } from './page.js';
import { tickRequired, toldBack } from './plan.js';
import { at, dressed } from './way.js';
import { maybe, said, span, t, time } from './words.js';

/** @typedef {import('./words.js').Said} Said */

const REASONED = ['pause', 'resume', 'extend', 'cancel', 'withdraw'];
/** What cannot be taken back is confirmed. */
const FINAL = ['close', 'cancel', 'withdraw'];

/** @param {string} name @param {string} act */
export async function act(name, act) {
  const gather = async () => ({ election: await of(name, ''), check: act === 'open' ? await of(name, 'check').catch(() => null) : null });
  let { election, check } = await gather();
  const key = /** @param {string} part @returns {any} */ (part) => `act.${act}${part}`;
  const submit = (/** @type {SubmitEvent} */ event) => press(event, async () => {
    /** @type {any} */
    const body = {};
    if (REASONED.includes(act)) body.reason = typed('reason').trim();
    if (act === 'extend') body.closes = `${typed('until-date')} ${typed('until-time')}`;
    if (act === 'withdraw') {
      const [contest = 1, place = 0] = typed('gone').split('.').map(Number);
      Object.assign(body, { contest, candidate: election.contests?.[contest - 1]?.candidates[place] ?? '' });
    }
    if (act === 'lot') {
      body.drawn = typed('drawn').trim();
      if (typed('closed').trim()) body.closed = typed('closed').trim();
    }
    tellThere((await of(name, act, body)).done ?? '');
    to(at(name));
  });
  const told = () => fill(document.getElementById('until-told'), () => toldBack(typed('until-date'), typed('until-time')));
  return {
    refresh: async () => {
      ({ election, check } = await gather());
      return true;
    },
    draw: () => ({
      ...dressed(election, ''),
      title: t(key('')),
      content: [
        el('p', {}, t(key('.text'))),
        act === 'close' ? el('p', {}, election.secrecy === 'secret' ? t('act.close.secret') : t('act.close.open')) : null,
        act === 'close' && election.closes ? box('warning', el('p', {}, t('act.close.early', { time: time(election.closes), span: span(election.closes - Date.now() / 1000) }))) : null,
        check && !check.ready ? box('warning', el('p', {}, t('act.open.not-ready')), el('ul', {}, check.lines.filter((/** @type {any} */ one) => one.state === 'bad').map((/** @type {any} */ one) => el('li', { class: 'lines' }, one.text)))) : null,
        el('form', { autocomplete: 'off', onsubmit: submit },
          act === 'extend' ? [
            el('p', {}, t('act.extend.now', { time: election.closes ? time(election.closes) : '—' })),
            el('div', { class: 'pair' }, field('until-date', t('times.date'), el('input', { type: 'date', id: 'until-date', required: true, onchange: told })), field('until-time', t('times.clock'), el('input', { type: 'time', id: 'until-time', required: true, onchange: told }))),
            el('p', { class: 'next filled', id: 'until-told', role: 'status' })] : null,
          act === 'withdraw' ? withdrawal(election.contests ?? []) : null,
          act === 'lot' ? [line('drawn', t('act.lot.drawn'), { hint: t('act.lot.hint'), attributes: { required: true } }),
            line('closed', t('act.lot.closed'), { hint: t('act.lot.closed.hint') })] : null,
          REASONED.includes(act) ? line('reason', t('act.reason'), { hint: t('act.reason.hint'), attributes: { required: true, maxlength: 200 } }) : null,
          FINAL.includes(act) ? el('p', {}, tickRequired('sure', t(key('.sure')))) : null,
          room(),
          el('p', { class: 'actions' }, el('button', { class: act === 'cancel' ? 'danger' : 'primary' }, t(key('.go'))), go(at(name), t('back')))),
      ],
    }),
  };
}

/** @param {any[]} contests */
const withdrawal = (contests) => select('gone', t('act.withdraw.candidate'), contests.flatMap(({ title, candidates = [] }, i) =>
  candidates.map((/** @type {string} */ name, /** @type {number} */ at) => ({ value: `${i + 1}.${at}`, label: contests.length > 1 ? `${title}: ${name}` : name }))), undefined, () => {});

const DONE = 'veche-done';

/** For the page that one comes to. @param {Said} done what the desk has told, or a key */
export const tellThere = (done) => sessionStorage.setItem(DONE, JSON.stringify(done));

/** What was just done, said once on the page that one comes to. */
export function justDone() {
  const kept = sessionStorage.getItem(DONE);
  sessionStorage.removeItem(DONE);
  /** @type {Said | null} */
  const done = kept ? JSON.parse(kept) : null;
  const text = () => (typeof done === 'string' ? maybe(done) ?? done : said(done));
  return () => (done ? box('good', el('p', { role: 'status', class: 'lines' }, given(text()))) : null);
}
