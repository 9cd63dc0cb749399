import { expect, it } from 'vitest';
import { nameOfCaller } from './callers.js';

it.each([
  [{ by: 'person:me' }, 'you'],
  [{ by: 'key:k', byName: 'ci' }, 'key ci'],
  [{ by: 'person:p', byName: 'Ada' }, 'Ada'],
  [{ by: 'person:019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b' }, '…4e5f6a7b'],
  [{ by: 'agent:crane' }, 'crane'],
])('%j is called %s', (done, name) => {
  expect(nameOfCaller(done, 'person:me')).toBe(name);
});
