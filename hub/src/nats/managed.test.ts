import { once } from 'node:events';
import {
  chmodSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect as connectSocket, createServer } from 'node:net';
import { join } from 'node:path';
import { codeOf, isRunning } from '@agentcom/schemas/host';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from 'nats';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { connectNats, type NatsStatus } from './connect.js';
import { EventLog, identityOf, QUICK, Scene } from './fixture.js';
import { serverFiles } from './server-files.js';

let scene: Scene;

beforeEach(async () => {
  scene = await Scene.open();
});

afterEach(() => scene.close());

test('it serves JetStream to its own credential only, with large messages', async () => {
  const server = await scene.start();
  const nc = await scene.connect(server);
  expect(nc.info?.max_payload).toBe(8 * 1024 * 1024);
  expect((await jetstreamManager(nc)).streams).toBeDefined();
  await expect(connect({ servers: server.url, reconnect: false })).rejects.toThrow(/authorization/i);
  await expect(connect({ servers: server.url, user: 'agentcom', pass: 'guess', reconnect: false })).rejects.toThrow(
    /authorization/i,
  );
});

test('every write is configured to be synced', async () => {
  await scene.start();
  expect(readFileSync(serverFiles(scene.dataDir).config, 'utf8')).toMatch(/^ {2}sync_interval: always$/m);
});

test('killed, it is started again on the same port and store, and the hub hears of it', async () => {
  const log = new EventLog();
  const server = await scene.start({ onEvent: log.onEvent });
  const statuses: NatsStatus[] = [];
  const back = new Promise<void>((resolve) => {
    const onStatus = (status: NatsStatus) => {
      statuses.push(status);
      if (status.kind === 'reconnected') resolve();
    };
    void connectNats({ url: server.url, credentials: server.credentials, name: 'test', onStatus }).then((hub) => {
      scene.defer(() => hub.close());
    });
  });
  const nc = await scene.connect(server);
  await (await jetstreamManager(nc)).streams.add({ name: 'S', subjects: ['s'] });
  await jetstream(nc).publish('s', 'kept');
  for (let round = 0; round < 2; round++) {
    const { pid, url } = server;
    const restarted = log.next('restarted');
    process.kill(pid, 'SIGKILL');
    await restarted;
    expect(server.pid).not.toBe(pid);
    expect(server.url).toBe(url);
  }
  expect(log.kinds).toEqual(['exited', 'restarted', 'exited', 'restarted']);
  expect(log.events[0]).toMatchObject({ kind: 'exited', how: 'SIGKILL', isWanted: false });
  const again = await scene.connect(server);
  expect((await (await jetstreamManager(again)).streams.getMessage('S', { seq: 1 }))?.string()).toBe('kept');
  await back;
  expect(statuses.filter(({ kind }) => kind !== 'disconnected')[0]).toEqual({ kind: 'reconnected' });
});

test('stopped and started again it has its port, its credential and its messages', async () => {
  const first = await scene.start();
  const { credentials, url } = first;
  const nc = await scene.connect(first);
  await (await jetstreamManager(nc)).streams.add({ name: 'S', subjects: ['s'] });
  await jetstream(nc).publish('s', 'kept');
  await nc.close();
  const identity = identityOf(first.pid);
  await Promise.all([first.stop(), first.stop()]);
  expect(isRunning(identity)).toBe(false);

  const second = await scene.start();
  expect([second.url, second.credentials, second.adopted]).toEqual([url, credentials, false]);
  const again = await scene.connect(second);
  expect((await (await jetstreamManager(again)).streams.getMessage('S', { seq: 1 }))?.string()).toBe('kept');
});

test('when somebody else has its port by the next start, it takes another', async () => {
  const first = await scene.start();
  const port = Number(new URL(first.url).port);
  await first.stop();
  const stranger = createServer();
  scene.defer(() => stranger.close());
  stranger.listen(port, '127.0.0.1');
  await once(stranger, 'listening');
  const second = await scene.start();
  expect(second.url).not.toBe(first.url);
  await expect(scene.start({ port, dataDir: join(scene.folder, 'other') })).rejects.toThrow(
    `port ${port} of 127.0.0.1 is in use`,
  );
});

test('a server that does not end when asked is made to', async () => {
  const server = await scene.start({ stopGraceMs: 100 });
  const identity = identityOf(server.pid);
  process.kill(server.pid, 'SIGSTOP');
  await server.stop();
  expect(isRunning(identity)).toBe(false);
});

test('stopped while it waits to start again, it stays down', async () => {
  const log = new EventLog();
  const server = await scene.start({
    onEvent: log.onEvent,
    restart: { ...QUICK, baseMs: 3_600_000, capMs: 3_600_000 },
  });
  const exited = log.next('exited');
  process.kill(server.pid, 'SIGKILL');
  await exited;
  await server.stop();
  expect(log.kinds).toEqual(['exited']);
  await (await scene.start()).stop();
});

test('a server that the hub ends itself to start it again says so', async () => {
  const log = new EventLog();
  const server = await scene.start({ onEvent: log.onEvent });
  const restarted = log.next('restarted');
  server.restart();
  await restarted;
  expect(log.events).toMatchObject([{ kind: 'exited', isWanted: true }, { kind: 'restarted' }]);
  await server.stop();
});

test('a server that cannot be started again is given up after a number of attempts', async () => {
  const program = join(scene.folder, 'nats-server');
  symlinkSync(scene.executable, program);
  const log = new EventLog();
  const server = await scene.start({ executable: program, onEvent: log.onEvent });
  rmSync(program);
  writeFileSync(program, '#!/bin/sh\necho broken for a test >&2\nexit 3\n');
  chmodSync(program, 0o700);
  const gaveUp = log.next('gave_up');
  process.kill(server.pid, 'SIGKILL');
  const event = await gaveUp;
  expect(event.kind === 'gave_up' && event.error.message).toMatch(/exited with code 3: broken for a test/);
  expect(log.kinds).toEqual(['exited', ...Array(QUICK.limit).fill('not_started'), 'gave_up']);
  await server.stop();
});

test('a server that cannot start says why, without its password, and leaves nothing running', async () => {
  await (await scene.start()).stop();
  const files = serverFiles(scene.dataDir);
  const { password } = JSON.parse(readFileSync(files.credentials, 'utf8')) as { password: string };
  rmSync(join(scene.dataDir, 'jetstream'), { recursive: true });
  writeFileSync(join(scene.dataDir, 'jetstream'), 'in the way');
  const failure = await scene.start().catch((error: unknown) => error);
  expect(failure).toMatchObject({
    name: 'ServerNotStarted',
    message: expect.stringMatching(/exited with code 1.*jetstream/is),
  });
  expect(String(failure)).not.toContain(password);
  rmSync(join(scene.dataDir, 'jetstream'));
  await scene.start();
});

test('two hubs on one directory: the second is refused, and the first serves on', async () => {
  const first = await scene.start();
  await expect(scene.start()).rejects.toMatchObject({ name: 'DirectoryInUse' });
  await scene.connect(first);
});

test('of two that start at once on one directory, one serves and the other is refused', async () => {
  const results = await Promise.allSettled([scene.start(), scene.start()]);
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(results.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { name: 'DirectoryInUse' } });
});

test('a server that is too old is refused before it is started, with what to do', async () => {
  const program = fakeServer('nats-server: v2.9.25');
  const failure = scene.start({ executable: program });
  await expect(failure).rejects.toMatchObject({ name: 'NatsTooOld', version: '2.9.25' });
  await expect(failure).rejects.toThrow(/^[^:]+ is too old: install nats-server 2\.10 or newer,[^:]+$/);
});

test('a program that is no nats-server, or is missing, is refused', async () => {
  await expect(scene.start({ executable: fakeServer('hello') })).rejects.toMatchObject({ name: 'NoNatsServer' });
  await expect(scene.start({ executable: join(scene.folder, 'missing') })).rejects.toMatchObject({
    name: 'NoNatsServer',
  });
});

test('nobody else can talk to it by accident: a plain socket learns its name and nothing more', async () => {
  const server = await scene.start();
  const socket = connectSocket(Number(new URL(server.url).port), '127.0.0.1');
  scene.defer(() => socket.destroy());
  const [hello] = (await once(socket, 'data')) as [Buffer];
  expect(JSON.parse(hello.toString().replace(/^INFO /, ''))).toMatchObject({ auth_required: true });
});

describe.runIf(process.platform === 'linux')('as the kernel shows it', () => {
  test('secrets lie in private files only: not in arguments, environment, log or address', async () => {
    const server = await scene.start();
    const { password } = server.credentials;
    const files = serverFiles(scene.dataDir);
    expect(statSync(scene.dataDir).mode & 0o777).toBe(0o700);
    expect(statSync(files.config).mode & 0o777).toBe(0o600);
    expect(statSync(server.credentialsFile).mode & 0o777).toBe(0o600);
    expect(readFileSync(server.credentialsFile, 'utf8')).toContain(password);
    for (const name of ['cmdline', 'environ'])
      expect(readFileSync(`/proc/${server.pid}/${name}`, 'utf8')).not.toContain(password);
    for (const path of [files.log, files.out, files.record]) expect(readFileSync(path, 'utf8')).not.toContain(password);
    expect(server.url).toMatch(/^nats:\/\/127\.0\.0\.1:\d+$/);
  });

  test('the environment of the hub does not reach it', async () => {
    vi.stubEnv('AGENTCOM_TEST_SECRET', 'do-not-inherit');
    try {
      const server = await scene.start();
      expect(readFileSync(`/proc/${server.pid}/environ`, 'utf8')).not.toContain('do-not-inherit');
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test('it listens on one port of the loopback and nowhere else', async () => {
    const server = await scene.start();
    const port = Number(new URL(server.url).port).toString(16).toUpperCase().padStart(4, '0');
    expect(listeningAddresses(server.pid)).toEqual([`0100007F:${port}`]);
  });

  test('Ctrl-C does not reach it: it leads a session of its own', async () => {
    const server = await scene.start();
    const stat = readFileSync(`/proc/${server.pid}/stat`, 'utf8');
    const [, , group, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    expect([Number(group), Number(session)]).toEqual([server.pid, server.pid]);
  });
});

function fakeServer(prints: string): string {
  const program = join(scene.folder, `fake-${readdirSync(scene.folder).length}`);
  writeFileSync(program, `#!/bin/sh\necho '${prints}'\n`);
  chmodSync(program, 0o700);
  return program;
}

/** Local addresses, as the kernel prints them, on which a process listens. */
function listeningAddresses(pid: number): string[] {
  const inodes = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    const match = /^socket:\[(\d+)\]$/.exec(leadsTo(`/proc/${pid}/fd/${fd}`));
    return match === null ? [] : [match[1]];
  });
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === '0A' && inodes.includes(fields[9]))
      .map((fields) => fields[1] ?? ''),
  );
}

/** Empty when it has been closed meanwhile. */
function leadsTo(fd: string): string {
  try {
    return readlinkSync(fd);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  }
}
