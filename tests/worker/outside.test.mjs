// @ts-check
// Admins outside single sign-on: a password, a second factor, a session like any other; guesses that lock nobody out and tell
// nobody who is there; and one of them always remains, whatever is done to them and by how many at once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { wrongCode } from '../support/totp.mjs';
import { client, newSecret, newTenant } from './support/api.mjs';
import { accept, postJson, showFactor, signInOutside, stretched, tokenOf } from './support/outside.mjs';
import { show } from './support/factor.mjs';
import { words } from './support/visitor.mjs';
import { assertRefused, startWorld } from './support/world.mjs';

const secret = newSecret();
/** @type {import('./support/world.mjs').World} */
let world;
/** @type {import('./support/api.mjs').Client} */
let operator;

before(async () => {
  world = await startWorld({ workers: 2, bindings: { KEYWARD_OPERATOR_TOKEN: secret } });
  operator = client(world.origin, secret);
});
after(() => world?.stop());

let count = 0;

/** An organisation that began by its link, and its first admin in their browser. */
async function begun() {
  count += 1;
  const email = `ann@begun${count}.test`;
  const made = await operator.must('POST', '/operator/tenants', { name: `Begun ${count}`, seats: 20 });
  const visitor = world.visitor();
  const { key, codes } = await accept(visitor, made.set_up_link, email);
  const { set_up_token } = await operator.must('POST', `/operator/tenants/${made.id}/set-up-token`);
  const root = client(world.origin, set_up_token);
  const { items: [ann] } = await root.must('GET', '/users');
  const { items: [role] } = await root.must('GET', '/roles');
  const { items: [node] } = await root.must('GET', '/nodes');
  return { tenant: /** @type {string} */ (made.id), first: made, email, visitor, key, codes, root, ann, role, node: node.id };
}

/** Somebody else who signs in outside, with everything at the root. @param {Awaited<ReturnType<typeof begun>>} acme @param {string} name */
async function another(acme, name) {
  const email = `${name}@${acme.email.split('@')[1]}`;
  const user = await acme.root.must('POST', '/users', { email, node: acme.node, roles: [acme.role.id] });
  const { link } = await acme.root.must('POST', `/users/${user.id}/outside-sign-in`);
  const visitor = world.visitor();
  const { key } = await accept(visitor, link, email);
  return { id: /** @type {string} */ (user.id), email, visitor, key, link };
}

/** The API as a person in their browser asks it. @param {import('./support/visitor.mjs').Visitor} visitor @param {string} method @param {string} path @param {unknown} [body] */
async function asked(visitor, method, path, body) {
  const answer = await visitor.send(`/api/v1${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }), headers: { origin: visitor.origin, 'sec-fetch-site': 'same-origin', ...(body === undefined ? {} : { 'content-type': 'application/json' }) } });
  return { status: answer.status, body: answer.body ? JSON.parse(answer.body) : undefined };
}

/** The last events of an organisation. @param {string} tenant */
const events = async (tenant) => (await world.query('SELECT event, code, detail FROM audit_event WHERE tenant = ? ORDER BY time', tenant));

test('a set-up link makes the first admin, whose session is held until a second factor is set up', async () => {
  const made = await operator.must('POST', '/operator/tenants', { name: 'Held', seats: 5 });
  assert.match(made.set_up_link, new RegExp(`^${world.origin}/setup/[\\w-]{43}$`));
  const page = await world.visitor().get(new URL(made.set_up_link).pathname);
  assert.match(words(page.body), /You, the first admin of Held/);
  const visitor = world.visitor();
  const sent = { token: tokenOf(made.set_up_link), email: 'Ann@Held.test', name: 'Ann', key: stretched('p') };
  const answer = await postJson(visitor, '/setup/accept', sent);
  assert.deepEqual([answer.status, answer.json], [201, { to: '/setup/next' }]);
  for (const path of ['/vault', '/admin', '/setup/next', '/admin/kit']) assert.match((await visitor.get(path)).location ?? '', /^\/onboarding/, path);
  assert.equal((await asked(visitor, 'GET', '/users')).body.code, 'onboarding-needed');
  // Once; and the token of the same secret is over with it.
  await assertRefused(world, () => world.visitor().get(new URL(made.set_up_link).pathname), { code: 'set-up-link-over', tenant: made.id });
  await client(world.origin, made.set_up_token).refused('unauthenticated', 'GET', '/me');
  await assertRefused(world, () => world.visitor().get(`/setup/${newSecret()}`), { code: 'set-up-link-unknown', tenant: null });
  const names = (await events(made.id)).map(({ event }) => event);
  for (const event of ['create_user', 'added_to_role', 'outside_sign_in_set_up', 'login']) assert.ok(names.includes(event), `${names}`);
});

test('four who open one link at once, through two Workers, make one admin', async () => {
  const made = await operator.must('POST', '/operator/tenants', { name: 'Raced', seats: 5 });
  const answers = await Promise.all([0, 1, 2, 3].map((at) => postJson(world.visitor().at(world.origins[at % 2]), '/setup/accept', { token: tokenOf(made.set_up_link), email: `ann${at}@raced.test`, name: '', key: stretched('p') })));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 403, 403, 403]);
  assert.equal((await world.query('SELECT count(*) AS n FROM outside_admin WHERE tenant = ?', made.id))[0].n, 1);
  assert.equal((await world.query('SELECT count(*) AS n FROM user WHERE tenant = ?', made.id))[0].n, 1);
});

test('a link for somebody who is there asks for their own e-mail, and not for a seat', async () => {
  const acme = await begun();
  const bob = await another(acme, 'bob');
  assert.equal((await acme.root.must('GET', `/users/${bob.id}`)).signs_in_outside, true);
  const { link } = await acme.root.must('POST', `/users/${bob.id}/outside-sign-in`);
  assert.match((await world.visitor().get(new URL(link).pathname)).body, new RegExp(`value="${bob.email}"[^>]* readonly`));
  const other = await postJson(world.visitor(), '/setup/accept', { token: tokenOf(link), email: 'eve@elsewhere.test', name: '', key: stretched('p') });
  assert.equal(other.json.code, 'email-changed');
  // Another password by it; the one before is over, and so is whoever came in by that.
  assert.equal((await bob.visitor.get('/vault')).status, 200);
  const again = world.visitor();
  assert.equal((await postJson(again, '/setup/accept', { token: tokenOf(link), email: bob.email, name: '', key: stretched('second') })).status, 201);
  assert.equal((await bob.visitor.get('/vault')).location, '/?to=/vault');
  assert.match((await again.get('/vault')).location ?? '', /^\/two-factor/, 'what begins with it is open');
  assert.equal((await signInOutside(world.visitor(), bob.email, 'first')).status, 403);
  assert.equal((await signInOutside(world.visitor(), bob.email, 'second')).status, 200);
  // Of the first admin's kind there is a seat to take, and an e-mail that nobody has.
  const { set_up_link, set_up_token } = await operator.must('POST', `/operator/tenants/${acme.tenant}/set-up-token`);
  await acme.root.refused('unauthenticated', 'GET', '/me');
  acme.root = client(world.origin, set_up_token);
  const taken = await postJson(world.visitor(), '/setup/accept', { token: tokenOf(set_up_link), email: bob.email, name: '', key: stretched('p') });
  assert.equal(taken.json.code, 'email-taken');
  await operator.must('PATCH', `/operator/tenants/${acme.tenant}`, { seats: 1 });
  const full = await postJson(world.visitor(), '/setup/accept', { token: tokenOf(set_up_link), email: 'eve@elsewhere.test', name: '', key: stretched('p') });
  assert.equal(full.json.code, 'out-of-seats');
  // Nobody but who holds everything at the root by a role of their own is offered one.
  const plain = await acme.root.must('POST', '/roles', { node: acme.node, name: 'Plain' });
  await operator.must('PATCH', `/operator/tenants/${acme.tenant}`, { seats: 9 });
  const carl = await acme.root.must('POST', '/users', { email: 'carl@elsewhere.test', node: acme.node, roles: [plain.id] });
  await acme.root.refused('outside-needs-root', 'POST', `/users/${carl.id}/outside-sign-in`);
  await acme.root.refused('not-outside', 'DELETE', `/users/${carl.id}/outside-sign-in`);
});

test('who signs in shows the second factor each time, and has a session like any other', async () => {
  const { email, key, tenant, ann, root } = await begun();
  const visitor = world.visitor();
  const answer = await signInOutside(visitor, ` ${email.toUpperCase()} `, 'first', { to: '/admin/people' });
  assert.deepEqual([answer.status, answer.json], [200, { to: '/admin/people' }]);
  assert.equal((await visitor.get('/admin')).location, '/two-factor?to=%2Fadmin');
  assert.equal((await asked(visitor, 'GET', '/users')).body.code, 'two-factor-needed');
  assert.equal((await show(visitor, wrongCode(key))).status, 403);
  await showFactor(visitor, key, 1);
  assert.equal((await visitor.get('/admin')).status, 200);
  // No browser is remembered for it.
  assert.ok(!/name="remember"/.test((await (async () => { await signInOutside(visitor, email); return visitor.get('/two-factor'); })()).body));
  const { items } = await root.must('GET', `/users/${ann.id}/sessions`);
  assert.ok(items.length >= 2 && items.every((/** @type {any} */ it) => it.connection === null));
  // What they may is fresh: 15 minutes later it takes the password and the factor again.
  await showFactor(visitor, key, -1);
  const token = await asked(visitor, 'POST', '/tokens', { name: 'T', node: (await root.must('GET', '/nodes')).items[0].id, privileges: ['view_audit'], expires_at: new Date(Date.now() + 86_400_000).toISOString() });
  assert.equal(token.status, 201);
  // Their own password they change by the one of now: no link takes its place, nor that of the recovery code.
  assert.equal((await asked(visitor, 'POST', `/users/${ann.id}/outside-sign-in`)).body.code, 'user-is-self');
  await world.query('UPDATE session SET authenticated_at = authenticated_at - 16 * 60000 WHERE tenant = ?', tenant);
  const stale = await asked(visitor, 'DELETE', `/users/${ann.id}/outside-sign-in`);
  assert.ok(['fresh-sign-in-needed'].includes(stale.body.code), JSON.stringify(stale.body));
  assert.match((await visitor.get('/admin')).body, /data-fresh="\/admin\/sign-in\?to="/);
  // Ended by an admin, with all others, by a suspended organisation.
  await root.must('POST', `/users/${ann.id}/end-sessions`);
  assert.equal((await visitor.get('/vault')).status, 303);
  await signInOutside(visitor, email);
  await operator.must('PATCH', `/operator/tenants/${tenant}`, { status: 'suspended' });
  assert.equal((await visitor.get('/two-factor')).location, '/?to=/vault');
  const suspended = await signInOutside(world.visitor(), email);
  assert.match(suspended.json.title, /paused/);
  await operator.must('PATCH', `/operator/tenants/${tenant}`, { status: 'active' });
  const names = await events(tenant);
  assert.ok(names.some((it) => it.event === 'login' && /by password/.test(it.detail)) && names.some((it) => it.code === 'tenant-not-active'));
});

test('an unknown e-mail is told apart by nothing: the same salts, answers, work and limits', async () => {
  const { email, tenant } = await begun();
  const salt = async (/** @type {string} */ of) => (await postJson(world.visitor(), '/admin/sign-in/salt', { email: of })).json.salt;
  const [known, unknown] = [await salt(email), await salt('nobody@nowhere.test')];
  assert.deepEqual([await salt(email.toUpperCase()), await salt('nobody@nowhere.test')], [known, unknown], 'stable');
  assert.ok(known !== unknown && Buffer.from(known, 'base64').length === 16 && Buffer.from(unknown, 'base64').length === 16);
  const face = async (/** @type {string} */ of) => {
    const { status, json } = await signInOutside(world.visitor(), of, 'wrong');
    const { reference, ...said } = json;
    assert.match(reference, /^KW-/);
    return { status, said };
  };
  const written = async (/** @type {() => Promise<unknown>} */ act) => {
    const before = await world.snapshot();
    await act();
    const now = await world.snapshot();
    return Object.keys(now).filter((table) => now[table] !== before[table]).map((table) => [table, JSON.parse(now[table]).length - JSON.parse(before[table]).length]);
  };
  assert.deepEqual(await face(email), await face('nobody@nowhere.test'));
  assert.deepEqual(await written(() => face(email)), await written(() => face('nobody@nowhere.test')));
  // Each is told that it were too many at the same count.
  const until = async (/** @type {string} */ of) => {
    for (let n = 1; n <= 30; n += 1) if (/Too many/.test((await face(of)).said.title)) return n;
    return undefined;
  };
  const [one, two] = [await until(email), await until('nobody@nowhere.test')];
  assert.ok(one !== undefined && one === two, `${one} ${two}`);
  const codes = await world.query("SELECT code, tenant FROM audit_event WHERE event = 'login_failure' AND code LIKE 'password-%'");
  assert.ok(codes.some((it) => it.code === 'password-wrong' && it.tenant === tenant) && codes.some((it) => it.code === 'password-too-many' && it.tenant === null));
});

test('what is refused as often as somebody likes is one row an hour, counted, of an e-mail that is nobody’s too', async () => {
  const { email, tenant, root } = await begun();
  const nobody = `nobody${count}@nowhere.test`;
  const recover = (/** @type {string} */ of, at = 0) => postJson(world.visitor().at(world.origins[at]), '/admin/recover', { email: of, code: '0000-0000-0000-0000-0000-0000-0000', key: stretched('third') });
  /** How many rows of each table came of it. @param {() => Promise<unknown>} act */
  const grown = async (act) => {
    const before = await world.snapshot();
    await act();
    const now = await world.snapshot();
    return Object.keys(now).filter((table) => now[table] !== before[table]).map((table) => [table, JSON.parse(now[table]).length - JSON.parse(before[table]).length]);
  };
  for (const [code, again] of /** @type {[string, (of: string, at?: number) => ReturnType<typeof postJson>][]} */ ([
    ['recovery-code-wrong', recover],
    ['password-too-many', (of, at = 0) => signInOutside(world.visitor().at(world.origins[at]), of, 'wrong')],
  ])) {
    const all = [];
    for (const of of [email, nobody]) {
      if (code === 'password-too-many') while (!/Too many/.test((await again(of)).json.title));
      const first = await grown(() => again(of));
      const shown = new Set();
      const later = await grown(async () => {
        for (const { json } of await Promise.all(Array.from({ length: 20 }, (_, at) => again(of, at % 2)))) shown.add(json.reference);
      });
      assert.equal(shown.size, 1, 'under one reference');
      const rows = await world.query('SELECT tenant, code, repeats FROM audit_event WHERE reference = ?', [...shown][0]);
      assert.ok(rows.length === 1 && rows[0].code === code && rows[0].repeats >= 20, JSON.stringify(rows));
      assert.equal(rows[0].tenant, of === email ? tenant : null);
      all.push([first, later]);
    }
    assert.deepEqual(all[0], all[1], 'whether there is such an account or not');
    assert.deepEqual(all[0][1], [['audit_event', 0]], code);
  }
  const { items } = await root.must('GET', '/audit-events?code=recovery-code-wrong');
  assert.deepEqual(items.map((/** @type {any} */ { repeats }) => repeats), [20]);
  await world.query('UPDATE outside_refusal SET hour = 0');
  await world.cron();
  assert.equal((await world.query('SELECT count(*) AS n FROM outside_refusal'))[0].n, 0);
});

test('guesses lock nobody out: in a browser where the factor was shown, and by the recovery code, the admin comes in', async () => {
  const { email, visitor, key, codes, tenant } = await begun();
  const kit = await visitor.send('/admin/kit', { method: 'POST', body: '', headers: { origin: visitor.origin, 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' } });
  const code = /<code id="code">([0-9A-Z-]{34})<\/code>/.exec(kit.body)?.[1] ?? '';
  assert.ok(code, words(kit.body));
  assert.match(words(kit.body), /does not open your vault/);
  const guesses = await Promise.all(Array.from({ length: 20 }, (_, n) => signInOutside(world.visitor().at(world.origins[n % 2]), email, `guess ${n}`)));
  const tooMany = guesses.filter(({ json }) => /Too many/.test(json.title)).length;
  assert.deepEqual([guesses.filter(({ status }) => status === 403).length, tooMany], [20, 5], 'beyond fifteen nobody is told that it was wrong');
  const stranger = await signInOutside(world.visitor(), email);
  assert.match(stranger.json.title, /Too many/, 'the right one too, from where it is guessed');
  assert.equal((await signInOutside(visitor, email)).status, 200, 'in a browser that is known');
  const recover = (/** @type {string} */ typed, of = email, by = world.visitor()) => postJson(by, '/admin/recover', { email: of, code: typed, key: stretched('third') });
  for (const bad of ['', '0000-0000-0000-0000-0000-0000-0000', code.slice(1)]) assert.match((await recover(bad)).json.title, /Wrong e-mail or recovery code/);
  assert.match((await recover(code, 'nobody@nowhere.test')).json.title, /Wrong e-mail or recovery code/);
  // In a browser that was never here: signed in at once, up to the second factor, and led to another code.
  const elsewhere = world.visitor();
  assert.deepEqual((await recover(code.toLowerCase().replaceAll('-', ' '), email, elsewhere)).json, { to: '/admin/kit' });
  assert.equal((await elsewhere.get('/admin/kit')).location, '/two-factor?to=%2Fadmin%2Fkit');
  assert.equal((await show(elsewhere, codes[0], { to: '/admin/kit' })).location, '/admin/kit');
  assert.match(words((await elsewhere.get('/admin/kit')).body), /recovery/);
  assert.equal((await recover(code)).status, 403, 'once');
  assert.equal((await visitor.get('/vault')).status, 303, 'every session before it ended');
  assert.equal((await signInOutside(visitor, email, 'first')).status, 403);
  assert.equal((await signInOutside(visitor, email, 'third')).status, 200);
  await showFactor(visitor, key, 1);
  const all = await events(tenant);
  for (const event of ['account_recovery_setup', 'account_recovery_used']) assert.ok(all.some((it) => it.event === event), event);
  assert.ok(all.some((it) => it.code === 'recovery-code-wrong'));
});

test('whoever gives an admin’s e-mail in an organisation of their own does not keep them out by it', async () => {
  const victim = await begun();
  const made = await operator.must('POST', '/operator/tenants', { name: 'Of their own', seats: 5 });
  const theirs = world.visitor();
  await accept(theirs, made.set_up_link, victim.email, 'theirs');
  const wrong = () => signInOutside(theirs, victim.email, 'wrong');
  for (let round = 0; round < 6; round += 1) await Promise.all(Array.from({ length: 9 }, wrong));
  assert.match((await wrong()).json.title, /Too many/);
  assert.match((await signInOutside(theirs, victim.email, 'first')).json.title, /Too many/, 'nor is the right one told apart');
  assert.equal((await signInOutside(victim.visitor, victim.email)).status, 200);
});

test('a password is changed by who knows it and showed the factor just now, and every session ends', async () => {
  const { email, visitor, tenant, key, root, ann } = await begun();
  assert.equal((await visitor.get('/admin/password')).status, 200);
  const change = (/** @type {string} */ current) => postJson(visitor, '/admin/password', { current: stretched(current), key: stretched('second') });
  assert.equal((await change('wrong')).json.code, 'password-wrong');
  await world.query('UPDATE session_factor SET shown_at = shown_at - 11 * 60000 WHERE tenant = ?', tenant);
  assert.equal((await change('first')).json.code, 'two-factor-not-fresh');
  assert.equal((await visitor.get('/admin/password')).location, '/two-factor?fresh=yes&to=/admin/password');
  await showFactor(visitor, key, 1);
  const { link } = await root.must('POST', `/users/${ann.id}/outside-sign-in`);
  assert.equal((await change('first')).status, 200);
  assert.equal((await world.visitor().get(new URL(link).pathname)).status, 403, 'nor does a link set another');
  assert.equal((await visitor.get('/vault')).status, 303);
  assert.equal((await signInOutside(visitor, email, 'second')).status, 200);
  const all = await events(tenant);
  assert.ok(all.some((it) => it.event === 'password_changed' && it.code === null) && all.some((it) => it.event === 'password_changed' && it.code === 'password-wrong'));
});

test('wrong passwords where one is changed are counted by the session’s browser, whatever cookie comes along', async () => {
  const { visitor } = await begun();
  const change = () => {
    const without = world.visitor();
    without.cookies.set('__Host-keyward-session', visitor.cookies.get('__Host-keyward-session') ?? '');
    return postJson(without, '/admin/password', { current: stretched('wrong'), key: stretched('second') });
  };
  /** @type {(string | undefined)[]} */
  const codes = [];
  for (let round = 0; round < 6; round += 1) codes.push(...(await Promise.all(Array.from({ length: 10 }, change))).map(({ json }) => json?.code));
  assert.equal(codes.filter((code) => code === 'password-wrong').length, 50);
  assert.equal((await change()).json.code, 'password-too-many');
});

test('organisations keep apart: one e-mail in two of them is two admins, and each opens their own', async () => {
  const [one, two] = [await begun(), await begun()];
  const email = one.email;
  const { set_up_link } = await operator.must('POST', `/operator/tenants/${two.tenant}/set-up-token`);
  const visitor = world.visitor();
  const { key } = await accept(visitor, set_up_link, email, 'other');
  const opened = async (/** @type {string} */ password, tenant = /** @type {string | undefined} */ (undefined)) => {
    const their = world.visitor();
    const answer = await signInOutside(their, email, password, tenant ? { tenant } : {});
    if (answer.status !== 200 || answer.json.choose) return answer.json.choose ?? answer.status;
    const [row] = await world.query('SELECT tenant FROM session ORDER BY created_at DESC LIMIT 1');
    return row.tenant;
  };
  assert.equal(await opened('first'), one.tenant);
  assert.equal(await opened('other'), two.tenant);
  assert.equal(await opened('first', two.tenant), 403);
  // The same password in both: the person says which.
  await showFactor(visitor, key, 1);
  assert.equal((await postJson(visitor, '/admin/password', { current: stretched('other'), key: stretched('first') })).status, 200);
  assert.deepEqual((await opened('first')).map((/** @type {any} */ it) => it.id).sort(), [one.tenant, two.tenant].sort());
  assert.equal(await opened('first', two.tenant), two.tenant);
  // An admin of one has no hand in the other.
  const { items } = await one.root.must('GET', '/users');
  assert.ok(items.every((/** @type {any} */ it) => it.id !== two.ann.id));
  await one.root.refused('not-found', 'POST', `/users/${two.ann.id}/outside-sign-in`);
  await one.root.refused('not-found', 'DELETE', `/users/${two.ann.id}/outside-sign-in`);
});

test('the last admin outside single sign-on remains, whatever is done', async () => {
  const acme = await begun();
  const { root, ann, role, node } = acme;
  const last = (/** @type {string} */ method, /** @type {string} */ path, /** @type {unknown} */ body = undefined) => root.refused('last-outside-admin', method, path, body);
  const far = await root.must('POST', '/roles', { node, name: 'Far', policies: { ip_allow_list: ['203.0.113.0/24'] } });
  const none = await root.must('POST', '/roles', { node, name: 'Codes only', policies: { two_factor_methods: ['backup_code'] } });
  const attempts = async () => {
    await last('PATCH', `/users/${ann.id}`, { locked: true });
    await last('DELETE', `/users/${ann.id}`);
    await last('DELETE', `/users/${ann.id}/outside-sign-in`);
    await last('DELETE', `/users/${ann.id}/roles/${role.id}`);
    await last('DELETE', `/roles/${role.id}`);
    await last('PATCH', `/roles/${role.id}`, { privileges: ['view_audit'] });
    await last('PATCH', `/roles/${role.id}`, { policies: { ip_allow_list: ['203.0.113.0/24'] } });
    await last('PATCH', `/roles/${role.id}`, { policies: { two_factor_methods: ['backup_code'] } });
    await last('PUT', `/users/${ann.id}/roles/${far.id}`);
    await last('PUT', `/users/${ann.id}/roles/${none.id}`);
  };
  await attempts();
  assert.match((await last('DELETE', `/users/${ann.id}`)).body.detail, /last admin who can sign in outside/);
  // Somebody who cannot sign in outside, or could not mend everything, is not one who remains.
  const bob = await another(acme, 'bob');
  await root.must('PATCH', `/users/${bob.id}`, { locked: true });
  await attempts();
  await root.must('PATCH', `/users/${bob.id}`, { locked: false });
  await root.must('PUT', `/users/${bob.id}/roles/${far.id}`);
  await attempts();
  await root.must('DELETE', `/users/${bob.id}/roles/${far.id}`);
  // What does not end it is done: moving, default roles, resetting the factor, ending sessions.
  const below = await root.must('POST', '/nodes', { parent: node, name: 'Below' });
  await root.must('PATCH', `/users/${ann.id}`, { node: below.id });
  await root.must('PUT', `/nodes/${below.id}/default-roles/${far.id}`);
  await root.must('DELETE', `/users/${ann.id}/two-factor`);
  await root.must('POST', `/users/${ann.id}/end-sessions`);
  const visitor = world.visitor();
  assert.equal((await signInOutside(visitor, acme.email)).status, 200);
  assert.match((await visitor.get('/vault')).location ?? '', /^\/onboarding/, 'another factor is set up before anything else');
  // With a second one it is done, and then that one is the last.
  await root.must('DELETE', `/users/${ann.id}`);
  await last('PATCH', `/users/${bob.id}`, { locked: true });
  assert.equal((await signInOutside(world.visitor(), acme.email)).status, 403, 'a deleted one has no password');
  assert.equal((await signInOutside(world.visitor(), bob.email)).status, 200);
  await client(world.origin, secret).must('GET', `/operator/tenants/${acme.tenant}`);
});

test('who can come in outside is told to who holds everything, with when each did and what they keep for a bad day', async () => {
  const acme = await begun();
  const bob = await another(acme, 'bob');
  const health = async () => (await acme.root.must('GET', '/health')).outside.map((/** @type {any} */ it) => [it.email, it.is_able, it.has_kit, Date.parse(it.signed_in_at)]);
  const [[, , , began]] = await health();
  assert.ok(Math.abs(Date.now() - began) < 60_000);
  await world.query('UPDATE outside_admin SET signed_in_at = NULL WHERE tenant = ?', acme.tenant);
  assert.deepEqual(await health(), [[acme.email, true, false, NaN], [bob.email, true, false, NaN]]);
  const kit = await acme.visitor.send('/admin/kit', { method: 'POST', body: '', headers: { origin: world.origin, 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' } });
  assert.equal(kit.status, 200, kit.body);
  assert.equal((await signInOutside(world.visitor(), acme.email)).status, 200);
  await acme.root.must('PATCH', `/users/${bob.id}`, { locked: true });
  const [ann, locked] = await health();
  assert.deepEqual([ann.slice(0, 3), locked], [[acme.email, true, true], [bob.email, false, false, NaN]]);
  assert.ok(Math.abs(Date.now() - ann[3]) < 60_000, 'when the password was used');
  // Who manages connections, and not everything, is told of those alone.
  const { secret: some } = await acme.root.must('POST', '/tokens', { name: 'Some', node: acme.node, privileges: ['manage_connections'], expires_at: new Date(Date.now() + 86_400_000).toISOString() });
  assert.equal((await client(world.origin, some).must('GET', '/health')).outside, null);
});

test('a password ends with the role that it was for, however that goes, and nobody else’s does', async () => {
  const acme = await begun();
  const { root, role, node, tenant } = acme;
  const { privileges } = await root.must('GET', `/roles/${role.id}`);
  const some = await root.must('POST', '/roles', { node, name: 'Some', privileges: ['manage_users', 'view_audit'] });
  const own = await root.must('POST', '/roles', { node, name: 'Own', privileges });
  for (const [how, demote] of /** @type {[string, (user: string) => Promise<unknown>][]} */ ([
    ['taken', (user) => root.must('DELETE', `/users/${user}/roles/${own.id}`)],
    ['lessened', () => root.must('PATCH', `/roles/${own.id}`, { privileges: privileges.filter((/** @type {string} */ it) => it !== 'manage_roles') })],
    ['deleted', () => root.must('DELETE', `/roles/${own.id}`)],
  ])) {
    if (how === 'deleted') await root.must('PATCH', `/roles/${own.id}`, { privileges });
    const bob = await another(acme, how);
    await root.must('PUT', `/users/${bob.id}/roles/${some.id}`);
    await root.must('PUT', `/users/${bob.id}/roles/${own.id}`);
    await root.must('DELETE', `/users/${bob.id}/roles/${role.id}`);
    // By one role of the kind or another, it is theirs.
    const visitor = world.visitor();
    assert.equal((await signInOutside(visitor, bob.email)).status, 200, how);
    await showFactor(visitor, bob.key, 1);
    const { link } = await root.must('POST', `/users/${bob.id}/outside-sign-in`);
    await demote(bob.id);
    assert.equal((await root.must('GET', `/users/${bob.id}`)).signs_in_outside, false, how);
    assert.equal((await asked(visitor, 'GET', '/me')).status, 401, `${how}: what it opened is over`);
    assert.equal((await signInOutside(world.visitor(), bob.email)).status, 403, how);
    const [told] = await world.query("SELECT detail, node FROM audit_event WHERE tenant = ? AND subject = ? AND event = 'outside_sign_in_removed'", tenant, bob.id);
    assert.match(told?.detail ?? '', /With the role that it was for/, how);
    assert.equal(told.node, node, how);
    // What it was taken with stays: the account, the lesser role. The link to another password is over for good.
    assert.ok((await root.must('GET', `/users/${bob.id}`)).roles.some((/** @type {any} */ it) => it.role === some.id), how);
    await root.must('PUT', `/users/${bob.id}/roles/${role.id}`);
    assert.equal((await world.visitor().get(new URL(link).pathname)).status, 403, how);
    await root.must('DELETE', `/users/${bob.id}/roles/${role.id}`);
  }
  // Of somebody else nothing is taken by it.
  assert.equal((await signInOutside(world.visitor(), acme.email)).status, 200);
  await root.refused('last-outside-admin', 'DELETE', `/users/${acme.ann.id}/roles/${role.id}`);
});

test('somebody’s own last factor stays, in a session by single sign-on too', async () => {
  const { visitor } = await begun();
  const settings = await visitor.get('/vault/two-factor');
  const id = /name="id" value="([^"]+)"/.exec(settings.body)?.[1] ?? '';
  const answer = await visitor.post('/vault/two-factor/remove', { id });
  assert.equal(answer.status, 403);
  assert.match(words(answer.body), /this is your last/);
});

test('two admins who remove each other at once, through two Workers, leave one', async () => {
  for (const how of /** @type {const} */ (['lock', 'delete', 'take', 'role'])) {
    const acme = await begun();
    const bob = await another(acme, 'bob');
    // Each has everything by a role of their own.
    const own = await acme.root.must('POST', '/roles', { node: acme.node, name: 'Own', privileges: (await acme.root.must('GET', `/roles/${acme.role.id}`)).privileges });
    await acme.root.must('PUT', `/users/${bob.id}/roles/${own.id}`);
    await acme.root.must('DELETE', `/users/${bob.id}/roles/${acme.role.id}`);
    const { set_up_token } = await operator.must('POST', `/operator/tenants/${acme.tenant}/set-up-token`);
    const roots = world.origins.map((origin) => client(origin, set_up_token));
    const change = (/** @type {import('./support/api.mjs').Client} */ by, /** @type {string} */ user, /** @type {string} */ role) => ({
      lock: () => by.send('PATCH', `/users/${user}`, { locked: true }),
      delete: () => by.send('DELETE', `/users/${user}`),
      take: () => by.send('DELETE', `/users/${user}/outside-sign-in`),
      role: () => by.send('PATCH', `/roles/${role}`, { privileges: [] }),
    })[how]();
    const answers = await Promise.all([change(roots[0], acme.ann.id, acme.role.id), change(roots[1], bob.id, own.id)]);
    const refused = answers.filter((answer) => answer && answer.status >= 300);
    assert.deepEqual(refused.map((answer) => answer?.body.code), ['last-outside-admin'], `${how}: ${JSON.stringify(answers.map((it) => it?.text))}`);
    const signed = await Promise.all([signInOutside(world.visitor(), acme.email), signInOutside(world.visitor(), bob.email)]);
    assert.ok(signed.some(({ status }) => status === 200), how);
  }
});

test('what is sent wrong is refused before anything, and only from our own pages', async () => {
  const before = await world.snapshot();
  for (const path of ['/admin/sign-in', '/admin/sign-in/salt', '/admin/recover', '/admin/password', '/setup', '/setup/accept']) {
    assert.equal((await world.visitor().postFrom(path, '{}')).status, 403, path);
    for (const body of ['', '{', '[]', '{"email":1}', '{"email":"x","key":"x","more":1}']) {
      const answer = await world.visitor().send(path, { method: 'POST', body, headers: { origin: world.origin, 'sec-fetch-site': 'same-origin' } });
      assert.equal(answer.status, 400, `${path} ${body} ${answer.body}`);
    }
  }
  assert.deepEqual(await world.snapshot(), before);
});

test('what the API offers is in nobody’s log, and the links are not either', async () => {
  const { root, ann } = await begun();
  const { link } = await root.must('POST', `/users/${ann.id}/outside-sign-in`);
  const { id, root: other } = await newTenant(world.origin, operator);
  await other.refused('not-found', 'POST', `/users/${ann.id}/outside-sign-in`);
  assert.ok(id && !world.logs.some((line) => line.includes(tokenOf(link)) || line.includes(stretched('first'))));
});
