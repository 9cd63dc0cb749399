// A saved view as it is answered.

import type { SavedView as Answer } from '@agentcom/schemas';
import { iso } from '../iso.js';
import { mayChange, type SavedView } from './saved-view.js';

export function savedViewView(view: SavedView, who: string, ofAll: boolean): Answer {
  const { org: _, createdAt, ...said } = view;
  return { ...said, mayChange: mayChange(view, who, ofAll), createdAt: iso(createdAt) };
}
