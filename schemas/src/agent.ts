// An agent: as its sidecar introduces it, and as it is shown.

import * as Type from 'typebox';
import { RESULT_WORDS, RESULTS_KEPT } from './agent-results.js';
import { Money } from './costs.js';
import { HaltScope } from './halts.js';
import { LIMITS } from './limits.js';
import { AGENT_STATES, HALT_STRENGTHS, HOLDING_PHASES } from './names.js';
import {
  agentBounds,
  Capabilities,
  Capability,
  Count,
  closed,
  type Data,
  FailureCode,
  Generation,
  line,
  oneOf,
  Slug,
  TaskId,
  Timestamp,
  text,
} from './primitives.js';

export const Host = line(255);
export const OperatingSystem = line(128);
export const Version = line(64);

/** What a sidecar says of its agent in `hello`. */
export const AgentIntroduction = closed({
  name: Slug,
  capabilities: Capabilities,
  version: Version,
  host: Host,
  os: OperatingSystem,
});
export type AgentIntroduction = Data<typeof AgentIntroduction>;

/** Why a machine cannot work at present; its agent is held back until its sidecar leaves this out again. */
export const Unfit = closed({ code: FailureCode, message: text(LIMITS.unfitMessageBytes) });
export type Unfit = Data<typeof Unfit>;

/** What a heartbeat says of the machine and the work. */
export const healthFields = {
  /** Load average of the last minute. */
  load: Type.Optional(Type.Number({ minimum: 0, maximum: 1e6 })),
  freeDiskBytes: Type.Optional(Count),
  phase: Type.Optional(oneOf(HOLDING_PHASES)),
};

/** An agent as the other agents of its organisation see it. */
export const AgentSummary = closed({
  name: Slug,
  state: oneOf(AGENT_STATES),
  draining: Type.Boolean(),
  unresponsive: Type.Boolean(),
  capabilities: Type.Array(Capability),
});
export type AgentSummary = Data<typeof AgentSummary>;

/** A sidecar by its machine and the beginning of its instance. */
const BriefInstance = { host: Host, instance: Type.String() };

const SecondHello = closed({
  at: Timestamp,
  ...BriefInstance,
  /** The one that had the agent. */
  first: closed(BriefInstance),
  outcome: oneOf(['refused', 'took_over']),
});

export const AgentView = closed({
  org: Slug,
  name: Slug,
  state: oneOf(AGENT_STATES),
  connected: Type.Boolean(),
  draining: Type.Boolean(),
  /** It ignored its last offer and gets none until it accepts one or says a new hello. */
  unresponsive: Type.Boolean(),
  capabilities: Type.Array(Capability),
  ...agentBounds,
  /** Of its patterns those that are within the caller's own; without any of those it is an empty list. */
  repositories: Type.Optional(Type.Array(Type.String())),
  version: Type.Optional(Version),
  host: Type.Optional(Host),
  os: Type.Optional(OperatingSystem),
  /** The live assignment. */
  task: Type.Optional(TaskId),
  generation: Type.Optional(Generation),
  /** Halts under which it gets nothing, or less than it could do. */
  halts: Type.Optional(
    Type.Array(closed({ id: Type.String(), scope: HaltScope, strength: oneOf(HALT_STRENGTHS), reason: Type.String() })),
  ),
  /** Work ended under it that it has not confirmed stopped. */
  stopping: Type.Optional(closed({ task: TaskId, generation: Generation, until: Timestamp })),
  ...healthFields,
  /** Usage limits that its runners have met; without `runner`, of the one it uses for tasks that name none. */
  limits: Type.Optional(
    Type.Array(closed({ runner: Type.Optional(Slug), model: Type.Optional(Type.String()), until: Timestamp })),
  ),
  /**
   * How its last attempts ended, at most 20, the newest last: `c` completed, `f` failed, `t` timed out, `l` lost, `m` failed by its machine, `u`
   * stopped by a usage limit. Attempts that somebody cancelled, or that a halt gave back, are not among them. Absent before the first.
   */
  results: Type.Optional(Type.String({ pattern: `^[${Object.keys(RESULT_WORDS).join('')}]{1,${RESULTS_KEPT}}$` })),
  /** What its work has cost today, in UTC. Absent where that is nothing, and for whoever may not read costs. */
  spentToday: Type.Optional(
    closed({
      /** Each currency by itself. */
      costs: Type.Array(Money),
      /** Attempts that nobody knows the cost of. */
      unknownCost: Count,
      /** It may be more: not all work of today is told apart by agent any more. */
      partial: Type.Optional(Type.Boolean()),
    }),
  ),
  /** Why it is held back: its machine cannot start work, and its sidecar has not said yet that it can again. */
  unfit: Type.Optional(closed({ ...Unfit.properties, since: Timestamp })),
  /** Its sidecar is older than the hub wants. */
  outdated: Type.Optional(Type.Boolean()),
  /** The last machine that was refused because the agent's key is in use on another. */
  conflict: Type.Optional(closed({ host: Host, at: Timestamp })),
  /** Until when it is not let in, or last was not, because too much of what it sent was refused. */
  bannedUntil: Type.Optional(Timestamp),
  /** The newest hellos that came while another sidecar with the same key had the agent, oldest first. */
  secondHellos: Type.Optional(Type.Array(SecondHello)),
  enrolledAt: Timestamp,
  lastSeenAt: Type.Optional(Timestamp),
});
export type AgentView = Data<typeof AgentView>;
