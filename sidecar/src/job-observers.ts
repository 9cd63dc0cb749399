// Tells those beside a job what becomes of it: the agent API serves its agent, its output is sent, its steps are counted. They hear of a job
// once it is on disk, so a restart finds nothing that they have not.

import type { AccountWatch } from './account-watch.js';
import type { AgentApi } from './agent-api/agent-api.js';
import { idOf } from './core/attempt.js';
import type { Job, Phase, PreviousAttempt } from './core/job-model.js';
import type { FinishedJobSweeper } from './finished-job-sweeper.js';
import type { FitnessWatch } from './fitness-watch.js';
import type { Metrics } from './observe/metrics.js';
import type { JobTraces } from './observe/traces.js';
import type { JobStore } from './outbox/job-store.js';
import type { Diffs } from './output/diffs.js';
import type { Outputs } from './output/outputs.js';
import type { JobMemory } from './ports.js';
import type { SessionMessages } from './session-messages.js';
import type { SignInWatch } from './sign-in-watch.js';

export interface Observers {
  readonly agentApi: Pick<AgentApi, 'serve'>;
  readonly outputs: Pick<Outputs, 'follow' | 'ended'>;
  readonly diffs: Pick<Diffs, 'follow' | 'ended'>;
  readonly messages: Pick<SessionMessages, 'follow'>;
  readonly metrics: Pick<Metrics, 'changed'>;
  /** Undefined while traces are off. */
  readonly traces?: Pick<JobTraces, 'changed'> | undefined;
  readonly accounts: Pick<AccountWatch, 'follow'>;
  readonly signIns: Pick<SignInWatch, 'ended'>;
  readonly fitness: Pick<FitnessWatch, 'failed' | 'started'>;
  readonly sweeper: Pick<FinishedJobSweeper, 'wake'>;
  /** Told of every attempt that is over. */
  readonly ended: (job: Job) => void;
}

/** When there is an agent, or soon will be. */
const SERVED: ReadonlySet<Phase> = new Set(['preparing', 'running', 'blocked']);
/** When there is no output yet. */
const SILENT: ReadonlySet<Phase> = new Set(['assigned', 'preparing']);

export class JobObservers implements JobMemory {
  readonly #store: JobStore;
  #observers: Observers | null = null;
  #job: Job | null = null;

  constructor(store: JobStore) {
    this.#store = store;
  }

  /** From the job on that was found at the start. Before anything is kept. */
  begin(job: Job | null, observers: Observers): void {
    this.#observers = observers;
    observers.traces?.changed(null, job);
    if (job !== null) observers.accounts.follow(null, job);
    this.#follow(job);
  }

  /** Goes on with the output of jobs that were over before the start, then lets them be tidied away. */
  async takeUpRest(): Promise<void> {
    // What cannot be looked for now is told of when it is to be tidied away.
    for (const { dir, job } of await this.#store.discarded().catch(() => [])) {
      if (job === null) continue;
      this.#observers?.outputs.follow(idOf(job), dir);
      this.#sendRest(job, dir);
    }
    this.#observers?.sweeper.wake();
  }

  async persist(job: Job): Promise<void> {
    await this.#store.persist(job);
    this.#observers?.metrics.changed(this.#job, job);
    this.#observers?.traces?.changed(this.#job, job);
    this.#observers?.accounts.follow(this.#job, job);
    this.#judge(this.#job, job);
    this.#follow(job);
  }

  async forget(job: Job, keepFiles: boolean): Promise<void> {
    const dir = await this.#store.forget(job, keepFiles);
    this.#follow(null);
    if (this.#observers === null) return;
    const { metrics, traces, ended } = this.#observers;
    metrics.changed(job, null);
    traces?.changed(job, null);
    ended(job);
    this.#sendRest(job, dir);
  }

  previous(task: string): PreviousAttempt | null {
    return this.#store.previous(task);
  }

  /** Before the hub hears of it, so that no heartbeat says otherwise in between. */
  #judge(before: Job | null, job: Job): void {
    const { failure, exit } = job;
    const fault = failure?.class === 'machine' && before?.failure == null ? failure : null;
    const hasEnded = exit !== null && before?.exit == null;
    if (this.#observers === null || (fault === null && !hasEnded)) return;
    const { signIns, fitness } = this.#observers;
    signIns.ended(job);
    if (fault === null) fitness.started();
    else fitness.failed(fault);
  }

  /** The next task does not wait for the rest of this one's output, nor for its diff. */
  #sendRest(job: Job, dir: string): void {
    if (this.#observers === null) return;
    const { outputs, diffs, sweeper } = this.#observers;
    void Promise.all([outputs.ended(idOf(job), dir), diffs.ended(job, dir)]).then(() => sweeper.wake());
  }

  #follow(job: Job | null): void {
    this.#job = job;
    if (this.#observers === null) return;
    const { agentApi, messages, outputs, diffs } = this.#observers;
    messages.follow(job);
    diffs.follow(job, job === null ? '' : this.#store.dirOf(idOf(job)));
    agentApi.serve(job !== null && SERVED.has(job.phase) ? idOf(job) : null);
    if (job !== null && !SILENT.has(job.phase)) outputs.follow(idOf(job), this.#store.dirOf(idOf(job)));
  }
}
