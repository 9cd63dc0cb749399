// Tasks and agents as the outside sees them. Stored bodies stay references here; the gateway puts their texts in.

import type {
  AgentSummary,
  AgentView,
  Attempt as AttemptView,
  KeyView,
  TaskSummary,
  TaskView,
} from '@agentcom/schemas';
import { isOutdated } from './agent/version.js';
import type { Body, StoredResult } from './events.js';
import { type Agent, type Attempt, agentState, type Key, type RunnerLimit, type State, type Task } from './state.js';

/** A task's view whose prompt, data and result may still be references. */
export type UnfilledTask = Omit<TaskView, 'prompt' | 'data' | 'result'> & {
  readonly prompt: Body;
  readonly data?: Body;
  readonly result?: StoredResult;
};

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

export function taskSummary(task: Task): TaskSummary {
  const { spec } = task;
  return {
    id: task.id,
    title: spec.title,
    lane: spec.lane,
    needs: spec.needs,
    labels: spec.labels ?? {},
    ...(spec.repo !== undefined && { repo: spec.repo }),
    ...standing(task),
  };
}

function standing(task: Task) {
  return {
    state: task.state,
    ...(task.reason !== null && { reason: task.reason }),
    ...(task.deadline > 0 && { until: iso(task.deadline) }),
    generation: task.generation,
    ...agentOfTask(task),
    attemptsUsed: task.attempts,
    createdAt: iso(task.createdAt),
    ...(task.finishedAt > 0 && { finishedAt: iso(task.finishedAt) }),
  };
}

/** Who holds it, or who ended it. */
function agentOfTask(task: Task): { agent?: string } {
  const agent =
    task.agent ?? (task.finishedAt > 0 || task.state === 'dead' ? task.attemptLog?.at(-1)?.agent : undefined);
  return agent === undefined ? {} : { agent };
}

export function taskView(task: Task): UnfilledTask {
  const { progress } = task;
  return {
    ...specView(task),
    ...standing(task),
    org: task.org,
    createdBy: task.by,
    offers: task.offers,
    ...(task.question !== null && { question: task.question }),
    ...(progress !== null && { progress: { ...progress, at: iso(progress.at) } }),
    ...(task.answers !== undefined && { answers: task.answers }),
    ...(task.overlaps !== undefined && { overlaps: task.overlaps }),
    ...(task.result !== null && { result: task.result }),
    ...(task.usage !== null && { usage: task.usage }),
    ...(task.death !== null && { death: task.death }),
    ...(task.cancel !== null && { cancel: task.cancel }),
    attempts: (task.attemptLog ?? []).map(attemptView),
    attemptsDropped: task.attemptsDropped,
    history: task.history.map((entry) => ({ ...entry, at: iso(entry.at) })),
    historyDropped: task.historyDropped,
  };
}

/** What was asked for, as the sidecar and the task's reader see it. */
export function specView(task: Task) {
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
    ...(spec.runner !== undefined && { runner: spec.runner }),
    ...(spec.model !== undefined && { model: spec.model }),
    ...(spec.notBefore !== undefined && { notBefore: iso(spec.notBefore) }),
    ...(spec.budget !== undefined && { budget: spec.budget }),
    ...(spec.verify !== undefined && { verify: spec.verify }),
    ...(spec.data !== undefined && { data: spec.data }),
  };
}

function attemptView(attempt: Attempt): AttemptView {
  return {
    generation: attempt.generation,
    agent: attempt.agent,
    startedAt: iso(attempt.startedAt),
    ...(attempt.endedAt > 0 && { endedAt: iso(attempt.endedAt) }),
    ...(attempt.error !== null && { error: attempt.error }),
    ...(attempt.usage !== null && { usage: attempt.usage }),
    counted: attempt.counted,
    ...(attempt.salvageRef !== null && { salvageRef: attempt.salvageRef }),
    ...(attempt.session !== undefined && { session: attempt.session }),
  };
}

export function keyView(key: Key): KeyView {
  return {
    id: key.id,
    role: key.role,
    name: key.name,
    ...(key.agent !== null && { agent: key.agent }),
    createdAt: iso(key.createdAt),
    ...(key.expiresAt > 0 && { expiresAt: iso(key.expiresAt) }),
    ...(key.revokedAt > 0 && { revokedAt: iso(key.revokedAt) }),
  };
}

/** What heartbeats say; kept in memory only. */
export type Health = Pick<AgentView, 'load' | 'freeDiskBytes' | 'phase'>;

/** What is known of an agent beside the state: from its link, and of the hub itself. */
export interface AgentSurroundings {
  readonly health?: Health | undefined;
  readonly lastSeenAt?: number | undefined;
  readonly hubVersion: string;
}

export function agentView(state: State, agent: Agent, around: AgentSurroundings): AgentView {
  const { health = {}, lastSeenAt = agent.linkChangedAt, hubVersion } = around;
  const task = agent.task === null ? undefined : state.tasks.get(agent.task);
  const { stopping, version, host, os } = agent;
  return {
    org: agent.org,
    ...agentSummary(state, agent),
    connected: agent.connection !== null,
    ...(version !== '' && { version }),
    ...(host !== '' && { host }),
    ...(os !== '' && { os }),
    ...(task !== undefined && { task: task.id, generation: task.generation }),
    ...(stopping !== null && { stopping: { ...stopping, until: iso(stopping.until) } }),
    ...health,
    ...(agent.limits !== undefined && { limits: agent.limits.map(limitView) }),
    ...(isOutdated(version, hubVersion) && { outdated: true }),
    enrolledAt: iso(agent.enrolledAt),
    lastSeenAt: iso(lastSeenAt),
  };
}

function limitView({ runner, until }: RunnerLimit): NonNullable<AgentView['limits']>[number] {
  return { ...(runner !== null && { runner }), until: iso(until) };
}

/** As the other agents of its organisation see it. */
export function agentSummary(state: State, agent: Agent): AgentSummary {
  const { name, draining, unresponsive, capabilities } = agent;
  return { name, state: agentState(state, agent), draining, unresponsive, capabilities };
}
