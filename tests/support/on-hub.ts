// What most tests need around one hub: agents that get only the tasks meant for them.

import { createHash } from 'node:crypto';
import type { TaskSpec, TaskView } from '@agentcom/schemas';
import { AgentSocket, type Frame, type HelloOptions } from './agent-socket.js';
import type { Machine } from './api.js';
import type { Hub } from './hub.js';

let number = 0;

/** A new agent whose only capability is its own name, connected. */
export async function connectedAgent(hub: Hub, hello: HelloOptions = {}): Promise<AgentSocket> {
  const machine = await hub.api.enrol(`agent-${process.pid}-${++number}`);
  return AgentSocket.join(hub.url, machine, { capabilities: [machine.name], ...hello });
}

/** The same agent on a new connection. */
export async function reconnected(hub: Hub, machine: Machine, hello: HelloOptions = {}): Promise<[AgentSocket, Frame]> {
  const socket = await AgentSocket.open(hub.url, machine);
  return [socket, await socket.hello({ capabilities: [machine.name], ...hello })];
}

/** A task that only this agent can do. */
export function submitFor(hub: Hub, agent: AgentSocket, spec: Partial<TaskSpec> = {}): Promise<TaskView> {
  return hub.api.submit({ needs: [agent.machine.name], ...spec });
}

export interface Attempt {
  readonly task: string;
  readonly generation: number;
}

/** A new task that was offered to the agent. */
export async function assignedTo(hub: Hub, agent: AgentSocket, spec: Partial<TaskSpec> = {}): Promise<Attempt> {
  const { id } = await submitFor(hub, agent, spec);
  return offerOf(agent, id);
}

export async function offerOf(agent: AgentSocket, id: string): Promise<Attempt> {
  const offer = await agent.next((frame) => frame.type === 'task.assign' && (frame.task as { id: string }).id === id);
  return { task: id, generation: Number(offer.generation) };
}

/** A new task that the agent has accepted. */
export async function workingOn(hub: Hub, agent: AgentSocket, spec: Partial<TaskSpec> = {}): Promise<Attempt> {
  const attempt = await assignedTo(hub, agent, spec);
  await agent.ok({ type: 'task.accept', ...attempt });
  return attempt;
}

export function completion(attempt: Attempt, seq = 1, summary = 'done'): Record<string, unknown> {
  return { type: 'task.complete', ...attempt, seq, result: { summary } };
}

export function failure(attempt: Attempt, errorClass: string, seq = 1): Record<string, unknown> {
  return {
    type: 'task.fail',
    ...attempt,
    seq,
    error: { class: errorClass, code: 'test.failed', message: 'It failed.' },
  };
}

export function question(attempt: Attempt, questionId = 'q1', seq = 1): Record<string, unknown> {
  return { type: 'task.block', ...attempt, seq, questionId, question: 'Which way?' };
}

export interface ChangedFile {
  readonly path: string;
  readonly status: 'added' | 'modified' | 'deleted';
  /** The lines that are new in it, and those that are gone. */
  readonly added?: readonly string[];
  readonly removed?: readonly string[];
}

/** What the attempt has changed, as its sidecar sends it with the result. */
export async function sendDiff(agent: AgentSocket, attempt: Attempt, files: readonly ChangedFile[]): Promise<void> {
  const text = files.map(diffOf).join('');
  const about = { ...attempt, digest: createHash('sha256').update(text).digest('hex') };
  const items = files.map(({ path, status, added = [], removed = [] }) => ({
    ...{ path, status, added: added.length, removed: removed.length },
  }));
  const sum = (part: 'added' | 'removed') => items.reduce((all, item) => all + item[part], 0);
  const facts = { base: 'a'.repeat(40), files: files.length, added: sum('added'), removed: sum('removed'), items };
  await agent.ok({ type: 'task.diff.part', ...about, part: 1, data: text });
  await agent.ok({ type: 'task.diff', ...about, parts: 1, stage: 'result', ...facts });
}

function diffOf({ path, added = [], removed = [] }: ChangedFile): string {
  const head = `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n`;
  const lines = [...removed.map((line) => `-${line}\n`), ...added.map((line) => `+${line}\n`)];
  return `${head}@@ -1,${removed.length} +1,${added.length} @@\n${lines.join('')}`;
}
