import { afterEach, describe, expect, it } from 'vitest';
import { OutputIntake, type Taking } from './intake.js';
import type { OutputBatch } from './output-buffer.js';
import type { Attempt } from './stored.js';

const TASK: Attempt = { org: 'default', task: 'task', generation: 1 };
const PIECE_BYTES = 32 * 1024;

interface Append {
  readonly attempt: Attempt;
  readonly batch: OutputBatch;
  succeed(): Promise<void>;
  fail(): Promise<void>;
}

let benches: Bench[] = [];

afterEach(() => {
  for (const bench of benches) bench.intake.stop();
  benches = [];
});

/** An intake whose stream answers when the test says so. */
class Bench {
  readonly appends: Append[] = [];
  readonly acks: string[] = [];
  readonly failures: unknown[] = [];
  readonly intake: OutputIntake;
  now = 0;
  #ids = 0;

  constructor(stored: (attempt: Attempt) => number = () => 0) {
    this.intake = new OutputIntake({
      append: (attempt, batch) =>
        new Promise((resolve, reject) => {
          const settled = (settle: () => void) => async () => {
            settle();
            await settling();
          };
          this.appends.push({
            attempt,
            batch,
            succeed: settled(resolve),
            fail: settled(() => reject(new Error('away'))),
          });
        }),
      last: async (attempt) => stored(attempt),
      now: () => this.now,
      newId: () => `batch-${++this.#ids}`,
      onFailed: (error) => this.failures.push(error),
    });
    benches.push(this);
  }

  take(outputSeq: number, { attempt = TASK, agent = 'ann', connection = 'c1', data = `${outputSeq}` } = {}): Taking {
    const acked = (task: string, generation: number, seq: number) =>
      this.acks.push(`${connection} ${task} ${generation}.${seq}`);
    return this.intake.take({ connection, acked }, agent, attempt, { outputSeq, stream: 'agent', at: 1, data });
  }

  /** The numbers in every append so far. */
  get stored(): number[][] {
    return this.appends.map(({ batch }) => batch.pieces.map(({ outputSeq }) => outputSeq));
  }
}

/** Lets promises that are settled be heard. */
function settling(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('output of one attempt', () => {
  it('is acknowledged once it is stored, and gathers while a batch is on its way', async () => {
    const bench = new Bench();
    bench.take(1);
    await settling();
    bench.take(2);
    bench.take(3);
    await settling();
    expect([bench.stored, bench.acks]).toEqual([[[1]], []]);
    expect([...bench.intake.printedAt.keys()]).toEqual(['task']);
    await bench.appends[0]?.succeed();
    expect([bench.stored, bench.acks]).toEqual([[[1], [2, 3]], ['c1 task 1.1']]);
    await bench.appends[1]?.succeed();
    expect(bench.acks).toEqual(['c1 task 1.1', 'c1 task 1.3']);
  });

  it('is acknowledged again, not stored again, when it is stored already', async () => {
    const bench = new Bench(() => 2);
    for (const seq of [1, 2, 3]) bench.take(seq);
    await settling();
    expect([bench.stored, bench.acks]).toEqual([[[3]], ['c1 task 1.2']]);
    await bench.appends[0]?.succeed();
    bench.take(3, { connection: 'c2' });
    expect(bench.acks.at(-1)).toBe('c2 task 1.3');
    await settling();
    expect(bench.stored).toEqual([[3]]);
  });

  it('that waits is acknowledged to the connection that sent it last', async () => {
    const bench = new Bench();
    bench.take(1);
    await settling();
    bench.take(1, { connection: 'c2' });
    await bench.appends[0]?.succeed();
    expect(bench.acks).toEqual(['c2 task 1.1']);
  });

  it('that could not be stored is tried again as the same batch', async () => {
    const bench = new Bench();
    bench.take(1);
    await settling();
    await bench.appends[0]?.fail();
    bench.take(2);
    expect(bench.failures).toHaveLength(1);
    while (bench.appends.length < 2) await settling();
    expect(bench.appends[1]?.batch).toEqual(bench.appends[0]?.batch);
  });

  it('that skips numbers is not taken, so that it cannot make those before it known', async () => {
    const bench = new Bench();
    bench.take(1);
    expect(bench.take(3)).toEqual({ taken: false, nextSeq: 2 });
    expect(bench.take(2 ** 31)).toEqual({ taken: false, nextSeq: 2 });
    expect(bench.take(2).taken).toBe(true);
    await settling();
    await bench.appends[0]?.succeed();
    await bench.appends[1]?.succeed();
    expect(bench.take(9)).toEqual({ taken: false, nextSeq: 3 });
    expect(bench.stored.flat()).toEqual([1, 2]);
  });

  it('goes on from where its sidecar had come, when the stream has lost it or this hub has not seen it', async () => {
    const bench = new Bench(() => 3);
    expect(bench.take(7).taken).toBe(true);
    await settling();
    expect(bench.stored).toEqual([[7]]);
    expect(bench.take(9)).toEqual({ taken: false, nextSeq: 8 });
  });

  it('is whole once everything up to the end its sidecar named is stored', async () => {
    const bench = new Bench();
    expect(bench.intake.isWhole(TASK)).toBeUndefined();
    bench.take(1);
    await settling();
    bench.intake.ended(TASK, 2);
    await bench.appends[0]?.succeed();
    expect(bench.intake.isWhole(TASK)).toBe(false);
    bench.take(2);
    await settling();
    await bench.appends[1]?.succeed();
    expect(bench.intake.isWhole(TASK)).toBe(true);
  });
});

describe('what waits to be stored', () => {
  const large = 'x'.repeat(PIECE_BYTES);
  const room = 1024 ** 2 / PIECE_BYTES;

  async function filled(): Promise<Bench> {
    const bench = new Bench();
    for (let seq = 1; seq <= room; seq++) expect(bench.take(seq, { data: large }).taken).toBe(true);
    await settling();
    return bench;
  }

  it('is bounded for each agent, and the others have their own room', async () => {
    const bench = await filled();
    expect(bench.take(room + 1, { data: large })).toMatchObject({ taken: false, isNew: true });
    const other = { ...TASK, task: 'other' };
    expect(bench.take(1, { attempt: other, agent: 'ben' }).taken).toBe(true);
  });

  it('takes nothing behind a piece it refused until that is sent again, so that no acknowledgement covers it', async () => {
    const bench = await filled();
    bench.take(room + 1, { data: large });
    expect(bench.take(room + 2, { data: 'small' })).toMatchObject({ taken: false, isNew: false });
    await bench.appends[0]?.succeed();
    expect(bench.take(room + 2, { data: 'small' }).taken).toBe(false);
    expect(bench.take(room + 1, { data: large }).taken).toBe(true);
    expect(bench.take(room + 2, { data: 'small' }).taken).toBe(true);
  });

  it('may be sent from the beginning over another connection', async () => {
    const bench = await filled();
    bench.take(room + 1, { data: large });
    await bench.appends[0]?.succeed();
    expect(bench.take(room + 1, { data: large, connection: 'c2' }).taken).toBe(true);
  });

  it('is stored for a few attempts at a time, each in its turn', async () => {
    const bench = new Bench();
    for (let i = 1; i <= 6; i++) bench.take(1, { attempt: { ...TASK, task: `t${i}` } });
    await settling();
    expect(bench.appends.map(({ attempt }) => attempt.task)).toEqual(['t1', 't2', 't3', 't4']);
    await bench.appends[2]?.succeed();
    expect(bench.appends.map(({ attempt }) => attempt.task)).toEqual(['t1', 't2', 't3', 't4', 't5']);
  });

  it('is forgotten with the lead, and what comes again is looked up in the stream', async () => {
    let inStream = 0;
    const bench = new Bench(() => inStream);
    bench.take(1);
    await settling();
    bench.take(2);
    bench.intake.onFollowing();
    inStream = 1;
    await bench.appends[0]?.succeed();
    bench.take(1, { connection: 'c2' });
    bench.take(2, { connection: 'c2' });
    await settling();
    expect(bench.stored).toEqual([[1], [2]]);
  });
});
