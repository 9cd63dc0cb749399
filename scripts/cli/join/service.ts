// An agent's sidecar as a service of its machine: a unit of systemd, of the user or of the system, or an agent of launchd.

import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { platform, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { writeDurably } from '@agentcom/schemas/host';
import { exec } from '@agentcom/sidecar/host/exec';
import { failed } from '../exit.js';
import { configDir } from '../settings.js';
import { shellWord } from '../text.js';
import { type Check, fail, pass } from './check.js';
import type { Places } from './detect.js';
import { keepVariables } from './network-variables.js';
import { launchdLabel, launchdPlist, MARK, type ServiceSpec, systemdUnit, unitName } from './service-text.js';

const CONTROL_TIMEOUT_MS = 20_000;
/** A start is over once the sidecar has said that it is ready; the unit gives it 90 s. */
const START_TIMEOUT_MS = 100_000;
const STOP_TIMEOUT_MS = 90_000;

export const SERVICE_KINDS = ['user', 'system'] as const;
export type ServiceKind = (typeof SERVICE_KINDS)[number];

export interface Service {
  readonly kind: ServiceKind;
  readonly file: string;
  /** Commands for people. */
  readonly commands: { readonly status: string; readonly stop: string; readonly log: string };
  /** Whether it can be made here; asked before anything is made. */
  check(): Promise<Check>;
  /** Writes it, and starts the sidecar or starts it anew. Throws when it does not start, and has removed it again. */
  install(spec: ServiceSpec): Promise<void>;
  /** Stops the sidecar. Does nothing when there is none. */
  stop(): Promise<void>;
  remove(): Promise<void>;
  /** What is still to be done for it to run when nobody is signed in. */
  hint(): Promise<string | undefined>;
}

const SYSTEM_UNITS = '/etc/systemd/system';

/** The service of an agent, whether or not it is there. */
export function serviceOf(agent: string, kind: ServiceKind, places: Places, system = platform()): Service {
  if (system !== 'darwin') return new SystemdService(agent, kind, places);
  return new LaunchdService(agent, places);
}

/** The service that runs an agent here; undefined when it has none. */
export async function installedService(
  agent: string,
  places: Places,
  system = platform(),
): Promise<Service | undefined> {
  for (const kind of SERVICE_KINDS) {
    const service = serviceOf(agent, kind, places, system);
    const text = await readFile(service.file, 'utf8').catch(() => '');
    if (text.includes(MARK)) return service;
  }
  return undefined;
}

class SystemdService implements Service {
  readonly file: string;
  readonly #unit: string;
  readonly #scope: readonly string[];

  constructor(
    agent: string,
    readonly kind: ServiceKind,
    private readonly places: Places,
  ) {
    this.#unit = unitName(agent);
    this.#scope = kind === 'user' ? ['--user'] : [];
    const folder = kind === 'user' ? join(dirname(configDir(places)), 'systemd', 'user') : SYSTEM_UNITS;
    this.file = join(folder, this.#unit);
  }

  get commands() {
    const scope = this.kind === 'user' ? ' --user' : '';
    return {
      status: `systemctl${scope} status ${this.#unit}`,
      stop: `systemctl${scope} stop ${this.#unit}`,
      log: `journalctl${scope} -u ${this.#unit} -f`,
    };
  }

  async check(): Promise<Check> {
    const name = 'service';
    const answer = await this.#control(['show', '--property=Version']);
    const without = "Omit --service, and start the sidecar with this machine's service manager.";
    if (!answer.ok && answer.reason === 'ENOENT') return fail(name, 'systemctl is not installed', without);
    if (!answer.ok) return fail(name, `cannot reach systemd: ${answer.reason}`, this.#reachRemedy(without));
    if (this.kind === 'system' && process.getuid?.() !== 0)
      return fail(name, 'only root can create a system service', 'Use --service=user, or run this as root.');
    return pass(name, `${this.#unit} (${this.kind} service)`);
  }

  async install(spec: ServiceSpec): Promise<void> {
    const user = this.kind === 'system' ? userInfo().username : undefined;
    await keepVariables(spec.environmentFile, spec.network);
    // Readable for everybody, as units are; nothing secret is in it.
    await writeWhole(this.file, systemdUnit(spec, user), 0o644);
    for (const step of [['daemon-reload'], ['enable', this.#unit], ['restart', this.#unit]]) {
      const answer = await this.#control(step, START_TIMEOUT_MS);
      if (answer.ok) continue;
      await this.remove();
      const remedy = `Read its log with: ${this.commands.log.replace(/ -f$/, ' -n 50')}`;
      throw failed('service.not_started', `systemctl ${step.join(' ')} failed: ${answer.reason}`, remedy);
    }
  }

  async stop(): Promise<void> {
    if (!existsSync(this.file)) return;
    const answer = await this.#control(['stop', this.#unit], STOP_TIMEOUT_MS);
    if (!answer.ok) throw failed('service.not_stopped', `${this.#unit} does not stop: ${answer.reason}`);
  }

  async remove(): Promise<void> {
    if (!existsSync(this.file)) return;
    await this.#control(['disable', '--now', this.#unit], STOP_TIMEOUT_MS);
    await rm(this.file, { force: true });
    await this.#control(['daemon-reload']);
    await this.#control(['reset-failed', this.#unit]);
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

class LaunchdService implements Service {
  readonly kind = 'user';
  readonly file: string;
  readonly #label: string;
  readonly #log: string;
  readonly #domain = `gui/${process.getuid?.() ?? 0}`;

  constructor(
    agent: string,
    private readonly places: Places,
  ) {
    this.#label = launchdLabel(agent);
    this.#log = join(places.home, 'Library', 'Logs', `${this.#label}.log`);
    this.file = join(places.home, 'Library', 'LaunchAgents', `${this.#label}.plist`);
  }

  get commands() {
    const target = `${this.#domain}/${this.#label}`;
    return {
      status: `launchctl print ${target}`,
      stop: `launchctl bootout ${target}`,
      log: `tail -f ${shellWord(this.#log)}`,
    };
  }

  async check(): Promise<Check> {
    const answer = await this.#control(['version']);
    if (answer.ok) return pass('service', this.#label);
    return fail('service', `launchctl does not run (${answer.reason})`, 'Omit --service.');
  }

  async install(spec: ServiceSpec): Promise<void> {
    // A proxy may have a password.
    await writeWhole(this.file, launchdPlist(spec, this.#log), 0o600);
    await this.#control(['bootout', `${this.#domain}/${this.#label}`]);
    const answer = await this.#control(['bootstrap', this.#domain, this.file], START_TIMEOUT_MS);
    if (answer.ok) return;
    await this.remove();
    throw failed('service.not_started', `launchctl bootstrap failed: ${answer.reason}`, `Read its log: ${this.#log}`);
  }

  async stop(): Promise<void> {
    if (existsSync(this.file)) await this.#control(['bootout', `${this.#domain}/${this.#label}`], STOP_TIMEOUT_MS);
  }

  async remove(): Promise<void> {
    await this.stop();
    for (const path of [this.file, this.#log]) await rm(path, { force: true });
  }

  hint(): Promise<string | undefined> {
    return Promise.resolve('It runs while its user is logged in; launchd starts it again at the next login.');
  }

  #control(args: readonly string[], timeoutMs = CONTROL_TIMEOUT_MS) {
    return exec('launchctl', args, { env: this.places.env, timeoutMs });
  }
}

async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeDurably(path, text, mode);
}
