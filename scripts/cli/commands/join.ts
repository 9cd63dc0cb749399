// `agentcom join`: join this machine to a hub as an agent. It looks first and makes afterwards: what fails before the hub has taken the
// agent leaves nothing behind, and the same command can always be run again.

import { join } from 'node:path';
import type { AgentView } from '@agentcom/schemas';
import { isInTheClear } from '@agentcom/schemas/host/network/proxy';
import { RUNNERS } from '@agentcom/schemas/names';
import { type Command, Option } from 'commander';
import { CommandError, codeOf, EXIT, type ExitCode } from '../exit.js';
import type { Cli, Invocation } from '../invocation.js';
import { type IdleReason, runningSidecar, seenByHub, whyIdle } from '../join/agents-here.js';
import { type Check, checkText, withRunnable } from '../join/check.js';
import { ensureJoined, type JoinOutcome } from '../join/ensure-joined.js';
import type { ExistingAgent } from '../join/existing-agent.js';
import { author, type JoinFlags, slug } from '../join/flags.js';
import { checkHub } from '../join/hub-checks.js';
import { passageTo } from '../join/let-pass.js';
import { chooseService, planJoin, resolveTarget } from '../join/plan.js';
import { preflight } from '../join/preflight.js';
import { register } from '../join/registry.js';
import { type Summary, summaryText, summaryValue } from '../join/summary.js';
import { runTestTask, type Tested } from '../join/test-task.js';
import { installWrapper } from '../join/wrapper.js';
import { notEncrypted } from '../not-encrypted.js';
import { appendValue, parseList, parseListOf, withExamples } from '../options.js';
import { withProgress } from '../progress.js';
import { writeLauncher } from '../service/launcher.js';
import { sidecarProgram } from '../service/programs.js';
import { SERVICE_KINDS, type ServiceKind, serviceOf } from '../service/service.js';
import { ENVIRONMENT_FILE, servicePath } from '../service/service-text.js';
import { sidecarVariables } from '../service/variables.js';
import { clientSettings, defaultDataDir } from '../settings.js';
import { sidecarSettings } from './sidecar.js';

export function defineJoin(command: Command, cli: Cli): void {
  command
    .argument('<hub>', 'the address of the hub')
    .argument('[command...]', 'after --: the program to run as the agent, with the prompt on standard input')
    .option('--token-file <file>', 'a file with the token from `agentcom agent invite` (AGENTCOM_TOKEN, or asks)')
    .option('--name <name>', 'the name of the agent (chosen by the hub)', slug)
    .option('--runner <kinds>', `allowed runners, default first: ${RUNNERS.join(', ')}`, parseListOf(RUNNERS))
    .option('--capability <names>', 'capabilities in addition to the detected ones', parseList)
    .option('--author <author>', 'the author of its commits, as: Name <address>', author)
    .option('--repo <url>', 'check that this repository can be read; repeat for several', appendValue)
    .option('--repo-root <dir>', 'directory for cached repositories and worktrees')
    .option('--dir <dir>', 'directory for key, configuration and state')
    .option('--inherit-env', 'pass the whole environment to the agent, including editor, pager and prompts')
    .option('--run-user <name>', 'run the agent as this local user')
    .addOption(new Option('--container <image>', 'run the agent in containers of this image').conflicts('runUser'))
    .addOption(
      new Option('--container-engine <engine>', 'what runs the containers (podman)').choices(['podman', 'docker']),
    )
    .option('--config-from <where>', 'a TOML file or https URL with settings shared by several machines')
    .option('--rejoin', 'get a new key for an agent that has already joined here')
    .option('--insecure', 'join over http:// although others on the network can read the token and the key')
    .addOption(new Option('--service [kind]', 'run the sidecar as a service (user)').choices(SERVICE_KINDS))
    .option('--no-test', 'skip the test task');
  withExamples(
    command,
    'agentcom join https://hub.example.org --token-file token --runner claude --service',
    'AGENTCOM_TOKEN=… agentcom join http://127.0.0.1:7700 --name builder --capability big -- ./agent.sh',
    'agentcom join https://hub.example.org --runner claude --container registry.example.org/agents/claude:3',
    'agentcom join https://hub.example.org --name builder --rejoin',
  ).action(
    cli.act(async (invocation: Invocation, hub: string, argv: readonly string[], flags: JoinFlags) => {
      const summary = await joinMachine(invocation, hub, argv, flags);
      invocation.out.answer(summaryValue(summary), () => summaryText(invocation, summary));
      return undefined;
    }),
  );
}

async function joinMachine(
  invocation: Invocation,
  given: string,
  argv: readonly string[],
  flags: JoinFlags,
): Promise<Summary> {
  const { out, world } = invocation;
  const { hub } = await clientSettings(world, { hub: given });
  const target = await resolveTarget(world, hub, flags);
  if (isInTheClear(new URL(hub))) {
    if (!isInsecure(flags, hub, target.existing)) throw notEncrypted(hub, 'add --insecure');
    out.warning(`${hub} is not encrypted: anyone who sees the traffic sees the token and the agent's key.`);
  }
  const tell = (check: Check) => out.note(checkText(out, withRunnable(invocation, check)));
  const hubChecks = await checkHub(await invocation.clientFor(hub), world.now);
  hubChecks.forEach(tell);
  requirePassed(invocation, hubChecks, EXIT.unreachable);
  const plan = await withProgress(invocation, 'inspecting this machine', () =>
    planJoin(world, hub, argv, flags, target),
  );
  const kind = await chooseService(world, flags, plan.name);
  const checks = await withProgress(invocation, 'checking', () => preflight(world, plan, flags, kind, tell));
  requirePassed(invocation, checks, EXIT.failed);

  const letPass = await passageTo(plan);
  const agent = await withProgress(invocation, 'joining', () => ensureJoined(invocation, plan, flags.rejoin === true));
  await letPass(agent.dir);
  const settings = await sidecarSettings(world, agent.config);
  if (flags.dir !== undefined) await registerHere(invocation, agent.config);
  const command = await installWrapper(world);
  const seen = agent.how === 'kept' || flags.test ? (await seenByHub(invocation, settings)).agent : undefined;
  const idle = whyIdle(invocation, settings, seen);
  const tested = flags.test ? await runTest(invocation, agent, seen, idle) : undefined;
  const service = kind && (await installService(invocation, agent, kind));
  return {
    hub,
    joined: agent,
    settings,
    service: service || undefined,
    command,
    idle: idle.map(({ text }) => text),
    ...(tested && { tested }),
  };
}

/** Who has said so once need not say it again about the same hub. */
function isInsecure({ insecure }: JoinFlags, hub: string, existing: ExistingAgent | undefined): boolean {
  return insecure === true || (existing?.hub === hub && existing.shared.insecure === true);
}

/** Without its place in the list the agent works all the same. */
async function registerHere({ world, out }: Invocation, config: string): Promise<void> {
  await register(world, config).catch((error: unknown) => {
    out.warning(`doctor will not see this agent: cannot record it in ${defaultDataDir(world)} (${codeOf(error)}).`);
  });
}

/** Nothing has been made by then. */
function requirePassed({ out }: Invocation, checks: readonly Check[], exit: ExitCode): void {
  const faults = checks.filter(({ state }) => state === 'fail');
  if (faults.length === 0) return;
  const names = faults.map(({ name }) => name).join(', ');
  // People have read it already.
  const details = out.json
    ? faults.map(({ name, detail, remedy = '' }) => ({ path: name, message: `${detail}. ${remedy}` }))
    : [];
  throw new CommandError(
    exit,
    'join.not_ready',
    `this machine cannot join yet (failed: ${names}); nothing was changed`,
    {
      details,
      remedy: 'Fix the failed checks and run the same command again.',
    },
  );
}

async function runTest(
  invocation: Invocation,
  { config, dir, agent }: JoinOutcome,
  seen: AgentView | undefined,
  idle: readonly IdleReason[],
): Promise<Tested | undefined> {
  const { world, out } = invocation;
  if (idle.some(({ lasts }) => lasts)) {
    out.note(`Agent ${agent} gets no tasks at present; skipped the test task.`);
    return undefined;
  }
  if (seen?.repositories !== undefined) {
    out.note(`Agent ${agent} is bound to some repositories, and the test task has its own; skipped the test task.`);
    return undefined;
  }
  const settings = await sidecarSettings(world, config);
  const pid = await runningSidecar(settings);
  if (pid !== undefined) {
    out.note(`The sidecar of ${agent} is already running (process ${pid}); skipped the test task.`);
    return undefined;
  }
  return withProgress(invocation, 'test task', (say) => runTestTask(invocation, settings, dir, say));
}

async function installService(invocation: Invocation, { agent, dir, config }: JoinOutcome, kind: ServiceKind) {
  const { world } = invocation;
  const program = sidecarProgram(agent);
  const argv = await writeLauncher(dir, program, {
    ...{ node: process.execPath, nodeArgs: process.execArgv, entry: world.entry },
    args: ['sidecar', '--config', config],
  });
  const made = serviceOf(program, kind, world);
  await withProgress(invocation, 'starting the service', () =>
    made.install({
      argv,
      path: servicePath(world.env.PATH),
      dir,
      environmentFile: join(dir, ENVIRONMENT_FILE),
      variables: sidecarVariables(world),
    }),
  );
  return { made, hint: await made.hint() };
}
