// @ts-check
// The Worker in workerd with a local D1, configured by wrangler.toml: for `npm start` and for tests. Needs Node ≥ 22.
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
  await miniflare.ready;
  const urls = [];
  for (const worker of workers) urls.push(await miniflare.unsafeGetDirectURL(worker.name));
  return {
    /** Where each Worker listens. */
    urls: urls.map((url) => /** @type {URL} */ (url)),
    /** The database that all of them use, as a Worker would see it. */
    database: await miniflare.getD1Database('DB', 'keyward'),
    /** What is public, which all of them use. */
    publicKv: /** @type {any} */ (await miniflare.getKVNamespace('PUBLIC', 'keyward')),
    /** Runs what cron runs, to its end. @param {number} [index] at which Worker */
    cron: async (index = 0) => /** @type {any} */ (await miniflare.getWorker(workers[index].name)).scheduled({ cron: '* * * * *', scheduledTime: new Date() }),
    stop: () => miniflare.dispose(),
  };
}

/**
 * Applies the migrations that a database has not seen, in order, each with its record in one transaction.
 * @param {any} database @param {number} [upTo] only that many of all @returns {Promise<string[]>} what was applied
 */
export async function migrate(database, upTo) {
  // The table that `wrangler d1 migrations apply` keeps, so that either can go on from the other.
  await database.exec('CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)');
  const { results } = await database.prepare('SELECT name FROM d1_migrations').all();
  const seen = new Set(results.map((/** @type {{ name: string }} */ row) => row.name));
  const { unstable_splitSqlQuery } = require('wrangler');
  const applied = [];
  for (const name of readdirSync(migrations).filter((file) => file.endsWith('.sql')).sort().slice(0, upTo)) {
    if (seen.has(name)) continue;
    const statements = unstable_splitSqlQuery(readFileSync(join(migrations, name), 'utf8'));
    await database.batch([
      ...statements.map((/** @type {string} */ sql) => database.prepare(sql)),
      database.prepare('INSERT INTO d1_migrations (name) VALUES (?)').bind(name),
    ]);
    applied.push(name);
  }
  return applied;
}
