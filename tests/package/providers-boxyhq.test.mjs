// @ts-check
// Responses of npm `@boxyhq/saml20` (JavaScript, xml-crypto), signed as it does it: both, or by its own `sign` either.
import { strict as assert } from 'node:assert';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { selfSigned } from '../../scripts/lib/certificate.mjs';
import { refusesChanges } from './providers-support.mjs';
import { keyward, refused, sp } from './support.mjs';

const saml20 = createRequire(import.meta.url)('@boxyhq/saml20').default;
const [idp, other] = ['identity provider', 'another'].map((name) => selfSigned(name));
const issuer = 'https://idp.example.test/metadata';
const raw = { email: 'alice@acme.test', name: ' Müller & Söhne <x> "y"', groups: ['a', 'b,c'] };

const mint = (/** @type {object} */ changes = {}) => saml20.createSAMLResponse({
  audience: sp.entityId, issuer, acsUrl: sp.acsUrl, requestId: '_r1', claims: { email: 'alice@acme.test', raw }, privateKey: idp.key, publicKey: idp.certificate, ...changes,
});
const ask = (/** @type {string} */ xml, /** @type {object} */ changes = {}) => keyward.verifyResponse({
  response: Buffer.from(xml).toString('base64'), encoding: 'base64', now: Date.now(), idp: { entityId: issuer, certificates: [other.certificate, idp.certificate] },
  sp, request: { id: '_r1' }, ...changes,
});
const unsigned = (/** @type {string} */ xml) => xml.replace(/<Signature .*?<\/Signature>/gs, '');
const paths = { response: '/*[local-name(.)="Response"]', assertion: '//*[local-name(.)="Assertion"]' };

/** @type {['response' | 'assertion', ...('response' | 'assertion')[]][]} */
const signings = [['response', 'assertion'], ['response'], ['assertion']];
for (const signed of signings) {
  test(`@boxyhq/saml20, ${signed.join(' and ')} signed`, async () => {
    let xml = await mint();
    if (signed.length === 1) xml = saml20.sign(unsigned(xml), idp.key, idp.certificate, paths[signed[0]]);
    const verified = await ask(xml);
    assert.deepEqual(verified.signed, signed);
    assert.deepEqual(verified.nameId, { value: 'alice@acme.test', format: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress' });
    assert.deepEqual(Object.fromEntries(verified.attributes.map(({ name, values }) => [name, values])), { email: [raw.email], name: [raw.name], groups: raw.groups });
    assert.equal(verified.sessionIndex, '_r1');
    await refusesChanges(xml, ask, { signed, encrypted: false });
  });
}

test('@boxyhq/saml20, an answer to nobody', async () => {
  const xml = await mint({ requestId: undefined });
  assert.doesNotMatch(xml, /InResponseTo/);
  const verified = await ask(xml, { request: null, policy: { allowUnsolicited: true } });
  assert.equal(verified.nameId?.value, 'alice@acme.test');
  await refused(ask(xml, { request: null }), 'unsolicited');
  await refused(ask(xml), 'in-response-to');
});

test('@boxyhq/saml20, what is not for us is refused by its code', async () => {
  await refused(ask(unsigned(await mint())), 'signature-missing');
  await refused(ask(await mint({ audience: 'https://other.test' })), 'audience');
  await refused(ask(await mint({ acsUrl: 'https://other.test' })), 'destination');
  await refused(ask(await mint({ issuer: 'https://other.test' })), 'issuer');
  await refused(ask(await mint({ privateKey: other.key, publicKey: other.certificate }), { idp: { entityId: issuer, certificates: [idp.certificate] } }), 'signature-invalid');
  await refused(ask(await mint({ ttlInMinutes: 1 }), { now: Date.now() + 60_000 + 90_000 }), 'expired');
});
