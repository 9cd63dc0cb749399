// The way of a task through a whole sidecar: done, reported, found again after a restart.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SidecarFrame } from '@agentcom/schemas';
import { identify } from '@agentcom/schemas/host';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ATTEMPT, task } from './core/fixture.js';
import type { Job } from './core/job-model.js';
import { SidecarBench, SLOW } from './fixture.js';
import type { Caller } from './link/fixture.js';

let bench: SidecarBench;

beforeEach(async () => {
  bench = await SidecarBench.open();
});
afterEach(() => bench.close());

/** Answers everything but frames of one type. */
function silentOn(type: SidecarFrame['type']): Caller['answer'] {
  return (frame) => (frame.type === type ? null : { type: 'ok', re: frame.id ?? '' });
}

describe('a task', () => {
  it('is accepted, worked on, committed, pushed and reported, and leaves nothing behind', async () => {
    await bench.start();
    const caller = await bench.idleCaller();
    bench.assign(caller);
    await caller.next('task.accept');
    const { result, seq, usage } = await caller.next('task.complete');
    // The attempt's next report: a slow one has told its paths before.
    expect(seq).toBe(1 + caller.frames.filter(({ type }) => type === 'task.progress').length);
    expect(result).toMatchObject({ summary: 'finished', branch: 'agentcom/tern/0123456789ab-g3-mend-the-roof' });
    expect(usage?.seconds).toBeGreaterThanOrEqual(0);
    expect(await bench.atOrigin(result.branch ?? '')).toBe(result.commit);
    expect(await bench.place.git(bench.place.origin, 'show', `${result.commit}:work.txt`)).toBe('do it');
    expect(await bench.place.git(bench.place.origin, 'log', '-1', '--format=%an <%ae>, %cn', result.commit ?? '')).toBe(
      'Tern <tern@example.invalid>, Tern',
    );
    await expect.poll(() => bench.held(), { timeout: 15_000 }).toEqual([]);
    expect(await readdir(bench.workDir())).toEqual([]);
  });

  it('without a repository is complete when its program ends well', async () => {
    await bench.start('cat');
    const caller = await bench.idleCaller();
    const { repo: _repo, ...plain } = task({ prompt: 'hello' });
    caller.say({ type: 'task.assign', task: plain, generation: 1, acceptWithinMs: 60_000 });
    expect((await caller.next('task.complete')).result).toEqual({ summary: 'hello' });
  });

  it('that leaves its work uncommitted fails, and the work is kept', async () => {
    await bench.start('cat > work.txt; echo forgot');
    const caller = await bench.idleCaller();
    bench.assign(caller);
    const { error } = await caller.next('task.fail');
    expect(error).toMatchObject({ class: 'verification', code: 'git.not_clean' });
    const ref = 'refs/agentcom/salvage/tern/0123456789ab-g3';
    expect(error.message).toContain(ref);
    expect(error.message).toContain('forgot');
    const [mirror = ''] = (await readdir(join(bench.place.root, 'repos', 'mirrors'))).filter((name) =>
      name.endsWith('.git'),
    );
    expect(await bench.place.git(join(bench.place.root, 'repos', 'mirrors', mirror), 'show', `${ref}:work.txt`)).toBe(
      'do it',
    );
  });

  it('for a runner that is not here is rejected', async () => {
    await bench.start();
    const caller = await bench.idleCaller();
    bench.assign(caller, { runner: 'claude' });
    expect((await caller.next('task.reject')).reason).toContain('claude');
  });

  it('that is cancelled is stopped, kept and confirmed', async () => {
    await bench.start(SLOW);
    const caller = await bench.idleCaller();
    bench.assign(caller);
    const pid = await bench.agentRuns();
    caller.say({ type: 'task.cancel', ...ATTEMPT, reason: 'enough' });
    expect(await caller.next('task.stopped')).toMatchObject({
      ...ATTEMPT,
      salvageRef: 'refs/agentcom/salvage/tern/0123456789ab-g3',
    });
    expect(identify(pid)).toBeUndefined();
  });
});

describe('what was reported', () => {
  it('is said again, the same, until the hub has answered, across a lost link and a restart', async () => {
    const first = await bench.start();
    const caller = await bench.idleCaller();
    caller.answer = silentOn('task.complete');
    bench.assign(caller);
    const said = await caller.next('task.complete');

    caller.socket.terminate();
    const second = await bench.hub.caller();
    second.answer = silentOn('task.complete');
    expect((await second.welcome('keep')).holding).toEqual({ ...ATTEMPT, phase: 'reporting' });
    const { id: _id, ...again } = await second.next('task.complete');
    expect(said).toMatchObject(again);
    expect(again).toMatchObject({ outputSeq: 1 });

    await first.stop();
    await bench.start();
    const third = await bench.hub.caller();
    expect((await third.welcome('keep')).holding).toEqual({ ...ATTEMPT, phase: 'reporting' });
    expect(await third.next('task.complete')).toMatchObject(again);
    await expect.poll(() => bench.held(), { timeout: 15_000 }).toEqual([]);
  });

  it('is forgotten when the hub says that it has it', async () => {
    await bench.start();
    const caller = await bench.idleCaller();
    caller.answer = silentOn('task.complete');
    bench.assign(caller);
    await caller.next('task.complete');
    caller.socket.close(1012);
    const again = await bench.hub.caller();
    await again.welcome('confirmed');
    await expect.poll(() => bench.held(), { timeout: 15_000 }).toEqual([]);
    expect(again.frames.filter(({ type }) => type !== 'task.output')).toEqual([]);
  });
});

describe('a restart', () => {
  it('leaves the agent running, finds it again, and finishes', async () => {
    const first = await bench.start(SLOW);
    const caller = await bench.idleCaller();
    bench.assign(caller);
    const pid = await bench.agentRuns();
    await first.stop();
    expect(await first.stopped).toBeNull();
    expect(identify(pid)).toBeDefined();

    await bench.start(SLOW);
    const again = await bench.hub.caller();
    expect((await again.welcome('keep')).holding).toEqual({ ...ATTEMPT, phase: 'running' });
    await writeFile(join(bench.workDir(), 'go'), 'on\n');
    const { result } = await again.next('task.complete');
    expect(await bench.atOrigin(result.branch ?? '')).toBe(result.commit);
  });

  it('of a newer version under work goes on with a record and a process of the one before', async () => {
    const first = await bench.start(SLOW);
    const caller = await bench.idleCaller();
    bench.assign(caller);
    await bench.agentRuns();
    await first.stop();
    const [name = ''] = await bench.held();
    const file = join(bench.place.root, 'state', 'jobs', name, 'job.json');
    const { version, job } = JSON.parse(await readFile(file, 'utf8')) as { version: number; job: Job };
    const { task: assigned, generation, phase, runner, budget, workspace, turn, outbox } = job;
    const older = { task: assigned, generation, phase, runner, budget, workspace, turn, outbox };
    await writeFile(file, JSON.stringify({ version, job: older }));

    await bench.start(SLOW);
    const again = await bench.hub.caller();
    expect((await again.welcome('keep')).holding).toEqual({ ...ATTEMPT, phase: 'running' });
    await writeFile(join(bench.workDir(), 'go'), 'on\n');
    const { result } = await again.next('task.complete');
    expect(await bench.atOrigin(result.branch ?? '')).toBe(result.commit);
  });

  it('with work that somebody else has by now stops it and keeps it', async () => {
    const first = await bench.start(SLOW);
    const caller = await bench.idleCaller();
    bench.assign(caller);
    const pid = await bench.agentRuns();
    await first.stop();
    await bench.start(SLOW);
    const again = await bench.hub.caller();
    await again.welcome('drop');
    expect(await again.next('task.stopped')).toMatchObject({ ...ATTEMPT, salvageRef: expect.any(String) });
    expect(identify(pid)).toBeUndefined();
  });
});

describe('a start that cannot go on with a job', () => {
  it('ends its agent, which nobody would ever look after, and keeps its files', async () => {
    const first = await bench.start(SLOW);
    const caller = await bench.idleCaller();
    bench.assign(caller);
    const pid = await bench.agentRuns();
    await first.stop();
    expect(identify(pid)).toBeDefined();
    const [name = ''] = await bench.held();
    await writeFile(join(bench.place.root, 'state', 'jobs', name, 'job.json'), '{"version":1,"job":{}}');
    await bench.start();
    expect(identify(pid)).toBeUndefined();
    await bench.idleCaller();
    expect(await readdir(join(bench.place.root, 'state', 'kept', name))).toContain('turn-1');
  });
});
