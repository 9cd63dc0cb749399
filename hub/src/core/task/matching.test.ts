// Which queued task a free agent is offered, against a model of it and case by case, which makes it long.

import { LANES } from '@agentcom/schemas';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AgentBounds, isAvailable } from '../agent/agent.js';
import { Bench, dumpOf, HOUR, MINUTE, ORG, SECOND } from '../fixture.js';
import { type SnapshotRecord, StateLoader } from '../snapshot.js';
import { effectiveLane, goesFirst } from './matching.js';
import { hasSkills, isAble, isLimited, isPassedOver, skillsOf } from './skills.js';
import type { Task } from './task.js';
import { wantedOf } from './wants.js';

const REPO = { url: 'file:///one' };
const OTHER_REPO = { url: 'file:///other' };

/** Submits each, one second after the other, while nobody is there. */
function queue(bench: Bench, ...specs: readonly Parameters<Bench['submit']>[0][]): string[] {
  return specs.map((spec) => {
    bench.wait(SECOND);
    return bench.submit(spec);
  });
}

/** The tasks in the order in which one agent gets them, if it finishes each at once. */
function served(bench: Bench, agent: string): string[] {
  const order: string[] = [];
  for (let task = bench.agent(agent).task; task !== undefined; task = bench.agent(agent).task) {
    order.push(task);
    bench.accept(task);
    bench.complete(task);
  }
  return order;
}

describe('which task comes first', () => {
  test('the higher lane, then the older', () => {
    const bench = new Bench();
    const ids = queue(
      bench,
      { lane: 'low' },
      { lane: 'normal' },
      { lane: 'urgent' },
      { lane: 'high' },
      { lane: 'urgent' },
    );
    bench.join('a');
    expect(served(bench, 'a')).toEqual([ids[2], ids[4], ids[3], ids[1], ids[0]]);
  });

  test('a task that waited long enough rises to a higher lane, behind those that were given it', () => {
    const bench = new Bench();
    const [old] = queue(bench, { lane: 'low' });
    bench.wait(29 * MINUTE);
    const [normal] = queue(bench, { lane: 'normal' });
    bench.wait(2 * MINUTE);
    const [high] = queue(bench, { lane: 'high' });
    bench.join('a');
    expect(served(bench, 'a')).toEqual([high, old, normal]);
  });

  test('a lane rises one step at a time and never above high', () => {
    const bench = new Bench();
    const task = bench.task(bench.submit({ lane: 'low' }));
    const lanes = [0, 15, 30, 45, 600].map((minutes) => effectiveLane(task, bench.now + minutes * MINUTE, 15 * MINUTE));
    expect(lanes).toEqual([3, 2, 1, 1, 1]);
    const urgent = bench.task(bench.submit({ lane: 'urgent' }));
    expect(effectiveLane(urgent, bench.now + 600 * MINUTE, 15 * MINUTE)).toBe(0);
  });

  test('a task goes back to its place by age when its offer was not taken', () => {
    const bench = new Bench();
    const [first, second] = queue(bench, {}, {});
    bench.join('a');
    bench.take({ type: 'task.reject', ...bench.by(first as string), reason: 'no' });
    expect(bench.agent('a').task).toBe(second);
    bench.pass(10 * SECOND);
    bench.join('b');
    expect(bench.agent('b').task).toBe(first);
  });

  test('only what the agent can do', () => {
    const bench = new Bench();
    const [gpu, plain] = queue(bench, { needs: ['gpu'], lane: 'urgent' }, {});
    bench.join('a', ['git']);
    expect(bench.agent('a').task).toBe(plain);
    bench.join('b', ['git', 'gpu']);
    expect(bench.agent('b').task).toBe(gpu);
  });

  test('only of the runners it lists, and of any when it lists none', () => {
    const bench = new Bench();
    const [codex, claude, none] = queue(bench, { runner: 'codex' }, { runner: 'claude' }, {});
    bench.join('a', ['git', 'runner:claude']);
    expect(served(bench, 'a')).toEqual([claude, none]);
    bench.join('b', ['git']);
    expect(served(bench, 'b')).toEqual([codex]);
  });

  test('only those that need what it is dedicated to, or name it', () => {
    const bench = new Bench();
    const [plain, gpu, demo, named] = queue(
      bench,
      {},
      { needs: ['gpu'] },
      { needs: ['demo', 'gpu'] },
      { needs: ['agent:a'] },
    );
    bench.join('a', ['demo', 'dedicated:demo', 'gpu']);
    expect(bench.task(demo as string).agent).toBe('a');
    bench.accept(demo as string);
    bench.complete(demo as string);
    expect(bench.task(named as string).agent).toBe('a');
    expect([plain, gpu].map((task) => bench.task(task as string).state)).toEqual(['queued', 'queued']);
    const other = bench.submit({ needs: ['demo'] });
    expect(bench.task(other).state).toBe('queued');
  });

  test('only its own organisation’s', () => {
    const bench = new Bench();
    bench.take({
      type: 'task.submit',
      org: 'other',
      by: 'x',
      spec: { title: 't', prompt: 'p', lane: 'urgent', needs: [] },
    });
    bench.join('a');
    expect(bench.agent('a').task).toBeUndefined();
  });
});

describe('an urgent task is next', () => {
  const AGED = 4 * 15 * MINUTE;

  test('whatever has waited, for however long', () => {
    const bench = new Bench();
    const old = queue(bench, ...Array.from({ length: 30 }, () => ({ lane: 'low' as const })));
    bench.wait(AGED);
    const [urgent] = queue(bench, { lane: 'urgent' });
    bench.join('a');
    expect(served(bench, 'a')).toEqual([urgent, ...old]);
  });

  test('before a task that was given high and has aged, which goes before one that aged to high', () => {
    const bench = new Bench();
    const [low, high] = queue(bench, { lane: 'low' }, { lane: 'high' });
    bench.wait(AGED);
    const [urgent] = queue(bench, { lane: 'urgent' });
    bench.join('a');
    expect(served(bench, 'a')).toEqual([urgent, high, low]);
  });

  test('also after it failed, was rejected, or was requeued', () => {
    const bench = new Bench();
    const low = queue(bench, { lane: 'low', needs: ['git'] }, { lane: 'low', needs: ['git'] });
    bench.wait(AGED);
    bench.join('b', ['gpu']);
    const [failing, rejected, dead] = ['failing', 'rejected', 'dead'].map((title) => {
      const id = bench.submit({ lane: 'urgent', needs: ['gpu'], title });
      if (title !== 'rejected') bench.accept(id);
      if (title === 'rejected') bench.take({ type: 'task.reject', ...bench.by(id), reason: 'no' });
      else bench.fail(id, title === 'dead' ? 'permanent' : 'transient');
      return id;
    });
    bench.take({ type: 'agent.drain', org: ORG, agent: 'b', draining: true, reason: 'full' });
    bench.take({ type: 'dead.requeue', ...bench.operator(dead as string) });
    bench.pass(HOUR);
    bench.join('a', ['git', 'gpu']);
    const order = served(bench, 'a');
    expect(new Set(order.slice(0, 3))).toEqual(new Set([failing, rejected, dead]));
    expect(order.slice(3)).toEqual(low);
  });

  test('among tasks that fall due together, in whichever order they were put down', () => {
    const bench = new Bench();
    const notBefore = bench.now + MINUTE;
    const ids = queue(bench, { lane: 'low', notBefore }, { lane: 'urgent', notBefore }, { lane: 'high', notBefore });
    bench.join('a');
    bench.pass(2 * MINUTE);
    expect(served(bench, 'a')).toEqual([ids[1], ids[2], ids[0]]);
  });

  test('among the children of one parent', () => {
    const bench = new Bench();
    bench.join('a');
    const parent = bench.submit();
    const dependsOn = [parent];
    const ids = queue(bench, { lane: 'low', dependsOn }, { lane: 'normal', dependsOn }, { lane: 'urgent', dependsOn });
    bench.accept(parent);
    bench.complete(parent);
    bench.tick();
    expect(served(bench, 'a')).toEqual([ids[2], ids[1], ids[0]]);
  });

  test('when the agent that declined it may have it again, before a new task', () => {
    const bench = new Bench();
    bench.join('a');
    const urgent = bench.submit({ lane: 'urgent' });
    bench.take({ type: 'task.reject', ...bench.by(urgent), reason: 'no' });
    bench.wait(6 * SECOND);
    bench.submit({ lane: 'low' });
    expect(bench.agent('a').task).toBe(urgent);
  });

  test('after a restart from a snapshot', () => {
    const bench = new Bench();
    const old = queue(bench, { lane: 'low' }, { lane: 'high' });
    bench.wait(AGED);
    const [urgent] = queue(bench, { lane: 'urgent' });
    bench.enrol('a');
    const { state } = bench;
    const loader = new StateLoader();
    for (const line of dumpOf(state)) loader.add(JSON.parse(line) as SnapshotRecord);
    const order = loader.finish().matching;
    const agent = { ...bench.agent('a') };
    const next = (): Task | undefined => order.taskFor(agent, bench.now, 15 * MINUTE);
    expect(next()?.id).toBe(urgent);
    order.dequeue(next() as Task);
    expect(next()?.id).toBe(old[1]);
  });

  test('in its own organisation only', () => {
    const bench = new Bench();
    const [low] = queue(bench, { lane: 'low' });
    bench.wait(AGED);
    const spec = { title: 't', prompt: 'p', lane: 'urgent' as const, needs: [] };
    bench.take({ type: 'task.submit', org: 'other', by: 'x', spec });
    bench.join('a');
    expect(served(bench, 'a')).toEqual([low]);
  });
});

describe('which agent gets it', () => {
  test('the longest idle', () => {
    const bench = new Bench();
    for (const name of ['a', 'b', 'c']) {
      bench.join(name);
      bench.wait(SECOND);
    }
    const first = bench.submit();
    bench.accept(first);
    bench.complete(first);
    expect(bench.task(bench.submit()).agent).toBe('b');
    expect(bench.task(bench.submit()).agent).toBe('c');
    expect(bench.task(bench.submit()).agent).toBe('a');
  });

  test('the longest idle also across different capabilities', () => {
    const bench = new Bench();
    bench.join('a', ['git', 'gpu']);
    bench.wait(SECOND);
    bench.join('b', ['git']);
    expect(bench.task(bench.submit({ needs: ['git'] })).agent).toBe('a');
  });

  test('one whose last task used the same repository goes before one that is idle for longer', () => {
    const bench = new Bench();
    bench.join('a');
    const warm = bench.submit({ repo: REPO });
    bench.accept(warm);
    bench.join('b');
    bench.wait(SECOND);
    bench.complete(warm);
    bench.wait(SECOND);
    const [task, next] = [bench.submit({ repo: REPO }), bench.submit({ repo: REPO })];
    expect(bench.task(task).agent).toBe('a');
    expect(bench.task(next).agent).toBe('b');
  });

  test('a task of another repository, or of none, does not care', () => {
    const bench = new Bench();
    bench.join('a');
    const warm = bench.submit({ repo: REPO });
    bench.accept(warm);
    bench.join('b');
    bench.wait(SECOND);
    bench.complete(warm);
    expect(bench.task(bench.submit({ repo: OTHER_REPO })).agent).toBe('b');
  });

  test('not one that declined it lately, for a time that doubles', () => {
    const bench = new Bench();
    bench.join('a');
    const task = bench.submit();
    const offeredAfter: number[] = [];
    for (let round = 0; round < 3; round++) {
      bench.take({ type: 'task.reject', ...bench.by(task), reason: 'no' });
      const since = bench.now;
      while (bench.task(task).agent === undefined) bench.pass(250);
      offeredAfter.push(Math.round((bench.now - since) / SECOND));
    }
    expect(offeredAfter).toEqual([5, 10, 20]);
  });

  test('an accept forgives what was declined before', () => {
    const bench = new Bench();
    bench.join('a');
    const task = bench.submit();
    bench.take({ type: 'task.reject', ...bench.by(task), reason: 'no' });
    bench.pass(6 * SECOND);
    bench.accept(task);
    expect(bench.task(task)).toMatchObject({ offers: 0 });
    expect(bench.task(task).passedOver).toBeUndefined();
  });
});

test('a task that nobody took after so many offers is dead', () => {
  const bench = new Bench({ maxOffers: 3 });
  bench.join('a');
  const task = bench.submit();
  for (let offer = 1; offer <= 3; offer++) {
    while (bench.task(task).state === 'queued') bench.pass(SECOND);
    bench.take({ type: 'task.reject', ...bench.by(task), reason: 'no' });
  }
  expect(bench.task(task)).toMatchObject({ state: 'dead', death: 'no_taker', offers: 3, attempts: 0 });
  bench.take({ type: 'dead.requeue', ...bench.operator(task) });
  expect(bench.task(task)).toMatchObject({ state: 'assigned', generation: 4, offers: 1 });
  expect(bench.task(task).death).toBeUndefined();
});

test('counts what waits in each lane', () => {
  const bench = new Bench();
  queue(bench, { lane: 'low' }, { lane: 'low', needs: ['gpu'] }, { lane: 'urgent' });
  expect(bench.state.matching.depths(ORG)).toEqual([1, 0, 0, 2]);
  expect(bench.state.matching.depths('other')).toEqual([0, 0, 0, 0]);
});

test('needs fit when each is a capability', () => {
  const set = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'));
  fc.assert(
    fc.property(set, set, (needs, capabilities) => {
      const skills = {
        capabilities: new Set(capabilities),
        dedicatedTo: [],
        runners: undefined,
        limited: new Set<string>(),
      };
      expect(hasSkills({ needs }, skills)).toBe(needs.every((need) => capabilities.includes(need)));
    }),
  );
});

test('in any fleet, no agent is idle while a task waits that it could take, and each offer is the best there is', () => {
  const act = fc.oneof(
    fc.record({
      do: fc.constant('join' as const),
      capabilities: fc.constantFrom([], ['git'], ['git', 'dedicated:git'], ['git', 'gpu'], ['git', 'runner:codex']),
      bounds: fc.constantFrom<AgentBounds>({}, {}, { repositories: [REPO.url] }, { runners: ['codex'] }),
    }),
    fc.record({
      do: fc.constant('submit' as const),
      lane: fc.constantFrom(...LANES),
      needs: fc.constantFrom([], ['git'], ['gpu']),
      spec: fc.constantFrom({}, { runner: 'codex' }, { runner: 'claude' }),
      repo: fc.constantFrom({}, { repo: REPO }, { repo: OTHER_REPO }),
    }),
    fc.record({ do: fc.constant('finish' as const), which: fc.nat(20), limited: fc.boolean() }),
    fc.record({ do: fc.constant('wait' as const), ms: fc.nat(HOUR) }),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60, size: 'max' }), (acts) => {
      const bench = new Bench({ acceptTimeoutSeconds: 3_600_000 });
      let agents = 0;
      for (const step of acts) {
        const queued = (): string[] =>
          [...bench.state.tasks.values()].filter(({ state }) => state === 'queued').map(({ id }) => id);
        const before = queued();
        if (step.do === 'join') bench.join(`agent-${agents++}`, step.capabilities, step.bounds);
        else if (step.do === 'submit') bench.submit({ lane: step.lane, needs: step.needs, ...step.spec, ...step.repo });
        else if (step.do === 'wait') bench.pass(step.ms);
        else {
          const busy = [...bench.state.agents.values()].filter(({ task }) => task !== undefined);
          const held = busy[step.which % Math.max(1, busy.length)]?.task;
          if (held === undefined) continue;
          bench.accept(held);
          if (step.limited) bench.fail(held, 'rate_limited', bench.now + HOUR);
          else bench.complete(held);
        }
        const waiting = queued().map((id) => bench.task(id));
        for (const agent of bench.state.agents.values()) {
          const skills = skillsOf(agent);
          const couldTake = waiting.filter(
            (task) =>
              isAble(wantedOf(task), agent) &&
              !isLimited(wantedOf(task), skills) &&
              !isPassedOver(task, agent.name, bench.now),
          );
          if (isAvailable(agent)) expect(couldTake).toEqual([]);
          if (agent.task === undefined) continue;
          const given = bench.task(agent.task);
          if (agent.repositories !== undefined) expect(given.spec.repo).toEqual(REPO);
          if (agent.runners !== undefined)
            expect(agent.capabilities).toContain(`runner:${given.spec.runner ?? 'codex'}`);
          if (!before.includes(agent.task)) continue;
          // What came to be queued in this same step may have come after the offer.
          for (const task of couldTake.filter(({ id }) => before.includes(id)))
            expect(goesFirst(task, given, bench.now, bench.state.config.values.tasks.agingStepSeconds * 1000)).toBe(
              false,
            );
        }
      }
    }),
    { numRuns: 150 },
  );
});
