// @ts-check
// What policies say of vaults, as far as the server can hold it: the request is refused, nothing changes, and it is done once the
// policy allows it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newSecret } from './support/api.mjs';
import { letting, locked, newBrowser } from './support/vault.mjs';
import { signIn, startWorld } from './support/world.mjs';

/** @type {import('./support/world.mjs').World} */
let world;
before(async () => { world = await startWorld(); });
after(() => world?.stop());

test('what a policy of vaults forbids is refused by name', async () => {
  const acme = await world.organisation();
  const person = acme.person('alice');
  const [one, two] = [newBrowser(world, (await signIn(world, acme, person)).visitor), newBrowser(world, (await signIn(world, acme, person)).visitor)];
  await one.must('/vault/begin', await one.beginning());
  await two.must('/vault/devices/ask', await two.asking());
  const devices = () => one.change([['devices', 'devices']]);
  /** @type {[Record<string, unknown>, () => Promise<import('./support/visitor.mjs').Answer>][]} */
  const forbidden = [
    [{ restrict_create_record: true }, async () => one.send('/vault/change', await one.change([['i_one', 'item']]))],
    [{ restrict_create_folder: true }, async () => one.send('/vault/change', await one.change([['f_one', 'folder']]))],
    [{ restrict_import: true }, async () => one.send('/vault/change', { ...await one.change([['i_two', 'item']]), imported: { from: 'csv' } })],
    [{ restrict_export: true }, () => one.send('/vault/exported', { as: 'csv', records: 1 })],
    [{ restrict_recovery_phrase: true }, async () => one.send('/vault/recovery/set', { ...locked(newSecret()), change: await devices() })],
    [{ device_approval_by_admin: false }, async () => two.send('/vault/devices/ask-admin', { ...await two.asking(), fresh: false })],
    [{ device_approval_by_user: false }, async () => one.send('/vault/devices/approve', { device: two.id, ...letting(), change: await devices() })],
  ];
  const set = (/** @type {Record<string, unknown>} */ policies) => world.query('UPDATE role SET policies = ? WHERE tenant = ?', JSON.stringify({ disable_onboarding: true, ...policies }), acme.tenant);
  for (const [policies, act] of forbidden) {
    await set(policies);
    const before = await world.snapshot();
    const refused = await act();
    assert.deepEqual([refused.status, JSON.parse(refused.body)], [403, { code: 'restricted-by-policy' }], JSON.stringify(policies));
    assert.deepEqual(await world.snapshot(), before);
    await set({});
    const done = await act();
    assert.equal(done.status, 200, `${JSON.stringify(policies)}: ${done.body}`);
  }
  // What was done in a device that was proven says in which.
  const events = await world.query("SELECT event, device FROM audit_event WHERE tenant = ? AND event IN ('exported_records', 'login', 'device_approval_requested') ORDER BY time", acme.tenant);
  assert.deepEqual([...new Set(events.map(({ event, device }) => `${event} ${device}`))].sort(), ['device_approval_requested null', `exported_records ${one.id}`, 'login null']);
});
