// Nothing that an agent starts waits for a person at a terminal: real git, gpg and ssh, set up so that they would. What waits all the
// same is ended as inactive, and the test fails.

import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunnerBench } from './fixture.js';

let bench: RunnerBench;

const FIRST = 'git init -q . && git commit -q --allow-empty -m first && echo one > one && git add one &&';

beforeEach(async () => {
  bench = await RunnerBench.open();
});
afterEach(() => bench.close());

type Settings = Parameters<RunnerBench['runner']>[1];

let turns = 0;

async function ran(script: string, { env, ...more }: Settings = {}) {
  const identity = {
    GIT_AUTHOR_NAME: 'T',
    GIT_AUTHOR_EMAIL: 't@x',
    GIT_COMMITTER_NAME: 'T',
    GIT_COMMITTER_EMAIL: 't@x',
  };
  const runner = bench.runner(script, {
    env: { PATH: process.env.PATH, HOME: bench.dir, ...env },
    agentEnv: () => identity,
    limits: { inactivitySeconds: 8, stopGraceSeconds: 1 },
    ...more,
  });
  turns += 1;
  const job = bench.job({ turn: { number: turns, prompt: 'the prompt', resume: null } });
  const outcome = await bench.begin(runner, { job }).ended;
  if (!outcome.ok) throw new Error(outcome.failure.message);
  expect(outcome.value.cut).toBeNull();
  return { code: outcome.value.code, output: await bench.output() };
}

async function configure(...settings: readonly (readonly [string, string])[]): Promise<void> {
  for (const [name, value] of settings) {
    execFileSync('git', ['config', '--file', join(bench.dir, '.gitconfig'), name, value]);
  }
}

async function program(name: string, text: string): Promise<string> {
  const path = join(bench.dir, name);
  await writeFile(path, `#!/bin/sh\n${text}\n`, { mode: 0o700 });
  return path;
}

describe('an editor', () => {
  it.each([
    ['core.editor of git', (): Promise<void> => configure(['core.editor', 'sleep 9999; :']), {}],
    [
      'the variable EDITOR of the machine',
      async (): Promise<void> => undefined,
      { EDITOR: 'sleep 9999; :', VISUAL: 'sleep 9999; :' },
    ],
  ] as const)('never waits: %s', async (_, set, env) => {
    await set();
    const { code, output } = await ran(`${FIRST} git commit`, { env });
    expect(code).toBe(1);
    expect(output).toContain('agentcom: there is no editor here');
    expect(output).toContain('empty commit message');
  });

  it('leaves the text that a merge, a revert, an amended commit and a rebase offer', async () => {
    await configure(['core.editor', 'sleep 9999; :'], ['sequence.editor', 'sleep 9999; :']);
    const { code, output } = await ran(`${FIRST} git commit -q -m one && git commit --amend && git revert HEAD &&
      git checkout -q -b side HEAD~1 && git commit -q --allow-empty -m side && git merge --no-ff - &&
      git rebase -i HEAD~1 && git log --format=%s -1`);
    expect(code).toBe(0);
    // The merge is no part of what a rebase makes anew.
    expect(output).toContain('Successfully rebased');
    expect(output.endsWith('Revert "one"\n')).toBe(true);
  });

  it('never waits where others than git call it', async () => {
    const { code, output } = await ran('for one in "$EDITOR" "$VISUAL"; do "$one" file && sh -c "$one file"; done');
    expect(code).toBe(0);
    expect(output.match(/there is no editor here/g)).toHaveLength(4);
  });

  it('is found in a directory with spaces too', async () => {
    const binDir = join(bench.dir, 'a bin');
    const { placeUnattended } = await import('./unattended.js');
    await placeUnattended(binDir);
    const { output } = await ran(`${FIRST} git commit`, { binDir });
    expect(output).toContain('agentcom: there is no editor here');
  });
});

describe('a signature', () => {
  const asks = async () => configure(['user.signingKey', 'me'], ['gpg.program', await program('gpg', 'sleep 9999')]);

  it('is not made by configuration, for a commit, a tag or a rebase', async () => {
    await asks();
    await configure(['commit.gpgSign', 'true'], ['tag.gpgSign', 'true'], ['tag.forceSignAnnotated', 'true']);
    const { code, output } =
      await ran(`${FIRST} git commit -q -m one && git tag -a v1 -m v1 && git config commit.gpgSign true &&
      git commit -q --allow-empty -m two && git rebase -q --root && git cat-file commit HEAD && git cat-file tag v1`);
    expect(code).toBe(0);
    expect(output).not.toContain('SIGNATURE');
  });

  it.each(['openpgp', 'ssh', 'x509'])('that is asked for fails at once (%s)', async (format) => {
    await asks();
    await configure(['gpg.format', format], ['user.signingKey', '/dev/null']);
    for (const name of ['ssh', 'x509']) await configure([`gpg.${name}.program`, join(bench.dir, 'gpg')]);
    const { code, output } = await ran(`${FIRST} git commit -q -S -m one`);
    expect(code).not.toBe(0);
    // Some versions of git keep what gpg says to themselves.
    expect(output).toMatch(/signing is switched off for agents|gpg failed to sign the data/);
  });

  it('is made where that is wanted, and checked everywhere', async () => {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(bench.dir, 'key')]);
    await configure(['gpg.format', 'ssh'], ['user.signingKey', join(bench.dir, 'key')], ['commit.gpgSign', 'true']);
    await writeFile(
      join(bench.dir, 'signers'),
      `t@x ${execFileSync('ssh-keygen', ['-y', '-f', join(bench.dir, 'key')], { encoding: 'utf8' })}`,
    );
    await configure(['gpg.ssh.allowedSignersFile', join(bench.dir, 'signers')]);
    await ran(`${FIRST} git commit -q -m one`, { signing: 'configured' });
    expect(await ran('git verify-commit HEAD')).toMatchObject({ code: 0 });
  });
});

describe('a question', () => {
  it('for a password of git fails at once', async () => {
    await configure(['core.askPass', await program('ask', 'sleep 9999')]);
    const env = { SSH_ASKPASS: join(bench.dir, 'ask'), GIT_ASKPASS: join(bench.dir, 'ask') };
    const input = 'printf "protocol=https\\nhost=git.example.org\\n\\n"';
    const { code, output } = await ran(`${input} | git credential fill`, { env, credentials: 'inherit' });
    expect(code).not.toBe(0);
    expect(output).toContain('terminal prompts disabled');
  });

  it.each([
    ['ssh of the PATH', async () => configure()],
    ['core.sshCommand', async () => configure(['core.sshCommand', `'${join(bench.dir, 'ssh')}' -v`])],
    ['GIT_SSH_COMMAND', async () => ({ GIT_SSH_COMMAND: `${join(bench.dir, 'ssh')} -v` })],
    ['GIT_SSH', async () => ({ GIT_SSH: join(bench.dir, 'ssh') })],
  ] as const)('of ssh fails at once: %s', async (_, set) => {
    await program('ssh', 'echo "ssh $*" >&2; case "$*" in *BatchMode=yes*) exit 255 ;; esac; sleep 9999');
    const env = { PATH: `${bench.dir}:${process.env.PATH}`, ...((await set()) ?? {}) };
    const { code, output } = await ran('git ls-remote ssh://git@git.example.org/x', { env, credentials: 'inherit' });
    expect(code).toBe(128);
    expect(output).toContain('BatchMode=yes');
  });

  it('on standard input has its answer: there is nobody', async () => {
    const { code } = await ran('cat > prompt; if read -r answer; then exit 3; fi');
    expect(code).toBe(0);
  });

  it('at the terminal fails, since there is none', async () => {
    const { code, output } = await ran('if exec 3< /dev/tty; then exit 3; fi');
    expect(code).not.toBe(3);
    expect(output).toContain('/dev/tty');
  });

  it.each([
    ['git', 'git var GIT_PAGER'],
    ['man', 'echo "$MANPAGER"'],
    ['others', 'echo "$PAGER"'],
  ])('for the next page is none: %s', async (_, script) => {
    await configure(['core.pager', 'sleep 9999'], ['pager.log', 'sleep 9999']);
    const { output } = await ran(script, { env: { PAGER: 'less', GIT_PAGER: 'less' } });
    expect(output).toBe('cat\n');
  });

  it.runIf(process.platform === 'linux')('for the next page is none on a terminal of its own either', async () => {
    await configure(['core.pager', 'sleep 9999'], ['pager.log', 'sleep 9999']);
    const { code, output } = await ran(`${FIRST} script -qec "git log --format=%s" /dev/null < /dev/null`);
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('first') });
  });
});

describe('what is set', () => {
  it('is the same for a verify command', async () => {
    const runner = bench.runner('', { env: { PATH: process.env.PATH, HOME: bench.dir, EDITOR: 'sleep 9999' } });
    const { ended } = bench.verify(runner, ['env']);
    const outcome = await ended;
    const output = outcome.ok ? outcome.value[0]?.output : '';
    for (const line of ['TERM=dumb', 'GIT_TERMINAL_PROMPT=0', 'PAGER=cat', 'DEBIAN_FRONTEND=noninteractive']) {
      expect(output).toContain(`${line}\n`);
    }
    expect(output).toMatch(/^EDITOR=.*agentcom-editor$/m);
    expect(output).not.toMatch(/^CI=/m);
  });

  it('is what the machine has for whoever wants that', async () => {
    const env = { EDITOR: 'my-editor', PAGER: 'my-pager', OWN: 'x', AGENTCOM_KEY: 'ac_secret', TERM: 'xterm' };
    const script = 'echo "$EDITOR $PAGER $OWN $TERM"; env | grep -c AGENTCOM_KEY';
    const runner = bench.runner(script, { inheritEnv: true, env: { PATH: process.env.PATH, HOME: bench.dir, ...env } });
    await bench.begin(runner).ended;
    expect(await bench.output()).toBe('my-editor my-pager x xterm\n0\n');
  });

  it('is text in UTF-8, whatever the locale of the sidecar', async () => {
    for (const [number, env] of [{}, { LANG: 'C' }, { LANG: 'de_DE.UTF-8', LC_ALL: 'POSIX' }].entries()) {
      await mkdir(join(bench.work, String(number)));
      const runner = bench.runner('locale charmap 2>&1 >> charmap', { env: { PATH: process.env.PATH, ...env } });
      await bench.begin(runner, { job: bench.job({ turn: { number: number + 1, prompt: '', resume: null } }) }).ended;
    }
    expect(await bench.made('charmap')).toBe('UTF-8\nUTF-8\nUTF-8\n');
  });
});
