// What a sidecar costs: its memory while it waits, and for each task the time and the git commands beside the agent's own work.

import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { startHub } from '../support/hub.js';
import { Origin } from '../support/origin.js';
import { Sandbox } from '../support/sandbox.js';
import { Sidecar } from '../support/sidecar.js';
import { median, rounded } from './figures.js';
import type { Part } from './part.js';
import { residentMib } from './resident.js';

const TASK_TIMEOUT_MS = 60_000;
/** Until V8 has given back what the start and the first task needed. */
const SETTLE_MS = 30_000;
const GOAL_MIB = 60;
const GOAL_MS = 250;
const GOAL_COMMANDS = 15;

export const sidecar: Part = {
  name: 'sidecar',
  about: 'an idle sidecar, and what it adds to a task of the runner `command` on a local repository',
  async run(course) {
    const sandbox = new Sandbox();
    try {
      const hub = await startHub(sandbox);
      const origin = await Origin.make(sandbox.path('origin.git'), { 'README.md': 'A project.\n' });
      const commands = new CountedGit(sandbox);
      const argv = ['/bin/sh', '-c', agentScript(sandbox.path('agent-ms'))];
      const one = await Sidecar.join(sandbox, hub.api, 'bench', { argv, gitProgram: commands.program });
      const task = async () => {
        const before = commands.count;
        const { id } = await hub.api.submit({ repo: { url: origin.url } });
        const { history } = await hub.api.taskIn(id, ['completed'], TASK_TIMEOUT_MS);
        const at = (event: string) => Date.parse(history.findLast((entry) => entry.event === event)?.at ?? '');
        const agentMs = Number(readFileSync(sandbox.path('agent-ms'), 'utf8'));
        // What comes after the completion, to put the task away, is not waited for by anybody.
        return { ms: at('completed') - at('assigned') - agentMs, commands: commands.count - before };
      };
      await task();
      if (!course.quick) await delay(SETTLE_MS);
      const idleMib = await residentMib(one.child.pid);
      course.say(`idle with ${idleMib} MiB`);
      const runs: Awaited<ReturnType<typeof task>>[] = [];
      for (let n = 0; n < (course.quick ? 2 : 20); n++) runs.push(await task());
      const overheadMs = rounded(median(runs.map(({ ms }) => ms)));
      const gitCommands = median(runs.map((run) => run.commands));
      await hub.stop();
      return {
        rows: [
          goal('an idle sidecar, resident', idleMib, GOAL_MIB, 'MiB'),
          goal("a task's own overhead, median", overheadMs, GOAL_MS, 'ms'),
          goal('git commands of a task', gitCommands, GOAL_COMMANDS, ''),
        ],
        json: { sidecar: { idleMib, overheadMs, gitCommands } },
      };
    } finally {
      await sandbox.close();
    }
  },
};

function goal(what: string, value: number, most: number, unit: string) {
  return { what, value: `${value} ${unit}`.trim(), goal: `≤ ${most} ${unit}`.trim(), met: value <= most };
}

/** Commits one file, and leaves how long that took. */
function agentScript(file: string): string {
  return `a=$(date +%s%N); cat > work.txt; git add work.txt; git commit -qm work; b=$(date +%s%N); echo $(((b - a) / 1000000)) > '${file}'`;
}

/** git, with a line in a file for each time it is started. */
class CountedGit {
  readonly program: string;
  readonly #log: string;

  constructor(sandbox: Sandbox) {
    this.program = sandbox.path('counted-git');
    this.#log = sandbox.path('git-commands');
    writeFileSync(this.program, `#!/bin/sh\necho >> '${this.#log}'\nexec git "$@"\n`);
    chmodSync(this.program, 0o755);
  }

  get count(): number {
    return existsSync(this.#log) ? readFileSync(this.#log).length : 0;
  }
}
