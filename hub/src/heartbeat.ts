// The heartbeat of a hub, put together: its calls go out as those of channels do. Whoever runs the hub chose the address, so it may be private.

import type { HubSettings, Log } from '@agentcom/schemas';
import { systemScheduler } from '@agentcom/schemas/host';
import { Heartbeat } from './maintenance/heartbeat.js';
import { GuardedHttp } from './notify/http-out.js';

/** A hub that ends waits for the last one. */
const TIMEOUT_MS = 5_000;

/** Undefined where no address is set. */
export function openHeartbeat({ heartbeatUrl: url }: HubSettings, log: Log): Heartbeat | undefined {
  if (url === undefined) return undefined;
  const http = new GuardedHttp({ env: process.env, allowed: [], now: Date.now, timeoutMs: TIMEOUT_MS });
  const call = async (to: string): Promise<void> => {
    const headers = { 'user-agent': 'AgentCom' };
    const answer = await http.send({ method: 'POST', url: to, headers, body: '', allowPrivate: true });
    const isTaken = answer.kind === 'answered' && answer.status >= 200 && answer.status < 300;
    if (isTaken) return;
    const why = answer.kind === 'failed' ? answer.why : `answered with HTTP ${answer.status}`;
    log.warn({ why }, 'the address in heartbeatUrl did not take the heartbeat');
  };
  return new Heartbeat({ url, scheduler: systemScheduler, call });
}
