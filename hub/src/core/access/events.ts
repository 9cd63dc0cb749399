// What happens to organisations, people, keys, sessions, enrolments and one-time tokens.

import type { MemberRole, Role, Scope } from '@agentcom/schemas';
import type { AgentBounds } from '../agent/agent.js';
import type { Quotas, SignInMethod, TokenPurpose, UsedCode } from './access.js';

export type SessionEnd = 'signed_out' | 'revoked' | 'expired' | 'password_set' | 'member_removed' | 'linked';

export type AccessEvent =
  | { readonly type: 'org.created'; readonly org: string; readonly name?: string; readonly by?: string }
  | { readonly type: 'org.quotas_set'; readonly org: string; readonly quotas: Quotas; readonly by: string }
  | {
      readonly type: 'key.created';
      readonly key: string;
      readonly org: string;
      readonly role: Role;
      readonly name: string;
      readonly hash: string;
      readonly hint?: string;
      readonly by?: string;
      readonly agent?: string;
      readonly enrolment?: string;
      readonly expiresAt?: number;
      readonly scopes?: readonly Scope[];
      readonly repositories?: readonly string[];
      readonly rateMultiplier?: number;
    }
  /** Another key takes its place; it ends at `expiresAt`. */
  | {
      readonly type: 'key.rotated';
      readonly org: string;
      readonly key: string;
      readonly replacedBy: string;
      readonly expiresAt: number;
      readonly by: string;
    }
  | { readonly type: 'key.revoked'; readonly org: string; readonly key: string; readonly by: string }
  | { readonly type: 'key.forgotten'; readonly key: string }
  /** Ids with times, ms. */
  | {
      readonly type: 'credentials.used';
      readonly keys: readonly (readonly [string, number])[];
      readonly sessions: readonly (readonly [string, number])[];
    }
  | ({
      readonly type: 'enrolment.created';
      readonly enrolment: string;
      readonly name?: string;
      readonly org: string;
      readonly hash: string;
      readonly uses: number;
      readonly expiresAt: number;
      readonly capabilities: readonly string[];
      readonly by: string;
    } & AgentBounds)
  | { readonly type: 'enrolment.used'; readonly hash: string }
  | { readonly type: 'enrolment.revoked'; readonly org: string; readonly hash: string; readonly by: string }
  | { readonly type: 'enrolment.expired'; readonly hash: string }
  | {
      readonly type: 'person.registered';
      readonly person: string;
      readonly email: string;
      readonly name: string;
      readonly passwordHash?: string;
    }
  | { readonly type: 'person.password_set'; readonly person: string; readonly passwordHash: string }
  /** With somebody at an identity provider; whatever proved that person before no longer does. */
  | { readonly type: 'person.linked'; readonly person: string; readonly issuer: string; readonly subject: string }
  | {
      readonly type: 'passkey.added';
      readonly person: string;
      readonly passkey: string;
      readonly credential: string;
      readonly publicKey: string;
      readonly counter: number;
      readonly name: string;
    }
  | { readonly type: 'passkey.used'; readonly person: string; readonly passkey: string; readonly counter: number }
  | { readonly type: 'passkey.removed'; readonly person: string; readonly passkey: string }
  /** An app's secret, sealed; `enabled` once the app has shown a code of it. */
  | { readonly type: 'person.totp_offered'; readonly person: string; readonly secret: string }
  | {
      readonly type: 'person.totp_enabled';
      readonly person: string;
      readonly usedStep: number;
      /** Hashes of recovery codes. */
      readonly recovery: readonly string[];
    }
  | { readonly type: 'person.totp_removed'; readonly person: string }
  | { readonly type: 'person.code_used'; readonly person: string; readonly code: UsedCode }
  | {
      readonly type: 'member.added';
      readonly org: string;
      readonly person: string;
      readonly role: MemberRole;
      readonly by: string;
    }
  | {
      readonly type: 'member.changed';
      readonly org: string;
      readonly person: string;
      readonly role: MemberRole;
      readonly by: string;
    }
  | { readonly type: 'member.removed'; readonly org: string; readonly person: string; readonly by: string }
  | {
      readonly type: 'token.created';
      readonly token: string;
      readonly org: string;
      readonly hash: string;
      readonly purpose: TokenPurpose;
      readonly expiresAt: number;
      readonly by: string;
      readonly role?: MemberRole;
      readonly email?: string;
      readonly person?: string;
      readonly key?: string;
    }
  | {
      readonly type: 'token.ended';
      readonly org: string;
      readonly hash: string;
      readonly cause: 'used' | 'revoked' | 'expired';
    }
  | {
      readonly type: 'session.started';
      readonly session: string;
      readonly method: SignInMethod;
      readonly org: string;
      readonly hash: string;
      readonly endsAt: number;
      readonly idleMs: number;
      readonly address: string;
      readonly userAgent?: string;
      readonly person?: string;
      readonly key?: string;
    }
  | { readonly type: 'session.switched'; readonly session: string; readonly org: string }
  | { readonly type: 'session.ended'; readonly session: string; readonly cause: SessionEnd };
