// The routes about saved views.

import type { SavedViewBody, SavedViewPatch } from '@agentcom/schemas';
import type { Caller } from '../../../access/authenticate.js';
import { reachOf } from '../../../access/policy.js';
import { Refusal } from '../../../core/refusal.js';
import { savedViewView } from '../../../core/saved-view/view.js';
import { queryOf, sortOf } from '../asked.js';
import type { Handlers, RouteReply, RouteRequest } from '../handler.js';
import { pageOf } from '../paging.js';

type SavedViewHandlers = Pick<Handlers, 'view.list' | 'view.create' | 'view.change' | 'view.delete'>;

/** `now` in ms. */
export const savedViewHandlers = (now: () => number): SavedViewHandlers => ({
  'view.list': async ({ caller, query, read }) => {
    const ofAll = changesAll(caller);
    const body = await read((view) =>
      pageOf(
        view.savedViews(),
        query,
        ({ id }) => id,
        (saved) => savedViewView(saved, caller.by, ofAll),
      ),
    );
    return body instanceof Refusal ? body : { body };
  },

  'view.create': async (request) => {
    const { caller, body, execute } = request;
    const made = refuseUnreadable(body, now()) ?? (await execute({ type: 'view.create', ...whoIs(caller), ...body }));
    return made instanceof Refusal ? made : shown(request, made.view);
  },

  'view.change': async (request) => {
    const { caller, path, body, execute } = request;
    const command = { type: 'view.change', ...whoIs(caller), ...body, view: path.id } as const;
    const made = refuseUnreadable(body, now()) ?? (await execute(command));
    return made instanceof Refusal ? made : shown(request, made.view);
  },

  'view.delete': async ({ caller, path, execute }) => {
    const done = await execute({ type: 'view.delete', ...whoIs(caller), view: path.id });
    return done instanceof Refusal ? done : {};
  },
});

function whoIs(caller: Caller) {
  return { org: caller.org, by: caller.by, ofAll: changesAll(caller) };
}

/** A key of some repositories keeps to its own. */
function changesAll(caller: Caller): boolean {
  return reachOf(caller, 'views.manage') === 'org' && caller.repositories === undefined;
}

/** Nothing is saved that no list understands. What is empty is none. */
function refuseUnreadable({ q, sort = '' }: SavedViewBody | SavedViewPatch, now: number): Refusal | undefined {
  for (const read of [queryOf('tasks', q, now), sortOf('tasks', sort === '' ? {} : { sort })])
    if (read instanceof Refusal) return read;
  return undefined;
}

async function shown(
  { caller, read, note }: Pick<RouteRequest<'view.create'>, 'caller' | 'read' | 'note'>,
  id: string,
): Promise<RouteReply | Refusal> {
  note({ target: id });
  const body = await read((view) => {
    const saved = view.savedViews().find((one) => one.id === id);
    return saved && savedViewView(saved, caller.by, changesAll(caller));
  });
  return body instanceof Refusal ? body : { body };
}
