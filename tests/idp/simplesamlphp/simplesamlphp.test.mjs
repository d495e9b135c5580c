// @ts-check
// The identity provider itself, before anything is asked of the Worker.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startSimpleSamlPhp } from './simplesamlphp.mjs';
import { visitor } from './visitor.mjs';

const sp = { entityId: 'http://localhost:1/metadata', acsUrl: 'http://localhost:1/acs' };

/** @type {import('./simplesamlphp.mjs').SimpleSamlPhp} */
let idp;
before(async () => {
  idp = await startSimpleSamlPhp({ sps: [sp] });
});
after(() => idp?.stop());

test('its metadata names the certificate it signs with', async () => {
  const metadata = await (await fetch(idp.metadataUrl)).text();
  assert.ok(metadata.includes(idp.certificate));
  assert.ok(metadata.includes(`Location="${idp.ssoUrl}"`));
});

test('its login page asks for a name and a password, and the answer is signed as was asked for', async () => {
  assert.deepEqual(signedParts(await signIn()), ['samlp:Response', 'saml:Assertion']);

  await idp.serve([{ ...sp, signResponse: false }]);
  assert.deepEqual(signedParts(await signIn()), ['saml:Assertion']);

  await idp.serve([{ ...sp, signAssertion: false }]);
  assert.deepEqual(signedParts(await signIn()), ['samlp:Response']);
});

test('the assertion carries a persistent NameID and the three attributes', async () => {
  const xml = await signIn('bob');
  assert.match(xml, /<saml:NameID [^>]*Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"/);
  assert.ok(!xml.includes('bob-0001'), 'the identifier is opaque');
  assert.deepEqual([...xml.matchAll(/<saml:Attribute Name="([^"]+)"/g)].map((match) => match[1]), ['Email', 'First', 'Last']);
  assert.ok(xml.includes('Bäcker &amp; Söhne'));
  assert.ok(xml.includes(`<saml:Issuer>${idp.entityId}</saml:Issuer>`));
});

test('two of them can run at once, and one that ends leaves its port free', async () => {
  const second = await startSimpleSamlPhp({ sps: [sp] });
  const port = Number(new URL(second.origin).port);
  await second.stop();
  const third = await startSimpleSamlPhp({ sps: [sp], port });
  await third.stop();
  await assert.rejects(startSimpleSamlPhp({ port: Number(new URL(idp.origin).port) }), /taken/);
});

/** An unsolicited response, as XML. @param {string} [username] */
const signIn = (username) => visitor(idp).respondTo(idp.unsolicitedUrl(sp.entityId), username);

/** Which elements have a signature as their own child. @param {string} xml */
function signedParts(xml) {
  return [...xml.matchAll(/<(samlp:Response|saml:Assertion)\b[^>]*><saml:Issuer>[^<]*<\/saml:Issuer><ds:Signature\b/g)].map((match) => match[1]);
}
