// Reads `.agentcom.toml` as it is at a commit, not as an agent has left it in the worktree.

import { clip } from '@agentcom/schemas/clip';
import { parse, TomlError } from 'smol-toml';
import type { Failure, RepoSettings } from '../core/attempt.js';
import { NO_SETTINGS, repoSettings, SETTINGS_FILE } from '../core/repo-settings.js';
import { GitFailure } from './failures.js';
import type { Mirror } from './mirror.js';

const BYTES_MAX = 64 * 1024;

export async function readSettings(mirror: Mirror, commit: string, signal: AbortSignal): Promise<RepoSettings> {
  const listed = await mirror.remote(signal, ['ls-tree', '-l', '-z', commit, '--', SETTINGS_FILE]);
  const [, mode, object, size] = /^(\d+) \w+ ([0-9a-f]+) +(\d+|-)\t/.exec(listed.stdout) ?? [];
  if (mode === undefined || object === undefined) return NO_SETTINGS;
  if (!mode.startsWith('100')) throw faulty('is not a file');
  if (Number(size) > BYTES_MAX) throw faulty(`is larger than ${BYTES_MAX / 1024} KiB`);
  const { stdout } = await mirror.remote(signal, ['cat-file', 'blob', object]);
  const read = repoSettings(parsed(stdout));
  if (read.ok) return read.value;
  throw faulty(`${read.field === '' ? 'the file' : read.field} ${read.problem}`);
}

function parsed(text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof TomlError) throw faulty(`line ${error.line}: ${error.message.split('\n')[0]}`);
    throw error;
  }
}

function faulty(problem: string): GitFailure {
  const failure: Failure = {
    class: 'permanent',
    code: 'repo.settings_invalid',
    message: clip(`the repository's ${SETTINGS_FILE}: ${problem}`, 1024),
  };
  return new GitFailure(failure);
}
