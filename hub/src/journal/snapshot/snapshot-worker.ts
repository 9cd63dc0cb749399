// Replays the journal to an acknowledged end and writes the snapshot of it, in a process of its own.

import type { JournalHead } from '../../coordinator/ports.js';
import { Objects } from '../../jetstream/objects.js';
import { readJournal } from '../log/read-journal.js';
import { type WorkerConnection, withConnection } from '../worker-connection.js';
import { serveWorker, workAtLeisure } from '../worker-process.js';
import { Snapshots } from './snapshots.js';

export interface SnapshotTask {
  readonly connection: WorkerConnection;
  readonly stream: string;
  /** The snapshots' bucket. */
  readonly bucket: string;
  /** The end to take the snapshot at: acknowledged, so that no snapshot is ever ahead of what is durable. */
  readonly at: JournalHead;
}

export interface SnapshotDone {
  readonly at: JournalHead;
  readonly tasks: number;
}

/** Throws when the journal does not hold `at`, or the snapshot did not come back as written. */
function takeSnapshot({ connection, stream, bucket, at }: SnapshotTask): Promise<SnapshotDone> {
  return withConnection(connection, 'agentcom snapshot', async (js, jsm) => {
    const snapshots = new Snapshots(await Objects.open(js, jsm, bucket));
    const { replay, broken } = await readJournal({ js, jsm, stream, snapshots }, [], at.seq);
    if (broken !== null) throw broken;
    const { journal, seq, hash } = replay.head;
    if (journal !== at.journal || seq !== at.seq || hash !== at.hash) {
      throw new Error(`the journal does not hold the batch ${at.seq} that was acknowledged`);
    }
    await snapshots.eraseOrphans();
    await snapshots.write(replay.result());
    return { at, tasks: replay.state.tasks.size };
  });
}

workAtLeisure();
serveWorker(takeSnapshot);
