// Spend limits as the journal tells them, and what may not be past them: what each lets be used, what was, and by whom. It shares no code with
// the core.

import type { Event } from '@agentcom/hub/core/events';
import type { State } from '@agentcom/hub/core/state';
import { BrokenPromise } from './broken-promise.js';
import { keyOf } from './facts.js';
import type { Life } from './ledger.js';
import { ORG } from './settings.js';

type EventOf<T extends Event['type']> = Extract<Event, { readonly type: T }>;
export type LimitScope = EventOf<'limit.set'>['scope'];

/** What operators of the simulation limit. */
export const LIMITED: readonly LimitScope[] = [
  { kind: 'fleet' },
  { kind: 'org', value: ORG },
  { kind: 'repo', value: 'https://forge.example/repo-1' },
  { kind: 'label', value: 'team=roof' },
  { kind: 'agent', value: 'agent-0' },
  { kind: 'member', value: 'submitter' },
];

interface Window {
  amount: number;
  used: number;
  /** When it was reached: what each attempt that had begun by then had said, before what reached it. */
  saidBy: ReadonlyMap<string, number> | undefined;
}

interface Limit {
  readonly id: string;
  readonly scope: LimitScope;
  readonly windows: Map<string, Window>;
}

interface Attempt {
  readonly life: Life;
  readonly agent: string;
}

const CLOSED = 0.85;

export class LimitLedger {
  readonly #open = new Map<string, Limit>();
  /** Accepted, by key. */
  readonly #attempts = new Map<string, Attempt>();
  /** In tokens, by key. */
  readonly #said = new Map<string, number>();
  /** Of what agents have now, by task. */
  readonly #estimates = new Map<string, number>();

  happened(event: Event): void {
    if (event.type === 'limit.set') this.#set(event);
    if (event.type === 'limit.removed') this.#open.delete(event.limit);
    if (event.type !== 'limit.period_began') return;
    this.#open
      .get(event.limit)
      ?.windows.set(event.window, { ...this.#window(event.limit, event.window), used: 0, saidBy: undefined });
  }

  get scopes(): readonly LimitScope[] {
    return [...this.#open.values()].map(({ scope }) => scope);
  }

  /** Nothing is offered under a limit of which too much is used, nor beside what runs when its estimate does not fit. */
  offered(life: Life, estimate: number | undefined, lives: Iterable<Life>): void {
    this.#estimates.set(life.task, estimate ?? 0);
    for (const limit of this.#open.values()) {
      if (!isUnder(limit.scope, life, life.holder)) continue;
      for (const [name, { amount, used }] of limit.windows) {
        const where = `under limit ${limit.id}: ${used} of ${amount} tokens of a ${name}`;
        if (used >= CLOSED * amount)
          throw new BrokenPromise('limit', `task ${life.task} goes to ${life.holder} ${where}`);
        const { tasks, tokens } = this.#reserved(limit, life, lives);
        if (tasks === 0 || used + tokens + (estimate ?? 0) <= amount) continue;
        throw new BrokenPromise(
          'limit',
          `task ${life.task} reserves ${estimate} beside ${tokens} of ${tasks} others ${where}`,
        );
      }
    }
  }

  accepted(life: Life): void {
    this.#attempts.set(keyOf(life), { life, agent: life.holder ?? '' });
  }

  /** What an attempt says it has used in all. */
  said(key: string, tokens: number): void {
    const attempt = this.#attempts.get(key);
    const growth = tokens - (this.#said.get(key) ?? 0);
    if (attempt === undefined || growth <= 0) return;
    const before = new Map([...this.#attempts.keys()].map((one) => [one, this.#said.get(one) ?? 0]));
    this.#said.set(key, tokens);
    for (const limit of this.#open.values()) {
      if (!isUnder(limit.scope, attempt.life, attempt.agent)) continue;
      for (const window of limit.windows.values()) {
        // One that was set below what was used already is past it by more than anything in flight.
        if (window.used < window.amount && window.used + growth >= window.amount) window.saidBy = before;
        window.used += growth;
      }
    }
  }

  /** Nothing runs on under a limit that is reached. */
  runs(life: Life): void {
    for (const { id, scope, windows } of this.#open.values()) {
      if (!isUnder(scope, life, life.holder)) continue;
      for (const [name, { amount, used }] of windows) {
        if (used < amount) continue;
        throw new BrokenPromise(
          'limit',
          `${life.holder} works on task ${life.task} under limit ${id}, with ${used} of ${amount} tokens of a ${name}`,
        );
      }
    }
  }

  /** The hub has counted the same, and past the amount is at most what was in flight when it was reached: what attempts that had begun by then have used since their reports before. */
  addUp({ limits }: State): void {
    for (const { id, windows } of this.#open.values()) {
      for (const { window, amounts, used } of limits.get(id)?.periods ?? []) {
        const own = windows.get(window);
        const counted = used.inputTokens + used.outputTokens;
        if (own === undefined || counted !== own.used)
          throw new BrokenPromise(
            'limit',
            `limit ${id} has counted ${counted} tokens of a ${window}, and ${own?.used} were used`,
          );
        if (own.saidBy !== undefined) this.#within(id, counted - (amounts.tokens ?? 0), own.saidBy);
      }
    }
  }

  #within(id: string, over: number, saidBy: ReadonlyMap<string, number>): void {
    let inFlight = 0;
    for (const [key, before] of saidBy) inFlight += (this.#said.get(key) ?? 0) - before;
    if (over > inFlight)
      throw new BrokenPromise('limit', `limit ${id} is ${over} tokens past, and ${inFlight} were in flight`);
  }

  #set({ limit: id, scope, periods }: EventOf<'limit.set'>): void {
    const before = this.#open.get(id)?.windows ?? new Map<string, Window>();
    const windows = new Map<string, Window>();
    for (const { window, amounts, begins } of periods) {
      const known = begins === undefined ? before.get(window) : undefined;
      const used = begins === undefined ? (known?.used ?? 0) : begins.used.inputTokens + begins.used.outputTokens;
      const amount = amounts.tokens ?? Number.POSITIVE_INFINITY;
      windows.set(window, { amount, used, saidBy: undefined });
    }
    this.#open.set(id, { id, scope, windows });
  }

  #window(id: string, name: string): Window {
    return this.#open.get(id)?.windows.get(name) ?? { amount: Number.POSITIVE_INFINITY, used: 0, saidBy: undefined };
  }

  /** What others that run under it are expected to use yet. */
  #reserved(limit: Limit, offered: Life, lives: Iterable<Life>): { readonly tasks: number; readonly tokens: number } {
    let tasks = 0;
    let tokens = 0;
    for (const life of lives) {
      if (life === offered || life.holder === null || !isUnder(limit.scope, life, life.holder)) continue;
      tasks++;
      const said = life.taker === null ? 0 : (this.#said.get(keyOf(life)) ?? 0);
      tokens += Math.max(0, (this.#estimates.get(life.task) ?? 0) - said);
    }
    return { tasks, tokens };
  }
}

function isUnder({ kind, value }: LimitScope, life: Life, agent: string | null): boolean {
  switch (kind) {
    case 'repo':
      return life.repo === value;
    case 'label':
      return life.label === value;
    case 'agent':
      return agent === value;
    case 'runner':
      return life.runner === value;
    default:
      return true;
  }
}
