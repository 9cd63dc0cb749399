import { expect, it } from 'vitest';
import { eventOf } from './event.js';

const EVENT = { type: 'result', result: 'done', usage: { type: 'x' } };

it.each([
  '',
  '\ufeff',
  '\0\0',
  '\ufffd',
  '\u001b]0;title\u0007',
  'downloading: 40 %',
  '{ building ',
  '{"done":1}',
  '{"type":"x"}',
])('an event is heard after %j', (before) => {
  expect(eventOf(before + JSON.stringify(EVENT))).toEqual(EVENT);
});

it.each(['', 'text', '{', '[{}]', 'as in {"type":"x"} here', 'as in {"type":'])('%j is none', (line) => {
  expect(eventOf(line)).toBeUndefined();
});
