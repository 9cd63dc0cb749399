// One hub process: the shipped coordinator runner, agent registry and sessions, in virtual time, on the simulated journal and network.

import { Clock } from '@agentcom/hub/coordinator/clock';
import type {
  AppendOutcome,
  CoordinatorInput,
  CoordinatorOutput,
  JournalHead,
  JournalPort,
  LeadershipPhase,
  Recovered,
  StoredBatch,
} from '@agentcom/hub/coordinator/ports';
import { CoordinatorRunner } from '@agentcom/hub/coordinator/runner';
import type { Command, Replies } from '@agentcom/hub/core/commands';
import { Refusal } from '@agentcom/hub/core/refusal';
import type { State } from '@agentcom/hub/core/state';
import { Feed } from '@agentcom/hub/feed/feed';
import { Alerting } from '@agentcom/hub/maintenance/alerting';
import { Dispatcher } from '@agentcom/hub/notify/dispatcher';
import { conditionsAt } from './alerts.js';
import { digestOf } from './facts.js';
import { Gateway } from './gateway.js';
import { Process } from './process.js';
import { answeredInTime, refusedChangesNothing } from './promises.js';
import { dumpOf } from './store.js';
import type { World } from './world.js';

const UNREADABLE_MS = 500;
const SECOND_MS = 1_000;
/** Of all commands: the whole state is compared before and after, if they are refused. */
const WATCHED = 0.04;
/** Refusals that come from the loop, not from a decision. */
const LOOP = /^hub\./;

const DEFECT = 'a simulated defect';

/** Something that was asked of this life and is not answered, and for how many seconds of running. */
interface Asked {
  readonly what: string;
  seconds: number;
  readonly before: readonly string[] | undefined;
  after?: readonly string[];
}

export class SimHub extends Process {
  gateway: Gateway;
  #runner!: CoordinatorRunner;
  #alerting!: Alerting;
  #dispatcher!: Dispatcher;
  #feed!: Feed;
  #clock!: Clock;
  #isLeaving = false;
  readonly #asked = new Map<string, Asked>();
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
    return this.#runner.phase;
  }

  get state(): State {
    return this.#runner.state;
  }

  get isLeading(): boolean {
    return this.isUp && !this.isPaused && this.#runner.phase === 'leading';
  }

  /** Nothing is decided that the journal does not have. */
  get isSettled(): boolean {
    return this.#runner.head?.seq === this.world.store.head.seq && this.state.now === this.world.store.truth.now;
  }

  now(): number {
    return this.#clock.now();
  }

  override boot(): void {
    super.boot();
    this.#isLeaving = false;
    this.#asked.clear();
    this.#clock = new Clock({
      wall: () => 1_700_000_000_000 + this.world.schedule.now + this.#wallSkewMs,
      elapsed: () => this.world.schedule.now - this.#sleptMs,
    });
    this.#feed = new Feed({ soon: (run) => this.later(0, run), onFailed: (error) => this.world.failed(error) });
    this.#runner = this.#newRunner();
    this.#alerting = this.#newAlerting();
    this.#dispatcher = this.#newDispatcher();
    this.#dispatcher.start();
    this.gateway = new Gateway(this, this.world);
    this.world.trace.note(this.name, 'boots');
    this.step(() => this.#runner.start());
    this.#everySecond();
  }

  override die(): void {
    if (!this.isUp) return;
    super.die();
    this.world.trace.note(this.name, 'killed');
    this.gateway.lost();
  }

  /** Every step may be the last. */
  override step(run: () => void): void {
    super.step(() => {
      run();
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
    this.#asked.set('leave', { what: 'leave', seconds: 0, before: undefined });
    const left = this.inThisLife(() => {
      this.#asked.delete('leave');
      this.later(0, () => this.crash());
    });
    this.step(() => {
      this.world.isUnsettled = true;
      void this.#runner.stop().then(left);
    });
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

  /** Decides a command; `answer` hears of it once it is durable. */
  execute<C extends Command>(
    command: C,
    source: string,
    answer: (outcome: Replies[C['type']] | Refusal) => void,
  ): void {
    const key = `${source} ${this.world.newId()}`;
    this.#watch(key, command, (changed) => {
      const answered = this.inThisLife((outcome: Replies[C['type']] | Refusal) => {
        this.#answered(key, outcome instanceof Refusal ? outcome : undefined);
        this.world.check(() => answer(outcome));
      });
      void this.#runner.execute(changed, source).then(answered);
    });
  }

  /** A socket's command. */
  submit(input: CoordinatorInput): void {
    if (input.re === undefined) return this.#runner.submit(input);
    this.#watch(`${input.connection} ${input.re}`, input.command, (command) =>
      this.#runner.submit({ ...input, command }),
    );
  }

  /** Reads once batch `minSeq` is there. */
  read<T>(look: (state: State) => T, minSeq: number, answer: (outcome: T | Refusal) => void): void {
    const answered = this.inThisLife((outcome: T | Refusal) => this.world.check(() => answer(outcome)));
    this.world.isUnsettled = true;
    void this.#runner.read(look, { minSeq }).then((seen) => answered(seen instanceof Refusal ? seen : seen.value));
  }

  reverify(): void {
    this.step(() => this.#runner.reverify());
  }

  /** Hands a command on as the mutation has it, and sees to it that it is answered, and changes nothing when it is refused. */
  #watch<C extends Command>(key: string, command: C, submit: (command: C) => void): void {
    const { mutation, random } = this.world;
    const said = withDigest(command);
    if ('report' in said) this.world.ledger.heard(said.report.digest, said.connection);
    const changed = (mutation.command?.(said, this.state) ?? said) as C;
    // An answer to an offer that is refused still shows that its agent is there.
    const isAnswer = command.type === 'task.accept' || command.type === 'task.reject';
    const isWatched = random.chance(WATCHED) && !isAnswer;
    const asked: Asked = { what: command.type, seconds: 0, before: isWatched ? dumpOf(this.state) : undefined };
    this.#asked.set(key, asked);
    this.world.isUnsettled = true;
    submit(changed);
    if (isWatched) asked.after = dumpOf(this.state);
  }

  #answered(key: string, refusal: Pick<Refusal, 'code' | 'message'> | undefined): void {
    const asked = this.#asked.get(key);
    this.#asked.delete(key);
    if (asked === undefined || refusal === undefined) return;
    this.world.trace.note(this.name, `refuses ${asked.what}`, refusal.code);
    const { before, after } = asked;
    if (before === undefined || after === undefined || LOOP.test(refusal.code)) return;
    this.world.check(() => refusedChangesNothing(refusal, before, after));
  }

  #onOutputs(outputs: readonly CoordinatorOutput[]): void {
    for (const output of outputs) {
      if (output.kind !== 'frame' || !('re' in output.frame) || output.frame.re === undefined) continue;
      this.#answered(
        `${output.connection} ${output.frame.re}`,
        output.frame.type === 'error' ? (output.frame as Pick<Refusal, 'code' | 'message'>) : undefined,
      );
    }
    this.gateway.deliver(outputs);
  }

  #newRunner(): CoordinatorRunner {
    const { random, newId, trace, mutation } = this.world;
    const journal = this.#journal();
    const feed = this.#feed;
    /** Chance is foreign in a decision, so a defect comes in by it. */
    const drawOrThrow = (): number => {
      if (random.chance(this.world.weather.decisionThrows)) throw new Error(DEFECT);
      return random.next();
    };
    return new CoordinatorRunner({
      journal: mutation.journal?.(journal) ?? journal,
      clock: this.#clock,
      scheduler: this.scheduler(random),
      hub: this.name,
      facts: { version: '1.0.0', heartbeatSeconds: 15 },
      exclusive: this.exclusive,
      self: () => ({ url: `http://${this.name}`, version: '1' }),
      inputs: { random: drawOrThrow, newId },
      log: {
        info: () => undefined,
        warn: () => undefined,
        error: (about, message) => {
          const { err } = about as { err?: unknown };
          if (err instanceof Error && err.message === DEFECT) trace.note(this.name, message);
          else this.world.failed(err ?? new Error(message));
        },
      },
      onOutputs: (outputs) => this.#onOutputs(outputs),
      onPhase: (phase, epoch) => {
        trace.note(this.name, 'phase', phase);
        if (phase === 'leading') this.#alerting.onLeading(epoch);
        else this.#alerting.onFollowing();
        if (phase !== 'leading') this.gateway.closeAll();
        if (phase === 'leading') this.#dispatcher.onLeading();
        else this.#dispatcher.onFollowing();
      },
      onCommitted: (changes, seq, ms) => feed.publish(changes, seq, ms),
      onReset: (seq) => feed.reset(seq),
      onStuck: () => undefined,
      onUntrusted: (error) => this.world.failed(error),
    });
  }

  /** On rules whose findings follow from the time alone. */
  #newAlerting(): Alerting {
    const { schedule, random } = this.world;
    const runner = this.#runner;
    return new Alerting({
      shard: {
        get state() {
          return runner.state;
        },
        now: () => this.now(),
        execute: (command, source) =>
          new Promise((resolve) => {
            this.execute(command, source, (outcome) => {
              this.world.isUnsettled = true;
              resolve(outcome);
            });
          }),
      },
      scheduler: this.scheduler(random),
      // Only once the installation has its config.
      find: ({ config }) => (config.version === 0 ? [] : conditionsAt(schedule.now)),
      onFound: () => undefined,
      onFailed: (error) => this.world.failed(error),
    });
  }

  #newDispatcher(): Dispatcher {
    const { outbox, random } = this.world;
    return new Dispatcher({
      state: () => this.state,
      read: (look) =>
        new Promise((resolve) => {
          const seen = this.inThisLife(resolve);
          this.world.isUnsettled = true;
          void this.#runner.read(look).then((found) => {
            this.world.isUnsettled = true;
            seen(found);
          });
        }),
      execute: (command) =>
        new Promise((resolve) =>
          this.execute(command, 'notify', (outcome) => {
            this.world.isUnsettled = true;
            resolve(outcome);
          }),
        ),
      feed: this.#feed,
      scheduler: this.scheduler(random),
      deliver: (deliveries) =>
        new Promise((resolve, reject) => {
          const heard = (tell: () => void) =>
            this.inThisLife(() => {
              this.world.isUnsettled = true;
              tell();
            });
          outbox.deliver(
            deliveries,
            heard(resolve),
            heard(() => reject(new Error('the outbox does not answer'))),
          );
        }),
      onFailed: () => this.world.trace.note(this.name, 'the outbox did not answer'),
    });
  }

  /** The journal as this life sees it; what is asked of it by a life that is over never happens. */
  #journal(): JournalPort {
    const { random, store, trace } = this.world;
    const begin = this.inThisLife((run: () => void) => run());
    return {
      append: (batch, after) =>
        new Promise<AppendOutcome>((resolve) => {
          const done = this.inThisLife((outcome: AppendOutcome) => {
            if (outcome.kind !== 'acked') trace.note(this.name, 'append', outcome.kind, { after: after.seq });
            this.world.isUnsettled = true;
            resolve(outcome);
          });
          if (this.isUp) begin(() => store.append(batch, after, done));
        }),
      recover: (atLeast) =>
        new Promise<Recovered>((resolve, reject) => {
          const read = (): void => {
            this.world.isUnsettled = true;
            const found = store.recover(atLeast);
            if (found !== null) resolve(found);
            else {
              this.later(UNREADABLE_MS, () => {
                this.world.isUnsettled = true;
                reject(new Error('the store is away'));
              });
            }
          };
          this.later(random.between(1, 300), read);
        }),
      follow: (after: JournalHead, onBatch: (batch: StoredBatch) => void, onBroken: (error: Error) => void) =>
        store.follow(
          after,
          this.inThisLife(onBatch),
          this.inThisLife(() => onBroken(new Error('the store was killed'))),
        ),
    };
  }

  #everySecond(): void {
    this.later(SECOND_MS, () => {
      for (const asked of this.#asked.values()) this.world.check(() => answeredInTime(asked.what, ++asked.seconds));
      this.#everySecond();
    });
  }
}

/** The ledger knows reports by a digest of its own. */
function withDigest<C extends Command>(command: C): C {
  if (!('report' in command)) return command;
  const { agent, task, generation, report, type } = command;
  const { seq } = report;
  return { ...command, report: { seq, digest: digestOf(agent, { task, generation }, seq, type) } };
}
