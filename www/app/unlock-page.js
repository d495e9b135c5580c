// @ts-check
// The page that a session is sent to which waits for a passkey.
import { element } from './dom.js';
import { unlockByPasskey, words } from './passkey.js';
import { say } from './words/factors.js';

const place = element('unlock');
const said = /** @type {HTMLElement} */ (place.querySelector('[data-said]'));
const button = /** @type {HTMLButtonElement} */ (place.querySelector('button'));
const { tenant = '', user = '', session = '', to = '/vault' } = place.dataset;
said.textContent = window.PublicKeyCredential ? '' : say.noPasskeys;
button.disabled = !window.PublicKeyCredential;
button.onclick = async () => {
  button.disabled = true;
  said.textContent = say.follow;
  try {
    await unlockByPasskey({ tenant, user, session });
    location.assign(to);
  } catch (error) {
    said.textContent = words(error);
    button.disabled = false;
  }
};
