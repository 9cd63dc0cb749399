// What a task may cost: what those like it have used.

import type { Estimate, EstimatedUse } from '@agentcom/schemas';
import type { PastTask, TaskHistory, TaskKind } from './task-history.js';

/** So many tasks say enough; with fewer, those that have less in common are looked at as well. */
const ENOUGH = 5;

const PARTS = ['repo', 'runner', 'template'] as const;
/** What has to be the same, closest first. */
const LEVELS: readonly (readonly (typeof PARTS)[number][])[] = [
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
  const kinds = [...(history?.kinds() ?? [])].filter((one) => isSeen(one.kind));
  let found: { readonly like: readonly string[]; readonly tasks: readonly PastTask[] } = { like: [], tasks: [] };
  for (const level of LEVELS) {
    const like = level.filter((part) => part === 'repo' || kind[PARTS.indexOf(part)] !== '');
    const tasks = kinds
      .filter((one) => like.every((part) => one.kind[PARTS.indexOf(part)] === kind[PARTS.indexOf(part)]))
      .flatMap((one) => one.tasks);
    if (tasks.length > found.tasks.length) found = { like, tasks };
    if (tasks.length >= ENOUGH) break;
  }
  const { like, tasks } = found;
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

/** The smallest value that so large a share does not exceed; undefined where none is known. */
function at(share: number, values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  return known[Math.ceil(share * known.length) - 1];
}

function commonest(words: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}
