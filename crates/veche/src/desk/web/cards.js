// The cards: sheets to print and cut, and the end of delivery, after which nobody has a code but the voter.

import { of } from './api.js';
import { box, codeOf, el, given } from './dom.js';
import { press, reload, room } from './doing.js';
import { line, typed } from './fields.js';
import { again, button, go } from './page.js';
import { asked } from './passphrases.js';
import { tickRequired } from './plan.js';
import { at, dressed } from './way.js';
import { maybe, t, time } from './words.js';

const PART = 200;

/** @param {string} name */
export async function view(name) {
  const [election, codes] = await Promise.all([of(name, ''), of(name, 'codes')]);
  /** @type {any} the sheets, as long as this page is open */
  let shown = null;
  const turn = (/** @type {any} */ cards) => {
    shown = cards;
    again();
    scrollTo(0, 0);
    document.querySelector('h1')?.focus({ preventScroll: true });
  };
  return {
    left: () => { shown = null; },
    draw: () => ({
      ...dressed(election, 'cards'), title: t('step.cards'),
      content: shown ? sheets(shown, () => turn(null)) : content(election, codes, turn),
    }),
  };
}

/** @param {any} election @param {any} codes @param {(shown: any) => void} show */
function content({ name }, codes, show) {
  const there = codes.state === 'sealed' || codes.state === 'clear';
  return [
    el('p', {}, t('cards.text')),
    box(codes.state === 'deleted' ? 'good' : codes.state === 'clear' ? 'warning' : 'note',
      el('p', {}, t('codes.are', { state: maybe(`codes.state.${codes.state}`) ?? codes.state }), codes.since ? ` (${time(codes.since)})` : '')),
    there ? [
      el('form', { autocomplete: 'off', onsubmit: (/** @type {SubmitEvent} */ event) => press(event, async () => {
        const numbers = typed('numbers').split(/[\s,;]+/).filter(Boolean);
        show(await gather(name, typed('open-codes'), numbers));
      }) }, el('h2', {}, t('cards.print')), el('p', {}, t('cards.print.text')),
      asked('open-codes', t('passphrase.codes'), t('passphrase.codes.hint'), codes.state === 'sealed'),
      line('numbers', t('cards.numbers'), { hint: t('cards.numbers.hint') }), room(),
      el('p', { class: 'actions' }, el('button', { class: 'primary' }, t('cards.show')), go(at(name, 'letters'), t('step.letters')))),
      el('form', { onsubmit: (/** @type {SubmitEvent} */ event) => press(event, async () => {
        await of(name, 'codes/finished', { confirm: true });
        reload();
      }) }, el('h2', {}, t('cards.finished')), el('p', {}, t('cards.finished.text')), el('p', {}, tickRequired('finished', t('cards.finished.sure'))), room(),
      el('p', { class: 'actions' }, el('button', { class: 'danger' }, t('cards.finished.go')))),
    ] : el('p', { class: 'actions' }, go(at(name, 'voters'), t('cards.replace'))),
  ];
}

/** All cards, asked for in parts. @param {string} name @param {string} passphrase @param {string[]} numbers */
async function gather(name, passphrase, numbers) {
  /** @type {any} */
  let all = null;
  for (let from = 0; ; from += PART) {
    const part = await of(name, 'cards', { passphrase, from, count: PART, ...(numbers.length ? { numbers } : {}) });
    all = all ? { ...all, cards: [...all.cards, ...part.cards] } : part;
    if (!part.cards.length || all.cards.length >= part.total) return all;
  }
}

/** @param {any} shown @param {() => void} close */
const sheets = (shown, close) => [
  el('div', { class: 'no-print' }, box('warning', el('p', {}, t('cards.secret'))),
    el('p', { class: 'actions' }, button(t('cards.do-print', { n: shown.cards.length }), () => print(), 'primary'), button(t('cards.close'), close))),
  el('div', { class: 'sheets' }, shown.cards.map((/** @type {any} */ card) => cardOf(card, shown))),
];

/** As the program's own sheets have it (printed.rs), in the language of the cards. @param {any} card @param {any} shown */
export const cardOf = ({ words, ...card }, { title, rehearsal }) => el('article', { class: 'card', 'aria-label': t('card.of', { number: card.number }), lang: card.lang },
  rehearsal ? el('p', { class: 'rehearsal' }, t('rehearsal.mark')) : null,
  title ? el('p', { class: 'title' }, given(title)) : null,
  el('p', {}, words.voter, ' ', el('strong', { translate: 'no' }, card.number), card.name ? [' · ', given(card.name)] : null),
  card.code ? el('p', {}, words.code, ' ', codeOf(card.code)) : null,
  card.qr ? el('img', { src: card.qr, alt: words.qr, width: 136, height: 136 }) : null,
  card.closes ? el('p', {}, words.until, ' ', el('strong', {}, card.closes)) : null,
  (card.below ?? []).map((/** @type {string[]} */ [before, code, after]) => el('p', { class: 'small' }, before, ' ', code ? el('code', { translate: 'no' }, code) : null, ' ', after)),
  card.link ? el('p', { class: 'small no-print' }, words.link, ' ', el('code', { translate: 'no' }, card.link)) : null,
  card.advice ? el('p', { class: 'small' }, card.advice) : null);
