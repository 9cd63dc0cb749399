import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentApi } from '@agentcom/sidecar/agent-api/agent-api';
import { AgentApiBench } from '@agentcom/sidecar/agent-api/fixture';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../exit.js';
import { runCommandLine } from '../program.js';
import { type TestWorld, testWorld } from '../testing.js';

let place: AgentApiBench;
let agentApi: AgentApi;
let world: TestWorld;

beforeEach(async () => {
  place = await AgentApiBench.make();
  agentApi = await place.open();
  world = testWorld({ env: { AGENTCOM_SOCKET: place.path }, home: place.stateDir });
});

afterEach(async () => {
  await agentApi.stop();
  await place.remove();
});

const report = (...args: string[]) => runCommandLine(world, ['report', ...args]);

describe('agentcom report', () => {
  it('tells progress', async () => {
    expect(await report('progress', 'the tests run', '--fraction', '.5')).toBe(EXIT.done);
    expect(place.told).toEqual([{ what: 'progress', with: { note: 'the tests run', fraction: 0.5 } }]);
  });

  it('asks, with context from a file and choices, and says to end', async () => {
    await writeFile(join(place.stateDir, 'context.md'), 'There are two.');
    const asked = ['ask', 'Which?', '--context-file', 'context.md', '--choice', 'this, or', '--choice', 'that'];
    expect(await report(...asked)).toBe(EXIT.done);
    expect(world.out()).toContain('End your turn now');
    const question = { question: 'Which?', context: 'There are two.', choices: ['this, or', 'that'] };
    expect(place.told).toEqual([{ what: 'ask', with: { questionId: expect.any(String), ...question } }]);
  });

  it('hands in a summary and data', async () => {
    await writeFile(join(place.stateDir, 'summary.md'), 'Done.');
    await writeFile(join(place.stateDir, 'data.json'), '{"n":1}');
    expect(await report('done', '--summary-file', 'summary.md', '--data-file', 'data.json')).toBe(EXIT.done);
    expect(place.told).toEqual([{ what: 'submit', with: { summary: 'Done.', data: { n: 1 } } }]);
  });

  it('prints the messages that have come since the last look', async () => {
    const sent = { messageId: '019a8f6c-0000-7000-8000-000000000001', from: 'key:ci', to: 'agent:tern' };
    await place.mailbox.keep({ ...sent, body: 'It is back.', sentAt: '2026-01-31T12:00:00Z' });
    expect(await report('messages')).toBe(EXIT.done);
    expect(world.out()).toMatch(/key:ci .*\n {2}It is back\./);
    const again = testWorld({ env: { AGENTCOM_SOCKET: place.path }, home: place.stateDir });
    await runCommandLine(again, ['report', 'messages']);
    expect(again.out()).toContain('no messages');
  });

  it.each([
    ['a fraction above 1', ['progress', 'x', '--fraction', '1.5']],
    ['no number', ['progress', 'x', '--fraction', 'half']],
    ['a file that is not there', ['done', '--summary-file', 'nowhere.md']],
    ['data that is not JSON', ['done', '--summary-file', 'messages.txt', '--data-file', 'messages.txt']],
  ])('%s is a wrong use and tells nothing', async (_name, args) => {
    await writeFile(join(place.stateDir, 'messages.txt'), 'no json');
    expect(await report(...args)).toBe(EXIT.usage);
    expect(place.told).toEqual([]);
  });

  it('says why the sidecar refuses, and what to do', async () => {
    place.outcome = async () => ({ ok: false, code: 'task.blocked', message: 'another question is open' });
    expect(await report('ask', 'Which?')).toBe(EXIT.failed);
    expect(world.err()).toContain('task.blocked: another question is open');
  });

  it('outside a task says so', async () => {
    world = testWorld();
    expect(await report('progress', 'x')).toBe(EXIT.usage);
    expect(world.err()).toContain('AGENTCOM_SOCKET is not set');
  });

  it('waits half a minute for a sidecar that is being started anew, and then gives up', async () => {
    await agentApi.stop();
    expect(await report('progress', 'x')).toBe(EXIT.unreachable);
    expect(world.slept.reduce((sum, ms) => sum + ms, 0)).toBe(30_000);
    expect(world.err()).toContain('cannot reach the sidecar');
  });
});
