// A task as the line of the command that submits another one like it. Pure.

import type { TaskSpec } from '@agentcom/schemas';

const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** As one word for a POSIX shell, whatever is in it. */
function shellWord(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function list(value: string | readonly string[]): string {
  return typeof value === 'string' ? value : value.join(',');
}

export function submitCommand(spec: TaskSpec): string {
  const { title, prompt, repo, needs = [], lane, labels = {}, runner, model, verify = [], budget, maxCost } = spec;
  const cost = budget?.costMicros ?? maxCost;
  const flags: readonly (readonly [string, string | number | undefined])[] = [
    ['--prompt', prompt],
    ['--repo', repo?.url],
    ['--base', repo?.base],
    ['--needs', needs.length === 0 ? undefined : needs.join(',')],
    ['--lane', lane],
    ...Object.entries(labels).map(([name, value]) => ['--label', `${name}=${value}`] as const),
    ['--runner', runner && list(runner)],
    ['--model', model && list(model)],
    ...verify.map((command) => ['--verify', command] as const),
    ['--max-cost', cost && cost / 1_000_000],
    ['--max-tokens', budget?.tokens],
    ['--max-attempts', spec.maxAttempts],
    ['--run-timeout', spec.runTimeoutSeconds && `${spec.runTimeoutSeconds}s`],
    ['--inactivity', spec.inactivitySeconds && `${spec.inactivitySeconds}s`],
  ];
  // With `=`, what begins with a dash is still the value.
  const words = flags.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${shellWord(String(value))}`]));
  return ['agentcom submit', ...words, '--', shellWord(title)].join(' ');
}

/** What another task like it asks for: all of it, but when and after what it begins. */
export function specOf(task: TaskSpec): TaskSpec {
  const { title, prompt, lane, needs, labels, maxAttempts, runTimeoutSeconds, repo, runner, model } = task;
  const { maxCost, budget, verify, inactivitySeconds, data } = task;
  const asked = { repo, runner, model, maxCost, budget, verify, inactivitySeconds, data };
  const given = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
  const rest = { lane, needs, labels, maxAttempts, runTimeoutSeconds } as Partial<TaskSpec>;
  return { title, prompt, ...rest, ...given };
}
