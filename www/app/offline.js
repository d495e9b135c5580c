// @ts-check
// Reading without a connection, where the policy allows it (docs/threat-model.md): what the server gave to open the vault is
// kept, sealed under this browser's own key, with the page and all that it loaded. It goes when the vault is locked, when somebody
// signs out, and whenever the server is reached and does not open the vault.
import { fromBase64 } from './api.js';
import { beginCopy, copied, dropCopy, keepCopy, load, seal, unseal } from './device.js';
import { button, element, make } from './dom.js';
import { say } from './words/offline.js';

/** @typedef {import('./device.js').Device} Device */
/** @typedef {{ chain: string[], wrap: string, share: string, keys: { sealed: string, revision: number } }} Given what opens the vault, as the server gives it */
/** @typedef {{ state: import('./unlock.js').State, given: Given, at: number }} Copy */

const [CACHE, PAGE, WORKER] = ['keyward-offline', '/vault/items', '/app/offline-worker.js'];
const OF_THE_PAGE = /^\/(app|wasm)\/|^\/(keyward\.css|mark\.svg|favicon\.ico)$/;
/** For how long a copy is read by this page, without a word with the server. */
const LONGEST = 7 * 24 * 60 * 60 * 1000;

/** The one script's address that this page makes: the policy of the page allows no other. */
function worker() {
  /** @type {{ createPolicy: (name: string, rules: { createScriptURL: (url: string) => string }) => { createScriptURL: (url: string) => string } } | undefined} */
  const types = /** @type {any} */ (globalThis).trustedTypes;
  return types ? types.createPolicy('keyward', { createScriptURL: () => WORKER }).createScriptURL(WORKER) : WORKER;
}

/** @param {string} account @param {Device} device @param {Copy} copy */
export async function keepOffline(account, device, copy) {
  if (!('serviceWorker' in navigator)) return;
  const mark = crypto.randomUUID();
  await beginCopy(mark);
  const sealed = await seal(device, new TextEncoder().encode(JSON.stringify(copy)));
  await navigator.serviceWorker.register(worker(), { scope: '/', updateViaCache: 'none' });
  await navigator.serviceWorker.ready;
  const loaded = performance.getEntriesByType('resource').map(({ name }) => new URL(name)).filter(({ origin, pathname }) => origin === location.origin && OF_THE_PAGE.test(pathname));
  const paths = [...new Set([PAGE, ...loaded.map(({ pathname }) => pathname)])];
  // What was redirected is no page of ours.
  const answers = await Promise.all(paths.map(async (path) => /** @type {const} */ ([path, await fetch(path, { redirect: 'error' })])));
  if (answers.some(([, { ok }]) => !ok)) return;
  await caches.delete(CACHE);
  const cache = await caches.open(CACHE);
  for (const [path, answer] of answers) await cache.put(path, answer);
  // Whatever forgot it meanwhile did so before there was anything to forget.
  if (await keepCopy(mark, { account, at: copy.at, ...sealed }) === undefined) await caches.delete(CACHE);
}

/** What was kept, where it may still be read. @returns {Promise<{ account: string, device: Device, copy: Copy } | undefined>} */
export async function recallOffline() {
  const found = await copied();
  if (!found) return undefined;
  // By this computer's clock, in either direction.
  if (Math.abs(Date.now() - found.at) > LONGEST) {
    await forgetOffline();
    return undefined;
  }
  const device = await load(found.account);
  if (!device) return undefined;
  return { account: found.account, device, copy: JSON.parse(new TextDecoder().decode(await unseal(device, found))) };
}

/** Nothing can be read without a connection any more. */
export async function forgetOffline() {
  await Promise.allSettled([dropCopy(), 'caches' in globalThis ? caches.delete(CACHE) : undefined]);
}

/** What opens a vault, as the page takes it. @param {Given} given */
export const opening = ({ chain, wrap, share, keys }) => ({ chain: chain.map(fromBase64), wrap: fromBase64(wrap), share: fromBase64(share), sealed: fromBase64(keys.sealed), revision: BigInt(keys.revision) });

/**
 * Says that there is no connection for as long as there is none; ends with `ended`.
 * @param {number | undefined} since of when what is shown is, where it was opened without one @param {() => void} returned what to do once there is one again @param {AbortSignal} ended
 */
export function mark(since, returned, ended) {
  const text = make('p', { textContent: since === undefined ? '' : say.reading(since) });
  const place = make('div', { className: 'banner warn', id: 'offline', role: 'status', hidden: since === undefined }, text, since !== undefined && button(say.again, () => location.reload()));
  element('open').before(place);
  addEventListener('offline', () => {
    if (since === undefined) text.textContent = say.lost;
    else text.textContent = say.reading(since);
    place.hidden = false;
  }, { signal: ended });
  addEventListener('online', () => {
    if (since === undefined) {
      place.hidden = true;
      returned();
    } else text.textContent = say.back;
  }, { signal: ended });
  ended.addEventListener('abort', () => place.remove());
}
