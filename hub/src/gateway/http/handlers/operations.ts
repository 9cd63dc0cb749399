// Work in the background, whatever began it: which there is, how far it is, and the way to stop it.

import type { Operation } from '@agentcom/schemas';
import type { Caller } from '../../../access/authenticate.js';
import type { OperationsView } from '../../../access/operations-view.js';
import { Refusal } from '../../../core/refusal.js';
import type { Handlers, RouteReply, RouteRequest } from '../handler.js';
import { pageOf } from '../paging.js';

/** As one caller sees them: handlers get no other look at them. */
export type OperationsSeenBy = (caller: Caller) => OperationsView;

type OperationHandlers = Pick<Handlers, 'operation.list' | 'operation.show' | 'operation.stop'>;

export function operationHandlers(seenBy: OperationsSeenBy): OperationHandlers {
  return {
    'operation.list': async ({ query, caller, read }) => {
      const page = pageOf(
        seenBy(caller).list(),
        query,
        ({ id }) => id,
        (operation) => operation,
      );
      const items = await named(read, page.items);
      return items instanceof Refusal ? items : { body: { ...page, items } };
    },
    'operation.show': async ({ path, caller, read }) => {
      const operation = seenBy(caller).get(path.id);
      if (operation instanceof Refusal) return operation;
      const shown = await named(read, [operation]);
      return shown instanceof Refusal ? shown : { body: shown[0] };
    },
    'operation.stop': async ({ path, caller }) => replyOf(await seenBy(caller).stop(path.id)),
  };
}

/** With the names of those who began them. */
function named(
  read: RouteRequest<'operation.list'>['read'],
  operations: readonly Operation[],
): Promise<readonly Operation[] | Refusal> {
  return read((view) =>
    operations.map((operation) => {
      const byName = view.nameOf(operation.by);
      return byName === undefined ? operation : { ...operation, byName };
    }),
  );
}

export function replyOf(begun: Operation | Refusal): RouteReply | Refusal {
  return begun instanceof Refusal ? begun : { body: begun };
}
