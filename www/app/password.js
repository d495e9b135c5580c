// @ts-check
// The forms of passwords: signing in outside single sign-on, setting one, changing one, and the recovery code.
import { ask, told } from './api.js';
import { button, make } from './dom.js';
import { stretch } from './stretch.js';
import { loadStrength } from './strength.js';

/** The least length and score of a new password. */
const [LEAST, GOOD] = [12, 3];

const form = /** @type {HTMLFormElement} */ (document.querySelector('form[data-outside]'));
const submit = /** @type {HTMLButtonElement} */ (form.querySelector('button:not([type=button])'));
const problem = /** @type {HTMLElement} */ (form.querySelector('[data-problem]'));
const value = (/** @type {string} */ name) => /** @type {HTMLInputElement | null} */ (form.elements.namedItem(name))?.value ?? '';
const input = (/** @type {string} */ name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name));

/** What a code says to whoever sits there. @type {Record<string, string>} */
const WORDS = {
  'email-malformed': 'That is not an e-mail address.',
  'email-taken': 'Somebody in this organisation has that e-mail already. Use another one.',
  'email-changed': 'The link is for another e-mail. Reload this page.',
  'out-of-seats': 'The organisation has no seat left. Ask whoever runs this Keyward.',
  'too-many': 'As many admins as may be sign in this way already.',
  'name-malformed': 'Give the organisation a name of at most 100 characters.',
  'password-wrong': 'The password of now is not right.',
  'password-too-many': 'Too many wrong passwords were tried. Wait a day, or use the recovery code.',
  'two-factor-not-fresh': 'Show your second step once more: reload this page.',
  'session-over': 'Your session is over. Sign in again.',
  'http-429': 'Your network asks too much: wait a minute.',
  offline: 'The server cannot be reached. Nothing is lost: try again.',
};

/** @param {HTMLElement[]} content */
function say(...content) {
  problem.replaceChildren(...content);
  problem.hidden = content.length === 0;
  if (content.length > 0) problem.focus();
}

/** @param {string} text @param {string} [at] the field that it is about */
function wrong(text, at) {
  say(make('p', { textContent: text }));
  for (const its of form.querySelectorAll('[aria-invalid]')) its.removeAttribute('aria-invalid');
  if (at) {
    input(at).setAttribute('aria-invalid', 'true');
    input(at).focus();
  }
}

/** @param {unknown} error */
function explain(error) {
  const { code, message } = told(error);
  const { said } = /** @type {{ said?: { title?: string, text?: string, steps?: string[], reference?: string } }} */ (error ?? {});
  if (said?.title) {
    const steps = (said.steps ?? []).map((step) => make('li', { textContent: step }));
    say(make('div', {}, make('p', {}, make('b', { textContent: `${said.title}.` }), ` ${said.text ?? ''}`), make('ul', {}, ...steps), make('p', { className: 'hint' }, 'Reference ', make('code', { textContent: said.reference ?? '' }))));
  } else {
    wrong(WORDS[code] ?? `${message} (${code})`);
  }
}

/** A new password that is long enough, not easily guessed, and typed twice alike. */
async function isGood() {
  const password = value('password');
  if ([...password].length < LEAST) return wrong(`The password needs at least ${LEAST} characters. Four or five random words are easy to remember.`, 'password');
  const strength = await loadStrength();
  const score = strength(password, [value('email'), value('name'), location.hostname].flatMap((text) => text.split(/[^\p{L}\p{N}]+/u)).filter(Boolean));
  if (score < GOOD) return wrong('That password is too easy to guess. Four or five random words do.', 'password');
  if (password !== value('again')) return wrong('The two are not alike. Type the password once more.', 'again');
  return true;
}

/** @param {{ to: string }} answer */
const go = ({ to }) => location.assign(to);

/** One password, several organisations. @param {{ id: string, name: string }[]} all @param {Record<string, unknown>} sent */
function choose(all, sent) {
  say(make('div', { className: 'stack tight' }, make('p', { textContent: 'This e-mail and password are good in several organisations. Which one?' }), ...all.map(({ id, name }) => button(name, () => attempt(async () => go(await ask('/admin/sign-in', { ...sent, tenant: id }))), 'wide'))));
}

/** @type {Record<string, () => Promise<unknown>>} */
const forms = {
  async begin() {
    go(await ask('/setup', { secret: value('secret').trim(), name: value('name') }));
  },
  async accept() {
    if (!(await isGood())) return;
    const { key, email } = await stretch(value('password'), value('email'));
    go(await ask('/setup/accept', { token: value('token'), email, name: value('name'), key }));
  },
  async 'sign-in'() {
    const { key, email } = await stretch(value('password'), value('email'));
    const sent = { email, key, to: value('to') };
    const answer = await ask('/admin/sign-in', sent);
    if (answer.choose) choose(answer.choose, sent);
    else go(answer);
  },
  async recover() {
    if (!(await isGood())) return;
    const { key, email } = await stretch(value('password'), value('email'));
    go(await ask('/admin/recover', { email, code: value('code'), key }));
  },
  async password() {
    if (!(await isGood())) return;
    const { key: current } = await stretch(value('current'), value('email'));
    const { key } = await stretch(value('password'), value('email'));
    go(await ask('/admin/password', { current, key }));
  },
};

/** @param {() => Promise<unknown>} work */
async function attempt(work) {
  say();
  submit.disabled = true;
  const words = submit.textContent;
  submit.textContent = submit.dataset.pending ?? words;
  try {
    await work();
  } catch (error) {
    explain(error);
  }
  submit.disabled = false;
  submit.textContent = words;
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  void attempt(forms[form.dataset.outside ?? '']);
});
for (const show of /** @type {NodeListOf<HTMLButtonElement>} */ (form.querySelectorAll('button[data-show]'))) {
  show.hidden = false;
  show.addEventListener('click', () => {
    const isShown = show.getAttribute('aria-pressed') === 'true';
    show.setAttribute('aria-pressed', String(!isShown));
    show.textContent = isShown ? 'Show' : 'Hide';
    for (const name of ['password', 'again', 'current']) if (form.elements.namedItem(name)) input(name).type = isShown ? 'password' : 'text';
  });
}
form.querySelector('[data-late]')?.remove();
submit.disabled = false;
