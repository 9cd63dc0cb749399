// `task logs`, `submit --wait --logs` and `task show`, as their users see them.

import type { OutputPiece, TaskView } from '@agentcom/schemas';
import { examplesByName } from '@agentcom/schemas/examples/index';
import { afterEach, describe, expect, it } from 'vitest';
import { EXIT } from './exit.js';
import { runCommandLine } from './program.js';
import { KEY, problem, type Received, type Reply, TASK, type TestHub, task, testHub, testWorld } from './testing.js';

let hub: TestHub | undefined;

afterEach(async () => {
  await hub?.stop();
  hub = undefined;
});

async function atHub(reply: (request: Received, nth: number) => Reply, args: readonly string[], isTerminal = false) {
  hub = await testHub(reply);
  const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url }, isTerminal });
  const exit = await runCommandLine(world, args);
  return { exit, world, received: hub.received };
}

function piece(outputSeq: number, more: Partial<OutputPiece> = {}): OutputPiece {
  return {
    generation: 1,
    outputSeq,
    stream: 'agent',
    at: '2026-01-31T12:00:00Z',
    data: `line ${outputSeq}\n`,
    ...more,
  };
}

function events(pieces: readonly OutputPiece[], state?: string): Reply {
  const said = pieces.map(
    (one) => `id: ${one.generation}.${one.outputSeq}\nevent: output\ndata: ${JSON.stringify(one)}\n\n`,
  );
  const end = state === undefined ? [] : [`event: end\ndata: ${JSON.stringify({ state })}\n\n`];
  return {
    status: 200,
    text: ['retry: 1000\n\n', ...said, ':\n\n', ...end].join(''),
    headers: { 'content-type': 'text/event-stream' },
  };
}

describe('task logs', () => {
  it('prints every page, byte for byte when it is not read on a terminal', async () => {
    const raw = 'a \u001b[31mred\u001b[0m word\r\n';
    const { exit, world, received } = await atHub(
      (_, nth) =>
        nth === 1
          ? { status: 200, body: { items: [piece(1, { data: raw })], nextCursor: '1.1' } }
          : { status: 200, body: { items: [piece(2)], nextCursor: null } },
      ['task', 'logs', TASK, '--generation', '1'],
    );
    expect([exit, world.out()]).toEqual([EXIT.done, `${raw}line 2\n`]);
    expect(received.map(({ url }) => url)).toEqual([
      `/api/v1/tasks/${TASK}/output?limit=200&generation=1`,
      `/api/v1/tasks/${TASK}/output?limit=200&generation=1&cursor=1.1`,
    ]);
  });

  it('prints lines by their numbers, or those that have a text, a part at a time', async () => {
    const answer = (items: object[], next: number | null) => ({
      status: 200,
      body: { generation: 2, items, next, lines: 9, counted: true, cursor: '2.1', colours: '' },
    });
    const line = (n: number, more = {}) => ({
      line: n,
      stream: 'agent',
      text: `line \u001b[31m${n}\u001b[0m`,
      ...more,
    });
    const ranged = await atHub(
      (_, nth) => (nth === 1 ? answer([line(3)], 4) : answer([line(4), line(5, { cut: true })], 6)),
      ['task', 'logs', TASK, '--lines', '3..5'],
      true,
    );
    expect(ranged.world.out()).toBe('line 3\nline 4\nline 5…\n');
    expect(ranged.received.map(({ url }) => url.split('?')[1])).toEqual([
      'from=3&limit=3',
      'from=4&limit=2&generation=2',
    ]);
    await hub?.stop();
    const single = await atHub(() => answer([line(12)], 13), ['task', 'logs', TASK, '--lines', '12']);
    expect(single.world.out()).toBe('line \u001b[31m12\u001b[0m\n');
    expect(single.received.map(({ url }) => url.split('?')[1])).toEqual(['from=12&limit=1']);
    await hub?.stop();
    const found = await atHub(() => answer([line(7)], null), ['task', 'logs', TASK, '--grep', 'Line 7']);
    expect(found.world.out()).toBe('7: line \u001b[31m7\u001b[0m\n');
    expect(found.received[0]?.url.split('?')[1]).toBe('from=1&limit=1000&q=Line+7');
    await hub?.stop();
    const none = await atHub(() => answer([], null), ['task', 'logs', TASK, '--grep', 'x']);
    expect([none.world.out(), none.world.err()]).toEqual(['', 'No such line.\n']);
    for (const range of ['5..3', '..', '0..2', '0', '', '1.2', '12345678901', 'x']) {
      await hub?.stop();
      expect((await atHub(() => answer([], null), ['task', 'logs', TASK, '--lines', range])).exit).toBe(EXIT.usage);
    }
  });

  it.each([
    ['9', EXIT.failed],
    ['4', EXIT.done],
    ['2', EXIT.done],
  ])('tells an attempt that never was (9) from one that has printed nothing: %s', async (generation, expected) => {
    const listed = examplesByName.TaskView?.valid[0] as TaskView | undefined;
    const attempts = [3, 4].map((one) => ({ ...listed?.attempts[0], generation: one }));
    const reply = ({ url, headers }: Received): Reply => {
      if (url.includes('/output/lines')) {
        return { status: 200, body: { items: [], next: null, lines: 0, counted: true, cursor: null, colours: '' } };
      }
      if (!url.includes('/output')) return { status: 200, body: { ...listed, attempts, attemptsDropped: 2 } };
      if (headers.accept === 'text/event-stream') return events([], 'completed');
      return { status: 200, body: { items: [], nextCursor: null } };
    };
    for (const more of [[], ['--grep', 'x'], ['-f'], ['--json']]) {
      const { exit, world } = await atHub(reply, ['task', 'logs', TASK, '--generation', generation, ...more]);
      expect(exit).toBe(expected);
      expect(world.err().includes('there is no attempt 9')).toBe(expected === EXIT.failed);
      await hub?.stop();
    }
  });

  it('cannot be made to move the cursor of a terminal', async () => {
    const body = { items: [piece(1, { data: 'a\u001b[2J\u001b[31mb\u0007c\n' })], nextCursor: null };
    const { world } = await atHub(() => ({ status: 200, body }), ['task', 'logs', TASK], true);
    expect(world.out()).toBe('ab·c\n');
  });

  it('-f goes on behind the last piece after a break, tells of a new attempt, and ends with the task', async () => {
    const { exit, world, received } = await atHub(
      (_, nth) => {
        if (nth === 1) return events([piece(1), piece(2)]);
        if (nth === 2) return problem(503, 'hub.recovering', 'reading');
        return events([piece(1, { generation: 2, data: 'again\n' })], 'completed');
      },
      ['task', 'logs', TASK, '-f'],
    );
    expect([exit, world.out()]).toEqual([EXIT.done, 'line 1\nline 2\nagain\n']);
    expect(received.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '1.2', '1.2']);
    expect(world.err()).toMatch(/does not answer[\s\S]*is back[\s\S]*attempt g2[\s\S]*is completed/);
  });

  it('-f --json is one line for each piece, and one for the end', async () => {
    const { world } = await atHub(() => events([piece(1)], 'dead'), ['task', 'logs', TASK, '-f', '--json']);
    expect(world.lines()).toEqual([
      { event: 'output', ...piece(1) },
      { event: 'end', state: 'dead' },
    ]);
    expect(world.err()).toBe('');
  });

  it('ends with what the hub refuses', async () => {
    const { exit } = await atHub(() => problem(404, 'task.not_found', 'none'), ['task', 'logs', TASK, '-f']);
    expect(exit).toBe(EXIT.failed);
  });
});

describe('submit --wait --logs', () => {
  const playing =
    (output: Reply) =>
    ({ method, url }: Received): Reply => {
      if (method === 'POST') return { status: 201, body: task() };
      return url.includes('/output') ? output : { status: 200, body: task({ state: 'completed', generation: 1 }) };
    };

  it('prints the output before the outcome', async () => {
    const args = ['submit', 't', '--prompt', 'p', '--wait', '--logs'];
    const { exit, world } = await atHub(playing(events([piece(1)], 'completed')), args);
    expect(exit).toBe(EXIT.done);
    expect(world.out()).toMatch(/^line 1\n[\s\S]*state +completed/);
  });

  it('ends as the task did although its output cannot be had', async () => {
    const args = ['submit', 't', '--prompt', 'p', '--wait', '--logs'];
    const { exit, world } = await atHub(playing(problem(403, 'auth.forbidden', 'no')), args);
    expect(exit).toBe(EXIT.done);
    expect(world.err()).toContain('cannot follow the output: no');
  });
});

describe('task show', () => {
  const story = task({
    state: 'completed',
    generation: 2,
    runner: 'claude',
    budget: { costMicros: 2_000_000 },
    usage: { costMicros: 420_000, currency: 'USD', inputTokens: 12_000, outputTokens: 345 },
    attempts: [
      {
        generation: 1,
        agent: 'ann',
        startedAt: '2026-01-31T11:00:00Z',
        endedAt: '2026-01-31T11:10:00Z',
        counted: true,
        error: { class: 'verification', code: 'verify.failed', message: 'npm test failed' },
        usage: { costMicros: 300_000, currency: 'USD' },
        session: { runner: 'claude', id: 'session-1', model: 'opus' },
        salvageRef: 'refs/agentcom/salvage/1',
        branch: 'agentcom/ann/1',
        pullRequest: 'https://git.example/pull/6',
      },
      {
        generation: 2,
        agent: 'ben',
        startedAt: '2026-01-31T11:20:00Z',
        endedAt: '2026-01-31T11:30:00Z',
        counted: false,
        session: { runner: 'claude', id: 'session-1' },
      },
    ],
    answers: [{ questionId: 'q', question: 'Which one?', answer: 'the second' }],
    overlaps: [{ task: TASK, paths: ['src/a.ts'] }],
    result: {
      summary: 'done',
      branch: 'agentcom/x',
      commit: 'c'.repeat(40),
      pullRequest: 'https://git.example/pull/7',
      notes: ['the branch is behind its base'],
      verification: [
        { command: 'npm test', exitCode: 0, seconds: 12, output: 'fine' },
        { command: 'npm run lint', exitCode: 1, seconds: 3, output: 'a lint finding' },
      ],
    },
  });

  it('tells the whole story', async () => {
    const { world } = await atHub(() => ({ status: 200, body: story }), ['task', 'show', TASK]);
    const text = world.out();
    for (const part of [
      /used +0\.42 USD, 12,000 tokens in, 345 tokens out/,
      /budget +0\.42 of 2\.00 USD/,
      /pull request +https:\/\/git\.example\/pull\/7/,
      /notes +the branch is behind its base/,
      /g1 pushed the branch agentcom\/ann\/1/,
      /g1 opened https:\/\/git\.example\/pull\/6/,
      /also changed by +019a.*src\/a\.ts/,
      /asked +Which one\?\nanswered +the second/,
      /npm test +exit code 0 +12 s/,
      /npm run lint +exit code 1 +3\.0 s/,
      /npm run lint:\n {2}a lint finding/,
      /g1 +ann +claude +opus .* 10 min +0\.30 USD +npm test failed \(verify\.failed\)/,
      /g2 +ben +claude +- .* - +completed/,
      /g1 session session-1/,
      /g1 kept unfinished work as refs\/agentcom\/salvage\/1/,
      new RegExp(`agentcom task logs ${TASK}`),
    ]) {
      expect(text).toMatch(part);
    }
    expect(text).not.toContain('fine');
  });

  describe('of an attempt whose push nobody has confirmed', () => {
    const repo = { url: 'https://git.example/app.git' };
    const lost = (code: string, more: object = {}) => ({
      generation: 1,
      agent: 'ann',
      startedAt: '2026-01-31T11:00:00Z',
      endedAt: '2026-01-31T11:10:00Z',
      counted: false,
      error: { class: 'lost', code, message: 'gone' } as const,
      ...more,
    });
    const told = async (shown: Parameters<typeof task>[0]) => {
      const { world } = await atHub(() => ({ status: 200, body: task(shown) }), ['task', 'show', TASK]);
      return /g1 may have left .*/.exec(world.out())?.[0];
    };

    it.each(['agent.offline', 'agent.lost_task', 'git.push_unconfirmed'])('names its branch after %s', async (code) => {
      expect(await told({ repo, attempts: [lost(code)] })).toBe(
        'g1 may have left a branch at the remote: agentcom/ann/2c3d4e5f6a7b-g1-fix-the-login-form',
      );
    });

    it.each([
      ['its sidecar has named one', { repo, attempts: [lost('agent.offline', { branch: 'agentcom/ann/other' })] }],
      ['it has come back and left nothing', { repo, attempts: [lost('agent.lost_task', { leftConfirmed: true })] }],
      ['it ended otherwise', { repo, attempts: [lost('git.auth')] }],
      ['it has no repository', { attempts: [lost('agent.offline')] }],
    ])('guesses no branch where %s', async (_, shown) => {
      expect(await told(shown)).toBeUndefined();
    });
  });

  it('calls whoever requeued it by name, before what they changed', async () => {
    const history = [{ at: '2026-01-31T11:00:00Z', event: 'requeued', detail: 'key:k1, with a fresh session' }];
    const body = { ...task({ history }), names: { 'key:k1': 'ada' } };
    const { world } = await atHub(() => ({ status: 200, body }), ['task', 'show', TASK]);
    expect(world.out()).toMatch(/requeued +ada, with a fresh session/);
  });

  it('says nothing of what there was not', async () => {
    const { world } = await atHub(() => ({ status: 200, body: task() }), ['task', 'show', TASK]);
    for (const word of ['budget', 'asked', 'VERIFIED', 'ATTEMPT', 'task logs']) expect(world.out()).not.toContain(word);
  });
});

describe('submit', () => {
  it('passes on model, budget and verify commands', async () => {
    const more = [
      '--model',
      'opus',
      '--verify',
      'npm test',
      '--verify',
      'npm run lint',
      '--max-cost',
      '2.5',
      '--max-tokens',
      '9',
    ];
    const { received } = await atHub(() => ({ status: 201, body: task() }), ['submit', 't', '--prompt', 'p', ...more]);
    expect(received[0]?.body).toMatchObject({
      model: 'opus',
      verify: ['npm test', 'npm run lint'],
      budget: { costMicros: 2_500_000, tokens: 9 },
    });
  });

  it.each([
    [['--repo', './nope'], 'directory ./nope not found'],
    [['--max-cost', '-1'], 'amount'],
    [['--max-cost', '0'], 'amount'],
    [['--logs'], '--wait'],
  ])('with %j is wrong usage', async (args, hint) => {
    const world = testWorld();
    expect(await runCommandLine(world, ['submit', 't', '--prompt', 'p', ...args])).toBe(EXIT.usage);
    expect(world.err()).toContain(hint);
  });
});
