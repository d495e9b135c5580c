// @ts-check
// The vault's page: opens the vault in this browser, and makes it where there is none. The server keeps what is sealed; what it
// says is believed where this browser remembers it, or where a key that it remembers signed it.
import { agree, ephemeral, extractablePair, importPublic, keep, load, make, publicOctets, recall, remember, sign } from './device.js';

/** @typedef {import('./device.js').Device} Device */
/** @typedef {Uint8Array<ArrayBuffer>} Octets */
/** @typedef {{ memory: Octets, isEmpty: boolean, deviceNames: string[], free: () => void }} Vault */
/**
 * @typedef {{
 *   default: (options: { module_or_path: URL }) => Promise<unknown>,
 *   PageDevice: new (id: string, name: string, encryption: Octets, signing: Octets) => object,
 *   begin: (tenant: string, user: string, pairPublic: Octets, pairPrivate: Octets, device: object, ephemeral: Octets, shared: Octets) => Record<'statement' | 'keys' | 'devices' | 'root' | 'wrap' | 'share' | 'memory', Octets>,
 *   Revised: new (sealed: Octets, revision: bigint) => object,
 *   Opening: new (memory: Octets, tenant: string, user: string, chain: Octets[], device: object, wrap: Octets, share: Octets) => {
 *     ephemeral: Octets,
 *     open: (shared: Octets, keys: object, devices: object, root: object) => Vault,
 *   },
 * }} Wasm what crates/pages has
 */
/** @typedef {{ tenant: string, user: string, session: string, chain: string[] }} State */

/** A no with its code: of the server, or of what it gave. */
class Refused extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {string} state @param {string} title @param {string} text @param {string[]} [steps] */
function show(state, title, text, steps = []) {
  element('state').textContent = title;
  element('text').textContent = text;
  const list = element('steps');
  list.hidden = steps.length === 0;
  list.replaceChildren(...steps.map((step) => Object.assign(document.createElement('li'), { textContent: step })));
  element('vault').dataset.state = state;
}

const toBase64 = (/** @type {Uint8Array} */ octets) => btoa(String.fromCharCode(...octets));
const fromBase64 = (/** @type {string} */ text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** @param {string} path @param {Record<string, unknown>} [body] @returns {Promise<any>} */
async function ask(path, body) {
  const answer = await fetch(path, body ? { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {});
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(said.code ?? `http-${answer.status}`, `The server said no (${said.code ?? answer.status}).`);
  return said;
}

/** What a device signs for this session, and no other can use. @param {State} state @param {Device} device */
const proof = async (state, device) => toBase64(await sign(device, ['keyward device proof', location.origin, state.tenant, state.user, device.id, state.session].join('\n')));

/** Makes a vault and keeps what was made, before the server hears of it: whatever happens next, the same vault is sent again. @param {Wasm} wasm @param {State} state @param {Device} device */
async function prepare(wasm, state, device) {
  const [pair, once, encryption, signing] = await Promise.all([extractablePair(), ephemeral(), publicOctets(device.encryption.publicKey), publicOctets(device.signing.publicKey)]);
  const shared = await agree(once.privateKey, device.encryption.publicKey);
  const page = new wasm.PageDevice(device.id, device.name, encryption, signing);
  const begun = wasm.begin(state.tenant, state.user, pair.publicKey, pair.privateKey, page, await publicOctets(once.publicKey), shared);
  const { statement, keys, devices, root, wrap, share } = begun;
  pair.privateKey.fill(0);
  shared.fill(0);
  const parts = Object.entries({ statement, keys, devices, root, encryption, signing, wrap, share }).map(([name, octets]) => [name, toBase64(octets)]);
  return { ...await remember(device, begun.memory), pending: { device: device.id, ...Object.fromEntries(parts) } };
}

/** @param {Wasm} wasm @param {State} state @param {Device} device @returns {Promise<Vault>} */
async function open(wasm, state, device) {
  const memory = await recall(device);
  if (!memory) throw new Refused('device-unknown', 'This browser remembers no vault.');
  const given = await ask('/vault/prove', { device: device.id, proof: await proof(state, device) });
  const page = new wasm.PageDevice(device.id, device.name, await publicOctets(device.encryption.publicKey), await publicOctets(device.signing.publicKey));
  const opening = new wasm.Opening(memory, state.tenant, state.user, given.chain.map(fromBase64), page, fromBase64(given.wrap), fromBase64(given.share));
  const shared = await agree(device.encryption.privateKey, await importPublic(opening.ephemeral));
  const part = (/** @type {'keys' | 'devices' | 'root'} */ name) => {
    if (!given[name]) throw new Refused('item-left-out', `The server left out a part of the vault (${name}).`);
    return new wasm.Revised(fromBase64(given[name].sealed), BigInt(given[name].revision));
  };
  const vault = opening.open(shared, part('keys'), part('devices'), part('root'));
  shared.fill(0);
  return vault;
}

/** One tab at a time: two that make a vault at once would make two. @returns {Promise<Vault>} */
const unlock = () => navigator.locks.request('keyward-vault', async () => {
  const wasmAddress = new URL('../wasm/keyward_pages.js', import.meta.url);
  const [wasm, state] = await Promise.all([
    import(wasmAddress.href).then(async (/** @type {Wasm} */ it) => {
      await it.default({ module_or_path: new URL('../wasm/keyward_pages_bg.wasm', import.meta.url) });
      return it;
    }),
    /** @type {Promise<State>} */ (ask('/vault/keys')),
  ]);
  const account = `${state.tenant}/${state.user}`;
  let device = await load(account);
  if (state.chain.length === 0) {
    if (device?.hasOpened) throw new Refused('vault-missing', 'The server says that there is no vault, and this browser has opened it before.');
    device ??= await make();
    if (!device.pending) {
      device = await prepare(wasm, state, device);
      await keep(account, device);
    }
    await ask('/vault/begin', { ...device.pending, proof: await proof(state, device) }).catch((error) => {
      // It is there: from this browser a moment ago, or from another one, which opening will tell.
      if (error.code !== 'vault-exists') throw error;
    });
  }
  if (!device) throw new Refused('device-unknown', 'This browser has no key of the vault.');
  const vault = await open(wasm, state, device);
  const { pending, ...rest } = await remember(device, vault.memory);
  await keep(account, { ...rest, hasOpened: true });
  return vault;
});

/** @param {unknown} error */
function explain(error) {
  // What wasm throws is JSON.
  let { code, message } = /** @type {{ code?: string, message?: string }} */ (error instanceof Error ? error : {});
  if (typeof error === 'string') ({ code, message } = JSON.parse(error));
  if (code === 'session-over') {
    location.assign('/?to=/vault/items');
  } else if (code === 'device-unknown') {
    show('other-device', 'Your vault is in another browser', 'This browser has no key of your vault, and the server has none to give.', ['Open the vault in the browser where you first signed in.']);
  } else if (error instanceof TypeError) {
    show('offline', 'The server cannot be reached', 'Nothing is lost. What was begun goes on when you open this page again.', ['Check your connection, then reload this page.']);
  } else {
    show('refused', 'Your vault was not opened', message ?? 'Something went wrong.', [`Tell your admin this code: ${code ?? 'unexpected'}`]);
  }
}

try {
  const vault = await unlock();
  const names = vault.deviceNames;
  show('open', 'Your vault is open', vault.isEmpty ? 'Nothing is in it yet.' : 'It has items.', [`Browsers that open it: ${names.join(', ')}`]);
  // Leaving the page forgets the keys, also where the browser would keep the page for the back button.
  addEventListener('pagehide', () => vault.free(), { once: true });
  addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });
} catch (error) {
  explain(error);
}
