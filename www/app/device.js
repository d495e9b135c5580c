// @ts-check
// This browser as a device: its keys, which nobody can export, and what it remembers, sealed under one of them.
import { Refused, toBase64Url } from './api.js';
import { common } from './words/common.js';

/**
 * @typedef {{
 *   id: string, name: string, encryption: CryptoKeyPair, signing: CryptoKeyPair, memoryKey: CryptoKey,
 *   memory?: { iv: BufferSource, sealed: ArrayBuffer },
 *   pending?: Record<string, string>,
 *   hasOpened: boolean, isAsking?: boolean, lockedAt?: number, wantsFresh?: boolean, hasAgreed?: boolean,
 * }} Device `pending` is the vault that it has begun and that the server may have. `hasOpened`: there was a vault. `wantsFresh`: its person
 *   asked for another here. `hasAgreed`: they agreed to escrow, as this browser knows by itself, and did not take it back here.
 */

const P256 = /** @type {const} */ ({ namedCurve: 'P-256' });

/** Something sealed, as the server gave it. @typedef {{ id: string, kind: string, revision: number, sealed: Uint8Array<ArrayBuffer> }} Cached */

/** @returns {Promise<IDBDatabase>} */
const database = () => new Promise((resolve, reject) => {
  const opening = indexedDB.open('keyward', 3);
  opening.onupgradeneeded = () => {
    for (const name of ['device', 'sealed', 'offline']) {
      if (!opening.result.objectStoreNames.contains(name)) opening.result.createObjectStore(name);
    }
  };
  opening.onsuccess = () => resolve(opening.result);
  opening.onerror = () => reject(opening.error);
});

/** @typedef {'device' | 'sealed' | 'offline'} Store */
/** One transaction: all of it is kept, or nothing. @template T @param {Store[]} names @param {IDBTransactionMode} mode @param {(store: (name: Store) => IDBObjectStore) => IDBRequest<T> | undefined} ask @returns {Promise<T>} */
async function within(names, mode, ask) {
  /** Full, or switched off: the browser says so in words for programmers. */
  const failed = () => new Refused('browser-storage', common.noStorage);
  const opened = await database().catch(() => { throw failed(); });
  try {
    return await new Promise((resolve, reject) => {
      // Before anything depends on a device's keys, they are on the disk.
      const transaction = opened.transaction(names, mode, { durability: names.every((name) => name === 'sealed') ? 'relaxed' : 'strict' });
      const asked = ask((name) => transaction.objectStore(name));
      transaction.oncomplete = () => resolve(/** @type {T} */ (asked?.result));
      transaction.onabort = () => reject(transaction.error);
    });
  } catch {
    throw failed();
  } finally {
    opened.close();
  }
}

/** @template T @param {Store} name @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => IDBRequest<T> | undefined} ask */
const stored = (name, mode, ask) => within([name], mode, (store) => ask(store(name)));

/** @param {string} account @returns {Promise<Device | undefined>} */
export const load = (account) => stored('device', 'readonly', (store) => store.get(account));
/** @param {string} account @param {Device} device */
export const keep = (account, device) => stored('device', 'readwrite', (store) => store.put(device, account));

/** Changes some of what is kept, while no other tab does. @param {string} account @param {Partial<Device>} change */
const amend = (account, change) => navigator.locks.request('keyward-memory', async () => {
  const device = await load(account);
  if (device) await keep(account, { ...device, ...change });
});
/** What its person said of escrow, whatever the server says they did. @param {string} account @param {boolean} hasAgreed */
export const keepAgreement = (account, hasAgreed) => amend(account, { hasAgreed });
/** That this browser's vault was locked, now. @param {string} account */
export const keepLock = (account) => amend(account, { lockedAt: Date.now() });

const ofAccount = (/** @type {string} */ account) => IDBKeyRange.bound([account], [account, []]);
/** In which part of the cache a thing is: a few large parts are written much faster than many small rows. @param {string} id */
export const partOf = (id) => [...id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 64, 0);
/** What is kept of a vault, sealed. @param {string} account @returns {Promise<Cached[]>} */
export const cached = async (account) => (await stored('sealed', 'readonly', (store) => /** @type {IDBRequest<Cached[][]>} */ (store.getAll(ofAccount(account))))).flat();
/** Keeps some parts, all or none. @param {string} account @param {Map<number, Cached[]>} parts */
export const keepCache = (account, parts) => stored('sealed', 'readwrite', (store) => {
  for (const [part, rows] of parts) store.put(rows, [account, part]);
  return undefined;
});
/** @param {string} account */
export const forget = (account) => stored('sealed', 'readwrite', (store) => store.delete(ofAccount(account)));

/** What opens a vault without a connection, sealed under its device's own key: of one account, the last that kept any. @typedef {{ account: string, at: number, iv: BufferSource, sealed: ArrayBuffer }} Kept */
/** One begins to be kept, under a mark: what forgets it, in any tab or in the service worker, takes the mark too. @param {string} mark */
export const beginCopy = (mark) => stored('offline', 'readwrite', (store) => store.put(mark, 'mark'));
/** Keeps it where its mark is still there, in one step. The answer is the mark that was: none where it was forgotten. @param {string} mark @param {Kept} copy @returns {Promise<string | undefined>} */
export const keepCopy = (mark, copy) => stored('offline', 'readwrite', (store) => {
  const asked = store.get('mark');
  asked.onsuccess = () => {
    if (asked.result !== mark) return;
    store.put(copy, 'copy');
    store.delete('mark');
  };
  return asked;
});
/** @returns {Promise<Kept | undefined>} */
export const copied = () => stored('offline', 'readonly', (store) => store.get('copy'));
export const dropCopy = () => stored('offline', 'readwrite', (store) => store.clear());

/** 100 bits in 20 letters, as every ID of ours. @param {'d' | 'i' | 'f' | 'm'} prefix */
export function newId(prefix) {
  const letters = crypto.getRandomValues(new Uint8Array(20));
  return `${prefix}_${[...letters].map((byte) => 'abcdefghijklmnopqrstuvwxyz234567'[byte % 32]).join('')}`;
}

/** What a person calls a browser until they say otherwise. */
function nameOf() {
  const agent = navigator.userAgent;
  const browser = [['Edg/', 'Edge'], ['OPR/', 'Opera'], ['Firefox/', 'Firefox'], ['Chrome/', 'Chrome'], ['Safari/', 'Safari']].find(([sign]) => agent.includes(sign))?.[1] ?? common.browser;
  const system = [['Android', 'Android'], ['iPhone', 'iPhone'], ['Windows', 'Windows'], ['Mac OS X', 'macOS'], ['CrOS', 'ChromeOS'], ['Linux', 'Linux']].find(([sign]) => agent.includes(sign))?.[1];
  return system ? common.browserOn(browser, system) : browser;
}

/** @returns {Promise<Device>} */
export async function make() {
  const [encryption, signing, memoryKey] = await Promise.all([
    crypto.subtle.generateKey({ name: 'ECDH', ...P256 }, false, ['deriveBits']),
    crypto.subtle.generateKey({ name: 'ECDSA', ...P256 }, false, ['sign']),
    crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']),
  ]);
  return { id: newId('d'), name: nameOf(), encryption, signing, memoryKey, hasOpened: false };
}

/** @param {CryptoKey} key */
export const publicOctets = async (key) => new Uint8Array(await crypto.subtle.exportKey('raw', key));

/** The Diffie–Hellman step. @param {CryptoKey} own @param {CryptoKey} other */
export const agree = async (own, other) => new Uint8Array(await crypto.subtle.deriveBits({ name: 'ECDH', public: other }, own, 256));

/** A public key of somebody else's; refused where it is not on the curve. @param {Uint8Array<ArrayBuffer>} octets */
export const importPublic = (octets) => crypto.subtle.importKey('raw', octets, { name: 'ECDH', ...P256 }, true, []);

/** A key pair for this once. */
export const ephemeral = () => crypto.subtle.generateKey({ name: 'ECDH', ...P256 }, false, ['deriveBits']);

/** The private half of a pair, as it was unlocked. @param {Uint8Array} publicKey @param {Uint8Array} privateKey */
export function importPair(publicKey, privateKey) {
  const [x, y, d] = [publicKey.subarray(1, 33), publicKey.subarray(33), privateKey].map((octets) => toBase64Url(octets));
  return crypto.subtle.importKey('jwk', { kty: 'EC', crv: 'P-256', x, y, d }, { name: 'ECDH', ...P256 }, false, ['deriveBits']);
}

/**
 * A private key of somebody's that was kept sealed, where it is the one of a public key. The octets are wiped.
 * @param {Uint8Array<ArrayBuffer>} octets @param {Uint8Array<ArrayBuffer>} publicKey
 */
export async function importPrivate(octets, publicKey) {
  const refused = new Refused('key-other', common.otherKey);
  const imported = importPair(publicKey, octets);
  octets.fill(0);
  const key = await imported.catch(() => { throw refused; });
  // Not every browser looks whether both are one pair.
  const once = await ephemeral();
  const [one, other] = await Promise.all([agree(key, once.publicKey), agree(once.privateKey, await importPublic(publicKey))]);
  if (one.some((byte, at) => byte !== other[at])) throw refused;
  return key;
}

/** A key pair that is kept under the vault key. */
export async function extractablePair() {
  const pair = await crypto.subtle.generateKey({ name: 'ECDH', ...P256 }, true, ['deriveBits']);
  const { d } = await crypto.subtle.exportKey('jwk', pair.privateKey);
  const text = atob((d ?? '').replaceAll('-', '+').replaceAll('_', '/'));
  return { publicKey: await publicOctets(pair.publicKey), privateKey: Uint8Array.from(text, (letter) => letter.charCodeAt(0)) };
}

/** @param {Device} device @param {string} text */
export const sign = async (device, text) => new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, device.signing.privateKey, new TextEncoder().encode(text)));

/** Seals under a device's own key. @param {Device} device @param {Uint8Array<ArrayBuffer>} octets */
export async function seal({ memoryKey }, octets) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  return { iv, sealed: await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, memoryKey, octets) };
}
/** @param {Device} device @param {{ iv: BufferSource, sealed: ArrayBuffer }} sealed */
export const unseal = async ({ memoryKey }, { iv, sealed }) => new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, memoryKey, sealed));

/** @param {Device} device @param {Uint8Array<ArrayBuffer>} memory @returns {Promise<Device>} */
export const remember = async (device, memory) => ({ ...device, memory: await seal(device, memory) });

/** @param {Device} device */
export const recall = async (device) => (device.memory ? unseal(device, device.memory) : undefined);

/** What is kept of a vault goes with what it was opened by, or stays with it. @param {string} account @param {Device} [device] what is left of it */
const leave = (account, device) => within(['sealed', 'offline', 'device'], 'readwrite', (store) => {
  store('sealed').delete(ofAccount(account));
  // The copy for reading offline is of one account, whichever.
  store('offline').clear();
  if (device) store('device').put(device, account);
  else store('device').delete(account);
  return undefined;
});

/** Nothing of an account is left in this browser. @param {string} account */
export const discard = (account) => leave(account);

/** Nothing of an account's vault is left in this browser, but the keys by which it was approved. @param {string} account @param {Device} device */
export function beginAnew(account, device) {
  const { id, name, encryption, signing, memoryKey } = device;
  return leave(account, { id, name, encryption, signing, memoryKey, hasOpened: false });
}
