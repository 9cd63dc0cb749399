import { expect, it } from 'vitest';
import { urlOf } from './listening.js';

it.each([
  ['127.0.0.1', 'http://127.0.0.1:7700'],
  ['::1', 'http://[::1]:7700'],
  ['fd00::5', 'http://[fd00::5]:7700'],
  ['::', 'http://localhost:7700'],
  ['0.0.0.0', 'http://localhost:7700'],
  ['hub.test', 'http://hub.test:7700'],
])('a hub on %s is shown as %s', (host, url) => {
  expect(urlOf(host, { address: host, family: '', port: 7700 })).toBe(url);
});
