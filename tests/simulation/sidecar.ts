// One sidecar: a process that is killed, stopped and started again, on a machine that stays. What runs in it is shipped code.

import type { Job } from '@agentcom/sidecar/core/job';
import type { Bound } from './bounds.js';
import { digestOf, fact, keyOf } from './facts.js';
import { Machine } from './machine.js';
import type { Link } from './network.js';
import { Process } from './process.js';
import { keptUntilConfirmed } from './promises.js';
import { SidecarLife } from './sidecar-life.js';
import { attemptOf } from './sidecar-ports.js';
import type { World } from './world.js';

export class SimSidecar extends Process {
  readonly machine: Machine;
  /** The way to the hubs; it outlives the process. */
  readonly way: Link = { isCut: false };
  #life: SidecarLife | null = null;
  #lives = 0;

  constructor(
    private readonly world: World,
    readonly name: string,
    readonly capabilities: readonly string[],
    readonly bound: Bound,
  ) {
    super(world.schedule);
    this.machine = new Machine(world, name);
  }

  get holds(): Job | null {
    return this.#life === null || this.#life.isRefused ? null : this.#life.job;
  }

  /** A person starts a sidecar again that has ended since its key was in use elsewhere. */
  restartIfRefused(): void {
    if (this.#life?.isRefused !== true) return;
    this.die();
    this.boot();
  }

  override boot(): void {
    super.boot();
    this.world.trace.note(this.name, 'boots', { record: this.machine.record });
    const life = new SidecarLife(this.world, this, ++this.#lives);
    this.#life = life;
    this.step(() => life.start());
  }

  override die(): void {
    if (!this.isUp) return;
    super.die();
    this.world.trace.note(this.name, 'killed');
    this.#life?.end();
    if (this.world.random.chance(this.world.weather.machineLost)) this.machine.goDown();
  }

  override step(run: () => void): void {
    super.step(() => {
      this.world.isUnsettled = true;
      run();
      this.mayDie();
    });
  }

  stall(ms: number): void {
    this.pause();
    this.world.trace.note(this.name, 'is stopped', { ms });
    this.world.schedule.after(ms, () => this.resume());
  }

  mayDie(): void {
    const { random, schedule, weather } = this.world;
    if (!this.isUp || !random.chance(weather.sidecarKilled)) return;
    this.die();
    schedule.after(random.between(50, random.chance(0.2) ? 60_000 : 5_000), () => this.isUp || this.boot());
  }

  /** The record is on disk. */
  keep(job: Job): void {
    const { ledger, trace } = this.world;
    this.machine.record = JSON.stringify(job);
    for (const { questionId } of job.answers) ledger.answersKept.add(questionId);
    if (completion(job) !== undefined) ledger.workFinished(attemptOf(job));
    trace.note(this.name, 'persisted', job.phase, job.outbox);
  }

  /** The record is gone. A final report may go only when the journal has it, or when the attempt is no longer the live one. */
  forget(job: Job): void {
    const attempt = attemptOf(job);
    const report = job.outbox.reports.find(({ body }) => body.type === 'task.complete' || body.type === 'task.fail');
    if (job.phase === 'reporting' && report !== undefined) {
      const life = this.world.ledger.lives.get(attempt.task);
      const isOver = life === undefined || life.holder !== this.name || life.generation !== attempt.generation;
      const digest = digestOf(this.name, attempt, report.seq, report.body.type);
      keptUntilConfirmed(this.world.ledger, this.name, attempt, fact('report', digest), isOver);
    }
    this.machine.forget(job);
    this.world.trace.note(this.name, 'forgot', attempt);
  }

  noteDropped(before: Job | null, after: Job | null): void {
    if (before === null || completion(before) === undefined) return;
    const isKept =
      after !== null && keyOf(attemptOf(after)) === keyOf(attemptOf(before)) && completion(after) !== undefined;
    if (!isKept) this.world.ledger.workDropped(this.name, attemptOf(before));
  }
}

function completion(job: Job): Job['outbox']['reports'][number] | undefined {
  return job.outbox.reports.find(({ body }) => body.type === 'task.complete');
}
