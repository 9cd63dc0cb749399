// Backups on demand and on time, their copies off-site and their proofs, each as an operation.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Backup, type BackupVerified, type Operation, SPAN, type Tracer } from '@agentcom/schemas';
import type { JournalHead } from '../coordinator/ports.js';
import { iso } from '../core/iso.js';
import { Refusal } from '../core/refusal.js';
import type { ShardNames } from '../jetstream/names.js';
import { type BackupInfo, isBackupName, listBackups, pruneBackups, type Retention } from '../journal/backup/backup.js';
import { copyOffSiteInWorker, createBackupInWorker, verifyBackupInWorker } from '../journal/backup/backup-process.js';
import type { OffSite } from '../journal/backup/offsite/target.js';
import { problemsOf } from '../journal/backup/verify-backup.js';
import type { WorkerConnection } from '../journal/worker-connection.js';
import { Lifecycle } from '../lifecycle.js';
import type { BackupRecord } from './backup-record.js';
import { type BackupSchedule, isDrillDue, isDue } from './backup-schedule.js';
import type { OperationResult, OperationRun, Operations } from './operations.js';

const LOOK_EVERY_MS = 60_000;
/** Who begins what is due. */
const SCHEDULE = 'hub';

/** What a restore beside the hub came to. */
export type Drilled = Omit<BackupVerified, 'id' | 'seconds'>;

export interface BackupParts {
  readonly connection: WorkerConnection;
  readonly names: ShardNames;
  readonly directory: string;
  readonly hubVersion: string;
  readonly schedule: BackupSchedule;
  readonly retention: Retention;
  /** Holds the key to encrypt with. */
  readonly keyFile: string | undefined;
  readonly offSite: OffSite | undefined;
  /** Undefined while traces are off. */
  readonly tracer: Tracer | undefined;
  readonly drillEveryMs: number;
  readonly operations: Pick<Operations, 'start' | 'isBusy'>;
  readonly record: BackupRecord;
  readonly holdErasures: () => () => Promise<void>;
  /** The acknowledged end. */
  readonly end: () => JournalHead | null;
  /** Restores a backup into a scratch store beside this hub. */
  readonly drill: (file: string, run: OperationRun) => Promise<Drilled>;
  readonly onDone: (backup: BackupInfo) => void;
  readonly onFailed: (error: unknown) => void;
}

export class BackupKeeper extends Lifecycle {
  readonly #parts: BackupParts;
  #timer: NodeJS.Timeout | undefined;
  #leads = false;
  #looking: Promise<void> | undefined;
  #lastBackupAt: number | undefined;
  /** By file, so that a list does not read every backup each time. */
  readonly #sums = new Map<string, string>();

  constructor(parts: BackupParts) {
    super();
    this.#parts = parts;
  }

  override async start(): Promise<void> {
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
    // What a restore kept belongs to a journal that has been replaced.
    const newest = (await listBackups(this.#parts.directory)).find(({ label }) => label !== 'replaced');
    this.#lastBackupAt ??= newest?.createdAt;
  }

  override onLeading(): void {
    this.#leads = true;
    this.#look();
  }

  override onFollowing(): void {
    this.#leads = false;
  }

  protected override async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  #look(): void {
    if (this.isStopping) return;
    this.#looking ??= this.#whenDue().finally(() => {
      this.#looking = undefined;
    });
  }

  /** When the newest backup was made; ms of the wall clock, as those below. */
  get lastBackupAt(): number | undefined {
    return this.#lastBackupAt;
  }

  /** When one was last proven by replaying or restoring it. */
  get lastProofAt(): number | undefined {
    return this.#parts.record.times.provedAt;
  }

  get lastOffSiteAt(): number | undefined {
    return this.#parts.record.times.offSiteAt;
  }

  /** The copy off-site lies under the span `traceparent`. */
  create(by: string, traceparent?: string): Promise<Operation | Refusal> {
    return this.#parts.operations.start('backup', by, (run) => this.#make(run, 'demand', traceparent));
  }

  /** Newest first. */
  async list(): Promise<Backup[]> {
    const backups = await listBackups(this.#parts.directory);
    const known = new Set(backups.map(({ file }) => file));
    for (const file of this.#sums.keys()) if (!known.has(file)) this.#sums.delete(file);
    return Promise.all(backups.map((backup) => this.#describe(backup)));
  }

  /** Its file, whole or not: what is wrong with it is for whoever reads it to say. */
  async find(id: string): Promise<string | Refusal> {
    const { directory } = this.#parts;
    const isThere = isBackupName(id) && (await readdir(directory)).includes(id);
    return isThere ? join(directory, id) : new Refusal('backup.not_found', `backup ${id} not found`);
  }

  async verify(id: string, drill: boolean, by: string): Promise<Operation | Refusal> {
    const file = await this.find(id);
    if (file instanceof Refusal) return file;
    return this.#parts.operations.start(drill ? 'drill' : 'verify', by, (run) => this.#prove(file, drill, run), {
      backup: id,
    });
  }

  async #make(run: OperationRun, label: 'daily' | 'demand', traceparent?: string): Promise<OperationResult> {
    const { connection, names, directory, hubVersion, keyFile, holdErasures, end, onDone } = this.#parts;
    const nowMs = Date.now();
    const task = { connection, names, directory, label, hubVersion, nowMs, end: this.#leads ? end() : null, keyFile };
    const made = await createBackupInWorker(task, holdErasures, watching(run));
    this.#lastBackupAt = made.createdAt;
    onDone(made);
    if (label === 'daily') await pruneBackups(directory, this.#parts.retention, Date.now());
    const failures = await this.#copyOffSite(made, run, traceparent);
    return { backup: basename(made.file), made: await this.#describe(made), failures };
  }

  /** What keeps it from being off-site as well. */
  async #copyOffSite({ file }: BackupInfo, run: OperationRun, parent: string | undefined): Promise<string[]> {
    const { offSite: place, retention, record, onFailed, tracer } = this.#parts;
    if (place === undefined) return [];
    const startMs = Date.now();
    const traceparent = tracer?.begin(parent);
    const ended = (error?: string): void => {
      if (traceparent === undefined) return;
      const span = { name: SPAN.copyBackup, kind: 'client', traceparent, parent, startMs, endMs: Date.now() } as const;
      tracer?.record({ ...span, attributes: {}, error });
    };
    try {
      await copyOffSiteInWorker({ place, file, retention, nowMs: startMs, traceparent }, watching(run));
      ended();
      await record.note({ offSiteAt: Date.now() });
      return [];
    } catch (error) {
      ended('not copied');
      if (run.signal.aborted) throw error;
      onFailed(error);
      return [`the backup was created, but could not be copied off-site: ${(error as Error).message}`];
    }
  }

  async #prove(file: string, drill: boolean, run: OperationRun): Promise<OperationResult> {
    const { record } = this.#parts;
    const began = performance.now();
    const outcome = drill ? await this.#parts.drill(file, run) : await this.#replay(file, run);
    const seconds = Math.round(performance.now() - began) / 1000;
    const verified = { id: basename(file), ...outcome, seconds };
    const at = Date.now();
    if (outcome.ok) await record.note({ provedAt: at, ...(drill && { drilledAt: at }) });
    return { verified, failures: [...outcome.problems] };
  }

  async #replay(file: string, run: OperationRun): Promise<Drilled> {
    const verified = await verifyBackupInWorker({ file, keyFile: this.#parts.keyFile }, watching(run));
    if ('damaged' in verified) return { ok: false, problems: [verified.damaged], seq: 0, tasks: 0, agents: 0 };
    const { report } = verified;
    const problems = problemsOf(report);
    const { tasks, agents, isSameState } = report;
    const same = isSameState === undefined ? {} : { isSameState };
    return { ok: problems.length === 0, problems, seq: report.head.seq, tasks, agents, ...same };
  }

  /** What is due waits while something else runs. */
  async #whenDue(): Promise<void> {
    const { directory, schedule, drillEveryMs, operations, record, onFailed } = this.#parts;
    try {
      if (!this.#leads || operations.isBusy) return;
      const backups = await listBackups(directory);
      if (isDue(backups, schedule, Date.now())) {
        await operations.start('backup', SCHEDULE, (run) => this.#make(run, 'daily'));
        return;
      }
      const [newest] = backups;
      if (newest === undefined || !isDrillDue(backups, record.times.drilledAt, drillEveryMs, Date.now())) return;
      // One that fails is not tried again every minute.
      await record.note({ drilledAt: Date.now() });
      await operations.start('drill', SCHEDULE, (run) => this.#prove(newest.file, true, run), {
        backup: basename(newest.file),
      });
    } catch (error) {
      if (!this.isStopping) onFailed(error);
    }
  }

  async #describe({ file, createdAt, bytes, head, encrypted }: BackupInfo): Promise<Backup> {
    const sha256 = this.#sums.get(file) ?? (await sumOf(file));
    this.#sums.set(file, sha256);
    const { journal, seq } = head;
    return { id: basename(file), createdAt: iso(createdAt), bytes, sha256, journal, seq, encrypted };
  }
}

function watching(run: OperationRun) {
  return { signal: run.signal, onProgress: (done: number, total: number | undefined) => run.progress(done, total) };
}

async function sumOf(file: string): Promise<string> {
  const sum = createHash('sha256');
  await pipeline(createReadStream(file), sum);
  return sum.digest('hex');
}
