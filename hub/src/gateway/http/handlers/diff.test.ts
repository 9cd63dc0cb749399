// What tasks have changed, and comments on it, over HTTP.

import { branchForms, type Commented, type TaskDiff } from '@agentcom/schemas';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, TestHub } from '../fixture.js';

const ORG = 'default';
const REPO = { url: 'https://example.org/shop.git', base: 'main' };
const TEXT = 'diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-one\n+two\n';
const comments = [{ file: 'a', line: 1, text: 'Why two?' }];

let hub: TestHub;
let key: string;

beforeEach(async () => {
  hub = await TestHub.start();
  key = (await hub.key('owner')).secret;
});

afterEach(() => hub.stop());

async function working(spec: object = { repo: REPO }): Promise<{ task: string; agent: string }> {
  const agent = `worker-${hub.state.agents.size}`;
  await hub.agent(agent);
  const machine = { capabilities: [agent], version: '1.0.0', host: 'host', os: 'linux' };
  await hub.decide({ type: 'agent.hello', org: ORG, agent, connection: agent, instance: agent, ...machine });
  const task = await hub.submit('key:x', ORG, { needs: [agent], labels: { team: 'shop' }, ...spec });
  await hub.decide({ type: 'task.accept', org: ORG, agent, connection: agent, task, generation: 1 });
  return { task, agent };
}

async function completed(): Promise<string> {
  const { task, agent } = await working();
  const attempt = { org: ORG, agent, connection: agent, task, generation: 1 };
  const result = {
    summary: 'done',
    branch: branchForms({ task, generation: 1, agent })[0] ?? '',
    commit: 'b'.repeat(40),
  };
  await hub.decide({ type: 'task.complete', ...attempt, report: { seq: 1, digest: 'd' }, result });
  return task;
}

function keep(task: string, generation = 1, more: Partial<TaskDiff> = {}): TaskDiff {
  const facts = { stage: 'result', base: 'a'.repeat(40), files: 1, added: 1, removed: 1 } as const;
  const items = [{ path: 'a', status: 'modified', added: 1, removed: 1 } as const];
  const diff = { task, generation, at: '2026-01-31T12:00:00.000Z', ...facts, items, text: TEXT, ...more };
  hub.diffs.push(diff);
  return diff;
}

const show = (task: string, query = '', accept = 'application/json') =>
  hub.call('GET', `/tasks/${task}/diff${query}`, { key, headers: { accept } });

const comment = (task: string, more: object = {}) =>
  hub.call('POST', `/tasks/${task}/comments`, { key, body: { comments, ...more } }) as Promise<Answer<unknown>>;

describe('a diff', () => {
  test('is shown as JSON, and its text alone to who asks for that', async () => {
    const task = await completed();
    const diff = keep(task);
    expect(await show(task)).toMatchObject({ status: 200, body: diff });
    expect(await show(task, '', 'text/x-diff')).toMatchObject({ status: 200, body: { text: TEXT } });
    expect(hub.diffsAsked).toEqual([]);
  });

  test('as text says what is left out of it', async () => {
    const task = await completed();
    keep(task, 1, { leftOut: { files: 2, lines: 30 } });
    const { body } = await show(task, '', 'text/x-diff');
    expect(body.text).toBe(`${TEXT}# left out: 30 changed lines of 2 files\n`);
  });

  test('is of the newest attempt, or of the one that is asked for', async () => {
    const task = await completed();
    keep(task, 1);
    keep(task, 2, { text: 'second' });
    expect(await show(task)).toMatchObject({ body: { generation: 2, text: 'second' } });
    expect(await show(task, '?attempt=1')).toMatchObject({ body: { generation: 1 } });
    expect(await show(task, '?attempt=3')).toMatchObject({ status: 404, body: { code: 'diff.not_found' } });
  });

  test('of an attempt at work is asked of its sidecar first, that of one before is not', async () => {
    const { task } = await working();
    keep(task);
    await show(task);
    expect(hub.diffsAsked).toEqual([{ org: ORG, task, generation: 1 }]);
    await show(task, '?attempt=7');
    expect(hub.diffsAsked).toHaveLength(1);
  });

  test('of a task without a repository, or of none, is not there', async () => {
    const { task } = await working({});
    const answer = await show(task);
    expect(answer).toMatchObject({ status: 404, body: { code: 'diff.not_found' } });
    expect(String(answer.body.detail)).toContain('no repository');
    expect(hub.diffsAsked).toEqual([]);
    const nowhere = await show('019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b');
    expect(nowhere).toMatchObject({ status: 404, body: { code: 'task.not_found' } });
  });

  test('is there when its task has left memory', async () => {
    const task = await completed();
    keep(task);
    await hub.archive(task);
    expect(await show(task)).toMatchObject({ status: 200, body: { text: TEXT } });
  });
});

describe('comments', () => {
  test('while an agent works become a message to it', async () => {
    const { task, agent } = await working();
    keep(task);
    expect(await comment(task)).toMatchObject({ status: 201, body: { as: 'message', agent } });
    expect(hub.messages).toMatchObject([{ to: `agent:${agent}`, from: expect.stringMatching(/^key:/) }]);
    expect(hub.messages[0]?.body).toContain(task);
    expect(hub.messages[0]?.body).toContain('a, line 1:\n      1 - one\n>     1 + two\n\n  Why two?');
  });

  test('on a completed task become one like it that goes on from its branch', async () => {
    const task = await completed();
    keep(task);
    const { status, body } = (await comment(task)) as Answer<Commented>;
    expect({ status, as: body.as }).toEqual({ status: 201, as: 'task' });
    const made = hub.state.tasks.get(body.task ?? '');
    const { needs } = hub.state.tasks.get(task)?.spec ?? {};
    expect(made?.spec).toMatchObject({ repo: REPO, needs, labels: { team: 'shop' }, dependsOn: [task] });
    expect(made?.parentBranch).toMatch(/^agentcom\//);
    expect(made?.spec.title).toMatch(/^Comments on: /);
    expect(made?.spec.prompt).toContain('> ');
    expect(made?.spec.prompt).toContain('Why two?');
    expect(hub.messages).toEqual([]);
  });

  test('on a task in the archive become a task as well', async () => {
    const task = await completed();
    keep(task);
    await hub.archive(task);
    expect(await comment(task)).toMatchObject({ status: 201, body: { as: 'task' } });
  });

  test('cannot be given in a way that the task is not ready for', async () => {
    const done = await completed();
    keep(done);
    expect(await comment(done, { as: 'message' })).toMatchObject({ status: 409, body: { code: 'task.not_working' } });
    const { task } = await working();
    keep(task);
    expect(await comment(task, { as: 'task' })).toMatchObject({ status: 409, body: { code: 'task.not_completed' } });
    expect(hub.messages).toEqual([]);
  });

  test('on files that have not changed, or that are too long together, name what is wrong', async () => {
    const { task } = await working();
    keep(task);
    const foreign = await comment(task, { comments: [{ file: 'b', line: 1, text: 'x' }] });
    expect(foreign).toMatchObject({ status: 400, body: { errors: [{ path: '/comments/0/file' }] } });
    const long = Array.from({ length: 10 }, () => ({ file: 'a', line: 1, text: 'x'.repeat(2_000) }));
    expect(await comment(task, { comments: long })).toMatchObject({
      status: 400,
      body: { errors: [{ path: '/comments' }] },
    });
  });

  test('as a task need the right to submit one', async () => {
    const task = await completed();
    keep(task);
    const reader = (await hub.key('developer', ORG, { scopes: ['tasks:read', 'messages:write'] })).secret;
    const refused = await hub.call('POST', `/tasks/${task}/comments`, { key: reader, body: { comments } });
    expect(refused).toMatchObject({ status: 403 });
  });
});
