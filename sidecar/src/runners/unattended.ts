// What everything that is started for an agent finds instead of a person at a terminal: editors that change nothing, pagers that do not
// wait, questions that are answered or fail at once. `ops/docs/agents.md` lists it for people.

import { join } from 'node:path';
import { makePrivateDirectory, writeDurably } from '@agentcom/schemas/host';

/** `off`: nothing is signed. `configured`: as git is set up, by somebody who knows that it needs nobody here. */
export type Signing = 'off' | 'configured';

/** Names of the programs below, in the directory of the command `agentcom`, which is the first in the agent's PATH. */
const EDITOR = 'agentcom-editor';
const SSH = 'agentcom-ssh';
const SIGNERS = { openpgp: 'agentcom-gpg', x509: 'agentcom-gpgsm', ssh: 'agentcom-ssh-keygen' } as const;

/**
 * `CI` is not among them: with it pnpm and Yarn refuse to change their lock files, Jest writes no snapshots, and some builds turn
 * warnings into errors, all of which is an agent's work.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  TERM: 'dumb',
  ...{ PAGER: 'cat', GIT_PAGER: 'cat', MANPAGER: 'cat', SYSTEMD_PAGER: 'cat', GH_PAGER: 'cat', AWS_PAGER: '' },
  // With an empty program git and ssh fail at once; without one they would look for another.
  ...{ GIT_TERMINAL_PROMPT: '0', GIT_ASKPASS: '', SSH_ASKPASS: '', SSH_ASKPASS_REQUIRE: 'never' },
  ...{ GCM_INTERACTIVE: 'never', GH_PROMPT_DISABLED: '1' },
  ...{ DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_MODE: 'a', npm_config_yes: 'true' },
  ...{ COREPACK_ENABLE_DOWNLOAD_PROMPT: '0', PIP_NO_INPUT: '1', POETRY_NO_INTERACTION: '1' },
  ...{ COMPOSER_NO_INTERACTION: '1', TF_INPUT: '0', CLOUDSDK_CORE_DISABLE_PROMPTS: '1' },
};

/** `machine`: the environment that the agent's is made from, with the variables that it may have of it. */
export function unattended(
  machine: Readonly<Record<string, string | undefined>>,
  binDir: string,
): Readonly<Record<string, string>> {
  const editor = wordOf(binDir, EDITOR);
  return {
    ...SETTINGS,
    ...{ EDITOR: editor, VISUAL: editor, GIT_EDITOR: editor, GIT_SEQUENCE_EDITOR: editor },
    ...sshOf(machine, binDir),
    ...localeOf(machine),
  };
}

/** Settings of git for `signing`, over those of the machine and of the repository. */
export function signingSettings(signing: Signing, binDir: string): readonly (readonly [string, string])[] {
  if (signing === 'configured') return [];
  return [
    ...['commit.gpgSign', 'tag.gpgSign', 'tag.forceSignAnnotated', 'push.gpgSign'].map(
      (name) => [name, 'false'] as const,
    ),
    ['gpg.program', join(binDir, SIGNERS.openpgp)],
    ...Object.entries(SIGNERS).map(([format, program]) => [`gpg.${format}.program`, join(binDir, program)] as const),
  ];
}

/** Puts the programs into `binDir`. */
export async function placeUnattended(binDir: string): Promise<void> {
  await makePrivateDirectory(binDir);
  await place(binDir, EDITOR, EDITOR_TEXT);
  await place(binDir, SSH, SSH_TEXT);
  for (const name of Object.values(SIGNERS)) await place(binDir, name, signerText(name.replace('agentcom-', '')));
}

const EDITOR_TEXT = `# There is nobody to edit anything: the text stays as it is, which is what merges, reverts and amended commits need.
echo 'agentcom: there is no editor here, so the text was left unchanged; pass it as an option, such as git commit -m' >&2
`;

/** git would take GIT_SSH_COMMAND over a \`core.sshCommand\` of the machine, so that is looked up. */
const SSH_TEXT = `# ssh as git is set up to call it, but asking nobody: neither for a password nor whether a host key is right.
command=$(git config --get core.sshCommand) || command=ssh
eval "exec $command -o BatchMode=yes \\"\\$@\\""
`;

function signerText(program: string): string {
  return `# Signatures are checked here, and none is made: whoever holds the key would have to be asked.
for word in "$@"; do
  case $word in --verify | verify | find-principals | match-principals | check-novalidate) exec ${program} "$@" ;; esac
done
echo 'agentcom: signing is switched off for agents (git.signing); commit without -S' >&2
exit 1
`;
}

function place(binDir: string, name: string, text: string): Promise<void> {
  return writeDurably(join(binDir, name), `#!/bin/sh\n${text}`, 0o700);
}

/** Programs read these variables by a shell, by words, or as a path: a name from PATH is the same to all of them. */
function wordOf(binDir: string, name: string): string {
  const path = join(binDir, name);
  return /^[\w./+-]+$/.test(path) ? path : name;
}

function sshOf(
  { GIT_SSH_COMMAND, GIT_SSH, GIT_SSH_VARIANT }: Readonly<Record<string, string | undefined>>,
  binDir: string,
) {
  const own = GIT_SSH_COMMAND ?? (GIT_SSH === undefined ? undefined : `'${GIT_SSH.replaceAll("'", "'\\''")}'`);
  if (own === undefined) return { GIT_SSH_COMMAND: wordOf(binDir, SSH), GIT_SSH_VARIANT: 'ssh' };
  // Another program than ssh has other options, and is known to ask nobody by whoever chose it.
  return (GIT_SSH_VARIANT ?? 'ssh') === 'ssh' ? { GIT_SSH_COMMAND: `${own} -o BatchMode=yes` } : {};
}

/** UTF-8, also where the sidecar's own environment, as that of a service, names no such locale. */
function localeOf({ LC_ALL, LC_CTYPE, LANG }: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const isUtf8 = /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '');
  return isUtf8 ? {} : { LC_ALL: process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8' };
}
