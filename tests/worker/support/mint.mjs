// @ts-check
// An IdP that signs whatever it is told to, by npm `xml-crypto` (samlp's signature library): what it writes is right in
// every respect but those that a test asks for.
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { selfSigned } from '../../../scripts/lib/certificate.mjs';

const samlp = createRequire(import.meta.url).resolve('samlp');
const { SignedXml } = createRequire(samlp)('xml-crypto');

const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';
const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
const SUCCESS = 'urn:oasis:names:tc:SAML:2.0:status:Success';
const MINUTE = 60_000;

/**
 * @typedef {{ key: string, base64: string }} KeyPair PKCS#8 PEM, and the certificate as base64 DER
 * @typedef {{ entityId: string, keys: KeyPair }} Idp
 * @typedef {{ entityId: string, acsUrl: string }} Sp
 *
 * @typedef {object} Person
 * @property {string} nameId
 * @property {string} email
 * @property {string} [first]
 * @property {string} [last]
 *
 * @typedef {object} Wishes what is to be other than right
 * @property {string} [id] the Assertion's
 * @property {'response' | 'assertion' | 'both' | 'none'} [sign] default: both
 * @property {KeyPair} [keys] sign with these; the certificate goes into KeyInfo
 * @property {string} [issuer] the Assertion's
 * @property {string} [responseIssuer]
 * @property {string} [destination]
 * @property {string} [recipient]
 * @property {string} [audience]
 * @property {number} [notBefore] ms
 * @property {number} [notOnOrAfter] ms
 * @property {string} [confirmationInResponseTo] where it differs from the Response's
 * @property {string} [nameIdFormat]
 * @property {number} [sessionNotOnOrAfter] ms
 * @property {number} [authnInstant] ms; now by default
 * @property {Record<string, string[]>} [attributes] beside the usual ones
 * @property {string[]} [status] URIs, outermost first; other than Success, no assertion comes along
 * @property {(assertion: string) => string} [alterAssertion] before it is signed
 * @property {(assertion: string) => string} [alterSignedAssertion] between its signature and the Response's
 */

/** An IdP with a key of its own. @param {string} entityId @returns {Idp} */
export function newIdp(entityId) {
  return { entityId, keys: selfSigned('idp.test') };
}

const newId = () => `_${randomBytes(16).toString('hex')}`;
const time = (/** @type {number} */ ms) => new Date(ms).toISOString();
const text = (/** @type {string} */ value) => value.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/**
 * A Response as XML.
 * @param {Idp} idp @param {Sp} sp @param {Person} person
 * @param {string | null} inResponseTo null: nobody asked
 * @param {Wishes} [wishes]
 */
export function mintXml(idp, sp, person, inResponseTo, wishes = {}) {
  const now = Date.now();
  const keys = wishes.keys ?? idp.keys;
  const sign = wishes.sign ?? 'both';
  const status = wishes.status ?? [SUCCESS];
  let assertion = '';
  if (status[0] === SUCCESS) {
    assertion = buildAssertion(idp, sp, person, inResponseTo, wishes, now);
    assertion = wishes.alterAssertion?.(assertion) ?? assertion;
    if (sign === 'assertion' || sign === 'both') assertion = signXml(assertion, 'Assertion', keys);
    assertion = wishes.alterSignedAssertion?.(assertion) ?? assertion;
  }
  const codes = status.reduceRight((inner, uri) => `<samlp:StatusCode Value="${uri}">${inner}</samlp:StatusCode>`, '');
  const answers = inResponseTo === null ? '' : ` InResponseTo="${text(inResponseTo)}"`;
  const response =
    `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${newId()}" Version="2.0" IssueInstant="${time(now)}" Destination="${text(wishes.destination ?? sp.acsUrl)}"${answers}>` +
    `<saml:Issuer>${text(wishes.responseIssuer ?? idp.entityId)}</saml:Issuer><samlp:Status>${codes}</samlp:Status>${assertion}</samlp:Response>`;
  return sign === 'response' || sign === 'both' ? signXml(response, 'Response', keys) : response;
}

/**
 * A Response as the form field has it.
 * @param {Parameters<typeof mintXml>} parameters
 */
export function mint(...parameters) {
  return Buffer.from(mintXml(...parameters)).toString('base64');
}

/** @param {Idp} idp @param {Sp} sp @param {Person} person @param {string | null} inResponseTo @param {Wishes} wishes @param {number} now */
function buildAssertion(idp, sp, person, inResponseTo, wishes, now) {
  const notBefore = time(wishes.notBefore ?? now - MINUTE);
  const notOnOrAfter = time(wishes.notOnOrAfter ?? now + 5 * MINUTE);
  const asked = wishes.confirmationInResponseTo ?? inResponseTo;
  const answers = asked === null ? '' : ` InResponseTo="${text(asked)}"`;
  const ends = wishes.sessionNotOnOrAfter === undefined ? '' : ` SessionNotOnOrAfter="${time(wishes.sessionNotOnOrAfter)}"`;
  const more = Object.entries(wishes.attributes ?? {}).map(([name, values]) =>
    `<saml:Attribute Name="${text(name)}">${values.map((value) => `<saml:AttributeValue>${text(value)}</saml:AttributeValue>`).join('')}</saml:Attribute>`).join('');
  const attribute = (/** @type {string} */ name, /** @type {string | undefined} */ value) =>
    value === undefined ? '' : `<saml:Attribute Name="${name}"><saml:AttributeValue>${text(value)}</saml:AttributeValue></saml:Attribute>`;
  return (
    `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${wishes.id ?? newId()}" Version="2.0" IssueInstant="${time(now)}">` +
    `<saml:Issuer>${text(wishes.issuer ?? idp.entityId)}</saml:Issuer>` +
    `<saml:Subject><saml:NameID Format="${wishes.nameIdFormat ?? 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'}">${text(person.nameId)}</saml:NameID>` +
    `<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData${answers} NotOnOrAfter="${notOnOrAfter}" Recipient="${text(wishes.recipient ?? sp.acsUrl)}"/></saml:SubjectConfirmation></saml:Subject>` +
    `<saml:Conditions NotBefore="${notBefore}" NotOnOrAfter="${notOnOrAfter}"><saml:AudienceRestriction><saml:Audience>${text(wishes.audience ?? sp.entityId)}</saml:Audience></saml:AudienceRestriction></saml:Conditions>` +
    `<saml:AuthnStatement AuthnInstant="${time(wishes.authnInstant ?? now)}" SessionIndex="${newId()}"${ends}><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>` +
    `<saml:AttributeStatement>${attribute('Email', person.email)}${attribute('First', person.first)}${attribute('Last', person.last)}${more}</saml:AttributeStatement></saml:Assertion>`
  );
}

/** Signs the root, and puts the Signature after its Issuer. @param {string} xml @param {string} element @param {KeyPair} keys */
export function signXml(xml, element, keys) {
  const signature = new SignedXml();
  signature.signatureAlgorithm = RSA_SHA256;
  signature.signingKey = keys.key;
  signature.keyInfoProvider = {
    getKeyInfo: () => `<ds:X509Data><ds:X509Certificate>${keys.base64}</ds:X509Certificate></ds:X509Data>`,
  };
  const root = `/*[local-name(.)="${element}"]`;
  signature.addReference(root, [ENVELOPED, EXCLUSIVE], SHA256);
  signature.canonicalizationAlgorithm = EXCLUSIVE;
  signature.computeSignature(xml, { prefix: 'ds', location: { reference: `${root}/*[local-name(.)="Issuer"]`, action: 'after' } });
  return signature.getSignedXml();
}
