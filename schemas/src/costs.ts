// What work has cost, and what it may cost. Money is in millionths of its currency.

import * as Type from 'typebox';
import { LIMITS } from './limits.js';
import { NO_CURRENCY } from './names.js';
import { Count, closed, type Data, integer, list } from './primitives.js';
import { TaskRoute, taskSpecFields } from './task.js';

/** What costs are told apart by. Beside these, `label:KEY` stands for the value of one label. */
export const COST_DIMENSIONS = [
  'org',
  'repo',
  'agent',
  'runner',
  'provider',
  'model',
  'label',
  'member',
  'day',
] as const;

export const CostDimension = Type.String({
  maxLength: 'label:'.length + LIMITS.labelKeyChars,
  pattern: `^(?:${COST_DIMENSIONS.join('|')}|label:[A-Za-z0-9][A-Za-z0-9._:/-]*)$`,
  mustBe: `${COST_DIMENSIONS.join(', ')}, or label: with the key of a label`,
});

/** A day in UTC; of a time, the day that it is in. */
const DayOrTime = Type.String({
  pattern: '^\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])(?:T[0-9:.]{5,18}Z)?$',
  mustBe: 'a day such as 2026-01-31, or a time in UTC such as 2026-01-31T12:00:00Z',
});
const Day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', mustBe: 'a day such as 2026-01-31' });

/** Both days are included; without them, the last 30. */
export const CostQuery = closed({
  by: Type.Optional(list(CostDimension, LIMITS.costDimensions, { uniqueItems: true })),
  from: Type.Optional(DayOrTime),
  to: Type.Optional(DayOrTime),
});
export type CostQuery = Data<typeof CostQuery>;

export const Currency = Type.String({
  pattern: '^[A-Z]{3}$',
  mustBe: `a currency code such as EUR; ${NO_CURRENCY} where nobody named one`,
});
export const Money = closed({ currency: Currency, costMicros: Type.Integer() });
export type Money = Data<typeof Money>;

const figures = {
  /** That have ended. */
  attempts: Count,
  /** Of these, those that nobody knows the cost of. */
  unknownCost: Count,
  inputTokens: Count,
  outputTokens: Count,
  /** Of the tokens, those of attempts without a cost. */
  unpricedTokens: Count,
  seconds: Type.Number({ minimum: 0 }),
  /** Never added up over currencies; none while no cost is known. */
  costs: Type.Array(Money),
};
export const CostFigures = closed(figures);
export type CostFigures = Data<typeof CostFigures>;

export const CostItem = closed({
  /** By dimension; without one that is not known, or of which there is none. */
  group: Type.Record(Type.String(), Type.String()),
  /** What was put together because there was no room to keep or to list it apart. */
  other: Type.Optional(Type.Literal(true)),
  ...figures,
});
export type CostItem = Data<typeof CostItem>;

export const Forecast = closed({
  /** Such as `2026-01`, in UTC. */
  month: Type.String(),
  currency: Currency,
  spentMicros: Type.Integer(),
  /** At its end, if it goes on as in the last seven days. */
  forecastMicros: Type.Integer(),
});
export type Forecast = Data<typeof Forecast>;

/** The dearest first; with `day` the newest days first. */
export const CostReport = closed({
  from: Day,
  to: Day,
  by: Type.Array(Type.String()),
  items: Type.Array(CostItem),
  total: CostFigures,
  forecast: Type.Array(Forecast),
  /** The keys and people that items name, by the names they were given. */
  names: Type.Optional(Type.Record(Type.String(), Type.String())),
});
export type CostReport = Data<typeof CostReport>;

/** The body of `POST /tasks`, or the part of it that is known. */
export const EstimateBody = closed({
  ...taskSpecFields,
  title: Type.Optional(taskSpecFields.title),
  prompt: Type.Optional(taskSpecFields.prompt),
});
export type EstimateBody = Data<typeof EstimateBody>;

/** Each figure by itself, of the tasks that it is known of. */
const EstimatedUse = closed({
  costMicros: Type.Optional(Count),
  currency: Type.Optional(Currency),
  tokens: Type.Optional(Count),
  seconds: Type.Optional(Type.Number({ minimum: 0 })),
});
export type EstimatedUse = Data<typeof EstimatedUse>;

export const Estimate = closed({
  /** How many tasks it is made from. */
  n: integer(0, LIMITS.amount),
  /** What these have in common with the task; empty: only the organisation. */
  like: Type.Array(Type.String()),
  /** Of these, those that nobody knows the cost of. */
  unknownCost: Count,
  median: EstimatedUse,
  p90: EstimatedUse,
  /** Of a task that names several runners or models, or a `maxCost`: what nine of ten cost with each, the cheapest first. */
  routes: Type.Optional(Type.Array(TaskRoute)),
});
export type Estimate = Data<typeof Estimate>;
