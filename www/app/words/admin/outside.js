// @ts-check
// What a person’s page says of signing in outside single sign-on.

export const say = {
  makeAnother: 'Make a link to set another password',
  makeALink: 'Make a link',
  forThem: (/** @type {string} */ email) => `For ${email}`,
  goodOnce: (/** @type {string} */ time) => `Good once, until ${time}. It is shown this once; those before it are no longer good.`,
  youHave: 'You have a password, and come in when the identity provider cannot. A second step is always asked for.',
  theyHave: 'They have a password, and come in when the identity provider cannot. A second step is always asked for. It ends with the role that gives them everything at the root.',
  wouldHave: 'With a password and a second step they come in when the identity provider cannot. It is for admins who hold everything at the root: two are a good number.',
  changeMyPassword: 'Change my password',
  myRecoveryKit: 'My recovery kit',
  title: 'Outside single sign-on',
  on: 'On',
  takeItAway: 'Take it away',
  takeTitle: (/** @type {string} */ email) => `Take the password from ${email}?`,
  takeItAwayText: 'They are out at once, and sign in by the identity provider only. The last admin who can come in without it keeps theirs.',
};
