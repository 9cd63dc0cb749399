// The request of work that is meant for the branch of a parent, at a remote from which that branch goes.

import { rm } from 'node:fs/promises';
import { systemScheduler } from '@agentcom/schemas/host';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Requested } from './core/attempt.js';
import { CHECKED, task } from './core/fixture.js';
import type { Job } from './core/job-model.js';
import { targetOf } from './core/pull-request.js';
import { Place } from './git/fixture.js';
import type { Forge, Outcome, Runner } from './ports.js';
import { workDone } from './work.js';

const parentBranch = 'agentcom/wren/1-g1';
const { signal } = new AbortController();
const listener = { tell: () => undefined, links: () => 0 };
const REFUSED = { class: 'permanent', code: 'forge.refused', message: 'answered 422: base invalid' } as const;

let place: Place;
let job: Job;

beforeEach(async () => {
  place = await Place.make();
  await place.git(place.seed, 'checkout', '--quiet', '-b', parentBranch);
  await place.commit(place.seed, 'parent.txt', 'made\n', 'parent');
  await place.git(place.seed, 'push', '--quiet', place.origin, parentBranch);
  const prepared = place.job(1, { task: task({ repo: { url: place.url }, parentBranch }) });
  const outcome = await place.workspaces().prepare(prepared, signal);
  if (!outcome.ok || outcome.value.kind !== 'git') throw new Error(JSON.stringify(outcome));
  const commit = await place.commit(outcome.value.dir, 'child.txt', 'c\n', 'child');
  job = { ...prepared, workspace: outcome.value, checked: { ...CHECKED, commit, base: outcome.value.base } };
});
afterEach(() => place.remove());

/** The parent's request is merged, and its branch deleted. */
const parentGoes = () =>
  place.git(place.seed, 'push', '--quiet', place.origin, `${parentBranch}:main`, `:${parentBranch}`);

function parts(forge: Partial<Forge>) {
  const log = () => undefined;
  return {
    workspaces: place.workspaces(),
    runner: {} as Runner,
    forge: { request: () => Promise.reject(new Error('no')), withdraw: async () => null, ...forge },
    log: { debug: log, info: log, warn: log, error: log },
    scheduler: systemScheduler,
  };
}

/** What a request was opened for, and how that ended. */
async function requested(open: (target: string) => Promise<Outcome<Requested>>) {
  const targets: string[] = [];
  const forge: Partial<Forge> = {
    request: (asked) => {
      targets.push(targetOf(asked));
      return open(targetOf(asked));
    },
  };
  return { targets, event: await workDone(parts(forge), 'request', job, listener, signal) };
}

const opened = async () => ({ ok: true, value: { url: 'https://git.example.com/1', notes: [] } }) as const;

it('targets the branch of the parent while that is there', async () => {
  const { targets, event } = await requested(opened);
  expect(targets).toEqual([parentBranch]);
  expect(event).toMatchObject({ type: 'requested' });
  expect(event).not.toHaveProperty('requested.target');
});

it('targets the base of the task once that branch is gone, and says so', async () => {
  await parentGoes();
  const { targets, event } = await requested(opened);
  expect(targets).toEqual(['main']);
  expect(event).toMatchObject({ type: 'requested', requested: { target: 'main' } });
});

it('targets it also when the forge is the first to say that the branch is gone', async () => {
  const { targets, event } = await requested(async (target) => {
    if (target === 'main') return opened();
    await parentGoes();
    return { ok: false, failure: REFUSED };
  });
  expect(targets).toEqual([parentBranch, 'main']);
  expect(event).toMatchObject({ type: 'requested', requested: { target: 'main' } });
});

it('is refused once, when it is refused for another reason', async () => {
  const { targets, event } = await requested(async () => ({ ok: false, failure: REFUSED }));
  expect(targets).toEqual([parentBranch]);
  expect(event).toMatchObject({ type: 'failed', phase: 'requesting', failure: REFUSED });
});

it('is closed where it was opened, also when nobody heard of that', async () => {
  await place.git(job.workspace?.dir ?? '', 'push', '--quiet', 'origin', 'HEAD');
  await parentGoes();
  const withdraw = async (given: Job) => (targetOf(given) === 'main' ? 'https://git.example.com/1' : null);
  expect(await workDone(parts({ withdraw }), 'withdraw', job, listener, signal)).toMatchObject({
    type: 'withdrawn',
    withdrawn: { branch: branchOf(job), pullRequest: 'https://git.example.com/1' },
  });
});

it('of a branch that may be at the remote names it when the remote cannot be asked', async () => {
  await rm(place.origin, { recursive: true });
  expect(await workDone(parts({}), 'withdraw', job, listener, signal)).toMatchObject({
    withdrawn: { branch: branchOf(job), pullRequest: null },
  });
});

function branchOf({ workspace }: Job): string {
  if (workspace?.kind !== 'git') throw new Error('the job has no worktree');
  return workspace.branch;
}
