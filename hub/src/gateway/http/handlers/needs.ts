// The route about what waits for a person: the same as the live view, once.

import { LIMITS, matcherOf, parseSort, rowOrder } from '@agentcom/schemas';
import { Refusal } from '../../../core/refusal.js';
import { needFacts, needsOf } from '../../../live/views/needs-you.js';
import { queryOf, sortOf } from '../asked.js';
import type { Handlers } from '../handler.js';

export function needHandlers(now: () => number): Pick<Handlers, 'need.list'> {
  return {
    'need.list': async ({ read, query }) => {
      const asked = queryOf('needs-you', query.q, now());
      if (asked instanceof Refusal) return asked;
      const sort = sortOf('needs-you', query) ?? parseSort('needs-you').sort;
      if (sort instanceof Refusal) return sort;
      const matches = asked === undefined ? undefined : matcherOf(asked, needFacts);
      const { limit = LIMITS.pageItemsDefault } = query;
      const mine = query.mine === 'auto' ? 'auto' : query.mine === '1';
      const body = await read((view) => {
        const all = needsOf(view, now(), mine).filter((need) => matches?.(need, now()) ?? true);
        const items = (sort === undefined ? all : all.sort(rowOrder('needs-you', sort))).slice(0, limit);
        return { items, nextCursor: null, total: all.length };
      });
      return body instanceof Refusal ? body : { body };
    },
  };
}
