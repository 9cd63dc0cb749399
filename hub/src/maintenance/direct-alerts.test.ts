import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Notification } from '@agentcom/schemas';
import { expect, onTestFinished, test } from 'vitest';
import { ManualTime } from '../audit/testing.js';
import type { Alert } from '../core/alert/alert.js';
import { emptyState } from '../core/state.js';
import { DirectAlertRecord } from './direct-alert-record.js';
import { DirectAlerts, type DirectAlertsParts } from './direct-alerts.js';

const SECOND = 1_000;

function bench(record: DirectAlertsParts['record'] = { known: new Map(), note: async () => undefined }) {
  const time = new ManualTime();
  const told: string[] = [];
  const seen = { unacknowledgedSince: undefined as number | undefined, failure: 'no space left' };
  const runner = { head: { journal: 'j', seq: 1, hash: 'h' } as DirectAlertsParts['runner']['head'] };
  let ids = 0;
  const alerts = new DirectAlerts({
    runner: {
      get head() {
        return runner.head;
      },
      state: emptyState(),
      now: () => time.now(),
      leaderlessSince: undefined,
      appends: seen,
    },
    evaluatedAt: () => undefined,
    scheduler: time,
    newId: () => `id-${++ids}`,
    record,
    tell: async ({ rule, state }: Notification) => void told.push(`${rule} ${state}`),
    onFailed: (error) => {
      throw error;
    },
  });
  onTestFinished(() => alerts.stop());
  alerts.start();
  return { time, told, seen, runner, alerts };
}

test('what lasts is told, and handed to the evaluation until it is over', async () => {
  const { time, told, seen, alerts } = bench();
  seen.unacknowledgedSince = time.now();
  await time.pass(9 * SECOND);
  expect(told).toEqual([]);
  await time.pass(2 * SECOND);
  expect(told).toEqual(['JournalUnwritable open']);
  expect(alerts.found()).toMatchObject([
    { rule: 'JournalUnwritable', why: expect.stringContaining('no space left'), severity: 'page' },
  ]);
  seen.unacknowledgedSince = undefined;
  await time.pass(62 * SECOND);
  expect(told).toEqual(['JournalUnwritable open', 'JournalUnwritable closed']);
  expect(alerts.found()).toEqual([]);
});

test('nothing is told before something was read', async () => {
  const { time, told, seen, runner } = bench();
  runner.head = null;
  seen.unacknowledgedSince = time.now();
  await time.pass(60 * SECOND);
  expect(told).toEqual([]);
});

test('a process that stood still finds out first what happened meanwhile', async () => {
  const { time, told, seen } = bench();
  await time.pass(2 * SECOND);
  seen.unacknowledgedSince = time.now();
  time.stand(60 * SECOND);
  await time.pass(5 * SECOND);
  seen.unacknowledgedSince = undefined;
  await time.pass(60 * SECOND);
  expect(told).toEqual([]);
});

test('a hub that is refused its journal tells before it ends, and the next one does not repeat it but says when it is over', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'direct-alerts-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const file = join(directory, 'direct-alerts.json');
  const first = bench(await DirectAlertRecord.open(file));
  await first.alerts.refused('batch 7 is damaged');
  expect(first.told).toEqual(['JournalRefused open']);
  expect((JSON.parse(await readFile(file, 'utf8')) as Alert[]).map(({ rule }) => rule)).toEqual(['JournalRefused']);

  const again = bench(await DirectAlertRecord.open(file));
  await again.alerts.refused('batch 7 is damaged');
  expect(again.told).toEqual([]);

  const mended = bench(await DirectAlertRecord.open(file));
  await mended.time.pass(2 * SECOND);
  expect(mended.told).toEqual(['JournalRefused closed']);
});
