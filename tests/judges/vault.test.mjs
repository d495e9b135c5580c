// @ts-check
// The vault's vectors, opened by an implementation that shares no code with ours.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../scripts/lib/run.mjs';
import { output } from './support.mjs';
import { venvPython } from './venv.mjs';

/** @param {Record<string, unknown>} from @param {string[]} names */
const only = (from, names) => Object.fromEntries(names.map((name) => [name, from[name]]));

test('what we seal, sign, lock and spell, Python reads the same way', async () => {
  const text = readFileSync(join(root, 'tests', 'vectors', 'vault', 'vectors.json'), 'utf8');
  /** @type {Record<string, Record<string, unknown>[]>} */
  const vectors = JSON.parse(text);
  const read = JSON.parse(await output(venvPython, [join(root, 'tests', 'judges', 'vault.py')], text));
  for (const [name, least] of Object.entries({ items: 5, recovery: 3, fingerprints: 3, accounts: 2, tenants: 2, wraps: 8, locks: 3, manifests: 2, devices: 2, memories: 2, exports: 2, kits: 2, passwords: 2 })) {
    assert.ok((vectors[name]?.length ?? 0) >= least, `${name}: ${vectors[name]?.length}`);
  }
  const all = (/** @type {string} */ name, /** @type {string} */ field) => vectors[name]?.map((vector) => vector[field]);
  const nowhere = (/** @type {string} */ name) => vectors[name]?.map(() => false);
  assert.deepEqual(read, {
    items: all('items', 'plaintext'),
    itemsElsewhere: nowhere('items'),
    recovery: all('recovery', 'key'),
    phrases: all('recovery', 'phrase'),
    fingerprints: all('fingerprints', 'phrase'),
    accounts: vectors.accounts?.map((vector) => only(vector, ['fingerprint', 'signing', 'decryption', 'former', 'phrase', 'devicePhrase'])),
    tenants: vectors.tenants?.map((vector) => only(vector, ['fingerprint', 'phrase', 'escrowRecipient'])),
    wraps: all('wraps', 'secret'),
    wrapsElsewhere: nowhere('wraps'),
    locks: vectors.locks?.map((vector) => only(vector, ['secret', 'proof'])),
    locksElsewhere: nowhere('locks'),
    manifests: vectors.manifests?.map(({ entries }) => /** @type {{ id: string }[]} */ (entries).map(({ id }) => id)),
    devices: vectors.devices?.map((vector) => only(vector, ['devices', 'recovery'])),
    memories: vectors.memories?.map((vector) => only(vector, ['tenant', 'user', 'account', 'escrow', 'counter'])),
    exports: all('exports', 'content'),
    kits: vectors.kits?.map((vector) => only(vector, ['approval', 'transfer', 'signing'])),
    passwords: all('passwords', 'sent'),
  });
});
