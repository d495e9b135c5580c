// @ts-check
// A server on loopback that publishes an IdP's metadata, as a test says.
import { createServer } from 'node:http';

/** @param {string} entityId @param {string[]} certificates base64 DER */
export function idpMetadata(entityId, certificates) {
  const keys = certificates.map((der) => `<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${der}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`);
  return `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${entityId}"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">${keys.join('')}<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.test/sso"/></md:IDPSSODescriptor></md:EntityDescriptor>`;
}

/** @typedef {{ body?: string, etag?: string, status?: number, location?: string }} Published */

export async function startPublisher() {
  /** Path → what is there. @type {Map<string, Published>} */
  const documents = new Map();
  /** @type {{ path: string, ifNoneMatch: string | undefined }[]} */
  const asked = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    asked.push({ path, ifNoneMatch: request.headers['if-none-match'] });
    const { body = '', etag, status = 200, location } = documents.get(path) ?? { status: 404 };
    if (etag !== undefined && request.headers['if-none-match'] === etag) return response.writeHead(304, { etag }).end();
    response.writeHead(status, { 'content-type': 'application/samlmetadata+xml', ...(etag ? { etag } : {}), ...(location ? { location } : {}) });
    return response.end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    origin: `http://127.0.0.1:${port}`,
    documents,
    asked,
    stop: () => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }),
  };
}
