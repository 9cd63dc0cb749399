// From what the rules find to alerts: when one begins, fires, follows what is found, and resolves.

import type { AlertRuleName } from '@agentcom/schemas';
import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../fixture.js';
import { AlertBench, agentSubject, taskSubject } from './fixture.js';

/** Fires at once and keeps firing for a minute. */
const STUCK: AlertRuleName = 'TaskStuck';
/** Fires after 15 minutes, and keeps firing for 1. */
const OFFLINE: AlertRuleName = 'AgentOffline';

describe('an alert', () => {
  test('is pending until what was found has lasted, and then fires', () => {
    const bench = new AlertBench({ rules: { [OFFLINE]: { forSeconds: 60 } } });
    bench.find({ rule: OFFLINE });
    expect(bench.states()).toEqual([[OFFLINE, 'pending']]);
    bench.wait(59 * SECOND);
    bench.find({ rule: OFFLINE });
    expect(bench.states()).toEqual([[OFFLINE, 'pending']]);
    bench.wait(SECOND);
    bench.find({ rule: OFFLINE });
    expect(bench.states()).toEqual([[OFFLINE, 'firing']]);
  });

  test('that is gone before it fires leaves nothing', () => {
    const bench = new AlertBench({ rules: { [OFFLINE]: { forSeconds: 60 } } });
    bench.find({ rule: OFFLINE });
    bench.wait(30 * SECOND);
    bench.find();
    expect(bench.states()).toEqual([]);
    expect(bench.bench.state.alerts.byId.size).toBe(0);
    bench.wait(30 * SECOND);
    bench.find({ rule: OFFLINE });
    expect(bench.states()).toEqual([[OFFLINE, 'pending']]);
  });

  test('resolves once nothing was found for as long as its rule says', () => {
    const bench = new AlertBench({ rules: { [STUCK]: { keepFiringForSeconds: 60 } } });
    const id = bench.firing({ rule: STUCK });
    bench.wait(10 * SECOND);
    bench.find();
    bench.wait(59 * SECOND);
    bench.find();
    expect(bench.alert(id).state).toBe('firing');
    bench.wait(SECOND);
    bench.find();
    expect(bench.alert(id)).toMatchObject({ state: 'resolved', resolvedAt: bench.now });
  });

  test('that is found again in that time goes on, and the time starts over', () => {
    const bench = new AlertBench({ rules: { [STUCK]: { keepFiringForSeconds: 60 } } });
    const id = bench.firing({ rule: STUCK });
    for (let i = 0; i < 10; i++) {
      bench.wait(30 * SECOND);
      bench.find(...(i % 2 === 0 ? [] : [{ rule: STUCK }]));
    }
    expect(bench.alert(id).state).toBe('firing');
    expect(bench.bench.state.alerts.byId.size).toBe(1);
  });

  test('leaves no event while nothing changes', () => {
    const bench = new AlertBench();
    bench.firing({ rule: STUCK });
    bench.wait(15 * SECOND);
    expect(bench.find({ rule: STUCK })).toEqual([]);
    bench.wait(15 * SECOND);
    expect(bench.find({ rule: STUCK, value: 104 })).toEqual([]);
  });

  test('follows a value that moved by a tenth, once a minute after people were told', () => {
    const bench = new AlertBench();
    const id = bench.firing({ rule: STUCK, value: 100 });
    bench.pass(MINUTE);
    bench.find({ rule: STUCK, value: 110 });
    expect(bench.alert(id).finding.value).toBe(110);
    bench.wait(30 * SECOND);
    bench.find({ rule: STUCK, value: 200 });
    expect(bench.alert(id).finding.value).toBe(110);
    bench.wait(30 * SECOND);
    bench.find({ rule: STUCK, value: 200 });
    expect(bench.alert(id)).toMatchObject({ finding: { value: 200 }, peak: 200 });
  });

  test('rises in severity at once, and falls only after as long as it would take to resolve', () => {
    const bench = new AlertBench({ rules: { [STUCK]: { keepFiringForSeconds: 60 } } });
    const id = bench.firing({ rule: STUCK, severity: 'warn' });
    bench.wait(15 * SECOND);
    bench.find({ rule: STUCK, severity: 'page' });
    expect(bench.alert(id).severity).toBe('page');
    bench.wait(15 * SECOND);
    bench.find({ rule: STUCK, severity: 'info' });
    bench.wait(15 * SECOND);
    bench.find({ rule: STUCK, severity: 'warn' });
    bench.wait(44 * SECOND);
    bench.find({ rule: STUCK, severity: 'info' });
    expect(bench.alert(id).severity).toBe('page');
    bench.wait(SECOND);
    bench.find({ rule: STUCK, severity: 'info' });
    expect(bench.alert(id)).toMatchObject({ severity: 'warn', state: 'firing' });
  });

  test('resolves at once when all that it is about was deleted', () => {
    const bench = new AlertBench({ rules: { [STUCK]: { keepFiringForSeconds: 600 } } });
    bench.bench.join('a');
    const task = bench.bench.submit();
    const id = bench.firing({ rule: STUCK, subjects: [taskSubject(task), agentSubject('a')] });
    bench.bench.accept(task);
    bench.bench.complete(task);
    bench.bench.archive(task);
    bench.find();
    expect(bench.alert(id).state).toBe('firing');
    bench.bench.take({ type: 'agent.remove', org: 'default', agent: 'a' });
    const events = bench.find();
    expect(events).toContainEqual({ type: 'alert.resolved', alert: id, org: 'default', cause: 'subjects_gone' });
  });

  test('resolves when its rule is turned off, and is not found while it is', () => {
    const bench = new AlertBench();
    const id = bench.firing({ rule: STUCK });
    bench.configure({ [STUCK]: { enabled: false } });
    bench.find({ rule: STUCK });
    expect(bench.alert(id).state).toBe('resolved');
    bench.find({ rule: STUCK });
    expect(bench.states()).toEqual([]);
  });

  test('does not count time that only passed on the clock', () => {
    const bench = new AlertBench({ rules: { [OFFLINE]: { forSeconds: 60 } } });
    bench.find({ rule: OFFLINE });
    bench.wait(30 * SECOND);
    bench.bench.take({ type: 'clock.jump', forwardMs: HOUR, wallOffsetMs: 0 });
    bench.wait(HOUR);
    bench.find({ rule: OFFLINE });
    expect(bench.states()).toEqual([[OFFLINE, 'pending']]);
    bench.wait(30 * SECOND);
    bench.find({ rule: OFFLINE });
    expect(bench.states()).toEqual([[OFFLINE, 'firing']]);
  });

  test('is one for ten thousand subjects', () => {
    const bench = new AlertBench();
    const subjects = Array.from({ length: 20 }, (_, i) => taskSubject(`t${i}`));
    bench.firing({ rule: STUCK, subjects, count: 10_000 });
    bench.pass(MINUTE);
    expect(bench.states()).toEqual([[STUCK, 'firing']]);
    expect(bench.told().map(({ reason }) => reason)).toEqual(['fired']);
  });
});

test('many alerts at once come a page at a time, and all of them', () => {
  const bench = new AlertBench();
  const orgs = Array.from({ length: 300 }, (_, i) => `org-${i}`);
  const decided = bench.decideAll(orgs.map((org) => ({ rule: STUCK, org })));
  expect(decided.length).toBeGreaterThan(1);
  expect(bench.states()).toHaveLength(300);
  for (const events of decided) expect(events.length).toBeLessThan(210);
});

describe('what explains an alert', () => {
  test('mutes it in the same organisation, and so does what concerns the hub', () => {
    const bench = new AlertBench();
    bench.decideAll([
      { rule: 'AgentsLost' },
      { rule: STUCK },
      { rule: STUCK, org: 'other' },
      { rule: 'QueueNotMoving', org: 'other' },
      { rule: 'JournalUnwritable', org: undefined },
    ]);
    const muted = [...bench.bench.state.alerts.open.values()].map(({ org, rule, mutedBy }) => [org, rule, mutedBy]);
    expect(muted).toContainEqual(['default', STUCK, 'AgentsLost']);
    expect(muted).toContainEqual(['other', STUCK, undefined]);
  });

  test('mutes it for no longer than it is there', () => {
    const bench = new AlertBench({ rules: { AgentsLost: { keepFiringForSeconds: 0 } } });
    const id = bench.firing({ rule: STUCK }, { rule: 'AgentsLost' });
    expect(bench.alert(id).mutedBy).toBe('AgentsLost');
    bench.wait(SECOND);
    bench.find({ rule: STUCK });
    bench.wait(MINUTE);
    bench.find({ rule: STUCK });
    expect(bench.alert(id).mutedBy).toBeUndefined();
  });
});
