// @ts-check
// What an admin holds of the organisation's keys: opened in their browser, each compared with its public half; and sealed anew where
// their own keys change.
import { ask, fromBase64, told, toBase64 } from './api.js';
import { agree, importPrivate, importPublic } from './device.js';
import { hold, release } from './program.js';
import { sealTo } from './rotation.js';

/** @typedef {import('./organisation.js').Keys} Keys */
/** @typedef {import('./organisation.js').State} State */
/** @typedef {import('./escrow.js').Tenant} Tenant */
/** @typedef {Pick<import('./unlock.js').Opened, 'wasm' | 'vault' | 'state'>} Opened */

export const PURPOSES = ['approval', 'transfer', 'signing'];

/** Opens what was granted to this admin. @param {Opened} opened @param {State} given @param {Tenant} tenant @param {Map<number, Keys>} held what is open already, by statement */
export async function openGrants({ wasm, vault, state }, given, tenant, held) {
  const own = await importPrivate(vault.decryption, vault.encryption);
  const chain = given.chain.map(fromBase64);
  for (const grant of given.grants) {
    // Sealed to keys that this admin had before they changed theirs.
    if (grant.account !== vault.sequence) continue;
    const its = held.get(grant.sequence) ?? hold(wasm.PageKeys.at(chain, grant.sequence, tenant));
    held.set(grant.sequence, its);
    if (its.holds(grant.purpose)) continue;
    const wrap = fromBase64(grant.wrap);
    // Who gave it may have changed their keys since: one of their statements signed it. What opens is compared all the same.
    for (let last = grant.granter.length; last > 0; last -= 1) {
      const granter = new wasm.PageAccount(grant.granter.slice(0, last).map(fromBase64), state.tenant, grant.by);
      try {
        const shared = await agree(own, await importPublic(its.ephemeralOf(grant.purpose, wrap, granter, vault)));
        its.receive(grant.purpose, wrap, granter, vault, shared);
        shared.fill(0);
        break;
      } catch (error) {
        if (last === 1 || told(error).code !== 'wrap-not-signed') throw error;
      }
    }
    if (grant.purpose !== 'signing') await importPrivate(its.privateKey(grant.purpose), its.tenant.publicKey(grant.purpose));
  }
}

/**
 * What this person holds, for the keys that they are about to have: else who alone holds the organisation's keys would lose them.
 * @param {Opened} opened @param {import('./sync.js').Rotation} rotation
 */
export async function regrant(opened, rotation) {
  const { vault, state } = opened;
  /** @type {State} */
  const given = await ask('/vault/organisation/state').catch((error) => {
    if (told(error).code === 'privilege-missing') return { chain: [], grants: [] };
    throw error;
  });
  const theirs = given.grants.filter((it) => it.account === vault.sequence);
  if (theirs.length === 0) return [];
  /** @type {Map<number, Keys>} */
  const held = new Map();
  try {
    await openGrants(opened, given, vault.tenant(given.chain.map(fromBase64), 0, undefined), held);
    const grants = [];
    for (const { sequence, purpose } of theirs) {
      const its = /** @type {Keys} */ (held.get(sequence));
      const wrap = await sealTo(rotation.encryption, (once, shared) => rotation.grant(purpose, its, once, shared));
      grants.push({ admin: state.user, account: vault.sequence + 1, sequence, purpose, wrap: toBase64(wrap) });
    }
    return grants;
  } finally {
    release(...held.values());
  }
}
