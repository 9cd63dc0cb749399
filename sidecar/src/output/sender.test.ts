// Real logs and cursors on disk; the hub is what the sender says to it.

import { mkdirSync, rmSync } from 'node:fs';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OutputStream, SidecarFrameOf } from '@agentcom/schemas';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ATTEMPT } from '../core/fixture.js';
import { OutputWriter } from '../host/output-log.js';
import { OutputSender } from './sender.js';

type Frame = SidecarFrameOf<'task.output'>;

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const PACE = { bytesPerSecond: 64 * 1024 ** 2, burstBytes: 64 * 1024 ** 2 };

let root: string;
let dir: string;
let writer: OutputWriter;
let senders: OutputSender[];
let frames: Frame[];
let waiting: (() => void)[];
let isLinked: boolean;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'agentcom-output-'));
  dir = join(root, 'job');
  writer = new OutputWriter(join(dir, 'output'));
  senders = [];
  frames = [];
  waiting = [];
  isLinked = true;
});

afterEach(async () => {
  for (const sender of senders) await sender.stop();
  writer.close();
  await rm(root, { recursive: true, force: true });
});

/** As a sidecar has it that has just started, with a link. */
function start(
  pace = PACE,
  leftOut: (bytes: number) => void = () => undefined,
  now = () => performance.now(),
): OutputSender {
  const sender = new OutputSender({
    attempt: ATTEMPT,
    dir,
    pace,
    send: (frame) => {
      if (isLinked) frames.push(frame);
      for (const wake of waiting.splice(0)) wake();
      return isLinked;
    },
    sent: () => undefined,
    leftOut,
    log: silent,
    now,
  });
  senders.push(sender);
  sender.start();
  sender.linked();
  return sender;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise<void>((resolve) => waiting.push(resolve));
}

/** What the hub has then: each number once, in order, as it came first. */
function received(): string {
  const bySeq = new Map<number, Frame>();
  for (const frame of frames) {
    const known = bySeq.get(frame.outputSeq);
    if (known !== undefined) expect(frame).toEqual(known);
    else bySeq.set(frame.outputSeq, frame);
  }
  const seqs = [...bySeq.keys()].sort((a, b) => a - b);
  expect(seqs).toEqual(seqs.map((_, i) => i + 1));
  return seqs.map((seq) => bySeq.get(seq)?.data).join('');
}

function write(text: string, stream: OutputStream = 'stdout'): void {
  writer.write(stream, text);
}

describe('output', () => {
  it('goes to the hub as it comes, one stream a frame, numbered from 1', async () => {
    write('one ');
    write('two ');
    write('oops ', 'stderr');
    start();
    await until(() => frames.length === 2);
    write('three ');
    await until(() => frames.length === 3);
    expect(frames.map(({ outputSeq, stream, data }) => [outputSeq, stream, data])).toEqual([
      [1, 'stdout', 'one two '],
      [2, 'stderr', 'oops '],
      [3, 'stdout', 'three '],
    ]);
  });

  it('is not sent past what the hub has room for, and goes on when it is taken', async () => {
    const block = 'x'.repeat(16 * 1024);
    for (let n = 0; n < 20; n += 1) write(block);
    const sender = start();
    await until(() => frames.length === 8);
    // The window has 256 KiB: what comes next is all of that again, and nothing more until something is taken.
    sender.again(600);
    await until(() => frames.length === 16);
    expect(frames.slice(8).map(({ outputSeq }) => outputSeq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    sender.taken(2);
    await until(() => frames.length === 18);
    expect(received()).toBe(block.repeat(20));
  });

  it('is sent again after a lost link, the same under the same number, from what was taken on', async () => {
    const sender = start();
    write('one ');
    await until(() => frames.length === 1);
    write('two ');
    await until(() => frames.length === 2);
    sender.taken(1);
    isLinked = false;
    sender.lost();
    write('three ');
    isLinked = true;
    sender.linked();
    await until(() => frames.length === 4);
    expect(frames.map(({ outputSeq }) => outputSeq)).toEqual([1, 2, 2, 3]);
    expect(received()).toBe('one two three ');
  });

  it('is sent again when the hub could not take it', async () => {
    const sender = start();
    write('one ');
    await until(() => frames.length === 1);
    sender.again(10);
    await until(() => frames.length === 2);
    expect(received()).toBe('one ');
  });

  it('keeps its numbers and its content across sidecars that die at any time', async () => {
    for (let round = 0; round < 6; round += 1) {
      for (let n = 0; n < 7; n += 1) write(`${round}.${n} `, n % 3 === 0 ? 'stderr' : 'stdout');
      // The link breaks after the cursor was written and before, or between, the frames.
      isLinked = round % 2 === 0;
      const sender = start();
      const seen = frames.length;
      if (isLinked) await until(() => frames.length > seen);
      else await new Promise<void>((resolve) => waiting.push(resolve));
      if (round === 3) sender.taken(frames.at(-1)?.outputSeq ?? 0);
      await sender.stop();
    }
    isLinked = true;
    const last = start();
    await until(() => frames.at(-1)?.outputSeq === last.lastSeq && last.lastSeq > 0 && words().length === 42);
    expect(words().sort()).toEqual(Array.from({ length: 42 }, (_, i) => `${Math.floor(i / 7)}.${i % 7}`).sort());
  });

  const words = () => received().trim().split(' ');

  it('far behind is left out but for the end, and a marker says how much', async () => {
    for (let n = 0; n < 200; n += 1) write(`${n} ${'x'.repeat(10_000)}\n`);
    let leftOut = 0;
    start(PACE, (bytes) => {
      leftOut += bytes;
    });
    await until(() => frames.some(({ data }) => data.startsWith('199 ') || data.includes('\n199 ')));
    expect(frames[0]).toMatchObject({ stream: 'agent', data: '[… 1.9 MiB left out …]\n' });
    expect(leftOut).toBeGreaterThan(1.8 * 1024 ** 2);
    expect(received().length).toBeLessThan(100 * 1024);
  });

  it('is sent no faster than it may be', async () => {
    for (let n = 0; n < 8; n += 1) write('x'.repeat(16 * 1024));
    let now = 0;
    const sender = start({ bytesPerSecond: 64 * 1024, burstBytes: 64 * 1024 }, undefined, () => now);
    await until(() => frames.length === 2);
    for (const _ of [1, 2, 3]) {
      const seen = frames.length;
      sender.again(0);
      await until(() => frames.length === seen + 2);
    }
    expect(sender.lastSeq).toBe(2);
    now += 1000;
    sender.again(0);
    await until(() => sender.lastSeq === 4 && frames.at(-1)?.outputSeq === 4);
  });

  it('of a log that was begun anew under a cursor that cannot be read is not sent at all', async () => {
    await writeFile(join(dir, 'output-cursor.json'), '{"nextSeq":0}');
    const errors: string[] = [];
    const sender = new OutputSender({
      attempt: ATTEMPT,
      dir,
      pace: PACE,
      send: () => true,
      sent: () => undefined,
      leftOut: () => undefined,
      log: { ...silent, error: (_about, message) => errors.push(message) },
      now: () => performance.now(),
    });
    sender.start();
    await sender.stop();
    expect(errors).toEqual(['the output of this attempt is not sent']);
  });
});

it.each([
  ['forgotten', () => rmSync(dir, { recursive: true }), []],
  [
    'unwritable',
    () => mkdirSync(join(dir, 'output-cursor.json', 'a'), { recursive: true }),
    ['cannot send output; retrying'],
  ],
])('the output of a job that is %s when a batch is about to be written', async (_what, change, expected) => {
  const warnings: string[] = [];
  let isArmed = false;
  let changed: () => void = () => undefined;
  const whenChanged = new Promise<void>((resolve) => {
    changed = resolve;
  });
  const sender = new OutputSender({
    attempt: ATTEMPT,
    dir,
    pace: PACE,
    send: () => true,
    sent: () => undefined,
    leftOut: () => undefined,
    log: { ...silent, warn: (_about, message) => warnings.push(message) },
    // Asked when the log has been read.
    now: () => {
      if (isArmed) change();
      if (isArmed) changed();
      isArmed = false;
      return performance.now();
    },
  });
  write('one');
  sender.linked();
  isArmed = true;
  sender.start();
  await whenChanged;
  await sender.stop();
  expect(warnings).toEqual(expected);
});

describe('the end of the output', () => {
  it('is the number of the last frame, also of what was not read yet when it was asked for', async () => {
    const sender = start();
    write('one ');
    await until(() => frames.length === 1);
    // In the middle of the wait until the next look.
    write('x'.repeat(100 * 1024));
    write('oops', 'stderr');
    expect(await sender.end(60_000)).toBe(frames.length);
    expect(received()).toBe(`one ${'x'.repeat(100 * 1024)}oops`);
  });

  it('is the same for the sidecar that comes after, and 0 where nothing was printed', async () => {
    const silentOne = start();
    expect(await silentOne.end(60_000)).toBe(0);
    write('one ');
    const end = await silentOne.end(60_000);
    await silentOne.stop();
    expect(await start().end(60_000)).toBe(end);
  });

  it('is not known while some of it may not be sent, as by its pace', async () => {
    for (let n = 0; n < 8; n += 1) write('x'.repeat(16 * 1024));
    const sender = start({ bytesPerSecond: 1, burstBytes: 64 * 1024 });
    expect(await sender.end(20)).toBeNull();
    const asked = sender.end(60_000);
    await sender.stop();
    expect(await asked).toBeNull();
  });
});

describe('at the end of an attempt', () => {
  it('what is left is sent from where its files were put, and it is over when all is taken', async () => {
    const sender = start();
    write('one ');
    await until(() => frames.length === 1);
    write('two ');
    await rename(dir, join(root, 'trash'));
    sender.moved(join(root, 'trash'));
    const finished = sender.finish(60_000);
    await until(() => frames.length === 2);
    sender.taken(2);
    await finished;
    expect(received()).toBe('one two ');
  });

  it('a stop cuts the rest short', async () => {
    const sender = start();
    write('one ');
    await until(() => frames.length === 1);
    const finished = sender.finish(60_000);
    await sender.stop();
    await finished;
  });

  it('it does not wait for ever', async () => {
    const sender = start();
    write('one ');
    await until(() => frames.length === 1);
    await sender.finish(20);
    expect(sender.lastSeq).toBe(1);
  });
});
