// Spend limits as they are asked for and answered. Money is in millionths of the currency.

import * as Type from 'typebox';
import { Currency, Money } from './costs.js';
import { LIMITS } from './limits.js';
import { LIMIT_KINDS, LIMIT_LEVELS, LIMIT_WINDOWS, type LimitKind } from './names.js';
import { limit, page } from './pages.js';
import { Count, closed, type Data, integer, line, oneOf, Timestamp } from './primitives.js';

/** As that of a halt. `member`: who submitted, as the cost report names them, such as `person:…` or `key:…`. */
export const LimitScope = closed({ kind: oneOf(LIMIT_KINDS), value: Type.Optional(line(LIMITS.limitScopeChars)) });
export type LimitScope = Data<typeof LimitScope>;

/** The kind, and after a colon the value. */
const LimitScopeText = Type.String({
  maxLength: LIMITS.limitScopeChars,
  pattern: `^(?:${LIMIT_KINDS.join('|')})(?::[^\\u0000-\\u001f\\u007f]+)?$`,
  mustBe: `${LIMIT_KINDS.join(', ')}, and after a colon which one, such as label:team=roof`,
});

export const LimitPath = closed({ scope: LimitScopeText });

export function limitScopeOf(text: string): LimitScope {
  const at = text.indexOf(':');
  return at < 0 ? { kind: text as LimitKind } : { kind: text.slice(0, at) as LimitKind, value: text.slice(at + 1) };
}

export function limitScopeText({ kind, value }: LimitScope): string {
  return value === undefined ? kind : `${kind}:${value}`;
}

/** As the command takes it. */
export function limitScopeWords({ kind, value }: LimitScope): string {
  if (value === undefined) return kind === 'fleet' ? 'all' : kind;
  return /^[\w.:/@=-]+$/.test(value) ? `${kind} ${value}` : `${kind} '${value.replaceAll("'", "'\\''")}'`;
}

const amounts = {
  costMicros: Type.Optional(integer(1, LIMITS.amount)),
  /** Of input and output together. */
  tokens: Type.Optional(integer(1, LIMITS.amount)),
};
const Amounts = Type.Optional(closed(amounts));

/** In place of what the scope had before. What was used so far stays counted. */
export const LimitBody = closed({
  /** Of all amounts of money in it. */
  currency: Type.Optional(Currency),
  day: Amounts,
  month: Amounts,
  total: Amounts,
});
export type LimitBody = Data<typeof LimitBody>;

export const LimitWindowView = closed({
  window: oneOf(LIMIT_WINDOWS),
  ...amounts,
  used: closed({
    /** In the currency of the limit; a cost without a currency counts as one in it. */
    costMicros: Type.Integer(),
    tokens: Type.Integer(),
    /** Of the tokens, those of attempts whose cost nobody knows. */
    unpricedTokens: Type.Integer(),
    /** Attempts that have ended and whose cost nobody knows. */
    unknownCost: Type.Integer(),
    /** What was spent in other currencies; the limit does not count it. */
    otherCosts: Type.Array(Money),
  }),
  /** Of the amount that is closest to being used up: 1 is all of it. */
  share: Type.Number({ minimum: 0 }),
  since: Timestamp,
  /** When it begins anew. */
  until: Type.Optional(Timestamp),
});
export type LimitWindowView = Data<typeof LimitWindowView>;

export const LimitView = closed({
  scope: LimitScope,
  currency: Type.Optional(Currency),
  windows: Type.Array(LimitWindowView),
  /** For what runs, beside what it has used. */
  reserved: closed({ costMicros: Count, tokens: Count, tasks: Count }),
  level: oneOf(LIMIT_LEVELS),
  /** Nothing new begins: too much is used, or what is left is reserved for what runs. */
  holdsBack: Type.Optional(oneOf(['used', 'reserved'])),
  by: Type.String(),
  since: Timestamp,
});
export type LimitView = Data<typeof LimitView>;
export const LimitPage = page(LimitView);
export type LimitPage = Data<typeof LimitPage>;

/** Oldest first. */
export const LimitListQuery = closed({ limit, cursor: Type.Optional(LimitScopeText) });
export type LimitListQuery = Data<typeof LimitListQuery>;
