// The telemetry of a hub: each event is made once, of what became durable or of what the edges say, and goes to the log and the meter.

import type { TelemetryRecord } from '@agentcom/schemas';
import type { Change } from '../core/change.js';
import type { State } from '../core/state.js';
import { Flaps } from './flaps.js';
import { tellChange } from './telemetry-records.js';

/** `commitMs` is 0 for a batch that another hub appended. */
export interface DurableBatch {
  readonly changes: readonly Change[];
  readonly commitMs: number;
}

export interface TelemetryParts {
  readonly log: { record(record: TelemetryRecord, now: number): void; flush(): void };
  readonly meter: {
    batch(batch: DurableBatch): void;
    /** `isOwn` when this hub has appended it: only then may figures of several hubs be added up. */
    record(record: TelemetryRecord, isOwn: boolean): void;
  };
  /** The wall's time, ms. */
  readonly now: () => number;
  readonly state: () => State;
}

/** A subscriber of the feed. */
export class Telemetry {
  readonly #parts: TelemetryParts;
  readonly #flaps: Flaps;
  /** When the offers were made that are open. */
  readonly #offeredAt = new Map<string, number>();

  constructor(parts: TelemetryParts) {
    this.#parts = parts;
    this.#flaps = new Flaps(parts.state);
  }

  /** What another hub appended is logged by that hub. */
  changes(batch: DurableBatch): void {
    const isOwn = batch.commitMs > 0;
    this.#parts.meter.batch(batch);
    for (const change of batch.changes) {
      tellChange(change, this.#offerOf(change), (record) => this.#record(record, isOwn));
      this.#lookForFlaps(change, isOwn);
    }
    this.#parts.log.flush();
  }

  /** What was not told is not counted. */
  resync(): void {
    this.#offeredAt.clear();
  }

  /** Of what no journal has. */
  tell(record: TelemetryRecord): void {
    this.#record(record, true);
    this.#parts.log.flush();
  }

  #record(record: TelemetryRecord, isOwn: boolean): void {
    this.#parts.meter.record(record, isOwn);
    if (isOwn) this.#parts.log.record(record, this.#parts.now());
  }

  #offerOf({ event, task, at }: Change): number | undefined {
    if (task === undefined) return undefined;
    if (event.type === 'task.assigned') this.#offeredAt.set(task.id, at);
    const offeredAt = this.#offeredAt.get(task.id);
    if (offeredAt !== undefined && task.state !== 'assigned') this.#offeredAt.delete(task.id);
    return offeredAt;
  }

  #lookForFlaps({ event, at }: Change, isOwn: boolean): void {
    if (event.type !== 'agent.connected' && event.type !== 'agent.taken_over') return;
    const { org, agent } = event;
    const connects = this.#flaps.cameBack(org, agent, at);
    if (connects !== undefined)
      this.#record({ event: 'agent.flapped', org, agentId: agent, fields: { connects } }, isOwn);
  }
}
