import { expect, it } from 'vitest';
import { chooseRunners } from './choose-runner.js';
import type { Tool } from './detect.js';

const tool = (kind: Tool['kind']): Tool => ({ kind, path: `/bin/${kind}`, version: '1', signedInBy: undefined });
const nothing = { kinds: [], argv: [] };

it('takes what is asked for, the first as the usual one', async () => {
  const chosen = await chooseRunners({ kinds: ['codex', 'claude', 'codex'], argv: [] }, []);
  expect(chosen).toEqual({ kind: 'codex', also: ['claude'] });
});

it('takes the program that is named', async () => {
  expect(await chooseRunners({ kinds: [], argv: ['agent'] }, [tool('claude')])).toEqual({ kind: 'command', also: [] });
});

it('takes the only one that is installed, and asks where there are several', async () => {
  expect(await chooseRunners(nothing, [tool('aider')])).toEqual({ kind: 'aider', also: [] });
  const asked = await chooseRunners(
    nothing,
    [tool('claude'), tool('codex')],
    async (tools) => tools[1]?.kind ?? 'command',
  );
  expect(asked).toEqual({ kind: 'codex', also: [] });
});

it.each([
  ['several and nobody to ask', nothing, [tool('claude'), tool('codex')], /claude, codex/],
  ['none at all', nothing, [], /no known agent is installed/],
  ['`command` without a program', { kinds: ['command'], argv: [] } as const, [], /needs a program/],
  ['a program for another kind', { kinds: ['claude'], argv: ['x'] } as const, [], /needs the runner `command`/],
])('refuses %s', async (_what, wanted, installed, message) => {
  await expect(chooseRunners(wanted, installed)).rejects.toThrow(message);
});
