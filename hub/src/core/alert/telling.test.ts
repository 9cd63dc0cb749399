// When people are told of an alert, and when they are left alone.

import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, ORG, SECOND } from '../fixture.js';
import { AlertBench, agentSubject, taskSubject } from './fixture.js';
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

test('a notification says what, since when, why and what to do, and each of it once', () => {
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
    text: expect.stringMatching(/^An agent keeps losing .*\. Look\. First found at 2023-11-14 22:\d\d UTC\.$/),
    next: expect.stringMatching(/agent show a`\. Runbook: `agentcom explain AgentFlapping`\.$/),
    links: [{ name: 'Alerts', path: '/alerts' }],
    count: 4,
    escalation: 1,
  });
  const closed = notificationOf(bench.alert(id), { ...said, reason: 'resolved' }, bench.now + 90 * SECOND);
  expect(closed).toMatchObject({ state: 'closed', title: 'Resolved: AgentFlapping: Wi-Fi is bad' });
  expect(closed.text).toContain('1 min 30 s');
});

test('one that has other subjects says so, and its text is of the ones that there are now', () => {
  const bench = new AlertBench();
  const id = bench.firing({ ...WARN, subjects: [agentSubject('a')], why: 'Agent a is off. Look.' });
  bench.pass(MINUTE);
  bench.find({ ...WARN, subjects: [agentSubject('b')], why: 'Agent b is off. Look.' });
  const said = { type: 'alert.told', alert: id, notification: 'n', reason: 'changed', escalation: 0 } as const;
  const { title, text } = notificationOf(bench.alert(id), said, bench.now);
  expect(title).toBe('AgentOffline: Agent b is off');
  expect(text).toContain('New: agent b. What was told before is over.');
  bench.find({ ...WARN, subjects: [agentSubject('a'), agentSubject('b')], why: 'Agent a is off. Look.' });
  bench.pass(MINUTE);
  const both = notificationOf(bench.alert(id), said, bench.now);
  expect(both.text).toContain('It was 1, it is 2 now. New: agent b.');
  expect(both.text).not.toContain('over');
});

test('nothing is told of what is not found any more, and is it again, that is told late', () => {
  const bench = new AlertBench({ rules: { AgentOffline: { keepFiringForSeconds: 60 } } });
  bench.firing(WARN);
  const from = bench.now;
  bench.pass(15 * SECOND);
  bench.find();
  bench.pass(45 * SECOND);
  expect(bench.told()).toEqual([]);
  bench.find(WARN);
  bench.pass(MINUTE);
  expect(toldSince(bench, from)).toEqual([[61, 'fired']]);
});

describe('what is told at the end', () => {
  const said = { type: 'alert.told', notification: 'n', reason: 'resolved', escalation: 0 } as const;
  const closing = (bench: AlertBench, id: string) =>
    notificationOf(bench.alert(id), { ...said, alert: id }, bench.now).title;

  test('of a question is that nobody answered it, or that it is resolved', () => {
    for (const isAnswered of [false, true]) {
      const bench = new AlertBench();
      const { bench: hub } = bench;
      hub.join('w');
      const task = hub.submit({ maxAttempts: 1 });
      hub.accept(task);
      hub.block(task);
      const question = { rule: 'QuestionWaiting', subjects: [taskSubject(task)], why: 'A question waits.' };
      const id = bench.firing(question);
      if (isAnswered) hub.take({ type: 'task.answer', ...hub.operator(task), answer: 'left' });
      else hub.pass(25 * HOUR);
      bench.find();
      expect(closing(bench, id)).toBe(
        isAnswered
          ? 'Resolved: QuestionWaiting: A question waits'
          : 'Over: QuestionWaiting: Nobody answered 1 question in time; 1 task is dead now',
      );
    }
  });

  test('of a question that was answered is not what became of the one before it', () => {
    const bench = new AlertBench();
    const { bench: hub } = bench;
    hub.join('w');
    const task = hub.submit({ maxAttempts: 2 });
    hub.accept(task);
    hub.block(task);
    hub.pass(25 * HOUR);
    hub.take({ type: 'task.stopped', ...hub.from('w'), task, generation: 1 });
    hub.pass(HOUR);
    hub.accept(task);
    hub.block(task);
    const id = bench.firing({ rule: 'QuestionWaiting', subjects: [taskSubject(task)], why: 'A question waits.' });
    hub.take({ type: 'task.answer', ...hub.operator(task), answer: 'left' });
    bench.find();
    expect(bench.alert(id).outcome).toBeUndefined();
  });

  test('of work that was cancelled, of what was deleted and of a rule that is off is just that', () => {
    const bench = new AlertBench({ rules: { TaskStuck: { keepFiringForSeconds: 0 } } });
    const { bench: hub } = bench;
    hub.join('w');
    const task = hub.submit();
    const cancelled = bench.firing({ rule: 'TaskStuck', subjects: [taskSubject(task)] });
    hub.take({ type: 'task.cancel', ...hub.operator(task), reason: 'no' });
    bench.find();
    expect(closing(bench, cancelled)).toBe('Over: TaskStuck: 1 task is cancelled now');
    const gone = bench.firing({ rule: 'AgentOffline', subjects: [agentSubject('x')] });
    bench.find();
    expect(closing(bench, gone)).toBe('Over: AgentOffline: What it was about was deleted');
    const off = bench.firing({ rule: 'ClockSkew', subjects: [agentSubject('w')] });
    bench.configure({ ClockSkew: { enabled: false } });
    bench.find();
    expect(closing(bench, off)).toBe('Over: ClockSkew: Its rule was turned off');
  });
});
