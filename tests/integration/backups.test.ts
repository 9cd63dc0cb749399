// Backups of a real hub, by API and command: made, proven, restored, and copied off-site, encrypted.

import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Bucket } from '@agentcom/hub/journal/backup/offsite/fixture';
import type { Backup, CreatedKey, Health, Operation } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { HubApi } from '../support/api.js';
import { CLI } from '../support/cli.js';
import { startHub } from '../support/hub.js';
import { completion, connectedAgent, offerOf, reconnected, workingOn } from '../support/on-hub.js';
import { testSandbox } from '../support/test-sandbox.js';

const TIMEOUT = { timeout: 120_000 };

function agentcom(args: readonly string[]): unknown {
  return JSON.parse(
    execFileSync(process.execPath, [CLI, ...args, '--json'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
}

/** While this process answers for a bucket. */
async function reading(args: readonly string[], env: Readonly<Record<string, string>>): Promise<unknown> {
  const options = { env: { ...process.env, ...env } };
  return JSON.parse((await promisify(execFile)(process.execPath, [CLI, ...args, '--json'], options)).stdout);
}

test(
  'a backup is made, replayed, and restored beside the hub; a compaction is done; and the health shows it',
  TIMEOUT,
  async () => {
    const sandbox = testSandbox();
    const hub = await startHub(sandbox);
    const { id } = await hub.api.submit({ needs: ['nobody'], prompt: 'A long prompt. '.repeat(500) });
    const to = ['--hub', hub.url, '--key-file', hub.keyFile];
    const made = agentcom(['backup', 'create', ...to]) as Backup;
    expect(made).toMatchObject({ encrypted: false, seq: expect.any(Number) });
    expect(agentcom(['backup', 'verify', made.id, ...to])).toMatchObject({ ok: true, tasks: 1, isSameState: true });
    // What comes later is none of the backup's.
    await hub.api.submit({ needs: ['nobody'] });
    const drilled = agentcom(['backup', 'drill', made.id, ...to]);
    expect(drilled).toMatchObject({ id: made.id, ok: true, problems: [], tasks: 1, isSameState: true });
    expect(existsSync(join(hub.dataDir, 'drill'))).toBe(false);
    expect(agentcom(['compact', ...to])).toEqual({ bytesBefore: expect.any(Number), bytesAfter: expect.any(Number) });
    const { storage } = (await (await fetch(`${hub.url}/healthz`)).json()) as Health;
    for (const at of ['lastBackupAt', 'lastProofAt', 'lastCompactionAt'] as const)
      expect(Date.parse(storage?.[at] ?? '')).toBeGreaterThan(Date.parse(made.createdAt) - 60_000);
    expect(storage?.streams.map(({ name }) => name)).toEqual([
      'journal',
      'snapshots',
      'bodies',
      'archive',
      'messages',
      'inboxes',
      'audit',
      'output',
    ]);
    expect((await hub.api.task(id)).state).toBe('queued');
    expect((await hub.stop()).code).toBe(0);
  },
);

test('a damaged backup is refused by name, and no restore begins with it', TIMEOUT, async () => {
  const sandbox = testSandbox();
  const hub = await startHub(sandbox);
  const { backup = '' } = await hub.api.operate('/backups');
  const file = join(hub.dataDir, 'backups', backup);
  const bytes = readFileSync(file);
  bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  const { id } = await hub.api.need<Operation>('POST', `/backups/${backup}/verify`, {});
  expect(await hub.api.operationEnd(id)).toMatchObject({
    state: 'failed',
    failures: [expect.stringContaining(`${backup} cannot be used`)],
  });
  const restore = await hub.api.need<Operation>('POST', '/restores', { backup, confirm: backup });
  expect(await hub.api.operationEnd(restore.id)).toMatchObject({
    state: 'failed',
    failures: [expect.stringContaining('nothing was changed')],
  });
  expect((await hub.stop()).code).toBe(0);
});

test(
  'a restore by API takes back what came later and keeps what was before, while agents come back',
  TIMEOUT,
  async () => {
    const sandbox = testSandbox();
    const hub = await startHub(sandbox);
    const agent = await connectedAgent(hub);
    const kept = await workingOn(hub, agent);
    const { made } = await hub.api.operate('/backups');
    if (made === undefined) return expect.fail();
    const lost = (await hub.api.submit({ needs: ['nobody'] })).id;

    const admin = await hub.api.need<CreatedKey>('POST', '/keys', { role: 'admin', name: 'admin' });
    const body = { backup: made.id, confirm: made.id, reason: 'a bad import' };
    expect(await new HubApi(hub.url, admin.key).call('POST', '/restores', body)).toMatchObject({ status: 403 });
    expect(await hub.api.call('POST', '/restores', { ...body, confirm: 'yes' })).toMatchObject({
      status: 400,
      body: { code: 'request.invalid', errors: [{ path: '/confirm' }] },
    });
    expect((await hub.api.task(lost)).state).toBe('queued');

    const { id } = await hub.api.need<Operation>('POST', '/restores', body);
    const { restored, state, failures } = await hub.api.operationEnd(id);
    expect({ state, failures }).toEqual({ state: 'done', failures: [] });
    expect(restored?.journal).not.toBe(made.journal);
    expect(restored?.seq).toBeGreaterThan(made.seq);
    expect(readdirSync(join(hub.dataDir, 'backups'))).toContain(restored?.kept);
    expect(await hub.api.call('GET', `/tasks/${lost}`)).toMatchObject({ status: 404 });
    // What the sidecar holds may be of what was taken back, so that it is offered anew.
    const [holder, welcome] = await reconnected(hub, agent.machine, { holding: { ...kept, phase: 'running' } });
    expect(welcome.holding).toBe('drop');
    await holder.close();
    const [free] = await reconnected(hub, agent.machine);
    const next = await offerOf(free, kept.task);
    expect(next.generation).toBeGreaterThan(kept.generation);
    await free.ok({ type: 'task.accept', ...next });
    await free.ok(completion(next));
    expect((await hub.api.task(kept.task)).state).toBe('completed');
    await free.close();
    // What was replaced can be gone back to.
    const before = { backup: restored?.kept ?? '', confirm: restored?.kept ?? '' };
    const second = await hub.api.need<Operation>('POST', '/restores', before);
    expect(await hub.api.operationEnd(second.id)).toMatchObject({ state: 'done' });
    expect((await hub.api.task(lost)).state).toBe('queued');
    expect((await hub.stop()).code).toBe(0);
  },
);

test('an encrypted copy off-site becomes a hub again in an empty directory, with its key alone', TIMEOUT, async () => {
  const sandbox = testSandbox();
  const keyFile = sandbox.path('backup.key');
  writeFileSync(keyFile, randomBytes(32).toString('hex'));
  const offSite = sandbox.path('elsewhere');
  const env = { AGENTCOM_BACKUP_KEY_FILE: keyFile, AGENTCOM_BACKUP_OFF_SITE: offSite };
  const hub = await startHub(sandbox, { env });
  const prompt = 'What nobody else may read. '.repeat(300);
  const { id } = await hub.api.submit({ needs: ['nobody'], prompt });
  const { made } = await hub.api.operate('/backups');
  expect(made?.encrypted).toBe(true);
  expect((await hub.stop()).code).toBe(0);

  const copy = join(offSite, made?.id ?? '');
  expect(readFileSync(copy)).toEqual(readFileSync(join(hub.dataDir, 'backups', made?.id ?? '')));
  const dataDir = sandbox.path('new');
  const restore = ['backup', 'restore', copy, '--data-dir', dataDir];
  expect(() => agentcom(restore)).toThrow('it is encrypted, and no key is given');
  expect(() => agentcom(['backup', 'verify', copy])).toThrow();
  expect(agentcom(['backup', 'verify', copy, '--backup-key-file', keyFile])).toMatchObject({ ok: true, tasks: 1 });
  expect(agentcom([...restore, '--backup-key-file', keyFile])).toMatchObject({ tasks: 1 });
  const again = await startHub(sandbox, { dataDir });
  // The keys are those of the backup.
  expect(await new HubApi(again.url, hub.key).task(id)).toMatchObject({ state: 'queued', prompt });
  expect((await again.stop()).code).toBe(0);
});

test(
  'a copy goes to a bucket and becomes a hub again; a bucket that refuses one is named while the backup stays',
  TIMEOUT,
  async () => {
    const sandbox = testSandbox();
    const bucket = await Bucket.start();
    try {
      const { endpoint, accessKeyId, secretAccessKey, region } = bucket.place();
      const secretFile = sandbox.path('secret');
      writeFileSync(secretFile, `${secretAccessKey}\n`);
      const env = {
        AGENTCOM_BACKUP_OFF_SITE: 's3://backups/hub',
        AGENTCOM_BACKUP_S3_ENDPOINT: endpoint,
        AGENTCOM_BACKUP_S3_REGION: region,
        AGENTCOM_BACKUP_S3_ACCESS_KEY_ID: accessKeyId,
        AGENTCOM_BACKUP_S3_SECRET_KEY_FILE: secretFile,
      };
      const hub = await startHub(sandbox, { env });
      const { id: task } = await hub.api.submit({ needs: ['nobody'] });
      const { made } = await hub.api.operate('/backups');
      const stored = (id = '') => readFileSync(join(hub.dataDir, 'backups', id));
      expect(bucket.objects.get(`hub/${made?.id}`)).toEqual(stored(made?.id));

      // What is unfinished may not be listed either, which does not matter.
      bucket.failures.push({ status: 403 }, { status: 403 });
      const { id } = await hub.api.need<Operation>('POST', '/backups', {});
      const refused = await hub.api.operationEnd(id);
      expect(refused).toMatchObject({
        state: 'failed',
        failures: [expect.stringMatching(/could not be copied off-site: s3:\/\/backups\/hub\/.*: PUT 403 /)],
      });
      expect(stored(refused.made?.id).length).toBe(refused.made?.bytes);
      expect((await hub.stop()).code).toBe(0);

      // The hub and its machine are lost; what is in the bucket makes it again, with nothing but the access to that.
      const place = 's3://backups/hub';
      const copy = `${place}/${made?.id}`;
      const { AGENTCOM_BACKUP_OFF_SITE: _place, ...access } = env;
      const listed = { id: copy, bytes: made?.bytes, seq: made?.seq, journal: made?.journal, encrypted: false };
      const { items } = (await reading(['backup', 'list', place], access)) as { items: readonly unknown[] };
      // Behind it is the one that the hub made when it started.
      expect(items[0]).toMatchObject(listed);
      expect(await reading(['backup', 'verify', copy], access)).toMatchObject({ id: copy, ok: true, tasks: 1 });
      const dataDir = sandbox.path('new');
      await expect(reading(['backup', 'restore', place, '--data-dir', dataDir], {})).rejects.toThrow(
        'backupS3AccessKeyId',
      );
      const restored = await reading(['backup', 'restore', place, '--data-dir', dataDir], access);
      expect(restored).toMatchObject({ backup: copy, tasks: 1, kept: null });
      const again = await startHub(sandbox, { dataDir });
      expect(await new HubApi(again.url, hub.key).task(task)).toMatchObject({ state: 'queued' });
      expect((await again.stop()).code).toBe(0);
    } finally {
      await bucket.stop();
    }
  },
);
