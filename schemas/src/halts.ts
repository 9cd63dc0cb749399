// Halts as they are asked for and answered.

import * as Type from 'typebox';
import { LIMITS } from './limits.js';
import { HALT_KINDS, HALT_STRENGTHS } from './names.js';
import { limit, mustBeCursor, page } from './pages.js';
import { Count, closed, type Data, line, oneOf, TaskId, Timestamp } from './primitives.js';

/**
 * `value`: of `org` an organisation, the caller's own where it is absent; of `repo` an address, where `*` matches any text; of `label` `name=value`;
 * of `runner` and `agent` a name; of `fleet` nothing.
 */
export const HaltScope = closed({ kind: oneOf(HALT_KINDS), value: Type.Optional(line(LIMITS.urlChars)) });
export type HaltScope = Data<typeof HaltScope>;

/** Without `until` it is in force until somebody ends it. */
export const HaltBody = closed({
  scope: HaltScope,
  strength: oneOf(HALT_STRENGTHS),
  reason: line(LIMITS.reasonChars),
  until: Type.Optional(Timestamp),
});
export type HaltBody = Data<typeof HaltBody>;

/** `by` is `hub` where those who run the hub have halted another organisation. */
export const HaltView = closed({
  id: Type.String(),
  scope: HaltScope,
  strength: oneOf(HALT_STRENGTHS),
  reason: Type.String(),
  by: Type.String(),
  since: Timestamp,
  until: Type.Optional(Timestamp),
});
export type HaltView = Data<typeof HaltView>;
/** What a halt is about. `unknown`: nothing that is or was there has such a name. */
export const HaltReach = closed({
  /** Tasks that agents have. */
  running: Count,
  /** Tasks that no agent has; absent where there are too many to look at. */
  pending: Type.Optional(Count),
  unknown: Type.Optional(Type.Literal(true)),
});
export type HaltReach = Data<typeof HaltReach>;
/** With what it was about when it was made. */
export const MadeHalt = closed({ ...HaltView.properties, ...HaltReach.properties });
export type MadeHalt = Data<typeof MadeHalt>;
export const HaltPage = page(HaltView);
export type HaltPage = Data<typeof HaltPage>;

/** In force right now; oldest first. */
export const HaltListQuery = closed({
  limit,
  cursor: Type.Optional(Type.String({ ...TaskId, mustBe: mustBeCursor })),
});
export type HaltListQuery = Data<typeof HaltListQuery>;

export const HaltPath = closed({
  id: Type.String({ ...TaskId, mustBe: 'the id of a halt: a UUID of version 7 in lower case' }),
});
