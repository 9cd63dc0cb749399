// The telemetry events: what a hub tells of itself in its log, its metrics and its traces. Each is made once, of what has become durable, with
// what was true when it was decided. None has a text of a task, a prompt, output or a secret in it.

import type { HubComponent, LogLevel } from './log.js';

export interface TelemetryField {
  readonly type: 'number' | 'string' | 'boolean';
  readonly meaning: string;
}

export interface TelemetryEvent {
  readonly level: Extract<LogLevel, 'warn' | 'info' | 'debug'>;
  readonly component: HubComponent;
  /** The `msg` of its line. */
  readonly message: string;
  /** When it is told. */
  readonly when: string;
  /** Beside org, taskId, agentId and generation, as far as it has them. */
  readonly fields: Readonly<Record<string, TelemetryField>>;
  /** One line for each subject and minute, with how many were left out in `omitted`. */
  readonly isSampled?: true;
}

function amount(meaning: string) {
  return { type: 'number', meaning } as const;
}

function word(meaning: string) {
  return { type: 'string', meaning } as const;
}

function flag(meaning: string) {
  return { type: 'boolean', meaning } as const;
}

const LANE = { lane: word('its lane') };
const RAN = { ranMs: amount('from the accept of its newest attempt to this') };
const SECOND = {
  host: word('its machine'),
  instance: word('that sidecar'),
  firstHost: word('the machine that has the agent'),
  firstInstance: word('the sidecar that has it'),
};

export const TELEMETRY_EVENTS = {
  'task.submitted': {
    level: 'info',
    component: 'tasks',
    message: 'task submitted',
    when: 'a task was accepted',
    fields: { ...LANE, state: word('queued, waiting for its parents, or scheduled') },
  },
  'task.assigned': {
    level: 'info',
    component: 'tasks',
    message: 'task assigned',
    when: 'it was offered to an agent',
    fields: { ...LANE, waitedMs: amount('since it was queued') },
  },
  'task.accepted': {
    level: 'info',
    component: 'tasks',
    message: 'task accepted',
    when: 'the agent took it',
    fields: { waitedMs: amount('since the offer, as far as this hub has seen that') },
  },
  'task.progressed': {
    level: 'debug',
    component: 'tasks',
    message: 'task progressed',
    when: 'its agent reported progress',
    fields: { fraction: amount('what it said is done, from 0 to 1') },
    isSampled: true,
  },
  'task.blocked': {
    level: 'info',
    component: 'tasks',
    message: 'task waits for an answer',
    when: 'its agent asked something',
    fields: { questionId: word('names the question') },
  },
  'task.answered': {
    level: 'info',
    component: 'tasks',
    message: 'question answered',
    when: 'somebody answered',
    fields: { questionId: word('names the question'), by: word('who did it') },
  },
  'task.completed': {
    level: 'info',
    component: 'tasks',
    message: 'task completed',
    when: 'its result was accepted',
    fields: {
      ...LANE,
      ...RAN,
      totalMs: amount('since it was submitted'),
      failedAttempts: amount('attempts that failed and counted'),
      tokens: amount('input and output tokens of the attempt, if known'),
      costMicros: amount('what the attempt cost, in millionths, if known'),
    },
  },
  'task.attempt_failed': {
    level: 'warn',
    component: 'tasks',
    message: 'attempt failed',
    when: 'an attempt ended without a result',
    fields: {
      ...RAN,
      class: word('the class of the failure'),
      code: word('its code'),
      counted: flag('whether it used an attempt'),
      next: word('scheduled, queued or dead'),
    },
  },
  'task.halted': {
    level: 'info',
    component: 'tasks',
    message: 'task halted',
    when: 'a halt withdrew its offer or stopped its attempt',
    fields: { halt: word('its id') },
  },
  'task.limited': {
    level: 'info',
    component: 'tasks',
    message: 'task stopped by a spend limit',
    when: 'a spend limit withdrew its offer or stopped its attempt',
    fields: { limit: word('the scope of the limit') },
  },
  'task.dead': {
    level: 'warn',
    component: 'tasks',
    message: 'task is dead',
    when: 'it is not retried any more',
    fields: {
      ...LANE,
      cause: word('attempts_used, permanent, budget or no_taker'),
      failedAttempts: amount('attempts that failed and counted'),
    },
  },
  'task.cancelled': {
    level: 'info',
    component: 'tasks',
    message: 'task cancelled',
    when: 'it was cancelled or discarded',
    fields: { cause: word('requested, parent_failed or discarded'), by: word('who did it') },
  },
  'task.requeued': {
    level: 'info',
    component: 'tasks',
    message: 'task requeued',
    when: 'an operator queued it again',
    fields: { by: word('who did it') },
  },
  'task.requeue_undone': {
    level: 'info',
    component: 'tasks',
    message: 'requeue undone',
    when: 'an operator took a requeue back before the task was offered',
    fields: { by: word('who did it') },
  },
  'task.moved': {
    level: 'info',
    component: 'tasks',
    message: 'task moved',
    when: 'it was moved to another lane',
    fields: { lane: word('the lane that it is in now'), by: word('who did it') },
  },
  'agent.connected': {
    level: 'info',
    component: 'agents',
    message: 'agent connected',
    when: 'its sidecar was welcomed',
    fields: { version: word('of its sidecar'), host: word('its machine') },
  },
  'agent.disconnected': {
    level: 'info',
    component: 'agents',
    message: 'agent disconnected',
    when: 'its connection was lost or closed',
    fields: { holdsWork: flag('whether it has until its grace period ends to come back') },
  },
  'agent.drained': {
    level: 'info',
    component: 'agents',
    message: 'agent drains',
    when: 'it is given no new tasks',
    fields: {},
  },
  'agent.resumed': {
    level: 'info',
    component: 'agents',
    message: 'agent resumed',
    when: 'it is given tasks again',
    fields: {},
  },
  'agent.flapped': {
    level: 'warn',
    component: 'agents',
    message: 'agent reconnects again and again',
    when: 'it came back, and has lost its connection or was taken over as often as the rule `AgentFlapping` has it; at most once in its window',
    fields: { connects: amount('how often it came back within the window') },
  },
  'agent.conflicted': {
    level: 'warn',
    component: 'security',
    message: 'a second sidecar said hello with the key of an agent that is in use, and was refused',
    when: 'that happened',
    fields: SECOND,
  },
  'agent.taken_over': {
    level: 'warn',
    component: 'security',
    message: 'a second sidecar said hello with the key of an agent whose connection was live, and took over',
    when: 'that happened',
    fields: SECOND,
  },
  'leader.elected': {
    level: 'info',
    component: 'coordinator',
    message: 'a hub leads',
    when: 'a hub took the lead',
    fields: { leader: word('that hub'), epoch: amount('grows with each leader') },
  },
  'leader.left': {
    level: 'info',
    component: 'coordinator',
    message: 'the leader left',
    when: 'the leading hub shut down in order',
    fields: { leader: word('that hub') },
  },
  'backup.made': {
    level: 'info',
    component: 'maintenance',
    message: 'backup made',
    when: 'a backup was written and closed',
    fields: { file: word('its name'), bytes: amount('its size') },
  },
  'backup.failed': {
    level: 'warn',
    component: 'maintenance',
    message: 'no backup could be made',
    when: 'a backup was given up',
    fields: {},
  },
  throttled: {
    level: 'info',
    component: 'security',
    message: 'a caller was limited',
    when: 'a limit refused or slowed a caller',
    fields: { rule: word('which limit'), effect: word('refused or slowed') },
    isSampled: true,
  },
} as const satisfies Readonly<Record<string, TelemetryEvent>>;

export type TelemetryEventName = keyof typeof TELEMETRY_EVENTS;

type FieldsOf<Name extends TelemetryEventName> = (typeof TELEMETRY_EVENTS)[Name]['fields'];
type Value<Type> = Type extends 'number' ? number : Type extends 'boolean' ? boolean : string;

/** What an event of this name has beside its subject; as far as it is known. */
export type TelemetryFields<Name extends TelemetryEventName> = {
  readonly [Field in keyof FieldsOf<Name>]?: FieldsOf<Name>[Field] extends { readonly type: infer Type }
    ? Value<Type> | undefined
    : never;
};

/** Who or what an event is about. */
export interface TelemetrySubject {
  readonly org?: string | undefined;
  readonly taskId?: string | undefined;
  readonly agentId?: string | undefined;
  readonly generation?: number | undefined;
}

export type TelemetryRecord = {
  [Name in TelemetryEventName]: TelemetrySubject & { readonly event: Name; readonly fields: TelemetryFields<Name> };
}[TelemetryEventName];
