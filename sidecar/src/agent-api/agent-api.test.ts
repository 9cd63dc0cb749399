import { access, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { AGENT_REQUEST_BYTES, type Message } from '@agentcom/schemas';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ATTEMPT, jobIn, task } from '../core/fixture.js';
import { SOCKET_PATH_BYTES, sharedFilesOf, socketPath } from '../host/agent-socket-path.js';
import type { AgentApi } from './agent-api.js';
import { AgentApiBench } from './fixture.js';
import { Mailbox } from './mailbox.js';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

let place: AgentApiBench;
let agentApi: AgentApi;

beforeEach(async () => {
  place = await AgentApiBench.make();
  agentApi = await place.open();
});

afterEach(async () => {
  await agentApi.stop();
  await place.remove();
});

function message(n: number, body = `message ${n}`): Message {
  const messageId = `0199a000-0000-7000-8000-${String(n).padStart(12, '0')}`;
  return { messageId, from: 'agent:heron', to: 'agent:tern', body, sentAt: '2026-01-31T12:00:00Z' };
}

describe('the socket', () => {
  it('is open to its own user only, and gone when the API is closed', async () => {
    expect((await stat(place.path)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(place.path))).mode & 0o777).toBe(0o700);
    await agentApi.stop();
    await expect(access(dirname(place.path))).rejects.toThrow('ENOENT');
  });

  it.each(['.', 's'.repeat(120)])(
    'takes the place of what a sidecar that died has left, with the state in %s',
    async (below) => {
      await agentApi.stop();
      await place.remove();
      place = await AgentApiBench.make(below);
      await mkdir(dirname(place.path), { mode: 0o700 });
      await writeFile(place.path, '');
      await writeFile(join(dirname(place.path), '0123.sock'), '');
      agentApi = await place.open();
      expect(await readdir(dirname(place.path))).toHaveLength(1);
      expect(await place.say({ id: 'a', type: 'get_task' })).toMatchObject([
        { re: 'a', result: { title: 'Mend the roof' } },
      ]);
    },
  );

  it('has beside it, after a start, the files of the attempt in hand and of no other', async () => {
    await agentApi.stop();
    const files = [sharedFilesOf(place.path), join(dirname(place.path), '0123.files')];
    for (const dir of files) await mkdir(dir, { recursive: true, mode: 0o700 });
    agentApi = await place.open();
    expect((await readdir(dirname(place.path))).sort()).toEqual(
      [place.path, sharedFilesOf(place.path)].map((path) => basename(path)).sort(),
    );
  });

  it('is not made in a directory that others can enter', async () => {
    await agentApi.stop();
    const open = join(place.stateDir, 'open', 'sockets');
    await mkdir(open, { recursive: true, mode: 0o777 });
    const { LineServer } = await import('./line-server.js');
    await expect(LineServer.listen(join(open, 'a.sock'), async () => '')).rejects.toThrow(
      'that only this user can access',
    );
  });

  it('has a path that the system takes, however long that of the state is, and another for each attempt', () => {
    const long = `/${'s'.repeat(200)}`;
    const paths = [long, `${long}2`, '/s'].flatMap((dir) => [
      socketPath(dir, ATTEMPT),
      socketPath(dir, { ...ATTEMPT, generation: 4 }),
    ]);
    expect(new Set(paths).size).toBe(paths.length);
    for (const path of paths) expect(path.length).toBeLessThanOrEqual(SOCKET_PATH_BYTES);
  });
});

describe('what it is asked', () => {
  it('is answered in order, one line for one line', async () => {
    const replies = await place.say(
      { id: 'a', type: 'report_progress', note: 'one' },
      { id: 'b', type: 'list_agents' },
    );
    expect(replies.map(({ re }) => re)).toEqual(['a', 'b']);
  });

  it.each([
    ['no JSON', 'what?', 'request.invalid', null],
    ['no request', [1], 'request.invalid', null],
    ['an unknown request', { id: 'a', type: 'dance' }, 'protocol.unknown_type', 'a'],
    ['a field too many', { id: 'a', type: 'get_task', more: 1 }, 'request.invalid', 'a'],
    ['no progress', { id: 'a', type: 'report_progress' }, 'request.invalid', 'a'],
    ['a question too long', { id: 'a', type: 'ask', question: 'x'.repeat(5000) }, 'task.too_large', 'a'],
    ['a line without end', 'x'.repeat(AGENT_REQUEST_BYTES + 1), 'request.too_large', null],
  ])('%s: it says so and changes nothing', async (_name, line, code, re) => {
    expect(await place.say(line)).toMatchObject([{ re, error: { code, retryable: false } }]);
    expect(place.told).toEqual([]);
  });

  it('a line that never ends is refused and cut off', async () => {
    const socket = connect(place.path);
    socket.write('x'.repeat(AGENT_REQUEST_BYTES + 1));
    const said = await text(socket);
    expect(JSON.parse(said)).toMatchObject({ re: null, error: { code: 'request.too_large' } });
  });

  it('is answered also when nothing more is said', async () => {
    await place.mailbox.keep(message(1));
    const socket = connect(place.path);
    socket.end('{"id":"a","type":"get_task"}\n');
    expect(JSON.parse(await text(socket))).toMatchObject({ re: 'a', result: { messages: [{ body: 'message 1' }] } });
  });

  it('too often is refused for now', async () => {
    const many = Array.from({ length: 25 }, (_, n) => ({ id: `n${n}`, type: 'report_progress', note: 'on' }));
    const replies = await place.say(...many);
    expect(replies.filter(({ error }) => error?.code === 'rate.limited')).toHaveLength(5);
    place.now += 1000;
    expect(await place.say(many[24])).toEqual([{ re: 'n24', result: {} }]);
  });

  it('again under the same id has the same answer and happens once', async () => {
    const ask = { id: 'q-1', type: 'ask', question: 'Which?' };
    const [[first], [second]] = [await place.say(ask), await place.say(ask)];
    expect(second).toEqual(first);
    expect(place.told).toEqual([{ what: 'ask', with: { questionId: 'q-1', question: 'Which?' } }]);
  });

  it('again after a passing failure is tried again', async () => {
    place.hub = { error: { code: 'link.unanswered', message: 'late', retryable: true }, ok: {} };
    const list = { id: 'a', type: 'list_agents' };
    expect(await place.say(list)).toMatchObject([{ error: { code: 'sidecar.offline', retryable: true } }]);
    place.hub = { error: null, ok: { agents: [] } };
    expect(await place.say(list)).toEqual([{ re: 'a', result: { agents: [] } }]);
  });

  it('is answered only when the job has kept it', async () => {
    let keep: () => void = () => undefined;
    place.outcome = () =>
      new Promise((resolve) => {
        keep = () => resolve({ ok: true });
        reached();
      });
    let reached: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const reply = place.say({ id: 'q', type: 'ask', question: 'Which?' });
    await asked;
    expect(await Promise.race([reply, new Promise((resolve) => setImmediate(() => resolve('nothing')))])).toBe(
      'nothing',
    );
    keep();
    expect((await reply)[0]?.result).toMatchObject({ next: expect.stringContaining('End your turn now') });
  });

  it('of a job that refuses is refused with its reason', async () => {
    place.outcome = async () => ({ ok: false, code: 'task.blocked', message: 'another question is open' });
    const [reply] = await place.say({ id: 'q', type: 'ask', question: 'Which?' });
    expect(reply?.error).toEqual({ code: 'task.blocked', message: 'another question is open', retryable: false });
  });

  it('is passed on without secrets, in texts and in data', async () => {
    place.mask = (said) => said.replaceAll('sesame', '[masked]');
    await place.say(
      { id: 'a', type: 'submit_result', summary: 'sesame', data: { sesame: [{ key: 'open sesame' }], n: 1 } },
      { id: 'b', type: 'ask', question: 'sesame?', context: 'sesame', choices: ['sesame', 'no'] },
    );
    expect(JSON.stringify(place.told)).not.toContain('sesame');
    expect(place.told[0]?.with).toEqual({
      summary: '[masked]',
      data: { '[masked]': [{ key: 'open [masked]' }], n: 1 },
    });
  });

  it('stays within its size when a secret is shorter than what stands for it', async () => {
    place.mask = (said) => said.replaceAll('!', '[masked]');
    await place.say({ id: 'a', type: 'submit_result', summary: '!'.repeat(16 * 1024), data: '!'.repeat(60_000) });
    const [submitted] = place.told.map((told) => told.with as { summary: string; data: string });
    expect(submitted?.summary).toHaveLength(16 * 1024);
    expect(submitted?.data).toContain('left out');
  });
});

describe('the task that it shows', () => {
  it('says where the work goes, what was answered, and what may still be used', async () => {
    place.job = jobIn('running', {
      task: task({ verify: ['npm test'], used: { costMicros: 100, seconds: 3 } }),
      usage: { costMicros: 50, seconds: 2 },
      budget: { costMicros: 1000 },
      answers: [{ questionId: 'q', question: 'Which?', answer: 'that one' }],
    });
    const [reply] = await place.say({ id: 'a', type: 'get_task' });
    expect(reply?.result).toEqual({
      task: ATTEMPT.task,
      title: 'Mend the roof',
      prompt: 'Please.',
      repo: { url: 'file:///srv/roof.git', branch: 'agentcom/tern/0123456789ab-g3-mend-the-roof', base: 'main' },
      verify: ['npm test'],
      answers: [{ questionId: 'q', question: 'Which?', answer: 'that one' }],
      budgetLeft: { costMicros: 850 },
      used: { costMicros: 150, seconds: 5 },
      messages: [],
    });
  });

  it('is refused once the attempt has ended', async () => {
    place.job = null;
    expect(await place.say({ id: 'a', type: 'get_task' })).toMatchObject([
      { error: { code: 'task.stale_generation' } },
    ]);
  });

  it('brings each message once', async () => {
    await place.mailbox.keep(message(1));
    await place.mailbox.keep(message(2));
    const [first, second] = await place.say({ id: 'a', type: 'get_task' }, { id: 'b', type: 'get_task' });
    expect(first?.result).toMatchObject({ messages: [{ body: 'message 1' }, { body: 'message 2' }] });
    expect(second?.result).toMatchObject({ messages: [] });
  });
});

describe('read_messages', () => {
  const read = (id: string) => place.say({ id, type: 'read_messages' });

  it('brings what has come since the last look, here or at the task', async () => {
    await place.mailbox.keep(message(1));
    await place.say({ id: 'a', type: 'get_task' });
    await place.mailbox.keep(message(2));
    expect(await read('b')).toEqual([{ re: 'b', result: { messages: [message(2)] } }]);
    expect(await read('c')).toEqual([{ re: 'c', result: { messages: [] } }]);
  });

  it('leaves them for the next attempt once this one has ended', async () => {
    await place.mailbox.keep(message(1));
    place.job = null;
    expect(await read('a')).toMatchObject([{ error: { code: 'task.stale_generation' } }]);
    expect(place.mailbox.unseen()).toEqual([message(1)]);
  });
});

describe('messages', () => {
  const file = () => join(place.stateDir, 'messages.json');

  it('are kept across a restart, each once, the newest hundred', async () => {
    for (let n = 1; n <= 102; n += 1) await place.mailbox.keep(message(n));
    await place.mailbox.keep(message(102));
    await place.mailbox.seen([message(3)]);
    const again = await Mailbox.open(file(), silent);
    expect(again.unseen()).toHaveLength(99);
    expect(again.unseen()[0]).toEqual(message(4));
  });

  it('are shown only so many at once, oldest first', async () => {
    for (let n = 1; n <= 20; n += 1) await place.mailbox.keep(message(n, 'x'.repeat(16 * 1024)));
    const shown = place.mailbox.unseen();
    expect(shown).toHaveLength(8);
    await place.mailbox.seen(shown);
    expect(place.mailbox.unseen()[0]?.messageId).toBe(message(9).messageId);
  });

  it('in a file that cannot be read do not stop the sidecar', async () => {
    await writeFile(file(), '[{"message":');
    expect((await Mailbox.open(file(), silent)).unseen()).toEqual([]);
  });
});

describe('whoever connects', () => {
  it('and says nothing does not keep the API from closing', async () => {
    const socket = connect(place.path);
    await new Promise((resolve) => socket.once('connect', resolve));
    const gone = new Promise((resolve) => socket.once('close', resolve));
    await agentApi.stop();
    await gone;
  });

  it('to send a message or to see the agents is answered by the hub', async () => {
    place.hub = { error: null, ok: { messageId: message(7).messageId } };
    const sent = { id: 'm', type: 'send_message', to: 'agent:heron', body: 'hello' };
    expect(await place.say(sent)).toEqual([{ re: 'm', result: { messageId: message(7).messageId } }]);
    expect(place.asked).toEqual([{ type: 'message.send', to: 'agent:heron', body: 'hello' }]);
  });
});
