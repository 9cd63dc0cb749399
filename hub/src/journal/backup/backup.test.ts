// Backups of a live store, whole and damaged, and stores made of them again.

import { mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { headers } from 'nats';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bodies } from '../../bodies/bodies.js';
import type { JournalHead } from '../../coordinator/ports.js';
import { emptyState } from '../../core/state.js';
import { Objects } from '../../jetstream/objects.js';
import { Archive } from '../../maintenance/archive.js';
import { applyBatch } from '../log/replay.js';
import { stateHash } from '../log/state-hash.js';
import type { ChangeOptions } from '../repair/accept-end.js';
import { writeChange } from '../repair/journal-change.js';
import { beginRestoring, finishInterrupted, restoreBackup } from '../repair/restore.js';
import { compactJournal } from '../snapshot/compaction.js';
import { fill, type TestJournal, TestStore } from '../testing.js';
import { type BackupInfo, type BackupRequest, createBackup, listBackups, pruneBackups } from './backup.js';
import { createBackupInWorker, verifyBackupInWorker } from './backup-process.js';
import { BackupFile } from './backup-source.js';
import { Bucket } from './offsite/fixture.js';
import { S3Source } from './offsite/s3-source.js';
import { S3Target } from './offsite/s3-target.js';
import { verifyBackup } from './verify-backup.js';

const NOW = Date.UTC(2026, 10, 21, 8, 0, 0);

let store: TestStore;
let main: TestJournal;
let directory: string;
beforeEach(async () => {
  store = await TestStore.start();
  main = await store.addJournal('main');
  directory = join(store.directory, 'backups');
});
afterEach(() => store.stop());

function request(fields: Partial<BackupRequest> = {}): BackupRequest {
  const { js, jsm } = store;
  return {
    store: { js, jsm, names: main.names },
    directory,
    label: 'demand',
    hubVersion: '0.1.0',
    nowMs: NOW,
    end: null,
    ...fields,
  };
}

async function changes(journal: TestJournal): Promise<ChangeOptions> {
  const { js, jsm, directory: dataDir } = store;
  return {
    store: { js, jsm, names: journal.names },
    dataDir,
    keepDir: join(dataDir, 'kept'),
    headRecord: await journal.open(),
    hubVersion: '0.1.0',
    nowMs: NOW + 1_000,
    sourceOf: async (backup) => new BackupFile(backup),
  };
}

function archiveOf({ names }: TestJournal): Archive {
  return new Archive(store.js, store.jsm, names);
}

async function bodiesOf({ names }: TestJournal): Promise<Bodies> {
  return new Bodies(await Objects.open(store.js, store.jsm, names.bodies), 1);
}

/** 30 batches, snapshots at 10 and 20, compacted or not, one body, one archived task. */
async function aStore(): Promise<{ heads: JournalHead[]; ref: string }> {
  const heads: JournalHead[] = [];
  for (let round = 0; round < 3; round++) {
    heads.push(...(await fill(main.journal, (await main.journal.recover(null)).head, 10)));
    if (round < 2) await main.snapshots.write(await main.journal.recover(null));
  }
  const { ref } = await (await bodiesOf(main)).put('a large prompt '.repeat(1_000), 1);
  await archiveOf(main).put('default', 'task-1', '{"title":"done"}');
  return { heads, ref };
}

describe('a backup', () => {
  it('verifies, in this process and in another, as the state it was made of', async () => {
    const { heads } = await aStore();
    const backup = await createBackup(request());
    expect(backup.head).toEqual(heads[29]);
    const report = await verifyBackup(backup.file);
    expect(report).toMatchObject({ head: heads[29], batches: 10, bodies: 1, archived: 1, bodiesMissing: [] });
    expect(report.stateHash).toBe(stateHash((await main.journal.recover(null)).state));
    expect(report.isSameState).toBe(true);
    const progress: [number, number | undefined][] = [];
    const onProgress = (done: number, total: number | undefined) => void progress.push([done, total]);
    const { signal } = new AbortController();
    expect(await verifyBackupInWorker({ file: backup.file }, { signal, onProgress })).toEqual({ report });
    expect(progress[0]).toEqual([backup.bytes, backup.bytes]);
  });

  it('holds what was acknowledged when it was begun, although more came since', async () => {
    const { heads } = await aStore();
    const backup = await createBackup(request({ end: heads[24] ?? null }));
    expect(await verifyBackup(backup.file)).toMatchObject({ head: heads[24], batches: 5 });
  });

  it('of a compacted journal needs its snapshot, and falls back to an older one', async () => {
    await aStore();
    await main.snapshots.write(await main.journal.recover(null));
    await compactJournal(store.jsm, main.stream, main.snapshots);
    const [newest] = await main.snapshots.list();
    await main.putSnapshotText(newest?.name ?? '', newest?.head ?? expect.fail(), 'rubbish');
    const backup = await createBackup(request());
    expect(await verifyBackup(backup.file)).toMatchObject({ batches: 10, head: { seq: 30 } });
  });

  it('of an empty store verifies too', async () => {
    const backup = await createBackup(request());
    const report = await verifyBackup(backup.file);
    expect(report).toMatchObject({ head: { seq: 0 }, tasks: 0, batches: 0 });
    expect(report.stateHash).toBe(stateHash(emptyState()));
  });

  it('is refused, and leaves no file, when the journal does not reach the end asked for', async () => {
    const { heads } = await aStore();
    const beyond = { ...(heads[29] ?? expect.fail()), seq: 31 };
    await expect(createBackup(request({ end: beyond }))).rejects.toThrow('does not hold the batch 31');
    expect(await readdir(directory)).toEqual([]);
  });

  it('is made in another process while erasures are held, from before its end is read until it is written', async () => {
    const { heads } = await aStore();
    const steps: string[] = [];
    const holdErasures = () => {
      steps.push('held');
      return async () => {
        steps.push(`released with ${(await readdir(directory)).length} file`);
      };
    };
    const { url: servers, user, password: pass } = store.server;
    const { store: _store, ...rest } = request({ end: heads[27] ?? null });
    const task = { ...rest, connection: { servers, user, pass }, names: main.names };
    const backup = await createBackupInWorker(task, holdErasures, { signal: new AbortController().signal });
    expect(steps).toEqual(['held', 'released with 1 file']);
    expect(await listBackups(directory)).toEqual([backup]);
    expect(await verifyBackup(backup.file)).toMatchObject({ head: heads[27], bodies: 1, archived: 1 });
  });

  it('is for the owner only', async () => {
    const { file } = await createBackup(request());
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it.each(['a flipped bit', 'a lost end'])('with %s does not verify', async (damage) => {
    await aStore();
    const { file, bytes } = await createBackup(request());
    if (damage === 'a lost end') await truncate(file, bytes - 20);
    else {
      const content = await readFile(file);
      const at = Math.floor(bytes / 2);
      content[at] = (content[at] ?? 0) ^ 4;
      await writeFile(file, content);
    }
    await expect(verifyBackup(file)).rejects.toMatchObject({ name: 'BackupDamaged' });
    expect(await verifyBackupInWorker({ file }, { signal: new AbortController().signal })).toEqual({
      damaged: expect.stringContaining('cannot be used'),
    });
  });

  it('that lacks a body is found out', async () => {
    const { ref } = await aStore();
    const objects = await Objects.open(store.js, store.jsm, main.names.bodies);
    await objects.replace(ref, Buffer.from('not what it was'), await objects.info(ref));
    expect(await verifyBackup((await createBackup(request())).file)).toMatchObject({ bodies: 0 });
  });
});

describe('the list of backups', () => {
  it('is newest first and leaves out what is no backup', async () => {
    const older = await createBackup(request({ label: 'daily' }));
    const newer = await createBackup(request({ nowMs: NOW + 1 }));
    await writeFile(join(directory, 'agentcom-20261121T080000000Z-daily-7.backup'), 'rubbish');
    await writeFile(join(directory, 'notes.txt'), '');
    expect(await listBackups(directory)).toEqual([newer, older]);
  });

  it('is empty where there is no directory', async () => {
    expect(await listBackups(join(directory, 'nowhere'))).toEqual([]);
  });

  it('loses all but the newest daily ones, and none that was asked for', async () => {
    const made: BackupInfo[] = [];
    for (let day = 0; day < 3; day++) made.push(await createBackup(request({ label: 'daily', nowMs: NOW + day })));
    const asked = await createBackup(request());
    expect(await pruneBackups(directory, { keep: 2 }, Date.now())).toEqual([made[0]?.file]);
    expect((await listBackups(directory)).map(({ file }) => file).sort()).toEqual(
      [made[1]?.file, made[2]?.file, asked.file].sort(),
    );
  });
});

describe('a backup that was killed while it was written', () => {
  it('leaves a part that goes when nobody can be writing it any more', async () => {
    const left = join(directory, 'agentcom-20260101T000000000Z-daily-1.backup.partial');
    await mkdir(directory, { recursive: true });
    await writeFile(left, 'half');
    expect(await pruneBackups(directory, { keep: 2 }, Date.now())).toEqual([]);
    expect(await pruneBackups(directory, { keep: 2 }, Date.now() + 2 * 3_600_000)).toEqual([left]);
  });
});

describe('restore', () => {
  it('makes the same state of a backup in an empty store, as a new journal that goes on behind the old end', async () => {
    const { heads, ref } = await aStore();
    const before = await main.journal.recover(null);
    const { file } = await createBackup(request());
    const other = await store.addJournal('other');
    const restored = await restoreBackup(file, false, await changes(other));
    expect(restored).toMatchObject({ kind: 'restored', kept: null, head: { seq: 31 } });
    const after = await (await other.reopen()).recover(restored.head);
    expect(after).toMatchObject({ head: restored.head, epoch: before.epoch + 1, readFrom: 30 });
    expect(after.head.journal).not.toBe(heads[29]?.journal);
    const expected = before.state;
    const event = { type: 'journal.restored', from: before.head.journal, at: 30 } as const;
    applyBatch(expected, { id: '', epoch: 0, at: NOW + 1_000, hub: '', events: [event], head: restored.head });
    expect(stateHash(after.state)).toBe(stateHash(expected));
    expect(await (await bodiesOf(other)).get(ref)).toBe('a large prompt '.repeat(1_000));
    expect(await archiveOf(other).get('default', 'task-1')).toBe('{"title":"done"}');
    expect((await fill(other.journal, after.head, 1))[0]?.seq).toBe(32);
  });

  it('brings back what the other streams held, message for message', async () => {
    await aStore();
    const { outputPrefix, messagesPrefix, inboxesPrefix } = main.names;
    const head = headers();
    head.set('Kept', 'too');
    await store.js.publish(`${outputPrefix}.default.task.1`, 'said', { headers: head });
    const diff = Buffer.from([0x1f, 0x8b, 0, 0xff, 0x80]);
    await store.js.publish(`${outputPrefix}.default.task.1.diff`, diff);
    await store.js.publish(`${messagesPrefix}.default.agent.ann`, 'told');
    await store.js.publish(`${inboxesPrefix}.default.acked.ann`, 'taken');
    const { file } = await createBackup(request());
    const other = await store.addJournal('other');
    await restoreBackup(file, false, await changes(other));
    const { names } = other;
    for (const [stream, subject, text, kept] of [
      [names.output, `${names.outputPrefix}.default.task.1`, 'said', 'too'],
      [names.messages, `${names.messagesPrefix}.default.agent.ann`, 'told', ''],
      [names.inboxes, `${names.inboxesPrefix}.default.acked.ann`, 'taken', ''],
    ] as const) {
      const found = await store.jsm.streams.getMessage(stream, { last_by_subj: subject });
      expect(Buffer.from(found?.data ?? []).toString()).toBe(text);
      expect(found?.header.get('Kept')).toBe(kept);
    }
    const last = { last_by_subj: `${names.outputPrefix}.default.task.1.diff` };
    expect(Buffer.from((await store.jsm.streams.getMessage(names.output, last))?.data ?? [])).toEqual(diff);
  });

  it('takes a backup straight out of a bucket, also after it was interrupted', async () => {
    await aStore();
    const before = await main.journal.recover(null);
    const { file } = await createBackup(request());
    const bucket = await Bucket.start();
    try {
      const name = basename(file);
      bucket.objects.set(`hub one/${name}`, await readFile(file));
      await rm(file);
      const other = await store.addJournal('other');
      const target = new S3Target(bucket.place());
      const options = { ...(await changes(other)), sourceOf: async () => new S3Source(target, name) };
      await beginRestoring(target.address(), false, options);
      const restored = await finishInterrupted(options);
      expect(restored).toMatchObject({ kind: 'restored', file: `s3://backups/hub one/${name}`, head: { seq: 31 } });
      const after = await (await other.reopen()).recover(null);
      expect(after.state.tasks).toEqual(before.state.tasks);
      expect(await readdir(store.directory)).not.toContain(name);
    } finally {
      await bucket.stop();
    }
  });

  it('fills the audit log of a store that has none, also if it was interrupted, and keeps the one that there is', async () => {
    await aStore();
    const { auditPrefix, audit } = main.names;
    for (const text of ['one', 'two']) await store.js.publish(`${auditPrefix}.default.${text}`, text);
    const { file } = await createBackup(request());
    await store.js.publish(`${auditPrefix}.default.three`, 'three');
    await restoreBackup(file, true, await changes(main));
    expect((await store.jsm.streams.info(audit)).state.messages).toBe(3);

    const other = await store.addJournal('other');
    const { names, stream } = other;
    const options = await changes(other);
    const { config } = await store.jsm.streams.info(stream);
    await mkdir(options.dataDir, { recursive: true });
    const change = { kind: 'restore', file, journal: 'new', kept: null, config, keepsAudit: false, at: NOW } as const;
    await writeChange(options.dataDir, change);
    await store.js.publish(`${names.auditPrefix}.default.one`, 'one');
    await finishInterrupted(options);
    const { state } = await store.jsm.streams.info(names.audit, { subjects_filter: '>' });
    expect(state.subjects).toEqual({
      [`${names.auditPrefix}.default.one`]: 1,
      [`${names.auditPrefix}.default.two`]: 1,
    });
  });

  it('of a store that is not empty needs to be told so, and changes nothing without', async () => {
    await aStore();
    const { file } = await createBackup(request());
    const before = await main.journal.recover(null);
    await expect(restoreBackup(file, false, await changes(main))).rejects.toMatchObject({ name: 'StoreNotEmpty' });
    expect(stateHash((await main.journal.recover(null)).state)).toBe(stateHash(before.state));
  });

  it('keeps a backup of what it replaces, which can be restored in turn', async () => {
    const { heads } = await aStore();
    const { file } = await createBackup(request({ end: heads[14] ?? null }));
    const before = stateHash((await main.journal.recover(null)).state);
    const restored = await restoreBackup(file, true, await changes(main));
    expect(restored.head.seq).toBe(16);
    expect((await (await main.reopen()).recover(null)).state.orgs.size).toBe(15);
    const kept = await verifyBackup(restored.kept ?? '');
    expect(kept).toMatchObject({ stateHash: before, head: heads[29], bodies: 1 });
    await restoreBackup(restored.kept ?? '', true, { ...(await changes(main)), nowMs: NOW + 2_000 });
    expect((await (await main.reopen()).recover(null)).state.orgs.size).toBe(30);
  });

  it('keeps a raw copy of a journal that is too damaged for a backup', async () => {
    const { heads } = await aStore();
    const { file } = await createBackup(request());
    await store.js.publish(main.subject, 'rubbish');
    const restored = await restoreBackup(file, true, await changes(main));
    expect(restored.kept).toMatch(/\.raw$/);
    expect(restored.head.seq).toBe((heads[29]?.seq ?? 0) + 1);
    await expect(verifyBackup(restored.kept ?? '')).rejects.toThrow('raw copy');
  });

  it('of a damaged file changes nothing', async () => {
    const { heads } = await aStore();
    const { file, bytes } = await createBackup(request());
    await truncate(file, bytes - 20);
    await expect(restoreBackup(file, true, await changes(main))).rejects.toMatchObject({ name: 'BackupDamaged' });
    expect((await main.journal.recover(null)).head).toEqual(heads[29]);
  });

  it('that was interrupted is finished at the next start', async () => {
    await aStore();
    const { file } = await createBackup(request());
    const options = await changes(main);
    const { config } = await store.jsm.streams.info(main.stream);
    await mkdir(options.dataDir, { recursive: true });
    await writeChange(options.dataDir, { kind: 'restore', file, journal: 'new', kept: null, config, at: NOW });
    await store.jsm.streams.purge(`OBJ_${main.bucket}`);
    await store.jsm.streams.delete(main.stream);
    expect(await finishInterrupted(options)).toMatchObject({ kind: 'restored', head: { journal: 'new', seq: 31 } });
    expect((await (await main.reopen()).recover(null)).state.orgs.size).toBe(30);
    expect(await finishInterrupted(options)).toBeNull();
  });

  it('of an empty backup begins a journal at its first batch', async () => {
    const { file } = await createBackup(request());
    await aStore();
    const restored = await restoreBackup(file, true, await changes(main));
    expect(restored.head.seq).toBe(1);
    expect((await (await main.reopen()).recover(null)).state.orgs.size).toBe(0);
  });
});
