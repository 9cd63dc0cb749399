// A whole sidecar for tests, against a hub that the test plays: real sockets, real git, real processes.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AssignedTask, compile, resolveSettings } from '@agentcom/schemas';
import { silentLog } from '@agentcom/schemas/log-testing';
import { expect } from 'vitest';
import type { SidecarConfig } from './config.js';
import { ATTEMPT, task } from './core/fixture.js';
import { Place } from './git/fixture.js';
import { type Caller, FakeHub } from './link/fixture.js';
import { type Sidecar, startSidecar } from './main.js';
import { shimText } from './runners/fixture.js';

const COMMIT = 'git add --all && git commit --quiet -m work';
export const GOOD = `cat > work.txt && ${COMMIT} && echo finished`;
/** Works until the test lets it go on. */
export const SLOW = `cat > work.txt && ${COMMIT} && mkfifo ../go && echo $$ > ../pid && cat ../go`;
export const logger = silentLog;

export class SidecarBench {
  readonly #sidecars: Sidecar[] = [];

  private constructor(
    readonly place: Place,
    readonly hub: FakeHub,
  ) {}

  static async open(): Promise<SidecarBench> {
    const bench = new SidecarBench(await Place.make(), await FakeHub.start());
    await writeFile(join(bench.place.root, 'agent.key'), 'ac_key\n');
    return bench;
  }

  async close(): Promise<void> {
    for (const sidecar of this.#sidecars) await sidecar.stop();
    await this.hub.stop();
    await this.place.remove();
  }

  /** It is stopped with the bench. */
  adopt(sidecar: Sidecar): void {
    this.#sidecars.push(sidecar);
  }

  config(script = GOOD, more: Readonly<Record<string, string>> = {}): SidecarConfig {
    const settings = resolveSettings(
      'sidecar',
      {
        env: {},
        file: {
          name: 'sidecar.toml',
          content: {
            hub: this.hub.url,
            keyFile: join(this.place.root, 'agent.key'),
            name: 'tern',
            capabilities: ['git'],
            stateDir: join(this.place.root, 'state'),
            repoRoot: join(this.place.root, 'repos'),
            runner: { kind: 'command', argv: ['/bin/sh', '-c', script], stopGraceSeconds: 10 },
            git: { authorName: 'Tern', authorEmail: 'tern@example.invalid', directories: ['*'] },
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

  async start(script = GOOD, more: Readonly<Record<string, string>> = {}): Promise<Sidecar> {
    const sidecar = await startSidecar(this.config(script, more), { logger, shim: shimText() });
    this.adopt(sidecar);
    return sidecar;
  }

  /** The next sidecar that connects, welcome and with nothing in hand. */
  async idleCaller(): Promise<Caller> {
    const caller = await this.hub.caller();
    expect((await caller.welcome(null)).holding).toBeUndefined();
    return caller;
  }

  assign(caller: Caller, more: Partial<AssignedTask> = {}): void {
    const assigned = task({ prompt: 'do it\n', repo: { url: this.place.url }, ...more });
    caller.say({ type: 'task.assign', task: assigned, generation: ATTEMPT.generation, acceptWithinMs: 60_000 });
  }

  workDir(): string {
    return join(this.place.root, 'repos', 'work', 'tern');
  }

  atOrigin(branch: string): Promise<string> {
    return this.place.git(this.place.origin, 'rev-parse', '--verify', `refs/heads/${branch}`);
  }

  /** Jobs on disk, those among them that are put away. */
  async held(): Promise<string[]> {
    const [jobs, trash] = [join(this.place.root, 'state', 'jobs'), join(this.place.root, 'state', 'trash')];
    return [...(await readdir(jobs)), ...(await readdir(trash))];
  }

  /** Waits until the agent is at work; returns its process. */
  async agentRuns(): Promise<number> {
    const written = async () => (await readFile(join(this.workDir(), 'pid'), 'utf8').catch(() => '')).trim();
    await expect.poll(written, { timeout: 15_000 }).toMatch(/^\d+$/);
    return Number(await written());
  }
}
