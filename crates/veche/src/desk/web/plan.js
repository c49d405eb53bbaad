// Making an election step by step. Every choice is told back before it becomes final.

import { box, el, given } from './dom.js';
import { linesOf, press, room, to, work } from './doing.js';
import { choice, field, line, lines, select, tick, typed } from './fields.js';
import { of } from './api.js';
import { explained } from './explained.js';
import { again, button, fact, facts, fold, go, soon } from './page.js';
import { chosenPassphrase, chosenTwice } from './passphrases.js';
import { Planned } from './planned.js';
import { at, beside, planWay } from './way.js';
import { t, span, time, zone } from './words.js';

/** @typedef {import('./dom.js').Child} Child */

const TIES = ['more-raters', 'more-best', 'fewer-worst', 'sum', 'mean', 'median', 'lot'];

/** @param {Planned} planned @param {string} here @param {Child} content @returns {import('./page.js').Screen} */
export function dressedPlan(planned, here, content) {
  const { file, plan, answer } = planned;
  const done = {
    title: Boolean(file.title), contests: Boolean(file.contest?.length) && file.contest.every(isWhole), times: Boolean(plan.note?.times),
    secrecy: Boolean(plan.note?.secrecy), roll: Boolean(plan.voters || (answer.roll?.voters && !answer.roll.errors)), delivery: Boolean(plan.note?.delivery),
  };
  const { before, behind } = beside(here);
  const onward = async () => { if (await planned.save()) to(at(planned.name, 'plan', behind ?? 'review')); };
  return {
    title: t(/** @type {any} */ (`step.${here}`)), name: file.title || planned.name, rehearsal: plan.rehearsal, side: planWay(planned.name, here, done),
    content: [content,
      el('p', { class: 'small filled', id: 'saved' }),
      behind ? el('p', { class: 'actions' }, button(t('next.step', { step: t(`step.${behind}`) }), onward, 'primary'),
        before ? go(at(planned.name, 'plan', before), t('back')) : null) : null],
  };
}

/** Has it a title, and somebody to vote for? @param {any} contest */
const isWhole = ({ title: called, candidates = [] }) => Boolean(called) && candidates.length > 0;

/** @type {Record<string, (planned: Planned) => Child>} */
const STEPS = { title, contests, times, secrecy, delivery, review };

/** @param {string} name @param {string} here */
export async function step(name, here) {
  const planned = await Planned.load(name);
  // Whoever was here has seen what is chosen.
  if (['times', 'secrecy', 'delivery'].includes(here) && !planned.plan.note?.[here]) {
    planned.edit((_, plan) => { plan.note = { ...plan.note, [here]: true }; });
  }
  const draw = STEPS[here] ?? title;
  return { draw: () => dressedPlan(planned, here in STEPS ? here : 'title', draw(planned)), refresh: () => planned.look(), left: () => planned.left() };
}

/** @param {Planned} planned */
function title(planned) {
  const { file, plan } = planned;
  return [
    line('title', t('plan.title'), { value: file.title, hint: t('plan.title.hint'), attributes: { maxlength: 200 }, oninput: (value) => planned.edit((file) => { file.title = value.trim(); }) }),
    choice('kind', t('new.kind'), [{ value: 'real', label: t('new.real'), hint: t('new.real.hint') }, { value: 'rehearsal', label: t('new.rehearsal'), hint: t('new.rehearsal.hint') }],
      plan.rehearsal ? 'rehearsal' : 'real', (value) => { planned.edit((_, plan) => { plan.rehearsal = value === 'rehearsal'; }); again(); }),
    fold('discard', t('plan.discard'), el('section', {}, el('p', {}, t('plan.discard.text')), room(),
      el('p', {}, button(t('plan.discard.go'), (event) => press(event, async () => {
        await planned.save();
        await of(planned.name, 'plan/delete');
        to('#/');
      }), 'danger')))),
  ];
}

// --- contests

/** @param {any} contest */
export function presetOf({ kind, scale, blank, approvals }) {
  if (kind === 'single') return 'single';
  if (approvals || (scale === '0..1' && blank === false)) return 'approval';
  return scale && !/\.\./.test(scale) ? 'grades' : 'score';
}

/** @param {any} contest @param {string} preset */
function become(contest, preset) {
  for (const key of ['kind', 'scale', 'approvals', 'blank', 'better', 'rule', 'blanks', 'pass', 'phantoms']) delete contest[key];
  if (preset === 'single') Object.assign(contest, { kind: 'single', rule: 'sum' });
  else if (preset === 'approval') Object.assign(contest, { kind: 'score', scale: '0..1', blank: false, rule: 'sum' });
  else if (preset === 'grades') Object.assign(contest, { kind: 'score', scale: t('scale.grades'), rule: 'majority-judgment' });
  else Object.assign(contest, { kind: 'score', scale: '1..5', rule: 'mean' });
}

/** @param {Planned} planned */
function contests(planned) {
  const all = planned.file.contest ?? [];
  const add = async () => {
    planned.edit((file) => {
      const contest = { title: '', candidates: [] };
      become(contest, 'score');
      file.contest = [...all, contest];
    });
    if (await planned.save()) to(at(planned.name, 'plan', 'contest', String(all.length)));
  };
  return [
    el('p', {}, t('contests.text')),
    el('ul', { class: 'cards' }, all.map((/** @type {any} */ contest, /** @type {number} */ i) => el('li', {},
      el('h2', {}, contest.title ? given(contest.title) : t('contest.untitled', { number: i + 1 })),
      el('p', { class: 'state' }, `${t(/** @type {any} */ (`preset.${presetOf(contest)}`))} · ${t('contest.candidates', { n: contest.candidates?.length ?? 0 })}`),
      el('p', { class: 'actions' }, go(at(planned.name, 'plan', 'contest', String(i)), t('contest.edit')),
        all.length > 1 ? button(t('contest.remove'), () => { planned.edit((file) => { file.contest.splice(i, 1); }); again(); }, 'plainly') : null)))),
    el('p', {}, button(all.length ? t('contest.another') : t('contest.first'), add, all.length ? '' : 'primary')),
  ];
}

/** @param {string} name @param {string} _ @param {string} place */
export async function contest(name, _, place) {
  const planned = await Planned.load(name);
  const i = Number(place);
  const explanation = explained(() => planned.file.contest[i]);
  return {
    draw: () => {
      const contest = planned.file.contest?.[i];
      if (!contest) return dressedPlan(planned, 'contests', contests(planned));
      const screen = dressedPlan(planned, 'contests', contestForm(planned, contest, explanation));
      return { ...screen, title: contest.title || t('contest.untitled', { number: i + 1 }) };
    },
    left: () => { explanation.left(); planned.left(); },
  };
}

/** @param {Planned} planned @param {any} contest @param {ReturnType<typeof explained>} explanation */
function contestForm(planned, contest, explanation) {
  const preset = presetOf(contest);
  /** @param {string} key @param {any} value */
  const set = (key, value) => {
    planned.edit(() => { if (value === '' || value === null || value === undefined) delete contest[key]; else contest[key] = value; });
    explanation.changed();
  };
  const names = /** @type {string[]} */ (contest.candidates ?? []);
  const seats = Number(contest.seats ?? 1);
  const scored = preset === 'score' || preset === 'grades';
  return [
    line('contest-title', t('contest.title'), { value: contest.title, hint: t('contest.title.hint'), attributes: { maxlength: 200 }, oninput: (value) => set('title', value.trim()) }),
    lines('candidates', t('contest.names'), { value: names.join('\n'), hint: t('contest.names.hint'), attributes: { rows: Math.min(14, Math.max(5, names.length + 1)), class: 'plain' },
      oninput: (value) => {
        set('candidates', value.split('\n').map((name) => name.trim()).filter(Boolean));
        const count = document.getElementById('count');
        if (count) count.textContent = t('contest.candidates', { n: contest.candidates?.length ?? 0 });
      },
      // What was said of somebody who is no longer among them, no field could take away.
      onchange: () => {
        const there = contest.candidates ?? [];
        const about = (contest.about ?? []).filter((/** @type {any} */ { candidate }) => there.includes(candidate));
        set('about', about.length ? about : '');
        if (!there.includes(contest.none)) set('none', '');
        soon();
      } }),
    el('p', { class: 'small', id: 'count' }, t('contest.candidates', { n: names.length })),
    choice('preset', t('contest.how'), ['score', 'grades', 'approval', 'single'].map((value) => ({ value, label: t(/** @type {any} */ (`preset.${value}`)), hint: t(/** @type {any} */ (`preset.${value}.hint`)) })),
      preset, (value) => { planned.edit(() => become(contest, value)); again(); explanation.changed(); }),
    preset === 'score' ? line('scale', t('contest.scale'), { value: contest.scale ?? '1..5', kind: 'short', hint: t('contest.scale.hint'), oninput: (value) => set('scale', value.trim()) }) : null,
    preset === 'grades' ? line('scale', t('contest.grades'), { value: contest.scale, hint: t('contest.grades.hint'), oninput: (value) => set('scale', value.split(',').map((name) => name.trim()).join(',')) }) : null,
    preset === 'approval' ? bounds(contest, set) : null,
    scored ? choice('rule', t('contest.rule'), ['sum', 'mean', 'median', 'majority-judgment'].map((value) => ({ value, label: t(/** @type {any} */ (`rule.${value}`)), hint: t(/** @type {any} */ (`rule.${value}.hint`)) })),
      contest.rule, (value) => set('rule', value)) : null,
    preset === 'single' ? choice('majority', t('contest.wins'), [{ value: 'most', label: t('wins.most'), hint: t('wins.most.hint') }, { value: 'half', label: t('wins.half'), hint: t('wins.half.hint') }],
      contest.pass === '>1/2' ? 'half' : 'most', (value) => {
        planned.edit(() => {
          for (const key of ['blanks', 'pass']) delete contest[key];
          Object.assign(contest, value === 'half' ? { rule: 'mean', blanks: 'worst', pass: '>1/2' } : { rule: 'sum' });
        });
        explanation.changed();
      }) : null,
    line('seats', t('contest.seats'), { value: String(seats), kind: 'short', attributes: { inputmode: 'numeric' }, oninput: (value) => set('seats', Number.parseInt(value, 10) || 1) }),
    more(planned, contest, names, scored, set),
    explanation.place(),
    el('p', { class: 'actions' }, button(t('contest.done'), async () => { if (await planned.save()) to(at(planned.name, 'plan', 'contests')); })),
  ];
}

/** @param {any} contest @param {(key: string, value: any) => void} set */
function bounds(contest, set) {
  const [least = '', most = ''] = (contest.approvals ?? '').split('..');
  const changed = () => {
    const [low, high] = [typed('least').trim(), typed('most').trim()];
    // Without an upper bound there are none: "as many as one likes".
    set('approvals', high ? `${low || '0'}..${high}` : '');
    if (high) { delete contest.scale; delete contest.blank; } else Object.assign(contest, { scale: '0..1', blank: false });
  };
  return el('div', { class: 'pair' },
    line('least', t('contest.least'), { value: least, hint: t('contest.least.hint'), attributes: { inputmode: 'numeric' }, oninput: changed }),
    line('most', t('contest.most'), { value: most, hint: t('contest.most.hint'), attributes: { inputmode: 'numeric' }, oninput: changed }));
}

/** What most elections do without. @param {Planned} planned @param {any} contest @param {string[]} names @param {boolean} scored
 *  @param {(key: string, value: any) => void} set */
function more(planned, contest, names, scored, set) {
  const ties = /** @type {string[]} */ (contest.ties ?? []);
  const aboutOf = (/** @type {string} */ candidate) => (contest.about ?? []).find((/** @type {any} */ one) => one.candidate === candidate) ?? {};
  const tell = (/** @type {string} */ candidate, /** @type {'text' | 'link'} */ what, /** @type {string} */ value) => {
    const others = (contest.about ?? []).filter((/** @type {any} */ one) => one.candidate !== candidate);
    const told = { ...aboutOf(candidate), candidate, [what]: value.trim() || undefined };
    set('about', told.text || told.link ? [...others, told] : others);
  };
  return [
    fold('about', t('contest.about'), names.length ? names.map((name, i) => el('fieldset', {}, el('legend', {}, given(name)),
      line(`about-text-${i}`, t('about.text'), { value: aboutOf(name).text ?? '', onchange: (value) => tell(name, 'text', value) }),
      line(`about-link-${i}`, t('about.link'), { value: aboutOf(name).link ?? '', onchange: (value) => tell(name, 'link', value) }))) : el('p', {}, t('about.none'))),
    fold('more', t('contest.more'),
      scored ? tick('blank', t('more.blank'), contest.blank !== false, (checked) => set('blank', checked ? '' : false)) : null,
      scored ? tick('blanks', t('more.blanks'), contest.blanks === 'worst', (checked) => set('blanks', checked ? 'worst' : '')) : null,
      scored ? tick('better', t('more.better'), contest.better === 'lower', (checked) => set('better', checked ? 'lower' : '')) : null,
      tick('order', t('more.order'), contest.order === 'random', (checked) => set('order', checked ? 'random' : '')),
      select('none', t('more.none'), [{ value: '', label: t('more.nobody') }, ...names.map((name) => ({ value: name, label: name }))], contest.none ?? '', (value) => set('none', value), { hint: t('more.none.hint') }),
      line('pass', t('more.pass'), { value: contest.pass ?? '', kind: 'short', hint: t('more.pass.hint'), oninput: (value) => set('pass', value.trim()) }),
      line('raters', t('more.raters'), { value: contest.raters ?? '', kind: 'short', hint: t('more.raters.hint'), oninput: (value) => set('raters', value.trim()) }),
      line('turnout', t('more.turnout'), { value: contest.turnout ?? '', kind: 'short', hint: t('more.turnout.hint'), oninput: (value) => set('turnout', value.trim()) }),
      scored ? line('phantoms', t('more.phantoms'), { value: String(contest.phantoms ?? ''), kind: 'short', hint: t('more.phantoms.hint'), oninput: (value) => set('phantoms', Number.parseInt(value, 10) || '') }) : null,
      el('fieldset', {}, el('legend', {}, t('more.ties')), el('p', { class: 'small' }, t('more.ties.hint')),
        [0, 1, 2].map((i) => select(`tie-${i}`, t('more.tie', { number: i + 1 }), [{ value: '', label: t('tie.none') }, ...TIES.map((value) => ({ value, label: t(/** @type {any} */ (`tie.${value}`)) }))], ties[i] ?? '',
          () => {
            set('ties', [0, 1, 2].map((at) => typed(`tie-${at}`)).filter(Boolean));
            again();
          })),
        ties.includes('lot') ? line('lot', t('more.lot'), { value: planned.file.lot ?? '', hint: t('more.lot.hint'), oninput: (value) => planned.edit((file) => { file.lot = value.trim() || null; }) }) : null)),
  ];
}

// --- times

/** @param {Planned} planned */
function times(planned) {
  const { file } = planned;
  return [
    el('p', {}, t('times.zone', { zone: zone() })),
    moment(planned, 'opens', t('times.opens'), t('times.opens.hand')),
    moment(planned, 'closes', t('times.closes'), t('times.closes.hand')),
    choice('revote', t('revote'), [{ value: 'last', label: t('revote.last'), hint: t('revote.last.hint') }, { value: 'never', label: t('revote.never'), hint: t('revote.never.hint') }],
      file.revote ?? 'last', (value) => planned.edit((file) => { file.revote = value; })),
  ];
}

/** @param {string | null | undefined} text as it stands in the plan */
function parsed(text) {
  const [, date = '', clock = ''] = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)/.exec(text ?? '') ?? [];
  return { date, clock };
}

/** A time, or by hand. @param {Planned} planned @param {'opens' | 'closes'} key @param {string} label @param {string} hand */
function moment(planned, key, label, hand) {
  const { date, clock } = parsed(planned.file[key]);
  const timed = planned.plan.note?.[`${key}-timed`] || Boolean(planned.file[key]);
  const [dateId, clockId, toldId] = [`${key}-date`, `${key}-time`, `${key}-told`];
  const told = () => {
    const place = document.getElementById(toldId);
    if (place) place.textContent = toldBack(typed(dateId), typed(clockId));
  };
  const changed = () => {
    const [date, clock] = [typed(dateId), typed(clockId)];
    planned.edit((file) => { file[key] = date && clock ? `${date} ${clock}` : null; });
    told();
  };
  return el('div', {}, choice(`${key}-how`, label, [{ value: 'hand', label: hand }, { value: 'time', label: t('times.at') }], timed ? 'time' : 'hand', (value) => {
    planned.edit((file, plan) => {
      plan.note = { ...plan.note, [`${key}-timed`]: value === 'time' };
      if (value === 'hand') file[key] = null;
    });
    again();
    if (value === 'time') changed();
  }),
  timed ? el('div', { class: 'pair' },
    field(dateId, t('times.date'), el('input', { type: 'date', id: dateId, value: date, autocomplete: 'off', onchange: changed })),
    field(clockId, t('times.clock'), el('input', { type: 'time', id: clockId, value: clock, autocomplete: 'off', onchange: changed }))) : null,
  timed ? el('p', { id: toldId, class: 'next', role: 'status' }, toldBack(date, clock)) : null);
}

/** @param {string} date @param {string} clock */
export function toldBack(date, clock) {
  if (!date || !clock) return t('times.missing');
  const seconds = new Date(`${date}T${clock}`).getTime() / 1000;
  if (Number.isNaN(seconds)) return t('times.missing');
  const away = seconds - Date.now() / 1000;
  return `${time(seconds)}, ${span(away)}${away < 0 ? `. ${t('times.past')}` : ''}`;
}

// --- secrecy, delivery

/** @param {Planned} planned */
function secrecy(planned) {
  const { file, plan } = planned;
  const secret = (file.secrecy ?? 'secret') === 'secret';
  const count = Number(file.trustees ?? 3);
  const threshold = Number(file.threshold ?? Math.floor(count / 2) + 1);
  const numberField = (/** @type {'trustees' | 'threshold'} */ key, /** @type {string} */ label, /** @type {string} */ hint, /** @type {number} */ value) =>
    line(key, label, { value: String(value), kind: 'short', hint, attributes: { inputmode: 'numeric' }, onchange: (text) => { planned.edit((file) => { file[key] = Number.parseInt(text, 10) || null; }); soon(); } });
  return [
    choice('secrecy', t('secrecy'), [{ value: 'secret', label: t('secrecy.secret'), hint: t('secrecy.secret.hint') }, { value: 'open', label: t('secrecy.open'), hint: t('secrecy.open.hint') }],
      secret ? 'secret' : 'open', (value) => {
        planned.edit((file, plan) => {
          file.secrecy = value;
          if (value === 'open') {
            Object.assign(file, { trustees: null, threshold: null });
            plan.local_trustees = false;
          }
        });
        again();
      }),
    secret ? [
      choice('trusted', t('trusted'), [{ value: 'apart', label: t('trusted.apart'), hint: t('trusted.apart.hint') }, { value: 'local', label: t('trusted.local'), hint: t('trusted.local.hint') }],
        plan.local_trustees ? 'local' : 'apart', (value) => planned.edit((_, plan) => { plan.local_trustees = value === 'local'; })),
      el('div', { class: 'pair' }, numberField('trustees', t('trustees.count'), t('trustees.count.hint'), count), numberField('threshold', t('trustees.threshold'), t('trustees.threshold.hint'), threshold)),
      el('p', { class: 'next' }, t('trustees.told', { threshold, count })),
    ] : null,
    choice('shows', t('shows'), ['nothing', 'number', 'name'].map((value) => ({ value, label: t(/** @type {any} */ (`shows.${value}`)), hint: t(/** @type {any} */ (`shows.${value}.hint`)) })),
      file.roll_shows ?? (secret ? 'nothing' : 'number'), (value) => planned.edit((file) => { file.roll_shows = value; })),
    fold('witnesses', t('witnesses'), el('p', {}, t('witnesses.text')), lines('witness-lines', t('witnesses.lines'), {
      value: (file.witness ?? []).map((/** @type {any} */ { key, url }) => `${key} ${url}`).join('\n'), hint: t('witnesses.lines.hint'), attributes: { rows: 3 },
      oninput: (value) => planned.edit((file) => { file.witness = witnessesOf(value); }) })),
  ];
}

/** What is half typed is refused by the desk, and not passed over. @param {string} text lines of key and address, or as `veche witness init` prints them */
function witnessesOf(text) {
  const keys = text.match(/[^\s"]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]+=*/g) ?? [];
  const urls = text.match(/https?:\/\/[^\s"]+/g) ?? [];
  if (keys.length && keys.length === urls.length) return keys.map((key, i) => ({ key, url: urls[i] }));
  return text.split('\n').map((line) => line.trim()).filter(Boolean).map((line) => {
    const [key = '', url = ''] = line.split(/\s+/);
    return { key, url };
  });
}

/** @param {Planned} planned */
function delivery(planned) {
  const { file } = planned;
  return [
    el('p', {}, t('delivery.text')),
    choice('split', t('split'), [{ value: 'split', label: t('split.yes'), hint: t('split.yes.hint') }, { value: 'whole', label: t('split.no'), hint: t('split.no.hint') }],
      file.split_delivery === false ? 'whole' : 'split', (value) => planned.edit((file) => { file.split_delivery = value === 'split'; })),
    line('url', t('delivery.url'), { value: file.url ?? '', hint: t('delivery.url.hint'), attributes: { inputmode: 'url', placeholder: 'https://vote.example.org' }, oninput: (value) => planned.edit((file) => { file.url = value.trim() || null; }) }),
    choice('lang', t('delivery.lang'), [{ value: 'en', label: 'English' }, { value: 'ru', label: 'Русский' }], file.lang ?? document.documentElement.lang, (value) => planned.edit((file) => { file.lang = value; })),
    choice('changes', t('changes'), ['until-opening', 'until-closing', 'never'].map((value) => ({ value, label: t(/** @type {any} */ (`changes.${value}`)) })),
      file.roll_changes ?? 'until-opening', (value) => planned.edit((file) => { file.roll_changes = value; }), { hint: t('changes.hint') }),
  ];
}

// --- told back

/** @param {Planned} planned */
function review(planned) {
  const { file, plan, answer, name } = planned;
  const drafted = (file.secrecy ?? 'secret') === 'secret' && !plan.local_trustees;
  const { problem, chosen = [], roll, weights } = answer;
  const make = (/** @type {SubmitEvent} */ event) => press(event, async () => {
    const passphrase = drafted ? '' : chosenPassphrase();
    if (passphrase === null) return;
    if (weights) planned.edit((_, plan) => { plan.weights_show_votes = true; });
    if (!await planned.save()) return;
    work(await of(name, 'make', drafted ? {} : { passphrase }), 'make', name);
  });
  return [
    problem ? box('error', linesOf(problem.what), linesOf(problem.next)) : null,
    el('p', {}, t('review.text'), file.roll_changes === 'never' ? null : [' ', t('review.text.roll')]),
    facts(fact(t('plan.title'), file.title ? given(file.title) : null)),
    (file.contest ?? []).map((/** @type {any} */ { title: called, candidates = [] }, /** @type {number} */ i) => el('section', {},
      el('h2', {}, called ? given(called) : t('contest.untitled', { number: i + 1 })),
      el('ol', {}, candidates.map((/** @type {string} */ one) => el('li', {}, given(one)))))),
    el('h2', {}, t('review.rules')),
    el('ul', { class: 'chosen' }, chosen.map((/** @type {string} */ sentence) => el('li', {}, sentence))),
    facts(fact(t('review.opens'), answer.opens_at ? time(answer.opens_at) : file.opens ? toldBack(...both(file.opens)) : t('times.opens.hand')),
      fact(t('review.closes'), answer.closes_at ? time(answer.closes_at) : file.closes ? toldBack(...both(file.closes)) : t('times.closes.hand')),
      fact(t('review.roll'), roll?.voters ? t('roll.sum', { voters: roll.voters, weight: roll.weight }) : plan.voters ? t('roll.numbered', { voters: plan.voters }) : el('a', { href: at(name, 'plan', 'roll') }, t('review.no-roll'))),
      fact(t('split'), file.split_delivery === false ? t('split.no') : file.url ? t('split.yes') : t('review.no-link')),
      fact(t('delivery.url'), file.url ? el('code', { translate: 'no' }, file.url) : t('review.no-url')),
      fact(t('delivery.lang'), (file.lang ?? document.documentElement.lang) === 'ru' ? 'Русский' : 'English')),
    weights ? box('warning', el('p', {}, weights)) : null,
    problem ? null : el('form', { onsubmit: make, autocomplete: 'off' },
      el('h2', {}, drafted ? t('make.draft') : t('make.title')),
      el('p', {}, drafted ? t('make.draft.text') : t('make.text')),
      drafted ? null : chosenTwice(),
      weights ? el('p', {}, tickRequired('weights', t('review.weights'))) : null,
      el('p', {}, tickRequired('aloud', t('make.aloud'))),
      room(),
      el('p', { class: 'actions' }, el('button', { class: 'primary' }, drafted ? t('make.draft.go') : t('make.go')), go(at(name, 'plan', 'delivery'), t('back')))),
  ];
}

/** @param {string} text @returns {[string, string]} */
function both(text) {
  const { date, clock } = parsed(text);
  return [date, clock];
}

/** @param {string} id @param {Child} label */
export function tickRequired(id, label) {
  const made = tick(id, label, false);
  made.querySelector('input')?.setAttribute('required', '');
  return made;
}

