// A sidecar reports what a stopped attempt has left when the hub no longer waits for it, frame by frame.

import type { HubFrame, SidecarFrame, TaskView } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { Limits } from '../../access/limits.js';
import type { CoordinatorInput, CoordinatorOutput } from '../../coordinator/ports.js';
import { answerOf } from '../../coordinator/replies.js';
import type { Command } from '../../core/commands.js';
import { defaultConfig } from '../../core/config/config.js';
import { Bench, MINUTE, ORG, REPO, submission } from '../../core/fixture.js';
import { taskView } from '../../core/task/view.js';
import { AgentSession, type SessionParts } from './session.js';
import type { Wire } from './wire.js';

/** The socket of an agent whose commands are decided at once. */
function connected(bench: Bench, agent: string, archive: Partial<SessionParts> = {}) {
  const sent: HubFrame[] = [];
  const nothing = () => undefined;
  const wire = { send: (frame: HubFrame) => sent.push(frame), close: nothing, hold: nothing } as unknown as Wire;
  const submit = (input: CoordinatorInput): void => {
    const outcome = bench.decide(input.command);
    const facts = { version: '1', heartbeatSeconds: 15 };
    const answer = answerOf(input, 'reply' in outcome ? outcome.reply : outcome, facts, bench.now);
    const outputs: CoordinatorOutput[] = [
      ...(answer ? [answer] : []),
      ...('outputs' in outcome ? outcome.outputs : []),
    ];
    for (const output of outputs) if (output.kind !== 'reply') session.deliver(output);
  };
  const parts = {
    shard: {
      submit,
      execute: async (command: Command) => bench.take(command).reply,
      now: () => bench.now,
      state: bench.state,
    },
    scheduler: { now: () => bench.now, random: () => 0, after: () => nothing },
    limits: new Limits(() => defaultConfig.values.limits),
    messages: { onConnected: nothing },
    watcher: { welcomed: nothing, frame: nothing, refused: nothing, failed: nothing },
    ...archive,
  } as unknown as SessionParts;
  const session = new AgentSession('c1', { org: ORG, agent }, wire, parts);
  const says = (frame: SidecarFrame): HubFrame | undefined => {
    session.heard();
    session.frame(frame, 100);
    return sent.at(-1);
  };
  const hello = { name: agent, capabilities: [], version: '1', host: 'h', os: 'linux' };
  expect(says({ type: 'hello', id: 'h', agent: hello, instance: 'i' })).toMatchObject({ type: 'welcome' });
  return Object.assign(says, { last: () => sent.at(-1) });
}

test('what a stopped attempt has left is kept, and confirmed each time, after the stop grace', () => {
  const bench = new Bench();
  bench.enrol('a');
  const says = connected(bench, 'a');
  const task = bench.submit({ repo: REPO });
  const attempt = { task, generation: 1 };
  says({ type: 'task.accept', id: '1', ...attempt });
  bench.take({ type: 'task.cancel', ...bench.operator(task), reason: 'enough' });
  bench.pass(2 * MINUTE);
  for (const id of ['2', '3']) {
    expect(says({ type: 'task.stopped', id, ...attempt, ...bench.left(task) })).toEqual({ type: 'ok', re: id });
    expect(taskView(bench.task(task)).attempts).toMatchObject([bench.left(task)]);
  }
  const noted = bench.log.filter(({ event }) => event.type === 'task.attempt_left');
  expect(noted).toHaveLength(1);
});

test('of a task that was archived meanwhile, what an attempt has left is kept in the archive, before it is confirmed', async () => {
  const bench = new Bench();
  bench.enrol('a');
  const archive = new Map<string, TaskView>();
  let replaced = 0;
  const says = connected(bench, 'a', {
    archived: async (_org, id) => archive.get(id) ?? null,
    replaceArchived: async (changed) => {
      replaced++;
      archive.set(changed.id, changed);
    },
  });
  const task = bench.submit({ repo: REPO });
  const attempt = { task, generation: 1 };
  says({ type: 'task.accept', id: '1', ...attempt });
  bench.take({ type: 'task.cancel', ...bench.operator(task), reason: 'enough' });
  archive.set(task, taskView(bench.task(task)) as unknown as TaskView);
  bench.archive(task);
  for (const id of ['2', '3']) {
    says({ type: 'task.stopped', id, ...attempt, ...bench.left(task) });
    await settled();
    expect(says.last()).toEqual({ type: 'ok', re: id });
    expect(archive.get(task)?.attempts).toMatchObject([{ ...bench.left(task), leftConfirmed: true }]);
  }
  expect(replaced).toBe(1);
  says({ type: 'task.stopped', id: '4', task: 'id-9999', generation: 1, ...bench.left(task) });
  await settled();
  expect(says.last()).toEqual({ type: 'ok', re: '4' });
});

test('a task of another organisation is looked for in the archive like one that is not there', async () => {
  const bench = new Bench();
  bench.enrol('a');
  const looked: string[] = [];
  const says = connected(bench, 'a', {
    archived: async (_org, id) => {
      looked.push(id);
      return null;
    },
  });
  bench.take({ type: 'org.ensure', org: 'other' });
  const foreign = bench.take({ ...submission(), org: 'other' }).reply.task;
  for (const task of [foreign, 'id-9999']) {
    says({ type: 'task.stopped', id: task, task, generation: 1 });
    await settled();
    expect(says.last()).toEqual({ type: 'ok', re: task });
  }
  expect(looked).toEqual([foreign, 'id-9999']);
});

/** Everything that was resolved has been taken up. */
const settled = () => new Promise((resolve) => setImmediate(resolve));
