import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { PreviousAttempt } from '../core/job-model.js';
import { Sessions } from './sessions.js';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'agentcom-sessions-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const left: PreviousAttempt = {
  session: { session: { runner: 'claude', id: 's' }, counters: { inputTokens: 1, outputTokens: 2, costMicros: 3 } },
  salvageRef: null,
};

/** As the next start of the sidecar finds them. */
async function opened(): Promise<Sessions> {
  const sessions = new Sessions(dir);
  await sessions.open();
  return sessions;
}

it('what an attempt left is known at once and after a start, until there is nothing to know', async () => {
  const sessions = await opened();
  expect(sessions.of('t1')).toBeNull();
  await sessions.keep('t1', left);
  expect(sessions.of('t1')).toEqual(left);
  expect((await opened()).of('t1')).toEqual(left);
  await sessions.keep('t1', null);
  expect(sessions.of('t1')).toBeNull();
  expect((await opened()).of('t1')).toBeNull();
});

it('a file that cannot be read is removed, and the others stay', async () => {
  const sessions = await opened();
  await sessions.keep('t1', left);
  await writeFile(join(dir, 'sessions', 't2.json'), '{"version":1,"previous":');
  await writeFile(join(dir, 'sessions', 't3.json'), '{"version":9,"previous":{}}');
  await writeFile(join(dir, 'sessions', '.t1.json.0123'), '{');
  const again = await opened();
  expect([again.of('t1'), again.of('t2'), again.of('t3')]).toEqual([left, null, null]);
  expect(await readdir(join(dir, 'sessions'))).toEqual(['t1.json']);
});

it('only the newest are kept', async () => {
  const sessions = await opened();
  for (let n = 0; n < 201; n++) {
    await sessions.keep(`t${n}`, left);
    if (n === 199) await sessions.keep('t0', left);
  }
  expect(sessions.of('t0')).toEqual(left);
  expect(sessions.of('t1')).toBeNull();
  expect(await readdir(join(dir, 'sessions'))).toHaveLength(200);
});
