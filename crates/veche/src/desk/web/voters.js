// Voters after the making: who has not voted and how they are reached, lost cards, and changes of the roll.

import { of } from './api.js';
import { cardOf } from './cards.js';
import { box, el } from './dom.js';
import { linesOf, press, refusal, room } from './doing.js';
import { line, select, typed } from './fields.js';
import { again, button, go, say } from './page.js';
import { asked } from './passphrases.js';
import { tickRequired } from './plan.js';
import { table } from './tables.js';
import { at, dressed } from './way.js';
import { said, t } from './words.js';

const PART = 100;

/** @param {string} name */
export async function view(name) {
  let election = await of(name, '');
  let [from, turns] = [0, 0];
  /** @type {any} */
  let late = null;
  const gather = async () => {
    turns += 1;
    const mine = turns;
    const seen = await of(name, 'not-voted', { from, count: PART }).catch((refused) => ({ total: 0, rows: [], refused }));
    if (mine === turns) late = seen;
    return mine === turns;
  };
  await gather();
  const turn = async (/** @type {number} */ to) => {
    from = to;
    if (!await gather()) return;
    again();
    say(t('roll.part', { from: from + 1, until: Math.min(from + PART, late.total), total: late.total }));
  };
  return {
    refresh: async () => {
      election = await of(name, '');
      return gather();
    },
    draw: () => ({ ...dressed(election, 'voters'), title: t('step.voters'), content: [mendPart(election), latePart(name, late, from, turn)] }),
  };
}

/** Lost cards and changes of the roll, as long as there are any. @param {any} election */
function mendPart(election) {
  const { name, stage, roll } = election;
  if (!['setup', 'open', 'paused'].includes(stage)) return null;
  const mayChange = roll?.may_change !== false;
  return el('section', { 'aria-labelledby': 'mend' }, el('h2', { id: 'mend' }, t('voters.mend')), el('p', {}, t('voters.mend.text')),
    el('p', { class: 'actions' }, ['replace', 'correct', ...(mayChange ? ['add', 'strike'] : [])].map((what) => go(at(name, 'voters', what), t(/** @type {any} */ (`voters.${what}`))))),
    mayChange ? null : el('p', { class: 'small' }, fixed(election)));
}

/** Who has not voted, in parts. @param {string} name @param {any} late @param {number} from @param {(to: number) => unknown} turn */
function latePart(name, { total, rows, refused }, from, turn) {
  return el('section', { 'aria-labelledby': 'late' }, el('h2', { id: 'late' }, refused ? t('voters.late.caption') : t('voters.late', { n: total })),
    refused ? refusal(refused) : rows.length ? [
      table(t('voters.late.caption'), [t('roll.number'), t('roll.name'), t('roll.contact')], rows.map((/** @type {any} */ one) => [one.number, one.name || '—', one.contact || '—'])),
      total > PART ? el('p', { class: 'actions' }, button(t('roll.back'), () => turn(Math.max(0, from - PART)), '', { disabled: from === 0 }),
        el('span', {}, t('roll.part', { from: from + 1, until: Math.min(from + PART, total), total })), button(t('roll.on'), () => turn(from + PART), '', { disabled: from + PART >= total })) : null,
      el('p', { class: 'actions' }, go(at(name, 'letters'), t('voters.remind'))),
    ] : el('p', {}, t('voters.late.none')));
}

/** Which fields each change has. @type {Record<string, string[]>} */
const FIELDS = { replace: ['number', 'reason'], correct: ['number', 'contact'], add: ['number', 'name', 'weight', 'reason', 'contact'], strike: ['number', 'reason'] };
/** @type {Record<string, string>} */
const PATHS = { replace: 'card/replace', correct: 'roll/correct', add: 'roll/add', strike: 'roll/strike' };
const OPTIONAL = ['contact', 'name'];
/** Why a roll changes, as the log says it; where the roll is published, other words too. */
const REASONS = /** @type {const} */ (['mistake', 'joined', 'left', 'died', 'decision']);
const OTHER = /** @type {const} */ ('other');

/** @param {string} name @param {string} what */
export async function change(name, what) {
  const [election, codes] = await Promise.all([of(name, ''), of(name, 'codes').catch(() => ({ state: 'none' }))]);
  const makesCard = what === 'replace' || what === 'add';
  const changesRoll = what === 'add' || what === 'strike';
  const refusedHere = changesRoll && election.roll?.may_change === false;
  // Without a published roll the words alone may be said.
  const free = election.roll?.shows !== 'nothing';
  /** @type {any} */
  let done = null;
  /** @type {string} */
  let why = REASONS[0];
  const key = (/** @type {string} */ part) => /** @type {any} */ (`voters.${what}${part}`);
  const submit = (/** @type {SubmitEvent} */ event) => press(event, async () => {
    /** @type {any} */
    const body = Object.fromEntries((FIELDS[what] ?? []).map((field) => [field, typed(`voter-${field}`).trim()]));
    if (changesRoll) body.reason = why === OTHER ? typed('voter-reason').trim() : why;
    if (makesCard && codes.state === 'sealed') body.passphrase = typed('open-codes');
    done = await of(name, PATHS[what] ?? '', body);
    again();
    document.querySelector('h1')?.focus();
  });
  /** @param {string} field */
  const asks = (field) => {
    if (field === 'reason' && changesRoll) return reasonOf(free, why, (chosen) => { why = chosen; again(); });
    return line(`voter-${field}`, field === 'reason' ? t('act.reason') : t(/** @type {any} */ (`roll.${field}`)), {
      value: field === 'weight' ? '1' : '', kind: ['number', 'weight'].includes(field) ? 'short' : '', hint: field === 'reason' ? t('act.reason.hint') : undefined,
      attributes: { required: !OPTIONAL.includes(field) || what === 'correct' } });
  };
  return {
    draw: () => ({
      ...dressed(election, 'voters'), title: t(key('')),
      content: done ? [
        box('good', linesOf(said(done.done))),
        done.card ? [el('p', {}, codes.state === 'deleted' ? t('voters.card.once') : t('voters.card')), cardOf(done.card, { title: election.title, rehearsal: election.rehearsal }),
          el('p', { class: 'actions' }, button(t('cards.do-print', { n: 1 }), () => print()))] : null,
        el('p', { class: 'actions' }, go(at(name, 'voters'), t('go.on'), 'primary')),
      ] : refusedHere ? [
        box('warning', el('p', {}, fixed(election))), el('p', { class: 'actions' }, go(at(name, 'voters'), t('back'), 'primary')),
      ] : [
        el('p', {}, t(what === 'strike' && election.secrecy === 'open' ? 'voters.strike.text.open' : key('.text'))),
        el('form', { autocomplete: 'off', onsubmit: submit },
          (FIELDS[what] ?? []).map(asks),
          makesCard && codes.state === 'sealed' ? asked('open-codes', t('passphrase.codes'), t('passphrase.codes.hint')) : null,
          what === 'strike' ? el('p', {}, tickRequired('sure', t('voters.strike.sure'))) : null,
          room(), el('p', { class: 'actions' }, el('button', { class: what === 'strike' ? 'danger' : 'primary' }, t(key('.go'))), go(at(name, 'voters'), t('back')))),
      ],
    }),
  };
}

/** Why the roll does not change now. @param {any} election */
const fixed = ({ roll }) => t(/** @type {any} */ (`voters.fixed.${roll.changes}`));

/** A reason to choose; where the log may have other words, to type. @param {boolean} free @param {string} chosen @param {(why: string) => void} choose */
const reasonOf = (free, chosen, choose) => [
  select('why', t('act.reason'), [...REASONS, ...(free ? [OTHER] : [])].map((value) => ({ value, label: t(`reason.${value}`) })), chosen, choose, { hint: t('voters.reason.hint') }),
  free && chosen === OTHER ? line('voter-reason', t('reason.own'), { attributes: { required: true, maxlength: 200 } }) : null,
];
