// The command, as an operator runs it.

import { CLI } from '../support/cli.js';
import type { Hub } from '../support/hub.js';
import type { Sandbox } from '../support/sandbox.js';

/** Done when it has ended; fails as it does. */
export async function agentcom(sandbox: Sandbox, hub: Hub, ...args: readonly string[]): Promise<void> {
  const child = sandbox.run(process.execPath, [CLI, '--hub', hub.url, '--key-file', hub.keyFile, ...args]);
  const { code } = await child.ended;
  if (code !== 0) throw new Error(`agentcom ${args.join(' ')}: exit ${code}\n${child.tail}`);
}
