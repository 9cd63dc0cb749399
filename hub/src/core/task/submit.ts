// A new task: scheduled, waiting for its parents, or queued and perhaps matched at once.

import { mayUseRepository, refuseRepository } from '../access/repositories.js';
import { refuseMore } from '../access/usage.js';
import { agentKey } from '../agent/agent.js';
import type { CommandOf } from '../commands.js';
import type { Decision, DecisionTable } from '../decision.js';
import { pricedRoutes, seenWithin } from '../ledger/route-estimate.js';
import { Refusal } from '../refusal.js';
import { branchAfter, branchFor, isSameRepo } from './dependencies.js';
import type { InitialState, StoredSpec } from './events.js';
import type { Task } from './task.js';

/** Before the name of an agent that submits. */
const AGENT = 'agent:';
const NONE: readonly string[] = [];
const QUEUED: InitialState = { state: 'queued' };
const WAITING: InitialState = { state: 'waiting' };

export const submitDecisions: DecisionTable<'task.submit'> = {
  'task.submit': (decision, command) => {
    const { state } = decision;
    const config = decision.config.tasks;
    const { org, by, idempotency } = command;
    if (idempotency !== undefined) {
      const known = state.idempotency.get(org, by, idempotency.key);
      if (known !== undefined) {
        if (known.digest === idempotency.digest) return { task: known.task, repeated: true };
        return new Refusal('idempotency.key_reused', 'this idempotency key was used for a different request', [
          { path: '/idempotencyKey', message: `the key belongs to task ${known.task}` },
        ]);
      }
    }
    if (by.startsWith(AGENT) && !config.mayAgentsSubmit) {
      return new Refusal('task.agents_may_not_submit', 'the config of this hub does not let agents submit tasks');
    }
    const repositories = repositoriesOf(decision, command);
    const refused =
      refuseRepository(repositories, command.spec.repo?.url) ??
      refuseMore(
        decision,
        org,
        'queuedTasks',
        'tasksPerDay',
        'costMicrosPerDay',
        'costMicrosPerMonth',
        'storedBytes',
      ) ??
      checkParents(decision, command, repositories) ??
      checkBase(decision, command);
    if (refused !== undefined) return refused;
    const archivedParents = goneParents(decision, command);
    const spec = state.shared.filled(command.spec, {
      maxAttempts: config.maxAttempts,
      runTimeoutMs: config.runTimeoutSeconds * 1000,
    });
    const id = decision.inputs.newId();
    decision.emit({
      type: 'task.submitted',
      task: id,
      org,
      by,
      spec,
      initial: initialState(decision, spec, archivedParents),
      ...(spec.maxCost !== undefined && {
        routes: pricedRoutes(state, org, spec, seenWithin(command.repositories ?? repositories)),
      }),
      ...(archivedParents.length > 0 && { archivedParents }),
      ...(spec.baseFromParent === true && finishedBranch(decision, command)),
      ...(command.traceparent !== undefined && { traceparent: command.traceparent }),
      ...(idempotency !== undefined && { idempotency }),
    });
    const task = state.tasks.get(id);
    if (task !== undefined) decision.matchTask(task);
    return { task: id, repeated: false };
  },
};

/** Those that are in the archive alone. */
function goneParents({ state }: Decision, { archivedParents = [] }: CommandOf<'task.submit'>): readonly string[] {
  if (archivedParents.length === 0) return NONE;
  return archivedParents.map(({ task }) => task).filter((task) => !state.tasks.has(task));
}

/** The patterns that an agent is bound to; those of other callers are held to before. */
function repositoriesOf({ state }: Decision, { org, by }: CommandOf<'task.submit'>): readonly string[] | undefined {
  if (!by.startsWith(AGENT)) return undefined;
  return state.agents.get(agentKey(org, by.slice(AGENT.length)))?.repositories;
}

function checkParents(
  decision: Decision,
  command: CommandOf<'task.submit'>,
  repositories: readonly string[] | undefined,
): Refusal | undefined {
  if (command.spec.dependsOn === undefined) return undefined;
  const { by, ownParents = false } = command;
  const missing = command.spec.dependsOn.flatMap((id, i) => {
    const parent = parentOf(decision, command, id);
    const isHidden =
      (ownParents && parent?.by !== by) || !mayUseRepository(repositories, repoOfParent(decision, command, id)?.url);
    if (parent === undefined || isHidden) return [{ path: `/dependsOn/${i}`, message: `task ${id} not found` }];
    if (parent.state === 'cancelled') return [{ path: `/dependsOn/${i}`, message: `task ${id} was cancelled` }];
    return [];
  });
  if (missing.length === 0) return undefined;
  return new Refusal('task.parent_not_found', 'a parent task does not exist or was cancelled', missing);
}

function checkBase(decision: Decision, command: CommandOf<'task.submit'>): Refusal | undefined {
  const { baseFromParent, dependsOn, repo } = command.spec;
  if (baseFromParent !== true) return undefined;
  const [parent] = dependsOn ?? [];
  if (repo === undefined || parent === undefined || dependsOn?.length !== 1) {
    const message = 'needs a repository and exactly one parent';
    return new Refusal('request.invalid', `baseFromParent ${message}`, [{ path: '/baseFromParent', message }]);
  }
  if (isSameRepo(repo, repoOfParent(decision, command, parent))) return undefined;
  const message = `must be the address that task ${parent} has; another repository cannot start from its branch`;
  return new Refusal('request.invalid', 'baseFromParent needs a parent in the same repository', [
    { path: '/repo/url', message },
  ]);
}

function repoOfParent({ state }: Decision, { archivedParents }: CommandOf<'task.submit'>, id: string) {
  const live = state.tasks.get(id);
  return live === undefined ? archivedParents?.find(({ task }) => task === id)?.repo : live.spec.repo;
}

/** What a parent that has completed already left to begin from. */
function finishedBranch(decision: Decision, command: CommandOf<'task.submit'>): { readonly parentBranch?: string } {
  const [id = ''] = command.spec.dependsOn ?? [];
  const live = decision.state.tasks.get(id);
  const archived = command.archivedParents?.find(({ task }) => task === id);
  const branch =
    live === undefined
      ? branchFor(command.spec, archived?.repo, archived?.branch)
      : branchFor(command.spec, live.spec.repo, branchAfter(live));
  return branch === undefined ? {} : { parentBranch: branch };
}

function parentOf(
  { state }: Decision,
  { org, archivedParents }: CommandOf<'task.submit'>,
  id: string,
): Pick<Task, 'by' | 'state'> | undefined {
  const live = state.tasks.get(id);
  if (live !== undefined) return live.org === org ? live : undefined;
  return archivedParents?.find(({ task }) => task === id);
}

function initialState(decision: Decision, spec: StoredSpec, archived: readonly string[]): InitialState {
  const { state, now } = decision;
  if (spec.notBefore !== undefined && spec.notBefore > now + state.wallOffsetMs) {
    return { state: 'scheduled', dueAt: spec.notBefore };
  }
  const open = spec.dependsOn?.some((id) => state.tasks.get(id)?.state !== 'completed' && !archived.includes(id));
  return open === true ? WAITING : QUEUED;
}
