// @ts-check
// Connecting an identity provider: choose it, give it our values, load its metadata, test, activate. Nothing changes for
// members before the last step.
import { Problem, all, ask, get } from './client.js';
import { certificates, ours, read, state } from './connections.js';
import { attempt, badge, button, card, confirm, copyField, facts, field, form, head, hint, link, make, muted, nodeChoices, question, row, select, table, toast, toggle } from './parts.js';

/** How often it looks whether a test has come back, and for how long. */
const EVERY = 1000;
const PATIENCE = 30 * 60 * 1000;

/** @param {import('./admin.js').View} view */
export async function draw(view) {
  if (view.id) return wizard(view);
  const { main, go } = view;
  const [{ items }, nodes] = await Promise.all([get('/identity-providers'), all('/nodes')]);
  const [nodeField, node] = field('At the node', select(nodeChoices(nodes)), 'Accounts are made there, with its default roles.');
  const [wordField, word] = field('SSO name', make('input', { pattern: '[a-z0-9\\-]{3,40}', autocomplete: 'off' }), 'Optional: one word that people may type instead of an e-mail.');
  const name = 'provider';
  const choices = items.map((/** @type {any} */ it, /** @type {number} */ at) => make('label', { className: 'choice', for: `provider-${it.id}` }, make('input', { type: 'radio', name, id: `provider-${it.id}`, value: it.id, required: true, checked: at === 0 }), it.name));
  /** @type {HTMLFormElement} */
  const made = form('Continue', [make('fieldset', {}, make('legend', {}, make('b', { textContent: 'Your identity provider' })), make('div', { className: 'choices' }, ...choices), hint('Yours is not among them? “Another SAML 2.0 provider” takes any. Centrify, Idaptive and Delinea are set up as CyberArk Identity.')), nodeField, wordField], async () => {
    const connection = await ask('POST', '/connections', { node: node.value, ...(word.value.trim() ? { sso_name: word.value.trim() } : {}) });
    go(`/admin/connect/${connection.id}/${new FormData(made).get(name)}`);
  });
  main.replaceChildren(make('nav', { aria: { label: 'Up' } }, link('/admin/connections', '← Connections')), head('Connect an identity provider', 'Whatever signs your people in today. Nothing changes for anybody until you activate it.'), make('section', { className: 'card' }, made));
}

/** @param {import('./admin.js').View} view */
async function wizard({ main, id, again, me, go, ended }) {
  const [connection, setUp, { items }, nodes] = await Promise.all([get(`/connections/${id}`), get(`/connections/${id}/set-up`), get('/identity-providers'), all('/nodes')]);
  const wanted = location.pathname.split('/')[4] || setUp.provider || 'generic';
  const provider = items.find((/** @type {any} */ it) => it.id === wanted) ?? items.at(-1);
  const path = `/connections/${id}`;
  const { draft } = connection;
  const choose = select(items.map((/** @type {any} */ it) => [it.id, it.name]), provider.id);
  choose.setAttribute('aria-label', 'Identity provider');
  choose.onchange = () => go(`/admin/connect/${id}/${choose.value}`);
  /** @type {(report: any) => void} */
  let reported = () => {};
  const steps = [
    step('Give it our values', guide(provider, setUp, id, again)),
    step('Load its metadata', load(provider, path, Boolean(draft), () => again().then(() => focusOn('What was read')))),
    step('What was read', draft ? whatWasRead(connection, setUp, path, again) : muted('Nothing yet.')),
    step('Test sign-in', draft ? tests(connection, me, ended, again, (report) => reported(report)) : muted('Once the metadata is loaded, you can try the whole way in a window of its own. Nobody is signed in by it.')),
    step('Activate', draft ? activation(connection, path, go, (it) => { reported = it; }) : muted('Once a test has passed.')),
  ];
  main.replaceChildren(
    make('nav', { aria: { label: 'Up' } }, link('/admin/connections', '← Connections')),
    head(`Connect ${provider.name}`, `At the node ${nodes.find((node) => node.id === connection.node)?.name ?? ''}. Nothing changes for anybody until you activate it.`, ...state(connection), choose),
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
    return setUp.signing_certificate ? copyField(label, setUp.signing_certificate.trim()) : make('div', { className: 'stack tight' }, hint(`${label}: there is no key yet, so our requests go unsigned, and this can stay empty.`), row(button('Make a key', () => attempt(async () => { await ask('POST', `/connections/${id}/keys`, { purpose: 'sign' }); await again(); }))));
  };
  return make('div', { className: 'stack' },
    make('ol', {}, ...provider.steps.map((/** @type {string} */ text) => make('li', { textContent: text }))),
    make('div', { className: 'stack tight' }, ...provider.values.map(value)),
    provider.claims.length > 0 && table('Attributes to send', ['Name', 'Made of'], provider.claims.map((/** @type {any} */ it) => [make('code', { textContent: it.name }), make('code', { textContent: it.made_of })])),
    make('details', { open: true }, make('summary', { textContent: `What goes wrong at ${provider.name}` }), make('ul', { className: 'pitfalls' }, ...provider.pitfalls.map((/** @type {string} */ text) => make('li', { textContent: text })))),
    make('details', {}, make('summary', { textContent: 'All our values' }), make('div', { className: 'stack tight' }, ...ours(setUp))));
}

/** @param {any} provider @param {string} path @param {boolean} isThere @param {() => Promise<void>} again */
function load(provider, path, isThere, again) {
  const send = async (/** @type {object} */ what) => {
    await ask('POST', `${path}/draft/provider`, { provider: provider.id, ...what }).catch((error) => {
      // What the reader of XML says names elements; what to do is the same for all of it.
      if (!(error instanceof Problem) || error.status !== 422 || error.code.startsWith('metadata-')) throw error;
      throw new Problem(error.status, error.code, `This is not the metadata of an identity provider, or not all of it: take the whole document as ${provider.name} gives it. (${error.message})`);
    });
    await again();
    toast('Read. Nothing has changed for members.');
  };
  const [urlField, url] = field('Its address', make('input', { type: 'url', inputMode: 'url', maxLength: 2048, autocomplete: 'off', placeholder: 'https://' }), 'It is asked again by itself once this is active, so that a new certificate is known in time.');
  const [fileField, file] = field('Or a file', make('input', { type: 'file', accept: '.xml,application/xml,text/xml' }));
  const [textField, text] = field('Or paste it', make('textarea', { rows: 4, spellcheck: false, autocomplete: 'off' }));
  return make('div', { className: 'stack' }, make('p', { textContent: provider.metadata }), form(isThere ? 'Load again' : 'Load', [urlField, fileField, textField], async () => {
    const chosen = file.files?.[0];
    if (url.value.trim()) return send({ metadata_url: url.value.trim() });
    if (chosen) return send({ metadata: await chosen.text() });
    if (!text.value.trim()) throw new Problem(422, 'metadata', 'Give its address, a file, or its text.');
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
  const [emailField, email] = field('E-mail', make('input', { value: draft.attributes.email, required: true, maxLength: 256, autocomplete: 'off' }));
  const [firstField, first] = field('Given name', make('input', { value: draft.attributes.first ?? '', maxLength: 256, autocomplete: 'off' }));
  const [lastField, last] = field('Family name', make('input', { value: draft.attributes.last ?? '', maxLength: 256, autocomplete: 'off' }));
  const [subjectField, subject] = field('Who somebody is', make('input', { value: draft.subject_attribute ?? '', maxLength: 256, autocomplete: 'off' }), 'Empty: the Name ID says it.');
  const [pinnedField, pinned] = field('Pinned at first sign-in', make('input', { value: draft.pinned_attribute ?? '', maxLength: 256, autocomplete: 'off' }), 'A second attribute that never changes: who is given an old address is then refused. Empty: none.');
  const [groupsField, groups] = field('Groups', make('input', { value: draft.groups_attribute ?? '', maxLength: 256, autocomplete: 'off' }), 'Empty: groups give nothing.');
  const text = (/** @type {HTMLInputElement} */ input) => input.value.trim() || null;
  return make('div', { className: 'stack' },
    facts(read(draft)), certificates(setUp, 'draft'),
    toggle('Sign our requests', hasKey ? 'The identity provider can check that requests are ours. Default: on where there is a key.' : 'There is no key yet, so requests go unsigned.', draft.sign_requests, async (sign_requests) => { await write(connection, { sign_requests }); await again(); }),
    setUp.certificates.some((/** @type {any} */ it) => it.stage === 'decrypt')
      ? hint('Encryption: our metadata offers a certificate, and assertions that come encrypted to it are opened.')
      : make('div', { className: 'stack tight' }, hint('Encryption: assertions come unencrypted, over TLS. Offer a certificate in our metadata where the provider shall encrypt them. Default: none.'), row(button('Offer a certificate', () => attempt(async () => { await ask('POST', `${path}/keys`, { purpose: 'decrypt' }); await again(); toast('It is in our metadata now: give that to the provider again.'); })))),
    toggle('Hand the e-mail on', 'What somebody typed here is sent along, so that they need not type it twice. Off where the provider trips over it. Default: as the preset says.', draft.login_hint, async (login_hint) => { await write(connection, { login_hint }); await again(); }),
    toggle('Make accounts at first sign-in', 'Off: only who was invited. Default: on.', connection.jit, async (jit) => { await ask('PATCH', path, { jit }); await again(); }),
    make('details', {}, make('summary', { textContent: 'Attributes' }), form('Save the attributes', [emailField, firstField, lastField, subjectField, pinnedField, groupsField], async () => {
      await write(connection, { attributes: { email: email.value.trim(), first: text(first), last: text(last) }, subject_attribute: text(subject), pinned_attribute: text(pinned), groups_attribute: text(groups) });
      await again();
    })));
}

/** @param {any} connection @param {import('./admin.js').Me} me @param {AbortSignal} ended @param {() => Promise<void>} again @param {(report: any) => void} reported */
function tests(connection, me, ended, again, reported) {
  const place = make('div', { className: 'stack', id: 'report', aria: { live: 'polite' } });
  const begin = button('Test sign-in', () => {
    // Opened by the click itself: a window that opens later is blocked.
    const popup = open('', 'keyward-trial', 'popup,width=520,height=720');
    begin.disabled = true;
    void attempt(async () => {
      const trial = await ask('POST', `/connections/${connection.id}/trials`);
      if (popup) popup.location = trial.url;
      place.replaceChildren(make('p', {}, 'Sign in there as one of your people would. What comes back is shown here. ', !popup && make('a', { href: trial.url, target: '_blank', rel: 'noopener', textContent: 'Open the sign-in' })));
      const report = await wait(connection.id, trial.id, ended);
      if (report === undefined) return;
      place.replaceChildren(...told(report, connection, again));
      reported(report.report);
    }).then((done) => { if (!done) popup?.close(); begin.disabled = false; });
  }, 'primary');
  return make('div', { className: 'stack' }, make('p', { textContent: 'The whole way, in a window of its own, with the draft. Nobody is signed in by it, and only you see what it found.' }), row(begin), place);
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
const VERDICTS = { passed: ['Passed', 'done'], warned: ['Look at this', 'warn'], failed: ['Failed', 'bad'], 'not-reached': ['Not looked at', ''] };

/** @param {any} told @param {any} connection @param {() => Promise<void>} again */
function told({ report, message }, connection, again) {
  const passed = report.checks.filter((/** @type {any} */ it) => it.verdict === 'passed' || it.verdict === 'warned').length;
  const checks = report.checks.map((/** @type {any} */ it) => {
    const [text, tone] = VERDICTS[it.verdict];
    return make('li', { className: it.verdict }, badge(text, tone), make('div', {}, make('b', { textContent: it.title }), it.detail && make('p', { textContent: it.detail }), it.fix && make('p', {}, make('b', { textContent: 'To mend it: ' }), it.fix), ...(it.check === 'attributes' && it.verdict === 'failed' ? offers(report, connection, again) : [])));
  });
  const received = report.received;
  return [
    make('div', { className: `banner ${report.failed ? 'bad' : 'done'}`, role: 'status' }, make('p', {}, make('b', { textContent: report.failed ? 'A sign-in would have been refused.' : 'A sign-in would have succeeded.' }), ` ${passed} of ${report.checks.length} checks passed.`, report.failed && [' Its code is ', report.failed, '.'].join(''))),
    make('ul', { className: 'checks' }, ...checks),
    received && make('details', {}, make('summary', { textContent: 'What was received' }), table('Received', ['Attribute', 'Values'], [
      ...(received.name_id ? [['Name ID', `${received.name_id.value} (${received.name_id.format ?? 'unspecified'})`]] : []),
      ...received.attributes.map((/** @type {any} */ it) => [make('code', { textContent: it.name }), it.values.join(', ')]),
    ])),
    message && make('details', {}, make('summary', { textContent: 'The message itself' }), make('pre', { tabIndex: 0, textContent: message })),
  ].filter(Boolean);
}

/** Attributes that came and look like an e-mail. @param {any} report @param {any} connection @param {() => Promise<void>} again */
function offers(report, connection, again) {
  const found = (report.received?.attributes ?? []).filter((/** @type {any} */ it) => it.values.length === 1 && /^[^\s@]+@[^\s@]+$/.test(it.values[0]));
  if (found.length === 0 || report.received.attributes.some((/** @type {any} */ it) => it.name === connection.draft.attributes.email)) return [];
  return [row(...found.map((/** @type {any} */ it) => button(`Use “${it.name}” here`, () => attempt(async () => {
    await write(connection, { attributes: { ...connection.draft.attributes, email: it.name } });
    await again();
    toast('The draft reads the e-mail from it now. Test again.');
  }))))];
}

/** @param {any} connection @param {string} path @param {(path: string) => void} go @param {(heard: (report: any) => void) => void} hear */
function activation(connection, path, go, hear) {
  const said = make('p', { textContent: 'Not tested yet. You can activate all the same, and go back.' });
  hear((report) => { said.textContent = report.failed ? 'The last test was refused: mend that first. You can activate all the same, and go back.' : 'The last test passed.'; });
  const what = connection.status === 'active' ? 'From the next sign-in on members sign in with this draft. Sessions that are open stay open, and you can go back.' : 'People whose domains lead here sign in by it from now on.';
  return make('div', { className: 'stack' }, make('p', { textContent: what }), said, row(button('Activate', () => confirm('Activate this connection?', what, 'Activate', async () => {
    await ask('POST', `${path}/activate`).catch(async (error) => {
      // Accounts are linked by what would change: that is done knowingly, or not at all.
      if (!(error instanceof Problem) || error.code !== 'connection-identity-change') throw error;
      const yes = await question('This changes who people are', 'The provider, or what says who somebody is there, is another one. Everybody is signed out. For a month each account is found once by its e-mail and is known by its new name from then on; whoever comes later claims their account.', 'Migrate');
      if (yes === undefined) throw error;
      await ask('POST', `${path}/migrate`);
    });
    toast('It is active.');
    go(`/admin/connection/${connection.id}`);
  }), 'primary')));
}
