import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, type ProcessIdentity } from '@agentcom/schemas/host';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { EventLog, identityOf, Scene } from './fixture.js';
import { serverFiles } from './server-files.js';
import { StoreInUse } from './server-process.js';

let scene: Scene;

beforeEach(async () => {
  scene = await Scene.open();
});

afterEach(() => scene.close());

async function gone(identity: ProcessIdentity): Promise<void> {
  await vi.waitFor(() => expect(isRunning(identity)).toBe(false), { timeout: 15_000, interval: 20 });
}

test('the server of a killed hub is taken over, and then kept running', async () => {
  const { identity, url } = await scene.killedHub();
  const log = new EventLog();
  const server = await scene.start({ onEvent: log.onEvent });
  expect([server.pid, server.url, server.adopted]).toEqual([identity.pid, url, true]);
  const restarted = log.next('restarted');
  process.kill(identity.pid, 'SIGKILL');
  await restarted;
  expect(server.pid).not.toBe(identity.pid);
  await scene.connect(server);
});

test('a server taken over is ended by stop', async () => {
  const { identity } = await scene.killedHub();
  const server = await scene.start();
  await server.stop();
  expect(isRunning(identity)).toBe(false);
});

test('the server of a hub that was killed before it could write down its process is taken over too', async () => {
  const { identity } = await scene.killedHub();
  rmSync(serverFiles(scene.dataDir).record);
  expect((await scene.start()).pid).toBe(identity.pid);
});

test('the server of a killed hub that would be started otherwise now is ended and replaced', async () => {
  const { identity, url } = await scene.killedHub();
  const server = await scene.start({ maxStoreBytes: 2 ** 30 });
  expect(isRunning(identity)).toBe(false);
  expect([server.adopted, server.url]).toEqual([false, url]);
});

test('the server of a killed hub that dies before the next start is simply started', async () => {
  const { identity } = await scene.killedHub();
  process.kill(identity.pid, 'SIGKILL');
  await gone(identity);
  expect((await scene.start()).adopted).toBe(false);
});

test('a server on the store that does not accept our credential is not touched, and the store neither', async () => {
  const { identity } = await scene.killedHub();
  const files = serverFiles(scene.dataDir);
  const credentials = JSON.parse(readFileSync(files.credentials, 'utf8')) as object;
  writeFileSync(files.credentials, JSON.stringify({ ...credentials, password: 'another' }));
  await expect(scene.start()).rejects.toThrow(
    `process ${identity.pid} holds the streams in ${scene.dataDir} and does not accept the credential`,
  );
  expect(isRunning(identity)).toBe(true);
});

test('a server on the store that bears another name is not touched', async () => {
  const { identity } = await scene.killedHub();
  const files = serverFiles(scene.dataDir);
  const credentials = JSON.parse(readFileSync(files.credentials, 'utf8')) as object;
  writeFileSync(files.credentials, JSON.stringify({ ...credentials, serverName: 'another' }));
  await expect(scene.start()).rejects.toBeInstanceOf(StoreInUse);
  expect(isRunning(identity)).toBe(true);
});

test('a server on the store that was started from another program is not touched', async () => {
  const program = join(scene.folder, 'nats-server');
  symlinkSync(scene.executable, program);
  const { identity } = await scene.killedHub(program);
  rmSync(serverFiles(scene.dataDir).record);
  await expect(scene.start()).rejects.toThrow(`runs ${program}, which this hub did not start`);
  expect(isRunning(identity)).toBe(true);
});

test('a server on the store that stays silent is not touched', async () => {
  const { identity } = await scene.killedHub();
  process.kill(identity.pid, 'SIGSTOP');
  await expect(scene.start({ leftoverTimeoutMs: 100 })).rejects.toThrow('does not answer');
  expect(isRunning(identity)).toBe(true);
});

test('a server with our credential whose process is not known keeps others off the store', async () => {
  const { identity } = await scene.killedHub();
  const files = serverFiles(scene.dataDir);
  rmSync(files.record);
  rmSync(files.pid);
  await expect(scene.start()).rejects.toThrow(/an unknown process serves the streams/);
  expect(isRunning(identity)).toBe(true);
});

test('a server in a container that cannot be seen from here keeps others off the store until it is gone', async () => {
  const kill = await scene.killedHubInContainer();
  await expect(scene.start()).rejects.toThrow(`outside this container is using the streams in ${scene.dataDir}`);
  await kill();
  expect((await scene.start()).adopted).toBe(false);
});

test('a process that merely got the number of the old server is not touched', async () => {
  await (await scene.start()).stop();
  const stranger = spawn('cat', [], { stdio: ['pipe', 'ignore', 'ignore'] });
  scene.defer(() => stranger.kill('SIGKILL'));
  await once(stranger, 'spawn');
  const identity = identityOf(stranger.pid ?? 0);
  const files = serverFiles(scene.dataDir);
  writeFileSync(files.record, JSON.stringify({ identity, executable: scene.executable }));
  writeFileSync(files.pid, String(identity.pid));
  const server = await scene.start();
  expect(server.adopted).toBe(false);
  await server.stop();
  expect(isRunning(identity)).toBe(true);
});
