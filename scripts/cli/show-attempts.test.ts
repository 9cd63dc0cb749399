import type { TaskView } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { Output } from './output.js';
import { attemptsText } from './show-attempts.js';
import { testWorld } from './testing.js';

test('what stopped an attempt, and let the task go on, is its outcome', () => {
  const ended = { agent: 'tern', startedAt: '2026-01-31T11:00:00Z', endedAt: '2026-01-31T11:30:00Z', counted: false };
  const attempts: TaskView['attempts'] = [
    { ...ended, generation: 1, halt: { id: 'h', reason: 'the provider bills twice' } },
    { ...ended, generation: 2, limit: 'label:team=roof' },
    { ...ended, generation: 3 },
  ];
  const world = testWorld();
  const text = attemptsText(
    new Output(world, false),
    { attempts, attemptsDropped: 0, state: 'completed' } as unknown as TaskView,
    world.now(),
  );
  const [, ...rows] = text.split('\n');
  expect(rows.map((row) => row.split('30 min').at(-1)?.trim())).toEqual([
    'halted: the provider bills twice',
    'stopped by the spend limit of label:team=roof',
    'completed',
  ]);
});
