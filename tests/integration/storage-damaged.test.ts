// A flipped bit in the journal, found at start: no hub serves what is left as if it were everything, and both ways out work.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditPage } from '@agentcom/schemas';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HubApi, Machine } from '../support/api.js';
import { type Hub, startHub } from '../support/hub.js';
import { filesBelow } from '../support/nats-process.js';
import { type Attempt, completion, offerOf, reconnected } from '../support/on-hub.js';
import { Sandbox } from '../support/sandbox.js';
import {
  copyOf,
  flipBit,
  flipBitAt,
  messageWith,
  type Place,
  refusedStart,
  restore,
  submitEach,
} from '../support/store-faults.js';
import { testSandbox } from '../support/test-sandbox.js';

const SKILL = 'restoring';

const FIRST: Place = { text: '"prev":""' };
const MIDDLE: Place = { text: 'behind-3.' };
const MIDDLE_LENGTH: Place = { text: 'behind-3.', inLength: true };
const LAST: Place = { text: '"events"' };

/** A stopped hub that worked, was backed up and worked on. */
interface Worked {
  readonly dataDir: string;
  readonly before: readonly string[];
  readonly behind: readonly string[];
  /** The batch of each task. */
  readonly seqs: ReadonlyMap<string, number>;
  /** Queued as of the backup, and worked on since. */
  readonly attempt: Attempt;
  readonly machine: Machine;
}

describe('a flipped bit found at start', () => {
  const shared = new Sandbox();
  let worked: Worked;
  beforeAll(async () => {
    worked = await work(shared);
  });
  afterAll(() => shared.close());

  test.for([
    { where: 'the first message', place: FIRST },
    { where: 'the middle', place: MIDDLE },
    { where: 'the last message', place: LAST },
  ])('in $where: the hub says where the journal ends and goes on from there when told to', async ({ place }) => {
    const sandbox = testSandbox();
    const dataDir = copyOf(sandbox, worked.dataDir);
    const end = flipBit(dataDir, place);
    const refused = await refusedStart(sandbox, dataDir);
    expect(refused.message).toContain('agentcom backup restore FILE --replace');
    expect(refused.end).toBe(end);

    const hub = await startHub(sandbox, { dataDir, args: ['--accept-journal-end', end] });
    await expectKept(hub, worked, Number.parseInt(end, 10));
    const later = await hub.api.submit();
    expect(filesBelow(join(dataDir, 'backups')).filter((path) => path.endsWith('.raw'))).toHaveLength(1);
    expect((await hub.stop()).code).toBe(0);

    const again = await startHub(sandbox, { dataDir });
    await expectKept(again, worked, Number.parseInt(end, 10));
    expect((await again.api.task(later.id)).state).toBe('queued');
    expect((await again.stop()).code).toBe(0);
  });

  test('an end that is not where the journal ends is not accepted, and nothing is changed', async () => {
    const sandbox = testSandbox();
    const dataDir = copyOf(sandbox, worked.dataDir);
    const end = flipBit(dataDir, MIDDLE);
    const kept = () => [readFileSync(join(dataDir, 'journal-end.json'), 'utf8'), filesBelow(join(dataDir, 'backups'))];
    const was = kept();
    const seq = Number.parseInt(end, 10);
    for (const wrong of [`${seq}:${'a'.repeat(64)}`, end.replace(/^\d+/, String(seq - 1)), '0:']) {
      const { message } = await refusedStart(sandbox, dataDir, ['--accept-journal-end', wrong]);
      expect(message).toContain(end);
      expect(kept()).toEqual(was);
    }
    expect((await refusedStart(sandbox, dataDir)).end).toBe(end);
  });

  test('a backup put back over a journal with a damaged length serves as of its making', async () => {
    const sandbox = testSandbox();
    const dataDir = copyOf(sandbox, worked.dataDir);
    const end = flipBit(dataDir, MIDDLE_LENGTH);
    expect((await refusedStart(sandbox, dataDir)).end).toBe(end);
    const [backup = ''] = filesBelow(join(dataDir, 'backups')).filter((path) => path.includes('-demand-'));
    const { kept } = restore(dataDir, backup);
    expect(filesBelow(join(dataDir, 'backups'))).toContain(kept);

    const hub = await startHub(sandbox, { dataDir });
    for (const id of worked.before) expect((await hub.api.task(id)).state).toBe('queued');
    for (const id of worked.behind) expect((await hub.api.call('GET', `/tasks/${id}`)).status).toBe(404);
    await expectOldAttemptEnds(hub, worked);
    expect((await hub.stop()).code).toBe(0);

    const again = await startHub(sandbox, { dataDir });
    expect((await again.api.task(worked.attempt.task)).state).toBe('completed');
    for (const id of worked.before) expect((await again.api.task(id)).state).toBe('queued');
    expect((await again.stop()).code).toBe(0);
  });
});

test('a flipped bit in the newest record of the audit log is told, and the log goes on', async () => {
  const sandbox = testSandbox();
  const first = await startHub(sandbox);
  const { dataDir } = first;
  // Which other requests share a record with these is chance.
  const records: number[] = [];
  for (const name of ['sound', 'damaged']) {
    await first.api.need('POST', '/keys', { role: 'viewer', name });
    await expect.poll(() => keysMade(first.api).then(({ items }) => items.length)).toBe(records.length + 1);
    records.push(recordOf((await keysMade(first.api)).items[0]));
  }
  const [sound, damaged] = records;
  expect((await first.stop()).code).toBe(0);
  flipBitAt(dataDir, '"route":"key.create"');
  const hub = await startHub(sandbox, { dataDir });
  expect(await keysMade(hub.api)).toMatchObject({ items: [{ id: inRecord(sound) }], breaks: [{ record: damaged }] });
  await hub.api.need('POST', '/keys', { role: 'viewer', name: 'later' });
  await expect
    .poll(() => keysMade(hub.api))
    .toMatchObject({ items: [{ id: expect.any(String) }, { id: inRecord(sound) }], breaks: [{ record: damaged }] });
  expect((await hub.stop()).code).toBe(0);
});

function inRecord(number: number | undefined): unknown {
  return expect.stringMatching(new RegExp(`^${number}\\.`));
}

function recordOf(item: AuditPage['items'][number] | undefined): number {
  return Number(item?.id.split('.')[0]);
}

function keysMade(api: HubApi): Promise<AuditPage> {
  return api.need<AuditPage>('GET', '/audit?action=key.create');
}

async function work(sandbox: Sandbox): Promise<Worked> {
  const hub = await startHub(sandbox);
  const before = await submitEach(hub.api, 4, 'before');
  const { id } = await hub.api.submit({ needs: [SKILL] });
  const machine = await hub.api.enrol('worker');
  await hub.api.operate('/backups');
  const [agent] = await reconnected(hub, machine, { capabilities: [SKILL] });
  const attempt = await offerOf(agent, id);
  await agent.ok({ type: 'task.accept', ...attempt });
  const behind = await submitEach(hub.api, 8, 'behind');
  expect((await hub.stop()).code).toBe(0);
  const { dataDir } = hub;
  const seqs = new Map([...before, ...behind].map((task) => [task, messageWith(dataDir, `"${task}"`).seq]));
  return { dataDir, before, behind, seqs, attempt, machine };
}

/** Every task up to the end is there, and none of those behind it. */
async function expectKept(hub: Hub, { seqs }: Worked, end: number): Promise<void> {
  for (const [id, seq] of seqs) {
    const { status, body } = await hub.api.call('GET', `/tasks/${id}`);
    if (seq <= end) expect(body).toMatchObject({ id, state: 'queued' });
    else expect(status).toBe(404);
  }
}

/** Who still holds an attempt that the restored journal does not know is told to drop it, and nothing it says counts. */
async function expectOldAttemptEnds(hub: Hub, { attempt, machine }: Worked): Promise<void> {
  const [holder, welcome] = await reconnected(hub, machine, {
    capabilities: [SKILL],
    holding: { ...attempt, phase: 'running' },
  });
  expect(welcome.holding).toBe('drop');
  expect(await holder.request(completion(attempt))).toMatchObject({ type: 'error', code: 'task.stale_generation' });
  await holder.cut();
  const [free] = await reconnected(hub, machine, { capabilities: [SKILL] });
  const next = await offerOf(free, attempt.task);
  expect(next.generation).toBeGreaterThan(attempt.generation);
  await free.ok({ type: 'task.accept', ...next });
  await free.ok(completion(next));
  expect((await hub.api.task(attempt.task)).state).toBe('completed');
  await free.close();
}
