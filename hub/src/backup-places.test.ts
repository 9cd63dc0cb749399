// Backups in a bucket, read without a hub and without a copy on this machine.

import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HubSettings } from '@agentcom/schemas';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backupAt, backupsAt } from './backup-places.js';
import { BackupWriter, type Manifest, readBackup } from './journal/backup/backup-file.js';
import { Bucket } from './journal/backup/offsite/fixture.js';

const MIB = 1024 * 1024;
const HEAD = { journal: 'j', seq: 7, hash: 'h' };
const PLACE = 's3://backups/hub one';
const OLD = 'agentcom-20261120T080000000Z-daily-6.backup';
const NEW = 'agentcom-20261121T080000000Z-demand-7.backup';

let directory: string;
let keyFile: string;
let bucket: Bucket;
let settings: HubSettings;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'agentcom-test-'));
  keyFile = join(directory, 'backup.key');
  await writeFile(keyFile, randomBytes(32).toString('hex'));
  bucket = await Bucket.start();
  const { endpoint, region, accessKeyId, secretAccessKey } = bucket.place();
  settings = {
    backupS3Endpoint: endpoint,
    backupS3Region: region,
    backupS3AccessKeyId: accessKeyId,
    backupS3SecretKey: secretAccessKey,
  } as HubSettings;
});
afterEach(async () => {
  await bucket.stop();
  await rm(directory, { recursive: true });
});

/** Of some size, in a bucket. */
async function stored(name: string, createdAt: number, { bytes = 10, key }: { bytes?: number; key?: string } = {}) {
  const file = join(directory, name);
  const manifest: Manifest = { v: 1, kind: 'backup', createdAt, hubVersion: '0.1.0', head: HEAD };
  const writer = await BackupWriter.create(file, manifest, key);
  const items = Array.from({ length: Math.ceil(bytes / MIB) }, () => JSON.stringify(randomBytes(MIB).toString('hex')));
  await writer.begin('bodies');
  for (const item of items) await writer.item(item);
  await writer.end();
  await writer.finish();
  bucket.objects.set(`hub one/${name}`, await readFile(file));
  return items;
}

async function read(address: string, key?: string): Promise<string[]> {
  const items: string[] = [];
  for await (const line of readBackup(await backupAt(settings, address), { keyFile: key })) {
    if (line.k === 'item') items.push(line.json.toString());
  }
  return items;
}

describe('what is in a bucket', () => {
  it('is listed newest first, encrypted or not, by the beginning of each alone', async () => {
    await stored(OLD, 1_000, { bytes: 3 * MIB });
    await stored(NEW, 2_000, { key: keyFile });
    bucket.objects.set('hub one/notes.txt', Buffer.from('not a backup'));
    bucket.objects.set(`hub one/${NEW.replace('-7', '-8')}`, Buffer.from('not a backup either'));
    const size = (name: string) => bucket.objects.get(`hub one/${name}`)?.length;
    expect(await backupsAt(settings, PLACE)).toMatchObject([
      { file: `${PLACE}/${NEW}`, createdAt: 2_000, bytes: size(NEW), label: 'demand', head: HEAD, encrypted: true },
      { file: `${PLACE}/${OLD}`, createdAt: 1_000, bytes: size(OLD), label: 'daily', head: HEAD, encrypted: false },
    ]);
    expect(bucket.largestAnswer).toBeLessThanOrEqual(64 * 1024);
  });

  it.each([false, true])('is read in pieces of bounded size (encrypted: %s)', async (isEncrypted) => {
    const key = isEncrypted ? keyFile : undefined;
    const items = await stored(NEW, 1, { bytes: 20 * MIB, ...(key !== undefined && { key }) });
    bucket.cuts = 3;
    expect(await read(`${PLACE}/${NEW}`, key)).toEqual(items);
    expect(bucket.largestAnswer).toBe(8 * MIB);
  });

  it('is the newest backup, where only the place is named', async () => {
    await stored(OLD, 1_000);
    const newest = await stored(NEW, 2_000);
    expect((await backupAt(settings, PLACE)).name).toBe(`${PLACE}/${NEW}`);
    expect(await read(`${PLACE}/`)).toEqual(newest);
    await expect(backupAt(settings, 's3://backups/nobody')).rejects.toThrow(
      'no backup was found in s3://backups/nobody',
    );
  });

  it('is damaged when its bytes are, and not when it cannot be had', async () => {
    await stored(NEW, 1, { bytes: MIB });
    const bytes = bucket.objects.get(`hub one/${NEW}`) ?? Buffer.alloc(0);
    bucket.objects.set(`hub one/${NEW}`, bytes.subarray(0, -9));
    await expect(read(`${PLACE}/${NEW}`)).rejects.toMatchObject({ name: 'BackupDamaged' });
    await expect(read(`${PLACE}/${OLD}`)).rejects.toMatchObject({
      name: 'BackupUnreachable',
      message: expect.stringContaining(`${PLACE}/${OLD}: HEAD 404`),
    });
    bucket.sendsWhole = true;
    await expect(read(`${PLACE}/${NEW}`)).rejects.toThrow('the store sends no parts of it');
    settings = { ...settings, backupS3SecretKey: 'wrong' };
    await expect(backupsAt(settings, PLACE)).rejects.toMatchObject({ name: 'BackupUnreachable' });
    settings = { backupS3Region: 'us-east-1' } as HubSettings;
    await expect(backupsAt(settings, PLACE)).rejects.toThrow('set both backupS3AccessKeyId and backupS3SecretKey');
  });
});
