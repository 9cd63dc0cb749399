// What halts mean for a task that waits, and for an agent, said from the same facts that matching uses.

import type { AgentView } from '@agentcom/schemas';
import type { Agent } from '../agent/agent.js';
import { RUNNER_PREFIX } from '../agent/capabilities.js';
import { iso } from '../iso.js';
import type { State } from '../state.js';
import { holdOf, holdsWhoever } from '../task/hold-scope.js';
import type { Task } from '../task/task.js';
import type { Reason } from '../task/why-texts.js';
import type { Halt, HaltScope } from './halt.js';

/** Whoever would work on it. */
export function haltsOnTask({ halts }: State, task: Task): Halt[] {
  return halts.of(task.org).filter((halt) => holdsWhoever(halt, task));
}

export function haltReason(halt: Halt, org: string, nameOf: (by: string) => string): Reason {
  const { id, scope, reason, until } = halt;
  const who = halt.owner === org ? nameOf(halt.by) : 'those who run the hub';
  return {
    code: 'halted',
    message: `${scopeText(scope)} is halted by ${who}: ${reason}; it goes on with \`agentcom resume ${id}\``,
    brief: `halted: ${reason}`,
    ...(until !== undefined && { until: iso(until) }),
    halt: id,
  };
}

/** Those under which it is not offered what it could be, or not all of it. */
export function haltsOfAgent({ halts }: State, { org, name, capabilities }: Agent): AgentView['halts'] {
  const own = halts.of(org).filter((halt) => {
    const { of } = holdOf(halt);
    if (of.kind === 'agent') return of.name === name;
    return of.kind === 'everything' || (of.kind === 'runner' && capabilities.includes(RUNNER_PREFIX + of.name));
  });
  if (own.length === 0) return undefined;
  return own.map(({ id, scope, strength, reason }) => ({ id, scope, strength, reason }));
}

function scopeText({ kind, value }: HaltScope): string {
  switch (kind) {
    case 'fleet':
      return 'the whole fleet';
    case 'org':
      return 'the organisation';
    case 'repo':
      return `repository ${value}`;
    default:
      return `${kind} ${value}`;
  }
}
