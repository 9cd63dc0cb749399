// Saved views as their events leave them.

import type { ApplyTable } from '../state.js';
import type { SavedViewEvent } from './events.js';

export const savedViewEvents: ApplyTable<SavedViewEvent> = {
  'view.saved': (state, { view: id, org, owner: by, name, q, sort, cols, shared }, at) => {
    const createdAt = state.savedViews.get(org, id)?.createdAt ?? at;
    const asked = {
      ...(q !== undefined && { q }),
      ...(sort !== undefined && { sort }),
      ...(cols !== undefined && { cols }),
    };
    state.savedViews.put({ id, org, by, createdAt, name, ...asked, shared });
  },
  'view.deleted': (state, { org, view }) => state.savedViews.delete(org, view),
};
