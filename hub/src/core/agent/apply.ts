// Agent events. An agent is in the index of idle agents exactly while it may be offered work.
//
//   offline ──hello──► idle ──match──► assigned ──accept──► working ⇄ blocked
//      ▲                ▲ ▲               │                    │
//      │ link gone      │ └── offer ended ┘                    │ task ended under it: working (stopping)
//      │ past its grace └───── ended and stopped ◄─────────────┘
//
// `draining`, `unresponsive` and `unfit` are flags beside the state.

import type { Unfit } from '@agentcom/schemas';
import { scheduleKey } from '../access/indexes.js';
import { noteLostLink } from '../alert/notice.js';
import { ImpossibleEvent } from '../event-errors.js';
import { reserveFor } from '../limit/account.js';
import type { ApplyTable, State } from '../state.js';
import { attemptOf } from '../task/attempts.js';
import { type Agent, agentKey, type RunnerLimit, SECOND_HELLOS, type SecondHello } from './agent.js';
import type { AgentEvent } from './events.js';
import { changeAgent, enterAgent, indexLimits, removeAgent } from './indexes.js';

/** Usage limits remembered per agent, the newest; more runners, with a few models of each, no machine has. */
const LIMITS_REMEMBERED = 32;

type AgentChange = Exclude<AgentEvent['type'], 'agent.enrolled' | 'agent.removed'>;
type EventOf<T extends AgentEvent['type']> = Extract<AgentEvent, { readonly type: T }>;
type Change<T extends AgentChange> = (agent: Agent, event: EventOf<T>, at: number, state: State) => void;

const changes: { readonly [T in AgentChange]: Change<T> } = {
  'agent.connected': (agent, event, at, state) => {
    if (agent.connection !== undefined) noteLostLink(state, agent, at);
    if (agent.connection === undefined && agent.task === undefined) agent.idleSince = at;
    agent.connection = event.connection;
    agent.linkChangedAt = at;
    if (agent.machine !== event.machine) agent.conflict = undefined;
    if (event.replaced !== undefined) agent.replaced = event.replaced;
    agent.machine = event.machine;
    agent.instance = event.instance;
    agent.capabilities = event.capabilities;
    agent.version = event.version;
    agent.host = event.host;
    agent.os = event.os;
    agent.graceUntil = undefined;
    agent.unresponsive = false;
    noteFitness(agent, event.unfit, at);
    // Its runners may be others.
    const task = agent.task === undefined ? undefined : state.tasks.get(agent.task);
    if (task !== undefined) reserveFor(state, task);
  },
  'agent.conflicted': (agent, event, at) => {
    agent.conflict = { host: event.host, at };
    const { host, instance, first } = event;
    if (instance !== undefined && first !== undefined) note(agent, { at, host, instance, first, refused: true });
  },
  'agent.banned': (agent, { times, until }) => {
    agent.ban = { times, until };
  },
  'agent.taken_over': (agent, { host, instance, first }, at) =>
    note(agent, { at, host, instance, first, refused: false }),
  'agent.disconnected': (agent, event, at, state) => {
    if (agent.connection !== event.connection)
      throw new ImpossibleEvent(`${agent.name} is not linked by ${event.connection}`);
    agent.connection = undefined;
    agent.linkChangedAt = at;
    agent.graceUntil = event.graceUntil;
    noteLostLink(state, agent, at);
  },
  'agent.stopping': (agent, event) => {
    if (agent.task !== undefined) throw new ImpossibleEvent(`${agent.name} holds a live task`);
    agent.stopping = { task: event.task, generation: event.generation, until: event.until };
  },
  'agent.stopped': (agent, event, at, state) => {
    const { stopping } = agent;
    if (stopping?.task !== event.task) throw new ImpossibleEvent(`${agent.name} is not stopping ${event.task}`);
    const task = state.tasks.get(stopping.task);
    const attempt = task && attemptOf(task, stopping.generation);
    if (event.left !== undefined && attempt !== undefined) attempt.left = event.left;
    agent.stopping = undefined;
    agent.idleSince = at;
  },
  'agent.responded': (agent) => {
    agent.unresponsive = false;
  },
  'agent.fitness_changed': (agent, event, at) => noteFitness(agent, event.unfit, at),
  'agent.drain_set': (agent, event, at) => {
    if (event.draining !== agent.draining) agent.drainedAt = event.draining ? at : undefined;
    agent.draining = event.draining;
    agent.drainReason = event.reason;
  },
  'agent.limited': (agent, { runner, model, until }, _at, state) => {
    const of = { ...(runner !== undefined && { runner }), ...(model !== undefined && { model }) };
    const limits = [...otherLimits(agent, of), { ...of, until }];
    agent.limits = limits.slice(-LIMITS_REMEMBERED);
    indexLimits(state, agent);
  },
  'agent.limit_ended': (agent, event) => {
    const left = otherLimits(agent, event);
    agent.limits = left.length === 0 ? undefined : left;
  },
};

export const agentEvents: ApplyTable<AgentEvent> = {
  'agent.enrolled': (state, event, at) => {
    const agent = newAgent(event, at);
    state.agents.set(agentKey(agent.org, agent.name), agent);
    enterAgent(state, agent);
  },
  'agent.removed': (state, event, at) => {
    const agent = agentOf(state, event);
    if (agent.task !== undefined) throw new ImpossibleEvent(`${agent.name} is removed while it holds ${agent.task}`);
    removeAgent(state, agent);
    state.activity.forget(agent.org, agent.name);
    for (const key of state.access.keysOf.of(agent.org)) {
      if (key.agent !== agent.name || key.revokedAt !== undefined) continue;
      key.revokedAt = at;
      scheduleKey(state, key);
    }
  },
  ...changing(),
};

function changing(): Pick<ApplyTable<AgentEvent>, AgentChange> {
  const table = (Object.keys(changes) as AgentChange[]).map((type) => [
    type,
    (state: State, event: EventOf<AgentChange>, at: number) =>
      changeAgent(state, agentOf(state, event), (agent) =>
        (changes[type] as Change<AgentChange>)(agent, event, at, state),
      ),
  ]);
  return Object.fromEntries(table) as Pick<ApplyTable<AgentEvent>, AgentChange>;
}

function agentOf(state: State, event: AgentEvent): Agent {
  const key = agentKey(event.org, event.agent);
  const agent = state.agents.get(key);
  if (agent === undefined) throw new ImpossibleEvent(`${event.type} for an agent that is not there: ${key}`);
  return agent;
}

function newAgent(event: EventOf<'agent.enrolled'>, at: number): Agent {
  return {
    org: event.org,
    name: event.agent,
    enrolledAt: at,
    granted: event.granted,
    runners: event.runners,
    repositories: event.repositories,
    capabilities: event.capabilities,
    version: '',
    host: event.host,
    os: event.os,
    instance: '',
    machine: undefined,
    replaced: undefined,
    conflict: undefined,
    connection: undefined,
    linkChangedAt: at,
    task: undefined,
    stopping: undefined,
    graceUntil: undefined,
    draining: false,
    drainReason: '',
    drainedAt: undefined,
    unresponsive: false,
    idleSince: at,
    lastRepo: undefined,
    limits: undefined,
    unfit: undefined,
    secondHellos: undefined,
  };
}

function otherLimits(agent: Agent, { runner, model }: Pick<RunnerLimit, 'runner' | 'model'>): RunnerLimit[] {
  return (agent.limits ?? []).filter((limit) => limit.runner !== runner || limit.model !== model);
}

function note(agent: Agent, hello: SecondHello): void {
  agent.secondHellos = [...(agent.secondHellos ?? []), hello].slice(-SECOND_HELLOS);
}

/** The same reason lasts since it was first said. */
function noteFitness(agent: Agent, unfit: Unfit | undefined, at: number): void {
  if (unfit === undefined) {
    if (agent.unfit !== undefined) agent.unfit = undefined;
    return;
  }
  const { code, message } = unfit;
  agent.unfit = { code, message, since: agent.unfit?.code === code ? agent.unfit.since : at };
}
