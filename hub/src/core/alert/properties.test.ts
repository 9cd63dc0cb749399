// What holds of alerts whatever is found, asked and restarted, in whatever order.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HOUR, MINUTE, ORG, SECOND } from '../fixture.js';
import { rankOf } from './alert.js';
import { AlertBench, agentSubject } from './fixture.js';
import type { Matchers } from './silence.js';

/** `AgentsLost` mutes the next two; all of them flap within their `keepFiringFor`, or not. */
const RULES = ['AgentsLost', 'TaskStuck', 'AgentOffline', 'QueueGrowing'] as const;
const CONFIG = {
  AgentsLost: { forSeconds: 20, keepFiringForSeconds: 30 },
  TaskStuck: { forSeconds: 0, keepFiringForSeconds: 0 },
  AgentOffline: { forSeconds: 40, keepFiringForSeconds: 60 },
  QueueGrowing: { forSeconds: 0, keepFiringForSeconds: 120 },
};
const SEVERITIES = ['info', 'warn', 'page'] as const;
const who = { org: ORG, ofHub: true, by: 'owner' };

const MATCHERS: readonly Matchers[] = [
  { rule: 'QueueGrowing' },
  { severity: 'page' },
  { subject: { kind: 'agent', id: 'a1' } },
];

type Found = { readonly rule: string; readonly severity: number; readonly subjects: number };
type Move =
  | { readonly kind: 'evaluate'; readonly found: readonly Found[] }
  | { readonly kind: 'acknowledge' | 'noise' | 'silence' | 'unsilence' | 'restart'; readonly pick: number }
  | { readonly kind: 'pass'; readonly ms: number };

const found = fc.record({
  rule: fc.constantFrom(...RULES),
  severity: fc.nat(2),
  subjects: fc.integer({ min: 1, max: 4 }),
});
const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('evaluate' as const), found: fc.array(found, { maxLength: 4 }) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      ms: fc.constantFrom(5 * SECOND, 15 * SECOND, 40 * SECOND, 2 * MINUTE, 6 * MINUTE, 5 * HOUR),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('acknowledge' as const, 'noise' as const, 'silence' as const, 'unsilence' as const),
      pick: fc.nat(20),
    }),
  },
);
const scripts = fc.array(move, { minLength: 5, maxLength: 60, size: 'max' });

function play(bench: AlertBench, step: Move): void {
  const { alerts } = bench.bench.state;
  switch (step.kind) {
    case 'evaluate': {
      const unique = new Map(step.found.map((one) => [one.rule, one]));
      bench.find(
        ...[...unique.values()].map(({ rule, severity, subjects }) => ({
          rule,
          severity: SEVERITIES[severity] ?? 'warn',
          subjects: Array.from({ length: subjects }, (_, i) => agentSubject(`a${i + severity}`)),
        })),
      );
      return;
    }
    case 'pass':
      // In steps, as a hub lives them.
      for (let i = 0; i < 60; i++) bench.bench.pass(step.ms / 60);
      return;
    case 'silence': {
      const matchers = MATCHERS[step.pick % MATCHERS.length] ?? {};
      const untilResolved = step.pick % 2 === 0;
      bench.bench.decide({ type: 'silence.create', ...who, matchers, reason: 'r', ttlMs: HOUR, untilResolved });
      return;
    }
    case 'unsilence': {
      const [id = ''] = [...alerts.silences.keys()].slice(step.pick % Math.max(1, alerts.silences.size));
      bench.bench.decide({ type: 'silence.remove', ...who, silence: id });
      return;
    }
    case 'acknowledge':
    case 'noise': {
      const ids = [...alerts.open.values()].map(({ id }) => id);
      const alert = ids[step.pick % Math.max(1, ids.length)] ?? '';
      if (step.kind === 'noise')
        bench.bench.decide({ type: 'alert.mark_noise', ...who, alert, reason: 'poor_details' });
      else bench.bench.decide({ type: 'alert.acknowledge', ...who, alert });
    }
  }
}

/** Another hub goes on from the journal: from a snapshot of it, and with an epoch of its own. */
function changeLeader(bench: AlertBench): void {
  bench.bench.restart();
  const epoch = bench.bench.state.epoch + 1;
  bench.bench.take({ type: 'leader.elect', hub: `hub-${epoch}`, epoch, url: 'http://hub', version: '1' });
}

/** What happened to alerts, whatever came first in the same instant. */
function ofAlerts(bench: AlertBench): string[] {
  const events = bench.bench.log.filter(({ event }) => /^(alert|silence)\./.test(event.type));
  return events.map(({ event, at }) => JSON.stringify([at, { ...event, notification: undefined }])).sort();
}

test('people are told of a change of state once, and never of what is muted, silenced or acknowledged', () => {
  fc.assert(
    fc.property(scripts, (script) => {
      const bench = new AlertBench({ rules: CONFIG });
      let seen = 0;
      const told = new Map<string, { readonly reason: string; readonly at: number; readonly rank: number }[]>();
      for (const step of script) {
        play(bench, step);
        const news = bench.bench.log.slice(seen);
        seen = bench.bench.log.length;
        for (const { event, at } of news) {
          if (event.type !== 'alert.told') continue;
          const alert = bench.alert(event.alert);
          const before = told.get(event.alert) ?? [];
          told.set(event.alert, [...before, { reason: event.reason, at, rank: rankOf(alert.told?.severity) }]);
          const last = before.at(-1);
          switch (event.reason) {
            case 'fired':
              expect(before).toEqual([]);
              break;
            case 'resolved':
              expect(last).toBeDefined();
              expect(last?.reason).not.toBe('resolved');
              break;
            case 'worse':
              expect(rankOf(alert.told?.severity)).toBeGreaterThan(last?.rank ?? 9);
              break;
            case 'escalated':
              expect(alert.told?.severity).toBe('page');
              expect(alert.told?.escalation).toBeLessThanOrEqual(2);
              break;
            default:
              expect(at - (last?.at ?? 0)).toBeGreaterThanOrEqual(5 * MINUTE);
          }
        }
        // Only what passes without another decision: the alert is still as it was told.
        if (step.kind !== 'pass') continue;
        for (const { event } of news) {
          if (event.type !== 'alert.told') continue;
          const { mutedBy, acknowledged, state } = bench.alert(event.alert);
          expect([state, mutedBy]).toEqual(['firing', undefined]);
          if (event.reason !== 'worse') expect(acknowledged).toBeUndefined();
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('a new leader repeats nothing and starts nothing again', () => {
  fc.assert(
    fc.property(scripts, fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }), (script, changes) => {
      const steady = new AlertBench({ rules: CONFIG });
      const changing = new AlertBench({ rules: CONFIG });
      script.forEach((step, i) => {
        play(steady, step);
        play(changing, step);
        if (changes[i] === true) changeLeader(changing);
      });
      expect(ofAlerts(changing)).toEqual(ofAlerts(steady));
    }),
    { numRuns: 150 },
  );
});

test('what flaps within the time that its rule keeps firing is one alert, told once', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 10, maxLength: 200 }), (input) => {
      const bench = new AlertBench({ rules: { TaskStuck: { forSeconds: 0, keepFiringForSeconds: 120 } } });
      bench.find({ rule: 'TaskStuck' });
      let off = 0;
      for (const isFound of input) {
        for (let i = 0; i < 3; i++) bench.bench.pass(5 * SECOND);
        // Never gone for two minutes in a row.
        off = isFound || off === 7 ? 0 : off + 1;
        bench.find(...(off === 0 ? [{ rule: 'TaskStuck' }] : []));
      }
      expect(bench.bench.state.alerts.byId.size).toBe(1);
      expect(bench.told().map(({ reason }) => reason)).toEqual(['fired']);
    }),
    { numRuns: 100 },
  );
});

test('what flaps faster than it must last never fires', () => {
  const bench = new AlertBench({ rules: { AgentOffline: { forSeconds: 60 } } });
  for (let i = 0; i < 200; i++) {
    bench.bench.pass(15 * SECOND);
    bench.find(...(i % 4 === 3 ? [] : [{ rule: 'AgentOffline' }]));
  }
  expect(bench.bench.log.some(({ event }) => event.type === 'alert.firing')).toBe(false);
});
