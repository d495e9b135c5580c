// @ts-check
// `npm start`: from a fresh clone to a working sign-in. Installs what is missing, builds, and starts everything.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { buildPages } from './build-pages.mjs';
import { buildWorker } from './build.mjs';
import { installPackages, installTargets } from './lib/install.mjs';
import { Failure, fail, modernNode, root } from './lib/run.mjs';

/** @param {string} name @param {string} env @param {string} otherwise */
function option(name, env, otherwise) {
  const at = process.argv.indexOf(`--${name}`);
  const value = at > 0 ? process.argv[at + 1] : process.env[env] ?? otherwise;
  if (!/^\d{1,5}$/.test(value ?? '') || Number(value) > 65535) throw new Failure(`--${name} needs a port number.`);
  return value;
}

/** @param {string} port @param {string} flag @param {string[]} hosts */
async function mustBeFree(port, flag, hosts) {
  for (const host of hosts) {
    await new Promise((resolve, reject) => {
      const probe = createServer();
      probe.once('error', (/** @type {NodeJS.ErrnoException} */ error) => {
        // A machine without IPv6 has no ::1 to be taken.
        if (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT') resolve(undefined);
        else reject(new Failure(`Port ${port} is taken.`, `End what uses it, or choose another: \`npm start -- --${flag} ${Number(port) + 1000}\`.`));
      });
      probe.listen(Number(port), host, () => probe.close(resolve));
    });
  }
}

/** Where npm is told to end, it tells only its shell, which leaves this behind. */
function endWithParent() {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
  }, 500).unref();
}

async function main() {
  if (process.argv.includes('--help')) {
    console.log('npm start -- [--port 8787] [--idp-port 8788] [--fresh]\n  --fresh  forget local data first');
    return;
  }
  const started = performance.now();
  endWithParent();
  const port = option('port', 'KEYWARD_PORT', '8787');
  const idpPort = option('idp-port', 'KEYWARD_IDP_PORT', '8788');
  await mustBeFree(port, 'port', ['127.0.0.1', '::1']);
  await mustBeFree(idpPort, 'idp-port', ['127.0.0.1']);
  console.log('Keyward, local development');
  await installTargets();
  // Compiling needs nothing from npm, and takes longest.
  const packages = installPackages();
  await Promise.all([packages, buildWorker(packages).then(() => buildPages(packages))]);
  const serve = spawn(modernNode(), ['--no-deprecation', join(root, 'scripts', 'serve.mjs'), port, idpPort, process.argv.includes('--fresh') ? 'fresh' : ''], {
    cwd: root,
    // The channel closes when this process ends, however it ends: the other half then ends too.
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, () => serve.kill(signal));
  serve.on('exit', (code) => process.exit(code ?? 0));
  if (existsSync(join(root, '.keyward'))) process.on('exit', () => console.log(`  Ended after ${Math.round((performance.now() - started) / 1000)} s.`));
}

main().catch(fail);
