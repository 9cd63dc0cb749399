// Whose word counts for an attempt. Of the connections that a key has opened, only the newest one that was welcomed: a second sidecar with the
// same key, such as a thief's, either is refused, or takes the agent over and silences the first at once, not only when that one's socket has
// closed. What a hello of another instance meets says hello.ts: holding the attempt it goes on with it, and without it the attempt is lost.
// So while an attempt is live, one instance reports on it, and never two.

import type { Decision, DecisionTable } from '../decision.js';
import { Refusal } from '../refusal.js';
import type { State } from '../state.js';
import { agentKey } from './agent.js';

/** The decisions, refused to a connection that is not the agent's. */
export function fenced<T extends FencedType>(table: DecisionTable<T>): DecisionTable<T> {
  const entries = Object.entries(table) as [T, Run][];
  return Object.fromEntries(
    entries.map(([type, run]) => [
      type,
      (decision: Decision, command: FromConnection) => outranked(decision.state, command) ?? run(decision, command),
    ]),
  ) as unknown as DecisionTable<T>;
}

type FencedType =
  | 'task.accept'
  | 'task.reject'
  | 'task.progress'
  | 'task.block'
  | 'task.answered'
  | 'task.complete'
  | 'task.fail'
  | 'task.stopped';

/** Whose command or output it is, and over which connection it came. */
export interface FromConnection {
  readonly org: string;
  readonly agent: string;
  readonly connection: string;
}

type Run = (decision: Decision, command: FromConnection) => unknown;

/** Undefined when the connection speaks for its agent. An agent that was removed has no connection left to refuse. */
export function outranked(state: State, { org, agent: name, connection }: FromConnection): Refusal | undefined {
  const agent = state.agents.get(agentKey(org, name));
  if (agent === undefined || agent.connection === connection) return undefined;
  return new Refusal('agent.replaced', `this connection no longer speaks for agent ${name}; send hello on a new one`);
}
