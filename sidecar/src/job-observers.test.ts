// Real stores and output in a directory; the hub is what is sent to it.

import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SidecarFrameOf } from '@agentcom/schemas';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ATTEMPT, EXIT, jobIn } from './core/fixture.js';
import { FinishedJobSweeper } from './finished-job-sweeper.js';
import type { GitWorkspaces } from './git/workspaces.js';
import { OutputWriter } from './host/output-log.js';
import { JobObservers } from './job-observers.js';
import { JobStore } from './outbox/job-store.js';
import { Outputs } from './output/outputs.js';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const pace = { bytesPerSecond: 1024 ** 2, burstBytes: 1024 ** 2 };

let dir: string;
let frames: SidecarFrameOf<'task.output'>[];
let places: Place[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'agentcom-following-'));
  frames = [];
  places = [];
});
afterEach(async () => {
  for (const place of places) await place.stop();
  await rm(dir, { recursive: true, force: true });
});

/** As much of a sidecar as has to do with what a job leaves. */
class Place {
  readonly store = new JobStore(dir);
  readonly outputs = new Outputs({
    pace,
    send: (frame) => frames.push(frame) > 0,
    sent: () => undefined,
    leftOut: () => undefined,
    log,
    now: () => performance.now(),
  });
  readonly sweeper = new FinishedJobSweeper(
    this.store,
    { dispose: async () => undefined } as unknown as GitWorkspaces,
    (attempt) => this.outputs.isSending(attempt),
    log,
  );
  readonly memory = new JobObservers(this.store);
  /** What the fitness of the machine was told. */
  readonly judged: string[] = [];

  static async start(): Promise<Place> {
    const place = new Place();
    places.push(place);
    const { job } = await place.store.open(async () => undefined);
    const { outputs, sweeper } = place;
    const metrics = { changed: () => undefined };
    place.memory.begin(job, {
      agentApi: { serve: () => undefined },
      messages: { follow: () => undefined },
      outputs,
      diffs: { follow: () => undefined, ended: async () => undefined },
      metrics,
      accounts: { follow: () => undefined },
      signIns: { ended: () => undefined },
      fitness: { failed: ({ code }) => place.judged.push(code), started: () => place.judged.push('started') },
      sweeper,
      ended: () => undefined,
    });
    await place.memory.takeUpRest();
    return place;
  }

  async stop(): Promise<void> {
    await this.outputs.stop();
    await this.sweeper.stop();
  }
}

const trash = () => readdir(join(dir, 'trash'));

/** A job that is over, with output that nobody was sent, and another beside it with none. */
async function leftWithOutput(place: Place): Promise<void> {
  const job = jobIn('reporting');
  await place.memory.persist(job);
  const writer = new OutputWriter(join(place.store.dirOf(ATTEMPT), 'output'));
  writer.write('stdout', 'the end');
  writer.close();
  await place.memory.forget(job, false);
  await mkdir(join(dir, 'trash', 'nothing'));
}

it('what a job left is tidied away once its output is sent, and others do not wait for that', async () => {
  const place = await Place.start();
  await leftWithOutput(place);
  place.sweeper.wake();
  await expect.poll(trash).toEqual([`${ATTEMPT.task}-g${ATTEMPT.generation}`]);
  place.outputs.linked();
  await expect.poll(() => frames).toMatchObject([{ outputSeq: 1, data: 'the end' }]);
  place.outputs.taken({ type: 'task.output.ack', ...ATTEMPT, outputSeq: 1 });
  await expect.poll(trash).toEqual([]);
});

it('what a stop cuts off is sent by the next start, and tidied away then', async () => {
  const first = await Place.start();
  await leftWithOutput(first);
  await first.outputs.stop();
  // Whatever the stop lets go on has its turn.
  await new Promise((resolve) => setImmediate(resolve));
  expect(first.outputs.isSending(ATTEMPT)).toBe(true);
  await first.stop();
  expect(await trash()).toContain(`${ATTEMPT.task}-g${ATTEMPT.generation}`);
  const second = await Place.start();
  second.outputs.linked();
  await expect.poll(() => frames).toMatchObject([{ outputSeq: 1, data: 'the end' }]);
  second.outputs.taken({ type: 'task.output.ack', ...ATTEMPT, outputSeq: 1 });
  await expect.poll(trash).toEqual([]);
});

it('a turn that failed for the machine is not a start of the agent, any other is', async () => {
  const place = await Place.start();
  const failure = { class: 'machine', code: 'runner.not_signed_in', message: 'm' } as const;
  await place.memory.persist(jobIn('running'));
  await place.memory.persist(jobIn('salvaging', { exit: EXIT, failure }));
  await place.memory.persist(jobIn('reporting', { exit: EXIT, failure }));
  expect(place.judged).toEqual(['runner.not_signed_in']);
  await place.memory.persist(jobIn('running'));
  await place.memory.persist(jobIn('checking'));
  expect(place.judged).toEqual(['runner.not_signed_in', 'started']);
});
