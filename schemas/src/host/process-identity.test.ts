import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commandLine, identify, isProcessIdentity, isRunning, signal } from './process-identity.js';

test('a process is the same at every look, and another one is not', () => {
  const self = identify(process.pid);
  const parent = identify(process.ppid);
  expect(self).toEqual(identify(process.pid));
  expect(parent).toBeDefined();
  expect(parent?.bootId).toBe(self?.bootId);
  expect(parent).not.toEqual(self);
});

test('a number that a later process or another boot has reused does not count as running', () => {
  const self = identify(process.pid);
  if (self === undefined) throw new Error('unreachable');
  expect(isRunning(self)).toBe(true);
  expect(isRunning({ ...self, startedAt: `${self.startedAt}0` })).toBe(false);
  expect(isRunning({ ...self, bootId: 'another boot' })).toBe(false);
  expect(signal({ ...self, startedAt: '0' }, 'SIGKILL')).toBe(false);
});

test('nobody runs under a number that is not one', () => {
  for (const pid of [Number.NaN, 0, -1, 1.5, 2 ** 31 - 1]) expect(identify(pid)).toBeUndefined();
});

test('an ended process is gone, whatever its name looked like', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'agentcom-identity-'));
  const program = join(folder, 'a) Z 0 (b');
  symlinkSync('/bin/cat', program);
  const child = spawn(program, [], { stdio: ['pipe', 'ignore', 'ignore'] });
  try {
    await once(child, 'spawn');
    const identity = identify(child.pid ?? 0);
    if (identity === undefined) throw new Error('the process is not found');
    expect(isRunning(identity)).toBe(true);
    expect(commandLine(identity.pid)).toBe(program);
    expect(signal(identity, 'SIGKILL')).toBe(true);
    await once(child, 'exit');
    expect(identify(identity.pid)).toBeUndefined();
    expect(commandLine(identity.pid)).toBe('');
    expect(signal(identity, 'SIGKILL')).toBe(false);
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
});

test('an identity survives being written down, and nothing else is taken for one', () => {
  const self = identify(process.pid);
  const read: unknown = JSON.parse(JSON.stringify(self));
  expect(isProcessIdentity(read)).toBe(true);
  expect(read).toEqual(self);
  for (const wrong of [null, 1, {}, { ...self, pid: -1 }, { ...self, pid: 0 }, { ...self, bootId: undefined }]) {
    expect(isProcessIdentity(wrong)).toBe(false);
  }
});
