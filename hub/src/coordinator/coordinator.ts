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
import { changeOf, taskOfEvent } from '../core/change.js';
import { decide } from '../core/decide.js';
import type { Inputs } from '../core/decision.js';
import type { HubFacts } from '../core/outputs.js';
import { Refusal } from '../core/refusal.js';
import { emptyState, type State } from '../core/state.js';
import { CommandQueue } from './command-queue.js';
import { PendingBatch } from './pending-batch.js';
import type {
  AppendOutcome,
  CoordinatorInput,
  CoordinatorOutput,
  CoordinatorOutputs,
  JournalHead,
  LeadershipPhase,
  Recovered,
  StoredBatch,
} from './ports.js';
import * as refusals from './refusals.js';
import { answerOf } from './replies.js';

/** The leader appends at least this often, ms. */
export const LEADER_BEAT_MS = 3_000;
/** After this much silence another hub may take the lead, ms. */
export const LEADER_SILENCE_MS = 10_000;
/** How long a command waits to learn what became of an append whose outcome is unknown, ms. */
const UNDECIDED_WAIT_MS = 10_000;
/** Pages of due deadlines decided in a row before other commands get a turn. */
const TICK_PAGES = 20;

const TICK: CoordinatorInput = { connection: 'hub', command: { type: 'tick' } };

export interface CoordinatorOptions {
  /** Names this hub in the journal; stable over restarts, and never shared by two live processes. */
  readonly hub: string;
  readonly facts: HubFacts;
  /** What a new leader says of itself. */
  readonly self: () => { readonly url: string; readonly version: string };
  readonly inputs: Inputs;
  readonly outputs: CoordinatorOutputs;
  /** Whether no other hub can be on this journal, so that silence need not be waited for. */
  readonly exclusive: boolean;
}

export class Coordinator {
  readonly #options: CoordinatorOptions;
  readonly #queue = new CommandQueue<CoordinatorInput>();
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
  /** So far this hub knows the journal: the time of the newest batch that it has read. */
  #knownAt = 0;
  /** When the newest acknowledged append was sent: this hub led at that time or later. */
  #ledAt = 0;
  #sentAt = 0;
  #suspectsClockGap = false;
  #lastHeardAt = 0;
  /** When something last came into the journal, as far as this hub sees. */
  #journalMovedAt = 0;
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

  /** A batch is filling or on its way: `flush` or `appended` come, so that nothing has to be woken by a timer. */
  get isBusy(): boolean {
    return this.#pending !== null || this.#inFlight !== null;
  }

  /** Since when this hub sees nobody lead: nothing has come into the journal. Undefined while it leads, and before it has read anything. */
  get leaderlessSince(): number | undefined {
    return this.#phase === 'leading' || this.#head === null ? undefined : this.#journalMovedAt;
  }

  /** How old the newest is that a following hub knows, ms: with a leader that is well, a few seconds at most. */
  lagMs(now: number): number {
    return this.#phase === 'following' ? Math.max(0, now - this.#knownAt) : 0;
  }

  /** Commands that wait for room in a batch. */
  get backlog(): number {
    return this.#queue.size;
  }

  start(): void {
    this.#recover();
  }

  /** Decides a command now, or as soon as a batch has room. Its answer is delivered once it is durable. */
  submit(input: CoordinatorInput, now: number): void {
    if (this.#phase !== 'leading' || this.#isLeaving) return this.#answer(input, refusals.notLeading(this));
    if (this.#pending?.isFull !== true) this.#decide(input, now);
    else if (!this.#queue.push(input.connection, input, input.command.type === 'agent.gone'))
      this.#answer(input, refusals.busy());
    this.#wake();
  }

  /**
   * Answers `call` with `{seq, value}`: what `look` sees, and the batch it is true after. On the leader once that batch is durable, on a
   * follower at once. Throws what `look` throws.
   */
  read<T>(look: (state: State) => T, call: number, now: number): void {
    const isFollowing = this.#phase === 'following';
    if ((this.#phase !== 'leading' && !isFollowing) || this.#isLeaving) {
      return this.#options.outputs.deliver([{ kind: 'reply', call, outcome: refusals.notLeading(this) }]);
    }
    const value = look(this.#state);
    if (!isFollowing) this.#openBatchIfDoubtful(now);
    const behind = (this.#inFlight === null ? 0 : 1) + (this.#pending === null ? 0 : 1);
    this.#say([{ kind: 'reply', call, outcome: { seq: (this.#head?.seq ?? 0) + behind, value } }]);
    this.#wake();
  }

  /** Appends that this hub leaves, so that another may lead at once. `call` is answered when that is durable or can no longer be. */
  leave(call: number, now: number): void {
    if (this.#phase === 'leading') {
      this.submit({ connection: 'hub', command: { type: 'leader.leave', hub: this.#options.hub }, call }, now);
      this.#isLeaving = true;
      return;
    }
    this.#isLeaving = true;
    this.#giveUpUndecided();
    this.#options.outputs.deliver([{ kind: 'reply', call, outcome: refusals.draining() }]);
  }

  stop(): void {
    this.#isLeaving = true;
    this.#setPhase('stopped');
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
    if (found.head.seq !== this.#head?.seq) this.#journalMovedAt = now;
    this.#state = found.state;
    this.#head = found.head;
    this.#epoch = found.epoch;
    this.#lastHeardAt = now;
    this.#knownAt = now;
    this.#options.outputs.reset(found.head.seq);
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
    const changes = batch.events.map((event) => {
      const task = taskOfEvent(this.#state, event);
      apply(this.#state, event, batch.at);
      return changeOf(event, batch.at, task ?? taskOfEvent(this.#state, event));
    });
    this.#head = batch.head;
    this.#epoch = Math.max(this.#epoch, batch.epoch);
    this.#lastHeardAt = now;
    this.#journalMovedAt = now;
    this.#knownAt = batch.at;
    this.#settleUndecided((id) => (id === batch.id ? 'stored' : 'absent'));
    this.#options.outputs.committed(changes, batch.head.seq);
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
        this.#options.outputs.deliver(batch.refusedWith(refusals.overtaken()));
        return this.#recover();
      case 'unknown':
        if (batch.outputs.length > 0) this.#undecided = { batch, after: this.#head?.seq ?? 0, since: now };
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
    if (!this.#leads()) return;
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
    this.#journalMovedAt = now;
    if (this.#phase === 'taking') {
      this.#epoch++;
      this.#settleUndecided(() => 'absent');
      this.#setPhase('leading');
    }
    const { outputs } = this.#options;
    outputs.committed(batch.changes, head.seq);
    if (batch.outputs.length > 0) outputs.deliver(batch.outputs);
    if (this.#reverifyWanted) return this.#recover();
    this.#fireDeadlines(now);
    this.#wake();
  }

  /** What was decided is applied and gathered in this one step, and nothing foreign runs in it: the state is never ahead of the batches. */
  #decide(input: CoordinatorInput, now: number): void {
    if (this.#phase !== 'leading') return this.#answer(input, refusals.notLeading(this));
    const { command } = input;
    const { inputs, facts } = this.#options;
    try {
      const outcome = decide(this.#state, command, this.#pending?.at ?? now, inputs);
      if (outcome instanceof Refusal) {
        this.#answer(input, outcome, now);
        // Its answer to an offer came too late, but it came: the agent is there after all.
        const isAnswer = command.type === 'task.accept' || command.type === 'task.reject';
        if (!isAnswer || outcome.code === 'agent.replaced') return;
        const { org, agent } = command;
        return this.#decide({ connection: input.connection, command: { type: 'agent.respond', org, agent } }, now);
      }
      if (outcome.changes.length > 0) this.#openBatch(this.#state.now).add(outcome.changes);
      else this.#openBatchIfDoubtful(now);
      const answer = answerOf(input, outcome.reply, facts, this.#state.now);
      if (answer !== undefined) this.#say([answer]);
      if (outcome.outputs.length > 0) this.#say(outcome.outputs);
    } catch (error) {
      this.#failed(input, error);
    }
  }

  /** The state may be ahead of its journal: it is dropped, with everything that was decided on it and is not on its way. */
  #failed(input: CoordinatorInput, error: unknown): void {
    this.#options.outputs.defect(error, input.command.type);
    this.#dropPending();
    this.#answer(input, refusals.internal());
    if (this.#inFlight === null) return this.#recover();
    this.#reverifyWanted = true;
    this.#setPhase('recovering');
  }

  #answer(input: CoordinatorInput, refusal: Refusal, now?: number): void {
    const answer = answerOf(input, refusal, this.#options.facts, 0);
    if (answer === undefined) return;
    if (now === undefined) return this.#options.outputs.deliver([answer]);
    this.#openBatchIfDoubtful(now);
    this.#say([answer]);
  }

  /** Once everything that was decided so far is durable. */
  #say(outputs: readonly CoordinatorOutput[]): void {
    const last = this.#pending ?? this.#inFlight;
    if (last === null) this.#options.outputs.deliver(outputs);
    else last.outputs.push(...outputs);
  }

  #fireDeadlines(now: number): void {
    for (let page = 0; page < TICK_PAGES && this.#leads() && this.#pending?.isFull !== true; page++) {
      if (this.#state.deadlines.nextAt() > (this.#pending?.at ?? now)) return;
      this.#decide(TICK, now);
    }
  }

  /** Asked again after a decision: one that throws ends it. */
  #leads(): boolean {
    return this.#phase === 'leading';
  }

  /** The batch that is filling, begun if there is none. */
  #openBatch(at: number): PendingBatch {
    this.#pending ??= new PendingBatch(this.#options.inputs.newId(), Math.max(at, this.#state.now));
    return this.#pending;
  }

  /** A hub that has been silent for long may have been overtaken without knowing: it asks the journal before it answers. */
  #openBatchIfDoubtful(now: number): void {
    const ledAt = this.#inFlight === null ? this.#ledAt : this.#sentAt;
    if (this.#suspectsClockGap || now - ledAt > 2 * LEADER_BEAT_MS) this.#openBatch(now);
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
    batch.add(outcome.changes);
    this.#send(batch, epoch, this.#head, now);
  }

  /** Drops what was decided and is not known to be durable, and reads the journal again. */
  #recover(): void {
    this.#reverifyWanted = false;
    this.#dropPending();
    if (this.#isLeaving) return this.#giveUpUndecided();
    this.#setPhase('recovering');
    this.#options.outputs.recover(this.#head);
  }

  #dropPending(): void {
    const { outputs } = this.#options;
    if (this.#pending !== null) outputs.deliver(this.#pending.refusedWith(refusals.recovering()));
    this.#pending = null;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      this.#answer(next, refusals.recovering());
    }
  }

  #giveUpUndecided(): void {
    const undecided = this.#undecided;
    this.#undecided = null;
    if (undecided !== null) this.#options.outputs.deliver(undecided.batch.refusedWith(refusals.outcomeUnknown()));
  }

  #settleUndecided(fate: (id: string, after: number) => 'stored' | 'absent' | 'unknown'): void {
    const undecided = this.#undecided;
    if (undecided === null || this.#head === null || this.#head.seq <= undecided.after) return;
    this.#undecided = null;
    const { batch, after } = undecided;
    const found = fate(batch.id, after);
    const refusal = found === 'absent' ? refusals.recovering() : refusals.outcomeUnknown();
    this.#options.outputs.deliver(found === 'stored' ? batch.outputs : batch.refusedWith(refusal));
  }

  #setPhase(phase: LeadershipPhase): void {
    if (this.#phase === phase && phase !== 'recovering') return;
    this.#phase = phase;
    this.#options.outputs.phase(phase);
  }
}
