import { afterEach, beforeEach, expect, it } from 'vitest';
import { runCommandLine } from '../program.js';
import { KEY, type TestHub, testHub, testWorld } from '../testing.js';

const BROKEN = {
  org: 'default',
  name: 'broken',
  state: 'idle',
  connected: true,
  draining: false,
  unresponsive: false,
  capabilities: [],
  host: 'rack-1',
  unfit: {
    code: 'runner.not_started',
    message: 'claude cannot be started: ENOENT',
    since: '2026-01-31T11:55:00Z',
  },
  secondHellos: [
    {
      at: '2026-01-31T11:50:00Z',
      host: 'two',
      instance: '22222222',
      first: { host: 'one', instance: '11111111' },
      outcome: 'took_over',
    },
  ],
  enrolledAt: '2026-01-31T11:00:00Z',
};

let hub: TestHub;
/** The addresses that were asked for. */
let asked: string[];
/** Of the agent that is shown. */
let bannedUntil: string | undefined;
let bounds: object;
/** Of the list. */
let items: readonly object[];
/** The hub's time; undefined for the real one. */
let date: string | undefined;
/** In the line that joins a machine. */
let address: string;
beforeEach(async () => {
  address = 'https://hub.example.org';
  date = undefined;
  bannedUntil = undefined;
  bounds = {};
  items = [BROKEN];
  asked = [];
  hub = await testHub(({ url, method }) => {
    asked.push(url);
    if (method === 'POST') {
      const joinCommand = `AGENTCOM_TOKEN=t sh -c '…' ${address} 01ab`;
      return { status: 201, body: { token: 't', expiresAt: '2026-01-31T13:00:00Z', joinCommand } };
    }
    const body = url.includes('/agents/')
      ? { ...BROKEN, bannedUntil, ...bounds }
      : { items, nextCursor: null, ...bounds };
    return { status: 200, body, ...(date !== undefined && { headers: { date } }) };
  });
});
afterEach(() => hub.stop());

async function run(...args: readonly string[]) {
  const world = testWorld({ env: { AGENTCOM_HUB: hub.url, AGENTCOM_KEY: KEY } });
  await runCommandLine(world, ['agent', ...args]);
  return world;
}

async function shown(...args: readonly string[]): Promise<string> {
  return (await run(...args)).out();
}

it('lists the hosts of agents, on a narrow terminal instead of what they offer', async () => {
  for (const isTerminal of [true, false]) {
    const env = { AGENTCOM_HUB: hub.url, AGENTCOM_KEY: KEY, NO_COLOR: '1' };
    const world = testWorld({ env, isTerminal });
    await runCommandLine(world, ['agent', 'list']);
    const [head = '', line = ''] = world.out().split('\n');
    expect(head).toMatch(isTerminal ? /TASK +FAILED +HOST$/ : /TASK +FAILED +CAPABILITIES +HOST$/);
    expect(line).toMatch(/ rack-1$/);
  }
});

it('lists an agent whose machine cannot work as held back, and why', async () => {
  const text = await shown('list');
  expect(text).toContain('idle (held back)');
  expect(text).toContain('broken is held back until its sidecar finds this fixed: claude cannot be started: ENOENT');
});

it('ranks agents by failures, and says how many of the last attempts failed and what was spent', async () => {
  const spentToday = { costs: [{ currency: 'EUR', costMicros: 1_250_000 }], unknownCost: 1 };
  items = [
    { ...BROKEN, results: 'cfcl', spentToday },
    { ...BROKEN, name: 'new' },
  ];
  const [head = '', first = '', second = ''] = (await shown('list', '--sort', 'failures')).split('\n');
  expect(asked.at(-1)).toContain('sort=failures');
  expect(head).toMatch(/TASK +FAILED +TODAY +CAPABILITIES/);
  expect(first).toMatch(/^broken .* 2 of 4 +1\.25 EUR \+ 1 attempt of unknown cost /);
  expect(second).toMatch(/^new .* - +- /);
  bounds = { results: 'cfcl', spentToday: { costs: [], unknownCost: 0, partial: true } };
  const text = await shown('show', 'broken');
  expect(text).toMatch(/last results +2 completed, 1 failed, 1 lost\n/);
  expect(text).toMatch(/spent today +not known\n/);
});

it('asks for an invitation only where there are no agents at all', async () => {
  items = [];
  expect(await shown('list')).toContain('no agents; invite one with: ');
  expect(await shown('list', 'is:unfit')).toBe('no agents match\n');
});

it('shows how much longer an agent is banned, and nothing of a ban that has passed', async () => {
  bannedUntil = '2026-01-31T12:02:00Z';
  expect(await shown('show', 'broken')).toMatch(/banned +for 2 min more: too much of what it sent was refused/);
  bannedUntil = '2026-01-31T12:00:00Z';
  expect(await shown('show', 'broken')).not.toContain('banned');
});

it('shows what the invitation of an agent binds it to', async () => {
  expect(await shown('show', 'broken')).not.toContain('only');
  bounds = {
    runners: ['claude', 'codex'],
    repositories: ['https://git.example.org/shop/*', 'https://git.example.org/docs'],
  };
  const text = await shown('show', 'broken');
  expect(text).toMatch(/only runners +claude, codex\n/);
  expect(text).toMatch(/only repositories +https:\/\/git\.example\.org\/shop\/\*, https:\/\/git\.example\.org\/docs\n/);
  bounds = { repositories: [] };
  expect(await shown('show', 'broken')).toMatch(/only repositories +none that you may see/);
});

it('lists what an invitation binds to', async () => {
  const times = { createdAt: '2026-01-31T11:00:00Z', expiresAt: '2026-01-31T13:00:00Z' };
  const invitation = { id: 'i', createdBy: 'key:k', uses: 1, usesLeft: 1, capabilities: ['gpu'], ...times };
  bounds = { items: [{ ...invitation, runners: ['claude'], repositories: ['https://git.example.org/shop/*'] }] };
  expect(await shown('invitations')).toMatch(/1 of 1 +gpu +claude, https:\/\/git\.example\.org\/shop\/\* +in 1 h/);
});

it('shows since when an agent is held back, and that it comes back by itself', async () => {
  expect(await shown('show', 'broken')).toMatch(
    /held back +claude cannot be started: ENOENT \(runner\.not_started, 5 min ago\); its sidecar retries by itself/,
  );
});

it('shows which sidecars had the key while another one was connected', async () => {
  expect(await shown('show', 'broken')).toMatch(
    /second hellos +two \(22222222\) took over from one \(11111111\), 10 min ago/,
  );
});

const DIFFERS =
  /^warning: the clock of this machine differs from the hub's by [^:]+: the times shown are off by as much\n$/;

it.each([[['list']], [['show', 'broken']]])('warns with %j that the clocks differ, as status does', async (args) => {
  expect((await run(...args)).err()).toMatch(DIFFERS);
  expect((await run(...args, '--json')).err()).toBe('');
  date = 'Sat, 31 Jan 2026 12:00:03 GMT';
  expect((await run(...args)).err()).toBe('');
});

it('invites without a warning when the line names an address that others reach, wherever the hub was reached', async () => {
  const world = await run('invite');
  expect(world.out()).toContain("sh -c '…' https://hub.example.org 01ab");
  expect(world.err()).toBe('');
});

it('invites with a name and what the machines are bound to', async () => {
  const patterns = ['https://git.example.org/shop/*', 'git@git.example.org:a,b/*'];
  const repos = patterns.flatMap((pattern) => ['--repo', pattern]);
  await run('invite', '--name', 'rack 3', '--runner', 'claude,codex', '--runner', 'command', ...repos);
  expect(hub.received.at(-1)?.body).toEqual({
    name: 'rack 3',
    runners: ['claude', 'codex', 'command'],
    repositories: patterns,
  });
  expect((await run('invite', '--runner', 'make')).err()).toContain('It must be one of claude, codex');
});

it('warns when the line names an address of this machine only', async () => {
  address = 'http://localhost:7700';
  expect((await run('invite')).err()).toContain('http://localhost:7700 is reachable from this machine only');
});
