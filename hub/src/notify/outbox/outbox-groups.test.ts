import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { answered, delivery, ntfyChannel, turn, webhookChannel } from '../testing.js';
import { OutboxBench } from './fixture.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let bench: OutboxBench;

beforeAll(OutboxBench.load);

beforeEach(() => {
  bench = new OutboxBench();
});

afterEach(() => bench.outbox.stop());

describe('the newest state of a group', () => {
  it('goes out instead of what could not go out before it', async () => {
    bench.http.answer = () => answered(503);
    await bench.outbox.deliver([delivery({ title: '1 task' })]);
    await bench.outbox.deliver([delivery({ title: '2 tasks' })]);
    await turn();
    bench.http.answer = () => answered(200);
    await bench.outbox.deliver([delivery({ title: '3 tasks' })]);
    await bench.time.pass(HOUR);
    expect(bench.titles().at(-1)).toBe('3 tasks');
    expect(bench.states()).toEqual(['1 task: skipped', '2 tasks: skipped', '3 tasks: sent']);
  });

  it('waits for the one that is under way, and comes after it', async () => {
    const answers: (() => void)[] = [];
    bench.http.answer = () => new Promise((resolve) => answers.push(() => resolve(answered(200))));
    await bench.outbox.deliver([delivery({ title: 'open' })]);
    await turn();
    await bench.outbox.deliver([delivery({ title: 'over', state: 'closed' })]);
    await turn();
    expect(bench.titles()).toEqual(['open']);
    answers[0]?.();
    await turn();
    expect(bench.titles()).toEqual(['open', 'over']);
    answers[1]?.();
    await turn();
    expect(bench.states()).toEqual(['open: sent', 'over: sent']);
  });

  it('that came in one call is the last of them, whatever is stored first', async () => {
    bench.records.gates.set('older', turn());
    await bench.outbox.deliver([delivery({ title: 'older' }), delivery({ title: 'newer' })]);
    await turn();
    expect(bench.titles()).toEqual(['newer']);
    expect(bench.states()).toEqual(['older: skipped', 'newer: sent']);
  });

  it('is not told when it is that nothing is wrong any more, and nobody knew', async () => {
    bench.ports.channels.set('oncall', webhookChannel({ isDisabled: true }));
    await bench.outbox.deliver([delivery({ title: 'open' })]);
    await bench.outbox.deliver([delivery({ title: 'over', state: 'closed' })]);
    bench.ports.channels.set('oncall', webhookChannel());
    await bench.time.pass(HOUR);
    expect(bench.http.sent).toEqual([]);
    expect(bench.states()).toEqual(['open: skipped', 'over: skipped']);
  });

  it('is told when somebody may know, because there was no answer', async () => {
    bench.http.answer = () => ({ kind: 'failed', why: 'no answer', isPassing: true });
    await bench.outbox.deliver([delivery({ title: 'open' })]);
    await turn();
    bench.http.answer = () => answered(200);
    await bench.outbox.deliver([delivery({ title: 'over', state: 'closed' })]);
    await turn();
    expect(bench.titles()).toEqual(['open', 'over']);
  });

  it('is told when somebody may know of a state two before it', async () => {
    bench.http.answer = () => answered(429, { retryAfterMs: MINUTE });
    await bench.outbox.deliver([delivery({ title: 'open' })]);
    await turn();
    bench.http.answer = () => answered(200);
    await bench.outbox.deliver([delivery({ title: 'worse' })]);
    await bench.outbox.deliver([delivery({ title: 'over', state: 'closed' })]);
    await bench.time.pass(MINUTE);
    expect(bench.titles()).toEqual(['open', 'over']);
  });

  it('cannot be undone by replaying an older one', async () => {
    bench.http.answer = () => answered(413);
    const old = delivery({ title: 'open' });
    await bench.outbox.deliver([old]);
    await turn();
    bench.http.answer = () => answered(200);
    await bench.outbox.deliver([delivery({ title: 'over', state: 'closed' })]);
    await turn();
    expect(await bench.outbox.replay('acme', old.id)).toBe(false);
  });
});

describe('a digest', () => {
  beforeEach(() => {
    bench.ports.channels.set('oncall', ntfyChannel());
  });

  const info = (title: string) => delivery({ title, group: title, severity: 'info' });

  it('takes what is of little weight, after a while, in one message', async () => {
    await bench.outbox.deliver([info('one')]);
    await bench.time.pass(10 * MINUTE);
    await bench.outbox.deliver([
      info('two'),
      delivery({ title: 'three', group: 'three', severity: 'warn' }, { digest: true }),
    ]);
    await bench.time.pass(5 * MINUTE);
    expect(bench.titles()).toEqual(['3 notices']);
    expect(bench.http.sent[0]?.json.message).toBe('• one\n• two\n• three');
    expect(bench.states()).toEqual(['one: sent', 'two: sent', 'three: sent']);
  });

  it('of one is that one', async () => {
    await bench.outbox.deliver([info('one')]);
    await bench.time.pass(15 * MINUTE);
    expect(bench.titles()).toEqual(['one']);
  });

  it('does not wait longer because something changes', async () => {
    for (let i = 0; i < 14; i++) {
      await bench.outbox.deliver([delivery({ title: `step ${i}`, group: 'g', severity: 'info' })]);
      await bench.time.pass(MINUTE);
    }
    await bench.time.pass(MINUTE);
    expect(bench.titles()).toEqual(['step 13']);
  });

  it('takes a burst, but no page', async () => {
    bench.ports.channels.set('oncall', ntfyChannel({ isDisabled: true }));
    const many = Array.from({ length: 30 }, (_, i) => delivery({ title: `w${i}`, group: `w${i}`, severity: 'warn' }));
    await bench.outbox.deliver([...many, delivery({ title: 'page', group: 'page' })]);
    bench.ports.channels.set('oncall', ntfyChannel());
    await bench.time.pass(MINUTE);
    expect(bench.titles()).toEqual(['page', '30 notices']);
    expect(bench.http.sent[1]?.json.message).toContain('and 10 more');
  });

  it('that was not taken is tried again as one, under the same name', async () => {
    bench.http.answer = () => answered(500);
    await bench.outbox.deliver([info('one'), info('two')]);
    await bench.time.pass(15 * MINUTE);
    bench.http.answer = () => answered(200);
    await bench.time.pass(HOUR);
    expect(bench.titles()).toEqual(['2 notices', '2 notices']);
    expect(bench.http.sent[0]?.json.sequence_id).toBe(bench.http.sent[1]?.json.sequence_id);
  });

  it('is not what tells that something is over which was told by itself', async () => {
    const groups = Array.from({ length: 8 }, (_, i) => `w${i}`);
    for (const group of groups) {
      await bench.outbox.deliver([delivery({ title: group, group, severity: 'warn' })]);
      await turn();
    }
    await bench.outbox.deliver(
      groups.map((group) => delivery({ title: group, group, severity: 'warn', state: 'closed' })),
    );
    await turn();
    expect(bench.titles()).toEqual([...groups, ...groups]);
  });

  it('takes the end of what was told in one', async () => {
    const open = (state: 'open' | 'closed') =>
      Array.from({ length: 8 }, (_, i) => delivery({ title: `w${i}`, group: `w${i}`, severity: 'warn', state }));
    await bench.outbox.deliver(open('open'));
    await bench.time.pass(MINUTE);
    await bench.outbox.deliver(open('closed'));
    await bench.time.pass(MINUTE);
    expect(bench.titles()).toEqual(['8 notices', '8 notices']);
  });

  it('is not what a program gets: one event for each change', async () => {
    bench.ports.channels.set('oncall', webhookChannel());
    await bench.outbox.deliver([info('one'), info('two')]);
    await turn();
    expect(bench.titles()).toEqual(['one', 'two']);
  });
});

it('quiet hours let pages through, and the rest afterwards', async () => {
  bench.ports.channels.set('oncall', webhookChannel({ quietHours: { from: '11:00', to: '14:00', timeZone: 'UTC' } }));
  await bench.outbox.deliver([
    delivery({ title: 'warn', group: 'w', severity: 'warn' }),
    delivery({ title: 'page', group: 'p' }),
  ]);
  await bench.time.pass(2 * HOUR - 1);
  expect(bench.titles()).toEqual(['page']);
  await bench.time.pass(1);
  expect(bench.titles()).toEqual(['page', 'warn']);
});

describe('what says that something is over', () => {
  const over = () => delivery({ group: 'g', title: 'over', state: 'closed', severity: 'page' });
  const open = (title: string) => delivery({ group: 'g', title, severity: 'page' });

  it('is kept back while it is so again, and goes out when it is over after all', async () => {
    await bench.outbox.deliver([open('so')]);
    await bench.time.pass(0);
    bench.ports.soAgain.add('g');
    await bench.outbox.deliver([over()]);
    await bench.time.pass(MINUTE);
    expect(bench.titles()).toEqual(['so']);
    bench.ports.soAgain.delete('g');
    await bench.time.pass(MINUTE);
    expect(bench.titles()).toEqual(['so', 'over']);
  });

  it('is kept back from a digest too', async () => {
    bench.ports.channels.set('oncall', ntfyChannel());
    const minor = (title: string, more: object = {}) => delivery({ title, severity: 'info', group: title, ...more });
    await bench.outbox.deliver([minor('so')]);
    await bench.time.pass(20 * MINUTE);
    bench.ports.soAgain.add('so');
    await bench.outbox.deliver([minor('so', { title: 'over', state: 'closed' }), minor('other')]);
    await bench.time.pass(20 * MINUTE);
    expect(JSON.stringify(bench.http.sent.map(({ json }) => json))).toContain('other');
    expect(JSON.stringify(bench.http.sent.map(({ json }) => json))).not.toContain('over');
  });

  it('gives way to what is told of it then', async () => {
    await bench.outbox.deliver([open('so')]);
    await bench.time.pass(0);
    bench.ports.soAgain.add('g');
    await bench.outbox.deliver([over()]);
    await bench.time.pass(MINUTE);
    await bench.outbox.deliver([open('so again')]);
    await bench.time.pass(MINUTE);
    expect(bench.titles()).toEqual(['so', 'so again']);
  });
});
