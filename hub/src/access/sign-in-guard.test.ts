import { expect, test } from 'vitest';
import { SignInGuard } from './sign-in-guard.js';

async function failed(guard: SignInGuard, times: number, address: string | ((i: number) => string)): Promise<void> {
  for (let i = 0; i < times; i++) await guard.failed('ada', typeof address === 'string' ? address : address(i));
}

test('after five wrong passwords the account waits there, longer each time, and nowhere else', async () => {
  const guard = new SignInGuard();
  await failed(guard, 4, 'a');
  expect(await guard.refuse('ada', 'a')).toBeUndefined();
  await failed(guard, 1, 'a');
  const first = await guard.refuse('ada', 'a');
  expect(first).toMatchObject({ code: 'auth.blocked' });
  expect(first?.retryAfterMs).toBeGreaterThan(25_000);
  expect(await guard.refuse('ada', 'b')).toBeUndefined();
  expect(await guard.refuse('bob', 'a')).toBeUndefined();
  await failed(guard, 1, 'a');
  expect((await guard.refuse('ada', 'a'))?.retryAfterMs).toBeGreaterThan(55_000);
});

test('whoever signs in begins anew', async () => {
  const guard = new SignInGuard();
  await failed(guard, 4, 'a');
  await guard.succeeded('ada', 'a');
  await failed(guard, 4, 'a');
  expect(await guard.refuse('ada', 'a')).toBeUndefined();
});

test('guesses from many addresses count together', async () => {
  const guard = new SignInGuard();
  await failed(guard, 49, (i) => `address ${i}`);
  expect(await guard.refuse('ada', 'another')).toBeUndefined();
  await failed(guard, 1, 'address');
  expect(await guard.refuse('ada', 'another')).toMatchObject({ code: 'auth.blocked' });
});
