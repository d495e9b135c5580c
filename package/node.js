// The engine for Node, Bun and Deno. It waits for nothing, so that CommonJS may `require` it.
import { readFileSync } from 'node:fs';
import { initSync } from './keyward.js';

// Synchronously: whatever compiles from a Response makes Node load its HTTP client first, which takes longer than all the rest.
initSync({ module: new WebAssembly.Module(readFileSync(new URL('./keyward_bg.wasm', import.meta.url))) });

export * from './engine.js';
