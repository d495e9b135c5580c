// @ts-check
// `npm run deploy`: Keyward in your own Cloudflare account, by wrangler. Every step looks at what is there and makes what is
// missing, so that running it again goes on where it ended, and the next time upgrades. Nothing about the account is kept here but
// the secrets that it made, in `.keyward/deploy/`: what is deployed says the rest.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import { buildPages } from './build-pages.mjs';
import { buildWorker } from './build.mjs';
import { install } from './lib/install.mjs';
import { Failure, fail, modernNode, root, start, step } from './lib/run.mjs';

const usage = `npm run deploy -- [--env staging] [--domain sso.acme.com | --origin https://…]

  --env staging      the environment of that name in wrangler.toml; without it, production
  --domain NAME      the address is https://NAME, a domain of a zone in your account; wrangler connects it
  --origin ADDRESS   the address, where you connect it yourself
                     without either: what it was, or else https://<name>.<your subdomain>.workers.dev
  --change-address   the address may become another one: every identity provider has to be told (docs/operating.md)
  --location HINT, --jurisdiction eu
                     where the database is made, the first time (\`npx wrangler d1 create --help\`)
  --rotate-master-key
                     a new master key; the one until now keeps opening what it sealed (docs/operating.md)
  --keep FOLDER      where its secrets are kept; otherwise .keyward/deploy/<environment>
  --dry-run          builds, and says what it would do; asks nobody

Log in first: \`npx wrangler login\`, or CLOUDFLARE_API_TOKEN with Workers Scripts, Workers KV Storage and D1 to edit (and Workers Routes of the
zone, with --domain); CLOUDFLARE_ACCOUNT_ID where you have several accounts. A run that failed is run again: it goes on where it ended.`;

/** What a deployment keeps secret: its name for the Worker, its file here, and how it is made. */
const SECRETS = [
  { name: 'KEYWARD_MASTER_KEY', file: 'master-key', make: () => randomBytes(32).toString('base64') },
  { name: 'KEYWARD_OPERATOR_TOKEN', file: 'operator-token', make: () => randomBytes(32).toString('base64url') },
  // Of the first run alone: what is deployed already has begun, one way or another.
  { name: 'KEYWARD_SETUP_SECRET', file: 'setup-secret', make: () => randomBytes(32).toString('base64url'), isFirst: true },
];
const [MASTER_KEY, , SETUP_SECRET] = SECRETS;
/** The master key that is being replaced; and the file of the one that replaces it, before it does. */
const [PREVIOUS, NEXT] = ['KEYWARD_MASTER_KEY_PREVIOUS', 'master-key-next'];

/** @typedef {{ env: string, domain?: string, origin?: string, location?: string, jurisdiction?: string, keep?: string, changeAddress: boolean, rotate: boolean, dryRun: boolean }} Options */

/** @param {string[]} args @returns {Options} */
function read(args) {
  // `--env=staging` is `--env staging`.
  const left = args.flatMap((arg) => (/^--[a-z-]+=/.test(arg) ? [arg.slice(0, arg.indexOf('=')), arg.slice(arg.indexOf('=') + 1)] : [arg]));
  const flag = (/** @type {string} */ name) => {
    const at = left.indexOf(`--${name}`);
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  };
  const value = (/** @type {string} */ name) => {
    const at = left.indexOf(`--${name}`);
    if (at < 0) return undefined;
    const [, text] = left.splice(at, 2);
    if (!text || text.startsWith('--')) throw new Failure(`--${name} needs a value.`, usage);
    return text;
  };
  const options = {
    env: value('env') ?? 'production', domain: value('domain'), origin: value('origin'), location: value('location'), jurisdiction: value('jurisdiction'), keep: value('keep'),
    changeAddress: flag('change-address'), rotate: flag('rotate-master-key'), dryRun: flag('dry-run'),
  };
  if (left.length > 0) throw new Failure(`\`${left.join(' ')}\` is not understood.`, usage);
  if (options.domain && options.origin) throw new Failure('Give --domain or --origin, not both.', usage);
  if (options.domain && !/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/.test(options.domain)) {
    throw new Failure(`\`${options.domain}\` is no domain.`, 'Give its name alone, in lower case: --domain sso.acme.com');
  }
  if (options.origin && !/^https:\/\/[a-z0-9.-]+(:\d+)?$/.test(options.origin)) {
    throw new Failure(`\`${options.origin}\` is no address that people can use.`, 'It is https://, a host in lower case, and no slash at the end: --origin https://sso.acme.com');
  }
  return options;
}

/** The environment as wrangler.toml has it. @param {string} env */
function configuration(env) {
  const { unstable_readConfig } = createRequire(import.meta.url)('wrangler');
  const of = (/** @type {string} */ name) => unstable_readConfig({ config: join(root, 'wrangler.toml'), env: name }, { hideWarnings: true });
  const known = ['production', ...(of('').definedEnvironments ?? [])];
  if (!known.includes(env)) throw new Failure(`wrangler.toml has no environment \`${env}\`.`, `It has: ${known.join(', ')}`);
  const config = of(env === 'production' ? '' : env);
  const database = config.d1_databases.find((/** @type {{ binding: string }} */ it) => it.binding === 'DB');
  const publicId = config.kv_namespaces.find((/** @type {{ binding: string }} */ it) => it.binding === 'PUBLIC')?.id;
  return { publicId: /** @type {string | undefined} */ (publicId), worker: /** @type {string} */ (config.name), database: /** @type {string} */ (database.database_name), databaseId: /** @type {string | undefined} */ (database.database_id) };
}

/** @param {Options} options */
export async function deploy(options) {
  const { worker, database, databaseId, publicId } = configuration(options.env);
  const folder = resolve(options.keep ?? join(root, '.keyward', 'deploy', options.env));
  const environment = options.env === 'production' ? ['--env='] : ['--env', options.env];

  /** Runs wrangler; what it says where it fails is part of the failure. @param {string[]} args @param {string} wayOut @param {Record<string, string>} [env] */
  const wrangler = async (args, wayOut, env) => {
    const { code, stdout, all } = await runWrangler([...args, ...environment], env);
    if (code !== 0) throw new Failure(`wrangler ${args.slice(0, 2).filter((word) => !word.startsWith('--')).join(' ')} failed.\n${tail(all)}`, wayOut);
    return stdout;
  };
  const again = `Then run \`npm run deploy${options.env === 'production' ? '' : ` -- --env ${options.env}`}\` again, with what you gave it: it goes on from here.`;

  await step('Build', async () => {
    const [size, pages] = [await buildWorker(), await buildPages()];
    console.log(`    The Worker is ${kib(size)} KiB after gzip (Cloudflare takes 64 MiB before compression), the wasm of the vault's page ${kib(pages)} KiB.`);
  });
  if (options.dryRun) {
    const output = await step('Put it together, and send it nowhere', () => wrangler(['deploy', '--dry-run', '--outdir', join(root, '.keyward', 'dry-run')], 'Mend what it says.'));
    console.log(output.split('\n').filter((line) => /Total Upload|^env\.|^Your Worker|^Binding/.test(line)).map((line) => `    ${line.trimEnd()}`).join('\n'));
    console.log(`\n  Without --dry-run, this would find or make the database \`${database}\` and the KV namespace \`${worker}-public\`, migrate the database, make the secrets that the Worker
  \`${worker}\` does not have, and deploy it${options.domain ? ` at https://${options.domain}` : options.origin ? ` at ${options.origin}` : ''}.`);
    return;
  }

  const kept = (/** @type {string} */ file) => (existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8').trim() : undefined);
  const keep = (/** @type {string} */ file, /** @type {string} */ text) => writeFileSync(join(folder, file), `${text}\n`, { mode: 0o600 });
  const deployed = await step(`Look at what is deployed as \`${worker}\``, () => whatIsDeployed(wrangler, environment, again));
  const before = kept('origin');
  if (before && !deployed) {
    throw new Failure(
      `This machine deployed \`${worker}\` at ${before}, and this account has no such Worker: is it another account?`,
      `See \`npx wrangler whoami\`, and set CLOUDFLARE_ACCOUNT_ID to the one that has it. If it was deleted, remove ${relative(root, join(folder, 'origin'))}. ${again}`,
    );
  }
  if (before && deployed?.origin && deployed.origin !== before && !options.changeAddress) {
    throw new Failure(
      `This machine deployed \`${worker}\` at ${before}, and the one in this account is at ${deployed.origin}: is it another account?`,
      `See \`npx wrangler whoami\`, and set CLOUDFLARE_ACCOUNT_ID to the one that you mean. If its address was changed from another machine, remove ${relative(root, join(folder, 'origin'))}. ${again}`,
    );
  }
  const origin = await address(options, deployed?.origin);

  /** The next master key is the one of now. */
  const promote = () => {
    renameSync(join(folder, MASTER_KEY.file), join(folder, `${MASTER_KEY.file}-previous`));
    renameSync(join(folder, NEXT), join(folder, MASTER_KEY.file));
  };
  // A run that replaced it, and did not hear that it had. It is kept before it is uploaded together with the one before, and never while that is there.
  const isReplaced = kept(NEXT) !== undefined && deployed?.secrets.includes(PREVIOUS) === true;
  if (isReplaced) promote();
  const rotates = options.rotate && !isReplaced;
  if (rotates) {
    if (!deployed?.secrets.includes(MASTER_KEY.name)) throw new Failure('There is no master key to replace.', 'Deploy without --rotate-master-key.');
    if (deployed.secrets.includes(PREVIOUS)) {
      throw new Failure('The master key is being replaced already.', `End that first: \`npm run operator -- rewrap\`, then \`npx wrangler secret delete ${PREVIOUS} ${environment.join(' ')}\`.`);
    }
    if (!kept(MASTER_KEY.file)) {
      throw new Failure('The master key of now is not kept here, and Cloudflare gives it to nobody.', `Put it into ${relative(root, join(folder, MASTER_KEY.file))} from where you keep it. ${again}`);
    }
  }

  const isNew = await step(`Find or make the database \`${database}\``, async () => {
    // Where the Worker has one, another one, empty, would be no help.
    if (databaseId || deployed?.hasDatabase) return false;
    const databases = JSON.parse(await wrangler(['d1', 'list', '--json'], `May the token edit D1? ${again}`));
    if (databases.some((/** @type {{ name: string }} */ it) => it.name === database)) return false;
    const where = [...(options.location ? ['--location', options.location] : []), ...(options.jurisdiction ? ['--jurisdiction', options.jurisdiction] : [])];
    await wrangler(['d1', 'create', database, ...where], `May the token edit D1, and has the account room for another database? ${again}`);
    return true;
  });

  await step('Migrate it', () => wrangler(['d1', 'migrations', 'apply', 'DB', '--remote'], `What failed was rolled back, and what runs goes on as before. ${again}`));

  const namespace = await step(`Find or make the KV namespace \`${worker}-public\``, async () => {
    if (publicId || deployed?.hasPublic) return undefined;
    // In no environment: there the command would make another name of this one.
    const kv = async (/** @type {string[]} */ ...args) => {
      const { code, stdout, all } = await runWrangler(['kv', 'namespace', ...args]);
      if (code !== 0) throw new Failure(`wrangler kv namespace failed.\n${tail(all)}`, `May the token edit Workers KV Storage? ${again}`);
      return stdout;
    };
    const find = async () => JSON.parse(await kv('list')).find((/** @type {{ title: string }} */ it) => it.title === `${worker}-public`)?.id;
    const known = await find();
    if (known) return String(known);
    await kv('create', `${worker}-public`);
    return String(await find());
  });

  const secrets = await step('Find or make the secrets', async () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    /** @type {Record<string, string>} what the Worker does not have yet */
    const missing = {};
    for (const { name, file, make, isFirst } of SECRETS) {
      if (deployed?.secrets.includes(name) || (isFirst && deployed)) continue;
      let value = kept(file);
      if (name === MASTER_KEY.name && !isNew) await mustOpen(wrangler, value, join(folder, file), again);
      // Kept before anybody uses it: if what follows fails, the next run takes the same.
      if (!value) keep(file, (value = make()));
      missing[name] = value;
    }
    if (rotates) {
      const current = String(kept(MASTER_KEY.file));
      await mustOpen(wrangler, current, join(folder, MASTER_KEY.file), again);
      const next = kept(NEXT) ?? MASTER_KEY.make();
      keep(NEXT, next);
      Object.assign(missing, { [MASTER_KEY.name]: next, [PREVIOUS]: current });
    }
    return missing;
  });

  /** @param {string | undefined} at @param {Record<string, string>} values */
  const upload = async (at, values) => {
    // Another environment may be deployed from here at the same time.
    const configured = join(root, `wrangler.deploying.${process.pid}.toml`);
    const [file, report] = [join(folder, 'secrets.json'), join(folder, 'report.ndjson')];
    const clear = () => [file, report, configured].forEach((its) => rmSync(its, { force: true }));
    clear();
    // Where it is ended in the middle, too.
    process.once('exit', clear);
    try {
      if (namespace) writeFileSync(configured, withNamespace(options.env, namespace));
      const args = ['deploy', ...(namespace ? ['--config', configured] : []), ...(at ? ['--var', `KEYWARD_ORIGIN:${at}`] : []), ...(options.domain ? ['--domain', options.domain] : [])];
      if (Object.keys(values).length > 0) {
        writeFileSync(file, JSON.stringify(values), { mode: 0o600 });
        args.push('--secrets-file', file);
      }
      await wrangler(args, `May the token edit Workers, and is the domain in a zone of this account? ${again}`, { WRANGLER_OUTPUT_FILE_PATH: report });
      const lines = readFileSync(report, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
      return /** @type {string[]} */ (lines.find(({ type }) => type === 'deploy')?.targets ?? []);
    } finally {
      clear();
      process.off('exit', clear);
    }
  };
  let at = origin;
  await step(`Deploy \`${worker}\``, async () => {
    const targets = await upload(at, secrets);
    if (secrets[PREVIOUS]) promote();
    if (at) return;
    const host = targets.map((target) => target.replace(/^https:\/\//, '')).find((target) => /^[^/ ]+\.workers\.dev$/.test(target));
    at = host && `https://${host}`;
    if (!at) throw new Failure(`wrangler names no address on workers.dev: ${targets.join(', ')}`, 'Say which one it has: npm run deploy -- --origin https://…');
  });
  if (!origin) await step(`Tell it that it is at ${at}`, () => upload(at, {}));
  // A run that failed after it had made the secret has not shown it.
  const shown = before ? undefined : kept(SETUP_SECRET.file);
  writeFileSync(join(folder, 'origin'), `${at}\n`);

  const isUpgrade = deployed?.origin === at;
  const said = await step('Ask it whether it is well', () => ask(String(at), isUpgrade ? 3 : 10));
  const here = relative(root, folder);
  console.log(`
  Keyward is at   ${at}
  Its secrets     ${here}: keep copies where you keep such things. Without the master key, nothing that it sealed is opened again.
${shown ? `  Set it up       ${at}/setup
  with the secret ${process.stdout.isTTY ? `${shown}   (shown this once;` : `in ${join(here, SETUP_SECRET.file)}   (what is printed here may be kept by others;`} it is of no use once the first admin is made)` : `  Another organisation: npm run operator -- tenants create --name Acme --seats 50 --origin ${at}`}
${options.rotate || isReplaced ? `                  npm run operator -- rewrap --origin ${at}   (docs/operating.md, "Another master key")\n` : ''}`);
  if (said === undefined) return;
  const unwell = `It is deployed, and does not answer as it should yet: ${said}`;
  // A new address takes its time; one that was there before, and is not well, is an outage.
  if (!isUpgrade) console.log(`  ${unwell}\n  A new address may take some minutes. Look again: curl ${at}/health`);
  else throw new Failure(unwell, `Look at \`npx wrangler tail ${environment.join(' ')}\`. ${rotates ? 'Do not roll back over a new master key: mend it, and deploy again' : `To bring the version before back: \`npx wrangler rollback ${environment.join(' ')}\``} (docs/operating.md, "Upgrade and roll back").`);
}

/** @typedef {(args: string[], wayOut: string, env?: Record<string, string>) => Promise<string>} Wrangler */

/**
 * What is deployed now: its address, the names of its secrets, whether it has a database and a KV namespace. `undefined`: nothing is.
 * @param {Wrangler} wrangler @param {string[]} environment @param {string} again
 */
async function whatIsDeployed(wrangler, environment, again) {
  const { code, stdout, all } = await runWrangler(['deployments', 'status', '--json', ...environment]);
  // 10007 is Cloudflare's code for a Worker that is not there. Anything else is no answer: it does not make new secrets.
  if (code !== 0 && (/\[code: 10007\]/.test(all) || /has no deployments/.test(all))) return undefined;
  const login = `Log in: \`npx wrangler login\`, or set CLOUDFLARE_API_TOKEN (npm run deploy -- --help says what it has to allow). ${again}`;
  if (code !== 0) throw new Failure(`wrangler deployments status failed.\n${tail(all)}`, login);
  const versions = JSON.parse(stdout).versions;
  const view = JSON.parse(await wrangler(['versions', 'view', versions[0].version_id, '--json'], again));
  /** @type {{ name: string, type: string, text?: string }[]} */
  const bindings = view.resources.bindings;
  return {
    origin: bindings.find(({ name, type }) => name === 'KEYWARD_ORIGIN' && type === 'plain_text')?.text,
    secrets: bindings.filter(({ type }) => type === 'secret_text').map(({ name }) => name),
    hasDatabase: bindings.some(({ name, type }) => name === 'DB' && type === 'd1'),
    hasPublic: bindings.some(({ name, type }) => name === 'PUBLIC' && type === 'kv_namespace'),
  };
}

/** wrangler.toml with what the account calls a namespace that no deployment is bound to yet: beside it, since its paths count from there. @param {string} env @param {string} id */
function withNamespace(env, id) {
  const text = readFileSync(join(root, 'wrangler.toml'), 'utf8');
  const binding = `[[${env === 'production' ? '' : `env.${env}.`}kv_namespaces]]\nbinding = "PUBLIC"\n`;
  if (!text.includes(binding)) throw new Failure('wrangler.toml does not bind PUBLIC as it did.', 'Write it as it was: [[kv_namespaces]], then binding = "PUBLIC".');
  return text.replace(binding, `${binding}id = "${id}"\n`);
}

/** The address; `undefined`: whatever workers.dev gives it. @param {Options} options @param {string | undefined} deployed */
async function address({ domain, origin, changeAddress, env }, deployed) {
  let wanted = domain ? `https://${domain}` : origin;
  if (!wanted && !deployed && env === 'production' && process.stdin.isTTY) {
    const ask = createInterface({ input: process.stdin, output: process.stdout });
    const answer = (await ask.question('  Which address will people use? https://… of your own, or nothing for one on workers.dev: ')).trim();
    ask.close();
    if (answer && !/^https:\/\/[a-z0-9.-]+$/.test(answer)) throw new Failure(`\`${answer}\` is no address that people can use.`, usage);
    wanted = answer || undefined;
  }
  if (wanted && deployed && wanted !== deployed && !changeAddress) {
    throw new Failure(`This deployment is at ${deployed}, and you say ${wanted}.`, 'Its address is part of what every identity provider was given: add --change-address if you mean it (docs/operating.md).');
  }
  return wanted ?? deployed;
}

/**
 * Refuses a master key that does not open what the database has.
 * @param {Wrangler} wrangler @param {string | undefined} masterKey @param {string} file @param {string} again
 */
async function mustOpen(wrangler, masterKey, file, again) {
  const sealed = "SELECT substr(wrapped, 4, 8) AS id FROM sp_key UNION SELECT substr(secret, 4, 8) FROM factor WHERE kind = 'totp' UNION SELECT substr(secret, 4, 8) FROM mail_settings WHERE secret IS NOT NULL";
  const answer = await wrangler(['d1', 'execute', 'DB', '--remote', '--json', '--command', sealed], again);
  const ids = JSON.parse(answer)[0].results.map((/** @type {{ id: string }} */ row) => row.id);
  const own = masterKey && createHash('sha256').update(Buffer.from(masterKey, 'base64')).digest('hex').slice(0, 8);
  if (ids.length > 0 && !ids.includes(own)) {
    throw new Failure(
      `The database has keys that ${own ? 'another master key than the one kept here' : 'a master key'} sealed (${ids.join(', ')}).`,
      `Put that master key into ${relative(root, file)} from where you keep it. ${again}\n  A new one would open none of them: connections that sign or decrypt would stop working, and so would authenticator apps.`,
    );
  }
}

/** What it says where it is not well. @param {string} origin @param {number} times how often it is asked, every two seconds @returns {Promise<string | undefined>} */
async function ask(origin, times) {
  let said = 'nothing';
  for (let tries = 0; tries < times; tries += 1) {
    try {
      const response = await fetch(`${origin}/health`, { redirect: 'manual', signal: AbortSignal.timeout(10_000) });
      said = `${response.status} ${(await response.text()).trim().slice(0, 300)}`;
      if (response.status === 200) return undefined;
    } catch (error) {
      said = String(/** @type {any} */ (error).cause?.code ?? error);
      // A name that is not there yet takes minutes, not seconds.
      if (said === 'ENOTFOUND') break;
    }
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
  return said;
}

const kib = (/** @type {number} */ bytes) => Math.round(bytes / 1024).toLocaleString('en');
const tail = (/** @type {string} */ text) => text.trim().split('\n').slice(-25).join('\n');

/** @param {string[]} args @param {Record<string, string>} [env] @returns {Promise<{ code: number, stdout: string, all: string }>} */
function runWrangler(args, env) {
  const bin = join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js');
  return new Promise((resolve, reject) => {
    const child = start(modernNode(), ['--no-warnings', bin, ...args], {
      env: { WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true', NO_COLOR: '1', FORCE_COLOR: '0', ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, all] = ['', ''];
    child.stdout?.setEncoding('utf8').on('data', (text) => ((stdout += text), (all += text)));
    child.stderr?.setEncoding('utf8').on('data', (text) => (all += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, stdout, all }));
  });
}

async function main() {
  if (process.argv.some((arg) => ['--help', '-h'].includes(arg))) return console.log(usage);
  const options = read(process.argv.slice(2));
  await install();
  // wrangler, whose reading of wrangler.toml is used here, needs a modern Node.
  if (modernNode() !== process.execPath) {
    const child = start(modernNode(), [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit', detached: false });
    child.on('exit', (code) => process.exit(code ?? 1));
    return;
  }
  console.log(`Keyward, ${options.dryRun ? 'a dry run' : 'deployment'}: ${options.env}`);
  await deploy(options);
}

if (process.argv[1]?.endsWith('deploy.mjs')) main().catch(fail);
