// Gitea and Forgejo: https://docs.gitea.com/api/, https://codeberg.org/api/swagger.

import type { PullRequest } from '../core/pull-request.js';
import type { ForgeApi } from './api.js';
import {
  type Branches,
  closingPull,
  extra,
  type Found,
  fields,
  findOrOpen,
  foundIn,
  items,
  type Opened,
  type RequestState,
  repositoryRoot,
} from './host.js';

/** Requests are listed only, not looked up by branch, in every version: so many pages are searched, what changed last first. */
const PAGES_MAX = 20;
/** There may be thousands of them, and the one that is looked for was closed a moment ago. */
const CLOSED_PAGES_MAX = 2;
const PAGE_ITEMS = 50;
const LABEL_COLOUR = '#6b7280';

export function giteaApiUrl(host: string): string {
  return `https://${host}/api/v1`;
}

export function giteaHeaders(token: string): Record<string, string> {
  return { accept: 'application/json', authorization: `token ${token}` };
}

async function find(
  api: ForgeApi,
  path: string,
  { branch, base }: Branches,
  state: RequestState = 'open',
): Promise<Found | null> {
  const query = { state, sort: 'recentupdate', limit: String(PAGE_ITEMS) };
  const pages = state === 'open' ? PAGES_MAX : CLOSED_PAGES_MAX;
  for (let page = 1; page <= pages; page += 1) {
    const listed = items(await api.get(`${repositoryRoot(path)}/pulls`, { ...query, page: String(page) }));
    const own = listed.find((pull) => fields(pull.head).ref === branch && fields(pull.base).ref === base);
    if (own !== undefined) return foundIn(own, 'number', 'html_url');
    if (listed.length === 0) return null;
  }
  return null;
}

export const withdrawOnGitea = closingPull(find);

export async function openOnGitea(api: ForgeApi, path: string, wanted: PullRequest): Promise<Opened> {
  const root = repositoryRoot(path);
  const { branch, base, body, labels, reviewers } = wanted;
  // A draft is a matter of the title there: `WIP:` is in every installation's list of prefixes unless it was changed.
  const title = wanted.draft ? `WIP: ${wanted.title}` : wanted.title;

  const open = async (): Promise<Found> =>
    foundIn(await api.post(`${root}/pulls`, { title, body, head: branch, base }), 'number', 'html_url');
  const update = ({ number }: Found) => api.patch(`${root}/pulls/${number}`, { title, body });

  const { number, url } = await findOrOpen({ find: () => find(api, path, wanted), open, update, taken: [409] });
  const notes: string[] = [];
  if (labels.length > 0) notes.push(...(await extra('labels', () => label(api, root, number, labels))));
  if (reviewers.length > 0) {
    const asked = `${root}/pulls/${number}/requested_reviewers`;
    notes.push(...(await extra('reviewers', () => api.post(asked, { reviewers }))));
  }
  return { url, notes };
}

/** Labels are named by number there, and made where they are missing. */
async function label(api: ForgeApi, root: string, number: number, names: readonly string[]): Promise<void> {
  const known = new Map<string, number>();
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    const listed = items(await api.get(`${root}/labels`, { limit: String(PAGE_ITEMS), page: String(page) }));
    for (const { name, id } of listed) if (typeof name === 'string' && typeof id === 'number') known.set(name, id);
    if (listed.length === 0) break;
  }
  const ids: number[] = [];
  for (const name of names) {
    ids.push(known.get(name) ?? foundId(await api.post(`${root}/labels`, { name, color: LABEL_COLOUR })));
  }
  await api.post(`${root}/issues/${number}/labels`, { labels: ids });
}

function foundId(value: unknown): number {
  const { id } = fields(value);
  if (typeof id === 'number') return id;
  throw new Error('the forge did not return the label');
}
