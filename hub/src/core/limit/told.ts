// What agents at work are told of spend limits: how much is used, by a message, and whether they may begin another turn. Both follow from the
// state, so a sidecar that was away hears them when it is back; it knows a message that it has by its id.

import { limitScopeText } from '@agentcom/schemas';
import type { Agent } from '../agent/agent.js';
import { iso } from '../iso.js';
import type { Output } from '../outputs.js';
import type { State } from '../state.js';
import { concerns } from '../task/hold-scope.js';
import { agentsUnder } from '../task/holding.js';
import type { Task } from '../task/task.js';
import type { LimitEvent } from './events.js';
import { type SpendLimit, STOPPING } from './limit.js';

type Moved = Extract<LimitEvent, { readonly type: 'limit.moved' }>;

/** Everybody who works under it. */
export function tellLimit(outputs: Output[], state: State, { limit: id, from, level }: Moved, now: number): void {
  const limit = state.limits.get(id);
  if (limit === undefined) return;
  const isOfTurns = STOPPING.has(from) !== STOPPING.has(level);
  for (const agent of agentsUnder(state, limit)) {
    const task = workOf(state, agent);
    if (task === undefined || !concerns(limit, task, agent)) continue;
    tell(outputs, state, agent, task, limit, now);
    if (isOfTurns) tellTurns(outputs, state, agent, task, true);
  }
}

/** One who is back. It may begin another turn unless it is told otherwise. */
export function tellLimits(outputs: Output[], state: State, agent: Agent): void {
  const task = workOf(state, agent);
  if (task === undefined) return;
  for (const limit of state.limits.of(agent.org))
    if (concerns(limit, task, agent)) tell(outputs, state, agent, task, limit, state.now);
  tellTurns(outputs, state, agent, task, false);
}

/** As people know it. */
export function limitText({ limits }: State, id: string | undefined): string {
  const limit = id === undefined ? undefined : limits.get(id);
  return limit === undefined ? '' : limitScopeText(limit.scope);
}

function tell(outputs: Output[], state: State, agent: Agent, task: Task, limit: SpendLimit, now: number): void {
  const { level, notice } = limit;
  if (agent.connection === undefined || notice === undefined || (level !== 'warned' && level !== 'closed')) return;
  const scope = limitText(state, limit.id);
  const body =
    level === 'warned'
      ? `More than 70 % of the spend limit of ${scope} is used. Finish task ${task.id} with what you have: commit your work now, and begin nothing that can wait.`
      : `More than 85 % of the spend limit of ${scope} is used, so this is your last turn at task ${task.id}: commit what you have and finish. At 100 % you are stopped; your work is kept.`;
  const message = {
    messageId: notice,
    from: 'hub',
    to: `agent:${agent.name}`,
    body,
    sentAt: iso(now + state.wallOffsetMs),
  };
  outputs.push({ kind: 'frame', connection: agent.connection, frame: { type: 'message', ...message } });
}

function tellTurns(outputs: Output[], state: State, agent: Agent, task: Task, isNews: boolean): void {
  const closing = state.limits.of(task.org).find((limit) => STOPPING.has(limit.level) && concerns(limit, task, agent));
  if (agent.connection === undefined || (closing === undefined && !isNews)) return;
  outputs.push({
    kind: 'frame',
    connection: agent.connection,
    frame: {
      type: 'task.turns',
      task: task.id,
      generation: task.generation,
      allowed: closing === undefined,
      reason:
        closing === undefined
          ? 'there is room under the spend limit again'
          : `spend limit: ${limitText(state, closing.id)}`,
    },
  });
}

function workOf(state: State, { task: id }: Agent): Task | undefined {
  const task = id === undefined ? undefined : state.tasks.get(id);
  return task?.state === 'working' || task?.state === 'blocked' ? task : undefined;
}
