// @ts-check
// What the page of the audit log says.
import { counted, number } from '../common.js';

export const say = {
  connection: 'Connection',
  any: 'Any',
  event: 'Event',
  code: 'Code',
  reference: 'Reference',
  referenceText: 'As somebody was shown it.',
  since: 'Since',
  nothing: 'Nothing',
  nothingText: 'Nothing of this kind has happened.',
  events: 'Events',
  time: 'Time',
  why: 'Why',
  from: 'From',
  repeats: (/** @type {number} */ many) => `And ${counted(many, 'time', 'times')} more within that hour.`,
  toMendIt: 'To mend it: ',
  showOlder: 'Show older',
  readingTheLog: 'Reading the log…',
  cancel: 'Cancel',
  backTo: (/** @type {number} */ many, /** @type {string} */ time) => `${number(many)} events, back to ${time}`,
  inTheFile: (/** @type {number} */ many) => `${number(many)} events are in the file.`,
  show: 'Show',
  auditLog: 'Audit log',
  happenedTo: (/** @type {string} */ email) => `What happened to ${email}, newest first.`,
  auditLogText: 'What happened, newest first. Codes say why something was not done.',
  ofEverybody: 'Of everybody',
  followAsItHappens: 'Follow as it happens',
  csv: 'CSV',
  jsonLines: 'JSON lines',
};
