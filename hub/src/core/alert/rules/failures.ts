// Attempts that failed, as several rules look at them, and which rules explain all of some.

import type { AlertRuleName, FailureClass } from '@agentcom/schemas';
import { agentKey } from '../../agent/agent.js';
import type { AttemptEnd, FailureStreak, OrgActivity } from '../activity.js';
import { COUNTED } from '../counts.js';
import { REFUSED_BY_HOST } from '../notice.js';
import type { OrgLook } from './rule.js';

const HOUR_MINUTES = 60;
/** An attempt that waits for a usage limit has not failed. */
export const NO_FAILURE: FailureClass = 'rate_limited';

export const NOT_SIGNED_IN = 'runner.not_signed_in';

/** An attempt that failed. */
export interface Failure {
  readonly agent: string;
  readonly task: string;
  readonly code?: string | undefined;
}

export interface FailingAgent {
  readonly name: string;
  readonly ends: readonly AttemptEnd[];
}

/** As far as they are kept. */
export function failuresSince({ failed }: OrgActivity, from: number): (Failure & AttemptEnd)[] {
  const all: (Failure & AttemptEnd)[] = [];
  for (const [agent, { ends }] of failed)
    for (const end of ends) if (end.at >= from && isFailure(end)) all.push({ agent, ...end });
  return all;
}

/** Those whose last attempts all failed while others completed theirs. */
export function failingAgents({ activity, now, state, org, rules }: OrgLook): FailingAgent[] {
  if (activity === undefined) return [];
  const { attempts, withinSeconds } = rules.AgentFailing;
  const failing: FailingAgent[] = [];
  for (const [name, { ends }] of activity.failed) {
    const newest = ends[ends.length - 1];
    if (newest === undefined || !isFailure(newest)) continue;
    const last = ends.slice(-attempts);
    const [first] = last;
    if (first === undefined || last.length < attempts || !last.every(isFailure)) continue;
    if (now - (last.at(-1)?.at ?? 0) > withinSeconds * 1000 || !state.agents.has(agentKey(org, name))) continue;
    // None of these can be its own.
    const minutes = Math.ceil((now - first.at) / 60_000);
    if (activity.counts.sum(COUNTED.completed, now, Math.min(HOUR_MINUTES, minutes)) > 0)
      failing.push({ name, ends: last });
  }
  return failing;
}

/** Those in which different agents fail in the same way, by address. */
export function brokenRepositories({ activity, now, rules }: OrgLook): (readonly [string, FailureStreak])[] {
  const { failures, agents, withinSeconds } = rules.SameFailureAgain;
  return [...(activity?.streaks ?? [])].filter(
    ([, streak]) =>
      streak.times >= failures && streak.agents.length >= agents && now - streak.last <= withinSeconds * 1000,
  );
}

/** The rules that explain every one of these. Whether such an alert is there is not asked. */
export function explainersOf(look: OrgLook, failures: readonly Failure[]): AlertRuleName[] {
  if (failures.length === 0) return [];
  const agents = new Set(failingAgents(look).map(({ name }) => name));
  const repositories = new Map(brokenRepositories(look));
  const isBroken = ({ task, code }: Failure): boolean => {
    const url = look.state.tasks.get(task)?.spec.repo?.url;
    return url !== undefined && code !== undefined && repositories.get(url)?.code === code;
  };
  return [
    ...(failures.every(({ code }) => code === NOT_SIGNED_IN) ? (['RunnerAuthBroken'] as const) : []),
    ...(failures.every(({ code }) => REFUSED_BY_HOST.test(code ?? '')) ? (['PushFailing'] as const) : []),
    ...(failures.every(isBroken) ? (['SameFailureAgain'] as const) : []),
    ...(failures.every(({ agent }) => agents.has(agent)) ? (['AgentFailing'] as const) : []),
  ];
}

export function isFailure(end: AttemptEnd): boolean {
  return end.class !== undefined && end.class !== NO_FAILURE;
}
