// The state of a hub on one screen.

import type { AgentView, AlertView, Stats } from '@agentcom/schemas';
import { clipped } from './columns.js';
import type { Counted, Status } from './commands/status.js';
import type { Invocation } from './invocation.js';
import { fields, table } from './layout.js';
import type { Output } from './output.js';
import { scopeText } from './show-halt.js';
import { limitNeed, usedText } from './show-limit.js';
import { reasonText } from './show-why.js';
import { ago, counted, firstLine, oneLine } from './text.js';

/** Of work that no agent is there for. */
const UNMATCHED_SHOWN = 5;

export function statusText(
  invocation: Invocation,
  status: Status,
  counts: Counted,
  short: (id: string) => string,
): string {
  const { out, world } = invocation;
  const now = world.now();
  const head = fields(out, [
    ['hub', `${status.hub}  ${healthText(out, status)}`],
    ['clock', status.clock === undefined ? undefined : out.colours.yellow(status.clock)],
    ['tasks', countsText(status.stats.tasks)],
    ['shown', counts.leftOut === 0 ? undefined : `your tasks; --all shows ${counts.leftOut} more`],
    ['spent', spentText(status.limits)],
    [
      'agents',
      status.agents.length === 0
        ? `none; invite one with: ${invocation.hint('agent invite')}`
        : countsText(status.stats.agents),
    ],
  ]);
  const working = table(
    out,
    status.working,
    [
      { head: 'WORKING', of: ({ id }) => short(id) },
      { head: 'AGENT', of: ({ agent }) => agentText(status, agent) },
      { head: 'SUBMITTED', of: ({ createdAt }) => ago(createdAt, now) },
      { head: 'TITLE', of: ({ title }) => title, stretch: true },
    ],
    'no tasks in progress',
  );
  const waiting = table(
    out,
    status.waiting,
    [
      { head: 'WAITING', of: ({ id }) => short(id) },
      { head: 'TITLE', of: ({ title }) => title, clip: 28 },
      {
        head: 'WHY',
        of: ({ why: [reason] }) => (reason === undefined ? '-' : reasonText(invocation, reason)),
        stretch: true,
      },
    ],
    'no tasks waiting',
  );
  return [head, working, waiting, needsText(invocation, status, counts, short)].join('\n\n');
}

function agentText({ agents }: Status, name: string | undefined): string {
  if (name === undefined) return '-';
  return agents.some((agent) => agent.name === name && !agent.connected) ? `${name} (not connected)` : name;
}

function healthText({ colours }: Output, { health }: Status): string {
  const colour = { healthy: colours.green, degraded: colours.yellow, not_ready: colours.red }[health.status];
  const reasons = health.reasons.map(({ message }) => oneLine(message)).join('; ');
  return `${colour(health.status.replace('_', ' '))}${reasons === '' ? '' : `: ${reasons}`}`;
}

/** `2 working, 5 queued`; what there is none of is left out. */
function countsText(counts: Stats['tasks'] | Stats['agents']): string {
  const parts = Object.entries(counts).flatMap(([state, count]) => (count === 0 ? [] : [`${count} ${state}`]));
  return parts.length === 0 ? 'none' : parts.join(', ');
}

/** Of the limits on all of the work. */
function spentText(limits: Status['limits']): string | undefined {
  const ofAll = limits.filter(({ scope }) => scope.kind === 'org' || scope.kind === 'fleet');
  const texts = ofAll.flatMap((limit) => usedText(limit) ?? []);
  return texts.length === 0 ? undefined : texts.join('; ');
}

/** What goes on only when a person does something, each with the command for it. */
function needsText(invocation: Invocation, status: Status, counts: Counted, short: (id: string) => string): string {
  const { out } = invocation;
  const fires = firesWith(status);
  const said = new Set([...fires.values()].map(({ id }) => id));
  const lines = [
    ...status.halts.map((halt) => ({
      what: `${scopeText(halt)} is halted (${halt.strength === 'new' ? 'new work' : 'all work'}): ${oneLine(halt.reason)}`,
      next: `resume ${halt.id}`,
    })),
    ...status.limits.flatMap((limit) => limitNeed(limit) ?? []),
    ...status.alerts
      .filter(({ id }) => !said.has(id))
      .map(({ rule, severity, why }) => ({
        what: `${rule} (${severity}): ${firstLine(why)}`,
        next: `alert show ${rule}`,
      })),
    ...status.channels.map(({ name, failing }) => ({
      what: `channel ${name} fails (${counted(failing?.sends ?? 0, 'send')}): ${firstLine(failing?.why ?? '')}`,
      next: `notify test ${name}`,
    })),
    ...status.blocked.map(({ id, title, agent, asks }) => ({
      what: `${agent ?? 'an agent'} asks about ${short(id)} ${oneLine(title)}${firesText(fires.get(id))}: ${firstLine(asks ?? '')}`,
      next: `task show ${short(id)}`,
    })),
    ...status.dead.map(({ id, title, error, death }) => ({
      what: `${short(id)} ${oneLine(title)} is dead${firesText(fires.get(id))}: ${error === undefined ? death : `${error.code}: ${firstLine(error.message)}`}`,
      next: `task why ${short(id)}`,
    })),
    ...hubNeeds(status, fires, short),
    ...drainingNeeds(status),
    ...outdatedNeed(status.agents.filter(({ outdated }) => outdated === true)),
  ];
  if (lines.length === 0) return out.colours.dim('nothing needs you');
  const text = lines.flatMap(({ what, next }) => [
    `  ${onOneLine(out, what)}`,
    out.colours.dim(`    ${invocation.hint(next)}`),
  ]);
  return [out.colours.yellow('NEEDS YOU'), ...text, ...unshown(invocation, status, counts)].join('\n');
}

/** How many more there are of each kind, with the command that lists just these. */
function unshown(invocation: Invocation, { stats: { tasks }, blocked, dead }: Status, counts: Counted): string[] {
  const questions = (counts.blocked ?? tasks.blocked) - blocked.length;
  const letters = (counts.dead ?? tasks.dead) - dead.length;
  return [
    ...(questions > 0
      ? [`  and ${counted(questions, 'more question')}: ${invocation.hint('task list --state blocked')}`]
      : []),
    ...(letters > 0 ? [`  and ${counted(letters, 'more dead task')}: ${invocation.hint('dead list')}`] : []),
  ];
}

/** The alerts that have the cause of something that is shown, by its row, or the task that it is shown by. */
function firesWith({ needs, blocked, dead }: Status): ReadonlyMap<string, AlertView> {
  const tasks = new Set([...blocked, ...dead].map(({ id }) => id));
  const unmatched = needs.filter(({ kind }) => kind === 'unmatched').slice(0, UNMATCHED_SHOWN);
  return new Map(
    needs.flatMap((need): readonly (readonly [string, AlertView])[] => {
      const { id, kind, task, alert } = need;
      if (alert === undefined) return [];
      if (kind === 'agent' || unmatched.includes(need)) return [[id, alert]];
      return kind !== 'unmatched' && task !== undefined && tasks.has(task) ? [[task, alert]] : [];
    }),
  );
}

/** The command for an alert takes its rule. */
function firesText(alert: AlertView | undefined): string {
  return alert === undefined ? '' : ` (${alert.severity}: ${alert.rule})`;
}

/** As the page says it; of more than one kind of work, the first few. */
function hubNeeds({ needs }: Status, fires: ReadonlyMap<string, AlertView>, short: (id: string) => string) {
  const agents = needs.filter(({ kind }) => kind === 'agent');
  const unmatched = needs.filter(({ kind }) => kind === 'unmatched');
  return [
    ...agents.map(({ id, title, why }) => ({
      what: `agent ${title}${firesText(fires.get(id))}: ${firstLine(why)}`,
      next: `agent show ${title}`,
    })),
    ...unmatched.slice(0, UNMATCHED_SHOWN).map(({ id, title, why, task }) => ({
      what: `${task === undefined ? '' : `${short(task)} `}${oneLine(title)}${firesText(fires.get(id))}: ${firstLine(why)}`,
      next: task === undefined ? 'task list state:queued' : `task why ${short(task)}`,
    })),
    ...(unmatched.length > UNMATCHED_SHOWN
      ? [
          {
            what: `and ${unmatched.length - UNMATCHED_SHOWN} more that no agent is there for`,
            next: 'task list state:queued',
          },
        ]
      : []),
  ];
}

function drainingNeeds({ agents, needs }: Status) {
  const said = new Set(needs.map(({ agent }) => agent));
  return agents
    .filter(({ draining, name }) => draining && !said.has(name))
    .map(({ name }) => ({ what: `agent ${name} is draining and takes no new tasks`, next: `agent resume ${name}` }));
}

/** After an upgrade of the hub it may be all of them: one line, so that nothing else goes out of sight. */
function outdatedNeed([first, ...others]: readonly AgentView[]) {
  if (first === undefined) return [];
  if (others.length === 0)
    return [{ what: `agent ${first.name} is older than the hub`, next: `agent show ${first.name}` }];
  return [{ what: `${others.length + 1} agents are older than the hub`, next: 'agent list is:outdated' }];
}

function onOneLine({ terminal }: Output, text: string): string {
  return terminal.isTerminal ? clipped(text, terminal.columns - 2) : text;
}
