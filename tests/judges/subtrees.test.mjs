// @ts-check
// Canonical forms of subtrees, where they stand: libxmlsec signs an element somewhere in a generated document, by every
// method and with every kind of PrefixList. Where our octets differed from its own, the digest would not match.
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { generate } from './documents.mjs';
import { keyward, python, refused, seeded, testkit } from './support.mjs';
import { canonicalizations, template } from './xmlsec1.mjs';

const { privateKey: key, certificate } = testkit.keys.idp;
const prefixLists = ['', 'p', 'q saml', '#default', 'p #default nonsense', 'saml ds'];

test('we verify what libxmlsec signed anywhere in a document, by every canonicalization', async (context) => {
  const random = seeded(1108);
  const jobs = [];
  while (jobs.length < 900) {
    const how = { canonicalization: random.pick(canonicalizations), transform: random.pick(canonicalizations), prefixList: random.chance(0.5) ? random.pick(prefixLists) : undefined };
    const signature = template({ id: '_signed', signatureMethod: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', ...how });
    const xml = generate(random, signature);
    if (xml.includes(signature)) jobs.push({ do: 'values', xml, key, how });
  }
  /** @type {([string, string] | { error: string })[]} */
  const answers = JSON.parse(await python('libxmlsec.py', JSON.stringify(jobs)));
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const [index, { xml, how }] of jobs.entries()) {
    const values = answers[index];
    assert.ok(Array.isArray(values), `${JSON.stringify(values)} ${xml}`);
    const signed = xml.replace('<ds:DigestValue/>', `<ds:DigestValue>${values[0]}</ds:DigestValue>`).replace('<ds:SignatureValue/>', `<ds:SignatureValue>${values[1]}</ds:SignatureValue>`);
    const { signedElementIds } = await keyward.verifyXmlSignature(signed, { certificates: [certificate] }).catch((error) => assert.fail(`${error.code}: ${error.message} ${JSON.stringify(how)} ${signed}`));
    assert.deepEqual(signedElementIds, ['_signed']);
    await refused(keyward.verifyXmlSignature(signed.replace('</ds:Signature>', '</ds:Signature>x'), { certificates: [certificate] }), 'digest-mismatch');
    counts.set(how.transform, (counts.get(how.transform) ?? 0) + 1);
  }
  for (const [method, count] of [...counts].sort()) context.diagnostic(`${count} elements by ${method}`);
  assert.equal(counts.size, canonicalizations.length);
});
