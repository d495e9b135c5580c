// @ts-check
// What cron takes over from an IdP's metadata, and what it leaves to an admin; and when certificates end.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { selfSigned } from '../../scripts/lib/certificate.mjs';
import { mint, newIdp } from './support/mint.mjs';
import { idpMetadata, startPublisher } from './support/metadata.mjs';
import { assertRefused, signIn, startWorld } from './support/world.mjs';

const DAY = 24 * 60 * 60 * 1000;

/** @type {import('./support/world.mjs').World} */
let world;
/** @type {Awaited<ReturnType<typeof startPublisher>>} */
let publisher;

before(async () => {
  publisher = await startPublisher();
  world = await startWorld({ workers: 2 });
});
after(async () => {
  await world?.stop();
  await publisher?.stop();
});

/** @typedef {import('./support/world.mjs').Organisation} Organisation */

/** An organisation whose IdP publishes its metadata. @param {import('./support/metadata.mjs').Published} [published] */
async function publishing(published) {
  const organisation = await world.organisation();
  const path = `/${organisation.id}`;
  publisher.documents.set(path, published ?? { body: idpMetadata(organisation.idp.entityId, [organisation.idp.keys.base64]) });
  await world.query('INSERT INTO connection_metadata (tenant, connection, url, next_check_at) VALUES (?, ?, ?, 0)', organisation.tenant, organisation.id, publisher.origin + path);
  const publish = (/** @type {import('./support/metadata.mjs').Published} */ next) => publisher.documents.set(path, next);
  /** @param {string[]} certificates @param {string} [etag] */
  const offer = (certificates, etag) => publish({ body: idpMetadata(organisation.idp.entityId, certificates), ...(etag ? { etag } : {}) });
  return { organisation, path, publish, offer };
}

/** Due now, and polled. @param {Organisation} organisation */
async function poll(organisation) {
  await world.query('UPDATE connection_metadata SET next_check_at = CASE connection WHEN ? THEN 1 ELSE 4102444800000 END', organisation.id);
  await world.cron();
  return (await world.query('SELECT * FROM connection_metadata WHERE connection = ?', organisation.id))[0];
}

/** @param {Organisation} organisation @returns {Promise<number>} */
const pinned = async (organisation) => (await world.query("SELECT count(*) AS n FROM connection_certificate WHERE connection = ? AND stage = 'active'", organisation.id))[0].n;

/** @param {Organisation} organisation */
const events = async (organisation) => (await world.query("SELECT event, code FROM audit_event WHERE connection = ? AND event IN ('metadata_refreshed', 'metadata_refresh_failed', 'certificate_expiring') ORDER BY time, id", organisation.id)).map(({ event, code }) => (code ? `${event} ${code}` : event));

/** The same IdP with another key. @param {Organisation} organisation */
function rolledOver(organisation) {
  const next = { ...organisation.idp, keys: newIdp('').keys };
  const arrive = async (name = 'alice', target = world.origin) => {
    const visitor = world.visitor();
    const { id } = await visitor.begin(organisation.ssoName);
    const response = mint(next, organisation.sp, organisation.person(name), id);
    return () => visitor.at(target).answer(organisation.acsUrl, response);
  };
  return { keys: next.keys, arrive };
}

test('a new certificate is pinned beside the old one, for isolates that remember the connection too', async () => {
  const { organisation, offer } = await publishing();
  const next = rolledOver(organisation);
  for (const target of world.origins) await assertRefused(world, await next.arrive('alice', target), { code: 'signature-invalid' });
  offer([organisation.idp.keys.base64, next.keys.base64]);
  const row = await poll(organisation);
  assert.equal(await pinned(organisation), 2);
  assert.deepEqual([row.failures, await events(organisation)], [0, ['metadata_refreshed']]);
  assert.ok(row.next_check_at > Date.now() + DAY / 8);
  for (const target of world.origins) assert.equal((await (await next.arrive('alice', target))()).status, 303);
  await signIn(world, organisation, organisation.person('alice')); // the old one counts as well
});

test('a certificate that is left out is kept for a week', async () => {
  const { organisation, offer } = await publishing();
  const next = rolledOver(organisation);
  offer([organisation.idp.keys.base64, next.keys.base64]);
  await poll(organisation);
  offer([next.keys.base64]);
  await poll(organisation);
  assert.equal(await pinned(organisation), 2);
  await signIn(world, organisation, organisation.person('alice'));
  await world.query('UPDATE connection_certificate SET missing_since = missing_since - ? WHERE connection = ?', 8 * DAY, organisation.id);
  await poll(organisation);
  assert.equal(await pinned(organisation), 1);
  const visitor = world.visitor();
  const { id } = await visitor.begin(organisation.ssoName);
  await assertRefused(world, () => visitor.answer(organisation.acsUrl, organisation.mint(organisation.person('alice'), id)), { code: 'signature-invalid' });
  assert.equal((await (await next.arrive())()).status, 303);
});

test('a document that the server calls the same is not sent again', async () => {
  const { organisation, path, offer } = await publishing();
  offer([organisation.idp.keys.base64], '"one"');
  assert.equal((await poll(organisation)).etag, '"one"');
  assert.equal((await poll(organisation)).failures, 0);
  assert.deepEqual(publisher.asked.filter((it) => it.path === path).map((it) => it.ifNoneMatch), [undefined, '"one"']);
  assert.deepEqual(await events(organisation), []);
});

test('what an admin has to look at changes nothing, and is written down once', async () => {
  const other = newIdp('');
  for (const [code, make] of /** @type {[string, (organisation: Organisation) => import('./support/metadata.mjs').Published][]} */ ([
    ['metadata-without-idp', ({ idp }) => ({ body: idpMetadata('https://another.test/idp', [idp.keys.base64, other.keys.base64]) })],
    ['metadata-replaced', ({ idp }) => ({ body: idpMetadata(idp.entityId, [other.keys.base64]) })],
    ['xml-malformed', () => ({ body: 'nonsense' })],
    ['xml-doctype', ({ idp }) => ({ body: `<!DOCTYPE x>${idpMetadata(idp.entityId, [idp.keys.base64, other.keys.base64])}` })],
    ['metadata-unreachable', () => ({ status: 503 })],
    ['metadata-unreachable', ({ id }) => ({ status: 302, location: `/${id}-elsewhere` })],
    ['metadata-unreachable', ({ idp }) => ({ body: idpMetadata(idp.entityId, [idp.keys.base64, other.keys.base64]) + ' '.repeat(1024 * 1024) })],
  ])) {
    const { organisation, path, publish, offer } = await publishing();
    publish(make(organisation));
    publisher.documents.set(`${path}-elsewhere`, { body: idpMetadata(organisation.idp.entityId, [organisation.idp.keys.base64, other.keys.base64]) });
    const before = await world.query('SELECT version FROM connection WHERE id = ?', organisation.id);
    assert.equal((await poll(organisation)).failures, 1, code);
    const row = await poll(organisation);
    assert.equal(row.failures, 2, code);
    assert.ok(row.next_check_at - row.checked_at >= 2 * 60 * 60 * 1000, 'tried again later');
    assert.deepEqual(await events(organisation), [`metadata_refresh_failed ${code}`]);
    assert.equal(await pinned(organisation), 1, code);
    assert.deepEqual(await world.query('SELECT version FROM connection WHERE id = ?', organisation.id), before);
    assert.ok(!publisher.asked.some((it) => it.path === `${path}-elsewhere`), 'no redirect is followed');
    offer([organisation.idp.keys.base64]);
    assert.equal((await poll(organisation)).failures, 0, 'and it recovers by itself');
    await signIn(world, organisation, organisation.person('alice'));
  }
});

test('an address inside is never asked', async () => {
  const { organisation } = await publishing();
  for (const url of ['https://169.254.169.254/latest/meta-data', 'http://10.0.0.1/x', 'https://[::1]/x', `http://127.0.0.1.evil.test/`, 'file:///etc/passwd']) {
    await world.query('UPDATE connection_metadata SET url = ?, failures = 0 WHERE connection = ?', url, organisation.id);
    assert.equal((await poll(organisation)).failures, 1, url);
    const [{ detail }] = await world.query("SELECT detail FROM audit_event WHERE connection = ? AND code = 'metadata-unreachable' ORDER BY time DESC LIMIT 1", organisation.id);
    assert.match(detail, /its address is none that may be asked/);
  }
});

test('a connection that is disabled is not polled', async () => {
  const { organisation, path } = await publishing();
  await world.query("UPDATE connection SET status = 'disabled' WHERE id = ?", organisation.id);
  await poll(organisation);
  assert.ok(!publisher.asked.some((it) => it.path === path));
});

test('two Workers that poll at once take over once', async () => {
  const { organisation, offer } = await publishing();
  offer([organisation.idp.keys.base64, newIdp('').keys.base64]);
  await world.query('UPDATE connection_metadata SET next_check_at = CASE connection WHEN ? THEN 1 ELSE 4102444800000 END', organisation.id);
  await Promise.all([world.cron(0), world.cron(1), world.cron(0), world.cron(1)]);
  assert.deepEqual(await events(organisation), ['metadata_refreshed']);
  assert.equal(await pinned(organisation), 2);
});

test('a certificate that ends is told of at 60, 30, 14, 7 and 1 days, and when it has ended, once each', async () => {
  const organisation = await world.organisation();
  const from = new Date(Date.now() - 10 * DAY);
  /** Days left → how many events there are in the end. @type {[number, number][]} */
  const left = [[59, 1], [29, 1], [13, 1], [6, 1], [0.5, 1], [-1, 1], [90, 0]];
  for (const [days, expected] of left) {
    const keys = selfSigned('ends', { from, days: 10 + days });
    await world.query("UPDATE connection_certificate SET certificate = ?, fingerprint = ?, looked_at = NULL, next_look_at = 0 WHERE connection = ?", keys.base64, keys.fingerprint, organisation.id);
    const told = (await events(organisation)).length;
    await world.cron();
    await world.cron();
    assert.equal((await events(organisation)).length - told, expected, `${days} days`);
    const [row] = await world.query('SELECT looked_at, next_look_at FROM connection_certificate WHERE connection = ?', organisation.id);
    assert.ok(row.looked_at > 0 && (days < 0 ? row.next_look_at === null : row.next_look_at > Date.now()), `${days} days`);
  }
  const [{ detail }] = await world.query("SELECT detail FROM audit_event WHERE connection = ? AND event = 'certificate_expiring' LIMIT 1", organisation.id);
  assert.match(detail, /certificate [0-9a-f]{64} expire/);
});
