import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { groupLives, signalGroup } from './process-group.js';
import { isAlive, markOf, type ProcessMark, parseMark } from './process-mark.js';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** A process that leads a group; with `script` it is a shell. */
async function start(script = 'exec sleep 600'): Promise<{ child: ChildProcess; mark: ProcessMark }> {
  const child = spawn('/bin/sh', ['-c', `${script.includes('echo') ? '' : 'echo;'} ${script}`], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(child);
  if (child.stdout !== null) await once(child.stdout, 'data');
  const mark = child.pid === undefined ? null : markOf(child.pid);
  if (mark === null) throw new Error('it did not start');
  return { child, mark };
}

it('a process is alive until it ends, also before it is collected', async () => {
  const { child, mark } = await start();
  expect(isAlive(mark)).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isAlive(mark)).toBe(false);
});

it('another process under the same number, or of another boot, is not taken for it', async () => {
  const { mark } = await start();
  expect(isAlive({ ...mark, started: '1' })).toBe(false);
  expect(isAlive({ ...mark, boot: 'another' })).toBe(false);
});

it('a mark survives being written down, and nothing else is taken for one', () => {
  const mark = markOf(process.pid);
  expect(parseMark(JSON.parse(JSON.stringify(mark)))).toEqual(mark);
  for (const wrong of [null, 1, {}, { pid: -1, started: '', boot: '' }, { pid: 1, started: '', boot: '' }]) {
    expect(parseMark(wrong)).toBeUndefined();
  }
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
  const former = { ...mark, started: '1' };
  signalGroup(former, 'SIGKILL');
  expect(groupLives(former)).toBe(false);
  expect(isAlive(mark)).toBe(true);
});
