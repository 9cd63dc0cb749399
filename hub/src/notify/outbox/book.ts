// The deliveries that the outbox knows, and what gives way when they become too many: by organisation, so that a flood of one pushes out nothing
// of another.

import { DELIVERIES_BYTES } from '../../jetstream/streams.js';
import { type DeliveryRecord, encodeRecord, isPage, isPending } from './records.js';

export interface BookBounds {
  /** Of an organisation: of so many that are over it is remembered how they went. */
  readonly historyMax: number;
  /** Of all that are stored. The stream has room for more, since what gives way leaves it a little later. */
  readonly bytesMax: number;
}

export const BOOK_BOUNDS: BookBounds = { historyMax: 5_000, bytesMax: (DELIVERIES_BYTES / 4) * 3 };

/** What the stream adds to each. */
const SUBJECT_BYTES = 160;

interface OrgDeliveries {
  /** By id, in the order in which they came here. */
  readonly waiting: Map<string, DeliveryRecord>;
  readonly over: Map<string, DeliveryRecord>;
  bytes: number;
}

interface Entry {
  readonly record: DeliveryRecord;
  readonly bytes: number;
}

export class DeliveryBook {
  readonly #entries = new Map<string, Entry>();
  readonly #orgs = new Map<string | undefined, OrgDeliveries>();
  /** With more that are over than are remembered. */
  readonly #long = new Set<OrgDeliveries>();
  #bytes = 0;

  constructor(private readonly bounds: BookBounds = BOOK_BOUNDS) {}

  get(id: string): DeliveryRecord | undefined {
    return this.#entries.get(id)?.record;
  }

  /** In no order that means anything. */
  *of(org: string | undefined): Iterable<DeliveryRecord> {
    const own = this.#orgs.get(org);
    if (own !== undefined) for (const part of [own.waiting, own.over]) yield* part.values();
  }

  /** In place of what was known of the same delivery. */
  set(record: DeliveryRecord): void {
    const { id, org } = record;
    this.delete(id);
    const bytes = encodeRecord(record).byteLength + SUBJECT_BYTES;
    this.#entries.set(id, { record, bytes });
    let own = this.#orgs.get(org);
    if (own === undefined) {
      own = { waiting: new Map(), over: new Map(), bytes: 0 };
      this.#orgs.set(org, own);
    }
    (isPending(record) ? own.waiting : own.over).set(id, record);
    own.bytes += bytes;
    this.#bytes += bytes;
    if (own.over.size > this.bounds.historyMax) this.#long.add(own);
  }

  delete(id: string): void {
    const entry = this.#entries.get(id);
    const own = entry && this.#orgs.get(entry.record.org);
    if (entry === undefined || own === undefined) return;
    this.#entries.delete(id);
    own.waiting.delete(id);
    own.over.delete(id);
    own.bytes -= entry.bytes;
    this.#bytes -= entry.bytes;
    if (own.over.size <= this.bounds.historyMax) this.#long.delete(own);
    if (own.waiting.size + own.over.size === 0) this.#orgs.delete(entry.record.org);
  }

  /** What gives way next; undefined while all is within its bounds. Of the organisation that holds most: what is over, the oldest first. */
  excess(): DeliveryRecord | undefined {
    const [long] = this.#long;
    if (long !== undefined) return first(long.over.values());
    if (this.#bytes <= this.bounds.bytesMax) return undefined;
    const largest = [...this.#orgs.values()].reduce((most, own) => (own.bytes > most.bytes ? own : most));
    const { waiting, over } = largest;
    return first(over.values()) ?? first(waiting.values(), (one) => !isPage(one)) ?? first(waiting.values());
  }
}

function first(
  records: Iterable<DeliveryRecord>,
  fits: (record: DeliveryRecord) => boolean = () => true,
): DeliveryRecord | undefined {
  for (const record of records) if (fits(record)) return record;
  return undefined;
}
