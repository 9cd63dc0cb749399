// A machine with a sidecar, whose work on a task can be caught at every point of it. All machines share a stage: a hub, and a site with the
// repository. Each reaches both by cables of its own.

import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ConfigPatch, OutputPage, TaskSpec, TaskView } from '@agentcom/schemas';
import { Cable } from './cable.js';
import { REPOSITORY } from './cli.js';
import { GitSite } from './git-site.js';
import { HeldGit } from './held-git.js';
import { type Hub, startHub } from './hub.js';
import { Origin } from './origin.js';
import { type Found, processesOf } from './process-list.js';
import type { Sandbox } from './sandbox.js';
import { Sidecar } from './sidecar.js';
import { eventually } from './wait.js';

const AGENT = join(REPOSITORY, 'tests', 'fixtures', 'stopping-agent.mjs');
/** Many machines work at once, and all of them are this one, which may be slow. */
const TIMEOUT_MS = 60_000;

export class Stage {
  private constructor(
    readonly sandbox: Sandbox,
    readonly site: GitSite,
    public hub: Hub,
  ) {}

  /** `tasks`: values of the hub's config. */
  static async set(sandbox: Sandbox, tasks: ConfigPatch['tasks']): Promise<Stage> {
    const verify = [process.execPath, AGENT, sandbox.dir, 'verify'].map((word) => `'${word}'`).join(' ');
    const files = { '.agentcom.toml': `verify = [${JSON.stringify(verify)}]\n` };
    const [site, hub] = await Promise.all([GitSite.start(sandbox.path('site'), files), startHub(sandbox, { tasks })]);
    return new Stage(sandbox, site, hub);
  }

  killHub(): Promise<void> {
    return this.hub.kill9();
  }

  async restartHub(): Promise<void> {
    const { dataDir, port } = this.hub;
    this.hub = await startHub(this.sandbox, { dataDir, port });
  }

  async clear(): Promise<void> {
    await this.hub.stop();
    await this.site.stop();
  }
}

export class Machine {
  #task: string | null = null;
  #answered: Promise<unknown> | null = null;
  #pointsBefore = 0;

  private constructor(
    readonly stage: Stage,
    readonly name: string,
    readonly git: HeldGit,
    readonly toHub: Cable,
    readonly toSite: Cable,
    readonly sidecar: Sidecar,
  ) {}

  /** `argv`: of another agent than the one that can be caught. */
  static async join(stage: Stage, name: string, argv?: readonly string[]): Promise<Machine> {
    const { sandbox, hub, site } = stage;
    const git = new HeldGit(sandbox, `${name}.git`);
    const [toHub, toSite] = await Promise.all([Cable.to(hub.port), Cable.to(site.port)]);
    const sidecar = await Sidecar.join(sandbox, hub.api, name, {
      capabilities: [name],
      argv: argv ?? [process.execPath, AGENT, sandbox.dir, 'work'],
      gitProgram: git.program,
      stopGraceSeconds: 1,
      hubUrl: toHub.url,
      forge: { host: toSite.host, kind: 'gitea', apiUrl: `${toSite.url}/api/v1`, token: site.token },
    });
    return new Machine(stage, name, git, toHub, toSite, sidecar);
  }

  /** Submits a task that nobody else can do; from now on everything here is about it. */
  async begin(spec: Partial<TaskSpec> = {}): Promise<void> {
    this.#answered = null;
    this.#pointsBefore = this.#allPoints().length;
    const repo = { url: this.stage.site.repo(this.toSite.host), base: 'main' };
    this.#task = (await this.stage.hub.api.submit({ title: 'Paint it', needs: [this.name], repo, ...spec })).id;
  }

  get task(): string {
    if (this.#task === null) throw new Error(`${this.name} has no task yet`);
    return this.#task;
  }

  async until(state: TaskView['state']): Promise<TaskView> {
    return eventually(`${this.name} in ${state}`, TIMEOUT_MS, async () => {
      const task = await this.stage.hub.api.task(this.task);
      if (task.state === state) return task;
      throw new Error(JSON.stringify({ ...task, prompt: undefined }));
    });
  }

  /** Once the question is asked; a second call waits for the first. */
  answer(): Promise<unknown> {
    this.#answered ??= this.until('blocked').then(({ question }) =>
      this.stage.hub.api.need('POST', `/tasks/${this.task}/answer`, {
        questionId: question?.questionId,
        answer: 'blue',
      }),
    );
    return this.#answered;
  }

  async cancel(): Promise<void> {
    await this.stage.hub.api.need('POST', `/tasks/${this.task}/cancel`, { reason: 'not needed' });
  }

  async idle(): Promise<void> {
    await eventually(`${this.name} idle`, TIMEOUT_MS, async () => {
      const { state } = await this.stage.hub.api.agent(this.name);
      if (state === 'idle') return true;
      throw new Error(state);
    });
  }

  /** From now on its agent or its verify command waits at this point. */
  hold(point: string): void {
    writeFileSync(this.#signal('hold'), point);
  }

  release(): void {
    rmSync(this.#signal('hold'), { force: true });
  }

  /** Every point to which a process of the task came. */
  points(): string[] {
    return this.#allPoints().slice(this.#pointsBefore);
  }

  async reached(point: string): Promise<void> {
    await eventually(`${this.name} at ${point}`, TIMEOUT_MS, () => this.points().includes(point) || undefined);
  }

  /** The phase of the attempt, as its sidecar has it on the disk. */
  async inPhase(phase: string): Promise<void> {
    const jobs = join(this.sidecar.stateDir, 'jobs');
    await eventually(`${this.name} ${phase}`, TIMEOUT_MS, () => {
      const [job = ''] = readdirSync(jobs);
      const record = JSON.parse(readFileSync(join(jobs, job, 'job.json'), 'utf8')) as { job: { phase: string } };
      if (record.job.phase === phase) return true;
      throw new Error(record.job.phase);
    });
  }

  async output(): Promise<string> {
    const { items } = await this.stage.hub.api.need<OutputPage>('GET', `/tasks/${this.task}/output`);
    return items.map(({ data }) => data).join('');
  }

  /** What the site has of the task, with the commits. */
  async branches(): Promise<[string, string][]> {
    const branches = await this.stage.site.origin.branches();
    return [...branches].filter(([name]) => name.includes(this.task.slice(-12)));
  }

  /** In the cached repository. */
  mirror(...args: string[]): Promise<string> {
    const mirrors = join(this.sidecar.repoRoot, 'mirrors');
    const [mirror = ''] = readdirSync(mirrors).filter((name) => name.endsWith('.git'));
    return Origin.at(join(mirrors, mirror)).git(...args);
  }

  /** Processes of attempts. */
  processes(): Found[] {
    const { dir, child } = this.sidecar;
    return processesOf(dir).filter(({ pid }) => child.hasEnded || pid !== child.pid);
  }

  /** Resolves when nothing is left of the attempts but what the sidecar keeps of them on purpose. */
  async tidied(): Promise<void> {
    await eventually(`nothing left on ${this.name}`, TIMEOUT_MS, async () => {
      const left = [...this.#files(), ...this.processes().map(({ command }) => command)];
      if (left.length === 0) return true;
      throw new Error(left.join(', '));
    });
  }

  /** Job directories, agents' sockets and worktrees. */
  #files(): string[] {
    const { stateDir, repoRoot } = this.sidecar;
    const dirs = ['jobs', 'kept', 'trash', 'sockets'].map((name) => join(stateDir, name));
    return [...dirs, join(repoRoot, 'work', this.name)]
      .filter((dir) => existsSync(dir))
      .flatMap((dir) => readdirSync(dir).map((name) => join(basename(dir), name)));
  }

  #allPoints(): string[] {
    const log = this.#signal('log');
    return existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
  }

  #signal(kind: string): string {
    return this.stage.sandbox.path(`${this.name}.${kind}`);
  }
}
