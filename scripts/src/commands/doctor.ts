// `agentcom doctor`: checks what is set up on this machine, a hub or agents or only this command, each with what to do about it.

import { existsSync } from 'node:fs';
import type { SidecarSettings } from '@agentcom/schemas';
import type { Command } from 'commander';
import { type Cli, type Session, withExamples } from '../cli.js';
import { CommandError, EXIT } from '../exit.js';
import { configsHere, runningSidecar, standingOf } from '../join/agents-here.js';
import { doubtful, type Finding, faulty, findingsText, fine } from '../join/finding.js';
import { failureFinding, hubFindings } from '../join/hub-checks.js';
import { diskFinding, gitFinding, nodeFinding, runnerFinding } from '../join/machine-checks.js';
import { installedService } from '../join/service.js';
import { withProgress } from '../progress.js';
import { shellWord } from '../text.js';
import type { World } from '../world.js';
import { sidecarSettings } from './sidecar.js';

const HUB_TIMEOUT_MS = 5_000;
const PAGE = 200;

/** `ofHub` says what a hub needs here, where there can be one. */
export function addDoctorCommand(
  program: Command,
  cli: Cli,
  ofHub?: (world: World) => Promise<readonly Finding[]>,
): void {
  const command = program.command('doctor').description('check what is set up here, and say what to do about the rest');
  withExamples(command, 'agentcom doctor', 'agentcom doctor --hub https://hub.example.org --key-file ./key').action(
    cli.act(async (session: Session) => {
      const findings = await withProgress(session, 'checking', () => examine(session, ofHub));
      const ok = findings.every(({ state }) => state !== 'fail');
      session.out.answer({ ok, checks: findings }, () => findingsText(session.out, findings));
      return ok ? EXIT.done : EXIT.failed;
    }),
  );
}

async function examine(
  session: Session,
  ofHub?: (world: World) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  const { world } = session;
  const local = [nodeFinding(), await gitFinding(world.env), ...((await ofHub?.(world)) ?? [])];
  const configs = await configsHere(world);
  const agents: Finding[] = [];
  for (const config of configs) agents.push(...(await agentFindings(session, config)));
  // A machine that only works for a hub elsewhere has no business with one of its own.
  const wantsHub = ofHub !== undefined || configs.length === 0 || session.flags.hub !== undefined;
  return [...local, ...(wantsHub ? await usualHub(session) : []), ...agents];
}

async function usualHub(session: Session): Promise<readonly Finding[]> {
  const { hub } = await session.settings();
  const findings = await hubFindings(session.clientFor(hub), session.world.now);
  return findings.some(({ state }) => state === 'fail') ? findings : [...findings, ...(await withKey(session))];
}

async function withKey(session: Session): Promise<readonly Finding[]> {
  try {
    const client = await session.client();
    const { items } = await client.call('agent.list', { query: { limit: PAGE }, timeoutMs: HUB_TIMEOUT_MS });
    const connected = items.filter((agent) => agent.connected).length;
    const key = fine('key', 'is accepted');
    if (connected > 0) return [key, fine('agents', `${connected} of ${items.length} connected`)];
    if (items.length === 0)
      return [key, doubtful('agents', 'none have joined', 'Invite one with `agentcom agent invite`.')];
    const remedy = 'Start their sidecars with `agentcom sidecar --config FILE`.';
    return [key, doubtful('agents', `none of ${items.length} is connected`, remedy)];
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return [failureFinding('key', error)];
  }
}

/** Everything about one agent that has joined here, each under its name. */
async function agentFindings(session: Session, config: string): Promise<readonly Finding[]> {
  const { world } = session;
  let settings: SidecarSettings;
  try {
    settings = await sidecarSettings(world, config);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return [failureFinding(config, error)];
  }
  const { hub, runner, git, repoRoot } = settings;
  const kinds = [...new Set([runner.kind, ...runner.also])];
  const runners = await Promise.all(
    kinds.map((kind) => runnerFinding(kind, kind === 'command' ? runner.argv[0] : programOf(settings, kind), world)),
  );
  const findings = [
    ...(await hubFindings(session.clientFor(hub.replace(/\/+$/, '')), world.now)),
    await keyFinding(session, settings),
    ...(git.program === 'git' ? [] : [await gitFinding(world.env, git.program)]),
    await diskFinding(repoRoot),
    ...runners,
    await sidecarFinding(session, settings, config),
  ];
  return findings.map((finding) => ({ ...finding, check: `${settings.name}: ${finding.check}` }));
}

/** The configured program is that of the first kind. */
function programOf({ runner }: SidecarSettings, kind: string): string | undefined {
  return kind === runner.kind ? runner.program : undefined;
}

async function keyFinding(session: Session, settings: SidecarSettings): Promise<Finding> {
  const standing = await standingOf(session, settings);
  if (standing === 'known') return fine('key', 'is accepted');
  if (standing === 'unsaid') return doubtful('key', 'the hub does not say', 'Look at what is said of the hub.');
  const remedy = `Let it join again: agentcom join ${settings.hub} --name ${settings.name} --rejoin`;
  return faulty('key', existsSync(settings.keyFile) ? 'the hub does not accept it' : 'it is not there', remedy);
}

async function sidecarFinding({ world }: Session, settings: SidecarSettings, config: string): Promise<Finding> {
  const pid = await runningSidecar(settings);
  const service = await installedService(settings.name, world);
  if (pid !== undefined)
    return fine('sidecar', `runs as process ${pid}${service === undefined ? '' : ', as a service'}`);
  const remedy =
    service === undefined
      ? `Start it: agentcom sidecar --config ${shellWord(config)}`
      : `See: ${service.commands.status}`;
  return doubtful('sidecar', 'does not run', remedy);
}
