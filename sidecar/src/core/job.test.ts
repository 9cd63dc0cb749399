import { describe, expect, it } from 'vitest';
import { ATTEMPT, assignment, COMMIT, EXIT, jobIn, namesOf, stateWith, TASK_ID, task, WORKSPACE } from './fixture.js';
import {
  type Action,
  begin,
  holdingOf,
  type Job,
  type JobEvent,
  type JobState,
  type Phase,
  PUSH_PAUSES_MS,
  step,
} from './job.js';
import { PHASES } from './job-model.js';
import { put } from './outbox.js';

const attempt = ATTEMPT;
const failure = { class: 'transient', code: 'runner.failed', message: 'no' } as const;
const stale = { code: 'task.stale_generation', message: 'too late', retryable: false };
const busy = { code: 'hub.busy', message: 'later', retryable: true, retryAfterMs: 500 };

function failedIn(phase: 'preparing' | 'running' | 'checking' | 'pushing'): JobEvent {
  return { type: 'failed', attempt, phase, failure: { ...failure, class: 'permanent' } };
}

const EVENTS: Record<string, JobEvent> = {
  'online keep': { type: 'online', verdict: 'keep' },
  'online confirmed': { type: 'online', verdict: 'confirmed' },
  'online drop': { type: 'online', verdict: 'drop' },
  'online null': { type: 'online', verdict: null },
  offline: { type: 'offline' },
  'assign same': { type: 'assign', assignment: assignment(), unfit: null },
  'assign other': { type: 'assign', assignment: assignment({}, 9), unfit: null },
  'assign unfit': { type: 'assign', assignment: assignment({}, 9), unfit: 'no such runner' },
  cancel: { type: 'cancel', attempt },
  'cancel other': { type: 'cancel', attempt: { ...attempt, generation: 9 } },
  answer: { type: 'answer', attempt, questionId: 'q1' },
  'accept ok': { type: 'answered', attempt, ref: 'accept', error: null },
  'accept stale': { type: 'answered', attempt, ref: 'accept', error: stale },
  'accept busy': { type: 'answered', attempt, ref: 'accept', error: busy },
  'report ok': { type: 'answered', attempt, ref: 'report:1', error: null },
  'report stale': { type: 'answered', attempt, ref: 'report:1', error: stale },
  'report busy': { type: 'answered', attempt, ref: 'report:1', error: busy },
  'stopped ok': { type: 'answered', attempt, ref: 'stopped', error: null },
  'stopped stale': { type: 'answered', attempt, ref: 'stopped', error: stale },
  'stopped busy': { type: 'answered', attempt, ref: 'stopped', error: busy },
  prepared: { type: 'prepared', attempt, workspace: WORKSPACE },
  'prepared other': { type: 'prepared', attempt: { ...attempt, generation: 9 }, workspace: WORKSPACE },
  progress: { type: 'progress', attempt, fraction: 0.5 },
  'ran well': { type: 'ran', attempt, exit: EXIT },
  'ran badly': { type: 'ran', attempt, exit: { ...EXIT, code: 1 } },
  checked: { type: 'checked', attempt, commit: COMMIT },
  pushed: { type: 'pushed', attempt },
  'preparing failed': failedIn('preparing'),
  'running failed': failedIn('running'),
  'checking failed': failedIn('checking'),
  'pushing failed': failedIn('pushing'),
  halted: { type: 'halted', attempt },
  salvaged: {
    type: 'salvaged',
    attempt,
    salvage: { ref: WORKSPACE.kind === 'git' ? WORKSPACE.salvageRef : null, isComplete: true },
  },
  'waited push': { type: 'waited', attempt, for: 'push' },
  'waited turn': { type: 'waited', attempt, for: 'turn:1' },
  'waited earlier turn': { type: 'waited', attempt, for: 'turn:0' },
};

/** What the table says of an event that changes nothing. Short, so that the table can be read. */
const IGNORED = { '·': 'other_phase', n: 'no_job', o: 'other_attempt', w: 'not_awaited', r: 'repeated' } as const;

/**
 * For every event: the phase it leads to from each phase, in the order of `COLUMNS`. `=` stays; `idle` has no job; the letters of
 * `IGNORED` are refusals by name.
 */
const COLUMNS = ['idle', ...PHASES] as const;
const TABLE: Record<string, string> = {
  //                      idle      assigned  preparing running   checking   pushing   stopping  salvaging reporting stopped
  'online keep': '=         =         =         =         =          =         =         =         =         =',
  'online confirmed': '=         stopped   stopping  stopping  stopping   stopping  r         r         idle      =',
  'online drop': '=         stopped   stopping  stopping  stopping   stopping  r         r         stopped   =',
  'online null': '=         stopped   stopping  stopping  stopping   stopping  r         r         stopped   =',
  offline: '=         =         =         =         =          =         =         =         =         =',
  'assign same': 'assigned  r         r         r         r          r         r         r         r         r',
  'assign other': 'assigned  =         =         =         =          =         =         =         =         =',
  'assign unfit': '=         =         =         =         =          =         =         =         =         =',
  cancel: '=         stopped   stopping  stopping  stopping   stopping  r         r         stopped   r',
  'cancel other': '=         =         =         =         =          =         =         =         =         =',
  answer: 'n         =         =         =         =          =         =         =         =         =',
  'accept ok': 'n         preparing w         w         w          w         w         w         w         w',
  'accept stale': 'n         idle      w         w         w          w         w         w         w         w',
  'accept busy': 'n         =         w         w         w          w         w         w         w         w',
  'report ok': 'n         w         w         w         w          w         w         w         idle      w',
  'report stale': 'n         w         w         w         w          w         w         w         stopped   w',
  'report busy': 'n         w         w         w         w          w         w         w         =         w',
  'stopped ok': 'n         w         w         w         w          w         w         w         w         idle',
  'stopped stale': 'n         w         w         w         w          w         w         w         w         idle',
  'stopped busy': 'n         w         w         w         w          w         w         w         w         =',
  prepared: 'n         ·         running   ·         ·          ·         ·         ·         ·         ·',
  'prepared other': 'n         o         o         o         o          o         o         o         o         o',
  progress: 'n         ·         ·         =         ·          ·         ·         ·         ·         ·',
  'ran well': 'n         ·         ·         checking  ·          ·         ·         ·         ·         ·',
  'ran badly': 'n         ·         ·         salvaging ·          ·         ·         ·         ·         ·',
  checked: 'n         ·         ·         ·         pushing    ·         ·         ·         ·         ·',
  pushed: 'n         ·         ·         ·         ·          reporting ·         ·         ·         ·',
  'preparing failed': 'n         ·         salvaging ·         ·          ·         ·         ·         ·         ·',
  'running failed': 'n         ·         ·         salvaging ·          ·         ·         ·         ·         ·',
  'checking failed': 'n         ·         ·         ·         salvaging  ·         ·         ·         ·         ·',
  'pushing failed': 'n         ·         ·         ·         ·          salvaging ·         ·         ·         ·',
  halted: 'n         ·         ·         ·         ·          ·         salvaging ·         ·         ·',
  salvaged: 'n         ·         ·         ·         ·          ·         ·         stopped   ·         ·',
  'waited push': 'n         ·         ·         ·         ·          =         ·         ·         ·         ·',
  'waited turn': 'n         =         =         =         =          =         =         =         =         =',
  'waited earlier turn': 'n         w         w         w         w          w         w         w         w         w',
};

describe('every state meets every event with a transition or a named refusal', () => {
  it('the table is whole', () => {
    expect(Object.keys(TABLE)).toEqual(Object.keys(EVENTS));
    for (const row of Object.values(TABLE)) expect(row.split(/\s+/)).toHaveLength(COLUMNS.length);
  });

  for (const [name, event] of Object.entries(EVENTS)) {
    it(name, () => {
      const row = TABLE[name]?.split(/\s+/) ?? [];
      for (const [at, phase] of COLUMNS.entries()) {
        const cell = row[at] ?? '';
        const state = stateWith(phase === 'idle' ? null : jobIn(phase));
        const next = step(state, event, 0);
        const refusal = Object.entries(IGNORED).find(([letter]) => letter === cell)?.[1];
        expect(next.ignored, `${name} × ${phase}`).toBe(refusal);
        if (refusal !== undefined) expect(next.actions, `${name} × ${phase}`).toEqual([]);
        const reached = next.state.job?.phase ?? 'idle';
        expect(reached, `${name} × ${phase}`).toBe(refusal !== undefined || cell === '=' ? phase : cell);
        if (next.state.job !== state.job && next.state.job !== null) expectKept(next.state.job, next.actions);
      }
    });
  }

  it('a salvage after a failure is reported', () => {
    const { state } = step(stateWith(jobIn('salvaging', { failure })), EVENTS.salvaged as JobEvent, 0);
    expect(state.job?.phase).toBe('reporting');
  });
});

/** A job that the step changed is persisted before the step says or begins anything. */
function expectKept(job: Job, actions: readonly Action[]): void {
  const kept = actions.findIndex((action) => action.do === 'persist');
  const first = actions.findIndex((action) => action.do !== 'persist' && action.do !== 'forget');
  if (kept === -1) return expect(actions.map((action) => action.do)).toEqual(['wait']);
  expect(actions[kept]).toEqual({ do: 'persist', job });
  if (first !== -1) expect(kept).toBeLessThan(first);
}

/** Feeds events and returns all actions. */
function drive(from: JobState, ...events: JobEvent[]): { state: JobState; actions: Action[] } {
  const actions: Action[] = [];
  let state = from;
  for (const event of events) {
    const next = step(state, event, 0);
    state = next.state;
    actions.push(...next.actions);
  }
  return { state, actions };
}

function ok(ref: 'accept' | 'stopped' | `report:${number}`): JobEvent {
  return { type: 'answered', attempt, ref, error: null };
}

describe('a task that goes well', () => {
  it('is kept before every step of its way', () => {
    const { state, actions } = drive(
      stateWith(null),
      { type: 'assign', assignment: assignment(), unfit: null },
      ok('accept'),
      { type: 'prepared', attempt, workspace: WORKSPACE },
      { type: 'ran', attempt, exit: EXIT },
      { type: 'checked', attempt, commit: COMMIT },
      { type: 'pushed', attempt },
      ok('report:1'),
    );
    expect(namesOf(actions)).toEqual(
      'persist,send task.accept,persist,prepare,persist,run,persist,check,persist,push,persist,send task.complete,forget'.split(
        ',',
      ),
    );
    expect(state.job).toBeNull();
  });

  it('reports branch, commit, the end of the output and the time', () => {
    const { actions } = drive(stateWith(jobIn('pushing')), { type: 'pushed', attempt });
    expect(actions.at(-1)).toMatchObject({
      frame: {
        type: 'task.complete',
        ...attempt,
        seq: 1,
        result: { summary: 'all done', branch: WORKSPACE.kind === 'git' ? WORKSPACE.branch : '', commit: COMMIT },
        usage: { seconds: 12 },
      },
    });
  });

  it('without a repository is complete when the program ends with 0', () => {
    const { repo: _repo, ...plain } = task();
    const job = { ...jobIn('running'), task: plain, workspace: { kind: 'scratch', dir: '/tmp/x' } as const };
    const { state, actions } = drive(stateWith(job), { type: 'ran', attempt, exit: { ...EXIT, tail: '' } });
    expect(state.job?.phase).toBe('reporting');
    expect(actions.at(-1)).toMatchObject({
      frame: { type: 'task.complete', result: { summary: 'finished without output' } },
    });
  });
});

describe('a task that fails', () => {
  it('keeps the work aside before it says so, and says where it is and how the output ended', () => {
    const { actions } = drive(
      stateWith(jobIn('running')),
      { type: 'ran', attempt, exit: { ...EXIT, code: 3, tail: 'segfault' } },
      { type: 'salvaged', attempt, salvage: { ref: 'refs/agentcom/salvage/x', isComplete: true } },
    );
    expect(namesOf(actions)).toEqual(['persist', 'salvage', 'persist', 'send task.fail']);
    const [last] = actions.slice(-1);
    expect(last).toMatchObject({ frame: { error: { class: 'transient', code: 'runner.failed' } } });
    expect(JSON.stringify(last)).toMatch(/exit code 3.*refs\/agentcom\/salvage\/x.*segfault/);
  });

  it.each([
    [{ code: null, signal: 'SIGSEGV' }, 'runner.killed'],
    [{ code: null, signal: null }, 'runner.lost'],
  ])('is transient however the run broke off: %o', (how, code) => {
    const { state } = drive(stateWith(jobIn('running')), { type: 'ran', attempt, exit: { ...EXIT, ...how } });
    expect(state.job?.failure).toMatchObject({ class: 'transient', code });
  });

  it('leaves its files where they are when not everything could be kept', () => {
    const { actions } = drive(
      stateWith(jobIn('salvaging', { failure })),
      { type: 'salvaged', attempt, salvage: { ref: null, isComplete: false } },
      ok('report:1'),
    );
    expect(actions.at(-1)).toMatchObject({ do: 'forget', keepFiles: true });
  });

  it('tries a push again while the remote cannot be reached, so many times', () => {
    let state = stateWith(jobIn('pushing'));
    const unreachable: JobEvent = { type: 'failed', attempt, phase: 'pushing', failure };
    for (const ms of PUSH_PAUSES_MS) {
      const tried = step(state, unreachable, 0);
      expect(tried.actions).toEqual([{ do: 'wait', attempt, for: 'push', ms }]);
      const again = step(tried.state, { type: 'waited', attempt, for: 'push' }, 0);
      expect(namesOf(again.actions)).toEqual(['push']);
      state = again.state;
    }
    expect(step(state, unreachable, 0).state.job?.phase).toBe('salvaging');
  });

  it('does not try a refused push again', () => {
    const refused = { ...failure, class: 'verification' } as const;
    const { state } = drive(stateWith(jobIn('pushing')), {
      type: 'failed',
      attempt,
      phase: 'pushing',
      failure: refused,
    });
    expect(state.job?.phase).toBe('salvaging');
  });
});

describe('reports', () => {
  const progress = (fraction: number): JobEvent => ({ type: 'progress', attempt, fraction });

  it('go one at a time, and of the waiting ones only the newest', () => {
    const first = drive(stateWith(jobIn('running')), progress(0.1), progress(0.2), progress(0.3));
    expect(namesOf(first.actions)).toEqual(['persist', 'send task.progress', 'persist', 'persist']);
    const second = drive(first.state, ok('report:1'));
    expect(second.actions.at(-1)).toMatchObject({ ref: 'report:3', frame: { seq: 3, fraction: 0.3 } });
  });

  it('of progress make way for the final one', () => {
    const { state } = drive(stateWith(jobIn('running')), progress(0.1), progress(0.2), {
      type: 'ran',
      attempt,
      exit: EXIT,
    });
    const { state: done, actions } = drive(
      state,
      { type: 'checked', attempt, commit: COMMIT },
      { type: 'pushed', attempt },
      ok('report:1'),
    );
    expect(actions.at(-1)).toMatchObject({ ref: 'report:3', frame: { type: 'task.complete', seq: 3 } });
    expect(done.job?.phase).toBe('reporting');
  });

  it('are sent again, the same, after a lost link', () => {
    const first = drive(stateWith(jobIn('pushing')), { type: 'pushed', attempt });
    const again = drive(first.state, { type: 'offline' }, { type: 'online', verdict: 'keep' });
    expect(again.actions).toEqual([first.actions.at(-1)]);
  });

  it('are sent again after as long as a busy hub asks for', () => {
    const state = stateWith(jobIn('reporting'));
    const { state: waiting, actions } = drive(state, { type: 'answered', attempt, ref: 'report:1', error: busy });
    expect(actions).toEqual([{ do: 'wait', attempt, for: 'turn:1', ms: 500 }]);
    expect(namesOf(drive(waiting, { type: 'waited', attempt, for: 'turn:1' }).actions)).toEqual(['send task.complete']);
  });

  it('that the hub cannot take become a failure, so that the task does not hang', () => {
    const invalid = { code: 'request.invalid', message: 'no', retryable: false };
    const { state, actions } = drive(stateWith(jobIn('reporting')), {
      type: 'answered',
      attempt,
      ref: 'report:1',
      error: invalid,
    });
    expect(actions.at(-1)).toMatchObject({
      ref: 'report:2',
      frame: { type: 'task.fail', error: { class: 'permanent' } },
    });
    const refused = drive(state, { type: 'answered', attempt, ref: 'report:2', error: invalid }, ok('stopped'));
    expect(refused.state.job).toBeNull();
  });

  it('of progress that the hub cannot take are left out', () => {
    const { state } = drive(stateWith(jobIn('running')), progress(0.1));
    const invalid = { code: 'request.invalid', message: 'no', retryable: false };
    expect(
      drive(state, { type: 'answered', attempt, ref: 'report:1', error: invalid }).state.job?.outbox.reports,
    ).toEqual([]);
  });

  it('of progress refused as no longer live stop the work', () => {
    const { state } = drive(stateWith(jobIn('running')), progress(0.1));
    const { state: next, actions } = drive(state, { type: 'answered', attempt, ref: 'report:1', error: stale });
    expect(next.job?.phase).toBe('stopping');
    expect(namesOf(actions)).toEqual(['persist', 'halt']);
  });
});

describe('a stop', () => {
  it('ends the work, keeps it, confirms, and forgets', () => {
    const { state, actions } = drive(
      stateWith(jobIn('running')),
      { type: 'cancel', attempt },
      { type: 'halted', attempt },
      { type: 'salvaged', attempt, salvage: { ref: 'refs/agentcom/salvage/x', isComplete: true } },
      ok('stopped'),
    );
    expect(namesOf(actions)).toEqual([
      'persist',
      'halt',
      'persist',
      'salvage',
      'persist',
      'send task.stopped',
      'forget',
    ]);
    expect(actions).toContainEqual(
      expect.objectContaining({ frame: { type: 'task.stopped', ...attempt, salvageRef: 'refs/agentcom/salvage/x' } }),
    );
    expect(state.job).toBeNull();
  });

  it('that meets a failure being kept aside is confirmed instead of reported', () => {
    const { state, actions } = drive(
      stateWith(jobIn('salvaging', { failure })),
      { type: 'cancel', attempt },
      { type: 'salvaged', attempt, salvage: { ref: null, isComplete: true } },
    );
    expect(state.job?.phase).toBe('stopped');
    expect(namesOf(actions)).toEqual(['persist', 'persist', 'send task.stopped']);
  });

  it('throws away what was to be reported, and keeps counting', () => {
    const { state } = drive(stateWith(jobIn('reporting')), { type: 'cancel', attempt });
    expect(state.job?.outbox).toEqual({ nextSeq: 2, reports: [] });
  });

  it('of something that is not held is confirmed at once', () => {
    const other = { task: TASK_ID, generation: 1 };
    const { actions } = drive(stateWith(null), { type: 'cancel', attempt: other });
    expect(actions).toEqual([{ do: 'send', attempt: other, ref: 'note', frame: { type: 'task.stopped', ...other } }]);
  });
});

describe('an offer that comes while the former job is put away', () => {
  const offered: JobEvent = { type: 'assign', assignment: assignment({}, 4), unfit: null };

  it('is taken when that is done', () => {
    const { state, actions } = drive(stateWith(jobIn('stopped')), offered, ok('stopped'));
    expect(state.job).toMatchObject({ generation: 4, phase: 'assigned' });
    expect(namesOf(actions)).toEqual(['forget', 'persist', 'send task.accept']);
  });

  it('is left when it is too late by then', () => {
    const { state } = step(stateWith(jobIn('stopped')), offered, 1_000);
    expect(step(state, ok('stopped'), 61_000).state.job).toBeNull();
  });

  it('is left when it was cancelled meanwhile, or the link was lost', () => {
    const id = { task: TASK_ID, generation: 4 };
    expect(
      drive(stateWith(jobIn('stopped')), offered, { type: 'cancel', attempt: id }, ok('stopped')).state.job,
    ).toBeNull();
    expect(drive(stateWith(jobIn('stopped')), offered, { type: 'offline' }, ok('stopped')).state.job).toBeNull();
  });
});

describe('a start with a job on disk', () => {
  const work: Partial<Record<Phase, string>> = {
    preparing: 'prepare',
    running: 'run',
    checking: 'check',
    pushing: 'push',
  };

  it.each(Object.entries(work))('in %s waits for the hub, then goes on', (phase, action) => {
    const found = begin(jobIn(phase as Phase));
    expect(found.actions).toEqual([]);
    expect(namesOf(drive(found.state, { type: 'online', verdict: 'keep' }).actions)).toEqual([action]);
  });

  it.each([
    ['assigned', 'task.accept'],
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
      'assigned,preparing,running,checking,pushing,stopping,stopping,reporting,stopping'.split(','),
    );
    expect(holdingOf(stateWith(null))).toBeUndefined();
  });
});
