// Gathers what the alert rules need to know of this process and its surroundings, from where each is measured.

import { getHeapStatistics } from 'node:v8';
import type { Subject } from '@agentcom/schemas';
import {
  type BackupFigures,
  type ChannelFigures,
  type DiskFigures,
  type HubFigures,
  NO_FIGURES,
  type StreamFigures,
  type ThrottledFigures,
} from '../core/alert/figures.js';
import type { MinuteTally } from '../core/alert/minute-tally.js';
import type { State } from '../core/state.js';
import type { EventLoopSensor } from './event-loop.js';
import type { RequestWindows } from './request-windows.js';

const REFUSED_MINUTES = 5;
const THROTTLED_MINUTES = 15;
const HOUR_MINUTES = 60;

/**
 * Where each is measured. What the rules need that cannot wait for the journal is not among them: it is looked at apart. Times are of the
 * hub's own clock, ms, but for `elapsed`.
 */
export interface FigureSources {
  readonly now: () => number;
  /** Monotonic, ms. */
  readonly elapsed: () => number;
  readonly state: () => State;
  readonly commitP99Ms: () => number | undefined;
  readonly eventLoop: Pick<EventLoopSensor, 'p99Ms'>;
  readonly requests: Pick<RequestWindows, 'over'>;
  readonly disk: DiskFigures;
  readonly streams: {
    readonly sizes: readonly StreamFigures[];
    readonly replicas: HubFigures['replicas'];
  };
  readonly snapshot: () => HubFigures['snapshot'];
  readonly backups: () => BackupFigures | undefined;
  readonly certificateEndsAt: () => number | undefined;
  readonly fsync: HubFigures['fsync'];
  /** By address. */
  readonly refusedKeys: Pick<MinuteTally, 'within'>;
  /** By `holderKey`. */
  readonly throttled: Pick<MinuteTally, 'within'>;
  /** Channels by which nothing has gone out lately. */
  readonly channels: () => readonly ChannelFigures[];
  readonly clockSkewMs: () => ReadonlyMap<string, number>;
  /** By task, in `elapsed` time. */
  readonly outputAt: ReadonlyMap<string, number>;
}

export class Figures {
  readonly #sources: FigureSources;
  readonly #since: number;

  constructor(sources: FigureSources) {
    this.#sources = sources;
    this.#since = sources.now();
  }

  /** To be asked at each evaluation, and by nobody else: some figures are of the time since it was last asked. */
  gather(): HubFigures {
    const sources = this.#sources;
    const now = sources.now();
    const { directory, freeBytes, lowBytes, lostPerSecond } = sources.disk;
    const { used_heap_size: usedBytes, heap_size_limit: limitBytes } = getHeapStatistics();
    const isDiskKnown = Number.isFinite(freeBytes);
    return {
      ...NO_FIGURES,
      commitP99Ms: sources.commitP99Ms(),
      eventLoopP99Ms: sources.eventLoop.p99Ms(),
      requests: {
        hour: sources.requests.over(HOUR_MINUTES, now),
        fiveMinutes: sources.requests.over(REFUSED_MINUTES, now),
      },
      heap: { usedBytes, limitBytes },
      disk: isDiskKnown ? { directory, freeBytes, lowBytes, lostPerSecond } : undefined,
      streams: sources.streams.sizes,
      replicas: sources.streams.replicas,
      snapshot: sources.snapshot(),
      backups: sources.backups(),
      certificateEndsAt: sources.certificateEndsAt(),
      fsync: sources.fsync,
      refusedKeys: this.#refusedKeys(now),
      throttled: this.#throttled(now),
      channels: sources.channels(),
      clockSkewMs: sources.clockSkewMs(),
      outputAt: this.#outputAt(now),
      outputSince: this.#since,
    };
  }

  #refusedKeys(now: number): HubFigures['refusedKeys'] {
    return Array.from(this.#sources.refusedKeys.within(REFUSED_MINUTES, now), ({ who, times }) => ({
      address: who,
      count: times,
    }));
  }

  #throttled(now: number): ThrottledFigures[] {
    const state = this.#sources.state();
    return Array.from(this.#sources.throttled.within(THROTTLED_MINUTES, now), ({ who, minutes }) => {
      const { org, id } = holderOf(who);
      return { ...(org !== undefined && { org }), subject: subjectOf(state, id, org), minutes };
    });
  }

  /** In the hub's own time. */
  #outputAt(now: number): Map<string, number> {
    const { elapsed, outputAt } = this.#sources;
    const offset = now - elapsed();
    return new Map(Array.from(outputAt, ([task, at]) => [task, at + offset]));
  }
}

function holderOf(key: string): { readonly org: string | undefined; readonly id: string } {
  const split = key.indexOf(' ');
  return split < 0 ? { org: undefined, id: key } : { org: key.slice(0, split), id: key.slice(split + 1) };
}

function subjectOf(state: State, id: string, org: string | undefined): Subject {
  const agent = state.agents.get(id);
  if (agent !== undefined) return { kind: 'agent', id: agent.name, name: agent.name };
  const key = state.access.keys.get(id);
  if (key?.agent !== undefined) return { kind: 'agent', id: key.agent, name: key.agent };
  if (key !== undefined) return { kind: 'key', id, name: key.name };
  return { kind: org === undefined ? 'address' : 'key', id, name: id };
}
