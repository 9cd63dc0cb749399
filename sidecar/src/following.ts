// Lets what goes on beside a job follow it: the desk serves its agent, its output is sent, its steps are counted. A job is followed as it
// is kept on disk, so a restart finds nothing that was not.

import type { Before, Job, Phase } from './core/job-model.js';
import type { Desk } from './desk/desk.js';
import type { Metrics } from './observe/metrics.js';
import type { JobStore } from './outbox/job-store.js';
import type { Outputs } from './output/outputs.js';
import type { JobMemory } from './ports.js';
import type { Tidying } from './tidy.js';
import { idOf } from './work.js';

export interface Followers {
  readonly desk: Pick<Desk, 'serve'>;
  readonly outputs: Pick<Outputs, 'follow' | 'ended'>;
  readonly metrics: Pick<Metrics, 'changed'>;
  readonly tidying: Pick<Tidying, 'wake'>;
  /** Told of every attempt that is over. */
  readonly ended: (job: Job) => void;
}

/** When there is an agent, or soon will be. */
const SERVED: ReadonlySet<Phase> = new Set(['preparing', 'running', 'blocked']);
/** When there is no output yet. */
const SILENT: ReadonlySet<Phase> = new Set(['assigned', 'preparing']);

export class Following implements JobMemory {
  readonly #store: JobStore;
  #followers: Followers | null = null;
  #job: Job | null = null;

  constructor(store: JobStore) {
    this.#store = store;
  }

  /** From the job on that was found at the start. Before anything is kept. */
  begin(job: Job | null, followers: Followers): void {
    this.#followers = followers;
    this.#follow(job);
  }

  /** Goes on with the output of jobs that were over before the start, then lets them be tidied away. */
  async takeUpRest(): Promise<void> {
    // What cannot be looked for now is told of when it is to be tidied away.
    for (const { dir, job } of await this.#store.discarded().catch(() => [])) {
      if (job === null) continue;
      this.#followers?.outputs.follow(idOf(job), dir);
      this.#sendRest(job, dir);
    }
    this.#followers?.tidying.wake();
  }

  async persist(job: Job): Promise<void> {
    await this.#store.persist(job);
    this.#followers?.metrics.changed(this.#job, job);
    this.#follow(job);
  }

  async forget(job: Job, keepFiles: boolean): Promise<void> {
    const dir = await this.#store.forget(job, keepFiles);
    this.#follow(null);
    if (this.#followers === null) return;
    const { metrics, ended } = this.#followers;
    metrics.changed(job, null);
    ended(job);
    this.#sendRest(job, dir);
  }

  before(task: string): Before | null {
    return this.#store.before(task);
  }

  /** The next task does not wait for the rest of this one's output. */
  #sendRest(job: Job, dir: string): void {
    if (this.#followers === null) return;
    const { outputs, tidying } = this.#followers;
    void outputs.ended(idOf(job), dir).then(() => tidying.wake());
  }

  #follow(job: Job | null): void {
    this.#job = job;
    if (this.#followers === null) return;
    const { desk, outputs } = this.#followers;
    desk.serve(job !== null && SERVED.has(job.phase) ? idOf(job) : null);
    if (job !== null && !SILENT.has(job.phase)) outputs.follow(idOf(job), this.#store.dirOf(idOf(job)));
  }
}
