import type { Operation, TaskActionBody } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { ApiError } from '../api/problem.js';
import { bulkTexts } from '../texts/bulk.js';
import { BulkRun, bulkState } from './bulk-run.js';

const tasks = { action: 'cancel', changed: 0, refused: 0, codes: [], refusals: [] } as const;
const operation = (fields: Partial<Operation> = {}): Operation => ({
  ...{ id: 'op', kind: 'tasks', state: 'running', by: 'key:x', startedAt: '', done: 0, failures: [] },
  ...{ total: 3, tasks },
  ...fields,
});

/** A hub that gives these answers one by one; looks are due when the test says so. */
function follow(answers: readonly (Operation | ApiError)[]) {
  const due: (() => void)[] = [];
  const begun: TaskActionBody[] = [];
  const left = [...answers];
  const show = async (): Promise<Operation> => {
    const next = left.shift();
    if (next instanceof Error) throw next;
    return next as Operation;
  };
  const begin = async (body: TaskActionBody): Promise<Operation> => {
    begun.push(body);
    return operation();
  };
  const stop = async () => operation({ state: 'stopped', tasks: { ...tasks, changed: 1 } });
  const undo = async (id: string) => operation({ id: `undo of ${id}`, tasks: { ...tasks, undoes: id } });
  const run = new BulkRun({ begin, show, stop, undo }, (_ms, look) => void due.push(look));
  const look = async (): Promise<void> => {
    due.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { run, begun, due, look };
}

test('it is followed to its end, also past a moment without the hub', async () => {
  const ended = operation({ state: 'done', tasks: { ...tasks, changed: 3 } });
  const { run, begun, due, look } = follow([new ApiError('network', 0, 'gone'), ended]);
  await run.start({ action: 'cancel', q: 'lane:low' });
  expect([begun, run.isRunning]).toEqual([[{ action: 'cancel', q: 'lane:low' }], true]);
  await look();
  expect(run.state.value).toMatchObject({ state: 'running', total: 3 });
  run.dismiss();
  expect(run.isRunning).toBe(true);
  await look();
  expect(run.state.value).toMatchObject({ state: 'done', done: 3 });
  await look();
  expect(due).toEqual([]);
  run.dismiss();
  expect(run.state.value).toBeUndefined();
});

test('a hub that knows nothing of it leads now: it was interrupted', async () => {
  const { run, look } = follow([new ApiError('operation.not_found', 404, 'not found')]);
  await run.start({ action: 'cancel' });
  await look();
  expect(run.state.value).toMatchObject({ state: 'interrupted', total: 3 });
});

test('it is stopped by the hub', async () => {
  const { run, look } = follow([]);
  await run.start({ action: 'cancel' });
  await run.stop();
  expect(run.state.value).toMatchObject({ state: 'stopped', done: 1 });
  await look();
  expect(run.isRunning).toBe(false);
});

test('what it did can be undone while the hub says so, and that is followed then', async () => {
  const undo = { until: '2026-01-31T13:00:00Z', tasks: 3 };
  const ended = operation({ state: 'done', undo, tasks: { ...tasks, changed: 3 } });
  const undone = operation({ id: 'undo of op', state: 'done', tasks: { ...tasks, undoes: 'op', changed: 3 } });
  const { run, look } = follow([ended, undone]);
  await run.start({ action: 'lane', to: 'up' });
  expect(run.state.value?.undo).toBeUndefined();
  await look();
  expect(run.state.value).toMatchObject({ isUndo: false, undo });
  await run.undo();
  expect(run.state.value).toMatchObject({ isUndo: true, state: 'running' });
  // The first that is due was put down for the operation before.
  await look();
  await look();
  expect(run.state.value).toMatchObject({ isUndo: true, state: 'done', done: 3 });
  expect(run.state.value?.undo).toBeUndefined();
});

test('how many can be undone is said if some cannot', () => {
  expect(bulkTexts.undoUntil('20:19', 7, 7)).toBe('Can be undone until 20:19.');
  expect(bulkTexts.undoUntil('20:19', 5, 7)).toBe('5 can be undone until 20:19.');
});

test('what others changed meanwhile is told apart from what failed', () => {
  const acted = {
    ...{ ...tasks, changed: 2, refused: 3 },
    codes: [
      { code: 'task.already_final', count: 2 },
      { code: 'task.budget_used', count: 1 },
    ],
    refusals: [
      { task: 'a', code: 'task.already_final', message: 'it has ended' },
      { task: 'b', code: 'task.budget_used', message: 'all of it is used' },
    ],
  };
  expect(bulkState(operation({ total: 5, tasks: acted }))).toEqual({
    ...{ action: 'cancel', state: 'running', total: 5, done: 2, gone: 2, failed: 1 },
    why: 'all of it is used',
    isUndo: false,
  });
  const { tasks: _, ...backup } = operation();
  expect(bulkState(backup)).toBeUndefined();
});
