// One program run as a process of its own: its lines as they come, its end, its signals.

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { within } from './wait.js';

/** Enough to see why a program failed. */
const TAIL_LINES = 60;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ChildOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Of the user and the group that it runs as; only root can choose. */
  readonly uid?: number;
  /** Opens a channel for messages, as `fork` does. */
  readonly ipc?: boolean;
  /** Reads what `write` sends it; without, it reads nothing. */
  readonly input?: boolean;
}

export class Child {
  readonly #process: ChildProcess;
  readonly #name: string;
  readonly #tail: string[] = [];
  readonly #events: object[] = [];
  readonly #waiting = new Set<() => void>();
  readonly ended: Promise<Ended>;
  #end: Ended | null = null;

  constructor(program: string, args: readonly string[], options: ChildOptions = {}) {
    this.#name = [program, ...args].join(' ');
    this.#process = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      ...(options.uid !== undefined && { uid: options.uid, gid: options.uid }),
      stdio: [options.input ? 'pipe' : 'ignore', 'pipe', 'pipe', ...(options.ipc ? ['ipc' as const] : [])],
    });
    this.ended = new Promise((resolve) => {
      const finish = (end: Ended): void => {
        this.#end ??= end;
        resolve(this.#end);
        this.#wake();
      };
      this.#process.once('error', (error) => {
        this.#keep(String(error));
        finish({ code: null, signal: null });
      });
      this.#process.once('close', (code, signal) => finish({ code, signal }));
    });
    this.#read('stdout', (line) => this.#hear(line));
    this.#read('stderr', () => undefined);
  }

  get pid(): number {
    const { pid } = this.#process;
    if (pid === undefined) throw new Error(`${this.#name} did not start`);
    return pid;
  }

  get process(): ChildProcess {
    return this.#process;
  }

  get hasEnded(): boolean {
    return this.#end !== null;
  }

  /** The last lines it wrote, of both streams. */
  get tail(): string {
    return this.#tail.join('\n');
  }

  /** Every JSON object it has written to stdout, a line each. */
  get events(): readonly object[] {
    return this.#events;
  }

  /** The first JSON line of stdout with this `event`. */
  async event(name: string, timeoutMs: number): Promise<Record<string, unknown>> {
    const found = (): object | undefined => this.#events.find((event) => 'event' in event && event.event === name);
    const heard = new Promise<Record<string, unknown>>((resolve, reject) => {
      const look = (): void => {
        const event = found();
        if (event === undefined && this.#end === null) return;
        this.#waiting.delete(look);
        if (event !== undefined) resolve(event as Record<string, unknown>);
        else reject(new Error(`${this.#name} ended (${describeEnd(this.#end)}) before "${name}":\n${this.tail}`));
      };
      this.#waiting.add(look);
      look();
    });
    try {
      return await within(heard, timeoutMs, `"${name}" from ${this.#name}`);
    } catch (error) {
      throw this.#end === null ? new Error(`${String(error)}\n${this.tail}`) : error;
    }
  }

  write(text: string): void {
    this.#process.stdin?.write(text);
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#end === null) this.#process.kill(signal);
  }

  /** `kill -9`, and waits until it is gone. */
  async kill9(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended;
  }

  /** Asks it to end, waits, and says how it did; whoever does not end in time is killed and named. */
  async stop(timeoutMs = 20_000): Promise<Ended> {
    this.signal('SIGTERM');
    try {
      return await within(this.ended, timeoutMs, `the end of ${this.#name}`);
    } catch (error) {
      await this.kill9();
      throw new Error(`${String(error)}\n${this.tail}`);
    }
  }

  #read(stream: 'stdout' | 'stderr', hear: (line: string) => void): void {
    const input = this.#process[stream];
    if (input === null) return;
    createInterface({ input }).on('line', (line) => {
      this.#keep(line);
      hear(line);
    });
  }

  #hear(line: string): void {
    if (!line.startsWith('{')) return;
    try {
      this.#events.push(JSON.parse(line) as object);
    } catch {
      return;
    }
    this.#wake();
  }

  #keep(line: string): void {
    this.#tail.push(line);
    if (this.#tail.length > TAIL_LINES) this.#tail.shift();
  }

  #wake(): void {
    for (const look of [...this.#waiting]) look();
  }
}

function describeEnd(end: Ended | null): string {
  return end?.signal ?? `code ${end?.code ?? 'none'}`;
}
