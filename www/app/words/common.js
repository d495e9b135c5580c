// @ts-check
// What every page with a script says. All that the scripts of members' pages say is in this folder, and nowhere else.

/** Numbers and times are written as the reader's browser writes them. */
export const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
export const number = (/** @type {number} */ count) => count.toLocaleString();
/** @param {number} count @param {string} one @param {string} many */
export const counted = (count, one, many) => (count === 1 ? `1 ${one}` : `${number(count)} ${many}`);

export const common = {
  cancel: 'Cancel',
  undo: 'Undo',
  unreached: 'The server cannot be reached.',
  nothingChanged: 'The server cannot be reached. Nothing was changed.',
  serverFailed: 'The server failed. Nothing is lost: try again in a minute.',
  brokenOff: 'The server’s answer did not arrive whole.',
  saidNo: (/** @type {string | number} */ code) => `The server said no (${code}).`,
  no: 'The server said no.',
  browser: 'Browser',
  browserOn: (/** @type {string} */ browser, /** @type {string} */ system) => `${browser} on ${system}`,
  unexpected: 'Something went wrong. Reload this page.',
  noStorage: 'This browser cannot keep what opens your vault: its storage is full, or switched off for this site.',
  otherKey: 'A key that was opened is not the one of its public half. Do not go on: tell your admin.',
  locked: 'The vault is locked.',
  endless: 'The server gives more than a vault holds.',
  rolledBack: (/** @type {number} */ given, /** @type {number} */ seen) => `The server gave an older state of the vault (${given}) than this page has seen (${seen}).`,
  keysHidden: 'The server says that the keys of your vault were changed, and does not show how.',
  notCopied: 'This browser did not let it be copied. Show it, and select it instead.',
  withCode: (/** @type {string} */ message, /** @type {string} */ code) => `${message} (${code})`,
};
