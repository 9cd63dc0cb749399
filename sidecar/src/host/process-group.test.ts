import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { identify, isRunning, type ProcessIdentity } from '@agentcom/schemas/host';
import { afterEach, expect, it } from 'vitest';
import { groupLives, signalGroup } from './process-group.js';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** A process that leads a group; with `script` it is a shell. */
async function start(script = 'exec sleep 600'): Promise<{ child: ChildProcess; mark: ProcessIdentity }> {
  const child = spawn('/bin/sh', ['-c', `${script.includes('echo') ? '' : 'echo;'} ${script}`], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(child);
  if (child.stdout !== null) await once(child.stdout, 'data');
  const mark = identify(child.pid ?? 0);
  if (mark === undefined) throw new Error('it did not start');
  return { child, mark };
}

it('a process is alive until it ends, also before it is collected', async () => {
  const { child, mark } = await start();
  expect(isRunning(mark)).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isRunning(mark)).toBe(false);
});

it('a group can be ended after its leader is dead', async () => {
  const { child, mark } = await start('sleep 600 & echo; exec sleep 600');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(groupLives(mark)).toBe(true);
  signalGroup(mark, 'SIGKILL');
  await expect.poll(() => groupLives(mark)).toBe(false);
});

it('a group whose number means another process now is left alone', async () => {
  const { mark } = await start();
  const former = { ...mark, startedAt: '1' };
  signalGroup(former, 'SIGKILL');
  expect(groupLives(former)).toBe(false);
  expect(isRunning(mark)).toBe(true);
});

it('the group of every process there is belongs to nobody', () => {
  const first = { pid: 1, bootId: identify(process.pid)?.bootId ?? '', startedAt: identify(1)?.startedAt ?? '' };
  expect(groupLives(first)).toBe(false);
});
