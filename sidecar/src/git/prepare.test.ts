// What an attempt finds when it begins: work of one before, settings of the repository, large histories, submodules.
// Long because each of these takes a repository that is like that.

import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { task } from '../core/fixture.js';
import { ANY_REMOTE } from '../core/remote-policy.js';
import { NO_SETTINGS } from '../core/repo-settings.js';
import { ANY_GATE, Place } from './fixture.js';
import { Git } from './git.js';
import { RemoteGate } from './remote-gate.js';
import type { GitWorkspaces } from './workspaces.js';
import type { GitWorkspace } from './worktree.js';

const { signal } = new AbortController();
let place: Place;
let workspaces: GitWorkspaces;

beforeEach(async () => {
  place = await Place.make();
  workspaces = place.workspaces();
});
afterEach(() => place.remove());

const prepared = (job = place.job(), by = workspaces) => place.prepared(by, job);

async function seeded(file: string, content: string): Promise<string> {
  const commit = await place.commit(place.seed, file, content, file);
  place.publish();
  return commit;
}

describe('work that an attempt before has left', () => {
  let salvageRef: string;
  let first: GitWorkspace;

  beforeEach(async () => {
    const { job, tree } = await prepared();
    first = tree;
    await place.commit(tree.dir, 'done.txt', 'done', 'done');
    await writeFile(join(tree.dir, 'README.md'), 'changed\n');
    await writeFile(join(tree.dir, 'new.txt'), 'new');
    await rm(join(tree.dir, 'done.txt'));
    const { ref } = await workspaces.salvage(job, signal);
    salvageRef = ref ?? '';
    await workspaces.dispose(job, signal);
  });

  const next = () => prepared(place.job(2, { previous: { session: null, salvageRef } }));

  it('is in the worktree of the next: commits as commits, changes as changes', async () => {
    const { tree } = await next();
    expect(tree).toMatchObject({ dir: first.dir, base: first.base, restored: true });
    expect(tree.branch).not.toBe(first.branch);
    expect(await place.git(tree.dir, 'log', '--format=%s')).toBe('done\nfirst');
    expect(await place.git(tree.dir, 'status', '--porcelain')).toBe('M README.md\n D done.txt\n?? new.txt');
    expect(await readFile(join(tree.dir, 'README.md'), 'utf8')).toBe('changed\n');
    expect(existsSync(join(tree.dir, 'done.txt'))).toBe(false);
  });

  it('comes on top of a base that has moved meanwhile', async () => {
    const base = await seeded('theirs.txt', 'x');
    const { job, tree } = await next();
    expect(tree).toMatchObject({ base: first.base, restored: true });
    await place.git(tree.dir, 'checkout', '--quiet', '--', '.');
    await rm(join(tree.dir, 'new.txt'));
    const outcome = await workspaces.check(job, signal);
    expect(outcome).toMatchObject({ ok: true, value: { base, notes: [expect.stringContaining('rebased')] } });
  });

  it('is left where it is when the history that it began from is gone, and it conflicts with what is there', async () => {
    await writeFile(join(place.seed, 'README.md'), 'theirs\n');
    await place.git(place.seed, 'commit', '--quiet', '--all', '--amend', '-m', 'rewritten');
    place.publish();
    const { tree } = await next();
    expect(tree.restored).toBe(false);
    expect(await place.git(tree.dir, 'status', '--porcelain')).toBe('');
    expect(await place.git(tree.dir, 'log', '--format=%s')).toBe('rewritten');
    expect(await place.git(tree.mirror, 'show', `${salvageRef}:new.txt`)).toBe('new');
  });

  it('does not matter when it is no longer there', async () => {
    await place.git(first.mirror, 'update-ref', '-d', salvageRef);
    expect((await next()).tree.restored).toBe(false);
  });

  it('is no way to have anything else checked out', async () => {
    const previous = { session: null, salvageRef: 'refs/remotes/origin/main' };
    expect((await prepared(place.job(2, { previous }))).tree.restored).toBe(false);
  });
});

describe('.agentcom.toml', () => {
  it('is read as it is at the base', async () => {
    await seeded(
      '.agentcom.toml',
      'verify = ["npm test"]\nprotectedBranches = ["keep/*"]\n[pullRequest]\ndraft = true\n',
    );
    const { tree } = await prepared();
    expect(tree.settings).toEqual({
      ...NO_SETTINGS,
      verify: ['npm test'],
      setup: [],
      files: [],
      keep: [],
      protectedBranches: ['keep/*'],
      pullRequest: { draft: true, labels: [], reviewers: [] },
    });
  });

  it.each([
    ['of another kind', 'verify = "npm test"', 'verify must be a list'],
    ['that is no TOML', 'verify = [', 'line 1'],
    ['of another name', 'verfy = []', 'verfy is not a setting'],
    ['too many', `verify = [${'"x",'.repeat(17)}]`, 'at most 16'],
    ['in too large a file', `#${'x'.repeat(70_000)}`, 'larger than 64 KiB'],
  ])('with settings %s fails the attempt for good', async (_name, content, problem) => {
    await seeded('.agentcom.toml', content);
    const outcome = await workspaces.prepare(place.job(), signal);
    expect(outcome).toMatchObject({ ok: false, failure: { class: 'permanent', code: 'repo.settings_invalid' } });
    expect(outcome).toMatchObject({ failure: { message: expect.stringContaining(problem) } });
  });
});

describe('a partial clone', () => {
  beforeEach(async () => {
    await place.git(place.origin, 'config', 'uploadpack.allowFilter', 'true');
    await seeded('old.txt', 'old\n');
    await seeded('old.txt', 'new\n');
  });

  const missing = async (dir: string) =>
    (await place.git(dir, 'rev-list', '--objects', '--all', '--missing=print'))
      .split('\n')
      .filter((line) => line[0] === '?');

  it('leaves old contents at the remote, and everything else works as ever', async () => {
    workspaces = place.workspaces({ partialClone: 'always' });
    const { job, tree } = await prepared();
    expect(await readFile(join(tree.dir, 'old.txt'), 'utf8')).toBe('new\n');
    expect(await place.git(tree.dir, 'status', '--porcelain')).toBe('');
    expect(await missing(tree.mirror)).toHaveLength(1);
    expect(await place.git(tree.dir, 'show', 'HEAD~1:old.txt')).toBe('old');
    await place.commit(tree.dir, 'work.txt', 'done\n', 'work');
    await seeded('theirs.txt', 'x');
    const outcome = await workspaces.check(job, signal);
    if (!outcome.ok) throw new Error(outcome.failure.message);
    expect(outcome.value.notes).toEqual([expect.stringContaining('rebased')]);
    expect(await workspaces.push({ ...job, checked: outcome.value }, signal)).toMatchObject({ ok: true });
    await writeFile(join(tree.dir, 'more.txt'), 'more');
    expect(await workspaces.salvage(job, signal)).toMatchObject({ isComplete: true });
    const second = await prepared(place.jobOf(2));
    expect(await readFile(join(second.tree.dir, 'theirs.txt'), 'utf8')).toBe('x');
  });

  it('is whole when the server knows of no such thing', async () => {
    await place.git(place.origin, 'config', 'uploadpack.allowFilter', 'false');
    const { tree } = await prepared(place.job(), place.workspaces({ partialClone: 'always' }));
    expect(await missing(tree.mirror)).toEqual([]);
  });

  it('is not made of a repository that is not large', async () => {
    const { tree } = await prepared();
    expect(await missing(tree.mirror)).toEqual([]);
  });

  it('is made of a large one, after the whole of it was begun', async () => {
    // Begins to receive very much and does not come to an end, unless it is partial.
    const program = await place.program(
      'case "$*" in *"fetch --quiet --no-write-fetch-head --no-tags origin"*) grep -q promisor "$GIT_DIR/config" || { truncate -s 600M "$GIT_DIR/objects/pack/tmp_pack_x"; exec sleep 600; } ;; esac',
    );
    const git = new Git({ program, env: place.env, timeoutMs: 60_000, gate: ANY_GATE });
    const { tree } = await prepared(place.job(), place.workspaces({ git }));
    expect(await missing(tree.mirror)).toHaveLength(1);
  });
});

describe('submodules', () => {
  let library: string;

  beforeEach(async () => {
    library = join(place.root, 'library.git');
    await place.git(place.root, 'init', '--quiet', '--bare', '--initial-branch=main', library);
    place.publish(library);
  });

  async function withSubmodule(url: string): Promise<void> {
    await place.git(place.seed, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', library, 'lib');
    await place.git(place.seed, 'config', '--file', '.gitmodules', 'submodule.lib.url', url);
    await place.git(place.seed, 'add', '.gitmodules');
    await place.git(place.seed, 'commit', '--quiet', '-m', 'with library');
    place.publish();
  }

  it.each([
    ['by its address', () => pathToFileURL(library).href],
    ['beside the repository', () => '../library.git'],
  ])('are checked out, %s', async (_name, url) => {
    await withSubmodule(url());
    const { job, tree } = await prepared();
    expect(await readFile(join(tree.dir, 'lib', 'README.md'), 'utf8')).toBe('one\n');
    expect(await workspaces.salvage(job, signal)).toEqual({ ref: null, isComplete: true });
    await writeFile(join(tree.dir, 'lib', 'new.txt'), 'new');
    expect(await workspaces.salvage(job, signal)).toMatchObject({ isComplete: false });
  });

  it('in submodules are checked out too', async () => {
    await withInner(pathToFileURL(join(place.root, 'inner.git')).href);
    const { tree } = await prepared();
    expect(await readFile(join(tree.dir, 'lib', 'inner', 'README.md'), 'utf8')).toBe('one\n');
  });

  it.each([
    ['of the repository', () => withSubmodule(`file://${library}`), 'library.git'],
    ['of a submodule', () => withInner('../../elsewhere/inner.git'), 'elsewhere/inner.git'],
  ])('%s that the machine may not speak to are refused, and not asked', async (_, lay, named) => {
    await lay();
    const directories = [place.origin, ...(named === 'library.git' ? [] : [library])];
    const gate = new RemoteGate({ ...ANY_REMOTE, directories }, {});
    const git = new Git({ program: 'git', env: place.env, timeoutMs: 30_000, gate });
    const outcome = await place.workspaces({ git }).prepare(place.job(), signal);
    expect(outcome).toMatchObject({
      ok: false,
      failure: { code: 'git.not_allowed', message: expect.stringContaining(named) },
    });
  });

  /** A submodule with a submodule. */
  async function withInner(url: string): Promise<void> {
    const inner = join(place.root, 'inner.git');
    await place.git(place.root, 'clone', '--quiet', '--bare', library, inner);
    const work = join(place.root, 'library');
    await place.git(place.root, 'clone', '--quiet', library, work);
    await place.git(work, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner, 'inner');
    await place.git(work, 'config', '--file', '.gitmodules', 'submodule.inner.url', url);
    await place.git(work, 'add', '.gitmodules');
    await place.git(work, 'commit', '--quiet', '-m', 'with inner');
    await place.git(work, 'push', '--quiet', library, 'main');
    await withSubmodule(`file://${library}`);
  }

  it.each([['ext::sh -c touch% /tmp/x'], ['--upload-pack=touch'], ['/etc']])('are refused at %s', async (url) => {
    await withSubmodule(url);
    expect(await workspaces.prepare(place.job(), signal)).toMatchObject({
      ok: false,
      failure: { class: 'permanent', code: 'git.submodule_refused' },
    });
  });

  const GONE = '1'.repeat(40);
  const settings = (...lines: string[]) => ['[submodule "lib"]', 'path = lib', ...lines, ''].join('\n');

  it.each([
    ['of a commit that its remote does not have', () => linkTo('lib', GONE), /did not contain/],
    ['without an address', () => linkTo('other', GONE), /no url found/i],
    ['of what is no commit', async () => linkTo('lib', await place.git(library, 'rev-parse', 'main^{tree}')), /./],
    ['that would run a command', () => gitmodules(settings(`url = file://${library}`, 'update = !touch x')), /invalid/],
    ['whose address leads nowhere', () => gitmodules(settings(`url = ${'../'.repeat(40)}x`)), /strip one component/],
    ['in settings of which nothing can be read', () => gitmodules('[submodule "x"\n'), /bad config/],
    [
      'in settings that cannot be read',
      () => gitmodules(`${settings(`url = file://${library}`)}[submodule "x"\n`),
      /bad config/,
    ],
  ])('are for a person when one is broken: %s', async (_, lay, message) => {
    await withSubmodule(`file://${library}`);
    await lay();
    expect(await workspaces.prepare(place.job(), signal)).toMatchObject({
      ok: false,
      failure: {
        class: 'permanent',
        mend: 'person',
        code: 'git.submodule_refused',
        message: expect.stringMatching(message),
      },
    });
  });

  const linkTo = (path: string, commit: string) => broken(`160000,${commit},${path}`);

  async function gitmodules(content: string): Promise<void> {
    const file = join(place.root, 'gitmodules');
    await writeFile(file, content);
    await broken(`100644,${await place.git(place.seed, 'hash-object', '-w', file)},.gitmodules`);
  }

  /** Only in the index: git refuses to work where it finds that. */
  async function broken(entry: string): Promise<void> {
    await place.git(place.seed, 'update-index', '--add', '--cacheinfo', entry);
    const commit = ['commit-tree', '-p', 'HEAD', '-m', 'broken', await place.git(place.seed, 'write-tree')];
    const made = await place.git(place.seed, ...commit);
    await place.git(place.seed, 'push', '--quiet', place.origin, `${made}:refs/heads/main`);
  }
});

it('changed paths are those that are committed, changed or new, and not ignored', async () => {
  const { job, tree } = await prepared();
  await place.commit(tree.dir, 'b.txt', 'b', 'b');
  await place.commit(tree.dir, '.gitignore', 'build/\n', 'ignore');
  await writeFile(join(tree.dir, 'README.md'), 'changed');
  await mkdir(join(tree.dir, 'build'));
  await writeFile(join(tree.dir, 'build', 'x'), '');
  await writeFile(join(tree.dir, 'ä new.txt'), '');
  expect(await workspaces.changedPaths(job, signal)).toEqual(['.gitignore', 'README.md', 'b.txt', 'ä new.txt']);
  expect(await workspaces.changedPaths(place.job(), signal)).toEqual([]);
  await rm(tree.gitDir, { recursive: true });
  expect(await workspaces.changedPaths(job, signal)).toEqual([]);
  expect(place.warnings).toHaveLength(1);
});

describe('what can be known before the agent starts', () => {
  it('is that nothing can be pushed', async () => {
    const program = await place.program(
      'case "$*" in *" push "*) echo "remote: Write access to repository not granted." >&2; echo "fatal: unable to access: The requested URL returned error: 403" >&2; exit 128 ;; esac',
    );
    const git = new Git({ program, env: place.env, timeoutMs: 30_000, gate: ANY_GATE });
    expect(await place.workspaces({ git }).prepare(place.job(), signal)).toMatchObject({
      ok: false,
      failure: {
        class: 'permanent',
        code: 'git.push_denied',
        mend: 'person',
        message: expect.stringContaining('not granted'),
      },
    });
  });

  it('is asked of each remote once in a while', async () => {
    const calls = join(place.root, 'calls');
    const program = await place.program(`case "$*" in *" push "*) echo x >> '${calls}' ;; esac`);
    const by = place.workspaces({ git: new Git({ program, env: place.env, timeoutMs: 30_000, gate: ANY_GATE }) });
    await prepared(place.jobOf(1), by);
    await prepared(place.jobOf(2), by);
    expect(await readFile(calls, 'utf8')).toBe('x\n');
    expect(await place.git(place.origin, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/main');
  });

  it.each([
    ['is not there', ['no-such-program --all'], 'verify.not_found', 'no-such-program'],
    ['is not one', ['/etc/passwd'], 'verify.not_found', '/etc/passwd'],
    ['needs a shell', ['a && b'], 'verify.not_plain', 'a && b'],
  ])('is that the program of a verify command %s', async (_name, verify, code, named) => {
    const failure = { class: 'permanent', code, mend: 'person', message: expect.stringContaining(named) };
    expect(
      await workspaces.prepare(place.job(1, { task: task({ repo: { url: place.url }, verify }) }), signal),
    ).toMatchObject({ ok: false, failure });
    const { repo: _repo, ...plain } = task({ verify });
    expect(await workspaces.prepare(place.job(1, { task: plain }), signal)).toMatchObject({ ok: false, failure });
    await seeded('.agentcom.toml', `verify = ["git --version", ${JSON.stringify(verify[0])}]\n`);
    expect(await workspaces.prepare(place.job(), signal)).toMatchObject({ ok: false });
  });

  it('is not what the work itself may bring', async () => {
    const verify = ['./scripts/check.sh', 'git --version'];
    await prepared(place.job(1, { task: task({ repo: { url: place.url }, verify }) }));
  });
});

it('names what git ignores also when nothing has to change', async () => {
  await seeded('.gitignore', 'out/\n');
  const { job, tree } = await prepared();
  await mkdir(join(tree.dir, 'out'));
  await writeFile(join(tree.dir, 'out', 'report.html'), 'x');
  const said = { ...job, submitted: { summary: 'See the report.', noChange: 'only a report was asked for' } };
  expect(await workspaces.check(said, signal)).toMatchObject({
    ok: false,
    failure: { code: 'git.no_commit', notes: [expect.stringMatching(/ignored by git.*: out\/$/)] },
  });
});

it('names what git ignores and only the agent could want', async () => {
  await seeded('.gitignore', 'out/\nnode_modules/\n*.log\n');
  const { job, tree } = await prepared();
  await place.commit(tree.dir, 'work.txt', 'x', 'work');
  for (const [dir, file] of [
    ['out', 'report.html'],
    ['node_modules', 'x.js'],
    ['logs', 'run.log'],
  ] as const) {
    await mkdir(join(tree.dir, dir));
    await writeFile(join(tree.dir, dir, file), 'x');
  }
  const outcome = await workspaces.check(job, signal);
  expect(outcome).toMatchObject({
    ok: true,
    value: { notes: [expect.stringMatching(/ignored by git.*: logs\/(run\.log)?, out\/$/)] },
  });
});

it('results that git ignores are kept where the repository asks for it', async () => {
  await place.commit(place.seed, '.gitignore', 'out/\n', 'ignore');
  await place.commit(place.seed, '.agentcom.toml', 'keep = ["out/*.html", "out/deep"]\n', 'settings');
  place.publish();
  const { job, tree } = await prepared();
  await mkdir(join(tree.dir, 'out', 'deep'), { recursive: true });
  for (const file of ['report.html', 'deep/x.txt', 'log.txt']) await writeFile(join(tree.dir, 'out', file), file);
  await place.commit(tree.dir, 'work.txt', 'done\n', 'work');
  const results = join(place.root, 'repos', 'results', 'tern', `${job.task.id}-g1`);
  expect(await workspaces.check(job, signal)).toMatchObject({
    value: {
      notes: [
        `kept 2 files that git ignores in ${results} on the agent's machine`,
        'ignored by git, so not part of the result: out/log.txt',
      ],
    },
  });
  expect(await readFile(join(results, 'out', 'report.html'), 'utf8')).toBe('report.html');
  expect(await readFile(join(results, 'out', 'deep', 'x.txt'), 'utf8')).toBe('deep/x.txt');
  expect(existsSync(join(results, 'out', 'log.txt'))).toBe(false);
  const old = { keepSeconds: 0, minFreeDiskBytes: 0, now: Date.now() + 1_000, inUse: () => new Set([job.task.id]) };
  expect((await workspaces.collectGarbage(old, signal)).removed).toContain(results);
  expect(existsSync(results)).toBe(false);
});

it('finished work does not fail for results that cannot be kept', async () => {
  await place.commit(place.seed, '.gitignore', 'out/\n', 'ignore');
  await place.commit(place.seed, '.agentcom.toml', 'keep = ["out"]\n', 'settings');
  place.publish();
  const { job, tree } = await prepared();
  await mkdir(join(tree.dir, 'out'));
  await writeFile(join(tree.dir, 'out', 'report.html'), 'report');
  await place.commit(tree.dir, 'work.txt', 'done\n', 'work');
  await writeFile(join(place.root, 'repos', 'results'), 'a file where a directory should be');
  expect(await workspaces.check(job, signal)).toMatchObject({
    ok: true,
    value: { notes: ['no space to keep: out/report.html', expect.stringContaining('out/')] },
  });
});
