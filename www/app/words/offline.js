// @ts-check
// What the vault says without a connection.
import { moment } from './common.js';

export const say = {
  reading: (/** @type {number} */ at) => `You are reading without a connection. This is what was here on ${moment.format(at)}; nothing can be changed.`,
  lost: 'There is no connection. You can read on; nothing is saved until it is back.',
  back: 'The connection is back.',
  again: 'Connect again',
};
