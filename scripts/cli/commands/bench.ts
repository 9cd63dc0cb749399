// `agentcom bench`: runs the benchmark of this repository in a process of its own.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { EXIT, failed } from '../exit.js';
import type { Cli, Invocation } from '../invocation.js';
import { withExamples } from '../options.js';
import { listenForStop } from '../stop-signal.js';

export function defineBench(command: Command, cli: Cli): void {
  command.argument('[arguments...]', 'for the benchmark').allowUnknownOption();
  withExamples(command, 'agentcom bench', 'agentcom bench --json').action(
    cli.act(async ({ world, out }: Invocation, args: readonly string[]) => {
      const bench = resolve(world.entry, '../../../tests/dist/bench/main.js');
      if (!existsSync(bench))
        throw failed('bench.not_built', `there is no ${bench}`, 'Run `npm run build` in the repository.');
      const stopping = listenForStop(world);
      try {
        const child = spawn(process.execPath, [bench, ...args, ...(out.json ? ['--json'] : [])], { stdio: 'inherit' });
        stopping.signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
        const [code]: (number | null)[] = await once(child, 'exit');
        return code === 0 ? EXIT.done : EXIT.failed;
      } finally {
        stopping.release();
      }
    }),
  );
}
