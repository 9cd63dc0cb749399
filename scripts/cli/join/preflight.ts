// Everything that must be right before a machine joins, in the order in which a person would look.

import type { RunnerKind, SidecarSettings } from '@agentcom/schemas';
import { sidecarProgram } from '../service/programs.js';
import { installedService, type ServiceKind, serviceOf } from '../service/service.js';
import { ENVIRONMENT_FILE } from '../service/service-text.js';
import { serviceEnvironment } from '../service/variables.js';
import type { World } from '../world.js';
import { runningSidecar } from './agents-here.js';
import { type Check, fail, warn } from './check.js';
import { signedInBy } from './detect.js';
import type { JoinFlags } from './flags.js';
import { checkGateway } from './gateway-check.js';
import {
  checkAccounts,
  checkAllowed,
  checkDisk,
  checkGit,
  checkIdentity,
  checkNode,
  checkRepo,
  checkRunner,
  checkRunUser,
  checkWritable,
  signsInElsewhere,
} from './machine-checks.js';
import { directoriesAbove, directoriesOf, type Plan, repoRootOf } from './plan.js';
import { checkUnattended } from './unattended-check.js';

/** Of the machine alone; the hub has been looked at by then. Each is told as it is found. */
export async function preflight(
  world: World,
  plan: Plan,
  { repo = [] }: JoinFlags,
  service: ServiceKind | undefined,
  tell: (check: Check) => void,
): Promise<readonly Check[]> {
  const { git, runner } = plan.settings;
  // The programs of a container are in its image.
  const isContained = runner.container.image !== undefined;
  const kinds = isContained ? [] : [...new Set<RunnerKind>([runner.kind, ...runner.also])];
  const programOf = (kind: RunnerKind) =>
    kind === 'command' ? runner.argv[0] : kind === runner.kind ? runner.program : undefined;
  const asked = [
    Promise.resolve(checkNode()),
    checkGit(world.env, git.program),
    Promise.resolve(checkIdentity(git)),
    checkUnattended(plan.settings, world.env),
    checkWritable(directoriesOf(plan), ', or choose others with --dir and --repo-root'),
    checkDisk(repoRootOf(plan)),
    ...kinds.map((kind) => checkRunner(kind, programOf(kind), world, signsInElsewhere(kind, runner))),
    Promise.resolve(checkAllowed(git)),
    ...repo.map((url) => checkRepo(url, world.env, git, service && serviceEnvironment(world))),
    ...(service === undefined ? [] : [checkService(world, plan, signingIn(kinds, runner), service)]),
  ];
  const checks: Check[] = [];
  for (const one of asked) {
    const check = await one;
    tell(check);
    checks.push(check);
  }
  const ofService = service && serviceEnvironment(world);
  const ways = [...(await checkAccounts(runner, world)), ...(await checkGateway(runner, world.env, { ofService }))];
  for (const check of ways) {
    tell(check);
    checks.push(check);
  }
  for (const check of await checkRunUser(plan.settings, directoriesAbove(plan), world.env)) {
    tell(check);
    checks.push(check);
  }
  return checks;
}

/** Those that sign in at their provider themselves. */
function signingIn(kinds: readonly RunnerKind[], runner: SidecarSettings['runner']): readonly RunnerKind[] {
  return kinds.filter((kind) => !signsInElsewhere(kind, runner));
}

async function checkService(
  world: World,
  { name, existing }: Plan,
  kinds: readonly RunnerKind[],
  service: ServiceKind,
): Promise<Check> {
  // Its name is of no importance to whether there can be one.
  const possible = await serviceOf(sidecarProgram(name ?? 'agent'), service, world).check();
  if (possible.state === 'fail') return possible;
  const running = existing === undefined ? undefined : await runningSidecar(existing);
  const isItsOwn =
    existing !== undefined && (await installedService(sidecarProgram(existing.name), world)) !== undefined;
  if (running !== undefined && !isItsOwn)
    return fail('service', `the sidecar is already running (${running})`, 'Stop it first; the service will run it.');
  for (const kind of kinds) {
    const variable = (await signedInBy(kind, world))?.variable;
    if (variable === undefined) continue;
    const remedy = `Add ${variable}=… to the file \`${ENVIRONMENT_FILE}\` (mode 0600) next to its configuration, then restart the service.`;
    return warn(
      'service',
      `${kind} is signed in through ${variable} in this shell, which a service does not see`,
      remedy,
    );
  }
  return possible;
}
