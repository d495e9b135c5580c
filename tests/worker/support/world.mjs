// @ts-check
// The Worker in workerd with its D1, organisations in it whose IdPs are ours, and people who visit.
import assert from 'node:assert/strict';
import { places, startStack } from '../../support/stack.mjs';
import { mint, newIdp } from './mint.mjs';
import { Visitor, words } from './visitor.mjs';

/**
 * @typedef {import('./mint.mjs').Person} Person
 * @typedef {import('./mint.mjs').Wishes} Wishes
 * @typedef {Awaited<ReturnType<typeof startWorld>>} World
 * @typedef {Awaited<ReturnType<World['organisation']>>} Organisation
 */

/** @param {Parameters<typeof startStack>[0]} [options] */
export async function startWorld(options) {
  const stack = await startStack(options);
  /** What the Worker must not print. @type {Set<string>} */
  const secrets = new Set();
  let count = 0;
  return {
    ...stack,

    /** A browser that was never here. */
    visitor() {
      const visitor = new Visitor(stack.origin);
      const keep = visitor.cookies.set.bind(visitor.cookies);
      visitor.cookies.set = (name, value) => {
        if (!name.endsWith('-org') && value.length > 20) secrets.add(value);
        return keep(name, value);
      };
      return visitor;
    },

    /**
     * An organisation of its own for a test, with one domain, one connection and one IdP.
     * @param {Partial<import('../../../scripts/seed.mjs').ConnectionSeed>} [connection]
     * @param {Partial<import('../../../scripts/seed.mjs').TenantSeed>} [tenant]
     */
    async organisation(connection = {}, tenant = {}) {
      count += 1;
      const domain = `org${count}.test`;
      const idp = newIdp(connection.idpEntityId ?? `https://idp.${domain}/metadata`);
      const made = await stack.seed({
        name: `Organisation ${count}`,
        connections: [{
          ssoName: `org-${count}`, domains: [domain], idpEntityId: idp.entityId, ssoUrl: 'http://127.0.0.1:9/sso',
          certificates: [idp.keys.base64], ...connection,
        }],
        ...tenant,
      });
      const id = made.connections[0];
      const sp = places(stack.origin, id);
      return {
        ...sp, sp, id, idp, domain, ssoName: `org-${count}`, name: `Organisation ${count}`, tenant: made.tenant,
        /** Somebody whom the IdP knows. @param {string} name @returns {Person} */
        person(name) {
          const person = { nameId: `${name}|${domain}|7d2c91`, email: `${name}@${domain}`, first: 'Alice', last: 'Secretsurname' };
          for (const value of [person.nameId, person.email, person.last]) secrets.add(value);
          return person;
        },
        /** @param {Person} person @param {string | null} inResponseTo @param {Wishes} [wishes] */
        mint: (person, inResponseTo, wishes) => mint(idp, sp, person, inResponseTo, wishes),
      };
    },

    /** What of people or browsers the Worker printed. */
    leaked: () => [...secrets].filter((secret) => stack.logs.some((line) => line.toLowerCase().includes(secret.toLowerCase()))),

    async stop() {
      const leaked = this.leaked();
      await stack.stop();
      assert.deepEqual(leaked, [], 'personal data in the Worker’s output');
    },
  };
}

/**
 * Signs somebody in for good, by the shortest way.
 * @param {World} world @param {Organisation} organisation @param {Person} person @param {Visitor} [visitor]
 */
export async function signIn(world, organisation, person, visitor = world.visitor()) {
  const { id } = await visitor.begin(person.email);
  const response = organisation.mint(person, id);
  const answer = await visitor.answer(organisation.acsUrl, response);
  assert.equal(answer.status, 303, words(answer.body));
  return { visitor, request: id, response, answer };
}

/** A reload of the pages that were shown. @param {string} body */
export const reference = (body) => /<code id="reference">(KW-[A-Z0-9]{4}-[A-Z0-9]{4})<\/code>/.exec(body)?.[1];

/**
 * Checks that what is done is refused: a page with a reference, the reason under that reference in the audit log, and
 * not a row else, not a cookie that lets anybody in.
 * @param {World} world
 * @param {() => Promise<import('./visitor.mjs').Answer>} act
 * @param {{ code: string, status?: number, title?: string, tenant?: string | null, connection?: string | null, event?: string }} expected
 *   `tenant` and `connection`: whose log it is in; not looked at where they are not given
 */
export async function assertRefused(world, act, expected) {
  const before = await world.snapshot(['audit_event', 'saml_message']);
  const known = new Set((await world.query('SELECT id FROM audit_event')).map((row) => row.id));
  const answer = await act();
  const events = (await world.query('SELECT * FROM audit_event')).filter((row) => !known.has(row.id));

  assert.deepEqual(events.map((row) => row.code), [expected.code], `${events[0]?.detail}\n${words(answer.body)}`);
  const [event] = events;
  assert.equal(answer.status, expected.status ?? 403);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/html/);
  assert.equal(reference(answer.body), event.reference, 'the page shows the reference of the record');
  assert.ok(event.reference);
  assert.equal(event.event, expected.event ?? 'login_failure');
  assert.ok(event.detail.length > 20, 'an admin is told why');
  if (expected.tenant !== undefined) assert.equal(event.tenant, expected.tenant);
  if (expected.connection !== undefined) assert.equal(event.connection, expected.connection);
  if (expected.title) assert.match(answer.body, new RegExp(`<h1>${expected.title}</h1>`));
  assert.ok(!answer.body.includes(expected.code) && !words(answer.body).includes(event.detail), 'the public is not told which check it was');
  assert.deepEqual(answer.headers.getSetCookie().filter((line) => line.startsWith('__Host-keyward-session=') && !line.includes('Max-Age=0')), []);
  assert.deepEqual(await world.snapshot(['audit_event', 'saml_message']), before, 'nothing else was written');
  return { answer, event };
}
