// @ts-check
// What the Worker prints: a reference where something of ours is broken, and nothing about people, ever. Every other file
// here checks the latter at its end, too.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { reference, signIn, startWorld } from './support/world.mjs';

/** @type {import('./support/world.mjs').World} */
let world;
/** @type {import('./support/world.mjs').Organisation} */
let acme;

before(async () => {
  world = await startWorld();
  acme = await world.organisation();
});
after(() => world?.stop());

/** Waits until the Worker has printed something. @param {string} text */
async function printed(text) {
  const deadline = Date.now() + 10_000;
  while (!world.logs.some((line) => line.includes(text))) {
    assert.ok(Date.now() < deadline, `never printed: ${text}\n${world.logs.join('\n')}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('a defect of ours is printed under the reference that the person is shown, without the person', async () => {
  const alice = acme.person('alice');
  const { visitor } = await signIn(world, acme, alice);
  const { id } = await visitor.begin(alice.email);
  // A trigger makes the commit fail in the middle.
  await world.query("CREATE TRIGGER broken BEFORE INSERT ON session BEGIN SELECT raise(ABORT, 'planted'); END");
  const everything = () => world.snapshot();
  const before = await everything();
  const answer = await visitor.answer(acme.acsUrl, acme.mint(alice, id));
  await world.query('DROP TRIGGER broken');
  assert.equal(answer.status, 500);
  assert.deepEqual(await everything(), before, 'nothing was written');
  const shown = reference(answer.body);
  assert.ok(shown, answer.body);
  await printed(shown);
  assert.deepEqual(world.leaked(), []);
  assert.equal((await visitor.answer(acme.acsUrl, acme.mint(alice, id))).status, 303, 'the next try completes it');
});

test('a row that makes no sense is printed without what stands in it', async () => {
  const { visitor } = await signIn(world, acme, acme.person('bob'));
  const nonsense = 'no-address-but-personal';
  await world.query("UPDATE user SET email = ? WHERE email LIKE 'bob@%'", nonsense);
  const answer = await visitor.get('/vault');
  assert.equal(answer.status, 500);
  await printed(reference(answer.body) ?? 'a reference');
  assert.ok(!world.logs.some((line) => line.includes(nonsense)), world.logs.join('\n'));
  assert.ok(!answer.body.includes(nonsense));
});

test('a row of another type is printed without what stands in it', async () => {
  const carol = acme.person('carol');
  const { visitor } = await signIn(world, acme, carol);
  await world.query('ALTER TABLE user RENAME TO person');
  const columns = (await world.query("SELECT name FROM pragma_table_info('person')")).map(({ name }) => (name === 'version' ? 'email AS version' : name));
  await world.query(`CREATE VIEW user AS SELECT ${columns.join()} FROM person`);
  const answer = await visitor.get('/vault');
  await world.query('DROP VIEW user');
  await world.query('ALTER TABLE person RENAME TO user');
  assert.equal(answer.status, 500);
  await printed(reference(answer.body) ?? 'a reference');
  assert.deepEqual(world.leaked(), []);
  assert.equal((await visitor.get('/vault')).status, 200);
});

test('the search would find what it looks for', async () => {
  const person = acme.person('planted');
  world.logs.push(`a line about ${person.email}`);
  assert.deepEqual(world.leaked(), [person.email]);
  world.logs.pop();
});
