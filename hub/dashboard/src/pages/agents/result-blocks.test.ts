import { expect, test } from 'vitest';
import { blockPaths } from './result-blocks.js';

test('results of one kind are one path, the newest at the right end however few there are', () => {
  expect(blockPaths('c').get('completed')).toBe('M114 9h4v7h-4z');
  expect(blockPaths('c').get('none')?.split('z').filter(Boolean)).toHaveLength(19);
  const paths = blockPaths('cftlu');
  expect([...paths.keys()]).toEqual(['none', 'completed', 'failed', 'lost', 'limited']);
  expect(paths.get('failed')).toBe('M96 0h4v16h-4zM102 0h4v16h-4z');
});

test('each way to end has a shape of its own, whatever the colour', () => {
  const shapes = ['c', 'f', 'l', 'u', ''].map((letter) => [...blockPaths(letter).values()].at(-1)?.slice(-15));
  expect(new Set(shapes).size).toBe(5);
});

test('a letter that a newer hub says is taken for a failure rather than for nothing', () => {
  expect([...blockPaths('x').keys()]).toEqual(['none', 'failed']);
});
