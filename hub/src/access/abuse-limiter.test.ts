import { describe, expect, it } from 'vitest';
import { AbuseLimiter } from './abuse-limiter.js';

describe('the key abuse', () => {
  it('turns away an address that keeps sending bad keys, and no other', async () => {
    const abuse = new AbuseLimiter();
    for (let i = 0; i < 20; i++) expect(await abuse.failed('10.0.0.1')).toBeNull();
    const blocked = await abuse.failed('10.0.0.1');
    expect(blocked?.code).toBe('auth.blocked');
    expect(blocked?.retryAfterMs).toBeGreaterThan(0);
    expect(await abuse.failed('10.0.0.2')).toBeNull();
  });

  it('limits enrolments from one address', async () => {
    const abuse = new AbuseLimiter();
    for (let i = 0; i < 60; i++) expect(await abuse.enrolment('10.0.0.1')).toBeNull();
    expect((await abuse.enrolment('10.0.0.1'))?.code).toBe('rate.limited');
  });
});
