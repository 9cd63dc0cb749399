import { describe, expect, it } from 'vitest';
import { Refusal } from '../../core/decision.js';
import { IdempotencyCache } from './idempotency-cache.js';

const HOUR = 3_600_000;

describe('answers by idempotency key', () => {
  it('are given again for the same key and body, also while the first is under way', async () => {
    const answers = new IdempotencyCache<number>();
    let runs = 0;
    const run = async (): Promise<number> => ++runs;
    const both = await Promise.all([answers.once('k', 'd', 0, run), answers.once('k', 'd', 1, run)]);
    expect([...both, await answers.once('k', 'd', 23 * HOUR, run)]).toEqual([1, 1, 1]);
    expect(await answers.once('k', 'd', 25 * HOUR, run)).toBe(2);
    expect(await answers.once('other', 'd', 0, run)).toBe(3);
  });

  it('are refused for the same key with another body', async () => {
    const answers = new IdempotencyCache<number>();
    await answers.once('k', 'd', 0, async () => 1);
    expect(await answers.once('k', 'e', 0, async () => 2)).toMatchObject({ code: 'idempotency.key_reused' });
  });

  it('are not kept when the same request may go better next time, nor when it failed', async () => {
    const answers = new IdempotencyCache<number>();
    expect(await answers.once('k', 'd', 0, async () => new Refusal('hub.busy', 'full'))).toMatchObject({
      code: 'hub.busy',
    });
    await expect(answers.once('k', 'd', 0, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await answers.once('k', 'd', 0, async () => new Refusal('task.not_found', 'none'))).toMatchObject({
      code: 'task.not_found',
    });
    expect(await answers.once('k', 'd', 0, async () => 1)).toMatchObject({ code: 'task.not_found' });
  });
});
