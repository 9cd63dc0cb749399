import { describe, expect, test } from 'vitest';
import type { Leader } from '../core/leadership/leader.js';
import type { LeadershipPhase } from './ports.js';
import { behind, notLeading } from './refusals.js';

describe('a hub that does not lead', () => {
  const leader: Leader = { hub: 'other', epoch: 2, url: 'http://other:7700', version: '1.0.0' };
  const refusal = (phase: LeadershipPhase, known?: Leader) => {
    const { code, message } = notLeading({ phase, state: { leader: known } });
    return `${code}: ${message}`;
  };

  test('says that it is stopping, also while it still leads', () => {
    expect(refusal('stopped')).toBe('hub.draining: the hub is shutting down; retry when it is back');
    expect(refusal('leading')).toBe(refusal('stopped'));
  });

  test('says that it reads its journal', () => {
    expect(refusal('recovering')).toMatch(/^hub\.recovering: the hub is reading its journal/);
    expect(refusal('taking')).toBe(refusal('recovering'));
  });

  test('names the leader when it knows it', () => {
    expect(refusal('following', leader)).toBe('hub.not_leader: not the leader (leader: http://other:7700)');
    expect(refusal('following')).toBe('hub.not_leader: not the leader');
  });
});

test('a hub that has not read far enough says how far it has, and how far it should', () => {
  expect(behind(57, 41)).toMatchObject({ code: 'hub.behind', message: expect.stringMatching(/\b41\b.*\b57\b/) });
});
