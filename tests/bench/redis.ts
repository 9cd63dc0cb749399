// A redis-server of our own that has every change on disk before it answers.

import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Child } from '../support/child.js';
import { REPOSITORY } from '../support/cli.js';
import { freePort } from '../support/free-port.js';
import type { Sandbox } from '../support/sandbox.js';
import { eventually } from '../support/wait.js';

const FETCH_TIMEOUT_MS = 180_000;
const START_TIMEOUT_MS = 20_000;

export interface RunningRedis {
  readonly port: number;
  readonly version: string;
  readonly child: Child;
}

/** Throws with a line for people when there is no redis-server to be had. */
export async function startRedis(sandbox: Sandbox): Promise<RunningRedis> {
  const program = await locateRedis();
  const port = await freePort();
  const dir = sandbox.path('redis');
  mkdirSync(dir, { recursive: true });
  const settings = {
    port,
    bind: '127.0.0.1',
    dir,
    appendonly: 'yes',
    appendfsync: 'always',
    save: '',
    daemonize: 'no',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = sandbox.run(program, args);
  await eventually('redis-server', START_TIMEOUT_MS, () => {
    if (child.hasEnded) throw new Error(child.tail);
    return answers(port);
  });
  const { stdout } = await promisify(execFile)(program, ['--version']);
  return { port, child, version: /v=([\d.]+)/.exec(stdout)?.[1] ?? 'unknown' };
}

async function locateRedis(): Promise<string> {
  const setup = join(REPOSITORY, 'scripts', 'setup.mjs');
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [setup, '--redis'], { timeout: FETCH_TIMEOUT_MS });
    return stdout.trim().split('\n').at(-1) ?? '';
  } catch (error) {
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    throw new Error(stderr === '' ? String(error) : (stderr.split('\n').at(-1) ?? stderr));
  }
}

function answers(port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' }, () => socket.write('PING\r\n'));
    const finish = (answer: true | undefined) => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('data', (data) => finish(String(data).startsWith('+PONG') || undefined));
    socket.on('error', () => finish(undefined));
    socket.setTimeout(1_000, () => finish(undefined));
  });
}
