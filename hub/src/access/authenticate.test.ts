import { describe, expect, it } from 'vitest';
import { apply } from '../core/apply.js';
import type { Refusal } from '../core/refusal.js';
import { emptyState, type State } from '../core/state.js';
import { authenticate, type Caller } from './authenticate.js';
import { hashSecret } from './secrets.js';

const KEY = `ac_${'a'.repeat(43)}`;

function stateWith(expiresAt?: number) {
  const state = emptyState();
  const fields = { key: 'k1', org: 'default', role: 'submitter' as const, name: 'ci', hash: hashSecret(KEY) };
  apply(state, { type: 'key.created', ...fields, ...(expiresAt !== undefined && { expiresAt }) }, 1_000);
  return state;
}

function bearer(state: State, authorization: string): Caller | Refusal {
  return authenticate(state, { authorization }, 2_000);
}

describe('authentication', () => {
  it('knows a key by its hash', () => {
    const caller = bearer(stateWith(), `Bearer ${KEY}`);
    expect(caller).toEqual({
      credential: 'k1',
      by: 'key:k1',
      name: 'ci',
      org: 'default',
      role: 'submitter',
      agent: undefined,
      expiresAt: undefined,
      makesUntil: undefined,
      person: undefined,
      session: undefined,
      scopes: undefined,
      repositories: undefined,
      rateMultiplier: 1,
    });
  });

  it('refuses what is missing, malformed, unknown, expired or revoked', () => {
    expect(authenticate(stateWith(), {}, 2_000)).toMatchObject({ code: 'auth.missing' });
    for (const header of [KEY, `Basic ${KEY}`, 'Bearer ac_short', `Bearer ac_${'b'.repeat(43)}`]) {
      expect(bearer(stateWith(), header)).toMatchObject({ code: 'auth.invalid' });
    }
    expect(bearer(stateWith(2_000), `Bearer ${KEY}`)).toMatchObject({ code: 'auth.invalid' });
    const revoked = stateWith();
    apply(revoked, { type: 'key.revoked', org: 'default', key: 'k1', by: 'key:k0' }, 1_500);
    expect(bearer(revoked, `Bearer ${KEY}`)).toMatchObject({ code: 'auth.invalid' });
  });

  it('says nothing of the key it refuses', () => {
    expect(JSON.stringify(bearer(stateWith(), `Bearer ac_${'b'.repeat(43)}`))).not.toContain('bbb');
  });
});
