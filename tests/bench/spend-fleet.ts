// A fleet of the real tools, each with a sidecar, a home directory and a fake model of its own, that works until it is stopped, and finishes once it is
// told to.

import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type Answer, inTurn, type Scenario, type TokenUse } from '../agents/fake-model/scenario.js';
import { type FakeModel, type Served, startFakeModel } from '../agents/fake-model/server.js';
import { startToolSidecar } from '../agents/tool-sidecar.js';
import type { Tool } from '../agents/tools.js';
import type { Hub } from '../support/hub.js';
import type { Sandbox } from '../support/sandbox.js';

/** How long the model thinks about each answer. */
export const THINK_MS = 1_000;
/** Their programs compile as they start. */
const STARTED_AT_ONCE = 4;

/** As much output as the call has text: until the end of a turn, Claude Code's has to be estimated from that. */
const USE: TokenUse = { input: 1_000, cached: 200, output: 20 };

const FINISH: Scenario = inTurn(
  { shell: 'echo finished >> notes.txt', usage: USE },
  { shell: 'git add -A && git commit -q -m "Keep notes"', usage: USE },
  { say: 'It is finished.', usage: USE },
);

export interface FleetAgent {
  readonly name: string;
  readonly tool: Tool;
  readonly model: FakeModel;
}

export class Fleet {
  readonly agents: FleetAgent[] = [];
  readonly #size: number;
  /** Those whose first request has come. */
  readonly #begun = new Set<string>();
  #allBegun: () => void = () => undefined;
  /** Every agent has a session that is at work. */
  readonly allBegun: Promise<void>;
  #isFinishing = false;

  private constructor(size: number) {
    this.#size = size;
    this.allBegun = new Promise((resolve) => {
      this.#allBegun = resolve;
    });
  }

  /** The tools one after the other, until there are so many agents. */
  static async start(sandbox: Sandbox, hub: Hub, tools: readonly Tool[], size: number): Promise<Fleet> {
    const fleet = new Fleet(size);
    for (let from = 0; from < size; from += STARTED_AT_ONCE) {
      const some = Array.from({ length: Math.min(STARTED_AT_ONCE, size - from) }, (_, i) => from + i);
      await Promise.all(some.map((number) => fleet.#add(sandbox, hub, tools[number % tools.length] as Tool, number)));
    }
    return fleet;
  }

  async #add(sandbox: Sandbox, hub: Hub, tool: Tool, number: number): Promise<void> {
    const name = `a${number}`;
    const model = await startFakeModel((asked) => (this.#isFinishing ? FINISH(asked) : this.#work(name, asked.step)));
    this.agents.push({ name, tool, model });
    const dir = sandbox.path(name);
    await startToolSidecar(sandbox, hub, {
      tool,
      name,
      dir,
      program: tool.installed.path,
      modelUrl: model.url,
      runner: [],
    });
  }

  /** Nobody goes on before all have begun, so that all of them are at work together. */
  async #work(name: string, step: number): Promise<Answer> {
    this.#begun.add(name);
    if (this.#begun.size === this.#size) this.#allBegun();
    await this.allBegun;
    await delay(THINK_MS);
    return { shell: `echo '${noteOf(name, step)}' >> notes.txt`, usage: USE };
  }

  /** What is asked from now on is answered with the end of the work. */
  finish(): void {
    this.#isFinishing = true;
  }

  /** Answers of the models, with what each is billed, in micros: all of them, or those since a time. */
  billed(sinceMs = 0): number {
    return this.#sum(({ atMs }) => atMs >= sinceMs);
  }

  /** Of these, what was asked for the work itself. */
  billedForWork(): number {
    return this.#sum(({ asked }) => asked.tools.length > 0);
  }

  #sum(counts: (served: Served) => boolean): number {
    return this.agents.reduce((sum, { model, tool }) => sum + model.served.filter(counts).length * tool.costOf(USE), 0);
  }

  /** The notes that the agent's tool has told its model of: they were written. */
  static notesOf({ name, model }: FleetAgent): string[] {
    const steps = model.served.filter(({ asked }) => asked.tools.length > 0).map(({ asked }) => asked.step);
    return Array.from({ length: Math.max(0, ...steps) }, (_, step) => noteOf(name, step));
  }

  async close(): Promise<void> {
    await Promise.all(this.agents.map(({ model }) => model.close()));
  }
}

function noteOf(name: string, step: number): string {
  return `${name} ${step}`;
}

/** Processes of tools that work on any of the tasks, whatever group or session they are in. */
export function toolProcesses(tasks: ReadonlySet<string>): number[] {
  return readdirSync('/proc').flatMap((name) => {
    const task = /^\d+$/.test(name) ? /AGENTCOM_TASK_ID=([^\0]+)/.exec(environ(name))?.[1] : undefined;
    return task !== undefined && tasks.has(task) ? [Number(name)] : [];
  });
}

function environ(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}
