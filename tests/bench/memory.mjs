// @ts-check
// Messages that consist of unusual things, and how much memory one takes at most for each of its bytes. The engine's memory only
// grows, so each message has a process of its own: what it makes of the memory that a small message left is the peak.
import { execFileSync } from 'node:child_process';
import { createHash, sign } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { selfSigned } from '../../scripts/lib/certificate.mjs';

const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const sp = { entityId: 'https://sp.example.test/metadata', acsUrl: 'https://sp.example.test/acs' };
const idp = 'https://idp.example.test';

/** Pieces until a length is reached. @param {(index: number) => string} piece */
const filled = (piece) => (/** @type {number} */ length) => {
  let text = '';
  for (let index = 0; text.length < length; index += 1) text += piece(index);
  return text;
};
export const many = (/** @type {number} */ count, /** @type {(index: number) => string} */ piece) => Array.from({ length: count }, (_, index) => piece(index)).join('');
const inValue = (/** @type {(length: number) => string} */ content) => (/** @type {number} */ length) => `<saml:Attribute Name="x"><saml:AttributeValue>${content(length)}</saml:AttributeValue></saml:Attribute>`;

/** What fills an AttributeStatement: as people send it, and as nobody does, near one limit or another. @type {Record<string, (length: number) => string>} */
const shapes = {
  'usual attributes': filled((index) => `<saml:Attribute Name="a${index}"><saml:AttributeValue>${'x'.repeat(400)}</saml:AttributeValue></saml:Attribute>`),
  'one long value': inValue((length) => 'x'.repeat(length)),
  'short values': (length) => `<saml:Attribute Name="x">${filled(() => '<saml:AttributeValue>x</saml:AttributeValue>')(length)}</saml:Attribute>`,
  'empty elements': inValue(filled(() => '<abcdef/>')),
  'elements with a text': inValue(filled(() => '<abcde>x</abcde>')),
  comments: inValue(filled(() => 'x<!--12345678-->')),
  nesting: inValue(filled(() => `${'<abcdef>'.repeat(55)}${'</abcdef>'.repeat(55)}`)),
  attributes: inValue(filled(() => `<a${many(60, (index) => ` a${index}="12"`)}/>`)),
  'elements with an attribute': inValue(filled(() => '<a b=""/>12345678')),
  'namespace declarations': inValue(filled((index) => `<a${many(60, (at) => ` xmlns:n${at}="x:${index}"`)}/>`)),
  'a namespace that moves': (length) => inValue(() => `<q xmlns:n="urn:${'u'.repeat(1000)}">${'<n:a/>'.repeat(length / 1300)}</q>${'t'.repeat(Math.max(0, length - 3000))}`)(length),
  references: inValue(filled(() => '&#9;')),
  'references in attributes': inValue(filled(() => '<a b="&#9;&#9;">&lt;12</a>')),
  'what is written longer': inValue((length) => `<![CDATA[${'&xxxx'.repeat(length / 5)}]]>`),
  'what may not be': inValue((length) => `<![CDATA[${'&'.repeat(length)}]]>`),
  quotes: (length) => `<saml:Attribute Name="x"><saml:AttributeValue a='${'"xxxxx'.repeat(length / 6)}'/></saml:Attribute>`,
  'ends of tags in a text': inValue(filled(() => '>xxxx')),
  'ends of tags in an attribute': (length) => `<saml:Attribute Name="x"><saml:AttributeValue a="${'=>x'.repeat(length / 3)}"/></saml:Attribute>`,
  'tags in character data': inValue((length) => `<![CDATA[${'<xx'.repeat(length / 3)}]]>`),
  'a long namespace name, used often': inValue((length) => `<n:q xmlns:n="urn:${'u'.repeat(length / 2)}">${filled(() => `<a${many(50, (at) => ` n:a${at}=""`)}/>`)(length / 2 - 20)}</n:q>`),
  'long namespace names that end differently': inValue((length) => `<q${many(60, (at) => ` xmlns:n${at}="urn:${'u'.repeat(length / 128)}${at}" n${at}:a=""`)}>${filled(() => `<a${many(60, (at) => ` n${at}:a=""`)}/>`)(length / 2 - 1500)}</q>`),
  'long prefixes that end differently': inValue((length) => `<q${many(60, (at) => ` xmlns:n${'n'.repeat(length / 150)}${at}="urn:u"`)}>${filled((at) => `<n${'n'.repeat(length / 150)}${at % 60}:a/>`)(length / 2 - 5000)}</q>`),
  'attributes whose long names end differently': filled((at) => `<saml:Attribute Name="${'n'.repeat(200)}${at}"><saml:AttributeValue>x</saml:AttributeValue></saml:Attribute>`),
  'IDs that end differently': inValue(filled((at) => `<a ID="_${'i'.repeat(200)}${at}"/>`)),
};

/** @param {string} statement @param {number} now */
function response(statement, now) {
  const [at, until] = [now, now + 300_000].map((time) => new Date(time).toISOString());
  return `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_r" Version="2.0" IssueInstant="${at}"><saml:Issuer>${idp}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status><saml:Assertion ID="_a" Version="2.0" IssueInstant="${at}"><saml:Issuer>${idp}</saml:Issuer><saml:Subject><saml:NameID>alice</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData Recipient="${sp.acsUrl}" NotOnOrAfter="${until}"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions><saml:AudienceRestriction><saml:Audience>${sp.entityId}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="${at}"><saml:AuthnContext><saml:AuthnContextClassRef>urn:x</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement>${statement}</saml:AttributeStatement></saml:Assertion></samlp:Response>`;
}

/** Signs an element whose canonical form somebody else found. @param {string} xml @param {string} id @param {string} canonical @param {string} key */
function signed(xml, id, canonical, key) {
  const digest = createHash('sha256').update(canonical).digest('base64');
  const info = `<ds:SignedInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:CanonicalizationMethod Algorithm="${EXCLUSIVE}"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></ds:SignatureMethod><ds:Reference URI="#${id}"><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></ds:Transform><ds:Transform Algorithm="${EXCLUSIVE}"></ds:Transform></ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod><ds:DigestValue>${digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>`;
  const value = sign('sha256', Buffer.from(info), key).toString('base64');
  const at = xml.indexOf('</saml:Issuer>', xml.indexOf(`ID="${id}"`)) + '</saml:Issuer>'.length;
  return `${xml.slice(0, at)}<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">${info}<ds:SignatureValue>${value}</ds:SignatureValue></ds:Signature>${xml.slice(at)}`;
}

/** In a process of its own: one message after a small one. @param {{ small: string, large: string, certificate: string, now: number }} work */
async function grow({ small, large, ...pinned }) {
  const ask = await asking(pinned);
  const glue = await import('../../dist/keyward/keyward.js');
  const first = await ask(small);
  if (first !== 'accepted') throw new Error(`The small message was refused: ${first}`);
  const { memory } = glue.initSync();
  const before = memory.buffer.byteLength;
  const answer = await ask(large);
  return { answer, bytes: memory.buffer.byteLength - before };
}

const now = Date.UTC(2026, 10, 29);

/** What signs a message with what stands in its AttributeStatement, in one of its elements. */
async function signer() {
  const keyward = await import('../../dist/keyward/index.js');
  const { key, certificate } = selfSigned('An identity provider');
  const minted = (/** @type {string} */ statement, /** @type {string} */ id) => {
    const xml = response(statement, now);
    let canonical = '';
    try {
      canonical = keyward.canonicalize(xml, { algorithm: EXCLUSIVE, elementId: id });
    } catch {
      // It is past a limit, which is what it will be refused for.
    }
    return signed(xml, id, canonical, key);
  };
  return { minted, certificate };
}

/** A message that answers nothing, with what stands in its AttributeStatement. @param {string} statement */
export async function message(statement) {
  const { minted, certificate } = await signer();
  return { xml: minted(statement, '_a'), now, idp: { entityId: idp, certificates: [certificate] }, sp };
}

/** Messages of about `length` bytes of each shape, and a small one like it, by what of them is signed. @param {number} length */
export async function* unusual(length) {
  const { minted, certificate } = await signer();
  for (const [shape, statement] of Object.entries(shapes)) {
    for (const [part, id] of /** @type {const} */ ([['assertion', '_a'], ['response', '_r']])) {
      yield { shape, part, small: minted(inValue(() => '')(0), id), large: minted(statement(length - 3500), id), certificate, now };
    }
  }
}

/** @param {{ certificate: string, now: number }} pinned @returns {Promise<(xml: string) => Promise<string>>} what gives a message's verdict */
export async function asking({ certificate, now }) {
  const keyward = await import('../../dist/keyward/index.js');
  return (xml) => keyward.verifyResponse({ response: Buffer.from(xml).toString('base64'), encoding: 'base64', now, idp: { entityId: idp, certificates: [certificate] }, sp, request: null, policy: { allowUnsolicited: true } }).then(() => 'accepted', (error) => error.code);
}

/**
 * How many times its own length a message of about `length` bytes takes at most, by its shape and by what of it is signed.
 * @param {number} length @returns {Promise<{ shape: string, part: string, length: number, answer: string, times: number }[]>}
 */
export async function peaks(length) {
  const found = [];
  for await (const { shape, part, ...work } of unusual(length)) {
    const { answer, bytes } = JSON.parse(execFileSync(process.execPath, [fileURLToPath(import.meta.url)], { input: JSON.stringify(work), encoding: 'utf8' }));
    found.push({ shape, part, length: work.large.length, answer, times: bytes / work.large.length });
  }
  return found;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { readFileSync } = await import('node:fs');
  console.log(JSON.stringify(await grow(JSON.parse(readFileSync(0, 'utf8')))));
}
