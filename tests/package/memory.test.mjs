// @ts-check
// A message takes at most twelve times its length, whatever it consists of.
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { peaks } from '../bench/memory.mjs';

test('no message takes more than twelve times its length in memory', async (context) => {
  const all = await peaks(256 * 1024);
  for (const { shape, part, answer, times } of all) {
    context.diagnostic(`${shape}, ${part} signed: ${times.toFixed(1)} times, ${answer}`);
  }
  assert.ok(all.filter(({ answer }) => answer === 'accepted').length > all.length / 2, 'most are within the limits');
  for (const { shape, part, times } of all) assert.ok(times <= 12, `${shape}, ${part} signed: ${times}`);
});
