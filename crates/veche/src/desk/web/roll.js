// The roll: pasted or dropped, shown in parts with its problems in their cells, mended in place.

import { base64, of, Refusal, refuse } from './api.js';
import { box, el, given } from './dom.js';
import { linesOf, press, refusal, room } from './doing.js';
import { choice, field, line, lines, select, typed } from './fields.js';
import { again, button, fact, facts, fill, fold, say } from './page.js';
import { dressedPlan } from './plan.js';
import { Planned } from './planned.js';
import { scroll } from './tables.js';
import { number, said, t } from './words.js';

const PART = 100;
const PRESS_MS = 250;
const FILE_MAX_BYTES = 40 * 2 ** 20;
const CELLS = /** @type {const} */ (['number', 'name', 'contact', 'weight']);
/** How a table is read, where the program is not sure. */
const HOW = /** @type {const} */ (['encoding', 'separator', 'sheet', 'number_column', 'name_column', 'contact_column', 'weight_column', 'ignore']);
const ENCODINGS = ['utf-8', 'windows-1251', 'windows-1252', 'cp866', 'koi8-r', 'utf-16le'];

/** @typedef {typeof CELLS[number]} Cell */
/** @typedef {Partial<Record<typeof HOW[number], string>>} How */
/** @typedef {(edits: any[], revision: number) => Promise<void>} Edit */
/** @typedef {{row: number, line: number, number: string, name: string, contact: string, weight: string, problems: {cell: Cell | null, severity: string, text: string}[]}} Row */

/** @param {string} name */
export async function view(name) {
  const planned = await Planned.load(name);
  const state = {
    sum: planned.answer.roll, rows: /** @type {Row[]} */ ([]), revision: 0, total: 0, from: 0, only: /** @type {null | 'problems'} */ (null),
    numbered: Boolean(planned.plan.voters), /** @type {{row: number, cell: Cell} | null} */ editing: null, adding: false,
    /** @type {any} the last that was read, to be read in another way */ source: null,
    /** @type {How} how it was to be read */ how: {}, asks: /** @type {Refusal | null} */ (null),
  };
  let turn = 0;
  const fetchRows = async () => {
    if (!state.sum) return;
    turn += 1;
    const mine = turn;
    const { rows, total, revision } = await of(name, 'roll/rows', { from: state.from, count: PART, only: state.only });
    if (mine === turn) Object.assign(state, { rows, total, revision });
  };
  await fetchRows();
  return {
    draw: () => dressedPlan(planned, 'roll', content(planned, state, fetchRows)),
    refresh: async () => {
      await planned.look();
      state.sum = planned.answer.roll;
      await fetchRows();
      return true;
    },
    left: () => planned.left(),
  };
}

/** @typedef {Awaited<ReturnType<typeof initial>>} State */
const initial = () => ({ sum: /** @type {any} */ (null), rows: /** @type {Row[]} */ ([]), revision: 0, total: 0, from: 0, only: /** @type {null | 'problems'} */ (null), numbered: false,
  editing: /** @type {{row: number, cell: Cell} | null} */ (null), adding: false, source: /** @type {any} */ (null),
  how: /** @type {How} */ ({}), asks: /** @type {Refusal | null} */ (null) });

/** @param {Planned} planned @param {State} state @param {() => Promise<void>} fetchRows @returns {import('./dom.js').Child} */
function content(planned, state, fetchRows) {
  return [
    choice('who', t('roll.who'), [{ value: 'roll', label: t('roll.list'), hint: t('roll.list.hint') }, { value: 'numbers', label: t('roll.numbers'), hint: t('roll.numbers.hint') }],
      state.numbered ? 'numbers' : 'roll', (value) => {
        state.numbered = value === 'numbers';
        planned.edit((_, plan) => { plan.voters = null; });
        again();
      }),
    state.numbered ? line('voters', t('roll.count'), { value: String(planned.plan.voters ?? ''), kind: 'short', attributes: { inputmode: 'numeric' },
      oninput: (value) => planned.edit((_, plan) => { plan.voters = Number.parseInt(value, 10) || null; }) })
      : [state.sum ? summary(planned, state, fetchRows) : null, bring(planned, state, fetchRows), state.sum ? people(planned, state, fetchRows) : null],
  ];
}

// --- from a file or the clipboard

/** @param {Planned} planned @param {State} state @param {() => Promise<void>} fetchRows */
function bring(planned, state, fetchRows) {
  const read = async (/** @type {any} */ source, /** @type {How} */ more = {}) => {
    state.source = source;
    const set = how();
    // Columns that are left out come one after the other.
    state.how = { ...set, ...more, ...(more.ignore && set.ignore ? { ignore: `${set.ignore},${more.ignore}` } : {}) };
    const { ignore = '', ...named } = state.how;
    // A name may have commas in it; what was typed is taken whole first by the desk.
    const body = { ...source, ...named, ignore: ignore ? [ignore] : [] };
    await planned.save();
    try {
      state.sum = await of(planned.name, 'roll/read', body);
    } catch (error) {
      if (!(error instanceof Refusal) || !error.ways.length) throw error;
      // Only a person can say which is right: the ways on stand there as buttons.
      state.asks = error;
      again();
      document.getElementById('roll-asks')?.scrollIntoView({ block: 'nearest' });
      document.getElementById('roll-asks')?.focus();
      return;
    }
    Object.assign(state, { from: 0, only: state.sum.errors ? 'problems' : null, editing: null, asks: null });
    await fetchRows();
    planned.answer.roll = state.sum;
    // It is at the desk now; the page need not carry it.
    const pasted = document.getElementById('pasted');
    if (pasted instanceof HTMLTextAreaElement) pasted.value = '';
    again();
    say(t('roll.read', { voters: state.sum.voters }));
    document.getElementById('roll-sum')?.focus();
  };
  const file = async (/** @type {File | undefined} */ one, /** @type {Event} */ event) => {
    if (!one) return;
    await press(event, async () => {
      if (one.size > FILE_MAX_BYTES) throw refuse('usage', 'roll.too-large');
      // What was chosen for another file is nothing to this one.
      if (state.source && state.source.file !== one.name) forget();
      await read({ file: one.name, base64: await base64(await one.arrayBuffer()) });
    });
  };
  const forget = () => {
    for (const key of HOW) /** @type {HTMLInputElement} */ (document.getElementById(`how-${key}`)).value = '';
  };
  const input = el('input', { type: 'file', id: 'roll-file', accept: '.csv,.txt,.tsv,.xlsx,.xls,.ods', onchange: (/** @type {Event} */ event) => file(input.files?.[0], event) });
  const over = (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    /** @type {HTMLElement} */ (event.currentTarget).classList.toggle('over', event.type === 'dragover');
  };
  const drop = (/** @type {DragEvent} */ event) => {
    over(event);
    file(event.dataTransfer?.files[0], event);
  };
  const form = el('form', { class: 'drop', ondragover: over, ondragleave: over, ondrop: drop, autocomplete: 'off',
    onsubmit: (/** @type {Event} */ event) => press(event, async () => {
      const pasted = typed('pasted');
      if (pasted.trim()) {
        if (state.source && state.source.text !== pasted) forget();
        await read({ text: pasted });
      } else if (state.source) await read(state.source);
      else throw refuse('usage', 'roll.nothing');
    }) },
  field('roll-file', t('roll.file'), input, { hint: t('roll.file.hint') }),
  lines('pasted', t('roll.paste'), { hint: t('roll.paste.hint'), attributes: { rows: 5 } }),
  state.asks ? asks(state.asks, state.source, read) : null,
  howFold(state),
  room(), el('p', { class: 'actions' }, el('button', { class: state.sum ? '' : 'primary' }, t('roll.read-it'))));
  if (!state.sum) return form;
  const made = fold('bring', t('roll.another'), form);
  made.open = Boolean(state.asks);
  return made;
}

/** What is set in the fold. @returns {How} */
const how = () => Object.fromEntries(HOW.map((key) => [key, typed(`how-${key}`).trim()]).filter(([, value]) => value));

/** A refusal with the ways on as buttons: each reads the table once more, so. @param {Refusal} refused @param {any} source
 *  @param {(source: any, more: How) => Promise<void>} read */
const asks = ({ what, next, ways }, source, read) => el('section', { class: 'box warning', id: 'roll-asks', tabindex: -1, 'aria-label': t('roll.asks') },
  linesOf(what), linesOf(next), room(),
  el('p', { class: 'actions' }, ways.map(({ field: key, value, text }) => button(t(/** @type {any} */ (said(text) ? `way.${key}` : 'way.plain'), { value: value || t('how.recognised'), text: said(text) }),
    (event) => press(event, () => read(source, { [key]: value }))))));

/** @param {State} state */
function howFold({ how: set, asks: asked }) {
  const columns = (asked?.ways ?? []).filter(({ field: key }) => key === 'number_column').map(({ value, text }) => ({ value, label: `${value}. ${said(text)}` }));
  const open = (/** @type {string} */ label) => ({ value: '', label });
  const fieldOf = (/** @type {typeof HOW[number]} */ key) => {
    const [id, label, chosen] = [`how-${key}`, t(`how.${key}`), set[key] ?? ''];
    if (key === 'encoding') return select(id, label, [open(t('how.recognised')), ...ENCODINGS.map((value) => ({ value, label: value }))], chosen, () => {});
    if (key === 'separator') return select(id, label, [open(t('how.recognised')), ...[',', ';', 'tab'].map((value) => ({ value, label: value === 'tab' ? t('how.tab') : value }))], chosen, () => {});
    if (columns.length && key.endsWith('_column')) return select(id, label, [open(t('how.by-header')), ...columns], chosen, () => {});
    return line(id, label, { value: chosen });
  };
  const made = fold(columns.length ? 'how-columns' : 'how', t('roll.how'), el('p', {}, t('roll.how.text')), el('div', { class: 'pair' }, HOW.map(fieldOf)));
  // Where no header was found, it is asked for by column.
  made.open = columns.length > 0;
  return made;
}

/** @param {Planned} planned @param {State} state @param {() => Promise<void>} fetchRows */
function summary(planned, state, fetchRows) {
  const { sum } = state;
  return el('section', { 'aria-labelledby': 'roll-sum' },
    el('h2', { id: 'roll-sum', tabindex: -1 }, t('roll.sum.title', { n: sum.voters })),
    facts(fact(t('roll.total'), sum.weight === String(sum.voters) ? t('roll.one-each') : String(sum.weight)), fact(t('roll.source'), sum.source ? given(sum.source) : null)),
    sum.decimals > (planned.file.roll_scale ?? 0) ? box('warning', el('p', {}, t('roll.decimals', { n: sum.decimals })), el('p', {}, button(t('roll.decimals.go'), (event) => press(event, async () => {
      planned.edit((file) => { file.roll_scale = sum.decimals; });
      if (!await planned.save()) return;
      state.sum = planned.answer.roll ?? state.sum;
      await fetchRows();
      again();
    })))) : null,
    sum.errors ? box('error', el('p', {}, t('roll.errors', { n: sum.errors }))) : sum.warnings ? box('warning', el('p', {}, t('roll.warnings', { n: sum.warnings }))) : box('good', el('p', {}, t('roll.good'))),
    fold('told', t('roll.told'), el('ul', {}, (sum.told ?? []).map((/** @type {string} */ text) => el('li', {}, text)))),
    el('p', { class: 'actions' }, button(t('roll.clear'), (event) => press(event, async () => {
      await of(planned.name, 'roll/clear');
      Object.assign(state, initial());
      planned.answer.roll = null;
      await fetchRows();
      again();
    }), 'plainly')), room());
}

// --- voters

/** @param {Planned} planned @param {State} state @param {() => Promise<void>} fetchRows */
function people(planned, state, fetchRows) {
  const turn = async (/** @type {Partial<State>} */ change) => {
    Object.assign(state, change);
    state.editing = null;
    await fetchRows();
    again();
    say(t('roll.part', { from: state.from + 1, until: Math.min(state.from + PART, state.total), total: state.total }));
  };
  /** Rows are named by their places: only in the list that was drawn are they the ones that were meant. @type {Edit} */
  const edit = async (edits, revision) => {
    try {
      state.sum = await of(planned.name, 'roll/edit', { revision, edits });
      planned.answer.roll = state.sum;
      fill(document.querySelector('[aria-labelledby=people] > .refused'), null);
    } finally {
      await fetchRows();
    }
  };
  const last = Math.max(0, Math.floor((state.total - 1) / PART) * PART);
  const pager = () => (state.total > PART ? el('div', { class: 'actions no-print', role: 'group', 'aria-label': t('roll.parts') },
    button(t('roll.back'), () => turn({ from: Math.max(0, state.from - PART) }), '', { disabled: state.from === 0 }),
    el('span', {}, t('roll.part', { from: state.from + 1, until: Math.min(state.from + PART, state.total), total: state.total })),
    button(t('roll.on'), () => turn({ from: Math.min(last, state.from + PART) }), '', { disabled: state.from >= last })) : null);
  return el('section', { 'aria-labelledby': 'people' }, el('h2', { id: 'people' }, t('roll.people')),
    choice('only', t('roll.show'), [{ value: 'all', label: t('roll.all') }, { value: 'problems', label: t('roll.only-problems', { n: state.sum.errors + state.sum.warnings }) }],
      state.only ? 'problems' : 'all', (value) => turn({ only: value === 'problems' ? 'problems' : null, from: 0 })),
    pager(),
    state.rows.length ? scroll(t('roll.people'), el('table', {}, el('caption', {}, t('roll.caption')),
      el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, t('roll.line')), CELLS.map((cell) => el('th', { scope: 'col', class: cell === 'weight' ? 'n' : '' }, t(`roll.${cell}`))), el('th', { scope: 'col' }, t('roll.act')))),
      el('tbody', {}, state.rows.map((row) => drawRow(row, state, edit))))) : el('p', {}, state.only ? t('roll.no-problems') : t('roll.nobody')),
    pager(), room(), addVoter(state, edit));
}

/** What was done to the list as it is now. @param {unknown} error */
function refused(error) {
  again();
  const place = document.querySelector('[aria-labelledby=people] > .refused');
  fill(place, () => refusal(error));
  place?.scrollIntoView({ block: 'nearest' });
}

/** @param {Row} row @param {State} state @param {Edit} edit */
function drawRow(row, state, edit) {
  const { revision } = state;
  const general = row.problems.filter(({ cell }) => !cell);
  return el('tr', {}, el('td', { class: 'n' }, number(row.line), general.map(({ text }) => el('span', { class: 'why' }, text))),
    CELLS.map((cell) => drawCell(row, cell, state, edit)),
    el('td', {}, button('✕', (event) => press(event, async () => {
      try {
        await edit([{ row: row.row, remove: true }], revision);
      } catch (error) {
        return refused(error);
      }
      state.editing = null;
      again();
      say(t('roll.removed', { number: row.number }));
    }), 'plainly', { 'aria-label': t('roll.remove', { number: row.number, name: row.name }) })));
}

/** @param {Row} row @param {Cell} cell @param {State} state @param {Edit} edit */
function drawCell(row, cell, state, edit) {
  const { revision } = state;
  const found = row.problems.filter((problem) => problem.cell === cell);
  const id = `cell-${row.row}-${cell}`;
  const kind = found.some(({ severity }) => severity === 'error') ? 'bad' : found.length ? 'odd' : '';
  const why = found.map(({ text }) => el('span', { class: 'why' }, text));
  if (state.editing?.row !== row.row || state.editing.cell !== cell) {
    const text = row[cell] || '—';
    return el('td', { class: `${cell} ${kind}` }, el('button', { type: 'button', class: 'cell', id, 'aria-label': `${t(`roll.${cell}`)}: ${row[cell] || t('roll.empty')}. ${found.map(({ text }) => text).join(' ')} ${t('roll.edit')}`,
      onclick: () => {
        state.editing = { row: row.row, cell };
        again();
        const input = document.getElementById(`${id}-edit`);
        if (input instanceof HTMLInputElement) input.select();
      } }, given(text)), why);
  }
  let over = false;
  const finish = async (/** @type {boolean} */ keep, back = true) => {
    if (over) return;
    over = true;
    const value = input.value.trim();
    if (state.editing?.row === row.row && state.editing.cell === cell) state.editing = null;
    try {
      if (keep && value !== row[cell]) await edit([{ row: row.row, [cell]: value }], revision);
    } catch (error) {
      return refused(error);
    }
    again();
    if (back) document.getElementById(id)?.focus();
  };
  const input = el('input', { type: 'text', id: `${id}-edit`, value: row[cell], 'aria-label': `${t(`roll.${cell}`)}, ${row.number}`, autocomplete: 'off', spellcheck: 'false',
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key === 'Enter') finish(true);
      if (event.key === 'Escape') finish(false);
    },
    // A moment later: what was pressed to leave the cell must still be there when it is let go.
    onblur: () => setTimeout(() => finish(true, false), PRESS_MS) });
  return el('td', { class: `${cell} ${kind}` }, input, why);
}

/** @param {State} state @param {Edit} edit */
function addVoter(state, edit) {
  return fold('add', t('roll.add'), el('form', { autocomplete: 'off', onsubmit: (/** @type {SubmitEvent} */ event) => press(event, async () => {
    const add = Object.fromEntries(CELLS.map((cell) => [cell, typed(`add-${cell}`).trim()]));
    await edit([{ add }], state.revision);
    CELLS.forEach((cell) => { /** @type {HTMLInputElement} */ (document.getElementById(`add-${cell}`)).value = cell === 'weight' ? '1' : ''; });
    again();
    say(t('roll.added', { number: add.number }));
    document.getElementById('add-number')?.focus();
  }) }, el('div', { class: 'pair' }, CELLS.map((cell) => line(`add-${cell}`, t(`roll.${cell}`), { value: cell === 'weight' ? '1' : '' }))),
  room(), el('p', {}, el('button', {}, t('roll.add.go')))));
}
