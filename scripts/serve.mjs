// @ts-check
// The running half of `npm start` (Node ≥ 22): workerd with local data, the demo tenant and the demo identity provider.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { people, startDemoIdp } from '../tests/idp/samlp/server.mjs';
import { selfSigned } from './lib/certificate.mjs';
import { Failure, fail, root, step } from './lib/run.mjs';
import { migrate, startWorkerd } from './lib/workerd.mjs';
import { apply, seedTenant } from './seed.mjs';

const [port, idpPort, fresh] = process.argv.slice(2);
const local = join(root, '.keyward', 'local');
const origin = `http://localhost:${port}`;

/** What is made once and kept: secrets and the demo's keys. @param {string} name @param {() => string} make */
function kept(name, make) {
  const path = join(local, name);
  if (!existsSync(path)) writeFileSync(path, make(), { mode: 0o600 });
  return readFileSync(path, 'utf8');
}

async function main() {
  if (fresh === 'fresh') rmSync(local, { recursive: true, force: true });
  mkdirSync(local, { recursive: true });
  const masterKey = Buffer.from(kept('master-key', () => randomBytes(32).toString('base64')), 'base64');
  const operatorToken = kept('operator-token', () => randomBytes(32).toString('base64url'));
  const pair = JSON.parse(kept('demo-idp.json', () => JSON.stringify(selfSigned('Keyward demo identity provider'))));

  const workerd = await step(`Start the Worker in workerd on port ${port}`, () => startWorkerd({
    ports: [Number(port)],
    persist: join(local, 'state'),
    // Here everybody comes from one network.
    limit: 1_000_000,
    bindings: { KEYWARD_ORIGIN: origin, KEYWARD_LOCAL: '1', KEYWARD_MASTER_KEY: masterKey.toString('base64'), KEYWARD_OPERATOR_TOKEN: operatorToken },
  }));
  const idp = await step(`Start the demo identity provider on port ${idpPort}`, () => startDemoIdp({ port: Number(idpPort), keys: pair }));
  const connection = await step('Migrate and seed the local database', async () => {
    await migrate(workerd.database);
    const known = await workerd.database.prepare("SELECT connection AS id, idp_entity_id FROM connection_configuration JOIN connection ON connection.id = connection_configuration.connection WHERE sso_name = 'acme'").first();
    if (known && known.idp_entity_id === idp.entityId) return String(known.id);
    if (known) throw new Failure('The local data is for another demo address.', 'Start with `npm start -- --fresh`, or with the --idp-port of last time.');
    const { statements, connections } = seedTenant(masterKey, {
      name: 'Acme',
      connections: [{
        ssoName: 'acme', domains: ['acme.test'], idpName: 'Demo IdP', idpEntityId: idp.entityId, ssoUrl: idp.ssoUrl,
        certificates: [pair.base64], idpInitiated: true, idpInitiatedPaths: ['/vault/activity'],
      }],
    });
    await apply(workerd.database, statements);
    return connections[0];
  });
  const { certificate } = await workerd.database.prepare("SELECT certificate FROM sp_key WHERE connection = ? AND purpose = 'sign' AND status = 'active'").bind(connection).first();
  idp.register({
    name: 'Keyward',
    entityId: `${origin}/saml/${connection}/metadata`,
    acsUrl: `${origin}/saml/${connection}/acs`,
    startUrl: `${origin}/saml/${connection}/start`,
    certificate: `-----BEGIN CERTIFICATE-----\n${certificate}\n-----END CERTIFICATE-----`,
  });

  // Who begins outside single sign-on does so by a link; here there is one until somebody has.
  const { tenant, begun } = await workerd.database.prepare('SELECT c.tenant, EXISTS (SELECT 1 FROM outside_admin o WHERE o.tenant = c.tenant) AS begun FROM connection c WHERE c.id = ?').bind(connection).first();
  const asked = begun ? undefined : await fetch(`${origin}/api/v1/operator/tenants/${tenant}/set-up-token`, { method: 'POST', headers: { authorization: `Bearer ${operatorToken}` } });
  const admin = asked?.ok ? (await asked.json()).set_up_link : `${origin}/admin/sign-in`;
  const insiders = people.filter((person) => person.email.endsWith('@acme.test')).map((person) => person.email);
  console.log(`
  Keyward is at         ${origin}
  Sign in as            ${insiders.join(' or ')}  (or by SSO name: acme)
  As its first admin    ${admin}
  Demo IdP, its tiles   ${idp.origin}
  End everything with   Ctrl-C
`);
  let isEnding = false;
  const end = async () => {
    if (isEnding) return;
    isEnding = true;
    await Promise.allSettled([idp.stop(), workerd.stop()]);
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect']) process.on(signal, end);
}

main().catch((error) => {
  if (error?.code === 'EADDRINUSE' || /address already in use/i.test(String(error?.message))) {
    fail(new Failure('A port is taken.', `Choose others: \`npm start -- --port 9787 --idp-port 9788\` (now ${port} and ${idpPort}).`));
  }
  fail(error);
});
