// @ts-check
// The SAML log: what came and went, how far it came, and nothing about people but what is sealed.
import assert from 'node:assert/strict';
import { createDecipheriv, createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { logoutRequest } from './support/logout.mjs';
import { mintXml, signXml } from './support/mint.mjs';
import { reference, signIn, startWorld } from './support/world.mjs';

/** @typedef {import('./support/world.mjs').Organisation} Organisation */

/** @type {import('./support/world.mjs').World} */
let world;
before(async () => {
  world = await startWorld();
});
after(() => world?.stop());

/** @param {Organisation} organisation */
const log = (organisation) => world.query('SELECT * FROM saml_message WHERE tenant = ? ORDER BY number', organisation.tenant);

/** Opens what is sealed, as whoever has the master key does. @param {any} row @param {string} [bound] */
function open(row, bound = `${row.tenant}|${row.connection}|${row.id}|saml`) {
  const [version, master, octets] = row.sealed.split('.');
  assert.deepEqual([version, master], ['v1', createHash('sha256').update(world.masterKey).digest('hex').slice(0, 8)]);
  const sealed = Buffer.from(octets, 'base64');
  const cipher = createDecipheriv('aes-256-gcm', world.masterKey, sealed.subarray(0, 12)).setAAD(Buffer.from(bound));
  cipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([cipher.update(sealed.subarray(12, -16)), cipher.final()]).toString();
}

test('a sign-in is one message, whose XML opens for who has the master key, and there only', async () => {
  const organisation = await world.organisation();
  const { visitor, response } = await signIn(world, organisation, organisation.person('alice'));
  const [row, ...more] = await log(organisation);
  assert.deepEqual(more, []);
  assert.deepEqual([row.number, row.ring, row.direction, row.kind, row.stage, row.code, row.reference], [1, 'signed', 'in', 'Response', null, null, null]);
  assert.equal(open(row), Buffer.from(response, 'base64').toString());
  assert.throws(() => open(row, `${row.tenant}|${row.connection}|m_other|saml`));
  const plain = JSON.stringify({ ...row, sealed: null });
  for (const personal of ['alice', 'Secretsurname', organisation.domain]) assert.ok(!plain.includes(personal), plain);
  await visitor.answer(organisation.acsUrl, response);
  assert.equal((await log(organisation)).length, 1, 'a reload brings nothing new');
});

test('a refusal tells how far the message came, under the reference that was shown', async () => {
  const organisation = await world.organisation();
  const alice = organisation.person('alice');
  /** @type {[string, string, () => Promise<string>][]} */
  const messages = [
    ['message', 'base64', async () => '%%%'],
    ['xml', 'xml-malformed', async () => Buffer.from('<a>').toString('base64')],
    ['signature', 'digest-mismatch', async () => Buffer.from(mintXml(organisation.idp, organisation.sp, alice, null).replace(/alice@/g, 'mallory@')).toString('base64')],
    ['envelope', 'destination', async () => organisation.mint(alice, null, { destination: 'https://other.test' })],
    ['request', 'request-unknown', async () => organisation.mint(alice, '_nobody')],
  ];
  for (const [stage, code, make] of messages) {
    const answer = await world.visitor().answer(organisation.acsUrl, await make());
    const row = (await log(organisation)).at(-1);
    assert.deepEqual([row.stage, row.code, row.reference], [stage, code, reference(answer.body)], code);
  }
  const visitor = world.visitor();
  const { id } = await visitor.begin(organisation.ssoName);
  await visitor.answer(organisation.acsUrl, organisation.mint({ ...alice, email: 'alice@elsewhere.test' }, id));
  const row = (await log(organisation)).at(-1);
  assert.deepEqual([row.stage, row.code], ['account', 'email-domain-not-reserved']);
  assert.ok(open(row).includes('alice@elsewhere.test'));
});

test('single logout is there both ways, as the bindings carried it', async () => {
  const organisation = await world.organisation({ sloUrl: 'http://127.0.0.1:9/slo' });
  const alice = organisation.person('alice');
  const { visitor } = await signIn(world, organisation, alice);
  await visitor.post('/sign-out', {});
  const path = new URL(organisation.sp.sloUrl).pathname;
  const xml = signXml(logoutRequest(organisation, { nameId: alice.nameId }), 'LogoutRequest', organisation.idp.keys);
  await world.visitor().postFrom(path, { SAMLRequest: Buffer.from(xml).toString('base64') });
  await world.visitor().get(`${path}?SAMLRequest=unsigned`);
  const rows = await log(organisation);
  assert.deepEqual(rows.map((row) => [row.direction, row.kind, row.code]), [
    ['in', 'Response', null], ['out', 'LogoutRequest', null], ['in', 'LogoutRequest', null], ['out', 'LogoutResponse', null], ['in', 'LogoutRequest', 'signature-missing'],
  ]);
  assert.ok(open(rows[1]).includes(alice.nameId));
  assert.equal(open(rows[2]), xml);
  assert.match(open(rows[3]), /^<samlp:LogoutResponse .*status:Success/);
  assert.equal(open(rows[4]), 'SAMLRequest=unsigned');
});

test('it is the last 200 of each connection, whatever is posted, and nothing of it is kept for more than a month', async () => {
  const [organisation, other] = [await world.organisation(), await world.organisation()];
  await signIn(world, other, other.person('bob'));
  const alice = organisation.person('alice');
  await signIn(world, organisation, alice);
  const [first] = await log(organisation);
  const many = async (/** @type {number} */ count, /** @type {() => Promise<unknown>} */ act) => {
    for (let done = 0; done < count; done += 20) await Promise.all(Array.from({ length: 20 }, act));
  };
  await many(120, () => world.visitor().answer(organisation.acsUrl, organisation.mint(alice, '_nobody')));
  assert.ok(!(await log(organisation)).some(({ id }) => id === first.id), 'the first one gave way to what was signed');
  await many(60, async () => {
    const visitor = world.visitor();
    const { id } = await visitor.begin(organisation.ssoName);
    await visitor.answer(organisation.acsUrl, organisation.mint(alice, id, { sign: 'none' }));
  });
  await many(60, () => world.visitor().answer(organisation.acsUrl, '%%%'));
  const rows = await log(organisation);
  const [signed, awaited, others] = ['signed', 'awaited', 'other'].map((ring) => rows.filter((row) => row.ring === ring).map(({ number }) => number));
  const last = (/** @type {number} */ count, /** @type {number} */ to) => Array.from({ length: count }, (_, at) => to - count + 1 + at);
  assert.deepEqual([signed, awaited, others], [last(120, 121), last(40, 181), last(40, 241)]);
  assert.equal((await log(other)).length, 1);
  const month = 30 * 24 * 60 * 60_000;
  await world.query('UPDATE saml_message SET time = ? WHERE tenant = ? AND number <= 101', Date.now() - month - 60_000, organisation.tenant);
  await world.cron();
  assert.equal((await log(organisation)).length, 100);
  await world.visitor().answer(organisation.acsUrl, organisation.mint(alice, '_nobody'));
  assert.deepEqual((await log(organisation)).at(-1)?.number, 242, 'it goes on in order');
});

test('what strangers post takes the place of nothing that the IdP signed, nor of what its browser waited for', async () => {
  const organisation = await world.organisation();
  const alice = organisation.person('alice');
  await signIn(world, organisation, alice);
  const [visitor, path] = [world.visitor(), new URL(organisation.sp.sloUrl).pathname];
  const { id } = await visitor.begin(organisation.ssoName);
  await visitor.answer(organisation.acsUrl, organisation.mint({ ...alice, email: 'alice@elsewhere.test' }, id));
  const wrong = organisation.mint(alice, id, { keys: (await world.organisation()).idp.keys });
  await visitor.answer(organisation.acsUrl, wrong);
  const real = await log(organisation);
  assert.deepEqual(real.map(({ ring, code }) => [ring, code]), [['signed', null], ['signed', 'email-domain-not-reserved'], ['awaited', 'signature-invalid']]);
  for (let round = 0; round < 100; round += 20) {
    await Promise.all(Array.from({ length: 20 }, async () => {
      const stranger = world.visitor();
      await stranger.answer(organisation.acsUrl, '%%%');
      // The answer to another browser's request.
      await stranger.answer(organisation.acsUrl, wrong);
      await stranger.postFrom(path, { SAMLRequest: 'nonsense' });
    }));
  }
  const rows = await log(organisation);
  assert.deepEqual(rows.filter(({ ring }) => ring !== 'other'), real);
  assert.equal(rows.length, real.length + 40);
});

test('what is longer than is kept is told without it', async () => {
  const organisation = await world.organisation();
  const long = Buffer.from(`<a>${'x'.repeat(64 * 1024)}</a>`).toString('base64');
  await world.visitor().answer(organisation.acsUrl, long);
  await world.visitor().answer(organisation.acsUrl, 'A'.repeat(800_000));
  const rows = await log(organisation);
  assert.deepEqual(rows.map(({ code, sealed }) => [code, sealed]), [['message-type', null], ['too-large', null]]);
});

test('nobody’s connection has no log', async () => {
  const before = (await world.query('SELECT count(*) AS n FROM saml_message'))[0].n;
  await world.visitor().postFrom('/saml/c_nobody/acs', { SAMLResponse: 'x' });
  assert.equal((await world.query('SELECT count(*) AS n FROM saml_message'))[0].n, before);
});
