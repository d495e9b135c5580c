// The module that workerd loads. A trap (a panic, in Rust) leaves an instance in an unknown state, so the next event
// gets a new one: requests after a defect are served as if it had not happened.
import * as bindings from 'keyward-bindings';

const state = bindings.__worker_init_state();

function renew() {
  if (state.criticalError) {
    bindings.__wbg_reset_state();
    state.criticalError = false;
    state.instanceId += 1;
  }
}

function note(error) {
  if (error instanceof WebAssembly.RuntimeError) {
    console.error('the Worker trapped and is renewed');
    state.criticalError = true;
  }
}

// A trap inside a promise's continuation reaches nobody's `catch`.
addEventListener('error', (event) => note(event.error));

async function handle(handler, argument, env, context) {
  renew();
  try {
    return await handler(argument, env, context);
  } catch (error) {
    note(error);
    throw error;
  }
}

export default {
  fetch: (request, env, context) => handle(bindings.fetch, request, env, context),
  scheduled: (event, env, context) => handle(bindings.scheduled, event, env, context),
};
