// Which tasks are meant, by what they are rather than by their ids.

import type { Lane, TaskState } from '@agentcom/schemas';
import { LANES, TASK_STATES } from '@agentcom/schemas/names';
import { Slug } from '@agentcom/schemas/primitives';
import type { Command } from 'commander';
import { usageError } from './exit.js';
import { appendLabel, parseListOf, textLike } from './options.js';
import { queryText } from './query-argument.js';
import { type PointInTime, pastTime } from './times.js';

export interface TaskFilterFlags {
  readonly state?: readonly TaskState[];
  readonly lane?: readonly Lane[];
  readonly agent?: string;
  readonly label?: readonly string[];
  readonly query?: string;
  readonly since?: PointInTime;
  readonly until?: PointInTime;
  readonly repo?: string;
  readonly mine?: boolean;
}

export function withStateFilter(command: Command): Command {
  return command.option('--state <states>', `only these states: ${TASK_STATES.join(', ')}`, parseListOf(TASK_STATES));
}

/** Everything that may be asked of a task in whatever state. */
export function withTaskFilter(command: Command): Command {
  return command
    .option('--lane <lanes>', `only these lanes: ${LANES.join(', ')}`, parseListOf(LANES))
    .option('--agent <name>', 'only tasks of this agent', textLike(Slug))
    .option('--label <name[=value]>', 'only tasks with this label; repeat for several', appendLabel)
    .option('--query <query>', "only what matches, such as 'repo:api age:>1h' or words of the title")
    .option('--repo <text>', 'only tasks with this text in their repository URL')
    .option('--mine', 'only tasks submitted with your key')
    .option('--since <time>', 'only tasks submitted since this time, such as 2h or 2026-01-31', pastTime)
    .option('--until <time>', 'only tasks submitted before this time', pastTime);
}

/** Of what is shown, not of what is done: by default those are left out that the caller may see and not change. */
export function withAll(command: Command): Command {
  return command.option('--all', 'also tasks that others submitted, where you may see them');
}

/** As `taskFilterOf`, of one's own tasks where the hub lets the caller change no others. */
export function ownOrAll<Filter extends { readonly mine?: '0' | '1' }>(filter: Filter, all: boolean | undefined) {
  if (all !== true) return { ...filter, mine: filter.mine ?? ('auto' as const) };
  if (filter.mine !== undefined) throw usageError('give either --mine or --all, not both');
  return filter;
}

/** As the hub is asked, for tasks and dead letters alike; empty when nothing was asked for. */
export function taskFilterOf(
  list: 'tasks' | 'dead-letters',
  flags: TaskFilterFlags,
  now: number,
  words: readonly string[] = [],
) {
  const { state, lane, agent, label, query, repo, mine } = flags;
  const q = queryText(list, now, ...words, query);
  const [since, until] = [flags.since?.(now), flags.until?.(now)];
  if (since !== undefined && until !== undefined && since > until) throw usageError('--since is later than --until');
  return {
    ...(state !== undefined && { state }),
    ...(lane !== undefined && { lane }),
    ...(agent !== undefined && { agent }),
    ...(label !== undefined && { label }),
    ...(q !== undefined && { q }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(repo !== undefined && { repo }),
    ...(mine === true && { mine: '1' as const }),
  };
}
