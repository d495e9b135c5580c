// @ts-check
// A local stand-in for the parts of Cloudflare's API that wrangler calls while it deploys: it records each call, refuses what it
// does not know, and keeps what it was told. Its databases are SQLite's, so that migrations run for real. Needs Node ≥ 22.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { DatabaseSync } from 'node:sqlite';

const { unstable_splitSqlQuery: split } = createRequire(import.meta.url)('wrangler');

/** @typedef {{ name: string, type: string, text?: string, id?: string, database_id?: string, namespace_id?: string }} Binding */
/** @typedef {{ id: string, bindings: Binding[], metadata: any, modules: string[] }} Version */
/** @typedef {{ versions: Version[], deployed?: string, schedules?: string[], subdomain: boolean, domains: string[], tag: string }} Worker */

/** What lets the files of one upload in; wrangler reads until when. */
const JWT = ['{}', JSON.stringify({ exp: 4_102_444_800 }), 'signature'].map((part) => Buffer.from(part).toString('base64url')).join('.');

/** An error as Cloudflare tells it. */
class Refused extends Error {
  /** @param {number} status @param {number} code @param {string} message */
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export async function startCloudflare() {
  /** Their titles, by id. @type {Map<string, string>} */
  const namespaces = new Map();
  /** @type {Map<string, { uuid: string, name: string, sqlite: DatabaseSync }>} */
  const databases = new Map();
  /** @type {Map<string, Worker>} */
  const workers = new Map();
  /** Files that were uploaded, by their hashes. @type {Set<string>} */
  const assets = new Set();
  /** Every call, as `METHOD /path`, ids by their kind. @type {string[]} */
  const calls = [];
  /** What is deployed does not work. */
  let isIll = false;
  /** What no stand-in knows. @type {string[]} */
  const unknown = [];
  /** The next call that fits fails. @type {{ call: RegExp, after: number, how: 'refuse' | 'cut' } | undefined} */
  let failure;

  const worker = (/** @type {string} */ name) => {
    const found = workers.get(name);
    if (!found) throw new Refused(404, 10007, 'This Worker does not exist on your account.');
    return found;
  };
  const database = (/** @type {string} */ name) => {
    const found = [...databases.values()].find((it) => it.name === name || it.uuid === name);
    if (!found) throw new Refused(404, 7404, `The database ${name} could not be found`);
    return found;
  };

  /** One transaction of statements, as D1's HTTP API runs them. @param {DatabaseSync} sqlite @param {string} sql */
  function query(sqlite, sql) {
    sqlite.exec('BEGIN');
    try {
      const results = split(sql).map((/** @type {string} */ statement) => {
        const rows = sqlite.prepare(statement).all();
        return { success: true, results: rows, meta: { duration: 0.1, rows_read: rows.length, rows_written: 0, changes: 0, last_row_id: 0, size_after: 4096, changed_db: false } };
      });
      sqlite.exec('COMMIT');
      return results;
    } catch (error) {
      sqlite.exec('ROLLBACK');
      throw new Refused(400, 7500, `${/** @type {Error} */ (error).message}: SQLITE_ERROR`);
    }
  }

  /** A version of a Worker, with what it takes over from the one before. @param {Worker | undefined} before @param {FormData} form @returns {Version} */
  function version(before, form) {
    const metadata = JSON.parse(String(form.get('metadata')));
    const old = before?.versions.at(-1)?.bindings ?? [];
    const keep = new Set(metadata.keep_bindings ?? []);
    /** @type {Map<string, Binding>} */
    const bindings = new Map(old.filter(({ type }) => keep.has(type)).map((it) => [it.name, it]));
    for (const binding of metadata.bindings ?? []) {
      if (binding.type !== 'inherit') {
        bindings.set(binding.name, binding);
        continue;
      }
      const inherited = old.find(({ name }) => name === binding.name);
      if (!inherited) throw new Refused(400, 10057, `inherit binding '${binding.name}' is invalid: there is none`);
      bindings.set(binding.name, inherited);
    }
    for (const binding of bindings.values()) {
      if (binding.type === 'kv_namespace' && !namespaces.has(String(binding.namespace_id))) throw new Refused(400, 10041, 'There is no such KV namespace.');
      if (binding.type === 'd1') database(String(binding.id ?? binding.database_id));
    }
    const modules = [...form.keys()].filter((name) => name !== 'metadata');
    return { id: randomUUID(), bindings: [...bindings.values()], metadata, modules };
  }

  /** @type {[string, RegExp, (match: string[], body: any, url: URL) => unknown][]} */
  const routes = [
    ['GET', /^\/d1\/database$/, () => [...databases.values()].map(({ uuid, name }) => ({ uuid, name, version: 'production', created_at: '2026-01-01T00:00:00Z' }))],
    ['POST', /^\/d1\/database$/, (_, { name }) => {
      if ([...databases.values()].some((it) => it.name === name)) throw new Refused(400, 7502, 'A database with that name already exists');
      const made = { uuid: randomUUID(), name, sqlite: new DatabaseSync(':memory:') };
      databases.set(made.uuid, made);
      return { uuid: made.uuid, name };
    }],
    ['GET', /^\/d1\/database\/([^/]+)$/, ([name]) => {
      const { uuid, name: called } = database(decodeURIComponent(name));
      return { uuid, name: called };
    }],
    ['POST', /^\/d1\/database\/([^/]+)\/query$/, ([uuid], { sql }) => query(database(uuid).sqlite, sql)],
    ['GET', /^\/storage\/kv\/namespaces$/, () => [...namespaces].map(([id, title]) => ({ id, title, supports_url_encoding: true }))],
    ['POST', /^\/storage\/kv\/namespaces$/, (_, { title }) => {
      if ([...namespaces.values()].includes(title)) throw new Refused(400, 10014, 'a namespace with this account ID and title already exists');
      const id = randomUUID().replaceAll('-', '');
      namespaces.set(id, title);
      return { id, title };
    }],
    ['GET', /^\/workers\/services\/([^/]+)$/, ([name]) => {
      const { tag } = worker(name);
      return { default_environment: { environment: 'production', script: { tag, tags: null, last_deployed_from: 'wrangler' } } };
    }],
    ['GET', /^\/workers\/scripts\/([^/]+)\/deployments$/, ([name]) => {
      const { deployed } = worker(name);
      return { deployments: deployed ? [{ id: randomUUID(), source: 'wrangler', strategy: 'percentage', author_email: '', created_on: '2026-01-01T00:00:00Z', annotations: {}, versions: [{ version_id: deployed, percentage: 100 }] }] : [] };
    }],
    ['POST', /^\/workers\/scripts\/([^/]+)\/deployments$/, ([name], { versions }) => {
      worker(name).deployed = versions[0].version_id;
      return { id: randomUUID() };
    }],
    ['GET', /^\/workers\/scripts\/([^/]+)\/versions\/([^/]+)$/, ([name, id]) => {
      const found = worker(name).versions.find((it) => it.id === id);
      if (!found) throw new Refused(404, 10007, 'There is no such version.');
      // Secrets go in, and never out.
      const bindings = found.bindings.map((it) => (it.type === 'secret_text' ? { name: it.name, type: it.type } : it));
      return { id, number: 1, metadata: { created_on: '2026-01-01T00:00:00Z', author_email: '', source: 'wrangler' }, resources: { bindings, script: { etag: 'e', handlers: ['fetch'] }, script_runtime: {} } };
    }],
    ['GET', /^\/workers\/scripts\/([^/]+)\/secrets$/, ([name]) => (worker(name).versions.at(-1)?.bindings ?? []).filter(({ type }) => type === 'secret_text').map(({ name: it, type }) => ({ name: it, type }))],
    ['GET', /^\/workers\/scripts\/([^/]+)\/settings$/, ([name]) => ({ bindings: worker(name).versions.at(-1)?.bindings })],
    ['POST', /^\/workers\/scripts\/([^/]+)\/assets-upload-session$/, (_, { manifest }) => {
      const missing = Object.values(manifest).map((/** @type {any} */ it) => it.hash).filter((hash) => !assets.has(hash));
      for (const hash of missing) assets.add(hash);
      return { jwt: JWT, buckets: missing.length > 0 ? [missing] : [] };
    }],
    ['POST', /^\/workers\/assets\/upload$/, () => ({ jwt: JWT })],
    ['PUT', /^\/workers\/scripts\/([^/]+)$/, ([name], form) => {
      const known = workers.get(name);
      const made = version(known, form);
      const it = known ?? { versions: [], subdomain: false, domains: [], tag: randomUUID() };
      it.versions.push(made);
      it.deployed = made.id;
      workers.set(name, it);
      return { id: name, etag: 'e', startup_time_ms: 9, deployment_id: made.id.replaceAll('-', ''), tag: it.tag };
    }],
    ['POST', /^\/workers\/scripts\/([^/]+)\/versions$/, ([name], form) => {
      const it = worker(name);
      const made = version(it, form);
      it.versions.push(made);
      return { id: made.id, startup_time_ms: 9, resources: { script: { etag: 'e' } }, metadata: {} };
    }],
    ['PATCH', /^\/workers\/scripts\/([^/]+)\/script-settings$/, () => ({})],
    ['GET', /^\/workers\/subdomain$/, () => ({ subdomain: 'acme' })],
    ['GET', /^\/workers\/workers\/([^/]+)$/, ([name]) => ({ name, subdomain: { enabled: worker(name).subdomain, previews_enabled: false } })],
    ['POST', /^\/workers\/scripts\/([^/]+)\/subdomain$/, ([name], { enabled }) => {
      worker(name).subdomain = enabled;
      return { enabled, previews_enabled: false };
    }],
    ['PUT', /^\/workers\/scripts\/([^/]+)\/schedules$/, ([name], crons) => {
      worker(name).schedules = crons.map((/** @type {{ cron: string }} */ it) => it.cron);
      return { schedules: crons };
    }],
    ['POST', /^\/workers\/scripts\/([^/]+)\/domains\/changeset$/, () => ({ added: [], removed: [], updated: [], conflicting: [] })],
    ['PUT', /^\/workers\/scripts\/([^/]+)\/domains\/records$/, ([name], { origins }) => {
      worker(name).domains.push(...origins.map((/** @type {{ hostname: string }} */ it) => it.hostname));
      return {};
    }],
  ];

  const server = createServer((request, response) => {
    /** @type {Buffer[]} */
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', async () => {
      const url = new URL(request.url ?? '/', 'http://stand-in.test');
      if (url.pathname.startsWith('/worker/')) {
        const [, , host, ...rest] = url.pathname.split('/');
        const told = [...workers.values()].find(({ versions, deployed }) => versions.find(({ id }) => id === deployed)?.bindings.some(({ text }) => text === `https://${host}`));
        const isWell = !isIll && told?.schedules && rest.join('/') === 'health';
        response.writeHead(isWell ? 200 : 503).end(isWell ? 'ok\n' : 'nobody is here\n');
        return;
      }
      const path = url.pathname.replace(/^\/client\/v4\/accounts\/account/, '');
      const call = `${request.method} ${path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '{id}')}`;
      calls.push(call);
      const page = Number(url.searchParams.get('page') ?? 1);
      const send = (/** @type {number} */ status, /** @type {unknown} */ all, /** @type {unknown[]} */ errors = []) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        // There is one page: who asks for the next until it is empty gets there.
        const result = Array.isArray(all) && page > 1 ? [] : all;
        const [count, total] = [result, all].map((it) => (Array.isArray(it) ? it.length : 1));
        response.end(JSON.stringify({ success: errors.length === 0, errors, messages: [], result, result_info: { page, per_page: 100, count, total_count: total, total_pages: 1 } }));
      };
      try {
        if (!['Bearer token', `Bearer ${JWT}`].includes(request.headers.authorization ?? '')) throw new Refused(401, 10000, 'Authentication error');
        if (failure?.call.test(call) && failure.after-- === 0) {
          const { how } = failure;
          failure = undefined;
          // What a lost connection leaves open: it was refused, or it was done and nobody heard of it.
          if (how === 'refuse') throw new Refused(400, 10999, 'planted');
          response.end = /** @type {any} */ (() => request.socket.destroy());
        }
        const type = request.headers['content-type'] ?? '';
        const octets = Buffer.concat(chunks);
        const body = type.startsWith('multipart/') ? await new Response(octets, { headers: { 'content-type': type } }).formData() : type.startsWith('application/json') && octets.length > 0 ? JSON.parse(String(octets)) : undefined;
        for (const [method, pattern, act] of routes) {
          const match = method === request.method && pattern.exec(path);
          if (match) return send(200, act(match.slice(1), body, url));
        }
        unknown.push(call);
        throw new Refused(404, 7003, 'No route for that URI');
      } catch (error) {
        if (error instanceof Refused) send(error.status, null, [{ code: error.code, message: error.message }]);
        else send(500, null, [{ code: 1, message: String(error) }]);
      }
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    base: `http://127.0.0.1:${port}/client/v4`,
    /** Where what is deployed answers, by its host. */
    worker: `http://127.0.0.1:${port}/worker`,
    calls, unknown, workers,
    /** @param {string} name */
    database: (name) => database(name).sqlite,
    namespaces: () => [...namespaces.values()],
    databases: () => [...databases.values()].map(({ name }) => name),
    /** The secrets and variables of what is deployed. @param {string} name @returns {Record<string, string | undefined>} */
    bindings(name) {
      const { versions, deployed } = worker(name);
      const at = versions.find(({ id }) => id === deployed);
      return Object.fromEntries((at?.bindings ?? []).filter(({ type }) => type === 'secret_text' || type === 'plain_text').map((it) => [it.name, it.text]));
    },
    /** @param {boolean} its */
    fallIll(its) {
      isIll = its;
    },
    /** The next call of this kind is refused; `after`: that many of them pass before. @param {RegExp} call @param {{ after?: number, how?: 'refuse' | 'cut' }} [when] */
    fail(call, { after = 0, how = 'refuse' } = {}) {
      failure = { call, after, how };
    },
    /** Whether what was to fail did. */
    failed: () => failure === undefined,
    stop: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve(undefined));
    }),
  };
}
