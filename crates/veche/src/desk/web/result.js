// The result; what others check it by; and what goes into the minutes.

import { fetchFile, of, save } from './api.js';
import { box, el, given } from './dom.js';
import { linesOf, press, room, work } from './doing.js';
import { outcome } from './outcome.js';
import { button, go } from './page.js';
import { at, dressed } from './way.js';
import { t } from './words.js';

/** @param {string} name */
export async function view(name) {
  let [election, result] = await Promise.all([of(name, ''), of(name, 'result')]);
  const refresh = async () => {
    result = await of(name, 'result');
    return true;
  };
  return { refresh, draw: () => ({ ...dressed(election, 'result'), title: t('step.result'), content: content(election, result) }) };
}

/** @param {any} election @param {any} result */
function content({ name }, { ready, why, next, contests = [], hash, turnout, ballots = 0, voters = 0 }) {
  if (!ready) {
    return [box('note', linesOf(why ?? t('result.not-yet')), linesOf(next)),
      el('p', { class: 'actions' }, go(at(name), t('step.now'), 'primary'))];
  }
  const file = (/** @type {string} */ format, /** @type {string} */ label) => button(label, (event) => press(event, async () => {
    const { name: called, base64 } = await of(name, 'result/file', { format });
    save(called, base64);
  }));
  return [
    turnout ? el('p', {}, t('result.turnout', { turnout, ballots, voters })) : null,
    contests.map((/** @type {any} */ contest, /** @type {number} */ i) => el('section', { 'aria-labelledby': `contest-${i}` }, el('h2', { id: `contest-${i}` }, given(contest.title)), outcome(contest))),
    el('section', { class: 'no-print' }, el('h2', {}, t('result.files')),
      el('p', { class: 'actions' }, file('html', t('result.page')), file('csv', t('result.table')), file('json', 'JSON'), file('text', t('result.text')), file('svg', t('result.picture'))), room(),
      el('p', { class: 'actions' }, go(at(name, 'record'), t('step.record'), 'primary'), go(at(name, 'minutes'), t('step.minutes')), button(t('print'), () => print()))),
    hash ? el('p', { class: 'small' }, t('result.hash'), ' ', el('code', { translate: 'no' }, hash)) : null,
  ];
}

/** @param {string} name */
export async function record(name) {
  const election = await of(name, '');
  const act = (/** @type {'record' | 'verify' | 'backup'} */ what, /** @type {string} */ kind) => el('section', { 'aria-labelledby': what },
    el('h2', { id: what }, t(`${what}.title`)), el('p', {}, t(`${what}.text`)), room(),
    el('p', { class: 'actions' }, button(t(`${what}.go`), (event) => press(event, async () => work(await of(name, what), what, name)), kind)));
  const files = () => (election.archives?.length ? el('section', { 'aria-labelledby': 'archives' }, el('h2', { id: 'archives' }, t('archives')), el('p', { class: 'small' }, t('archives.text')),
    el('ul', { class: 'people' }, election.archives.map((/** @type {string} */ file) => el('li', {}, el('code', { class: 'who', translate: 'no' }, file), button(t('file.save'), (event) => press(event, () => fetchFile(name, file)))))), room()) : null);
  return { draw: () => ({ ...dressed(election, 'record'), title: t('step.record'), content: [act('record', 'primary'), act('verify', ''), act('backup', ''), files()] }) };
}

/** @param {string} name */
export async function minutes(name) {
  const election = await of(name, '');
  let { sections = [], results = [] } = await of(name, 'minutes');
  return {
    refresh: async () => {
      ({ sections = [], results = [] } = await of(name, 'minutes'));
      return true;
    },
    draw: () => ({
      ...dressed(election, 'minutes'), title: t('step.minutes'),
      content: [
        el('p', { class: 'no-print' }, t('minutes.text')),
        el('p', { class: 'actions no-print' }, button(t('print'), () => print(), 'primary')),
        el('div', { class: 'minutes' }, sections.map((/** @type {any} */ { title, rows = [], paragraphs = [] }, /** @type {number} */ i) => el('section', {}, el('h2', {}, title),
          paragraphs.map((/** @type {string} */ text) => el('p', {}, text)),
          rows.length ? el('dl', { class: 'facts' }, rows.map((/** @type {string[]} */ [label, text]) => el('div', {}, el('dt', {}, label), el('dd', {}, given(text ?? ''))))) : null,
          // The results belong to the section before the last, which says how anybody checks them.
          i === sections.length - 2 ? results.map((/** @type {any} */ contest) => [el('h3', {}, given(contest.title)), outcome(contest)]) : null))),
        el('p', { class: 'signatures' }, t('minutes.signed')),
      ],
    }),
  };
}
