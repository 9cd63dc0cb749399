// Why a task is not running, said from the same facts that matching uses.

import type { Why, WhyReason } from '@agentcom/schemas';
import type { Agent } from '../agent/agent.js';
import { AGENT_PREFIX } from '../agent/capabilities.js';
import type { State } from '../state.js';
import type { DeathCause } from './events.js';
import { hasSkills, isAble, isLimited, isPassedOver, skillsOf, wantedOf } from './matching.js';
import type { Task } from './task.js';

/** Reasons in the order in which they would have to go away. Empty when the task is with an agent or finished. */
export function why(state: State, task: Task): Why {
  return { task: task.id, state: task.state, reasons: reasons(state, task) };
}

function reasons(state: State, task: Task): WhyReason[] {
  switch (task.state) {
    case 'scheduled':
      return [scheduledReason(task)];
    case 'waiting':
      return openParents(state, task);
    case 'queued':
      return [queuedReason(state, task)];
    case 'blocked':
      return [{ code: 'waits_for_answer', message: `waits for an answer: ${task.question?.question ?? ''}` }];
    case 'dead':
      return [deadReason(task)];
    default:
      return [];
  }
}

function scheduledReason(task: Task): WhyReason {
  const until = new Date(task.deadline ?? 0).toISOString();
  switch (task.reason) {
    case 'rate_limited':
      return { code: 'rate_limited', message: `the agent's usage limit resets at ${until}`, until };
    case 'backoff':
      return { code: 'backoff', message: `attempt ${task.attempts} failed; the next may start at ${until}`, until };
    default:
      return { code: 'not_before', message: `not to start before ${until}`, until };
  }
}

function openParents(state: State, task: Task): WhyReason[] {
  return (task.spec.dependsOn ?? []).flatMap((id) => {
    const parent = state.tasks.get(id);
    if (parent === undefined || parent.state === 'completed') return [];
    const isDead = parent.state === 'dead';
    const message = isDead
      ? `waits for task ${id}, which is among the dead letters: requeue or discard it`
      : `waits for task ${id}, which is ${parent.state}`;
    return [{ code: isDead ? 'parent_dead' : 'waits_for_parent', message, task: id }];
  });
}

function queuedReason(state: State, task: Task): WhyReason {
  const agents = [...(state.agentsByOrg.get(task.org) ?? [])];
  const wanted = wantedOf(task);
  const able = agents.filter((agent) => isAble(wanted, agent));
  if (able.length === 0) return noneAble(task, agents);
  const online = able.filter((agent) => agent.connection !== undefined);
  if (online.length === 0)
    return { code: 'agents_offline', message: `${count(able)} could do it, and none is connected` };
  const willing = online.filter((agent) => !agent.draining);
  if (willing.length === 0)
    return { code: 'agents_draining', message: `${count(online)} could do it, and all are draining` };
  const responsive = willing.filter((agent) => !agent.unresponsive);
  if (responsive.length === 0) {
    return {
      code: 'agents_unresponsive',
      message: `${count(willing)} could do it, and none has accepted its last offer`,
    };
  }
  const unlimited = responsive.filter((agent) => !isLimited(wanted, skillsOf(agent)));
  if (unlimited.length === 0) return runnerLimited(task, responsive);
  const open = unlimited.filter((agent) => !isPassedOver(task, agent.name, state.now));
  if (open.length === 0) {
    return {
      code: 'passed_over',
      message: `${count(unlimited)} declined it lately; it is offered again soon (${task.offers} offers so far)`,
    };
  }
  return { code: 'agents_busy', message: `${count(open)} could do it, and all are busy` };
}

function runnerLimited(task: Task, agents: readonly Agent[]): WhyReason {
  const { runner } = task.spec;
  const ends = agents.flatMap(({ limits }) => limits?.filter((limit) => limit.runner === runner) ?? []);
  const until = new Date(Math.min(...ends.map((limit) => limit.until))).toISOString();
  const of = runner === undefined ? '' : ` of ${runner}`;
  const message = `${count(agents)} could do it, and the usage limit${of} is met; the first resets at ${until}`;
  return { code: 'runner_limited', message, until };
}

function noneAble(task: Task, agents: readonly Agent[]): WhyReason {
  if (agents.length === 0) return { code: 'no_agents', message: 'no agent has joined yet: agentcom agent invite' };
  const kept = agents.flatMap((agent) => {
    const skills = skillsOf(agent);
    return hasSkills(wantedOf(task), { ...skills, dedicatedTo: [] }) ? [skills.dedicatedTo] : [];
  });
  if (kept.length > 0) {
    const who = kept.length === 1 ? '1 agent has' : `${kept.length} agents have`;
    const names = [...new Set(kept.flat())].join(', ');
    return { code: 'no_capable_agent', message: `${who} what it needs, but only for tasks that need ${names}` };
  }
  const offered = new Set(agents.flatMap((agent) => [...agent.capabilities, AGENT_PREFIX + agent.name]));
  const missing = task.spec.needs.filter((need) => !offered.has(need));
  const { runner, needs } = task.spec;
  if (runner !== undefined && agents.every((agent) => !isAble({ needs: [], runner }, agent)))
    return { code: 'no_capable_agent', message: `no agent has the runner ${runner}` };
  const message =
    missing.length > 0
      ? `no agent offers ${missing.join(', ')}`
      : `no single agent offers all of ${[...needs, ...(runner === undefined ? [] : [`runner ${runner}`])].join(', ')}`;
  return { code: 'no_capable_agent', message };
}

function deadReason(task: Task): WhyReason {
  const last = task.attemptLog?.at(-1)?.error;
  const cause: Record<DeathCause, string> = {
    attempts_used: `all ${task.attempts} attempts failed`,
    permanent: 'it failed for good',
    budget: 'its budget is used up',
    no_taker: `${task.offers} offers found no taker`,
  };
  const said = last === undefined ? '' : `; the last error: ${last.message}`;
  return { code: 'dead', message: `${task.death === undefined ? 'it is dead' : cause[task.death]}${said}` };
}

function count(agents: readonly Agent[]): string {
  return agents.length === 1 ? '1 agent' : `${agents.length} agents`;
}
