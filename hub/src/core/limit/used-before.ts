// What the ledger has of a scope since a time, for a limit that begins in the middle of a day or month.

import type { LimitWindow } from '@agentcom/schemas';
import { dayOf } from '../access/usage.js';
import { labelsOf } from '../ledger/book.js';
import { addFigures, type Figures, noFigures, type WorkParts } from '../ledger/ledger.js';
import type { State } from '../state.js';
import { isHeldRepository } from '../task/held-repository.js';
import { heldBy } from '../task/hold-scope.js';
import type { LimitScope } from './limit.js';

/** The ledger has days in UTC: of the first one all counts, also what was before `since`. A total begins with nothing. */
export function usedSince(
  { ledger }: State,
  { org, scope }: { readonly org: string | undefined; readonly scope: LimitScope },
  window: LimitWindow,
  since: number,
): Figures {
  const used = noFigures();
  if (window === 'total') return used;
  const from = dayOf(since);
  for (const [name, own] of ledger.orgs()) {
    if (org !== undefined && name !== org) continue;
    for (const [day, rows] of own.days()) {
      if (day < from) continue;
      for (const row of rows) if (isOf(scope, row.parts)) addFigures(used, row);
    }
  }
  return used;
}

/** What no longer says what it was is only of the whole. */
function isOf(scope: LimitScope, parts: WorkParts | undefined): boolean {
  const of = heldBy(scope);
  if (of.kind === 'everything') return true;
  if (parts === undefined) return false;
  const [repo, agent, runner, , labels, member] = parts;
  switch (of.kind) {
    case 'agent':
      return agent === of.name;
    case 'runner':
      return runner === of.name;
    case 'member':
      return member === of.by;
    case 'repo':
      return isHeldRepository(of.pattern, repo === '' ? undefined : repo);
    case 'label':
      return labelsOf(labels).some(([name, value]) => name === of.name && value === of.value);
  }
}
