// How many dead letters one request looks at in a turn of the event loop, and which it requeues.

import type { BulkRequeueBody, BulkRequeued } from '@agentcom/schemas';
import { beforeAll, expect, test } from 'vitest';
import type { Caller } from '../../../access/authenticate.js';
import { type View, viewOf } from '../../../access/view.js';
import type { Command } from '../../../core/commands.js';
import { Bench, ORG } from '../../../core/fixture.js';
import { LOOKED_AT_MAX } from '../../../core/task/list-tasks.js';
import { loopTurn } from '../../loop-turn.js';
import type { RouteReply, RouteRequest } from '../handler.js';
import { deadLetterHandlers } from './dead-letters.js';
import type { TaskParts } from './tasks.js';

const CALLER = { org: ORG, role: 'owner', by: 'key:1' } as Caller;
const OTHERS = LOOKED_AT_MAX + 500;

let bench: Bench;
/** Oldest first: more with another code than are looked at in one turn, then these. */
let others: string[];
let rare: string[];

beforeAll(() => {
  bench = new Bench();
  bench.join('a');
  others = Array.from({ length: OTHERS }, () => dead('it.failed'));
  rare = [dead('it.burnt', 'low'), dead('it.burnt', 'high')];
}, 60_000);

function dead(code: string, lane: 'low' | 'normal' | 'high' = 'normal'): string {
  const task = bench.submit({ lane });
  bench.accept(task);
  bench.fail(task, 'permanent', undefined, code);
  return task;
}

async function requeue(body: BulkRequeueBody) {
  const { 'dead.requeueMany': handle } = deadLetterHandlers({ now: () => bench.now } as TaskParts);
  const [looks, requeued]: [number[], string[]] = [[], []];
  const request = {
    ...{ caller: CALLER, body },
    read: async (look: (view: View) => unknown) => {
      looks.push(loopTurn());
      return look(viewOf(bench.state, CALLER, 'deadLetters.change'));
    },
    execute: async (command: Command) => {
      if (command.type === 'dead.requeue') requeued.push(command.task);
      return {};
    },
  } as unknown as RouteRequest<'dead.requeueMany'>;
  const { body: answer } = (await handle(request)) as RouteReply;
  return { answer: answer as BulkRequeued, looks, requeued };
}

test('without a filter the oldest are requeued after one look, and all others are counted', async () => {
  const { answer, looks, requeued } = await requeue({});
  expect(requeued).toEqual(others.slice(0, 1_000));
  expect(answer).toEqual({ requeued: 1_000, remaining: OTHERS + rare.length - 1_000 });
  expect(looks).toHaveLength(1);
});

test('what few match is found behind what none match, in another turn, and requeued in the order of the queue', async () => {
  const { answer, looks, requeued } = await requeue({ code: 'it.burnt' });
  expect(requeued).toEqual([...rare].reverse());
  expect(answer).toEqual({ requeued: 2, remaining: 0 });
  expect(new Set(looks).size).toBe(2);
});

test('of what many match more remain as long as there are more', async () => {
  const { answer, looks } = await requeue({ code: 'it.failed' });
  expect(answer.requeued).toBe(1_000);
  expect(answer.remaining).toBeGreaterThan(0);
  expect(looks).toHaveLength(1);
});
