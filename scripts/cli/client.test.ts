import { globalAgent } from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { HubClient } from './client.js';
import { CommandError, EXIT } from './exit.js';
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
  vi.useRealTimers();
  await hub?.stop();
  hub = undefined;
});

async function clientOf(reply: (request: Received, nth: number) => Reply) {
  hub = await testHub(reply);
  const world = testWorld();
  return { client: new HubClient({ hub: hub.url, key: KEY, env: {}, sleep: world.sleep }), hub, world };
}

async function errorOf(work: Promise<unknown>): Promise<CommandError> {
  const thrown: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(CommandError);
  return thrown as CommandError;
}

describe('a call', () => {
  it('sends the key, fills the path and repeats a name for a list', async () => {
    const { client, hub } = await clientOf(() => ({ status: 200, body: { items: [], nextCursor: null } }));
    await client.call('task.list', { query: { state: ['queued', 'dead'], limit: 5 } });
    expect(hub.received[0]).toMatchObject({
      method: 'GET',
      url: '/api/v1/tasks?state=queued&state=dead&limit=5',
      headers: { authorization: `Bearer ${KEY}` },
    });
  });

  it('takes what a hub marks as its own, however little of it is known here', async () => {
    const headers = { 'agentcom-seq': '7' };
    const { client } = await clientOf(() => ({ status: 200, body: { entries: [] }, headers }));
    expect(await client.call('task.list')).toEqual({ entries: [] });
  });

  it('cannot be led to another route by what stands in the path', async () => {
    const { client, hub } = await clientOf(() => ({ status: 204 }));
    await client.call('agent.remove', { path: { name: '../tasks/x?y#z' } });
    expect(hub.received[0]?.url).toBe('/api/v1/agents/..%2Ftasks%2Fx%3Fy%23z');
  });

  it('says so when the address has a path that the hub does not serve', async () => {
    hub = await testHub(() => problem(404, 'request.not_found', 'no route for GET /hub/api/v1/stats'));
    const client = new HubClient({ hub: `${hub.url}/hub`, env: {}, sleep: testWorld().sleep });
    const error = await errorOf(client.call('stats'));
    expect(error.message).toBe(`the hub at ${hub.url} serves nothing below /hub`);
    expect(error.remedy).toContain(`Use ${hub.url} as the hub's address`);
  });

  it('ends with 69 and a way out when nothing listens', async () => {
    const client = new HubClient({ hub: await deadAddress(), env: {}, sleep: testWorld().sleep });
    const error = await errorOf(client.call('stats'));
    expect(error).toMatchObject({ exit: EXIT.unreachable, code: 'hub.unreachable', mayHaveTakenEffect: false });
    expect(error.remedy).toContain('agentcom up');
  });

  it('ends with 69, its outcome unknown, when the hub closes the connection instead of answering', async () => {
    const { client } = await clientOf(() => 'close');
    const error = await errorOf(client.call('task.submit', { body: { title: 'a', prompt: 'b' } }));
    expect(error).toMatchObject({ exit: EXIT.unreachable, mayHaveTakenEffect: true });
    expect(error.remedy).toContain('may have taken effect');
  });

  it('lets go of the connection when the answer has no body, so that the command ends', async () => {
    const { client, hub } = await clientOf(() => ({ status: 204 }));
    await client.call('key.revoke', { path: { id: TASK } });
    const name = globalAgent.getName({ host: '127.0.0.1', port: Number(new URL(hub.url).port) });
    await expect.poll(() => globalAgent.sockets[name]).toBeUndefined();
  });

  it('gives up on an answer that never ends, however often a little more of it comes', async () => {
    const { client, hub } = await clientOf(() => 'drip');
    const error = await errorOf(client.call('task.submit', { body: { title: 'a', prompt: 'b' }, timeoutMs: 100 }));
    expect(error).toMatchObject({ code: 'hub.unreachable', mayHaveTakenEffect: true });
    expect(error.message).toBe(`${hub.url} did not answer within 0 s`);
  });

  it('never says of a question that it may have taken effect', async () => {
    const { client } = await clientOf(() => 'close');
    const error = await errorOf(client.call('stats'));
    expect(error).toMatchObject({ exit: EXIT.unreachable, mayHaveTakenEffect: false });
    expect(error.remedy).toContain('look at its log');
  });

  it.each([
    [{ status: 502, body: 'bad gateway' }, 'JSON that is not from a hub (HTTP 502)'],
    [{ status: 200, text: '<html>Sign in</html>', headers: { 'content-type': 'text/html' } }, 'a web page (HTTP 200)'],
    [{ status: 403, text: '<html>No</html>', headers: { 'content-type': 'text/html' } }, 'a web page (HTTP 403)'],
    [
      { status: 302, headers: { location: 'https://login.test/?t=secret' } },
      'a redirect to https://login.test (HTTP 302)',
    ],
    [{ status: 200, body: { ok: true } }, 'JSON that is not from a hub (HTTP 200)'],
    [{ status: 200, body: [] }, 'JSON that is not from a hub (HTTP 200)'],
    [{ status: 200, text: 'null' }, 'JSON that is not from a hub (HTTP 200)'],
  ])('ends with 69 when what answers is no hub: %j', async (reply, words) => {
    const { client, hub } = await clientOf(() => reply);
    expect(await errorOf(client.call('stats'))).toMatchObject({
      exit: EXIT.unreachable,
      code: 'hub.not_a_hub',
      message: `${hub.url} answered with ${words}`,
      remedy: expect.stringContaining('sign-in page'),
    });
  });

  it('names where a key came from that the hub does not accept, and the hub', async () => {
    const hub = await testHub(() => problem(401, 'auth.invalid', 'the key is not known'));
    const client = new HubClient({
      hub: hub.url,
      key: KEY,
      keyFrom: '/home/me/a.key',
      env: {},
      sleep: async () => undefined,
    });
    expect(await errorOf(client.call('stats'))).toMatchObject({
      exit: EXIT.notAllowed,
      message: `${hub.url} does not accept the key from /home/me/a.key (the key is not known)`,
    });
    await hub.stop();
  });

  it.each([
    [401, 'auth.invalid', EXIT.notAllowed],
    [403, 'auth.forbidden', EXIT.notAllowed],
    [404, 'task.not_found', EXIT.failed],
    [409, 'task.already_final', EXIT.failed],
    [503, 'hub.busy', EXIT.retry],
    [429, 'rate.limited', EXIT.retry],
    [500, 'hub.internal', EXIT.retry],
  ] as const)('turns %d %s into its exit code, with what the catalogue says to do', async (status, code, exit) => {
    const { client } = await clientOf(() => problem(status, code, 'no'));
    const error = await errorOf(client.call('task.show', { path: { id: TASK } }));
    expect(error).toMatchObject({ exit, code, message: 'no' });
    expect(error.remedy).toBeTruthy();
  });

  it('keeps the fields a refusal names, and codes it has never heard of', async () => {
    const errors = [{ path: '/needs/0', message: 'must be lower case' }];
    const { client } = await clientOf(() => problem(400, 'task.from_the_future', 'not valid', { errors }));
    const error = await errorOf(client.call('task.submit', { body: { title: 't', prompt: 'p' } }));
    expect(error).toMatchObject({ code: 'task.from_the_future', details: errors, remedy: undefined });
  });
});

describe('a request that may be repeated', () => {
  const body = { title: 't', prompt: 'p' };

  it('waits as long as a busy hub says and sends the same key again', async () => {
    const { client, hub, world } = await clientOf((_, nth) =>
      nth < 3 ? problem(503, 'hub.busy', 'busy', { retryAfterMs: 250 }) : { status: 201, body: task() },
    );
    const made = await client.call('task.submit', { body, idempotencyKey: 'once', retryForMs: 10_000 });
    expect(made.id).toBe(TASK);
    expect(world.slept).toEqual([250, 250]);
    expect(hub.received.map(({ headers }) => headers['idempotency-key'])).toEqual(['once', 'once', 'once']);
  });

  it('says what it waits for, once', async () => {
    const said: string[] = [];
    hub = await testHub((_, nth) =>
      nth < 4
        ? problem(503, 'hub.busy', 'too many commands; nothing was changed, retry', { retryAfterMs: 250 })
        : { status: 201, body: task() },
    );
    const client = new HubClient({
      ...{ hub: hub.url, key: KEY, env: {}, sleep: testWorld().sleep },
      onWait: (what) => void said.push(what),
    });
    await client.call('task.submit', { body, idempotencyKey: 'once', retryForMs: 10_000 });
    expect(said).toEqual(['too many commands; retrying for up to 10 s']);
  });

  it.each([
    [{}, 3_000],
    [{ query: { ifNot: 'queued', waitSeconds: 25 }, heldMs: 25_000 }, 28_000],
  ] as const)(
    'says that the hub is silent, but not while it holds its answer as it was asked to: %j',
    async (call, ms) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const said: string[] = [];
      hub = await testHub(() => 'silence');
      const onWait = (what: string) => void said.push(what);
      const client = new HubClient({ hub: hub.url, env: {}, sleep: testWorld().sleep, onWait });
      const answer = errorOf(client.call('task.show', { path: { id: TASK }, ...call }));
      vi.advanceTimersByTime(ms - 1);
      expect(said).toEqual([]);
      vi.advanceTimersByTime(1);
      expect(said).toEqual([`waiting for ${hub.url} to answer`]);
      vi.useRealTimers();
      await hub.stop();
      hub = undefined;
      await answer;
    },
  );

  it('waits for a limit as long as the hub says, whatever the request, and says so once', async () => {
    const said: string[] = [];
    hub = await testHub((_, nth) =>
      nth < 4
        ? problem(429, 'rate.limited', 'too many reads; retry in 15.0 s', { retryAfterMs: 15_000 })
        : { status: 200, body: task() },
    );
    const world = testWorld();
    const client = new HubClient({
      ...{ hub: hub.url, key: KEY, env: {}, sleep: world.sleep },
      onWait: (what) => void said.push(what),
    });
    expect((await client.call('task.show', { path: { id: TASK } })).id).toBe(TASK);
    expect(world.slept).toEqual([15_000, 15_000, 15_000]);
    expect(said).toEqual(['too many reads; waiting until the hub takes more']);
  });

  it('does not wait for a limit without end', async () => {
    const { client, world } = await clientOf(() =>
      problem(429, 'rate.limited', 'too many reads; retry in 50.0 s', { retryAfterMs: 50_000 }),
    );
    const error = await errorOf(client.call('task.show', { path: { id: TASK } }));
    expect(error).toMatchObject({ code: 'rate.limited', exit: EXIT.retry });
    expect(world.slept.reduce((sum, ms) => sum + ms, 0)).toBe(600_000);
  });

  it('is not repeated when only a person can mend it', async () => {
    const { client, hub } = await clientOf(() => problem(503, 'hub.low_disk', 'low', { retryAfterMs: 1 }));
    const error = await errorOf(client.call('task.submit', { body, idempotencyKey: 'once', retryForMs: 60_000 }));
    expect(error).toMatchObject({ code: 'hub.low_disk', exit: EXIT.retry });
    expect(hub.received).toHaveLength(1);
  });

  it('understands Retry-After when the document says nothing', async () => {
    const { client, world } = await clientOf((_, nth) =>
      nth === 1
        ? { status: 503, body: { code: 'hub.draining', detail: 'stopping' }, headers: { 'retry-after': '3' } }
        : { status: 201, body: task() },
    );
    await client.call('task.submit', { body, idempotencyKey: 'once', retryForMs: 10_000 });
    expect(world.slept).toEqual([3000]);
  });

  it('is sent again when the connection broke before the answer', async () => {
    const { client, hub } = await clientOf((_, nth) => (nth === 1 ? 'close' : { status: 201, body: task() }));
    await client.call('task.submit', { body, idempotencyKey: 'once', retryForMs: 10_000 });
    expect(hub.received).toHaveLength(2);
  });

  it('is sent again for all of its time, and not more often than ten times a second', async () => {
    const { client, world, hub } = await clientOf((_, nth) =>
      nth <= 40 ? problem(503, 'hub.busy', 'busy', { retryAfterMs: 0 }) : { status: 201, body: task() },
    );
    await client.call('task.submit', { body, idempotencyKey: 'once', retryForMs: 60_000 });
    expect(hub.received).toHaveLength(41);
    expect(world.slept).toEqual(Array(40).fill(100));
  });

  it('gives up when its time is used, and says that it may have taken effect', async () => {
    const { client, world } = await clientOf((_, nth) =>
      nth === 1 ? 'close' : problem(503, 'hub.recovering', 'reading'),
    );
    const error = await errorOf(client.call('task.submit', { body, idempotencyKey: 'once', retryForMs: 4000 }));
    expect(error).toMatchObject({ code: 'hub.recovering', mayHaveTakenEffect: true });
    expect(world.slept.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(4000);
  });

  it('takes no longer when the hub hangs than when it is busy', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const limits: number[] = [];
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      limits.push(ms);
      vi.advanceTimersByTime(ms);
      return AbortSignal.abort(new DOMException('late', 'TimeoutError'));
    });
    const { client } = await clientOf(() => 'silence');
    const error = await errorOf(client.call('task.submit', { body, idempotencyKey: 'once', retryForMs: 60_000 }));
    expect(error).toMatchObject({ code: 'hub.unreachable', mayHaveTakenEffect: true });
    expect(limits).toEqual([30_000, 29_000]);
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it('is sent once without leave to repeat it', async () => {
    const { client, hub } = await clientOf(() => problem(503, 'hub.busy', 'busy', { retryAfterMs: 1 }));
    await errorOf(client.call('task.submit', { body, idempotencyKey: 'once' }));
    expect(hub.received).toHaveLength(1);
  });
});
