// Fetches a remote for the first time. A large one without the contents of files: git then gets them when they are needed. How large
// it is, a remote does not say beforehand, so the fetch is begun, and begun anew without contents when too much has come.

import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makePrivateDirectory } from '@agentcom/schemas/host';
import { addSettings } from './config-file.js';
import { type Git, GitError, type GitRun } from './git.js';

/**
 * The branches and the tags as the remote has them. Tags too, since those that are gone at the remote are in the way of others, as `v1`
 * is of `v1/rc1`, and a tag that has moved is wrong.
 */
export const FETCHED = [
  '--no-tags',
  'origin',
  '+refs/heads/*:refs/remotes/origin/*',
  '+refs/tags/*:refs/tags/*',
] as const;

export type PartialClone = 'auto' | 'always' | 'never';

/** More than that is large. */
const LARGE_BYTES = 512 * 1024 * 1024;
const LOOK_MS = 500;

export interface FirstFetch {
  readonly git: Git;
  readonly url: string;
  /** Is removed first. */
  readonly dir: string;
  readonly partialClone: PartialClone;
  readonly signal: AbortSignal;
}

export async function fetchWhole(request: FirstFetch): Promise<void> {
  if (request.partialClone === 'always') return fetchInto(request, true, request.signal);
  if (request.partialClone === 'never') return fetchInto(request, false, request.signal);
  const enough = new AbortController();
  const looking = setInterval(() => {
    void packedBytes(request.dir).then((bytes) => {
      if (bytes > LARGE_BYTES) enough.abort(new Error('the repository is large'));
    });
  }, LOOK_MS);
  try {
    await fetchInto(request, false, AbortSignal.any([request.signal, enough.signal]));
    return;
  } catch (error) {
    if (request.signal.aborted || !enough.signal.aborted) throw error;
  } finally {
    clearInterval(looking);
  }
  await fetchInto(request, true, request.signal);
}

/** A repository names its objects in one of two ways, which has to be the remote's; few have the newer one. */
async function fetchInto(request: FirstFetch, isPartial: boolean, signal: AbortSignal): Promise<void> {
  try {
    await fetchAs('sha1', request, isPartial, signal);
  } catch (error) {
    if (!(error instanceof GitError) || !/mismatched algorithms|object format/i.test(error.stderr)) throw error;
    await fetchAs('sha256', request, isPartial, signal);
  }
}

/** A server that knows no partial fetches sends everything, and then nothing is missing later. */
async function fetchAs(
  format: 'sha1' | 'sha256',
  { git, url, dir }: FirstFetch,
  isPartial: boolean,
  signal: AbortSignal,
): Promise<void> {
  await rm(dir, { recursive: true, force: true });
  await makePrivateDirectory(dir);
  const run: GitRun = { cwd: dir, env: { GIT_DIR: dir }, signal };
  await git.local(['init', '--quiet', '--bare', '--template=', `--object-format=${format}`], run);
  const settings = {
    'remote.origin.url': url,
    'remote.origin.fetch': '+refs/heads/*:refs/remotes/origin/*',
    'gc.auto': '0',
    ...(isPartial && partialSettings('origin')),
  };
  await addSettings(join(dir, 'config'), settings);
  await git.remote(url, ['fetch', '--quiet', '--no-write-fetch-head', ...FETCHED], run);
}

/** What tells git that objects may be missing, and where they are. */
export function partialSettings(remote: string): Readonly<Record<string, string>> {
  return {
    'core.repositoryFormatVersion': '1',
    'extensions.partialClone': remote,
    [`remote.${remote}.promisor`]: 'true',
    [`remote.${remote}.partialCloneFilter`]: 'blob:none',
  };
}

/** With what is still being received. Nothing that is there is nothing. */
async function packedBytes(dir: string): Promise<number> {
  const packs = join(dir, 'objects', 'pack');
  try {
    const sizes = (await readdir(packs)).map(async (name) => (await stat(join(packs, name))).size);
    return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  } catch {
    return 0;
  }
}
