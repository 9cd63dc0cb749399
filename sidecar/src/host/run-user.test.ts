import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asUser, environmentAs, findRunUser, type RunUser, shellAs, UnusableUser } from './run-user.js';

const OTHER: RunUser = { name: 'tern', uid: 4321, gid: 4322, home: '/home/tern', via: 'sudo' };
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'agentcom-user-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const start = (script: string, env: Readonly<Record<string, string | undefined>>) => ({
  argv: ['/bin/sh', '-c', script, 'sh', 'an argument', '$HOME'],
  cwd: dir,
  env,
});

/** What sudo would run, as this user. */
function launched(script: string, env: Readonly<Record<string, string | undefined>>, input = '') {
  const { args, preface } = asUser(OTHER, start(script, env));
  expect(args.slice(0, 4)).toEqual(['-n', '-u', 'tern', '--']);
  const [, , , , program = '', ...rest] = args;
  const own = { PATH: process.env.PATH, SUDO_USER: 'somebody' };
  return spawnSync(program, rest, { cwd: '/', env: own, input: `${preface}${input}`, encoding: 'utf8' });
}

describe('a program that is started as another user', () => {
  it('gets its variables over its input, whatever is in them, and the rest of it as its own', () => {
    const env = { TEXT: 'two\nlines \\n, a \\\\ and $HOME `x` "q"\n\n', EMPTY: '', 'ODD NAME': 'x', GONE: undefined };
    const script =
      'printf %s "$TEXT" > text; env > env; cat > input; pwd > cwd; printf "%s|" "$@" > args; umask > umask';
    expect(launched(script, { PATH: process.env.PATH, ...env }, 'the prompt\n\nand more')).toMatchObject({
      status: 0,
      stderr: '',
    });
    const made = (name: string) => readFileSync(join(dir, name), 'utf8');
    expect(made('text')).toBe(env.TEXT);
    expect(made('input')).toBe('the prompt\n\nand more');
    expect(made('args')).toBe('an argument|$HOME|');
    expect(made('cwd')).toBe(`${dir}\n`);
    expect(made('umask')).toMatch(/^0*007\n$/);
    expect(made('env')).toContain('EMPTY=\n');
    expect(made('env')).not.toMatch(/SUDO_|ODD|GONE/);
  });

  it('has no variable among the arguments, which everybody can see', () => {
    const { args, options } = asUser(OTHER, start('true', { API_KEY: 'secret-value' }));
    expect(JSON.stringify([args, options])).not.toContain('secret-value');
  });

  it('is started without a shell by root, and unchanged without a user', () => {
    const { argv, cwd, env } = start('true', { A: 'b' });
    const as = asUser({ ...OTHER, via: 'setuid' }, { argv, cwd, env });
    expect(as).toEqual({
      program: '/bin/sh',
      args: argv.slice(1),
      options: { cwd, env, uid: 4321, gid: 4322 },
      preface: '',
    });
    expect(asUser(undefined, { argv, cwd, env }).options).toEqual({ cwd, env });
  });

  it('has a script ended that takes longer than it may', { timeout: 5_000 }, async () => {
    const [uid = 0, gid = 0] = [process.getuid?.(), process.getgid?.()];
    const own: RunUser = { name: userInfo().username, uid, gid, home: dir, via: 'setuid' };
    expect(await shellAs(own, 'echo "$1"', ['done'])).toBe('done');
    await expect(shellAs(own, 'exec sleep 60', [], 50)).rejects.toMatchObject({ killed: true });
  });

  it('finds its own home, and nothing that leads into another one', () => {
    const env = {
      PATH: '/bin',
      HOME: '/root',
      XDG_CONFIG_HOME: '/root/x',
      TMPDIR: '/root/tmp',
      GIT_CONFIG_GLOBAL: '/root/git',
    };
    expect(environmentAs(OTHER, env)).toEqual({ PATH: '/bin', HOME: '/home/tern', USER: 'tern', LOGNAME: 'tern' });
    expect(environmentAs(undefined, env)).toBe(env);
  });
});

describe('a user who cannot be used', () => {
  const refusal = (name: string) => findRunUser(name).catch((error: unknown) => error);

  it('is one that is not there, with what to do', async () => {
    expect(await refusal('no-such-user')).toBeInstanceOf(UnusableUser);
    expect(String(await refusal('no-such-user'))).toContain('useradd --create-home no-such-user');
  });

  it('is root, and the user that runs the sidecar', async () => {
    for (const name of ['root', userInfo().username])
      expect(String(await refusal(name))).toContain('another user than root and the sidecar');
  });

  it.runIf(existsSync('/etc/debian_version'))('is one whose group may have others in it', async () => {
    expect(String(await refusal('nobody'))).toContain('the group of nobody is nogroup');
  });
});
