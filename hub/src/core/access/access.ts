// Keys and enrolments as the hub knows them. Only hashes ever come this far.

import type { Role } from '@agentcom/schemas';

export interface Key {
  readonly id: string;
  readonly org: string;
  readonly role: Role;
  readonly name: string;
  readonly hash: string;
  readonly agent?: string | undefined;
  readonly enrolment?: string | undefined;
  readonly createdAt: number;
  readonly expiresAt?: number | undefined;
  revokedAt?: number | undefined;
}

export interface Enrolment {
  readonly id: string;
  readonly org: string;
  readonly hash: string;
  usesLeft: number;
  readonly expiresAt: number;
  readonly capabilities: readonly string[];
  readonly by: string;
  readonly createdAt: number;
}
