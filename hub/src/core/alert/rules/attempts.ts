// Rules about how attempts end.

import { FAILURE_CLASSES, type FailureClass } from '@agentcom/schemas';
import { agentKey } from '../../agent/agent.js';
import type { AgentActivity, AttemptEnd, OrgActivity } from '../activity.js';
import { COUNTED } from '../counts.js';
import { agentSubject, firstSubjects, type OrgRules } from './rule.js';
import { at, count, leading, list, percentOf, span } from './texts.js';

/** An attempt that waits for a usage limit has not failed. */
const NO_FAILURE: FailureClass = 'rate_limited';
const SHORT_BURN_MINUTES = 5;
const HOUR_MINUTES = 60;

export const attemptRules: OrgRules = {
  AttemptFailures: ({ activity, now }, config) => {
    if (activity === undefined) return undefined;
    const { allowedPercent, burnRate, minimumAttempts, failures, failedPercent, windowMinutes } = config;
    const hour = endsIn(activity, now, HOUR_MINUTES);
    const short = endsIn(activity, now, SHORT_BURN_MINUTES);
    const recent = endsIn(activity, now, windowMinutes);
    const limit = Math.min(100, allowedPercent * burnRate);
    const burns = hour.all >= minimumAttempts && hour.percent >= limit && short.percent >= limit;
    const isBad = recent.failed >= failures && recent.percent >= failedPercent;
    if (!burns && !isBad) return undefined;
    const shown = burns
      ? { ...hour, minutes: HOUR_MINUTES, limit }
      : { ...recent, minutes: windowMinutes, limit: failedPercent };
    const cause = leading(failuresSince(activity, now - shown.minutes * 60_000).map(({ code = '' }) => code));
    return {
      value: shown.percent,
      limit: shown.limit,
      unit: 'percent',
      subjects: [],
      count: shown.failed,
      why: `${shown.failed} of ${count(shown.all, 'attempt')} failed in the last ${shown.minutes} min: ${shown.percent} %, and the limit is ${shown.limit} %.${
        cause === undefined ? '' : ` Most often: ${cause[0]}.`
      }`,
    };
  },

  SameFailureAgain: ({ activity, now }, { failures, agents, withinSeconds }) => {
    if (activity === undefined) return undefined;
    const broken = [...activity.streaks].filter(
      ([, streak]) =>
        streak.times >= failures && streak.agents.length >= agents && now - streak.last <= withinSeconds * 1000,
    );
    const [worst] = broken.sort(([, a], [, b]) => b.times - a.times);
    if (worst === undefined) return undefined;
    const [, streak] = worst;
    return {
      value: streak.times,
      limit: failures,
      unit: 'count',
      subjects: firstSubjects(broken, ([url]) => ({ kind: 'repo', id: url, name: url })),
      count: broken.length,
      why: `The last ${streak.times} attempts in one repository all ended with ${streak.code} (since ${at(streak.since)}), on ${count(streak.agents.length, 'agent')}: ${list(streak.agents)}. Different agents fail in the same way, so the cause is likely in the repository.`,
    };
  },

  AgentFailing: ({ activity, now, state, org }, { attempts, withinSeconds }) => {
    if (activity === undefined) return undefined;
    const failing: { readonly name: string; readonly ends: readonly AttemptEnd[] }[] = [];
    for (const [name, { ends }] of activity.agents) {
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
    const [worst] = failing;
    if (worst === undefined) return undefined;
    const since = worst.ends[0]?.at ?? now;
    const cause = leading(worst.ends.map(({ code = '' }) => code));
    return {
      value: attempts,
      limit: attempts,
      unit: 'count',
      subjects: firstSubjects(failing, ({ name }) => agentSubject(name)),
      count: failing.length,
      why: `The last ${attempts} attempts of agent ${worst.name} failed, for ${span(now - since)} (since ${at(since)}), while others completed theirs. Most often: ${cause?.[0] ?? ''}. Its machine or its setup is the likely cause.`,
    };
  },
};

interface Ends {
  readonly all: number;
  readonly failed: number;
  readonly percent: number;
}

function endsIn({ counts }: OrgActivity, now: number, minutes: number): Ends {
  const completed = counts.sum(COUNTED.completed, now, minutes);
  const ended = counts.sum(COUNTED.failed, now, minutes, FAILURE_CLASSES.length);
  const parked = counts.sum(COUNTED.failed + FAILURE_CLASSES.indexOf(NO_FAILURE), now, minutes);
  const failed = ended - parked;
  return { all: completed + failed, failed, percent: percentOf(failed, completed + failed) };
}

function isFailure(end: AttemptEnd): boolean {
  return end.class !== undefined && end.class !== NO_FAILURE;
}

function failuresSince({ agents }: OrgActivity, from: number): AttemptEnd[] {
  const all: AttemptEnd[] = [];
  for (const { ends } of agents.values() as Iterable<AgentActivity>)
    for (const end of ends) if (end.at >= from && isFailure(end)) all.push(end);
  return all;
}
