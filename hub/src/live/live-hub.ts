// Pages that look at the hub live. Those that look at the same with the same eyes share the work; each turn, at most ten a second, brings every view
// that something has changed for up to the state, and tells each page what it lacks once that is durable. Without a page nothing runs, and nothing
// listens.

import type { Action, LiveFrameOf, LiveView, Scheduler } from '@agentcom/schemas';
import type { Caller } from '../access/authenticate.js';
import { LIVE_ACTIONS, reachOf } from '../access/policy.js';
import { viewOf } from '../access/view.js';
import type { Change } from '../core/change.js';
import { Refusal } from '../core/refusal.js';
import type { State } from '../core/state.js';
import { Group, type LivePage, type Subscriber } from './group.js';
import { openView } from './open-view.js';
import { type HubFacts, type LivePorts, Pending } from './source.js';
import { TaskRows } from './task-rows.js';

export interface LiveHubParts {
  readonly shard: {
    now(): number;
    read<T>(look: (state: State) => T): Promise<{ readonly seq: number; readonly value: T } | Refusal>;
  };
  readonly feed: {
    readonly seq: number;
    subscribe(
      options: Record<never, never>,
      subscriber: { changes(batch: { readonly changes: readonly Change[] }): void; resync(): void },
    ): () => void;
  };
  readonly ports: LivePorts;
  readonly scheduler: Scheduler;
  /** ms; monotonic, for what things cost. */
  readonly cpuNow: () => number;
  /** For how long the hub's thread has worked, on whatever, ms. */
  readonly workedMs: () => number;
  readonly onFailed: (error: unknown) => void;
}

/** Between two turns at least, ms, and so many times as long as the last one took: pages must not keep the hub from its work. */
const TURN_EVERY_MS = 100;
const REST_TIMES = 19;
/** While somebody waits for the first rows of a view, and the hub has less to do otherwise than this share of its time. */
const REST_TIMES_AT_FIRST = 4;
const IDLE_SHARE = 0.4;
/** In one turn, ms: all other work of the hub waits meanwhile. */
const LOOK_MS_MAX = 15;
/** While something is still being looked through, or a page was not told because it is behind. */
const GO_ON_MS = 10;
/** What the hub is, is looked at once in a while. */
const HUB_EVERY_MS = 2_000;
/** After a read that was refused, as while the journal is being read. */
const RETRY_MS = 500;
/** A lag that differs by less is the same, ms. */
const LAG_STEP_MS = 1_000;

export class LiveHub {
  readonly #parts: LiveHubParts;
  readonly #groups = new Map<string, Group>();
  /** By organisation that is looked at; '' is for what concerns the hub itself. */
  readonly #pending = new Map<string, Pending>();
  /** For callers who see what tasks wait for, and for the others. */
  readonly #rows: { readonly all: TaskRows; readonly some: TaskRows };
  #stopListening: (() => void) | undefined;
  #cancelTurn: () => void = () => undefined;
  #turnAt = Number.POSITIVE_INFINITY;
  #notBefore = 0;
  #isInTurn = false;
  /** When the last turn ended, and what the thread had worked by then. */
  #last: { readonly at: number; readonly workedMs: number } | undefined;

  constructor(parts: LiveHubParts) {
    this.#parts = parts;
    const { signsOf } = parts.ports;
    this.#rows = {
      all: new TaskRows({ signsOf, seesParents: true }),
      some: new TaskRows({ signsOf, seesParents: false }),
    };
  }

  /** Views that are looked at. */
  get size(): number {
    return this.#groups.size;
  }

  /** What ends it, or why there is nothing to look at; `from` is what the page has already. */
  subscribe(page: LivePage, caller: Caller, id: number, view: LiveView, from?: number): (() => void) | Refusal {
    const key = JSON.stringify([eyesOf(caller, view), ...fieldsOf(view)]);
    const known = this.#groups.get(key);
    const group = known ?? this.#open(key, caller, view);
    if (group instanceof Refusal) return group;
    const subscriber: Subscriber = { page, id, from, version: undefined };
    group.subscribers.add(subscriber);
    this.#listen();
    this.#arm(0);
    return () => this.#leave(group, subscriber);
  }

  /** For a page that has just come, and afterwards whenever it is different. */
  tellHub(page: LivePage): void {
    const hub = this.#parts.ports.hub();
    const last = page.hub;
    if (last !== undefined && isSame(last, hub)) return;
    page.hub = hub;
    page.send(JSON.stringify({ type: 'hub', ...hub } satisfies LiveFrameOf<'hub'>));
  }

  #open(key: string, caller: Caller, view: LiveView): Group | Refusal {
    const { ports, feed } = this.#parts;
    const wake = (): void => {
      const own = this.#groups.get(key);
      if (own === undefined) return;
      own.isDirty = true;
      this.#arm(0);
    };
    const source = openView(view, caller, {
      ports,
      now: this.#parts.shard.now(),
      seq: () => feed.seq,
      rows: caller.repositories === undefined ? this.#rows.all : this.#rows.some,
      wake,
      onRefused: (refusal) => this.#groups.get(key)?.refuse(refusal),
    });
    if (source instanceof Refusal) return source;
    const group = new Group(key, caller, LIVE_ACTIONS[view.kind], source, this.#parts.shard.now());
    this.#groups.set(key, group);
    if (!this.#pending.has(caller.org)) this.#pending.set(caller.org, new Pending());
    return group;
  }

  #leave(group: Group, subscriber: Subscriber): void {
    group.subscribers.delete(subscriber);
    if (group.subscribers.size > 0 || this.#groups.get(group.key) !== group) return;
    this.#groups.delete(group.key);
    if (![...this.#groups.values()].some(({ org }) => org === group.org)) this.#pending.delete(group.org);
    if (this.#groups.size > 0) return;
    this.#stopListening?.();
    this.#stopListening = undefined;
    this.#pending.clear();
    for (const rows of Object.values(this.#rows)) rows.forget();
    this.#cancelTurn();
    this.#turnAt = Number.POSITIVE_INFINITY;
  }

  #listen(): void {
    if (this.#stopListening !== undefined) return;
    this.#pending.set('', new Pending());
    this.#stopListening = this.#parts.feed.subscribe(
      {},
      {
        changes: ({ changes }) => {
          for (const change of changes) this.#pending.get(change.org ?? '')?.note(change);
          this.#arm(TURN_EVERY_MS);
        },
        resync: () => {
          for (const group of this.#groups.values()) group.restart();
          this.#arm(TURN_EVERY_MS);
        },
      },
    );
  }

  /** A turn within so many ms, unless turns have to rest. */
  #arm(ms: number): void {
    if (this.#isInTurn || this.#groups.size === 0) return;
    const { shard, scheduler, cpuNow } = this.#parts;
    const at = Math.max(shard.now() + ms, shard.now() + this.#notBefore - cpuNow());
    if (at >= this.#turnAt) return;
    this.#cancelTurn();
    this.#turnAt = at;
    this.#cancelTurn = scheduler.after(Math.max(0, at - shard.now()), () => void this.#turn());
  }

  async #turn(): Promise<void> {
    const { shard, cpuNow, onFailed } = this.#parts;
    this.#turnAt = Number.POSITIVE_INFINITY;
    this.#isInTurn = true;
    let nextMs = HUB_EVERY_MS;
    let spentMs = 0;
    const from = cpuNow();
    const isIdle = this.#isIdle(from);
    try {
      this.#share();
      const seq = this.#parts.feed.seq;
      const due = [...this.#groups.values()]
        .filter((group) => group.isDue(shard.now()))
        .sort((a, b) => (a.lookedAt < b.lookedAt ? -1 : 1));
      const seen = due.length === 0 ? undefined : await shard.read((state) => this.#look(state, due, seq));
      const read = cpuNow();
      if (seen instanceof Refusal) {
        for (const group of due) group.restart();
        nextMs = RETRY_MS;
      } else this.#tell();
      spentMs = (seen === undefined || seen instanceof Refusal ? 0 : seen.value) + cpuNow() - read;
      const isAwaited = isIdle && [...this.#groups.values()].some(({ source }) => !source.isSettled);
      this.#notBefore = isAwaited
        ? cpuNow() + REST_TIMES_AT_FIRST * spentMs
        : Math.max(from + TURN_EVERY_MS, cpuNow() + REST_TIMES * spentMs);
    } catch (error) {
      onFailed(error);
      nextMs = RETRY_MS;
    } finally {
      this.#isInTurn = false;
      this.#last = { at: cpuNow(), workedMs: this.#parts.workedMs() };
      const now = shard.now();
      for (const group of this.#groups.values()) nextMs = Math.min(nextMs, group.nextInMs(now));
      for (const { topics } of this.#pending.values()) if (topics.size > 0) nextMs = Math.min(nextMs, GO_ON_MS);
      this.#arm(nextMs);
    }
  }

  /** By what the thread has done since the last turn. */
  #isIdle(now: number): boolean {
    if (this.#last === undefined) return true;
    const { at, workedMs } = this.#last;
    return this.#parts.workedMs() - workedMs < IDLE_SHARE * (now - at);
  }

  /** Gives every view what has changed since the last turn. */
  #share(): void {
    const ofHub = this.#pending.get('');
    for (const group of this.#groups.values()) {
      const own = this.#pending.get(group.org);
      if (own !== undefined && own.topics.size > 0) group.note(own);
      if (ofHub !== undefined && ofHub.topics.size > 0) group.note(ofHub);
    }
    for (const pending of this.#pending.values()) pending.clear();
  }

  /** How long it took, ms. Nothing is told before what it saw is durable. */
  #look(state: State, due: readonly Group[], seq: number): number {
    const { shard, cpuNow } = this.#parts;
    const from = cpuNow();
    const rows = Object.values(this.#rows);
    for (const one of rows) one.begin(state, shard.now());
    for (const group of due) {
      if (group.subscribers.size === 0) continue;
      group.look({ view: viewOf(state, group.caller, group.action), now: shard.now(), cpuNow }, seq);
      // The others are due as before.
      if (cpuNow() - from > LOOK_MS_MAX) break;
    }
    for (const one of rows) one.end();
    return cpuNow() - from;
  }

  #tell(): void {
    const { ports, shard } = this.#parts;
    for (const group of this.#groups.values()) {
      for (const { page } of group.subscribers) this.tellHub(page);
      group.tell(shard.now(), (after) => ports.changesAfter(after));
    }
  }
}

function fieldsOf({ kind, q, sort, limit, task }: LiveView): readonly unknown[] {
  return [kind, q, sort, limit, task];
}

/** What is read of one's own alone by whoever may read no more. */
const OWN: readonly Action[] = ['tasks.read', 'costs.read'];

/** Two callers with the same see the same. */
function eyesOf(caller: Caller, { q = '' }: LiveView): unknown {
  const { org, role, scopes, repositories, by } = caller;
  const isOwn = OWN.some((action) => reachOf(caller, action) === 'own');
  return [org, role, scopes, repositories, isOwn || /\bme\b/i.test(q) ? by : undefined];
}

function isSame(a: HubFacts, b: HubFacts): boolean {
  return (
    a.role === b.role && a.version === b.version && a.journal === b.journal && Math.abs(a.lagMs - b.lagMs) < LAG_STEP_MS
  );
}
