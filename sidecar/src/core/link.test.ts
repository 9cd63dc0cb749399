import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LINK_BEGIN, type LinkEvent, type LinkState, linkStep, RECONNECT, STAY_AWAY_MS } from './link.js';

const HEARTBEAT_MS = 15_000;
const broke: LinkEvent = { type: 'closed', code: 1006, reason: '' };

function closed(code: number): LinkEvent {
  return { type: 'closed', code, reason: 'why; stay away for 7 s' };
}

const asked: LinkEvent = { type: 'refused', retryAfterMs: 90_000 };

/** Feeds events, each at its time, with the middle of the random range. */
function drive(from: LinkState, ...events: readonly (readonly [LinkEvent, number])[]) {
  let state = from;
  let actions: readonly string[] = [];
  for (const [event, now] of events) {
    const next = linkStep(state, event, now, 0.5);
    state = next.state;
    actions = next.actions.map((action) => action.do);
  }
  return { state, actions };
}

const started = drive(LINK_BEGIN, [{ type: 'start' }, 0]).state;
const greeting = drive(started, [{ type: 'opened' }, 0]).state;
const online = drive(greeting, [{ type: 'welcomed', heartbeatMs: HEARTBEAT_MS }, 0]).state;
const phases = { waiting: drive(online, [broke, 0]).state, connecting: started, greeting, online };

describe('the way to a link', () => {
  it('connects at once, says hello when open, and is online when welcome', () => {
    expect(drive(LINK_BEGIN, [{ type: 'start' }, 0]).actions).toEqual(['connect']);
    expect(drive(started, [{ type: 'opened' }, 5]).actions).toEqual(['hello']);
    expect(online.phase).toBe('online');
  });

  it('gives up on a hub that does not open, or does not welcome, and drops the socket', () => {
    for (const state of [started, greeting]) {
      const { state: next, actions } = drive(state, [{ type: 'due' }, state.dueAt]);
      expect(next.phase).toBe('waiting');
      expect(actions).toContain('drop');
    }
  });

  it('waits between tries: at random, up to a limit that doubles to 10 s', () => {
    fc.assert(
      fc.property(fc.nat(30), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (failures, random) => {
        let state = started;
        for (let n = 0; n < failures; n += 1) {
          state = linkStep(state, broke, 0, 0).state;
          state = linkStep(state, { type: 'due' }, 0, 0).state;
        }
        const waiting = linkStep(state, broke, 1_000, random).state;
        const limitMs = Math.min(RECONNECT.capMs, RECONNECT.baseMs * 2 ** failures);
        expect(waiting.dueAt - 1_000).toBeCloseTo(random * limitMs);
      }),
    );
  });

  it('begins anew with short waits only after a link that held', () => {
    const third = { ...online, tries: 3 };
    expect(drive(third, [broke, 9_000]).state.tries).toBe(4);
    expect(drive(third, [broke, 11_000]).state.tries).toBe(1);
  });
});

describe('an open link', () => {
  it('says its heartbeat as often as the welcome asks', () => {
    expect(online.dueAt).toBe(HEARTBEAT_MS);
    const { state, actions } = drive(online, [{ type: 'heard' }, 10_000], [{ type: 'due' }, HEARTBEAT_MS]);
    expect(actions).toEqual(['heartbeat']);
    expect(state.dueAt).toBe(2 * HEARTBEAT_MS);
  });

  it('is given up when the hub gives no sign of life, but not while it does', () => {
    const heard = drive(online, [{ type: 'heard' }, 40_000], [{ type: 'due' }, 46_000]);
    expect(heard.state.phase).toBe('online');
    const silent = drive(online, [{ type: 'due' }, 46_000]);
    expect(silent.state.phase).toBe('waiting');
    expect(silent.actions).toContain('drop');
  });
});

describe('what the hub says when it closes', () => {
  it.each([
    ['replaced', 4001],
    ['too many violations', 4008],
  ])('%s: it stays away as long as the error before asked for, and a minute without one', (_name, code) => {
    const { state } = drive(online, [asked, 1_000], [closed(code), 1_000]);
    expect(state).toMatchObject({ phase: 'waiting', dueAt: 1_000 + 90_000 });
    expect(drive(online, [closed(code), 1_000]).state.dueAt).toBe(1_000 + STAY_AWAY_MS);
  });

  it('the last error before the close counts, and none of an earlier socket', () => {
    const again = drive(online, [asked, 0], [{ type: 'refused' }, 0], [closed(4008), 0]).state;
    expect(again.dueAt).toBe(STAY_AWAY_MS);
    const next = drive(online, [asked, 0], [broke, 0], [{ type: 'due' }, 500], [{ type: 'opened' }, 500]).state;
    expect(drive(next, [closed(4008), 1_000]).state.dueAt).toBe(1_000 + STAY_AWAY_MS);
  });

  it('an error that no close follows keeps nobody away', () => {
    const { state, actions } = drive(online, [asked, 1_000]);
    expect(actions).toEqual([]);
    expect(drive(state, [broke, 20_000]).state.dueAt - 20_000).toBeLessThanOrEqual(RECONNECT.baseMs);
  });

  it('not allowed: it stops for good, and says so', () => {
    const { state, actions } = drive(online, [closed(4003), 1_000]);
    expect(actions).toEqual(['say', 'end']);
    expect(drive(state, [{ type: 'start' }, 2_000], [{ type: 'due' }, 9e9]).actions).toEqual([]);
  });

  it('restarting: it comes again soon', () => {
    const { state } = drive(online, [closed(1012), 20_000]);
    expect(state.dueAt - 20_000).toBeLessThanOrEqual(RECONNECT.baseMs);
  });

  it('no welcome now: it drops the socket and comes again when the hub asks for', () => {
    const { state, actions } = drive(greeting, [
      { type: 'unwelcome', code: 'hub.busy', message: 'busy', retryable: true, retryAfterMs: 7_000 },
      0,
    ]);
    expect(actions).toContain('drop');
    expect(state.dueAt).toBe(7_000);
  });

  it('no welcome ever: it says so and leaves the rest to how the hub closes', () => {
    const { state } = drive(greeting, [
      { type: 'unwelcome', code: 'auth.forbidden', message: 'no', retryable: false },
      0,
    ]);
    expect(drive(state, [closed(4003), 1]).state.phase).toBe('stopped');
  });

  it('its key is in use on another machine: it stops for good', () => {
    const refused = { type: 'unwelcome', code: 'agent.other_machine', message: 'in use', retryable: false } as const;
    const { state, actions } = drive(greeting, [refused, 0]);
    expect(state.phase).toBe('stopped');
    expect(actions).toEqual(['drop', 'say', 'end']);
  });

  it('HTTP 401 by the hub itself, which does not know the key: it stops for good', () => {
    const away = { type: 'turned_away', status: 401, code: 'auth.invalid' } as const;
    expect(drive(started, [away, 0]).actions).toEqual(['say', 'end']);
  });

  it.each([401, 403])('HTTP %i for another reason: it stays away a while, and comes again', (status) => {
    expect(drive(started, [{ type: 'turned_away', status }, 0]).state.dueAt).toBe(STAY_AWAY_MS);
  });

  it('a quota of connections that is used up: it stays away a while, and comes again', () => {
    const away = { type: 'turned_away', status: 403, code: 'quota.exceeded' } as const;
    expect(drive(started, [away, 0]).state.dueAt).toBe(STAY_AWAY_MS);
    expect(linkStep(started, away, 0, 0.5).actions).toMatchObject([
      { do: 'say', level: 'error', message: expect.stringContaining('raise quotas.connections') },
    ]);
  });

  it('HTTP 503: it comes again when the hub asks for', () => {
    expect(drive(started, [{ type: 'turned_away', status: 503, retryAfterMs: 3_000 }, 0]).state.dueAt).toBe(3_000);
  });

  it('another version of the protocol: it stays away a while, since one of the two may be updated', () => {
    const { state, actions } = drive(started, [{ type: 'foreign' }, 0]);
    expect(state.dueAt).toBe(STAY_AWAY_MS);
    expect(actions).toEqual(['say']);
  });

  it('dismissal: it stops for good', () => {
    expect(drive(online, [{ type: 'dismissed', reason: 'removed' }, 0]).actions).toEqual(['drop', 'say', 'end']);
  });
});

describe('after the machine has slept', () => {
  it('the hub has 5 s to give a sign of life', () => {
    const { state, actions } = drive(online, [{ type: 'woke' }, 1_000]);
    expect(actions).toEqual(['ping']);
    expect(drive(state, [{ type: 'heard' }, 2_000], [{ type: 'due' }, 6_000]).state.phase).toBe('online');
    expect(drive(state, [{ type: 'due' }, 6_000]).actions).toContain('drop');
  });

  it('a wait is over, and an opening gets no longer than 5 s', () => {
    expect(drive(phases.waiting, [{ type: 'woke' }, 1]).actions).toEqual(['connect']);
    expect(drive(started, [{ type: 'woke' }, 1]).state.dueAt).toBe(5_001);
    expect(drive(started, [{ type: 'woke' }, 14_000]).state.dueAt).toBe(15_000);
  });

  it('a link that was never begun is not begun by it', () => {
    expect(drive(LINK_BEGIN, [{ type: 'woke' }, 1])).toEqual({ state: LINK_BEGIN, actions: [] });
  });
});

it('the same reason is said once, until there has been a link', () => {
  const page: LinkEvent = { type: 'intercepted', answer: 'a web page (HTTP 200)' };
  const levels: string[] = [];
  let state = started;
  const feed = (event: LinkEvent) => {
    const next = linkStep(state, event, 0, 0);
    state = next.state;
    for (const action of next.actions) if (action.do === 'say') levels.push(action.level);
  };
  for (const event of [page, { type: 'due' }, page, { type: 'due' }, broke, { type: 'due' }, page] as const)
    feed(event);
  expect(levels).toEqual(['warn', 'debug', 'info', 'warn']);
  for (const event of [{ type: 'due' }, { type: 'opened' }, { type: 'welcomed', heartbeatMs: 1 }] as const) feed(event);
  for (const event of [broke, { type: 'due' }, page] as const) feed(event);
  expect(levels.at(-1)).toBe('warn');
});

describe('in every phase', () => {
  const misfits: Record<keyof typeof phases, LinkEvent['type'][]> = {
    waiting: [
      'opened',
      'welcomed',
      'unwelcome',
      'refused',
      'turned_away',
      'intercepted',
      'foreign',
      'heard',
      'closed',
      'dismissed',
      'start',
    ],
    connecting: ['welcomed', 'start'],
    greeting: ['opened', 'start'],
    online: ['opened', 'welcomed', 'start'],
  };
  const samples: LinkEvent[] = [
    { type: 'start' },
    { type: 'opened' },
    { type: 'welcomed', heartbeatMs: 1 },
    { type: 'unwelcome', code: 'hub.busy', message: 'busy', retryable: true },
    asked,
    { type: 'turned_away', status: 500 },
    { type: 'intercepted', answer: '' },
    { type: 'foreign' },
    { type: 'heard' },
    broke,
    { type: 'dismissed', reason: '' },
  ];

  it.each(Object.entries(misfits))('%s: what does not fit changes nothing', (phase, types) => {
    const state = phases[phase as keyof typeof phases];
    for (const event of samples.filter(({ type }) => types.includes(type))) {
      expect(linkStep(state, event, 1, 0.5), event.type).toEqual({ state, actions: [] });
    }
  });

  it.each(Object.entries(phases))('%s: a stop ends it, with the socket if there is one', (phase, state) => {
    const { actions } = drive(state, [{ type: 'stop' }, 1]);
    expect(actions).toEqual(phase === 'waiting' ? ['end'] : ['drop', 'end']);
  });

  it.each(Object.entries(phases))('%s: being woken too early changes nothing', (_phase, state) => {
    expect(drive(state, [{ type: 'due' }, state.dueAt - 1])).toEqual({ state, actions: [] });
  });
});
