import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Systemd } from './systemd.js';

const silent = { warn: () => undefined };

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'agentcom-systemd-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('systemd', () => {
  /** The program, in a PATH of its own; it writes down what it is told. */
  async function environment(more: Record<string, string>): Promise<Record<string, string>> {
    const program = join(dir, 'systemd-notify');
    await writeFile(program, `#!/bin/sh\necho "$@" >> "${dir}/told"\n`);
    await chmod(program, 0o755);
    return { PATH: `${dir}${delimiter}${process.env.PATH}`, ...more };
  }
  const told = async () => (await readFile(join(dir, 'told'), 'utf8').catch(() => '')).trim().split('\n');

  it('is told of the start, that it lives, and of the stop', async () => {
    const systemd = new Systemd(await environment({ NOTIFY_SOCKET: '/run/n', WATCHDOG_USEC: '200000' }), silent);
    systemd.ready();
    await expect.poll(told, { timeout: 15_000 }).toContain('WATCHDOG=1');
    await systemd.stopping();
    expect((await told())[0]).toBe('READY=1');
    expect((await told()).at(-1)).toBe('STOPPING=1');
  });

  it('is told nothing where it does not listen, and not that another process lives', async () => {
    const nobody = new Systemd(await environment({ WATCHDOG_USEC: '200000' }), silent);
    nobody.ready();
    await nobody.stopping();
    expect(await told()).toEqual(['']);
    const other = { NOTIFY_SOCKET: '/run/n', WATCHDOG_USEC: '1', WATCHDOG_PID: '1' };
    const notOurs = new Systemd(await environment(other), silent);
    notOurs.ready();
    await notOurs.stopping();
    expect(await told()).toEqual(['READY=1', 'STOPPING=1']);
  });

  it('that cannot be told is no reason to stop', async () => {
    const warnings: string[] = [];
    const log = { warn: (_about: object, message: string) => warnings.push(message) };
    const systemd = new Systemd({ PATH: dir, NOTIFY_SOCKET: '/run/n' }, log);
    systemd.ready();
    await systemd.stopping();
    expect(warnings).toEqual(['systemd was not told READY=1', 'systemd was not told STOPPING=1']);
  });
});
