// @ts-check
// Who signs in outside single sign-on: a link to set a password, and taking it away.
import { ask } from './client.js';
import { badge, button, card, confirm, copyField, form, make, row, time } from './parts.js';

/** To a page that is not the console's. @param {string} href @param {string} text */
const away = (href, text) => make('a', { href, textContent: text, target: '_self' });

/** @param {any} person @param {boolean} isMe @param {() => Promise<void>} again */
export function outsideAccess(person, isMe, again) {
  const path = `/users/${person.id}/outside-sign-in`;
  const place = make('div', { className: 'stack', aria: { live: 'polite' } });
  const offer = form(person.signs_in_outside ? 'Make a link to set another password' : 'Make a link', [], async () => {
    const { link: made, expires_at } = await ask('POST', path);
    place.replaceChildren(copyField(`For ${person.email}`, made, `Good once, until ${time(expires_at)}. It is shown this once; those before it are no longer good.`));
  });
  const why = person.signs_in_outside
    ? `${isMe ? 'You' : 'They'} have a password, and come in when the identity provider cannot. A second step is always asked for.`
    : 'With a password and a second step they come in when the identity provider cannot. It is for admins who hold everything at the root: two are a good number.';
  const mine = isMe && person.signs_in_outside && row(away('/admin/password', 'Change my password'), away('/admin/kit', 'My recovery kit'));
  return card('Outside single sign-on', make('div', { className: 'stack' }, make('p', {}, person.signs_in_outside && badge('On', 'done'), ' ', why), mine, !mine && offer, place,
    person.signs_in_outside && row(button('Take it away', () => confirm(`Take the password from ${person.email}?`, 'They are out at once, and sign in by the identity provider only. The last admin who can come in without it keeps theirs.', 'Take it away', async () => { await ask('DELETE', path); await again(); }), 'danger'))));
}
