// @ts-check
// What the tests of providers share: what has to be refused, whoever made the message.
import { strict as assert } from 'node:assert';
import { refused } from './support.mjs';

/** @typedef {('response' | 'assertion')[]} Signed */

/** The last CipherValue of a message with one character changed: of the content, since the key comes before it. @param {string} xml */
function withChangedCiphertext(xml) {
  const at = xml.lastIndexOf('CipherValue>', xml.lastIndexOf('CipherValue>') - 1) + 'CipherValue>'.length;
  const middle = at + ((xml.indexOf('</', at) - at) >> 1);
  assert.match(xml.slice(middle, middle + 60), /^[\w+/\s]+$/, 'inside the base64');
  const place = middle + xml.slice(middle).search(/\S/);
  return xml.slice(0, place) + (xml[place] === 'A' ? 'B' : 'A') + xml.slice(place + 1);
}

/**
 * One byte changed in what is signed, in every way that the message allows, is refused by the code for that.
 * @param {string} xml @param {(xml: string) => Promise<unknown>} ask @param {{ signed: Signed, encrypted: boolean, encryptedId?: boolean }} how
 */
export async function refusesChanges(xml, ask, { signed, encrypted, encryptedId = false }) {
  const changes = encrypted || encryptedId ? [withChangedCiphertext(xml)] : [];
  if (!encrypted) {
    const assertion = xml.search(/<(?:\w+:)?Assertion[ >]/);
    const within = (/** @type {RegExp} */ pattern, /** @type {string} */ by) => xml.slice(0, assertion) + xml.slice(assertion).replace(pattern, by);
    if (!encryptedId) changes.push(within(/(<(?:\w+:)?NameID\b[^>]*>)./, '$1X'));
    changes.push(within(/(<(?:\w+:)?AttributeValue\b[^>]*>)./, '$1X'), within(/(<(?:\w+:)?Audience>)./, '$1X'), within(/ (NotOnOrAfter|SessionIndex)="./, ' $1="3'));
  }
  if (signed.includes('response')) changes.push(xml.replace(/ IssueInstant="./, ' IssueInstant="3'));
  for (const changed of changes) {
    assert.notEqual(changed, xml);
    // Where nothing around the ciphertext is signed, it is the decryption that fails, or the signature inside.
    const inside = encrypted && !signed.includes('response');
    await refused(ask(changed), inside ? 'decrypt' : 'digest-mismatch', changed);
  }
  const unsigned = xml.replace(/<((?:\w+:)?)Signature\b.*?<\/\1Signature>/gs, '');
  if (!encrypted) await refused(ask(unsigned), 'signature-missing');
  else if (!signed.includes('assertion')) await refused(ask(unsigned), xml.includes('-gcm"') ? 'encrypted-unsigned' : 'decrypt');
}
