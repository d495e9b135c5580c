// The engine for Cloudflare Workers, where WebAssembly comes compiled with the Worker and in no other way.
import module from './keyward_bg.wasm';
import { initSync } from './keyward.js';

initSync({ module });

export * from './engine.js';
