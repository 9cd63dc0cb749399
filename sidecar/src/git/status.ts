// What `git status` says of a worktree.

/**
 * Without a look into submodules: git looks by running itself in them, where it keeps to the settings of whoever made them, and so
 * runs the programs they name. Said on the command line, since a `.gitmodules` overrides every setting.
 */
export const SHALLOW = ['--ignore-submodules=dirty'] as const;

export interface StatusOptions {
  readonly untracked?: 'normal' | 'no';
  readonly ignored?: 'traditional' | 'no';
}

export interface Status {
  /** Undefined when no branch is checked out. */
  readonly branch: string | undefined;
  /** Undefined when the branch has no commit. */
  readonly commit: string | undefined;
  /** Changed and new files. */
  readonly dirty: readonly DirtyPath[];
  /** When asked for: files that git ignores, a directory with a slash behind it where it ignores all in it. */
  readonly ignored: readonly string[];
}

export interface DirtyPath {
  /** What changed in the index and in the worktree, as git has it: `M `, ` D`, `??`. */
  readonly letters: string;
  readonly path: string;
}

/** Fields before the path, by what a line of the second form begins with. */
const FIELDS: Readonly<Record<string, number>> = { '1': 8, u: 10, '?': 1 };

export function statusIn(text: string): Status {
  const lines = text.split('\0');
  const header = (name: string) => lines.find((line) => line.startsWith(`# branch.${name} `))?.slice(name.length + 10);
  const [branch, commit] = [header('head'), header('oid')];
  return {
    branch: branch === '(detached)' ? undefined : branch,
    commit: commit === '(initial)' ? undefined : commit,
    dirty: lines.flatMap((line) => {
      const fields = line.split(' ');
      const before = FIELDS[fields[0] ?? ''];
      if (before === undefined) return [];
      const letters = before === 1 ? '??' : (fields[1] ?? '').replaceAll('.', ' ');
      return [{ letters, path: fields.slice(before).join(' ') }];
    }),
    ignored: lines.flatMap((line) => (line.startsWith('! ') ? [line.slice(2)] : [])),
  };
}
