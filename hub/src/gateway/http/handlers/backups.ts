// Backups, compaction and restore, each begun here and followed as an operation, as changes of many tasks are.

import type { Backup, Operation, RestoreBody } from '@agentcom/schemas';
import type { Refusal } from '../../../core/refusal.js';
import type { Handlers } from '../handler.js';
import { pageOf } from '../paging.js';
import { replyOf } from './operations.js';

type Begun = Promise<Operation | Refusal> | Operation | Refusal;

export interface BackupParts {
  readonly backups: {
    create(by: string, traceparent: string | undefined): Begun;
    /** Newest first. */
    list(): Promise<Backup[]>;
    verify(id: string, drill: boolean, by: string): Begun;
  };
  readonly compactions: { create(by: string): Begun };
  readonly restores: { begin(body: RestoreBody, by: string): Begun };
}

type BackupHandlers = Pick<
  Handlers,
  'backup.create' | 'backup.list' | 'backup.verify' | 'compaction.create' | 'restore.create'
>;

export function backupHandlers({ backups, compactions, restores }: BackupParts): BackupHandlers {
  return {
    'backup.create': async ({ caller, traceparent }) => replyOf(await backups.create(caller.by, traceparent)),
    'backup.list': async ({ query }) => ({
      body: pageOf(
        await backups.list(),
        query,
        (backup) => backup.id,
        (backup) => backup,
      ),
    }),
    'backup.verify': async ({ path, body, caller }) =>
      replyOf(await backups.verify(path.id, body.drill === true, caller.by)),
    'compaction.create': async ({ caller }) => replyOf(await compactions.create(caller.by)),
    'restore.create': async ({ body, caller, note }) => {
      note({ target: body.backup });
      return replyOf(await restores.begin(body, caller.by));
    },
  };
}
