// What `up` does beside a hub that it has just started: the link with which the owner signs in, and what systemd is told.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as hub from '@agentcom/hub/main';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { EXIT } from '../exit.js';
import { runCommandLine } from '../program.js';
import { KEY, type Reply, type TestHub, temporaryDir, testHub, testWorld } from '../testing.js';

let dir: Awaited<ReturnType<typeof temporaryDir>>;
let server: TestHub;

beforeEach(async () => {
  dir = await temporaryDir();
});
afterEach(() => dir.remove());

/** `agentcom up` on a terminal, which is stopped once `isOver` holds of what it has printed. */
async function up(reply: Reply, isOver: (shown: string) => boolean, env: Readonly<Record<string, string>> = {}) {
  let stop: (() => void) | undefined;
  let asked: () => void = () => undefined;
  const request = new Promise<void>((resolve) => {
    asked = resolve;
  });
  server = await testHub(() => {
    asked();
    return reply;
  });
  const keyFile = join(dir.path, 'owner.key');
  await writeFile(keyFile, KEY, { mode: 0o600 });
  vi.spyOn(hub, 'startHub').mockResolvedValue({
    url: server.url,
    publicUrl: undefined,
    keyFile,
    dataDir: dir.path,
    degraded: [],
    stop: () => server.stop(),
    stopped: new Promise(() => undefined),
    report: {
      version: '0.1.0',
      phase: 'leading',
      tookMs: 1,
      nats: { url: 'nats://127.0.0.1:1', version: undefined, isOwn: true, fsync: 'always', replicas: 1 },
      data: { dir: dir.path, freeBytes: 1 },
      transport: { kind: 'local' },
      mail: undefined,
      recovered: undefined,
    },
  });
  const world = testWorld({ home: dir.path, isTerminal: true, env });
  const shown = () => world.out() + world.err();
  const stopWhenOver = (write: (text: string) => void) => (text: string) => {
    write(text);
    if (isOver(shown())) void request.then(() => stop?.());
  };
  const exit = await runCommandLine(
    {
      ...world,
      stdout: { ...world.stdout, write: stopWhenOver(world.stdout.write) },
      stderr: { ...world.stderr, write: stopWhenOver(world.stderr.write) },
      onStopSignal: (handler) => {
        stop = () => handler('SIGINT');
        return () => undefined;
      },
    },
    ['up', '--data-dir', dir.path],
  );
  return { exit, out: world.out(), err: world.err() };
}

it('the link is shown behind the start screen, with the time that the hub gives it', async () => {
  const body = { url: 'http://127.0.0.1:7700/sign-in#token', expiresAt: '2026-01-31T12:05:00Z' };
  const { exit, out } = await up({ status: 201, body }, (shown) => shown.includes('#token'));
  expect(exit).toBe(EXIT.done);
  expect(out).toMatch(/Press Ctrl-C to stop\.\S*\nOpen this in a browser to sign in; it works once, within 5 min:\n/);
});

it('the link is not waited for by the start screen', async () => {
  const { exit, out } = await up('silence', (shown) => shown.includes('Press Ctrl-C'));
  expect(exit).toBe(EXIT.done);
  expect(out).toContain('is ready');
});

it('a link that cannot be had is said to be missing, and the hub serves on', async () => {
  const { exit, out, err } = await up('close', (shown) => shown.includes('warning'));
  expect(exit).toBe(EXIT.done);
  expect(out).toContain('is ready');
  expect(err).toContain('Try later: agentcom login');
});

it('systemd is told that the hub is ready, and that it stops', async () => {
  const told = join(dir.path, 'told');
  await writeFile(join(dir.path, 'systemd-notify'), `#!/bin/sh\necho "$@" >> '${told}'\n`, { mode: 0o755 });
  const env = { PATH: `${dir.path}:${process.env.PATH}`, NOTIFY_SOCKET: '/run/n' };
  const { exit } = await up('silence', (shown) => shown.includes('Press Ctrl-C'), env);
  expect(exit).toBe(EXIT.done);
  expect(await readFile(told, 'utf8')).toBe('READY=1\nSTOPPING=1\n');
});
