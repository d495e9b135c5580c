// @ts-check
// A service that people sign in to with their organisation's identity provider (IdP), in one file and without a framework.
//
//   node service.mjs idp-metadata.xml
//
// Three things are a service's own to do, since the package keeps no state. They are marked (1), (2) and (3).
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { KeywardError, buildAuthnRequest, buildSpMetadata, parseIdpMetadata, verifyResponse } from 'keyward';

const REQUEST_LIFETIME = 30 * 60 * 1000;
const FORM_BYTES = 512 * 1024;

/**
 * @param {{ origin: string, idp: import('keyward').Idp & { ssoUrl: string }, log?: (line: string) => void }} options
 *   `origin`: where people reach this service
 */
export function createService({ origin, idp, log = console.log }) {
  const sp = { entityId: `${origin}/saml/metadata`, acsUrl: `${origin}/saml/acs` };

  // A real service keeps these in its database, the second with a unique key.
  /** Requests that wait for an answer, by their ID. @type {Map<string, { browser: string, until: number }>} */
  const pending = new Map();
  /** Assertions that were used, and until when they could be used again. @type {Map<string, number>} */
  const consumed = new Map();
  /** Who is signed in, by the session cookie. @type {Map<string, import('keyward').VerifiedAssertion>} */
  const sessions = new Map();

  /** @type {Record<string, (call: Call) => void | Promise<void>>} */
  const routes = {
    'GET /': ({ cookies, page }) => {
      const person = sessions.get(cookies.session ?? '');
      if (!person) return page(200, '<h1>Hello</h1><p><a href="/sign-in">Sign in</a></p>');
      const rows = person.attributes.map(({ name, values }) => `<dt>${escape(name)}</dt><dd>${escape(values.join(', '))}</dd>`);
      page(200, `<h1>Hello, ${escape(person.nameId?.value ?? 'you')}</h1><dl>${rows.join('')}</dl>`);
    },

    // Our metadata, for the IdP's admin to load.
    'GET /saml/metadata': async ({ send }) => send(200, await buildSpMetadata(sp), { 'Content-Type': 'application/samlmetadata+xml' }),

    'GET /sign-in': async ({ send }) => {
      const id = `_${randomBytes(20).toString('hex')}`;
      const browser = randomBytes(32).toString('hex');
      // (1) Remember which browser asked for which request.
      pending.set(id, { browser, until: Date.now() + REQUEST_LIFETIME });
      const { redirectUrl } = await buildAuthnRequest({ idp, sp, id, now: Date.now() });
      // SameSite=None: the answer is a form that another site posts.
      send(302, '', { Location: redirectUrl, 'Set-Cookie': `browser=${browser}; Path=/saml; HttpOnly; Secure; SameSite=None` });
    },

    // The assertion consumer service: where the IdP's page posts its answer.
    'POST /saml/acs': async ({ cookies, form, page, send }) => {
      try {
        // (2) The answer has to come from the browser that asked, in time, and once. What it says it answers is only used to find
        // that request; whether it does is for the engine to verify.
        const id = findRequest(cookies.browser);
        if (!id) return page(403, '<h1>That took too long</h1><p><a href="/sign-in">Sign in again</a></p>');
        const person = await verifyResponse({
          response: form.get('SAMLResponse') ?? '',
          encoding: 'base64',
          now: Date.now(),
          idp,
          sp,
          request: { id },
        });
        // (3) An assertion opens one session, however often it is posted.
        const key = JSON.stringify([person.issuer, person.assertionId]);
        if (consumed.has(key) || !pending.delete(id)) throw new KeywardError('replay', 'The assertion was used already.');
        consumed.set(key, person.notOnOrAfter);
        const session = randomBytes(32).toString('hex');
        sessions.set(session, person);
        send(303, '', { Location: '/', 'Set-Cookie': `session=${session}; Path=/; HttpOnly; Secure; SameSite=Lax` });
      } catch (error) {
        if (!(error instanceof KeywardError)) throw error;
        // The code and its sentence are for the admin. The public learns that it failed, and what to do.
        log(`${error.code}: ${error.message}`);
        page(403, '<h1>You are not signed in</h1><p><a href="/sign-in">Try again</a>, or ask your admin.</p>');
      }
    },
  };

  /** @param {string | undefined} browser */
  function findRequest(browser) {
    for (const [id, request] of pending) {
      if (request.until <= Date.now()) pending.delete(id);
      else if (request.browser === browser) return id;
    }
  }

  return createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', origin);
    /** @type {Call['send']} */
    const send = (status, body, headers = {}) => void response.writeHead(status, { 'Cache-Control': 'no-store', ...headers }).end(body);
    const page = (/** @type {number} */ status, /** @type {string} */ body) =>
      send(status, `<!doctype html><html lang="en"><title>Example</title>${body}</html>`, {
        'Content-Type': 'text/html; charset=utf-8',
        'Content-Security-Policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      });
    try {
      const route = routes[`${request.method} ${pathname}`];
      if (!route) return page(404, '<h1>There is nothing here</h1>');
      const form = new URLSearchParams(request.method === 'POST' ? await read(request) : '');
      await route({ cookies: cookiesOf(request), form, page, send });
    } catch (error) {
      log(String(error));
      page(500, '<h1>Something broke</h1>');
    }
  });
}

/**
 * @typedef {{
 *   cookies: Record<string, string | undefined>, form: URLSearchParams, page: (status: number, body: string) => void,
 *   send: (status: number, body: string, headers?: Record<string, string>) => void
 * }} Call
 */

/** @param {import('node:http').IncomingMessage} request */
async function read(request) {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) {
    body += chunk;
    if (body.length > FORM_BYTES) throw new Error('The form is too large.');
  }
  return body;
}

/** @param {import('node:http').IncomingMessage} request */
function cookiesOf(request) {
  return Object.fromEntries((request.headers.cookie ?? '').split('; ').map((pair) => pair.split('=')));
}

/** Whatever an IdP sends is text, never markup. @param {string} text */
function escape(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [idp] = parseIdpMetadata(readFileSync(process.argv[2] ?? 'idp-metadata.xml', 'utf8'), { now: Date.now() });
  const sso = idp.singleSignOn.find(({ binding }) => binding.endsWith(':HTTP-Redirect'));
  if (!sso) throw new Error('This identity provider does not take requests by the Redirect binding.');
  createService({ origin: 'http://localhost:3000', idp: { ...idp, ssoUrl: sso.location } }).listen(3000, 'localhost', () => {
    console.log('Sign in at http://localhost:3000; metadata for the identity provider is at http://localhost:3000/saml/metadata');
  });
}
