// Where a task is that an agent holds, and how one ended: what is done, since when, and what comes next by itself.

import type { HoldingPhase } from '@agentcom/schemas';
import { type Agent, agentKey } from '../agent/agent.js';
import { phaseNow, type SaidPhase } from '../agent/phase.js';
import { iso } from '../iso.js';
import type { State } from '../state.js';
import { choiceText } from './routes.js';
import type { Task } from './task.js';
import type { Reason } from './why-texts.js';

/** What the agent's link says of it, beside the state. */
export interface LinkSigns {
  readonly lastSeenAt: number;
  readonly phase?: SaidPhase | undefined;
}

/** A link that says nothing for so long is about to be closed. */
const SILENT_MS = 25_000;

const PHASES: Readonly<Record<HoldingPhase, string>> = {
  assigned: 'has not accepted it yet',
  preparing: 'is preparing the repository',
  running: 'is running the agent',
  blocked: 'waits for an answer',
  checking: 'is checking the work',
  verifying: 'is running the verify commands',
  pushing: 'is pushing the branch',
  requesting: 'is opening the request',
  reporting: 'is reporting the result',
  stopping: 'is stopping the work',
};

export function heldReasons(state: State, task: Task, signs: LinkSigns | undefined, now: number): Reason[] {
  const name = task.agent ?? '';
  const agent = state.agents.get(agentKey(task.org, name));
  if (task.state === 'assigned') return [offered(task, name, now)];
  if (agent !== undefined && agent.connection === undefined) return [away(agent, now)];
  const silentMs = signs === undefined ? 0 : now - signs.lastSeenAt;
  if (silentMs >= SILENT_MS) {
    const message = `${name} has sent nothing for ${span(silentMs)}; if it stays silent, it is disconnected, and the attempt is lost after a grace period`;
    return [{ code: 'agent_silent', message, brief: 'the agent is silent' }];
  }
  return [running(task, name, phaseNow(signs?.phase, state, agentKey(task.org, name)), now)];
}

function offered(task: Task, agent: string, now: number): Reason {
  const since = task.history?.findLast(({ event }) => event === 'assigned')?.at ?? now;
  return {
    code: 'offered',
    message: `offered to ${agent} ${span(now - since)} ago${chosenText(task)}; it goes back to the queue unless the agent answers`,
    brief: 'offered, not accepted yet',
    ...untilOf(task),
  };
}

function away({ name, linkChangedAt, graceUntil }: Agent, now: number): Reason {
  const next = graceUntil === undefined ? '' : '; unless it reconnects, the attempt is lost and the task is retried';
  return {
    code: 'agent_away',
    message: `${name} has been disconnected for ${span(now - linkChangedAt)}${next}`,
    brief: 'the agent is disconnected',
    ...(graceUntil !== undefined && { until: iso(graceUntil) }),
  };
}

function running(task: Task, agent: string, said: SaidPhase | undefined, now: number): Reason {
  // Said before it accepted: the hub has heard of that first.
  const known = said?.phase === 'assigned' ? undefined : said;
  const since = known?.since ?? task.attemptLog?.at(-1)?.startedAt ?? now;
  const does = known === undefined ? 'is working on it' : PHASES[known.phase];
  return {
    code: 'running',
    message: `${agent} ${does} (for ${span(now - since)})${chosenText(task)}; the attempt is stopped at its time limit`,
    brief: known === undefined || known.phase === 'running' ? '' : does.replace(/^is /, ''),
    ...untilOf(task),
  };
}

/** Of the several runners and models that it names. */
function chosenText({ choice }: Task): string {
  return choice === undefined || choice.of === 1 ? '' : `, with ${choiceText(choice)}`;
}

export function untilOf({ deadline }: Task): Pick<Reason, 'until'> {
  return deadline === undefined ? {} : { until: iso(deadline) };
}

/** What of a finished task says how it ended; of one in memory and of an archived one alike. */
export interface Ended {
  readonly state: string;
  readonly agent?: string | undefined;
  readonly generation: number;
  readonly cancel?: Task['cancel'];
}

/** `nameOf` gives callers the names by which people know them. */
export function endedReasons({ state, agent, generation, cancel }: Ended, nameOf: (by: string) => string): Reason[] {
  if (state === 'completed') {
    return [
      {
        code: 'completed',
        message: agent === undefined ? 'it is done' : `done by ${agent}, in attempt g${generation}`,
        brief: 'done',
      },
    ];
  }
  if (cancel === undefined) return [];
  const { cause, reason, by } = cancel;
  const done = cause === 'discarded' ? 'discarded' : 'cancelled';
  const message =
    cause === 'parent_failed'
      ? `cancelled because its parent was: ${reason}`
      : `${done} by ${nameOf(by)}${reason === done ? '' : `: ${reason}`}`;
  return [{ code: 'cancelled', message, brief: cause === 'parent_failed' ? 'its parent was cancelled' : done }];
}

/** `45 s`, `3 min`, `2 h`. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
