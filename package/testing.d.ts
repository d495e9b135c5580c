import type { Idp, NameId } from './index.js';

/** The throw-away identity provider of this process. */
export function testIdp(): { certificate: string };

/**
 * A response signed with a key that this process made and forgets, for your own tests. Never trust its certificate
 * anywhere else.
 */
export function mintResponse(input: {
  acsUrl: string;
  spEntityId: string;
  /** Milliseconds since the epoch. */
  now: number;
  issuer?: string;
  /** The request that is answered; leave it out for an unsolicited response. */
  inResponseTo?: string;
  nameId?: NameId;
  attributes?: Record<string, string | string[]>;
  /** Default: both. */
  sign?: ('response' | 'assertion')[];
  lifetimeSeconds?: number;
  sessionIndex?: string;
  authnInstant?: number;
}): {
  xml: string;
  /** base64, as the POST binding sends it. */
  response: string;
  /** What to pin to accept it. */
  idp: Idp;
};
