// GitLab, at gitlab.com or anywhere else: https://docs.gitlab.com/api/merge_requests/.

import type { PullRequest } from '../core/pull-request.js';
import type { ForgeApi } from './api.js';
import {
  type Branches,
  closeOpen,
  extra,
  type Found,
  findOrOpen,
  foundIn,
  type GivenUp,
  items,
  type Opened,
  type RequestState,
} from './host.js';

export function gitlabApiUrl(host: string): string {
  return `https://${host}/api/v4`;
}

export function gitlabHeaders(token: string): Record<string, string> {
  return { accept: 'application/json', authorization: `Bearer ${token}` };
}

function rootOf(path: string): string {
  return `/projects/${encodeURIComponent(path)}/merge_requests`;
}

/** The newest. GitLab has merged ones not among the `closed` but among `all`, which are asked for where none is open. */
async function find(
  api: ForgeApi,
  path: string,
  { branch, base }: Branches,
  state: RequestState = 'open',
): Promise<Found | null> {
  const query = {
    state: state === 'open' ? 'opened' : 'all',
    source_branch: branch,
    target_branch: base,
    per_page: '1',
  };
  const [first] = items(await api.get(rootOf(path), query));
  return first === undefined ? null : foundIn(first, 'iid', 'web_url');
}

export async function withdrawOnGitlab(api: ForgeApi, path: string, given: GivenUp): Promise<string | null> {
  const requests = rootOf(path);
  return closeOpen({
    find: (state) => find(api, path, given, state),
    close: (number) => api.put(`${requests}/${number}`, { state_event: 'close' }),
    comment: (number) => api.post(`${requests}/${number}/notes`, { body: given.comment }),
  });
}

export async function openOnGitlab(api: ForgeApi, path: string, wanted: PullRequest): Promise<Opened> {
  const requests = rootOf(path);
  const { branch, base, body: description, labels, reviewers } = wanted;
  // A draft is a matter of the title: https://docs.gitlab.com/user/project/merge_requests/drafts/.
  const title = wanted.draft ? `Draft: ${wanted.title}` : wanted.title;

  const open = async (): Promise<Found> => {
    const made = { source_branch: branch, target_branch: base, title, description, labels: labels.join(',') };
    return foundIn(await api.post(requests, made), 'iid', 'web_url');
  };
  const update = ({ number }: Found) =>
    api.put(`${requests}/${number}`, { title, description, add_labels: labels.join(',') });

  const { number, url } = await findOrOpen({ find: () => find(api, path, wanted), open, update, taken: [409] });
  if (reviewers.length === 0) return { url, notes: [] };
  const { ids, unknown } = await idsOf(api, reviewers);
  const notes = unknown.map((name) => `${name} was not asked for a review: user not found.`);
  if (ids.length > 0) {
    notes.push(...(await extra('reviewers', () => api.put(`${requests}/${number}`, { reviewer_ids: ids }))));
  }
  return { url, notes };
}

/** Reviewers are named by number there. */
async function idsOf(api: ForgeApi, names: readonly string[]): Promise<{ ids: number[]; unknown: string[] }> {
  const ids: number[] = [];
  const unknown: string[] = [];
  for (const username of names) {
    const [user] = items(await api.get('/users', { username }));
    if (typeof user?.id === 'number') ids.push(user.id);
    else unknown.push(username);
  }
  return { ids, unknown };
}
