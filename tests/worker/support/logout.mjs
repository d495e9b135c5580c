// @ts-check
// Messages for single logout by an IdP of ours: right in every respect but those that a test asks for, and not signed yet.
import { randomBytes } from 'node:crypto';

const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
const NAMESPACES = 'xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"';
const MINUTE = 60_000;

export const newId = () => `_${randomBytes(16).toString('hex')}`;
const time = (/** @type {number} */ ms) => new Date(ms).toISOString();

/**
 * @typedef {import('./world.mjs').Organisation} Organisation
 * @typedef {{ id?: string, nameId: string, sessions?: string[], issuer?: string, destination?: string, issued?: number, until?: number | null, format?: string }} Ask
 */

/** A LogoutRequest. @param {Organisation} organisation @param {Ask} ask */
export function logoutRequest(organisation, { id = newId(), nameId, sessions = [], issuer, destination, issued = Date.now(), until = Date.now() + 5 * MINUTE, format = PERSISTENT }) {
  const ends = until === null ? '' : ` NotOnOrAfter="${time(until)}"`;
  const indexes = sessions.map((index) => `<samlp:SessionIndex>${index}</samlp:SessionIndex>`).join('');
  return `<samlp:LogoutRequest ${NAMESPACES} ID="${id}" Version="2.0" IssueInstant="${time(issued)}" Destination="${destination ?? organisation.sp.sloUrl}"${ends}><saml:Issuer>${issuer ?? organisation.idp.entityId}</saml:Issuer><saml:NameID Format="${format}">${nameId}</saml:NameID>${indexes}</samlp:LogoutRequest>`;
}

/** A LogoutResponse. @param {Organisation} organisation @param {string} inResponseTo @param {string[]} [status] the codes, outermost first */
export function logoutResponse(organisation, inResponseTo, status = ['Success']) {
  const codes = status.reduceRight((inner, code) => `<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:${code}">${inner}</samlp:StatusCode>`, '');
  return `<samlp:LogoutResponse ${NAMESPACES} ID="${newId()}" Version="2.0" IssueInstant="${time(Date.now())}" Destination="${organisation.sp.sloUrl}" InResponseTo="${inResponseTo}"><saml:Issuer>${organisation.idp.entityId}</saml:Issuer><samlp:Status>${codes}</samlp:Status></samlp:LogoutResponse>`;
}
