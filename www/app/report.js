// @ts-check
// Which passwords are used twice, and which are weak: found out here, and told nobody.
import { loadStrength } from './strength.js';
import { say } from './words/items.js';

/** Shorter than this, or of one kind of character only, is weak. */
const LEAST = 10;

/** @param {string} password */
export const isWeak = (password) => password.length < LEAST || /^(\d+|[a-z]+|[A-Z]+)$/.test(password) && password.length < 20 || new Set(password).size < 5;

/** Below this score of zxcvbn a password is weak. */
const STRONG = 3;

/** Scores the passwords of items, some at a time, so that the page stays quick. @param {(import('./items.js').Item & { id: string })[]} items @param {AbortSignal} signal */
export async function scores(items, signal) {
  const strength = await loadStrength();
  /** @type {Map<string, number>} */
  const known = new Map();
  let last = performance.now();
  for (const { password = '', title, username = '' } of items) {
    if (!password || known.has(password)) continue;
    known.set(password, strength(password, [title, username].filter(Boolean)));
    if (performance.now() - last > 30) {
      await new Promise((resolve) => { setTimeout(resolve); });
      if (signal.aborted) break;
      last = performance.now();
    }
  }
  return known;
}

/** What is wrong with which item. @param {(import('./items.js').Item & { id: string })[]} items @param {Map<string, number>} [known] scores, where there are some */
export function report(items, known = new Map()) {
  /** @type {Map<string, number>} */
  const uses = new Map();
  const all = items.filter((it) => it.password && !it.trashed);
  for (const { password = '' } of all) uses.set(password, (uses.get(password) ?? 0) + 1);
  /** @type {Map<string, string>} */
  const found = new Map();
  for (const { id, password = '' } of all) {
    const count = uses.get(password) ?? 1;
    const words = [count > 1 && say.usedIn(count), ((known.get(password) ?? STRONG) < STRONG || isWeak(password)) && say.weak].filter(Boolean);
    if (words.length > 0) found.set(id, words.join(', '));
  }
  return found;
}
