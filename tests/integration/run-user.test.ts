// Agents that run as another user of the machine (`runner.user`): what they cannot reach, and that nothing of theirs stays.

import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TaskView } from '@agentcom/schemas';
import { expect, onTestFinished, test } from 'vitest';
import { type Hub, startHub } from '../support/hub.js';
import { Origin } from '../support/origin.js';
import type { Sandbox } from '../support/sandbox.js';
import { Sidecar } from '../support/sidecar.js';
import { testSandbox } from '../support/test-sandbox.js';
import { hasSudo, Users, whyNoUsers } from '../support/users.js';
import { eventually } from '../support/wait.js';

const TASK_TIMEOUT_MS = 60_000;
const noUsers = whyNoUsers();

/** Tries what it is told, keeps what only it may read, leaves processes behind, and may wait for its end. */
const AGENT = `#!/bin/sh
prompt=$(cat)
id -un > who.txt
printf '%s\\n' "$prompt" | sed -n 's/^try //p' > paths.txt
echo "$PWD.own" >> paths.txt
while IFS= read -r path; do
  if cat "$path" >/dev/null 2>&1 || ls "$path/" >/dev/null 2>&1; then echo "reads $path"; fi
  if echo x 2>/dev/null >> "$path"; then echo "writes $path"; fi
done < paths.txt > report.txt
agentcom report progress "I am here" > socket.txt 2>&1 || cat socket.txt >> report.txt
echo kept > given.txt
(umask 077; mkdir private; echo secret > private/file)
git add . && git commit -q -m "Work" || exit 1
mkdir -m 700 build; (umask 077; echo left > build/left)
setsid sleep 1000 &
case $prompt in *"and wait"*) touch "$HOME/waits"; sleep 1000 ;; esac
rm -r build
`;

interface Scene {
  readonly hub: Hub;
  readonly sandbox: Sandbox;
  readonly sidecar: Sidecar;
  readonly users: Users;
  readonly agent: string;
  /** As whom the sidecar runs, when that is not the tests' own user. */
  readonly own: string | undefined;
  readonly origin: Origin;
}

/** `bySudo`: the sidecar is an ordinary user too, who may run the shell as the agent's. */
async function begin(bySudo: boolean): Promise<Scene> {
  const sandbox = testSandbox();
  const users = new Users(sandbox);
  onTestFinished(() => users.remove());
  const agent = users.add('agent');
  const own = bySudo ? users.add('own') : undefined;
  if (own !== undefined) {
    users.join(own, agent);
    users.allow(own, agent);
  }
  const program = sandbox.path('agent.sh');
  writeFileSync(program, AGENT);
  chmodSync(program, 0o755);
  const origin = await Origin.make(sandbox.path('origin'), { 'README.md': 'one\n' });
  const hub = await startHub(sandbox);
  const machine = await hub.api.enrol('worker');
  const options = { argv: [program], runnerUser: agent, command: users.command(own) };
  const sidecar = new Sidecar(sandbox, hub.api.url, machine, options);
  chmodSync(sandbox.path('agents'), 0o755);
  for (const dir of [sandbox.path('home'), sidecar.repoRoot]) mkdirSync(dir, { recursive: true });
  if (own !== undefined) for (const path of [sidecar.dir, origin.dir, sandbox.path('home')]) users.give(path, own);
  sidecar.start();
  await sidecar.connected(hub.api);
  return { hub, sandbox, sidecar, users, agent, own, origin };
}

function submit({ hub, origin }: Scene, prompt: string): Promise<TaskView> {
  return hub.api.submit({ prompt, repo: { url: origin.url, base: 'main' } });
}

async function nothingLeft({ users, agent, sidecar }: Scene): Promise<void> {
  await eventually('the end of all processes of the agent', TASK_TIMEOUT_MS, () =>
    users.processesOf(agent).length === 0 ? true : undefined,
  );
  const work = join(sidecar.repoRoot, 'work', 'worker');
  await eventually('an empty place for worktrees', TASK_TIMEOUT_MS, () => {
    const left = readdirSync(work).filter((name) => !name.startsWith('another'));
    return left.length === 0 ? true : undefined;
  });
}

for (const bySudo of [false, true]) {
  const how = bySudo ? 'by a rule of sudo' : 'by root';
  const why = noUsers ?? (bySudo && !hasSudo() ? 'sudo is missing' : undefined);

  test(`an agent that runs as another user, started ${how}, works and reaches nothing else`, async ({ skip }) => {
    skip(why !== undefined, why);
    const scene = await begin(bySudo);
    const { hub, sidecar, users, agent, own, origin } = scene;
    const another = join(sidecar.repoRoot, 'work', 'worker', 'another');
    mkdirSync(another, { recursive: true });
    writeFileSync(join(another, 'file'), 'work of another attempt', { mode: 0o666 });
    if (own !== undefined) users.give(dirname(dirname(another)), own);
    const tried = [
      join(sidecar.dir, 'key'),
      join(sidecar.stateDir, 'jobs'),
      join(sidecar.stateDir, 'machine.json'),
      join(sidecar.stateDir, 'sockets'),
      join(sidecar.repoRoot, 'mirrors'),
      join(sidecar.repoRoot, 'work', 'worker'),
      join(another, 'file'),
    ];
    const { id } = await submit(scene, tried.map((path) => `try ${path}`).join('\n'));
    const task = await hub.api.taskIn(id, ['completed', 'dead', 'scheduled'], TASK_TIMEOUT_MS);
    expect(task, sidecar.child.tail).toMatchObject({ state: 'completed' });
    const branch = [...(await origin.branches())].find(([name]) => name !== 'main')?.[1] ?? '';
    expect(await origin.show(branch, 'who.txt')).toBe(`${agent}\n`);
    expect(await origin.show(branch, 'report.txt')).toBe('');
    expect(await origin.show(branch, 'private/file')).toBe('secret\n');
    await nothingLeft(scene);
    expect((await sidecar.child.stop()).code).toBe(0);
    expect((await hub.stop()).code).toBe(0);
  });

  test(`cancelling ends every process of another user, started ${how}`, async ({ skip }) => {
    skip(why !== undefined, why);
    const scene = await begin(bySudo);
    const { hub, sandbox, sidecar, users, agent } = scene;
    const { id } = await submit(scene, 'Work and wait.');
    await eventually('the agent at work', TASK_TIMEOUT_MS, () => {
      if (existsSync(sandbox.path('home-agent', 'waits'))) return true;
      throw new Error(sidecar.child.tail);
    });
    await eventually('both processes of the agent', TASK_TIMEOUT_MS, () => {
      return users.processesOf(agent).filter((line) => line.includes('sleep 1000')).length === 2 || undefined;
    });
    const sockets = join(sidecar.stateDir, 'sockets');
    for (const path of [sockets, ...readdirSync(sockets).map((name) => join(sockets, name))]) {
      expect(statSync(path).mode & 0o007, path).toBe(0);
    }
    await hub.api.need('POST', `/tasks/${id}/cancel`, {});
    await hub.api.taskIn(id, ['cancelled'], TASK_TIMEOUT_MS);
    await nothingLeft(scene);
    expect((await sidecar.child.stop()).code).toBe(0);
    expect((await hub.stop()).code).toBe(0);
  });
}
