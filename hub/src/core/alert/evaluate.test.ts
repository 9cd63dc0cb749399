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

  test('says what is so when it fires, not what was first found', () => {
    const bench = new AlertBench({ rules: { [OFFLINE]: { forSeconds: 30 } } });
    bench.find({ rule: OFFLINE, why: 'Gone for 1 s.' });
    bench.wait(30 * SECOND);
    bench.find({ rule: OFFLINE, why: 'Gone for 31 s.' });
    const [alert] = bench.bench.state.alerts.byId.values();
    expect(alert).toMatchObject({ state: 'firing', finding: { why: 'Gone for 31 s.' } });
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

  test('follows a text whose facts are others, though no value moved, and nobody is told again', () => {
    const bench = new AlertBench();
    const id = bench.firing({ rule: STUCK, why: 'Agent a has waited 1 min since 12:01 UTC.' });
    bench.pass(2 * MINUTE);
    bench.find({ rule: STUCK, why: 'Agent b has waited 3 min since 12:03 UTC.' });
    expect(bench.alert(id).finding.why).toContain('Agent b');
    bench.wait(30 * SECOND);
    bench.find({ rule: STUCK, why: 'Agent b has waited 3 min since 12:04 UTC.' });
    expect(bench.alert(id).finding.why).toContain('12:03');
    bench.wait(30 * SECOND);
    bench.find({ rule: STUCK, why: 'Agent b has waited 4 min since 12:04 UTC.' });
    expect(bench.alert(id).finding.why).toContain('12:04');
    bench.pass(HOUR);
    expect(bench.told().map(({ reason }) => reason)).toEqual(['fired']);
  });

  test('follows a text of which only the amounts grow with a tenth of its age', () => {
    const bench = new AlertBench();
    const id = bench.firing({ rule: STUCK, why: 'For 1 min.' });
    const changes = (hours: number) => {
      const before = bench.bench.log.length;
      for (let i = 0; i < hours * 60; i++) {
        bench.wait(MINUTE);
        bench.find({ rule: STUCK, why: `For ${i} h 2.5 min, ${i} %.` });
      }
      return bench.bench.log.slice(before).filter(({ event }) => event.type === 'alert.changed').length;
    };
    const [first, rest] = [changes(1), changes(9)];
    expect(first).toBeGreaterThan(10);
    expect(rest).toBeLessThan(30);
    expect(bench.alert(id).finding.why).toMatch(/^For [45]\d\d h/);
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
    const outcome = 'What it was about was deleted.';
    expect(events).toContainEqual({
      type: 'alert.resolved',
      alert: id,
      org: 'default',
      cause: 'subjects_gone',
      outcome,
    });
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

describe('what explains all of an alert', () => {
  const failing = { rule: 'AgentFailing' } as const;
  const dead = (explainedBy: readonly string[], severity: 'page' | 'warn' = 'warn') => ({
    rule: 'DeadLetters',
    severity,
    explainedBy,
  });

  test('mutes it while that is so, and what is more severe than itself never', () => {
    const bench = new AlertBench();
    const id = bench.firing(dead([]), failing);
    expect(bench.alert(id).mutedBy).toBeUndefined();
    bench.find(dead(['AgentFailing']), failing);
    expect(bench.alert(id).mutedBy).toBe('AgentFailing');
    bench.find(dead(['AgentFailing'], 'page'), failing);
    expect(bench.alert(id).mutedBy).toBeUndefined();
  });

  test('mutes it until it is over, and not when it is over itself', () => {
    const bench = new AlertBench({ rules: { AgentFailing: { keepFiringForSeconds: 0 } } });
    const id = bench.firing(dead(['AgentFailing']), failing);
    bench.wait(SECOND);
    bench.find(failing);
    expect(bench.alert(id).mutedBy).toBe('AgentFailing');
    bench.wait(SECOND);
    bench.find();
    expect(bench.alert(id).mutedBy).toBeUndefined();
  });
});

test('one that a hub tells by itself is as old as that hub says, and ends with it', () => {
  const bench = new AlertBench({ rules: { JournalUnwritable: { forSeconds: 60, keepFiringForSeconds: 60 } } });
  const since = bench.now - 30 * SECOND;
  const found = { rule: 'JournalUnwritable', org: undefined, severity: 'page' } as const;
  bench.find({ ...found, direct: { since } });
  const [{ id } = { id: '' }] = [...bench.bench.state.alerts.open.values()];
  expect(bench.alert(id)).toMatchObject({ state: 'firing', since, firingSince: bench.now });
  const easing = { since: bench.now + 5 * SECOND, to: undefined };
  bench.wait(15 * SECOND);
  bench.find({ ...found, direct: { since, easing } });
  expect(bench.alert(id)).toMatchObject({ state: 'firing', easing });
  bench.wait(15 * SECOND);
  bench.find({ ...found, direct: { since } });
  expect(bench.alert(id).easing).toBeUndefined();
  bench.wait(15 * SECOND);
  bench.find();
  expect(bench.alert(id).state).toBe('resolved');
});
