import { beforeEach, expect, it } from 'vitest';
import { CompletionGate } from './completion-gate.js';
import { jobIn, stateWith } from './core/fixture.js';
import { type Job, type RequestFrame, step } from './core/job.js';

const ATTEMPT = { task: jobIn('requesting').task.id, generation: jobIn('requesting').generation };

let said: RequestFrame[];
let tellEnd: (end: number | null) => void;
let job: Job | null;
let reports: CompletionGate;
let diffSettled: Promise<void>;

beforeEach(() => {
  said = [];
  diffSettled = Promise.resolve();
  job = reporting().state.job;
  const outputs = {
    end: () =>
      new Promise<number | null>((resolve) => {
        tellEnd = resolve;
      }),
  };
  const diffs = { settled: () => diffSettled };
  reports = new CompletionGate({ link: { request: (frame) => said.push(frame) }, outputs, diffs, job: () => job });
});

function reporting() {
  return step(
    stateWith(jobIn('requesting')),
    { type: 'requested', attempt: ATTEMPT, requested: { url: null, notes: [] } },
    0,
  );
}

function complete(): void {
  for (const action of reporting().actions) if (action.do === 'send') reports.request(action.frame, () => undefined);
}

it.each([
  ['with the number of the last output', 7, { outputSeq: 7 }],
  ['with 0 where there was none', 0, { outputSeq: 0 }],
])('a completion goes %s', async (_name, end, expected) => {
  complete();
  expect(said).toEqual([]);
  tellEnd(end);
  await expect.poll(() => said).toMatchObject([{ type: 'task.complete', ...expected }]);
});

it('a completion goes without a number rather than with one that is too low', async () => {
  complete();
  tellEnd(null);
  await expect.poll(() => said).toHaveLength(1);
  expect(said[0]).not.toHaveProperty('outputSeq');
});

it('a completion is not said when the link was lost or the attempt was given up meanwhile, and other reports wait for nothing', async () => {
  complete();
  reports.lost();
  tellEnd(1);
  await new Promise((resolve) => setImmediate(resolve));
  complete();
  job = null;
  tellEnd(1);
  reports.request({ type: 'task.stopped', ...ATTEMPT }, () => undefined);
  await new Promise((resolve) => setImmediate(resolve));
  expect(said).toEqual([{ type: 'task.stopped', ...ATTEMPT }]);
});

it('a completion waits for the hub to have what the attempt has changed', async () => {
  let settle = (): void => undefined;
  diffSettled = new Promise((resolve) => {
    settle = resolve;
  });
  complete();
  tellEnd(3);
  await new Promise((resolve) => setImmediate(resolve));
  expect(said).toEqual([]);
  settle();
  await expect.poll(() => said).toMatchObject([{ type: 'task.complete', outputSeq: 3 }]);
});
