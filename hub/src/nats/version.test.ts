import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { locateServer } from './locate.js';
import { compareVersions, NatsTooOld, requireVersion } from './version.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agentcom-version-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function program(path: string, version: string): string {
  const whole = join(folder, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, `#!/bin/sh\necho 'nats-server: v${version}'\n`);
  chmodSync(whole, 0o700);
  return whole;
}

/** An environment in which nothing of this machine is found. */
function env(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { HOME: join(folder, 'home'), PATH: join(folder, 'empty'), ...more };
}

test('versions compare by their numbers', () => {
  const ordered = ['2.9.25', '2.10.0', '2.10.9', '2.10.27', '2.15.1', '10.0.0'];
  expect([...ordered].reverse().sort(compareVersions)).toEqual(ordered);
  expect(compareVersions('v2.10.0-RC.1', '2.10.0')).toBe(0);
});

test('2.10 is enough, 2.9 and what cannot be read are not', () => {
  for (const version of ['2.10.0', '2.10.27', '2.15.1', '3.0.0'])
    expect(() => requireVersion(version, 'here')).not.toThrow();
  for (const version of ['2.9.99', '1.20.0', 'unknown', '']) {
    expect(() => requireVersion(version, 'here')).toThrow(`nats-server ${version} (here) is too old`);
  }
});

test('a named program is taken before any other', async () => {
  const named = program('named/server', '2.10.1');
  program('bin/nats-server', '2.15.1');
  const found = await locateServer(env({ AGENTCOM_NATS_SERVER: named, PATH: join(folder, 'bin') }));
  expect(found).toEqual({ executable: named, version: '2.10.1' });
});

test('a named program that is too old is refused, not passed over', async () => {
  const named = program('named/server', '2.9.0');
  program('bin/nats-server', '2.15.1');
  const where = env({ AGENTCOM_NATS_SERVER: named, PATH: join(folder, 'bin') });
  await expect(locateServer(where)).rejects.toBeInstanceOf(NatsTooOld);
});

test('one on PATH is taken before the cache, unless it is too old', async () => {
  const cached = program('cache/agentcom/nats-server-2.15.1/nats-server', '2.15.1');
  program('old/nats-server', '2.9.25');
  const good = program('bin/nats-server', '2.10.27');
  const where = env({ XDG_CACHE_HOME: join(folder, 'cache'), PATH: `${join(folder, 'old')}::${join(folder, 'bin')}` });
  expect((await locateServer(where)).executable).toBe(good);
  expect((await locateServer({ ...where, PATH: join(folder, 'old') })).executable).toBe(cached);
});

test('of those in the cache the newest is taken', async () => {
  program('home/.cache/agentcom/nats-server-2.9.25/nats-server', '2.9.25');
  program('home/.cache/agentcom/nats-server-2.10.27/nats-server', '2.10.27');
  const newest = program('home/.cache/agentcom/nats-server-2.15.1/usr/sbin/nats-server', '2.15.1');
  expect((await locateServer(env())).executable).toBe(newest);
});

test('when there is none, it says how to get one', async () => {
  await expect(locateServer(env())).rejects.toThrow(/no nats-server 2\.10\.0 or newer .*setup\.mjs --nats-only/);
});
