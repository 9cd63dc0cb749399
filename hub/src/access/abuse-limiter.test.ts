import { expect, test } from 'vitest';
import { AbuseLimiter } from './abuse-limiter.js';

test('an address that keeps sending bad keys is turned away, and no other', async () => {
  const abuse = new AbuseLimiter();
  for (let i = 0; i < 20; i++) expect(await abuse.failed('10.0.0.1')).toBeUndefined();
  const blocked = await abuse.failed('10.0.0.1');
  expect(blocked?.code).toBe('auth.blocked');
  expect(blocked?.retryAfterMs).toBeGreaterThan(0);
  expect(await abuse.failed('10.0.0.2')).toBeUndefined();
});
