import type { TaskSpec } from '@agentcom/schemas';
import { expect, it } from 'vitest';
import { specFrom, valuesOf } from './task-values.js';

const ID = '0193a7c2-5b1e-7c3a-9d2f-3f1c8a6b7d10';

const SPEC: TaskSpec = {
  title: 'Fix the roof',
  prompt: 'It leaks.',
  repo: { url: 'https://example.org/house.git', base: 'main' },
  needs: ['git', 'gpu'],
  lane: 'high',
  runner: ['claude', 'codex'],
  model: 'opus',
  labels: { team: 'roof', size: 'a=b' },
  verify: ['npm test', 'npm run check'],
  budget: { costMicros: 2_500_000, tokens: 1_000 },
  maxCost: 2_500_000,
  maxAttempts: 2,
  runTimeoutSeconds: 90,
  dependsOn: [ID],
};

it('a task is typed and read back as it is', () => {
  const spec = { ...SPEC, notBefore: '2026-07-31T12:30:00.000Z' };
  for (const mode of ['local', 'utc'] as const) expect(specFrom(valuesOf(spec, mode), mode)).toEqual(spec);
  expect(valuesOf(spec, 'utc').notBefore).toBe('2026-07-31T12:30');
});

it('what is left empty is left to the hub', () => {
  expect(specFrom({ title: 'A', prompt: 'B' }, 'utc')).toEqual({ title: 'A', prompt: 'B' });
});

it('what no field shows is kept of the task that it is made from, and what was emptied is gone', () => {
  const first = { ...SPEC, inactivitySeconds: 60, data: { a: 1 } };
  expect(specFrom({ title: 'A', prompt: 'B' }, 'utc', first)).toEqual({
    title: 'A',
    prompt: 'B',
    inactivitySeconds: 60,
    data: { a: 1 },
  });
});

it.each([
  ['budget', 'cheap'],
  ['runTimeoutSeconds', 'long'],
  ['labels', 'team'],
  ['labels', 'team='],
])('a %s of %j is wrong there', (name, value) => {
  expect(() => specFrom({ title: 'A', prompt: 'B', [name]: value }, 'utc')).toThrowError(
    expect.objectContaining({ fields: new Map([[`/${name}`, expect.any(String)]]) }),
  );
});
