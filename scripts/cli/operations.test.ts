import { expect, test } from 'vitest';
import { EXIT } from './exit.js';
import { failureOf } from './operations.js';

const ENDED = { id: 'o', kind: 'backup', startedAt: '', endedAt: '' } as never;

test.each(['backup.failed', 'restore.failed', 'operation.failed'])('%s names the next step', async (code) => {
  const failures = ["EROFS: read-only file system, open '/backups/new'"];
  const error = await failureOf(code, { ...(ENDED as object), state: 'failed', failures } as never);
  expect(error).toMatchObject({ exit: EXIT.failed, code, message: failures[0] });
  expect(error.remedy).toMatch(/\.$/);
});

test('what somebody stopped is nothing to mend', async () => {
  const error = await failureOf('backup.failed', { ...(ENDED as object), state: 'stopped', failures: [] } as never);
  expect(error).toMatchObject({ exit: EXIT.cancelled, remedy: undefined });
});
