// Restores a backup into a scratch store and reads that store as a start would, in a process of its own.

import { join } from 'node:path';
import type { ShardNames } from '../../jetstream/names.js';
import { Objects } from '../../jetstream/objects.js';
import { BackupDamaged } from '../backup/backup-file.js';
import { BackupFile } from '../backup/backup-source.js';
import { problemsOf } from '../backup/verify-backup.js';
import { HeadRecord } from '../log/head-record.js';
import { readJournal, verifyJournal } from '../log/read-journal.js';
import { stateHash } from '../log/state-hash.js';
import { Snapshots } from '../snapshot/snapshots.js';
import { type WorkerConnection, withConnection } from '../worker-connection.js';
import { serveWorker } from '../worker-process.js';
import { restoreBackup } from './restore.js';

export interface DrillTask {
  /** To a server of the drill's own, with nothing in it but streams. */
  readonly connection: WorkerConnection;
  readonly names: ShardNames;
  readonly dataDir: string;
  readonly file: string;
  readonly keyFile: string | undefined;
}

export interface DrillReport {
  readonly ok: boolean;
  readonly problems: readonly string[];
  readonly seq: number;
  readonly tasks: number;
  readonly agents: number;
  readonly isSameState?: boolean;
}

const STEPS = 2;

serveWorker(
  ({ connection, names, dataDir, file, keyFile }: DrillTask, onProgress): Promise<DrillReport> =>
    withConnection(connection, 'agentcom drill', async (js, jsm) => {
      onProgress(0, STEPS);
      const headRecord = await HeadRecord.open(join(dataDir, 'journal-end.json'), () => undefined);
      const store = { js, jsm, names };
      const keepDir = join(dataDir, 'kept');
      const sourceOf = async (backup: string) => new BackupFile(backup);
      const options = {
        store,
        dataDir,
        keepDir,
        headRecord,
        hubVersion: 'drill',
        nowMs: Date.now(),
        keyFile,
        sourceOf,
      };
      try {
        const { report, head } = await restoreBackup(file, false, options);
        onProgress(1, STEPS);
        const snapshots = new Snapshots(await Objects.open(js, jsm, names.snapshots));
        const journal = { js, jsm, stream: names.journal, snapshots };
        // As of the backup: behind that is what records the restore.
        const { replay } = await readJournal(journal, [], report.head.seq);
        const { refused } = await verifyJournal(journal, [{ head, source: 'the restore' }]);
        const problems = [
          ...problemsOf(report),
          ...(stateHash(replay.state) === report.stateHash
            ? []
            : ['the restored store has another state than the backup']),
          ...(refused === null ? [] : ['the restored journal would be refused']),
        ];
        const { tasks, agents, isSameState } = report;
        const same = isSameState === undefined ? {} : { isSameState };
        return { ok: problems.length === 0, problems, seq: report.head.seq, tasks, agents, ...same };
      } catch (error) {
        if (!(error instanceof BackupDamaged)) throw error;
        return { ok: false, problems: [error.message], seq: 0, tasks: 0, agents: 0 };
      }
    }),
);
