// The way through an election, at the side of its pages.

import { maybe, t } from './words.js';

/** @typedef {import('./page.js').Step} Step */

const PLAN = /** @type {const} */ (['title', 'contests', 'times', 'secrecy', 'roll', 'delivery', 'review']);

/** @param {string} name */
export const at = (name, /** @type {string[]} */ ...more) => ['#/e', encodeURIComponent(name), ...more].join('/');

/** @param {string} name @param {string} here @param {Partial<Record<string, boolean>>} done @returns {Step[]} */
export const planWay = (name, here, done) => PLAN.map((step) => ({
  href: at(name, 'plan', step), label: t(`step.${step}`), here: here === step, done: done[step] ?? false,
}));

/** The step before and behind. @param {string} here */
export function beside(here) {
  const place = PLAN.findIndex((step) => step === here);
  return { before: PLAN[place - 1], behind: PLAN[place + 1] };
}

const AFTER = ['setup', 'open', 'paused', 'closed', 'summed', 'result', 'cancelled', 'broken'];

/** @param {any} election @param {string} here @returns {Step[]} */
export function runningWay(election, here) {
  const { name, stage, secrecy } = election;
  const steps = stage === 'ceremony' ? ['now', 'ceremony'] : ['now', ...(secrecy === 'secret' ? ['ceremony'] : []), 'cards', 'letters', 'voters', 'result', 'record', 'minutes'];
  if (!AFTER.includes(stage) && stage !== 'ceremony') return [];
  return steps.map((step) => ({ href: step === 'now' ? at(name) : at(name, step), label: maybe(`step.${step}`) ?? step, here: here === step }));
}

/** How a screen of an election is dressed. @param {any} election @param {string} here */
export const dressed = (election, here) => ({ name: election.title || election.name, rehearsal: election.rehearsal, side: runningWay(election, here) });
