// @ts-check
// A browser's vault as far as a server can tell: keys that sign, and beside them octets of the right version and size, since that is
// all that it sees of what is sealed.
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** @typedef {import('./visitor.mjs').Visitor} Visitor */

/** @param {number} first @param {number} length */
const octets = (first, length) => Buffer.concat([Buffer.from([first]), randomBytes(length - 1)]).toString('base64');
const sealed = () => octets(1, 345);
export const wrap = () => octets(1, 178);
/** What lets a device in. */
export const letting = () => ({ wrap: wrap(), share: octets(0, 32) });
/** A recovery phrase, locked; `phrase` is what whoever has it shows. @param {string} phrase */
export const locked = (phrase) => ({ locked: octets(1, 61), encryption: octets(4, 65), wrap: wrap(), phrase });

/** A statement about keys, as docs/vault-format.md §5 lays it out. @param {string[]} about @param {number} sequence @param {string} [previous] */
export function statement(about, sequence, previous) {
  const number = (/** @type {number} */ value) => {
    const octets = Buffer.alloc(4);
    octets.writeUInt32BE(value);
    return octets;
  };
  const part = (/** @type {Buffer} */ its) => Buffer.concat([number(its.length), its]);
  const before = previous === undefined ? Buffer.alloc(32) : createHash('sha256').update(Buffer.from(previous, 'base64').subarray(0, -64)).digest();
  const body = Buffer.alloc(about[0] === 'account' ? 97 : 130, 4);
  return Buffer.concat([Buffer.from([1]), ...about.map((it) => part(Buffer.from(it))), part(body), number(sequence), randomBytes(32), before, randomBytes(64)]).toString('base64');
}

/** A browser with the keys of a device of its own. @param {import('./world.mjs').World} world @param {Visitor} visitor who is signed in there */
export function newBrowser(world, visitor) {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = keys.publicKey.export({ format: 'jwk' });
  const signing = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]).toString('base64');
  const id = `d_${randomBytes(8).toString('hex')}`;
  const device = { device: id, encryption: octets(4, 65), signing };
  /** @param {string} path @param {unknown} body */
  const send = (path, body) => visitor.send(path, { method: 'POST', body: JSON.stringify(body), headers: { origin: visitor.origin, 'sec-fetch-site': 'same-origin' } });
  const state = async () => JSON.parse((await visitor.get('/vault/keys')).body);
  /** What signs for this session, also once it may not be asked any more. */
  const signer = async () => {
    const { tenant, user, session } = await state();
    return (/** @type {string[]} */ ...more) => {
      const text = ['keyward device proof', visitor.origin, tenant, user, id, session, ...more].join('\n');
      return sign('sha256', Buffer.from(text), { key: keys.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64');
    };
  };
  const proof = async () => (await signer())();
  return {
    id, visitor, send, state, signer, proof,
    /** Sends what has to be taken. @param {string} path @param {unknown} body */
    async must(path, body) {
      const answer = await send(path, body);
      assert.ok(answer.status < 300, `${path}: ${answer.status} ${answer.body}`);
      return answer.body === '' ? undefined : JSON.parse(answer.body);
    },
    /** What begins a vault in this browser. */
    async beginning() {
      const { tenant, user } = await state();
      return { statement: statement(['account', tenant, user], 1), keys: sealed(), devices: sealed(), root: sealed(), ...device, ...letting(), proof: await proof() };
    },
    /** What asks to be let in. */
    asking: async () => ({ ...device, name: 'Firefox on Linux', proof: await proof() }),
    /** A change: what is put, by item and kind, as its next revision, with the root; and what goes. @param {[string, string][]} put @param {[string, number][]} [removed] */
    async change(put, removed = []) {
      const { tenant, user } = await state();
      const rows = await world.query('SELECT item, revision FROM vault_sealed WHERE tenant = ? AND user = ?', tenant, user);
      const next = (/** @type {string} */ item) => (rows.find((row) => row.item === item)?.revision ?? 0) + 1;
      return { put: [...put, ['root', 'manifest']].map(([item, kind]) => [item, kind, next(item), sealed()]), removed };
    },
  };
}
