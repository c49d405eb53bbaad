// What happens when a button is pressed: one thing at a time, and a refusal stands beside the button.

import { Refusal } from './api.js';
import { box, el } from './dom.js';
import { fill, heir } from './page.js';
import { t } from './words.js';

/** What the program says in several lines, as lines. @param {string | null | undefined} text */
export const linesOf = (text) => (text ? el('p', { class: 'lines' }, text) : null);

/** @param {unknown} error */
export function refusal(error) {
  if (!(error instanceof Refusal)) return box('error', el('p', {}, t('broken')), el('p', { class: 'small', lang: 'en' }, String(error)));
  return box('error', linesOf(error.what), linesOf(error.next));
}

/** Where the refusal of a form is shown. */
export const room = () => el('div', { class: 'refused' });

/**
 * Does what the button says: meanwhile the form takes no second press. @param {Event} event @param {() => Promise<unknown>} act
 * @returns {Promise<boolean>} whether it was done
 */
export async function press(event, act) {
  event.preventDefault();
  const pressed = event instanceof SubmitEvent ? event.submitter : event.currentTarget;
  const around = event.currentTarget instanceof HTMLFormElement ? event.currentTarget : event.currentTarget instanceof Element ? event.currentTarget.closest('form, section, main') : null;
  if (!(around instanceof HTMLElement) || around.getAttribute('aria-busy') === 'true') return false;
  around.setAttribute('aria-busy', 'true');
  if (pressed instanceof HTMLButtonElement) pressed.setAttribute('aria-disabled', 'true');
  fill(around.querySelector('.refused'), null);
  try {
    await act();
    return true;
  } catch (error) {
    // The page may have been drawn again meanwhile.
    const now = heir(around);
    const place = now.querySelector('.refused');
    if (error instanceof Refusal && error.code === 'token') dispatchEvent(new Event('desk:out'));
    else if (place) fill(place, () => refusal(error));
    else now.prepend(refusal(error));
    place?.scrollIntoView?.({ block: 'nearest' });
    return false;
  } finally {
    heir(around).removeAttribute('aria-busy');
    if (pressed instanceof HTMLButtonElement) heir(pressed).removeAttribute('aria-disabled');
  }
}

/** Draws this way anew, from what the desk has now. */
export const reload = () => dispatchEvent(new Event('desk:again'));

/** @param {string} hash */
export function to(hash) {
  if (location.hash === hash) reload();
  else location.hash = hash;
}

/** Long work has a way of its own, which can be reloaded. @param {{job: string}} started @param {string} kind @param {string} name */
export const work = ({ job }, kind, name) => to(`#/job/${job}/${kind}/${encodeURIComponent(name)}`);
