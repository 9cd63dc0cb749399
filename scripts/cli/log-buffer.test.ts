import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { jsonLog } from './log.js';
import { bufferedLines, destination } from './log-buffer.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agentcom-log-'));
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

/** What reaches the destination, and when it is asked to write that. */
function recorded() {
  const steps: string[] = [];
  return {
    steps,
    bytes: {
      write: (line: Uint8Array) => void steps.push(Buffer.from(line).toString()),
      flush: () => void steps.push('flush'),
    },
  };
}

test('lines are written together after a moment, and at once when one is grave', () => {
  vi.useFakeTimers();
  const { steps, bytes } = recorded();
  const { log, write } = jsonLog('info', bufferedLines(bytes));
  log.info({}, 'one');
  write('{"level":"info","msg":"two"}\n', true);
  expect(steps).not.toContain('flush');
  vi.advanceTimersByTime(50);
  expect(steps.indexOf('flush')).toBe(2);
  log.info({}, 'three');
  log.warn({}, 'four');
  expect(steps.at(-1)).toBe('flush');
  expect(steps.filter((step) => step !== 'flush').map((step) => JSON.parse(step).msg)).toEqual([
    'one',
    'two',
    'three',
    'four',
  ]);
  vi.advanceTimersByTime(1_000);
  expect(steps.filter((step) => step === 'flush')).toHaveLength(2);
});

test('what waits is there when the process ends, in order and byte for byte', () => {
  const file = join(folder, 'log');
  const bytes = destination({ dest: file, sync: true });
  const { log } = jsonLog('info', bufferedLines(bytes));
  for (let number = 0; number < 500; number++) log.info({ number, name: 'größe' }, 'a line');
  bytes.flushSync();
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line).number)).toEqual(Array.from({ length: 500 }, (_, number) => number));
  expect(JSON.parse(lines[0] as string).name).toBe('größe');
});
