// `agentcom halt …`, `agentcom halts` and `agentcom resume`: hold work back, stop what runs, and let it go on.

import type { HaltBody, HaltView, MadeHalt } from '@agentcom/schemas';
import type { Command } from 'commander';
import { allPages } from '../all-pages.js';
import type { HubClient } from '../client.js';
import { CommandError, failed, usageError } from '../exit.js';
import { listedOne, shortIds } from '../ids.js';
import type { Cli, Invocation } from '../invocation.js';
import { table } from '../layout.js';
import { withExamples } from '../options.js';
import { SCOPE_WORDS, type ScopeWord, scopeOf, withScope } from '../scope-argument.js';
import { scopeText } from '../show-halt.js';
import { ago, counted } from '../text.js';
import { futureTime, type PointInTime } from '../times.js';

/** Work of one member cannot be halted apart. */
const WORDS = SCOPE_WORDS.filter((word) => word !== 'member');
type What = Exclude<ScopeWord, 'member'>;

interface HaltFlags {
  readonly reason: string;
  readonly stop?: boolean;
  readonly until?: PointInTime;
}

export function defineHalt(command: Command, cli: Cli): void {
  withScope(command, WORDS)
    .requiredOption('--reason <text>', 'why; everybody sees it whose work it holds back')
    .option('--stop', 'also stop what runs: its work is kept, and no attempt is used')
    .option('--until <time>', 'it ends by itself then, such as 2h or 2026-01-31T12:00:00Z', futureTime);
  withExamples(
    command,
    'agentcom halt all --stop --reason "the provider bills twice"',
    'agentcom halt repo https://github.com/acme/shop.git --until 2h --reason "the build is broken"',
  ).action(
    cli.act(async (invocation: Invocation, what: What, value: string | undefined, flags: HaltFlags) => {
      const { out, world } = invocation;
      const body: HaltBody = {
        scope: scopeOf(what, value),
        strength: flags.stop === true ? 'running' : 'new',
        reason: flags.reason,
        ...(flags.until !== undefined && { until: flags.until(world.now()) }),
      };
      const halt = await (await invocation.client()).call('halt.create', { body });
      out.answer(halt, () => {
        const ends = halt.until === undefined ? '' : ` It ends ${ago(halt.until, world.now())}.`;
        const resume = invocation.hint(`resume ${halt.id}`);
        if (halt.unknown === true)
          return `Set, but it holds nothing back: no task, agent or cost here has the name ${scopeText(halt)}.${ends}\nIf it is mistyped, end it with: ${resume}`;
        const effect = halt.strength === 'new' ? 'gets no new work' : 'gets no new work, and what runs is stopped';
        return `Halted: ${scopeText(halt)} ${effect}.${aboutText(halt)}${ends}\nEnd it with: ${resume}`;
      });
      return undefined;
    }),
  );
}

/** A hub from before it said so says nothing. */
function aboutText({ running, pending }: Partial<MadeHalt>): string {
  if (running === undefined) return '';
  const waiting =
    pending === undefined ? 'many more wait' : `${counted(pending, 'task')} ${pending === 1 ? 'waits' : 'wait'}`;
  return ` ${counted(running, 'task')} ${running === 1 ? 'is' : 'are'} with agents now, ${waiting}.`;
}

export function defineHalts(command: Command, cli: Cli): void {
  withExamples(command, 'agentcom halts').action(
    cli.act(async (invocation: Invocation) => {
      const { out, world } = invocation;
      const client = await invocation.client();
      const items = await allPages((page) => client.call('halt.list', { query: page }));
      out.answer({ items }, () => {
        const short = shortIds(items.map(({ id }) => id));
        const columns = [
          { head: 'HALT', of: ({ id }: HaltView) => short(id) },
          { head: 'WHAT', of: scopeText },
          { head: 'STOPS', of: ({ strength }: HaltView) => (strength === 'new' ? 'new work' : 'all work') },
          { head: 'SINCE', of: ({ since }: HaltView) => ago(since, world.now()) },
          { head: 'ENDS', of: ({ until }: HaltView) => (until === undefined ? '-' : ago(until, world.now())) },
          { head: 'REASON', of: ({ reason }: HaltView) => reason, stretch: true },
        ];
        return table<HaltView>(out, items, columns, 'nothing is halted');
      });
      return undefined;
    }),
  );
}

export function defineResume(command: Command, cli: Cli): void {
  command
    .argument('[halt]', `its id, or the beginning or end of it, or what it is about: ${WORDS.join(', ')}`)
    .argument('[value]', 'which one, as it was halted')
    .option('--all', 'end all halts that you may end');
  withExamples(command, 'agentcom resume 0001', 'agentcom resume label team=roof', 'agentcom resume --all').action(
    cli.act(
      async (
        invocation: Invocation,
        given: string | undefined,
        value: string | undefined,
        { all }: { readonly all?: boolean },
      ) => {
        if ((given === undefined) === (all === undefined))
          throw usageError('nothing says which halt to end', 'Give its id, or --all. `agentcom halts` lists them.');
        const client = await invocation.client();
        const halts = await allPages((page) => client.call('halt.list', { query: page }));
        const ended = given === undefined ? halts : namedHalts(given, value, halts);
        const done: string[] = [];
        for (const { id } of ended) if (await mayEnd(client, id, all === true || ended.length > 1)) done.push(id);
        invocation.out.answer({ ended: done }, () => endedText(done.length, ended.length - done.length));
        return undefined;
      },
    ),
  );
}

/** One by its id, or all that were made of the same. */
function namedHalts(given: string, value: string | undefined, halts: readonly HaltView[]): readonly HaltView[] {
  const what = WORDS.find((word) => word === given);
  if (what === undefined) {
    if (value !== undefined)
      throw usageError(`a halt cannot be about ${given}`, `Give an id alone, or one of ${WORDS.join(', ')}.`);
    return [listedOne('halt', given, halts, 'agentcom halts')];
  }
  const scope = scopeOf(what, value);
  const alike = halts.filter(
    (halt) => halt.scope.kind === scope.kind && (value ?? halt.scope.value) === halt.scope.value,
  );
  if (alike.length > 0) return alike;
  const named = value === undefined ? what : `${what} ${value}`;
  throw failed('halt.not_found', `no halt of ${named} is in force`, 'List them with `agentcom halts`.');
}

/** False for a halt of those who run the hub, where that is no reason to leave the others in force. */
async function mayEnd(client: HubClient, id: string, amongOthers: boolean): Promise<boolean> {
  try {
    await client.call('halt.end', { path: { id } });
    return true;
  } catch (error) {
    if (amongOthers && error instanceof CommandError && error.code === 'auth.forbidden') return false;
    throw error;
  }
}

function endedText(done: number, left: number): string {
  const kept = left === 0 ? '' : `${counted(left, 'halt')} ${left === 1 ? 'is' : 'are'} not yours to end.`;
  if (done === 0) return kept === '' ? 'Nothing is halted.' : kept;
  const ended = `Ended ${counted(done, 'halt')}: what ${done === 1 ? 'it' : 'they'} held back goes on.`;
  return kept === '' ? ended : `${ended} ${kept}`;
}
