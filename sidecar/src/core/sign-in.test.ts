import { expect, it } from 'vitest';
import { isStillSignedOut, signedOut, TRY_PAUSE } from './sign-in.js';

const CREDENTIALS = 'one';

it('a kind stays out until its credentials change', () => {
  const out = signedOut(undefined, CREDENTIALS, 0);
  expect(isStillSignedOut(out, CREDENTIALS, TRY_PAUSE.baseMs - 1)).toBe(true);
  expect(isStillSignedOut(out, 'two', 1)).toBe(false);
});

it('one whose credentials do not show is tried again, more and more rarely', () => {
  let out = signedOut(undefined, CREDENTIALS, 0);
  const pauses: number[] = [];
  for (let tries = 0; tries < 8; tries += 1) {
    pauses.push(out.tryAt);
    expect(isStillSignedOut(out, CREDENTIALS, out.tryAt - 1)).toBe(true);
    expect(isStillSignedOut(out, CREDENTIALS, out.tryAt)).toBe(false);
    out = signedOut({ ...out, tryAt: 0 }, CREDENTIALS, 0);
  }
  expect(pauses[1]).toBe(2 * (pauses[0] ?? 0));
  expect(Math.max(...pauses)).toBe(TRY_PAUSE.capMs);
});

it('new credentials that are not taken either begin anew', () => {
  const often = signedOut(signedOut(undefined, CREDENTIALS, 0), CREDENTIALS, 0);
  expect(signedOut(often, 'two', 0)).toEqual(signedOut(undefined, 'two', 0));
});
