import { expect, test } from 'vitest';
import { MinuteTally } from '../core/alert/minute-tally.js';
import { AbuseLimiter } from './abuse-limiter.js';
import { newKey } from './secrets.js';

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

test('bad keys with one beginning wait, longer each time, from few addresses sooner than from many', async () => {
  let now = 1_700_000_000_000;
  const abuse = new AbuseLimiter(() => now, new MinuteTally());
  const { key, hint } = newKey('default');
  const [fromFew, other] = ['10.0.0.1', newKey('default').key];
  for (let i = 0; i < 5; i++) expect(await abuse.failedKey(fromFew, key)).toBeUndefined();
  const detail = `too many requests with keys that begin with ${hint} and are unknown, expired or revoked`;
  expect(await abuse.failedKey(fromFew, key)).toMatchObject({
    code: 'auth.blocked',
    message: detail,
    retryAfterMs: 30_000,
  });
  expect(await abuse.failedKey(fromFew, other)).toBeUndefined();
  expect(await abuse.failedKey('10.0.0.2', key)).toBeUndefined();
  now += 30_000;
  expect(await abuse.failedKey(fromFew, key)).toBeUndefined();
  expect(await abuse.failedKey(fromFew, key)).toMatchObject({ retryAfterMs: 60_000 });
  for (let i = 0; i < 45; i++) await abuse.failedKey(`10.1.${i}.1`, key);
  expect(await abuse.failedKey('10.9.9.9', key)).toMatchObject({ code: 'auth.blocked' });
});

test('what is not a key of this hub counts against its address only', async () => {
  const abuse = new AbuseLimiter(() => 0, new MinuteTally());
  for (const text of [undefined, 'x', `ac_${'a'.repeat(43)}`, `${newKey('default').key.slice(0, -1)}-`]) {
    for (let i = 0; i < 15; i++) expect(await abuse.failedKey(`address ${text}`, text)).toBeUndefined();
  }
});
