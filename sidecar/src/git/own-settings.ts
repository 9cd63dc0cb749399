// The settings by which the sidecar itself runs git in the repository of an attempt: those that it began with. The agent may change its
// own, where a filter, a merge driver or an included file is a program that git would run, outside of all that holds the agent.

import { copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** What git looks for where the settings are, and is the repository's. */
export const SHARED = ['objects', 'refs', 'logs', 'info', 'packed-refs'] as const;

/** Beside the repository `gitDir`; for git it is a repository too, with the same content. */
export function ownSettingsOf(gitDir: string): string {
  return gitDir.replace(/\.git$/, '.own');
}

/** Takes the settings over as they are now. `extensions.worktreeConfig` must not be among them: it would lead to those of the agent. */
export async function keepSettings(gitDir: string): Promise<void> {
  const dir = ownSettingsOf(gitDir);
  await mkdir(dir, { mode: 0o700 });
  for (const name of ['logs', 'info']) await mkdir(join(gitDir, name), { recursive: true });
  for (const name of SHARED) await symlink(join('..', basename(gitDir), name), join(dir, name));
  // A branch that there is not: the one that is checked out must not seem to be checked out twice.
  await writeFile(join(dir, 'HEAD'), 'ref: refs/heads/-\n');
  await copyFile(join(gitDir, 'config'), join(dir, 'config'));
}
