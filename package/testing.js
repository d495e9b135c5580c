// For tests only, in Node only: responses signed with a throw-away key, so that a sign-in can be tried without an IdP.
import { createHash, randomBytes, sign } from 'node:crypto';
import { canonicalize } from './node.js';
import { selfSigned } from './certificate.js';

const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
/** Line ends and tabs too, which a reader would change. */
const escape = (text) => String(text).replace(/[&<>"\t\n\r]/g, (c) => `&#${c.charCodeAt(0)};`);
const time = (millis) => new Date(millis).toISOString();

let shared;
/** The key pair of this process, made when it is first needed. */
export function testIdp() {
  shared ??= selfSigned('A throw-away identity provider');
  return { certificate: shared.certificate };
}

/** Signs the element with this ID, and puts the signature after its Issuer. */
function signed(xml, id) {
  const digest = createHash('sha256').update(canonicalize(xml, { algorithm: EXCLUSIVE, elementId: id })).digest('base64');
  const info = `<ds:SignedInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:CanonicalizationMethod Algorithm="${EXCLUSIVE}"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></ds:SignatureMethod><ds:Reference URI="#${id}"><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></ds:Transform><ds:Transform Algorithm="${EXCLUSIVE}"></ds:Transform></ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod><ds:DigestValue>${digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>`;
  const value = sign('sha256', Buffer.from(canonicalize(info, { algorithm: EXCLUSIVE })), shared.key).toString('base64');
  const signature = `<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">${info}<ds:SignatureValue>${value}</ds:SignatureValue></ds:Signature>`;
  const at = xml.indexOf('</saml:Issuer>', xml.indexOf(`ID="${id}"`)) + '</saml:Issuer>'.length;
  return xml.slice(0, at) + signature + xml.slice(at);
}

/** A signed response. Everything but `acsUrl`, `spEntityId` and `now` has a default. */
export function mintResponse({
  acsUrl, spEntityId, now, issuer = 'https://idp.example.test', inResponseTo, nameId = { value: 'user-1' }, attributes = {},
  sign: what = ['response', 'assertion'], lifetimeSeconds = 300, sessionIndex = '_session', authnInstant = now,
}) {
  testIdp();
  const [response, assertion] = [`_${randomBytes(16).toString('hex')}`, `_${randomBytes(16).toString('hex')}`];
  const until = time(now + lifetimeSeconds * 1000);
  const answering = inResponseTo === undefined ? '' : ` InResponseTo="${escape(inResponseTo)}"`;
  const optional = (name, value) => (value === undefined ? '' : ` ${name}="${escape(value)}"`);
  const values = Object.entries(attributes).map(([name, value]) => `<saml:Attribute Name="${escape(name)}">${[value].flat().map((it) => `<saml:AttributeValue>${escape(it)}</saml:AttributeValue>`).join('')}</saml:Attribute>`);
  let xml = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${response}" Version="2.0" IssueInstant="${time(now)}" Destination="${escape(acsUrl)}"${answering}><saml:Issuer>${escape(issuer)}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status><saml:Assertion ID="${assertion}" Version="2.0" IssueInstant="${time(now)}"><saml:Issuer>${escape(issuer)}</saml:Issuer><saml:Subject><saml:NameID${optional('Format', nameId.format)}${optional('NameQualifier', nameId.nameQualifier)}${optional('SPNameQualifier', nameId.spNameQualifier)}>${escape(nameId.value)}</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData Recipient="${escape(acsUrl)}" NotOnOrAfter="${until}"${answering}/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="${time(now)}" NotOnOrAfter="${until}"><saml:AudienceRestriction><saml:Audience>${escape(spEntityId)}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="${time(authnInstant)}" SessionIndex="${escape(sessionIndex)}"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>${values.length ? `<saml:AttributeStatement>${values.join('')}</saml:AttributeStatement>` : ''}</saml:Assertion></samlp:Response>`;
  if (what.includes('assertion')) xml = signed(xml, assertion);
  if (what.includes('response')) xml = signed(xml, response);
  return { xml, response: Buffer.from(xml).toString('base64'), idp: { entityId: issuer, certificates: [shared.certificate] } };
}
