import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryDir } from '../testing.js';
import { CHECK_FILE, ensureOrigin, git, TASK } from './project.js';

const run = promisify(execFile);
const AGENT = join(String(process.env.TEST_BUILT_DIR), 'demo', 'agent.js');
const IDENTITY = {
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.org',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.org',
};

let dir: Awaited<ReturnType<typeof temporaryDir>>;
let work: string;

beforeEach(async () => {
  dir = await temporaryDir();
  const origin = join(dir.path, 'origin.git');
  work = join(dir.path, 'work');
  await ensureOrigin(process.env, origin);
  await git(process.env, ['clone', '--quiet', origin, work]);
});
afterEach(() => dir.remove());

async function runAgent(prompt: string): Promise<void> {
  const env = { PATH: process.env.PATH, ...IDENTITY, AGENTCOM_TASK_ID: 'task-1' };
  const started = run(process.execPath, [AGENT], { cwd: work, env });
  started.child.stdin?.end(prompt);
  await started;
}

function check(): Promise<boolean> {
  return run(process.execPath, [CHECK_FILE], { cwd: work }).then(
    () => true,
    () => false,
  );
}

describe('the demonstration', () => {
  it('begins with a project whose check fails, in an origin that is made once', async () => {
    expect(await check()).toBe(false);
    const before = await git(process.env, ['-C', work, 'rev-parse', 'HEAD']);
    await ensureOrigin(process.env, join(dir.path, 'origin.git'));
    expect(await git(process.env, ['-C', work, 'ls-remote', 'origin', 'HEAD'])).toContain(before);
  });

  it('is repaired by its agent, which commits what it changed and names the task', async () => {
    await runAgent(TASK.prompt);
    expect(await check()).toBe(true);
    expect(await git(process.env, ['-C', work, 'status', '--porcelain'])).toBe('');
    expect(await git(process.env, ['-C', work, 'log', '-1', '--format=%B'])).toContain('Task: task-1');
    expect(await git(process.env, ['-C', work, 'diff', '--name-only', 'origin/main', 'HEAD'])).toBe('words.mjs');
  });

  it('writes down what it cannot do', async () => {
    await runAgent(TASK.prompt);
    await runAgent('Buy milk.\nAnd bread.');
    const notes = await git(process.env, ['-C', work, 'show', 'HEAD:NOTES.md']);
    expect(notes).toBe('- Buy milk.\n  And bread.');
    expect(await git(process.env, ['-C', work, 'rev-list', '--count', 'origin/main..HEAD'])).toBe('2');
  });
});
