// @ts-check
// A long story, in which every byte that the browsers send is written down, and everything in the database (mails too), in KV and in the
// log: none of it has a key, a phrase or what is in the vault, in any encoding. And leaks that are made on purpose are found.
import { strict as assert } from 'node:assert';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { encodings, findLeaks, recordSecrets, startRecorder, textEncodings } from './leaks-support.mjs';
import { story } from './support.mjs';
import { startVaults } from './vault-support.mjs';

/** @typedef {import('./leaks-support.mjs').Secret} Secret */

/** @type {Awaited<ReturnType<typeof startVaults>>} */
let world;
/** @type {Awaited<ReturnType<typeof startRecorder>>} */
let recorder;
before(async () => {
  [world, recorder] = await Promise.all([startVaults(undefined, [], { KEYWARD_MAIL_FROM: 'keyward@deployment.test' }), startRecorder()]);
  await world.stack.query("INSERT INTO mail_settings (tenant, provider) SELECT id, 'deployment' FROM tenant");
});
after(async () => {
  recorder?.stop();
  await world?.stop();
});

/** Nonces have 12 bytes and are public. What has fewer is no key. @param {Secret} secret */
const isKey = ({ bytes }) => bytes.length >= 16;

test('what is planted is found in every encoding, and at every place in base64', () => {
  const key = Buffer.from(Array.from({ length: 32 }, (_, at) => (at * 37 + 11) % 256));
  const text = 'Grüße & "Küsse"/+~ 7';
  for (const [how, bytes] of [...encodings(key), ...textEncodings(text)]) {
    const place = Buffer.concat([Buffer.from('before'), bytes, Buffer.from('after')]);
    assert.notDeepEqual(findLeaks({ here: place }, [{ what: 'key', bytes: key }], [text]), [], how);
  }
  for (let before = 0; before < 7; before += 1) {
    for (let behind = 0; behind < 4; behind += 1) {
      const inside = Buffer.concat([Buffer.alloc(before, 0xa5), key, Buffer.alloc(behind, 0x5a)]).toString('base64');
      assert.notDeepEqual(findLeaks({ here: Buffer.from(inside) }, [{ what: 'key', bytes: key }], []), []);
    }
  }
  const packed = gzipSync(Buffer.concat([Buffer.from('{"key":"'), Buffer.from(key.toString('hex')), Buffer.from('"}')]));
  for (const hay of [packed, Buffer.from(`{"sent":"${packed.toString('base64')}"}`)]) assert.deepEqual(findLeaks({ here: hay }, [{ what: 'key', bytes: key }], []), ['key in here, packed, as hex']);
  assert.deepEqual(findLeaks({ here: Buffer.from('nothing of the kind') }, [{ what: 'key', bytes: key }], [text]), []);
});

test('a long story leaks nothing, and one leak on purpose is found', async () => {
  /** @type {Secret[]} */
  const secrets = [];
  const texts = ['Zahnrad-Quittung 4711', 'mallory.was@here.example', 'pässwörd "quoted" & 7', 'https://intranet.example/very/own', 'a note\nof two lines', 'Geheimfach', 'changed-username-9'];
  const [title, username, password, website, note, folder, changed] = texts;
  const options = { proxy: recorder.proxy };
  const places = async () => ({ 'what was sent': recorder.sent(), 'the database': Buffer.from(JSON.stringify(await world.stack.snapshot())), KV: Buffer.from(JSON.stringify(await world.stack.kvEntries())), 'the log': Buffer.from(world.stack.logs.join('\n')) });
  /** @type {string[]} */
  let phrase = [];
  await story(world.browser, 'leaks', async (one, context) => {
    await recordSecrets(context, secrets);
    await world.signIn(one);
    await world.reaches(one, 'open');
    await one.getByRole('button', { name: 'New folder' }).click();
    await one.getByLabel('Name', { exact: true }).fill(folder);
    await one.getByRole('button', { name: 'Make folder' }).click();
    await one.getByText('This folder is empty.').waitFor();
    await world.save(one, { title, username, password, website, note, folder });
    await one.getByRole('button', { name: 'Edit' }).click();
    await one.getByLabel('Username').fill(changed);
    await one.getByRole('button', { name: 'Generate' }).click();
    texts.push(await one.getByLabel('Password', { exact: true }).inputValue());
    await one.getByRole('button', { name: 'Save', exact: true }).click();
    await one.getByRole('heading', { name: title, level: 2 }).waitFor();
    await one.getByLabel('Search').fill('Zahnrad');
    await one.getByRole('button', { name: 'Move to trash' }).click();
    await one.getByText('Moved to the trash.').waitFor();
    await one.getByRole('button', { name: 'Undo' }).click();
    await one.getByText('Restored.').waitFor();
    // What comes in as a file of another program, and goes out under a password.
    await one.goto(`${world.stack.origin}/vault/import`);
    await world.reaches(one, 'open');
    const brought = ['Kassenbuch-Altbestand 88', 'br0ught!in pässword'];
    await one.locator('#file').setInputFiles({ name: 'passwords.csv', mimeType: 'text/csv', buffer: Buffer.from(`name,url,username,password,note\r\n${brought[0]},https://brought.example/,b,${brought[1]},\r\n`) });
    await one.getByRole('button', { name: 'Import 1 item' }).click();
    await one.getByRole('heading', { name: '1 item is in your vault.' }).waitFor();
    const filePassword = 'thrice-upon-a-paperclip 31';
    texts.push(...brought, filePassword);
    await one.goto(`${world.stack.origin}/vault/export`);
    await world.reaches(one, 'open');
    for (const how of ['Table (CSV)', 'Encrypted, under a password']) {
      await one.getByLabel(how).check();
      if (how.startsWith('Enc')) for (const label of ['Password', 'The same again']) await one.getByLabel(label, { exact: true }).fill(filePassword);
      await Promise.all([one.waitForEvent('download'), one.getByRole('button', { name: 'Export', exact: true }).click()]);
    }
    phrase = await world.makePhrase(one);
    await one.goto(`${world.stack.origin}/vault/devices`);
    await world.reaches(one, 'open');
    // Any three words in a row would be a good part of it.
    for (let at = 0; at + 3 <= phrase.length; at += 3) texts.push(phrase.slice(at, at + 3).join(' '));

    await story(world.browser, 'leaks, the second', async (two, itsContext) => {
      await recordSecrets(itsContext, secrets);
      await world.signIn(two);
      await world.reaches(two, 'waiting');
      const words = (await two.locator('#status .phrase span').allInnerTexts()).join(' ');
      await one.locator(`#waiting input[value="${words}"]`).check();
      await one.getByRole('button', { name: 'Let in' }).click();
      await world.reaches(two, 'open');
    }, options);
    // New keys for both, and for the phrase. What the server had on purpose before, it had.
    const shares = (await world.stack.query('SELECT share FROM device')).map(({ share }) => share);
    await one.locator('#keys').getByRole('button', { name: 'Change the keys' }).click();
    await one.locator('dialog').getByRole('button', { name: 'Change the keys' }).click();
    await one.getByText('Your vault has new keys.').waitFor();
    await story(world.browser, 'leaks, the third', async (three, itsContext) => {
      await recordSecrets(itsContext, secrets);
      await world.signIn(three);
      await world.reaches(three, 'waiting');
      await three.getByLabel('Or type your recovery phrase: 24 words').fill(phrase.join(' '));
      await three.getByRole('button', { name: 'Use the phrase' }).click();
      await world.reaches(three, 'open');
      await three.locator('#list button').first().click();
      await three.getByRole('button', { name: 'Reveal' }).click();
    }, options);
    // An admin's keys, her consent to them, and a browser that the admin lets in.
    await story(world.browser, 'leaks, the admin', async (admin, itsContext) => {
      await recordSecrets(itsContext, secrets);
      await world.signIn(admin, '/vault/items', 'bob@acme.test');
      await world.reaches(admin, 'open');
      await world.empower('bob@acme.test');
      await admin.goto(`${world.stack.origin}/admin/approvals`);
      await admin.getByRole('button', { name: 'Make the keys' }).click();
      await admin.locator('#record').waitFor();
      // A recovery kit, and the keys back from it.
      await admin.getByRole('button', { name: 'Make a recovery kit' }).click();
      await admin.locator('#kit-words').waitFor();
      const kit = await admin.locator('#kit-words li').allInnerTexts();
      for (let at = 0; at + 3 <= kit.length; at += 3) texts.push(kit.slice(at, at + 3).join(' '));
      const [saved] = await Promise.all([admin.waitForEvent('download'), admin.getByRole('button', { name: 'Save the file' }).click()]);
      await world.stack.query('DELETE FROM tenant_grant');
      await admin.reload();
      await admin.getByText('Use a recovery kit').click();
      await admin.getByLabel('The kit\u2019s file').setInputFiles(await saved.path());
      await admin.getByLabel('Its 24 words').fill(kit.join(' '));
      await admin.getByRole('button', { name: 'Bring the keys back' }).click();
      await admin.getByText('You hold the keys again.').waitFor();
      await one.goto(`${world.stack.origin}/vault/devices`);
      await one.getByRole('button', { name: 'I agree' }).click();
      await one.getByText('You agreed on').waitFor();
      await story(world.browser, 'leaks, the fourth', async (four, context4) => {
        await recordSecrets(context4, secrets);
        await world.signIn(four);
        await world.reaches(four, 'waiting');
        await four.getByRole('button', { name: 'Ask an admin to let this browser in' }).click();
        const words = (await four.locator('#status .phrase span').allInnerTexts()).join(' ');
        await admin.locator(`#queue input[value="${words}"]`).check();
        await admin.locator('#queue').getByRole('button', { name: 'Let in' }).click();
        await world.reaches(four, 'open');
      }, options);
      // A vault that is handed over.
      const handed = ['Serverraum-Zugang 12', 'hunter2-of-who-left'];
      texts.push(...handed);
      await story(world.browser, 'leaks, who leaves', async (dora, context5) => {
        await recordSecrets(context5, secrets);
        await world.signIn(dora, '/vault/items', 'dora@acme.test');
        await world.reaches(dora, 'open');
        await world.save(dora, { title: handed[0], password: handed[1] });
        await dora.goto(`${world.stack.origin}/vault/devices`);
        await dora.getByRole('button', { name: 'I agree' }).click();
        await dora.getByText('You agreed on').waitFor();
      }, options);
      await world.stack.query("UPDATE user SET status = 'locked', version = version + 1 WHERE email = 'dora@acme.test'");
      await admin.getByLabel('E-mail of who left').fill('dora@acme.test');
      await admin.getByLabel('E-mail of who takes over').fill('alice@acme.test');
      await admin.getByRole('button', { name: 'Hand over' }).click();
      await admin.locator('dialog').getByRole('button', { name: 'The words are the same' }).click();
      await admin.getByText('alice@acme.test finds it in their vault.').waitFor();
      await one.goto(`${world.stack.origin}/vault/items`);
      await one.getByRole('button', { name: 'Bring the items in' }).click();
      await one.getByText('1 item is in your vault.').waitFor();
      // And the organisation's keys, begun anew.
      await world.stack.query('DELETE FROM tenant_grant');
      await admin.reload();
      await admin.getByText('Nobody has a recovery kit').click();
      await admin.getByRole('button', { name: 'Begin the keys anew' }).click();
      await admin.locator('dialog').getByLabel('To go on, type: begin anew').fill('begin anew');
      await admin.locator('dialog').getByRole('button', { name: 'Begin anew' }).click();
      await admin.locator('#holders').getByText('approval, signing, transfer').waitFor();
      const anew = (await admin.locator('#keys .phrase').first().locator('span').allInnerTexts()).join(' ');
      await one.goto(`${world.stack.origin}/vault/devices`);
      await one.locator(`#escrow input[value="${anew}"]`).check();
      await one.getByRole('button', { name: 'I agree' }).click();
      await one.getByText('You agreed on').waitFor();
    }, options);
    await world.signOut(one);

    shares.push(...(await world.stack.query('SELECT share FROM device')).map(({ share }) => share));
    const keys = secrets.filter(isKey).filter(({ bytes }) => !shares.includes(bytes.toString('base64')));
    assert.equal(new Set(shares).size, 8, 'of two before the change, and of six after');
    // What the server has on purpose, once a wrap: half of what opens it.
    assert.equal(secrets.filter(isKey).length - keys.length, 8);
    for (const what of ['randomness', 'agreed bits', 'private key']) assert.ok(keys.some((it) => it.what === what), what);
    const before = await places();
    assert.ok(before['what was sent'].length > 50_000);
    for (const path of ['recovery/use', 'keys/move', 'organisation/approve', 'organisation/regain', 'organisation/transfer', 'escrow/took-over', 'exported']) assert.ok(before['what was sent'].includes(`POST ${world.stack.origin}/vault/${path} `), path);
    for (const event of ['account_recovery_used', 'vault_transferred', 'escrow_keys_begun_anew']) assert.ok(before['the database'].includes(event), event);
    assert.notEqual((await world.stack.query('SELECT count(*) AS mails FROM mail_outbox'))[0].mails, 0);
    console.log(`  ${keys.length} keys and ${texts.length} texts, ${before['what was sent'].length.toLocaleString('en')} bytes sent, ${before['the database'].length.toLocaleString('en')} kept`);
    assert.deepEqual(findLeaks(before, keys, texts), []);

    // One of each on purpose: over the network, and into the database.
    const key = keys.find(({ bytes }) => bytes.length === 32) ?? keys[0];
    await one.goto(`${world.stack.origin}/?debug=${key.bytes.toString('base64url')}`);
    await world.stack.query("UPDATE tenant SET name = name || ?", title.toUpperCase());
    const leaks = findLeaks(await places(), keys, texts);
    assert.ok(leaks.some((leak) => /in what was sent as base64url/.test(leak)), String(leaks));
    assert.ok(leaks.some((leak) => /text 0 in the database as upper case/.test(leak)), String(leaks));
  }, options);
});
