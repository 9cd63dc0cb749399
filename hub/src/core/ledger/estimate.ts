// What a task may cost: what those like it have used.

import type { Estimate, EstimatedUse } from '@agentcom/schemas';
import { commonest } from '../task/routes.js';
import type { PastTask, TaskHistory, TaskKind } from './task-history.js';

/** So many tasks say enough; with fewer, those that have less in common are looked at as well. */
export const ENOUGH = 5;

const PARTS = ['repo', 'runner', 'template', 'model'] as const;
type Level = readonly (typeof PARTS)[number][];

/** What has to be the same, closest first. */
const LEVELS: readonly Level[] = [
  ['repo', 'runner', 'model', 'template'],
  ['repo', 'runner', 'model'],
  ['repo', 'runner', 'template'],
  ['repo', 'runner'],
  ['repo'],
  [],
];

/** A part of `kind` that is '' is not asked for, but a task without a repository is like others without one. */
export function estimateOf(
  history: TaskHistory | undefined,
  kind: TaskKind,
  isSeen: (kind: TaskKind) => boolean = () => true,
): Estimate {
  const { like, kinds } = likeIt(history, kind, LEVELS, isSeen);
  const tasks = kinds.flatMap((one) => one.tasks);
  const currency = commonest(tasks.flatMap((task) => task.currency ?? []));
  const use = (share: number): EstimatedUse => {
    const costMicros = at(
      share,
      tasks.map((task) => (task.currency === currency ? task.costMicros : undefined)),
    );
    const tokens = at(
      share,
      tasks.map((task) => task.tokens),
    );
    const seconds = at(
      share,
      tasks.map((task) => task.seconds),
    );
    return {
      ...(costMicros !== undefined && currency !== undefined && { costMicros, currency }),
      ...(tokens !== undefined && { tokens }),
      ...(seconds !== undefined && { seconds }),
    };
  };
  const unknownCost = tasks.filter((task) => task.costMicros === undefined).length;
  return { n: tasks.length, like: [...like], unknownCost, median: use(0.5), p90: use(0.9) };
}

export interface LikeIt {
  readonly like: Level;
  readonly kinds: readonly { readonly kind: TaskKind; readonly tasks: readonly PastTask[] }[];
  readonly n: number;
}

/** By the first of the levels at which there are enough, else the one with the most. */
export function likeIt(
  history: TaskHistory | undefined,
  kind: TaskKind,
  levels: readonly Level[],
  isSeen: (kind: TaskKind) => boolean,
): LikeIt {
  const all = [...(history?.kinds() ?? [])].filter((one) => isSeen(one.kind));
  let found: LikeIt = { like: [], kinds: [], n: 0 };
  for (const level of levels) {
    const like = level.filter((part) => part === 'repo' || kind[PARTS.indexOf(part)] !== '');
    const kinds = all.filter((one) =>
      like.every((part) => one.kind[PARTS.indexOf(part)] === kind[PARTS.indexOf(part)]),
    );
    const n = kinds.reduce((sum, one) => sum + one.tasks.length, 0);
    if (n > found.n) found = { like, kinds, n };
    if (n >= ENOUGH) break;
  }
  return found;
}

/** The smallest value that so large a share does not exceed; undefined where none is known. */
export function at(share: number, values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  return known[Math.ceil(share * known.length) - 1];
}
