// Letters: the mail server, what they say, one to oneself that is compared, then all; who has had one; and who none.

import { base64, of, refuse, save } from './api.js';
import { box, el, given } from './dom.js';
import { linesOf, press, reload, room, work } from './doing.js';
import { choice, field, line, lines, select, tick, ticked, typed } from './fields.js';
import { again, button, fact, facts, fill, fold, go } from './page.js';
import { asked } from './passphrases.js';
import { table } from './tables.js';
import { at, dressed } from './way.js';
import { maybe, number, said, shortTime, t } from './words.js';

const PART = 100;
const PER_MINUTE = 60;
const BECAME = ['sent', 'later', 'refused', 'unknown'];

/** @param {string} name */
export async function view(name) {
  const [election, codes] = await Promise.all([of(name, ''), of(name, 'codes').catch(() => ({ state: 'none' }))]);
  const taking = ['open', 'paused'].includes(election.stage);
  const state = {
    name, election, codes, kind: taking ? 'reminder' : 'invitation', withCode: false, became: '', from: 0,
    settings: /** @type {any} */ (null), plan: /** @type {any} */ (null), trouble: /** @type {any} */ (null), journal: /** @type {any} */ (null), text: /** @type {any} */ (null),
  };
  let turn = 0;
  const gather = async () => {
    turn += 1;
    const mine = turn;
    /** @type {any} */
    let trouble = null;
    const settings = await of(name, 'letters/settings').catch(() => ({ mail: null }));
    const plan = await of(name, 'letters/plan', which(state)).catch((error) => { trouble = error; return null; });
    const text = await of(name, 'letters/text', which(state)).catch(() => null);
    const journal = await of(name, 'letters/journal', { from: state.from, count: PART, ...(state.became ? { became: state.became } : {}) }).catch(() => ({ total: 0, counts: {}, rows: [] }));
    // Of another kind that was chosen before nothing is shown.
    if (mine === turn) Object.assign(state, { settings, trouble, plan, text, journal });
    return mine === turn;
  };
  await gather();
  return { refresh: gather, draw: () => ({ ...dressed(election, 'letters'), title: t('step.letters'), content: content(state, async () => { if (await gather()) again(); }) }) };
}

/** @param {any} state */
const which = ({ kind, withCode }) => ({ kind, with_code: withCode, lang: null, ...(withCode && typed('open-codes') ? { passphrase: typed('open-codes') } : {}) });

/** @param {any} state @param {() => Promise<void>} again */
function content(state, again) {
  const { settings, plan, trouble } = state;
  const sealed = state.codes.state === 'sealed';
  const turn = (/** @type {any} */ change) => {
    Object.assign(state, change);
    // Of the letter that was chosen before.
    fill(document.getElementById('preview'), null);
    again();
  };
  return [
    el('p', {}, t('letters.text')),
    choice('kind', t('letters.kind'), [{ value: 'invitation', label: t('letters.invitation'), hint: t('letters.invitation.hint') }, { value: 'reminder', label: t('letters.reminder'), hint: t('letters.reminder.hint') }],
      state.kind, (kind) => turn({ kind, withCode: false })),
    state.kind === 'invitation' ? [
      choice('with', t('split'), [{ value: 'split', label: t('letters.split'), hint: t('split.yes.hint') }, { value: 'whole', label: t('letters.whole'), hint: t('letters.whole.hint') }],
        state.withCode ? 'whole' : 'split', (value) => turn({ withCode: value === 'whole' })),
      state.withCode && sealed ? asked('open-codes', t('passphrase.codes'), t('passphrase.codes.hint'), false) : null,
      state.withCode && sealed ? el('p', {}, button(t('letters.look-again'), again)) : null] : null,
    trouble ? box('warning', linesOf(trouble.what), linesOf(trouble.next)) : null,
    settings.mail ? null : box('note', el('p', {}, t('letters.no-server'))),
    serverPart(state, again),
    textPart(state, again),
    settings.mail && plan ? [testPart(state, again), sendPart(state)] : null,
    plan ? planPart(state) : null,
    journalPart(state, again),
    otherPart(state),
  ];
}

/** @param {any} state @param {() => Promise<void>} again */
function serverPart({ name, settings }, again) {
  const mail = settings.mail ?? {};
  const submit = (/** @type {SubmitEvent} */ event) => press(event, async () => {
    const port = Number.parseInt(typed('mail-port'), 10);
    const made = { host: typed('mail-host').trim(), from: typed('mail-from').trim(), tls: typed('mail-tls'), ...(port ? { port } : {}),
      // Of what stands in the election's file and has no field here.
      ...(mail.timeout_s ? { timeout_s: mail.timeout_s } : {}),
      ...(typed('mail-user').trim() ? { user: typed('mail-user').trim() } : {}), ...(typed('mail-reply').trim() ? { reply_to: typed('mail-reply').trim() } : {}) };
    const password = typed('mail-password');
    await of(name, 'letters/settings/save', { mail: made, ...(password ? { password } : ticked('mail-forget') ? { password: '' } : {}) });
    /** @type {HTMLInputElement} */ (document.getElementById('mail-password')).value = '';
    await again();
  });
  const form = el('form', { autocomplete: 'off', onsubmit: submit },
    line('mail-host', t('mail.host'), { value: mail.host ?? '', hint: t('mail.host.hint'), attributes: { required: true, placeholder: 'smtp.example.org' } }),
    el('div', { class: 'pair' }, select('mail-tls', t('mail.tls'), [{ value: 'starttls', label: 'STARTTLS' }, { value: 'implicit', label: 'TLS' }, { value: 'none', label: t('mail.tls.none') }], mail.tls ?? 'starttls', () => {}),
      line('mail-port', t('serving.port'), { value: String(mail.port ?? ''), hint: t('mail.port.hint'), attributes: { inputmode: 'numeric' } })),
    line('mail-from', t('mail.from'), { value: mail.from ?? '', hint: t('mail.from.hint'), attributes: { required: true } }),
    line('mail-reply', t('mail.reply'), { value: mail.reply_to ?? '' }),
    line('mail-user', t('mail.user'), { value: mail.user ?? '', hint: t('mail.user.hint') }),
    field('mail-password', t('mail.password'), el('input', { type: 'password', id: 'mail-password', autocomplete: 'off', 'aria-describedby': 'mail-password-hint' }), { hint: settings.password_kept ? t('mail.password.kept') : t('mail.password.hint') }),
    settings.password_kept ? el('p', {}, tick('mail-forget', t('mail.forget'), false)) : null,
    room(), el('p', { class: 'actions' }, el('button', { class: settings.mail ? '' : 'primary' }, t('mail.save'))));
  return settings.mail ? [facts(fact(t('mail.host'), given(mail.host ?? '')), fact(t('mail.from'), given(mail.from ?? ''))), fold('server', t('mail.change'), form)] : el('section', {}, el('h2', {}, t('mail')), form);
}

/** @param {any} state @param {() => Promise<void>} again */
function textPart(state, again) {
  const { name, text } = state;
  if (!text) return null;
  const preview = (/** @type {Event} */ event) => press(event, async () => {
    const shown = await of(name, 'letters/preview', { ...which(state), text: typed('letter-text') });
    fill(document.getElementById('preview'), () => [el('h2', {}, t('letters.preview')),
      facts(fact(t('letters.to'), given(shown.to ?? '')), fact(t('mail.from'), given(shown.from ?? '')), fact(t('letters.subject'), given(shown.subject ?? ''))),
      el('div', { class: 'letter', tabindex: 0, role: 'region', 'aria-label': t('letters.preview') }, given(shown.text ?? ''))]);
  });
  return fold('words', t('letters.words'), el('form', { autocomplete: 'off', onsubmit: (/** @type {SubmitEvent} */ event) => press(event, async () => {
    await of(name, 'letters/text/save', { ...which(state), text: typed('letter-text') });
    await again();
  }) },
  lines('letter-text', t('letters.own'), { value: text.text ?? '', hint: [t('letters.own.hint'), ' ', el('code', { translate: 'no' }, (text.places ?? []).join(' '))], attributes: { rows: 14 } }),
  room(),
  el('p', { class: 'actions' }, button(t('letters.preview.go'), preview, 'primary'), el('button', {}, t('letters.own.save')),
    text.own ? button(t('letters.usual'), (event) => press(event, async () => {
      await of(name, 'letters/text/save', { ...which(state), text: null });
      reload();
    }), 'plainly') : null),
  el('div', { id: 'preview', class: 'filled' })));
}

/** @param {any} state @param {() => Promise<void>} again */
function testPart(state, again) {
  const { name, settings, plan } = state;
  const test = plan.test;
  return el('section', { 'aria-labelledby': 'test' }, el('h2', { id: 'test' }, t('letters.test')), el('p', {}, t('letters.test.text')),
    test ? box(test.compared === true ? 'good' : test.compared === false ? 'error' : 'note', el('p', {}, t(test.compared === true ? 'letters.test.good' : test.compared === false ? 'letters.test.bad' : 'letters.test.waits', { to: test.to, time: shortTime(test.at) }))) : null,
    el('form', { autocomplete: 'off', onsubmit: (/** @type {SubmitEvent} */ event) => press(event, async () => {
      work(await of(name, 'letters/test', { ...which(state), to: typed('test-to').trim(), ...passwordOf(settings, 'test-password') }), 'test', name);
    }) }, line('test-to', t('letters.test.to'), { value: test?.to ?? '', attributes: { required: true, inputmode: 'email' } }), passwordField(settings, 'test-password'), room(),
    el('p', { class: 'actions' }, el('button', { class: test ? '' : 'primary' }, t('letters.test.go')))),
    test ? el('form', { autocomplete: 'off', onsubmit: (/** @type {SubmitEvent} */ event) => press(event, async () => {
      const file = /** @type {HTMLInputElement} */ (document.getElementById('arrived-file')).files?.[0];
      fill(document.getElementById('compared'), null);
      if (!file && !typed('arrived').trim()) throw refuse('usage', 'letters.arrived.nothing');
      const seen = await of(name, 'letters/test/compare', file ? { base64: await base64(await file.arrayBuffer()) } : { arrived: typed('arrived') });
      await again();
      const place = document.getElementById('compared');
      fill(place, () => box(seen.good ? 'good' : 'error', linesOf(said(seen.text)), linesOf(said(seen.next)), [...(seen.strangers ?? []), ...(seen.missing ?? [])].map((text) => el('p', {}, given(text)))));
      place?.scrollIntoView({ block: 'center' });
    }) }, lines('arrived', t('letters.arrived'), { hint: t('letters.arrived.hint') }), field('arrived-file', t('letters.arrived.file'), el('input', { type: 'file', id: 'arrived-file', accept: '.eml,.txt' })), room(),
    el('p', { class: 'actions' }, el('button', { class: test.compared ? '' : 'primary' }, t('letters.compare'))), el('div', { id: 'compared', class: 'filled' })) : null);
}

/** @param {any} settings @param {string} id */
const passwordField = (settings, id) => (settings.password_kept || !settings.mail?.user ? null : asked(id, t('mail.password'), t('mail.password.once')));

/** @param {any} settings @param {string} id */
const passwordOf = (settings, id) => (settings.password_kept || !settings.mail?.user ? {} : { password: typed(id) });

/** @param {any} state */
function sendPart(state) {
  const { name, settings, plan } = state;
  return el('section', { 'aria-labelledby': 'send' }, el('h2', { id: 'send' }, t('letters.send')),
    (plan.words ?? []).map((/** @type {string} */ text) => el('p', {}, text)),
    plan.test?.compared === true || state.kind === 'reminder' ? null : box('warning', el('p', {}, t(plan.test?.compared === false ? 'letters.changed' : 'letters.untested'))),
    el('form', { autocomplete: 'off', onsubmit: (/** @type {SubmitEvent} */ event) => press(event, async () => {
      const only = typed('only').split(/[\s,;]+/).filter(Boolean);
      work(await of(name, 'letters/send', { ...which(state), per_minute: Number.parseInt(typed('pace'), 10) || PER_MINUTE, retry_refused: ticked('retry'), ...(only.length ? { only } : {}), ...passwordOf(settings, 'send-password') }), 'letters', name);
    }) },
    fold('how', t('letters.how'), line('pace', t('letters.pace'), { value: String(PER_MINUTE), kind: 'short', hint: t('letters.pace.hint'), attributes: { inputmode: 'numeric' } }),
      line('only', t('letters.only'), { hint: t('letters.only.hint') }), tick('retry', t('letters.retry'), false)),
    passwordField(settings, 'send-password'), room(),
    el('p', { class: 'actions' }, el('button', { class: plan.test?.compared === true || state.kind === 'reminder' ? 'primary' : '' }, plan.count ? t('letters.send.go', { n: plan.count }) : t('letters.send')))));
}

/** Who gets none, and of whom nobody knows. @param {any} state */
function planPart({ name, kind, plan }) {
  const { unreached = [], uncertain = [] } = plan;
  return [
    uncertain.length ? box('warning', el('p', {}, t('letters.uncertain', { n: uncertain.length }), ' ', given(uncertain.join(', '))), el('p', {}, t('letters.uncertain.text')),
      el('section', {}, room(), el('p', { class: 'actions' }, button(t('letters.arrived.all'), (event) => press(event, async () => { await of(name, 'letters/arrived', { kind, numbers: uncertain }); reload(); }))))) : null,
    unreached.length ? fold('unreached', t('letters.unreached', { n: unreached.length }), table(t('letters.unreached.caption'), [t('roll.number'), t('roll.name'), t('roll.contact'), t('letters.why')],
      unreached.slice(0, PART).map((/** @type {any} */ one) => [one.number, one.name || '—', one.contact || '—', one.why ?? '']))) : null,
  ];
}

/** @param {any} state @param {() => Promise<void>} again */
function journalPart(state, again) {
  const { journal } = state;
  if (!journal?.total && !state.became) return null;
  const turn = (/** @type {any} */ change) => { Object.assign(state, change); again(); };
  return el('section', { 'aria-labelledby': 'journal' }, el('h2', { id: 'journal' }, t('letters.journal')),
    el('p', {}, Object.entries(journal.counts ?? {}).map(([became, n]) => `${maybe(`became.${became}`) ?? became}: ${number(Number(n))}`).join(' · ')),
    select('became', t('roll.show'), [{ value: '', label: t('roll.all') }, ...BECAME.map((value) => ({ value, label: t(/** @type {any} */ (`became.${value}`)) }))], state.became, (became) => turn({ became, from: 0 })),
    journal.rows.length ? table(t('letters.journal'), [t('turnout.time'), t('roll.number'), t('letters.to'), t('letters.became')],
      journal.rows.map((/** @type {any} */ row) => [shortTime(row.at), row.number, row.to ?? '', [maybe(`became.${row.became}`) ?? row.became, row.words ? `: ${row.words}` : ''].join('')])) : el('p', {}, t('letters.journal.none')),
    journal.total > PART ? el('p', { class: 'actions' }, button(t('roll.back'), () => turn({ from: Math.max(0, state.from - PART) }), '', { disabled: state.from === 0 }),
      el('span', {}, t('roll.part', { from: state.from + 1, until: Math.min(state.from + PART, journal.total), total: journal.total })),
      button(t('roll.on'), () => turn({ from: state.from + PART }), '', { disabled: state.from + PART >= journal.total })) : null);
}

/** Ways without this program's letters. @param {any} state */
function otherPart(state) {
  const { name } = state;
  return fold('merge', t('letters.merge'), el('section', {}, el('p', {}, t('letters.merge.text')), room(),
    el('p', { class: 'actions' }, button(t('letters.merge.go'), (event) => press(event, async () => {
      const file = await of(name, 'letters/merge', which(state));
      save(file.name, file.base64);
    })), go(at(name, 'cards'), t('cards.print')))));
}

