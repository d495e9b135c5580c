// @ts-check
// A Python of the tests' own, with the packages of requirements.txt.
import { join } from 'node:path';
import { unlessFresh } from '../../scripts/lib/fresh.mjs';
import { must, root, step } from '../../scripts/lib/run.mjs';

const folder = join('.keyward', 'python');
/** Its interpreter, once `buildVenv` is done. */
export const venvPython = join(root, folder, 'bin', 'python');

export const buildVenv = () => unlessFresh('python', { inputs: ['tests/judges/requirements.txt'], outputs: [join(folder, 'bin', 'python')] }, () =>
  step('Install Python packages', async () => {
    await must('/usr/bin/python3', ['-m', 'venv', '--clear', join(root, folder)], { quiet: true });
    await must(venvPython, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary', ':all:', '--requirement', join(root, 'tests', 'judges', 'requirements.txt')], { quiet: true, wayOut: 'Is the Python package index in reach?' });
  }));
