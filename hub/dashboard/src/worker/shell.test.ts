import { expect, test } from 'vitest';
import { answering } from './shell.js';

const HUB = 'https://hub.example';

test.each([
  ['GET', 'navigate', '/tasks?q=x', 'page'],
  ['GET', 'no-cors', '/assets/index-abc.js', 'asset'],
  ['GET', 'cors', '/api/v1/tasks', 'network'],
  ['GET', 'navigate', '/api/v1/tasks/1/output', 'network'],
  ['GET', 'navigate', '/join', 'network'],
  ['GET', 'navigate', '/sign-in/oidc/start', 'network'],
  ['GET', 'navigate', '/sign-in', 'page'],
  ['GET', 'no-cors', '/icon.svg', 'network'],
  ['POST', 'navigate', '/tasks', 'network'],
])('%s %s of %s is answered by the %s', (method, mode, path, by) => {
  expect(answering({ method, mode, url: `${HUB}${path}` }, HUB)).toBe(by);
});

test('another host is none of its business', () => {
  expect(answering({ method: 'GET', mode: 'no-cors', url: 'https://other.example/assets/x.js' }, HUB)).toBe('network');
});
