// @ts-check
// Every message that we make, in front of the schemas, xmlsec1, OpenSSL and pysaml2; and pysaml2's messages in front of us.
import { strict as assert } from 'node:assert';
import { X509Certificate, constants, verify } from 'node:crypto';
import { test } from 'node:test';
import { askPysaml2, pysaml2 } from '../idp/pysaml2/pysaml2.mjs';
import { each, folderFor, keyward, messages, python, refused, testkit } from './support.mjs';
import { xmlsec1In } from './xmlsec1.mjs';

const now = Date.now();
const made = await messages({ now, sso: pysaml2.sso, slo: pysaml2.slo, inResponseTo: '_theirs' });
const metadata = made.filter(({ kind, name }) => kind === 'EntityDescriptor' && name.startsWith('everything'))[0];
/** xmlsec1 1.2 has no PSS. */
const known = made.filter(({ name }) => !name.includes('MGF1'));

/** What the testkit says where a text has to be escaped. */
const awkward = 'Müller & Söhne <x> "y" \'z\' ]]>';
const idpKeys = { key: testkit.keys.idp.privateKey, certificate: testkit.keys.idp.certificate };

/** @param {string[]} documents @returns {Promise<(string | null)[]>} what is wrong with each */
const schemas = async (documents) => JSON.parse(await python('schemas.py', JSON.stringify(documents)));

test('the OASIS schemas find nothing wrong with them, and would', async (context) => {
  const documents = made.flatMap(({ xml, post }) => [xml, post]);
  const verdicts = await schemas(documents);
  assert.deepEqual(verdicts.map((wrong, index) => wrong && `${wrong}\n${documents[index]}`).filter(Boolean), []);
  assert.deepEqual(new Set(made.map(({ kind }) => kind)), new Set(['AuthnRequest', 'LogoutRequest', 'LogoutResponse', 'EntityDescriptor']));
  const broken = documents.flatMap((xml) => [
    xml.replace(/ (?:Version|entityID)="[^"]*"/, ''),
    xml.replace(/ (IssueInstant|protocolSupportEnumeration)="[^"]*"/, ' $1="when"').replace('protocolSupportEnumeration="when"', ''),
    xml.replace(/(?=<\/[\w:]+>$)/, '<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">late</saml:Issuer>'),
  ]);
  assert.ok((await schemas(broken)).every((wrong) => wrong !== null));
  context.diagnostic(`${documents.length} valid messages, ${broken.length} broken ones told apart`);
});

test('xmlsec1 verifies what is signed for the POST binding, and nothing else', async (context) => {
  const xmlsec1 = xmlsec1In(folderFor(context));
  await each(known, async ({ post, key, name, kind }) => {
    assert.ok(await xmlsec1.verifies(post, key), `${kind}, ${name}`);
    const changed = post.replace(/(?<=(?:IssueInstant|entityID)=")./, '3');
    assert.notEqual(changed, post);
    assert.ok(!(await xmlsec1.verifies(changed, key)), `${kind}, ${name}`);
  });
  context.diagnostic(`${known.length} signatures`);
});

test('OpenSSL verifies the octets of the Redirect binding, by every algorithm', (context) => {
  let count = 0;
  for (const { redirect, key, name, kind } of made) {
    if (!redirect) continue;
    const [octets, signature] = redirect.split('&Signature=');
    const { publicKey } = new X509Certificate(testkit.keys[key].certificate);
    const hash = `sha${/sha(\d+)/.exec(name)?.[1]}`;
    const how = name.includes('MGF1') ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : { dsaEncoding: /** @type {const} */ ('ieee-p1363') };
    const value = Buffer.from(decodeURIComponent(signature), 'base64');
    assert.ok(verify(hash, Buffer.from(octets), { key: publicKey, ...how }, value), `${kind}, ${name}`);
    assert.ok(!verify(hash, Buffer.from(`${octets}x`), { key: publicKey, ...how }, value), `${kind}, ${name}`);
    count += 1;
  }
  assert.ok(count > 30);
  context.diagnostic(`${count} queries`);
});

test('what the npm package makes passes before the same judges, by every key that it can sign with', async (context) => {
  const xmlsec1 = xmlsec1In(folderFor(context));
  const sp = { entityId: testkit.sp, acsUrl: testkit.acs };
  const nameId = { value: awkward, format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent', nameQualifier: 'a"<b>&' };
  const posted = await Promise.all(['sp', 'p256', 'p384', 'p521'].flatMap((key) => {
    const { privateKey: signingKey, certificate: signingCertificate } = testkit.keys[key];
    const how = { binding: /** @type {const} */ ('post'), sp, id: '_id', now, relayState: awkward, signingKey, signingCertificate };
    const field = (/** @type {import('../../dist/keyward/index.js').Sent<'post'>} */ { form }) => Buffer.from(form.fields.SAMLRequest ?? form.fields.SAMLResponse ?? '', 'base64').toString();
    return [
      keyward.buildAuthnRequest({ ...how, idp: { ssoUrl: pysaml2.sso }, forceAuthn: true, isPassive: true, nameIdFormat: nameId.format, subject: nameId, authnContexts: ['urn:one', 'urn:a&b'], comparison: 'better', scoping: { proxyCount: 2, idps: ['urn:a&b'], requesters: ['urn:c&d'] } }).then(field),
      keyward.buildLogoutRequest({ ...how, idp: { sloUrl: pysaml2.slo }, nameId, sessionIndex: awkward, notOnOrAfter: now + 60_000 }).then(field),
      ...(/** @type {const} */ (['success', 'partial', 'refused']).map((outcome) => keyward.buildLogoutResponse({ ...how, idp: { sloUrl: pysaml2.slo }, inResponseTo: '_theirs', outcome }).then(field))),
      keyward.buildSpMetadata({ ...sp, id: '_metadata', singleLogoutUrl: 'https://sp.example.test/slo?a=b&c', signingCertificates: [signingCertificate], encryptionCertificate: testkit.keys.sp.certificate, nameIdFormats: [nameId.format], validUntil: now + 60_000, signingKey, signingCertificate }),
    ].map(async (xml) => ({ key, xml: await xml }));
  }));
  assert.deepEqual((await schemas(posted.map(({ xml }) => xml))).filter(Boolean), []);
  await each(posted, async ({ key, xml }) => {
    assert.ok(await xmlsec1.verifies(xml, key), xml);
    assert.ok(!(await xmlsec1.verifies(xml.replace(/(?<=(?:IssueInstant|entityID)=")./, '3'), key)), xml);
  });
  context.diagnostic(`${posted.length} messages of the package`);
});

test('pysaml2 accepts them by both bindings and reads what we said', async (context) => {
  const pinned = known.filter(({ kind, key }) => kind !== 'EntityDescriptor' && (key === 'sp' || key === 'p256'));
  // Its own check of the Redirect binding knows RSA only.
  const sent = pinned.flatMap((message) => [{ ...message, binding: 'post', text: message.post }, ...(message.key === 'sp' ? [{ ...message, binding: 'redirect', text: message.redirect ?? '' }] : [])]);
  const read = (/** @type {string} */ kind, /** @type {string} */ binding, /** @type {string} */ message) => ({ do: /** @type {const} */ ('read'), kind, binding, message, issuer: testkit.sp });
  const jobs = sent.flatMap(({ kind, binding, text }) => [
    read(kind, binding, text),
    read(kind, binding, binding === 'post' ? text.replace(/(?<=ID="_)./, 'x').replace(/(?<=URI="#_)./, 'x') : text.replace(/RelayState=./, 'RelayState=x')),
  ]);
  const answers = await askPysaml2({ keys: idpKeys, sp: metadata.post, jobs });
  for (const [index, { kind, name, binding, xml }] of sent.entries()) {
    const [honest, changed] = [answers[2 * index], answers[2 * index + 1]];
    const what = `${kind}, ${name}, ${binding}: ${JSON.stringify(honest)}\n${xml}`;
    const attribute = (/** @type {string} */ of) => new RegExp(` ${of}="([^"]*)"`).exec(xml)?.[1];
    assert.match(changed.error ?? 'accepted', /IncorrectlySigned|Signature|signature/, what);
    if (kind === 'LogoutResponse' && name.startsWith('refused')) {
      assert.match(honest.error, /^StatusRequestDenied: /, what); // read to the end: that is what it says
      continue;
    }
    assert.equal(honest.error, undefined, what);
    assert.equal(honest.id, attribute('ID'), what);
    assert.equal(honest.issuer, testkit.sp, what);
    assert.equal(honest.destination, kind === 'AuthnRequest' ? pysaml2.sso : pysaml2.slo, what);
    if (kind === 'AuthnRequest') assert.equal(honest.acs, testkit.acs, what);
    if (kind === 'LogoutRequest') assert.deepEqual([honest.nameId, honest.sessions], name.startsWith('everything') ? [awkward, [awkward]] : ['alice', []], what);
    if (kind === 'LogoutResponse') assert.equal(honest.inResponseTo, '_theirs', what);
  }
  const everything = answers[2 * sent.findIndex(({ kind, name }) => kind === 'AuthnRequest' && name.startsWith('everything'))];
  assert.equal(everything.subject, awkward);
  assert.equal(everything.contexts.length, 2);
  context.diagnostic(`${sent.length} messages read, ${sent.length} changed ones refused`);
});

test('we accept pysaml2\'s messages for single logout by both bindings, and none that was changed', async (context) => {
  const slo = 'https://sp.example.test/slo';
  const digest = 'http://www.w3.org/2001/04/xmlenc#sha';
  const common = { do: /** @type {const} */ ('logout'), destination: slo, spEntityId: testkit.sp, nameId: 'alice', format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent', spNameQualifier: testkit.sp, sessions: ['_session', awkward], relayState: 'a b&c=ü' };
  const request = made.find(({ kind }) => kind === 'LogoutRequest')?.xml;
  const jobs = ['LogoutRequest', 'LogoutResponse'].flatMap((kind) => ['post', 'redirect'].flatMap((binding) => ['256', '512'].map((bits) => ({ ...common, kind, binding, request, signatureAlgorithm: `http://www.w3.org/2001/04/xmldsig-more#rsa-sha${bits}`, digestAlgorithm: digest + bits }))));
  const answers = await askPysaml2({ keys: idpKeys, sp: metadata.post, jobs });
  const input = { now: Date.now(), idp: { entityId: pysaml2.entityId, certificates: [testkit.keys.other.certificate, idpKeys.certificate] }, sp: { entityId: testkit.sp }, destination: slo };
  for (const [index, { kind, binding }] of jobs.entries()) {
    const { error, xml, query } = answers[index];
    assert.equal(error, undefined, `${kind} ${binding}`);
    const message = binding === 'post' ? { base64: Buffer.from(xml).toString('base64') } : { query };
    const asked = (/** @type {object} */ changes) => (kind === 'LogoutRequest' ? keyward.verifyLogoutRequest({ ...input, ...message, ...changes }) : keyward.verifyLogoutResponse({ ...input, ...message, ...changes }));
    const read = /** @type {any} */ (await asked({}));
    if (kind === 'LogoutRequest') {
      assert.deepEqual(read.nameId, { value: 'alice', format: common.format, spNameQualifier: testkit.sp });
      assert.deepEqual(read.sessionIndexes, common.sessions);
    } else {
      assert.equal(read.success, true);
      assert.equal(read.inResponseTo, '_logout');
    }
    if (binding === 'redirect') assert.equal(read.relayState, common.relayState);
    await refused(asked({ idp: { ...input.idp, entityId: 'https://other.test' } }), 'issuer');
    await refused(asked({ idp: { ...input.idp, certificates: [testkit.keys.other.certificate] } }), 'signature-invalid');
    await refused(asked({ destination: 'https://sp.example.test/other' }), 'destination');
    if (binding === 'post') await refused(asked({ base64: Buffer.from(xml.replace(/(?<=IssueInstant=")./, '1')).toString('base64') }), 'digest-mismatch');
    else await refused(asked({ query: query.replace('RelayState=a', 'RelayState=b') }), 'signature-invalid');
    if (binding === 'post') await refused(asked({ base64: Buffer.from(xml.replace(/<(\w+):Signature .*<\/\1:Signature>/s, '')).toString('base64') }), 'signature-missing');
    else await refused(asked({ query: query.replace(/&Sig.*/, '') }), 'signature-missing');
  }
  context.diagnostic(`${jobs.length} messages accepted`);
});

test('we read pysaml2\'s metadata, and check its signature', async () => {
  const [plain, signed] = await askPysaml2({ keys: idpKeys, sp: metadata.post, jobs: [{ do: 'metadata', sign: false }, { do: 'metadata', sign: true, signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256' }] });
  for (const { error, xml } of [plain, signed]) {
    assert.equal(error, undefined);
    const [idp] = keyward.parseIdpMetadata(xml, { now });
    assert.equal(idp.entityId, pysaml2.entityId);
    assert.deepEqual(new Set(idp.singleSignOn.map(({ location }) => location)), new Set([pysaml2.sso]));
    assert.deepEqual(idp.singleLogout.length, 2);
    assert.deepEqual(idp.certificates, [idpKeys.certificate.replace(/-----[^-]+-----|\s/g, '')]);
    assert.equal(idp.wantAuthnRequestsSigned, true);
  }
  const certificates = [idpKeys.certificate];
  assert.equal((await keyward.verifyXmlSignature(signed.xml, { certificates })).signedElementIds.length, 1);
  await refused(keyward.verifyXmlSignature(plain.xml, { certificates }), 'signature-missing');
  await refused(keyward.verifyXmlSignature(signed.xml.replace('pysaml2.example.test/slo', 'evil.example.test/slo'), { certificates }), 'digest-mismatch');
});
