import { afterEach, describe, expect, it } from 'vitest';
import { EXIT } from './exit.js';
import { runCommandLine } from './program.js';
import {
  deadAddress,
  KEY,
  problem,
  type Received,
  type Reply,
  TASK,
  type TestHub,
  task,
  testHub,
  testWorld,
} from './testing.js';

let hub: TestHub | undefined;

afterEach(async () => {
  await hub?.stop();
  hub = undefined;
});

async function atHub(reply: (request: Received, nth: number) => Reply, args: readonly string[], stdin = '') {
  hub = await testHub(reply);
  const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url }, stdin });
  const exit = await runCommandLine(world, args);
  return { exit, world, received: hub.received };
}

const COMMANDS = [
  'up',
  'submit',
  'task list',
  'task show',
  'task logs',
  'task why',
  'task cancel',
  'task retry',
  'task push',
  'task answer',
  'dead list',
  'dead requeue',
  'dead discard',
  'agent invite',
  'agent list',
  'agent show',
  'agent drain',
  'agent resume',
  'agent remove',
  'join',
  'leave',
  'sidecar',
  'backup create',
  'backup list',
  'backup verify',
  'backup restore',
  'backup drill',
  'compact',
  'doctor',
  'bench',
];

describe('help', () => {
  it.each(COMMANDS)('of %s has examples and the options of every command', async (command) => {
    const world = testWorld();
    expect(await runCommandLine(world, [...command.split(' '), '--help'])).toBe(EXIT.done);
    expect(world.out()).toContain(`$ agentcom ${command}`);
    expect(world.out()).toMatch(/--hub <url>[\s\S]*--key-file <file>[\s\S]*--json/);
    expect(world.err()).toBe('');
  });

  it('of a group names its commands', async () => {
    const world = testWorld();
    expect(await runCommandLine(world, ['dead', '--help'])).toBe(EXIT.done);
    expect(world.out()).toMatch(/list[\s\S]*requeue[\s\S]*discard/);
  });
});

describe('wrong usage', () => {
  it.each([
    [['submit', 'title', '--promt', 'x'], '--prompt'],
    [['tsk'], 'task'],
    [['task', 'lst'], 'list'],
    [['submit'], 'title'],
    [['submit', 't', '--prompt', 'p', '--lane', 'fast'], 'urgent'],
    [['submit', 't', '--prompt', 'p', '--max-attempts', '0'], 'whole number'],
    [['submit', 't', '--prompt', 'p', '--label', 'novalue'], 'name=value'],
    [['submit', 't', '--prompt', 'p', '--label', 'a=1', '--label', 'a=2'], 'a is given twice'],
    [['submit', 't', '--prompt', 'p', '--runner', 'foo'], 'claude'],
    [['submit', 't', '--prompt', 'p', '--needs', 'a,,b'], 'empty'],
    [['submit', 't', '--prompt', 'p', '--depends-on', 'a,'], 'empty'],
    [['submit', 't', '--prompt', 'p', '--not-before', '2026-02-30'], 'must be a time'],
    [['submit', 't', '--prompt', 'p', '--not-before', '2026-02-30T12:00:00Z'], 'must be a time'],
    [['submit', 't', '--prompt', 'caf\uFFFD'], 'UTF-8'],
    [['submit', 't\uFFFD', '--prompt', 'p'], 'UTF-8'],
    [['task', 'list', '--since', '2026-02-30'], 'must be a time'],
    [['submit', 't', '--prompt', 'p', '--not-before', 'tomorrow'], 'must be a time'],
    [['submit', 't', '--prompt', 'p', '--prompt-file', 'f'], 'either'],
    [['submit', 't'], '--prompt-file'],
    [['submit', 't', '--prompt', ' '], 'empty'],
    [['submit', 't', '--prompt', 'p', '--base', 'main'], '--repo'],
    [['task', 'list', '--state', 'queued,lost'], 'completed'],
    [['task', 'list', '--limit', '201'], '200'],
    [['dead', 'requeue'], '--all'],
    [['dead', 'requeue', TASK, '--all'], 'not both'],
    [['join', 'http://127.0.0.1:1', '--', 'agent'], 'token'],
    [['join', 'http://127.0.0.1:1', '--name', 'No Slug'], 'lower-case'],
    [['join', 'http://127.0.0.1:1', '--runner', 'emacs'], 'claude'],
    [['agent', 'invite', '--ttl', '5y'], '1h'],
    [['task', 'list', '--hub', 'ftp://x'], 'http://'],
    [['up', '--port', '70000'], '--port'],
    [['sidecar'], '--config'],
    [['backup', 'restore', '/nowhere/at-all'], 'not a file'],
    [['backup', 'restore', 'monday.backup'], '--confirm monday.backup'],
  ])('%j ends with 64 and a hint', async (args, hint) => {
    const world = testWorld();
    expect(await runCommandLine(world, args)).toBe(EXIT.usage);
    expect(world.err()).toContain(hint);
    expect(world.out()).toBe('');
  });

  it('is one JSON object on stderr with --json, and nothing on stdout', async () => {
    const world = testWorld();
    expect(await runCommandLine(world, ['task', 'lst', '--json'])).toBe(EXIT.usage);
    expect(JSON.parse(world.err())).toMatchObject({ error: { code: 'usage', exit: 64 } });
    expect(world.out()).toBe('');
  });

  it('without any command shows the help on stderr', async () => {
    const world = testWorld();
    expect(await runCommandLine(world, [])).toBe(EXIT.usage);
    expect(world.err()).toContain('agentcom up --demo');
  });

  it.each([
    [['task', 'list', '--statee', 'x'], 'task list --help'],
    [['--hub', 'http://127.0.0.1:1', 'task', 'show'], 'task show --help'],
    [['task', 'lst'], 'task --help'],
    [['submit'], 'submit --help'],
    [['tsk'], 'agentcom --help'],
    [['--statee'], 'agentcom --help'],
  ])('%j names the help of the command that was called', async (args, help) => {
    const world = testWorld();
    expect(await runCommandLine(world, args)).toBe(EXIT.usage);
    expect(world.err()).toContain(`${help}\``);
  });

  it('names a setting of the environment that is none', async () => {
    const world = testWorld({ env: { AGENTCOM_HUBB: 'http://127.0.0.1:1' } });
    expect(await runCommandLine(world, ['task', 'list'])).toBe(EXIT.usage);
    expect(world.err()).toContain('AGENTCOM_HUBB');
  });
});

describe('a command at a hub', () => {
  it('prints one JSON value and nothing else with --json', async () => {
    const { exit, world } = await atHub(() => ({ status: 200, body: task() }), ['task', 'show', TASK, '--json']);
    expect(exit).toBe(EXIT.done);
    expect(world.lines()).toEqual([task()]);
    expect(world.err()).toBe('');
  });

  it('ends with 77 when the key does not allow it', async () => {
    const { exit, world } = await atHub(() => problem(403, 'auth.forbidden', 'no'), ['agent', 'list']);
    expect(exit).toBe(EXIT.notAllowed);
    expect(world.err()).toContain('auth.forbidden: no');
  });

  it('ends with 69 when nothing answers', async () => {
    const world = testWorld({ env: { AGENTCOM_KEY: KEY } });
    expect(await runCommandLine(world, ['task', 'list', '--hub', await deadAddress()])).toBe(EXIT.unreachable);
  });

  it('shows the fields that a refusal names, without what they could do to a terminal', async () => {
    const errors = [{ path: '/needs/0', message: 'must be \u001b[31mred' }];
    const { exit, world } = await atHub(
      () => problem(400, 'request.invalid', 'not valid', { errors }),
      ['submit', 't', '--prompt', 'p', '--needs', 'A'],
    );
    expect(exit).toBe(EXIT.failed);
    expect(world.err()).toContain('--needs');
    expect(world.err()).not.toContain('\u001b');
  });

  it('passes every option of submit on', async () => {
    const args = ['submit', 'Fix it', '--prompt-file', '-', '--repo', 'https://example.org/a.git', '--base', 'dev'];
    const more = [
      '--needs',
      'git,os:linux',
      '--lane',
      'high',
      '--label',
      'a=b=c',
      '--label',
      'd=',
      '--max-attempts',
      '2',
    ];
    const last = ['--depends-on', TASK, '--not-before', '2026-02-01T01:00:00+01:00', '--idempotency-key', 'k1'];
    const { exit, received } = await atHub(
      () => ({ status: 201, body: task() }),
      [...args, ...more, ...last],
      'Do it.',
    );
    expect(exit).toBe(EXIT.done);
    expect(received[0]?.headers['idempotency-key']).toBe('k1');
    expect(received[0]?.body).toEqual({
      title: 'Fix it',
      prompt: 'Do it.',
      repo: { url: 'https://example.org/a.git', base: 'dev' },
      needs: ['git', 'os:linux'],
      lane: 'high',
      labels: { a: 'b=c', d: '' },
      maxAttempts: 2,
      dependsOn: [TASK],
      notBefore: '2026-02-01T00:00:00.000Z',
    });
  });

  it.each([
    [['--depends-on', TASK], /--base-from-parent needs --repo/],
    [['--repo', 'https://example.org/a.git'], /exactly one task/],
  ])('refuses --base-from-parent that has nothing to build on: %j', async (more, said) => {
    const args = ['submit', 't', '--prompt', 'p', '--base-from-parent', ...more];
    const { exit, world, received } = await atHub(() => ({ status: 201, body: task() }), args);
    expect([exit, received]).toEqual([EXIT.usage, []]);
    expect(world.err()).toMatch(said);
  });

  it('gives every submission a key of its own', async () => {
    const first = await atHub(() => ({ status: 201, body: task() }), ['submit', 't', '--prompt', 'p']);
    await hub?.stop();
    const second = await atHub(() => ({ status: 201, body: task() }), ['submit', 't', '--prompt', 'p']);
    const keys = [first, second].map(({ received }) => received[0]?.headers['idempotency-key']);
    expect(keys[0]).toBeTruthy();
    expect(keys[0]).not.toBe(keys[1]);
  });

  it('says how to repeat a submission whose outcome is not known', async () => {
    const { exit, world } = await atHub(() => 'close', ['submit', 't', '--prompt', 'p', '--idempotency-key', 'k1']);
    expect(exit).toBe(EXIT.unreachable);
    expect(world.err()).toContain('--idempotency-key k1');
  });

  it('fails when a backup is damaged', async () => {
    const verified = { id: 'b1', ok: false, problems: ['a body is missing'], seq: 3, tasks: 0, agents: 0, seconds: 1 };
    const begun = { id: TASK, kind: 'verify', by: 'key:x', startedAt: '2026-01-31T12:00:00Z', done: 1, total: 2 };
    const running = { ...begun, state: 'running', failures: [] };
    const body = { ...begun, state: 'failed', endedAt: begun.startedAt, failures: verified.problems, verified };
    const { exit, world } = await atHub(
      (_, nth) => ({ status: nth === 1 ? 202 : 200, body: nth < 3 ? running : body }),
      ['backup', 'verify', 'b1'],
    );
    expect(exit).toBe(EXIT.failed);
    expect(world.out()).toContain('a body is missing');
  });
});

describe('backup restore at a hub', () => {
  const begun = { id: TASK, kind: 'restore', by: 'key:x', startedAt: '2026-01-31T12:00:00Z', done: 1, total: 3 };
  const running = { ...begun, state: 'running', failures: [] };
  const args = ['backup', 'restore', 'b1', '--confirm', 'b1', '--reason', 'a bad import'];

  it('waits for its end, also while the hub is away', async () => {
    const restored = { journal: 'j2', seq: 8, kept: 'b2' };
    const body = { ...begun, state: 'done', endedAt: begun.startedAt, failures: [], restored };
    const replies = [
      { status: 202, body: running },
      problem(503, 'hub.draining', 'the hub is shutting down'),
      { status: 200, body: running },
      { status: 200, body },
    ];
    const { exit, world, received } = await atHub(
      (_, nth) => replies[Math.min(nth, 4) - 1] as Reply,
      [...args, '--json'],
    );
    expect(exit).toBe(EXIT.done);
    expect(received[0]).toMatchObject({
      method: 'POST',
      url: '/api/v1/restores',
      body: { backup: 'b1', confirm: 'b1', reason: 'a bad import' },
    });
    expect(world.lines()).toEqual([restored]);
  });

  it('fails with what the hub says', async () => {
    const failures = ['nothing was changed: no space left'];
    const body = { ...begun, state: 'failed', endedAt: begun.startedAt, failures };
    const { exit, world } = await atHub(
      (_, nth) => (nth === 1 ? { status: 202, body: running } : { status: 200, body }),
      args,
    );
    expect(exit).toBe(EXIT.failed);
    expect(world.err()).toContain('nothing was changed: no space left');
  });
});

describe('submit --wait', () => {
  const result = { summary: 'done', branch: 'agentcom/a/b', commit: 'c'.repeat(40) };
  const states = [
    task(),
    task({ state: 'working', generation: 1, agent: 'duly-noted' }),
    task({ state: 'completed', generation: 1, result }),
  ];

  function playing(ends: readonly ReturnType<typeof task>[]) {
    let asked = 0;
    return (request: Received, _nth = 0): Reply => {
      if (request.method === 'POST') return { status: 201, body: task() };
      const body = ends[Math.min(asked, ends.length - 1)];
      asked += 1;
      return { status: 200, body };
    };
  }

  it('tells every change as a line and ends 0 when completed', async () => {
    const { exit, world } = await atHub(playing(states), ['submit', 't', '--prompt', 'p', '--wait', '--json']);
    expect(exit).toBe(EXIT.done);
    expect(world.lines()).toMatchObject([
      { event: 'task.submitted', task: TASK },
      { event: 'task.state', state: 'queued' },
      { event: 'task.state', state: 'working', agent: 'duly-noted' },
      { event: 'task.state', state: 'completed' },
      { event: 'task.completed', task: { id: TASK, result } },
    ]);
  });

  it.each([
    ['dead', EXIT.failed],
    ['cancelled', EXIT.cancelled],
  ] as const)('ends with the exit code of %s', async (state, code) => {
    const { exit } = await atHub(playing([task({ state })]), ['submit', 't', '--prompt', 'p', '--wait']);
    expect(exit).toBe(code);
  });

  it.each([
    ['attempt 1 of 3 failed 0 s ago: it broke (it.broke); the next one starts after a delay', 1],
    ['1 agent could do it, but all are busy', 1],
  ])('says once why an attempt failed, whether or not that is why it waits: %s', async (message, times) => {
    const error = { class: 'transient', code: 'it.broke', message: 'it broke' } as const;
    const attempt = { generation: 1, agent: 'a', startedAt: '2026-01-31T11:00:00Z', counted: true, error };
    const waiting = task({ state: 'scheduled', generation: 1, attempts: [attempt] });
    const play = playing([waiting, waiting, task({ state: 'cancelled', generation: 1 })]);
    const { world } = await atHub(
      (request, nth) =>
        request.url.endsWith('/why')
          ? { status: 200, body: { task: TASK, state: 'scheduled', reasons: [{ code: 'backoff', message }] } }
          : play(request, nth),
      ['submit', 't', '--prompt', 'p', '--wait'],
    );
    expect(world.err().split('it broke (it.broke)')).toHaveLength(times + 1);
    expect(world.err()).toContain(message);
  });

  it('goes on through a hub that is away for a while', async () => {
    let asked = 0;
    const { exit, world } = await atHub(
      ({ method }) => {
        if (method === 'POST') return { status: 201, body: task() };
        asked += 1;
        if (asked === 2) return 'close';
        if (asked === 3) return problem(503, 'hub.recovering', 'reading');
        return { status: 200, body: asked < 4 ? task() : states[2] };
      },
      ['submit', 't', '--prompt', 'p', '--wait'],
    );
    expect(exit).toBe(EXIT.done);
    expect(world.err()).toMatch(/does not answer[\s\S]*is back/);
    expect(world.out()).toContain('agentcom/a/b');
  });

  it('stops when the hub refuses to tell', async () => {
    const { exit } = await atHub(
      ({ method }) => (method === 'POST' ? { status: 201, body: task() } : problem(404, 'task.not_found', 'gone')),
      ['submit', 't', '--prompt', 'p', '--wait'],
    );
    expect(exit).toBe(EXIT.failed);
  });
});
