// @ts-check
// What callers get wrong: every function, with what is missing, misspelt or of another type. It is told by `invalid-input`, never
// by another error, never by a panic, and a function that promises never throws at once.
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { mintResponse } from '../../dist/keyward/testing.js';
import { initSync } from '../../dist/keyward/keyward.js';
import { keyward, now, refused, sp, testKey } from './support.mjs';

const { response, xml, idp } = mintResponse({ acsUrl: sp.acsUrl, spEntityId: sp.entityId, now, inResponseTo: '_r1' });
const verify = { response, encoding: /** @type {const} */ ('base64'), now, idp, sp, request: { id: '_r1' } };
const certificates = idp.certificates;
const id = '_1';
const nameId = { value: 'alice' };
const ssoUrl = 'https://idp.example.test/sso';
const sending = { sp, id, now };
const { privateKey } = testKey('sp');
const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';

/** Of no type that anything here takes. */
const never = [null, undefined, 0, true, 'text', [], () => 1, Symbol('x'), 1n];
/** @type {{ self?: object }} */
const circular = {};
circular.self = circular;
const no = (/** @type {unknown[]} */ ...but) => never.filter((it) => !but.includes(it));
/** A key of another form: what `openssl genrsa -traditional` writes. */
const pkcs1 = '-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----';

/** @type {Record<string, { call: (...args: any[]) => any, promises: boolean, good: any[], bad: any[][] }>} */
const functions = {
  verifyResponse: {
    call: keyward.verifyResponse, promises: true, good: [verify],
    bad: [
      ...never.map((it) => [it]),
      ...no('text').map((it) => [{ ...verify, response: it }]), [{ ...verify, response: Buffer.from(xml) }], [{ ...verify, response: new String('x') }],
      ...never.map((it) => [{ ...verify, encoding: it }]),
      ...no(0).map((it) => [{ ...verify, now: it }]), [{ ...verify, now: NaN }], [{ ...verify, now: Infinity }], [{ ...verify, now: new Date(now) }],
      ...never.map((it) => [{ ...verify, idp: it }]), ...no('text').map((it) => [{ ...verify, idp: { ...idp, entityId: it } }]), [{ ...verify, idp: { ...idp, entityId: '' } }],
      ...never.filter((it) => !Array.isArray(it)).map((it) => [{ ...verify, idp: { ...idp, certificates: it } }]), [{ ...verify, idp: { ...idp, certificates: [1] } }], [{ ...verify, idp: { ...idp, certificates: [null] } }],
      ...never.map((it) => [{ ...verify, sp: it }]), [{ ...verify, sp: { entityId: sp.entityId } }], [{ ...verify, sp: { ...sp, acsUrl: '' } }], [{ ...verify, sp: { ...sp, entityId: 1 } }],
      [{ ...verify, sp: { ...sp, decryptionKeys: 'x' } }], [{ ...verify, sp: { ...sp, decryptionKeys: ['x'] } }], [{ ...verify, sp: { ...sp, decryptionKeys: [pkcs1] } }], [{ ...verify, sp: { ...sp, decryptionKeys: [undefined] } }],
      ...no(null).map((it) => [{ ...verify, request: it }]), ...no('text').map((it) => [{ ...verify, request: { id: it } }]), [{ ...verify, request: { id: '' } }], [{ ...verify, request: {} }],
      [{ ...verify, request: { id: '_r1', authnNotBefore: 'now' } }], [{ ...verify, request: { id: '_r1', authnNotBefore: NaN } }], [{ ...verify, request: { id: '_r1', authnContexts: 'urn:x' } }], [{ ...verify, request: { id: '_r1', authnContexts: [1] } }],
      ...no(null, undefined).map((it) => [{ ...verify, policy: it }]),
      ...[{ allowSha1: 'yes' }, { allowSha1: 1 }, { minRsaBits: '2048' }, { minRsaBits: -1 }, { minRsaBits: 2048.5 }, { requireAudience: 0 }, { clockSkewSeconds: -1 }, { clockSkewSeconds: NaN }, { clockSkewSeconds: Infinity }, { clockSkewSeconds: '90' }, { clockSkewSeconds: 1n }, { clockSkewSeconds: () => 1 }, { clockSkewSeconds: new Number(1) }, { allowSha1: circular }, { allowUnsolicited: 'false' }, { maxAssertionLifetimeSeconds: -1 }, { requireAudence: true }].map((policy) => [{ ...verify, policy }]),
    ],
  },
  verifyXmlSignature: {
    call: keyward.verifyXmlSignature, promises: true, good: [xml, { certificates }],
    bad: [[], ...never.map((it) => [xml, it]), ...no('text').map((it) => [it, { certificates }]), [xml, {}], [xml, { certificates: 'x' }], [xml, { certificates, allowSha1: 'x' }], [xml, { certificates, minRsaBits: NaN }]],
  },
  verifyRedirectSignature: {
    call: keyward.verifyRedirectSignature, promises: true, good: [],
    bad: [[], ...never.map((it) => ['SAMLRequest=x', it]), ...no('text').map((it) => [it, { certificates }])],
  },
  ...Object.fromEntries([keyward.verifyLogoutRequest, keyward.verifyLogoutResponse].map((call) => {
    const input = { xml, now, idp, sp: { entityId: sp.entityId }, destination: 'https://sp.example.test/slo' };
    return [call.name, {
      call, promises: true, good: [],
      bad: [
        [], ...never.map((it) => [it]), [{ ...input, xml: undefined }], [{ ...input, query: 1 }], [{ ...input, base64: null }], [{ ...input, now: '1' }], [{ ...input, idp: undefined }], [{ ...input, sp: 'x' }], [{ ...input, sp: {} }],
        [{ ...input, destination: undefined }], [{ ...input, destination: '' }], [{ ...input, policy: { clockSkewSeconds: NaN } }], [{ ...input, policy: 'strict' }],
      ],
    }];
  })),
  buildAuthnRequest: {
    call: keyward.buildAuthnRequest, promises: true, good: [{ ...sending, idp: { ssoUrl } }],
    bad: [
      [], ...never.map((it) => [it]), ...never.map((it) => [{ ...sending, idp: it }]), ...never.map((it) => [{ ...sending, idp: { ssoUrl }, sp: it }]),
      ...['javascript:alert(1)', 'data:text/html,x', '//evil.test', '', 'file:///x', 1, null].map((url) => [{ ...sending, idp: { ssoUrl: url } }]),
      ...[{ id: '1' }, { id: '' }, { id: 1 }, { id: undefined }, { now: 'x' }, { now: NaN }, { now: undefined }, { forceAuthn: 'yes' }, { isPassive: 1 }, { nameIdFormat: 1 }, { subject: 'alice' }, { subject: {} }, { subject: { ...nameId, extra: 1 } }, { authnContexts: 'urn:x' }, { authnContexts: [1] },
        { comparison: 'like' }, { scoping: 'x' }, { scoping: [] }, { scoping: { proxyCount: -1 } }, { scoping: { proxyCount: 1.5 } }, { scoping: { proxyCount: NaN } }, { binding: 'soap' }, { binding: null }, { relayState: 1 }, { relayState: {} }, { signingKey: 1 }, { signingKey: '' }, { signingKey: 'x' }, { signingKey: pkcs1 },
        { signingKey: privateKey, signingCertificate: 1, binding: 'post' }, { forceAuth: true }, { nameIdFormat: () => 1 }, { nameIdFormat: 1n }, { subject: circular }].map((it) => [{ ...sending, idp: { ssoUrl }, ...it }]),
    ],
  },
  buildLogoutRequest: {
    call: keyward.buildLogoutRequest, promises: true, good: [{ ...sending, idp: { sloUrl: ssoUrl }, nameId }],
    bad: [[], ...never.map((it) => [it]), ...never.map((it) => [{ ...sending, idp: { sloUrl: ssoUrl }, nameId: it }]), [{ ...sending, nameId }], [{ ...sending, idp: { sloUrl: 'javascript:x' }, nameId }], [{ ...sending, idp: { sloUrl: ssoUrl }, nameId, notOnOrAfter: 'x' }]],
  },
  buildLogoutResponse: {
    call: keyward.buildLogoutResponse, promises: true, good: [{ ...sending, idp: { sloUrl: ssoUrl }, inResponseTo: '_x' }],
    bad: [[], ...never.map((it) => [it]), [{ ...sending, idp: { sloUrl: ssoUrl } }], [{ ...sending, idp: { sloUrl: ssoUrl }, inResponseTo: 1 }], [{ ...sending, idp: { sloUrl: ssoUrl }, inResponseTo: '_x', outcome: 'maybe' }], [{ ...sending, idp: { sloUrl: ssoUrl }, inResponseTo: '_x', outcome: null }]],
  },
  buildSpMetadata: {
    call: keyward.buildSpMetadata, promises: true, good: [{ ...sp, signingCertificates: certificates }],
    bad: [[], ...never.map((it) => [it]), [{ ...sp, acsUrl: 1 }], [{ ...sp, signingCertificates: 'x' }], [{ ...sp, validUntil: NaN }], [{ ...sp, nameIdFormats: [1] }], [{ ...sp, id: '1' }], [{ ...sp, encryptionCertificates: [] }], [{ ...sp, signingKey: 1 }], [{ ...sp, id, signingKey: privateKey, signingCertificate: 1 }], [{ ...sp, signingKey: privateKey }]],
  },
  canonicalize: {
    call: keyward.canonicalize, promises: false, good: [xml, { algorithm: EXCLUSIVE }],
    bad: [[], ...never.map((it) => [xml, it]), ...no('text').map((it) => [it, { algorithm: EXCLUSIVE }]), [xml, {}], [xml, { algorithm: 1 }], [xml, { algorithm: EXCLUSIVE, prefixList: 'xs' }], [xml, { algorithm: EXCLUSIVE, prefixList: [1] }], [xml, { algorithm: EXCLUSIVE, elementId: 1 }]],
  },
  parseIdpMetadata: {
    call: keyward.parseIdpMetadata, promises: false, good: [],
    bad: [[], ...no('text').map((it) => [it]), ...no(null, undefined).map((it) => ['<a/>', it]), ['<a/>', { entityId: 1 }], ['<a/>', { now: 'x' }], ['<a/>', { now: NaN }]],
  },
  readCertificate: { call: keyward.readCertificate, promises: false, good: [certificates[0]], bad: [[], ...no('text').map((it) => [it])] },
  setBackend: { call: keyward.setBackend, promises: false, good: ['auto'], bad: [[], ...never.map((it) => [it])] },
  routeEmail: { call: keyward.routeEmail, promises: false, good: [], bad: [[], ...never.map((it) => [it]), [{ email: 'a@b.test' }], [{ email: 'a@b.test', domains: [null] }], [{ email: 1n, domains: [] }]] },
  readIdentity: { call: keyward.readIdentity, promises: false, good: [], bad: [[], ...never.map((it) => [it]), [{ connection: 1, person: { nameId } }], [{ person: { nameId } }]] },
  decideProvisioning: { call: keyward.decideProvisioning, promises: false, good: [], bad: [[], ...never.map((it) => [it])] },
  effectivePolicy: { call: keyward.effectivePolicy, promises: false, good: [[]], bad: [[], ...never.filter((it) => !Array.isArray(it)).map((it) => [it]), [[null]], [[{ role: 1 }]], [{ length: 1 }]] },
  planOnboarding: { call: keyward.planOnboarding, promises: false, good: [], bad: [[], ...never.map((it) => [it])] },
};

test('every function that the package offers is asked here', () => {
  const offered = Object.entries(keyward).filter(([name, it]) => typeof it === 'function' && name !== 'KeywardError').map(([name]) => name);
  assert.deepEqual(Object.keys(functions).sort(), offered.sort());
});

for (const [name, { call, promises, good, bad }] of Object.entries(functions)) {
  test(`${name} tells what its caller got wrong`, async () => {
    if (good.length > 0) await call(...good);
    for (const args of bad) {
      const what = `${name} of ${inspect(args, { depth: 3, maxStringLength: 20 })}`;
      if (promises) {
        /** @type {any} */
        let promise;
        assert.doesNotThrow(() => (promise = call(...args)), what);
        assert.ok(promise instanceof Promise, what);
        await refused(promise, 'invalid-input', what);
      } else {
        await refused(() => call(...args), 'invalid-input', what);
      }
    }
    // Nothing of it harmed the instance.
    if (good.length > 0) await call(...good);
  });
}

test('a refusal has one shape', async () => {
  const error = await keyward.verifyResponse({ ...verify, now: now + 1e9 }).catch((it) => it);
  assert.ok(error instanceof keyward.KeywardError && error instanceof Error);
  assert.deepEqual([error.name, error.code, typeof error.message, typeof error.stack], ['KeywardError', 'expired', 'string', 'string']);
});

test('a certificate is PEM or base64, however it was copied', async () => {
  const { certificate, privateKey: key } = testKey('idp');
  const base64 = certificate.replace(/-----[^-]+-----|\s/g, '');
  const signed = (await keyward.buildAuthnRequest({ idp: { ssoUrl }, sp, id, now, signingKey: key, binding: 'post' })).xml;
  const spellings = {
    'PEM': certificate,
    'PEM with CRLF': certificate.replace(/\n/g, '\r\n'),
    'PEM with text around it': `Subject: CN=idp\r\n\r\n${certificate}\n\nmore`,
    'PEM with blank and indented lines': certificate.replace(/\n/g, '\n\n   '),
    'PEM on one line': `-----BEGIN CERTIFICATE-----${base64}-----END CERTIFICATE-----`,
    'base64 on one line': base64,
    'base64 in lines': base64.replace(/(.{64})/g, '$1\r\n'),
    'base64 with white space around': `\n\t  ${base64}  \n`,
  };
  for (const [name, spelling] of Object.entries(spellings)) {
    assert.deepEqual(await keyward.verifyXmlSignature(signed, { certificates: [spelling] }), { signedElementIds: [id] }, name);
  }
  for (const spelling of ['', ' ', base64.slice(1), certificate.replace('END', 'FIN'), certificate + certificate, key, base64.replaceAll('A', '-'), `x${base64}`]) {
    await refused(keyward.verifyXmlSignature(signed, { certificates: [spelling] }), 'certificate', spelling.slice(0, 60));
  }
});

test('a private key is PKCS#8 PEM, however its lines are cut', async () => {
  const { certificate } = testKey('sp');
  const base64 = privateKey.replace(/-----[^-]+-----|\s/g, '');
  for (const signingKey of [privateKey, privateKey.replace(/\n/g, '\r\n'), `Bag Attributes\n  friendlyName: sp\n${privateKey}`, `-----BEGIN PRIVATE KEY-----${base64}-----END PRIVATE KEY-----`]) {
    const sent = await keyward.buildAuthnRequest({ idp: { ssoUrl }, sp, id, now, signingKey, binding: 'post' });
    assert.deepEqual(await keyward.verifyXmlSignature(sent.xml, { certificates: [certificate] }), { signedElementIds: [id] });
  }
});

test('what a request asked for is held against its response', async () => {
  const old = mintResponse({ acsUrl: sp.acsUrl, spEntityId: sp.entityId, now, inResponseTo: '_r1', authnInstant: now - 90_001 });
  const ask = (/** @type {object} */ request, /** @type {object} */ policy = {}) => keyward.verifyResponse({ response: old.response, encoding: 'base64', now, idp: old.idp, sp, request: { id: '_r1', ...request }, policy });
  await ask({});
  await refused(ask({ authnNotBefore: now }), 'authn-stale');
  await ask({ authnNotBefore: now - 1 });
  const early = mintResponse({ acsUrl: sp.acsUrl, spEntityId: sp.entityId, now, inResponseTo: '_r1', authnInstant: now + 90_001 });
  await keyward.verifyResponse({ ...verify, response: early.response });
  await refused(keyward.verifyResponse({ ...verify, response: early.response, request: { id: '_r1', authnNotBefore: now } }), 'not-yet-valid');
  const context = 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport';
  await ask({ authnContexts: ['urn:x', context] });
  await refused(ask({ authnContexts: ['urn:x'] }), 'authn-context');
  await ask({ authnContexts: [] });
  await refused(ask({}, { maxAssertionLifetimeSeconds: 299 }), 'lifetime');
  await ask({}, { maxAssertionLifetimeSeconds: 300 });
});

test('keys that are shorter than they should be are warned about', async () => {
  const short = testKey('rsa-1024').certificate;
  const ask = (/** @type {object} */ policy) => keyward.verifyResponse({ ...verify, idp: { ...idp, certificates: [short, ...certificates] }, policy });
  await refused(ask({}), 'certificate');
  await refused(ask({ minRsaBits: 1025 }), 'certificate');
  await refused(keyward.verifyResponse({ ...verify, policy: { minRsaBits: 3072 } }), 'certificate');
  assert.deepEqual((await ask({ minRsaBits: 1024 })).warnings.map((it) => it.split(':')[0]), ['rsa-bits']);
  assert.deepEqual((await keyward.verifyResponse(verify)).warnings, []);
});

test('a posted logout message that is not UTF-8 is told', async () => {
  const base64 = Buffer.from([0x3c, 0x61, 0xff, 0x2f, 0x3e]).toString('base64');
  const input = { base64, now, idp, sp: { entityId: sp.entityId }, destination: 'https://sp.example.test/slo' };
  await refused(keyward.verifyLogoutRequest(input), 'xml-encoding');
  await refused(keyward.verifyLogoutRequest({ ...input, base64: '!' }), 'base64');
});

test('what is far too long is refused where it is', async () => {
  // It would be the engine's for ever: WebAssembly's memory never shrinks. Begun already, this gives what there is.
  const { memory } = /** @type {{ memory: WebAssembly.Memory }} */ (initSync());
  const bytes = memory.buffer.byteLength;
  const long = 'A'.repeat(2 ** 26);
  const logout = { now, idp, sp: { entityId: sp.entityId }, destination: 'https://sp.example.test/slo' };
  const entrances = [
    () => keyward.verifyResponse({ ...verify, response: long }), () => keyward.verifyResponse({ ...verify, response: long, encoding: 'xml' }),
    () => keyward.verifyXmlSignature(long, { certificates }), () => keyward.verifyRedirectSignature(long, { certificates }),
    ...['query', 'xml', 'base64'].flatMap((name) => [keyward.verifyLogoutRequest, keyward.verifyLogoutResponse].map((call) => () => call(/** @type {any} */ ({ ...logout, [name]: long })))),
    () => keyward.canonicalize(long, { algorithm: EXCLUSIVE }), () => keyward.parseIdpMetadata(long),
  ];
  for (const call of entrances) await refused(call, 'too-large', call.toString());
  assert.equal(memory.buffer.byteLength, bytes);
  assert.throws(() => keyward.parseIdpMetadata(long), /Load the provider's own/);
  // To the byte, that is the engine's to say.
  await refused(() => keyward.canonicalize(`<a>${'x'.repeat(262_138)}</a>`, { algorithm: EXCLUSIVE }), 'too-large');
  keyward.canonicalize(`<a>${'x'.repeat(262_137)}</a>`, { algorithm: EXCLUSIVE });
});

test('a message of any length and an address of any form are sent', async () => {
  const subject = { value: 'alice'.repeat(60_000) };
  const posted = await keyward.buildAuthnRequest({ ...sending, idp: { ssoUrl }, subject, binding: 'post' });
  assert.equal(Buffer.from(/** @type {string} */ (posted.form.fields.SAMLRequest), 'base64').toString(), posted.xml);
  for (const [address, expected] of [
    ['https://idp.test/sso#top', /^https:\/\/idp\.test\/sso\?SAMLRequest=[^#&]+#top$/],
    ['https://idp.test/sso?a=b#top?x', /^https:\/\/idp\.test\/sso\?a=b&SAMLRequest=[^#&]+#top\?x$/],
  ]) {
    const sent = await keyward.buildAuthnRequest({ ...sending, idp: { ssoUrl: /** @type {string} */ (address) } });
    assert.match(sent.redirectUrl, /** @type {RegExp} */ (expected));
  }
});
