// What a person should know of an agent first, and the order that follows from it. Pure.

import type { AgentView } from '@agentcom/schemas';
import type { AgentState } from '@agentcom/schemas/names';
import type { agentTexts } from '../../texts/agents.js';
import type { Tone } from '../../ui/chip.js';

export interface Attention {
  readonly kind: keyof typeof agentTexts.attention;
  readonly tone: Tone;
  readonly detail?: string;
  readonly since?: string;
  readonly until?: string;
}

/** The worst first. */
export function attentionOf(agent: AgentView, now: number): readonly Attention[] {
  const {
    unfit,
    conflict,
    bannedUntil,
    unresponsive,
    limits = [],
    halts = [],
    draining,
    outdated,
    state,
    task,
  } = agent;
  const isAhead = (at: string): boolean => Date.parse(at) > now;
  const limit = limits.filter(({ until }) => isAhead(until)).toSorted((a, b) => (a.until < b.until ? 1 : -1))[0];
  const all: readonly (Attention | false | undefined)[] = [
    unfit && { kind: 'unfit', tone: 'bad', detail: unfit.message, since: unfit.since },
    conflict && { kind: 'conflict', tone: 'bad', detail: conflict.host, since: conflict.at },
    bannedUntil !== undefined && isAhead(bannedUntil) && { kind: 'banned', tone: 'bad', until: bannedUntil },
    state === 'offline' && task !== undefined && { kind: 'lost', tone: 'bad' },
    unresponsive && { kind: 'unresponsive', tone: 'warn' },
    limit && { kind: 'limited', tone: 'warn', until: limit.until, ...(limit.runner && { detail: limit.runner }) },
    halts[0] && { kind: 'halted', tone: 'warn', detail: halts[0].reason },
    draining && { kind: 'draining', tone: 'neutral' },
    outdated === true && { kind: 'outdated', tone: 'neutral' },
  ];
  return all.filter((one): one is Attention => one !== undefined && one !== false);
}

const TONES: readonly Tone[] = ['bad', 'warn'];
const STATES: readonly AgentState[] = ['blocked', 'working', 'assigned', 'idle', 'offline'];

/** The lower, the sooner somebody should look. */
function rankOf(agent: AgentView, now: number): number {
  const tone = attentionOf(agent, now)[0]?.tone;
  const urgent = tone === undefined ? -1 : TONES.indexOf(tone);
  return (urgent < 0 ? TONES.length : urgent) * STATES.length + STATES.indexOf(agent.state);
}

/** Their names, what needs attention first; `places` are those of their names. */
export function byAttention(
  agents: readonly AgentView[],
  now: number,
  places: ReadonlyMap<string, number>,
): readonly string[] {
  return agents
    .map((agent) => ({ name: agent.name, rank: rankOf(agent, now), place: places.get(agent.name) ?? 0 }))
    .toSorted((a, b) => a.rank - b.rank || a.place - b.place)
    .map(({ name }) => name);
}

/** Where each stands among all by its name. Of thousands that takes as long as several frames. */
export function namePlaces(names: readonly string[]): ReadonlyMap<string, number> {
  const { compare } = new Intl.Collator('en', { numeric: true });
  return new Map(names.toSorted(compare).map((name, place) => [name, place]));
}
