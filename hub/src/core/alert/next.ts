// The one next action of a rule, with the names of what the alert is about in the place of ID, NAME, URL and CODE, ready to be copied.

import type { Subject } from '@agentcom/schemas';
import type { Finding } from './alert.js';

/** By the command's first word, what its ID or NAME is. */
const KINDS: Readonly<Record<string, Subject['kind']>> = {
  task: 'task',
  dead: 'task',
  agent: 'agent',
  key: 'key',
  notify: 'channel',
};

const COMMAND = /(agentcom (task|dead|agent|key|notify) \S+) (ID|NAME)\b/g;

export function nextFor(next: string, { subjects, code }: Pick<Finding, 'subjects' | 'code'>): string {
  const repository = subjects.find(({ kind }) => kind === 'repo');
  const about = repository === undefined ? next : next.replace(/--repo URL\b/, () => `--repo ${repository.id}`);
  const explained = code === undefined ? about : about.replace('agentcom explain CODE', `agentcom explain ${code}`);
  return explained.replaceAll(COMMAND, (whole, command: string, word: string, placeholder: string) => {
    const subject = subjects.find(({ kind }) => kind === KINDS[word]);
    if (subject === undefined) return whole;
    return `${command} ${placeholder === 'ID' ? subject.id : subject.name}`;
  });
}
