// A worker's own small connection.

import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NodeConnectionOptions } from 'nats';

/** What can be handed to another process. */
export type WorkerConnection = Pick<NodeConnectionOptions, 'user' | 'pass' | 'token' | 'tls'> & {
  readonly servers: string | readonly string[];
};

const RECONNECTS = 10;

/** Closes the connection when `work` has ended. */
export async function withConnection<T>(
  connection: WorkerConnection,
  name: string,
  work: (js: JetStreamClient, jsm: JetStreamManager) => Promise<T>,
): Promise<T> {
  const servers = [connection.servers].flat() as string[];
  const nc = await connect({ ...connection, servers, name, maxReconnectAttempts: RECONNECTS });
  try {
    return await work(jetstream(nc), await jetstreamManager(nc));
  } finally {
    await nc.close();
  }
}
