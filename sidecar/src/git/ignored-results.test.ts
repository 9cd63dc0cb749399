// What an agent has made where git ignores it: named, and kept where the repository asks for it, however the attempt ends.

import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Place } from './fixture.js';
import type { GitWorkspaces } from './workspaces.js';

const { signal } = new AbortController();
let place: Place;
let workspaces: GitWorkspaces;

beforeEach(async () => {
  place = await Place.make();
  workspaces = place.workspaces();
});
afterEach(() => place.remove());

async function put(dir: string, file: string, content = 'x'): Promise<void> {
  await mkdir(dirname(join(dir, file)), { recursive: true });
  await writeFile(join(dir, file), content);
}

/** What git ignores and the result would not have. */
async function noted(dir: string, job: Parameters<GitWorkspaces['check']>[0]) {
  await place.commit(dir, 'work.txt', 'done\n', 'work');
  const checked = await workspaces.check(job, signal);
  if (!checked.ok) throw new Error(JSON.stringify(checked));
  return checked.value.notes;
}

const left = (paths: string) => [`ignored by git, so not part of the result: ${paths}`];

describe('beside what set-up commands made', () => {
  const make = async (dir: string) => {
    for (const file of ['a.html', 'b.html', 'deep/c.html']) await put(dir, `reports/${file}`, 'made\n');
    await put(dir, 'reports/node_modules/x.js');
    await put(dir, 'node_modules/x.js');
  };
  beforeEach(() =>
    place.base({ '.agentcom.toml': 'setup = ["npm ci"]\n', '.gitignore': 'reports/\nout/\nnode_modules/\n' }),
  );

  it.each([
    ['that is new', (dir: string) => put(dir, 'reports/new.html'), 'reports/new.html'],
    ['that it has changed', (dir: string) => put(dir, 'reports/deep/c.html', 'same\n'), 'reports/deep/c.html'],
    ['in a directory that is new', (dir: string) => put(dir, 'out/report.html'), 'out/'],
  ])('a file of the agent %s is named', async (_name, work, path) => {
    const { job, tree } = await place.setUp(workspaces, place.job(), make);
    await work(tree.dir);
    expect(await noted(tree.dir, job)).toEqual(left(path));
  });

  it('nothing is named that is as it was, or that tools made, also in a copy', async () => {
    await place.setUp(workspaces, place.jobOf(1), make);
    const { job, tree, ran } = await place.setUp(workspaces, place.jobOf(2), make);
    expect(ran).toBe(false);
    await put(tree.dir, 'reports/node_modules/y.js');
    await rm(join(tree.dir, 'reports', 'a.html'));
    expect(await noted(tree.dir, job)).toEqual([]);
  });
});

describe('an agent that has committed nothing', () => {
  const noCommit = (message: unknown) => ({ ok: false, failure: { code: 'git.no_commit', mend: 'agent', message } });

  it('is told which files git ignores, and how to keep them', async () => {
    await place.base({ '.gitignore': 'reports/\nnode_modules/\n' });
    const { job, tree } = await place.prepared(workspaces, place.job());
    await put(tree.dir, 'reports/day.md');
    await put(tree.dir, 'node_modules/x.js');
    const message =
      'nothing was committed; git ignores these files that were made: reports/; commit them with `git add --force`, or list them under `keep` in .agentcom.toml';
    expect(await workspaces.check(job, signal)).toMatchObject(noCommit(message));
  });

  it('is told nothing of files that were there, or that are kept', async () => {
    await place.base({
      '.agentcom.toml': 'setup = ["npm ci"]\nkeep = ["reports/*.md"]\n',
      '.gitignore': 'reports/\nout/\n',
    });
    const { job, tree } = await place.setUp(workspaces, place.job(), (dir) => put(dir, 'out/made.txt'));
    await put(tree.dir, 'reports/day.md');
    expect(await workspaces.check(job, signal)).toMatchObject(noCommit('nothing was committed'));
  });
});

describe('what the repository wants kept', () => {
  const results = () => join(place.root, 'repos', 'results', 'tern', `${place.job().task.id}-g1`);
  beforeEach(() => place.base({ '.agentcom.toml': 'keep = ["reports"]\n', '.gitignore': 'reports/\n' }));

  it('is kept of an attempt that did not complete, with the rest of its work', async () => {
    const { job, tree } = await place.prepared(workspaces, place.job());
    await put(tree.dir, 'reports/day.md', 'day\n');
    await put(tree.dir, 'new.txt', 'new\n');
    const notes = [`kept 1 file that git ignores in ${results()} on the agent's machine`];
    expect(await workspaces.salvage(job, signal)).toEqual({ ref: tree.salvageRef, isComplete: true, notes });
    expect(await readFile(join(results(), 'reports', 'day.md'), 'utf8')).toBe('day\n');
    expect(await workspaces.salvage(job, signal)).toMatchObject({ notes });
  });

  it('stays kept when the worktree is gone by then', async () => {
    const { job, tree } = await place.prepared(workspaces, place.job());
    await put(tree.dir, 'reports/day.md', 'day\n');
    await workspaces.salvage(job, signal);
    await rm(tree.dir, { recursive: true });
    await workspaces.salvage(job, signal);
    expect(existsSync(join(results(), 'reports', 'day.md'))).toBe(true);
  });

  it('leaves the rest of the work, and what was kept before, when git cannot list it', async () => {
    const { job, tree } = await place.prepared(workspaces, place.job());
    await put(tree.dir, 'new.txt', 'new\n');
    await put(tree.dir, 'reports/day.md');
    await workspaces.salvage(job, signal);
    const broken = { ...tree, settings: { ...tree.settings, keep: ['../outside'] } };
    expect(await workspaces.salvage({ ...job, workspace: broken }, signal)).toMatchObject({ ref: tree.salvageRef });
    expect(place.warnings).toEqual(['cannot keep the results that git ignores']);
    expect(existsSync(join(results(), 'reports', 'day.md'))).toBe(true);
  });
});
