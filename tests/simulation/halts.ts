// Halts as the journal tells them, and what may not be under them. It shares no code with the core.

import type { Event } from '@agentcom/hub/core/events';
import { BrokenPromise } from './broken-promise.js';
import type { Life } from './ledger.js';
import { ORG } from './settings.js';

type Created = Extract<Event, { type: 'halt.created' }>;
export type Scope = Created['scope'];

/** What operators of the simulation halt. */
export const SCOPES: readonly Scope[] = [
  { kind: 'fleet' },
  { kind: 'org', value: ORG },
  { kind: 'repo', value: 'https://forge.example/repo-1' },
  { kind: 'runner', value: 'claude' },
  { kind: 'label', value: 'team=roof' },
  { kind: 'agent', value: 'agent-0' },
];

export class HaltLedger {
  readonly #open = new Map<string, Created>();

  happened(event: Event): void {
    if (event.type === 'halt.created') this.#open.set(event.halt, event);
    if (event.type === 'halt.ended' && !this.#open.delete(event.halt))
      throw new BrokenPromise('halt', `halt ${event.halt} ended, and was not in force`);
  }

  get open(): Iterable<string> {
    return this.#open.keys();
  }

  /** Nothing is offered that a halt holds back. */
  offered(life: Life, runners: ReadonlySet<string>): void {
    for (const halt of this.#open.values()) {
      if (!isUnder(halt.scope, life, runners)) continue;
      throw new BrokenPromise('halt', `task ${life.task} goes to ${life.holder} under halt ${halt.halt}`);
    }
  }

  /** Nothing runs on, and nothing goes on, that a halt stops. */
  runs(life: Life, runners: ReadonlySet<string>): void {
    for (const halt of this.#open.values()) {
      if (halt.strength !== 'running' || !isUnder(halt.scope, life, runners)) continue;
      throw new BrokenPromise('halt', `${life.holder} works on task ${life.task} under halt ${halt.halt}`);
    }
  }
}

/** Of a task that names no runner nobody knows on which of its agent's it runs. */
function isUnder({ kind, value }: Scope, life: Life, runners: ReadonlySet<string>): boolean {
  switch (kind) {
    case 'fleet':
    case 'org':
      return true;
    case 'repo':
      return life.repo === value;
    case 'label':
      return life.label === value;
    case 'agent':
      return life.holder === value;
    case 'runner':
      return life.runner === undefined ? runners.size === 0 || runners.has(value ?? '') : life.runner === value;
  }
}
