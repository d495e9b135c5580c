// @ts-check
// What an admin does with a connection by the API from nothing to a sign-in, and after: our own keys and how they change hands,
// the provider's metadata, the SAML log, who people are at the provider, and the end of all sessions.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, test } from 'node:test';
import { client, newSecret, newTenant, tomorrow } from './support/api.mjs';
import { idpMetadata, startPublisher } from './support/metadata.mjs';
import { device } from './support/operations.mjs';
import { mint, newIdp } from './support/mint.mjs';
import { decodeHtml } from './support/visitor.mjs';
import { reference, signIn, startWorld } from './support/world.mjs';

const secret = newSecret();
/** @type {import('./support/world.mjs').World} */
let world;
/** @type {Awaited<ReturnType<typeof startPublisher>>} */
let publisher;

before(async () => {
  world = await startWorld({ bindings: { KEYWARD_OPERATOR_TOKEN: secret } });
  publisher = await startPublisher();
});
after(async () => {
  await publisher?.stop();
  await world?.stop();
});

const operator = () => client(world.origin, secret);

/** An organisation that is there, and whoever holds everything in it. */
async function furnished() {
  const organisation = await world.organisation();
  const { set_up_token } = await operator().must('POST', `/operator/tenants/${organisation.tenant}/set-up-token`);
  return { organisation, root: client(world.origin, set_up_token) };
}

test('from nothing to a sign-in by the API alone: signed requests, encrypted assertions', async () => {
  const acme = await newTenant(world.origin, operator(), 'Acme by API');
  const idp = newIdp('https://idp.api.test/metadata');
  const made = await acme.root.must('POST', '/connections', { node: acme.node, sso_name: 'acme-api' });
  const at = `/connections/${made.id}`;
  publisher.documents.set('/acme', { body: idpMetadata(idp.entityId, [idp.keys.base64]), etag: '"1"' });
  await acme.root.must('POST', `${at}/draft/metadata`, { url: `${publisher.origin}/acme`, idp_name: 'Their IdP' });
  await acme.root.refused('connection-without-key', 'POST', `${at}/activate`);
  const key = await acme.root.must('POST', `${at}/keys`, { purpose: 'sign' });
  assert.deepEqual([key.purpose, key.status], ['sign', 'active']);
  assert.ok(!JSON.stringify(key).includes('v1.'), 'no private half');
  await acme.root.must('POST', `${at}/keys`, { purpose: 'decrypt' });
  await acme.root.must('POST', '/domains', { name: 'acme-api.test' });
  await world.query("UPDATE domain SET status = 'reserved' WHERE tenant = ?", acme.id);
  const active = await acme.root.must('POST', `${at}/activate`);
  assert.equal(active.metadata_url, `${publisher.origin}/acme`);
  await acme.root.must('PATCH', '/domains/acme-api.test', { connection: made.id });

  // A certificate that others can read, of the key that signs.
  const certificate = new X509Certificate(Buffer.from(key.certificate, 'base64'));
  assert.ok(certificate.verify(certificate.publicKey));
  assert.equal(certificate.subject, `CN=Keyward ${made.id}`);
  assert.ok(new Date(certificate.validTo).getTime() > Date.now() + 9 * 365 * 86_400_000);
  const metadata = (await world.visitor().get(new URL(made.entity_id).pathname)).body;
  assert.ok(metadata.includes(key.certificate), 'published');
  const visitor = world.visitor();
  const { url, id } = await visitor.begin('alice@acme-api.test');
  const signed = new TextEncoder().encode(url.search.slice(1).split('&Signature=')[0].split('&login_hint=')[0]);
  const rsa = await crypto.subtle.importKey('spki', certificate.publicKey.export({ type: 'spki', format: 'der' }), { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, false, ['verify']);
  const query = [...url.search.slice(1).split('&')].filter((part) => /^(SAMLRequest|RelayState|SigAlg)=/.test(part)).join('&');
  assert.ok(await crypto.subtle.verify('RSASSA-PKCS1-v1_5', rsa, Buffer.from(url.searchParams.get('Signature') ?? '', 'base64'), new TextEncoder().encode(query)), decodeHtml(`${signed.length}`));
  const sp = { entityId: made.entity_id, acsUrl: made.acs_url };
  const person = { nameId: 'alice-1', email: 'alice@acme-api.test', first: 'Alice', last: 'Example' };
  const answer = await visitor.answer(made.acs_url, mint(idp, /** @type {any} */ (sp), person, id));
  assert.equal(answer.status, 303, answer.body);
});

test('a key changes hands without an outage: published before it is used', async () => {
  const { organisation, root } = await furnished();
  const at = `/connections/${organisation.id}`;
  const { items: before } = await root.must('GET', `${at}/keys`);
  const old = before.find((/** @type {any} */ key) => key.purpose === 'sign');
  const next = await root.must('POST', `${at}/keys`, { purpose: 'sign' });
  assert.equal(next.status, 'next');
  await root.refused('key-pending', 'POST', `${at}/keys`, { purpose: 'sign' });
  const published = async () => (await world.visitor().get(new URL(organisation.entityId).pathname)).body;
  assert.ok((await published()).includes(old.certificate) && (await published()).includes(next.certificate));
  await root.refused('key-in-use', 'DELETE', `${at}/keys/${old.id}`);
  await root.refused('key-unpublished', 'POST', `${at}/keys/${next.id}/use`, {});
  await world.query('UPDATE sp_key SET status_at = status_at - 172800001 WHERE id = ?', next.id);
  assert.equal((await root.must('POST', `${at}/keys/${next.id}/use`, {})).status, 'active');
  assert.equal((await root.must('GET', `${at}/keys/${old.id}`)).status, 'retired');
  assert.ok(!(await published()).includes(old.certificate));
  await signIn(world, organisation, organisation.person('alice'));
  await root.must('DELETE', `${at}/keys/${old.id}`);
  await root.refused('key-missing', 'DELETE', `${at}/keys/${old.id}`);
  // Or an admin has seen to it that the provider has it.
  const third = await root.must('POST', `${at}/keys`, { purpose: 'sign' });
  assert.equal((await root.must('POST', `${at}/keys/${third.id}/use`, { known: true })).status, 'active');
  const events = await world.query("SELECT detail FROM audit_event WHERE tenant = ? AND event = 'sso_updated' AND detail LIKE 'The key%' ORDER BY time", organisation.tenant);
  assert.equal(events.length, 5);
});

test('metadata is asked for where it may be, and polled only as an admin says', async () => {
  const { organisation, root } = await furnished();
  const at = `/connections/${organisation.id}`;
  for (const url of ['https://10.0.0.1/x', 'https://localhost/metadata', 'http://idp.example/metadata', 'https://metadata.internal/x', 'file:///etc/passwd']) {
    await root.refused('metadata-url', 'PUT', `${at}/metadata-url`, { url });
    await root.refused('metadata-url', 'POST', `${at}/draft/metadata`, { url, idp_name: 'x' });
  }
  await root.refused('metadata-unreachable', 'POST', `${at}/draft/metadata`, { url: `${publisher.origin}/nothing`, idp_name: 'x' });
  await root.refused('metadata-missing', 'POST', `${at}/draft/metadata`, { idp_name: 'x' });
  publisher.documents.set('/moved', { status: 302, location: `${publisher.origin}/acme` });
  await root.refused('metadata-unreachable', 'POST', `${at}/draft/metadata`, { url: `${publisher.origin}/moved`, idp_name: 'x' });
  await root.must('PUT', `${at}/metadata-url`, { url: `${publisher.origin}/polled` });
  // Another entity ID: nothing is taken over, the log says so, and the admin accepts it by a draft of the document.
  const other = newIdp('https://other.test/metadata');
  publisher.documents.set('/polled', { body: idpMetadata(other.entityId, [other.keys.base64]) });
  await world.cron();
  const [{ code }] = await world.query("SELECT code FROM audit_event WHERE tenant = ? AND event = 'metadata_refresh_failed'", organisation.tenant);
  assert.equal(code, 'metadata-without-idp');
  assert.equal((await root.must('GET', at)).metadata_failures, 1);
  await root.must('POST', `${at}/draft/metadata`, { url: `${publisher.origin}/polled`, idp_name: 'Other' });
  assert.equal((await root.must('POST', `${at}/activate`)).active.idp_entity_id, other.entityId);
  await root.must('PUT', `${at}/metadata-url`, {});
  assert.equal((await root.must('GET', at)).metadata_url, null);
});

test('why was this refused: what came, how far, and what it said without whom it is about', async () => {
  const { organisation, root } = await furnished();
  const alice = organisation.person('alice');
  await signIn(world, organisation, alice);
  const refused = await world.visitor().answer(organisation.acsUrl, organisation.mint(alice, null, { destination: 'https://other.test' }));
  const at = `/connections/${organisation.id}/messages`;
  const { items } = await root.must('GET', at);
  assert.deepEqual(items.map((/** @type {any} */ it) => [it.number, it.direction, it.kind, it.code]), [[2, 'in', 'Response', 'destination'], [1, 'in', 'Response', null]]);
  assert.equal(items[0].reference, reference(refused.body));
  const verdicts = Object.fromEntries(items[0].checks.map((/** @type {any} */ it) => [it.check, it.verdict]));
  assert.deepEqual([verdicts.signature, verdicts.envelope, verdicts.account], ['passed', 'failed', 'not_reached']);
  assert.deepEqual((await root.must('GET', `${at}?limit=1&after=2`)).items.map((/** @type {any} */ it) => it.number), [1]);
  const { xml } = await root.must('POST', `${at}/${items[1].id}/read`);
  assert.match(xml, /<saml:Attribute Name="Email"/);
  assert.ok(xml.includes(`Destination="${organisation.acsUrl}"`));
  for (const personal of [alice.nameId, alice.email, alice.last]) assert.ok(!xml.includes(personal), xml);
  const read = await world.query("SELECT detail, connection FROM audit_event WHERE tenant = ? AND event = 'saml_message_read'", organisation.tenant);
  assert.deepEqual(read, [{ detail: `${items[1].id}, redacted. By the token ${(await root.must('GET', '/me')).token}.`.replace(/^/, ''), connection: organisation.id }]);
  // Whoever may not edit the connection sees none of it, and a token that only reads has nothing written down.
  const { items: [node] } = await root.must('GET', '/nodes');
  const auditor = await root.must('POST', '/tokens', { name: 'Auditor', node: node.id, privileges: ['view_audit'], expires_at: tomorrow() });
  await client(world.origin, auditor.secret).refused('privilege-missing', 'GET', at);
});

test('an admin says that the provider knows somebody by another name now', async () => {
  const { organisation, root } = await furnished();
  const alice = organisation.person('alice');
  const { visitor } = await signIn(world, organisation, alice);
  const { items: [user] } = await root.must('GET', '/users');
  const { items: [identity] } = await root.must('GET', `/users/${user.id}/identities`);
  assert.deepEqual([identity.connection, identity.subject.at(-1)], [organisation.id, alice.nameId]);
  await root.refused('name-unusable', 'PUT', `/users/${user.id}/identities/${organisation.id}`, { attribute: 'x' });
  await root.must('PUT', `/users/${user.id}/identities/${organisation.id}`, { name_id: { value: 'alice-married', format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent' } });
  assert.equal((await visitor.get('/vault')).status, 303, 'who was signed in signs in again');
  await signIn(world, organisation, { ...alice, nameId: 'alice-married' });
  assert.equal((await world.query('SELECT count(*) AS n FROM user WHERE tenant = ?', organisation.tenant))[0].n, 1);
  await signIn(world, organisation, organisation.person('bob'));
  const bob = (await root.must('GET', '/users')).items.find((/** @type {any} */ it) => it.email.startsWith('bob'));
  await root.refused('identity-taken', 'PUT', `/users/${bob.id}/identities/${organisation.id}`, { name_id: { value: 'alice-married', format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent' } });
});

test('what applies to somebody, and why', async () => {
  const { organisation, root } = await furnished();
  await signIn(world, organisation, organisation.person('alice'));
  const { items: [user] } = await root.must('GET', '/users');
  const role = user.roles[0].role;
  await root.must('PATCH', `/roles/${role}`, { policies: { session_idle_minutes: 5 } });
  const { items } = await root.must('GET', `/users/${user.id}/policies?limit=100`);
  const of = (/** @type {string} */ name) => items.find((/** @type {any} */ it) => it.policy === name);
  assert.deepEqual(of('session_idle_minutes'), { policy: 'session_idle_minutes', value: 5, because: [role] });
  assert.deepEqual(of('session_max_hours'), { policy: 'session_max_hours', value: 12, because: [] });
});

test('a device of somebody’s is blocked', async () => {
  const { organisation, root } = await furnished();
  await signIn(world, organisation, organisation.person('alice'));
  const { items: [user] } = await root.must('GET', '/users');
  await device(world, organisation.tenant, user.id, 'd_laptop');
  await world.query('INSERT INTO session_device (tenant, token, user, device, proven_at) SELECT tenant, token, user, ?, 0 FROM session WHERE user = ?', 'd_laptop', user.id);
  await root.refused('not-found', 'POST', `/users/${user.id}/devices/d_other/block`);
  await root.must('POST', `/users/${user.id}/devices/d_laptop/block`);
  const { items: [shown] } = await root.must('GET', `/users/${user.id}/devices`);
  assert.ok(shown.id === 'd_laptop' && shown.blocked_at !== null);
  assert.equal((await world.query('SELECT count(*) AS n FROM session_device WHERE user = ?', user.id))[0].n, 0, 'no session is proven by it any longer');
});

test('all sessions of an organisation end at the next request', async () => {
  const { organisation, root } = await furnished();
  const { visitor } = await signIn(world, organisation, organisation.person('alice'));
  const other = await world.organisation();
  const elsewhere = await signIn(world, other, other.person('bob'));
  await root.must('POST', '/tenant/end-sessions');
  assert.equal((await visitor.get('/vault')).status, 303);
  assert.equal((await elsewhere.visitor.get('/vault')).status, 200);
});
