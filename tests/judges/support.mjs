// @ts-check
// What the judges share: the testkit's messages and keys, programs that others wrote, a folder that goes away.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../../scripts/lib/run.mjs';
import * as keyward from '../../dist/keyward/index.js';

export { keyward };
export { refused, seeded } from '../package/support.mjs';

/**
 * @typedef {{ certificate: string, privateKey: string }} KeyPair PEM
 * @typedef {{ now: number, idp: string, sp: string, acs: string, request: string, keys: Record<string, KeyPair> }} Testkit
 */

/** The testkit's program, which the suite has built. */
const testkitBinary = join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'debug', 'keyward-testkit');

/**
 * Runs a program to its end; a failure to start is thrown, a failure of the program is told.
 * @param {string} command @param {string[]} args @param {string} [input]
 * @returns {Promise<{ ok: boolean, output: string, errors: string }>}
 */
export function run(command, args, input) {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { encoding: 'utf8', maxBuffer: 1 << 28 }, (error, output, errors) => {
      if (error && typeof error.code !== 'number') reject(error);
      else resolve({ ok: error === null, output, errors });
    });
    child.stdin?.on('error', () => {}); // it may end before it has read everything
    child.stdin?.end(input ?? '');
  });
}

/** What a program prints, which must not fail. @param {string} command @param {string[]} args @param {string} [input] */
export async function output(command, args, input) {
  const result = await run(command, args, input);
  if (!result.ok) throw new Error(`${command} ${args.join(' ')}\n${result.output}\n${result.errors}`);
  return result.output;
}

/** @type {Testkit} */
export const testkit = JSON.parse(await output(testkitBinary, ['keys']));

/** Responses by the testkit, as `keyward-testkit mint` describes them. @param {object[]} specifications @returns {Promise<string[]>} */
export async function mint(specifications) {
  const lines = await output(testkitBinary, ['mint'], JSON.stringify(specifications));
  return lines.trim().split('\n').map((line) => JSON.parse(line).xml);
}

/**
 * Every message that we make, as crates/testkit/src/messages.rs has them.
 * @param {{ now: number, sso: string, slo: string, inResponseTo: string }} wanted
 * @returns {Promise<{ kind: string, name: string, key: string, xml: string, post: string, redirect: string | null }[]>}
 */
export async function messages(wanted) {
  return (await output(testkitBinary, ['messages'], JSON.stringify(wanted))).trim().split('\n').map((line) => JSON.parse(line));
}

/** What our parser makes of documents. @param {string} encoded a JSON array of base64 @returns {Promise<{ tree?: unknown[], code?: string }[]>} */
export async function trees(encoded) {
  return (await output(testkitBinary, ['trees'], encoded)).trim().split('\n').map((line) => JSON.parse(line));
}

/** A judge beside this file. @param {string} name */
export const script = (name) => fileURLToPath(new URL(name, import.meta.url));
/** The same, run by Debian's Python, which has Debian's libraries. @param {string} name @param {string} input */
export const python = (name, input) => output('/usr/bin/python3', [script(name)], input);

/** A folder for the length of a test, with the testkit's keys and certificates. @param {import('node:test').TestContext} context */
export function folderFor(context) {
  const folder = mkdtempSync(join(tmpdir(), 'keyward-judges-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, { certificate, privateKey }] of Object.entries(testkit.keys)) {
    writeFileSync(join(folder, `${name}.crt`), certificate);
    writeFileSync(join(folder, `${name}.key`), privateKey);
  }
  return folder;
}

/** What a service provider that trusts this key makes of a response. @param {string} xml @param {string} [key] @param {object} [changes] */
export const ask = (xml, key = 'idp', changes = {}) => keyward.verifyResponse({
  response: Buffer.from(xml).toString('base64'),
  encoding: 'base64',
  now: testkit.now,
  idp: { entityId: testkit.idp, certificates: [testkit.keys[key].certificate] },
  sp: { entityId: testkit.sp, acsUrl: testkit.acs, decryptionKeys: [testkit.keys.sp.privateKey] },
  request: { id: testkit.request },
  ...changes,
});

/** Does all of it, a few at a time. @template T, R @param {readonly T[]} items @param {(item: T, index: number) => Promise<R>} work @returns {Promise<R[]>} */
export async function each(items, work) {
  /** @type {R[]} */
  const results = [];
  let next = 0;
  const lane = async () => {
    while (next < items.length) {
      const index = next;
      next += 1;
      results[index] = await work(items[index], index);
    }
  };
  await Promise.all(Array.from({ length: 2 * availableParallelism() }, lane));
  return results;
}
