// @ts-check
// SimpleSAMLphp's responses (PHP, xmlseclibs), in every variant that its settings offer, asked for and not.
import { strict as assert } from 'node:assert';
import { after, before, test } from 'node:test';
import { selfSigned } from '../../scripts/lib/certificate.mjs';
import { startSimpleSamlPhp } from '../idp/simplesamlphp/simplesamlphp.mjs';
import { visitor } from '../idp/simplesamlphp/visitor.mjs';
import { refusesChanges } from './providers-support.mjs';
import { keyward, refused, sp } from './support.mjs';

const ours = selfSigned('service provider');
const other = selfSigned('another');
const [persistent, transient, email] = ['2.0:nameid-format:persistent', '2.0:nameid-format:transient', '1.1:nameid-format:emailAddress'].map((format) => `urn:oasis:names:tc:SAML:${format}`);

const [basic, uri] = ['basic', 'uri'].map((format) => `urn:oasis:names:tc:SAML:2.0:attrname-format:${format}`);

/** @type {import('../idp/simplesamlphp/simplesamlphp.mjs').SimpleSamlPhp} */
let idp;
/** @type {ReturnType<typeof visitor>} */
let person;
before(async () => {
  idp = await startSimpleSamlPhp();
  person = visitor(idp);
});
after(() => idp?.stop());

const ask = (/** @type {string} */ xml, /** @type {object} */ changes = {}) => keyward.verifyResponse({
  response: Buffer.from(xml).toString('base64'), encoding: 'base64', now: Date.now(), idp: { entityId: idp.entityId, certificates: [other.certificate, idp.certificate] },
  sp: { ...sp, decryptionKeys: [other.key, ours.key] }, request: null, policy: { allowUnsolicited: true }, ...changes,
});

const algorithm = (/** @type {number} */ bits) => `http://www.w3.org/2001/04/xmldsig-more#rsa-sha${bits}`;
/** @type {[string, Partial<import('../idp/simplesamlphp/simplesamlphp.mjs').Sp>, ('response' | 'assertion')[]][]} */
const variants = [
  ['both signed', {}, ['response', 'assertion']],
  ['the response signed', { signAssertion: false }, ['response']],
  ['the assertion signed', { signResponse: false }, ['assertion']],
  ['SHA-384', { signatureAlgorithm: algorithm(384) }, ['response', 'assertion']],
  ['SHA-512', { signatureAlgorithm: algorithm(512) }, ['response', 'assertion']],
  ['a transient NameID', { nameIdFormat: transient }, ['response', 'assertion']],
  ['an e-mail address as NameID', { nameIdFormat: email, more: { 'simplesaml.nameidattribute': 'Email' } }, ['response', 'assertion']],
  ['attributes with URI names', { more: { 'attributes.NameFormat': uri } }, ['response', 'assertion']],
  ['encrypted, signed inside and outside', { encryptionCertificate: ours.base64 }, ['response', 'assertion']],
  ['encrypted, signed inside', { encryptionCertificate: ours.base64, signResponse: false }, ['assertion']],
  ['encrypted, signed outside', { encryptionCertificate: ours.base64, signAssertion: false }, ['response']],
  ['an EncryptedID', { encryptionCertificate: ours.base64, more: { 'nameid.encryption': true, 'assertion.encryption': false } }, ['response', 'assertion']],
  ['an EncryptedID in an encrypted assertion', { encryptionCertificate: ours.base64, more: { 'nameid.encryption': true } }, ['response', 'assertion']],
];

for (const [name, settings, signed] of variants) {
  test(`SimpleSAMLphp, ${name}: asked for and not`, async () => {
    await idp.serve([{ entityId: sp.entityId, acsUrl: sp.acsUrl, signingCertificate: ours.base64, ...settings }]);
    const unsolicited = await person.respondTo(idp.unsolicitedUrl(sp.entityId));
    const id = `_${name.replace(/\W/g, '-')}`;
    const { redirectUrl } = await keyward.buildAuthnRequest({ idp: { ssoUrl: idp.ssoUrl }, sp, id, now: Date.now(), signingKey: ours.key, relayState: 'a b&c' });
    const solicited = await person.respondTo(redirectUrl);

    const encrypted = settings.encryptionCertificate !== undefined && settings.more?.['assertion.encryption'] !== false;
    const encryptedId = settings.more?.['nameid.encryption'] === true;
    assert.equal(solicited.includes('<saml:EncryptedAssertion'), encrypted);
    if (!encrypted) assert.equal(solicited.includes('<saml:EncryptedID'), encryptedId);
    for (const [xml, request] of /** @type {[string, { id: string } | null][]} */ ([[unsolicited, null], [solicited, { id }]])) {
      const verified = await ask(xml, { request });
      assert.deepEqual(verified.signed, signed);
      assert.equal(verified.encrypted, encrypted);
      assert.equal(verified.issuer, idp.entityId);
      const format = settings.nameIdFormat ?? persistent;
      assert.equal(verified.nameId?.format, format);
      if (format === email) assert.equal(verified.nameId?.value, 'alice@acme.test');
      else assert.match(verified.nameId?.value ?? '', /^_?[0-9a-f]{32,}$/);
      assert.deepEqual(Object.fromEntries(verified.attributes.map((attribute) => [attribute.name, attribute.values])), { Email: ['alice@acme.test'], First: ['Alice'], Last: ['Adams'] });
      assert.deepEqual(new Set(verified.attributes.map(({ nameFormat }) => nameFormat)), new Set([settings.more?.['attributes.NameFormat'] ?? basic]));
      await refusesChanges(xml, (changed) => ask(changed, { request }), { signed, encrypted, encryptedId });
    }
    await refused(ask(unsolicited, { request: null, policy: {} }), 'unsolicited');
    await refused(ask(unsolicited, { request: { id } }), 'in-response-to');
    await refused(ask(solicited), 'in-response-to');
    // CBC with no signature around it: every failure has one code.
    const hidden = encrypted && !signed.includes('response');
    await refused(ask(solicited, { request: { id }, idp: { entityId: idp.entityId, certificates: [other.certificate] } }), hidden ? 'decrypt' : 'signature-invalid');
    if (encrypted || encryptedId) await refused(ask(solicited, { request: { id }, sp: { ...sp, decryptionKeys: [other.key] } }), 'decrypt');
  });
}

test('SimpleSAMLphp refuses a request that we did not sign, and answers one that may show nothing', async () => {
  await idp.serve([{ entityId: sp.entityId, acsUrl: sp.acsUrl, signingCertificate: ours.base64 }]);
  const request = { idp: { ssoUrl: idp.ssoUrl }, sp, id: '_passive', now: Date.now(), isPassive: true };
  const forged = await keyward.buildAuthnRequest({ ...request, signingKey: other.key });
  await assert.rejects(visitor(idp).respondTo(forged.redirectUrl), /signature|valid/i);
  const { redirectUrl } = await keyward.buildAuthnRequest({ ...request, signingKey: ours.key });
  const answer = await visitor(idp).respondTo(redirectUrl);
  assert.match(answer, /status:NoPassive/);
  await refused(ask(answer, { request: { id: '_passive' } }), 'status');
});

test('SimpleSAMLphp takes a posted request that carries its own signature, by RSA', async () => {
  await idp.serve([{ entityId: sp.entityId, acsUrl: sp.acsUrl, signingCertificate: ours.base64 }]);
  const request = { binding: /** @type {const} */ ('post'), idp: { ssoUrl: idp.ssoUrl }, sp, id: '_posted', now: Date.now(), nameIdFormat: persistent, relayState: 'a b&c' };
  const { form } = await keyward.buildAuthnRequest({ ...request, signingKey: ours.key, signingCertificate: ours.certificate });
  const verified = await ask(await visitor(idp).respondToForm(form), { request: { id: '_posted' } });
  assert.deepEqual(verified.attributes.find(({ name }) => name === 'First')?.values, ['Alice']);
  const forged = await keyward.buildAuthnRequest({ ...request, signingKey: other.key, signingCertificate: other.certificate });
  await assert.rejects(visitor(idp).respondToForm(forged.form), /signature|valid/i);
});

test('SimpleSAMLphp signs out whom we say, and answers so that we believe it', async () => {
  const slo = 'https://sp.example.test/slo';
  await idp.serve([{ entityId: sp.entityId, acsUrl: sp.acsUrl, sloUrl: slo, signingCertificate: ours.base64, more: { 'sign.logout': true, 'validate.logout': true } }]);
  const alice = visitor(idp);
  const { nameId, sessionIndex } = await ask(await alice.respondTo(idp.unsolicitedUrl(sp.entityId)));
  assert.ok(nameId && sessionIndex);
  const request = { idp: { sloUrl: idp.sloUrl }, sp, id: '_logout', now: Date.now(), nameId, sessionIndex, relayState: 'a b&c' };
  const forged = await keyward.buildLogoutRequest({ ...request, signingKey: other.key });
  await assert.rejects(alice.leaveBy(forged.redirectUrl), /signature|valid/i);
  const { redirectUrl } = await keyward.buildLogoutRequest({ ...request, signingKey: ours.key });
  const back = new URL(await alice.leaveBy(redirectUrl));
  assert.equal(back.origin + back.pathname, slo);
  const answer = { query: back.search, now: Date.now(), idp: { entityId: idp.entityId, certificates: [idp.certificate] }, sp, destination: slo };
  assert.deepEqual(await keyward.verifyLogoutResponse(answer), { inResponseTo: '_logout', success: true, relayState: 'a b&c' });
  await refused(keyward.verifyLogoutResponse({ ...answer, query: back.search.replace('RelayState=a', 'RelayState=b') }), 'signature-invalid');
  await refused(keyward.verifyLogoutResponse({ ...answer, destination: sp.acsUrl }), 'destination');
  await refused(keyward.verifyLogoutResponse({ ...answer, idp: { ...answer.idp, entityId: 'https://other.test' } }), 'issuer');
});

test('SimpleSAMLphp\'s metadata say where to go and whom to trust', async () => {
  const [found] = keyward.parseIdpMetadata(await (await fetch(idp.metadataUrl)).text(), { now: Date.now() });
  assert.equal(found.entityId, idp.entityId);
  assert.deepEqual(found.certificates, [idp.certificate]);
  assert.ok(found.singleSignOn.some(({ location, binding }) => location === idp.ssoUrl && binding.endsWith('HTTP-Redirect')));
  assert.ok(found.singleLogout.some(({ location }) => location === idp.sloUrl));
});

test('SimpleSAMLphp, another person with an umlaut', async () => {
  await idp.serve([{ entityId: sp.entityId, acsUrl: sp.acsUrl }]);
  const verified = await ask(await visitor(idp).respondTo(idp.unsolicitedUrl(sp.entityId), 'bob'));
  assert.deepEqual(verified.attributes.find(({ name }) => name === 'Last')?.values, ['Bäcker & Söhne']);
});
