// What an agent's own git does in its worktree.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Place } from './fixture.js';
import { agentGitEnv } from './guard.js';
import type { GitWorkspaces } from './workspaces.js';
import type { GitWorkspace } from './worktree.js';

const run = promisify(execFile);
const { signal } = new AbortController();
let place: Place;
let workspaces: GitWorkspaces;

beforeEach(async () => {
  place = await Place.make();
  workspaces = place.workspaces();
});
afterEach(() => place.remove());

const prepared = (job = place.job()) => place.prepared(workspaces, job);

async function seeded(...files: [name: string, content: string][]): Promise<void> {
  for (const [name, content] of files) await place.commit(place.seed, name, content, name);
  place.publish();
}

/** Runs git with the environment of an agent; it writes down what it starts. */
async function asAgent(tree: GitWorkspace, ...args: string[]): Promise<string> {
  const { stdout } = await run('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.invalid', ...args], {
    cwd: tree.dir,
    env: { ...place.env, ...agentGitEnv(tree, 'none'), GIT_TRACE: join(place.root, 'trace') },
  });
  return stdout;
}

const branches = () => place.git(place.origin, 'for-each-ref', '--format=%(refname:short)', 'refs/heads/');

describe('an agent that pushes', () => {
  it('gets its own branch to the remote', async () => {
    const { tree } = await prepared();
    await place.commit(tree.dir, 'x.txt', 'x', 'x');
    await asAgent(tree, 'push', '--quiet');
    expect(await branches()).toBe(`${tree.branch}\nmain`);
  });

  it.each([
    ['another branch', ['origin', 'HEAD:main']],
    ['another branch beside its own', ['origin', 'HEAD', 'HEAD:refs/heads/aside']],
    ['a tag', ['origin', 'HEAD:refs/tags/v1']],
    ['a removal', ['origin', ':main']],
    ['everything', ['--mirror', 'origin']],
  ])('does not get %s there', async (_name, args) => {
    const { tree } = await prepared();
    await place.commit(tree.dir, 'x.txt', 'x', 'x');
    await expect(asAgent(tree, 'push', ...args)).rejects.toThrow(/agentcom: this worktree/);
    expect(await branches()).toBe('main');
  });

  it('does not remove its own branch', async () => {
    const { tree } = await prepared();
    await place.commit(tree.dir, 'x.txt', 'x', 'x');
    await asAgent(tree, 'push', '--quiet');
    await expect(asAgent(tree, 'push', 'origin', '--delete', tree.branch)).rejects.toThrow('must not delete branches');
  });

  it('does not get its branch to another repository', async () => {
    const other = join(place.root, 'other.git');
    await place.git(place.root, 'init', '--quiet', '--bare', other);
    const { tree } = await prepared();
    await place.commit(tree.dir, 'x.txt', 'x', 'x');
    await expect(asAgent(tree, 'push', other, 'HEAD')).rejects.toThrow('must not push to other repositories');
    expect(await place.git(other, 'for-each-ref')).toBe('');
  });

  it('past the hook to a protected branch fails the attempt loudly', async () => {
    await place.git(place.seed, 'push', '--quiet', place.origin, 'HEAD:refs/heads/release/1');
    const { job, tree } = await prepared();
    await place.commit(tree.dir, 'x.txt', 'x', 'x');
    await asAgent(tree, 'push', '--no-verify', '--quiet', 'origin', 'HEAD:release/1');
    const outcome = await workspaces.check(job, signal);
    expect(outcome).toMatchObject({ ok: false, failure: { class: 'permanent', code: 'git.protected_pushed' } });
    expect(JSON.stringify(outcome)).toContain('release/1');
  });

  it('past the hook to the base of its task fails, too, also when others have been there since', async () => {
    const { job, tree } = await prepared();
    await place.commit(tree.dir, 'x.txt', 'x', 'x');
    await asAgent(tree, 'push', '--no-verify', '--quiet', 'origin', 'HEAD:main');
    await place.git(place.seed, 'pull', '--quiet', place.origin, 'main');
    await seeded(['later.txt', 'x']);
    // Another attempt fetches in between.
    await workspaces.prepare(place.jobOf(2), signal);
    expect(await workspaces.check(job, signal)).toMatchObject({ ok: false, failure: { code: 'git.protected_pushed' } });
  });

  it('to another branch that is not protected is told of', async () => {
    const { job, tree } = await prepared();
    await place.commit(tree.dir, 'x.txt', 'x', 'x');
    await asAgent(tree, 'push', '--no-verify', '--quiet', 'origin', 'HEAD:refs/heads/aside');
    expect(await workspaces.check(job, signal)).toMatchObject({
      ok: true,
      value: { notes: [expect.stringContaining('also pushed: aside')] },
    });
  });

  it('is not blamed for commits of others that it has pulled', async () => {
    const { job, tree } = await prepared();
    await place.commit(tree.dir, 'x.txt', 'x', 'x');
    await seeded(['theirs.txt', 'x']);
    await asAgent(tree, 'pull', '--quiet', '--rebase', 'origin', 'main');
    expect(await workspaces.check(job, signal)).toMatchObject({ ok: true, value: { notes: [] } });
  });
});

describe('hooks of the repository', () => {
  /** Writes a hook that leaves its name and arguments. */
  async function hook(dir: string, name: string, more = ''): Promise<void> {
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, name), `#!/bin/sh\necho "${name} $*" >> '${place.root}/ran'\n${more}`);
    await chmod(join(dir, name), 0o755);
  }
  const ran = () => readFile(join(place.root, 'ran'), 'utf8');

  it('that its set-up puts in place run on commit, and the guard stays', async () => {
    const { tree } = await prepared();
    await place.git(tree.dir, 'config', 'core.hooksPath', '.husky');
    await hook(join(tree.dir, '.husky'), 'pre-commit');
    await hook(join(tree.dir, '.husky'), 'commit-msg', 'grep -q ok "$1"');
    await hook(join(tree.dir, '.husky'), 'pre-push', `cat >> '${place.root}/ran'`);
    await writeFile(join(tree.dir, 'x.txt'), 'x');
    await asAgent(tree, 'add', 'x.txt');
    await expect(asAgent(tree, 'commit', '--quiet', '-m', 'bad')).rejects.toThrow();
    await asAgent(tree, 'commit', '--quiet', '-m', 'ok');
    expect(await ran()).toMatch(/^pre-commit \ncommit-msg \S+\npre-commit \ncommit-msg \S+\n$/);
    await expect(asAgent(tree, 'push', 'origin', 'HEAD:main')).rejects.toThrow(/agentcom: this worktree/);
    await asAgent(tree, 'push', '--quiet');
    expect((await ran()).split('\n').slice(4)).toEqual([
      `pre-push origin ${place.url}`,
      expect.stringContaining(` refs/heads/${tree.branch} `),
      '',
    ]);
  });

  it('that are put into git’s own directory run, too', async () => {
    const { tree } = await prepared();
    await hook(join(tree.gitDir, 'hooks'), 'pre-commit', 'exit 1');
    await writeFile(join(tree.dir, 'x.txt'), 'x');
    await asAgent(tree, 'add', 'x.txt');
    await expect(asAgent(tree, 'commit', '-m', 'x')).rejects.toThrow();
    expect(await ran()).toBe('pre-commit \n');
  });

  it('take git one question each to find', async () => {
    const { tree } = await prepared();
    await asAgent(tree, 'commit', '--quiet', '--allow-empty', '-m', 'x');
    const trace = await readFile(join(place.root, 'trace'), 'utf8');
    expect(trace.match(/built-in: git (config|rev-parse)/g)).toEqual(Array(4).fill('built-in: git config'));
  });

  it('of tools that want git’s own directory for themselves find it free, with the guard in it', async () => {
    await seeded(['.pre-commit-config.yaml', 'repos: []\n']);
    const { tree } = await prepared();
    await expect(asAgent(tree, 'config', 'core.hooksPath')).rejects.toThrow();
    await hook(join(tree.gitDir, 'hooks'), 'pre-commit');
    await writeFile(join(tree.dir, 'x.txt'), 'x');
    await asAgent(tree, 'add', 'x.txt');
    await asAgent(tree, 'commit', '--quiet', '-m', 'x');
    expect(await ran()).toBe('pre-commit \n');
    await expect(asAgent(tree, 'push', 'origin', 'HEAD:main')).rejects.toThrow(/agentcom: this worktree/);
    await asAgent(tree, 'push', '--quiet');
  });

  it('do not run when the sidecar works', async () => {
    const { job, tree } = await prepared();
    await place.commit(tree.dir, 'x.txt', 'x', 'x');
    await seeded(['theirs.txt', 'x']);
    for (const name of ['post-checkout', 'pre-rebase', 'post-rewrite']) await hook(join(tree.gitDir, 'hooks'), name);
    expect(await workspaces.check(job, signal)).toMatchObject({ ok: true });
    await workspaces.salvage(job, signal);
    expect(existsSync(join(place.root, 'ran'))).toBe(false);
  });
});

describe('the environment of an agent', () => {
  const tree = { kind: 'git', url: 'https://host.invalid/x.git' } as GitWorkspace;

  it('has no way to the credentials of the machine', async () => {
    const helper = join(place.root, 'helper');
    await writeFile(helper, '#!/bin/sh\necho username=me\necho password=hunter2\n');
    await chmod(helper, 0o755);
    for (const name of ['credential.helper', 'credential.https://host.invalid.helper']) {
      await place.git(place.root, 'config', '--file', join(place.root, 'home', '.gitconfig'), name, helper);
    }
    const filled = async (more: Record<string, string>) => {
      const filling = run('git', ['credential', 'fill'], { cwd: place.root, env: { ...place.env, ...more } });
      filling.child.stdin?.end('protocol=https\nhost=host.invalid\n\n');
      return filling.then(({ stdout }) => stdout, String);
    };
    expect(await filled(agentGitEnv(tree, 'inherit'))).toContain('hunter2');
    expect(await filled(agentGitEnv(tree, 'none'))).not.toContain('hunter2');
  });

  it('says what to do instead of ssh', async () => {
    const env = { ...place.env, ...agentGitEnv(tree, 'none') };
    const asking = run('git', ['ls-remote', 'ssh://git@host.invalid/x.git'], { cwd: place.root, env });
    await expect(asking).rejects.toThrow('it is pushed for you');
  });
});
