import { expect, test } from 'vitest';
import type { Totp } from '../core/access/access.js';
import { Sealer } from './sealing.js';
import { codeOf, newRecoveryCodes, SecondFactor, stepOf } from './second-factor.js';

/** Of RFC 6238, appendix B. */
const SECRET = Buffer.from('12345678901234567890');

test.each([
  [59, '94287082'],
  [1111111109, '07081804'],
  [1111111111, '14050471'],
  [1234567890, '89005924'],
  [2000000000, '69279037'],
  [20000000000, '65353130'],
])('the code at %i s is the one of RFC 6238', (seconds, code) => {
  expect(codeOf(SECRET, Math.floor(seconds / 30), 8)).toBe(code);
});

test('a code is due in its step and in the one before and after', () => {
  const step = 41_152_263;
  const at = (steps: number) => (step + steps) * 30_000 + 29_999;
  const code = codeOf(SECRET, step);
  expect([-2, -1, 0, 1, 2].map((steps) => stepOf(SECRET, code, at(steps)))).toEqual([
    undefined,
    step,
    step,
    step,
    undefined,
  ]);
  expect(stepOf(SECRET, `${code.slice(0, 3)} ${code.slice(3)}`, at(0))).toBe(step);
  expect(stepOf(SECRET, `${code}0`, at(0))).toBeUndefined();
});

test('a secret for an app is kept sealed, and belongs to its person', () => {
  const now = 1_234_567_890_000;
  const factor = new SecondFactor(new Sealer(Sealer.newKey()), () => now);
  const { secret, url, sealed } = factor.offer({ id: 'ada', email: 'ada@example.org' });
  expect(url).toBe(`otpauth://totp/AgentCom:ada%40example.org?secret=${secret}&issuer=AgentCom`);
  expect(secret).toMatch(/^[A-Z2-7]{32}$/);
  const step = Math.floor(now / 30_000);
  const code = codeOf(fromBase32(secret), step);
  expect(factor.stepOf('ada', sealed, code)).toBe(step);
  expect(factor.stepOf('bob', sealed, code)).toMatchObject({ code: 'auth.secret_unreadable' });
  const totp: Totp = { secret: sealed, usedStep: 0, recovery: [] };
  expect(factor.check('ada', totp, code)).toEqual({ kind: 'totp', step });
  const other = new SecondFactor(new Sealer(Sealer.newKey()), () => now);
  expect(other.check('ada', totp, code)).toMatchObject({ code: 'auth.secret_unreadable' });
});

test('codes to recover with are taken as people type them, even where the secret cannot be read', () => {
  const factor = new SecondFactor(new Sealer(Sealer.newKey()), () => 0);
  const { codes, hashes } = newRecoveryCodes();
  expect(new Set(codes).size).toBe(10);
  const [code = ''] = codes;
  expect(code).toMatch(/^[a-z2-7]{4}(-[a-z2-7]{4}){3}$/);
  const totp: Totp = { secret: 'unreadable', usedStep: 0, recovery: hashes };
  expect(factor.check('ada', totp, code.toUpperCase().replaceAll('-', ' '))).toEqual({
    kind: 'recovery',
    hash: hashes[0],
  });
  expect(factor.check('ada', totp, 'aaaa-aaaa-aaaa-aaaa')).toBeUndefined();
});

function fromBase32(text: string): Buffer {
  const bits = [...text].map((char) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(char).toString(2).padStart(5, '0'));
  return Buffer.from((bits.join('').match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
