// Why none of its agents has a queued task, said from the same facts that matching uses.

import type { WhyReason } from '@agentcom/schemas';
import type { Agent, RunnerLimit } from '../agent/agent.js';
import { AGENT_PREFIX } from '../agent/capabilities.js';
import type { State } from '../state.js';
import type { TaskRoute } from './events.js';
import { hasRunner, hasSkills, isAble, isAtLimit, isLimited, isPassedOver, skillsOf } from './skills.js';
import type { Task } from './task.js';
import type { Wanted } from './wants.js';
import { type HolderReasons, holderOn, holdersOnTask } from './why-holders.js';
import { errorText, failureOf, plural } from './why-texts.js';

/** Agents whose reason is given in full. */
const UNFIT_NAMED = 3;

/** What holds it back first. Busy agents are not named beside that, since they may be idle. */
export function queuedReasons(
  state: State,
  task: Task,
  held: HolderReasons,
  wanted: Wanted,
  route?: TaskRoute,
): readonly WhyReason[] {
  const agents = [...(state.agentsByOrg.get(task.org) ?? [])];
  const onTask = holdersOnTask(state, task);
  if (onTask.length > 0) {
    const reason = queuedReason(state, task, agents, wanted, route);
    return [...held(onTask), ...(reason.code === 'agents_busy' ? [] : [reason])];
  }
  const able = agents.filter((agent) => isAble(wanted, agent));
  const onAgents = able.flatMap((agent) => holderOn(state, task, agent, route) ?? []);
  if (able.length > 0 && onAgents.length === able.length) return held([...new Set(onAgents)]);
  return [
    queuedReason(
      state,
      task,
      onAgents.length === 0 ? agents : agents.filter((agent) => holderOn(state, task, agent, route) === undefined),
      wanted,
      route,
    ),
  ];
}

/** With a route: why none has it that way. */
function queuedReason(
  state: State,
  task: Task,
  agents: readonly Agent[],
  wanted: Wanted,
  route: TaskRoute | undefined,
): WhyReason {
  const able = agents.filter((agent) => isAble(wanted, agent));
  if (able.length === 0) return noneAble(task, agents, wanted);
  const online = able.filter((agent) => agent.connection !== undefined);
  if (online.length === 0)
    return { code: 'agents_offline', message: `${count(able)} could do it, but none is connected` };
  const willing = online.filter((agent) => !agent.draining);
  if (willing.length === 0)
    return { code: 'agents_draining', message: `${count(online)} could do it, but all are draining` };
  const fit = willing.filter((agent) => agent.unfit === undefined);
  if (fit.length === 0) return allUnfit(willing);
  const responsive = fit.filter((agent) => !agent.unresponsive);
  if (responsive.length === 0) {
    return {
      code: 'agents_unresponsive',
      message: `${count(fit)} could do it, but none accepted the last offer`,
    };
  }
  const unlimited = responsive.filter((agent) =>
    route === undefined ? !isLimited(wanted, skillsOf(agent)) : !isAtLimit(agent, route),
  );
  if (unlimited.length === 0) return runnerLimited(wanted.runner, route?.model, responsive);
  const open = unlimited.filter((agent) => !isPassedOver(task, agent.name, state.now, route));
  if (open.length === 0) {
    return { code: 'passed_over', ...passedOver(task, unlimited) };
  }
  return { code: 'agents_busy', message: `${count(open)} could do it, but all are busy` };
}

function passedOver(task: Task, agents: readonly Agent[]): Pick<WhyReason, 'message' | 'failure'> {
  const last = task.attemptLog?.at(-1)?.error;
  if (task.machineFailures === undefined || last === undefined) {
    const message = `${count(agents)} recently declined it; it is offered again soon (${plural(task.offers, 'offer')} so far)`;
    return { message };
  }
  const times = task.machineFailures === 1 ? '' : ` ${task.machineFailures} times in a row`;
  const message = `it could not be started${times}; no attempt was used, and it is offered again soon; last error: ${errorText(last)}`;
  return { message, ...failureOf(task) };
}

function allUnfit(agents: readonly Agent[]): WhyReason {
  const named = agents.slice(0, UNFIT_NAMED).map(({ name, unfit }) => `${name}: ${unfit?.message ?? ''}`);
  const more = agents.length > named.length ? [`${agents.length - named.length} more`] : [];
  const [all, next] =
    agents.length === 1
      ? ['it is held back', 'its sidecar retries by itself']
      : ['all are held back', 'their sidecars retry by themselves'];
  return {
    code: 'agents_unfit',
    message: `${count(agents)} could do it, but ${all} (${[...named, ...more].join('; ')}); ${next}`,
  };
}

function runnerLimited(runner: string | undefined, model: string | undefined, agents: readonly Agent[]): WhyReason {
  const isOf = (limit: RunnerLimit): boolean =>
    limit.runner === runner && (limit.model === undefined || limit.model === model);
  const ends = agents.flatMap(({ limits }) => limits?.filter(isOf) ?? []);
  const until = new Date(Math.min(...ends.map((limit) => limit.until))).toISOString();
  const of = runner === undefined ? '' : ` of ${runner}`;
  const which = ends.length > 1 ? 'the first one' : 'it';
  const message = `${count(agents)} could do it, but the usage limit${of} has been hit; ${which} resets by itself`;
  return { code: 'runner_limited', message, until };
}

function noneAble(task: Task, agents: readonly Agent[], wanted: Wanted): WhyReason {
  if (agents.length === 0)
    return { code: 'no_agents', message: 'no agent has joined yet: invite one with `agentcom agent invite`' };
  const bound = agents.filter((agent) => isAble(wanted, { ...agent, repositories: undefined }));
  if (bound.length > 0) return { code: 'no_capable_agent', message: boundElsewhere(task, bound) };
  const kept = agents.flatMap((agent) => {
    const skills = skillsOf(agent);
    return hasSkills(wanted, { ...skills, dedicatedTo: [] }) ? [skills.dedicatedTo] : [];
  });
  if (kept.length > 0) {
    const who = kept.length === 1 ? '1 agent has' : `${kept.length} agents have`;
    const names = [...new Set(kept.flat())].join(', ');
    return { code: 'no_capable_agent', message: `${who} what it needs, but only for tasks that need ${names}` };
  }
  const offered = new Set(agents.flatMap((agent) => [...agent.capabilities, AGENT_PREFIX + agent.name]));
  const { runner, needs } = wanted;
  const missing = needs.filter((need) => !offered.has(need));
  if (agents.every((agent) => !hasRunner({ runner }, skillsOf(agent)))) {
    const lacking = runner === undefined ? 'offers a runner that its invitation allows' : `has the runner ${runner}`;
    return { code: 'no_capable_agent', message: `no agent ${lacking}` };
  }
  const message =
    missing.length > 0
      ? `no agent offers ${missing.join(', ')}`
      : `no single agent offers all of ${[...needs, ...(runner === undefined ? [] : [`runner ${runner}`])].join(', ')}`;
  return { code: 'no_capable_agent', message };
}

function boundElsewhere({ spec }: Task, agents: readonly Agent[]): string {
  const bound = `${count(agents)} could do it, but ${agents.length === 1 ? 'is' : 'all are'} bound to`;
  return spec.repo === undefined
    ? `${bound} some repositories, and it names none`
    : `${bound} other repositories than ${spec.repo.url}`;
}

function count(agents: readonly Agent[]): string {
  return plural(agents.length, 'agent');
}
