// What happens to organisations, keys and enrolments.

import type { Role } from '@agentcom/schemas';

export type AccessEvent =
  | { readonly type: 'org.created'; readonly org: string }
  | {
      readonly type: 'key.created';
      readonly key: string;
      readonly org: string;
      readonly role: Role;
      readonly name: string;
      readonly hash: string;
      readonly agent?: string;
      readonly enrolment?: string;
      readonly expiresAt?: number;
    }
  | { readonly type: 'key.revoked'; readonly key: string }
  | {
      readonly type: 'enrolment.created';
      readonly enrolment: string;
      readonly org: string;
      readonly hash: string;
      readonly uses: number;
      readonly expiresAt: number;
      readonly capabilities: readonly string[];
      readonly by: string;
    }
  | { readonly type: 'enrolment.used'; readonly hash: string }
  | { readonly type: 'enrolment.expired'; readonly hash: string };
