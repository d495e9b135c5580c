// Keyward's verification engine. The decisions are made in WebAssembly; this file hands them what the host alone can do: keys,
// by WebCrypto and by Node. Whoever imports it loads the WebAssembly first: index.js, node.js, or workerd.js.
import * as wasm from './keyward.js';

/** A refusal: `code` is stable, `message` says what an admin can do. */
export class KeywardError extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.name = 'KeywardError';
    this.code = code;
  }
}

/** Runs wasm; a refusal becomes a KeywardError, a trap replaces the instance. */
function guarded(work) {
  try {
    return work();
  } catch (error) {
    throw translated(error);
  }
}

function translated(error) {
  if (typeof error === 'string') {
    const { code, message } = JSON.parse(error);
    return new KeywardError(code, message);
  }
  if (error instanceof WebAssembly.RuntimeError) {
    // What a trap leaves behind cannot be trusted. Everything that points into it goes with it.
    trusts.clear();
    latest = null;
    wasm.__wbg_reset_state();
    instance += 1;
    return failed();
  }
  return error;
}

/** Counts what traps have replaced: what waited for the host meanwhile points into memory that is gone, and frees nothing. */
let instance = 0;

const failed = () => new KeywardError('internal', 'The engine failed and was restarted. Please report this message.');

const wrong = (name, expected) => new KeywardError('invalid-input', `${name} has to be ${expected}.`);

function text(value, name) {
  if (typeof value !== 'string') throw wrong(name, 'a string');
  return value;
}

/** The longest message and metadata, in bytes (limits.rs of crates/xml and crates/saml). */
const [MESSAGE_BYTES, METADATA_BYTES] = [256 * 1024, 8 * 1024 * 1024];

/** What comes from outside. What is far too long stays there: WebAssembly keeps for good what memory it once took. */
function received(value, name, limit = MESSAGE_BYTES) {
  // Base64 is longer than what it stands for, by less than half; the engine judges the rest to the byte.
  if (text(value, name).length > 2 * limit) {
    throw new KeywardError('too-large', limit === METADATA_BYTES
      ? "The metadata is longer than 8 MiB, or names too many providers. Load the provider's own, not its federation's."
      : `The message is longer than ${limit} bytes. Send fewer attributes or groups from the IdP.`);
  }
  return value;
}

/** What everything is compared with: an empty one would be met by a message that leaves it empty. */
function named(value, name) {
  if (text(value, name) === '') throw wrong(name, 'a string that is not empty');
  return value;
}

function number(value, name) {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(name, 'a finite number');
  return value;
}

function texts(value, name) {
  if (!Array.isArray(value) || !value.every((it) => typeof it === 'string')) throw wrong(name, 'an array of strings');
  return value;
}

function object(value, name) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(name, 'an object');
  return value;
}

/** Checked where it is there. */
const optional = (check, value, name) => (value === undefined || value === null ? undefined : check(value, name));

/** JSON; what that would leave out or change without a word is told. */
function json(input) {
  try {
    return JSON.stringify(input, (name, value) => {
      if (typeof value === 'number' && !Number.isFinite(value)) throw wrong(name, 'a finite number');
      if (['bigint', 'symbol', 'function'].includes(typeof value)) throw wrong(name, 'something that JSON has');
      return value;
    });
  } catch (error) {
    throw error instanceof KeywardError ? error : wrong('The input', 'something that JSON has');
  }
}

// --- what was pinned, read once -------------------------------------------------------------------------------------

const TRUSTS = 64;
/** Certificates and policy by their JSON: parsing certificates costs more than verifying with them. */
const trusts = new Map();

/** The configuration asked for last is nearly always the next one too, and comparing strings costs less than writing JSON. */
let latest = null;

const isSameList = (a, b) => a.length === b.length && a.every((it, index) => it === b[index]);

function isLatest(config) {
  const other = latest?.config;
  return (
    other !== undefined && other.entityId === config.entityId && other.spEntityId === config.spEntityId && other.acsUrl === config.acsUrl &&
    other.policy === config.policy && isSameList(other.certificates, config.certificates) && isSameList(other.decryptionKeys, config.decryptionKeys)
  );
}

/** @param {object} config the policy as JSON, and lists of its own: what the caller changes later is another configuration */
function trustOf(config, decryptionKeys) {
  if (isLatest(config)) return latest.entry;
  const key = JSON.stringify(config);
  let entry = trusts.get(key);
  if (!entry) {
    const parsed = { ...config, policy: JSON.parse(config.policy) };
    const minRsaBits = Math.max(1024, parsed.policy.minRsaBits ?? 2048);
    entry = { wasm: guarded(() => new wasm.Trust(JSON.stringify(parsed))), minRsaBits, decryptionKeys, keys: new Map(), nodeKeys: new Map(), nodePrivateKeys: new Map() };
    // A verification may still be under way with the oldest; the garbage collector frees it in time.
    if (trusts.size >= TRUSTS) trusts.delete(trusts.keys().next().value);
    trusts.set(key, entry);
  }
  latest = { config, entry };
  return entry;
}

/** @param {{ idp?: any, sp?: any, certificates?: any, policy?: any }} input what verifies documents of any kind has no idp and no sp */
function trustFrom({ idp, sp, certificates, policy }) {
  const decryptionKeys = sp?.decryptionKeys ?? [];
  if (!Array.isArray(decryptionKeys)) throw wrong('decryptionKeys', 'an array');
  const rules = optional(object, policy, 'policy') ?? {};
  // What JSON would leave out, or make nothing of, would leave the default.
  for (const name in rules) {
    const it = rules[name];
    const says = typeof it === 'number' ? Number.isFinite(it) : it === null || ['boolean', 'string', 'undefined'].includes(typeof it);
    if (!says) throw wrong(name, 'true, false or a finite number');
  }
  return trustOf({
    entityId: idp ? named(object(idp, 'idp').entityId, 'idp.entityId') : '',
    certificates: [...texts(idp ? idp.certificates : certificates, 'certificates')],
    spEntityId: sp ? named(object(sp, 'sp').entityId, 'sp.entityId') : '',
    acsUrl: sp ? named(sp.acsUrl, 'sp.acsUrl') : '',
    decryptionKeys: decryptionKeys.map(nameOf),
    policy: JSON.stringify(rules),
  }, decryptionKeys);
}

/** CryptoKeys by number, so that the same one is the same configuration. */
const numbers = new WeakMap();
let lastNumber = 0;

/** What stands for a decryption key in a configuration: PEM itself; of a CryptoKey, of which nothing may be readable, a number. */
function nameOf(key) {
  if (typeof key === 'string') {
    if (key.includes('-----BEGIN PRIVATE KEY-----')) return key;
    throw wrong('decryptionKeys', 'PKCS#8 PEM (-----BEGIN PRIVATE KEY-----); other forms become that by `openssl pkcs8 -topk8 -nocrypt`');
  }
  if (!(key instanceof CryptoKey) || key.algorithm.name !== 'RSA-OAEP' || !key.usages.includes('decrypt')) {
    throw new KeywardError('invalid-input', 'decryptionKeys has to be an array of PKCS#8 PEM, or of CryptoKeys for RSA-OAEP that may decrypt.');
  }
  if (!numbers.has(key)) numbers.set(key, (lastNumber += 1));
  return `CryptoKey ${numbers.get(key)}`;
}

// --- the backend: who uses keys -------------------------------------------------------------------------------------

let backend = 'auto';

/** Node's own cryptography, which verifies without leaving the thread; nothing elsewhere. */
const nodeCrypto = globalThis.process?.versions?.node ? (process.getBuiltinModule?.('node:crypto') ?? null) : null;

/**
 * Who uses keys: 'auto' (public ones by Node's own cryptography where there is one, elsewhere RSA in Rust, where that is
 * quicker than asking the host; all else by WebCrypto), 'node' (as 'auto', and decryption keys in PEM by Node too, in this
 * thread), 'webcrypto' (all that it can do), 'rust' (all of it in WebAssembly).
 * @param {'auto' | 'node' | 'webcrypto' | 'rust'} choice
 */
export function setBackend(choice) {
  const known = ['auto', 'webcrypto', 'rust', ...(nodeCrypto ? ['node'] : [])];
  if (!known.includes(choice)) throw wrong('The backend', `one of ${known.join(', ')} on this host`);
  backend = choice;
}

/** What a job's number says (crates/wasm/src/session.rs). */
const ALGORITHMS = ['RSASSA-PKCS1-v1_5', 'RSA-PSS', 'ECDSA', 'Ed25519', 'RSA-OAEP', 'AES-GCM'];
const [, , ECDSA, ED25519, OAEP, GCM] = ALGORITHMS.keys();
const PSS = 1;
const HASHES = ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'];
/** A salt is as long as the hash. */
const SALTS = [20, 32, 48, 64];

const algorithmOf = (job) => job & 7;
const hashOf = (job) => (job >> 3) & 3;
const mgf1Of = (job) => (job >> 5) & 3;
const keyOf = (job) => job >>> 8;
/** Of one key with one hash, as both import it. */
const nameOfUse = (job) => job & ~0x60;

/** What `make` gives, remembered. */
function remembered(keys, name, make) {
  let key = keys.get(name);
  if (key === undefined) keys.set(name, (key = make()));
  return key;
}

/** Answers a job by Node's cryptography, in this thread; false where that cannot. */
function answerByNode(trust, session, index, job) {
  const algorithm = algorithmOf(job);
  if (algorithm === GCM) return openByNode(session, index);
  if (algorithm === OAEP) return backend === 'node' && unwrapByNode(trust, session, index, job);
  try {
    const publicKey = () => nodeCrypto.createPublicKey({ key: trust.wasm.spki(keyOf(job)), format: 'der', type: 'spki' });
    let key = remembered(trust.nodeKeys, keyOf(job), publicKey);
    if (algorithm === PSS) key = { key, padding: nodeCrypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: SALTS[hashOf(job)] };
    if (algorithm === ECDSA) key = { key, dsaEncoding: 'ieee-p1363' };
    const hash = algorithm === ED25519 ? null : HASHES[hashOf(job)];
    session.answerVerified(index, nodeCrypto.verify(hash, session.message(index), key, session.operand(index)));
    return true;
  } catch {
    // A build of Node without this algorithm or this length of key.
    return false;
  }
}

const [IV, TAG] = [12, 16];

/** AES-GCM. A wrong tag is an answer like any other; a host without the cipher gives none. */
function openByNode(session, index) {
  const [key, octets] = [session.operand(index), session.message(index)];
  let opened;
  if (octets.length >= IV + TAG) {
    let decipher;
    try {
      decipher = nodeCrypto.createDecipheriv(`aes-${key.length * 8}-gcm`, key, octets.subarray(0, IV), { authTagLength: TAG });
    } catch {
      return false;
    }
    decipher.setAuthTag(octets.subarray(-TAG));
    const plaintext = decipher.update(octets.subarray(IV, -TAG));
    try {
      // All of it came out of `update`; this is where the tag is compared.
      decipher.final();
      opened = plaintext;
    } catch {
      // Not the IdP's ciphertext, or not under this key.
    }
  }
  session.answerOpened(index, opened);
  return true;
}

/** A content key. Only where that was asked for: it takes so long that another thread had better do it. */
function unwrapByNode(trust, session, index, job) {
  const given = trust.decryptionKeys[keyOf(job)];
  // A CryptoKey is WebCrypto's, and Node too has one hash for both.
  if (typeof given !== 'string' || hashOf(job) !== mgf1Of(job)) return false;
  const key = remembered(trust.nodePrivateKeys, keyOf(job), () => privateKeyOfNode(trust, given));
  if (!key) return false;
  const wrapped = session.message(index);
  let opened;
  try {
    opened = nodeCrypto.privateDecrypt({ key, oaepHash: HASHES[hashOf(job)], padding: nodeCrypto.constants.RSA_PKCS1_OAEP_PADDING }, wrapped);
  } catch {
    // Not wrapped for this key.
  }
  session.answerOpened(index, opened);
  return true;
}

/** `null` where Node cannot read it, and where the policy does not take it. */
function privateKeyOfNode(trust, pem) {
  try {
    const key = nodeCrypto.createPrivateKey({ key: bytesOfPem(pem, 'decryptionKeys'), format: 'der', type: 'pkcs8' });
    return key.asymmetricKeyType === 'rsa' && isOfSize(trust, key.asymmetricKeyDetails) ? key : null;
  } catch {
    return null;
  }
}

const CURVES = { 91: 'P-256', 120: 'P-384', 158: 'P-521' };

/** Imports a pinned key for WebCrypto; `null` where it cannot take it. */
function verifyKey(trust, job) {
  return remembered(trust.keys, nameOfUse(job), () => {
    const spki = trust.wasm.spki(keyOf(job));
    const algorithm = { name: ALGORITHMS[algorithmOf(job)], hash: HASHES[hashOf(job)], namedCurve: CURVES[spki.length] };
    return crypto.subtle.importKey('spki', spki, algorithm, false, ['verify']).catch(() => null);
  });
}

/** Whether a private key has a size that Rust takes too: bits of its modulus (crates/saml/src/limits.rs). */
const isOfSize = (trust, { modulusLength: bits }) => bits >= trust.minRsaBits && bits <= 8192;

function unwrapKey(trust, job) {
  const given = trust.decryptionKeys[keyOf(job)];
  const hash = HASHES[hashOf(job)];
  // A CryptoKey is for one hash: another was imported for another kind of message.
  if (typeof given !== 'string') return given.algorithm.hash.name === hash && isOfSize(trust, given.algorithm) ? given : null;
  return remembered(trust.keys, nameOfUse(job), () => (
    crypto.subtle.importKey('pkcs8', bytesOfPem(given, 'decryptionKeys'), { name: 'RSA-OAEP', hash }, false, ['decrypt'])
      .then((key) => (isOfSize(trust, key.algorithm) ? key : null), () => null)
  ));
}

/** Answers one job by WebCrypto; false where WebCrypto cannot. */
async function answerByHost(trust, session, index, job) {
  if (algorithmOf(job) === OAEP) {
    // WebCrypto has one hash for both; another MGF1 hash is done in Rust.
    if (hashOf(job) !== mgf1Of(job)) return false;
    const key = await unwrapKey(trust, job);
    if (!key) return false;
    const opened = await crypto.subtle.decrypt(RSA_OAEP, key, session.message(index)).catch(() => null);
    session.answerOpened(index, opened ? new Uint8Array(opened) : undefined);
    return true;
  }
  const key = await verifyKey(trust, job);
  if (!key) return false;
  const algorithm = { name: ALGORITHMS[algorithmOf(job)], hash: HASHES[hashOf(job)], saltLength: SALTS[hashOf(job)] };
  session.answerVerified(index, await crypto.subtle.verify(algorithm, key, session.operand(index), session.message(index)).catch(() => false));
  return true;
}

const RSA_OAEP = { name: 'RSA-OAEP' };
const NOTHING = new Uint8Array();

/** Has a job done by whom the backend says, and by Rust where the host cannot. */
function answer(trust, session, index) {
  const job = session.job(index);
  const algorithm = algorithmOf(job);
  const isPrivate = algorithm === OAEP;
  const here = () => session.answerHere(index, isPrivate ? crypto.getRandomValues(new Uint8Array(32)) : NOTHING);
  if (nodeCrypto && (backend === 'auto' || backend === 'node') && answerByNode(trust, session, index, job)) return undefined;
  // Asking WebCrypto for AES takes longer than doing it; for RSA signatures, about as long.
  if (algorithm === GCM || (backend !== 'webcrypto' && algorithm <= PSS)) return here();
  // A CryptoKey is the host's alone, whatever the backend.
  if (backend === 'rust' && (!isPrivate || trust.decryptionKeys.every((key) => typeof key === 'string'))) return here();
  return answerByHost(trust, session, index, job).then((isDone) => (isDone ? undefined : here()));
}

async function finish(trust, session) {
  const own = instance;
  try {
    for (let jobs = session.jobCount(); jobs > 0; jobs = session.resume()) {
      for (let index = 0; index < jobs; index += 1) {
        // Awaited only where there is something to wait for: a turn of the event loop is time too.
        const pending = answer(trust, session, index);
        if (pending) await pending;
      }
    }
    return JSON.parse(session.result());
  } catch (error) {
    throw own === instance ? translated(error) : failed();
  } finally {
    if (own === instance) session.free();
  }
}

/** Quicker than what the bindings do with a string. */
const utf8 = new TextEncoder();

// --- what the package offers ------------------------------------------------------------------------------------------

export async function verifyResponse(input) {
  const { response, encoding, now, idp, sp, request, policy } = object(input, 'The input');
  const trust = trustFrom({ idp: object(idp, 'idp'), sp: object(sp, 'sp'), policy });
  if (encoding !== 'xml' && encoding !== 'base64') throw wrong('encoding', "'xml' or 'base64'");
  const { id, authnNotBefore, authnContexts } = request === null ? {} : object(request, 'request (null for an unsolicited response)');
  const session = guarded(() => trust.wasm.verifyResponse(
    utf8.encode(received(response, 'response')), encoding === 'base64', number(now, 'now'),
    request === null ? undefined : named(id, 'request.id'),
    optional(number, authnNotBefore, 'request.authnNotBefore'), optional(texts, authnContexts, 'request.authnContexts') ?? [],
  ));
  return finish(trust, session);
}

export function canonicalize(xml, opts) {
  const { algorithm, prefixList, elementId } = object(opts, 'The options');
  return guarded(() => wasm.canonicalize(
    received(xml, 'xml'), text(algorithm, 'algorithm'), optional(texts, prefixList, 'prefixList') ?? [], optional(text, elementId, 'elementId'),
  ));
}

export function parseIdpMetadata(xml, opts) {
  const { entityId, now } = optional(object, opts, 'The options') ?? {};
  return JSON.parse(guarded(() => wasm.parseIdpMetadata(received(xml, 'xml', METADATA_BYTES), optional(text, entityId, 'entityId'), optional(number, now, 'now'))));
}

function keysTrust(opts) {
  const { certificates, allowSha1, minRsaBits } = object(opts, 'The options');
  return trustFrom({ certificates, policy: { allowSha1, minRsaBits } });
}

export async function verifyXmlSignature(xml, opts) {
  const trust = keysTrust(opts);
  return finish(trust, guarded(() => trust.wasm.verifyXmlSignature(received(xml, 'xml'))));
}

export async function verifyRedirectSignature(query, opts) {
  const trust = keysTrust(opts);
  return finish(trust, guarded(() => trust.wasm.verifyRedirectSignature(received(query, 'query').replace(/^\?/, ''))));
}

function logoutTrust(input) {
  const { idp, sp, policy, destination } = object(input, 'The input');
  const { entityId, decryptionKeys } = object(sp, 'sp');
  return trustFrom({ idp: object(idp, 'idp'), sp: { entityId, acsUrl: named(destination, 'destination'), decryptionKeys }, policy });
}

/** The message of either binding: a query, XML, or the form field. */
function logoutMessage({ query, xml, base64 }) {
  if (query !== undefined) return [received(query, 'query').replace(/^\?/, ''), true];
  if (base64 === undefined) return [received(xml, 'xml'), false];
  const octets = guarded(() => wasm.decodeBase64(received(base64, 'base64')));
  try {
    return [new TextDecoder('utf-8', { fatal: true }).decode(octets), false];
  } catch {
    throw new KeywardError('xml-encoding', 'The message cannot be read: the XML is not UTF-8.');
  }
}

export async function verifyLogoutRequest(input) {
  const trust = logoutTrust(input);
  const [message, isRedirect] = logoutMessage(input);
  return finish(trust, guarded(() => trust.wasm.verifyLogoutRequest(message, isRedirect, number(input.now, 'now'))));
}

export async function verifyLogoutResponse(input) {
  const trust = logoutTrust(input);
  const [message, isRedirect] = logoutMessage(input);
  return finish(trust, guarded(() => trust.wasm.verifyLogoutResponse(message, isRedirect, number(input.now, 'now'))));
}

// --- messages of ours -------------------------------------------------------------------------------------------------

const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';

/** What a signing key can be: how WebCrypto takes it, how it signs, and what XML Signature calls that. */
const SIGNERS = [
  { key: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, uri: `${MORE}rsa-sha256` },
  { key: { name: 'ECDSA', namedCurve: 'P-256' }, hash: 'SHA-256', uri: `${MORE}ecdsa-sha256` },
  { key: { name: 'ECDSA', namedCurve: 'P-384' }, hash: 'SHA-384', uri: `${MORE}ecdsa-sha384` },
  { key: { name: 'ECDSA', namedCurve: 'P-521' }, hash: 'SHA-512', uri: `${MORE}ecdsa-sha512` },
  { key: { name: 'Ed25519' }, uri: 'http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519' },
];

/** Who signs with a key: PKCS#8 PEM, or a CryptoKey, which need not be extractable. @returns {Promise<{ uri: string, sign(octets: Uint8Array): Promise<Uint8Array> }>} */
async function signerOf(key) {
  const by = (/** @type {any} */ { hash, uri }, /** @type {CryptoKey} */ cryptoKey) => ({
    uri,
    sign: async (/** @type {any} */ octets) => new Uint8Array(await crypto.subtle.sign({ name: cryptoKey.algorithm.name, hash }, cryptoKey, octets)),
  });
  if (typeof key === 'string') {
    const pkcs8 = bytesOfPem(key, 'signingKey');
    for (const signer of SIGNERS) {
      const imported = await crypto.subtle.importKey('pkcs8', pkcs8, signer.key, false, ['sign']).catch(() => null);
      if (imported) return by(signer, imported);
    }
  } else if (key instanceof CryptoKey && key.usages.includes('sign')) {
    const { name, namedCurve, hash } = /** @type {any} */ (key.algorithm);
    const signer = SIGNERS.find((it) => it.key.name === name && it.key.namedCurve === namedCurve && (!it.key.hash || it.key.hash === hash.name));
    if (signer) return by(signer, key);
  }
  throw new KeywardError('invalid-input', 'signingKey has to be PKCS#8 PEM, or a CryptoKey that may sign: RSA with SHA-256, ECDSA on P-256, P-384 or P-521, or Ed25519.');
}

/** Whatever text stands around it. */
function bytesOfPem(pem, name) {
  try {
    const [, base64] = pem.match(/-----BEGIN PRIVATE KEY-----([^-]*)-----END PRIVATE KEY-----/);
    return Uint8Array.from(atob(base64.replace(/\s/g, '')), (c) => c.charCodeAt(0));
  } catch {
    throw wrong(name, 'PKCS#8 PEM (-----BEGIN PRIVATE KEY-----)');
  }
}

/** Makes a message and signs it where it has its own signature. */
async function signed(make, input, signer, certificate) {
  const hint = optional(text, certificate, 'signingCertificate');
  const own = instance;
  const message = guarded(() => make(json(input), signer?.uri));
  if (!signer) return guarded(() => message.xml);
  const signature = await signer.sign(guarded(() => message.octets()));
  if (own !== instance) throw failed();
  return guarded(() => message.signed(signature, hint));
}

/** A message for a binding: where it goes, and what goes there. */
async function send(make, input, { binding = 'redirect', relayState, signingKey, signingCertificate, ...unknown }) {
  for (const name in unknown) throw new KeywardError('invalid-input', `There is no option ${name}.`);
  optional(text, relayState, 'relayState');
  const signer = signingKey === undefined || signingKey === null ? undefined : await signerOf(signingKey);
  const { id, destination } = input;
  // Everything else would make what the caller redirects to, or posts to, a script or a file.
  if (!/^https?:\/\//i.test(text(destination, 'The address of the identity provider'))) throw wrong('The address of the identity provider', 'https');
  const parameter = 'inResponseTo' in input ? 'SAMLResponse' : 'SAMLRequest';
  if (binding === 'post') {
    const xml = await signed(make, input, signer, signingCertificate);
    const fields = { [parameter]: btoa(Array.from(utf8.encode(xml), (octet) => String.fromCharCode(octet)).join('')) };
    if (typeof relayState === 'string') fields.RelayState = relayState;
    return { id, xml, form: { action: destination, fields } };
  }
  if (binding !== 'redirect') throw wrong('binding', "'redirect' or 'post'");
  const { xml, unsigned } = guarded(() => {
    const message = make(json(input), undefined);
    const made = { xml: message.xml, unsigned: message.query(relayState ?? undefined, signer?.uri) };
    message.free();
    return made;
  });
  const signature = await signer?.sign(utf8.encode(unsigned));
  const query = signature ? guarded(() => wasm.appendSignature(unsigned, signature)) : unsigned;
  // Behind a fragment it would not be sent.
  const [, address, fragment] = destination.match(/^([^#]*)(.*)$/s);
  return { id, xml, redirectUrl: `${address}${address.includes('?') ? '&' : '?'}${query}${fragment}` };
}

export async function buildAuthnRequest(input) {
  const { idp, sp, id, now, forceAuthn, isPassive, nameIdFormat, subject, authnContexts, comparison, scoping, ...binding } = object(input, 'The input');
  const { ssoUrl: destination } = object(idp, 'idp');
  const { entityId: issuer, acsUrl } = object(sp, 'sp');
  const said = { id, now, destination, issuer, acsUrl, forceAuthn, isPassive, nameIdFormat, subject, authnContexts, comparison, scoping };
  return send(wasm.authnRequest, said, binding);
}

export async function buildLogoutRequest(input) {
  const { idp, sp, id, now, notOnOrAfter, nameId, sessionIndex, ...binding } = object(input, 'The input');
  const said = { id, now, destination: object(idp, 'idp').sloUrl, issuer: object(sp, 'sp').entityId, notOnOrAfter, nameId: object(nameId, 'nameId'), sessionIndex };
  return send(wasm.logoutRequest, said, binding);
}

export async function buildLogoutResponse(input) {
  const { idp, sp, id, now, inResponseTo, outcome = 'success', ...binding } = object(input, 'The input');
  const said = { id, now, destination: object(idp, 'idp').sloUrl, issuer: object(sp, 'sp').entityId, inResponseTo, outcome };
  return send(wasm.logoutResponse, said, binding);
}

export async function buildSpMetadata(input) {
  const { signingKey, signingCertificate, ...said } = object(input, 'The input');
  const signer = signingKey === undefined || signingKey === null ? undefined : await signerOf(signingKey);
  // The signature refers to it.
  if (signer) named(said.id, 'id');
  return signed(wasm.spMetadata, said, signer, signingCertificate);
}

export function readCertificate(certificate) {
  return JSON.parse(guarded(() => wasm.readCertificate(text(certificate, 'certificate'))));
}

// --- the core's decisions ---------------------------------------------------------------------------------------------

/** Calls one of them: JSON in, JSON out. */
function decide(decision, input, ...rest) {
  return JSON.parse(guarded(() => decision(json(input), ...rest)));
}

/**
 * A domain's A-labels by the host's own tables (UTS 46), which are not in the WebAssembly: they would weigh a sixth of it.
 * ASCII is left alone, and so is what can be no domain: the engine refuses it.
 */
function ascii(domain) {
  if (typeof domain !== 'string' || /[^\p{L}\p{M}\p{N}.。．｡\u00ad-]/u.test(domain) || /^\p{ASCII}*$/u.test(domain)) return domain;
  try {
    return new URL(`https://${domain}`).hostname;
  } catch {
    return domain;
  }
}

/** An address with its domain in A-labels. */
function asciiEmail(email) {
  if (typeof email !== 'string') return email;
  const at = email.lastIndexOf('@') + 1;
  return email.slice(0, at) + ascii(email.slice(at).trimEnd());
}

export function routeEmail(input) {
  const { email, domains } = object(input, 'The input');
  if (!Array.isArray(domains)) throw wrong('domains', 'an array');
  return decide(wasm.routeEmail, { email: asciiEmail(email), domains: domains.map((it) => ({ ...it, name: ascii(it?.name) })) });
}

/** A verified person with the e-mail's domain in A-labels. */
function asciiPerson(person, email = 'Email') {
  const { nameId, attributes = [] } = object(person, 'person');
  if (!Array.isArray(attributes)) throw wrong('person.attributes', 'an array');
  return { nameId, attributes: attributes.map((it) => (it?.name === email && Array.isArray(it.values) ? { ...it, values: it.values.map(asciiEmail) } : it)) };
}

export function readIdentity(input) {
  const { connection, person } = object(input, 'The input');
  return decide(wasm.readIdentity, { connection, person: asciiPerson(person ?? {}, connection?.mapping?.email) });
}

export function decideProvisioning(input) {
  const { connection, person, facts } = object(input, 'The input');
  const user = facts?.identity?.user;
  const known = user ? { ...facts, identity: { ...facts.identity, user: { ...user, email: asciiEmail(user.email) } } } : facts;
  return decide(wasm.decideProvisioning, { connection, person: asciiPerson(person ?? {}, connection?.mapping?.email), facts: known });
}

export function effectivePolicy(roles) {
  if (!Array.isArray(roles)) throw wrong('roles', 'an array');
  return decide(wasm.effectivePolicy, roles);
}

export function planOnboarding(input) {
  const { policy, now, ...person } = object(input, 'The input');
  return decide(wasm.planOnboarding, { policy, ...person }, number(now, 'now'));
}
