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

/**
 * Bases that libxml2 joins as Canonical XML 1.1 says (§2.4). It keeps fragments, leaves out the slash after a `..` at the end and
 * every empty base, does not look into absolute paths for dots, keeps dots behind others (`x/y/../z` with `../x`), drops what is no
 * URI, and writes some octets and colons anew.
 */
const bases = ['http://a.test/b/c', 'http://a.test/b/c/', 'http://a.test:80/x', 'http://a.test/p?q', '//h.test/p', '/abs/p', '/abs/', 'foo', 'foo/', 'foo/bar', './x', '../x', '../../../z', 'x/../y', 'x/./y', 'a//b', 'x?q', '?q'];

test('xml:base of elements that are left out is joined as libxml2 joins it', async (context) => {
  const random = seeded(311);
  const method = 'http://www.w3.org/2006/12/xml-c14n11';
  const signature = template({ id: '_signed', signatureMethod: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', canonicalization: method, transform: method });
  const nested = [...bases.flatMap((outer) => bases.map((inner) => [outer, inner])), ...Array.from({ length: 200 }, () => Array.from({ length: 3 }, () => random.pick(bases)))];
  const jobs = nested.map((all) => {
    const [inner, ...outer] = [...all].reverse();
    // An own base, or none.
    const signed = random.chance(0.7) ? `<s xml:base="${inner}" ID="_signed">${signature}</s>` : `<m xml:base="${inner}"><s ID="_signed">${signature}</s></m>`;
    return { do: 'values', key, xml: outer.reduce((inside, base) => `<a xml:base="${base}"><b>${inside}</b></a>`, signed) };
  });
  /** @type {[string, string][]} */
  const answers = JSON.parse(await python('libxmlsec.py', JSON.stringify(jobs)));
  for (const [index, [digest, value]] of answers.entries()) {
    const signed = jobs[index].xml.replace('<ds:DigestValue/>', `<ds:DigestValue>${digest}</ds:DigestValue>`).replace('<ds:SignatureValue/>', `<ds:SignatureValue>${value}</ds:SignatureValue>`);
    const { signedElementIds } = await keyward.verifyXmlSignature(signed, { certificates: [certificate] }).catch((error) => assert.fail(`${error.code}: ${nested[index]} ${signed}`));
    assert.deepEqual(signedElementIds, ['_signed']);
  }
  context.diagnostic(`${answers.length} chains of xml:base`);
});
