import { expect, test } from 'vitest';
import { CLOSE_CODES } from './limits.js';
import { LiveConnection, type Socket, type SocketListener, type Subscriber } from './live-connection.js';

const HUB = { type: 'hub', role: 'leader', lagMs: 0, version: '1.0.0', journal: 'j1' };

class TestSocket implements Socket {
  readonly sent: unknown[] = [];
  isClosed = false;

  constructor(private readonly listener: SocketListener) {}

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.isClosed = true;
    this.ends();
  }

  ends(code = 1006): void {
    this.listener.closed(code);
  }

  says(...frames: object[]): void {
    this.listener.opened();
    for (const frame of frames) this.hears(JSON.stringify(frame));
  }

  hears(data: unknown): void {
    this.listener.heard(data);
  }
}

function world() {
  const sockets: TestSocket[] = [];
  const timers: { readonly ms: number; readonly run: () => void }[] = [];
  const refused: string[] = [];
  const states: string[] = [];
  const connection = new LiveConnection({
    open: (listener) => {
      const socket = new TestSocket(listener);
      sockets.push(socket);
      return socket;
    },
    after: (ms, run) => {
      const timer = { ms, run };
      timers.push(timer);
      return () => void (timers.includes(timer) && timers.splice(timers.indexOf(timer), 1));
    },
    random: () => 1,
    onRefused: () => void refused.push('refused'),
    onChange: () => void states.push(connection.state),
  });
  const last = (): TestSocket => sockets.at(-1) as TestSocket;
  const elapse = (): number => {
    const timer = timers.shift();
    timer?.run();
    return timer?.ms ?? -1;
  };
  return { connection, sockets, last, elapse, refused, states, timers };
}

function recorder() {
  const seen: string[] = [];
  const subscriber: Subscriber = {
    onSnapshot: ({ items }) => void seen.push(`snapshot ${items.map(({ id }) => id)}`),
    onDelta: ({ put, gone }) => void seen.push(`delta +${put.map(({ id }) => id)} -${gone}`),
    onReset: () => void seen.push('reset'),
    onError: ({ code }) => void seen.push(`error ${code}`),
  };
  return { seen, subscriber };
}

const snapshot = (seq: number, ids: string[]) => ({ type: 'snapshot', id: 1, seq, items: ids.map((id) => ({ id })) });

test('asks for nothing before the hub has said which journal it has', () => {
  const { connection, last } = world();
  const { seen, subscriber } = recorder();
  connection.start();
  connection.subscribe({ kind: 'tasks' }, subscriber);
  expect(last().sent).toEqual([]);
  last().says(HUB);
  expect(connection.state).toBe('live');
  expect(last().sent).toEqual([{ type: 'subscribe', id: 1, view: { kind: 'tasks' } }]);
  last().says(snapshot(5, ['a']), { type: 'delta', id: 1, seq: 6, put: [{ id: 'b' }], gone: ['a'] });
  expect(seen).toEqual(['snapshot a', 'delta +b -a']);
});

test('comes back after a break, later each time, and resumes from what it has seen', () => {
  const { connection, last, elapse, states } = world();
  const { seen, subscriber } = recorder();
  connection.start();
  connection.subscribe({ kind: 'tasks' }, subscriber);
  last().says(HUB, snapshot(5, ['a']));
  last().close();
  expect(connection.state).toBe('reconnecting');
  expect(states).toEqual(['connecting', 'connecting', 'live', 'reconnecting']);
  expect(elapse()).toBe(500);
  last().close();
  expect(elapse()).toBe(1_000);
  last().close();
  expect(elapse()).toBe(2_000);
  last().says(HUB);
  expect(connection.state).toBe('live');
  expect(last().sent).toEqual([{ type: 'subscribe', id: 1, view: { kind: 'tasks' }, from: 5 }]);
  last().close();
  expect(elapse()).toBe(500);
  expect(seen).toEqual(['snapshot a']);
});

test('begins anew at a hub with another journal', () => {
  const { connection, last, elapse } = world();
  const { seen, subscriber } = recorder();
  connection.start();
  connection.subscribe({ kind: 'tasks' }, subscriber);
  last().says(HUB, snapshot(5, ['a']));
  last().close();
  elapse();
  last().says({ ...HUB, journal: 'j2' });
  expect(seen).toEqual(['snapshot a', 'reset']);
  expect(last().sent).toEqual([{ type: 'subscribe', id: 1, view: { kind: 'tasks' } }]);
});

test('begins anew where the hub it is connected to is given another journal, and not where one has read none yet', () => {
  const { connection, last, elapse } = world();
  const { seen, subscriber } = recorder();
  connection.start();
  connection.subscribe({ kind: 'tasks' }, subscriber);
  last().says(HUB, snapshot(5, ['a']), { ...HUB, journal: 'j2' });
  expect(seen).toEqual(['snapshot a', 'reset']);
  const asked = { type: 'subscribe', id: 1, view: { kind: 'tasks' } };
  expect(last().sent).toEqual([asked, asked]);
  last().says(snapshot(2, ['b']));
  last().close();
  elapse();
  last().says({ ...HUB, journal: '' }, { ...HUB, journal: 'j2' });
  expect(seen).toEqual(['snapshot a', 'reset', 'snapshot b']);
  expect(last().sent).toEqual([{ type: 'subscribe', id: 1, view: { kind: 'tasks' }, from: 2 }]);
});

test('does not wait any longer when the network is back', () => {
  const { connection, sockets, last, timers } = world();
  connection.start();
  last().close();
  connection.wake();
  expect([sockets.length, timers.length]).toEqual([2, 0]);
  connection.wake();
  expect(sockets.length).toBe(2);
});

test('trusts no socket that does not answer after a rest', () => {
  const { connection, sockets, last, elapse, timers } = world();
  const { subscriber } = recorder();
  connection.start();
  connection.subscribe({ kind: 'overview' }, subscriber);
  last().says(HUB, snapshot(5, ['a']));
  connection.wake();
  expect(last().sent.at(-1)).toEqual({ type: 'subscribe', id: 1, view: { kind: 'overview' }, from: 5 });
  last().says(snapshot(5, ['a']));
  expect([connection.state, timers.length]).toEqual(['live', 0]);
  connection.wake();
  expect(elapse()).toBe(5_000);
  expect([connection.state, sockets[0]?.isClosed, timers.length]).toEqual(['reconnecting', true, 1]);
});

test('looks at the session when the hub says that the caller may not go on', () => {
  const { connection, last, refused } = world();
  connection.start();
  last().says(HUB);
  last().ends(1012);
  expect(refused).toEqual([]);
  connection.wake();
  last().says(HUB);
  last().ends(4003);
  expect(refused).toEqual(['refused']);
});

test('a refused view is asked for again where that may help, and ends where it may not', () => {
  const { connection, last, elapse } = world();
  const { seen, subscriber } = recorder();
  connection.start();
  connection.subscribe({ kind: 'tasks', q: 'x:y' }, subscriber);
  last().says(HUB, { type: 'error', id: 1, code: 'hub.busy', message: 'busy', retryable: true, retryAfterMs: 70 });
  expect([seen, elapse()]).toEqual([[], 70]);
  expect(last().sent).toHaveLength(2);
  last().says({ type: 'error', id: 1, code: 'request.invalid', message: 'there is no key x', retryable: false });
  last().close();
  elapse();
  last().says(HUB);
  expect([seen, last().sent]).toEqual([['error request.invalid'], []]);
});

test('whoever has left is told nothing, and the hub is told that it has', () => {
  const { connection, last } = world();
  const { seen, subscriber } = recorder();
  connection.start();
  last().says(HUB);
  const leave = connection.subscribe({ kind: 'agents' }, subscriber);
  leave();
  last().says(snapshot(5, ['a']));
  expect([seen, last().sent.at(-1)]).toEqual([[], { type: 'unsubscribe', id: 1 }]);
});

test('a socket that never opens leads to a look at the session; one that is stopped does not come back', () => {
  const { connection, sockets, last, timers, refused } = world();
  connection.start();
  last().close();
  expect(refused).toEqual(['refused']);
  connection.stop();
  expect([connection.state, timers, sockets.length]).toEqual(['off', [], 1]);
  last().says({ ...HUB, type: 'unknown' });
});

test('what cannot be read changes nothing', () => {
  const { connection, last } = world();
  connection.start();
  last().says(HUB);
  for (const data of ['{', 'null', '7', '{"type":"later"}']) last().hears(data);
  expect(connection.state).toBe('live');
});

test('what was seen goes when the hub lets the caller see it no more', () => {
  const { connection, last, elapse, refused } = world();
  const { seen, subscriber } = recorder();
  connection.start();
  connection.subscribe({ kind: 'tasks' }, subscriber);
  last().says(HUB, snapshot(7, ['a']));
  last().ends();
  elapse();
  last().says(HUB);
  expect(last().sent).toEqual([{ type: 'subscribe', id: 1, view: { kind: 'tasks' }, from: 7 }]);
  last().ends(CLOSE_CODES.notAllowed);
  expect([seen, refused]).toEqual([['snapshot a', 'reset'], ['refused']]);
  elapse();
  last().says(HUB);
  expect(last().sent).toEqual([{ type: 'subscribe', id: 1, view: { kind: 'tasks' } }]);
});
