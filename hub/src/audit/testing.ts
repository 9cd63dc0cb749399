// What the tests of this folder share: records in memory, which fail when they are told to, and time that a test moves.

import type { Cancel, Scheduler } from '@agentcom/schemas';
import { type AuditRecord, type AuditRecords, decodeRecord } from './records.js';

export class MemoryRecords implements AuditRecords {
  readonly stored = new Map<string, Uint8Array>();
  /** `lost`: it is stored, and the answer does not come. */
  failing: 'no' | 'down' | 'lost' = 'no';
  /** Organisations of which nothing can be stored or read. */
  readonly down = new Set<string>();
  /** Records that are there and cannot be read, such as `acme/1`. */
  readonly damaged = new Set<string>();

  async range(org: string): Promise<{ oldest: number; newest: number } | undefined> {
    this.#check(org);
    const numbers = [...this.stored.keys()]
      .filter((key) => key.startsWith(`${org}/`))
      .map((key) => Number(key.split('/')[1]));
    return numbers.length === 0 ? undefined : { oldest: Math.min(...numbers), newest: Math.max(...numbers) };
  }

  async get(org: string, number: number): Promise<Uint8Array | null> {
    this.#check(org);
    const key = `${org}/${number}`;
    return this.damaged.has(key) ? null : (this.stored.get(key) ?? null);
  }

  async put(org: string, number: number, bytes: Uint8Array): Promise<boolean> {
    this.#check(org);
    const key = `${org}/${number}`;
    if (this.stored.has(key)) return false;
    this.stored.set(key, bytes);
    if (this.failing === 'lost') throw new Error('timeout');
    return true;
  }

  record(org: string, number: number): AuditRecord | undefined {
    const bytes = this.stored.get(`${org}/${number}`);
    return bytes && decodeRecord(bytes);
  }

  #check(org: string): void {
    if (this.failing === 'down' || this.down.has(org)) throw new Error('no responders');
  }
}

export class ManualTime implements Scheduler {
  #now = 1_000_000;
  #timers: { readonly at: number; readonly run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  random(): number {
    return 0.5;
  }

  after(ms: number, run: () => void): Cancel {
    const timer = { at: this.#now + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Runs what is due by then, and lets what that began come to its end. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await settled();
    }
    this.#now = end;
  }

  /** Time goes on and nothing runs, as while a process is stopped. */
  stand(ms: number): void {
    this.#now += ms;
  }

  #next(end: number): { readonly at: number; readonly run: () => void } | undefined {
    return this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
  }
}

/** Promises of what is in memory are settled by then. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
