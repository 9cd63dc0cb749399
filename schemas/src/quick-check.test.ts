import { expect, it } from 'vitest';
import { PROGRAMS } from './programs.js';
import { quickCheck } from './quick-check.js';
import { compile } from './validate.js';

const settings = PROGRAMS.client.settings;
const quick = quickCheck(settings);
const full = compile(settings);

it.each([
  [{ hub: 'http://127.0.0.1:7700' }, true],
  [{ hub: 'https://hub.example.org/agentcom', keyFile: 'owner.key' }, true],
  [{ hub: `http://${'h'.repeat(2041)}` }, true],
  [{ hub: `http://${'h'.repeat(2042)}` }, false],
  [{ hub: 'http://user@hub' }, false],
  [{ hub: 'ftp://hub' }, false],
  [{ hub: 7700 }, false],
  [{ hub: 'http://hub', keyFile: 'two\nlines' }, false],
  [{ hub: 'http://hub', keyFile: '' }, false],
  [{ hub: 'http://hub', keys: 'x' }, false],
  [{}, false],
  [[], false],
])('the settings of the client %j are valid for both validators, or for neither', (value, valid) => {
  expect(quick(value).ok).toBe(valid);
  expect(full(value).ok).toBe(valid);
});
