// The promises notice defects: each of these is put in at the edge of the real parts, and must be seen within some seeds.

import { describe, expect, test } from 'vitest';
import {
  ACK_BEFORE_STORE,
  BEGINS_AGAIN,
  BILLS_SESSIONS,
  DEAF,
  DROPS_NOTIFICATIONS,
  FORGETFUL_OUTBOX,
  FORGETS_BOUNDS,
  FORGETS_HALTS,
  FORGETS_LIMITS,
  FORGETS_NOTIFICATIONS,
  LEAVES_REQUESTS,
  LOSES_USE,
  type Mutation,
  OVERLOOKS_WHAT_IS_LEFT,
  RESERVES_NOTHING,
  TELLS_AGAIN,
  WAKES_TWICE,
  WITHOUT_CONNECTIONS,
  WITHOUT_FENCE,
} from './mutation.js';
import { failureLines } from './report.js';
import { type Outcome, run } from './simulation.js';

const SEEDS = 150;

/** The first run in which one of `promises` breaks. */
async function firstCaught(mutation: Mutation, promises: readonly string[]): Promise<Outcome | undefined> {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const outcome = await run(seed, { mutation });
    if (outcome.broken !== null && promises.includes(outcome.broken.promise)) return outcome;
  }
  return undefined;
}

describe('a defect is caught', () => {
  test('a hub that does not look at generations lets a report of an old one change the task', async () => {
    expect((await firstCaught(WITHOUT_FENCE, ['3']))?.broken?.message).toMatch(/by report .* while the live one is/);
  });

  test('a hub that does not look at connections lets a replaced one report', async () => {
    expect((await firstCaught(WITHOUT_CONNECTIONS, ['one instance']))?.broken?.message).toMatch(/did not say it/);
  });

  test('a hub that answers before the journal has stored confirms what is not there', async () => {
    expect((await firstCaught(ACK_BEFORE_STORE, ['5']))?.broken?.message).toMatch(/confirmed, and not in the journal/);
  });

  test('a hub that forgets what an invitation binds to offers an agent what it must not have', async () => {
    expect((await firstCaught(FORGETS_BOUNDS, ['bounds']))?.broken?.message).toMatch(/is bound to/);
  });

  test('a sidecar that does not wait for the answer forgets what nobody has', async () => {
    expect((await firstCaught(FORGETFUL_OUTBOX, ['5', 'work']))?.broken?.message).toMatch(/forgot|throws away/);
  });
});

describe('a defect around notifications is caught', () => {
  test('an outbox that loses what it has confirmed', async () => {
    expect((await firstCaught(FORGETS_NOTIFICATIONS, ['told']))?.broken?.message).toMatch(/outbox does not have it/);
  });

  test('a hub that forgets what was raised while it handed over the rest', async () => {
    expect((await firstCaught(DROPS_NOTIFICATIONS, ['told']))?.broken?.message).toMatch(/outbox does not have it/);
  });
});

describe('a defect around the turns of an agent is caught', () => {
  test('a sidecar that confirms an answer which it has not kept', async () => {
    expect((await firstCaught(DEAF, ['answers']))?.broken?.message).toMatch(/confirmed, and no sidecar has kept it/);
  });

  test('a runner that wakes an agent twice for one turn', async () => {
    expect((await firstCaught(WAKES_TWICE, ['runs once']))?.broken?.message).toMatch(/began before/);
  });

  test('a sidecar that leaves the request of an attempt open which was given up', async () => {
    expect((await firstCaught(LEAVES_REQUESTS, ['request']))?.broken?.message).toMatch(/is open, and the task is/);
  });

  test('a hub that overlooks what a stopped attempt has left', async () => {
    expect((await firstCaught(OVERLOOKS_WHAT_IS_LEFT, ['left']))?.broken?.message).toMatch(/does not name it/);
  });

  test('a runner that bills a resumed session anew', async () => {
    expect((await firstCaught(BILLS_SESSIONS, ['usage']))?.broken?.message).toMatch(
      /is billed \d+ tokens and has used/,
    );
  });
});

describe('a defect around halts is caught', () => {
  test('a hub that offers what a halt holds back', async () => {
    expect((await firstCaught(FORGETS_HALTS, ['halt']))?.broken?.message).toMatch(/goes to .* under halt/);
  });
});

describe('a defect around spend limits is caught', () => {
  test('a hub that offers what a limit holds back', async () => {
    expect((await firstCaught(FORGETS_LIMITS, ['limit']))?.broken?.message).toMatch(/under limit/);
  });

  test('a hub that lets too many begin together', async () => {
    expect((await firstCaught(RESERVES_NOTHING, ['limit']))?.broken?.message).toMatch(/reserves \d+ beside/);
  });

  test('a hub that does not count what is used lets work go on past the limit', async () => {
    expect((await firstCaught(LOSES_USE, ['limit']))?.broken?.message).toMatch(
      /(?:goes to|works on|reserves) .* under limit/,
    );
  });
});

describe('a defect of alerts is caught', () => {
  test('a hub that forgets what it has told tells it again', async () => {
    expect((await firstCaught(TELLS_AGAIN, ['alerts']))?.broken?.message).toMatch(/is told as fired after/);
  });

  test('a new leader that finds nothing at first ends what is so all the time', async () => {
    expect((await firstCaught(BEGINS_AGAIN, ['alerts']))?.broken?.message).toMatch(/is so all the time/);
  });
});

describe('a run', () => {
  test('is the same again for the same seed', async () => {
    const lines: string[][] = [[], []];
    for (const kept of lines) await run(7, { print: (line) => kept.push(line) });
    expect(lines[0]?.length).toBeGreaterThan(100);
    expect(lines[1]).toEqual(lines[0]);
  });

  test('that breaks a promise says how to see it again, which promise, and what happened last', async () => {
    const outcome = await firstCaught(FORGETFUL_OUTBOX, ['5', 'work']);
    const lines = outcome === undefined ? [] : failureLines(outcome);
    expect(lines[0]).toBe(`FAILED npm run simulate -- --seeds ${outcome?.seed}..${outcome?.seed}`);
    expect(lines[1]).toMatch(/promise (5|work): /);
    expect(lines.length).toBeGreaterThan(10);
  });
});
