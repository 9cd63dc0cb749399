// Rules about how attempts end.

import { FAILURE_CLASSES } from '@agentcom/schemas';
import type { OrgActivity } from '../activity.js';
import { COUNTED } from '../counts.js';
import { REFUSED_BY_HOST } from '../notice.js';
import {
  brokenRepositories,
  explainersOf,
  failingAgents,
  failuresSince,
  NO_FAILURE,
  NOT_SIGNED_IN,
} from './failures.js';
import { agentSubject, firstSubjects, type OrgRules } from './rule.js';
import { at, count, leading, list, percentOf, share } from './texts.js';

const SHORT_BURN_MINUTES = 5;
const HOUR_MINUTES = 60;

export const attemptRules: OrgRules = {
  AttemptFailures: (look, config) => {
    const { activity, now } = look;
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
    const ends = failuresSince(activity, now - shown.minutes * 60_000);
    const cause = leading(ends.map(({ code = '' }) => code));
    return {
      value: shown.percent,
      limit: shown.limit,
      unit: 'percent',
      subjects: [],
      count: shown.failed,
      ...codeOf(cause),
      explainedBy: explainersOf(look, ends),
      newestAt: newestOf(ends),
      why: `${share(shown.failed, shown.all, 'attempt')} failed in the last ${shown.minutes} min, and the limit is ${shown.limit} %.${
        cause === undefined ? '' : ` Most often: ${cause[0]}.`
      }`,
    };
  },

  SameFailureAgain: (look, { failures }) => {
    const broken = brokenRepositories(look);
    const [worst] = broken.sort(([, a], [, b]) => b.times - a.times);
    if (worst === undefined) return undefined;
    const [url, streak] = worst;
    return {
      value: streak.times,
      limit: failures,
      unit: 'count',
      subjects: firstSubjects(broken, ([url]) => ({ kind: 'repo', id: url, name: url })),
      count: broken.length,
      explainedBy: [
        ...(broken.every(([, { code }]) => code === NOT_SIGNED_IN) ? (['RunnerAuthBroken'] as const) : []),
        ...(broken.every(([, { code }]) => REFUSED_BY_HOST.test(code)) ? (['PushFailing'] as const) : []),
      ],
      why: `The last ${streak.times} attempts in ${url} all ended with ${streak.code} (since ${at(streak.since)}), on ${count(streak.agents.length, 'agent')}: ${list(streak.agents)}. Different agents fail in the same way, so the cause is likely in the repository.`,
    };
  },

  AgentFailing: (look, { attempts }) => {
    const { now } = look;
    const failing = failingAgents(look);
    const [worst] = failing;
    if (worst === undefined) return undefined;
    const since = worst.ends[0]?.at ?? now;
    const failed = failing.flatMap(({ name, ends }) => ends.map((end) => ({ ...end, agent: name })));
    const cause = leading(worst.ends.map(({ code = '' }) => code));
    return {
      value: attempts,
      limit: attempts,
      unit: 'count',
      subjects: firstSubjects(failing, ({ name }) => agentSubject(name)),
      count: failing.length,
      explainedBy: explainersOf(look, failed),
      newestAt: newestOf(failed),
      why: `The last ${attempts} attempts of agent ${worst.name} failed (since ${at(since)}), while others completed theirs. Most often: ${cause?.[0] ?? ''}. Its machine or its setup is the likely cause.`,
    };
  },
};

function codeOf(cause: readonly [string, number] | undefined): { readonly code?: string } {
  return cause === undefined || cause[0] === '' ? {} : { code: cause[0] };
}

function newestOf(ends: readonly { readonly at: number }[]): number {
  return ends.reduce((newest, { at: endedAt }) => Math.max(newest, endedAt), 0);
}

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
