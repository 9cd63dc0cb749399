// What of agent sockets is audited.

import type { AuditFact } from '@agentcom/schemas';
import { systemScheduler } from '@agentcom/schemas/host';
import { expect, test } from 'vitest';
import { AgentRegistry } from './registry.js';
import type { AgentSession } from './session.js';

test('a ban and a refused hello are audited, with the agent and where it came from', () => {
  const audited: { readonly org: string | undefined; readonly fact: AuditFact }[] = [];
  const nothing = { inc: () => undefined };
  const registry = new AgentRegistry({
    scheduler: systemScheduler,
    now: () => 1_000,
    metrics: { countFrame: () => undefined, refusals: nothing, socketsClosed: nothing },
    audit: { record: (org, fact) => audited.push({ org, fact }) },
    onFailed: () => undefined,
  });
  const session = { who: { org: 'acme', agent: 'ann' } } as AgentSession;
  const watcher = registry.watcher('ann', '192.0.2.7');
  watcher.helloRefused(session, 'agent.other_machine');
  watcher.banned(session);
  registry.stop();
  const common = {
    action: 'agents.connect',
    caller: 'agent:ann',
    target: 'ann',
    address: '192.0.2.7',
    outcome: 'refused',
  };
  expect(audited).toEqual([
    { org: 'acme', fact: { ...common, route: 'agent.connect', code: 'agent.other_machine' } },
    { org: 'acme', fact: { ...common, route: 'agent.ban', code: 'rate.limited' } },
  ]);
});
