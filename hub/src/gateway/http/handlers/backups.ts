// Backups, compaction and restore, each begun here and followed as an operation.

import type { Backup, Operation, RestoreBody } from '@agentcom/schemas';
import { Refusal } from '../../../core/refusal.js';
import type { Handlers, RouteReply } from '../handler.js';
import { pageOf } from '../paging.js';

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
  readonly operations: {
    /** Newest first. */
    list(): readonly Operation[];
    get(id: string): Operation | undefined;
    stop(id: string): Begun;
  };
}

type BackupHandlers = Pick<
  Handlers,
  | 'backup.create'
  | 'backup.list'
  | 'backup.verify'
  | 'compaction.create'
  | 'restore.create'
  | 'operation.list'
  | 'operation.show'
  | 'operation.stop'
>;

export function backupHandlers({ backups, compactions, restores, operations }: BackupParts): BackupHandlers {
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
    'operation.list': ({ query }) => ({
      body: pageOf(
        operations.list(),
        query,
        ({ id }) => id,
        (operation) => operation,
      ),
    }),
    'operation.show': ({ path }) => {
      const operation = operations.get(path.id);
      return operation === undefined ? notFound(path.id) : { body: operation };
    },
    'operation.stop': async ({ path }) => replyOf(await operations.stop(path.id)),
  };
}

function replyOf(begun: Operation | Refusal): RouteReply | Refusal {
  return begun instanceof Refusal ? begun : { body: begun };
}

function notFound(id: string): Refusal {
  return new Refusal('operation.not_found', `operation ${id} not found`);
}
