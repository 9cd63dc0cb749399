// What a repository says of itself in `.agentcom.toml`. It comes from whoever may commit there, so every field is bounded and
// nothing that is not a setting is passed over in silence.

import { LIMITS } from '@agentcom/schemas/limits';
import { wordsOf } from '@agentcom/schemas/words';
import type { RepoSettings } from './attempt.js';

export const SETTINGS_FILE = '.agentcom.toml';

export const NO_SETTINGS: RepoSettings = {
  setup: [],
  files: [],
  keep: [],
  verify: [],
  protectedBranches: [],
  pullRequest: { labels: [], reviewers: [] },
};

export type ReadSettings =
  | { readonly ok: true; readonly value: RepoSettings }
  /** `field` as it is written in the file, empty for the file as a whole. */
  | { readonly ok: false; readonly field: string; readonly problem: string };

/** Thrown within this file only. */
class Faulty extends Error {
  constructor(
    readonly field: string,
    readonly problem: string,
  ) {
    super(problem);
  }
}

/** From the parsed file. */
export function repoSettings(content: unknown): ReadSettings {
  try {
    const { setup, files, keep, verify, inactivitySeconds, protectedBranches, pullRequest } = fieldsOf(
      content,
      '',
      TOP_LEVEL,
    );
    const { draft, labels, reviewers } = fieldsOf(pullRequest ?? {}, 'pullRequest', OF_PULL_REQUEST);
    return {
      ok: true,
      value: {
        setup: commands(setup, 'setup'),
        files: paths(files, 'files', 32),
        keep: paths(keep, 'keep', 32),
        verify: commands(verify, 'verify'),
        ...(inactivitySeconds !== undefined && {
          inactivitySeconds: whole(inactivitySeconds, 'inactivitySeconds', 1, 86_400),
        }),
        protectedBranches: lines(protectedBranches, 'protectedBranches', 64, LIMITS.refChars),
        pullRequest: {
          ...(draft !== undefined && { draft: truth(draft, 'pullRequest.draft') }),
          labels: lines(labels, 'pullRequest.labels', 16, 64),
          reviewers: lines(reviewers, 'pullRequest.reviewers', 16, 128),
        },
      },
    };
  } catch (error) {
    if (!(error instanceof Faulty)) throw error;
    return { ok: false, field: error.field, problem: error.problem };
  }
}

const TOP_LEVEL = [
  'setup',
  'files',
  'keep',
  'verify',
  'inactivitySeconds',
  'protectedBranches',
  'pullRequest',
] as const;
const OF_PULL_REQUEST = ['draft', 'labels', 'reviewers'] as const;

function fieldsOf<Name extends string>(
  value: unknown,
  field: string,
  names: readonly Name[],
): Partial<Record<Name, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Faulty(field, 'must be a table');
  for (const name of Object.keys(value)) {
    if (names.some((known) => known === name)) continue;
    const path = field === '' ? name : `${field}.${name}`;
    throw new Faulty(path.slice(0, 128), `is not a setting; use one of ${names.join(', ')}`);
  }
  return value;
}

function commands(value: unknown, field: string): readonly string[] {
  const found = lines(value, field, LIMITS.verify, LIMITS.verifyChars);
  found.forEach((command, index) => {
    const words = wordsOf(command);
    if (!words.ok)
      throw new Faulty(`${field}[${index}]`, `needs a shell, because ${words.problem}; put it in a script`);
  });
  return found;
}

/** Of files in the worktree, or patterns of them. */
function paths(value: unknown, field: string, itemsMax: number): readonly string[] {
  const found = lines(value, field, itemsMax, 255);
  found.forEach((path, index) => {
    const parts = path.split('/');
    const leaves =
      path.startsWith('/') || path.includes('\\') || parts.some((part) => part === '..' || part === '.git');
    if (leaves || parts.some((part) => part === '' || part === '.')) {
      throw new Faulty(
        `${field}[${index}]`,
        'must be a path below the root of the repository, such as config/local.json',
      );
    }
  });
  return found;
}

function lines(value: unknown, field: string, itemsMax: number, charsMax: number): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new Faulty(field, 'must be a list of strings');
  if (value.length > itemsMax) throw new Faulty(field, `must have at most ${itemsMax} entries`);
  return value.map((item: unknown, index) => {
    const isLine = typeof item === 'string' && item.trim() !== '' && !/\p{Cc}/u.test(item);
    if (!isLine || [...item].length > charsMax) {
      throw new Faulty(`${field}[${index}]`, `must be one non-blank line of at most ${charsMax} characters`);
    }
    return item;
  });
}

function whole(value: unknown, field: string, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw new Faulty(field, `must be a whole number from ${min} to ${max}`);
  }
  return value;
}

function truth(value: unknown, field: string): boolean {
  if (typeof value !== 'boolean') throw new Faulty(field, 'must be true or false');
  return value;
}
