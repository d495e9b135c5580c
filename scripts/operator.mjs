// @ts-check
// `npm run operator -- tenants …`: organisations come, are limited, and go; here and at a deployment.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, fail, root } from './lib/run.mjs';

const usage = `npm run operator -- tenants list
npm run operator -- tenants create --name NAME --seats N
npm run operator -- tenants limit ID --seats N
npm run operator -- tenants suspend ID
npm run operator -- tenants resume ID
npm run operator -- tenants delete ID --yes
npm run operator -- tenants set-up-token ID

  --origin ADDRESS  or KEYWARD_ORIGIN; otherwise http://localhost:8787, where \`npm start\` is
  KEYWARD_OPERATOR_TOKEN is the deployment's secret; here it is found by itself.`;

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

async function main() {
  const [what, verb, id] = process.argv.slice(2);
  const origin = option('origin') ?? process.env.KEYWARD_ORIGIN ?? 'http://localhost:8787';
  const here = join(root, '.keyward', 'local', 'operator-token');
  const isHere = new URL(origin).hostname === 'localhost';
  const token = process.env.KEYWARD_OPERATOR_TOKEN ?? (isHere && existsSync(here) ? readFileSync(here, 'utf8') : undefined);
  const at = `/operator/tenants/${encodeURIComponent(id ?? '')}`;
  /** @type {Record<string, () => [string, string, object?]>} */
  const verbs = {
    list: () => ['GET', '/operator/tenants?limit=100'],
    create: () => ['POST', '/operator/tenants', { name: needed('name'), seats: Number(needed('seats')) }],
    limit: () => ['PATCH', at, { seats: Number(needed('seats')) }],
    suspend: () => ['PATCH', at, { status: 'suspended' }],
    resume: () => ['PATCH', at, { status: 'active' }],
    delete: () => ['DELETE', at],
    'set-up-token': () => ['POST', `${at}/set-up-token`],
  };
  const make = what === 'tenants' && Object.hasOwn(verbs, verb ?? '') ? verbs[verb] : undefined;
  if (!make || (!['list', 'create'].includes(verb) && !/^[a-z0-9_]+$/.test(id ?? ''))) throw new Failure('That is no command.', usage);
  if (verb === 'delete' && !process.argv.includes('--yes')) {
    throw new Failure('Nobody of a deleted organisation signs in again, and nothing brings it back.', `Say that you mean it: npm run operator -- tenants delete ${id} --yes`);
  }
  const [method, path, body] = make();
  if (!token) throw new Failure('KEYWARD_OPERATOR_TOKEN is not set.', usage);
  const response = await fetch(`${origin}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Failure(`${response.status}: ${text}`);
  console.log(text ? JSON.stringify(JSON.parse(text), undefined, 2) : 'Done.');
}

main().catch(fail);
