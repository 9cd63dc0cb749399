import { expect, test } from 'vitest';
import { UndoMemory } from './undo-memory.js';

const step = (task: string, back: string) => ({ task, undo: { kind: 'move', lane: 'high', back } as never });
/** Some six million characters. */
const large = (id: string) => [step(id, 'x'.repeat(6_000_000))];

test('the oldest is forgotten first when there is too much in all', () => {
  const memory = new UndoMemory(() => 0);
  const kept = ['a', 'b', 'c'].map((id) => {
    memory.add(id, large(id));
    return memory.end(id);
  });
  expect([kept, ['a', 'b', 'c'].map((id) => memory.of(id)?.tasks)]).toEqual([
    [true, true, true],
    [undefined, 1, 1],
  ]);
});

test('what is too much for one cannot be undone, nor in part', () => {
  const memory = new UndoMemory(() => 0);
  memory.add('b', [step('b', 'low')]);
  memory.end('b');
  for (let i = 0; i < 3; i++) memory.add('a', large('a'));
  expect([memory.end('a'), memory.steps('a'), memory.of('b')?.tasks]).toEqual([false, [], 1]);
});

test('it ends with its time', () => {
  let now = 0;
  const memory = new UndoMemory(() => now);
  memory.add('a', [step('a', 'low')]);
  memory.end('a');
  now = 3_599_999;
  expect(memory.steps('a')).toHaveLength(1);
  now = 3_600_000;
  expect([memory.of('a'), memory.steps('a'), memory.records()]).toEqual([undefined, [], []]);
});
