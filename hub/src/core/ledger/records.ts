// The ledger as records of a snapshot, and back.

import type { LoadTable, State } from '../state.js';
import type { LedgerRow } from './ledger.js';
import type { PastTask, TaskKind } from './task-history.js';

/** One without a model is from before they were told apart. */
type StoredKind = TaskKind | readonly [repo: string, runner: string, template: string];

export type LedgerRecord =
  | {
      readonly kind: 'ledger_row';
      readonly value: { readonly org: string; readonly day: number; readonly row: LedgerRow };
    }
  | {
      readonly kind: 'task_history';
      readonly value: { readonly org: string; readonly kind: StoredKind; readonly tasks: readonly PastTask[] };
    };

export function* dumpLedger({ ledger }: State): Iterable<LedgerRecord> {
  for (const [org, own] of ledger.orgs()) {
    for (const [day, rows] of own.days())
      for (const row of rows) yield { kind: 'ledger_row', value: { org, day, row } };
    for (const { kind, tasks } of own.history.kinds())
      yield { kind: 'task_history', value: { org, kind, tasks: [...tasks] } };
  }
}

export const loadLedger: LoadTable<LedgerRecord> = {
  ledger_row: ({ ledger }, { org, day, row }) => ledger.org(org).restore(day, row),
  task_history: ({ ledger }, { org, kind, tasks }) => {
    const [repo, runner, template, model = ''] = kind;
    for (const task of tasks) ledger.org(org).history.add([repo, runner, template, model], task);
  },
};
