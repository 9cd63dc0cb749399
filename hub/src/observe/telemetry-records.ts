// What a durable change is as telemetry: nothing, one event or two.

import type { TelemetryRecord, TelemetrySubject } from '@agentcom/schemas';
import type { Change, TaskMoment } from '../core/change.js';
import type { Event } from '../core/events.js';
import type { Usage } from '../core/task/events.js';

export type Tell = (record: TelemetryRecord) => void;

/** `offeredAt` is when the task's present offer was made, ms; undefined where this hub has not seen that. */
export function tellChange({ event, task, at, org }: Change, offeredAt: number | undefined, tell: Tell): void {
  if (task === undefined) return tellEvent(event, org, tell);
  switch (event.type) {
    case 'task.submitted': {
      const { lane } = task.spec;
      return tell({ event: 'task.submitted', ...on(task), fields: { lane, state: event.initial.state } });
    }
    case 'task.assigned': {
      const fields = { lane: task.spec.lane, waitedMs: since(task.queuedAt, at) };
      return tell({ event: 'task.assigned', ...on(task), fields });
    }
    case 'task.accepted':
      return tell({ event: 'task.accepted', ...on(task), fields: { waitedMs: since(offeredAt, at) } });
    case 'task.progressed':
      return tell({ event: 'task.progressed', ...on(task), fields: { fraction: event.fraction } });
    case 'task.blocked':
      return tell({ event: 'task.blocked', ...on(task), fields: { questionId: event.question.questionId } });
    case 'task.answered':
      return tell({ event: 'task.answered', ...on(task), fields: { questionId: event.questionId, by: event.by } });
    case 'task.completed': {
      const fields = {
        lane: task.spec.lane,
        ranMs: since(task.attemptStartedAt, at),
        totalMs: since(task.createdAt, at),
        failedAttempts: task.attempts,
        tokens: tokensOf(event.usage),
        costMicros: event.usage?.costMicros,
      };
      return tell({ event: 'task.completed', ...onEnded(task), fields });
    }
    case 'task.attempt_failed': {
      const { error, counted, next } = event;
      const ended = { class: error.class, code: error.code, counted, next: next.state };
      const fields = { ranMs: since(task.attemptStartedAt, at), ...ended };
      tell({ event: 'task.attempt_failed', ...onEnded(task), fields });
      if (next.state === 'dead') tellDead(task, next.cause, tell);
      return;
    }
    case 'task.halted':
      return tell({ event: 'task.halted', ...onEnded(task), fields: { halt: event.halt } });
    case 'task.limited':
      return tell({ event: 'task.limited', ...onEnded(task), fields: { limit: event.limit } });
    case 'task.offer_ended':
      if (event.to === 'dead') tellDead(task, 'no_taker', tell);
      return;
    case 'task.cancelled':
      return tell({ event: 'task.cancelled', ...on(task), fields: { cause: event.cause, by: event.by } });
    case 'task.requeued':
      return tell({ event: 'task.requeued', ...on(task), fields: { by: event.by } });
    case 'task.requeue_undone':
      return tell({ event: 'task.requeue_undone', ...on(task), fields: { by: event.by } });
    case 'task.moved':
      return tell({ event: 'task.moved', ...on(task), fields: { lane: event.lane, by: event.by } });
  }
}

function tellEvent(event: Event, org: string | undefined, tell: Tell): void {
  switch (event.type) {
    case 'agent.connected': {
      const { agent, version, host } = event;
      return tell({ event: 'agent.connected', org, agentId: agent, fields: { version, host } });
    }
    case 'agent.disconnected': {
      const fields = { holdsWork: event.graceUntil !== undefined };
      return tell({ event: 'agent.disconnected', org, agentId: event.agent, fields });
    }
    case 'agent.drain_set':
      return tell({ event: event.draining ? 'agent.drained' : 'agent.resumed', org, agentId: event.agent, fields: {} });
    case 'agent.conflicted':
    case 'agent.taken_over': {
      const { host, instance, first } = event;
      const fields = { host, instance, firstHost: first?.host, firstInstance: first?.instance };
      return tell({ event: event.type, org, agentId: event.agent, fields });
    }
    case 'leader.elected':
      return tell({ event: 'leader.elected', fields: { leader: event.hub, epoch: event.epoch } });
    case 'leader.left':
      return tell({ event: 'leader.left', fields: { leader: event.hub } });
  }
}

function tellDead(task: TaskMoment, cause: string, tell: Tell): void {
  tell({ event: 'task.dead', ...on(task), fields: { lane: task.spec.lane, cause, failedAttempts: task.attempts } });
}

function on({ org, id, agent, generation }: TaskMoment): TelemetrySubject {
  return { org, taskId: id, agentId: agent, generation: generation === 0 ? undefined : generation };
}

/** Nobody holds it any more. */
function onEnded(task: TaskMoment): TelemetrySubject {
  return { ...on(task), agentId: task.attemptAgent };
}

function since(from: number | undefined, at: number): number | undefined {
  return from === undefined ? undefined : Math.max(0, at - from);
}

function tokensOf(usage: Usage | undefined): number | undefined {
  const { inputTokens, outputTokens } = usage ?? {};
  return inputTokens === undefined && outputTokens === undefined ? undefined : (inputTokens ?? 0) + (outputTokens ?? 0);
}
