// Why a task is not running, said from the same facts that matching uses.

import type { Why, WhyReason } from '@agentcom/schemas';
import { iso } from '../iso.js';
import type { State } from '../state.js';
import type { DeathCause } from './events.js';
import { agentOfTask, type Task } from './task.js';
import { wantedOf } from './wants.js';
import { AgentsByOffer } from './why-agents.js';
import { type Ended, endedReasons, heldReasons, type LinkSigns, span, untilOf } from './why-held.js';
import { type Holder, type HolderReasons, holderReasons, holdersOnTask } from './why-holders.js';
import { queuedReasons } from './why-queued.js';
import { routeReasons } from './why-routes.js';
import { errorText, failureOf, plural, type Reason } from './why-texts.js';

export interface WhyContext {
  /** When it is asked; the state's own time is that of its last event. */
  readonly now?: number;
  /** Of the agent that holds it. */
  readonly signs?: LinkSigns | undefined;
  /** Callers as people know them. */
  readonly nameOf?: (by: string) => string;
  /** Whether whoever asks may know of a task that this one waits for. */
  readonly sees?: (task: string) => boolean;
  /** Of its organisation, where several tasks are asked about. */
  readonly agents?: AgentsByOffer;
}

/** Reasons in the order in which they would have to go away; of a task that an agent holds, what is done; of a finished one, how it ended. */
export function why(state: State, task: Task, context: WhyContext = {}): Why {
  return { task: task.id, state: task.state, reasons: spelledOut(reasonsOf(state, task, context)) };
}

/** Of a task that has left memory. */
export function whyEnded(
  task: Ended & Pick<Why, 'state'> & { readonly id: string },
  nameOf: (by: string) => string,
): Why {
  return { task: task.id, state: task.state, reasons: spelledOut(endedReasons(task, nameOf)) };
}

function spelledOut(reasons: Iterable<Reason>): WhyReason[] {
  return [...reasons].map(({ brief: _, ...reason }) => reason);
}

/** None is looked for before it is asked for. */
export function* reasonsOf(state: State, task: Task, context: WhyContext = {}): Generator<Reason> {
  const { now = state.now, signs, nameOf = String, sees = () => true } = context;
  const held = holderReasons(task.org, nameOf);
  switch (task.state) {
    case 'scheduled':
      yield* scheduledReasons(state, task, now, holdersOnTask(state, task), held);
      return;
    case 'waiting':
      yield* openParents(state, task, sees);
      yield* held(holdersOnTask(state, task));
      return;
    case 'queued': {
      const { agents = new AgentsByOffer(state, task.org) } = context;
      const wanted = wantedOf(task);
      if (wanted.routes === undefined) yield* queuedReasons(state, agents, task, held, wanted);
      else yield* routeReasons(state, agents, task, held);
      return;
    }
    case 'blocked':
      yield blockedReason(task, now);
      return;
    case 'dead':
      yield deadReason(task);
      return;
    case 'assigned':
    case 'working':
      yield* heldReasons(state, task, signs, now);
      return;
    default:
      yield* endedReasons({ ...task, agent: agentOfTask(task) }, nameOf);
  }
}

/** What has stopped it is named first, also when others have come that hold it back as well. */
function scheduledReasons(
  state: State,
  task: Task,
  now: number,
  onTask: readonly Holder[],
  held: HolderReasons,
): readonly Reason[] {
  if (task.reason !== 'budget') return [scheduledReason(task, now), ...held(onTask)];
  const limit = state.limits.get(task.attemptLog?.at(-1)?.limit?.id ?? '');
  const first = limit === undefined ? [] : [limit];
  return held([...first, ...onTask.filter((one) => one !== limit)]);
}

function scheduledReason(task: Task, now: number): Reason {
  const until = iso(task.deadline ?? 0);
  switch (task.reason) {
    case 'rate_limited':
      return {
        code: 'rate_limited',
        message: 'the agent has hit its usage limit; the task continues when it resets',
        brief: 'usage limit',
        until,
      };
    case 'backoff':
      return {
        code: 'backoff',
        message: backoffText(task, now),
        brief: `failed${codeText(task)}`,
        until,
        ...failureOf(task),
      };
    default:
      return { code: 'not_before', message: 'it was submitted for a later time', brief: 'not due yet', until };
  }
}

function backoffText({ attempts, attemptLog, spec }: Task, now: number): string {
  const last = attemptLog?.at(-1);
  const since = last?.endedAt === undefined ? '' : ` ${span(now - last.endedAt)} ago`;
  const cause = last?.error === undefined ? '' : `: ${errorText(last.error)}`;
  return `attempt ${attempts} of ${spec.maxAttempts} failed${since}${cause}; the next one starts after a delay`;
}

function blockedReason(task: Task, now: number): Reason {
  const since = task.history?.findLast(({ event }) => event === 'blocked')?.at ?? now;
  const isLast = task.attempts + 1 >= task.spec.maxAttempts;
  const next = isLast ? 'the task is dead' : 'the attempt fails and the task is retried';
  const asked = `Asked ${span(now - since)} ago by ${task.agent ?? 'its agent'}; without an answer, ${next}`;
  const message = `waits for an answer: ${task.question?.question.trim() ?? ''}\n${asked}`;
  return { code: 'waits_for_answer', message, brief: 'waits for an answer', ...untilOf(task) };
}

function openParents(state: State, task: Task, sees: (task: string) => boolean): Reason[] {
  const open = (task.spec.dependsOn ?? []).flatMap((id) => {
    const parent = state.tasks.get(id);
    return parent === undefined || parent.state === 'completed' ? [] : [parent];
  });
  const seen = open.filter(({ id }) => sees(id));
  const hidden = open.length - seen.length;
  const isStuck = seen.some(({ state: of }) => of === 'dead');
  const brief = isStuck ? 'waits for a dead task' : `waits for ${plural(open.length, 'task')}`;
  const reasons = seen.map((parent): Reason => {
    const { id } = parent;
    const isDead = parent.state === 'dead';
    const message = isDead
      ? `waits for task ${id}, which is dead: requeue or discard it`
      : `waits for task ${id}, which is ${parent.state}`;
    return { code: isDead ? 'parent_dead' : 'waits_for_parent', message, brief, task: id };
  });
  if (hidden === 0) return reasons;
  return [
    ...reasons,
    { code: 'waits_for_parent', message: `waits for ${plural(hidden, 'task')} that you may not see`, brief },
  ];
}

const DEATHS: Readonly<Record<DeathCause, string>> = {
  attempts_used: 'no attempts left',
  permanent: 'a retry cannot fix it',
  budget: 'its budget is used up',
  no_taker: 'nobody took it',
};

function deadReason(task: Task): Reason {
  const last = task.attemptLog?.at(-1)?.error;
  const cause: Record<DeathCause, string> = {
    attempts_used: task.attempts === 1 ? 'the only attempt failed' : `all ${task.attempts} attempts failed`,
    permanent: 'it failed in a way that a retry cannot fix',
    budget: 'its budget is used up',
    no_taker:
      task.machineFailures === undefined
        ? `none of ${task.offers} offers was accepted`
        : `its agents' machines could not start it, ${task.machineFailures} times in a row`,
  };
  const said = last === undefined ? '' : `; last error: ${errorText(last)}`;
  const message = `${task.death === undefined ? 'it is dead' : cause[task.death]}${said}`;
  const brief = `${task.death === undefined ? 'dead' : DEATHS[task.death]}${codeText(task)}`;
  return { code: 'dead', message, brief, ...failureOf(task) };
}

function codeText(task: Task): string {
  const { failure } = failureOf(task);
  return failure === undefined ? '' : ` (${failure})`;
}
