// Who there is: organisations with their members, the keys and sessions by which they call, the enrolments and one-time tokens by which
// more of them come. Secrets never come this far, only their hashes.

import type { Config, MemberRole, Role, Scope } from '@agentcom/schemas';
import type { AgentBounds } from '../agent/agent.js';

/** The organisation that runs the hub. It exists from the start. */
export const HUB_ORG = 'default';

/** Where an organisation may have more or less than the config says. */
export type Quotas = Partial<Config['quotas']>;

export interface Org {
  readonly id: string;
  quotas?: Quotas | undefined;
  /** As people call it; the id where nobody named it. */
  readonly name?: string | undefined;
  readonly createdAt: number;
}

/** What a caller may do at most, within its role. */
export interface Bounds {
  /** Absent: everything that the role may. */
  readonly scopes?: readonly Scope[] | undefined;
  /** Patterns of the addresses of repositories; absent: all, and tasks without one. */
  readonly repositories?: readonly string[] | undefined;
}

export interface Key extends Bounds {
  /** How many times the usual limits on requests it has; 1 where it is absent. */
  readonly rateMultiplier?: number | undefined;
  readonly id: string;
  readonly org: string;
  readonly role: Role;
  readonly name: string;
  readonly hash: string;
  /** The part of the key that may be shown; absent for those that machines made themselves. */
  readonly hint?: string | undefined;
  /** Who made it, as histories name callers. */
  by?: string | undefined;
  readonly agent?: string | undefined;
  readonly enrolment?: string | undefined;
  readonly createdAt: number;
  expiresAt?: number | undefined;
  revokedAt?: number | undefined;
  /** The key that takes its place. */
  replacedBy?: string | undefined;
  /** Coarse: noted at most once in `USE_NOTED_MS`. */
  usedAt?: number | undefined;
}

export interface Enrolment extends AgentBounds {
  readonly id: string;
  /** As its maker calls it. */
  readonly name?: string | undefined;
  readonly org: string;
  readonly hash: string;
  readonly uses: number;
  usesLeft: number;
  readonly expiresAt: number;
  readonly capabilities: readonly string[];
  readonly by: string;
  readonly createdAt: number;
  revokedAt?: number | undefined;
}

export interface Person {
  readonly id: string;
  /** In lower case; no two people share one. */
  readonly email: string;
  name: string;
  /** As `access/passwords.ts` encodes it; absent for whoever signs in otherwise. */
  passwordHash?: string | undefined;
  /** Codes of an app, asked for beside the password where they are turned on. */
  totp?: Totp | undefined;
  /** The sealed secret of an app that has not shown a code yet. */
  totpOffer?: string | undefined;
  passkeys?: readonly Passkey[] | undefined;
  /** At identity providers. */
  identities?: readonly Identity[] | undefined;
  readonly createdAt: number;
}

export interface Passkey {
  readonly id: string;
  /** What the authenticator calls it, and its public key (COSE), in base64url. */
  readonly credential: string;
  readonly publicKey: string;
  readonly name: string;
  readonly createdAt: number;
  /** How often it signed, as far as its authenticator counts. */
  readonly counter: number;
  readonly usedAt?: number | undefined;
}

export interface Identity {
  readonly issuer: string;
  readonly subject: string;
}

export interface Totp {
  /** Sealed with the hub's secret key, which is not in the journal. */
  readonly secret: string;
  /** The step (RFC 6238) of the last code that was used; only later ones are taken. */
  usedStep: number;
  /** Hashes of the recovery codes that are left. */
  recovery: readonly string[];
}

/** A code that was right when it was looked at. */
export type UsedCode =
  | { readonly kind: 'totp'; readonly step: number }
  | { readonly kind: 'recovery'; readonly hash: string };

/** By what somebody has proven to be a person. */
export type SignInProof =
  | { readonly method: 'password'; readonly code?: UsedCode | undefined }
  | { readonly method: 'oidc' }
  | { readonly method: 'passkey'; readonly passkey: string; readonly counter: number };
export type SignInMethod = SignInProof['method'] | 'link';

export interface Member {
  readonly org: string;
  readonly person: string;
  role: MemberRole;
  readonly by: string;
  readonly createdAt: number;
}

export type TokenPurpose = 'invitation' | 'sign_in' | 'reset';

/** Good once: an invitation to an organisation, a link that signs in, a link that sets a new password. */
export interface OneTimeToken {
  readonly id: string;
  readonly org: string;
  readonly hash: string;
  readonly purpose: TokenPurpose;
  readonly by: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Of an invitation. */
  readonly role?: MemberRole | undefined;
  /** Whom an invitation is for, if not whoever has it. */
  readonly email?: string | undefined;
  /** Who signs in, or whose password is set. */
  readonly person?: string | undefined;
  /** The key that a link signs in, for whoever has no account. */
  readonly key?: string | undefined;
}

/** Somebody signed in at a browser, as a person or by the authority of a key. */
export interface Session {
  readonly id: string;
  readonly hash: string;
  readonly person?: string | undefined;
  readonly key?: string | undefined;
  readonly method: SignInMethod;
  org: string;
  readonly createdAt: number;
  readonly endsAt: number;
  /** It ends when it is not used for this long, ms. */
  readonly idleMs: number;
  /** Coarse, as `Key.usedAt`. */
  usedAt: number;
  readonly address: string;
  readonly userAgent?: string | undefined;
}

/** A use is noted once in so many ms, so that requests cost the journal nothing. */
export const USE_NOTED_MS = 10 * 60_000;

export function identityKey({ issuer, subject }: Identity): string {
  return JSON.stringify([issuer, subject]);
}

export function memberKey(org: string, person: string): string {
  return `${org}/${person}`;
}

export function isLiveKey(key: Key, now: number): boolean {
  return key.revokedAt === undefined && (key.expiresAt === undefined || key.expiresAt > now);
}

export function isLiveSession(session: Session, now: number): boolean {
  return sessionEndsAt(session) > now;
}

/** When it ends unless it is used again, ms. */
export function sessionEndsAt({ endsAt, usedAt, idleMs }: Session): number {
  return Math.min(endsAt, usedAt + idleMs);
}
