// What those are told who follow a task, and what waits for the outbox.

import { LIMITS, type Notification } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { Decision } from '../decision.js';
import type { Event } from '../events.js';
import { Bench, MINUTE, ORG } from '../fixture.js';
import { addChannel, alertOf, BY, setRoutes, subscribe } from './fixture.js';
import { raise } from './raise.js';

function submitted(bench: Bench, by: string): string {
  const spec = { title: 'fix the roof', prompt: 'secret prompt', lane: 'high' as const, needs: [], maxAttempts: 1 };
  const { task } = bench.take({ type: 'task.submit', org: ORG, by, spec }).reply;
  bench.accept(task);
  return task;
}

const raisedIn = (events: readonly Event[]) =>
  events.flatMap((event) => (event.type === 'notification.raised' ? [event.notification] : []));

function pending(bench: Bench) {
  return [...bench.state.notify.pending.values()].map(({ group, kind, state }) => `${group} ${kind} ${state}`);
}

function bench(): { readonly bench: Bench; readonly by: string } {
  const made = new Bench();
  const by = subscribe(made, 'ada');
  made.join('w');
  return { bench: made, by };
}

test('nobody is told where nobody wants to be, and nothing is written for it', () => {
  const plain = new Bench();
  plain.join('w');
  const task = submitted(plain, 'key:x');
  plain.block(task);
  plain.take({ type: 'task.answer', ...plain.operator(task), answer: 'left' });
  plain.complete(task);
  addChannel(plain, 'phone');
  const other = submitted(plain, 'key:x');
  plain.block(other);
  expect(plain.log.filter(({ event }) => event.type === 'notification.raised')).toEqual([]);
});

test('a question is one entry that is closed by its answer, whoever gives it', () => {
  const { bench: b, by } = bench();
  const task = submitted(b, by);
  b.block(task);
  expect([...b.state.notify.pending.values()]).toMatchObject([
    {
      group: `task:${task}`,
      org: ORG,
      kind: 'question',
      state: 'open',
      severity: 'warn',
      lane: 'high',
      title: 'Question: fix the roof',
      next: `See its choices and answer it: agentcom task show ${task}`,
      links: [{ name: 'Task', path: `/tasks/${task}` }],
      subjects: [{ kind: 'task', id: task, name: 'fix the roof' }],
      submitter: by,
      excerpt: 'which?',
      since: b.now,
      at: b.now,
    },
  ]);
  b.take({ type: 'task.answer', org: ORG, task, by, answer: 'left' });
  expect(pending(b)).toEqual([`task:${task} question closed`]);
  b.complete(task);
  expect(pending(b)).toEqual([`task:${task} finished open`]);
});

test('a question that nobody answers in time is closed, or turns into what became of the task', () => {
  const { bench: b, by } = bench();
  const task = submitted(b, by);
  b.block(task);
  b.pass(25 * 60 * MINUTE);
  expect(b.task(task).state).toBe('dead');
  expect(pending(b)).toEqual([`task:${task} dead open`]);
});

test('a question that is over says how, and not that it was settled', () => {
  const { bench: b, by } = bench();
  const [answered, late, cancelled] = [1, 2, 3].map(() => b.take(submissionBy(by)).reply.task) as [
    string,
    string,
    string,
  ];
  const title = () => [...b.state.notify.pending.values()].at(-1)?.title;
  b.accept(answered);
  b.block(answered);
  b.take({ type: 'task.answer', org: ORG, task: answered, by, answer: 'left' });
  expect(title()).toBe('Question answered: a task');
  b.complete(answered);
  b.accept(late);
  b.block(late);
  b.pass(25 * 60 * MINUTE);
  expect(b.task(late).state).not.toBe('dead');
  expect(title()).toBe('Nobody answered in time: a task');
  b.take({ type: 'task.stopped', ...b.from('w'), task: late, generation: 1 });
  b.join('v');
  b.accept(cancelled);
  b.block(cancelled);
  b.take({ type: 'task.cancel', org: ORG, task: cancelled, by, reason: 'no' });
  expect(title()).toBe('Question over, the task was cancelled: a task');
});

test('a dead task is told with its error, and closed when it is requeued', () => {
  const { bench: b, by } = bench();
  const task = submitted(b, by);
  b.fail(task, 'permanent');
  expect([...b.state.notify.pending.values()]).toMatchObject([
    { kind: 'dead', severity: 'warn', title: 'Dead: fix the roof', excerpt: 'it failed' },
  ]);
  const { events } = b.take({ type: 'dead.requeue', ...b.operator(task) });
  expect(raisedIn(events)).toMatchObject([{ kind: 'dead', state: 'closed', title: 'No longer dead: fix the roof' }]);
});

test('whoever cancels its own task is not told, and another one is', () => {
  const { bench: b, by } = bench();
  const [own, other, asked] = [
    submitted(b, by),
    b.take(submissionBy(by)).reply.task,
    b.take(submissionBy(by)).reply.task,
  ];
  b.take({ type: 'task.cancel', org: ORG, task: own, by, reason: 'no' });
  expect(pending(b)).toEqual([]);
  b.take({ type: 'task.cancel', org: ORG, task: other, by: 'key:mate', reason: 'not needed' });
  expect([...b.state.notify.pending.values()]).toMatchObject([
    {
      kind: 'finished',
      severity: 'info',
      title: 'Cancelled: a task',
      text: 'Cancelled by key:mate.',
      excerpt: 'not needed',
    },
  ]);
  b.take({ type: 'task.stopped', ...b.from('w'), task: own, generation: 1 });
  b.accept(asked);
  b.block(asked);
  b.take({ type: 'task.cancel', org: ORG, task: asked, by, reason: 'no' });
  expect(pending(b)).toContain(`task:${asked} question closed`);
});

test('a route tells channels of tasks, by label and kind', () => {
  const b = new Bench();
  b.join('w');
  addChannel(b, 'shop');
  setRoutes(b, { match: { kind: ['finished'], label: ['team=shop'] }, channels: ['shop'] });
  for (const team of ['shop', 'api']) {
    const task = b.submit({ labels: { team } });
    b.accept(task);
    b.complete(task);
  }
  expect([...b.state.notify.pending.values()]).toMatchObject([{ kind: 'finished', labels: { team: 'shop' } }]);
});

function raiseAll(b: Bench, ...notifications: readonly ReturnType<typeof alertOf>[]): void {
  const decision = new Decision(b.state, b.now, { newId: () => 'id', random: () => 0 });
  for (const one of notifications) raise(decision, one);
}

test('the newest of a group takes the place of the one that waits, and what the outbox has is gone', () => {
  const b = new Bench();
  addChannel(b, 'phone');
  raiseAll(b, alertOf('1', { group: 'g' }), alertOf('2'), alertOf('3', { group: 'g', state: 'closed' }));
  expect([...b.state.notify.pending.keys()]).toEqual(['2', '3']);
  expect(b.take({ type: 'notification.queue', ids: ['1', '2'] }).events).toEqual([
    { type: 'notification.queued', ids: ['2'] },
  ]);
  expect(b.take({ type: 'notification.queue', ids: ['1', '2'] }).events).toEqual([]);
  expect([...b.state.notify.pending.keys()]).toEqual(['3']);
});

test('at the bound the oldest info gives way, and nothing to what is less severe than itself', () => {
  const b = new Bench();
  addChannel(b, 'phone');
  setRoutes(b, { match: {}, channels: ['phone'] });
  const page = (i: number) => alertOf(`page-${i}`);
  const info = (i: number) => alertOf(`info-${i}`, { severity: 'info' });
  raiseAll(b, info(1), info(2));
  raiseAll(b, ...Array.from({ length: LIMITS.pendingNotifications - 2 }, (_, i) => page(i)));
  raiseAll(b, page(-1));
  expect(b.state.notify.pending.size).toBe(LIMITS.pendingNotifications);
  expect([b.state.notify.pending.has('info-1'), b.state.notify.pending.has('info-2')]).toEqual([false, true]);
  raiseAll(b, page(-2), info(3));
  expect(b.state.notify.pending.has('info-3')).toBe(false);
  raiseAll(b, page(-3), alertOf('again', { group: page(5).group, severity: 'info' }));
  expect([b.state.notify.pending.has('page-0'), b.state.notify.pending.has('again')]).toEqual([false, true]);
  expect(b.state.notify.pending.size).toBe(LIMITS.pendingNotifications);
  expect(b.state.notify.pendingOf.size).toBe(LIMITS.pendingNotifications);
});

test('at the bound the organisation with most gives way, whatever the others have, and pages last', () => {
  const b = new Bench();
  for (const org of [ORG, 'other']) addChannel(b, `phone-${org}`, org);
  for (const org of [ORG, 'other'])
    b.take({ type: 'notify.set_routes', org, by: BY, routes: [{ match: {}, channels: [`phone-${org}`] }] });
  const of = (org: string, id: string, severity: Notification['severity']) =>
    alertOf(id, { org, severity, group: `${org}:${id}` });
  raiseAll(b, of('other', 'their-info', 'info'), of('other', 'their-warn', 'warn'), of(ORG, 'page', 'page'));
  raiseAll(b, ...Array.from({ length: LIMITS.pendingNotifications - 3 }, (_, i) => of(ORG, `warn-${i}`, 'warn')));
  raiseAll(b, of(ORG, 'more', 'page'), of('other', 'their-second', 'info'), of(ORG, 'too-minor', 'info'));
  const waits = (id: string) => b.state.notify.pending.has(id);
  expect(['their-info', 'their-warn', 'their-second', 'page', 'more'].filter((id) => !waits(id))).toEqual([]);
  expect(['warn-0', 'warn-1', 'warn-2', 'too-minor'].map(waits)).toEqual([false, false, true, false]);
  expect(b.state.notify.pending.size).toBe(LIMITS.pendingNotifications);
});

function submissionBy(by: string) {
  const spec = { title: 'a task', prompt: 'do it', lane: 'normal' as const, needs: [] };
  return { type: 'task.submit' as const, org: ORG, by, spec };
}
