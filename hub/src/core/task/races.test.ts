// What is asked of a task and what is reported about it at the same time. The hub decides one after the other, so a race is a row of commands:
// all rows of three are played here from every situation, and the agent speaks of the attempt that it knew at the beginning throughout.

import { describe, expect, test } from 'vitest';
import { agentKey } from '../agent/agent.js';
import type { Command } from '../commands.js';
import { Bench, dumpOf, HOUR, MINUTE, REPO, SECOND } from '../fixture.js';
import { Refusal } from '../refusal.js';
import { isFinal } from './task.js';

/** Of the report that the attempt ends with: once for all that is counted. */
const TOKENS = 10;

/** What agent `a` holds from the beginning, and says whenever it comes to it: the same report under the same mark. */
interface Known {
  readonly task: string;
  readonly generation: number;
  readonly completed: ReturnType<Bench['mark']>;
  readonly failed: ReturnType<Bench['mark']>;
}

type Act = (bench: Bench, known: Known) => Command | undefined;

/** Undefined: what had to happen has been done. A brake that stops what runs gets its line here, and its place in the table of pairs. */
const acts = {
  cancel: (bench, { task }) => ({ type: 'task.cancel', ...bench.operator(task), reason: 'enough' }),
  retry: (bench, { task }) => ({ type: 'task.retry', ...bench.operator(task), changes: { lane: 'high' } }),
  requeue: (bench, { task }) => ({ type: 'dead.requeue', ...bench.operator(task) }),
  discard: (bench, { task }) => ({ type: 'dead.discard', ...bench.operator(task), reason: 'enough' }),
  complete: (bench, { task, generation, completed }) => ({
    type: 'task.complete',
    ...bench.by(task, 'a', generation),
    report: completed,
    result: { summary: 'done' },
    usage: { inputTokens: TOKENS },
  }),
  fail: (bench, { task, generation, failed }) => ({
    type: 'task.fail',
    ...bench.by(task, 'a', generation),
    report: failed,
    error: { class: 'transient', code: 'it.failed', message: 'it failed' },
    usage: { inputTokens: TOKENS },
    left: bench.left(task),
  }),
  /** The link of the agent is given up. */
  lose: (bench) => {
    if (bench.agent('a').connection !== undefined) bench.gone('a');
    bench.pass(3 * MINUTE);
    return undefined;
  },
  /** It comes back, and says what it held. */
  return: (bench, { task, generation }) => {
    if (bench.agent('a').connection === undefined) bench.hello('a', { task, generation });
    return undefined;
  },
} satisfies Record<string, Act>;

type Name = keyof typeof acts;
const NAMES = Object.keys(acts) as Name[];

/** Brings a task into a situation; agent `a` holds it, or held it last. */
const situations: Readonly<Record<string, (bench: Bench) => string>> = {
  scheduled: (bench) => bench.submit({ repo: REPO, notBefore: bench.now + HOUR }),
  waiting: (bench) => bench.submit({ repo: REPO, dependsOn: [bench.submit({ notBefore: bench.now + HOUR })] }),
  queued: (bench) => {
    bench.accept(bench.submit());
    return bench.submit({ repo: REPO });
  },
  assigned: (bench) => bench.submit({ repo: REPO }),
  working,
  blocked: (bench) => {
    const task = working(bench);
    bench.block(task);
    return task;
  },
  'completed with its last attempt': (bench) => {
    const task = working(bench, 1);
    bench.complete(task);
    return task;
  },
  cancelled: (bench) => {
    const task = working(bench);
    bench.take({ type: 'task.cancel', ...bench.operator(task), reason: 'enough' });
    return task;
  },
  dead: (bench) => {
    const task = working(bench);
    bench.fail(task, 'permanent');
    return task;
  },
  'at its last attempt': (bench) => working(bench, 1),
  'backing off': (bench) => {
    const task = working(bench);
    bench.fail(task);
    return task;
  },
  'rate limited': (bench) => {
    const task = working(bench);
    bench.fail(task, 'rate_limited', bench.now + HOUR);
    return task;
  },
  lost: (bench) => {
    const task = working(bench);
    bench.gone('a');
    bench.pass(3 * MINUTE);
    return task;
  },
  'lost and taken by another': (bench) => {
    const task = working(bench);
    bench.gone('a');
    bench.pass(3 * MINUTE);
    bench.join('b');
    bench.take({ type: 'task.retry', ...bench.operator(task) });
    bench.accept(task);
    return task;
  },
};

function working(bench: Bench, maxAttempts = 3): string {
  const task = bench.submit({ repo: REPO, maxAttempts });
  bench.accept(task);
  return task;
}

/** A row of acts, with everything that must be true of each step. */
class Race {
  readonly bench = new Bench();
  readonly known: Known;
  /** Reports of the known attempt that were taken. */
  readonly taken = new Set<Name>();
  /** Of the known attempt at the beginning: what had been reported by then was not reported by `acts`. */
  readonly usedBefore: number;

  constructor(situation: string) {
    this.bench.join('a');
    const task = situations[situation]?.(this.bench) ?? '';
    const { attemptLog, generation } = this.bench.task(task);
    const own = attemptLog?.find(({ agent }) => agent === 'a')?.generation ?? Math.max(1, generation);
    this.known = { task, generation: own, completed: this.bench.mark(), failed: this.bench.mark() };
    this.usedBefore = this.bench.task(task).usage?.inputTokens ?? 0;
  }

  get task() {
    return this.bench.task(this.known.task);
  }

  step(name: Name): void {
    const { bench, known, task } = this;
    const before = { state: task.state, isLive: this.#isLive() };
    const command = (acts[name] as Act)(bench, known);
    if (command !== undefined) {
      const dump = bench.dump();
      const outcome = bench.decide(command);
      if (outcome instanceof Refusal) {
        expect(bench.dump()).toEqual(dump);
        // Whoever works on the live attempt, over its live link, is not sent away with what it has done.
        if (name === 'complete') expect(before.state === 'working' && before.isLive).toBe(false);
      } else {
        if (name === 'complete' || name === 'fail') this.taken.add(name);
        this.#repeats(name, command);
      }
    }
    if (isFinal(before.state)) expect(task.state).toBe(before.state);
    this.#isWhole();
  }

  /** The same again changes nothing: a report is confirmed again, so that its sidecar can forget it, and anything else is refused. */
  #repeats(name: Name, command: Command): void {
    const before = this.bench.dump();
    const again = this.bench.decide(command);
    expect(again instanceof Refusal).toBe(!this.taken.has(name));
    if (!(again instanceof Refusal)) expect(again.events).toEqual([]);
    expect(this.bench.dump()).toEqual(before);
  }

  #isLive(): boolean {
    const { bench, known, task } = this;
    return task.agent === 'a' && task.generation === known.generation && bench.agent('a').connection !== undefined;
  }

  #isWhole(): void {
    const { bench, known, task, taken } = this;
    const events = bench.log.map(({ event }) => event).filter((event) => 'task' in event && event.task === known.task);
    const ends = events.filter(({ type }) => type === 'task.completed' || type === 'task.cancelled');
    expect(ends.length).toBe(isFinal(task.state) ? 1 : 0);
    // Attempts: each failed once, and only those since the last requeue count.
    let counted = 0;
    for (const event of events) {
      if (event.type === 'task.requeued') counted = 0;
      if (event.type === 'task.attempt_failed' && event.counted) counted++;
      if (event.type === 'task.resumed' && counted > 0) counted--;
    }
    expect(task.attempts).toBe(counted);
    const generations = (task.attemptLog ?? []).map(({ generation }) => generation);
    expect(generations).toEqual([...new Set(generations)]);
    expect(task.attempts).toBeLessThanOrEqual(generations.length);
    // Work: one report of an attempt is taken, its use is counted once, and what it left stays known.
    expect(taken.size).toBeLessThanOrEqual(1);
    expect((task.usage?.inputTokens ?? 0) - this.usedBefore).toBe(taken.size * TOKENS);
    const own = task.attemptLog?.find(({ generation }) => generation === known.generation);
    if (taken.has('fail')) expect(own?.left).toEqual(bench.left(known.task));
    if (taken.has('complete')) expect([task.state, task.result?.summary]).toEqual(['completed', 'done']);
    const isHeld = ['assigned', 'working', 'blocked'].includes(task.state);
    expect(task.agent !== undefined).toBe(isHeld);
    if (task.agent !== undefined) expect(bench.state.agents.get(agentKey(task.org, task.agent))?.task).toBe(task.id);
  }

  /** With somebody there to do it, everything that has not ended does, a dead letter once it is requeued. */
  finish(): void {
    const { bench, known } = this;
    const { state } = this.task;
    if (state === 'dead') bench.take({ type: 'dead.requeue', ...bench.operator(known.task) });
    if (state === 'blocked') bench.take({ type: 'task.answer', ...bench.operator(known.task), answer: 'left' });
    bench.join('last');
    for (let round = 0; round < 40 && !isFinal(this.task.state); round++) {
      for (const { id, agent, state: now } of bench.state.tasks.values()) {
        const isThere = agent !== undefined && bench.agent(agent).connection !== undefined;
        if (isThere && now === 'assigned') bench.accept(id);
        if (isThere && bench.task(id).state === 'working') bench.complete(id);
      }
      bench.pass(round < 30 ? 10 * SECOND : HOUR);
    }
    expect(this.task.state).toBe(isFinal(state) ? state : 'completed');
    expect(dumpOf(bench.replay())).toEqual(bench.dump());
  }
}

describe.each(Object.keys(situations))('a task that is %s', (situation) => {
  test.each(NAMES)('ends once, with its attempts and its work, when the first of three is: %s', (first) => {
    for (const second of NAMES) {
      for (const third of NAMES) {
        const race = new Race(situation);
        try {
          for (const name of [first, second, third]) race.step(name);
          race.finish();
        } catch (error) {
          throw new Error(`${situation}: ${first}, ${second}, ${third}`, { cause: error });
        }
      }
    }
  });
});

/** For a task that is being worked on: what it is after the first (down) and the second (across). Who comes first, wins. */
const AFTER: Readonly<Record<Name, string>> = {
  //         cancel    retry     requeue   discard   complete  fail      lose      return
  cancel: '  cancelled cancelled cancelled cancelled cancelled cancelled cancelled cancelled',
  retry: '   cancelled working   working   working   completed scheduled scheduled working',
  requeue: ' cancelled working   working   working   completed scheduled scheduled working',
  discard: ' cancelled working   working   working   completed scheduled scheduled working',
  complete: 'completed completed completed completed completed completed completed completed',
  fail: '    cancelled assigned  scheduled scheduled scheduled scheduled queued    scheduled',
  lose: '    cancelled queued    scheduled scheduled scheduled scheduled queued    working',
  return: '  cancelled working   working   working   completed scheduled scheduled working',
};

test.each(NAMES)('of two that come at the same time the first wins: %s', (first) => {
  const after = NAMES.map((second) => {
    const race = new Race('working');
    race.step(first);
    race.step(second);
    return race.task.state;
  });
  expect(after).toEqual(AFTER[first].trim().split(/ +/));
});
