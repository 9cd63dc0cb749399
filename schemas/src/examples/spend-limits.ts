// Examples of what the routes about spend limits take and answer.

import type * as limits from '../spend-limits.js';
import { type Examples, faulty, LATER, NOON, TASK } from './example.js';

const scope: limits.LimitScope = { kind: 'label', value: 'team=roof' };
const body: limits.LimitBody = {
  currency: 'EUR',
  day: { costMicros: 5_000_000, tokens: 9 },
  month: { costMicros: 9_000_000 },
  total: { tokens: 1_000 },
};
const window: limits.LimitWindowView = {
  window: 'day',
  costMicros: 5_000_000,
  tokens: 9,
  used: {
    costMicros: 1,
    tokens: 2,
    unpricedTokens: 1,
    unknownCost: 1,
    otherCosts: [{ currency: 'USD', costMicros: 1 }],
  },
  share: 0.25,
  since: NOON,
  until: LATER,
};
const limit: limits.LimitView = {
  scope,
  currency: 'EUR',
  windows: [window],
  reserved: { costMicros: 1, tokens: 1, tasks: 1 },
  level: 'closed',
  holdsBack: 'used',
  by: `key:${TASK}`,
  since: NOON,
};
const list: limits.LimitListQuery = { limit: 1, cursor: 'label:team=roof' };

export const limitExamples = {
  LimitScope: {
    valid: [scope, { kind: 'fleet' }],
    invalid: faulty(scope, [
      ['/kind', { kind: 'team' }],
      ['/value', { value: '' }],
    ]),
  } satisfies Examples<limits.LimitScope>,
  LimitBody: {
    valid: [body, { total: { tokens: 1 } }],
    invalid: faulty(body, [
      ['/currency', { currency: 'euro' }],
      ['/day/costMicros', { day: { costMicros: 0 } }],
      ['/month/tokens', { month: { tokens: 0.5 } }],
      ['/year', { year: {} }],
    ]),
  } satisfies Examples<limits.LimitBody>,
  LimitView: {
    valid: [limit],
    invalid: faulty(limit, [
      ['/level', { level: 'full' }],
      ['/holdsBack', { holdsBack: 'nobody' }],
    ]),
  } satisfies Examples<limits.LimitView>,
  LimitPage: {
    valid: [{ items: [limit], nextCursor: null }],
    invalid: [{ path: '/nextCursor', value: { items: [limit] } }],
  } satisfies Examples<limits.LimitPage>,
  LimitListQuery: {
    valid: [list, {}],
    invalid: faulty(list, [['/cursor', { cursor: 'first' }]]),
  } satisfies Examples<limits.LimitListQuery>,
};
