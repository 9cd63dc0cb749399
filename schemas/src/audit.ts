// The audit log as it is asked for and answered: who did what, on what, from where, and how it ended.

import * as Type from 'typebox';
import { LIMITS } from './limits.js';
import { NextCursor } from './pages.js';
import { Count, closed, type Data, integer, line, oneOf, Timestamp } from './primitives.js';

export const AUDIT_OUTCOMES = ['done', 'refused'] as const;
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

/**
 * `action` is one of the policy, or `public`; `route` is the route, on the socket `agent.connect`, `agent.ban` or the type of the frame, or
 * `audit.omitted` for what was counted and not written. `caller` is as histories have it. `count` is there where one entry stands for several refusals.
 */
export const AuditEntry = closed({
  id: Type.String(),
  at: Timestamp,
  caller: Type.Optional(Type.String()),
  name: Type.Optional(Type.String()),
  action: Type.String(),
  route: Type.String(),
  target: Type.Optional(Type.String()),
  address: Type.Optional(Type.String()),
  outcome: oneOf(AUDIT_OUTCOMES),
  status: Type.Optional(Type.Integer()),
  code: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String()),
  traceId: Type.Optional(Type.String()),
  count: Type.Optional(Count),
});
export type AuditEntry = Data<typeof AuditEntry>;

/** What is known when it happens. */
export type AuditFact = Omit<AuditEntry, 'id' | 'at' | 'count'>;

/** A record, by its number, that is not as it was written, or not there. */
export const AuditBreak = closed({ record: Count, kind: oneOf(['altered', 'missing']) });
export type AuditBreak = Data<typeof AuditBreak>;

/** Newest first. A page may be empty and not be the last one: it ends after so much work. `breaks` is of what was read for this page. */
export const AuditPage = closed({
  items: Type.Array(AuditEntry),
  nextCursor: NextCursor,
  breaks: Type.Array(AuditBreak),
});
export type AuditPage = Data<typeof AuditPage>;

const Word = line(LIMITS.auditWordChars);

export const AuditQuery = closed({
  since: Type.Optional(Timestamp),
  until: Type.Optional(Timestamp),
  /** As in entries, or the name. */
  caller: Type.Optional(Word),
  /** An action or a route. */
  action: Type.Optional(Word),
  target: Type.Optional(Word),
  outcome: Type.Optional(oneOf(AUDIT_OUTCOMES)),
  limit: Type.Optional(integer(1, LIMITS.pageItems)),
  cursor: Type.Optional(
    Type.String({ pattern: '^[1-9][0-9]{0,14}\\.[0-9]{1,6}$', mustBe: 'the cursor from the previous page' }),
  ),
});
export type AuditQuery = Data<typeof AuditQuery>;
