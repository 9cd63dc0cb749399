// Sends what one attempt has changed to the hub: whenever somebody there asks while it is at work, and what it came to, which is kept on disk
// until the hub has it. One at a time, the newest instead of an older one.

import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiffStage, LogWriter, SidecarFrameOf } from '@agentcom/schemas';
import { codeOf, writeDurably } from '@agentcom/schemas/host';
import { LIMITS } from '@agentcom/schemas/limits';
import type { AttemptId } from '../core/attempt.js';
import { ChangedMeanwhile, type Diff, diffOf, piecesOf } from '../core/diff.js';
import type { Job, RequestError } from '../core/job-model.js';
import type { DiffSource } from '../ports.js';
import { Sleep } from './sleep.js';

export interface AttemptDiffParts {
  readonly source: DiffSource;
  /** Values that are secret wherever they stand. */
  readonly secrets: () => readonly string[];
  /** False when there is no link. */
  readonly send: (frame: SidecarFrameOf<'task.diff.part'>) => boolean;
  /** `done` hears the answer, null for `ok`; also when the link is lost. */
  readonly ask: (frame: Omit<SidecarFrameOf<'task.diff'>, 'id'>, done: (error: RequestError | null) => void) => void;
  readonly log: LogWriter;
}

type Made = Diff & { readonly stage: DiffStage };

const FILE = 'diff.json';
const MAKE_MS = 30_000;
/** Files may change between two looks at them. */
const TRIES = 3;
const AGAIN_MS = 2_000;
const AGAIN_MS_MAX = 60_000;
const LONG_MS = 3_600_000;

export class AttemptDiff {
  readonly #parts: AttemptDiffParts;
  readonly #attempt: AttemptId;
  readonly #sleep = new Sleep();
  readonly #stopping = new AbortController();
  readonly #idlers = new Set<() => void>();
  readonly #running: Promise<void>;
  #dir: string;
  /** Of what a diff is to be made; the job as it then was. */
  #wanted: { readonly job: Job; readonly stage: DiffStage } | null = null;
  /** Made, and not with the hub. */
  #made: Made | null = null;
  #isIdle = false;
  #isOnline = false;

  constructor(attempt: AttemptId, dir: string, parts: AttemptDiffParts) {
    this.#attempt = attempt;
    this.#dir = dir;
    this.#parts = parts;
    this.#running = this.#run().catch((error: unknown) =>
      this.#tell(error, 'the changes of this attempt are not sent'),
    );
  }

  want(job: Job, stage: DiffStage): void {
    this.#wanted = { job, stage };
    this.#isIdle = false;
    this.#sleep.shorten(0);
  }

  linked(): void {
    this.#isOnline = true;
    this.#sleep.shorten(0);
  }

  lost(): void {
    this.#isOnline = false;
  }

  /** The job's directory was moved. */
  moved(dir: string): void {
    this.#dir = dir;
  }

  /** Resolves when there is nothing to send. */
  idle(): Promise<void> {
    if (this.#isIdle) return Promise.resolve();
    return new Promise((resolve) => this.#idlers.add(resolve));
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the sidecar is stopping'));
    this.#sleep.shorten(0);
    await this.#running;
  }

  async #run(): Promise<void> {
    this.#made = await this.#found();
    let againMs = AGAIN_MS;
    while (!this.#stopping.signal.aborted) {
      const waitMs = await this.#step(againMs);
      againMs = waitMs === againMs ? Math.min(againMs * 2, AGAIN_MS_MAX) : AGAIN_MS;
      if (waitMs > 0) await this.#sleep.for(waitMs);
    }
    this.#rest();
  }

  /** Makes what is wanted, or sends what is made. Returns when to go on, ms; `againMs` when the hub could not take it. */
  async #step(againMs: number): Promise<number> {
    if (this.#wanted !== null) {
      await this.#make(this.#wanted);
      return 0;
    }
    if (this.#made === null) this.#rest();
    if (this.#made === null || !this.#isOnline) return LONG_MS;
    const error = await this.#sent(this.#made);
    return error?.retryable === true ? (error.retryAfterMs ?? againMs) : 0;
  }

  #rest(): void {
    this.#isIdle = true;
    for (const idler of this.#idlers) idler();
    this.#idlers.clear();
  }

  async #make(wanted: { readonly job: Job; readonly stage: DiffStage }): Promise<void> {
    this.#wanted = null;
    try {
      const diff = await this.#diff(wanted.job);
      if (diff === null) return;
      const made: Made = { ...diff, stage: wanted.stage };
      // What the hub asks for is asked for again.
      if (made.stage === 'result') await this.#keep(made);
      this.#made = made;
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#tell(error, 'cannot tell what this attempt has changed');
    }
  }

  async #diff(job: Job): Promise<Diff | null> {
    for (let tried = 1; ; tried += 1) {
      try {
        const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(MAKE_MS)]);
        const changes = await this.#parts.source.diff(job, signal);
        return changes && diffOf(changes, this.#parts.secrets());
      } catch (error) {
        if (!(error instanceof ChangedMeanwhile) || tried === TRIES) throw error;
      }
    }
  }

  /** Null once the hub has it. What it does not want is let go. */
  async #sent(made: Made): Promise<RequestError | null> {
    const { facts, text, stage } = made;
    const digest = createHash('sha256').update(text).digest('hex');
    const pieces = piecesOf(text, LIMITS.outputBytes);
    const about = { ...this.#attempt, digest };
    for (const [index, data] of pieces.entries()) {
      if (!this.#parts.send({ type: 'task.diff.part', ...about, part: index + 1, data })) break;
    }
    const error = await new Promise<RequestError | null>((resolve) =>
      this.#parts.ask({ type: 'task.diff', ...about, parts: pieces.length, stage, ...facts }, resolve),
    );
    if (error?.retryable === true) return error;
    if (error !== null) this.#parts.log.debug({ ...this.#about, code: error.code }, 'the hub did not take a diff');
    if (this.#made === made) this.#made = null;
    if (stage === 'result' && this.#wanted?.stage !== 'result') await rm(join(this.#dir, FILE), { force: true });
    return error;
  }

  /** Left by a sidecar that has ended before the hub had it. */
  async #found(): Promise<Made | null> {
    try {
      return JSON.parse(await readFile(join(this.#dir, FILE), 'utf8')) as Made;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') this.#tell(error, 'a diff on disk cannot be read');
      return null;
    }
  }

  /** The job may be forgotten, and its directory moved, meanwhile. */
  async #keep(made: Made): Promise<void> {
    await writeDurably(join(this.#dir, FILE), JSON.stringify(made)).catch((error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error;
    });
  }

  get #about() {
    return { taskId: this.#attempt.task, generation: this.#attempt.generation };
  }

  #tell(err: unknown, what: string): void {
    this.#parts.log.warn({ err, ...this.#about }, what);
  }
}
