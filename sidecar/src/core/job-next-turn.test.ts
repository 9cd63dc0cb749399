import { describe, expect, it } from 'vitest';
import type { Failure } from './attempt.js';
import {
  ATTEMPT,
  CHECKED,
  COMMIT,
  drive,
  EXIT,
  jobIn,
  namesOf,
  ok,
  QUESTION,
  RUN,
  stateWith,
  task,
  WORKSPACE,
} from './fixture.js';
import { type Action, begin, type Job, type JobEvent, type Phase } from './job.js';

const attempt = ATTEMPT;
const SESSION = {
  session: { runner: 'claude', id: 's-1' },
  counters: { inputTokens: 10, outputTokens: 5, costMicros: 7 },
};
const claude = { runner: { kind: 'claude', model: null }, session: SESSION } as const;
const NOT_CLEAN: Failure = {
  class: 'verification',
  code: 'git.not_clean',
  message: 'there are uncommitted changes: a.txt',
  mend: 'agent',
};
const REFUSED: Failure = { class: 'verification', code: 'git.push_refused', message: 'no', mend: 'person' };
const RED = { command: 'npm test', exitCode: 1, seconds: 2, output: 'expected 1 to be 2' };

function refused(failure: Failure): JobEvent {
  return { type: 'failed', attempt, phase: 'checking', failure };
}

function checking(more: Partial<Job> = {}) {
  return stateWith(jobIn('checking', { ...claude, ...more }));
}

describe('work that a check does not take', () => {
  it('goes back to the session that made it, with the reason, and uses no attempt', () => {
    const { state, actions } = drive(checking(), refused(NOT_CLEAN));
    expect(state.job).toMatchObject({ phase: 'running', turn: { number: 2, resume: SESSION } });
    expect(state.job?.turn.prompt).toMatch(
      /^Your work cannot be accepted yet: there are uncommitted changes: a\.txt\./,
    );
    expect(namesOf(actions)).toEqual(['persist', 'run', 'send task.progress']);
    expect(actions[2]).toMatchObject({
      frame: { note: `sent back to the agent: ${NOT_CLEAN.message}`, running: true },
    });
  });

  it('goes back twice at most, and then fails as it would have', () => {
    const again: JobEvent = { type: 'ran', attempt, turn: 2, exit: { ...EXIT, session: SESSION } };
    const third: JobEvent = { type: 'ran', attempt, turn: 3, exit: { ...EXIT, session: SESSION } };
    const { state } = drive(checking(), refused(NOT_CLEAN), again, refused(NOT_CLEAN), third, refused(NOT_CLEAN));
    expect(state.job).toMatchObject({ phase: 'salvaging', failure: { class: 'verification', code: 'git.not_clean' } });
  });

  it('of a verify command goes back with the end of what it printed', () => {
    const verified: JobEvent = { type: 'verified', attempt, runs: [RED] };
    const { state } = drive(stateWith(jobIn('verifying', claude)), verified);
    expect(state.job).toMatchObject({ phase: 'running', checked: null, verification: [] });
    expect(state.job?.turn.prompt).toContain('the check `npm test` exited with code 1');
    expect(state.job?.turn.prompt).toContain('expected 1 to be 2');
  });

  it('goes on from the base that a check has put it on', () => {
    const moved = { ...CHECKED, base: 'b'.repeat(40) };
    const verified: JobEvent = { type: 'verified', attempt, runs: [RED] };
    const { state } = drive(stateWith(jobIn('verifying', { ...claude, checked: moved })), verified);
    expect(state.job?.workspace).toEqual({ ...WORKSPACE, base: moved.base });
  });

  it.each<[string, Partial<Job>]>([
    ['without a session', { session: null }],
    ['when the budget is used up', { budget: { tokens: 10 }, usage: { inputTokens: 10 } }],
    ['when the time of the task is over', { task: task({ runTimeoutSeconds: 60 }), usage: { seconds: 61 } }],
  ])('%s fails at once', (_why, more) => {
    const { state } = drive(checking(more), refused(NOT_CLEAN));
    expect(state.job).toMatchObject({ phase: 'salvaging', failure: { class: 'verification', code: 'git.not_clean' } });
  });

  it('that only a person can put right is kept and not tried again', () => {
    const pushing = stateWith(jobIn('pushing', claude));
    const { state } = drive(pushing, { type: 'failed', attempt, phase: 'pushing', failure: REFUSED });
    expect(state.job).toMatchObject({ phase: 'salvaging', failure: { class: 'permanent', code: 'git.push_refused' } });
  });

  it('goes back too when the remote does not take what is in it', () => {
    const failure: Failure = {
      class: 'verification',
      code: 'git.content_refused',
      message: 'too large',
      mend: 'agent',
    };
    const pushing = stateWith(jobIn('pushing', claude));
    const { state } = drive(pushing, { type: 'failed', attempt, phase: 'pushing', failure });
    expect(state.job).toMatchObject({ phase: 'running', turn: { number: 2, resume: SESSION }, checked: null });
  });

  it('is told to a new session when the old one is gone', () => {
    const gone: JobEvent = { type: 'ran', attempt, turn: 2, exit: { ...EXIT, code: 1, seconds: 1 } };
    const { state } = drive(checking(), refused(NOT_CLEAN), gone);
    expect(state.job).toMatchObject({ phase: 'running', turn: { number: 3, resume: null } });
    expect(state.job?.turn.prompt).toContain('The work done so far is in the worktree');
    expect(state.job?.turn.prompt).toContain(NOT_CLEAN.message);
  });

  it('is named in the result', () => {
    const sentBack = [{ code: NOT_CLEAN.code, message: NOT_CLEAN.message, output: '' }];
    const requesting = stateWith(jobIn('requesting', { ...claude, sentBack }));
    const { actions } = drive(requesting, { type: 'requested', attempt, requested: { url: null, notes: [] } });
    expect(actions.at(-1)).toMatchObject({
      frame: { result: { notes: [`the agent had to fix: ${NOT_CLEAN.message}`] } },
    });
  });
});

describe('while the hub lets no other turn begin, for a spend limit', () => {
  const turns = (allowed: boolean): JobEvent => ({ type: 'turns', attempt, allowed });
  const asked = stateWith(jobIn('blocked', claude));
  const answered: JobEvent = { type: 'answer', attempt, questionId: QUESTION.questionId, answer: 'left' };

  it.each<[string, ReturnType<typeof stateWith>, JobEvent]>([
    ['the first one', stateWith(jobIn('preparing')), { type: 'prepared', attempt, workspace: WORKSPACE }],
    ['one with an answer', asked, answered],
    ['one that is to mend what a check found', checking(), refused(NOT_CLEAN)],
  ])('%s is not begun: the attempt is given back with its work', (_what, from, event) => {
    const { state, actions } = drive(from, turns(false), event);
    expect(state.job).toMatchObject({ phase: 'stopping', limited: true });
    expect(namesOf(actions)).not.toContain('run');
    const salvage = { ref: 'refs/agentcom/salvage/1', isComplete: true };
    const told = drive(state, { type: 'halted', attempt }, { type: 'salvaged', attempt, salvage });
    expect(told.actions.at(-1)).toMatchObject({
      frame: { type: 'task.stopped', limited: true, salvageRef: salvage.ref },
    });
  });

  it('the one that runs goes on, and what it ends with is reported', () => {
    const running = stateWith(jobIn('running', claude));
    expect(drive(running, turns(false)).state.job).toBe(running.job);
    expect(drive(running, turns(false), { type: 'ran', attempt, turn: 1, exit: EXIT }).state.job?.phase).toBe(
      'checking',
    );
  });

  it.each<[string, JobEvent]>([
    ['the hub lets turns begin again', turns(true)],
    ['the link is a new one, and the hub says nothing', { type: 'online', verdict: 'keep' }],
  ])('begins as ever once %s', (_when, event) => {
    expect(drive(asked, turns(false), event, answered).state.job?.phase).toBe('running');
  });

  it('what is said of another attempt changes nothing', () => {
    const other: JobEvent = { type: 'turns', attempt: { ...attempt, generation: 9 }, allowed: false };
    expect(drive(asked, other, answered).state.job?.phase).toBe('running');
  });
});

it('a check is not sent back when hardly any run time is left', () => {
  const { runTimeoutSeconds } = task();
  const { state } = drive(checking({ usage: { seconds: runTimeoutSeconds - 1 } }), refused(NOT_CLEAN));
  expect(state.job).toMatchObject({ phase: 'salvaging', failure: { code: 'git.not_clean' } });
});

describe('time beside the run', () => {
  const long = (phase: Phase) => ({ type: 'waited', attempt: ATTEMPT, for: { kind: 'long', phase } }) as const;
  const saidIn = (actions: readonly Action[]) =>
    actions.flatMap((action) => (action.do === 'send' ? [action.frame] : []));

  it('is told to the hub when it is long, and again when the agent runs', () => {
    const preparing = stateWith(jobIn('preparing'));
    const told = drive(preparing, long('preparing'));
    expect(saidIn(told.actions)).toMatchObject([{ type: 'task.progress', running: false }]);
    const run = drive(told.state, ok('report:1'), { type: 'prepared', attempt: ATTEMPT, workspace: WORKSPACE });
    expect(saidIn(run.actions)).toMatchObject([{ type: 'task.progress', running: true }]);
    expect(drive(run.state, long('preparing')).actions).toEqual([]);
  });

  it('is told once for all that follows the run', () => {
    const verifying = drive(stateWith(jobIn('verifying')), long('verifying'), ok('report:1'));
    const pushing = drive(verifying.state, { type: 'verified', attempt: ATTEMPT, runs: [RUN] });
    expect(pushing.actions.map((action) => action.do)).toEqual(['persist', 'push']);
  });

  it('is told again after each welcome, and that the run goes on before a question', () => {
    const verifying = drive(stateWith(jobIn('verifying')), long('verifying'), ok('report:1'));
    const again = drive(verifying.state, { type: 'offline' }, { type: 'online', verdict: 'keep' });
    expect(saidIn(again.actions)).toMatchObject([{ type: 'task.progress', running: false, seq: 2 }]);

    const preparing = drive(stateWith(jobIn('preparing')), long('preparing'), {
      type: 'prepared',
      attempt: ATTEMPT,
      workspace: WORKSPACE,
    });
    const asked = drive(
      preparing.state,
      { type: 'asked', attempt: ATTEMPT, call: 1, question: QUESTION },
      { type: 'ran', attempt: ATTEMPT, turn: 1, exit: { ...EXIT, cut: 'asked' } },
    );
    const bodies = asked.state.job?.outbox.reports.map(({ body }) => body);
    expect(bodies).toMatchObject([{ running: false }, { running: true }, { type: 'task.block' }]);
  });

  it('is told at once when the run has used up nearly all of its own', () => {
    const { runTimeoutSeconds } = jobIn('running').task;
    const afterRun = (seconds: number) =>
      drive(stateWith(jobIn('running')), {
        ...{ type: 'ran', attempt: ATTEMPT, turn: 1 },
        exit: { ...EXIT, usage: { seconds } },
      }).actions.at(-1);
    expect(afterRun(runTimeoutSeconds - 60)).toMatchObject({ for: long('checking').for, ms: 5_000 });
    expect(afterRun(runTimeoutSeconds - 10)).toMatchObject({ for: long('checking').for, ms: 0 });
  });

  it('is watched again after a restart', () => {
    const { actions } = drive(begin(jobIn('verifying')).state, { type: 'online', verdict: 'keep' });
    expect(actions.at(-1)).toMatchObject({ do: 'wait', for: { kind: 'long', phase: 'verifying' } });
  });
});

describe('nothing to change', () => {
  const none = refused({ class: 'verification', code: 'git.no_commit', message: 'no commit', mend: 'agent' });
  const said = { summary: 'Fixed already.', noChange: 'main has it since Monday' };

  it('completes with the reason that the agent gave, checked by the verify commands, without a push', () => {
    const { state, actions } = drive(
      checking({ submitted: said }),
      none,
      { type: 'verified', attempt, runs: [RUN] },
      ok('report:1'),
    );
    expect(namesOf(actions)).toEqual(['persist', 'verify', 'persist', 'send task.complete', 'forget']);
    const sent = actions.find((action) => action.do === 'send');
    expect(sent).toMatchObject({ frame: { result: { summary: said.summary, noChange: said.noChange } } });
    expect(sent).not.toHaveProperty('frame.result.branch');
    expect(state.job).toBeNull();
  });

  it('is asked about when the agent has not said so', () => {
    const { state } = drive(checking(), none);
    expect(state.job?.turn.prompt).toContain('`noChange`');
  });

  it('is said when the base has come to have the same change', () => {
    const checked = { commit: COMMIT, base: COMMIT, notes: [] };
    const { actions } = drive(checking({ task: task({ verify: [] }) }), { type: 'checked', attempt, checked });
    expect(actions.at(-1)).toMatchObject({ frame: { result: { noChange: 'the base already contains this change' } } });
  });
});

describe('kept work that a person lets through', () => {
  const error = { class: 'permanent', code: 'git.push_refused', message: 'the remote refused it\nby a hook' } as const;
  const only = task({
    push: { salvageRef: 'refs/agentcom/salvage/tern/x' },
    pastAttempts: [{ generation: 1, agent: 'tern', error }],
  });

  it('goes to no agent when the remote refuses what is in it', () => {
    const failure: Failure = {
      class: 'verification',
      code: 'git.content_refused',
      message: 'too large',
      mend: 'agent',
    };
    const { state } = drive(stateWith(jobIn('pushing', { ...claude, task: only })), {
      ...{ type: 'failed', attempt, phase: 'pushing' },
      failure,
    });
    expect(state.job).toMatchObject({ phase: 'salvaging', failure });
  });

  it('is pushed without a run of the agent or a verify command, even with nothing left of the budget', () => {
    const spent = { budget: { tokens: 10 }, usage: { inputTokens: 10 } };
    const { actions } = drive(
      stateWith(jobIn('assigned', { ...claude, ...spent, task: only })),
      ok('accept'),
      { type: 'prepared', attempt, workspace: WORKSPACE },
      { type: 'checked', attempt, checked: CHECKED },
      { type: 'pushed', attempt },
      { type: 'requested', attempt, requested: { url: null, notes: [] } },
    );
    const done = namesOf(actions).filter((name) => name !== 'persist');
    expect(done).toEqual(['prepare', 'check', 'push', 'request', 'send task.complete']);
    expect(actions.at(-1)).toMatchObject({
      frame: {
        result: {
          branch: WORKSPACE.branch,
          summary: expect.stringContaining('a person approved it'),
          notes: ['approved by a person despite: the remote refused it'],
        },
      },
    });
  });
});
