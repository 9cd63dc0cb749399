// An agent that sends too much of what is refused is kept out for a while: longer each time, until it has behaved for a day.

import { CLOSE_CODES } from '@agentcom/schemas';
import type { DecisionTable } from '../decision.js';
import { agentNamed } from '../lookups.js';
import { Refusal } from '../refusal.js';
import type { Agent } from './agent.js';

const FIRST_MS = 60_000;
const LONGEST_MS = 3_600_000;
/** After the end of the last ban, until it no longer counts. */
const REMEMBERED_MS = 24 * 3_600_000;

/** `times` in a row; past `until` only the count is left of it. */
export interface Ban {
  readonly times: number;
  readonly until: number;
}

export function nextBan(before: Ban | undefined, now: number): Ban {
  const isRemembered = before !== undefined && now - before.until < REMEMBERED_MS;
  const times = isRemembered ? before.times + 1 : 1;
  return { times, until: now + Math.min(FIRST_MS * 2 ** Math.min(times - 1, 16), LONGEST_MS) };
}

/** How long an agent is still kept out, ms; 0 when it may come. */
export function bannedForMs(agent: Pick<Agent, 'ban'> | undefined, now: number): number {
  return Math.max(0, (agent?.ban?.until ?? 0) - now);
}

export function banned(forMs: number): Refusal {
  return new Refusal(
    'rate.limited',
    `this agent was disconnected for sending too many refused frames; it may return in ${Math.ceil(forMs / 1000)} s`,
    [],
    forMs,
  );
}

export const banDecisions: DecisionTable<'agent.ban'> = {
  'agent.ban': (decision, command) => {
    const agent = agentNamed(decision, command);
    if (agent instanceof Refusal) return agent;
    const { connection } = command;
    let leftMs = bannedForMs(agent, decision.now);
    if (leftMs === 0) {
      const { times, until } = nextBan(agent.ban, decision.now);
      decision.emit({ type: 'agent.banned', org: agent.org, agent: agent.name, times, until });
      leftMs = until - decision.now;
    }
    const { code, message } = banned(leftMs);
    decision.outputs.push({
      kind: 'close',
      connection,
      closing: {
        code: CLOSE_CODES.tooManyViolations,
        reason: 'too many refused frames',
        error: { code, message, retryAfterMs: leftMs },
      },
    });
    return {};
  },
};
