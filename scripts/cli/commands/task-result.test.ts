import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TaskView } from '@agentcom/schemas';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { git } from '../demo/project.js';
import { EXIT } from '../exit.js';
import { schemaHub } from '../fixture.js';
import { runCommandLine } from '../program.js';
import { pageOf, sameRepository } from '../task-branch.js';
import { KEY, TASK, type TestHub, task, temporaryDir, testWorld } from '../testing.js';

const BRANCH = 'agentcom/a/4e5f6a7b-g1-fix';

let dir: Awaited<ReturnType<typeof temporaryDir>>;
let origin: string;
let clone: string;
let commit: string;
let hub: TestHub | undefined;

beforeEach(async () => {
  dir = await temporaryDir();
  const work = join(dir.path, 'work');
  origin = join(dir.path, 'origin.git');
  clone = join(dir.path, 'clone');
  const run = (...args: readonly string[]) => git(process.env, ['-C', work, ...args]);
  await git(process.env, ['init', '--quiet', '--initial-branch=main', work]);
  await writeFile(join(work, 'a.txt'), 'one\n');
  await run('add', '--all');
  await run('commit', '--quiet', '--message', 'Begin');
  await run('switch', '--quiet', '--create', BRANCH);
  await writeFile(join(work, 'a.txt'), 'two\n');
  await run('commit', '--quiet', '--all', '--message', 'Change it');
  commit = await run('rev-parse', 'HEAD');
  await run('switch', '--quiet', 'main');
  await writeFile(join(work, 'b.txt'), 'of the base\n');
  await run('add', '--all');
  await run('commit', '--quiet', '--message', 'Go on');
  await git(process.env, ['clone', '--quiet', '--bare', work, origin]);
  await git(process.env, [
    'clone',
    '--quiet',
    '--single-branch',
    '--branch',
    'main',
    pathToFileURL(origin).href,
    clone,
  ]);
});
afterEach(async () => {
  await hub?.stop();
  await dir.remove();
});

function done(more: Partial<TaskView> = {}): TaskView {
  const result = { summary: 'done', branch: BRANCH, commit };
  return task({ state: 'completed', generation: 1, repo: { url: pathToFileURL(origin).href }, result, ...more });
}

async function run(args: readonly string[], shown: TaskView = done(), cwd = clone) {
  hub = await schemaHub({ 'task.show': () => ({ status: 200, body: shown }) });
  const env = { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url, PATH: process.env.PATH ?? '', HOME: dir.path };
  const world = { ...testWorld({ env }), cwd };
  return { exit: await runCommandLine(world, args), out: world.out(), err: world.err() };
}

describe('task diff --full', () => {
  it('shows what the task changed and nothing that the base got meanwhile', async () => {
    const { exit, out } = await run(['task', 'diff', TASK, '--full']);
    expect(exit).toBe(EXIT.done);
    expect(out).toContain('-one\n+two');
    expect(out).not.toContain('of the base');
    expect((await run(['task', 'diff', TASK, '--full', '--stat'])).out).toContain('a.txt | 2 +-');
  });

  it('leaves the branches and files of the clone as they are', async () => {
    await run(['task', 'diff', TASK, '--full']);
    expect(await git(process.env, ['-C', clone, 'branch', '--list'])).toBe('* main');
    expect(await git(process.env, ['-C', clone, 'status', '--porcelain'])).toBe('');
  });

  it('is run in a clone of the repository', async () => {
    const elsewhere = done({ repo: { url: 'https://example.org/other.git' } });
    const { exit, err } = await run(['task', 'diff', TASK, '--full'], elsewhere);
    expect(exit).toBe(EXIT.usage);
    expect(err).toContain('not a clone of https://example.org/other.git');
  });

  it('needs no clone where the repository is on this machine', async () => {
    expect((await run(['task', 'diff', TASK, '--full'], done(), dir.path)).out).toContain('+two');
  });

  it('says what to look at where there is no branch', async () => {
    const { exit, err } = await run(
      ['task', 'diff', TASK, '--full'],
      task({ state: 'working', repo: { url: pathToFileURL(origin).href } }),
    );
    expect(exit).toBe(EXIT.failed);
    expect(err).toContain(`agentcom task why ${TASK}`);
  });

  it('names no other branch than that of the task, whatever a hub says', async () => {
    const strange = done({ result: { summary: '', branch: `${BRANCH}:refs/heads/mine`, commit } });
    const { exit, err } = await run(['task', 'diff', TASK, '--full'], strange);
    expect(exit).toBe(EXIT.failed);
    expect(err).toContain('is not a branch name');
    expect(await git(process.env, ['-C', clone, 'branch', '--list'])).toBe('* main');
  });

  it('says that the branch has moved', async () => {
    const moved = done({ result: { summary: '', branch: BRANCH, commit: 'c'.repeat(40) } });
    expect((await run(['task', 'diff', TASK, '--full'], moved)).err).toContain('has moved since the task ended');
  });
});

describe('task checkout', () => {
  it('makes the branch, and takes it up again later', async () => {
    for (const _ of ['first', 'second']) {
      const { exit, out } = await run(['task', 'checkout', TASK]);
      expect([exit, out]).toEqual([EXIT.done, `On branch ${BRANCH} in ${clone}.\n`]);
      expect(await readFile(join(clone, 'a.txt'), 'utf8')).toBe('two\n');
    }
  });

  it('throws nothing away that was not committed', async () => {
    await writeFile(join(clone, 'a.txt'), 'mine\n');
    expect((await run(['task', 'checkout', TASK])).exit).toBe(EXIT.failed);
    expect(await readFile(join(clone, 'a.txt'), 'utf8')).toBe('mine\n');
  });
});

describe('task open', () => {
  it('prints the address of the request', async () => {
    const result = { summary: '', branch: BRANCH, commit, pullRequest: 'https://git.example/pull/7' };
    expect((await run(['task', 'open', TASK], done({ result }))).out).toBe('https://git.example/pull/7\n');
  });

  it('says what to do where there is no page', async () => {
    const { exit, err } = await run(['task', 'open', TASK]);
    expect(exit).toBe(EXIT.failed);
    expect(err).toContain('task diff');
  });

  it.each([
    ['https://github.com/a/b.git', 'https://github.com/a/b/tree/x/y%23z'],
    ['git@gitlab.example.org:a/b/c.git', 'https://gitlab.example.org/a/b/c/-/tree/x/y%23z'],
    ['ssh://git@codeberg.org:22/a/b', 'https://codeberg.org/a/b/src/branch/x/y%23z'],
    ['file:///srv/a.git', undefined],
  ])('knows the page of a branch of %s', (url, page) => {
    expect(
      pageOf({ url, branch: 'x/y#z', commit: undefined, base: undefined, parentBranch: undefined }, undefined),
    ).toBe(page);
  });
});

it.each([
  ['https://github.com/a/b.git', 'git@github.com:a/b', true],
  ['ssh://git@github.com/a/b', 'https://github.com/a/b/', true],
  ['file:///srv/a.git', '/srv/a', true],
  ['https://github.com/a/b', 'https://github.com/a/c', false],
])('%s and %s: the same repository is %s', (a, b, same) => {
  expect(sameRepository(a, b)).toBe(same);
});

describe('task wait', () => {
  it.each([
    ['completed', EXIT.done],
    ['dead', EXIT.failed],
    ['cancelled', EXIT.cancelled],
  ] as const)('of a task that is %s ends with %s', async (state, exit) => {
    expect((await run(['task', 'wait', TASK], done({ state }))).exit).toBe(exit);
  });
});
