// What the edges need of the audit: somewhere to say what happened, and pages of it.

import { type AuditFact, type AuditPage, type AuditQuery, catalogueEntry, type RefusalBody } from '@agentcom/schemas';
import type { Caller } from '../access/authenticate.js';
import type { Refusal } from '../core/refusal.js';

export interface AuditTrail {
  /** Never fails and never waits. Without an organisation it is the hub's own. */
  record(org: string | undefined, fact: AuditFact): void;
}

export interface AuditLog extends AuditTrail {
  page(org: string, query: AuditQuery): Promise<AuditPage>;
}

/** Refusals that are audited whatever was asked: of who it is, of what it may do, of how much, of which name the hub is called by. */
const OF_ACCESS = [401, 403, 421, 429];

export function isAccessRefusal({ code }: RefusalBody): boolean {
  return OF_ACCESS.includes(catalogueEntry(code).status);
}

/** Of whoever asks to have a connection become a socket; the key may be known and of no use there. */
export function auditRefusedSocket(
  audit: AuditTrail,
  socket: Pick<AuditFact, 'action' | 'route'>,
  caller: Caller | undefined,
  address: string,
  refusal: Refusal,
): void {
  if (!isAccessRefusal(refusal)) return;
  const { code } = refusal;
  audit.record(caller?.org, {
    ...socket,
    ...(caller !== undefined && { caller: caller.by, name: caller.name }),
    address,
    outcome: 'refused',
    status: catalogueEntry(code).status,
    code,
  });
}
