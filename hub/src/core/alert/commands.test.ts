// What people ask about alerts: acknowledgements, noise marks and silences, and what is kept of an alert that is over.

import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, ORG } from '../fixture.js';
import { RESOLVED_KEPT, RESOLVED_KEPT_MS } from './alerts.js';
import { AlertBench, agentSubject, taskSubject } from './fixture.js';
import { hoursFired, tested, timesFired } from './history.js';
import type { Matchers } from './silence.js';

const WARN = { rule: 'AgentFlapping' } as const;
const KEY = `${ORG}/AgentFlapping`;
const who = { org: ORG, ofHub: false, by: 'ada' };
const AT_ONCE = { rules: { AgentFlapping: { forSeconds: 0, keepFiringForSeconds: 0 } } };

function silenced(bench: AlertBench, id: string, matchers: Matchers, more: object = {}): boolean {
  const terms = { reason: 'r', ttlMs: HOUR, untilResolved: false };
  const { reply } = bench.bench.take({ type: 'silence.create', ...who, matchers, ...terms, ...more });
  const is = bench.alert(id).silenced === reply.silence;
  bench.bench.take({ type: 'silence.remove', ...who, ofHub: true, silence: reply.silence });
  expect(bench.alert(id).silenced).toBeUndefined();
  return is;
}

describe('a silence', () => {
  test('matches by rule, severity, subject and label, all of them together', () => {
    const bench = new AlertBench();
    const task = bench.bench.submit({ labels: { team: 'roof' } });
    const id = bench.firing({ ...WARN, subjects: [taskSubject(task)] });
    const label = { name: 'team', value: 'roof' };
    const subject = { kind: 'task', id: task } as const;
    expect(silenced(bench, id, { rule: WARN.rule })).toBe(true);
    expect(silenced(bench, id, { rule: 'TaskStuck' })).toBe(false);
    expect(silenced(bench, id, { severity: 'warn' })).toBe(true);
    expect(silenced(bench, id, { severity: 'page' })).toBe(false);
    expect(silenced(bench, id, { subject, label })).toBe(true);
    expect(silenced(bench, id, { subject: { kind: 'agent', id: task } })).toBe(false);
    expect(silenced(bench, id, { label: { ...label, value: 'door' } })).toBe(false);
    expect(silenced(bench, id, { rule: WARN.rule, severity: 'page' })).toBe(false);
  });

  test('of a subject does not hide that others are concerned too', () => {
    const bench = new AlertBench();
    const id = bench.firing({ ...WARN, subjects: ['a', 'b'].map(agentSubject) });
    expect(silenced(bench, id, { subject: { kind: 'agent', id: 'a' } })).toBe(false);
    const many = new AlertBench();
    const all = many.firing({ ...WARN, subjects: [agentSubject('a')], count: 21 });
    expect(silenced(many, all, { subject: { kind: 'agent', id: 'a' } })).toBe(false);
  });

  test('stays in its organisation, and reaches what concerns the hub only for whoever runs it', () => {
    const bench = new AlertBench();
    const other = bench.firing({ ...WARN, org: 'other' });
    bench.find({ ...WARN, org: 'other' }, { rule: 'DiskLow', org: undefined });
    bench.wait(HOUR);
    bench.find({ ...WARN, org: 'other' }, { rule: 'DiskLow', org: undefined });
    const hub = [...bench.bench.state.alerts.open.values()].find(({ rule }) => rule === 'DiskLow')?.id ?? '';
    expect(silenced(bench, other, { rule: WARN.rule })).toBe(false);
    expect(silenced(bench, hub, { rule: 'DiskLow' })).toBe(false);
    expect(silenced(bench, hub, { rule: 'DiskLow' }, { ofHub: true })).toBe(true);
  });

  test('until resolved ends with the last alert that it matches, and needs one', () => {
    const bench = new AlertBench(AT_ONCE);
    const made = { type: 'silence.create', ...who, matchers: { rule: WARN.rule }, reason: 'r', ttlMs: HOUR } as const;
    expect(bench.bench.refusal({ ...made, untilResolved: true })).toBe('silence.matches_nothing');
    bench.firing(WARN);
    bench.bench.take({ ...made, untilResolved: true });
    bench.pass(MINUTE);
    expect(bench.bench.state.alerts.silences.size).toBe(1);
    bench.find();
    expect(bench.bench.state.alerts.silences.size).toBe(0);
    bench.firing(WARN);
    bench.pass(MINUTE);
    expect(bench.told().map(({ reason }) => reason)).toEqual(['fired']);
  });

  test('of somebody else is not there', () => {
    const bench = new AlertBench();
    const matchers = { rule: WARN.rule };
    const made = { type: 'silence.create', ...who, matchers, reason: 'r', ttlMs: HOUR, untilResolved: false } as const;
    const { silence } = bench.bench.take(made).reply;
    expect(bench.bench.refusal({ type: 'silence.remove', ...who, org: 'other', silence })).toBe('silence.not_found');
    for (let i = 1; i < 500; i++) bench.bench.take(made);
    expect(bench.bench.refusal(made)).toBe('silence.too_many');
  });
});

test('an alert of another organisation, or of the hub, is not there for others', () => {
  const bench = new AlertBench(AT_ONCE);
  const other = bench.firing({ ...WARN, org: 'other' });
  expect(bench.bench.refusal({ type: 'alert.acknowledge', ...who, alert: other })).toBe('alert.not_found');
  expect(bench.bench.refusal({ type: 'alert.mark_noise', ...who, alert: other, reason: 'poor_details' })).toBe(
    'alert.not_found',
  );
  bench.find({ ...WARN, org: undefined });
  const hub = [...bench.bench.state.alerts.open.values()].find(({ org }) => org === undefined)?.id ?? '';
  expect(bench.bench.refusal({ type: 'alert.acknowledge', ...who, alert: hub })).toBe('alert.not_found');
  expect(bench.bench.refusal({ type: 'alert.acknowledge', ...who, ofHub: true, alert: hub })).toBeUndefined();
});

test('a noise mark counts once for an alert, and is kept when the alert is forgotten', () => {
  const bench = new AlertBench(AT_ONCE);
  const id = bench.firing(WARN);
  const mark = { type: 'alert.mark_noise', ...who, alert: id, reason: 'false_positive' } as const;
  bench.bench.take(mark);
  bench.bench.take(mark);
  bench.find();
  expect(bench.bench.state.alerts.noise.get(KEY)).toEqual({ false_positive: 1 });
  bench.wait(RESOLVED_KEPT_MS + 1);
  bench.firing(WARN);
  bench.find();
  expect(bench.bench.state.alerts.byId.has(id)).toBe(false);
  expect(bench.bench.state.alerts.noise.get(KEY)).toEqual({ false_positive: 1 });
});

test('of one rule so many alerts are kept that are over, and all that is kept survives a snapshot', () => {
  const bench = new AlertBench(AT_ONCE);
  for (let i = 0; i < RESOLVED_KEPT + 10; i++) {
    bench.firing(WARN);
    bench.wait(MINUTE);
    bench.find();
  }
  const { alerts } = bench.bench.state;
  expect(alerts.resolvedOf(KEY)).toHaveLength(RESOLVED_KEPT);
  expect(alerts.byId.size).toBe(RESOLVED_KEPT);
  bench.bench.restart();
  expect(bench.bench.state.alerts.resolvedOf(KEY)).toEqual(alerts.resolvedOf(KEY));
});

test('history says for each of the last 24 hours for how much of it the rule fired', () => {
  const bench = new AlertBench(AT_ONCE);
  bench.firing(WARN);
  bench.wait(90 * MINUTE);
  bench.find();
  bench.wait(HOUR);
  bench.firing(WARN);
  bench.wait(15 * MINUTE);
  const hours = hoursFired(bench.bench.state.alerts, KEY, bench.now);
  expect(hours).toHaveLength(24);
  expect(hours.slice(-4)).toEqual([0, 0.75, 0.75, 0.25]);
  expect(timesFired(bench.bench.state.alerts, KEY, bench.now)).toBe(2);
});

describe('how often a rule would have fired', () => {
  const bench = new AlertBench(AT_ONCE);
  for (const value of [60, 80, 100]) {
    bench.firing({ ...WARN, value });
    bench.wait(value * 1000);
    bench.find();
  }
  const ask = (asked: { readonly limit?: number; readonly forSeconds?: number }) =>
    tested(bench.bench.state.alerts, { org: ORG, rule: WARN.rule }, bench.now, asked, 0);

  test.each([
    [{}, 3, false],
    [{ limit: 80 }, 2, false],
    [{ limit: 101 }, 0, false],
    [{ limit: 40 }, 3, true],
    [{ forSeconds: 90 }, 1, false],
    [{ limit: 70, forSeconds: 100 }, 1, false],
  ])('with %j is %i times', (asked, wouldHaveFired, isAtLeast) => {
    expect(ask(asked)).toEqual({ rule: WARN.rule, days: 7, fired: 3, wouldHaveFired, isAtLeast });
  });

  test('is for rules that fire below their limit the other way round', () => {
    const low = new AlertBench(AT_ONCE);
    low.firing({ ...WARN, value: 10, limit: 50 });
    const { alerts } = low.bench.state;
    const times = (limit: number) => tested(alerts, { org: ORG, rule: WARN.rule }, low.now, { limit }, 0);
    expect([times(5), times(20), times(60)]).toMatchObject([
      { wouldHaveFired: 0, isAtLeast: false },
      { wouldHaveFired: 1, isAtLeast: false },
      { wouldHaveFired: 1, isAtLeast: true },
    ]);
  });
});
