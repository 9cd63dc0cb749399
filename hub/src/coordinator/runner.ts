// Runs a coordinator on a journal, a clock and a scheduler, and gives the rest of the hub promises. The simulation runs it on virtual ones.

import { backoffMs, type Cancel, type LogWriter, type Scheduler } from '@agentcom/schemas';
import type { Change } from '../core/change.js';
import type { Command, Replies } from '../core/commands.js';
import type { Inputs } from '../core/decision.js';
import type { HubFacts } from '../core/outputs.js';
import { Refusal } from '../core/refusal.js';
import type { State } from '../core/state.js';
import { AppendHealth } from './append-health.js';
import type { Clock } from './clock.js';
import { Coordinator } from './coordinator.js';
import {
  type CoordinatorInput,
  type CoordinatorOutput,
  type JournalHead,
  type JournalPort,
  JournalUntrusted,
  type LeadershipPhase,
} from './ports.js';
import * as refusals from './refusals.js';

/** Between recoveries in a row; the first comes at once. */
const RECOVER_AGAIN = { baseMs: 250, capMs: 5_000 };
/** After a defect recoveries count as in a row for so long, ms: a command that always throws must not keep the hub reading its journal. */
const DEFECT_REMEMBERED_MS = 10_000;
const JUMP_CHECK_MS = 1_000;
const LONGEST_WAIT_MS = 1_000;
/** How long a read waits for a batch that this hub has not read yet, ms. */
const SEQ_WAIT_MS = 5_000;
const SEQ_WAITERS = 1_000;

export interface CoordinatorRunnerOptions {
  readonly journal: JournalPort;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly hub: string;
  readonly facts: HubFacts;
  readonly self: () => { readonly url: string; readonly version: string };
  readonly exclusive: boolean;
  readonly inputs: Inputs;
  readonly log: Pick<LogWriter, 'info' | 'warn' | 'error'>;
  /** Frames and closes for the sockets, in order. */
  readonly onOutputs: (outputs: readonly CoordinatorOutput[]) => void;
  /** Told at each change; `epoch` is the highest that is known. */
  readonly onPhase: (phase: LeadershipPhase, epoch: number) => void;
  /** What became durable with batch `seq`, `ms` after its append began; 0 when another hub appended it. */
  readonly onCommitted: (changes: readonly Change[], seq: number, ms: number) => void;
  /** The state was read anew, up to `seq`. */
  readonly onReset: (seq: number) => void;
  /** Nothing could be made durable over several recoveries in a row; told again every minute or two while that lasts. */
  readonly onStuck: (cause: string | undefined) => void;
  /** The journal must not be trusted: this hub must not go on. */
  readonly onUntrusted: (error: JournalUntrusted) => void;
}

export interface Seen<T> {
  /** The batch that `value` is true after. */
  readonly seq: number;
  readonly value: T;
}

export interface ReadOptions {
  /** Waits, for a while, until this batch has been read. */
  readonly minSeq?: number;
}

/** What the edges see of a coordinator. */
export interface ShardAccess {
  readonly phase: LeadershipPhase;
  readonly backlog: number;
  readonly epoch: number;
  readonly head: JournalHead | null;
  /** As decided so far, perhaps a batch ahead of what is durable: for checking keys and for figures. */
  readonly state: State;
  now(): number;
  /** Hands in a socket's command; its answer comes by `onOutputs`. */
  submit(input: CoordinatorInput): void;
  /** Resolves once the outcome is durable; `source` shares the queue fairly. Never rejects. */
  execute<C extends Command>(command: C, source: string): Promise<Replies[C['type']] | Refusal>;
  /** What `look` sees: on the leader once it is durable, on a follower as it is here. Rejects with what `look` throws. */
  read<T>(look: (state: State) => T, options?: ReadOptions): Promise<Seen<T> | Refusal>;
}

export class CoordinatorRunner implements ShardAccess {
  readonly appends = new AppendHealth();
  readonly #options: CoordinatorRunnerOptions;
  readonly #coordinator: Coordinator;
  /** Calls of this process that wait for their reply. */
  readonly #calls = new Map<number, (outcome: unknown) => void>();
  #lastCall = 0;
  readonly #seqWaiters = new Set<{ readonly minSeq: number; readonly go: () => void }>();
  #cancelTimer: Cancel = () => undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #stopFollowing: (() => void) | undefined;
  #appendBeganAt = 0;
  #appendMs = 0;
  /** Since something was last made durable. */
  #recoveries = 0;
  #defectAt = Number.NEGATIVE_INFINITY;
  #stopped = false;

  constructor(options: CoordinatorRunnerOptions) {
    this.#options = options;
    const { hub, facts, self, exclusive, inputs, log, scheduler } = options;
    this.#coordinator = new Coordinator({
      hub,
      facts,
      self,
      exclusive,
      inputs,
      outputs: {
        append: (batch, after) => {
          this.#appendBeganAt = scheduler.now();
          this.appends.begin(this.now());
          void this.#append(batch, after);
        },
        recover: (atLeast) => void this.#recover(atLeast),
        follow: (after) => this.#follow(after),
        gathered: () => void scheduler.after(0, () => this.#flush()),
        committed: (changes, seq) => this.#committed(changes, seq),
        reset: (seq) => this.#reset(seq),
        deliver: (outputs) => this.#deliver(outputs),
        phase: (phase) => this.#onPhase(phase),
        defect: (error, command) => {
          this.#defectAt = scheduler.now();
          log.error({ err: error, command }, 'a decision threw; the state is dropped and read again');
        },
      },
    });
  }

  get phase(): LeadershipPhase {
    return this.#coordinator.phase;
  }

  get backlog(): number {
    return this.#coordinator.backlog;
  }

  get state(): State {
    return this.#coordinator.state;
  }

  get head(): JournalHead | null {
    return this.#coordinator.head;
  }

  get epoch(): number {
    return this.#coordinator.epoch;
  }

  /** Since when this hub sees nobody lead; a leader that is well is silent for seconds at most. */
  get leaderlessSince(): number | undefined {
    return this.#coordinator.leaderlessSince;
  }

  /** How old the newest is that this hub knows while it follows, ms. */
  get lagMs(): number {
    return this.#coordinator.lagMs(this.now());
  }

  start(): void {
    this.#checkJumps();
    this.#coordinator.start();
  }

  now(): number {
    return this.#options.clock.now();
  }

  submit(input: CoordinatorInput): void {
    this.#noticeSleep();
    this.#coordinator.submit(input, this.now());
    if (!this.#coordinator.isBusy) this.#schedule();
  }

  execute<C extends Command>(command: C, source: string): Promise<Replies[C['type']] | Refusal> {
    return this.#call((call) => this.submit({ connection: source, command, call }));
  }

  async read<T>(look: (state: State) => T, { minSeq = 0 }: ReadOptions = {}): Promise<Seen<T> | Refusal> {
    if (minSeq > this.#seq && !(await this.#reaches(minSeq))) return refusals.behind(minSeq, this.#seq);
    return this.#call((call) => {
      this.#noticeSleep();
      this.#coordinator.read(look, call, this.now());
    });
  }

  /** The store under the journal restarted or was out of reach. */
  reverify(): void {
    this.#coordinator.reverify();
  }

  /** Says in the journal that this hub leaves, and stops. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    await this.#call((call) => this.#coordinator.leave(call, this.now()));
    this.#stopped = true;
    this.#coordinator.stop();
    this.#stopFollowing?.();
    this.#cancelTimer();
  }

  get #seq(): number {
    return this.#coordinator.head?.seq ?? 0;
  }

  /** `begin` throws before it does anything, or the call is answered. */
  #call<T>(begin: (call: number) => void): Promise<T> {
    const call = ++this.#lastCall;
    return new Promise((resolve, reject) => {
      this.#calls.set(call, resolve as (outcome: unknown) => void);
      try {
        begin(call);
      } catch (error) {
        this.#calls.delete(call);
        reject(error as Error);
      }
    });
  }

  /** What those who hear of it make of it must not reach the coordinator. */
  #deliver(decided: readonly CoordinatorOutput[]): void {
    const why = this.appends.failure;
    const outputs = why === undefined ? decided : decided.map((output) => withCause(output, why));
    for (const output of outputs) {
      if (output.kind !== 'reply') continue;
      this.#calls.get(output.call)?.(output.outcome);
      this.#calls.delete(output.call);
    }
    this.#guard('outputs could not be delivered', () => this.#options.onOutputs(outputs));
  }

  #committed(changes: readonly Change[], seq: number): void {
    const isOwn = this.#coordinator.phase !== 'following';
    if (this.#options.scheduler.now() - this.#defectAt > DEFECT_REMEMBERED_MS) this.#recoveries = 0;
    this.#guard('what became durable could not be told', () =>
      this.#options.onCommitted(changes, seq, isOwn ? this.#appendMs : 0),
    );
    this.#wakeSeqWaiters();
  }

  #reset(seq: number): void {
    this.#guard('what was read anew could not be told', () => this.#options.onReset(seq));
    this.#wakeSeqWaiters();
  }

  #guard(message: string, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#options.log.error({ err: error }, message);
    }
  }

  #reaches(minSeq: number): Promise<boolean> {
    if (this.#seqWaiters.size >= SEQ_WAITERS) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (reached: boolean): void => {
        this.#seqWaiters.delete(waiter);
        cancel();
        resolve(reached);
      };
      const waiter = { minSeq, go: () => settle(true) };
      const cancel = this.#options.scheduler.after(SEQ_WAIT_MS, () => settle(false));
      this.#seqWaiters.add(waiter);
    });
  }

  #wakeSeqWaiters(): void {
    for (const waiter of this.#seqWaiters) if (waiter.minSeq <= this.#seq) waiter.go();
  }

  #onPhase(phase: LeadershipPhase): void {
    if (phase !== 'following') {
      this.#stopFollowing?.();
      this.#stopFollowing = undefined;
    }
    this.appends.enter(phase);
    this.#options.log.info({ phase }, 'leadership');
    this.#guard('the change of leadership could not be told', () => this.#options.onPhase(phase, this.epoch));
  }

  async #append(batch: Parameters<JournalPort['append']>[0], after: JournalHead): Promise<void> {
    const outcome = await this.#options.journal.append(batch, after);
    if (this.#stopped) return;
    this.#appendMs = this.#options.scheduler.now() - this.#appendBeganAt;
    this.appends.end(outcome, this.now());
    if (outcome.kind !== 'acked')
      this.#options.log.warn({ outcome, after: after.seq }, 'an append was not acknowledged');
    this.#coordinator.appended(outcome, this.now());
    this.#schedule();
  }

  async #recover(atLeast: JournalHead | null): Promise<void> {
    const { journal, clock, log } = this.#options;
    while (!this.#stopped && this.#coordinator.phase === 'recovering') {
      if (this.#recoveries > 0) await this.#pause(backoffMs(RECOVER_AGAIN, this.#recoveries));
      this.#recoveries++;
      if (isStuck(this.#recoveries)) this.#options.onStuck(this.appends.failure);
      try {
        const found = await journal.recover(atLeast);
        if (this.#stopped) return;
        clock.atLeast(found.state.now);
        this.#coordinator.recovered(found, this.now());
        this.#schedule();
        return;
      } catch (error) {
        if (error instanceof JournalUntrusted) return this.#options.onUntrusted(error);
        log.warn({ err: error }, 'the journal cannot be read right now; retrying');
      }
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#options.scheduler.after(ms, resolve);
    });
  }

  #follow(after: JournalHead): void {
    this.#stopFollowing = this.#options.journal.follow(
      after,
      (batch) => {
        this.#coordinator.followed(batch, this.now());
        this.#schedule();
      },
      (error) => {
        this.#options.log.warn({ err: error }, 'following the journal broke off');
        this.#coordinator.followBroken();
      },
    );
    this.#schedule();
  }

  /** Before anything is answered: another hub may have taken the lead while this machine slept. */
  #noticeSleep(): void {
    if (this.#options.clock.mayHaveSlept()) this.#coordinator.suspectClockGap();
  }

  #checkJumps(): void {
    this.#options.scheduler.after(JUMP_CHECK_MS, () => {
      if (this.#stopped) return;
      this.#checkJump();
      this.#checkJumps();
    });
  }

  #checkJump(): void {
    if (this.#coordinator.phase !== 'leading') return;
    const jump = this.#options.clock.jump(this.#coordinator.state.wallOffsetMs);
    if (jump === null) return;
    this.#options.log.warn(jump, 'the wall clock jumped; grace periods start over');
    this.submit({ connection: 'hub', command: { type: 'clock.jump', ...jump } });
  }

  /** One timer, for whatever is due first. */
  #schedule(): void {
    if (this.#stopped) return;
    const now = this.now();
    const at = Math.min(this.#coordinator.nextAt(), now + LONGEST_WAIT_MS);
    if (this.#timerAt <= at && this.#timerAt > now) return;
    this.#cancelTimer();
    this.#timerAt = at;
    this.#cancelTimer = this.#options.scheduler.after(Math.max(1, at - now), () => this.#tick());
  }

  #flush(): void {
    if (this.#stopped) return;
    this.#coordinator.flush(this.now());
    this.#schedule();
  }

  #tick(): void {
    if (this.#stopped) return;
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#coordinator.tick(this.now());
    this.#schedule();
  }
}

function withCause(output: CoordinatorOutput, why: string): CoordinatorOutput {
  if (output.kind !== 'reply' || !(output.outcome instanceof Refusal)) return output;
  return { ...output, outcome: refusals.becauseNotWritable(output.outcome, why) };
}

/** After the 3rd recovery in a row, and then after every 15th: at least a minute apart, and never so rarely that an end of the cause goes unnoticed. */
function isStuck(recoveries: number): boolean {
  return recoveries === 3 || recoveries % 15 === 0;
}
