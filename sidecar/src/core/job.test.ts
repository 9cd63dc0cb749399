import { describe, expect, it } from 'vitest';
import type { Failure } from './attempt.js';
import {
  ATTEMPT,
  CHECKED,
  drive,
  EXIT,
  jobIn,
  namesOf,
  offered,
  ok,
  RUN,
  stateWith,
  TASK_ID,
  task,
  WORKSPACE,
} from './fixture.js';
import { type Job, type JobEvent, RETRY_PAUSES_MS, step } from './job.js';

const attempt = ATTEMPT;
const failure = { class: 'transient', code: 'runner.failed', message: 'no' } as const;
const stale = { code: 'task.stale_generation', message: 'too late', retryable: false };
const busy = { code: 'hub.busy', message: 'later', retryable: true, retryAfterMs: 500 };

describe('a task that goes well', () => {
  it('is kept before every step of its way', () => {
    const { state, actions } = drive(
      stateWith(null),
      offered(),
      ok('accept'),
      { type: 'prepared', attempt, workspace: WORKSPACE },
      { type: 'ran', attempt, turn: 1, exit: EXIT },
      { type: 'checked', attempt, checked: CHECKED },
      { type: 'verified', attempt, runs: [RUN] },
      { type: 'pushed', attempt },
      { type: 'requested', attempt, requested: { url: null, notes: [] } },
      ok('report:1'),
    );
    expect(namesOf(actions)).toEqual(
      'persist,send task.accept,persist,prepare,persist,run,persist,check,persist,verify,persist,push,persist,request'
        .concat(',persist,send task.complete,forget')
        .split(','),
    );
    expect(state.job).toBeNull();
  });

  it('without a repository is complete when the program ends with 0', () => {
    const { repo: _repo, ...plain } = task();
    const job = { ...jobIn('running'), task: plain, workspace: { kind: 'scratch', dir: '/tmp/x' } as const };
    const { state, actions } = drive(stateWith(job), { type: 'ran', attempt, turn: 1, exit: EXIT });
    expect(state.job?.phase).toBe('reporting');
    expect(actions.at(-1)).toMatchObject({ frame: { type: 'task.complete', result: { summary: 'all done' } } });
  });

  it('without a repository is verified all the same when the task says how', () => {
    const plain = { ...task({ verify: ['./check'] }), repo: undefined } as unknown as Job['task'];
    const job = { ...jobIn('running'), task: plain, workspace: { kind: 'scratch', dir: '/tmp/x' } as const };
    const { state, actions } = drive(
      stateWith(job),
      { type: 'ran', attempt, turn: 1, exit: EXIT },
      { type: 'verified', attempt, runs: [RUN] },
    );
    expect(state.job?.phase).toBe('reporting');
    expect(namesOf(actions)).toEqual(['persist', 'verify', 'persist', 'send task.complete']);
  });

  it('says what the verify commands have changed', () => {
    const notes = ['the verify commands changed files'];
    const { state } = drive(stateWith(jobIn('verifying')), { type: 'verified', attempt, runs: [RUN], notes });
    expect(state.job).toMatchObject({ phase: 'pushing', notes });
  });

  it('goes on from the name that its branch got when its own was taken', () => {
    const pushed: JobEvent = { type: 'pushed', attempt, branch: 'agentcom-tern/x' };
    const requested: JobEvent = { type: 'requested', attempt, requested: { url: null, notes: [] } };
    const { actions } = drive(stateWith(jobIn('pushing')), pushed, requested);
    expect(actions[1]).toMatchObject({ do: 'request', job: { workspace: { branch: 'agentcom-tern/x' } } });
    expect(actions.at(-1)).toMatchObject({
      frame: {
        result: {
          branch: 'agentcom-tern/x',
          notes: [
            `${WORKSPACE.branch} was taken at the remote during the run, so the work was pushed as agentcom-tern/x`,
          ],
        },
      },
    });
  });

  it('is not verified when neither the task nor the repository says how', () => {
    const workspace = { ...WORKSPACE, settings: { ...WORKSPACE.settings, verify: [] } };
    const { state } = drive(stateWith(jobIn('checking', { workspace })), {
      type: 'checked',
      attempt,
      checked: CHECKED,
    });
    expect(state.job?.phase).toBe('pushing');
  });
});

describe('a task that fails', () => {
  it('keeps the work aside before it says so, and says where it is and how the output ended', () => {
    const { actions } = drive(
      stateWith(jobIn('running')),
      { type: 'ran', attempt, turn: 1, exit: { ...EXIT, code: 3, tail: 'segfault' } },
      { type: 'salvaged', attempt, salvage: { ref: 'refs/agentcom/salvage/x', isComplete: true } },
    );
    expect(namesOf(actions)).toEqual(['persist', 'salvage', 'persist', 'send task.fail']);
    const [last] = actions.slice(-1);
    expect(last).toMatchObject({ frame: { error: { class: 'transient', code: 'runner.failed' } } });
    expect(JSON.stringify(last)).toMatch(/exited with code 3.*refs\/agentcom\/salvage\/x.*segfault/);
  });

  it.each([
    [{ code: null, signal: 'SIGSEGV' }, 'runner.killed'],
    [{ code: null, signal: null }, 'runner.lost'],
  ])('is transient however the run broke off: %o', (how, code) => {
    const { state } = drive(stateWith(jobIn('running')), { type: 'ran', attempt, turn: 1, exit: { ...EXIT, ...how } });
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

  describe.each([
    ['checking', 'check'],
    ['verifying', 'verify'],
    ['pushing', 'push'],
    ['requesting', 'request'],
  ] as const)('once its work is done, in %s', (phase, work) => {
    const failing = (kind: Failure['class']): JobEvent => {
      return { type: 'failed', attempt, phase, failure: { ...failure, class: kind } };
    };

    it.each(['transient', 'machine'] as const)('tries again what is %s, so many times, and says so', (kind) => {
      let state = stateWith(jobIn(phase));
      for (const [index, ms] of RETRY_PAUSES_MS[phase].entries()) {
        const tried = step(state, failing(kind), 0);
        expect(tried.actions.at(0)).toMatchObject({ do: 'persist', job: { phase, tries: index + 1 } });
        expect(tried.actions.at(-1)).toEqual({ do: 'wait', attempt, for: { kind: 'retry', phase }, ms });
        expect(tried.state.job?.outbox.reports.at(-1)?.body).toMatchObject({
          note: `trying again in ${ms / 1000} s: no`,
        });
        const again = step(tried.state, { type: 'waited', attempt, for: { kind: 'retry', phase } }, 0);
        expect(namesOf(again.actions)).toContain(work);
        state = again.state;
      }
      const { job } = step(state, failing(kind), 0).state;
      if (phase === 'requesting') expect(job).toMatchObject({ phase: 'reporting', failure: null });
      else expect(job).toMatchObject({ phase: 'salvaging', failure: { class: 'permanent', mend: 'person' } });
    });
  });

  it.each([
    ['transient', 'machine'],
    ['machine', 'machine'],
    ['verification', 'permanent'],
    ['permanent', 'permanent'],
  ] as const)('before the agent, %s is told as %s, so that it uses no attempt or needs a person', (given, told) => {
    const event = { type: 'failed', attempt, phase: 'preparing', failure: { ...failure, class: given } } as const;
    const { job } = step(stateWith(jobIn('preparing')), event, 0).state;
    expect(job).toMatchObject({ phase: 'salvaging', failure: { class: told } });
  });

  it('while the agent works leaves the next try to the hub', () => {
    const { job } = step(stateWith(jobIn('running')), { type: 'failed', attempt, phase: 'running', failure }, 0).state;
    expect(job).toMatchObject({ phase: 'salvaging', failure: { class: 'transient' } });
  });

  it('does not fail when only its request cannot be opened, and says why there is none', () => {
    const refused = { class: 'permanent', code: 'forge.refused', message: 'open it by hand' } as const;
    const { actions } = drive(stateWith(jobIn('requesting')), {
      type: 'failed',
      attempt,
      phase: 'requesting',
      failure: refused,
    });
    expect(actions.at(-1)).toMatchObject({ frame: { type: 'task.complete', result: { notes: ['open it by hand'] } } });
  });

  it('a check that fails is one of the class verification, told with what the check printed', () => {
    const { state, actions } = drive(
      stateWith(jobIn('verifying')),
      {
        type: 'verified',
        attempt,
        runs: [RUN, { ...RUN, command: 'npm run lint', exitCode: 2, output: 'line 7 is too long' }],
      },
      { type: 'salvaged', attempt, salvage: { ref: null, isComplete: true } },
    );
    expect(state.job?.failure).toMatchObject({ class: 'verification', code: 'verify.failed' });
    expect(JSON.stringify(actions.at(-1))).toMatch(/npm run lint.*exited with code 2.*line 7 is too long/);
  });

  it('at once, when nothing of its budget is left', () => {
    const used = { budget: { tokens: 100 }, task: task({ used: { inputTokens: 60, outputTokens: 40 } }) };
    const { actions } = drive(stateWith(jobIn('assigned', used)), ok('accept'));
    expect(namesOf(actions)).toEqual(['persist', 'send task.fail']);
    expect(actions.at(-1)).toMatchObject({ frame: { error: { class: 'budget', code: 'budget.used' } } });
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
  const progress = (fraction: number): JobEvent => ({ type: 'progress', attempt, turn: 1, progress: { fraction } });

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
      turn: 1,
      exit: EXIT,
    });
    const { state: done, actions } = drive(
      state,
      { type: 'checked', attempt, checked: CHECKED },
      { type: 'verified', attempt, runs: [RUN] },
      { type: 'pushed', attempt },
      { type: 'requested', attempt, requested: { url: null, notes: [] } },
      ok('report:1'),
    );
    expect(actions.at(-1)).toMatchObject({ ref: 'report:3', frame: { type: 'task.complete', seq: 3 } });
    expect(done.job?.phase).toBe('reporting');
  });

  it('are sent again, the same, after a lost link', () => {
    const first = drive(stateWith(jobIn('requesting')), {
      type: 'requested',
      attempt,
      requested: { url: null, notes: [] },
    });
    const again = drive(first.state, { type: 'offline' }, { type: 'online', verdict: 'keep' });
    expect(again.actions).toEqual([first.actions.at(-1)]);
  });

  it('are sent again after as long as a busy hub asks for', () => {
    const state = stateWith(jobIn('reporting'));
    const { state: waiting, actions } = drive(state, { type: 'answered', attempt, ref: 'report:1', error: busy });
    expect(actions).toEqual([{ do: 'wait', attempt, for: { kind: 'link', links: 1 }, ms: 500 }]);
    expect(namesOf(drive(waiting, { type: 'waited', attempt, for: { kind: 'link', links: 1 } }).actions)).toEqual([
      'send task.complete',
    ]);
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
    const refused = drive(
      state,
      { type: 'answered', attempt, ref: 'report:2', error: invalid },
      { type: 'withdrawn', attempt, withdrawn: { branch: null, pullRequest: null } },
      ok('stopped'),
    );
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
      stateWith(jobIn('salvaging', { failure, checked: null })),
      { type: 'cancel', attempt },
      { type: 'salvaged', attempt, salvage: { ref: null, isComplete: true } },
    );
    expect(state.job?.phase).toBe('stopped');
    expect(namesOf(actions)).toEqual(['persist', 'persist', 'send task.stopped']);
  });

  it.each(['pushing', 'requesting', 'reporting'] as const)(
    'while %s closes the request, and names what has left the machine',
    (phase) => {
      const url = 'https://git.example.com/1';
      const workspace = { ...WORKSPACE, url: 'https://git.example.com/roof.git' };
      const stopped = drive(
        stateWith(jobIn(phase, { workspace })),
        { type: 'cancel', attempt },
        ...(phase === 'reporting'
          ? []
          : [
              { type: 'halted' as const, attempt },
              { type: 'salvaged' as const, attempt, salvage: { ref: null, isComplete: true } },
            ]),
        { type: 'withdrawn', attempt, withdrawn: { branch: WORKSPACE.branch, pullRequest: url } },
      );
      expect(namesOf(stopped.actions)).toContain('withdraw');
      expect(stopped.actions.at(-1)).toMatchObject({
        frame: { type: 'task.stopped', branch: WORKSPACE.branch, pullRequest: url },
      });
    },
  );

  it('of a report that may have been taken asks again before anything is withdrawn', () => {
    const stale = { code: 'task.stale_generation', message: 'no', retryable: false };
    const unknown = { ...stale, code: 'task.not_found' };
    const dropped = drive(stateWith(jobIn('reporting'), { online: false }), { type: 'online', verdict: 'drop' });
    expect(namesOf(dropped.actions)).toEqual(['send task.complete']);
    const answered = (error: typeof stale) =>
      namesOf(drive(dropped.state, { type: 'answered', attempt, ref: 'report:1', error }).actions);
    expect(answered(stale)).toEqual(['persist', 'withdraw']);
    // Whoever completed and was then archived is not known any more: its request is the result.
    expect(answered(unknown)).toEqual(['persist', 'send task.stopped']);
  });

  it('of an attempt that has nothing to push asks no forge', () => {
    const job = jobIn('reporting', { checked: { ...CHECKED, commit: CHECKED.base } });
    expect(namesOf(drive(stateWith(job), { type: 'cancel', attempt }).actions)).toEqual([
      'persist',
      'send task.stopped',
    ]);
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
