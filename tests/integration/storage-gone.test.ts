// Files of the store that are gone, data that somebody else uses, and kill -9 of hub and nats-server together: everything acknowledged is there.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Hub, startHub } from '../support/hub.js';
import { natsPid } from '../support/nats-process.js';
import { completion, connectedAgent, workingOn } from '../support/on-hub.js';
import { processesOf } from '../support/process-list.js';
import {
  refusedStart,
  removeDerivedFiles,
  removeStore,
  restore,
  send,
  submission,
  submitEach,
} from '../support/store-faults.js';
import { testSandbox } from '../support/test-sandbox.js';
import { eventually } from '../support/wait.js';

const LARGE = 'p'.repeat(5_000);
const KILLS = 4;
const CLIENTS = 8;
/** Acknowledged in each round before the kill. */
const LOAD = 40;

test('indexes that nats-server can make anew may be gone', async () => {
  const sandbox = testSandbox();
  const first = await startHub(sandbox);
  const ids = await submitEach(first.api, 10, 'indexed');
  const agent = await connectedAgent(first);
  const done = await workingOn(first, agent, { prompt: LARGE });
  await agent.ok(completion(done));
  expect((await first.stop()).code).toBe(0);
  expect(removeDerivedFiles(first.dataDir)).toContain('index.db');

  const hub = await startHub(sandbox);
  for (const id of ids) expect((await hub.api.task(id)).state).toBe('queued');
  expect(await hub.api.task(done.task)).toMatchObject({ state: 'completed', prompt: LARGE });
  expect((await hub.stop()).code).toBe(0);
});

test('a store that is wholly gone is not taken for a new one', async () => {
  const sandbox = testSandbox();
  const first = await startHub(sandbox);
  const [id] = await submitEach(first.api, 1, 'gone');
  expect((await first.stop()).code).toBe(0);
  removeStore(first.dataDir);

  const record = join(first.dataDir, 'journal-end.json');
  const known = readFileSync(record, 'utf8');
  const { message, end } = await refusedStart(sandbox, first.dataDir);
  expect(message).toContain('agentcom backup restore FILE --replace');
  expect(end).toBe('0:');
  expect(readFileSync(record, 'utf8')).toBe(known);

  const hub = await startHub(sandbox, { args: ['--accept-journal-end', '0:'] });
  expect((await hub.api.call('GET', `/tasks/${id}`)).status).toBe(404);
  const later = await hub.api.submit();
  expect((await hub.stop()).code).toBe(0);
  const again = await startHub(sandbox);
  expect((await again.api.task(later.id)).state).toBe('queued');
  expect((await again.stop()).code).toBe(0);
});

test('a record of the end that cannot be read is named, not guessed', async () => {
  const sandbox = testSandbox();
  const first = await startHub(sandbox);
  expect((await first.stop()).code).toBe(0);
  const record = join(first.dataDir, 'journal-end.json');
  writeFileSync(record, '{"journal":');
  expect((await refusedStart(sandbox, first.dataDir)).message).toContain(record);
});

test('data that a hub uses is refused to another one and to a restore, by name', async () => {
  const sandbox = testSandbox();
  const first = await startHub(sandbox);
  const id = (await first.api.submit()).id;
  const { message } = await refusedStart(sandbox, first.dataDir);
  expect(message).toContain(first.dataDir);
  expect(message).toContain(String(first.pid));
  const { backup = '' } = await first.api.operate('/backups');
  const put = () => restore(first.dataDir, join(first.dataDir, 'backups', backup));
  expect(put).toThrow(String(first.pid));
  expect((await first.api.task(id)).state).toBe('queued');
  expect((await first.stop()).code).toBe(0);
});

test('kill -9 of hub and nats-server together, under load, again and again: everything acknowledged is there, once', async () => {
  const sandbox = testSandbox();
  const accepted = new Map<string, string>();
  for (let round = 0; round < KILLS; round++) {
    const hub = await startHub(sandbox);
    await expectAll(hub, accepted);
    const load = Array.from({ length: CLIENTS }, (_, client) => submitUntilDead(hub, `${round}-${client}`, accepted));
    const enough = (round + 1) * LOAD;
    await eventually('enough load', 20_000, () => accepted.size >= enough || undefined);
    const nats = natsPid(hub);
    if (round % 2 === 0) process.kill(nats, 'SIGKILL');
    await hub.kill9();
    if (round % 2 === 1) process.kill(nats, 'SIGKILL');
    await Promise.all(load);
    await eventually('the end of nats-server', 30_000, () => processesOf(hub.dataDir).length === 0 || undefined);
  }
  const hub = await startHub(sandbox);
  await expectAll(hub, accepted);
  expect((await hub.stop()).code).toBe(0);
});

/** One client, whose submissions follow one another until the hub is gone. */
async function submitUntilDead(hub: Hub, name: string, accepted: Map<string, string>): Promise<void> {
  const { api } = hub;
  for (let i = 0; !hub.child.hasEnded; i++) {
    const one = submission(`${name}-${i}.`);
    try {
      const { status, body } = await send(api, one);
      if (status === 200 || status === 201) accepted.set(one.key, body.id);
    } catch {
      return;
    }
  }
}

async function expectAll(hub: Hub, accepted: ReadonlyMap<string, string>): Promise<void> {
  const { api } = hub;
  for (const id of accepted.values()) expect((await api.task(id)).state).toBe('queued');
  for (const [key, id] of [...accepted].slice(-CLIENTS)) expect((await send(api, submission(key))).body.id).toBe(id);
}
