// @ts-check
// Responses that are wrong in one respect each: a page with a reference, the reason in the audit log, nothing else.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { mintXml, newIdp } from './support/mint.mjs';
import { destination, words } from './support/visitor.mjs';
import { assertRefused, startWorld } from './support/world.mjs';

const MINUTE = 60_000;
const base64 = (/** @type {string} */ xml) => Buffer.from(xml).toString('base64');

/** @type {import('./support/world.mjs').World} */
let world;
/** @type {import('./support/world.mjs').Organisation} */
let acme;
/** What each refusal page said, without its reference and time. @type {Map<string, Set<string>>} */
const faces = new Map();

before(async () => {
  world = await startWorld();
  acme = await world.organisation();
});
after(() => world?.stop());

/**
 * @typedef {{ id: string, alice: import('./support/mint.mjs').Person }} Asked the request's ID, and who is to answer it
 * @typedef {(asked: Asked) => string} Make the field SAMLResponse
 */

/** @type {[string, string, Make][]} what is wrong, the code, the response */
const wrong = [
  ['an attribute tampered with, Assertion signed', 'digest-mismatch', ({ id, alice }) =>
    base64(xml(id, alice, { sign: 'assertion' }).replace(`>${alice.email}<`, '>eve@org1.test<'))],
  ['an attribute tampered with, Response signed', 'digest-mismatch', ({ id, alice }) =>
    base64(xml(id, alice, { sign: 'response' }).replace(`>${alice.email}<`, '>eve@org1.test<'))],
  ['an attribute tampered with under the Response’s good signature', 'digest-mismatch', ({ id, alice }) =>
    acme.mint(alice, id, { alterSignedAssertion: (signed) => signed.replace(`>${alice.email}<`, '>eve@org1.test<') })],
  ['the signature value changed', 'signature-invalid', ({ id, alice }) =>
    base64(xml(id, alice, { sign: 'assertion' }).replace(/(<ds:SignatureValue>)(.)/, (/** @type {string} */ _, /** @type {string} */ tag, /** @type {string} */ first) => tag + (first === 'A' ? 'B' : 'A')))],
  ['no signature', 'signature-missing', ({ id, alice }) => acme.mint(alice, id, { sign: 'none' })],
  ['signed by another key, whose certificate comes along', 'signature-invalid', ({ id, alice }) =>
    acme.mint(alice, id, { keys: newIdp('').keys })],
  ['expired', 'expired', ({ id, alice }) => acme.mint(alice, id, { notOnOrAfter: Date.now() - 2 * MINUTE, notBefore: Date.now() - 9 * MINUTE })],
  ['not yet valid', 'not-yet-valid', ({ id, alice }) => acme.mint(alice, id, { notBefore: Date.now() + 3 * MINUTE })],
  ['for another audience', 'audience', ({ id, alice }) => acme.mint(alice, id, { audience: 'https://another.test/metadata' })],
  ['for another recipient', 'recipient', ({ id, alice }) => acme.mint(alice, id, { recipient: 'https://another.test/acs' })],
  ['for another destination', 'destination', ({ id, alice }) => acme.mint(alice, id, { destination: 'https://another.test/acs' })],
  ['for an empty destination', 'destination', ({ id, alice }) => acme.mint(alice, id, { destination: '' })],
  ['an Assertion by another issuer', 'issuer', ({ id, alice }) => acme.mint(alice, id, { issuer: 'https://another.test/idp' })],
  ['a Response by another issuer', 'issuer', ({ id, alice }) => acme.mint(alice, id, { responseIssuer: 'https://another.test/idp' })],
  ['two assertions, both signed', 'assertion-count', ({ id, alice }) =>
    acme.mint(alice, id, { sign: 'response', alterSignedAssertion: (one) => one + one.replace(/ID="[^"]+"/, 'ID="_two"') })],
  ['a second assertion, unsigned, before the signed one', 'assertion-count', ({ id, alice }) =>
    acme.mint(alice, id, { sign: 'assertion', alterSignedAssertion: (signed) => evilTwin(signed) + signed })],
  ['a second assertion, unsigned, after the signed one', 'assertion-count', ({ id, alice }) =>
    acme.mint(alice, id, { sign: 'assertion', alterSignedAssertion: (signed) => signed + evilTwin(signed) })],
  ['a DOCTYPE', 'xml-doctype', ({ id, alice }) => base64(`<!DOCTYPE r [<!ENTITY e "x">]>${xml(id, alice)}`)],
  ['a body of 1 MB', 'too-large', ({ id, alice }) => base64(xml(id, alice, { alterAssertion: (one) => one.replace('</saml:Assertion>', ' '.repeat(750_000) + '</saml:Assertion>') }))],
  ['a message over the limit in a body under it', 'too-large', ({ id, alice }) => base64(xml(id, alice, { alterAssertion: (one) => one.replace('</saml:Assertion>', ' '.repeat(262_144) + '</saml:Assertion>') }))],
  ['broken base64', 'base64', ({ id, alice }) => `${acme.mint(alice, id)}*`],
  ['no XML', 'xml-malformed', () => base64('this is not XML')],
  ['nothing', 'xml-malformed', () => ''],
  ['XML that is no Response', 'message-type', () => base64('<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_a"/>')],
  ['an answer to a request that nobody sent', 'request-unknown', ({ alice }) => acme.mint(alice, '_0123456789abcdef')],
  ['a confirmation that answers another request than the Response', 'in-response-to', ({ id, alice }) => acme.mint(alice, id, { confirmationInResponseTo: '_0123456789abcdef' })],
  ['unsolicited, where the connection allows none', 'unsolicited', ({ alice }) => acme.mint(alice, null)],
];

for (const [what, code, make] of wrong) {
  test(what, async () => {
    const alice = acme.person('alice');
    const visitor = world.visitor();
    const { id } = await visitor.begin(alice.email);
    const response = make({ id, alice });
    const { answer } = await assertRefused(world, () => visitor.answer(acme.acsUrl, response), { code, tenant: acme.tenant, connection: acme.id });
    const face = words(answer.body).replace(/KW-\S+/, '').replace(/\d+ \w+ \d{4}, \d\d:\d\d UTC/, '');
    const title = /<h1>(.*?)<\/h1>/.exec(answer.body)?.[1] ?? '';
    faces.set(title, (faces.get(title) ?? new Set()).add(face));
  });
}

test('what the public reads does not tell which check it was', () => {
  assert.deepEqual([...faces.keys()].sort(), ['This sign-in could not be finished', 'This sign-in has expired']);
  for (const [title, texts] of faces) assert.equal(texts.size, 1, title);
});

test('after all of that, the right response signs in', async () => {
  const alice = acme.person('alice');
  const visitor = world.visitor();
  const { id } = await visitor.begin(alice.email);
  for (const [, , make] of wrong) await visitor.answer(acme.acsUrl, make({ id, alice }));
  const answer = await visitor.answer(acme.acsUrl, acme.mint(alice, id));
  assert.equal(answer.status, 303, words(answer.body));
  assert.equal(destination(answer.location), '/vault');
});

test('a form without the field, or with two of it', async () => {
  const alice = acme.person('alice');
  const visitor = world.visitor();
  const { id } = await visitor.begin(alice.email);
  const path = new URL(acme.acsUrl).pathname;
  const field = encodeURIComponent(acme.mint(alice, id));
  for (const form of ['', 'RelayState=x', `SAMLResponse=${field}&SAMLResponse=${field}`]) {
    await assertRefused(world, () => visitor.postFrom(path, form), { code: 'form', tenant: acme.tenant });
  }
});

/** @type {[string, string[], string][]} what the IdP says, and what people read */
const statuses = [
  ['not assigned', ['Responder', 'RequestDenied'], 'You are not assigned to this app'],
  ['not assigned, as samlp says it', ['RequestDenied'], 'You are not assigned to this app'],
  ['not known', ['Requester', 'UnknownPrincipal'], 'You are not assigned to this app'],
  ['a wrong password', ['Responder', 'AuthnFailed'], 'Your organisation did not sign you in'],
  ['nobody to ask', ['Requester', 'NoPassive'], 'Your organisation did not sign you in'],
  ['not strong enough', ['Responder', 'NoAuthnContext'], 'Your organisation asks for another way to sign in'],
  ['something else', ['Responder'], 'Your organisation refused this sign-in'],
];
for (const [what, codes, title] of statuses) {
  test(`an error status of the IdP is told in people’s words: ${what}`, async () => {
    const alice = acme.person('alice');
    const visitor = world.visitor();
    const { id } = await visitor.begin(alice.email);
    const status = codes.map((code) => `urn:oasis:names:tc:SAML:2.0:status:${code}`);
    const response = acme.mint(alice, id, { status, sign: 'response' });
    const { answer } = await assertRefused(world, () => visitor.answer(acme.acsUrl, response), { code: 'status', title, tenant: acme.tenant });
    assert.ok(!/urn:|Responder|SAML/.test(words(answer.body)), 'no protocol terms');
  });
}

/** @param {string} id @param {import('./support/mint.mjs').Person} person @param {import('./support/mint.mjs').Wishes} [wishes] */
function xml(id, person, wishes) {
  return mintXml(acme.idp, acme.sp, person, id, wishes);
}

/** The signed assertion's evil twin: another ID, another person, no signature. @param {string} signed */
function evilTwin(signed) {
  return signed.replace(/<ds:Signature[\s\S]*<\/ds:Signature>/, '').replace(/ID="[^"]+"/, 'ID="_evil"').replace(/alice/g, 'eve');
}
