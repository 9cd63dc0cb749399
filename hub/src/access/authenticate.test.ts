import { describe, expect, it } from 'vitest';
import { apply } from '../core/apply.js';
import { emptyState } from '../core/state.js';
import { authenticate, hashKey } from './authenticate.js';

const KEY = `ac_${'a'.repeat(43)}`;

function stateWith(expiresAt?: number) {
  const state = emptyState();
  const fields = { key: 'k1', org: 'default', role: 'submitter' as const, name: 'ci', hash: hashKey(KEY) };
  apply(state, { type: 'key.created', ...fields, ...(expiresAt !== undefined && { expiresAt }) }, 1_000);
  return state;
}

describe('authentication', () => {
  it('knows a key by its hash', () => {
    const caller = authenticate(stateWith(), `Bearer ${KEY}`, 2_000);
    expect(caller).toEqual({
      key: 'k1',
      name: 'ci',
      org: 'default',
      role: 'submitter',
      agent: undefined,
      expiresAt: undefined,
    });
  });

  it('refuses what is missing, malformed, unknown, expired or revoked', () => {
    expect(authenticate(stateWith(), undefined, 2_000)).toMatchObject({ code: 'auth.missing' });
    for (const header of [KEY, `Basic ${KEY}`, 'Bearer ac_short', `Bearer ac_${'b'.repeat(43)}`]) {
      expect(authenticate(stateWith(), header, 2_000)).toMatchObject({ code: 'auth.invalid' });
    }
    expect(authenticate(stateWith(2_000), `Bearer ${KEY}`, 2_000)).toMatchObject({ code: 'auth.invalid' });
    const revoked = stateWith();
    apply(revoked, { type: 'key.revoked', key: 'k1' }, 1_500);
    expect(authenticate(revoked, `Bearer ${KEY}`, 2_000)).toMatchObject({ code: 'auth.invalid' });
  });

  it('says nothing of the key it refuses', () => {
    expect(JSON.stringify(authenticate(stateWith(), `Bearer ac_${'b'.repeat(43)}`, 2_000))).not.toContain('bbb');
  });
});
