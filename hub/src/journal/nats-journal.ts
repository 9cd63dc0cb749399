// The journal on a JetStream stream: the only writer of durable state.

import { setTimeout as delay } from 'node:timers/promises';
import type { PubAck } from '@nats-io/jetstream';
import type { AppendOutcome, Batch, JournalPort, Recovered, StoredBatch, Tip } from '../coordinator/ports.js';
import { ChainBroken, decode, encode, sha256, tipAfter } from './codec.js';
import { followStream } from './follow.js';
import type { KnownEnd } from './known-end.js';
import { readMessage } from './read-stream.js';
import { JournalRefused } from './refused.js';
import type { KnownEnd as Known } from './replay.js';
import { assess, type JournalStore, SnapshotNewer } from './survey.js';

export interface NatsJournalOptions extends JournalStore {
  readonly subject: string;
  readonly knownEnd: KnownEnd;
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

  async append(batch: Batch, after: Tip): Promise<AppendOutcome> {
    const bytes = encode(batch, after);
    const tip = tipAfter(after, bytes);
    const failure = await this.#publish(bytes, after.seq);
    const outcome = failure === null ? ({ kind: 'acked', tip } as const) : await this.#whatBecameOf(tip, failure);
    if (outcome.kind === 'acked') this.options.knownEnd.note(tip);
    return outcome;
  }

  async recover(atLeast: Tip | null): Promise<Recovered> {
    const known: Known[] = [];
    if (atLeast !== null) known.push({ tip: atLeast, source: 'the acknowledged end' });
    const recorded = this.options.knownEnd.tip;
    if (recorded !== null) known.push({ tip: recorded, source: 'the end recorded on this machine' });

    const first = await this.#read(known);
    if (!(first instanceof JournalRefused)) return first;
    // A purge or a lagging replica can make a single reading look worse than the journal is.
    const second = await this.#read(known);
    if (second instanceof JournalRefused && (await this.#isStale(second))) {
      throw new Error('the journal cannot be read to its end just now');
    }
    if (second instanceof JournalRefused) throw second;
    return second;
  }

  follow(after: Tip, onBatch: (batch: StoredBatch) => void, onBroken: (error: Error) => void): () => void {
    return followStream(this.options.js, this.options.stream, after, onBatch, onBroken);
  }

  async #publish(bytes: Uint8Array, lastSequence: number): Promise<Failure | null> {
    const { js, subject, stream, appendTimeoutMs = APPEND_TIMEOUT_MS } = this.options;
    let ack: PubAck;
    try {
      ack = await js.publish(subject, bytes, { expect: { lastSequence }, retries: 1, timeout: appendTimeoutMs });
    } catch (error) {
      return { reason: error instanceof Error ? error.message : String(error), answered: isApiError(error) };
    }
    if (ack.stream === stream && ack.seq === lastSequence + 1 && !ack.duplicate) return null;
    return { reason: `acknowledged as ${ack.stream}:${ack.seq}${ack.duplicate ? ' (duplicate)' : ''}`, answered: true };
  }

  /** The message at the expected sequence tells: ours, somebody else's, or none, which proves nothing while the append may be under way. */
  async #whatBecameOf(tip: Tip, failure: Failure): Promise<AppendOutcome> {
    for (const waitMs of [0, ...(this.options.lookAgainMs ?? LOOK_AGAIN_MS)]) {
      if (waitMs > 0) await delay(waitMs);
      let stored: Uint8Array | null;
      try {
        stored = await readMessage(this.options.jsm, this.options.stream, tip.seq);
      } catch (error) {
        const cause = error instanceof Error ? error.message : String(error);
        return { kind: 'unknown', reason: `${failure.reason}; reading back: ${cause}` };
      }
      if (stored !== null) return sha256(stored) === tip.hash ? { kind: 'acked', tip } : { kind: 'overtaken' };
      if (failure.answered) break;
    }
    return { kind: 'unknown', reason: failure.reason };
  }

  async #read(known: readonly Known[]): Promise<Recovered | JournalRefused> {
    let found: Awaited<ReturnType<typeof assess>>;
    try {
      found = await assess(this.options, known);
    } catch (error) {
      if (!(error instanceof SnapshotNewer)) throw error;
      return new JournalRefused('newer', error.message, error.tip, error.tip, { cause: error });
    }
    if (found.refused !== null) return found.refused;
    const result = found.replay.result();
    return result.tip.journal === '' ? { ...result, tip: { ...result.tip, journal: this.options.newId() } } : result;
  }

  async #isStale({ kind, goodEnd }: JournalRefused): Promise<boolean> {
    if (kind !== 'truncated') return false;
    const next = await readMessage(this.options.jsm, this.options.stream, goodEnd.seq + 1);
    if (next === null) return false;
    try {
      decode(next, goodEnd.seq + 1, goodEnd);
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

function isApiError(error: unknown): boolean {
  return error instanceof Error && error.name === 'JetStreamApiError';
}
