import type { SidecarFrameOf } from '@agentcom/schemas';
import { beforeEach, expect, test } from 'vitest';
import { Bench, MINUTE, ORG } from '../../core/fixture.js';
import { DiffFrames } from './diff-frames.js';

let bench: Bench;
let task: string;
/** What was taken of each connection. */
let taken: string[];

const framesOf = (agent: string, connection = bench.from(agent).connection) =>
  new DiffFrames(
    {
      diffs: {
        open: () => ({
          part: ({ part }) => void taken.push(`${connection} ${part}`),
          whole: async () => void taken.push(`${connection} whole`),
          close: () => void taken.push(`${connection} closed`),
        }),
      },
      shard: { state: bench.state, now: () => bench.now },
    },
    { org: ORG, agent, connection },
  );

const part = (of = task, generation = 1): SidecarFrameOf<'task.diff.part'> => ({
  ...{ type: 'task.diff.part', task: of, generation, digest: 'a'.repeat(64), part: 1, data: 'x' },
});

const whole = (of = task, generation = 1): SidecarFrameOf<'task.diff'> => ({
  ...{ type: 'task.diff', id: '1', task: of, generation, digest: 'a'.repeat(64), parts: 1, stage: 'result' },
  ...{ base: 'b'.repeat(40), files: 0, added: 0, removed: 0, items: [] },
});

beforeEach(() => {
  bench = new Bench();
  taken = [];
  bench.join('a');
  task = bench.submit();
  bench.accept(task);
  bench.join('b');
});

test('the agent of the attempt is listened to, and what it had begun ends with its session', async () => {
  const frames = framesOf('a');
  expect(frames.part(part())).toBeUndefined();
  expect(await frames.whole(whole())).toEqual({});
  frames.close();
  frames.close();
  const { connection } = bench.from('a');
  expect(taken).toEqual([`${connection} 1`, `${connection} whole`, `${connection} closed`]);
});

test.each([
  ['another agent', () => framesOf('b'), () => task, 1, 'task.stale_generation'],
  ['another generation', () => framesOf('a'), () => task, 2, 'task.stale_generation'],
  ['a task that is not there', () => framesOf('a'), () => 'id-9999', 1, 'task.not_found'],
  ['a connection that was replaced', () => framesOf('a', 'older'), () => task, 1, 'agent.replaced'],
])('%s is refused, and nothing of it is taken', async (_what, from, of, generation, code) => {
  const frames = from();
  expect(frames.part(part(of(), generation))).toMatchObject({ code });
  expect(await frames.whole(whole(of(), generation))).toMatchObject({ code });
  expect(taken).toEqual([]);
});

test('an attempt that has ended may still tell what it has changed, for a while', async () => {
  bench.complete(task);
  expect(await framesOf('a').whole(whole())).toEqual({});
  bench.pass(11 * MINUTE);
  expect(await framesOf('a').whole(whole())).toMatchObject({ code: 'task.stale_generation' });
});
