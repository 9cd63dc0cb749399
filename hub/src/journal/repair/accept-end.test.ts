// Going on from the readable part of a refused journal, also when that is interrupted half-way.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JournalHead } from '../../coordinator/ports.js';
import { readBackupFile } from '../backup/backup-file.js';
import { encode, headAfter } from '../log/codec.js';
import type { JournalRefused } from '../log/refused.js';
import { formatEnd, parseEnd } from '../log/refused.js';
import { aBatch, compress, fill, largeJournal, type TestJournal, TestStore } from '../testing.js';
import { acceptJournalEnd, type ChangeOptions } from './accept-end.js';
import { readChange, writeChange } from './journal-change.js';
import { finishInterrupted } from './restore.js';

let store: TestStore;
let main: TestJournal;
beforeEach(async () => {
  store = await TestStore.start();
  main = await store.addJournal('main');
});
afterEach(() => store.stop());

async function options(): Promise<ChangeOptions> {
  const { js, jsm, directory: dataDir } = store;
  return {
    store: { js, jsm, names: main.names },
    dataDir,
    keepDir: join(dataDir, 'kept'),
    headRecord: await main.open(),
    hubVersion: '0.1.0',
    nowMs: Date.UTC(2026, 10, 21),
    sourceOf: () => expect.fail('no backup is read'),
  };
}

async function refusal(atLeast: JournalHead | null): Promise<JournalRefused> {
  return main
    .reopen()
    .then((journal) => journal.recover(atLeast))
    .then(
      () => expect.fail('the journal was not refused'),
      (error: JournalRefused) => error,
    );
}

async function recordKnownEnd(head: JournalHead | undefined): Promise<void> {
  const headRecord = await main.open();
  headRecord.note(head ?? expect.fail());
  await headRecord.flush();
}

/** Ten good batches, a snapshot at 5, and behind the tenth one that does not follow it. */
async function aBrokenJournal(): Promise<JournalHead[]> {
  const heads = await fill(main.journal, (await main.journal.recover(null)).head, 5);
  await main.snapshots.write(await main.journal.recover(null));
  heads.push(...(await fill(main.journal, heads[4] ?? expect.fail(), 5)));
  const wrong = { ...(heads[9] ?? expect.fail()), hash: 'e'.repeat(64) };
  const [eleventh] = await fill(main.journal, wrong, 1);
  await fill(main.journal, eleventh ?? expect.fail(), 2);
  return heads;
}

async function keptMessages(file: string): Promise<number> {
  let count = 0;
  for await (const line of readBackupFile(file)) if (line.k === 'end' && line.section === 'journal') count = line.items;
  return count;
}

it('rebuilds the journal up to the accepted end, keeps what was there, and lets it go on', async () => {
  const heads = await aBrokenJournal();
  const refused = await refusal(null);
  expect(refused).toMatchObject({ kind: 'rewritten', readableHead: heads[9] });
  const end = parseEnd(formatEnd(refused.readableHead)) ?? expect.fail();
  const truncation = await acceptJournalEnd(await options(), end);
  expect(truncation).toMatchObject({ at: 10, knownHead: 13 });
  expect(await keptMessages(truncation?.kept ?? '')).toBe(13);
  const journal = await main.reopen();
  const recovered = await journal.recover(heads[9] ?? null);
  expect(recovered).toMatchObject({ head: heads[9], readFrom: 5 });
  const batch = aBatch({}, ['goes-on']);
  const next = headAfter(recovered.head, encode(batch, recovered.head));
  expect(await journal.append(batch, recovered.head)).toEqual({ kind: 'acked', head: next });
  expect((await store.jsm.streams.info(main.stream)).state.first_seq).toBe(1);
});

it('accepts no other end than the readable one, and changes nothing', async () => {
  const heads = await aBrokenJournal();
  const other = heads[8] ?? expect.fail();
  await expect(acceptJournalEnd(await options(), other)).rejects.toMatchObject({ name: 'EndNotThere' });
  expect((await store.jsm.streams.info(main.stream)).state.last_seq).toBe(13);
  expect(await readChange(store.directory)).toBeNull();
});

it('has nothing to do for a journal that is whole', async () => {
  const heads = await fill(main.journal, (await main.journal.recover(null)).head, 3);
  expect(await acceptJournalEnd(await options(), heads[1] ?? expect.fail())).toBeNull();
  expect(await readdir(store.directory)).not.toContain('kept');
});

it('forgets a recorded end that the journal no longer reaches, without touching the stream', async () => {
  const heads = await fill(main.journal, (await main.journal.recover(null)).head, 3);
  await recordKnownEnd({ ...(heads[2] ?? expect.fail()), seq: 9, hash: 'a'.repeat(64) });
  const refused = await refusal(null);
  expect(refused.kind).toBe('truncated');
  const created = (await store.jsm.streams.info(main.stream)).created;
  expect(await acceptJournalEnd(await options(), refused.readableHead)).toMatchObject({ at: 3, knownHead: 9 });
  expect((await store.jsm.streams.info(main.stream)).created).toBe(created);
  expect((await (await main.reopen()).recover(null)).head).toEqual(heads[2]);
});

it('goes on from the newest snapshot when the stream ends before it', async () => {
  const heads = await fill(main.journal, (await main.journal.recover(null)).head, 5);
  await main.snapshots.write(await main.journal.recover(null));
  const { config } = await store.jsm.streams.info(main.stream);
  await store.jsm.streams.delete(main.stream);
  await store.jsm.streams.add(config);
  await fill(main.journal, { ...(heads[0] ?? expect.fail()), seq: 0, hash: '' }, 2);
  const refused = await refusal(null);
  expect(refused.readableHead).toEqual(heads[4]);
  await acceptJournalEnd(await options(), refused.readableHead);
  const journal = await main.reopen();
  const recovered = await journal.recover(null);
  expect(recovered.state.orgs.size).toBe(5);
  expect((await fill(journal, recovered.head, 1))[0]?.seq).toBe(6);
});

it('drops snapshots of a journal that was rewritten under them', async () => {
  const start = (await main.journal.recover(null)).head;
  const heads = await fill(main.journal, start, 5);
  await main.snapshots.write(await main.journal.recover(null));
  const { config } = await store.jsm.streams.info(main.stream);
  await store.jsm.streams.delete(main.stream);
  await store.jsm.streams.add(config);
  const again = await fill(main.journal, { ...(heads[0] ?? expect.fail()), seq: 0, hash: '' }, 7);
  const refused = await refusal(null);
  expect(refused).toMatchObject({ kind: 'rewritten', readableHead: again[6] });
  await acceptJournalEnd(await options(), refused.readableHead);
  expect(await main.snapshots.list()).toEqual([]);
  expect((await (await main.reopen()).recover(null)).head).toEqual(again[6]);
});

it('starts over when nothing can be read and the operator says so', async () => {
  await fill(main.journal, (await main.journal.recover(null)).head, 5);
  await store.jsm.streams.purge(main.stream, { seq: 3 });
  const refused = await refusal(null);
  expect(refused).toMatchObject({ kind: 'gap', readableHead: { seq: 0 } });
  expect(String(refused)).toContain('--accept-journal-end 0:`');
  await acceptJournalEnd(await options(), parseEnd('0:') ?? expect.fail());
  expect((await (await main.reopen()).recover(null)).head.seq).toBe(0);
});

it('keeps what nats-server can still read of a damaged journal', async () => {
  const { heads, damage } = await largeJournal(main, store);
  await damage();
  const truncation = await acceptJournalEnd(await options(), heads[7] ?? expect.fail());
  expect(await keptMessages(truncation?.kept ?? '')).toBe(39);
  expect((await (await main.reopen()).recover(null)).head).toEqual(heads[7]);
}, 30_000);

it('keeps what nats-server can still read of a journal that it falls silent about', async () => {
  await compress(main, store);
  const { damage } = await largeJournal(main, store);
  await damage();
  const truncation = await acceptJournalEnd(await options(), parseEnd('0:') ?? expect.fail());
  const kept = await keptMessages(truncation?.kept ?? '');
  expect(kept).toBeGreaterThan(10);
  expect(kept).toBeLessThan(40);
  expect((await (await main.reopen()).recover(null)).head.seq).toBe(0);
}, 30_000);

it('tells of what was given up at every start until that is recorded', async () => {
  const heads = await aBrokenJournal();
  await acceptJournalEnd(await options(), heads[9] ?? expect.fail());
  await fill(await main.reopen(), heads[9] ?? expect.fail(), 1);
  const again = await finishInterrupted(await options());
  expect(again).toMatchObject({ kind: 'truncated', at: 10, knownHead: 13 });
  expect((await (await main.reopen()).recover(null)).head.seq).toBe(11);
  if (again?.kind === 'truncated') await again.settle();
  expect(await finishInterrupted(await options())).toBeNull();
});

it('finishes at the next start what was interrupted after the stream was deleted', async () => {
  const heads = await aBrokenJournal();
  await acceptJournalEnd(await options(), heads[9] ?? expect.fail());
  const change = await readChange(store.directory);
  if (change?.kind !== 'accept-end') return expect.fail();
  await writeChange(store.directory, { ...change, step: 'rebuild' });
  await store.jsm.streams.delete(main.stream);
  expect(await finishInterrupted(await options())).toMatchObject({ at: 10 });
  expect((await (await main.reopen()).recover(heads[9] ?? null)).head).toEqual(heads[9]);
});

const HASH = 'a'.repeat(64);
it.each(['', '5', '5:', ':abc', `05:${HASH}`, `0:${HASH}`, `5:${HASH.toUpperCase()}`, `5:${HASH}a`])(
  'does not take "%s" for an end',
  (text) => expect(parseEnd(text)).toBeNull(),
);
