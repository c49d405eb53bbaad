// Turnout over time: steps that only rise, drawn with what the page's style says of colours.

import { drawn, el } from './dom.js';
import { number, shortTime, t } from './words.js';

/** @typedef {{time: number, voted: number}} Point */

const [WIDTH_MAX, MARGIN, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [640, 32, 220, 48, 12, 12, 28];

/**
 * @param {Point[]} points in order of time @param {number} voters @param {{from: number, until: number, closes?: number | null}} span
 */
export function turnout(points, voters, { from, until, closes }) {
  // Its letters are as large as those around it, whatever the window.
  const width = Math.max(260, Math.min(WIDTH_MAX, innerWidth - MARGIN));
  const right = Math.max(until, closes ?? 0, from + 1);
  const x = (/** @type {number} */ time) => LEFT + (width - LEFT - RIGHT) * (time - from) / (right - from);
  const y = (/** @type {number} */ count) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - count / Math.max(voters, 1));
  let path = `M${x(from).toFixed(1)} ${y(0).toFixed(1)}`;
  for (const { time, voted } of points) path += `H${x(Math.max(time, from)).toFixed(1)}V${y(voted).toFixed(1)}`;
  path += `H${x(until).toFixed(1)}`;
  const last = points.at(-1)?.voted ?? 0;
  const label = t('turnout.label', { voted: last, voters, percent: percent(last, voters) });
  const lines = [0, 0.5, 1].map((part) => [drawn('line', { class: 'grid', x1: LEFT, x2: width - RIGHT, y1: y(voters * part), y2: y(voters * part) }),
    text(LEFT - 6, y(voters * part) + 4, `${part * 100} %`, 'end')]).flat();
  return el('figure', { class: 'turnout' },
    drawn('svg', { viewBox: `0 0 ${width} ${HEIGHT}`, role: 'img', 'aria-label': label }, ...lines,
      drawn('path', { class: 'under', d: `${path}V${y(0).toFixed(1)}Z` }), drawn('path', { class: 'line', d: path }),
      ...(closes && closes > until ? [drawn('line', { class: 'now', x1: x(until), x2: x(until), y1: TOP, y2: HEIGHT - BOTTOM })] : []),
      text(LEFT, HEIGHT - 8, shortTime(from), 'start'), text(width - RIGHT, HEIGHT - 8, shortTime(right), 'end')),
    el('figcaption', {}, label));
}

/** @param {number} part @param {number} whole */
export const percent = (part, whole) => (whole ? `${number(Math.round(1000 * part / whole) / 10)} %` : '—');

/** @param {number} x @param {number} y @param {string} words @param {string} anchor */
function text(x, y, words, anchor) {
  const made = drawn('text', { x, y, 'text-anchor': anchor });
  made.textContent = words;
  return made;
}
