// What a decision has the hub say to sidecars, as data: frames and closes, each for one connection, in order. They follow from the state, so
// a hub that lost them in a crash says the same again when the sidecar returns, and receivers tell repetitions by generation.

import {
  type AssignedTask,
  CLOSE_CODES,
  catalogueEntry,
  childTraceparent,
  type HubFrame,
  type HubFrameOf,
  LIMITS,
  type RefusalBody,
  type RequestId,
} from '@agentcom/schemas';
import { type Agent, agentKey } from './agent/agent.js';
import { versionNotice } from './agent/version.js';
import type { CommandOf, Replies } from './commands.js';
import type { Event } from './events.js';
import { iso } from './iso.js';
import { limitText, tellLimit } from './limit/told.js';
import { agentOf, type State } from './state.js';
import { assignmentContext } from './task/assignment-context.js';
import type { Body } from './task/events.js';
import { assignedView } from './task/view.js';

/** An assignment whose long texts may still lie in the store of bodies; `data` is JSON text. */
export interface Assignment extends Omit<HubFrameOf<'task.assign'>, 'task'> {
  readonly task: Omit<AssignedTask, 'prompt' | 'data'> & { readonly prompt: Body; readonly data?: Body };
}

export type OutgoingFrame = Exclude<HubFrame, { type: 'task.assign' }> | Assignment;

export interface Closing {
  readonly code: number;
  readonly reason: string;
  /** Sent as an `error` frame first, so that nobody has to read a text. */
  readonly error?: RefusalBody;
}

export type Output =
  | { readonly kind: 'frame'; readonly connection: string; readonly frame: OutgoingFrame }
  | { readonly kind: 'close'; readonly connection: string; readonly closing: Closing };

/** What sidecars are told of the hub. */
export interface HubFacts {
  readonly version: string;
  readonly heartbeatSeconds: number;
}

/** How long a sidecar that was replaced by another with its key stays away, ms. */
const REPLACED_AWAY_MS = 60_000;

/** Appends what `event` has the hub say. `state` is the one that the event left; `holder` held the task before it. */
export function collectOutputs(
  outputs: Output[],
  state: State,
  event: Event,
  holder: string | undefined,
  now: number,
): void {
  switch (event.type) {
    case 'task.assigned':
      return assign(outputs, state, event.task, now);
    case 'task.answered':
      return answer(outputs, state, event.task);
    case 'task.cancelled':
      return cancelHolder(outputs, state, event.task, holder, event.reason);
    case 'task.attempt_failed':
      if (event.stopUntil !== undefined) cancelHolder(outputs, state, event.task, holder, event.error.code);
      return;
    case 'task.halted':
      return cancelHolder(outputs, state, event.task, holder, `halted: ${state.halts.get(event.halt)?.reason}`);
    case 'task.limited':
      if (event.stopUntil === undefined) return;
      return cancelHolder(outputs, state, event.task, holder, `spend limit: ${limitText(state, event.limit)}`);
    case 'limit.moved':
      if (event.level !== event.from) tellLimit(outputs, state, event, now);
      return;
    case 'agent.drain_set':
      return drain(outputs, state, agentKey(event.org, event.agent));
  }
}

/** Offers the task to the agent that holds it. */
export function assign(outputs: Output[], state: State, id: string, now: number): void {
  const task = state.tasks.get(id);
  const connection = task && agentOf(state, task)?.connection;
  if (task === undefined || connection === undefined) return;
  const { generation } = task;
  const frame: Assignment = {
    type: 'task.assign',
    task: { ...assignedView(task), ...assignmentContext(task) },
    generation,
    ...(task.traceparent !== undefined && { traceparent: childTraceparent(task.traceparent, generation) }),
    acceptWithinMs: Math.max(0, (task.deadline ?? now) - now),
  };
  outputs.push({ kind: 'frame', connection, frame });
}

/** Hands over the answer that its sidecar has not confirmed yet. */
export function answer(outputs: Output[], state: State, id: string): void {
  const task = state.tasks.get(id);
  const connection = task && agentOf(state, task)?.connection;
  if (task?.answer === undefined || connection === undefined) return;
  const frame = { type: 'task.answer' as const, task: id, generation: task.generation, ...task.answer };
  outputs.push({ kind: 'frame', connection, frame });
}

/** Has `agent` stop an attempt that is over. */
export function cancel(
  outputs: Output[],
  agent: Agent | undefined,
  attempt: { readonly task: string; readonly generation: number },
  reason: string,
): void {
  if (agent?.connection === undefined) return;
  const { task, generation } = attempt;
  outputs.push({
    kind: 'frame',
    connection: agent.connection,
    frame: { type: 'task.cancel', task, generation, reason },
  });
}

function cancelHolder(outputs: Output[], state: State, id: string, holder: string | undefined, reason: string): void {
  const task = state.tasks.get(id);
  if (task === undefined || holder === undefined) return;
  const agent = state.agents.get(agentKey(task.org, holder));
  cancel(outputs, agent, { task: id, generation: task.generation }, reason);
}

export function drain(outputs: Output[], state: State, key: string): void {
  const agent = state.agents.get(key);
  if (agent?.connection === undefined) return;
  const frame = {
    type: agent.draining ? ('agent.drain' as const) : ('agent.resume' as const),
    reason: agent.drainReason,
  };
  outputs.push({ kind: 'frame', connection: agent.connection, frame });
}

/** Said to the connection of an agent that is being removed. */
export function dismiss(outputs: Output[], connection: string): void {
  const reason = 'the hub removed this agent';
  outputs.push({ kind: 'frame', connection, frame: { type: 'agent.dismiss', reason } });
  outputs.push({ kind: 'close', connection, closing: { code: CLOSE_CODES.notAllowed, reason } });
}

/** Ends a connection whose key another sidecar has said hello with. */
export function replaced(outputs: Output[], connection: string): void {
  const message = 'another sidecar connected with this key';
  const error: RefusalBody = { code: 'agent.replaced', message, retryAfterMs: REPLACED_AWAY_MS };
  outputs.push({ kind: 'close', connection, closing: { code: CLOSE_CODES.replaced, reason: message, error } });
}

export function welcome(
  re: RequestId,
  command: CommandOf<'agent.hello'>,
  { holding, offlineGraceSeconds }: Replies['agent.hello'],
  hub: HubFacts,
  now: number,
): HubFrameOf<'welcome'> {
  const notice = versionNotice(command.version, hub.version);
  return {
    type: 'welcome',
    re,
    agent: command.agent,
    org: command.org,
    heartbeatSeconds: hub.heartbeatSeconds,
    limits: wireLimits,
    serverTime: iso(now),
    holding,
    offlineGraceSeconds,
    ...(notice !== null && { notice }),
  };
}

export function errorFrame(refusal: RefusalBody, re?: RequestId): HubFrameOf<'error'> {
  const { code, message, retryAfterMs, details } = refusal;
  return {
    type: 'error',
    ...(re !== undefined && { re }),
    code,
    message,
    retryable: catalogueEntry(code).retryable,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(details !== undefined && details.length > 0 && { details }),
  };
}

const wireLimits = {
  frameBytes: LIMITS.frameBytes,
  promptBytes: LIMITS.promptBytes,
  dataBytes: LIMITS.dataBytes,
  summaryBytes: LIMITS.summaryBytes,
  outputBytes: LIMITS.outputBytes,
  diffBytes: LIMITS.diffBytes,
};
