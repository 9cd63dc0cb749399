// The job machine between one job and the next, and at a start with one on disk.

import { describe, expect, it } from 'vitest';
import { ATTEMPT as attempt, drive, jobIn, namesOf, offered, ok, stateWith, TASK_ID } from './fixture.js';
import { begin, holdingOf, type Phase, step } from './job.js';
import { PHASES } from './job-model.js';
import { put } from './outbox.js';

describe('an offer that comes while the former job is put away', () => {
  const next = offered({}, 4);

  it('is taken when that is done', () => {
    const { state, actions } = drive(stateWith(jobIn('stopped')), next, ok('stopped'));
    expect(state.job).toMatchObject({ generation: 4, phase: 'assigned' });
    expect(namesOf(actions)).toEqual(['forget', 'persist', 'send task.accept']);
  });

  it('is refused when it is too late by then, so that the hub does not take the agent for deaf', () => {
    const { state } = step(stateWith(jobIn('stopped')), next, 1_000);
    const late = step(state, ok('stopped'), 61_000);
    expect(late.state.job).toBeNull();
    expect(late.actions).toMatchObject([
      { do: 'forget' },
      { do: 'send', frame: { type: 'task.reject', task: TASK_ID, generation: 4 } },
    ]);
  });

  it('is left when it was cancelled meanwhile, or the link was lost', () => {
    const id = { task: TASK_ID, generation: 4 };
    expect(
      drive(stateWith(jobIn('stopped')), next, { type: 'cancel', attempt: id }, ok('stopped')).state.job,
    ).toBeNull();
    expect(drive(stateWith(jobIn('stopped')), next, { type: 'offline' }, ok('stopped')).state.job).toBeNull();
  });
});

describe('a start with a job on disk', () => {
  const work: Partial<Record<Phase, string>> = {
    preparing: 'prepare',
    running: 'run',
    checking: 'check',
    verifying: 'verify',
    pushing: 'push',
    requesting: 'request',
  };

  it.each(Object.entries(work))('in %s waits for the hub, then goes on', (phase, action) => {
    const found = begin(jobIn(phase as Phase));
    expect(found.actions).toEqual([]);
    expect(namesOf(drive(found.state, { type: 'online', verdict: 'keep' }).actions)).toEqual([action]);
  });

  it.each([
    ['assigned', 'task.accept'],
    ['blocked', 'task.block'],
    ['reporting', 'task.complete'],
    ['stopped', 'task.stopped'],
  ])('in %s says it again', (phase, frame) => {
    const found = begin(jobIn(phase as Phase));
    expect(found.actions).toEqual([]);
    expect(namesOf(drive(found.state, { type: 'online', verdict: 'keep' }).actions)).toEqual([`send ${frame}`]);
  });

  it.each([
    ['stopping', 'halt'],
    ['salvaging', 'salvage'],
  ])('in %s goes on at once, and once only', (phase, action) => {
    const found = begin(jobIn(phase as Phase));
    expect(namesOf(found.actions)).toEqual([action]);
    expect(drive(found.state, { type: 'online', verdict: 'keep' }).actions).toEqual([]);
  });

  it('that the hub drops is stopped without being begun', () => {
    const { actions } = drive(begin(jobIn('running')).state, { type: 'online', verdict: 'drop' });
    expect(namesOf(actions)).toEqual(['persist', 'halt']);
  });

  it('with a report on its way says so in its hello, and nothing else while offline', () => {
    const job = jobIn('running', { outbox: put(jobIn('running').outbox, { type: 'task.progress', note: 'x' }) });
    const found = begin(job);
    expect(holdingOf(found.state)).toEqual({ ...attempt, phase: 'running' });
    expect(namesOf(drive(found.state, { type: 'online', verdict: 'keep' }).actions)).toEqual([
      'run',
      'send task.progress',
    ]);
  });

  it('tells the hub of every phase in words the hub knows', () => {
    expect(PHASES.map((phase) => holdingOf(stateWith(jobIn(phase)))?.phase)).toEqual(
      'assigned,preparing,running,blocked,checking,verifying,pushing,requesting,stopping,stopping,stopping,reporting,stopping'.split(
        ',',
      ),
    );
    expect(holdingOf(stateWith(null))).toBeUndefined();
  });
});

describe('an attempt whose link was lost for longer than the grace', () => {
  const lost = stateWith(jobIn('verifying'), { contact: { lostAt: null, graceMs: 60_000 } });
  const verified = { type: 'verified', attempt, runs: [] } as const;
  const offline = step(lost, { type: 'offline', heardAt: 1_000 }, 15_000).state;

  it('is pushed while the hub surely waits for it', () => {
    expect(namesOf(step(offline, verified, 60_999).actions)).toEqual(['persist', 'push']);
  });

  it('is not pushed before the hub was asked, and then goes on', () => {
    const due = step(offline, verified, 61_000);
    expect(namesOf(due.actions)).toEqual(['persist']);
    expect(namesOf(step(due.state, { type: 'online', verdict: 'keep' }, 99_000).actions)).toEqual(['push']);
  });

  it.each(['drop', null] as const)('is never pushed when the hub answers %s', (verdict) => {
    const due = step(offline, verified, 61_000);
    const given = step(due.state, { type: 'online', verdict }, 99_000);
    expect(namesOf(given.actions)).toEqual(['persist', 'halt']);
  });

  it('opens no request, whatever was pushed before', () => {
    const pushed = step({ ...offline, job: jobIn('pushing') }, { type: 'pushed', attempt }, 61_000);
    expect(namesOf(pushed.actions)).toEqual(['persist']);
    expect(pushed.state.job?.phase).toBe('requesting');
    expect(namesOf(step(pushed.state, { type: 'online', verdict: 'keep' }, 99_000).actions)).toEqual(['request']);
  });

  it.each([
    ['pushing', 'push'],
    ['requesting', 'request'],
  ] as const)('does not try again what failed in %s', (phase, work) => {
    const waited = { type: 'waited', attempt, for: { kind: 'retry', phase } } as const;
    const held = step({ ...offline, job: jobIn(phase) }, waited, 61_000);
    expect(held.actions).toEqual([]);
    expect(namesOf(step(held.state, { type: 'online', verdict: 'keep' }, 99_000).actions)).toEqual([work]);
  });

  it('counts from the last sign of life each time, by what the hub last said', () => {
    const back = step(offline, { type: 'online', verdict: 'keep', graceMs: 5_000 }, 99_000).state;
    expect(namesOf(step(back, verified, 200_000).actions)).toEqual(['persist', 'push']);
    const again = step(back, { type: 'offline' }, 200_000).state;
    expect(namesOf(step(again, verified, 204_999).actions)).toEqual(['persist', 'push']);
    expect(namesOf(step(again, verified, 205_000).actions)).toEqual(['persist']);
  });
});

describe('an attempt on a link that only seems to hold', () => {
  const verified = { type: 'verified', attempt, runs: [] } as const;
  const waited = { type: 'waited', attempt, for: { kind: 'retry', phase: 'pushing' } } as const;
  const silent = stateWith(jobIn('verifying'), { contact: { lostAt: null, graceMs: 2_000 } });

  it('is pushed while the silence is no longer than between two pings', () => {
    expect(namesOf(step(silent, verified, 44_000, 0).actions)).toEqual(['persist', 'push']);
  });

  it('is pushed once the hub was heard again', () => {
    const due = step(silent, verified, 3_600_000, 0);
    expect(namesOf(due.actions)).toEqual(['persist', 'wait']);
    const still = step(due.state, waited, 3_601_000, 0);
    expect(namesOf(still.actions)).toEqual(['wait']);
    expect(namesOf(step(still.state, waited, 3_602_000, 3_601_500).actions)).toEqual(['push']);
  });

  it('is pushed once after the link was lost and the hub keeps it', () => {
    const due = step(silent, verified, 3_600_000, 0).state;
    const lost = step(due, { type: 'offline', heardAt: 0 }, 3_600_500).state;
    const late = step(lost, waited, 3_601_000);
    expect(late.actions).toEqual([]);
    expect(namesOf(step(late.state, { type: 'online', verdict: 'keep' }, 3_602_000).actions)).toEqual(['push']);
    const early = step(lost, { type: 'online', verdict: 'keep' }, 3_600_700);
    expect(early.actions).toEqual([]);
    expect(namesOf(step(early.state, waited, 3_601_000).actions)).toEqual(['push']);
  });
});
