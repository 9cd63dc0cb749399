import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../exit.js';
import { runCommandLine } from '../program.js';
import { KEY, problem, type Reply, type TestHub, testHub, testWorld } from '../testing.js';

const CONFIG = { tasks: { offlineGraceSeconds: 120, maxOffers: 20 }, limits: { frames: { burst: 4000 } } };

let hub: TestHub;
let patched: Reply = { status: 200, body: CONFIG };

beforeEach(async () => {
  patched = {
    status: 200,
    body: { ...CONFIG, tasks: { ...CONFIG.tasks, offlineGraceSeconds: 90 } },
    headers: { etag: '"8"' },
  };
  hub = await testHub(({ method }) =>
    method === 'GET' ? { status: 200, body: CONFIG, headers: { etag: '"7"' } } : patched,
  );
});
afterEach(() => hub.stop());

async function config(...args: readonly string[]) {
  const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url } });
  return { exit: await runCommandLine(world, ['config', ...args]), world };
}

describe('config get', () => {
  it('lists every setting by its dotted name, lengths of time also in words', async () => {
    const { exit, world } = await config('get');
    expect(exit).toBe(EXIT.done);
    expect(hub.received[0]).toMatchObject({ method: 'GET', url: '/api/v1/config' });
    expect(world.out()).toMatch(
      /^tasks\.offlineGraceSeconds +120 \(2 min\)\ntasks\.maxOffers +20\nlimits\.frames\.burst +4000\n$/,
    );
  });

  it.each([
    ['tasks.offlineGraceSeconds', '120\n'],
    ['limits', 'limits.frames.burst  4000\n'],
  ])('shows %s alone', async (path, text) => {
    expect((await config('get', path)).world.out()).toBe(text);
  });

  it('lists the settings of the alert rules only when asked for them', async () => {
    const rules = { TaskStuck: { enabled: true, severity: 'warn' } };
    await hub.stop();
    hub = await testHub(() => ({ status: 200, body: { ...CONFIG, alerts: { evaluateSeconds: 15, rules } } }));
    const all = (await config('get')).world.out();
    expect(all).toMatch(/\nalerts\.evaluateSeconds +15\nalerts\.rules +see: agentcom config get alerts\.rules\n$/);
    expect((await config('get', 'alerts.rules')).world.out()).toMatch(
      /^alerts\.rules\.TaskStuck\.enabled +true\nalerts\.rules\.TaskStuck\.severity +warn\n$/,
    );
  });

  it('prints the value as JSON with --json', async () => {
    expect((await config('get', 'tasks', '--json')).world.lines()).toEqual([CONFIG.tasks]);
  });

  it('names what there is in place of a setting that there is not', async () => {
    const { exit, world } = await config('get', 'tasks.offlineGrace');
    expect(exit).toBe(EXIT.usage);
    expect(world.err()).toContain('tasks has: offlineGraceSeconds, maxOffers');
    expect((await config('get', 'tasks.maxOffers.x')).world.err()).toContain('tasks.maxOffers is a single value');
  });
});

describe('config set', () => {
  it('sends one merge patch, with lengths of time in seconds, and shows what is in effect', async () => {
    const { exit, world } = await config(
      'set',
      'tasks.offlineGraceSeconds=90s',
      'tasks.maxOffers=5',
      'limits.frames.burst=8000',
    );
    expect(exit).toBe(EXIT.done);
    expect(hub.received).toHaveLength(1);
    expect(hub.received[0]).toMatchObject({
      method: 'PATCH',
      url: '/api/v1/config',
      headers: { 'content-type': 'application/json' },
      body: { tasks: { offlineGraceSeconds: 90, maxOffers: 5 }, limits: { frames: { burst: 8000 } } },
    });
    expect(world.out()).toMatch(
      /tasks\.offlineGraceSeconds +90\n[\s\S]*maxOffers +20\n[\s\S]*Version 8 is in effect\./,
    );
  });

  it.each([
    ['a.b=45', { a: { b: 45 } }],
    ['a.b=-1', { a: { b: -1 } }],
    ['a.b=true', { a: { b: true } }],
    ['a.b=false', { a: { b: false } }],
    ['a.b=yes', { a: { b: 'yes' } }],
    ['a.b=null', { a: { b: null } }],
    ['a.bSeconds=null', { a: { bSeconds: null } }],
    ['a.bSeconds=45', { a: { bSeconds: 45 } }],
    ['a.bSeconds=soon', { a: { bSeconds: 'soon' } }],
    ['a.b=10m', { a: { b: '10m' } }],
    ['a.b=x=y', { a: { b: 'x=y' } }],
    ['a.b=', { a: { b: '' } }],
  ])('reads %s', async (change, patch) => {
    await config('set', change);
    expect(hub.received[0]?.body).toEqual(patch);
  });

  it.each([
    [['nothing'], 'path=value'],
    [['=1'], 'path=value'],
    [['a..b=1'], 'a..b is not the name'],
    [['a.b=1', 'a.b=2'], 'a.b is given twice'],
    [['a=1', 'a.b=2'], 'inside a setting'],
    [['a.bSeconds=1500ms'], 'whole number of seconds'],
    [[], 'path=value'],
  ])('refuses %j before anything is sent', async (changes, hint) => {
    const { exit, world } = await config('set', ...changes);
    expect(exit).toBe(EXIT.usage);
    expect(world.err()).toContain(hint);
    expect(hub.received).toHaveLength(0);
  });

  it('names the settings that the hub refuses, with their bounds, and says that nothing was changed', async () => {
    const errors = [{ path: '/tasks/offlineGraceSeconds', message: 'must be at most 86400' }];
    patched = problem(400, 'request.invalid', 'the configuration is not valid', { errors });
    const { exit, world } = await config('set', 'tasks.offlineGraceSeconds=9d');
    expect(exit).toBe(EXIT.failed);
    expect(world.err()).toContain('tasks.offlineGraceSeconds  must be at most 86400');
    expect(world.err()).toContain('Nothing was changed.');
  });

  it('cannot reach the prototype of the patch', async () => {
    await config('set', '__proto__.polluted=1');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(hub.received[0]?.body).toEqual(JSON.parse('{"__proto__":{"polluted":1}}'));
  });
});
