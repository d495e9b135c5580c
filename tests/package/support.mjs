// @ts-check
// What the package's tests share: one service provider, one way to ask, seeded randomness.
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import * as keyward from '../../dist/keyward/index.js';

export { keyward };
export const sp = { entityId: 'https://sp.example.test/metadata', acsUrl: 'https://sp.example.test/acs' };
export const now = Date.UTC(2026, 10, 23, 12);
export const backends = /** @type {const} */ (['auto', 'node', 'webcrypto', 'rust']);

/** A key of the testkit, with its certificate. @param {string} name */
export const testKey = (name) => {
  const pem = (/** @type {string} */ part) => readFileSync(new URL(`../../crates/testkit/keys/${name}.${part}.pem`, import.meta.url), 'utf8');
  return { privateKey: pem('key'), certificate: pem('cert') };
};

/** A refusal with exactly this code. @param {Promise<unknown> | (() => unknown)} work @param {string} code @param {string} [what] */
export async function refused(work, code, what) {
  await assert.rejects(async () => (typeof work === 'function' ? work() : work), (error) => {
    assert.ok(error instanceof keyward.KeywardError, `${what ?? ''} ${String(error)}`);
    assert.equal(error.code, code, `${what ?? ''}: ${error.message}`);
    assert.ok(error.message.length > 10);
    return true;
  });
}

/** The same numbers for the same seed (mulberry32). @param {number} seed */
export function seeded(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    /** @param {number} below */
    int: (below) => Math.floor(next() * below),
    /** @template T @param {readonly T[]} list @returns {T} */
    pick: (list) => list[Math.floor(next() * list.length)],
    /** @param {number} probability */
    chance: (probability) => next() < probability,
  };
}
