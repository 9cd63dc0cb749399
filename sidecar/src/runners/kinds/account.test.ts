// What the real tools print when their provider does not take their account (`tests/fixtures/agents`).

import type { RunnerKind } from '@agentcom/schemas';
import { describe, expect, it } from 'vitest';
import { heardIn, ofType, turn } from './fixture.js';
import { KINDS } from './index.js';

const CLAUDES = ['claude-2.1.197', 'claude-2.1.329'];

const recordings = (kind: RunnerKind, tools: readonly string[], names: readonly string[]) =>
  tools.flatMap((tool) => names.map((name) => [kind, tool, name] as const));

const SIGNED_OUT = [
  ...recordings('claude', CLAUDES, ['expired', 'invalid-key', 'never-signed-in']),
  ...recordings('claude', ['claude-2.1.329'], ['revoked', 'forbidden', 'disabled']),
  ...recordings('codex', ['codex'], ['invalid-key', 'never-signed-in', 'no-key', 'forbidden', 'plan']),
  ...recordings('opencode', ['opencode'], ['invalid-key', 'anthropic-key', 'forbidden']),
  ...recordings('gemini', ['gemini'], ['invalid-key', 'expired-key', 'unauthenticated', 'leaked-key']),
];
const NOT_EVEN_BEGUN = recordings('gemini', ['gemini'], ['no-method', 'no-key', 'no-browser']);
const LIMITED = [
  ...recordings('claude', CLAUDES, ['credit', 'limit']),
  ...recordings('claude', ['claude-2.1.329'], ['overloaded']),
  ...recordings('codex', ['codex'], ['quota', 'overloaded', 'limit']),
  ...recordings('opencode', ['opencode'], ['credit', 'anthropic-credit', 'quota', 'overloaded', 'limit']),
  ...recordings('gemini', ['gemini'], ['quota', 'overloaded']),
];
const WORKED = [
  ...recordings('claude', CLAUDES, ['work', 'ask', 'dropped', 'unknown-session']),
  ...recordings('codex', ['codex'], ['work', 'ask', 'dropped']),
  ...recordings('opencode', ['opencode'], ['work', 'ask', 'refused']),
  ...recordings('gemini', ['gemini'], ['work']),
];

describe('an account that is not taken', () => {
  it.each(SIGNED_OUT)('shows in the failure of %s (%s: %s)', (kind, tool, name) => {
    const heard = heardIn(kind, name, {}, tool).filter(({ type }) => type !== 'say');
    expect(heard.slice(-2)).toMatchObject([{ type: 'final', ok: false }, { type: 'signed out' }]);
    expect(ofType(heard, 'limit')).toEqual([]);
  });

  it.each(NOT_EVEN_BEGUN)('shows in what %s says instead of beginning (%s: %s)', (kind, tool, name) => {
    const heard = heardIn(kind, name, {}, tool);
    expect(ofType(heard, 'signed out').length).toBeGreaterThan(0);
    expect(ofType(heard, 'final')).toEqual([]);
  });

  it.each(LIMITED)('is not one that has to wait (%s, %s: %s)', (kind, tool, name) => {
    const heard = heardIn(kind, name, {}, tool);
    expect(ofType(heard, 'limit').length).toBeGreaterThan(0);
    expect(ofType(heard, 'signed out')).toEqual([]);
  });

  it.each(WORKED)('is not seen where it was taken (%s, %s: %s)', (kind, tool, name) => {
    const heard = heardIn(kind, name, {}, tool);
    expect([...ofType(heard, 'signed out'), ...ofType(heard, 'limit')]).toEqual([]);
  });

  it('is not seen in what Gemini CLI says of others once it has begun', () => {
    const dialect = KINDS.get('gemini')?.dialect(turn());
    dialect?.stdout('{"type":"init","session_id":"s"}');
    const heard = dialect?.stderr('MCP server tracker: 401 Unauthorized, please log in') ?? [];
    expect(heard.map(({ type }) => type)).toEqual(['say']);
  });

  it('is not seen in a disk that is full', () => {
    const failed = { type: 'turn.failed', error: { message: 'write failed: Disk quota exceeded' } };
    const heard = KINDS.get('codex')?.dialect(turn()).stdout(JSON.stringify(failed));
    expect(heard?.map(({ type }) => type)).toEqual(['final']);
  });

  it('is not seen in a model that it may not use', () => {
    const message = 'unexpected status 403 Forbidden: Project `p` does not have access to model `m`';
    const heard = KINDS.get('codex')
      ?.dialect(turn())
      .stdout(JSON.stringify({ type: 'turn.failed', error: { message } }));
    expect(heard?.map(({ type }) => type)).toEqual(['final']);
  });

  it.each([
    'litellm.AuthenticationError: AnthropicException - {"error":{"message":"invalid x-api-key"}}',
    'The API provider is not able to authenticate you. Check your API key.',
  ])('shows in the words of Aider: %s', (line) => {
    const dialect = KINDS.get('aider')?.dialect(turn());
    expect(ofType(dialect?.stdout(line) ?? [], 'signed out')).toHaveLength(1);
    expect(ofType(dialect?.stdout(`> except ${line}`) ?? [], 'signed out')).toEqual([]);
  });

  it.each([
    ['opencode', 'run `opencode auth login`, or'],
    ['codex', 'run `codex login`, or'],
    ['gemini', 'run `gemini` once'],
    ['claude', 'run `claude` once'],
    ['aider', 'set the key'],
  ] as const)('has a remedy (%s)', (kind, remedy) => {
    expect(KINDS.get(kind)?.signInHint).toContain(remedy);
  });
});

it('counts what an answer of Aider used, so that a model that quotes such an error has still worked', () => {
  const dialect = KINDS.get('aider')?.dialect(turn());
  const heard = [
    'litellm.AuthenticationError: as the test expects it',
    'Tokens: 2.5k sent, 1,100 received. Cost: $0.02 message, $0.02 session.',
    'Tokens: 950 sent, 1.2k cache hit, 12 received.',
  ].flatMap((line) => dialect?.stdout(line) ?? []);
  expect(heard.at(-1)).toEqual({
    type: 'counters',
    scope: 'turn',
    counters: { inputTokens: 3450, outputTokens: 1112, costMicros: 0 },
  });
});
