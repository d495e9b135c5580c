// @ts-check
// Who signs in outside single sign-on: a link to set a password, and taking it away.
import { ask } from './client.js';
import { badge, button, card, confirm, copyField, form, make, row, time } from './parts.js';
import { say } from '../words/admin/outside.js';

/** To a page that is not the console's. @param {string} href @param {string} text */
const away = (href, text) => make('a', { href, textContent: text, target: '_self' });

/** @param {any} person @param {boolean} isMe @param {() => Promise<void>} again */
export function outsideAccess(person, isMe, again) {
  const path = `/users/${person.id}/outside-sign-in`;
  const place = make('div', { className: 'stack', aria: { live: 'polite' } });
  const offer = form(person.signs_in_outside ? say.makeAnother : say.makeALink, [], async () => {
    const { link: made, expires_at } = await ask('POST', path);
    place.replaceChildren(copyField(say.forThem(person.email), made, say.goodOnce(time(expires_at))));
  });
  const why = person.signs_in_outside
    ? isMe ? say.youHave : say.theyHave
    : say.wouldHave;
  const mine = isMe && person.signs_in_outside && row(away('/admin/password', say.changeMyPassword), away('/admin/kit', say.myRecoveryKit));
  return card(say.title, make('div', { className: 'stack' }, make('p', {}, person.signs_in_outside && badge(say.on, 'done'), ' ', why), mine, !mine && offer, place,
    person.signs_in_outside && row(button(say.takeItAway, () => confirm(say.takeTitle(person.email), say.takeItAwayText, say.takeItAway, async () => { await ask('DELETE', path); await again(); }), 'danger'))));
}
