// Why none of its agents has a queued task, said from the same facts that matching uses.

import type { Agent, RunnerLimit } from '../agent/agent.js';
import { AGENT_PREFIX } from '../agent/capabilities.js';
import { iso } from '../iso.js';
import type { State } from '../state.js';
import type { TaskRoute } from './events.js';
import { hasRunner, hasSkills, isAtLimit, isLimited, isPassedOver } from './skills.js';
import type { Task } from './task.js';
import type { Wanted } from './wants.js';
import type { AgentsByOffer, OfferedKind } from './why-agents.js';
import { type HolderReasons, holdersOnAgents, holdersOnTask } from './why-holders.js';
import { errorText, failureOf, plural, type Reason } from './why-texts.js';

/** Agents whose reason is given in full. */
const UNFIT_NAMED = 3;

/** What holds it back first. Busy agents are not named beside that, since they may be idle. With a route: why none has it that way. */
export function* queuedReasons(
  state: State,
  agents: AgentsByOffer,
  task: Task,
  held: HolderReasons,
  wanted: Wanted,
  route?: TaskRoute,
): Generator<Reason> {
  const onTask = holdersOnTask(state, task);
  yield* held(onTask);
  const able = agents.able(wanted);
  if (onTask.length > 0) {
    const reason = queuedReason(state, task, agents, able, wanted, route);
    if (reason.code !== 'agents_busy') yield reason;
    return;
  }
  const holders = holdersOnAgents(state, task, able, agents, route);
  const free = able.filter((agent) => !holders.has(agent));
  if (able.length > 0 && free.length === 0) yield* held([...new Set(holders.values())]);
  else yield queuedReason(state, task, agents, free, wanted, route);
}

/** What stops an agent that is able to do it, in the order in which that is looked at. */
const STEPS = ['offline', 'draining', 'unfit', 'unresponsive', 'at_limit', 'passed_over', 'busy'] as const;

/** Of those that come farthest, what stops them. `able` are those that nothing else holds back. */
function queuedReason(
  state: State,
  task: Task,
  agents: AgentsByOffer,
  able: readonly Agent[],
  wanted: Wanted,
  route: TaskRoute | undefined,
): Reason {
  if (able.length === 0) return noneAble(task, agents, wanted);
  let farthest = -1;
  let there: Agent[] = [];
  for (const agent of able) {
    const step = stepOf(state, task, agents, agent, wanted, route);
    if (step > farthest) {
      farthest = step;
      there = [];
    }
    if (step === farthest) there.push(agent);
  }
  const could = `${count(there)} could do it, but`;
  switch (STEPS[farthest]) {
    case 'offline':
      return { code: 'agents_offline', message: `${could} none is connected`, brief: `${fit(there)}, none connected` };
    case 'draining':
      return { code: 'agents_draining', message: `${could} all are draining`, brief: `${fit(there)}, all draining` };
    case 'unfit':
      return allUnfit(there);
    case 'unresponsive': {
      const brief = `${fit(there)}, none accepted the last offer`;
      return { code: 'agents_unresponsive', message: `${could} none accepted the last offer`, brief };
    }
    case 'at_limit':
      return runnerLimited(wanted.runner, route?.model, there);
    case 'passed_over':
      return { code: 'passed_over', ...passedOver(task, there) };
    default:
      return { code: 'agents_busy', ...allBusy(state, there) };
  }
}

/** Its place in `STEPS`. */
function stepOf(
  state: State,
  task: Task,
  agents: AgentsByOffer,
  agent: Agent,
  wanted: Wanted,
  route: TaskRoute | undefined,
): number {
  if (agent.connection === undefined) return 0;
  if (agent.draining) return 1;
  if (agent.unfit !== undefined) return 2;
  if (agent.unresponsive) return 3;
  const isStopped =
    agent.limits !== undefined &&
    (route === undefined ? isLimited(wanted, agents.skillsOf(agent)) : isAtLimit(agent, route));
  if (isStopped) return 4;
  return isPassedOver(task, agent.name, state.now, route) ? 5 : 6;
}

function allBusy({ tasks }: State, agents: readonly Agent[]): Pick<Reason, 'message' | 'brief'> {
  const asking = agents.filter(({ task }) => task !== undefined && tasks.get(task)?.state === 'blocked').length;
  const isOne = agents.length === 1;
  const could = `${count(agents)} could do it, but`;
  if (asking === 0) return { message: `${could} ${isOne ? 'it is' : 'all are'} busy`, brief: `${count(agents)} busy` };
  if (asking === agents.length) {
    const brief = isOne ? 'waits for an answer' : 'wait for answers';
    return { message: `${could} ${isOne ? 'it' : 'all'} ${brief}`, brief: `${count(agents)} ${brief}` };
  }
  const waits = asking === 1 ? 'waits for an answer' : 'wait for answers';
  return {
    message: `${could} all are busy; ${asking} of them ${waits}`,
    brief: `${count(agents)} busy, ${asking} ${waits}`,
  };
}

function passedOver(task: Task, agents: readonly Agent[]): Pick<Reason, 'message' | 'brief' | 'failure'> {
  const last = task.attemptLog?.at(-1)?.error;
  if (task.machineFailures === undefined || last === undefined) {
    const message = `${count(agents)} recently declined it; it is offered again soon (${plural(task.offers, 'offer')} so far)`;
    return { message, brief: 'declined, offered again soon' };
  }
  const times = task.machineFailures === 1 ? '' : ` ${task.machineFailures} times in a row`;
  const message = `it could not be started${times}; no attempt was used, and it is offered again soon; last error: ${errorText(last)}`;
  return { message, brief: `could not be started (${last.code})`, ...failureOf(task) };
}

function allUnfit(agents: readonly Agent[]): Reason {
  const named = agents.slice(0, UNFIT_NAMED).map(({ name, unfit }) => `${name}: ${unfit?.message ?? ''}`);
  const more = agents.length > named.length ? [`${agents.length - named.length} more`] : [];
  const [all, next] =
    agents.length === 1
      ? ['it is held back', 'its sidecar retries by itself']
      : ['all are held back', 'their sidecars retry by themselves'];
  return {
    code: 'agents_unfit',
    message: `${count(agents)} could do it, but ${all} (${[...named, ...more].join('; ')}); ${next}`,
    brief: `${fit(agents)}, held back: ${agents[0]?.unfit?.message ?? ''}`,
  };
}

function runnerLimited(runner: string | undefined, model: string | undefined, agents: readonly Agent[]): Reason {
  const isOf = (limit: RunnerLimit): boolean =>
    limit.runner === runner && (limit.model === undefined || limit.model === model);
  const ends = agents.flatMap(({ limits }) => limits?.filter(isOf) ?? []);
  const until = iso(Math.min(...ends.map((limit) => limit.until)));
  const of = runner === undefined ? '' : ` of ${runner}`;
  const which = ends.length > 1 ? 'the first one' : 'it';
  const message = `${count(agents)} could do it, but the usage limit${of} has been hit; ${which} resets by itself`;
  return { code: 'runner_limited', message, brief: `usage limit${of}`, until };
}

function noneAble(task: Task, agents: AgentsByOffer, wanted: Wanted): Reason {
  if (agents.all.length === 0) {
    const message = 'no agent has joined yet: invite one with `agentcom agent invite`';
    return { code: 'no_agents', message, brief: 'no agent has joined' };
  }
  const kinds = agents.kindsFor(wanted);
  const bound = kinds.filter(({ offered }) => hasSkills(wanted, offered));
  if (bound.length > 0) return { code: 'no_capable_agent', ...boundElsewhere(task, sum(bound)) };
  const kept = kinds.filter(({ offered }) => hasSkills(wanted, { ...offered, dedicatedTo: [] }));
  if (kept.length > 0) {
    const who = sum(kept) === 1 ? '1 agent has' : `${sum(kept)} agents have`;
    const names = [...new Set(kept.flatMap(({ offered }) => offered.dedicatedTo))].join(', ');
    const message = `${who} what it needs, but only for tasks that need ${names}`;
    return { code: 'no_capable_agent', message, brief: `agents that fit are kept for ${names}` };
  }
  const lacking = lackingText(agents, wanted);
  return { code: 'no_capable_agent', message: lacking, brief: lacking };
}

function lackingText(agents: AgentsByOffer, { runner, needs }: Wanted): string {
  const { kinds } = agents;
  if (kinds.every(({ offered }) => !hasRunner({ runner }, offered)))
    return runner === undefined
      ? 'no agent offers a runner that its invitation allows'
      : `no agent has the runner ${runner}`;
  const isOffered = (need: string): boolean =>
    (need.startsWith(AGENT_PREFIX) && agents.has(need.slice(AGENT_PREFIX.length))) ||
    kinds.some(({ offered }) => offered.capabilities.has(need));
  const missing = needs.filter((need) => !isOffered(need));
  return missing.length > 0
    ? `no agent offers ${missing.join(', ')}`
    : `no single agent offers all of ${[...needs, ...(runner === undefined ? [] : [`runner ${runner}`])].join(', ')}`;
}

function boundElsewhere({ spec }: Task, agents: number): Pick<Reason, 'message' | 'brief'> {
  const bound = `${plural(agents, 'agent')} could do it, but ${agents === 1 ? 'is' : 'all are'} bound to`;
  return spec.repo === undefined
    ? { message: `${bound} some repositories, and it names none`, brief: 'agents that fit need a repository' }
    : {
        message: `${bound} other repositories than ${spec.repo.url}`,
        brief: 'agents that fit are bound to other repositories',
      };
}

function sum(kinds: readonly OfferedKind[]): number {
  return kinds.reduce((agents, kind) => agents + kind.agents, 0);
}

function count(agents: readonly Agent[]): string {
  return plural(agents.length, 'agent');
}

function fit(agents: readonly Agent[]): string {
  return `${count(agents)} fit${agents.length === 1 ? 's' : ''}`;
}
