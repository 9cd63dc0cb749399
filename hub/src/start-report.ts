// What a hub found and how it serves, once it does: for whoever started it.

import type { FsyncMode, HubSettings } from '@agentcom/schemas';
import type { LeadershipPhase } from './coordinator/ports.js';

export interface StartReport {
  readonly version: string;
  readonly phase: LeadershipPhase;
  /** From the beginning of the start, ms. */
  readonly tookMs: number;
  readonly nats: {
    /** Without credential. */
    readonly url: string;
    readonly version: string | undefined;
    /** Whether it is this hub's own. */
    readonly isOwn: boolean;
    readonly fsync: FsyncMode;
    /** On how many servers the journal is kept. */
    readonly replicas: number;
  };
  readonly data: { readonly dir: string; readonly freeBytes: number };
  readonly transport: Transport;
  /** Host and port of the mail server; undefined where the hub sends no mail. */
  readonly mail: string | undefined;
  /** What the journal held; undefined when there was none. */
  readonly recovered: Recovered | undefined;
}

/** `local`: nobody else on the network reaches it. */
export type Transport =
  | { readonly kind: 'tls'; readonly expiresAt: number }
  | { readonly kind: 'proxy'; readonly proxies: readonly string[] }
  | { readonly kind: 'local' }
  | { readonly kind: 'insecure' };

export interface Recovered {
  /** Tasks that are not over. */
  readonly openTasks: number;
  readonly finishedTasks: number;
  readonly agents: number;
  /** The newest batch of the journal. */
  readonly seq: number;
}

export function transportOf(settings: HubSettings, expiresAt: number | undefined): Transport {
  if (expiresAt !== undefined) return { kind: 'tls', expiresAt };
  if (settings.trustProxy.length > 0) return { kind: 'proxy', proxies: settings.trustProxy };
  return settings.insecure ? { kind: 'insecure' } : { kind: 'local' };
}
