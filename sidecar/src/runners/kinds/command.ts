// Any program: the prompt on its input, its exit code decides. It may tell of its progress by lines such as
// `::agentcom {"progress":{"note":"half of the tests pass","fraction":0.5}}`.

import type { Dialect, Heard, KindDefinition } from '../kind.js';
import { parseProgress } from '../progress.js';

const PREFIX = '::agentcom ';

export const command: KindDefinition = {
  kind: 'command',
  program: null,
  versionArgs: [],
  signedIn: { env: [], files: [] },
  signInHint: '',
  passEnv: [],
  hasFinalEvent: false,
  launch: ({ argv, prompt, extraArgs }) => ({
    argv: [...argv, ...extraArgs],
    env: {},
    input: prompt,
    keepsInputOpen: false,
    files: {},
  }),
  dialect: (): Dialect => ({ stdout, stderr: (line) => [{ type: 'say', text: line, stream: 'stderr' }] }),
};

function stdout(line: string): readonly Heard[] {
  const progress = line.startsWith(PREFIX) ? parseProgress(line.slice(PREFIX.length)) : undefined;
  return [progress === undefined ? { type: 'say', text: line, stream: 'stdout' } : { type: 'progress', ...progress }];
}
