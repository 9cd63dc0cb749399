// What time brings: due tasks, offers and attempts that ran out, links given up, families, and what is old enough to forget.

import type { DecisionTable } from './decide.js';
import type { Decision } from './decision.js';
import { bodiesOf, elapsedDeadline, refsOf } from './indexes.js';
import { endLimits } from './lookups.js';
import { agentOf, isFinal, type Task } from './state.js';
import { endAttemptFor } from './task/attempt-end.js';
import { endOffer } from './task/offers.js';

/** Keys handled in one decision, so that its events stay far below the largest batch. */
const PAGE = 100;
/** Idempotency keys are forgotten in groups: a key lives up to this much longer than it must. */
const FORGET_EVERY_MS = 60_000;

export const tickDecisions: DecisionTable<'tick' | 'tasks.archive'> = {
  tick: (decision) => {
    const { state, now } = decision;
    let left = PAGE;
    for (
      let keys = state.deadlines.due(now, left);
      left > 0 && keys.length > 0;
      keys = state.deadlines.due(now, left)
    ) {
      for (const key of keys) fire(decision, key);
      left -= keys.length;
    }
    forgetIdempotencyKeys(decision);
    return { more: state.deadlines.nextAt() <= now };
  },

  'tasks.archive': (decision, command) => {
    const refs = new Set<string>();
    for (const id of command.tasks) {
      const task = decision.state.tasks.get(id);
      if (task === undefined || !isFinal(task.state)) continue;
      for (const ref of refsOf(bodiesOf(task))) refs.add(ref);
      decision.emit({ type: 'task.archived', task: id });
    }
    return { unusedBodies: [...refs].filter((ref) => !decision.state.bodies.has(ref)) };
  },
};

/** Whatever a key stood for when it was set, the state decides what it means now; a key that means nothing any more is dropped. */
function fire(decision: Decision, key: string): void {
  const { state } = decision;
  state.deadlines.take(key);
  const space = key.indexOf(' ');
  const id = key.slice(space + 1);
  const task = state.tasks.get(id);
  switch (key.slice(0, space)) {
    case 'task':
      if (task !== undefined && task.deadline > 0 && elapsedDeadline(state, task) <= decision.now)
        timeOut(decision, task);
      break;
    case 'offer':
      if (task !== undefined) decision.matchTask(task);
      break;
    case 'family':
      if (task !== undefined) settleDependencies(decision, task);
      break;
    case 'agent':
      fireAgent(decision, id);
      break;
    case 'limit':
      endLimitsOf(decision, id);
      break;
    case 'enrolment':
      if (state.enrolments.has(id)) decision.emit({ type: 'enrolment.expired', hash: id });
      break;
  }
}

function timeOut(decision: Decision, task: Task): void {
  switch (task.state) {
    case 'scheduled':
      decision.emit({ type: 'task.due', task: task.id, to: task.openParents > 0 ? 'waiting' : 'queued' });
      return decision.matchTask(task);
    case 'assigned':
      endOffer(decision, task, 'ignored');
      return decision.matchTask(task);
    case 'working': {
      const message = `the attempt ran longer than ${Math.round(task.spec.runTimeoutMs / 1000)} s`;
      return endAttemptFor(decision, task, { class: 'timeout', code: 'run.timeout', message }, { stopping: true });
    }
    case 'blocked': {
      const message = 'nobody answered the question in time';
      return endAttemptFor(decision, task, { class: 'timeout', code: 'answer.timeout', message }, { stopping: true });
    }
    default:
      return;
  }
}

function settleDependencies(decision: Decision, task: Task): void {
  if (isFinal(task.state)) return;
  if (task.orphanedBy !== null) {
    const holder = agentOf(decision.state, task);
    decision.emit({
      type: 'task.cancelled',
      task: task.id,
      cause: 'parent_failed',
      reason: `task ${task.orphanedBy}, which it depends on, was cancelled`,
      by: 'hub',
      stopUntil: decision.now + decision.settings.stopGraceMs,
    });
    if (holder !== undefined) decision.matchAgent(holder);
  } else if (task.state === 'waiting' && task.openParents === 0) {
    decision.emit({ type: 'task.unblocked_by_parents', task: task.id });
    decision.matchTask(task);
  }
}

function fireAgent(decision: Decision, key: string): void {
  const { state, now } = decision;
  const agent = state.agents.get(key);
  if (agent === undefined) return;
  const task = agent.task === null ? undefined : state.tasks.get(agent.task);
  if (task !== undefined) {
    if (agent.graceUntil === 0 || agent.graceUntil > now) return;
    if (task.state === 'assigned') {
      endOffer(decision, task, 'lost');
      return decision.matchTask(task);
    }
    const message = 'its link was gone for longer than the grace';
    return endAttemptFor(decision, task, { class: 'lost', code: 'agent.offline', message });
  }
  if (agent.stopping !== null && agent.stopping.until <= now) {
    decision.emit({ type: 'agent.stopped', org: agent.org, agent: agent.name, task: agent.stopping.task });
    decision.matchAgent(agent);
  }
}

function endLimitsOf(decision: Decision, key: string): void {
  const agent = decision.state.agents.get(key);
  if (agent === undefined) return;
  endLimits(decision, agent, agent.limits?.filter(({ until }) => until <= decision.now) ?? []);
  decision.matchAgent(agent);
}

function forgetIdempotencyKeys(decision: Decision): void {
  const before = decision.now - decision.settings.idempotencyMs;
  const [oldest] = decision.state.idempotency.values();
  if (oldest !== undefined && oldest.at < before - FORGET_EVERY_MS)
    decision.emit({ type: 'idempotency.expired', before });
}
