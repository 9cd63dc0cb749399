// Started as a process of its own for each run: it starts the agent, keeps its output, and writes down how it ended, whether or
// not the sidecar lives through it. Its only argument is the directory of the job.

import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, createDurably, writeDurably } from '../host/durable-file.js';
import { markOf } from '../host/process-mark.js';
import { OutputLog } from './output-log.js';
import { ProgressLines } from './progress-lines.js';
import { type ExitRecord, type RunPaths, type RunSpec, runPaths } from './run-files.js';

const PROGRESS_EVERY_MS = 1_000;
/** How long output may still come after the agent itself has ended; a process it left behind can hold the pipes open for ever. */
const DRAIN_MS = 1_000;
const WRITE_TRIES = 600;

const [dir] = process.argv.slice(2);
if (dir === undefined) throw new Error('usage: shim DIRECTORY');
// The group is asked to end as a whole; the shim stays, to write down how the agent took it.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);

const paths = runPaths(dir);
const spec: RunSpec = JSON.parse(readFileSync(paths.spec, 'utf8'));
if (await createDurably(paths.run, JSON.stringify({ shim: markOf(process.pid) }))) {
  const exit = await runAgent(spec, paths);
  await writeStubbornly(paths.exit, JSON.stringify(exit));
}
process.exit(0);

function runAgent({ argv, cwd, outputBytes }: RunSpec, { prompt }: RunPaths): Promise<ExitRecord> {
  const [program, ...args] = argv;
  const startedAtMs = Date.now();
  const input = openSync(prompt, 'r');
  // Not detached: the agent stays in the shim's group, so that the group's number is on disk before the agent exists.
  const agent = spawn(program, args, { cwd, env: process.env, stdio: [input, 'pipe', 'pipe'] });
  closeSync(input);

  const log = new OutputLog(paths, outputBytes);
  const lines = new ProgressLines();
  const tellProgress = progressWriter(paths.progress);
  agent.stdout?.on('data', (chunk: Buffer) => {
    log.write(chunk);
    const found = lines.push(chunk);
    if (found !== undefined) tellProgress(found);
  });
  agent.stderr?.on('data', (chunk: Buffer) => log.write(chunk));

  return new Promise((resolve) => {
    const end = (outcome: Pick<ExitRecord, 'code' | 'signal' | 'startError'>) => {
      resolve({ ...outcome, startedAtMs, endedAtMs: Date.now() });
    };
    agent.once('error', (error) => end({ code: null, signal: null, startError: codeOf(error) ?? error.message }));
    agent.once('exit', (code, signal) => {
      const finish = () => end({ code, signal, startError: null });
      const late = setTimeout(finish, DRAIN_MS);
      agent.once('close', () => {
        clearTimeout(late);
        finish();
      });
    });
  });
}

/** Writes the newest progress, at most once a second. What is not written when the agent ends is of no interest any more. */
function progressWriter(path: string) {
  let waiting: string | undefined;
  let isWriting = false;

  async function writeAll(): Promise<void> {
    isWriting = true;
    try {
      while (waiting !== undefined) {
        const newest = waiting;
        waiting = undefined;
        const temporary = `${path}.new`;
        await writeFile(temporary, newest, { mode: 0o600 });
        await rename(temporary, path);
        await sleep(PROGRESS_EVERY_MS);
      }
    } finally {
      isWriting = false;
    }
  }

  return (message: string): void => {
    waiting = message;
    // Progress that cannot be written is lost; the next one may do better.
    if (!isWriting) void writeAll().catch(() => undefined);
  };
}

/** A full disk may get room again; the outcome of hours of work waits for that. */
async function writeStubbornly(path: string, text: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await writeDurably(path, text);
    } catch (error) {
      if (tries === WRITE_TRIES) throw error;
      await sleep(1_000);
    }
  }
}
