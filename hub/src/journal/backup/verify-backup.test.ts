// What a backup says of the state that the hub had, against what it replays to.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { emptyState } from '../../core/state.js';
import { EMPTY_HEAD } from '../log/codec.js';
import { stateHash } from '../log/state-hash.js';
import { BackupWriter } from './backup-file.js';
import { problemsOf, verifyBackup } from './verify-backup.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'agentcom-test-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function emptyBackup(said: { readonly stateHash?: string }): Promise<string> {
  const file = join(directory, 'empty.backup');
  const manifest = { v: 1, kind: 'backup', createdAt: 1, hubVersion: '0.1.0', head: EMPTY_HEAD, ...said } as const;
  const writer = await BackupWriter.create(file, manifest);
  for (const section of ['snapshot', 'journal']) {
    await writer.begin(section);
    await writer.end();
  }
  await writer.finish();
  return file;
}

it.each([
  ['the same', { stateHash: stateHash(emptyState()) }, true, []],
  ['another', { stateHash: 'of another' }, false, ['it replays to another state than the hub had']],
  ['none, as older backups do', {}, undefined, []],
])('it names %s', async (_what, said, isSameState, problems) => {
  const report = await verifyBackup(await emptyBackup(said));
  expect(report.isSameState).toBe(isSameState);
  expect(problemsOf(report)).toEqual(problems);
});
