// Channels of an organisation and the routes to them.

import { expect, test } from 'vitest';
import { Bench, dumpOf, fromSnapshot, ORG } from '../fixture.js';
import { Refusal } from '../refusal.js';
import { addChannel, BY, setRoutes, subscribe } from './fixture.js';
import { DEFAULT_MATCH, type Route } from './notify.js';

const routesOf = (bench: Bench) => bench.state.notify.orgs.get(ORG)?.routes ?? [];

test('the first channel gets every alert of severity page and warn, the second nothing by itself', () => {
  const bench = new Bench();
  addChannel(bench, 'phone');
  addChannel(bench, 'mail');
  expect(routesOf(bench)).toEqual([{ match: DEFAULT_MATCH, channels: ['c-phone'] }]);
});

test('names are unique in an organisation, and in no other', () => {
  const bench = new Bench();
  addChannel(bench, 'phone');
  addChannel(bench, 'mail');
  addChannel(bench, 'elsewhere', 'other');
  const again = {
    type: 'notify.create_channel',
    org: ORG,
    by: BY,
    channel: 'c-2',
    kind: 'ntfy',
    settings: 's',
  } as const;
  expect(bench.refusal({ ...again, name: 'phone' })).toBe('notification.channel_exists');
  expect(bench.refusal({ ...again, name: 'elsewhere' })).toBeUndefined();
  const rename = { type: 'notify.change_channel', org: ORG, by: BY, channel: 'c-mail' } as const;
  expect(bench.refusal({ ...rename, name: 'phone' })).toBe('notification.channel_exists');
  expect(bench.refusal({ ...rename, name: 'mail' })).toBeUndefined();
});

test('a hundred channels are enough', () => {
  const bench = new Bench();
  for (let i = 0; i < 100; i++) addChannel(bench, `n${i}`);
  const more = { type: 'notify.create_channel', org: ORG, by: BY, channel: 'c', kind: 'ntfy', settings: 's' } as const;
  expect(bench.refusal({ ...more, name: 'more' })).toBe('notification.channel_limit');
});

test('a change that changes nothing makes no event, and one of settings that somebody else changed is refused', () => {
  const bench = new Bench();
  addChannel(bench, 'phone');
  const change = { type: 'notify.change_channel', org: ORG, by: BY, channel: 'c-phone' } as const;
  expect(bench.take({ ...change, name: 'phone', quietHours: null, enabled: true }).events).toEqual([]);
  const quietHours = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' };
  bench.take({ ...change, quietHours, settings: { from: 'sealed phone', to: 'new' } });
  expect(bench.state.notify.channels.get('c-phone')).toMatchObject({ quietHours, settings: 'new' });
  expect(bench.take({ ...change, quietHours }).events).toEqual([]);
  expect(bench.refusal({ ...change, settings: { from: 'sealed phone', to: 'newer' } })).toBe('hub.busy');
  bench.take({ ...change, quietHours: null });
  expect(bench.state.notify.channels.get('c-phone')?.quietHours).toBeUndefined();
});

test('a channel that takes nothing any more is disabled with the reason until somebody enables it', () => {
  const bench = new Bench();
  addChannel(bench, 'phone');
  bench.take({ type: 'notify.channel_gone', channel: 'c-phone', why: '410' });
  expect(bench.take({ type: 'notify.channel_gone', channel: 'c-phone', why: '410 again' }).events).toEqual([]);
  expect(bench.state.notify.channels.get('c-phone')?.disabled).toBe('410');
  bench.take({ type: 'notify.change_channel', org: ORG, by: BY, channel: 'c-phone', enabled: true });
  expect(bench.state.notify.channels.get('c-phone')?.disabled).toBeUndefined();
});

test('a removed channel leaves the routes, and a route to nowhere goes with it', () => {
  const bench = new Bench();
  for (const name of ['a', 'b']) addChannel(bench, name);
  setRoutes(
    bench,
    { match: {}, channels: ['a'] },
    { match: {}, channels: ['a', 'b'], escalation: ['a'] },
    { match: {}, channels: ['b'] },
  );
  bench.take({ type: 'notify.remove_channel', org: ORG, by: BY, channel: 'c-a' });
  expect(routesOf(bench)).toEqual([
    { match: {}, channels: ['c-b'] },
    { match: {}, channels: ['c-b'] },
  ]);
  bench.take({ type: 'notify.remove_channel', org: ORG, by: BY, channel: 'c-b' });
  expect(bench.state.notify.orgs.size).toBe(0);
});

test('channels of another organisation are not there', () => {
  const bench = new Bench();
  addChannel(bench, 'phone', 'other');
  const missing = 'notification.channel_not_found';
  expect(bench.refusal({ type: 'notify.remove_channel', org: ORG, by: BY, channel: 'c-phone' })).toBe(missing);
  expect(bench.refusal({ type: 'notify.change_channel', org: ORG, by: BY, channel: 'c-phone' })).toBe(missing);
  const routed = bench.decide({
    type: 'notify.set_routes',
    org: ORG,
    by: BY,
    routes: [{ match: {}, channels: ['phone'] }],
  });
  expect(routed).toBeInstanceOf(Refusal);
  expect(routed).toMatchObject({
    code: 'request.invalid',
    details: [{ path: '/routes/0/channels/0', message: 'must be a channel; there is none named phone' }],
  });
});

test('routes are replaced only while they are those that were seen', () => {
  const bench = new Bench();
  addChannel(bench, 'phone');
  const seen = routesOf(bench);
  const routes = [{ match: {}, channels: ['phone'] }];
  const set = (from?: readonly Route[]) =>
    bench.refusal({ type: 'notify.set_routes', org: ORG, by: BY, routes, ...(from !== undefined && { from }) });
  expect(set(seen)).toBeUndefined();
  expect([set(seen), set([])]).toEqual(['notification.version_conflict', 'notification.version_conflict']);
  expect(set()).toBeUndefined();
});

test('a browser is subscribed once, and a person has ten of them at most', () => {
  const bench = new Bench();
  const by = subscribe(bench, 'ada');
  const more = (n: number, digest: string) =>
    bench.take({ type: 'push.subscribe', org: ORG, by, subscription: `more-${n}`, digest, settings: 'sealed' });
  more(0, 'digest of ada');
  expect([...bench.state.notify.subscriptions.keys()]).toEqual(['more-0']);
  for (let n = 1; n <= 10; n++) more(n, `d${n}`);
  expect([...bench.state.notify.subscriptions.keys()].sort()).toEqual(
    Array.from({ length: 10 }, (_, n) => `more-${n + 1}`).sort(),
  );
  const gone = { type: 'push.unsubscribe', org: ORG, subscription: 'more-1' } as const;
  expect(bench.refusal({ ...gone, by: 'key:mate' })).toBe('notification.subscription_not_found');
  expect(bench.refusal({ ...gone, by })).toBeUndefined();
  bench.take({ type: 'notify.channel_gone', channel: 'more-2', why: '410' });
  expect(bench.state.notify.subscriptions.size).toBe(8);
});

test('the keys of push are made once', () => {
  const bench = new Bench();
  bench.take({ type: 'push.ensure_keys', publicKey: 'p1', privateKey: 's1' });
  const again = bench.take({ type: 'push.ensure_keys', publicKey: 'p2', privateKey: 's2' });
  expect(again).toMatchObject({ events: [], reply: { publicKey: 'p1' } });
});

test('all of it comes back from a snapshot and from the journal', () => {
  const bench = new Bench();
  for (const name of ['b', 'a']) addChannel(bench, name);
  setRoutes(bench, { match: { kind: ['question'] }, channels: ['a'], excerpts: true });
  const by = subscribe(bench, 'ada');
  bench.take({ type: 'push.ensure_keys', publicKey: 'p', privateKey: 's' });
  bench.take({ type: 'notify.channel_gone', channel: 'c-a', why: '410' });
  bench.take({ type: 'notify.change_channel', org: ORG, by: BY, channel: 'c-a', enabled: true });
  for (let i = 0; i < 2; i++) {
    const task = bench.take({ ...submissionBy(by) }).reply.task;
    if (i === 0) bench.join('w');
    bench.accept(task);
    bench.complete(task);
  }
  expect(bench.state.notify.pending.size).toBe(2);
  expect(fromSnapshot(bench.state).notify).toEqual(bench.state.notify);
  expect(dumpOf(bench.replay())).toEqual(bench.dump());
});

function submissionBy(by: string) {
  const spec = { title: 'a task', prompt: 'do it', lane: 'normal' as const, needs: [] };
  return { type: 'task.submit' as const, org: ORG, by, spec };
}
