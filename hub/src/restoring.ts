// A restore that the API asks for: the backup is proven, the hub drains and stops, keeps what it replaces, and starts again on the restored
// journal. What is past the note on disk is finished by the next start, whatever happens meanwhile.

import type { Operation, RestoreBody } from '@agentcom/schemas';
import { Refusal } from './core/refusal.js';
import { verifyBackupInWorker } from './journal/backup/backup-process.js';
import { problemsOf } from './journal/backup/verify-backup.js';
import type { ChangeOptions } from './journal/repair/accept-end.js';
import type { BackupKeeper } from './maintenance/backups.js';
import type { Operations } from './maintenance/operations.js';

const STEPS = 3;

export interface RestoringParts {
  readonly operations: Operations;
  readonly backups: Pick<BackupKeeper, 'find'>;
  /** No other hub uses this store. */
  readonly exclusive: boolean;
  readonly keyFile: string | undefined;
  /** Drains and stops the hub, which then carries the restore out. */
  readonly shutDown: () => void;
}

export class Restoring {
  readonly #parts: RestoringParts;
  #planned: { readonly id: string; readonly file: string } | undefined;

  constructor(parts: RestoringParts) {
    this.#parts = parts;
  }

  /** The hub stops only to start again. */
  get isPlanned(): boolean {
    return this.#planned !== undefined;
  }

  async begin({ backup: name, confirm }: RestoreBody, by: string): Promise<Operation | Refusal> {
    const { operations, backups, exclusive, keyFile, shutDown } = this.#parts;
    if (confirm !== name)
      return new Refusal('request.invalid', 'the backup is not confirmed', [
        { path: '/confirm', message: "must be the backup's id once more" },
      ]);
    if (!exclusive)
      return new Refusal('restore.not_possible', "the NATS server is not this hub's own, so other hubs may use it");
    const file = await backups.find(name);
    if (file instanceof Refusal) return file;
    const work = async (run: Parameters<Parameters<Operations['start']>[2]>[0]): Promise<never> => {
      run.progress(0, STEPS);
      const verified = await verifyBackupInWorker({ file, keyFile }, { signal: run.signal });
      const problems = 'damaged' in verified ? [verified.damaged] : problemsOf(verified.report);
      if (problems.length > 0) throw new Error(`nothing was changed: ${problems.join('; ')}`);
      run.holdOn();
      run.progress(1, STEPS);
      this.#planned = { id: run.id, file };
      shutDown();
      // The next start settles it.
      return new Promise(() => undefined);
    };
    return operations.start('restore', by, work, { backup: name });
  }

  /** Call when nothing writes to the store any more. Keeps what is there, and leaves the note by which the next start goes on. */
  async carryOut(options: ChangeOptions): Promise<void> {
    if (this.#planned === undefined) return;
    const { id, file } = this.#planned;
    try {
      const { beginRestoring } = await import('./journal/repair/restore.js');
      await beginRestoring(file, true, options);
    } catch (error) {
      await this.#parts.operations.fail(id, `nothing was changed: ${(error as Error).message}`);
    }
  }
}
