import { expect, test } from 'vitest';
import { methodsOf } from './known-paths.js';

test.each([
  ['/api/v1/tasks?limit=1', 'GET, HEAD, POST'],
  ['/api/v1/tasks/x', 'GET, HEAD'],
  ['/api/v1/tasks/x/cancel', 'POST'],
  ['/join/agentcom.mjs', 'GET, HEAD'],
  ['/', 'GET, HEAD'],
])('%s has %s', (url, methods) => {
  expect(methodsOf(url)).toBe(methods);
});

test.each(['/api/v1', '/api/v1/tasks/', '/api/v1/tasks/x/y', '/join/agentcomXmjs', '//', ''])('%j has none', (url) => {
  expect(methodsOf(url)).toBeUndefined();
});
