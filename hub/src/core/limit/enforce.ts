// What follows when more or less of a spend limit is used: from 85 % on nothing new begins under it, at 100 % what runs is stopped and kept, and
// when there is room again all of it goes on. Decided at the end of every decision in which a limit has changed.

import type { LimitLevel } from '@agentcom/schemas';
import type { Agent } from '../agent/agent.js';
import type { Decision } from '../decision.js';
import type { State } from '../state.js';
import { hasOpenParents } from '../task/dependencies.js';
import { concerns } from '../task/hold-scope.js';
import { agentsUnder, goOn } from '../task/holding.js';
import type { Task } from '../task/task.js';
import { fitsAgain, isHolding, levelOf, type SpendLimit, STOPPING, type Waits } from './limit.js';
import { windowAt } from './windows.js';

/** Attempts and offers that one decision ends, or lets go on. */
const PAGE = 500;

export function settleLimits(decision: Decision): void {
  const { limits } = decision.state;
  const { changed, moved } = limits;
  while (limits.isUnsettled) {
    decision.matchTogether(() => {
      for (const limit of changed) {
        changed.delete(limit);
        move(decision, limit);
      }
      for (const limit of moved) {
        moved.delete(limit);
        follow(decision, limit);
      }
    });
  }
}

/** Says how much of it is used by now, if that makes a difference; with `waits`, that a task does not fit. */
export function move(decision: Decision, limit: SpendLimit, waits?: Waits): void {
  const { state, inputs } = decision;
  const level = levelOf(limit);
  const isFull = !STOPPING.has(level) && isAwaited(state, limit) && !fitsAgain(limit, state.limits.reservedOf(limit));
  const next = waits ?? (isFull ? limit.waits : undefined);
  if (level === limit.level && next === limit.waits) return;
  const isTold = level !== limit.level && (level === 'warned' || level === 'closed');
  decision.emit({
    type: 'limit.moved',
    limit: limit.id,
    ...(limit.org !== undefined && { org: limit.org }),
    from: limit.level,
    level,
    ...(next !== undefined && { waits: next }),
    ...(isTold && { notice: inputs.newId() }),
  });
}

/** What did not fit is still in the queue. */
function isAwaited({ tasks }: State, { waits }: SpendLimit): boolean {
  return waits?.task === undefined || tasks.get(waits.task)?.state === 'queued';
}

function follow(decision: Decision, limit: SpendLimit): void {
  if (STOPPING.has(limit.level)) return enforce(decision, limit);
  if (isHolding(limit)) letGoOn(decision, limit.id);
  else endHold(decision, limit);
}

/** It holds nothing back any more. */
export function endHold(decision: Decision, limit: SpendLimit): void {
  letGoOn(decision, limit.id);
  goOn(decision, agentsUnder(decision.state, limit));
}

/** A period of it is over, or there is more to stop or to let go on. */
export function fireSpend(decision: Decision, id: string): void {
  const { state, now } = decision;
  const limit = state.limits.get(id);
  if (limit === undefined) return letGoOn(decision, id);
  const wallNow = now + state.wallOffsetMs;
  const over = limit.periods.filter(({ until }) => until !== undefined && until <= wallNow);
  for (const { window } of over) {
    const { since, until = wallNow } = windowAt(window, wallNow, decision.config.spending.timeZone);
    const org = limit.org === undefined ? {} : { org: limit.org };
    decision.emit({ type: 'limit.period_began', limit: id, ...org, window, since, until });
  }
  // What it means is decided first; there may have been more to stop.
  if (over.length > 0) return decision.goOnWith({ kind: 'spend', id });
  if (STOPPING.has(limit.level)) enforce(decision, limit);
  else letGoOn(decision, id);
}

function enforce(decision: Decision, limit: SpendLimit): void {
  const { state } = decision;
  let left = PAGE;
  for (const agent of agentsUnder(state, limit)) {
    const task = agent.task === undefined ? undefined : state.tasks.get(agent.task);
    if (task === undefined || !isStopped(limit, task, agent)) continue;
    if (left-- === 0) return decision.goOnWith({ kind: 'spend', id: limit.id });
    giveBack(decision, task, limit);
  }
}

function isStopped(limit: SpendLimit, task: Task, agent: Agent): boolean {
  return (task.state === 'assigned' || limit.level === 'reached') && concerns(limit, task, agent);
}

function giveBack(decision: Decision, task: Task, limit: SpendLimit): void {
  decision.emit({
    type: 'task.limited',
    task: task.id,
    limit: limit.id,
    to: task.state === 'assigned' ? 'queued' : 'scheduled',
    stopUntil: decision.now + decision.config.tasks.stopGraceSeconds * 1000,
  });
  // Another agent may have it, if the limit is one of this agent, or of its runner.
  decision.matchTask(task);
}

/** What it has stopped goes on where its work is. */
function letGoOn(decision: Decision, id: string): void {
  const { state } = decision;
  let left = PAGE;
  for (const stopped of state.limits.stopped.get(id) ?? []) {
    const task = state.tasks.get(stopped);
    if (task === undefined) continue;
    if (left-- === 0) return decision.goOnWith({ kind: 'spend', id });
    decision.emit({ type: 'task.due', task: stopped, to: hasOpenParents(task) ? 'waiting' : 'queued' });
    decision.matchBack(task, task.attemptLog?.at(-1)?.agent ?? '');
  }
}

/** Under which what the agent does at the task may not go on; at 85 % it may not begin another turn. */
export function limitOn(
  { state }: Decision,
  task: Task,
  agent: Agent,
  levels: ReadonlySet<LimitLevel> = STOPPING,
): SpendLimit | undefined {
  return state.limits.of(task.org).find((limit) => levels.has(limit.level) && concerns(limit, task, agent));
}
