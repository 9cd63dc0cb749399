// A whole sidecar against a hub that the test plays: real sockets, real git, real processes.

import { readdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AssignedTask, compile, resolveSettings, type SidecarFrame } from '@agentcom/schemas';
import { identify } from '@agentcom/schemas/host';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SidecarConfig } from './config.js';
import { ATTEMPT, task } from './core/fixture.js';
import type { Job } from './core/job-model.js';
import { Place } from './git/fixture.js';
import { type Caller, FakeHub } from './link/fixture.js';
import { NoKey } from './link/key-file.js';
import { AgentGone, ProgramMoved, type Sidecar, startSidecar } from './main.js';
import { shimText } from './runners/fixture.js';
import { VERSION } from './version.js';

const COMMIT = 'git add --all && git commit --quiet -m work';
const GOOD = `cat > work.txt && ${COMMIT} && echo finished`;
/** Works until the test lets it go on. */
const SLOW = `cat > work.txt && ${COMMIT} && mkfifo ../go && echo $$ > ../pid && cat ../go`;
const GIB = 1024 ** 3;
const logger = pino({ level: 'silent' });

let place: Place;
let hub: FakeHub;
let sidecars: Sidecar[];

beforeEach(async () => {
  place = await Place.make();
  hub = await FakeHub.start();
  sidecars = [];
  await writeFile(join(place.root, 'agent.key'), 'ac_key\n');
});

afterEach(async () => {
  for (const sidecar of sidecars) await sidecar.stop();
  await hub.stop();
  await place.remove();
});

function config(script = GOOD, more: Readonly<Record<string, string>> = {}): SidecarConfig {
  const settings = resolveSettings(
    'sidecar',
    {
      env: {},
      file: {
        name: 'sidecar.toml',
        content: {
          hub: hub.url,
          keyFile: join(place.root, 'agent.key'),
          name: 'tern',
          capabilities: ['git'],
          stateDir: join(place.root, 'state'),
          repoRoot: join(place.root, 'repos'),
          runner: { kind: 'command', argv: ['/bin/sh', '-c', script], stopGraceSeconds: 10 },
          git: { authorName: 'Tern', authorEmail: 'tern@example.invalid' },
          ...more,
        },
      },
      readFile: () => '',
    },
    compile,
  );
  if (!settings.ok) throw new Error(JSON.stringify(settings.details));
  return settings.value;
}

async function start(script = GOOD, more: Readonly<Record<string, string>> = {}): Promise<Sidecar> {
  const sidecar = await startSidecar(config(script, more), { logger, shim: shimText() });
  sidecars.push(sidecar);
  return sidecar;
}

/** The next sidecar that connects, welcome and with nothing in hand. */
async function idleCaller(): Promise<Caller> {
  const caller = await hub.caller();
  expect((await caller.welcome(null)).holding).toBeUndefined();
  return caller;
}

function assign(caller: Caller, more: Partial<AssignedTask> = {}): void {
  const assigned = task({ prompt: 'do it\n', repo: { url: place.url }, ...more });
  caller.say({ type: 'task.assign', task: assigned, generation: ATTEMPT.generation, acceptWithinMs: 60_000 });
}

/** Answers everything but frames of one type. */
function silentOn(type: SidecarFrame['type']): Caller['answer'] {
  return (frame) => (frame.type === type ? null : { type: 'ok', re: frame.id ?? '' });
}

const workDir = () => join(place.root, 'repos', 'work', 'tern');
const atOrigin = (branch: string) => place.git(place.origin, 'rev-parse', '--verify', `refs/heads/${branch}`);
const held = async () => [
  ...(await readdir(join(place.root, 'state', 'jobs'))),
  ...(await readdir(join(place.root, 'state', 'trash'))),
];

/** Waits until the agent is at work; returns its process. */
async function agentRuns(): Promise<number> {
  const written = async () => (await readFile(join(workDir(), 'pid'), 'utf8').catch(() => '')).trim();
  await expect.poll(written, { timeout: 15_000 }).toMatch(/^\d+$/);
  return Number(await written());
}

describe('a task', () => {
  it('is accepted, worked on, committed, pushed and reported, and leaves nothing behind', async () => {
    await start();
    const caller = await idleCaller();
    assign(caller);
    await caller.next('task.accept');
    const { result, seq, usage } = await caller.next('task.complete');
    // The attempt's next report: a slow one has told its paths before.
    expect(seq).toBe(1 + caller.frames.filter(({ type }) => type === 'task.progress').length);
    expect(result).toMatchObject({ summary: 'finished', branch: 'agentcom/tern/0123456789ab-g3-mend-the-roof' });
    expect(usage?.seconds).toBeGreaterThanOrEqual(0);
    expect(await atOrigin(result.branch ?? '')).toBe(result.commit);
    expect(await place.git(place.origin, 'show', `${result.commit}:work.txt`)).toBe('do it');
    expect(await place.git(place.origin, 'log', '-1', '--format=%an <%ae>, %cn', result.commit ?? '')).toBe(
      'Tern <tern@example.invalid>, Tern',
    );
    await expect.poll(held, { timeout: 15_000 }).toEqual([]);
    expect(await readdir(workDir())).toEqual([]);
  });

  it('without a repository is complete when its program ends well', async () => {
    await start('cat');
    const caller = await idleCaller();
    const { repo: _repo, ...plain } = task({ prompt: 'hello' });
    caller.say({ type: 'task.assign', task: plain, generation: 1, acceptWithinMs: 60_000 });
    expect((await caller.next('task.complete')).result).toEqual({ summary: 'hello' });
  });

  it('that leaves its work uncommitted fails, and the work is kept', async () => {
    await start('cat > work.txt; echo forgot');
    const caller = await idleCaller();
    assign(caller);
    const { error } = await caller.next('task.fail');
    expect(error).toMatchObject({ class: 'verification', code: 'git.not_clean' });
    const ref = 'refs/agentcom/salvage/tern/0123456789ab-g3';
    expect(error.message).toContain(ref);
    expect(error.message).toContain('forgot');
    const [mirror = ''] = (await readdir(join(place.root, 'repos', 'mirrors'))).filter((name) => name.endsWith('.git'));
    expect(await place.git(join(place.root, 'repos', 'mirrors', mirror), 'show', `${ref}:work.txt`)).toBe('do it');
  });

  it('for a runner that is not here is rejected', async () => {
    await start();
    const caller = await idleCaller();
    assign(caller, { runner: 'claude' });
    expect((await caller.next('task.reject')).reason).toContain('claude');
  });

  it('that is cancelled is stopped, kept and confirmed', async () => {
    await start(SLOW);
    const caller = await idleCaller();
    assign(caller);
    const pid = await agentRuns();
    caller.say({ type: 'task.cancel', ...ATTEMPT, reason: 'enough' });
    expect(await caller.next('task.stopped')).toMatchObject({
      ...ATTEMPT,
      salvageRef: 'refs/agentcom/salvage/tern/0123456789ab-g3',
    });
    expect(identify(pid)).toBeUndefined();
  });
});

describe('what was reported', () => {
  it('is said again, the same, until the hub has answered, across a lost link and a restart', async () => {
    const first = await start();
    const caller = await idleCaller();
    caller.answer = silentOn('task.complete');
    assign(caller);
    const said = await caller.next('task.complete');

    caller.socket.terminate();
    const second = await hub.caller();
    second.answer = silentOn('task.complete');
    expect((await second.welcome('keep')).holding).toEqual({ ...ATTEMPT, phase: 'reporting' });
    const { id: _id, ...again } = await second.next('task.complete');
    expect(said).toMatchObject(again);
    expect(again).toMatchObject({ outputSeq: 1 });

    await first.stop();
    await start();
    const third = await hub.caller();
    expect((await third.welcome('keep')).holding).toEqual({ ...ATTEMPT, phase: 'reporting' });
    expect(await third.next('task.complete')).toMatchObject(again);
    await expect.poll(held, { timeout: 15_000 }).toEqual([]);
  });

  it('is forgotten when the hub says that it has it', async () => {
    await start();
    const caller = await idleCaller();
    caller.answer = silentOn('task.complete');
    assign(caller);
    await caller.next('task.complete');
    caller.socket.close(1012);
    const again = await hub.caller();
    await again.welcome('confirmed');
    await expect.poll(held, { timeout: 15_000 }).toEqual([]);
    expect(again.frames.filter(({ type }) => type !== 'task.output')).toEqual([]);
  });
});

describe('a restart', () => {
  it('leaves the agent running, finds it again, and finishes', async () => {
    const first = await start(SLOW);
    const caller = await idleCaller();
    assign(caller);
    const pid = await agentRuns();
    await first.stop();
    expect(await first.stopped).toBeNull();
    expect(identify(pid)).toBeDefined();

    await start(SLOW);
    const again = await hub.caller();
    expect((await again.welcome('keep')).holding).toEqual({ ...ATTEMPT, phase: 'running' });
    await writeFile(join(workDir(), 'go'), 'on\n');
    const { result } = await again.next('task.complete');
    expect(await atOrigin(result.branch ?? '')).toBe(result.commit);
  });

  it('of a newer version under work goes on with a record and a process of the one before', async () => {
    const first = await start(SLOW);
    const caller = await idleCaller();
    assign(caller);
    await agentRuns();
    await first.stop();
    const [name = ''] = await held();
    const file = join(place.root, 'state', 'jobs', name, 'job.json');
    const { version, job } = JSON.parse(await readFile(file, 'utf8')) as { version: number; job: Job };
    const { task: assigned, generation, phase, runner, budget, workspace, turn, outbox } = job;
    const older = { task: assigned, generation, phase, runner, budget, workspace, turn, outbox };
    await writeFile(file, JSON.stringify({ version, job: older }));

    await start(SLOW);
    const again = await hub.caller();
    expect((await again.welcome('keep')).holding).toEqual({ ...ATTEMPT, phase: 'running' });
    await writeFile(join(workDir(), 'go'), 'on\n');
    const { result } = await again.next('task.complete');
    expect(await atOrigin(result.branch ?? '')).toBe(result.commit);
  });

  it('with work that somebody else has by now stops it and keeps it', async () => {
    const first = await start(SLOW);
    const caller = await idleCaller();
    assign(caller);
    const pid = await agentRuns();
    await first.stop();
    await start(SLOW);
    const again = await hub.caller();
    await again.welcome('drop');
    expect(await again.next('task.stopped')).toMatchObject({ ...ATTEMPT, salvageRef: expect.any(String) });
    expect(identify(pid)).toBeUndefined();
  });
});

describe('a start that cannot go on with a job', () => {
  it('ends its agent, which nobody would ever look after, and keeps its files', async () => {
    const first = await start(SLOW);
    const caller = await idleCaller();
    assign(caller);
    const pid = await agentRuns();
    await first.stop();
    expect(identify(pid)).toBeDefined();
    const [name = ''] = await held();
    await writeFile(join(place.root, 'state', 'jobs', name, 'job.json'), '{"version":1,"job":{}}');
    await start();
    expect(identify(pid)).toBeUndefined();
    await idleCaller();
    expect(await readdir(join(place.root, 'state', 'kept', name))).toContain('turn-1');
  });
});

describe('a sidecar', () => {
  it('does not start without a key, and keeps nothing locked', async () => {
    const key = join(place.root, 'agent.key');
    await rm(key);
    await expect(start()).rejects.toThrow(NoKey);
    await writeFile(key, '\n');
    await expect(start()).rejects.toThrow('is empty');
    await writeFile(key, 'ac_key\n');
    await start();
    await idleCaller();
  });

  it('whose key file is gone meanwhile goes on with the key it had', async () => {
    await start();
    const caller = await idleCaller();
    await rm(join(place.root, 'agent.key'));
    caller.socket.terminate();
    await idleCaller();
  });

  it('whose key the hub no longer knows ends by itself', async () => {
    hub.turnAway = { status: 401, code: 'auth.invalid' };
    expect(await (await start()).stopped).toBeInstanceOf(AgentGone);
  });

  it('says of itself who it is and whom it can wake', async () => {
    const { linked } = await start();
    const { agent } = await (await hub.caller()).welcome(null);
    expect(agent).toMatchObject({ name: 'tern', version: VERSION });
    expect(agent.capabilities).toEqual(['runner:command', 'git']);
    await linked;
  });

  it('answers on this machine whether it is ready, which it is only with a link', async () => {
    await start();
    const caller = await hub.caller();
    const { url } = JSON.parse(await readFile(join(place.root, 'state', 'local.json'), 'utf8')) as { url: string };
    const ready = async () => (await fetch(`${url}/readyz`)).status;
    expect(await ready()).toBe(503);
    await caller.welcome(null);
    await expect.poll(ready, { timeout: 15_000 }).toBe(200);
  });

  it('says that it has a message only when it is kept', async () => {
    await start();
    const caller = await idleCaller();
    const message = { messageId: ATTEMPT.task, from: 'key:owner', to: 'agent:tern', body: 'hello' };
    caller.say({ type: 'message', ...message, sentAt: '2026-01-31T12:00:00Z' });
    expect(await caller.next('message.ack')).toEqual({ type: 'message.ack', messageId: ATTEMPT.task });
    expect(await readFile(join(place.root, 'state', 'messages.json'), 'utf8')).toContain('hello');
  });

  it('submits tasks in the name of its agent', async () => {
    const sidecar = await start();
    await expect(sidecar.submit({ title: 'Roof', prompt: 'Mend it.' }, 'k1')).rejects.toThrow('sidecar.offline');
    const caller = await idleCaller();
    await sidecar.linked;
    caller.answer = (frame) => ({ type: 'ok', re: frame.id ?? '', task: ATTEMPT.task });
    expect(await sidecar.submit({ title: 'Roof', prompt: 'Mend it.' }, 'k1')).toEqual({ task: ATTEMPT.task });
    expect(await caller.next('task.submit')).toMatchObject({ title: 'Roof', idempotencyKey: 'k1' });
  });

  it('places the command for agents, which starts this very version', async () => {
    const command = [process.execPath, '-e', "console.log('it’s', ...process.argv.slice(1))", '--'] as const;
    sidecars.push(await startSidecar(config(`agentcom "a b" '$HOME'`), { logger, shim: shimText(), command }));
    const caller = await idleCaller();
    const { repo: _repo, ...plain } = task();
    caller.say({ type: 'task.assign', task: plain, generation: 1, acceptWithinMs: 60_000 });
    expect((await caller.next('task.complete')).result.summary).toBe('it’s a b $HOME');
  });

  it('is alone on its state directory', async () => {
    const first = await start();
    await expect(start()).rejects.toThrow(`another sidecar (process ${process.pid}) uses`);
    await first.stop();
    await start();
  });

  it('shares repoRoot with other agents, but with none of its own name', async () => {
    const first = await start();
    const stateDir = join(place.root, 'other-state');
    await expect(start(GOOD, { stateDir })).rejects.toThrow(/another sidecar \(process \d+\) uses .*another repoRoot/);
    await start(GOOD, { stateDir, name: 'gull' });
    await first.stop();
    await start(GOOD, { stateDir: join(place.root, 'third-state') });
  });

  it('that is no longer allowed ends by itself, with its agent, and says why', async () => {
    const sidecar = await start(SLOW);
    const caller = await idleCaller();
    assign(caller);
    const pid = await agentRuns();
    caller.socket.close(4003, 'revoked');
    const end = await sidecar.stopped;
    expect(end).toBeInstanceOf(AgentGone);
    expect(end?.cause).toBe('not_allowed');
    expect(identify(pid)).toBeUndefined();
    expect(await held()).toHaveLength(1);
  });
});

it('works in directories with long names and spaces in them, and its agent reaches it', async () => {
  const deep = join(place.root, 'a home of ninety characters and more', 'x'.repeat(90));
  const say = `require("net").connect(process.env.AGENTCOM_SOCKET).end('{"id":"1","type":"report_progress","note":"on it"}\\n').resume()`;
  await writeFile(join(place.root, 'say.cjs'), say);
  const script = `'${process.execPath}' '${join(place.root, 'say.cjs')}' && ${GOOD}`;
  const own = { ...config(script), stateDir: join(deep, 'state'), repoRoot: join(deep, 're pos') };
  sidecars.push(await startSidecar(own, { logger, shim: shimText() }));
  const caller = await idleCaller();
  assign(caller);
  expect((await caller.next('task.progress')).note).toBe('on it');
  await caller.next('task.complete');
});

describe('a machine that cannot start its agent', () => {
  /** An agent of its own that comes and goes. */
  const program = () => join(place.root, 'agent');
  const install = () => writeFile(program(), `#!/bin/sh\n${GOOD}\n`, { mode: 0o755 });
  const startIt = async () => {
    const { runner, ...rest } = config();
    const own = { ...rest, runner: { ...runner, argv: [program()] } };
    sidecars.push(await startSidecar(own, { logger, shim: shimText() }));
  };

  it('says so in its hello, rejects what is on its way, and takes work once a probe finds nothing', async () => {
    await startIt();
    const caller = await hub.caller();
    expect((await caller.welcome(null)).unfit).toMatchObject({ code: 'machine.agent_missing' });
    assign(caller);
    expect((await caller.next('task.reject')).reason).toContain('is not installed');
    await install();
    expect((await caller.next('heartbeat')).unfit).toBeUndefined();
    assign(caller);
    await caller.next('task.complete');
  });

  it('fails the attempt as the machine’s fault when that is found at the start, and says so before', async () => {
    await install();
    await startIt();
    const caller = await idleCaller();
    await rm(program());
    assign(caller);
    expect((await caller.next('task.fail')).error).toMatchObject({ class: 'machine', code: 'runner.not_started' });
    const { unfit } = await caller.next('heartbeat');
    expect(unfit?.message).toContain('ENOENT');
  });

  it('ends when it is a service and what it runs by is gone, to be started by what has taken that place', async () => {
    vi.stubEnv('NOTIFY_SOCKET', join(place.root, 'nobody'));
    await install();
    const entry = join(place.root, 'agentcom.mjs');
    await writeFile(entry, '');
    const { runner, ...rest } = config();
    const own = { ...rest, runner: { ...runner, argv: [program()] } };
    const sidecar = await startSidecar(own, { logger, shim: shimText(), command: [process.execPath, entry] });
    sidecars.push(sidecar);
    const caller = await idleCaller();
    for (const gone of [program(), entry]) await rm(gone);
    assign(caller);
    expect((await caller.next('task.fail')).error.class).toBe('machine');
    expect(await sidecar.stopped).toBeInstanceOf(ProgramMoved);
    vi.unstubAllEnvs();
  });

  it('has no room for a mirror: the machine’s fault too', async () => {
    await install();
    await startIt();
    const caller = await idleCaller();
    await rm(join(place.root, 'repos'), { recursive: true });
    await writeFile(join(place.root, 'repos'), 'in the way');
    assign(caller);
    expect((await caller.next('task.fail')).error).toMatchObject({ class: 'machine' });
  });
});

it('an agent that fills the disk is stopped before that, with what it has done kept, and its machine takes no more', async () => {
  const { bavail, bsize } = await statfs(place.root);
  const filling = SLOW.replace('cat ../go', `fallocate -l ${3 * GIB} ../big && exec sleep 600`);
  const settings = { ...config(filling), lowDiskBytes: bavail * bsize - GIB };
  sidecars.push(await startSidecar(settings, { logger, shim: shimText() }));
  const caller = await idleCaller();
  assign(caller);
  const pid = await agentRuns();
  const { error } = await caller.next('task.fail');
  expect(error).toMatchObject({ class: 'transient', code: 'runner.disk_low' });
  expect(error.message).toContain('the work is kept');
  expect(identify(pid)).toBeUndefined();
  expect((await caller.next('heartbeat')).unfit).toMatchObject({ code: 'machine.disk_low' });
});
