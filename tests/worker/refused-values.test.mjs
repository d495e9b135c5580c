// @ts-check
// Good signatures under values that cannot be: no name, several, too long, of another connection's request; and an answer to
// "Is this you?" that comes too late.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newIdp } from './support/mint.mjs';
import { assertRefused, startWorld } from './support/world.mjs';

/** @type {import('./support/world.mjs').World} */
let world;
/** @type {import('./support/world.mjs').Organisation} */
let acme;

before(async () => {
  world = await startWorld();
  acme = await world.organisation({ idpInitiated: true });
});
after(() => world?.stop());

/** @param {Partial<import('./support/mint.mjs').Person>} other @param {import('./support/mint.mjs').Wishes} [wishes] */
async function arriving(other, wishes) {
  const visitor = world.visitor();
  const { id } = await visitor.begin(acme.ssoName);
  const response = acme.mint({ ...acme.person('alice'), ...other }, id, wishes);
  return () => visitor.answer(acme.acsUrl, response);
}

test('an assertion that names nobody, or somebody in a way that nobody goes by', async () => {
  const alter = (/** @type {RegExp} */ from, /** @type {string} */ to) => ({ alterAssertion: (/** @type {string} */ xml) => { assert.match(xml, from); return xml.replace(from, to); } });
  for (const [code, act] of /** @type {[string, () => Promise<any>][]} */ ([
    ['name-id-missing', await arriving({}, alter(/<saml:NameID.*?<\/saml:NameID>/, ''))],
    ['attribute-values', await arriving({}, alter(/(<saml:Attribute Name="Email">)(<saml:AttributeValue>.*?<\/saml:AttributeValue>)/, '$1$2<saml:AttributeValue>bob@x.test</saml:AttributeValue>'))],
    ['value-too-long', await arriving({ nameId: 'x'.repeat(1025) })],
    ['attribute-missing', await arriving({ email: undefined })],
  ])) await assertRefused(world, act, { code, tenant: acme.tenant, title: 'Your account is not ready' });
});

test('an answer to what another connection of the organisation asked', async () => {
  const idp = newIdp('https://second.test/metadata');
  const two = await world.organisation({}, { connections: [
    { ssoName: 'two-one', domains: ['two-one.test'], idpEntityId: idp.entityId, ssoUrl: 'http://127.0.0.1:9/sso', certificates: [idp.keys.base64] },
    { ssoName: 'two-two', domains: ['two-two.test'], idpEntityId: idp.entityId, ssoUrl: 'http://127.0.0.1:9/sso', certificates: [idp.keys.base64] },
  ] });
  const visitor = world.visitor();
  const { id } = await visitor.begin('two-two');
  const { mint } = await import('./support/mint.mjs');
  const person = { nameId: 'x', email: 'x@two-one.test', first: 'X', last: 'Y' };
  await assertRefused(world, () => visitor.answer(two.acsUrl, mint(idp, two.sp, person, id)), { code: 'request-connection', tenant: two.tenant });
});

test('a confirmation that comes too late', async () => {
  const visitor = world.visitor();
  const page = await visitor.answer(acme.acsUrl, acme.mint(acme.person('carol'), null));
  const token = /name="token" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
  await world.query('UPDATE confirmation SET expires_at = created_at + 1');
  await assertRefused(world, () => visitor.post('/confirm', { token, answer: 'yes' }), { code: 'confirmation-expired', tenant: acme.tenant });
});
