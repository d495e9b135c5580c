// @ts-check
// New keys for a vault, wrapped to every browser that is to have them and to the recovery phrase.
import { toBase64 } from './api.js';
import { agree, ephemeral, extractablePair, importPublic, publicOctets } from './device.js';
import { hold, release } from './program.js';

/** @typedef {import('./sync.js').Vault} Vault */
/** @typedef {Uint8Array<ArrayBuffer>} Octets */

/** Agrees with somebody's key by a pair for this once. @template T @param {Octets} key @param {(once: Octets, shared: Octets) => T} seal @returns {Promise<T>} */
export async function sealTo(key, seal) {
  const once = await ephemeral();
  const shared = await agree(once.privateKey, await importPublic(key));
  const sealed = seal(await publicOctets(once.publicKey), shared);
  shared.fill(0);
  return sealed;
}

/** Makes new keys. @param {Vault} vault @param {string[]} keep the browsers that get them, by their IDs @param {boolean} keepPhrase @param {(rotation: import('./sync.js').Rotation) => Promise<unknown[]>} regrant what the person holds of the organisation's */
export async function newKeys(vault, keep, keepPhrase, regrant) {
  const pair = await extractablePair();
  const rotation = hold(vault.rotate(pair.publicKey, pair.privateKey, keep, keepPhrase));
  pair.privateKey.fill(0);
  try {
    const [{ ids, keys }, phrase] = [rotation, rotation.recovery];
    const wraps = [];
    for (const [at, id] of ids.entries()) {
      const { wrap, share } = await sealTo(keys[at], (once, shared) => rotation.wrap(id, once, shared));
      wraps.push([id, toBase64(wrap), toBase64(share)]);
    }
    const recovery = phrase ? toBase64(await sealTo(phrase, (once, shared) => rotation.wrapForPhrase(once, shared))) : null;
    return { rotation, body: { statement: toBase64(rotation.statement), wraps, recovery, grants: await regrant(rotation) } };
  } catch (error) {
    release(rotation);
    throw error;
  }
}
