// @ts-check
// The examples, run as whoever copies them would: beside the installed package.
import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { root } from '../../scripts/lib/run.mjs';
import { assertAccessible, startBrowser, story } from '../browser/support.mjs';
import { installPacked, runNode } from './support.mjs';

/** @type {Awaited<ReturnType<typeof installPacked>>} */
let consumer;
before(async () => (consumer = await installPacked()));
after(() => consumer?.remove());

test('the examples hold to the types', async () => {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['--noEmit', '--allowJs', '--checkJs', '--strict', '--skipLibCheck', '--target', 'es2024', '--lib', 'es2024,dom,dom.iterable', '--module', 'nodenext', '--types', 'node', '--typeRoots', join(root, 'node_modules', '@types')];
  symlinkSync(join('..', 'node_modules', 'keyward'), join(consumer.folder, 'browser', 'keyward'), 'junction');
  const said = await runNode(consumer.folder, [tsc, ...options, ...['node/service.mjs', 'node/service.test.mjs', 'browser/page.mjs', 'browser/serve.mjs']]).catch((error) => error.stdout || String(error));
  assert.equal(said, '');
});

test('the service’s own test passes', async () => {
  const said = await runNode(join(consumer.folder, 'node'), ['--test', '--test-reporter=tap']);
  assert.match(said, /^# pass [1-9]/m);
  assert.match(said, /^# fail 0$/m);
});

test('the service starts from the metadata of an identity provider', async () => {
  const metadata = `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com"><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>${await mint('(await import("keyward/testing")).testIdp().certificate.replace(/-----[^-]+-----/g, "")')}</X509Certificate></X509Data></KeyInfo></KeyDescriptor><SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example.com/sso"/></IDPSSODescriptor></EntityDescriptor>`;
  writeFileSync(join(consumer.folder, 'node', 'idp-metadata.xml'), metadata);
  const service = spawn(process.execPath, ['service.mjs', 'idp-metadata.xml'], { cwd: join(consumer.folder, 'node'), stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await new Promise((resolve, reject) => {
      service.stdout.once('data', resolve);
      service.once('exit', () => reject(new Error('It ended.')));
    });
    const { status, headers } = await fetch('http://localhost:3000/sign-in', { redirect: 'manual' });
    assert.equal(status, 302);
    assert.match(headers.get('location') ?? '', /^https:\/\/idp\.example\.com\/sso\?SAMLRequest=/);
  } finally {
    service.kill();
  }
});

/** What an expression is, in the folder of the consumer. @param {string} expression */
const mint = (expression) => runNode(consumer.folder, ['--input-type=module', '--eval', `process.stdout.write(String(${expression}))`]);

test('the page verifies in Chromium, and says why it refuses', async () => {
  const sp = { acsUrl: 'https://app.example.com/acs', spEntityId: 'https://app.example.com' };
  const { response, idp } = JSON.parse(await mint(`JSON.stringify((await import('keyward/testing')).mintResponse({ ...${JSON.stringify(sp)}, now: Date.now(), inResponseTo: '_1', attributes: { Email: 'alice@example.com' } }))`));
  const { server } = await import(pathToFileURL(join(consumer.folder, 'browser', 'serve.mjs')).href);
  await new Promise((/** @type {(value?: unknown) => void} */ resolve) => server.listen(0, 'localhost', resolve));
  const browser = await startBrowser();
  try {
    await story(browser, 'the example page', async (page) => {
      await page.goto(`http://localhost:${server.address().port}/`);
      await page.getByLabel(/^Response/).fill(response);
      await page.getByLabel(/^Certificate/).fill(idp.certificates[0]);
      await page.getByLabel('Entity ID of the identity provider').fill(idp.entityId);
      await page.getByLabel('Entity ID of the service').fill(sp.spEntityId);
      await page.getByLabel('Address that it was posted to').fill(sp.acsUrl);
      await page.getByLabel(/^Request that it answers/).fill('_1');
      await page.getByRole('button', { name: 'Check' }).click();
      await page.getByRole('heading', { name: 'Accepted' }).waitFor();
      await page.getByText('alice@example.com').waitFor();
      await assertAccessible(page);

      // By keyboard, and another service's.
      await page.getByLabel('Entity ID of the service').fill('https://other.example.com');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Refused' }).waitFor();
      assert.equal(await page.locator('output pre').textContent(), 'audience');
      await assertAccessible(page);

      await page.getByLabel(/^Response/).fill(response.slice(0, -400));
      await page.getByRole('button', { name: 'Check' }).click();
      await page.getByText(/^(base64|xml-malformed)$/).waitFor();
    });
  } finally {
    await browser.close();
    server.close();
    server.closeAllConnections();
  }
});
