import { expect, test } from 'vitest';
import { childTraceparent, traceContext } from './trace.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = `00-${TRACE}-00f067aa0ba902b7-01`;

test('a traceparent is read, and what is none is not', () => {
  expect(traceContext(PARENT)).toEqual({ traceId: TRACE, spanId: '00f067aa0ba902b7', flags: 1 });
  for (const wrong of [
    undefined,
    [PARENT],
    `01-${TRACE}-00f067aa0ba902b7-01`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `${PARENT}-more`,
  ]) {
    expect(traceContext(wrong), String(wrong)).toBeUndefined();
  }
});

test('children by number stay in their trace, differ, and are the same to whoever asks', () => {
  const children = [1, 2, 3, 2 ** 31].map((number) => childTraceparent(PARENT, number));
  for (const child of children) expect(traceContext(child)).toMatchObject({ traceId: TRACE, flags: 1 });
  expect(new Set([PARENT, ...children]).size).toBe(5);
  expect(childTraceparent(PARENT, 2)).toBe(children[1]);
  const below = children.map((child) => childTraceparent(child, 1));
  expect(new Set([PARENT, ...children, ...below]).size).toBe(9);
});
