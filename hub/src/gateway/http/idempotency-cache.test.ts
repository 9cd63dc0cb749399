import { beforeEach, describe, expect, test } from 'vitest';
import { Refusal } from '../../core/refusal.js';
import type { RouteReply } from './handler.js';
import { IdempotencyCache, type Repeatable } from './idempotency-cache.js';

const HOUR = 3_600_000;

let now: number;
let runs: number;
let cache: IdempotencyCache;

beforeEach(() => {
  now = 1_000;
  runs = 0;
  cache = new IdempotencyCache(() => now);
});

function request(more: Partial<Repeatable> = {}): Repeatable {
  return { caller: 'c', key: 'k', digest: 'd', repetition: 'replay', ...more };
}

/** The number of the run that the answer is from, or the code of the refusal. */
async function answered(
  asked: Repeatable,
  run: () => Promise<RouteReply | Refusal> = async () => ({ body: { run: ++runs } }),
): Promise<number | string> {
  const reply = await cache.once(asked, run);
  if (reply instanceof Refusal) return reply.code;
  const body = typeof reply.body === 'string' ? JSON.parse(reply.body) : reply.body;
  return (body as { run: number }).run;
}

describe('a request with an idempotency key', () => {
  test('gets the first answer again, also while the first is under way, for a day', async () => {
    expect(await Promise.all([answered(request()), answered(request())])).toEqual([1, 1]);
    now += 23 * HOUR;
    expect(await answered(request())).toBe(1);
    now += 2 * HOUR;
    expect(await answered(request())).toBe(2);
    expect(await answered(request({ key: 'other' }))).toBe(3);
  });

  test('is refused with another body', async () => {
    const both = [answered(request()), answered(request({ digest: 'e' }))];
    expect(await Promise.all(both)).toEqual([1, 'idempotency.key_reused']);
    expect(await answered(request({ digest: 'e' }))).toBe('idempotency.key_reused');
  });

  test('never gets what another caller was answered, and meets none of its bodies', async () => {
    expect(await Promise.all([answered(request()), answered(request({ caller: 'c2' }))])).toEqual([1, 2]);
    expect(await answered(request({ caller: 'c3', digest: 'e' }))).toBe(3);
  });

  test.each(['hub.busy', 'task.not_found', 'auth.forbidden'] as const)('is tried again after %s', async (code) => {
    expect(await answered(request(), async () => new Refusal(code, 'no'))).toBe(code);
    expect(await answered(request())).toBe(1);
  });

  test('is tried again when it broke', async () => {
    await expect(answered(request(), () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await answered(request())).toBe(1);
  });

  test('whose answer held a secret takes effect once, and the secret is not kept', async () => {
    const secret = request({ repetition: 'secret' });
    expect(await Promise.all([answered(secret), answered(secret)])).toEqual([1, 'idempotency.answer_not_kept']);
    expect(await answered(secret)).toBe('idempotency.answer_not_kept');
    expect(runs).toBe(1);
  });
});

describe('what is kept', () => {
  const long = async (): Promise<RouteReply> => ({ body: { run: ++runs, text: 'x'.repeat(300 * 1024) } });

  test('is bounded for each caller, the oldest first, and costs the others nothing', async () => {
    await answered(request({ caller: 'quiet' }));
    for (const key of ['1', '2', '3', '4']) await answered(request({ key }), long);
    expect(await answered(request({ key: '4' }), long)).toBe(5);
    expect(await answered(request({ key: '1' }), long)).toBe(6);
    expect(await answered(request({ caller: 'quiet' }))).toBe(1);
  });

  test('is bounded in all', async () => {
    for (let caller = 0; caller < 40; caller++) {
      for (const key of ['1', '2', '3']) await answered(request({ caller: String(caller), key }), long);
    }
    expect(await answered(request({ caller: '39', key: '3' }), long)).toBe(120);
    expect(await answered(request({ caller: '0', key: '1' }), long)).toBe(121);
  });
});
