// Everything that must be right before a machine joins, in the order in which a person would look.

import type { RunnerKind } from '@agentcom/schemas';
import type { World } from '../world.js';
import { runningSidecar } from './agents-here.js';
import { signedInBy } from './detect.js';
import { doubtful, type Finding, faulty } from './finding.js';
import type { JoinFlags } from './flags.js';
import { diskFinding, gitFinding, identityFinding, nodeFinding, repoFinding, runnerFinding } from './machine-checks.js';
import { type Plan, repoRootOf } from './plan.js';
import { installedService, type ServiceKind, serviceOf } from './service.js';
import { ENVIRONMENT_FILE } from './service-text.js';

/** Of the machine alone; the hub has been looked at by then. Each is told as it is found. */
export async function preflight(
  world: World,
  plan: Plan,
  { repo = [] }: JoinFlags,
  service: ServiceKind | undefined,
  tell: (finding: Finding) => void,
): Promise<readonly Finding[]> {
  const { git, runner } = plan.settings;
  const kinds = [...new Set<RunnerKind>([runner.kind, ...runner.also])];
  const programOf = (kind: RunnerKind) =>
    kind === 'command' ? runner.argv[0] : kind === runner.kind ? runner.program : undefined;
  const asked = [
    Promise.resolve(nodeFinding()),
    gitFinding(world.env, git.program),
    Promise.resolve(identityFinding(git)),
    diskFinding(repoRootOf(plan)),
    ...kinds.map((kind) => runnerFinding(kind, programOf(kind), world)),
    ...repo.map((url) => repoFinding(url, world.env, git.program)),
    ...(service === undefined ? [] : [serviceFinding(world, plan, kinds, service)]),
  ];
  const findings: Finding[] = [];
  for (const one of asked) {
    const finding = await one;
    tell(finding);
    findings.push(finding);
  }
  return findings;
}

async function serviceFinding(
  world: World,
  { name, earlier }: Plan,
  kinds: readonly RunnerKind[],
  service: ServiceKind,
): Promise<Finding> {
  // Its name is of no importance to whether there can be one.
  const possible = await serviceOf(name ?? 'agent', service, world).check();
  if (possible.state === 'fail') return possible;
  const pid = earlier === undefined ? undefined : await runningSidecar(earlier);
  const isItsOwn = earlier !== undefined && (await installedService(earlier.name, world)) !== undefined;
  if (pid !== undefined && !isItsOwn)
    return faulty('service', `the sidecar runs already (process ${pid})`, 'Stop it first: the service is to run it.');
  for (const kind of kinds) {
    const by = await signedInBy(kind, world);
    if (by === undefined || by.startsWith('~')) continue;
    const remedy = `Write ${by}=… into the file \`${ENVIRONMENT_FILE}\` (mode 0600) beside its configuration, then start the service anew.`;
    return doubtful('service', `${kind} is signed in by ${by} of this shell, which a service does not have`, remedy);
  }
  return possible;
}
