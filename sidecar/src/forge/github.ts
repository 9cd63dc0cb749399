// GitHub, also Enterprise Server: https://docs.github.com/rest/pulls. Its published OpenAPI description is what the test holds.

import type { PullRequest } from '../core/pull-request.js';
import { type ForgeApi, ForgeError } from './api.js';
import {
  type Branches,
  closingPull,
  extra,
  type Found,
  findOrOpen,
  foundIn,
  items,
  type Opened,
  type RequestState,
  repositoryRoot,
} from './host.js';

export function githubApiUrl(host: string): string {
  return host === 'github.com' ? 'https://api.github.com' : `https://${host}/api/v3`;
}

export function githubHeaders(token: string): Record<string, string> {
  return {
    accept: 'application/vnd.github+json',
    'x-github-api-version': '2022-11-28',
    authorization: `Bearer ${token}`,
  };
}

/** The newest. */
async function find(
  api: ForgeApi,
  path: string,
  { branch, base }: Branches,
  state: RequestState = 'open',
): Promise<Found | null> {
  const query = { state, head: `${path.split('/')[0] ?? ''}:${branch}`, base, per_page: '1' };
  const [first] = items(await api.get(`${repositoryRoot(path)}/pulls`, query));
  return first === undefined ? null : foundIn(first, 'number', 'html_url');
}

export const withdrawOnGithub = closingPull(find);

export async function openOnGithub(api: ForgeApi, path: string, wanted: PullRequest): Promise<Opened> {
  const root = repositoryRoot(path);
  const { title, body, base, branch, labels, reviewers } = wanted;
  const notes: string[] = [];

  const post = async (draft: boolean) =>
    foundIn(await api.post(`${root}/pulls`, { title, body, head: branch, base, draft }), 'number', 'html_url');
  const open = async (): Promise<Found> => {
    try {
      return await post(wanted.draft);
    } catch (error) {
      // Private repositories of some plans have no drafts, and say so in words only.
      if (!wanted.draft || !(error instanceof ForgeError) || !/draft/i.test(error.failure.message)) throw error;
      notes.push('The pull request is not a draft: this repository does not support drafts.');
      return post(false);
    }
  };
  const update = ({ number }: Found) => api.patch(`${root}/pulls/${number}`, { title, body });

  const { number, url } = await findOrOpen({ find: () => find(api, path, wanted), open, update, taken: [422] });
  if (labels.length > 0) {
    notes.push(...(await extra('labels', () => api.post(`${root}/issues/${number}/labels`, { labels }))));
  }
  if (reviewers.length > 0)
    notes.push(...(await extra('reviewers', () => ask(api, `${root}/pulls/${number}`, reviewers))));
  return { url, notes };
}

/** `team:<slug>` asks a team of the organisation. */
function ask(api: ForgeApi, pull: string, reviewers: readonly string[]): Promise<unknown> {
  const teams = reviewers.filter((name) => name.startsWith('team:')).map((name) => name.slice('team:'.length));
  const people = reviewers.filter((name) => !name.startsWith('team:'));
  return api.post(`${pull}/requested_reviewers`, { reviewers: people, team_reviewers: teams });
}
