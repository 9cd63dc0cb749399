// The journal's server: it stores what it is sent, if the end is where the sender says, and may be slow, silent, dead or late.

import type { AppendOutcome, Batch, JournalHead, Recovered, StoredBatch } from '@agentcom/hub/coordinator/ports';
import { apply } from '@agentcom/hub/core/apply';
import { dumpState, type SnapshotRecord, StateLoader } from '@agentcom/hub/core/snapshot';
import { emptyState, type State } from '@agentcom/hub/core/state';
import { decode, EMPTY_HEAD, encode, headAfter } from '@agentcom/hub/journal/log/codec';
import { appendTo, outcomeOf, recoverFrom } from '@agentcom/hub/journal/log/memory-journal';
import { Replay, type ReplayStart } from '@agentcom/hub/journal/log/replay';
import { queuedIsKept, urgentIsNext } from './promises.js';
import type { World } from './world.js';

const APPEND_TIMEOUT_MS = 2_000;
const SNAPSHOTS_KEPT = 3;

export interface Snapshot {
  readonly head: JournalHead;
  readonly epoch: number;
  readonly hub: string | null;
  /** The records as they lie in the store: JSON, one line each. */
  readonly lines: readonly string[];
}

interface Follower {
  head: JournalHead;
  readonly give: (batch: StoredBatch) => void;
  readonly broken: () => void;
}

export class Store {
  readonly messages: Uint8Array[] = [];
  readonly snapshots: Snapshot[] = [];
  /** What the journal says so far: every stored batch, decoded from its bytes and applied once. */
  readonly truth: State = emptyState();
  #head: JournalHead = EMPTY_HEAD;
  #last: StoredBatch | null = null;
  #isUp = true;
  #life = 0;
  readonly #followers = new Set<Follower>();

  constructor(private readonly world: World) {}

  get head(): JournalHead {
    return this.#head;
  }

  /** Sends a batch; `done` hears what its writer would learn, in time or by time-out. */
  append(batch: Batch, after: JournalHead, done: (outcome: AppendOutcome) => void): void {
    const { random, schedule, weather } = this.world;
    let isAnswered = false;
    const answer = (outcome: AppendOutcome): void => {
      if (isAnswered) return;
      isAnswered = true;
      done(outcome);
    };
    schedule.after(APPEND_TIMEOUT_MS, () => answer(this.#afterTimeOut(batch, after)));
    if (random.chance(weather.appendLost)) return;
    const isLate = random.chance(weather.appendLate);
    const life = this.#life;
    schedule.after(isLate ? random.between(APPEND_TIMEOUT_MS, 3 * APPEND_TIMEOUT_MS) : random.between(0, 4), () => {
      if (!this.#isUp || (this.#life !== life && !isLate)) return;
      const isKilled = random.chance(weather.storeKilled);
      if (isKilled && random.chance(0.5)) return this.#die();
      const outcome = appendTo(this.messages, batch, after);
      if (outcome.kind === 'acked' && this.#head.seq < outcome.head.seq) this.#stored();
      if (isKilled) return this.#die();
      if (!random.chance(weather.answerLost)) schedule.after(random.between(0, 4), () => answer(outcome));
    });
  }

  /** Reads everything, or the newest snapshot and what lies behind it. Null while the store is away. */
  recover(atLeast: JournalHead | null): Recovered | null {
    if (!this.#isUp) return null;
    const snapshot = this.world.random.chance(0.5) ? this.snapshots.at(-1) : undefined;
    if (snapshot === undefined) return recoverFrom(this.messages, atLeast, () => 'journal-1');
    return this.replay(snapshot).result();
  }

  replay(snapshot: Snapshot): Replay {
    const replay = new Replay(startOf(snapshot), new Set());
    for (let seq = snapshot.head.seq + 1; seq <= this.messages.length; seq++) {
      replay.add(this.messages[seq - 1] as Uint8Array, seq);
    }
    return replay;
  }

  takeSnapshot(): void {
    if (this.#last === null || this.snapshots.at(-1)?.head.seq === this.#head.seq) return;
    const lines = dumpOf(this.truth);
    this.snapshots.push({ head: this.#head, epoch: this.#last.epoch, hub: this.#last.hub, lines });
    if (this.snapshots.length > SNAPSHOTS_KEPT) this.snapshots.shift();
    this.world.trace.note('store', 'snapshot', { seq: this.#head.seq });
  }

  follow(after: JournalHead, give: (batch: StoredBatch) => void, broken: () => void): () => void {
    const follower = { head: after, give, broken };
    this.#followers.add(follower);
    this.#feed(follower);
    return () => this.#followers.delete(follower);
  }

  #afterTimeOut(batch: Batch, after: JournalHead): AppendOutcome {
    const unknown: AppendOutcome = { kind: 'unknown', reason: 'no answer in time' };
    if (!this.#isUp || this.world.random.chance(0.5)) return unknown;
    return outcomeOf(this.messages, headAfter(after, encode(batch, after)));
  }

  #stored(): void {
    const seq = this.#head.seq + 1;
    const batch = decode(this.messages[seq - 1] as Uint8Array, seq, this.#head);
    this.#head = batch.head;
    this.#last = batch;
    for (const event of batch.events) {
      urgentIsNext(this.truth, event, batch.at);
      this.world.ledger.happened(event, batch);
      if (event.type === 'notification.queued') for (const id of event.ids) queuedIsKept(this.world.outbox.kept, id);
      apply(this.truth, event, batch.at);
    }
    if (batch.events.length > 0) {
      for (const event of batch.events) this.world.trace.note('journal', `${batch.head.seq}`, event);
      this.world.ledger.checkTruth(this.truth);
    }
    for (const follower of this.#followers) this.#feed(follower);
  }

  #feed(follower: Follower): void {
    const { random, schedule } = this.world;
    schedule.after(random.between(1, 50), () => {
      while (this.#isUp && this.#followers.has(follower)) {
        const bytes = this.messages[follower.head.seq];
        if (bytes === undefined) return;
        const batch = decode(bytes, follower.head.seq + 1, follower.head);
        follower.head = batch.head;
        follower.give(batch);
      }
    });
  }

  #die(): void {
    const { random, schedule, trace } = this.world;
    trace.note('store', 'killed');
    this.#isUp = false;
    this.#life++;
    for (const follower of this.#followers) {
      this.#followers.delete(follower);
      follower.broken();
    }
    schedule.after(random.between(100, 5_000), () => {
      this.#isUp = true;
      trace.note('store', 'up');
      this.world.storeRestarted();
    });
  }
}

function startOf(snapshot: Snapshot): ReplayStart {
  const loader = new StateLoader();
  for (const line of snapshot.lines) loader.add(JSON.parse(line) as SnapshotRecord);
  return { state: loader.finish(), head: snapshot.head, epoch: snapshot.epoch, hub: snapshot.hub };
}

export function dumpOf(state: State): string[] {
  return Array.from(dumpState(state), (record) => JSON.stringify(record));
}
