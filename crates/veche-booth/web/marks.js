// The ballot: a fieldset for each candidate, or one for a contest where one, or some, are chosen.

import { el, given } from './dom.js';
import { show } from './page.js';
import { endName, isApproval, levelName, localTime, rule, task, tr } from './words.js';

/** @typedef {(number | null | undefined)[][]} Levels undefined: not answered yet; null: no opinion */

/** @param {any} election @returns {Levels} */
export const unmarked = (election) =>
  election.contests.map((/** @type {any} */ contest) => contest.candidates.map(() => (isApproval(contest) ? 0 : undefined)));

const RULER_CHARS_MAX = 3;

/** @type {WeakMap<object, number[]>} */
const orders = new WeakMap();

/** Where a contest's candidates stand in the manifest, in the order in which this voter sees them: the given one, or one that is
 * drawn once (docs/spec/manifest.md section 2). @param {any} contest @returns {number[]} */
export function order(contest) {
  const known = orders.get(contest);
  if (known) return known;
  const places = asGiven(contest);
  if (contest.order === 'random') {
    const stays = contest.rule.none !== undefined && contest.rule.none === contest.candidates.at(-1);
    for (let last = places.length - (stays ? 2 : 1); last > 0; last -= 1) {
      const other = below(last + 1);
      [places[last], places[other]] = [places[other], places[last]];
    }
  }
  orders.set(contest, places);
  return places;
}

/** The order of the manifest. @param {any} contest @returns {number[]} */
const asGiven = (contest) => contest.candidates.map((/** @type {string} */ _, /** @type {number} */ i) => i);

/** A number below another, each as likely as the next. @param {number} bound */
function below(bound) {
  const even = 2 ** 32 - (2 ** 32 % bound);
  const drawn = new Uint32Array(1);
  do crypto.getRandomValues(drawn); while (drawn[0] >= even);
  return drawn[0] % bound;
}

/** A candidate, with what the manifest says beside the name: text, nothing to follow. @param {any} contest @param {number} i
 * @returns {import('./dom.js').Child[]} */
function named(contest, i) {
  const name = contest.candidates[i];
  const about = contest.about?.find((/** @type {any} */ each) => each.candidate === name);
  const said = [about?.text, about?.link].filter((text) => text !== undefined);
  return [given(name), ...withdrawn(contest, name), ...said.map((text) => el('small', {}, el('br', {}), given(text)))];
}

/** What is said of a candidate who stands no more: voters may mark the name all the same. @param {any} contest @param {string} name
 * @returns {import('./dom.js').Child[]} */
function withdrawn(contest, name) {
  const gone = contest.withdrawn?.includes(name);
  return gone ? [el('br', {}), el('strong', { class: 'withdrawn' }, tr('withdrawn: cannot be elected, whatever you mark', 'кандидатура снята: избрать нельзя, что бы вы ни отметили'))] : [];
}

/** Asks for marks until they fit. @param {any} election @param {Levels} levels filled in by the voter @param {() => import('./dom.js').Child[]} before */
export function askMarks(election, levels, before) {
  return new Promise((done) => {
    let reviewed = false;
    const review = () => {
      if (!problems(election, levels).length) return done({ op: 'marks', levels });
      reviewed = true;
      show(draw);
      document.getElementById('wrong')?.focus();
    };
    const draw = () => {
      // In the language of the screen, as far as it is still so.
      const wrong = reviewed ? problems(election, levels) : [];
      const count = el('span', { id: 'count', role: 'status' });
      const recount = () => {
        count.replaceChildren(progress(election, levels));
        const missing = new Set(reviewed ? problems(election, levels).map(([id]) => id) : []);
        form.querySelectorAll('fieldset').forEach((/** @type {Element} */ part) => mark(part, missing.has(part.id)));
      };
      /** @type {HTMLFormElement} */
      const form = el('form', { novalidate: true, autocomplete: 'off', onsubmit: (/** @type {Event} */ event) => { event.preventDefault(); review(); } },
        election.contests.map((/** @type {any} */ contest, /** @type {number} */ at) => contestPart(contest, at, levels[at], election.contests.length, recount)),
        el('div', { class: 'bar' }, count, el('button', { class: 'primary' }, tr('Review', 'Проверить'))));
      recount();
      return { title: tr('Your ballot', 'Ваш бюллетень'), content: [before(), wrong.length ? summary(wrong) : null, until(election), form] };
    };
    show(draw);
  });
}

/** Seen, and read out with each of its fields. @param {Element} part @param {boolean} isMissing */
function mark(part, isMissing) {
  part.classList.toggle('missing', isMissing);
  for (const input of part.querySelectorAll('input')) isMissing ? input.setAttribute('aria-invalid', 'true') : input.removeAttribute('aria-invalid');
}

/** @param {any} election */
const until = (election) => (election.until ? el('p', { class: 'small' }, tr('Vote until {time}.', 'Голосовать можно до {time}.', { time: localTime(election.until) })) : null);

/** @param {string[][]} wrong */
function summary(wrong) {
  const items = wrong.map(([id, text]) => el('li', {}, el('a', { href: `#${id}`, onclick: (/** @type {Event} */ event) => jump(event, id) }, text)));
  return el('div', { class: 'box error', id: 'wrong', tabindex: -1 }, el('p', {}, tr('This must be put right first:', 'Сначала нужно дополнить или исправить:')), el('ul', {}, items));
}

/** The address must not change: behind a # stands nothing but a card. @param {Event} event @param {string} id */
function jump(event, id) {
  event.preventDefault();
  const part = document.getElementById(id);
  part?.scrollIntoView({ block: 'start' });
  /** @type {HTMLElement | null | undefined} */ (part?.querySelector('input'))?.focus();
}

/** @param {any} contest @param {number} at @param {(number | null | undefined)[]} levels @param {number} contests @param {() => void} recount */
function contestPart(contest, at, levels, contests, recount) {
  const parts = contest.kind === 'single' ? [singlePart(contest, at, levels, recount)]
    : isApproval(contest) ? [approvalPart(contest, at, levels, recount)]
      : order(contest).map((i) => scorePart(contest, at, i, levels, recount));
  const rest = contest.kind !== 'single' && contest.blank ? el('p', {}, el('button', { type: 'button', onclick: () => blankRest(at, levels, recount) },
    tr('No opinion for the rest', 'Об остальных — нет мнения'))) : null;
  return el('section', { 'aria-labelledby': `contest-${at}` },
    el('h2', { id: `contest-${at}` }, contests > 1 ? `${at + 1}. ` : null, given(contest.title)),
    el('p', { class: 'task' }, task(contest)),
    el('p', { class: 'small rule' }, rule(contest).join(' ')),
    parts, rest);
}

/** @param {any} contest @param {number} at @param {number} i @param {(number | null | undefined)[]} levels @param {() => void} recount */
function scorePart(contest, at, i, levels, recount) {
  const option = (/** @type {number | null} */ level) => {
    const note = level === null ? null : endName(contest, contest.levels[level]);
    return choice({ type: 'radio', name: `c${at}-${i}`, checked: levels[i] === level }, [level === null ? tr('no opinion', 'нет мнения') : el('span', { translate: 'no' }, contest.levels[level]),
      note ? el('small', {}, ` ${note}`) : null], () => { levels[i] = level; recount(); }, level === null ? 'blank' : '');
  };
  const options = contest.levels.map((/** @type {string} */ _, /** @type {number} */ level) => option(level));
  // Numbers stand side by side, as on a ruler; names need their room.
  const isRuler = contest.levels.every((/** @type {string} */ each) => each.length <= RULER_CHARS_MAX);
  return el('fieldset', { id: `c${at}-${i}`, class: 'candidate' }, el('legend', {}, ...named(contest, i)),
    el('div', { class: isRuler ? 'options ruler' : 'options' }, options), contest.blank ? el('div', { class: 'options' }, option(null)) : null);
}

/** @param {any} contest @param {number} at @param {(number | null | undefined)[]} levels @param {() => void} recount */
function singlePart(contest, at, levels, recount) {
  const choose = (/** @type {number | null} */ chosen) => {
    for (let i = 0; i < levels.length; i += 1) levels[i] = chosen === null ? null : Number(i === chosen);
    recount();
  };
  const options = order(contest).map((i) =>
    choice({ type: 'radio', name: `c${at}`, checked: levels[i] === 1 }, named(contest, i), () => choose(i)));
  const blank = contest.blank ? choice({ type: 'radio', name: `c${at}`, checked: levels[0] === null }, [tr('no opinion', 'нет мнения')], () => choose(null), 'blank') : null;
  return el('fieldset', { id: `c${at}-0`, class: 'candidate list' }, el('legend', { class: 'unseen' }, task(contest)), el('div', { class: 'options' }, options, blank));
}

/** @param {any} contest @param {number} at @param {(number | null | undefined)[]} levels @param {() => void} recount */
function approvalPart(contest, at, levels, recount) {
  const options = order(contest).map((i) =>
    choice({ type: 'checkbox', checked: levels[i] === 1 }, named(contest, i), (checked) => { levels[i] = Number(checked); recount(); }));
  return el('fieldset', { id: `c${at}-0`, class: 'candidate list' }, el('legend', { class: 'unseen' }, task(contest)), el('div', { class: 'options' }, options));
}

/** @param {Object<string, any>} attributes @param {import('./dom.js').Child[]} content @param {(checked: boolean) => void} changed @param {string} [kind] */
function choice(attributes, content, changed, kind = '') {
  const input = el('input', { ...attributes, autocomplete: 'off', onchange: () => changed(input.checked) });
  return el('label', { class: `option ${kind}` }, input, el('span', {}, ...content));
}

/** @param {number} at @param {(number | null | undefined)[]} levels @param {() => void} recount */
function blankRest(at, levels, recount) {
  levels.forEach((level, i) => {
    if (level !== undefined) return;
    levels[i] = null;
    const input = document.querySelector(`#c${at}-${i} .blank input`);
    if (input instanceof HTMLInputElement) input.checked = true;
  });
  recount();
}

/** @param {any} election @param {Levels} levels */
function progress(election, levels) {
  const alone = election.contests.length === 1;
  /** @type {string[]} */
  const said = [];
  let [done, all] = [0, 0];
  election.contests.forEach((/** @type {any} */ contest, /** @type {number} */ at) => {
    if (isApproval(contest)) {
      // Where any number is right, nothing is left to do.
      if (alone || contest.approvals) said.push(alone ? marked(contest, levels[at]) : `${contest.title}: ${marked(contest, levels[at])}`);
      return;
    }
    const each = contest.kind === 'single' ? levels[at].slice(0, 1) : levels[at];
    all += each.length;
    done += each.filter((level) => level !== undefined).length;
  });
  if (all) said.unshift(tr('{done} of {all} answered', 'отвечено {done} из {all}', { done, all }));
  return said.join('; ');
}

/** @param {any} contest @param {(number | null | undefined)[]} levels */
function marked(contest, levels) {
  const done = levels.filter((level) => level === 1).length;
  const most = contest.approvals?.most;
  return most ? tr('{done} of at most {most} marked', 'отмечено {done}, можно не больше {most}', { done, most }) : tr('{done} marked', 'отмечено {done}', { done });
}

/** What does not fit, with its place. @param {any} election @param {Levels} levels */
function problems(election, levels) {
  /** @type {string[][]} */
  const wrong = [];
  const alone = election.contests.length === 1;
  election.contests.forEach((/** @type {any} */ contest, /** @type {number} */ at) => {
    const title = contest.title;
    if (isApproval(contest)) {
      const done = levels[at].filter((level) => level === 1).length;
      const { least = 0, most = contest.candidates.length } = contest.approvals ?? {};
      if (done < least || done > most) wrong.push([`c${at}-0`, `${title}: ${task(contest)} ${tr('You have marked {done}.', 'Отмечено {done}.', { done })}`]);
    } else if (contest.kind === 'single') {
      if (levels[at][0] === undefined) wrong.push([`c${at}-0`, `${title}: ${task(contest)}`]);
    } else {
      for (const i of order(contest).filter((each) => levels[at][each] === undefined)) {
        wrong.push([`c${at}-${i}`, alone ? contest.candidates[i] : `${title}: ${contest.candidates[i]}`]);
      }
    }
  });
  return wrong;
}

/** A ballot to read, with its candidates in the manifest's order or that of its voter. @param {any} election @param {(number | null)[][]} levels
 *  @param {(contest: any) => number[]} inOrder */
export function readBallot(election, levels, inOrder = asGiven) {
  return election.contests.map((/** @type {any} */ contest, /** @type {number} */ at) => {
    const shown = inOrder(contest).map((i) => [contest.candidates[i], levels[at]?.[i] ?? null]);
    const few = contest.kind === 'single' || isApproval(contest);
    const listed = few ? shown.filter((/** @type {any[]} */ [, level]) => level === 1) : shown;
    const empty = few && !listed.length ? el('p', {}, levels[at]?.[0] === null ? tr('No opinion', 'Нет мнения') : tr('Nobody', 'Никого')) : null;
    return el('section', {}, el('h2', {}, election.contests.length > 1 ? `${at + 1}. ` : null, given(contest.title)), empty,
      el('dl', { class: few ? 'ballot chosen' : 'ballot' }, listed.map((/** @type {any[]} */ [name, level]) => el('div', {}, el('dt', {}, given(name), ...withdrawn(contest, name)), el('dd', {}, levelName(contest, level))))));
  });
}

/** Whose ballot it is: with the same marks one receipt looks like another. @param {string} fingerprint @returns {import('./dom.js').Child[]} */
export const ofCard = (fingerprint) => [tr('Fingerprint of the card', 'Отпечаток карточки'), el('br'), el('code', { translate: 'no' }, fingerprint), el('br'),
  el('span', { class: 'small' }, tr('Compare it with your card. If the card shows another, this is somebody else’s ballot: tell the organiser.', 'Сверьте его со своей карточкой. Если там другой, это чужой бюллетень: сообщите организатору.'))];
