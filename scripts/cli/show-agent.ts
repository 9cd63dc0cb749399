// Agents as people read them.

import type { AgentView } from '@agentcom/schemas';
import { failuresIn, resultsText } from '@agentcom/schemas/agent-results';
import { heldBackText } from '@agentcom/schemas/idle-agent';
import { shortIds } from './ids.js';
import type { Invocation } from './invocation.js';
import { fields, table } from './layout.js';
import type { Output } from './output.js';
import { scopeText } from './show-halt.js';
import { ago, bytes, counted, duration, oneLine } from './text.js';
import { costsText } from './usage-text.js';

function standing(agent: AgentView): string {
  const flags = [
    ...(agent.draining ? ['draining'] : []),
    ...(agent.unresponsive ? ['unresponsive'] : []),
    ...(agent.unfit === undefined ? [] : ['held back']),
    ...(agent.stopping === undefined ? [] : ['stopping']),
    ...(agent.limits === undefined ? [] : ['limited']),
    ...(agent.halts === undefined ? [] : ['halted']),
    ...(agent.outdated === true ? ['outdated'] : []),
    ...(agent.connected || agent.state === 'offline' ? [] : ['not connected']),
  ];
  return flags.length === 0 ? agent.state : `${agent.state} (${flags.join(', ')})`;
}

function standingColour(out: Output, agent: AgentView): (text: string) => string {
  if (agent.state === 'offline') return out.colours.dim;
  return agent.unresponsive || agent.unfit !== undefined || !agent.connected ? out.colours.yellow : out.colours.green;
}

export function agentTable(invocation: Invocation, agents: readonly AgentView[], isFiltered: boolean): string {
  const { out, world } = invocation;
  const now = world.now();
  const short = shortIds(agents.flatMap(({ task }) => task ?? []));
  const listed = table(
    out,
    agents,
    [
      { head: 'AGENT', of: (agent) => agent.name },
      { head: 'STATE', of: standing, colour: (text, agent) => standingColour(out, agent)(text) },
      { head: 'SEEN', of: (agent) => (agent.lastSeenAt === undefined ? 'never' : ago(agent.lastSeenAt, now)) },
      { head: 'TASK', of: (agent) => (agent.task === undefined ? '-' : short(agent.task)) },
      { head: 'FAILED', of: failedText },
      ...(agents.some(({ spentToday }) => spentToday !== undefined)
        ? [{ head: 'TODAY', of: (agent: AgentView) => spentText(agent) ?? '-', wideFrom: 100 }]
        : []),
      { head: 'CAPABILITIES', of: (agent) => agent.capabilities.join(' '), stretch: true, wideFrom: 100 },
      { head: 'HOST', of: (agent) => agent.host ?? '-', stretch: true },
    ],
    isFiltered ? 'no agents match' : `no agents; invite one with: ${invocation.hint('agent invite')}`,
  );
  const heldBack = agents.flatMap(({ name, unfit }) =>
    unfit === undefined ? [] : [heldBackText(name, oneLine(unfit.message))],
  );
  return heldBack.length === 0 ? listed : `${listed}\n\n${heldBack.join('\n')}`;
}

/** `3 of 20`: of its last attempts. */
function failedText({ results }: AgentView): string {
  return results === undefined ? '-' : `${failuresIn(results)} of ${results.length}`;
}

function spentText({ spentToday }: AgentView): string | undefined {
  if (spentToday === undefined) return undefined;
  const { costs, unknownCost, partial } = spentToday;
  const known = costsText(costs);
  const parts = [
    ...(known === undefined ? [] : [partial === true ? `at least ${known}` : known]),
    ...(unknownCost > 0 ? [`${counted(unknownCost, 'attempt')} of unknown cost`] : []),
  ];
  return parts.length === 0 ? 'not known' : parts.join(' + ');
}

/** Why it gets no work, and since when. */
function unfitText({ unfit }: AgentView, now: number): string | undefined {
  if (unfit === undefined) return undefined;
  return `${oneLine(unfit.message)} (${unfit.code}, ${ago(unfit.since, now)}); its sidecar retries by itself`;
}

function versionText({ version, outdated }: AgentView): string | undefined {
  if (version === undefined) return undefined;
  return outdated === true ? `${oneLine(version)} (older than the hub requires)` : oneLine(version);
}

function repositoriesText({ repositories }: AgentView): string | undefined {
  if (repositories === undefined) return undefined;
  return repositories.length === 0 ? 'none that you may see' : oneLine(repositories.join(', '));
}

/** What keeps it from new work, or from some of it. */
function haltsText({ halts }: AgentView): string | undefined {
  return halts?.map((halt) => `${scopeText(halt)} (${halt.id}): ${oneLine(halt.reason)}`).join('; ');
}

/** Usage limits that its runners have met. */
function limitsText({ limits = [] }: AgentView, now: number): string | undefined {
  if (limits.length === 0) return undefined;
  return limits.map(({ runner, until }) => `${runner ?? 'the default runner'}, until ${ago(until, now)}`).join('; ');
}

/** Past bans are no news. */
function banText({ bannedUntil }: AgentView, now: number): string | undefined {
  const leftMs = bannedUntil === undefined ? 0 : Date.parse(bannedUntil) - now;
  return leftMs <= 0 ? undefined : `for ${duration(leftMs)} more: too much of what it sent was refused`;
}

/** A copy of its key. */
function conflictText({ conflict, host }: AgentView, now: number): string | undefined {
  if (conflict === undefined) return undefined;
  const other = `host ${oneLine(conflict.host)}, ${ago(conflict.at, now)}`;
  return `${other}: it has a copy of this agent's key, which is in use on ${host === undefined ? 'another machine' : oneLine(host)}`;
}

/** What else has said hello with its key; the newest first. */
function secondHellosText({ secondHellos = [] }: AgentView, now: number): string | undefined {
  if (secondHellos.length === 0) return undefined;
  const named = ({ host, instance }: { host: string; instance: string }) => `${oneLine(host)} (${oneLine(instance)})`;
  return [...secondHellos]
    .reverse()
    .map((hello) => {
      const did = hello.outcome === 'refused' ? 'was refused in favour of' : 'took over from';
      return `${named(hello)} ${did} ${named(hello.first)}, ${ago(hello.at, now)}`;
    })
    .join('; ');
}

export function agentText(out: Output, agent: AgentView, now: number): string {
  const system = [agent.host, agent.os].filter((part) => part !== undefined).map(oneLine);
  return fields(out, [
    ['agent', out.colours.bold(agent.name)],
    ['state', standingColour(out, agent)(standing(agent))],
    ['connected', agent.connected ? 'yes' : 'no'],
    ['task', agent.task === undefined ? undefined : `${agent.task} (g${agent.generation})`],
    [
      'stopping',
      agent.stopping === undefined ? undefined : `${agent.stopping.task}, until ${ago(agent.stopping.until, now)}`,
    ],
    ['phase', agent.phase],
    ['capabilities', agent.capabilities.join(', ')],
    ['only runners', agent.runners?.join(', ')],
    ['only repositories', repositoriesText(agent)],
    ['machine', system.length === 0 ? undefined : system.join(', ')],
    ['version', versionText(agent)],
    ['held back', unfitText(agent, now)],
    ['limited', limitsText(agent, now)],
    ['halted', haltsText(agent)],
    ['refused', conflictText(agent, now)],
    ['banned', banText(agent, now)],
    ['second hellos', secondHellosText(agent, now)],
    ['last results', agent.results === undefined ? undefined : resultsText(agent.results)],
    ['spent today', spentText(agent)],
    ['load', agent.load?.toFixed(2)],
    ['free disk', agent.freeDiskBytes === undefined ? undefined : bytes(agent.freeDiskBytes)],
    ['seen', agent.lastSeenAt === undefined ? 'never' : ago(agent.lastSeenAt, now)],
    ['enrolled', ago(agent.enrolledAt, now)],
  ]);
}
