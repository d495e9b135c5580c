// @ts-check
// pysaml2 as an identity provider, without HTTP: a list of things to do, one process.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where it is, to those who ask it. */
export const pysaml2 = { entityId: 'https://pysaml2.example.test/metadata', sso: 'https://pysaml2.example.test/sso', slo: 'https://pysaml2.example.test/slo' };

/**
 * @typedef {{ do: 'respond' | 'read' | 'logout' | 'metadata' } & Record<string, unknown>} Job see pysaml2.py
 * @param {{ keys: { certificate: string, key: string }, sp: string, jobs: Job[] }} work keys as PEM; `sp` is the service provider's metadata
 * @returns {Promise<any[]>} one answer a job; `error` where it refused
 */
export async function askPysaml2({ keys, sp, jobs }) {
  const folder = mkdtempSync(join(tmpdir(), 'keyward-pysaml2-'));
  try {
    const files = { key: join(folder, 'idp.key'), certificate: join(folder, 'idp.crt') };
    writeFileSync(files.key, keys.key);
    writeFileSync(files.certificate, keys.certificate);
    return JSON.parse(await python(JSON.stringify({ ...pysaml2, ...files, sp, jobs })));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Debian's Python, which has Debian's pysaml2. @param {string} input @returns {Promise<string>} */
function python(input) {
  return new Promise((resolve, reject) => {
    const child = spawn('/usr/bin/python3', [fileURLToPath(new URL('pysaml2.py', import.meta.url))]);
    let [output, errors] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(output) : reject(new Error(`pysaml2 ended with ${code}: ${errors}`))));
    child.stdin.end(input);
  });
}
