// Agent events. An agent is in the index of idle agents exactly while it may be offered work.
//
//   offline ──hello──► idle ──match──► assigned ──accept──► working ⇄ blocked
//      ▲                ▲ ▲               │                    │
//      │ link gone      │ └── offer ended ┘                    │ task ended under it: working (stopping)
//      │ past its grace └───── ended and stopped ◄─────────────┘
//
// `draining` and `unresponsive` are flags beside the state.

import type { AgentEvent } from '../events.js';
import { changeAgent, indexLimits, unindexAgent } from '../indexes.js';
import { type Agent, agentKey, type RunnerLimit, type State } from '../state.js';
import { ImpossibleEvent } from '../task/machine.js';
import { UnknownEvent } from '../unknown-event.js';

/** Usage limits remembered per agent, the newest; more runners than this no machine has. */
const LIMITS_REMEMBERED = 16;

export function applyAgent(state: State, event: AgentEvent, at: number): void {
  const key = agentKey(event.org, event.agent);
  if (event.type === 'agent.enrolled') {
    state.agents.set(key, newAgent(event, at));
    return;
  }
  const agent = state.agents.get(key);
  if (agent === undefined) throw new ImpossibleEvent(`${event.type} for an agent that is not there: ${key}`);
  if (event.type === 'agent.removed') {
    unindexAgent(state, agent);
    if (agent.task !== null) throw new ImpossibleEvent(`${key} is removed while it holds ${agent.task}`);
    state.agents.delete(key);
    for (const entry of state.keys.values()) if (isKeyOf(entry, agent) && entry.revokedAt === 0) entry.revokedAt = at;
    return;
  }
  if (event.type === 'agent.stopped' && event.salvageRef !== undefined) noteSalvage(state, agent, event.salvageRef);
  changeAgent(state, agent, () => change(agent, event, at));
  if (event.type === 'agent.limited') indexLimits(state, agent);
}

function change(
  agent: Agent,
  event: Exclude<AgentEvent, { type: 'agent.enrolled' | 'agent.removed' }>,
  at: number,
): void {
  switch (event.type) {
    case 'agent.connected':
      if (agent.connection === null && agent.task === null) agent.idleSince = at;
      agent.connection = event.connection;
      agent.linkChangedAt = at;
      agent.instance = event.instance;
      agent.capabilities = event.capabilities;
      agent.version = event.version;
      agent.host = event.host;
      agent.os = event.os;
      agent.graceUntil = 0;
      agent.unresponsive = false;
      return;
    case 'agent.disconnected':
      if (agent.connection !== event.connection)
        throw new ImpossibleEvent(`${agent.name} is not linked by ${event.connection}`);
      agent.connection = null;
      agent.linkChangedAt = at;
      agent.graceUntil = event.graceUntil;
      return;
    case 'agent.stopping':
      if (agent.task !== null) throw new ImpossibleEvent(`${agent.name} holds a live task`);
      agent.stopping = { task: event.task, generation: event.generation, until: event.until };
      return;
    case 'agent.stopped':
      if (agent.stopping?.task !== event.task) throw new ImpossibleEvent(`${agent.name} is not stopping ${event.task}`);
      agent.stopping = null;
      agent.idleSince = at;
      return;
    case 'agent.responded':
      agent.unresponsive = false;
      return;
    case 'agent.drain_set':
      agent.draining = event.draining;
      agent.drainReason = event.reason;
      return;
    case 'agent.limited':
      agent.limits = [...otherLimits(agent, event.runner), { runner: event.runner ?? null, until: event.until }].slice(
        -LIMITS_REMEMBERED,
      );
      return;
    case 'agent.limit_ended': {
      const left = otherLimits(agent, event.runner);
      agent.limits = left.length === 0 ? undefined : left;
      return;
    }
    default:
      throw new UnknownEvent((event as { type: string }).type);
  }
}

function newAgent(event: Extract<AgentEvent, { type: 'agent.enrolled' }>, at: number): Agent {
  return {
    org: event.org,
    name: event.agent,
    enrolledAt: at,
    granted: event.granted,
    capabilities: event.capabilities,
    version: '',
    host: event.host,
    os: event.os,
    instance: '',
    connection: null,
    linkChangedAt: at,
    task: null,
    stopping: null,
    graceUntil: 0,
    draining: false,
    drainReason: '',
    unresponsive: false,
    idleSince: at,
    lastRepo: null,
  };
}

function otherLimits(agent: Agent, runner: string | undefined): RunnerLimit[] {
  return (agent.limits ?? []).filter((limit) => limit.runner !== (runner ?? null));
}

function isKeyOf(key: { org: string; agent: string | null }, agent: Agent): boolean {
  return key.org === agent.org && key.agent === agent.name;
}

function noteSalvage(state: State, agent: Agent, salvageRef: string): void {
  if (agent.stopping === null) return;
  const { task, generation } = agent.stopping;
  const attempt = state.tasks.get(task)?.attemptLog?.find((entry) => entry.generation === generation);
  if (attempt !== undefined) attempt.salvageRef = salvageRef;
}
