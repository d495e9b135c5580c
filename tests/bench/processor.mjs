// @ts-check
// What the Worker's own code costs the processor: of a start, and of an answer. D1 runs in a process of its own, so that workerd has
// the Worker, its binding and HTTP; then the same requests are answered by an empty Worker in the same process, with the same trips to D1, the
// same statements and answers, and the same reply (tests/support/d1-apart-entry.mjs). The difference is the code that is ours.
// Prints a table, and writes tests/output/bench-processor.json.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildWorker } from '../../scripts/build.mjs';
import { install } from '../../scripts/lib/install.mjs';
import { root } from '../../scripts/lib/run.mjs';
import { startWorld } from '../worker/support/world.mjs';
import { used, workerds } from './workerd.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 300);
const RUNS = 3;

await install();
await buildWorker();
const world = await startWorld({ d1Apart: true });

const found = workerds();
if (found.length !== 2) throw new Error(`${found.length} processes of workerd are children of this one`);
const [database, worker] = found;

const organisation = await world.organisation({}, { seats: 1_000_000 });
let count = 0;
const begin = async (/** @type {any} */ person) => {
  const visitor = world.visitor();
  const { id } = await visitor.begin(person.email);
  return { visitor, person, response: organisation.mint(person, id) };
};
const answer = async (/** @type {any} */ { visitor, response }) => {
  const { status } = await visitor.answer(organisation.acsUrl, response);
  if (status !== 303) throw new Error(`a sign-in ended with ${status}`);
};
/** One after the other. @template T @param {T[]} list @param {(it: T) => Promise<unknown>} act */
async function phase(list, act) {
  const before = [used(worker), used(database)];
  for (const it of list) await act(it);
  return { worker: (used(worker) - before[0]) / list.length, database: (used(database) - before[1]) / list.length };
}
const empty = async (/** @type {boolean} */ on) => { await fetch(`${world.origin}/__empty?on=${on}`); };

async function run() {
  const people = Array.from({ length: ROUNDS }, () => organisation.person(`p${(count += 1)}`));
  const ready = [];
  for (const person of people) ready.push(await begin(person));
  const first = await phase(ready, answer);
  /** @type {any[]} */
  const again = [];
  const start = await phase(people, async (person) => again.push(await world.visitor().begin(person.email)));
  const known = [];
  for (const person of people) known.push(await begin(person));
  const answered = await phase(known, answer);
  await empty(true);
  const emptyStart = await phase(people, (person) => world.visitor().post('/sign-in', { who: person.email }));
  const emptyAnswer = await phase(known, ({ visitor, response }) => visitor.answer(organisation.acsUrl, response));
  const nothing = await phase(people, () => world.visitor().get('/health'));
  await empty(false);
  return { start, first, known: answered, emptyStart, emptyAnswer, nothing };
}

await run(); // What is compiled on the way is compiled now.
/** @type {Awaited<ReturnType<typeof run>>[]} */
const runs = [];
for (let at = 0; at < RUNS; at += 1) runs.push(await run());
await world.stop();

const middle = (/** @type {number[]} */ list) => [...list].sort((one, two) => one - two)[Math.floor(list.length / 2)];
const of = (/** @type {(it: typeof runs[number]) => number} */ pick) => runs.map(pick);
const ms = (/** @type {number[]} */ list) => `${middle(list).toFixed(2).padStart(7)}  (${Math.min(...list).toFixed(2)} to ${Math.max(...list).toFixed(2)})`;
console.log(`\n  ms of processor a request, ${RUNS} runs of ${ROUNDS}`);
for (const [what, pick, none] of /** @type {const} */ ([['start of a sign-in', 'start', 'emptyStart'], ['answer, first sign-in', 'first', 'emptyAnswer'], ['answer, known person', 'known', 'emptyAnswer']])) {
  console.log(`  ${what.padEnd(24)} with HTTP and the binding ${ms(of((it) => it[pick].worker))}`);
  console.log(`  ${''.padEnd(24)} an empty Worker instead  ${ms(of((it) => it[none].worker))}`);
  console.log(`  ${''.padEnd(24)} our own code             ${ms(of((it) => it[pick].worker - it[none].worker))}`);
  console.log(`  ${''.padEnd(24)} D1, elsewhere            ${ms(of((it) => it[pick].database))}`);
}
console.log(`  ${'nothing, and no trip'.padEnd(24)} an empty Worker          ${ms(of((it) => it.nothing.worker))}\n`);
mkdirSync(join(root, 'tests', 'output'), { recursive: true });
writeFileSync(join(root, 'tests', 'output', 'bench-processor.json'), JSON.stringify(runs, null, 2));
