// Which task each idempotency key stands for. A key belongs to the caller that used it: two callers may use the same one.

export interface IdempotencyEntry {
  readonly task: string;
  readonly digest: string;
}

export interface IdempotencyFact extends IdempotencyEntry {
  readonly org: string;
  readonly by: string;
  readonly key: string;
  readonly at: number;
}

interface Entry extends IdempotencyEntry {
  /** Since the caller's first, ms: a small integer takes no room of its own. */
  readonly after: number;
}

interface Caller {
  readonly org: string;
  readonly by: string;
  readonly since: number;
  /** Oldest first. */
  readonly entries: Map<string, Entry>;
}

export class IdempotencyKeys {
  readonly #callers = new Map<string, Caller>();
  /** No entry is older. */
  #oldestAt = Number.POSITIVE_INFINITY;

  /** In ms; Infinity when there is none. */
  get oldestAt(): number {
    return this.#oldestAt;
  }

  get(org: string, by: string, key: string): IdempotencyEntry | undefined {
    return this.#callers.get(callerKey(org, by))?.entries.get(key);
  }

  add({ org, by, key, task, digest, at }: IdempotencyFact): void {
    const name = callerKey(org, by);
    let caller = this.#callers.get(name);
    if (caller === undefined) {
      caller = { org, by, since: at, entries: new Map() };
      this.#callers.set(name, caller);
    }
    caller.entries.set(key, { task, digest, after: at - caller.since });
    this.#oldestAt = Math.min(this.#oldestAt, at);
  }

  forgetBefore(before: number): void {
    this.#oldestAt = Number.POSITIVE_INFINITY;
    for (const [name, { since, entries }] of this.#callers) {
      for (const [key, { after }] of entries) {
        const at = since + after;
        if (at >= before) {
          this.#oldestAt = Math.min(this.#oldestAt, at);
          break;
        }
        entries.delete(key);
      }
      if (entries.size === 0) this.#callers.delete(name);
    }
  }

  *facts(): Iterable<IdempotencyFact> {
    for (const { org, by, since, entries } of this.#callers.values()) {
      for (const [key, { task, digest, after }] of entries) yield { org, by, key, task, digest, at: since + after };
    }
  }
}

/** Neither has a space in it. */
function callerKey(org: string, by: string): string {
  return `${org} ${by}`;
}
