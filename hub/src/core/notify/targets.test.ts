// Who is told of what.

import type { Notification } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { Bench, HOUR, ORG } from '../fixture.js';
import type { NamedRoute } from './commands.js';
import { addChannel, alertOf, BY, setRoutes, subscribe } from './fixture.js';
import { targetsOf } from './targets.js';

function told(bench: Bench, more: Partial<Notification> = {}): string[] {
  return targetsOf(bench.state, alertOf('x', more)).map(({ id }) => id);
}

const about = {
  lane: 'high',
  labels: { team: 'shop', os: 'linux' },
  repo: 'https://git.example.com/shop/web.git',
} as const;

const MATCHES: readonly (readonly [string, NamedRoute['match'], boolean])[] = [
  ['nothing in particular', {}, true],
  ['its kind', { kind: ['question', 'alert'] }, true],
  ['another kind', { kind: ['question'] }, false],
  ['its severity', { severity: ['page'] }, true],
  ['another severity', { severity: ['warn', 'info'] }, false],
  ['its rule', { rule: ['QueueGrowing', 'NoAgents'] }, true],
  ['another rule', { rule: ['QueueGrowing'] }, false],
  ['its lane', { lane: ['high'] }, true],
  ['another lane', { lane: ['urgent'] }, false],
  ['a label', { label: ['team'] }, true],
  ['labels with values', { label: ['team=shop', 'os=linux'] }, true],
  ['one label of two', { label: ['team=shop', 'os=mac'] }, false],
  ['a label that it lacks', { label: ['tier'] }, false],
  ['its repository', { repo: ['https://git.example.com/shop/*'] }, true],
  ['another repository', { repo: ['https://git.example.com/api/*'] }, false],
  ['all at once', { kind: ['alert'], severity: ['page'], lane: ['high'], label: ['team'] }, true],
  ['all but one', { kind: ['alert'], severity: ['warn'], lane: ['high'], label: ['team'] }, false],
];

test.each(MATCHES)('a route that asks for %s', (_, match, isTold) => {
  const bench = new Bench();
  addChannel(bench, 'a');
  setRoutes(bench, { match, channels: ['a'] });
  expect(told(bench, about)).toEqual(isTold ? ['c-a'] : []);
});

test('a route that asks for a lane or a repository takes nothing that has none', () => {
  const bench = new Bench();
  addChannel(bench, 'a');
  setRoutes(bench, { match: { lane: ['high'] }, channels: ['a'] }, { match: { repo: ['*'] }, channels: ['a'] });
  expect(told(bench)).toEqual([]);
});

test('the first route that matches counts, and the next where it says so; nobody is told twice', () => {
  const bench = new Bench();
  for (const name of ['a', 'b', 'c']) addChannel(bench, name);
  const routes: NamedRoute[] = [
    { match: { severity: ['info'] }, channels: ['c'] },
    { match: {}, channels: ['a'], continue: true, excerpts: true },
    { match: {}, channels: ['a', 'b'], digest: true },
    { match: {}, channels: ['c'] },
  ];
  setRoutes(bench, ...routes);
  expect(targetsOf(bench.state, alertOf('x'))).toEqual([
    { id: 'c-a', org: ORG, includeExcerpt: true, digest: false },
    { id: 'c-b', org: ORG, includeExcerpt: false, digest: true },
  ]);
});

test('a page that nobody acknowledges goes along the list, and stays with its last', () => {
  const bench = new Bench();
  for (const name of ['a', 'b', 'c']) addChannel(bench, name);
  setRoutes(bench, { match: {}, channels: ['a'], escalation: ['b', 'c'] });
  const steps = [0, 1, 2, 3].map((escalation) => told(bench, { escalation }));
  expect(steps).toEqual([['c-a'], ['c-b'], ['c-c'], ['c-c']]);
  setRoutes(bench, { match: {}, channels: ['a'] });
  expect(told(bench, { escalation: 2 })).toEqual(['c-a']);
});

test('an alert about a channel goes by another, and so does one whose channel is disabled', () => {
  const bench = new Bench();
  addChannel(bench, 'a');
  addChannel(bench, 'b');
  const subjects = [{ kind: 'channel', id: 'c-a', name: 'a' }] as const;
  expect(told(bench, { subjects })).toEqual(['c-b']);
  bench.take({ type: 'notify.channel_gone', channel: 'c-a', why: '410' });
  expect(told(bench)).toEqual(['c-b']);
  expect(told(bench, { severity: 'info' })).toEqual([]);
});

test('what concerns the hub goes to those who run it, and nothing to another organisation', () => {
  const bench = new Bench();
  addChannel(bench, 'a');
  addChannel(bench, 'b', 'other');
  expect(told(bench, { org: undefined })).toEqual(['c-a']);
  expect(told(bench, { org: 'other' })).toEqual(['c-b']);
  expect(told(bench, { org: 'third' })).toEqual([]);
});

test('the browsers of the submitter are told of its task, while it may still look at it, and never of alerts', () => {
  const bench = new Bench();
  const [submitter, expiring] = [subscribe(bench, 'ada'), subscribe(bench, 'bob')];
  const notice = { kind: 'question', severity: 'warn', submitter } as const;
  expect(told(bench, notice)).toEqual(['s-ada']);
  expect(told(bench, { ...notice, submitter: 'key:mate' })).toEqual([]);
  expect(told(bench, { ...notice, org: 'other' })).toEqual([]);
  expect(told(bench, { submitter })).toEqual([]);
  bench.take({ type: 'key.revoke', org: ORG, by: BY, key: submitter.slice(4) });
  expect(told(bench, notice)).toEqual([]);
  const key = expiring.slice(4);
  bench.take({ type: 'key.rotate', org: ORG, by: BY, key, hash: 'new', hint: 'h', overlapMs: HOUR });
  expect(told(bench, { ...notice, submitter: expiring })).toEqual(['s-bob']);
  bench.wait(2 * HOUR);
  addChannel(bench, 'later');
  expect(told(bench, { ...notice, submitter: expiring })).toEqual([]);
});
