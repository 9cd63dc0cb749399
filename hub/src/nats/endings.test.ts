import { expect, test } from 'vitest';
import { Endings } from './endings.js';

const MINUTE = 60_000;

test('counts what ended within a quarter of an hour, and says how the last one did', () => {
  const endings = new Endings();
  expect(endings.recent(0)).toBeUndefined();
  endings.note('code 1', 0);
  endings.note('SIGKILL', 10 * MINUTE);
  expect(endings.recent(10 * MINUTE)).toEqual({ times: 2, how: 'SIGKILL' });
  expect(endings.recent(15 * MINUTE)).toEqual({ times: 1, how: 'SIGKILL' });
  expect(endings.recent(25 * MINUTE)).toBeUndefined();
  for (let i = 0; i < 1000; i++) endings.note('code 1', 30 * MINUTE);
  expect(endings.recent(30 * MINUTE)?.times).toBe(100);
});
