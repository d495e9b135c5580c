// @ts-check
// Accounts that exist outside a connection come to sign in by it: by a link that an admin gave and the account's own e-mail, once;
// and a connection's accounts go with it to another identity provider.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { client, newSecret } from './support/api.mjs';
import { mint, newIdp } from './support/mint.mjs';
import { decodeHtml, readRequest, words } from './support/visitor.mjs';
import { assertRefused, signIn, startWorld } from './support/world.mjs';

const secret = newSecret();
/** @type {import('./support/world.mjs').World} */
let world;

before(async () => {
  world = await startWorld({ workers: 2, bindings: { KEYWARD_OPERATOR_TOKEN: secret } });
});
after(() => world?.stop());

async function furnished() {
  const organisation = await world.organisation();
  const { set_up_token } = await client(world.origin, secret).must('POST', `/operator/tenants/${organisation.tenant}/set-up-token`);
  const root = client(world.origin, set_up_token);
  const [{ node }] = await world.query('SELECT node FROM connection WHERE id = ?', organisation.id);
  return { organisation, root, node };
}

/** Opens the link and goes on, as a person does. @param {string} link @param {import('./support/visitor.mjs').Visitor} visitor */
async function follow(link, visitor) {
  const page = await visitor.get(new URL(link).pathname);
  assert.equal(page.status, 200, words(page.body));
  const token = /name="token" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
  const answer = await visitor.post('/claim', { token });
  assert.equal(answer.status, 200, words(answer.body));
  const [, href] = /href="([^"]*SAMLRequest=[^"]*)"/.exec(answer.body) ?? [];
  return { page, ...readRequest(decodeHtml(href)) };
}

test('an invitation is claimed by its link and the e-mail together, and by neither alone', async () => {
  const { organisation, root, node } = await furnished();
  const alice = organisation.person('alice');
  const role = await root.must('POST', '/roles', { node, name: 'Helper' });
  const invited = await root.must('POST', '/users', { email: alice.email, node, roles: [role.id] });
  const arriving = async (/** @type {import('./support/mint.mjs').Person} */ person, visitor = world.visitor()) => {
    const { id } = await visitor.begin(organisation.ssoName);
    return () => visitor.answer(organisation.acsUrl, organisation.mint(person, id));
  };
  await assertRefused(world, await arriving(alice), { code: 'invitation-unclaimed', tenant: organisation.tenant });
  const { link, expires_at } = await root.must('POST', `/users/${invited.id}/claims`, { connection: organisation.id });
  assert.ok(new Date(expires_at).getTime() > Date.now() + 6 * 86_400_000);
  // Mail programs open links: nothing happens by that.
  const before = await world.snapshot();
  assert.match(words((await world.visitor().get(new URL(link).pathname)).body), new RegExp(alice.email.replace('.', '\\.')));
  assert.deepEqual(await world.snapshot(), before);
  // Somebody else has the link.
  const mallory = world.visitor();
  const theirs = await follow(link, mallory);
  await assertRefused(world, () => mallory.answer(organisation.acsUrl, organisation.mint(organisation.person('mallory'), theirs.id)), { code: 'claim-of-another', tenant: organisation.tenant });
  const visitor = world.visitor();
  const { id } = await follow(link, visitor);
  const answer = await visitor.answer(organisation.acsUrl, organisation.mint(alice, id));
  assert.equal(answer.status, 303, words(answer.body));
  const user = await root.must('GET', `/users/${invited.id}`);
  assert.equal(user.status, 'active');
  assert.deepEqual(user.roles.map((/** @type {any} */ it) => it.source).sort(), ['default', 'direct'], 'what was given, and the node’s defaults');
  const events = (await world.query('SELECT event FROM audit_event WHERE tenant = ? AND subject = ? ORDER BY time', organisation.tenant, invited.id)).map(({ event }) => event);
  for (const event of ['account_claim_offered', 'account_claimed', 'login']) assert.ok(events.includes(event), `${events}`);
  // Once.
  await assertRefused(world, () => world.visitor().get(new URL(link).pathname), { code: 'claim-over', tenant: organisation.tenant });
  await root.refused('account-linked', 'POST', `/users/${invited.id}/claims`, { connection: organisation.id });
  await (await arriving(alice))();
  assert.equal((await world.query('SELECT count(*) AS n FROM user WHERE tenant = ?', organisation.tenant))[0].n, 1);
});

test('a link is good once, in time, until there is another, and while it leads somewhere', async () => {
  const { organisation, root, node } = await furnished();
  const alice = organisation.person('alice');
  const invited = await root.must('POST', '/users', { email: alice.email, node });
  const offer = async () => (await root.must('POST', `/users/${invited.id}/claims`, { connection: organisation.id })).link;
  const first = await offer();
  const link = await offer();
  const open = (/** @type {string} */ at) => () => world.visitor().get(new URL(at).pathname);
  await assertRefused(world, open(first), { code: 'claim-unknown', tenant: null });
  await assertRefused(world, open('http://localhost/claim/nonsense'), { code: 'claim-unknown', tenant: null });
  await assertRefused(world, () => world.visitor().postFrom('/claim', { token: 'x' }), { code: 'cross-site' });
  // Several browsers at once, through two Workers: one of them has the account.
  const tries = await Promise.all([0, 1, 2, 3].map(async (at) => {
    const visitor = world.visitor();
    const { id } = await follow(link, visitor);
    return () => visitor.at(world.origins[at % 2]).answer(organisation.acsUrl, organisation.mint(alice, id));
  }));
  const answers = await Promise.all(tries.map((act) => act()));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [303, 403, 403, 403]);
  assert.equal((await world.query('SELECT count(*) AS n FROM identity WHERE tenant = ?', organisation.tenant))[0].n, 1);
  const bob = await root.must('POST', '/users', { email: organisation.person('bob').email, node });
  const late = (await root.must('POST', `/users/${bob.id}/claims`, { connection: organisation.id })).link;
  await world.query('UPDATE claim SET expires_at = created_at + 1 WHERE user = ?', bob.id);
  await assertRefused(world, open(late), { code: 'claim-over', tenant: organisation.tenant });
  await world.query("UPDATE connection SET status = 'disabled' WHERE id = ?", organisation.id);
  await root.refused('connection-not-active', 'POST', `/users/${bob.id}/claims`, { connection: organisation.id });
});

test('a claim of an account that is used elsewhere adds a way in, and keeps its roles', async () => {
  const { organisation, root, node } = await furnished();
  const alice = organisation.person('alice');
  const role = await root.must('POST', '/roles', { node, name: 'Own', policies: { session_idle_minutes: 7 } });
  const account = await root.must('POST', '/users', { email: alice.email, node, roles: [role.id] });
  await world.query("UPDATE user SET status = 'active' WHERE id = ?", account.id);
  const visitor = world.visitor();
  const { id } = await follow((await root.must('POST', `/users/${account.id}/claims`, { connection: organisation.id })).link, visitor);
  assert.equal((await visitor.answer(organisation.acsUrl, organisation.mint(alice, id))).status, 303);
  const user = await root.must('GET', `/users/${account.id}`);
  assert.deepEqual(user.roles, [{ role: role.id, source: 'direct' }]);
});

test('a connection goes to another provider, and its accounts go with it, each once', async () => {
  const { organisation, root } = await furnished();
  const [alice, bob, carol] = [organisation.person('alice'), organisation.person('bob'), organisation.person('carol')];
  const { visitor } = await signIn(world, organisation, alice);
  await signIn(world, organisation, bob);
  await signIn(world, organisation, carol);
  const other = newIdp('https://other-idp.test/metadata');
  const at = `/connections/${organisation.id}`;
  const draft = { idp_name: 'Other', idp_entity_id: other.entityId, sso_url: 'http://127.0.0.1:9/other', sso_binding: 'redirect', certificates: [other.keys.base64] };
  await root.must('PUT', `${at}/draft`, draft);
  await root.refused('connection-identity-change', 'POST', `${at}/activate`);
  await root.must('POST', `${at}/migrate`);
  await root.refused('connection-without-draft', 'POST', `${at}/migrate`);
  // Whoever is called at the next one as somebody was at the one before is not them for it.
  assert.deepEqual([...new Set((await world.query('SELECT subject FROM identity WHERE tenant = ?', organisation.tenant)).map(({ subject }) => JSON.parse(subject)[0]))], ['migrated']);
  await root.must('PUT', `${at}/draft`, draft);
  await root.refused('connection-nothing-migrates', 'POST', `${at}/migrate`);
  assert.equal((await visitor.get('/vault')).status, 303, 'everybody signs in again');
  const arriving = async (/** @type {import('./support/mint.mjs').Person} */ person) => {
    const visitor = world.visitor();
    const { id } = await visitor.begin(organisation.ssoName);
    return () => visitor.answer(organisation.acsUrl, mint(other, organisation.sp, person, id));
  };
  for (const again of [1, 2]) assert.equal((await (await arriving({ ...alice, nameId: 'a-17' }))()).status, 303, `${again}`);
  // Her name is settled; the next one who says to be her is not.
  await assertRefused(world, await arriving({ ...alice, nameId: 'a-18' }), { code: 'email-in-use', tenant: organisation.tenant });
  // So is the name that an admin said to be hers.
  const { items: [{ id: hers }] } = await root.must('GET', `/users?email=${encodeURIComponent(carol.email)}`);
  await root.must('PUT', `/users/${hers}/identities/${organisation.id}`, { name_id: { value: 'c-17', format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent' } });
  await assertRefused(world, await arriving({ ...carol, nameId: 'c-18' }), { code: 'email-in-use', tenant: organisation.tenant });
  assert.equal((await (await arriving({ ...carol, nameId: 'c-17' }))()).status, 303);
  await world.query('UPDATE identity SET migrates_until = 1 WHERE migrates_until IS NOT NULL');
  await assertRefused(world, await arriving({ ...bob, nameId: 'b-17' }), { code: 'email-in-use', tenant: organisation.tenant });
  assert.equal((await world.query('SELECT count(*) AS n FROM user WHERE tenant = ?', organisation.tenant))[0].n, 3);
});
