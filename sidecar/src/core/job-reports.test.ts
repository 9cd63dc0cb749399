import { compile, LIMITS, type SidecarFrameOf, sidecarFrames } from '@agentcom/schemas';
import { describe, expect, it } from 'vitest';
import { ATTEMPT, CHECKED, EXIT, jobIn, RUN, task, WORKSPACE } from './fixture.js';
import type { Job } from './job-model.js';
import { completionOf, failureReport, progressOf, stopReport } from './job-reports.js';

const complete = compile(sidecarFrames['task.complete']);
const fail = compile(sidecarFrames['task.fail']);
const progress = compile(sidecarFrames['task.progress']);
const around = { id: 'r1', ...ATTEMPT, seq: 1 };

function completion(more: Partial<Job>): SidecarFrameOf<'task.complete'> {
  const frame = { ...around, ...completionOf(jobIn('requesting', more)) };
  expect(complete(frame)).toMatchObject({ ok: true });
  return frame as SidecarFrameOf<'task.complete'>;
}

describe('a completion', () => {
  it('is summed up by what the agent handed in, then by what it said last, then by what it printed', () => {
    const exit = { ...EXIT, final: { ok: true, text: 'said' } };
    expect(completion({ submitted: { summary: 'handed in' }, exit }).result.summary).toBe('handed in');
    expect(completion({ exit }).result.summary).toBe('said');
    expect(completion({}).result.summary).toBe('all done');
    expect(completion({ exit: { ...EXIT, tail: ' ' } }).result.summary).toBe('finished without output');
  });

  it('says of a budget that nothing was known of what it used', () => {
    const unwatched = ['The budget could not be watched: this agent does not report its usage.'];
    expect(completion({ budget: { tokens: 5 }, usage: { seconds: 3 } }).result.notes).toEqual(unwatched);
    expect(completion({ budget: { tokens: 5 }, usage: { inputTokens: 3 } }).result.notes).toBeUndefined();
    expect(completion({ usage: { seconds: 3 } }).result.notes).toBeUndefined();
  });

  it('says that the branch of a parent was gone', () => {
    const gone = completion({ task: task({ parentBranch: 'agentcom/a/1' }) });
    expect(gone.result.notes).toEqual([expect.stringContaining('agentcom/a/1 is gone from the remote')]);
    expect(completion({ task: task({ parentBranch: 'main' }) }).result.notes).toBeUndefined();
  });

  it.each([
    ['before the check', { checked: { ...CHECKED, target: 'next' } }],
    ['before the request', { requested: { url: null, notes: [], target: 'next' } }],
  ])('says that the branch of a parent went %s', (_when, more) => {
    expect(completion({ task: task({ parentBranch: 'main' }), ...more }).result.notes).toEqual([
      "the parent's branch main was deleted from the remote during the work, which is now meant for next",
    ]);
  });

  it('says that the base went', () => {
    const checked = { ...CHECKED, target: 'next' };
    const notes = ['the branch main was deleted from the remote during the work, which is now meant for next'];
    expect(completion({ checked }).result.notes).toEqual(notes);
    expect(completion({ task: task({ parentBranch: 'agentcom/a/1' }), checked }).result.notes).toEqual([
      "the parent's branch agentcom/a/1 is gone from the remote; the work started from main",
      ...notes,
    ]);
  });

  it('fits into a frame, whatever its parts are', () => {
    const escaped = '\u0001';
    const { result } = completion({
      submitted: { summary: escaped.repeat(LIMITS.summaryBytes * 2), data: 'd'.repeat(LIMITS.dataBytes - 2) },
      verification: Array.from({ length: 16 }, () => ({ ...RUN, output: escaped.repeat(4096) })),
      requested: { url: null, notes: Array.from({ length: 40 }, () => escaped.repeat(LIMITS.noteBytes * 2)) },
    });
    expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThan(LIMITS.frameBytes - 8 * 1024);
    expect(result.verification).toHaveLength(16);
  });

  it('names a request at another host than the repository among its notes: the hub refuses it as the request', () => {
    const url = 'https://forge.example.org/roof/1';
    const elsewhere = { ...WORKSPACE, url: 'https://git.example.com/roof.git' };
    const { result } = completion({ requested: { url, notes: [] }, workspace: elsewhere });
    expect(result.pullRequest).toBeUndefined();
    expect(result.notes).toContain(url);
    const there = { ...WORKSPACE, url: 'git@forge.example.org:roof.git' };
    expect(completion({ requested: { url, notes: [] }, workspace: there }).result.pullRequest).toBe(url);
  });

  it('is not refused for what an agent calls its session, nor for figures or addresses that are none', () => {
    const session = { session: { runner: 'claude', id: 's', model: 'no such model!' }, counters: ZERO };
    const usage = { inputTokens: 1.4, outputTokens: -1, costMicros: Number.NaN, currency: 'dollars', seconds: 1e300 };
    const frame = completion({ session, usage, requested: { url: 'file:///etc', notes: [] } });
    expect(frame.session).toEqual({ runner: 'claude', id: 's' });
    expect(frame.usage).toEqual({ inputTokens: 1, outputTokens: 0, seconds: LIMITS.amount });
    expect(frame.result.pullRequest).toBeUndefined();
    expect(
      completion({ session: { session: { runner: 'claude', id: '\n' }, counters: ZERO } }).session,
    ).toBeUndefined();
  });
});

const ZERO = { inputTokens: 0, outputTokens: 0, costMicros: 0 };

describe('a failure', () => {
  it('names the branch that the agent has pushed itself', () => {
    const salvage = { ref: null, isComplete: true, branch: 'agentcom/tern/1' };
    expect(stopReport(jobIn('stopped', { salvage }))).toMatchObject({ branch: 'agentcom/tern/1' });
  });

  const failure = { class: 'rate_limited', code: 'runner.limited', message: 'x'.repeat(9_000) } as const;

  it('is told within what the hub takes, with the end of the output', () => {
    const exit = { ...EXIT, tail: `${'ä'.repeat(900)} the end`, resetsAt: 'tomorrow' };
    const report = failureReport(jobIn('salvaging', { exit, salvage: { ref: 'refs/x', isComplete: false } }), failure);
    expect(fail({ ...around, ...report })).toMatchObject({ ok: true });
    expect(JSON.stringify(report)).toMatch(/refs\/x.*stays in the files.*the end/);
    expect(report).not.toHaveProperty('resetsAt');
  });

  it('says where results are kept that git ignores', () => {
    const salvage = { ref: null, isComplete: true, notes: ['kept 1 file in /results'] };
    const report = failureReport(jobIn('salvaging', { exit: null, salvage }), { ...failure, message: 'no' });
    expect(report).toMatchObject({ error: { message: 'no; kept 1 file in /results' } });
  });

  it('always says something', () => {
    const report = failureReport(jobIn('salvaging', { exit: null }), { class: 'transient', code: 'a.b', message: '' });
    expect(fail({ ...around, ...report })).toMatchObject({ ok: true });
  });
});

it('progress may have every part or one', () => {
  const parts = { note: 'half', fraction: 0.5, usage: { inputTokens: 1 }, paths: ['a/b'] };
  expect(progress({ ...around, ...progressOf(jobIn('running'), parts) })).toMatchObject({ ok: true });
  expect(progressOf(jobIn('running'), { paths: [] })).toEqual({ type: 'task.progress', paths: [] });
});
