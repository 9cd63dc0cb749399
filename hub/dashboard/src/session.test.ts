import type { Me } from '@agentcom/schemas';
import { afterEach, expect, test, vi } from 'vitest';
import { loadSession, me, sessionState, signedInAs } from './session.js';

const ADA = { name: 'Ada', org: 'acme', actions: [] } as unknown as Me;

afterEach(() => {
  vi.restoreAllMocks();
  sessionState.value = 'unknown';
  me.value = undefined;
});

const answers = (status: number) =>
  vi.spyOn(globalThis, 'fetch').mockResolvedValue(
    new Response(JSON.stringify({ code: 'auth.session_over' }), {
      status,
      headers: { 'content-type': 'application/problem+json' },
    }),
  );

test('a page that is open stays open while its hub is away, and ends with its session', async () => {
  const away = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('failed'));
  await loadSession();
  expect(sessionState.value).toBe('unreachable');
  signedInAs(ADA);
  await loadSession();
  expect([sessionState.value, me.value]).toEqual(['in', ADA]);
  away.mockRestore();
  answers(401);
  await loadSession();
  expect([sessionState.value, me.value]).toEqual(['out', undefined]);
});
