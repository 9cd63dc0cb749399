import { execFileSync } from 'node:child_process';
import type { TaskSpec } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { specOf, submitCommand } from './command.js';

/** What a shell makes of the line, word by word. */
function words(line: string): string[] {
  const script = `agentcom() { for word in "$@"; do printf '%s\\0' "$word"; done; }\n${line}`;
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
}

test('what it asks for is in the line', () => {
  const spec: TaskSpec = {
    title: 'Fix it',
    prompt: 'Fix',
    repo: { url: 'https://example.org/shop.git', base: 'main' },
    needs: ['git', 'os:linux'],
    labels: { team: 'web' },
    runner: ['claude', 'codex'],
    verify: ['npm test'],
    budget: { costMicros: 2_500_000 },
    runTimeoutSeconds: 600,
  };
  expect(submitCommand(spec)).toBe(
    "agentcom submit --prompt=Fix --repo=https://example.org/shop.git --base=main --needs=git,os:linux --label=team=web --runner=claude,codex --verify='npm test' --max-cost=2.5 --run-timeout=600s -- 'Fix it'",
  );
});

test('a shell takes every text as it is, and runs nothing of it', () => {
  const evil = `--help '; echo $(id) \`id\` "$HOME" \\ !x\nnext line`;
  expect(words(submitCommand({ title: evil, prompt: evil, labels: { a: evil } }))).toEqual([
    'submit',
    `--prompt=${evil}`,
    `--label=a=${evil}`,
    '--',
    evil,
  ]);
});

test('another one like it asks for the same, and not for what it has become', () => {
  const task = { id: 'x', state: 'dead', title: 'A', prompt: 'B', lane: 'low', needs: [], dependsOn: ['y'] };
  expect(specOf(task as unknown as TaskSpec)).toEqual({ title: 'A', prompt: 'B', lane: 'low', needs: [] });
});
