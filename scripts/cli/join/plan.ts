// What a join comes to, from flags, a shared configuration, what is here already and what this machine has. Nothing is made yet.

import { dirname, join, resolve, sep } from 'node:path';
import type { RunnerKind, SidecarSettings } from '@agentcom/schemas';
import { RUNNERS } from '@agentcom/schemas/names';
import { faultsOf } from '@agentcom/sidecar/config';
import type { Place } from '../enrol.js';
import { usageError } from '../exit.js';
import { sidecarProgram } from '../service/programs.js';
import { installedService, type ServiceKind } from '../service/service.js';
import { isLoopback } from '../settings.js';
import type { World } from '../world.js';
import {
  applyChoices,
  mergeTables,
  type Table,
  tableAt,
  validateConfig,
  withLocalRepositories,
} from './agent-config.js';
import { agentsDir } from './agents-here.js';
import { askForRunner, chooseRunners } from './choose-runner.js';
import { describeMachine, installedTools, isDetected, type Machine } from './detect.js';
import { type ExistingAgent, findExistingAgent } from './existing-agent.js';
import type { JoinFlags } from './flags.js';
import { sharedConfig } from './shared-config.js';
import { readToken } from './token.js';

export interface Plan {
  readonly hub: string;
  readonly token: string | undefined;
  readonly name: string | undefined;
  readonly place: Place;
  readonly existing: ExistingAgent | undefined;
  readonly machine: Machine;
  /** As it is written, without what belongs to one agent alone. */
  readonly config: Table;
  /** The same with every default; hub, key, name and directories in it stand for nothing. */
  readonly settings: SidecarSettings;
}

/** What does not need the machine to be looked at: refused first. */
export async function resolveTarget(world: World, hub: string, flags: JoinFlags) {
  const token = readToken(world, flags.tokenFile);
  const place: Place =
    flags.dir === undefined ? { agentsDir: agentsDir(world) } : { dir: resolve(world.cwd, flags.dir) };
  const existing = await findExistingAgent(world, {
    place,
    hub,
    ...(flags.name !== undefined && { name: flags.name }),
    // A new invitation has made no agent here: it is about the one that is.
    ...(token !== undefined && flags.rejoin !== true && { token }),
  });
  if (existing !== undefined && existing.hub !== hub && flags.rejoin !== true) {
    throw usageError(
      `agent ${existing.name} in ${existing.dir} belongs to ${existing.hub}`,
      'Choose another --name or --dir, or move the agent to this hub with --rejoin.',
    );
  }
  const needsToken = existing === undefined || flags.rejoin === true;
  if (needsToken && token === undefined && !world.canAsk)
    throw usageError('no token was given', 'Give --token-file or AGENTCOM_TOKEN. `agentcom agent invite` creates one.');
  return { token, place, existing, name: flags.name ?? existing?.name };
}

export async function planJoin(
  world: World,
  hub: string,
  argv: readonly string[],
  flags: JoinFlags,
  { token, place, existing, name }: Awaited<ReturnType<typeof resolveTarget>>,
): Promise<Plan> {
  const shared = flags.configFrom === undefined ? {} : await sharedConfig(flags.configFrom, world);
  const base = withLocalRepositories(mergeTables(existing?.shared ?? {}, shared), isLoopback(hub));
  const runner = tableAt(base, 'runner');
  const [machine, tools] = await Promise.all([describeMachine(world), installedTools(world)]);
  const program = argv.length > 0 ? resolveProgram(world, argv) : stringsIn(runner.argv);
  const kinds = flags.runner ?? (argv.length > 0 ? [] : kindsOf(runner));
  const runners = await chooseRunners(
    { kinds, argv: program },
    tools,
    world.canAsk ? (found) => askForRunner(world, found) : undefined,
  );
  const said = stringsIn(base.capabilities).filter((capability) => !isDetected(capability));
  const found = [...machine.capabilities, ...tools.map(({ kind }) => kind)];
  const config = applyChoices(base, {
    runners,
    argv: program,
    capabilities: [...new Set([...found, ...said, ...(flags.capability ?? [])])],
    ...(flags.repoRoot !== undefined && { repoRoot: resolve(world.cwd, flags.repoRoot) }),
    ...(flags.insecure !== undefined && { insecure: flags.insecure }),
    ...(flags.inheritEnv !== undefined && { inheritEnv: flags.inheritEnv }),
    ...(flags.runUser !== undefined && { user: flags.runUser }),
    ...(flags.container !== undefined && { image: flags.container }),
    ...(flags.containerEngine !== undefined && { engine: flags.containerEngine }),
    ...(flags.author !== undefined && { author: flags.author }),
  });
  const from = flags.configFrom ?? existing?.config ?? 'the command line';
  const settings = validateConfig(config, from);
  const [fault] = faultsOf(settings);
  if (fault !== undefined) throw usageError(fault, `Change the flags or ${from}.`);
  if (flags.containerEngine !== undefined && settings.runner.container.image === undefined)
    throw usageError('--container-engine needs an image', 'Add --container IMAGE.');
  return { hub, token, name, place, existing, machine, config, settings };
}

/** Where repositories will be; by guess while the agent has no name, which is the same disk. */
export function repoRootOf(plan: Plan): string {
  const { repoRoot } = plan.config;
  return typeof repoRoot === 'string' ? repoRoot : join(agentDirOf(plan), 'repos');
}

/** That the agent writes to. */
export function directoriesOf(plan: Plan): readonly string[] {
  return [agentDirOf(plan), repoRootOf(plan)];
}

/** Directories that are not the agent's own, and that the user as whom it runs has to pass. */
export function directoriesAbove(plan: Plan): readonly string[] {
  const dir = agentDirOf(plan);
  const root = repoRootOf(plan);
  return root.startsWith(dir + sep) ? [dirname(dir)] : [dirname(dir), dirname(root)];
}

export function agentDirOf({ existing, place, name }: Plan): string {
  if (existing !== undefined) return existing.dir;
  return 'dir' in place ? place.dir : join(place.agentsDir, name ?? '.joining');
}

/** The service that is to run it: the one asked for, else the one that it has already. */
export async function chooseService(
  world: World,
  flags: JoinFlags,
  agent: string | undefined,
): Promise<ServiceKind | undefined> {
  if (flags.service !== undefined) return flags.service === true ? 'user' : flags.service;
  if (agent === undefined) return undefined;
  return (await installedService(sidecarProgram(agent), world))?.kind;
}

/** The agent is started in other directories: a program given by a relative path is named in full. */
function resolveProgram(world: World, argv: readonly string[]): readonly string[] {
  const [program = '', ...args] = argv;
  return [program.includes('/') ? resolve(world.cwd, program) : program, ...args];
}

function kindsOf(runner: Table): readonly RunnerKind[] {
  return [runner.kind, ...(Array.isArray(runner.also) ? runner.also : [])].filter((kind): kind is RunnerKind =>
    RUNNERS.some((known) => known === kind),
  );
}

function stringsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}
