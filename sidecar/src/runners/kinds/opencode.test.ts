import { describe, expect, it } from 'vitest';
import { heardIn, launchOf, ofType, resumed, saidIn, turn } from './fixture.js';
import { KINDS } from './index.js';

describe('OpenCode is started', () => {
  it('with the prompt on its input and our MCP server beside its own configuration', () => {
    const { argv, env, input } = launchOf('opencode', { model: 'fake/m1' });
    expect(argv).toEqual([
      ...['/opt/the tool', 'run', '--format', 'json', '--print-logs', '--log-level', 'ERROR', '--dir', '/srv/work'],
      ...['--auto', '--model', 'fake/m1'],
    ]);
    expect(input).toBe('Do it.\nAll of it.');
    expect(JSON.parse(env.OPENCODE_CONFIG_CONTENT ?? '')).toEqual({
      mcp: {
        agentcom: {
          type: 'local',
          command: ['/srv/bin/agentcom', 'mcp'],
          environment: { AGENTCOM_SOCKET: '/srv/s' },
          enabled: true,
          timeout: 60_000,
        },
      },
    });
  });

  it('in the session that it goes on with; by its own permissions when so configured', () => {
    const { argv } = launchOf('opencode', { ...resumed('opencode', 1, 1, 1, 'ses_1'), permissionMode: 'config' });
    expect(argv.slice(-2)).toEqual(['--session', 'ses_1']);
    expect(argv).not.toContain('--auto');
  });
});

describe('OpenCode', () => {
  it('says its session once, what it does, the sum of its steps, and how it ended', () => {
    const heard = heardIn('opencode', 'work');
    expect(ofType(heard, 'session')).toEqual([{ type: 'session', id: expect.stringMatching(/^ses_/) }]);
    const said = saidIn(heard);
    expect(said[0]).toBe('→ write: /srv/work/hello.txt');
    expect(said.at(-1)).toBe('I committed hello.txt.');
    expect(ofType(heard, 'counters').map(({ counters }) => counters.costMicros)).toEqual([3810, 7620, 11_430]);
    expect(ofType(heard, 'counters').at(-1)).toEqual({
      type: 'counters',
      scope: 'turn',
      counters: { inputTokens: 3600, cachedInputTokens: 600, outputTokens: 150, costMicros: 11_430 },
      currency: 'USD',
    });
    expect(ofType(heard, 'final')).toEqual([{ type: 'final', ok: true, text: 'I committed hello.txt.' }]);
  });

  it('counts only its own steps when it goes on with a session', () => {
    const heard = heardIn('opencode', 'resumed', resumed('opencode', 2400, 100, 7620));
    expect(ofType(heard, 'counters')).toMatchObject([
      { scope: 'turn', counters: { inputTokens: 1200, costMicros: 3810 } },
    ]);
  });

  it('names no cost that it does not know', () => {
    const line = JSON.stringify({
      type: 'step_finish',
      part: { reason: 'stop', cost: 0, tokens: { input: 10, output: 2, reasoning: 1, cache: { read: 4, write: 3 } } },
    });
    expect(KINDS.get('opencode')?.dialect(turn()).stdout(line)[0]).toEqual({
      type: 'counters',
      scope: 'turn',
      counters: { inputTokens: 17, cachedInputTokens: 4, outputTokens: 3, costMicros: 0 },
    });
  });

  it('goes on after a summary of its session', () => {
    const dialect = KINDS.get('opencode')?.dialect(turn());
    const step = (reason: string) => [
      { type: 'step_start', part: {} },
      { type: 'step_finish', part: { reason } },
    ];
    const heard = [...step('tool-calls'), ...step('stop'), ...step('stop')].flatMap(
      (event) => dialect?.stdout(JSON.stringify(event)) ?? [],
    );
    const turns = heard.map(({ type }) => type).filter((type) => type !== 'counters');
    expect(turns).toEqual(['step', 'step', 'final', 'step', 'final']);
  });

  it('that waits for a limit, of which only its log speaks, is heard to', () => {
    expect(ofType(heardIn('opencode', 'limit'), 'limit')).toEqual([{ type: 'limit', resetsAt: null }]);
  });

  it('that repeats a failing request has failed at the fifth', () => {
    const heard = heardIn('opencode', 'refused');
    expect(heard.map(({ type }) => type)).toEqual(['say', 'say', 'say', 'say', 'say', 'final']);
    expect(ofType(heard, 'final')).toEqual([{ type: 'final', ok: false, text: 'AI_APICallError: it broke' }]);
  });

  it('that tells of an error has failed', () => {
    const heard = (name: string) => {
      const line = JSON.stringify({ type: 'error', error: { name, data: { message: 'it broke' } } });
      return KINDS.get('opencode')?.dialect(turn()).stdout(line);
    };
    const final = { type: 'final', ok: false, text: 'it broke' };
    expect(heard('UnknownError')).toEqual([final]);
    expect(heard('ProviderAuthError')).toEqual([final, { type: 'signed out', text: 'it broke' }]);
  });
});
