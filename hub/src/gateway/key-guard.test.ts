import { describe, expect, it } from 'vitest';
import { KeyGuard } from './key-guard.js';

describe('the key guard', () => {
  it('turns away an address that keeps sending bad keys, and no other', async () => {
    const guard = new KeyGuard();
    for (let i = 0; i < 20; i++) expect(await guard.failed('10.0.0.1')).toBeNull();
    const blocked = await guard.failed('10.0.0.1');
    expect(blocked?.code).toBe('auth.blocked');
    expect(blocked?.retryAfterMs).toBeGreaterThan(0);
    expect(await guard.failed('10.0.0.2')).toBeNull();
  });

  it('limits enrolments from one address', async () => {
    const guard = new KeyGuard();
    for (let i = 0; i < 60; i++) expect(await guard.enrolment('10.0.0.1')).toBeNull();
    expect((await guard.enrolment('10.0.0.1'))?.code).toBe('rate.limited');
  });
});
