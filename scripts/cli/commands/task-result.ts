// `agentcom task wait|checkout|open`: wait for tasks, and look at what they brought about.

import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import type { HubClient } from '../client.js';
import { EXIT, type ExitCode, failed, usageError } from '../exit.js';
import { taskId, taskIds } from '../ids.js';
import type { Cli, Invocation } from '../invocation.js';
import { withExamples } from '../options.js';
import { fetched, git, pageOf, pushedOf } from '../task-branch.js';
import { oneLine } from '../text.js';
import { waitForTask } from '../waiting.js';

export const ID = 'its id, or the beginning or end of it';
const EXAMPLE = '019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b';

export function defineTaskResults(task: Command, cli: Cli): void {
  addWait(task, cli);
  addCheckout(task, cli);
  addOpen(task, cli);
}

function addWait(task: Command, cli: Cli): void {
  const command = task
    .command('wait')
    .description('wait for tasks to end: exit code 0 all completed, 1 any dead, 2 any cancelled')
    .argument('<ids...>', 'their ids, or the beginnings or ends of them')
    .option('--logs', 'print the output of the agent (one task only)');
  withExamples(command, `agentcom task wait ${EXAMPLE}`, 'agentcom task wait 4e5f6a7b --logs').action(
    cli.act(async (invocation: Invocation, given: readonly string[], { logs }: { readonly logs?: boolean }) => {
      const client = await invocation.client();
      const ids = await taskIds(client, given);
      if (logs === true && ids.length > 1) throw usageError('--logs works with a single task only');
      invocation.out.note('Ctrl-C stops waiting; the tasks keep running.');
      let worst: ExitCode = EXIT.done;
      for (const id of ids) {
        const shown = await client.call('task.show', { path: { id } });
        const exit = await waitForTask(invocation, client, shown, { logs: logs === true });
        if (worst === EXIT.done || exit === EXIT.failed) worst = exit;
      }
      return worst;
    }),
  );
}

async function pushed(invocation: Invocation, client: HubClient, id: string) {
  const task = await client.call('task.show', { path: { id: await taskId(client, id) } });
  return { task, branch: pushedOf(invocation, task) };
}

function addCheckout(task: Command, cli: Cli): void {
  const command = task
    .command('checkout')
    .description('check out the branch of a task (run in a clone of its repository)')
    .argument('<id>', ID);
  withExamples(command, `agentcom task checkout ${EXAMPLE}`).action(
    cli.act(async (invocation: Invocation, id: string) => {
      const { task: shown, branch } = await pushed(invocation, await invocation.client(), id);
      const { dir, commit } = await fetched(invocation, branch);
      const exists = await git(invocation, dir, [
        'show-ref',
        '--quiet',
        '--verify',
        `refs/heads/${branch.branch}`,
      ]).then(
        () => true,
        () => false,
      );
      if (exists) {
        await git(invocation, dir, ['switch', '--quiet', branch.branch]);
        await git(invocation, dir, ['merge', '--quiet', '--ff-only', commit]);
      } else {
        await git(invocation, dir, ['switch', '--quiet', '--no-track', '--create', branch.branch, commit]);
      }
      invocation.out.answer(
        { task: shown.id, branch: branch.branch, commit, dir },
        () => `On branch ${branch.branch} in ${dir}.`,
      );
      return undefined;
    }),
  );
}

function addOpen(task: Command, cli: Cli): void {
  const command = task
    .command('open')
    .description('open the pull request or branch of a task in the browser, or print the URL')
    .argument('<id>', ID);
  withExamples(command, `agentcom task open ${EXAMPLE}`).action(
    cli.act(async (invocation: Invocation, id: string) => {
      const { task: shown, branch } = await pushed(invocation, await invocation.client(), id);
      const url = pageOf(branch, shown.result?.pullRequest);
      if (url === undefined) {
        const remedy = `See the changes with: ${invocation.hint(`task diff ${shown.id}`)}`;
        throw failed('task.no_page', `${branch.url} has no web page`, remedy);
      }
      invocation.out.answer({ task: shown.id, url }, () => oneLine(url));
      openInBrowser(invocation, url);
      return undefined;
    }),
  );
}

/** On a terminal of a machine with a screen; the address is printed in any case. */
function openInBrowser({ world, out }: Invocation, url: string): void {
  const { env } = world;
  const isMac = process.platform === 'darwin';
  const hasScreen = isMac || Boolean(env.DISPLAY) || Boolean(env.WAYLAND_DISPLAY);
  if (out.json || !world.stdout.isTerminal || !hasScreen || !/^https?:\/\//.test(url)) return;
  const child = spawn(isMac ? 'open' : 'xdg-open', [url], { stdio: 'ignore', detached: true });
  child.once('error', () => undefined);
  child.unref();
}
