// @ts-check
// Keeps an open vault in step with the server: fetches what changed, sends what is changed here. What is sealed stays in this
// browser between visits, so that a visit fetches only what changed; it cannot be read without the share that the server gives.
import { ask, fromBase64, Refused, toBase64, told } from './api.js';
import { cached, forget, keepCache, partOf } from './device.js';

/** @typedef {Uint8Array<ArrayBuffer>} Octets */
/** @typedef {{ ids: string[], kinds: string[], revisions: Float64Array | number[], sealed: Octets[], removed: string[], removedRevisions: Float64Array | number[] }} Change */
/**
 * @typedef {{
 *   memory: Octets, counter: number, devices: string, ids: string[], free: () => void, commit: () => void,
 *   receive: (rows: object, isOneState: boolean) => void,
 *   summaries: (ids: string[]) => string, read: (id: string) => string, revision: (id: string) => number,
 *   phraseOf: (device: object) => string, knows: (device: object) => boolean, letIn: (device: object, ephemeral: Octets, shared: Octets) => { wrap: Octets, share: Octets },
 *   listDevice: (device: object) => Change, renameDevice: (id: string, name: string) => Change, unlistDevice: (id: string) => Change, lockUnder: (phrase: object) => Octets,
 *   edit: (ids: string[], kinds: string[], texts: string[], removed: string[]) => Change,
 * }} Vault an open vault of crates/pages
 * @typedef {[item: string, kind: string, revision: number, changed: number, sealed: string]} Row
 * @typedef {{ id: string, kind: 'item' | 'folder', text: string, base: number }} Put `base`: the revision that was edited; 0 for a new one
 * @typedef {{ id: string, base: number }} Removal
 */

/** Somebody changed the same thing elsewhere. */
export class Conflict extends Error {
  /** @param {string} id */
  constructor(id) {
    super('This was changed on another device meanwhile.');
    this.code = 'item-changed';
    this.id = id;
  }
}

/**
 * @param {{ Rows: new (ids: string[], kinds: string[], revisions: Float64Array, sealed: Octets[]) => object }} wasm
 * @param {Vault} vault @param {string} account @param {(vault: Vault) => Promise<void>} remember keeps the vault's memory
 */
export function startSync(wasm, vault, account, remember) {
  /** What one visit does with the vault happens one after the other. @type {Promise<unknown>} */
  let last = Promise.resolve();
  /** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  const inTurn = (work) => {
    const result = last.then(work, work);
    last = result.catch(() => {});
    return result;
  };
  /** What the cache has. @type {Map<string, import('./device.js').Cached>} */
  let known = new Map();

  /** @param {import('./device.js').Cached[]} rows @param {boolean} isOneState */
  const receive = (rows, isOneState) => vault.receive(new wasm.Rows(rows.map((row) => row.id), rows.map((row) => row.kind), Float64Array.from(rows, (row) => row.revision), rows.map((row) => row.sealed)), isOneState);

  /** @param {import('./device.js').Cached[]} rows */
  async function tidy(rows) {
    const there = new Set(vault.ids);
    const gone = [...known.keys()].filter((id) => /^[if]_/.test(id) && !there.has(id));
    for (const id of gone) known.delete(id);
    const fresh = rows.filter((row) => !/^[if]_/.test(row.id) || there.has(row.id));
    for (const row of fresh) known.set(row.id, row);
    /** @type {Map<number, import('./device.js').Cached[]>} */
    const parts = new Map([...gone, ...fresh.map((row) => row.id)].map((id) => [partOf(id), []]));
    for (const row of known.values()) parts.get(partOf(row.id))?.push(row);
    await keepCache(account, parts);
  }

  /** Fetches what changed after a counter. @param {number} since */
  async function fetchSince(since) {
    /** @type {Map<string, import('./device.js').Cached>} */
    const rows = new Map();
    let [place, answers] = [`since=${since}`, 0];
    for (;;) {
      /** @type {{ counter: number, rows: Row[] }} */
      const answer = await ask(`/vault/changes?${place}`);
      answers += 1;
      if (answer.counter < vault.counter) throw new Refused('vault-rolled-back', `The server gave an older state of the vault (${answer.counter}) than this page has seen (${vault.counter}).`);
      for (const [id, kind, revision, , sealed] of answer.rows) rows.set(id, { id, kind, revision, sealed: fromBase64(sealed) });
      const end = answer.rows.at(-1);
      // The root is the last of every state.
      if (!end || end[0] === 'root') break;
      place = `since=${end[3]}&after=${end[0]}`;
    }
    return { rows: [...rows.values()], isOneState: answers === 1 };
  }

  async function syncNow() {
    const { rows, isOneState } = await fetchSince(vault.counter);
    if (rows.length === 0) return [];
    const before = new Set(vault.ids);
    receive(rows, isOneState);
    await remember(vault);
    await tidy(rows);
    const there = new Set(vault.ids);
    return [...rows.map((row) => row.id), ...[...before].filter((id) => !there.has(id))];
  }

  /** Puts one change where it belongs, again upon what changed elsewhere meanwhile. @param {string} path @param {() => Change} change @param {(sent: { put: unknown[], removed: unknown[] }) => Record<string, unknown>} body */
  async function send(path, change, body) {
    const { ids, kinds, revisions, sealed, removed, removedRevisions } = change();
    await ask(path, body({ put: ids.map((id, at) => [id, kinds[at], revisions[at], toBase64(sealed[at])]), removed: removed.map((id, at) => [id, removedRevisions[at]]) }));
    vault.commit();
    await remember(vault);
    await tidy(ids.map((id, at) => ({ id, kind: kinds[at], revision: revisions[at], sealed: sealed[at] })));
  }

  return {
    /** Sends a change of the devices, with what goes with it. @param {string} path @param {() => Change} change @param {(sent: { put: unknown[], removed: unknown[] }) => Record<string, unknown>} [body] */
    devices: (path, change, body = (sent) => sent) => inTurn(async () => {
      for (let attempt = 0; ; attempt += 1) {
        try {
          return await send(path, change, body);
        } catch (error) {
          if (told(error).code !== 'vault-changed' || attempt === 3) throw error;
          await syncNow();
        }
      }
    }),
    /** The first time: what this browser kept, and what changed since. */
    open: () => inTurn(async () => {
      const kept = await cached(account);
      const root = kept.find((row) => row.id === 'root');
      known = new Map(kept.map((row) => [row.id, row]));
      let rows = kept;
      try {
        const changed = await fetchSince(root ? root.revision : 0);
        const all = new Map([...(root ? kept : []), ...changed.rows].map((row) => [row.id, row]));
        receive([...all.values()], changed.isOneState && !root);
        rows = changed.rows;
      } catch (error) {
        if (!root || ['offline', 'session-over'].includes(told(error).code)) throw error;
        // What this browser kept may be what is wrong: once more, without it.
        await forget(account);
        known = new Map();
        const changed = await fetchSince(0);
        receive(changed.rows, changed.isOneState);
        rows = changed.rows;
      }
      await remember(vault);
      // Nobody waits for the disk; what does not get there is fetched again.
      void tidy(rows).catch(() => {});
    }),
    /** Fetches what changed; gives the IDs of it. @returns {Promise<string[]>} */
    sync: () => inTurn(syncNow),
    /**
     * Saves changes, all or none. Where the vault changed elsewhere they are made again upon that, unless the same things changed.
     * @param {Put[]} put @param {Removal[]} [removed]
     */
    save: (put, removed = []) => inTurn(async () => {
      for (let attempt = 0; ; attempt += 1) {
        try {
          return await send('/vault/change', () => vault.edit(put.map((it) => it.id), put.map((it) => it.kind), put.map((it) => it.text), removed.map((it) => it.id)), (sent) => sent);
        } catch (error) {
          if (told(error).code !== 'vault-changed' || attempt === 3) throw error;
          await syncNow();
          // An answer that was lost: what is there is what was sent.
          const isThere = put.every((it) => vault.revision(it.id) === it.base + 1 && vault.read(it.id) === it.text) && removed.every((it) => vault.revision(it.id) === 0);
          if (isThere) return;
          const changed = [...put, ...removed].find((it) => vault.revision(it.id) !== it.base);
          if (changed) throw new Conflict(changed.id);
        }
      }
    }),
  };
}
