// What can be learned about how safely a NATS server stores: what cannot be read is unknown, never safe.

import type { FsyncMode } from '@agentcom/schemas';
import type { NatsConnection } from 'nats';

const ASK_TIMEOUT_MS = 1_000;

/**
 * Asks every server of the cluster. Only a system account, or one that imports this service from it, gets an answer;
 * `always` needs one from each server that stores.
 */
export async function readFsync(nc: NatsConnection): Promise<FsyncMode> {
  const answers: Answer[] = [];
  try {
    const options = { strategy: 'stall', maxWait: ASK_TIMEOUT_MS, stall: ASK_TIMEOUT_MS / 4 } as const;
    for await (const message of await nc.requestMany('$SYS.REQ.SERVER.PING.JSZ', '', options)) {
      answers.push(parse(message.json()));
    }
  } catch {
    return 'unknown';
  }
  if (answers.some(({ fsync }) => fsync === 'periodic')) return 'periodic';
  const expected = Math.max(1, ...answers.map(({ servers }) => servers));
  return answers.length >= expected && answers.every(({ fsync }) => fsync === 'always') ? 'always' : 'unknown';
}

interface Answer {
  readonly fsync: FsyncMode;
  /** How many servers the answering one knows to store with it. */
  readonly servers: number;
}

function parse(message: unknown): Answer {
  const data = field(message, 'data');
  const syncAlways = field(field(data, 'config'), 'sync_always');
  const syncIntervalNs = field(field(data, 'config'), 'sync_interval');
  const size = field(field(data, 'meta_cluster'), 'cluster_size');
  const servers = typeof size === 'number' ? size : 1;
  if (syncAlways === true) return { fsync: 'always', servers };
  return { fsync: typeof syncIntervalNs === 'number' ? 'periodic' : 'unknown', servers };
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
