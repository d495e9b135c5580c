// @ts-check
// The page of an organisation's keys: made, shared and changed in the browsers of its admins, who open with them what people sealed
// there: for a new browser of theirs, or for who takes a vault over.
import { ask, fromBase64, signInAgain, toBase64, told } from './api.js';
import { agree, extractablePair, importPrivate, importPublic } from './device.js';
import { button, element, make, question, toast } from './dom.js';
import { published } from './escrow.js';
import { openGrants, PURPOSES } from './holding.js';
import { kitForm, offerKit } from './kit.js';
import { sealTo } from './rotation.js';
import { run } from './unlock.js';
import { words } from './waiting.js';

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
 *   kit: (phrase: import('./unlock.js').Phrase) => Record<'approval' | 'transfer' | 'signing', Octets>, unlock: (purpose: string, locked: Octets, phrase: import('./unlock.js').Phrase) => void, prove: (text: string) => Octets,
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
 *   chain: string[], grants: Grant[], holders: { user: string, email: string, name: string, purpose: string }[], domains: import('./escrow.js').Domain[],
 *   twoPersons: boolean, kitAt: number, account: number, isKeeper: boolean, isRoot: boolean, mayApprove: boolean, mayTransfer: boolean,
 * }} State
 */
/**
 * @typedef {{
 *   user: string, email: string, person: string, chain: string[], device: string, name: string, encryption: string, signing: string, at: number, until: number,
 *   fresh: boolean, votes: number, voted: boolean, refusal: string | null,
 * }} Waiting
 */
/** @typedef {{ user: string, email: string, name: string, status: string, chain: string[], mayHold: string[] }} Person */

/** How often it looks who waits. */
const EVERY = 3000;
const time = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** Why an admin cannot answer, in words. @type {Record<string, string>} */
const REFUSALS = {
  'own-request': 'This is your own browser: another admin has to answer.',
  'edited-connection': 'You changed how these people sign in within the last 7 days: another admin has to answer.',
  'no-escrow': 'This person has not agreed to escrow, so nobody can let them in. They may ask for a fresh vault.',
  'restricted-by-policy': 'A policy of this person does not let admins approve.',
  'device-unknown': 'Their account is not active.',
  'sign-in-again': 'You signed in more than 15 minutes ago: sign in again, and answer then.',
};

await run(({ wasm, vault, sync, state }, fail) => {
  const [queue, keys, leaver] = ['queue', 'keys', 'leaver'].map(element);
  const ended = new AbortController();
  /** What this admin holds, by statement. @type {Map<number, Keys>} */
  const held = new Map();
  let drawn = '';

  /** @param {() => Promise<unknown>} work */
  const attempt = (work) => () => work().catch((error) => {
    const { code, message } = told(error);
    if (code === 'session-over' || code === 'device-not-proven') fail(error);
    else if (code === 'sign-in-again') void askToSignIn();
    else if (code === 'privilege-missing' && drawn === '') {
      ended.abort();
      keys.replaceChildren(make('p', { textContent: 'This page is for admins who approve devices or transfer vaults.' }));
      queue.replaceChildren();
    } else toast(code === 'offline' ? 'The server cannot be reached. Nothing was changed.' : code === 'request-answered' || code === 'request-expired' ? 'It is answered already, or too old.' : `${REFUSALS[code] ?? message} (${code})`);
  });

  /** What opens somebody's vault, or changes who can, is for who signed in lately. */
  async function askToSignIn() {
    if (await question('Sign in again first', 'This is for who signed in within the last 15 minutes. Nothing was changed.', 'Sign in again')) signInAgain(state.fresh);
  }

  /** @param {Keys} its @param {number} sequence @param {string} purpose @param {Account} to @param {string} admin @param {number} account */
  const grantTo = async (its, sequence, purpose, to, admin, account) => ({ admin, account, sequence, purpose, wrap: toBase64(await sealTo(to.encryption, (once, shared) => its.grant(purpose, to, vault, once, shared))) });

  /** Makes the keys, or the next ones. @param {string} [leaving] */
  async function makeKeys(leaving) {
    const [approval, transfer] = [await extractablePair(), await extractablePair()];
    const last = Math.max(0, ...held.keys());
    const pairs = /** @type {const} */ ([approval.publicKey, approval.privateKey, transfer.publicKey, transfer.privateKey]);
    const made = last === 0 ? wasm.PageKeys.begin(state.tenant, ...pairs) : /** @type {Keys} */ (held.get(last)).rotate(...pairs);
    approval.privateKey.fill(0);
    transfer.privateKey.fill(0);
    const grants = [];
    for (const purpose of PURPOSES) grants.push(await grantTo(made, made.tenant.sequence, purpose, vault.ownAccount, state.user, vault.sequence));
    await ask('/vault/organisation/keys', { statement: toBase64(made.statement), grants, ...(leaving ? { leaving } : {}) });
    vault.trust(made.tenant);
    await sync.remember();
    made.free();
    toast(last === 0 ? 'The keys are made.' : 'The keys are changed. Share them again with who is to have them.');
    await refresh();
  }

  /** Asks whether somebody's words are theirs. @param {Person} person @param {string} title @param {string} yes */
  async function compared(person, title, yes) {
    const account = new wasm.PageAccount(person.chain.map(fromBase64), state.tenant, person.user);
    const said = await question(title, `Call ${person.email} and compare: on their page Devices, their account has the words \u201c${account.phrase}\u201d. If it has others, this server lies: do not go on.`, yes);
    return said ? account : undefined;
  }

  /** @param {string} email */
  async function share(email) {
    /** @type {Person} */
    const person = await ask('/vault/organisation/person', { email });
    if (person.chain.length === 0) return toast('They have no vault yet: they have to open theirs once.');
    if (person.mayHold.length === 0) return toast('Their roles do not let them hold the keys.');
    const account = await compared(person, `Share the keys with ${person.email}?`, 'The words are the same');
    if (!account) return;
    const grants = [];
    for (const [sequence, its] of held) {
      for (const purpose of person.mayHold.filter((it) => its.holds(it))) grants.push(await grantTo(its, sequence, purpose, account, person.user, person.chain.length));
    }
    await ask('/vault/organisation/share', { user: person.user, grants });
    toast(`${person.email} holds the keys, too.`);
    await refresh();
  }

  /** A form of one e-mail address. @param {string} id @param {string} label @param {string} yes @param {(email: string) => Promise<unknown>} work */
  function mailForm(id, label, yes, work) {
    const input = make('input', { id, type: 'email', required: true, autocomplete: 'off' });
    return make('form', { className: 'stack tight', onsubmit: (event) => { event.preventDefault(); void attempt(() => work(input.value))(); } },
      make('div', { className: 'field' }, make('label', { for: id, textContent: label }), input), make('div', { className: 'row' }, make('button', { textContent: yes })));
  }

  /** @param {State} given @param {Tenant | undefined} tenant @param {Octets[]} chain */
  function drawKeys(given, tenant, chain) {
    if (!tenant) {
      return keys.replaceChildren(make('p', { textContent: 'Your organisation has no keys. With them an admin can let people in who lost every browser, and hand over the vaults of those who leave, where people agreed. They are made in this browser, and sealed to your own vault.' }),
        given.isKeeper ? make('div', { className: 'row' }, button('Make the keys', attempt(() => makeKeys()), 'primary')) : make('p', { className: 'hint', textContent: 'Who may approve devices and transfer vaults at the root makes them.' }));
    }
    /** @type {HTMLElement[]} */
    const shown = [make('p', {}, 'They have these words: ', words(tenant.phrase))];
    if (!tenant.isKnown) {
      return keys.replaceChildren(...shown, make('p', { textContent: 'This browser does not know them. Compare the words with who shared the keys with you, before you use them.' }),
        make('div', { className: 'row' }, button('The words are the same', attempt(async () => {
          vault.trust(tenant);
          await sync.remember();
          drawn = '';
          await refresh();
        }), 'primary')));
    }
    const record = `keyward-escrow=${tenant.fingerprint}`;
    shown.push(make('p', {}, 'Publish their fingerprint beside the proof of each domain, as a TXT record of ', make('code', { textContent: `_keyward-challenge.${given.domains[0]?.name ?? 'your domain'}` }), ': ', make('code', { id: 'record', textContent: record })),
      make('p', { className: 'hint', textContent: published(given.domains, tenant.fingerprint).text }));
    const people = [...new Map(given.holders.map((it) => [it.user, it])).values()];
    shown.push(make('h3', { textContent: 'Who holds them' }), make('ul', { id: 'holders', className: 'rows' }, ...people.map((it) => make('li', {}, make('div', {}, make('b', { textContent: it.email }), make('p', { className: 'hint', textContent: given.holders.filter(({ user }) => user === it.user).map(({ purpose }) => purpose).join(', ') })),
      it.user !== state.user && given.isKeeper && button('Take away', attempt(async () => {
        if (await question(`Take the keys away from ${it.email}?`, 'The keys are changed, so that the old ones open nothing new. Share the new ones again with who is to have them; people\u2019s browsers seal to them at their next visit.', 'Change the keys')) await makeKeys(it.user);
      }), 'danger')))));
    if (people.length < 2) shown.push(make('p', { className: 'error', textContent: 'Only one person holds the keys. If they lose their vault, nobody can be helped: share the keys with a second admin.' }));
    const own = held.get(tenant.sequence);
    const holdsAll = own && PURPOSES.every((purpose) => own.holds(purpose));
    if (given.isKeeper && holdsAll) {
      shown.push(...offerKit({ wasm, state }, own, given.kitAt, attempt));
    } else if (given.isKeeper) {
      shown.push(kitForm({ wasm, vault, state }, chain, tenant, attempt, async () => {
        toast('You hold the keys again.');
        await refresh();
      }));
    }
    if (given.isKeeper) {
      shown.push(mailForm('share', 'E-mail of another admin', 'Share the keys', share), make('div', { className: 'row' }, button('Change the keys', attempt(async () => {
        if (await question('Change the keys?', 'Share the new ones again with who is to have them; people\u2019s browsers seal to them at their next visit.', 'Change the keys')) await makeKeys();
      }))));
    }
    if (given.isRoot) {
      const two = make('input', { type: 'checkbox', id: 'two-persons', checked: given.twoPersons, onchange: attempt(async () => { await ask('/vault/organisation/rules', { twoPersons: two.checked }); }) });
      shown.push(make('label', { className: 'choice', for: 'two-persons' }, two, 'Two admins have to approve a browser or a fresh vault'));
    }
    keys.replaceChildren(...shown);
  }

  /** @param {Waiting} it @param {object} page */
  async function letIn(it, page) {
    /** @type {{ escrow: import('./escrow.js').Sealed | null, keys: { revision: number, sealed: string } | null }} */
    const { escrow, keys: given } = await ask('/vault/organisation/open', { user: it.user, device: it.device });
    if (!escrow || !given) throw Object.assign(new Error(REFUSALS['no-escrow']), { code: 'no-escrow' });
    const its = held.get(escrow.tenantSequence);
    if (!its?.holds('approval')) throw Object.assign(new Error('You do not hold the key that this person sealed to: ask who shares the keys.'), { code: 'escrow-not-held' });
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

  /** @param {Waiting} it */
  function request(it) {
    const page = new wasm.PageDevice(it.device, it.name, fromBase64(it.encryption), fromBase64(it.signing));
    const right = new wasm.PageAccount(it.chain.map(fromBase64), state.tenant, it.user).phraseOf(page);
    const choices = [right, wasm.decoyPhrase(), wasm.decoyPhrase()].sort();
    const name = `phrase-${it.device}`;
    const approve = async () => {
      const letting = it.fresh ? {} : await letIn(it, page).then(({ wrap, share: part }) => ({ wrap: toBase64(wrap), share: toBase64(part) }));
      const { oneMore } = await ask('/vault/organisation/approve', { user: it.user, device: it.device, ...letting });
      toast(oneMore ? 'Another admin has to do the same.' : it.fresh ? 'They may begin a fresh vault.' : 'It is let in.');
      await refresh();
    };
    const form = make('form', { className: 'stack tight', onsubmit: (event) => {
      event.preventDefault();
      const picked = new FormData(form).get(name);
      // Somebody who picks at random must not let anybody in at the second try.
      void attempt(() => (picked === right ? approve() : deny(it, 'Those are not its words, so it was denied. They may ask again.')))();
    } },
    make('fieldset', {}, make('legend', {}, make('b', { textContent: it.email }), it.fresh ? ` lost everything and asks for a fresh vault, in ${it.name}, ${time.format(it.at)}. The old vault is put aside for 30 days. ` : ` asks to be let in, in ${it.name}, ${time.format(it.at)}. `, 'Call them: which words does their screen show?'),
      ...choices.map((choice, at) => make('label', { className: 'choice', for: `${name}-${at}` }, make('input', { type: 'radio', name, id: `${name}-${at}`, value: choice, required: true }), words(choice)))),
    it.votes > 0 && make('p', { className: 'hint', textContent: it.voted ? 'You approved it; another admin has to do the same.' : 'One admin approved it.' }),
    it.refusal && make('p', { className: 'hint', textContent: REFUSALS[it.refusal] ?? it.refusal }),
    make('div', { className: 'row' }, it.refusal === 'sign-in-again' ? button('Sign in again', () => signInAgain(state.fresh), 'primary') : make('button', { className: 'primary', textContent: it.fresh ? 'Approve a fresh vault' : 'Let in', disabled: it.refusal !== null || it.voted }), button('Deny', attempt(() => deny(it, 'Denied.')), 'danger')));
    return form;
  }

  /** @param {string} email @param {string} to */
  async function handOver(email, to) {
    const from = await ask('/vault/organisation/leaver', { email });
    /** @type {Person} */
    const successor = await ask('/vault/organisation/person', { email: to });
    const its = held.get(from.escrow.tenantSequence);
    if (!its?.holds('transfer')) throw Object.assign(new Error('You do not hold the key that this person sealed to: ask who shares the keys.'), { code: 'escrow-not-held' });
    const account = await compared(successor, `Hand the vault of ${from.email} over to ${successor.email}?`, 'The words are the same');
    if (!account) return;
    const [person, wrap] = [new wasm.PageAccount(from.chain.map(fromBase64), state.tenant, from.user), fromBase64(from.escrow.wrap)];
    const transfer = await importPrivate(its.privateKey('transfer'), its.tenant.publicKey('transfer'));
    const opened = await agree(transfer, await importPublic(its.ephemeralOfEscrow('transfer', wrap, person)));
    const handed = await sealTo(account.encryption, (once, shared) => its.handOver(wrap, person, opened, account, vault, once, shared));
    opened.fill(0);
    await ask('/vault/organisation/transfer', { user: from.user, to: successor.user, account: successor.chain.length, wrap: toBase64(handed) });
    toast(`${successor.email} finds it in their vault.`);
  }

  function drawLeaver() {
    const input = (/** @type {string} */ id) => make('input', { id, type: 'email', required: true, autocomplete: 'off' });
    const [from, to] = [input('leaver-email'), input('successor-email')];
    // Who was looked at in the console.
    from.value = new URLSearchParams(location.hash.slice(1)).get('from') ?? '';
    if (from.value) setTimeout(() => to.focus());
    leaver.replaceChildren(make('p', { textContent: 'Of somebody whose account is locked, and who agreed to it.' }), make('form', { className: 'stack tight', onsubmit: (event) => { event.preventDefault(); void attempt(() => handOver(from.value, to.value))(); } },
      make('div', { className: 'field' }, make('label', { for: 'leaver-email', textContent: 'E-mail of who left' }), from), make('div', { className: 'field' }, make('label', { for: 'successor-email', textContent: 'E-mail of who takes over' }), to),
      make('div', { className: 'row' }, make('button', { textContent: 'Hand over' }))));
  }

  async function refresh() {
    /** @type {State} */
    const given = await ask('/vault/organisation/state');
    const chain = given.chain.map(fromBase64);
    const tenant = chain.length === 0 && !vault.knowsTenant ? undefined : vault.tenant(chain, 0, undefined);
    if (tenant?.isKnown) {
      await sync.remember();
      await openGrants({ wasm, vault, state }, given, tenant, held);
    }
    /** @type {{ waiting: Waiting[] }} */
    const { waiting } = given.mayApprove ? await ask('/vault/organisation/queue') : { waiting: [] };
    const now = JSON.stringify([given.chain.length, given.kitAt, [...held.keys()], given.holders, given.domains, given.twoPersons, tenant?.isKnown, waiting.map((it) => [it.user, it.device, it.fresh, it.votes, it.refusal])]);
    if (now === drawn) return;
    drawn = now;
    drawKeys(given, tenant, chain);
    queue.replaceChildren(...(waiting.length > 0 ? waiting.map(request) : [make('p', { className: 'hint', textContent: given.mayApprove ? 'Nobody.' : 'Your roles do not let you approve devices.' })]));
    const mayTransfer = given.mayTransfer && tenant?.isKnown === true;
    if (mayTransfer && element('leavers').hidden) drawLeaver();
    element('leavers').hidden = !mayTransfer;
  }

  const look = async () => {
    if (ended.signal.aborted) return;
    if (document.visibilityState === 'visible' && !document.querySelector('dialog')) await attempt(refresh)();
    setTimeout(look, EVERY);
  };
  void look();
  return {
    stop() {
      ended.abort();
      for (const its of held.values()) its.free();
      held.clear();
      for (const place of [queue, keys, leaver]) place.replaceChildren();
      element('leavers').hidden = true;
      document.querySelector('dialog')?.remove();
    },
  };
});
