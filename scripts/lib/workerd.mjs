// @ts-check
// The Worker in workerd with a local D1, configured by wrangler.toml: for `npm start` and for tests. Needs Node ≥ 22.
import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { Failure, root } from './run.mjs';

const require = createRequire(import.meta.url);
const migrations = join(root, 'migrations');

/**
 * @typedef {{
 *   host?: string, ports?: number[], persist?: string, bindings?: Record<string, unknown>,
 *   limit?: number, entry?: string, mail?: string[], onLog?: (line: string) => void
 * }} Options
 */

const DATABASE = 'keyward-database';

/**
 * A Worker that takes batches as JSON, from who has its secret: miniflare's own port leads to every Worker whose name a header
 * gives, and a page in a browser on this machine may get that far.
 */
const batches = `export default {
  async fetch(request, { DB, SECRET }) {
    if (request.headers.get('authorization') !== SECRET) return new Response(null, { status: 403 });
    const statements = (await request.json()).map(({ sql, params }) => DB.prepare(sql).bind(...params));
    return DB.batch(statements).then((results) => Response.json(results), ({ message }) => new Response(message, { status: 500 }));
  },
};`;

/**
 * D1 as a Worker sees it, as far as is needed here. miniflare's own stands still for some milliseconds at each `prepare` and
 * each `bind`, which made most of the time that a test waited for its database.
 * @param {any} worker @param {string} secret
 */
function databaseBy(worker, secret) {
  /** @typedef {{ sql: string, params: unknown[] }} Statement */
  const batch = async (/** @type {Statement[]} */ statements) => {
    const body = JSON.stringify(statements.map(({ sql, params }) => ({ sql, params: params.map((it) => (ArrayBuffer.isView(it) ? Array.from(/** @type {Uint8Array} */ (it)) : it)) })));
    const response = await worker.fetch('http://database/', { method: 'POST', headers: { authorization: secret }, body });
    if (!response.ok) throw new Error(await response.text());
    return /** @type {Promise<{ results: any[] }[]>} */ (response.json());
  };
  const statement = (/** @type {string} */ sql, /** @type {unknown[]} */ params) => ({
    sql,
    params,
    bind: (/** @type {unknown[]} */ ...values) => statement(sql, values),
    all: async () => (await batch([{ sql, params }]))[0],
    first: async () => (await batch([{ sql, params }]))[0].results[0] ?? null,
  });
  return { batch, prepare: (/** @type {string} */ sql) => statement(sql, []) };
}

/**
 * Starts one Worker for each port (0: any), all on the same database.
 * @param {Options} options
 */
export async function startWorkerd({ host = '127.0.0.1', ports = [0], persist, bindings = {}, limit, entry, mail, onLog }) {
  const { Miniflare, convertV4MiniflareOptions, Log, LogLevel } = require('miniflare');
  const { unstable_getMiniflareWorkerOptions } = require('wrangler');
  const { workerOptions, main } = unstable_getMiniflareWorkerOptions(join(root, 'wrangler.toml'));
  if (!main) throw new Failure('wrangler.toml names no `main`.');
  const folder = join(main, '..');
  const modules = [
    ...(entry ? [{ type: 'ESModule', path: join(folder, basename(entry)), contents: readFileSync(entry, 'utf8') }] : []),
    { type: 'ESModule', path: main, contents: readFileSync(main, 'utf8') },
    { type: 'CompiledWasm', path: join(folder, 'index_bg.wasm'), contents: readFileSync(join(folder, 'index_bg.wasm')) },
  ];
  /** @type {any[]} miniflare's own types do not know what wrangler makes of a configuration */
  const workers = ports.map((port, index) => ({
    ...workerOptions,
    modulesRules: undefined,
    // What a test allows one network, where it is not what a deployment does: all its visitors come from one.
    ...(limit === undefined ? {} : { ratelimits: Object.fromEntries(Object.entries(workerOptions.ratelimits ?? {}).map(([name, it]) => [name, { .../** @type {any} */ (it), simple: { limit, period: 60 } }])) }),
    name: index === 0 ? 'keyward' : `keyward-${index}`,
    modules,
    modulesRoot: folder,
    bindings: { .../** @type {object} */ (workerOptions.bindings), ...bindings },
    // The platform's e-mail, as it is to who tests: it takes what is for these addresses.
    ...(mail ? { email: { send_email: [{ name: 'MAIL', allowed_destination_addresses: mail }] } } : {}),
    unsafeDirectSockets: [{ host, port }],
  }));
  // Beside them, what the Node side asks of the database.
  const secret = randomBytes(32).toString('base64url');
  workers.push({ name: DATABASE, bindings: { SECRET: secret }, compatibilityDate: workerOptions.compatibilityDate, d1Databases: workerOptions.d1Databases, modules: [{ type: 'ESModule', path: join(folder, 'database.js'), contents: batches }], modulesRoot: folder });
  const log = onLog ? new (class extends Log {
    /** @param {unknown} message */
    log(message) { onLog?.(String(message)); }
  })(LogLevel.DEBUG) : new Log(LogLevel.WARN);
  const miniflare = new Miniflare(convertV4MiniflareOptions({
    host: '127.0.0.1',
    port: 0,
    cf: false,
    log,
    ...(onLog ? { handleStructuredLogs: (/** @type {{ level: string, message: string }} */ { level, message }) => onLog(`${level}: ${message}`) } : {}),
    ...(persist ? { resourcePersistencePath: persist } : {}),
    workers,
  }));
  const local = await miniflare.ready;
  const urls = [];
  for (const worker of workers.slice(0, ports.length)) urls.push(await miniflare.unsafeGetDirectURL(worker.name));
  return {
    /** Where each Worker listens. */
    urls: urls.map((url) => /** @type {URL} */ (url)),
    /** miniflare's own address, which leads to each of its Workers. */
    local,
    /** The database that all of them use, as a Worker would see it. */
    database: databaseBy(await miniflare.getWorker(DATABASE), secret),
    /** What is public, which all of them use. */
    publicKv: /** @type {any} */ (await miniflare.getKVNamespace('PUBLIC', 'keyward')),
    /** Runs what cron runs, to its end. @param {number} [index] at which Worker */
    cron: async (index = 0) => /** @type {any} */ (await miniflare.getWorker(workers[index].name)).scheduled({ cron: '* * * * *', scheduledTime: new Date() }),
    stop: () => miniflare.dispose(),
  };
}

/**
 * Applies the migrations that a database has not seen, in order, with their records, all of them or none.
 * @param {any} database @param {number} [upTo] only that many of all @returns {Promise<string[]>} what was applied
 */
export async function migrate(database, upTo) {
  // The table that `wrangler d1 migrations apply` keeps, so that either can go on from the other.
  await database.batch([database.prepare('CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)')]);
  const { results } = await database.prepare('SELECT name FROM d1_migrations').all();
  const seen = new Set(results.map((/** @type {{ name: string }} */ row) => row.name));
  const { unstable_splitSqlQuery } = require('wrangler');
  const missing = readdirSync(migrations).filter((file) => file.endsWith('.sql')).sort().slice(0, upTo).filter((name) => !seen.has(name));
  const statements = missing.flatMap((name) => [
    ...unstable_splitSqlQuery(readFileSync(join(migrations, name), 'utf8')).map((/** @type {string} */ sql) => database.prepare(sql)),
    database.prepare('INSERT INTO d1_migrations (name) VALUES (?)').bind(name),
  ]);
  if (statements.length > 0) await database.batch(statements);
  return missing;
}
