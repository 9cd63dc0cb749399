// The routes about what work has cost and may cost.

import type { CostFigures, CostItem, CostReport } from '@agentcom/schemas';
import { costsCsv, inUsualCase, LIMITS } from '@agentcom/schemas';
import { refuseRepository } from '../../../core/access/repositories.js';
import { dateOf, dayOf } from '../../../core/access/usage.js';
import type { CostGroup, CostDimension as Dimension } from '../../../core/ledger/costs.js';
import { addFigures, type Figures, noFigures } from '../../../core/ledger/ledger.js';
import { moneyOf } from '../../../core/ledger/money.js';
import { Refusal } from '../../../core/refusal.js';
import type { Handlers } from '../handler.js';

/** Without `from`. */
const DAYS = 30;
const CSV_HEADERS = { 'content-type': 'text/csv; charset=utf-8', 'cache-control': 'no-store' };

export function costHandlers(now: () => number): Pick<Handlers, 'costs' | 'task.estimate'> {
  return {
    costs: async ({ query, accept, read }) => {
      const at = now();
      const to = query.to === undefined ? dayOf(at) : dayNamed(query.to);
      const from = query.from === undefined ? to - DAYS + 1 : dayNamed(query.from);
      if (Number.isNaN(from) || Number.isNaN(to) || from > to) return wrongDays(from, to);
      const by = (query.by ?? []) as readonly Dimension[];
      const body = await read((view): CostReport => {
        const { groups, total, forecast, names } = view.costs({ by, from, to }, at);
        const items = listed(groups, by);
        return {
          from: dateOf(from),
          to: dateOf(to),
          by: [...by],
          items,
          total: shown(total),
          forecast,
          ...(Object.keys(names).length > 0 && { names }),
        };
      });
      if (body instanceof Refusal) return body;
      return wantsCsv(accept) ? { body: costsCsv(body), headers: CSV_HEADERS } : { body };
    },

    'task.estimate': async ({ caller, body: { repo, ...spec }, read }) => {
      const url = repo === undefined ? undefined : inUsualCase(repo.url);
      const refusal = url === undefined ? undefined : refuseRepository(caller.repositories, url);
      if (refusal !== undefined) return refusal;
      const body = await read((view) => view.estimate({ ...spec, ...(url !== undefined && { repo: { url } }) }));
      return body instanceof Refusal ? body : { body };
    },
  };
}

/** NaN for one that is in no calendar: a date is read as the day that it would be, so that of February 30 is one of March. */
function dayNamed(text: string): number {
  const day = dayOf(Date.parse(text));
  return !Number.isNaN(day) && dateOf(day) === text.slice(0, 10) ? day : Number.NaN;
}

function wrongDays(from: number, to: number): Refusal {
  const path = Number.isNaN(to) ? '/to' : '/from';
  const message = Number.isNaN(from) || Number.isNaN(to) ? 'must be a day of the calendar' : 'must not be after `to`';
  return new Refusal('request.invalid', 'the query is not valid', [{ path, message }]);
}

/** CSV is what a caller wants who asks for it before JSON. */
function wantsCsv(accept: string | undefined): boolean {
  return accept?.split(',')[0]?.split(';')[0]?.trim() === 'text/csv';
}

/** The dearest first, or the newest; the cheapest are put together where there are too many. */
function listed(groups: readonly CostGroup[], by: readonly Dimension[]): CostItem[] {
  const isByDay = by.includes('day');
  const dayIn = ({ group }: CostGroup): number => (isByDay ? Number(group.get('day') ?? 0) : 0);
  const dearest = [...groups].sort((a, b) => sumOf(b.figures) - sumOf(a.figures) || tokensOf(b) - tokensOf(a));
  const kept = dearest.slice(0, LIMITS.costItems);
  const items = kept
    .sort((a, b) => dayIn(b) - dayIn(a))
    .map(({ group, isRest, figures }) => ({
      group: Object.fromEntries(
        [...group].map(([name, value]) => [name, typeof value === 'number' ? dateOf(value) : value]),
      ),
      ...(isRest && { other: true as const }),
      ...shown(figures),
    }));
  if (dearest.length <= LIMITS.costItems) return items;
  const rest = noFigures();
  for (const { figures } of dearest.slice(LIMITS.costItems)) addFigures(rest, figures);
  return [...items, { group: {}, other: true, ...shown(rest) }];
}

function sumOf({ cost }: Figures): number {
  return Object.values(cost).reduce((sum, micros) => sum + micros, 0);
}

function tokensOf({ figures }: CostGroup): number {
  return figures.inputTokens + figures.outputTokens;
}

/** A correction of an earlier day may leave less than nothing in a part of the time. */
function shown({ cost, ms, ...counts }: Figures): CostFigures {
  const { attempts, unknownCost, inputTokens, outputTokens, unpricedTokens } = counts;
  return {
    attempts: Math.max(0, attempts),
    unknownCost: Math.max(0, unknownCost),
    inputTokens: Math.max(0, inputTokens),
    outputTokens: Math.max(0, outputTokens),
    unpricedTokens: Math.max(0, unpricedTokens),
    seconds: Math.max(0, ms) / 1000,
    costs: moneyOf(cost),
  };
}
