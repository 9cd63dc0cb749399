// `agentcom silence …`: alerts that are known are shown and tell nobody, for a time.

import type { SilenceBody, SilenceView } from '@agentcom/schemas';
import { LIMITS } from '@agentcom/schemas/limits';
import { type Command, Option } from 'commander';
import { allPages } from '../all-pages.js';
import { usageError } from '../exit.js';
import { listedOne, shortIds } from '../ids.js';
import type { Cli, Invocation } from '../invocation.js';
import { table } from '../layout.js';
import { type PagingFlags, pagingOf, timeSpan, withExamples, withPaging } from '../options.js';
import { nextPage } from '../output.js';
import { ago, counted } from '../text.js';

const ID = '019a8f6c-0000-7000-8000-000000000001';

export function defineSilence(command: Command, cli: Cli): void {
  addList(command, cli);
  addCreate(command, cli);
  addRemove(command, cli);
}

function addList(silence: Command, cli: Cli): void {
  const command = withPaging(silence.command('list').description('list silences, oldest first'));
  withExamples(command, 'agentcom silence list').action(
    cli.act(async (invocation: Invocation, flags: PagingFlags) => {
      const { out, world } = invocation;
      const page = await (await invocation.client()).call('silence.list', { query: pagingOf(flags) });
      out.answer(page, () => {
        const short = shortIds(page.items.map(({ id }) => id));
        const columns = [
          { head: 'SILENCE', of: ({ id }: SilenceView) => short(id) },
          { head: 'MATCHES', of: matchersText, stretch: true },
          { head: 'ALERTS', of: ({ alerts }: SilenceView) => String(alerts) },
          { head: 'ENDS', of: ({ endsAt }: SilenceView) => ago(endsAt, world.now()) },
          { head: 'REASON', of: ({ reason }: SilenceView) => reason, clip: 24 },
        ];
        return table<SilenceView>(out, page.items, columns, 'no silences') + nextPage(page);
      });
      return undefined;
    }),
  );
}

function matchersText({ matchers: { rule, severity, subject, label } }: SilenceView): string {
  const parts = [rule, severity, subject && `${subject.kind} ${subject.id}`, label && `${label.name}=${label.value}`];
  return parts.filter((part) => part !== undefined).join(', ');
}

interface CreateFlags {
  readonly rule?: string;
  readonly severity?: NonNullable<SilenceBody['matchers']['severity']>;
  readonly agent?: string;
  readonly task?: string;
  readonly label?: string;
  readonly reason: string;
  readonly ttl?: number;
  readonly untilResolved?: boolean;
}

function addCreate(silence: Command, cli: Cli): void {
  const command = silence
    .command('create')
    .description('silence the alerts that fit all that is given')
    .option('--rule <rule>', 'of this rule; `agentcom alert rules` lists them')
    .addOption(new Option('--severity <severity>', 'of this severity').choices(['page', 'warn', 'info']))
    .addOption(new Option('--agent <name>', 'about this agent alone').conflicts('task'))
    .option('--task <id>', 'about this task alone')
    .option('--label <name=value>', 'about tasks with this label alone')
    .requiredOption('--reason <text>', 'why')
    .option('--ttl <time>', 'for how long, such as 2h or 1d (1h)', timeSpan(60, LIMITS.silenceTtlSeconds))
    .option('--until-resolved', 'it ends with the last alert that fits (at most 7d)');
  withExamples(
    command,
    'agentcom silence create --rule AgentOffline --agent tern --ttl 2d --reason "new disk"',
    'agentcom silence create --rule NoAgents --until-resolved --reason "moving house"',
  ).action(
    cli.act(async (invocation: Invocation, flags: CreateFlags) => {
      const { reason, ttl, untilResolved } = flags;
      const body = {
        matchers: matchersOf(flags),
        reason,
        ...(ttl !== undefined && { ttlSeconds: ttl }),
        ...(untilResolved !== undefined && { untilResolved }),
      } as SilenceBody;
      const { out, world } = invocation;
      const made = await (await invocation.client()).call('silence.create', { body });
      out.answer(
        made,
        () =>
          `Silenced ${counted(made.alerts, 'alert')} that ${made.alerts === 1 ? 'fires' : 'fire'} now, and those to come. ` +
          `It ends ${ago(made.endsAt, world.now())}${made.untilResolved ? ', or when all are resolved' : ''}.\n` +
          `End it with \`agentcom silence remove ${made.id}\`.`,
      );
      return undefined;
    }),
  );
}

function matchersOf({ rule, severity, agent, task, label }: CreateFlags): object {
  const [, name, value] = label === undefined ? [] : (/^([^=]+)=(.*)$/.exec(label) ?? []);
  if (label !== undefined && name === undefined) throw usageError('--label must be NAME=VALUE');
  const subject =
    agent !== undefined ? { kind: 'agent', id: agent } : task !== undefined ? { kind: 'task', id: task } : undefined;
  const matchers = {
    ...(rule !== undefined && { rule }),
    ...(severity !== undefined && { severity }),
    ...(subject !== undefined && { subject }),
    ...(name !== undefined && { label: { name, value } }),
  };
  if (Object.keys(matchers).length > 0) return matchers;
  throw usageError('nothing says which alerts to silence', 'Give --rule, --severity, --agent, --task or --label.');
}

function addRemove(silence: Command, cli: Cli): void {
  const command = silence
    .command('remove')
    .description('end a silence')
    .argument('<id>', 'its id, or the beginning or end of it');
  withExamples(command, `agentcom silence remove ${ID}`).action(
    cli.act(async (invocation: Invocation, given: string) => {
      const client = await invocation.client();
      const silences = await allPages((page) => client.call('silence.list', { query: page }));
      const { id } = listedOne('silence', given, silences);
      await client.call('silence.remove', { path: { id } });
      invocation.out.answer({ removed: id }, () => `Ended silence ${id}.`);
      return undefined;
    }),
  );
}
