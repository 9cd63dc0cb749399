// The logs of a real hub and a real sidecar: one object a line, the fields as documented, and every query of `ops/docs/logs.md` run on them.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HUB_COMPONENTS, LOG_LEVELS, SIDECAR_COMPONENTS } from '@agentcom/schemas';
import { raw } from 'jq-wasm';
import { expect, test } from 'vitest';
import { agentTask } from '../support/agent-task.js';
import { CLI, REPOSITORY } from '../support/cli.js';
import { Hub, untilReady } from '../support/hub.js';
import { connectedAgent, failure, workingOn } from '../support/on-hub.js';
import { Origin } from '../support/origin.js';
import { Sidecar } from '../support/sidecar.js';
import { testSandbox } from '../support/test-sandbox.js';
import { eventually } from '../support/wait.js';

type Line = Readonly<Record<string, unknown>>;

/** Each query of the page: its flags, its program and what it reads. */
function recipes(): { readonly flags: string[]; readonly program: string; readonly file: string }[] {
  const page = readFileSync(join(REPOSITORY, 'ops', 'docs', 'logs.md'), 'utf8');
  return [...page.matchAll(/^jq (-\w+) '([^']+)' (\S+)$/gm)].map(([, flags = '', program = '', file = '']) => ({
    flags: [flags],
    program,
    file,
  }));
}

test('every query of the page finds what it is for in the log of a hub at work', { timeout: 120_000 }, async () => {
  const sandbox = testSandbox();
  const dataDir = sandbox.path('hub');
  const child = sandbox.run(process.execPath, [CLI, 'up', '--port', '0', '--data-dir', dataDir], {
    env: { AGENTCOM_LOW_DISK_BYTES: '0' },
  });
  const lineOf = (of: readonly object[], fits: (line: Line) => boolean) =>
    eventually('a line of the log', 60_000, () => of.find((line): line is Line => fits(line as Line)));
  const ready = await lineOf(child.events, ({ msg }) => msg === 'the hub is ready');
  const hub = new Hub(child, String(ready.url), dataDir, join(dataDir, 'owner.key'), '', ready);
  await untilReady(hub.url);

  await hub.api.call('PATCH', '/config', { log: { components: { http: 'debug', sockets: 'debug' } } });
  const origin = await Origin.make(sandbox.path('origin.git'));
  const sidecar = await Sidecar.join(sandbox, hub.api, 'tern', { capabilities: ['git'] });
  const done = await hub.api.submit({ ...agentTask(sandbox, origin), needs: ['git'] });
  await hub.api.taskIn(done.id, ['completed']);
  const agent = await connectedAgent(hub);
  const failed = await workingOn(hub, agent, { maxAttempts: 1 });
  await agent.ok(failure(failed, 'permanent'));
  const { traceId } = await lineOf(child.events, ({ event, msg }) => event === undefined && msg === 'request');
  await lineOf(child.events, ({ event }) => event === 'task.dead');
  await agent.close();
  await sidecar.child.stop();
  await hub.stop();

  const files: Record<string, readonly object[]> = { 'hub.log': child.events, 'sidecar.log': sidecar.child.events };
  for (const [file, lines] of Object.entries(files)) {
    const components = file === 'hub.log' ? HUB_COMPONENTS : SIDECAR_COMPONENTS;
    for (const line of lines as Line[]) {
      expect(line).toMatchObject({ time: expect.stringMatching(/^\d{4}-.*Z$/), msg: expect.any(String) });
      expect(LOG_LEVELS).toContain(line.level);
      expect(components, JSON.stringify(line)).toContain(line.component);
    }
  }
  const found: Record<string, string> = {};
  for (const { flags, program, file } of recipes()) {
    const about = program.replace('TASK', done.id).replace('AGENT', 'tern').replace('TRACE', String(traceId));
    const text = (files[file] ?? []).map((line) => JSON.stringify(line)).join('\n');
    // Rejects with what jq says of a program that it does not take.
    found[program] = await raw(text, about, flags);
  }
  expect(Object.keys(found).length).toBeGreaterThanOrEqual(9);
  const told = Object.values(found);
  expect(told[0]).toMatch(
    /"task.submitted".*\n.*"task.assigned","tern",1\]\n.*"task.accepted".*\n[\s\S]*"task.completed","tern",1\]/,
  );
  expect(told[1]).toContain('"task is dead"');
  expect(told[2]).toBe('{"code":"test.failed","times":1}');
  expect(JSON.parse(String(told[3]))).toMatchObject({ n: 2 });
  expect(told[4]).toBe('');
  expect(told[5]).toMatch(/ agent\.connected\n.* agent\.disconnected$/);
  expect(told[6]?.split('\n')).toHaveLength(5);
  expect(told[7]).toContain(String(traceId));
  expect(told[8]).toContain('"running"');
});
