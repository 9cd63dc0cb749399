// The service manager is a small program that remembers what it was told; the hub is one that answers as ready once it is waited for.

import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { lockDirectory } from '@agentcom/schemas/host';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../exit.js';
import { TestMachine } from '../join/testing.js';
import { runCommandLine } from '../program.js';
import { checkStore } from '../store-checks.js';
import { deadAddress, KEY, temporaryDir, testWorld } from '../testing.js';

let dir: Awaited<ReturnType<typeof temporaryDir>>;
let machine: TestMachine;
let port: string;
let hub: Server | undefined;
/** What the hub says of itself. */
let ready: { readonly status: number; readonly body: object };

beforeEach(async () => {
  dir = await temporaryDir();
  machine = await TestMachine.at(dir.path);
  port = new URL(await deadAddress()).port;
  ready = { status: 200, body: { status: 'ready', reasons: [] } };
  await machine.link('cat');
  await machine.program('nats-server', 'echo "nats-server: v2.10.27"');
  await writeFile(join(dir.path, 'main.js'), '');
  await systemctl();
});
afterEach(async () => {
  await stopHub();
  await dir.remove();
});

const calls = () => join(dir.path, 'calls');
const state = () => join(dir.path, 'state');
const dataDir = () => join(machine.home, '.local', 'share', 'agentcom');
const unit = () => join(machine.home, '.config', 'systemd', 'user', 'agentcom.service');
const launcher = () => join(dataDir(), 'start.sh');
const environment = () => join(dataDir(), 'environment');

/** `becomes` is how what it starts stands from then on. */
async function systemctl(becomes = 'ActiveState=active'): Promise<void> {
  await machine.program(
    'systemctl',
    `echo "$*" >> '${calls()}'
case "$*" in
*" restart "*) printf '%b\\n' '${becomes}' > '${state()}' ;;
*" stop "* | *" disable "*) echo ActiveState=inactive > '${state()}' ;;
*"show agentcom.service"*) cat '${state()}' ;;
esac`,
  );
}

async function told(): Promise<readonly string[]> {
  const lines = (await readFile(calls(), 'utf8').catch(() => '')).trim().split('\n');
  await rm(calls(), { force: true });
  return lines.map((line) => line.replace('--user --no-pager ', '')).filter((line) => !/^(show|$)/.test(line));
}

async function startHub(): Promise<void> {
  if (hub !== undefined) return;
  hub = createServer((_request, response) => {
    response.writeHead(ready.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(ready.body));
  });
  await new Promise<void>((resolve) => hub?.listen(Number(port), '127.0.0.1', resolve));
  await writeFile(join(dataDir(), 'address'), `http://127.0.0.1:${port}\n`);
  await writeFile(join(dataDir(), 'owner.key'), KEY);
}

async function stopHub(): Promise<void> {
  hub?.closeAllConnections();
  await new Promise<void>((resolve) => (hub === undefined ? resolve() : hub.close(() => resolve())));
  hub = undefined;
}

/** Its clock runs ahead, so that whoever waits in vain asks a few times only. */
function worldOf(env: Readonly<Record<string, string>> = {}) {
  const world = testWorld({ home: machine.home, env: { ...machine.env, ...env } });
  const sleep = async (ms: number) => {
    await startHub();
    await world.sleep(20 * ms);
  };
  return { ...world, entry: join(dir.path, 'main.js'), sleep };
}

async function up(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const world = worldOf(env);
  const exit = await runCommandLine(world, ['up', '--service=user', '--port', port, ...args]);
  return { exit, out: world.out(), err: world.err() };
}

const STARTED = ['daemon-reload', 'enable agentcom.service', 'restart agentcom.service'];

describe('a hub as a service', () => {
  it('is installed with its flags and started, and says where everything is once it is ready', async () => {
    const { exit, out } = await up(['--host', '127.0.0.1', '--namespace', 'team']);
    expect(exit).toBe(EXIT.done);
    expect(await told()).toEqual(STARTED);
    const text = await readFile(unit(), 'utf8');
    expect(text).toContain(`WorkingDirectory=${dataDir()}\nExecStart="/bin/sh" "${launcher()}"\n`);
    expect(text).toContain(`:${machine.bin}"\nEnvironmentFile=-${environment()}\n`);
    expect(await readFile(launcher(), 'utf8')).toContain(
      `--v8-pool-size=1 "$entry" up --data-dir ${dataDir()} --host 127.0.0.1 --port ${port} --namespace team "$@"`,
    );
    expect(out).toContain(`AgentCom runs as a service.\nhub      http://127.0.0.1:${port}\n`);
    for (const said of [
      join(dataDir(), 'owner.key'),
      'journalctl --user -u agentcom.service -f',
      'systemctl --user stop agentcom.service',
      'loginctl enable-linger',
      'agentcom up --service --remove',
    ])
      expect(out).toContain(said);
  });

  it('has every variable that a hub started here would read, for its user alone, and no other', async () => {
    const env = {
      HTTPS_PROXY: 'http://me:secret@proxy:3128',
      AGENTCOM_PUBLIC_URL: 'https://hub.example.org',
      AGENTCOM_NATS_PASSWORD_FILE: 'password',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
      AGENTCOM_DATA_DIR: dataDir(),
      AGENTCOM_KEY: 'ac_x',
      SOMETHING: 'else',
    };
    await writeFile(join(machine.home, 'password'), 'p');
    await up([], env);
    expect(await readFile(environment(), 'utf8')).toBe(
      [
        `HOME="${machine.home}"`,
        'HTTPS_PROXY="http://me:secret@proxy:3128"',
        'OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:4318"',
        'AGENTCOM_PUBLIC_URL="https://hub.example.org"',
        `AGENTCOM_NATS_PASSWORD_FILE="${join(machine.home, 'password')}"`,
        '',
      ].join('\n'),
    );
    expect((await stat(environment())).mode & 0o777).toBe(0o600);
    expect(await readFile(unit(), 'utf8')).not.toContain('secret');
    await up();
    expect(await readFile(environment(), 'utf8')).toBe(`HOME="${machine.home}"\n`);
  });

  it('is left alone when the same is asked for again, from whatever shell', async () => {
    await up();
    await told();
    const { exit, out } = await up([], { PATH: `${machine.bin}:/somewhere/else` });
    expect(exit).toBe(EXIT.done);
    expect(out).toContain('already runs as a service with these settings; nothing was changed');
    expect(await told()).toEqual([]);
  });

  it('is replaced and started anew for other flags', async () => {
    await up();
    await told();
    const { out } = await up(['--log-level', 'debug']);
    expect(out).toContain('with the new settings');
    expect(await told()).toEqual(STARTED);
    expect(await readFile(launcher(), 'utf8')).toContain('--log-level debug "$@"');
  });

  it('that was stopped is started again by the same flags', async () => {
    await up();
    await stopHub();
    await writeFile(state(), 'ActiveState=inactive\n');
    await told();
    expect((await up()).out).toContain('runs as a service again');
    expect(await told()).toEqual(STARTED);
  });

  it('moves to another data directory, and leaves the data of before', async () => {
    await up();
    const other = join(dir.path, 'other');
    await stopHub();
    await mkdir(other);
    expect((await up(['--data-dir', other])).err).toContain(`stays in ${dataDir()}`);
    expect([launcher(), environment(), join(dataDir(), 'address')].map(existsSync)).toEqual([false, false, true]);
    expect(existsSync(join(other, 'start.sh'))).toBe(true);
  });

  it('counts as ready behind another hub, and is said to be on its way when it takes too long', async () => {
    ready = { status: 503, body: { reasons: [{ code: 'not_leader', message: 'not the leader' }] } };
    expect((await up()).exit).toBe(EXIT.done);
    ready = { status: 503, body: { reasons: [{ code: 'recovering', message: 'the journal is being read' }] } };
    const { exit, err } = await up(['--log-level', 'debug']);
    expect(exit).toBe(EXIT.retry);
    expect(err).toContain('service.not_ready: the service runs, but its hub is not ready: the journal is being read');
    expect(existsSync(unit())).toBe(true);
  });
});

describe('what fails', () => {
  const nothing = () => expect([dataDir(), unit()].map(existsSync)).toEqual([false, false]);

  it.each([
    ['--demo', ['--demo']],
    ['no port of its own', ['--port', '0']],
    ['--accept-journal-end', ['--accept-journal-end', '0:']],
    ['a setting that is not valid', ['--namespace', 'No']],
  ])('by its flags, changes nothing: %s', async (_what, args) => {
    expect((await up(args)).exit).toBe(EXIT.usage);
    expect(await told()).toEqual([]);
    nothing();
  });

  it('for want of a service manager, says at once what to do instead', async () => {
    await machine.unlink('systemctl');
    const { exit, err } = await up();
    expect(exit).toBe(EXIT.failed);
    expect(err).toContain('service.unavailable: the hub cannot be a service here: systemctl is not installed');
    expect(err).toContain('run `agentcom up` in a terminal');
    nothing();
  });

  it('for want of a nats-server, or of a free port, changes nothing', async () => {
    await machine.unlink('nats-server');
    expect(await up()).toMatchObject({ exit: EXIT.config, err: expect.stringContaining('install nats-server') });
    await machine.program('nats-server', 'echo "nats-server: v2.10.27"');
    const taken = createTcpServer();
    await new Promise<void>((resolve) => taken.listen(Number(port), '127.0.0.1', resolve));
    expect(await up()).toMatchObject({ exit: EXIT.failed, err: expect.stringContaining('another port with --port') });
    await new Promise((resolve) => taken.close(resolve));
    nothing();
  });

  it('because a hub runs on the data in a terminal, changes nothing and says so', async () => {
    const lock = await lockDirectory(dataDir());
    const { exit, err } = await up();
    lock.release();
    expect(exit).toBe(EXIT.failed);
    expect(err).toContain(`hub.already_running: a hub already runs on ${dataDir()} (process ${process.pid})`);
    expect([launcher(), unit()].map(existsSync)).toEqual([false, false]);
  });

  it('at the start of the hub, removes what was made', async () => {
    await systemctl('ActiveState=failed\\nSubState=failed\\nExecMainStatus=78');
    const { exit, err } = await up();
    expect(exit).toBe(EXIT.failed);
    expect(err).toContain('the hub has ended (failed, exit code 78); the service was removed again');
    expect(err).toContain('journalctl --user -u agentcom.service -n 50');
    nothing();
  });

  it('at the start with other flags, puts back the service that ran', async () => {
    await up();
    await told();
    const before = [await readFile(unit(), 'utf8'), await readFile(launcher(), 'utf8')];
    await systemctl('ActiveState=activating\\nSubState=auto-restart\\nExecMainStatus=1');
    const { err } = await up(['--log-level', 'debug']);
    expect(err).toContain('the hub has ended (auto-restart, exit code 1); the service runs as before');
    expect([await readFile(unit(), 'utf8'), await readFile(launcher(), 'utf8')]).toEqual(before);
    expect((await told()).slice(-3)).toEqual(STARTED);
  });

  it('with other flags, puts back the service that was stopped, and leaves it stopped', async () => {
    await up();
    await stopHub();
    await writeFile(state(), 'ActiveState=inactive\n');
    await told();
    const before = [await readFile(unit(), 'utf8'), await readFile(launcher(), 'utf8')];
    await systemctl('ActiveState=failed\\nSubState=failed\\nExecMainStatus=1');
    const { err } = await up(['--log-level', 'debug']);
    expect(err).toContain('the service is as it was before: installed and stopped');
    expect(err).toContain('Or see it in this terminal: agentcom up');
    expect([await readFile(unit(), 'utf8'), await readFile(launcher(), 'utf8')]).toEqual(before);
    expect((await told()).slice(-2)).toEqual(['daemon-reload', 'enable agentcom.service']);
  });
});

describe('up --service --remove', () => {
  const remove = async () => {
    const world = worldOf();
    return { exit: await runCommandLine(world, ['up', '--service', '--remove']), out: world.out() };
  };

  it('stops and removes the service, and says where its data stays and how to delete it', async () => {
    await up();
    await told();
    await mkdir(join(dataDir(), 'agents'));
    const { exit, out } = await remove();
    expect(exit).toBe(EXIT.done);
    expect((await told()).slice(0, 3)).toEqual([
      'stop agentcom.service',
      'disable --now agentcom.service',
      'daemon-reload',
    ]);
    expect([unit(), launcher(), environment()].map(existsSync)).toEqual([false, false, false]);
    expect(existsSync(join(dataDir(), 'address'))).toBe(true);
    expect(out).toContain(`stays in ${dataDir()}`);
    expect(out).toMatch(/agentcom leave .*\n {2}rm -r /);
    expect((await remove()).out).toContain('nothing was changed');
  });

  it('goes with --service only', async () => {
    const world = worldOf();
    expect(await runCommandLine(world, ['up', '--remove'])).toBe(EXIT.usage);
  });
});

describe('doctor', () => {
  const checked = async () => (await checkStore(worldOf())).filter(({ name }) => name === 'hub service');

  it('says nothing of a service that is not here', async () => {
    expect(await checked()).toEqual([]);
  });

  it('says whether it runs, and whether what it starts is there', async () => {
    await up(['--log-level', 'debug']);
    expect(await checked()).toMatchObject([
      { state: 'pass' },
      { state: 'pass', detail: expect.stringMatching(/^running/) },
    ]);
    await writeFile(state(), 'ActiveState=inactive\n');
    expect(await checked()).toMatchObject([
      {},
      { state: 'warn', remedy: expect.stringContaining('systemctl --user start') },
    ]);
    await writeFile(state(), 'ActiveState=failed\nExecMainStatus=78\n');
    expect(await checked()).toMatchObject([{}, { state: 'fail', detail: 'not running (failed, exit code 78)' }]);
    await rm(join(dir.path, 'main.js'));
    expect(await checked()).toMatchObject([
      { state: 'fail', detail: expect.stringMatching(/main\.js, which is gone$/) },
      {},
    ]);
  });

  it('says when its Node is gone, and the line that writes it anew', async () => {
    await up(['--log-level', 'debug']);
    const text = await readFile(launcher(), 'utf8');
    await writeFile(launcher(), text.replace(/^node=.*$/m, "node='/gone with/node'"));
    expect(await checked()).toMatchObject([
      {
        state: 'warn',
        detail: expect.stringContaining('/gone with/node is gone'),
        remedy: `Recreate it: agentcom up --service=user --data-dir ${dataDir()} --port ${port} --log-level debug`,
      },
      {},
    ]);
  });
});
