import type { AgentView } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { attentionOf, byAttention, namePlaces } from './attention.js';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const LATER = '2026-03-01T13:00:00Z';
const agent = (name: string, more: Partial<AgentView> = {}): AgentView => ({
  org: 'acme',
  name,
  state: 'idle',
  connected: true,
  draining: false,
  unresponsive: false,
  capabilities: [],
  enrolledAt: '2026-01-01T00:00:00Z',
  ...more,
});
const kinds = (more: Partial<AgentView>): string[] => attentionOf(agent('a', more), NOW).map(({ kind }) => kind);

test('an agent that is well needs none', () => {
  expect(kinds({})).toEqual([]);
  expect(kinds({ state: 'offline' })).toEqual([]);
  expect(kinds({ bannedUntil: '2026-03-01T11:00:00Z', limits: [{ until: '2026-03-01T11:00:00Z' }] })).toEqual([]);
});

test('the worst comes first', () => {
  const unfit = { code: 'machine.disk_full', message: 'The disk is full.', since: LATER };
  expect(kinds({ draining: true, unfit, limits: [{ runner: 'claude', until: LATER }] })).toEqual([
    'unfit',
    'limited',
    'draining',
  ]);
  expect(kinds({ state: 'offline', task: 'x' })).toEqual(['lost']);
});

test('of several limits the last to end is said', () => {
  const limits = [{ until: LATER }, { until: '2026-03-02T12:00:00Z' }];
  expect(attentionOf(agent('a', { limits }), NOW)[0]?.until).toBe('2026-03-02T12:00:00Z');
});

test('what needs attention is first, then what asks and works, then by name', () => {
  const agents = [
    agent('idle-10'),
    agent('idle-9'),
    agent('off', { state: 'offline' }),
    agent('busy', { state: 'working' }),
    agent('limited', { limits: [{ until: LATER }] }),
    agent('lost', { state: 'offline', task: 'x' }),
    agent('asks', { state: 'blocked' }),
  ];
  const places = namePlaces(agents.map(({ name }) => name));
  expect(byAttention(agents, NOW, places)).toEqual(['lost', 'limited', 'asks', 'busy', 'idle-9', 'idle-10', 'off']);
});
