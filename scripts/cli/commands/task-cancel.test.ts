// Cancelling several tasks: what is selected, what is asked, and what is said of those that could not be cancelled.

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

  it('selects by a filter, page by page, what has not ended', async () => {
    const { exit, received, world } = await atHub(
      ({ url, method }) => {
        if (method === 'POST') return { status: 200, body: task({ id: idIn(url), state: 'cancelled' }) };
        const isFirst = !url.includes('cursor=');
        const items = isFirst
          ? [task({ id: first, state: 'queued' })]
          : [task({ id: third, state: 'dead' }), task({ id: second, state: 'completed' })];
        return { status: 200, body: { items, nextCursor: isFirst ? 'next' : null } };
      },
      ['task', 'cancel', '--label', 'team=web', '--yes', '--json'],
    );
    expect(exit).toBe(EXIT.done);
    expect(received[0]?.url).toContain('label=team%3Dweb');
    expect(world.lines()).toEqual([{ cancelled: [first, third], notCancelled: [] }]);
  });

  it('cancels nothing that a filter selects before somebody has said yes', async () => {
    const { exit, received, world } = await atHub(
      () => ({ status: 200, body: { items: [task({ id: first, state: 'queued' })], nextCursor: null } }),
      ['task', 'cancel', '--state', 'queued'],
    );
    expect(exit).toBe(EXIT.usage);
    expect(world.err()).toMatch(/1 task would be cancelled[\s\S]*--yes/);
    expect(received.every(({ method }) => method === 'GET')).toBe(true);
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

  it.each([[[]], [[first, '--mine']], [['--since', '1h', '--until', '2d', '--yes']]])('refuses %j', async (args) => {
    const { exit, received } = await atHub(() => ({ status: 200, body: {} }), ['task', 'cancel', ...args]);
    expect([exit, received]).toEqual([EXIT.usage, []]);
  });
});
