import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Refusal } from '../core/refusal.js';
import { shardNames } from '../jetstream/names.js';
import type { BackupInfo } from '../journal/backup/backup.js';
import { BackupWriter } from '../journal/backup/backup-file.js';
import { BackupRecord } from './backup-record.js';
import { BackupKeeper, type BackupParts, type Drilled } from './backups.js';
import { Operations } from './operations.js';

const NAME = 'agentcom-20260101T000000000Z-demand-7.backup';
const head = { journal: 'j', seq: 7, hash: 'h' };

let dataDir: string;
let operations: Operations;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'agentcom-test-'));
  let number = 0;
  const newId = () => `op-${++number}`;
  operations = await Operations.open({ dataDir, newId, now: Date.now, onFailed: () => undefined });
});
afterEach(async () => {
  await operations.close();
  await rm(dataDir, { recursive: true });
});

async function keeper(fields: Partial<BackupParts> = {}): Promise<BackupKeeper> {
  return new BackupKeeper({
    connection: { servers: 'nats://127.0.0.1:1' },
    names: shardNames('main', 0),
    directory: dataDir,
    hubVersion: '1.0.0',
    schedule: { everyMs: 1, hour: undefined },
    retention: { keep: 1 },
    keyFile: undefined,
    offSite: undefined,
    tracer: undefined,
    drillEveryMs: 1,
    operations,
    record: await BackupRecord.open(join(dataDir, 'backups.json')),
    holdErasures: () => async () => undefined,
    end: () => null,
    drill: async () => expect.fail(),
    onDone: (_made: BackupInfo) => undefined,
    onFailed: () => undefined,
    ...fields,
  });
}

async function aBackup(name = NAME, createdAt = 5): Promise<void> {
  const manifest = { v: 1, kind: 'backup', createdAt, hubVersion: '1.0.0', head } as const;
  const writer = await BackupWriter.create(join(dataDir, name), manifest);
  await writer.finish();
}

describe('stopping', () => {
  it('ends a backup under way, however long its store takes to answer', async () => {
    const silent = createServer(() => undefined);
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    let held = 0;
    const holdErasures = () => {
      held++;
      return async () => void held--;
    };
    const backups = await keeper({ connection: { servers: `nats://127.0.0.1:${port}` }, holdErasures });
    const connected = once(silent, 'connection');
    const begun = await backups.create('key:x');
    if (begun instanceof Refusal) return expect.fail();
    const [socket] = (await connected) as [Socket];
    await backups.stop();
    await operations.close();
    expect(operations.get(begun.id)).toMatchObject({ state: 'failed', failures: ['the hub restarted'] });
    expect(held).toBe(0);
    socket.destroy();
    silent.close();
  });
});

it('counts as the last backup none that a restore has kept of what it replaced', async () => {
  await aBackup();
  await aBackup('agentcom-20260102T000000000Z-replaced-9.backup', 9);
  const backups = await keeper();
  await backups.start();
  expect(backups.lastBackupAt).toBe(5);
  expect((await backups.list()).map(({ createdAt }) => Date.parse(createdAt))).toEqual([9, 5]);
  await backups.stop();
});

describe('a drill', () => {
  const whole: Drilled = { ok: true, problems: [], seq: 7, tasks: 3, agents: 1, isSameState: true };

  it('that went well is the last proof, also after a restart', async () => {
    await aBackup();
    const drilled: string[] = [];
    const drill = async (file: string) => {
      drilled.push(file);
      return whole;
    };
    const backups = await keeper({ drill });
    await backups.start();
    expect([backups.lastBackupAt, backups.lastProofAt]).toEqual([5, undefined]);
    const begun = await backups.verify(NAME, true, 'key:x');
    if (begun instanceof Refusal) return expect.fail(begun.message);
    await expect
      .poll(() => operations.get(begun.id))
      .toMatchObject({ kind: 'drill', state: 'done', verified: { ...whole, id: NAME }, backup: NAME });
    expect(drilled).toEqual([join(dataDir, NAME)]);
    expect(backups.lastProofAt).toBeGreaterThan(0);
    expect((await keeper()).lastProofAt).toBe(backups.lastProofAt);
    await backups.stop();
  });

  it('that did not is none, and says why', async () => {
    await aBackup();
    const problems = ['the restored store has another state than the backup'];
    const backups = await keeper({ drill: async () => ({ ...whole, ok: false, problems }) });
    const begun = await backups.verify(NAME, true, 'key:x');
    if (begun instanceof Refusal) return expect.fail(begun.message);
    await expect.poll(() => operations.get(begun.id)).toMatchObject({ state: 'failed', failures: problems });
    expect(backups.lastProofAt).toBeUndefined();
  });

  it('needs a backup that there is', async () => {
    expect(await (await keeper()).verify(NAME, true, 'key:x')).toMatchObject({ code: 'backup.not_found' });
  });
});
