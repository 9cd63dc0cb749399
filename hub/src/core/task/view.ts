// Tasks as the outside sees them. Stored bodies stay references here; the gateway puts their texts in.

import type { Attempt as AttemptView, TaskSummary, TaskView } from '@agentcom/schemas';
import { iso } from '../iso.js';
import type { Body, StoredResult } from './events.js';
import { historyOf } from './history.js';
import { type Attempt, agentOfTask, type Task } from './task.js';

/** A task's view whose prompt, data and result may still be references. */
export type UnfilledTask = Omit<TaskView, 'prompt' | 'data' | 'result'> & {
  readonly prompt: Body;
  readonly data?: Body;
  readonly result?: StoredResult;
};

export function taskSummary(task: Task): TaskSummary {
  const { spec, progress, question } = task;
  const attempt = task.attemptLog?.[task.attemptLog.length - 1];
  const pullRequest = task.result?.pullRequest;
  return {
    id: task.id,
    title: spec.title,
    lane: spec.lane,
    needs: spec.needs,
    labels: spec.labels ?? {},
    ...(spec.repo !== undefined && { repo: spec.repo }),
    ...(spec.runner !== undefined && { runner: spec.runner }),
    ...(spec.model !== undefined && { model: spec.model }),
    ...(task.choice !== undefined && { choice: task.choice }),
    maxAttempts: spec.maxAttempts,
    ...(spec.budget !== undefined && { budget: spec.budget }),
    ...standing(task),
    ...(attempt !== undefined && { startedAt: iso(attempt.startedAt) }),
    ...(progress !== undefined && { progress: { ...progress, at: iso(progress.at) } }),
    ...(task.usage !== undefined && { usage: task.usage }),
    ...(attempt?.error !== undefined && { failure: { class: attempt.error.class, code: attempt.error.code } }),
    ...(question !== undefined && { asks: question.question }),
    ...(question?.choices !== undefined && { choices: question.choices }),
    ...(pullRequest !== undefined && { pullRequest }),
  };
}

function standing(task: Task) {
  const agent = agentOfTask(task);
  return {
    state: task.state,
    ...(task.reason !== undefined && { reason: task.reason }),
    ...(task.deadline !== undefined && { until: iso(task.deadline) }),
    generation: task.generation,
    ...(agent !== undefined && { agent }),
    attemptsUsed: task.attempts,
    createdAt: iso(task.createdAt),
    ...(task.finishedAt !== undefined && { finishedAt: iso(task.finishedAt) }),
  };
}

export function taskView(task: Task): UnfilledTask {
  const { progress } = task;
  return {
    ...specView(task),
    ...(task.spec.maxCost !== undefined && { maxCost: task.spec.maxCost }),
    ...(task.choice !== undefined && { choice: task.choice }),
    ...(task.priced !== undefined && { routes: task.priced.routes }),
    ...standing(task),
    org: task.org,
    createdBy: task.by,
    offers: task.offers,
    ...(task.question !== undefined && { question: task.question }),
    ...(progress !== undefined && { progress: { ...progress, at: iso(progress.at) } }),
    ...(task.answers !== undefined && { answers: task.answers }),
    ...(task.overlaps !== undefined && { overlaps: task.overlaps }),
    ...(task.result !== undefined && { result: task.result }),
    ...(task.usage !== undefined && { usage: task.usage }),
    ...(task.death !== undefined && { death: task.death }),
    ...(task.cancel !== undefined && { cancel: task.cancel }),
    attempts: (task.attemptLog ?? []).map(attemptView),
    attemptsDropped: task.attemptsDropped ?? 0,
    history: historyOf(task).map((entry) => ({ ...entry, at: iso(entry.at) })),
    historyDropped: task.historyDropped ?? 0,
  };
}

/** What an agent is to do: of several runners and models, it is told the ones that were chosen. */
export function assignedView(task: Task) {
  const { choice } = task;
  if (choice === undefined) return specView(task) as SingleSpec;
  const { runner: _runner, model: _model, ...rest } = specView(task);
  const { runner, model } = choice;
  return { ...rest, ...(runner !== undefined && { runner }), ...(model !== undefined && { model }) };
}

type SingleSpec = ReturnType<typeof specView> & { readonly runner?: string; readonly model?: string };

/** What was asked for. */
function specView(task: Task) {
  const { spec } = task;
  return {
    id: task.id,
    title: spec.title,
    prompt: spec.prompt,
    lane: spec.lane,
    needs: spec.needs,
    labels: spec.labels ?? {},
    maxAttempts: spec.maxAttempts,
    runTimeoutSeconds: Math.max(1, Math.round(spec.runTimeoutMs / 1000)),
    dependsOn: spec.dependsOn ?? [],
    ...(spec.repo !== undefined && { repo: spec.repo }),
    ...(spec.baseFromParent === true && { baseFromParent: true }),
    ...(task.parentBranch !== undefined && { parentBranch: task.parentBranch }),
    ...(spec.runner !== undefined && { runner: spec.runner }),
    ...(spec.model !== undefined && { model: spec.model }),
    ...(spec.notBefore !== undefined && { notBefore: iso(spec.notBefore) }),
    ...(spec.budget !== undefined && { budget: spec.budget }),
    ...(spec.verify !== undefined && { verify: spec.verify }),
    ...(spec.inactivitySeconds !== undefined && { inactivitySeconds: spec.inactivitySeconds }),
    ...(spec.data !== undefined && { data: spec.data }),
  };
}

function attemptView(attempt: Attempt): AttemptView {
  return {
    generation: attempt.generation,
    agent: attempt.agent,
    startedAt: iso(attempt.startedAt),
    ...(attempt.endedAt !== undefined && { endedAt: iso(attempt.endedAt) }),
    ...(attempt.error !== undefined && { error: attempt.error }),
    ...(attempt.usage !== undefined && { usage: attempt.usage }),
    counted: attempt.counted,
    ...attempt.left,
    ...(attempt.left !== undefined && !attempt.reported && { leftConfirmed: true }),
    ...(attempt.session !== undefined && { session: attempt.session }),
    ...(attempt.choice !== undefined && { choice: attempt.choice }),
    ...(attempt.halt !== undefined && { halt: attempt.halt }),
    ...(attempt.limit !== undefined && { limit: attempt.limit.scope }),
  };
}
