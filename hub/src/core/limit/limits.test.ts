// Spend limits: what they hold, stop and let go on. Long because each window, unit and scope has its cases.

import { describe, expect, test } from 'vitest';
import { dumpOf, HOUR, MINUTE, ORG, REPO, SECOND } from '../fixture.js';
import { taskView } from '../task/view.js';
import { why } from '../task/why.js';
import { LimitBench, OURS, UNIT, WHO } from './fixture.js';
import type { LimitScope } from './limit.js';

const DAY = 24 * HOUR;

describe('what is used', () => {
  test('counts for every limit that it is under, once, and for no other', () => {
    const bench = new LimitBench();
    const scopes: readonly LimitScope[] = [
      { kind: 'fleet' },
      OURS,
      { kind: 'repo', value: 'https://git.example.com/*' },
      { kind: 'runner', value: 'claude' },
      { kind: 'label', value: 'team=roof' },
      { kind: 'agent', value: 'a' },
      { kind: 'member', value: 'submitter' },
    ];
    const others: readonly LimitScope[] = [
      { kind: 'repo', value: 'https://git.example.com/door.git' },
      { kind: 'runner', value: 'codex' },
      { kind: 'label', value: 'team=door' },
      { kind: 'agent', value: 'b' },
      { kind: 'member', value: 'somebody' },
    ];
    for (const name of ['a', 'b']) bench.join(name);
    for (const scope of [...scopes, ...others]) bench.limit(1_000_000, scope);
    const task = bench.working('a', { repo: REPO, labels: { team: 'roof' } });
    bench.used(task, 100, { session: { runner: 'claude', id: 's' } });
    bench.used(task, 60);
    const counted = (scope: LimitScope) => bench.known(scope).periods[0]?.used.inputTokens;
    expect(scopes.map(counted)).toEqual(scopes.map(() => 100));
    expect(others.map(counted)).toEqual(others.map(() => 0));
  });

  test('in money counts in the currency of the limit, and without one; other currencies and unknown costs are kept apart', () => {
    const bench = new LimitBench();
    bench.limit({ day: { costMicros: 10 * UNIT } }, OURS, 'EUR');
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => bench.working(name)) as [string, string, string, string];
    bench.paid(a, 2 * UNIT, 'EUR');
    bench.paid(b, UNIT);
    bench.paid(c, 9 * UNIT, 'USD');
    bench.used(d, 70);
    bench.complete(d);
    const { used } = bench.known().periods[0] ?? {};
    expect(used?.cost).toEqual({ EUR: 2 * UNIT, XXX: UNIT, USD: 9 * UNIT });
    expect(used).toMatchObject({ unpricedTokens: 70, unknownCost: 1 });
    expect(bench.known().level).toBe('open');
  });

  test('today and this month counts from before the limit was set; a total begins with it', () => {
    const bench = new LimitBench();
    const task = bench.working('a');
    bench.used(task, 300);
    bench.limit({ day: { tokens: 1_000 }, month: { tokens: 1_000 }, total: { tokens: 1_000 } });
    expect(bench.known().periods.map(({ used }) => used.inputTokens)).toEqual([300, 300, 0]);
  });
});

describe('as more of it is used', () => {
  test('agents at work are told at 70 % by a message, which comes again with a new link', () => {
    const bench = new LimitBench();
    bench.estimates(1);
    bench.limit(1_000);
    const task = bench.working('a');
    bench.working('b');
    expect(bench.used(task, 699).frames).toEqual([]);
    const { frames, outputs } = bench.used(task, 700);
    expect(frames.map((text) => text.split(' ')[0])).toEqual(['message', 'message']);
    const said = outputs.flatMap((one) => (one.kind === 'frame' && one.frame.type === 'message' ? [one.frame] : []));
    expect(said.map(({ from, to }) => [from, to])).toEqual([
      ['hub', 'agent:a'],
      ['hub', 'agent:b'],
    ]);
    expect(said[0]?.body).toMatch(/70 % of the spend limit of org .*commit/);
    bench.gone('b');
    const { outputs: again } = bench.hello('b', { task: bench.agent('b').task ?? '', generation: 1 });
    const repeated = again.flatMap((one) => (one.kind === 'frame' && one.frame.type === 'message' ? [one.frame] : []));
    expect(repeated.map(({ messageId }) => messageId)).toEqual([said[1]?.messageId]);
  });

  test('at 85 % nothing is offered and no turn begins, in the decision that finds it; what runs goes on', () => {
    const bench = new LimitBench();
    bench.estimates(1);
    bench.limit(1_000);
    const task = bench.working('a');
    bench.join('b');
    const offered = bench.submit();
    expect(bench.task(offered).agent).toBe('b');
    const { outputs, events } = bench.used(task, 850);
    const turns = outputs.flatMap((one) =>
      one.kind === 'frame' && one.frame.type === 'task.turns' ? [one.frame] : [],
    );
    expect(turns).toMatchObject([{ task, allowed: false }]);
    expect(events.map(({ type }) => type)).toContain('task.limited');
    expect(bench.task(task).state).toBe('working');
    expect(bench.task(offered)).toMatchObject({ state: 'queued', agent: undefined, offers: 0 });
    bench.stopped(offered, 'b');
    expect(bench.task(bench.submit()).state).toBe('queued');
  });

  test('an attempt that needs another turn is given back, and waits for the limit', () => {
    const bench = new LimitBench();
    bench.limit(1_000);
    const task = bench.working('a', { repo: REPO });
    bench.used(task, 900);
    bench.stopped(task, 'a', { limited: true, left: bench.left(task) });
    expect(taskView(bench.task(task))).toMatchObject({
      state: 'scheduled',
      reason: 'budget',
      attemptsUsed: 0,
      attempts: [{ limit: 'org', ...bench.left(task) }],
    });
    bench.limit(2_000);
    expect(bench.task(task)).toMatchObject({ state: 'assigned', agent: 'a' });
  });

  test('one that needs it when there is room again goes on at once, with no attempt used', () => {
    const bench = new LimitBench();
    bench.limit(1_000);
    const task = bench.working('a');
    bench.used(task, 900);
    bench.limit(2_000);
    bench.stopped(task, 'a', { limited: true });
    expect(bench.task(task)).toMatchObject({ state: 'assigned', agent: 'a', attempts: 0 });
  });

  test('at 100 % what runs is stopped, its work is kept, no attempt is used, and after a raise it goes on where it was', () => {
    const bench = new LimitBench();
    bench.estimates(1);
    bench.limit(1_000);
    const [a, b] = [bench.working('a', { repo: REPO, needs: [] }), bench.working('b', { repo: REPO, needs: [] })];
    bench.block(b);
    const { frames } = bench.used(a, 1_000);
    expect(frames).toEqual(expect.arrayContaining([`task.cancel ${a} 1`, `task.cancel ${b} 1`]));
    bench.stopped(b, 'b');
    bench.stopped(a, 'a', { left: bench.left(a), usage: { inputTokens: 1_010 } });
    for (const task of [a, b])
      expect(taskView(bench.task(task))).toMatchObject({ state: 'scheduled', reason: 'budget' });
    expect(taskView(bench.task(a))).toMatchObject({
      attemptsUsed: 0,
      attempts: [{ limit: 'org', counted: false, ...bench.left(a) }],
    });
    expect(bench.known().periods[0]?.used.inputTokens).toBe(1_010);
    bench.restart();
    for (const name of ['a', 'b']) bench.hello(name);
    bench.pass(HOUR);
    expect(bench.task(a).state).toBe('scheduled');
    bench.limit(5_000);
    expect([a, b].map((task) => bench.task(task).agent)).toEqual(['a', 'b']);
    expect([a, b].map((task) => bench.task(task).attempts)).toEqual([0, 0]);
  });

  test('with its removal, and with the end of the day in the time zone, all goes on', () => {
    const bench = new LimitBench();
    bench.take({ type: 'config.patch', patch: { spending: { timeZone: 'Asia/Kolkata' } }, by: 'ada' });
    bench.limit(1_000);
    const task = bench.working('a');
    const end = Date.parse('2023-11-16T00:00:00+05:30');
    expect(bench.known().periods[0]?.until).toBe(end);
    bench.used(task, 1_000);
    bench.stopped(task, 'a');
    bench.pass(end - bench.now - MINUTE);
    expect(bench.task(task).state).toBe('scheduled');
    bench.pass(MINUTE + SECOND);
    expect(bench.task(task)).toMatchObject({ state: 'assigned', agent: 'a' });
    expect(bench.known()).toMatchObject({ level: 'open', periods: [{ until: end + DAY, used: { inputTokens: 0 } }] });
    bench.accept(task);
    bench.used(task, 2_000);
    bench.stopped(task, 'a');
    bench.unlimit();
    bench.tick();
    expect(bench.task(task)).toMatchObject({ state: 'assigned', agent: 'a' });
  });

  test('its own budget alone makes a task dead', () => {
    const bench = new LimitBench();
    bench.limit(1_000);
    const task = bench.working('a', { budget: { tokens: 500 } });
    bench.used(task, 600);
    bench.fail(task, 'budget');
    expect(bench.task(task)).toMatchObject({ state: 'dead', death: 'budget' });
  });

  test('a large fleet is stopped page by page, and let go on page by page', () => {
    const bench = new LimitBench();
    bench.estimates(0);
    bench.limit(1_000);
    const tasks = Array.from({ length: 1_200 }, (_, i) => bench.working(`a${i}`));
    const inState = (state: string) => tasks.filter((task) => bench.task(task).state === state).length;
    bench.used(tasks[0] ?? '', 1_000);
    expect(inState('scheduled')).toBe(500);
    bench.wait(SECOND / 4);
    expect(bench.take({ type: 'tick' }).reply.more).toBe(true);
    bench.tick();
    expect(inState('scheduled')).toBe(1_200);
    for (const [i, task] of tasks.entries()) bench.stopped(task, `a${i}`);
    bench.limit(9_000);
    expect(inState('assigned')).toBe(500);
    bench.pass(SECOND / 4);
    expect(inState('assigned')).toBe(1_200);
  });
});

describe('a limit of a day and in all', () => {
  test('that stops a large fleet as the day ends stops all of it', () => {
    const bench = new LimitBench();
    bench.estimates(0);
    bench.limit({ day: { tokens: 1_000 }, total: { tokens: 1_000 } });
    const tasks = Array.from({ length: 600 }, (_, i) => bench.working(`a${i}`));
    const end = bench.known().periods[0]?.until ?? 0;
    bench.pass(end - bench.now - 100);
    bench.used(tasks[0] ?? '', 1_000);
    bench.pass(100);
    bench.pass(SECOND);
    expect(bench.known()).toMatchObject({ level: 'reached', periods: [{ used: { inputTokens: 0 } }, {}] });
    expect(tasks.filter((task) => bench.task(task).state === 'working')).toEqual([]);
  });
});

describe('an agent that was away', () => {
  test('is told to stop what the limit has taken, before it is offered anything', () => {
    const bench = new LimitBench();
    bench.estimates(1);
    bench.limit(1_000);
    const [a, b] = [bench.working('a'), bench.working('b')];
    bench.gone('b');
    bench.used(a, 1_000);
    const { reply, frames } = bench.hello('b', { task: b, generation: 1 });
    expect(reply.holding).toBe('keep');
    expect(frames).toEqual([`task.cancel ${b} 1`]);
  });

  test('does not go on with a lost attempt under a limit that is reached', () => {
    const bench = new LimitBench();
    bench.estimates(1);
    bench.limit(1_000);
    const [a, b] = [bench.working('a'), bench.working('b')];
    bench.gone('b');
    bench.pass(3 * MINUTE);
    expect(bench.task(b).state).not.toBe('working');
    bench.used(a, 1_000);
    expect(bench.hello('b', { task: b, generation: 1 }).reply.holding).toBe('drop');
  });
});

describe('what runs reserves', () => {
  test('also what ran before there was a limit, so that no more begins beside it than fits', () => {
    const bench = new LimitBench();
    bench.estimates(300, UNIT);
    const before = bench.working('a');
    bench.used(before, 100);
    bench.working('b', { budget: { tokens: 50 } });
    bench.limit(500);
    expect(bench.state.limits.reservedOf(bench.known())).toEqual({ tasks: 2, costMicros: 2 * UNIT, tokens: 250 });
    bench.join('c');
    expect(bench.task(bench.submit()).state).toBe('queued');
    bench.complete(before);
    bench.limit(5_000);
    expect(bench.state.limits.reservedOf(bench.known())).toMatchObject({ tasks: 2, tokens: 350 });
  });

  test('what tasks like it have used, so that no more begin than fit', () => {
    const bench = new LimitBench();
    for (const tokens of [100, 100, 100, 100, 300]) {
      const task = bench.working('a', { repo: REPO });
      bench.used(task, tokens);
      bench.complete(task);
    }
    bench.limit({ total: { tokens: 1_000 } });
    for (const name of ['b', 'c', 'd']) bench.join(name);
    const tasks = Array.from({ length: 4 }, () => bench.submit({ repo: REPO }));
    expect(tasks.map((task) => bench.task(task).state)).toEqual(['assigned', 'assigned', 'assigned', 'queued']);
    expect(bench.state.limits.reservedOf(bench.known())).toEqual({ tasks: 3, costMicros: UNIT * 3, tokens: 900 });
    expect(why(bench.state, bench.task(tasks[3] ?? '')).reasons[0]).toMatchObject({
      code: 'limit_reserved',
      limit: 'org',
    });
  });

  test('less with each report, and nothing once it has ended; then what waits begins', () => {
    const bench = new LimitBench();
    bench.estimates(600);
    bench.limit({ total: { tokens: 1_000 } });
    for (const name of ['a', 'b']) bench.join(name);
    const [first, second] = [bench.submit(), bench.submit()];
    expect(bench.task(second).state).toBe('queued');
    bench.accept(first);
    bench.used(first, 100);
    expect(bench.state.limits.reservedOf(bench.known())).toMatchObject({ tasks: 1, tokens: 500 });
    expect(bench.task(second).state).toBe('queued');
    bench.complete(first);
    expect(bench.task(second).state).toBe('assigned');
    expect(bench.state.limits.reservedOf(bench.known())).toMatchObject({ tasks: 1, tokens: 100 });
  });

  test('and what does not fit holds back nothing else once it has left the queue', () => {
    const bench = new LimitBench();
    bench.estimates(300);
    bench.limit({ total: { tokens: 1_000 } });
    for (const name of ['a', 'b', 'c']) bench.join(name);
    bench.accept(bench.submit());
    bench.estimates(900);
    const dear = bench.submit();
    bench.estimates(300);
    const other = bench.submit();
    expect([dear, other].map((id) => bench.task(id).state)).toEqual(['queued', 'queued']);
    bench.take({ type: 'task.cancel', ...bench.operator(dear), reason: 'too dear' });
    expect(bench.task(other).state).toBe('assigned');
    expect(bench.known().waits).toBeUndefined();
  });

  test('never so much that nothing can begin alone, and never more than its own budget', () => {
    const bench = new LimitBench();
    bench.estimates(5_000);
    bench.limit(1_000);
    for (const name of ['a', 'b']) bench.join(name);
    const small = bench.submit({ budget: { tokens: 200 } });
    expect(bench.task(small).estimate?.tokens).toBe(200);
    const large = bench.submit();
    expect(bench.task(large).state).toBe('queued');
    bench.accept(small);
    bench.complete(small);
    expect(bench.task(large).state).toBe('assigned');
  });

  test('what is not under the limit goes on beside it', () => {
    const bench = new LimitBench();
    bench.estimates(600);
    bench.limit(1_000, { kind: 'label', value: 'team=roof' });
    for (const name of ['a', 'b', 'c']) bench.join(name);
    const tasks = ['roof', 'roof', 'door'].map((team) => bench.submit({ labels: { team } }));
    expect(tasks.map((task) => bench.task(task).state)).toEqual(['assigned', 'queued', 'assigned']);
  });

  test('nothing of a runner once another is known to work on it', () => {
    const bench = new LimitBench();
    bench.estimates(600);
    bench.limit(1_000, { kind: 'runner', value: 'claude' });
    const task = bench.working('a');
    const reserved = () => bench.state.limits.reservedOf(bench.known({ kind: 'runner', value: 'claude' })).tasks;
    expect(reserved()).toBe(1);
    const session = { runner: 'codex', id: 's' };
    bench.take({ type: 'task.progress', ...bench.by(task), report: bench.mark(), session });
    expect(reserved()).toBe(0);
  });

  test('the same after a restart', () => {
    const bench = new LimitBench();
    bench.estimates(300);
    bench.limit(1_000);
    const task = bench.working('a');
    bench.used(task, 100);
    bench.restart();
    expect(bench.state.limits.reservedOf(bench.known())).toMatchObject({ tasks: 1, tokens: 200 });
    expect(dumpOf(bench.replay())).toEqual(bench.dump());
  });
});

describe('whoever asks', () => {
  test.each([
    ['the fleet', { kind: 'fleet' }, 'auth.forbidden'],
    ['another organisation', { kind: 'org', value: 'other' }, 'auth.forbidden'],
    ['an agent that is not there', { kind: 'agent', value: 'nobody' }, 'agent.not_found'],
  ] as const)('without running the hub cannot limit %s', (_what, scope, code) => {
    const bench = new LimitBench();
    bench.take({ type: 'org.ensure', org: 'other' });
    const amounts = { day: { tokens: 1 } };
    expect(bench.refusal({ type: 'limit.set', ...WHO, ofHub: false, scope, amounts })).toBe(code);
  });

  test('changes only the terms that were seen', () => {
    const bench = new LimitBench();
    const set = (day: number, ifTerms?: string) =>
      bench.refusal({
        ...{
          type: 'limit.set',
          ...WHO,
          scope: OURS,
          currency: 'EUR',
          amounts: { day: { costMicros: day, tokens: 7 } },
        },
        ...(ifTerms !== undefined && { ifTerms }),
      });
    const conflict = 'limit.version_conflict';
    expect(set(5, 'EUR;day=5,7')).toBe(conflict);
    expect(set(5)).toBeUndefined();
    expect([set(6, 'EUR;day=5,7'), set(7, 'EUR;day=5,7')]).toEqual([undefined, conflict]);
    // Spending under a limit does not change its terms.
    bench.used(bench.working('a'), 3);
    expect(set(8, 'EUR;day=6,7')).toBeUndefined();
  });

  test('removes only what is there and its own', () => {
    const bench = new LimitBench();
    bench.take({ type: 'org.ensure', org: 'other' });
    bench.limit(1, { kind: 'org', value: 'other' });
    const other = { org: 'other', ofHub: false, by: 'bob' };
    expect(bench.refusal({ type: 'limit.remove', ...other, scope: OURS })).toBe('auth.forbidden');
    expect(bench.refusal({ type: 'limit.remove', ...other, scope: { kind: 'fleet' } })).toBe('limit.not_found');
    bench.unlimit({ kind: 'org', value: 'other' });
    expect(bench.state.limits.isEmpty).toBe(true);
  });

  test('is named the limit by every task that it holds back', () => {
    const bench = new LimitBench();
    bench.limit({ month: { tokens: 1_000 } }, { kind: 'label', value: 'team=roof' });
    const task = bench.working('a', { labels: { team: 'roof' } });
    bench.used(task, 900);
    const waiting = bench.submit({ labels: { team: 'roof' } });
    const [reason] = why(bench.state, bench.task(waiting)).reasons;
    expect(reason).toMatchObject({
      code: 'limit_reached',
      limit: 'label:team=roof',
      until: '2023-12-01T00:00:00.000Z',
    });
    expect(reason?.message).toBe(
      '90 % of the spend limit of label:team=roof is used this month (900 of 1000 tokens), and nothing new begins from 85 % on; raise it with `agentcom limit raise label team=roof`',
    );
    bench.used(task, 1_000);
    expect(why(bench.state, bench.task(task)).reasons[0]).toMatchObject({ code: 'limit_reached' });
  });

  test('a task is under no limit that another organisation has', () => {
    const bench = new LimitBench();
    bench.take({ type: 'org.ensure', org: 'other' });
    bench.take({
      type: 'limit.set',
      org: 'other',
      ofHub: false,
      by: 'bob',
      scope: OURS,
      amounts: { day: { tokens: 1 } },
    });
    const task = bench.working('a');
    bench.used(task, 1_000);
    expect(bench.task(task).state).toBe('working');
    expect(bench.state.limits.of(ORG)).toEqual([]);
  });
});
