// The one next action of a rule, with the names of what the alert is about in the place of ID, NAME and URL, ready to be copied.

import type { Subject } from '@agentcom/schemas';

/** By the command's first word, what its ID or NAME is. */
const KINDS: Readonly<Record<string, Subject['kind']>> = {
  task: 'task',
  dead: 'task',
  agent: 'agent',
  key: 'key',
  notify: 'channel',
};

const COMMAND = /(agentcom (task|dead|agent|key|notify) \S+) (ID|NAME)\b/g;

export function nextFor(next: string, subjects: readonly Subject[]): string {
  const repository = subjects.find(({ kind }) => kind === 'repo');
  const about = repository === undefined ? next : next.replace(/--repo URL\b/, () => `--repo ${repository.id}`);
  return about.replaceAll(COMMAND, (whole, command: string, word: string, placeholder: string) => {
    const subject = subjects.find(({ kind }) => kind === KINDS[word]);
    if (subject === undefined) return whole;
    return `${command} ${placeholder === 'ID' ? subject.id : subject.name}`;
  });
}
