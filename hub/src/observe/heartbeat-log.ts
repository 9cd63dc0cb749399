// The heartbeats of agents in the log: at `debug`, and a line a minute for each.

import type { Log } from '@agentcom/schemas';
import { Sampler } from './sampler.js';

/** Call what it returns for each heartbeat; `now` in ms. */
export function heartbeatLog(
  log: Log,
  now: () => number,
): (who: { readonly org: string; readonly agent: string }) => void {
  const sampler = new Sampler();
  return ({ org, agent }) => {
    if (!log.isOn('debug')) return;
    const omitted = sampler.take(`${org}/${agent}`, now());
    if (omitted !== undefined) log.child({ org, agentId: agent }).debug({ omitted }, 'heartbeat');
  };
}
