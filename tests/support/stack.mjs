// @ts-check
// The whole stack for a test: the built Worker in workerd, a D1 of its own with the real migrations, a seeded tenant.
import { randomBytes, randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { root } from '../../scripts/lib/run.mjs';
import { migrate, startWorkerd } from '../../scripts/lib/workerd.mjs';
import { apply, seedTenant } from '../../scripts/seed.mjs';

/**
 * A port that is free now, and that no connection from here takes before it is used: below those that systems give to clients.
 * @param {string} [host] @returns {Promise<number>}
 */
export function freePort(host = '127.0.0.1') {
  return new Promise((resolve, reject) => {
    const port = randomInt(11_000, 32_768);
    const again = (/** @type {NodeJS.ErrnoException} */ error) => (error.code === 'EADDRINUSE' ? resolve(freePort(host)) : reject(error));
    const probe = createServer().once('error', again).listen(port, host, () => probe.close(() => resolve(port)));
  });
}

/** What people and identity providers call a connection's places. @param {string} origin @param {string} connection */
export const places = (origin, connection) => ({
  entityId: `${origin}/saml/${connection}/metadata`,
  acsUrl: `${origin}/saml/${connection}/acs`,
  startUrl: `${origin}/saml/${connection}/start`,
  sloUrl: `${origin}/saml/${connection}/slo`,
});

/**
 * @param {{ workers?: number, countD1?: boolean, d1Apart?: boolean, bindings?: Record<string, string>, limit?: number, mail?: string[], masterKey?: Buffer, persist?: string, ports?: number[], migrations?: number }} [options]
 *   `d1Apart`: D1 is in a process of its own; `persist`, `masterKey`, `ports`: to go on where another stack ended; `migrations`: only that many of all
 */
export async function startStack({ workers = 1, countD1 = false, d1Apart = false, bindings = {}, limit = 1_000_000, mail, masterKey = randomBytes(32), persist, ports: taken = [], migrations } = {}) {
  const ports = [...taken];
  for (let index = ports.length; index < workers; index += 1) ports.push(await freePort());
  const origin = `http://localhost:${ports[0]}`;
  /** @type {string[]} */
  const logs = [];
  const support = (/** @type {string} */ name) => join(root, 'tests', 'support', name);
  const apart = d1Apart ? await startWorkerd({ ports: [await freePort()], entry: support('d1-apart-server.mjs') }) : undefined;
  const workerd = await startWorkerd({
    ports,
    persist,
    limit,
    mail,
    entry: apart ? support('d1-apart-entry.mjs') : countD1 ? support('counting-entry.mjs') : undefined,
    bindings: { KEYWARD_ORIGIN: origin, KEYWARD_LOCAL: '1', KEYWARD_MASTER_KEY: masterKey.toString('base64'), ...(apart ? { D1_APART: apart.urls[0].href } : {}), ...bindings },
    onLog: (line) => logs.push(line),
  });
  const { database } = apart ?? workerd;
  await migrate(database, migrations);
  return {
    /** What wraps the keys at rest. */
    masterKey,
    /** Where the Workers listen. */
    ports,
    /** Applies what migrations are missing. */
    migrate: () => migrate(database),
    /** The address that browsers use. */
    origin,
    /** The addresses of all Workers on the same database. */
    origins: ports.map((port) => `http://localhost:${port}`),
    /** miniflare's own address, which nobody is told. */
    local: workerd.local,
    /** What the Workers printed. */
    logs,
    /** Adds a tenant, whose people go straight to where they wanted to unless it says otherwise. @param {import('../../scripts/seed.mjs').TenantSeed} seed */
    async seed(seed) {
      const { statements, ...made } = seedTenant(masterKey, { policies: { disable_onboarding: true }, ...seed });
      await apply(database, statements);
      return made;
    },
    /** Reads or changes the database behind the Worker's back. @param {string} sql @param {...unknown} params @returns {Promise<any[]>} */
    async query(sql, ...params) {
      return (await database.prepare(sql).bind(...params).all()).results;
    },
    /** Every row of every table but those named, as JSON, in one query. @param {string[]} [except] @returns {Promise<Record<string, string>>} */
    async snapshot(except = []) {
      const columns = await this.query("SELECT t.name AS t, c.name AS c FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name NOT LIKE '_cf_%'");
      const tables = [...new Set(columns.map(({ t }) => t))].filter((name) => !except.includes(name));
      const rows = (/** @type {string} */ table) => columns.filter(({ t }) => t === table).map(({ c }) => `"${c}"`).join();
      const [all] = await this.query(`SELECT ${tables.map((table) => `(SELECT json_group_array(json_array(${rows(table)})) FROM "${table}") AS "${table}"`).join()}`);
      return all;
    },
    /** KV, behind the Worker's back. */
    kv: workerd.publicKv,
    /** Everything in it. @returns {Promise<Record<string, string>>} */
    async kvEntries() {
      const { keys } = await workerd.publicKv.list();
      return Object.fromEntries(await Promise.all(keys.map(async (/** @type {{ name: string }} */ { name }) => [name, Buffer.from(await workerd.publicKv.get(name, 'arrayBuffer')).toString('latin1')])));
    },
    /** From now on, or no longer, KV fails at the first Worker, whatever it is asked (with countD1). @param {boolean} on */
    breakKv: (on) => fetch(`${origin}/__kv?broken=${on}`),
    /** Round trips of a Worker to D1 since the last call (with countD1). @param {number} [index] */
    d1Trips: async (index = 0) => Number(await (await fetch(`http://localhost:${ports[index]}/__d1`)).text()),
    /** Rows that D1 read and wrote since the last call, as it bills them (with countD1). @returns {Promise<{ read: number, written: number }>} */
    d1Rows: async () => /** @type {any} */ ((await fetch(`${origin}/__rows`)).json()),
    /** Lets none of the next batches of each Worker return before D1 has answered all of them (with countD1). @param {number} batches */
    async holdD1(batches) {
      for (const port of ports) await fetch(`http://localhost:${port}/__hold?batches=${batches}`);
    },
    /**
     * From now on, or no longer, every request and cron fails at each statement of what it writes before it is done (with countD1);
     * and what came of that since the last call, by the texts of statements.
     * @param {boolean} on @returns {Promise<{ wrong: string[], planted: string[], written: string[] }>}
     */
    crashD1: async (on) => /** @type {any} */ ((await fetch(`${origin}/__crash?on=${on}`)).json()),
    /** Runs what cron runs, to its end. @param {number} [index] at which Worker */
    cron: (index) => workerd.cron(index),
    async stop() {
      await workerd.stop();
      await apart?.stop();
    },
  };
}
