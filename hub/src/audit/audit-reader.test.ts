import type { AuditQuery } from '@agentcom/schemas';
import { beforeEach, expect, it } from 'vitest';
import { iso } from '../core/iso.js';
import { AuditReader } from './audit-reader.js';
import { encodeRecord, hashRecord, type StoredEntry } from './records.js';
import { MemoryRecords } from './testing.js';

let records: MemoryRecords;
let reader: AuditReader;

beforeEach(() => {
  records = new MemoryRecords();
  reader = new AuditReader(records);
});

function entry(at: number, fields: Partial<StoredEntry> = {}): StoredEntry {
  return { at: iso(at), action: 'keys.manage', route: 'key.create', outcome: 'done', ...fields };
}

/** One record with these entries behind the others, written `at`. */
function append(at: number, ...entries: StoredEntry[]): void {
  const number = records.stored.size + 1;
  const before = records.stored.get(`acme/${number - 1}`);
  const prev = before === undefined ? null : hashRecord(before);
  records.stored.set(`acme/${number}`, encodeRecord({ org: 'acme', at, prev, entries }));
}

function fill(count: number): void {
  for (let i = 1; i <= count; i++) append(i * 1_000, entry(i * 1_000), entry(i * 1_000));
}

async function ids(query: AuditQuery = {}): Promise<string[]> {
  const found: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await reader.page('acme', { ...query, ...(cursor !== undefined && { cursor }) });
    found.push(...page.items.map(({ id }) => id));
    expect(page.breaks).toEqual([]);
    cursor = page.nextCursor;
  }
  return found;
}

it('gives every entry once, newest first, whatever the size of the pages', async () => {
  fill(40);
  const all = Array.from({ length: 40 }, (_, i) => [`${40 - i}.1`, `${40 - i}.0`]).flat();
  for (const limit of [1, 3, 50, 200]) expect(await ids({ limit })).toEqual(all);
  expect(await reader.page('other', {})).toEqual({ items: [], nextCursor: null, breaks: [] });
});

it('filters by time, caller, action, target and outcome', async () => {
  append(1_000_000, entry(1_000_000, { caller: 'key:1', name: 'ci' }));
  append(2_000_000, entry(2_000_000, { route: 'key.revoke', target: 'k', outcome: 'refused' }), entry(1_950_000));
  append(3_000_000, entry(3_000_000, { caller: 'key:2' }));
  expect(await ids({ since: iso(1_960_000) })).toEqual(['3.0', '2.0']);
  expect(await ids({ until: iso(1_960_000) })).toEqual(['2.1', '1.0']);
  expect(await ids({ caller: 'key:1' })).toEqual(['1.0']);
  expect(await ids({ caller: 'ci' })).toEqual(['1.0']);
  expect(await ids({ action: 'key.revoke' })).toEqual(['2.0']);
  expect(await ids({ action: 'keys.manage', outcome: 'done' })).toEqual(['3.0', '2.1', '1.0']);
  expect(await ids({ target: 'k' })).toEqual(['2.0']);
});

it('reads a bounded number of records for a page, and goes on from there', async () => {
  fill(1_300);
  append(2_000_000, entry(2_000_000, { caller: 'key:late' }));
  const page = await reader.page('acme', { caller: 'nobody' });
  expect(page).toEqual({ items: [], nextCursor: '790.0', breaks: [] });
  expect(await ids({ caller: 'nobody' })).toEqual([]);
});

it('begins at the time that is asked for, without reading what is younger', async () => {
  fill(3_000);
  const page = await reader.page('acme', { until: iso(500_500), limit: 1 });
  expect(page.items).toMatchObject([{ id: '500.1' }]);
});

it('finds a record that was altered', async () => {
  fill(5);
  const text = Buffer.from(records.stored.get('acme/3') as Uint8Array).toString();
  records.stored.set('acme/3', Buffer.from(text.replace('key.create', 'key.revoke')));
  expect((await reader.page('acme', {})).breaks).toEqual([{ record: 3, kind: 'altered' }]);
  records.stored.set('acme/2', Buffer.from('rubbish'));
  expect((await reader.page('acme', {})).breaks).toEqual([
    { record: 3, kind: 'altered' },
    { record: 2, kind: 'altered' },
  ]);
});

it('finds a record that was left out, and none missing where the oldest went by age', async () => {
  fill(5);
  records.stored.delete('acme/3');
  const page = await reader.page('acme', {});
  expect(page.breaks).toEqual([{ record: 3, kind: 'missing' }]);
  expect(page.items.map(({ id }) => id)).toEqual(['5.1', '5.0', '4.1', '4.0', '2.1', '2.0', '1.1', '1.0']);
  records.stored.delete('acme/1');
  records.stored.delete('acme/2');
  expect((await reader.page('acme', {})).breaks).toEqual([]);
});

it('checks what lies between two pages as well', async () => {
  fill(3);
  const text = Buffer.from(records.stored.get('acme/2') as Uint8Array).toString();
  const first = await reader.page('acme', { limit: 2 });
  records.stored.set('acme/2', Buffer.from(text.replace('key.create', 'key.revoke')));
  const second = await reader.page('acme', { limit: 2, cursor: first.nextCursor ?? '' });
  expect([first.breaks, second.breaks]).toEqual([[], [{ record: 2, kind: 'altered' }]]);
});
