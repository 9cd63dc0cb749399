// Following a task: one request for each state, held by the hub until there is another one.

import { expect, test } from 'vitest';
import type { HubClient } from './client.js';
import { CommandError, EXIT } from './exit.js';
import { followTask } from './follow.js';

/** A hub that answers in turn; an error stands for one that is away. */
function hub(answers: readonly (string | Error)[]) {
  const asked: unknown[] = [];
  const left = [...answers];
  const client = {
    call: async (_name: string, { query }: { readonly query?: unknown }) => {
      asked.push(query);
      const next = left.shift();
      if (next instanceof Error || next === undefined) throw next ?? new Error('asked too often');
      return { state: next, generation: 1 };
    },
  } as unknown as HubClient;
  return { asked, client };
}

const away = new CommandError(EXIT.unreachable, 'hub.unreachable', 'the hub is unreachable');

test('each request waits for another state than the last, and nothing sleeps while the hub is there', async () => {
  const { asked, client } = hub(['queued', 'working', 'completed']);
  const seen: string[] = [];
  const task = await followTask(client, 'x', {
    now: () => 0,
    sleep: () => Promise.reject(new Error('slept')),
    onHub: () => undefined,
    onChange: ({ state }) => seen.push(state),
  });
  expect(task.state).toBe('completed');
  expect(seen).toEqual(['queued', 'working', 'completed']);
  expect(asked).toMatchObject([undefined, { ifNot: 'queued' }, { ifNot: 'working' }]);
});

test('a hub that is away is asked the same again, and said so once each time', async () => {
  const { asked, client } = hub(['queued', away, away, 'completed']);
  const said: boolean[] = [];
  let slept = 0;
  await followTask(client, 'x', {
    now: () => 0,
    sleep: async () => void slept++,
    onHub: (here) => said.push(here),
    onChange: () => undefined,
  });
  expect(said).toEqual([false, true]);
  expect(slept).toBe(2);
  expect(asked.slice(1)).toMatchObject([{ ifNot: 'queued' }, { ifNot: 'queued' }, { ifNot: 'queued' }]);
});
