import type { Me } from '@agentcom/schemas';
import { afterEach, expect, test, vi } from 'vitest';
import { loadSession, me, organisations, sessionState, signedInAs, switchOrganisation } from './session.js';

const ADA = { name: 'Ada', caller: 'person:ada', org: 'acme', actions: [] } as unknown as Me;

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
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

test('a page is loaded again where another tab has gone to another organisation, or signed in as somebody else', async () => {
  const reload = vi.fn();
  vi.stubGlobal('location', { reload });
  const is = (who: object) => vi.spyOn(globalThis, 'fetch').mockResolvedValue(Response.json(who));
  signedInAs(ADA);
  is({ ...ADA, actions: ['tasks.read'] });
  await loadSession();
  expect([reload.mock.calls.length, me.value?.actions]).toEqual([0, ['tasks.read']]);
  is({ ...ADA, org: 'globex' });
  await loadSession();
  is({ ...ADA, caller: 'person:eve' });
  await loadSession();
  expect([reload.mock.calls.length, me.value?.org]).toEqual([2, 'acme']);
});

test('the organisations of a person are told with a mark at the present one', () => {
  const orgs = [
    { org: 'globex', name: 'Globex', role: 'viewer' },
    { org: 'acme', role: 'owner' },
  ] as const;
  signedInAs({ ...ADA, orgs: [...orgs] });
  expect(organisations()).toEqual({
    current: 'acme',
    all: [
      { org: 'globex', name: 'Globex', isCurrent: false },
      { org: 'acme', name: 'acme', isCurrent: true },
    ],
  });
});

test('a tab that goes to another organisation is not loaded again where it is, and is once that has failed', async () => {
  const [assign, reload] = [vi.fn(), vi.fn()];
  vi.stubGlobal('location', { assign, reload });
  const elsewhere = { ...ADA, org: 'globex', actions: ['tasks.read'] };
  signedInAs(ADA);
  const away = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('failed'));
  await expect(switchOrganisation('globex', () => '/tasks')).rejects.toThrow();
  away.mockRestore();
  vi.spyOn(globalThis, 'fetch').mockImplementation(async () => Response.json(elsewhere));
  await loadSession();
  expect(reload.mock.calls).toHaveLength(1);
  const switched = switchOrganisation('globex', ({ actions }) => `/${actions[0]}`);
  // The socket has heard of it before the answer has come.
  await loadSession();
  await switched;
  expect([assign.mock.calls, reload.mock.calls.length]).toEqual([[['/tasks.read']], 1]);
});
