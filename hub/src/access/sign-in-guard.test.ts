import { beforeEach, expect, test } from 'vitest';
import { SignInGuard } from './sign-in-guard.js';

let now: number;
let guard: SignInGuard;

beforeEach(() => {
  now = 1_700_000_000_000;
  guard = new SignInGuard(() => now);
});

function failed(times: number, address: string | ((i: number) => string), account = 'ada'): void {
  for (let i = 0; i < times; i++) guard.failed(account, typeof address === 'string' ? address : address(i));
}

test('after five wrong passwords the account waits there, longer each time, and nowhere else', () => {
  failed(4, 'a');
  expect(guard.refuse('ada', 'a')).toBeUndefined();
  failed(1, 'a');
  expect(guard.refuse('ada', 'a')).toMatchObject({ code: 'auth.blocked', retryAfterMs: 30_000 });
  expect(guard.refuse('ada', 'b')).toBeUndefined();
  expect(guard.refuse('bob', 'a')).toBeUndefined();
  now += 30_000;
  expect(guard.refuse('ada', 'a')).toBeUndefined();
  failed(1, 'a');
  expect(guard.refuse('ada', 'a')).toMatchObject({ retryAfterMs: 60_000 });
  failed(20, 'a');
  expect(guard.refuse('ada', 'a')).toMatchObject({ retryAfterMs: 3_600_000 });
});

test('whoever signs in begins anew, and so does everybody after a day', () => {
  failed(4, 'a');
  guard.succeeded('ada', 'a');
  failed(4, 'a');
  expect(guard.refuse('ada', 'a')).toBeUndefined();
  now += 24 * 3_600_000;
  failed(4, 'a');
  expect(guard.refuse('ada', 'a')).toBeUndefined();
});

test('guesses from many addresses count together', () => {
  failed(49, (i) => `address ${i}`);
  expect(guard.refuse('ada', 'another')).toBeUndefined();
  failed(1, 'address');
  expect(guard.refuse('ada', 'another')).toMatchObject({ code: 'auth.blocked' });
});

test('accounts without end take no more room than so many', () => {
  failed(5, 'a', 'first');
  for (let i = 0; i < 60_000; i++) guard.failed(`account ${i}`, 'a');
  expect(guard.refuse('first', 'a')).toBeUndefined();
  expect(guard.refuse('account 59999', 'a')).toBeUndefined();
});

test('how many are free is said by whoever counts something else', () => {
  guard = new SignInGuard(
    () => now,
    () => 'too many',
    { here: 2, everywhere: 4 },
  );
  failed(1, 'a');
  expect(guard.refuse('ada', 'a')).toBeUndefined();
  failed(1, 'a');
  expect(guard.refuse('ada', 'a')).toMatchObject({ message: 'too many' });
  failed(2, 'b');
  expect(guard.refuse('ada', 'c')).toMatchObject({ message: 'too many' });
});
