// @ts-check
// Escrow as a person meets it: the organisation's keys are followed from those that this browser knows, and nothing is sealed to
// them before its person agreed. Then what admins did to this vault, and the vaults that were handed over to this person.
import { ask, fromBase64, Refused, toBase64, told } from './api.js';
import { agree, ephemeral, importPrivate, importPublic, keepAgreement, load, newId, publicOctets } from './device.js';
import { button, element, make, question, toast } from './dom.js';
import { hold, release } from './program.js';
import { common } from './words/common.js';
import { escrow as say } from './words/vault.js';

/** @typedef {Uint8Array<ArrayBuffer>} Octets */
/** @typedef {{ fingerprint: string, phrase: string, sequence: number, isKnown: boolean, publicKey: (purpose: string) => Octets }} Tenant an organisation's public keys */
/** @typedef {{ phrase: string, encryption: Octets, phraseOf: (device: object) => string }} Account somebody's public keys, as the server claims them */
/** @typedef {{ sequence: number, tenantSequence: number, wrap: string }} Sealed */
/** @typedef {{ name: string, fingerprint: string | null }} Domain */
/** @typedef {{ at: number, by: string }} Anew when the organisation's keys were begun anew, and by whom, as the server has it */
/** @typedef {{ owner: string, email: string, chain: string[], sequence: number, wrap: string, keys: { revision: number, sealed: string }, at: number, by: { user: string, email: string, chain: string[] } }} Handover */
/**
 * @typedef {{
 *   chain: string[], sequence: number, consentedAt: number | null, due: number | null, required: boolean, approval: Sealed | null, transfer: Sealed | null,
 *   domains: Domain[], anew: Anew | null, notices: { id: string, kind: string, device: string | null, at: number, admin: string, recipient: string | null }[], handovers: Handover[],
 * }} Given
 */
/** @typedef {Pick<import('./unlock.js').Opened, 'wasm' | 'vault' | 'sync' | 'state' | 'account'>} Opened */

/** Words that people compare, one by one. @param {string} phrase */
const words = (phrase) => make('span', { className: 'phrase' }, ...phrase.split(' ').map((word) => make('span', { textContent: word })));

/**
 * The organisation's keys. Throws where they are not the ones that this browser knows, and do not follow from them: but where the
 * server says that they were begun anew, they are given, and not known. What this browser knows stays until its person agrees.
 * @param {Pick<Opened, 'wasm' | 'vault' | 'state'>} opened @param {Octets[]} chain @param {Anew | null} anew @param {Sealed | null} [approval] what this person sealed before
 */
export function follow({ wasm, vault, state }, chain, anew, approval) {
  try {
    return vault.tenant(chain, approval?.tenantSequence ?? 0, approval ? fromBase64(approval.wrap) : undefined);
  } catch (error) {
    if (!anew || told(error).code !== 'statement-not-trusted') throw error;
    return wasm.PageTenant.claimed(chain, state.tenant);
  }
}

/**
 * What the server says, and the organisation's keys where it has any.
 * @param {Opened} opened @returns {Promise<{ given: Given, tenant: Tenant | undefined }>}
 */
export async function look(opened) {
  const { vault, sync, account } = opened;
  /** @type {Given} */
  const given = await ask('/vault/escrow');
  if (given.chain.length === 0 && !vault.knowsTenant) return { given, tenant: undefined };
  const before = vault.knowsTenant;
  const tenant = follow(opened, given.chain.map(fromBase64), given.anew, given.approval);
  // Known by what this person signed in another browser: so they agreed.
  if (tenant.isKnown && !before) await keepAgreement(account, true);
  if (tenant.isKnown) await sync.remember();
  return { given, tenant };
}

/**
 * Seals the vault key to the organisation's keys, which have to be the ones that this browser knows: its person has seen their words
 * and agreed, or they were signed by those that were agreed to.
 * @param {Opened} opened @param {Tenant} tenant
 */
export async function consent({ vault, sync }, tenant) {
  const once = [await ephemeral(), await ephemeral()];
  const shared = await Promise.all(['approval', 'transfer'].map(async (purpose, at) => agree(once[at].privateKey, await importPublic(tenant.publicKey(purpose)))));
  const ephemerals = await Promise.all(once.map(({ publicKey }) => publicOctets(publicKey)));
  const { approval, transfer } = vault.escrow(tenant, ephemerals, shared);
  for (const octets of shared) octets.fill(0);
  await ask('/vault/escrow/consent', { sequence: vault.sequence, tenantSequence: tenant.sequence, approval: toBase64(approval), transfer: toBase64(transfer) });
  await sync.remember();
}

/** Whether this browser knows that its person agreed. That they did is what a server would say. @param {Opened} opened */
const hasAgreed = async ({ account }) => (await load(account))?.hasAgreed === true;

/** Whether what was sealed is of other keys than there are now. @param {Given} given @param {Tenant} tenant @param {number} sequence of the person's own statement */
const isOutdated = (given, tenant, sequence) => [given.approval, given.transfer].some((it) => it?.sequence !== sequence || it.tenantSequence !== tenant.sequence);

/** What domains say of the keys, as far as the server may be believed. @param {Domain[]} domains @param {string} fingerprint */
export function published(domains, fingerprint) {
  const other = domains.filter((it) => it.fingerprint && it.fingerprint !== fingerprint);
  const same = domains.filter((it) => it.fingerprint === fingerprint);
  return {
    differs: other.length > 0,
    text: other.length > 0 ? say.publishesOther(other[0].name)
      : same.length > 0 ? say.publishes(same.map((it) => it.name))
        : say.publishesNone,
  };
}

/** Whether these are others in the place of those that this browser knows. @param {Opened} opened @param {Tenant} tenant */
const isOther = ({ vault }, tenant) => vault.knowsTenant && !tenant.isKnown;

/** What somebody agrees to, with a button for it. @param {Opened} opened @param {Given} given @param {Tenant} tenant @param {() => void} done @param {boolean} isDue */
function offer(opened, given, tenant, done, isDue) {
  const { differs, text } = published(given.domains, tenant.fingerprint);
  const error = make('p', { className: 'error', role: 'alert' });
  // Nothing vouches for keys in the place of others but the admin's own words: they are picked, not only seen.
  const picks = isOther(opened, tenant) && make('fieldset', {}, make('legend', { textContent: say.whichWords }),
    ...[tenant.phrase, opened.wasm.decoyPhrase(), opened.wasm.decoyPhrase()].sort().map((phrase, at) => make('label', { className: 'choice', for: `tenant-${at}` }, make('input', { type: 'radio', name: 'tenant', id: `tenant-${at}`, value: phrase }), words(phrase))));
  const agreed = button(say.agree, async () => {
    agreed.disabled = true;
    const picked = picks && /** @type {HTMLInputElement | null} */ (picks.querySelector('input:checked'))?.value;
    if (picks && picked !== tenant.phrase) {
      // Who picks at random does not try until it fits.
      error.textContent = picked ? say.notTheirWords : say.pickFirst;
      agreed.disabled = picked !== undefined;
      return;
    }
    try {
      opened.vault.trust(tenant);
      await keepAgreement(opened.account, true);
      await consent(opened, tenant);
      done();
    } catch (refused) {
      const { code, message } = told(refused);
      error.textContent = code === 'offline' ? say.tryAgain : common.withCode(message, code);
      agreed.disabled = false;
    }
  }, 'primary');
  agreed.disabled = differs;
  return [
    picks && make('p', { className: 'error', textContent: given.anew ? say.begunAnew(given.anew.by, given.anew.at) : '' }),
    make('p', { textContent: say.what }),
    picks || make('p', {}, say.words, words(tenant.phrase)),
    make('p', { className: differs ? 'error' : 'hint', textContent: text }),
    given.due && !isDue && make('p', { className: 'hint', textContent: say.due(given.due) }),
    error, make('div', { className: 'row' }, agreed),
  ].filter((it) => it !== null && it !== false && it !== 0);
}

/** The deadline is over: nothing opens before. @param {Opened} opened @param {(state: string, title: string, text: string) => void} show */
export async function mustConsent(opened, show) {
  const { given, tenant } = await look(opened);
  if (!tenant) throw new Refused('no-escrow-keys', say.noKeys);
  if (given.consentedAt && tenant.isKnown && await hasAgreed(opened)) return consent(opened, tenant);
  show('consent', say.needed, say.neededText);
  /** @type {HTMLElement} */
  const place = make('div', { className: 'stack tight', id: 'consent' });
  try {
    await new Promise((resolve) => {
      place.append(...offer(opened, given, tenant, () => resolve(undefined), true));
      element('status').append(place);
    });
  } finally {
    place.remove();
  }
}

/** Brings what is in a vault that was handed over into this one, in a folder of its own. @param {Opened} opened @param {Handover} it */
async function takeOver({ wasm, vault, sync, state }, it) {
  const owner = new wasm.PageAccount(it.chain.map(fromBase64), state.tenant, it.owner);
  const maker = new wasm.PageAccount(it.by.chain.map(fromBase64), state.tenant, it.by.user);
  const opening = new wasm.PageHandover(owner, fromBase64(it.wrap), maker, vault);
  const own = await importPrivate(vault.decryption, vault.encryption);
  const shared = await agree(own, await importPublic(opening.ephemeral));
  const theirs = hold(opening.open(shared, fromBase64(it.keys.sealed), BigInt(it.keys.revision)));
  shared.fill(0);
  try {
    /** @type {Map<string, import('./sync.js').Row>} */
    const rows = new Map();
    let place = 'since=0';
    for (;;) {
      /** @type {{ rows: import('./sync.js').Row[] }} */
      const answer = await ask(`/vault/escrow/handover?owner=${it.owner}&${place}`);
      for (const row of answer.rows) rows.set(row[0], row);
      const end = answer.rows.at(-1);
      if (!end || end[0] === 'root') break;
      place = `since=${end[3]}&after=${end[0]}`;
    }
    const all = [...rows.values()];
    theirs.receive(new wasm.Rows(all.map((row) => row[0]), all.map((row) => row[1]), Float64Array.from(all, (row) => row[2]), all.map((row) => fromBase64(row[4]))), true);
    const folder = newId('f');
    const items = theirs.ids.filter((id) => id.startsWith('i_')).map((id) => ({ id: newId('i'), kind: /** @type {const} */ ('item'), text: JSON.stringify({ ...JSON.parse(theirs.read(id)), folder }), base: 0 }));
    await sync.save([{ id: folder, kind: 'folder', text: JSON.stringify({ title: say.from(it.email) }), base: 0 }]);
    // A few hundred at once: one change has a size.
    for (let at = 0; at < items.length; at += 200) await sync.save(items.slice(at, at + 200));
    await ask('/vault/escrow/took-over', { owner: it.owner });
    return items.length;
  } finally {
    release(theirs);
  }
}

/**
 * Shows on a page of the vault what there is to say of escrow, and brings up to date what is sealed.
 * @param {Opened} opened @param {(error: unknown) => void} fail
 */
export async function mount(opened, fail) {
  const card = make('section', { className: 'card stack tight', id: 'escrow', aria: { label: say.label }, hidden: true });
  element('escrow')?.remove();
  element('open').lastElementChild?.before(card);
  const again = async () => { if (card.isConnected) await draw(); };
  /** @param {() => Promise<unknown>} work */
  const attempt = (work) => () => work().then(again).catch((error) => {
    const { code, message } = told(error);
    if (code === 'session-over' || code === 'device-not-proven') fail(error);
    else toast(code === 'offline' ? common.nothingChanged : common.withCode(message, code));
  });

  async function draw() {
    const { given, tenant } = await look(opened);
    const isOld = tenant?.isKnown === true && given.consentedAt !== null && isOutdated(given, tenant, opened.vault.sequence);
    if (tenant && isOld && await hasAgreed(opened)) {
      await consent(opened, tenant);
      return draw();
    }
    /** @type {Map<string, string>} */
    const named = new Map(JSON.parse(opened.vault.devices).map((/** @type {{ id: string, name: string }} */ it) => [it.id, it.name]));
    const parts = [];
    if (given.notices.length > 0) {
      /** @type {Record<string, (it: Given['notices'][number]) => string>} */
      const told = {
        fresh: (it) => say.letFresh(it.admin, it.at),
        handover: (it) => say.gaveAway(it.admin, it.recipient, it.at),
        return: (it) => say.cameBack(it.device ? named.get(it.device) ?? say.aBrowser : say.itsPhrase, it.at),
        device: (it) => say.letIn(it.admin, named.get(it.device ?? ''), it.at),
      };
      const isAdmins = given.notices.some((it) => it.kind !== 'return');
      parts.push(make('h2', { textContent: isAdmins ? say.acted : say.broughtBack }), make('ul', { id: 'notices' }, ...given.notices.map((it) => make('li', { textContent: (told[it.kind] ?? told.device)(it) }))),
      make('p', { className: 'hint', textContent: say.notAsked }),
      make('div', { className: 'row' }, button(say.seen, attempt(() => ask('/vault/escrow/seen', { notices: given.notices.map((it) => it.id) })))));
    }
    for (const it of given.handovers) {
      parts.push(make('h2', { textContent: say.vaultOf(it.email) }), make('p', { textContent: say.handedOver(it.by.email, it.at) }),
        make('div', { className: 'row' }, button(say.bring, attempt(async () => toast(say.brought(await takeOver(opened, it)))), 'primary'), button(say.notWanted, attempt(() => ask('/vault/escrow/took-over', { owner: it.owner })))));
    }
    const isDevices = ['/vault/devices', '/vault/recovery'].includes(location.pathname);
    const isAnew = tenant !== undefined && isOther(opened, tenant);
    if (tenant && (isAnew || (isOld || !given.consentedAt) && (given.required || isDevices))) {
      parts.push(make('h2', { textContent: isAnew ? say.anew : say.canHelp }), ...offer(opened, given, tenant, () => { toast(say.thanks); void attempt(async () => {})(); }, false));
    } else if (tenant && given.consentedAt && isDevices) {
      parts.push(make('h2', { textContent: say.helps }), make('p', {}, say.agreedOn(given.consentedAt), words(tenant.phrase)),
        !given.required && make('div', { className: 'row' }, button(say.takeBack, attempt(async () => {
          if (!await question(say.takeBackTitle, say.takeBackText, say.takeBack)) return;
          await keepAgreement(opened.account, false);
          await ask('/vault/escrow/withdraw', {});
        }))));
    }
    if (isDevices) parts.push(make('p', { className: 'hint' }, say.ownWords, words(opened.vault.accountPhrase)));
    card.replaceChildren(.../** @type {(Node | string)[]} */ (parts.filter((it) => typeof it !== 'boolean')));
    card.hidden = parts.length === 0;
    // What waits for an answer comes first; what is only good to know, last.
    const isAsking = given.notices.length > 0 || given.handovers.length > 0 || isAnew || isOld || (tenant && !given.consentedAt);
    if (isAsking) element('open').prepend(card);
    else element('open').lastElementChild?.before(card);
  }
  try {
    await draw();
  } catch (error) {
    const { code, message } = told(error);
    if (code === 'session-over' || code === 'device-not-proven') return fail(error);
    if (code === 'offline') return;
    // The vault is as good as before: nothing is sealed to keys that are not known.
    card.replaceChildren(make('h2', { textContent: say.distrust }), make('p', { className: 'error', role: 'alert', textContent: common.withCode(message, code) }));
    card.hidden = false;
  }
}
