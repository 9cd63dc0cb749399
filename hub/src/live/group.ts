// One view with everybody who looks at it: its rows are brought up to the state once, and each page is told what it lacks.

import type { Action } from '@agentcom/schemas';
import type { Caller } from '../access/authenticate.js';
import type { Refusal } from '../core/refusal.js';
import { type HubFacts, type LiveSource, type Look, Pending, type RecentChanges } from './source.js';

/** One socket. */
export interface LivePage {
  /** Much of what it was sent has not been read: it is told nothing until that is better, and then the newest. */
  readonly isBehind: boolean;
  /** What it was last told of the hub. */
  hub: HubFacts | undefined;
  send(text: string): void;
  /** There is no such subscription any more. */
  refused(id: number, refusal: Refusal): void;
}

export interface Subscriber {
  readonly page: LivePage;
  readonly id: number;
  /** What the page had when it came, if anything. */
  readonly from: number | undefined;
  /** Of the rows, as it was last told; undefined before its first frame. */
  version: number | undefined;
}

/** A page whose rows are still being looked for is shown what there is after so long, ms. */
const FIRST_WITHIN_MS = 300;
const DELTA_EVERY_MS = 100;
const GO_ON_MS = 10;
const BEHIND_MS = 100;

export class Group {
  readonly subscribers = new Set<Subscriber>();
  readonly org: string;
  isDirty = true;
  /** Infinitely long ago before the first look, and when what it last saw may not have become durable. */
  lookedAt = Number.NEGATIVE_INFINITY;
  readonly #pending = new Pending();
  readonly #openedAt: number;
  /** The batch that its rows are true after, at least. */
  #seq = 0;
  #isBehind = false;

  constructor(
    readonly key: string,
    readonly caller: Caller,
    readonly action: Action,
    readonly source: LiveSource,
    now: number,
  ) {
    this.org = caller.org;
    this.#openedAt = now;
  }

  note(pending: Pending): void {
    const { topics } = this.source;
    if (topics !== undefined && ![...pending.topics].some((topic) => topics.has(topic))) return;
    this.isDirty = true;
    this.#pending.add(pending);
  }

  restart(): void {
    this.source.restart();
    this.isDirty = true;
    this.lookedAt = Number.NEGATIVE_INFINITY;
  }

  isDue(now: number): boolean {
    return this.#dueInMs(now) <= 0;
  }

  /** Until there is something to do; infinite when there is nothing. */
  nextInMs(now: number): number {
    return Math.max(
      this.source.needsLook ? GO_ON_MS : 0,
      Math.min(this.#dueInMs(now), this.#isBehind ? BEHIND_MS : Number.POSITIVE_INFINITY),
    );
  }

  look(look: Pick<Look, 'view' | 'now' | 'cpuNow'>, seq: number): void {
    this.source.look({ ...look, org: this.org, pending: this.#pending });
    this.#pending.clear();
    this.isDirty = false;
    this.lookedAt = look.now;
    this.#seq = seq;
  }

  /** `changesAfter` tells what a page has missed that was away. */
  tell(now: number, changesAfter: (seq: number) => RecentChanges): void {
    const { log, isSettled, showsParts } = this.source;
    this.#isBehind = false;
    if (this.lookedAt === Number.NEGATIVE_INFINITY) return;
    const isLate = showsParts && now - this.#openedAt >= FIRST_WITHIN_MS;
    const isReady = isSettled || isLate;
    for (const subscriber of this.subscribers) {
      const { page, id, version } = subscriber;
      if (version === log.version || (version === undefined && !isReady)) continue;
      if (page.isBehind) {
        this.#isBehind = true;
        continue;
      }
      page.send(
        version === undefined
          ? this.#first(subscriber, changesAfter)
          : (this.#delta(id, log.since(version)) ?? this.#snapshot(id)),
      );
      subscriber.version = log.version;
    }
  }

  refuse(refusal: Refusal): void {
    for (const { page, id } of [...this.subscribers]) page.refused(id, refusal);
  }

  #dueInMs(now: number): number {
    const { refreshMs, restMs, needsLook } = this.source;
    const sinceMs = now - this.lookedAt;
    if (needsLook) return GO_ON_MS - sinceMs;
    if (this.isDirty) return Math.max(restMs, DELTA_EVERY_MS) - sinceMs;
    return refreshMs === undefined ? Number.POSITIVE_INFINITY : refreshMs - sinceMs;
  }

  /** Where it is known what the page lacks, that alone. */
  #first({ id, from }: Subscriber, changesAfter: (seq: number) => RecentChanges): string {
    const { source } = this;
    if (from === undefined) return this.#snapshot(id);
    const { isWhole, batches } = changesAfter(from);
    if (!isWhole) return this.#snapshot(id);
    const tasks = new Set<string>();
    for (const { changes } of batches)
      for (const { org, event } of changes) if (org === this.org && 'task' in event) tasks.add(event.task);
    const differs = source.differs(tasks);
    if (differs === undefined) return this.#snapshot(id);
    const put = differs.put.flatMap((row) => source.log.textOf(row) ?? []);
    return this.#delta(id, { put: `[${put.join(',')}]`, gone: JSON.stringify(differs.gone) }) as string;
  }

  #snapshot(id: number): string {
    return `{"type":"snapshot","id":${id},"seq":${this.#seq}${this.#total()},"items":${this.source.log.snapshot()}}`;
  }

  #delta(id: number, delta: { readonly put: string; readonly gone: string } | undefined): string | undefined {
    if (delta === undefined) return undefined;
    return `{"type":"delta","id":${id},"seq":${this.#seq},"put":${delta.put},"gone":${delta.gone}${this.#total()}}`;
  }

  #total(): string {
    const { total } = this.source.log;
    return total === undefined ? '' : `,"total":${total}`;
  }
}
