// @ts-check
// xmlsec1, Debian's command: the reference implementation of XML Signature and XML Encryption, on libxml2 and OpenSSL.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './support.mjs';

/** What has an attribute of type ID: without a schema, xmlsec1 has to be told. */
const ids = [
  'urn:oasis:names:tc:SAML:2.0:protocol:Response', 'urn:oasis:names:tc:SAML:2.0:assertion:Assertion',
  'urn:oasis:names:tc:SAML:2.0:protocol:AuthnRequest', 'urn:oasis:names:tc:SAML:2.0:protocol:LogoutRequest',
  'urn:oasis:names:tc:SAML:2.0:protocol:LogoutResponse', 'urn:oasis:names:tc:SAML:2.0:metadata:EntityDescriptor',
].flatMap((name) => ['--id-attr:ID', name]);

const signature = (/** @type {number} */ number) => `(//*[local-name()='Signature' and namespace-uri()='http://www.w3.org/2000/09/xmldsig#'])[${number}]`;

/** @param {string} folder of `folderFor` */
export function xmlsec1In(folder) {
  let count = 0;
  const file = (/** @type {string} */ xml) => {
    const path = join(folder, `${(count += 1)}.xml`);
    writeFileSync(path, xml);
    return path;
  };
  /** @param {string} command @param {string[]} args @param {string} xml */
  const transformed = async (command, args, xml) => {
    const out = join(folder, `${(count += 1)}.out.xml`);
    const result = await run('xmlsec1', [command, ...args, '--output', out, file(xml)]);
    if (!result.ok) throw new Error(`xmlsec1 ${command}: ${result.errors}\n${xml}`);
    return readFileSync(out, 'utf8');
  };
  return {
    /** Whether a signature holds under a pinned certificate: KeyInfo is not looked at. @param {string} xml @param {string} key @param {number} [number] which one, counted from 1 in document order */
    verifies: async (xml, key, number = 1) => (await run('xmlsec1', ['--verify', ...ids, '--node-xpath', signature(number), '--enabled-key-data', 'rsa,ecdsa', '--pubkey-cert-pem', join(folder, `${key}.crt`), file(xml)])).ok,
    /** Fills in a template. @param {string} xml @param {string} key @param {number} [number] */
    sign: (xml, key, number = 1) => transformed('--sign', [...ids, '--node-xpath', signature(number), '--privkey-pem', join(folder, `${key}.key`)], xml),
    /** An EncryptedData with a document as its plaintext. @param {string} template @param {string} xml @param {string} key @param {string} sessionKey */
    encrypt: (template, xml, key, sessionKey) => transformed('--encrypt', ['--pubkey-cert-pem', join(folder, `${key}.crt`), '--session-key', sessionKey, '--xml-data', file(xml)], template),
    /** The document with its EncryptedData replaced by the plaintext. @param {string} xml @param {string} key */
    decrypt: (xml, key) => transformed('--decrypt', ['--privkey-pem', join(folder, `${key}.key`)], xml),
  };
}

export const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const exclusive = [EXCLUSIVE, `${EXCLUSIVE}WithComments`];
const inclusive = ['http://www.w3.org/TR/2001/REC-xml-c14n-20010315', 'http://www.w3.org/2006/12/xml-c14n11'];
/** Every canonicalization, by URI. */
export const canonicalizations = [...exclusive, inclusive[0], `${inclusive[0]}#WithComments`, inclusive[1], `${inclusive[1]}#WithComments`];
/** Every digest, by URI. */
export const digests = {
  sha1: 'http://www.w3.org/2000/09/xmldsig#sha1',
  sha256: 'http://www.w3.org/2001/04/xmlenc#sha256',
  sha384: 'http://www.w3.org/2001/04/xmldsig-more#sha384',
  sha512: 'http://www.w3.org/2001/04/xmlenc#sha512',
};
const more = 'http://www.w3.org/2001/04/xmldsig-more#';
/** Every signature algorithm that xmlsec1 1.2 has too, with a key for it. @type {[string, string][]} */
export const algorithms = [
  ['idp', 'http://www.w3.org/2000/09/xmldsig#rsa-sha1'], ['idp', `${more}rsa-sha256`], ['idp', `${more}rsa-sha384`], ['idp', `${more}rsa-sha512`],
  ...['p256', 'p384', 'p521'].flatMap((key) => ['sha1', 'sha256', 'sha384', 'sha512'].map((hash) => /** @type {[string, string]} */ ([key, `${more}ecdsa-${hash}`]))),
];

/**
 * A Signature to be filled in, over the element with this ID.
 * @param {{ id: string, signatureMethod: string, canonicalization?: string, transform?: string, digest?: string, prefixList?: string, prefix?: string }} how
 */
export function template({ id, signatureMethod, canonicalization = EXCLUSIVE, transform = canonicalization, digest = digests.sha256, prefixList, prefix = 'ds:' }) {
  const inclusiveNamespaces = prefixList === undefined ? '' : `<ec:InclusiveNamespaces xmlns:ec="${EXCLUSIVE}" PrefixList="${prefixList}"/>`;
  return `<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
  <ds:SignedInfo><ds:CanonicalizationMethod Algorithm="${canonicalization}">${exclusive.includes(canonicalization) ? inclusiveNamespaces : ''}</ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="${signatureMethod}"/>
    <ds:Reference URI="#${id}"><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/><ds:Transform Algorithm="${transform}">${exclusive.includes(transform) ? inclusiveNamespaces : ''}</ds:Transform></ds:Transforms><ds:DigestMethod Algorithm="${digest}"/><ds:DigestValue/></ds:Reference></ds:SignedInfo>
  <ds:SignatureValue/>
</ds:Signature>`.replaceAll('ds:Signature xmlns:ds=', prefix === '' ? 'ds:Signature xmlns=' : `ds:Signature xmlns:${prefix.slice(0, -1)}=`).replaceAll(/(<\/?)ds:/g, `$1${prefix}`);
}

/** Puts a Signature, or a template of one, after the Issuer of the element with this ID. @param {string} xml @param {string} id @param {string} signatureXml */
export function placed(xml, id, signatureXml) {
  const issuer = /<\/(?:\w+:)?Issuer>/g;
  issuer.lastIndex = xml.indexOf(`ID="${id}"`);
  const found = issuer.exec(xml);
  if (!found) throw new Error(`no Issuer in ${id}`);
  const at = found.index + found[0].length;
  return xml.slice(0, at) + signatureXml + xml.slice(at);
}
