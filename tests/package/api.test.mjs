// @ts-check
// The package's contract: shapes, codes at their boundaries, and that nothing but a KeywardError ever comes out.
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { Session } from '../../dist/keyward/keyward.js';
import { mintResponse, testIdp } from '../../dist/keyward/testing.js';
import { keyward, now, refused, seeded, sp, testKey } from './support.mjs';

const mint = (/** @type {Partial<Parameters<typeof mintResponse>[0]>} */ changes = {}) => mintResponse({
  acsUrl: sp.acsUrl, spEntityId: sp.entityId, now, inResponseTo: '_r1', nameId: { value: 'alice' }, attributes: { Email: 'alice@acme.test' }, ...changes,
});
const ask = (/** @type {{ response: string, idp: any }} */ { response, idp }, /** @type {object} */ changes = {}) => keyward.verifyResponse({
  response, encoding: 'base64', now, idp, sp, request: { id: '_r1' }, ...changes,
});
const encoded = (/** @type {string} */ xml) => Buffer.from(xml).toString('base64');

test('a verified assertion has the documented shape', async () => {
  const person = await ask(mint());
  assert.deepEqual(Object.keys(person).sort(), ['assertionId', 'attributes', 'authnContext', 'authnInstant', 'encrypted', 'issuer', 'nameId', 'notOnOrAfter', 'sessionIndex', 'signed', 'warnings']);
  assert.deepEqual(person.nameId, { value: 'alice' });
  assert.equal(person.notOnOrAfter, now + 300_000);
});

test('what is minted is read as it was given, white space too', async () => {
  const odd = ' 3\r\n\t<&>" ';
  const { response, idp } = mintResponse({ acsUrl: sp.acsUrl, spEntityId: sp.entityId, now, inResponseTo: '_r', nameId: { value: `a${odd}`, nameQualifier: odd }, attributes: { [odd]: odd } });
  const { nameId, attributes } = await keyward.verifyResponse({ response, encoding: 'base64', now, idp, sp, request: { id: '_r' } });
  assert.deepEqual([nameId, attributes], [{ value: `a${odd}`, nameQualifier: odd }, [{ name: odd, values: [odd] }]]);
});

test('time is judged to the millisecond, skew included', async () => {
  const message = mint();
  const end = now + 300_000 + 90_000;
  await ask(message, { now: end - 1 });
  await refused(ask(message, { now: end }), 'expired');
  await ask(message, { now: now - 90_000 });
  await refused(ask(message, { now: now - 90_001 }), 'not-yet-valid');
  await refused(ask(message, { now: now + 300_000, policy: { clockSkewSeconds: 0 } }), 'expired');
  await ask(message, { now: now + 299_999, policy: { clockSkewSeconds: 0 } });
});

test('a request is answered by its own response', async () => {
  await refused(ask(mint(), { request: { id: '_r2' } }), 'in-response-to');
  await refused(ask(mint(), { request: null }), 'in-response-to');
  await refused(ask(mint(), { request: null, policy: { allowUnsolicited: true } }), 'in-response-to');
  const unsolicited = mint({ inResponseTo: undefined });
  await refused(ask(unsolicited), 'in-response-to');
  await refused(ask(unsolicited, { request: null }), 'unsolicited');
  await ask(unsolicited, { request: null, policy: { allowUnsolicited: true } });
  await refused(ask(mint({ inResponseTo: '' }), { request: null, policy: { allowUnsolicited: true } }), 'in-response-to', 'an empty one is not none');
});

test('what was changed after signing is refused, wherever it was signed', async () => {
  for (const sign of /** @type {const} */ ([['response'], ['assertion'], ['response', 'assertion']])) {
    const { xml, idp } = mint({ sign: [...sign] });
    await refused(ask({ response: encoded(xml.replace('>alice<', '>mallory<')), idp }), 'digest-mismatch');
    await refused(ask({ response: encoded(xml.replace('alice@acme.test', 'root@acme.test')), idp }), 'digest-mismatch');
  }
  const { xml, idp } = mint({ sign: [] });
  await refused(ask({ response: encoded(xml), idp }), 'signature-missing');
});

test('the XML that attacks are made of is refused before anything else', async () => {
  const { xml, idp } = mint();
  /** @type {[string, string][]} */
  const hostile = [
    [`<!DOCTYPE a [<!ENTITY x "y">]>${xml}`, 'xml-doctype'],
    [`<!doctype a>${xml}`, 'xml-doctype'],
    [xml.replace('>alice<', '>al<?x?>ice<'), 'xml-processing-instruction'],
    [xml.replace('>alice<', '>al&x;ice<'), 'xml-entity'],
    [xml.replace('>alice<', '>al\u0000ice<'), 'xml-character'],
    [xml.replace('>alice<', '>al&#0;ice<'), 'xml-character'],
    [`${xml}<x/>`, 'xml-malformed'],
    [xml.slice(0, -1), 'xml-malformed'],
    ['', 'xml-malformed'],
    ['not XML', 'xml-malformed'],
    [xml.replace('<samlp:Status>', '<samlp:Status evil:x="1">'), 'xml-namespace'],
    [xml.replace('<samlp:Status>', '<samlp:Status xmlns:e="relative">'), 'xml-namespace'],
    [xml.replace('<samlp:Status>', '<samlp:Status a="1" a="1">'), 'xml-duplicate-attribute'],
    [`<a>${'<a>'.repeat(64)}${'</a>'.repeat(64)}</a>`, 'xml-limit'],
    [`<a ${Array.from({ length: 65 }, (_, index) => `a${index}="1"`).join(' ')}/>`, 'xml-limit'],
    [`<a>${'x'.repeat(262_144)}</a>`, 'too-large'],
    ['<a/>', 'message-type'],
    [xml.replace(/ ID="[^"]+" Version="2.0" IssueInstant="[^"]+"><saml:Issuer>/, ' ID="_same" Version="2.0" IssueInstant="2026-11-23T12:00:00Z"><saml:Issuer Id="_same">'), 'duplicate-id'],
  ];
  for (const [message, code] of hostile) await refused(ask({ response: encoded(message), idp }), code, message.slice(0, 60));
  await refused(ask({ response: '!!!', idp }), 'base64');
  await refused(ask({ response: Buffer.from([0x3c, 0x61, 0xff, 0x2f, 0x3e]).toString('base64'), idp }), 'xml-encoding');
  await refused(ask({ response: Buffer.from(xml, 'utf16le').toString('base64'), idp }), 'xml-character');
});

test('wrapped, moved and doubled elements never change who it is', async () => {
  const { xml, idp } = mint({ sign: ['assertion'] });
  const assertion = /** @type {RegExpMatchArray} */ (xml.match(/<saml:Assertion .*<\/saml:Assertion>/s))[0];
  const evil = assertion.replace('>alice<', '>mallory<').replace(/<ds:Signature .*<\/ds:Signature>/s, '').replace(/ID="[^"]+"/, 'ID="_evil"');
  const signature = /** @type {RegExpMatchArray} */ (assertion.match(/<ds:Signature .*<\/ds:Signature>/s))[0];
  const bare = assertion.replace(signature, '');
  /** @type {[string, string, string][]} */
  const wrapped = [
    ['beside, first', xml.replace(assertion, evil + assertion), 'assertion-count'],
    ['beside, last', xml.replace(assertion, assertion + evil), 'assertion-count'],
    ['the original in Extensions', xml.replace('<samlp:Status>', `<samlp:Extensions>${assertion}</samlp:Extensions><samlp:Status>`).replace(new RegExp(`(</samlp:Status>)${assertion.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`), `$1${evil}`), 'signature-position'],
    ['the original in an Object of the signature', xml.replace(assertion, evil.replace('</saml:Issuer>', `</saml:Issuer>${signature.replace('</ds:Signature>', `<ds:Object>${bare}</ds:Object></ds:Signature>`)}`)), 'signature-malformed'],
    ['the signature copied into the evil one', xml.replace(assertion, evil.replace('</saml:Issuer>', `</saml:Issuer>${signature}`)), 'reference-not-parent'],
    ['the same with the original\'s ID', xml.replace(assertion, evil.replace('"_evil"', /** @type {RegExpMatchArray} */ (assertion.match(/ID="[^"]+"/))[0].slice(3)).replace('</saml:Issuer>', `</saml:Issuer>${signature}`)), 'digest-mismatch'],
    ['the original inside the evil one', xml.replace(assertion, evil.replace('</saml:Assertion>', `<saml:Advice>${assertion}</saml:Advice></saml:Assertion>`)), 'signature-position'],
  ];
  for (const [name, message, code] of wrapped) {
    assert.notEqual(message, xml, name);
    await refused(ask({ response: encoded(message), idp }), code, name);
  }
});

test('a comment does not cut a name short', async () => {
  // Exclusive canonicalization drops comments, so the signature still holds: then the whole name has to be read.
  const { xml, idp } = mint({ nameId: { value: 'admin@acme.test.evil.test' } });
  const person = await ask({ response: encoded(xml.replace('admin@acme.test.evil', 'admin@acme.test<!-- x -->.evil')), idp });
  assert.equal(person.nameId?.value, 'admin@acme.test.evil.test');
});

test('whatever is changed, the identity is the signed one or there is none', async () => {
  const random = seeded(7);
  const { xml, idp } = mint({ sign: ['assertion'] });
  let accepted = 0;
  const rounds = 1500;
  for (let round = 0; round < rounds; round += 1) {
    const at = random.int(xml.length);
    const piece = random.pick(['', ' ', '<', '>', '"', 'x', '&amp;', '<!-- -->', '\n', xml.slice(at, at + random.int(300))]);
    const changed = xml.slice(0, at) + piece + xml.slice(at + random.int(4));
    try {
      const person = await ask({ response: encoded(changed), idp });
      assert.equal(person.nameId?.value, 'alice');
      assert.deepEqual(person.attributes.map(({ values }) => values), [['alice@acme.test']]);
      accepted += 1;
    } catch (error) {
      if (!(error instanceof keyward.KeywardError)) throw error;
      assert.notEqual(error.code, 'internal');
    }
  }
  assert.ok(accepted > 20, `only ${accepted} of ${rounds} were accepted: this test would prove nothing`);
});

test('what callers get wrong is told, not thrown as something else', async () => {
  const message = mint();
  await refused(ask(message, { encoding: 'utf8' }), 'invalid-input');
  await refused(ask(message, { now: Number.NaN }), 'invalid-input');
  await refused(ask(message, { idp: { entityId: 'x', certificates: ['nonsense'] } }), 'certificate');
  await refused(ask(message, { idp: { entityId: 'x', certificates: 'nonsense' } }), 'invalid-input');
  await refused(ask(message, { idp: { entityId: 'x', certificates: Array.from({ length: 11 }, () => testIdp().certificate) } }), 'certificate');
  await refused(() => keyward.canonicalize('<a/>', { algorithm: 'urn:x' }), 'canonicalization-algorithm');
  await refused(() => keyward.parseIdpMetadata('<a/>'), 'message-type');
});

test('after a trap the engine begins anew, and whatever waited meanwhile is told so', async () => {
  const message = mint();
  const { resume } = Session.prototype;
  const trapping = async (/** @type {() => Promise<unknown>} */ work) => {
    Session.prototype.resume = () => { throw new WebAssembly.RuntimeError('unreachable'); };
    try {
      await refused(work(), 'internal');
    } finally {
      Session.prototype.resume = resume;
    }
  };
  const { privateKey } = testKey('sp');
  for (let round = 0; round < 3; round += 1) {
    keyward.setBackend('webcrypto');
    const waiting = ask(message).then(() => 'accepted', (error) => error);
    keyward.setBackend('auto');
    const signing = keyward.buildAuthnRequest({ idp: { ssoUrl: 'https://idp.test' }, sp, id: '_1', now, binding: 'post', signingKey: privateKey }).then(() => 'made', (error) => error);
    await trapping(() => ask(message));
    for (const error of [await waiting, await signing]) {
      if (typeof error !== 'string') assert.deepEqual([error.name, error.code], ['KeywardError', 'internal']);
    }
    assert.equal((await ask(message)).nameId?.value, 'alice');
  }
});

test('our own messages carry what they should', async () => {
  const request = await keyward.buildAuthnRequest({ idp: { ssoUrl: 'https://idp.example.test/sso?x=1' }, sp, id: '_abc', now, relayState: 'a b&c' });
  assert.match(request.redirectUrl, /^https:\/\/idp\.example\.test\/sso\?x=1&SAMLRequest=[^&]+&RelayState=a%20b%26c$/);
  assert.match(request.xml, /ID="_abc" Version="2.0" IssueInstant="2026-11-23T12:00:00Z"/);
  await refused(keyward.buildAuthnRequest({ idp: { ssoUrl: 'https://a' }, sp, id: '1abc', now }), 'invalid-input');
  const metadata = await keyward.buildSpMetadata({ ...sp, signingCertificates: [testIdp().certificate] });
  assert.match(metadata, /AuthnRequestsSigned="true"/);
  await refused(() => keyward.parseIdpMetadata(metadata), 'metadata-without-idp');
});

const idp = { ssoUrl: 'https://idp.example.test/sso', sloUrl: 'https://idp.example.test/slo' };
const nameId = { value: 'alice & bob', format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent' };

/** Every message that can be sent, by a binding and with a key. @param {any} sending @returns {Promise<any>[]} */
const everyMessage = (sending) => [
  keyward.buildAuthnRequest({ idp, sp, id: '_1', now, subject: nameId, authnContexts: ['urn:x'], comparison: 'minimum', scoping: { proxyCount: 0 }, ...sending }),
  keyward.buildLogoutRequest({ idp, sp, id: '_2', now, nameId, sessionIndex: '_s', notOnOrAfter: now + 60_000, ...sending }),
  keyward.buildLogoutResponse({ idp, sp, id: '_3', now, inResponseTo: '_theirs', outcome: 'partial', ...sending }),
];

test('every message can be signed for either binding, with any kind of key', async () => {
  for (const name of ['sp', 'p256', 'p384', 'p521', 'ed25519']) {
    const { privateKey, certificate } = testKey(name);
    for (const sent of await Promise.all(everyMessage({ signingKey: privateKey, relayState: 'x y' }))) {
      const query = sent.redirectUrl.slice(sent.redirectUrl.indexOf('?'));
      const verified = await keyward.verifyRedirectSignature(query, { certificates: [certificate] });
      assert.deepEqual([verified.xml, verified.relayState], [sent.xml, 'x y'], name);
      await refused(keyward.verifyRedirectSignature(query, { certificates: [testKey('other').certificate] }), 'signature-invalid');
    }
    for (const signingCertificate of [undefined, certificate]) {
      for (const sent of await Promise.all(everyMessage({ binding: 'post', signingKey: privateKey, signingCertificate, relayState: 'x' }))) {
        const field = sent.form.fields.SAMLRequest ?? sent.form.fields.SAMLResponse;
        assert.equal(Buffer.from(field, 'base64').toString(), sent.xml);
        assert.equal(sent.form.fields.RelayState, 'x');
        assert.deepEqual(await keyward.verifyXmlSignature(sent.xml, { certificates: [certificate] }), { signedElementIds: [sent.id] }, name);
        assert.equal(sent.xml.includes('X509Certificate'), signingCertificate !== undefined);
        await refused(keyward.verifyXmlSignature(sent.xml.replace('_theirs', '_other').replace('alice', 'mallory'), { certificates: [certificate] }), 'digest-mismatch');
      }
    }
    const metadata = await keyward.buildSpMetadata({ ...sp, singleLogoutUrl: 'https://sp.example.test/slo', id: '_m', validUntil: now, signingKey: privateKey });
    assert.deepEqual(await keyward.verifyXmlSignature(metadata, { certificates: [certificate] }), { signedElementIds: ['_m'] }, name);
  }
});

test('a key that never leaves WebCrypto signs too', async () => {
  const { privateKey, publicKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
  const sent = await keyward.buildAuthnRequest({ idp, sp, id: '_1', now, signingKey: privateKey });
  const [octets, signature] = sent.redirectUrl.slice(sent.redirectUrl.indexOf('?') + 1).split('&Signature=');
  const value = Buffer.from(decodeURIComponent(signature), 'base64');
  assert.ok(await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, publicKey, value, Buffer.from(octets)));
});

test('a key that cannot sign is told', async () => {
  const { privateKey, publicKey } = await crypto.subtle.generateKey({ name: 'RSA-OAEP', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }, false, ['encrypt', 'decrypt']);
  for (const signingKey of [privateKey, publicKey, 'nonsense', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----']) {
    await refused(keyward.buildAuthnRequest({ idp, sp, id: '_1', now, signingKey }), 'invalid-input');
  }
  await refused(keyward.buildSpMetadata({ ...sp, signingKey: testKey('sp').privateKey }), 'invalid-input');
});

test('our own logout is read back as it was meant', async () => {
  const key = testKey('sp');
  const trust = { now, idp: { entityId: sp.entityId, certificates: [key.certificate] }, sp: { entityId: 'https://idp.example.test' }, destination: idp.sloUrl };
  for (const binding of /** @type {const} */ (['redirect', 'post'])) {
    const [, request, answer] = await Promise.all(everyMessage({ binding, signingKey: key.privateKey }));
    const came = (/** @type {any} */ sent) => (sent.form ? { base64: sent.form.fields.SAMLRequest ?? sent.form.fields.SAMLResponse } : { query: new URL(sent.redirectUrl).search });
    const read = await keyward.verifyLogoutRequest({ ...trust, ...came(request) });
    assert.deepEqual([read.id, read.nameId, read.sessionIndexes, read.notOnOrAfter], ['_2', nameId, ['_s'], now + 60_000]);
    const told = await keyward.verifyLogoutResponse({ ...trust, ...came(answer) });
    assert.deepEqual([told.inResponseTo, told.success, told.status], ['_theirs', false, 'urn:oasis:names:tc:SAML:2.0:status:PartialLogout']);
  }
});
