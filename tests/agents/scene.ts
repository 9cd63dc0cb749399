// One agent of a real kind at a real hub, on a machine of its own: a home directory, a sidecar, a repository, and a fake model.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { TaskSpec, TaskView } from '@agentcom/schemas';
import { onTestFinished } from 'vitest';
import type { Child } from '../support/child.js';
import { EventReader } from '../support/events.js';
import type { Hub } from '../support/hub.js';
import { Origin } from '../support/origin.js';
import { Sandbox } from '../support/sandbox.js';
import { eventually } from '../support/wait.js';
import type { Scenario } from './fake-model/scenario.js';
import { type FakeModel, startFakeModel } from './fake-model/server.js';
import { startToolSidecar } from './tool-sidecar.js';
import type { Tool } from './tools.js';

const TASK_TIMEOUT_MS = 120_000;

let agents = 0;

export class Scene {
  private constructor(
    readonly sandbox: Sandbox,
    readonly hub: Hub,
    readonly tool: Tool,
    readonly name: string,
    readonly model: FakeModel,
    readonly origin: Origin,
    readonly sidecar: Child,
  ) {}

  /** `runner`: more settings of `[runner]`, as TOML. `afterwards`: what a shell does when the tool has ended. */
  static async of(
    hub: Hub,
    tool: Tool,
    scenario: Scenario,
    runner: readonly string[] = [],
    afterwards?: string,
  ): Promise<Scene> {
    const sandbox = new Sandbox();
    const model = await startFakeModel(scenario);
    onTestFinished(async () => {
      await sandbox.close();
      await model.close();
    });
    agents += 1;
    const name = `${tool.kind}-${agents}`;
    const program = afterwards === undefined ? tool.installed.path : wrapped(sandbox, tool, afterwards);
    const sidecar = await startToolSidecar(sandbox, hub, {
      ...{ tool, name, dir: sandbox.dir, program, modelUrl: model.url, runner },
    });
    return new Scene(sandbox, hub, tool, name, model, await Origin.make(sandbox.path('origin.git')), sidecar);
  }

  /** As after a clean-up of the machine: no session of the tool is left. */
  loseSessions(): void {
    for (const path of this.tool.sessions)
      rmSync(join(this.sandbox.path('home'), path), { recursive: true, force: true });
  }

  submit(prompt: string, more: Partial<TaskSpec> = {}): Promise<TaskView> {
    const repo = { url: this.origin.url, base: 'main' };
    return this.hub.api.submit({ title: 'Say hello', prompt, repo, needs: [`agent:${this.name}`], ...more });
  }

  in(id: string, ...states: readonly TaskView['state'][]): Promise<TaskView> {
    return this.hub.api.taskIn(id, states, TASK_TIMEOUT_MS);
  }

  follow(id: string): Promise<EventReader> {
    return EventReader.open(`${this.hub.url}/api/v1/tasks/${id}/output?follow=1`, this.hub.key);
  }

  /** Processes that belong to the attempt, whatever group or session they are in: the tool, and what it started. */
  processesOf(task: string): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => readQuietly(`/proc/${pid}/environ`).includes(`AGENTCOM_TASK_ID=${task}`))
      .map(Number);
  }

  /** Of these the tool itself: its program is named by the first or second word of the command. */
  toolOf(task: string): number[] {
    const { program } = this.tool.installed;
    return this.processesOf(task).filter((pid) => {
      const words = readQuietly(`/proc/${pid}/cmdline`).split('\0').slice(0, 2);
      return words.some((word) => word.split('/').at(-1)?.startsWith(program));
    });
  }

  /** Waits until the model was asked so often, not counting what tools ask beside their work. */
  asked(times: number): Promise<true> {
    return eventually(`request ${times} to the model`, TASK_TIMEOUT_MS, () => {
      const tail = this.sidecar.hasEnded ? this.sidecar.tail : '';
      if (tail !== '') throw new Error(tail);
      return this.work().length >= times || undefined;
    });
  }

  work() {
    return this.model.asked.filter(({ tools }) => tools.length > 0);
  }
}

function wrapped(sandbox: Sandbox, { installed }: Tool, afterwards: string): string {
  const path = sandbox.path('wrapped');
  // Whoever asks for its version looks whether it runs at all.
  const lines = ['#!/bin/sh', `if [ "$*" = --version ]; then exec '${installed.path}' --version; fi`];
  writeFileSync(path, [...lines, `'${installed.path}' "$@"`, afterwards, ''].join('\n'), { mode: 0o700 });
  return path;
}

function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
