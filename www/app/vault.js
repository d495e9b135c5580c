// @ts-check
// The page of the vault's items.
import { startItems } from './items.js';
import { run } from './unlock.js';

await run(({ wasm, vault, sync, state }, fail) => startItems(vault, sync, state.rules, fail, wasm), true);
