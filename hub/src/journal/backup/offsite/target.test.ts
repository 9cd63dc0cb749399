// The two places for copies against the same expectations; then what only a bucket has: signatures, parts, retries.

import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyOffSiteInWorker } from '../backup-process.js';
import { DirectoryTarget } from './directory-target.js';
import { Bucket } from './fixture.js';
import { S3Target } from './s3-target.js';
import { type OffSiteTarget, openTarget } from './target.js';

const PART = 64 * 1024;

let directory: string;
let file: string;
let bucket: Bucket;
let waits: number[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'agentcom-test-'));
  file = join(directory, 'agentcom-20261121T080000000Z-daily-7.backup');
  await writeFile(file, randomBytes(5 * PART + 17));
  bucket = await Bucket.start();
  waits = [];
});
afterEach(async () => {
  await bucket.stop();
  await rm(directory, { recursive: true });
});

function s3(fields: Parameters<Bucket['place']>[0] = {}): S3Target {
  return new S3Target(bucket.place(fields), { partBytes: PART, sleep: async (ms) => void waits.push(ms) });
}

const there = () => join(directory, 'elsewhere', 'copies');

describe.each<[string, () => OffSiteTarget, (name: string) => Promise<Buffer | undefined>]>([
  ['a directory', () => new DirectoryTarget(there()), (name) => readFile(join(there(), name))],
  ['a bucket', () => s3(), async (name) => bucket.objects.get(`hub one/${name}`)],
])('%s', (_what, open, stored) => {
  it('holds what was put there, byte for byte, and tells how far it is', async () => {
    const progress: [number, number | undefined][] = [];
    await open().put(file, 'a.backup', (done, total) => void progress.push([done, total]));
    expect(await stored('a.backup')).toEqual(await readFile(file));
    const { size } = await stat(file);
    expect(progress.at(-1)).toEqual([size, size]);
    expect(progress.length).toBeGreaterThan(1);
  });

  it('lists what there is, and loses what is removed', async () => {
    const target = open();
    expect(await target.list()).toEqual([]);
    for (const name of ['a', 'b', 'c', 'd', 'e']) await target.put(file, name, () => undefined);
    expect([...(await target.list())].sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
    await target.remove('c');
    await target.remove('c');
    expect([...(await target.list())].sort()).toEqual(['a', 'b', 'd', 'e']);
  });

  it('keeps nothing of a copy that failed', async () => {
    await expect(open().put(join(directory, 'nowhere'), 'a.backup', () => undefined)).rejects.toThrow('ENOENT');
    expect(await open().list()).toEqual([]);
  });
});

const OLD = 'agentcom-20260101T080000000Z-daily-1.backup';
const YOUNG = 'agentcom-20260102T080000000Z-daily-2.backup';
const HOUR = 3_600_000;

describe('a copy in a directory', () => {
  it('that was cut off is removed later, and nothing else is', async () => {
    const target = new DirectoryTarget(there());
    const names = [`${OLD}.partial`, `${YOUNG}.partial`, 'theirs.partial', OLD];
    await target.list();
    for (const name of names) await writeFile(join(there(), name), 'x');
    const longAgo = new Date(Date.now() - 7 * HOUR);
    for (const name of names.filter((one) => !one.startsWith(YOUNG)))
      await utimes(join(there(), name), longAgo, longAgo);
    await target.removeUnfinished(Date.now() - 6 * HOUR);
    expect([...(await target.list())].sort()).toEqual([OLD, `${YOUNG}.partial`, 'theirs.partial']);
  });

  it('is for its owner only', async () => {
    await new DirectoryTarget(there()).put(file, 'a.backup', () => undefined);
    expect((await stat(join(there(), 'a.backup'))).mode & 0o777).toBe(0o600);
  });
});

describe('a copy in a bucket', () => {
  it('goes in parts of bounded size, one at a time', async () => {
    await s3().put(file, 'a.backup', () => undefined);
    const parts = bucket.requests.filter((request) => request.includes('partNumber'));
    expect(parts).toHaveLength(6);
    expect(bucket.largestBody).toBe(PART);
    expect(bucket.uploads.size).toBe(0);
  });

  it('goes whole when it is small', async () => {
    await writeFile(file, 'small');
    await s3().put(file, 'a.backup', () => undefined);
    expect(bucket.requests).toEqual(['PUT hub one/a.backup', 'HEAD hub one/a.backup']);
  });

  it('carries the span it is made under, and none otherwise', async () => {
    await s3().put(file, 'a.backup', () => undefined);
    expect([...bucket.traceparents]).toEqual([undefined]);
    bucket.traceparents.clear();
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await openTarget({ kind: 's3', ...bucket.place() }, traceparent).put(file, 'a.backup', () => undefined);
    expect([...bucket.traceparents]).toEqual([traceparent]);
  });

  it('is refused with a wrong secret, and not tried again', async () => {
    await expect(s3({ secretAccessKey: 'wrong' }).put(file, 'a.backup', () => undefined)).rejects.toThrow(
      's3://backups/hub one/a.backup: POST 403 <Error><Code>SignatureDoesNotMatch</Code></Error>',
    );
    expect(bucket.requests).toHaveLength(1);
  });

  it('gets over answers that pass and connections that break, waiting as long as it is told to', async () => {
    bucket.failures.push({ status: 503, retryAfter: '7' }, { status: 500 }, { status: 429 }, { status: 0, cut: true });
    await s3().put(file, 'a.backup', () => undefined);
    expect(bucket.objects.get('hub one/a.backup')).toEqual(await readFile(file));
    expect(waits).toEqual([7_000, 1_000, 2_000, 4_000]);
  });

  it('that was cut off is removed by the next one, and nothing that may still run or is not ours', async () => {
    const begin = (id: string, key: string, begunAt: number) =>
      bucket.uploads.set(`${id}&"`, { key, parts: new Map(), begunAt });
    const now = Date.now();
    begin('1', `hub one/${OLD}`, now - 7 * HOUR);
    begin('2', `hub one/${OLD}`, now - 8 * HOUR);
    begin('young', `hub one/${YOUNG}`, now - 5 * HOUR);
    begin('theirs', 'hub one/photo.jpg', now - 7 * HOUR);
    begin('another hub', `hub two/${OLD}`, now - 7 * HOUR);
    const place = { kind: 's3', ...bucket.place() } as const;
    const task = { place, file, retention: { keep: 1 }, nowMs: now };
    await copyOffSiteInWorker(task, { signal: new AbortController().signal });
    expect([...bucket.uploads.keys()].sort()).toEqual(['another hub&"', 'theirs&"', 'young&"']);
    expect(bucket.objects.size).toBe(1);
  });

  it('gives up in the end, saying why, and leaves no parts', async () => {
    const target = s3();
    await target.list();
    bucket.failures.push(...Array.from({ length: 7 }, () => ({ status: 503 })));
    await expect(target.put(file, 'a.backup', () => undefined)).rejects.toThrow('POST 503');
    expect(waits).toHaveLength(5);
    bucket.failures.length = 0;
    bucket.failsComplete = true;
    await expect(target.put(file, 'a.backup', () => undefined)).rejects.toThrow('InternalError');
    expect(bucket.uploads.size).toBe(0);
    expect(bucket.objects.size).toBe(0);
  });
});

describe('the worker that copies', () => {
  it('copies, and removes older timed backups there, but none that somebody asked for', async () => {
    const asked = 'agentcom-20260101T080000000Z-demand-1.backup';
    const older = 'agentcom-20261120T080000000Z-daily-6.backup';
    const target = s3();
    for (const name of [asked, older]) await target.put(file, name, () => undefined);
    const place = { kind: 's3', ...bucket.place() } as const;
    const task = { place, file, retention: { keep: 1 }, nowMs: Date.UTC(2026, 10, 21, 9) };
    const copied = await copyOffSiteInWorker(task, { signal: new AbortController().signal });
    expect(copied).toEqual({ removed: [older] });
    expect([...(await target.list())].sort()).toEqual([asked, basename(file)].sort());
    const stored = bucket.objects.get(`hub one/${basename(file)}`) ?? Buffer.alloc(0);
    const sum = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
    expect(sum(stored)).toBe(sum(await readFile(file)));
    expect(await readdir(directory)).toEqual([basename(file)]);
  });
});
