// What of the audit belongs in the hub's own log too, under fixed names: whoever watches that log learns of attacks and of changes to who may do what.

import type { AuditFact, RouteName } from '@agentcom/schemas';

type Level = 'info' | 'warn';

/** Changes, by route. */
const CHANGES: Partial<Record<RouteName, string>> = {
  'key.create': 'key.created',
  'key.rotate': 'key.rotated',
  'key.revoke': 'key.revoked',
  'member.change': 'member.role_changed',
  'member.remove': 'member.removed',
  'config.change': 'config.changed',
};

/** Refusals, by code. */
const REFUSALS: Readonly<Record<string, string>> = {
  'auth.invalid': 'key.refused',
  'auth.sign_in_failed': 'sign_in.refused',
  'auth.code_wrong': 'sign_in.refused',
  'auth.passkey_refused': 'sign_in.refused',
  'token.invalid': 'link.refused',
  'auth.blocked': 'address.blocked',
};

/** One line for each event and address in so long. */
const QUIET_MS = 60_000;
const REMEMBERED = 1_000;

export interface SecurityLogParts {
  readonly now: () => number;
  readonly write: (level: Level, fields: Readonly<Record<string, unknown>>, text: string) => void;
}

export class SecurityLog {
  /** When an event was last written of an address, oldest first. */
  readonly #writtenAt = new Map<string, number>();

  constructor(private readonly parts: SecurityLogParts) {}

  record(org: string, fact: AuditFact): void {
    const event = securityEvent(fact);
    if (event === undefined) return;
    const isRefusal = fact.outcome === 'refused';
    if (isRefusal && this.#isRepeated(`${event} ${fact.address}`)) return;
    const { caller, target, address, route, code, traceId } = fact;
    const fields = { event, org, caller, target, address, route, code, traceId };
    this.parts.write(isRefusal ? 'warn' : 'info', fields, `security: ${event}`);
  }

  #isRepeated(key: string): boolean {
    const now = this.parts.now();
    const last = this.#writtenAt.get(key);
    if (last !== undefined && now - last < QUIET_MS) return true;
    this.#writtenAt.delete(key);
    this.#writtenAt.set(key, now);
    const oldest = this.#writtenAt.keys().next();
    if (this.#writtenAt.size > REMEMBERED && oldest.done === false) this.#writtenAt.delete(oldest.value);
    return false;
  }
}

function securityEvent({ outcome, route, code = '' }: AuditFact): string | undefined {
  if (route === 'agent.ban') return 'agent.banned';
  return outcome === 'done' ? CHANGES[route as RouteName] : REFUSALS[code];
}
