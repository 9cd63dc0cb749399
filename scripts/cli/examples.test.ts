// Every example in every help text runs: its commands, options and values are those that there are, and what it sends to a hub is what the
// hub's schemas allow.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configWith } from '@agentcom/schemas';
import { costExamples } from '@agentcom/schemas/examples/costs';
import { wordsOf } from '@agentcom/schemas/words';
import type { Command } from 'commander';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CommandEntry, programOf } from './command-line.js';
import { git } from './demo/project.js';
import { EXIT } from './exit.js';
import { schemaHub } from './fixture.js';
import { Cli } from './invocation.js';
import { COMMANDS, runCommandLine } from './program.js';
import { KEY, type TestHub, task, temporaryDir, testWorld } from './testing.js';

/** Runs nothing, and counts what would have run. */
class ParsingCli extends Cli {
  ran = 0;

  override act(): () => Promise<void> {
    return async () => {
      this.ran += 1;
    };
  }
}

async function helpOf(...args: readonly string[]): Promise<string> {
  const world = testWorld();
  await runCommandLine(world, [...args, '--help']);
  return world.out();
}

/** The names of all commands: `up`, `task list`, … */
async function commandNames(entries: readonly CommandEntry[]): Promise<readonly string[]> {
  const cli = new ParsingCli(testWorld());
  const program = programOf(cli, entries);
  const names: string[] = [];
  for (const { name, load } of entries) {
    const command = program.commands.find((one: Command) => one.name() === name) as Command;
    (await load())(command, cli);
    names.push(...leavesOf(name, command));
  }
  return names;
}

function leavesOf(name: string, { commands }: Command): readonly string[] {
  return commands.length === 0 ? [name] : commands.flatMap((one) => leavesOf(`${name} ${one.name()}`, one));
}

/** Each in one line. */
function examplesIn(help: string): readonly string[] {
  return [...help.replace(/ \\\n +/g, ' ').matchAll(/^ {2}\$ (.*)$/gm)].map(([, example = '']) => example);
}

/** What the shell would give to `agentcom`: without what stands before it, and without redirections. */
function argumentsIn(example: string): readonly string[] | undefined {
  const line =
    example
      .split(' | ')
      .at(-1)
      ?.replace(/^[A-Z_]+=\S+ /, '')
      .replace(/ [<>] \S+$/, '') ?? '';
  if (!line.startsWith('agentcom ')) return undefined;
  const words = wordsOf(line.replaceAll('~/', '/home/'));
  if (!words.ok) throw new Error(`${line}: not the words of one command`);
  return words.words.slice(1);
}

const names = await commandNames(COMMANDS);

/** What acts on this machine, or runs until it is stopped: its examples are only parsed. */
const LOCAL = ['context', 'up', 'join', 'leave', 'sidecar', 'bench', 'doctor', 'mcp', 'report', 'watch', 'top'];
/** With these a person is asked, so that without one nothing is sent. */
const ASKING = ['--edit', '--confirm'];
const LOCAL_INNER = ['backup restore', 'task diff --full', 'task checkout', 'task open'];

let hub: TestHub;
let dir: Awaited<ReturnType<typeof temporaryDir>>;

beforeAll(async () => {
  dir = await temporaryDir();
  await git(process.env, ['init', '--quiet', '--initial-branch=main', dir.path]);
  await git(process.env, ['-C', dir.path, 'commit', '--quiet', '--allow-empty', '--message', 'Begin']);
  for (const file of ['login.md', 'answer.txt', 'notes.md', 'slack.token'])
    await writeFile(join(dir.path, file), 'A text.\n');
  await writeFile(join(dir.path, 'routes.json'), '{"routes":[]}');
  const end = `event: end\ndata: ${JSON.stringify({ state: 'completed' })}\n\n`;
  const printed = { generation: 2, outputSeq: 1, stream: 'agent', at: '2026-01-31T12:00:00Z', data: 'done\n' };
  const config = { status: 200, body: configWith({}) };
  hub = await schemaHub({
    'task.show': () => ({ status: 200, body: task({ state: 'completed', generation: 1 }) }),
    'task.list': () => ({ status: 200, body: { items: [task()], nextCursor: null } }),
    'task.output': ({ headers }) =>
      headers.accept === 'text/event-stream'
        ? { status: 200, text: end, headers: { 'content-type': 'text/event-stream' } }
        : { status: 200, body: { items: [printed], nextCursor: null } },
    'task.lines': () => ({
      status: 200,
      body: { generation: 1, items: [], next: null, lines: 0, counted: true, cursor: null, colours: '' },
    }),
    'config.show': () => config,
    'config.change': () => config,
    'audit.list': () => ({ status: 200, body: { items: [], nextCursor: null, breaks: [] } }),
    // What was used without a price would end `prices check` with 1.
    costs: () => ({ status: 200, body: { ...costExamples.CostReport.valid[0], items: [] } }),
  });
});
afterAll(async () => {
  await hub.stop();
  await dir.remove();
});

function isInner(args: readonly string[]): boolean {
  return LOCAL_INNER.some((words) => words.split(' ').every((word) => args.includes(word)));
}

function isLocal(args: readonly string[]): boolean {
  const isFile = args[0] === 'backup' && /^(?:\.\/|s3:)/.test(args[2] ?? '');
  return isFile || LOCAL.includes(args[0] ?? '') || isInner(args);
}

it.each(['', ...names])('the examples of agentcom %s parse', async (name) => {
  const help = await helpOf(...name.split(' ').filter((word) => word !== ''));
  const examples = examplesIn(help);
  expect(examples).not.toEqual([]);
  for (const example of examples) {
    const args = argumentsIn(example);
    if (args === undefined) continue;
    const cli = new ParsingCli(testWorld());
    await programOf(cli, COMMANDS).parseAsync([...args], { from: 'user' });
    expect(cli.ran, example).toBe(1);
  }
});

it.each(['', ...names])('the help of agentcom %s fits a terminal', async (name) => {
  const help = await helpOf(...name.split(' ').filter((word) => word !== ''));
  expect(help.split('\n').filter((line) => line.length > 80 && !/\S{60}/.test(line))).toEqual([]);
});

it.each(['', ...names])('the examples of agentcom %s are what a hub takes', async (name) => {
  const help = await helpOf(...name.split(' ').filter((word) => word !== ''));
  const examples = examplesIn(help);
  for (const example of examples) {
    const args = argumentsIn(example);
    if (args === undefined || isLocal(args)) continue;
    const env = { AGENTCOM_KEY: KEY, PATH: process.env.PATH ?? '' };
    const world = { ...testWorld({ env, stdin: 'A text.' }), cwd: dir.path };
    const exit = await runCommandLine(world, [...args, '--hub', hub.url]);
    const wanted = args.some((word) => ASKING.includes(word)) ? EXIT.usage : EXIT.done;
    expect({ exit, err: world.err() }, example).toMatchObject({ exit: wanted });
  }
});
