// `npm run simulate -- --seeds A..B [--workers N] [--trace]`: runs the seeds and says, for each that breaks a promise, how to see it again.

import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { failureLines } from './report.js';
import { type Outcome, run } from './simulation.js';

const USAGE = 'usage: npm run simulate -- --seeds A..B [--workers N] [--trace]';
const PROGRESS_MS = 5_000;
/** Seeds handed to a worker at a time. */
const SHARE = 20;
const FAILURES_SHOWN = 5;

interface Range {
  readonly first: number;
  readonly last: number;
}

function rangeOf(text: string): Range | null {
  const match = /^(\d{1,9})(?:\.\.(\d{1,9}))?$/.exec(text);
  if (match === null) return null;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return first <= last ? { first, last } : null;
}

async function runAll(range: Range, workers: number): Promise<{ failures: number; outcomes: number; tasks: number }> {
  const began = Date.now();
  const total = range.last - range.first + 1;
  let next = range.first;
  const sum = { failures: 0, outcomes: 0, tasks: 0 };
  const progress = setInterval(() => {
    const rate = (sum.outcomes / ((Date.now() - began) / 1000)).toFixed(1);
    process.stdout.write(`${sum.outcomes} of ${total} seeds, ${rate} seeds/s, ${sum.failures} failed\n`);
  }, PROGRESS_MS);
  const take = (): Range | null => {
    if (next > range.last) return null;
    const first = next;
    next = Math.min(range.last, first + SHARE - 1) + 1;
    return { first, last: next - 1 };
  };
  const count = (outcome: Outcome): void => {
    sum.outcomes++;
    sum.tasks += outcome.tasks;
    if (outcome.broken === null) return;
    sum.failures++;
    if (sum.failures <= FAILURES_SHOWN) process.stdout.write(`${failureLines(outcome).join('\n')}\n`);
    else process.stdout.write(`${failureLines(outcome)[0]}\n`);
  };
  try {
    await Promise.all(Array.from({ length: workers }, () => runWorker(take, count)));
  } finally {
    clearInterval(progress);
  }
  return sum;
}

function runWorker(take: () => Range | null, count: (outcome: Outcome) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: 'simulate' });
    const give = (): void => worker.postMessage(take());
    worker.on('online', give);
    worker.on('message', (outcomes: readonly Outcome[]) => {
      for (const outcome of outcomes) count(outcome);
      give();
    });
    worker.on('error', reject);
    worker.on('exit', () => resolve());
  });
}

function serve(): void {
  const port = parentPort;
  port?.on('message', async (range: Range | null) => {
    if (range === null) return port.close();
    const outcomes: Outcome[] = [];
    for (let seed = range.first; seed <= range.last; seed++) outcomes.push(await run(seed));
    port.postMessage(outcomes);
  });
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1..200' },
      workers: { type: 'string', default: '2' },
      trace: { type: 'boolean', default: false },
    },
  });
  const range = rangeOf(values.seeds);
  const workers = Number(values.workers);
  if (range === null || !Number.isInteger(workers) || workers < 1 || workers > 64) {
    process.stderr.write(`${USAGE}\n`);
    return 64;
  }
  if (values.trace) {
    let failed = 0;
    for (let seed = range.first; seed <= range.last; seed++) {
      const outcome = await run(seed, { print: (line) => process.stdout.write(`${line}\n`) });
      const { broken, virtualMs } = outcome;
      if (broken !== null) failed++;
      process.stdout.write(
        broken === null
          ? `seed ${seed}: all promises held, ${virtualMs} ms\n`
          : `${failureLines(outcome).slice(0, 2).join('\n')}\n`,
      );
    }
    return failed === 0 ? 0 : 1;
  }
  const began = Date.now();
  const { failures, outcomes, tasks } = await runAll(range, workers);
  const seconds = (Date.now() - began) / 1000;
  const rate = (outcomes / seconds).toFixed(1);
  process.stdout.write(
    `${outcomes} seeds, ${tasks} tasks, ${seconds.toFixed(1)} s, ${rate} seeds/s: ${failures} failed\n`,
  );
  return failures === 0 ? 0 : 1;
}

if (isMainThread) process.exitCode = await main();
else if (workerData === 'simulate') serve();
