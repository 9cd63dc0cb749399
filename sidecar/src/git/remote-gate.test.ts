import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ANY_REMOTE, type RemotePolicy } from '../core/remote-policy.js';
import { failureOf } from './failures.js';
import { RemoteGate } from './remote-gate.js';

const NAMES: Readonly<Record<string, readonly string[]>> = {
  'git.example.com': ['140.82.121.3'],
  'inside.example.com': ['140.82.121.3', '127.0.0.1'],
  'metadata.example.com': ['169.254.169.254'],
};

/** The code of what a gate answers, undefined for yes; and the names that it has looked up. */
async function answer(url: string, policy: Partial<RemotePolicy>, env: Readonly<Record<string, string>> = {}) {
  const looked: string[] = [];
  const settings = { repositories: ['*'], hosts: ['*'], localHosts: [], directories: [], ...policy };
  const gate = new RemoteGate(settings, env, async (name) => {
    looked.push(name);
    return NAMES[name] ?? [];
  });
  const code = await gate.need(url).then(
    () => undefined,
    (error: unknown) => failureOf(error).code,
  );
  return { code, looked };
}

describe('a remote', () => {
  it.each([
    ['https://git.example.com/a/b.git', undefined],
    ['https://inside.example.com/a/b.git', 'git.not_allowed'],
    ['ssh://git@metadata.example.com/a/b.git', 'git.not_allowed'],
    ['git@inside.example.com:a/b.git', 'git.not_allowed'],
    ['http://2130706433/a/b.git', 'git.not_allowed'],
    ['file:///srv/a.git', 'git.not_allowed'],
    // git says itself that there is no such host.
    ['https://nowhere.invalid/a/b.git', undefined],
    ['ext::sh -c true', 'git.address_refused'],
    ['--upload-pack=true', 'git.address_refused'],
  ])('%s: %s', async (url, code) => expect((await answer(url, {})).code).toBe(code));

  it('is resolved each time, and not at all when its text decides', async () => {
    expect((await answer('https://git.example.com/a', {})).looked).toEqual(['git.example.com']);
    expect((await answer('https://git.example.com/a', { hosts: [] })).looked).toEqual([]);
    expect((await answer('https://git.example.com/a', ANY_REMOTE)).looked).toEqual([]);
    expect((await answer('https://140.82.121.3/a', {})).looked).toEqual([]);
  });

  it('that a proxy resolves is left to it, but not a number, and nothing by ssh', async () => {
    const proxied = { https_proxy: 'http://proxy.example.com:3128' };
    expect(await answer('https://inside.example.com/a', {}, proxied)).toEqual({ code: undefined, looked: [] });
    expect((await answer('https://127.1/a', {}, proxied)).code).toBe('git.not_allowed');
    expect((await answer('git@inside.example.com:a', {}, proxied)).code).toBe('git.not_allowed');
    const exempt = { ...proxied, no_proxy: 'inside.example.com' };
    expect((await answer('https://inside.example.com/a', {}, exempt)).code).toBe('git.not_allowed');
  });

  it('of this machine is allowed by name', async () => {
    expect((await answer('https://inside.example.com/a', { localHosts: ['inside.example.com'] })).code).toBeUndefined();
    expect((await answer('http://[::1]:3000/a', { localHosts: ['[::1]:*'] })).code).toBeUndefined();
  });

  it('that is a directory is judged by where its links lead', async () => {
    const root = await realpath(await mkdtemp(join(tmpdir(), 'agentcom-gate-')));
    try {
      for (const name of ['allowed', 'elsewhere']) await mkdir(join(root, name, 'a.git'), { recursive: true });
      await symlink('a.git', join(root, 'allowed', 'inside.git'));
      await symlink(join(root, 'elsewhere'), join(root, 'allowed', 'out'));
      const code = async (path: string, directories = [`${root}/allowed/*`]) =>
        (await answer(`file://${join(root, 'allowed', path)}`, { directories })).code;
      expect(await code('a.git')).toBeUndefined();
      expect(await code('inside.git')).toBeUndefined();
      expect(await code('none.git')).toBeUndefined();
      expect(await code('out/a.git')).toBe('git.not_allowed');
      expect(await code('out/a.git', ['*'])).toBeUndefined();
      await symlink(join(root, 'allowed'), join(root, 'named'));
      expect(await code('../named/a.git', [`${root}/named/*`])).toBeUndefined();
      expect(await code('out/a.git', [`${root}/allowed/*`, `${root}/allowed/out/a.git`])).toBeUndefined();
    } finally {
      await rm(root, { recursive: true });
    }
  });

  it('is resolved as the system does it, in any notation', async () => {
    const gate = new RemoteGate({ ...ANY_REMOTE, localHosts: [] }, {});
    for (const url of ['http://localhost/a', 'http://127.1/a', 'ssh://git@0x7f000001/a', 'git@localhost:a'])
      await expect(gate.need(url)).rejects.toMatchObject({ failure: { code: 'git.not_allowed' } });
  });
});
