// Backups, compaction and restore, each begun here and followed as an operation, as changes of many tasks are.

import type { Backup, Operation, RestoreBody } from '@agentcom/schemas';
import type { Caller } from '../../../access/authenticate.js';
import { reachOf } from '../../../access/policy.js';
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
    'operation.list': ({ query, caller }) => ({
      body: pageOf(
        operations.list().filter((operation) => mayFollow(caller, operation)),
        query,
        ({ id }) => id,
        (operation) => operation,
      ),
    }),
    'operation.show': ({ path, caller }) => {
      const operation = operations.get(path.id);
      return operation === undefined || !mayFollow(caller, operation) ? notFound(path.id) : { body: operation };
    },
    'operation.stop': async ({ path, caller }) => {
      const operation = operations.get(path.id);
      if (operation === undefined || !mayFollow(caller, operation)) return notFound(path.id);
      return replyOf(await operations.stop(path.id));
    },
  };
}

/** Whoever may begin such: of tasks in the caller's organisation those that it began, where it may change no others. */
export function mayFollow(caller: Caller, { kind, org, by }: Operation): boolean {
  if (kind !== 'tasks') return reachOf(caller, 'backups.manage') !== undefined;
  const reach = reachOf(caller, 'tasks.change');
  if (org !== caller.org || reach === undefined) return false;
  return by === caller.by || (reach === 'org' && caller.repositories === undefined);
}

function replyOf(begun: Operation | Refusal): RouteReply | Refusal {
  return begun instanceof Refusal ? begun : { body: begun };
}

function notFound(id: string): Refusal {
  return new Refusal('operation.not_found', `operation ${id} not found`);
}
