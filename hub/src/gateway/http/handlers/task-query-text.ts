// What the filters of a list of tasks ask for, in the words of one query: for people, who read it later.

import { type Period, printQuery, type TaskActionBody, type Term } from '@agentcom/schemas';

type Asked = Omit<TaskActionBody, 'action' | 'tasks'>;

/** `me` is who asked, since somebody else reads it. Empty where everything is asked for. */
export function queryText(asked: Asked, me: string): string {
  const { q = '', state, lane, agent, label = [], repo, mine, death, class: failure, code } = asked;
  const terms: readonly Term[] = [
    ...words('state', state),
    ...words('lane', lane),
    ...words('agent', agent),
    ...label.flatMap((one) => words('label', one)),
    ...words('repo', repo),
    ...words('by', mine === '1' ? me : undefined),
    ...words('cause', death),
    ...words('class', failure),
    ...words('code', code),
    ...created(asked),
  ];
  return [q.trim(), printQuery({ list: 'tasks', terms })].filter((text) => text !== '').join(' ');
}

function words(key: string, given: string | readonly string[] | undefined): Term[] {
  if (given === undefined) return [];
  return [{ kind: 'words', not: false, key, words: typeof given === 'string' ? [given] : given }];
}

function created({ since, until }: Asked): Term[] {
  if (since === undefined && until === undefined) return [];
  const period: Period = {
    ...(since !== undefined && { from: Date.parse(since) }),
    ...(until !== undefined && { until: Date.parse(until) }),
  };
  return [{ kind: 'bounds', not: false, key: 'created', bounds: [period] }];
}
