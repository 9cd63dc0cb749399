// Joining a machine, with every flag and way to go wrong. Long because each of them is tried on the whole command.

import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lockDirectory } from '@agentcom/schemas/host';
import { parse } from 'smol-toml';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../exit.js';
import { TestMachine } from '../join/testing.js';
import { runCommandLine } from '../program.js';
import {
  deadAddress,
  problem,
  type Received,
  type Reply,
  type TestHub,
  temporaryDir,
  testHub,
  testWorld,
} from '../testing.js';

const NOW = Date.parse('2026-01-31T12:00:00Z');
const SHOWN = { name: 'duly-noted', capabilities: [] };

let dir: Awaited<ReturnType<typeof temporaryDir>>;
let machine: TestMachine;
let hub: TestHub;
/** What the hub makes of things; a test changes what it is about. */
let answers: { ready: Reply; enrol: () => Reply; show: Reply };

beforeEach(async () => {
  dir = await temporaryDir();
  machine = await TestMachine.at(dir.path);
  await machine.program('git', 'echo git version 2.47.1');
  await machine.program('agent', 'exit 0');
  answers = {
    ready: { status: 200, body: { status: 'healthy', reasons: [] }, headers: { date: new Date(NOW).toUTCString() } },
    enrol: () => ({ status: 201, body: { agent: 'duly-noted', org: 'default', hub: 'http://elsewhere:1' } }),
    show: { status: 200, body: SHOWN },
  };
  hub = await testHub(({ url, method }) => {
    if (url.endsWith('/healthz')) return answers.ready;
    if (url.endsWith('/enrol')) return answers.enrol();
    return method === 'DELETE' ? { status: 204 } : answers.show;
  });
});
afterEach(async () => {
  await hub.stop();
  await dir.remove();
});

async function joining(args: readonly string[], more: Readonly<Record<string, string>> = { AGENTCOM_TOKEN: 'tok-1' }) {
  const world = testWorld({ home: machine.home, env: { ...machine.env, ...more } });
  const exit = await runCommandLine(world, ['join', hub.url, '--no-test', ...args]);
  return { exit, world };
}

it('sends nothing to a hub that is not encrypted, unless told to, once', async () => {
  const open = 'http://hub.example.org:7700';
  const join = async (flags: readonly string[]) => {
    const world = testWorld({ home: machine.home, env: { ...machine.env, AGENTCOM_TOKEN: 'tok-1', ...proxied } });
    return { exit: await runCommandLine(world, ['join', open, '--no-test', ...flags, ...COMMAND]), world };
  };
  const proxied = { http_proxy: await deadAddress() };
  const { exit, world } = await join([]);
  expect(exit).toBe(EXIT.usage);
  expect(world.err()).toContain(`${open} is not encrypted`);
  expect((await join(['--insecure'])).exit).toBe(EXIT.unreachable);
  expect((await joining(['--insecure', ...COMMAND])).exit).toBe(EXIT.done);
  expect(await config()).toMatchObject({ insecure: true });
});

const COMMAND = ['--', 'agent', '--json', '-x'];

it('finds out before it enrols that a directory cannot be written', async () => {
  const file = join(dir.path, 'a file');
  await writeFile(file, '');
  const { exit, world } = await joining(['--dir', join(file, 'agent'), ...COMMAND]);
  expect(exit).not.toBe(EXIT.done);
  expect(world.err()).toContain('join.not_ready');
  expect(world.err()).toMatch(/fail +directories +.*a file.agent is not writable[\s\S]*--dir/);
  expect(enrolments()).toEqual([]);
});

function agents(): string {
  return join(machine.home, '.local', 'share', 'agentcom', 'agents');
}

async function config(agent = 'duly-noted') {
  return parse(await readFile(join(agents(), agent, 'sidecar.toml'), 'utf8'));
}

function enrolments(): readonly Received[] {
  return hub.received.filter(({ url }) => url.endsWith('/enrol'));
}

function hashes(): readonly string[] {
  return enrolments().map(({ body }) => (body as { keyHash: string }).keyHash);
}

describe('joining', () => {
  it('says what it found, asks with the hash of its own key only, writes the configuration and says how to go on', async () => {
    const { exit, world } = await joining(['--capability', 'big', ...COMMAND]);
    expect(exit).toBe(EXIT.done);
    expect(enrolments()[0]?.body).toMatchObject({
      token: 'tok-1',
      capabilities: expect.arrayContaining(['git', 'big']),
    });
    expect(JSON.stringify(hub.received)).not.toContain('ac_');
    expect(await config()).toMatchObject({
      name: 'duly-noted',
      hub: hub.url,
      runner: { kind: 'command', argv: ['agent', '--json', '-x'] },
    });
    expect((await stat(join(agents(), 'duly-noted', 'sidecar.toml'))).mode & 0o777).toBe(0o600);
    expect(world.err()).toMatch(/pass +hub .*ready\npass +clock .*\npass +Node .*\npass +git +2\.47\.1/);
    expect(world.out()).toMatch(/duly-noted[\s\S]*agentcom sidecar --config[\s\S]*agentcom leave --config/);
  });

  it('takes the only agent that is installed, and says which are when there are several', async () => {
    await machine.program('codex', 'echo codex 1');
    expect((await joining([])).exit).toBe(EXIT.done);
    expect(await config()).toMatchObject({
      runner: { kind: 'codex' },
      capabilities: expect.arrayContaining(['codex']),
    });
    await machine.program('claude', 'echo claude 1');
    const { exit, world } = await joining(['--name', 'other']);
    expect(exit).toBe(EXIT.usage);
    expect(world.err()).toContain('--runner claude');
  });

  it('takes settings that are shared, with flags over them, and none that belong to one machine', async () => {
    const shared = join(dir.path, 'shared.toml');
    await writeFile(
      shared,
      'capabilities = ["team-a"]\n[runner]\nargv = ["agent"]\nmodel = "large"\n[git]\nauthorName = "Team"\n',
    );
    const { exit } = await joining([
      '--config-from',
      shared,
      '--author',
      'Ann <ann@example.org>',
      '--runner',
      'command',
    ]);
    expect(exit).toBe(EXIT.done);
    expect(await config()).toMatchObject({
      capabilities: expect.arrayContaining(['team-a', 'node']),
      runner: { kind: 'command', argv: ['agent'], model: 'large' },
      git: { authorName: 'Ann', authorEmail: 'ann@example.org' },
    });
    await writeFile(shared, 'keyFile = "key"\n');
    const refused = await joining(['--name', 'other', '--config-from', shared, ...COMMAND]);
    expect(refused.exit).toBe(EXIT.usage);
    expect(refused.world.err()).toContain('keyFile');
    await writeFile(shared, '[runner]\ncolour = "red"\n');
    expect((await joining(['--name', 'other', '--config-from', shared, ...COMMAND])).world.err()).toContain('colour');
    expect(await readdir(agents())).toEqual(['duly-noted']);
  });

  it('writes the container in which the agent is to run, and keeps it when it is run again', async () => {
    const container = { image: 'registry.example.org/agent:1', engine: 'docker' };
    await machine.program('docker', 'exit 0');
    const flags = ['--container', container.image, '--container-engine', 'docker'];
    expect((await joining([...flags, ...COMMAND])).exit).toBe(EXIT.done);
    expect(await config()).toMatchObject({ runner: { kind: 'command', container } });
    expect((await joining(COMMAND)).exit).toBe(EXIT.done);
    expect(await config()).toMatchObject({ runner: { container } });
  });

  it('refuses a user beside a container, from wherever they come, and an engine without an image', async () => {
    const shared = join(dir.path, 'shared.toml');
    await writeFile(shared, '[runner]\nuser = "tern"\n');
    for (const [flags, message] of [
      [['--run-user', 'tern', '--container', 'agent:1'], "'--container <image>' cannot be used with"],
      [
        ['--config-from', shared, '--container', 'agent:1'],
        'runner.user and runner.container.image exclude each other',
      ],
      [['--container-engine', 'podman'], '--container-engine needs an image'],
    ] as const) {
      const { exit, world } = await joining([...flags, ...COMMAND]);
      expect(exit).toBe(EXIT.usage);
      expect(world.err()).toContain(message);
    }
    expect(enrolments()).toEqual([]);
  });

  it('refuses a user as whom the agent cannot run', async () => {
    const { exit, world } = await joining(['--run-user', 'no-such-user', ...COMMAND]);
    expect(exit).toBe(EXIT.failed);
    expect(world.err()).toMatch(/fail +agent user [\s\S]*useradd/);
    expect(enrolments()).toEqual([]);
  });

  /** Of Debian: a user with a group of its own. */
  it.runIf(process.getuid?.() === 0 && existsSync('/etc/debian_version'))(
    'lets the user as whom the agent runs pass the directories that it makes, and no other',
    async () => {
      const place = join(dir.path, 'made', 'agent');
      const flags = ['--run-user', 'daemon', '--dir', place, ...COMMAND];
      expect((await joining(flags)).world.err()).toContain(`daemon cannot reach ${dir.path}`);
      for (const open of [dir.path, machine.bin]) await chmod(open, 0o711);
      expect((await joining(flags)).exit).toBe(EXIT.done);
      const modes = [dir.path, join(place, '..'), place].map(async (path) => (await stat(path)).mode & 0o777);
      expect(await Promise.all(modes)).toEqual([0o711, 0o711, 0o711]);
      expect((await stat(join(place, 'agent.key'))).mode & 0o777).toBe(0o600);
      // The same for an agent that has joined without it.
      await chmod(place, 0o700);
      expect((await joining(flags)).exit).toBe(EXIT.done);
      expect((await stat(place)).mode & 0o777).toBe(0o711);
    },
  );

  it('fetches shared settings only where nobody can change them on the way', async () => {
    const { exit, world } = await joining(['--config-from', 'http://config.example.org/a.toml', ...COMMAND]);
    expect(exit).toBe(EXIT.usage);
    expect(world.err()).toContain('not encrypted');
  });
});

describe('what fails', () => {
  const nothing = () => expect(existsSync(agents())).toBe(false);

  it.each([
    ['no program', ['--', 'nope'], /program nope not found/],
    ['no service manager', ['--service', ...COMMAND], /systemctl is not installed/],
  ])('before the hub is asked, leaves nothing: %s', async (_what, args, message) => {
    const { exit, world } = await joining(args);
    expect(exit).toBe(EXIT.failed);
    expect(world.err()).toMatch(message);
    expect(enrolments()).toEqual([]);
    nothing();
  });

  it('for a git that is too old or a clock that is wrong, leaves nothing', async () => {
    await machine.program('git', 'echo git version 2.20.0');
    expect((await joining(COMMAND)).exit).toBe(EXIT.failed);
    await machine.program('git', 'echo git version 2.40.0');
    answers.ready = {
      status: 200,
      body: { status: 'healthy', reasons: [] },
      headers: { date: new Date(NOW + 300_000).toUTCString() },
    };
    expect((await joining(COMMAND)).world.err()).toMatch(/clock .*differs/);
    nothing();
  });

  it('for a hub that is not there, is not ready, or is none, leaves nothing', async () => {
    answers.ready = { status: 503, body: { status: 'not_ready', reasons: [{ code: 'x', message: 'replaying' }] } };
    expect((await joining(COMMAND)).world.err()).toContain('replaying');
    answers.ready = { status: 200, body: 'Welcome to nginx' };
    expect((await joining(COMMAND)).world.err()).toContain('not an AgentCom hub');
    const world = testWorld({ home: machine.home, env: { ...machine.env, AGENTCOM_TOKEN: 't' } });
    expect(await runCommandLine(world, ['join', await deadAddress(), ...COMMAND])).toBe(EXIT.unreachable);
    nothing();
  });

  it.each([
    ['enrolment.invalid', 403],
    ['agent.name_taken', 409],
  ])('because the hub refuses with %s, leaves nothing', async (code, status) => {
    answers.enrol = () => problem(status, code, 'no');
    const { exit, world } = await joining(['--name', 'builder', ...COMMAND]);
    expect(exit).not.toBe(EXIT.done);
    expect(world.err()).toContain(code);
    nothing();
  });

  it('with its answer lost, keeps the key that the hub may know by then', async () => {
    answers.enrol = () => ({ status: 500, body: {} });
    await joining(COMMAND);
    answers.enrol = () => ({ status: 201, body: { agent: 'duly-noted', org: 'default', hub: 'x' } });
    expect((await joining(COMMAND)).exit).toBe(EXIT.done);
    const [first, second] = hashes();
    expect(first).toBe(second);
  });
});

describe('as a service', () => {
  const unit = () => join(machine.home, '.config', 'systemd', 'user', 'agentcom-duly-noted.service');

  it('starts the very program that joined, with the programs that this shell finds, and says how to look after it', async () => {
    await machine.program('systemctl', 'exit 0');
    const { exit, world } = await joining(['--service', ...COMMAND]);
    expect(exit).toBe(EXIT.done);
    const text = await readFile(unit(), 'utf8');
    const launcher = join(agents(), 'duly-noted', 'start.sh');
    expect(text).toContain(`ExecStart="/bin/sh" "${launcher}"\nEnvironment="PATH=`);
    expect(await readFile(launcher, 'utf8')).toContain(
      `sidecar --config ${join(agents(), 'duly-noted', 'sidecar.toml')} "$@"`,
    );
    expect(text).toContain(`:${machine.bin}"`);
    expect(world.out()).toContain('systemctl --user status agentcom-duly-noted.service');
    expect(text).not.toContain('ac_');
  });

  it('is told what a service does not have: the sign-in of a shell', async () => {
    await machine.program('systemctl', 'exit 0');
    await machine.program('claude', 'echo claude 1');
    const more = { AGENTCOM_TOKEN: 'tok-1', ANTHROPIC_API_KEY: 'sk-very-secret' };
    const { world } = await joining(['--service', '--runner', 'claude'], more);
    expect(world.err()).toMatch(/warn +service .*ANTHROPIC_API_KEY in this shell/);
    expect(world.err() + world.out() + (await readFile(unit(), 'utf8'))).not.toContain('sk-very-secret');
  });

  it('is not made while a sidecar runs that it is none of', async () => {
    await machine.program('systemctl', 'exit 0');
    await joining(COMMAND);
    const lock = await lockDirectory(join(agents(), 'duly-noted', 'state'));
    const { exit, world } = await joining(['--service', ...COMMAND]);
    expect(exit).toBe(EXIT.failed);
    expect(world.err()).toContain(`already running (process ${process.pid})`);
    lock.release();
  });
});

describe('joining again', () => {
  it('goes on with the agent of the same invitation, without asking the hub for another', async () => {
    await joining(COMMAND);
    const { exit, world } = await joining(['--capability', 'big', ...COMMAND]);
    expect(exit).toBe(EXIT.done);
    expect(enrolments()).toHaveLength(1);
    expect(world.out()).toContain('had already joined');
    expect(await config()).toMatchObject({ capabilities: expect.arrayContaining(['big']) });
    expect(await readdir(agents())).toEqual(['duly-noted']);
  });

  it('to a hub on this machine allows repositories here, says so, and leaves what was set', async () => {
    const { world } = await joining(COMMAND);
    expect(world.err()).toMatch(/pass +remotes +any, also on this machine/);
    expect(await config()).toMatchObject({ git: { directories: ['*'], localHosts: ['*'] } });
    const file = join(agents(), 'duly-noted', 'sidecar.toml');
    const text = await readFile(file, 'utf8');
    await writeFile(
      file,
      text.replace('directories = [ "*" ]', 'directories = [ ]').replace('localHosts = [ "*" ]', 'localHosts = [ ]'),
    );
    const again = await joining([], {});
    expect(again.world.err()).toMatch(/pass +remotes +any, none on this machine/);
    expect(await config()).toMatchObject({ git: { directories: [], localHosts: [] } });
  });

  it('needs no token for the only agent of the hub, and keeps what was set by hand', async () => {
    await joining(COMMAND);
    const file = join(agents(), 'duly-noted', 'sidecar.toml');
    await writeFile(file, `${await readFile(file, 'utf8')}model = "large"\n`);
    expect((await joining([], {})).exit).toBe(EXIT.done);
    expect(await config()).toMatchObject({ runner: { kind: 'command', argv: COMMAND.slice(1), model: 'large' } });
  });

  it.each([
    [{ draining: true }, 'It is draining and gets no tasks.', 'agent resume duly-noted --hub HUB'],
    [
      { unfit: { code: 'git.mirror', message: 'the mirror is broken', since: '2026-01-31T11:00:00Z' } },
      'held back',
      '',
    ],
    [{ limits: [{ until: '2026-01-31T13:00:00Z' }] }, 'usage limit', 'agent resume duly-noted --hub HUB'],
    [
      { runners: ['claude', 'codex'] },
      'its invitation allows only claude, codex, and its machine has command',
      'Join again with --runner claude,codex',
    ],
  ])('says why an agent that is %j gets no task, and how to change it', async (held, what, how) => {
    await joining(['--name', 'duly-noted', ...COMMAND]);
    answers.show = { status: 200, body: { ...SHOWN, ...held } };
    const { exit, world } = await joining(['--name', 'duly-noted']);
    expect(exit).toBe(EXIT.done);
    expect(world.out()).toContain(what);
    expect(world.out()).toContain(how.replace('HUB', hub.url));
    const again = await joining(['--name', 'duly-noted', '--json']);
    expect(JSON.parse(again.world.out())).toMatchObject({ how: 'kept', idle: [expect.stringContaining(what)] });
    answers.show = { status: 200, body: SHOWN };
    expect(JSON.parse((await joining(['--name', 'duly-noted', '--json'])).world.out())).not.toHaveProperty('idle');
  });

  it('with a new invitation for an agent that was taken out, makes a new key', async () => {
    await joining(['--name', 'duly-noted', ...COMMAND]);
    answers.show = problem(401, 'auth.invalid', 'unknown');
    const { exit } = await joining(['--name', 'duly-noted'], { AGENTCOM_TOKEN: 'tok-2' });
    expect(exit).toBe(EXIT.done);
    expect(new Set(hashes()).size).toBe(2);
    expect(await readdir(join(agents(), 'duly-noted'))).toEqual(['agent.key', 'invitation', 'sidecar.toml']);
  });

  it('--rejoin gives up the old key only once the invitation is good, and takes the name again', async () => {
    await joining(['--name', 'duly-noted', ...COMMAND]);
    const before = await readFile(join(agents(), 'duly-noted', 'agent.key'), 'utf8');
    answers.enrol = () => problem(403, 'enrolment.invalid', 'used up');
    expect((await joining(['--rejoin'], { AGENTCOM_TOKEN: 'bad' })).exit).toBe(EXIT.notAllowed);
    expect(await readFile(join(agents(), 'duly-noted', 'agent.key'), 'utf8')).toBe(before);
    expect(hub.received.some(({ method }) => method === 'DELETE')).toBe(false);

    let tries = 0;
    answers.enrol = () =>
      ++tries === 1
        ? problem(409, 'agent.name_taken', 'taken')
        : { status: 201, body: { agent: 'duly-noted', org: 'default', hub: 'x' } };
    expect((await joining(['--name', 'duly-noted', '--rejoin'], { AGENTCOM_TOKEN: 'tok-2' })).exit).toBe(EXIT.done);
    expect(hub.received.at(-2)).toMatchObject({
      method: 'DELETE',
      headers: { authorization: `Bearer ${before.trim()}` },
    });
    expect(await readFile(join(agents(), 'duly-noted', 'agent.key'), 'utf8')).not.toBe(before);
  });

  it('at another hub is refused for the same agent, so that its key goes to none but its own', async () => {
    await joining(['--name', 'duly-noted', ...COMMAND]);
    const file = join(agents(), 'duly-noted', 'sidecar.toml');
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll(hub.url, 'https://other.example.org'));
    const { exit, world } = await joining(['--name', 'duly-noted', ...COMMAND]);
    expect(exit).toBe(EXIT.usage);
    expect(world.err()).toContain('https://other.example.org');
    expect(hub.received.some(({ headers }) => headers.authorization !== undefined)).toBe(false);
  });
});

it('skips the test task of an agent that its invitation binds to repositories', async () => {
  answers.show = { status: 200, body: { ...SHOWN, repositories: ['https://git.example.org/shop/*'] } };
  const world = testWorld({ home: machine.home, env: { ...machine.env, AGENTCOM_TOKEN: 'tok-1' } });
  expect(await runCommandLine(world, ['join', hub.url, ...COMMAND])).toBe(EXIT.done);
  expect(world.err()).toContain('is bound to some repositories, and the test task has its own; skipped the test task');
  expect(world.out()).toMatch(/test task +skipped/);
});

describe('as one file', () => {
  it('puts a command into PATH, and does not touch another of its name', async () => {
    const data = join(machine.home, '.local', 'share', 'agentcom');
    const entry = join(data, 'bin', 'agentcom.mjs');
    await mkdir(join(data, 'bin'), { recursive: true });
    await writeFile(entry, '');
    const bin = join(machine.home, '.local', 'bin');
    const env = { ...machine.env, PATH: `${machine.bin}:${bin}`, AGENTCOM_TOKEN: 'tok-1' };
    const run = async () => {
      const world = { ...testWorld({ home: machine.home, env }), entry };
      expect(await runCommandLine(world, ['join', hub.url, '--no-test', ...COMMAND])).toBe(EXIT.done);
      return world.out();
    };
    expect(await run()).toContain('  agentcom doctor');
    expect(await readFile(join(bin, 'agentcom'), 'utf8')).toContain(`node=${process.execPath}\nentry=${entry}\n`);
    expect((await stat(join(bin, 'agentcom'))).mode & 0o111).toBe(0o111);
    await writeFile(join(bin, 'agentcom'), '#!/bin/sh\necho theirs\n');
    await chmod(join(bin, 'agentcom'), 0o755);
    expect(await run()).toContain(`  node ${entry} doctor`);
    expect(await readFile(join(bin, 'agentcom'), 'utf8')).toContain('theirs');
  });
});
