// What an agent has left in files that the repository ignores: they are in no commit, and go with the worktree.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { firstOf } from '../core/first-of.js';
import { stamp } from './fingerprint.js';
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

/** With more files there before the agent, directories that were there are not looked into. */
const FILES_MAX = 20_000;

/** What is there before the agent begins. */
interface Before {
  readonly paths: ReadonlySet<string>;
  /** When each of the files in them was last written; undefined when there are too many. */
  readonly files: ReadonlyMap<string, string> | undefined;
}

/** Keeps what is there before the agent begins. */
export async function noteIgnored(tree: Worktree, { dir, ignoredFile }: Site): Promise<void> {
  const { ignored } = await tree.status({ ignored: 'traditional' });
  const files = await filesIn(dir, ignored);
  await writeFile(ignoredFile, JSON.stringify({ paths: ignored, files: files && [...files] }), { mode: 0o600 });
}

/**
 * Of what git ignores now, what the agent has made or changed; a directory with a slash behind it where all in it is new. `known` was put
 * there by the sidecar, or is kept.
 */
export async function ignoredResults(
  ignored: readonly string[],
  { dir, ignoredFile }: Site,
  known: readonly string[],
): Promise<readonly string[]> {
  const before = await readBefore(ignoredFile);
  const ours = new Set(known);
  const old = withDirectories([...before.paths, ...(before.files?.keys() ?? []), ...known]);
  const left = ignored.filter((path) => !isMadeByTool(path));
  const named = left.filter((path) => !old.has(path));
  const rest = before.files === undefined ? [] : left.filter((path) => old.has(path));
  const changed = [...((await filesIn(dir, rest)) ?? [])].filter(
    ([path, when]) => before.files?.get(path) !== when && !ours.has(path),
  );
  return [...named, ...changed.map(([path]) => path)].sort();
}

function withDirectories(paths: readonly string[]): ReadonlySet<string> {
  const all = new Set(paths);
  for (const path of paths) {
    let end = path.lastIndexOf('/', path.length - 2) + 1;
    while (end > 0 && !all.has(path.slice(0, end))) {
      all.add(path.slice(0, end));
      end = path.lastIndexOf('/', end - 2) + 1;
    }
  }
  return all;
}

/** One note, or none. */
export function notedIgnored(paths: readonly string[]): readonly string[] {
  return paths.length === 0 ? [] : [`ignored by git, so not part of the result: ${firstOf(paths, SHOWN_MAX)}`];
}

/** Files at and below the paths, but for what tools make for themselves, with a mark that changes when they do. Undefined when there are too many. */
async function filesIn(dir: string, paths: readonly string[]): Promise<ReadonlyMap<string, string> | undefined> {
  const files = new Map<string, string>();
  const left = paths.filter((path) => !isMadeByTool(path));
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    if (!path.endsWith('/')) files.set(path, await stamp(join(dir, path)));
    else {
      const entries = await readdir(join(dir, path), { withFileTypes: true }).catch(() => []);
      const inside = entries.map((entry) => `${path}${entry.name}${entry.isDirectory() ? '/' : ''}`);
      left.push(...inside.filter((one) => !isMadeByTool(one)));
    }
    if (files.size + left.length > FILES_MAX) return undefined;
  }
  return files;
}

async function readBefore(file: string): Promise<Before> {
  const text = await readFile(file, 'utf8').catch(() => '');
  try {
    const { paths, files }: { paths: string[]; files?: [string, string][] } = JSON.parse(text);
    return { paths: new Set(paths), files: files && new Map(files) };
  } catch {
    return { paths: new Set(), files: new Map() };
  }
}

function isMadeByTool(path: string): boolean {
  const name = basename(path);
  return MADE_BY_TOOLS.has(name) || TOOL_FILE.test(name);
}
