// @ts-check
// What the console takes away of the audit log, where text that a spreadsheet runs is text; and whom it reads out of a CSV file.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFileSync } from 'node:fs';
import { EVENTS, csv, jsonLines } from '../../www/app/admin/audit.js';
import { peopleOf, planOf, readCsv } from '../../www/app/admin/people.js';

const event = { id: 'e_1', time: '2026-11-24T13:04:05Z', event: 'login_failure', code: 'audience', reference: 'KW-1', actor: null, subject: null, connection: 'c_1', node: null, ip: '192.0.2.1', user_agent: '=HYPERLINK("https://evil.test")', device: null, detail: 'It said “a,b”\nand "c".', repeats: 0 };

test('CSV (RFC 4180) keeps commas, quotes and lines in their fields, and makes no formula of anything', () => {
  const [head, ...rest] = csv([event]).split('\r\n');
  assert.equal(head, 'time,event,code,reference,actor,subject,connection,node,ip,user_agent,device,detail,repeats,id');
  assert.equal(rest.join('\r\n'), '2026-11-24T13:04:05Z,login_failure,audience,KW-1,,,c_1,,192.0.2.1,"\'=HYPERLINK(""https://evil.test"")",,"It said “a,b”\nand ""c"".",0,e_1\r\n');
  // A browser may call itself anything, and spreadsheets of some languages end a cell at a semicolon or a line, in quotes or not.
  for (const [before, bad] of [['Mozilla/5.0 (X11;', '=1'], ['x\n', '@x']]) assert.ok(csv([{ ...event, user_agent: before + bad }]).includes(`"${before}'${bad}"`), bad);
  for (const bad of ['=1', '+1', '-1', '@x', '\t=1']) assert.ok(csv([{ ...event, detail: bad }]).includes(`'${bad}`), bad);
});

test('JSON lines are one event a line', () => {
  const lines = jsonLines([event, event]).split('\n');
  assert.equal(lines.length, 3);
  assert.deepEqual(JSON.parse(lines[0]), event);
});

test('people are read out of the files that directories write', () => {
  const alice = [{ email: 'alice@acme.test', name: 'Müller, Alice' }];
  for (const text of [
    'email,name\nalice@acme.test,"Müller, Alice"\n', '\ufeffName;E-Mail Address\r\n"Müller, Alice";alice@acme.test\r\n', 'x,mail,name\n,alice@acme.test,"Müller, Alice"\n\n,,\n',
  ]) assert.deepEqual(peopleOf(text), alice, text);
  assert.deepEqual(readCsv('a,"b ""c""\nd",\n'), [['a', 'b "c"\nd', '']]);
  assert.deepEqual(readCsv('a,b,'), [['a', 'b']]);
  assert.throws(() => readCsv('a,b\n"c,d\n'), /Line 2/);
  assert.throws(() => peopleOf('x@acme.test\n'.repeat(501)), /501 people/);
  assert.deepEqual(peopleOf(''), []);
});

test('what cannot be invited is told before anybody is asked', () => {
  const plan = planOf(peopleOf('email,name\nAlice@acme.test,Alice\nnobody,X\nalice@ACME.test,Again\n,Y\n'));
  assert.deepEqual(plan.map(({ email, problem }) => [email, problem]), [['Alice@acme.test', ''], ['nobody', 'Not an e-mail address'], ['alice@ACME.test', 'Stands above already'], ['', 'Not an e-mail address']]);
});

test('a file of several pages has the names of its columns once', () => {
  assert.equal(csv([event], true) + csv([event], false), csv([event, event]));
});

test('every event that the code writes down can be filtered by', () => {
  const known = [...readFileSync('crates/core/src/audit.rs', 'utf8').matchAll(/Event::\w+ => "([a-z_]+)"/g)].map(([, name]) => name);
  assert.ok(known.length > 40, `${known.length}`);
  assert.deepEqual(known.filter((name) => !EVENTS.includes(name)), []);
  assert.deepEqual(EVENTS, [...new Set(EVENTS)].sort());
});
