// @ts-check
// The core's decisions as the package gives them. The decisions themselves are tested where they are made, in crates/core:
// here, that they come through whole, and that what is handed in wrong is told.
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { mintResponse } from '../../dist/keyward/testing.js';
import { keyward, now, refused, sp } from './support.mjs';

const DAY = 86_400_000;

/** The rows of a table, each upon its base. @param {string} name @returns {any[]} */
function rows(name) {
  const { base, rows: all } = JSON.parse(readFileSync(new URL(`../vectors/decisions/${name}.json`, import.meta.url), 'utf8'));
  return all.map((/** @type {object} */ row) => ({ ...base, ...row }));
}

for (const { row, in: _, routed, refused: code, ...input } of rows('route')) {
  test(`where somebody signs in: ${row}`, async () => {
    const route = () => keyward.routeEmail(input);
    if (code) await refused(route, code);
    else assert.deepEqual(route(), routed);
  });
}

test('domains that are none are told', async () => {
  const { domains } = rows('route')[0];
  await refused(() => keyward.routeEmail({ email: 'a@b.test', domains: [{ name: 'b.test', tenant: 'not an id', connection: null }] }), 'invalid-input');
  await refused(() => keyward.routeEmail({ email: 'a@b.test', domains: [{ name: 'b', tenant: 't', connection: null }] }), 'invalid-input');
  await refused(() => keyward.routeEmail(/** @type {any} */ ({ email: 1, domains })), 'invalid-input');
  await refused(() => keyward.routeEmail(/** @type {any} */ ({ email: 'a@b.test', domains: {} })), 'invalid-input');
});

/** @type {import('../../dist/keyward/index.js').ConnectionRules} */
const connection = { id: 'c_acme', idpEntityId: 'https://idp.test', spEntityId: 'https://sp.test', jit: true, groupsAttribute: 'groups', pinnedAttribute: 'oid' };
/** @type {import('../../dist/keyward/index.js').Person} */
const person = {
  nameId: { value: 'alice' },
  attributes: Object.entries({ Email: 'Alice@Acme.test', First: 'Alice', Last: 'Example', groups: 'Ops', oid: '7' }).map(([name, value]) => ({ name, values: [value] })),
};
/** @type {import('../../dist/keyward/index.js').ProvisioningFacts} */
const facts = { domain: { connection: 'c_acme' }, defaultRoles: ['r_member'], groupRoles: [{ group: 'Ops', role: 'r_ops' }], seatFree: true };
/** @type {import('../../dist/keyward/index.js').ProvisioningFacts} */
const known = { ...facts, identity: { user: { id: 'u_alice', status: 'active', email: 'a.maiden@acme.test', name: 'Alice Example' } }, heldRoles: [{ role: 'r_left', source: 'group' }] };

test('whom an assertion names is read by the rules of its connection', async () => {
  assert.deepEqual(keyward.readIdentity({ connection, person }), {
    subject: '["name-id","urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified","https://idp.test","https://sp.test","alice"]',
    email: 'alice@acme.test', domain: 'acme.test', name: 'Alice Example', pinned: '7', groups: ['Ops'],
  });
  assert.equal(keyward.readIdentity({ connection: { ...connection, subjectAttribute: 'oid' }, person }).subject, '["attribute","oid","7"]');
  const mail = { name: 'mail', values: ['jörg@MÜNCHEN.test'] };
  const jorg = { nameId: person.nameId, attributes: [mail, person.attributes[4]] };
  assert.equal(keyward.readIdentity({ connection: { ...connection, mapping: { email: 'mail' } }, person: jorg }).email, 'jörg@xn--mnchen-3ya.test');
  await refused(() => keyward.readIdentity({ connection, person: { ...person, nameId: null } }), 'name-id-missing');
  const transient = { value: 'x', format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' };
  await refused(() => keyward.readIdentity({ connection, person: { ...person, nameId: transient } }), 'name-id-transient');
  await refused(() => keyward.readIdentity({ connection, person: jorg }), 'attribute-missing');
});

test('a verified assertion goes from the one to the other as it is', async () => {
  const { response, idp } = mintResponse({ acsUrl: sp.acsUrl, spEntityId: sp.entityId, now, inResponseTo: '_r', nameId: { value: 'alice' }, attributes: { Email: 'alice@acme.test', oid: '7' } });
  const verified = await keyward.verifyResponse({ response, encoding: 'base64', now, idp, sp, request: { id: '_r' } });
  assert.equal(keyward.decideProvisioning({ connection, person: verified, facts }).user, null);
});

for (const { row, decided, refused: code, ...input } of rows('provisioning')) {
  test(`whose account: ${row}`, async () => {
    const decide = () => keyward.decideProvisioning(input);
    if (code) await refused(decide, code);
    else assert.deepEqual(decide(), decided);
  });
}

test('what is handed in wrong is told', async () => {
  const is = (/** @type {any} */ status) => ({ ...known, identity: { .../** @type {any} */ (known).identity, user: { .../** @type {any} */ (known).identity.user, status } } });
  for (const changes of [
    { facts: { ...facts, seats: 1 } }, { facts: is('away') }, { facts: { ...facts, defaultRoles: ['Not an id'] } }, { connection: { ...connection, jitt: true } }, { connection: undefined },
    { person: { ...person, attributes: {} } },
  ]) await refused(() => keyward.decideProvisioning(/** @type {any} */ ({ connection, person, facts, ...changes })), 'invalid-input', JSON.stringify(changes));
  await refused(() => keyward.decideProvisioning(/** @type {any} */ ({ connection, person: undefined, facts })), 'name-id-missing');
});

test('of several roles the most restrictive value applies, with its reason', () => {
  const { policy, deadEnds } = keyward.effectivePolicy([
    { role: 'Member', policies: { session_idle_minutes: 60, ip_allow_list: ['10.0.0.0/8'] } },
    { role: 'Finance', policies: { session_idle_minutes: 5, require_two_factor: true, ip_allow_list: ['10.1.0.0/16', '192.0.2.1'] } },
  ]);
  assert.deepEqual(policy.session_idle_minutes, { value: 5, because: ['Finance'] });
  assert.deepEqual(policy.require_two_factor, { value: true, because: ['Finance'] });
  assert.deepEqual(policy.ip_allow_list, { value: ['10.1.0.0/16'], because: ['Member', 'Finance'] });
  assert.deepEqual(policy.session_max_hours, { value: 12, because: [] });
  assert.deepEqual(deadEnds, []);
  assert.equal(Object.keys(keyward.effectivePolicy([]).policy).length, 23);
});

test('what leaves nobody a way in is told, and what is no policy is refused', async () => {
  const apart = [{ role: 'A', policies: { ip_allow_list: ['10.0.0.0/8'] } }, { role: 'B', policies: { ip_allow_list: ['192.0.2.0/24'] } }];
  assert.deepEqual(keyward.effectivePolicy(apart).deadEnds, ['no-address']);
  /** @type {any[]} */
  const wrong = [
    null, 'roles', {}, [null], [{ policies: {} }], [{ role: 'A' }], [{ role: 'A', policies: { requireTwoFactor: true } }],
    [{ role: 'A', policies: { session_idle_minutes: 0 } }], [{ role: 'A', policies: { ip_allow_list: ['10.0.0.1/8'] } }],
  ];
  for (const roles of wrong) await refused(() => keyward.effectivePolicy(roles), 'invalid-input', JSON.stringify(roles));
});

for (const { row, policies, facts: { escrowAskedDaysAgo, ...has }, steps, restricted, next } of rows('onboarding')) {
  test(`what somebody is walked through: ${row}`, () => {
    const { policy } = keyward.effectivePolicy([{ role: 'Member', policies }]);
    const plan = keyward.planOnboarding({ policy, now, ...has, ...(escrowAskedDaysAgo === undefined ? {} : { escrowAskedAt: now - escrowAskedDaysAgo * DAY }) });
    assert.deepEqual([plan.steps.map(({ step }) => step), plan.restricted, plan.next], [steps, restricted, next]);
  });
}

test('a step says until when it may be put off', () => {
  const { policy } = keyward.effectivePolicy([{ role: 'Member', policies: { require_two_factor: true, require_escrow: 7 } }]);
  const [first] = keyward.planOnboarding({ policy, now }).steps;
  assert.deepEqual(first, { step: 'escrow_consent', progress: 'open', required: true, holds: false, due: now + 7 * DAY });
  const asked = keyward.planOnboarding({ policy, now, escrowAskedAt: now - DAY, twoFactor: ['totp'], skipped: ['escrow_consent'] });
  assert.deepEqual([asked.steps[0].progress, asked.steps[0].due], ['skipped', now + 6 * DAY]);
});

test('a plan of nonsense is refused', async () => {
  const { policy } = keyward.effectivePolicy([]);
  /** @type {any[]} */
  const wrong = [
    { now }, { policy }, { policy, now: Number.NaN }, { policy, now, done: ['everything'] }, { policy, now, twoFactor: ['sms'] },
    { policy, now, skipped: 'tour' }, { policy, now, escrowAskedAt: 'yesterday' }, { policy: { require_two_factor: { value: 'yes' } }, now },
  ];
  for (const input of wrong) await refused(() => keyward.planOnboarding(input), 'invalid-input', JSON.stringify(input));
});
