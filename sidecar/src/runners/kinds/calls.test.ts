// The tool calls of every kind: which are open, which were refused, and that a final event says the same as what is beside it.

import type { RunnerKind } from '@agentcom/schemas';
import { describe, expect, it } from 'vitest';
import { heardIn, ofType, turn } from './fixture.js';
import { KINDS } from './index.js';

const RECORDED: readonly (readonly [RunnerKind, string])[] = [
  ['claude', 'claude-2.1.197'],
  ['claude', 'claude-2.1.329'],
  ['codex', 'codex'],
  ['gemini', 'gemini'],
];

function heard(kind: RunnerKind, ...events: readonly object[]) {
  const dialect = KINDS.get(kind)?.dialect(turn());
  return events.flatMap((event) => dialect?.stdout(JSON.stringify(event)) ?? []);
}

describe('a tool call', () => {
  it.each(RECORDED)('of %s (%s) is known from its beginning to its end', (kind, tool) => {
    const calls = ofType(heardIn(kind, 'work', {}, tool), 'call');
    expect(calls.map(({ is }) => is)).toEqual(['begun', 'ended', 'begun', 'ended']);
    expect(calls[0]?.id).toBe(calls[1]?.id);
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
  });

  it('of OpenCode is told when it has ended', () => {
    expect(ofType(heardIn('opencode', 'work'), 'call').map(({ is }) => is)).toEqual(['ended', 'ended']);
  });

  it.each([
    ['claude', 'claude-2.1.329'],
    ['codex', 'codex'],
    ['opencode', 'opencode'],
  ] as const)('of %s of our own server shows no work', (kind, tool) => {
    expect(ofType(heardIn(kind, 'ask', {}, tool), 'call')).toEqual([]);
  });

  it.each(['mcp_agentcom_ask', 'agentcom__ask'])('of Gemini CLI of our own server shows no work (%s)', (tool_name) => {
    const use = { type: 'tool_use', tool_name, tool_id: 't', parameters: { question: 'Which?' } };
    const all = heard('gemini', use, { type: 'tool_result', tool_id: 't', status: 'success', output: 'asked' });
    expect(all.map(({ type }) => type)).toEqual(['say', 'say']);
  });

  it('of another server whose name is like ours is one', () => {
    const use = { type: 'tool_use', tool_name: 'mcp_agentcommerce_buy', tool_id: 't', parameters: {} };
    expect(ofType(heard('gemini', use), 'call')).toHaveLength(1);
  });
});

describe('a refused tool call', () => {
  const denial = { tool_name: 'Bash', tool_use_id: 't1', tool_input: { command: 'make  all', description: 'x' } };

  it('of Claude Code is named', () => {
    const result = { type: 'result', subtype: 'success', is_error: false, permission_denials: [denial] };
    expect(ofType(heard('claude', result), 'refused')).toEqual([{ type: 'refused', call: 'Bash: make all' }]);
  });

  it('of Claude Code that a person is asked about is none yet', () => {
    const request = { subtype: 'can_use_tool', tool_name: 'Bash', input: { command: 'make' } };
    const result = { type: 'result', subtype: 'success', permission_denials: [denial] };
    const all = heard('claude', { type: 'control_request', request_id: 'r', request }, result);
    expect(ofType(all, 'refused')).toEqual([]);
  });

  it('of OpenCode is named', () => {
    const error = 'The user rejected permission to use this specific tool call.';
    const part = { tool: 'bash', callID: 'c1', state: { status: 'error', input: { command: 'make' }, error } };
    expect(ofType(heard('opencode', { type: 'tool_use', part }), 'refused')).toEqual([
      { type: 'refused', call: 'bash: make' },
    ]);
  });

  it('of Gemini CLI is named', () => {
    const use = { type: 'tool_use', tool_name: 'run_shell_command', tool_id: 't', parameters: { command: 'make' } };
    const error = { type: 'policy_violation', message: 'Tool execution denied by policy.' };
    const all = heard('gemini', use, { type: 'tool_result', tool_id: 't', status: 'error', error });
    expect(ofType(all, 'refused')).toEqual([{ type: 'refused', call: 'run_shell_command: make' }]);
  });

  it.each(['claude', 'opencode', 'gemini'] as const)('is not one that failed (%s)', (kind) => {
    const state = { status: 'error', input: { command: 'make' }, error: 'make: permission denied' };
    const all = heard(
      kind,
      { type: 'tool_use', part: { tool: 'bash', callID: 'c1', state }, tool_id: 't', tool_name: 'bash' },
      { type: 'tool_result', tool_id: 't', status: 'error', error: { message: 'make: permission denied' } },
    );
    expect(ofType(all, 'refused')).toEqual([]);
  });
});

describe('the final event of Claude Code', () => {
  it.each([
    ['success', true],
    ['error_max_turns', false],
    ['error_during_execution', true],
    ['', false],
  ])('is success only when it says so twice (%s, is_error %s)', (subtype, is_error) => {
    const [final] = ofType(heard('claude', { type: 'result', subtype, is_error, result: 'x' }), 'final');
    expect(final?.ok).toBe(false);
  });
});

it('every kind that prints events says by one that its turn is over', () => {
  const kinds = [...KINDS.values()].filter(({ hasFinalEvent }) => hasFinalEvent).map(({ kind }) => kind);
  expect(kinds.sort()).toEqual(['claude', 'codex', 'gemini', 'opencode']);
});
