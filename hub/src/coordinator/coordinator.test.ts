// The loop, step by step: what goes out, in which order, and what is never said before it is durable.

import { describe, expect, test } from 'vitest';
import type { Event } from '../core/events.js';
import { ORG } from '../core/fixture.js';
import { emptyState } from '../core/state.js';
import { LEADER_BEAT_MS, LEADER_SILENCE_MS } from './coordinator.js';
import { HUB_B, headAt, leading, START, Stage } from './fixture.js';

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

  test('is waited for by a hub that knows how old its newest batch is', () => {
    const stage = following();
    stage.pass(2_000);
    expect(stage.coordinator.lagMs(stage.now)).toBe(2_000);
    // What was late on its way, or comes of a long queue, is as old as it says.
    const batch = { id: 'late', epoch: 3, at: stage.now - 9_000, hub: 'hub-b', events: [], head: headAt(5) };
    stage.coordinator.followed(batch, stage.now);
    expect(stage.coordinator.lagMs(stage.now)).toBe(9_000);
    stage.coordinator.followed({ ...batch, id: 'ahead', at: stage.now + 500, head: headAt(6) }, stage.now);
    expect(stage.coordinator.lagMs(stage.now)).toBe(0);
    expect(leading().coordinator.lagMs(START + 60_000)).toBe(0);
  });

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
    const large = { prompt: 'x'.repeat(17_000) };
    stage.submit('first');
    for (let i = 0; i < 6; i++) stage.submit(`large ${i}`, 'http', large);
    for (let i = 0; i < 600; i++) stage.submit(`greedy ${i}`, 'greedy');
    stage.submit('modest', 'modest');
    expect(stage.coordinator.backlog).toBe(512 + 1);
    expect(stage.out).toHaveLength(600 - 512);
    expect(new Set(stage.out.map((line) => line.split(': ')[1]))).toEqual(new Set(['hub.busy']));
    for (let i = 0; i < 4; i++) stage.ack();
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
