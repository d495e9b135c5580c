// @ts-check
// A demo identity provider on npm `samlp`: the messages and their signatures are that library's; this file is the HTTP
// around it. It checks the signature of the requests it gets, against the service provider's certificate.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const samlp = require('samlp');

/**
 * @typedef {{ id: string, email: string, first: string, last: string }} Person
 * @typedef {{ entityId: string, acsUrl: string, startUrl: string, certificate?: string, name?: string, audience?: string }} ServiceProvider `audience`: where it is told another one than it is
 * @typedef {{ certificate: string, key: string }} KeyPair PEM
 */

/** Everyone who can sign in at the demo. @type {Person[]} */
export const people = [
  { id: 'demo|7d2c91', email: 'alice@acme.test', first: 'Alice', last: 'Archer' },
  { id: 'demo|1f88ab', email: 'bob@acme.test', first: 'Bob', last: 'Müller & Söhne' },
  { id: 'demo|c04e55', email: 'carol@elsewhere.test', first: 'Carol', last: 'Outsider' },
];

const escape = (/** @type {string} */ text) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

const page = (/** @type {string} */ title, /** @type {string} */ body) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)} · Demo IdP</title><link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark; font: 1rem/1.5 "Noto Sans", "Liberation Sans", system-ui, sans-serif }
body { display: grid; place-items: center; min-height: 90vh; margin: 0; padding: 1rem }
main { width: min(100%, 24rem); display: grid; gap: 1rem }
form { display: grid } button, a.button { min-height: 2.75rem; font: inherit; border: 1px solid #888; border-radius: .5rem; padding: .4rem 1rem; cursor: pointer }
h1 { font-size: 1.4rem; margin: 0 } p { margin: 0 }
.hinted { background: #27408b; color: #fff; border-color: transparent; font-weight: 600 }
</style></head><body><main><p>Demo identity provider</p><h1>${escape(title)}</h1>${body}</main></body></html>`;

/** What samlp's middleware needs of an Express response. @param {import('node:http').ServerResponse} res */
function expressLike(res) {
  return Object.assign(res, {
    set: (/** @type {string} */ name, /** @type {string} */ value) => res.setHeader(name, value),
    send: (/** @type {any} */ first, /** @type {any} */ second) => {
      if (typeof first === 'number') res.statusCode = first;
      res.end(String(second ?? first));
    },
  });
}

/** Maps a person to exactly the attributes that Keyward's default mapping names. @param {Person} person */
function profileMapper(person) {
  return {
    getClaims: () => ({ Email: person.email, First: person.first, Last: person.last }),
    getNameIdentifier: () => ({ nameIdentifier: person.id }),
  };
}
profileMapper.prototype = { metadata: [] };

/**
 * @param {{
 *   port?: number, host?: string, keys: KeyPair, sps?: ServiceProvider[], people?: Person[], options?: Record<string, unknown>
 * }} config `options` go to samlp as they are
 */
export async function startDemoIdp({ port = 0, host = '127.0.0.1', keys, sps = [], people: known = people, options = {} }) {
  let origin = '';
  const samlOptions = () => ({
    issuer: `${origin}/metadata`,
    cert: keys.certificate,
    key: keys.key,
    signResponse: true,
    signAssertion: true,
    signatureAlgorithm: 'rsa-sha256',
    digestAlgorithm: 'sha256',
    nameIdentifierFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    includeAttributeNameFormat: true,
    lifetimeInSeconds: 300,
    profileMapper,
    ...options,
  });

  /** @param {Person} person @param {ServiceProvider} sp @param {{ method: string, query: any, body: any }} request @param {any} res */
  function answer(person, sp, request, res) {
    samlp.auth({
      ...samlOptions(),
      audience: sp.audience ?? sp.entityId,
      recipient: sp.acsUrl,
      destination: sp.acsUrl,
      signingCert: request.query?.SAMLRequest || request.body?.SAMLRequest ? sp.certificate : undefined,
      RelayState: request.query?.RelayState ?? request.body?.RelayState,
      getUserFromRequest: () => person,
      getPostURL: (/** @type {any} */ _a, /** @type {any} */ _d, /** @type {any} */ _r, /** @type {any} */ done) => done(null, sp.acsUrl),
    })(request, expressLike(res), (/** @type {Error} */ error) => refuse(res, error));
  }

  /** @param {any} res @param {Error} error */
  function refuse(res, error) {
    res.writeHead(400, { 'content-type': 'text/html' }).end(page('This request was refused', `<p>${escape(error.message)}</p>`));
  }

  /** @param {any} request @returns {Promise<{ sp: ServiceProvider, data: any }>} */
  function read(request) {
    return new Promise((resolve, reject) => {
      samlp.parseRequest(request, {}, (/** @type {Error | null} */ error, /** @type {any} */ data) => {
        const sp = sps.find((it) => it.entityId === data?.issuer);
        if (error) reject(error);
        else if (sp) resolve({ sp, data });
        else reject(new Error('No service provider of this name is registered here.'));
      });
    });
  }

  /** @param {any} saml what to hand on */
  const hidden = (saml) => Object.entries(saml).map(([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(String(value))}">`).join('');

  const server = createServer(async (req, res) => {
    try {
      const url = new URL(req.url ?? '/', origin);
      let text = '';
      for await (const chunk of req) text += chunk;
      const form = Object.fromEntries(new URLSearchParams(text));
      const query = Object.fromEntries(url.searchParams);
      res.setHeader('content-type', 'text/html; charset=utf-8');
      if (url.pathname === '/' && req.method === 'GET') {
        const tiles = sps.map((sp) => `<a class="button" href="${escape(sp.startUrl)}">Open ${escape(sp.name ?? 'Keyward')}</a>${known.map((person) => `<form method="post" action="/unsolicited">${hidden({ sp: sp.entityId, person: person.id, RelayState: query.RelayState ?? '' })}<button>Send ${escape(person.email)} to ${escape(sp.name ?? 'Keyward')}</button></form>`).join('')}`);
        res.end(page('Your apps', tiles.join('')));
      } else if (url.pathname === '/sso') {
        const saml = req.method === 'POST' ? form : query;
        const { sp } = await read({ method: req.method, query, body: form });
        const hint = query.login_hint?.toLowerCase();
        const sorted = [...known].sort((a, b) => Number(b.email === hint) - Number(a.email === hint));
        const carried = { ...saml, binding: req.method ?? 'GET' };
        const choices = sorted.map((person) => `<form method="post" action="/answer">${hidden({ ...carried, person: person.id })}<button${person.email === hint ? ' class="hinted"' : ''}>Sign in as ${escape(person.email)}</button></form>`);
        const no = `<form method="post" action="/answer">${hidden({ ...carried, person: '' })}<button>Not assigned</button></form>`;
        res.end(page(`Sign in to ${sp.name ?? 'Keyward'}`, choices.join('') + no));
      } else if (url.pathname === '/answer' && req.method === 'POST') {
        const { person: id, binding, ...saml } = form;
        const request = binding === 'POST' ? { method: 'POST', query: {}, body: saml } : { method: 'GET', query: saml, body: {} };
        const { sp, data } = await read(request);
        const person = known.find((it) => it.id === id);
        if (person) answer(person, sp, request, res);
        else {
          samlp.sendError({
            ...samlOptions(),
            destination: sp.acsUrl,
            inResponseTo: data.id,
            RelayState: saml.RelayState,
            // The library has room for one code only, where the standard nests this one.
            error: { code: 'urn:oasis:names:tc:SAML:2.0:status:RequestDenied', description: 'not assigned to this app' },
            getPostURL: (/** @type {any} */ _r, /** @type {any} */ done) => done(null, sp.acsUrl),
          })(request, expressLike(res), (/** @type {Error} */ error) => refuse(res, error));
        }
      } else if (url.pathname === '/unsolicited' && req.method === 'POST') {
        const sp = sps.find((it) => it.entityId === form.sp);
        const person = known.find((it) => it.id === form.person);
        if (!sp || !person) return void res.writeHead(404).end(page('No such app or person', ''));
        answer(person, sp, { method: 'POST', query: {}, body: { RelayState: form.RelayState ?? '' } }, res);
      } else if (url.pathname === '/metadata' && req.method === 'GET') {
        samlp.metadata({ ...samlOptions(), redirectEndpointPath: '/sso', postEndpointPath: '/sso' })(
          Object.assign(req, { protocol: 'http', originalUrl: req.url }), expressLike(res), refuse);
      } else {
        res.writeHead(404).end(page('Nothing here', '<p><a href="/">Your apps</a></p>'));
      }
    } catch (error) {
      refuse(res, /** @type {Error} */ (error));
    }
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, host, () => resolve(undefined)));
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  origin = `http://${host}:${address.port}`;
  return {
    origin,
    entityId: `${origin}/metadata`,
    ssoUrl: `${origin}/sso`,
    /** Service providers may be registered while it runs. @param {ServiceProvider} sp */
    register: (sp) => void sps.push(sp),
    stop: () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); }),
  };
}
