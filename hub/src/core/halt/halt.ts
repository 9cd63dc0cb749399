// A halt: what it is about is offered no new work, and if it is strong enough, what runs of it is stopped. Of several that fit, each holds back
// on its own, so the end of one leaves the others in force.

import type { HaltKind, HaltStrength } from '@agentcom/schemas';
import type { Agent } from '../agent/agent.js';
import type { TaskRoute } from '../task/events.js';
import { type Hold, holdsTask, mayRunOn } from '../task/holds.js';
import { skillsOf } from '../task/skills.js';
import type { Task } from '../task/task.js';
import { wantedOf } from '../task/wants.js';

export interface HaltScope {
  readonly kind: HaltKind;
  /** An organisation, a pattern of addresses, a runner, `name=value`, or an agent; absent for the fleet. */
  readonly value?: string;
}

export interface Halt {
  readonly id: string;
  readonly scope: HaltScope;
  /** Whose work it holds back; undefined: everybody's. */
  readonly org: string | undefined;
  /** The organisation of whoever halted: nobody else ends it. */
  readonly owner: string;
  readonly strength: HaltStrength;
  reason: string;
  by: string;
  readonly since: number;
  /** When it ends by itself, wall time in ms. */
  until?: number | undefined;
}

/** How matching knows it. */
export function holdOf({ id, org, scope: { kind, value = '' } }: Pick<Halt, 'id' | 'org' | 'scope'>): Hold {
  const at = value.indexOf('=');
  switch (kind) {
    case 'repo':
      return { id, org, of: { kind, pattern: value } };
    case 'label':
      return { id, org, of: { kind, name: value.slice(0, at), value: value.slice(at + 1) } };
    case 'runner':
    case 'agent':
      return { id, org, of: { kind, name: value } };
    default:
      return { id, org, of: { kind: 'everything' } };
  }
}

/** Whether an organisation may know of it: it has set it, or its own work is held back. */
export function isSeenBy({ owner, org }: Halt, who: string): boolean {
  return owner === who || org === undefined || org === who;
}

/** The runner that it asks for, or else the one that works on it, as far as that is known. */
function runnerNow(task: Task): string | undefined {
  const last = task.attemptLog?.at(-1);
  const used = last?.generation === task.generation ? last.session?.runner : undefined;
  const chosen = task.agent === undefined ? undefined : task.choice?.runner;
  return wantedOf(task).runner ?? used ?? chosen;
}

/** Whether it is about what `agent` does at `task`, or is to do. Of a runner that is not known yet it is, if the agent may have it. */
export function concerns(halt: Halt, task: Task, agent: Agent, route?: TaskRoute): boolean {
  if (halt.org !== undefined && halt.org !== task.org) return false;
  const { of } = holdOf(halt);
  switch (of.kind) {
    case 'everything':
      return true;
    case 'agent':
      return of.name === agent.name;
    case 'runner': {
      return mayRunOn(of.name, route ?? { runner: runnerNow(task) }, skillsOf(agent));
    }
    default:
      return holdsTask(of, task);
  }
}
