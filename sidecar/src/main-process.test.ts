// A sidecar as a process among others on a machine: its key, its directories, its hub, and what it needs of the machine.

import { readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { identify } from '@agentcom/schemas/host';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ATTEMPT, task } from './core/fixture.js';
import { GOOD, logger, SidecarBench, SLOW } from './fixture.js';
import { NoKey } from './link/key-file.js';
import { AgentGone, ProgramMoved, startSidecar } from './main.js';
import { shimText } from './runners/fixture.js';
import { VERSION } from './version.js';

const GIB = 1024 ** 3;

let bench: SidecarBench;

beforeEach(async () => {
  bench = await SidecarBench.open();
});
afterEach(() => bench.close());

describe('a sidecar', () => {
  it('does not start without a key, and keeps nothing locked', async () => {
    const key = join(bench.place.root, 'agent.key');
    await rm(key);
    await expect(bench.start()).rejects.toThrow(NoKey);
    await writeFile(key, '\n');
    await expect(bench.start()).rejects.toThrow('is empty');
    await writeFile(key, 'ac_key\n');
    await bench.start();
    await bench.idleCaller();
  });

  it('whose key file is gone meanwhile goes on with the key it had', async () => {
    await bench.start();
    const caller = await bench.idleCaller();
    await rm(join(bench.place.root, 'agent.key'));
    caller.socket.terminate();
    await bench.idleCaller();
  });

  it('whose key the hub no longer knows ends by itself', async () => {
    bench.hub.turnAway = { status: 401, code: 'auth.invalid' };
    expect(await (await bench.start()).stopped).toBeInstanceOf(AgentGone);
  });

  it('says of itself who it is and whom it can wake', async () => {
    const { linked } = await bench.start();
    const { agent } = await (await bench.hub.caller()).welcome(null);
    expect(agent).toMatchObject({ name: 'tern', version: VERSION });
    expect(agent.capabilities).toEqual(['runner:command', 'git']);
    await linked;
  });

  it('answers on this machine whether it is ready, which it is only with a link', async () => {
    await bench.start();
    const caller = await bench.hub.caller();
    const { url } = JSON.parse(await readFile(join(bench.place.root, 'state', 'local.json'), 'utf8')) as {
      url: string;
    };
    const ready = async () => (await fetch(`${url}/readyz`)).status;
    expect(await ready()).toBe(503);
    await caller.welcome(null);
    await expect.poll(ready, { timeout: 15_000 }).toBe(200);
  });

  it('says that it has a message only when it is kept', async () => {
    await bench.start();
    const caller = await bench.idleCaller();
    const message = { messageId: ATTEMPT.task, from: 'key:owner', to: 'agent:tern', body: 'hello' };
    caller.say({ type: 'message', ...message, sentAt: '2026-01-31T12:00:00Z' });
    expect(await caller.next('message.ack')).toEqual({ type: 'message.ack', messageId: ATTEMPT.task });
    expect(await readFile(join(bench.place.root, 'state', 'messages.json'), 'utf8')).toContain('hello');
  });

  it('submits tasks in the name of its agent', async () => {
    const sidecar = await bench.start();
    await expect(sidecar.submit({ title: 'Roof', prompt: 'Mend it.' }, 'k1')).rejects.toThrow('sidecar.offline');
    const caller = await bench.idleCaller();
    await sidecar.linked;
    caller.answer = (frame) => ({ type: 'ok', re: frame.id ?? '', task: ATTEMPT.task });
    expect(await sidecar.submit({ title: 'Roof', prompt: 'Mend it.' }, 'k1')).toEqual({ task: ATTEMPT.task });
    expect(await caller.next('task.submit')).toMatchObject({ title: 'Roof', idempotencyKey: 'k1' });
  });

  it('places the command for agents, which starts this very version', async () => {
    const command = [process.execPath, '-e', "console.log('it’s', ...process.argv.slice(1))", '--'] as const;
    bench.adopt(await startSidecar(bench.config(`agentcom "a b" '$HOME'`), { logger, shim: shimText(), command }));
    const caller = await bench.idleCaller();
    const { repo: _repo, ...plain } = task();
    caller.say({ type: 'task.assign', task: plain, generation: 1, acceptWithinMs: 60_000 });
    expect((await caller.next('task.complete')).result.summary).toBe('it’s a b $HOME');
  });

  it('is alone on its state directory', async () => {
    const first = await bench.start();
    await expect(bench.start()).rejects.toThrow(`another sidecar (process ${process.pid}) is using`);
    await first.stop();
    await bench.start();
  });

  it('shares repoRoot with other agents, but with none of its own name', async () => {
    const first = await bench.start();
    const stateDir = join(bench.place.root, 'other-state');
    await expect(bench.start(GOOD, { stateDir })).rejects.toThrow(
      /another sidecar \(process \d+\) is using .*another repoRoot/,
    );
    await bench.start(GOOD, { stateDir, name: 'gull' });
    await first.stop();
    await bench.start(GOOD, { stateDir: join(bench.place.root, 'third-state') });
  });

  it('that is no longer allowed ends by itself, with its agent, and says why', async () => {
    const sidecar = await bench.start(SLOW);
    const caller = await bench.idleCaller();
    bench.assign(caller);
    const pid = await bench.agentRuns();
    caller.socket.close(4003, 'revoked');
    const end = await sidecar.stopped;
    expect(end).toBeInstanceOf(AgentGone);
    expect(end?.cause).toBe('not_allowed');
    expect(identify(pid)).toBeUndefined();
    expect(await bench.held()).toHaveLength(1);
  });
});

it('works in directories with long names and spaces in them, and its agent reaches it', async () => {
  const deep = join(bench.place.root, 'a home of ninety characters and more', 'x'.repeat(90));
  const say = `require("net").connect(process.env.AGENTCOM_SOCKET).end('{"id":"1","type":"report_progress","note":"on it"}\\n').resume()`;
  await writeFile(join(bench.place.root, 'say.cjs'), say);
  const script = `'${process.execPath}' '${join(bench.place.root, 'say.cjs')}' && ${GOOD}`;
  const own = { ...bench.config(script), stateDir: join(deep, 'state'), repoRoot: join(deep, 're pos') };
  bench.adopt(await startSidecar(own, { logger, shim: shimText() }));
  const caller = await bench.idleCaller();
  bench.assign(caller);
  expect((await caller.next('task.progress')).note).toBe('on it');
  await caller.next('task.complete');
});

describe('a machine that cannot start its agent', () => {
  /** An agent of its own that comes and goes. */
  const program = () => join(bench.place.root, 'agent');
  const install = () => writeFile(program(), `#!/bin/sh\n${GOOD}\n`, { mode: 0o755 });
  const startIt = async () => {
    const { runner, ...rest } = bench.config();
    const own = { ...rest, runner: { ...runner, argv: [program()] } };
    bench.adopt(await startSidecar(own, { logger, shim: shimText() }));
  };

  it('says so in its hello, rejects what is on its way, and takes work once a probe finds nothing', async () => {
    await startIt();
    const caller = await bench.hub.caller();
    expect((await caller.welcome(null)).unfit).toMatchObject({ code: 'machine.agent_missing' });
    bench.assign(caller);
    expect((await caller.next('task.reject')).reason).toContain('not found on PATH');
    await install();
    expect((await caller.next('heartbeat')).unfit).toBeUndefined();
    bench.assign(caller);
    await caller.next('task.complete');
  });

  it('fails the attempt as the machine’s fault when that is found at the start, and says so before', async () => {
    await install();
    await startIt();
    const caller = await bench.idleCaller();
    await rm(program());
    bench.assign(caller);
    expect((await caller.next('task.fail')).error).toMatchObject({ class: 'machine', code: 'runner.not_started' });
    const { unfit } = await caller.next('heartbeat');
    expect(unfit?.message).toContain('ENOENT');
  });

  it('ends when it is a service and what it runs by is gone, to be started by what has taken that place', async () => {
    vi.stubEnv('NOTIFY_SOCKET', join(bench.place.root, 'nobody'));
    await install();
    const entry = join(bench.place.root, 'agentcom.mjs');
    await writeFile(entry, '');
    const { runner, ...rest } = bench.config();
    const own = { ...rest, runner: { ...runner, argv: [program()] } };
    const sidecar = await startSidecar(own, { logger, shim: shimText(), command: [process.execPath, entry] });
    bench.adopt(sidecar);
    const caller = await bench.idleCaller();
    for (const gone of [program(), entry]) await rm(gone);
    bench.assign(caller);
    expect((await caller.next('task.fail')).error.class).toBe('machine');
    expect(await sidecar.stopped).toBeInstanceOf(ProgramMoved);
    vi.unstubAllEnvs();
  });

  it('has no room for a mirror: the machine’s fault too', async () => {
    await install();
    await startIt();
    const caller = await bench.idleCaller();
    await rm(join(bench.place.root, 'repos'), { recursive: true });
    await writeFile(join(bench.place.root, 'repos'), 'in the way');
    bench.assign(caller);
    expect((await caller.next('task.fail')).error).toMatchObject({ class: 'machine' });
  });
});

it('an agent that fills the disk is stopped before that, with what it has done kept, and its machine takes no more', async () => {
  const { bavail, bsize } = await statfs(bench.place.root);
  const filling = SLOW.replace('cat ../go', `fallocate -l ${3 * GIB} ../big && exec sleep 600`);
  const settings = { ...bench.config(filling), lowDiskBytes: bavail * bsize - GIB };
  bench.adopt(await startSidecar(settings, { logger, shim: shimText() }));
  const caller = await bench.idleCaller();
  bench.assign(caller);
  const pid = await bench.agentRuns();
  const { error } = await caller.next('task.fail');
  expect(error).toMatchObject({ class: 'transient', code: 'runner.disk_low' });
  expect(error.message).toContain('the work is kept');
  expect(identify(pid)).toBeUndefined();
  expect((await caller.next('heartbeat')).unfit).toMatchObject({ code: 'machine.disk_low' });
});
