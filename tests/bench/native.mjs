// @ts-check
// The native build beside libxmlsec: the same messages, keys loaded beforehand, one process each.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { must, root, step } from '../../scripts/lib/run.mjs';
import { buildVenv, venvPython } from '../judges/venv.mjs';

/**
 * Microseconds a message.
 * @param {{ messages: string[], certificate: string, idp: string, sp: string, acs: string, request: string, now: number, rounds: number }} work messages in base64
 * @returns {Promise<Record<string, number>>}
 */
export async function nativeTimes(work) {
  await buildVenv();
  // As an application would build it, by cargo's own defaults: the workspace's release profile is for what people download.
  const defaults = ['profile.release.package."*".opt-level=3', 'profile.release.lto="thin"'].flatMap((setting) => ['--config', setting]);
  const target = join('target', 'native');
  await step('Build the native engine', () => must('cargo', ['build', '--locked', '--quiet', '--release', '--package', 'keyward-testkit', '--target-dir', target, ...defaults], { quiet: true }));
  const { messages, certificate, rounds } = work;
  const run = (/** @type {string} */ program, /** @type {string[]} */ args, /** @type {object} */ input) => JSON.parse(execFileSync(program, args, { input: JSON.stringify(input), encoding: 'utf8', maxBuffer: 1 << 26 }));
  const ours = run(join(root, target, 'release', 'keyward-testkit'), ['bench'], work);
  const python = fileURLToPath(new URL('libxmlsec.py', import.meta.url));
  const [newer, debian] = [venvPython, '/usr/bin/python3'].map((interpreter) => run(interpreter, [python], { messages, certificate, rounds }));
  return {
    'keyward, XML and signature': ours.signature,
    'keyward, the whole response': ours.response,
    [`libxmlsec ${newer.version}, XML and signature`]: newer.signature,
    [`libxmlsec ${debian.version} of Debian, the same`]: debian.signature,
  };
}
