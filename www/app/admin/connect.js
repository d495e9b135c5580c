// @ts-check
// Connecting an identity provider: choose it, give it our values, load its metadata, test, activate. Nothing changes for
// members before the last step.
import { Problem, all, ask, get } from './client.js';
import { certificates, ours, read, state } from './connections.js';
import { attempt, badge, button, card, confirm, copyField, facts, field, form, head, hint, link, make, muted, nodeChoices, question, row, select, table, toast, toggle } from './parts.js';
import { say } from '../words/admin/connect.js';

/** How often it looks whether a test has come back, and for how long. */
const EVERY = 1000;
const PATIENCE = 30 * 60 * 1000;

/** @param {import('./admin.js').View} view */
export async function draw(view) {
  if (view.id) return wizard(view);
  const { main, go } = view;
  const [{ items }, nodes] = await Promise.all([get('/identity-providers'), all('/nodes')]);
  const [nodeField, node] = field(say.atTheNode, select(nodeChoices(nodes)), say.atTheNodeText);
  const [wordField, word] = field(say.ssoName, make('input', { pattern: '[a-z0-9\\-]{3,40}', autocomplete: 'off' }), say.ssoNameText);
  const name = 'provider';
  const choices = items.map((/** @type {any} */ it, /** @type {number} */ at) => make('label', { className: 'choice', for: `provider-${it.id}` }, make('input', { type: 'radio', name, id: `provider-${it.id}`, value: it.id, required: true, checked: at === 0 }), it.name));
  /** @type {HTMLFormElement} */
  const made = form(say.continue, [make('fieldset', {}, make('legend', {}, make('b', { textContent: say.yourIdentityProvider })), make('div', { className: 'choices' }, ...choices), hint(say.notAmongThem)), nodeField, wordField], async () => {
    const connection = await ask('POST', '/connections', { node: node.value, ...(word.value.trim() ? { sso_name: word.value.trim() } : {}) });
    go(`/admin/connect/${connection.id}/${new FormData(made).get(name)}`);
  });
  main.replaceChildren(make('nav', { aria: { label: say.up } }, link('/admin/connections', say.back)), head(say.connectAnIdentityProvider, say.connectAnIdentityProviderText), make('section', { className: 'card' }, made));
}

/** @param {import('./admin.js').View} view */
async function wizard({ main, id, again, me, go, ended }) {
  const [connection, setUp, { items }, nodes] = await Promise.all([get(`/connections/${id}`), get(`/connections/${id}/set-up`), get('/identity-providers'), all('/nodes')]);
  const wanted = location.pathname.split('/')[4] || setUp.provider || 'generic';
  const provider = items.find((/** @type {any} */ it) => it.id === wanted) ?? items.at(-1);
  const path = `/connections/${id}`;
  const { draft } = connection;
  const choose = select(items.map((/** @type {any} */ it) => [it.id, it.name]), provider.id);
  choose.setAttribute('aria-label', say.identityProvider);
  choose.onchange = () => go(`/admin/connect/${id}/${choose.value}`);
  /** @type {(report: any) => void} */
  let reported = () => {};
  const steps = [
    step(say.giveItOurValues, guide(provider, setUp, id, again)),
    step(say.loadItsMetadata, load(provider, path, Boolean(draft), () => again().then(() => focusOn(say.whatWasRead)))),
    step(say.whatWasRead, draft ? whatWasRead(connection, setUp, path, again) : muted(say.nothingYet)),
    step(say.testSignIn, draft ? tests(connection, me, ended, again, (report) => reported(report)) : muted(say.testLater)),
    step(say.activate, draft ? activation(connection, path, go, (it) => { reported = it; }) : muted(say.activateLater)),
  ];
  main.replaceChildren(
    make('nav', { aria: { label: say.up } }, link('/admin/connections', say.back)),
    head(say.connectIt(provider.name), say.connectItText(nodes.find((node) => node.id === connection.node)?.name ?? ''), ...state(connection), choose),
    make('ol', { className: 'steps' }, ...steps),
  );
}

/** Leads to a step. @param {string} title */
function focusOn(title) {
  const heading = [...document.querySelectorAll('h2')].find((it) => it.textContent === title);
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus();
}

/** @param {string} title @param {...(Node | undefined | null | false)} children */
const step = (title, ...children) => make('li', {}, card(title, make('div', { className: 'stack' }, ...children)));

/** @param {any} provider @param {any} setUp @param {string} id @param {() => Promise<void>} again */
function guide(provider, setUp, id, again) {
  const value = (/** @type {any} */ { value, field: label }) => {
    if (value !== 'certificate') return copyField(label, setUp[value]);
    // Made where it is needed: an identity provider that checks our requests has to have it.
    return setUp.signing_certificate ? copyField(label, setUp.signing_certificate.trim()) : make('div', { className: 'stack tight' }, hint(say.noKeyFor(label)), row(button(say.makeAKey, () => attempt(async () => { await ask('POST', `/connections/${id}/keys`, { purpose: 'sign' }); await again(); }))));
  };
  return make('div', { className: 'stack' },
    make('ol', {}, ...provider.steps.map((/** @type {string} */ text) => make('li', { textContent: text }))),
    make('div', { className: 'stack tight' }, ...provider.values.map(value)),
    provider.claims.length > 0 && table(say.attributesToSend, [say.name, say.madeOf], provider.claims.map((/** @type {any} */ it) => [make('code', { textContent: it.name }), make('code', { textContent: it.made_of })])),
    make('details', { open: true }, make('summary', { textContent: say.goesWrong(provider.name) }), make('ul', { className: 'pitfalls' }, ...provider.pitfalls.map((/** @type {string} */ text) => make('li', { textContent: text })))),
    make('details', {}, make('summary', { textContent: say.allOurValues }), make('div', { className: 'stack tight' }, ...ours(setUp))));
}

/** @param {any} provider @param {string} path @param {boolean} isThere @param {() => Promise<void>} again */
function load(provider, path, isThere, again) {
  const send = async (/** @type {object} */ what) => {
    await ask('POST', `${path}/draft/provider`, { provider: provider.id, ...what }).catch((error) => {
      // What the reader of XML says names elements; what to do is the same for all of it.
      if (!(error instanceof Problem) || error.status !== 422 || error.code.startsWith('metadata-')) throw error;
      throw new Problem(error.status, error.code, say.notMetadata(provider.name, error.message));
    });
    await again();
    toast(say.isRead);
  };
  const [urlField, url] = field(say.itsAddress, make('input', { type: 'url', inputMode: 'url', maxLength: 2048, autocomplete: 'off', placeholder: 'https://' }), say.itsAddressText);
  const [fileField, file] = field(say.orAFile, make('input', { type: 'file', accept: '.xml,application/xml,text/xml' }));
  const [textField, text] = field(say.orPasteIt, make('textarea', { rows: 4, spellcheck: false, autocomplete: 'off' }));
  return make('div', { className: 'stack' }, make('p', { textContent: provider.metadata }), form(isThere ? say.loadAgain : say.load, [urlField, fileField, textField], async () => {
    const chosen = file.files?.[0];
    if (url.value.trim()) return send({ metadata_url: url.value.trim() });
    if (chosen) return send({ metadata: await chosen.text() });
    if (!text.value.trim()) throw new Problem(422, 'metadata', say.giveOne);
    return send({ metadata: text.value });
  }));
}

/** The draft as it is written, with something changed. @param {any} connection @param {object} change */
function write(connection, change) {
  return ask('PUT', `/connections/${connection.id}/draft`, { ...connection.draft, ...change });
}

/** @param {any} connection @param {any} setUp @param {string} path @param {() => Promise<void>} again */
function whatWasRead(connection, setUp, path, again) {
  const { draft } = connection;
  const hasKey = Boolean(setUp.signing_certificate);
  const [emailField, email] = field(say.email, make('input', { value: draft.attributes.email, required: true, maxLength: 256, autocomplete: 'off' }));
  const [firstField, first] = field(say.givenName, make('input', { value: draft.attributes.first ?? '', maxLength: 256, autocomplete: 'off' }));
  const [lastField, last] = field(say.familyName, make('input', { value: draft.attributes.last ?? '', maxLength: 256, autocomplete: 'off' }));
  const [subjectField, subject] = field(say.whoSomebodyIs, make('input', { value: draft.subject_attribute ?? '', maxLength: 256, autocomplete: 'off' }), say.whoSomebodyIsText);
  const [pinnedField, pinned] = field(say.pinned, make('input', { value: draft.pinned_attribute ?? '', maxLength: 256, autocomplete: 'off' }), say.pinnedText);
  const [groupsField, groups] = field(say.groups, make('input', { value: draft.groups_attribute ?? '', maxLength: 256, autocomplete: 'off' }), say.groupsText);
  const text = (/** @type {HTMLInputElement} */ input) => input.value.trim() || null;
  return make('div', { className: 'stack' },
    facts(read(draft)), certificates(setUp, 'draft'),
    toggle(say.signOurRequests, hasKey ? say.signOurRequestsText : say.noKeyYet, draft.sign_requests, async (sign_requests) => { await write(connection, { sign_requests }); await again(); }),
    setUp.certificates.some((/** @type {any} */ it) => it.stage === 'decrypt')
      ? hint(say.isOffered)
      : make('div', { className: 'stack tight' }, hint(say.isNotOffered), row(button(say.offerACertificate, () => attempt(async () => { await ask('POST', `${path}/keys`, { purpose: 'decrypt' }); await again(); toast(say.offered); })))),
    toggle(say.handOn, say.handOnText, draft.login_hint, async (login_hint) => { await write(connection, { login_hint }); await again(); }),
    toggle(say.jit, say.jitText, connection.jit, async (jit) => { await ask('PATCH', path, { jit }); await again(); }),
    make('details', {}, make('summary', { textContent: say.attributes }), form(say.saveTheAttributes, [emailField, firstField, lastField, subjectField, pinnedField, groupsField], async () => {
      await write(connection, { attributes: { email: email.value.trim(), first: text(first), last: text(last) }, subject_attribute: text(subject), pinned_attribute: text(pinned), groups_attribute: text(groups) });
      await again();
    })));
}

/** @param {any} connection @param {import('./admin.js').Me} me @param {AbortSignal} ended @param {() => Promise<void>} again @param {(report: any) => void} reported */
function tests(connection, me, ended, again, reported) {
  const place = make('div', { className: 'stack', id: 'report', aria: { live: 'polite' } });
  const begin = button(say.testSignIn, () => {
    // Opened by the click itself: a window that opens later is blocked.
    const popup = open('', 'keyward-trial', 'popup,width=520,height=720');
    begin.disabled = true;
    void attempt(async () => {
      const trial = await ask('POST', `/connections/${connection.id}/trials`);
      if (popup) popup.location = trial.url;
      place.replaceChildren(make('p', {}, say.signInThere, !popup && make('a', { href: trial.url, target: '_blank', rel: 'noopener', textContent: say.openTheSignIn })));
      const report = await wait(connection.id, trial.id, ended);
      if (report === undefined) return;
      place.replaceChildren(...told(report, connection, again));
      reported(report.report);
    }).then((done) => { if (!done) popup?.close(); begin.disabled = false; });
  }, 'primary');
  return make('div', { className: 'stack' }, make('p', { textContent: say.testText }), row(begin), place);
}

/** @param {string} connection @param {string} trial @param {AbortSignal} ended */
async function wait(connection, trial, ended) {
  for (const until = Date.now() + PATIENCE; Date.now() < until && !ended.aborted;) {
    await new Promise((resolve) => setTimeout(resolve, EVERY));
    if (ended.aborted) return undefined;
    const { report } = await get(`/connections/${connection}/trials/${trial}`);
    if (report) return report;
  }
  return undefined;
}

/** @type {Record<string, [string, 'done' | 'warn' | 'bad' | '']>} */
const VERDICTS = { passed: [say.passed, 'done'], warned: [say.lookAtThis, 'warn'], failed: [say.failed, 'bad'], 'not-reached': [say.notLookedAt, ''] };

/** @param {any} told @param {any} connection @param {() => Promise<void>} again */
function told({ report, message }, connection, again) {
  const passed = report.checks.filter((/** @type {any} */ it) => it.verdict === 'passed' || it.verdict === 'warned').length;
  const checks = report.checks.map((/** @type {any} */ it) => {
    const [text, tone] = VERDICTS[it.verdict];
    return make('li', { className: it.verdict }, badge(text, tone), make('div', {}, make('b', { textContent: it.title }), it.detail && make('p', { textContent: it.detail }), it.fix && make('p', {}, make('b', { textContent: say.toMendIt }), it.fix), ...(it.check === 'attributes' && it.verdict === 'failed' ? offers(report, connection, again) : [])));
  });
  const received = report.received;
  return [
    make('div', { className: `banner ${report.failed ? 'bad' : 'done'}`, role: 'status' }, make('p', {}, make('b', { textContent: report.failed ? say.wouldBeRefused : say.wouldSucceed }), ` ${say.passedOf(passed, report.checks.length)}`, report.failed && ` ${say.itsCode(report.failed)}`)),
    make('ul', { className: 'checks' }, ...checks),
    received && make('details', {}, make('summary', { textContent: say.whatWasReceived }), table(say.received, [say.attribute, say.values], [
      ...(received.name_id ? [[say.nameId, `${received.name_id.value} (${received.name_id.format ?? say.unspecified})`]] : []),
      ...received.attributes.map((/** @type {any} */ it) => [make('code', { textContent: it.name }), it.values.join(', ')]),
    ])),
    message && make('details', {}, make('summary', { textContent: say.theMessageItself }), make('pre', { tabIndex: 0, textContent: message })),
  ].filter(Boolean);
}

/** Attributes that came and look like an e-mail. @param {any} report @param {any} connection @param {() => Promise<void>} again */
function offers(report, connection, again) {
  const found = (report.received?.attributes ?? []).filter((/** @type {any} */ it) => it.values.length === 1 && /^[^\s@]+@[^\s@]+$/.test(it.values[0]));
  if (found.length === 0 || report.received.attributes.some((/** @type {any} */ it) => it.name === connection.draft.attributes.email)) return [];
  return [row(...found.map((/** @type {any} */ it) => button(say.useHere(it.name), () => attempt(async () => {
    await write(connection, { attributes: { ...connection.draft.attributes, email: it.name } });
    await again();
    toast(say.readsNow);
  }))))];
}

/** @param {any} connection @param {string} path @param {(path: string) => void} go @param {(heard: (report: any) => void) => void} hear */
function activation(connection, path, go, hear) {
  const said = make('p', { textContent: say.notTested });
  hear((report) => { said.textContent = report.failed ? say.lastRefused : say.lastPassed; });
  const what = connection.status === 'active' ? say.replaces : say.begins;
  return make('div', { className: 'stack' }, make('p', { textContent: what }), said, row(button(say.activate, () => confirm(say.activateTitle, what, say.activate, async () => {
    await ask('POST', `${path}/activate`).catch(async (error) => {
      // Accounts are linked by what would change: that is done knowingly, or not at all.
      if (!(error instanceof Problem) || error.code !== 'connection-identity-change') throw error;
      const yes = await question(say.migrateTitle, say.migrateText, say.migrate);
      if (yes === undefined) throw error;
      await ask('POST', `${path}/migrate`);
    });
    toast(say.activated);
    go(`/admin/connection/${connection.id}`);
  }), 'primary')));
}
