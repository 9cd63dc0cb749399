import type { Commented, TaskDiff } from '@agentcom/schemas';
import { diffExamples } from '@agentcom/schemas/examples/diff';
import { afterEach, describe, expect, it } from 'vitest';
import { EXIT } from '../exit.js';
import { schemaHub } from '../fixture.js';
import { runCommandLine } from '../program.js';
import { KEY, problem, type Received, TASK, type TestHub, testWorld } from '../testing.js';

const TEXT = 'diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n-one\n+two\u001b[31m\u0007\n three\n';
const [example] = diffExamples.TaskDiff.valid as unknown as readonly [TaskDiff];
const { leftOut: _leftOut, ...whole } = example;
const diff: TaskDiff = { ...whole, task: TASK, text: TEXT };

let hub: TestHub | undefined;
let asked: Received[];

afterEach(() => hub?.stop());

interface Answers {
  readonly diff?: TaskDiff;
  readonly commented?: Commented;
  readonly isTerminal?: boolean;
}

async function run(args: readonly string[], answers: Answers = {}) {
  asked = [];
  hub = await schemaHub({
    'task.diff': (request) => {
      asked.push(request);
      return { status: 200, body: answers.diff ?? diff };
    },
    'task.comment': (request) => {
      asked.push(request);
      return { status: 201, body: answers.commented ?? { as: 'task', task: TASK } };
    },
  });
  const env = { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url, TERM: 'xterm' };
  const world = testWorld({ env, isTerminal: answers.isTerminal ?? false });
  return { exit: await runCommandLine(world, args), out: world.out(), err: world.err() };
}

describe('task diff', () => {
  it('prints the text as it is where nobody looks, so that git can apply it', async () => {
    const { exit, out, err } = await run(['task', 'diff', TASK]);
    expect([exit, out, err]).toEqual([EXIT.done, TEXT, '']);
  });

  it('has colours on a terminal, and nothing that could do anything to it', async () => {
    const { out } = await run(['task', 'diff', TASK], { isTerminal: true });
    expect(out).toContain('\u001b[31m-one');
    expect(out).toContain('\u001b[32m+two·[31m·');
    expect(out).toContain('\u001b[36m@@ -1,2 +1,2 @@');
    expect(out).toContain('\u001b[1m+++ b/a');
    expect(out).not.toContain('two\u001b[31m');
  });

  it('says what is left out, and of when it is while the agent works', async () => {
    const { err } = await run(['task', 'diff', TASK], {
      diff: { ...diff, stage: 'working', leftOut: { files: 1, lines: 30 } },
    });
    expect(err).toContain('Left out: 30 changed lines of 1 file.');
    expect(err).toContain(`task diff ${TASK} --full`);
    expect(err).toContain('The agent is still working');
  });

  it('says that nothing has changed', async () => {
    const { err } = await run(['task', 'diff', TASK], { diff: { ...diff, files: 0, items: [], text: '' } });
    expect(err).toContain('Nothing has changed.');
  });

  it('lists files with the sums of all of them', async () => {
    const items = [
      { path: 'a\u001b[31m.ts', status: 'modified', added: 300, removed: 100 },
      { path: 'logo.png', status: 'added' },
      { path: 'new.ts', from: 'old.ts', status: 'renamed', added: 1, removed: 0 },
    ] as const;
    const { out } = await run(['task', 'diff', TASK, '--stat'], {
      diff: { ...diff, items, files: 5, added: 301, removed: 100 },
    });
    expect(out).toBe(
      [
        `a·[31m.ts        | 400 ${'+'.repeat(30)}${'-'.repeat(10)}`,
        'logo.png         | binary',
        'old.ts => new.ts | 1 +',
        '… and 2 more files',
        '5 files changed, 301 lines added, 100 removed\n',
      ].join('\n'),
    );
  });

  it('asks for the attempt that is named, and gives all of it as JSON', async () => {
    const { out } = await run(['task', 'diff', TASK, '--attempt', '2', '--json']);
    expect(asked[0]?.url).toMatch(/\/diff\?attempt=2$/);
    expect(JSON.parse(out)).toEqual(diff);
  });
});

describe('task comment', () => {
  it('sends what is said about each line', async () => {
    const words = ['src/a.ts:3', 'Why?', 'c:d.ts:40', 'Add a test.'];
    const { exit, out } = await run(['task', 'comment', TASK, ...words, '--side', 'old', '--as', 'task']);
    expect(exit).toBe(EXIT.done);
    expect(asked[0]?.body).toEqual({
      as: 'task',
      comments: [
        { file: 'src/a.ts', line: 3, side: 'old', text: 'Why?' },
        { file: 'c:d.ts', line: 40, side: 'old', text: 'Add a test.' },
      ],
    });
    expect(out).toContain(`Submitted task ${TASK}`);
  });

  it('says which agent was told', async () => {
    const commented: Commented = { as: 'message', messageId: TASK, agent: 'duly-noted' };
    const { out } = await run(['task', 'comment', TASK, 'a:1', 'Why?'], { commented });
    expect(out).toContain(`Sent message ${TASK} to duly-noted.`);
    expect(out).toContain('message list duly-noted');
  });

  it.each([
    [['a.ts', 'Why?'], 'a.ts is not FILE:LINE'],
    [['a.ts:0', 'Why?'], 'a.ts:0 is not FILE:LINE'],
    [['a.ts:1'], 'there is no comment on a.ts:1'],
    [['a.ts:1', 'Why?', 'b.ts:2', ' '], 'there is no comment on b.ts:2'],
  ])('%j is a question of usage', async (words, message) => {
    const { exit, err } = await run(['task', 'comment', TASK, ...words]);
    expect([exit, asked]).toEqual([EXIT.usage, []]);
    expect(err).toContain(message);
  });
});

it('what a hub refuses is shown with what to do', async () => {
  hub = await schemaHub({ 'task.diff': () => problem(404, 'diff.not_found', 'no diff of task X is kept') });
  const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url } });
  expect(await runCommandLine(world, ['task', 'diff', TASK])).toBe(EXIT.failed);
  expect(world.err()).toContain('diff.not_found: no diff of task X is kept');
});
