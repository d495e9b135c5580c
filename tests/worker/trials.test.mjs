// @ts-check
// Connecting an identity provider over HTTP: a draft by a preset, test sign-ins that make no session and that only their admin
// reads, activation, and the way back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { selfSigned } from '../../scripts/lib/certificate.mjs';
import { newId } from '../../scripts/seed.mjs';
import { mint } from './support/mint.mjs';
import { client, newSecret } from './support/api.mjs';
import { readRequest, words } from './support/visitor.mjs';
import { signIn, startWorld } from './support/world.mjs';

const secret = newSecret();
/** @type {import('./support/world.mjs').World} */
let world;

before(async () => {
  world = await startWorld({ workers: 2, bindings: { KEYWARD_OPERATOR_TOKEN: secret } });
});
after(() => world?.stop());

const metadata = (/** @type {string} */ entityId, /** @type {string} */ certificate) => `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${entityId}"><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>${certificate}</X509Certificate></X509Data></KeyInfo></KeyDescriptor><SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="http://127.0.0.1:9/new"/></IDPSSODescriptor></EntityDescriptor>`;

/** An organisation whose first person manages everything, and who asks the API as the console does. */
async function organisation() {
  const organisation = await world.organisation();
  await signIn(world, organisation, organisation.person('alice'));
  const all = JSON.stringify(['manage_users', 'manage_roles', 'manage_connections', 'manage_domains', 'approve_devices', 'transfer_vault', 'view_audit']);
  const role = newId('r');
  const [{ id: root }] = await world.query('SELECT id FROM node WHERE tenant = ? AND parent IS NULL', organisation.tenant);
  await world.query("INSERT INTO role (tenant, id, node, name, privileges, created_at) VALUES (?, ?, ?, 'Admin', ?, 0)", organisation.tenant, role, root, all);
  await world.query("INSERT INTO user_role (tenant, user, role, source, created_at) SELECT tenant, id, ?, 'direct', 0 FROM user WHERE tenant = ?", role, organisation.tenant);
  const admin = await asks(organisation, 'alice');
  return { organisation, role, root, admin };
}

/** Somebody signed in, and what they ask of the API. @param {import('./support/world.mjs').Organisation} organisation @param {string} name */
async function asks(organisation, name) {
  const { visitor } = await signIn(world, organisation, organisation.person(name));
  /** @param {string} method @param {string} path @param {unknown} [body] @param {number} [at] which Worker @returns {Promise<{ status: number, body: any }>} */
  const send = async (method, path, body, at = 0) => {
    const answer = await visitor.at(world.origins[at]).send(`/api/v1${path}`, { method, body: body === undefined ? undefined : JSON.stringify(body), headers: { origin: world.origin, 'sec-fetch-site': 'same-origin', ...(body === undefined ? {} : { 'content-type': 'application/json' }) } });
    return { status: answer.status, body: answer.body ? JSON.parse(answer.body) : undefined };
  };
  return {
    visitor, send,
    /** @param {string} method @param {string} path @param {unknown} [body] */
    must: async (method, path, body) => { const answer = await send(method, path, body); assert.ok(answer.status < 300, `${method} ${path}: ${JSON.stringify(answer.body)}`); return answer.body; },
    /** @param {string} code @param {string} method @param {string} path @param {unknown} [body] */
    refused: async (code, method, path, body) => assert.equal((await send(method, path, body)).body?.code, code),
  };
}

/** Begins a test, and goes to where its request goes. @param {Awaited<ReturnType<typeof asks>>} admin @param {string} connection */
async function begin(admin, connection) {
  const trial = await admin.must('POST', `/connections/${connection}/trials`);
  const left = await admin.visitor.get(trial.url);
  assert.equal(left.status, 303, words(left.body));
  return { path: `/connections/${connection}/trials/${trial.id}`, ...readRequest(left.location ?? ''), trial };
}

test('nobody has more than ten test sign-ins open, through two Workers at once', async () => {
  const { organisation: org, admin } = await organisation();
  await admin.must('POST', `/connections/${org.id}/draft/provider`, { provider: 'generic', metadata: metadata(org.idp.entityId, selfSigned('next').base64) });
  const answers = await Promise.all(Array.from({ length: 14 }, (_, at) => admin.send('POST', `/connections/${org.id}/trials`, undefined, at % 2)));
  const open = async () => (await world.query('SELECT count(*) AS n FROM trial WHERE tenant = ?', org.tenant))[0].n;
  assert.equal(await open(), answers.filter(({ status }) => status === 200).length);
  while (await open() < 10) await admin.must('POST', `/connections/${org.id}/trials`);
  await admin.refused('too-many', 'POST', `/connections/${org.id}/trials`);
  assert.equal(await open(), 10);
  // What is over counts no longer.
  await world.query('UPDATE trial SET created_at = 0, expires_at = 1 WHERE tenant = ?', org.tenant);
  await admin.must('POST', `/connections/${org.id}/trials`);
});

const sessions = () => world.query('SELECT count(*) AS n FROM session').then(([{ n }]) => n);

test('a draft is tried without anybody being signed in, and then activated, and gone back from', async () => {
  const { organisation: org, admin } = await organisation();
  const next = selfSigned('next');
  const entityId = org.idp.entityId;
  const path = `/connections/${org.id}`;
  for (const [code, body] of /** @type {[string, object][]} */ ([
    ['provider-unknown', { provider: 'nobody', metadata: metadata(entityId, next.base64) }],
    ['metadata-url', { provider: 'generic', metadata_url: 'http://169.254.169.254/latest' }],
    ['metadata-url', { provider: 'generic', metadata_url: 'https://10.0.0.1/metadata' }],
    ['metadata-missing', { provider: 'generic' }],
    ['metadata-without-idp', { provider: 'generic', metadata: '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x"/>' }],
  ])) await admin.refused(code, 'POST', `${path}/draft/provider`, body);
  const drafted = await admin.must('POST', `${path}/draft/provider`, { provider: 'generic', metadata: metadata(entityId, next.base64) });
  assert.deepEqual([drafted.status, drafted.draft.sso_url, drafted.active.sso_url], ['active', 'http://127.0.0.1:9/new', 'http://127.0.0.1:9/sso']);
  const setUp = await admin.must('GET', `${path}/set-up`);
  assert.equal(setUp.provider, 'generic');
  assert.match(setUp.signing_certificate, /^-----BEGIN CERTIFICATE-----\n/);
  assert.equal(setUp.certificates.find((/** @type {any} */ it) => it.stage === 'draft').fingerprint, next.fingerprint);

  const before = await sessions();
  const { id, xml, url, path: trial } = await begin(admin, org.id);
  assert.equal(url.pathname, '/new', 'by the draft');
  assert.match(xml, new RegExp(`<saml:Issuer>${org.entityId}</saml:Issuer>`));
  assert.equal((await admin.must('GET', trial)).report, null);
  // The old certificate is that of what is active: members sign in with it meanwhile, and the draft does not know it.
  const wrong = await admin.visitor.answer(org.acsUrl, org.mint(org.person('carol'), id));
  assert.equal(wrong.status, 200, words(wrong.body));
  assert.match(words(wrong.body), /found something to mend.*Nobody was signed in/);
  const { report, message } = (await admin.must('GET', trial)).report;
  assert.equal(report.failed, 'signature-invalid');
  const failed = report.checks.find((/** @type {any} */ it) => it.verdict === 'failed');
  assert.match(failed.fix, /Load its metadata again/);
  assert.match(message, /^<samlp:Response/);
  await signIn(world, org, org.person('dave'));

  const second = await begin(admin, org.id);
  const person = org.person('carol');
  const right = mint({ entityId, keys: next }, org.sp, person, second.id);
  assert.match(words((await admin.visitor.answer(org.acsUrl, right)).body), /The test passed/);
  const passed = (await admin.must('GET', second.path)).report.report;
  assert.equal(passed.failed, null);
  assert.equal(passed.received.attributes.find((/** @type {any} */ it) => it.name === 'Email').values[0], person.email);
  // Nobody came in but dave, and no account was made for carol.
  assert.equal(await sessions(), before + 1);
  assert.deepEqual(await world.query('SELECT id FROM user WHERE tenant = ? AND email = ?', org.tenant, person.email), []);
  // What it found is about a person: it is sealed.
  const rows = await world.snapshot();
  assert.ok(!rows.trial_report.includes(person.email) && rows.trial_report.includes('v1.'));

  await admin.must('POST', `${path}/activate`);
  const { visitor } = { visitor: world.visitor() };
  const { id: request } = await visitor.begin(person.email);
  assert.equal((await visitor.answer(org.acsUrl, mint({ entityId, keys: next }, org.sp, person, request))).status, 303);
  const back = await admin.must('POST', `${path}/roll-back`);
  assert.equal(back.active.sso_url, 'http://127.0.0.1:9/sso');
  await signIn(world, org, org.person('erin'));
  // And forth again.
  assert.equal((await admin.must('POST', `${path}/roll-back`)).active.sso_url, 'http://127.0.0.1:9/new');
});

test('a test is one browser’s, one admin’s, once, and in time', async () => {
  const { organisation: org, role, admin } = await organisation();
  const path = `/connections/${org.id}`;
  await admin.refused('connection-without-draft', 'POST', `${path}/trials`);
  await admin.must('POST', `${path}/draft/provider`, { provider: 'generic', metadata: metadata(org.idp.entityId, org.idp.keys.base64) });
  const made = await begin(admin, org.id);
  const response = () => org.mint(org.person('carol'), made.id);

  // Another admin of everything, in a browser of theirs.
  await signIn(world, org, org.person('bob'));
  await world.query("INSERT INTO user_role (tenant, user, role, source, created_at) SELECT tenant, id, ?, 'direct', 0 FROM user WHERE tenant = ? AND email LIKE 'bob@%'", role, org.tenant);
  const bob = await asks(org, 'bob');
  await bob.must('GET', path);
  await bob.refused('not-found', 'GET', made.path);
  assert.equal((await bob.visitor.get(made.trial.url)).status, 404);
  assert.equal((await world.visitor().get(made.trial.url)).status, 404);
  const elsewhere = await bob.visitor.answer(org.acsUrl, response());
  assert.equal(elsewhere.status, 403);
  assert.equal((await admin.must('GET', made.path)).report, null, 'another browser answers nothing');

  // A token reads none, whoever made it.
  const root = await admin.must('POST', '/tokens', { name: 'x', node: (await admin.must('GET', '/nodes')).items[0].id, privileges: ['manage_connections'], expires_at: new Date(Date.now() + 3_600_000).toISOString() });
  const token = client(world.origin, root.secret);
  await token.refused('not-found', 'GET', made.path);
  await token.refused('person-only', 'POST', `${path}/trials`);

  assert.equal((await admin.visitor.answer(org.acsUrl, response())).status, 200);
  assert.equal((await admin.visitor.answer(org.acsUrl, response())).status, 403, 'once');
  assert.equal((await admin.visitor.get(made.trial.url)).status, 404, 'and not begun again');

  const late = await begin(admin, org.id);
  await world.query('UPDATE trial SET created_at = 0, expires_at = 1 WHERE id = ?', late.id);
  assert.equal((await admin.visitor.answer(org.acsUrl, org.mint(org.person('carol'), late.id))).status, 403);
  assert.deepEqual((await world.query('SELECT event, code FROM audit_event WHERE tenant = ? AND (event = ? OR code LIKE ?) ORDER BY time, id', org.tenant, 'connection_tested', 'request-%')).map(({ event, code }) => `${event} ${code}`).sort(), ['connection_tested null', 'login_failure request-browser', 'login_failure request-expired', 'login_failure request-used']);
  assert.equal((await world.query("SELECT count(*) AS n FROM user WHERE tenant = ? AND email LIKE 'carol@%'", org.tenant))[0].n, 0);
});

test('who manages one node sees and changes nothing of another', async () => {
  const { organisation: org, root, admin } = await organisation();
  const below = await admin.must('POST', '/nodes', { parent: root, name: 'Below' });
  const other = await admin.must('POST', '/connections', { node: below.id });
  await signIn(world, org, org.person('bob'));
  const role = await admin.must('POST', '/roles', { node: below.id, name: 'Of below', privileges: ['manage_connections', 'manage_users', 'view_audit'] });
  const { items: [bob] } = await admin.must('GET', `/users?email=${encodeURIComponent(org.person('bob').email)}`);
  await admin.must('PUT', `/users/${bob.id}/roles/${role.id}`);
  const theirs = await asks(org, 'bob');
  await theirs.must('GET', `/connections/${other.id}/set-up`);
  for (const [method, path, body] of /** @type {[string, string, object?][]} */ ([
    ['GET', `/connections/${org.id}/set-up`], ['POST', `/connections/${org.id}/draft/provider`, { provider: 'generic', metadata: metadata('x', org.idp.keys.base64) }],
    ['POST', `/connections/${org.id}/trials`], ['POST', `/connections/${org.id}/roll-back`], ['GET', `/users/${bob.id}/policies`],
  ])) await theirs.refused('not-found', method, path, body);
  assert.deepEqual((await theirs.must('GET', '/health')).connections, []);
});

test('what applies to somebody, and what needs looking after, is told', async () => {
  const { organisation: org, root, admin } = await organisation();
  const { items: [alice] } = await admin.must('GET', '/users');
  const strict = await admin.must('POST', '/roles', { node: root, name: 'Strict', policies: { session_idle_minutes: 5 } });
  const loose = await admin.must('POST', '/roles', { node: root, name: 'Loose', policies: { session_idle_minutes: 60 } });
  for (const role of [strict, loose]) await admin.must('PUT', `/users/${alice.id}/roles/${role.id}`);
  const { items: applies } = await admin.must('GET', `/users/${alice.id}/policies?limit=100`);
  const of = (/** @type {string} */ name) => applies.find((/** @type {any} */ it) => it.policy === name);
  assert.deepEqual(of('session_idle_minutes'), { policy: 'session_idle_minutes', value: 5, because: [strict.id] });
  assert.deepEqual(of('session_max_hours').because, []);
  const { items } = await admin.must('GET', '/policies');
  assert.deepEqual(items.map((/** @type {any} */ it) => it.name).sort(), applies.map((/** @type {any} */ it) => it.policy).sort());
  const { connections: [health] } = await admin.must('GET', '/health');
  assert.deepEqual([health.id, health.has_key, health.metadata_url], [org.id, true, null]);
  assert.match((await admin.must('GET', '/fixes')).items.find((/** @type {any} */ it) => it.code === 'audience').fix, /entity ID/);
});
