// A sidecar as people run it: `agentcom sidecar --config F`, a process of its own with the tests' agent, started and killed at will.

import { cpSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HubApi, Machine } from './api.js';
import type { Child } from './child.js';
import { CLI, REPOSITORY } from './cli.js';
import type { Sandbox } from './sandbox.js';
import { eventually } from './wait.js';

const CONNECT_TIMEOUT_MS = 60_000;

export const AGENT_PROGRAM = join(REPOSITORY, 'tests', 'fixtures', 'agent.mjs');

export interface SidecarOptions {
  readonly capabilities?: readonly string[];
  readonly argv?: readonly string[];
  /** More settings of `[runner]`, as TOML. */
  readonly runner?: readonly string[];
  readonly stopGraceSeconds?: number;
  readonly gitProgram?: string;
  /** As whom its agents run. */
  readonly runnerUser?: string;
  /** In which its agents run. */
  readonly container?: { readonly engine: string; readonly image: string; readonly args: readonly string[] };
  /** How the command is started, when not by the tests' own user from where it was built. */
  readonly command?: readonly [string, ...string[]];
  /** Where it reaches the hub, when that is not the hub's own address. */
  readonly hubUrl?: string;
  /** Of its process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly forge?: { readonly host: string; readonly kind: string; readonly apiUrl: string; readonly token: string };
}

export class Sidecar {
  readonly #sandbox: Sandbox;
  readonly #config: string;
  readonly #command: readonly [string, ...string[]];
  readonly #env: Readonly<Record<string, string>>;
  #child: Child | null = null;

  /** Writes its configuration; starts nothing. */
  constructor(
    sandbox: Sandbox,
    hubUrl: string,
    readonly machine: Machine,
    options: SidecarOptions = {},
  ) {
    const {
      capabilities = [],
      argv = [process.execPath, AGENT_PROGRAM],
      stopGraceSeconds = 2,
      gitProgram = 'git',
      forge,
    } = options;
    const dir = sandbox.path('agents', machine.name);
    mkdirSync(dir, { recursive: true });
    const keyFile = join(dir, 'key');
    writeFileSync(keyFile, `${machine.key}\n`, { mode: 0o600 });
    const text = JSON.stringify;
    const lines = [
      `hub = ${text(hubUrl)}`,
      `keyFile = ${text(keyFile)}`,
      `name = ${text(machine.name)}`,
      `capabilities = ${text(capabilities)}`,
      `stateDir = ${text(join(dir, 'state'))}`,
      `repoRoot = ${text(join(dir, 'repos'))}`,
      '[runner]',
      `argv = ${text(argv)}`,
      `stopGraceSeconds = ${stopGraceSeconds}`,
      ...(options.runnerUser === undefined ? [] : [`user = ${text(options.runnerUser)}`]),
      ...(options.runner ?? []),
      ...Object.entries(options.container ?? {}).map(([name, value]) => `container.${name} = ${text(value)}`),
      '[git]',
      `program = ${text(gitProgram)}`,
      // Everything of a test is on this machine.
      "directories = ['*']",
      "localHosts = ['*']",
    ];
    if (forge !== undefined) {
      const tokenFile = join(dir, 'token');
      writeFileSync(tokenFile, `${forge.token}\n`, { mode: 0o600 });
      const { host, kind, apiUrl } = forge;
      lines.push(
        '[[forges]]',
        ...Object.entries({ host, kind, apiUrl, tokenFile }).map(([name, value]) => `${name} = ${text(value)}`),
      );
    }
    this.#command = options.command ?? [process.execPath, CLI];
    this.#sandbox = sandbox;
    this.#env = options.env ?? {};
    this.#config = join(dir, 'sidecar.toml');
    writeFileSync(this.#config, `${lines.join('\n')}\n`);
  }

  /** A machine that joins and a sidecar on it, connected. */
  static async join(sandbox: Sandbox, api: HubApi, name: string, options: SidecarOptions = {}): Promise<Sidecar> {
    const machine = await api.enrol(name, options.capabilities);
    const sidecar = new Sidecar(sandbox, options.hubUrl ?? api.url, machine, options);
    sidecar.start();
    await sidecar.connected(api);
    return sidecar;
  }

  get child(): Child {
    if (this.#child === null) throw new Error(`the sidecar of ${this.machine.name} was not started`);
    return this.#child;
  }

  start(): void {
    // Whatever the machine reaches others by, everything of a test is on it.
    const env = { NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1', ...this.#env };
    const [program, ...args] = this.#command;
    this.#child = this.#sandbox.run(program, [...args, 'sidecar', '--config', this.#config], { env });
  }

  /** Starts what a copy of all its files, elsewhere on the disk, makes of itself. */
  startCopy(to: string): Child {
    cpSync(this.dir, to, { recursive: true, filter: (path) => !lstatSync(path).isSocket() });
    const config = join(to, 'sidecar.toml');
    writeFileSync(config, readFileSync(config, 'utf8').replaceAll(this.dir, to));
    return this.#sandbox.run(process.execPath, [CLI, 'sidecar', '--config', config]);
  }

  async connected(api: HubApi): Promise<void> {
    await eventually(`the sidecar of ${this.machine.name} at the hub`, CONNECT_TIMEOUT_MS, async () => {
      if ((await api.agent(this.machine.name)).connected) return true;
      throw new Error(this.child.tail);
    });
  }

  /** Everything it has on the disk. */
  get dir(): string {
    return this.#sandbox.path('agents', this.machine.name);
  }

  get stateDir(): string {
    return join(this.dir, 'state');
  }

  /** Where it keeps its repositories. */
  get repoRoot(): string {
    return join(this.dir, 'repos');
  }

  kill9(): Promise<void> {
    return this.child.kill9();
  }
}
