import { describe, expect, it } from 'vitest';
import type { Heard } from '../kind.js';
import { approvalId } from './claude-approval.js';
import { heardIn as allHeard, launchOf, ofType, resumed, saidIn, turn } from './fixture.js';
import { KINDS } from './index.js';

const VERSIONS = ['claude-2.1.197', 'claude-2.1.329'];

function after(argv: readonly string[], option: string): string | undefined {
  const index = argv.indexOf(option);
  return index === -1 ? undefined : argv[index + 1];
}

describe('Claude Code is started', () => {
  it('with the prompt as a message on its input, which stays open, and our MCP server alone', () => {
    const { argv, input, keepsInputOpen, files } = launchOf('claude');
    expect(argv[0]).toBe('/opt/the tool');
    expect(argv.join(' ')).not.toContain('Do it.');
    expect(input.endsWith('\n')).toBe(true);
    expect(JSON.parse(input).message.content).toEqual([{ type: 'text', text: 'Do it.\nAll of it.' }]);
    expect(keepsInputOpen).toBe(true);
    expect(after(argv, '--mcp-config')).toBe('/srv/turn/mcp.json');
    expect(argv).toContain('--strict-mcp-config');
    expect(JSON.parse(files['mcp.json'] ?? '').mcpServers.agentcom).toEqual({
      type: 'stdio',
      command: '/srv/bin/agentcom',
      args: ['mcp'],
      env: { AGENTCOM_SOCKET: '/srv/s' },
    });
  });

  it('in a session of a known name, or in the one it goes on with', () => {
    expect(after(launchOf('claude').argv, '--session-id')).toBe(turn().newSessionId);
    const { argv } = launchOf('claude', resumed('claude', 1, 1, 1));
    expect(after(argv, '--resume')).toBe('before');
    expect(argv).not.toContain('--session-id');
  });

  it('so that it needs nobody: edits go through, and commands do', () => {
    const { argv } = launchOf('claude');
    expect(after(argv, '--permission-mode')).toBe('acceptEdits');
    expect(after(argv, '--allowedTools')?.split(',')).toEqual(['mcp__agentcom', 'Bash', 'WebFetch', 'WebSearch']);
    expect(argv).not.toContain('--permission-prompt-tool');
  });

  it('with a mode of the configuration, to which nothing of ours is added but our own tools', () => {
    const { argv, env } = launchOf('claude', {
      permissionMode: 'dontAsk',
      model: 'opus',
      extraArgs: ['--effort', 'high'],
    });
    expect(after(argv, '--permission-mode')).toBe('dontAsk');
    expect(after(argv, '--allowedTools')).toBe('mcp__agentcom');
    expect(after(argv, '--model')).toBe('opus');
    expect(argv.slice(-2)).toEqual(['--effort', 'high']);
    expect(env).not.toHaveProperty('IS_SANDBOX');
  });

  it('with approvals that are asked for: commands but those of git are among them', () => {
    const { argv } = launchOf('claude', { approvals: 'ask' });
    expect(after(argv, '--permission-prompt-tool')).toBe('stdio');
    expect(after(argv, '--allowedTools')?.split(',')).toContain('Bash(git commit:*)');
    expect(after(argv, '--allowedTools')?.split(',')).not.toContain('Bash');
  });
});

describe.each(VERSIONS)('%s', (tool) => {
  const heardIn = (name: string, more = {}): Heard[] => allHeard('claude', name, more, tool);

  it('says its session, what it does, what it used, and how it ended', () => {
    const heard = heardIn('work');
    expect(ofType(heard, 'session')).toHaveLength(1);
    expect(ofType(heard, 'session')[0]?.model).toMatch(/^claude-opus-[0-9-]+$/);
    const said = saidIn(heard);
    expect(said[0]).toBe('→ Write: /srv/work/hello.txt');
    expect(said[2]).toContain('→ Bash: git add -A && git commit -q -m "Add hello"');
    expect(said[3]).toContain('Add hello');
    expect(said.at(-1)).toBe('I committed hello.txt.');
    expect(ofType(heard, 'final')).toEqual([{ type: 'final', ok: true, text: 'I committed hello.txt.' }]);
  });

  it('is counted while it works, without a cost, and exactly at the end', () => {
    const counted = ofType(heardIn('work'), 'counters');
    const estimates = counted.slice(0, -1);
    expect(estimates.map(({ counters }) => counters.inputTokens)).toEqual([1200, 2400, 3600]);
    for (const { currency, counters } of estimates) {
      expect(currency).toBeUndefined();
      expect(counters.outputTokens).toBeGreaterThan(0);
    }
    // The older one asks for a title as well, and counts that.
    const requests = tool === 'claude-2.1.197' ? 4 : 3;
    expect(counted.at(-1)).toMatchObject({
      currency: 'USD',
      counters: { inputTokens: 1200 * requests, cachedInputTokens: 200 * requests, outputTokens: 50 * requests },
    });
    expect(counted.at(-1)?.counters.costMicros).toBeGreaterThan(10_000);
  });

  it('that met its usage limit says until when', () => {
    const heard = heardIn('limit');
    expect(ofType(heard, 'limit')).toEqual([
      { type: 'limit', resetsAt: expect.stringMatching(/^2026-11-21T13:\d\d:\d\d/) },
    ]);
    expect(ofType(heard, 'final')).toMatchObject([{ ok: false, text: expect.stringMatching(/hit your .* limit/) }]);
  });

  it('that was refused a session it does not know used nothing', () => {
    const heard = heardIn('unknown-session', resumed('claude', 1000, 100, 5000));
    expect(ofType(heard, 'counters')).toMatchObject([{ counters: { inputTokens: 0, outputTokens: 0, costMicros: 0 } }]);
    expect(ofType(heard, 'final')).toMatchObject([
      { ok: false, text: expect.stringContaining('No conversation found') },
    ]);
    expect(ofType(heard, 'session')).toEqual([]);
  });

  it('that wants an approval has it refused for now, and asks once', () => {
    const heard = heardIn('approval', { approvals: 'ask' });
    const [{ question } = { question: undefined }] = ofType(heard, 'question');
    expect(question).toMatchObject({
      questionId: expect.stringMatching(/^approval-[0-9a-f]{32}$/),
      question: expect.stringContaining('node -e'),
      context: expect.stringContaining('"command"'),
      choices: ['allow', 'deny'],
    });
    const [reply] = ofType(heard, 'input');
    expect(JSON.parse(reply?.text ?? '').response.response).toMatchObject({ behavior: 'deny', interrupt: true });
  });

  it.each([
    ['allow', { behavior: 'allow', updatedInput: { description: 'Run it' } }],
    ['deny', { behavior: 'deny', message: expect.stringContaining('deny') }],
  ])('that wants what was answered with %s is told so', (answer, response) => {
    const [{ question } = { question: undefined }] = ofType(heardIn('approval'), 'question');
    const answers = question === undefined ? [] : [{ ...question, answer }];
    const heard = heardIn('approved', { approvals: 'ask', answers });
    expect(ofType(heard, 'question')).toEqual([]);
    const [reply] = ofType(heard, 'input');
    expect(JSON.parse(reply?.text ?? '').response.response).toMatchObject(response);
  });
});

describe('what a resumed session used', () => {
  it('is what the process says, where each process counts anew', () => {
    const heard = allHeard('claude', 'resumed', resumed('claude', 3600, 150, 19_050), 'claude-2.1.197');
    expect(ofType(heard, 'counters').at(-1)).toMatchObject({
      scope: 'turn',
      counters: { inputTokens: 1200, costMicros: 6350 },
    });
  });

  it('is the growth, where totals are restored', () => {
    const heard = allHeard('claude', 'resumed', resumed('claude', 2400, 100, 10_080), 'claude-2.1.329');
    expect(ofType(heard, 'counters').at(-1)).toMatchObject({
      scope: 'session',
      counters: { inputTokens: 3600, costMicros: 15_120 },
    });
  });

  it('is that of its own conversation, where the totals were lost with a killed process', () => {
    const heard = allHeard('claude', 'resumed', resumed('claude', 5000, 200, 20_000), 'claude-2.1.329');
    const last = ofType(heard, 'counters').at(-1);
    expect(last).toMatchObject({ scope: 'turn', counters: { inputTokens: 1200, outputTokens: 50, costMicros: 0 } });
    expect(last?.currency).toBeUndefined();
  });
});

describe('the dialect of Claude Code', () => {
  it('shows what it does not understand, and asks once when several calls want approval', () => {
    const dialect = KINDS.get('claude')?.dialect(turn());
    expect(dialect?.stdout('not json')).toEqual([{ type: 'say', text: 'not json', stream: 'stdout' }]);
    expect(dialect?.stdout('{"type":"new_thing"}')).toEqual([]);
    const request = (id: string, command: string) =>
      JSON.stringify({
        type: 'control_request',
        request_id: id,
        request: { subtype: 'can_use_tool', tool_name: 'Bash', input: { command } },
      });
    expect(dialect?.stdout(request('1', 'a')).map(({ type }) => type)).toEqual(['question', 'input']);
    expect(dialect?.stdout(request('2', 'b')).map(({ type }) => type)).toEqual(['input']);
  });

  it('knows a call again, however it is described and ordered', () => {
    const id = approvalId('Bash', { command: 'x', timeout: 1, description: 'first' });
    expect(approvalId('Bash', { timeout: 1, command: 'x', description: 'again' })).toBe(id);
    expect(approvalId('Bash', { command: 'y', timeout: 1 })).not.toBe(id);
    expect(approvalId('Write', { command: 'x', timeout: 1 })).not.toBe(id);
  });
});
