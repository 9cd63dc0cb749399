import { afterEach, describe, expect, it } from 'vitest';
import { EXIT } from '../exit.js';
import { schemaHub } from '../fixture.js';
import { runCommandLine } from '../program.js';
import { KEY, type Reply, type TestHub, task, testWorld } from '../testing.js';

let hub: TestHub | undefined;
afterEach(() => hub?.stop());

const ok = (body: unknown): Reply => ({ status: 200, body });
const list = (items: readonly unknown[]) => ok({ items, nextCursor: null });
const id = (n: number) => `019a2b3c-4d5e-7f60-8a1b-00000000000${n}`;
const zero = (states: readonly string[]) => Object.fromEntries(states.map((state) => [state, 0]));
const TASKS = ['scheduled', 'waiting', 'queued', 'assigned', 'working', 'blocked', 'completed', 'cancelled', 'dead'];
const AGENTS = ['offline', 'idle', 'assigned', 'working', 'blocked'];

const agent = (more: object) => ({
  state: 'idle',
  connected: true,
  unresponsive: false,
  draining: false,
  capabilities: [],
  ...more,
});

const FORBIDDEN = {
  type: 'about:blank',
  title: 'Forbidden',
  status: 403,
  code: 'auth.forbidden',
  detail: 'no',
  traceId: 't',
};
const alert = (severity: string, more: object = {}) => ({
  id: id(9),
  rule: `${severity}Rule`,
  state: 'firing',
  severity,
  org: 'default',
  since: '2026-01-31T12:00:00Z',
  value: 2,
  limit: 1,
  subjects: [],
  count: 1,
  why: 'It is broken. More about it.',
  next: 'Look.',
  runbook: 'ops/docs/runbooks/TaskStuck.md',
  ...more,
});

const CLEARING = alert('page', {
  rule: 'Clearing',
  clearing: { since: '2026-01-31T12:00:00Z', endsAt: '2026-01-31T12:01:00Z' },
});
const DEAD = alert('page', { id: id(7), rule: 'DeadLetters' });
const channel = (name: string, more: object = {}) => ({
  id: id(8),
  kind: 'ntfy',
  name,
  settings: {},
  enabled: true,
  createdAt: '2026-01-31T12:00:00Z',
  createdBy: 'key:k',
  ...more,
});
const NEED = { since: '2026-01-31T12:00:00Z', next: 'Do something.' };
const limit = (share: number, kind = 'org') => ({
  scope: { kind, ...(kind !== 'org' && { value: 'claude' }) },
  currency: 'EUR',
  windows: [
    {
      window: 'day',
      costMicros: 50_000_000,
      used: { costMicros: 50_000_000 * share, tokens: 7, unpricedTokens: 0, unknownCost: 0, otherCosts: [] },
      share,
      since: '2026-01-31T00:00:00Z',
      until: '2026-02-01T00:00:00Z',
    },
  ],
  reserved: { costMicros: 0, tokens: 0, tasks: 0 },
  level: share >= 0.85 ? 'closed' : 'open',
  by: 'key:k',
  since: '2026-01-31T11:00:00Z',
});
const failing = { failing: { since: '2026-01-31T12:00:00Z', sends: 4, why: 'answered with HTTP 503' } };

async function status(
  busy: boolean,
  health: unknown = { status: 'healthy', reasons: [] },
  args: readonly string[] = [],
) {
  const tasks = busy ? { ...zero(TASKS), working: 1, queued: 1, blocked: 7, dead: 9 } : zero(TASKS);
  hub = await schemaHub({
    health: () => ({ status: 200, body: health }),
    stats: () =>
      ok({ at: '', uptimeSeconds: 1, queued: {}, tasks, agents: { ...zero(AGENTS), working: busy ? 1 : 0 } }),
    'agent.list': () =>
      list(
        busy
          ? [
              agent({ name: 'ann', state: 'working', draining: true, connected: false }),
              agent({ name: 'dee', outdated: true }),
              agent({ name: 'eli', outdated: true }),
            ]
          : [],
      ),
    'task.list': ({ url }) => {
      if (!busy) return list([]);
      if (url.includes('working'))
        return list([task({ id: id(1), state: 'working', agent: 'ann', title: 'Fix the login' })]);
      if (url.includes('queued'))
        return list([task({ id: id(2), title: 'Needs a GPU and a very long title that takes room' })]);
      if (url.includes('scheduled')) return list([]);
      return list([{ ...task({ id: id(3), state: 'blocked', agent: 'ben', title: 'Choose' }), asks: 'Which?' }]);
    },
    'need.list': () =>
      ok({
        items: busy
          ? [
              { ...NEED, id: 'agent ben', kind: 'agent', title: 'ben', agent: 'ben', why: 'the disk is nearly full' },
              {
                ...NEED,
                id: 'unmatched gpu',
                kind: 'unmatched',
                title: 'Needs a GPU',
                why: 'nobody offers gpu',
                task: id(2),
              },
              {
                ...NEED,
                id: 'dead-letters g',
                kind: 'dead-letters',
                title: 'Broken',
                why: 'git.auth: denied',
                task: id(4),
                severity: 'page',
                alert: DEAD,
              },
            ]
          : [],
        nextCursor: null,
        total: busy ? 2 : 0,
      }),
    'task.why': () =>
      ok({ task: id(2), state: 'queued', reasons: [{ code: 'no_capable_agent', message: 'no agent offers gpu' }] }),
    'alert.list': () =>
      busy
        ? list([
            alert('info'),
            alert('warn'),
            alert('page'),
            alert('page', { rule: 'Muted', mutedBy: 'NoLeader' }),
            CLEARING,
            DEAD,
          ])
        : { status: 403, body: FORBIDDEN },
    'notify.list': () =>
      busy ? list([channel('quiet'), channel('phone', failing)]) : { status: 403, body: FORBIDDEN },
    'halt.list': () =>
      busy
        ? list([{ id: id(8), scope: { kind: 'fleet' }, strength: 'running', reason: 'fire', by: 'key:k', since: '' }])
        : { status: 403, body: FORBIDDEN },
    'limit.list': () => (busy ? list([limit(0.9), limit(0.2, 'runner')]) : { status: 403, body: FORBIDDEN }),
    'dead.list': () =>
      list(
        busy
          ? [
              {
                ...task({ id: id(4), state: 'dead', title: 'Broken' }),
                death: 'permanent',
                diedAt: '',
                error: { class: 'permanent', code: 'git.auth', message: 'denied\nmore' },
              },
            ]
          : [],
      ),
  });
  const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url }, isTerminal: true });
  const exit = await runCommandLine(world, ['status', ...args]);
  // Without colours.
  return { exit, out: world.out().replace(/\u001b\[\d+m/g, ''), world };
}

describe('status', () => {
  it('says what is wrong with a hub that takes no requests, and the next step', async () => {
    const reasons = [
      { code: 'nats_down', message: 'NATS does not answer' },
      { code: 'recovering', message: 'the journal is being read' },
    ];
    const refused = {
      ...FORBIDDEN,
      status: 503,
      code: 'hub.recovering',
      detail: 'the hub is reading its journal; retry',
    };
    hub = await schemaHub({
      health: () => ({ status: 503, body: { status: 'not_ready', reasons } }),
      stats: () => ({ status: 503, body: refused }),
    });
    const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url }, isTerminal: true });
    const exit = await runCommandLine(world, ['status']);
    expect(exit).not.toBe(EXIT.done);
    expect(world.err()).toContain('NATS does not answer; the journal is being read');
    expect(world.err()).toMatch(/read the log of the hub/);
  });

  it('is one screen: how the hub is, who works, what waits and why, and what needs a person', async () => {
    const { exit, out } = await status(true);
    expect(exit).toBe(EXIT.done);
    expect(out).toMatch(/hub +http:\S+ {2}healthy/);
    expect(out).toMatch(/tasks +1 queued, 1 working, 7 blocked, 9 dead/);
    expect(out).toMatch(/WORKING[\s\S]*00000001 +ann \(not connected\) .*Fix the login/);
    expect(out).toMatch(/WAITING[\s\S]*00000002 .*no agent offers gpu/);
    expect(out).toMatch(/NEEDS YOU[\s\S]*ben asks about 00000003 Choose: Which\?\n +agentcom task show 00000003/);
    expect(out).toMatch(/NEEDS YOU\n +the whole fleet is halted \(all work\): fire\n +agentcom resume 019a2b3c/);
    expect(out).toContain('45.00 EUR of 50.00 EUR today (90 %)\n');
    expect(out).toMatch(
      /fire\n.*\n +90 % of the spend limit of the organisation is used: nothing new begins\n +agentcom limit raise org --day AMOUNT\n/,
    );
    expect(out).not.toContain('runner claude');
    expect(out).toMatch(/\n +pageRule \(page\): It is broken.*\n +agentcom alert show pageRule\n +warnRule/);
    expect(out).not.toMatch(/infoRule|Muted|Clearing|quiet|DeadLetters \(page\)/);
    expect(out).toMatch(/channel phone fails \(4 sends\): answered with HTTP 503\n +agentcom notify test phone/);
    expect(out).toMatch(/00000004 Broken is dead \(page: DeadLetters\): git\.auth: denied\n/);
    expect(out).toMatch(/agent ann is draining and takes no new tasks\n +agentcom agent resume ann/);
    expect(out).toMatch(/agent ben: the disk is nearly full\n +agentcom agent show ben/);
    expect(out).toMatch(/\n {2}2 agents are older than the hub\n +agentcom agent list is:outdated\n/);
    expect(out).toMatch(/00000002 Needs a GPU: nobody offers gpu\n +agentcom task why 00000002/);
    expect(out).toContain('and 6 more questions: agentcom task list --state blocked\n');
    expect(out).toContain('and 8 more dead tasks: agentcom dead list\n');
    for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  });

  it('of an empty hub says what to do first', async () => {
    const { exit, out } = await status(false);
    expect(exit).toBe(EXIT.done);
    expect(out).toContain('agentcom agent invite');
    expect(out).toContain('nothing needs you');
  });

  it('says what is wrong with the hub, and fails when it takes no requests', async () => {
    const health = { status: 'not_ready', reasons: [{ code: 'nats', message: 'NATS is away' }] };
    const { exit, out } = await status(false, health);
    expect(exit).toBe(EXIT.failed);
    expect(out).toContain('not ready: NATS is away');
  });

  it('is one JSON value with --json', async () => {
    const { world } = await status(true, undefined, ['--json']);
    expect(world.lines()).toMatchObject([
      { health: { status: 'healthy' }, waiting: [{ why: [{ code: 'no_capable_agent' }] }] },
    ]);
  });
});
