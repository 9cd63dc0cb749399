// The one line that makes a machine an agent: from a clean home directory, with nothing but what the hub itself hands out.

import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { testProxy } from '@agentcom/schemas/host/network/testing';
import { expect, onTestFinished, test } from 'vitest';
import type { Child } from '../support/child.js';
import { REPOSITORY } from '../support/cli.js';
import { type Hub, startHub } from '../support/hub.js';
import { Origin } from '../support/origin.js';
import type { Sandbox } from '../support/sandbox.js';
import { testSandbox } from '../support/test-sandbox.js';
import { eventually, within } from '../support/wait.js';

const JOIN_TIMEOUT_MS = 60_000;
/** As the tool of its name is called, it does the same whatever it is told: what the test task asks for, and a file of its own. */
const AIDER = `#!/bin/sh
[ "$1" = --version ] && { echo aider 0.99; exit 0; }
echo hello > hello.txt
echo "$AGENTCOM_TASK_ID" > work.txt
git add --all && git commit --quiet --message 'Work'
`;

/** A machine with a home directory of its own, and this aider before everything else that is installed. */
class Machine {
  readonly home: string;
  readonly #bin: string;
  readonly #sandbox: Sandbox;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
    this.home = sandbox.path('machine');
    this.#bin = sandbox.path('machine-bin');
    for (const dir of [this.home, this.#bin]) mkdirSync(dir);
    writeFileSync(join(this.#bin, 'aider'), AIDER, { flag: 'wx' });
    chmodSync(join(this.#bin, 'aider'), 0o755);
  }

  /** The line of an invitation, with flags behind it. */
  paste(line: string, flags: readonly string[] = []): Child {
    return this.run('/bin/sh', ['-c', [line, '--json', ...flags].join(' ')], { PATH: this.path });
  }

  /** The same without its check of the script. */
  join(url: string, token: string, flags: readonly string[] = [], runner = 'aider'): Child {
    const line = 'fetched=$(curl -fsSL "$0/join") && printf "%s\\n" "$fetched" | sh -s -- "$@"';
    const args = ['-c', line, url, '--json', '--runner', runner, ...flags];
    return this.run('/bin/sh', args, { PATH: this.path, AGENTCOM_TOKEN: token });
  }

  agentcom(...args: readonly string[]): Child {
    return this.run(process.execPath, [this.bundle, '--json', ...args], { PATH: this.path });
  }

  run(program: string, args: readonly string[], env: Readonly<Record<string, string>>): Child {
    const given = { HOME: this.home, AGENTCOM_TOKEN: undefined, ...env };
    return this.#sandbox.run(program, args, { env: given, cwd: this.home });
  }

  get path(): string {
    return [this.#bin, dirname(process.execPath), process.env.PATH].join(delimiter);
  }

  get data(): string {
    return join(this.home, '.local', 'share', 'agentcom');
  }

  get bundle(): string {
    return join(this.data, 'bin', 'agentcom.mjs');
  }

  config(agent: string): string {
    return join(this.data, 'agents', agent, 'sidecar.toml');
  }
}

async function invitation(hub: Hub): Promise<string> {
  return (await invited(hub)).token;
}

function invited(hub: Hub): Promise<{ token: string; joinCommand: string }> {
  return hub.api.need('POST', '/enrolments', {});
}

/** What it answered, when it ended well. */
async function answered(child: Child): Promise<Record<string, unknown>> {
  const { code } = await within(child.ended, JOIN_TIMEOUT_MS, 'the end of the command');
  expect(code, child.tail).toBe(0);
  return child.events.at(-1) as Record<string, unknown>;
}

async function refused(child: Child): Promise<string> {
  const { code } = await within(child.ended, JOIN_TIMEOUT_MS, 'the end of the command');
  expect(code).not.toBe(0);
  return child.tail;
}

test('one line makes a machine an agent that works; run again it changes nothing; leaving leaves nothing', async () => {
  const sandbox = testSandbox();
  const hub = await startHub(sandbox);
  const machine = new Machine(sandbox);
  const { token, joinCommand } = await invited(hub);

  const joined = await answered(machine.paste(joinCommand, ['--runner', 'aider', '--name', 'builder']));
  expect(joined).toMatchObject({ agent: 'builder', how: 'joined', runners: ['aider'] });
  const { task } = joined.tested as { task: string };
  const tested = await hub.api.taskIn(task, ['completed']);
  expect(tested.result?.verification).toMatchObject([{ exitCode: 0 }]);
  expect(existsSync(join(dirname(machine.config('builder')), 'test'))).toBe(false);
  expect(readdirSync(join(machine.data, 'bin'))).toEqual(['agentcom.mjs']);

  const sidecar = machine.agentcom('sidecar', '--config', machine.config('builder'));
  const origin = await Origin.make(sandbox.path('origin'));
  const work = await hub.api.submit({ needs: ['runner:aider'], repo: { url: origin.url, base: 'main' } });
  const done = await hub.api.taskIn(work.id, ['completed'], 60_000);
  expect(await origin.show(String(done.result?.commit), 'work.txt')).toBe(`${work.id}\n`);

  const again = await answered(machine.join(hub.url, token, ['--name', 'builder']));
  expect(again).toMatchObject({ agent: 'builder', how: 'kept' });
  expect(again).not.toHaveProperty('tested');
  expect((await hub.api.call<{ items: unknown[] }>('GET', '/agents')).body.items).toHaveLength(1);
  const doctor = await answered(machine.agentcom('doctor'));
  expect(doctor).toMatchObject({ ok: true });

  expect((await sidecar.stop()).code).toBe(0);
  await answered(machine.agentcom('leave'));
  expect((await hub.api.call('GET', '/agents/builder')).status).toBe(404);
  expect(existsSync(machine.data)).toBe(false);
  expect((await hub.stop()).code).toBe(0);
});

test('a machine that reaches the hub through a proxy alone joins, works and asks, without encryption only if told to', async () => {
  const sandbox = testSandbox();
  const hub = await startHub(sandbox, { env: { AGENTCOM_ALLOWED_HOSTS: 'hub.test' } });
  const proxy = await testProxy({ routes: { 'hub.test:80': hub.port } });
  onTestFinished(() => proxy.stop());
  const machine = new Machine(sandbox);
  const env = { PATH: machine.path, http_proxy: proxy.url, no_proxy: 'other.test' };
  const at = 'http://hub.test';
  const line = 'curl -fsSL "$0/join" | sh -s -- --json --name builder --no-test';
  const token = await invitation(hub);
  const join = (flags: string) =>
    machine.run('/bin/sh', ['-c', `${line} ${flags} -- true`, at], { ...env, AGENTCOM_TOKEN: token });
  expect(await refused(join(''))).toContain('http://hub.test is not encrypted');
  expect(await answered(join('--insecure'))).toMatchObject({ agent: 'builder', how: 'joined' });
  expect(readFileSync(machine.config('builder'), 'utf8')).toContain('insecure = true');

  const agentcom = (...args: string[]) => machine.run(process.execPath, [machine.bundle, '--json', ...args], env);
  const sidecar = agentcom('sidecar', '--config', machine.config('builder'));
  const { id } = await hub.api.submit({ needs: ['runner:command'] });
  await hub.api.taskIn(id, ['completed'], 60_000);
  const shown = await answered(agentcom('--hub', at, '--key-file', hub.keyFile, 'task', 'show', id));
  expect(shown).toMatchObject({ id, state: 'completed' });
  expect(proxy.asked).toContain('hub.test:80');
  expect((await sidecar.stop()).code).toBe(0);
  expect((await hub.stop()).code).toBe(0);
});

test('a machine that has wget and no curl fetches with that', async () => {
  const sandbox = testSandbox();
  const hub = await startHub(sandbox);
  const machine = new Machine(sandbox);
  const only = sandbox.path('only');
  mkdirSync(only);
  const names = ['sh', 'git', 'wget', 'mkdir', 'mv', 'rm', 'rmdir'];
  const found = names.map((name) => [name, onPath(name)] as const);
  for (const [name, path] of [...found, ['node', process.execPath] as const]) symlinkSync(path, join(only, name));
  const script = sandbox.path('join.sh');
  writeFileSync(script, await (await fetch(`${hub.url}/join`)).text());
  const args = [script, '--json', '--no-test', '--', 'git'];
  const env = { PATH: only, AGENTCOM_TOKEN: await invitation(hub) };
  expect(await answered(machine.run('/bin/sh', args, env))).toMatchObject({ how: 'joined', runners: ['command'] });
  expect((await hub.stop()).code).toBe(0);
});

test('a token that is wrong or used up leaves nothing on the machine and nothing at the hub', async () => {
  const sandbox = testSandbox();
  const hub = await startHub(sandbox);
  const machine = new Machine(sandbox);
  expect(await refused(machine.join(hub.url, 'no-such-token'))).toContain('enrolment.invalid');
  expect(existsSync(machine.data)).toBe(false);

  const token = await invitation(hub);
  await hub.api.enrolWith(token, 'first');
  expect(await refused(machine.join(hub.url, token))).toContain('enrolment.invalid');
  expect(existsSync(machine.data)).toBe(false);
  expect((await hub.api.call<{ items: unknown[] }>('GET', '/agents')).body.items).toHaveLength(1);
  expect((await hub.stop()).code).toBe(0);
});

test('a program that was changed on its way is not run', async () => {
  const sandbox = testSandbox();
  const hub = await startHub(sandbox);
  const machine = new Machine(sandbox);
  const evil = sandbox.path('evil');
  const between = await proxy(hub.url, (path, body) =>
    path === '/join/agentcom.mjs' ? Buffer.from(`require('node:fs').writeFileSync('${evil}', '');`) : body,
  );
  expect(await refused(machine.join(between, await invitation(hub)))).toContain('does not match its checksum');
  expect(existsSync(evil)).toBe(false);
  expect(existsSync(machine.data)).toBe(false);
  expect((await hub.stop()).code).toBe(0);
});

test('a script that was changed on its way is not run by the line of an invitation', async () => {
  const sandbox = testSandbox();
  const hub = await startHub(sandbox);
  const machine = new Machine(sandbox);
  const evil = sandbox.path('evil');
  const between = await proxy(hub.url, (path, body) => (path === '/join' ? Buffer.from(`touch '${evil}'\n`) : body));
  const { joinCommand } = await invited(hub);
  const said = await refused(machine.paste(joinCommand.replace(hub.url, between)));
  expect(said).toContain('the join script is not the one of this invitation');
  expect(existsSync(evil)).toBe(false);
  expect((await hub.stop()).code).toBe(0);
});

test('a hub that dies between script and program is told of, and leaves nothing', async () => {
  const sandbox = testSandbox();
  const hub = await startHub(sandbox);
  const machine = new Machine(sandbox);
  const script = sandbox.path('join.sh');
  writeFileSync(script, await (await fetch(`${hub.url}/join`)).text());
  expect((await hub.stop()).code).toBe(0);
  expect(await refused(machine.run('/bin/sh', [script], { PATH: machine.path }))).toContain('cannot be fetched');
  expect(existsSync(machine.data)).toBe(false);
});

test('a test task that fails says why with the output of its agent, is not left, and the same line goes on with the same agent', async () => {
  const sandbox = testSandbox();
  const hub = await startHub(sandbox);
  const machine = new Machine(sandbox);
  const token = await invitation(hub);
  const gate = join(machine.home, 'works');
  const flags = ['--', 'sh', '-c', `echo looking for the gate; test -e '${gate}'`];
  const said = await refused(machine.join(hub.url, token, flags, 'command'));
  expect(said).toContain('"code":"join.test_failed","message":"the test task failed: ');
  expect(said).toContain('The agent printed:\\n  looking for the gate\\n');
  const { items } = await hub.api.need<{ items: { state: string }[] }>('GET', '/tasks');
  expect(items.map(({ state }) => state)).toEqual(['cancelled']);
  const { body } = await hub.api.call<{ items: { name: string }[] }>('GET', '/agents');
  const [agent] = body.items.map(({ name }) => name);
  writeFileSync(gate, '');
  expect(await answered(machine.join(hub.url, token, flags, 'command'))).toMatchObject({ agent, how: 'kept' });
  expect((await hub.stop()).code).toBe(0);
});

test('a test task whose agent asks shows the question where nobody can answer, and is cancelled with the join, as by Ctrl-C', async () => {
  const sandbox = testSandbox();
  const hub = await startHub(sandbox);
  const machine = new Machine(sandbox);
  const token = await invitation(hub);
  const flags = ['--', process.execPath, join(REPOSITORY, 'tests', 'fixtures', 'asking-agent.mjs')];
  const said = await refused(machine.join(hub.url, token, flags, 'command'));
  expect(said).toContain('the agent asked a question in its test task: Which colour?');
  const states = async () => {
    const { items } = await hub.api.need<{ items: { state: string }[] }>('GET', '/tasks');
    return items.map(({ state }) => state);
  };
  expect(await states()).toEqual(['cancelled']);

  const begun = join(machine.home, 'begun');
  const work = ['sh', '-c', `touch '${begun}'; exec sleep 600`];
  const slow = machine.agentcom('join', hub.url, '--runner', 'command', '--', ...work);
  await eventually('the agent at work', JOIN_TIMEOUT_MS, async () => existsSync(begun) || undefined);
  slow.process.kill('SIGINT');
  expect(await refused(slow)).toContain('the test task was cancelled');
  expect(await states()).toEqual(['cancelled', 'cancelled']);
  expect((await hub.stop()).code).toBe(0);
});

test('an agent that is removed by an operator joins again under its name, with another key', async () => {
  const sandbox = testSandbox();
  const hub = await startHub(sandbox);
  const machine = new Machine(sandbox);
  const flags = ['--name', 'builder', '--no-test'];
  await answered(machine.join(hub.url, await invitation(hub), flags));
  const key = () => readFileSync(join(dirname(machine.config('builder')), 'agent.key'), 'utf8');
  const before = key();
  await hub.api.call('DELETE', '/agents/builder');
  const again = await answered(machine.join(hub.url, await invitation(hub), flags));
  expect(again).toMatchObject({ agent: 'builder', how: 'renewed' });
  expect(key()).not.toBe(before);
  const renewed = await answered(machine.join(hub.url, await invitation(hub), [...flags, '--rejoin']));
  expect(renewed).toMatchObject({ agent: 'builder', how: 'renewed' });
  const sidecar = machine.agentcom('sidecar', '--config', machine.config('builder'));
  await eventually('the agent at the hub', 20_000, async () => (await hub.api.agent('builder')).connected || undefined);
  expect((await sidecar.stop()).code).toBe(0);
  expect((await hub.stop()).code).toBe(0);
});

function onPath(name: string): string {
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(existsSync);
  if (path === undefined) throw new Error(`${name} is not installed`);
  return path;
}

/** Stands between a machine and a hub, and changes what passes. Answers its address. */
async function proxy(hub: string, change: (path: string, body: Buffer) => Buffer): Promise<string> {
  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = await fetch(`${hub}${request.url}`);
    const body = Buffer.from(await answer.arrayBuffer());
    // The script names the hub by its own address, and the machine is to go on through here.
    const text = (request.url === '/join' ? Buffer.from(body.toString().replaceAll(hub, address())) : body) as Buffer;
    response.writeHead(answer.status).end(change(request.url ?? '', text));
  }
  const server = createServer((request, response) => void pass(request, response));
  const address = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return address();
}
