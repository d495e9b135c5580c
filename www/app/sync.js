// @ts-check
// Keeps an open vault in step with the server: fetches what changed, sends what is changed here. What is sealed stays in this
// browser between visits, so that a visit fetches only what changed; it cannot be read without the share that the server gives.
import { ask, fromBase64, Refused, toBase64, told } from './api.js';
import { cached, forget, keepCache, partOf } from './device.js';
import { letGo, release } from './program.js';
import { common } from './words/common.js';
import { say } from './words/items.js';

/** @typedef {Uint8Array<ArrayBuffer>} Octets */
/** @typedef {{ ids: string[], kinds: string[], revisions: Float64Array | number[], sealed: Octets[], removed: string[], removedRevisions: Float64Array | number[], rewrapped: { ids: string[], kinds: string[], revisions: Float64Array | number[], sealed: Octets[] } }} Change */
/**
 * @typedef {{
 *   memory: Octets, counter: number, sequence: number, isMoving: boolean, devices: string, ids: string[], free: () => void, commit: () => void,
 *   receive: (rows: object, isOneState: boolean) => void,
 *   summaries: (ids: string[]) => string, readItems: () => string, pageOf: (id: string) => number, read: (id: string) => string, revision: (id: string) => number,
 *   phraseOf: (device: object) => string, knows: (device: object) => boolean, letIn: (device: object, ephemeral: Octets, shared: Octets) => { wrap: Octets, share: Octets },
 *   listDevice: (device: object) => Change, renameDevice: (id: string, name: string) => Change, unlistDevice: (id: string) => Change,
 *   lockUnder: (phrase: object, privateKey: Octets) => Octets, wrapForPhrase: (publicKey: Octets, ephemeral: Octets, shared: Octets) => Octets, listPhrase: (publicKey: Octets) => Change,
 *   rotate: (pairPublic: Octets, pairPrivate: Octets, keep: string[], keepPhrase: boolean) => Rotation, changeTo: (rotation: Rotation) => Change, takeOver: (rotation: Rotation) => void,
 *   follow: (opened: Vault) => void, moveOn: () => Change | undefined,
 *   tenant: (chain: Octets[], sequence: number, wrap?: Octets) => import('./escrow.js').Tenant, trust: (tenant: import('./escrow.js').Tenant) => void, knowsTenant: boolean,
 *   escrow: (tenant: import('./escrow.js').Tenant, ephemerals: Octets[], shared: Octets[]) => { approval: Octets, transfer: Octets },
 *   accountPhrase: string, encryption: Octets, decryption: Octets, ownAccount: import('./escrow.js').Account,
 *   edit: (ids: string[], kinds: string[], texts: string[], removed: string[]) => Change,
 * }} Vault an open vault of crates/pages
 * @typedef {{
 *   statement: Octets, ids: string[], keys: Octets[], recovery?: Octets, free: () => void,
 *   encryption: Octets, grant: (purpose: string, held: import('./organisation.js').Keys, ephemeral: Octets, shared: Octets) => Octets,
 *   wrap: (id: string, ephemeral: Octets, shared: Octets) => { wrap: Octets, share: Octets }, wrapForPhrase: (ephemeral: Octets, shared: Octets) => Octets,
 * }} Rotation new keys that the server does not have yet
 * @typedef {{ put: unknown[], removed: unknown[], rewrapped: unknown[] }} Sent
 * @typedef {[item: string, kind: string, revision: number, changed: number, sealed: string]} Row
 * @typedef {{ id: string, kind: 'item' | 'folder', text: string, base: number }} Put `base`: the revision that was edited; 0 for a new one
 * @typedef {{ id: string, base: number }} Removal
 */

/** More rows than a vault can have had changes while they were fetched: a server that never ends. */
const ROWS_MOST = 50_000;

/** Somebody changed the same thing elsewhere. */
export class Conflict extends Error {
  /** @param {string} id */
  constructor(id) {
    super(say.changedElsewhere);
    this.code = 'item-changed';
    this.id = id;
  }
}

/**
 * @param {{ Rows: new (ids: string[], kinds: string[], revisions: Float64Array, sealed: Octets[]) => object }} wasm
 * @param {Vault} vault @param {string} account @param {(vault: Vault) => Promise<void>} keepMemory @param {() => Promise<Vault>} reopen the vault again, with what the server has now
 */
export function startSync(wasm, vault, account, keepMemory, reopen) {
  let isOver = false;
  /** What is on its way when the vault is locked ends there: its keys are gone. */
  const alive = () => {
    if (isOver) throw new Refused('vault-locked', common.locked);
  };
  /** @type {typeof ask} */
  const asked = async (path, body) => {
    const answer = await ask(path, body);
    alive();
    return answer;
  };
  const remember = async () => {
    await keepMemory(vault);
    alive();
  };
  /** What one visit does with the vault happens one after the other. @type {Promise<unknown>} */
  let last = Promise.resolve();
  /** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  const inTurn = (work) => {
    const step = () => {
      alive();
      return work();
    };
    const result = last.then(step, step);
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
    let [place, answers, count] = [`since=${since}`, 0, 0];
    for (;;) {
      /** @type {{ counter: number, sequence: number, rows: Row[] }} */
      const answer = await asked(`/vault/changes?${place}`);
      answers += 1;
      count += answer.rows.length;
      if (count > ROWS_MOST) throw new Refused('vault-endless', common.endless);
      if (answer.counter < vault.counter) throw new Refused('vault-rolled-back', common.rolledBack(answer.counter, vault.counter));
      for (const [id, kind, revision, , sealed] of answer.rows) rows.set(id, { id, kind, revision, sealed: fromBase64(sealed) });
      const end = answer.rows.at(-1);
      // The root is the last of every state.
      if (!end || end[0] === 'root') return { rows: [...rows.values()], isOneState: answers === 1, sequence: answer.sequence };
      place = `since=${end[3]}&after=${end[0]}`;
    }
  }

  /** The same, with the keys that it is under: where they were changed elsewhere, by the statements that say so. @param {number} since */
  async function fetchUnderKeys(since) {
    for (let attempt = 0; ; attempt += 1) {
      const fetched = await fetchSince(since);
      if (fetched.sequence <= vault.sequence) return fetched;
      const opened = await reopen();
      if (isOver) release(opened);
      alive();
      vault.follow(opened);
      if (vault.sequence < fetched.sequence || attempt === 3) throw new Refused('statement-count', common.keysHidden);
    }
  }

  async function syncNow() {
    const { rows, isOneState } = await fetchUnderKeys(vault.counter);
    if (rows.length === 0) return [];
    const before = new Set(vault.ids);
    receive(rows, isOneState);
    await remember();
    await tidy(rows).catch(() => {});
    const there = new Set(vault.ids);
    return [...rows.map((row) => row.id), ...[...before].filter((id) => !there.has(id))];
  }

  /** Sends one change; `taken` is what else the server having it means. @param {string} path @param {Change} change @param {(sent: Sent) => Record<string, unknown>} body @param {() => void} [taken] */
  async function send(path, change, body, taken = () => vault.commit()) {
    const { removed, removedRevisions, rewrapped } = change;
    const rows = (/** @type {Change | Change['rewrapped']} */ { ids, kinds, revisions, sealed }) => ids.map((id, at) => ({ id, kind: kinds[at], revision: revisions[at], sealed: sealed[at] }));
    const [put, moved] = [rows(change), rows(rewrapped)];
    const listed = (/** @type {typeof put} */ all) => all.map((row) => [row.id, row.kind, row.revision, toBase64(row.sealed)]);
    await asked(path, body({ put: listed(put), removed: removed.map((id, at) => [id, removedRevisions[at]]), rewrapped: listed(moved) }));
    taken();
    await remember();
    // What does not get to the disk is fetched again.
    await tidy([...put, ...moved]).catch(() => {});
  }

  return {
    /** Nothing is done with the vault from now on. */
    stop() { isOver = true; },
    /** Sends a change of the devices, with what goes with it; both are made anew where the vault changed meanwhile. @param {string} path @param {() => Change | Promise<Change>} change @param {(sent: Sent) => Record<string, unknown>} [body] */
    devices: (path, change, body = (sent) => sent) => inTurn(async () => {
      for (let attempt = 0; ; attempt += 1) {
        try {
          return await send(path, await change(), body);
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
        const changed = await fetchUnderKeys(root ? root.revision : 0);
        const all = new Map([...(root ? kept : []), ...changed.rows].map((row) => [row.id, row]));
        receive([...all.values()], changed.isOneState && !root);
        rows = changed.rows;
      } catch (error) {
        if (!root || ['offline', 'server-failed', 'session-over', 'vault-locked'].includes(told(error).code)) throw error;
        // What this browser kept may be what is wrong: once more, without it.
        await forget(account);
        known = new Map();
        const changed = await fetchUnderKeys(0);
        receive(changed.rows, changed.isOneState);
        rows = changed.rows;
      }
      await remember();
      // Nobody waits for the disk; what does not get there is fetched again.
      void tidy(rows).catch(() => {});
    }),
    /** What this browser kept, and no word with the server. */
    openKept: () => inTurn(async () => {
      const kept = await cached(account);
      if (!kept.some((row) => row.id === 'root')) throw new Refused('offline', common.unreached);
      receive(kept, false);
    }),
    /** Keeps what the vault remembers. */
    remember: () => inTurn(() => remember()),
    /** Fetches what changed; gives the IDs of it. @returns {Promise<string[]>} */
    sync: () => inTurn(syncNow),
    /**
     * Puts new keys in place, made anew where the vault changed meanwhile. Whether the server has them is known by its answer, or
     * by what it has afterwards; gives `false` where another browser's change was faster and is followed.
     * @param {() => Promise<{ rotation: Rotation, body: Record<string, unknown> }>} prepare
     */
    rotate: (prepare) => inTurn(async () => {
      const before = vault.sequence;
      for (let attempt = 0; ; attempt += 1) {
        const { rotation, body } = await prepare();
        let isTaken = false;
        try {
          alive();
          await send('/vault/keys/change', vault.changeTo(rotation), (change) => ({ ...body, change }), () => {
            isTaken = true;
            letGo(rotation);
            vault.takeOver(rotation);
          });
          return true;
        } catch (error) {
          if (!isTaken) release(rotation);
          const { code } = told(error);
          if (isTaken || !['vault-changed', 'offline', 'server-failed'].includes(code) || attempt === 3) throw error;
          await syncNow();
          if (vault.sequence !== before) return code !== 'vault-changed';
        }
      }
    }),
    /** Moves what is under the former key to the new one, a part at a time: what else is done with the vault goes on between. */
    finish: () => navigator.locks.request('keyward-move', { ifAvailable: true }, async (lock) => {
      if (!lock) return;
      let [isMore, conflicts] = [true, 0];
      while (isMore) {
        isMore = await inTurn(async () => {
          const change = vault.moveOn();
          if (!change) return false;
          try {
            await send('/vault/keys/move', change, (sent) => sent);
          } catch (error) {
            conflicts += 1;
            if (told(error).code !== 'vault-changed' || conflicts > 20) throw error;
            await syncNow();
          }
          return true;
        });
      }
    }),
    /**
     * Saves changes, all or none. Where the vault changed elsewhere they are made again upon that, unless the same things changed.
     * @param {Put[]} put @param {Removal[]} [removed] @param {Record<string, unknown>} [more] what the server is told beside
     */
    save: (put, removed = [], more = {}) => inTurn(async () => {
      for (let attempt = 0; ; attempt += 1) {
        try {
          return await send('/vault/change', vault.edit(put.map((it) => it.id), put.map((it) => it.kind), put.map((it) => it.text), removed.map((it) => it.id)), (sent) => ({ ...sent, ...more }));
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
