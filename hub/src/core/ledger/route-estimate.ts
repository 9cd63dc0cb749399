// What a task may cost with each of the runners and models that it may be given to: what nine of ten tasks like it have cost that way, or would
// have, at list prices, when too few were run that way.

import { LISTED_PRICES, type Price, priceOf } from '@agentcom/schemas/prices';
import { mayUseRepository } from '../access/repositories.js';
import type { State } from '../state.js';
import type { StoredSpec, TaskRoute } from '../task/events.js';
import { cheapestFirst, commonest, routesOf } from '../task/routes.js';
import { kindOf } from './book.js';
import { at, ENOUGH, likeIt } from './estimate.js';
import type { PastTask, TaskHistory, TaskKind } from './task-history.js';

const P90 = 0.9;

type Cost = Pick<TaskRoute, 'costMicros' | 'currency' | 'n' | 'byPrice'>;

/** The cheapest first. Only what whoever asks may see is learnt from. */
export function pricedRoutes(
  { ledger }: State,
  org: string,
  spec: Pick<StoredSpec, 'repo' | 'runner' | 'model' | 'labels'>,
  isSeen: (kind: TaskKind) => boolean = () => true,
): readonly TaskRoute[] {
  const history = ledger.of(org)?.history;
  const kind = kindOf(spec);
  return cheapestFirst(routesOf(spec).map((route) => ({ ...route, ...costOf(history, kind, route, isSeen) })));
}

function costOf(
  history: TaskHistory | undefined,
  [repo, , template]: TaskKind,
  { runner = '', model = '' }: TaskRoute,
  isSeen: (kind: TaskKind) => boolean,
): Cost {
  const kind: TaskKind = [repo, runner, template, model];
  const own = likeIt(
    history,
    kind,
    [
      ['repo', 'runner', 'model', 'template'],
      ['repo', 'runner', 'model'],
      ['runner', 'model'],
    ],
    isSeen,
  );
  const known = p90(own.kinds.flatMap(({ tasks }) => tasks));
  if (own.n >= ENOUGH && known !== undefined) return known;
  const price = priceOf(LISTED_PRICES, model);
  if (price === undefined) return known ?? { n: 0 };
  const others = likeIt(history, kind, [['repo', 'template'], ['repo'], []], isSeen);
  const atPrice = p90(
    others.kinds.flatMap(({ kind: [, , , other], tasks }) => tasks.map((task) => repriced(task, other, price))),
  );
  return atPrice !== undefined && (known === undefined || others.n >= ENOUGH)
    ? { ...atPrice, byPrice: true }
    : (known ?? { n: 0 });
}

/** What a caller learns from that is bound to some repositories; without patterns, to none. */
export function seenWithin(repositories: readonly string[] | undefined): (kind: TaskKind) => boolean {
  return ([repo]) => mayUseRepository(repositories, repo === '' ? undefined : repo);
}

/** Undefined when no cost is known. */
function p90(tasks: readonly PastTask[]): Cost | undefined {
  const currency = commonest(tasks.flatMap((task) => (task.costMicros === undefined ? [] : (task.currency ?? []))));
  const costs = tasks.flatMap((task) => (task.currency === currency ? (task.costMicros ?? []) : []));
  const costMicros = at(P90, costs);
  return costMicros === undefined || currency === undefined ? undefined : { costMicros, currency, n: costs.length };
}

/**
 * What the task would have cost at another price. Where it is known what it did cost, that is scaled, since most of its input came from a cache
 * and so was cheaper than its list price; else every token counts in full. Unknown without its tokens.
 */
function repriced({ inputTokens, outputTokens, costMicros, currency }: PastTask, model: string, to: Price): PastTask {
  if (inputTokens === undefined && outputTokens === undefined) return {};
  const full = (price: Price): number => (inputTokens ?? 0) * price.input + (outputTokens ?? 0) * price.output;
  const from = priceOf(LISTED_PRICES, model);
  const isScaled = costMicros !== undefined && from !== undefined && currency === from.currency && full(from) > 0;
  const share = isScaled ? Math.min(1, costMicros / full(from)) : 1;
  return { costMicros: Math.round(full(to) * share), currency: to.currency };
}
