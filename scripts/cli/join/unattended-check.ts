// What of this machine's set-up would wait for a person, and is switched off for its agents.

import type { SidecarSettings } from '@agentcom/schemas';
import { type Environment, exec } from '@agentcom/sidecar/host/exec';
import { type Check, pass, warn } from './check.js';

/** Settings of git that make it wait, as git prints their names, and what they are called here. */
const SETTINGS: Readonly<Record<string, string>> = {
  'commit.gpgsign': 'signing of commits',
  'tag.gpgsign': 'signing of tags',
  'tag.forcesignannotated': 'signing of tags',
  'push.gpgsign': 'signing of pushes',
  'core.editor': 'the editor',
  'sequence.editor': 'the editor',
  'core.pager': 'the pager',
  'core.askpass': 'password prompts',
};
const SIGNING = /^(?:commit|tag|push)\./;
const VARIABLES: Readonly<Record<string, string>> = {
  GIT_EDITOR: 'the editor',
  VISUAL: 'the editor',
  EDITOR: 'the editor',
  GIT_PAGER: 'the pager',
  PAGER: 'the pager',
  GIT_ASKPASS: 'password prompts',
  SSH_ASKPASS: 'password prompts',
};

export async function checkUnattended({ git, runner }: Pick<SidecarSettings, 'git' | 'runner'>, env: Environment) {
  const found = new Map<string, string[]>();
  const add = (what: string, where: string) => found.set(what, [...(found.get(what) ?? []), where]);
  for (const name of await settingsOf(git.program, env)) {
    const what = SETTINGS[name];
    if (what !== undefined && !(SIGNING.test(name) && git.signing === 'configured')) add(what, name);
  }
  const variables = Object.entries(VARIABLES).filter(([name]) => (env[name] ?? '') !== '');
  if (!runner.inheritEnv) for (const [name, what] of variables) add(what, name);
  return checkOf(found, git.signing, runner.inheritEnv ? variables.map(([name]) => name) : []);
}

function checkOf(found: ReadonlyMap<string, readonly string[]>, signing: string, inherited: readonly string[]): Check {
  const name = 'unattended';
  if (inherited.length > 0) {
    const detail = `agents inherit ${inherited.join(', ')} from this machine, and may wait for a person`;
    return warn(name, detail, 'Set runner.inheritEnv = false, or unset them for the sidecar.');
  }
  const off = [...found].map(([what, where]) => `${what} (${where.join(', ')})`);
  const kept = signing === 'configured' ? '; commits are signed as git is configured' : '';
  if (off.length === 0) return pass(name, `nothing here waits for a person${kept}`);
  const how = [...found.keys()].some((what) => what.startsWith('signing'))
    ? '; set git.signing = "configured" to sign'
    : '';
  return pass(name, `switched off for agents: ${off.join(', ')}${kept}${how}`);
}

/** Names in lower case of the settings that are set and not false; none where git cannot say. */
async function settingsOf(program: string, env: Environment): Promise<readonly string[]> {
  const names = Object.keys(SETTINGS).map((name) => name.replaceAll('.', '\\.'));
  const answer = await exec(program, ['config', '--get-regexp', `^(${names.join('|')})$`], { env });
  const lines = answer.ok ? answer.stdout.split('\n') : [];
  return lines.flatMap((line) => {
    const [name = '', value = 'true'] = line.split(/ (.*)/s);
    return /^(false|no|off|0|)$/i.test(value) && SIGNING.test(name) ? [] : [name];
  });
}
