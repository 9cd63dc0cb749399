// What the three forges have in common: one request for a branch, opened or brought up to date, and extras that must not fail it.

import type { PullRequest } from '../core/pull-request.js';
import { type ForgeApi, ForgeError } from './api.js';

/** Notes tell of what the forge did not take. */
export interface Opened {
  readonly url: string;
  readonly notes: readonly string[];
}

/** Opens the request, or brings the open one of the branch up to date. `path` is the repository's at its host. */
export type OpenRequest = (api: ForgeApi, path: string, wanted: PullRequest) => Promise<Opened>;

/**
 * Closes the open request of the branch, if there is one, and says why in a comment. Resolves with its address, or with that of the
 * newest closed one: the try before may have closed it.
 */
export type WithdrawRequest = (api: ForgeApi, path: string, given: GivenUp) => Promise<string | null>;

export interface GivenUp extends Branches {
  readonly comment: string;
}

export interface Branches {
  readonly branch: string;
  readonly base: string;
}

/** `closed` are the merged ones, too. */
export type RequestState = 'open' | 'closed';

/** A request as it was found or made. */
export interface Found {
  /** By which its further calls name it. */
  readonly number: number;
  readonly url: string;
}

/**
 * Finds the branch's open request and updates it, or opens one. When the forge says that there is one after all (`taken`: somebody
 * opened it in between), it is looked for again.
 */
export async function findOrOpen(parts: {
  readonly find: () => Promise<Found | null>;
  readonly open: () => Promise<Found>;
  readonly update: (found: Found) => Promise<unknown>;
  readonly taken: readonly number[];
}): Promise<Found> {
  const found = await parts.find();
  if (found === null) {
    try {
      return await parts.open();
    } catch (error) {
      if (!(error instanceof ForgeError) || !parts.taken.includes(error.status)) throw error;
      const other = await parts.find();
      if (other === null) throw error;
      await parts.update(other);
      return other;
    }
  }
  await parts.update(found);
  return found;
}

/** One that is closed or merged is left alone. The comment is worth less than the close. */
export async function closeOpen(parts: {
  readonly find: (state: RequestState) => Promise<Found | null>;
  readonly close: (number: number) => Promise<unknown>;
  readonly comment: (number: number) => Promise<unknown>;
}): Promise<string | null> {
  const open = await parts.find('open');
  if (open === null) return (await parts.find('closed'))?.url ?? null;
  await parts.close(open.number);
  await parts.comment(open.number).catch(() => undefined);
  return open.url;
}

/** The repository where GitHub's API has it, and Gitea's, which is made after it. */
export function repositoryRoot(path: string): string {
  return `/repos/${path.split('/').map(encodeURIComponent).join('/')}`;
}

/** As both of them close a request, with the `find` of each. */
export function closingPull(
  find: (api: ForgeApi, path: string, branches: Branches, state: RequestState) => Promise<Found | null>,
): WithdrawRequest {
  return (api, path, given) => {
    const root = repositoryRoot(path);
    return closeOpen({
      find: (state) => find(api, path, given, state),
      close: (number) => api.patch(`${root}/pulls/${number}`, { state: 'closed' }),
      comment: (number) => api.post(`${root}/issues/${number}/comments`, { body: given.comment }),
    });
  };
}

/** Does what the request can be without: a refusal becomes a note, and only what may pass is thrown. */
export async function extra(what: string, action: () => Promise<unknown>): Promise<readonly string[]> {
  try {
    await action();
    return [];
  } catch (error) {
    if (!(error instanceof ForgeError) || error.failure.class === 'transient') throw error;
    return [`The pull request has no ${what}: ${error.failure.message}`];
  }
}

/** The fields of an answer; an answer that is no object has none. */
export function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

export function items(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.map(fields) : [];
}

/** Throws when the forge's answer does not name the request. */
export function foundIn(value: unknown, number: string, url: string): Found {
  const answer = fields(value);
  const [id, address] = [answer[number], answer[url]];
  if (typeof id === 'number' && typeof address === 'string') return { number: id, url: address };
  const message = 'the forge did not return the pull request';
  throw new ForgeError(0, { class: 'transient', code: 'forge.failed', message });
}
