// What `dead requeue` and `task retry` send for what is to be different.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Operation, TaskActionBody } from '@agentcom/schemas';
import { afterEach, describe, expect, test } from 'vitest';
import { EXIT } from '../exit.js';
import { schemaHub } from '../fixture.js';
import { runCommandLine } from '../program.js';
import { KEY, problem, TASK, type TestHub, task, temporaryDir, testHub, testWorld } from '../testing.js';

let hub: TestHub | undefined;

afterEach(async () => {
  await hub?.stop();
  hub = undefined;
});

async function sent(args: readonly string[], home = '/nowhere', stdin = '') {
  hub = await testHub(({ url }) =>
    url.endsWith('/tasks/actions')
      ? { status: 202, body: acted('requeue', 1) }
      : { status: 200, body: task({ state: 'queued' }) },
  );
  const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url }, home, stdin });
  const exit = await runCommandLine(world, args);
  return { exit, err: world.err(), received: hub.received.map(({ url, body }) => [url, body]) };
}

const CHANGES = ['--fresh-session', '--model', 'm-2', '--prompt-append', 'More.'];
const BODY = { freshSession: true, model: 'm-2', promptAppend: 'More.' };

describe('a change', () => {
  test.each([
    [['dead', 'requeue', TASK], `/api/v1/dead-letters/${TASK}/requeue`, {}],
    [['task', 'retry', TASK], `/api/v1/tasks/${TASK}/retry`, {}],
  ])('goes with %j', async (args, url, more) => {
    const { exit, received } = await sent([...args, ...CHANGES]);
    expect([exit, received]).toEqual([EXIT.done, [[url, { ...more, ...BODY }]]]);
  });

  test('goes with all that a filter selects', async () => {
    const { exit, received } = await sent(['dead', 'requeue', '--cause', 'permanent', ...CHANGES]);
    const body = { action: 'requeue', death: 'permanent', changes: BODY };
    expect([exit, received]).toEqual([EXIT.done, [['/api/v1/tasks/actions', body]]]);
  });

  test('may be of everything, in one command', async () => {
    const flags = [
      ...['--keep-budget', '--max-cost', '2.50', '--max-tokens', '900', '--to-lane', 'high', '--needs', 'git,gpu'],
      ...['--runner', 'codex', '--max-attempts', '2', '--run-timeout', '10m', '--prompt', 'Less.'],
    ];
    const body = {
      keepBudget: true,
      budget: { costMicros: 2_500_000, tokens: 900 },
      lane: 'high',
      needs: ['git', 'gpu'],
      runner: 'codex',
      maxAttempts: 2,
      runTimeoutSeconds: 600,
      prompt: 'Less.',
    };
    expect((await sent(['dead', 'requeue', TASK, ...flags])).received[0]?.[1]).toEqual(body);
    await hub?.stop();
    expect((await sent(['task', 'retry', TASK, ...flags])).received[0]?.[1]).toEqual(body);
    await hub?.stop();
    expect((await sent(['task', 'retry', TASK, '--needs', ''])).received[0]?.[1]).toEqual({ needs: [] });
  });

  test('may be several runners and models, of which a limit to the cost chooses the cheapest', async () => {
    const flags = ['--runner', 'claude,codex', '--model', 'a', '--model', 'b', '--max-cost', '2.50'];
    expect((await sent(['task', 'retry', TASK, ...flags])).received[0]?.[1]).toEqual({
      runner: ['claude', 'codex'],
      model: ['a', 'b'],
      maxCost: 2_500_000,
      budget: { costMicros: 2_500_000 },
    });
  });

  test.each([[['--to-lane', 'high']], [['--prompt', 'Less.']], [['--edit']]])(
    'of one task alone is not for many: %j',
    async (flags) => {
      const { exit, received } = await sent(['dead', 'requeue', '--cause', 'permanent', ...flags]);
      expect([exit, received]).toEqual([EXIT.usage, []]);
    },
  );

  test.each([
    [['--prompt', 'a', '--prompt-append', 'b']],
    [['--edit', '--prompt', 'a']],
    [['--prompt', ' ']],
    [['--max-cost', 'much']],
    [['--runner', 'claude,vim']],
    [['--model', 'a,b,c,d,e,f']],
  ])('that makes no sense is not asked for: %j', async (flags) => {
    const { exit, received } = await sent(['task', 'retry', TASK, ...flags]);
    expect([exit, received]).toEqual([EXIT.usage, []]);
  });

  test('of the prompt comes from a file or standard input, and never from two places', async () => {
    const dir = await temporaryDir();
    await writeFile(join(dir.path, 'more.md'), 'From a file.');
    const retry = ['task', 'retry', TASK, '--prompt-append-file'];
    expect((await sent([...retry, 'more.md'], dir.path)).received[0]?.[1]).toEqual({ promptAppend: 'From a file.' });
    await hub?.stop();
    expect((await sent([...retry, '-'], dir.path, 'Typed.')).received[0]?.[1]).toEqual({ promptAppend: 'Typed.' });
    await hub?.stop();
    const both = await sent([...retry, '-', '--prompt-append', 'x'], dir.path);
    expect([both.exit, both.received]).toEqual([EXIT.usage, []]);
    await dir.remove();
  });
});

describe('what holds already', () => {
  const asked = async (args: readonly string[], state: 'queued' | 'working' | 'cancelled', code: string) => {
    hub = await testHub(({ method }) =>
      method === 'GET' ? { status: 200, body: task({ state }) } : problem(409, code, `the task is ${state}`),
    );
    const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url } });
    return [await runCommandLine(world, args), world.out()];
  };

  test.each([
    [['dead', 'requeue', TASK], 'queued', 'task.not_dead'],
    [['task', 'retry', TASK], 'queued', 'task.not_retryable'],
    [['dead', 'discard', TASK], 'cancelled', 'task.not_dead'],
  ] as const)('is no failure of %j', async (args, state, code) => {
    expect(await asked(args, state, code)).toEqual([EXIT.done, `Task ${TASK} was already ${state}.\n`]);
  });

  test.each([
    [['dead', 'requeue', TASK], 'working', 'task.not_dead'],
    [['dead', 'requeue', TASK, '--model', 'm-2'], 'queued', 'task.not_dead'],
    [['dead', 'discard', TASK], 'working', 'task.not_dead'],
  ] as const)('is not taken for granted by %j', async (args, state, code) => {
    expect((await asked(args, state, code))[0]).toBe(EXIT.failed);
  });

  test('is no failure of `key revoke`', async () => {
    const [id, other] = [1, 2].map((n) => `019a8f6c-0000-7000-8000-00000000000${n}`);
    const items = [
      { id, role: 'viewer', name: 'ci', createdAt: '2026-01-01T00:00:00Z', revokedAt: '2026-01-02T00:00:00Z' },
    ];
    hub = await testHub(({ method }) =>
      method === 'GET'
        ? { status: 200, body: { items, nextCursor: null } }
        : problem(404, 'key.not_found', 'no such key'),
    );
    const run = async (key = '') => {
      const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub?.url ?? '' } });
      return [await runCommandLine(world, ['key', 'revoke', key]), world.out()];
    };
    expect(await run(id)).toEqual([EXIT.done, `Key ${id} was already revoked.\n`]);
    expect((await run(other))[0]).toBe(EXIT.failed);
  });
});

const acted = (action: TaskActionBody['action'], changed: number): Operation => ({
  ...{ id: TASK, kind: 'tasks', state: 'done', by: 'key:x', failures: [], done: changed, total: changed },
  ...{ startedAt: '2026-01-01T00:00:00Z', endedAt: '2026-01-01T00:00:00Z' },
  tasks: { action, changed, refused: 0, codes: [], refusals: [] },
});

describe('dead letters that a filter selects', () => {
  const [first = '', second = ''] = [1, 2].map((n) => `019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7${n}`);
  const letter = (id: string) => ({
    ...task({ id, state: 'dead' }),
    death: 'permanent',
    diedAt: '2026-01-01T00:00:00Z',
  });
  const asked = async (args: readonly string[]) => {
    const home = await schemaHub({
      'dead.list': ({ url }) =>
        url.includes('cursor=')
          ? { status: 200, body: { items: [letter(second)], nextCursor: null } }
          : { status: 200, body: { items: [letter(first)], nextCursor: first } },
      'task.act': ({ body }) => ({ status: 202, body: acted((body as TaskActionBody).action, 2) }),
    });
    hub = home;
    const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: home.url } });
    const exit = await runCommandLine(world, ['dead', ...args]);
    return { exit, out: world.out(), err: world.err(), received: home.received };
  };
  const FILTER = ['--cause', 'permanent', '--lane', 'high,low', '--agent', 'a', '--label', 'team=web', '--query', 'q'];
  const MORE = ['--repo', 'shop', '--mine', '--since', '2d', '--until', '1d', '--class', 'permanent', '--code', 'a.b'];
  const SENT = {
    ...{ death: 'permanent', lane: ['high', 'low'], agent: 'a', label: ['team=web'], q: 'q', repo: 'shop', mine: '1' },
    ...{ since: '2026-01-29T12:00:00.000Z', until: '2026-01-30T12:00:00.000Z', class: 'permanent', code: 'a.b' },
  };

  test('are asked for in the same words by list', async () => {
    const { received } = await asked(['list', ...FILTER, ...MORE]);
    const { searchParams } = new URL(received[0]?.url ?? '', 'http://hub');
    const sent = Object.fromEntries([...new Set(searchParams.keys())].map((key) => [key, searchParams.getAll(key)]));
    expect(sent).toMatchObject(Object.fromEntries(Object.entries(SENT).map(([key, value]) => [key, [value].flat()])));
  });

  test('are requeued by the same filter, with what is to be different, at a pace', async () => {
    const { exit, out, received } = await asked(['requeue', ...FILTER, ...MORE, '--model', 'm', '--per-minute', '10']);
    const body = { action: 'requeue', ...SENT, changes: { model: 'm' }, perMinute: 10 };
    expect([exit, out, received.map((one) => one.body)]).toEqual([EXIT.done, 'Requeued 2 tasks.\n', [body]]);
  });

  test('are discarded by the same filter, each with the reason', async () => {
    const { exit, out, received } = await asked(['discard', '--label', 'team=web', '--reason', 'old', '--yes']);
    const body = { action: 'discard', label: ['team=web'], reason: 'old' };
    expect([exit, out, received.map((one) => one.body)]).toEqual([EXIT.done, 'Discarded 2 tasks.\n', [body]]);
  });

  test('are not discarded before somebody has said yes', async () => {
    for (const how of [['--label', 'team=web'], ['--all'], ['--all', '--json']]) {
      const { exit, err, received } = await asked(['discard', ...how]);
      expect(exit).toBe(EXIT.usage);
      expect(err).toContain('2 tasks would be discarded');
      expect(err).toContain('--yes');
      expect(received.map(({ body }) => (body as TaskActionBody).dryRun)).toEqual([true]);
      await hub?.stop();
    }
  });

  test.each([['requeue'], ['discard']])('are never all of them by mistake of %s', async (verb) => {
    for (const args of [[], [first, '--mine'], [first, '--all'], ['--all', '--mine']]) {
      const { exit, received } = await asked([verb, ...args]);
      expect([exit, received]).toEqual([EXIT.usage, []]);
      await hub?.stop();
    }
  });
});

test('a list names agent and repository, and fits a terminal', async () => {
  const repo = { url: 'https://git.example.org/shop/web.git' };
  const letter = {
    ...task({ state: 'dead', agent: 'duly-noted', repo, title: 'Fix the roof' }),
    death: 'attempts_used',
    diedAt: '2026-01-31T11:00:00Z',
    error: { class: 'permanent', code: 'git.auth', message: 'denied '.repeat(20) },
  };
  hub = await schemaHub({ 'dead.list': () => ({ status: 200, body: { items: [letter], nextCursor: null } }) });
  const env = { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url, NO_COLOR: '1' };
  for (const isTerminal of [true, false]) {
    const world = testWorld({ env, isTerminal });
    await runCommandLine(world, ['dead', 'list']);
    const [head = '', line = ''] = world.out().split('\n');
    expect(head).toMatch(isTerminal ? /AGENT +REPO +LAST ERROR/ : /CAUSE +AGENT +REPO +TITLE +LAST ERROR/);
    expect(line).toMatch(/duly-noted +web +.*permanent git\.auth: denied/);
    if (isTerminal) expect(line.length).toBeLessThanOrEqual(80);
  }
});

describe('a filter that nothing matches', () => {
  const letters = (codes: readonly string[]) =>
    codes.map((code) => ({
      ...task({ state: 'dead' }),
      death: 'permanent',
      diedAt: '2026-01-01T00:00:00Z',
      error: { class: 'permanent', code, message: 'm' },
    }));
  const asked = async (args: readonly string[], codes = ['git.auth', 'agent.offline', 'git.no_commit']) => {
    const home = await schemaHub({
      'dead.list': ({ url }) => ({
        status: 200,
        body: { items: /code=|label=/.test(url) ? [] : letters(codes), nextCursor: null },
      }),
      'task.act': ({ body }) => ({ status: 202, body: acted((body as TaskActionBody).action, 0) }),
    });
    hub = home;
    const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: home.url } });
    return { exit: await runCommandLine(world, ['dead', ...args]), out: world.out(), err: world.err() };
  };

  test.each([['list'], ['requeue'], ['discard']])(
    'is said by %s, with the codes that there are, the likely ones first',
    async (verb) => {
      const { exit, out, err } = await asked([verb, '--code', 'git.nocommit']);
      expect([exit, out + err]).toEqual([
        EXIT.done,
        'No dead letters match. Their codes are: git.no_commit, git.auth, agent.offline\n',
      ]);
    },
  );

  test('is said without codes when there are none, or none was asked for', async () => {
    expect((await asked(['requeue', '--code', 'git.auth'], [])).out).toBe('No dead letters match.\n');
    await hub?.stop();
    expect((await asked(['requeue', '--label', 'team=web'])).out).toBe('No dead letters match.\n');
  });

  test.each([
    [['--code', 'A B'], '--code'],
    [['--label', 'a b=c'], '--label'],
    [['--lane', 'fast'], '--lane'],
    [['--class', 'odd'], '--class'],
    [['--cause', 'odd'], '--cause'],
  ])('is no filter when it cannot be one: %j', async (args, option) => {
    const { exit, err } = await asked(['requeue', '--all', ...args]);
    expect(exit).toBe(EXIT.usage);
    expect(err).toContain(option);
  });
});
