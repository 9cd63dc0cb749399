// The loop, step by step: what goes out, in which order, and what is never said before it is durable.

import { describe, expect, test } from 'vitest';
import type { Command } from '../core/commands.js';
import { Refusal } from '../core/decision.js';
import type { Event } from '../core/events.js';
import { ORG, submission } from '../core/fixture.js';
import { emptyState, type State } from '../core/state.js';
import { Coordinator, LEADER_BEAT_MS, LEADER_SILENCE_MS } from './coordinator.js';
import type { Batch, CoordinatorOutput, JournalHead, LeadershipPhase, Recovered } from './ports.js';

const EMPTY: JournalHead = { journal: 'j', seq: 0, hash: '' };
const headAt = (seq: number): JournalHead => ({ journal: 'j', seq, hash: `hash-${seq}` });
const START = 1_700_000_000_000;

/** A coordinator whose surroundings do nothing but remember. */
const HUB_B = { hub: 'hub-b', epoch: 1, url: 'http://b', version: '1' };

class Stage {
  readonly appends: { readonly batch: Batch; readonly after: JournalHead }[] = [];
  readonly recoveries: (JournalHead | null)[] = [];
  readonly follows: JournalHead[] = [];
  readonly phases: LeadershipPhase[] = [];
  /** Answers and frames, in the order in which they went out. */
  readonly out: string[] = [];
  readonly committed: Event[] = [];
  readonly defects: unknown[] = [];
  readonly #names: string[] = [];
  readonly coordinator: Coordinator;
  now = START;
  #ids = 0;
  #failsIds = false;

  constructor(options: { readonly exclusive?: boolean; readonly hub?: string } = {}) {
    this.coordinator = new Coordinator({
      hub: options.hub ?? 'hub-a',
      self: () => ({ url: 'http://a', version: '1' }),
      exclusive: options.exclusive ?? true,
      facts: { version: '1.0.0', heartbeatSeconds: 15 },
      inputs: { newId: () => this.#newId(), random: () => 0.5 },
      outputs: {
        append: (batch, after) => this.appends.push({ batch, after }),
        recover: (atLeast) => this.recoveries.push(atLeast),
        follow: (after) => this.follows.push(after),
        gathered: () => this.coordinator.flush(this.now),
        committed: (changes) => this.committed.push(...changes.map(({ event }) => event)),
        reset: () => undefined,
        deliver: (outputs) => this.#deliver(outputs),
        defect: (error) => this.defects.push(error),
        phase: (phase) => this.phases.push(phase),
      },
    });
    this.coordinator.start();
  }

  recovered(found: Partial<Recovered> = {}): void {
    this.coordinator.recovered(
      { state: emptyState(), head: EMPTY, epoch: 0, lastHub: null, readFrom: 0, batchIds: new Set(), ...found },
      this.now,
    );
  }

  get inFlight(): { readonly batch: Batch; readonly after: JournalHead } {
    const last = this.appends.at(-1);
    if (last === undefined) throw new Error('nothing was appended');
    return last;
  }

  get types(): string[] {
    return this.inFlight.batch.events.map((event) => (JSON.parse(event) as Event).type);
  }

  ack(): void {
    this.coordinator.appended({ kind: 'acked', head: headAt(this.inFlight.after.seq + 1) }, this.now);
  }

  overtaken(): void {
    this.coordinator.appended({ kind: 'overtaken' }, this.now);
  }

  unknown(): void {
    this.coordinator.appended({ kind: 'unknown', reason: 'no answer' }, this.now);
  }

  pass(ms: number): void {
    this.now += ms;
    this.coordinator.tick(this.now);
  }

  /** Asks for something; its answer appears in `out` as `name: ok` or `name: code`. */
  ask(name: string, command: Command, source = 'http'): void {
    this.coordinator.submit({ connection: source, command, call: this.#call(name) }, this.now);
  }

  submit(name: string, source = 'http', spec: Parameters<typeof submission>[0] = {}): void {
    this.ask(name, submission({ title: name, ...spec }, { key: name, digest: name }), source);
  }

  cancel(name: string, task: string): void {
    this.ask(name, { type: 'task.cancel', org: ORG, task, by: 'operator', reason: 'enough' });
  }

  read(name: string): void {
    this.coordinator.read((state: State) => `${state.tasks.size} tasks`, this.#call(name), this.now);
  }

  leave(): void {
    this.coordinator.leave(this.#call('left'), this.now);
  }

  /** From now on no id can be had, until one was asked for. */
  failIds(): void {
    this.#failsIds = true;
  }

  #newId(): string {
    if (!this.#failsIds) return `id-${++this.#ids}`;
    this.#failsIds = false;
    throw new Error('no id');
  }

  #call(name: string): number {
    return this.#names.push(name) - 1;
  }

  #deliver(outputs: readonly CoordinatorOutput[]): void {
    for (const output of outputs) {
      if (output.kind !== 'reply') this.out.push(output.kind === 'frame' ? `frame ${output.frame.type}` : 'close');
      else this.#said(this.#names[output.call] ?? '', output.outcome);
    }
  }

  #said(name: string, outcome: unknown): void {
    if (name === 'left') {
      this.out.push('left');
      this.coordinator.stop();
    } else if (name !== '') {
      const value = typeof outcome === 'object' && outcome !== null && 'value' in outcome ? outcome.value : 'ok';
      this.out.push(`${name}: ${outcome instanceof Refusal ? outcome.code : value}`);
    }
  }
}

/** Leading, with nothing under way. */
function leading(options: { readonly exclusive?: boolean } = {}): Stage {
  const stage = new Stage(options);
  stage.recovered();
  stage.ack();
  return stage;
}

describe('taking the lead', () => {
  test('begins with a recovery, then a batch of its own that holds nothing else', () => {
    const stage = new Stage();
    expect(stage.recoveries).toEqual([null]);
    stage.submit('early');
    stage.recovered({ epoch: 6, head: headAt(9) });
    expect(stage.appends).toHaveLength(1);
    expect(stage.types).toEqual(['leader.elected']);
    expect(stage.inFlight).toMatchObject({ batch: { epoch: 7, hub: 'hub-a' }, after: headAt(9) });
    stage.submit('still early');
    stage.ack();
    expect(stage.coordinator.epoch).toBe(7);
    expect(stage.phases).toEqual(['recovering', 'taking', 'leading']);
    expect(stage.out).toEqual(['early: hub.recovering', 'still early: hub.recovering']);
  });

  test('is not for a hub that finds another one at work', () => {
    const stage = new Stage({ exclusive: false });
    const state = { ...emptyState(), leader: HUB_B };
    stage.recovered({ state, lastHub: 'hub-b', epoch: 3, head: headAt(4) });
    expect(stage.coordinator.phase).toBe('following');
    expect(stage.follows).toEqual([headAt(4)]);
    stage.submit('x');
    stage.read('y');
    expect(stage.out).toEqual(['x: hub.not_leader', 'y: 0 tasks']);
  });

  test.each([
    ['it led last itself', { lastHub: 'hub-a', leader: { ...HUB_B, hub: 'hub-a' } }],
    ['the last one has left', { lastHub: 'hub-b', leader: undefined }],
    ['nobody ever led', { lastHub: null, leader: undefined }],
  ])('comes at once when %s', (_why, { lastHub, leader }) => {
    const stage = new Stage({ exclusive: false });
    stage.recovered({ state: { ...emptyState(), leader }, lastHub });
    expect(stage.coordinator.phase).toBe('taking');
  });

  function following(): Stage {
    const stage = new Stage({ exclusive: false });
    stage.recovered({
      state: { ...emptyState(), leader: HUB_B, epoch: 3 },
      lastHub: 'hub-b',
      epoch: 3,
      head: headAt(4),
    });
    return stage;
  }

  test('comes after so much silence, counted from the last batch', () => {
    const stage = following();
    stage.pass(LEADER_SILENCE_MS - 1);
    stage.coordinator.followed(
      { id: 'x', epoch: 3, at: stage.now, hub: 'hub-b', events: [], head: headAt(5) },
      stage.now,
    );
    expect(stage.coordinator.nextAt()).toBe(stage.now + LEADER_SILENCE_MS);
    stage.pass(LEADER_SILENCE_MS - 1);
    expect(stage.coordinator.phase).toBe('following');
    stage.pass(1);
    expect(stage.coordinator.phase).toBe('taking');
    expect(stage.inFlight).toMatchObject({ batch: { epoch: 4 }, after: headAt(5) });
  });

  test('comes at once when the leader says that it leaves', () => {
    const stage = following();
    const events: Event[] = [{ type: 'leader.left', hub: 'hub-b' }];
    stage.coordinator.followed({ id: 'x', epoch: 3, at: stage.now, hub: 'hub-b', events, head: headAt(5) }, stage.now);
    expect(stage.coordinator.phase).toBe('taking');
  });

  test('is given up when another was faster', () => {
    const stage = following();
    stage.pass(LEADER_SILENCE_MS);
    stage.overtaken();
    expect(stage.coordinator.phase).toBe('recovering');
    stage.recovered({
      state: { ...emptyState(), leader: { ...HUB_B, hub: 'hub-c' } },
      lastHub: 'hub-c',
      epoch: 4,
      head: headAt(5),
    });
    expect(stage.coordinator.phase).toBe('following');
  });

  test('needs the whole journal again when the following broke off', () => {
    const stage = following();
    stage.coordinator.followBroken();
    expect(stage.coordinator.phase).toBe('recovering');
    expect(stage.recoveries).toEqual([null, headAt(4)]);
  });
});

describe('group commit', () => {
  test('one append is in flight; what comes meanwhile goes together into the next', () => {
    const stage = leading();
    stage.submit('a');
    stage.submit('b');
    stage.submit('c');
    expect(stage.appends).toHaveLength(2);
    expect(stage.types).toEqual(['task.submitted']);
    stage.ack();
    expect(stage.appends).toHaveLength(3);
    expect(stage.types).toEqual(['task.submitted', 'task.submitted']);
    expect(stage.inFlight.after).toEqual(headAt(2));
  });

  test('nothing is answered before it is durable, and then in order, replies before effects', () => {
    const stage = leading();
    stage.ask('', { type: 'enrolment.create', org: ORG, by: 'x', hash: 't', uses: 1, ttlMs: 9_999, capabilities: [] });
    stage.ack();
    stage.ask('', { type: 'enrol', tokenHash: 't', keyHash: 'k', name: 'a', capabilities: [], host: 'h', os: 'o' });
    stage.ack();
    const hello = {
      type: 'agent.hello' as const,
      org: ORG,
      agent: 'a',
      connection: 'c',
      instance: 'i',
      capabilities: [],
      version: '1',
      host: 'h',
      os: 'o',
    };
    stage.ask('', hello);
    stage.ack();
    stage.submit('a');
    stage.submit('b');
    expect(stage.out).toEqual([]);
    stage.ack();
    expect(stage.out).toEqual(['a: ok', 'frame task.assign']);
    stage.ack();
    expect(stage.out).toEqual(['a: ok', 'frame task.assign', 'b: ok']);
    expect(stage.committed.map(({ type }) => type).slice(-3)).toEqual([
      'task.submitted',
      'task.assigned',
      'task.submitted',
    ]);
  });

  test('a refusal and a read wait for what they may have seen', () => {
    const stage = leading();
    stage.submit('a');
    stage.submit('b');
    stage.cancel('cancel', 'id-none');
    stage.read('read');
    expect(stage.out).toEqual([]);
    stage.ack();
    expect(stage.out).toEqual(['a: ok']);
    stage.ack();
    expect(stage.out).toEqual(['a: ok', 'b: ok', 'cancel: task.not_found', 'read: 2 tasks']);
  });

  test('with nothing under way they are answered at once', () => {
    const stage = leading();
    stage.cancel('cancel', 'id-none');
    stage.read('read');
    expect(stage.out).toEqual(['cancel: task.not_found', 'read: 0 tasks']);
    expect(stage.appends).toHaveLength(1);
  });

  test('but a hub that was silent for long asks the journal before it answers', () => {
    const stage = leading();
    stage.now += 2 * LEADER_BEAT_MS + 1;
    stage.read('read');
    expect(stage.out).toEqual([]);
    expect(stage.inFlight.batch.events).toEqual([]);
    stage.ack();
    expect(stage.out).toEqual(['read: 0 tasks']);
  });

  test('counted from when the last acknowledged append was sent, since the answer may have lain there for long', () => {
    const stage = leading();
    stage.submit('a');
    stage.now += 2 * LEADER_BEAT_MS + 1;
    stage.read('before the answer');
    stage.ack();
    expect(stage.out).toEqual(['a: ok']);
    stage.read('after the answer');
    stage.ack();
    expect(stage.out).toEqual(['a: ok', 'before the answer: 1 tasks', 'after the answer: 1 tasks']);
  });

  test('and so does one whose machine may have slept', () => {
    const stage = leading();
    stage.coordinator.suspectClockGap();
    stage.read('first');
    stage.read('second');
    expect(stage.out).toEqual([]);
    expect(stage.appends).toHaveLength(2);
    stage.overtaken();
    expect(stage.out).toEqual(['first: hub.not_leader', 'second: hub.not_leader']);
  });

  test('all decisions of a batch have its time, and time never goes back', () => {
    const stage = leading();
    stage.submit('a');
    stage.now += 50;
    stage.submit('b');
    stage.now -= 20;
    stage.submit('c');
    stage.ack();
    expect(stage.inFlight.batch.at).toBe(START + 50);
    expect([...stage.coordinator.state.tasks.values()].map(({ createdAt }) => createdAt - START)).toEqual([0, 50, 50]);
  });

  test('a batch is closed when it is full, what waits has its turn, and each source its share', () => {
    const stage = leading();
    const large = { prompt: 'x'.repeat(100_000) };
    stage.submit('first');
    for (let i = 0; i < 6; i++) stage.submit(`large ${i}`, 'http', large);
    for (let i = 0; i < 600; i++) stage.submit(`greedy ${i}`, 'greedy');
    stage.submit('modest', 'modest');
    expect(stage.coordinator.backlog).toBe(512 + 1);
    expect(stage.out).toHaveLength(600 - 512);
    expect(new Set(stage.out.map((line) => line.split(': ')[1]))).toEqual(new Set(['hub.busy']));
    for (let i = 0; i < 3; i++) stage.ack();
    expect(stage.coordinator.backlog).toBe(0);
    expect(stage.out.filter((line) => line.endsWith(': ok'))).toHaveLength(1 + 6 + 512 + 1);
    expect(stage.out.at(-1)).toBe('modest: ok');
  });
});

describe('time', () => {
  test('a leader with nothing to say appends an empty batch all the same', () => {
    const stage = leading();
    expect(stage.coordinator.nextAt()).toBe(START + LEADER_BEAT_MS);
    stage.pass(LEADER_BEAT_MS - 1);
    expect(stage.appends).toHaveLength(1);
    stage.pass(1);
    expect(stage.appends).toHaveLength(2);
    expect(stage.inFlight.batch.events).toEqual([]);
  });

  test('what falls due is decided and appended', () => {
    const stage = leading();
    stage.submit('later', 'http', { notBefore: START + 1_000 });
    stage.ack();
    expect(stage.coordinator.nextAt()).toBe(START + 1_000);
    stage.pass(1_000);
    expect(stage.types).toEqual(['task.due']);
  });

  test('what falls due behind a batch that is filling waits for it, without waking in vain', () => {
    const stage = leading();
    stage.submit('later', 'http', { notBefore: START + 1_000 });
    stage.submit('filling');
    stage.pass(2_000);
    expect(stage.coordinator.nextAt()).toBeGreaterThan(stage.now);
    stage.ack();
    expect(stage.types).toEqual(['task.submitted']);
    stage.ack();
    expect(stage.types).toEqual(['task.due']);
  });
});

describe('an append that failed', () => {
  function withTwoWaiting(options: { readonly exclusive?: boolean } = {}): Stage {
    const stage = leading(options);
    stage.submit('sent');
    stage.submit('gathered');
    return stage;
  }

  test('overtaken: what was sent is not stored, what was gathered is dropped, and the journal is read again', () => {
    const stage = withTwoWaiting({ exclusive: false });
    stage.overtaken();
    expect(stage.out).toEqual(['sent: hub.not_leader', 'gathered: hub.recovering']);
    expect(stage.coordinator.phase).toBe('recovering');
    expect(stage.recoveries.at(-1)).toEqual(headAt(1));
    stage.recovered({ state: { ...emptyState(), leader: HUB_B }, lastHub: 'hub-b', epoch: 2, head: headAt(2) });
    expect(stage.coordinator.phase).toBe('following');
    expect(stage.coordinator.state.tasks.size).toBe(0);
  });

  test('unknown, and found stored: it is answered as decided', () => {
    const stage = withTwoWaiting();
    const { id } = stage.inFlight.batch;
    stage.unknown();
    expect(stage.out).toEqual(['gathered: hub.recovering']);
    stage.recovered({ epoch: 1, lastHub: 'hub-a', head: headAt(2), batchIds: new Set([id]) });
    expect(stage.out).toEqual(['gathered: hub.recovering', 'sent: ok']);
  });

  test('unknown, and another batch is in its place: it was not stored', () => {
    const stage = withTwoWaiting();
    stage.unknown();
    stage.recovered({ epoch: 1, lastHub: 'hub-a', head: headAt(2), batchIds: new Set(['another']) });
    expect(stage.out.at(-1)).toBe('sent: hub.recovering');
  });

  test('unknown, and nothing in its place yet: it may still arrive, until something else is stored there', () => {
    const stage = withTwoWaiting();
    stage.unknown();
    stage.recovered({ epoch: 1, lastHub: 'hub-a', head: headAt(1) });
    expect(stage.out).toEqual(['gathered: hub.recovering']);
    expect(stage.types).toEqual(['leader.elected']);
    stage.ack();
    expect(stage.out.at(-1)).toBe('sent: hub.recovering');
  });

  test('unknown, arrived late, and overtaking the hub’s own next batch: it is answered as decided', () => {
    const stage = withTwoWaiting();
    const { id } = stage.inFlight.batch;
    stage.unknown();
    stage.recovered({ epoch: 1, lastHub: 'hub-a', head: headAt(1) });
    stage.overtaken();
    stage.recovered({ epoch: 1, lastHub: 'hub-a', head: headAt(2), batchIds: new Set([id]) });
    expect(stage.out.at(-1)).toBe('sent: ok');
  });

  test('unknown, and only a snapshot is left to look at: it stays unknown', () => {
    const stage = withTwoWaiting();
    stage.unknown();
    stage.recovered({ epoch: 1, lastHub: 'hub-a', head: headAt(9), readFrom: 8 });
    expect(stage.out.at(-1)).toBe('sent: hub.outcome_unknown');
  });

  test('unknown for too long: it is answered so', () => {
    const stage = withTwoWaiting();
    stage.unknown();
    const since = stage.now;
    stage.pass(9_999);
    expect(stage.out).toHaveLength(1);
    expect(stage.coordinator.nextAt()).toBe(since + 10_000);
    stage.pass(1);
    expect(stage.out.at(-1)).toBe('sent: hub.outcome_unknown');
    stage.recovered({ epoch: 1, lastHub: 'hub-a', head: headAt(2) });
    expect(stage.out).toHaveLength(2);
  });

  test('unknown, and seen stored while following: it is answered as decided', () => {
    const stage = withTwoWaiting({ exclusive: false });
    const { id } = stage.inFlight.batch;
    stage.unknown();
    stage.recovered({ state: { ...emptyState(), leader: HUB_B }, lastHub: 'hub-b', epoch: 1, head: headAt(1) });
    stage.coordinator.followed({ id, epoch: 1, at: stage.now, hub: 'hub-a', events: [], head: headAt(2) }, stage.now);
    expect(stage.out.at(-1)).toBe('sent: ok');
  });
});

describe('a store that restarted', () => {
  test('is read again at once when nothing is under way', () => {
    const stage = leading();
    stage.coordinator.reverify();
    expect(stage.coordinator.phase).toBe('recovering');
    expect(stage.recoveries).toEqual([null, headAt(1)]);
  });

  test('is read again after the append under way', () => {
    const stage = leading();
    stage.submit('a');
    stage.coordinator.reverify();
    expect(stage.coordinator.phase).toBe('leading');
    stage.ack();
    expect(stage.out).toEqual(['a: ok']);
    expect(stage.recoveries.at(-1)).toEqual(headAt(2));
  });

  test('is read again by one who follows, and not twice by one who is reading it', () => {
    const stage = new Stage({ exclusive: false });
    stage.coordinator.reverify();
    expect(stage.recoveries).toHaveLength(1);
    stage.recovered({ state: { ...emptyState(), leader: HUB_B }, lastHub: 'hub-b' });
    stage.coordinator.reverify();
    expect(stage.recoveries).toHaveLength(2);
  });
});

describe('a decision that throws', () => {
  /** Draws its second id in the middle of an enrolment, when the first events are applied already. */
  function enrolling(stage: Stage): void {
    stage.ask('', { type: 'enrolment.create', org: ORG, by: 'x', hash: 't', uses: 1, ttlMs: 9_999, capabilities: [] });
    stage.ack();
    stage.failIds();
    stage.ask('enrol', {
      type: 'enrol',
      tokenHash: 't',
      keyHash: 'k',
      name: 'a',
      capabilities: [],
      host: 'h',
      os: 'o',
    });
  }

  test('leaves nothing behind: the state is dropped and read again, and its caller is told', () => {
    const stage = leading();
    enrolling(stage);
    expect(stage.defects).toHaveLength(1);
    expect(stage.out).toEqual(['enrol: hub.internal']);
    expect(stage.coordinator.phase).toBe('recovering');
    expect(stage.recoveries.at(-1)).toEqual(headAt(2));
  });

  test('takes with it what was decided since, and leaves what is on its way to its outcome', () => {
    const stage = leading();
    enrolling(stage);
    stage.recovered({ epoch: 1, lastHub: 'hub-a', head: headAt(2), state: emptyState() });
    stage.ack();
    stage.out.length = 0;
    stage.ask('', { type: 'enrolment.create', org: ORG, by: 'x', hash: 't', uses: 1, ttlMs: 9_999, capabilities: [] });
    stage.ack();
    stage.submit('sent');
    stage.submit('gathered');
    stage.failIds();
    stage.ask('enrol', {
      type: 'enrol',
      tokenHash: 't',
      keyHash: 'k',
      name: 'a',
      capabilities: [],
      host: 'h',
      os: 'o',
    });
    expect(stage.out).toEqual(['gathered: hub.recovering', 'enrol: hub.internal']);
    stage.submit('late');
    stage.read('late read');
    const recoveries = stage.recoveries.length;
    stage.ack();
    expect(stage.out.slice(2)).toEqual(['late: hub.recovering', 'late read: hub.recovering', 'sent: ok']);
    expect(stage.recoveries).toHaveLength(recoveries + 1);
  });

  test('as time brings it ends there: what else is due waits for the state that is read anew', () => {
    const stage = leading();
    stage.submit('one', 'http', { notBefore: START + 1_000 });
    stage.submit('two', 'http', { notBefore: START + 2_000 });
    stage.ack();
    stage.ack();
    stage.failIds();
    stage.pass(20_000);
    expect(stage.defects).toHaveLength(1);
    expect(stage.coordinator.phase).toBe('recovering');
    const { recoveries } = stage;
    expect(recoveries).toHaveLength(2);
    stage.recovered({ epoch: 1, lastHub: 'hub-a', head: headAt(3), state: emptyState() });
    const appends = stage.appends.length;
    expect(stage.types).toEqual(['leader.elected']);
    stage.ack();
    expect(stage.appends).toHaveLength(appends);
  });
});

describe('leaving', () => {
  test('is said in the journal, behind everything that was asked before', () => {
    const stage = leading();
    stage.submit('a');
    stage.leave();
    stage.ack();
    expect(stage.types).toEqual(['leader.left']);
    expect(stage.out).toEqual(['a: ok']);
    stage.ack();
    expect(stage.out).toEqual(['a: ok', 'left']);
    expect(stage.coordinator.phase).toBe('stopped');
    stage.submit('late');
    expect(stage.out.at(-1)).toBe('late: hub.draining');
  });

  test('takes nothing new meanwhile', () => {
    const stage = leading();
    stage.leave();
    stage.submit('late');
    stage.read('late read');
    stage.ack();
    expect(stage.out).toEqual(['late: hub.draining', 'late read: hub.draining', 'left']);
  });

  test.each(['overtaken', 'unknown'] as const)('ends also when its batch is %s, and never leads again', (how) => {
    const stage = leading({ exclusive: false });
    stage.leave();
    stage[how]();
    expect(stage.out).toEqual(['left']);
    expect(stage.coordinator.phase).toBe('stopped');
    expect(stage.recoveries).toHaveLength(1);
    stage.recovered({ epoch: 9, lastHub: 'hub-a' });
    expect(stage.appends).toHaveLength(2);
  });

  test('answers those whose append has an unknown outcome', () => {
    const stage = leading();
    stage.submit('sent');
    stage.unknown();
    stage.leave();
    expect(stage.out).toEqual(['sent: hub.outcome_unknown', 'left']);
  });

  test('is over at once for a hub that does not lead', () => {
    const stage = new Stage();
    stage.leave();
    expect(stage.out).toEqual(['left']);
    stage.recovered();
    expect(stage.appends).toEqual([]);
  });
});
