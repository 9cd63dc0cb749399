// What can be asked about access. `by` is who asks, as histories name callers; whether that caller may was judged before.

import type { MemberRole, Role, Scope } from '@agentcom/schemas';
import type { AgentBounds } from '../agent/agent.js';
import type { Quotas, SignInProof, UsedCode } from './access.js';
import type { SessionEnd } from './events.js';

interface OnOrg {
  readonly org: string;
  readonly by: string;
}

interface MadeKey {
  readonly org: string;
  readonly role: Role;
  readonly name: string;
  readonly hash: string;
  readonly hint?: string;
}

/** From where somebody signs in, and for how long. */
export interface NewSession {
  readonly hash: string;
  readonly ttlMs: number;
  readonly idleMs: number;
  readonly address: string;
  readonly userAgent?: string;
}

interface Registration {
  readonly email: string;
  readonly name: string;
  readonly passwordHash?: string;
}

export interface AccessCommands {
  'org.ensure': { readonly org: string };
  /** With whoever makes it as its owner, or with an invitation for one. */
  'org.create': { readonly org: string; readonly name?: string; readonly by: string } & (
    | { readonly person: string }
    | { readonly invitation: { readonly hash: string; readonly ttlMs: number } }
  );
  /** Instead of those of the config; null gives one back to it, and what is absent stays. */
  'org.set_quotas': OnOrg & { readonly quotas: { readonly [K in keyof Quotas]: Quotas[K] | null } };
  /** Also gives up an organisation's last owner, which is the hub's own to keep. */
  'key.ensure': MadeKey;
  'key.create': MadeKey & {
    readonly by: string;
    readonly ttlMs?: number;
    readonly scopes?: readonly Scope[];
    readonly repositories?: readonly string[];
    readonly rateMultiplier?: number;
  };
  'key.rotate': OnOrg & {
    readonly key: string;
    readonly hash: string;
    readonly hint: string;
    /** How long the old one goes on, ms. */
    readonly overlapMs: number;
    /** The new one ends then at the latest, ms. */
    readonly notAfter?: number;
  };
  'key.revoke': OnOrg & { readonly key: string };
  /** Ids with times, ms; what is not newer by much than what is known is left out. */
  'credentials.note': {
    readonly keys: readonly (readonly [string, number])[];
    readonly sessions: readonly (readonly [string, number])[];
  };
  'enrolment.create': OnOrg &
    AgentBounds & {
      readonly name?: string;
      readonly hash: string;
      readonly uses: number;
      readonly ttlMs: number;
      readonly capabilities: readonly string[];
    };
  'enrolment.revoke': OnOrg & { readonly enrolment: string };
  enrol: {
    readonly tokenHash: string;
    readonly keyHash: string;
    readonly name?: string;
    readonly capabilities: readonly string[];
    readonly host: string;
    readonly os: string;
  };
  /** A new person: invited, or with an organisation of its own. */
  'person.register': Registration &
    ({ readonly invitation: string } | { readonly newOrg: { readonly id: string; readonly name?: string } });
  'person.set_password': { readonly person: string; readonly passwordHash: string; readonly keepSession?: string };
  /** Whoever reads the mail of the account may set its password, by a token that is mailed there; it ends those that were mailed before. */
  'person.ask_reset': { readonly person: string; readonly hash: string; readonly ttlMs: number };
  /** Sets a password by a one-time token. */
  'person.reset': { readonly token: string; readonly passwordHash: string };
  'member.invite': OnOrg & {
    readonly hash: string;
    readonly role: MemberRole;
    readonly ttlMs: number;
    readonly email?: string;
  };
  /** Somebody with an account uses an invitation. */
  'member.join': { readonly person: string; readonly invitation: string };
  'member.change': OnOrg & { readonly person: string; readonly role: MemberRole };
  'member.remove': OnOrg & { readonly person: string };
  /** Those in this organisation, or one of them. */
  'member.end_sessions': OnOrg & { readonly person: string; readonly session?: string };
  /** A link that sets a new password for a member, or signs somebody in. */
  'token.create': OnOrg & {
    readonly hash: string;
    readonly ttlMs: number;
    readonly purpose: 'sign_in' | 'reset';
    readonly person?: string;
    readonly key?: string;
  };
  'token.revoke': OnOrg & { readonly token: string };
  /** What an identity provider says of somebody, judged by the settings; see `access/open-id.ts`. */
  'person.identify': {
    readonly org: string;
    readonly issuer: string;
    readonly subject: string;
    readonly email: string;
    readonly name: string;
    /** For people who are not members yet. */
    readonly role?: MemberRole;
    /** That the provider gives. */
    readonly claimed?: MemberRole;
  };
  'passkey.add': {
    readonly person: string;
    readonly credential: string;
    readonly publicKey: string;
    readonly counter: number;
    readonly name: string;
  };
  'passkey.remove': { readonly person: string; readonly passkey: string };
  /** `secret`, here and when it is enabled, is sealed. */
  'totp.offer': { readonly person: string; readonly secret: string };
  'totp.enable': {
    readonly person: string;
    readonly secret: string;
    readonly step: number;
    readonly recovery: readonly string[];
  };
  'totp.remove': { readonly person: string; readonly code: UsedCode };
  'session.start': NewSession &
    ({ readonly person: string; readonly org?: string; readonly proof: SignInProof } | { readonly token: string });
  'session.switch': { readonly session: string; readonly org: string };
  'session.end': { readonly session: string; readonly cause: SessionEnd };
}

export interface AccessReplies {
  'org.ensure': Record<never, never>;
  'org.create': Record<never, never>;
  'org.set_quotas': Record<never, never>;
  'key.ensure': Record<never, never>;
  'key.create': { readonly key: string };
  'key.rotate': { readonly key: string; readonly expiresAt: number };
  'key.revoke': Record<never, never>;
  'credentials.note': Record<never, never>;
  'enrolment.create': { readonly enrolment: string; readonly expiresAt: number };
  'enrolment.revoke': Record<never, never>;
  enrol: { readonly agent: string; readonly org: string };
  'person.register': { readonly person: string; readonly org: string };
  'person.set_password': Record<never, never>;
  'person.ask_reset': { readonly org: string; readonly expiresAt: number };
  'person.reset': { readonly person: string; readonly org: string };
  'member.invite': { readonly token: string; readonly expiresAt: number };
  'member.join': { readonly org: string };
  'member.change': Record<never, never>;
  'member.remove': Record<never, never>;
  'member.end_sessions': Record<never, never>;
  'token.create': { readonly expiresAt: number };
  'token.revoke': Record<never, never>;
  /** `org` where it is a member of that. */
  'person.identify': { readonly person: string; readonly org?: string };
  'passkey.add': { readonly passkey: string };
  'passkey.remove': Record<never, never>;
  'totp.offer': Record<never, never>;
  'totp.enable': Record<never, never>;
  'totp.remove': Record<never, never>;
  'session.start': { readonly session: string; readonly org: string; readonly endsAt: number };
  'session.switch': Record<never, never>;
  'session.end': Record<never, never>;
}
