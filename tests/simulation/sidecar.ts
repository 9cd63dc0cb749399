// One sidecar: the real job machine, with its disk, its link and its agent in virtual time. Actions are carried out as `job.ts` says:
// strictly in order, `persist` and `forget` as barriers, everything else begun and not waited for.

import type { Holding, HoldingVerdict } from '@agentcom/schemas';
import type { Failure } from '@agentcom/sidecar/core/attempt';
import {
  type Action,
  begin,
  holdingOf,
  type Job,
  type JobEvent,
  type JobState,
  type RequestError,
  type Step,
  step,
} from '@agentcom/sidecar/core/job';
import { digestOf, fact, keyOf } from './ledger.js';
import { Machine, type Run } from './machine.js';
import { Process } from './process.js';
import { keptUntilConfirmed } from './promises.js';
import { type LinkListener, type Request, SimLink, type TaskFrame } from './sidecar-link.js';
import type { World } from './world.js';

export class SimSidecar extends Process implements LinkListener {
  readonly machine: Machine;
  readonly link: SimLink;
  #questions = 0;
  #state: JobState = begin(null).state;
  #queue: Action[] = [];
  #isWriting = false;
  /** A question whose number is not on disk yet. */
  #asking: { readonly key: string; readonly questionId: string; readonly seq: number } | null = null;

  constructor(
    private readonly world: World,
    readonly name: string,
    readonly capabilities: readonly string[],
  ) {
    super(world.schedule);
    this.machine = new Machine(world, name);
    this.link = new SimLink(world, this, this);
  }

  get holds(): Job | null {
    return this.#state.job;
  }

  override boot(): void {
    super.boot();
    this.#queue = [];
    this.#isWriting = false;
    this.#asking = null;
    this.world.trace.note(this.name, 'boots', { record: this.machine.record });
    this.step(() => {
      this.#take(begin(this.machine.load()));
      this.link.start();
    });
  }

  override die(): void {
    if (!this.isUp) return;
    const action = this.#isWriting ? this.#queue[0] : undefined;
    if (action !== undefined && this.world.random.chance(0.5)) this.#write(action);
    super.die();
    this.world.trace.note(this.name, 'killed');
    this.link.abandon();
    if (this.world.random.chance(this.world.weather.machineLost)) this.machine.goDown();
  }

  override step(run: () => void): void {
    super.step(() => {
      run();
      this.#mayDie();
    });
  }

  stall(ms: number): void {
    this.pause();
    this.world.trace.note(this.name, 'is stopped', { ms });
    this.world.schedule.after(ms, () => this.resume());
  }

  holding(): Holding | undefined {
    return holdingOf(this.#state);
  }

  welcomed(verdict: HoldingVerdict | null): void {
    this.#happen({ type: 'online', verdict });
  }

  lost(): void {
    this.#happen({ type: 'offline' });
  }

  task(frame: TaskFrame): void {
    switch (frame.type) {
      case 'task.assign': {
        const { type: _type, ...assignment } = frame;
        const unfit = this.world.random.chance(this.world.weather.unwilling) ? 'not in the mood' : null;
        return this.#happen({ type: 'assign', assignment, unfit });
      }
      case 'task.cancel':
        return this.#happen({ type: 'cancel', attempt: { task: frame.task, generation: frame.generation } });
      case 'task.answer':
        return this.#questionAnswered(frame);
    }
  }

  answered({ attempt, ref }: Request, error: RequestError | null): void {
    this.#happen({ type: 'answered', attempt, ref, error });
  }

  #happen(event: JobEvent): void {
    const taken = step(this.#state, event, this.schedule.now);
    if (taken.ignored === undefined) this.world.trace.note(this.name, 'event', event);
    this.#take(taken);
  }

  #take({ state, actions }: Step): void {
    this.#noteDropped(this.#state.job, state.job);
    this.#state = state;
    this.#queue.push(...actions);
    if (!this.#isWriting) this.#carryOut();
  }

  /** Everything up to the next barrier. */
  #carryOut(): void {
    for (let action = this.#queue[0]; action !== undefined && this.isUp; action = this.#queue[0]) {
      if (action.do === 'persist' || action.do === 'forget') return this.#sync(action);
      this.#queue.shift();
      this.#begin(action);
      this.#mayDie();
    }
  }

  #sync(action: Action): void {
    this.#isWriting = true;
    this.later(this.world.random.between(0, 10), () => {
      this.#write(action);
      this.#isWriting = false;
      this.#queue.shift();
      this.#mayDie();
      this.#carryOut();
    });
  }

  #write(action: Action): void {
    const { ledger, trace } = this.world;
    if (action.do === 'persist') {
      this.machine.record = JSON.stringify(action.job);
      if (this.#asking !== null && action.job.outbox.nextSeq > this.#asking.seq)
        this.machine.questions.set(this.#asking.key, this.#asking);
      if (completion(action.job) !== undefined) ledger.workFinished(attemptOf(action.job));
      trace.note(this.name, 'persisted', action.job.phase, action.job.outbox);
    } else if (action.do === 'forget') {
      this.#checkForgotten(action.job);
      this.machine.record = null;
      this.machine.remove(attemptOf(action.job));
      trace.note(this.name, 'forgot', attemptOf(action.job));
    }
  }

  #begin(action: Exclude<Action, { do: 'persist' | 'forget' }>): void {
    const { random } = this.world;
    switch (action.do) {
      case 'send':
        return this.#request(action);
      case 'wait':
        return this.later(action.ms, () => this.#happen({ type: 'waited', attempt: action.attempt, for: action.for }));
      case 'prepare':
        return this.#work(action.job, random.between(10, 2_000), 0.03, 'preparing', () => this.#prepared(action.job));
      case 'run':
        return this.#run(action.job);
      case 'check':
        return this.#work(action.job, random.between(10, 500), 0.05, 'checking', () =>
          this.#happen({ type: 'checked', attempt: attemptOf(action.job), commit: 'c'.repeat(40) }),
        );
      case 'push':
        return this.#work(action.job, random.between(10, 1_000), 0.1, 'pushing', () =>
          this.#happen({ type: 'pushed', attempt: attemptOf(action.job) }),
        );
      case 'halt':
        this.machine.halt(attemptOf(action.job));
        return this.later(random.between(1, 200), () =>
          this.#happen({ type: 'halted', attempt: attemptOf(action.job) }),
        );
      case 'salvage':
        return this.later(random.between(1, 300), () =>
          this.#happen({
            type: 'salvaged',
            attempt: attemptOf(action.job),
            salvage: { ref: random.chance(0.5) ? 'refs/agentcom/salvage/x' : null, isComplete: random.chance(0.9) },
          }),
        );
    }
  }

  #work(job: Job, ms: number, failing: number, phase: 'preparing' | 'checking' | 'pushing', done: () => void): void {
    this.later(ms, () => {
      if (!this.world.random.chance(failing)) return done();
      const failure: Failure = {
        class: phase === 'checking' ? 'verification' : 'transient',
        code: `git.${phase}`,
        message: 'it did not work',
      };
      this.#happen({ type: 'failed', attempt: attemptOf(job), phase, failure });
    });
  }

  #prepared(job: Job): void {
    const isGit = job.task.repo !== undefined;
    const dir = `/${job.task.id}`;
    this.#happen({
      type: 'prepared',
      attempt: attemptOf(job),
      workspace: isGit
        ? { kind: 'git', dir, mirror: dir, gitDir: dir, url: '', branch: dir, base: 'b'.repeat(40), salvageRef: dir }
        : { kind: 'scratch', dir },
    });
  }

  /** Goes on with the agent's process if there is one. */
  #run(job: Job): void {
    const run = this.machine.runs.get(keyOf(attemptOf(job))) ?? this.machine.begin(attemptOf(job));
    const { schedule, random } = this.world;
    const question = this.machine.questions.get(keyOf(attemptOf(job)));
    if (question !== undefined && !run.answered && !run.isOver) return this.#ask(job);
    if (!run.answered && run.asksAt < run.endsAt && !run.isOver) {
      return this.later(Math.max(0, run.asksAt - schedule.now), () => this.#ask(job));
    }
    if (random.chance(0.3)) {
      this.later(random.between(1, 2_000), () =>
        this.#happen({ type: 'progress', attempt: attemptOf(job), note: 'going on', fraction: random.next() }),
      );
    }
    this.later(Math.max(0, run.endsAt - schedule.now), () => this.#ended(job, run));
  }

  #ended(job: Job, run: Run): void {
    const attempt = attemptOf(job);
    const { exit } = this.machine.runs.get(keyOf(attempt)) ?? run;
    if ('class' in exit) this.#happen({ type: 'failed', attempt, phase: 'running', failure: exit });
    else this.#happen({ type: 'ran', attempt, exit });
  }

  /**
   * The agent asks, and waits. The machine has no words for it yet, so the question takes the next number of its outbox, once that is empty,
   * and is asked again after every loss until it is answered.
   */
  #ask(job: Job): void {
    const attempt = attemptOf(job);
    const key = keyOf(attempt);
    const run = this.machine.runs.get(key);
    const held = this.#state.job;
    if (held === null || keyOf(attemptOf(held)) !== key || held.phase !== 'running' || run === undefined || run.isOver)
      return;
    if (run.answered) return this.#run(held);
    if (this.link.isOnline && held.outbox.reports.length === 0 && !this.#isWriting) {
      const known = this.machine.questions.get(key);
      if (known === undefined && this.#asking?.key !== key) {
        const seq = held.outbox.nextSeq;
        this.#asking = { key, questionId: `q-${key}`, seq };
        const asked = { ...held, outbox: { ...held.outbox, nextSeq: seq + 1 } };
        this.#take({ state: { ...this.#state, job: asked }, actions: [{ do: 'persist', job: asked }] });
      } else if (known !== undefined) {
        const { questionId, seq } = known;
        this.link.say({
          type: 'task.block',
          id: `ask-${this.#questions++}`,
          ...attempt,
          seq,
          questionId,
          question: 'which way?',
        });
      }
    }
    this.later(3_000, () => this.#ask(job));
  }

  #questionAnswered(frame: Extract<TaskFrame, { type: 'task.answer' }>): void {
    const attempt = { task: frame.task, generation: frame.generation };
    const key = keyOf(attempt);
    this.#happen({ type: 'answer', attempt, questionId: frame.questionId });
    const run = this.machine.runs.get(key);
    if (run === undefined || this.machine.questions.get(key)?.questionId !== frame.questionId) return;
    run.answered = true;
    this.#asking = null;
    this.machine.questions.delete(key);
  }

  #request(action: Request): void {
    if (this.link.isOnline && this.world.mutation.answersItself?.(action) === true) {
      return this.later(0, () => this.answered(action, null));
    }
    this.link.request(action);
  }

  #mayDie(): void {
    const { random, schedule, weather } = this.world;
    if (!this.isUp || !random.chance(weather.sidecarKilled)) return;
    this.die();
    schedule.after(random.between(50, random.chance(0.2) ? 60_000 : 5_000), () => this.isUp || this.boot());
  }

  /** A final report may go only when the journal has it, or when the attempt is no longer the live one. */
  #checkForgotten(job: Job): void {
    const report = job.outbox.reports.find(({ body }) => body.type !== 'task.progress');
    if (job.phase !== 'reporting' || report === undefined) return;
    const attempt = attemptOf(job);
    const life = this.world.ledger.lives.get(attempt.task);
    const isOver = life === undefined || life.holder !== this.name || life.generation !== attempt.generation;
    const digest = digestOf(this.name, attempt, report.seq, report.body.type);
    keptUntilConfirmed(this.world.ledger, this.name, attempt, fact('report', digest), isOver);
  }

  #noteDropped(before: Job | null, after: Job | null): void {
    if (before === null || completion(before) === undefined) return;
    const isKept =
      after !== null && keyOf(attemptOf(after)) === keyOf(attemptOf(before)) && completion(after) !== undefined;
    if (!isKept) this.world.ledger.workDropped(this.name, attemptOf(before));
  }
}

function attemptOf(job: Job): { task: string; generation: number } {
  return { task: job.task.id, generation: job.generation };
}

function completion(job: Job): Job['outbox']['reports'][number] | undefined {
  return job.outbox.reports.find(({ body }) => body.type === 'task.complete');
}
