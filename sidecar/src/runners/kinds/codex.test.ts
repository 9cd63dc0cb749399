import { describe, expect, it } from 'vitest';
import { resetTimeIn } from './codex-reset.js';
import { heardIn, launchOf, ofType, resumed, saidIn, turn } from './fixture.js';
import { KINDS } from './index.js';

function settingsOf(argv: readonly string[]): Record<string, unknown> {
  const settings = argv
    .filter((_, index) => argv[index - 1] === '-c')
    .map((setting) => setting.split('=', 2) as [string, string]);
  return Object.fromEntries(settings.map(([name, value]) => [name, JSON.parse(value)]));
}

describe('Codex is started', () => {
  it('with the prompt on its input, in its sandbox, which lets it write to git, and asks nobody', () => {
    const { argv, input, keepsInputOpen } = launchOf('codex', { model: 'gpt-5-codex', extraArgs: ['--enable', 'x'] });
    expect(argv.slice(0, 2)).toEqual(['/opt/the tool', 'exec']);
    expect(argv.slice(-3)).toEqual(['--enable', 'x', '-']);
    expect(argv).toContain('gpt-5-codex');
    expect(input).toBe('Do it.\nAll of it.');
    expect(keepsInputOpen).toBe(false);
    expect(settingsOf(argv)).toEqual({
      approval_policy: 'never',
      sandbox_mode: 'workspace-write',
      'sandbox_workspace_write.writable_roots': ['/srv/git'],
      'mcp_servers.agentcom.command': '/srv/bin/agentcom',
      'mcp_servers.agentcom.args': ['mcp'],
      'mcp_servers.agentcom.required': true,
      'mcp_servers.agentcom.startup_timeout_sec': 60,
      'mcp_servers.agentcom.default_tools_approval_mode': 'approve',
      'mcp_servers.agentcom.env.AGENTCOM_SOCKET': '/srv/s',
    });
  });

  it('in the session that it goes on with', () => {
    const { argv } = launchOf('codex', {
      ...resumed('codex', 1, 1, 0, 'thread'),
      permissionMode: 'danger-full-access',
    });
    expect(argv.slice(0, 3)).toEqual(['/opt/the tool', 'exec', 'resume']);
    expect(argv.slice(-2)).toEqual(['thread', '-']);
    expect(settingsOf(argv).sandbox_mode).toBe('danger-full-access');
  });
});

describe('Codex', () => {
  it('says its session, what it does, what it used, and how it ended', () => {
    const heard = heardIn('codex', 'work');
    expect(ofType(heard, 'session')).toEqual([{ type: 'session', id: expect.stringMatching(/^[0-9a-f-]{36}$/) }]);
    expect(saidIn(heard).some((text) => text.startsWith('→ shell: /bin/bash -lc') && text.includes('git commit'))).toBe(
      true,
    );
    expect(saidIn(heard).some((text) => text.includes('d821e0d Add hello'))).toBe(true);
    expect(heard.slice(-2)).toEqual([
      {
        type: 'counters',
        scope: 'session',
        counters: { inputTokens: 3600, cachedInputTokens: 600, outputTokens: 150, costMicros: 0 },
      },
      { type: 'final', ok: true, text: 'I committed hello.txt.' },
    ]);
  });

  it('shows the tools of our server and what they gave', () => {
    const said = saidIn(heardIn('codex', 'ask'));
    expect(said).toContain('→ agentcom.ask: Which colour?');
    expect(said.some((text) => text.includes('end your turn now'))).toBe(true);
  });

  it('that met its usage limit says until when', () => {
    const heard = heardIn('codex', 'limit');
    const resetsAt = new Date(2026, 10, 23, 12, 28).toISOString();
    expect(heard.slice(-2)).toEqual([
      { type: 'limit', resetsAt },
      { type: 'final', ok: false, text: expect.stringContaining('usage limit') },
    ]);
  });

  it('whose connection broke has failed, and not for a limit', () => {
    const heard = heardIn('codex', 'dropped');
    expect(ofType(heard, 'limit')).toEqual([]);
    expect(ofType(heard, 'final')).toEqual([
      { type: 'final', ok: false, text: expect.stringContaining('disconnected') },
    ]);
  });

  it('tells its list of what is to be done as progress', () => {
    const items = [
      { text: 'one', completed: true },
      { text: 'two', completed: false },
    ];
    const line = JSON.stringify({ type: 'item.updated', item: { type: 'todo_list', items } });
    expect(KINDS.get('codex')?.dialect(turn()).stdout(line)).toEqual([
      { type: 'progress', fraction: 0.5, note: 'two' },
    ]);
  });
});

describe('the time at which a limit of Codex ends', () => {
  const now = new Date(2026, 10, 21, 12, 0);

  it.each([
    ['or try again at 1:02 PM.', new Date(2026, 10, 21, 13, 3)],
    ['or try again at 12:02 PM.', new Date(2026, 10, 21, 12, 3)],
    ['try again at Dec 1st, 2026 12:05 AM.', new Date(2026, 11, 1, 0, 6)],
    ['try again at Jan 3rd, 2027 11:59 PM.', new Date(2027, 0, 4, 0, 0)],
  ])('%s', (text, at) => {
    expect(resetTimeIn(text, now)).toBe(at.toISOString());
  });

  it.each(['Try again later.', 'try again at Foo 1st, 2026 1:00 PM', ''])('is not known from %j', (text) => {
    expect(resetTimeIn(text, now)).toBeNull();
  });
});
