// A sidecar or a hub as a service of its machine: a unit of systemd, of the user or of the system, or an agent of launchd.

import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { constants, platform, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { makeDirectories, writeDurably } from '@agentcom/schemas/host';
import { exec, TIMED_OUT } from '@agentcom/sidecar/host/exec';
import { type CommandError, failed } from '../exit.js';
import { type Check, fail, pass } from '../join/check.js';
import type { Places } from '../join/detect.js';
import { configDir } from '../settings.js';
import { shellWord } from '../text.js';
import type { ServiceProgram } from './programs.js';
import { replace, writeOrRemove } from './replace.js';
import { launchdPlist, MARK, type ServiceSpec, systemdUnit } from './service-text.js';
import { keepVariables } from './variables.js';

const CONTROL_TIMEOUT_MS = 20_000;
const DEFINE_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 90_000;

export const SERVICE_KINDS = ['user', 'system'] as const;
export type ServiceKind = (typeof SERVICE_KINDS)[number];

export interface ServiceState {
  /** `failed`: it has ended by itself, whether or not it is started again. */
  readonly phase: 'running' | 'starting' | 'failed' | 'stopped';
  /** In the words of the service manager. */
  readonly detail: string;
}

export interface Service {
  readonly kind: ServiceKind;
  readonly name: string;
  readonly file: string;
  /** Commands for people. */
  readonly commands: { readonly status: string; readonly stop: string; readonly start: string; readonly log: string };
  /** The end of its log, for people as well. */
  readonly recentLog: string;
  /** Whether it can be made here; asked before anything is made. */
  check(): Promise<Check>;
  /** Its definition, as `install` writes it. */
  text(spec: ServiceSpec): string;
  /** Its definition, as it is here; undefined when it is not. */
  installed(): Promise<string | undefined>;
  /** Writes it, and starts what it runs or starts it anew. Throws `ServiceNotStarted`, and has put back what was here, when it does not start. */
  install(spec: ServiceSpec, more?: InstallMore): Promise<void>;
  state(): Promise<ServiceState>;
  /** Stops what it runs. Does nothing when there is none. */
  stop(): Promise<void>;
  remove(): Promise<void>;
  /** What is still to be done for it to run when nobody is signed in. */
  hint(): Promise<string | undefined>;
}

export interface InstallMore {
  /** What else it consists of: texts by their paths. */
  readonly files?: ReadonlyMap<string, string>;
  /** Waits until what it runs is ready; throws `service.not_started` when that has ended. */
  readonly untilReady?: () => Promise<void>;
}

const SYSTEM_UNITS = '/etc/systemd/system';

/** The service of a program, whether or not it is there. */
export function serviceOf(program: ServiceProgram, kind: ServiceKind, places: Places, system = platform()): Service {
  if (system !== 'darwin') return new SystemdService(program, kind, places);
  return new LaunchdService(program, places);
}

/** The service that runs a program here; undefined when it has none. */
export async function installedService(
  program: ServiceProgram,
  places: Places,
  system = platform(),
  kinds: readonly ServiceKind[] = SERVICE_KINDS,
): Promise<Service | undefined> {
  for (const kind of kinds) {
    const service = serviceOf(program, kind, places, system);
    if ((await service.installed()) !== undefined) return service;
  }
  return undefined;
}

class SystemdService implements Service {
  readonly name: string;
  readonly file: string;
  readonly #scope: readonly string[];

  constructor(
    private readonly program: ServiceProgram,
    readonly kind: ServiceKind,
    private readonly places: Places,
  ) {
    this.name = program.unit;
    this.#scope = kind === 'user' ? ['--user'] : [];
    const folder = kind === 'user' ? join(dirname(configDir(places)), 'systemd', 'user') : SYSTEM_UNITS;
    this.file = join(folder, this.name);
  }

  get commands() {
    const scope = this.kind === 'user' ? ' --user' : '';
    return {
      status: `systemctl${scope} status ${this.name}`,
      stop: `systemctl${scope} stop ${this.name}`,
      start: `systemctl${scope} start ${this.name}`,
      log: `journalctl${scope} -u ${this.name} -f`,
    };
  }

  get recentLog() {
    return `journalctl${this.kind === 'user' ? ' --user' : ''} -u ${this.name} -n 50`;
  }

  async check(): Promise<Check> {
    const name = 'service';
    const answer = await this.#control(['show', '--property=Version']);
    const { instead } = this.program;
    if (!answer.ok && answer.reason === 'ENOENT') return fail(name, 'systemctl is not installed', instead);
    if (!answer.ok) return fail(name, `cannot reach systemd: ${answer.reason}`, this.#reachRemedy(instead));
    if (this.kind === 'system' && process.getuid?.() !== 0)
      return fail(name, 'only root can create a system service', 'Use --service=user, or run this as root.');
    return pass(name, `${this.name}, of the ${this.kind}`);
  }

  text(spec: ServiceSpec): string {
    return systemdUnit(this.program, spec, this.kind === 'system' ? userInfo().username : undefined);
  }

  installed(): Promise<string | undefined> {
    return readOwn(this.file);
  }

  install(spec: ServiceSpec, more: InstallMore = {}): Promise<void> {
    return installAs(this, spec, more, () => keepVariables(spec.environmentFile, spec.variables));
  }

  async define(text: string): Promise<void> {
    // World-readable, as units are; it contains no secrets.
    await writeWhole(this.file, text, 0o644);
    await this.#need(['daemon-reload']);
    await this.#need(['enable', this.name]);
  }

  async start(): Promise<void> {
    const step = ['restart', this.name];
    const answer = await this.#control(step, this.program.startMs);
    if (answer.ok) return;
    if (answer.reason === TIMED_OUT && (await this.state()).phase === 'starting') return;
    throw this.#notStarted(step, answer.reason);
  }

  async #need(step: readonly string[]): Promise<void> {
    const answer = await this.#control(step, DEFINE_TIMEOUT_MS);
    if (!answer.ok) throw this.#notStarted(step, answer.reason);
  }

  #notStarted(step: readonly string[], reason: string): CommandError {
    const remedy = `Read its log with: ${this.recentLog}`;
    return failed('service.not_started', `systemctl ${step.join(' ')} failed: ${reason}`, remedy);
  }

  async state(): Promise<ServiceState> {
    const answer = await this.#control([
      'show',
      this.name,
      '--property=ActiveState,SubState,ExecMainCode,ExecMainStatus',
    ]);
    if (!answer.ok) return { phase: 'stopped', detail: answer.reason };
    const {
      ActiveState = 'inactive',
      SubState = '',
      ExecMainCode = '',
      ExecMainStatus = '0',
    } = Object.fromEntries(answer.stdout.split('\n').map((line) => line.split('=', 2)));
    if (ActiveState === 'active' || ActiveState === 'reloading') return { phase: 'running', detail: ActiveState };
    const isGoingOn = ActiveState === 'activating' && SubState !== 'auto-restart';
    if (isGoingOn) return { phase: 'starting', detail: ActiveState };
    if (ActiveState === 'inactive' || ActiveState === 'deactivating') return { phase: 'stopped', detail: ActiveState };
    return {
      phase: 'failed',
      detail: `${ActiveState === 'failed' ? 'failed' : SubState}, ${endedBy(ExecMainCode, Number(ExecMainStatus))}`,
    };
  }

  async stop(): Promise<void> {
    if (!existsSync(this.file)) return;
    const answer = await this.#control(['stop', this.name], STOP_TIMEOUT_MS);
    if (!answer.ok) throw failed('service.not_stopped', `${this.name} does not stop: ${answer.reason}`);
  }

  async remove(): Promise<void> {
    if (!existsSync(this.file)) return;
    await this.#control(['disable', '--now', this.name], STOP_TIMEOUT_MS);
    await rm(this.file, { force: true });
    await this.#control(['daemon-reload']);
    await this.#control(['reset-failed', this.name]);
  }

  async hint(): Promise<string | undefined> {
    if (this.kind === 'system') return undefined;
    const { username } = userInfo();
    const answer = await exec('loginctl', ['show-user', username, '--property=Linger', '--value'], this.places);
    if (answer.ok && answer.stdout === 'yes') return undefined;
    return `It stops when ${username} logs out. To keep it running: loginctl enable-linger ${username}`;
  }

  #reachRemedy(without: string): string {
    if (this.kind === 'system') return without;
    return `Log in as this user directly, not with su or sudo (or set XDG_RUNTIME_DIR=/run/user/$(id -u)); or ${without.charAt(0).toLowerCase()}${without.slice(1)}`;
  }

  #control(args: readonly string[], timeoutMs = CONTROL_TIMEOUT_MS) {
    return exec('systemctl', [...this.#scope, '--no-pager', ...args], { env: this.places.env, timeoutMs });
  }
}

/** `CLD_KILLED` and `CLD_DUMPED` of the system: the status is the number of a signal. */
const ENDED_BY_SIGNAL: ReadonlySet<string> = new Set(['2', '3']);

function endedBy(code: string, status: number): string {
  if (!ENDED_BY_SIGNAL.has(code)) return `exit code ${status}`;
  const [signal] = Object.entries(constants.signals).find(([, number]) => number === status) ?? [`signal ${status}`];
  return `ended by ${signal}`;
}

class LaunchdService implements Service {
  readonly kind = 'user';
  readonly name: string;
  readonly file: string;
  readonly #log: string;
  readonly #domain = `gui/${process.getuid?.() ?? 0}`;

  constructor(
    private readonly program: ServiceProgram,
    private readonly places: Places,
  ) {
    this.name = program.label;
    this.#log = join(places.home, 'Library', 'Logs', `${this.name}.log`);
    this.file = join(places.home, 'Library', 'LaunchAgents', `${this.name}.plist`);
  }

  get commands() {
    const target = `${this.#domain}/${this.name}`;
    return {
      status: `launchctl print ${target}`,
      stop: `launchctl bootout ${target}`,
      start: `launchctl bootstrap ${this.#domain} ${shellWord(this.file)}`,
      log: `tail -f ${shellWord(this.#log)}`,
    };
  }

  get recentLog() {
    return `tail -n 50 ${shellWord(this.#log)}`;
  }

  async check(): Promise<Check> {
    const answer = await this.#control(['version']);
    if (answer.ok) return pass('service', this.name);
    return fail('service', `launchctl does not run (${answer.reason})`, this.program.instead);
  }

  text(spec: ServiceSpec): string {
    return launchdPlist(this.program, spec, this.#log);
  }

  installed(): Promise<string | undefined> {
    return readOwn(this.file);
  }

  install(spec: ServiceSpec, more: InstallMore = {}): Promise<void> {
    return installAs(this, spec, more);
  }

  define(text: string): Promise<void> {
    // A proxy may have a password.
    return writeWhole(this.file, text, 0o600);
  }

  async start(): Promise<void> {
    await this.#control(['bootout', `${this.#domain}/${this.name}`]);
    const answer = await this.#control(['bootstrap', this.#domain, this.file], this.program.startMs);
    if (answer.ok) return;
    throw failed('service.not_started', `launchctl bootstrap failed: ${answer.reason}`, `Its log is ${this.#log}.`);
  }

  async state(): Promise<ServiceState> {
    const answer = await this.#control(['print', `${this.#domain}/${this.name}`]);
    if (!answer.ok) return { phase: 'stopped', detail: answer.reason };
    const detail = /^\s*state = (.+)$/m.exec(answer.stdout)?.[1] ?? 'unknown';
    if (detail === 'running') return { phase: 'running', detail };
    const code = /^\s*last exit code = (\d+)/m.exec(answer.stdout)?.[1];
    return code === undefined
      ? { phase: 'starting', detail }
      : { phase: 'failed', detail: `${detail}, exit code ${code}` };
  }

  async stop(): Promise<void> {
    if (existsSync(this.file)) await this.#control(['bootout', `${this.#domain}/${this.name}`], STOP_TIMEOUT_MS);
  }

  async remove(): Promise<void> {
    await this.stop();
    // The log stays: it says why a service was removed that did not start.
    await rm(this.file, { force: true });
  }

  hint(): Promise<string | undefined> {
    return Promise.resolve('It runs while its user is logged in; launchd starts it again at the next login.');
  }

  #control(args: readonly string[], timeoutMs = CONTROL_TIMEOUT_MS) {
    return exec('launchctl', args, { env: this.places.env, timeoutMs });
  }
}

/** The part of `install` that the service managers share; what was here is put back when it does not start. */
function installAs(
  service: SystemdService | LaunchdService,
  spec: ServiceSpec,
  { files = new Map(), untilReady }: InstallMore,
  prepare?: () => Promise<void>,
): Promise<void> {
  const write = async () => {
    for (const [path, text] of files) await writeOrRemove(path, text);
    await prepare?.();
  };
  const install = async () => {
    await service.define(service.text(spec));
    await service.start();
  };
  return replace(service, { files: [...new Set([...files.keys(), spec.environmentFile])], write, install, untilReady });
}

/** Undefined when nothing is there, or something that is not ours. */
async function readOwn(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.includes(MARK) ? text : undefined;
}

async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  await makeDirectories(dirname(path));
  await writeDurably(path, text, mode);
}
