import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { temporaryDir } from '../testing.js';
import { validateConfig } from './agent-config.js';
import { checkUnattended } from './unattended-check.js';

let dir: Awaited<ReturnType<typeof temporaryDir>>;

beforeEach(async () => {
  dir = await temporaryDir();
});
afterEach(() => dir.remove());

const env = (more: Record<string, string> = {}) => ({ PATH: process.env.PATH, HOME: dir.path, ...more });
const configure = (...words: readonly string[]) =>
  execFileSync('git', ['config', '--file', join(dir.path, '.gitconfig'), ...words]);
const settings = (more: Record<string, unknown> = {}) =>
  validateConfig({ runner: { kind: 'claude' }, ...more }, 'the test');

it('says that there is nothing, where there is nothing', async () => {
  configure('commit.gpgSign', 'false');
  configure('user.name', 'me');
  expect(await checkUnattended(settings(), env())).toEqual({
    name: 'unattended',
    state: 'pass',
    detail: 'nothing here waits for a person',
  });
});

it('names what is switched off, and where it was set', async () => {
  configure('commit.gpgSign', 'true');
  configure('core.editor', 'vim');
  const check = await checkUnattended(settings(), env({ EDITOR: 'nano', PAGER: '' }));
  expect(check).toMatchObject({
    state: 'pass',
    detail:
      'switched off for agents: signing of commits (commit.gpgsign), the editor (core.editor, EDITOR); set git.signing = "configured" to sign',
  });
});

it('says what is left on by the configuration', async () => {
  configure('commit.gpgSign', 'true');
  const signing = await checkUnattended(settings({ git: { signing: 'configured' } }), env());
  expect(signing.detail).toBe('nothing here waits for a person; commits are signed as git is configured');
  const inherited = settings({ runner: { kind: 'claude', inheritEnv: true } });
  expect(await checkUnattended(inherited, env({ EDITOR: 'nano' }))).toMatchObject({
    state: 'warn',
    detail: expect.stringContaining('EDITOR'),
  });
});

it('is no obstacle where git does not run', async () => {
  expect(await checkUnattended(settings(), { PATH: dir.path })).toMatchObject({ state: 'pass' });
});
