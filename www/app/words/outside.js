// @ts-check
// What the pages say by which admins sign in outside single sign-on, and set up an organisation.

/** What a code says to whoever sits there. @type {Record<string, string>} */
export const refusals = {
  'email-malformed': 'That is not an e-mail address.',
  'email-taken': 'Somebody in this organisation has that e-mail already. Use another one.',
  'email-changed': 'The link is for another e-mail. Reload this page.',
  'out-of-seats': 'The organisation has no seat left. Ask whoever runs this Keyward.',
  'too-many': 'As many admins as may be sign in this way already.',
  'name-malformed': 'Give the organisation a name of at most 100 characters.',
  'password-wrong': 'The password of now is not right.',
  'password-too-many': 'Too many wrong passwords were tried. Wait a day, or use the recovery code.',
  'two-factor-not-fresh': 'Show your second step once more: reload this page.',
  'session-over': 'Your session is over. Sign in again.',
  'http-429': 'Your network asks too much: wait a minute.',
  offline: 'The server cannot be reached. Nothing is lost: try again.',
};

export const say = {
  reference: 'Reference ',
  tooShort: (/** @type {number} */ least) => `The password needs at least ${least} characters. Four or five random words are easy to remember.`,
  tooEasy: 'That password is too easy to guess. Four or five random words do.',
  notAlike: 'The two are not alike. Type the password once more.',
  which: 'This e-mail and password are good in several organisations. Which one?',
  show: 'Show',
  hide: 'Hide',
  notStretched: 'A part of this page did not load, without which no password is taken. Reload the page, and try again.',
  saved: 'It is in your downloads. Move it to where only you find it.',
};
