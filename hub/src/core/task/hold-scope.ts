// What a halt or a spend limit is about, as matching knows it, and whether an agent's work at a task is.

import type { LimitKind } from '@agentcom/schemas';
import type { Agent } from '../agent/agent.js';
import type { TaskRoute } from './events.js';
import { type Held, type Hold, holdsTask, mayRunOn } from './holds.js';
import { type Offered, offeredBy } from './skills.js';
import type { Task } from './task.js';
import { targetOf, wantedOf } from './wants.js';

export interface Scoped {
  readonly id: string;
  /** Undefined: everybody's work. */
  readonly org: string | undefined;
  readonly scope: { readonly kind: LimitKind; readonly value?: string };
  /** What that holds, where it is asked for often. */
  readonly of?: Held;
}

/** How matching knows it. */
export function holdOf({ id, org, scope, of = heldBy(scope) }: Scoped): Hold {
  return { id, org, of };
}

export function heldBy({ kind, value = '' }: Scoped['scope']): Held {
  const at = value.indexOf('=');
  switch (kind) {
    case 'repo':
      return { kind, pattern: value };
    case 'label':
      return { kind, name: value.slice(0, at), value: value.slice(at + 1) };
    case 'member':
      return { kind, by: value };
    case 'runner':
    case 'agent':
      return { kind, name: value };
    default:
      return { kind: 'everything' };
  }
}

/** The runner that it asks for or was given to, or else the one that works on it, as far as that is known. */
function runnerNow(task: Task): string | undefined {
  const { runner } = wantedOf(task);
  if (runner !== undefined || task.agent === undefined) return runner;
  const last = task.attemptLog?.at(-1);
  const used = last?.generation === task.generation ? last.session?.runner : undefined;
  return task.choice?.runner ?? used;
}

/**
 * Whether it is about what `agent` does at `task`, or is to do, by `route` if it is given. Of a runner that is not known yet it is, if the agent may
 * have it. `offered` by the agent, where it is known already.
 */
export function concerns(
  scoped: Scoped,
  task: Task,
  agent: Agent,
  route?: TaskRoute,
  offered?: Pick<Offered, 'runners'>,
): boolean {
  if (scoped.org !== undefined && scoped.org !== task.org) return false;
  const { of = heldBy(scoped.scope) } = scoped;
  switch (of.kind) {
    case 'everything':
      return true;
    case 'agent':
      return of.name === agent.name;
    case 'runner':
      return mayRunOn(of.name, route ?? { runner: runnerNow(task) }, offered ?? offeredBy(agent));
    default:
      return holdsTask(of, task);
  }
}

/** Whoever would work on the task. */
export function holdsWhoever(scoped: Scoped, task: Task): boolean {
  const { needs, runner, routes } = wantedOf(task);
  const { of } = holdOf(scoped);
  switch (of.kind) {
    case 'everything':
      return true;
    case 'runner':
      if (routes === undefined) return runner === of.name;
      return routes.length > 0 && routes.every((route) => route.runner === of.name);
    case 'agent':
      return targetOf(needs) === of.name;
    default:
      return holdsTask(of, task);
  }
}
