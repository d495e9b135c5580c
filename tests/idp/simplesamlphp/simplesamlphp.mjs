// @ts-check
// A real SimpleSAMLphp, served by PHP's own web server and configured by the test that starts it.
//
// Its site is 127.0.0.1; the Worker's is localhost. SimpleSAMLphp reads its files at each request, so `serve` takes
// effect without a restart.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { selfSigned } from '../../../scripts/lib/certificate.mjs';
import { freePort } from '../../support/stack.mjs';
import { simpleSamlPhp } from './debian-package.mjs';

/**
 * What SimpleSAMLphp knows of one service provider. Anything of `saml20-sp-remote` may be given in `more`.
 * @typedef {object} Sp
 * @property {string} entityId
 * @property {string} acsUrl
 * @property {string} [sloUrl]
 * @property {boolean} [signResponse] default: true
 * @property {boolean} [signAssertion] default: true
 * @property {string} [signatureAlgorithm] default: rsa-sha256
 * @property {string} [signingCertificate] base64 DER; given, our AuthnRequests have to be signed by it
 * @property {string} [encryptionCertificate] base64 DER; given, assertions are encrypted to it
 * @property {string} [nameIdFormat] default: persistent
 * @property {Record<string, unknown>} [more]
 *
 * @typedef {object} User
 * @property {string} username
 * @property {string} password
 * @property {Record<string, string[]>} attributes of which `uid` becomes the NameID and is not sent itself
 *
 * @typedef {object} SimpleSamlPhp
 * @property {string} origin
 * @property {string} entityId
 * @property {string} ssoUrl
 * @property {string} sloUrl
 * @property {string} metadataUrl
 * @property {string} certificate base64 DER, the one it signs with
 * @property {User[]} users
 * @property {(sps: Sp[]) => Promise<void>} serve replaces what it knows of service providers
 * @property {(spEntityId: string, relayState?: string) => string} unsolicitedUrl where a person picks the app at the IdP
 * @property {() => string} log what PHP and SimpleSAMLphp printed
 * @property {() => Promise<void>} stop
 */

const NAME_ID_PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';

/** @type {User[]} */
const PEOPLE = [
  person('alice', 'Alice', 'Adams'),
  person('bob', 'Bob', 'Bäcker & Söhne'), // an umlaut and an ampersand, as real directories have
];

/** @param {string} username @param {string} first @param {string} last @returns {User} */
function person(username, first, last) {
  const attributes = { uid: [`${username}-0001`], Email: [`${username}@acme.test`], First: [first], Last: [last] };
  return { username, password: `${username}-password`, attributes };
}

/**
 * @param {{ sps?: Sp[], users?: User[], port?: number }} [options]
 * @returns {Promise<SimpleSamlPhp>}
 */
export async function startSimpleSamlPhp({ sps = [], users = PEOPLE, port } = {}) {
  const program = await simpleSamlPhp();
  const folder = await mkdtemp(join(tmpdir(), 'keyward-simplesamlphp-'));
  try {
    const certificate = await makeKey(folder);
    // Another program may take a port between our look and PHP's bind; then PHP says so and ends.
    for (let attempt = 1; ; attempt += 1) {
      const site = describe(port ?? (await freePort()));
      await configure(folder, program, site, users);
      await serveTo(folder, sps);
      const server = await start(folder, program, site);
      if (server) return { ...site, certificate, users, serve: (list) => serveTo(folder, list), ...server };
      if (port !== undefined || attempt === 3) throw new Error(`port ${port ?? 'of SimpleSAMLphp'} is taken`);
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** @param {number} port */
function describe(port) {
  const origin = `http://127.0.0.1:${port}`;
  const ssoUrl = `${origin}/saml2/idp/SSOService.php`;
  return {
    origin,
    // Random, so that an answer proves that it is our own process that gave it.
    entityId: `${origin}/idp/${randomBytes(6).toString('hex')}`,
    ssoUrl,
    sloUrl: `${origin}/saml2/idp/SingleLogoutService.php`,
    metadataUrl: `${origin}/saml2/idp/metadata.php`,
    /** @param {string} spEntityId @param {string} [relayState] */
    unsolicitedUrl(spEntityId, relayState) {
      const query = new URLSearchParams({ spentityid: spEntityId });
      if (relayState !== undefined) query.set('RelayState', relayState);
      return `${ssoUrl}?${query}`;
    },
  };
}

/** @param {string} folder @returns {Promise<string>} the certificate */
async function makeKey(folder) {
  const pair = selfSigned('SimpleSAMLphp');
  await writeFile(join(folder, 'idp.key'), pair.key);
  await writeFile(join(folder, 'idp.crt'), pair.certificate);
  return pair.base64;
}

/** @param {string} folder @param {string} program @param {ReturnType<typeof describe>} site @param {User[]} users */
async function configure(folder, program, site, users) {
  for (const name of ['metadata', 'sessions', 'data', 'log', 'temp']) await mkdir(join(folder, name), { recursive: true });
  await php(join(folder, 'config.php'), 'config', {
    baseurlpath: `${site.origin}/`,
    certdir: folder,
    metadatadir: join(folder, 'metadata'),
    datadir: join(folder, 'data'),
    loggingdir: join(folder, 'log'),
    tempdir: join(folder, 'temp'),
    basedir: `${program}/`,
    secretsalt: randomBytes(16).toString('hex'),
    'auth.adminpassword': randomBytes(16).toString('hex'),
    timezone: 'UTC',
    'logging.handler': 'stderr',
    'logging.level': 5,
    'enable.saml20-idp': true,
    'module.enable': { exampleauth: true, core: true, saml: true },
    'store.type': 'phpsession',
    'session.phpsession.savepath': join(folder, 'sessions'),
    'session.cookie.secure': false,
    // Where it may send people on to after a logout.
    'trusted.url.domains': ['127.0.0.1:9'],
    'metadata.sources': [{ type: 'flatfile', directory: join(folder, 'metadata') }],
  });
  await php(join(folder, 'authsources.php'), 'config', {
    people: { 0: 'exampleauth:UserPass', ...Object.fromEntries(users.map((user) => [`${user.username}:${user.password}`, user.attributes])) },
  });
  await php(join(folder, 'metadata', 'saml20-idp-hosted.php'), 'metadata', {
    [site.entityId]: {
      host: '__DEFAULT__',
      privatekey: 'idp.key',
      certificate: 'idp.crt',
      auth: 'people',
      authproc: {
        10: { class: 'saml:PersistentNameID', attribute: 'uid' },
        50: { ...Object.keys(users[0].attributes).filter((name) => name !== 'uid'), class: 'core:AttributeLimit' },
      },
    },
  });
}

/** @param {string} folder @param {Sp[]} sps */
async function serveTo(folder, sps) {
  await php(join(folder, 'metadata', 'saml20-sp-remote.php'), 'metadata', Object.fromEntries(sps.map((sp) => [sp.entityId, remote(sp)])));
}

/** @param {Sp} sp */
function remote(sp) {
  const key = (/** @type {string | undefined} */ certificate, /** @type {'signing' | 'encryption'} */ use) =>
    certificate ? [{ type: 'X509Certificate', signing: use === 'signing', encryption: use === 'encryption', X509Certificate: certificate }] : [];
  return {
    AssertionConsumerService: sp.acsUrl,
    ...(sp.sloUrl ? { SingleLogoutService: sp.sloUrl } : {}),
    NameIDFormat: sp.nameIdFormat ?? NAME_ID_PERSISTENT,
    'saml20.sign.response': sp.signResponse ?? true,
    'saml20.sign.assertion': sp.signAssertion ?? true,
    'signature.algorithm': sp.signatureAlgorithm ?? RSA_SHA256,
    keys: [...key(sp.signingCertificate, 'signing'), ...key(sp.encryptionCertificate, 'encryption')],
    'validate.authnrequest': sp.signingCertificate !== undefined,
    'assertion.encryption': sp.encryptionCertificate !== undefined,
    ...sp.more,
  };
}

/** JSON in a PHP file: nothing has to be quoted for PHP. @param {string} file @param {string} variable @param {unknown} value */
async function php(file, variable, value) {
  await writeFile(`${file}.json`, JSON.stringify(value));
  await writeFile(file, `<?php $${variable} = json_decode(file_get_contents(__FILE__ . '.json'), true, 512, JSON_THROW_ON_ERROR);\n`);
}

/**
 * Starts PHP and waits until it answers. Nothing, where the port was taken.
 * @param {string} folder @param {string} program @param {ReturnType<typeof describe>} site
 */
async function start(folder, program, site) {
  const { host } = new URL(site.origin);
  let printed = '';
  // A process group of its own: PHP's workers outlive their master.
  const child = spawn('php', ['-S', host, '-t', join(program, 'www'), '-d', 'display_errors=stderr', '-d', 'error_reporting=8191'], {
    env: { ...process.env, SIMPLESAMLPHP_CONFIG_DIR: folder, PHP_CLI_SERVER_WORKERS: '4' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk));
  const ended = new Promise((resolve) => {
    child.on('close', resolve);
    child.on('error', (error) => resolve((printed += `${error.message}\n  → Install php-cli, php-xml and php-mbstring.\n`)));
  });
  const killGroup = () => {
    try {
      if (child.pid) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Already gone.
    }
  };
  process.once('exit', killGroup);
  const stop = async () => {
    process.removeListener('exit', killGroup);
    killGroup();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };

  let alive = true;
  void ended.then(() => (alive = false));
  const deadline = Date.now() + 20_000;
  while (alive && Date.now() < deadline) {
    const metadata = await fetch(site.metadataUrl).then((response) => response.text(), () => '');
    if (metadata.includes(`entityID="${site.entityId}"`)) return { log: () => printed, stop };
    await delay(25); // between two looks; what is waited for is the answer
  }
  process.removeListener('exit', killGroup);
  killGroup();
  await ended;
  if (/Failed to listen|Address already in use/.test(printed)) return undefined;
  throw new Error(`SimpleSAMLphp did not start.\n${printed}`);
}
