// One sidecar: the real job machine, with its disk, its link and its agent in virtual time. Actions are carried out as `job.ts` says:
// strictly in order, `persist` and `forget` as barriers, everything else begun and not waited for.

import type { Holding, HoldingVerdict } from '@agentcom/schemas';
import type { Failure } from '@agentcom/sidecar/core/attempt';
import { budgetOf } from '@agentcom/sidecar/core/budget';
import {
  type Action,
  begin,
  type CallOutcome,
  type FailingPhase,
  holdingOf,
  type Job,
  type JobEvent,
  type JobState,
  type RequestError,
  type Step,
  step,
  verifyCommands,
  type Work,
} from '@agentcom/sidecar/core/job';
import { type AgentTurn, endTurn, hasAsked, type Saying } from './agent.js';
import { digestOf, fact, keyOf } from './ledger.js';
import { Machine } from './machine.js';
import { Process } from './process.js';
import { keptUntilConfirmed, worksInOrder } from './promises.js';
import { type LinkListener, type Request, SimLink, type TaskFrame } from './sidecar-link.js';
import type { World } from './world.js';

export class SimSidecar extends Process implements LinkListener {
  readonly machine: Machine;
  readonly link: SimLink;
  #state: JobState = begin(null).state;
  #queue: Action[] = [];
  #isWriting = false;
  #calls = 0;
  /** Calls of the agent in this life of the sidecar that wait for their reply. */
  readonly #calling = new Map<number, (outcome: CallOutcome) => void>();

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
    this.#calling.clear();
    this.world.trace.note(this.name, 'boots', { record: this.machine.record });
    this.step(() => {
      this.#take(begin(this.machine.load()));
      this.link.start();
      this.#hearAgent();
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
        const isUnwilling = this.world.random.chance(this.world.weather.unwilling);
        const chosen = isUnwilling ? { unfit: 'not in the mood' } : ({ kind: 'claude', model: null } as const);
        const budget = budgetOf(frame.task.budget, {});
        const previous = this.machine.previous(frame.task.id);
        return this.#happen({ type: 'assign', assignment, chosen, budget, previous });
      }
      case 'task.cancel':
        return this.#happen({ type: 'cancel', attempt: { task: frame.task, generation: frame.generation } });
      case 'task.answer': {
        const { task, generation, questionId, answer } = frame;
        const attempt = { task, generation };
        if (this.world.mutation.confirmsUnheard === true) {
          return this.link.say({ type: 'task.answered', id: `confirmed-${questionId}`, ...attempt, questionId });
        }
        return this.#happen({ type: 'answer', attempt, questionId, answer });
      }
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
    // Ahead of its turn: its barrier may take long.
    for (const action of actions) if (action.do === 'halt') this.machine.halt(attemptOf(action.job));
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
      for (const { questionId } of action.job.answers) ledger.answersKept.add(questionId);
      if (completion(action.job) !== undefined) ledger.workFinished(attemptOf(action.job));
      trace.note(this.name, 'persisted', action.job.phase, action.job.outbox);
    } else if (action.do === 'forget') {
      this.#checkForgotten(action.job);
      this.machine.forget(action.job);
      trace.note(this.name, 'forgot', attemptOf(action.job));
    }
  }

  #begin(action: Exclude<Action, { do: 'persist' | 'forget' }>): void {
    switch (action.do) {
      case 'send':
        return this.#request(action);
      case 'reply': {
        this.#calling.get(action.call)?.(action.outcome);
        this.#calling.delete(action.call);
        return;
      }
      case 'wait':
        return this.later(action.ms, () => this.#happen({ type: 'waited', attempt: action.attempt, for: action.for }));
      case 'endTurn': {
        const turn = this.machine.found(action.job);
        if (turn !== undefined) endTurn(this.world, action.job, turn);
        return this.#awaitEnd(action.job);
      }
      case 'run':
        this.machine.turnOf(action.job);
        this.#hearAgent();
        return this.#awaitEnd(action.job);
      default:
        return this.#work(action.do, action.job);
    }
  }

  /** The work of a phase; it fails now and then. */
  #work(work: Exclude<Work, 'run'>, job: Job): void {
    const { random } = this.world;
    const attempt = attemptOf(job);
    const key = keyOf(attempt);
    switch (work) {
      case 'prepare':
        return this.#try(job, [10, 2_000], 0.03, 'preparing', () => this.#prepared(job));
      case 'check': {
        const checked = { commit: 'c'.repeat(40), base: 'b'.repeat(40), notes: [] };
        return this.#try(job, [10, 500], 0.05, 'checking', () => this.#happen({ type: 'checked', attempt, checked }));
      }
      case 'verify': {
        const commands = verifyCommands(job);
        const runs = commands.map((command) => ({
          command,
          exitCode: Number(random.chance(0.1)),
          seconds: 1,
          output: '',
        }));
        return this.#try(job, [10, 3_000], 0.03, 'verifying', () => {
          if (runs.every(({ exitCode }) => exitCode === 0)) this.machine.verified.add(key);
          this.#happen({ type: 'verified', attempt, runs });
        });
      }
      case 'push':
        worksInOrder(verifyCommands(job).length === 0 || this.machine.verified.has(key), `${key} is pushed unverified`);
        return this.#try(job, [10, 1_000], 0.1, 'pushing', () => {
          this.machine.pushed.add(key);
          this.#happen({ type: 'pushed', attempt });
        });
      case 'request': {
        worksInOrder(this.machine.pushed.has(key), `a request is opened for ${key}, which is not pushed`);
        const requested = { url: `https://forge/${random.between(1, 99)}`, notes: [] };
        return this.#try(job, [10, 8_000], 0.2, 'requesting', () =>
          this.#happen({ type: 'requested', attempt, requested }),
        );
      }
      case 'halt':
        this.machine.halt(attempt);
        return this.later(random.between(1, 200), () => this.#happen({ type: 'halted', attempt }));
      case 'salvage': {
        const ref = random.chance(0.5) ? 'refs/agentcom/salvage/x' : null;
        const salvage = { ref, isComplete: random.chance(0.9) };
        return this.later(random.between(1, 300), () => this.#happen({ type: 'salvaged', attempt, salvage }));
      }
    }
  }

  #try(job: Job, ms: readonly [number, number], failing: number, phase: FailingPhase, done: () => void): void {
    const { random } = this.world;
    this.later(random.between(...ms), () => {
      if (!random.chance(failing)) return done();
      const failure: Failure = {
        class:
          phase === 'checking'
            ? 'verification'
            : phase === 'requesting'
              ? random.pick(['transient', 'permanent'])
              : 'transient',
        code: `git.${phase}`,
        message: 'it did not work',
      };
      this.#happen({ type: 'failed', attempt: attemptOf(job), phase, failure });
    });
  }

  #prepared(job: Job): void {
    const dir = `/${job.task.id}`;
    const git = {
      ...({ kind: 'git', dir, mirror: dir, gitDir: dir, url: '', branch: dir, salvageRef: dir } as const),
      ...{ base: 'b'.repeat(40), baseBranch: 'main', restored: job.previous?.salvageRef != null },
      settings: { verify: [], protectedBranches: [], pullRequest: { labels: [], reviewers: [] } },
    };
    const workspace = job.task.repo !== undefined ? git : ({ kind: 'scratch', dir } as const);
    this.#happen({ type: 'prepared', attempt: attemptOf(job), workspace });
  }

  /** Waits for the end of the job's turn, which may move. */
  #awaitEnd(job: Job): void {
    const { random, schedule } = this.world;
    const turn = this.machine.found(job);
    if (turn === undefined || turn.endsAt === Number.POSITIVE_INFINITY) return;
    const until = turn.endsAt;
    if (random.chance(0.3)) {
      const progress = { note: 'going on', fraction: random.next(), usage: { inputTokens: random.between(0, 20) } };
      this.later(random.between(1, 2_000), () =>
        this.#happen({ type: 'progress', attempt: attemptOf(job), turn: turn.number, progress }),
      );
    }
    this.later(Math.max(0, until - schedule.now), () => {
      if (turn.endsAt === until) this.#turnEnded(job, turn);
    });
  }

  #turnEnded(job: Job, turn: AgentTurn): void {
    const { ledger, mutation } = this.world;
    const attempt = attemptOf(job);
    const { exit } = turn;
    if ('class' in exit) return this.#happen({ type: 'failed', attempt, phase: 'running', failure: exit });
    ledger.turnEnds(attempt, turn.number, exit.usage.inputTokens ?? 0);
    if (exit.question !== null && !turn.isOver) ledger.asks(attempt, exit.question.questionId);
    this.#happen({ type: 'ran', attempt, turn: turn.number, exit: mutation.exit?.(exit, job) ?? exit });
  }

  /** The agent's process says what it has to say, again after a restart of the sidecar until it is answered. */
  #hearAgent(): void {
    const held = this.#state.job;
    const turn = held === null ? undefined : this.machine.found(held);
    if (held === null || turn === undefined) return;
    const attempt = attemptOf(held);
    this.#say(
      turn,
      turn.submission,
      (call, submitted) => ({ type: 'submitted', attempt, call, submitted }),
      () => this.world.ledger.submitted.set(turn.key, turn.submission?.what.summary ?? ''),
    );
    this.#say(
      turn,
      turn.question,
      (call, question) => ({ type: 'asked', attempt, call, question }),
      () => {
        this.world.ledger.asks(attempt, turn.question?.what.questionId ?? '');
        hasAsked(this.world, held, turn);
        this.#awaitEnd(held);
      },
    );
  }

  #say<T>(
    turn: AgentTurn,
    saying: Saying<T> | null,
    event: (call: number, what: T) => JobEvent,
    taken: () => void,
  ): void {
    if (saying === null || saying.isAnswered) return;
    const { schedule } = this.world;
    this.later(Math.max(0, saying.at - schedule.now), () => {
      if (turn.isOver || saying.isAnswered || turn.endsAt <= schedule.now) return;
      const call = ++this.#calls;
      this.#calling.set(call, (outcome) => {
        if (saying.isAnswered || turn.endsAt <= schedule.now) return;
        saying.isAnswered = true;
        if (outcome.ok && !turn.isOver) taken();
      });
      this.#happen(event(call, saying.what));
    });
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
    const report = job.outbox.reports.find(({ body }) => body.type === 'task.complete' || body.type === 'task.fail');
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
