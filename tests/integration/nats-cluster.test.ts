// A hub on three nats-servers that each keep all of its streams: the one that leads the journal is killed, and nothing is lost.

import { consume } from '@agentcom/hub/jetstream/consume';
import { type JetStreamClient, jetstream, type PubAck } from '@nats-io/jetstream';
import { expect, onTestFinished, test } from 'vitest';
import type { HubApi, Problem } from '../support/api.js';
import { readyHub, spawnHub, startHub, untilReady } from '../support/hub.js';
import { NatsCluster } from '../support/nats-cluster.js';
import type { Sandbox } from '../support/sandbox.js';
import { testSandbox } from '../support/test-sandbox.js';
import { eventually } from '../support/wait.js';

const JOURNAL = 'AGENTCOM_main_JOURNAL_0';
const SUBMISSIONS = 300;
const ROUNDS = 2;
const MESSAGES = 3_000;
const READERS = 8;

test('no accepted task is lost when the server that leads the journal is killed', { timeout: 180_000 }, async () => {
  const { sandbox, nats } = await cluster();
  const hub = await startHub(sandbox, on(nats, sandbox, { AGENTCOM_NATS_REPLICAS: '3' }));
  expect(hub.ready).toMatchObject({ nats: nats.url, replicas: 3, fsync: 'always' });
  expect([...new Set((await nats.replicas()).values())]).toEqual([3]);

  const ids = new Map<string, string>();
  for (let round = 0; round < ROUNDS; round++) {
    await nats.whole(JOURNAL);
    const leader = await nats.leaderOf(JOURNAL);
    const asked = Array.from({ length: SUBMISSIONS }, async (_, i) => {
      const key = `${round}-${i}`;
      ids.set(key, await accepted(hub.api, key));
    });
    await Promise.race(asked);
    expect(ids.size).toBeLessThan((round + 1) * SUBMISSIONS);
    await nats.kill9(leader);
    await Promise.all(asked);
    expect(await nats.leaderOf(JOURNAL)).not.toBe(leader);
    nats.restart(leader);
  }
  expect(new Set(ids.values()).size).toBe(ROUNDS * SUBMISSIONS);
  const { tasks } = await hub.api.need<{ tasks: Record<string, number> }>('GET', '/stats');
  expect(tasks).toMatchObject({ queued: ROUNDS * SUBMISSIONS });

  // Read again by another process, and by the one that makes backups.
  await hub.api.operate('/backups');
  expect((await hub.stop()).code).toBe(0);
  const again = await startHub(sandbox, on(nats, sandbox));
  expect(again.ready).toMatchObject({ replicas: 3 });
  for (const id of ids.values()) expect((await again.api.task(id)).state).toBe('queued');
  expect((await again.stop()).code).toBe(0);
});

test('another number of replicas is that of the streams from the next start on', { timeout: 120_000 }, async () => {
  const { sandbox, nats } = await cluster();
  const start = (replicas?: string) =>
    startHub(sandbox, on(nats, sandbox, replicas === undefined ? {} : { AGENTCOM_NATS_REPLICAS: replicas }));
  const kept = async () => [...new Set((await nats.replicas()).values())];
  // As when everything starts at once: no two servers are there that could agree on a leader.
  const [early = '', ...late] = nats.names;
  for (const name of nats.names) await nats.kill9(name);
  nats.restart(early);
  const child = spawnHub(sandbox, on(nats, sandbox));
  await eventually('a hub that waits', 30_000, () => /JetStream has no leader there/.test(child.tail) || undefined);
  for (const name of late) nats.restart(name);
  let hub = await readyHub(child);
  await untilReady(hub.url);
  const { id } = await hub.api.submit({ needs: ['nobody'] });
  expect(await kept()).toEqual([1]);
  for (const [asked, found] of [
    ['3', 3],
    [undefined, 3],
    ['1', 1],
  ] as const) {
    expect((await hub.stop()).code).toBe(0);
    hub = await start(asked);
    expect(await kept()).toEqual([found]);
    expect((await hub.api.task(id)).state).toBe('queued');
  }
  expect((await hub.stop()).code).toBe(0);

  const five = spawnHub(sandbox, on(nats, sandbox, { AGENTCOM_NATS_REPLICAS: '5' }));
  await expect(readyHub(five)).rejects.toThrow(/nats\.too_few_servers.*JOURNAL_0 cannot be kept on 5 NATS servers/s);
  expect(await kept()).toEqual([1]);
});

test('whoever reads a stream sees everything that was stored, from a server that lags as well', {
  timeout: 120_000,
}, async () => {
  const { nats } = await cluster();
  const js = jetstream(nats.nc);
  await nats.addStream('S', ['s.>']);
  const leader = await nats.leaderOf('S');
  const behind = nats.names.find((name) => name !== leader) ?? '';
  await nats.kill9(behind);
  const payload = new Uint8Array(16 * 1024);
  await Promise.all(Array.from({ length: MESSAGES }, (_, i) => stored(js, `s.${i % 2}`, payload, `${i}`)));
  nats.restart(behind);
  // Of three places for a reader one lags, until it has caught up.
  const expected = Array.from({ length: 10 }, (_, i) => MESSAGES - 9 + i);
  for (let isWhole = false; !isWhole; ) {
    isWhole = await nats.isWhole('S');
    const readings = Array.from({ length: READERS }, (_, i) => seqs(js, i % 2 === 0 ? {} : { subject: 's.*' }));
    for (const found of await Promise.allSettled(readings)) {
      // A server that is not there yet may not answer at all.
      if (found.status === 'fulfilled') expect(found.value).toEqual(expected);
      else expect(found.reason).toMatchObject({ name: expect.stringMatching(/TimeoutError|StreamStalled/) });
    }
  }
});

/** Stored once, though it is sent again whenever the answer is late: a publish that timed out may have been stored. */
function stored(js: JetStreamClient, subject: string, payload: Uint8Array, msgID: string): Promise<PubAck> {
  return eventually(`the storing of message ${msgID}`, 60_000, () => js.publish(subject, payload, { msgID }));
}

/** Of the last ten messages. */
async function seqs(js: JetStreamClient, wanted: { readonly subject?: string }): Promise<number[]> {
  const found: number[] = [];
  for await (const { seq } of consume({ js, stream: 'S', from: MESSAGES - 9, ...wanted })) found.push(seq);
  return found;
}

async function cluster(): Promise<{ sandbox: Sandbox; nats: NatsCluster }> {
  const sandbox = testSandbox();
  const nats = await NatsCluster.start(sandbox);
  onTestFinished(() => nats.stop());
  return { sandbox, nats };
}

function on(nats: NatsCluster, sandbox: Sandbox, settings: Readonly<Record<string, string>> = {}) {
  const env = { AGENTCOM_NATS_USER: nats.user, AGENTCOM_NATS_PASSWORD: nats.password, ...settings };
  return { dataDir: sandbox.path('hub'), args: ['--nats', nats.url], env };
}

/** The id of the task, asked for until it is accepted. */
function accepted(api: HubApi, key: string): Promise<string> {
  const body = { title: key, prompt: 'p', needs: ['nobody'] };
  return eventually(`the acceptance of task ${key}`, 60_000, async () => {
    const headers = { 'idempotency-key': key };
    const answer = await api.call<Problem & { id: string }>('POST', '/tasks', body, headers);
    if (answer.status === 201 || answer.status === 200) return answer.body.id;
    throw new Error(`${answer.status} ${answer.body.code}`);
  });
}
