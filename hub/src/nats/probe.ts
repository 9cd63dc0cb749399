// Asks whoever listens on a port whether it is our nats-server: it must take our credential and bear our server's name.

import { AuthorizationError, connect } from 'nats';
import type { OwnCredentials } from './server-files.js';

export type Answer =
  | { readonly kind: 'ours'; readonly version: string }
  /** Somebody else: it refuses the credential, or has another name. */
  | { readonly kind: 'foreign' }
  /** Nobody there, or nothing that talks NATS in time. */
  | { readonly kind: 'silent'; readonly reason: string };

export async function probe(port: number, credentials: OwnCredentials, timeoutMs: number): Promise<Answer> {
  try {
    const nc = await connect({
      servers: `127.0.0.1:${port}`,
      name: 'agentcom probe',
      user: credentials.user,
      pass: credentials.password,
      reconnect: false,
      maxReconnectAttempts: 0,
      timeout: timeoutMs,
    });
    const info = nc.info;
    await nc.close();
    if (info === undefined || info.server_name !== credentials.serverName) return { kind: 'foreign' };
    return { kind: 'ours', version: info.version };
  } catch (error) {
    if (error instanceof AuthorizationError) return { kind: 'foreign' };
    return { kind: 'silent', reason: error instanceof Error ? error.message : String(error) };
  }
}
