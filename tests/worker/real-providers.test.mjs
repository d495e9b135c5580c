// @ts-check
// Signing in by SimpleSAMLphp and by pysaml2, whoever began: this service, by both bindings, and the identity provider; plain, and
// encrypted to the key of our metadata. (Out of both, both ways: logout.test.mjs. In every cipher: encrypted.test.mjs.)
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { selfSigned } from '../../scripts/lib/certificate.mjs';
import { askPysaml2, pysaml2 } from '../idp/pysaml2/pysaml2.mjs';
import { startSimpleSamlPhp } from '../idp/simplesamlphp/simplesamlphp.mjs';
import { visitor as personAt } from '../idp/simplesamlphp/visitor.mjs';
import { decodeHtml, destination, readRequest, words } from './support/visitor.mjs';
import { startWorld } from './support/world.mjs';

/** @typedef {import('./support/world.mjs').Organisation} Organisation @typedef {import('./support/visitor.mjs').Visitor} Visitor */

/** @type {import('./support/world.mjs').World} */
let world;
before(async () => { world = await startWorld(); });
after(() => world?.stop());

const base64 = (/** @type {string} */ xml) => Buffer.from(xml).toString('base64');

/** The request of ours, as the continue page sends it on. @param {Visitor} visitor @param {string} who */
async function asked(visitor, who) {
  const page = await visitor.post('/sign-in', { who });
  assert.equal(page.status, 200, words(page.body));
  const href = decodeHtml(/href="([^"]*SAMLRequest=[^"]*)"/.exec(page.body)?.[1] ?? '');
  if (href) return { ...readRequest(href), form: undefined };
  const fields = Object.fromEntries([...page.body.matchAll(/name="(SAMLRequest|RelayState)" value="([^"]*)"/g)].map(([, name, value]) => [name, decodeHtml(value)]));
  const action = decodeHtml(/<form method="post" action="([^"]+)"/.exec(page.body)?.[1] ?? '');
  const xml = Buffer.from(fields.SAMLRequest, 'base64').toString();
  return { id: / ID="([^"]+)"/.exec(xml)?.[1] ?? '', xml, url: new URL(action), form: { action, fields } };
}

/** Begun here. @param {Organisation} organisation @param {string} who @param {(request: Awaited<ReturnType<typeof asked>>) => Promise<string>} respond */
async function begunHere(organisation, who, respond) {
  const visitor = world.visitor();
  const xml = await respond(await asked(visitor, who));
  const answer = await visitor.answer(organisation.acsUrl, base64(xml));
  assert.equal(answer.status, 303, words(answer.body));
  assert.equal(destination(answer.location), '/vault');
  assert.equal((await visitor.get('/vault')).status, 200);
  return xml;
}

/** Begun there: the person says whether it is them, and goes where the RelayState may lead. @param {Organisation} organisation @param {string} xml @param {string} email */
async function begunThere(organisation, xml, email) {
  const visitor = world.visitor();
  assert.doesNotMatch(xml, /InResponseTo/);
  const page = await visitor.answer(organisation.acsUrl, base64(xml), '/vault/activity');
  assert.ok(page.status === 200 && words(page.body).includes(`Continue as ${email}`), words(page.body));
  assert.notEqual((await visitor.get('/vault')).status, 200, 'not before');
  const token = /name="token" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
  assert.equal(destination((await visitor.post('/confirm', { token, answer: 'yes' })).location), '/vault/activity');
  assert.equal((await visitor.get('/vault')).status, 200);
}

/** What our metadata offer, base64. @param {string} metadata @param {string} use */
const offered = (metadata, use) => new RegExp(`use="${use}">.*?X509Certificate>([^<]+)<`, 's').exec(metadata)?.[1] ?? '';
const metadataOf = async (/** @type {Organisation} */ organisation) => (await world.visitor().get(new URL(organisation.entityId).pathname)).body;
const pem = (/** @type {string} */ text) => `-----BEGIN CERTIFICATE-----\n${text.replace(/.{64}/g, '$&\n').trimEnd()}\n-----END CERTIFICATE-----\n`;
const open = { idpInitiated: true, idpInitiatedPaths: ['/vault/activity'] };

test('SimpleSAMLphp: begun here by both bindings, and begun there, plain and encrypted', async () => {
  const idp = await startSimpleSamlPhp();
  try {
    for (const binding of /** @type {const} */ (['redirect', 'post'])) {
      await world.query("UPDATE domain SET connection = NULL, status = 'lost' WHERE name = 'acme.test'");
      const organisation = await world.organisation({ ...open, binding, domains: ['acme.test'], idpEntityId: idp.entityId, ssoUrl: idp.ssoUrl, certificates: [idp.certificate] });
      const metadata = await metadataOf(organisation);
      for (const encryptionCertificate of [undefined, offered(metadata, 'encryption')]) {
        await idp.serve([{ ...organisation.sp, signingCertificate: offered(metadata, 'signing'), ...(encryptionCertificate && { encryptionCertificate }) }]);
        const isEncrypted = (/** @type {string} */ xml) => assert.equal(xml.includes('EncryptedAssertion'), encryptionCertificate !== undefined);
        for (const who of ['alice@acme.test', organisation.ssoName]) {
          isEncrypted(await begunHere(organisation, who, ({ url, form }) => (form ? personAt(idp).respondToForm(form) : personAt(idp).respondTo(url.href))));
        }
        const unasked = await personAt(idp).respondTo(idp.unsolicitedUrl(organisation.entityId));
        isEncrypted(unasked);
        await begunThere(organisation, unasked, 'alice@acme.test');
      }
    }
  } finally {
    await idp.stop();
  }
});

test('pysaml2: begun here by both bindings, and begun there, plain and encrypted', async () => {
  const keys = selfSigned('pysaml2');
  for (const binding of /** @type {const} */ (['redirect', 'post'])) {
    await world.query("UPDATE domain SET connection = NULL, status = 'lost' WHERE name = 'pysaml2.test'");
    const organisation = await world.organisation({
      ...open, binding, domains: ['pysaml2.test'], idpEntityId: pysaml2.entityId, ssoUrl: pysaml2.sso, certificates: [keys.base64],
      mapping: { email: 'urn:oid:0.9.2342.19200300.100.1.3' },
    });
    const sp = await metadataOf(organisation);
    for (const encrypt of [undefined, pem(offered(sp, 'encryption'))]) {
      /** @param {string} [inResponseTo] @param {{ xml: string, url: URL, form?: unknown }} [request] @returns {Promise<string>} */
      const respond = async (inResponseTo, request) => {
        const message = request && (request.form ? request.xml : request.url.search.slice(1));
        const answers = await askPysaml2({ keys, sp, jobs: [
          ...(message ? [{ do: /** @type {const} */ ('read'), kind: 'AuthnRequest', binding, issuer: organisation.entityId, message }] : []),
          {
            do: 'respond', acs: organisation.acsUrl, spEntityId: organisation.entityId, nameId: 'alice', format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
            attributes: { mail: ['alice@pysaml2.test'] }, sign: ['assertion'], signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
            digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256', cipher: ['http://www.w3.org/2009/xmlenc11#aes256-gcm', 'aes-256'],
            ...(inResponseTo && { inResponseTo }), ...(encrypt && { encrypt }),
          },
        ] });
        for (const { error } of answers) assert.equal(error, undefined);
        if (message) assert.equal(answers[0].id, inResponseTo, 'it read what we sent, and our signature held');
        const { xml } = answers.at(-1);
        assert.equal(xml.includes('EncryptedAssertion'), encrypt !== undefined);
        return xml;
      };
      for (const who of ['alice@pysaml2.test', organisation.ssoName]) await begunHere(organisation, who, (request) => respond(request.id, request));
      await begunThere(organisation, await respond(), 'alice@pysaml2.test');
    }
  }
});
