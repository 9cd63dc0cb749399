// What is remembered of the recent past is bounded, and comes back with a snapshot.

import { describe, expect, it } from 'vitest';
import { agentView } from '../agent/view.js';
import { Bench, dumpOf, fromSnapshot, HOUR, ORG, REPO } from '../fixture.js';
import { Activity, ENDS_KEPT, OrgActivity, TIMES_KEPT } from './activity.js';
import { COUNTED, Counts } from './counts.js';
import { TestHub, times } from './rules/fixture.js';

const MINUTE = 60_000;

describe('counts', () => {
  it('are summed over the minutes of a window, and of the minute in which it began', () => {
    const counts = new Counts();
    times(120, (minute) => counts.add(COUNTED.dead, minute * MINUTE));
    const now = 119 * MINUTE + 1;
    expect([0, 1, 15, 60].map((minutes) => counts.sum(COUNTED.dead, now, minutes))).toEqual([1, 2, 16, 61]);
    expect(counts.sum(COUNTED.completed, now, 60)).toBe(0);
    expect(counts.dump()).toHaveLength(61);
  });

  it('of minutes in which nothing happened take no room, and those of a window past are not summed', () => {
    const counts = new Counts();
    counts.add(COUNTED.dead, 0);
    counts.add(COUNTED.dead, 30 * MINUTE);
    expect(counts.dump()).toHaveLength(2);
    expect(counts.sum(COUNTED.dead, 90 * MINUTE, 15)).toBe(0);
    expect(new Counts(counts.dump()).sum(COUNTED.dead, 30 * MINUTE, 60)).toBe(2);
  });
});

it('is bounded, whatever happens', () => {
  const own = new OrgActivity();
  times(1_000, (i) => {
    own.died(`t${i}`);
    own.completedEmpty(`t${i}`);
    own.turnDown(`t${i}`);
    own.failedIn(`repo-${i}`, `a${i}`, { class: 'permanent', code: 'x' }, i);
    own.failedIn('repo', `a${i}`, { class: 'permanent', code: 'x' }, i);
    own.refusedBy(`host-${i}`, 'x', i);
    own.refusedBy('host', 'x', i);
  });
  expect([own.dead, own.empty].map(({ length }) => length)).toEqual([20, 20]);
  expect([own.turnedDown, own.streaks, own.hosts].map(({ size }) => size)).toEqual([64, 256, 64]);
  expect(own.streaks.get('repo')).toMatchObject({ times: 8, since: 0, last: 999 });
  expect(own.streaks.get('repo')?.agents).toHaveLength(8);
  expect(own.hosts.get('host')?.times).toHaveLength(TIMES_KEPT);
  const activity = new Activity();
  times(100, (i) => activity.elected('1', i));
  expect(activity.hub).toMatchObject({ version: '1', versionSince: 0 });
  expect(activity.hub.elections).toHaveLength(TIMES_KEPT);
});

it('keeps the newest of each agent, and nothing of an agent that was removed', () => {
  const hub = new TestHub();
  hub.bench.join('a');
  times(8, () => hub.failed('a'));
  times(20, () => {
    hub.bench.gone('a');
    hub.bench.hello('a');
  });
  const own = () => hub.bench.state.activity.of(ORG)?.agents.get('a');
  expect(own()?.ends.map(({ task }) => task)).toEqual(hub.tasks.slice(-ENDS_KEPT));
  expect(own()?.lostLinks).toHaveLength(TIMES_KEPT);
  hub.bench.take({ type: 'agent.remove', org: ORG, agent: 'a' });
  expect(own()).toBeUndefined();
});

it('knows the agents of which something happened, also after a restart, until it is long ago or they are removed', () => {
  const hub = new TestHub();
  for (const name of ['fails', 'mends', 'leaves', 'refuses', 'works']) hub.bench.join(name);
  for (const name of ['fails', 'mends']) hub.failed(name);
  hub.failed('leaves');
  hub.bench.gone('leaves');
  hub.reject(hub.submit({ needs: ['agent:refuses'] }));
  hub.completed('works');
  const noted = () => {
    const own = hub.bench.state.activity.of(ORG);
    return [own?.failed, own?.missedOffers, own?.lostLinks].map((some) => [...(some?.keys() ?? [])].sort());
  };
  const before = [['fails', 'leaves', 'mends'], ['refuses'], ['leaves']];
  expect(noted()).toEqual(before);
  hub.bench.restart();
  expect(noted()).toEqual(before);
  times(ENDS_KEPT, () => hub.completed('mends'));
  hub.bench.take({ type: 'agent.remove', org: ORG, agent: 'leaves' });
  expect(noted()).toEqual([['fails'], ['refuses'], []]);
});

it('comes back with a snapshot as it was, and with the indexes of what is dead or parked', () => {
  const hub = new TestHub();
  hub.elect(1, '0.3.0');
  for (const name of ['a', 'b']) hub.bench.join(name);
  const parent = hub.failed('a', {}, { repo: REPO });
  hub.submit({ dependsOn: [parent] });
  hub.bench.wait(5);
  hub.failed('b', { code: 'git.push_denied' }, { repo: REPO });
  hub.completed('a');
  hub.failed('a', { class: 'rate_limited', code: 'runner.limited' }, { lane: 'urgent' }, hub.bench.now + MINUTE);
  hub.bench.gone('b');
  const { state } = hub.bench;
  const again = fromSnapshot(state);
  expect(dumpOf(again)).toEqual(dumpOf(state));
  expect([...again.deadLetters.since(ORG)]).toEqual([...state.deadLetters.since(ORG)]);
  expect([...again.deadLetters.since(ORG)]).toHaveLength(2);
  expect([...again.deadLetters.parents(ORG)]).toEqual([parent]);
  expect(again.parkedUrgent).toEqual(state.parkedUrgent);
  expect(again.parkedUrgent.get(ORG)?.size).toBe(1);
});

it('knows dead letters in the order they died, also after a restart', () => {
  const hub = new TestHub();
  for (const name of ['a', 'b']) hub.bench.join(name);
  const first = hub.begun('a');
  const second = hub.failed('b');
  hub.bench.wait(MINUTE);
  hub.bench.fail(first, 'permanent');
  const order = () => [...hub.bench.state.deadLetters.since(ORG)].map(([id]) => id);
  expect(order()).toEqual([second, first]);
  hub.bench.restart();
  expect(order()).toEqual([second, first]);
});

describe('dead letters that others wait for', () => {
  function blocked() {
    const bench = new Bench();
    bench.join('a');
    const parent = bench.submit();
    const child = bench.submit({ dependsOn: [parent] });
    bench.accept(parent);
    bench.fail(parent, 'permanent');
    return { bench, parent, child, parents: () => [...bench.state.deadLetters.parents(ORG)] };
  }

  it('are known from when they die, also for children that come later, until they are requeued', () => {
    const { bench, parent, parents } = blocked();
    expect(parents()).toEqual([parent]);
    const late = new Bench();
    late.join('a');
    const dead = late.submit();
    late.accept(dead);
    late.fail(dead, 'permanent');
    expect([...late.state.deadLetters.parents(ORG)]).toEqual([]);
    late.submit({ dependsOn: [dead] });
    expect([...late.state.deadLetters.parents(ORG)]).toEqual([dead]);
    bench.take({ type: 'dead.requeue', ...bench.operator(parent) });
    expect(parents()).toEqual([]);
  });

  it('are none of them once the last child is gone', () => {
    const { bench, child, parents } = blocked();
    bench.take({ type: 'task.cancel', ...bench.operator(child), reason: 'enough' });
    expect(parents()).toEqual([]);
    expect(bench.state.deadLetters.since(ORG).size).toBe(1);
  });
});

describe('the results of an agent', () => {
  const resultsOf = (bench: Bench) => agentView(bench.state, bench.agent('a'), { hubVersion: '1' }).results;
  const working = (bench: Bench) => {
    const task = bench.submit({ maxAttempts: 50 });
    bench.accept(task);
    return task;
  };

  it('are a letter for each attempt that ended, the newest last', () => {
    const bench = new Bench();
    bench.join('a');
    expect(resultsOf(bench)).toBeUndefined();
    bench.complete(working(bench));
    const cancelled = working(bench);
    bench.take({ type: 'task.cancel', ...bench.operator(cancelled), reason: 'not needed' });
    bench.take({ type: 'task.stopped', ...bench.by(cancelled, 'a') });
    for (const failure of ['permanent', 'budget', 'machine'] as const) bench.fail(working(bench), failure);
    expect(resultsOf(bench)).toBe('cffm');
  });

  it('are the last 20, and outlive a snapshot', () => {
    const bench = new Bench();
    bench.join('a');
    times(12, () => bench.fail(working(bench), 'permanent'));
    times(15, () => bench.complete(working(bench)));
    expect(resultsOf(bench)).toBe('fffffccccccccccccccc');
    bench.restart();
    expect(resultsOf(bench)).toBe('fffffccccccccccccccc');
  });

  it('have nothing lost of an attempt that goes on after all', () => {
    const bench = new Bench();
    bench.join('a');
    const task = working(bench);
    const { generation } = bench.task(task);
    bench.gone('a');
    bench.pass(HOUR);
    expect(resultsOf(bench)).toBe('l');
    bench.hello('a', { task, generation });
    expect(bench.task(task).state).toBe('working');
    expect(resultsOf(bench)).toBeUndefined();
  });

  it('are as many as the ends that were kept, where a snapshot is from before them', () => {
    const ends = [
      { at: 1, task: 't' },
      { at: 2, task: 't', class: 'lost' as const, code: 'agent.lost' },
    ];
    const value = { org: ORG, agent: 'a', ends, lostLinks: [], missed: [] };
    const state = fromSnapshot(new Bench().state, [{ kind: 'agent_activity', value }]);
    expect(state.activity.of(ORG)?.agents.get('a')?.results).toBe('cl');
  });
});
