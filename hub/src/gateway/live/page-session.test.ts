import { LIMITS, LIVE_VIEWS, type LiveFrame } from '@agentcom/schemas';
import fc from 'fast-check';
import { beforeEach, expect, it } from 'vitest';
import type { Caller } from '../../access/authenticate.js';
import { type LimitSizes, Limits } from '../../access/limits.js';
import { defaultConfig } from '../../core/config/config.js';
import type { Closing } from '../../core/outputs.js';
import { ManualTime } from '../../notify/testing.js';
import { PageSession, type PageWire } from './page-session.js';

const CALLER = { credential: 'c', by: 'key:c', org: 'default', role: 'viewer', rateMultiplier: 1 } as Caller;

class TestWire implements PageWire {
  isBehind = false;
  isHeld = false;
  pings = 0;
  isTerminated = false;
  readonly sent: LiveFrame[] = [];
  readonly closings: Closing[] = [];

  send(text: string): void {
    this.sent.push(JSON.parse(text) as LiveFrame);
  }

  close(closing: Closing): void {
    this.closings.push(closing);
  }

  terminate(): void {
    this.isTerminated = true;
  }

  ping(): void {
    this.pings++;
  }

  hold(isHeld: boolean): void {
    this.isHeld = isHeld;
  }
}

let time: ManualTime;
let sizes: LimitSizes;
let wire: TestWire;
let open: Set<string>;
let page: PageSession;

beforeEach(() => begin());

function begin(): void {
  time = new ManualTime();
  sizes = defaultConfig.values.limits;
  wire = new TestWire();
  open = new Set();
  let made = 0;
  page = new PageSession(CALLER, wire, {
    live: {
      tellHub: () => undefined,
      subscribe: (_page, _caller, id) => {
        const name = `${id}/${made++}`;
        open.add(name);
        return () => void open.delete(name);
      },
    },
    limits: new Limits(() => sizes),
    scheduler: time,
    now: () => time.now(),
    onForbidden: () => undefined,
  });
}

function say(frame: unknown): void {
  page.frame(Buffer.from(typeof frame === 'string' ? frame : JSON.stringify(frame)));
}

const anyFrame = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('subscribe'),
      id: fc.nat(60),
      view: fc.record({ kind: fc.constantFrom(...LIVE_VIEWS) }),
    }),
  },
  fc.string(),
  fc.jsonValue(),
  fc.record(
    {
      type: fc.constantFrom('subscribe', 'unsubscribe', 'delta'),
      id: fc.oneof(fc.nat(40), fc.jsonValue()),
      view: fc.oneof(
        fc.record(
          { kind: fc.constantFrom(...LIVE_VIEWS), q: fc.string(), sort: fc.string(), limit: fc.integer() },
          { requiredKeys: ['kind'] },
        ),
        fc.jsonValue(),
      ),
      from: fc.jsonValue(),
    },
    { requiredKeys: ['type'] },
  ),
);

it('answers whatever it is told, and holds no more subscriptions than a page may have', () => {
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 120, size: 'max' }), (frames) => {
      begin();
      const many = { perMinute: 1e6, burst: 1e6 };
      sizes = { ...sizes, violations: many, reads: many };
      for (const frame of frames) say(frame);
      expect(open.size).toBeLessThanOrEqual(LIMITS.liveSubscriptions);
      for (const answer of wire.sent) expect(answer.type).toBe('error');
      page.closed();
      expect(open.size).toBe(0);
    }),
  );
});

it('has one subscription of each number', () => {
  say({ type: 'subscribe', id: 1, view: { kind: 'tasks' } });
  say({ type: 'subscribe', id: 1, view: { kind: 'agents' } });
  say({ type: 'subscribe', id: 2, view: { kind: 'agents' } });
  expect([...open]).toEqual(['1/1', '2/2']);
  say({ type: 'unsubscribe', id: 1 });
  say({ type: 'unsubscribe', id: 9 });
  expect([...open]).toEqual(['2/2']);
});

it('is not read for a while when it sends more than its limit, and then is again', async () => {
  sizes = { ...sizes, frames: { perMinute: 60, burst: 2 } };
  for (let n = 0; n < 4; n++) say({ type: 'unsubscribe', id: 1 });
  expect(wire.isHeld).toBe(true);
  await time.pass(5_000);
  expect(wire.isHeld).toBe(false);
});

it('is let go when it does not answer a ping', async () => {
  await time.pass(20_000);
  expect(wire.pings).toBe(1);
  page.heard();
  await time.pass(20_000);
  expect([wire.pings, wire.isTerminated]).toEqual([2, false]);
  await time.pass(10_000);
  expect(wire.isTerminated).toBe(true);
  page.closed();
});

it('says nothing and takes nothing after its end', async () => {
  say({ type: 'subscribe', id: 1, view: { kind: 'tasks' } });
  page.close({ code: 1012, reason: 'over' });
  say('nonsense');
  await time.pass(60_000);
  expect([open.size, wire.sent, wire.pings]).toEqual([0, [], 0]);
  expect(wire.closings).toEqual([{ code: 1012, reason: 'over' }]);
});
