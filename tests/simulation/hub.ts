// One hub process: the real coordinator and the real clock, driven in virtual time as `runner.ts` drives them in real time.

import { Clock } from '@agentcom/hub/coordinator/clock';
import { Coordinator, type CoordinatorOutputs, type LeadershipPhase } from '@agentcom/hub/coordinator/coordinator';
import type { AppendOutcome, StoredBatch } from '@agentcom/hub/coordinator/ports';
import type { Command, Replies } from '@agentcom/hub/core/commands';
import { Refusal } from '@agentcom/hub/core/decision';
import type { State } from '@agentcom/hub/core/state';
import { Gateway } from './gateway.js';
import { Process } from './process.js';
import { answeredInTime, refusedChangesNothing } from './promises.js';
import { dumpOf } from './store.js';
import type { World } from './world.js';

const RECOVER_AGAIN_MS = 500;
const JUMP_CHECK_MS = 1_000;
/** Of all commands: the whole state is compared before and after, if they are refused. */
const WATCHED = 0.04;
/** Refusals that come from the loop, not from a decision. */
const LOOP = /^hub\./;

export class SimHub extends Process {
  readonly gateway: Gateway;
  #coordinator!: Coordinator;
  #clock!: Clock;
  #timerAt = Number.POSITIVE_INFINITY;
  /** Bumped at each change of phase: what belonged to the one before is over. */
  #term = 0;
  #stopFollowing: (() => void) | null = null;
  #isLeaving = false;
  /** What was asked in this life and is not answered, and for how many seconds of running. */
  readonly #unanswered = new Map<object, { readonly what: string; seconds: number }>();
  /** The machine's wall clock against the true time, and how long the machine slept, ms. */
  #wallSkewMs = 0;
  #sleptMs = 0;

  constructor(
    private readonly world: World,
    readonly name: string,
    private readonly exclusive: boolean,
  ) {
    super(world.schedule);
    this.gateway = new Gateway(this, world);
  }

  get phase(): LeadershipPhase {
    return this.#coordinator.phase;
  }

  get state(): State {
    return this.#coordinator.state;
  }

  get isLeading(): boolean {
    return this.isUp && !this.isPaused && this.#coordinator.phase === 'leading';
  }

  /** Nothing is decided that the journal does not have. */
  get isSettled(): boolean {
    return this.#coordinator.head?.seq === this.world.store.head.seq && this.state.now === this.world.store.truth.now;
  }

  now(): number {
    return this.#clock.now();
  }

  override boot(): void {
    super.boot();
    this.#isLeaving = false;
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#clock = new Clock({
      wall: () => 1_700_000_000_000 + this.world.schedule.now + this.#wallSkewMs,
      elapsed: () => this.world.schedule.now - this.#sleptMs,
    });
    const { random, newId, mutation } = this.world;
    const plain = this.#outputs();
    const outputs =
      mutation.outputs?.(
        plain,
        () => this.#coordinator,
        (run) => this.later(0, () => run(this.now())),
      ) ?? plain;
    this.#coordinator = new Coordinator({
      hub: this.name,
      self: () => ({ url: `http://${this.name}`, version: '1' }),
      exclusive: this.exclusive,
      inputs: { random: () => random.next(), newId },
      outputs,
    });
    this.world.trace.note(this.name, 'boots');
    this.step(() => this.#coordinator.start());
    this.#checkJump();
  }

  override die(): void {
    if (!this.isUp) return;
    super.die();
    this.world.trace.note(this.name, 'killed');
    this.#unanswered.clear();
    this.#stopFollowing?.();
    this.#stopFollowing = null;
    this.gateway.lost();
  }

  /** Every step may be the last. */
  override step(run: () => void): void {
    super.step(() => {
      run();
      this.#schedule();
      if (this.isUp && this.world.random.chance(this.world.weather.hubKilled)) this.crash();
    });
  }

  crash(): void {
    this.die();
    this.world.schedule.after(this.world.random.between(100, 8_000), () => this.isUp || this.boot());
  }

  /** Stops as on SIGTERM, and is started again later. */
  leave(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    this.world.trace.note(this.name, 'leaves');
    const leaving = {};
    this.#unanswered.set(leaving, { what: 'leave', seconds: 0 });
    this.step(() =>
      this.#coordinator.leave(this.now(), () => {
        this.#unanswered.delete(leaving);
        this.later(0, () => this.crash());
      }),
    );
  }

  wallJumps(ms: number): void {
    this.#wallSkewMs += ms;
    this.world.trace.note(this.name, 'wall clock jumps', { ms });
  }

  /** The machine sleeps: nothing runs, elapsed time stands still, the wall goes on. */
  sleep(ms: number): void {
    this.pause();
    this.world.trace.note(this.name, 'sleeps', { ms });
    this.world.schedule.after(ms, () => {
      this.#sleptMs += ms;
      this.resume();
    });
  }

  stall(ms: number): void {
    this.pause();
    this.world.trace.note(this.name, 'is stopped', { ms });
    this.world.schedule.after(ms, () => this.resume());
  }

  /** Decides a command, `answer` hears of it once it is durable. */
  execute<C extends Command>(
    command: C,
    source: string,
    answer: (outcome: Replies[C['type']] | Refusal) => void,
  ): void {
    this.executeAnd(command, source, () => undefined, answer);
  }

  executeAnd<C extends Command>(
    command: C,
    source: string,
    decided: (reply: Replies[C['type']]) => void,
    answer: (outcome: Replies[C['type']] | Refusal) => void,
  ): void {
    const { mutation, random, trace } = this.world;
    const changed = (mutation.command?.(command, this.state) ?? command) as C;
    const isWatched = random.chance(WATCHED);
    const before = isWatched ? dumpOf(this.state) : [];
    let after: readonly string[] | null = null;
    const asked = {};
    this.#unanswered.set(asked, { what: command.type, seconds: 0 });
    this.#noticeSleep();
    this.#coordinator.execute(
      changed,
      source,
      this.now(),
      (_state, reply) => {
        decided(reply);
        return reply;
      },
      (outcome) => {
        this.#unanswered.delete(asked);
        if (outcome instanceof Refusal) trace.note(this.name, `refuses ${command.type}`, outcome.code);
        if (outcome instanceof Refusal && isWatched && !LOOP.test(outcome.code)) {
          refusedChangesNothing(outcome, before, after ?? dumpOf(this.state));
        }
        answer(outcome);
      },
    );
    after = isWatched ? dumpOf(this.state) : [];
    this.#schedule();
  }

  read<T>(look: (state: State) => T, answer: (outcome: T | Refusal) => void): void {
    this.#noticeSleep();
    this.#coordinator.read(look, this.now(), answer);
    this.#schedule();
  }

  reverify(): void {
    this.step(() => this.#coordinator.reverify());
  }

  #noticeSleep(): void {
    if (this.#clock.mayHaveSlept()) this.#coordinator.suspectClockGap();
  }

  #outputs(): CoordinatorOutputs {
    const { store, trace } = this.world;
    return {
      append: (batch, after) => {
        const done = this.inThisLife((outcome: AppendOutcome) => {
          if (outcome.kind !== 'acked') trace.note(this.name, 'append', outcome.kind, { after: after.seq });
          this.#coordinator.appended(outcome, this.now());
        });
        store.append(batch, after, done);
      },
      recover: (atLeast) => this.#recover(atLeast),
      follow: (after) => {
        this.#stopFollowing = store.follow(
          after,
          this.inThisLife((batch: StoredBatch) => this.#coordinator.followed(batch, this.now())),
          this.inThisLife(() => this.#coordinator.followBroken()),
        );
      },
      gathered: () => this.later(0, () => this.#coordinator.flush(this.now())),
      committed: () => undefined,
      effects: (effects) => this.gateway.deliver(effects),
      phase: (phase) => {
        trace.note(this.name, 'phase', phase);
        this.#term++;
        if (phase !== 'following') {
          this.#stopFollowing?.();
          this.#stopFollowing = null;
        }
        if (phase !== 'leading') this.gateway.closeAll();
      },
    };
  }

  #recover(atLeast: Parameters<CoordinatorOutputs['recover']>[0]): void {
    const term = this.#term;
    this.later(this.world.random.between(1, 300), () => {
      if (term !== this.#term || this.phase !== 'recovering') return;
      const found = this.world.store.recover(atLeast);
      if (found === null) return this.later(RECOVER_AGAIN_MS, () => this.#recover(atLeast));
      this.#clock.atLeast(found.state.now);
      this.#coordinator.recovered(found, this.now());
    });
  }

  #checkJump(): void {
    this.later(JUMP_CHECK_MS, () => {
      for (const asked of this.#unanswered.values()) answeredInTime(asked.what, ++asked.seconds);
      if (this.phase === 'leading') {
        const jump = this.#clock.jump(this.state.wallOffsetMs);
        if (jump !== null) this.execute({ type: 'clock.jump', ...jump }, 'hub', () => undefined);
      }
      this.#checkJump();
    });
  }

  #schedule(): void {
    if (!this.isUp) return;
    const now = this.now();
    const at = Math.max(now + 1, this.#coordinator.nextAt());
    if (at === Number.POSITIVE_INFINITY || (this.#timerAt <= at && this.#timerAt > now)) return;
    this.#timerAt = at;
    this.later(at - now, () => {
      if (this.#timerAt !== at) return;
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.#coordinator.tick(this.now());
    });
  }
}
