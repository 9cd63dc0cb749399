// `agentcom agent …`: invite machines, look at agents, and steer them.

import type { EnrolmentView } from '@agentcom/schemas';
import { LIMITS } from '@agentcom/schemas/limits';
import { RUNNERS, type RunnerKind } from '@agentcom/schemas/names';
import { SORT_KEYS } from '@agentcom/schemas/query';
import { type Command, Option } from 'commander';
import { failuresText, lastFailures } from '../agent-failures.js';
import { allPages, fullPage } from '../all-pages.js';
import { warnOfClock } from '../clock.js';
import { failed } from '../exit.js';
import { listedOne } from '../ids.js';
import type { Cli, Invocation } from '../invocation.js';
import { table } from '../layout.js';
import {
  appendValue,
  type PagingFlags,
  pagingOf,
  parseList,
  parseListOf,
  timeSpan,
  wholeNumber,
  withExamples,
  withPaging,
} from '../options.js';
import { nextPage } from '../output.js';
import { printOutput } from '../output-text.js';
import { queryText, withQuery } from '../query-argument.js';
import { isLoopback } from '../settings.js';
import { agentTable, agentText } from '../show-agent.js';
import { ago, oneLine, validFor } from '../text.js';

export function defineAgent(command: Command, cli: Cli): void {
  addInvite(command, cli);
  addInvitations(command, cli);
  addUninvite(command, cli);
  addList(command, cli);
  addShow(command, cli);
  addLogs(command, cli);
  addDrain(command, cli);
  addResume(command, cli);
  addRemove(command, cli);
}

interface InviteFlags {
  readonly name?: string;
  readonly count?: number;
  readonly ttl?: number;
  readonly capability?: readonly string[];
  readonly runner?: readonly RunnerKind[];
  readonly repo?: readonly string[];
}

function addInvite(agent: Command, cli: Cli): void {
  const command = agent
    .command('invite')
    .description('print a command that joins a machine as an agent')
    .option('--name <text>', 'what to call it in `agentcom agent invitations`, such as "rack 3"')
    .option('--count <n>', 'how many machines can join with it (1)', wholeNumber(1, LIMITS.enrolmentUses))
    .option(
      '--ttl <time>',
      'how long it is valid, such as 90s, 10m, 1h or 2d (1h)',
      timeSpan(60, LIMITS.enrolmentTtlSeconds),
    )
    .option('--capability <names>', 'capabilities to give to each agent that joins with it', parseList)
    .option('--runner <kinds>', `let these agents offer only: ${RUNNERS.join(', ')}`, parseListOf(RUNNERS))
    .option(
      '--repo <pattern>',
      'give them only tasks of matching repositories (* is any text); repeat for several',
      appendValue,
    );
  withExamples(
    command,
    'agentcom agent invite',
    'agentcom agent invite --name "rack 3" --count 5 --ttl 1d --capability gpu',
    'agentcom agent invite --runner claude --repo "https://git.example.org/shop/*"',
  ).action(
    cli.act(async (invocation: Invocation, { name, count: uses, ttl, capability, runner, repo }: InviteFlags) => {
      const body = {
        ...(name !== undefined && { name }),
        ...(uses !== undefined && { uses }),
        ...(ttl !== undefined && { ttlSeconds: ttl }),
        ...(capability !== undefined && { capabilities: capability }),
        ...(runner !== undefined && { runners: runner }),
        ...(repo !== undefined && { repositories: repo }),
      };
      const { out, world } = invocation;
      const client = await invocation.client();
      const enrolment = await client.call('enrolment.create', { body });
      const address = addressIn(enrolment.joinCommand);
      if (address !== undefined && isLoopback(address)) {
        out.warning(
          `${address} is reachable from this machine only. For other machines, start the hub with --host and AGENTCOM_PUBLIC_URL set to an address they can reach.`,
        );
      }
      out.answer(enrolment, () => {
        const machines = (uses ?? 1) === 1 ? 'the machine that should join' : `up to ${uses} machines`;
        return [
          `Run this on ${machines}; it is shown only once and is valid for ${validFor(enrolment.expiresAt, world.now())}:`,
          '',
          `  ${out.colours.bold(oneLine(enrolment.joinCommand))}`,
          '',
          'Add flags of `agentcom join` at its end: … --runner claude --service',
        ].join('\n');
      });
      return undefined;
    }),
  );
}

/** Where the machines will look for the hub; not always where it was reached from here. */
function addressIn(joinCommand: string): string | undefined {
  const address = /\bhttps?:\/\/\S+/.exec(joinCommand)?.[0];
  return address !== undefined && URL.canParse(address) ? address : undefined;
}

function addInvitations(agent: Command, cli: Cli): void {
  const command = withPaging(agent.command('invitations').description('list invitations, oldest first'));
  withExamples(command, 'agentcom agent invitations').action(
    cli.act(async (invocation: Invocation, flags: PagingFlags) => {
      const { out, world } = invocation;
      const page = await (await invocation.client()).call('enrolment.list', { query: pagingOf(flags) });
      const now = world.now();
      out.answer(
        page,
        () =>
          table<EnrolmentView>(
            out,
            page.items,
            [
              { head: 'ID', of: ({ id }) => id },
              { head: 'NAME', of: ({ name = '-' }) => name },
              { head: 'LEFT', of: ({ uses, usesLeft }) => `${usesLeft} of ${uses}` },
              { head: 'GRANTS', of: ({ capabilities }) => capabilities.join(', ') },
              {
                head: 'ONLY',
                of: ({ runners = [], repositories = [] }) => [...runners, ...repositories].join(', '),
                stretch: true,
              },
              {
                head: 'EXPIRES',
                of: ({ expiresAt, revokedAt }) => (revokedAt === undefined ? ago(expiresAt, now) : 'revoked'),
              },
            ],
            'no invitations',
          ) + nextPage(page),
      );
      return undefined;
    }),
  );
}

function addUninvite(agent: Command, cli: Cli): void {
  const command = agent
    .command('uninvite')
    .description('revoke an invitation; agents that joined with it stay')
    .argument('<id>', 'its id, or the beginning or end of it');
  withExamples(command, 'agentcom agent uninvite 019a8f6c-0000-7000-8000-000000000001').action(
    cli.act(async (invocation: Invocation, given: string) => {
      const client = await invocation.client();
      const known = await allPages((page) => client.call('enrolment.list', { query: page }));
      const { id } = listedOne('invitation', given, known, 'agentcom agent invitations');
      await client.call('enrolment.revoke', { path: { id } });
      invocation.out.answer({ revoked: id }, () => `Revoked invitation ${id}.`);
      return undefined;
    }),
  );
}

interface ListFlags extends PagingFlags {
  readonly sort?: string;
}

/** Each the other way round, too; by `failures`, those first that fail most. */
const AGENT_ORDERS = SORT_KEYS.agents.flatMap((key) => [key, `-${key}`]);

function addList(agent: Command, cli: Cli): void {
  const list = withQuery(agent.command('list').description('list agents by name'), 'agents', 'state:idle -is:draining');
  const command = withPaging(list).addOption(
    new Option('--sort <column>', 'sort all that match by a column, - before it for the other way round').choices(
      AGENT_ORDERS,
    ),
  );
  withExamples(
    command,
    'agentcom agent list',
    "agentcom agent list 'capability:gpu state:idle'",
    'agentcom agent list --sort failures',
  ).action(
    cli.act(async (invocation: Invocation, words: readonly string[], flags: ListFlags) => {
      const q = queryText('agents', invocation.world.now(), ...words);
      const client = await invocation.client();
      const askedAt = invocation.world.now();
      const { sort } = flags;
      const query = { ...pagingOf(flags), ...(q !== undefined && { q }), ...(sort !== undefined && { sort }) };
      const { answer: page, date } = await client.versioned('agent.list', { query });
      warnOfClock(invocation, date, askedAt);
      invocation.out.answer(page, () => agentTable(invocation, page.items, q !== undefined) + nextPage(page));
      return undefined;
    }),
  );
}

function addShow(agent: Command, cli: Cli): void {
  const command = agent.command('show').description('show an agent').argument('<name>', 'the agent');
  withExamples(command, 'agentcom agent show duly-noted').action(
    cli.act(async (invocation: Invocation, name: string) => {
      const client = await invocation.client();
      const askedAt = invocation.world.now();
      const { answer: shown, date } = await client.versioned('agent.show', { path: { name } });
      warnOfClock(invocation, date, askedAt);
      const failures = invocation.out.json ? [] : await lastFailures(client, name);
      invocation.out.answer(shown, () => {
        const text = agentText(invocation.out, shown, invocation.world.now());
        return failures.length === 0 ? text : `${text}\n\n${failuresText(invocation, failures)}`;
      });
      return undefined;
    }),
  );
}

interface AgentLogFlags {
  readonly follow?: boolean;
}

function addLogs(agent: Command, cli: Cli): void {
  const command = agent
    .command('logs')
    .description("print the output of an agent's current or last task")
    .argument('<name>', 'the agent')
    .option('-f, --follow', 'keep printing until the task ends');
  withExamples(command, 'agentcom agent logs duly-noted', 'agentcom agent logs duly-noted -f').action(
    cli.act(async (invocation: Invocation, name: string, { follow }: AgentLogFlags) => {
      const client = await invocation.client();
      const { task } = await client.call('agent.show', { path: { name } });
      const newest = (page: { limit: number; cursor?: string }) =>
        client.call('task.list', { query: { agent: name, ...page } });
      const id = task ?? (await fullPage({ limit: 1 }, newest)).items[0]?.id;
      if (id === undefined) {
        const remedy = "Its sidecar's own log is on its machine: in the journal of the service, or in its terminal.";
        throw failed('task.not_found', `agent ${name} has not worked on a task yet`, remedy);
      }
      invocation.out.note(`Output of task ${id}:`);
      await printOutput(invocation, client, { id }, follow === true);
      return undefined;
    }),
  );
}

interface ReasonFlags {
  readonly reason?: string;
}

function reasonOf({ reason }: ReasonFlags): ReasonFlags {
  return reason === undefined ? {} : { reason };
}

function addDrain(agent: Command, cli: Cli): void {
  const command = agent
    .command('drain')
    .description('let an agent finish its task and take no new ones')
    .argument('<name>', 'the agent')
    .option('--reason <text>', 'the reason');
  withExamples(command, 'agentcom agent drain duly-noted --reason "moving to another rack"').action(
    cli.act(async (invocation: Invocation, name: string, flags: ReasonFlags) => {
      const shown = await (await invocation.client()).call('agent.drain', { path: { name }, body: reasonOf(flags) });
      invocation.out.answer(shown, () =>
        shown.task === undefined
          ? `Agent ${name} is draining and has no task.`
          : `Agent ${name} is draining; it is still working on ${shown.task}.`,
      );
      return undefined;
    }),
  );
}

function addResume(agent: Command, cli: Cli): void {
  const command = agent
    .command('resume')
    .description('let a draining agent take work again')
    .argument('<name>', 'the agent')
    .option('--reason <text>', 'the reason');
  withExamples(command, 'agentcom agent resume duly-noted').action(
    cli.act(async (invocation: Invocation, name: string, flags: ReasonFlags) => {
      const shown = await (await invocation.client()).call('agent.resume', { path: { name }, body: reasonOf(flags) });
      invocation.out.answer(shown, () => `Agent ${name} takes tasks again; it is ${shown.state}.`);
      return undefined;
    }),
  );
}

function addRemove(agent: Command, cli: Cli): void {
  const command = agent
    .command('remove')
    .description('remove an agent and revoke its key')
    .argument('<name>', 'the agent');
  withExamples(command, 'agentcom agent remove duly-noted').action(
    cli.act(async (invocation: Invocation, name: string) => {
      await (await invocation.client()).call('agent.remove', { path: { name } });
      invocation.out.answer({ removed: name }, () => `Removed agent ${name} and revoked its key.`);
      return undefined;
    }),
  );
}
