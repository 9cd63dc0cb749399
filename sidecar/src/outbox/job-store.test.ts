import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AttemptId } from '../core/attempt.js';
import { BLANK_EXIT, BLANK_JOB } from '../core/blank.js';
import { ATTEMPT, jobIn } from '../core/fixture.js';
import type { Job } from '../core/job-model.js';
import { JobStore } from './job-store.js';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'agentcom-store-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** A store as the next start of the sidecar finds it. */
async function opened(halt: (attempt: AttemptId) => Promise<void> = async () => undefined): Promise<Opened> {
  const store = new JobStore(dir);
  return { store, found: await store.open(halt) };
}

interface Opened {
  readonly store: JobStore;
  readonly found: Awaited<ReturnType<JobStore['open']>>;
}

function other(generation: number): Job {
  return { ...jobIn('running'), generation };
}

describe('a job', () => {
  it('is found as it was last persisted, reports included', async () => {
    const { store } = await opened();
    await store.persist(jobIn('assigned'));
    await store.persist(jobIn('reporting'));
    expect((await opened()).found).toEqual({ job: jobIn('reporting'), setAside: [] });
  });

  it('that was forgotten is not found, but told of with its files until they are gone', async () => {
    const { store } = await opened();
    const job = jobIn('reporting');
    await store.persist(job);
    await writeFile(join(store.dirOf(ATTEMPT), 'output.log'), 'x');
    await store.forget(job, false);
    const { store: next, found } = await opened();
    expect(found.job).toBeNull();
    const [discarded] = await next.discarded();
    expect(discarded?.job).toEqual(job);
    expect(await readdir(discarded?.dir ?? '')).toEqual(['job.json', 'output.log']);
  });

  it('can be forgotten twice, since a crash may come between', async () => {
    const { store } = await opened();
    await store.persist(jobIn('reporting'));
    await store.forget(jobIn('reporting'), false);
    await store.forget(jobIn('reporting'), false);
    expect(await store.discarded()).toHaveLength(1);
  });

  it('leaves to a later attempt what it has to go on with, and nothing when it is complete', async () => {
    const { store } = await opened();
    const stopped = jobIn('stopped', { salvage: { ref: 'refs/x', isComplete: true } });
    await store.persist(stopped);
    await store.forget(stopped, false);
    const { store: next } = await opened();
    expect(next.previous(ATTEMPT.task)).toEqual({ session: null, salvageRef: 'refs/x' });
    await next.persist(jobIn('reporting'));
    await next.forget(jobIn('reporting'), false);
    expect(next.previous(ATTEMPT.task)).toBeNull();
  });

  it('whose files must stay is kept, also beside an earlier one of its name', async () => {
    const { store } = await opened();
    for (let times = 0; times < 2; times += 1) {
      await store.persist(jobIn('stopped'));
      await store.forget(jobIn('stopped'), true);
    }
    expect(await readdir(join(dir, 'kept'))).toHaveLength(2);
    expect((await opened()).found.job).toBeNull();
  });
});

describe('a start', () => {
  it('finds nothing where nothing was', async () => {
    expect((await opened()).found).toEqual({ job: null, setAside: [] });
  });

  it.each([
    ['half a record', '{"version":2,"job":{"task"'],
    ['no record', '[]'],
    ['a record of an earlier version', '{"version":1,"job":{}}'],
    ['a record of a later version', '{"version":3,"job":{}}'],
    ['a record without a job', '{"version":2,"job":{"task":{"id":"x"},"generation":1,"phase":"flying"}}'],
  ])('sets %s aside with all its files, and says so', async (_name, text) => {
    const { store } = await opened();
    await store.persist(jobIn('running'));
    const path = store.dirOf(ATTEMPT);
    await writeFile(join(path, 'job.json'), text);
    await writeFile(join(path, 'output.log'), 'precious');
    const { found } = await opened();
    expect(found.job).toBeNull();
    expect(found.setAside).toHaveLength(1);
    expect(await readFile(join(found.setAside[0]?.movedTo ?? '', 'output.log'), 'utf8')).toBe('precious');
    expect((await opened()).found.setAside).toEqual([]);
  });

  it('reads a record of a version that did not know every field yet, and what it leaves out is as in a new job', async () => {
    const { store } = await opened();
    const job = jobIn('running');
    await store.persist(job);
    const { task, generation, phase, runner, workspace, turn, outbox } = job;
    const older = { task, generation, phase, runner, workspace, turn, outbox, exit: { code: 0 }, later: 'kept' };
    await writeFile(join(store.dirOf(ATTEMPT), 'job.json'), JSON.stringify({ version: 2, job: older }));
    const { found } = await opened();
    expect(found.setAside).toEqual([]);
    expect(found.job).toMatchObject({ ...BLANK_JOB, ...older, exit: { ...BLANK_EXIT, code: 0 } });
  });

  it('goes on with the newer of two jobs, and sets the other aside', async () => {
    const { store } = await opened();
    await store.persist(other(1));
    await store.persist(other(2));
    const old = new Date(Date.now() - 60_000);
    await utimes(join(store.dirOf({ ...ATTEMPT, generation: 1 }), 'job.json'), old, old);
    const { found } = await opened();
    expect(found.job?.generation).toBe(2);
    expect(found.setAside).toHaveLength(1);
  });

  it('ends what runs of each job that it does not go on with, while its directory is where it was, and of no other', async () => {
    const { store } = await opened();
    for (const generation of [1, 2, 3]) await store.persist(other(generation));
    await writeFile(join(store.dirOf({ ...ATTEMPT, generation: 1 }), 'job.json'), '{"version":1,"job":{}}');
    await rm(join(store.dirOf({ ...ATTEMPT, generation: 2 }), 'job.json'));
    const halted: AttemptId[] = [];
    const { found } = await opened(async (attempt) => {
      expect(await readdir(join(dir, 'jobs'))).toContain(`${attempt.task}-g${attempt.generation}`);
      halted.push(attempt);
    });
    expect(found.job?.generation).toBe(3);
    expect(halted.map(({ task, generation }) => [task, generation]).sort()).toEqual([
      [ATTEMPT.task, 1],
      [ATTEMPT.task, 2],
    ]);
  });

  it('throws away a directory in which no record came to be', async () => {
    const { store } = await opened();
    await mkdir(store.dirOf(ATTEMPT));
    await writeFile(join(store.dirOf(ATTEMPT), '.job.json.abc'), '{"ver');
    const { store: next, found } = await opened();
    expect(found).toEqual({ job: null, setAside: [] });
    expect(await next.discarded()).toHaveLength(1);
  });
});
