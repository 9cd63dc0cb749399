// Examples of what the route about the audit log takes and answers.

import type * as audit from '../audit.js';
import { type Examples, faulty, LATER, NOON, TASK } from './example.js';

const done: audit.AuditEntry = {
  id: '7.1',
  at: NOON,
  caller: `key:${TASK}`,
  name: 'ci',
  action: 'tasks.change',
  route: 'task.cancel',
  target: TASK,
  address: '192.0.2.7',
  outcome: 'done',
  status: 200,
  reason: 'not needed',
  traceId: '0af7651916cd43dd8448eb211c80319c',
};
const refused: audit.AuditEntry = {
  id: '7.0',
  at: NOON,
  action: 'tasks.read',
  route: 'task.list',
  address: '192.0.2.8',
  outcome: 'refused',
  status: 401,
  code: 'auth.invalid',
  count: 1_000,
};

export const auditExamples = {
  AuditEntry: {
    valid: [done, refused],
    invalid: faulty(done, [
      ['/outcome', { outcome: 'perhaps' }],
      ['/route', { route: undefined }],
    ]),
  } satisfies Examples<audit.AuditEntry>,
  AuditBreak: {
    valid: [{ record: 6, kind: 'altered' }],
    invalid: [{ path: '/kind', value: { record: 6, kind: 'gone' } }],
  } satisfies Examples<audit.AuditBreak>,
  AuditPage: {
    valid: [
      { items: [done, refused], nextCursor: '7.0', breaks: [] },
      { items: [], nextCursor: null, breaks: [{ record: 6, kind: 'missing' }] },
    ],
    invalid: [{ path: '/breaks', value: { items: [], nextCursor: null } }],
  } satisfies Examples<audit.AuditPage>,
  AuditQuery: {
    valid: [
      {},
      {
        since: NOON,
        until: LATER,
        caller: 'ci',
        action: 'keys.manage',
        target: TASK,
        outcome: 'refused',
        limit: 1,
        cursor: '7.0',
      },
    ],
    invalid: faulty({}, [
      ['/cursor', { cursor: '0' }],
      ['/outcome', { outcome: 'perhaps' }],
      ['/caller', { caller: '' }],
      ['/since', { since: 'yesterday' }],
    ]),
  } satisfies Examples<audit.AuditQuery>,
};
