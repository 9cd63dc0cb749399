import { expect, test } from 'vitest';
import { type Command, matching } from './commands.js';

const command = (title: string): Command => ({ title, run: () => undefined });
const all = ['Go to Tasks', 'Halt work', 'Theme: Dark', 'Sign out'].map(command);
const titles = (typed: string): string[] => matching(all, typed).map(({ title }) => title);

test('everything is offered before anything is typed', () => {
  expect(titles('  ')).toHaveLength(4);
});

test('every word must be there, in whatever case', () => {
  expect(titles('TAS go')).toEqual(['Go to Tasks']);
  expect(titles('dark theme')).toEqual(['Theme: Dark']);
  expect(titles('go halt')).toEqual([]);
});

test('what begins with it comes first', () => {
  expect(titles('t')[0]).toBe('Theme: Dark');
});
