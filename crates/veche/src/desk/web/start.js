// The beginning: this person's elections and keys, and what each waits for.

import { justDone } from './acts.js';
import { ask } from './api.js';
import { box, el, given } from './dom.js';
import { press, room, to } from './doing.js';
import { choice, line, ticked, typed } from './fields.js';
import { button, go } from './page.js';
import { at } from './way.js';
import { maybe, t, time } from './words.js';

/** Where the next thing for an election is done. @param {any} election */
export function nextWay({ name, next }) {
  switch (next?.do) {
    case 'plan': case 'make': return at(name, 'plan', next.do === 'make' ? 'review' : 'title');
    case 'wait_trustees': case 'serve_ceremony': case 'trustees_open': return at(name, 'ceremony');
    case 'deliver': case 'finish': return at(name, 'cards');
    case 'open': case 'close': case 'lot': return at(name, 'act', next.do);
    case 'result': return at(name, 'result');
    case 'record': return at(name, 'record');
    default: return at(name);
  }
}

/** @param {any} election */
const electionCard = (election) => el('li', {},
  el('h2', {}, el('a', { href: election.stage === 'plan' ? nextWay(election) : at(election.name) }, given(election.title || election.name))),
  el('p', { class: 'state' }, stageText(election)),
  election.next?.text ? el('p', { class: 'next lines' }, election.next.text) : null,
  el('p', { class: 'actions' }, go(nextWay(election), maybe(`do.${election.next?.do}`) ?? t('do.look'), 'primary')));

/** @param {any} election */
export function stageText({ stage, rehearsal, voters, ballots, closes, serving }) {
  const said = [rehearsal ? t('rehearsal.mark') : '', maybe(`stage.${stage}`) ?? stage];
  if (voters) said.push(ballots ? t('state.ballots', { ballots, voters }) : t('state.voters', { voters }));
  if (closes && ['setup', 'open', 'paused'].includes(stage)) said.push(t('state.closes', { time: time(closes) }));
  if (serving) said.push(t('state.serving'));
  return said.filter(Boolean).join(' · ');
}

/** @param {any} key */
const keyCard = (key) => el('li', {},
  el('h3', {}, el('a', { href: `#/t/${encodeURIComponent(key.key)}` }, given(key.title || key.name || key.key))),
  el('p', { class: 'state' }, [key.name ? t('key.of', { number: String(key.number), name: key.name }) : key.key].filter(Boolean).join(' · ')),
  key.next?.text ? el('p', { class: 'next lines' }, key.next.text) : null,
  el('p', { class: 'actions' }, go(`#/t/${encodeURIComponent(key.key)}`, t('do.look'), 'primary')));

export async function list() {
  let { elections = [], keys = [], unreadable = [] } = await ask('elections');
  const { folder, booth } = await ask('desk');
  const done = justDone();
  return {
    every: 5,
    refresh: async () => {
      const now = await ask('elections');
      const changed = JSON.stringify([now.elections, now.keys, now.unreadable]) !== JSON.stringify([elections, keys, unreadable]);
      ({ elections = [], keys = [], unreadable = [] } = now);
      return changed;
    },
    draw: () => ({
      title: t('start.title'),
      content: [
        done(),
        booth === false ? box('warning', t('start.no-booth')) : null,
        el('section', { 'aria-labelledby': 'elections' }, el('h2', { id: 'elections' }, t('start.elections')),
          elections.length ? el('ul', { class: 'cards' }, elections.map(electionCard)) : el('p', {}, t('start.none')),
          el('p', { class: 'actions' }, go('#/new', t('start.new'), elections.length ? '' : 'primary'))),
        el('section', { 'aria-labelledby': 'keys' }, el('h2', { id: 'keys' }, t('start.keys')),
          keys.length ? el('ul', { class: 'cards' }, keys.map(keyCard)) : el('p', {}, t('start.no-keys')),
          el('p', { class: 'actions' }, go('#/t/new', t('start.new-key')))),
        unreadable.length ? box('warning', el('p', {}, t('start.unreadable')), el('ul', {}, unreadable.map((/** @type {any} */ { name, what }) => el('li', {}, given(name), ': ', what)))) : null,
        el('p', { class: 'small' }, t('start.folder'), ' ', el('code', { translate: 'no' }, folder)),
        el('section', { class: 'no-print' }, el('p', {}, button(t('start.stop'), (event) => press(event, async () => {
          await ask('stop');
          to('#/stopped');
        }), 'plainly')), room()),
      ],
    }),
  };
}

export async function make() {
  const kinds = () => [{ value: 'real', label: t('new.real'), hint: t('new.real.hint') }, { value: 'rehearsal', label: t('new.rehearsal'), hint: t('new.rehearsal.hint') }];
  let kind = 'real';
  const submit = (/** @type {SubmitEvent} */ event) => press(event, async () => {
    const rehearsal = ticked('kind-rehearsal');
    const { name } = await ask('elections/new', { title: typed('title').trim(), rehearsal });
    to(at(name, 'plan', 'title'));
  });
  return {
    draw: () => ({
      title: t('new.title'),
      content: el('form', { onsubmit: submit, autocomplete: 'off' },
        line('title', t('plan.title'), { hint: t('plan.title.hint'), attributes: { required: true, maxlength: 200 } }),
        choice('kind', t('new.kind'), kinds(), kind, (value) => { kind = value; }),
        room(),
        el('p', { class: 'actions' }, el('button', { class: 'primary' }, t('new.go')), go('#/', t('back')))),
    }),
  };
}


export const stopped = async () => ({ draw: () => ({ title: t('stopped'), content: el('p', {}, t('stopped.text')) }) });
