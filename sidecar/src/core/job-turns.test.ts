import { describe, expect, it } from 'vitest';
import type { Exit } from './attempt.js';
import {
  ATTEMPT,
  drive,
  EXIT,
  jobIn,
  namesOf,
  offered,
  QUESTION,
  stateWith,
  TASK_ID,
  task,
  WORKSPACE,
} from './fixture.js';
import { type Action, ASKED_GRACE_MS, begin, carryOver, type JobEvent, type JobState, step } from './job.js';

const attempt = ATTEMPT;
const SESSION = {
  session: { runner: 'claude', id: 's-1' },
  counters: { inputTokens: 10, outputTokens: 5, costMicros: 7 },
};
const claude = { runner: { kind: 'claude', model: null } } as const;
const asked: JobEvent = { type: 'asked', attempt, call: 7, question: QUESTION };
const answer: JobEvent = { type: 'answer', attempt, questionId: 'q1', answer: 'slate' };
const answeredFrame = { type: 'task.answered', ...attempt, questionId: 'q1' };

function ran(more: Partial<Exit> = {}, turn = 1): JobEvent {
  return { type: 'ran', attempt, turn, exit: { ...EXIT, ...more } };
}

/** As after a crash: only what was persisted last is left. */
function restarted(actions: readonly Action[]): JobState {
  const kept = actions.findLast((action) => action.do === 'persist');
  return begin(kept === undefined ? null : JSON.parse(JSON.stringify(kept.job))).state;
}

describe('a question', () => {
  it('is on disk before the agent hears that it is, and ends the turn after a while', () => {
    const { state, actions } = drive(stateWith(jobIn('running')), asked);
    expect(namesOf(actions)).toEqual(['persist', 'reply', 'wait']);
    expect(actions[1]).toEqual({ do: 'reply', call: 7, outcome: { ok: true } });
    expect(actions[2]).toEqual({ do: 'wait', attempt, for: { kind: 'turn', turn: 1 }, ms: ASKED_GRACE_MS });
    expect(namesOf(step(state, { type: 'waited', attempt, for: { kind: 'turn', turn: 1 } }, 0).actions)).toEqual([
      'endTurn',
    ]);
  });

  it('blocks the task when the turn has ended, however it did', () => {
    for (const how of [{}, { code: 1 }, { code: null, signal: 'SIGTERM' }, { cut: 'inactive' as const }]) {
      const { state, actions } = drive(stateWith(jobIn('running')), asked, ran(how));
      expect(state.job?.phase).toBe('blocked');
      expect(actions.at(-1)).toMatchObject({ frame: { type: 'task.block', ...QUESTION } });
    }
  });

  it('is waited for again after a crash, so that a turn which does not end is ended', () => {
    const { actions } = drive(stateWith(jobIn('running')), asked);
    const again = drive(restarted(actions), { type: 'online', verdict: 'keep' });
    expect(namesOf(again.actions)).toEqual(['run', 'wait']);
  });

  it('is the same when it is asked again, and the only one', () => {
    const { actions } = drive(stateWith(jobIn('running', { question: QUESTION })), asked, {
      ...asked,
      question: { ...QUESTION, questionId: 'q2' },
    });
    expect(actions).toMatchObject([{ outcome: { ok: true } }, { outcome: { ok: false, code: 'task.blocked' } }]);
  });

  it('of an approval blocks as any other', () => {
    const exit = { cut: 'asked' as const, code: null, signal: 'SIGTERM', question: QUESTION, session: SESSION };
    const { state } = drive(stateWith(jobIn('running')), ran(exit));
    expect(state.job).toMatchObject({ phase: 'blocked', question: QUESTION, session: SESSION });
  });

  it('that has had its answer is not put to anybody again', () => {
    const answers = [{ ...QUESTION, answer: 'slate' }];
    const { state } = drive(stateWith(jobIn('running', { answers })), ran({ cut: 'asked', question: QUESTION }));
    expect(state.job?.failure).toMatchObject({ class: 'transient', code: 'runner.ended' });
  });

  it('that the hub cannot take fails the attempt, since nobody would ever answer', () => {
    const error = { code: 'request.invalid', message: 'no', retryable: false };
    const { state } = drive(stateWith(jobIn('blocked')), { type: 'answered', attempt, ref: 'report:1', error });
    expect(state.job).toMatchObject({ phase: 'salvaging', failure: { code: 'report.refused' } });
  });

  it('does not hide that the budget is used up', () => {
    const { state } = drive(stateWith(jobIn('running')), asked, ran({ cut: 'budget' }));
    expect(state.job).toMatchObject({ phase: 'salvaging', failure: { class: 'budget' } });
  });
});

describe('an answer', () => {
  it('is kept, begins the next turn, and is confirmed only then', () => {
    const { state, actions } = drive(stateWith(jobIn('blocked')), answer);
    expect(namesOf(actions)).toEqual(['persist', 'run', 'send task.answered']);
    expect(actions.at(-1)).toMatchObject({ ref: 'note', frame: answeredFrame });
    expect(state.job).toMatchObject({
      phase: 'running',
      turn: { number: 2 },
      question: null,
      answers: [{ questionId: 'q1', answer: 'slate' }],
    });
  });

  it('that is repeated is confirmed again and begins nothing', () => {
    const { actions } = drive(stateWith(jobIn('blocked')), answer, answer);
    expect(namesOf(actions)).toEqual(['persist', 'run', 'send task.answered', 'send task.answered']);
  });

  it('reaches the session that asked, as its prompt', () => {
    const { state } = drive(stateWith(jobIn('blocked', { ...claude, session: SESSION })), answer);
    expect(state.job?.turn).toMatchObject({ resume: SESSION });
    expect(state.job?.turn.prompt).toMatch(/Slate or tiles\?[\s\S]*slate[\s\S]*Continue/);
    expect(state.job?.turn.prompt).not.toContain('Please.');
  });

  it('reaches an agent without a session with everything else it has to know', () => {
    const { state } = drive(stateWith(jobIn('blocked')), answer);
    expect(state.job?.turn.resume).toBeNull();
    expect(state.job?.turn.prompt).toMatch(/^Please\.[\s\S]*Slate or tiles\?[\s\S]*slate/);
  });

  it('that comes before the turn has ended begins the next one when it has', () => {
    const { state, actions } = drive(stateWith(jobIn('running')), asked, answer, ran());
    expect(namesOf(actions)).toEqual([
      ...['persist', 'reply', 'wait'],
      ...['persist', 'send task.answered'],
      ...['persist', 'run'],
    ]);
    expect(state.job).toMatchObject({ phase: 'running', turn: { number: 2 }, isAnswerDue: false });
  });

  it('that comes before the turn has ended is not lost in a crash', () => {
    const { actions } = drive(stateWith(jobIn('running')), asked, answer);
    const { state } = drive(restarted(actions), { type: 'online', verdict: 'keep' }, ran());
    expect(state.job?.turn.number).toBe(2);
  });

  it('says that it counted at the highest prices when the model has none', () => {
    const job = jobIn('running', { budget: { costMicros: 5 } });
    const priced = drive(stateWith(job), ran({ cut: 'budget', usage: { inputTokens: 9, costMicros: 9 } }));
    expect(priced.state.job?.failure?.message).toBe("the task's budget is used up");
    const unpriced = drive(stateWith(job), ran({ cut: 'budget', usage: { inputTokens: 9 } }));
    expect(unpriced.state.job?.failure?.message).toContain('highest known prices');
  });

  it('begins no turn when nothing of the budget is left', () => {
    const spent = { budget: { costMicros: 5 }, usage: { costMicros: 5 } };
    const { state } = drive(stateWith(jobIn('blocked', spent)), answer);
    expect(state.job).toMatchObject({ phase: 'salvaging', failure: { class: 'budget' } });
  });
});

describe('a turn', () => {
  it.each([
    ['inactive', 'timeout', 'runner.inactive'],
    ['timeout', 'timeout', 'runner.timeout'],
    ['limit', 'rate_limited', 'runner.limited'],
    ['budget', 'budget', 'budget.used'],
  ] as const)('cut short as %s fails as %s', (cut, kind, code) => {
    const { state } = drive(stateWith(jobIn('running')), ran({ cut, code: null, signal: 'SIGTERM' }));
    expect(state.job?.failure).toMatchObject({ class: kind, code });
  });

  it('that meets a usage limit says until when', () => {
    const resetsAt = '2026-01-31T12:00:00Z';
    const { actions } = drive(stateWith(jobIn('running')), ran({ cut: 'limit', resetsAt }), {
      type: 'salvaged',
      attempt,
      salvage: { ref: null, isComplete: true },
    });
    expect(actions.at(-1)).toMatchObject({ frame: { type: 'task.fail', error: { class: 'rate_limited' }, resetsAt } });
  });

  it('that said that it was done is done, though it had to be ended', () => {
    const final = { ok: true, text: 'The roof is mended.' };
    const { state } = drive(
      stateWith(jobIn('running')),
      ran({ cut: 'lingering', code: null, signal: 'SIGTERM', final }),
    );
    expect(state.job?.phase).toBe('checking');
  });

  it('that said that it failed has failed, whatever its exit code', () => {
    const { state } = drive(stateWith(jobIn('running')), ran({ final: { ok: false, text: 'no such model' } }));
    expect(state.job?.failure).toMatchObject({ class: 'transient', message: 'no such model' });
  });

  it('that could not go on with its session begins a new one, once', () => {
    const job = jobIn('running', {
      ...claude,
      session: SESSION,
      turn: { number: 1, prompt: 'Go on.', resume: SESSION },
    });
    const unknown = { code: 1, seconds: 1, final: { ok: false, text: 'no conversation found' } };
    const first = drive(stateWith(job), ran(unknown));
    expect(first.state.job).toMatchObject({ phase: 'running', turn: { number: 2, resume: null }, session: null });
    expect(first.state.job?.turn.prompt).toContain('Please.');
    expect(drive(first.state, ran(unknown, 2)).state.job?.phase).toBe('salvaging');
  });

  it('that failed after it had worked on, or vanished, is not begun anew', () => {
    const job = jobIn('running', { session: SESSION, turn: { number: 1, prompt: 'Go on.', resume: SESSION } });
    for (const how of [
      { code: 1, usage: { inputTokens: 100 } },
      { code: null, seconds: 1 },
    ]) {
      const { state } = drive(stateWith(job), ran(how));
      expect(state.job).toMatchObject({ phase: 'salvaging', session: SESSION });
    }
  });

  it('adds what it has used to what the turns before it had', () => {
    const before = jobIn('running', { usage: { inputTokens: 5, seconds: 1, costMicros: 3, currency: 'USD' } });
    const usage = { inputTokens: 10, outputTokens: 4, costMicros: 2, currency: 'USD', seconds: 2 };
    const { state } = drive(stateWith(before), ran({ usage }));
    expect(state.job?.usage).toEqual({ inputTokens: 15, outputTokens: 4, costMicros: 5, currency: 'USD', seconds: 3 });
  });

  it('tells of its use on top of that of the turns before it', () => {
    const { actions } = drive(stateWith(jobIn('running', { usage: { inputTokens: 5 } })), {
      type: 'progress',
      attempt,
      turn: 1,
      progress: { usage: { inputTokens: 2 }, session: SESSION.session },
    });
    expect(actions.at(-1)).toMatchObject({ frame: { usage: { inputTokens: 7 }, session: SESSION.session } });
  });
});

describe('what the agent hands in', () => {
  const submitted = { summary: 'Slate it is.', data: { slates: 400 } };

  it('is kept before it is confirmed, and is the result', () => {
    const { actions } = drive(stateWith(jobIn('running')), { type: 'submitted', attempt, call: 1, submitted });
    expect(namesOf(actions)).toEqual(['persist', 'reply']);
    const workspace = { ...WORKSPACE, url: 'https://git.example.com/roof.git' };
    const { actions: later } = drive(stateWith(jobIn('requesting', { submitted, workspace })), {
      type: 'requested',
      attempt,
      requested: { url: 'https://git.example.com/roof/1', notes: ['a draft'] },
    });
    expect(later.at(-1)).toMatchObject({
      frame: {
        result: {
          summary: 'Slate it is.',
          data: { slates: 400 },
          branch: WORKSPACE.branch,
          pullRequest: 'https://git.example.com/roof/1',
          verification: [{ command: 'npm test', exitCode: 0 }],
          notes: ['a draft'],
        },
      },
    });
  });

  it('is refused when its turn or its attempt is over, and always answered', () => {
    const call = { call: 3, submitted };
    const other = { task: TASK_ID, generation: 9 };
    const { actions } = drive(
      stateWith(jobIn('checking')),
      { type: 'submitted', attempt, ...call },
      { type: 'submitted', attempt: other, ...call },
    );
    expect(actions).toMatchObject([
      { outcome: { code: 'task.turn_over' } },
      { outcome: { code: 'task.stale_generation' } },
    ]);
  });

  it('as progress is kept, sent and confirmed', () => {
    const { actions } = drive(stateWith(jobIn('running')), { type: 'noted', attempt, call: 1, note: 'half' });
    expect(namesOf(actions)).toEqual(['persist', 'send task.progress', 'reply']);
  });
});

describe('a later attempt', () => {
  const previous = { session: SESSION, salvageRef: 'refs/agentcom/salvage/x' };
  const again: JobEvent = { ...(offered() as JobEvent & { type: 'assign' }), chosen: claude.runner, previous };
  const accepted: JobEvent = { type: 'answered', attempt, ref: 'accept', error: null };
  const prepared: JobEvent = { type: 'prepared', attempt, workspace: { ...WORKSPACE, restored: true } };

  it('goes on with the session of the one before and is told why that failed', () => {
    const error = { class: 'verification', code: 'verify.failed', message: 'npm test: 1 failed' } as const;
    const pastAttempts = [{ generation: 2, agent: 'tern', error }];
    const offer = { ...again, assignment: { ...again.assignment, task: task({ pastAttempts }) } } as JobEvent;
    const { state } = drive(stateWith(null), offer, accepted, prepared);
    expect(state.job?.turn).toMatchObject({ number: 1, resume: SESSION });
    expect(state.job?.turn.prompt).toMatch(
      /Your last attempt at this task failed[\s\S]*npm test: 1 failed[\s\S]*is in the worktree/,
    );
    expect(state.job?.turn.prompt).not.toContain('Please.');
  });

  it('by another runner begins a session of its own', () => {
    const { state } = drive(stateWith(null), { ...again, chosen: { kind: 'codex', model: null } }, accepted, prepared);
    expect(state.job?.turn.resume).toBeNull();
    expect(state.job?.turn.prompt).toContain('Please.');
  });

  it('learns of the one before even when it is offered before that is on disk', () => {
    const failing = jobIn('reporting', {
      session: SESSION,
      ...claude,
      salvage: { ref: previous.salvageRef, isComplete: true },
    });
    const failedReport = {
      nextSeq: 2,
      reports: [{ seq: 1, body: { type: 'task.fail', error: { class: 'transient', code: 'x', message: 'x' } } }],
    } as const;
    const next = { ...(offered({}, 4) as JobEvent & { type: 'assign' }), chosen: claude.runner };
    const { state } = drive(
      stateWith({ ...failing, outbox: failedReport }),
      { type: 'answered', attempt, ref: 'report:1', error: null },
      next,
    );
    expect(state.job).toMatchObject({ generation: 4, previous, session: SESSION });
  });

  it('has nothing to go on with after one that completed', () => {
    expect(carryOver(jobIn('reporting', { session: SESSION }))).toBeNull();
    expect(carryOver(jobIn('stopped', { session: SESSION }))).toEqual({ session: SESSION, salvageRef: null });
    expect(carryOver(jobIn('stopped', { previous }))).toEqual({ session: null, salvageRef: previous.salvageRef });
  });
});
