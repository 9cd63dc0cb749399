import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  answered,
  delivery,
  ManualTime,
  MemoryDeliveries,
  NOON,
  ntfyChannel,
  ScriptedHttp,
  TestPorts,
  turn,
  webhookChannel,
} from '../testing.js';
import { Outbox } from './outbox.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let time: ManualTime;
let records: MemoryDeliveries;
let http: ScriptedHttp;
let ports: TestPorts;
let failures: unknown[];
let outbox: Outbox;

// What is loaded with the first message takes more than a turn.
beforeAll(() => import('standardwebhooks'));

beforeEach(() => {
  time = new ManualTime();
  records = new MemoryDeliveries();
  http = new ScriptedHttp();
  ports = new TestPorts();
  failures = [];
  outbox = leading();
});

afterEach(() => outbox.stop());

function leading(): Outbox {
  const made = new Outbox({
    records,
    scheduler: time,
    now: () => time.wall,
    http,
    ports,
    onFailed: (error) => failures.push(error),
  });
  made.onLeading();
  return made;
}

function titles(): unknown[] {
  // ntfy's begins with what it is.
  return http.sent.map(({ json: { data, title } }) =>
    data === undefined ? String(title).replace(/^\w+: /, '') : (data as { readonly title: string }).title,
  );
}

function states(): string[] {
  return outbox
    .list({ org: 'acme', limit: 100 })
    .items.map(({ title, state }) => `${title}: ${state}`)
    .reverse();
}

describe('a delivery', () => {
  it('is durable before it counts as given, and then goes out at once', async () => {
    const given = delivery({ title: 'backlog' });
    await outbox.deliver([given]);
    expect(records.stored.size).toBe(1);
    await turn();
    expect(titles()).toEqual(['backlog']);
    expect(records.state(given.id)).toBe('sent');
    expect(outbox.list({ org: 'acme', limit: 10 }).items).toMatchObject([{ id: given.id, state: 'sent', attempts: 1 }]);
  });

  it('is not given when it cannot be stored', async () => {
    records.isDown = true;
    await expect(outbox.deliver([delivery()])).rejects.toThrow('no responders');
    await turn();
    expect(http.sent).toEqual([]);
  });

  it('that is given again is sent once, also when it was not known that it is stored', async () => {
    const given = delivery();
    records.isLosingAnswers = true;
    await expect(outbox.deliver([given])).rejects.toThrow('timeout');
    records.isLosingAnswers = false;
    await Promise.all([outbox.deliver([given]), outbox.deliver([given, given])]);
    await outbox.deliver([given]);
    await turn();
    expect(http.sent).toHaveLength(1);
  });

  it('that is given again while it is stored is stored once', async () => {
    records.gates.set('slow', turn());
    const given = delivery({ title: 'slow' });
    const first = outbox.deliver([given]);
    await Promise.resolve();
    records.gates.set('slow', turn().then(turn));
    await Promise.all([first, outbox.deliver([given])]);
    await time.pass(MINUTE);
    expect(http.sent).toHaveLength(1);
  });

  it('is refused by a hub that does not lead', async () => {
    outbox.onFollowing();
    await expect(outbox.deliver([delivery()])).rejects.toThrow('does not lead');
  });

  it('is stored without its text once it has gone out', async () => {
    await outbox.deliver([delivery({ text: 'the text', excerpt: 'the prompt' })]);
    await turn();
    expect([...records.stored.values()].join()).not.toMatch(/the text|the prompt/);
  });
});

describe('what fails', () => {
  it('is tried with growing waits for a day, then it is dead and can be replayed', async () => {
    http.answer = () => answered(503);
    const given = delivery({ title: 'backlog' });
    await outbox.deliver([given]);
    await turn();
    expect(outbox.list({ org: 'acme', limit: 1 }).items[0]).toMatchObject({
      state: 'retrying',
      attempts: 1,
      why: 'answered with HTTP 503',
      nextAt: NOON + 2_500,
    });
    expect(outbox.failing()).toEqual([
      { channel: 'oncall', since: NOON, failures: 1, why: expect.stringMatching(/^answered /) },
    ]);
    await time.pass(25 * HOUR);
    const tries = http.sent.length;
    expect(tries).toBeGreaterThan(40);
    expect(tries).toBeLessThan(70);
    expect(new Set(http.sent.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([given.id]));
    expect(records.state(given.id)).toBe('dead');
    expect(outbox.list({ org: 'acme', state: 'dead', limit: 1 }).items[0]?.why).toBe(
      'gave up after a day: answered with HTTP 503',
    );

    http.answer = () => answered(200);
    expect(await outbox.replay('other', given.id)).toBe(false);
    expect(await outbox.replay('acme', given.id)).toBe(true);
    await turn();
    expect(http.sent).toHaveLength(tries + 1);
    expect(records.state(given.id)).toBe('sent');
    expect(await outbox.replay('acme', given.id)).toBe(false);
    expect(outbox.failing()).toEqual([]);
  });

  it('for an hour goes out once when the provider is back', async () => {
    http.answer = () => answered(503);
    await outbox.deliver([delivery({ title: 'backlog' })]);
    await time.pass(HOUR);
    http.answer = () => answered(200);
    await time.pass(HOUR);
    expect(http.sent.length).toBeLessThan(15);
    expect(states()).toEqual(['backlog: sent']);
  });

  it('waits as long as the provider asks, and so does everything else for the channel', async () => {
    http.answer = () => answered(429, { retryAfterMs: 10 * MINUTE });
    await outbox.deliver([delivery({ title: 'first' })]);
    await turn();
    http.answer = () => answered(200);
    await outbox.deliver([delivery({ title: 'second', group: 'other' })]);
    await time.pass(10 * MINUTE - 1);
    expect(titles()).toEqual(['first']);
    await time.pass(1);
    await time.pass(5 * MINUTE);
    expect(titles()).toEqual(['first', 'second', 'first']);
  });

  it('again and again holds up nothing else', async () => {
    http.answer = ({ body }) => answered(String(body).includes('poison') ? 500 : 200);
    await outbox.deliver([delivery({ title: 'poison', group: 'a' })]);
    await time.pass(HOUR);
    await outbox.deliver([delivery({ title: 'fine', group: 'b' })]);
    await turn();
    expect(states()).toEqual(['poison: retrying', 'fine: sent']);
  });

  it('for good is dead at once', async () => {
    http.answer = () => answered(413);
    await outbox.deliver([delivery({ title: 'huge' })]);
    await turn();
    expect(states()).toEqual(['huge: dead']);
    expect(outbox.failing()).toMatchObject([{ channel: 'oncall', failures: 1 }]);
  });

  it('because the address has gone is told, and nothing more is sent there', async () => {
    http.answer = () => answered(410);
    await outbox.deliver([delivery({ title: 'first', group: 'a' })]);
    await turn();
    expect(ports.gone).toEqual(['oncall: answered with HTTP 410']);
    ports.channels.set('oncall', webhookChannel({ isDisabled: true }));
    await outbox.deliver([delivery({ title: 'second', group: 'b' })]);
    await time.pass(HOUR);
    expect(titles()).toEqual(['first']);
    expect(states()).toEqual(['first: dead', 'second: queued']);
    http.answer = () => answered(200);
    ports.channels.set('oncall', webhookChannel());
    await time.pass(MINUTE);
    expect(states()).toEqual(['first: dead', 'second: sent']);
  });
});

it('a channel that hangs delays no other', async () => {
  ports.channels.set(
    'slow',
    webhookChannel({ settings: { ...(webhookChannel().settings as object), url: 'https://slow.example/' } }),
  );
  let release = () => undefined as unknown;
  http.answer = ({ url }) =>
    url.includes('slow') ? new Promise((resolve) => (release = () => resolve(answered(200)))) : answered(200);
  await outbox.deliver([
    delivery({ title: 'slow' }, { channel: 'slow' }),
    delivery({ title: 'slow too', group: 'b' }, { channel: 'slow' }),
    delivery({ title: 'quick' }),
    delivery({ title: 'quick too', group: 'b' }),
  ]);
  await turn();
  expect(titles()).toEqual(['slow', 'quick', 'quick too']);
  release();
  await turn();
  release();
});

describe('the newest state of a group', () => {
  it('goes out instead of what could not go out before it', async () => {
    http.answer = () => answered(503);
    await outbox.deliver([delivery({ title: '1 task' })]);
    await outbox.deliver([delivery({ title: '2 tasks' })]);
    await turn();
    http.answer = () => answered(200);
    await outbox.deliver([delivery({ title: '3 tasks' })]);
    await time.pass(HOUR);
    expect(titles().at(-1)).toBe('3 tasks');
    expect(states()).toEqual(['1 task: skipped', '2 tasks: skipped', '3 tasks: sent']);
  });

  it('waits for the one that is under way, and comes after it', async () => {
    const answers: (() => void)[] = [];
    http.answer = () => new Promise((resolve) => answers.push(() => resolve(answered(200))));
    await outbox.deliver([delivery({ title: 'open' })]);
    await turn();
    await outbox.deliver([delivery({ title: 'over', state: 'closed' })]);
    await turn();
    expect(titles()).toEqual(['open']);
    answers[0]?.();
    await turn();
    expect(titles()).toEqual(['open', 'over']);
    answers[1]?.();
    await turn();
    expect(states()).toEqual(['open: sent', 'over: sent']);
  });

  it('that came in one call is the last of them, whatever is stored first', async () => {
    records.gates.set('older', turn());
    await outbox.deliver([delivery({ title: 'older' }), delivery({ title: 'newer' })]);
    await turn();
    expect(titles()).toEqual(['newer']);
    expect(states()).toEqual(['older: skipped', 'newer: sent']);
  });

  it('is not told when it is that nothing is wrong any more, and nobody knew', async () => {
    ports.channels.set('oncall', webhookChannel({ isDisabled: true }));
    await outbox.deliver([delivery({ title: 'open' })]);
    await outbox.deliver([delivery({ title: 'over', state: 'closed' })]);
    ports.channels.set('oncall', webhookChannel());
    await time.pass(HOUR);
    expect(http.sent).toEqual([]);
    expect(states()).toEqual(['open: skipped', 'over: skipped']);
  });

  it('is told when somebody may know, because there was no answer', async () => {
    http.answer = () => ({ kind: 'failed', why: 'no answer', isPassing: true });
    await outbox.deliver([delivery({ title: 'open' })]);
    await turn();
    http.answer = () => answered(200);
    await outbox.deliver([delivery({ title: 'over', state: 'closed' })]);
    await turn();
    expect(titles()).toEqual(['open', 'over']);
  });

  it('is told when somebody may know of a state two before it', async () => {
    http.answer = () => answered(429, { retryAfterMs: MINUTE });
    await outbox.deliver([delivery({ title: 'open' })]);
    await turn();
    http.answer = () => answered(200);
    await outbox.deliver([delivery({ title: 'worse' })]);
    await outbox.deliver([delivery({ title: 'over', state: 'closed' })]);
    await time.pass(MINUTE);
    expect(titles()).toEqual(['open', 'over']);
  });

  it('cannot be undone by replaying an older one', async () => {
    http.answer = () => answered(413);
    const old = delivery({ title: 'open' });
    await outbox.deliver([old]);
    await turn();
    http.answer = () => answered(200);
    await outbox.deliver([delivery({ title: 'over', state: 'closed' })]);
    await turn();
    expect(await outbox.replay('acme', old.id)).toBe(false);
  });
});

describe('a digest', () => {
  beforeEach(() => {
    ports.channels.set('oncall', ntfyChannel());
  });

  const info = (title: string) => delivery({ title, group: title, severity: 'info' });

  it('takes what is of little weight, after a while, in one message', async () => {
    await outbox.deliver([info('one')]);
    await time.pass(10 * MINUTE);
    await outbox.deliver([
      info('two'),
      delivery({ title: 'three', group: 'three', severity: 'warn' }, { digest: true }),
    ]);
    await time.pass(5 * MINUTE);
    expect(titles()).toEqual(['3 notices']);
    expect(http.sent[0]?.json.message).toBe('• one\n• two\n• three');
    expect(states()).toEqual(['one: sent', 'two: sent', 'three: sent']);
  });

  it('of one is that one', async () => {
    await outbox.deliver([info('one')]);
    await time.pass(15 * MINUTE);
    expect(titles()).toEqual(['one']);
  });

  it('does not wait longer because something changes', async () => {
    for (let i = 0; i < 14; i++) {
      await outbox.deliver([delivery({ title: `step ${i}`, group: 'g', severity: 'info' })]);
      await time.pass(MINUTE);
    }
    await time.pass(MINUTE);
    expect(titles()).toEqual(['step 13']);
  });

  it('takes a burst, but no page', async () => {
    ports.channels.set('oncall', ntfyChannel({ isDisabled: true }));
    const many = Array.from({ length: 30 }, (_, i) => delivery({ title: `w${i}`, group: `w${i}`, severity: 'warn' }));
    await outbox.deliver([...many, delivery({ title: 'page', group: 'page' })]);
    ports.channels.set('oncall', ntfyChannel());
    await time.pass(MINUTE);
    expect(titles()).toEqual(['page', '30 notices']);
    expect(http.sent[1]?.json.message).toContain('and 10 more');
  });

  it('that was not taken is tried again as one, under the same name', async () => {
    http.answer = () => answered(500);
    await outbox.deliver([info('one'), info('two')]);
    await time.pass(15 * MINUTE);
    http.answer = () => answered(200);
    await time.pass(HOUR);
    expect(titles()).toEqual(['2 notices', '2 notices']);
    expect(http.sent[0]?.json.sequence_id).toBe(http.sent[1]?.json.sequence_id);
  });

  it('is not what tells that something is over which was told by itself', async () => {
    const groups = Array.from({ length: 8 }, (_, i) => `w${i}`);
    for (const group of groups) {
      await outbox.deliver([delivery({ title: group, group, severity: 'warn' })]);
      await turn();
    }
    await outbox.deliver(groups.map((group) => delivery({ title: group, group, severity: 'warn', state: 'closed' })));
    await turn();
    expect(titles()).toEqual([...groups, ...groups]);
  });

  it('takes the end of what was told in one', async () => {
    const open = (state: 'open' | 'closed') =>
      Array.from({ length: 8 }, (_, i) => delivery({ title: `w${i}`, group: `w${i}`, severity: 'warn', state }));
    await outbox.deliver(open('open'));
    await time.pass(MINUTE);
    await outbox.deliver(open('closed'));
    await time.pass(MINUTE);
    expect(titles()).toEqual(['8 notices', '8 notices']);
  });

  it('is not what a program gets: one event for each change', async () => {
    ports.channels.set('oncall', webhookChannel());
    await outbox.deliver([info('one'), info('two')]);
    await turn();
    expect(titles()).toEqual(['one', 'two']);
  });
});

it('quiet hours let pages through, and the rest afterwards', async () => {
  ports.channels.set('oncall', webhookChannel({ quietHours: { from: '11:00', to: '14:00', timeZone: 'UTC' } }));
  await outbox.deliver([
    delivery({ title: 'warn', group: 'w', severity: 'warn' }),
    delivery({ title: 'page', group: 'p' }),
  ]);
  await time.pass(2 * HOUR - 1);
  expect(titles()).toEqual(['page']);
  await time.pass(1);
  expect(titles()).toEqual(['page', 'warn']);
});

describe('another hub', () => {
  it('that takes over sends what is left, and repeats nothing', async () => {
    await outbox.deliver([delivery({ title: 'sent', group: 'a' })]);
    await turn();
    http.answer = () => answered(503);
    await outbox.deliver([delivery({ title: 'left', group: 'b' })]);
    await turn();
    // As after `kill -9`: nothing is written any more.
    outbox.onFollowing();
    http.answer = () => answered(200);
    outbox = leading();
    await time.pass(HOUR);
    expect(titles()).toEqual(['sent', 'left', 'left']);
    expect(states()).toEqual(['sent: sent', 'left: sent']);
  });

  it('knows what failed, and takes nothing twice', async () => {
    http.answer = () => answered(503);
    const given = delivery({ title: 'left' });
    await outbox.deliver([given]);
    await turn();
    outbox.onFollowing();
    outbox = leading();
    await outbox.deliver([given]);
    expect(outbox.failing()).toEqual([
      { channel: 'oncall', since: NOON, failures: 1, why: expect.stringMatching(/^answered /) },
    ]);
    expect(outbox.list({ org: 'acme', limit: 10 }).items).toHaveLength(1);
  });

  it('knows that a channel does not work although nothing waits for it', async () => {
    http.answer = () => answered(413);
    await outbox.deliver([delivery({ title: 'huge' })]);
    await turn();
    outbox.onFollowing();
    outbox = leading();
    await turn();
    expect(outbox.failing()).toEqual([
      { channel: 'oncall', since: NOON, failures: 1, why: expect.stringMatching(/^answered /) },
    ]);
  });

  it('reads again until it can', async () => {
    await outbox.deliver([delivery({ title: 'one' })]);
    outbox.onFollowing();
    records.isDown = true;
    outbox = leading();
    const given = outbox.deliver([delivery({ title: 'two', group: 'b' })]);
    await time.pass(5_000);
    expect(failures).toHaveLength(1);
    records.isDown = false;
    await time.pass(1_000);
    await given;
    expect(states()).toEqual(['one: sent', 'two: sent']);
  });
});

it('goes on sending while nothing can be stored, and stores it later', async () => {
  ports.channels.set('oncall', webhookChannel({ isDisabled: true }));
  const given = delivery();
  await outbox.deliver([given]);
  records.isDown = true;
  ports.channels.set('oncall', webhookChannel());
  await time.pass(MINUTE);
  expect(http.sent).toHaveLength(1);
  expect(records.state(given.id)).toBe('queued');
  await time.pass(10_000);
  records.isDown = false;
  await time.pass(1_000);
  expect(records.state(given.id)).toBe('sent');
  expect(http.sent).toHaveLength(1);
  expect(failures).toHaveLength(1);
});

it('drops what waits for a channel that was removed', async () => {
  ports.channels.set('oncall', webhookChannel({ isDisabled: true }));
  await outbox.deliver([delivery({ title: 'one' })]);
  ports.channels.delete('oncall');
  await time.pass(MINUTE);
  expect(states()).toEqual(['one: skipped']);
});

it('holds no more for one channel than it should: pages last of all', async () => {
  ports.channels.set('oncall', webhookChannel({ isDisabled: true }));
  const many = (count: number, severity: 'page' | 'warn') =>
    Array.from({ length: count }, (_, i) => delivery({ group: `${severity}${i}`, title: `${severity}${i}`, severity }));
  await outbox.deliver(many(1, 'page'));
  await outbox.deliver(many(1_000, 'warn'));
  expect(outbox.list({ org: 'acme', state: 'dead', limit: 10 }).items).toMatchObject([
    { title: 'warn0', why: 'more than 1000 deliveries wait for this channel' },
  ]);
});

describe('sending at once', () => {
  it('says how it went, and stores nothing', async () => {
    records.isDown = true;
    ports.channels.set('oncall', webhookChannel({ quietHours: { from: '11:00', to: '14:00', timeZone: 'UTC' } }));
    expect(await outbox.sendNow(delivery({ severity: 'info' }))).toEqual({ kind: 'sent' });
    http.answer = () => answered(503);
    expect(await outbox.sendNow(delivery())).toEqual({ kind: 'failed', why: 'answered with HTTP 503' });
    expect(await outbox.sendNow(delivery({}, { channel: 'nowhere' }))).toMatchObject({ kind: 'failed' });
    expect(records.stored.size).toBe(0);
  });
});

it('lists by page, newest first, and only what belongs to the organisation', async () => {
  await outbox.deliver([
    ...['a', 'b', 'c'].map((title) => delivery({ title, group: title })),
    delivery({ title: 'theirs', group: 'd', org: 'other' }),
  ]);
  await turn();
  const first = outbox.list({ org: 'acme', limit: 2 });
  expect(first.items.map(({ title }) => title)).toEqual(['c', 'b']);
  const second = outbox.list({ org: 'acme', limit: 2, cursor: first.nextCursor ?? '' });
  expect(second.items.map(({ title }) => title)).toEqual(['a']);
  expect(second.nextCursor).toBeNull();
});

it('waits at its end for what is under way, but not for long', async () => {
  http.answer = () => new Promise(() => undefined);
  await outbox.deliver([delivery({ title: 'slow' })]);
  await turn();
  const ended = outbox.stop();
  await time.pass(500);
  await ended;
  expect(states()).toEqual(['slow: queued']);
});

describe('what says that something is over', () => {
  const over = () => delivery({ group: 'g', title: 'over', state: 'closed', severity: 'page' });
  const open = (title: string) => delivery({ group: 'g', title, severity: 'page' });

  it('is kept back while it is so again, and goes out when it is over after all', async () => {
    await outbox.deliver([open('so')]);
    await time.pass(0);
    ports.soAgain.add('g');
    await outbox.deliver([over()]);
    await time.pass(MINUTE);
    expect(titles()).toEqual(['so']);
    ports.soAgain.delete('g');
    await time.pass(MINUTE);
    expect(titles()).toEqual(['so', 'over']);
  });

  it('is kept back from a digest too', async () => {
    ports.channels.set('oncall', ntfyChannel());
    const minor = (title: string, more: object = {}) => delivery({ title, severity: 'info', group: title, ...more });
    await outbox.deliver([minor('so')]);
    await time.pass(20 * MINUTE);
    ports.soAgain.add('so');
    await outbox.deliver([minor('so', { title: 'over', state: 'closed' }), minor('other')]);
    await time.pass(20 * MINUTE);
    expect(JSON.stringify(http.sent.map(({ json }) => json))).toContain('other');
    expect(JSON.stringify(http.sent.map(({ json }) => json))).not.toContain('over');
  });

  it('gives way to what is told of it then', async () => {
    await outbox.deliver([open('so')]);
    await time.pass(0);
    ports.soAgain.add('g');
    await outbox.deliver([over()]);
    await time.pass(MINUTE);
    await outbox.deliver([open('so again')]);
    await time.pass(MINUTE);
    expect(titles()).toEqual(['so', 'so again']);
  });
});

it('says why a channel fails', async () => {
  http.answer = () => answered(503);
  await outbox.deliver([delivery()]);
  await time.pass(0);
  expect(outbox.failing()).toMatchObject([{ channel: 'oncall', failures: 1, why: expect.stringContaining('503') }]);
});
