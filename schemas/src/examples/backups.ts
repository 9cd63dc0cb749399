// Examples of backups, and of what the hub does in the background.

import type * as http from '../http.js';
import type { Operation, OperationPage, RestoreBody, VerifyBody } from '../operation.js';
import { type Examples, faulty, HASH, LATER, NOON, TASK } from './example.js';

const backup: http.Backup = {
  id: '2026-11-21T12-00-00Z-000017',
  createdAt: NOON,
  bytes: 1024,
  sha256: HASH,
  journal: 'j1',
  seq: 17,
  encrypted: false,
};
const verified: http.BackupVerified = {
  id: backup.id,
  ok: true,
  problems: [],
  seq: 17,
  tasks: 3,
  agents: 1,
  isSameState: true,
  seconds: 1.5,
};
const operation: Operation = {
  id: TASK,
  kind: 'backup',
  state: 'done',
  by: 'key:abc',
  startedAt: NOON,
  endedAt: LATER,
  done: 1024,
  total: 1024,
  failures: [],
  backup: backup.id,
  made: backup,
  verified,
  compacted: { bytesBefore: 2048, bytesAfter: 1024 },
  restored: { journal: 'j2', seq: 18, kept: 'agentcom-20261121T120000000Z-replaced-17.backup' },
};
const acted: Operation = {
  id: TASK,
  org: 'acme',
  kind: 'tasks',
  state: 'running',
  by: 'key:abc',
  startedAt: NOON,
  done: 3,
  total: 1000,
  failures: [],
  tasks: {
    action: 'cancel',
    q: 'state:queued repo:api',
    reason: 'no longer needed',
    changed: 2,
    refused: 1,
    codes: [{ code: 'task.already_final', count: 1 }],
    refusals: [{ task: TASK, code: 'task.already_final', message: 'the task is already completed' }],
  },
};
const undone: Operation = {
  ...acted,
  state: 'done',
  endedAt: LATER,
  tasks: { action: 'lane', undoes: TASK, changed: 3, refused: 0, codes: [], refusals: [] },
  undo: { until: LATER, tasks: 3 },
};
export const STORAGE: http.Storage = {
  streams: [{ name: 'journal', messages: 17, bytes: 2048, bytesMax: 8192, diskBytes: 4096, heldBytes: 1024 }],
  lastSnapshotAt: NOON,
  lastCompactionAt: NOON,
  lastBackupAt: NOON,
  lastOffSiteAt: NOON,
  lastProofAt: NOON,
};
export const backupExamples = {
  Backup: { valid: [backup], invalid: faulty(backup, [['/id', { id: '../../etc' }]]) } satisfies Examples<http.Backup>,
  BackupPage: {
    valid: [{ items: [backup], nextCursor: null }],
    invalid: [{ path: '/items', value: { nextCursor: null } }],
  } satisfies Examples<http.BackupPage>,
  BackupVerified: {
    valid: [verified],
    invalid: faulty(verified, [['/ok', { ok: undefined }]]),
  } satisfies Examples<http.BackupVerified>,
  VerifyBody: {
    valid: [{ drill: true }, {}],
    invalid: [{ path: '/drill', value: { drill: 'yes' } }],
  } satisfies Examples<VerifyBody>,
  RestoreBody: {
    valid: [{ backup: backup.id, confirm: backup.id, reason: 'a bad import' }],
    invalid: [{ path: '/confirm', value: { backup: backup.id } }],
  } satisfies Examples<RestoreBody>,
  Operation: {
    valid: [operation, acted, undone],
    invalid: faulty(operation, [
      ['/state', { state: 'gone' }],
      ['/failures', { failures: 'none' }],
    ]),
  } satisfies Examples<Operation>,
  OperationPage: {
    valid: [{ items: [operation], nextCursor: null }],
    invalid: [{ path: '/items', value: { nextCursor: null } }],
  } satisfies Examples<OperationPage>,
};
