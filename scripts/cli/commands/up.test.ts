import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EXIT } from '../exit.js';
import { runCommandLine } from '../program.js';
import { temporaryDir, testWorld } from '../testing.js';
import type { World } from '../world.js';

let dir: Awaited<ReturnType<typeof temporaryDir>>;
let silent: Server;

beforeEach(async () => {
  dir = await temporaryDir();
  silent = createServer((socket) => socket.on('error', () => undefined));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  silent.close();
  await dir.remove();
});

/** `agentcom up` in a world in which a signal comes once it listens for one and `waits` has resolved. */
async function upUntilSignal(nats: string, waits: Promise<unknown>) {
  let world = testWorld({ home: dir.path });
  let exited: number | undefined;
  const given: World = {
    ...world,
    onStopSignal: (handler) => {
      void waits.then(() => handler('SIGINT'));
      return () => undefined;
    },
    exitNow: (code) => {
      exited = code;
    },
  };
  world = { ...world, ...given };
  const exit = await runCommandLine(world, ['up', '--port', '0', '--nats', nats, '--data-dir', dir.path]);
  return { exit, exited, err: world.err() };
}

it('is given up by the first signal, whatever it waits for: an address at which nothing listens', async () => {
  const { exit, err } = await upUntilSignal('nats://127.0.0.1:1', Promise.resolve());
  expect(exit).toBe(EXIT.cancelled);
  expect(err).toContain('the hub was stopped before it was ready');
});

it('is given up by the first signal, whatever it waits for: a program that takes connections and says nothing', async () => {
  const { port } = silent.address() as { port: number };
  const { exit } = await upUntilSignal(`nats://127.0.0.1:${port}`, once(silent, 'connection'));
  expect(exit).toBe(EXIT.cancelled);
});
