// What a rule does, by sentences and by an example that the program counts from invented ballots.

import { ask } from './api.js';
import { append, el } from './dom.js';
import { refusal } from './doing.js';
import { outcome } from './outcome.js';
import { table } from './tables.js';
import { current, t } from './words.js';

const PAUSE_MS = 500;
/** As long as the organiser has named nobody; the example has names of its own. */
const SOME = ['1', '2', '3', '4'];

/** @param {() => any} contest */
export function explained(contest) {
  /** @type {number | undefined} */
  let timer;
  let turn = 0;
  const fill = async () => {
    turn += 1;
    const mine = turn;
    const asked = contest();
    if (!asked) return;
    /** @type {import('./dom.js').Child} */
    let content;
    try {
      content = drawExample(await ask('explain', { contest: { ...asked, title: asked.title || '—', candidates: asked.candidates?.length > 1 ? asked.candidates : SOME }, lang: current() }));
    } catch (error) {
      content = refusal(error);
    }
    const place = document.getElementById('explained');
    if (mine !== turn || !place) return;
    place.replaceChildren();
    append(place, [content]);
  };
  return {
    place: () => {
      clearTimeout(timer);
      timer = setTimeout(fill, 0);
      return el('section', { 'aria-labelledby': 'explain-title' }, el('h2', { id: 'explain-title' }, t('explain.title')), el('div', { id: 'explained' }));
    },
    changed: () => {
      clearTimeout(timer);
      timer = setTimeout(fill, PAUSE_MS);
    },
    left: () => {
      turn += 1;
      clearTimeout(timer);
    },
  };
}

/** @param {any} answer @returns {import('./dom.js').Child} */
function drawExample({ sentences = [], example }) {
  if (!example) return el('ul', {}, sentences.map((/** @type {string} */ text) => el('li', {}, text)));
  const ballots = example.ballots.map((/** @type {any} */ { count, marks }) => [t('explain.ballots', { n: count }), ...marks.map((/** @type {any} */ mark) => String(mark ?? '*'))]);
  const { elected = [], rule: _, ...result } = example.result;
  return [
    el('ul', {}, sentences.map((/** @type {string} */ text) => el('li', {}, text))),
    el('h3', {}, t('explain.example')), el('p', { class: 'small' }, t('explain.text')),
    table(t('explain.invented'), ['', ...example.candidates], ballots, { kind: 'example' }),
    el('h3', {}, t('explain.counted')),
    outcome({ ...result, elected }, el('p', { class: 'next' }, elected.length ? t('explain.elected', { n: elected.length, names: elected.join(', ') }) : t('explain.nobody'))),
  ];
}
