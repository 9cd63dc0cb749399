// What a halt is about at the moment in which it is made or asked about: what it would stop, what it holds back, and whether there is any such
// thing, so that whoever mistypes a name hears of it. It is in force all the same: what it names may come.

import { type AskedScope, orgOf, refuseScope } from '../asked-scope.js';
import { labelsOf } from '../ledger/book.js';
import type { WorkParts } from '../ledger/ledger.js';
import type { Refusal } from '../refusal.js';
import { agentOf, type State } from '../state.js';
import { isHeldRepository } from '../task/held-repository.js';
import { concerns, heldBy, holdsWhoever } from '../task/hold-scope.js';
import { agentsUnder } from '../task/holding.js';
import type { Held } from '../task/holds.js';
import { skillsOf } from '../task/skills.js';
import type { Task } from '../task/task.js';
import type { Halt, HaltScope } from './halt.js';

export interface HaltReach {
  /** Tasks that agents have. */
  readonly running: number;
  /** Tasks that no agent has yet; undefined where there are too many to look at. */
  readonly pending: number | undefined;
  /** There is such work or such an agent, or there was some. */
  readonly isKnown: boolean;
}

/** Tasks looked at, at most. */
const LOOKED_AT_MAX = 20_000;
const PENDING = ['queued', 'scheduled', 'waiting', 'blocked'] as const;

type Scoped = Pick<Halt, 'id' | 'org' | 'scope'>;

/** Of a halt that is not made. */
export function reachAsked(state: State, asked: AskedScope & { readonly scope: HaltScope }): HaltReach | Refusal {
  return refuseScope(state, asked, 'halt') ?? reachOf(state, { id: '', org: orgOf(asked), scope: asked.scope });
}

export function reachOf(state: State, halt: Scoped): HaltReach {
  const running = runningUnder(state, halt);
  const pending = pendingUnder(state, halt);
  const isKnown = running > 0 || pending !== 0 || isKnownBefore(state, halt);
  return { running, pending, isKnown };
}

function runningUnder(state: State, halt: Scoped): number {
  let running = 0;
  for (const agent of agentsUnder(state, halt)) {
    const task = agent.task === undefined ? undefined : state.tasks.get(agent.task);
    if (task !== undefined && concerns(halt, task, agent)) running++;
  }
  return running;
}

function pendingUnder(state: State, halt: Scoped): number | undefined {
  const isHeld = heldTasks(halt);
  let [pending, looked] = [0, 0];
  for (const org of halt.org === undefined ? state.taskIndex.orgs() : [halt.org]) {
    for (const name of PENDING) {
      for (const task of state.taskIndex.ofState(org, name)?.descending() ?? []) {
        if (looked++ === LOOKED_AT_MAX) return undefined;
        if (isHeld(task) && agentOf(state, task) === undefined) pending++;
      }
    }
  }
  return pending;
}

/** With each address looked at once. */
function heldTasks(halt: Scoped): (task: Task) => boolean {
  const of = heldBy(halt.scope);
  if (of.kind !== 'repo') return (task) => holdsWhoever(halt, task);
  const isHeld = repositories(of.pattern);
  return ({ spec }) => spec.repo !== undefined && isHeld(spec.repo.url);
}

function isKnownBefore(state: State, halt: Scoped): boolean {
  const of = heldBy(halt.scope);
  if (of.kind === 'everything' || of.kind === 'agent' || halt.org === undefined) return true;
  if (of.kind === 'runner' && isOffered(state, halt.org, of.name)) return true;
  const was = workOf(of);
  for (const [, rows] of state.ledger.of(halt.org)?.days() ?? [])
    for (const { parts } of rows) if (parts !== undefined && was(parts)) return true;
  return false;
}

function isOffered(state: State, org: string, runner: string): boolean {
  for (const agent of state.agentsByOrg.get(org) ?? []) if (skillsOf(agent).runners?.has(runner) === true) return true;
  return false;
}

/** As the ledger names work. */
function workOf(of: Held): (parts: WorkParts) => boolean {
  switch (of.kind) {
    case 'repo': {
      const isHeld = repositories(of.pattern);
      return ([url]) => url !== '' && isHeld(url);
    }
    case 'label':
      return ([, , , , labels]) => labelsOf(labels).some(([name, value]) => name === of.name && value === of.value);
    case 'runner':
      return ([, , runner]) => runner === of.name;
    default:
      return () => false;
  }
}

function repositories(pattern: string): (url: string) => boolean {
  const known = new Map<string, boolean>();
  return (url) => {
    const isHeld = known.get(url) ?? isHeldRepository(pattern, url);
    known.set(url, isHeld);
    return isHeld;
  };
}
