// Defects, put in at the edges of the real parts, to show that the promises would notice them.

import type { JournalPort } from '@agentcom/hub/coordinator/ports';
import { agentKey } from '@agentcom/hub/core/agent/agent';
import { putAlert } from '@agentcom/hub/core/alert/apply';
import type { Command } from '@agentcom/hub/core/commands';
import type { State } from '@agentcom/hub/core/state';
import { holdOf } from '@agentcom/hub/core/task/hold-scope';
import { encode, headAfter } from '@agentcom/hub/journal/log/codec';
import type { Exit } from '@agentcom/sidecar/core/attempt';
import type { Job, RequestFrame } from '@agentcom/sidecar/core/job';

export interface Mutation {
  /** Whatever a sidecar holds is taken for live at its hello. */
  readonly keepsEverything?: boolean;
  /** Changes a command before the coordinator decides it. */
  readonly command?: (command: Command, state: State) => Command;
  /** Stands between the coordinator and the journal. */
  readonly journal?: (journal: JournalPort) => JournalPort;
  /** Says that a request was answered `ok` although nobody answered. */
  readonly answersItself?: (frame: RequestFrame) => boolean;
  /** An answer is confirmed and thrown away. */
  readonly confirmsUnheard?: boolean;
  /** A turn is begun again after a restart, although its process runs or has ended. */
  readonly forgetsProcesses?: boolean;
  /** The outbox says that it has what it lost. */
  readonly forgetsNotifications?: boolean;
  /** The request of an attempt that was given up stays open. */
  readonly leavesRequests?: boolean;
  /** What the sidecar reads of how a turn ended. */
  readonly exit?: (exit: Exit, job: Job) => Exit;
}

export const NONE: Mutation = {};

/** Whatever generation a sidecar names, and whoever it is, is taken for the live one. */
export const WITHOUT_FENCE: Mutation = {
  keepsEverything: true,
  command: (command, state) => {
    if (!('generation' in command)) return command;
    const task = state.tasks.get(command.task);
    if (task?.agent == null) return command;
    return { ...command, generation: task.generation, agent: task.agent, ...connectionOf(state, task.org, task.agent) };
  },
};

/** Whatever connection says something about an attempt is taken for the one of its agent. */
export const WITHOUT_CONNECTIONS: Mutation = {
  command: (command, state) => {
    if (!('connection' in command) || !('generation' in command)) return command;
    return { ...command, ...connectionOf(state, command.org, command.agent) };
  },
};

function connectionOf(state: State, org: string, agent: string): { connection?: string } {
  const connection = state.agents.get(agentKey(org, agent))?.connection;
  return connection === undefined ? {} : { connection };
}

/** The coordinator is told that a batch is stored as soon as it is sent. */
export const ACK_BEFORE_STORE: Mutation = {
  journal: (journal) => ({
    ...journal,
    append: async (batch, after) => {
      void journal.append(batch, after);
      return { kind: 'acked', head: headAfter(after, encode(batch, after)) };
    },
  }),
};

/** The sidecar takes a final report for confirmed as soon as it is sent. */
export const FORGETFUL_OUTBOX: Mutation = {
  answersItself: (frame) => frame.type === 'task.complete' || frame.type === 'task.fail',
};

/** The sidecar confirms an answer before it has it on disk, and loses it. */
export const DEAF: Mutation = { confirmsUnheard: true };

/** The runner does not look for a process that it has begun before. */
export const WAKES_TWICE: Mutation = { forgetsProcesses: true };

/** A sidecar does not withdraw what has left its machine. */
export const LEAVES_REQUESTS: Mutation = { leavesRequests: true };

/** A notification leaves the state although the outbox did not keep it. */
export const FORGETS_NOTIFICATIONS: Mutation = { forgetsNotifications: true };

/** Everything that is pending counts as told, also what came while the outbox took the rest. */
export const DROPS_NOTIFICATIONS: Mutation = {
  command: (command, state) => {
    if (command.type !== 'notification.queue') return command;
    return { ...command, ids: [...state.notify.pending.keys()] };
  },
};

/** The hub does not look at what a stop has left. */
export const OVERLOOKS_WHAT_IS_LEFT: Mutation = {
  command: (command) => {
    if (command.type !== 'task.stopped') return command;
    const { left: _left, ...stopped } = command;
    return stopped;
  },
};

/** The hub does not keep what an invitation binds to. */
export const FORGETS_BOUNDS: Mutation = {
  command: (command) => {
    if (command.type !== 'enrolment.create') return command;
    const { runners: _runners, repositories: _repositories, ...unbound } = command;
    return unbound;
  },
};

/** What is queued is offered as if nothing were halted. */
export const FORGETS_HALTS: Mutation = {
  command: (command, state) => {
    if (command.type === 'halt.create') return command;
    for (const halt of state.halts.all()) state.matching.release(holdOf(halt));
    return command;
  },
};

/** What is queued is offered as if nothing were limited. */
export const FORGETS_LIMITS: Mutation = {
  command: (command, state) => {
    if (command.type === 'limit.set') return command;
    for (const limit of state.limits.all()) state.matching.release(holdOf(limit));
    return command;
  },
};

/** What runs reserves nothing. */
export const RESERVES_NOTHING: Mutation = {
  command: (command, state) => {
    for (const { id } of state.tasks.values()) state.limits.release(id);
    return command;
  },
};

/** What is used does not count for limits. */
export const LOSES_USE: Mutation = {
  command: (command, state) => {
    for (const { periods } of state.limits.all()) for (const { used } of periods) used.inputTokens = 0;
    return command;
  },
};

/** A hub forgets what it has told of alerts. */
export const TELLS_AGAIN: Mutation = {
  command: (command, state) => {
    if (command.type !== 'alerts.evaluate') return command;
    for (const { told: _told, ...alert } of [...state.alerts.open.values()]) putAlert(state, alert);
    return command;
  },
};

/** A hub that evaluates the rules anew takes what fires for new. */
export const BEGINS_AGAIN: Mutation = {
  command: (command, state) => {
    if (command.type !== 'alerts.evaluate' || state.epoch < 2) return command;
    return { ...command, conditions: [] };
  },
};

/** A resumed turn is billed what its whole session has used. */
export const BILLS_SESSIONS: Mutation = {
  exit: (exit, { usage }) => ({
    ...exit,
    usage: { ...exit.usage, inputTokens: (exit.usage.inputTokens ?? 0) + (usage.inputTokens ?? 0) },
  }),
};
