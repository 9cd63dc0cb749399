// Backups on demand and on time, as the routes ask for them.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Backup, BackupVerified } from '@agentcom/schemas';
import type { JournalHead } from '../coordinator/ports.js';
import { iso } from '../core/iso.js';
import type { ShardNames } from '../jetstream/names.js';
import { type BackupInfo, listBackups, pruneBackups } from '../journal/backup/backup.js';
import { createBackupInWorker, verifyBackupInWorker } from '../journal/backup/backup-process.js';
import type { WorkerConnection } from '../journal/worker-connection.js';
import { Lifecycle } from '../lifecycle.js';

const LOOK_EVERY_MS = 60_000;

export interface BackupParts {
  readonly connection: WorkerConnection;
  readonly names: ShardNames;
  readonly directory: string;
  readonly hubVersion: string;
  readonly everyMs: number;
  readonly keep: number;
  readonly holdErasures: () => () => Promise<void>;
  /** The acknowledged end. */
  readonly end: () => JournalHead | null;
  readonly onDone: (backup: BackupInfo) => void;
  readonly onFailed: (error: unknown) => void;
}

export class BackupKeeper extends Lifecycle {
  readonly #parts: BackupParts;
  readonly #stop = new AbortController();
  /** One backup at a time. */
  #running: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #leads = false;
  /** When a replay last proved a backup, ms; of this process alone. */
  provedAt: number | undefined;

  constructor(parts: BackupParts) {
    super();
    this.#parts = parts;
  }

  override start(): void {
    this.#timer = setInterval(() => void this.#whenDue(), LOOK_EVERY_MS);
  }

  override onLeading(): void {
    this.#leads = true;
    void this.#whenDue();
  }

  override onFollowing(): void {
    this.#leads = false;
  }

  /** Ends a backup under way, which leaves no file: the next one is due when a hub leads again. */
  protected override async end(): Promise<void> {
    clearInterval(this.#timer);
    this.#stop.abort();
    await this.#running.catch(() => undefined);
  }

  /** Null when it failed; the log has the cause. */
  async create(): Promise<Backup | null> {
    try {
      return await describe(await this.#make('demand'));
    } catch (error) {
      this.#parts.onFailed(error);
      return null;
    }
  }

  async list(): Promise<Backup[]> {
    return Promise.all((await listBackups(this.#parts.directory)).map(describe));
  }

  async verify(id: string): Promise<BackupVerified | null> {
    const backup = (await listBackups(this.#parts.directory)).find((known) => basename(known.file) === id);
    if (backup === undefined) return null;
    const verified = await verifyBackupInWorker(backup.file, this.#stop.signal);
    if ('damaged' in verified) {
      return { id, ok: false, problems: [verified.damaged], seq: backup.head.seq, tasks: 0, agents: 0 };
    }
    const { head, tasks, agents, bodiesMissing } = verified.report;
    const problems = bodiesMissing.map((ref) => `the body ${ref} is missing or damaged`);
    if (problems.length === 0) this.provedAt = Date.now();
    return { id, ok: problems.length === 0, problems, seq: head.seq, tasks, agents };
  }

  #make(label: 'daily' | 'demand'): Promise<BackupInfo> {
    const { connection, names, directory, hubVersion, holdErasures, end } = this.#parts;
    const made = this.#running
      .catch(() => undefined)
      .then(() => {
        const task = {
          connection,
          names,
          directory,
          label,
          hubVersion,
          nowMs: Date.now(),
          end: this.#leads ? end() : null,
        };
        return createBackupInWorker(task, holdErasures, this.#stop.signal);
      });
    this.#running = made;
    return made;
  }

  async #whenDue(): Promise<void> {
    const { directory, everyMs, keep, onDone, onFailed } = this.#parts;
    try {
      if (!this.#leads || !isDue(await listBackups(directory), everyMs, Date.now())) return;
      onDone(await this.#make('daily'));
      await pruneBackups(directory, keep, Date.now());
    } catch (error) {
      if (!this.isStopping) onFailed(error);
    }
  }
}

/** Due when the newest timed backup is too old, missing, or of a clock that was ahead. */
export function isDue(backups: readonly BackupInfo[], everyMs: number, nowMs: number): boolean {
  const newest = backups.find(({ label }) => label === 'daily')?.createdAt;
  return newest === undefined || newest > nowMs || newest + everyMs <= nowMs;
}

async function describe(backup: BackupInfo): Promise<Backup> {
  const sum = createHash('sha256');
  await pipeline(createReadStream(backup.file), sum);
  return {
    id: basename(backup.file),
    createdAt: iso(backup.createdAt),
    bytes: backup.bytes,
    sha256: sum.digest('hex'),
    journal: backup.head.journal,
    seq: backup.head.seq,
  };
}
