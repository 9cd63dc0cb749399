// Tasks for the tests' agent: what it is told, and what it noted down.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { TaskSpec } from '@agentcom/schemas';
import type { Origin } from './origin.js';
import type { Sandbox } from './sandbox.js';

export interface Orders {
  readonly file?: string;
  /** Written at the start, unless it is there: which attempt began the work. */
  readonly draft?: string;
  /** Waits for it before the work. */
  readonly gate?: string;
  readonly exit?: number;
  /** Leaves its work uncommitted. */
  readonly dirty?: boolean;
}

export function agentTask(sandbox: Sandbox, origin: Origin, orders: Orders = {}): Pick<TaskSpec, 'prompt' | 'repo'> {
  const prompt = JSON.stringify({ log: logFile(sandbox), file: 'work.txt', ...orders });
  return { prompt, repo: { url: origin.url, base: 'main' } };
}

export interface Run {
  readonly task: string;
  readonly generation: number;
  readonly pid: number;
}

/** Every start of an agent so far. */
export function agentRuns(sandbox: Sandbox): Run[] {
  if (!existsSync(logFile(sandbox))) return [];
  const lines = readFileSync(logFile(sandbox), 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line) => {
    const [task = '', generation, pid] = line.split(' ');
    return { task, generation: Number(generation), pid: Number(pid) };
  });
}

export function openGate(gate: string): void {
  writeFileSync(gate, '');
}

function logFile(sandbox: Sandbox): string {
  return sandbox.path('agents.log');
}
