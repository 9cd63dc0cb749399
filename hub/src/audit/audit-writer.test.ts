import type { AuditFact } from '@agentcom/schemas';
import { beforeEach, expect, it } from 'vitest';
import { AuditReader } from './audit-reader.js';
import { AuditWriter } from './audit-writer.js';
import { hashRecord } from './records.js';
import { ManualTime, MemoryRecords } from './testing.js';

const done: AuditFact = { action: 'keys.manage', route: 'key.create', caller: 'key:1', outcome: 'done', status: 201 };
const refused: AuditFact = {
  action: 'tasks.read',
  route: 'task.list',
  address: '192.0.2.7',
  outcome: 'refused',
  status: 401,
  code: 'auth.invalid',
};

let time: ManualTime;
let records: MemoryRecords;
let failures: boolean[];
let omitted: number;

beforeEach(() => {
  time = new ManualTime();
  records = new MemoryRecords();
  failures = [];
  omitted = 0;
});

function writer(): AuditWriter {
  return new AuditWriter({
    records,
    scheduler: time,
    now: () => time.now(),
    onFailed: (_error, isFirst) => failures.push(isFirst),
    onOmitted: () => {
      omitted++;
    },
  });
}

function entries(org: string): number[] {
  const numbers = [...records.stored.keys()].filter((key) => key.startsWith(`${org}/`));
  return numbers.map((_, i) => records.record(org, i + 1)?.entries.length ?? 0);
}

it('writes what comes within a moment as one record for each organisation, chained to the one before', async () => {
  const audit = writer();
  audit.record('acme', done);
  audit.record('acme', { ...done, route: 'key.revoke' });
  audit.record('other', done);
  expect(records.stored.size).toBe(0);
  await time.pass(200);
  expect([entries('acme'), entries('other')]).toEqual([[2], [1]]);
  audit.record('acme', done);
  await time.pass(200);
  expect(records.record('acme', 1)).toMatchObject({
    org: 'acme',
    prev: null,
    entries: [done, { route: 'key.revoke' }],
  });
  expect(records.record('acme', 2)?.prev).toBe(hashRecord(records.stored.get('acme/1') as Uint8Array));
  await audit.stop();
});

it('goes on behind what is there, also where another hub writes', async () => {
  const [one, two] = [writer(), writer()];
  one.record('acme', done);
  await time.pass(200);
  two.record('acme', { ...done, route: 'key.rotate' });
  await time.pass(200);
  one.record('acme', { ...done, route: 'key.revoke' });
  await time.pass(200);
  expect([1, 2, 3].map((number) => records.record('acme', number)?.entries[0]?.route)).toEqual([
    'key.create',
    'key.rotate',
    'key.revoke',
  ]);
  for (const number of [2, 3]) {
    const before = hashRecord(records.stored.get(`acme/${number - 1}`) as Uint8Array);
    expect(records.record('acme', number)?.prev).toBe(before);
  }
});

it('goes on behind a newest record that is damaged, which readers are told of', async () => {
  const before = writer();
  for (let i = 0; i < 2; i++) {
    before.record('acme', done);
    await time.pass(200);
  }
  records.damaged.add('acme/2');
  const after = writer();
  after.record('acme', { ...done, route: 'key.rotate' });
  await time.pass(200);
  expect(records.record('acme', 3)).toMatchObject({ prev: null, entries: [{ route: 'key.rotate' }] });
  const page = await new AuditReader(records).page('acme', {});
  expect(page.items.map(({ id }) => id)).toEqual(['3.0', '1.0']);
  expect(page.breaks).toEqual([{ record: 2, kind: 'missing' }]);
});

it('writes the first refusal of a kind at once and counts the others of that minute', async () => {
  const audit = writer();
  for (let i = 0; i < 1_000; i++) audit.record('acme', refused);
  await time.pass(200);
  expect(records.record('acme', 1)?.entries).toEqual([{ at: new Date(1_000_000).toISOString(), ...refused }]);
  for (let i = 0; i < 500; i++) audit.record('acme', refused);
  await time.pass(60_000);
  expect(entries('acme')).toEqual([1, 1]);
  expect(records.record('acme', 2)?.entries).toMatchObject([{ code: 'auth.invalid', count: 1_499 }]);
});

it('does not let refusals of many kinds fill the log, and says how many it left out', async () => {
  const audit = writer();
  for (let i = 0; i < 5_000; i++) audit.record('acme', { ...refused, address: `192.0.2.${i}` });
  await time.pass(60_200);
  expect(entries('acme').reduce((sum, one) => sum + one)).toBe(61);
  expect(records.record('acme', 2)?.entries).toMatchObject([{ route: 'audit.omitted', count: 4_940 }]);
});

it('keeps what cannot be stored and stores it later, once, having said so once', async () => {
  const audit = writer();
  records.failing = 'down';
  audit.record('acme', done);
  await time.pass(5_000);
  expect(failures).toEqual([true, false, false, false, false]);
  records.failing = 'lost';
  await time.pass(1_000);
  records.failing = 'no';
  audit.record('acme', { ...done, route: 'key.revoke' });
  await time.pass(1_000);
  expect([1, 2].map((number) => records.record('acme', number)?.entries.map(({ route }) => route))).toEqual([
    ['key.create'],
    ['key.revoke'],
  ]);
  expect(records.stored.size).toBe(2);
});

it('tries what could not be stored again in its own time, whatever is stored of others, and when it stops', async () => {
  const audit = writer();
  records.down.add('acme');
  audit.record('acme', done);
  await time.pass(200);
  for (let i = 0; i < 4; i++) {
    audit.record('other', done);
    audit.record('acme', done);
    await time.pass(200);
  }
  expect([entries('other'), failures]).toEqual([[1, 1, 1, 1], [true]]);
  await time.pass(200);
  expect(failures).toEqual([true, false]);
  records.down.clear();
  await audit.stop();
  expect(entries('acme')).toEqual([1, 4]);
});

it('keeps a bounded number of what cannot be stored, and says how many are missing', async () => {
  const audit = writer();
  records.failing = 'down';
  for (let i = 0; i < 10_500; i++) audit.record('acme', done);
  await time.pass(1_000);
  expect(omitted).toBe(500);
  records.failing = 'no';
  await time.pass(1_000);
  const all = entries('acme').flatMap((_, i) => records.record('acme', i + 1)?.entries ?? []);
  expect(all.filter(({ route }) => route === 'key.create').length).toBe(10_000);
  expect(all.filter(({ route }) => route === 'audit.omitted')).toMatchObject([{ count: 500 }]);
});

it('has written everything when it has stopped, counts included', async () => {
  const audit = writer();
  audit.record('acme', done);
  for (let i = 0; i < 3; i++) audit.record('acme', refused);
  await audit.stop();
  expect(records.record('acme', 1)?.entries).toMatchObject([done, refused, { count: 2 }]);
});
