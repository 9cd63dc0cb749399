// Keeps an agent's own git to its branch: a pre-push hook in its repository, and an environment without credentials. Both are there
// so that nothing is pushed by mistake; what was pushed all the same is found by asking the remote afterwards (remote-traces.ts).

import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Workspace } from '../core/attempt.js';

/** The hooks of the client, but for those that git runs too often for a program between. */
const HOOKS = [
  'applypatch-msg',
  'pre-applypatch',
  'post-applypatch',
  'pre-commit',
  'pre-merge-commit',
  'prepare-commit-msg',
  'commit-msg',
  'post-commit',
  'pre-rebase',
  'post-checkout',
  'post-merge',
  'post-rewrite',
  'pre-auto-gc',
] as const;

/** Tools that put hooks into git's own directory, and refuse to when `core.hooksPath` is set. */
const HOOK_TOOLS = [
  '.pre-commit-config.yaml',
  'lefthook.yml',
  'lefthook.yaml',
  '.lefthook.yml',
  '.lefthook.yaml',
  '.overcommit.yml',
];

/**
 * Runs the hook that the repository's own set-up has put in place. The guard is the hooks directory of the worktree's configuration,
 * so `git config core.hooksPath .husky` still says, in the ordinary configuration, which hooks are the repository's own. A commit runs four
 * of these, so that they start nothing but what they have to ask.
 */
const RUN_OWN_HOOK = `#!/bin/sh
# Runs the repository's own hook of this name, wherever its set-up has put it.
hooks=
tab='\t'
IFS='
'
set -f
for line in $(git config --show-scope --type=path --get-all core.hooksPath); do
  case $line in worktree"$tab"* | command"$tab"*) ;; *) hooks=\${line#*"$tab"} ;; esac
done
[ -n "$hooks" ] || hooks=\${0%/*}/../hooks
hook=$hooks/\${0##*/}
[ -x "$hook" ] || exit 0
[ "$hook" -ef "$0" ] && exit 0
`;

const GUARD = `#!/bin/sh
# An agent pushes its own branch to its own remote, and nothing else.
here=$(dirname "$0")
refs=$(cat)
refuse() {
  echo "agentcom: $1; commit to your branch and exit: it is pushed for you" >&2
  exit 1
}
grep -Fxq -e "$2" "$here/agentcom-remotes" || refuse 'this worktree must not push to other repositories'
own=refs/heads/$(cat "$here/agentcom-branch")
while read -r from commit to there; do
  [ -n "$from" ] || continue
  [ "$to" = "$own" ] || refuse "this worktree must not push to $to"
  case $commit in *[!0]*) ;; *) refuse 'this worktree must not delete branches' ;; esac
done <<END
$refs
END
`;

const THEN_OWN_HOOK = RUN_OWN_HOOK.replace('#!/bin/sh\n', '');

export interface GuardRequest {
  readonly gitDir: string;
  readonly branch: string;
  /** The addresses by which git may call its remote. */
  readonly remotes: readonly string[];
  /** Names at the root of the repository. */
  readonly files: ReadonlySet<string>;
}

/** Returns the hooks directory to be set in the worktree's configuration; null when none is to be set. */
export async function placeGuard({ gitDir, branch, remotes, files }: GuardRequest): Promise<string | null> {
  const isLeftToTool = HOOK_TOOLS.some((name) => files.has(name));
  const dir = join(gitDir, isLeftToTool ? 'hooks' : 'agentcom-hooks');
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'agentcom-branch'), `${branch}\n`);
  await writeFile(join(dir, 'agentcom-remotes'), remotes.map((remote) => `${remote}\n`).join(''));
  // Such a tool runs what it finds here before its own hook, by itself.
  const guard = isLeftToTool ? GUARD : `${GUARD}${THEN_OWN_HOOK}printf '%s\\n' "$refs" | "$hook" "$@"\n`;
  await executable(join(dir, 'pre-push'), guard);
  if (isLeftToTool) return null;
  await executable(join(dir, 'agentcom-own'), `${RUN_OWN_HOOK}exec "$hook" "$@"\n`);
  for (const name of HOOKS) await symlink('agentcom-own', join(dir, name));
  return dir;
}

async function executable(path: string, content: string): Promise<void> {
  await writeFile(path, content);
  await chmod(path, 0o755);
}

const NO_SSH =
  "echo 'agentcom: agents have no git credentials here; commit to your branch and exit: it is pushed for you' >&2; exit 128; :";

/**
 * What keeps the credentials of this machine out of the agent's git commands. A file such as ~/.netrc is beyond it: an agent that must
 * not use that has to run as another user.
 */
export function agentGitEnv(workspace: Workspace, credentials: 'none' | 'inherit'): Record<string, string> {
  if (credentials === 'inherit') return {};
  // An empty value empties the list that the user's configuration began.
  const emptied = ['credential.helper', 'http.extraHeader', 'http.cookieFile'];
  if (workspace.kind === 'git' && /^https?:/.test(workspace.url)) emptied.push(`http.${workspace.url}.extraHeader`);
  const settings = emptied.flatMap((name, index) => [
    [`GIT_CONFIG_KEY_${index}`, name],
    [`GIT_CONFIG_VALUE_${index}`, ''],
  ]);
  return {
    GIT_SSH_COMMAND: NO_SSH,
    GIT_SSH_VARIANT: 'ssh',
    GIT_CONFIG_COUNT: String(emptied.length),
    ...Object.fromEntries(settings),
  };
}
