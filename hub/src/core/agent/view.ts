// Agents as the outside sees them.

import type { AgentState, AgentSummary, AgentView } from '@agentcom/schemas';
import { haltsOfAgent } from '../halt/reasons.js';
import { iso } from '../iso.js';
import type { State } from '../state.js';
import { type Agent, agentKey, type RunnerLimit, type SecondHello } from './agent.js';
import { phaseNow, type SaidPhase } from './phase.js';
import { isOutdated } from './version.js';

/** The agent machine's state; `draining`, `unresponsive` and `unfit` are flags beside it. */
export function agentState(state: State, agent: Agent): AgentState {
  if (agent.task !== undefined) {
    const held = state.tasks.get(agent.task)?.state;
    return held === 'assigned' || held === 'blocked' ? held : 'working';
  }
  if (agent.stopping !== undefined && agent.connection !== undefined) return 'working';
  return agent.connection === undefined ? 'offline' : 'idle';
}

/** What heartbeats say of the machine; kept in memory only. */
export type Health = Pick<AgentView, 'load' | 'freeDiskBytes'>;

/** What is known of an agent beside the state: from its link, and of the hub itself. */
export interface AgentSurroundings {
  readonly health?: Health | undefined;
  readonly phase?: SaidPhase | undefined;
  readonly lastSeenAt?: number | undefined;
  readonly hubVersion: string;
}

export function agentView(state: State, agent: Agent, around: AgentSurroundings): AgentView {
  const { health = {}, lastSeenAt = agent.linkChangedAt, hubVersion } = around;
  const task = agent.task === undefined ? undefined : state.tasks.get(agent.task);
  const phase = phaseNow(around.phase, state, agentKey(agent.org, agent.name))?.phase;
  const halts = haltsOfAgent(state, agent);
  const results = state.activity.of(agent.org)?.agents.get(agent.name)?.results;
  const { stopping, version, host, os, runners, repositories, conflict, secondHellos } = agent;
  return {
    org: agent.org,
    ...agentSummary(state, agent),
    connected: agent.connection !== undefined,
    ...(runners !== undefined && { runners }),
    ...(repositories !== undefined && { repositories }),
    ...(version !== '' && { version }),
    ...(host !== '' && { host }),
    ...(os !== '' && { os }),
    ...(task !== undefined && { task: task.id, generation: task.generation }),
    ...(stopping !== undefined && { stopping: { ...stopping, until: iso(stopping.until) } }),
    ...health,
    ...(phase !== undefined && { phase }),
    ...(halts !== undefined && { halts }),
    ...(agent.limits !== undefined && { limits: agent.limits.map(limitView) }),
    ...(results !== undefined && results !== '' && { results }),
    ...(agent.unfit !== undefined && { unfit: { ...agent.unfit, since: iso(agent.unfit.since) } }),
    ...(isOutdated(version, hubVersion) && { outdated: true }),
    ...(conflict !== undefined && { conflict: { host: conflict.host, at: iso(conflict.at) } }),
    ...(agent.ban !== undefined && { bannedUntil: iso(agent.ban.until) }),
    ...(secondHellos !== undefined && { secondHellos: secondHellos.map(secondHelloView) }),
    enrolledAt: iso(agent.enrolledAt),
    lastSeenAt: iso(lastSeenAt),
  };
}

/** Of an instance as much as tells two apart: the whole is known to whoever has the key. */
const INSTANCE_CHARS = 8;

function secondHelloView({
  at,
  host,
  instance,
  first,
  refused,
}: SecondHello): NonNullable<AgentView['secondHellos']>[number] {
  const brief = (text: string) => text.slice(0, INSTANCE_CHARS);
  return {
    at: iso(at),
    host,
    instance: brief(instance),
    first: { host: first.host, instance: brief(first.instance) },
    outcome: refused ? 'refused' : 'took_over',
  };
}

function limitView({ runner, model, until }: RunnerLimit): NonNullable<AgentView['limits']>[number] {
  return { ...(runner !== undefined && { runner }), ...(model !== undefined && { model }), until: iso(until) };
}

/** As the other agents of its organisation see it. */
export function agentSummary(state: State, agent: Agent): AgentSummary {
  const { name, draining, unresponsive, capabilities } = agent;
  return { name, state: agentState(state, agent), draining, unresponsive, capabilities };
}
