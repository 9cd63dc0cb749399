import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenBucket } from './token-bucket.js';

const size = { perSecond: 10, burst: 5 };

describe('a token bucket', () => {
  it('lets through the burst, then refuses and says when to come back', () => {
    const bucket = new TokenBucket(size, 0);
    for (let i = 0; i < 5; i++) expect(bucket.take(0).ok).toBe(true);
    expect(bucket.take(0)).toEqual({ ok: false, retryAfterMs: 100 });
    expect(bucket.take(100).ok).toBe(true);
  });

  it('takes nothing for a refusal', () => {
    const bucket = new TokenBucket(size, 0);
    for (let i = 0; i < 5; i++) bucket.take(0);
    for (let i = 0; i < 50; i++) expect(bucket.take(50).ok).toBe(false);
    expect(bucket.take(100).ok).toBe(true);
  });

  it('warns once each time it runs low', () => {
    const bucket = new TokenBucket(size, 0);
    const warnings = Array.from({ length: 5 }, () => bucket.take(0)).map((taken) => taken.ok && taken.warn);
    expect(warnings).toEqual([false, false, false, true, false]);
    expect(bucket.take(10_000)).toEqual({ ok: true, warn: false });
  });

  it('never lets more through than burst plus rate times time, whatever the clock does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 200 }), { maxLength: 300 }), (steps) => {
        const bucket = new TokenBucket(size, 0);
        let now = 0;
        let latest = 0;
        let through = 0;
        for (const step of steps) {
          now += step;
          latest = Math.max(latest, now);
          if (bucket.take(now).ok) through++;
        }
        expect(through).toBeLessThanOrEqual(size.burst + (latest * size.perSecond) / 1000);
      }),
    );
  });
});
