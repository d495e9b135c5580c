// @ts-check
// Opens the vault in this browser, and makes it where there is none. The server keeps what is sealed; what it says is believed
// where this browser remembers it, or where a key that it remembers signed it.
import { ask, Refused, signInAgain, toBase64, told } from './api.js';
import { agree, discard, ephemeral, extractablePair, importPublic, keep, keepLock, load, make as makeDevice, publicOctets, recall, remember, sign } from './device.js';
import { button, element, make, question, toast } from './dom.js';
import { mount, mustConsent } from './escrow.js';
import { forgetOffline, keepOffline, mark, opening as openingOf, recallOffline } from './offline.js';
import { unlockByPasskey, words } from './passkey.js';
import { hold, loadProgram, releaseAll } from './program.js';
import { startSync } from './sync.js';
import { wait } from './waiting.js';
import { common } from './words/common.js';
import { say as factors } from './words/factors.js';
import { opening as say } from './words/vault.js';

/** @typedef {import('./device.js').Device} Device */
/** @typedef {import('./sync.js').Vault} Vault */
/** @typedef {Uint8Array<ArrayBuffer>} Octets */
/**
 * @typedef {{
 *   PageDevice: new (id: string, name: string, encryption: Octets, signing: Octets) => object,
 *   Rows: new (ids: string[], kinds: string[], revisions: Float64Array, sealed: Octets[]) => object,
 *   begin: (tenant: string, user: string, pairPublic: Octets, pairPrivate: Octets, device: object, ephemeral: Octets, shared: Octets) => Record<'statement' | 'keys' | 'devices' | 'root' | 'wrap' | 'share' | 'memory', Octets>,
 *   waitingMemory: (chain: Octets[], tenant: string, user: string, before?: Octets) => Octets,
 *   waitingPhrase: (device: object, memory: Octets) => string,
 *   decoyPhrase: () => string,
 *   oneTimeCode: (totp: string, seconds: number) => string[],
 *   generated: (length: number, words: number, lower: boolean, upper: boolean, digits: boolean, symbols: boolean) => string,
 *   PagePhrase: { generate: () => Phrase, parse: (words: string) => Phrase },
 *   Recovery: new (phrase: Phrase, tenant: string, user: string, chain: Octets[], since: number, locked: Octets, publicKey: Octets, wrap: Octets, before?: Octets) => {
 *     ephemeral: Octets, private: Octets, sequence: number,
 *     open: (agreed: Octets, keys: Octets, revision: bigint, device: object, ephemeral: Octets, shared: Octets) => { wrap: Octets, share: Octets, memory: Octets },
 *   },
 *   PageTenant: { claimed: (chain: Octets[], tenant: string) => import('./escrow.js').Tenant },
 *   PageAccount: new (chain: Octets[], tenant: string, user: string) => import('./escrow.js').Account,
 *   PageKeys: import('./organisation.js').KeysOf,
 *   PageHandover: new (owner: import('./escrow.js').Account, wrap: Octets, maker: import('./escrow.js').Account, own: Vault) => { ephemeral: Octets, open: (shared: Octets, keys: Octets, revision: bigint) => Vault },
 *   Opening: new (memory: Octets, tenant: string, user: string, chain: Octets[], device: object, wrap: Octets, share: Octets) => {
 *     ephemeral: Octets,
 *     open: (shared: Octets, keys: Octets, revision: bigint) => Vault,
 *   },
 * }} Wasm what crates/pages has
 */
/** @typedef {{ words: string, proof: (tenant: string, user: string) => Octets, free: () => void }} Phrase */
/** @typedef {{ tenant: string, user: string, session: string, chain: string[], rules: import('./items.js').Rules & { idleMinutes: number, graceMinutes: number, mayReadOffline: boolean }, fresh: string, passkey: boolean }} State */

/** @param {string} state @param {string} title @param {string} text @param {string[]} [steps] */
function show(state, title, text, steps = []) {
  element('state').textContent = title;
  element('text').textContent = text;
  const list = element('steps');
  list.hidden = steps.length === 0;
  list.replaceChildren(...steps.map((step) => Object.assign(document.createElement('li'), { textContent: step })));
  element('vault').dataset.state = state;
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

/** @param {Wasm} wasm @param {Device} device */
const pageDevice = async (wasm, device) => new wasm.PageDevice(device.id, device.name, await publicOctets(device.encryption.publicKey), await publicOctets(device.signing.publicKey));

/** @param {Wasm} wasm @param {State} state @param {Device} device @returns {Promise<{ given: import('./offline.js').Given, vault: Vault }>} */
async function open(wasm, state, device) {
  const memory = await recall(device);
  if (!memory) throw new Refused('device-unknown', say.notRemembered);
  const given = await ask('/vault/prove', { device: device.id, proof: await proof(state, device), ...(device.lockedAt ? { locked: device.lockedAt } : {}) });
  if (!given.keys) throw new Refused('item-left-out', say.keysLeftOut);
  return { given, vault: await openWith(wasm, state, device, memory, given) };
}

/** @param {Wasm} wasm @param {State} state @param {Device} device @param {Octets} memory @param {import('./offline.js').Given} given */
async function openWith(wasm, state, device, memory, given) {
  const { chain, wrap, share, sealed, revision } = openingOf(given);
  const opening = new wasm.Opening(memory, state.tenant, state.user, chain, await pageDevice(wasm, device), wrap, share);
  const shared = await agree(device.encryption.privateKey, await importPublic(opening.ephemeral));
  const vault = opening.open(shared, sealed, revision);
  shared.fill(0);
  return vault;
}

/** Opens what this browser kept for reading without a connection; `undefined` where that is nothing. @param {Wasm} wasm @returns {Promise<Opened | undefined>} */
async function openKept(wasm) {
  const kept = await recallOffline();
  const memory = kept && await recall(kept.device);
  if (!memory) return undefined;
  const { account, device, copy: { state, given, at } } = kept;
  const vault = hold(await openWith(wasm, state, device, memory, given));
  const sync = startSync(wasm, vault, account, async () => {}, async () => vault);
  await sync.openKept();
  return { wasm, vault, sync, state: { ...state, rules: { ...state.rules, mayChange: false } }, device, account, since: at };
}

/** Keeps what a vault remembers, and never less than another tab did. @param {string} account @param {Vault} vault */
const keepMemory = (account, vault) => navigator.locks.request('keyward-memory', async () => {
  const device = await load(account);
  if (!device) throw new Refused('device-unknown', say.noKey);
  // The counter is the last eight bytes.
  const counter = (/** @type {Octets} */ memory) => new DataView(memory.buffer, memory.byteOffset).getBigUint64(memory.length - 8);
  const [before, memory] = [await recall(device), vault.memory];
  if (before && device.hasOpened && counter(before) > counter(memory)) return;
  const { pending, lockedAt, isAsking, wantsFresh, ...rest } = await remember(device, memory);
  await keep(account, { ...rest, hasOpened: true });
});

function loadWasm() {
  /** @type {Promise<Wasm>} */
  const loading = loadProgram('pages');
  // Who waits for it hears of it, which may be only when it is their turn.
  loading.catch(() => {});
  return loading;
}

/** One tab at a time: two that make a vault at once would make two. What opens it is loaded before its turn. @param {boolean} isReadOffline whether the page is the one that is read without a connection @returns {Promise<Opened>} */
const unlock = (isReadOffline, loading = loadWasm()) => navigator.locks.request('keyward-vault', async () => {
  const [wasm, state] = await Promise.all([loading, /** @type {Promise<State | Refused>} */ (ask('/vault/keys').catch((error) => error))]);
  if (state instanceof Error) {
    const kept = isReadOffline && told(state).code === 'offline' ? await openKept(wasm).catch(() => undefined) : undefined;
    if (kept) return kept;
    throw state;
  }
  const account = `${state.tenant}/${state.user}`;
  let device = await load(account);
  if (state.chain.length === 0) {
    if (device?.hasOpened) {
      const known = device;
      await ask('/vault/prove', { device: known.id, proof: await proof(state, known) }).catch((error) => {
        if (error.code === 'vault-replaced') throw error;
      });
      throw new Refused('vault-missing', say.vaultGone);
    }
    device ??= await makeDevice();
    if (!device.pending) {
      device = await prepare(wasm, state, device);
      await keep(account, device);
    }
    await ask('/vault/begin', { ...device.pending, proof: await proof(state, device) }).catch((error) => {
      // It is there: from this browser a moment ago, or from another one, which opening will tell.
      if (error.code !== 'vault-exists') throw error;
    });
  }
  if (!device?.memory) throw new Refused('device-unknown', say.noKey);
  const { vault, given } = await open(wasm, state, device);
  hold(vault);
  const own = device;
  const { sequence } = vault;
  // What was kept is for the keys of then.
  const keepNow = async (/** @type {Vault} */ it) => {
    await keepMemory(account, it);
    if (it.sequence !== sequence) await forgetOffline();
  };
  const sync = startSync(wasm, vault, account, keepNow, async () => (await open(wasm, state, await load(account) ?? own)).vault);
  await sync.open().catch(async (error) => {
    if (told(error).code !== 'escrow-due') throw error;
    await mustConsent({ wasm, vault, sync, state, account }, show);
    await sync.open();
  });
  const listed = await pageDevice(wasm, device);
  // Let in by the recovery phrase, or by somebody whose list did not arrive.
  if (!vault.knows(listed)) await sync.devices('/vault/change', () => vault.listDevice(listed));
  if (!state.rules.mayReadOffline) await forgetOffline();
  else if (isReadOffline) void keepOffline(account, device, { state, given, at: Date.now() }).catch(() => {});
  return { wasm, vault, sync, state, device, account };
});

/** @type {(() => void) | undefined} */
let close;

/** The other pages of this browser: all are locked at once. */
const others = new BroadcastChannel('keyward-lock');

/** @typedef {{ wasm: Wasm, vault: Vault, sync: Awaited<ReturnType<typeof startSync>>, state: State, device: Device, account: string, since?: number }} Opened `since`: of when what is read without a connection is */

/** What opens the vault again: within the policy's grace this session, a passkey of who has one, or a sign-in that the IdP does not answer from memory. @param {State} state @param {number} [until] */
function showLocked(state, until = 0) {
  const isGrace = until > Date.now();
  const byPasskey = state.passkey && !!window.PublicKeyCredential;
  const how = isGrace ? say.lockedUntil(until) : byPasskey ? say.lockedPasskey : say.lockedSignIn;
  show('locked', say.locked, `${say.keysGone} ${how}`);
  const signIn = (/** @type {string} */ textContent, className = '') => make('a', { className: `button ${className}`, href: `${state.fresh}${location.pathname}`, textContent });
  const said = make('p', { className: 'hint', role: 'status' });
  const passkey = button(say.unlockByPasskey, async () => {
    passkey.disabled = true;
    said.textContent = factors.follow;
    try {
      await unlockByPasskey(state);
      location.reload();
    } catch (error) {
      said.textContent = words(error);
      passkey.disabled = false;
    }
  }, 'primary');
  const ways = isGrace ? [button(say.unlock, () => location.reload(), 'primary')] : byPasskey ? [passkey, signIn(say.signInAgain)] : [signIn(say.unlock, 'primary')];
  element('unlock')?.remove();
  element('status').append(make('div', { id: 'unlock', className: 'stack tight' }, make('div', { className: 'row' }, ...ways), said));
}

/** Drops the keys; the next one who opens the vault here has to have signed in since, or comes back at once where the policy lets them. @param {State} state @param {string} account @param {number} until when the grace ends */
async function lock(state, account, until) {
  close?.();
  // All at once: who locks often closes the tab, or goes on to unlock.
  const telling = ask('/vault/lock', until ? { idle: true } : {}, { keepalive: true }).catch(() => {});
  // Where the server does not hear of it now (the session may be over), it does when this browser proves itself again.
  await Promise.all([keepLock(account), forgetOffline()]);
  showLocked(state, until);
  await telling;
}

/** Locks when nobody did anything for as long as the policy says; by the clock, since a computer may have slept. @param {State} state @param {() => void} lockNow */
function watch(state, lockNow) {
  const ended = new AbortController();
  let last = Date.now();
  const isOver = () => Date.now() - last > state.rules.idleMinutes * 60_000;
  // What ends the wait must not be what hides that it was over.
  const used = () => { if (isOver()) end(); else last = Date.now(); };
  const end = () => {
    ended.abort();
    clearInterval(looking);
    if (close) lockNow();
  };
  for (const event of ['pointerdown', 'keydown', 'wheel', 'visibilitychange']) document.addEventListener(event, used, { signal: ended.signal, capture: true, passive: true });
  const looking = setInterval(() => {
    if (!close) {
      ended.abort();
      clearInterval(looking);
    } else if (isOver()) end();
  }, 5000);
}

/** @typedef {(opened: Opened, fail: (error: unknown) => void) => { stop: () => void, refresh?: () => Promise<void> }} Start */
/** Opens the vault and shows it: at once, or as soon as this browser is let in. @param {Start} start @param {boolean} [isReadOffline] */
export async function run(start, isReadOffline = false) {
  document.querySelector('#status [data-late]')?.remove();
  try {
    const opened = await unlock(isReadOffline);
    const connection = new AbortController();
    // What was on its way when the vault was locked changes nothing any more.
    const view = start(opened, (error) => { if (close) void explain(error, start, isReadOffline); });
    if (isReadOffline) mark(opened.since, () => void view.refresh?.().catch(() => {}), connection.signal);
    close = () => {
      close = undefined;
      connection.abort();
      view.stop();
      opened.sync.stop();
      element('open').hidden = true;
      element('escrow')?.remove();
      element('status').hidden = false;
      releaseAll();
    };
    const lockNow = (/** @type {boolean} */ isIdle) => {
      const { rules: { graceMinutes } } = opened.state;
      const until = isIdle && graceMinutes > 0 ? Date.now() + graceMinutes * 60_000 : 0;
      others.postMessage({ account: opened.account, until });
      // What cannot be kept or sent leaves the page locked all the same.
      void lock(opened.state, opened.account, until).catch(() => showLocked(opened.state));
    };
    watch(opened.state, () => lockNow(true));
    element('lock').onclick = () => lockNow(false);
    others.onmessage = ({ data }) => {
      if (data?.account !== opened.account || !close) return;
      close();
      void forgetOffline();
      showLocked(opened.state, data.until);
    };
    element('status').hidden = true;
    element('open').hidden = false;
    show('open', say.open, '');
    if (opened.since !== undefined) return;
    // A change of keys that was interrupted goes on; what stops it now does not stop the next visit.
    if (opened.vault.isMoving) void opened.sync.finish().catch(() => {});
    void mount(opened, (error) => { if (close) void explain(error, start, isReadOffline); });
  } catch (error) {
    await explain(error, start, isReadOffline);
  }
}

// What nobody expected is said as well: a page that does nothing, and says nothing, leaves people guessing.
for (const event of ['error', 'unhandledrejection']) addEventListener(event, () => toast(common.unexpected));

// Leaving the page forgets the keys, also where the browser would keep the page for the back button.
addEventListener('pagehide', () => close?.());
addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });

/** @param {unknown} error @param {Start} start @param {boolean} isReadOffline @returns {Promise<void>} */
async function explain(error, start, isReadOffline) {
  close?.();
  // What was opened, and refused before anything was shown.
  releaseAll();
  const { code, message } = told(error);
  // The server was reached, and does not open the vault here.
  if (!['offline', 'server-failed'].includes(code)) await forgetOffline();
  if (code === 'session-over') {
    location.assign(`/?to=${location.pathname}`);
  } else if (code === 'two-factor-needed' || code === 'onboarding-needed' || code === 'unlock-needed') {
    // A policy changed meanwhile: the server says where to go.
    location.reload();
  } else if (code === 'device-unknown' || code === 'device-not-proven') {
    try {
      const [wasm, state] = await Promise.all([loadWasm(), ask('/vault/keys')]);
      await wait(wasm, state, proof, show);
      await run(start, isReadOffline);
    } catch (refused) {
      if (told(refused).code === 'device-unknown') show('refused', say.notOpened, told(refused).message);
      else await explain(refused, start, isReadOffline);
    }
  } else if (code === 'vault-replaced') {
    const { at, until, own } = /** @type {Refused} */ (error).said;
    if (own) show('replaced', say.wentBack, say.wentBackText(at, until), say.wentBackSteps);
    else show('replaced', say.replaced, say.replacedText(at, until), say.replacedSteps);
    const said = make('p', { className: 'error', role: 'alert' });
    const back = button(say.bringBack, async () => {
      if (!await question(say.bringBackTitle, say.bringBackText, say.bringItBack)) return;
      try {
        /** @type {State} */
        const state = await ask('/vault/keys');
        const device = await load(`${state.tenant}/${state.user}`);
        if (!device) return location.reload();
        await ask('/vault/former/return', { device: device.id, proof: await proof(state, device) });
        location.reload();
      } catch (refused) {
        const { code, message: why } = told(refused);
        if (code === 'sign-in-again') {
          const { fresh } = await ask('/vault/keys');
          return signInAgain(fresh);
        }
        said.textContent = common.withCode(why, code);
      }
    });
    const way = make('div', { id: 'unlock', className: 'stack tight' }, make('div', { className: 'row' }, back, button(own ? say.joinOther : say.joinFresh, async () => {
      if (!await question(say.joinTitle, say.joinText, say.joinForget)) return;
      const state = await ask('/vault/keys');
      await discard(`${state.tenant}/${state.user}`);
      location.reload();
    }, 'danger')), said);
    element('unlock')?.remove();
    element('status').append(way);
  } else if (code === 'device-locked') {
    const state = await ask('/vault/keys').catch(() => undefined);
    if (state) showLocked(state);
    else location.reload();
  } else if (code === 'device-blocked') {
    show('refused', say.blocked, say.blockedText);
  } else if (code === 'server-failed') {
    show('offline', say.failed, say.nothingLost, [say.waitAMinute]);
  } else if (code === 'offline') {
    show('offline', say.unreached, say.nothingLost, [say.checkConnection]);
  } else {
    show('refused', say.notOpened, message, [say.code(code)]);
  }
}
