// Agents that run in a container (`runner.container`): what of the machine they see, and that no container stays.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { containersOf, engineIn, removeEngine } from '../support/engine.js';
import { startHub } from '../support/hub.js';
import { Origin } from '../support/origin.js';
import { processesOf } from '../support/process-list.js';
import { Sidecar } from '../support/sidecar.js';
import { testSandbox } from '../support/test-sandbox.js';
import { eventually } from '../support/wait.js';

const TASK_TIMEOUT_MS = 60_000;

const AGENT = `prompt=$(cat)
printf '%s\\n' "$prompt" | sed -n 's/^try //p' > paths.txt
echo "$PWD.own" >> paths.txt
while IFS= read -r path; do if [ -e "$path" ]; then echo "sees $path"; fi; done < paths.txt > report.txt
agentcom report progress "I am here" > socket.txt 2>&1 || cat socket.txt >> report.txt
git add . && git commit -q -m "Work" || exit 1
setsid sleep 1000 &
case $prompt in *"and wait"*) mkdir waits; sleep 1000 ;; esac
`;

async function begin(skip: (why: string) => void) {
  const sandbox = testSandbox();
  const engine = engineIn(sandbox);
  if (engine === undefined) {
    skip('no engine starts containers here');
    throw new Error('skipped');
  }
  onTestFinished(() => removeEngine(engine));
  const origin = await Origin.make(sandbox.path('origin'), { 'README.md': 'one\n' });
  const hub = await startHub(sandbox);
  const options = { argv: ['/bin/sh', '-c', AGENT], container: engine };
  const sidecar = await Sidecar.join(sandbox, hub.api, 'worker', options);
  const submit = (prompt: string) => hub.api.submit({ prompt, repo: { url: origin.url, base: 'main' } });
  const atWork = () =>
    eventually('the agent at work', TASK_TIMEOUT_MS, () => {
      const work = join(sidecar.repoRoot, 'work', 'worker');
      const names = existsSync(work) ? readdirSync(work) : [];
      if (names.some((name) => existsSync(join(work, name, 'waits')))) return true;
      throw new Error(sidecar.child.tail);
    });
  const none = () =>
    eventually('the end of all containers', TASK_TIMEOUT_MS, () =>
      containersOf(engine).length === 0 ? true : undefined,
    );
  const end = async () => {
    expect((await sidecar.child.stop()).code).toBe(0);
    expect((await hub.stop()).code).toBe(0);
  };
  return { sandbox, hub, sidecar, engine, origin, submit, atWork, none, end };
}

test('an agent in a container works, and sees its worktree alone', async ({ skip }) => {
  const { hub, sidecar, origin, submit, none, end } = await begin(skip);
  const another = join(sidecar.repoRoot, 'work', 'worker', 'another');
  mkdirSync(another, { recursive: true });
  writeFileSync(join(another, 'file'), 'work of another attempt');
  const tried = [
    join(sidecar.dir, 'key'),
    join(sidecar.stateDir, 'jobs'),
    join(another, 'file'),
    '/root',
    '/etc/shadow',
  ];
  const { id } = await submit(tried.map((path) => `try ${path}`).join('\n'));
  const task = await hub.api.taskIn(id, ['completed', 'dead', 'scheduled'], TASK_TIMEOUT_MS);
  expect(task, sidecar.child.tail).toMatchObject({ state: 'completed' });
  const branch = [...(await origin.branches())].find(([name]) => name !== 'main')?.[1] ?? '';
  expect(await origin.show(branch, 'report.txt')).toBe('');
  await none();
  await end();
});

test('cancelling removes the container of the agent', async ({ skip }) => {
  const { hub, submit, engine, atWork, none, end } = await begin(skip);
  const { id } = await submit('Work and wait.');
  await atWork();
  expect(containersOf(engine)).toHaveLength(1);
  await hub.api.need('POST', `/tasks/${id}/cancel`, {});
  await hub.api.taskIn(id, ['cancelled'], TASK_TIMEOUT_MS);
  await none();
  await end();
});

test('a container whose sidecar and supervisor were killed is removed at the next start', async ({ skip }) => {
  const { hub, sandbox, sidecar, submit, engine, atWork, none, end } = await begin(skip);
  const { id } = await submit('Work and wait.');
  await atWork();
  const [first = ''] = containersOf(engine);
  await sidecar.kill9();
  for (const { pid } of processesOf(sandbox.dir).filter(({ command }) => command.includes('shim.mjs')))
    process.kill(pid, 'SIGKILL');
  expect(containersOf(engine)).toContain(first);
  sidecar.start();
  await eventually('the end of the first container', TASK_TIMEOUT_MS, () =>
    containersOf(engine).includes(first) ? undefined : true,
  );
  await hub.api.need('POST', `/tasks/${id}/cancel`, {});
  await hub.api.taskIn(id, ['cancelled'], TASK_TIMEOUT_MS);
  await none();
  await end();
});
