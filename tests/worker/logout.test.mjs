// @ts-check
// Single logout: here and at SimpleSAMLphp and pysaml2, begun at either side and by both bindings; and what an IdP, or
// somebody who would like to be one, may not do by it.
import assert from 'node:assert/strict';
import { sign } from 'node:crypto';
import { after, before, test } from 'node:test';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { selfSigned } from '../../scripts/lib/certificate.mjs';
import { askPysaml2, pysaml2 } from '../idp/pysaml2/pysaml2.mjs';
import { startSimpleSamlPhp } from '../idp/simplesamlphp/simplesamlphp.mjs';
import { visitor as personAt } from '../idp/simplesamlphp/visitor.mjs';
import { logoutRequest, logoutResponse, newId } from './support/logout.mjs';
import { signXml } from './support/mint.mjs';
import { decodeHtml, words } from './support/visitor.mjs';
import { assertRefused, signIn, startWorld } from './support/world.mjs';

const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
const SLO = 'http://127.0.0.1:9/slo';
const MINUTE = 60_000;

/** @typedef {import('./support/logout.mjs').Ask} Ask @typedef {import('./support/world.mjs').Organisation} Organisation @typedef {import('./support/visitor.mjs').Answer} Answer @typedef {import('./support/visitor.mjs').Visitor} Visitor */

/** @type {import('./support/world.mjs').World} */
let world;
before(async () => {
  world = await startWorld({ workers: 2 });
});
after(() => world?.stop());

/** @param {string} address */
const pathOf = (address) => new URL(address).pathname;
/** Path and query, as a browser asks for them. @param {string | null} address */
const place = (address) => {
  const { pathname, search } = new URL(address ?? '');
  return pathname + search;
};
/** @param {Visitor} visitor */
const isIn = async (visitor) => (await visitor.get('/vault')).status === 200;
/** Where a page of ours goes on by itself. @param {Answer} page */
function onward(page) {
  assert.equal(page.status, 200, words(page.body));
  const url = /^0; url=(.*)$/.exec(page.headers.get('refresh') ?? '')?.[1] ?? '';
  assert.equal(decodeHtml(/<a class="button primary wide" href="([^"]+)"/.exec(page.body)?.[1] ?? ''), url, 'and by a link');
  return url;
}
/** The message of a page's form. @param {Answer} page */
function posted(page) {
  assert.equal(page.status, 200, words(page.body));
  const [, action] = /<form method="post" action="([^"]+)"/.exec(page.body) ?? [];
  const [, field, value] = /name="(SAML\w+)" value="([^"]+)"/.exec(page.body) ?? [];
  return { action: decodeHtml(action ?? ''), field, xml: Buffer.from(decodeHtml(value ?? ''), 'base64').toString() };
}
/** @param {string} url @param {string} name */
const carried = (url, name) => inflateRawSync(Buffer.from(new URL(url).searchParams.get(name) ?? '', 'base64')).toString();

// --- real identity providers ----------------------------------------------------------------------------------------

test('SimpleSAMLphp: who signs out here is signed out there, and the other way round', async () => {
  const idp = await startSimpleSamlPhp();
  try {
    const organisation = await world.organisation({ domains: ['acme.test'], idpEntityId: idp.entityId, ssoUrl: idp.ssoUrl, sloUrl: idp.sloUrl, certificates: [idp.certificate] });
    const metadata = (await world.visitor().get(pathOf(organisation.entityId))).body;
    const signingCertificate = /use="signing">.*?X509Certificate>([^<]+)</s.exec(metadata)?.[1];
    assert.ok(metadata.includes(`<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${organisation.sp.sloUrl}"`), metadata);
    await idp.serve([{ ...organisation.sp, signingCertificate, more: { 'sign.logout': true, 'validate.logout': true } }]);
    const arrive = async () => {
      const [visitor, person] = [world.visitor(), personAt(idp)];
      const { url } = await visitor.begin(organisation.ssoName);
      const xml = await person.respondTo(url.href);
      assert.equal((await visitor.answer(organisation.acsUrl, Buffer.from(xml).toString('base64'))).status, 303);
      assert.ok(await isIn(visitor));
      return { visitor, person };
    };

    const here = await arrive();
    const url = onward(await here.visitor.post('/sign-out', {}));
    assert.ok(!await isIn(here.visitor), 'before anything comes of it there');
    assert.ok(url.startsWith(`${idp.sloUrl}?SAMLRequest=`));
    const back = await here.person.leaveBy(url);
    assert.equal(new URL(back).origin + pathOf(back), organisation.sp.sloUrl);
    const end = await here.visitor.get(place(back));
    assert.equal(end.location, '/?signed-out=everywhere');
    assert.ok(words((await here.visitor.get(end.location)).body).includes('signed out of Keyward and of your organisation'));
    assert.match(await (await fetch(url.replace('SAMLRequest=', 'SAMLRequest=x'))).text(), /exception|error/i, 'it does check what we send');

    const there = await arrive();
    const asked = await there.person.leaveBy(`${idp.origin}/saml2/idp/initSLO.php?RelayState=${encodeURIComponent('http://127.0.0.1:9/bye')}`);
    assert.ok(asked.startsWith(`${organisation.sp.sloUrl}?SAMLRequest=`), asked);
    const answer = await there.visitor.get(place(asked));
    assert.equal(answer.status, 303, words(answer.body));
    assert.ok(!await isIn(there.visitor));
    assert.equal(await there.person.leaveBy(answer.location ?? ''), 'http://127.0.0.1:9/bye', 'it is content with our answer');
  } finally {
    await idp.stop();
  }
});

for (const binding of /** @type {const} */ (['redirect', 'post'])) {
  test(`pysaml2, by ${binding}: begun here, and begun there`, async () => {
    const keys = selfSigned('pysaml2');
    await world.query("UPDATE domain SET connection = NULL, status = 'lost' WHERE name = 'pysaml2.test'");
    const organisation = await world.organisation({
      domains: ['pysaml2.test'], idpEntityId: pysaml2.entityId, ssoUrl: pysaml2.sso, sloUrl: pysaml2.slo, sloBinding: binding, certificates: [keys.base64],
      mapping: { email: 'urn:oid:0.9.2342.19200300.100.1.3' },
    });
    const { body: sp } = await world.visitor().get(pathOf(organisation.entityId));
    const signed = { signatureAlgorithm: RSA_SHA256, digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256' };
    /** @param {Record<string, unknown>} job */
    const ask = async (job) => {
      const [answer] = await askPysaml2({ keys, sp, jobs: [/** @type {any} */ ({ ...signed, spEntityId: organisation.entityId, issuer: organisation.entityId, binding, ...job })] });
      assert.equal(answer.error, undefined);
      return answer;
    };
    const visitor = world.visitor();
    const arrive = async () => {
      const { id } = await visitor.begin(organisation.ssoName);
      const { xml } = await ask({ do: 'respond', sign: ['assertion'], acs: organisation.acsUrl, nameId: 'alice', format: PERSISTENT, attributes: { mail: ['alice@pysaml2.test'] }, inResponseTo: id });
      const answer = await visitor.answer(organisation.acsUrl, Buffer.from(xml).toString('base64'));
      assert.equal(answer.status, 303, words(answer.body));
    };
    /** Brings a message of the IdP's to us. @param {{ xml?: string, query?: string }} message @param {string} field */
    const bring = ({ xml, query }, field) => query === undefined
      ? visitor.postFrom(pathOf(organisation.sp.sloUrl), { [field]: Buffer.from(xml ?? '').toString('base64'), RelayState: 'a=b&c' })
      : visitor.get(`${pathOf(organisation.sp.sloUrl)}?${query}`);

    await arrive();
    const page = await visitor.post('/sign-out', {});
    assert.ok(!await isIn(visitor));
    const sent = binding === 'post' ? posted(page) : { xml: carried(onward(page), 'SAMLRequest'), action: onward(page) };
    assert.ok(sent.action.startsWith(pysaml2.slo));
    const read = await ask({ do: 'read', kind: 'LogoutRequest', message: binding === 'post' ? sent.xml : new URL(sent.action).search.slice(1) });
    const [{ session_index: index }] = await world.query('SELECT session_index FROM session WHERE tenant = ?', organisation.tenant);
    assert.deepEqual([read.nameId, read.sessions], ['alice', index === null ? [] : [index]]);
    const response = await ask({ do: 'logout', kind: 'LogoutResponse', destination: organisation.sp.sloUrl, request: sent.xml });
    assert.equal((await bring(response, 'SAMLResponse')).location, '/?signed-out=everywhere');
    await assertRefused(world, () => bring(response, 'SAMLResponse'), { code: 'logout-answer-used', event: 'logout', tenant: organisation.tenant });

    await arrive();
    assert.ok(await isIn(visitor));
    const request = await ask({ do: 'logout', kind: 'LogoutRequest', destination: organisation.sp.sloUrl, nameId: 'alice', format: PERSISTENT, relayState: 'a=b&c' });
    const answer = await bring(request, 'SAMLRequest');
    assert.ok(!await isIn(visitor));
    const message = binding === 'post' ? posted(answer).xml : new URL(answer.location ?? '').search.slice(1);
    const facts = await ask({ do: 'read', kind: 'LogoutResponse', message });
    assert.equal(facts.status, 'urn:oasis:names:tc:SAML:2.0:status:Success');
    if (binding === 'redirect') assert.equal(new URL(answer.location ?? '').searchParams.get('RelayState'), 'a=b&c');
    else assert.ok(answer.body.includes('name="RelayState" value="a=b&#38;c"'), answer.body);
  });
}

// --- messages that are not right ------------------------------------------------------------------------------------

/** @param {Parameters<import('./support/world.mjs').World['organisation']>[0]} [more] */
const organisationWithLogout = (more = {}) => world.organisation({ sloUrl: SLO, ...more });
/** As the Redirect binding has it. @param {Organisation} organisation @param {string} field @param {string} xml @param {{ key?: string, signed?: boolean, relayState?: string }} [how] */
function query({ idp }, field, xml, { key = idp.keys.key, signed = true, relayState } = {}) {
  const octets = `${field}=${encodeURIComponent(deflateRawSync(xml).toString('base64'))}${relayState === undefined ? '' : `&RelayState=${encodeURIComponent(relayState)}`}&SigAlg=${encodeURIComponent(RSA_SHA256)}`;
  return signed ? `${octets}&Signature=${encodeURIComponent(sign('sha256', Buffer.from(octets), key).toString('base64'))}` : octets;
}

/** Somebody's browser brings a request. @param {Organisation} organisation @param {Ask} ask @param {Parameters<typeof query>[3]} [how] @param {Visitor} [visitor] */
const bring = (organisation, ask, how, visitor = world.visitor()) => visitor.get(`${pathOf(organisation.sp.sloUrl)}?${query(organisation, 'SAMLRequest', logoutRequest(organisation, ask), how)}`);

/** Our answer's status codes. @param {Answer} answer */
function told(answer) {
  assert.equal(answer.status, 303, words(answer.body));
  const xml = carried(answer.location ?? '', 'SAMLResponse');
  return [...xml.matchAll(/<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:(\w+)"/g)].map((match) => match[1]);
}

/** Somebody who is signed in. @param {Organisation} organisation @param {string} name */
async function arrived(organisation, name) {
  const person = organisation.person(name);
  const { visitor } = await signIn(world, organisation, person);
  const [session] = await world.query('SELECT session_index FROM session WHERE tenant = ? ORDER BY created_at DESC LIMIT 1', organisation.tenant);
  return { person, visitor, index: session.session_index };
}

test('without an index all of a person’s sessions end, with one that one, and nobody else’s', async () => {
  const organisation = await organisationWithLogout();
  const [one, two, other] = [await arrived(organisation, 'alice'), await arrived(organisation, 'alice'), await arrived(organisation, 'bob')];
  assert.deepEqual(told(await bring(organisation, { nameId: one.person.nameId, sessions: [one.index] })), ['Success']);
  assert.deepEqual([await isIn(one.visitor), await isIn(two.visitor), await isIn(other.visitor)], [false, true, true]);
  const three = await arrived(organisation, 'alice');
  const events = await world.query("SELECT subject, actor, code FROM audit_event WHERE tenant = ? AND event = 'logout'", organisation.tenant);
  assert.equal(events.length, 1);
  assert.deepEqual([events[0].actor, events[0].code], [null, null]);
  assert.deepEqual(told(await bring(organisation, { nameId: one.person.nameId })), ['Success']);
  assert.deepEqual([await isIn(two.visitor), await isIn(three.visitor), await isIn(other.visitor)], [false, false, true]);
});

test('what is over already is no error, and qualifiers may be spelt out', async () => {
  const organisation = await organisationWithLogout();
  const { person, visitor } = await arrived(organisation, 'alice');
  assert.deepEqual(told(await bring(organisation, { nameId: person.nameId, sessions: [newId()] })), ['Success']);
  assert.ok(await isIn(visitor), 'the index is of a session that is over, not of this one');
  assert.deepEqual(told(await bring(organisation, { nameId: 'nobody' })), ['Success']);
  assert.deepEqual(told(await bring(organisation, { nameId: person.nameId, format: 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified' })), ['Success']);
  assert.ok(await isIn(visitor), 'another format is another name');
  const spelt = logoutRequest(organisation, { nameId: person.nameId }).replace('<saml:NameID ', `<saml:NameID NameQualifier="${organisation.idp.entityId}" SPNameQualifier="${organisation.entityId}" `);
  assert.deepEqual(told(await world.visitor().get(`${pathOf(organisation.sp.sloUrl)}?${query(organisation, 'SAMLRequest', spelt)}`)), ['Success']);
  assert.ok(!await isIn(visitor));
});

test('another person’s session does not end, and the IdP is told', async () => {
  const organisation = await organisationWithLogout();
  const [alice, bob] = [await arrived(organisation, 'alice'), await arrived(organisation, 'bob')];
  const before = await world.snapshot(['audit_event', 'saml_message']);
  assert.deepEqual(told(await bring(organisation, { nameId: alice.person.nameId, sessions: [bob.index] })), ['Requester', 'RequestDenied']);
  assert.deepEqual(await world.snapshot(['audit_event', 'saml_message']), before);
  const [event] = await world.query('SELECT * FROM audit_event WHERE tenant = ? AND code IS NOT NULL', organisation.tenant);
  assert.deepEqual([event.event, event.code], ['logout', 'logout-session']);
  assert.deepEqual(told(await bring(organisation, { nameId: alice.person.nameId, sessions: [alice.index, bob.index] })), ['Success', 'PartialLogout']);
  assert.deepEqual([await isIn(alice.visitor), await isIn(bob.visitor)], [false, true]);
});

/** @type {[string, string, (organisation: Organisation) => Partial<Ask>, (Parameters<typeof query>[3])?][]} */
const wrong = [
  ['not signed', 'signature-missing', () => ({}), { signed: false }],
  ['signed by somebody else', 'signature-invalid', () => ({}), { key: selfSigned('somebody').key }],
  ['of another IdP', 'issuer', () => ({ issuer: 'https://other.test' })],
  ['for another place', 'destination', ({ acsUrl }) => ({ destination: acsUrl })],
  ['too old', 'expired', () => ({ issued: Date.now() - 10 * MINUTE, until: Date.now() - 2 * MINUTE })],
  ['too old, by the time it was made', 'expired', () => ({ issued: Date.now() - 10 * MINUTE, until: null })],
  ['of the future', 'not-yet-valid', () => ({ issued: Date.now() + 10 * MINUTE })],
];
for (const [what, code, ask, how] of wrong) {
  test(`a request that is ${what} ends nothing`, async () => {
    const organisation = await organisationWithLogout();
    const { person, visitor } = await arrived(organisation, 'alice');
    await assertRefused(world, () => bring(organisation, { nameId: person.nameId, ...ask(organisation) }, how), { code, event: 'logout', tenant: organisation.tenant, connection: organisation.id, title: 'This sign-out could not be finished' });
    assert.ok(await isIn(visitor));
    assert.deepEqual(told(await bring(organisation, { nameId: person.nameId })), ['Success'], 'the right one does');
  });
}

test('by POST, the message’s own signature counts', async () => {
  const organisation = await organisationWithLogout();
  const { person, visitor } = await arrived(organisation, 'alice');
  const post = (/** @type {string} */ xml) => world.visitor().postFrom(pathOf(organisation.sp.sloUrl), { SAMLRequest: Buffer.from(xml).toString('base64') });
  const xml = logoutRequest(organisation, { nameId: person.nameId });
  await assertRefused(world, () => post(xml), { code: 'signature-missing', event: 'logout' });
  await assertRefused(world, () => post(signXml(xml, 'LogoutRequest', selfSigned('somebody'))), { code: 'signature-invalid', event: 'logout' });
  const right = signXml(xml, 'LogoutRequest', organisation.idp.keys);
  await assertRefused(world, () => post(right.replace(person.nameId, 'mallory')), { code: 'digest-mismatch', event: 'logout' });
  assert.ok(await isIn(visitor));
  assert.deepEqual(told(await post(right)), ['Success']);
  assert.ok(!await isIn(visitor));
});

test('a request counts once, also fifty times at once, through two Workers', async () => {
  const organisation = await organisationWithLogout();
  const { person } = await arrived(organisation, 'alice');
  const ask = { id: newId(), nameId: person.nameId };
  const answers = await Promise.all(Array.from({ length: 50 }, (_, at) => bring(organisation, ask, undefined, world.visitor().at(world.origins[at % 2]))));
  assert.equal(answers.filter(({ status }) => status === 303).length, 1);
  const again = await arrived(organisation, 'alice');
  await assertRefused(world, () => bring(organisation, ask), { code: 'logout-replay', event: 'logout', tenant: organisation.tenant });
  assert.ok(await isIn(again.visitor));
});

test('one connection’s IdP ends no session of another connection, nor of another organisation', async () => {
  const [one, other] = [await organisationWithLogout(), await organisationWithLogout()];
  const { person, visitor } = await arrived(one, 'alice');
  assert.deepEqual(told(await bring(other, { nameId: person.nameId })), ['Success'], 'nobody of that name there');
  assert.ok(await isIn(visitor));
  await assertRefused(world, () => world.visitor().get(`${pathOf(one.sp.sloUrl)}?${query(other, 'SAMLRequest', logoutRequest(other, { nameId: person.nameId }))}`), { code: 'issuer', event: 'logout', tenant: one.tenant });
});

test('what is neither a request nor a response, and what is both', async () => {
  const organisation = await organisationWithLogout();
  const path = pathOf(organisation.sp.sloUrl);
  for (const search of ['', '?x=1', '?SAMLRequest=a&SAMLResponse=b', '?SAMLRequest=a&SAMLRequest=b']) {
    await assertRefused(world, () => world.visitor().get(path + search), { code: 'logout-form', event: 'logout' });
  }
  await assertRefused(world, () => world.visitor().get(`${path}?SAMLRequest=nonsense`), { code: 'signature-missing', event: 'logout' });
  await assertRefused(world, () => world.visitor().postFrom(path, { SAMLRequest: '%%' }), { code: 'base64', event: 'logout' });
  await assertRefused(world, () => world.visitor().get('/saml/c_nobody/slo?SAMLRequest=x'), { code: 'connection-unknown', status: 404 });
});

test('off by a switch, and where the IdP offers none, it is neither sent nor taken', async () => {
  for (const settings of [{ singleLogout: false }, { sloUrl: null }]) {
    const organisation = await organisationWithLogout(settings);
    const { person, visitor } = await arrived(organisation, 'alice');
    await assertRefused(world, () => bring(organisation, { nameId: person.nameId }), { code: 'logout-off', event: 'logout', tenant: organisation.tenant });
    const answer = await visitor.post('/sign-out', {});
    assert.equal(answer.location, '/?signed-out');
    assert.equal((await world.query('SELECT count(*) AS n FROM pending_logout WHERE tenant = ?', organisation.tenant))[0].n, 0);
    const metadata = (await world.visitor().get(pathOf(organisation.entityId))).body;
    assert.equal(metadata.includes('SingleLogoutService'), settings.singleLogout !== false);
  }
});

test('turning it off counts on the next request', async () => {
  const organisation = await organisationWithLogout();
  const { person } = await arrived(organisation, 'alice');
  assert.deepEqual(told(await bring(organisation, { nameId: 'nobody' })), ['Success'], 'the isolate knows the connection now');
  await world.query('UPDATE connection SET single_logout = 0, version = version + 1 WHERE id = ?', organisation.id);
  await assertRefused(world, () => bring(organisation, { nameId: person.nameId }), { code: 'logout-off', event: 'logout' });
  await world.query("UPDATE connection SET single_logout = 1, status = 'disabled', version = version + 1 WHERE id = ?", organisation.id);
  await assertRefused(world, () => bring(organisation, { nameId: person.nameId }), { code: 'connection-not-active' });
});

/** @param {Visitor} visitor @param {Organisation} organisation @param {string} inResponseTo @param {string[]} [status] */
const answerBy = (visitor, organisation, inResponseTo, status) => visitor.get(`${pathOf(organisation.sp.sloUrl)}?${query(organisation, 'SAMLResponse', logoutResponse(organisation, inResponseTo, status))}`);

/** Signs out here. @param {Organisation} organisation @param {Record<string, string>} [form] */
async function leaving(organisation, form = {}) {
  const { visitor, index, person } = await arrived(organisation, 'alice');
  const xml = carried(onward(await visitor.post('/sign-out', form)), 'SAMLRequest');
  return { visitor, index, person, xml, id: / ID="([^"]+)"/.exec(xml)?.[1] ?? '' };
}

test('our request says who and which session, exactly as the IdP did, and everywhere is without one', async () => {
  const organisation = await organisationWithLogout();
  const one = await leaving(organisation);
  assert.ok(one.xml.includes(`<saml:NameID Format="${PERSISTENT}">${one.person.nameId}</saml:NameID>`), one.xml);
  assert.ok(one.xml.includes(`<samlp:SessionIndex>${one.index}</samlp:SessionIndex>`));
  const all = await leaving(organisation, { everywhere: 'yes' });
  assert.ok(!all.xml.includes('SessionIndex'));
});

test('a cookie that is worth nothing any more sends no request to the IdP', async () => {
  const organisation = await organisationWithLogout();
  const { visitor, person } = await arrived(organisation, 'alice');
  const kept = new Map(visitor.cookies);
  assert.deepEqual(told(await bring(organisation, { nameId: person.nameId })), ['Success']);
  visitor.cookies = kept;
  assert.equal((await visitor.post('/sign-out', {})).location, '/?signed-out');
  assert.equal((await world.query('SELECT count(*) AS n FROM pending_logout WHERE tenant = ?', organisation.tenant))[0].n, 0);
});

test('an answer is matched to a request of ours: of this connection, this browser, in time, once', async () => {
  const organisation = await organisationWithLogout();
  const refused = (/** @type {() => Promise<Answer>} */ act, /** @type {string} */ code) => assertRefused(world, act, { code, event: 'logout', tenant: organisation.tenant });
  const { visitor, id } = await leaving(organisation);
  await refused(() => answerBy(visitor, organisation, newId()), 'logout-answer-unknown');
  await refused(() => answerBy(world.visitor(), organisation, id), 'logout-answer-browser');
  const other = await organisationWithLogout();
  await assertRefused(world, () => answerBy(visitor, other, id), { code: 'logout-answer-unknown', event: 'logout', tenant: other.tenant });
  assert.equal((await answerBy(visitor, organisation, id)).location, '/?signed-out=everywhere');
  await refused(() => answerBy(visitor, organisation, id), 'logout-answer-used');
  const late = await leaving(organisation);
  await world.query('UPDATE pending_logout SET created_at = 1, expires_at = 2 WHERE request = ?', late.id);
  await refused(() => answerBy(late.visitor, organisation, late.id), 'logout-answer-expired');
});

test('an answer that is not signed, or not rightly, changes nothing, and tells who signed out here that they did', async () => {
  const organisation = await organisationWithLogout();
  const path = pathOf(organisation.sp.sloUrl);
  const { visitor, id } = await leaving(organisation);
  const bare = Buffer.from(logoutResponse(organisation, id)).toString('base64');
  /** @type {[string, (who: Visitor) => Promise<Answer>][]} */
  const answers = [
    ['signature-missing', (who) => who.get(`${path}?${query(organisation, 'SAMLResponse', logoutResponse(organisation, id), { signed: false })}`)],
    ['signature-missing', (who) => who.postFrom(path, { SAMLResponse: bare })],
    ['signature-invalid', (who) => who.get(`${path}?${query(organisation, 'SAMLResponse', logoutResponse(organisation, id), { key: selfSigned('somebody').key })}`)],
    ['base64', (who) => who.postFrom(path, { SAMLResponse: '%%' })],
  ];
  const said = (/** @type {string} */ code, /** @type {() => Promise<Answer>} */ act, /** @type {string} */ title) => assertRefused(world, act, { code, event: 'logout', tenant: organisation.tenant, connection: organisation.id, title });
  for (const [code, bring] of answers) {
    await said(code, () => bring(visitor), 'You have been signed out here');
    await said(code, () => bring(world.visitor()), 'This sign-out could not be finished');
  }
  // The right one still counts, and then nobody waits for another.
  assert.equal((await answerBy(visitor, organisation, id)).location, '/?signed-out=everywhere');
  await said('signature-missing', () => answers[0][1](visitor), 'This sign-out could not be finished');
});

test('an IdP that did not end all of it is written down, and the person is not told otherwise', async () => {
  const organisation = await organisationWithLogout();
  for (const status of [['Success', 'PartialLogout'], ['Responder', 'PartialLogout'], ['Requester', 'RequestDenied']]) {
    const { visitor, id } = await leaving(organisation);
    assert.equal((await answerBy(visitor, organisation, id, status)).location, '/?signed-out');
  }
  const events = await world.query("SELECT detail FROM audit_event WHERE tenant = ? AND code = 'logout-partial'", organisation.tenant);
  assert.equal(events.length, 3);
});

test('what has expired is cleared', async () => {
  const organisation = await organisationWithLogout();
  const { person, visitor, id } = await leaving(organisation);
  await answerBy(visitor, organisation, id);
  await bring(organisation, { nameId: person.nameId });
  const day = 24 * 60 * MINUTE;
  await world.query('UPDATE pending_logout SET created_at = 1, expires_at = ?', Date.now() - day - MINUTE);
  await world.query('UPDATE consumed_logout_request SET expires_at = ?', Date.now() - day - MINUTE);
  await world.cron();
  for (const table of ['pending_logout', 'consumed_logout_answer', 'consumed_logout_request']) assert.deepEqual(await world.query(`SELECT * FROM ${table}`), [], table);
});
