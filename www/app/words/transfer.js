// @ts-check
// What the pages for import and export say.
import { counted, number } from './common.js';

/** Where files come from, with how to get one. @type {[source: string, name: string, hint: string][]} */
export const sources = [
  ['', 'Find out by itself', 'Choose the file that your browser or password manager saved. CSV, JSON, XML and 1PUX are read.'],
  ['chrome', 'Chrome, Edge or Brave', 'Open the browser’s settings, search for “passwords”, open the password manager’s settings and choose “Export passwords” (or “Download file”).'],
  ['firefox', 'Firefox', 'Open about:logins, choose the three dots at the top right, then “Export passwords…”.'],
  ['safari', 'Safari or Apple Passwords', 'In the Passwords app choose File, then “Export All Passwords…”.'],
  ['keeper', 'Keeper', 'In Keeper’s settings choose “Export”, then CSV or JSON.'],
  ['bitwarden', 'Bitwarden', 'In the web app choose Tools, then “Export vault”, with the format .json (or .csv). A password-protected file cannot be read here.'],
  ['1password', '1Password', 'In the desktop app choose File, then “Export”, with the format 1PUX (or CSV).'],
  ['lastpass', 'LastPass', 'In the vault choose “Advanced options”, then “Export”. The file arrives after a confirmation by mail.'],
  ['dashlane', 'Dashlane', 'In Dashlane’s settings choose “Export data”, unpack the archive, and bring each CSV in it here in turn.'],
  ['keepass', 'KeePass or KeePassXC', 'In KeePass choose File, then “Export”, with the format “KeePass XML (2.x)”; in KeePassXC choose Database, then “Export” to XML.'],
  ['keyward', 'Keyward', 'A file that the export page made: CSV, JSON, or encrypted.'],
  ['csv', 'Any other table (CSV)', 'A table with a line for each item. You say what its columns are.'],
];
/** @param {string} source */
export const sourceName = (source) => sources.find(([id]) => id === source)?.[1] ?? source;

/** What a column of a table may be. @type {[target: string, name: string][]} */
export const targets = [
  ['ignore', 'Leave out'], ['title', 'Title'], ['username', 'Username'], ['password', 'Password'], ['url', 'Website'], ['note', 'Note'], ['totp', 'One-time code'],
  ['folder', 'Folder'], ['favourite', 'Favourite'], ['field', 'Custom field'], ['hidden', 'Hidden custom field'],
  ['holder', 'Name on card'], ['number', 'Card number'], ['expires', 'Expiry'], ['code', 'Security code'],
  ['name', 'Person’s name'], ['email', 'E-mail'], ['phone', 'Phone'], ['company', 'Company'], ['address', 'Address'],
];

/** What fields are called that a file has no name for, beside the parts of an item. @type {Record<string, string>} */
export const labels = {
  field: 'Field', tags: 'Tags', folders: 'Folders', brand: 'Brand', 'private-key': 'Private key', 'public-key': 'Public key', fingerprint: 'Fingerprint',
  'social-security-number': 'Social security number', passport: 'Passport', licence: 'Licence', passkey: 'Passkey',
};

/** Why one record could not be read. @type {Record<string, (found: number, expected: number) => string>} */
export const reasons = {
  'quote-open': () => 'A quotation mark is opened and never closed.',
  'quote-inside': () => 'Something stands between a closing quotation mark and the next column.',
  columns: (found, expected) => `It has ${counted(found, 'column', 'columns')}, where ${expected} are expected.`,
  empty: () => 'There is nothing in it.',
  'too-large': (found, most) => `It is too long: ${number(found)} bytes, where an item takes ${number(most)}.`,
  fields: (found, most) => `It has ${found} custom fields, where an item takes ${most}.`,
  shape: () => 'It is not laid out as this program lays records out.',
  protected: () => 'Its values are encrypted in the file. Export without that.',
};

/** Why a file could not be read at all. @type {Record<string, (...numbers: number[]) => string>} */
export const fileErrors = {
  'file-too-large': () => 'The file is too large. A vault takes files of 64 MB at most.',
  'file-too-many': () => 'The file has more than 20,000 records, which is more than a vault holds.',
  'file-empty': () => 'There is nothing in this file.',
  'file-not-text': () => 'This is not an export of a password manager, or its text is in an encoding other than UTF-8 or UTF-16. Save it as UTF-8 and try again.',
  'file-unknown': () => 'Nobody could tell what wrote this file. Choose where it is from, or “Any other table”.',
  'file-other-source': () => 'This file is not laid out as that program writes it. Choose another source, or let this page find out.',
  'file-encrypted': () => 'The file is encrypted by the program that wrote it. Export it there without a password, and delete it afterwards.',
  'file-json': (line, column) => `The file is broken: it is no JSON at line ${line}, column ${column}, or is nested too deep.`,
  'file-xml': (line) => `The file is broken: it is no XML of KeePass’s at line ${line}. (Document types and entities are not read.)`,
  'file-archive': () => 'The archive is broken, is not 1Password’s, or unpacks to more than 64 MB.',
  'lock-not-opened': () => 'That is not the password of this file, or the file was changed.',
  'stretching-too-weak': () => 'This file would make its password easier to guess than this page allows, so somebody changed it. Nothing was computed of your password. Make another export.',
  'stretching-too-costly': () => 'This file asks for more work than this page does for a password, so somebody changed it. Make another export.',
};

export const say = {
  source: 'Where from',
  file: 'File',
  drop: 'Choose a file, or drop it here',
  reading: 'Reading…',
  notAllowed: 'Your organisation does not let you import.',
  noRecords: 'Your organisation does not let you make items.',
  sealedFile: 'This file is encrypted. With which password was it made?',
  open: 'Open',
  another: 'Choose another file',
  fresh: 'New',
  untitled: 'Untitled',
  column: (/** @type {number} */ at) => `Column ${at}`,
  passkeyLeft: 'Not exported: make a new one at the site.',
  known: 'Already in your vault',
  twins: 'Twice in the file',
  unread: 'Could not be read',
  asName: (/** @type {string} */ name) => `Read as ${name}`,
  columns: 'What the columns are',
  header: 'The first line names the columns',
  first: 'The first of them',
  title: 'Title',
  username: 'Username',
  website: 'Website',
  folder: 'Folder',
  same: 'The same is there',
  differs: 'Another password or content',
  duplicatesHint: 'They are left out. Tick those that you want as well: both stay.',
  all: 'All of them',
  record: (/** @type {number} */ row) => `Record ${row}`,
  line: (/** @type {number} */ row) => `Line ${row}`,
  why: 'What is wrong',
  more: (/** @type {number} */ count) => `And ${number(count)} more.`,
  trashed: (/** @type {number} */ count) => `${counted(count, 'item was', 'items were')} in a trash and left there.`,
  attachments: (/** @type {number} */ count) => `${counted(count, 'attachment is', 'attachments are')} left behind: a vault keeps none yet.`,
  noFolders: 'Your organisation does not let you make folders, so the items come without theirs.',
  go: (/** @type {number} */ count) => `Import ${counted(count, 'item', 'items')}`,
  nothing: 'There is nothing to import.',
  sealing: 'Sealing and saving',
  of: (/** @type {number} */ done, /** @type {number} */ all) => `${number(done)} of ${number(all)}`,
  stop: 'Stop',
  stopping: 'Stopping…',
  done: (/** @type {number} */ count) => `${counted(count, 'item is', 'items are')} in your vault.`,
  stopped: (/** @type {number} */ done, /** @type {number} */ all) => `Stopped: ${number(done)} of ${number(all)} are in your vault.`,
  failed: 'The server could not be reached or said no. What was saved until then is below, and can be undone.',
  deleteFile: 'Delete the file now: everything in it can be read by whoever finds it.',
  toVault: 'Open the vault',
  undo: 'Undo',
  imports: 'Imports until now',
  undoTitle: 'Undo this import?',
  undoText: (/** @type {number} */ gone, /** @type {number} */ kept) => `${counted(gone, 'item is', 'items are')} deleted for good.${kept > 0 ? ` ${counted(kept, 'item that was', 'items that were')} changed since stay.` : ''}`,
  undoYes: 'Delete them',
  undone: (/** @type {number} */ count) => `${counted(count, 'item', 'items')} deleted.`,
  undoing: 'Undoing',

  exportOwner: 'Keyward export',
  exportNot: 'Your organisation does not let you export.',
  exportFresh: 'Before anything leaves the vault, show that it is you.',
  exportFreshText: 'Sign in again, and come back here. It counts for five minutes.',
  signIn: 'Sign in again',
  how: 'As what',
  sealed: 'Encrypted, under a password',
  sealedHint: 'Opens here again, with that password. Without it nobody can open the file.',
  json: 'JSON',
  jsonHint: 'Everything, for programs. Whoever finds the file can read all of it.',
  csv: 'Table (CSV)',
  csvHint: 'For spreadsheets and other password managers. Whoever finds the file can read all of it; cards and identities come as lines of text, and cells that a spreadsheet would run stand behind an apostrophe.',
  password: 'Password',
  again: 'The same again',
  passwordHint: 'At least 12 characters. Nobody can look it up for you.',
  short: 'That is too short: 12 characters at least.',
  other: 'The two are not the same.',
  exportGo: 'Export',
  exporting: 'Exporting…',
  exported: (/** @type {number} */ count) => `${counted(count, 'item', 'items')} exported.`,
  ready: (/** @type {number} */ count) => `${counted(count, 'item', 'items')} will be exported, without the trash.`,
};
