// @ts-check
// Every refusal code, audit event and policy that the code has is in a test that sees it take effect. They are read from the
// code: a new one that no test names fails here. What is not seen yet is listed here and nowhere else; take it from the list with
// its test.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../scripts/lib/run.mjs';

/** @param {string} folder @param {RegExp} wanted @returns {string[]} */
const files = (folder, wanted) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && wanted.test(entry.name)).map((entry) => join(entry.parentPath, entry.name));
const text = (/** @type {string} */ path) => readFileSync(path, 'utf8');
const source = (/** @type {string} */ path) => text(join(root, path)).split('#[cfg(test)]')[0];

/** What tests say, of Rust and of JavaScript, but this one. */
const rust = files('crates', /\.rs$/).map((path) => (/\/(tests|testkit)\//.test(path) || /\/tests\.rs$/.test(path) ? text(path) : text(path).split('#[cfg(test)]').slice(1).join())).join('\n');
const http = files('tests/worker', /\.mjs$/).filter((path) => !path.endsWith('enumerated.test.mjs')).map(text).join('\n');
const js = http + files('tests', /\.mjs$/).filter((path) => !path.includes('/worker/')).map(text).join('\n');
const vectors = files('tests/vectors', /\.(xml|txt|json|md)$/).map((path) => text(path).slice(0, 400)).join('\n');

/** The strings in the bodies of functions of that name. @param {string} path @param {RegExp} string */
function strings(path, string) {
  const bodies = [...source(path).matchAll(/fn (?:code|as_str)\(.*?\n {4}(?: {4}(?: {4})?)?\}\n/gs)].map(([body]) => body).join('\n');
  return [...new Set([...bodies.matchAll(string)].map(([, name]) => name))];
}
/** @param {string} corpus @param {string[]} names @param {string[]} notYet */
function seen(corpus, names, notYet) {
  const isNamed = (/** @type {string} */ name) => new RegExp(`["'\`\\s(]${name}["'\`\\s.,:)]`).test(corpus);
  assert.deepEqual(names.filter((name) => !isNamed(name) && !notYet.includes(name)), [], 'no test sees these');
  assert.deepEqual(notYet.filter((name) => !names.includes(name)), [], 'these are gone: take them from the list');
}

test('every code of a refusal of the engine is in a test', () => {
  const codes = strings('crates/saml/src/refusal.rs', /=> "([a-z0-9-]+)"/g);
  assert.ok(codes.length > 30, `${codes.length}`);
  seen(rust + js + vectors, codes, []);
});

test('every code by which a sign-in or a sign-out is refused is in a test over HTTP', () => {
  const codes = [...strings('crates/core/src/refusal.rs', /=> "([a-z0-9-]+)"/g), ...strings('crates/core/src/logout.rs', /=> "([a-z0-9-]+)"/g)];
  assert.ok(codes.length > 35, `${codes.length}`);
  seen(http, codes, []);
});

test('every code by which the API says no is in a test', () => {
  const codes = [
    ...[...source('crates/core/src/admin/refusal.rs').matchAll(/(?:Invalid|Conflict|Forbidden|NotFound|Outdated) "([a-z0-9-]+)" "/g)].map(([, code]) => code),
    ...['admin/refusal.rs', 'change.rs', 'domain.rs', 'policy.rs'].flatMap((path) => strings(`crates/core/src/${path}`, /=> "([a-z0-9-]+)"/g)),
    ...files('crates/worker/src/api', /\.rs$/).flatMap((path) => [...text(path).matchAll(/Problem::new\(\s*\d+,\s*"([a-z0-9-]+)"/g)].map(([, code]) => code)),
  ];
  assert.ok(codes.length > 50, `${codes.length}`);
  seen(rust + js, [...new Set(codes)], []);
});

test('every event is in a test that sees it written', () => {
  const events = strings('crates/core/src/audit.rs', /=> "([a-z_]+)"/g);
  assert.ok(events.length > 35, `${events.length}`);
  seen(js, events, []);
});

test('every policy is in a test that sees it take effect', () => {
  const policies = [...source('crates/core/src/policy.rs').matchAll(/^ {4}([a-z_]+), [A-Z]\w+, /gm)].map(([, name]) => name);
  assert.ok(policies.length > 20, `${policies.length}`);
  seen(js, policies, []);
});

test('every test that the threat model names is there', () => {
  const table = text(join(root, 'docs/threat-model.md')).split('\n').filter((line) => line.startsWith('| '));
  const at = table.indexOf('| lie | tried by |');
  assert.ok(at > 0);
  const names = table.slice(at + 1).flatMap((line) => [...line.split(' | ').slice(1).join().matchAll(/`([^`]+)`/g)].map(([, name]) => name));
  assert.ok(names.length > 30, `${names.length}`);
  const native = files('crates/vault/tests', /\.rs$/).map(text).join('\n');
  const isTest = (/** @type {string} */ name) => native.includes(`#[test]\nfn ${name}() {`) || js.includes(`test('${name}',`);
  assert.deepEqual(names.filter((name) => !isTest(name)), []);
});
