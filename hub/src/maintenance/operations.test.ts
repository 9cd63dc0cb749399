import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Operation } from '@agentcom/schemas';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Refusal } from '../core/refusal.js';
import { type OperationResult, type OperationRun, Operations } from './operations.js';

let dataDir: string;
let failed: unknown[];
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'agentcom-test-'));
  failed = [];
});
afterEach(async () => {
  // Their last writes are theirs, not the next test's.
  for (const operations of opened.splice(0)) await operations.close();
  await rm(dataDir, { recursive: true });
});
const opened: Operations[] = [];

let number = 0;
async function open(restored?: Operation['restored'], at = 0): Promise<Operations> {
  const onFailed = (error: unknown) => failed.push(error);
  const operations = await Operations.open(
    { dataDir, newId: () => `op-${++number}`, now: () => at, onFailed },
    restored,
  );
  opened.push(operations);
  return operations;
}

function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<T>((onValue, onReason) => {
    resolve = onValue;
    reject = onReason;
  });
  return { promise, resolve, reject };
}

/** Work that ends when it is told to. */
function work(): {
  run: (run: OperationRun) => Promise<OperationResult>;
  begun: Promise<OperationRun>;
  end: (result: OperationResult | Error) => void;
} {
  const begun = deferred<OperationRun>();
  const done = deferred<OperationResult>();
  return {
    begun: begun.promise,
    end: (result) => (result instanceof Error ? done.reject(result) : done.resolve(result)),
    run: (run) => {
      run.signal.addEventListener('abort', () => done.reject(run.signal.reason));
      begun.resolve(run);
      return done.promise;
    },
  };
}

async function begin(operations: Operations, kind: Operation['kind'] = 'backup', org?: string) {
  const one = work();
  const started = await operations.start(kind, 'key:x', one.run, org === undefined ? {} : { org });
  if (started instanceof Refusal) throw new Error(started.message);
  return { ...one, id: started.id, running: await one.begun };
}

const step = (task: string) => ({ task, undo: { kind: 'move', lane: 'high', back: 'low' } as const });

describe('what undoes an operation', () => {
  it('is offered once it has ended, for an hour, also after a restart', async () => {
    const operations = await open();
    const { id, running, end } = await begin(operations, 'tasks', 'acme');
    running.undoable([step('a')]);
    running.undoable([step('b')]);
    expect([operations.get(id)?.undo, operations.undoSteps(id)]).toEqual([undefined, []]);
    end({});
    const undo = { until: '1970-01-01T01:00:00.000Z', tasks: 2 };
    await expect.poll(() => operations.get(id)).toMatchObject({ state: 'done', undo });
    await operations.close();
    const again = await open();
    expect([again.list()[0]?.undo, again.undoSteps(id)]).toEqual([undo, [step('a'), step('b')]]);
    await again.close();
    const later = await open(undefined, 3_600_000);
    expect([later.get(id)?.undo, later.undoSteps(id)]).toEqual([undefined, []]);
  });

  it('is there when it was stopped, and gone once it is forgotten', async () => {
    const operations = await open();
    const { id, running } = await begin(operations, 'tasks', 'acme');
    running.undoable([step('a')]);
    await operations.stop(id);
    expect(operations.get(id)).toMatchObject({ state: 'stopped', undo: { tasks: 1 } });
    await operations.forgetUndo(id);
    expect([operations.get(id)?.undo, operations.undoSteps(id)]).toEqual([undefined, []]);
    await operations.close();
    expect((await open()).undoSteps(id)).toEqual([]);
  });
});

describe('an operation', () => {
  it('runs, says how far it is, and ends with what it came to', async () => {
    const operations = await open();
    const { id, running, end } = await begin(operations);
    running.progress(3, 10);
    expect(operations.get(id)).toMatchObject({ state: 'running', kind: 'backup', by: 'key:x', done: 3, total: 10 });
    end({ backup: 'b' });
    await expect.poll(() => operations.get(id)).toMatchObject({ state: 'done', backup: 'b', failures: [] });
    running.progress(4, 10);
    expect(operations.get(id)).toMatchObject({ state: 'done', done: 3 });
  });

  it('fails with what it throws, and with the failures it names', async () => {
    const operations = await open();
    const one = await begin(operations);
    one.end(new Error('the disk is full'));
    await expect.poll(() => operations.get(one.id)).toMatchObject({ state: 'failed', failures: ['the disk is full'] });
    expect(failed).toHaveLength(1);
    const two = await begin(operations);
    two.end({ backup: 'b', failures: ['not copied'] });
    await expect
      .poll(() => operations.get(two.id))
      .toMatchObject({ state: 'failed', backup: 'b', failures: ['not copied'] });
  });

  it('waits for what was begun before it, and can be stopped while it does', async () => {
    const operations = await open();
    const { id, end } = await begin(operations);
    const [second, third] = [work(), work()];
    const waiting = await operations.start('compaction', 'hub', second.run);
    const last = await operations.start('verify', 'hub', third.run);
    if (waiting instanceof Refusal || last instanceof Refusal) return expect.fail();
    expect([waiting.state, operations.isBusy]).toEqual(['waiting', true]);
    expect(await operations.stop(waiting.id)).toMatchObject({ state: 'stopped' });
    expect(operations.get(id)?.state).toBe('running');
    end({});
    await third.begun;
    expect(operations.get(last.id)?.state).toBe('running');
    third.end({});
    await expect.poll(() => operations.isBusy).toBe(false);
  });

  it('of an organisation waits for those of the same alone, and keeps nothing of the hub from beginning', async () => {
    const operations = await open();
    const { end: endBackup } = await begin(operations);
    const { end } = await begin(operations, 'tasks', 'acme');
    const other = await begin(operations, 'tasks', 'other');
    const second = work();
    const waiting = await operations.start('tasks', 'key:x', second.run, { org: 'acme' });
    expect(waiting).toMatchObject({ state: 'waiting', org: 'acme' });
    endBackup({});
    await expect.poll(() => operations.isBusy).toBe(false);
    end({});
    await second.begun;
    second.end({});
    other.end({});
  });

  it('of an organisation is refused when too many of all run', async () => {
    const operations = await open();
    for (let nth = 0; nth < 200; nth++) await operations.start('tasks', 'key:x', work().run, { org: `org-${nth}` });
    expect(await operations.start('tasks', 'key:x', work().run, { org: 'one-more' })).toMatchObject({
      code: 'operation.busy',
      message: 'too much runs in the background',
    });
    const { end } = await begin(operations);
    end({});
  });

  it('is refused when too many wait, with the one that runs', async () => {
    const operations = await open();
    const { id } = await begin(operations);
    for (let nth = 0; nth < 8; nth++) await operations.start('verify', 'hub', work().run);
    expect(await operations.start('verify', 'hub', work().run)).toMatchObject({
      code: 'operation.busy',
      message: `operation ${id} (backup) is running`,
    });
    await operations.close();
    expect(operations.isBusy).toBe(false);
  });

  it('can be stopped, and stays as it ended', async () => {
    const operations = await open();
    const { id } = await begin(operations);
    expect(await operations.stop(id)).toMatchObject({ state: 'stopped', failures: [] });
    expect(await operations.stop(id)).toMatchObject({ state: 'stopped' });
    expect(failed).toEqual([]);
    expect(await operations.stop('nothing')).toMatchObject({ code: 'operation.not_found' });
  });

  it('cannot be stopped past its point of no return', async () => {
    const operations = await open();
    const { id, running, end } = await begin(operations, 'restore');
    running.holdOn();
    expect(await operations.stop(id)).toMatchObject({ code: 'operation.not_stoppable' });
    end({});
  });
});

it('lists what is known, the newest first, and counts what has not ended', async () => {
  const operations = await open();
  const { id, end } = await begin(operations);
  const waiting = await operations.start('compaction', 'hub', async () => ({}));
  expect(operations.list().map(({ kind, state }) => [kind, state])).toEqual([
    ['compaction', 'waiting'],
    ['backup', 'running'],
  ]);
  expect(operations.openCount).toBe(2);
  end({});
  await expect.poll(() => operations.openCount).toBe(0);
  expect(operations.list().map((one) => one.id)).toEqual([waiting instanceof Refusal ? '' : waiting.id, id]);
});

describe('after a restart', () => {
  it('what has ended is as it was, and what ran has failed', async () => {
    const first = await open();
    const done = await begin(first);
    done.end({ backup: 'b' });
    await expect.poll(() => first.get(done.id)?.state).toBe('done');
    const cut = await begin(first, 'verify');
    const again = await open();
    expect(again.get(done.id)).toMatchObject({ state: 'done', backup: 'b' });
    expect(again.get(cut.id)).toMatchObject({ state: 'failed', failures: ['the hub restarted'] });
    await first.close();
  });

  it('a stop of the hub in order comes to the same', async () => {
    const first = await open();
    const { id } = await begin(first);
    await first.close();
    expect((await open()).get(id)).toMatchObject({ state: 'failed', failures: ['the hub restarted'] });
    expect(await first.start('backup', 'hub', work().run)).toMatchObject({ code: 'hub.draining' });
  });

  it('a restore that the start has finished is done', async () => {
    const first = await open();
    const { id, running } = await begin(first, 'restore');
    running.holdOn();
    const behind = await first.start('backup', 'hub', work().run);
    await first.close();
    expect(behind instanceof Refusal ? behind : first.get(behind.id)).toMatchObject({
      state: 'failed',
      failures: ['the hub restarted'],
    });
    const restored = { journal: 'j2', seq: 7 };
    expect((await open(restored)).get(id)).toMatchObject({ state: 'done', restored });
  });

  it('a restore that could not begin says why', async () => {
    const first = await open();
    const { id, running } = await begin(first, 'restore');
    running.holdOn();
    await first.fail(id, 'no space left');
    expect((await open()).get(id)).toMatchObject({ state: 'failed', failures: ['no space left'] });
  });

  it('a file that cannot be understood is as good as none', async () => {
    await writeFile(join(dataDir, 'operations.json'), '[{');
    expect((await open()).get('op-1')).toBeUndefined();
    expect(JSON.parse(await readFile(join(dataDir, 'operations.json'), 'utf8'))).toEqual([]);
  });
});

it('remembers the last hundred of each organisation, whatever another does', async () => {
  const operations = await open();
  const of = async (org: string): Promise<string> => {
    const { id, end } = await begin(operations, 'tasks', org);
    end({});
    await expect.poll(() => operations.get(id)?.state).toBe('done');
    return id;
  };
  const quiet = await of('quiet');
  const first = await of('busy');
  for (let nth = 0; nth < 100; nth++) await of('busy');
  expect([operations.get(quiet)?.state, operations.get(first)]).toEqual(['done', undefined]);
  expect(operations.list()).toHaveLength(101);
});

it('remembers the last hundred of the hub, whatever there was of organisations, and all that have not ended', async () => {
  const operations = await open();
  const ids: string[] = [];
  const running = await begin(operations);
  await operations.stop(running.id);
  const ofOrg = await begin(operations, 'tasks', 'acme');
  ids.push(running.id);
  for (let nth = 0; nth < 100; nth++) {
    const { id, end } = await begin(operations);
    ids.push(id);
    end({});
    await expect.poll(() => operations.get(id)?.state).toBe('done');
  }
  expect(ids.map((id) => operations.get(id) === undefined).filter(Boolean)).toHaveLength(1);
  expect(operations.get(ids[0] ?? '')).toBeUndefined();
  expect(operations.get(ofOrg.id)).toMatchObject({ state: 'running', org: 'acme' });
});
