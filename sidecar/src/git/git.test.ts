import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identify } from '@agentcom/schemas/host';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ANY_REMOTE } from '../core/remote-policy.js';
import { failureOf } from './failures.js';
import { ANY_GATE } from './fixture.js';
import { Git, GitError, withoutCredentials } from './git.js';
import { RemoteGate } from './remote-gate.js';

const { signal } = new AbortController();
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'agentcom-git-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** A program in the place of git. */
async function program(script: string): Promise<string> {
  const path = join(dir, 'git');
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

function gitBy(path: string, env: Record<string, string> = {}, timeoutMs = 20_000): Git {
  return new Git({ program: path, env: { PATH: process.env.PATH ?? '', ...env }, timeoutMs, gate: ANY_GATE });
}

describe('git is run', () => {
  it('without prompts, and with nothing of the environment that it does not need', async () => {
    const git = gitBy(await program('env'), { HOME: '/empty', SECRET: 'x', GIT_DIR: '/evil', GIT_SSH_COMMAND: 'evil' });
    const { stdout } = await git.local(['status'], { cwd: dir, signal });
    expect(stdout).toContain('GIT_TERMINAL_PROMPT=0');
    expect(stdout).toContain('HOME=/empty');
    expect(stdout).not.toMatch(/SECRET|evil/);
  });

  it('without the keys of the user where it needs no remote', async () => {
    const keys = { SSH_AUTH_SOCK: '/keys', DBUS_SESSION_BUS_ADDRESS: 'unix:path=/keys', XDG_RUNTIME_DIR: '/keys' };
    const git = gitBy(await program('env'), keys);
    const { stdout } = await git.remote('https://host.invalid/x', ['fetch'], { cwd: dir, signal });
    for (const [name, value] of Object.entries(keys)) expect(stdout).toContain(`${name}=${value}\n`);
    for (const own of [git.local(['status'], { cwd: dir, signal }), git.between(['fetch'], { cwd: dir, signal })]) {
      expect((await own).stdout).not.toContain('/keys');
    }
  });

  it('with the proxy and the configuration of the user, as curl reads them', async () => {
    const said = async (env: Record<string, string>) =>
      (await gitBy(await program('env'), env).remote('http://host.invalid/x', ['fetch'], { cwd: dir, signal })).stdout;
    expect(await said({ HTTP_PROXY: 'http://a:1' })).toContain('http_proxy=http://a:1\n');
    expect(await said({ HTTP_PROXY: 'http://a:1', http_proxy: '' })).toContain('http_proxy=http://a:1\n');
    expect(await said({ HTTP_PROXY: 'http://a:1', http_proxy: 'http://b:2' })).toContain('http_proxy=http://b:2\n');
    expect(await said({ GIT_CONFIG_GLOBAL: '/etc/own' })).toContain('GIT_CONFIG_GLOBAL=/etc/own\n');
  });

  it.each([
    ['127.0.0.1', {}],
    ['localhost', { NO_PROXY: 'other.invalid' }],
    ['127.0.0.1', { no_proxy: '' }],
  ])('past any proxy to an address of this machine: %s', async (host, more) => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(404).end();
    });
    server.listen(0, host);
    await once(server, 'listening');
    try {
      const { port } = server.address() as AddressInfo;
      const git = gitBy('git', { HTTP_PROXY: 'http://127.0.0.1:9', ...more });
      const url = `http://${host}:${port}/x.git`;
      const failed = await git.remote(url, ['ls-remote', url], { cwd: dir, signal }).catch((error: unknown) => error);
      expect(failureOf(failed).code).toBe('git.not_found');
      expect(asked).toEqual(['/x.git/info/refs?service=git-upload-pack']);
    } finally {
      server.close();
      await once(server, 'close');
    }
  });

  it('with the exceptions from the proxy that the user has made', async () => {
    const git = gitBy(await program('env'), { NO_PROXY: 'a.invalid b.invalid', no_proxy: '' });
    const { stdout } = await git.remote('http://host.invalid/x', ['fetch'], { cwd: dir, signal });
    expect(stdout).toMatch(/^no_proxy=a\.invalid b\.invalid,localhost,/m);
    const all = await gitBy(await program('env'), { NO_PROXY: '*' }).local(['status'], { cwd: dir, signal });
    expect(all.stdout).toMatch(/^no_proxy=\*$/m);
  });

  it('with local files only for an address that says so, and never with helpers', async () => {
    const git = gitBy(await program('echo "$@"'));
    const settingsOf = async (url: string) => (await git.remote(url, ['fetch'], { cwd: dir, signal })).stdout;
    expect(await settingsOf('file:///srv/x.git')).toContain('protocol.file.allow=always');
    expect(await settingsOf('https://host.invalid/x.git')).toContain('protocol.file.allow=never');
    expect(await settingsOf('https://host.invalid/x.git')).toContain('protocol.ext.allow=never');
  });

  it('for no remote that the machine may not speak to', async () => {
    const program_ = await program(`echo "$@" >> ${dir}/ran`);
    const gate = new RemoteGate({ ...ANY_REMOTE, hosts: ['git.example.com'] }, {});
    const git = new Git({ program: program_, env: {}, timeoutMs: 20_000, gate });
    const refused = git.remote('https://example.org/x', ['fetch'], { cwd: dir, signal });
    await expect(refused).rejects.toMatchObject({ failure: { code: 'git.not_allowed' } });
    await expect(readFile(join(dir, 'ran'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('and follows no remote to another address', async () => {
    const asked: (string | undefined)[] = [];
    const server = createServer(({ url }, response) => {
      asked.push(url);
      response.writeHead(301, { location: `/elsewhere${url}` }).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`;
      const error = await gitBy('git', { HOME: dir })
        .remote(url, ['ls-remote', url], { cwd: dir, signal })
        .catch((reason: unknown) => reason);
      expect(failureOf(error)).toMatchObject({ class: 'permanent', code: 'git.redirected', mend: 'person' });
      expect(asked).toEqual(['/x/info/refs?service=git-upload-pack']);
    } finally {
      server.close();
    }
  });

  it('for a bounded time, with all the processes it began', async () => {
    const pidFile = join(dir, 'pid');
    const git = gitBy(await program(`sleep 600 & echo $! > ${pidFile}; wait`), {}, 500);
    const error = await git.local(['gc'], { cwd: dir, signal }).catch((reason: unknown) => reason);
    expect(failureOf(error)).toMatchObject({ class: 'transient', code: 'git.timeout' });
    const pid = Number(await readFile(pidFile, 'utf8'));
    await expect.poll(() => identify(pid)).toBeUndefined();
  });

  it('and not waited for when it has left a process behind that holds its output open', async () => {
    const pidFile = join(dir, 'pid');
    const git = gitBy(await program(`echo said; setsid sleep 600 & echo $! > ${pidFile}`));
    try {
      expect(await git.local(['gc'], { cwd: dir, signal })).toEqual({ code: 0, stdout: 'said\n', stderr: '' });
    } finally {
      process.kill(Number(await readFile(pidFile, 'utf8')), 'SIGKILL');
    }
  });

  it('with bounded output', async () => {
    const git = gitBy(await program('exec yes'));
    const error = await git.local(['log'], { cwd: dir, signal }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(GitError);
    expect(error).toMatchObject({ reason: 'output' });
  });

  it('and its absence is an error like others', async () => {
    const error = await gitBy(join(dir, 'nothing'))
      .local(['log'], { cwd: dir, signal })
      .catch((reason: unknown) => reason);
    expect(failureOf(error)).toMatchObject({ class: 'machine', code: 'git.not_started' });
  });

  it('and a missing directory is not taken for its absence', async () => {
    const gone = join(dir, 'gone');
    const error = await gitBy('git')
      .local(['log'], { cwd: gone, signal })
      .catch((reason: unknown) => reason);
    expect(failureOf(error)).toEqual({ class: 'transient', code: 'git.failed', message: `git log: ${gone} is gone` });
  });
});

it('an address keeps its password out of messages', () => {
  expect(withoutCredentials("fatal: unable to access 'https://me:hunter2@host.invalid/x.git/'")).toBe(
    "fatal: unable to access 'https://***@host.invalid/x.git/'",
  );
});

describe('a failure is', () => {
  it.each([
    ["fatal: could not read Username for 'https://host.invalid': terminal prompts disabled", 'permanent', 'git.auth'],
    [
      'git@host.invalid: Permission denied (publickey).\nfatal: Could not read from remote repository.',
      'permanent',
      'git.auth',
    ],
    ['Host key verification failed.\nfatal: Could not read from remote repository.', 'permanent', 'git.auth'],
    ["fatal: unable to access 'https://host.invalid/': The requested URL returned error: 403", 'permanent', 'git.auth'],
    ['remote: Repository not found.\nfatal: repository not found', 'permanent', 'git.not_found'],
    [
      "fatal: '/x' does not appear to be a git repository\nfatal: Could not read from remote repository.",
      'permanent',
      'git.not_found',
    ],
    [
      "fatal: detected dubious ownership in repository at '/srv/a b.git'\nTo add an exception for this directory, call:\n\n\tgit config --global --add safe.directory '/srv/a b.git'\nfatal: Could not read from remote repository.",
      'permanent',
      'git.dubious_ownership',
    ],
    [
      "fatal: unsafe repository ('/srv/x.git' is owned by someone else)\nfatal: Could not read from remote repository.",
      'permanent',
      'git.dubious_ownership',
    ],
    ["fatal: transport 'ext' not allowed", 'permanent', 'git.address_refused'],
    [
      "fatal: unable to access 'https://host.invalid/': Could not resolve host: host.invalid",
      'transient',
      'git.remote_unreachable',
    ],
    [
      'ssh: connect to host x port 22: Connection refused\nfatal: Could not read from remote repository.',
      'transient',
      'git.remote_unreachable',
    ],
    ["fatal: unable to access '/home/x/.config/git/config': Input/output error", 'machine', 'machine.system_error'],
    [' ! [remote rejected] a -> a (pre-receive hook declined)', 'verification', 'git.push_refused'],
    [
      'Leave now if you are not authorized.\nkex_exchange_identification: read: Connection reset by peer\nfatal: Could not read from remote repository.',
      'transient',
      'git.remote_unreachable',
    ],
    [
      'Received disconnect from x port 22:2: Too many authentication failures\nfatal: Could not read from remote repository.',
      'permanent',
      'git.auth',
    ],
    ['fatal: something nobody has seen', 'transient', 'git.failed'],
  ])('%s: %s', (stderr, kind, code) => {
    expect(failureOf(new GitError('fetch', stderr, 'exit'))).toMatchObject({ class: kind, code });
  });

  // Nothing is wrong with the cached repository then.
  it.each([
    'fatal: the remote end hung up unexpectedly',
    "fatal: unable to access 'http://host.invalid/x.git/': Empty reply from server",
    "fatal: unable to access 'https://host.invalid/x.git/': server certificate verification failed. CAfile: none CRLfile: none",
    "fatal: unable to access 'https://host.invalid/x.git/': Proxy CONNECT aborted",
    "fatal: unable to access 'https://host.invalid/x.git/': The requested URL returned error: 429",
    "fatal: unable to access 'https://host.invalid/x.git/': The requested URL returned error: 502",
    'error: RPC failed; curl 92 HTTP/2 stream 5 was not closed cleanly: CANCEL (err 8)\nfatal: expected flush after ref listing',
    'fetch-pack: unexpected disconnect while reading sideband packet\nfatal: early EOF\nfatal: fetch-pack: invalid index-pack output',
    'ssh: Could not resolve hostname host.invalid: Temporary failure in name resolution',
    'ssh: connect to host host.invalid port 22: No route to host',
    'kex_exchange_identification: read: Connection reset by peer',
  ])('transient, the remote unreachable: %s', (stderr) => {
    expect(failureOf(new GitError('fetch', stderr, 'exit'))).toMatchObject({
      class: 'transient',
      code: 'git.remote_unreachable',
    });
  });
});
