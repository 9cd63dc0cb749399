// What a sidecar reports about an attempt. The generation is the fence: only the live one changes the task. A report that was
// taken before is answered the same again, so a sidecar can repeat until it hears the answer.

import { LIMITS, MAY_BE_OF_ONE_MACHINE, OF_ONE_TASK } from '@agentcom/schemas';
import { clip } from '@agentcom/schemas/clip';
import { type Agent, agentKey, takesTasks } from '../agent/agent.js';
import type { CommandOf, Spent } from '../commands.js';
import type { Decision, DecisionTable } from '../decision.js';
import { limitOn } from '../limit/enforce.js';
import { alreadyFinal, offerFreedAgent, setFitness, stale } from '../lookups.js';
import { Refusal } from '../refusal.js';
import { type Ending, endAttemptFor } from './attempt-end.js';
import { lastAttempt, ownAttempt, REPORTS_REMEMBERED } from './attempts.js';
import type { Left, ReportMark, StoredError, Usage } from './events.js';
import { mayHappen } from './machine.js';
import { endOffer } from './offers.js';
import { keptPaths } from './overlaps.js';
import { foreignParts, ownLeft } from './own-work.js';
import { limitedUntil } from './retry.js';
import { routesOf, runnerOf } from './routes.js';
import { isAble, isLimited, skillsOf } from './skills.js';
import { type Attempt, isFinal, type Task } from './task.js';
import { grownUsage, isSameUsage } from './usage.js';
import { wantedOf } from './wants.js';

/**
 * For what goes on beside the run, in one go: fetching and set-up, or the checks, verify commands and the push. Their sidecar bounds each
 * of them, a verify command by a day at most; this is for a sidecar that hangs.
 */
const BESIDE_RUN_MS = 24 * 60 * 60_000;

/** Machines that are asked before a permanent failure is believed. */
const ASKED_MAX = 3;

type Report = 'task.progress' | 'task.block' | 'task.complete' | 'task.fail';

export const reportDecisions: DecisionTable<Report | 'task.answered' | 'task.stopped'> = {
  'task.progress': (decision, command) => {
    const task = liveTask(decision, command);
    if (task instanceof Refusal || task === 'repeated') return repeatedOr(task);
    const { note, fraction, running } = command;
    const paths = newPaths(task, command.paths);
    decision.emit({
      type: 'task.progressed',
      task: task.id,
      report: command.report,
      ...(note !== undefined && { note }),
      ...(fraction !== undefined && { fraction }),
      ...spentOf(lastAttempt(task), command),
      ...(running !== undefined &&
        task.state === 'working' && { until: decision.now + (running ? task.spec.runTimeoutMs : BESIDE_RUN_MS) }),
      ...(paths !== undefined && { paths }),
    });
    if (paths !== undefined) emitOverlaps(decision, task);
    return {};
  },

  'task.block': (decision, command) => {
    const task = liveTask(decision, command);
    if (task instanceof Refusal || task === 'repeated') return repeatedOr(task);
    if (!mayHappen('task.blocked', task.state)) {
      return new Refusal('task.blocked', 'the task is already waiting for an answer to another question');
    }
    const until = decision.now + decision.config.tasks.blockedTimeoutSeconds * 1000;
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
      return new Refusal('task.blocked', 'the task is waiting for an answer and cannot be completed');
    }
    const { result, report } = command;
    const foreign = foreignParts({ id: task.id, repo: task.spec.repo }, command, result);
    if (foreign.length > 0) {
      return new Refusal('report.not_of_attempt', 'the result names work that is not of this attempt', foreign);
    }
    decision.emit({ type: 'task.completed', task: task.id, report, result, ...spentOf(lastAttempt(task), command) });
    offerFreedAgent(decision, command);
    return {};
  },

  'task.fail': (decision, command) => {
    const task = liveTask(decision, command);
    if (task instanceof Refusal || task === 'repeated') return repeatedOr(task);
    const { report } = command;
    const isForOthers = mayStartElsewhere(decision, task, command);
    const error: StoredError = isForOthers ? { ...command.error, class: 'machine' } : command.error;
    const limitEndsAt = limitEnd(decision, task, command.resetsAt);
    endAttemptFor(decision, task, error, {
      report,
      ...spentOf(lastAttempt(task), command),
      ...leftOf(task, command),
      limitEndsAt,
      isForOthers,
    });
    if (error.class === 'rate_limited') {
      // A task that names no runner has met the limit of one that others may name.
      const asked = runnerOf(task);
      const model = limitedModel(task);
      for (const runner of new Set([asked, command.session?.runner])) {
        if (runner !== undefined || asked === undefined) limit(decision, command, { runner, model }, limitEndsAt);
      }
    }
    if (error.class === 'machine' && !isForOthers && !OF_ONE_TASK.has(error.code)) holdBack(decision, command, error);
    decision.matchTask(task);
    offerFreedAgent(decision, command);
    return {};
  },

  'task.stopped': (decision, command) => {
    const agent = decision.state.agents.get(agentKey(command.org, command.agent));
    if (agent === undefined) return {};
    const live = agent.task === command.task ? decision.state.tasks.get(command.task) : undefined;
    if (live?.generation === command.generation) {
      const said = live.state === 'assigned' ? {} : spentOf(lastAttempt(live), command);
      const ending = { ...leftOf(live, command), ...said };
      return command.limited === true && live.state !== 'assigned'
        ? giveBack(decision, live, agent, ending)
        : giveUp(decision, live, agent, ending);
    }
    const { org, task, generation } = command;
    const attempt = ownAttempt(decision.state, command, command);
    const left = newLeft(attempt, leftOf(decision.state.tasks.get(task), command).left);
    if (attempt?.endedAt !== undefined && hasUsedMore(attempt, command)) {
      const { session } = command;
      const usage = grownUsage(attempt.usage, command.usage);
      decision.emit({ type: 'task.attempt_used', task, generation, usage, ...(session !== undefined && { session }) });
    }
    if (agent.stopping?.task === task && agent.stopping.generation === generation) {
      decision.emit({ type: 'agent.stopped', org, agent: agent.name, task, ...(left !== undefined && { left }) });
    } else {
      if (left !== undefined) decision.emit({ type: 'task.attempt_left', task, generation, left });
      // It could not take an offer that came before the end of this.
      if (attempt !== undefined && agent.unresponsive) {
        decision.emit({ type: 'agent.responded', org, agent: agent.name });
      }
    }
    decision.matchAgent(agent);
    return {};
  },
};

/** Empty when a lost one left nothing; undefined when the attempt names it, or has ended by a report, which said what there was. */
function newLeft(attempt: Attempt | undefined, left: Left | undefined): Left | undefined {
  if (attempt === undefined || attempt.reported) return undefined;
  if (attempt.left === undefined) return left ?? (attempt.error?.class === 'lost' ? {} : undefined);
  return isSameLeft(left, attempt.left) ? undefined : left;
}

/** A report that is late, or one that means to hide something, does not lessen what the attempt has used. */
function spentOf(attempt: Attempt, { usage, session }: Spent) {
  return {
    ...(usage !== undefined && { usage: grownUsage(attempt.usage, usage) }),
    ...(session !== undefined && { session }),
  };
}

function hasUsedMore(attempt: Attempt, said: Spent): said is Spent & { readonly usage: Usage } {
  return said.usage !== undefined && !isSameUsage(grownUsage(attempt.usage, said.usage), attempt.usage);
}

function leftOf(task: Task | undefined, command: CommandOf<'task.fail' | 'task.stopped'>): { readonly left?: Left } {
  if (task === undefined || command.left === undefined) return {};
  const left = ownLeft({ id: task.id, repo: task.spec.repo }, command, command.left);
  return Object.keys(left).length === 0 ? {} : { left };
}

function isSameLeft(a: Left | undefined, b: Left | undefined): boolean {
  return a?.salvageRef === b?.salvageRef && a?.branch === b?.branch && a?.pullRequest === b?.pullRequest;
}

/** What there is to keep of the paths that a report names; undefined when it is what was kept before. */
function newPaths(task: Task, said: readonly string[] | undefined): readonly string[] | undefined {
  if (said === undefined || task.spec.repo === undefined) return undefined;
  const paths = keptPaths(said);
  const before = task.paths ?? [];
  const isSame = paths.length === before.length && paths.every((path, i) => path === before[i]);
  return isSame ? undefined : paths;
}

/** Each pair of tasks hears of it once, while both are live. */
function emitOverlaps(decision: Decision, task: Task): void {
  for (const { task: other, paths } of decision.state.touched.newOverlaps(task)) {
    decision.emit({ type: 'task.overlapped', task: task.id, with: other, paths });
    decision.emit({ type: 'task.overlapped', task: other, with: task.id, paths });
  }
}

/** When the usage limit that a task has just met counts as over. A limit ends by the wall clock. */
function limitEnd(decision: Decision, task: Task, resetsAt: number | undefined): number {
  const { now, state } = decision;
  const before = (task.attemptLog ?? []).slice(0, -1);
  const inARow = before.length - 1 - before.findLastIndex(({ error }) => error?.class !== 'rate_limited');
  const elapsed = resetsAt === undefined ? undefined : resetsAt - state.wallOffsetMs;
  return limitedUntil(elapsed, inARow + 1, now, decision.config.tasks);
}

/** Whether nothing has been run, and an agent could take it whose machine may have what this one lacks. */
function mayStartElsewhere(decision: Decision, task: Task, command: CommandOf<'task.fail'>): boolean {
  const { error, agent, usage } = command;
  if (error.class !== 'permanent' || !MAY_BE_OF_ONE_MACHINE.has(error.code) || usage !== undefined) return false;
  const { state, now } = decision;
  const asked = new Set((task.passedOver ?? []).filter(({ until }) => until > now).map((entry) => entry.agent));
  if (asked.size >= ASKED_MAX - 1) return false;
  const wanted = wantedOf(task);
  return [...(state.agentsByOrg.get(task.org) ?? [])].some(
    (other) =>
      other.name !== agent &&
      !asked.has(other.name) &&
      takesTasks(other) &&
      isAble(wanted, other) &&
      !isLimited(wanted, skillsOf(other)),
  );
}

/** Until its sidecar says that its machine can work, whatever else waits. */
function holdBack(decision: Decision, command: CommandOf<'task.fail'>, { code, message }: StoredError): void {
  const agent = decision.state.agents.get(agentKey(command.org, command.agent));
  if (agent !== undefined) setFitness(decision, agent, { code, message: clip(message, LIMITS.unfitMessageBytes) });
}

function limit(
  decision: Decision,
  { org, agent }: { readonly org: string; readonly agent: string },
  { runner, model }: { readonly runner: string | undefined; readonly model: string | undefined },
  until: number,
): void {
  decision.emit({
    type: 'agent.limited',
    org,
    agent,
    ...(runner !== undefined && { runner }),
    ...(model !== undefined && { model }),
    until,
  });
}

/** A limit may be of one model: where the task names others for the same runner, these are tried. */
function limitedModel({ spec, choice }: Task): string | undefined {
  const others = choice === undefined ? [] : routesOf(spec).filter(({ runner }) => runner === choice.runner);
  return others.length > 1 ? choice?.model : undefined;
}

/** Its sidecar says that it stopped what nobody told it to stop: it cannot go on with it, so somebody else must. */
function giveUp(
  decision: Decision,
  task: Task,
  agent: Agent,
  said: Pick<Ending, 'left' | 'usage' | 'session'>,
): Record<never, never> {
  if (task.state === 'assigned') {
    endOffer(decision, task, 'rejected', 'its sidecar stopped before accepting it');
    decision.matchTask(task);
  } else {
    const message = 'its sidecar stopped working on it';
    endAttemptFor(decision, task, { class: 'lost', code: 'agent.stopped', message }, said);
  }
  decision.matchAgent(agent);
  return {};
}

/** It needed another turn under a spend limit that lets none begin; if there is room again by now, it goes on at once. */
function giveBack(
  decision: Decision,
  task: Task,
  agent: Agent,
  said: Pick<Ending, 'left' | 'usage' | 'session'>,
): Record<never, never> {
  const limit = limitOn(decision, task, agent);
  decision.emit({
    type: 'task.limited',
    task: task.id,
    ...(limit !== undefined && { limit: limit.id }),
    to: limit === undefined ? 'queued' : 'scheduled',
    ...said,
  });
  decision.matchBack(task, agent.name);
  decision.matchAgent(agent);
  return {};
}

/** The task whose live, accepted attempt the caller holds; 'repeated' when this very report was taken before. */
function liveTask(
  decision: Decision,
  command: CommandOf<Report> | CommandOf<'task.answered'>,
): Task | 'repeated' | Refusal {
  const task = decision.state.tasks.get(command.task);
  if (task === undefined || task.org !== command.org)
    return new Refusal('task.not_found', `task ${command.task} not found`);
  if (task.generation !== command.generation) return stale();
  if ('report' in command && task.attemptLog?.at(-1)?.agent === command.agent) {
    const known = knownReport(task, command.report);
    if (known !== undefined) return known;
  }
  if (isFinal(task.state)) return alreadyFinal(task);
  if (task.agent !== command.agent) return stale();
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
    return new Refusal('report.conflict', `report ${newest.seq} was already accepted, and numbers must increase`, [
      { path: '/seq', message: `must be above ${newest.seq}` },
    ]);
  }
  return new Refusal('report.conflict', `report ${report.seq} was already accepted with a different body`, [
    { path: '/seq', message: 'must be new, or come with the same body as before' },
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
