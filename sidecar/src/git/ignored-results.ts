// What an agent has left in files that the repository ignores: they are in no commit, and go with the worktree.

import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { firstOf } from '../core/first-of.js';
import type { Site } from './site.js';
import type { Worktree } from './worktree.js';

const SHOWN_MAX = 10;
/** Made by tools for themselves, so nobody misses them. */
const MADE_BY_TOOLS = new Set([
  ...['node_modules', '.npm', '.yarn', '.pnpm-store', '.turbo', '.next', '.nuxt', '.parcel-cache', '.eslintcache'],
  ...['__pycache__', '.venv', 'venv', '.pytest_cache', '.mypy_cache', '.ruff_cache', '.tox', '.nox', '.eggs'],
  ...[
    'target',
    '.gradle',
    '.m2',
    '.cargo',
    'vendor',
    '.bundle',
    '.terraform',
    '.cache',
    '.idea',
    '.vscode',
    '.DS_Store',
  ],
]);
const TOOL_FILE = /\.(?:pyc|pyo|o|obj|class|tsbuildinfo|swp)$|\.egg-info$/;

/** Keeps what is there before the agent begins. */
export async function noteIgnored(tree: Worktree, { ignoredFile }: Site): Promise<void> {
  const { ignored } = await tree.status({ ignored: 'traditional' });
  await writeFile(ignoredFile, ignored.join('\0'), { mode: 0o600 });
}

/** One note, or none, of what git ignores now. `known` was put there by the sidecar, or is kept. */
export async function ignoredResults(
  ignored: readonly string[],
  { ignoredFile }: Site,
  known: readonly string[],
): Promise<readonly string[]> {
  const there = existsSync(ignoredFile) ? await readFile(ignoredFile, 'utf8') : '';
  const before = new Set([...there.split('\0'), ...known]);
  const isKnown = (path: string) => before.has(path) || known.some((one) => path.endsWith('/') && one.startsWith(path));
  const paths = ignored.filter((path) => !isKnown(path) && !isMadeByTool(path));
  if (paths.length === 0) return [];
  return [`ignored by git, so not part of the result: ${firstOf(paths, SHOWN_MAX)}`];
}

function isMadeByTool(path: string): boolean {
  const name = basename(path);
  return MADE_BY_TOOLS.has(name) || TOOL_FILE.test(name);
}
