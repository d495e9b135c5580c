// @ts-check
// What the pages of second factors and of the onboarding say where their scripts do.

export const say = {
  cancelled: 'It was cancelled, or took too long. Try once more.',
  there: 'That passkey is here already.',
  noPlace: 'This address cannot have passkeys.',
  over: 'Your session is over. Sign in again.',
  notVerified: 'Your passkey did not check that it was you. Use its PIN, fingerprint or face, or sign in again.',
  opensNothing: 'This browser does not open your vault: sign in again.',
  tooMany: 'You tried very often. Wait five minutes.',
  failed: (/** @type {string} */ why) => `That did not work (${why}). Try once more.`,
  noPasskeys: 'This browser has no passkeys.',
  follow: 'Follow what your browser says.',
  copied: 'Copied',
  codes: (/** @type {string} */ host) => `Backup codes for Keyward at ${host}. Each works once.`,
  installed: (/** @type {string} */ version) => `It is installed in this browser (version ${version}).`,
  goOn: 'Continue',
};
