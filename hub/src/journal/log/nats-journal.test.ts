// The journal on a nats-server that loses, restarts, is written to by others, and whose files are damaged.

import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Publisher, type PublishOutcome } from '../../jetstream/publisher.js';
import { refuseLostStreams } from '../repair/lost-streams.js';
import { aBatch, compress, fill, flipBit, largeJournal, streamFiles, type TestJournal, TestStore } from '../testing.js';
import { encode, headAfter } from './codec.js';
import { NatsJournal } from './nats-journal.js';
import { stateHash } from './state-hash.js';

let store: TestStore;
let main: TestJournal;
beforeEach(async () => {
  store = await TestStore.start();
  main = await store.addJournal('main');
});
afterEach(() => store.stop());

const TIMEOUT: PublishOutcome = { kind: 'unanswered', reason: 'timeout' };

/** A journal whose acks are lost on the way: the client sees what `answer` makes of a real publish. */
async function withAnswers(
  answer: (publish: () => Promise<PublishOutcome>) => Promise<PublishOutcome>,
): Promise<NatsJournal> {
  const real = new Publisher(store.nc);
  const { stream, subject, snapshots } = main;
  return new NatsJournal({
    publisher: { publish: (...args) => answer(() => real.publish(...args)) },
    js: store.js,
    jsm: store.jsm,
    stream,
    subject,
    snapshots,
    headRecord: await main.open(),
    newId: () => 'j',
    lookAgainMs: [1],
  });
}

describe('append', () => {
  it('learns that a batch whose ack was lost is stored', async () => {
    const start = (await main.journal.recover(null)).head;
    const journal = await withAnswers(async (publish) => {
      await publish();
      return TIMEOUT;
    });
    const batch = aBatch({}, ['one']);
    const outcome = await journal.append(batch, start);
    expect(outcome).toEqual({ kind: 'acked', head: headAfter(start, encode(batch, start)) });
  });

  it('does not know what became of a batch that never arrived', async () => {
    const start = (await main.journal.recover(null)).head;
    const journal = await withAnswers(() => Promise.resolve(TIMEOUT));
    expect(await journal.append(aBatch({}, ['one']), start)).toEqual({ kind: 'unknown', reason: 'timeout' });
  });

  it('takes a success that names a duplicate for no success', async () => {
    const start = (await main.journal.recover(null)).head;
    const journal = await withAnswers(() =>
      Promise.resolve({ kind: 'stored', stream: main.stream, seq: 1, duplicate: true }),
    );
    expect(await journal.append(aBatch({}, ['one']), start)).toMatchObject({ kind: 'unknown' });
  });

  it('resolves, and does not reject, when the connection is gone', async () => {
    const start = (await main.journal.recover(null)).head;
    await store.nc.close();
    expect(await main.journal.append(aBatch({}, ['one']), start)).toMatchObject({ kind: 'unknown' });
  });
});

describe('recover', () => {
  it('finds the acknowledged end recorded by an earlier process', async () => {
    const heads = await fill(main.journal, (await main.journal.recover(null)).head, 3);
    const headRecord = await main.open();
    headRecord.note(heads[2] ?? expect.fail());
    await headRecord.flush();
    await store.jsm.streams.purge(main.stream);
    await expect((await main.reopen()).recover(null)).rejects.toMatchObject({ kind: 'truncated', knownHead: heads[2] });
  });

  it('goes on from the newest snapshot and the batches behind it', async () => {
    const start = (await main.journal.recover(null)).head;
    await fill(main.journal, start, 5);
    const half = await main.journal.recover(null);
    await main.snapshots.write(half);
    await fill(main.journal, half.head, 5);
    const whole = await main.journal.recover(null);
    expect(whole).toMatchObject({ readFrom: 5, head: { seq: 10 }, epoch: 1, lastHub: 'hub' });
    expect(whole.batchIds.size).toBe(5);
    await store.jsm.streams.purge(main.stream, { seq: 5 });
    expect(stateHash((await main.journal.recover(whole.head)).state)).toBe(stateHash(whole.state));
  });

  it('falls back to the next older snapshot when the newest is damaged', async () => {
    const start = (await main.journal.recover(null)).head;
    for (const _ of [1, 2]) {
      await fill(main.journal, (await main.journal.recover(null)).head, 3);
      await main.snapshots.write(await main.journal.recover(null));
    }
    expect(start.seq).toBe(0);
    const before = await main.journal.recover(null);
    await store.jsm.streams.purge(main.stream, { seq: 3 });
    await store.js.publish(`$O.${main.bucket}.C.${await newestChunkId()}`, 'rubbish');
    const after = await main.journal.recover(before.head);
    expect(before.readFrom).toBe(6);
    expect(after).toMatchObject({ readFrom: 3, head: before.head });
    expect(stateHash(after.state)).toBe(stateHash(before.state));
  });

  it('refuses a journal that ends before its newest snapshot, and names that snapshot as the good end', async () => {
    const start = (await main.journal.recover(null)).head;
    await fill(main.journal, start, 5);
    const { head, ...rest } = await main.journal.recover(null);
    await main.snapshots.write({ ...rest, head });
    const { config } = await store.jsm.streams.info(main.stream);
    await store.jsm.streams.delete(main.stream);
    await store.jsm.streams.add(config);
    await fill(main.journal, start, 2);
    await expect(main.journal.recover(null)).rejects.toMatchObject({ kind: 'truncated', readableHead: head });
  });

  it('survives kill -9 of nats-server and the loss of its index', async () => {
    const heads = await fill(main.journal, (await main.journal.recover(null)).head, 20);
    await store.server.kill9();
    for (const file of await streamFiles(store, main.stream)) if (file.endsWith('index.db')) await rm(file);
    await restart();
    expect((await main.journal.recover(heads.at(-1) ?? null)).head).toEqual(heads.at(-1));
  });

  it('refuses a journal with a flipped bit after a restart, and names the good end before it', async () => {
    const heads = await fill(main.journal, (await main.journal.recover(null)).head, 40);
    await store.server.halt();
    for (const file of await streamFiles(store, main.stream)) {
      if (file.endsWith('index.db')) await rm(file);
      if (file.endsWith('.blk')) await flipBit(file);
    }
    await restart();
    const refused = await main.journal.recover(heads.at(-1) ?? null).catch((error: unknown) => error);
    expect(refused).toMatchObject({ name: 'JournalRefused', knownHead: heads.at(-1) });
    const { readableHead } = refused as { readableHead: { seq: number } };
    expect(heads[readableHead.seq - 1] ?? { journal: '', seq: 0, hash: '' }).toEqual(readableHead);
  });

  it('refuses a journal of which a message was damaged under a running server, which then leaves it out', async () => {
    const { heads, damage } = await largeJournal(main, store);
    await damage();
    const refused = await main.journal.recover(heads.at(-1) ?? null).catch((error: unknown) => error);
    expect(refused).toMatchObject({ kind: 'gap', readableHead: heads[7], knownHead: heads.at(-1) });
    expect(String(refused)).toContain('message 9 is missing');
  }, 30_000);

  it('refuses a journal that was damaged under a running server, which then just falls silent', async () => {
    await compress(main, store);
    const { heads, damage } = await largeJournal(main, store);
    await damage();
    const refused = await main.journal.recover(heads.at(-1) ?? null).catch((error: unknown) => error);
    expect(refused).toMatchObject({ kind: 'damaged', readableHead: { seq: 0 }, knownHead: heads.at(-1) });
    expect(String(refused)).toContain('cannot read message 1');
  }, 30_000);

  it('does without what is damaged when a snapshot covers it', async () => {
    const { heads, damage } = await largeJournal(main, store);
    const before = await main.journal.recover(null);
    await main.snapshots.write({ ...before, head: heads.at(-2) ?? expect.fail() });
    await damage();
    expect((await main.journal.recover(before.head)).head).toEqual(before.head);
  });

  it('refuses, before they are recreated, that streams of a store in use are gone', async () => {
    const [head] = await fill(main.journal, (await main.journal.recover(null)).head, 1);
    const headRecord = await main.open();
    const streams = [main.stream, main.names.archive];
    await store.jsm.streams.delete(main.stream);
    await refuseLostStreams(store.jsm, streams, main.snapshots, headRecord);
    headRecord.note(head ?? expect.fail());
    const refused = refuseLostStreams(store.jsm, streams, main.snapshots, headRecord);
    await expect(refused).rejects.toMatchObject({ kind: 'damaged', knownHead: head });
    await expect(refused).rejects.toThrow(main.stream);
  });

  it('refuses a journal whose lost sequences were used again', async () => {
    const start = (await main.journal.recover(null)).head;
    const heads = await fill(main.journal, start, 5);
    const { config } = await store.jsm.streams.info(main.stream);
    await store.jsm.streams.delete(main.stream);
    await store.jsm.streams.add(config);
    const again = await fill(main.journal, start, 6);
    await expect(main.journal.recover(heads[4] ?? null)).rejects.toMatchObject({
      kind: 'rewritten',
      readableHead: again[5],
    });
  });
});

describe('follow', () => {
  it('goes on over a restart of nats-server', async () => {
    const start = (await main.journal.recover(null)).head;
    const seen: number[] = [];
    let broken: Error | undefined;
    let look: () => void = () => undefined;
    const until = (seq: number) =>
      new Promise<void>((resolve, reject) => {
        look = () => {
          if (broken !== undefined) reject(broken);
          else if (seen.includes(seq)) resolve();
        };
        look();
      });
    stop = main.journal.follow(
      start,
      ({ head }) => {
        seen.push(head.seq);
        look();
      },
      (error) => {
        broken = error;
        look();
      },
    );
    const heads = await fill(main.journal, start, 2);
    // What it asks for at first may be lost with a server: whoever follows is told, and begins again.
    await until(2);
    await restart();
    await fill(main.journal, heads[1] ?? start, 2);
    await until(4);
    stop();
    expect(seen).toEqual([1, 2, 3, 4]);
  });
});

let stop: () => void = () => undefined;

/** Starts nats-server again and waits until the connection is back. */
async function restart(): Promise<void> {
  const reconnected = (async () => {
    for await (const status of store.nc.status()) if (status.type === 'reconnect') return;
  })();
  await store.server.restart();
  await reconnected;
}

async function newestChunkId(): Promise<string> {
  const [newest] = await main.snapshots.list();
  const message = await store.jsm.streams.getMessage(`OBJ_${main.bucket}`, {
    last_by_subj: `$O.${main.bucket}.M.${Buffer.from(newest?.name ?? '').toString('base64')}`,
  });
  return message?.json<{ nuid: string }>().nuid ?? '';
}
