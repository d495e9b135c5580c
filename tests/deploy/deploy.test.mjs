// @ts-check
// `npm run deploy` with the real wrangler, against a stand-in for Cloudflare's API. Three accounts at once: most of it is waiting
// for wrangler to start.
import { test } from 'node:test';
import { deployments } from './deployments.mjs';
import { failures, lateFailures } from './failures.mjs';

test('npm run deploy', { concurrency: 3 }, async (t) => {
  await Promise.all([t.test('in one account', deployments), t.test('in another', failures), t.test('in a third', lateFailures)]);
});
