// A passphrase that is chosen, twice; and one that is asked for.

import { el } from './dom.js';
import { field, typed } from './fields.js';
import { fill } from './page.js';
import { t } from './words.js';

export const MIN = 8;

/** @param {'codes' | 'key'} [of] what it locks */
export const chosenTwice = (of = 'codes') => [
  field('passphrase', of === 'key' ? t('passphrase.new.key') : t('passphrase.new'), el('input', { type: 'password', id: 'passphrase', autocomplete: 'new-password', required: true, 'aria-describedby': 'passphrase-hint different' }), { hint: of === 'key' ? t('passphrase.hint.key') : t('passphrase.hint') }),
  field('passphrase-again', t('passphrase.again'), el('input', { type: 'password', id: 'passphrase-again', autocomplete: 'new-password', required: true })),
  el('p', { class: 'wrong filled', id: 'different', role: 'alert' }),
];

/** What was chosen, if it is long enough and the same twice; else it is said what is wrong. @returns {string | null} */
export function chosenPassphrase() {
  const passphrase = typed('passphrase');
  const wrong = passphrase.length < MIN ? () => t('passphrase.short', { n: MIN }) : passphrase !== typed('passphrase-again') ? () => t('passphrase.different') : null;
  fill(document.getElementById('different'), wrong);
  if (!wrong) return passphrase;
  document.getElementById('passphrase')?.focus();
  return null;
}

/** @param {string} id @param {string} label @param {string} [hint] @param {boolean} [required] */
export const asked = (id, label, hint, required = true) => field(id, label,
  el('input', { type: 'password', id, autocomplete: 'current-password', required, 'aria-describedby': hint ? `${id}-hint` : undefined }), { hint });
