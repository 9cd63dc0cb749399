// What a task is expected to use, as of a few tasks ago: for the many looks of matching.

import type { EstimatedUse } from '@agentcom/schemas';
import { estimateOf } from './estimate.js';
import type { TaskHistory, TaskKind } from './task-history.js';

/** So many tasks that have ended since make little difference. */
const KEPT_FOR = 20;
const KEPT_MAX = 200;

export function expectedUse(history: TaskHistory | undefined, kind: TaskKind): EstimatedUse {
  if (history === undefined) return {};
  const key = kind.join('\n');
  const known = history.expected.get(key);
  if (known !== undefined && history.added - known.added < KEPT_FOR) return known.use;
  if (history.expected.size >= KEPT_MAX) history.expected.clear();
  const { p90: use } = estimateOf(history, kind);
  history.expected.set(key, { added: history.added, use });
  return use;
}
