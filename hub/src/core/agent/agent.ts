// An agent as the hub knows it.

import type { RunnerKind, Unfit } from '@agentcom/schemas';
import type { Ban } from './ban.js';
import type { Introduced } from './events.js';

/** Until when a runner of an agent is out of use; without `runner`, the one for tasks that name none. */
export interface RunnerLimit {
  readonly runner?: string | undefined;
  /** Of this model only: the task that met it names others for the same runner. */
  readonly model?: string | undefined;
  readonly until: number;
}

/** Why a machine cannot work, and since when. */
export interface HeldBack extends Unfit {
  readonly since: number;
}

/** A hello that came while another sidecar with the same key had the agent. */
export interface SecondHello extends Introduced {
  readonly at: number;
  /** Who had the agent. */
  readonly first: Introduced;
  /** Otherwise it took the agent over. */
  readonly refused: boolean;
}

/** Kept per agent, the newest. */
export const SECOND_HELLOS = 8;

/** What its invitation binds an agent to, whatever its sidecar says. */
export interface AgentBounds {
  /** The kinds of runners that it may offer; absent: any. */
  readonly runners?: readonly RunnerKind[] | undefined;
  /** Patterns for the tasks that it is offered and those that it submits, as keys have them; absent: all, and tasks without a repository. */
  readonly repositories?: readonly string[] | undefined;
}

export interface Agent extends AgentBounds {
  readonly org: string;
  readonly name: string;
  readonly enrolledAt: number;
  /** Given by the invitation; always among its capabilities. */
  readonly granted: readonly string[];
  capabilities: readonly string[];
  version: string;
  host: string;
  os: string;
  instance: string;
  /** Where its sidecar runs; undefined when that does not say. */
  machine: string | undefined;
  /** The sidecar whose live link was taken over by another one with this key. */
  replaced: string | undefined;
  /** The last machine that was refused since the key is in use on another. */
  conflict: { readonly host: string; readonly at: number } | undefined;
  /** The live link. */
  connection: string | undefined;
  linkChangedAt: number;
  /** The live assignment. */
  task: string | undefined;
  /** Work that was ended under it and has not been confirmed stopped. Never beside a live assignment. */
  stopping: { readonly task: string; readonly generation: number; readonly until: number } | undefined;
  /** Until when accepted work survives the lost link; absent while linked or without work. */
  graceUntil: number | undefined;
  draining: boolean;
  /** Why it drains, or last did. */
  drainReason: string;
  /** Since when it drains; absent while it does not. */
  drainedAt?: number | undefined;
  unresponsive: boolean;
  idleSince: number;
  lastRepo: string | undefined;
  /** Absent when none of its runners has met a usage limit. */
  limits?: readonly RunnerLimit[] | undefined;
  /** Absent while its machine can work, as far as its sidecar says. */
  unfit?: HeldBack | undefined;
  /** Absent unless it was once closed for what it sent. */
  ban?: Ban | undefined;
  /** Oldest first; absent while there was none. */
  secondHellos?: readonly SecondHello[] | undefined;
}

/** Names are unique within an organisation only. */
export function agentKey(org: string, name: string): string {
  return `${org}/${name}`;
}

export function isSameUnfit(a: Unfit | undefined, b: Unfit | undefined): boolean {
  return a?.code === b?.code && a?.message === b?.message;
}

/** Whether an agent may be offered work. */
export function isAvailable(agent: Agent): boolean {
  return takesTasks(agent) && agent.task === undefined && agent.stopping === undefined;
}

/** Now, or once it is idle. */
export function takesTasks({ connection, draining, unresponsive, unfit }: Agent): boolean {
  return connection !== undefined && !draining && !unresponsive && unfit === undefined;
}
