// Cancelling several tasks: what is selected, what is asked, and what is said of those that could not be cancelled.

import type { Operation } from '@agentcom/schemas';
import { afterEach, describe, expect, it } from 'vitest';
import { EXIT } from '../exit.js';
import { runCommandLine } from '../program.js';
import { KEY, problem, type Received, type Reply, type TestHub, task, testHub, testWorld } from '../testing.js';

let hub: TestHub | undefined;

afterEach(() => hub?.stop());

async function atHub(reply: (request: Received) => Reply, args: readonly string[]) {
  hub = await testHub(reply);
  const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url } });
  const exit = await runCommandLine(world, args);
  return { exit, world, received: hub.received };
}

const ids = [1, 2, 3].map((n) => `019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7${n}`);
const [first = '', second = '', third = ''] = ids;

const idIn = (url: string) => url.split('/')[4] ?? '';

describe('task cancel', () => {
  it('cancels every task that is named', async () => {
    const { exit, received, world } = await atHub(
      ({ url }) => ({ status: 200, body: task({ id: idIn(url), state: 'cancelled' }) }),
      ['task', 'cancel', first, second, '--reason', 'enough'],
    );
    expect(exit).toBe(EXIT.done);
    expect(received.map(({ url, body }) => [url, body])).toEqual(
      [first, second].map((id) => [`/api/v1/tasks/${id}/cancel`, { reason: 'enough' }]),
    );
    expect(world.out()).toContain('Cancelled 2 tasks.');
  });

  const begun = (fields: Partial<Operation> = {}): { readonly status: number; readonly body: Operation } => ({
    status: 202,
    body: {
      ...{ id: first, kind: 'tasks', state: 'done', by: 'key:x', startedAt: '2026-01-01T00:00:00Z', failures: [] },
      ...{ endedAt: '2026-01-01T00:00:00Z', done: 2, total: 2 },
      tasks: { action: 'cancel', changed: 2, refused: 0, codes: [], refusals: [] },
      ...fields,
    },
  });

  const { endedAt: _, ...running } = { ...begun().body, state: 'running' as const };

  it('has the hub cancel all that a filter selects, and says what came of it', async () => {
    const refusals = [{ task: second, code: 'task.already_final', message: 'the task is completed' }];
    const tasks = { action: 'cancel', changed: 1, refused: 1, codes: [], refusals } as const;
    const { exit, received, world } = await atHub(
      ({ method }) => (method === 'POST' ? { ...begun(), body: running } : begun({ tasks })),
      ['task', 'cancel', '--label', 'team=web', '--query', 'state:queued', '--reason', 'enough', '--yes'],
    );
    expect(exit).toBe(EXIT.failed);
    expect(received.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['POST', '/api/v1/tasks/actions', { action: 'cancel', label: ['team=web'], q: 'state:queued', reason: 'enough' }],
      ['GET', `/api/v1/operations/${first}`, undefined],
    ]);
    expect(world.out()).toBe('Cancelled 1 task.\n');
    expect(world.err()).toContain(`Task ${second} was not cancelled: the task is completed`);
  });

  it('says how far it was when the hub was interrupted', async () => {
    const tasks = { action: 'cancel', changed: 1, refused: 0, codes: [], refusals: [] } as const;
    const failures = ['interrupted with 1 left: another hub leads; ask for the same again to go on'];
    const { exit, world } = await atHub(
      () => begun({ state: 'failed', done: 1, tasks, failures }),
      ['task', 'cancel', '--mine', '--yes'],
    );
    expect(exit).toBe(EXIT.failed);
    expect(world.out()).toBe('Cancelled 1 of 2 tasks.\n');
    expect(world.err()).toContain('interrupted with 1 left');
  });

  it('cancels nothing that a filter selects before somebody has said yes', async () => {
    const { exit, received, world } = await atHub(() => begun({ total: 1 }), ['task', 'cancel', '--state', 'queued']);
    expect(exit).toBe(EXIT.usage);
    expect(world.err()).toMatch(/1 task would be cancelled[\s\S]*--yes/);
    expect(received.map(({ body }) => body)).toEqual([{ action: 'cancel', state: ['queued'], dryRun: true }]);
  });

  it('goes on when one of them has ended meanwhile, and says so', async () => {
    const { exit, world } = await atHub(
      ({ url }) =>
        url.includes(first)
          ? problem(409, 'task.already_final', 'the task is completed')
          : { status: 200, body: task({ id: second, state: 'cancelled' }) },
      ['task', 'cancel', first, second],
    );
    expect(exit).toBe(EXIT.failed);
    expect(world.err()).toContain(`Task ${first} was not cancelled`);
    expect(world.out()).toContain('Cancelled 1 task.');
  });

  const many = Array.from({ length: 20 }, (_, n) => `019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6b${10 + n}`);
  const ended = (id: string): Reply => ({ status: 200, body: task({ id, state: 'cancelled' }) });

  it.each([
    [problem(503, 'hub.not_leader', 'this hub does not lead'), EXIT.retry],
    [problem(403, 'auth.forbidden', 'this key may not cancel tasks'), EXIT.notAllowed],
  ])(
    'stops at what all the others would meet as well, and says what was cancelled and what was not',
    async (refusal, code) => {
      const { exit, world, received } = await atHub(
        ({ url }) => (idIn(url) === many[0] ? ended(idIn(url)) : refusal),
        ['task', 'cancel', ...many],
      );
      expect(exit).toBe(code);
      expect(received.length).toBeLessThan(many.length);
      expect(world.out()).toBe('Cancelled 1 of 20 tasks.\n');
      expect(world.err()).toMatch(/Still to cancel \(19\): .*6b11.* and 9 more/);
      expect(world.err()).toMatch(/error: (hub\.not_leader|auth\.forbidden)[\s\S]*run the same command again/);
    },
  );

  it('says of which ones it is not known whether they were cancelled, because the connection broke', async () => {
    const { exit, world } = await atHub(
      ({ url }) =>
        idIn(url) === first ? problem(409, 'task.already_final', 'the task is already completed') : 'close',
      ['task', 'cancel', first, second, '--json'],
    );
    expect(exit).toBe(EXIT.unreachable);
    const notCancelled = [{ task: first, code: 'task.already_final', message: 'the task is already completed' }];
    expect(world.lines()).toEqual([{ cancelled: [], notCancelled, unknown: [second], untouched: [] }]);
    expect(JSON.parse(world.err())).toMatchObject({ error: { code: 'hub.unreachable' } });
  });

  it('succeeds for tasks that are already cancelled, one or several', async () => {
    const reply = ({ url, method }: Received): Reply => {
      const id = idIn(url);
      if (method === 'GET') return { status: 200, body: task({ id, state: id === third ? 'completed' : 'cancelled' }) };
      return id === second
        ? { status: 200, body: task({ id, state: 'cancelled' }) }
        : problem(409, 'task.already_final', 'the task has ended');
    };
    const one = await atHub(reply, ['task', 'cancel', first]);
    expect([one.exit, one.world.out()]).toEqual([EXIT.done, `Task ${first} was already cancelled.\n`]);
    await hub?.stop();
    const several = await atHub(reply, ['task', 'cancel', first, second]);
    expect(several.exit).toBe(EXIT.done);
    expect(several.world.out()).toContain('Cancelled 1 task.');
    expect(several.world.err()).toContain(`Already cancelled (1): ${first}`);
    await hub?.stop();
    const inJson = await atHub(reply, ['task', 'cancel', first, second, third, '--json']);
    expect(inJson.exit).toBe(EXIT.failed);
    expect(inJson.world.lines()).toMatchObject([
      { cancelled: [second], alreadyCancelled: [first], notCancelled: [{ task: third }] },
    ]);
    await hub?.stop();
    const completed = await atHub(reply, ['task', 'cancel', third]);
    expect(completed.exit).toBe(EXIT.failed);
  });

  it('says so when a filter matches nothing', async () => {
    const { exit, world } = await atHub(() => begun({ total: 0 }), ['task', 'cancel', '--mine']);
    expect([exit, world.out() + world.err()]).toEqual([EXIT.done, 'No open tasks match; nothing was cancelled.\n']);
  });

  it.each([[[]], [[first, '--mine']], [['--since', '1h', '--until', '2d', '--yes']]])('refuses %j', async (args) => {
    const { exit, received } = await atHub(() => ({ status: 200, body: {} }), ['task', 'cancel', ...args]);
    expect([exit, received]).toEqual([EXIT.usage, []]);
  });
});
