// @ts-check
// Rows for a tenant that can sign in: for the demo and for tests. Never part of a deployment.
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { selfSigned } from './lib/certificate.mjs';

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/** An opaque id: a prefix and 20 characters of base32. @param {string} prefix */
export function newId(prefix) {
  return `${prefix}_${Array.from(randomBytes(20), (byte) => alphabet[byte & 31]).join('')}`;
}

/**
 * A private key as `sp_key.wrapped` has it (migrations/0001): AES-256-GCM, bound to where it belongs.
 * @param {Buffer} masterKey 32 bytes @param {Buffer} pkcs8 @param {string} bound `<tenant>|<connection>|<purpose>`
 */
export function wrapKey(masterKey, pkcs8, bound) {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', masterKey, iv).setAAD(Buffer.from(bound));
  const sealed = Buffer.concat([iv, cipher.update(pkcs8), cipher.final(), cipher.getAuthTag()]);
  const id = createHash('sha256').update(masterKey).digest('hex').slice(0, 8);
  return `v1.${id}.${sealed.toString('base64')}`;
}

/**
 * @typedef {{
 *   id?: string, ssoName?: string | null, status?: 'draft' | 'active' | 'disabled', jit?: boolean, idpInitiated?: boolean,
 *   idpInitiatedPaths?: string[], idpName?: string, idpEntityId: string, ssoUrl: string, binding?: 'redirect' | 'post',
 *   certificates: string[], mapping?: Record<string, string>, domains?: string[], node?: string, nameIdFormat?: string | null,
 *   subjectAttribute?: string | null, pinnedAttribute?: string | null, signRequests?: boolean,
 *   groupsAttribute?: string | null, groupRoles?: Record<string, string>, singleLogout?: boolean, sloUrl?: string | null,
 *   sloResponseUrl?: string | null, sloBinding?: 'redirect' | 'post'
 * }} ConnectionSeed `certificates` are base64 DER; `groupRoles` is group → the name of a role
 * @typedef {{ name: string, status?: string, seats?: number, policies?: Record<string, unknown>, connections: ConnectionSeed[] }} TenantSeed `policies` are those of the default roles
 */

/** The pair that all connections of one process decrypt with: making one takes longer than all else here. @type {ReturnType<typeof selfSigned> | undefined} */
let decrypting;

/**
 * The statements that make a tenant with a root node, a node below it for each connection, and a default role there.
 * @param {Buffer} masterKey @param {TenantSeed} seed @param {number} [now]
 * @returns {{ statements: { sql: string, params: unknown[] }[], tenant: string, connections: string[], spCertificates: string[], encryptionCertificates: string[] }}
 */
export function seedTenant(masterKey, seed, now = Date.now()) {
  /** @type {{ sql: string, params: unknown[] }[]} */
  const statements = [];
  /** @param {string} table @param {Record<string, unknown>} row */
  const insert = (table, row) => {
    const columns = Object.keys(row);
    statements.push({
      sql: `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
      params: Object.values(row),
    });
  };
  const tenant = newId('t');
  const rootNode = newId('n');
  insert('tenant', { id: tenant, name: seed.name, status: seed.status ?? 'active', seats: seed.seats ?? 100, created_at: now });
  insert('node', { tenant, id: rootNode, parent: null, name: seed.name, created_at: now });
  const connections = [];
  /** @type {string[]} */
  const spCertificates = [];
  /** @type {string[]} */
  const encryptionCertificates = [];
  for (const [index, it] of seed.connections.entries()) {
    const node = newId('n');
    const role = newId('r');
    const connection = it.id ?? newId('c');
    insert('node', { tenant, id: node, parent: rootNode, name: it.node ?? (index === 0 ? 'Engineering' : `Node ${index + 1}`), created_at: now });
    insert('role', { tenant, id: role, node, name: 'Member', policies: JSON.stringify(seed.policies ?? {}), created_at: now });
    insert('node_default_role', { tenant, node, role });
    insert('connection', {
      tenant, id: connection, node, status: it.status ?? 'active', sso_name: it.ssoName ?? null, jit: Number(it.jit ?? true),
      idp_initiated: Number(it.idpInitiated ?? false), idp_initiated_paths: JSON.stringify(it.idpInitiatedPaths ?? []), single_logout: Number(it.singleLogout ?? true), created_at: now,
    });
    insert('connection_configuration', {
      tenant, connection, stage: 'active', idp_name: it.idpName ?? 'Demo IdP', idp_entity_id: it.idpEntityId, sso_url: it.ssoUrl,
      sso_binding: it.binding ?? 'redirect', sign_requests: Number(it.signRequests ?? true), name_id_format: it.nameIdFormat ?? null,
      subject_attribute: it.subjectAttribute ?? null, pinned_attribute: it.pinnedAttribute ?? null, groups_attribute: it.groupsAttribute ?? null,
      attribute_mapping: JSON.stringify(it.mapping ?? { email: 'Email', first: 'First', last: 'Last' }),
      slo_url: it.sloUrl ?? null, slo_response_url: it.sloResponseUrl ?? null, slo_binding: it.sloBinding ?? 'redirect', created_at: now,
    });
    /** @type {Map<string, string>} */
    const roles = new Map([['Member', role]]);
    for (const [value, name] of Object.entries(it.groupRoles ?? {})) {
      const given = roles.get(name) ?? newId('r');
      if (!roles.has(name)) insert('role', { tenant, id: given, node, name, created_at: now });
      roles.set(name, given);
      insert('connection_group_role', { tenant, connection, value, role: given });
    }
    for (const certificate of it.certificates) {
      const fingerprint = createHash('sha256').update(Buffer.from(certificate, 'base64')).digest('hex');
      insert('connection_certificate', { tenant, connection, stage: 'active', fingerprint, certificate, created_at: now });
    }
    for (const [purpose, certificates] of /** @type {const} */ ([['sign', spCertificates], ['decrypt', encryptionCertificates]])) {
      const pair = purpose === 'decrypt' ? (decrypting ??= selfSigned('Keyward service provider')) : selfSigned('Keyward service provider');
      insert('sp_key', {
        tenant, connection, id: newId('k'), purpose, status: 'active', certificate: pair.base64,
        wrapped: wrapKey(masterKey, pair.keyDer, `${tenant}|${connection}|${purpose}`), created_at: now,
      });
      certificates.push(pair.certificate);
    }
    for (const domain of it.domains ?? []) {
      insert('domain', { tenant, name: domain, status: 'reserved', connection, created_at: now });
    }
    connections.push(connection);
  }
  return { statements, tenant, connections, spCertificates, encryptionCertificates };
}

/** Runs statements as one transaction. @param {any} database @param {{ sql: string, params: unknown[] }[]} statements */
export async function apply(database, statements) {
  await database.batch(statements.map(({ sql, params }) => database.prepare(sql).bind(...params)));
}
