// The loop: commands are decided as they come, their events gather into one batch while another is being appended, and nothing is said
// to anybody until the append is acknowledged. No I/O and no clock in here: appends, recoveries and effects go out through `CoordinatorOutputs`,
// their outcomes and the time come back in, so the simulation runs this very code. Longer than most files: its fields keep one invariant,
// that nothing is said which the journal does not hold, and apart they could not.
//
//                    ┌── another hub leads ──► following ──silence, or it left──┐
//   recovering ──────┤                                                          ├──► taking ──acked──► leading
//    ▲  ▲            └── nobody else can ───────────────────────────────────────┘       │                │
//    │  └── overtaken, or outcome unknown ◄───────────────────────────────────────────────┴────────────────┘
//    └───── the journal cannot be read just now: again later

import { apply } from '../core/apply.js';
import type { Command, Replies } from '../core/commands.js';
import { decide } from '../core/decide.js';
import { type Inputs, Refusal } from '../core/decision.js';
import type { Effect } from '../core/effects.js';
import type { Event } from '../core/events.js';
import { emptyState, type State } from '../core/state.js';
import { CommandQueue } from './command-queue.js';
import { PendingBatch, type Release } from './pending-batch.js';
import type { AppendOutcome, Batch, JournalHead, Recovered, StoredBatch } from './ports.js';

export type LeadershipPhase = 'recovering' | 'following' | 'taking' | 'leading' | 'stopped';

/** The leader appends at least this often, ms. */
export const LEADER_BEAT_MS = 3_000;
/** After this much silence another hub may take the lead, ms. */
export const LEADER_SILENCE_MS = 10_000;
/** How long a command waits to learn what became of an append whose outcome is unknown, ms. */
const UNDECIDED_WAIT_MS = 10_000;
/** Pages of due deadlines decided in a row before other commands get a turn. */
const TICK_PAGES = 20;

export interface CoordinatorOutputs {
  /** Something waits to be appended: call `flush` once everything that has arrived by now was handed in. */
  gathered(): void;
  /** Begins an append; its outcome comes back by `appended`. Called only while none is under way. */
  append(batch: Batch, after: JournalHead): void;
  /** Begins a recovery; it comes back by `recovered`. `atLeast` is the highest acknowledged end known here. */
  recover(atLeast: JournalHead | null): void;
  /** Begins handing in the batches behind `after` by `followed`, until the phase changes. */
  follow(after: JournalHead): void;
  /** Events that have just become durable. */
  committed(events: readonly Event[]): void;
  /** What durable events ask for, in order. */
  effects(effects: readonly Effect[]): void;
  /** Told at each change. Only a leading hub serves sockets. */
  phase(phase: LeadershipPhase): void;
}

export interface CoordinatorOptions {
  /** Names this hub in the journal; stable over restarts, and never shared by two live processes. */
  readonly hub: string;
  /** What a new leader says of itself. */
  readonly self: () => { readonly url: string; readonly version: string };
  readonly inputs: Inputs;
  readonly outputs: CoordinatorOutputs;
  /** Whether no other hub can be on this journal, so that silence need not be waited for. */
  readonly exclusive: boolean;
}

interface Waiting {
  readonly command: Command;
  readonly settle: (outcome: { readonly reply: unknown } | Refusal) => Release | undefined;
}

export class Coordinator {
  readonly #options: CoordinatorOptions;
  readonly #queue = new CommandQueue<Waiting>();
  #phase: LeadershipPhase = 'recovering';
  #state: State = emptyState();
  /** The acknowledged end. */
  #head: JournalHead | null = null;
  /** Highest epoch seen in the journal. */
  #epoch = 0;
  #pending: PendingBatch | null = null;
  #inFlight: PendingBatch | null = null;
  /** An append of which nobody knows yet whether it was stored behind `after`. */
  #undecided: { readonly batch: PendingBatch; readonly after: number; readonly since: number } | null = null;
  /** When the newest acknowledged append was sent: this hub led at that time or later. */
  #ledAt = 0;
  #sentAt = 0;
  #suspectsClockGap = false;
  #lastHeardAt = 0;
  #reverifyWanted = false;
  #isWoken = false;
  /** Nothing new is taken, and a journal that must be read again is left to the next leader. */
  #isLeaving = false;

  constructor(options: CoordinatorOptions) {
    this.#options = options;
  }

  get phase(): LeadershipPhase {
    return this.#phase;
  }

  /** As decided so far, durable or not: for reading by `read` only, and for figures that may be a batch ahead. */
  get state(): State {
    return this.#state;
  }

  get head(): JournalHead | null {
    return this.#head;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Commands that wait for room in a batch. */
  get backlog(): number {
    return this.#queue.size;
  }

  start(): void {
    this.#recover();
  }

  /**
   * Decides a command now, or as soon as a batch has room; `answer` hears the outcome once it is durable. `source` shares the queue with
   * others fairly. `project` sees the state right after the decision.
   */
  execute<C extends Command, T>(
    command: C,
    source: string,
    now: number,
    project: (state: State, reply: Replies[C['type']]) => T,
    answer: (outcome: T | Refusal) => void,
  ): void {
    if (this.#phase !== 'leading' || this.#isLeaving) return answer(this.#notLeading());
    const waiting: Waiting = {
      command,
      settle: (outcome) => {
        const value = outcome instanceof Refusal ? outcome : project(this.#state, outcome.reply as Replies[C['type']]);
        return (stored) => answer(stored === 'stored' ? value : stored);
      },
    };
    if (this.#pending?.isFull !== true) this.#decide(waiting, now);
    else if (!this.#queue.push(source, waiting)) answer(busy());
    this.#wake();
  }

  /** Answers with what `look` sees once everything it could have seen is durable. */
  read<T>(look: (state: State) => T, now: number, answer: (outcome: T | Refusal) => void): void {
    if (this.#phase !== 'leading' || this.#isLeaving) return answer(this.#notLeading());
    const value = look(this.#state);
    this.#releaseLater((stored) => answer(stored === 'stored' ? value : stored), now);
    this.#wake();
  }

  /** Appends that this hub leaves, so that another may lead at once; `done` is called when it is durable or can no longer be. */
  leave(now: number, done: () => void): void {
    const finish = (): void => {
      this.#setPhase('stopped');
      done();
    };
    if (this.#phase === 'leading') {
      const { hub } = this.#options;
      this.execute({ type: 'leader.leave', hub }, 'hub', now, () => undefined, finish);
      this.#isLeaving = true;
      return;
    }
    this.#isLeaving = true;
    this.#giveUpUndecided();
    finish();
  }

  /** Something happened to the store under the journal (a restart, a lost connection): reads and checks all of it again. */
  reverify(): void {
    if (this.#phase !== 'leading' && this.#phase !== 'following') return;
    if (this.#inFlight === null) this.#recover();
    else this.#reverifyWanted = true;
  }

  /** Time may have passed that `now` does not show, as when the machine slept: the journal is asked before the next answer. */
  suspectClockGap(): void {
    this.#suspectsClockGap = true;
  }

  recovered(found: Recovered, now: number): void {
    if (this.#phase !== 'recovering') return;
    this.#state = found.state;
    this.#head = found.head;
    this.#epoch = found.epoch;
    this.#lastHeardAt = now;
    this.#settleUndecided((id, after) =>
      after < found.readFrom ? 'unknown' : found.batchIds.has(id) ? 'stored' : 'absent',
    );
    const { exclusive, hub } = this.#options;
    if (exclusive || found.lastHub === null || found.lastHub === hub || found.state.leader === undefined)
      this.#take(now);
    else {
      this.#setPhase('following');
      this.#options.outputs.follow(found.head);
    }
  }

  /** The following broke off, or what came did not fit: everything is read and checked again. */
  followBroken(): void {
    if (this.#phase === 'following') this.#recover();
  }

  followed(batch: StoredBatch, now: number): void {
    if (this.#phase !== 'following') return;
    for (const event of batch.events) apply(this.#state, event, batch.at);
    this.#head = batch.head;
    this.#epoch = Math.max(this.#epoch, batch.epoch);
    this.#lastHeardAt = now;
    this.#settleUndecided((id) => (id === batch.id ? 'stored' : 'absent'));
    if (this.#state.leader === undefined) this.#take(now);
  }

  appended(outcome: AppendOutcome, now: number): void {
    const batch = this.#inFlight;
    if (batch === null) return;
    this.#inFlight = null;
    switch (outcome.kind) {
      case 'acked':
        return this.#acked(batch, outcome.head, now);
      case 'overtaken':
        batch.release(new Refusal('hub.not_leader', 'another hub leads; nothing was changed, ask again', [], 1_000));
        return this.#recover();
      case 'unknown':
        if (batch.releases.length > 0) this.#undecided = { batch, after: this.#head?.seq ?? 0, since: now };
        return this.#recover();
    }
  }

  /** Begins the append of what has gathered, unless one is under way. */
  flush(now: number): void {
    this.#isWoken = false;
    this.#pump(now);
  }

  /** Whatever time brings. Call it at `nextAt`, or more often. */
  tick(now: number): void {
    if (this.#undecided !== null && now - this.#undecided.since >= UNDECIDED_WAIT_MS) {
      this.#giveUpUndecided();
    }
    if (this.#phase === 'following' && now - this.#lastHeardAt >= LEADER_SILENCE_MS) this.#take(now);
    if (this.#phase !== 'leading') return;
    this.#fireDeadlines(now);
    if (now - this.#ledAt >= LEADER_BEAT_MS && this.#inFlight === null) this.#openBatch(now);
    this.#pump(now);
  }

  /** When `tick` next has something to do, ms. */
  nextAt(): number {
    const undecided = this.#undecided === null ? Number.POSITIVE_INFINITY : this.#undecided.since + UNDECIDED_WAIT_MS;
    if (this.#phase === 'following') return Math.min(undecided, this.#lastHeardAt + LEADER_SILENCE_MS);
    if (this.#phase !== 'leading') return undecided;
    const beat = this.#inFlight === null ? this.#ledAt + LEADER_BEAT_MS : Number.POSITIVE_INFINITY;
    const due = this.#pending === null ? this.#state.deadlines.nextAt() : Number.POSITIVE_INFINITY;
    return Math.min(undecided, beat, due);
  }

  #acked(batch: PendingBatch, head: JournalHead, now: number): void {
    this.#head = head;
    this.#ledAt = this.#sentAt;
    if (this.#phase === 'taking') {
      this.#epoch++;
      this.#settleUndecided(() => 'absent');
      this.#setPhase('leading');
    }
    this.#options.outputs.committed(batch.facts);
    batch.release('stored');
    if (batch.effects.length > 0) this.#options.outputs.effects(batch.effects);
    if (this.#reverifyWanted) return this.#recover();
    this.#fireDeadlines(now);
    this.#wake();
  }

  #decide(waiting: Waiting, now: number): void {
    const outcome = decide(this.#state, waiting.command, this.#pending?.at ?? now, this.#options.inputs);
    const release = waiting.settle(outcome);
    if (!(outcome instanceof Refusal) && outcome.events.length > 0) {
      this.#openBatch(this.#state.now).add(outcome.events, outcome.effects);
    } else if (!(outcome instanceof Refusal) && outcome.effects.length > 0) {
      this.#releaseLater(() => this.#options.outputs.effects(outcome.effects), now);
    }
    if (release !== undefined) this.#releaseLater(release, now);
  }

  #fireDeadlines(now: number): void {
    for (let page = 0; page < TICK_PAGES && this.#pending?.isFull !== true; page++) {
      if (this.#state.deadlines.nextAt() > (this.#pending?.at ?? now)) return;
      this.#decide({ command: { type: 'tick' }, settle: () => undefined }, now);
    }
  }

  /** The batch that is filling, begun if there is none. */
  #openBatch(at: number): PendingBatch {
    this.#pending ??= new PendingBatch(this.#options.inputs.newId(), Math.max(at, this.#state.now));
    return this.#pending;
  }

  /** A hub that has been silent for long may have been overtaken without knowing: it asks the journal before it answers. */
  #releaseLater(release: Release, now: number): void {
    const ledAt = this.#inFlight === null ? this.#ledAt : this.#sentAt;
    if (this.#suspectsClockGap || now - ledAt > 2 * LEADER_BEAT_MS) this.#openBatch(now);
    const last = this.#pending ?? this.#inFlight;
    if (last === null) release('stored');
    else last.releases.push(release);
  }

  /** What arrives in the same moment goes with the same append: it begins when the moment is over. */
  #wake(): void {
    if (this.#isWoken || this.#inFlight !== null || this.#pending === null) return;
    this.#isWoken = true;
    this.#options.outputs.gathered();
  }

  #pump(now: number): void {
    if (this.#phase !== 'leading' || this.#inFlight !== null || this.#pending === null || this.#head === null) return;
    this.#send(this.#pending, this.#epoch, this.#head, now);
    this.#pending = null;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      this.#decide(next, now);
      if (this.#isFull()) return;
    }
  }

  #isFull(): boolean {
    return this.#pending?.isFull === true;
  }

  #send(batch: PendingBatch, epoch: number, after: JournalHead, now: number): void {
    this.#inFlight = batch;
    this.#sentAt = now;
    this.#suspectsClockGap = false;
    this.#options.outputs.append(batch.batch(epoch, this.#options.hub), after);
  }

  #take(now: number): void {
    if (this.#head === null) return;
    const { hub, inputs, self } = this.#options;
    const epoch = this.#epoch + 1;
    this.#setPhase('taking');
    const command = { type: 'leader.elect' as const, hub, epoch, ...self() };
    const outcome = decide(this.#state, command, now, inputs);
    if (outcome instanceof Refusal) throw new Error(`taking the lead was refused: ${outcome.message}`);
    const batch = new PendingBatch(inputs.newId(), this.#state.now);
    batch.add(outcome.events, []);
    this.#send(batch, epoch, this.#head, now);
  }

  /** Drops what was decided and is not known to be durable, and reads the journal again. */
  #recover(): void {
    this.#reverifyWanted = false;
    const again = new Refusal(
      'hub.recovering',
      'the hub is reading its journal again; nothing was changed, ask again',
      [],
      1_000,
    );
    this.#pending?.release(again);
    this.#pending = null;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) next.settle(again)?.(again);
    if (this.#isLeaving) return this.#giveUpUndecided();
    this.#setPhase('recovering');
    this.#options.outputs.recover(this.#head);
  }

  #giveUpUndecided(): void {
    this.#undecided?.batch.release(outcomeUnknown());
    this.#undecided = null;
  }

  #settleUndecided(fate: (id: string, after: number) => 'stored' | 'absent' | 'unknown'): void {
    const undecided = this.#undecided;
    if (undecided === null || this.#head === null || this.#head.seq <= undecided.after) return;
    this.#undecided = null;
    const found = fate(undecided.batch.id, undecided.after);
    const lost = new Refusal(
      'hub.recovering',
      'the hub lost its journal for a moment; nothing was changed, ask again',
      [],
      1_000,
    );
    undecided.batch.release(found === 'stored' ? 'stored' : found === 'absent' ? lost : outcomeUnknown());
  }

  #setPhase(phase: LeadershipPhase): void {
    if (this.#phase === phase && phase !== 'recovering') return;
    this.#phase = phase;
    this.#options.outputs.phase(phase);
  }

  #notLeading(): Refusal {
    switch (this.#phase) {
      case 'stopped':
      case 'leading':
        return new Refusal('hub.draining', 'the hub is stopping; ask again when it is back', [], 5_000);
      case 'recovering':
      case 'taking':
        return new Refusal('hub.recovering', 'the hub is reading its journal; ask again', [], 1_000);
      default:
        return new Refusal('hub.not_leader', `another hub leads${this.#leaderName()}; ask there`, [], 1_000);
    }
  }

  #leaderName(): string {
    return this.#state.leader === undefined ? '' : ` (${this.#state.leader.url})`;
  }
}

function busy(): Refusal {
  return new Refusal('hub.busy', 'too many commands wait already; ask again', [], 1_000);
}

function outcomeUnknown(): Refusal {
  const message =
    'the journal did not answer, so this may or may not have been stored; ask again with the same idempotency key';
  return new Refusal('hub.outcome_unknown', message, [], 2_000);
}
