import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AgeQueue, type Queued } from './queue.js';

const item = (id: string, queuedAt: number): Queued => ({ id, queuedAt, slot: null });
const all = (): boolean => true;

function drain(queue: AgeQueue<Queued>): string[] {
  const ids: string[] = [];
  for (let first = queue.first(all, 1); first !== undefined; first = queue.first(all, 1)) {
    ids.push(first.id);
    queue.remove(first);
  }
  return ids;
}

test('gives the oldest first, and of equal age the one with the lower id', () => {
  const queue = new AgeQueue<Queued>();
  for (const task of [item('b', 2), item('d', 3), item('a', 2), item('c', 1)]) queue.add(task);
  expect(drain(queue)).toEqual(['c', 'a', 'b', 'd']);
  expect(queue.size).toBe(0);
});

test('looks at no more tasks than it may', () => {
  const queue = new AgeQueue<Queued>();
  const tasks = ['a', 'b', 'c'].map((id, i) => item(id, i));
  for (const task of tasks) queue.add(task);
  expect(queue.first(({ id }) => id === 'c', 2)).toBeUndefined();
  expect(queue.first(({ id }) => id === 'c', 3)?.id).toBe('c');
});

test('removing twice, or what was never added, does nothing', () => {
  const queue = new AgeQueue<Queued>();
  const task = item('a', 1);
  queue.add(task);
  queue.remove(task);
  queue.remove(task);
  queue.remove(item('b', 1));
  expect(queue.size).toBe(0);
});

test('is a list sorted by age, whatever comes and goes', () => {
  const step = fc.oneof(
    fc.record({ add: fc.constant(true), age: fc.nat(50) }),
    fc.record({ add: fc.constant(false), age: fc.nat(200) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400, size: 'max' }), (steps) => {
      const queue = new AgeQueue<Queued>();
      const model: Queued[] = [];
      for (const [i, { add, age }] of steps.entries()) {
        if (add) {
          const task = item(String(i).padStart(4, '0'), age);
          queue.add(task);
          model.push(task);
        } else if (model.length > 0) {
          const [task] = model.splice(age % model.length, 1);
          if (task !== undefined) queue.remove(task);
        }
        expect(queue.size).toBe(model.length);
      }
      model.sort((a, b) => a.queuedAt - b.queuedAt || (a.id < b.id ? -1 : 1));
      expect(drain(queue)).toEqual(model.map(({ id }) => id));
    }),
  );
});
