// All spend limits, as decisions look them up, and what is reserved of them.

import { type Amounts, aimOf, isSeenBy, type Reserved, type SpendLimit } from './limit.js';

interface Reservation {
  readonly limits: readonly SpendLimit[];
  readonly costMicros: number;
  readonly tokens: number;
}

const NONE: readonly SpendLimit[] = [];

export class SpendLimits {
  /** By id, oldest first. */
  readonly #byId = new Map<string, SpendLimit>();
  /** By what they are about and who set them. */
  readonly #byScope = new Map<string, SpendLimit>();
  /** By organisation; undefined: those about everybody's work. */
  readonly #byOrg = new Map<string | undefined, readonly SpendLimit[]>();
  /** By limit. */
  readonly #reserved = new Map<string, Reserved>();
  /** By task, while an agent has it. */
  readonly #reservations = new Map<string, Reservation>();

  /** Tasks that a limit has stopped and that wait for it, by its id. */
  readonly stopped = new Map<string, Set<string>>();
  /** What is used or reserved of them has changed since a decision last looked. */
  readonly changed = new Set<SpendLimit>();
  /** They have come to hold more back, or less. */
  readonly moved = new Set<SpendLimit>();

  get isEmpty(): boolean {
    return this.#byId.size === 0;
  }

  /** A decision has to look at some of them. */
  get isUnsettled(): boolean {
    return this.changed.size + this.moved.size > 0;
  }

  add(limit: SpendLimit): void {
    this.#byId.set(limit.id, limit);
    this.#byScope.set(scopeKey(limit), limit);
    this.#byOrg.set(limit.org, [...(this.#byOrg.get(limit.org) ?? []), limit]);
    this.#reserved.set(limit.id, { tasks: 0, costMicros: 0, tokens: 0 });
  }

  delete(limit: SpendLimit): void {
    this.#byId.delete(limit.id);
    this.#byScope.delete(scopeKey(limit));
    const left = this.#byOrg.get(limit.org)?.filter((one) => one !== limit) ?? [];
    if (left.length === 0) this.#byOrg.delete(limit.org);
    else this.#byOrg.set(limit.org, left);
    this.#reserved.delete(limit.id);
    this.changed.delete(limit);
    this.moved.delete(limit);
    if (this.isEmpty) this.#reservations.clear();
  }

  get(id: string): SpendLimit | undefined {
    return this.#byId.get(id);
  }

  /** The one about the same, set by the same organisation. */
  like(limit: Pick<SpendLimit, 'owner' | 'org' | 'scope'>): SpendLimit | undefined {
    return this.#byScope.get(scopeKey(limit));
  }

  /** The one that somebody of `org` means by a scope: its own, or one that those who run the hub have set for it. */
  seenBy(org: string, { scope }: Pick<SpendLimit, 'scope'>): SpendLimit | undefined {
    const aim = aimOf({ org, scope });
    const own = this.like({ owner: org, ...aim });
    if (own !== undefined) return own;
    return aim.org === undefined
      ? undefined
      : this.#byOrg.get(aim.org)?.find((one) => scope.kind === 'org' && one.scope.kind === 'org' && isSeenBy(one, org));
  }

  all(): Iterable<SpendLimit> {
    return this.#byId.values();
  }

  /** Those that may concern the work of an organisation. */
  of(org: string): readonly SpendLimit[] {
    if (this.isEmpty) return NONE;
    const own = this.#byOrg.get(org) ?? NONE;
    const everybody = this.#byOrg.get(undefined) ?? NONE;
    return everybody.length === 0 ? own : [...own, ...everybody];
  }

  /** A task has left the queue: what it held back because it did not fit may go on. */
  left(org: string, task: string): void {
    for (const limit of this.of(org)) if (limit.waits?.task === task) this.changed.add(limit);
  }

  reservedOf({ id }: SpendLimit): Reserved {
    return this.#reserved.get(id) ?? { tasks: 0, costMicros: 0, tokens: 0 };
  }

  /** What the task has reserved of it. */
  reservationOf(task: string, limit: SpendLimit): Amounts | undefined {
    const own = this.#reservations.get(task);
    return own?.limits.includes(limit) === true ? own : undefined;
  }

  /** In place of what was reserved for the task before. */
  reserve(task: string, limits: readonly SpendLimit[], { costMicros = 0, tokens = 0 }: Amounts): void {
    this.release(task);
    if (limits.length === 0) return;
    this.#reservations.set(task, { limits, costMicros, tokens });
    this.#count(limits, 1, costMicros, tokens);
  }

  release(task: string): void {
    const before = this.#reservations.get(task);
    if (before === undefined) return;
    this.#reservations.delete(task);
    this.#count(before.limits, -1, -before.costMicros, -before.tokens);
  }

  #count(limits: readonly SpendLimit[], tasks: number, costMicros: number, tokens: number): void {
    for (const limit of limits) {
      const reserved = this.#reserved.get(limit.id);
      if (reserved === undefined) continue;
      reserved.tasks += tasks;
      reserved.costMicros += costMicros;
      reserved.tokens += tokens;
      this.changed.add(limit);
    }
  }
}

/** Of an organisation its name is what counts, however it was given. */
function scopeKey({ owner, org, scope }: Pick<SpendLimit, 'owner' | 'org' | 'scope'>): string {
  const value = scope.kind === 'org' ? org : scope.value;
  return JSON.stringify([owner, scope.kind, value ?? '']);
}
