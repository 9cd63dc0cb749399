// The loop when something goes wrong under it or in it, and its end.

import { describe, expect, test } from 'vitest';
import { ORG } from '../core/fixture.js';
import { emptyState } from '../core/state.js';
import { HUB_B, headAt, leading, START, Stage } from './fixture.js';

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
    enrolBadly(stage);
  }

  function enrolBadly(stage: Stage): void {
    stage.failIds();
    const machine = { name: 'a', capabilities: [], host: 'h', os: 'o' };
    stage.ask('enrol', { type: 'enrol', tokenHash: 't', keyHash: 'k', ...machine });
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
    enrolBadly(stage);
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
