// Files that the sidecar puts into a worktree, beside those of the repository.

import { appendFile, lstat, mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { APPEND_OWN } from '../host/own-file.js';
import { GitFailure } from './failures.js';

/** Makes the directories above a path in the worktree. Refused where a link of the repository leads out of it. */
export async function makeParents(dir: string, path: string): Promise<void> {
  let at = await realpath(dir);
  for (const part of path.split('/').slice(0, -1)) {
    at = join(at, part);
    const found = await lstat(at).catch(() => null);
    if (found === null) await mkdir(at);
    else if (!found.isDirectory()) {
      throw new GitFailure({
        class: 'permanent',
        code: 'setup.file_in_repository',
        message: `${path} passes through ${part}, which is not a directory in the worktree`,
      });
    }
  }
}

/** Makes git ignore them in this worktree. */
export async function ignore(gitDir: string, paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return;
  await mkdir(join(gitDir, 'info'), { recursive: true });
  const patterns = paths.map((path) => `/${path.replace(/[\\*?[\]!# ]/g, '\\$&')}\n`);
  await appendFile(join(gitDir, 'info', 'exclude'), patterns.join(''), { flag: APPEND_OWN });
}
