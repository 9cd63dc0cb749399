// What of agent sockets is audited.

import type { AuditFact } from '@agentcom/schemas';
import { systemScheduler } from '@agentcom/schemas/host';
import { expect, test } from 'vitest';
import { AgentRegistry } from './registry.js';
import type { AgentSession } from './session.js';

test('bans, refused hellos and answered frames are audited, with the agent and where it came from', () => {
  const audited: { readonly org: string | undefined; readonly fact: AuditFact }[] = [];
  const nothing = { inc: () => undefined };
  const registry = new AgentRegistry({
    scheduler: systemScheduler,
    now: () => 1_000,
    metrics: { countFrame: () => undefined, refusals: nothing, socketsClosed: nothing },
    audit: { record: (org, fact) => audited.push({ org, fact }) },
    onHeartbeat: () => undefined,
    onFailed: () => undefined,
  });
  const session = { who: { org: 'acme', agent: 'ann' } } as AgentSession;
  const watcher = registry.watcher(session.who, '192.0.2.7');
  watcher.helloRefused(session, 'agent.other_machine');
  watcher.banned(session);
  watcher.answered(session, { type: 'task.submit', target: 'a task' });
  watcher.answered(session, { type: 'message.send' }, 'rate.limited');
  registry.stop();
  const by = { caller: 'agent:ann', address: '192.0.2.7' };
  const common = { ...by, action: 'agents.connect', target: 'ann', outcome: 'refused' };
  expect(audited).toEqual([
    { org: 'acme', fact: { ...common, route: 'agent.connect', code: 'agent.other_machine' } },
    { org: 'acme', fact: { ...common, route: 'agent.ban', code: 'rate.limited' } },
    {
      org: 'acme',
      fact: { ...by, action: 'tasks.submit', route: 'task.submit', target: 'a task', outcome: 'done' },
    },
    {
      org: 'acme',
      fact: { ...by, action: 'messages.send', route: 'message.send', outcome: 'refused', code: 'rate.limited' },
    },
  ]);
});
