// Real repositories in a directory of their own, with a home that is empty.

import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { jobIn, task } from '../core/fixture.js';
import type { Job } from '../core/job-model.js';
import { ANY_REMOTE } from '../core/remote-policy.js';
import { Git } from './git.js';
import { RemoteGate } from './remote-gate.js';
import { GitWorkspaces, type WorkspaceSettings } from './workspaces.js';
import type { GitWorkspace } from './worktree.js';

const run = promisify(execFile);

/** Lets everything through, as tests need that have their remotes in directories. */
export const ANY_GATE = new RemoteGate(ANY_REMOTE, {});

const AS_AGENT = [
  ...['-c', 'user.name=Agent', '-c', 'user.email=agent@example.invalid'],
  // Started after every commit, to find nothing to do.
  ...['-c', 'maintenance.auto=false'],
];

/** Files by their path, null for directories. */
let beginning: Promise<ReadonlyMap<string, Buffer | null>> | undefined;

function layOut(root: string, files: ReadonlyMap<string, Buffer | null>): void {
  for (const [path, content] of files) {
    if (content === null) mkdirSync(join(root, path), { recursive: true });
    else writeFileSync(join(root, path), content);
  }
}

/** Files are written, copied and removed without promises, which cost several times as much of the processor. */
export class Place {
  readonly env: Readonly<Record<string, string>>;
  readonly warnings: string[] = [];

  private constructor(
    readonly root: string,
    /** A bare repository with one commit on `main`. */
    readonly origin: string,
  ) {
    this.env = { PATH: process.env.PATH ?? '', HOME: join(root, 'home'), GIT_CONFIG_NOSYSTEM: '1' };
  }

  static async make(): Promise<Place> {
    const place = await Place.#empty();
    beginning ??= place.#begin();
    layOut(place.root, await beginning);
    return place;
  }

  static async #empty(): Promise<Place> {
    const root = await mkdtemp(join(tmpdir(), 'agentcom-git-'));
    for (const dir of ['home', 'seed']) await mkdir(join(root, dir));
    return new Place(root, join(root, 'origin.git'));
  }

  /** What all places begin with, made once, since git starts many processes for it. */
  async #begin(): Promise<ReadonlyMap<string, Buffer | null>> {
    const { seed, origin } = this;
    await this.git(seed, 'init', '--quiet', '--template=', '--initial-branch=main');
    await writeFile(join(seed, 'README.md'), 'one\n');
    await this.git(seed, 'add', '--', 'README.md');
    await this.git(seed, 'commit', '--quiet', '-m', 'first');
    // In place of a push.
    await cp(join(seed, '.git'), origin, { recursive: true });
    await mkdir(join(origin, 'hooks'));
    for (const left of ['index', 'logs', 'COMMIT_EDITMSG'])
      await rm(join(origin, left), { recursive: true, force: true });
    const config = await readFile(join(origin, 'config'), 'utf8');
    await writeFile(
      join(origin, 'config'),
      `${config.replace('bare = false', 'bare = true').replace('\tlogallrefupdates = true\n', '')}[receive]\n\tautogc = false\n`,
    );
    const entries = await readdir(this.root, { recursive: true, withFileTypes: true });
    const files = entries.map(async (entry): Promise<[string, Buffer | null]> => {
      const path = join(entry.parentPath, entry.name);
      return [relative(this.root, path), entry.isDirectory() ? null : await readFile(path)];
    });
    return new Map(await Promise.all(files));
  }

  get url(): string {
    return pathToFileURL(this.origin).href;
  }

  get seed(): string {
    return join(this.root, 'seed');
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  /** Runs git as a person or an agent would, and returns what it prints. */
  async git(cwd: string, ...args: string[]): Promise<string> {
    const { stdout } = await run('git', [...AS_AGENT, ...args], { cwd, env: this.env });
    return stdout.trim();
  }

  async commit(cwd: string, file: string, content: string, message: string): Promise<string> {
    await mkdir(dirname(join(cwd, file)), { recursive: true });
    await writeFile(join(cwd, file), content);
    await this.git(cwd, 'add', '--', file);
    const said = await this.git(cwd, '-c', 'core.abbrev=40', 'commit', '-m', message);
    const commit = /^\[.* ([0-9a-f]{40})\]/.exec(said)?.[1];
    if (commit === undefined) throw new Error(`git names no commit: ${said}`);
    return commit;
  }

  /** Puts `main` of the seed into another repository as a push would, for which git starts six processes. */
  publish(to = this.origin): void {
    const own = join(this.seed, '.git');
    for (const dir of readdirSync(join(own, 'objects'))) {
      const target = join(to, 'objects', dir);
      mkdirSync(target, { recursive: true });
      const there = new Set(readdirSync(target));
      for (const name of readdirSync(join(own, 'objects', dir))) {
        if (!there.has(name)) copyFileSync(join(own, 'objects', dir, name), join(target, name));
      }
    }
    copyFileSync(join(own, 'refs', 'heads', 'main'), join(to, 'refs', 'heads', 'main'));
  }

  /** Puts files on the base, in one commit. */
  async base(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [file, content] of Object.entries(files)) {
      await mkdir(dirname(join(this.seed, file)), { recursive: true });
      await writeFile(join(this.seed, file), content);
    }
    // By their directory where there are many; never all, since that would renormalise others.
    await this.git(this.seed, 'add', '--', ...new Set(Object.keys(files).map((file) => file.split('/')[0] ?? '')));
    await this.git(this.seed, 'commit', '--quiet', '-m', 'base');
    this.publish();
  }

  /** Puts a submodule `lib` on the base; the path of its remote. */
  async library(): Promise<string> {
    const library = join(this.root, 'library.git');
    await this.git(this.root, 'init', '--quiet', '--bare', '--initial-branch=main', library);
    this.publish(library);
    await this.git(this.seed, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', library, 'lib');
    await this.git(this.seed, 'config', '--file', '.gitmodules', 'submodule.lib.url', '../library.git');
    await this.git(this.seed, 'commit', '--quiet', '-am', 'with library');
    this.publish();
    return library;
  }

  /** Prepares an attempt and sets it up; `make` stands for the commands. */
  async setUp(by: GitWorkspaces, given: Job, make: (dir: string) => Promise<unknown>) {
    const { signal } = new AbortController();
    const { job, tree } = await this.prepared(by, given);
    let ran = false;
    const run = async () => {
      ran = true;
      await make(tree.dir);
      return { ok: true, value: null } as const;
    };
    const outcome = await by.setUp(job, run, signal);
    if (!outcome.ok) throw new Error(JSON.stringify(outcome));
    return { job, tree, ran };
  }

  /** A job with its worktree. */
  async prepared(by: GitWorkspaces, job = this.job()): Promise<{ job: Job; tree: GitWorkspace }> {
    const outcome = await by.prepare(job, new AbortController().signal);
    if (!outcome.ok || outcome.value.kind !== 'git') throw new Error(JSON.stringify(outcome));
    return { job: { ...job, workspace: outcome.value }, tree: outcome.value };
  }

  /** A job whose agent has committed something. */
  async worked(by: GitWorkspaces, generation = 1): Promise<{ job: Job; tree: GitWorkspace; commit: string }> {
    const { job, tree } = await this.prepared(by, this.job(generation));
    return { job, tree, commit: await this.commit(tree.dir, 'work.txt', 'done\n', 'work') };
  }

  /** The job with what the check has found. */
  async checked(by: GitWorkspaces, job: Job): Promise<Job> {
    const outcome = await by.check(job, new AbortController().signal);
    if (!outcome.ok) throw new Error(outcome.failure.message);
    return { ...job, checked: outcome.value };
  }

  /** A hook of a repository that fails, and leaves a file when it runs. */
  async plantHook(hooks: string, name: string): Promise<string> {
    const trace = join(this.root, `ran-${name}`);
    await mkdir(hooks, { recursive: true });
    await writeFile(join(hooks, name), `#!/bin/sh\ntouch '${trace}'\nexit 1\n`);
    await chmod(join(hooks, name), 0o755);
    return trace;
  }

  /** A program in the place of git that does something first. */
  async program(script: string): Promise<string> {
    const path = join(this.root, 'git');
    await writeFile(path, `#!/bin/sh\n${script}\nexec git "$@"\n`);
    await chmod(path, 0o755);
    return path;
  }

  /** A git that compares contents where it would believe the times of files: else it depends on the clock which changes it sees. */
  exactGit(): Promise<string> {
    return this.program('case " $* " in *" status "*) touch -d @1 "$GIT_DIR/index" ;; esac');
  }

  workspaces(more: Partial<WorkspaceSettings> = {}): GitWorkspaces {
    return new GitWorkspaces({
      git: new Git({ program: 'git', env: this.env, timeoutMs: 30_000, gate: ANY_GATE }),
      agent: 'tern',
      root: join(this.root, 'repos'),
      filesDir: join(this.root, 'files'),
      identity: {
        GIT_AUTHOR_NAME: 'Tern',
        GIT_AUTHOR_EMAIL: 'tern@example.invalid',
        GIT_COMMITTER_NAME: 'Tern',
        GIT_COMMITTER_EMAIL: 'tern@example.invalid',
      },
      protectedBranches: ['main', 'master', 'release/*'],
      partialClone: 'auto',
      verify: 'task',
      searchPath: this.env.PATH ?? '',
      warn: (message) => this.warnings.push(message),
      ...more,
    });
  }

  /** A job of another task than that of other numbers. */
  jobOf(number: number): Job {
    const { id } = task();
    return this.job(1, {
      task: task({ id: `${id.slice(0, -4)}${String(number).padStart(4, '0')}`, repo: { url: this.url } }),
    });
  }

  job(generation = 1, more: Partial<Job> = {}): Job {
    return jobIn('preparing', { task: task({ repo: { url: this.url } }), generation, previous: null, ...more });
  }
}
