import { expect, test } from 'vitest';
import { KeySequence, type Press } from './sequence.js';

const press = (key: string, timeStamp = 0, more: Partial<Press> = {}): Press => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  timeStamp,
  ...more,
});

test('one key is itself, and g begins two', () => {
  const keys = new KeySequence();
  expect(keys.next(press('j'))).toBe('j');
  expect(keys.next(press('g', 10))).toBeUndefined();
  expect(keys.next(press('t', 500))).toBe('g t');
  expect(keys.next(press('t', 600))).toBe('t');
});

test('a g that nothing follows in time is forgotten', () => {
  const keys = new KeySequence();
  keys.next(press('g', 0));
  expect(keys.next(press('t', 1_501))).toBe('t');
});

test('with Ctrl or the command key it is the same, and with Alt it is the browser that is meant', () => {
  const keys = new KeySequence();
  expect(keys.next(press('K', 0, { ctrlKey: true }))).toBe('mod+k');
  expect(keys.next(press('k', 0, { metaKey: true }))).toBe('mod+k');
  expect(keys.next(press('k', 0, { altKey: true }))).toBeUndefined();
  expect(keys.next(press('Shift'))).toBeUndefined();
});
