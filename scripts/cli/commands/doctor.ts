// `agentcom doctor`: checks what is set up on this machine, a hub or agents or only this command, each with what to do about it.

import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SidecarSettings } from '@agentcom/schemas';
import type { Command } from 'commander';
import { CommandError, EXIT, messageOf } from '../exit.js';
import type { Cli, Invocation } from '../invocation.js';
import { configsHere, runningSidecar, type SeenByHub, seenByHub, whyIdle } from '../join/agents-here.js';
import { type Check, checksText, fail, pass, warn, withRunnable } from '../join/check.js';
import { checkGateway } from '../join/gateway-check.js';
import { checkHub, failedCheck, HUB_TIMEOUT_MS } from '../join/hub-checks.js';
import {
  checkAccounts,
  checkDisk,
  checkGit,
  checkHome,
  checkInit,
  checkNode,
  checkRunner,
  checkRunUser,
  checkWritable,
  signsInElsewhere,
} from '../join/machine-checks.js';
import { registered, registryFile } from '../join/registry.js';
import { checkUnattended } from '../join/unattended-check.js';
import { withExamples } from '../options.js';
import { withProgress } from '../progress.js';
import { sidecarProgram } from '../service/programs.js';
import { installedService } from '../service/service.js';
import { checkServiceFiles } from '../service/service-checks.js';
import { shellWord } from '../text.js';
import type { World } from '../world.js';
import { sidecarSettings } from './sidecar.js';

const PAGE = 200;

/** `ofHub` says what a hub needs here, where there can be one. */
export function defineDoctor(command: Command, cli: Cli, ofHub?: (world: World) => Promise<readonly Check[]>): void {
  withExamples(command, 'agentcom doctor', 'agentcom doctor --hub https://hub.example.org --key-file ./key').action(
    cli.act(async (invocation: Invocation) => {
      const checks = await withProgress(invocation, 'checking', () => examine(invocation, ofHub));
      const ok = checks.every(({ state }) => state !== 'fail');
      invocation.out.answer({ ok, checks: checks }, () =>
        checksText(
          invocation.out,
          checks.map((check) => withRunnable(invocation, check)),
        ),
      );
      return ok ? EXIT.done : EXIT.failed;
    }),
  );
}

async function examine(
  invocation: Invocation,
  ofHub?: (world: World) => Promise<readonly Check[]>,
): Promise<readonly Check[]> {
  const { world } = invocation;
  const configs = await configsHere(world);
  const local = [
    checkNode(),
    ...checkInit(),
    ...(await guarded('git', () => gitFor(world, configs))),
    ...(await guarded('home', () => checkHome(world))),
    ...(await guarded('hub store', async () => (await ofHub?.(world)) ?? [])),
  ];
  const agents: Check[] = [];
  const hubs = new Hubs(invocation);
  for (const config of configs) agents.push(...(await guarded(config, () => checkAgent(invocation, config, hubs))));
  for (const config of await registered(world)) {
    if (configs.includes(config)) continue;
    const remedy = `If it was removed for good, run \`agentcom agent remove NAME\` and rm ${shellWord(registryFile(world, config))}.`;
    agents.push(warn(config, 'an agent joined here, but its configuration is gone', remedy));
  }
  // A machine that only works for a hub elsewhere has no business with one of its own.
  const wantsHub = ofHub !== undefined || configs.length === 0 || invocation.flags.hub !== undefined;
  return [...local, ...(wantsHub ? await guarded('hub', () => usualHub(invocation, hubs)) : []), ...agents];
}

/** A hub works without it. */
async function gitFor({ env }: World, agents: readonly string[]): Promise<Check> {
  const check = await checkGit(env);
  if (check.state === 'pass' || agents.length > 0) return check;
  return warn(check.name, `${check.detail}; agents need it`, check.remedy ?? '');
}

/** Whatever is wrong with this machine, the other checks are still made. */
async function guarded(name: string, check: () => Promise<Check | readonly Check[]>): Promise<readonly Check[]> {
  try {
    return [await check()].flat();
  } catch (error) {
    if (error instanceof CommandError) return [failedCheck(name, error)];
    return [fail(name, `cannot be checked: ${messageOf(error)}`, 'Fix this, then run `agentcom doctor` again.')];
  }
}

/** Each is asked once, whoever needs it: one that hangs costs seconds. */
class Hubs {
  readonly #checks = new Map<string, Promise<readonly Check[]>>();

  constructor(private readonly invocation: Invocation) {}

  checks(hub: string): Promise<readonly Check[]> {
    const known = this.#checks.get(hub);
    if (known !== undefined) return known;
    const { world } = this.invocation;
    const made = this.invocation.clientFor(hub).then((client) => checkHub(client, world.now));
    this.#checks.set(hub, made);
    return made;
  }

  /** Or anything else with which it cannot be asked more. */
  async isSilent(hub: string): Promise<boolean> {
    return (await this.checks(hub)).some(({ name, state }) => name === 'hub' && state === 'fail');
  }
}

async function usualHub(invocation: Invocation, hubs: Hubs): Promise<readonly Check[]> {
  const { hub } = await invocation.settings();
  const checks = await hubs.checks(hub);
  return checks.some(({ state }) => state === 'fail') ? checks : [...checks, ...(await withKey(invocation))];
}

async function withKey(invocation: Invocation): Promise<readonly Check[]> {
  try {
    const client = await invocation.client();
    const { items } = await client.call('agent.list', { query: { limit: PAGE }, timeoutMs: HUB_TIMEOUT_MS });
    const connected = items.filter((agent) => agent.connected).length;
    const key = pass('key', 'accepted');
    if (connected > 0) return [key, pass('agents', `${connected} of ${items.length} connected`)];
    if (items.length === 0)
      return [key, warn('agents', 'no agent has joined yet', 'Invite one with `agentcom agent invite`.')];
    const remedy = 'Start their sidecars, or run doctor on their machines.';
    return [key, warn('agents', `none of ${items.length} is connected`, remedy)];
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return [failedCheck('key', error)];
  }
}

/** Everything about one agent that has joined here, each under its name. */
async function checkAgent(invocation: Invocation, config: string, hubs: Hubs): Promise<readonly Check[]> {
  const { world } = invocation;
  let settings: SidecarSettings;
  try {
    settings = await sidecarSettings(world, config);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return [failedCheck(config, error)];
  }
  const { hub, runner, git, repoRoot } = settings;
  // The programs of a container are in its image.
  const kinds = runner.container.image === undefined ? [...new Set([runner.kind, ...runner.also])] : [];
  const above = [dirname(settings.stateDir), dirname(repoRoot)];
  const runners = await Promise.all(
    kinds.map((kind) => {
      const program = kind === 'command' ? runner.argv[0] : programOf(settings, kind);
      return checkRunner(kind, program, world, signsInElsewhere(kind, runner));
    }),
  );
  const service = await installedService(sidecarProgram(settings.name), world);
  const address = hub.replace(/\/+$/, '');
  let seen: SeenByHub | undefined;
  const again = `${world.self} join ${hub} --name ${settings.name} --service${service?.kind === 'system' ? '=system' : ''} --no-test`;
  const checks = [
    ...(await guarded('hub', () => hubs.checks(address))),
    ...(await guarded('key', async () => {
      seen = (await hubs.isSilent(address)) ? { standing: 'unsaid' } : await seenByHub(invocation, settings);
      return checkKey(invocation, settings, seen);
    })),
    ...(git.program === 'git' ? [] : await guarded('git', () => checkGit(world.env, git.program))),
    ...(await guarded('unattended', () => checkUnattended(settings, world.env))),
    ...(await guarded('disk', () => checkDisk(repoRoot))),
    ...(await guarded('directories', () => checkWritable([settings.stateDir, repoRoot]))),
    ...runners,
    ...(await guarded('accounts', () => checkAccounts(runner, world))),
    ...(await guarded('gateway', () => checkGateway(runner, world.env))),
    ...(await guarded('agent user', () => checkRunUser(settings, above, world.env))),
    ...(service === undefined ? [] : await guarded('service', () => checkServiceFiles(service, again, world.env))),
    ...(await guarded('sidecar', () => checkSidecar(invocation, settings, config))),
    ...checkTasks(invocation, settings, seen),
  ];
  return checks.map((check) => ({ ...check, name: `${settings.name}: ${check.name}` }));
}

/** The configured program is that of the first kind. */
function programOf({ runner }: SidecarSettings, kind: string): string | undefined {
  return kind === runner.kind ? runner.program : undefined;
}

function checkKey({ world }: Invocation, settings: SidecarSettings, { standing }: SeenByHub): Check {
  if (standing === 'known') return pass('key', 'accepted');
  if (standing === 'unsaid') return warn('key', 'not checked: the hub is unreachable', 'See the hub check above.');
  const remedy = `Get a new key: ${world.self} join ${settings.hub} --name ${settings.name} --rejoin`;
  return fail('key', existsSync(settings.keyFile) ? 'the hub does not accept it' : 'the key file is missing', remedy);
}

/** Nothing to say of an agent that may take tasks. */
function checkTasks(invocation: Invocation, settings: SidecarSettings, seen: SeenByHub | undefined): readonly Check[] {
  const reasons = whyIdle(invocation, settings, seen?.agent);
  return reasons.map(({ text, lasts }) => ({ name: 'tasks', state: lasts ? 'warn' : 'fail', detail: text }));
}

async function checkSidecar({ world }: Invocation, settings: SidecarSettings, config: string): Promise<Check> {
  const running = await runningSidecar(settings);
  const service = await installedService(sidecarProgram(settings.name), world);
  if (running !== undefined)
    return pass('sidecar', `running as ${running}${service === undefined ? '' : ', as a service'}`);
  const remedy =
    service === undefined
      ? `Start it: ${world.self} sidecar --config ${shellWord(config)}`
      : `See: ${service.commands.status}`;
  return warn('sidecar', 'not running', remedy);
}
