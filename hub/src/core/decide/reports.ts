// What a sidecar reports about an attempt. The generation is the fence: only the live one changes the task. A report that was
// taken before is answered the same again, so a sidecar can repeat until it hears the answer.

import { REPORTS_REMEMBERED } from '../apply-task.js';
import type { CommandOf } from '../commands.js';
import { type Decision, Refusal } from '../decision.js';
import type { ReportMark } from '../events.js';
import { afterFailure, countsAsAttempt } from '../retry.js';
import { agentKey, isFinal, type Task } from '../state.js';
import { mayHappen } from '../task-machine.js';
import type { DecisionTable } from './decide.js';
import { alreadyFinal, offerFreedAgent, stale } from './parts.js';

type Report = 'task.progress' | 'task.block' | 'task.complete' | 'task.fail';

export const reportDecisions: DecisionTable<Report | 'task.answered' | 'task.stopped'> = {
  'task.progress': (decision, command) => {
    const task = liveTask(decision, command);
    if (task instanceof Refusal || task === 'repeated') return repeatedOr(task);
    const { note, fraction, usage } = command;
    decision.emit({
      type: 'task.progressed',
      task: task.id,
      report: command.report,
      ...(note !== undefined && { note }),
      ...(fraction !== undefined && { fraction }),
      ...(usage !== undefined && { usage }),
    });
    return {};
  },

  'task.block': (decision, command) => {
    const task = liveTask(decision, command);
    if (task instanceof Refusal || task === 'repeated') return repeatedOr(task);
    if (!mayHappen('task.blocked', task.state)) {
      return new Refusal('task.blocked', 'the task already waits for the answer to another question');
    }
    const until = decision.now + decision.settings.blockedTimeoutMs;
    decision.emit({ type: 'task.blocked', task: task.id, report: command.report, question: command.question, until });
    return {};
  },

  'task.answered': (decision, command) => {
    const task = liveTask(decision, command);
    if (task instanceof Refusal || task === 'repeated') return repeatedOr(task);
    if (task.answer?.questionId !== command.questionId) return {};
    decision.emit({ type: 'task.answer_confirmed', task: task.id, questionId: command.questionId });
    return {};
  },

  'task.complete': (decision, command) => {
    const task = liveTask(decision, command);
    if (task instanceof Refusal || task === 'repeated') return repeatedOr(task);
    if (!mayHappen('task.completed', task.state)) {
      return new Refusal('task.blocked', 'the task waits for an answer and cannot be completed');
    }
    const { result, usage, report } = command;
    decision.emit({ type: 'task.completed', task: task.id, report, result, ...(usage !== undefined && { usage }) });
    offerFreedAgent(decision, command);
    return {};
  },

  'task.fail': (decision, command) => {
    const task = liveTask(decision, command);
    if (task instanceof Refusal || task === 'repeated') return repeatedOr(task);
    const { error, usage, report } = command;
    const counted = countsAsAttempt(error.class);
    decision.emit({
      type: 'task.attempt_failed',
      task: task.id,
      error,
      counted,
      next: afterFailure({
        failure: error.class,
        attempts: task.attempts + Number(counted),
        maxAttempts: task.spec.maxAttempts,
        resetsAt: command.resetsAt,
        now: decision.now,
        random: decision.inputs.random(),
        settings: decision.settings,
      }),
      report,
      ...(usage !== undefined && { usage }),
    });
    offerFreedAgent(decision, command);
    return {};
  },

  'task.stopped': (decision, command) => {
    const agent = decision.state.agents.get(agentKey(command.org, command.agent));
    if (agent?.stopping?.task !== command.task || agent.stopping.generation !== command.generation) return {};
    const { org, task, salvageRef } = command;
    decision.emit({
      type: 'agent.stopped',
      org,
      agent: agent.name,
      task,
      ...(salvageRef !== undefined && { salvageRef }),
    });
    decision.matchAgent(agent);
    return {};
  },
};

/** The task whose live, accepted attempt the caller holds; 'repeated' when this very report was taken before. */
function liveTask(
  decision: Decision,
  command: CommandOf<Report> | CommandOf<'task.answered'>,
): Task | 'repeated' | Refusal {
  const task = decision.state.tasks.get(command.task);
  if (task === undefined || task.org !== command.org)
    return new Refusal('task.not_found', `there is no task ${command.task}`);
  if (task.generation !== command.generation) return stale(task);
  if ('report' in command && task.attemptLog?.at(-1)?.agent === command.agent) {
    const known = knownReport(task, command.report);
    if (known !== undefined) return known;
  }
  if (isFinal(task.state)) return alreadyFinal(task);
  if (task.agent !== command.agent) return stale(task);
  if (task.state === 'assigned')
    return new Refusal('task.not_accepted', 'accept the assignment before reporting on it');
  return task;
}

function knownReport(task: Task, report: ReportMark): 'repeated' | Refusal | undefined {
  const newest = task.reports?.at(-1);
  if (newest === undefined || report.seq > newest.seq) return undefined;
  const known = task.reports?.find((mark) => mark.seq === report.seq);
  if (known === undefined ? isForgotten(task, report) : known.digest === report.digest) return 'repeated';
  if (known === undefined) {
    return new Refusal('report.conflict', `report ${newest.seq} was taken already, and numbers only grow`, [
      { path: '/seq', message: `must be above ${newest.seq}` },
    ]);
  }
  return new Refusal('report.conflict', `report ${report.seq} was taken before with another body`, [
    { path: '/seq', message: 'a report keeps its number and its body when it is sent again' },
  ]);
}

/** Older than everything that is remembered of a long attempt: it was taken then, or its sender skips numbers and repeats old ones. */
function isForgotten(task: Task, report: ReportMark): boolean {
  const oldest = task.reports?.[0];
  return task.reports?.length === REPORTS_REMEMBERED && oldest !== undefined && report.seq < oldest.seq;
}

function repeatedOr(outcome: 'repeated' | Refusal): Record<never, never> | Refusal {
  return outcome instanceof Refusal ? outcome : {};
}
