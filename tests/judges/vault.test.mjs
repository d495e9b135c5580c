// @ts-check
// The vault's vectors, opened by an implementation that shares no code with ours.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../scripts/lib/run.mjs';
import { output } from './support.mjs';

test('what we seal and spell, Python reads the same way', async () => {
  const text = readFileSync(join(root, 'tests', 'vectors', 'vault', 'vectors.json'), 'utf8');
  /** @type {{ items: { plaintext: string }[], recovery: { key: string, phrase: string }[], fingerprints: { phrase: string }[] }} */
  const { items, recovery, fingerprints } = JSON.parse(text);
  // Debian's own Python: its packages are listed in tests/debian-packages.txt.
  const read = JSON.parse(await output('/usr/bin/python3', [join(root, 'tests', 'judges', 'vault.py')], text));
  assert.ok(items.length >= 5 && recovery.length >= 3 && fingerprints.length >= 3);
  assert.deepEqual(read, {
    items: items.map(({ plaintext }) => plaintext),
    elsewhere: items.map(() => false),
    recovery: recovery.map(({ key }) => key),
    phrases: recovery.map(({ phrase }) => phrase),
    fingerprints: fingerprints.map(({ phrase }) => phrase),
  });
});
