// Saving, changing and deleting views. A name is one view to whoever reads it: among the own ones, and among those that are shared.

import { LIMITS } from '@agentcom/schemas';
import type { Decision, DecisionTable } from '../decision.js';
import { Refusal } from '../refusal.js';
import type { SavedViewCommands } from './commands.js';
import { isSeenBy, mayChange, type SavedView } from './saved-view.js';

export const savedViewDecisions: DecisionTable<keyof SavedViewCommands> = {
  'view.create': (decision, { org, by, ofAll, name, shared = false, ...said }) => {
    const view = { id: '', org, by, createdAt: decision.now, name, ...asked(said), shared };
    const refusal = refuse(decision, view, ofAll);
    if (refusal !== undefined) return refusal;
    return save(decision, { ...view, id: decision.inputs.newId() });
  },

  'view.change': (decision, { org, by, ofAll, view: id, ...said }) => {
    const before = changeable(decision, { org, by, ofAll, view: id });
    if (before instanceof Refusal) return before;
    const { id: _, createdAt, by: owner } = before;
    const { name = before.name, shared = before.shared } = said;
    const view = { id, org, by: owner, createdAt, name, ...asked({ ...before, ...said }), shared };
    return refuse(decision, view, ofAll) ?? save(decision, view);
  },

  'view.delete': (decision, command) => {
    const view = changeable(decision, command);
    if (view instanceof Refusal) return view;
    decision.emit({ type: 'view.deleted', org: view.org, view: view.id });
    return {};
  },
};

/** What is empty is none. */
function asked({ q = '', sort = '', cols = '' }: Pick<SavedView, 'q' | 'sort' | 'cols'>) {
  return { ...(q !== '' && { q }), ...(sort !== '' && { sort }), ...(cols !== '' && { cols }) };
}

function changeable(
  { state }: Decision,
  { org, by, ofAll, view: id }: SavedViewCommands['view.delete'],
): SavedView | Refusal {
  const view = state.savedViews.get(org, id);
  if (view === undefined || !isSeenBy(view, by)) return new Refusal('view.not_found', `saved view ${id} not found`);
  if (mayChange(view, by, ofAll)) return view;
  return new Refusal('auth.forbidden', 'only operators change what is shared');
}

function refuse({ state }: Decision, view: SavedView, ofAll: boolean): Refusal | undefined {
  if (view.shared && !ofAll) return new Refusal('auth.forbidden', 'only operators share views');
  const isLike = ({ shared, by }: SavedView): boolean => (view.shared ? shared : !shared && by === view.by);
  const others = state.savedViews.of(view.org).filter((other) => other.id !== view.id && isLike(other));
  if (others.some(({ name }) => name.toLowerCase() === view.name.toLowerCase())) {
    const detail = { path: '/name', message: 'is taken' };
    return new Refusal('view.name_taken', `there is a view called ${view.name}`, [detail]);
  }
  const most = view.shared ? LIMITS.savedViewsShared : LIMITS.savedViews;
  if (others.length < most) return undefined;
  return new Refusal('view.too_many', `there are already ${most} ${view.shared ? 'shared views' : 'views of yours'}`);
}

function save(decision: Decision, { id: view, by: owner, createdAt: _, ...said }: SavedView) {
  decision.emit({ type: 'view.saved', view, owner, ...said });
  return { view };
}
