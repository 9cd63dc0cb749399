import { configWith, type Operation } from '@agentcom/schemas';
import { beforeEach, expect, it } from 'vitest';
import { Refusal } from '../core/refusal.js';
import { type CompactionParts, Compactions } from './compactions.js';

const GIB = 1024 ** 3;
const MINUTE = 60_000;

let now: number;
let due: (() => void) | undefined;
let begun: string[];
let isBusy: boolean;
let leads: boolean;
let failures: unknown[];
let start: CompactionParts['operations']['start'];
beforeEach(() => {
  now = 1_000 * 86_400_000;
  due = undefined;
  begun = [];
  isBusy = false;
  leads = true;
  failures = [];
  start = async (kind, by) => {
    begun.push(`${kind} by ${by}`);
    return {} as Operation;
  };
});

function compactions(heldBytes = GIB): Compactions {
  const made = new Compactions({
    operations: {
      start: (...args) => start(...args),
      get isBusy() {
        return isBusy;
      },
    },
    compact: async () => undefined,
    bytes: async () => 0,
    leads: () => leads,
    config: () => configWith({}).compaction,
    streams: () => [{ name: 'journal', messages: 1, bytes: GIB, heldBytes }],
    scheduler: {
      after: (_ms, run) => {
        due = run;
        return () => {
          due = undefined;
        };
      },
    },
    now: () => now,
    onFailed: (error) => failures.push(error),
  });
  made.start();
  return made;
}

/** Looks once a minute; resolves when that is over and the next look is due. */
async function pass(minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) {
    now += MINUTE;
    const look = due;
    due = undefined;
    look?.();
    while (due === undefined) await Promise.resolve();
  }
}

it('is begun by the hub once it is due, and not again before an hour is over', async () => {
  compactions();
  await pass(1);
  expect(begun).toEqual(['compaction by hub']);
  await pass(59);
  expect(begun).toHaveLength(1);
  await pass(1);
  expect(begun).toHaveLength(2);
});

it('waits while something else runs, and while another hub leads', async () => {
  compactions();
  isBusy = true;
  await pass(2);
  isBusy = false;
  leads = false;
  await pass(2);
  expect(begun).toEqual([]);
  leads = true;
  await pass(1);
  expect(begun).toHaveLength(1);
});

it('counts one that somebody asked for, or that followed a snapshot', async () => {
  const made = compactions();
  made.done();
  await pass(59);
  expect([begun, made.lastAt]).toEqual([[], now - 59 * MINUTE]);
});

it('is not begun while little is held in vain', async () => {
  compactions(GIB / 100);
  await pass(2);
  expect(begun).toEqual([]);
});

it('that cannot be begun is told, and the hub goes on looking; it stops when the hub does', async () => {
  const made = compactions();
  start = () => Promise.reject(new Error('no space'));
  await pass(1);
  expect(failures).toMatchObject([{ message: 'no space' }]);
  start = async () => new Refusal('operation.busy', 'busy');
  await pass(61);
  expect(failures).toHaveLength(1);
  await made.stop();
  expect(due).toBeUndefined();
});
