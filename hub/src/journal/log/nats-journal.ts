// The journal on a JetStream stream: the only writer of durable state.

import { setTimeout as delay } from 'node:timers/promises';
import type {
  AppendOutcome,
  Batch,
  JournalHead,
  JournalPort,
  Recovered,
  StoredBatch,
} from '../../coordinator/ports.js';
import { readMessage } from '../../jetstream/consume.js';
import type { Publisher } from '../../jetstream/publisher.js';
import { ChainBroken, decode, encode, headAfter, sha256 } from './codec.js';
import { followStream } from './follow.js';
import type { HeadRecord } from './head-record.js';
import { type JournalStore, SnapshotNewer, verifyJournal } from './read-journal.js';
import { JournalRefused } from './refused.js';
import type { WitnessedHead } from './replay.js';

export interface NatsJournalOptions extends JournalStore {
  readonly publisher: Pick<Publisher, 'publish'>;
  readonly subject: string;
  readonly headRecord: HeadRecord;
  /** Makes the id of a journal that begins. */
  readonly newId: () => string;
  readonly appendTimeoutMs?: number;
  /** Waits between looks at what became of an append without an answer. */
  readonly lookAgainMs?: readonly number[];
}

const APPEND_TIMEOUT_MS = 5_000;
const LOOK_AGAIN_MS = [50, 200, 500, 1_000];

export class NatsJournal implements JournalPort {
  constructor(private readonly options: NatsJournalOptions) {}

  async append(batch: Batch, after: JournalHead): Promise<AppendOutcome> {
    const bytes = encode(batch, after);
    const head = headAfter(after, bytes);
    const failure = await this.#publish(bytes, after.seq);
    const outcome =
      failure === undefined ? ({ kind: 'acked', head } as const) : await this.#whatBecameOf(head, failure);
    if (outcome.kind === 'acked') this.options.headRecord.note(head);
    return outcome;
  }

  async recover(atLeast: JournalHead | null): Promise<Recovered> {
    const known: WitnessedHead[] = [];
    if (atLeast !== null) known.push({ head: atLeast, source: 'the acknowledged end' });
    const recorded = this.options.headRecord.head;
    if (recorded !== null) known.push({ head: recorded, source: 'the end recorded on this machine' });

    const first = await this.#read(known);
    if (!(first instanceof JournalRefused)) return first;
    // A purge or a lagging replica can make a single reading look worse than the journal is.
    const second = await this.#read(known);
    if (second instanceof JournalRefused && (await this.#isStale(second))) {
      throw new Error('the journal cannot be read to its end right now');
    }
    if (second instanceof JournalRefused) throw second;
    return second;
  }

  follow(after: JournalHead, onBatch: (batch: StoredBatch) => void, onBroken: (error: Error) => void): () => void {
    return followStream(this.options.js, this.options.stream, after, onBatch, onBroken);
  }

  async #publish(bytes: Uint8Array, lastSequence: number): Promise<Failure | undefined> {
    const { publisher, subject, stream, appendTimeoutMs = APPEND_TIMEOUT_MS } = this.options;
    const outcome = await publisher.publish(subject, bytes, lastSequence, appendTimeoutMs);
    if (outcome.kind !== 'stored') return { reason: outcome.reason, answered: outcome.kind === 'refused' };
    if (outcome.stream === stream && outcome.seq === lastSequence + 1 && !outcome.duplicate) return undefined;
    const as = `${outcome.stream}:${outcome.seq}${outcome.duplicate ? ' (duplicate)' : ''}`;
    return { reason: `acknowledged as ${as}`, answered: true };
  }

  /** The message at the expected sequence tells: ours, somebody else's, or none, which proves nothing while the append may be under way. */
  async #whatBecameOf(head: JournalHead, failure: Failure): Promise<AppendOutcome> {
    for (const waitMs of [0, ...(this.options.lookAgainMs ?? LOOK_AGAIN_MS)]) {
      if (waitMs > 0) await delay(waitMs);
      let stored: Uint8Array | null;
      try {
        stored = await readMessage(this.options.jsm, this.options.stream, head.seq);
      } catch (error) {
        const cause = error instanceof Error ? error.message : String(error);
        return { kind: 'unknown', reason: `${failure.reason}; reading back: ${cause}` };
      }
      if (stored !== null) return sha256(stored) === head.hash ? { kind: 'acked', head } : { kind: 'overtaken' };
      if (failure.answered) break;
    }
    return { kind: 'unknown', reason: failure.reason };
  }

  async #read(known: readonly WitnessedHead[]): Promise<Recovered | JournalRefused> {
    let found: Awaited<ReturnType<typeof verifyJournal>>;
    try {
      found = await verifyJournal(this.options, known);
    } catch (error) {
      if (!(error instanceof SnapshotNewer)) throw error;
      return new JournalRefused('newer', error.message, error.head, error.head, { cause: error });
    }
    if (found.refused !== null) return found.refused;
    const result = found.replay.result();
    return result.head.journal === '' ? { ...result, head: { ...result.head, journal: this.options.newId() } } : result;
  }

  async #isStale({ kind, readableHead }: JournalRefused): Promise<boolean> {
    if (kind !== 'truncated') return false;
    const next = await readMessage(this.options.jsm, this.options.stream, readableHead.seq + 1);
    if (next === null) return false;
    try {
      decode(next, readableHead.seq + 1, readableHead);
      return true;
    } catch (error) {
      if (error instanceof ChainBroken) return false;
      throw error;
    }
  }
}

/** `answered`: the server has decided, so waiting changes nothing. */
interface Failure {
  readonly reason: string;
  readonly answered: boolean;
}
