import { expect, test } from 'vitest';
import { Bench, SECOND } from '../fixture.js';
import type { Alert } from './alert.js';
import { directConditionsOf } from './conditions.js';
import { directlyFound, stepDirect } from './direct.js';
import { type HubFigures, NO_FIGURES } from './figures.js';

/** A hub in memory that looks every second. */
function watcher() {
  const bench = new Bench();
  let open: ReadonlyMap<string, Alert> = new Map();
  const told: string[] = [];
  let ids = 0;
  let texts: readonly { readonly next?: string; readonly links: readonly { readonly path: string }[] }[] = [];
  const look = (figures: Partial<HubFigures>): void => {
    const found = directConditionsOf({ ...NO_FIGURES, ...figures }, bench.state, bench.state.config.values, bench.now);
    const step = stepDirect(open, found, bench.state, bench.now, () => `id-${++ids}`);
    open = step.open;
    told.push(...step.tell.map(({ rule, state }) => `${rule} ${state}`));
    texts = [...texts, ...step.tell];
  };
  const pass = (seconds: number, figures: Partial<HubFigures>): void => {
    for (let i = 0; i < seconds; i++) {
      bench.wait(SECOND);
      look(figures);
    }
  };
  return { bench, told, look, pass, open: () => open, texts: () => texts };
}

test('a journal that is not writable is told once, and once when it is over', () => {
  const { bench, told, pass, open, texts } = watcher();
  const unacknowledgedSince = bench.now;
  pass(9, { unacknowledgedSince });
  expect(told).toEqual([]);
  pass(1, { unacknowledgedSince });
  expect(told).toEqual(['JournalUnwritable open']);
  expect(texts()[0]?.next).toContain('`agentcom explain JournalUnwritable`');
  expect(texts()[0]?.links).toEqual([{ name: 'Alerts', path: '/alerts' }]);
  pass(600, { unacknowledgedSince });
  expect(told).toHaveLength(1);
  const since = unacknowledgedSince + 10 * SECOND;
  const found = { rule: 'JournalUnwritable', org: undefined, severity: 'page' };
  expect(directlyFound(open())).toMatchObject([{ ...found, direct: { since } }]);
  pass(1, {});
  expect(directlyFound(open())).toMatchObject([{ ...found, direct: { since, easing: { since: bench.now } } }]);
  pass(60, {});
  expect(told).toEqual(['JournalUnwritable open', 'JournalUnwritable closed']);
  expect(open().size).toBe(0);
});

test('one that comes and goes is told once', () => {
  const { bench, told, pass } = watcher();
  for (let i = 0; i < 20; i++) {
    pass(12, { unacknowledgedSince: bench.now });
    pass(20, {});
  }
  expect(told).toEqual(['JournalUnwritable open']);
});

test('what another explains is not told, and does not become news while it passes', () => {
  const { bench, told, pass } = watcher();
  const since = bench.now;
  pass(90, { unacknowledgedSince: since, leaderlessSince: since, evaluatedAt: since });
  pass(5, { leaderlessSince: since, evaluatedAt: since });
  pass(200, {});
  expect(told).toEqual(['JournalUnwritable open', 'JournalUnwritable closed']);
});

test.each([
  ['NoLeader', 'leaderlessSince', 20],
  ['AlertingBlind', 'evaluatedAt', 60],
] as const)('%s is told after its time', (rule, figure, seconds) => {
  const { bench, told, pass } = watcher();
  const since = bench.now;
  pass(seconds - 1, { [figure]: since });
  expect(told).toEqual([]);
  pass(1, { [figure]: since });
  expect(told).toEqual([`${rule} open`]);
});

test('a journal that is refused is told at once', () => {
  const { told, look } = watcher();
  look({ journalRefused: 'batch 7 is damaged' });
  expect(told).toEqual(['JournalRefused open']);
});

test('a rule that is off, and a silence, hold', () => {
  const { bench, told, pass } = watcher();
  const rules = { JournalUnwritable: { enabled: false } };
  bench.take({ type: 'config.patch', patch: { alerts: { rules } } as never, by: 'owner' });
  pass(30, { unacknowledgedSince: 0 });
  bench.take({
    type: 'silence.create',
    org: 'default',
    ofHub: true,
    by: 'key:k',
    matchers: { rule: 'NoLeader' },
    reason: 'moving',
    ttlMs: 3_600_000,
    untilResolved: false,
  } as never);
  pass(30, { leaderlessSince: 0 });
  expect(told).toEqual([]);
});
