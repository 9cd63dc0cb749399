import { expect, it } from 'vitest';
import { ActionQueue } from './action-queue.js';
import { ATTEMPT, jobIn, stateWith } from './core/fixture.js';
import { type Action, type JobState, step } from './core/job.js';

function all(queue: ActionQueue): string[] {
  const done: string[] = [];
  for (let action = queue.next(); action !== undefined; action = queue.next()) {
    done.push(action.do === 'send' ? action.frame.type : action.do);
  }
  return done;
}

it('stays short while its first waits, whatever the machine is told meanwhile, and ends with the newest record', () => {
  const queue = new ActionQueue();
  let state: JobState = stateWith(jobIn('running'));
  for (let n = 0; n < 1000; n += 1) {
    for (const event of [
      { type: 'progress', attempt: ATTEMPT, turn: 1, progress: { note: `${n}` } },
      { type: 'offline' },
      { type: 'online', verdict: 'keep' },
    ] as const) {
      const taken = step(state, event, 0);
      state = taken.state;
      for (const action of taken.actions) queue.add(action);
    }
  }
  expect(queue.length).toBeLessThan(5);
  const records: Action[] = [];
  for (let action = queue.next(); action !== undefined; action = queue.next()) {
    if (action.do === 'persist') records.push(action);
  }
  expect(records.at(-1)).toEqual({ do: 'persist', job: state.job });
});

it('keeps apart what something stands between, and records of different attempts', () => {
  const queue = new ActionQueue();
  const job = jobIn('running');
  const reply = (call: number): Action => ({ do: 'reply', call, outcome: { ok: true } });
  const later = { ...job, generation: job.generation + 1 };
  for (const action of [
    { do: 'persist', job },
    reply(1),
    { do: 'persist', job },
    reply(2),
    { do: 'persist', job },
    { do: 'persist', job: later },
    { do: 'persist', job: later },
  ] satisfies Action[]) {
    queue.add(action);
  }
  expect(all(queue)).toEqual(['persist', 'reply', 'persist', 'reply', 'persist', 'persist']);
});
