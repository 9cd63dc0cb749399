import type { Scheduler } from '@agentcom/schemas';
import { beforeEach, expect, it } from 'vitest';
import { DiffRequests } from './diff-requests.js';

const ATTEMPT = { org: 'acme', task: '019a8f6c-0000-7000-8000-000000000001', generation: 2 };

let now: number;
let timers: { readonly at: number; readonly run: () => void }[];
let asked: string[];
let arrived: Set<() => void>;
let isConnected: boolean;
let requests: DiffRequests;

const scheduler: Scheduler = {
  now: () => now,
  random: () => 0,
  after: (ms, run) => {
    const timer = { at: now + ms, run };
    timers.push(timer);
    return () => {
      timers = timers.filter((one) => one !== timer);
    };
  },
};

function pass(ms: number): void {
  now += ms;
  for (const { run } of timers.filter(({ at }) => at <= now)) run();
}

const arrive = () => {
  for (const tell of [...arrived]) tell();
};

beforeEach(() => {
  now = 1_000;
  timers = [];
  asked = [];
  arrived = new Set();
  isConnected = true;
  requests = new DiffRequests({
    scheduler,
    intake: {
      onNext: (_attempt, tell) => {
        arrived.add(tell);
        return () => void arrived.delete(tell);
      },
    },
    sessionOf: (agent) =>
      isConnected ? { send: ({ generation }) => asked.push(`${agent} ${generation}`) } : undefined,
  });
});

it('asks once for all who look at the same time, and leaves nothing behind', async () => {
  const looks = [requests.refresh(ATTEMPT, 'acme/a'), requests.refresh(ATTEMPT, 'acme/a')];
  expect(asked).toEqual(['acme/a 2']);
  arrive();
  await Promise.all(looks);
  expect([arrived.size, timers.length]).toEqual([0, 0]);
});

it('does not ask again for what has just come', async () => {
  const look = requests.refresh(ATTEMPT, 'acme/a');
  arrive();
  await look;
  await requests.refresh(ATTEMPT, 'acme/a');
  expect(asked).toHaveLength(1);
  pass(1_000);
  void requests.refresh(ATTEMPT, 'acme/a');
  expect(asked).toHaveLength(2);
});

it('waits for a silent sidecar for so long, and then lets it be for a while', async () => {
  const look = requests.refresh(ATTEMPT, 'acme/a');
  pass(5_000);
  await look;
  expect([arrived.size, timers.length]).toEqual([0, 0]);
  pass(4_000);
  await requests.refresh(ATTEMPT, 'acme/a');
  expect(asked).toHaveLength(1);
  pass(1_000);
  void requests.refresh(ATTEMPT, 'acme/a');
  expect(asked).toHaveLength(2);
});

it('does not wait for an agent that is not connected here', async () => {
  isConnected = false;
  await requests.refresh(ATTEMPT, 'acme/a');
  expect(asked).toEqual([]);
});
