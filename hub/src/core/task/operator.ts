// What people ask of tasks: cancel, retry, answer, and what becomes of dead letters.

import { LANES, type Lane, type LaneMove } from '@agentcom/schemas';
import { agentKey } from '../agent/agent.js';
import type { Decision, DecisionTable } from '../decision.js';
import { alreadyFinal, notDead, notRetryable, offerFreedAgent, taskOf } from '../lookups.js';
import { Refusal } from '../refusal.js';
import type { CancelCause } from './events.js';
import { requeue } from './requeue.js';
import { isFinal, type Task } from './task.js';
import { undo } from './undo.js';

export const operatorDecisions: DecisionTable<
  | 'task.cancel'
  | 'task.retry'
  | 'task.push'
  | 'task.answer'
  | 'task.move'
  | 'task.undo'
  | 'dead.requeue'
  | 'dead.discard'
> = {
  'task.cancel': (decision, command) => {
    const task = taskOf(decision, command);
    if (task instanceof Refusal) return task;
    if (isFinal(task.state)) return alreadyFinal(task);
    cancel(decision, task, 'requested', command);
    return {};
  },

  'task.retry': (decision, command) => {
    const task = taskOf(decision, command);
    if (task instanceof Refusal) return task;
    const isBackingOff = task.state === 'scheduled' && task.reason !== 'notBefore';
    if (task.state !== 'dead' && !isBackingOff) return notRetryable(task);
    return requeue(decision, task, command);
  },

  'task.push': (decision, command) => {
    const task = deadLetter(decision, command);
    if (task instanceof Refusal) return task;
    const kept = task.attemptLog?.findLast(({ left }) => left?.salvageRef !== undefined);
    if (kept?.left?.salvageRef === undefined) return new Refusal('task.nothing_kept', 'no attempt left any work');
    if (!decision.state.agents.has(agentKey(task.org, kept.agent))) {
      return new Refusal(
        'task.nothing_kept',
        `the work is on the machine of agent ${kept.agent}, which has been removed`,
      );
    }
    return requeue(decision, task, command, { agent: kept.agent, salvageRef: kept.left.salvageRef });
  },

  'task.answer': (decision, command) => {
    const task = taskOf(decision, command);
    if (task instanceof Refusal) return task;
    if (isFinal(task.state)) return alreadyFinal(task);
    if (task.state !== 'blocked' || task.question === undefined) {
      return new Refusal('task.not_blocked', `the task is ${task.state} and has no open question`);
    }
    const { questionId } = task.question;
    if (command.questionId !== undefined && command.questionId !== questionId) {
      return new Refusal('task.question_mismatch', `the open question is ${questionId}`, [
        { path: '/questionId', message: 'is not the open question' },
      ]);
    }
    const { choices } = task.question;
    if (choices !== undefined && choices.length > 0 && !choices.includes(command.answer)) {
      const offered = choices.join(', ');
      return new Refusal('task.answer_not_a_choice', `the answer must be one of: ${offered}`, [
        { path: '/answer', message: `must be one of: ${offered}` },
      ]);
    }
    const runUntil = decision.now + (task.runLeftMs ?? 0);
    decision.emit({
      type: 'task.answered',
      task: task.id,
      questionId,
      answer: command.answer,
      by: command.by,
      runUntil,
    });
    return {};
  },

  'task.move': (decision, command) => {
    const task = taskOf(decision, command);
    if (task instanceof Refusal) return task;
    if (isFinal(task.state)) return alreadyFinal(task);
    const back = task.spec.lane;
    const lane = laneAt(back, command.to);
    if (lane === back) return {};
    decision.emit({ type: 'task.moved', task: task.id, lane, by: command.by });
    return { undo: { kind: 'move', lane, back } };
  },

  'task.undo': (decision, command) => {
    const task = taskOf(decision, command);
    if (task instanceof Refusal) return task;
    return isFinal(task.state) ? alreadyFinal(task) : undo(decision, task, command.undo, command.by);
  },

  'dead.requeue': (decision, command) => {
    const task = deadLetter(decision, command);
    if (task instanceof Refusal) return task;
    return requeue(decision, task, command);
  },

  'dead.discard': (decision, command) => {
    const task = deadLetter(decision, command);
    if (task instanceof Refusal) return task;
    cancel(decision, task, 'discarded', command);
    return {};
  },
};

/** At an end it stays. */
function laneAt(from: Lane, to: LaneMove): Lane {
  if (to !== 'up' && to !== 'down') return to;
  return LANES[LANES.indexOf(from) + (to === 'up' ? -1 : 1)] ?? from;
}

function deadLetter(decision: Decision, command: { readonly org: string; readonly task: string }): Task | Refusal {
  const task = taskOf(decision, command);
  if (task instanceof Refusal) return task;
  return task.state === 'dead' ? task : notDead(task);
}

function cancel(
  decision: Decision,
  task: Task,
  cause: CancelCause,
  command: { readonly by: string; readonly reason: string },
): void {
  const holder = task.agent;
  const stopUntil = decision.now + decision.config.tasks.stopGraceSeconds * 1000;
  decision.emit({ type: 'task.cancelled', task: task.id, cause, reason: command.reason, by: command.by, stopUntil });
  if (holder !== undefined) offerFreedAgent(decision, { org: task.org, agent: holder });
}
