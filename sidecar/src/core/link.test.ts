import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LINK_BEGIN, type LinkEvent, type LinkState, linkStep, RECONNECT, STAY_AWAY_MS } from './link.js';

const HEARTBEAT_MS = 15_000;
const broke: LinkEvent = { type: 'closed', code: 1006, reason: '' };

function closed(code: number, more: { stayAwayMs?: number } = {}): LinkEvent {
  return { type: 'closed', code, reason: 'why', ...more };
}

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
    ['replaced', closed(4001), STAY_AWAY_MS],
    ['too many violations', closed(4008, { stayAwayMs: 90_000 }), 90_000],
    ['too many violations, without a time', closed(4008), STAY_AWAY_MS],
  ])('%s: it stays away for that long', (_name, event, ms) => {
    const { state } = drive(online, [event, 1_000]);
    expect(state).toMatchObject({ phase: 'waiting', dueAt: 1_000 + ms });
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
      { type: 'unwelcome', code: 'hub.busy', retryable: true, retryAfterMs: 7_000 },
      0,
    ]);
    expect(actions).toContain('drop');
    expect(state.dueAt).toBe(7_000);
  });

  it('no welcome ever: it says so and leaves the rest to how the hub closes', () => {
    const { state } = drive(greeting, [{ type: 'unwelcome', code: 'auth.forbidden', retryable: false }, 0]);
    expect(drive(state, [closed(4003), 1]).state.phase).toBe('stopped');
  });

  it.each([401, 403])('HTTP %i: it stays away a while, since a hub may learn of the key late', (status) => {
    expect(drive(started, [{ type: 'turned_away', status }, 0]).state.dueAt).toBe(STAY_AWAY_MS);
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

describe('in every phase', () => {
  const misfits: Record<keyof typeof phases, LinkEvent['type'][]> = {
    waiting: ['opened', 'welcomed', 'unwelcome', 'turned_away', 'foreign', 'heard', 'closed', 'dismissed', 'start'],
    connecting: ['welcomed', 'start'],
    greeting: ['opened', 'start'],
    online: ['opened', 'welcomed', 'start'],
  };
  const samples: LinkEvent[] = [
    { type: 'start' },
    { type: 'opened' },
    { type: 'welcomed', heartbeatMs: 1 },
    { type: 'unwelcome', code: 'hub.busy', retryable: true },
    { type: 'turned_away', status: 500 },
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
