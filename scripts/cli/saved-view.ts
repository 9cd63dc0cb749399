// A saved view by its name: the own one before one that is shared.

import type { SavedView } from '@agentcom/schemas';
import { fewOf, similarTo } from '@agentcom/schemas/similar';
import { allPages } from './all-pages.js';
import type { HubClient } from './client.js';
import { failed } from './exit.js';

export function savedViews(client: HubClient): Promise<SavedView[]> {
  return allPages((page) => client.call('view.list', { query: page }));
}

export async function savedViewNamed(client: HubClient, name: string): Promise<SavedView> {
  const views = await savedViews(client);
  const named = views.filter((view) => view.name.toLowerCase() === name.toLowerCase());
  const found = named.find(({ shared }) => !shared) ?? named[0];
  if (found !== undefined) return found;
  const names = views.map((view) => view.name);
  const similar = similarTo(name, names);
  const known = names.length === 0 ? 'there are none' : `there are: ${fewOf(similar.length > 0 ? similar : names)}`;
  throw failed('view.not_found', `there is no saved view called ${name}; ${known}`);
}
