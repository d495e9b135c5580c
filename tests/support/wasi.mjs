// @ts-check
// Cargo's runner for tests compiled to wasm32-wasip1: `node wasi.mjs <test.wasm> [arguments]`. The tests see the
// repository, to read vectors, and nothing else.
import { readFileSync } from 'node:fs';
import { WASI } from 'node:wasi';
import { root } from '../../scripts/lib/run.mjs';

const [file, ...rest] = process.argv.slice(2);
const wasi = new WASI({ version: 'preview1', args: [file, ...rest], env: {}, preopens: { [root]: root } });
const module = await WebAssembly.compile(readFileSync(file));
const instance = await WebAssembly.instantiate(module, /** @type {WebAssembly.Imports} */ (wasi.getImportObject()));
process.exitCode = wasi.start(instance);
