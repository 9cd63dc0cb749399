// A spend limit from the command line, felt by sessions of agents: they are told, nothing more begins, and at the limit what runs is stopped with its
// work kept; after a raise all of it goes on in the same sessions.

import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CLI, REPOSITORY } from '../support/cli.js';
import { type Hub, startHub } from '../support/hub.js';
import { Origin } from '../support/origin.js';
import { Sandbox } from '../support/sandbox.js';
import { Sidecar } from '../support/sidecar.js';
import { eventually } from '../support/wait.js';

const SETTLE_MS = 60_000;
const NAMES = ['ann', 'ben'] as const;
type Name = (typeof NAMES)[number];

const sandbox = new Sandbox();
let hub: Hub;
let sidecars: Sidecar[];
let origin: Origin;

beforeAll(async () => {
  hub = await startHub(sandbox);
  origin = await Origin.make(sandbox.path('origin'));
  sidecars = await Promise.all(NAMES.map((name) => joined(name)));
});

afterAll(async () => {
  for (const { child } of sidecars ?? []) await child.stop();
  await hub?.stop();
  expect(await sandbox.close()).toEqual([]);
});

/** With a program that plays Claude Code. */
function joined(name: Name): Promise<Sidecar> {
  const dir = orders(name);
  mkdirSync(dir, { recursive: true });
  const program = join(dir, 'claude');
  const played = join(REPOSITORY, 'tests', 'fixtures', 'spending-claude.mjs');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${played}' "$@"\n`);
  chmodSync(program, 0o755);
  const runner = ["kind = 'claude'", `program = '${program}'`, `extraArgs = ['--orders', '${dir}']`];
  return Sidecar.join(sandbox, hub.api, name, { runner, env: { ANTHROPIC_API_KEY: 'none' } });
}

function orders(name: Name): string {
  return sandbox.path('orders', name);
}

/** In all, in whole. */
function spend(name: Name, tokens: number): void {
  const file = join(orders(name), 'spend');
  writeFileSync(`${file}.new`, `${tokens}`);
  renameSync(`${file}.new`, file);
}

interface Noted {
  readonly began?: string;
  readonly resumed?: boolean;
  readonly told?: string;
}

function log(name: Name): Noted[] {
  const file = join(orders(name), 'log');
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Noted);
}

async function agentcom<T>(...args: readonly string[]): Promise<T> {
  const child = sandbox.run(process.execPath, [CLI, '--json', '--hub', hub.url, '--key-file', hub.keyFile, ...args]);
  const { code } = await child.ended;
  expect(code, child.tail).toBe(0);
  return child.events[0] as T;
}

async function start(name: Name): Promise<string> {
  const spec = { title: 'Work', prompt: 'do it', needs: [`agent:${name}`], repo: { url: origin.url, base: 'main' } };
  return (await hub.api.submit(spec)).id;
}

interface Limit {
  readonly level: string;
  readonly windows: readonly { readonly used: { readonly tokens: number } }[];
}

const level = (wanted: string): Promise<Limit> =>
  eventually(`the level ${wanted}`, SETTLE_MS, async () => {
    const limit = await agentcom<Limit>('limit', 'show', 'org');
    return limit.level === wanted ? limit : undefined;
  });

test('sessions are told, nothing begins, what runs is stopped and kept, and after a raise all goes on where it was', async () => {
  await agentcom('config', 'set', 'spending.estimateTokens=10');
  await agentcom('limit', 'set', 'org', '--day-tokens', '1000');
  const tasks = [await start('ann'), await start('ben')] as const;
  for (const name of NAMES)
    await eventually(`the session of ${name}`, SETTLE_MS, async () => log(name).length > 1 || undefined);

  spend('ann', 500);
  spend('ben', 250);
  await level('warned');
  for (const name of NAMES)
    await eventually(
      `a word to ${name}`,
      SETTLE_MS,
      async () =>
        log(name).some(({ told }) => told?.includes('More than 70 % of the spend limit of org') === true) || undefined,
    );

  spend('ben', 400);
  await level('closed');
  const waiting = await start('ann');
  expect(await hub.api.task(waiting)).toMatchObject({ state: 'queued', offers: 0 });
  for (const id of tasks) expect((await hub.api.task(id)).state).toBe('working');

  spend('ann', 650);
  const { windows } = await level('reached');
  expect(windows[0]?.used.tokens).toBe(1_050);
  for (const id of tasks) {
    const stopped = await eventually(`the stop of ${id}`, SETTLE_MS, async () => {
      const task = await hub.api.task(id);
      return task.attempts[0]?.leftConfirmed === true ? task : undefined;
    });
    expect(stopped).toMatchObject({ state: 'scheduled', reason: 'budget', attemptsUsed: 0 });
    expect(stopped.attempts).toMatchObject([{ counted: false, limit: 'org' }]);
    expect(stopped.attempts[0]?.salvageRef).toMatch(/^refs\/agentcom\/salvage\//);
  }
  for (const id of [...tasks, waiting]) {
    const { reasons } = await agentcom<{ reasons: { code: string; message: string }[] }>('task', 'why', id);
    expect(reasons[0]).toMatchObject({ code: 'limit_reached', limit: 'org' });
    expect(reasons[0]?.message).toContain('raise it with `agentcom limit raise org`');
  }

  for (const name of NAMES) writeFileSync(join(orders(name), 'gate'), '');
  await agentcom('limit', 'raise', 'org', '--day-tokens', '100000');
  for (const [i, name] of NAMES.entries()) {
    const done = await hub.api.taskIn(tasks[i] ?? '', ['completed', 'dead'], SETTLE_MS);
    expect(done).toMatchObject({ state: 'completed', attemptsUsed: 0 });
    expect(done.attempts.map(({ agent }) => agent)).toEqual([name, name]);
    expect(await origin.show(done.result?.commit ?? '', 'work.txt')).toBe('done\n');
    const [first, second] = log(name).filter(({ began }) => began !== undefined);
    expect(second).toEqual({ began: first?.began, resumed: true });
    expect(await origin.show(done.result?.commit ?? '', 'draft.txt')).toBe(`${first?.began}\n`);
  }
  await hub.api.taskIn(waiting, ['completed'], SETTLE_MS);
});
