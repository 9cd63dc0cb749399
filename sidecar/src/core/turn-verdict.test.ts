// How the end of a turn is judged, and what of it people and later turns learn.

import { describe, expect, it } from 'vitest';
import type { CutShort, Exit } from './attempt.js';
import { ATTEMPT, drive, EXIT, jobIn, stateWith, WORKSPACE } from './fixture.js';
import { carryOver, type Job, type JobEvent } from './job.js';
import { completionOf, failureReport } from './job-reports.js';
import { judgeTurn } from './turn-verdict.js';

const DONE = { ok: true, text: 'I am done.' };
const SESSION = {
  session: { runner: 'claude', id: 's-1' },
  counters: { inputTokens: 10, outputTokens: 5, costMicros: 7 },
};
const claude = { runner: { kind: 'claude', model: null } } as const;
const KILLED = { code: null, signal: 'SIGTERM' };

function ran(more: Partial<Exit>, job: Partial<Job> = {}) {
  const turn = job.turn ?? { number: 1, prompt: 'Please.', resume: null };
  const event: JobEvent = { type: 'ran', attempt: ATTEMPT, turn: turn.number, exit: { ...EXIT, ...more } };
  return drive(stateWith(jobIn('running', { ...claude, ...job, turn })), event).state.job;
}

function notesOf(job: Job | null): readonly string[] {
  const body = job === null ? undefined : completionOf(job);
  return body?.type === 'task.complete' ? (body.result.notes ?? []) : [];
}

describe('success that was reported', () => {
  it.each<[string, Partial<Exit>, string]>([
    ['an exit code', { code: 1 }, 'The agent reported success, then exited with code 1.'],
    ['a signal', { code: null, signal: 'SIGSEGV' }, 'The agent reported success, then was killed by SIGSEGV.'],
    ['the loss of its process', { code: null }, 'The agent reported success, then its process disappeared.'],
    ['an end that had to be brought about', { ...KILLED, cut: 'lingering' }, 'did not exit, so it was stopped.'],
  ])('counts over %s, which is noted', (_, how, note) => {
    const job = ran({ ...how, final: DONE });
    expect(job?.phase).toBe('checking');
    expect(notesOf(job)).toEqual([expect.stringContaining(note)]);
  });

  it('is none beside a failure that was reported, whatever the exit code', () => {
    expect(ran({ code: 0, final: { ok: false, text: 'It broke.' } })?.failure).toMatchObject({
      code: 'runner.failed',
      message: 'It broke.',
    });
  });

  it('leaves no note when it is all there is', () => {
    expect(notesOf(ran({ final: DONE, hasFinalEvent: true, calls: 3 }))).toEqual([]);
  });

  it('is not past its budget', () => {
    expect(ran({ code: 1, final: DONE, cut: 'budget' })?.failure?.class).toBe('budget');
  });
});

describe('a result that was submitted', () => {
  const submitted = { summary: 'I am done.' };

  it.each<[string, Partial<Exit>, string]>([
    ['without a final event', { code: 0 }, 'then exited with code 0 without a final event.'],
    ['with an exit code', { code: 1 }, 'then exited with code 1.'],
    ['by a signal', { code: null, signal: 'SIGKILL' }, 'then was killed by SIGKILL.'],
    ['by being lost', { code: null }, 'then its process disappeared.'],
    ['in silence', { ...KILLED, cut: 'inactive' }, 'but did not exit, so it was stopped.'],
    ['with its time', { ...KILLED, cut: 'timeout' }, 'but did not exit, so it was stopped.'],
  ])('is judged by its checks when the turn ends %s', (_, how, note) => {
    const job = ran({ ...how, hasFinalEvent: true }, { submitted });
    expect(job?.phase).toBe('checking');
    expect(notesOf(job)).toEqual([`The agent submitted its result, ${note}`]);
  });

  it.each<[string, Partial<Exit>, Partial<Job>]>([
    ['a failure that was reported', { final: { ok: false, text: 'It broke.' }, hasFinalEvent: true }, {}],
    ['a limit', { ...KILLED, cut: 'limit', hasFinalEvent: true }, {}],
    ['the exit code of a program that has only that', { code: 1 }, {}],
    ['a resumed turn that did nothing', { code: 1, hasFinalEvent: true }, resumed()],
  ])('is none beside %s', (_, how, more) => {
    expect(ran(how, { submitted, ...more })?.phase).not.toBe('checking');
  });

  function resumed(): Partial<Job> {
    return { turn: { number: 2, prompt: 'Commit it.', resume: SESSION } };
  }
});

describe('silence', () => {
  it('is success only for a kind that has no final event', () => {
    expect(ran({})?.phase).toBe('checking');
    expect(ran({ hasFinalEvent: true })?.failure).toMatchObject({
      class: 'transient',
      code: 'runner.no_final_event',
    });
  });

  const resumed = { session: SESSION, turn: { number: 1, prompt: 'Go on.', resume: SESSION } };

  it('of a session that is gone begins a new one, which is told everything', () => {
    const job = ran({ hasFinalEvent: true, seconds: 1 }, resumed);
    expect(job).toMatchObject({ phase: 'running', session: null, turn: { number: 2, resume: null } });
    expect(job?.turn.prompt).toMatch(/^Please\./);
  });

  it('of a session that was to be given an answer gives it to a new one', () => {
    const answers = [{ questionId: 'q', question: 'Slate or tiles?', answer: 'slate' }];
    const turn = { number: 2, prompt: 'The answer: slate', resume: SESSION };
    const job = ran({ hasFinalEvent: true, seconds: 1 }, { ...resumed, answers, turn });
    expect(job?.turn).toMatchObject({ number: 3, resume: null });
    expect(job?.turn.prompt).toMatch(/Please\.[\s\S]*Slate or tiles\?[\s\S]*slate/);
  });

  it('of a new session that was to be told an answer says that it did not reach the agent', () => {
    const answers = [{ questionId: 'q', question: 'Slate or tiles?', answer: 'slate' }];
    const turn = { number: 3, prompt: 'Please. Answered: slate', resume: null };
    const silent = { hasFinalEvent: true, seconds: 1 };
    expect(ran(silent, { answers, turn })?.failure?.message).toMatch(/did not receive the answer to its question$/);
    expect(ran({ ...silent, calls: 1 }, { answers, turn })?.failure?.message).not.toContain(
      'did not receive the answer',
    );
  });
});

describe('a session that was gone on with', () => {
  const resumed = { session: SESSION, turn: { number: 1, prompt: 'Go on.', resume: SESSION } };
  const worked = { usage: { inputTokens: 5 }, session: SESSION };
  /** What the next attempt begins with. */
  const left = (how: Partial<Exit>, more: Partial<Job> = resumed) => {
    const job = ran(how, more);
    return job === null ? null : (carryOver({ ...job, salvage: null })?.session ?? null);
  };

  it('and hangs before anything is done is given up in the same attempt', () => {
    const job = ran({ ...KILLED, cut: 'inactive', session: SESSION, seconds: 900 }, resumed);
    expect(job).toMatchObject({ phase: 'running', turn: { number: 2, resume: null } });
  });

  it.each<[string, Partial<Exit>]>([
    ['hung', { ...KILLED, ...worked, cut: 'inactive' }],
    ['took all the time there is', { ...KILLED, ...worked, cut: 'timeout' }],
    ['crashed before anything was done', { code: null, signal: 'SIGKILL', session: SESSION }],
    ['failed late, with nothing done', { code: 1, session: SESSION, seconds: 300 }],
  ])('and %s is not gone on with again', (_, how) => {
    expect(left(how)).toBeNull();
  });

  it.each<[string, Partial<Exit>, Partial<Job>]>([
    ['crashed after work', { ...worked, code: null, signal: 'SIGKILL' }, resumed],
    ['met a limit', { ...KILLED, cut: 'limit', session: SESSION }, resumed],
    ['has used a tool, and does not count', { code: 1, calls: 1, session: SESSION }, resumed],
    ['was new, and hung', { ...KILLED, cut: 'inactive', session: SESSION }, {}],
  ])('and %s is gone on with', (_, how, more) => {
    expect(left(how, more)).toEqual(SESSION);
  });
});

describe('tool calls that were refused', () => {
  const refused = ['Bash: make', 'Write: /etc/x'];

  it('are named in the result', () => {
    const job = ran({ final: DONE, calls: 3, refused, refusals: 2 });
    expect(notesOf(job)).toEqual(['Tool calls that were denied: Bash: make; Write: /etc/x.']);
  });

  it('are named also when they were refused before a question', () => {
    const asked = jobIn('running', { ...claude, question: { questionId: 'q1', question: 'Which?' } });
    const { state } = drive(
      stateWith(asked),
      { type: 'ran', attempt: ATTEMPT, turn: 1, exit: { ...EXIT, refused, refusals: 2 } },
      { type: 'answer', attempt: ATTEMPT, questionId: 'q1', answer: 'this' },
      { type: 'ran', attempt: ATTEMPT, turn: 2, exit: { ...EXIT, final: DONE } },
    );
    expect(notesOf(state.job)).toEqual([expect.stringContaining('Bash: make')]);
  });

  it.each(['scratch', 'git'])('and nothing else done is no success (%s)', (kind) => {
    const workspace = kind === 'git' ? WORKSPACE : ({ kind: 'scratch', dir: '/x' } as const);
    const failure = ran({ final: DONE, calls: 2, refused, refusals: 2 }, { workspace })?.failure;
    expect(failure).toMatchObject({ class: 'permanent', code: 'runner.refused', mend: 'person' });
    expect(failure?.message).toContain('Bash: make');
  });

  it('count also beyond those that are named', () => {
    const many = { final: DONE, refused, refusals: 20 };
    expect(ran({ ...many, calls: 20 })?.failure).toMatchObject({ code: 'runner.refused' });
    expect(notesOf(ran({ ...many, calls: 21 }))).toEqual([
      'Tool calls that were denied: Bash: make; Write: /etc/x and 18 more.',
    ]);
  });

  it('leave what the agent handed in, and work of before, to be judged by the checks', () => {
    const exit = { final: DONE, calls: 2, refused, refusals: 2 };
    expect(ran(exit, { submitted: { summary: 'Nothing to do.' } })?.failure).toBeNull();
    expect(ran(exit, { workspace: { ...WORKSPACE, restored: true } })?.failure).toBeNull();
  });
});

it('every end is judged, whatever is said beside it', () => {
  const cuts: readonly (CutShort | null)[] = [null, 'inactive', 'timeout', 'lingering', 'budget', 'limit', 'asked'];
  for (const cut of cuts) {
    for (const code of [0, 1, null]) {
      for (const final of [null, DONE, { ok: false, text: '' }]) {
        for (const hasFinalEvent of [true, false]) {
          const exit = { ...EXIT, cut, code, final, hasFinalEvent };
          const verdict = judgeTurn(jobIn('running', { exit }), exit);
          if (verdict.is === 'failed')
            expect(failureReport(jobIn('salvaging', { exit }), verdict.failure)).toBeDefined();
          const isDone = (cut === null || cut === 'lingering') && final?.ok !== false;
          expect(verdict.is === 'done').toBe(
            isDone && (final?.ok === true || (cut === 'lingering' ? true : code === 0 && !hasFinalEvent)),
          );
        }
      }
    }
  }
});

describe('a turn whose account was not taken', () => {
  const said = 'Invalid API key · Fix external API key';
  const out: Partial<Exit> = { code: 1, signedOut: { said, remedy: 'run `codex login`' } };
  const failed = { ...out, final: { ok: false, text: said } };

  it('is a fault of the machine, with what to do there', () => {
    expect(ran(failed)?.failure).toEqual({
      class: 'machine',
      code: 'runner.not_signed_in',
      message: `the agent is not signed in on this machine (${said}): run \`codex login\``,
    });
  });

  it('is one as well when it did not even begin, or did not leave by itself', () => {
    expect(ran({ ...out, code: 41, hasFinalEvent: true })?.failure?.class).toBe('machine');
    expect(ran({ ...failed, ...KILLED, cut: 'lingering' })?.failure?.class).toBe('machine');
    expect(ran({ ...failed, ...KILLED, cut: 'inactive' })?.failure?.class).toBe('machine');
  });

  it('is a fault of the machine in the middle of the work too: the work is kept, and its session resumed', () => {
    const job = ran({ ...failed, calls: 12, usage: { outputTokens: 900 }, session: SESSION });
    expect(job).toMatchObject({ phase: 'salvaging', failure: { class: 'machine' }, usage: { outputTokens: 900 } });
    expect(job === null ? null : carryOver({ ...job, salvage: { ref: 'r', isComplete: true } })).toMatchObject({
      session: SESSION,
      salvageRef: 'r',
    });
  });

  it('does not end the session that it was to go on with', () => {
    const job = ran(
      { ...failed, seconds: 1 },
      { session: SESSION, turn: { number: 1, prompt: 'Go on.', resume: SESSION } },
    );
    expect(job?.failure?.class).toBe('machine');
    expect(job === null ? null : carryOver(job)?.session).toEqual(SESSION);
  });

  it('is none when it has worked and nothing at its end says so, or it was done', () => {
    expect(ran({ ...out, calls: 3 })?.failure).toMatchObject({ class: 'transient', code: 'runner.failed' });
    expect(ran({ ...out, final: DONE })?.phase).toBe('checking');
    expect(ran({ ...failed, cut: 'budget' })?.failure?.class).toBe('budget');
  });

  it('keeps the remedy however much its tool says', () => {
    const job = ran({ ...failed, signedOut: { said: 'x'.repeat(9_000), remedy: 'run `codex login`' } });
    expect(job?.failure?.message.length).toBeLessThan(1_000);
    expect(job?.failure?.message).toContain('run `codex login`');
  });
});
