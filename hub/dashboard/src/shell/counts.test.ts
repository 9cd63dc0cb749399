import type { LiveOverview } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { countsOf, isStarted } from './counts.js';

test('a page has a count where something waits on it', () => {
  const overview = { needsYou: 3, tasks: { dead: 0 }, firing: 2 } as LiveOverview;
  expect([...countsOf(overview)]).toEqual([
    ['/needs-you', 3],
    ['/alerts', 2],
  ]);
});

test('what is not known is not zero', () => {
  expect([...countsOf(undefined)]).toEqual([]);
  expect([...countsOf({ needsYou: 0, tasks: { dead: 1 } } as LiveOverview)]).toEqual([['/dead-letters', 1]]);
});

test('the first steps are done once a task was completed', () => {
  const after = (completed: number) => isStarted({ tasks: { completed, queued: 3 } } as LiveOverview);
  expect([isStarted(undefined), after(0), after(1)]).toEqual([false, false, true]);
});
