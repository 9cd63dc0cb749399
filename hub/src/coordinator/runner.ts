// Runs a coordinator on a real journal and a real clock, and gives the gateway promises.

import type { Logger } from 'pino';
import type { Command, Replies } from '../core/commands.js';
import type { Inputs, Refusal } from '../core/decision.js';
import type { Effect } from '../core/effects.js';
import type { Event } from '../core/events.js';
import type { State } from '../core/state.js';
import type { Clock } from './clock.js';
import { Coordinator, type LeadershipPhase } from './coordinator.js';
import type { JournalHead, JournalPort } from './ports.js';

/** Between recoveries in a row: the first at once, then this, doubled each time up to the cap. */
const RECOVER_AGAIN_MS = 250;
const RECOVER_AGAIN_CAP_MS = 5_000;
const JUMP_CHECK_MS = 1_000;
const LONGEST_WAIT_MS = 1_000;

export interface CoordinatorRunnerOptions {
  readonly journal: JournalPort;
  readonly clock: Clock;
  readonly hub: string;
  readonly self: () => { readonly url: string; readonly version: string };
  readonly exclusive: boolean;
  readonly inputs: Inputs;
  readonly log: Logger;
  readonly onEffects: (effects: readonly Effect[]) => void;
  readonly onPhase: (phase: LeadershipPhase) => void;
  /** Events became durable, `ms` after their append began. */
  readonly onCommitted: (events: readonly Event[], ms: number) => void;
  /** Nothing could be made durable over several recoveries in a row; told again every minute or two while that lasts. */
  readonly onStuck: () => void;
  /** The journal was refused: this hub must not go on. */
  readonly onRefused: (error: Error) => void;
}

/** What the gateway sees of the coordinator. */
export interface Shard {
  readonly phase: LeadershipPhase;
  readonly backlog: number;
  /** As decided so far, perhaps a batch ahead of what is durable: for checking keys and for figures. */
  readonly state: State;
  /** Resolves once the outcome is durable; `source` shares the inbox fairly. Never rejects. */
  execute<C extends Command>(command: C, source: string): Promise<Replies[C['type']] | Refusal>;
  /** The same, with what `project` sees right after the decision. */
  executeAnd<C extends Command, T>(
    command: C,
    source: string,
    project: (state: State, reply: Replies[C['type']]) => T,
  ): Promise<T | Refusal>;
  /** What `look` sees, once everything it could have seen is durable. */
  read<T>(look: (state: State) => T): Promise<T | Refusal>;
  now(): number;
}

export class CoordinatorRunner implements Shard {
  readonly #options: CoordinatorRunnerOptions;
  readonly #coordinator: Coordinator;
  #timer: NodeJS.Timeout | null = null;
  #timerAt = Number.POSITIVE_INFINITY;
  #stopFollowing: (() => void) | null = null;
  #jumpCheck: NodeJS.Timeout | null = null;
  #appendMs = 0;
  #appendFailure: string | null = null;
  /** Since something was last made durable. */
  #recoveries = 0;
  #stopped = false;

  constructor(options: CoordinatorRunnerOptions) {
    this.#options = options;
    const { hub, self, exclusive, inputs, journal } = options;
    this.#coordinator = new Coordinator({
      hub,
      self,
      exclusive,
      inputs,
      outputs: {
        append: (batch, after) => {
          const began = performance.now();
          void journal.append(batch, after).then((outcome) => {
            if (this.#stopped) return;
            this.#appendMs = performance.now() - began;
            this.#appendFailure = outcome.kind === 'unknown' ? outcome.reason : null;
            if (outcome.kind !== 'acked')
              options.log.warn({ outcome, after: after.seq }, 'an append was not acknowledged');
            this.#coordinator.appended(outcome, this.now());
            this.#schedule();
          });
        },
        recover: (atLeast) => void this.#recover(atLeast),
        follow: (after) => this.#follow(after),
        gathered: () => setImmediate(() => this.#flush()),
        committed: (events) => {
          this.#recoveries = 0;
          options.onCommitted(events, this.#appendMs);
        },
        effects: options.onEffects,
        phase: (phase) => this.#onPhase(phase),
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

  /** Why the last append may not have been stored; null when it was. */
  get appendFailure(): string | null {
    return this.#appendFailure;
  }

  get epoch(): number {
    return this.#coordinator.epoch;
  }

  start(): void {
    this.#jumpCheck = setInterval(() => this.#checkJump(), JUMP_CHECK_MS);
    this.#coordinator.start();
  }

  now(): number {
    return this.#options.clock.now();
  }

  execute<C extends Command>(command: C, source: string): Promise<Replies[C['type']] | Refusal> {
    return this.executeAnd(command, source, (_state, reply) => reply);
  }

  executeAnd<C extends Command, T>(
    command: C,
    source: string,
    project: (state: State, reply: Replies[C['type']]) => T,
  ): Promise<T | Refusal> {
    return new Promise((resolve) => {
      this.#noticeSleep();
      this.#coordinator.execute(command, source, this.now(), project, resolve);
      this.#schedule();
    });
  }

  read<T>(look: (state: State) => T): Promise<T | Refusal> {
    return new Promise((resolve) => {
      this.#noticeSleep();
      this.#coordinator.read(look, this.now(), resolve);
    });
  }

  /** The store under the journal restarted or was out of reach. */
  reverify(): void {
    this.#coordinator.reverify();
  }

  /** Says in the journal that this hub leaves, and stops. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    await new Promise<void>((resolve) => this.#coordinator.leave(this.now(), resolve));
    this.#stopped = true;
    this.#stopFollowing?.();
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#jumpCheck !== null) clearInterval(this.#jumpCheck);
  }

  #onPhase(phase: LeadershipPhase): void {
    if (phase !== 'following') {
      this.#stopFollowing?.();
      this.#stopFollowing = null;
    }
    this.#options.log.info({ phase }, 'phase');
    this.#options.onPhase(phase);
  }

  async #recover(atLeast: JournalHead | null): Promise<void> {
    const { journal, clock, log } = this.#options;
    while (!this.#stopped && this.#coordinator.phase === 'recovering') {
      if (this.#recoveries > 0) await this.#pause(RECOVER_AGAIN_MS * 2 ** (this.#recoveries - 1));
      this.#recoveries++;
      if (isStuck(this.#recoveries)) this.#options.onStuck();
      try {
        const found = await journal.recover(atLeast);
        clock.atLeast(found.state.now);
        this.#coordinator.recovered(found, this.now());
        this.#schedule();
        return;
      } catch (error) {
        if (error instanceof Error && error.name === 'JournalRefused') return this.#options.onRefused(error);
        log.warn({ err: error }, 'the journal cannot be read just now; trying again');
      }
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, Math.min(ms, RECOVER_AGAIN_CAP_MS)));
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

  #checkJump(): void {
    if (this.#coordinator.phase !== 'leading') return;
    const jump = this.#options.clock.jump(this.#coordinator.state.wallOffsetMs);
    if (jump === null) return;
    this.#options.log.warn(jump, 'the wall clock jumped; grace periods begin anew');
    void this.execute({ type: 'clock.jump', ...jump }, 'hub');
  }

  /** One timer, for whatever is due first. */
  #schedule(): void {
    const at = Math.min(this.#coordinator.nextAt(), this.now() + LONGEST_WAIT_MS);
    if (this.#timer !== null && this.#timerAt <= at && this.#timerAt > this.now()) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(() => this.#tick(), Math.max(0, at - this.now()));
  }

  #flush(): void {
    if (this.#stopped) return;
    this.#coordinator.flush(this.now());
    this.#schedule();
  }

  #tick(): void {
    if (this.#stopped) return;
    this.#timer = null;
    this.#coordinator.tick(this.now());
    this.#schedule();
  }
}

/** After the 3rd recovery in a row, and then after every 15th: at least a minute apart, and never so rarely that an end of the cause goes unnoticed. */
function isStuck(recoveries: number): boolean {
  return recoveries === 3 || recoveries % 15 === 0;
}
