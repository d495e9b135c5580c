// @ts-check
// No organisation reads, changes or finds out about another: every operation of the served document that names something,
// by every kind of token, answers an id of another organisation as it answers one of nowhere, octet for octet, and writes
// nothing. A new operation is tried without anybody thinking of it; one that takes a body has to be given one below.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newId } from '../../scripts/seed.mjs';
import { client, newSecret, newTenant, tomorrow } from './support/api.mjs';
import { device } from './support/operations.mjs';
import { signIn, startWorld } from './support/world.mjs';

const secret = newSecret();
/** @typedef {Record<'node' | 'role' | 'user' | 'connection' | 'domain' | 'token' | 'session' | 'tenant' | 'key' | 'message' | 'trial' | 'device' | 'browser', string>} Ids */
/** @type {import('./support/world.mjs').World} */
let world;
/** @type {any} */
let document;
/** @type {{ own: Ids, other: Ids, nowhere: Ids }} */
let ids;
/** @type {[string, import('./support/api.mjs').Client][]} */
const askers = [];

/** Something of each kind. @param {import('./support/api.mjs').Client} operator */
async function furnish(operator) {
  const organisation = await world.organisation();
  await signIn(world, organisation, organisation.person('alice'));
  const { set_up_token } = await operator.must('POST', `/operator/tenants/${organisation.tenant}/set-up-token`);
  const root = client(world.origin, set_up_token);
  const [{ id: node }] = await world.query('SELECT id FROM node WHERE tenant = ? AND parent IS NULL', organisation.tenant);
  const { items: [user] } = await root.must('GET', '/users');
  const { items: [session] } = await root.must('GET', `/users/${user.id}/sessions`);
  const { items: [key] } = await root.must('GET', `/connections/${organisation.id}/keys`);
  const { items: [message] } = await root.must('GET', `/connections/${organisation.id}/messages`);
  await device(world, organisation.tenant, user.id, `d_${user.id.slice(2)}`);
  const role = await root.must('POST', '/roles', { node, name: 'Somebody' });
  const trial = `_trial-${newId('x').slice(2)}`;
  await world.query('INSERT INTO trial (tenant, id, connection, user, browser, created_at, expires_at) VALUES (?, ?, ?, ?, ?, 1, 4102444800000)', organisation.tenant, trial, organisation.id, user.id, 'ab'.repeat(32));
  const token = await root.must('POST', '/tokens', { name: 'Some token', node, privileges: ['view_audit'], expires_at: tomorrow() });
  return { root, node, ids: { node, role: role.id, user: user.id, connection: organisation.id, domain: organisation.domain, token: token.id, session: session.id, tenant: organisation.tenant, key: key.id, message: message.id, trial, device: `d_${user.id.slice(2)}`, browser: 'mosaic' } };
}

before(async () => {
  world = await startWorld({ bindings: { KEYWARD_OPERATOR_TOKEN: secret } });
  const operator = client(world.origin, secret);
  const [own, other] = [await furnish(operator), await furnish(operator)];
  const nowhere = { node: newId('n'), role: newId('r'), user: newId('u'), connection: newId('c'), domain: 'nowhere.test', token: newId('a'), session: 'ab'.repeat(32), tenant: newId('t'), key: newId('k'), message: newId('m'), trial: `_trial-${newId('x').slice(2)}`, device: newId('d'), browser: 'mosaic' };
  ids = { own: own.ids, other: other.ids, nowhere };
  document = (await client(world.origin, null).get('/openapi.json')).body;
  const all = document.paths['/tokens'].post.requestBody.content['application/json'].schema.properties.privileges.items.enum;
  assert.equal(all.length, 7);
  const make = async (/** @type {string} */ name, /** @type {object} */ what) => {
    const made = await own.root.must('POST', '/tokens', { name, node: own.node, expires_at: tomorrow(), ...what });
    askers.push([name, client(world.origin, made.secret)]);
  };
  for (const privilege of all) await make(privilege, { privileges: [privilege] });
  await make('everything', { privileges: all });
  await make('everything, to read', { privileges: all, read_only: true });
  askers.push(['the set-up token', own.root], ['nobody', client(world.origin, null)]);
});
after(() => world?.stop());

/** What an operation is sent. `it` is whose things the body names. @type {Record<string, (it: Ids) => object>} */
const bodies = {
  createToken: ({ node }) => ({ name: 'x', node, privileges: ['view_audit'], expires_at: '2027-01-01T00:00:00Z' }),
  createNode: ({ node }) => ({ parent: node, name: 'x' }),
  updateNode: () => ({ name: 'x' }),
  createRole: ({ node }) => ({ node, name: 'x' }),
  updateRole: () => ({ name: 'x' }),
  inviteUser: ({ node }) => ({ email: 'x@x.test', node }),
  updateUser: ({ node }) => ({ node }),
  updateDomain: ({ connection }) => ({ connection }),
  createConnection: ({ node }) => ({ node }),
  updateConnection: () => ({ jit: false }),
  putDraft: () => ({ idp_name: 'x', idp_entity_id: 'x', sso_url: 'https://x.test/', sso_binding: 'post', certificates: [] }),
  readMetadata: () => ({ idp_name: 'x', metadata: '<x/>' }),
  offerClaim: ({ connection }) => ({ connection }),
  createKey: () => ({ purpose: 'sign' }),
  useKey: () => ({ known: true }),
  putMetadataUrl: () => ({ url: 'https://x.test/metadata' }),
  rePointIdentity: () => ({ name_id: { value: 'x' } }),
  putGroups: ({ role }) => ({ groups: [{ group: 'x', role }] }),
  draftFromProvider: () => ({ provider: 'generic', metadata: '<x/>' }),
  limitTenant: () => ({ seats: 1 }),
  // Nobody's browser: what is in every organisation is nothing that one has and another has not.
  putExtensionLink: () => ({ url: 'https://x.test/' }),
};
/** They name nothing. */
const nameless = ['updateTenant', 'putLogo', 'putMail', 'claimDomain', 'createTenant', 'rewrapKeys'];

/** Path and body, with what the last parameter or the body names being somebody's. @param {any} operation @param {string} path @param {Ids} it */
function* requests(operation, path, it) {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => /** @type {keyof Ids} */ (name));
  const filled = (/** @type {(index: number) => Ids} */ of) => names.reduce((text, name, index) => text.replace(`{${name}}`, of(index)[name]), path);
  const make = bodies[operation.operationId];
  const body = (/** @type {Ids} */ whose) => make?.(whose);
  if (names.length > 0) yield { path: filled(() => it), body: body(ids.own) };
  if (names.length > 1) yield { path: filled((index) => (index === 0 ? ids.own : it)), body: body(ids.own) };
  if (make && JSON.stringify(make(ids.other)) !== JSON.stringify(make(ids.nowhere))) yield { path: filled(() => ids.own), body: body(it) };
}

/** @param {import('./support/api.mjs').Answer} answer */
const answerOf = ({ status, headers, text }) => ({ status, text, headers: [...headers].filter(([name]) => !['date', 'keep-alive'].includes(name)) });

test('another organisation’s ids are answered as those of nowhere, and nothing is written', async () => {
  const before = await world.snapshot();
  let count = 0;
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [verb, operation] of /** @type {[string, any][]} */ (Object.entries(/** @type {object} */ (operations)))) {
      if (operation.requestBody) assert.ok(operation.operationId in bodies || nameless.includes(operation.operationId), `${operation.operationId} takes a body: give it one in this test`);
      const theirs = [...requests(operation, path, ids.other)];
      const nowhere = [...requests(operation, path, ids.nowhere)];
      for (const [name, asker] of askers) {
        for (const [index, request] of theirs.entries()) {
          const [one, two] = [await asker.send(verb.toUpperCase(), request.path, request.body), await asker.send(verb.toUpperCase(), nowhere[index].path, nowhere[index].body)];
          assert.deepEqual(answerOf(one), answerOf(two), `${name}: ${verb} ${request.path}`);
          assert.ok(one.status >= 400, `${name}: ${verb} ${request.path}: ${one.status} ${one.text}`);
          for (const id of Object.values(ids.other)) assert.ok(!one.text.includes(id), `${name}: ${verb} ${request.path}`);
          count += 1;
        }
      }
    }
  }
  assert.ok(count > 300, `${count}`);
  assert.deepEqual(await world.snapshot(), before);
});

test('lists hold nothing of another organisation', async () => {
  let shown = 0;
  for (const [path, { get }] of /** @type {[string, any][]} */ (Object.entries(document.paths))) {
    if (!get || path.includes('{')) continue;
    for (const [name, asker] of askers) {
      const { status, text } = await asker.get(path);
      for (const id of Object.values(ids.other)) assert.ok(!text.includes(id), `${name}: ${path}`);
      if (status === 200) shown += 1;
    }
  }
  assert.ok(shown > 40, `${shown} lists were shown to somebody`);
});

test('the same by whoever owns them is there', async () => {
  const root = askers[askers.length - 2][1];
  for (const path of [`/nodes/${ids.own.node}`, `/roles/${ids.own.role}`, `/users/${ids.own.user}`, `/connections/${ids.own.connection}`, `/domains/${ids.own.domain}`, `/tokens/${ids.own.token}`]) await root.must('GET', path);
});

test('who is nobody is told so by every operation, and nothing else', async () => {
  assert.ok(Object.keys(document.paths).length > 40);
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const verb of Object.keys(/** @type {object} */ (operations))) {
      for (const nobody of [client(world.origin, null), client(world.origin, newSecret())]) {
        await nobody.refused('unauthenticated', verb.toUpperCase(), path.replace(/\{(\w+)\}/g, (_, name) => ids.own[/** @type {keyof Ids} */ (name)]), verb === 'get' ? undefined : '{');
      }
    }
  }
});
