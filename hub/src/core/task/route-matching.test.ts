// Tasks that name several runners or models: who gets them, with what, and what is said while they wait.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Bench, fromSnapshot, HOUR, MINUTE, ORG, REPO, SECOND } from '../fixture.js';
import { HaltBench } from '../halt/fixture.js';
import { why } from './why.js';

const BOTH = { runner: ['claude', 'codex'] };

function choiceOf(bench: Bench, id: string): string | undefined {
  const { agent, choice } = bench.task(id);
  const { runner = '-', model, place, of } = choice ?? {};
  return agent && `${agent} ${runner}${model === undefined ? '' : ` ${model}`} ${place}/${of}`;
}

function reasons(bench: Bench, id: string) {
  return why(bench.state, bench.task(id)).reasons.map(({ code, message }) => `${code}: ${message}`);
}

function assignedFrame(bench: Bench, run: () => void) {
  const from = bench.log.length;
  run();
  return bench.log.slice(from).flatMap(({ event }) => (event.type === 'task.assigned' ? [event.choice] : []));
}

describe('of several runners', () => {
  test('the first that an agent has is used, and its agent hears of that one alone', () => {
    const bench = new Bench();
    bench.join('b', ['runner:codex']);
    bench.join('a', ['runner:claude']);
    const task = bench.submit({ ...BOTH, model: ['claude-opus-5', 'gpt-5.5'] });
    expect(choiceOf(bench, task)).toBe('a claude claude-opus-5 1/2');
    const outcome = bench.hello('a');
    const [assigned] = outcome.outputs.flatMap((one) =>
      one.kind === 'frame' && one.frame.type === 'task.assign' ? [one.frame.task] : [],
    );
    expect(assigned).toMatchObject({ runner: 'claude', model: 'claude-opus-5' });
    expect(assigned).not.toHaveProperty('maxCost');
  });

  test('what nobody has is passed, and come back to when somebody joins with it', () => {
    const bench = new Bench();
    bench.join('b', ['runner:codex']);
    const first = bench.submit(BOTH);
    expect(choiceOf(bench, first)).toBe('b codex 2/2');
    expect(bench.task(first).choice?.because).toBe('claude: no agent has the runner claude');
    const second = bench.submit(BOTH);
    bench.join('a', ['runner:claude']);
    expect(choiceOf(bench, second)).toBe('a claude 1/2');
  });

  test('a busy one is waited for, however idle the others are', () => {
    const bench = new Bench();
    bench.join('a', ['runner:claude']);
    bench.join('b', ['runner:codex']);
    const first = bench.submit(BOTH);
    const second = bench.submit(BOTH);
    expect(bench.task(second).state).toBe('queued');
    expect(reasons(bench, second)).toEqual(['agents_busy: claude, choice 1 of 2: 1 agent could do it, but it is busy']);
    bench.accept(first);
    bench.complete(first);
    expect(choiceOf(bench, second)).toBe('a claude 1/2');
  });

  test.each([
    ['is drained', (bench: Bench) => bench.take({ ...drain, draining: true })],
    ['is gone', (bench: Bench) => bench.gone('a')],
    ['cannot work', (bench: Bench) => bench.fitness('a', { code: 'machine.disk_low', message: 'full' })],
  ])('an agent that %s leaves what waits for it to the next, at once', (_, leave) => {
    const bench = new Bench();
    bench.join('a', ['runner:claude']);
    bench.join('b', ['runner:codex']);
    bench.accept(bench.submit(BOTH));
    const waiting = bench.submit(BOTH);
    expect(bench.task(waiting).state).toBe('queued');
    leave(bench);
    expect(choiceOf(bench, waiting)).toBe('b codex 2/2');
  });

  test('a halted runner is passed, and come back to when the halt ends', () => {
    const bench = new HaltBench();
    bench.join('a', ['runner:claude']);
    bench.join('b', ['runner:codex']);
    const halt = bench.halt({ kind: 'runner', value: 'claude' });
    const first = bench.submit(BOTH);
    expect(choiceOf(bench, first)).toBe('b codex 2/2');
    expect(bench.task(first).choice?.because).toContain('runner claude is halted by ada: moving house');
    const second = bench.submit(BOTH);
    expect(reasons(bench, second)[1]).toContain('halted: claude, choice 1 of 2: runner claude is halted');
    bench.resume(halt);
    expect(choiceOf(bench, second)).toBe('a claude 1/2');
  });

  test('a halt that comes later leaves what waits for the runner to the next, at once', () => {
    const bench = new HaltBench();
    bench.join('a', ['runner:claude']);
    bench.join('b', ['runner:codex']);
    bench.accept(bench.submit(BOTH));
    const waiting = bench.submit(BOTH);
    bench.halt({ kind: 'runner', value: 'claude' });
    expect(choiceOf(bench, waiting)).toBe('b codex 2/2');
  });

  test('a halt that stops what runs is about the chosen one alone', () => {
    const bench = new HaltBench();
    bench.join('a', ['runner:claude', 'runner:codex']);
    const task = bench.submit(BOTH);
    bench.accept(task);
    bench.stop({ kind: 'runner', value: 'codex' });
    expect(bench.task(task).state).toBe('working');
    bench.stop({ kind: 'runner', value: 'claude' });
    expect(bench.task(task).state).toBe('queued');
    expect(reasons(bench, task)).toHaveLength(2);
  });
});

const drain = { type: 'agent.drain', org: ORG, agent: 'a', reason: 'r', by: 'o' } as const;

describe('at a usage limit', () => {
  test('the next runner takes over at once, and the first is used again when its limit ends', () => {
    const bench = new Bench();
    bench.join('a', ['runner:claude']);
    bench.join('b', ['runner:codex']);
    const task = bench.submit(BOTH);
    bench.accept(task);
    bench.fail(task, 'rate_limited', bench.now + HOUR);
    expect(choiceOf(bench, task)).toBe('b codex 2/2');
    const until = new Date(bench.now + HOUR).toISOString();
    const because = `claude: 1 agent could do it, but the usage limit of claude has been hit; it resets by itself, until ${until}`;
    expect(bench.task(task).choice?.because).toBe(because);
    expect(bench.task(task).attempts).toBe(0);
    bench.accept(task);
    expect(reasons(bench, task)[0]).toContain(`, with codex, choice 2 of 2 (${because})`);
    const next = bench.submit(BOTH);
    expect(reasons(bench, next)).toEqual([
      'agents_busy: codex, choice 2 of 2: 1 agent could do it, but it is busy',
      expect.stringContaining('runner_limited: claude, choice 1 of 2: '),
    ]);
    bench.pass(HOUR + SECOND);
    expect(choiceOf(bench, next)).toBe('a claude 1/2');
    bench.complete(task);
    expect(bench.task(task).attemptLog?.map(({ agent, choice }) => `${agent} ${choice?.runner}`)).toEqual([
      'a claude',
      'b codex',
    ]);
  });

  test('one agent with both runners goes on with the other', () => {
    const bench = new Bench();
    bench.join('a', ['runner:claude', 'runner:codex']);
    const task = bench.submit(BOTH);
    bench.accept(task);
    bench.fail(task, 'rate_limited', bench.now + HOUR);
    expect(choiceOf(bench, task)).toBe('a codex 2/2');
    bench.accept(task);
    bench.fail(task, 'rate_limited', bench.now + MINUTE);
    expect(bench.task(task).state).toBe('queued');
    expect(reasons(bench, task)).toHaveLength(2);
    bench.pass(MINUTE + SECOND);
    expect(choiceOf(bench, task)).toBe('a codex 2/2');
  });

  test('of several models of one runner the next is tried, and tasks that name no model go on', () => {
    const bench = new Bench();
    bench.join('a', ['runner:claude']);
    const task = bench.submit({ runner: 'claude', model: ['opus', 'sonnet'] });
    bench.accept(task);
    bench.fail(task, 'rate_limited', bench.now + HOUR);
    expect(choiceOf(bench, task)).toBe('a claude sonnet 2/2');
    expect(bench.agent('a').limits).toEqual([{ runner: 'claude', model: 'opus', until: bench.now + HOUR }]);
    bench.accept(task);
    bench.complete(task);
    expect(bench.task(bench.submit({ runner: 'claude' })).agent).toBe('a');
    bench.take({ ...drain, draining: false });
    expect(bench.agent('a').limits).toBeUndefined();
  });

  test('a task of one runner waits for its limit as before', () => {
    const bench = new Bench();
    bench.join('a', ['runner:claude', 'runner:codex']);
    const task = bench.submit({ runner: 'claude' });
    bench.accept(task);
    bench.fail(task, 'rate_limited', bench.now + HOUR);
    expect(bench.task(task)).toMatchObject({ state: 'scheduled', reason: 'rate_limited' });
  });
});

describe('what an agent declines', () => {
  test('is tried with the next runner there, before the first is offered again', () => {
    const bench = new Bench();
    bench.join('a', ['runner:claude', 'runner:codex']);
    const task = bench.submit(BOTH);
    bench.take({ type: 'task.reject', ...bench.by(task), reason: 'not signed in' });
    expect(choiceOf(bench, task)).toBe('a codex 2/2');
    bench.take({ type: 'task.reject', ...bench.by(task), reason: 'neither' });
    expect(bench.task(task).state).toBe('queued');
    bench.pass(10 * MINUTE);
    expect(choiceOf(bench, task)).toBe('a claude 1/2');
  });

  test('because its runner is not signed in goes to the next, as soon as the machine can work again', () => {
    const bench = new Bench();
    bench.join('a', ['runner:claude', 'runner:codex']);
    const task = bench.submit(BOTH);
    bench.accept(task);
    bench.fail(task, 'machine', undefined, 'runner.not_signed_in');
    expect(bench.task(task).state).toBe('queued');
    bench.fitness('a');
    expect(choiceOf(bench, task)).toBe('a codex 2/2');
  });

  test('because the machine itself is broken is not offered to it with another runner', () => {
    const bench = new Bench();
    bench.join('a', ['runner:claude', 'runner:codex']);
    const task = bench.submit(BOTH);
    bench.accept(task);
    bench.fail(task, 'machine', undefined, 'git.not_started');
    bench.fitness('a');
    expect(bench.task(task).state).toBe('queued');
  });
});

describe('at most for so much', () => {
  function spent(bench: Bench, runner: string, model: string, costMicros: number, times = 5): void {
    for (let i = 0; i < times; i++) {
      bench.state.ledger.org(ORG).history.add([REPO.url, runner, '', model], {
        costMicros,
        currency: 'USD',
        inputTokens: costMicros,
        outputTokens: 0,
      });
    }
  }

  test('the cheapest that fits is used, and what is too dear is not, which is said', () => {
    const bench = new Bench();
    bench.join('a', ['runner:claude', 'runner:codex', 'runner:opencode']);
    spent(bench, 'claude', 'm', 3_100_000);
    spent(bench, 'codex', 'm', 2_000_000);
    spent(bench, 'opencode', 'm', 1_000_000);
    const spec = { repo: REPO, runner: ['claude', 'codex', 'opencode'], model: 'm', maxCost: 2_500_000 };
    const first = bench.submit(spec);
    expect(choiceOf(bench, first)).toBe('a opencode m 1/2');
    const second = bench.submit(spec);
    expect(reasons(bench, second)).toEqual([
      'agents_busy: opencode with m, choice 1 of 2: 1 agent could do it, but it is busy; 9 of 10 tasks like it cost at most 1.00 USD (from 5 tasks)',
      'over_max_cost: expected to cost more than the 2.50 that it may: 9 of 10 tasks like it cost at most 3.10 USD with claude with m (from 5 tasks); cancel it and submit it with more, or with another model',
    ]);
  });

  test('nothing is offered while all is too dear; it is estimated anew every hour', () => {
    const bench = new Bench();
    bench.join('a', ['runner:claude']);
    spent(bench, 'claude', 'm', 3_000_000);
    const task = bench.submit({ repo: REPO, runner: 'claude', model: 'm', maxCost: 1_000_000 });
    expect(bench.task(task).state).toBe('queued');
    expect(reasons(bench, task).map((reason) => reason.split(':')[0])).toEqual(['over_max_cost']);
    spent(bench, 'claude', 'm', 500_000, 50);
    bench.restart();
    bench.pass(HOUR + SECOND);
    expect(choiceOf(bench, task)).toBe('a claude m 1/1');
  });

  test('what nobody knows the cost of may run, and that is said', () => {
    const bench = new Bench();
    const task = bench.submit({ runner: 'claude', maxCost: 1 });
    bench.enrol('a', ['runner:claude']);
    expect(reasons(bench, task)).toEqual([
      'agents_offline: 1 agent could do it, but none is connected; nobody knows what it costs that way',
    ]);
    bench.hello('a');
    expect(choiceOf(bench, task)).toBe('a claude 1/1');
  });

  test('a limit to the cost alone waits for its usage limit as before', () => {
    const bench = new Bench();
    bench.join('a', ['runner:claude']);
    const task = bench.submit({ runner: 'claude', maxCost: 1 });
    bench.accept(task);
    bench.fail(task, 'rate_limited', bench.now + HOUR);
    expect(bench.task(task).state).toBe('scheduled');
  });

  test('a requeue with more is estimated anew', () => {
    const bench = new Bench();
    bench.join('a', ['runner:claude']);
    const task = bench.submit({ repo: REPO, runner: 'claude', model: 'm', maxCost: 1_000_000, maxAttempts: 1 });
    bench.accept(task);
    bench.fail(task);
    spent(bench, 'claude', 'm', 2_000_000);
    bench.take({ type: 'dead.requeue', ...bench.operator(task) });
    expect(bench.task(task).state).toBe('queued');
    bench.take({ type: 'task.cancel', ...bench.operator(task), reason: 'r' });
    const other = bench.submit({ repo: REPO, runner: 'claude', model: 'm', maxCost: 3_000_000, maxAttempts: 1 });
    expect(choiceOf(bench, other)).toBe('a claude m 1/1');
  });
});

test('a snapshot keeps what was chosen, and what it may cost', () => {
  const bench = new Bench();
  bench.join('a', ['runner:claude']);
  const task = bench.submit({ ...BOTH, maxCost: 5 });
  bench.accept(task);
  const loaded = fromSnapshot(bench.state).tasks.get(task);
  expect(loaded?.choice).toEqual(bench.task(task).choice);
  expect(loaded?.priced).toEqual(bench.task(task).priced);
  expect(loaded?.attemptLog?.[0]?.choice).toEqual(bench.task(task).choice);
});

/** What may be chosen does not depend on anything but the state. */
test('whatever happens to the agents, the choice is one of the list, the first that anybody may take, and the same again', () => {
  const RUNNERS = ['claude', 'codex', 'gemini'] as const;
  const step = fc.record({
    does: fc.constantFrom('submit', 'submit', 'gone', 'back', 'limit', 'drain', 'resume', 'finish', 'time'),
    agent: fc.nat(2),
    list: fc.shuffledSubarray([...RUNNERS], { minLength: 2 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const play = (): Bench => {
        const bench = new Bench();
        RUNNERS.forEach((runner, i) => void bench.join(`a${i}`, [`runner:${runner}`]));
        for (const { does, agent: which, list } of steps) {
          const agent = bench.agent(`a${which}`);
          const live = agent.task;
          if (does === 'submit') bench.submit({ runner: list });
          else if (does === 'gone' && agent.connection !== undefined) bench.gone(agent.name);
          else if (does === 'back' && agent.connection === undefined) bench.hello(agent.name);
          else if (does === 'drain' || does === 'resume')
            bench.take({ ...drain, agent: agent.name, draining: does === 'drain' });
          else if (does === 'time') bench.pass(10 * MINUTE);
          else if (live !== undefined && agent.connection !== undefined) {
            if (bench.task(live).state === 'assigned') bench.accept(live);
            if (does === 'limit') bench.fail(live, 'rate_limited', bench.now + 5 * MINUTE);
            else if (does === 'finish') bench.complete(live);
          }
        }
        return bench;
      };
      const bench = play();
      for (const { event } of bench.log) {
        if (event.type !== 'task.assigned') continue;
        const { runner } = bench.task(event.task).spec;
        expect(runner?.[(event.choice?.place ?? 0) - 1]).toBe(event.choice?.runner);
        expect(bench.agent(event.agent).capabilities).toContain(`runner:${event.choice?.runner}`);
      }
      for (const task of bench.state.tasks.values()) {
        if (task.state !== 'queued') continue;
        const open = (task.spec.runner as readonly string[]).find((runner) => {
          const one = bench.agent(`a${RUNNERS.indexOf(runner as (typeof RUNNERS)[number])}`);
          return (
            one.connection !== undefined &&
            !one.draining &&
            !one.unresponsive &&
            one.limits === undefined &&
            task.passedOver?.some(({ agent, until }) => agent === one.name && until > bench.now) !== true
          );
        });
        expect(bench.state.matching.routeFor(task, bench.now)?.route.runner).toBe(open);
        const taker = open === undefined ? undefined : bench.agent(`a${RUNNERS.indexOf(open as 'claude')}`);
        if (taker !== undefined) expect(taker.task ?? taker.stopping).toBeDefined();
      }
      expect(play().dump()).toEqual(bench.dump());
    }),
    { numRuns: 200 },
  );
});

test('an offer says what it was chosen for', () => {
  const bench = new Bench();
  const [choice] = assignedFrame(bench, () => {
    bench.join('a', ['runner:codex']);
    bench.submit(BOTH);
  });
  expect(choice).toEqual({ runner: 'codex', place: 2, of: 2, because: 'claude: no agent has the runner claude' });
});
