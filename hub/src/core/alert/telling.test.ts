// When people are told of an alert, and when they are left alone.

import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, ORG, SECOND } from '../fixture.js';
import { AlertBench, agentSubject } from './fixture.js';
import { notificationOf } from './notification.js';

const WARN = { rule: 'AgentOffline' } as const;
const PAGE = { rule: 'QueueNotMoving', severity: 'page' } as const;

const who = { org: ORG, ofHub: true, by: 'owner' };

/** What was told, with the time since `from`. */
function toldSince(bench: AlertBench, from: number): (readonly [number, string])[] {
  return bench.told().map(({ at, reason }) => [Math.round((at - from) / SECOND), reason] as const);
}

describe('people are told', () => {
  test('of a page after 10 s, and of the rest after 30 s', () => {
    const bench = new AlertBench({ rules: { AgentOffline: { forSeconds: 0 }, QueueNotMoving: { forSeconds: 0 } } });
    bench.find(WARN, PAGE);
    const from = bench.now;
    bench.pass(MINUTE);
    expect(bench.told().map(({ at, rule }) => [rule, at - from])).toEqual([
      [PAGE.rule, 10 * SECOND],
      [WARN.rule, 30 * SECOND],
    ]);
  });

  test('nothing of what resolves before that', () => {
    const bench = new AlertBench({ rules: { AgentOffline: { forSeconds: 0, keepFiringForSeconds: 0 } } });
    const id = bench.firing(WARN);
    bench.wait(15 * SECOND);
    bench.find();
    expect(bench.alert(id).state).toBe('resolved');
    bench.pass(HOUR);
    expect(bench.told()).toEqual([]);
  });

  test('that it is resolved, once, if they were told of it', () => {
    const bench = new AlertBench({ rules: { AgentOffline: { keepFiringForSeconds: 0 } } });
    bench.firing(WARN);
    const from = bench.now;
    bench.pass(45 * SECOND);
    bench.find();
    bench.pass(8 * HOUR);
    expect(toldSince(bench, from)).toEqual([
      [30, 'fired'],
      [45, 'resolved'],
    ]);
  });

  test('again of a page at 5 and 15 minutes, as an escalation, and then no more', () => {
    const bench = new AlertBench();
    const id = bench.firing(PAGE);
    const from = bench.now;
    bench.pass(2 * HOUR);
    expect(toldSince(bench, from)).toEqual([
      [10, 'fired'],
      [310, 'escalated'],
      [910, 'escalated'],
    ]);
    expect(bench.alert(id).told?.escalation).toBe(2);
  });

  test('again of a warning every 4 hours', () => {
    const bench = new AlertBench();
    bench.firing(WARN);
    const from = bench.now;
    bench.pass(9 * HOUR);
    expect(toldSince(bench, from)).toEqual([
      [30, 'fired'],
      [4 * 3600 + 30, 'repeated'],
      [8 * 3600 + 30, 'repeated'],
    ]);
  });

  test('of more subjects after 5 minutes, and not of fewer', () => {
    const bench = new AlertBench();
    bench.firing({ ...WARN, subjects: [agentSubject('a'), agentSubject('b')] });
    const from = bench.now;
    bench.pass(MINUTE);
    bench.find({ ...WARN, subjects: [agentSubject('a')] });
    bench.pass(10 * MINUTE);
    expect(toldSince(bench, from)).toEqual([[30, 'fired']]);
    bench.find({ ...WARN, subjects: [agentSubject('c')] });
    bench.pass(10 * MINUTE);
    expect(toldSince(bench, from).slice(1)).toEqual([[661, 'changed']]);
    bench.find({ ...WARN, subjects: [agentSubject('a')] });
    bench.pass(10 * MINUTE);
    expect(bench.told()).toHaveLength(2);
  });

  test('when it becomes a page, even if the warning was acknowledged', () => {
    const bench = new AlertBench();
    const id = bench.firing(WARN);
    bench.pass(MINUTE);
    bench.bench.take({ type: 'alert.acknowledge', ...who, alert: id });
    bench.find({ ...WARN, severity: 'page' });
    const from = bench.now;
    bench.pass(HOUR);
    expect(toldSince(bench, from).slice(1)).toEqual([[10, 'worse']]);
  });
});

describe('people are left alone', () => {
  test('once somebody acknowledged it, until it is resolved', () => {
    const bench = new AlertBench({ rules: { QueueNotMoving: { keepFiringForSeconds: 0 } } });
    const id = bench.firing(PAGE);
    bench.pass(MINUTE);
    bench.bench.take({ type: 'alert.acknowledge', ...who, alert: id, note: 'on it' });
    expect(bench.alert(id).acknowledged).toMatchObject({ by: 'owner', note: 'on it' });
    bench.pass(HOUR);
    bench.find();
    bench.pass(MINUTE);
    expect(bench.told().map(({ reason }) => reason)).toEqual(['fired', 'resolved']);
    expect(bench.bench.refusal({ type: 'alert.acknowledge', ...who, alert: id })).toBe('alert.already_resolved');
  });

  test('while something else explains it, and are told once that is gone', () => {
    const bench = new AlertBench({ rules: { AgentsLost: { forSeconds: 0, keepFiringForSeconds: 0 } } });
    bench.firing({ rule: 'TaskStuck' }, { rule: 'AgentsLost', severity: 'page' });
    const from = bench.now;
    bench.pass(2 * MINUTE);
    expect(bench.told().map(({ rule, reason }) => [rule, reason])).toEqual([['AgentsLost', 'fired']]);
    bench.find({ rule: 'TaskStuck' });
    bench.pass(MINUTE);
    expect(bench.told().map(({ rule, at }) => [rule, at - from])).toEqual([
      ['AgentsLost', 10 * SECOND],
      ['AgentsLost', 2 * MINUTE],
      ['TaskStuck', 2 * MINUTE + SECOND],
    ]);
  });

  test('by a silence, until it ends', () => {
    const bench = new AlertBench();
    bench.firing(WARN);
    const matchers = { rule: WARN.rule };
    bench.bench.take({
      type: 'silence.create',
      ...who,
      matchers,
      reason: 'moving house',
      ttlMs: HOUR,
      untilResolved: false,
    });
    const from = bench.now;
    bench.pass(2 * HOUR);
    expect(toldSince(bench, from)).toEqual([[3600, 'fired']]);
  });
});

test('what people read goes to their channels with the decision, in the place of what it was', () => {
  const bench = new AlertBench({ rules: { AgentOffline: { keepFiringForSeconds: 0 } } });
  const channel = { org: ORG, by: 'owner', channel: 'c', name: 'phone', kind: 'ntfy', settings: 'sealed' } as const;
  bench.bench.take({ type: 'notify.create_channel', ...channel });
  bench.firing(WARN);
  const raised = () =>
    bench.bench.log.flatMap(({ event }) => (event.type === 'notification.raised' ? [event.notification] : []));
  bench.pass(29 * SECOND);
  expect(raised()).toEqual([]);
  bench.pass(SECOND);
  expect(raised()).toMatchObject([{ group: 'alert:default:AgentOffline', state: 'open', severity: 'warn' }]);
  bench.find();
  expect(raised().slice(1)).toMatchObject([{ group: 'alert:default:AgentOffline', state: 'closed' }]);
  expect([...bench.bench.state.notify.pending.values()]).toMatchObject([{ state: 'closed' }]);
});

test('nothing is told of the one that always fires', () => {
  const bench = new AlertBench();
  bench.firing({ rule: 'Watchdog', severity: 'info' });
  bench.pass(30 * HOUR);
  expect(bench.told()).toEqual([]);
});

test('nothing is told from the journal of what a hub tells by itself', () => {
  const bench = new AlertBench();
  bench.firing({ rule: 'JournalUnwritable', org: undefined, severity: 'page' });
  bench.pass(HOUR);
  bench.find();
  bench.pass(HOUR);
  expect(bench.told()).toEqual([]);
});

test('a notification says what, how far past which limit, since when, why and what to do', () => {
  const bench = new AlertBench();
  const subjects = ['a', 'b', 'c', 'd'].map(agentSubject);
  const id = bench.firing({
    rule: 'AgentFlapping',
    value: 7,
    limit: 5,
    unit: 'count',
    subjects,
    why: 'Wi-Fi is bad. Look.',
  });
  const said = { type: 'alert.told', alert: id, notification: 'n', reason: 'fired', escalation: 1 } as const;
  expect(notificationOf(bench.alert(id), said, bench.now)).toMatchObject({
    id: 'n',
    group: 'alert:default:AgentFlapping',
    state: 'open',
    severity: 'warn',
    title: 'AgentFlapping: Wi-Fi is bad',
    text: expect.stringMatching(/ Measured 7, the limit is 5, since 2023-11-14 22:\d\d UTC\. Wi-Fi is bad\. Look\.$/),
    next: expect.any(String),
    links: [
      { name: 'Alert', path: `/alerts/${id}` },
      { path: '/agents/a' },
      { path: '/agents/b' },
      { path: '/agents/c' },
    ],
    count: 4,
    escalation: 1,
  });
  const closed = notificationOf(bench.alert(id), { ...said, reason: 'resolved' }, bench.now + 90 * SECOND);
  expect(closed).toMatchObject({ state: 'closed', title: 'Resolved: AgentFlapping: Wi-Fi is bad' });
  expect(closed.text).toContain('1.5 min');
});
