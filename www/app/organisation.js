// @ts-check
// The page of an organisation's keys: made, shared and changed in the browsers of its admins, who open with them what people sealed
// there: for a new browser of theirs, or for who takes a vault over.
import { ask, fromBase64, signInAgain, toBase64, told } from './api.js';
import { agree, extractablePair, importPrivate, importPublic } from './device.js';
import { button, element, make, question, toast, warning } from './dom.js';
import { follow, published } from './escrow.js';
import { openGrants, PURPOSES } from './holding.js';
import { kitForm, offerKit } from './kit.js';
import { hold, release } from './program.js';
import { sealTo } from './rotation.js';
import { run } from './unlock.js';
import { words } from './waiting.js';
import { common } from './words/common.js';
import { refusals, say } from './words/organisation.js';

/** @typedef {Uint8Array<ArrayBuffer>} Octets */
/** @typedef {import('./escrow.js').Account} Account */
/** @typedef {import('./escrow.js').Tenant} Tenant */
/** @typedef {import('./sync.js').Vault} Vault */
/**
 * @typedef {{
 *   tenant: Tenant, statement: Octets, holds: (purpose: string) => boolean, privateKey: (purpose: string) => Octets, free: () => void,
 *   rotate: (approval: Octets, approvalPrivate: Octets, transfer: Octets, transferPrivate: Octets) => Keys,
 *   ephemeralOf: (purpose: string, wrap: Octets, granter: Account, admin: Vault) => Octets,
 *   receive: (purpose: string, wrap: Octets, granter: Account, admin: Vault, shared: Octets) => void,
 *   grant: (purpose: string, to: Account, by: Vault, ephemeral: Octets, shared: Octets) => Octets,
 *   kit: (phrase: import('./unlock.js').Phrase) => string, openKit: (file: Octets, phrase: import('./unlock.js').Phrase) => void, prove: (text: string) => Octets,
 *   ephemeralOfEscrow: (purpose: string, wrap: Octets, person: Account) => Octets,
 *   letIn: (wrap: Octets, person: Account, opened: Octets, keys: Octets, revision: bigint, device: object, ephemeral: Octets, shared: Octets) => { wrap: Octets, share: Octets },
 *   handOver: (wrap: Octets, person: Account, opened: Octets, to: Account, by: Vault, ephemeral: Octets, shared: Octets) => Octets,
 * }} Keys what an admin holds of one statement
 * @typedef {{
 *   begin: (tenant: string, approval: Octets, approvalPrivate: Octets, transfer: Octets, transferPrivate: Octets) => Keys,
 *   at: (chain: Octets[], sequence: number, trusted: Tenant) => Keys,
 * }} KeysOf
 */
/** @typedef {{ sequence: number, purpose: string, account: number, wrap: string, by: string, granter: string[] }} Grant */
/**
 * @typedef {{
 *   chain: string[], grants: Grant[], holders: { user: string, email: string, name: string, purpose: string, sequence: number }[], domains: import('./escrow.js').Domain[], anew: import('./escrow.js').Anew | null, isHeld: boolean,
 *   twoPersons: boolean, kitAt: number, account: number, isKeeper: boolean, isRoot: boolean, mayApprove: boolean, mayTransfer: boolean,
 * }} State
 */
/**
 * @typedef {{
 *   user: string, email: string, person: string, chain: string[], device: string, name: string, encryption: string, signing: string, at: number, until: number,
 *   fresh: boolean, votes: number, voted: boolean, first: boolean, refusal: string | null, sealedTo: number | null,
 * }} Waiting
 */
/** @typedef {{ user: string, email: string, name: string, status: string, chain: string[], mayHold: string[] }} Person */

/** How often it looks who waits. */
const EVERY = 3000;
/** How many who wait are shown, how many more each time, and the most: more come as those are answered. */
const [QUEUE, LONGEST] = [50, 500];

await run(({ wasm, vault, sync, state }, fail) => {
  const [queue, keys, leaver] = ['queue', 'keys', 'leaver'].map(element);
  const ended = new AbortController();
  /** What this admin holds, by statement. @type {Map<number, Keys>} */
  const held = new Map();
  /** Who holds which. @type {State['holders']} */
  let holders = [];
  let drawn = '';
  /** The form of each who waits: what was picked in one stays when somebody else asks. @type {Map<string, HTMLElement> | undefined} */
  let forms;
  let most = QUEUE;

  /** @param {() => Promise<unknown>} work */
  const attempt = (work) => () => work().catch((error) => {
    const { code, message } = told(error);
    if (code === 'session-over' || code === 'device-not-proven') fail(error);
    else if (code === 'sign-in-again') void askToSignIn();
    else if (code === 'privilege-missing' && drawn === '') {
      ended.abort();
      keys.replaceChildren(make('p', { textContent: say.notForYou }));
      queue.replaceChildren();
    } else toast(code === 'offline' ? common.nothingChanged : code === 'request-answered' || code === 'request-expired' ? say.answered : common.withCode(refusals[code] ?? message, code));
  });

  /** What opens somebody's vault, or changes who can, is for who signed in lately. */
  async function askToSignIn() {
    if (await question(say.signInFirst, say.signInFirstText, say.signInAgain)) signInAgain(state.fresh);
  }

  /** @param {Keys} its @param {number} sequence @param {string} purpose @param {Account} to @param {string} admin @param {number} account */
  const grantTo = async (its, sequence, purpose, to, admin, account) => ({ admin, account, sequence, purpose, wrap: toBase64(await sealTo(to.encryption, (once, shared) => its.grant(purpose, to, vault, once, shared))) });

  /** Makes the keys, or the next ones. @param {{ leaving?: string, anew?: boolean }} [how] */
  async function makeKeys({ leaving, anew } = {}) {
    const [approval, transfer] = [await extractablePair(), await extractablePair()];
    const last = anew ? 0 : Math.max(0, ...held.keys());
    const pairs = /** @type {const} */ ([approval.publicKey, approval.privateKey, transfer.publicKey, transfer.privateKey]);
    const made = hold(last === 0 ? wasm.PageKeys.begin(state.tenant, ...pairs) : /** @type {Keys} */ (held.get(last)).rotate(...pairs));
    approval.privateKey.fill(0);
    transfer.privateKey.fill(0);
    const grants = [];
    for (const purpose of PURPOSES) grants.push(await grantTo(made, made.tenant.sequence, purpose, vault.ownAccount, state.user, vault.sequence));
    await ask('/vault/organisation/keys', { statement: toBase64(made.statement), grants, ...(leaving ? { leaving } : {}), ...(anew ? { anew } : {}) });
    vault.trust(made.tenant);
    await sync.remember();
    release(made);
    if (anew) forgetHeld();
    toast(last === 0 ? say.made : say.changed);
    await refresh();
  }

  function forgetHeld() {
    release(...held.values());
    held.clear();
  }

  /** The way on where nobody holds the keys, nor a kit of them. */
  const offerAnew = () => make('details', { id: 'anew' }, make('summary', { textContent: say.noKitEither }), make('div', { className: 'stack tight' }, make('p', { textContent: say.anewText }),
    make('div', { className: 'row' }, button(say.anew, attempt(async () => {
      const typed = await question(say.anewTitle, say.anewMeans, say.beginAnew, say.typeAnew);
      if (typed === undefined) return;
      if (typed.toLowerCase() !== say.anewWords) return toast(say.notTyped);
      await makeKeys({ anew: true });
    }), 'danger'))));

  /** Asks whether somebody's words are theirs. @param {Person} person @param {string} title @param {string} yes */
  async function compared(person, title, yes) {
    const account = new wasm.PageAccount(person.chain.map(fromBase64), state.tenant, person.user);
    const said = await question(title, say.compare(person.email, account.phrase), yes);
    return said ? account : undefined;
  }

  /** @param {string} email */
  async function share(email) {
    /** @type {Person} */
    const person = await ask('/vault/organisation/person', { email });
    if (person.chain.length === 0) return toast(say.noVault);
    if (person.mayHold.length === 0) return toast(say.mayNotHold);
    const account = await compared(person, say.shareTitle(person.email), say.sameWords);
    if (!account) return;
    const grants = [];
    for (const [sequence, its] of held) {
      for (const purpose of person.mayHold.filter((it) => its.holds(it))) grants.push(await grantTo(its, sequence, purpose, account, person.user, person.chain.length));
    }
    await ask('/vault/organisation/share', { user: person.user, grants });
    toast(say.shared(person.email));
    await refresh();
  }

  /** A form of one e-mail address. @param {string} id @param {string} label @param {string} yes @param {(email: string) => Promise<unknown>} work */
  function mailForm(id, label, yes, work) {
    const input = make('input', { id, type: 'email', required: true, autocomplete: 'off' });
    return make('form', { className: 'stack tight', onsubmit: (event) => { event.preventDefault(); void attempt(() => work(input.value))(); } },
      make('div', { className: 'field' }, make('label', { for: id, textContent: label }), input), make('div', { className: 'row' }, make('button', { textContent: yes })));
  }

  /** A value to take elsewhere. @param {string} label @param {HTMLElement} value */
  const toCopy = (label, value) => make('dl', { className: 'field' }, make('dt', { textContent: label }), make('dd', { className: 'frame' }, value, make('button', { type: 'button', className: 'bare', textContent: say.copy, aria: { label: say.copyOf(label) }, onclick: async () => {
    const isCopied = await navigator.clipboard.writeText(value.textContent ?? '').then(() => true, () => false);
    toast(isCopied ? say.copied : common.notCopied);
  } })));

  /** @param {State} given @param {Tenant | undefined} tenant @param {Octets[]} chain */
  function drawKeys(given, tenant, chain) {
    if (!tenant) {
      return keys.replaceChildren(make('p', { textContent: say.none }),
        given.isKeeper ? make('div', { className: 'row' }, button(say.make, attempt(() => makeKeys()), 'primary')) : make('p', { className: 'hint', textContent: say.whoMakes }));
    }
    /** @type {HTMLElement[]} */
    const shown = [make('dl', { className: 'field' }, make('dt', { textContent: say.theirWords }), make('dd', { className: 'frame' }, words(tenant.phrase)))];
    const lost = given.isKeeper && !given.isHeld ? [warning(say.lost), offerAnew()] : [];
    if (!tenant.isKnown) {
      const why = vault.knowsTenant && given.anew ? say.begunAnew(given.anew.by, given.anew.at) : say.unknown;
      return keys.replaceChildren(...shown, ...lost, make('p', { textContent: why }),
        make('div', { className: 'row' }, button(say.sameWords, attempt(async () => {
          vault.trust(tenant);
          await sync.remember();
          drawn = '';
          await refresh();
        }), 'primary')));
    }
    const record = `keyward-escrow=${tenant.fingerprint}`;
    shown.push(make('p', { textContent: say.publish }), toCopy(say.recordName, make('code', { textContent: `_keyward-challenge.${given.domains[0]?.name ?? say.yourDomain}` })), toCopy(say.recordValue, make('code', { id: 'record', textContent: record })),
      make('p', { className: 'hint', textContent: published(given.domains, tenant.fingerprint).text }));
    const last = holders.filter((it) => it.sequence === tenant.sequence);
    const people = [...new Map(last.map((it) => [it.user, it])).values()];
    shown.push(make('h3', { textContent: say.holders }), make('ul', { id: 'holders', className: 'rows' }, ...people.map((it) => make('li', {}, make('div', {}, make('b', { textContent: it.email }), make('p', { className: 'hint', textContent: last.filter(({ user }) => user === it.user).map(({ purpose }) => purpose).sort().join(', ') })),
      it.user !== state.user && given.isKeeper && button(say.takeAway, attempt(async () => {
        if (await question(say.takeAwayTitle(it.email), say.takeAwayText, say.change)) await makeKeys({ leaving: it.user });
      }), 'danger')))));
    if (people.length === 1) shown.push(warning(say.onlyOne));
    const own = held.get(tenant.sequence);
    const holdsAll = own && PURPOSES.every((purpose) => own.holds(purpose));
    if (given.isKeeper && holdsAll) {
      shown.push(...offerKit({ wasm }, own, given.kitAt, attempt, refresh));
    } else if (given.isKeeper) {
      shown.push(kitForm({ wasm, vault, state }, chain, tenant, attempt, async () => {
        toast(say.holdAgain);
        await refresh();
      }), ...lost);
    }
    if (given.isKeeper) {
      shown.push(mailForm('share', say.otherAdmin, say.share, share), make('div', { className: 'row' }, button(say.change, attempt(async () => {
        if (await question(say.changeTitle, say.changeText, say.change)) await makeKeys();
      }))));
    }
    if (given.isRoot) {
      const two = make('input', { type: 'checkbox', id: 'two-persons', checked: given.twoPersons, onchange: attempt(async () => { await ask('/vault/organisation/rules', { twoPersons: two.checked }); }) });
      shown.push(make('label', { className: 'choice', for: 'two-persons' }, two, say.two));
    }
    keys.replaceChildren(...shown);
  }

  /** @param {Waiting} it @param {object} page */
  async function letIn(it, page) {
    /** @type {{ escrow: import('./escrow.js').Sealed | null, keys: { revision: number, sealed: string } | null }} */
    const { escrow, keys: given } = await ask('/vault/organisation/open', { user: it.user, device: it.device });
    if (!escrow || !given) throw Object.assign(new Error(refusals['no-escrow']), { code: 'no-escrow' });
    const its = held.get(escrow.tenantSequence);
    if (!its?.holds('approval')) throw Object.assign(new Error(whoElse(escrow.tenantSequence, 'approval')), { code: 'escrow-not-held' });
    const [person, wrap] = [new wasm.PageAccount(it.chain.map(fromBase64), state.tenant, it.user), fromBase64(escrow.wrap)];
    const approval = await importPrivate(its.privateKey('approval'), its.tenant.publicKey('approval'));
    const opened = await agree(approval, await importPublic(its.ephemeralOfEscrow('approval', wrap, person)));
    try {
      return await sealTo(fromBase64(it.encryption), (once, shared) => its.letIn(wrap, person, opened, fromBase64(given.sealed), BigInt(given.revision), page, once, shared));
    } finally {
      opened.fill(0);
    }
  }

  /** @param {Waiting} it @param {string} said */
  async function deny(it, said) {
    await ask('/vault/organisation/deny', { user: it.user, device: it.device });
    toast(said);
    await refresh();
  }

  /** Why this admin's keys do not open what somebody sealed, and whose do. @param {number} sequence @param {string} purpose */
  function whoElse(sequence, purpose) {
    if (held.get(sequence)?.holds(purpose)) return undefined;
    const able = holders.filter((it) => it.sequence === sequence && it.purpose === purpose);
    return able.some(({ user }) => user === state.user) ? say.unknownYet : say.notHeld(able.map(({ email }) => email));
  }
  /** The same of who waits. @param {Waiting} it */
  const whoCan = (it) => (it.refusal === null && !it.fresh && it.sealedTo !== null ? whoElse(it.sealedTo, 'approval') : undefined);

  /** @param {Waiting} it */
  function request(it) {
    const other = whoCan(it);
    const page = new wasm.PageDevice(it.device, it.name, fromBase64(it.encryption), fromBase64(it.signing));
    const right = new wasm.PageAccount(it.chain.map(fromBase64), state.tenant, it.user).phraseOf(page);
    const choices = [right, wasm.decoyPhrase(), wasm.decoyPhrase()].sort();
    const name = `phrase-${it.device}`;
    const approve = async () => {
      // The first of two opens nothing.
      const letting = it.fresh || it.first ? {} : await letIn(it, page).then(({ wrap, share: part }) => ({ wrap: toBase64(wrap), share: toBase64(part) }));
      const { oneMore } = await ask('/vault/organisation/approve', { user: it.user, device: it.device, fresh: it.fresh, ...letting });
      toast(oneMore ? say.oneMore : it.fresh ? say.mayBegin : say.letIn);
      await refresh();
    };
    const form = make('form', { className: 'stack tight', onsubmit: (event) => {
      event.preventDefault();
      const picked = new FormData(form).get(name);
      // Somebody who picks at random must not let anybody in at the second try.
      void attempt(() => (picked === right ? approve() : deny(it, say.wrongWords)))();
    } },
    make('fieldset', {}, make('legend', {}, make('b', { textContent: it.email }), it.fresh ? say.asksFresh(it.name, it.at) : say.asksIn(it.name, it.at), say.callThem),
      ...choices.map((choice, at) => make('label', { className: 'choice', for: `${name}-${at}` }, make('input', { type: 'radio', name, id: `${name}-${at}`, value: choice, required: true }), words(choice)))),
    it.votes > 0 && make('p', { className: 'hint', textContent: it.voted ? say.youApproved : say.oneApproved }),
    it.refusal && make('p', { className: 'hint', textContent: refusals[it.refusal] ?? it.refusal }),
    other && make('p', { className: 'hint', textContent: other }),
    make('div', { className: 'row' }, it.refusal === 'sign-in-again' ? button(say.signInAgain, () => signInAgain(state.fresh), 'primary') : make('button', { className: 'primary', textContent: it.fresh ? say.approveFresh : say.allow, disabled: it.refusal !== null || (it.first && it.voted) || other !== undefined }), button(say.deny, attempt(() => deny(it, say.denied)), 'danger')));
    return form;
  }

  /** @param {string} email @param {string} to */
  async function handOver(email, to) {
    const from = await ask('/vault/organisation/leaver', { email });
    /** @type {Person} */
    const successor = await ask('/vault/organisation/person', { email: to });
    const its = held.get(from.escrow.tenantSequence);
    if (!its?.holds('transfer')) throw Object.assign(new Error(whoElse(from.escrow.tenantSequence, 'transfer')), { code: 'escrow-not-held' });
    const account = await compared(successor, say.handOverTitle(from.email, successor.email), say.sameWords);
    if (!account) return;
    const [person, wrap] = [new wasm.PageAccount(from.chain.map(fromBase64), state.tenant, from.user), fromBase64(from.escrow.wrap)];
    const transfer = await importPrivate(its.privateKey('transfer'), its.tenant.publicKey('transfer'));
    const opened = await agree(transfer, await importPublic(its.ephemeralOfEscrow('transfer', wrap, person)));
    const handed = await sealTo(account.encryption, (once, shared) => its.handOver(wrap, person, opened, account, vault, once, shared));
    opened.fill(0);
    await ask('/vault/organisation/transfer', { user: from.user, to: successor.user, account: successor.chain.length, wrap: toBase64(handed) });
    toast(say.handedOver(successor.email));
  }

  function drawLeaver() {
    const input = (/** @type {string} */ id) => make('input', { id, type: 'email', required: true, autocomplete: 'off' });
    const [from, to] = [input('leaver-email'), input('successor-email')];
    // Who was looked at in the console.
    from.value = new URLSearchParams(location.hash.slice(1)).get('from') ?? '';
    if (from.value) setTimeout(() => to.focus());
    leaver.replaceChildren(make('p', { textContent: say.leaverText }), make('form', { className: 'stack tight', onsubmit: (event) => { event.preventDefault(); void attempt(() => handOver(from.value, to.value))(); } },
      make('div', { className: 'field' }, make('label', { for: 'leaver-email', textContent: say.leaver }), from), make('div', { className: 'field' }, make('label', { for: 'successor-email', textContent: say.successor }), to),
      make('div', { className: 'row' }, make('button', { textContent: say.handOver }))));
  }

  /** Below those who wait, where there are more. */
  const more = () => make('div', { className: 'row' }, button(say.more, attempt(async () => {
    most = Math.min(most + QUEUE, LONGEST);
    await refresh();
  })), make('p', { className: 'hint', textContent: say.moreWait }));

  async function refresh() {
    /** @type {State} */
    const given = await ask('/vault/organisation/state');
    const chain = given.chain.map(fromBase64);
    const tenant = chain.length === 0 && !vault.knowsTenant ? undefined : follow({ wasm, vault, state }, chain, given.anew);
    if (tenant?.isKnown) {
      await sync.remember();
      await openGrants({ wasm, vault, state }, given, tenant, held);
    }
    ({ holders } = given);
    /** @type {{ waiting: Waiting[], hasMore: boolean }} */
    const { waiting, hasMore } = given.mayApprove ? await ask(`/vault/organisation/queue?most=${most}`) : { waiting: [], hasMore: false };
    const before = forms;
    forms = new Map(waiting.map((it) => {
      const key = JSON.stringify([it, whoCan(it)]);
      return [key, before?.get(key) ?? request(it)];
    }));
    if (hasMore) forms.set('more', before?.get('more') ?? more());
    if (!before || String([...forms.keys()]) !== String([...before.keys()])) {
      // What is put in anew loses the keyboard, though it is the same.
      const had = /** @type {HTMLElement | null} */ (queue.querySelector(':focus'));
      queue.replaceChildren(...(forms.size > 0 ? forms.values() : [make('p', { className: 'hint', textContent: given.mayApprove ? say.nobody : say.mayNotApprove })]));
      if (had?.isConnected) had.focus({ preventScroll: true });
    }
    const now = JSON.stringify([given.chain.length, given.kitAt, [...held.keys()], given.holders, given.domains, given.twoPersons, given.isHeld, tenant?.fingerprint, tenant?.isKnown]);
    if (now === drawn) return;
    drawn = now;
    drawKeys(given, tenant, chain);
    const mayTransfer = given.mayTransfer && tenant?.isKnown === true;
    if (mayTransfer && element('leavers').hidden) drawLeaver();
    element('leavers').hidden = !mayTransfer;
  }

  const look = async () => {
    if (ended.signal.aborted) return;
    if (document.visibilityState === 'visible' && !document.querySelector('dialog[open], #kit-words')) await attempt(refresh)();
    setTimeout(look, EVERY);
  };
  void look();
  return {
    stop() {
      ended.abort();
      forgetHeld();
      for (const place of [queue, keys, leaver]) place.replaceChildren();
      element('leavers').hidden = true;
      document.querySelector('dialog[open]')?.remove();
    },
  };
});
