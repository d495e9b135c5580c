/**
 * Keyward's SAML 2.0 verification engine.
 *
 * Whatever verifies, signs or decrypts gives a Promise; `canonicalize` and the parsers are synchronous. Times are
 * milliseconds since the epoch. Certificates are PEM or base64 DER; private keys are PKCS#8 PEM, unencrypted.
 */

/**
 * A refusal. Every failure of this package is one: what gives a Promise rejects with it, whatever it was given, and what does
 * not throws it.
 */
export class KeywardError extends Error {
  readonly name: 'KeywardError';
  /**
   * Stable and kebab-case, one for each check: `signature-missing`, `audience`, `expired`, … Two are not about a message:
   * `invalid-input`, where a caller gave something that is missing, misspelt or of the wrong type, and `internal`, after which
   * the engine has begun anew.
   */
  readonly code: string;
  /** What an admin can do. It may quote the message: for a log, not for the public. */
  readonly message: string;
  constructor(code: string, message: string);
}

export interface NameId {
  /** Exactly as sent. */
  value: string;
  /** A URI; missing means unspecified. */
  format?: string;
  nameQualifier?: string;
  spNameQualifier?: string;
}

export interface Attribute {
  /** Exactly as sent; attributes of the same name and nameFormat are merged. */
  name: string;
  nameFormat?: string;
  /** For people; never to be compared. */
  friendlyName?: string;
  values: string[];
}

export interface Policy {
  /** Accept SHA-1 in digests and signatures. Default false. */
  allowSha1?: boolean;
  /** The smallest RSA modulus, in bits, of certificates and of decryption keys. Default 2048; 1024 is the least. */
  minRsaBits?: number;
  /** Demand an AudienceRestriction that names us. Default true. */
  requireAudience?: boolean;
  /** How far clocks may differ. Default 90. */
  clockSkewSeconds?: number;
  /** Take responses that nobody asked for. Default false. */
  allowUnsolicited?: boolean;
  /** The longest that an assertion may be presentable, from now. No cap by default. */
  maxAssertionLifetimeSeconds?: number;
}

/** The identity provider as an admin pinned it. Nothing that a message says can add to it. */
export interface Idp {
  /** Compared exactly, case included. */
  entityId: string;
  /** At most 10; all are tried. Their dates are not judged, but every one being past its date gives a warning. */
  certificates: string[];
}

export interface VerifyResponseInput {
  /** As received. */
  response: string;
  /** `base64`: the form field of the POST binding. */
  encoding: 'xml' | 'base64';
  /** The time; the engine reads no clock. */
  now: number;
  idp: Idp;
  sp: {
    /** Our entity ID: the audience. */
    entityId: string;
    /** The URL that the response was posted to: the recipient and the destination. */
    acsUrl: string;
    /**
     * For encrypted assertions: PKCS#8 PEM of RSA keys, or CryptoKeys for RSA-OAEP, which need not be extractable; a key
     * shorter than `policy.minRsaBits` decrypts nothing. All of them are tried. They are used through WebCrypto; the one thing
     * that it cannot do, OAEP with another hash in MGF1 than outside, is done in WebAssembly, and only with PEM. A CryptoKey is
     * for one hash: import one for SHA-1, which most identity providers use with OAEP, and one for each other that yours does.
     */
    decryptionKeys?: (string | CryptoKey)[];
  };
  /** The pending request; `null` for an unsolicited response. */
  request: {
    id: string;
    /** Where it asked for a fresh sign-in (`forceAuthn`), the time it was made: who signed in before it, or has yet to, is refused. */
    authnNotBefore?: number;
    /** Where it asked for a way of signing in, those that are good enough, compared exactly. */
    authnContexts?: string[];
  } | null;
  policy?: Policy;
}

export interface VerifiedAssertion {
  /** `null` where there is none, or an empty one: then a stable attribute has to say who it is. */
  nameId: NameId | null;
  attributes: Attribute[];
  issuer: string;
  /** Consume (issuer, assertionId) once, in the transaction that opens the session: the engine keeps no state. */
  assertionId: string;
  sessionIndex?: string;
  sessionNotOnOrAfter?: number;
  authnInstant?: number;
  notOnOrAfter: number;
  authnContext?: string;
  /** What was signed. */
  signed: ('response' | 'assertion')[];
  encrypted: boolean;
  /** Worth an admin's attention: `code: sentence`. */
  warnings: string[];
}

/**
 * Verifies a Response (SAML Profiles §4.1.4): XML, signature, every profile check.
 * @throws {KeywardError} the first check that failed
 */
export function verifyResponse(input: VerifyResponseInput): Promise<VerifiedAssertion>;

/**
 * The canonical form of a document, or of the element with the given ID. `prefixList` is the InclusiveNamespaces PrefixList of
 * exclusive canonicalization (`#default` for the default namespace); the inclusive ones do not read it.
 * @throws {KeywardError} `canonicalization-algorithm`; `message-malformed` where no element has the ID; or what is wrong with the XML
 */
export function canonicalize(
  xml: string,
  opts: { algorithm: string; prefixList?: string[]; elementId?: string },
): string;

export interface Endpoint {
  binding: string;
  /** https, or http on this machine. */
  location: string;
  responseLocation?: string;
}

export interface IdpMetadata {
  entityId: string;
  singleSignOn: Endpoint[];
  /** Empty: the IdP offers no single logout. */
  singleLogout: Endpoint[];
  /** Signing certificates, base64 DER, doubles left out; none where the metadata name none, and one has to come another way. */
  certificates: string[];
  unusableCertificates: number;
  nameIdFormats: string[];
  wantAuthnRequestsSigned: boolean;
  validUntil?: number;
  cacheDurationSeconds?: number;
}

/**
 * Every identity provider of an EntityDescriptor or EntitiesDescriptor, or the one named. With `now`, expired metadata is
 * refused. The signature of metadata is not checked here.
 */
export function parseIdpMetadata(xml: string, opts?: { entityId?: string; now?: number }): IdpMetadata[];

export interface Keys {
  certificates: string[];
  allowSha1?: boolean;
  minRsaBits?: number;
}

/**
 * Verifies every signature of a document of any kind, up to 256 KiB: each has to cover the element it stands in, by its ID
 * (`ID`, `Id`, `id` or `xml:id`) or, at the root, as the whole document, and each has to be valid. Gives the IDs in document
 * order; the root has `''` where it has none. A document without a signature is refused. What stands outside of the elements
 * with these IDs is vouched for by nobody: compare them with the ID of what you read.
 */
export function verifyXmlSignature(xml: string, opts: Keys): Promise<{ signedElementIds: string[] }>;

/** Verifies the signature of a Redirect query, as received (with or without `?`), and inflates its message. */
export function verifyRedirectSignature(
  query: string,
  opts: Keys,
): Promise<{ parameter: 'SAMLRequest' | 'SAMLResponse'; xml: string; relayState?: string }>;

/** A message of either binding: the query of a Redirect, or the XML or form field of a POST. */
export type LogoutMessage = { query: string } | { xml: string } | { base64: string };

export type VerifyLogoutInput = LogoutMessage & {
  now: number;
  idp: Idp;
  /** With keys as in {@link VerifyResponseInput}, for a name that is encrypted. */
  sp: { entityId: string; decryptionKeys?: (string | CryptoKey)[] };
  /** The URL that the message came to. */
  destination: string;
  policy?: Pick<Policy, 'allowSha1' | 'minRsaBits' | 'clockSkewSeconds'>;
};

export function verifyLogoutRequest(
  input: VerifyLogoutInput,
): Promise<{
  /** Remember it until `notOnOrAfter` plus the clock skew, so that nobody plays it again. */
  id: string;
  nameId: NameId;
  /** Empty: all sessions of that person. */
  sessionIndexes: string[];
  notOnOrAfter: number;
  relayState?: string;
}>;

export function verifyLogoutResponse(
  input: VerifyLogoutInput,
): Promise<{ inResponseTo: string; success: boolean; status?: string; relayState?: string }>;

export type Binding = 'redirect' | 'post';

/** How a message of ours travels, and who signs it. */
export interface Sending<B extends Binding = 'redirect'> {
  /** Default `redirect`. */
  binding?: B;
  /** Handed back with the answer; never put an address in it that you would follow. */
  relayState?: string;
  /**
   * PKCS#8 PEM, or a CryptoKey, which need not be extractable: RSA (signs with RSA-SHA256), ECDSA on P-256, P-384 or P-521,
   * or Ed25519 where the host has it. It is used through WebCrypto. Without one the message is unsigned.
   */
  signingKey?: string | CryptoKey;
  /** Put into a posted message beside its signature, for a provider that knows several. */
  signingCertificate?: string;
}

/** A message of ours, ready to be sent. */
export type Sent<B extends Binding = 'redirect'> = { id: string; xml: string } & (B extends 'post'
  ? {
      /** What the browser is to post. The values are not escaped for HTML yet. */
      form: { action: string; fields: { SAMLRequest?: string; SAMLResponse?: string; RelayState?: string } };
    }
  : {
      /** Where to send the browser. */
      redirectUrl: string;
    });

/**
 * An AuthnRequest (SAML Core §3.4.1).
 * @throws {KeywardError} `invalid-input` where the id is not an NCName, or a key cannot be used
 */
export function buildAuthnRequest<B extends Binding = 'redirect'>(input: Sending<B> & {
  idp: { ssoUrl: string };
  sp: { entityId: string; acsUrl: string };
  /** Unpredictable, beginning with `_`; remember it for `request.id`. */
  id: string;
  now: number;
  forceAuthn?: boolean;
  isPassive?: boolean;
  nameIdFormat?: string;
  /** Who is expected to sign in. */
  subject?: NameId;
  authnContexts?: string[];
  /** How they are to be met; default `exact`. */
  comparison?: 'exact' | 'minimum' | 'maximum' | 'better';
  scoping?: { proxyCount?: number; idps?: string[]; requesters?: string[] };
}): Promise<Sent<B>>;

/** A LogoutRequest (SAML Core §3.7.1). */
export function buildLogoutRequest<B extends Binding = 'redirect'>(input: Sending<B> & {
  idp: { sloUrl: string };
  sp: { entityId: string };
  /** Unpredictable, beginning with `_`; the answer's `inResponseTo`. */
  id: string;
  now: number;
  notOnOrAfter?: number;
  /** Exactly as the assertion said. */
  nameId: NameId;
  sessionIndex?: string;
}): Promise<Sent<B>>;

/** The answer to a LogoutRequest (SAML Core §3.7.2). */
export function buildLogoutResponse<B extends Binding = 'redirect'>(input: Sending<B> & {
  idp: { sloUrl: string };
  sp: { entityId: string };
  id: string;
  now: number;
  /** The request's `id`. */
  inResponseTo: string;
  /** Default `success`; `partial` where some sessions could not be ended. */
  outcome?: 'success' | 'partial' | 'refused';
}): Promise<Sent<B>>;

/** Our metadata, for an identity provider's admin to load. */
export function buildSpMetadata(input: {
  entityId: string;
  acsUrl: string;
  /** Where messages for single logout come in, by either binding. */
  singleLogoutUrl?: string;
  signingCertificates?: string[];
  /** One at most: AD FS refuses two. */
  encryptionCertificate?: string;
  nameIdFormats?: string[];
  validUntil?: number;
  /** An NCName; needed where the metadata is signed. */
  id?: string;
  /** As in {@link Sending}. */
  signingKey?: string | CryptoKey;
  signingCertificate?: string;
}): Promise<string>;

/** What can be read of a certificate. */
export function readCertificate(certificate: string): {
  subject: string;
  key: string;
  notBefore: number;
  notAfter: number;
  sha256Fingerprint: string;
};

/**
 * Who uses keys: `auto` (the default: signatures are verified, and AES-GCM is opened, by `node:crypto` where there is one, and
 * elsewhere AES and RSA signatures in WebAssembly, which is quicker than asking WebCrypto; all else by WebCrypto), `node` (the
 * same, and decryption keys in PEM by `node:crypto` too: messages that come one after the other are decrypted sooner, but
 * nothing else in the thread happens meanwhile; an error where there is no `node:crypto`), `webcrypto` (all that needs a
 * public or a private key, where it can), `rust` (all of it in WebAssembly).
 */
export function setBackend(choice: 'auto' | 'node' | 'webcrypto' | 'rust'): void;

// --- the core's decisions ---------------------------------------------------------------------------------------------

export interface ReservedDomain {
  /** Of any spelling: `Acme.test`, `münchen.test`. */
  name: string;
  /** An id: 1 to 64 of `a-z`, `0-9` and `_`. */
  tenant: string;
  /** Default `active`. */
  tenantStatus?: 'active' | 'suspended' | 'deleted';
  /** The id of the connection that the domain leads to; `null` where it leads nowhere yet. */
  connection: string | null;
  /** Default `active`. */
  connectionStatus?: 'draft' | 'active' | 'disabled';
}

/**
 * Where somebody with this e-mail signs in: by its exact domain, as Keyward's sign-in page decides it. No account is looked at.
 * @throws {KeywardError} `email-malformed`, `domain-unknown`, `tenant-not-active`, `connection-not-active`
 */
export function routeEmail(input: { email: string; domains: ReservedDomain[] }): {
  /** Normalised: lower case, the domain as A-labels. */
  email: string;
  domain: string;
  tenant: string;
  connection: string;
};

/** What of a connection says whom its assertions are about, and whether strangers get accounts. Ids as in {@link ReservedDomain}. */
export interface ConnectionRules {
  id: string;
  idpEntityId: string;
  spEntityId: string;
  /** Make an account for whoever has none. Default false. */
  jit?: boolean;
  /** The attribute that says who somebody is. Left out: the NameID, which must not be transient. */
  subjectAttribute?: string;
  /** A second attribute, remembered at the first sign-in and compared ever after. */
  pinnedAttribute?: string;
  /** The attribute whose values are groups. Left out: groups give nothing. */
  groupsAttribute?: string;
  /** The attributes' exact names. Default: `Email`, `First`, `Last`. */
  mapping?: { email?: string; first?: string; last?: string };
}

/** What {@link verifyResponse} says of a person. */
export type Person = Pick<VerifiedAssertion, 'nameId' | 'attributes'>;

/**
 * Whom an assertion names: what to look the facts for {@link decideProvisioning} up by.
 * @throws {KeywardError} `name-id-missing`, `name-id-transient`, `attribute-missing`, `attribute-values`, `email-malformed`, …
 */
export function readIdentity(input: { connection: ConnectionRules; person: Person }): {
  /** The key of the identity within its connection. Equal text is equal people; an e-mail never is. */
  subject: string;
  email: string;
  domain: string;
  name: string;
  pinned: string | null;
  groups: string[];
};

export type UserStatus = 'invited' | 'active' | 'locked' | 'deleted';

/** All that provisioning looks at. */
export interface ProvisioningFacts {
  /** Whom this connection knows by the subject, and what was pinned then. */
  identity?: { user: { id: string; status: UserStatus; email: string; name?: string }; pinned?: string | null } | null;
  /** The organisation's account that has the asserted e-mail, and the connection that it signs in by, if any. */
  emailHolder?: { user: string; status: UserStatus; connection?: string | null } | null;
  /** The e-mail's domain, where the organisation has reserved it, and where that leads. */
  domain: { connection: string | null } | null;
  defaultRoles?: string[];
  /** The lines of the groups map that the asserted groups meet. */
  groupRoles?: { group: string; role: string }[];
  /** What the identity's user has. */
  heldRoles?: { role: string; source: 'default' | 'group' | 'direct' }[];
  /** Whether there is room for another account. Default false. */
  seatFree?: boolean;
}

/**
 * Whose account a sign-in opens and what it changes, as Keyward decides it. Nothing is written. An e-mail alone never links an
 * account.
 * @throws {KeywardError} `email-domain-not-reserved`, `user-locked`, `user-deleted`, `identity-changed`, `email-in-use`,
 * `jit-off`, `no-seat`, …
 */
export function decideProvisioning(input: {
  connection: ConnectionRules;
  person: Person;
  facts: ProvisioningFacts;
}): {
  /** Whose account it is; `null`: a new one. */
  user: string | null;
  email: string;
  name: string;
  /** Whether e-mail or name of a known account are to be changed to these. */
  updatesProfile: boolean;
  /** Whether the pinned attribute is noted now, for an identity that has none. */
  pins: boolean;
  rolesGiven: { role: string; source: 'default' | 'group' }[];
  rolesTaken: string[];
};

export type TwoFactorMethod = 'totp' | 'webauthn' | 'backup_code';
export type CharacterClass = 'lower' | 'upper' | 'digit' | 'symbol';

/** Every policy with the type of its value. What is not said otherwise is false by default. */
export interface PolicyValues {
  /** Nobody is signed in without a second factor. */
  require_two_factor: boolean;
  /** Which second factors count. Default: all. Roles combine to those that all of them allow. */
  two_factor_methods: TwoFactorMethod[];
  /** Days for which a device that proved a second factor is not asked again, 0 to 365. Default 30; the fewest win. */
  two_factor_remember: number;
  /** Ranges such as `203.0.113.0/24` and `2001:db8::/32`. Default: everywhere. Roles combine to what they have in common. */
  ip_allow_list: string[];
  /** 1 to 1440. Default 30; the fewest win. */
  session_idle_minutes: number;
  /** 1 to 720. Default 12; the fewest win. */
  session_max_hours: number;
  /** Minutes after a vault locked itself in which the same session opens it again, 0 to 15. Default 0; the fewest win. */
  unlock_grace_minutes: number;
  restrict_recovery_phrase: boolean;
  /** Default true; one role that says no is enough. */
  device_approval_by_user: boolean;
  /** Default true; one role that says no is enough. */
  device_approval_by_admin: boolean;
  /** Days within which people have to consent to escrow, 0 to 90; `false` where nobody is asked. The fewest win. */
  require_escrow: number | false;
  disable_onboarding: boolean;
  disable_setup_tour: boolean;
  restrict_import: boolean;
  restrict_browser_extension: boolean;
  restrict_create_record: boolean;
  restrict_create_folder: boolean;
  restrict_export: boolean;
  /** Seconds until a copied secret is cleared, 0 (nothing is copied) to 3600. Default 30; the fewest win. */
  restrict_clipboard_seconds: number;
  mask_while_editing: boolean;
  /** Default: 20 characters of every class. Roles combine to the greater length and all their classes. */
  generated_password: { min_length: number; classes: CharacterClass[] };
  /** 1 to 365. Default 30; the fewest win. */
  days_before_trash_is_emptied: number;
  /** Default true. */
  restrict_offline: boolean;
}

export type EffectivePolicy = {
  [Name in keyof PolicyValues]: {
    value: PolicyValues[Name];
    /** The roles whose value it is; where only several together make it, all of those; empty where it is the default. */
    because: string[];
  };
};

/**
 * What applies to somebody with these roles: per policy the most restrictive value, whatever their order. A policy that no
 * role has keeps its default; one that a role has may be looser than the default.
 * @throws {KeywardError} `invalid-input`, with the policy that is unknown or has a wrong value
 */
export function effectivePolicy(roles: { role: string; policies: Partial<PolicyValues> }[]): {
  policy: EffectivePolicy;
  /** What leaves nobody a way out, to be mended before it is saved. */
  deadEnds: ('no-address' | 'no-two-factor-method' | 'no-way-to-a-new-device')[];
};

export type OnboardingStep =
  | 'escrow_consent'
  | 'two_factor'
  | 'recovery_phrase'
  | 'import'
  | 'browser_extension'
  | 'first_record'
  | 'tour';

/** What somebody is walked through after the sign-in, and whether the session waits for it. */
export function planOnboarding(input: {
  /** From {@link effectivePolicy}. */
  policy: EffectivePolicy;
  now: number;
  /** When the person was first asked to consent to escrow; leave it out where nobody has asked. */
  escrowAskedAt?: number;
  /** The second factors that the person has. This, and not `done`, says whether that step is done. */
  twoFactor?: TwoFactorMethod[];
  done?: OnboardingStep[];
  /** What the person put off. */
  skipped?: OnboardingStep[];
}): {
  /** In order, those that are done included. */
  steps: {
    step: OnboardingStep;
    progress: 'open' | 'skipped' | 'done';
    required: boolean;
    /** The session may do nothing else until it is done. */
    holds: boolean;
    /** From when on it will hold the session. */
    due?: number;
  }[];
  /** Whether any step holds the session. */
  restricted: boolean;
  /** The step to show; `null`: go on to the vault. */
  next: OnboardingStep | null;
};
