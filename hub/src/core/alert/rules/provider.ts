// Rules about what agents depend on: the accounts of their runners, the providers behind them, and the hosts of repositories.

import { type Agent, agentKey, type RunnerLimit, takesTasks } from '../../agent/agent.js';
import { firstOf } from '../../first-of.js';
import type { OrgActivity } from '../activity.js';
import { COUNTED } from '../counts.js';
import type { Census } from './census.js';
import { NOT_SIGNED_IN } from './failures.js';
import { agentSubject, firstSubjects, type OrgLook, type OrgRules, page, taskSubject } from './rule.js';
import { at, count, list, percentOf, share, span } from './texts.js';

/** Of parked tasks: an organisation with more has been told. */
const LOOKED_AT = 1_000;

export const providerRules: OrgRules = {
  LimitsReached: (look, { parkedSeconds }) => {
    const { state, org, now } = look;
    const spent = spentRunners(look);
    const parked = firstOf(state.parkedUrgent.get(org) ?? [], LOOKED_AT)
      .map((id) => state.tasks.get(id))
      .filter((task) => task !== undefined)
      .map((task) => ({ task, since: task.attemptLog?.at(-1)?.endedAt ?? task.queuedAt }))
      .filter(({ since }) => now - since >= parkedSeconds * 1000)
      .sort((a, b) => a.since - b.since);
    const [oldest] = parked;
    if (spent.length === 0 && oldest === undefined) return undefined;
    const endsAt = Math.min(...spent.map(({ until }) => until));
    const texts = [
      ...(spent.length === 0
        ? []
        : [
            `Every connected agent with ${list(spent.map(({ runner }) => runner))} is at its usage limit; the first ends at ${at(endsAt)}, in ${span(endsAt - now)}.`,
          ]),
      ...(oldest === undefined
        ? []
        : [
            `${parked.length === LOOKED_AT ? 'At least ' : ''}${count(parked.length, 'urgent task')} ${parked.length === 1 ? 'waits' : 'wait'} for a usage limit to end, the oldest for ${span(now - oldest.since)} (since ${at(oldest.since)}; limit ${span(parkedSeconds * 1000)}).`,
          ]),
    ];
    const down = new Set(downRunners(look).map(([runner]) => runner));
    const isDown = oldest === undefined && spent.every(({ runner }) => down.has(runner));
    const subjects = [
      ...spent.map(({ runner }) => ({ kind: 'runner' as const, id: runner, name: runner })),
      ...parked.map(({ task }) => taskSubject(task.id)),
    ];
    return {
      value: oldest === undefined ? spent.length : Math.floor((now - oldest.since) / 1000),
      limit: oldest === undefined ? 0 : parkedSeconds,
      unit: oldest === undefined ? 'count' : 'seconds',
      subjects: firstSubjects(subjects, (one) => one),
      count: subjects.length,
      explainedBy: isDown ? ['ProviderDown'] : [],
      why: texts.join(' '),
    };
  },

  RunnerAuthBroken: (look, { failures, withinSeconds }) => {
    const { activity, now, state, org, census } = look;
    const broken: { readonly agent: Agent; readonly runner: string | undefined; readonly since: number }[] = [];
    for (const [name, { ends }] of activity?.failed ?? []) {
      if (!ends.some(({ code }) => code === NOT_SIGNED_IN)) continue;
      const agent = state.agents.get(agentKey(org, name));
      if (agent === undefined) continue;
      for (const runner of new Set(ends.map((end) => end.runner))) {
        const last = ends.filter((end) => end.runner === runner).slice(-failures);
        const isNew = now - (last.at(-1)?.at ?? 0) <= withinSeconds * 1000;
        if (!isNew || last.length < failures || !last.every(({ code }) => code === NOT_SIGNED_IN)) continue;
        broken.push({ agent, runner, since: last[0]?.at ?? now });
      }
    }
    broken.sort((a, b) => a.since - b.since);
    const [worst] = broken;
    if (worst === undefined) return undefined;
    const isBroken = new Set(broken.map(({ agent }) => agent));
    const others = runnersOfOthers(census, isBroken);
    const nobodyFits = broken.find(({ runner }) => others !== 'any' && !others.has(runner));
    const shown = nobodyFits ?? worst;
    const what = shown.runner ?? 'its usual runner';
    return {
      ...page(nobodyFits !== undefined),
      value: isBroken.size,
      limit: 0,
      unit: 'count',
      subjects: firstSubjects(isBroken, ({ name }) => agentSubject(name)),
      count: isBroken.size,
      why: `Agent ${shown.agent.name} on ${shown.agent.host} is not signed in to ${what} (since ${at(shown.since)}). ${
        nobodyFits === undefined ? 'Other agents take its tasks.' : 'No other connected agent can take these tasks.'
      }`,
    };
  },

  ProviderDown: (look, { failedPercent }) => {
    const down = downRunners(look);
    const [worst] = down;
    if (worst === undefined) return undefined;
    const [runner, own] = worst;
    const percent = percentOf(own.overloaded, own.ended);
    return {
      value: percent,
      limit: failedPercent,
      unit: 'percent',
      subjects: firstSubjects(down, ([name]) => ({ kind: 'runner', id: name, name })),
      count: down.length,
      why: `${share(own.overloaded, own.ended, `attempt with ${runner}`, `attempts with ${runner}`)} failed lately because its provider is overloaded (limit ${failedPercent} %), on ${count(own.agents.size, 'agent')}, since ${at(own.since)}.`,
    };
  },

  PushFailing: ({ activity, now }, { refusals, windowMinutes }) => {
    const from = now - windowMinutes * 60_000;
    const failing: { readonly host: string; readonly times: readonly number[]; readonly code: string }[] = [];
    for (const [host, { times, code }] of activity?.hosts ?? []) {
      const recent = times.filter((time) => time >= from);
      if (recent.length >= refusals) failing.push({ host, times: recent, code });
    }
    failing.sort((a, b) => b.times.length - a.times.length);
    const [worst] = failing;
    if (worst === undefined) return undefined;
    return {
      value: worst.times.length,
      limit: refusals,
      unit: 'count',
      subjects: firstSubjects(failing, ({ host }) => ({ kind: 'address', id: host, name: host })),
      count: failing.length,
      why: `${worst.host} refused ${count(worst.times.length, 'push or request', 'pushes or requests')} in ${windowMinutes} min (limit ${refusals}), first at ${at(worst.times[0] ?? now)}, lately with ${worst.code}. The work is kept on the machines of the agents.`,
    };
  },
};

/** Those whose provider refuses most of what is asked. */
function downRunners({ activity, now, rules }: OrgLook): (readonly [string, RunnerEnds])[] {
  const { failedPercent, agents, windowMinutes } = rules.ProviderDown;
  if (activity === undefined || activity.counts.sum(COUNTED.overloaded, now, windowMinutes) < agents) return [];
  return [...endsByRunner(activity, now - windowMinutes * 60_000)].filter(
    ([, own]) => own.agents.size >= agents && percentOf(own.overloaded, own.ended) >= failedPercent,
  );
}

interface RunnerEnds {
  ended: number;
  overloaded: number;
  /** Of the first that was overloaded. */
  since: number;
  readonly agents: Set<string>;
}

function endsByRunner({ agents }: OrgActivity, from: number): Map<string, RunnerEnds> {
  const byRunner = new Map<string, RunnerEnds>();
  for (const [name, { ends }] of agents) {
    for (const { at: endedAt, runner = 'the usual runner', overloaded } of ends) {
      if (endedAt < from) continue;
      let own = byRunner.get(runner);
      if (own === undefined) {
        own = { ended: 0, overloaded: 0, since: Number.POSITIVE_INFINITY, agents: new Set() };
        byRunner.set(runner, own);
      }
      own.ended++;
      if (overloaded !== true) continue;
      own.overloaded++;
      own.agents.add(name);
      own.since = Math.min(own.since, endedAt);
    }
  }
  return byRunner;
}

/** Runners of which every connected agent that has them is at a limit, and until when the first of these is. */
function spentRunners({ census, now }: OrgLook): { readonly runner: string; readonly until: number }[] {
  const untilOf = new Map<string, number>();
  const open = new Set<string>();
  for (const { skills, agents } of census.kinds) {
    const own = skills.runners === undefined ? [] : withoutOpen(skills.runners, open);
    for (const { limits } of own.length === 0 ? [] : agents) {
      const limited = limitedUntil(limits, skills.runners?.size === 1 ? own[0] : undefined, now);
      for (const runner of own) {
        const until = limited?.get(runner);
        if (until === undefined) open.add(runner);
        else untilOf.set(runner, Math.min(untilOf.get(runner) ?? until, until));
      }
      // Nothing more is to be learnt of this kind.
      if (limited === undefined) break;
    }
  }
  return [...untilOf].filter(([runner]) => !open.has(runner)).map(([runner, until]) => ({ runner, until }));
}

/** Mostly there is none left, after the first kinds of a large fleet. */
function withoutOpen(runners: ReadonlySet<string>, open: ReadonlySet<string>): readonly string[] {
  for (const runner of runners) if (!open.has(runner)) return [...runners].filter((one) => !open.has(one));
  return [];
}

/** Until when each runner is at a limit; a limit without one is of the runner that it uses for tasks that name none: its only one. */
function limitedUntil(
  limits: readonly RunnerLimit[] | undefined,
  only: string | undefined,
  now: number,
): ReadonlyMap<string, number> | undefined {
  const until = new Map<string, number>();
  for (const limit of limits ?? []) {
    if (limit.model !== undefined) continue;
    const runner = limit.runner ?? only;
    if (limit.until > now && runner !== undefined && !until.has(runner)) until.set(runner, limit.until);
  }
  return until.size === 0 ? undefined : until;
}

/** The runners of connected agents that are not broken and take tasks, and that there is one; one that says nothing of its runners may have any. */
function runnersOfOthers({ kinds }: Census, broken: ReadonlySet<Agent>): ReadonlySet<string | undefined> | 'any' {
  const runners = new Set<string | undefined>();
  for (const { skills, agents } of kinds) {
    if (!agents.some((agent) => !broken.has(agent) && takesTasks(agent))) continue;
    if (skills.runners === undefined || skills.runners.size === 0) return 'any';
    runners.add(undefined);
    for (const runner of skills.runners) runners.add(runner);
  }
  return runners;
}
