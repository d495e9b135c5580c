// @ts-check
// Documents that are not SAML, signed here by node:crypto: verifyXmlSignature and canonicalize know nothing of SAML.
import { strict as assert } from 'node:assert';
import { createHash, sign } from 'node:crypto';
import { test } from 'node:test';
import { backends, keyward, refused, testKey } from './support.mjs';

const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const DS = 'http://www.w3.org/2000/09/xmldsig#';
const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
const { privateKey, certificate } = testKey('idp');
const certificates = [certificate];

/**
 * Replaces SIGNATURE by a signature with this reference over what `covered` says, which is `xml` without the signature.
 * @param {string} xml @param {string} uri @param {{ elementId?: string, algorithm?: string, digest?: string, method?: string, hash?: string, enveloped?: string }} [how]
 */
function signed(xml, uri, { elementId, algorithm = EXCLUSIVE, digest = 'http://www.w3.org/2001/04/xmlenc#sha256', method = RSA_SHA256, hash = 'sha256', enveloped = `<Transform Algorithm="${DS}enveloped-signature"/>` } = {}) {
  const bare = xml.replace('SIGNATURE', '');
  const octets = keyward.canonicalize(bare, { algorithm, elementId });
  const value = createHash(digest.endsWith('sha1') ? 'sha1' : 'sha256').update(octets).digest('base64');
  const info = `<SignedInfo xmlns="${DS}"><CanonicalizationMethod Algorithm="${EXCLUSIVE}"/><SignatureMethod Algorithm="${method}"/><Reference URI="${uri}"><Transforms>${enveloped}<Transform Algorithm="${algorithm}"/></Transforms><DigestMethod Algorithm="${digest}"/><DigestValue>${value}</DigestValue></Reference></SignedInfo>`;
  const signature = sign(hash, Buffer.from(keyward.canonicalize(info, { algorithm: EXCLUSIVE })), privateKey).toString('base64');
  return xml.replace('SIGNATURE', `<Signature xmlns="${DS}">${info}<SignatureValue>${signature}</SignatureValue></Signature>`);
}

test('whatever spells an ID, and the whole document', async () => {
  for (const attribute of ['ID', 'Id', 'id', 'xml:id']) {
    const xml = signed(`<order xmlns="urn:shop" ${attribute}="o-1"><item n="1">tea</item>SIGNATURE</order>`, '#o-1', { elementId: 'o-1' });
    assert.deepEqual(await keyward.verifyXmlSignature(xml, { certificates }), { signedElementIds: ['o-1'] }, attribute);
    await refused(keyward.verifyXmlSignature(xml.replace('tea', 'gold'), { certificates }), 'digest-mismatch');
    await refused(keyward.verifyXmlSignature(xml.replace('#o-1', '#o-2'), { certificates }), 'reference-not-parent');
  }
  const whole = signed('<order><item>tea</item>SIGNATURE</order>', '');
  assert.deepEqual(await keyward.verifyXmlSignature(whole, { certificates }), { signedElementIds: [''] });
  const commented = whole.replace('tea', 't<!-- -->ea');
  assert.deepEqual(await keyward.verifyXmlSignature(commented, { certificates }), { signedElementIds: [''] }, 'a reference to the document leaves comments out');
});

test('every canonicalization, by every backend', async () => {
  try {
    for (const backend of backends) {
      keyward.setBackend(backend);
      for (const algorithm of [EXCLUSIVE, `${EXCLUSIVE}WithComments`, 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315', 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments', 'http://www.w3.org/2006/12/xml-c14n11', 'http://www.w3.org/2006/12/xml-c14n11#WithComments']) {
        const xml = signed('<all xmlns:a="urn:a"><order id="o" a:b="c"><item>tea</item>SIGNATURE</order></all>', '#o', { elementId: 'o', algorithm });
        assert.deepEqual(await keyward.verifyXmlSignature(xml, { certificates }), { signedElementIds: ['o'] }, algorithm);
      }
    }
  } finally {
    keyward.setBackend('auto');
  }
});

test('what a signature does not say of its own parent it does not say', async () => {
  const part = signed('<all><order id="o">tea</order>SIGNATURE</all>', '#o', { elementId: 'o' });
  await refused(keyward.verifyXmlSignature(part, { certificates }), 'reference-not-parent', 'a detached signature');
  const enveloping = `<Signature xmlns="${DS}"><SignedInfo/><SignatureValue/><Object Id="o">tea</Object></Signature>`;
  await refused(keyward.verifyXmlSignature(enveloping, { certificates }), 'signature-malformed', 'an enveloping signature');
  const inner = signed('<all><order>tea SIGNATURE</order></all>', '');
  await refused(keyward.verifyXmlSignature(inner, { certificates }), 'reference-not-parent', 'the whole document, from further in');
  await refused(keyward.verifyXmlSignature('<order>tea</order>', { certificates }), 'signature-missing');
  const doubled = signed('<all><order id="o">tea SIGNATURE</order></all>', '#o', { elementId: 'o' });
  await refused(keyward.verifyXmlSignature(doubled.replace('<all>', '<all Id="o">'), { certificates }), 'duplicate-id');
  await refused(keyward.verifyXmlSignature(doubled.replace('<all>', '<!DOCTYPE all><all>'), { certificates }), 'xml-doctype');
  const unenveloped = signed('<order id="o">tea SIGNATURE</order>', '#o', { elementId: 'o', enveloped: '' });
  await refused(keyward.verifyXmlSignature(unenveloped, { certificates }), 'digest-mismatch');
});

test('SHA-1 has to be opted in to, for digest and signature each', async () => {
  const sha1 = { digest: `${DS}sha1` };
  const digest = signed('<order>SIGNATURE</order>', '', sha1);
  const signature = signed('<order>SIGNATURE</order>', '', { method: `${DS}rsa-sha1`, hash: 'sha1' });
  await refused(keyward.verifyXmlSignature(digest, { certificates }), 'digest-algorithm');
  await refused(keyward.verifyXmlSignature(signature, { certificates }), 'signature-algorithm');
  for (const xml of [digest, signature]) assert.deepEqual(await keyward.verifyXmlSignature(xml, { certificates, allowSha1: true }), { signedElementIds: [''] });
});

test('a canonical form of a part, with the prefixes that are asked for', async () => {
  const xml = '<a:all xmlns:a="urn:a" xmlns:b="urn:b" xmlns="urn:d" xml:lang="en"><a:part id="p" c="1"  b="2"><!-- x -->&#65;</a:part></a:all>';
  const form = (/** @type {object} */ opts) => keyward.canonicalize(xml, { algorithm: EXCLUSIVE, elementId: 'p', ...opts });
  assert.equal(form({}), '<a:part xmlns:a="urn:a" b="2" c="1" id="p">A</a:part>');
  assert.equal(form({ prefixList: ['b'] }), '<a:part xmlns:a="urn:a" xmlns:b="urn:b" b="2" c="1" id="p">A</a:part>');
  assert.equal(form({ prefixList: ['#default', 'nobody'] }), '<a:part xmlns="urn:d" xmlns:a="urn:a" b="2" c="1" id="p">A</a:part>');
  assert.equal(form({ algorithm: `${EXCLUSIVE}WithComments` }), '<a:part xmlns:a="urn:a" b="2" c="1" id="p"><!-- x -->A</a:part>');
  assert.equal(form({ algorithm: 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315' }), '<a:part xmlns="urn:d" xmlns:a="urn:a" xmlns:b="urn:b" b="2" c="1" id="p" xml:lang="en">A</a:part>');
  assert.equal(form({ elementId: undefined }), keyward.canonicalize(xml, { algorithm: EXCLUSIVE }));
  await refused(() => form({ elementId: 'q' }), 'message-malformed');
  await refused(() => form({ algorithm: 'http://www.w3.org/2001/10/xml-exc-c14n' }), 'canonicalization-algorithm');
  await refused(() => keyward.canonicalize('<a><b id="x"/><c id="x"/></a>', { algorithm: EXCLUSIVE, elementId: 'x' }), 'duplicate-id');
});
