// What a person reads of a task that failed: the cause before its code, and commands that run as they are pasted.

import { afterEach, expect, it } from 'vitest';
import { EXIT } from './exit.js';
import { schemaHub } from './fixture.js';
import { runCommandLine } from './program.js';
import { KEY, problem, TASK, type TestHub, task, testWorld } from './testing.js';

let hub: TestHub | undefined;
afterEach(() => hub?.stop());

const CAUSE = 'the check `npm test` exited with code 3';

function dead(code = 'verify.not_found') {
  const error = { class: 'verification' as const, code, message: `${CAUSE}\nThe end of its output:\n1 of 9 failed` };
  const attempt = { generation: 1, agent: 'a', startedAt: '2026-01-31T11:00:00Z', counted: true, error };
  return task({ state: 'dead', death: 'attempts_used', attempts: [attempt] });
}

async function said(args: readonly string[], shown: object = dead()) {
  const home = await schemaHub({
    'task.show': () => ({ status: 200, body: shown }),
    'task.submit': () => ({ status: 201, body: shown }),
    'task.why': () => ({
      status: 200,
      body: {
        task: TASK,
        state: 'dead',
        reasons: [{ code: 'dead', message: 'it failed', failure: 'verify.not_found' }],
      },
    }),
    'dead.discard': () => problem(409, 'task.not_dead', 'the task is working'),
    'agent.remove': () => problem(409, 'agent.busy', 'the agent has a task'),
  });
  hub = home;
  const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: home.url } });
  const exit = await runCommandLine(world, args);
  return { exit, out: world.out(), err: world.err() };
}

it.each([[['task', 'show', TASK]], [['submit', 'Fix it', '--prompt', 'p', '--wait']]])(
  '%j gives the cause, then the code, then what to do for this task',
  async (args) => {
    const { out } = await said(args);
    const head = [
      /state +dead/,
      new RegExp(`cause +${CAUSE}`),
      /code +verify\.not_found {2}agentcom explain verify\.not_found/,
      new RegExp(`what to do +Install it there.*run \`agentcom dead requeue ${TASK}\`\\.`),
    ];
    const lines = out.split('\n');
    const places = head.map((line) => lines.findIndex((one) => line.test(one)));
    const [first = -1] = places;
    expect(first).toBeGreaterThan(0);
    expect(places).toEqual([first, first + 1, first + 2, first + 3]);
    expect(out).toContain('1 of 9 failed');
    expect(out.match(/The end of its output/g)).toHaveLength(1);
  },
);

it('gives the cause of each attempt before its code', async () => {
  expect((await said(['task', 'show', TASK])).out).toContain(`${CAUSE} (verify.not_found)`);
});

it('refers to no explanation that there is not', async () => {
  const { out } = await said(['task', 'show', TASK], dead('exit_1'));
  expect(out).toMatch(/code +exit_1\n/);
  expect(out).not.toContain('explain');
  expect(out).not.toContain('what to do');
});

it('says in task why what to do for this task', async () => {
  const { out } = await said(['task', 'why', TASK]);
  expect(out).toContain(`What to do: Install it there`);
  expect(out).toContain(`\`agentcom dead requeue ${TASK}\``);
});

it('names the task or agent of the command that was refused', async () => {
  const discard = await said(['dead', 'discard', TASK], task({ state: 'working' }));
  expect(discard.exit).toBe(EXIT.failed);
  expect(discard.err).toContain(`\`agentcom task show ${TASK}\``);
  await hub?.stop();
  expect((await said(['agent', 'remove', 'duly-noted'])).err).toContain('`agentcom agent drain duly-noted`');
});

it('leaves ID and NAME as they are where nothing is known', async () => {
  expect((await said(['explain', 'verify.not_found'])).out).toContain('`agentcom dead requeue ID`');
});
