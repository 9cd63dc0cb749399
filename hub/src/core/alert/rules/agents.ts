// Rules about agents, their links and their machines.

import type { AlertRulesConfig } from '@agentcom/schemas';
import { type Agent, agentKey } from '../../agent/agent.js';
import { isOutdated } from '../../agent/version.js';
import type { OrgActivity } from '../activity.js';
import { agentSubject, type Finding, firstSubjects, type OrgLook, type OrgRules } from './rule.js';
import { at, count, list, overdue, percentOf, share, span } from './texts.js';

export const agentRules: OrgRules = {
  NoAgents: ({ census, now }) => {
    const { all, connected, offline } = census;
    if (all.size === 0 || connected.length > 0) return undefined;
    const newest = latest(offline);
    return {
      value: 0,
      limit: 1,
      unit: 'count',
      subjects: firstSubjects(newest, ({ name }) => agentSubject(name)),
      count: all.size,
      why: noAgentsText(newest, now),
    };
  },

  AgentsLost: ({ census, now }, { lostPercent, minimumAgents, windowMinutes }) => {
    const from = now - windowMinutes * 60_000;
    const lost = latest(
      census.offline.filter((agent) => agent.linkChangedAt >= from && wasConnected(agent) && !agent.draining),
    );
    const stayed = census.connected.filter(({ enrolledAt }) => enrolledAt < from).length;
    const percent = percentOf(lost.length, lost.length + stayed);
    if (lost.length < minimumAgents || percent < lostPercent) return undefined;
    const hosts = new Set(lost.map(({ host }) => host));
    const since = lost.at(-1)?.linkChangedAt ?? now;
    return {
      value: percent,
      limit: lostPercent,
      unit: 'percent',
      subjects: firstSubjects(lost, ({ name }) => agentSubject(name)),
      count: lost.length,
      why: `${share(lost.length, lost.length + stayed, 'agent')} lost their connection since ${at(since)}, and the limit is ${lostPercent} %. ${hosts.size === 1 ? `All ran on ${[...hosts][0]}.` : `They ran on ${count(hosts.size, 'host')}: ${list([...hosts])}.`}`,
    };
  },

  AgentOffline: (look, { offlineSeconds, forgetSeconds }) => {
    const { now, census } = look;
    const gone = census.offline.filter(
      ({ linkChangedAt }) => now - linkChangedAt >= offlineSeconds * 1000 && now - linkChangedAt < forgetSeconds * 1000,
    );
    return longest(
      look,
      gone,
      offlineSeconds,
      ({ linkChangedAt }) => linkChangedAt,
      (agent, told) => {
        return `Agent ${agent.name}${agent.host === '' ? '' : ` on ${agent.host}`} has been disconnected for ${told}. Its machine is off, out of reach, or its sidecar does not run.`;
      },
    );
  },

  AgentFlapping: (look, { reconnects, takeovers, windowMinutes }) => {
    const flapping = flappingAgents(look);
    const [worst] = flapping;
    if (worst === undefined) return undefined;
    const { agent, links, taken } = worst;
    const isTaken = taken >= takeovers;
    return {
      value: isTaken ? taken : links,
      limit: isTaken ? takeovers : reconnects,
      unit: 'count',
      subjects: firstSubjects(flapping, (one) => agentSubject(one.agent.name)),
      count: flapping.length,
      why: isTaken
        ? `Agent ${agent.name} was taken over ${taken} times in ${windowMinutes} min (limit ${takeovers}): two sidecars use its key, lately on ${agent.secondHellos?.at(-1)?.first.host ?? ''} and ${agent.secondHellos?.at(-1)?.host ?? ''}.`
        : `Agent ${agent.name} lost its connection ${links} times in ${windowMinutes} min (limit ${reconnects}): its network is unstable, or its sidecar crashes and starts again.`,
    };
  },

  SidecarOld: (look, { behindSeconds }) => {
    const { version, versionSince } = look.state.activity.hub;
    const versions = new Set(look.census.connected.map((agent) => agent.version));
    const outdated = new Set([...versions].filter((own) => isOutdated(own, version)));
    const old = look.census.connected.filter((agent) => outdated.has(agent.version));
    const since = ({ enrolledAt }: Agent): number => Math.max(versionSince, enrolledAt);
    const late = old.filter((agent) => look.now - since(agent) >= behindSeconds * 1000);
    return longest(look, late, behindSeconds, since, (agent, told) => {
      return `The sidecar of agent ${agent.name} has version ${agent.version} and the hub ${version}, for ${told}.`;
    });
  },

  AgentDiskLow: (look) => {
    const full = look.census.connected.filter(({ unfit }) => unfit?.code === 'machine.disk_low');
    return longest(
      look,
      full,
      0,
      ({ unfit }) => unfit?.since ?? look.now,
      (agent) => {
        const since = agent.unfit?.since ?? look.now;
        return `The machine of agent ${agent.name} has been short of disk space for ${span(look.now - since)} (since ${at(since)}): ${agent.unfit?.message ?? ''}.`;
      },
    );
  },

  ClockSkew: ({ skewedMs, census, org }, { skewSeconds }) => {
    const skewed: { readonly agent: Agent; readonly ms: number }[] = [];
    for (const agent of skewedMs().size === 0 ? [] : census.connected) {
      const ms = skewedMs().get(agentKey(org, agent.name));
      if (ms !== undefined) skewed.push({ agent, ms });
    }
    skewed.sort((a, b) => Math.abs(b.ms) - Math.abs(a.ms));
    const [worst] = skewed;
    if (worst === undefined) return undefined;
    return {
      value: Math.round(Math.abs(worst.ms) / 1000),
      limit: skewSeconds,
      unit: 'seconds',
      subjects: firstSubjects(skewed, ({ agent }) => agentSubject(agent.name)),
      count: skewed.length,
      why: `The clock of agent ${worst.agent.name} on ${worst.agent.host} is ${span(Math.abs(worst.ms))} ${worst.ms > 0 ? 'ahead of' : 'behind'} the hub's (limit ${skewSeconds} s). ${skewed.length > 1 && skewed.length === census.connected.length ? "All clocks differ, so the hub's own may be wrong." : 'Time synchronisation is off on that machine.'}`,
    };
  },

  ForgottenDrain: (look, { drainedSeconds }) => {
    const since = ({ drainedAt }: Agent): number => drainedAt ?? look.now;
    const drained = [...look.census.all].filter(
      (agent) => agent.draining && look.now - since(agent) >= drainedSeconds * 1000,
    );
    return longest(look, drained, drainedSeconds, since, (agent, told) => {
      return `Agent ${agent.name} has been drained for ${told}; it takes no work until somebody resumes it.`;
    });
  },
};

export interface FlappingAgent {
  readonly agent: Agent;
  readonly links: number;
  readonly taken: number;
}

/** The worst first. */
export function flappingAgents({ activity, census, now, rules }: OrgLook): FlappingAgent[] {
  const { reconnects } = rules.AgentFlapping;
  const flapping: FlappingAgent[] = [];
  const mayFlap = [...(activity?.lostLinks.values() ?? [])].some(({ lostLinks }) => lostLinks.length >= reconnects);
  for (const agent of mayFlap ? census.all : census.contested) {
    const flaps = flapsOf(agent, activity, rules.AgentFlapping, now);
    if (flaps !== undefined) flapping.push(flaps);
  }
  return flapping.sort((a, b) => b.links - a.links);
}

/** Undefined while it does less than the rule allows. */
export function flapsOf(
  agent: Agent,
  activity: OrgActivity | undefined,
  { reconnects, takeovers, windowMinutes }: AlertRulesConfig['AgentFlapping'],
  now: number,
): FlappingAgent | undefined {
  const { lostLinks = [] } = activity?.lostLinks.get(agent.name) ?? {};
  if (lostLinks.length < reconnects && (agent.secondHellos?.length ?? 0) < takeovers) return undefined;
  const from = now - windowMinutes * 60_000;
  const links = lostLinks.filter((time) => time >= from).length;
  const taken = (agent.secondHellos ?? []).filter(({ at: time, refused }) => !refused && time >= from).length;
  return links >= reconnects || taken >= takeovers ? { agent, links, taken } : undefined;
}

function noAgentsText(newest: readonly Agent[], now: number): string {
  const since = newest[0]?.linkChangedAt ?? now;
  const last = newest[0]?.name ?? '';
  const time = `${span(now - since)} (since ${at(since)})`;
  if (newest.length === 1) return `The only enrolled agent, ${last}, has not been connected for ${time}.`;
  return `None of ${newest.length} enrolled agents has been connected for ${time}. ${
    areTogether(newest)
      ? 'They left together: look at the network between them and the hub, or at what was changed then.'
      : `The last one was ${last}.`
  }`;
}

/** The longest first. */
function longest(
  { now }: OrgLook,
  agents: readonly Agent[],
  limitSeconds: number,
  since: (agent: Agent) => number,
  why: (worst: Agent, told: string) => string,
): Finding | undefined {
  const sorted = [...agents].sort((a, b) => since(a) - since(b));
  const [worst] = sorted;
  if (worst === undefined) return undefined;
  return {
    value: Math.floor((now - since(worst)) / 1000),
    limit: limitSeconds,
    unit: 'seconds',
    subjects: firstSubjects(sorted, ({ name }) => agentSubject(name)),
    count: sorted.length,
    why: why(worst, overdue(since(worst), now, limitSeconds * 1000)),
  };
}

/** The last to leave first. */
function latest(agents: readonly Agent[]): Agent[] {
  return [...agents].sort((a, b) => b.linkChangedAt - a.linkChangedAt);
}

function areTogether(newestFirst: readonly Agent[]): boolean {
  const [first, second] = newestFirst;
  return first !== undefined && second !== undefined && first.linkChangedAt - second.linkChangedAt < 60_000;
}

/** A version is what its first hello brings. */
function wasConnected({ version }: Agent): boolean {
  return version !== '';
}
