// Notes what events mean for the windows that rules look at. Called where the events are applied: each costs the same however much there is.

import { FAILURE_CLASSES, LANES, repoAddress, type TaskState } from '@agentcom/schemas';
import { type Agent, agentKey } from '../agent/agent.js';
import { RUNNER_PREFIX } from '../agent/capabilities.js';
import type { State } from '../state.js';
import type { StoredError, StoredResult } from '../task/events.js';
import { runnerOf } from '../task/routes.js';
import type { Attempt, Task } from '../task/task.js';
import type { AttemptEnd } from './activity.js';
import { COUNTED } from './counts.js';

/** What says nothing of the repository, but of agents, machines, accounts or money. */
const NOT_THE_REPOSITORY: ReadonlySet<string> = new Set(['lost', 'rate_limited', 'machine', 'budget']);
/** What a host of repositories answers to a push or a request. */
export const REFUSED_BY_HOST =
  /^(?:git\.push_(?:denied|refused|unconfirmed)|forge\.(?!rate_limited|not_configured)\w+)$/;
/** In what a provider says; the code for it is the one of usage limits. */
const OVERLOADED = /overloaded|at capacity/i;

export function noteMove({ activity }: State, task: Task, from: TaskState | undefined, at: number): void {
  const isQueued = task.state === 'queued';
  if (isQueued === (from === 'queued')) return;
  activity.org(task.org).counts.add((isQueued ? COUNTED.arrived : COUNTED.left) + LANES.indexOf(task.spec.lane), at);
}

export function noteAssigned({ activity }: State, { org }: Task, at: number): void {
  const own = activity.org(org);
  own.counts.add(COUNTED.assigned, at);
  own.assignedAt = at;
}

/** `agent` let the offer pass or turned it down. */
export function noteMissedOffer({ activity, config }: State, task: Task, agent: string, at: number): void {
  const own = activity.org(task.org);
  own.missed(agent, at);
  const { tasks, alerts } = config.values;
  const many = (tasks.maxOffers * alerts.rules.OfferUnanswered.maxOffersPercent) / 100;
  if (task.offers >= many) own.turnDown(task.id);
}

export function noteDead({ activity }: State, { org, id }: Task, at: number): void {
  const own = activity.org(org);
  own.counts.add(COUNTED.dead, at);
  own.died(id);
}

export function noteCompleted(state: State, task: Task, attempt: Attempt, result: StoredResult, at: number): void {
  const own = state.activity.org(task.org);
  own.counts.add(COUNTED.completed, at);
  noteEnd(state, task, attempt.agent, at);
  if (task.spec.repo !== undefined) own.succeededIn(task.spec.repo.url);
  if (!isEmpty(state, task, attempt, result, at)) return;
  own.counts.add(COUNTED.empty, at);
  own.completedEmpty(task.id);
}

export function noteFailed(state: State, task: Task, agent: string, error: StoredError, at: number): void {
  const own = state.activity.org(task.org);
  own.counts.add(COUNTED.failed + FAILURE_CLASSES.indexOf(error.class), at);
  noteEnd(state, task, agent, at, error);
  const url = task.spec.repo?.url;
  if (url === undefined) return;
  if (!NOT_THE_REPOSITORY.has(error.class)) own.failedIn(url, agent, error, at);
  if (REFUSED_BY_HOST.test(error.code)) own.refusedBy(repoAddress(url)?.host ?? url, error.code, at);
}

/** The attempt that was given up as lost goes on. */
export function noteResumed({ activity }: State, { org }: Task, agent: string): void {
  activity.org(org).wentOn(agent);
}

function noteEnd({ activity }: State, task: Task, agent: string, at: number, error?: StoredError): void {
  const own = activity.org(task.org);
  const runner = runnerOf(task);
  const overloaded = error?.class === 'rate_limited' && OVERLOADED.test(error.message);
  if (overloaded) own.counts.add(COUNTED.overloaded, at);
  const end: AttemptEnd = {
    at,
    task: task.id,
    ...(runner !== undefined && { runner }),
    ...(error !== undefined && { class: error.class, code: error.code }),
    ...(overloaded && { overloaded }),
  };
  own.ended(agent, end);
}

/** Nothing was changed, and that was quick or nothing was used for it. A plain command is often that quick. */
function isEmpty(state: State, task: Task, attempt: Attempt, result: StoredResult, at: number): boolean {
  if (result.commit !== undefined || result.noChange !== undefined) return false;
  const { shortSeconds } = state.config.values.alerts.rules.EmptySuccess;
  if (attempt.usage !== undefined && at - attempt.startedAt >= shortSeconds * 1000) return false;
  return !runsCommands(task, state.agents.get(agentKey(task.org, attempt.agent)));
}

function runsCommands(task: Task, agent: Agent | undefined): boolean {
  const runner = runnerOf(task);
  if (runner !== undefined) return runner === 'command';
  const runners = agent?.capabilities.filter((name) => name.startsWith(RUNNER_PREFIX)) ?? [];
  return runners.length === 0 || runners.every((name) => name === `${RUNNER_PREFIX}command`);
}

/** A link that ended while its leader led: after a new leader, all come back once. */
export function noteLostLink({ activity }: State, { org, name }: Agent, at: number): void {
  activity.org(org).lostLink(name, at);
}
