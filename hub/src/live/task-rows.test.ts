// Rows of tasks say what the agents were like a moment ago, and never longer than that.

import type { TaskSummary } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { Bench, fromSnapshot } from '../core/fixture.js';
import { TaskRows } from './task-rows.js';

test('what agents lack is kept for a moment, and looked at anew after that and in another state', () => {
  const bench = new Bench();
  const id = bench.submit();
  const rows = new TaskRows({ signsOf: () => undefined, seesParents: true });
  const textAt = (now: number, state = bench.state) => {
    rows.begin(state, now);
    const { why } = JSON.parse(rows.textOf(bench.task(id))) as TaskSummary;
    return why?.text;
  };
  expect(textAt(0)).toBe('no agent has joined');
  bench.enrol('a');
  expect(textAt(400)).toBe('no agent has joined');
  expect(textAt(600)).toBe('1 agent fits, none connected');
  bench.enrol('b');
  expect(textAt(700, fromSnapshot(bench.state))).toBe('2 agents fit, none connected');
  rows.forget();
  expect(rows.signOf(bench.task(id))).toBeUndefined();
});

test('only what is over has nothing that changes by itself', () => {
  const bench = new Bench();
  bench.join('a');
  const id = bench.submit();
  const rows = new TaskRows({ signsOf: () => undefined, seesParents: true });
  const sign = () => {
    rows.begin(bench.state, 0);
    return rows.signOf(bench.task(id));
  };
  bench.accept(id);
  expect(sign()).toBe('none');
  bench.complete(id);
  expect(sign()).toBe('');
});
