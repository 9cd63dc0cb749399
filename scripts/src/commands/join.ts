// `agentcom join`: make this machine an agent of a hub. It looks first and makes afterwards: what fails before the hub has taken the
// agent leaves nothing behind, and the same command can always be run again.

import { join } from 'node:path';
import { RUNNERS } from '@agentcom/schemas';
import { type Command, Option } from 'commander';
import { type Cli, collected, collectedOf, repeated, type Session, withExamples } from '../cli.js';
import { CommandError, EXIT, type ExitCode } from '../exit.js';
import { runningSidecar } from '../join/agents-here.js';
import { closingText, type Report, reportValue } from '../join/closing.js';
import { type Finding, findingText } from '../join/finding.js';
import { author, type JoinFlags, slug } from '../join/flags.js';
import { hubFindings } from '../join/hub-checks.js';
import { begun, planned, plannedService } from '../join/plan.js';
import { preflight } from '../join/preflight.js';
import { SERVICE_KINDS, type ServiceKind, serviceOf } from '../join/service.js';
import { ENVIRONMENT_FILE, servicePath } from '../join/service-text.js';
import { type Settled, settled } from '../join/settle.js';
import { runTestTask, type Tested } from '../join/test-task.js';
import { installWrapper } from '../join/wrapper.js';
import { withProgress } from '../progress.js';
import { clientSettings, isLoopback } from '../settings.js';
import { ownCommand, sidecarSettings } from './sidecar.js';

export function addJoinCommand(program: Command, cli: Cli): void {
  const command = program
    .command('join')
    .description('make this machine an agent of a hub')
    .argument('<hub>', 'the address of the hub')
    .argument('[command...]', 'after --: a program that is the agent; it gets each prompt on its standard input')
    .option('--token-file <file>', 'the token of `agentcom agent invite`; else AGENTCOM_TOKEN, else it is asked for')
    .option('--name <name>', 'the name of the agent; the hub makes one up when not given', slug)
    .option('--runner <kinds>', `who works here, the usual one first: ${RUNNERS.join(', ')}`, collectedOf(RUNNERS))
    .option('--capability <names>', 'what it offers beside what is found here', collected)
    .option('--author <author>', 'who its commits are by: Name <address>', author)
    .option('--repo <url>', 'a repository that it must be able to read; can be given several times', repeated)
    .option('--repo-root <dir>', 'where repositories are cached and worktrees made')
    .option('--dir <dir>', 'where key, configuration and state are kept')
    .option('--config-from <where>', 'a TOML file or https address with settings that several machines share')
    .option('--rejoin', 'take a new key for an agent that this machine was or is')
    .addOption(new Option('--service [kind]', 'run it as a service, of the user unless said').choices(SERVICE_KINDS))
    .option('--no-test', 'leave the test task out');
  withExamples(
    command,
    'agentcom join https://hub.example.org --token-file token --runner claude --service',
    'AGENTCOM_TOKEN=… agentcom join http://127.0.0.1:7700 --name builder --capability big -- ./agent.sh',
    'agentcom join https://hub.example.org --name builder --rejoin',
  ).action(
    cli.act(async (session: Session, hub: string, argv: readonly string[], flags: JoinFlags) => {
      const report = await joinMachine(session, hub, argv, flags);
      session.out.answer(reportValue(report), () => closingText(session, report));
      return undefined;
    }),
  );
}

async function joinMachine(
  session: Session,
  given: string,
  argv: readonly string[],
  flags: JoinFlags,
): Promise<Report> {
  const { out, world } = session;
  const { hub } = await clientSettings(world, { hub: given });
  const beginning = await begun(world, hub, flags);
  if (!isLoopback(hub) && hub.startsWith('http://')) {
    out.warning(`${hub} is not encrypted: whoever sees the traffic sees the token and the agent's key.`);
  }
  const tell = (finding: Finding) => out.note(findingText(out, finding));
  requireFine(session, await told(hubFindings(session.clientFor(hub), world.now), tell), EXIT.unreachable);
  const plan = await withProgress(session, 'looking at this machine', () =>
    planned(world, hub, argv, flags, beginning),
  );
  const kind = await plannedService(world, flags, plan.name);
  const findings = await withProgress(session, 'checking', () => preflight(world, plan, flags, kind, tell));
  requireFine(session, findings, EXIT.failed);

  const agent = await withProgress(session, 'joining', () => settled(session, plan, flags.rejoin === true));
  const settings = await sidecarSettings(world, agent.config);
  const command = await installWrapper(world);
  const tested = await testOf(session, agent, flags);
  const service = kind && (await served(session, agent, kind));
  return { hub, settled: agent, settings, service: service || undefined, command, ...(tested && { tested }) };
}

async function told(work: Promise<readonly Finding[]>, tell: (finding: Finding) => void): Promise<readonly Finding[]> {
  const findings = await work;
  findings.forEach(tell);
  return findings;
}

/** Nothing has been made by then. */
function requireFine({ out }: Session, findings: readonly Finding[], exit: ExitCode): void {
  const faults = findings.filter(({ state }) => state === 'fail');
  if (faults.length === 0) return;
  const names = faults.map(({ check }) => check).join(', ');
  // People have read it already.
  const details = out.json
    ? faults.map(({ check, detail, remedy = '' }) => ({ path: check, message: `${detail}. ${remedy}` }))
    : [];
  throw new CommandError(exit, 'join.not_ready', `this machine cannot join yet (${names}), and nothing was made`, {
    details,
    remedy: 'Correct that and run the same command again.',
  });
}

async function testOf(
  session: Session,
  { config, dir, agent }: Settled,
  flags: JoinFlags,
): Promise<Tested | undefined> {
  if (!flags.test) return undefined;
  const { world, out } = session;
  const settings = await sidecarSettings(world, config);
  const pid = await runningSidecar(settings);
  if (pid !== undefined) {
    out.note(`The sidecar of ${agent} runs already (process ${pid}), so the test task is left out.`);
    return undefined;
  }
  return withProgress(session, 'test task', (say) => runTestTask(world, settings, dir, say));
}

async function served(session: Session, { agent, dir, config }: Settled, kind: ServiceKind) {
  const { world } = session;
  const made = serviceOf(agent, kind, world);
  await withProgress(session, 'starting the service', () =>
    made.install({
      agent,
      argv: [...ownCommand(world), 'sidecar', '--config', config],
      path: servicePath(world.env.PATH),
      dir,
      environmentFile: join(dir, ENVIRONMENT_FILE),
    }),
  );
  return { made, hint: await made.hint() };
}
