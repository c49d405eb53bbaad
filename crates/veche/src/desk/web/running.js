// An election that is made: where it stands, what is next, turnout, and who takes part in its safety.

import { justDone } from './acts.js';
import { ask, of } from './api.js';
import { percent, turnout } from './chart.js';
import { box, codeOf, el, given } from './dom.js';
import { work as begin, linesOf, press, reload, room } from './doing.js';
import { field, line, typed } from './fields.js';
import { button, fact, facts, fold, go } from './page.js';
import { chosenPassphrase, chosenTwice, MIN } from './passphrases.js';
import { peopleOf } from './trustee.js';
import { nextWay, stageText } from './start.js';
import { at, dressed } from './way.js';
import { maybe, number, said, shortTime, span, t, time } from './words.js';

const LOOK_S = 3;
/** Addresses that lead nobody else here. */
const OWN = /^https?:\/\/(127\.|localhost\b|\[::1\])/;
const SERVED = ['setup', 'open', 'paused', 'closed', 'summed', 'result', 'cancelled'];
const TAKING = ['open', 'paused'];
/** Works that are shown alike. @type {Record<string, string>} */
const KINDS = { setup: 'make', 'open-sums': 'sums', 'letters-test': 'test' };

/** @param {string} name */
export async function overview(name) {
  const gather = async () => {
    const [election, { jobs = [] }] = await Promise.all([of(name, ''), ask('jobs')]);
    const work = jobs.filter((/** @type {any} */ job) => job.election === name && (job.state === 'running' || job.state === 'asks'));
    if (election.stage === 'ceremony' || election.stage === 'plan') return { election, work, status: null, check: null, ceremony: null };
    const status = await of(name, 'status').catch(() => null);
    const check = election.stage === 'setup' ? await of(name, 'check').catch(() => null) : null;
    const ceremony = election.secrecy === 'secret' ? await of(name, 'ceremony').catch(() => null) : null;
    return { election, work, status, check, ceremony };
  };
  let seen = await gather();
  const done = justDone();
  return {
    every: LOOK_S,
    refresh: async () => {
      const now = await gather();
      const changed = JSON.stringify(now) !== JSON.stringify(seen);
      seen = now;
      return changed;
    },
    draw: () => ({ ...dressed(seen.election, 'now'), title: seen.election.title || name, content: [done(), content(seen)] }),
  };
}

/** @param {{election: any, work: any[], status: any, check: any, ceremony: any}} seen */
function content({ election, work, status, check, ceremony }) {
  const { name, stage, serving, url, addresses = [], remarks = [] } = election;
  const reached = serving ? url ?? addresses[0] ?? serving : null;
  return [
    el('p', { class: 'state' }, stageText(election)),
    (remarks ?? []).map((/** @type {string} */ text) => box('warning', linesOf(text))),
    work.map(({ id, what }) => box('note', el('p', {}, maybe(`job.${KINDS[what] ?? what}.running`) ?? t('job.running')), el('p', { class: 'actions' }, go(`#/job/${id}/${KINDS[what] ?? what}/${encodeURIComponent(name)}`, t('key.job.go'), 'primary')))),
    nextPart(election),
    status ? turnoutPart(election, status) : null,
    check && !check.ready ? checkPart(check) : null,
    SERVED.includes(stage) || stage === 'ceremony' ? servingPart(election) : null,
    status ? safetyPart(election, status, ceremony) : null,
    status?.lines?.length ? fold('lines', t('status.lines'), el('ul', {}, status.lines.map((/** @type {string} */ text) => el('li', {}, text)))) : null,
    actsPart(election, status),
    facts(fact(t('fact.id'), election.id ? el('code', { translate: 'no' }, election.id) : null), fact(t('fact.secrecy'), election.secrecy ? t(election.secrecy === 'secret' ? 'fact.secret' : 'fact.open') : null),
      ...(stage === 'cancelled' ? [] : [fact(t('fact.opens'), election.opens ? time(election.opens) : null), fact(t('fact.closes'), election.closes ? time(election.closes) : null)]),
      fact(t('fact.folder'), el('code', { translate: 'no' }, name)), fact(t('fact.codes'), maybe(`codes.state.${election.codes}`)), fact(t('fact.address'), reached ? el('a', { href: reached, target: '_blank', rel: 'noreferrer' }, reached) : null)),
  ];
}

/** @param {any} election */
function nextPart(election) {
  const { name, next } = election;
  if (!next || next.do === 'none') return null;
  /** @type {import('./dom.js').Child} */
  let act;
  switch (next.do) {
    case 'serve': case 'serve_ceremony': act = null; break;
    case 'seal': act = sealForm(election); break;
    case 'setup': act = go(at(name, 'ceremony'), t('do.setup'), 'primary'); break;
    case 'wait': act = null; break;
    case 'open_sums': act = button(t('do.open_sums'), (event) => press(event, async () => begin(await of(name, 'open-sums'), 'sums', name)), 'primary'); break;
    default: act = go(nextWay(election), maybe(`do.${next.do}`) ?? t('do.look'), 'primary');
  }
  // Cards may be delivered for days, and it is the organiser who knows when to open.
  const opens = election.stage === 'setup' && next.do === 'deliver' && !election.opens;
  return el('section', { 'aria-labelledby': 'next' }, el('h2', { id: 'next' }, t('next')), el('p', { class: 'lines' }, next.text),
    act || opens ? el('div', { class: 'actions' }, act, opens ? [' ', go(at(name, 'act', 'open'), t('do.open'))] : null) : null, room());
}

/** Where a making was stopped before its codes were locked. @param {any} election */
const sealForm = ({ name }) => el('form', { autocomplete: 'off', onsubmit: (/** @type {SubmitEvent} */ event) => press(event, async () => {
  await of(name, 'codes/seal', { passphrase: typed('seal') });
  reload();
}) }, field('seal', t('passphrase.new'), el('input', { type: 'password', id: 'seal', autocomplete: 'new-password', required: true, minlength: MIN, 'aria-describedby': 'seal-hint' }), { hint: t('passphrase.hint') }), room(),
el('p', {}, el('button', { class: 'primary' }, t('do.seal'))));

/** @param {any} election @param {any} status */
function turnoutPart(election, status) {
  const { voters, ballots, series = [] } = status;
  if (['setup'].includes(election.stage)) return null;
  const now = Date.now() / 1000;
  const opened = (status.turns ?? []).find((/** @type {any} */ { act }) => act === 'open')?.at;
  const from = Math.min(opened ?? now, series[0]?.[0] ?? now);
  const until = TAKING.includes(election.stage) ? Math.max(now, series.at(-1)?.[0] ?? now) : series.at(-1)?.[0] ?? now;
  const points = series.map((/** @type {number[]} */ [time, voted]) => ({ time, voted }));
  const rows = spread(series, 20);
  return el('section', { 'aria-labelledby': 'turnout' }, el('h2', { id: 'turnout' }, t('turnout')),
    el('p', { class: 'big' }, percent(ballots, voters)), el('p', {}, t('turnout.said', { ballots, voters })),
    status.closes && TAKING.includes(election.stage) ? el('p', {}, t('turnout.closes', { time: time(status.closes), span: span(status.closes - now) })) : null,
    points.length ? turnout(points, voters, { from, until, closes: TAKING.includes(election.stage) ? status.closes : null }) : null,
    rows.length ? fold('numbers', t('turnout.numbers'), el('table', {}, el('caption', {}, t('turnout.table')),
      el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, t('turnout.time')), el('th', { scope: 'col', class: 'n' }, t('turnout.ballots')))),
      el('tbody', {}, rows.map(([time, voted]) => el('tr', {}, el('th', { scope: 'row' }, shortTime(time)), el('td', { class: 'n' }, number(voted))))))) : null);
}

/** At most so many of a list, the last among them. @param {number[][]} list @param {number} most */
function spread(list, most) {
  if (list.length <= most) return list;
  const step = (list.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, i) => list[Math.round(i * step)]);
}

/** @param {any} check */
const checkPart = ({ lines }) => el('section', { 'aria-labelledby': 'check' }, el('h2', { id: 'check' }, t('check')),
  el('ul', { class: 'people' }, lines.map((/** @type {any} */ { state, text, next }) => el('li', {},
    el('span', { class: state === 'good' ? 'what yes' : 'what no' }, el('span', { class: 'unseen' }, `${t(/** @type {any} */ (`check.${state}`))}: `), el('span', { class: 'lines' }, text), next ? el('span', { class: 'small' }, ` ${next}`) : null)))));

/** @param {any} election */
function servingPart(election) {
  const { name, serving, stage } = election;
  const serve = (/** @type {SubmitEvent} */ event) => press(event, async () => {
    const port = Number.parseInt(typed('port'), 10);
    const { warnings = [] } = await of(name, 'serve', { ...(typed('address').trim() ? { address: typed('address').trim() } : {}), ...(port ? { port } : {}) });
    if (warnings.length) sessionStorage.setItem(`veche-warned-${name}`, JSON.stringify(warnings));
    else sessionStorage.removeItem(`veche-warned-${name}`);
    reload();
  });
  const warned = /** @type {import('./words.js').Said[]} */ (JSON.parse(sessionStorage.getItem(`veche-warned-${name}`) ?? '[]'));
  return el('section', { 'aria-labelledby': 'serving' }, el('h2', { id: 'serving' }, stage === 'ceremony' ? t('serving.ceremony') : t('serving')),
    serving ? [
      reachedAt(election),
      warned.map((text) => box('warning', linesOf(said(text)))),
      el('p', { class: 'small' }, t('serving.stays')),
      el('p', { class: 'actions' }, button(t('serving.stop'), (event) => press(event, async () => { await of(name, 'serve/stop'); reload(); }))), room(),
    ] : el('form', { autocomplete: 'off', onsubmit: serve },
      el('p', {}, stage === 'ceremony' ? t('serving.ceremony.text') : t('serving.text')),
      fold('where', t('serving.where'), line('address', t('serving.address'), { kind: 'short', hint: t('serving.address.hint'), attributes: { placeholder: '127.0.0.1' } }),
        line('port', t('serving.port'), { kind: 'short', value: portOf(election.url), hint: t('serving.port.hint'), attributes: { inputmode: 'numeric' } })),
      room(), el('p', { class: 'actions' }, el('button', { class: ['serve', 'serve_ceremony'].includes(election.next?.do) ? 'primary' : '' }, t('serving.start')))));
}

/** Where it is reached: by everybody, by those in this network, and from this machine alone. @param {any} election */
function reachedAt({ serving, addresses = [], url }) {
  const link = (/** @type {string} */ address) => el('a', { href: address, target: '_blank', rel: 'noreferrer' }, address);
  return [
    facts(fact(t('serving.cards'), url ? link(url) : null),
      fact(t('serving.network'), addresses.length ? addresses.map((/** @type {string} */ address) => el('div', {}, link(address))) : null),
      fact(t('serving.here'), link(serving))),
    el('p', { class: 'small' }, addresses.length ? t('serving.here.text') : url && !OWN.test(url) ? t('serving.here.behind') : t('serving.here.alone')),
  ];
}

/** The port that an address names. @param {string | null | undefined} url */
function portOf(url) {
  try {
    return new URL(url ?? '').port;
  } catch {
    return '';
  }
}

/** Trustees and witnesses, at a glance. @param {any} election @param {any} status @param {any} ceremony */
function safetyPart({ stage }, status, ceremony) {
  const people = ceremony?.people ?? [];
  const { witnesses = [] } = status;
  const shares = /** @type {number[]} */ (status.shares ?? []);
  return [
    people.length ? el('section', { 'aria-labelledby': 'safety' }, el('h2', { id: 'safety' }, t('safety')),
      el('ul', { class: 'people' }, people.map((/** @type {any} */ { number: place, name, done = [] }) => el('li', {}, el('span', { class: 'who' }, `${place}. `, given(name ?? '')),
        el('span', { class: 'what' }, shares.includes(place) ? el('span', { class: 'yes' }, t('trustee.opened')) : !done.includes('rehearsed') ? el('span', { class: 'no' }, t('trustee.not-rehearsed'))
          : stage === 'summed' ? el('span', { class: 'no' }, t('trustee.not-opened')) : el('span', { class: 'yes' }, t('trustee.rehearsed'))))))) : null,
    witnesses.length ? el('section', { 'aria-labelledby': 'witnesses' }, el('h2', { id: 'witnesses' }, t('witnesses')),
      el('ul', { class: 'people' }, witnesses.map((/** @type {any} */ { name, signed }) => el('li', {}, el('span', { class: 'who' }, given(name)),
        el('span', { class: 'what' }, signed ? el('span', { class: 'yes' }, t('witness.signed', { time: time(signed) })) : el('span', { class: 'no' }, t('witness.unsigned'))))))) : null,
  ];
}

/** @type {Record<string, string[]>} */
const ACTS = { setup: ['open', 'cancel'], open: ['pause', 'extend', 'close', 'withdraw', 'cancel'], paused: ['resume', 'extend', 'close', 'withdraw', 'cancel'], closed: ['lot'], summed: [] };

/** @param {any} election @param {any} status */
function actsPart({ name, stage, closes, awaits_lot: awaitsLot }, status) {
  const possible = (ACTS[stage] ?? []).filter((act) => (act !== 'extend' || closes) && (act !== 'lot' || awaitsLot));
  const done = status?.turns ?? [];
  if (!possible.length && !done.length) return null;
  return el('section', { 'aria-labelledby': 'acts' }, el('h2', { id: 'acts' }, t('acts')),
    possible.length ? el('p', { class: 'actions' }, possible.map((act) => go(at(name, 'act', act), t(/** @type {any} */ (`act.${act}`)), act === 'cancel' ? 'danger' : ''))) : null,
    done.length ? el('ul', { class: 'people' }, done.map((/** @type {any} */ { at, act, reason, closes: until }) => el('li', {}, el('span', { class: 'who' }, maybe(`did.${act}`) ?? act, until ? ` (${time(until)})` : ''), el('span', { class: 'what' }, time(at), reason ? [': ', given(reason)] : null)))) : el('p', { class: 'small' }, t('acts.none')));
}

// --- the making of the key

/** @param {string} name */
export async function ceremony(name) {
  const gather = async () => ({ election: await of(name, ''), ceremony: await of(name, 'ceremony').catch(() => null) });
  let seen = await gather();
  return {
    every: LOOK_S,
    refresh: async () => {
      const now = await gather();
      const changed = JSON.stringify(now) !== JSON.stringify(seen);
      seen = now;
      return changed;
    },
    draw: () => ({ ...dressed(seen.election, 'ceremony'), title: t('step.ceremony'), content: ceremonyContent(seen.election, seen.ceremony) }),
  };
}

/** @param {any} election @param {any} ceremony */
function ceremonyContent(election, ceremony) {
  const { name, next, stage } = election;
  const setUp = (/** @type {SubmitEvent} */ event) => press(event, async () => {
    const passphrase = chosenPassphrase();
    if (passphrase === null) return;
    const url = typed('url').trim();
    begin(await of(name, 'setup', { passphrase, ...(url ? { url } : {}) }), 'make', name);
  });
  return [
    stage === 'ceremony' ? el('p', {}, t('ceremony.text')) : null,
    next?.text && stage === 'ceremony' ? el('p', { class: 'next lines' }, next.text) : null,
    ceremony?.words && ceremony.words !== next?.text ? el('p', { class: stage === 'ceremony' ? 'lines' : 'next lines' }, ceremony.words) : null,
    ceremony?.telephone ? box('note', el('p', {}, t('ceremony.telephone'))) : null,
    stage === 'ceremony' ? servingPart(election) : null,
    ceremony?.people?.length ? el('section', { 'aria-labelledby': 'who' }, el('h2', { id: 'who' }, t('ceremony.who')), peopleOf(ceremony.people, ceremony.missing)) : null,
    ceremony?.code && stage === 'setup' ? el('section', { 'aria-labelledby': 'code' }, el('h2', { id: 'code' }, t('ceremony.code')), el('p', {}, t('ceremony.code.text')), el('p', { class: 'aloud' }, codeOf(ceremony.code))) : null,
    next?.do === 'setup' ? el('form', { autocomplete: 'off', onsubmit: setUp }, el('h2', {}, t('make.title')), el('p', {}, t('setup.text')), chosenTwice(), line('url', t('delivery.url'), { value: election.url ?? '', hint: t('delivery.url.hint') }), room(),
      el('p', { class: 'actions' }, el('button', { class: 'primary' }, t('make.go')))) : null,
  ];
}
