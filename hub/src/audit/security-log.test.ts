import type { AuditFact } from '@agentcom/schemas';
import { expect, it } from 'vitest';
import { SecurityLog } from './security-log.js';

const common = { action: 'keys.manage', address: '192.0.2.7', caller: 'key:1', target: 'k' };
const done = (route: string): AuditFact => ({ ...common, route, outcome: 'done', status: 200 });
const refused = (code: string, address = '192.0.2.7'): AuditFact => {
  return { ...common, route: 'task.list', outcome: 'refused', address, code };
};

function logged(facts: readonly AuditFact[], msBetween = 0): string[] {
  const lines: string[] = [];
  let now = 0;
  const log = new SecurityLog({
    now: () => now,
    write: (level, { event, address }) => lines.push(`${level} ${event} ${address}`),
  });
  for (const fact of facts) {
    log.record('acme', fact);
    now += msBetween;
  }
  return lines;
}

it('says what changes who may do what, each time', () => {
  const routes = ['key.create', 'key.rotate', 'key.revoke', 'key.revoke', 'member.change', 'member.remove'];
  expect(logged([...routes, 'config.change', 'task.submit'].map(done))).toEqual(
    ['created', 'rotated', 'revoked', 'revoked']
      .map((what) => `info key.${what} 192.0.2.7`)
      .concat('info member.role_changed 192.0.2.7', 'info member.removed 192.0.2.7', 'info config.changed 192.0.2.7'),
  );
  expect(logged([{ ...refused('rate.limited'), route: 'agent.ban' }])).toEqual(['warn agent.banned 192.0.2.7']);
});

it('says of an address once a minute that its keys are refused', () => {
  const many = Array.from({ length: 50 }, () => refused('auth.invalid'));
  expect(logged(many)).toEqual(['warn key.refused 192.0.2.7']);
  expect(logged(many, 2_000).length).toBe(2);
  expect(logged([refused('auth.invalid'), refused('auth.invalid', '192.0.2.8'), refused('auth.blocked')])).toEqual([
    'warn key.refused 192.0.2.7',
    'warn key.refused 192.0.2.8',
    'warn address.blocked 192.0.2.7',
  ]);
  expect(logged([refused('auth.forbidden'), refused('task.not_found')])).toEqual([]);
});

it('leaves a second sidecar with the key of an agent to the log of conflicts', () => {
  expect(logged([{ ...refused('agent.other_machine'), route: 'agent.connect' }])).toEqual([]);
});
