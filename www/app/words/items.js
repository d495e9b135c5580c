// @ts-check
// What the vault itself says: its list, its items, the form of one, the generator and the report.
import { counted } from './common.js';

const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

/** What each kind is called, one and many. @type {Record<import('../items.js').Type, [one: string, many: string]>} */
export const kinds = { login: ['Login', 'Logins'], note: ['Note', 'Notes'], card: ['Card', 'Cards'], identity: ['Identity', 'Identities'] };

/** What the parts of an item are called. @type {Record<import('../editor.js').Member, string>} */
export const members = {
  username: 'Username', password: 'Password', totp: 'One-time code', url: 'Website',
  holder: 'Name on card', number: 'Card number', expires: 'Expiry', code: 'Security code',
  name: 'Name', email: 'E-mail', phone: 'Phone', company: 'Company', address: 'Address',
};

/** How hard a password is to guess, from 0 to 4. */
export const strengths = ['Very weak: it is guessed at once', 'Weak', 'Fair', 'Good', 'Strong'];

/** Keys, and what they do. @type {[key: string, what: string][]} */
export const shortcuts = [['/', 'Search'], ['n', 'New item'], ['c', 'Copy the password'], ['t', 'Copy the one-time code'], ['e', 'Edit the item'], ['f', 'Favourite, or not'], ['↑ ↓', 'Through the list'], ['Esc', 'Close the item'], ['?', 'These shortcuts']];

export const say = {
  all: 'All items',
  showOnly: 'Show only',
  folders: 'Folders',
  trash: 'Trash',
  favourites: 'Favourites',
  codes: 'One-time codes',
  report: 'Reused or weak passwords',
  count: (/** @type {number} */ count) => counted(count, 'item', 'items'),
  endsIn: (/** @type {string} */ digits) => `Ends in ${digits}`,
  favourite: 'Favourite',

  noMatch: 'Nothing is called that.',
  noMatchText: 'Try fewer words, or another place.',
  noTrash: 'The trash is empty.',
  noTrashText: (/** @type {number} */ days) => `What you throw away stays here for ${counted(days, 'day', 'days')}.`,
  noneInFolder: 'This folder is empty.',
  noneInFolderText: 'Choose it in an item to put the item here.',
  noFindings: 'No password is reused or weak.',
  noPlainFindings: 'No password is reused or plainly weak.',
  rating: 'Looking at how easily each password is guessed…',
  notRated: 'How easily each password is guessed was not looked at: what knows it is loaded over a connection, and there is none. What is reused or plainly weak is found without.',
  noneOfKind: 'Nothing of that kind is here.',
  noneOfKindText: 'Choose “All items” to see everything.',
  nothing: 'Nothing is in it yet.',
  nothingText: 'Save a first password, and it is here in every browser that you let in.',
  mayNot: 'Your organisation does not let you make items.',
  bring: 'Bring passwords from another program',

  copy: 'Copy',
  copyOf: (/** @type {string} */ label) => `Copy ${label.toLowerCase()}`,
  copied: (/** @type {number} */ seconds) => `Copied. It is cleared in ${counted(seconds, 'second', 'seconds')}.`,
  reveal: 'Reveal',
  revealOf: (/** @type {string} */ label) => `Reveal ${label.toLowerCase()}`,
  hide: 'Hide',
  note: 'Note',
  folder: 'Folder',
  back: '‹ Back',
  edit: 'Edit',
  toTrash: 'Move to trash',
  restore: 'Restore',
  forGood: 'Delete for good',
  onlyTitle: 'There is nothing in it but its name.',
  until: (/** @type {number} */ time) => `Until ${day.format(time)}`,
  before: 'Before',
  former: (/** @type {number} */ count) => `Passwords of before (${count})`,
  imported: (/** @type {number} */ time) => `Imported ${day.format(time)}`,
  trashed: 'Moved to the trash.',
  restored: 'Restored.',
  deleted: 'Deleted.',
  saved: 'Saved.',
  deleteTitle: 'Delete it for good?',
  deleteText: 'Nobody can bring it back.',
  newFolder: 'New folder',
  makeFolder: 'Make folder',
  folderName: 'Name',
  folderMade: 'Folder made.',
  renameFolder: 'Rename folder',
  rename: 'Rename',
  renamed: 'Renamed.',
  removeFolderTitle: 'Remove this folder?',
  removeFolderText: 'What is in it stays, without a folder.',
  removeFolder: 'Remove folder',
  folderRemoved: 'Folder removed.',
  shortcuts: 'Shortcuts',
  close: 'Close',
  secondsLeft: 'Seconds left',
  noCode: 'This secret gives no code.',

  newItem: 'New item',
  editItem: 'Edit item',
  title: 'Title',
  kind: 'Kind',
  none: 'None',
  show: 'Show',
  showOf: (/** @type {string} */ label) => `Show ${label.toLowerCase()}`,
  generate: 'Generate',
  howGenerated: 'How it is generated',
  length: 'Length ',
  characters: (/** @type {string} */ length) => `${length} characters`,
  inWords: (/** @type {string} */ length) => `${length} characters at least, in words`,
  asWords: 'Words that can be typed',
  codeHint: 'The secret that the site shows beside its QR code, or its otpauth:// address.',
  customField: (/** @type {number} */ at) => `Custom field ${at}`,
  fieldName: 'Name of the field',
  fieldValue: 'Value',
  fieldHidden: 'Hidden',
  unnamed: 'Field',
  removeField: 'Remove field',
  addField: 'Add a field',
  save: 'Save',
  saving: 'Saving',
  unsaved: 'The server cannot be reached. What you typed is still here: try again.',
  changedElsewhere: 'This was changed on another device meanwhile.',
  discardTitle: 'Leave what you typed?',
  discardText: 'It is not saved yet.',
  discard: 'Leave it',
  saveAsNew: 'Save yours as a new item',
  showOther: 'Show the other one',

  usedIn: (/** @type {number} */ count) => `Used in ${counted(count, 'item', 'items')}`,
  weak: 'Weak',
};
