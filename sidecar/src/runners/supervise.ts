// Runs one program from its start to the last of its processes, by what `core/run.ts` decides.

import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { OutputStream } from '@agentcom/schemas';
import { codeOf, makePrivateDirectory } from '@agentcom/schemas/host';
import type { Exit } from '../core/attempt.js';
import { beginRun, exitOf, sessionOf, stepRun } from '../core/run.js';
import type { RunEffect, RunEvent, RunState } from '../core/run-model.js';
import { killAll, type ProcessSet, processesOf, signalAll } from '../host/attempt-processes.js';
import type { Cgroup } from '../host/cgroup.js';
import { OutputWriter } from '../host/output-log.js';
import { WRITE_OWN } from '../host/own-file.js';
import { ENGINE_FAILED, inContainer } from '../host/run-container.js';
import { asUser } from '../host/run-user.js';
import { strayProcesses } from '../host/stray-processes.js';
import { openToRead } from '../host/user-access.js';
import { ActivityWatch } from './activity-watch.js';
import { secretsIn } from './environment.js';
import { GivenMessages } from './given-messages.js';
import { heardIn, maskHeard } from './heard.js';
import type { Dialect, Heard, KindDefinition, Launch } from './kind.js';
import { KINDS } from './kinds/index.js';
import { leftNotes, leftRunning, runningBeside } from './left-behind.js';
import { MaskedOutput } from './masked-output.js';
import { NewestFile } from './newest-file.js';
import { OutputBudget } from './output-budget.js';
import { type LineSink, OutputLines } from './output-lines.js';
import type { ExitRecord, ProgressRecord, RunPaths, RunSpec } from './run-files.js';
import { startErrorOf } from './start-error.js';
import type { StopRequest } from './stop-request.js';

const TICK_MS = 100;
/** How long a tool that was interrupted may take to say what it has used. */
const INTERRUPT_MS = 5_000;
/**
 * How long nothing may come of the output after the program itself has ended, and how long it may come at most: a process it left
 * behind can hold the pipes open, and print for ever.
 */
const DRAIN_MS = 1_000;
const DRAIN_MS_MAX = 30_000;
/** After the end by force, which only a process in the kernel's hands can outlive. */
const GONE_WITHIN_MS = 5_000;

/** `secrets`: beside those of the program's own environment. `cgroup`: that this process is in, to be left once the program is in it too. */
export async function supervise(
  spec: RunSpec,
  paths: RunPaths,
  secrets: readonly string[],
  stop: StopRequest,
  cgroup: Cgroup | undefined,
): Promise<ExitRecord> {
  if (stop.isRequested) return notStarted(spec, null);
  const writer = new OutputWriter(paths.output);
  try {
    const { launch, ...work } = workOf(spec);
    await writeFiles(spec, paths, launch.files);
    const output = new MaskedOutput(writer, [...secrets, ...secretsIn({ ...process.env, ...launch.env })]);
    return await new Supervision(spec, paths, output, work, cgroup).run(launch, stop);
  } catch (error) {
    return notStarted(spec, reasonOf(error));
  } finally {
    writer.close();
  }
}

class Supervision {
  readonly #spec: RunSpec;
  readonly #output: MaskedOutput;
  readonly #dialect: Dialect;
  readonly #said: Work['said'];
  readonly #endsAtInterrupt: boolean;
  readonly #messages: GivenMessages;
  readonly #progress: NewestFile;
  readonly #processes: ProcessSet;
  readonly #cgroup: Cgroup | undefined;
  readonly #activity: ActivityWatch;
  readonly #startedAt = performance.now();
  readonly #budget = new OutputBudget();
  readonly #lines: { readonly stdout: OutputLines; readonly stderr: OutputLines };
  #state: RunState = beginRun(this.#startedAt);
  #agent: ChildProcess | undefined;
  #forceAt: number | null = null;
  /** When a tool that was interrupted is told to end as any other. */
  #terminateAt: number | null = null;
  /** The newest that were heard in what is being read: each says the totals, so that those before it need not be dealt with. */
  #counters: Extract<Heard, { type: 'counters' }> | null = null;
  /** The tool and its servers: what ran when its session began. */
  #own: ReadonlySet<number> = new Set();
  /** What the agent was stopped with, when it had waited for it. */
  #waitedFor: readonly string[] = [];

  constructor(
    spec: RunSpec,
    paths: RunPaths,
    output: MaskedOutput,
    { dialect, said, endsAtInterrupt }: Omit<Work, 'launch'>,
    cgroup: Cgroup | undefined,
  ) {
    this.#spec = spec;
    this.#output = output;
    this.#dialect = dialect;
    this.#said = said;
    this.#endsAtInterrupt = endsAtInterrupt === true;
    this.#messages = new GivenMessages(paths.messages);
    this.#progress = new NewestFile(paths.progress);
    this.#processes = {
      group: process.pid,
      tag: spec.tag,
      cgroup: cgroup?.dir,
      user: spec.user,
      container: spec.container,
    };
    this.#cgroup = cgroup;
    this.#activity = new ActivityWatch(this.#processes, spec);
    this.#lines = { stdout: this.#linesOf('stdout'), stderr: this.#linesOf('stderr') };
  }

  /** Rejects only before there is a process. */
  async run(launch: Launch, stop: StopRequest): Promise<ExitRecord> {
    const { work, cwd, user, container } = this.#spec;
    if (work.type === 'command') this.#output.line('agent', `$ ${work.line}`);
    this.#output.flush();
    const [named] = launch.argv;
    const env = { ...process.env, ...launch.env };
    const { program, args, options, preface } =
      container === undefined
        ? asUser(user, { argv: launch.argv, cwd, env })
        : inContainer(container, { argv: launch.argv, cwd, env });
    // Not detached: the program stays in the shim's group, so that the group's number is on disk before the program exists.
    const agent: ChildProcess = spawn(program, [...args], { ...options, stdio: 'pipe' });
    this.#agent = agent;
    if (agent.pid !== undefined) this.#own = new Set([agent.pid]);
    this.#cgroup?.leave();
    let heardAt = this.#startedAt;
    const ended = endOf(agent, () => heardAt);
    for (const stream of ['stdout', 'stderr'] as const) {
      agent[stream]?.on('data', (chunk: Buffer) => {
        this.#lines[stream].push(chunk, performance.now());
        this.#count();
        this.#output.flush();
        this.#feed({ type: 'activity' });
        heardAt = performance.now();
      });
    }
    // A program may end before it has read all of it.
    agent.stdin?.on('error', () => undefined);
    agent.stdin?.write(`${preface}${launch.input}`);
    if (!launch.keepsInputOpen) agent.stdin?.end();

    stop.listen((reason) => this.#feed({ type: 'stop', reason }));
    const ticking = setInterval(() => this.#tick(), TICK_MS);
    const { code, signal, startError: error } = await ended;
    const engineError = container !== undefined && code === ENGINE_FAILED ? this.#output.tail.trim() : null;
    const startError = error === null ? engineError : startErrorOf(error, container?.engine ?? named, cwd);
    clearInterval(ticking);
    // What it left behind goes with it, and is named: it may have been work.
    const isOwnEnd = this.#state.cut === null && !stop.isRequested && startError === null;
    const left = isOwnEnd ? await leftRunning(this.#processes, this.#spec.ours) : this.#waitedFor;
    await killAll(this.#processes, GONE_WITHIN_MS);
    const strays = work.type === 'turn' ? await strayProcesses(cwd, user?.uid) : [];
    const notes = leftNotes(work.type, left, strays).map((note) => this.#output.mask(note));
    for (const stream of [agent.stdout, agent.stderr]) stream?.destroy();
    for (const lines of Object.values(this.#lines)) lines.end();
    // Its output is all that people see of a command.
    if (work.type === 'command') for (const note of notes) this.#output.say(note);
    this.#count();
    const seconds = (performance.now() - this.#startedAt) / 1000;
    // How a command takes its own end, as when the machine shuts down, is no verdict on the work.
    const isCutShort = work.type === 'command' && stop.isRequested;
    const exit = exitOf(this.#spec.plan, this.#state, {
      ...{ code: isCutShort ? null : code, signal, seconds, notes },
      tail: this.#output.tail,
    });
    return { startError, exit };
  }

  #tick(): void {
    const now = performance.now();
    for (const lines of Object.values(this.#lines)) lines.tick(now);
    this.#sayMessages(now);
    this.#output.flush();
    if (this.#activity.isActive(this.#state, now)) this.#feed({ type: 'activity' });
    this.#feed({ type: 'tick' });
    if (this.#terminateAt !== null && now >= this.#terminateAt) {
      this.#terminateAt = null;
      signalAll(this.#processes, 'SIGTERM');
    }
    if (this.#forceAt !== null && now >= this.#forceAt) signalAll(this.#processes, 'SIGKILL');
  }

  #sayMessages(now: number): void {
    if (this.#said === undefined || this.#state.final !== null || this.#agent?.stdin?.writable !== true) return;
    for (const text of this.#messages.take(now)) {
      this.#output.say(text);
      this.#agent.stdin.write(this.#said(text));
    }
  }

  #feed(event: RunEvent): void {
    const { state, effects } = stepRun(this.#spec.plan, this.#state, event, performance.now());
    this.#state = state;
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: RunEffect): void {
    switch (effect.do) {
      case 'write':
        if (this.#agent?.stdin?.writable === true) this.#agent.stdin.write(effect.text);
        return;
      case 'close input':
        this.#agent?.stdin?.end();
        return;
      case 'tell': {
        const session = sessionOf(this.#spec.plan, this.#state);
        const record: ProgressRecord = { progress: effect.progress, session, final: this.#state.final };
        return this.#progress.put(record);
      }
      case 'end':
        if (this.#state.cut === 'lingering')
          this.#waitedFor = runningBeside(this.#processes, this.#own, this.#spec.ours);
        return this.#end();
    }
  }

  #end(): void {
    const now = performance.now();
    const { stopGraceMs } = this.#spec;
    this.#forceAt = now + stopGraceMs;
    const mayInterrupt = this.#endsAtInterrupt && this.#state.final === null;
    if (mayInterrupt) this.#terminateAt = now + Math.min(INTERRUPT_MS, stopGraceMs / 2);
    signalAll(this.#processes, mayInterrupt ? 'SIGINT' : 'SIGTERM');
  }

  #linesOf(stream: 'stdout' | 'stderr'): OutputLines {
    const sink: LineSink = {
      line: (line, shownChars) => this.#hear(stream, line, shownChars),
      part: (line, shownChars) => this.#output.part(stream, line, shownChars),
      cut: (line, shownChars, omittedChars) => this.#output.cut(stream, line, shownChars, omittedChars),
      event: (line) => this.#hear(stream, line, 0, false),
      gap: (bytes) => this.#output.gap(stream, bytes),
    };
    return new OutputLines(sink, this.#budget);
  }

  /** `isShown`: whether there is room for what it says to people. */
  #hear(stream: OutputStream & keyof Dialect, line: string, shownChars: number, isShown = true): void {
    const heard = heardIn(this.#dialect, stream, line).filter(({ type }) => isShown || type !== 'say');
    if (shownChars > 0) this.#output.line(stream, line, shownChars);
    for (const what of heard) this.#take(what, shownChars > 0 ? line : null);
  }

  /** `shown`: the line that has been shown whole as it came. */
  #take(heard: Heard, shown: string | null): void {
    if (heard.type === 'session') this.#own = new Set(processesOf(this.#processes));
    if (heard.type === 'counters') this.#counters = heard;
    else if (heard.type !== 'say') this.#tellRun(heard);
    else if (heard.stream === undefined) this.#output.say(heard.text);
    else if (heard.text !== shown) for (const line of heard.text.split('\n')) this.#output.line(heard.stream, line);
  }

  #tellRun(heard: Exclude<Heard, { type: 'say' }>): void {
    this.#count();
    this.#feed({ type: 'heard', heard: maskHeard(heard, this.#output) });
  }

  #count(): void {
    if (this.#counters === null) return;
    const heard = this.#counters;
    this.#counters = null;
    this.#feed({ type: 'heard', heard });
  }
}

interface Work {
  readonly launch: Launch;
  readonly dialect: Dialect;
  /** How a message is put on its input. */
  readonly said?: KindDefinition['said'];
  readonly endsAtInterrupt?: KindDefinition['endsAtInterrupt'];
}

function workOf({ work }: RunSpec): Work {
  if (work.type === 'turn') {
    const definition = KINDS.get(work.kind);
    if (definition === undefined) throw new Error(`unknown runner ${work.kind}`);
    const { said, endsAtInterrupt } = definition;
    return {
      launch: definition.launch(work.turn),
      dialect: definition.dialect(work.turn),
      ...(said && { said }),
      ...(endsAtInterrupt && { endsAtInterrupt }),
    };
  }
  return {
    launch: { argv: work.argv, env: {}, input: '', keepsInputOpen: false, files: {} },
    dialect: {
      stdout: (text) => [{ type: 'say', text, stream: 'stdout' }],
      stderr: (text) => [{ type: 'say', text, stream: 'stderr' }],
    },
  };
}

async function writeFiles({ work, user }: RunSpec, paths: RunPaths, files: Launch['files']): Promise<void> {
  const dir = work.type === 'turn' ? work.turn.dir : paths.files;
  await makePrivateDirectory(dir);
  for (const [name, text] of Object.entries(files))
    await writeFile(join(dir, basename(name)), text, { mode: 0o600, flag: WRITE_OWN });
  if (user !== undefined) await openToRead(user, dir);
}

function notStarted({ plan }: RunSpec, startError: string | null): ExitRecord {
  return { startError, exit: exitOf(plan, beginRun(0), { code: null, signal: null, seconds: 0, tail: '', notes: [] }) };
}

function reasonOf(error: unknown): string {
  return codeOf(error) ?? (error instanceof Error ? error.message : String(error));
}

type ProgramEnd = Pick<Exit, 'code' | 'signal'> & Pick<ExitRecord, 'startError'>;

/** `heardAt`: when the last of its output had been dealt with. */
function endOf(agent: ChildProcess, heardAt: () => number): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    agent.once('error', (error) => {
      resolve({ code: null, signal: null, startError: reasonOf(error) });
    });
    agent.once('exit', (code, signal) => {
      const finish = () => resolve({ code, signal, startError: null });
      const giveUpAt = performance.now() + DRAIN_MS_MAX;
      let late: NodeJS.Timeout;
      const wait = () => {
        const now = performance.now();
        const quietMs = now - Math.max(heardAt(), giveUpAt - DRAIN_MS_MAX);
        if (quietMs >= DRAIN_MS || now >= giveUpAt) finish();
        else late = setTimeout(wait, DRAIN_MS - quietMs);
      };
      wait();
      agent.once('close', () => {
        clearTimeout(late);
        finish();
      });
    });
  });
}
