// Saved views as records of a snapshot, and back.

import type { LoadTable, State } from '../state.js';
import type { SavedView } from './saved-view.js';

export type SavedViewRecord = { readonly kind: 'savedView'; readonly value: SavedView };

/** In the order they came. */
export function* dumpSavedViews({ savedViews }: State): Iterable<SavedViewRecord> {
  for (const value of savedViews.all()) yield { kind: 'savedView', value };
}

export const loadSavedViews: LoadTable<SavedViewRecord> = {
  savedView: (state, view) => state.savedViews.put(view),
};
