// @ts-check
// What a sign-in costs, in workerd with its local D1: with one organisation in the database, and with 100 of 10,000 people each.
// Prints a table, writes tests/output/bench-sign-in.json, and fails where a statement would read a whole table.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildWorker } from '../../scripts/build.mjs';
import { install } from '../../scripts/lib/install.mjs';
import { root } from '../../scripts/lib/run.mjs';
import { startWorld } from '../worker/support/world.mjs';
import { used, workerds } from './workerd.mjs';

const TENANTS = Number(process.env.TENANTS ?? 100);
const PEOPLE = Number(process.env.PEOPLE ?? 10_000);
const ROUNDS = 150;
const AT_ONCE = 16;

await install();
await buildWorker();
const world = await startWorld({ countD1: true });

const [pid] = workerds();
if (!pid) throw new Error('workerd is not a child of this process');
/** The Worker, D1's SQLite and HTTP together. */
const cpu = () => used(pid);

const median = (/** @type {number[]} */ times) => [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)];

/** @param {import('../worker/support/world.mjs').Organisation} organisation */
async function measure(organisation) {
  const people = Array.from({ length: ROUNDS }, (_, index) => organisation.person(`p${index}`));
  /** One phase for everybody, one after the other. @template T, U @param {T[]} list @param {(it: T) => Promise<U>} act */
  const phase = async (list, act) => {
    const [results, times] = [/** @type {U[]} */ ([]), /** @type {number[]} */ ([])];
    const before = cpu();
    for (const it of list) {
      const since = performance.now();
      results.push(await act(it));
      times.push(performance.now() - since);
    }
    return { results, p50: median(times), cpu: (cpu() - before) / list.length };
  };
  const sign = async (/** @type {{ visitor: any, id: string, person: any }} */ { visitor, id, person }) => ({ visitor, response: organisation.mint(person, id) });
  const begin = async (/** @type {any} */ person) => {
    const visitor = world.visitor();
    const { id } = await visitor.begin(person.email);
    return { visitor, id, person };
  };
  const answer = async (/** @type {any} */ { visitor, response }) => {
    const { status } = await visitor.answer(organisation.acsUrl, response);
    if (status !== 303) throw new Error(`a sign-in ended with ${status}`);
  };
  // What was just made is still on its way to the disk, and nothing of it in memory.
  for (let warm = 0; warm < ROUNDS; warm += 1) await answer(await sign(await begin(organisation.person(`warm${warm}`))));
  const minted = [];
  for (const person of people) minted.push(await sign(await begin(person)));
  await world.d1Trips();
  const first = await phase(minted, answer);
  const trips = (await world.d1Trips()) / ROUNDS;
  const start = await phase(people, begin);
  // What a request costs without what is asked here: HTTP and the Worker's beginning, and with one round trip to D1.
  const health = await phase(people, () => world.visitor().get('/health'));
  const looking = world.visitor();
  looking.cookies.set('__Host-keyward-session', 'A'.repeat(43));
  const oneTrip = await phase(people, () => looking.get('/'));
  const again = [];
  for (const it of start.results) again.push(await sign(it));
  const known = await phase(again, answer);

  // As many as it takes, at once: whole sign-ins, without the IdP's own work.
  /** @type {{ visitor: any, response: string }[]} */
  const crowd = [];
  for (const person of people) crowd.push(await sign(await begin(person)));
  const since = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let it = crowd.pop(); it; it = crowd.pop()) await answer(it);
  }));
  const perSecond = (ROUNDS * 1000) / (performance.now() - since);
  const pick = (/** @type {{ p50: number, cpu: number }} */ { p50, cpu: used }) => ({ p50, cpu: used });
  return { health: pick(health), oneTrip: pick(oneTrip), start: pick(start), first: pick(first), known: pick(known), trips, answersPerSecond: perSecond };
}

/** All the other organisations, made where they stand. */
async function populate() {
  const now = 1;
  const count = (/** @type {number} */ upTo) => `WITH RECURSIVE i(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM i WHERE n < ${upTo - 1})`;
  for (let index = 0; index < TENANTS - 1; index += 1) {
    const [t, n, c, r] = ['t', 'n', 'c', 'r'].map((letter) => `'${letter}_scale${index}'`);
    for (const sql of [
      `INSERT INTO tenant (id, name, status, seats, created_at) VALUES (${t}, 'Scale ${index}', 'active', 1000000, ${now})`,
      `INSERT INTO node (tenant, id, parent, name, created_at) VALUES (${t}, ${n}, NULL, 'Scale', ${now})`,
      `INSERT INTO role (tenant, id, node, name, created_at) VALUES (${t}, ${r}, ${n}, 'Member', ${now})`,
      `INSERT INTO node_default_role (tenant, node, role) VALUES (${t}, ${n}, ${r})`,
      `INSERT INTO connection (tenant, id, node, status, sso_name, jit, idp_initiated, created_at) VALUES (${t}, ${c}, ${n}, 'active', 'scale-${index}', 1, 0, ${now})`,
      `INSERT INTO connection_configuration (tenant, connection, stage, idp_name, idp_entity_id, sso_url, sso_binding, created_at) VALUES (${t}, ${c}, 'active', 'Okta', 'https://idp.scale${index}.test', 'https://idp.scale${index}.test/sso', 'redirect', ${now})`,
      `INSERT INTO domain (tenant, name, status, connection, created_at) VALUES (${t}, 'scale${index}.test', 'reserved', ${c}, ${now})`,
    ]) await world.query(sql);
    await inhabit(t, n, c, r, `scale${index}.test`, count(PEOPLE), now);
  }
}

/** @param {string} t @param {string} n @param {string} c @param {string} r @param {string} domain @param {string} numbers @param {number} now */
async function inhabit(t, n, c, r, domain, numbers, now) {
  for (const sql of [
    `${numbers} INSERT INTO user (tenant, id, node, status, email, name, created_at) SELECT ${t}, 'u_' || n, ${n}, 'active', 'person' || n || '@${domain}', 'Person ' || n, ${now} FROM i`,
    `${numbers} INSERT INTO identity (tenant, connection, subject, user, created_at) SELECT ${t}, ${c}, json_array('name-id', '', '', '', 'person' || n), 'u_' || n, ${now} FROM i`,
    `${numbers} INSERT INTO user_role (tenant, user, role, source, created_at) SELECT ${t}, 'u_' || n, ${r}, 'default', ${now} FROM i`,
    `${numbers} INSERT INTO audit_event (id, tenant, time, event, detail) SELECT 'e_' || ${t} || '_' || n, ${t}, n, 'login', '' FROM i`,
  ]) await world.query(sql);
}

/** Every statement's plan, in the database as it is now: what would read a whole table. (A subquery, and a WITH, are none.) */
async function scans() {
  const folder = join(root, 'crates', 'worker', 'src', 'store', 'sql');
  const tables = new Set((await world.query("SELECT name FROM sqlite_master WHERE type = 'table'")).map(({ name }) => name));
  const found = [];
  for (const file of readdirSync(folder)) {
    const sql = readFileSync(join(folder, file), 'utf8').replace(/^(--.*\n)+/, '');
    const parameters = Math.max(0, ...[...sql.matchAll(/\?(\d+)/g)].map((match) => Number(match[1])));
    const plan = await world.query(`EXPLAIN QUERY PLAN ${sql}`, ...Array.from({ length: parameters }, () => null));
    const isTable = (/** @type {string} */ name) => tables.has(name) || [...sql.matchAll(/\b(?:FROM|JOIN|UPDATE|INTO)\s+(\w+)\s+(\w+)/g)].some(([, table, alias]) => alias === name && tables.has(table));
    found.push(...plan.map(({ detail }) => String(detail)).filter((step) => /^SCAN \w/.test(step) && !/CONSTANT ROW|VIRTUAL TABLE/.test(step) && isTable(step.split(' ')[1])).map((step) => `${file}: ${step}`));
  }
  return found;
}

const alone = await measure(await world.organisation({}, { seats: 1_000_000 }));
const since = performance.now();
await populate();
const crowded = await world.organisation({}, { seats: 1_000_000 });
const [{ id: node }] = await world.query('SELECT node AS id FROM connection WHERE id = ?', crowded.id);
const [{ id: role }] = await world.query('SELECT role AS id FROM node_default_role WHERE tenant = ?', crowded.tenant);
await inhabit(`'${crowded.tenant}'`, `'${node}'`, `'${crowded.id}'`, `'${role}'`, crowded.domain, `WITH RECURSIVE i(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM i WHERE n < ${PEOPLE - 1})`, 1);
const [{ n: users }] = await world.query('SELECT count(*) AS n FROM user');
console.log(`  ${users} people in ${TENANTS} organisations and one, made in ${Math.round((performance.now() - since) / 1000)} s`);
const many = await measure(crowded);
const whole = await scans();
await world.stop();

const ms = (/** @type {number} */ value) => value.toFixed(2).padStart(9);
console.log('\n                             one organisation        100 × 10,000\n                            p50 ms  CPU ms       p50 ms  CPU ms     ratio of p50');
for (const [what, key] of /** @type {const} */ ([['nothing (/health)', 'health'], ['one trip, nothing found', 'oneTrip'], ['start of a sign-in', 'start'], ['answer, first sign-in', 'first'], ['answer, known person', 'known']])) {
  console.log(`  ${what.padEnd(22)} ${ms(alone[key].p50)}${ms(alone[key].cpu)}   ${ms(many[key].p50)}${ms(many[key].cpu)}   ${(many[key].p50 / alone[key].p50).toFixed(2).padStart(8)}`);
}
console.log(`  answers a second, ${AT_ONCE} at once: ${alone.answersPerSecond.toFixed(0)} and ${many.answersPerSecond.toFixed(0)}`);
console.log(`  D1 round trips of a first answer: ${alone.trips.toFixed(2)}`);
console.log('  CPU is of the whole workerd process: the Worker, D1\'s SQLite, HTTP.\n');
for (const scan of whole) console.error(`  reads a whole table: ${scan}`);
mkdirSync(join(root, 'tests', 'output'), { recursive: true });
writeFileSync(join(root, 'tests', 'output', 'bench-sign-in.json'), JSON.stringify({ users, alone, many, scans: whole }, null, 2));
process.exitCode = whole.length === 0 ? 0 : 1;
