// What the service of a hub consists of: its definition, the launcher that it starts, and the variables that it is given.

import { platform } from 'node:os';
import { dirname, join } from 'node:path';
import { locateServer } from '@agentcom/hub/nats/locate';
import type { HubSettings } from '@agentcom/schemas';
import { isDirectory } from '../settings.js';
import { shellWord } from '../text.js';
import { type UpFlags, upArguments } from '../up-options.js';
import type { World } from '../world.js';
import { LAUNCHER, launcherCommand, serviceLauncher } from './launcher.js';
import { HUB_PROGRAM } from './programs.js';
import { readText } from './replace.js';
import { installedService, SERVICE_KINDS, type Service, type ServiceKind, serviceOf } from './service.js';
import { directoryIn, ENVIRONMENT_FILE, type ServiceSpec, servicePath } from './service-text.js';
import { hubVariables, variablesText } from './variables.js';

const SYSTEM_PATH = '/usr/local/bin:/usr/bin:/bin';
/** Ports below are those of root. */
const FIRST_FREE_PORT = 1024;
const REBUILD = 'Build AgentCom again in its checkout (npm run build), then run `agentcom up --service` from there.';

export interface InstalledHub {
  readonly service: Service;
  readonly dataDir: string;
}

/**
 * V8 marks the heap with as many threads as there are here, beside the one that decides: with more than one of them the slowest hundredth of
 * offers came a quarter to a half later on two cores (ops/docs/performance.md). Only Node's command line can say so.
 */
export const HUB_NODE_ARGS: readonly string[] = ['--v8-pool-size=1'];

/** The service of a hub that is here, whether or not it runs; of the one kind when it is given. */
export async function installedHub(
  world: World,
  kinds: readonly ServiceKind[] = SERVICE_KINDS,
): Promise<InstalledHub | undefined> {
  const service = await installedService(HUB_PROGRAM, world, platform(), kinds);
  const dataDir = directoryIn((await service?.installed()) ?? '');
  return service === undefined || dataDir === undefined ? undefined : { service, dataDir };
}

export class HubDefinition {
  private constructor(
    readonly service: Service,
    private readonly spec: ServiceSpec,
    private readonly launcher: string,
  ) {}

  /** Rejects when there is no nats-server that the hub could start. */
  static async of(world: World, settings: HubSettings, flags: UpFlags, kind: ServiceKind): Promise<HubDefinition> {
    const { dataDir, backupDir, backupOffSite, port } = settings;
    const launcher = serviceLauncher(HUB_PROGRAM, {
      node: process.execPath,
      nodeArgs: [...process.execArgv.filter((arg) => !HUB_NODE_ARGS.includes(arg)), ...HUB_NODE_ARGS],
      entry: world.entry,
      args: upArguments(world, dataDir, flags),
      reinstall: REBUILD,
    });
    const spec = {
      argv: launcherCommand(dataDir),
      path: servicePath(await programFolders(world, settings)),
      dir: dataDir,
      environmentFile: join(dataDir, ENVIRONMENT_FILE),
      variables: hubVariables(world),
      writable: [
        dataDir,
        ...(backupDir === undefined ? [] : [backupDir]),
        ...(isDirectory(backupOffSite) ? [backupOffSite] : []),
      ],
      hasLowPort: port < FIRST_FREE_PORT,
    };
    return new HubDefinition(serviceOf(HUB_PROGRAM, kind, world), spec, launcher);
  }

  /** Whether what is here is just this. */
  async isInstalled(): Promise<boolean> {
    if ((await this.service.installed()) !== this.service.text(this.spec)) return false;
    for (const [path, text] of this.#files()) if ((await readText(path)) !== text) return false;
    return true;
  }

  /** Writes it and starts the hub, or starts it anew. */
  install(untilReady: () => Promise<void>): Promise<void> {
    return this.service.install(this.spec, { files: new Map(this.#files()), untilReady });
  }

  *#files(): Iterable<readonly [string, string]> {
    const { dir, environmentFile, variables } = this.spec;
    yield [join(dir, LAUNCHER), this.launcher];
    // launchd reads none.
    yield [environmentFile, platform() === 'darwin' ? '' : variablesText(variables)];
  }
}

/** What `install` wrote beside the definition. */
export function hubServiceFiles(dataDir: string): readonly string[] {
  return [join(dataDir, LAUNCHER), join(dataDir, ENVIRONMENT_FILE)];
}

/** The command that writes the service anew, as its launcher has it. */
export async function againFor({ service, dataDir }: InstalledHub): Promise<string> {
  const launcher = await readText(join(dataDir, LAUNCHER));
  const args = /"\$entry" up (.*) "\$@"$/m.exec(launcher)?.[1] ?? `--data-dir ${shellWord(dataDir)}`;
  return `agentcom up --service=${service.kind} ${args}`;
}

/** Not the PATH of the shell: that differs from one to the next, and all that a hub starts is its nats-server. */
async function programFolders({ env }: World, { nats, natsServer }: HubSettings): Promise<string> {
  if (nats !== undefined || natsServer !== undefined) return SYSTEM_PATH;
  const { executable } = await locateServer({ ...env });
  const folder = dirname(executable);
  return (env.PATH ?? '').split(':').includes(folder) ? `${SYSTEM_PATH}:${folder}` : SYSTEM_PATH;
}
