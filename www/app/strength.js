// @ts-check
// How hard passwords are to guess. What knows it is a megabyte, so it is loaded when somebody asks.
import { Refused } from './api.js';
import { loadProgram } from './program.js';
import { common } from './words/common.js';

/** @type {Promise<(password: string, others: string[]) => number> | undefined} */
let loading;
/** From 0, guessed at once, to 4. @returns {Promise<(password: string, others: string[]) => number>} */
export function loadStrength() {
  loading ??= loadProgram('strength').then(({ strength }) => strength, () => {
    // What could not be loaded is tried again, by who asks next.
    loading = undefined;
    throw new Refused('offline', common.unreached);
  });
  return loading;
}
