// The routes of a task: each a runner with a model that it may be given to, in order of preference. Only a task that names several of either,
// or what it may cost at most, has them; all others ask for one runner or none, and nothing here is looked at for them.

import { PROVIDER_OF_RUNNER, providerOf } from '@agentcom/schemas/prices';
import type { Choice, Preferred, StoredSpec, TaskRoute } from './events.js';
import type { Attempt, Task } from './task.js';

type Asked = Pick<StoredSpec, 'runner' | 'model' | 'maxCost'>;

export function isRouted({ runner, model, maxCost }: Asked): boolean {
  return typeof runner === 'object' || typeof model === 'object' || maxCost !== undefined;
}

/**
 * Runner by runner, each with its models in their order. One that knows the models of one provider only takes those of that provider, where there are
 * any: behind a gateway it may take whatever it is told.
 */
export function routesOf({ runner, model }: Pick<Asked, 'runner' | 'model'>): readonly TaskRoute[] {
  const models = listed(model);
  return listed(runner).flatMap((kind) => {
    const provider = (PROVIDER_OF_RUNNER as Readonly<Record<string, string>>)[kind ?? ''];
    const own = models.filter((name) => provider === undefined || name === undefined || isOf(provider, name));
    return (own.length === 0 ? models : own).map((name) => routeOf({ runner: kind, model: name }));
  });
}

/** Those that may be used, the first of them first. With a limit to the cost these are the cheapest; what nobody knows the cost of comes last. */
export function openRoutes({ spec, priced }: Pick<Task, 'spec' | 'priced'>): readonly TaskRoute[] {
  const { maxCost } = spec;
  if (maxCost === undefined) return routesOf(spec);
  return (priced?.routes ?? routesOf(spec)).filter((route) => isAffordable(route, maxCost));
}

export function isAffordable({ costMicros }: TaskRoute, maxCost: number): boolean {
  return costMicros === undefined || costMicros <= maxCost;
}

/** How long an estimate is believed by which a task may be given to nobody. */
const ESTIMATE_MS = 3_600_000;

/** When the estimate of a queued task is to be renewed; undefined as long as it may be given to somebody. */
export function repriceAt(task: Task): number | undefined {
  if (task.priced === undefined || task.state !== 'queued' || openRoutes(task).length > 0) return undefined;
  return task.priced.at + ESTIMATE_MS;
}

export function isPricedAgain(task: Task, now: number): boolean {
  return (repriceAt(task) ?? Number.POSITIVE_INFINITY) <= now;
}

/** The cheapest first, equals in their order; costs in another currency than most of them are in are not comparable, so nobody knows them. */
export function cheapestFirst(routes: readonly TaskRoute[]): readonly TaskRoute[] {
  const currency = commonest(routes.flatMap(({ currency: one }) => one ?? []));
  const comparable = routes.map((route) => {
    if (route.currency === currency) return route;
    const { costMicros: _cost, currency: _currency, byPrice: _byPrice, ...unknown } = route;
    return unknown;
  });
  const cost = ({ costMicros }: TaskRoute): number => costMicros ?? Number.POSITIVE_INFINITY;
  return comparable.toSorted((a, b) => (cost(a) === cost(b) ? 0 : cost(a) - cost(b)));
}

/** The runner of the last offer; undefined for one that named none, and so is the agent's usual one. */
export function runnerOf({ spec, choice }: Pick<Task, 'spec' | 'choice'>): string | undefined {
  return choice === undefined ? single(spec.runner) : choice.runner;
}

/** What an attempt was to run with. */
export function runnerOfAttempt({ choice }: Pick<Attempt, 'choice'>, { runner }: Asked): string | undefined {
  return choice === undefined ? single(runner) : choice.runner;
}

export function single(name: Preferred | undefined): string | undefined {
  return typeof name === 'string' ? name : undefined;
}

/** Names a route within one task. */
export function isSameRoute(a: Pick<TaskRoute, 'runner' | 'model'>, b: Pick<TaskRoute, 'runner' | 'model'>): boolean {
  return a.runner === b.runner && a.model === b.model;
}

/** `codex`, `codex with gpt-5`, `the usual runner`. */
export function routeText({ runner = 'the usual runner', model }: Pick<TaskRoute, 'runner' | 'model'>): string {
  return model === undefined ? runner : `${runner} with ${model}`;
}

/** `codex, choice 2 of 3`; where there is one only, that alone. */
export function choiceText(choice: Choice): string {
  const { place, of, because } = choice;
  if (of === 1) return routeText(choice);
  return `${routeText(choice)}, choice ${place} of ${of}${because === undefined ? '' : ` (${because})`}`;
}

function listed(names: Preferred | undefined): readonly (string | undefined)[] {
  return typeof names === 'object' ? names : [names];
}

/** Names one, by what it is run with. */
export function routeOf({
  runner,
  model,
}: {
  readonly runner?: string | undefined;
  readonly model?: string | undefined;
}) {
  return { ...(runner !== undefined && { runner }), ...(model !== undefined && { model }) };
}

function isOf(provider: string, model: string): boolean {
  const known = providerOf(model);
  return known === undefined || known === provider;
}

/** The first of them among equals. */
export function commonest(words: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}
