// Why a task that names several runners or models, or what it may cost, is not running: which of them it waits for, and why none before it.

import { ellipsize } from '@agentcom/schemas';
import type { State } from '../state.js';
import type { TaskRoute } from './events.js';
import { isAffordable, openRoutes, routeText } from './routes.js';
import type { Task } from './task.js';
import { AgentsByOffer } from './why-agents.js';
import { type HolderReasons, holderReasons } from './why-holders.js';
import { queuedReasons } from './why-queued.js';
import type { Reason } from './why-texts.js';

const MICROS = 1_000_000;
const BECAUSE_CHARS = 300;

/** The one that it waits for comes first, then those before it, and last what is too dear. */
export function* routeReasons(state: State, agents: AgentsByOffer, task: Task, held: HolderReasons): Generator<Reason> {
  const routes = openRoutes(task);
  const open = state.matching.routeFor(task, state.now);
  const reasonsOf = (route: TaskRoute, place: number) =>
    reasonsOfRoute(state, agents, task, held, route, place + 1, routes.length);
  if (open !== undefined) yield* reasonsOf(open.route, open.place);
  for (const [place, route] of routes.slice(0, open?.place).entries()) yield* reasonsOf(route, place);
  yield* tooDear(task);
}

/** In one line, why none of the routes before the one at `place` was chosen; undefined for the first. */
export function whyNotBefore(state: State, task: Task, place: number): string | undefined {
  if (place === 0) return undefined;
  const held = holderReasons(task.org, String);
  const agents = new AgentsByOffer(state, task.org);
  const { needs, repo } = task.spec;
  const parts = openRoutes(task)
    .slice(0, place)
    .map((route) => {
      const [reason] = queuedReasons(state, agents, task, held, { needs, repo, runner: route.runner }, route);
      const until = reason?.until === undefined ? '' : `, until ${reason.until}`;
      return `${routeText(route)}: ${reason?.message ?? ''}${until}`;
    });
  return ellipsize(parts.join('; '), BECAUSE_CHARS);
}

function* reasonsOfRoute(
  state: State,
  agents: AgentsByOffer,
  task: Task,
  held: HolderReasons,
  route: TaskRoute,
  place: number,
  of: number,
): Generator<Reason> {
  const { needs, repo } = task.spec;
  const which = of === 1 ? '' : `${routeText(route)}, choice ${place} of ${of}: `;
  const wanted = { needs, repo, runner: route.runner };
  for (const reason of queuedReasons(state, agents, task, held, wanted, route))
    yield { ...reason, message: `${which}${reason.message}${costText(task, route)}` };
}

/** What it may cost, where that was asked. */
function costText({ spec: { maxCost } }: Task, route: TaskRoute): string {
  if (maxCost === undefined) return '';
  if (route.costMicros === undefined) return '; nobody knows what it costs that way';
  return `; 9 of 10 tasks like it cost at most ${money(route)}${learntFrom(route)}`;
}

function tooDear({ spec: { maxCost }, priced }: Task): Reason[] {
  if (maxCost === undefined) return [];
  const dear = (priced?.routes ?? []).filter((route) => !isAffordable(route, maxCost));
  if (dear.length === 0) return [];
  const which = dear.map((route) => `${money(route)} with ${routeText(route)}${learntFrom(route)}`).join(', ');
  const message = `expected to cost more than the ${amount(maxCost)} that it may: 9 of 10 tasks like it cost at most ${which}; cancel it and submit it with more, or with another model`;
  return [{ code: 'over_max_cost', message, brief: `costs more than ${amount(maxCost)}` }];
}

function learntFrom({ n = 0, byPrice }: TaskRoute): string {
  return ` (from ${n} ${n === 1 ? 'task' : 'tasks'}${byPrice === true ? ' with other models, at list prices' : ''})`;
}

function money({ costMicros = 0, currency = '' }: TaskRoute): string {
  return `${amount(costMicros)} ${currency}`.trim();
}

function amount(micros: number): string {
  return (micros / MICROS).toFixed(micros < MICROS / 100 ? 4 : 2);
}
