import type { TaskView } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { Bench, ORG, submission } from '../core/fixture.js';
import { submitWithParents } from './archived-parents.js';

/** A hub whose archiver moves tasks between the decisions of one submission. */
function archiving(bench: Bench, moves: readonly (readonly string[])[]) {
  const archive = new Map<string, TaskView>();
  let decisions = 0;
  const move = (id: string): void => {
    archive.set(id, { id, org: ORG, createdBy: 'submitter', state: bench.task(id).state } as TaskView);
    bench.archive(id);
  };
  return {
    archived: async (_org: string, id: string) => archive.get(id) ?? null,
    execute: async (command: ReturnType<typeof submission>) => {
      for (const id of moves[decisions++] ?? []) move(id);
      const outcome = bench.decide(command);
      return 'reply' in outcome ? outcome.reply : outcome;
    },
  };
}

test('a parent that leaves memory while the others are looked up is looked up as well', async () => {
  const bench = new Bench();
  bench.join('a');
  const parents = [0, 1, 2].map(() => {
    const id = bench.submit();
    bench.accept(id);
    bench.complete(id);
    return id;
  });
  const [first = '', second = '', third = ''] = parents;
  const { archived, execute } = archiving(bench, [[first], [second], [third]]);
  const submitted = await submitWithParents(submission({ dependsOn: parents }), archived, execute);
  expect(submitted).toMatchObject({ repeated: false });
  expect(bench.agent('a').task).toBe('task' in submitted ? submitted.task : undefined);
});

test('what the archive does not know either is refused, after it was asked once', async () => {
  const bench = new Bench();
  let asked = 0;
  const { execute } = archiving(bench, []);
  const archived = async () => {
    asked++;
    return null;
  };
  expect(await submitWithParents(submission({ dependsOn: ['x'] }), archived, execute)).toMatchObject({
    code: 'task.parent_not_found',
  });
  expect(asked).toBe(1);
});
