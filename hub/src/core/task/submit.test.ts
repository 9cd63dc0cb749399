// Submitting: idempotency keys, times not before which, and families.

import { describe, expect, test } from 'vitest';
import { Bench, dumpOf, fromSnapshot, HOUR, MINUTE, SECOND, submission, workOf } from '../fixture.js';
import { taskView } from './view.js';

describe('an idempotency key', () => {
  const first = submission({ title: 'one' }, { key: 'k', digest: 'd1' });

  test('gives the same task again and changes nothing', () => {
    const bench = new Bench();
    const { task } = bench.take(first).reply;
    const before = bench.dump();
    expect(bench.take(first)).toMatchObject({ reply: { task, repeated: true }, events: [], frames: [] });
    expect(bench.dump()).toEqual(before);
  });

  test('with another body is refused', () => {
    const bench = new Bench();
    bench.take(first);
    expect(bench.refusal(submission({ title: 'two' }, { key: 'k', digest: 'd2' }))).toBe('idempotency.key_reused');
  });

  test('belongs to one caller', () => {
    const bench = new Bench();
    const { task } = bench.take(first).reply;
    expect(bench.take({ ...first, by: 'another' }).reply.task).not.toBe(task);
    expect(bench.take(first).reply).toEqual({ task, repeated: true });
  });

  test('belongs to one organisation', () => {
    const bench = new Bench();
    const { task } = bench.take(first).reply;
    expect(bench.take({ ...first, org: 'other' }).reply.task).not.toBe(task);
  });

  test('holds for a day at least, also after its task has ended, and is then forgotten', () => {
    const bench = new Bench();
    bench.join('a');
    const { task } = bench.take(first).reply;
    bench.accept(task);
    bench.complete(task);
    bench.pass(24 * HOUR);
    expect(bench.take(first).reply).toEqual({ task, repeated: true });
    bench.pass(2 * MINUTE);
    expect([...bench.state.idempotency.facts()]).toEqual([]);
    expect(bench.take(first).reply.repeated).toBe(false);
  });
});

test('a task and the event that submits it have one spec, so that what is told of it takes no room of its own', () => {
  const bench = new Bench();
  const { events } = bench.take(submission({ title: 'one', needs: ['gpu'] }));
  const [event] = events.filter(({ type }) => type === 'task.submitted');
  expect(event).toMatchObject({ spec: { title: 'one', needs: ['gpu'], maxAttempts: 3 } });
  expect(bench.task(event?.type === 'task.submitted' ? event.task : '').spec).toBe((event as { spec: unknown }).spec);
});

describe('not before', () => {
  test('a task waits for its time and is then queued', () => {
    const bench = new Bench();
    bench.join('a');
    const task = bench.submit({ notBefore: bench.now + HOUR });
    expect(bench.task(task)).toMatchObject({ state: 'scheduled', reason: 'notBefore' });
    bench.pass(HOUR - SECOND);
    expect(bench.task(task).state).toBe('scheduled');
    bench.pass(2 * SECOND);
    expect(bench.task(task)).toMatchObject({ state: 'assigned', reason: undefined });
  });

  test('a time that has passed is no reason to wait', () => {
    const bench = new Bench();
    expect(bench.task(bench.submit({ notBefore: bench.now })).state).toBe('queued');
  });

  test('then its parents', () => {
    const bench = new Bench();
    const parent = bench.submit();
    const child = bench.submit({ notBefore: bench.now + HOUR, dependsOn: [parent] });
    bench.pass(2 * HOUR);
    expect(bench.task(child).state).toBe('waiting');
  });
});

describe('a family', () => {
  function finish(bench: Bench, task: string): void {
    bench.accept(task);
    bench.complete(task);
    bench.tick();
  }

  test('a child waits for all of its parents', () => {
    const bench = new Bench();
    const [mother, father] = [bench.submit(), bench.submit()];
    const child = bench.submit({ dependsOn: [mother, father] });
    expect(bench.task(child)).toMatchObject({ state: 'waiting', openParents: 2 });
    bench.join('a');
    finish(bench, mother);
    expect(bench.task(child)).toMatchObject({ state: 'waiting', openParents: 1 });
    finish(bench, father);
    expect(bench.task(child)).toMatchObject({ state: 'assigned', agent: 'a' });
  });

  test('a parent that had completed is not waited for', () => {
    const bench = new Bench();
    bench.join('a');
    const parent = bench.submit();
    finish(bench, parent);
    expect(bench.task(bench.submit({ dependsOn: [parent] })).state).toBe('assigned');
  });

  describe('a child that builds on its parent', () => {
    const repo = { url: 'https://git.example.com/a.git' };
    const spec = { repo, baseFromParent: true };
    const branchOf = (task: string) => workOf({ agent: 'a', task, generation: 1 }).branch;

    function pushed(bench: Bench, task: string): void {
      bench.accept(task);
      const result = { summary: 's', branch: branchOf(task) };
      bench.take({ type: 'task.complete', ...bench.by(task), report: bench.mark(), result });
      bench.tick();
    }

    test.each(['before', 'after'])('begins from the branch of a parent that completes %s it is submitted', (when) => {
      const bench = new Bench();
      bench.join('a');
      const parent = bench.submit({ repo });
      if (when === 'before') pushed(bench, parent);
      const child = bench.submit({ ...spec, dependsOn: [parent] });
      if (when === 'after') pushed(bench, parent);
      expect(taskView(bench.task(child))).toMatchObject({ state: 'assigned', repo, parentBranch: branchOf(parent) });
      bench.archive(parent);
      expect(dumpOf(bench.replay())).toEqual(bench.dump());
      expect(bench.task(child).parentBranch).toBe(branchOf(parent));
      expect(fromSnapshot(bench.state).tasks.get(child)?.parentBranch).toBe(branchOf(parent));
    });

    test('begins from what its parent began from, when that changed nothing', () => {
      const bench = new Bench();
      bench.join('a');
      const first = bench.submit({ repo: { url: `${repo.url}/` } });
      const second = bench.submit({ ...spec, dependsOn: [first] });
      const third = bench.submit({ ...spec, dependsOn: [second] });
      pushed(bench, first);
      finish(bench, second);
      expect(bench.task(third)).toMatchObject({ state: 'assigned', parentBranch: branchOf(first) });
    });

    test('begins from the branch of a parent in the archive', () => {
      const bench = new Bench();
      const branch = branchOf('old');
      const archivedParents = [{ task: 'old', by: 'submitter', state: 'completed' as const, repo, branch }];
      const { task } = bench.take({ ...submission({ ...spec, dependsOn: ['old'] }), archivedParents }).reply;
      expect(bench.task(task).parentBranch).toBe(branch);
    });

    test('begins from its own base when the parent made no branch', () => {
      const bench = new Bench();
      bench.join('a');
      const parent = bench.submit({ repo });
      finish(bench, parent);
      expect(bench.task(bench.submit({ ...spec, dependsOn: [parent] })).parentBranch).toBeUndefined();
    });

    const elsewhere = { url: 'https://git.example.com/b.git' };

    test.each([
      ['on another repository', { repo: elsewhere }],
      ['without a repository', {}],
    ])('is refused when the parent works %s, live or in the archive', (_where, parent) => {
      const bench = new Bench();
      const archived = { task: 'old', by: 'submitter', state: 'completed' as const, ...parent };
      for (const id of [bench.submit(parent), 'old']) {
        const command = { ...submission({ ...spec, dependsOn: [id] }), archivedParents: [archived] };
        expect(bench.decide(command)).toMatchObject({
          code: 'request.invalid',
          details: [{ path: '/repo/url', message: expect.stringContaining(`the address that task ${id} has`) }],
        });
      }
      expect(bench.state.tasks.size).toBe(1);
    });

    test('needs a repository and exactly one parent', () => {
      const bench = new Bench();
      const [one, two] = [bench.submit(), bench.submit()];
      for (const wrong of [{ baseFromParent: true, dependsOn: [one] }, spec, { ...spec, dependsOn: [one, two] }]) {
        expect(bench.refusal(submission(wrong))).toBe('request.invalid');
      }
    });
  });

  test('a cancelled parent cancels its children, and theirs', () => {
    const bench = new Bench();
    const parent = bench.submit();
    const child = bench.submit({ dependsOn: [parent] });
    const grandchild = bench.submit({ dependsOn: [child] });
    bench.take({ type: 'task.cancel', ...bench.operator(parent), reason: 'enough' });
    bench.tick();
    bench.tick();
    for (const id of [child, grandchild])
      expect(bench.task(id)).toMatchObject({ state: 'cancelled', cancel: { cause: 'parent_failed' } });
  });

  test('a dead parent keeps its children waiting; discarded, it cancels them; requeued, it may still complete', () => {
    const bench = new Bench();
    bench.join('a');
    const parent = bench.submit();
    const child = bench.submit({ dependsOn: [parent] });
    bench.accept(parent);
    bench.fail(parent, 'permanent');
    bench.pass(HOUR);
    expect(bench.task(child).state).toBe('waiting');
    bench.take({ type: 'dead.requeue', ...bench.operator(parent) });
    finish(bench, parent);
    expect(bench.task(child).state).toBe('assigned');

    const other = new Bench();
    other.join('a');
    const doomed = other.submit();
    const orphan = other.submit({ dependsOn: [doomed] });
    other.accept(doomed);
    other.fail(doomed, 'permanent');
    other.take({ type: 'dead.discard', ...other.operator(doomed), reason: 'enough' });
    other.tick();
    expect(other.task(orphan).state).toBe('cancelled');
  });

  test('a parent in the archive is not waited for when it completed, also after a replay and from a snapshot', () => {
    const bench = new Bench();
    const open = bench.submit();
    const archivedParents = [{ task: 'old', by: 'submitter', state: 'completed' as const }];
    const first = bench.take({ ...submission({ dependsOn: ['old'] }), archivedParents }).reply.task;
    const second = bench.take({ ...submission({ dependsOn: ['old', open] }), archivedParents }).reply.task;
    expect(bench.task(first)).toMatchObject({ state: 'queued', openParents: 0 });
    expect(bench.task(second)).toMatchObject({ state: 'waiting', openParents: 1 });
    expect(dumpOf(bench.replay())).toEqual(bench.dump());
    bench.join('a');
    finish(bench, open);
    expect(bench.task(second).state).toBe('queued');
  });

  test('a parent in the archive that was cancelled, or is not the caller’s, cannot be waited for', () => {
    const bench = new Bench();
    const refused = (state: 'completed' | 'cancelled', ownParents: boolean): string | undefined =>
      bench.refusal({
        ...submission({ dependsOn: ['old'] }),
        ownParents,
        archivedParents: [{ task: 'old', by: 'another', state }],
      });
    expect(refused('cancelled', false)).toBe('task.parent_not_found');
    expect(refused('completed', true)).toBe('task.parent_not_found');
    expect(refused('completed', false)).toBeUndefined();
  });

  test('a parent that has left for the archive while its child waits for another stays satisfied', () => {
    const bench = new Bench();
    bench.join('a');
    const [done, open] = [bench.submit(), bench.submit()];
    finish(bench, done);
    const child = bench.submit({ dependsOn: [done, open] });
    bench.archive(done);
    finish(bench, open);
    expect(bench.task(child)).toMatchObject({ state: 'assigned', openParents: 0 });
  });

  test('a parent that is not there, was cancelled, or is of another organisation cannot be waited for', () => {
    const bench = new Bench();
    const cancelled = bench.submit();
    bench.take({ type: 'task.cancel', ...bench.operator(cancelled), reason: 'enough' });
    const foreign = bench.take({ ...submission(), org: 'other' }).reply.task;
    for (const parent of ['id-9999', cancelled, foreign]) {
      expect(bench.refusal(submission({ dependsOn: [parent] }))).toBe('task.parent_not_found');
    }
  });
});

test('an agent submits only while the config lets it, and what it has submitted stays known', () => {
  const bench = new Bench();
  const byAgent = { ...submission({}, { key: 'k', digest: 'd' }), by: 'agent:a' };
  const { task } = bench.take(byAgent).reply;
  bench.take({ type: 'config.patch', patch: { tasks: { mayAgentsSubmit: false } }, by: 'owner' });
  expect(bench.take(byAgent).reply).toEqual({ task, repeated: true });
  expect(bench.refusal({ ...submission(), by: 'agent:a' })).toBe('task.agents_may_not_submit');
  bench.submit();
  bench.take({ type: 'config.patch', patch: { tasks: { mayAgentsSubmit: null } }, by: 'owner' });
  bench.take({ ...submission(), by: 'agent:a' });
});
