// An agent that is kept out for what it sent: longer each time, and its work waits for it.

import { CLOSE_CODES } from '@agentcom/schemas';
import { describe, expect, test } from 'vitest';
import { Bench, fromSnapshot, HOUR, MINUTE, ORG } from '../fixture.js';
import { bannedForMs, nextBan } from './ban.js';

const ban = { type: 'agent.ban' as const, org: ORG, agent: 'a', connection: 'c' };

describe('a ban', () => {
  test('lasts a minute at first, and twice as long each time, up to an hour', () => {
    let before = nextBan(undefined, 0);
    const lengths = [before.until];
    for (let i = 0; i < 8; i++) {
      const now = before.until;
      before = nextBan(before, now);
      lengths.push(before.until - now);
    }
    expect(lengths.map((ms) => ms / MINUTE)).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
  });

  test('is forgotten after a quiet day', () => {
    const first = nextBan(undefined, 0);
    expect(nextBan(first, first.until + 24 * HOUR - 1).times).toBe(2);
    expect(nextBan(first, first.until + 24 * HOUR)).toEqual({ times: 1, until: first.until + 24 * HOUR + MINUTE });
  });

  test('closes the socket with how long to stay away, and refuses a hello until then', () => {
    const bench = new Bench();
    bench.join('a');
    const { outputs } = bench.take(ban);
    expect(outputs).toMatchObject([
      {
        kind: 'close',
        connection: 'c',
        closing: { code: CLOSE_CODES.tooManyViolations, error: { code: 'rate.limited', retryAfterMs: MINUTE } },
      },
    ]);
    bench.gone('a');
    expect(bench.refusal(bench.helloOf('a'))).toBe('rate.limited');
    bench.wait(MINUTE);
    expect(bench.refusal(bench.helloOf('a'))).toBeUndefined();
  });

  test('said twice is one', () => {
    const bench = new Bench();
    bench.join('a');
    bench.take(ban);
    bench.wait(10_000);
    const again = bench.take(ban);
    expect(again.events).toEqual([]);
    expect(again.outputs).toMatchObject([{ closing: { error: { retryAfterMs: MINUTE - 10_000 } } }]);
  });

  test('is in the snapshot', () => {
    const bench = new Bench();
    bench.join('a');
    bench.take(ban);
    expect(bannedForMs(fromSnapshot(bench.state).agents.get(`${ORG}/a`), bench.now)).toBe(MINUTE);
  });

  test('gives the work under way the time of the ban on top of its grace', () => {
    const bench = new Bench();
    bench.join('a');
    const task = bench.submit();
    bench.accept(task);
    for (let i = 0; i < 3; i++) {
      bench.take(ban);
      bench.wait(i === 2 ? 0 : 4 * MINUTE);
    }
    bench.gone('a');
    bench.pass(4 * MINUTE);
    expect(bench.task(task).state).toBe('working');
    bench.pass(3 * MINUTE);
    expect(bench.task(task).state).not.toBe('working');
  });
});
