// How a change of many is divided: so many at once, in turns of the event loop; what ends it, and what is waited for.

import type { TaskActionBody } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import type { Caller } from '../../../access/authenticate.js';
import type { Command } from '../../../core/commands.js';
import { Bench, ORG } from '../../../core/fixture.js';
import { Refusal } from '../../../core/refusal.js';
import type { State } from '../../../core/state.js';
import type { UndoStep } from '../../../core/task/undo.js';
import { loopTurn } from '../../loop-turn.js';
import { selectedTask, selectTasks } from './selected-tasks.js';
import { TaskActionRun } from './task-action-run.js';

const CALLER = { org: ORG, role: 'owner', by: 'person:1', person: '1' } as Caller;

function world(count: number, outcomeOf: (n: number) => object = () => ({}), body: Partial<TaskActionBody> = {}) {
  const bench = new Bench();
  const ids = Array.from({ length: count }, () => bench.submit());
  bench.state.members.set(`${ORG}/1`, { role: 'owner' } as never);
  const [turns, commands, told, pauses]: [number[], Command[], number[], number[]] = [[], [], [], []];
  const shard = {
    read: async <T>(look: (state: State) => T) => ({ value: look(bench.state), seq: 1 }),
    execute: async (command: Command) => {
      turns.push(loopTurn());
      commands.push(command);
      return outcomeOf(commands.length) as never;
    },
  };
  const scheduler = {
    after: (ms: number, run: () => void) => {
      pauses.push(ms);
      queueMicrotask(run);
      return () => undefined;
    },
  };
  const acted = { action: 'cancel', changed: 0, refused: 0, codes: [], refusals: [] } as const;
  const run = new TaskActionRun(
    { shard, scheduler, bodies: undefined as never, now: () => bench.now },
    CALLER,
    { action: 'cancel', ...body },
    acted,
    async (look) =>
      look((view) => ids.flatMap((id) => (view.task(id) === undefined ? [] : [selectedTask(view.task(id) as never)]))),
  );
  const progress = (done: number): void => void told.push(done);
  const steps: UndoStep[] = [];
  const undoable = (more: readonly UndoStep[]): void => void steps.push(...more);
  const carryOut = (signal = new AbortController().signal) => run.run({ signal, progress, undoable });
  return { carryOut, turns, commands, told, pauses, steps };
}

test('fifty are changed at once, and others are served before the next fifty', async () => {
  const { carryOut, turns, told } = world(120);
  expect((await carryOut()).tasks.changed).toBe(120);
  expect(told).toEqual([0, 50, 100, 120]);
  expect(new Set(turns).size).toBe(3);
});

test('with a pace they are changed one by one, with pauses between', async () => {
  const { carryOut, pauses, told } = world(3, undefined, { perMinute: 60 });
  await carryOut();
  expect([pauses, told]).toEqual([
    [1_000, 1_000],
    [0, 1, 2, 3],
  ]);
});

test('it waits while the hub is busy', async () => {
  const busy = new Refusal('hub.busy', 'too many', [], 700);
  const { carryOut, pauses } = world(1, (n) => (n < 3 ? busy : {}));
  expect((await carryOut()).tasks).toMatchObject({ changed: 1, refused: 0 });
  expect(pauses).toEqual([700, 700]);
});

test('it ends when this hub no longer leads, and says how many are left', async () => {
  const { carryOut, commands, told } = world(120, (n) =>
    n <= 50 ? {} : new Refusal('hub.not_leader', 'another leads'),
  );
  await expect(carryOut()).rejects.toThrow('interrupted with 20 left: another leads; ask for the same again to go on');
  expect([commands.length, told.at(-1)]).toEqual([100, 100]);
});

test('what many are refused for is counted, and the first are kept', async () => {
  const { carryOut } = world(60, () => new Refusal('task.already_final', 'it has ended'));
  const { tasks } = await carryOut();
  expect(tasks).toMatchObject({ changed: 0, refused: 60, codes: [{ code: 'task.already_final', count: 60 }] });
  expect(tasks.refusals).toHaveLength(20);
});

test('what takes back is kept of each that was changed', async () => {
  const undo = { kind: 'move', lane: 'high', back: 'low' } as const;
  const { carryOut, steps, commands } = world(60, (n) => (n === 7 ? {} : { undo }));
  await carryOut();
  const changed = commands.filter((_, i) => i !== 6).map((command) => (command as { readonly task: string }).task);
  expect(steps).toEqual(changed.map((task) => ({ task, undo })));
});

test('a selection looks at a bounded number in each turn', async () => {
  let looks = 0;
  const page = { tasks: [], nextCursor: 'x' };
  const view = { taskPage: () => (++looks === 3 ? { tasks: [] } : page) } as never;
  const turns = new Set<number>();
  const found = await selectTasks(
    async (look) => {
      turns.add(loopTurn());
      return look(view);
    },
    {},
    10,
  );
  expect([found, turns.size]).toEqual([{ tasks: [], counted: undefined }, 3]);
});
