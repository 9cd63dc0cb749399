import { expect, test } from 'vitest';
import { MinuteTally } from '../core/alert/minute-tally.js';
import { AbuseLimiter } from './abuse-limiter.js';

test('an address that keeps sending bad keys is turned away, and no other', async () => {
  const refused = new MinuteTally();
  const abuse = new AbuseLimiter(() => 60_000, refused);
  for (let i = 0; i < 20; i++) expect(await abuse.failed('10.0.0.1')).toBeUndefined();
  const blocked = await abuse.failed('10.0.0.1');
  expect(blocked?.code).toBe('auth.blocked');
  expect(blocked?.retryAfterMs).toBeGreaterThan(0);
  expect(await abuse.failed('10.0.0.2')).toBeUndefined();
  expect([...refused.within(5, 60_000)]).toEqual([
    { who: '10.0.0.1', times: 21, minutes: 1 },
    { who: '10.0.0.2', times: 1, minutes: 1 },
  ]);
});
