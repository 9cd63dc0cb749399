// A hub behind a certificate of a private authority, which only the system's own store of certificates has.

import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { createServer } from 'node:tls';
import { listening, stopped, testAuthority } from '@agentcom/schemas/host/network/testing';
import { expect, onTestFinished, test } from 'vitest';
import { CLI } from '../support/cli.js';
import { startHub } from '../support/hub.js';
import { withOwnStore } from '../support/own-store.js';
import { testSandbox } from '../support/test-sandbox.js';
import { eventually, within } from '../support/wait.js';

const COMMAND_TIMEOUT_MS = 60_000;

test('an authority that only the system’s store has is enough for commands, join and the sidecar', async ({ skip }) => {
  const authority = await testAuthority();
  onTestFinished(() => authority.remove());
  const inStore = withOwnStore(authority.file);
  if (inStore === undefined) return skip('this user can mount nothing over the system’s store');
  const sandbox = testSandbox();
  const hub = await startHub(sandbox);
  const front = createServer(await authority.issue('localhost'), (socket) => {
    const onwards = connect(hub.port, '127.0.0.1');
    for (const one of [socket, onwards]) one.on('error', () => undefined);
    socket.pipe(onwards).pipe(socket);
  });
  const url = `https://localhost:${await listening(front)}`;
  onTestFinished(() => stopped(front));

  const gone = { SSL_CERT_FILE: undefined, NODE_EXTRA_CA_CERTS: undefined };
  const env = { ...gone, NO_PROXY: 'localhost', no_proxy: 'localhost' };
  const run = ([program, ...words]: readonly [string, ...string[]]) => sandbox.run(program, words, { env });
  const command = (...args: string[]) => [process.execPath, CLI, ...args] as const;
  const end = (...args: Parameters<typeof run>) => {
    const child = run(...args);
    return within(child.ended, COMMAND_TIMEOUT_MS, args.join(' ')).then(({ code }) => ({ code, tail: child.tail }));
  };

  const list = command('agent', 'list', '--hub', url, '--key-file', hub.keyFile);
  expect(await end(list)).toMatchObject({ code: 69, tail: expect.stringContaining('certificate') });
  expect(await end(inStore(list))).toMatchObject({ code: 0 });

  const { token } = await hub.api.need<{ token: string }>('POST', '/enrolments', { uses: 1 });
  const tokenFile = sandbox.path('token');
  writeFileSync(tokenFile, token);
  const dir = sandbox.path('builder');
  const more = ['--token-file', tokenFile, '--name', 'builder', '--no-test', '--dir', dir, '--', '/bin/cat'];
  expect(await end(inStore(command('join', url, ...more)))).toMatchObject({ code: 0 });
  const sidecar = run(inStore(command('sidecar', '--config', `${dir}/sidecar.toml`)));
  await eventually('the sidecar at the hub', COMMAND_TIMEOUT_MS, async () => {
    if ((await hub.api.agent('builder')).connected) return true;
    throw new Error(sidecar.tail);
  });
  expect((await sidecar.stop()).code).toBe(0);
  expect((await hub.stop()).code).toBe(0);
});
