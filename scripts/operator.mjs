// @ts-check
// `npm run operator -- tenants …`: organisations come, are limited, and go; here and at a deployment.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, fail, root } from './lib/run.mjs';

const usage = `npm run operator -- tenants list
npm run operator -- tenants create --name NAME --seats N     prints the link by which its first admin begins
npm run operator -- tenants limit ID --seats N
npm run operator -- tenants suspend ID
npm run operator -- tenants resume ID
npm run operator -- tenants delete ID --yes
npm run operator -- tenants set-up-token ID                  another link, where no admin is left who can sign in
npm run operator -- rewrap      after \`npm run deploy -- --rotate-master-key\`: every key of ours under the new one

  --origin ADDRESS  or KEYWARD_ORIGIN; otherwise http://localhost:8787, where \`npm start\` is
  KEYWARD_OPERATOR_TOKEN is the deployment's secret; on the machine that deployed it is found by itself.`;

/** @param {string} name */
function option(name) {
  const at = process.argv.indexOf(`--${name}`);
  return at > 0 ? process.argv[at + 1] : undefined;
}

/** @param {string} name */
function needed(name) {
  const value = option(name);
  if (value === undefined) throw new Failure(`--${name} is missing.`, usage);
  return value;
}

/** The token of the deployment at an address, where this machine made it. @param {string} origin */
function keptToken(origin) {
  const keyward = join(root, '.keyward');
  const deployments = existsSync(join(keyward, 'deploy')) ? readdirSync(join(keyward, 'deploy')).map((name) => join(keyward, 'deploy', name)) : [];
  const isOf = (/** @type {string} */ folder) => existsSync(join(folder, 'origin')) && readFileSync(join(folder, 'origin'), 'utf8').trim() === origin;
  const folder = new URL(origin).hostname === 'localhost' ? join(keyward, 'local') : deployments.find(isOf);
  const file = folder && join(folder, 'operator-token');
  return file && existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}

/** Goes through all of our keys, a part at a time. @param {(method: string, path: string, body: object | undefined) => Promise<any>} ask */
async function rewrap(ask) {
  let [rewrapped, unopened] = [0, 0];
  for (let after; after !== null; ) {
    const answer = await ask('POST', '/operator/rewrap', after === undefined ? {} : { after });
    rewrapped += answer.rewrapped;
    unopened += answer.unopened;
    after = answer.next;
  }
  if (unopened > 0) throw new Failure(`${unopened} keys are under neither master key.`, 'Put the one that sealed them back as KEYWARD_MASTER_KEY_PREVIOUS, and run this again (docs/operating.md).');
  console.log(`${rewrapped} keys are under the new master key now, and none is under another.`);
}

/** All organisations. @param {(method: string, path: string, body: undefined) => Promise<any>} ask */
async function list(ask) {
  const items = [];
  for (let after = ''; after !== null; ) {
    const page = await ask('GET', `/operator/tenants?limit=100${after && `&after=${after}`}`, undefined);
    items.push(...page.items);
    after = page.next;
  }
  return { items };
}

async function main() {
  if (process.argv.some((arg) => ['--help', '-h'].includes(arg))) return console.log(usage);
  const [what, verb, id] = process.argv.slice(2);
  const origin = option('origin') ?? process.env.KEYWARD_ORIGIN ?? 'http://localhost:8787';
  if (!/^https:\/\/|^http:\/\/(localhost|127\.0\.0\.1)(:\d+)?$/.test(origin)) {
    throw new Failure(`The operator token would go to ${origin} for everybody on the way to read.`, 'Give the address of the deployment, which begins with https://');
  }
  const token = process.env.KEYWARD_OPERATOR_TOKEN ?? keptToken(origin);
  const at = `/operator/tenants/${encodeURIComponent(id ?? '')}`;
  /** @type {Record<string, () => [string, string, object?]>} */
  const verbs = {
    list: () => ['GET', '/operator/tenants'],
    create: () => ['POST', '/operator/tenants', { name: needed('name'), seats: Number(needed('seats')) }],
    limit: () => ['PATCH', at, { seats: Number(needed('seats')) }],
    suspend: () => ['PATCH', at, { status: 'suspended' }],
    resume: () => ['PATCH', at, { status: 'active' }],
    delete: () => ['DELETE', at],
    'set-up-token': () => ['POST', `${at}/set-up-token`],
  };
  const make = what === 'tenants' && Object.hasOwn(verbs, verb ?? '') ? verbs[verb] : undefined;
  const isRewrap = what === 'rewrap';
  if (!isRewrap && (!make || (!['list', 'create'].includes(verb) && !/^[a-z0-9_]+$/.test(id ?? '')))) throw new Failure('That is no command.', usage);
  if (verb === 'delete' && !process.argv.includes('--yes')) {
    throw new Failure('Nobody of a deleted organisation signs in again, and nothing brings it back.', `Say that you mean it: npm run operator -- tenants delete ${id} --yes`);
  }
  const asked = isRewrap ? undefined : make?.();
  if (!token) throw new Failure(`KEYWARD_OPERATOR_TOKEN is not set, and this machine keeps none for ${origin}.`, usage);
  const ask = async (/** @type {string} */ method, /** @type {string} */ path, /** @type {object | undefined} */ body) => {
    const response = await fetch(`${origin}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    }).catch((error) => {
      throw new Failure(`${origin} does not answer (${error.cause?.code ?? error}).`, 'Is `npm start` running, or is --origin the address of the deployment?');
    });
    const text = await response.text();
    if (response.status === 401) throw new Failure(`${origin} does not know this operator token.`, 'Set KEYWARD_OPERATOR_TOKEN to the one of this deployment (docs/operating.md, "Secrets").');
    if (!response.ok) throw new Failure(`${response.status}: ${text}`);
    return text ? JSON.parse(text) : undefined;
  };
  if (!asked) return rewrap(ask);
  const answer = verb === 'list' ? await list(ask) : await ask(...asked);
  console.log(answer === undefined ? 'Done.' : JSON.stringify(answer, undefined, 2));
}

main().catch(fail);
