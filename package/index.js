// The engine where nothing is known of the host: browsers, and Node where it is imported as a file.
import init, { initSync } from './keyward.js';

const location = new URL('./keyward_bg.wasm', import.meta.url);
if (globalThis.process?.versions?.node && location.protocol === 'file:') {
  // Synchronously: whatever compiles from a Response makes Node load its HTTP client first, which takes longer than all the
  // rest. The name is no literal, so that bundlers for browsers do not look for it.
  const name = 'node:fs';
  const { readFileSync } = process.getBuiltinModule?.(name) ?? (await import(/* @vite-ignore */ /* webpackIgnore: true */ name));
  initSync({ module: new WebAssembly.Module(readFileSync(location)) });
} else {
  // Compiled while it is still coming in.
  await init({ module_or_path: location });
}

export * from './engine.js';
