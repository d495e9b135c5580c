// @ts-check
// What pages find out about records by themselves: which are there already, which passwords are reused or weak.
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { match } from '../../www/app/matching.js';
import { report } from '../../www/app/report.js';

/** @param {Partial<import('../../www/app/items.js').Item>} values @returns {import('../../www/app/items.js').Item} */
const item = (values) => ({ title: 'Shop', url: 'https://www.shop.example/login', username: 'ann', password: 'x', ...values });

test('a record is new, the same, another for the same place, or twice in the file', () => {
  const existing = [item({}), item({ type: 'note', title: 'Door', url: undefined, username: undefined, password: undefined, note: '4711' })];
  const states = match([
    item({ title: 'Another name', url: 'http://SHOP.example:443'.replace(':443', ''), username: 'ANN' }),
    item({ password: 'y' }),
    item({ username: 'bob' }),
    item({ username: 'bob' }),
    item({ username: 'bob', password: 'z' }),
    item({ type: 'note', title: 'door ', url: undefined, username: undefined, password: undefined, note: '4711' }),
    item({ type: 'note', title: 'Door', url: undefined, username: undefined, password: undefined, note: 'other' }),
    item({ url: 'https://shop.example.evil.test/' }),
    item({ url: 'https://ann@shop.example/' }),
  ], existing);
  assert.deepEqual(states, ['same', 'differs', 'new', 'twin', 'new', 'same', 'differs', 'new', 'same']);
  assert.deepEqual(match([], existing), []);
});

test('twenty thousand records against as many are one pass', () => {
  const many = Array.from({ length: 20_000 }, (_, at) => item({ url: `https://${at}.example/` }));
  assert.ok(match(many, many).every((state) => state === 'same'));
});

test('reused and weak passwords are found, and nothing of what is thrown away', () => {
  const of = (/** @type {string} */ id, /** @type {string} */ password, trashed = 0) => ({ ...item({ password, trashed }), id });
  const found = report([of('a', 'tK7#mQ2v-Lr9x'), of('b', 'tK7#mQ2v-Lr9x'), of('c', 'short'), of('d', '1234567890123'), of('e', 'hQ7#mZ2v-Lr9x'), of('f', 'short', 1)]);
  assert.deepEqual([...found], [['a', 'Used in 2 items'], ['b', 'Used in 2 items'], ['c', 'Weak'], ['d', 'Weak']]);
  // What zxcvbn guesses easily is weak too.
  assert.deepEqual([...report([of('e', 'Password1234!')], new Map([['Password1234!', 1]]))], [['e', 'Weak']]);
});
